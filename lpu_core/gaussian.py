"""Means over Gaussian variables: quadrature, the mean slope of tanh neurons, tanh smoothed by noise, and its kernel."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import erf

from lpu_core.check import Array, at_least, between, checked, joint, numbers, require

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(128)
_WEIGHTS = _WEIGHTS / np.sqrt(2 * np.pi)
_HUGE = 1e30
"""Far beyond any current; the products of squares below stay far within the range of float64."""


@checked(scale=between(0, _HUGE))
def gaussian_mean(function: Callable[[Array], Array], scale: float) -> float:
    """E[f(z)], z ~ N(0, 1), for an f = `function` that varies on the scale 1/`scale` and fades beyond it.

    By Gauss–Hermite quadrature, whose nodes are drawn in by v = (1 + scale²)^{−1/2}, so that 128 of them do for any scale:
    E f(z) = v E[f(vx) exp((1 − v²) x²/2)]. Raises ValueError for an f that is not finite or gives no value for each z (P,).

    >>> round(gaussian_mean(lambda z: np.exp(-(z**2)), 1.0), 6)  # 1/√3
    0.57735
    """
    return _mean(function, scale)


def _mean(function: Callable[[Array], Array], scale: float) -> float:
    v = 1 / np.sqrt(1 + scale**2)
    values = numbers("function", function(v * _NODES))
    require(values.shape in ((), _NODES.shape), "function", f"a value for each z {_NODES.shape}", values.shape)
    return float(v * np.sum(_WEIGHTS * np.exp((1 - v**2) * _NODES**2 / 2) * values))


@checked(scale=at_least(0))
def mean_slope(scale: float) -> float:
    """E[sech²(σz)], z ~ N(0, 1): the mean gain of tanh neurons whose currents have s.d. σ = `scale`.

    For large σ it is √(2/π)/σ.

    >>> [round(mean_slope(scale), 4) for scale in (0.0, 1.0, 100.0)]
    [1.0, 0.6057, 0.008]
    """
    if scale > 1e10:
        return float(np.sqrt(2 / np.pi) / scale)
    return _mean(lambda z: 1 / np.cosh(np.minimum(np.abs(scale * z), 300)) ** 2, scale)


_SCALES = np.linspace(0.12, 3.2, 48)  # where B of the docstring below lives
_K = np.arange(1, 60)
# Kolmogorov's density, which scipy.stats also has, but takes a second to load
_SHARES = 8 * _SCALES * (-((-1.0) ** _K) * _K**2 @ np.exp(-2 * np.square(np.outer(_K, _SCALES))))
_SHARES = _SHARES / _SHARES.sum()


@checked(current=between(-_HUGE, _HUGE), spread=between(0, _HUGE), order=between(0, 2))
def smooth_tanh(current: Any, spread: Any, order: int = 0) -> Float[Array, "..."]:
    """E[tanh(x + s z)], z ~ N(0, 1), or its derivative in x, of `order` 1 or 2.

    current, spread: x and s ≥ 0, numbers or arrays (…), broadcast.

    A logistic variable is a normal one of random size (Andrews and Mallows): tanh(x) = E_B erf(x/√(2B²)), where B follows
    Kolmogorov's law. Smoothing only widens it: E tanh(x + sz) = E_B erf(x/√(2(B² + s²))). To 3e-8, for any x and s.

    >>> smooth_tanh([0.0, 0.5, 2.0], 1.0).round(3)
    array([0.   , 0.295, 0.865])
    """
    x, s = np.asarray(current, np.float64)[..., None], np.asarray(spread, np.float64)[..., None]
    joint("spread", s, "current", x.shape[:-1])
    if order:
        return tanh_slopes(current, spread)[order - 1]
    argument = x * np.sqrt(0.5 / (_SCALES**2 + s**2))
    return erf(argument, out=argument) @ _SHARES


@checked(current=between(-_HUGE, _HUGE), spread=between(0, _HUGE))
def tanh_slopes(current: Any, spread: Any) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """The first and the second derivative of :func:`smooth_tanh` in x, which share their exponentials.

    current, spread: x and s ≥ 0, numbers or arrays (…), broadcast.

    >>> [slope.round(3) for slope in tanh_slopes([0.5, 2.0], 1.0)]
    [array([0.562, 0.189]), array([-0.168, -0.213])]
    """
    x, s = np.asarray(current, np.float64)[..., None], np.asarray(spread, np.float64)[..., None]
    joint("spread", s, "current", x.shape[:-1])
    std = np.sqrt(_SCALES**2 + s**2)
    density, shares = np.exp(np.square(x / std) / -2), np.sqrt(2 / np.pi) * _SHARES / std
    first, second = (np.einsum("...b,...b->...", density, weights) for weights in (shares, shares / std**2))
    return first, -x[..., 0] * second


@checked(xx=between(0, _HUGE), yy=between(0, _HUGE), xy=between(-_HUGE, _HUGE))
def tanh_kernel(xx: Any, yy: Any, xy: Any) -> Any:
    """E[tanh(x) tanh(y)] for Gaussian x and y of mean 0, variances `xx` and `yy` (…) and covariance `xy` (…), broadcast.

    tanh is a mixture of error functions (see :func:`smooth_tanh`), and theirs are arcsines:
    E_{A,B} (2/π) asin(xy/√((A² + xx)(B² + yy))). To 1e-6. Raises ValueError for |xy| > √(xx · yy), beyond rounding.

    >>> tanh_kernel(1.0, 1.0, [-1.0, 0.0, 1.0]).round(4)
    array([-0.3943,  0.    ,  0.3943])
    """
    xx, yy, xy = (np.asarray(value, np.float64)[..., None, None] for value in (xx, yy, xy))
    joint("yy", yy, "xx", xx.shape[:-1])
    largest = np.sqrt(xx) * np.sqrt(yy)
    joint("xy", xy, "xx and yy", largest.shape[:-1])
    require((np.abs(xy) <= largest * (1 + 1e-6)).all(), "xy", "a covariance: at most √(xx · yy) in size", xy.squeeze())
    squares = _SCALES**2
    cosine = xy / np.sqrt((squares[:, None] + xx) * (squares + yy))
    return 2 / np.pi * ((np.arcsin(np.clip(cosine, -1, 1)) @ _SHARES) @ _SHARES)
