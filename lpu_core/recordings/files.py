"""Recordings in .npz files: sessions of Steinmetz et al. (2019), and mice in the layout of the paper's data.

The book carries no recording. A reader names a folder of .npz files, in an argument or in the variable LPU_RECORDINGS.
"""

from pathlib import Path
from typing import Any

import numpy as np

from lpu_core.check import Array, above, at_least, between, checked, numbers, real, require
from lpu_core.files import npz_files, read_npz
from lpu_core.recordings.events import kind, names
from lpu_core.recordings.trials import Recording

FOLDER_VARIABLE = "LPU_RECORDINGS"
UNASSIGNED = "root"


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
    return npz_files(folder, FOLDER_VARIABLE, "recordings")


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
    _check(path, "spks", good, "counts of shape (neurons, trials, bins)", kind(spikes))
    numbers(f"spks in {path}", spikes, at_least(0))
    neurons, trials, _ = spikes.shape
    areas = names(f"brain_area in {path}", parts["brain_area"], neurons)
    for name in ("contrast_left", "contrast_right"):
        good = parts[name].shape == (trials,) and parts[name].dtype.kind in "iuf"
        _check(path, name, good, f"({trials},) contrasts", kind(parts[name]))
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
    _check(path, "traces", good, "floats of shape (neurons, trials, bins)", kind(traces))
    numbers(f"traces in {path}", traces)
    neurons, trials, _ = traces.shape
    regions = names(f"region in {path}", parts["region"], neurons)
    is_go = _one_by_one(path, "trial_type", parts["trial_type"], trials, (0, 1)) == 1
    good = session.shape == (trials,) and session.dtype.kind in "iu"
    _check(path, "session", good, f"({trials},) whole numbers", kind(session))
    activity = traces.transpose(2, 1, 0).astype(np.float32)
    for one in np.unique(session):
        power = np.square(activity[:, session == one]).mean(axis=(0, 1))
        activity[:, session == one] /= np.sqrt(np.where(power > 0, power, 1))
    return Recording(activity, regions, is_go, _bin_size(path, parts))


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
    _check(path, name, values.shape == (size,) and values.dtype.kind in "biuf", text, kind(values))
    wrong = values[~np.isin(values, options)]
    _check(path, name, not wrong.size, text, str(wrong[:1]))
    return values


def _bin_size(path: Path | str, parts: dict[str, Array]) -> float:
    return real(f"bin_size in {path}", parts["bin_size"], above(0))
