"""Decoding of trials at the paper's sizes: the six simulated mice and, where a folder is named, real recordings."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from lpu_core import readouts, recordings
from lpu_core.decoding_report import report
from lpu_core.recordings import Recording
from lpu_core.sweep import Result, grid
from lpu_core.tasks import MICE, GoNoGo
from tools.results.experiment import Experiment, held, timed, verified

PERMUTED_STREAM, TWINS_STREAM = 2**32, 2**32 + 1
SIMULATED: dict[str, Any] = {"dimensions": (1, 3, 10, 50), "n_splits": 2, "least": 100}
RECORDED: dict[str, Any] = {"dimensions": (1, 3, 10, 20), "n_splits": 4, "least": 30, "advantage": 0.1}
WINDOW = {"0–0.4 s": (0.0, 0.4)}
LEAST_TRIALS = 100


@timed
def decode_mouse(mouse: int, dimensions: list[int], n_splits: int, least: int) -> dict[str, Any]:
    """One simulated mouse, seed = its number: all regions, windows, decoders and dimensions. Rows as JSON."""
    recording = GoNoGo().record_mouse(mouse, mouse)
    return {"rows": json.dumps(readouts.decode_regions(recording, GoNoGo.windows, least, dimensions, n_splits, mouse))}


def rows(run: Result) -> dict[str, Any]:
    """What a run found, as it goes into the summary."""
    return {name: json.loads(str(value)) for name, value in run.items()}


def simulated(part: Experiment) -> None:
    """All six mice."""
    asked = [one | SIMULATED for one in grid(mouse=range(len(MICE)))]
    runs = part.sweep(decode_mouse, asked)
    mice = [{"mouse": one["mouse"] + 1} | rows(run) for one, run in zip(asked, runs, strict=True)]
    part.write("go_nogo_decoding.json", runs, SIMULATED | {"seed": "the number of the mouse, from 0"}, parts=mice)


def permuted(recording: Recording, seed: int) -> Recording:
    """The recording with its labels dealt out at random."""
    labels = np.random.default_rng([seed, PERMUTED_STREAM]).permutation(recording.labels)
    return Recording(recording.activity, recording.regions, labels, recording.bin_size)


@timed
def decode_session(
    file: str, sha256: str, seed: int, dimensions: list[int], n_splits: int, least: int, advantage: float
) -> dict[str, Any]:
    """One session: left > right against right > left. Rows as JSON, for each region of at least `least` neurons.

    rows: decoders at the dimensions. untuned: a forest of fully grown trees on the same splits, 3 dimensions. permuted: with
    permuted labels, 3 splits, 3 dimensions. twins: the judged difference of a report, and those of its twins, two of each
    kind.
    """
    recording = recordings.load_steinmetz(verified(file, sha256))
    trials = len(recording.labels)
    if trials < LEAST_TRIALS:
        return {"trials": trials} | dict.fromkeys(("rows", "untuned", "permuted", "twins"), "[]")
    fewest = min(recording.labels.sum(), (~recording.labels).sum())
    fits = [d for d in dimensions if d < fewest // 3]  # a class needs more trials in a third than dimensions
    found = {
        "rows": readouts.decode_regions(recording, WINDOW, least, fits, n_splits, seed),
        "untuned": readouts.decode_regions(recording, WINDOW, least, (3,), n_splits, seed, ("untuned forest",)),
        "permuted": readouts.decode_regions(permuted(recording, seed), WINDOW, least, (3,), 3, seed),
        "twins": twins_of_regions(recording, seed, least, advantage),
    }
    return {"trials": trials} | {name: json.dumps(rows) for name, rows in found.items()}


def twins_of_regions(recording: Recording, seed: int, least: int, advantage: float) -> list[dict[str, Any]]:
    """Nonlinear minus linear accuracy in each region and in its twins, those with a linear code and those with more."""
    rng, (window,) = np.random.default_rng([seed, TWINS_STREAM]), WINDOW.values()
    rows = []
    for region in recording.large_regions(least):
        found = report(recording, window, rng, region=region, step=window[1], advantage=advantage, repeats=1,
                       permutations=0, n_twins=2)  # fmt: skip
        values = {name: np.round(getattr(found, name), 4).tolist() for name in ("judged", "alike", "planted")}
        rows.append({"region": region, "neurons": found.neurons} | values)
    return rows


def recorded_sessions(part: Experiment) -> None:
    """All sessions in the folder that LPU_RECORDINGS names."""
    asked = [one | {"seed": seed} | RECORDED for seed, one in enumerate(map(held, recordings.sessions()))]
    runs = part.sweep(decode_session, asked)
    parts = [
        {"file": Path(one["file"]).name, "sha256": one["sha256"]} | rows(run) for one, run in zip(asked, runs, strict=True)
    ]
    part.write("steinmetz_decoding.json", runs, RECORDED | {"seed": "the number of the file, from 0"}, parts=parts)


PARTS = {"simulated": simulated, "recordings": recorded_sessions}
