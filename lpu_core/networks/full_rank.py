"""The leaky firing-rate network with any recurrent weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, checked, floats, require
from lpu_core.networks.base import Network, Trajectory, initial_state, per_neuron
from lpu_core.noise import gaussian_noise
from lpu_core.nonlinearities import Nonlinearity, nonlinearity


@dataclass(frozen=True, eq=False)
class FullRankRNN(Network):
    r"""A leaky firing-rate RNN with any recurrent weights, stepped through its dense W.

    .. math::

        \tau\,\dot r = -r + \varphi(W r + W_\mathrm{in} u + b + \varepsilon),\qquad
        \kappa = \tfrac1N N_\mathrm{enc}^\top r

    weights: W, (N, N). encoding: Nenc, (N, K), what is read out; its κ obey no closed equation unless W = M Nencᵀ/N.
    input_weights: W_in, (N, D). bias: b, (N,). tau, dt: ms. nonlinearity: as in :class:`LowRankRNN`.

    >>> still = FullRankRNN(np.zeros((2, 2)), np.ones((2, 1)), np.zeros((2, 0)))
    >>> still.simulate(np.zeros((2, 1, 0)), initial_rates=[[1.0, 3.0]]).latents.ravel()
    array([1. , 0.5])
    """

    weights: Float[Array, "N N"]
    encoding: Float[Array, "N K"]
    input_weights: Float[Array, "N D"]
    bias: Float[Array, " N"] = None  # type: ignore[assignment]
    tau: float = 10.0
    dt: float = 5.0
    nonlinearity: Nonlinearity = "tanh"

    def __post_init__(self):
        w = floats("weights", self.weights, (None, None))
        require(w.shape[0] == w.shape[1] > 0, "weights", "a square matrix", w.shape)
        b = np.zeros(len(w), int) if self.bias is None else self.bias
        w, n, u, b = per_neuron(
            [
                ("weights", self.weights, 2),
                ("encoding", self.encoding, 2),
                ("input_weights", self.input_weights, 2),
                ("bias", b, 1),
            ]
        )
        self._set(weights=w, encoding=n, input_weights=u, bias=b)
        nonlinearity(self.nonlinearity)

    @property
    def n_latents(self) -> int:
        """K, the number of variables that are read out."""
        return self.encoding.shape[1]

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
        """r[t+1] = (1−α) r[t] + α φ(W r[t] + W_in u[t] + b + ε[t]) (M83), O(N²) a step.

        inputs: u, (T, B, D). initial_rates: r[0], (B, N), or zeros. noise_std: s.d. of ε, drawn from rng anew in every step,
        trial and neuron. record_rates: keep r as well, (T, B, N).
        """
        inputs, n_steps, n_trials = self._inputs(inputs)
        rates = initial_state(initial_rates, "initial_rates", (n_trials, self.n_neurons), self.dtype)
        noise = gaussian_noise(noise_std, rng, rates.shape, self.dtype)
        phi = nonlinearity(self.nonlinearity)
        latents = np.empty((n_steps, n_trials, self.encoding.shape[1]), self.dtype)
        recorded = np.empty((n_steps, *rates.shape), self.dtype) if record_rates else None
        for t in range(n_steps):
            current = rates @ self.weights.T + inputs[t] @ self.input_weights.T + self.bias
            if noise is not None:
                current += noise()
            rates = (1 - self.alpha) * rates + self.alpha * phi(current)
            latents[t] = rates @ self.encoding / self.n_neurons
            if recorded is not None:
                recorded[t] = rates
        return Trajectory(latents, recorded)
