"""What a drift leaves behind: what neurons code for, whether attractors are kept, and at which strengths findings hold."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr

from lpu_core.check import Array, above, checked, require
from lpu_core.networks import LowRankRNN


@checked(threshold=above(0))
def coding_groups(embedding: Float[Array, "N K"], threshold: float = 0.5) -> Int[Array, " N"]:
    """What each neuron codes for, as a number: for every latent −, 0 or +, by m below −threshold, between, or above it.

    embedding: M, (N, K). threshold: above 0. The number is Σ_k (sign_k mod 3) 3^k; 0 means a neuron that codes for nothing.

    >>> coding_groups([[0.9, 0.1], [-0.9, 0.0], [0.0, 0.7], [0.2, -0.3]])  # κ₁, −κ₁, κ₂, nothing
    array([1, 2, 3, 0])
    """
    _coded(embedding, 39)  # 3⁴⁰ is beyond an integer
    signs = np.where(np.abs(embedding) > threshold, np.sign(embedding), 0).astype(int)
    return (signs % 3) @ 3 ** np.arange(embedding.shape[1])


@checked()
def keeps_states(before: Float[Array, "A K"], after: Float[Array, "B K"]) -> bool:
    """Whether each attractor of `before` has one of `after` to itself, within 45° of its direction, and there is no other.

    Attractors may move in and out: drift rescales the latent flow. One at the origin has no direction, and is not kept.

    >>> keeps_states([[1.0, 1.0], [-1.0, 1.0]], [[-0.4, 0.5], [0.6, 0.5]])
    True
    """
    if before.shape != after.shape or not before.size:
        return before.shape == after.shape
    lengths = [np.linalg.norm(states, axis=1) for states in (before, after)]
    if not all(length.all() for length in lengths):
        return False
    cosines = (before / lengths[0][:, None]) @ (after / lengths[1][:, None]).T
    return len(set(cosines.argmax(1))) == len(before) and bool((cosines.max(1) >= np.sqrt(0.5)).all())


@checked(sigma=above(0), threshold=above(0))
def group_probabilities(embedding: Float[Array, "N K"], sigma: float, threshold: float = 0.5) -> Float[Array, "N G"]:
    """The chance of each of the 3^K groups after a random drift, (N, 3^K), from the normal law.

    embedding: M, (N, K). sigma: σ, s.d. of the drift. threshold: that of :func:`coding_groups`, which numbers the groups.

    >>> group_probabilities([[0.0], [1.0]], sigma=0.5).round(3)
    array([[0.683, 0.159, 0.159],
           [0.157, 0.841, 0.001]])
    """
    m = embedding
    _coded(m, 12)  # 3¹² is half a million groups
    over, under = ndtr((m - threshold) / sigma), ndtr((-threshold - m) / sigma)
    each = np.stack([np.maximum(1 - over - under, 0), over, under], axis=-1)  # (N, K, 3), as in sign mod 3
    chances = each[:, 0]
    for k in range(1, m.shape[1]):
        chances = (each[:, k, :, None] * chances[:, None, :]).reshape(len(m), 3 ** (k + 1))
    return chances


def _coded(embedding: Array, most: int) -> None:
    require(1 <= embedding.shape[1] <= most, "embedding", f"1 to {most} latent variables", embedding.shape[1])


@checked()
def large_weight(network: LowRankRNN) -> float:
    """The size of the large weights, the 95th percentile of |m|.

    >>> large_weight(LowRankRNN([[0.0], [-2.0]], [[1.0], [1.0]], np.zeros((2, 0))))
    1.9
    """
    return float(np.quantile(np.abs(network.embedding.astype(np.float64)), 0.95))


@checked(threshold=above(0))
def changed_shares(before: Float[Array, "N K"], after: Float[Array, "N K"], threshold: float = 0.5) -> tuple[float, float]:
    """The share of neurons that code for something else than before, of all and of those that coded for nothing.

    before, after: M, (N, K), before and after a drift. threshold: that of :func:`coding_groups`. The second share is nan
    where every neuron coded for something.

    >>> changed_shares([[0.9], [0.8], [0.1], [0.2]], [[0.9], [0.0], [0.7], [0.1]])
    (0.5, 0.5)
    """
    groups = coding_groups(before, threshold)
    changed, silent = groups != coding_groups(after, threshold), groups == 0
    return float(changed.mean()), float(changed[silent].mean()) if silent.any() else float("nan")


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
    fine, known = np.log(strengths_between(strengths)), np.log(strengths)
    values = np.stack([np.interp(fine, known, share) for share in shares.T], axis=1)
    within: Array = (values >= low) & (values <= high)
    return np.all(within, axis=1)
