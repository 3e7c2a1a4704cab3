"""Recordings: trials of a population and its regions, from Steinmetz et al. (2019) or in the layout of the paper's data.

The book carries no recording. A reader names a folder of .npz files, in an argument or in the variable LPU_RECORDINGS.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from lpu_core.check import Array, above, array, at_least, between, checked, floats, frozen, numbers, real, require, shown
from lpu_core.files import read_npz

FOLDER_VARIABLE = "LPU_RECORDINGS"
UNASSIGNED = "root"


@dataclass(frozen=True, eq=False)
class Recording:
    """Trials of a population.

    activity: counts or traces in time bins, (T, B, N). regions: the name of each neuron's region, (N,). bin_size: s.
    labels: the class of each trial, true or false, (B,). conditions: what was shown in each, as whole numbers, (B,), or
    None.

    Its arrays are its own and read-only. Raises ValueError, naming the argument, for sizes that don't fit and activity that
    is not finite.

    >>> recording = Recording(np.ones((4, 2, 3)), ["V1", "V1", "M"], [True, False], bin_size=0.1)
    >>> recording.large_regions(2), recording.window(0.1, 0.3, "M").shape
    (['V1'], (2, 1))
    """

    activity: Float[Array, "T B N"]
    regions: Any
    labels: Bool[Array, " B"]
    bin_size: float
    conditions: Any = None

    def __post_init__(self):
        activity = floats("activity", self.activity, (None, None, None))
        require(activity.size, "activity", "shape (bins, trials, neurons), not empty", activity.shape)
        _, trials, neurons = activity.shape
        labels = array("labels", self.labels)
        fits = labels.shape == (trials,) and labels.dtype.kind == "b"
        require(fits, "labels", f"({trials},) of true and false", _kind(labels))
        found: dict[str, Any] = {
            "activity": activity,
            "regions": names("regions", self.regions, neurons),
            "labels": labels,
            "bin_size": real("bin_size", self.bin_size, above(0)),
        }
        if self.conditions is not None:
            conditions = array("conditions", self.conditions)
            whole = conditions.shape == (trials,) and conditions.dtype.kind in "iu"
            require(whole, "conditions", f"None or ({trials},) whole numbers", _kind(conditions))
            found["conditions"] = conditions
        for name, value in found.items():
            object.__setattr__(self, name, frozen(value) if isinstance(value, np.ndarray) else value)

    @checked(min_neurons=at_least(0))
    def large_regions(self, min_neurons: int) -> list[str]:
        """The names of the regions with at least `min_neurons` neurons, in alphabetical order."""
        found, counts = np.unique(self.regions, return_counts=True)
        return [str(name) for name, count in zip(found, counts, strict=True) if count >= min_neurons]

    @checked()
    def window(self, start: float, stop: float, region: str | None = None) -> Float[Array, "B n"]:
        """The mean activity of each trial over [`start`, `stop`) s, in one `region` or in all.

        Raises ValueError for a window that is not a whole number of the recording's bins and for an unknown region.
        """
        edges = np.array([start, stop]) / self.bin_size
        first, last = np.rint(np.clip(edges, -1, len(self.activity) + 1)).astype(int)
        fits = np.allclose(edges, [first, last], atol=1e-6) and 0 <= first < last <= len(self.activity)
        require(fits, "window", f"whole bins of {self.bin_size} s, {len(self.activity)} of them", (start, stop))
        require(region is None or region in self.regions, "region", f"one of {sorted(set(map(str, self.regions)))}", region)
        chosen = slice(None) if region is None else np.flatnonzero(self.regions == region)
        return self.activity[first:last][:, :, chosen].mean(axis=0)


def names(name: str, value: Any, size: int) -> Array:
    """The `value` as an array of names, one for each of `size` things; `name`: the argument's own, for the ValueError."""
    found = array(name, value)
    require(found.shape == (size,) and found.dtype.kind == "U", name, f"({size},) names", _kind(found))
    return found


@checked()
def sessions(folder: Path | str | None = None) -> list[Path]:
    """The .npz files in `folder`, or in the one that LPU_RECORDINGS names; none where neither is given.

    Raises ValueError for a folder that is not there or holds no such file.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(pathlib.Path(folder, "mouse1.npz"), spks=np.zeros(3))
    ...     [path.name for path in sessions(folder)]
    ['mouse1.npz']
    """
    folder = os.environ.get(FOLDER_VARIABLE) if folder is None else folder
    if not folder:
        return []
    found = sorted(Path(folder).glob("*.npz"))
    require(found, f"folder ({FOLDER_VARIABLE})", "a folder with recordings as .npz files", folder)
    return found


@checked()
def load_steinmetz(path: Path | str) -> Recording:
    """One session of Steinmetz et al. (2019), from the file at `path`: trials whose sides differ in contrast.

    They are labelled left > right. Its conditions are the pairs of contrasts.

    The file holds spks (neurons, trials, bins), whole numbers; brain_area (neurons,); contrast_left and contrast_right
    (trials,), from 0 to 1; feedback_type (trials,), 1 or −1; bin_size, s. Neurons of no region ("root") are left out.
    Raises ValueError for a file that is broken, lacks a part or holds one of another shape or range.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "session.npz")
    ...     np.savez(path, spks=np.ones((2, 3, 4), int), brain_area=["CA1", "root"], contrast_left=[0, 1, 1],
    ...              contrast_right=[1, 0, 1], feedback_type=[1, -1, 1], bin_size=0.01)
    ...     session = load_steinmetz(path)
    >>> session.activity.shape, session.labels  # without the trial of equal sides and the neuron of no region
    ((4, 2, 1), array([False,  True]))
    """
    parts = _parts(path, ("spks", "brain_area", "contrast_left", "contrast_right", "feedback_type", "bin_size"))
    spikes = parts["spks"]
    good = spikes.ndim == 3 and spikes.dtype.kind in "iu" and spikes.size
    _check(path, "spks", good, "counts of shape (neurons, trials, bins)", _kind(spikes))
    numbers(f"spks in {path}", spikes, at_least(0))
    neurons, trials, _ = spikes.shape
    areas = names(f"brain_area in {path}", parts["brain_area"], neurons)
    for name in ("contrast_left", "contrast_right"):
        good = parts[name].shape == (trials,) and parts[name].dtype.kind in "iuf"
        _check(path, name, good, f"({trials},) contrasts", _kind(parts[name]))
        numbers(f"{name} in {path}", parts[name], between(0, 1))
    _one_by_one(path, "feedback_type", parts["feedback_type"], trials, (1, -1))
    left, right = parts["contrast_left"], parts["contrast_right"]
    assigned, differ = areas != UNASSIGNED, left != right
    _check(path, "brain_area", assigned.any(), "neurons with a region", "none")
    _check(path, "contrast_left", differ.any(), "trials whose sides differ", "none")
    activity = spikes[assigned][:, differ].transpose(2, 1, 0).astype(np.float32)
    pairs = np.unique(np.stack([left, right], axis=1)[differ], axis=0, return_inverse=True)[1]
    return Recording(activity, areas[assigned], (left > right)[differ], _bin_size(path, parts), pairs.reshape(-1))


@checked()
def load_go_nogo(path: Path | str) -> Recording:
    """One mouse in the layout of the paper's own data, from the file at `path`: Go against NoGo.

    Each neuron is put to unit power in each session.

    The file holds, of correct trials, traces (neurons, trials, bins); region (neurons,); trial_type (trials,), 1 Go, 0 NoGo;
    session (trials,), whole numbers; bin_size, s. A neuron that is silent in a session stays so.
    Raises ValueError for a file that is broken, lacks a part or holds one of another shape or range.
    """
    parts = _parts(path, ("traces", "region", "trial_type", "session", "bin_size"))
    traces, session = parts["traces"], parts["session"]
    good = traces.ndim == 3 and traces.dtype.kind == "f" and traces.size
    _check(path, "traces", good, "floats of shape (neurons, trials, bins)", _kind(traces))
    numbers(f"traces in {path}", traces)
    neurons, trials, _ = traces.shape
    regions = names(f"region in {path}", parts["region"], neurons)
    is_go = _one_by_one(path, "trial_type", parts["trial_type"], trials, (0, 1)) == 1
    good = session.shape == (trials,) and session.dtype.kind in "iu"
    _check(path, "session", good, f"({trials},) whole numbers", _kind(session))
    activity = traces.transpose(2, 1, 0).astype(np.float32)
    for one in np.unique(session):
        power = np.square(activity[:, session == one]).mean(axis=(0, 1))
        activity[:, session == one] /= np.sqrt(np.where(power > 0, power, 1))
    return Recording(activity, regions, is_go, _bin_size(path, parts))


@checked(n_clusters=at_least(1), bin_size=above(0), n_bins=at_least(1))
def bin_spikes(
    times: Float[Array, " spikes"],
    clusters: Int[Array, " spikes"],
    onsets: Float[Array, " trials"],
    n_clusters: int,
    bin_size: float = 0.01,
    n_bins: int = 40,
) -> Int[Array, "N B T"]:
    """Spike counts (clusters, trials, bins) after each onset: bin k holds the spikes at onset + [k, k + 1) · bin_size.

    times: of all spikes, s, sorted, (spikes,). clusters: which of `n_clusters` fired each, from 0, (spikes,).
    onsets: s, (trials,). bin_size: s. n_bins: after each onset. Raises ValueError for times out of order and clusters that
    are none.

    >>> bin_spikes([0.1, 0.11, 0.25], [0, 0, 1], [0.1], n_clusters=2, bin_size=0.1, n_bins=2)[:, 0]
    array([[2, 0],
           [0, 1]])
    """
    times, onsets = times.astype(np.float64, copy=False), onsets.astype(np.float64, copy=False)
    early = np.flatnonzero(np.diff(times) < 0)[:1]
    require(not early.size, "times", "sorted times", f"{times[early + 1]} after {times[early]}")
    numbers("clusters", clusters, between(0, n_clusters - 1))
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


def _one_by_one(path: Path | str, name: str, values: Array, size: int, options: tuple[int, ...]) -> Array:
    """A file's part with one of the options for each of `size` trials."""
    text = f"({size},) of {' and '.join(map(str, options))}"
    _check(path, name, values.shape == (size,) and values.dtype.kind in "biuf", text, _kind(values))
    wrong = values[~np.isin(values, options)]
    _check(path, name, not wrong.size, text, str(wrong[:1]))
    return values


def _bin_size(path: Path | str, parts: dict[str, Array]) -> float:
    return real(f"bin_size in {path}", parts["bin_size"], above(0))


def _kind(value: Array) -> str:
    """An array as errors tell it: its type and shape, and a single value whole."""
    return f"{value.dtype} of shape {value.shape}" if value.ndim else str(shown(value))
