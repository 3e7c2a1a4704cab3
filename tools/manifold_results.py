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
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lpu_core import RESULTS, manifolds, training
from lpu_core._files import read_npz, save_npz
from lpu_core.recordings import load_steinmetz, sessions
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

SORTING: dict[str, Any] = {"n_neurons": (16, 64, 256, 1024), "ranks": (1, 2, 3, 4, 5, 6), "lengths": (2, 3, 4),
           "seeds": {16: 10, 64: 10, 256: 10, 1024: 3}, "n_steps": 4000, "batch": 32, "learning_rate": 0.1,
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


# ------------------------------------------------------------------ the embedded sphere (Fig. 2F, S3A)

EMBEDDING: dict[str, Any] = {"n_neurons": (10, 30, 100, 300, 1000, 3000, 10_000), "n_dims": (2, 3, 5, 10),
             "embeddings": (("tanh", 1.0), ("tanh", 3.0), ("tanh", 10.0), ("sign", 1.0), ("relu", 1.0), ("sin", 3.0)),
             "seeds": 5, "seeds at 3000": 1, "n_points": 10_000, "at 10000": (("tanh", 3.0, 10), ("sign", 1.0, 3)),
             "seeds at 10000": 1, "n_points at 10000": 20_000}  # fmt: skip


def sphere_dimensions(phi: str, strength: float, n_dims: int, seed: int, sizes: tuple[int, ...], n_points: int):
    """The linear dimensionality of one embedded sphere by the first n neurons, for all n in `sizes`."""
    _, rates = manifolds.embed_sphere(max(sizes), n_dims, n_points, strength, [seed, n_dims], phi)
    return {"dims": np.array([manifolds.linear_dimensionality(rates[:, :n]) for n in sizes])}


def embedding() -> None:
    """All nonlinearities, strengths and dimensions; NaN where a size has fewer seeds."""
    sizes, kinds, dims = EMBEDDING["n_neurons"], EMBEDDING["embeddings"], EMBEDDING["n_dims"]
    values, seconds = np.full((len(kinds), len(dims), EMBEDDING["seeds"], len(sizes)), np.nan, np.float32), 0.0
    for first, last, n_seeds, n_points in (
        (0, 5, EMBEDDING["seeds"], EMBEDDING["n_points"]),
        (5, 6, EMBEDDING["seeds at 3000"], EMBEDDING["n_points"]),
        (6, 7, EMBEDDING["seeds at 10000"], EMBEDDING["n_points at 10000"]),
    ):
        for (i, (phi, strength)), (j, d), seed in product(enumerate(kinds), enumerate(dims), range(n_seeds)):
            if last == 7 and (phi, strength, d) not in EMBEDDING["at 10000"]:
                continue
            made = piece(f"embedding_{phi}_{strength:g}_{d}_{seed}_{sizes[last - 1]}", lambda a=(
                phi, strength, d, seed, sizes[first:last], n_points): sphere_dimensions(*a))  # fmt: skip
            values[i, j, seed, first:last] = made["dims"]
            seconds += float(made["seconds"])
        write("embedding", seconds, EMBEDDING, dims=values, axes=np.array(["embedding", "n_dims", "seed", "n_neurons"]))


# ------------------------------------------------------------------ random networks (Fig. S3F, G)

RANDOM: dict[str, Any] = {
    "n_neurons": 1000, "rank": 100, "seeds": 5, "n_steps": 1000,
    "factors": (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0),
    "scaling": {"n_neurons": (100, 200, 400, 800, 1600), "share": 0.1, "factors": (1.5, 2.0, 3.0, 5.0, 10.0), "seeds": 3,
                "n_trials": 20, "n_steps": 500, "n_transient": 300},
}  # fmt: skip


def random_networks(seed: int, rank: int | None) -> dict[str, np.ndarray]:
    """Exponents against g, the predicted critical g and the g from which activity lives on, of one network."""
    net = manifolds.random_network(RANDOM["n_neurons"], 1.0, seed, rank)
    return {"exponents": np.array([manifolds.divergence(manifolds.scale_weights(net, g), RANDOM["n_steps"], [seed, 1])
                                   for g in RANDOM["factors"]]),
            "predicted": np.array(manifolds.critical_factor(net)),
            "sustaining": np.array(manifolds.sustaining_factor(net, [seed, 2]))}  # fmt: skip


def spontaneous_dimensions(n_neurons: int, factor: float, seed: int) -> dict[str, np.ndarray]:
    """The linear dimensionality of spontaneous activity at low rank, from all samples and from half of them."""
    how = RANDOM["scaling"]
    net = manifolds.random_network(n_neurons, factor, seed, round(how["share"] * n_neurons))
    rates = manifolds.spontaneous_rates(net, how["n_trials"], how["n_steps"], [seed, 3], n_transient=how["n_transient"])
    return {"dims": np.array([manifolds.linear_dimensionality(part) for part in (rates, rates[: len(rates) // 2])])}


def random() -> None:
    """Divergence at full and low rank; dimensionality against N at low rank."""
    how, seconds = RANDOM["scaling"], 0.0
    found: dict[str, list] = {name: [] for name in ("exponents", "predicted", "sustaining")}
    for rank in (None, RANDOM["rank"]):
        seeds = range(RANDOM["seeds"])
        runs = [piece(f"random_{rank}_{seed}", lambda a=(seed, rank): random_networks(*a)) for seed in seeds]
        seconds += sum(float(run["seconds"]) for run in runs)
        for name, rows in found.items():
            rows.append([run[name] for run in runs])
    dims = np.zeros((len(how["n_neurons"]), len(how["factors"]), how["seeds"], 2), np.float32)
    for i, n in enumerate(how["n_neurons"]):
        for j, g in enumerate(how["factors"]):
            for seed in range(how["seeds"]):
                run = piece(f"spontaneous_{n}_{g:g}_{seed}", lambda a=(n, g, seed): spontaneous_dimensions(*a))
                dims[i, j, seed] = run["dims"]
                seconds += float(run["seconds"])
    write("random", seconds, RANDOM, **{name: np.array(rows) for name, rows in found.items()}, dims=dims)


# ------------------------------------------------------------------ real recordings

RECORDINGS: dict[str, Any] = {"sessions": 12, "bins": "4 of 100 ms after stimulus onset", "shares": (0.125, 0.25, 0.5, 1.0),
              "variances": (0.8, 0.99), "draws": 5, "source": "Steinmetz et al., Nature 576 (2019), an excerpt"}  # fmt: skip


def spike_counts(path: Path) -> np.ndarray:
    """Spike counts of a session, (trials, bins, neurons), of neurons that fired at all."""
    counts = load_steinmetz(path).activity
    counts = counts.reshape(4, -1, *counts.shape[1:]).sum(1).transpose(1, 0, 2)
    return counts[:, :, counts.any((0, 1))]


def session_dimensions(path: Path, session: int) -> dict[str, np.ndarray]:
    """Dimensionality with fewer trials, with fewer neurons, and of shuffled neurons with fewer trials."""
    counts = spike_counts(path)
    n_trials, _, n = counts.shape
    dims = np.zeros((3, len(RECORDINGS["shares"]), RECORDINGS["draws"], len(RECORDINGS["variances"])), np.float32)
    for draw in range(RECORDINGS["draws"]):
        rng = np.random.default_rng([session, draw])
        trials, neurons = rng.permutation(n_trials), rng.permutation(n)
        shuffled = np.stack([counts[rng.permutation(n_trials), :, i] for i in range(n)], axis=-1)
        for j, share in enumerate(RECORDINGS["shares"]):
            few, some = trials[: round(share * n_trials)], neurons[: round(share * n)]
            for i, part in enumerate((counts[few], counts[:, :, some], shuffled[few])):
                spectrum = manifolds.principal_variances(part.reshape(-1, part.shape[-1]))
                dims[i, j, draw] = [manifolds.n_components(spectrum, v) for v in RECORDINGS["variances"]]
    return {"dims": dims.mean(2), "sizes": np.array([n_trials, n])}


def recordings() -> None:
    """All sessions in the folder that LPU_RECORDINGS names."""
    files = sessions()
    runs = [
        piece(f"recordings_{i:02d}", lambda i=i, file=file: session_dimensions(file, i)) for i, file in enumerate(files, 1)
    ]
    write("recordings", sum(float(run["seconds"]) for run in runs), RECORDINGS, dims=np.stack([run["dims"] for run in runs]),
          sizes=np.stack([run["sizes"] for run in runs]), names=np.array([file.stem for file in files]), axes=np.array(
              ["session", "fewer trials, fewer neurons, shuffled with fewer trials", "share", "80 %, 99 %"]))  # fmt: skip


PARTS = {"embedding": embedding, "random": random, "sorting": sorting, "recordings": recordings}


def main() -> int:
    """Run the parts named, by default all; the recordings only where LPU_RECORDINGS names a folder of them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parts = parser.parse_args().parts or [part for part in PARTS if part != "recordings" or sessions()]
    torch.set_num_threads(1)  # the same sums in the same order, wherever it runs
    for part in parts:
        PARTS[part]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
