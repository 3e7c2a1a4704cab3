"""Four low-rank networks that others trained, where a folder with them is named: what they are, and what they survive."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lpu_core import checkpoints, drift, dynamics, tasks
from lpu_core.check import require
from lpu_core.networks import filtered
from lpu_core.subspace import encoding_projector
from tools.results.experiment import Experiment, held, timed, verified


class Peer(NamedTuple):
    """What a network was trained on. columns: so many of its inputs are the task's. pushed: the step in mid-delay."""

    task: tasks.ConditionTask
    columns: int
    pushed: int


SECOND = {"shortest": 1000.0, "longest": 1000.0}
PUBLISHED = {
    "rdm_lr_fig2": Peer(tasks.PerceptualDecision(), 1, 52),
    "raposo_lr_fig1": Peer(tasks.TwoSensesDecision(scale=0.1, noise=0.1), 2, 47),  # two columns of cues were never trained
    "romo_rank2_500": Peer(tasks.ParametricMemory(**SECOND), 1, 35),
    "dms_rank2_500": Peer(tasks.MatchToSample(**SECOND), 2, 55),
}
"""The networks of Dubreuil et al. (2022) by the names of their files."""
SETTINGS: dict[str, Any] = {"n_trials": 500, "n_draws": 20, "drifts": (0.1, 0.3, 1.0), "pushes": (0.1, 0.3, 1.0),
                            "tasks": {name: repr(one.task) for name, one in PUBLISHED.items()}}  # fmt: skip
PUSHES = ("encoding subspace", "anywhere")


def read(path: Path) -> checkpoints.Checkpoint:
    """A published network, with the inputs that its task has."""
    require(path.stem in PUBLISHED, "file", f"one of {', '.join(PUBLISHED)}", path.name)
    found = checkpoints.read_arrays(path)
    return replace(found, w_in=found.w_in[:, : PUBLISHED[path.stem].columns])


def slope(task: tasks.TrialTask, outputs: np.ndarray, targets: np.ndarray) -> float:
    """Of the outputs' mean over the scored steps on the targets': near 1 where they are as large, not just of one sign."""
    given, wanted = (values[task.scored, :, 0].mean(axis=0) for values in (outputs, targets))
    return float(given @ wanted / (wanted @ wanted))


@timed
def measured(file: str, sha256: str) -> dict[str, Any]:
    """All of one network. Trials start at rest, as in its training, but for the last accuracy."""
    path = verified(file, sha256)
    made, (task, _, step), seed = read(path), PUBLISHED[path.stem], list(PUBLISHED).index(path.stem)
    inputs, targets = task.sample(SETTINGS["n_trials"], [seed, 0])
    driven = filtered(inputs, made.alpha)

    def accuracy(outputs: np.ndarray) -> float:
        return task.accuracy(outputs[..., :1], inputs, targets)

    def drifted(kind: str, sigma: float, draw: int) -> float:
        change = drift.sample_drift(made.n, kind, sigma, [seed, 1, draw])
        return accuracy(replace(made, m=made.m + change).network.simulate(inputs).latents)

    network = made.network.firing_rate()  # the same latents under the filtered inputs, from any state
    course = network.simulate(driven).latents
    inside = encoding_projector(made.n)

    def pushed(where: str, strength: float) -> float:
        push = np.random.default_rng([seed, 2]).standard_normal((inputs.shape[1], len(made.m))).astype(made.m.dtype)
        push = inside(push) if where == PUSHES[0] else push
        push *= strength / np.sqrt(np.square(push).mean(axis=1, keepdims=True))
        start = course[step - 1] + push @ network.encoding / len(push.T)
        return accuracy(np.concatenate([course[:step], network.simulate(driven[step:], initial_latents=start).latents]))

    whole, alone = (one.network.simulate(inputs).latents for one in (made, replace(made, m=0 * made.m)))
    fixed = dynamics.fixed_points(made.recurrent)
    points = np.full((len(fixed), 2), np.nan)
    points[:, : fixed.points.shape[1]] = fixed.points
    return {
        "sizes": np.array(made.m.shape),
        "accuracies": np.array([accuracy(whole), accuracy(alone),
                                tasks.accuracy(made.network, task, SETTINGS["n_trials"], [seed, 3])]),
        "slopes": np.array([slope(task, one, targets) for one in (whole, alone)]),
        "drifted": np.array([[[drifted(kind, sigma, draw) for draw in range(SETTINGS["n_draws"])]
                              for sigma in SETTINGS["drifts"]] for kind in drift.DRIFT_KINDS]),
        "pushed": np.array([[pushed(where, strength) for strength in SETTINGS["pushes"]] for where in PUSHES]),
        "points": points,
        "kinds": np.array(fixed.kinds),
    }  # fmt: skip


def networks(part: Experiment) -> None:
    """All networks in the folder that LPU_PEERS names."""
    asked = [held(path) for path in checkpoints.peers()]
    names = [Path(one["file"]).stem for one in asked]
    runs = part.sweep(measured, asked)
    about = {
        "source": "Dubreuil et al., Nature Neuroscience 25 (2022): weights published with it, of which none are here",
        "sha256": {Path(one["file"]).name: one["sha256"] for one in asked},
        "sizes": "N and rank", "points": "K = 2 numbers each; with one latent the second is nan",
        "accuracies": ["from rest", "from rest, without recurrence", "from rates of s.d. 0.1"],
        "slopes": "of outputs on targets, from rest, with recurrence and without",
        "drifted": ["network", "kind", "strength", "draw"], "kinds of drift": drift.DRIFT_KINDS,
        "pushed": ["network", "direction", "strength"], "directions": PUSHES,
        "strengths": "r.m.s. of what is added to the neurons' rates, once, in mid-delay",
        "seeds": "[network, 0] of trials, [network, 1, draw] of drifts, [network, 2] of pushes, [network, 3] of starts",
    }  # fmt: skip
    arrays = ("sizes", "accuracies", "slopes", "drifted", "pushed")
    found = {name: np.array([run[name] for run in runs]) for name in arrays}
    part.write("gallery_peers.npz", runs, SETTINGS, about, names=np.array(names), **found,
               owners=np.repeat(names, [len(run["kinds"]) for run in runs]),
               points=np.concatenate([run["points"] for run in runs]),
               kinds=np.concatenate([run["kinds"] for run in runs]))  # fmt: skip
