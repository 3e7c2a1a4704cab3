"""Feed-forward networks side by side: autoencoders, what they lose, and the comparator of signal and reconstruction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, checked, floats, frozen, numbers, points, require


@dataclass(frozen=True, eq=False)
class Layers:
    """E feed-forward networks of one shape, side by side: a_l = φ(a_{l−1} W_l + b_l), φ = tanh, or none if linear.

    weights: W_l with b_l as its last row, (E, n_{l−1} + 1, n_l) each. linear: of each layer, whether it is.

    >>> layers = initial_layers([3, 2, 3], seeds=range(4))
    >>> layers(np.ones((10, 3))).shape
    (4, 10, 3)
    """

    weights: tuple[Array, ...]
    linear: tuple[bool, ...]

    def __post_init__(self):
        require(
            isinstance(self.weights, tuple | list) and len(self.weights) > 0, "weights", "at least one layer", self.weights
        )
        kept: list[Array] = []
        for w in self.weights:
            before = kept[-1] if kept else None
            sizes = (None, None, None) if before is None else (len(before), before.shape[2] + 1, None)
            w = floats("weights", w, sizes, None if before is None else before.dtype)
            require(len(w) > 0 and w.shape[1] > 1 and w.shape[2] > 0, "weights", "at least one network and unit", w.shape)
            kept.append(frozen(w))
        flags = self.linear if isinstance(self.linear, tuple | list) else ()
        good = len(flags) == len(kept) and all(isinstance(flag, bool | np.bool_) for flag in flags)
        require(good, "linear", f"true or false for each of {len(kept)} layers", self.linear)
        object.__setattr__(self, "weights", tuple(kept))
        object.__setattr__(self, "linear", tuple(bool(flag) for flag in flags))

    @property
    def n_networks(self) -> int:
        """E."""
        return len(self.weights[0])

    @property
    def n_inputs(self) -> int:
        """n_0."""
        return self.weights[0].shape[1] - 1

    def activities(self, inputs: Any) -> list[Array]:
        """[a_0, …, a_L], (E, S, n_l) each but a_0, which is the `inputs`, (S, n_0) or (E, S, n_0)."""
        first = points("inputs", inputs, self.n_inputs, self.weights[0].dtype)
        fits = first.ndim == 2 or (first.ndim == 3 and len(first) == self.n_networks)
        require(fits, "inputs", f"shape (S, {self.n_inputs}) or ({self.n_networks}, S, {self.n_inputs})", first.shape)
        found = [first]
        for w, linear in zip(self.weights, self.linear, strict=True):
            current = found[-1] @ w[:, :-1] + w[:, -1:]
            found.append(current if linear else np.tanh(current))
        return found

    def __call__(self, inputs: Any) -> Float[Array, "E S n"]:
        """a_L, (E, S, n_L), for `inputs` (S, n_0) or (E, S, n_0)."""
        return self.activities(inputs)[-1]

    @checked()
    def split(self, layer: int) -> tuple["Layers", "Layers"]:
        """The layers up to number `layer`, which end in the code, and those behind it: encoder and decoder."""
        require(0 < layer < len(self.weights), "layer", f"from 1 to {len(self.weights) - 1}", layer)
        return (
            Layers(self.weights[:layer], self.linear[:layer]),
            Layers(self.weights[layer:], self.linear[layer:]),
        )

    @checked()
    def only(self, network: int) -> "Layers":
        """One of the networks, that of number `network`, in double precision."""
        require(0 <= network < self.n_networks, "network", f"from 0 to {self.n_networks - 1}", network)
        return Layers(tuple(w[network : network + 1].astype(np.float64) for w in self.weights), self.linear)


@checked(sizes=at_least(1), seeds=at_least(0), linear=at_least(1), widths=at_least(1))
def initial_layers(
    sizes: Sequence[int], seeds: Sequence[Seed], linear: Sequence[int] = (), widths: Sequence[int] | None = None
) -> Layers:
    """Networks with layers of `sizes`, n_0 … n_L, and weights of N(0, 1/n_{l−1}), without biases; the last layer is linear.

    seeds: one for each of E networks. linear: the numbers of other linear layers, from 1 on. widths: how many units of the
    narrowest hidden layer each network has, (E,); the others' synapses are 0, and no rule moves them.

    >>> [w.shape for w in initial_layers([5, 2, 5], seeds=[0, 1, 2], widths=[1, 2, 2]).weights]
    [(3, 6, 2), (3, 3, 5)]
    """
    require(len(sizes) >= 2, "sizes", "at least two", sizes)
    require(len(seeds) > 0, "seeds", "at least one", list(seeds))
    require(max(linear, default=1) < len(sizes), "linear", f"numbers of layers, at most {len(sizes) - 1}", linear)
    narrow = int(np.argmin(sizes[1:-1])) + 1 if len(sizes) > 2 else None
    if widths is not None:
        fits = narrow is not None and len(widths) == len(seeds) and all(d <= sizes[narrow] for d in widths)
        require(fits, "widths", "one for each seed, from 1 to the narrowest hidden layer's size", widths)
    weights: list[list[Array]] = [[] for _ in sizes[1:]]
    for e, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        own = list(sizes)
        if widths is not None and narrow is not None:
            own[narrow] = widths[e]
        for part, n, m, n_own, m_own in zip(weights, sizes, sizes[1:], own, own[1:], strict=False):
            w = np.zeros((n + 1, m), np.float32)
            w[:n_own, :m_own] = rng.standard_normal((n_own, m_own)) / np.sqrt(n_own)
            part.append(w)
    layers = range(1, len(sizes))
    return Layers(tuple(np.stack(part) for part in weights), tuple(n in linear or n == len(sizes) - 1 for n in layers))


def comparator(signal: Any, reconstruction: Any) -> tuple[Any, Any]:
    """e₊ = [x − x̂]₊ and e₋ = [x̂ − x]₊: two excitatory units, each inhibited by the other's input.

    Their sum is |x − x̂|, which is XOR for binary signals; their difference is the error. signal, reconstruction: x and x̂,
    numbers or arrays; one of them may have leading axes more.

    >>> comparator(np.array([1.0, 0.0]), np.array([0.25, 0.5]))
    (array([0.75, 0.  ]), array([0. , 0.5]))
    """
    signal, reconstruction = _signed("signal", signal), _signed("reconstruction", reconstruction)
    common = min(signal.ndim, reconstruction.ndim)
    fits = signal.shape[signal.ndim - common :] == reconstruction.shape[reconstruction.ndim - common :]
    require(fits, "reconstruction", f"the last axes of the signal's shape {signal.shape}", reconstruction.shape)
    return (signal - reconstruction).clip(0), (reconstruction - signal).clip(0)


def _signed(name: str, values: Any) -> Array:
    """Numbers of which differences may be below 0: floats in place of bits and unsigned ones."""
    array = numbers(name, values)
    return array.astype(np.float64) if array.dtype.kind in "ub" else array


@checked()
def unexplained(network: Callable[[Any], Array], points: Float[Array, "S N"]) -> Float[Array, " E"]:
    """The share of the points' variance that each autoencoder loses: Σ‖r̂ − r‖²/Σ‖r − r̄‖².

    network: what makes reconstructions r̂ (E, S, N) of points, :class:`Layers` for one. points: r, (S, N), not all the same.

    >>> unexplained(lambda r: np.zeros((1, *r.shape)), [[1.0], [-1.0]])
    array([1.])
    """
    varied = np.square(points - points.mean(0)).sum()
    require(0 < varied < np.inf, "points", "points that differ", f"a variance of {varied}")
    found = floats("network", network(points), (None, *points.shape))
    return np.square(found - points).sum(axis=(1, 2)) / varied
