r"""LPUs in spikes: neurons that fire by chance, whose latents obey the rate equation in the mean and diffuse around it.

Neuron i fires with the intensity ν (1 + tanh x_i)/2, x = Mκ + W_in u + b, and its rate is what its spikes leave behind,

.. math:: \tau\,\dot r_i = -r_i + \tfrac2\nu\,s_i(t) - 1,\qquad \mathbb{E}\,s_i = \tfrac\nu2\,(1 + \tanh x_i).

So the mean of dr/dt is that of equation (2), at every N, and κ = Nencᵀ r/N closes in the mean. Shot noise moves it:

.. math:: \tau\,d\kappa = (-\kappa + \tfrac1N N_\mathrm{enc}^\top\tanh x)\,dt + \sqrt{Q/N}\,dB,\qquad
    Q(\kappa) = \frac{2}{N\nu}\sum_i n_i n_i^\top (1 + \tanh x_i).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, between, checked, require
from lpu_core.escape import hill, mean_passage
from lpu_core.networks import LowRankRNN, Trajectory
from lpu_core.networks.base import initial_state

_PEAK = between(0, 1e6, "(]")
PER_SECOND = 1e-3
"""One spike a second, in spikes per ms."""


def _fires(network: LowRankRNN) -> None:
    require(network.nonlinearity == "tanh", "network", "a tanh network", repr(network.nonlinearity))


@checked(peak_rate=_PEAK)
def fire(
    network: LowRankRNN,
    inputs: Any,
    peak_rate: float,
    rng: Seed,
    *,
    initial_latents: Any = None,
    record_spikes: bool = False,
) -> tuple[Trajectory, Array | None]:
    """Run the network in spikes: κ (T, B, K) and, if asked for, the number of spikes of each neuron in each step (T, B, N).

    In each step Δt a neuron fires a Poisson number of spikes of mean νΔt (1 + tanh x)/2, and r ← (1−α) r + α (2s/(νΔt) − 1).

    inputs: u, (T, B, D). peak_rate: ν, the largest rate, spikes per second. initial_latents: κ[0], (B, K), all that
    the past says to the future; zeros if None.

    >>> from lpu_core.timescales import design_flip_flop
    >>> bit = design_flip_flop(n_neurons=1000, n_bits=1, rng=0)
    >>> run, spikes = fire(bit, np.ones((50, 2, 1)), 100.0, 1, record_spikes=True)
    >>> run.latents.shape, spikes.shape
    ((50, 2, 1), (50, 2, 1000))
    """
    _fires(network)
    inputs, n_steps, n_trials = network._inputs(inputs)
    kappa = initial_state(initial_latents, "initial_latents", (n_trials, network.n_latents), network.dtype)
    generator = np.random.default_rng(rng)
    per_step = peak_rate * PER_SECOND * network.dt  # νΔt
    path = np.empty((n_steps, n_trials, network.n_latents), network.dtype)
    spikes = np.empty((n_steps, n_trials, network.n_neurons), np.int32) if record_spikes else None
    for t in range(n_steps):
        fired = generator.poisson(per_step / 2 * (1 + network.tuning(kappa, inputs[t])))
        drive = (2 / per_step * fired - 1) @ network.encoding / network.n_neurons
        kappa = (1 - network.alpha) * kappa + network.alpha * drive
        path[t] = kappa
        if spikes is not None:
            spikes[t] = fired
    return Trajectory(path, None), spikes


@checked(peak_rate=_PEAK)
def shot_noise(network: LowRankRNN, kappa: Any, peak_rate: float, inputs: Any = None) -> Float[Array, "*batch K K"]:
    """Q(κ)/(N τ²), per ms: the covariance that spikes give to κ in a time, (…, K, K).

    kappa: κ, (…, K). peak_rate: ν, spikes per second. inputs: u, (…, D), or None.

    >>> bit = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)))
    >>> shot_noise(bit, [0.0], 1000.0)  # 2 n²/(ν N τ²)
    array([[0.08]])
    """
    _fires(network)
    active = 1 + network.tuning(kappa, inputs)
    n = network.encoding
    scale = 2 / (peak_rate * PER_SECOND * (network.n_neurons * network.tau) ** 2)
    return scale * np.einsum("...i,ik,il->...kl", active, n, n, optimize=True)


def _moments(network: LowRankRNN, peak_rate: float) -> Callable[[Array], tuple[Array, Array]]:
    """G and B of the one latent κ, (P,) each, at κ (P,)."""
    return lambda kappa: (network.flow(kappa[:, None])[:, 0], shot_noise(network, kappa[:, None], peak_rate)[:, 0, 0])


@checked(peak_rate=_PEAK)
def passage_time(network: LowRankRNN, start: float, target: float, peak_rate: float) -> float:
    """The mean time, ms, in which spikes take the one latent κ from `start` to `target`, in the diffusion limit.

    Two integrals over that circuit's own flow and shot noise (:func:`lpu_core.escape.mean_passage`). peak_rate: ν, spikes
    per second. Exact where many spikes fall into the time in which κ moves.

    >>> bit = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)))
    >>> round(passage_time(bit, 1.0, 0.0, 1e3)), round(passage_time(bit, 1.0, 0.0, 1e4))
    (35, 365829)
    """
    return mean_passage(network, _moments(network, peak_rate), start, target)


@checked(peak_rate=_PEAK)
def hill_height(network: LowRankRNN, well: float, top: float, peak_rate: float) -> float:
    r"""The :func:`lpu_core.escape.hill` h in shot noise: for weights symmetric under (m, n) → (−m, −n) it is N ν τ ΔU/⟨n²⟩.

    A bit's life grows as e^h: exponentially in the number of spikes that the circuit fires in a time τ.
    well, top: an attractor of the flow and the repeller beside it. peak_rate: ν, spikes per second.

    >>> bit = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)))
    >>> round(hill_height(bit, 1.9, 0.0, 1e4) / hill_height(bit, 1.9, 0.0, 1e3), 3)  # proportional to ν
    10.0
    """
    return hill(network, _moments(network, peak_rate), well, top)
