"""Laws of shape and drift: split-half correlations as ratios of expectations, and codes of infinitely many neurons."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import betainc, log_ndtr

from lpu_core.check import ANY, Array, at_least, between, checked, joint, require
from lpu_core.gaussian import tanh_kernel

_STATE, _VARIANCE = between(-1e6, 1e6), between(0, 1e30)
"""Of κ, and of the currents that it makes."""
ROUNDING = 1e-9
"""How far a computed correlation may lie beyond ±1."""


def _together(**values: Array) -> None:
    """Raise where the shapes of some arrays, in their order, cannot be broadcast with those of the ones before."""
    (first, start), *rest = values.items()
    shape = start.shape
    for name, value in rest:
        joint(name, value[..., None], first, shape)
        shape = np.broadcast_shapes(shape, value.shape)


@checked(noise_std=at_least(0), n_trials=at_least(1), n_neurons=at_least(1))
def split_half_law(distances: Float[Array, " P"], noise_std: float, n_trials: Any, n_neurons: Any) -> Any:
    r"""Pearson's correlation of the RDMs of two halves, as a ratio of exact expectations.

    .. math::

        \rho_{12} = \frac{V}{V + \frac{8 s^2}{N}\,\frac{C-2}{C-1}\,(\bar D + s^2)}, \qquad s^2 = \sigma_\varepsilon^2/T

    distances: the true squared distances per neuron (P,), with mean D̄ and variance V over pairs. noise_std: σ_ε, of each
    trial and neuron, independent. n_trials: T, in a half; n_neurons: N; numbers or arrays that go together. nan for
    distances that are all one, without noise.

    >>> split_half_law([1.0, 2.0, 3.0], noise_std=1.0, n_trials=np.array([1, 10]), n_neurons=4).round(3)
    array([0.182, 0.76 ])
    """
    n_trials, n_neurons = np.asarray(n_trials), np.asarray(n_neurons)
    _together(n_trials=n_trials, n_neurons=n_neurons)
    with np.errstate(invalid="ignore", over="ignore"):
        s2 = np.square(noise_std) / n_trials
        return _ratio(distances, s2 * distances.mean() + s2**2, n_neurons)


def _ratio(distances: Array, noise: Any, n_neurons: Any) -> Any:
    """V/(V + (8/N)(C − 2)/(C − 1) · noise) over the pairs of C conditions."""
    c = round((1 + np.sqrt(1 + 8 * distances.size)) / 2)
    pairs = distances.size >= 3 and c * (c - 1) == 2 * distances.size
    require(pairs, "distances", "those of all pairs of at least 3 conditions", f"{distances.size} of them")
    variance = distances.astype(np.float64, copy=False).var()
    return variance / (variance + 8 / n_neurons * (c - 2) / (c - 1) * noise)


@checked(
    overlap=between(-1e6, 1, "[)"),
    input_std=between(0, 1e6),
    noise_std=between(0, 1e6),
    n_trials=at_least(1),
    n_neurons=at_least(1),
    n_latents=at_least(1),
)
def recurrent_split_half_law(
    distances: Float[Array, " P"],
    overlap: float,
    input_std: float,
    noise_std: float,
    n_trials: int,
    n_neurons: int,
    n_latents: int,
) -> float:
    r"""The :func:`split_half_law` of linear neurons whose recurrence g times projects onto the K latents' plane.

    In the plane signal and input noise are amplified by a = 1/(1 − g), with :math:`s_\parallel^2 = (a^2\sigma_u^2 +
    \sigma_\varepsilon^2)/T` and :math:`s_\perp^2` the same for a = 1:

    .. math::

        \rho_{12} = \frac{a^4 V}{a^4 V + \frac8N\,\frac{C-2}{C-1}\,
                    \bigl(s_\parallel^2 a^2 \bar D + \tfrac1N(K s_\parallel^4 + (N - K)\,s_\perp^4)\bigr)}

    distances: of the means that the input alone makes, (P,), in the plane, with mean D̄ and variance V over pairs. overlap:
    g. input_std: σ_u, of the input to each neuron in a trial. noise_std: σ_ε, of what is recorded of it. n_trials: T, in a
    half; n_neurons: N; n_latents: K, at most N.

    >>> [round(float(recurrent_split_half_law([1.0, 2.0, 3.0], g, 1.0, 1.0, 1, 20, 2)), 3) for g in (0.0, 0.5)]
    [0.294, 0.536]
    """
    require(n_latents <= n_neurons, "n_latents", f"at most {n_neurons}, the neurons", n_latents)
    gain = 1 / (1 - overlap)
    inside, outside = ((a**2 * input_std**2 + noise_std**2) / n_trials for a in (gain, 1.0))
    amplified = gain**2 * distances.astype(np.float64, copy=False)
    squares = (n_latents * inside**2 + (n_neurons - n_latents) * outside**2) / n_neurons
    return _ratio(amplified, inside * amplified.mean() + squares, n_neurons)


@checked(pearson=between(-1 - ROUNDING, 1 + ROUNDING))
def spearman_from_pearson(pearson: Any) -> Any:
    """Spearman's correlation of a bivariate normal pair with Pearson's ρ₁₂, `pearson`, (…): (6/π) asin(ρ₁₂/2).

    >>> spearman_from_pearson(0.5).round(3), spearman_from_pearson(1.0).round(3)
    (np.float64(0.483), np.float64(1.0))
    """
    return 6 / np.pi * np.arcsin(np.clip(pearson, -1, 1) / 2)


@checked(signal_to_noise=at_least(0))
def random_code_law(signal_to_noise: Any) -> Any:
    """Pearson's split-half correlation of a code whose means are independent Gaussians: (q/(1 + q))², at any N and C.

    signal_to_noise: q = vT/σ_ε², the variance of the means over that of a half's noise, (…).

    >>> random_code_law(np.array([0.0, 1.0, 4.0])).round(2)
    array([0.  , 0.25, 0.64])
    """
    q = np.asarray(signal_to_noise)
    return (q / (1 + q)) ** 2


@checked(n_places=at_least(2), signal_to_noise=at_least(0))
def naming_law(n_places: Any, signal_to_noise: Any) -> Any:
    """The chance to name one of M random places by the nearest mean: E_z Φ(z + s)^(M − 1), that of orthogonal signals.

    n_places: M, (…). signal_to_noise: s = √N v/σ, a pattern's length over the noise's s.d. along any line, (…).
    Independent Gaussian means in many neurons are as good as orthogonal.

    >>> naming_law([2, 10, 1000], 4.0).round(3)
    array([0.998, 0.984, 0.642])
    """
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    m, s = np.broadcast_arrays(np.asarray(n_places, np.float64), np.asarray(signal_to_noise, np.float64))
    return np.exp((m - 1)[..., None] * log_ndtr(z + s[..., None])) @ (weight / weight.sum())


@checked(n_places=at_least(2), n_neurons=at_least(1))
def linear_reading_law(n_places: Any, n_neurons: Any) -> Any:
    """The share of a variable's variance over M random places that N neurons give a linear reader: min(1, N/(M − 1)).

    n_places: M, (…). n_neurons: N, (…). The means of the neurons are independent Gaussians: N random directions of the M − 1
    in which the places can differ.

    >>> linear_reading_law([100, 301, 601], 300)
    array([1. , 1. , 0.5])
    """
    return np.minimum(1, np.asarray(n_neurons, np.float64) / (np.asarray(n_places, np.float64) - 1))


@checked(xx=_VARIANCE, yy=_VARIANCE, xy=ANY)
def limit_distance(xx: Any, yy: Any, xy: Any) -> Any:
    """E[(tanh x − tanh y)²], as in :func:`tanh_kernel`: a squared distance per neuron for infinitely many neurons.

    xx, yy: the variances of x and y, (…). xy: their covariance, (…), no larger than the variances allow.

    >>> round(float(limit_distance(1.0, 1.0, 1.0)), 6), round(float(limit_distance(1.0, 1.0, 0.0)), 3)
    (0.0, 0.789)
    """
    xx, yy, xy = (np.asarray(value, np.float64) for value in (xx, yy, xy))
    _together(xx=xx, yy=yy, xy=xy)
    most = np.sqrt(xx) * np.sqrt(yy)
    right = np.all(np.abs(xy) <= most * (1 + ROUNDING))
    require(right, "xy", "a covariance of at most √(xx · yy)", f"{np.max(np.abs(xy) - most):.3g} more")
    return _distance(xx, yy, xy)


def _distance(xx: Array, yy: Array, xy: Array) -> Any:
    most = np.sqrt(xx) * np.sqrt(yy)
    xy = np.clip(xy, -most, most)  # rounding may take it beyond
    return tanh_kernel(xx, xx, xx) + tanh_kernel(yy, yy, yy) - 2 * tanh_kernel(xx, yy, xy)


def _covariance(value: Array) -> Array:
    """Σ, symmetric and without negative eigenvalues."""
    sigma = value.astype(np.float64, copy=False)
    values = np.linalg.eigvalsh((sigma + sigma.T) / 2)
    size = np.abs(values).max(initial=0)
    right = np.allclose(sigma, sigma.T, atol=ROUNDING * size) and values.min(initial=0) >= -ROUNDING * size
    require(right, "covariance", "a symmetric matrix without negative eigenvalues", f"one with {values}")
    return sigma


@checked(states=_STATE, covariance=between(-1e12, 1e12))
def limit_rdm(states: Float[Array, "C K"], covariance: Float[Array, "K K"]) -> Float[Array, " P"]:
    """The RDM of infinitely many neurons tanh(m·κ), m ~ N(0, Σ), at the `states` κ (C, K); Σ: `covariance`, (K, K).

    >>> limit_rdm([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], np.eye(2)).round(3)
    array([0.789, 0.789, 1.577])
    """
    states = states.astype(np.float64, copy=False)
    inner = states @ _covariance(covariance) @ states.T
    i, j = np.triu_indices(len(states), 1)
    return _distance(inner[i, i], inner[j, j], inner[i, j])


@checked(states=_STATE, new_states=_STATE, covariance=between(-1e12, 1e12), sigma=between(0, 1e6))
def limit_drift(
    states: Float[Array, "C K"], new_states: Float[Array, "C K"], covariance: Float[Array, "K K"], sigma: float
) -> Float[Array, " C"]:
    """The centroid drift of infinitely many such neurons from κ to κ′ (C, K each), after m → m + δ, δ ~ N(0, σ² I).

    states: κ. new_states: κ′. covariance: Σ of m, (K, K). sigma: σ.

    >>> limit_drift([[1.0, 0.0]], [[1.0, 0.0]], np.eye(2), sigma=0.5).round(3)
    array([0.102])
    """
    old, new = (x.astype(np.float64, copy=False) for x in (states, new_states))
    covariance = _covariance(covariance)
    inner = [np.einsum("ck,kl,cl->c", x, covariance, y) for x, y in ((old, old), (new, new), (old, new))]
    return _distance(inner[0], inner[1] + sigma**2 * np.square(new).sum(1), inner[2])


@checked(correlation=between(-1, 1), n_neurons=at_least(3))
def overlap_auc(correlation: Any, n_neurons: Any) -> Any:
    """The AUC of |cos(Δm, m)|, tangential against orthogonal drift, for one latent whose m and n have this cosine ρ.

    correlation: ρ. n_neurons: N; numbers or arrays that go together. Tangential: |ρ|. Orthogonal: √(1 − ρ²)|u|, u a
    coordinate of a random unit vector of N − 1 dimensions.

    >>> overlap_auc(np.array([0.0, 0.1, 0.5]), 100).round(3)
    array([0.  , 0.68, 1.  ])
    """
    rho, n_neurons = np.asarray(correlation, np.float64), np.asarray(n_neurons)
    _together(correlation=rho, n_neurons=n_neurons)
    square = np.square(rho)
    with np.errstate(divide="ignore"):
        return betainc(0.5, (n_neurons - 2) / 2, np.minimum(square / (1 - square), 1))
