"""The networks that the chapters load, by both recipes; what limits the two steps; how fast BPTT may learn."""

import time
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any

import numpy as np

from lpu_book import RESULTS
from lpu_core import dynamics, networks, training
from lpu_core.networks import FullRankRNN, LowRankRNN
from lpu_core.sweep import Result
from lpu_core.tasks import FlipFlop
from tools.results import experiment
from tools.results.experiment import Experiment, held, timed, verified

TEST_STREAM = 2**32  # the test's trials come from a stream of their own
NETWORKS: dict[str, Any] = {"n_neurons": 100, "n_test_trials": 1000,
            "recipe, bits, networks": (("direct", 2, 5), ("direct", 3, 5), ("steps", 2, 5), ("steps", 3, 20))}  # fmt: skip
"""20 networks of 3 bits for Fig. S1C. Seeds are 0, 1, …"""


# ------------------------------------------------------------------ both recipes


@timed
def train(recipe: str, n_bits: int, n_networks: int, n_neurons: int, n_test_trials: int) -> dict[str, Any]:
    """An ensemble: trained directly, or in steps as teachers, students ("two_steps") and fine-tuned ones; how well all do.

    It is one run, for an ensemble stops when its last network is done.
    """
    task, seeds, started = FlipFlop(n_bits), range(n_networks), time.process_time()
    found: dict[str, Any] = {}

    def keep(name: str, nets: Sequence[Any]) -> Sequence[Any]:
        nonlocal started
        found[f"{name}.seconds"] = (time.process_time() - started) / len(nets)
        for f in fields(nets[0]):
            found[f"{name}.{f.name}"] = np.stack([getattr(net, f.name) for net in nets])
        found[f"{name}.accuracy"] = [test_accuracy(net, task, s, n_test_trials) for s, net in zip(seeds, nets, strict=True)]
        if name != "teacher":  # whose latents have no flow of their own
            found[f"{name}.n_attractors"] = [len(dynamics.fixed_points(net).attractors) for net in nets]
        started = time.process_time()
        return nets

    if recipe == "direct":
        keep("direct", training.train_low_rank(task, n_neurons, seeds).networks)
        return found
    teachers = keep("teacher", training.train_full_rank(task, n_neurons, seeds).networks)
    fits = [training.fit_low_rank(teacher, task, n_bits, [s, 10]) for s, teacher in zip(seeds, teachers, strict=True)]
    students = [training.align(fit, task, [s, 11]) for s, fit in zip(seeds, fits, strict=True)]
    keep("fine_tuned", training.fine_tune(keep("two_steps", students), task, seeds).networks)
    return found


def test_accuracy(network: Any, task: FlipFlop, seed: int, n_trials: int) -> float:
    """All-bits accuracy on fresh trials that no training or early stop has seen."""
    return training.accuracy(network, task, n_trials, [seed, TEST_STREAM])


def network_of(run: Result, name: str, i: int) -> Any:
    """The i-th network of that name in a run's results."""
    cls = FullRankRNN if name == "teacher" else LowRankRNN
    return cls(**{f.name: v if (v := run[f"{name}.{f.name}"][i]).ndim else v.item() for f in fields(cls)})


def trained_networks(part: Experiment) -> None:
    """Every network goes to book/results/flip_flop_Kbit as a .npz, of the teachers the first; the accuracies to a table."""
    settings = {name: NETWORKS[name] for name in ("n_neurons", "n_test_trials")}
    ensembles = NETWORKS["recipe, bits, networks"]
    runs = part.sweep(train, [{"recipe": r, "n_bits": k, "n_networks": n} | settings for r, k, n in ensembles])
    rows = []
    for (_, n_bits, n_networks), run in zip(ensembles, runs, strict=True):
        folder = experiment.SUMMARIES / f"flip_flop_{n_bits}bit"
        folder.mkdir(parents=True, exist_ok=True)
        for recipe in [name.removesuffix(".accuracy") for name in run if name.endswith(".accuracy")]:
            for seed in range(n_networks):
                row = {"n_bits": n_bits, "seed": seed, "recipe": recipe} | settings
                row["accuracy"] = float(run[f"{recipe}.accuracy"][seed])
                if recipe != "teacher":
                    row["n_attractors"] = int(run[f"{recipe}.n_attractors"][seed])
                if recipe != "teacher" or seed == 0:
                    network_of(run, recipe, seed).save(folder / f"{recipe}_{seed:02d}.npz", row | part.source())
                rows.append(row | {"cpu_seconds": round(float(run[f"{recipe}.seconds"]), 1)})
    rows.sort(key=lambda row: (row["n_bits"], row["recipe"], row["seed"]))
    part.write("training.json", runs, NETWORKS, networks=rows)


# ------------------------------------------------------------------ what limits the two steps

LIMIT: dict[str, Any] = {"teacher": "flip_flop_2bit/teacher_00.npz", "seed": 0, "n_test_trials": 1000,
         "rank and trials": ((2, 50), (2, 200), (4, 50), (8, 50), (16, 50), (100, 50))}  # fmt: skip


@timed
def student(file: str, sha256: str, seed: int, rank: int, n_trials: int, n_test_trials: int) -> dict[str, Any]:
    """All-bits accuracy of a student, its outputs regressed on its latents, whatever their number."""
    task, source = FlipFlop(2), networks.load(verified(file, sha256))
    net = training.fit_low_rank(source, task, rank, [seed, 10], n_trials=n_trials)
    rng = np.random.default_rng([seed, TEST_STREAM])
    pulses, targets, _, run = training.run_trials(net, task, 100, rng)
    counted = task.counted(pulses)
    decoder, *_ = np.linalg.lstsq(run.latents[counted].astype(float), targets[counted], rcond=None)
    pulses, targets, _, run = training.run_trials(net, task, n_test_trials, rng)
    return {"accuracy": task.accuracy(run.latents @ decoder, pulses, targets)}


def rank_limit(part: Experiment) -> None:
    """How the two-step student's accuracy depends on its rank and its data (2 bits)."""
    teacher, seed, n_test_trials = LIMIT["teacher"], LIMIT["seed"], LIMIT["n_test_trials"]
    same = held(teacher) | {"seed": seed, "n_test_trials": n_test_trials}
    asked = [{"rank": rank, "n_trials": n_trials} for rank, n_trials in LIMIT["rank and trials"]]
    runs = part.sweep(student, [same | one for one in asked])
    students = [one | {"accuracy": float(run["accuracy"])} for one, run in zip(asked, runs, strict=True)]
    accuracy = test_accuracy(networks.load(RESULTS / teacher), FlipFlop(2), seed, n_test_trials)
    part.write("rank_limit.json", runs, LIMIT, teacher=accuracy, students=students)


# ------------------------------------------------------------------ how fast BPTT may learn (Fig. S1B)

RATES: dict[str, Any] = {"rates": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2), "n_epochs": 80, "n_trials": 20, "n_steps": 50,
         "neurons, networks, rates": ((100, 3, 6), (300, 3, 6), (1000, 3, 6), (2000, 1, 6), (5000, 1, 3))}  # fmt: skip
"""One network from N = 2000 on, and at 5000 the three smallest rates alone: an epoch costs N²."""


@timed
def learn(n_neurons: int, n_networks: int, rate: float, n_epochs: int, n_trials: int, n_steps: int) -> dict[str, Any]:
    """The losses of BPTT at one learning rate, (epochs, networks)."""
    descent = training.Descent(n_epochs, learning_rate=1e-3, n_trials=n_trials, check_every=n_epochs)
    task = FlipFlop(3, n_steps=n_steps)
    return {"losses": training.learning_curves(task, n_neurons, [rate], range(n_networks), descent)[0]}


def learning_rates(part: Experiment) -> None:
    """The largest learning rate at which BPTT converges, against N."""
    settings = {name: RATES[name] for name in ("n_epochs", "n_trials", "n_steps")}
    sizes = [({"n_neurons": n, "n_networks": n_networks}, RATES["rates"][:n_rates])
             for n, n_networks, n_rates in RATES["neurons, networks, rates"]]  # fmt: skip
    runs = part.sweep(learn, [size | {"rate": rate} | settings for size, rates in sizes for rate in rates])
    left, rows = iter(runs), []
    for size, rates in sizes:
        here = list(islice(left, len(rates)))
        largest = training.largest_converging_rate(rates, np.array([run["losses"] for run in here]))
        rows.append(size | {"cpu_seconds": round(experiment.seconds(here), 1), "rates": rates, "largest_rate": largest})
    part.write("learning_rates.json", runs, RATES, runs=rows)


# ------------------------------------------------------------------ the two steps, as long as the paper's

LONG: dict[str, Any] = {"n_neurons": 100, "n_epochs": 5000, "seeds": (0, 1, 2), "n_test_trials": 1000,
        "pulse probability, steps, trials": ((0.05, 100, 50), (0.05, 100, 500),
                                             (0.01, 150, 50), (0.01, 150, 500))}  # fmt: skip
"""Teachers that stop for nothing; students on more trials, and on trials in which states are held longer."""


@timed
def long_teacher(seed: int, n_neurons: int, n_epochs: int, n_test_trials: int) -> dict[str, Any]:
    """A teacher of 2 bits trained for all its epochs, and its students of rank 2: accuracies, attractors and loop gains."""
    task = FlipFlop(2)
    descent = replace(training.BPTT, n_epochs=n_epochs, target_accuracy=2.0)
    (teacher,) = training.train_full_rank(task, n_neurons, [seed], descent=descent).networks
    assert isinstance(teacher, FullRankRNN)
    found: dict[str, Any] = {"teacher": test_accuracy(teacher, task, seed, n_test_trials)}
    students = []
    for probability, n_steps, n_trials in LONG["pulse probability, steps, trials"]:
        shown = FlipFlop(2, pulse_probability=probability, n_steps=n_steps)
        student = training.fit_low_rank(teacher, shown, rank=2, rng=[seed, 10], n_trials=n_trials)
        students.append(training.align(student, task, rng=[seed, 11]))
    found["accuracy"] = [test_accuracy(net, task, seed, n_test_trials) for net in students]
    found["n_attractors"] = [len(dynamics.fixed_points(net).attractors) for net in students]
    gains = [np.linalg.eigvals(net.encoding.T @ net.embedding / n_neurons) for net in students]
    found["gains"] = [np.sort(gain.real) for gain in gains]
    return found


def long_training(part: Experiment) -> None:
    """Whether the two steps suffice once the teacher has converged and the student sees states being held."""
    same = {name: LONG[name] for name in ("n_neurons", "n_epochs", "n_test_trials")}
    runs = part.sweep(long_teacher, [same | {"seed": seed} for seed in LONG["seeds"]])
    rows = [
        {"seed": seed, "pulse_probability": probability, "n_steps": n_steps, "n_trials": n_trials,
         "accuracy": float(run["accuracy"][i]), "n_attractors": int(run["n_attractors"][i]),
         "gains": [float(gain) for gain in run["gains"][i]]}
        for seed, run in zip(LONG["seeds"], runs, strict=True)
        for i, (probability, n_steps, n_trials) in enumerate(LONG["pulse probability, steps, trials"])
    ]  # fmt: skip
    part.write("long_training.json", runs, LONG, teachers=[float(run["teacher"]) for run in runs], students=rows)


PARTS = {
    "networks": trained_networks,
    "rank_limit": rank_limit,
    "learning_rates": learning_rates,
    "long_training": long_training,
}
