"""Nonlinearities φ with their slopes, and the transfer functions of neurons with several kinds of synapse."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lpu_core.check import Array, require

Nonlinearity = str | Callable[[Array], Array]

# name -> (φ, φ'); φ writes into `out` where one is given
NONLINEARITIES: dict[str, tuple[Callable, Callable]] = {
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "relu": (lambda x, out=None: np.maximum(x, 0, out=out), lambda x: (x > 0).astype(x.dtype)),
    "sin": (np.sin, np.cos),
    "sign": (np.sign, np.zeros_like),
}
BOUNDED = ("tanh", "sin", "sign")
"""Those that stay within ±1."""

# f(I¹, …, I^L, input current) of a multi-synapse network, neuron by neuron
TRANSFERS: dict[str, Callable[..., Array]] = {
    "tanh": lambda *currents: np.tanh(sum(currents)),
    "gated_dendrite": lambda soma, gate, drive: np.tanh(soma + drive) / (1 + np.exp(-gate)),
}


def nonlinearity(phi: Nonlinearity) -> Callable:
    """φ as a function of (x, out=None), from its name or any elementwise callable."""
    if callable(phi):
        return lambda x, out=None: np.positive(elementwise("nonlinearity", phi(x), x.shape), out=out)
    require(phi in NONLINEARITIES, "nonlinearity", f"one of {tuple(NONLINEARITIES)} or a callable", repr(phi))
    return NONLINEARITIES[phi][0]


def elementwise(name: str, values: Any, shape: tuple[int, ...]) -> Array:
    require(np.shape(values) == shape, name, f"an elementwise function: values of shape {shape}", np.shape(values))
    return values


def derivative(phi: Nonlinearity) -> Callable[[Array], Array]:
    """φ′: in closed form for the named nonlinearities, by central differences for a callable."""
    if not callable(phi):
        return NONLINEARITIES[phi][1]

    def difference(x: Array) -> Array:
        step = np.finfo(x.dtype).eps ** (1 / 3)
        return (phi(x + step) - phi(x - step)) / (2 * step)

    return difference
