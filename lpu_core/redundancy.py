"""Redundancy: neurons and directions of activity that are tuned to κ and do not move it.

With P the projector on the encoding subspace (:func:`lpu_core.subspace.encoding_projector`), κ sees P r alone (M65), and
what lies off it decays as (1 − α)^t.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.check import Array, Seed, above, at_least, between, cast, checked, floats, require
from lpu_core.networks import FullRankRNN, LowRankRNN
from lpu_core.surgery import append


@checked(n_redundant=at_least(0), amplitude=above(0), tuned_share=between(0, 1))
def add_redundant_neurons(
    network: LowRankRNN, n_redundant: int, rng: Seed, amplitude: float, tuned_share: float = 1 / 3
) -> LowRankRNN:
    """The network with `n_redundant` further neurons of n = w = b = 0: tuned, and causally inert (M73).

    amplitude: a; each new m is −a, 0 or a. tuned_share: the chance that a new neuron has any m ≠ 0. κ keeps its course:
    encoding vectors grow by N_new/N, which makes up for the 1/N in (4).
    """
    k = network.n_latents
    silent = (1 - tuned_share) ** (1 / k)  # the chance of one m = 0, so that all K are 0 with 1 − tuned_share
    chances = [(1 - silent) / 2, silent, (1 - silent) / 2]
    m = amplitude * np.random.default_rng(rng).choice([-1, 0, 1], (n_redundant, k), p=chances)
    return append(network, n_redundant, embedding=m)


def connect_at_random(network: LowRankRNN, ratio: float, rng: Seed) -> FullRankRNN:
    """The network with weights W + J (M88, M89): J is Gaussian, of mean 0 and `ratio` times the s.d. of W's entries."""
    require(np.isfinite(ratio) and ratio >= 0, "ratio", "a number of at least 0", ratio)
    dense = network.dense()
    random = np.random.default_rng(rng).standard_normal(dense.weights.shape)
    return replace(dense, weights=dense.weights + (ratio * dense.weights.std() * random).astype(network.dtype))


def sign_pattern(network: LowRankRNN, neurons: Any, latent: int = 0) -> Float[Array, " N"]:
    """The signs of m^(latent) at the chosen neurons (a mask or indices), 0 elsewhere: where a tuning-based pulse goes."""
    require(0 <= latent < network.n_latents, "latent", f"an index below {network.n_latents}", latent)
    pattern = np.zeros(network.n_neurons, network.dtype)
    pattern[neurons] = np.sign(network.embedding[neurons, latent])
    return pattern


def with_patterns(network: Any, patterns: Any) -> Any:
    """The network with its inputs followed by one further input for each pattern, (P, N) or (N,): (M89)."""
    patterns = np.atleast_2d(cast("patterns", patterns, network.dtype))
    columns = floats("patterns", patterns, (None, network.n_neurons)).T
    return replace(network, input_weights=np.concatenate([network.input_weights, columns], axis=1))


def flips(
    network: Any, pattern: Any, amplitudes: Any, initial_rates: Any, n_pulse: int = 1, n_after: int = 200, latent: int = 0
) -> Bool[Array, " A"]:
    """Whether pulses of each amplitude (A,) along `pattern` (N,), `n_pulse` steps long, leave κ_latent with another sign.

    initial_rates: r[0], (N,). The sign is read `n_after` steps after the pulse and held against that of the start.
    """
    require(n_pulse >= 1, "n_pulse", "at least 1", n_pulse)
    require(n_after >= 0, "n_after", "at least 0", n_after)
    amplitudes = floats("amplitudes", cast("amplitudes", amplitudes, network.dtype), (None,))
    rates = floats("initial_rates", cast("initial_rates", initial_rates, network.dtype), (network.n_neurons,))
    start = rates @ network.encoding[:, latent]
    inputs = np.zeros((n_pulse + n_after, len(amplitudes), 1), network.dtype)
    inputs[:n_pulse, :, 0] = amplitudes
    column = floats("pattern", cast("pattern", pattern, network.dtype), (network.n_neurons,))
    pulsed = replace(network, input_weights=column[:, None])
    end = pulsed.simulate(inputs, initial_rates=np.tile(rates, (len(amplitudes), 1))).latents[-1, :, latent]
    return np.sign(end) != np.sign(start)


def smallest_flip(network: Any, pattern: Any, amplitudes: Any, initial_rates: Any, **options: Any) -> float:
    """The smallest of the `amplitudes` that flips the state (see :func:`flips`), or infinity if none does."""
    amplitudes = np.sort(np.asarray(amplitudes))
    flipped = flips(network, pattern, amplitudes, initial_rates, **options)
    return float(amplitudes[flipped][0]) if flipped.any() else float("inf")


def perturbation_response(network: Any, initial_rates: Any, n_steps: int, step: float = 1e-5) -> Float[Array, "TK N"]:
    """dκ/dr[0], the κ of all steps against all neurons, (T·K, N), by central differences; inputs are zero.

    Its rank is the number of directions of activity to which the later κ responds: K in an LPU, whatever T.
    """
    require(n_steps >= 1, "n_steps", "at least 1", n_steps)
    require(step > 0, "step", "a number above 0", step)
    n = network.n_neurons
    rates = floats("initial_rates", cast("initial_rates", initial_rates, network.dtype), (n,))
    shifts = np.concatenate([np.eye(n), -np.eye(n)]).astype(network.dtype) * step
    inputs = np.zeros((n_steps, 2 * n, network.n_inputs), network.dtype)
    latents = network.simulate(inputs, initial_rates=rates + shifts).latents
    slope = (latents[:, :n] - latents[:, n:]) / (2 * step)  # (T, N, K)
    return slope.transpose(0, 2, 1).reshape(-1, n)
