"""Rebuilding a million neurons, thousands of times: how often the bit survives, and how far the growth rate is off."""

from typing import Any

import numpy as np

from lpu_core import reconstruction, timescales
from lpu_core.sweep import grid
from tools.results.experiment import Experiment, timed

CIRCUIT: dict[str, Any] = {"n_neurons": 10**6, "tau_latent": 1000.0, "tau": 10.0, "rho": 0.8}
SHARES: dict[str, Any] = {"n_observed": (1000, 10_000, 100_000, 500_000), "batches": 8, "n_parts": 250}
ERRORS: dict[str, Any] = {"n_observed": (100, 1000, 10_000, *(10**5 * np.array([1, 2, 3, 5, 7, 8, 9])).tolist()),
          "batches": 40, "n_circuits": 50, "n_parts": 30, "bundle": 100}  # fmt: skip
SEED = 0


@timed
def gains(batch: int, n_observed: list[int], n_parts: int, n_neurons: int, rng: np.random.Generator) -> dict[str, Any]:
    """The loop gains of rebuilt networks, of the circuit of seed 0, (parts, sizes), and the circuit's own."""
    design = (CIRCUIT["tau_latent"], CIRCUIT["tau"], CIRCUIT["rho"])
    network = timescales.design_bistable(n_neurons, *design, rng=0)
    products = (network.embedding * network.encoding)[:, 0]
    own = products.mean(dtype=np.float64)
    off = np.concatenate([reconstruction.part_errors(products, n_observed, 1, rng) for _ in range(n_parts)])
    return {"gains": own + off, "own": own}


def survival(part: Experiment) -> None:
    """Loop gains of many rebuilds of one circuit (Fig. A1): the bit survives where the gain is above one."""
    how = {name: SHARES[name] for name in ("n_observed", "n_parts")} | {"n_neurons": CIRCUIT["n_neurons"]}
    runs = part.sweep(gains, [one | how for one in grid(batch=range(SHARES["batches"]))], SEED)
    rebuilt = np.concatenate([run["gains"] for run in runs])
    part.write("reconstruction_survival.npz", runs, CIRCUIT | SHARES | {"seed": SEED},
               n_observed=np.array(SHARES["n_observed"]), n_parts=np.array(len(rebuilt)),
               share=(rebuilt > 1).mean(0))  # fmt: skip


@timed
def squares(
    batch: int, n_observed: list[int], n_circuits: int, n_parts: int, bundle: int, n_neurons: int, rng: np.random.Generator
) -> dict[str, Any]:
    """The mean square of ĉ_obs − ĉ over the parts of each of some drawn circuits, (circuits, sizes)."""
    law = timescales.design(CIRCUIT["tau_latent"], CIRCUIT["tau"], CIRCUIT["rho"])
    found = []
    for _ in range(n_circuits):
        m, n = law.sample(n_neurons, rng)
        found.append(np.square(reconstruction.part_errors(m * n, n_observed, n_parts, rng, bundle=bundle)).mean(0))
    return {"squares": np.array(found)}


def errors(part: Experiment) -> None:
    """The relative error of the rebuilt growth rate (Fig. A2), with its standard error over circuits."""
    how = {name: ERRORS[name] for name in ("n_observed", "n_circuits", "n_parts", "bundle")}
    how |= {"n_neurons": CIRCUIT["n_neurons"]}
    runs = part.sweep(squares, [one | how for one in grid(batch=range(ERRORS["batches"]))], SEED)
    found = np.concatenate([run["squares"] for run in runs])
    error = CIRCUIT["tau_latent"] / CIRCUIT["tau"] * np.sqrt(found.mean(0))
    relative = found.std(0, ddof=1) / found.mean(0) / np.sqrt(len(found)) / 2  # of the root
    part.write("reconstruction_errors.npz", runs, CIRCUIT | ERRORS | {"seed": SEED},
               n_observed=np.array(ERRORS["n_observed"]), error=error, standard_error=error * relative)  # fmt: skip


PARTS = {"survival": survival, "errors": errors}
