"""Noise: the one generator of Gaussian numbers in bulk."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lpu_core.check import Array, Seed, at_least, real, require, seed


def gaussian_noise(std: float, rng: Seed, shape: tuple[int, ...], dtype: Any) -> Callable[[], Array] | None:
    """A function that draws ε ~ N(0, std²) of `shape` at each call, into one array that it overwrites; None without noise.

    The stream is its own, and takes one number of `rng` for its seed: however much is drawn, `rng` goes on the same. Raises
    ValueError for noise without an rng.

    >>> gaussian_noise(0.5, 1, (2, 3), np.float32)().shape
    (2, 3)
    """
    std = real("noise_std", std, at_least(0))
    if std == 0:
        return None
    require(rng is not None, "rng", "a numpy Generator or a seed, since noise_std is not 0", rng)
    words = np.random.default_rng(seed("rng", rng)).integers(2**63)
    stream = np.random.Generator(np.random.SFC64(int(words)))  # the fastest of NumPy's
    draw = np.empty(shape, dtype)

    def fresh() -> Array:
        stream.standard_normal(dtype=draw.dtype, out=draw)
        return np.multiply(draw, draw.dtype.type(std), out=draw)

    return fresh
