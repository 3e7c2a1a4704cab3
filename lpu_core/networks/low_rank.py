"""The leaky firing-rate network of rank K, and what it shares with the leaky-current one."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, cast, checked, floats, require
from lpu_core.networks.base import Network, Trajectory, initial_state, per_neuron
from lpu_core.networks.full_rank import FullRankRNN
from lpu_core.noise import stream_of
from lpu_core.nonlinearities import BOUNDED, Nonlinearity, nonlinearity
from lpu_core.steps import Weights, steps, weighted_sums


@dataclass(frozen=True, eq=False)
class LowRankWeights(Network):
    """What the low-rank architectures share: W = M Nencᵀ/N (3) and the latent flow that it closes."""

    embedding: Float[Array, "N K"]
    encoding: Float[Array, "N K"]
    input_weights: Float[Array, "N D"]
    bias: Float[Array, " N"] = None  # type: ignore[assignment]
    tau: float = 10.0
    dt: float = 5.0
    nonlinearity: Nonlinearity = "tanh"

    PER_NEURON: ClassVar[tuple[str, ...]] = ("embedding", "encoding", "input_weights", "bias")
    """The fields with a row a neuron, which :mod:`lpu_core.surgery` takes and appends."""

    def __post_init__(self):
        weights = [(name, getattr(self, name), 2) for name in ("embedding", "encoding", "input_weights")]
        if self.bias is not None:
            weights.append(("bias", self.bias, 1))
        m, n, w, *rest = per_neuron(weights)
        b = rest[0] if rest else np.zeros(len(m), m.dtype)
        require(len(m) > 0, "embedding", "at least one neuron", m.shape)
        require(n.shape == m.shape, "encoding", f"shape {m.shape}, as embedding", n.shape)
        m, n, w = (np.asfortranarray(part) for part in (m, n, w))  # thin products and the machine code go along neurons
        self._set(embedding=m, encoding=n, input_weights=w, bias=b)
        nonlinearity(self.nonlinearity)

    def rows(self) -> Weights:
        """The weights as :mod:`lpu_core.steps` takes them: views that go along neurons."""
        return Weights(self.embedding.T, self.input_weights.T, self.bias, self.encoding.T)

    def _point(self, kappa: Any, inputs: Any) -> tuple[Array, Array]:
        """κ (…, K) and u (…, D), checked; zeros (D,) for None."""
        kappa, inputs = self._state(kappa, inputs)
        return kappa, np.zeros(self.n_inputs, self.dtype) if inputs is None else inputs

    @property
    def n_latents(self) -> int:
        """K, the rank."""
        return self.embedding.shape[1]

    @checked()
    def current(self, kappa: Any, inputs: Any, neurons: slice = slice(None)) -> Array:
        """Mκ + W_in u + b of some `neurons`, (…, N), for κ (…, K), `kappa`, and u (…, D), `inputs`, or None."""
        return self.rows().current(*self._point(kappa, inputs), neurons)

    def bounding_box(self) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
        """The box |κ_k| ≤ Σ_i |n_i^(k)|/N, which the flow enters from everywhere when |φ| ≤ 1: all fixed points lie in it.

        Raises ValueError for a nonlinearity that is not known to be bounded by 1.
        """
        known = self.nonlinearity in BOUNDED
        require(
            known, "network", f"a nonlinearity bounded by 1, one of {BOUNDED}; else give low and high", self.nonlinearity
        )
        reach = np.abs(self.encoding).mean(0).astype(np.float64)
        return -reach, reach

    def dense_weights(self) -> Float[Array, "N N"]:
        """The dense W = M Nencᵀ/N (3), N² numbers: for small N."""
        return self.embedding @ self.encoding.T / self.n_neurons

    def tuning(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch N"]:
        """The tuning curves r̃(κ) = φ(Mκ + W_in u + b) (5, M48); n does not appear.

        kappa: κ, (…, K). inputs: u, (…, D), or None.
        """
        current = self.rows().current(*self._point(kappa, inputs))
        return nonlinearity(self.nonlinearity)(current, out=current)

    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt = (−κ + Nencᵀ φ(Mκ + W_in u + b)/N)/τ, per ms (M32).

        kappa: κ, (…, K). inputs: u, (…, D), or None.
        """
        kappa, inputs = self._point(kappa, inputs)
        fed_back = weighted_sums(self.nonlinearity, self.rows(), kappa, inputs)
        return (fed_back / self.n_neurons - kappa) / self.tau

    def jacobian(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
        """∂(dκ/dt)/∂κ = (−I + Nencᵀ diag φ′(Mκ + W_in u + b) M/N)/τ, per ms.

        kappa: κ, (…, K). inputs: u, (…, D), or None.
        """
        through = self._through_slopes(self.embedding, *self._point(kappa, inputs))
        return (through - np.eye(self.n_latents, dtype=self.dtype)) / self.tau

    def through_slopes(self, columns: Any, kappa: Any, inputs: Any) -> Array:
        """Nencᵀ diag φ′(Mκ + W_in u + b) C/N, (…, K, C), for columns (N, C): how κ answers to a change C of the currents.

        kappa: κ, (…, K). inputs: u, (…, D), or None.
        """
        columns = floats("columns", cast("columns", columns, self.dtype), (self.n_neurons, None))
        return self._through_slopes(columns, *self._point(kappa, inputs))

    def _through_slopes(self, columns: Array, kappa: Array, inputs: Array) -> Array:
        """:meth:`through_slopes`, for what is checked."""
        pairs = (self.encoding.T[:, None] * columns.T).reshape(-1, self.n_neurons)  # n_i c_iᵀ
        through = weighted_sums(self.nonlinearity, self.rows()._replace(readouts=pairs), kappa, inputs, slope=True)
        return through.reshape(*through.shape[:-1], self.n_latents, columns.shape[1]) / self.n_neurons

    def change_basis(self, basis: Any):
        """The same network in the latent variables Aκ: Nenc → Nenc Aᵀ, M → M A⁻¹, for an invertible A, `basis` (K, K)."""
        a = floats("basis", cast("basis", basis, self.dtype), (self.n_latents, self.n_latents))
        require(np.linalg.cond(a) < 1 / np.finfo(self.dtype).eps, "basis", "an invertible matrix", "a singular one")
        return replace(self, encoding=self.encoding @ a.T, embedding=np.linalg.solve(a.T, self.embedding.T).T)


@dataclass(frozen=True, eq=False)
class LowRankRNN(LowRankWeights):
    r"""A leaky firing-rate RNN whose recurrent weights have rank K.

    .. math::

        \tau\,\dot r = -r + \varphi(W r + W_\mathrm{in} u + b + \varepsilon)  \qquad (2)

        W = \tfrac1N \sum_k m^{(k)} n^{(k)\top}  \qquad (3)

        \kappa_k = \tfrac1N \sum_i n_i^{(k)} r_i  \qquad (4)

    embedding: m, (N, K), latent → neuron: it sets the tuning.
    encoding: n, (N, K), neuron → latent: it sets the causal influence.
    input_weights: W_in, (N, D).
    bias: b, (N,); zeros where none is given.
    tau, dt: τ and Δt, ms.
    nonlinearity: φ: "tanh", "relu", "sin", "sign" or any elementwise callable.

    Raises ValueError, naming the argument, for shapes that don't fit, mixed float types or times that make no sense.

    >>> net = LowRankRNN(embedding=[[1.0], [2.0]], encoding=[[1.0], [1.0]], input_weights=[[0.0], [1.0]])
    >>> net.flow([0.5]).round(4)  # (−0.5 + (tanh 0.5 + tanh 1)/2)/10 per ms
    array([0.0112])
    >>> net.simulate(np.ones((3, 2, 1))).latents.shape  # 3 steps, 2 trials, 1 latent variable
    (3, 2, 1)
    """

    def dense(self) -> "FullRankRNN":
        """The same network through its dense W: O(N²) a step, the slow way to the same numbers."""
        return FullRankRNN(
            self.dense_weights(), self.encoding, self.input_weights, self.bias, self.tau, self.dt, self.nonlinearity
        )

    @checked(noise_std=at_least(0))
    def simulate(
        self,
        inputs: Any,
        *,
        initial_rates: Any = None,
        initial_latents: Any = None,
        noise_std: float = 0.0,
        rng: Seed = None,
        record_rates: bool = False,
    ) -> Trajectory:
        """κ[t+1] = (1−α) κ[t] + (α/N) Nencᵀ φ(Mκ[t] + W_in u[t] + b + ε[t]), O(NK) a step (M32, M83).

        inputs: u, (T, B, D). initial_rates: r[0], (B, N), or initial_latents: κ[0], (B, K); zeros if neither.
        noise_std: s.d. of ε, drawn from rng (a Generator or a seed) for every step, trial and neuron. It belongs to Δt: κ
        diffuses at a rate ∝ noise_std² Δt/τ², which :func:`lpu_core.noise.rescaled_std` keeps for another Δt.
        record_rates: keep r as well, (T, B, N); it needs initial_rates, since many r share one κ.
        """
        inputs, _, n_trials = self._inputs(inputs)
        n, k = self.n_neurons, self.n_latents
        require(initial_rates is None or initial_latents is None, "initial_latents", "None beside initial_rates", "both")
        require(not record_rates or initial_latents is None, "initial_latents",
                 "initial_rates in its place: latents don't determine the rates to be recorded", "latents")  # fmt: skip
        if initial_latents is not None:
            kappa = initial_state(initial_latents, "initial_latents", (n_trials, k), self.dtype)
        else:
            rates = initial_state(initial_rates, "initial_rates", (n_trials, n), self.dtype)
            kappa = rates @ self.encoding / n
        path, recorded = steps(
            self.nonlinearity, self.rows(), kappa, inputs, self.alpha,
            noise_std=noise_std, stream=stream_of(noise_std, rng), rates=rates.copy() if record_rates else None,
        )  # fmt: skip
        return Trajectory(path, recorded)
