"""Nonlinearities φ with their slopes, and the transfer functions of neurons with several kinds of synapse."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lpu_core.check import Array, array, require, shown

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


def _named(nonlinearity: Any) -> tuple[Callable, Callable]:
    known = isinstance(nonlinearity, str) and nonlinearity in NONLINEARITIES
    require(known, "nonlinearity", f"one of {tuple(NONLINEARITIES)} or a callable", shown(nonlinearity))
    return NONLINEARITIES[nonlinearity]


def nonlinearity(nonlinearity: Nonlinearity) -> Callable:
    """φ as a function of (x, out=None), from the name of a `nonlinearity` or any elementwise callable.

    Raises ValueError for another name. What a callable gives must have the shape of x, and takes its precision.

    >>> nonlinearity("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return _checked(nonlinearity) if callable(nonlinearity) else _named(nonlinearity)[0]


def _checked(function: Callable[[Array], Array]) -> Callable:
    """A callable as a function of (x, out=None) that gives real values of x's shape and precision."""

    def phi(x: Array, out: Array | None = None) -> Array:
        values = elementwise("nonlinearity", function(x), x.shape)
        return np.positive(values.astype(x.dtype, copy=False), out=out)

    return phi


def elementwise(name: str, values: Any, shape: tuple[int, ...]) -> Array:
    """The `values` of a function called `name`, as an array: real numbers of the `shape` that its arguments had.

    >>> elementwise("transfer", [0.5, 1.0], (2,))
    array([0.5, 1. ])
    """
    expected = f"an elementwise function: values of shape {shape}"
    found = array(name, values, expected)
    require(found.shape == shape, name, expected, found.shape)
    require(found.dtype.kind in "iubf", name, "an elementwise function: real values", f"{found.dtype} numbers")
    return found


def derivative(nonlinearity: Nonlinearity) -> Callable[[Array], Array]:
    """φ′ of a `nonlinearity`: in closed form for the named ones, by central differences for a callable.

    Raises ValueError for another name.

    >>> derivative("tanh")(np.array([0.0]))
    array([1.])
    """
    if not callable(nonlinearity):
        return _named(nonlinearity)[1]
    phi = _checked(nonlinearity)

    def difference(x: Array) -> Array:
        step = np.finfo(x.dtype).eps ** (1 / 3)
        return (phi(x + step) - phi(x - step)) / (2 * step)

    return difference
