"""Infinitely many neurons: the latent flow in the limit in which drift and noise only smooth the tuning curves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, between, cast, check_fields, floats, numbers, points, require
from lpu_core.gaussian import smooth_tanh, tanh_slopes
from lpu_core.networks import LowRankRNN, Trajectory
from lpu_core.networks.base import initial_state
from lpu_core.subspace import STRENGTH

_STATE = between(-1e15, 1e15)
"""Of κ and u: their currents stay far within the range in which the mean over the copies is known."""


@dataclass(frozen=True, eq=False)
class DriftLimit:
    r"""The latent flow of infinitely many tanh neurons, each an old one's copy that drifted on its own.

    .. math::

        \tau\dot\kappa = -\kappa + \tfrac1N \sum_i n_i\, \mathbb{E}_z \tanh(m_i\cdot\kappa + w_i\cdot u + b_i + s z),
        \qquad s^2 = \sigma^2\lVert\kappa\rVert^2 + \sigma_\varepsilon^2

    network: the old one, resampled to infinity. drift_std: σ, of random or orthogonal drift, which are one in the limit; a
    number, or one for each of the κ (…, K) that are asked for at once. noise_std: s.d. σ_ε of the currents' noise. No
    assumption on how m and n are distributed. It is a :class:`~lpu_core.system.LatentSystem` and no network: it has no
    neurons to take or to count, and its flow is none in another basis of the latents, for ‖κ‖ is not.

    >>> from lpu_core.design import design_bistable
    >>> limit = DriftLimit(design_bistable(10_000, 20.0, 10.0, 0.8, rng=0), drift_std=1.0)
    >>> limit.simulate(np.zeros((200, 1, 1)), initial_latents=[[0.1]]).latents[-1].round(2)  # at ±1 without drift
    array([[0.61]])
    """

    network: LowRankRNN
    drift_std: Any = 0.0
    noise_std: float = 0.0

    def __post_init__(self):
        check_fields(self, drift_std=STRENGTH, noise_std=STRENGTH)
        require(self.network.nonlinearity == "tanh", "network", "a tanh network", repr(self.network.nonlinearity))

    @property
    def n_latents(self) -> int:
        """K."""
        return self.network.n_latents

    @property
    def n_inputs(self) -> int:
        """D."""
        return self.network.n_inputs

    @property
    def tau(self) -> float:
        """τ, ms."""
        return self.network.tau

    @property
    def dt(self) -> float:
        """Δt, ms."""
        return self.network.dt

    def astype(self, dtype: Any) -> "DriftLimit":
        """The limit of the network in float32 or float64 (`dtype`); means over the copies are taken in float64 anyhow."""
        return replace(self, network=self.network.astype(dtype))

    def bounding_box(self) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
        """The network's own box: smoothing takes no rate beyond 1."""
        return self.network.bounding_box()

    def _one_for_each(self, name: str, leading: tuple[int, ...]) -> None:
        """Raise where there are several strengths and not as many states, by the leading shape of an argument."""
        strengths = np.shape(self.drift_std)
        expected = f"a leading shape that ends with that of drift_std, {strengths}"
        require(not strengths or leading[-len(strengths) :] == strengths, name, expected, leading)

    def _smoothed(self, mean: Callable, kappa: Any, inputs: Any) -> Any:
        kappa = numbers("kappa", points("kappa", kappa, self.n_latents, np.float64), _STATE)
        inputs = None if inputs is None else numbers("inputs", inputs, _STATE)
        self._one_for_each("kappa", kappa.shape[:-1])
        spread = np.sqrt(np.square(self.drift_std) * np.square(kappa).sum(-1) + np.square(self.noise_std))
        return mean(self.network.current(kappa, inputs), spread[..., None])

    def tuning(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch N"]:
        """The mean tuning curve of each old neuron's copies, for κ (…, K), `kappa`, and u (…, D), `inputs`, or None."""
        return self._smoothed(smooth_tanh, kappa, inputs)

    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt, per ms, for κ (…, K), `kappa`, and u (…, D), `inputs`, or None."""
        kappa = points("kappa", kappa, self.n_latents, np.float64)
        return (self.tuning(kappa, inputs) @ self.network.encoding / self.network.n_neurons - kappa) / self.tau

    def jacobian(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
        """∂(dκ/dt)/∂κ, per ms: smoothing obeys the heat equation, ∂/∂s = s ∂²/∂x², so the spread adds σ² κ_j E tanh″.

        kappa: κ, (…, K). inputs: u, (…, D), or None.
        """
        (n, k), net = self.network.encoding.shape, self.network
        kappa = points("kappa", kappa, self.n_latents, np.float64)
        first, second = self._smoothed(tanh_slopes, kappa, inputs)
        pairs = (net.encoding[:, :, None] * net.embedding[:, None, :]).reshape(n, k * k)
        through = (first @ pairs).reshape(*first.shape[:-1], k, k)
        spread = np.square(self.drift_std)[..., None, None] * (second @ net.encoding)[..., None] * kappa[..., None, :]
        return ((through + spread) / n - np.eye(k)) / self.tau

    def simulate(self, inputs: Any, *, initial_latents: Any = None) -> Trajectory:
        """κ[t+1] = κ[t] + Δt dκ/dt under u (T, B, D) from κ[0] (B, K); infinitely many neurons average their noise away.

        inputs: u. initial_latents: κ[0]; zeros if None.
        """
        inputs = floats("inputs", cast("inputs", inputs, np.float64), (None, None, self.n_inputs))
        n_steps, n_trials, _ = inputs.shape
        self._one_for_each("inputs", inputs.shape[:-1])
        kappa = initial_state(initial_latents, "initial_latents", (n_trials, self.n_latents), np.dtype(np.float64))
        numbers("initial_latents", kappa, _STATE)
        latents = np.empty((n_steps, n_trials, self.n_latents))
        for t in range(n_steps):
            latents[t] = kappa = kappa + self.dt * self.flow(kappa, inputs[t])
        return Trajectory(latents)
