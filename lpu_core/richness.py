"""Richness: how many kinds of thing there are, seen and unseen, from how often each was seen."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammaln

from lpu_core.check import Array, at_least, between, checked, numbers, require, shown


@checked()
def abundances(found: Sequence[Any]) -> Int[Array, " C"]:
    """How often each distinct thing was `found`, most frequent first; None, what was not resolved, does not count.

    >>> abundances([(1, 0), (2, 1), (1, 0), None])
    array([2, 1])
    """
    good = isinstance(found, Sequence) and not isinstance(found, str | bytes)
    require(good, "found", "a list of what was found", shown(found))
    seen = Counter(one for one in found if one is not None)
    return np.array(sorted(seen.values(), reverse=True), int)


@checked(counts=at_least(1))
def rarefaction(counts: Int[Array, " C"], sizes: Any) -> Float[Array, " Z"]:
    """The mean number of kinds in a subsample of each size: Σ_i 1 − C(S − c_i, n)/C(S, n), over S samples.

    counts: c_i, how often each kind was seen, (C,). sizes: n, from 0 to S = Σ c_i, (Z,) or a number.

    >>> rarefaction([2, 1], [0, 1, 2, 3]).round(3)
    array([0.   , 1.   , 1.667, 2.   ])
    """
    total = int(counts.sum())
    sizes = np.atleast_1d(numbers("sizes", sizes, between(0, total)))
    require(sizes.ndim == 1, "sizes", "shape (any,)", sizes.shape)
    left = (total - counts)[None, :] - sizes[:, None]  # samples left to choose from without kind i
    log_total = gammaln(total + 1) - gammaln(total - sizes + 1)
    log_missed = gammaln(total - counts + 1)[None, :] - gammaln(np.maximum(left, 0) + 1) - log_total[:, None]
    return np.where(left >= 0, 1 - np.exp(log_missed), 1.0).sum(axis=1)


@checked(counts=at_least(1))
def chao1(counts: Int[Array, " C"]) -> float:
    """Chao's estimate of the number of kinds, seen and unseen: C + f₁(f₁ − 1)/(2(f₂ + 1)), with f_j kinds seen j times.

    counts: how often each kind was seen, (C,).

    >>> chao1([5, 1, 1, 1])  # 4 seen, of which 3 once: 3 · 2/2 are likely to be unseen
    7.0
    """
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return len(counts) + once * (once - 1) / (2 * (twice + 1))
