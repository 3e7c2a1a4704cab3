"""What one drift does to neurons and to attractors, and between which strengths several findings hold at once (Fig. 4E-H)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.check import Array, above, checked, require
from lpu_core.drift import coding_groups
from lpu_core.dynamics import fixed_points
from lpu_core.networks import LowRankRNN
from lpu_core.surgery import drifted

__all__ = ["Aftermath", "after_drift", "large_weight", "strengths_between", "where_all_hold"]


@dataclass(frozen=True, eq=False)
class Aftermath:
    """A network after a drift: what became of its neurons' tuning and of its attractors.

    network: the drifted one. changed: the share of all neurons that code for something else than before. awakened: the share of
    the silent ones, those that coded for nothing, that code for something; nan where there were none. attractors: (A, K).
    """

    network: LowRankRNN
    changed: float
    awakened: float
    attractors: Float[Array, "A K"]


@checked()
def large_weight(network: LowRankRNN) -> float:
    """The size of the large weights, the 95th percentile of |m|.

    >>> large_weight(LowRankRNN([[0.0], [-2.0]], [[1.0], [1.0]], np.zeros((2, 0))))
    1.9
    """
    return float(np.quantile(np.abs(network.embedding.astype(np.float64)), 0.95))


@checked(threshold=above(0))
def after_drift(network: LowRankRNN, drift: Float[Array, "N K"], threshold: float) -> Aftermath:
    """What `drift` ΔM, (N, K), does to a network of one or two latents: its neurons' tuning and its attractors.

    threshold: that of :func:`~lpu_core.drift.coding_groups`.

    >>> found = after_drift(LowRankRNN([[2.0], [0.0]], [[2.0], [0.0]], np.zeros((2, 0))), [[0.0], [1.0]], threshold=0.5)
    >>> found.changed, found.awakened, found.attractors.round(2).ravel()
    (0.5, 1.0, array([-0.96,  0.96]))
    """
    new = drifted(network, drift)
    before, after = (coding_groups(net.embedding, threshold) for net in (network, new))
    changed, silent = before != after, before == 0
    awakened = float(changed[silent].mean()) if silent.any() else float("nan")
    return Aftermath(new, float(changed.mean()), awakened, fixed_points(new, n_starts=9).attractors)


@checked(strengths=above(0), n_points=above(1))
def strengths_between(strengths: Float[Array, " S"], n_points: int = 400) -> Float[Array, " P"]:
    """`n_points` strengths at equal steps of their logarithm, from the smallest to the largest of `strengths` (S,).

    >>> strengths_between([1.0, 10.0, 100.0], n_points=5).round(2)
    array([  1.  ,   3.16,  10.  ,  31.62, 100.  ])
    """
    require(len(strengths) > 0, "strengths", "at least one", strengths.shape)
    return np.geomspace(strengths.min(), strengths.max(), n_points)


@checked(strengths=above(0))
def where_all_hold(
    strengths: Float[Array, " S"], shares: Float[Array, "S F"], low: Float[Array, " F"], high: Float[Array, " F"]
) -> Bool[Array, " P"]:
    """Whether each of F findings lies between its bounds at each of :func:`strengths_between`: a mask, (P,).

    strengths: (S,), rising. shares: of each finding at each strength, (S, F), read off by lines in the logarithm of the
    strength. low, high: the bounds of each finding, (F,).

    >>> strengths = [1.0, 10.0, 100.0]
    >>> hold = where_all_hold(strengths, [[0.0, 1.0], [0.5, 1.0], [1.0, 0.0]], low=[0.5, 0.5], high=[1.0, 1.0])
    >>> strengths_between(strengths)[hold].round()[[0, -1]]
    array([10., 32.])
    """
    require(len(strengths) > 0 and (np.diff(strengths) > 0).all(), "strengths", "rising ones", strengths)
    require(len(shares) == len(strengths), "shares", f"a row for each of {len(strengths)} strengths", shares.shape)
    for name, bound in (("low", low), ("high", high)):
        require(len(bound) == shares.shape[1], name, f"one for each of {shares.shape[1]} findings", bound.shape)
    fine, known = np.log(strengths_between(strengths)), np.log(strengths)
    values = np.stack([np.interp(fine, known, share) for share in shares.T], axis=1)
    return ((values >= low) & (values <= high)).all(axis=1)
