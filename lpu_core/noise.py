"""Noise: the one generator of Gaussian numbers in bulk, and its strength in steps of another length.

The generator is counter-based: the number for neuron i in trial b of step t is a function of (seed, t, b, i), so it is the
same in whatever order, block or thread it is drawn, with machine code or without. A number of the caller's `rng` is the
seed; SplitMix64 (Steele, Lea and Flood, 2014) makes a key of 64 bits of it for every step and trial, and two rounds of
multiplication and xor-shift by C. Wellons' constants, with the key added before each, make 32 bits of the key and i.
Neurons 2p and 2p + 1 share a radius and an angle (Box and Muller, 1958). Tails end at 6.7 s.d., for words have 32 bits.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lpu_core.check import Array, Seed, above, at_least, checked, precision, real, require, seed, whole
from lpu_core.machine import machine_code

__all__ = ["gaussian_noise", "rescaled_std"]

GAMMA, MIX = np.uint64(0x9E3779B97F4A7C15), (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""SplitMix64's increment and multipliers."""


def stream_of(noise_std: float, rng: Seed) -> np.uint64 | None:
    """The seed of a stream of noise, one number of `rng`, so that `rng` goes on the same however much is drawn.

    None without noise, where noise_std is 0. Raises ValueError for noise without an rng.
    """
    if real("noise_std", noise_std, at_least(0)) == 0:
        return None
    require(rng is not None, "rng", "a numpy Generator or a seed, since noise_std is not 0", rng)
    return np.uint64(np.random.default_rng(seed("rng", rng)).integers(2**63))


def row_keys(stream: np.uint64, steps: Any, trials: Any) -> Array:
    """The keys of the rows of noise of a `stream` in `steps` (T,) and `trials` (B,), (T, B, 2), 32 bits each."""

    def mixed(z: Array) -> Array:
        z = (z ^ (z >> np.uint64(30))) * MIX[0]
        z = (z ^ (z >> np.uint64(27))) * MIX[1]
        return z ^ (z >> np.uint64(31))

    t, b = (np.asarray(index, np.uint64) + np.uint64(1) for index in (steps, trials))
    key = mixed(mixed(np.atleast_1d(stream) + t * GAMMA)[:, None] + b * GAMMA)
    return np.stack([key & np.uint64(0xFFFFFFFF), key >> np.uint64(32)], axis=-1).astype(np.uint32)


def words(counters: Array, keys: Array) -> Array:
    """32 random bits for each of the `counters` (N,) under each of the keys (…, 2), (…, N)."""
    x = counters.astype(np.uint32) + keys[..., :1]
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D) + keys[..., 1:]
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def normals(keys: Array, n_neurons: int) -> Array:
    """Standard normal numbers for N = `n_neurons` under each of the `keys` (…, 2), (…, N), float32."""
    code, flat = machine_code(), keys.reshape(-1, 2)
    draw = np.empty((len(flat), n_neurons), np.float32)
    if code is not None:
        code.rows_of_normals(draw, flat)
    else:
        drawn = words(np.arange(n_neurons + n_neurons % 2), flat)
        u = ((drawn[:, ::2] >> 1).astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-31)
        angle = np.pi * drawn[:, 1::2].view(np.int32).astype(np.float32) * 2.0**-31
        radius = np.sqrt(-2 * np.log(u.astype(np.float64)))
        draw[:, ::2], draw[:, 1::2] = radius * np.cos(angle), (radius * np.sin(angle))[:, : n_neurons // 2]
    return draw.reshape(*keys.shape[:-1], n_neurons)


def gaussian_noise(noise_std: float, rng: Seed, shape: tuple[int, ...], dtype: Any) -> Callable[[], Array] | None:
    """A function that draws ε ~ N(0, `noise_std`²) of `shape` (…, N) at each call: the next step's.

    None without noise. dtype: float32 or float64. The stream is its own, and takes one number of `rng` for its seed: however
    much is drawn, `rng` goes on the same. Raises ValueError for noise without an rng.

    >>> gaussian_noise(0.5, 1, (2, 3), np.float32)().shape
    (2, 3)
    """
    stream = stream_of(noise_std, rng)
    if stream is None:
        return None
    require(isinstance(shape, tuple) and len(shape) > 0, "shape", "a tuple of whole numbers", shape)
    *rows, n_neurons = (whole("shape", size, at_least(0)) for size in shape)
    std, steps = precision("dtype", dtype).type(noise_std), itertools.count()

    def fresh() -> Array:
        keys = row_keys(stream, [next(steps)], np.arange(math.prod(rows)))[0]
        return normals(keys, n_neurons).reshape(shape) * std

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
