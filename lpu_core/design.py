"""Networks by design, without training: bistable LPUs and flip-flops whose weights are drawn from a law.

One latent variable, (m, n) jointly Gaussian with covariance c: τ dκ/dt = −κ + E[n tanh(mκ)] in the limit N → ∞ (M84).
The origin repels at the rate (c − 1)/τ = 1/τ_L and the attractors are put at κ* = ±1.
"""

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from lpu_core.check import Array, Seed, above, at_least, between, check_fields, checked, joint, precision, require
from lpu_core.gaussian import mean_slope
from lpu_core.networks import LowRankRNN
from lpu_core.noise import gaussian_noise

RHO = between(1e-12, 1)
"""The correlations that a design may have."""


@dataclass(frozen=True)
class WeightStatistics:
    """The Gaussian law of (m, n) that makes the LPU: Cov(m, n) = c, s.d. σ_m and σ_n, correlation ρ.

    covariance: c. embedding_std: σ_m. encoding_std: σ_n. correlation: ρ = c/(σ_m σ_n), from −1 to 1; ValueError otherwise.
    """

    covariance: float
    embedding_std: float
    encoding_std: float
    correlation: float

    def __post_init__(self):
        check_fields(self, embedding_std=above(0), encoding_std=above(0), correlation=between(-1, 1))
        c = self.correlation * self.embedding_std * self.encoding_std
        require(math.isclose(self.covariance, c, rel_tol=1e-9), "covariance", f"ρ σ_m σ_n = {c:g}", self.covariance)

    @checked(n_neurons=at_least(1))
    def sample(self, n_neurons: int, rng: Seed, dtype: Any = np.float32) -> tuple[Float[Array, " N"], Float[Array, " N"]]:
        """m and n of N = `n_neurons` neurons, (N,) each, in float32 or float64 (`dtype`)."""
        noise = gaussian_noise(1.0, rng, (2, n_neurons), precision("dtype", dtype))
        m, independent = noise()  # type: ignore[misc]
        shared = self.encoding_std * self.correlation
        private = self.encoding_std * math.sqrt(1 - self.correlation**2)
        n = shared * m + private * independent
        return self.embedding_std * m, n


@checked(tau_latent=above(0), tau=above(0), rho=RHO)
def design(tau_latent: float, tau: float, rho: float) -> WeightStatistics:
    """The statistics of (m, n) for a latent timescale: c = 1 + τ/τ_L (A4), κ* = 1, σ_n = c/(ρ σ_m) (A20).

    tau_latent: τ_L, ms, the time in which κ grows by e near the origin. tau: τ, ms. rho: ρ, of m and n, from 1e-12 to 1.
    κ* = 1 asks for c · E[sech²(σ_m z)] = 1, which falls in σ_m and so has one root.

    >>> law = design(20.0, 10.0, 0.8)
    >>> law.covariance, round(law.embedding_std, 3), round(law.encoding_std, 3)
    (1.5, 0.843, 2.223)
    """
    c = 1 + tau / tau_latent
    require(1e-12 < c - 1 <= 1e12, "tau_latent", f"from 1e-12 to 1e12 × tau = {tau:g} ms", tau_latent)
    sigma_m = _unit_std(c)
    return WeightStatistics(c, sigma_m, c / (rho * sigma_m), rho)


@functools.lru_cache(maxsize=256)  # of one law many networks are drawn
def _unit_std(c: float) -> float:
    """σ_m with c · E[sech²(σ_m z)] = 1."""
    # For large σ, E[sech²(σz)] → √(2/π)/σ, so that 2c brackets the root; below, 1 − σ² bounds it.
    return brentq(lambda s: c * mean_slope(s) - 1, 0.0, 2 * c, xtol=1e-15, rtol=1e-14)


@checked(n_neurons=at_least(1), tau_latent=above(0), tau=above(0), rho=RHO)
def design_bistable(
    n_neurons: int, tau_latent: float, tau: float, rho: float, rng: Seed, *, dtype: Any = np.float32
) -> LowRankRNN:
    """A bistable LPU of N = `n_neurons` neurons: (m, n) drawn from :func:`design`, w = m, Δt = τ/2; memory O(N).

    tau_latent, tau, rho: τ_L and τ, ms, and ρ, as there. dtype: float32 or float64.
    With w = m an input u moves the flow map by u along κ.

    >>> bit = design_bistable(10_000, 20.0, 10.0, 0.8, rng=0)
    >>> run = bit.simulate(np.zeros((100, 2, 1)), initial_latents=[[0.1], [-0.1]])
    >>> run.latents[-1, :, 0].round(1)
    array([ 1., -1.], dtype=float32)
    """
    m, n = design(tau_latent, tau, rho).sample(n_neurons, rng, dtype)
    return LowRankRNN(m[:, None], n[:, None], m[:, None], tau=tau, dt=tau / 2)


@checked(
    n_neurons=at_least(1), n_bits=at_least(1), tau_latent=above(0), tau=above(0), rho=RHO, pulse_gain=between(0, 1e12, "(]")
)
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
    """A flip-flop of K = `n_bits` bits without training: K groups of neurons, each a bistable LPU, w = `pulse_gain` · m.

    n_neurons: N, at least one a bit. tau_latent, tau, rho: τ_L and τ, ms, and ρ, as in :func:`design`.
    dtype: float32 or float64.
    Exact as N → ∞. A pulse of ±1 acts on its group as if κ were `pulse_gain` further along, enough to flip it in one step
    of Δt = τ/2. The groups break the rotations that a single Gaussian cloud of (m, n) would have for K > 1.

    >>> pulses = np.zeros((50, 1, 2))
    >>> pulses[0] = [[1, -1]]
    >>> design_flip_flop(20_000, 2, rng=0).simulate(pulses).latents[-1].round(1)
    array([[ 1., -1.]], dtype=float32)
    """
    require(n_neurons >= n_bits, "n_neurons", f"at least one a bit ({n_bits})", n_neurons)
    m, n = design(tau_latent, tau, rho).sample(n_neurons, rng, dtype)
    embedding, encoding = np.zeros((2, n_neurons, n_bits), m.dtype)
    for bit, group in enumerate(np.array_split(np.arange(n_neurons), n_bits)):
        embedding[group, bit] = m[group]
        encoding[group, bit] = n[group] * (n_neurons / len(group))  # κ averages over the group alone
    network = LowRankRNN(embedding, encoding, embedding, tau=tau, dt=tau / 2)
    return replace(network, input_weights=embedding.dtype.type(pulse_gain) * embedding)


@checked(n_neurons=at_least(1, infinite=True), tau_latent=above(0), tau=above(0), rho=RHO)
def growth_rate_error(n_neurons: Any, tau_latent: Any, tau: float, rho: float) -> Any:
    """The relative s.d. of the growth rate over draws: (1 + τ_L/τ) √((1 + ρ⁻²)/N) (A9).

    n_neurons, tau_latent: N, which may be infinite, and τ_L, ms: numbers or arrays (…), broadcast. tau: τ, ms. rho: ρ.

    >>> growth_rate_error([100, 10_000], 100.0, 10.0, 1.0).round(3)
    array([1.556, 0.156])
    """
    joint("tau_latent", tau_latent[..., None], "n_neurons", n_neurons.shape)
    return (1 + np.asarray(tau_latent) / tau) * np.sqrt((1 + rho**-2) / np.asarray(n_neurons))
