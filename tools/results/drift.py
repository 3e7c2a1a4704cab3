"""Drift at the paper's sizes: accuracies up to 300 000 neurons, and of infinitely many."""

from typing import Any

import numpy as np

from lpu_core import RESULTS, drift, networks
from lpu_core.sweep import grid
from tools.results.experiment import Experiment, checksum, seconds, timed, verified

SIGMAS = np.geomspace(1e-2, 10**1.5, 22)
# neurons → (networks, runs of each): three runs where they take seconds, one where they take a minute
SIZES = dict.fromkeys((100, 300, 1000, 3000, 10_000, 30_000), (5, 3)) | dict.fromkeys((100_000, 300_000), (5, 1))
LIMIT = (5, 3)
RECIPES = ("fine_tuned", "direct")
SETTINGS: dict[str, Any] = {"n_before": 2000, "n_after": 2000, "noise_std": 0.1, "n_observed": 100}


@timed
def accuracies(
    recipe: str, network: int, sha256: str, n_neurons: int, run: int, n_before: int, n_after: int
) -> dict[str, Any]:
    """One run of one stored network at a size, (kinds, readouts, S); of infinitely many neurons for 0, (S,)."""
    stored = networks.load(verified(_file(recipe, network), sha256))
    same = {"n_before": n_before, "n_after": n_after, "noise_std": SETTINGS["noise_std"]}
    if not n_neurons:
        return {"accuracies": drift.limit_accuracies(stored, SIGMAS, [network, run, 0], **same)}
    large = drift.resample(stored, n_neurons, [network, run, n_neurons, 0])
    n_observed = SETTINGS["n_observed"]
    return {"accuracies": drift.experiment(large, SIGMAS, [network, run, n_neurons, 1], n_observed=n_observed, **same)}


def _file(recipe: str, network: int) -> Any:
    return RESULTS / f"flip_flop_3bit/{recipe}_{network:02d}.npz"


def tolerance(part: Experiment) -> None:
    """All recipes and sizes: an array for each, with its runs along the first axis."""
    steps = {name: SETTINGS[name] for name in ("n_before", "n_after")}
    asked = [one | steps | {"n_neurons": n, "sha256": checksum(_file(one["recipe"], one["network"]))}
             for n, (n_networks, n_runs) in (SIZES | {0: LIMIT}).items()
             for one in grid(recipe=RECIPES, network=range(n_networks), run=range(n_runs))]  # fmt: skip
    runs = part.sweep(accuracies, asked)
    by_size: dict[str, list] = {}
    for one, run in zip(asked, runs, strict=True):
        by_size.setdefault(f"{one['recipe']}_{one['n_neurons']}", []).append(run)
    found = {name: np.array([run["accuracies"] for run in here], np.float32) for name, here in by_size.items()}
    about = {
        "what": "all-bits accuracies (runs, kinds, readouts, strengths) by recipe and number of neurons",
        "fine_tuned_0, direct_0": "infinitely many neurons, (runs, strengths)",
        "kinds": drift.KINDS, "readouts": ["all neurons", f"the first {SETTINGS['n_observed']}"], "n_bits": 3,
        "counted": "the second half of the steps after the drift",
        "networks": [f"flip_flop_3bit/{recipe}_{i:02d}.npz" for recipe in RECIPES for i in range(LIMIT[0])],
        "networks_and_runs": {str(size): counts for size, counts in SIZES.items()},
        "seeds": "[network, run, neurons, 0] to resample, [network, run, neurons, 1] to run; limit: [network, run, 0]",
        "cpu_seconds_by_size": {name: round(seconds(here), 1) for name, here in by_size.items()},
    }  # fmt: skip
    part.write("drift.npz", runs, SETTINGS, about, sigmas=SIGMAS, **found)


PARTS = {"tolerance": tolerance}
