"""Redundancy: neurons and directions of activity that are tuned to κ and do not move it.

With P the projector on the encoding subspace (:func:`lpu_core.subspace.encoding_projector`), κ sees P r alone (M65), and
what lies off it decays as (1 − α)^t.
"""

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.check import Array, Seed, above, at_least, between, cast, checked, floats, require
from lpu_core.networks import FullRankRNN, LowRankRNN, MultiSynapseNetwork, Trajectory
from lpu_core.networks.base import Network, finite
from lpu_core.networks.low_rank import LowRankWeights
from lpu_core.surgery import append, indices

AnyNetwork = TypeVar("AnyNetwork", bound=Network)
RateNetwork = FullRankRNN | LowRankRNN | MultiSynapseNetwork
"""What starts from rates r[0]."""


@checked(n_redundant=at_least(0), amplitude=above(0), tuned_share=between(0, 1))
def add_redundant_neurons(
    network: LowRankRNN, n_redundant: int, rng: Seed, amplitude: float, tuned_share: float = 1 / 3
) -> LowRankRNN:
    """The network with `n_redundant` further neurons of n = w = b = 0: tuned, and causally inert (M73).

    amplitude: a; each new m is −a, 0 or a. tuned_share: the chance that a new neuron has any m ≠ 0. κ keeps its course:
    encoding vectors grow by N_new/N, which makes up for the 1/N in (4).

    >>> net = LowRankRNN([[1.0], [2.0]], [[1.0], [3.0]], np.zeros((2, 0)))
    >>> wide = add_redundant_neurons(net, 2, rng=0, amplitude=0.8)
    >>> wide.encoding.ravel(), wide.flow([0.5]) == net.flow([0.5])
    (array([2., 6., 0., 0.]), array([ True]))
    """
    k = network.n_latents
    require(k > 0, "network", "at least one latent variable", k)
    silent = (1 - tuned_share) ** (1 / k)  # the chance of one m = 0, so that all K are 0 with 1 − tuned_share
    chances = [(1 - silent) / 2, silent, (1 - silent) / 2]
    m = amplitude * np.random.default_rng(rng).choice([-1, 0, 1], (n_redundant, k), p=chances)
    return append(network, n_redundant, embedding=m)


@checked(ratio=at_least(0))
def connect_at_random(network: LowRankRNN, ratio: float, rng: Seed) -> FullRankRNN:
    """The network with weights W + J (M88, M89): J is Gaussian, of mean 0 and `ratio` times the s.d. of W's entries.

    >>> net = LowRankRNN(np.eye(50), np.eye(50), np.zeros((50, 0)))
    >>> J = connect_at_random(net, 2.0, rng=0).weights - net.dense_weights()
    >>> round(float(J.std() / net.dense_weights().std()), 1)
    2.0
    """
    dense = network.dense()
    random = np.random.default_rng(rng).standard_normal(dense.weights.shape)
    return replace(dense, weights=dense.weights + (ratio * dense.weights.std() * random).astype(network.dtype))


def _known_latent(latent: int, n_latents: int) -> None:
    require(latent < n_latents, "latent", f"an index below {n_latents}", latent)


@checked(latent=at_least(0))
def sign_pattern(network: LowRankWeights, neurons: Any, latent: int = 0) -> Float[Array, " N"]:
    """The signs of m^(`latent`) at the chosen `neurons` (a mask or indices), 0 elsewhere: where a tuning-based pulse goes.

    >>> sign_pattern(LowRankRNN([[0.2], [-3.0], [1.0]], np.ones((3, 1)), np.zeros((3, 0))), [1, 2])
    array([ 0., -1.,  1.])
    """
    _known_latent(latent, network.n_latents)
    rows = indices(neurons, network.n_neurons)
    pattern = np.zeros(network.n_neurons, network.dtype)
    pattern[rows] = np.sign(network.embedding[rows, latent])
    return pattern


@checked()
def with_patterns(network: AnyNetwork, patterns: Any) -> AnyNetwork:
    """The network with its inputs followed by one further input for each of the `patterns`, (P, N) or (N,): (M89).

    >>> with_patterns(LowRankRNN([[1.0], [2.0]], np.ones((2, 1)), np.zeros((2, 0))), [1.0, -1.0]).input_weights
    array([[ 1.],
           [-1.]])
    """
    patterns = np.atleast_2d(cast("patterns", patterns, network.dtype))
    columns = floats("patterns", patterns, (None, network.n_neurons)).T
    return replace(network, input_weights=np.concatenate([network.input_weights, columns], axis=1))  # type: ignore


@checked(n_pulse=at_least(1), n_after=at_least(0), latent=at_least(0))
def flips(
    network: RateNetwork,
    pattern: Float[Array, " N"],
    amplitudes: Float[Array, " A"],
    initial_rates: Float[Array, " N"],
    n_pulse: int = 1,
    n_after: int = 200,
    latent: int = 0,
) -> Bool[Array, " A"]:
    """Whether pulses of each of the `amplitudes` (A,) along `pattern` (N,) leave κ_latent with another sign.

    initial_rates: r[0], (N,). n_pulse: steps that a pulse lasts. n_after: steps after it until the sign is read, which is
    held against that of the start. latent: the index of the latent variable, from 0. Raises ValueError where the activity
    does not stay finite, as it may without a bound on φ.

    >>> from lpu_core.design import design_bistable
    >>> bit = design_bistable(1000, 20.0, 10.0, 0.8, rng=0)
    >>> flips(bit, bit.embedding[:, 0], [-0.1, -5.0], bit.tuning([1.0]))
    array([False,  True])
    """
    _known_latent(latent, network.encoding.shape[1])
    amplitudes = floats("amplitudes", cast("amplitudes", amplitudes, network.dtype), (None,))
    rates = floats("initial_rates", cast("initial_rates", initial_rates, network.dtype), (network.n_neurons,))
    column = floats("pattern", cast("pattern", pattern, network.dtype), (network.n_neurons,))
    start = rates @ network.encoding[:, latent]
    inputs = np.zeros((n_pulse + n_after, len(amplitudes), 1), network.dtype)
    inputs[:n_pulse, :, 0] = amplitudes
    pulsed = replace(network, input_weights=column[:, None])
    with np.errstate(over="ignore", invalid="ignore"):
        run = pulsed.simulate(inputs, initial_rates=np.tile(rates, (len(amplitudes), 1)))
    return np.sign(finite(run.latents[-1])[:, latent]) != np.sign(start)


@checked(n_pulse=at_least(1), n_after=at_least(0), latent=at_least(0))
def smallest_flip(
    network: RateNetwork,
    pattern: Float[Array, " N"],
    amplitudes: Float[Array, " A"],
    initial_rates: Float[Array, " N"],
    n_pulse: int = 1,
    n_after: int = 200,
    latent: int = 0,
) -> float:
    """The smallest of the `amplitudes` that flips the state, or infinity if none does.

    pattern, initial_rates, n_pulse, n_after, latent: as in :func:`flips`.

    >>> from lpu_core.design import design_bistable
    >>> bit = design_bistable(1000, 20.0, 10.0, 0.8, rng=0)
    >>> smallest_flip(bit, -bit.embedding[:, 0], [0.1, 3.0, 5.0], bit.tuning([1.0]))
    3.0
    """
    amplitudes = np.sort(amplitudes)
    flipped = flips(network, pattern, amplitudes, initial_rates, n_pulse, n_after, latent)
    return float(amplitudes[flipped][0]) if flipped.any() else float("inf")


@checked(n_steps=at_least(1), step=between(1e-10, 0.1))
def perturbation_response(
    network: RateNetwork, initial_rates: Float[Array, " N"], n_steps: int, step: float = 1e-5
) -> Float[Array, "TK N"]:
    """dκ/dr[0], the κ of all of the T = `n_steps` against all neurons, (T·K, N), by central differences; inputs are zero.

    initial_rates: r[0], (N,). step: of the differences. In float64, whatever the network's precision: the differences would
    drown in the rounding of float32.
    Its rank is the number of directions of activity to which the later κ responds: K in an LPU, whatever T (Theorem 3).

    >>> from lpu_core.design import design_flip_flop
    >>> values = np.linalg.svd(perturbation_response(design_flip_flop(50, 2, rng=0), np.zeros(50), 10))[1]
    >>> int((values > 1e-3 * values[0]).sum())
    2
    """
    n, exact = network.n_neurons, network.astype(np.float64)
    rates = floats("initial_rates", cast("initial_rates", initial_rates, np.float64), (n,))
    shifts = np.concatenate([np.eye(n), -np.eye(n)]) * step
    inputs = np.zeros((n_steps, 2 * n, network.n_inputs))
    with np.errstate(over="ignore", invalid="ignore"):
        latents = finite(exact.simulate(inputs, initial_rates=rates + shifts).latents)
    slope = (latents[:, :n] - latents[:, n:]) / (2 * step)  # (T, N, K)
    return slope.transpose(0, 2, 1).reshape(-1, n)


@checked(n_before=at_least(1), n_after=at_least(1))
def pulse_trials(
    network: RateNetwork,
    patterns: Float[Array, "P N"],
    lengths: tuple[int, ...],
    heights: Float[Array, " A"],
    initial_rates: Float[Array, " N"],
    n_before: int = 100,
    n_after: int = 200,
) -> Trajectory:
    """The protocol of Fig. 3C, all at once: 1 + P·A trials, the first untouched, then all heights along each pattern.

    patterns: where pulses go, (P, N). lengths: the steps that those along each of them last, (P,), at most `n_after`.
    heights: of the pulses, (A,). initial_rates: r[0], (N,), of all trials. n_before: steps before the pulses; n_after: steps
    from their start to the end. The trajectory has the rates, too.

    >>> from lpu_core.design import design_bistable
    >>> bit = design_bistable(1000, 20.0, 10.0, 0.8, rng=0)
    >>> run = pulse_trials(bit, [-bit.embedding[:, 0]], (1,), [0.1, 5.0], bit.tuning([1.0]))
    >>> run.latents[-1, :, 0].round()
    array([ 1.,  1., -1.], dtype=float32)
    """
    heights = floats("heights", cast("heights", heights, network.dtype), (None,))
    rates = floats("initial_rates", cast("initial_rates", initial_rates, network.dtype), (network.n_neurons,))
    pulsed = with_patterns(network, patterns)
    n_patterns = pulsed.n_inputs - network.n_inputs
    require(len(lengths) == n_patterns, "lengths", f"{n_patterns} numbers, one for each pattern", lengths)
    require(all(1 <= n <= n_after for n in lengths), "lengths", f"whole numbers from 1 to n_after = {n_after}", lengths)
    u = np.zeros((n_before + n_after, 1 + n_patterns * len(heights), pulsed.n_inputs), network.dtype)
    for p, (n, trials) in enumerate(zip(lengths, np.split(np.arange(1, u.shape[1]), n_patterns), strict=True)):
        u[n_before : n_before + n, trials, network.n_inputs + p] = heights
    return pulsed.simulate(u, initial_rates=np.tile(rates, (u.shape[1], 1)), record_rates=True)


@checked(n_samples=at_least(1))
def latent_readout(
    network: RateNetwork, neurons: Any, inputs: Float[Array, "T B D"], n_samples: int, rng: Seed
) -> Float[Array, "M1 K"]:
    """Weights that read κ from the rates of M `neurons` (a mask or indices) and a constant, (M + 1, K), by regression.

    The regression has `n_samples` of the T·B steps of runs from rates of zero with `inputs` (T, B, D), drawn by `rng`. The
    last row is the constant: κ ≈ rates[..., neurons] @ weights[:-1] + weights[-1].

    >>> from lpu_core.design import design_bistable
    >>> bit = design_bistable(50, 20.0, 10.0, 0.8, rng=0, dtype=np.float64)
    >>> u = np.random.default_rng(1).standard_normal((100, 2, 1))
    >>> weights = latent_readout(bit, np.arange(50), u, 100, rng=2)
    >>> run = bit.simulate(u, initial_rates=np.zeros((2, 50)), record_rates=True)
    >>> np.allclose(run.rates @ weights[:-1] + weights[-1], run.latents)  # all neurons tell κ
    True
    """
    rows = indices(neurons, network.n_neurons)
    u = floats("inputs", cast("inputs", inputs, network.dtype), (None, None, network.n_inputs))
    n_steps = u.shape[0] * u.shape[1]
    require(n_samples <= n_steps, "n_samples", f"at most the {n_steps} steps of the runs", n_samples)
    start = np.zeros((u.shape[1], network.n_neurons), network.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        run = network.simulate(u, initial_rates=start, record_rates=True)
    chosen = np.random.default_rng(rng).choice(n_steps, n_samples, replace=False)
    rates = finite(run.rates).reshape(n_steps, -1)[chosen][:, rows]  # type: ignore[arg-type]
    latents = finite(run.latents).reshape(n_steps, -1)[chosen]
    weights: Array = np.linalg.lstsq(np.c_[rates, np.ones(n_samples)], latents, rcond=None)[0]
    return weights


@checked(n_before=at_least(1), n_after=at_least(1), latent=at_least(0), n_samples=at_least(1))
def pulse_outcomes(
    network: RateNetwork,
    patterns: Float[Array, "2 N"],
    lengths: tuple[int, ...],
    heights: Float[Array, " A"],
    initial_rates: Float[Array, " N"],
    latent: int = 0,
    neurons: Any = None,
    inputs: Float[Array, "T B D"] | None = None,
    n_samples: int = 1000,
    rng: Seed = 0,
    n_before: int = 100,
    n_after: int = 200,
) -> tuple[bool, Bool[Array, " A"], Bool[Array, " A"], Bool[Array, " A"]]:
    """What :func:`pulse_trials` along two patterns make of a state, which the signs of κ tell.

    Returns whether the state lasts untouched; and for each of the `heights` (A,), whether the end of a trial finds κ_latent
    alone of the other sign after a pulse along the first pattern, whether it finds the state as it was after one along the
    second, and whether during that pulse a regression on the rates of `neurons` gives κ_latent the wrong sign. This last one
    is False where the state does not last, and without `neurons`. latent: the number of κ_latent. inputs, n_samples, rng:
    those of :func:`latent_readout`. patterns, lengths, heights, initial_rates, n_before, n_after: those of
    :func:`pulse_trials`.

    >>> from lpu_core.design import design_bistable
    >>> bit = design_bistable(1000, 20.0, 10.0, 0.8, rng=0)
    >>> m = bit.embedding[:, 0]
    >>> pulse_outcomes(bit, [-m, m], (1, 1), [0.1, 5.0], bit.tuning([1.0]))[:3]
    (True, array([False,  True]), array([ True,  True]))
    """
    _known_latent(latent, network.encoding.shape[1])
    rows = None if neurons is None else indices(neurons, network.n_neurons)
    require(rows is None or inputs is not None, "inputs", "those of the runs from which `neurons` are read", inputs)
    run = pulse_trials(network, patterns, lengths, heights, initial_rates, n_before, n_after)
    n_heights = run.latents.shape[1] // 2
    signs = np.sign(np.asarray(initial_rates, network.dtype) @ network.encoding)
    right = finite(run.latents) * signs > 0
    held = bool(right[:, 0].all())
    switched = right[-1, 1 : n_heights + 1] == (np.arange(len(signs)) != latent)
    fooled = np.zeros(n_heights, bool)
    if held and rows is not None:
        weights = latent_readout(network, rows, inputs, n_samples, rng)  # type: ignore[arg-type]
        rates = run.rates[n_before : n_before + lengths[1], n_heights + 1 :, rows]  # type: ignore[index]
        read = rates @ weights[:-1] + weights[-1]
        fooled = (read[..., latent] * signs[latent] < 0).any(axis=0)
    return held, switched.all(axis=-1), right[-1, n_heights + 1 :].all(axis=-1), fooled
