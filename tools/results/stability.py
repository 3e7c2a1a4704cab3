"""Which signs of a drift one can read, in many networks; and, where a folder is named, the shape of real codes."""

from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

from lpu_core import recordings, stability, timescales
from lpu_core.stability import DriftSigns
from lpu_core.sweep import grid
from tools.results.experiment import Experiment, held, timed, verified

SIGNS: dict[str, Any] = {"n_networks": 200, "n_neurons": 1000, "n_bits": 3, "rho": 0.8,
         "kinds": ("tangential", "orthogonal"), "sigmas": (0.01, 0.03, 0.1, 0.3, 1.0),
         "n_observed, n_trials": ((30, 20), (100, 20), (300, 20), (1000, 20), (300, 4), (300, 100))}  # fmt: skip


@timed
def signs_of(first: int, last: int, sigma: float, same_states: bool) -> dict[str, Any]:
    """All statistics of the networks first … last − 1 at one σ: (networks, kinds, recordings, statistics)."""
    values = []
    for seed in range(first, last):
        network = timescales.design_flip_flop(SIGNS["n_neurons"], SIGNS["n_bits"], seed, rho=SIGNS["rho"])
        values.append([
            [astuple(stability.drift_signs(network, kind, sigma, n, t, [seed, i, n, t, round(1000 * sigma)],
                                           same_states=same_states)) for n, t in SIGNS["n_observed, n_trials"]]
            for i, kind in enumerate(SIGNS["kinds"])
        ])  # fmt: skip
    return {"values": np.array(values)}


def signs(part: Experiment) -> None:
    """All strengths, with states that move and at the same κ: AUC and standard error of each statistic."""
    n, size = SIGNS["n_networks"], 25
    blocks = [(first, min(first + size, n)) for first in range(0, n, size)]
    settings = grid(same_states=(False, True), sigma=SIGNS["sigmas"])
    asked = [one | {"first": first, "last": last} for one in settings for first, last in blocks]
    runs = part.sweep(signs_of, asked)
    values = np.array([np.concatenate([run["values"] for run in runs[i : i + len(blocks)]])
                       for i in range(0, len(runs), len(blocks))])  # fmt: skip
    inside, outside = np.moveaxis(values, 2, 0)  # (2 · strengths, networks, recordings, statistics) each
    aucs = [[[stability.auc(a, b) for a, b in zip(x.T, y.T, strict=True)] for x, y in
             zip(np.moveaxis(one, 1, 0), np.moveaxis(other, 1, 0), strict=True)] for one, other in
            zip(inside, outside, strict=True)]  # fmt: skip
    auc = np.array(aucs).reshape(2, len(SIGNS["sigmas"]), *np.shape(aucs)[1:])
    axes = ["same states", "sigma", "n_observed, n_trials", "statistic", "AUC, its standard error"]
    part.write("stability_signs.npz", runs, SIGNS, {"axes": axes}, auc=auc.astype(np.float32),
               statistics=np.array([f.name for f in fields(DriftSigns)]))  # fmt: skip


RECORDED: dict[str, Any] = {"window": (0.0, 0.4), "least": 30, "least_trials": 100, "trials_of_a_condition": 8,
                            "n_splits": 1000}  # fmt: skip


@timed
def session_shapes(file: str, sha256: str, seed: int) -> dict[str, Any]:
    """:func:`lpu_core.stability.survey_regions` of one session, one row a region; empty where there are too few trials."""
    recording = recordings.load_steinmetz(verified(file, sha256))
    rows = []
    if len(recording.labels) >= RECORDED["least_trials"]:
        rows = stability.survey_regions(recording, RECORDED["window"], RECORDED["least"], RECORDED["trials_of_a_condition"],
                                RECORDED["n_splits"], seed)  # fmt: skip
    return {"rows": np.array([row["values"] for row in rows]).reshape(len(rows), len(stability.MEASURES)),
            "regions": np.array([row["region"] for row in rows], dtype="U16")}  # fmt: skip


def recorded_sessions(part: Experiment) -> None:
    """All sessions in the folder that LPU_RECORDINGS names."""
    asked: list[dict[str, Any]] = [one | {"seed": seed} for seed, one in enumerate(map(held, recordings.sessions()))]
    runs = part.sweep(session_shapes, asked)
    sessions = np.repeat([Path(one["file"]).name for one in asked], [len(run["rows"]) for run in runs])
    files = {Path(one["file"]).name: one["sha256"] for one in asked}
    part.write("stability_recordings.npz", runs, RECORDED | {"seed": "the number of the file, from 0"}, {"sha256": files},
               values=np.concatenate([run["rows"] for run in runs]), sessions=sessions,
               regions=np.concatenate([run["regions"] for run in runs]), measures=np.array(stability.MEASURES))  # fmt: skip


PARTS = {"signs": signs, "recordings": recorded_sessions}
