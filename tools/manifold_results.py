"""The paper-size experiments of the manifolds chapter: `python -m tools.manifold_results PART`.

Each part writes one small .npz to book/results with its provenance. Interrupted, it goes on where it was: finished pieces
lie in _build/results.
"""

import argparse
import json
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lpu_core import RESULTS, manifolds, training
from lpu_core._files import read_npz, save_npz
from lpu_core.tasks import SequenceSorting

ROOT = Path(__file__).resolve().parents[1]
PIECES = ROOT / "_build" / "results" / "manifolds"


def piece(name: str, make) -> dict[str, np.ndarray]:
    """What `make()` returns, from the file of an earlier run where there is one; with the seconds that it took."""
    PIECES.mkdir(parents=True, exist_ok=True)
    path = PIECES / f"{name}.npz"
    if not path.exists():
        started = time.process_time()
        made = make()
        save_npz(path, **made, seconds=np.array(time.process_time() - started))
        print(f"{name}: {time.process_time() - started:.0f} s", flush=True)
    return read_npz(path, "piece", "a piece of this run")


def write(name: str, seconds: float, settings: dict[str, Any], **arrays: np.ndarray) -> None:
    """book/results/manifolds_NAME.npz: the arrays and where they come from."""
    provenance = {"command": f"python -m tools.manifold_results {name}", "settings": settings,
                  "seconds of one core": round(seconds), "date": datetime.now(UTC).date().isoformat(),
                  "versions": {"python": platform.python_version()}
                  | {package: version(package) for package in ("numpy", "scipy", "torch")}}  # fmt: skip
    save_npz(RESULTS / f"manifolds_{name}.npz", provenance=np.array(json.dumps(provenance)), **arrays)


# ------------------------------------------------------------------ sequence sorting (Fig. 2H, I, S3C-E)

SORTING = {"n_neurons": (16, 64, 256, 1024), "ranks": (1, 2, 3, 4, 5, 6), "lengths": (2, 3, 4),
           "seeds": {16: 10, 64: 10, 256: 10, 1024: 5}, "n_steps": 4000, "batch": 32, "learning_rate": 0.1,
           "weight_decay": 1e-5, "noise_std": 0.1, "n_test_points": 4000}  # fmt: skip


def sorting_networks(n_neurons: int, rank: int, length: int) -> dict[str, np.ndarray]:
    """Train one condition over its seeds; accuracy with and without noise, loss and dimensionality on fresh trials."""
    task, seeds = SequenceSorting(length), range(SORTING["seeds"][n_neurons])
    descent = training.Descent(SORTING["n_steps"], SORTING["learning_rate"], SORTING["batch"], SORTING["noise_std"],
                               SORTING["weight_decay"], target_accuracy=2.0, check_every=SORTING["n_steps"])  # fmt: skip
    trained = training.train_low_rank(task, n_neurons, seeds, rank=rank, descent=descent)
    rows = []
    for seed, net in zip(seeds, trained.networks, strict=True):
        n_trials, rows_of = SORTING["n_test_points"] // task.n_steps, []
        for noise in (SORTING["noise_std"], 0.0):
            rng = np.random.default_rng([seed, 2**32])
            inputs, targets = task.sample(n_trials, rng)
            start = training.INITIAL_STD * rng.standard_normal((n_trials, n_neurons)) * (noise > 0)
            run = net.simulate(inputs, initial_rates=start, noise_std=noise, rng=rng, record_rates=True)
            outputs = run.latents[..., :1]
            rates = run.rates.reshape(-1, n_neurons)
            rows_of += [task.accuracy(outputs, inputs), np.sqrt(np.mean((outputs - targets)[task.scored] ** 2)),
                        manifolds.linear_dimensionality(rates), manifolds.linear_dimensionality(rates, 0.8)]  # fmt: skip
        rows.append(rows_of)
    return {"values": np.array(rows), "loss": trained.losses[-200:].mean(0)}


def sorting() -> None:
    """All conditions, the small networks first."""
    sizes, ranks, lengths = SORTING["n_neurons"], SORTING["ranks"], SORTING["lengths"]
    values = np.full((len(sizes), len(ranks), len(lengths), max(SORTING["seeds"].values()), 2, 4), np.nan, np.float32)
    seconds = 0.0
    for i, n in enumerate(sizes):
        for k, length in enumerate(lengths):
            for j, rank in enumerate(ranks):
                made = piece(f"sorting_{n}_{rank}_{length}", lambda n=n, r=rank, s=length: sorting_networks(n, r, s))
                values[i, j, k, : len(made["values"])] = made["values"].reshape(-1, 2, 4)
                seconds += float(made["seconds"])
                write("sorting", seconds, SORTING, values=values, axes=np.array(
                    ["n_neurons", "rank", "length", "seed", "noise, none", "accuracy, rms error, dimensions, at 80 %"]
                ))  # fmt: skip


PARTS = {"sorting": sorting}


def main() -> int:
    """Run the parts named, all by default."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS])
    torch.set_num_threads(1)  # the same sums in the same order, wherever it runs
    for part in parser.parse_args().parts or PARTS:
        PARTS[part]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
