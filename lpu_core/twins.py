"""Twins of a recording: synthetic populations of its size, with a linear code and, if asked for, a nonlinear one on top.

What a comparison of decoders would find in a population is found out by planting it. Three latents are written into the
neurons, x = Wκ + σξ, and carry a trial's class y = ±1. κ₁ = ay/2 + noise is the linear code; a is such that the best line
through all neurons has the discriminability d′, an accuracy of Φ(d′/2). κ₂ and κ₃ are +1 or −1, and their product agrees
with y in a share p of the trials: each alone says nothing, and no weighted sum of them does.
"""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import brentq
from scipy.stats import norm

from lpu_core.check import Array, Seed, array, at_least, between, checked, require

LATENTS = 3


@checked(separation=at_least(0), agreement=between(0.5, 1, "[)"))
def ideal_accuracy(separation: float, agreement: float) -> float:
    """What the best nonlinear decoder of the latents gets right: pΦ(d′/2 + λ/d′) + (1 − p)Φ(d′/2 − λ/d′).

    There λ = log(p/(1 − p)). separation: d′ of the linear code. agreement: p; at ½ it is Φ(d′/2), what the best line gets.

    >>> ideal_accuracy(0.0, 0.75), round(ideal_accuracy(2.0, 0.5), 4), round(ideal_accuracy(2.0, 0.75), 4)
    (0.75, 0.8413, 0.873)
    """
    if separation < 1e-9:
        return agreement
    tilt = np.log(agreement / (1 - agreement)) / separation
    half = separation / 2
    return float(agreement * norm.cdf(half + tilt) + (1 - agreement) * norm.cdf(half - tilt))


@checked(separation=at_least(0), advantage=between(0, 0.5, "()"))
def agreement_for(separation: float, advantage: float) -> float | None:
    """The p with which the best nonlinear decoder is ahead of the best line by the `advantage`; None where there's no room.

    separation: d′ of the linear code.

    >>> p = agreement_for(2.0, 0.05)
    >>> round(ideal_accuracy(2.0, p) - ideal_accuracy(2.0, 0.5), 6)
    0.05
    """
    most = 1 - 1e-9

    def missing(p: float) -> float:
        return ideal_accuracy(separation, p) - ideal_accuracy(separation, 0.5) - advantage

    return float(brentq(missing, 0.5, most)) if missing(most) > 0 else None


@checked(n_neurons=at_least(1), separation=at_least(0), agreement=between(0.5, 1), shared=between(0, 1, "()"))
def population(
    labels: Bool[Array, " B"], n_neurons: int, separation: float, agreement: float, shared: float, rng: Seed
) -> Float[Array, "B N"]:
    """The activity of a twin in trials of these `labels`: random weights, each neuron at unit variance within a class.

    separation: d′ of the linear code, (d′)² = a² [S(1 + S)⁻¹]₁₁ with S = WᵀW/σ². agreement: p, how often the product of the
    other two latents tells the class. shared: the part of a neuron's variance that comes from the latents. n_neurons: N.

    >>> labels = np.arange(2000) % 2 == 0
    >>> activity = population(labels, 50, 2.0, 0.5, 0.3, rng=0)
    >>> activity.shape, bool(0.2 < np.linalg.eigvalsh(np.corrcoef(activity.T))[-3:].sum() / 50 < 0.4)
    ((2000, 50), True)
    """
    rng = np.random.default_rng(rng)
    y = np.where(labels, 1.0, -1.0)
    weights = rng.standard_normal((LATENTS, n_neurons))
    weights *= np.sqrt(shared) / np.linalg.norm(weights, axis=0)
    overlap = weights @ weights.T / (1 - shared)
    heard = np.linalg.solve(np.eye(LATENTS) + overlap, overlap)[0, 0]  # of κ₁, through the private noise
    first = separation / np.sqrt(heard) * y / 2 + rng.standard_normal(len(y))
    second = rng.choice([-1.0, 1.0], len(y))
    third = second * np.where(rng.random(len(y)) < agreement, y, -y)
    latents = np.stack([first, second, third], axis=1)
    return latents @ weights + np.sqrt(1 - shared) * rng.standard_normal((len(y), n_neurons))


@checked()
def shared_variance(activity: Float[Array, "B N"], labels: Any, rng: Seed) -> float:
    """The part of the variance within classes that lies in the three largest principal components, from 0 to 1.

    Components come from one half of the trials and their variance from the other, so that it is not flattered by few trials.
    activity: trials (B, N), at least four. labels: the class of each, (B,).

    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(400) % 2 == 0
    >>> round(shared_variance(population(labels, 50, 0.0, 0.5, 0.3, rng), labels, rng), 1)
    0.3
    """
    labels, rng = array("labels", labels), np.random.default_rng(rng)
    require(labels.shape == (len(activity),), "labels", f"shape ({len(activity)},)", labels.shape)
    require(len(activity) >= 4, "activity", "at least four trials", len(activity))
    with np.errstate(over="ignore"):
        scale = np.abs(activity).max()
    within = (activity / scale if scale > 0 else activity).astype(np.float64)
    for one in np.unique(labels):
        within[labels == one] -= within[labels == one].mean(axis=0)
    spread = within.std(axis=0)
    within = within[:, spread > 0] / spread[spread > 0]
    if not within.size:
        return 0.0
    dealt = rng.permutation(len(within))
    one, other = within[dealt[::2]], within[dealt[1::2]]
    axes = np.linalg.svd(one - one.mean(axis=0), full_matrices=False)[2][:LATENTS]
    other = other - other.mean(axis=0)
    return float(np.square(other @ axes.T).sum() / max(np.square(other).sum(), np.finfo(float).tiny))
