"""Readouts: outputs as added latents (Lemma 1), decoders of rates and of latents (Lemma 2), and decoding of trials.

The encoding subspace is in :mod:`lpu_core.subspace`, the decoding of trials in :mod:`lpu_core.decoding`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, cast, checked, floats, require
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
    "decode",
    "decode_regions",
    "encoding_projector",
    "fisher_information",
    "latent_decoder",
    "pls_scores",
    "same_latents",
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
