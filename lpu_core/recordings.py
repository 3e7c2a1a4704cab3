"""Recordings: trials of a population and its regions, from Steinmetz et al. (2019) or in the layout of the paper's data.

The book carries no recording. A reader names a folder of .npz files, in an argument or in the variable LPU_RECORDINGS.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from lpu_core.check import Array, require
from lpu_core.files import read_npz

FOLDER_VARIABLE = "LPU_RECORDINGS"
UNASSIGNED = "root"


@dataclass(frozen=True, eq=False)
class Recording:
    """Trials of a population.

    activity: counts or traces in time bins, (T, B, N). regions: the name of each neuron's region, (N,). bin_size: s.
    labels: the class of each trial, (B,). conditions: what was shown in each, as whole numbers, (B,), or None.

    Raises ValueError, naming the argument, for sizes that don't fit and activity that is not finite.
    """

    activity: Float[Array, "T B N"]
    regions: Any
    labels: Bool[Array, " B"]
    bin_size: float
    conditions: Any = None

    def __post_init__(self):
        require(np.ndim(self.activity) == 3 and self.activity.size, "activity", "shape (bins, trials, neurons), not empty",
                 np.shape(self.activity))  # fmt: skip
        require(np.isfinite(self.activity).all(), "activity", "finite numbers", "NaN or infinity")
        _, trials, neurons = self.activity.shape
        require(np.shape(self.regions) == (neurons,), "regions", f"shape ({neurons},)", np.shape(self.regions))
        require(np.shape(self.labels) == (trials,), "labels", f"shape ({trials},)", np.shape(self.labels))
        require(np.isfinite(self.bin_size) and self.bin_size > 0, "bin_size", "seconds, above 0", self.bin_size)
        fits = self.conditions is None or np.shape(self.conditions) == (trials,)
        require(fits, "conditions", f"None or shape ({trials},)", np.shape(self.conditions))

    def large_regions(self, min_neurons: int) -> list[str]:
        """The names of the regions with at least `min_neurons` neurons, in alphabetical order."""
        names, counts = np.unique(self.regions, return_counts=True)
        return [str(name) for name, count in zip(names, counts, strict=True) if count >= min_neurons]

    def window(self, start: float, stop: float, region: str | None = None) -> Float[Array, "B n"]:
        """The mean activity of each trial over [start, stop) s, in one region or in all.

        Raises ValueError for a window that is not a whole number of the recording's bins and for an unknown region.
        """
        edges = np.array([start, stop]) / self.bin_size
        first, last = np.rint(edges).astype(int)
        fits = np.allclose(edges, [first, last], atol=1e-6) and 0 <= first < last <= len(self.activity)
        require(fits, "window", f"whole bins of {self.bin_size} s, {len(self.activity)} of them", (start, stop))
        require(region is None or region in self.regions, "region", f"one of {sorted(set(map(str, self.regions)))}", region)
        chosen = slice(None) if region is None else np.flatnonzero(np.asarray(self.regions) == region)
        return self.activity[first:last][:, :, chosen].mean(axis=0)


def sessions(folder: Path | str | None = None) -> list[Path]:
    """The .npz files in `folder`, or in the one that LPU_RECORDINGS names; none where neither is given.

    Raises ValueError for a folder that is not there or holds no such file.
    """
    folder = os.environ.get(FOLDER_VARIABLE) if folder is None else folder
    if not folder:
        return []
    found = sorted(Path(folder).glob("*.npz"))
    require(found, f"folder ({FOLDER_VARIABLE})", "a folder with recordings as .npz files", folder)
    return found


def load_steinmetz(path: Path | str) -> Recording:
    """One session of Steinmetz et al. (2019): trials whose sides differ in contrast, labelled left > right.

    Its conditions are the pairs of contrasts.

    The file holds spks (neurons, trials, bins), whole numbers; brain_area (neurons,); contrast_left and contrast_right
    (trials,), from 0 to 1; feedback_type (trials,), 1 or −1; bin_size, s. Neurons of no region ("root") are left out.
    Raises ValueError for a file that is broken, lacks a part or holds one of another shape or range.
    """
    parts = _parts(path, ("spks", "brain_area", "contrast_left", "contrast_right", "feedback_type", "bin_size"))
    spikes, areas = parts["spks"], parts["brain_area"]
    _check(path, "spks", spikes.ndim == 3 and spikes.dtype.kind in "iu" and spikes.size and spikes.min() >= 0,
           "counts of shape (neurons, trials, bins)", f"{spikes.dtype} of shape {spikes.shape}")  # fmt: skip
    neurons, trials, _ = spikes.shape
    _check(path, "brain_area", areas.shape == (neurons,) and areas.dtype.kind == "U", f"({neurons},) names",
           f"{areas.dtype} of shape {areas.shape}")  # fmt: skip
    for name in ("contrast_left", "contrast_right"):
        values = parts[name]
        good = values.shape == (trials,) and values.dtype.kind in "iuf" and ((values >= 0) & (values <= 1)).all()
        _check(path, name, good, f"({trials},) contrasts from 0 to 1", f"shape {values.shape}")
    feedback = parts["feedback_type"]
    good = feedback.shape == (trials,) and np.isin(feedback, (-1, 1)).all()
    _check(path, "feedback_type", good, f"({trials},) of 1 and −1", f"shape {feedback.shape}")
    left, right = parts["contrast_left"], parts["contrast_right"]
    assigned, differ = areas != UNASSIGNED, left != right
    _check(path, "brain_area", assigned.any(), "neurons with a region", "none")
    _check(path, "contrast_left", differ.any(), "trials whose sides differ", "none")
    activity = spikes[assigned][:, differ].transpose(2, 1, 0).astype(np.float32)
    pairs = np.unique(np.stack([left, right], axis=1)[differ], axis=0, return_inverse=True)[1]
    return Recording(activity, areas[assigned], (left > right)[differ], _bin_size(path, parts), pairs.reshape(-1))


def load_go_nogo(path: Path | str) -> Recording:
    """One mouse in the layout of the paper's own data: Go against NoGo, each neuron at unit power in each session.

    The file holds, of correct trials, traces (neurons, trials, bins); region (neurons,); trial_type (trials,), 1 Go, 0 NoGo;
    session (trials,), whole numbers; bin_size, s. A neuron that is silent in a session stays so.
    Raises ValueError for a file that is broken, lacks a part or holds one of another shape or range.
    """
    parts = _parts(path, ("traces", "region", "trial_type", "session", "bin_size"))
    traces, regions, kinds, session = (parts[name] for name in ("traces", "region", "trial_type", "session"))
    _check(path, "traces", traces.ndim == 3 and traces.dtype.kind == "f" and traces.size and np.isfinite(traces).all(),
           "finite floats of shape (neurons, trials, bins)", f"{traces.dtype} of shape {traces.shape}")  # fmt: skip
    neurons, trials, _ = traces.shape
    _check(path, "region", regions.shape == (neurons,) and regions.dtype.kind == "U", f"({neurons},) names",
           f"{regions.dtype} of shape {regions.shape}")  # fmt: skip
    _check(path, "trial_type", kinds.shape == (trials,) and np.isin(kinds, (0, 1)).all(), f"({trials},) of 0 and 1",
           f"shape {kinds.shape}")  # fmt: skip
    _check(path, "session", session.shape == (trials,) and session.dtype.kind in "iu", f"({trials},) whole numbers",
           f"{session.dtype} of shape {session.shape}")  # fmt: skip
    activity = traces.transpose(2, 1, 0).astype(np.float32)
    for one in np.unique(session):
        power = np.square(activity[:, session == one]).mean(axis=(0, 1))
        activity[:, session == one] /= np.sqrt(np.where(power > 0, power, 1))
    return Recording(activity, regions, kinds == 1, _bin_size(path, parts))


def bin_spikes(
    times: Any, clusters: Any, onsets: Any, n_clusters: int, bin_size: float = 0.01, n_bins: int = 40
) -> Int[Array, "N B T"]:
    """Spike counts (clusters, trials, bins) after each onset: bin k holds the spikes at onset + [k, k + 1) · bin_size.

    times: of all spikes, s, sorted, (spikes,). clusters: which of `n_clusters` fired each, from 0, (spikes,).
    onsets: s, (trials,). Raises ValueError for times out of order and clusters that are none.
    """
    times, clusters, onsets = np.asarray(times, float), np.asarray(clusters), np.asarray(onsets, float)
    require(times.ndim == 1 and (np.diff(times) >= 0).all(), "times", "sorted times, shape (spikes,)", times.shape)
    whole = clusters.shape == times.shape and clusters.dtype.kind in "iu"
    require(whole, "clusters", f"whole numbers of shape {times.shape}", f"{clusters.dtype} of shape {clusters.shape}")
    within = not clusters.size or (clusters.min() >= 0 and clusters.max() < n_clusters)
    require(within, "clusters", f"numbers from 0 to {n_clusters - 1}", "others")
    require(onsets.ndim == 1 and np.isfinite(onsets).all(), "onsets", "finite times, shape (trials,)", onsets.shape)
    require(bin_size > 0, "bin_size", "seconds, above 0", bin_size)
    require(n_bins >= 1, "n_bins", "at least 1", n_bins)
    counts = np.zeros((n_clusters, len(onsets), n_bins), np.int64)
    for trial, onset in enumerate(onsets):
        first, last = np.searchsorted(times, [onset, onset + n_bins * bin_size + bin_size])
        bins = np.floor((times[first:last] - onset) / bin_size + 1e-9).astype(int)  # 1e-9: a spike on an edge opens its bin
        here = (bins >= 0) & (bins < n_bins)
        np.add.at(counts, (clusters[first:last][here], trial, bins[here]), 1)
    return counts


def _parts(path: Path | str, names: tuple[str, ...]) -> dict[str, Array]:
    parts = read_npz(path, "path", "a recording saved as .npz")
    missing = [name for name in names if name not in parts]
    require(not missing, "path", f"{', '.join(names)} in {path}", f"a file without {', '.join(missing)}")
    return parts


def _check(path: Path | str, name: str, holds: Any, expected: str, got: str) -> None:
    require(holds, f"{name} in {path}", expected, got)


def _bin_size(path: Path | str, parts: dict[str, Array]) -> float:
    size = parts["bin_size"]
    _check(path, "bin_size", size.shape == () and size.dtype.kind in "iuf" and size > 0, "one number above 0, s", str(size))
    return float(size)
