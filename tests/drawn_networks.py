"""Networks of every architecture with random weights, and what drives them."""

import numpy as np
import pytest
from reference import random_full, random_network, random_synapses

from lpu_core import LeakyCurrentRNN
from lpu_core.noise import gaussian_noise

T, B, N, K, D = 40, 3, 30, 2, 3
ROUNDING = {"rtol": 0, "atol": 1e-10}


def drawn(seed, n=N, d=D):
    """Inputs (T, B, D), a start (B, N) and noise (T, B, N) of s.d. 0.1, as a network draws it from the seed `seed + 1`."""
    rng = np.random.default_rng(seed)
    fresh = gaussian_noise(0.1, seed + 1, (B, n), np.float64)
    noise = np.array([fresh().copy() for _ in range(T)])
    return rng.standard_normal((T, B, d)), 0.5 * rng.standard_normal((B, n)), noise


def all_networks(dtype=np.float64):
    rng = np.random.default_rng(25)
    return [
        random_network(rng, dtype=dtype, nonlinearity="sin", tau=13.7, dt=0.1 + 0.2),
        random_network(rng, LeakyCurrentRNN, dtype=dtype),
        random_full(rng, dtype=dtype),
        random_synapses(rng, (2, 1, 1), dtype=dtype, transfer="tanh"),
        random_synapses(rng, (1,) * 12, dtype=dtype, transfer="tanh"),
    ]


def every_network(dtype=np.float64):
    nets = all_networks(dtype)
    return pytest.mark.parametrize("net", nets, ids=[f"{type(n).__name__}-{i}" for i, n in enumerate(nets)])


def parts(value):
    return list(value) if isinstance(value, tuple) else [value]
