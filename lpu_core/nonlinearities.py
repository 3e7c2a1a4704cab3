"""Nonlinearities φ with their slopes, and the transfer functions of neurons with several kinds of synapse."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lpu_core.check import Array, array, require, shown
from lpu_core.machine import machine_code

Nonlinearity = str | Callable[[Array], Array]

# φ and, with a dash, φ′: functions of (x, out=None)
PLAIN: dict[str, Callable] = {
    "tanh": np.tanh,
    "relu": lambda x, out=None: np.maximum(x, 0, out=out),
    "sin": np.sin,
    "sign": np.sign,
    "tanh'": lambda x, out=None: np.subtract(1, np.tanh(x) ** 2, out=out),
    "relu'": lambda x, out=None: np.positive((x > 0).astype(x.dtype), out=out),
    "sin'": np.cos,
    "sign'": lambda x, out=None: np.positive(np.zeros_like(x), out=out),
}
"""The named functions by NumPy: slower, and to within 4 units in the last place what the machine code gives."""
NONLINEARITIES = ("tanh", "relu", "sin", "sign")
BOUNDED = ("tanh", "sin", "sign")
"""Those that stay within ±1."""

# f(I¹, …, I^L, input current) of a multi-synapse network, neuron by neuron
TRANSFERS: dict[str, Callable[..., Array]] = {
    "tanh": lambda *currents: np.tanh(sum(currents)),
    "gated_dendrite": lambda soma, gate, drive: np.tanh(soma + drive) / (1 + np.exp(-gate)),
}


def _named(nonlinearity: Any, dash: str = "") -> Callable:
    known = isinstance(nonlinearity, str) and nonlinearity in NONLINEARITIES
    require(known, "nonlinearity", f"one of {NONLINEARITIES} or a callable", shown(nonlinearity))
    return functools.partial(_apply, nonlinearity + dash)


def _apply(name: str, x: Array, out: Array | None = None) -> Array:
    """φ or φ′ by its name, at x, into `out` where one is given."""
    x, code = np.asarray(x), machine_code()
    if code is None or x.dtype not in (np.float32, np.float64):
        return PLAIN[name](x, out=out)
    if out is None:
        out = np.empty(x.shape, x.dtype)
    values = out if out.flags.c_contiguous else np.empty(x.shape, x.dtype)
    if values is not x:
        values[...] = x
    code.activate(values.reshape(-1), code.KINDS[name])
    if values is not out:
        out[...] = values
    return out


def nonlinearity(nonlinearity: Nonlinearity) -> Callable:
    """φ as a function of (x, out=None), from the name of a `nonlinearity` or any elementwise callable.

    Raises ValueError for another name. What a callable gives must have the shape of x, and takes its precision.

    >>> nonlinearity("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return _checked(nonlinearity) if callable(nonlinearity) else _named(nonlinearity)


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
        return _named(nonlinearity, "'")
    phi = _checked(nonlinearity)

    def difference(x: Array) -> Array:
        step = np.finfo(x.dtype).eps ** (1 / 3)
        return (phi(x + step) - phi(x - step)) / (2 * step)

    return difference
