"""Spikes and frames in time bins around events. Each edge is computed for itself: no error adds up along a recording."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from lpu_core.check import Array, above, at_least, between, checked, numbers, real_numbers, require, shown
from lpu_core.recordings.events import kind, seconds

MOST_BINS = 100_000
ROUNDING = 4  # in units of the last place of the largest time: an edge is a sum of three rounded numbers


def edges(onsets: Array, start: float, bin_size: float, n_bins: int) -> Array:
    """The edges of `n_bins` bins from onset + start on, s, (B, n_bins + 1).

    They are moved down by some units in the last place, so that a spike that was written down as on an edge opens its bin.
    """
    offsets = start + bin_size * np.arange(n_bins + 1)
    largest = np.maximum(np.abs(onsets), np.abs(offsets).max())[:, None]
    return onsets[:, None] + offsets - ROUNDING * np.spacing(largest)


def bins_in(window: tuple[float, float], bin_size: float) -> int:
    """How many bins a window has: a whole number."""
    start, stop = window
    require(start < stop, "window", "(start, stop) in s, start below stop", window)
    ratio = (stop - start) / bin_size
    require(ratio <= MOST_BINS, "bin_size", f"at most {MOST_BINS} bins in the window", bin_size)
    n_bins = round(ratio)
    require(n_bins and abs(ratio - n_bins) < 1e-6, "window", f"a whole number of bins of {bin_size:g} s", window)
    return n_bins


def spike_trains(trains: Any, bin_size: float) -> tuple[list[Array], Any]:
    """The sorted spike times of each neuron, and when they were observed, if a TsGroup tells."""
    if isinstance(trains, Mapping):
        found = [trains[key] for key in trains]
    else:
        good = isinstance(trains, list | tuple | np.ndarray)
        require(good, "trains", "a list of spike times for each neuron, or a dict of them", shown(trains))
        found = list(trains)
    require(found, "trains", "at least one neuron", "none")
    sorted_trains = []
    for i, train in enumerate(found):
        times = seconds(f"trains[{i}]", train, bin_size)
        numbers(f"trains[{i}]", times)
        sorted_trains.append(np.sort(times))
    fired = [train for train in sorted_trains if len(train)]
    require(fired, "trains", "at least one spike", f"none from {len(found)} neurons")
    return sorted_trains, getattr(trains, "time_support", None)


def counts(trains: list[Array], onsets: Array, window: tuple[float, float], bin_size: float) -> Array:
    """Spikes of each neuron in each bin of each trial, (N, B, T). The trains are sorted."""
    at = edges(onsets, window[0], bin_size, bins_in(window, bin_size))
    return np.stack([np.diff(np.searchsorted(train, at), axis=1) for train in trains])


def frames_of(traces: Any, frame_times: Any, bin_size: float) -> tuple[Array, Array, Array]:
    """The traces of the neurons that have numbers, (n, frames); the frames' times; and which neurons those are, (N,)."""
    if frame_times is None and hasattr(traces, "t"):
        frame_times, values = traces.t, traces.d if hasattr(traces, "d") else traces.values
        traces = np.asarray(values).reshape(len(values), -1).T
    found = real_numbers("traces", traces, "numbers, shape (neurons, frames)")
    require(found.ndim == 2 and found.shape[0], "traces", "shape (neurons, frames)", found.shape)
    require(frame_times is not None, "frame_times", "the time of each frame, s", None)
    frames = numbers("frame_times", seconds("frame_times", frame_times, bin_size))
    require(len(frames) > 1, "frame_times", "at least two frames", len(frames))
    early = np.flatnonzero(np.diff(frames) <= 0)[:1]
    require(not early.size, "frame_times", "times that increase", f"{frames[early + 1]} after {frames[early]}")
    hint = ": is it (frames, neurons)?" if found.shape[0] == len(frames) else ""
    require(found.shape[1] == len(frames), "traces", f"(neurons, {len(frames)}), one for each frame", f"{kind(found)}{hint}")
    named = np.isfinite(found).any(axis=1)
    require(named.any(), "traces", "numbers", "none that is finite")
    found = found if found.dtype.kind == "f" else found.astype(np.float32)
    return found[named], frames, named


def means(traces: Array, frames: Array, onsets: Array, window: tuple[float, float], bin_size: float) -> Array:
    """The mean frame in each bin of each trial, (N, B, T); NaN where a bin has no frame."""
    at = np.searchsorted(frames, edges(onsets, window[0], bin_size, bins_in(window, bin_size)))
    found = np.full((len(traces), *at[:, 1:].shape), np.nan, traces.dtype)
    for trial, places in enumerate(at):
        if (np.diff(places) > 0).all():
            sums = np.add.reduceat(traces[:, : places[-1]], places[:-1], axis=1, dtype=np.float64)
            found[:, trial] = sums / np.diff(places)
    return found


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
    order = np.argsort(clusters, kind="stable")
    trains = np.split(times[order], np.cumsum(np.bincount(clusters, minlength=n_clusters))[:-1])
    at = edges(onsets, 0.0, bin_size, n_bins)
    return np.stack([np.diff(np.searchsorted(train, at), axis=1) for train in trains])
