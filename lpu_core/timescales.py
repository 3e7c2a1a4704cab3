"""Timescales: bistable LPUs by design, their growth rate, and the error that finite N leaves in it.

The law of the weights and the networks drawn from it are in :mod:`lpu_core.design`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import norm

from lpu_core.check import Array, Seed, above, at_least, between, checked, floats, require
from lpu_core.design import RHO, WeightStatistics, design, design_bistable, design_flip_flop, growth_rate_error
from lpu_core.gaussian import gaussian_mean, mean_slope
from lpu_core.networks import LowRankRNN

__all__ = [
    "WeightStatistics",
    "bistable_share",
    "design",
    "design_bistable",
    "design_flip_flop",
    "flow_std",
    "growth_rate",
    "growth_rate_error",
    "growth_rates",
    "mean_field_flow",
]


_KAPPA = between(-1e6, 1e6)
"""The attractors lie at ±1; far beyond them the s.d. of the flow is lost in rounding."""


def _line(kappa: Any) -> Array:
    """κ, a number or (P,), as (P,)."""
    kappa = np.atleast_1d(np.asarray(kappa, np.float64))
    require(kappa.ndim == 1, "kappa", "a number or shape (P,)", kappa.shape)
    return kappa


@checked(kappa=_KAPPA, tau_latent=above(0), tau=above(0))
def mean_field_flow(kappa: Any, tau_latent: float, tau: float) -> Float[Array, " P"]:
    """dκ/dt of the designed LPU as N → ∞, per ms: (−κ + c κ E[sech²(σ_m κ z)])/τ, by Stein's lemma (M84).

    kappa: κ, a number or (P,). tau_latent, tau: τ_L and τ, ms.

    >>> abs(mean_field_flow([0.0, 0.5, 1.0, 1.5], 20.0, 10.0).round(4))
    array([0.    , 0.0149, 0.    , 0.033 ])
    """
    kappa = _line(kappa)
    law = design(tau_latent, tau, 1.0)
    slopes = np.array([mean_slope(law.embedding_std * abs(k)) for k in kappa])
    return (law.covariance * slopes - 1) * kappa / tau


def _mean_square(scale: float, rho: float) -> float:
    """E[(n/σ_n)² tanh²(σz)], where E[n²|z] = σ_n² (1 + ρ²(z² − 1)).

    Steep neurons come by their complement, E[(n/σ_n)²] − E[(n/σ_n)² sech²(σz)]: the quadrature wants functions that fade.
    """
    if scale < 1:
        return gaussian_mean(lambda z: (1 + rho**2 * (z**2 - 1)) * np.tanh(scale * z) ** 2, scale)
    return 1 - gaussian_mean(lambda z: (1 + rho**2 * (z**2 - 1)) / np.cosh(np.minimum(np.abs(scale * z), 300)) ** 2, scale)


@checked(kappa=_KAPPA, n_neurons=at_least(1), tau_latent=above(0), tau=above(0), rho=RHO)
def flow_std(kappa: Any, n_neurons: int, tau_latent: float, tau: float, rho: float) -> Float[Array, " P"]:
    """S.d. of the flow over draws of N neurons, per ms: Var(n tanh(mκ)) = E[n² tanh²(mκ)] − E[n tanh(mκ)]².

    kappa: κ, a number or (P,). n_neurons: N. tau_latent, tau, rho: τ_L and τ, ms, and ρ, as in :func:`design`.

    >>> flow_std([0.5, 1.0], 10_000, 20.0, 10.0, 0.8).round(5)
    array([0.00095, 0.00132])
    """
    kappa = _line(kappa)
    law = design(tau_latent, tau, rho)
    mean = kappa + tau * mean_field_flow(kappa, tau_latent, tau)
    square = law.encoding_std**2 * np.array([_mean_square(law.embedding_std * abs(k), rho) for k in kappa])
    return np.sqrt(np.maximum(square - mean**2, 0) / n_neurons) / tau


@checked()
def growth_rate(network: LowRankRNN) -> float:
    """γ̂ = (ĉ − 1)/τ, per ms, with ĉ = Σ m_i n_i/N (A2, A5): how fast κ leaves the origin of a one-latent network.

    Raises ValueError for more latent variables, biases or a nonlinearity whose slope at 0 is not 1.

    >>> from lpu_core import LowRankRNN
    >>> growth_rate(LowRankRNN([[1.0], [2.0]], [[1.0], [1.0]], np.zeros((2, 0)), tau=10.0))  # ĉ = 1.5
    0.05
    """
    require(network.n_latents == 1, "network", "one latent variable", network.n_latents)
    linear = network.nonlinearity in ("tanh", "sin")
    require(linear, "network", "tanh or sin, whose slope at 0 is 1", network.nonlinearity)
    require(not network.bias.any(), "network", "no biases", network.bias)
    m, n = network.embedding[:, 0].astype(np.float64), network.encoding[:, 0].astype(np.float64)
    return float((m @ n / network.n_neurons - 1) / network.tau)


@checked(n_neurons=at_least(1, infinite=True), tau_latent=above(0), tau=above(0), rho=RHO)
def bistable_share(n_neurons: Any, tau_latent: Any, tau: float, rho: float) -> Any:
    """The share of drawn networks that are bistable, γ̂ > 0: by a normal law, Φ(1/error), of :func:`growth_rate_error` (A9).

    n_neurons, tau_latent: N, which may be infinite, and τ_L, ms: numbers or arrays (…), broadcast. tau: τ, ms. rho: ρ.

    >>> bistable_share([1000, 10**6], 1000.0, 10.0, 0.8).round(3)
    array([0.578, 1.   ])
    """
    with np.errstate(divide="ignore"):  # no error among infinitely many
        return norm.cdf(1 / np.asarray(growth_rate_error(n_neurons, tau_latent, tau, rho)))


@checked(n_draws=at_least(0), n_neurons=at_least(1), tau=above(0))
def growth_rates(
    sample: Callable[[int, np.random.Generator], Any], n_draws: int, n_neurons: int, tau: float, rng: Seed
) -> Float[Array, " draws"]:
    """γ̂ of many drawn networks, per ms, (draws,), each as :func:`growth_rate` has it for one.

    sample: (number of pairs, generator) → m and n, a law's :meth:`WeightStatistics.sample`, say. n_draws: networks.
    n_neurons: N. tau: τ, ms. Raises ValueError for m or n of another shape.

    >>> law = design(20.0, 10.0, 0.8)  # γ = 0.05 per ms
    >>> rates = growth_rates(law.sample, 400, 1000, 10.0, rng=0)
    >>> rates.mean().round(2), (rates.std() / rates.mean() / growth_rate_error(1000, 20.0, 10.0, 0.8)).round(1)
    (np.float64(0.05), np.float64(1.0))
    """
    rng, at_once = np.random.default_rng(rng), max(1, 10**6 // n_neurons)
    rates = np.empty(n_draws)
    for first in range(0, n_draws, at_once):
        m, n = (floats("sample", part, (at_once * n_neurons,)) for part in sample(at_once * n_neurons, rng))
        c_hat = (m * n).reshape(at_once, n_neurons).mean(1, dtype=np.float64)
        rates[first : first + at_once] = ((c_hat - 1) / tau)[: n_draws - first]
    return rates
