"""Drift at the paper's sizes: accuracies up to 300 000 neurons, and of infinitely many."""

from itertools import product
from typing import Any

import numpy as np

from lpu_core import drift, networks
from tools.results.experiment import Experiment, held, seconds, timed, verified

SIGMAS = np.geomspace(1e-2, 10**1.5, 22)
# neurons → (networks, runs of each): three runs where they take seconds, one where they take a minute; 0: infinitely many
SIZES = dict.fromkeys((100, 300, 1000, 3000, 10_000, 30_000, 0), (5, 3)) | dict.fromkeys((100_000, 300_000), (5, 1))
RECIPES = ("fine_tuned", "direct")
SETTINGS: dict[str, Any] = {"n_before": 2000, "n_after": 2000, "noise_std": 0.1, "n_observed": 100}


@timed
def accuracies(file: str, sha256: str, seed: list[int], n_neurons: int, n_observed: int, **how: Any) -> dict[str, Any]:
    """One run of one stored network at a size, (kinds, readouts, S); of infinitely many neurons for 0, (S,)."""
    network = networks.load(verified(file, sha256))
    if not n_neurons:
        return {"accuracies": drift.limit_accuracies(network, SIGMAS, [*seed, 0], **how)}
    large = drift.resample(network, n_neurons, [*seed, n_neurons, 0])
    return {"accuracies": drift.drift_accuracies(large, SIGMAS, [*seed, n_neurons, 1], n_observed=n_observed, **how)}


def tolerance(part: Experiment) -> None:
    """All recipes and sizes: an array for each, with its runs along the first axis."""
    files = {(recipe, i): held(f"flip_flop_3bit/{recipe}_{i:02d}.npz") for recipe in RECIPES for i in range(5)}
    asked = {(recipe, n, i, run): files[recipe, i] | {"seed": [i, run], "n_neurons": n} | SETTINGS
             for n, (n_networks, n_runs) in SIZES.items()
             for recipe, i, run in product(RECIPES, range(n_networks), range(n_runs))}  # fmt: skip
    runs = part.sweep(accuracies, list(asked.values()))
    by_size: dict[str, list] = {}
    for (recipe, n, *_), run in zip(asked, runs, strict=True):
        by_size.setdefault(f"{recipe}_{n}", []).append(run)
    found = {name: np.array([run["accuracies"] for run in here], np.float32) for name, here in by_size.items()}
    about = {
        "what": "all-bits accuracies (runs, kinds, readouts, strengths) by recipe and number of neurons",
        "fine_tuned_0, direct_0": "infinitely many neurons, (runs, strengths)",
        "kinds": drift.DRIFT_KINDS, "readouts": ["all neurons", f"the first {SETTINGS['n_observed']}"], "n_bits": 3,
        "counted": "the second half of the steps after the drift",
        "networks": [one["file"] for one in files.values()],
        "networks_and_runs": {str(size): counts for size, counts in SIZES.items() if size},
        "seeds": "[network, run, neurons, 0] to resample, [network, run, neurons, 1] to run; limit: [network, run, 0]",
        "cpu_seconds_by_size": {name: round(seconds(here), 1) for name, here in by_size.items()},
    }  # fmt: skip
    part.write("drift.npz", runs, SETTINGS, about, sigmas=SIGMAS, **found)


PARTS = {"tolerance": tolerance}
