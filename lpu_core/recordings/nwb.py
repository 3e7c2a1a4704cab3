"""Recordings in NWB files, read by PyNWB: the extra ``nwb``."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from lpu_core.check import Array, above, array, checked, require, shown
from lpu_core.recordings.events import text
from lpu_core.recordings.trials import Recording


@checked(bin_size=above(0))
def read_nwb(
    path: Path | str,
    event: str,
    label: str,
    window: tuple[float, float],
    bin_size: float,
    *,
    region: str | None = None,
    series: str | None = None,
    units: Mapping[str, Any] | None = None,
    trials: Mapping[str, Any] | None = None,
) -> Recording:
    """A recording from the NWB file at `path`: its units' spikes, or a series of traces, around an event of its trials.

    event, label: the columns of the trials' table with the event's time (such as "start_time") and with the trial's class.
    window, bin_size: as in :meth:`Recording.from_spike_trains`. region: the column with a neuron's region, in the table of
    units or of ROIs; None: all in one. series: the name of a RoiResponseSeries, of what holds it, or both ("DfOverF/roi");
    None: the units or, where there are none, the only series. units, trials: column → value; the others are left out, such
    as units={"quality": "good"}. Where units have obs_intervals, a trial must lie within those of each.
    Raises ValueError, naming the file, where it is none or lacks a part; ImportError without PyNWB.

    >>> import datetime, pathlib, tempfile, pynwb
    >>> file = pynwb.NWBFile("a mouse", "mouse", datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc))
    >>> file.add_unit(spike_times=[0.9, 1.0, 2.1])
    >>> file.add_trial_column("choice", "left or right")
    >>> for onset, choice in ((1.0, "left"), (2.0, "right")):
    ...     file.add_trial(start_time=onset, stop_time=onset + 0.5, choice=choice)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "mouse.nwb")
    ...     with pynwb.NWBHDF5IO(path, "w") as disk:
    ...         disk.write(file)
    ...     recording = read_nwb(path, "start_time", "choice", window=(-0.2, 0.2), bin_size=0.2)
    >>> recording.activity[:, :, 0]  # before and after the event, in two trials
    array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    try:
        from pynwb import NWBHDF5IO
    except ImportError as error:
        raise ImportError("read_nwb needs pynwb, which is not here: pip install 'lpu-core[nwb]'") from error
    if not Path(path).is_file():
        raise FileNotFoundError(f"path: expected an NWB file, got {path}, which is not there")
    try:
        file = NWBHDF5IO(str(path), "r")
        content = file.read()
    except Exception as error:  # a broken file fails in h5py, in hdmf or in pynwb
        raise ValueError(f"path: expected an NWB file, got {path}: {error}") from None
    with file:
        return _recording(content, path, event, label, window, bin_size, region, series, units, trials)


def _recording(
    content: Any,
    path: Path | str,
    event: str,
    label: str,
    window: tuple[float, float],
    bin_size: float,
    region: str | None,
    series: str | None,
    units: Mapping[str, Any] | None,
    trials: Mapping[str, Any] | None,
) -> Recording:
    require(content.trials is not None and len(content.trials), "path", "an NWB file with a table of trials", path)
    rows = _chosen(content.trials, "trials", path, trials)
    onsets = _column(content.trials, "event", event, path)[rows]
    labels = _column(content.trials, "label", label, path)[rows]
    if series is None and content.units is not None and len(content.units):
        table = content.units
        require("spike_times" in table.colnames, "path", "units with spike_times", path)
        kept = _chosen(table, "units", path, units)
        regions = None if region is None else _column(table, "region", region, path)[kept]
        trains = [np.asarray(table["spike_times"][int(i)]) for i in kept]
        span = None
        if "obs_intervals" in table.colnames:
            span = reduce(_both, [np.asarray(table["obs_intervals"][int(i)], float).reshape(-1, 2) for i in kept])
            require(len(span), "path", "units that were observed at the same time", f"none in {path}")
        return Recording.from_spike_trains(trains, onsets, labels, window, bin_size, regions=regions, span=span)
    require(units is None, "units", "None where traces are read", shown(units))
    found = _series(content, series, path)
    regions = None
    if region is not None:
        rois = found.rois
        regions = _column(rois.table, "region", region, path)[np.asarray(rois.data[:], int)]
    data = np.asarray(found.data[:], np.float32)
    traces = data.reshape(len(data), -1).T * np.float32(found.conversion) + np.float32(found.offset or 0)
    if found.timestamps is not None:
        frames = np.asarray(found.timestamps[:], float)
    else:
        frames = float(found.starting_time or 0) + np.arange(len(data)) / float(found.rate)
    return Recording.from_traces(traces, frames, onsets, labels, window, bin_size, regions=regions)


def _column(table: Any, name: str, column: str, path: Path | str) -> Array:
    """A column of a table; `name` is that of the argument which asks for it."""
    require(column in table.colnames, name, f"a column of {table.name} in {path}: {', '.join(table.colnames)}", repr(column))
    return array(name, table[column][:], "one value for each row")


def _chosen(table: Any, name: str, path: Path | str, wanted: Mapping[str, Any] | None) -> Array:
    """The numbers of the rows in which the columns have the wanted values."""
    wanted = {} if wanted is None else wanted
    require(isinstance(wanted, Mapping), name, 'column → value, such as {"quality": "good"}', shown(wanted))
    good = np.ones(len(table), bool)
    for column, value in wanted.items():
        found = text(name, _column(table, name, column, path))
        good &= found == (value.strip() if isinstance(value, str) else value)
    require(good.any(), name, f"a row of {table.name} in {path}", f"none with {dict(wanted)}")
    return np.flatnonzero(good)


def _series(content: Any, wanted: str | None, path: Path | str) -> Any:
    """The one series of traces whose place in the file ends in the name, or has it as a part."""
    from pynwb.ophys import RoiResponseSeries

    found = [(_place(one), one) for one in content.objects.values() if isinstance(one, RoiResponseSeries)]
    fitting = [one for place, one in found if wanted is None or wanted in place.split("/") or place.endswith(f"/{wanted}")]
    known = ", ".join(sorted(place for place, _ in found)) or "no RoiResponseSeries"
    require(len(fitting) == 1, "series", f"one series of {path}, which has {known}", repr(wanted))
    return fitting[0]


def _place(thing: Any) -> str:
    """Where a thing is in its file, such as "ophys/DfOverF/roi"."""
    parts = []
    while thing is not None and thing.parent is not None:
        parts.append(thing.name)
        thing = thing.parent
    return "/".join(reversed(parts))


def _both(one: Array, other: Array) -> Array:
    """When both were observed: the overlaps of two sets of intervals."""
    first = np.maximum(one[:, None, 0], other[:, 0])
    last = np.minimum(one[:, None, 1], other[:, 1])
    return np.stack([first[first < last], last[first < last]], axis=1)
