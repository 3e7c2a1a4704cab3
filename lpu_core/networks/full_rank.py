"""The leaky firing-rate network with any recurrent weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, floats, require
from lpu_core.networks.base import Network, Trajectory, initial_state
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
        n = floats("encoding", self.encoding, (len(w), None), w.dtype)
        u = floats("input_weights", self.input_weights, (len(w), None), w.dtype)
        b = floats("bias", np.zeros(len(w), w.dtype) if self.bias is None else self.bias, (len(w),), w.dtype)
        self._set(weights=w, encoding=n, input_weights=u, bias=b)
        nonlinearity(self.nonlinearity)

    def simulate(
        self,
        inputs: Any,
        *,
        initial_rates: Any = None,
        noise_std: float = 0.0,
        rng: Seed = None,
        record_rates: bool = False,
    ) -> Trajectory:
        """r[t+1] = (1−α) r[t] + α φ(W r[t] + W_in u[t] + b + ε[t]) (M83), O(N²) a step; arguments as in LowRankRNN."""
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
