"""Networks whose neurons talk through several kinds of synapse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, checked, require, shown
from lpu_core.networks.base import Network, Trajectory, initial_state, per_neuron, several
from lpu_core.noise import gaussian_noise
from lpu_core.nonlinearities import TRANSFERS, elementwise


@dataclass(frozen=True, eq=False)
class MultiSynapseNetwork(Network):
    r"""A multi-synapse latent network: each pair of neurons may talk through L synapses of low rank.

    .. math::

        I^{(l)} = W^{(l)} r + b^{(l)},\quad W^{(l)} = \tfrac1N \sum_k m^{(l,k)} n^{(l,k)\top}  \qquad (M34)

        \tau\,\dot r_i = -r_i + f(I_i^{(1)}, \dots, I_i^{(L)}, (W_\mathrm{in}u)_i)  \qquad (M37)

        \tau\,\dot\kappa = -\kappa + \tfrac1N N_\mathrm{enc}^\top f(\kappa, u)  \qquad (M39)

    κ holds the latents of all synapses, first those of l = 1: Σ K_l of them.

    embeddings, encodings: L arrays (N, K_l) each. input_weights: W_in, (N, D). biases: L arrays (N,), or None.
    transfer: f, "tanh" (of the sum: with L = 1 this is equation (2)), "gated_dendrite" (tanh(I¹ + W_in u)·sigmoid(I²)),
    or any elementwise function of L currents and the input current. tau, dt: ms.

    >>> column = np.ones((4, 1))
    >>> net = MultiSynapseNetwork((column, column), (column, column), column, transfer="gated_dendrite")
    >>> net.tuning([1.0, 0.0]).round(3)  # tanh(1) through a gate half open
    array([0.381, 0.381, 0.381, 0.381])
    """

    embeddings: tuple[Float[Array, "N _"], ...]
    encodings: tuple[Float[Array, "N _"], ...]
    input_weights: Float[Array, "N D"]
    biases: tuple[Float[Array, " N"], ...] = None  # type: ignore[assignment]
    transfer: str | Callable[..., Array] = "tanh"
    tau: float = 10.0
    dt: float = 5.0

    def __post_init__(self):
        embeddings, encodings = several("embeddings", self.embeddings), several("encodings", self.encodings)
        biases = () if self.biases is None else several("biases", self.biases)
        n_synapses = len(embeddings)
        require(len(encodings) == n_synapses > 0, "encodings", f"as many as embeddings ({n_synapses}), at least one",
                 len(encodings))  # fmt: skip
        require(len(biases) in (0, n_synapses), "biases", f"one for each of {n_synapses} synapses", len(biases))
        w, *rest = per_neuron(
            [
                ("input_weights", self.input_weights, 2),
                *(("embeddings", part, 2) for part in embeddings),
                *(("encodings", part, 2) for part in encodings),
                *(("biases", part, 1) for part in biases),
            ]
        )
        m, enc = tuple(rest[:n_synapses]), tuple(rest[n_synapses : 2 * n_synapses])
        b = tuple(rest[2 * n_synapses :]) or (np.zeros(len(w), w.dtype),) * n_synapses
        require(len(w) > 0, "embeddings", "at least one neuron", m[0].shape)
        for one, other in zip(m, enc, strict=True):
            require(one.shape == other.shape, "encodings", f"shape {one.shape}, as embeddings", other.shape)
        self._set(embeddings=m, encodings=enc, input_weights=w, biases=b)
        known = callable(self.transfer) or (isinstance(self.transfer, str) and self.transfer in TRANSFERS)
        require(known, "transfer", f"one of {tuple(TRANSFERS)} or a callable", shown(self.transfer))
        gated = isinstance(self.transfer, str) and self.transfer == "gated_dendrite"
        require(not gated or n_synapses == 2, "transfer", "2 synapses for a gated dendrite", n_synapses)

    @property
    def n_latents(self) -> int:
        """Σ K_l."""
        return sum(m.shape[1] for m in self.embeddings)

    @property
    def encoding(self) -> Float[Array, "N K"]:
        """All encoding vectors side by side, (N, Σ K_l)."""
        return np.concatenate(self.encodings, axis=1)

    def bounding_box(self) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
        """The box |κ_k| ≤ Σ_i |n_i^(k)|/N; ValueError for a transfer of the caller's own, whose bound is not known."""
        require(not callable(self.transfer), "network", "a transfer bounded by 1; else give low and high", "a callable")
        reach = np.abs(self.encoding).mean(0).astype(np.float64)
        return -reach, reach

    def synapse_weights(self) -> tuple[Float[Array, "N N"], ...]:
        """The dense W^(l), N² numbers each: for small N."""
        return tuple(m @ n.T / self.n_neurons for m, n in zip(self.embeddings, self.encodings, strict=True))

    def _state(self, kappa: Any, inputs: Any) -> tuple[Array, Array | None]:
        """κ and u, checked; the one of fewer states as often as the other has them, for f takes arrays of one shape."""
        kappa, inputs = super()._state(kappa, inputs)
        if inputs is None:
            return kappa, None
        batch = np.broadcast_shapes(kappa.shape[:-1], inputs.shape[:-1])
        return np.broadcast_to(kappa, (*batch, self.n_latents)), np.broadcast_to(inputs, (*batch, self.n_inputs))

    def _drive(self, inputs: Array | None) -> Array:
        """W_in u, (…, N), for u (…, D); nothing for None."""
        return np.zeros(self.n_neurons, self.dtype) if inputs is None else inputs @ self.input_weights.T

    def _embed(self, kappa: Array, drive: Array, noise: Callable[[], Array] | None = None) -> Array:
        """f(κ, u), with fresh noise in every synapse's current."""
        edges = np.cumsum([m.shape[1] for m in self.embeddings])[:-1]
        parts = np.split(kappa, edges, axis=-1)
        currents = [part @ m.T + b for part, m, b in zip(parts, self.embeddings, self.biases, strict=True)]
        if noise is not None:
            currents = [current + noise() for current in currents]
        f = self.transfer if callable(self.transfer) else TRANSFERS[self.transfer]
        return elementwise("transfer", f(*currents, drive), currents[0].shape)

    def tuning(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch N"]:
        """The tuning curves r̃(κ) = f(κ, u), for κ (…, Σ K_l), `kappa`, and u (…, D), `inputs`, or None."""
        kappa, inputs = self._state(kappa, inputs)
        return self._embed(kappa, self._drive(inputs))

    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt = (−κ + Nencᵀ f(κ, u)/N)/τ, per ms (M39), for κ (…, Σ K_l), `kappa`, and u (…, D), `inputs`, or None."""
        kappa, inputs = self._state(kappa, inputs)
        return (self._embed(kappa, self._drive(inputs)) @ self.encoding / self.n_neurons - kappa) / self.tau

    def jacobian(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
        """∂(dκ/dt)/∂κ by central differences, since f may be anything; `kappa` and `inputs` as in :meth:`flow`."""
        kappa, inputs = self._state(kappa, inputs)
        step = np.finfo(self.dtype).eps ** (1 / 3)
        shifts = step * np.eye(self.n_latents, dtype=self.dtype)
        columns = [(self.flow(kappa + s, inputs) - self.flow(kappa - s, inputs)) / (2 * step) for s in shifts]
        return np.stack(columns, axis=-1)

    @checked(noise_std=at_least(0))
    def simulate(
        self,
        inputs: Any,
        *,
        initial_rates: Any = None,
        noise_std: float = 0.0,
        rng: Seed = None,
        record_rates: bool = False,
    ) -> Trajectory:
        """κ[t+1] = (1−α) κ[t] + (α/N) Nencᵀ f(κ[t], u[t]).

        inputs: u, (T, B, D). initial_rates: r[0], (B, N), or zeros. noise_std: s.d. of the noise, drawn from rng anew for
        every step, trial, neuron and synapse. record_rates: keep r as well, (T, B, N).
        """
        inputs, n_steps, n_trials = self._inputs(inputs)
        rates = initial_state(initial_rates, "initial_rates", (n_trials, self.n_neurons), self.dtype)
        noise = gaussian_noise(noise_std, rng, rates.shape, self.dtype)
        encoding = self.encoding / self.n_neurons
        kappa = rates @ encoding
        latents = np.empty((n_steps, n_trials, self.n_latents), self.dtype)
        recorded = np.empty((n_steps, *rates.shape), self.dtype) if record_rates else None
        for t in range(n_steps):
            target = self._embed(kappa, inputs[t] @ self.input_weights.T, noise)
            kappa = (1 - self.alpha) * kappa + self.alpha * target @ encoding
            latents[t] = kappa
            if recorded is not None:
                rates = (1 - self.alpha) * rates + self.alpha * target
                recorded[t] = rates
        return Trajectory(latents, recorded)
