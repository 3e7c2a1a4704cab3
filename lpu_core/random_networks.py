"""Random networks: their weights, where rest loses its stability, and how activity lives and nearby trajectories part."""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, require
from lpu_core.networks import FullRankRNN, LowRankRNN


def random_network(n_neurons: int, gain: float, rng: Seed, rank: int | None = None) -> FullRankRNN | LowRankRNN:
    """W_ij ~ N(0, g²/N), W_ii = 0 (M86); with a `rank` R its top R singular triplets, rescaled to the same s.d. (M87)."""
    require(n_neurons >= 2, "n_neurons", "at least 2", n_neurons)
    require(np.isfinite(gain) and gain >= 0, "gain", "a number of at least 0", gain)
    require(rank is None or 1 <= rank <= n_neurons, "rank", f"None or between 1 and {n_neurons}", rank)
    weights = np.random.default_rng(rng).standard_normal((n_neurons, n_neurons)) * (gain / np.sqrt(n_neurons))
    np.fill_diagonal(weights, 0)
    none = np.zeros((n_neurons, 0))
    if rank is None:
        return FullRankRNN(weights, none, none)
    left, values, right = np.linalg.svd(weights)
    embedding, encoding = left[:, :rank] * values[:rank], n_neurons * right[:rank].T
    network = LowRankRNN(embedding, encoding, none)
    return scale_weights(network, weights.std() / network.dense_weights().std() if gain else 1.0)


def scale_weights(network: FullRankRNN | LowRankRNN, factor: float) -> Any:
    """The network with its recurrent weights times `factor`."""
    name = "weights" if isinstance(network, FullRankRNN) else "embedding"
    return replace(network, **{name: factor * getattr(network, name)})


def critical_factor(network: FullRankRNN | LowRankRNN) -> float:
    """The factor on W at which rest loses its stability: the least g > 0 with |1 − α + α g λ| = 1, λ an eigenvalue of W.

    A rank-K network has K eigenvalues that matter, those of NencᵀM/N. For tanh or sin without biases.
    """
    require(network.nonlinearity in ("tanh", "sin") and not network.bias.any(), "network",
             "tanh or sin and no biases", network.nonlinearity)  # fmt: skip
    if isinstance(network, FullRankRNN):
        values = np.linalg.eigvals(network.weights)
    else:
        values = np.linalg.eigvals(network.encoding.T @ network.embedding / network.n_neurons)
    alpha = network.alpha
    a, b, c = np.abs(alpha * values) ** 2, alpha * (1 - alpha) * values.real, (1 - alpha) ** 2 - 1
    with np.errstate(divide="ignore"):
        roots = -c / (b + np.sqrt(b**2 - a * c))  # of a g² + 2 b g + c, in the form that survives a = 0
    return float(roots[roots > 0].min())


def _quiet(network: FullRankRNN | LowRankRNN, rates: Float[Array, "B N"], n_steps: int) -> Any:
    """The rates over `n_steps` without input, (T, B, N)."""
    inputs = np.zeros((n_steps, len(rates), network.n_inputs), network.dtype)
    return network.simulate(inputs, initial_rates=rates, record_rates=True).rates


def _run(network: FullRankRNN | LowRankRNN, rates: Float[Array, "B N"], n_steps: int) -> Float[Array, "B N"]:
    """The rates after `n_steps` without input."""
    while n_steps > 0:  # in pieces: a simulation records all of its T × N numbers
        rates = _quiet(network, rates, min(n_steps, 50))[-1]
        n_steps -= 50
    return rates


def spontaneous_rates(
    network: FullRankRNN | LowRankRNN, n_trials: int, n_steps: int, rng: Seed, *, n_transient: int = 300
) -> Float[Array, "S N"]:
    """Rates without input, (n_trials · n_steps, N), trial by trial, after `n_transient` steps from starts of N(0, 1)."""
    require(n_trials >= 1, "n_trials", "at least 1", n_trials)
    require(n_steps >= 1, "n_steps", "at least 1", n_steps)
    require(n_transient >= 0, "n_transient", "at least 0", n_transient)
    start = _run(network, np.random.default_rng(rng).standard_normal((n_trials, network.n_neurons)), n_transient)
    return _quiet(network, start, n_steps).transpose(1, 0, 2).reshape(-1, network.n_neurons)


def divergence(
    network: FullRankRNN | LowRankRNN, n_steps: int, rng: Seed, *, perturbation: float = 1e-6, n_transient: int = 200
) -> float:
    """How fast nearby trajectories part, per ms, without input: the largest Lyapunov exponent as n_steps → ∞.

    After `n_transient` steps from rates of N(0, 1), a copy is shifted by `perturbation` (rms); every 10 steps their distance
    is noted and set back. The mean of the logarithms of what it has grown by.
    """
    require(n_steps >= 10, "n_steps", "at least 10", n_steps)
    require(n_transient >= 0, "n_transient", "at least 0", n_transient)
    require(perturbation > 0, "perturbation", "above 0", perturbation)
    rng = np.random.default_rng(rng)
    rates, shift = rng.standard_normal((2, 1, network.n_neurons))
    rates = _run(network, rates, n_transient)
    size = perturbation * np.sqrt(network.n_neurons)
    shift *= size / np.linalg.norm(shift)
    growth = []
    for _ in range(n_steps // 10):
        pair = _run(network, np.concatenate([rates, rates + shift]), 10)
        rates, shift = pair[:1], pair[1:] - pair[:1]
        growth.append(np.log(np.linalg.norm(shift) / size))
        shift *= size / np.linalg.norm(shift)
    return float(np.mean(growth) / (10 * network.dt))


def sustaining_factor(
    network: FullRankRNN | LowRankRNN, rng: Seed, low: float = 0.5, high: float = 2.0, *, n_steps: int = 2000
) -> float:
    """The factor on W above which activity outlives `n_steps` steps without input, by bisection to 0.5 %.

    Alive: an rms rate above 0.01, from a start of N(0, 1). Raises ValueError where it lives at `low` or dies at `high`.
    """
    start = np.random.default_rng(rng).standard_normal((1, network.n_neurons))

    def alive(factor: float) -> bool:
        return float(np.sqrt(np.mean(_run(scale_weights(network, factor), start, n_steps) ** 2))) > 0.01

    require(0 < low < high, "low, high", "0 < low < high", (low, high))
    require(not alive(low), "low", "a factor at which activity dies", low)
    require(alive(high), "high", "a factor at which activity lives", high)
    while high / low > 1.005:
        middle = np.sqrt(low * high)
        low, high = (low, middle) if alive(middle) else (middle, high)
    return float(np.sqrt(low * high))
