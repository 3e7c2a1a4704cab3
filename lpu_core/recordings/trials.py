"""A recording: the activity of a population in trials, in time bins around an event."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, above, array, at_least, checked, floats, frozen, real, require, shown
from lpu_core.files import read_npz, save_npz
from lpu_core.recordings import alignment
from lpu_core.recordings.events import kept_trials, kind, left_out, names, text


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """Trials of a population.

    activity: counts or traces in time bins, (T, B, N). regions: the name of each neuron's region, (N,). bin_size: s.
    labels: the class of each trial, (B,): true or false, whole numbers or text, without the spaces around it.
    conditions: what was shown in each, as whole numbers, (B,), or None. start: where the first bin begins, s from the event;
    below 0 before it. notes: what was left out on the way here, a sentence each.

    Its arrays are its own and read-only. Raises ValueError, naming the argument, for sizes that don't fit and activity that
    is not finite.

    >>> recording = Recording(np.ones((4, 2, 3)), ["V1", "V1", "M"], ["go", "nogo"], bin_size=0.1, start=-0.2)
    >>> recording
    Recording(4 bins of 0.1 s from -0.2 s, 2 trials of 2 classes, 3 neurons in 2 regions)
    >>> recording.large_regions(2), recording.window(-0.2, 0.0, "M").shape
    (['V1'], (2, 1))
    """

    activity: Float[Array, "T B N"]
    regions: Any
    labels: Any
    bin_size: float
    conditions: Any = None
    start: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        activity = floats("activity", self.activity, (None, None, None))
        require(activity.size, "activity", "shape (bins, trials, neurons), not empty", activity.shape)
        _, trials, neurons = activity.shape
        labels = text("labels", self.labels)
        fits = labels.shape == (trials,) and labels.dtype.kind in "biuU"
        require(fits, "labels", f"({trials},) of true and false, whole numbers or text", kind(labels))
        found: dict[str, Any] = {
            "activity": activity,
            "regions": names("regions", self.regions, neurons),
            "labels": labels,
            "bin_size": real("bin_size", self.bin_size, above(0)),
            "start": real("start", self.start),
        }
        if self.conditions is not None:
            conditions = array("conditions", self.conditions)
            whole = conditions.shape == (trials,) and conditions.dtype.kind in "iu"
            require(whole, "conditions", f"None or ({trials},) whole numbers", kind(conditions))
            found["conditions"] = conditions
        good = isinstance(self.notes, tuple | list) and all(isinstance(note, str) for note in self.notes)
        require(good, "notes", "sentences", shown(self.notes))
        found["notes"] = tuple(self.notes)
        for name, value in found.items():
            object.__setattr__(self, name, frozen(value) if isinstance(value, np.ndarray) else value)

    def __repr__(self) -> str:
        (bins, trials, neurons), classes = self.activity.shape, len(np.unique(self.labels))
        return (
            f"Recording({bins} bins of {self.bin_size:g} s from {self.start:g} s, {trials} trials of {classes} classes, "
            f"{neurons} neurons in {len(np.unique(self.regions))} regions)"
        )

    @property
    def stop(self) -> float:
        """Where the last bin ends, s from the event."""
        return self.start + len(self.activity) * self.bin_size

    @checked(min_neurons=at_least(0))
    def large_regions(self, min_neurons: int) -> list[str]:
        """The names of the regions with at least `min_neurons` neurons, in alphabetical order."""
        found, counts = np.unique(self.regions, return_counts=True)
        return [str(name) for name, count in zip(found, counts, strict=True) if count >= min_neurons]

    @checked()
    def window(self, start: float, stop: float, region: str | None = None) -> Float[Array, "B n"]:
        """The mean activity of each trial over [`start`, `stop`) s from the event, in one `region` or in all.

        Raises ValueError for a window that is not a whole number of the recording's bins and for an unknown region.
        """
        edges = (np.array([start, stop]) - self.start) / self.bin_size
        first, last = np.rint(np.clip(edges, -1, len(self.activity) + 1)).astype(int)
        fits = np.allclose(edges, [first, last], atol=1e-6) and 0 <= first < last <= len(self.activity)
        bins = f"whole bins of {self.bin_size:g} s between {self.start:g} and {self.stop:g} s"
        require(fits, "window", bins, (start, stop))
        require(region is None or region in self.regions, "region", f"one of {sorted(set(map(str, self.regions)))}", region)
        chosen = slice(None) if region is None else np.flatnonzero(self.regions == region)
        return self.activity[first:last][:, :, chosen].mean(axis=0)

    @checked()
    def save(self, path: Path | str) -> None:
        """Write the recording to `path` (.npz), whole or not at all, without pickle."""
        parts = {name: np.asarray(value) for name, value in vars(self).items() if value is not None and name != "notes"}
        save_npz(path, **parts, notes=np.array(self.notes, dtype=str))

    @classmethod
    @checked()
    def load(cls, path: Path | str) -> "Recording":
        """The recording that :meth:`save` wrote to `path`. Raises ValueError for another file.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Recording(np.ones((4, 2, 3)), ["V1"] * 3, ["go", "nogo"], 0.1).save(f"{folder}/mine.npz")
        ...     Recording.load(f"{folder}/mine.npz")
        Recording(4 bins of 0.1 s from 0 s, 2 trials of 2 classes, 3 neurons in 1 regions)
        """
        stored: dict[str, Any] = read_npz(path, "path", "a recording that was saved")
        known = {field.name for field in fields(cls)}
        whole = {"activity", "regions", "labels", "bin_size", "start", "notes"} <= stored.keys() <= known
        require(whole, "path", "a recording that was saved", f"{path}, which holds {', '.join(stored)}")
        plain = {
            "bin_size": float(stored["bin_size"]),
            "start": float(stored["start"]),
            "notes": tuple(map(str, stored["notes"])),
        }
        return cls(**stored | plain)

    @classmethod
    @checked(bin_size=above(0))
    def from_spike_trains(
        cls,
        trains: Any,
        onsets: Any,
        labels: Any,
        window: tuple[float, float],
        bin_size: float,
        *,
        regions: Any = None,
        span: Any = None,
    ) -> "Recording":
        """Spike counts around an event, from the spike times of each neuron.

        trains: the spike times of each neuron, s, in any order: a list of arrays, a dict of them, or a TsGroup of pynapple.
        onsets: when the event was in each trial, s, (B,), or an IntervalSet or Ts; trials where it is NaN are left out.
        labels: the class of each trial, (B,), as a :class:`Recording` takes them; trials without one are left out.
        window: (start, stop), s from the event; start may be below 0. bin_size: s; bin k holds the spikes from
        onset + start + k · bin_size on, up to the next bin's. regions: the region of each neuron, (N,); None: all in one.
        span: when it was recorded, s: (first, last), several such rows, or an IntervalSet; trials that reach out of it are
        left out. None: the TsGroup's own, or else from the first spike to the last; then trials wholly outside are left out.
        The recording's `notes` count what was left out. Raises ValueError where no trial is left.

        >>> trains, onsets = [[0.95, 1.0, 1.19], [1.1, 2.5]], [1.0, np.nan, 2.4]
        >>> found = Recording.from_spike_trains(trains, onsets, ["go", "go", "nogo "], (-0.1, 0.2), 0.1)
        >>> found.activity[:, 0]  # the first trial: bins, neurons
        array([[1., 0.],
               [1., 0.],
               [1., 1.]], dtype=float32)
        >>> found.notes
        ('1 of 3 trials was left out: no time of the event.',)
        """
        alignment.bins_in(window, bin_size)
        found, observed = alignment.spike_trains(trains, bin_size)
        loose = span is None and observed is None  # spikes tell when it began and ended, if only about
        if span is None:
            spikes = np.concatenate(found)
            span = (spikes.min() - bin_size, spikes.max() + bin_size) if loose else observed
        onset, label, notes = kept_trials(onsets, labels, window, bin_size, span, loose)
        counts = alignment.counts(found, onset, window, bin_size)
        silent = int(np.count_nonzero(~counts.any(axis=(1, 2))))
        if silent:
            notes.append(f"{silent} of {len(found)} neurons never fire in these trials.")
        places = np.full(len(found), "all") if regions is None else names("regions", regions, len(found))
        activity = counts.transpose(2, 1, 0).astype(np.float32)
        return cls(activity, places, label, bin_size, start=window[0], notes=tuple(notes))

    @classmethod
    @checked(bin_size=above(0))
    def from_traces(
        cls,
        traces: Any,
        frame_times: Any,
        onsets: Any,
        labels: Any,
        window: tuple[float, float],
        bin_size: float,
        *,
        regions: Any = None,
    ) -> "Recording":
        """Mean traces around an event, as from Suite2p's F.npy or spks.npy.

        traces: (N, frames), or a TsdFrame of pynapple, which brings its own frame_times (None). frame_times: s, (frames,),
        increasing, evenly spaced or not. A bin is the mean of the frames in it, and at least as long as the usual time
        between two. Neurons without any number are left out; so are trials that reach out of the movie, have a bin
        without a frame, or hold a NaN. onsets, labels, window, bin_size, regions: as in :meth:`from_spike_trains`.

        >>> frames = np.arange(0.0, 10.0, 0.1)
        >>> found = Recording.from_traces([frames, -frames], frames, [2.0, 9.95], [True, False], (-0.2, 0.2), 0.2)
        >>> found.activity[:, 0]
        array([[ 1.85, -1.85],
               [ 2.05, -2.05]])
        >>> found.notes
        ('1 of 2 trials was left out: outside of the recording.',)
        """
        alignment.bins_in(window, bin_size)
        found, frames, named = alignment.frames_of(traces, frame_times, bin_size)
        places = np.full(len(named), "all") if regions is None else names("regions", regions, len(named))
        step = float(np.median(np.diff(frames)))
        require(bin_size >= step * (1 - 1e-6), "bin_size", f"at least the time between two frames, {step:g} s", bin_size)
        span = (frames[0] - step, frames[-1] + step)
        onset, label, notes = kept_trials(onsets, labels, window, bin_size, span)
        means = alignment.means(found, frames, onset, window, bin_size)
        notes += [f"{int((~named).sum())} of {len(named)} neurons were left out: no number in any frame."] * (
            not named.all()
        )
        whole = np.isfinite(means).all(axis=(0, 2))
        why = "a bin without a frame, or a NaN in the traces; wider bins keep more."
        require(whole.any(), "traces", "a trial with frames in each of its bins", f"none of {len(whole)}: {why}")
        notes += [left_out(~whole, why)] * (not whole.all())
        return cls(
            means[:, whole].transpose(2, 1, 0), places[named], label[whole], bin_size, start=window[0], notes=tuple(notes)
        )
