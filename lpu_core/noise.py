"""Noise: the one generator of Gaussian numbers in bulk, and its strength in steps of another length."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lpu_core.check import Array, Seed, above, at_least, checked, precision, real, require, seed, whole


def gaussian_noise(noise_std: float, rng: Seed, shape: tuple[int, ...], dtype: Any) -> Callable[[], Array] | None:
    """A function that draws ε ~ N(0, `noise_std`²) of `shape` at each call, into one array that it overwrites.

    None without noise. dtype: float32 or float64. The stream is its own, and takes one number of `rng` for its seed: however
    much is drawn, `rng` goes on the same. Raises ValueError for noise without an rng.

    >>> gaussian_noise(0.5, 1, (2, 3), np.float32)().shape
    (2, 3)
    """
    std = real("noise_std", noise_std, at_least(0))
    if std == 0:
        return None
    require(rng is not None, "rng", "a numpy Generator or a seed, since noise_std is not 0", rng)
    require(isinstance(shape, tuple), "shape", "a tuple of whole numbers", shape)
    sizes = tuple(whole("shape", size, at_least(0)) for size in shape)
    draw = np.empty(sizes, precision("dtype", dtype))
    words = np.random.default_rng(seed("rng", rng)).integers(2**63)
    stream = np.random.Generator(np.random.SFC64(int(words)))  # the fastest of NumPy's

    def fresh() -> Array:
        stream.standard_normal(dtype=draw.dtype, out=draw)
        return np.multiply(draw, draw.dtype.type(std), out=draw)

    return fresh


@checked(noise_std=at_least(0), dt=above(0), new_dt=above(0))
def rescaled_std(noise_std: float, dt: float, new_dt: float) -> float:
    r"""The s.d. of ε that gives κ the same diffusion in steps of `new_dt` as `noise_std` does in steps of `dt`, both in ms.

    A simulation draws ε afresh in each step, and a step adds α Nencᵀ(φ′ε)/N to κ, α = Δt/τ. With s² the variance of the sum,
    κ gathers variance at the rate

    .. math:: \alpha^2 s^2 / \Delta t = s^2 \Delta t / \tau^2, \qquad s^2 \propto \sigma^2,

    so it keeps its diffusion where σ² Δt stays the same: σ √(Δt / new Δt). That holds for noise within the straight part of
    φ; a larger σ also flattens the mean tuning curves, which no rescaling undoes.

    >>> rescaled_std(0.1, dt=5.0, new_dt=1.25)
    0.2
    """
    return float(noise_std * (dt / new_dt) ** 0.5)
