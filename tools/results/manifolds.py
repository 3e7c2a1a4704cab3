"""Dimensionality at the paper's sizes: of sorting networks, embedded spheres, random networks and real recordings."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from lpu_core import manifolds, tasks, training
from lpu_core.recordings import load_steinmetz, sessions
from lpu_core.sweep import Result, grid
from lpu_core.tasks import SequenceSorting
from tools.results.experiment import Experiment, held, timed, verified

# ------------------------------------------------------------------ sequence sorting (Fig. 2H, I, S3C-E)

SORTING: dict[str, Any] = {"n_neurons": (16, 64, 256, 1024), "ranks": (1, 2, 3, 4, 5, 6), "lengths": (2, 3, 4),
           "seeds": {16: 10, 64: 10, 256: 10, 1024: 3}, "n_steps": 10_000, "batch": 32, "learning_rate": 0.1,
           "weight_decay": 1e-5, "noise_std": 0.2, "n_test_points": 4000}  # fmt: skip


@timed
def sorting_networks(n_neurons: int, rank: int, length: int, n_seeds: int, n_steps: int) -> dict[str, Any]:
    """Train one condition over its seeds; accuracy with and without noise, loss and dimensionality on fresh trials."""
    task, seeds = SequenceSorting(length), range(n_seeds)
    descent = training.Descent(n_steps, SORTING["learning_rate"], SORTING["batch"], SORTING["noise_std"],
                               SORTING["weight_decay"], target_accuracy=2.0, check_every=n_steps)  # fmt: skip
    trained = training.train_low_rank(task, n_neurons, seeds, rank=rank, descent=descent)
    rows = []
    for seed, net in zip(seeds, trained.networks, strict=True):
        n_trials, rows_of = SORTING["n_test_points"] // task.n_steps, []
        for noise in (SORTING["noise_std"], 0.0):
            rng = np.random.default_rng([seed, 2**32])
            inputs, targets = task.sample(n_trials, rng)
            start = tasks.INITIAL_STD * rng.standard_normal((n_trials, n_neurons)) * (noise > 0)
            run = net.simulate(  # type: ignore[call-arg]  # a firing-rate network, as train_low_rank was asked for
                inputs, initial_rates=start, noise_std=noise, rng=rng, record_rates=True
            )
            outputs = run.latents[..., :1]
            rates = run.rates.reshape(-1, n_neurons)  # type: ignore[union-attr]
            rows_of.append([
                task.accuracy(outputs, inputs, targets), np.sqrt(np.mean((outputs - targets)[task.scored] ** 2)),
                manifolds.linear_dimensionality(rates), manifolds.linear_dimensionality(rates, 0.8),
            ])  # fmt: skip
        rows.append(rows_of)
    return {"values": np.array(rows), "loss": trained.losses[-200:].mean(0)}


def sorting(part: Experiment) -> None:
    """All conditions, the small networks first; NaN where a size has fewer seeds."""
    axes = {"n_neurons": SORTING["n_neurons"], "length": SORTING["lengths"], "rank": SORTING["ranks"]}
    asked = [one | {"n_seeds": SORTING["seeds"][one["n_neurons"]], "n_steps": SORTING["n_steps"]} for one in grid(**axes)]
    runs = part.sweep(sorting_networks, asked)
    values = np.full((len(asked), max(SORTING["seeds"].values()), 2, 4), np.nan, np.float32)
    for row, run in zip(values, runs, strict=True):
        row[: len(run["values"])] = run["values"]
    values = values.reshape(*map(len, axes.values()), *values.shape[1:]).swapaxes(1, 2)
    part.write("manifolds_sorting.npz", runs, SORTING, values=values, axes=np.array(
        ["n_neurons", "rank", "length", "seed", "noise, none", "accuracy, rms error, dimensions, at 80 %"]
    ))  # fmt: skip


# ------------------------------------------------------------------ the embedded sphere (Fig. 2F, S3A)

EMBEDDING: dict[str, Any] = {"n_neurons": (10, 30, 100, 300, 1000, 3000, 10_000), "n_dims": (2, 3, 5, 10),
             "embeddings": (("sin", 1.0), ("sin", 2.0), ("sin", 3.0), ("tanh", 3.0), ("sign", 1.0), ("relu", 1.0)),
             "seeds": 5, "seeds at 3000": 1, "n_points": 10_000, "at 10000": (("sin", 2.0, 10), ("sign", 1.0, 3)),
             "seeds at 10000": 1, "n_points at 10000": 20_000}  # fmt: skip


@timed
def sphere_dimensions(phi: str, strength: float, n_dims: int, seed: int, sizes: list[int], n_points: int) -> dict[str, Any]:
    """The linear dimensionality of one embedded sphere by the first n neurons, for all n in `sizes`."""
    _, rates = manifolds.embed_sphere(max(sizes), n_dims, n_points, strength, [seed, n_dims], phi)
    return {"dims": [manifolds.linear_dimensionality(rates[:, :n]) for n in sizes]}


def embedding(part: Experiment) -> None:
    """All nonlinearities, strengths and dimensions; NaN where a size has fewer seeds."""
    sizes, kinds, dims = EMBEDDING["n_neurons"], EMBEDDING["embeddings"], EMBEDDING["n_dims"]
    values = np.full((len(kinds), len(dims), EMBEDDING["seeds"], len(sizes)), np.nan, np.float32)
    asked, places = [], []
    for columns, n_seeds, n_points in (
        (slice(0, 5), EMBEDDING["seeds"], EMBEDDING["n_points"]),
        (slice(5, 6), EMBEDDING["seeds at 3000"], EMBEDDING["n_points"]),
        (slice(6, 7), EMBEDDING["seeds at 10000"], EMBEDDING["n_points at 10000"]),
    ):
        for (i, (phi, strength)), (j, d), seed in product(enumerate(kinds), enumerate(dims), range(n_seeds)):
            if columns.start < 6 or (phi, strength, d) in EMBEDDING["at 10000"]:
                asked.append({"phi": phi, "strength": strength, "n_dims": d, "seed": seed, "sizes": sizes[columns],
                              "n_points": n_points})  # fmt: skip
                places.append((i, j, seed, columns))
    runs = part.sweep(sphere_dimensions, asked)
    for place, run in zip(places, runs, strict=True):
        values[place] = run["dims"]
    axes = np.array(["embedding", "n_dims", "seed", "n_neurons"])
    part.write("manifolds_embedding.npz", runs, EMBEDDING, dims=values, axes=axes)


# ------------------------------------------------------------------ random networks (Fig. S3F, G)

RANDOM: dict[str, Any] = {
    "n_neurons": 1000, "rank": 100, "seeds": 5, "n_steps": 1000,
    "factors": (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0),
    "scaling": {"n_neurons": (200, 400, 800, 1600), "ranks": (100, None), "factors": (1.5, 2.0, 3.0, 5.0, 10.0), "seeds": 3,
                "n_trials": 20, "n_steps": 500, "n_transient": 300},
}  # fmt: skip


@timed
def random_networks(seed: int, rank: int | None, n_neurons: int, n_steps: int) -> dict[str, Any]:
    """Exponents against g, the predicted critical g and the g from which activity lives on, of one network."""
    net = manifolds.random_network(n_neurons, 1.0, seed, rank)
    return {"exponents": [manifolds.divergence(manifolds.scale_weights(net, g), n_steps, [seed, 1])
                          for g in RANDOM["factors"]],
            "predicted": manifolds.critical_factor(net),
            "sustaining": manifolds.sustaining_factor(net, [seed, 2])}  # fmt: skip


@timed
def spontaneous_dimensions(rank: int | None, n_neurons: int, factor: float, seed: int) -> dict[str, Any]:
    """The linear dimensionality of spontaneous activity at low rank, from all samples and from half of them."""
    how = RANDOM["scaling"]
    net = manifolds.random_network(n_neurons, factor, seed, rank or n_neurons // 10)
    rates = manifolds.spontaneous_rates(net, how["n_trials"], how["n_steps"], [seed, 3], n_transient=how["n_transient"])
    return {"dims": [manifolds.linear_dimensionality(part) for part in (rates, rates[: len(rates) // 2])]}


def random(part: Experiment) -> None:
    """Divergence at full and low rank; dimensionality against N at low rank."""
    axes = {"rank": (None, RANDOM["rank"]), "seed": range(RANDOM["seeds"])}
    same = {name: RANDOM[name] for name in ("n_neurons", "n_steps")}
    critical = part.sweep(random_networks, [one | same for one in grid(**axes)])
    how = RANDOM["scaling"]
    scales = {"rank": how["ranks"], "n_neurons": how["n_neurons"], "factor": how["factors"], "seed": range(how["seeds"])}
    spontaneous = part.sweep(spontaneous_dimensions, grid(**scales))
    found = {name: on(axes, critical, name) for name in ("exponents", "predicted", "sustaining")}
    dims = on(scales, spontaneous, "dims").astype(np.float32)
    part.write("manifolds_random.npz", critical + spontaneous, RANDOM, **found, dims=dims)


def on(axes: dict[str, Any], runs: list[Result], name: str) -> np.ndarray:
    """What the runs of a grid found under one name, as one array over its axes."""
    values = np.array([run[name] for run in runs])
    return values.reshape(*map(len, axes.values()), *values.shape[1:])


# ------------------------------------------------------------------ real recordings

RECORDINGS: dict[str, Any] = {"sessions": 12, "bins": "4 of 100 ms after stimulus onset", "shares": (0.125, 0.25, 0.5, 1.0),
              "variances": (0.8, 0.99), "draws": 5, "source": "Steinmetz et al., Nature 576 (2019), an excerpt"}  # fmt: skip


def spike_counts(path: Path) -> np.ndarray:
    """Spike counts of a session, (trials, bins, neurons), of neurons that fired at all."""
    counts = load_steinmetz(path).activity
    counts = counts.reshape(4, -1, *counts.shape[1:]).sum(1).transpose(1, 0, 2)
    return counts[:, :, counts.any((0, 1))]


@timed
def session_dimensions(file: str, sha256: str, number: int, draws: int) -> dict[str, Any]:
    """Dimensionality with fewer trials, with fewer neurons, and of shuffled neurons with fewer trials."""
    counts = spike_counts(verified(file, sha256))
    n_trials, _, n = counts.shape
    dims = np.zeros((3, len(RECORDINGS["shares"]), draws, len(RECORDINGS["variances"])), np.float32)
    for draw in range(draws):
        rng = np.random.default_rng([number, draw])
        trials, neurons = rng.permutation(n_trials), rng.permutation(n)
        shuffled = np.stack([counts[rng.permutation(n_trials), :, i] for i in range(n)], axis=-1)
        for j, share in enumerate(RECORDINGS["shares"]):
            few, some = trials[: round(share * n_trials)], neurons[: round(share * n)]
            for i, part in enumerate((counts[few], counts[:, :, some], shuffled[few])):
                spectrum = manifolds.principal_variances(part.reshape(-1, part.shape[-1]))
                dims[i, j, draw] = [manifolds.n_components(spectrum, v) for v in RECORDINGS["variances"]]
    return {"dims": dims.mean(2), "sizes": np.array([n_trials, n])}


def recordings(part: Experiment) -> None:
    """All sessions in the folder that LPU_RECORDINGS names."""
    asked = [one | {"number": i, "draws": RECORDINGS["draws"]} for i, one in enumerate(map(held, sessions()), 1)]
    runs = part.sweep(session_dimensions, asked)
    names = np.array([Path(one["file"]).stem for one in asked])
    axes = np.array(["session", "fewer trials, fewer neurons, shuffled with fewer trials", "share", "80 %, 99 %"])
    part.write("manifolds_recordings.npz", runs, RECORDINGS, dims=np.stack([run["dims"] for run in runs]),
               sizes=np.stack([run["sizes"] for run in runs]), names=names, axes=axes)  # fmt: skip


PARTS = {"embedding": embedding, "random": random, "sorting": sorting, "recordings": recordings}
