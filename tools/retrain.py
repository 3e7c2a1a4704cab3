"""Train the networks that the chapters load, and say how well each recipe does: `make results`.

Every network goes to book/results/flip_flop_Kbit/ as a small .npz with its provenance, the accuracies to
book/results/training.json. Interrupted, it goes on where it was: checkpoints lie in _build/results.
"""

import argparse
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from lpu_core import RESULTS, dynamics, networks, theory, training
from lpu_core.tasks import FlipFlop

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINTS = ROOT / "_build" / "results"
N_NEURONS, N_TEST_TRIALS, TEST_STREAM = 100, 1000, 2**32  # the test's trials come from a stream of their own
SEEDS = {2: range(5), 3: range(20)}  # 20 networks of 3 bits for Fig. S1C
DIRECT_SEEDS = range(5)


def versions() -> dict[str, str]:
    """What the numbers depend on besides the code."""
    return {"python": platform.python_version()} | {name: version(name) for name in ("numpy", "scipy", "torch")}


def test_accuracy(network, task: FlipFlop, seed: int) -> float:
    """All-bits accuracy on fresh trials that no training or early stop has seen."""
    return training.accuracy(network, task, N_TEST_TRIALS, [seed, TEST_STREAM])


def retrain(n_bits: int) -> list[dict]:
    """Both recipes for K = `n_bits` over all seeds; returns a row for each network."""
    task, seeds = FlipFlop(n_bits), SEEDS[n_bits]
    folder = RESULTS / f"flip_flop_{n_bits}bit"
    folder.mkdir(parents=True, exist_ok=True)
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    rows = []

    def keep(network, seed: int, recipe: str, seconds: float, file: bool = True) -> None:
        row = {"n_bits": n_bits, "seed": seed, "recipe": recipe, "n_neurons": N_NEURONS,
               "accuracy": test_accuracy(network, task, seed), "n_test_trials": N_TEST_TRIALS}  # fmt: skip
        if recipe != "teacher":  # whose latents have no flow of their own
            row["n_attractors"] = len(dynamics.fixed_points(network).attractors)
        rows.append(row | {"seconds": round(seconds, 1)})
        if file:
            network.save(folder / f"{recipe}_{seed:02d}.npz", row | {"command": "make results", "versions": versions()})
        print(f"{n_bits} bits, seed {seed:2d}, {recipe:<11} all-bits accuracy {row['accuracy']:.4f}", flush=True)

    def ensemble(recipe: str, train, *args, **kwargs):
        started = time.monotonic()
        done = train(*args, checkpoint=CHECKPOINTS / f"{recipe}_{n_bits}bit.npz", **kwargs)
        return done.networks, (time.monotonic() - started) / len(done.networks)

    direct, seconds = ensemble("direct", training.train_low_rank, task, N_NEURONS, DIRECT_SEEDS)
    for seed, network in zip(DIRECT_SEEDS, direct, strict=True):
        keep(network, seed, "direct", seconds)
    teachers, seconds = ensemble("teacher", training.train_full_rank, task, N_NEURONS, seeds)
    students = []
    for seed, teacher in zip(seeds, teachers, strict=True):
        keep(teacher, seed, "teacher", seconds, file=seed == 0)
        started = time.monotonic()
        student = training.fit_low_rank(teacher, task, n_bits, [seed, 10])
        students.append(training.align(student, task, [seed, 11]))
        keep(students[-1], seed, "two_steps", time.monotonic() - started)
    tuned, seconds = ensemble("fine_tuned", training.fine_tune, students, task, seeds)
    for seed, network in zip(seeds, tuned, strict=True):
        keep(network, seed, "fine_tuned", seconds)
    return rows


def rank_limit() -> dict:
    """How the two-step student's accuracy depends on its rank and its data (2 bits, seed 0)."""
    task, seed = FlipFlop(2), 0
    teacher = networks.load(RESULTS / "flip_flop_2bit" / "teacher_00.npz")
    rows = []
    for rank, n_trials in ((2, 50), (2, 200), (4, 50), (8, 50), (16, 50), (100, 50)):
        student = training.fit_low_rank(teacher, task, rank, [seed, 10], n_trials=n_trials)
        rows.append({"rank": rank, "n_trials": n_trials, "accuracy": decoded_accuracy(student, task, [seed, TEST_STREAM])})
        print(f"rank {rank:3d}, {n_trials} trials: all-bits accuracy {rows[-1]['accuracy']:.4f}", flush=True)
    return {"teacher": test_accuracy(teacher, task, seed), "students": rows, "versions": versions()}


def decoded_accuracy(network, task: FlipFlop, seed: list[int]) -> float:
    """All-bits accuracy of the outputs regressed on the latents, whatever their number."""
    rng = np.random.default_rng(seed)
    pulses, targets, _, run = training.run_trials(network, task, 100, rng)
    counted = task.counted(pulses)
    decoder, *_ = np.linalg.lstsq(run.latents[counted].astype(float), targets[counted], rcond=None)
    pulses, _, _, run = training.run_trials(network, task, N_TEST_TRIALS, rng)
    return task.accuracy(run.latents @ decoder, pulses)


def learning_rates() -> dict:
    """The largest learning rate at which BPTT converges, against N (Fig. S1B).

    One network from N = 2000 on, and at 5000 the three smallest rates alone: an epoch costs N².
    """
    task, rates = FlipFlop(3, n_steps=50), (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
    descent = training.Descent(n_epochs=80, learning_rate=1e-3, n_trials=20, check_every=80)
    runs = []
    for n_neurons, n_networks in ((100, 3), (300, 3), (1000, 3), (2000, 1), (5000, 1)):
        started = time.monotonic()
        tried = rates[:3] if n_neurons == 5000 else rates
        curves = theory.learning_curves(task, n_neurons, tried, range(n_networks), descent)
        runs.append({"n_neurons": n_neurons, "n_networks": n_networks, "seconds": round(time.monotonic() - started, 1),
                     "rates": tried, "largest_rate": theory.largest_converging_rate(tried, curves)})  # fmt: skip
        print(f"{n_neurons} neurons: BPTT converges up to a learning rate of {runs[-1]['largest_rate']:g}", flush=True)
    return {"rates": rates, "n_epochs": 80, "n_trials": 20, "n_steps": 50, "runs": runs, "versions": versions()}


def main() -> int:
    """Retrain the networks of the given numbers of bits, all by default."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--bits", type=int, choices=sorted(SEEDS), action="append", help="may be given again")
    bits = parser.parse_args().bits or sorted(SEEDS)
    torch.set_num_threads(1)  # the same sums in the same order, wherever it runs
    path = RESULTS / "training.json"
    rows = [row for row in (json.loads(path.read_text()) if path.exists() else []) if row["n_bits"] not in bits]
    for n_bits in bits:
        rows += retrain(n_bits)
        rows.sort(key=lambda row: (row["n_bits"], row["recipe"], row["seed"]))
        path.write_text(json.dumps(rows, indent=1) + "\n")
    if 2 in bits:
        (RESULTS / "rank_limit.json").write_text(json.dumps(rank_limit(), indent=1) + "\n")
    if bits == sorted(SEEDS):
        (RESULTS / "learning_rates.json").write_text(json.dumps(learning_rates(), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
