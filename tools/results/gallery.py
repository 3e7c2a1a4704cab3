"""Networks trained by the dozen on the classic tasks, in both classes: which rank does, and what fresh draws keep."""

from typing import Any

import numpy as np

from lpu_core import gallery, networks, populations, tasks, training
from lpu_core.check import Array
from lpu_core.sweep import grid
from lpu_core.tasks import Task
from tools.results import peers
from tools.results.experiment import SUMMARIES, Experiment, timed

CLASSES = {"leaky current": networks.LeakyCurrentRNN, "firing rate": networks.LowRankRNN}
TABLE: dict[str, Any] = {
    "perceptual": {"task": "PerceptualDecision", "rank": 1},
    "senses": {"task": "TwoSensesDecision", "rank": 1},
    "context": {"task": "ContextDecision", "rank": 1},
    "parametric": {"task": "ParametricMemory", "rank": 2, "longest": 2000.0},
    "match": {"task": "MatchToSample", "rank": 2, "longest": 3000.0},
}
HOW: dict[str, Any] = {
    "n_networks": 12, "n_neurons": 512, "tau": 100.0, "dt": 20.0, "overlap": 1.0, "learning_rate": 0.02, "batch": 32,
    "n_epochs": {"all": 1000, "first, at delays of 100 to 500 ms": 1200}, "n_trials": 1000, "redrawn": 4096, "most": 16,
}  # fmt: skip
WEIGHTS = ("embedding", "encoding", "input_weights")
DONE = 0.95
"""The share of right trials from which on a network does its task."""


def started(architecture: Any, task: Task, rank: int, seed: int, fed_back: bool = True) -> Any:
    """A network to begin with: m, w_in ~ N(0, 1) and n = m + N(0, 1), so that each latent neither decays nor grows.

    fed_back: False puts the outputs in front, as latents that feed nothing back and are not counted in the `rank`.
    """
    rng, n = np.random.default_rng([seed, 0]), HOW["n_neurons"]
    m, w = rng.standard_normal((n, rank)), rng.standard_normal((n, task.n_inputs))
    encoding = HOW["overlap"] * m + rng.standard_normal((n, rank))
    if not fed_back:
        m = np.hstack([np.zeros((n, task.n_outputs)), m])
        encoding = np.hstack([rng.standard_normal((n, task.n_outputs)), encoding])
    weights = (part.astype(np.float32) for part in (m, encoding, w))
    return architecture(*weights, tau=HOW["tau"], dt=HOW["dt"])


def trained(task: Task, start: Any, shorter: Task | None = None, fed_back: bool = True) -> tuple[Any, ...]:
    """The networks of `start`, trained on the task, where there is a `shorter` one on that first."""
    stages = [(shorter, HOW["n_epochs"]["first, at delays of 100 to 500 ms"])] if shorter else []
    found = start
    for stage, n_epochs in [*stages, (task, HOW["n_epochs"]["all"])]:
        descent = training.Descent(n_epochs, HOW["learning_rate"], HOW["batch"], target_accuracy=0.99)
        found = training.fine_tune(found, stage, fed_back=fed_back, descent=descent).networks
    return found


def delayed(name: str) -> tuple[Task, Task | None]:
    """A task of the table, and with a delay, which is then as long as was published, one of shorter delays to begin with."""
    kind, longest = getattr(tasks, TABLE[name]["task"]), TABLE[name].get("longest")
    if longest is None:
        return kind(), None
    return kind(shortest=500.0, longest=longest), kind(shortest=100.0, longest=500.0)


def judged(network: Any, task: Task, seed: int) -> list[float]:
    """Its accuracy on fresh trials, and the share of the targets' variance that it explains in them.

    A leaky-current network goes through its firing-rate one under filtered inputs, which has the same latents (M18) in a
    fraction of the time.
    """
    rng = np.random.default_rng([seed, 2**32])
    inputs, targets = task.sample(HOW["n_trials"], rng)
    start = tasks.INITIAL_STD * rng.standard_normal((HOW["n_trials"], network.n_neurons))
    fast, seen = network, inputs
    if isinstance(network, networks.LeakyCurrentRNN):
        fast, seen = network.firing_rate(), networks.filtered(inputs, network.alpha)
    run = fast.simulate(seen, initial_latents=start @ network.encoding / network.n_neurons)
    outputs = run.latents[..., : task.n_outputs]
    return [task.accuracy(outputs, inputs, targets), gallery.explained(outputs, targets, task.scored)]


@timed
def dozen(name: str, kind: str) -> dict[str, Any]:
    """A dozen networks of one task and class at the published rank, and how they do (:func:`weighed`)."""
    task, shorter = delayed(name)
    start = [started(CLASSES[kind], task, TABLE[name]["rank"], seed) for seed in range(HOW["n_networks"])]
    found = trained(task, start, shorter)
    weights = {part: np.array([getattr(net, part) for net in found]) for part in WEIGHTS}
    return {"values": weighed(task, found)} | weights


def weighed(task: Task, found: Any) -> Array:
    """Of each network a row: judged itself, redrawn from one Gaussian, and from several; and how many these are."""
    rows = []
    for seed, net in enumerate(found):
        row = judged(net, task, seed)
        for n_populations in (1, None):
            mixture = populations.fit_populations(net, n_populations, seed, HOW["most"])
            row += judged(mixture.redraw(HOW["redrawn"], [seed, 1]), task, seed)
        rows.append([*row, mixture.n_populations])
    return np.array(rows)


@timed
def one_less(name: str, kind: str, fed_back: bool) -> dict[str, Any]:
    """How a dozen networks do at one latent less than was published.

    fed_back: whether that latent is the output, or the output is any weighted sum of the rates.
    """
    task, shorter = delayed(name)
    seeds, rank = range(HOW["n_networks"]), TABLE[name]["rank"] - 1
    found = trained(task, [started(CLASSES[kind], task, rank, seed, fed_back) for seed in seeds], shorter, fed_back)
    return {"values": np.array([judged(net, task, seed) for seed, net in zip(seeds, found, strict=True)])}


def table(part: Experiment) -> None:
    """The published table in both classes; the first network of each dozen that does its task goes into the gallery."""
    axes = grid(name=tuple(TABLE), kind=tuple(CLASSES))
    runs = part.sweep(dozen, axes)
    fewer = {"name": [name for name in TABLE if TABLE[name]["rank"] > 1], "kind": tuple(CLASSES), "fed_back": (True, False)}
    less = part.sweep(one_less, grid(**fewer))
    for one, run in zip(axes, runs, strict=True):
        name = f"{one['name']}-{one['kind'].replace(' ', '-')}"
        save_first(part, name, CLASSES[one["kind"]], run["values"][:, 0], run)
    shape = (len(TABLE), len(CLASSES))
    values = np.array([run["values"] for run in runs])
    part.write("gallery_table.npz", runs + less, TABLE | HOW, values=values.reshape(*shape, *values.shape[1:]),
               one_less=np.array([run["values"] for run in less]).reshape(*map(len, fewer.values()), HOW["n_networks"], 2),
               axes=np.array(["task", "class", "network", "itself, one Gaussian, several: accuracy, explained; how many"]),
               axes_of_one_less=np.array(["task", "class", "output fed back, not", "network", "accuracy, explained"]),
               tasks=np.array(list(TABLE)), classes=np.array(list(CLASSES)))  # fmt: skip


def save_first(of: Experiment, name: str, architecture: Any, accuracies: Array, run: dict[str, Array]) -> None:
    """book/results/gallery/`name`.npz: the first network of a run that does its task, or the first of all."""
    at = int(np.argmax(accuracies >= DONE))
    weights = (run[part][at] for part in WEIGHTS)
    source = of.source() | {"settings": HOW, "seed": at, "accuracy": float(accuracies[at])}
    folder = SUMMARIES / "gallery"
    folder.mkdir(exist_ok=True)
    architecture(*weights, tau=HOW["tau"], dt=HOW["dt"]).save(folder / f"{name}.npz", source)


MORE: dict[str, Any] = {"ring": "RingMemory", "interval": "ReadySetGo", "addition": "Addition"}


@timed
def at_rank(name: str, rank: int) -> dict[str, Any]:
    """Three firing-rate networks of one task and rank: accuracies."""
    task = getattr(tasks, MORE[name])()
    found = trained(task, [started(networks.LowRankRNN, task, rank, seed) for seed in range(3)])
    weights = {part: np.array([getattr(net, part) for net in found]) for part in WEIGHTS}
    return {"values": np.array([judged(net, task, seed)[0] for seed, net in enumerate(found)])} | weights


def more(part: Experiment) -> None:
    """Three further tasks: the smallest rank of 1 to 4 at which one of three networks is right in 95 % of the trials."""
    asked = [{"name": name, "rank": rank} for name, kind in MORE.items()
             for rank in range(getattr(tasks, kind)().n_outputs, 5)]  # fmt: skip
    runs = part.sweep(at_rank, asked)
    for name in MORE:
        mine = [run for one, run in zip(asked, runs, strict=True) if one["name"] == name]
        run = next((run for run in mine if run["values"].max() >= DONE), mine[-1])
        save_first(part, f"{name}-firing-rate", networks.LowRankRNN, run["values"], run)
    part.write("gallery_more.npz", runs, MORE | HOW, values=np.array([run["values"] for run in runs]),
               names=np.array([one["name"] for one in asked]), ranks=np.array([one["rank"] for one in asked]))  # fmt: skip


PARTS = {"table": table, "more": more, "peers": peers.networks}
