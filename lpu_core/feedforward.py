"""Feed-forward networks side by side: autoencoders, what they lose, and the comparator of signal and reconstruction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, require


@dataclass(frozen=True, eq=False)
class Layers:
    """E feed-forward networks of one shape, side by side: a_l = φ(a_{l−1} W_l + b_l), φ = tanh, or none if linear.

    weights: W_l with b_l as its last row, (E, n_{l−1} + 1, n_l) each. linear: of each layer, whether it is.
    """

    weights: tuple[Array, ...]
    linear: tuple[bool, ...]

    def activities(self, inputs: Any) -> list[Array]:
        """[a_0, …, a_L], (E, S, n_l) each, for inputs (S, n_0) or (E, S, n_0)."""
        found = [np.asarray(inputs, self.weights[0].dtype)]
        for w, linear in zip(self.weights, self.linear, strict=True):
            current = found[-1] @ w[:, :-1] + w[:, -1:]
            found.append(current if linear else np.tanh(current))
        return found

    def __call__(self, inputs: Any) -> Float[Array, "E S n"]:
        """a_L."""
        return self.activities(inputs)[-1]

    def split(self, layer: int) -> tuple["Layers", "Layers"]:
        """The layers up to number `layer`, which end in the code, and those behind it: encoder and decoder."""
        require(0 < layer < len(self.weights), "layer", f"from 1 to {len(self.weights) - 1}", layer)
        return (
            Layers(self.weights[:layer], self.linear[:layer]),
            Layers(self.weights[layer:], self.linear[layer:]),
        )

    def only(self, network: int) -> "Layers":
        """One of the networks, in double precision."""
        return Layers(tuple(w[network : network + 1].astype(np.float64) for w in self.weights), self.linear)


def initial_layers(
    sizes: Sequence[int], seeds: Sequence[int], linear: Sequence[int] = (), widths: Sequence[int] | None = None
) -> Layers:
    """Networks with layers of `sizes`, n_0 … n_L, and weights of N(0, 1/n_{l−1}), without biases; the last layer is linear.

    linear: the numbers of other linear layers. widths: how many units of the narrowest hidden layer each network has, (E,);
    the others' synapses are 0, and no rule moves them.
    """
    require(len(sizes) >= 2 and min(sizes) >= 1, "sizes", "at least two, of at least 1", sizes)
    require(len(seeds) > 0, "seeds", "at least one", list(seeds))
    narrow = int(np.argmin(sizes[1:-1])) + 1 if len(sizes) > 2 else None
    if widths is not None:
        fits = narrow is not None and len(widths) == len(seeds) and all(1 <= d <= sizes[narrow] for d in widths)
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

    Their sum is |x − x̂|, which is XOR for binary signals; their difference is the error.
    """
    return (signal - reconstruction).clip(0), (reconstruction - signal).clip(0)


def unexplained(network: Callable[[Any], Array], points: Float[Array, "S N"]) -> Float[Array, " E"]:
    """The share of the points' variance that each autoencoder loses: Σ‖r̂ − r‖²/Σ‖r − r̄‖², over points (S, N)."""
    lost = np.square(network(points) - points).sum(axis=(1, 2))
    return lost / np.square(points - points.mean(0)).sum()
