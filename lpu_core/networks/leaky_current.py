"""The leaky-current network, the older class."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, between, checked, require
from lpu_core.networks.base import Trajectory, initial_state
from lpu_core.networks.low_rank import LowRankRNN, LowRankWeights
from lpu_core.noise import gaussian_noise
from lpu_core.nonlinearities import nonlinearity


@dataclass(frozen=True, eq=False)
class LeakyCurrentRNN(LowRankWeights):
    r"""A low-rank leaky-current RNN, the older class: the nonlinearity stands inside the recurrent sum.

    .. math::

        \tau\,\dot x = -x + W\varphi(x) + W_\mathrm{in} u + b + \varepsilon  \qquad (M16)

        x = M\kappa + W_\mathrm{in} v + v_b\,b + x_\perp  \qquad (M17)

        \tau\dot\kappa = -\kappa + \tfrac1N N_\mathrm{enc}^\top\varphi(x),\quad
        \tau\dot v = -v + u,\quad \tau\dot x_\perp = -x_\perp + \varepsilon  \qquad (M18)

    Fields as in :class:`LowRankRNN`. Here κ is *not* Nencᵀr/N: it is Nencᵀφ(x)/N filtered by τ, and the currents x
    lie on the flat span of M and W_in. The methods :meth:`flow` and :meth:`jacobian` are those of (M19), x⊥ = 0, with
    v in the place of u; the bias is followed as an input that has been on for long (v_b = 1).

    >>> net = LeakyCurrentRNN(np.ones((3, 1)), np.zeros((3, 1)), np.zeros((3, 0)))
    >>> net.simulate(np.zeros((2, 1, 0)), initial_latents=[[1.0]]).latents.ravel()
    array([0.5 , 0.25])
    """

    def firing_rate(self) -> LowRankRNN:
        """The leaky firing-rate network of the same weights: the same latents, under inputs that τ has filtered (M18).

        To rounding, for x⊥ = 0 and without biases: ``net.simulate(u, initial_latents=κ)`` is
        ``net.firing_rate().simulate(filtered(u, net.alpha), initial_latents=κ)``. Flow and Jacobian are always the same. A
        bias is another input, u_b = 1, that comes on at the start here and has been on for long there.

        >>> net = LeakyCurrentRNN(np.ones((3, 1)), np.ones((3, 1)), np.ones((3, 1)))
        >>> u = np.ones((3, 1, 1))
        >>> net.simulate(u).latents.ravel().round(3)
        array([0.   , 0.231, 0.492])
        >>> net.firing_rate().simulate(filtered(u, net.alpha)).latents.ravel().round(3)
        array([0.   , 0.231, 0.492])
        """
        return LowRankRNN(**{f.name: getattr(self, f.name) for f in fields(self)})

    @checked(noise_std=at_least(0))
    def simulate(
        self,
        inputs: Any,
        *,
        initial_currents: Any = None,
        initial_latents: Any = None,
        noise_std: float = 0.0,
        rng: Seed = None,
        record_rates: bool = False,
    ) -> Trajectory:
        """Step κ, v and x⊥ (M18): O(NK) a step, exact for any start and any noise.

        inputs: u, (T, B, D). initial_currents: x[0], (B, N), all of it in x⊥ with κ = v = 0; or initial_latents: κ[0],
        (B, K), with x[0] = Mκ[0]. noise_std: s.d. of ε, drawn from rng. record_rates: keep φ(x) and x, (T, B, N).
        """
        inputs, n_steps, n_trials = self._inputs(inputs)
        n, k, alpha = self.n_neurons, self.n_latents, self.alpha
        require(
            initial_currents is None or initial_latents is None,
            "initial_latents",
            "None beside initial_currents",
            "both",
        )
        kappa = initial_state(initial_latents, "initial_latents", (n_trials, k), self.dtype)
        rest = initial_state(initial_currents, "initial_currents", (n_trials, n), self.dtype)
        noise = gaussian_noise(noise_std, rng, (n_trials, n), self.dtype)
        follow_rest = noise is not None or initial_currents is not None
        phi = nonlinearity(self.nonlinearity)

        # The bias is an input too, switched on at the first step: u_b = 1, filtered like the others.
        weights = self.rows()
        weights = weights._replace(inputs=np.vstack([weights.inputs, self.bias]), bias=np.zeros_like(self.bias))
        driven = np.zeros((n_trials, self.n_inputs + 1), self.dtype)  # [v, v_b]
        latents = np.empty((n_steps, n_trials, k), self.dtype)
        rates, currents = np.empty((2, n_steps, n_trials, n), self.dtype) if record_rates else (None, None)
        rate = phi(weights.current(kappa, driven) + rest)
        for t in range(n_steps):
            kappa = (1 - alpha) * kappa + alpha * (rate @ self.encoding) / n
            driven *= 1 - alpha
            driven[:, :-1] += alpha * inputs[t]
            driven[:, -1] += alpha
            x = weights.current(kappa, driven)
            if follow_rest:
                rest = (1 - alpha) * rest + (alpha * noise() if noise is not None else 0)
                x += rest
            latents[t] = kappa
            if currents is not None:
                currents[t] = x
            rate = phi(x, out=x)
            if rates is not None:
                rates[t] = rate
        return Trajectory(latents, rates, currents)


@checked(alpha=between(0, 1, "(]"))
def filtered(inputs: Float[Array, "T *batch D"], alpha: float) -> Float[Array, "T *batch D"]:
    """v[t], what the currents hold of the `inputs` as step t begins: v[t+1] = (1−α) v[t] + α u[t], v[0] = 0 (M18).

    inputs: u, (T, …, D). alpha: α = Δt/τ. The last input comes too late to be in v. Under v a firing-rate network does what
    a leaky-current one does under u: :meth:`LeakyCurrentRNN.firing_rate`.

    >>> filtered(np.ones((4, 1)), 0.5).ravel()
    array([0.   , 0.5  , 0.75 , 0.875])
    """
    v = np.zeros_like(inputs)
    for t in range(len(inputs) - 1):
        v[t + 1] = (1 - alpha) * v[t] + alpha * inputs[t]
    return v
