"""Drift at the paper's sizes, up to 300 000 neurons: part of `make results`.

The accuracies go to book/results/drift.npz, one array a recipe and size, and their provenance to drift.json. Interrupted,
it goes on where it was: the sizes that are done lie in _build/results.
"""

import json
import sys
import time
from datetime import UTC, datetime

import numpy as np

from lpu_core import RESULTS, drift, networks
from lpu_core._files import read_npz, save_npz
from tools.retrain import CHECKPOINTS, versions

SIGMAS = np.geomspace(1e-2, 10**1.5, 22)
# neurons → (networks, runs of each): three runs where they take seconds, one where they take a minute
SIZES = dict.fromkeys((100, 300, 1000, 3000, 10_000, 30_000), (5, 3)) | dict.fromkeys((100_000, 300_000), (5, 1))
RECIPES = ("fine_tuned", "direct")
STEPS = {"n_before": 2000, "n_after": 2000}
NOISE_STD, N_OBSERVED = 0.1, 100


def accuracies(recipe: str, n_neurons: int) -> np.ndarray:
    """All runs of one recipe and size, (runs, 3 kinds, 2 readouts, S)."""
    n_networks, n_runs = SIZES[n_neurons]
    runs = []
    for number in range(n_networks):
        network = networks.load(RESULTS / f"flip_flop_3bit/{recipe}_{number:02d}.npz")
        for run in range(n_runs):
            large = drift.resample(network, n_neurons, [number, run, n_neurons, 0])
            runs.append(drift.experiment(large, SIGMAS, [number, run, n_neurons, 1], noise_std=NOISE_STD,
                                         n_observed=N_OBSERVED, **STEPS))  # fmt: skip
    return np.array(runs, np.float32)


def limits(recipe: str) -> np.ndarray:
    """The accuracies of infinitely many neurons under random (or orthogonal) drift, (runs, S)."""
    runs = []
    for number in range(5):
        network = networks.load(RESULTS / f"flip_flop_3bit/{recipe}_{number:02d}.npz")
        for run in range(3):
            runs.append(drift.limit_accuracies(network, SIGMAS, [number, run, 0], noise_std=NOISE_STD, **STEPS))
    return np.array(runs, np.float32)


def main() -> int:
    """Run every recipe and size that is not done, and write the summary."""
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    found, seconds = {}, {}
    jobs = [(recipe, size) for size in (*SIZES, 0) for recipe in RECIPES]  # 0 stands for infinity
    for recipe, size in jobs:
        name = f"{recipe}_{size}"
        path = CHECKPOINTS / f"drift_{name}.npz"
        if not path.exists():
            started = time.process_time()
            values = accuracies(recipe, size) if size else limits(recipe)
            save_npz(path, values=values, seconds=np.array(time.process_time() - started))
        done = read_npz(path, "path", "accuracies")
        found[name], seconds[name] = done["values"], round(float(done["seconds"]), 1)
        print(f"{name}: {seconds[name]} s", flush=True)
    save_npz(RESULTS / "drift.npz", sigmas=SIGMAS, **found)
    provenance = {
        "command": "make results",
        "what": "all-bits accuracies (runs, kinds, readouts, strengths) by recipe and number of neurons",
        "fine_tuned_0, direct_0": "infinitely many neurons, 5 networks of 3 runs, (runs, strengths)",
        "kinds": drift.KINDS, "readouts": ["all neurons", f"the first {N_OBSERVED}"], "n_bits": 3, **STEPS,
        "counted": "the second half of the steps after the drift", "noise_std": NOISE_STD, "n_observed": N_OBSERVED,
        "networks": [f"flip_flop_3bit/{recipe}_{i:02d}.npz" for recipe in RECIPES for i in range(5)],
        "networks_and_runs": {str(size): counts for size, counts in SIZES.items()},
        "seeds": "[network, run, neurons, 0] to resample, [network, run, neurons, 1] to run; limit: [network, run, 0]",
        "cpu_seconds": seconds, "date": datetime.now(UTC).date().isoformat(), "versions": versions(),
    }  # fmt: skip
    (RESULTS / "drift.json").write_text(json.dumps(provenance, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
