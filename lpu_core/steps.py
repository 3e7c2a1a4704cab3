"""Steps of a network and weighted sums over its neurons: the plain formulas, and the way to their machine code."""

import math
from typing import NamedTuple

import numpy as np

from lpu_core.check import Array
from lpu_core.machine import machine_code
from lpu_core.noise import normals, row_keys
from lpu_core.nonlinearities import Nonlinearity, derivative, nonlinearity

AT_ONCE = 2**27
"""Neurons × trials × steps between two looks at the keyboard: some tenths of a second."""
BLOCK = 2**18
"""Numbers in a block of currents: 1 MiB in float32."""


class Weights(NamedTuple):
    """What a step needs, each array contiguous along neurons: m (K, N), W_in (D, N), b (N,), and readouts n (R, N), R ≥ K.

    The first K readouts are the latent variables.
    """

    embedding: Array
    inputs: Array
    bias: Array
    readouts: Array

    def current(self, kappa: Array, inputs: Array, neurons: slice = slice(None)) -> Array:
        """Mκ + W_in u + b of some `neurons`, (…, N), for κ (…, K), `kappa`, and u (…, D), `inputs`."""
        return kappa @ self.embedding[:, neurons] + inputs @ self.inputs[:, neurons] + self.bias[neurons]


def weighted_sums(phi: Nonlinearity, weights: Weights, kappa: Array, inputs: Array, slope: bool = False) -> Array:
    """Σ_i n_i φ(m_i·κ + w_i·u + b_i), or with `slope` φ′ in the place of φ, (…, R), at κ (…, K) and u (…, D).

    phi: φ. weights: m, w, b and n, of one precision, which kappa and inputs share.

    >>> row = np.ones((1, 3))
    >>> weighted_sums("relu", Weights(row, row, np.zeros(3), row), np.array([2.0]), np.array([-0.5]))
    array([4.5])
    """
    code, shape = machine_code(), np.broadcast_shapes(kappa.shape[:-1], inputs.shape[:-1])

    def points(part: Array) -> Array:
        whole = part if part.shape[:-1] == shape else np.broadcast_to(part, (*shape, part.shape[-1]))
        return np.ascontiguousarray(whole).reshape(math.prod(shape), part.shape[-1])

    kappa, inputs = points(kappa), points(inputs)
    if code is not None and not callable(phi):
        sums = np.zeros((len(kappa), len(weights.readouts)))
        code.weighted_sums(sums, kappa, inputs, *_contiguous(weights), code.KINDS[phi + "'" * slope])
        return sums.astype(kappa.dtype).reshape(*shape, len(weights.readouts))
    function = derivative(phi) if slope else nonlinearity(phi)
    size = max(1, BLOCK // max(1, len(kappa)))
    blocks = [slice(start, start + size) for start in range(0, len(weights.bias), size)]
    return sum(function(weights.current(kappa, inputs, i)) @ weights.readouts[:, i].T for i in blocks).reshape(
        *shape, len(weights.readouts)
    )


def _contiguous(weights: Weights) -> list[Array]:
    return [np.ascontiguousarray(part) for part in weights]


def steps(
    phi: Nonlinearity,
    weights: Weights,
    start: Array,
    inputs: Array,
    alpha: float,
    *,
    noise_std: float = 0.0,
    stream: np.uint64 | None = None,
    direction: Array | None = None,
    strengths: Array | None = None,
    rates: Array | None = None,
) -> tuple[Array, Array | None]:
    """κ[t+1] = (1−α) κ[t] + (α/N) Σ_i n_i φ(m_i·κ + w_i·u + b_i + ε_i): readouts (T, B, R) and, where asked for, rates.

    phi, weights, alpha: φ, the weights and α = Δt/τ. start: κ[0] and the other readouts at the start, (B, R). inputs: u,
    (T, B, D), or (T, 1, D) for all trials. noise_std: s.d. of ε from `stream`. direction, strengths: Δm (K, N) and σ (B,):
    trial b has the embedding m + σ_b Δm, and all trials hear the same noise, which else is each one's own. rates: r[0],
    (B, N), which is overwritten; then r, (T, B, N), comes back, too.

    >>> row = np.ones((1, 3))
    >>> steps("relu", Weights(row, row, np.zeros(3), row), np.ones((1, 1)), np.ones((2, 1, 1)), 0.5)[0].ravel()
    array([1.5, 2. ])
    """
    dtype, (n_trials, n_readouts), n_steps = start.dtype, start.shape, len(inputs)
    n_neurons, shared = len(weights.bias), strengths is not None
    path = np.empty((n_steps + 1, n_trials, n_readouts), dtype)
    path[0] = start
    recorded = None if rates is None else np.empty((n_steps, *rates.shape), dtype)
    rows = np.arange(0 if stream is None else 1 if shared else n_trials)
    code = None if callable(phi) else machine_code()
    step = _plain if code is None else code.steps
    none = np.empty((0, n_neurons), dtype)
    kind = phi if code is None else code.KINDS[phi]
    n_at_once = max(1, AT_ONCE // max(1, n_neurons * n_trials))
    m, w, bias, n = _contiguous(weights)
    for t in range(0, n_steps, n_at_once):
        here = slice(t, min(t + n_at_once, n_steps))
        keys = row_keys(stream or np.uint64(0), np.arange(here.start, here.stop), rows)
        step(
            path[here.start : here.stop + 1], np.ascontiguousarray(inputs[here]), m, w, bias, n,
            none if direction is None else np.ascontiguousarray(direction),
            np.zeros(n_trials, dtype) if strengths is None else strengths,
            dtype.type(alpha), kind, dtype.type(noise_std), keys,
            np.empty((0, n_neurons), dtype) if rates is None else rates,
            np.empty((0, 0, n_neurons), dtype) if recorded is None else recorded[here],
        )  # fmt: skip
    return path[1:], recorded


def _plain(kappa, inputs, m, w, bias, n, direction, strengths, alpha, phi, noise_std, keys, rates, recorded):
    """:func:`lpu_core.compiled.steps` in NumPy."""
    function, k, n_neurons = nonlinearity(phi), len(m), len(bias)
    weights = Weights(m, w, bias, n)
    for t in range(len(inputs)):
        now = kappa[t, :, :k]
        current = weights.current(now, inputs[t])
        if len(direction):
            current += strengths[:, None] * now @ direction
        if keys.shape[1]:
            current += noise_std * normals(keys[t], n_neurons)
        target = function(current, out=current)
        kappa[t + 1] = (1 - alpha) * kappa[t] + alpha * (target @ n.T) / n_neurons
        if len(recorded):
            rates[...] = (1 - alpha) * rates + alpha * target
            recorded[t] = rates
