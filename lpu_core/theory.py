"""Theory: flows to imitate, LPUs fitted to them by least squares (Theorem 1), and how BPTT fares with N."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.networks import Array, LowRankRNN, Seed, _as_floats, _check_times, _require
from lpu_core.tasks import FlipFlop
from lpu_core.training import Descent, Diverged, train_full_rank

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
    _require(len(matrices) == len(offsets) == 2, "matrices", "two, as offsets", (len(matrices), len(offsets)))

    def flow(kappa: Array) -> Array:
        z = (kappa[..., 0] > 0).astype(int)
        return np.einsum("...kj,...j->...k", matrices[z], kappa) + offsets[z]

    return flow


def _uniform(rng: np.random.Generator, n: int, low: Array, high: Array) -> Array:
    return rng.uniform(low, high, (n, len(low)))


def _values(flow: Flow, states: Array) -> Array:
    values = flow(states)
    _require(np.shape(values) == states.shape, "flow", f"values of shape {states.shape}", np.shape(values))
    return _as_floats("flow", values, states.shape)


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
    low, high = _as_floats("low", low, (None,)), _as_floats("high", high, (None,))
    _require(low.shape == high.shape and (low < high).all(), "high", f"above low = {low}", high)
    _require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    _require(n_samples is None or n_samples >= 1, "n_samples", "at least 1", n_samples)
    _require(gain > 0, "gain", "above 0", gain)
    _require(ridge > 0, "ridge", "above 0", ridge)
    _check_times(tau, dt)
    rng = np.random.default_rng(rng)
    k, half = len(low), (high - low) / 2
    embedding = gain * rng.standard_normal((n_neurons, k)) / (half * np.sqrt(k))
    bends = _uniform(rng, n_neurons, low, high)
    bias = -(embedding * bends).sum(1)
    states = _uniform(rng, 10 * n_neurons if n_samples is None else n_samples, low, high)
    wanted = states + tau * _values(flow, states)
    rates = np.tanh(states @ embedding.T + bias)
    return LowRankRNN(embedding, ridge_encoding(rates, wanted, ridge), np.zeros((n_neurons, 0)), bias, tau, dt)


def ridge_encoding(rates: Float[Array, "S N"], wanted: Float[Array, "S K"], ridge: float) -> Float[Array, "N K"]:
    """n, (N, K), of the ridge regression Nencᵀ r/N ≈ `wanted` over S samples of the rates."""
    samples, n = rates.shape
    gram = rates.T @ rates / samples + ridge * np.eye(n)
    return n * np.linalg.solve(gram, rates.T @ wanted / samples)


def flow_error(network: LowRankRNN, flow: Flow, low: Any, high: Any, rng: Seed, n_samples: int = 2000) -> float:
    """The root mean square of dκ/dt − G(κ) over fresh states in the box, relative to that of G."""
    states = _uniform(np.random.default_rng(rng), n_samples, np.asarray(low, float), np.asarray(high, float))
    target = _values(flow, states)
    return float(np.sqrt(np.square(network.flow(states) - target).sum() / np.square(target).sum()))


def learning_curves(
    task: FlipFlop, n_neurons: int, learning_rates: Sequence[float], seeds: Sequence[int], descent: Descent
) -> Float[Array, "rates epochs E"]:
    """The losses of BPTT at each learning rate (Fig. S1B): plain Adam, no clipping, no early stop; E = len(seeds).

    A rate at which some network's loss stops being finite has infinite losses throughout.
    """
    plain = replace(descent, clip=np.inf, target_accuracy=2.0)
    curves = np.full((len(learning_rates), descent.n_epochs, len(seeds)), np.inf, np.float32)
    for curve, rate in zip(curves, learning_rates, strict=True):
        with contextlib.suppress(Diverged):
            curve[:] = train_full_rank(task, n_neurons, seeds, descent=replace(plain, learning_rate=rate)).losses
    return curves


def largest_converging_rate(learning_rates: Sequence[float], curves: Float[Array, "rates epochs E"]) -> float:
    """The largest learning rate that halves the loss, from the first epoch to the last tenth of them; 0 if none does.

    The criterion is ours: the paper's is lost.
    """
    tail = max(1, curves.shape[1] // 10)
    halved = curves[:, -tail:].mean((1, 2)) < curves[:, 0].mean(1) / 2
    return float(max(np.asarray(learning_rates)[halved], default=0.0))
