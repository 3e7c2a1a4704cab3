r"""LPUs of integrate-and-fire neurons: where synapses are slow, the f–I curve is the embedding and the latents close.

.. math:: \tau_m\,\dot v_i = -v_i + x_i,\qquad v_i \ge 1:\ \text{a spike, and } v_i = 0 \text{ for the time } t_r,\qquad
    \tau_s\,\dot r_i = -r_i + t_r\,s_i(t)

with x = Mκ + W_in u + b and κ = Nencᵀ r/N. The trace r is the share of the largest rate 1/t_r at which a neuron fires. At a
steady current it fires at the f–I curve φ(x) = t_r / (t_r + τ_m log(x/(x−1))), x > 1. Where τ_s ≫ τ_m the current hardly
changes between two spikes, so τ_s dr/dt ≈ −r + φ(Mκ + W_in u + b): equation (2), with another φ and τ_s for τ.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lpu_core.check import Array, Seed, above, check_fields, checked, numbers, require
from lpu_core.networks import LowRankRNN, Trajectory
from lpu_core.networks.base import initial_state


@dataclass(frozen=True)
class Membrane:
    """A leaky integrate-and-fire neuron with threshold 1 and reset 0; called with currents it is its own f–I curve φ.

    tau: τ_m, ms. refractory: t_r, ms.

    >>> Membrane()(np.array([0.9, 1.1, 1e9])).round(3)  # silent, slow, as fast as can be
    array([0.   , 0.077, 1.   ])
    """

    tau: float = 10.0
    refractory: float = 2.0

    def __post_init__(self):
        check_fields(self, tau=above(0), refractory=above(0))

    def __call__(self, current: Array) -> Array:
        """φ(x), shares of the largest rate, for currents x of any shape, `current`."""
        x = numbers("current", current)
        fires = x > 1
        interval = -self.tau * np.log1p(-1 / np.where(fires, x, 2))
        return np.where(fires, self.refractory / (self.refractory + interval), 0)


@checked(dt=above(0))
def integrate(
    network: LowRankRNN, inputs: Any, rng: Seed, dt: float = 0.1, *, initial_latents: Any = None, record_spikes: bool = False
) -> tuple[Trajectory, Array | None]:
    """Run a network of spiking neurons: κ (T, B, K) at the network's steps, and if asked for its spikes (T, B, N) in each.

    network: its φ is a :class:`Membrane`, its τ the synapses' τ_s. inputs: u, (T, B, D), each for a step Δt of the network.
    rng: for the potentials at the start, each uniform below its current or threshold. dt: the integration's own step, ms.
    initial_latents: κ[0], (B, K); zeros if None. Between spikes v moves exactly; a spike falls at the end of its step.
    Raises ValueError where dt does not divide Δt.

    >>> cell = LowRankRNN([[0.0]], [[1.0]], np.zeros((1, 0)), bias=[2.0], tau=100.0, dt=5.0, nonlinearity=Membrane())
    >>> _, spikes = integrate(cell, np.zeros((200, 1, 0)), 0, record_spikes=True)
    >>> int(spikes.sum()), round(1000 / (2 + 10 * np.log(2)))  # in a second
    (113, 112)
    """
    cell: Any = network.nonlinearity
    require(isinstance(cell, Membrane), "network", "one whose nonlinearity is a Membrane", cell)
    inputs, n_steps, n_trials = network._inputs(inputs)
    each = round(min(network.dt / dt, 1e9))
    part = 0 < each <= 10_000 and abs(each * dt - network.dt) < 1e-9 * network.dt
    require(part, "dt", f"a part, down to the 10 000th, of Δt = {network.dt:g} ms", dt)
    n = network.n_neurons
    kappa = initial_state(initial_latents, "initial_latents", (n_trials, network.n_latents), network.dtype)
    current = network.current(kappa, inputs[0] if n_steps else None)
    v = np.random.default_rng(rng).uniform(0, 1, current.shape) * np.clip(current, 0, 1)
    rest = np.zeros(current.shape)  # ms of refractoriness left
    keep, fade = np.exp(-dt / cell.tau), np.exp(-dt / network.tau)
    jump = cell.refractory / network.tau * network.encoding / n
    path = np.empty((n_steps, n_trials, network.n_latents), network.dtype)
    spikes = np.zeros((n_steps, n_trials, n), np.int32) if record_spikes else None
    for t in range(n_steps):
        for _ in range(each):
            current = network.current(kappa, inputs[t])
            ready = rest <= 0
            v = np.where(ready, current + (v - current) * keep, 0.0)
            fired = v >= 1
            v[fired] = 0
            rest = np.where(fired, cell.refractory - dt, rest - dt)
            kappa = fade * kappa + fired @ jump
            if spikes is not None:
                spikes[t] += fired
        path[t] = kappa
    return Trajectory(path, None), spikes
