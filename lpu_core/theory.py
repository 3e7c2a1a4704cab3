"""Theory: flows to imitate, and LPUs fitted to them by least squares (Theorem 1)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, floats, require, times
from lpu_core.networks import LowRankRNN
from lpu_core.subspace import ridge_encoding

Flow = Callable[[Array], Array]
"""G: latent states (…, K) → dκ/dt (…, K), per ms."""


def van_der_pol(mu: float = 1.0, unit: float = 100.0) -> Flow:
    """The Van der Pol oscillator: dx/dt = y, dy/dt = μ(1 − x²)y − x, with `unit` ms to a unit of its time."""

    def flow(kappa: Array) -> Array:
        x, y = kappa[..., 0], kappa[..., 1]
        return np.stack([y, mu * (1 - x**2) * y - x], axis=-1) / unit

    return flow


def lorenz(unit: float = 400.0, scale: float = 20.0) -> Flow:
    """The Lorenz system (σ = 10, ρ = 28, β = 8/3), its states divided by `scale` and z centred at 25."""

    def flow(kappa: Array) -> Array:
        x, y, z = np.moveaxis(scale * kappa, -1, 0)
        z = z + 25
        return np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], axis=-1) / (scale * unit)

    return flow


def ring_attractor(unit: float = 100.0) -> Flow:
    """A ring of fixed points: dκ/dt = κ(1 − ‖κ‖²)."""
    return lambda kappa: kappa * (1 - np.square(kappa).sum(-1, keepdims=True)) / unit


def switching_linear(matrices: Float[Array, "Z K K"], offsets: Float[Array, "Z K"]) -> Flow:
    """The deterministic limit of an rSLDS (M25): dκ/dt = A_z κ + c_z with z = 1 where κ_1 > 0, else 0."""
    require(len(matrices) == len(offsets) == 2, "matrices", "two, as offsets", (len(matrices), len(offsets)))

    def flow(kappa: Array) -> Array:
        z = (kappa[..., 0] > 0).astype(int)
        return np.einsum("...kj,...j->...k", matrices[z], kappa) + offsets[z]

    return flow


def _uniform(rng: np.random.Generator, n: int, low: Array, high: Array) -> Array:
    return rng.uniform(low, high, (n, len(low)))


def _values(flow: Flow, states: Array) -> Array:
    values = flow(states)
    require(np.shape(values) == states.shape, "flow", f"values of shape {states.shape}", np.shape(values))
    return floats("flow", values, states.shape)


def fit_flow(
    flow: Flow,
    low: Any,
    high: Any,
    n_neurons: int,
    rng: Seed,
    *,
    tau: float = 10.0,
    dt: float = 1.0,
    gain: float = 3.0,
    ridge: float = 1e-9,
    n_samples: int | None = None,
) -> LowRankRNN:
    """An LPU of N tanh neurons that follows dκ/dt = `flow` on the box [low, high] (K,): Theorem 1, made by least squares.

    m and b are drawn, so that each neuron's tuning curve bends somewhere in the box, and are never trained; n solves the
    ridge regression Nencᵀ φ(Mκ + b)/N ≈ κ + τ G(κ) over `n_samples` states (ten a neuron unless told). gain: steepness of
    the tuning curves across the box. Raises ValueError for a box that is empty or a flow of another shape.
    """
    low, high = floats("low", low, (None,)), floats("high", high, (None,))
    require(low.shape == high.shape and (low < high).all(), "high", f"above low = {low}", high)
    require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    require(n_samples is None or n_samples >= 1, "n_samples", "at least 1", n_samples)
    require(gain > 0, "gain", "above 0", gain)
    require(ridge > 0, "ridge", "above 0", ridge)
    times(tau, dt)
    rng = np.random.default_rng(rng)
    k, half = len(low), (high - low) / 2
    embedding = gain * rng.standard_normal((n_neurons, k)) / (half * np.sqrt(k))
    bends = _uniform(rng, n_neurons, low, high)
    bias = -(embedding * bends).sum(1)
    states = _uniform(rng, 10 * n_neurons if n_samples is None else n_samples, low, high)
    wanted = states + tau * _values(flow, states)
    rates = np.tanh(states @ embedding.T + bias)
    return LowRankRNN(embedding, ridge_encoding(rates, wanted, ridge), np.zeros((n_neurons, 0)), bias, tau, dt)


def flow_error(network: LowRankRNN, flow: Flow, low: Any, high: Any, rng: Seed, n_samples: int = 2000) -> float:
    """The root mean square of dκ/dt − G(κ) over fresh states in the box, relative to that of G."""
    states = _uniform(np.random.default_rng(rng), n_samples, np.asarray(low, float), np.asarray(high, float))
    target = _values(flow, states)
    return float(np.sqrt(np.square(network.flow(states) - target).sum() / np.square(target).sum()))
