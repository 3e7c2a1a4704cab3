"""Surgery on neurons: take some, append others, scale them, drift them. Per-neuron weights are handled here alone.

κ = Nencᵀ r/N averages over all neurons, so whoever changes their number says what becomes of the old encoding weights.
"""

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from lpu_core.check import Array, Seed, array, at_least, between, cast, checked, floats, require, shown, whole
from lpu_core.networks import LowRankRNN
from lpu_core.networks.low_rank import LowRankWeights

N = TypeVar("N", bound=LowRankWeights)


@checked()
def take(network: N, neurons: Any, shares: Any = 1.0) -> N:
    """The network of the chosen `neurons` (indices, which may repeat, or a mask), their encoding weights times `shares`.

    shares: (N_new,), or one number for all. The average over neurons is now one over these: with shares of 1, 1/N becomes
    one over their number.

    >>> from lpu_core import LowRankRNN
    >>> take(LowRankRNN([[1.0], [2.0], [3.0]], np.ones((3, 1)), np.zeros((3, 0))), [2, 0]).embedding
    array([[3.],
           [1.]])
    """
    rows = indices(neurons, network.n_neurons)
    require(rows.size > 0, "neurons", "at least one", neurons)
    parts: dict[str, Any] = {name: getattr(network, name)[rows] for name in network.PER_NEURON}
    weight = for_each("shares", shares, len(rows), network.dtype)
    return replace(network, **parts | {"encoding": parts["encoding"] * weight[:, None]})


@checked(n_neurons=at_least(1))
def indices(neurons: Any, n_neurons: int, name: str = "neurons") -> Array:
    """Which of N = `n_neurons` neurons are meant by `neurons`, a mask (N,) or indices, as indices; errors call them `name`.

    >>> indices([False, True, True], 3)
    array([1, 2])
    """
    rows = array(name, neurons, f"indices from 0 to {n_neurons - 1}, or a mask")
    if rows.dtype == bool and rows.shape == (n_neurons,):
        return np.flatnonzero(rows)
    if rows.size == 0 and rows.ndim == 1:
        return np.zeros(0, int)
    good = rows.ndim == 1 and rows.dtype.kind in "iu" and 0 <= rows.min() <= rows.max() < n_neurons
    require(good, name, f"indices from 0 to {n_neurons - 1}, or a mask", shown(neurons))
    return rows


@checked(n_neurons=at_least(0))
def append(network: N, n_neurons: int, **weights: Any) -> N:
    """The network with `n_neurons` more, of these `weights`, by the names of its fields; those not named are 0.

    Old and new encoding weights grow by N_new/N, so that the sum that κ is over the old neurons stays what it was, and a new
    one enters as if it had been among N.

    >>> from lpu_core import LowRankRNN
    >>> append(LowRankRNN([[1.0]], [[1.0]], np.zeros((1, 0))), 1, embedding=[[5.0]]).encoding
    array([[2.],
           [0.]])
    """
    total = network.n_neurons + n_neurons
    unknown = sorted(set(weights) - set(network.PER_NEURON))
    require(not unknown, "weights", f"some of {network.PER_NEURON}", unknown)
    parts: dict[str, Any] = {}
    for name in network.PER_NEURON:
        old = getattr(network, name)
        new = weights.get(name, np.zeros((n_neurons, *old.shape[1:])))
        new = floats(name, cast(name, new, network.dtype), (n_neurons, *old.shape[1:]))
        parts[name] = np.concatenate([old, new])
    parts["encoding"] = parts["encoding"] * network.dtype.type(total / network.n_neurons)
    return replace(network, **parts)


@checked()
def append_latents(network: N, embedding: Any, encoding: Any) -> N:
    """The network with further latent variables, behind the old ones: columns (N, P) of m and of n.

    embedding, encoding: those columns.

    >>> from lpu_core import LowRankRNN
    >>> append_latents(LowRankRNN([[1.0]], [[1.0]], np.zeros((1, 0))), [[2.0]], [[3.0]]).embedding
    array([[1., 2.]])
    """
    columns = [floats(name, cast(name, value, network.dtype), (network.n_neurons, None))
               for name, value in (("embedding", embedding), ("encoding", encoding))]  # fmt: skip
    require(columns[0].shape == columns[1].shape, "encoding", f"shape {columns[0].shape}, as embedding", columns[1].shape)
    wide: dict[str, Any] = {name: np.concatenate([getattr(network, name), new], axis=1)
            for name, new in zip(("embedding", "encoding"), columns, strict=True)}  # fmt: skip
    return replace(network, **wide)


@checked()
def modulated(network: N, gains: Any = 1.0, biases: Any = 0.0) -> N:
    """The network whose neuron i hears g_i times what it heard, and β_i more: φ(g_i (m_i·κ + w_i·u + β⁰_i) + β_i).

    gains, biases: g and β, (N,) each or one number for all. The encoding weights stay as they are.

    >>> from lpu_core import LowRankRNN
    >>> net = LowRankRNN([[1.0]], [[1.0]], np.zeros((1, 0)))
    >>> modulated(net, gains=2.0, biases=0.5).tuning([1.0]) == np.tanh(2.5)
    array([ True])
    """
    g, beta = (for_each(name, value, network.n_neurons, network.dtype)
               for name, value in (("gains", gains), ("biases", biases)))  # fmt: skip
    return replace(
        network,
        embedding=g[:, None] * network.embedding,
        input_weights=g[:, None] * network.input_weights,
        bias=g * network.bias + beta,
    )


@checked()
def drifted(network: N, drift: Any) -> N:
    """The network with the embedding M + ΔM and all else as before (M74); `drift`: ΔM, (N, K).

    >>> from lpu_core import LowRankRNN
    >>> drifted(LowRankRNN([[1.0]], [[1.0]], np.zeros((1, 0))), [[0.25]]).embedding
    array([[1.25]])
    """
    return replace(network, embedding=network.embedding + drift_of(network, drift))


@checked()
def drift_of(network: LowRankWeights, drift: Any) -> Array:
    """ΔM, a `drift`, as an (N, K) array of the network's precision.

    >>> from lpu_core import LowRankRNN
    >>> drift_of(LowRankRNN([[1.0]], [[1.0]], np.zeros((1, 0))), [[1]])
    array([[1.]])
    """
    return floats("drift", cast("drift", drift, network.dtype), network.embedding.shape)


@checked(n_neurons=at_least(1))
def resample(network: LowRankRNN, n_neurons: int, rng: Seed) -> LowRankRNN:
    """A larger network with the very same LPU: the old neurons, and more drawn from them with replacement.

    n_neurons: N, how many there are then.

    A neuron that now stands there c times gets n · N/(N_old c). Then the mean over its copies is its old share of κ, so that
    flow, outputs and tuning are exactly what they were.

    >>> from lpu_core import LowRankRNN
    >>> net = LowRankRNN([[1.0], [2.0]], [[1.0], [3.0]], np.zeros((2, 0)))
    >>> abs(resample(net, 1000, rng=0).flow([0.5]) - net.flow([0.5])).round(12)
    array([0.])
    """
    old = network.n_neurons
    require(n_neurons >= old, "n_neurons", f"at least the {old} there are", n_neurons)
    rows = np.concatenate([np.arange(old), np.random.default_rng(rng).integers(old, size=n_neurons - old)])
    return take(network, rows, n_neurons / (old * np.bincount(rows)[rows]))


@checked()
def observe(network: LowRankRNN, n_observed: Any, rng: Seed) -> LowRankRNN:
    """The network rebuilt from `n_observed` of its neurons, chosen without replacement, all equally likely (A11, A12).

    Each neuron keeps its weights, input and bias; the class's own 1/N is 1/N_obs now. Any number of latent variables.
    Raises ValueError for fewer than one neuron or more than there are.

    >>> from lpu_core import LowRankRNN
    >>> observe(LowRankRNN(np.eye(5), np.eye(5), np.zeros((5, 0))), 2, rng=0).embedding.shape
    (2, 5)
    """
    n = network.n_neurons
    whole("n_observed", n_observed, between(1, n))
    return take(network, np.random.default_rng(rng).choice(n, n_observed, replace=False, shuffle=False))


def for_each(name: str, value: Any, n_neurons: int, dtype: Any) -> Array:
    """One number for all of N = `n_neurons`, or (N,), as (N,): the `value` of an argument called `name`, of this `dtype`.

    >>> for_each("gains", 2, 3, np.float64)
    array([2., 2., 2.])
    """
    value = cast(name, value, dtype)
    return floats(name, np.full(n_neurons, value) if value.ndim == 0 else value, (n_neurons,))
