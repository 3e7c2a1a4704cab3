"""How many kinds of landscape modulators reach, by size, populations and bandwidth; and the laws of large circuits."""

from dataclasses import replace
from typing import Any

import numpy as np

from lpu_core import reconfiguration, training
from lpu_core.reconfiguration import Cloud
from lpu_core.sweep import grid
from lpu_core.tasks import SwitchedFlipFlop
from tools.results.experiment import Experiment, timed

LAW: dict[str, Any] = {
    "gains": {"loop": 0.8, "stds": (0.7, 0.0)},
    "biases": {"loop": 1.5, "stds": (0.0, 1.0)},
    "lengths": (0.4, 1.4),
    "neurons, networks": ((10_000, 1000), (100_000, 1000)),
    "levels": 5,
    "batches": 10,
}
KINDS: dict[str, Any] = {"loop": (1.5, 0.8), "levels": 200, "networks": 6, "n_modulators": 4}
SIZES = [{"n_neurons": n, "n_units": n, "stds": (s, s)} for s in (0.5, 1.0, 2.0) for n in (10, 30, 100, 300, 1000)]
POPULATIONS = [{"n_neurons": 300, "n_units": p, "stds": (s, s)} for s in (1.0, 2.0) for p in (1, 2, 4, 10, 40)] + [
    {"n_neurons": n, "n_units": 10, "stds": (1.0, 1.0)} for n in (100, 1000)]  # fmt: skip
BANDWIDTHS = [{"n_neurons": 20, "n_units": 20, "n_modulators": b, "stds": s} for b in (1, 2, 4, 8, 16)
              for s in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0))] + [
    {"n_neurons": 1000, "n_units": 1000, "n_modulators": b, "stds": (1.0, 1.0)} for b in (1, 2, 4, 8, 16)]  # fmt: skip
LATENTS: dict[str, Any] = {"loops": ((1.5,), (1.5, 0.8), (1.5, 1.15, 0.8)), "neurons": (10, 100, 1000), "stds": (1.0, 1.0),
           "levels": 200, "networks": 6, "n_modulators": 4}  # fmt: skip
RULES = (((1, 0), (0, 1)), ((0, 1), (1, 0)), ((-1, 0), (0, -1)), ((0, -1), (-1, 0)))
"""Hold the bits, swap them, negate them, do both."""
TRAINED: dict[str, Any] = {"n_neurons": 100, "ranks": (2, 3, 4), "networks": 4, "n_steps": 60, "n_epochs": 1500,
           "learning_rate": 3e-2, "noise_std": 0.05, "n_test_trials": 1000}  # fmt: skip
SEED = 0


@timed
def shares(modulation: str, n_neurons: int, n_networks: int, batch: int, rng: np.random.Generator) -> dict[str, Any]:
    """Which of some drawn one-latent networks are bistable, at which lengths of the levels, (networks, levels)."""
    how, (low, high) = LAW[modulation], LAW["lengths"]
    lengths = rng.permuted(np.linspace(low, high, n_networks * LAW["levels"])).reshape(n_networks, -1)
    cloud = Cloud(np.array([[how["loop"]]]))
    return {"lengths": lengths, "bistable": reconfiguration.bistable_draws(cloud, n_neurons, lengths, how["stds"], rng)}


def law(part: Experiment) -> None:
    """How often a modulated circuit is bistable, at sizes that a page cannot wait for."""
    runs = [{"modulation": modulation, "n_neurons": n, "n_networks": networks // LAW["batches"], "batch": batch}
            for modulation in ("gains", "biases") for n, networks in LAW["neurons, networks"]
            for batch in range(LAW["batches"])]  # fmt: skip
    found = part.sweep(shares, runs, SEED)
    kept: dict[str, np.ndarray] = {}
    for modulation in ("gains", "biases"):
        for n, _ in LAW["neurons, networks"]:
            chosen = [f for r, f in zip(runs, found, strict=True) if r["modulation"] == modulation and r["n_neurons"] == n]
            kept |= {f"{modulation} {n} {name}": np.concatenate([f[name] for f in chosen]).astype(dtype)
                     for name, dtype in (("lengths", np.float32), ("bistable", bool))}  # fmt: skip
    part.write("reconfiguration_law.npz", found, LAW | {"seed": SEED}, **kept)


@timed
def reached(
    n_neurons: int, n_units: int, stds: tuple[float, float], n_modulators: int, network: int, rng: np.random.Generator
) -> dict[str, Any]:
    """The kinds that one drawn network reaches, each with how often; "unresolved" counts landscapes not resolved."""
    cloud = Cloud(np.diag(KINDS["loop"]))
    return names(
        reconfiguration.reachable_topologies(
            cloud, n_neurons, n_units, n_modulators, (stds[0], stds[1]), KINDS["levels"], rng
        )
    )


def names(kinds: list[Any]) -> dict[str, Any]:
    """Kinds as a run stores them."""
    return {"names": np.array(["unresolved" if kind is None else " ".join(map(str, kind)) for kind in kinds])}


def counted(rows: list[dict[str, Any]], found: list[Any]) -> list[dict[str, Any]]:
    """Each row with how often its run found which kind."""
    tallies = [np.unique(one["names"], return_counts=True) for one in found]
    return [row | {"kinds": dict(zip(kinds.tolist(), counts.tolist(), strict=True))}
            for row, (kinds, counts) in zip(rows, tallies, strict=True)]  # fmt: skip


def kinds(part: Experiment) -> None:
    """Kinds of landscapes with two latents, against size, populations, bandwidth and strength."""
    settings = {"sizes": SIZES, "populations": POPULATIONS, "bandwidths": BANDWIDTHS}
    rows = [{"sweep": sweep, "n_modulators": KINDS["n_modulators"]} | how | one
            for sweep, conditions in settings.items() for how in conditions
            for one in grid(network=range(KINDS["networks"]))]  # fmt: skip
    runs = [{name: value for name, value in row.items() if name != "sweep"} for row in rows]
    once = [run for i, run in enumerate(runs) if run not in runs[:i]]  # sweeps cross
    done = part.sweep(reached, once, SEED)
    found = [done[once.index(run)] for run in runs]
    part.write("reconfiguration_kinds.json", done, KINDS | {"seed": SEED}, rows=counted(rows, found))


@timed
def reached_by(loop: tuple[float, ...], n_neurons: int, network: int, rng: np.random.Generator) -> dict[str, Any]:
    """The same for a network of as many latents as the loop has eigenvalues, with receptors of each neuron's own."""
    how = LATENTS["n_modulators"], LATENTS["stds"], LATENTS["levels"]
    return names(reconfiguration.reachable_topologies(Cloud(np.diag(loop)), n_neurons, n_neurons, *how, rng))


def latents(part: Experiment) -> None:
    """Kinds of landscapes against the number of latents."""
    rows = grid(loop=LATENTS["loops"], n_neurons=LATENTS["neurons"], network=range(LATENTS["networks"]))
    found = part.sweep(reached_by, rows, SEED)
    part.write("reconfiguration_latents.json", found, LATENTS | {"seed": SEED}, rows=counted(rows, found))


@timed
def obeyed(rank: int, seed: int, n_neurons: int, n_epochs: int, n_test_trials: int) -> dict[str, Any]:
    """The share of steps in which one trained network obeys its rule, and with its context inputs blocked."""
    task = SwitchedFlipFlop(2, n_steps=TRAINED["n_steps"], rules=RULES)
    how = {name: TRAINED[name] for name in ("learning_rate", "noise_std")}
    descent = training.Descent(n_epochs, check_every=100, target_accuracy=0.99, **how)
    network = training.train_low_rank(task, n_neurons, [seed], rank=rank, descent=descent).networks[0]
    inputs = network.input_weights.copy()
    inputs[:, 2:] = 0
    blocked = replace(network, input_weights=inputs)
    return {name: training.accuracy(net, task, n_test_trials, [seed, 1]) for name, net in
            (("told", network), ("blocked", blocked))}  # fmt: skip


def trained(part: Experiment) -> None:
    """Networks trained by gradient on four rules that context inputs tell apart, by their number of latents."""
    how = {name: TRAINED[name] for name in ("n_neurons", "n_epochs", "n_test_trials")}
    runs = [one | how for one in grid(rank=TRAINED["ranks"], seed=range(TRAINED["networks"]))]
    found = part.sweep(obeyed, runs)
    rows = [{"rank": run["rank"], "seed": run["seed"]} | {name: round(float(f[name]), 4) for name in ("told", "blocked")}
            for run, f in zip(runs, found, strict=True)]  # fmt: skip
    part.write("reconfiguration_trained.json", found, TRAINED, networks=rows)


PARTS = {"law": law, "kinds": kinds, "latents": latents, "trained": trained}
