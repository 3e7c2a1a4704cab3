"""Means over Gaussian variables: quadrature, the mean slope of tanh neurons, tanh smoothed by noise, and its kernel."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import erf

from lpu_core.check import Array, require

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(128)
_WEIGHTS = _WEIGHTS / np.sqrt(2 * np.pi)


def gaussian_mean(function: Any, scale: float) -> float:
    """E[f(z)], z ~ N(0, 1), for an f that varies on the scale 1/`scale` and fades beyond it, by Gauss–Hermite quadrature.

    The nodes are drawn in by v = (1 + scale²)^{−1/2}, so that 128 of them do for any scale:
    E f(z) = v E[f(vx) exp((1 − v²) x²/2)].
    """
    require(scale >= 0, "scale", "a number of at least 0", scale)
    v = 1 / np.sqrt(1 + scale**2)
    return float(v * np.sum(_WEIGHTS * np.exp((1 - v**2) * _NODES**2 / 2) * function(v * _NODES)))


def mean_slope(scale: float) -> float:
    """E[sech²(σz)], z ~ N(0, 1): the mean gain of tanh neurons whose currents have s.d. σ = `scale`."""
    return gaussian_mean(lambda z: 1 / np.cosh(np.minimum(np.abs(scale * z), 300)) ** 2, scale)


_SCALES = np.linspace(0.12, 3.2, 48)  # where B of the docstring below lives
_K = np.arange(1, 60)
# Kolmogorov's density, which scipy.stats also has, but takes a second to load
_SHARES = 8 * _SCALES * (-((-1.0) ** _K) * _K**2 @ np.exp(-2 * np.square(np.outer(_K, _SCALES))))
_SHARES = _SHARES / _SHARES.sum()


def smooth_tanh(current: Any, spread: Any, order: int = 0) -> Float[Array, "..."]:
    """E[tanh(x + s z)], z ~ N(0, 1), for x and s (…), broadcast; or its derivative in x, of order 1 or 2.

    A logistic variable is a normal one of random size (Andrews and Mallows): tanh(x) = E_B erf(x/√(2B²)), where B follows
    Kolmogorov's law. Smoothing only widens it: E tanh(x + sz) = E_B erf(x/√(2(B² + s²))). To 3e-8, for any x and s.
    """
    require(order in (0, 1, 2), "order", "0, 1 or 2", order)
    x, s = np.asarray(current, np.float64)[..., None], np.asarray(spread, np.float64)[..., None]
    std = np.sqrt(_SCALES**2 + s**2)
    if order == 0:
        return erf(x / (np.sqrt(2) * std)) @ _SHARES
    slope = np.sqrt(2 / np.pi) / std * np.exp(-((x / std) ** 2) / 2)
    return (slope if order == 1 else -x / std**2 * slope) @ _SHARES


def tanh_kernel(xx: Any, yy: Any, xy: Any) -> Any:
    """E[tanh(x) tanh(y)] for Gaussian x and y of mean 0, variances xx and yy (…) and covariance xy (…).

    tanh is a mixture of error functions (see :func:`smooth_tanh`), and theirs are arcsines:
    E_{A,B} (2/π) asin(xy/√((A² + xx)(B² + yy))). To 1e-6.
    """
    xx, yy, xy = (np.asarray(value, np.float64)[..., None, None] for value in (xx, yy, xy))
    squares = _SCALES**2
    cosine = xy / np.sqrt((squares[:, None] + xx) * (squares + yy))
    return 2 / np.pi * ((np.arcsin(cosine) @ _SHARES) @ _SHARES)
