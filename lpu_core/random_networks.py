"""Random networks: their weights, where rest loses its stability, and how activity lives and nearby trajectories part."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, between, checked, require
from lpu_core.networks import FullRankRNN, LowRankRNN
from lpu_core.networks.base import finite

Recurrent = TypeVar("Recurrent", bound=FullRankRNN | LowRankRNN)


@checked(n_neurons=at_least(2), gain=between(0, 1e100, "[)"))
def random_network(n_neurons: int, gain: float, rng: Seed, rank: int | None = None) -> FullRankRNN | LowRankRNN:
    """W_ij ~ N(0, g²/N), W_ii = 0 (M86); with a `rank` R its top R singular triplets, rescaled to the same s.d. (M87).

    n_neurons: N. gain: g. Networks of full rank without a `rank`, of rank R with one; tanh, no inputs, no latents read out
    of the full ones.

    >>> random_network(50, 1.5, rng=0, rank=3).n_latents
    3
    """
    require(rank is None or 1 <= rank <= n_neurons, "rank", f"None or between 1 and {n_neurons}", rank)
    require(gain == 0 or gain > 1e-100, "gain", "0, or a number above 1e-100, whose square is one", gain)
    weights = np.random.default_rng(rng).standard_normal((n_neurons, n_neurons)) * (gain / np.sqrt(n_neurons))
    np.fill_diagonal(weights, 0)
    none = np.zeros((n_neurons, 0))
    if rank is None:
        return FullRankRNN(weights, none, none)
    left, values, right = np.linalg.svd(weights)
    embedding, encoding = left[:, :rank] * values[:rank], n_neurons * right[:rank].T
    network = LowRankRNN(embedding, encoding, none)
    return scale_weights(network, weights.std() / network.dense_weights().std() if gain else 1.0)


@checked()
def scale_weights(network: Recurrent, factor: float) -> Recurrent:
    """The `network` with its recurrent weights W times `factor`.

    >>> network = random_network(50, 1.5, rng=0)
    >>> bool(np.allclose(scale_weights(network, 2.0).weights, 2 * network.weights))
    True
    """
    if isinstance(network, FullRankRNN):
        return replace(network, weights=factor * network.weights)
    return replace(network, embedding=factor * network.embedding)


@checked()
def critical_factor(network: FullRankRNN | LowRankRNN) -> float:
    """The factor on W at which rest loses its stability: the least g > 0 with |1 − α + α g λ| = 1, λ an eigenvalue of W.

    A rank-K network has K eigenvalues that matter, those of NencᵀM/N. For tanh or sin without biases; ValueError for other
    networks. Infinite where all eigenvalues are 0.

    >>> n = np.array([[1.0], [1.0]])
    >>> critical_factor(LowRankRNN(n, n, n))  # W has the eigenvalues 1 and 0
    1.0
    """
    usable = network.nonlinearity in ("tanh", "sin") and not network.bias.any()
    require(usable, "network", "tanh or sin and no biases", network.nonlinearity)
    if isinstance(network, FullRankRNN):
        values = np.linalg.eigvals(network.weights)
    else:
        values = np.linalg.eigvals(network.encoding.T @ network.embedding / network.n_neurons)
    alpha = network.alpha
    a, b, c = np.abs(alpha * values) ** 2, alpha * (1 - alpha) * values.real, (1 - alpha) ** 2 - 1
    with np.errstate(divide="ignore"):
        roots = -c / (b + np.sqrt(b**2 - a * c))  # of a g² + 2 b g + c, in the form that survives a = 0
    return float(roots[roots > 0].min(initial=np.inf))


# ------------------------------------------------------------------ activity without input


def _quiet(network: FullRankRNN | LowRankRNN, rates: Float[Array, "B N"], n_steps: int) -> Float[Array, "T B N"]:
    """The rates over `n_steps` without input."""
    inputs = np.zeros((n_steps, len(rates), network.n_inputs), network.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        found = network.simulate(inputs, initial_rates=rates, record_rates=True).rates
    assert found is not None
    finite(found[-1])
    return found


def _run(network: FullRankRNN | LowRankRNN, rates: Float[Array, "B N"], n_steps: int) -> Float[Array, "B N"]:
    """The rates after `n_steps` without input."""
    while n_steps > 0:  # in pieces: a simulation records all of its T × N numbers
        rates = _quiet(network, rates, min(n_steps, 50))[-1]
        n_steps -= 50
    return rates


@checked(n_trials=at_least(1), n_steps=at_least(1), n_transient=at_least(0))
def spontaneous_rates(
    network: FullRankRNN | LowRankRNN, n_trials: int, n_steps: int, rng: Seed, *, n_transient: int = 300
) -> Float[Array, "S N"]:
    """Rates without input, (n_trials · n_steps, N), trial by trial, after `n_transient` steps from starts of N(0, 1).

    Raises ValueError where they outgrow all numbers, as they may without a bound on φ.

    >>> spontaneous_rates(random_network(50, 2.0, rng=0), n_trials=2, n_steps=10, rng=1).shape
    (20, 50)
    """
    start = _run(network, np.random.default_rng(rng).standard_normal((n_trials, network.n_neurons)), n_transient)
    return _quiet(network, start, n_steps).transpose(1, 0, 2).reshape(-1, network.n_neurons)


@checked(n_steps=at_least(10), perturbation=between(0, 1, "()"), n_transient=at_least(0))
def divergence(
    network: FullRankRNN | LowRankRNN, n_steps: int, rng: Seed, *, perturbation: float = 1e-6, n_transient: int = 200
) -> float:
    """How fast nearby trajectories part, per ms, without input: the largest Lyapunov exponent as n_steps → ∞.

    After `n_transient` steps from rates of N(0, 1), a copy is shifted by `perturbation` (rms); every 10 of `n_steps` their
    distance is noted and set back. The mean of the logarithms of what it has grown by; −∞ where they meet. In float64,
    whatever the network's precision: float32 does not hold such a distance.

    >>> unconnected = random_network(50, 0.0, rng=0)
    >>> round(divergence(unconnected, n_steps=50, rng=1), 4), round(float(np.log(0.5)) / 5, 4)  # the leak alone
    (-0.1386, -0.1386)
    """
    if network.dtype != np.float64:
        network = network.astype(np.float64)
    rng = np.random.default_rng(rng)
    rates, shift = rng.standard_normal((2, 1, network.n_neurons))
    rates = _run(network, rates, n_transient)
    size = perturbation * np.sqrt(network.n_neurons)
    shift *= size / np.linalg.norm(shift)
    held = np.linalg.norm(rates + shift - rates) / size
    require(abs(held - 1) < 0.01, "perturbation", "a shift that float64 can tell from none", perturbation)
    growth = []
    for _ in range(n_steps // 10):
        pair = _run(network, np.concatenate([rates, rates + shift]), 10)
        rates, shift = pair[:1], pair[1:] - pair[:1]
        distance = np.linalg.norm(shift)
        if distance == 0:
            return -np.inf
        growth.append(np.log(distance / size))
        shift *= size / distance
    return float(np.mean(growth) / (10 * network.dt))


@checked(low=above(0), high=above(0), n_steps=at_least(1))
def sustaining_factor(
    network: FullRankRNN | LowRankRNN, rng: Seed, low: float = 0.5, high: float = 2.0, *, n_steps: int = 2000
) -> float:
    """The factor on W above which activity outlives `n_steps` steps without input, between `low` and `high`.

    By bisection to 0.5 %. Alive: an rms rate above 0.01, from a start of N(0, 1). Raises ValueError where it lives at `low`
    or dies at `high`.

    >>> network = random_network(50, 1.0, rng=0)
    >>> round(sustaining_factor(network, rng=1) / critical_factor(network), 1)
    1.0
    """
    require(low < high, "low, high", "low < high", (low, high))
    start = np.random.default_rng(rng).standard_normal((1, network.n_neurons))

    def alive(factor: float) -> bool:
        return float(np.sqrt(np.mean(_run(scale_weights(network, factor), start, n_steps) ** 2))) > 0.01

    require(not alive(low), "low", "a factor at which activity dies", low)
    require(alive(high), "high", "a factor at which activity lives", high)
    while high / low > 1.005:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if alive(middle) else (middle, high)
    return float(np.sqrt(low * high))
