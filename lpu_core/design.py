"""Networks by design, without training: bistable LPUs and flip-flops whose weights are drawn from a law.

One latent variable, (m, n) jointly Gaussian with covariance c: τ dκ/dt = −κ + E[n tanh(mκ)] in the limit N → ∞ (M84).
The origin repels at the rate (c − 1)/τ = 1/τ_L and the attractors are put at κ* = ±1.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import brentq

from lpu_core.check import Array, Seed, require
from lpu_core.gaussian import mean_slope
from lpu_core.networks import LowRankRNN
from lpu_core.noise import gaussian_noise


@dataclass(frozen=True)
class WeightStatistics:
    """The Gaussian law of (m, n) that makes the LPU: Cov(m, n) = c, s.d. σ_m and σ_n, correlation ρ = c/(σ_m σ_n)."""

    covariance: float
    embedding_std: float
    encoding_std: float
    correlation: float

    def sample(self, n_neurons: int, rng: np.random.Generator, dtype: Any = np.float32) -> tuple[Array, Array]:
        """m and n of `n_neurons` neurons, (N,) each."""
        m, independent = gaussian_noise(1.0, rng, (2, n_neurons), dtype)()  # type: ignore[misc]
        shared, private = self.encoding_std * self.correlation, self.encoding_std * math.sqrt(1 - self.correlation**2)
        n = shared * m + private * independent
        return self.embedding_std * m, n


def _check(tau_latent: float, tau: float, rho: float = 1.0) -> None:
    require(np.isfinite(tau_latent) and tau_latent > 0, "tau_latent", "a time above 0 ms", tau_latent)
    require(np.isfinite(tau) and tau > 0, "tau", "a time above 0 ms", tau)
    require(0 < rho <= 1, "rho", "a correlation above 0 and at most 1", rho)


def design(tau_latent: float, tau: float, rho: float) -> WeightStatistics:
    """The statistics of (m, n) for a latent timescale τ_L, ms: c = 1 + τ/τ_L (A4), κ* = 1, σ_n = c/(ρ σ_m) (A20).

    κ* = 1 asks for c · E[sech²(σ_m z)] = 1, which falls in σ_m and so has one root.
    """
    _check(tau_latent, tau, rho)
    c = 1 + tau / tau_latent
    require(c - 1 > 1e-12, "tau_latent", "at most 1e12 × tau", tau_latent)
    # For large σ, E[sech²(σz)] → √(2/π)/σ, so that 2c brackets the root; below, 1 − σ² bounds it.
    sigma_m = brentq(lambda s: c * mean_slope(s) - 1, 0.0, 2 * c, xtol=1e-15, rtol=1e-14)
    return WeightStatistics(c, sigma_m, c / (rho * sigma_m), rho)


def design_bistable(
    n_neurons: int, tau_latent: float, tau: float, rho: float, rng: Seed, *, dtype: Any = np.float32
) -> LowRankRNN:
    """A bistable LPU of N neurons: (m, n) drawn from :func:`design`, w = m, Δt = τ/2; memory O(N).

    tau_latent: τ_L, ms, the time in which κ grows by e near the origin. tau: τ, ms. rho: correlation of m and n, in (0, 1].
    With w = m an input u moves the flow map by u along κ.
    """
    require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    m, n = design(tau_latent, tau, rho).sample(n_neurons, np.random.default_rng(rng), dtype)
    return LowRankRNN(m[:, None], n[:, None], m[:, None], tau=tau, dt=tau / 2)


def design_flip_flop(
    n_neurons: int,
    n_bits: int,
    rng: Seed,
    *,
    tau_latent: float = 20.0,
    tau: float = 10.0,
    rho: float = 0.8,
    pulse_gain: float = 5.0,
    dtype: Any = np.float32,
) -> LowRankRNN:
    """A K-bit flip-flop without training: each of K groups of neurons is a bistable LPU of its own, w = pulse_gain · m.

    Exact as N → ∞. A pulse of ±1 acts on its group as if κ were `pulse_gain` further along, enough to flip it in one step
    of Δt = τ/2. The groups break the rotations that a single Gaussian cloud of (m, n) would have for K > 1.
    """
    require(n_bits >= 1, "n_bits", "at least 1", n_bits)
    require(n_neurons >= n_bits, "n_neurons", f"at least one a bit ({n_bits})", n_neurons)
    require(pulse_gain > 0, "pulse_gain", "above 0", pulse_gain)
    m, n = design(tau_latent, tau, rho).sample(n_neurons, np.random.default_rng(rng), dtype)
    embedding, encoding = np.zeros((2, n_neurons, n_bits), dtype)
    for bit, group in enumerate(np.array_split(np.arange(n_neurons), n_bits)):
        embedding[group, bit] = m[group]
        encoding[group, bit] = n[group] * (n_neurons / len(group))  # κ averages over the group alone
    network = LowRankRNN(embedding, encoding, embedding, tau=tau, dt=tau / 2)
    return replace(network, input_weights=embedding.dtype.type(pulse_gain) * embedding)


def growth_rate_error(n_neurons: Any, tau_latent: Any, tau: float, rho: float) -> Any:
    """The relative s.d. of the growth rate over draws: (1 + τ_L/τ) √((1 + ρ⁻²)/N) (A9)."""
    require(np.all(np.asarray(n_neurons) >= 1), "n_neurons", "at least 1", n_neurons)
    require(np.all(np.asarray(tau_latent) > 0), "tau_latent", "a time above 0 ms", tau_latent)
    _check(1.0, tau, rho)
    return (1 + np.asarray(tau_latent) / tau) * np.sqrt((1 + rho**-2) / np.asarray(n_neurons))
