"""Readouts: outputs as added latents (Lemma 1), decoders of rates and of latents (Lemma 2), and decoding of trials.

Two statistics of what is read: the share of a variance that a fit explains, and the mean over clusters.

The encoding subspace is in :mod:`lpu_core.subspace`, the decoding of trials in :mod:`lpu_core.decoding`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import t as student
from sklearn.preprocessing import PolynomialFeatures

from lpu_core.check import Array, Seed, above, array, at_least, cast, checked, floats, require
from lpu_core.decoding import (
    DECODERS,
    LINEAR,
    NONLINEAR,
    Decoding,
    decode,
    decode_regions,
    fisher_information,
    pls_scores,
    thirds,
)
from lpu_core.networks import LowRankRNN
from lpu_core.subspace import Projector, encoding_projector, ridge_encoding
from lpu_core.surgery import append, append_latents

__all__ = [
    "DECODERS",
    "LINEAR",
    "NONLINEAR",
    "Decoding",
    "Projector",
    "add_outputs",
    "clustered_mean",
    "decode",
    "decode_regions",
    "encoding_projector",
    "fisher_information",
    "latent_decoder",
    "pls_scores",
    "same_latents",
    "share_explained",
    "thirds",
]


@checked(n_added=at_least(0), gain=above(0), ridge=above(0))
def add_outputs(
    network: LowRankRNN,
    outputs: Callable[[Array], Array],
    states: Any,
    inputs: Any,
    n_added: int,
    rng: Seed,
    *,
    gain: float = 3.0,
    ridge: float = 1e-9,
) -> LowRankRNN:
    """The network with y = h(κ) as P further latents, which follow it within the time τ (Lemma 1; M49, M50).

    outputs: h, from latents (…, K) to (…, P). states, inputs: samples of κ (S, K) and u (S, D) at which the fit is made.
    n_added: how many neurons join; gain: how steeply they are tuned across the samples; ridge: of the fit. Their m, w and b
    are drawn. The old latents hear nobody new (n = 0) and y is heard by nobody (m = 0), so κ keeps its course. n of y, over
    all neurons, is the ridge regression of N⁻¹ n_yᵀ φ(Mκ + W_in u + b) on h(κ) + (h(κ′) − h(κ))/α, with κ′ = κ + Δt G(κ, u)
    the next step: the bracket h + τ ∇h·G of continuous time, exact in steps.

    >>> from lpu_core import timescales
    >>> net = timescales.design_flip_flop(200, 2, rng=0)
    >>> states = np.random.default_rng(1).uniform(-1, 1, (500, 2))
    >>> product = lambda kappa: kappa[..., :1] * kappa[..., 1:]
    >>> wide = add_outputs(net, product, states, np.zeros((500, 2)), n_added=300, rng=2)
    >>> wide.n_neurons, wide.n_latents
    (500, 3)
    >>> bool(np.allclose(wide.flow([0.5, -0.5, 0.0])[:2], net.flow([0.5, -0.5]), atol=1e-6))  # κ keeps its course
    True
    """
    kappa = floats("states", cast("states", states, np.dtype(float)), (None, network.n_latents))
    u = floats("inputs", cast("inputs", inputs, np.dtype(float)), (len(kappa), network.n_inputs))
    require(len(kappa) > 1, "states", "at least two samples", len(kappa))
    net, k, rng = network.astype(np.float64), network.n_latents, np.random.default_rng(rng)
    here, after = (
        floats("outputs", cast("outputs", outputs(x), np.float64), (len(kappa), None))
        for x in (kappa, kappa + net.dt * net.flow(kappa, u))
    )
    require(after.shape == here.shape, "outputs", f"values of shape {here.shape} everywhere", after.shape)
    wanted = here + (after - here) / net.alpha

    samples = np.concatenate([kappa, u], axis=1)
    spread = samples.std(axis=0) * np.sqrt((samples.std(axis=0) > 0).sum())
    drawn = gain * rng.standard_normal((n_added, samples.shape[1])) / np.where(spread > 0, spread, np.inf)
    bends = samples[rng.integers(len(samples), size=n_added)]
    wide = append(net, n_added, embedding=drawn[:, :k], input_weights=drawn[:, k:], bias=-(drawn * bends).sum(1))
    readout = ridge_encoding(wide.tuning(kappa, u), wanted, ridge)
    return append_latents(wide, np.zeros_like(readout), readout).astype(network.dtype)


@checked()
def latent_decoder(encoding: Float[Array, "N K"], weights: Float[Array, "P N"]) -> Float[Array, "P K"]:
    """C = A Wencᵀ(Wenc Wencᵀ)⁻¹, for which C κ = A r, from A, `weights` (P, N), and n, `encoding` (N, K) (M55).

    Raises ValueError where A ≠ A P, for then A r is no function of κ (:func:`same_latents` shows it).

    >>> latent_decoder([[1.0], [2.0]], [[3.0, 6.0]])  # 3 r₁ + 6 r₂ = 6 κ, since κ = (r₁ + 2 r₂)/2
    array([[6.]])
    """
    projector = encoding_projector(encoding)
    a = floats("weights", cast("weights", weights, projector.basis.dtype), (None, len(projector.basis)))
    outside = np.linalg.norm(projector.off(a))
    fits = outside <= 1e3 * np.finfo(a.dtype).eps * np.linalg.norm(a)
    require(fits, "weights", "rows in the encoding subspace, A = A P", f"a part of length {outside:.2g} off it")
    w = np.asarray(encoding, a.dtype).T / len(projector.basis)
    return np.linalg.solve(w @ w.T, w @ a.T).T


@checked()
def same_latents(
    encoding: Float[Array, "N K"], weights: Float[Array, "P N"], rates: Float[Array, " N"]
) -> Float[Array, "2 N"]:
    """Two rates, r and another, with the same κ, whose first outputs a·r lie ‖a − Pa‖ apart (M57–M59).

    encoding: n, (N, K). a: the first row of `weights` (P, N). rates: r, (N,). Raises ValueError where a = P a: then there is
    no such pair.

    >>> same_latents([[1.0], [1.0]], [[1.0, -1.0]], [1.0, 1.0]).round(3)  # the sum of the rates is the same
    array([[1.   , 1.   ],
           [1.707, 0.293]])
    """
    require(len(weights), "weights", "at least one row", weights.shape)
    projector = encoding_projector(encoding)
    a = floats("weights", cast("weights", weights, projector.basis.dtype), (None, len(projector.basis)))[0]
    r = floats("rates", cast("rates", rates, a.dtype), a.shape)
    off = projector.off(a)
    length = np.linalg.norm(off)
    exists = length > 1e3 * np.finfo(a.dtype).eps * np.linalg.norm(a)
    require(exists, "weights", "a first row that leaves the encoding subspace", "one inside it")
    return np.stack([r, r + off / length])


@checked(degree=at_least(1))
def share_explained(x: Float[Array, "S N"], wanted: Float[Array, "S K"], degree: int = 1) -> float:
    """The share of the variance of `wanted` that a polynomial of `x` explains in the second half of the samples.

    x: (S, N); wanted: (S, K), over all of which the variance is summed. The polynomial, of that degree and with a constant,
    is fitted by least squares in the first half.

    >>> x = np.random.default_rng(0).standard_normal((400, 1))
    >>> round(share_explained(x, x**3, 3), 6), round(share_explained(x, x**2), 1)
    (1.0, -0.0)
    """
    half = len(x) // 2
    require(half > 0, "x", "at least two samples", len(x))
    y = floats("wanted", wanted, (len(x), None))
    off = np.square(y[half:] - y[half:].mean(0)).sum()
    require(0 < off < np.inf, "wanted", "values that vary in the second half", "constant or too large ones")
    spread = x.std(axis=0)
    terms = PolynomialFeatures(degree).fit_transform(x / np.where(spread > 0, spread, 1))
    require(bool(np.isfinite(terms).all()), "x", f"numbers with finite powers of degree {degree}", "too large ones")
    weights = np.linalg.lstsq(terms[:half], y[:half], rcond=None)[0]
    return float(1 - np.square(terms[half:] @ weights - y[half:]).sum() / off)


@checked()
def clustered_mean(values: Float[Array, " S"], clusters: Any) -> tuple[float, float, tuple[float, float]]:
    """The mean of values, its standard error and its 90 % band, where those of one cluster are not independent.

    values: (S,). clusters: of each value the session, say, or the animal, (S,), two or more in all. With C clusters, whose
    summed deviations from the mean are s_c, the error is √(C/(C − 1) Σ s_c²)/S, and the band that of Student's t with C − 1
    degrees of freedom. With a value in each cluster it is the usual one.

    >>> mean, error, band = clustered_mean([1.0, 1.0, 3.0, 3.0], ["a", "a", "b", "b"])  # two values, each told twice
    >>> mean, round(error, 6)
    (2.0, 1.0)
    """
    of = array("clusters", clusters)
    require(of.dtype.kind in "iubU", "clusters", "whole numbers or text", of.dtype)
    require(of.shape == values.shape, "clusters", f"shape {values.shape}", of.shape)
    names, index = np.unique(of, return_inverse=True)
    require(len(names) > 1, "clusters", "at least two", len(names))
    sums = np.bincount(index, values - values.mean())
    error = float(np.sqrt(np.square(sums).sum() * len(names) / (len(names) - 1)) / len(values))
    mean, reach = float(values.mean()), float(student.ppf(0.95, len(names) - 1)) * error
    return mean, error, (mean - reach, mean + reach)
