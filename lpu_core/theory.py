"""Theory: flows to imitate, and LPUs fitted to them by least squares (Theorem 1)."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, array, at_least, checked, floats, frozen, require, times
from lpu_core.networks import LowRankRNN
from lpu_core.nonlinearities import Nonlinearity
from lpu_core.nonlinearities import nonlinearity as named
from lpu_core.subspace import ridge_encoding
from lpu_core.system import LatentSystem

Flow = Callable[[Array], Array]
"""G: latent states (…, K) → dκ/dt (…, K), per ms."""


def _states(kappa: Any, size: int | None = None) -> Array:
    """Latent states (…, K) for a flow of K = `size` latent variables. A state that ran away to infinity may stand there."""
    states = array("kappa", kappa)
    fits = states.ndim > 0 and (size is None or states.shape[-1] == size) and states.dtype.kind in "iubf"
    require(fits, "kappa", f"real numbers of shape (…, {size or 'K'})", f"{states.dtype} of shape {states.shape}")
    return states


@checked(unit=above(0))
def van_der_pol(mu: float = 1.0, unit: float = 100.0) -> Flow:
    """The Van der Pol oscillator: dx/dt = y, dy/dt = μ(1 − x²)y − x, with `unit` ms to a unit of its time. mu: μ.

    >>> van_der_pol()(np.array([2.0, 1.0]))
    array([ 0.01, -0.05])
    """

    def flow(kappa: Array) -> Array:
        kappa = _states(kappa, 2)
        x, y = kappa[..., 0], kappa[..., 1]
        return np.stack([y, mu * (1 - x**2) * y - x], axis=-1) / unit

    return flow


@checked(unit=above(0), scale=above(0))
def lorenz(unit: float = 400.0, scale: float = 20.0) -> Flow:
    """The Lorenz system (σ = 10, ρ = 28, β = 8/3), its states divided by `scale` and z centred at 25.

    unit: ms to a unit of its time.

    >>> lorenz()(np.array([0.0, 0.1, 0.0])).round(5)
    array([ 0.0025 , -0.00025, -0.00833])
    """

    def flow(kappa: Array) -> Array:
        x, y, z = np.moveaxis(scale * _states(kappa, 3), -1, 0)
        z = z + 25
        return np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], axis=-1) / (scale * unit)

    return flow


@checked(unit=above(0))
def ring_attractor(unit: float = 100.0) -> Flow:
    """A ring of fixed points: dκ/dt = κ(1 − ‖κ‖²), with `unit` ms to a unit of its time.

    >>> ring_attractor()(np.array([[0.6, 0.8], [1.2, 1.6]])).round(3)
    array([[ 0.   ,  0.   ],
           [-0.036, -0.048]])
    """

    def flow(kappa: Array) -> Array:
        kappa = _states(kappa)
        return kappa * (1 - np.square(kappa).sum(-1, keepdims=True)) / unit

    return flow


@checked()
def switching_linear(matrices: Float[Array, "2 K K"], offsets: Float[Array, "2 K"]) -> Flow:
    """The deterministic limit of an rSLDS (M25): dκ/dt = A_z κ + c_z with z = 1 where κ_1 > 0, else 0.

    matrices: A, (2, K, K), per ms. offsets: c, (2, K), per ms.

    >>> switching_linear([[[-1.0]], [[-1.0]]], [[-1.0], [1.0]])(np.array([[-0.5], [0.5]]))  # to −1 or to 1
    array([[-0.5],
           [ 0.5]])
    """
    require(offsets.shape[1] > 0, "offsets", "at least one latent variable", offsets.shape)
    matrices, offsets = frozen(matrices), frozen(offsets)

    def flow(kappa: Array) -> Array:
        kappa = _states(kappa, offsets.shape[1])
        z = (kappa[..., 0] > 0).astype(int)
        return np.einsum("...kj,...j->...k", matrices[z], kappa) + offsets[z]

    return flow


def _box(low: Array, high: Array) -> None:
    """Raise where the box [low, high] has no inside, or none that can be measured."""
    with np.errstate(over="ignore"):
        good = len(low) > 0 and (low < high).all() and np.isfinite(high - low).all()
    require(good, "high", f"above low = {low}", high)


def _uniform(rng: np.random.Generator, n: int, low: Array, high: Array) -> Array:
    return rng.uniform(low, high, (n, len(low)))


def _values(flow: Flow, states: Array, n_latents: int) -> Array:
    shape = (len(states), n_latents)
    expected = f"values of shape {shape}"
    values = array("flow", flow(states), expected)
    require(values.shape == shape, "flow", expected, values.shape)
    return floats("flow", values, shape)


@checked(n_neurons=at_least(1), n_inputs=at_least(0), gain=above(0), ridge=above(0), n_samples=at_least(1))
def fit_flow(
    flow: Flow,
    low: Float[Array, " K"],
    high: Float[Array, " K"],
    n_neurons: int,
    rng: Seed,
    *,
    n_inputs: int = 0,
    tau: float = 10.0,
    dt: float = 1.0,
    gain: float = 3.0,
    ridge: float = 1e-9,
    n_samples: int | None = None,
    nonlinearity: Nonlinearity = "tanh",
    bend: float = 0.0,
) -> LowRankRNN:
    """An LPU of N neurons that follows dκ/dt = `flow` on the box [low, high]: Theorem 1, made by least squares.

    low, high: the box's corners, (K,). n_neurons: N. n_inputs: D; where it isn't 0 the box is one of κ and u, (K + D,), and
    `flow` maps such states (…, K + D) to dκ/dt (…, K). tau, dt: τ and Δt, ms. gain: steepness of the tuning curves across
    the box. ridge: λ, added to the diagonal of the rates' mean squares. nonlinearity: φ. bend: the current at which φ bends.
    m, w and b are drawn, so that each neuron's tuning curve bends somewhere in the box, and are never trained; n solves the
    ridge regression Nencᵀ φ(Mκ + W_in u + b)/N ≈ κ + τ G(κ, u) over `n_samples` states (ten a neuron unless told). Raises
    ValueError for a box that is empty or a flow of another shape.

    >>> ring = fit_flow(ring_attractor(), [-1.5, -1.5], [1.5, 1.5], 200, rng=0)
    >>> run = ring.simulate(np.zeros((1000, 1, 0)), initial_latents=[[0.03, 0.04]])
    >>> run.latents[-1].round(2)
    array([[0.6, 0.8]])
    """
    _box(low, high)
    times(tau, dt)
    rng = np.random.default_rng(rng)
    k = len(low) - n_inputs
    require(k > 0, "n_inputs", f"fewer than the box's {len(low)} coordinates", n_inputs)
    half = (high - low) / 2
    weights = gain * rng.standard_normal((n_neurons, len(low))) / (half * np.sqrt(len(low)))
    bends = _uniform(rng, n_neurons, low, high)
    bias = bend - (weights * bends).sum(1)
    states = _uniform(rng, 10 * n_neurons if n_samples is None else n_samples, low, high)
    wanted = states[:, :k] + tau * _values(flow, states, k)
    rates = named(nonlinearity)(states @ weights.T + bias)
    encoding = ridge_encoding(rates, wanted, ridge)
    return LowRankRNN(weights[:, :k], encoding, weights[:, k:], bias, tau, dt, nonlinearity)


@checked(n_samples=at_least(1))
def flow_error(
    network: LatentSystem, flow: Flow, low: Float[Array, " K"], high: Float[Array, " K"], rng: Seed, n_samples: int = 2000
) -> float:
    """The root mean square of dκ/dt − G(κ), G being `flow`, over `n_samples` fresh states, relative to that of G.

    low, high: corners of the box of the states, (K,), or of states and inputs, (K + D,), as in :func:`fit_flow`. Raises
    ValueError for a box that is empty, of another K than the network, or in which G is 0 everywhere.

    >>> box = [-1.5, -1.5], [1.5, 1.5]
    >>> [flow_error(fit_flow(ring_attractor(), *box, n, rng=0), ring_attractor(), *box, rng=1) < 0.01 for n in (20, 200)]
    [False, True]
    """
    k = network.n_latents
    both = k + network.n_inputs
    shapes = f"({k},), as the network's latents" + (f", or ({both},), with its inputs" if both > k else "")
    require(len(low) in (k, both), "low", f"shape {shapes}", low.shape)
    _box(low, high)
    states = _uniform(np.random.default_rng(rng), n_samples, low, high)
    target = _values(flow, states, k)
    require(target.any(), "flow", "a flow that is not 0 everywhere in the box", 0)
    got = network.flow(states[:, :k], states[:, k:] if len(low) > k else None)
    return float(np.sqrt(np.square(got - target).sum() / np.square(target).sum()))


@checked(n_steps=at_least(0), dt=above(0))
def orbit(flow: Flow, start: Float[Array, " K"], n_steps: int, dt: float = 1.0) -> Float[Array, "S K"]:
    """The states κ(0), …, κ(T Δt) of dκ/dt = `flow` in Euler's steps, (T + 1, K): what an LPU with that flow would do.

    start: κ(0), (K,). n_steps: T. dt: Δt, ms; unless told, that of :func:`fit_flow`. Raises ValueError for a flow of another
    shape.

    >>> orbit(lambda kappa: -kappa / 10, [1.0, 2.0], 3).round(3)
    array([[1.   , 2.   ],
           [0.9  , 1.8  ],
           [0.81 , 1.62 ],
           [0.729, 1.458]])
    """
    states = np.empty((n_steps + 1, len(start)))
    states[0] = start
    _values(flow, states[:1], len(start))
    for now, after in pairwise(states):
        after[:] = now + dt * flow(now)
    return states


@checked(flow_error=at_least(0), lipschitz=at_least(0), duration=at_least(0))
def trajectory_bound(flow_error: float, lipschitz: float, duration: Any) -> Any:
    """How far trajectories from one start may part by the time t, Grönwall's ε (e^{Lt} − 1)/L, or ε t where L = 0.

    flow_error: ε, the largest ‖Ĝ − G‖ between two flows where the trajectories are, per ms. lipschitz: L of either, per ms.
    duration: t, ms, a number or an array. Of steps of Euler's method it is a bound as well.

    >>> trajectory_bound(0.001, 0.01, [0.0, 100.0]).round(3)
    array([0.   , 0.172])
    """
    t = np.asarray(duration, np.float64)
    return flow_error * (np.expm1(lipschitz * t) / lipschitz if lipschitz else t)
