"""What instruments show of a network's rates: spike counts and fluorescence, turned back into rates in [−1, 1].

The scale is that of :mod:`lpu_core.spiking`: a neuron that fires ν times a second at the most has the rate 1 there, and
−1 in silence. Then one step of a trace tells the spikes of that step, :func:`lpu_core.one_step.samples` finds them again,
and its logistic loss is that of the counts.
"""

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, above, at_least, checked, require


@checked(counts=at_least(0), alpha=above(0))
def from_counts(counts: Float[Array, "T B N"], alpha: float, peak: Float[Array, " N"]) -> Float[Array, "T+1 B N"]:
    """Traces r of spikes, r[t+1] = (1−α) r[t] + α (2 counts[t]/peak − 1), from the neuron's mean on.

    counts: spikes in each bin, (T, B, N). alpha: α = Δt/τ of the synapses, at most 1. peak: the largest number of spikes
    that a bin can be expected to hold, (N,), above 0. Raises ValueError for another.

    >>> from_counts([[[0.0]], [[2.0]]], 0.5, [2.0])[:, 0, 0]  # one spike a bin in the mean: from 0 on
    array([ 0.  , -0.5 ,  0.25])
    """
    require(alpha <= 1, "alpha", "at most 1: steps of at most τ", alpha)
    require(len(peak) == counts.shape[2], "peak", f"shape ({counts.shape[2]},), one for each neuron", peak.shape)
    require((peak > 0).all() and counts.size, "peak", "positive numbers", peak)
    drives = 2 * counts / peak - 1
    rates = np.empty((len(drives) + 1, *drives.shape[1:]), drives.dtype)
    rates[0] = drives.mean((0, 1))
    for step, drive in enumerate(drives):
        rates[step + 1] = (1 - alpha) * rates[step] + alpha * drive
    return rates


@checked(decay=above(0))
def from_fluorescence(traces: Float[Array, "T B N"], decay: float) -> Float[Array, "T-1 B N"]:
    """Rates of which the traces are an exponential filter, c[t+1] = (1−a) c[t] + a r[t+1], by :func:`scaled`.

    Undoing the filter multiplies noise by about 1/a.

    traces: fluorescence, (T, B, N). decay: a = Δt/τ_c, the share of the indicator's trace that one step renews, at most
    1. Raises ValueError for another and for a neuron whose trace never changes.

    >>> from_fluorescence([[[0.0]], [[0.5]], [[0.25]]], 0.5)[:, 0, 0].round(2)
    array([ 1., -1.])
    """
    require(decay <= 1, "decay", "at most 1: steps of at most τ_c", decay)
    require(len(traces) > 1, "traces", "at least two steps", traces.shape)
    return scaled((traces[1:] - (1 - decay) * traces[:-1]) / decay)


@checked()
def scaled(activity: Float[Array, "T B N"]) -> Float[Array, "T B N"]:
    """Activity on the scale of rates: each neuron's 1st percentile becomes −1, its 99th 1, and what lies beyond is cut.

    activity: in any unit, (T, B, N). Raises ValueError for a neuron that never changes.

    >>> scaled([[[5.0]], [[7.0]], [[9.0]]])[:, 0, 0]
    array([-1.,  0.,  1.])
    """
    low, high = np.percentile(activity, [1, 99], axis=(0, 1))
    require((high > low).all(), "activity", "neurons whose activity changes", "one that is constant")
    return np.clip((2 * activity - low - high) / (high - low), -1, 1).astype(activity.dtype, copy=False)


@checked(counts=at_least(0), expected=above(0), mean=above(0))
def bits_per_spike(counts: Float[Array, "S N"], expected: Float[Array, "S N"], mean: Float[Array, " N"]) -> float:
    """How many bits a spike is more likely by the `expected` counts than by each neuron's `mean`, if counts are Poisson's.

    counts, expected: (S, N). mean: (N,). Raises ValueError where there are no spikes.

    >>> round(bits_per_spike([[2.0], [0.0]], [[2.0], [1e-12]], [1.0]), 6)  # who knows when gains a bit a spike
    1.0
    """
    require(expected.shape == counts.shape, "expected", f"shape {counts.shape}, as counts", expected.shape)
    require(mean.shape == counts.shape[1:], "mean", f"shape {counts.shape[1:]}, one for each neuron", mean.shape)
    require(counts.any(), "counts", "some spikes", "none")
    gained = (counts * np.log(expected / mean) - (expected - mean)).sum()
    return float(gained / counts.sum() / np.log(2))
