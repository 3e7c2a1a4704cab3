"""The architectures: leaky firing-rate, leaky-current and multi-synapse networks, and their latent equations.

Symbols, as in the paper: N neurons, K latent variables, D inputs, T steps, B trials; r rates, κ latents, u inputs,
m embedding vectors, n encoding vectors, τ neuronal decay time and Δt step (ms), α = Δt/τ, φ the nonlinearity.
Arrays run time first, then trials, then features; entry t of a trajectory is the state after step t.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core._files import read_npz, save_npz

Array = np.ndarray
Nonlinearity = str | Callable[[Array], Array]
BLOCK = 2**18
"""Numbers in a block of currents: 1 MiB in float32."""
Seed = int | Sequence[int] | np.random.Generator | None

# name -> (φ, φ'); φ writes into `out` where one is given
NONLINEARITIES: dict[str, tuple[Callable, Callable]] = {
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "relu": (lambda x, out=None: np.maximum(x, 0, out=out), lambda x: (x > 0).astype(x.dtype)),
    "sin": (np.sin, np.cos),
    "sign": (np.sign, np.zeros_like),
}

# f(I¹, …, I^L, input current) of a multi-synapse network, neuron by neuron
TRANSFERS: dict[str, Callable[..., Array]] = {
    "tanh": lambda *currents: np.tanh(sum(currents)),
    "gated_dendrite": lambda soma, gate, drive: np.tanh(soma + drive) / (1 + np.exp(-gate)),
}


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What a simulation returns: the state after each step.

    latents: κ, (T, B, K).
    rates: r, (T, B, N), or None unless they were asked for.
    currents: x, (T, B, N), of a leaky-current network with its rates; None otherwise.
    """

    latents: Float[Array, "T B K"]
    rates: Float[Array, "T B N"] | None = None
    currents: Float[Array, "T B N"] | None = None


def _require(holds: Any, name: str, expected: str, got: Any) -> None:
    if not holds:
        raise ValueError(f"{name}: expected {expected}, got {got}")


def _as_floats(name: str, value: Any, shape: tuple[int | None, ...], dtype: np.dtype | None = None) -> Array:
    """`value` as a finite float array of `shape` (None: any size) and of `dtype`, if one is given."""
    array = np.asarray(value)
    if array.dtype.kind in "iub":
        array = array.astype(dtype or np.float64)
    _require(array.dtype in (np.float32, np.float64), name, "float32 or float64 numbers", array.dtype)
    _require(dtype is None or array.dtype == dtype, name, f"{dtype} as in the other arrays", array.dtype)
    fits = array.ndim == len(shape) and all(s in (None, a) for s, a in zip(shape, array.shape, strict=True))
    wanted = ", ".join("any" if s is None else str(s) for s in shape) + "," * (len(shape) == 1)
    _require(fits, name, f"shape ({wanted})", array.shape)
    _require(np.isfinite(array).all(), name, "finite numbers", "NaN or infinity")
    return array


def _cast(name: str, value: Any, dtype: np.dtype) -> Array:
    """`value` as an array of `dtype`, if it holds real numbers."""
    array = np.asarray(value)
    _require(array.dtype.kind in "iubf", name, "real numbers", array.dtype)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity
        return array.astype(dtype, copy=False)


def _check_times(tau: float, dt: float) -> None:
    _require(np.isfinite(tau) and tau > 0, "tau", "a time above 0 ms", tau)
    _require(0 < dt <= tau, "dt", f"a step above 0 and at most tau = {tau} ms", dt)


def nonlinearity(phi: Nonlinearity) -> Callable:
    """φ as a function of (x, out=None), from its name or any elementwise callable."""
    if callable(phi):
        return lambda x, out=None: np.positive(_elementwise("nonlinearity", phi(x), x.shape), out=out)
    _require(phi in NONLINEARITIES, "nonlinearity", f"one of {tuple(NONLINEARITIES)} or a callable", repr(phi))
    return NONLINEARITIES[phi][0]


def _elementwise(name: str, values: Any, shape: tuple[int, ...]) -> Array:
    _require(np.shape(values) == shape, name, f"an elementwise function: values of shape {shape}", np.shape(values))
    return values


def derivative(phi: Nonlinearity) -> Callable[[Array], Array]:
    """φ′: in closed form for the named nonlinearities, by central differences for a callable."""
    if not callable(phi):
        return NONLINEARITIES[phi][1]

    def difference(x: Array) -> Array:
        step = np.finfo(x.dtype).eps ** (1 / 3)
        return (phi(x + step) - phi(x - step)) / (2 * step)

    return difference


class _Network:
    """What all architectures share: sizes, inputs, and saving as .npz without pickle."""

    input_weights: Array
    tau: float
    dt: float

    @property
    def n_neurons(self) -> int:
        """N."""
        return self.input_weights.shape[0]

    @property
    def n_inputs(self) -> int:
        """D."""
        return self.input_weights.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """float32 or float64."""
        return self.input_weights.dtype

    @property
    def alpha(self) -> float:
        """α = Δt/τ, the share of the state that one step renews."""
        return self.dt / self.tau

    def astype(self, dtype: Any):
        """The same network with all its weights in float32 or float64."""

        def cast(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(cast(part) for part in value)
            return value.astype(dtype) if isinstance(value, np.ndarray) else value

        return replace(self, **{f.name: cast(getattr(self, f.name)) for f in fields(self)})  # type: ignore

    def _set(self, **values: Any) -> None:
        """Replace fields by their checked values; τ and Δt become plain floats, which leave float32 arrays float32."""
        _check_times(self.tau, self.dt)
        for name, value in (values | {"tau": float(self.tau), "dt": float(self.dt)}).items():
            object.__setattr__(self, name, value)

    def _inputs(self, inputs: Any) -> tuple[Array, int, int]:
        """u (T, B, D), checked, with T and B."""
        inputs = _as_floats("inputs", _cast("inputs", inputs, self.dtype), (None, None, self.n_inputs))
        return inputs, inputs.shape[0], inputs.shape[1]

    def _drive(self, inputs: Any) -> Array:
        """W_in u, (…, N), for u (…, D); nothing for None."""
        if inputs is None:
            return np.zeros(self.n_neurons, self.dtype)
        return _last(inputs, "inputs", self.n_inputs, self.dtype) @ self.input_weights.T

    def save(self, path: Path | str, provenance: dict[str, Any] | None = None) -> None:
        """Write the network to `path` (.npz), whole or not at all, with where it comes from.

        Raises ValueError where a part has no name to be written under (a callable).
        """
        stored: dict[str, Any] = {"class": type(self).__name__, "provenance": json.dumps(provenance or {})}
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            _require(not callable(value), f.name, "a named function, which a file can hold", "a callable")
            if isinstance(value, tuple):
                stored |= {f"{f.name}.{i}": part for i, part in enumerate(value)}
            else:
                stored[f.name] = value
        save_npz(path, **{name: np.asarray(value) for name, value in stored.items()})


@dataclass(frozen=True, eq=False)
class _LowRankWeights(_Network):
    """What the low-rank architectures share: W = M Nencᵀ/N (3) and the latent flow that it closes."""

    embedding: Float[Array, "N K"]
    encoding: Float[Array, "N K"]
    input_weights: Float[Array, "N D"]
    bias: Float[Array, " N"] = None  # type: ignore[assignment]
    tau: float = 10.0
    dt: float = 5.0
    nonlinearity: Nonlinearity = "tanh"

    def __post_init__(self):
        m = _as_floats("embedding", self.embedding, (None, None))
        n = _as_floats("encoding", self.encoding, m.shape, m.dtype)
        w = _as_floats("input_weights", self.input_weights, (len(m), None), m.dtype)
        b = _as_floats("bias", np.zeros(len(m), m.dtype) if self.bias is None else self.bias, (len(m),), m.dtype)
        _require(len(m) > 0, "embedding", "at least one neuron", m.shape)
        self._set(embedding=m, encoding=n, input_weights=w, bias=b)
        nonlinearity(self.nonlinearity)

    @property
    def n_latents(self) -> int:
        """K, the rank."""
        return self.embedding.shape[1]

    def _current(self, kappa: Any, inputs: Any, neurons: slice = slice(None)) -> Array:
        """Mκ + W_in u + b of some neurons, (…, N), for κ (…, K) and u (…, D) or None."""
        kappa = _last(kappa, "kappa", self.n_latents, self.dtype)
        state = np.concatenate([kappa, np.ones_like(kappa[..., :1])], axis=-1)  # [κ; 1]: one product brings the biases, too
        current = state @ np.concatenate([self.embedding[neurons], self.bias[neurons, None]], axis=1).T
        if inputs is None:
            return current
        return current + _last(inputs, "inputs", self.n_inputs, self.dtype) @ self.input_weights[neurons].T

    def _blocks(self, kappa: Any) -> Iterator[slice]:
        """The neurons in blocks small enough for their currents at all of κ (…, K) to stay in the cache."""
        size = max(1, BLOCK * self.n_latents // max(1, np.size(kappa)))
        return (slice(start, start + size) for start in range(0, self.n_neurons, size))

    def _drive_and_gain(self) -> tuple[Array, Array]:
        """The two thin products of a step, [κ; u; 1] → currents and, behind them, κ; φ and κ → α/N Nencᵀφ + (1 − α)κ.

        [M W_in b]ᵀ beside the identity, (K + D + 1, N + K), and α/N Nenc above (1 − α)·identity, (N + K, K), each with the
        neurons contiguous, along which thin products read.
        """
        n, k = self.embedding.shape
        drive, gain = np.zeros((k + self.n_inputs + 1, n + k), self.dtype), np.zeros((k, n + k), self.dtype)
        drive[:k, :n], drive[k:-1, :n], drive[-1, :n] = self.embedding.T, self.input_weights.T, self.bias
        np.multiply(self.encoding.T, self.dtype.type(self.alpha / n), out=gain[:, :n])
        drive[:k, n:], gain[:, n:] = np.eye(k), (1 - self.alpha) * np.eye(k)
        return drive, gain.T

    def weights(self) -> Float[Array, "N N"]:
        """The dense W = M Nencᵀ/N (3), N² numbers: for small N."""
        return self.embedding @ self.encoding.T / self.n_neurons

    def tuning(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch N"]:
        """The tuning curves r̃(κ) = φ(Mκ + W_in u + b) (5, M48), for κ (…, K); n does not appear."""
        return nonlinearity(self.nonlinearity)(self._current(kappa, inputs))

    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt = (−κ + Nencᵀ φ(Mκ + W_in u + b)/N)/τ, per ms (M32), for κ (…, K) and u (…, D)."""
        phi, kappa = nonlinearity(self.nonlinearity), _last(kappa, "kappa", self.n_latents, self.dtype)
        currents = ((i, self._current(kappa, inputs, i)) for i in self._blocks(kappa))
        fed_back = sum(phi(current, out=current) @ self.encoding[i] for i, current in currents)
        return (fed_back / self.n_neurons - kappa) / self.tau

    def jacobian(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
        """∂(dκ/dt)/∂κ = (−I + Nencᵀ diag φ′(Mκ + W_in u + b) M/N)/τ, per ms."""
        through = self._through_slopes(self.embedding, kappa, inputs)
        return (through - np.eye(self.n_latents, dtype=self.dtype)) / self.tau

    def _through_slopes(self, columns: Array, kappa: Any, inputs: Any) -> Array:
        """Nencᵀ diag φ′(Mκ + W_in u + b) C/N, (…, K, C), for columns (N, C): how κ answers to a change C of the currents."""
        slope = derivative(self.nonlinearity)
        pairs = (self.encoding[:, :, None] * columns[:, None, :]).reshape(self.n_neurons, -1)  # n_i c_iᵀ
        through = sum(slope(self._current(kappa, inputs, i)) @ pairs[i] for i in self._blocks(kappa))
        return through.reshape(*np.shape(through)[:-1], self.n_latents, -1) / self.n_neurons

    def change_basis(self, basis: Any):
        """The same network in the latent variables Aκ: Nenc → Nenc Aᵀ, M → M A⁻¹, for an invertible A (K, K)."""
        a = _as_floats("basis", basis, (self.n_latents, self.n_latents)).astype(self.dtype)
        _require(np.linalg.cond(a) < 1 / np.finfo(self.dtype).eps, "basis", "an invertible matrix", "a singular one")
        return replace(self, encoding=self.encoding @ a.T, embedding=np.linalg.solve(a.T, self.embedding.T).T)


@dataclass(frozen=True, eq=False)
class LowRankRNN(_LowRankWeights):
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
    """

    def dense(self) -> "FullRankRNN":
        """The same network through its dense W: O(N²) a step, the slow way to the same numbers."""
        return FullRankRNN(
            self.weights(), self.encoding, self.input_weights, self.bias, self.tau, self.dt, self.nonlinearity
        )

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
        noise_std: s.d. of ε, drawn from rng (a Generator or a seed) for every step, trial and neuron.
        record_rates: keep r as well, (T, B, N); it needs initial_rates, since many r share one κ.
        """
        inputs, n_steps, n_trials = self._inputs(inputs)
        n, k, alpha = self.n_neurons, self.n_latents, self.alpha
        _require(initial_rates is None or initial_latents is None, "initial_latents", "None beside initial_rates", "both")
        _require(not record_rates or initial_latents is None, "initial_latents",
                 "initial_rates in its place: latents don't determine the rates to be recorded", "latents")  # fmt: skip
        if initial_latents is not None:
            kappa = _initial(initial_latents, "initial_latents", (n_trials, k), self.dtype)
        else:
            rates = _initial(initial_rates, "initial_rates", (n_trials, n), self.dtype)
            kappa = rates @ self.encoding / n
        noise = gaussian_noise(noise_std, rng, (n_trials, n), self.dtype)
        phi = nonlinearity(self.nonlinearity)

        # κ goes through both products beside the neurons: nothing else is done to arrays, which counts where N is small.
        drive, gain = self._drive_and_gain()
        state = np.ones((n_steps + 1, n_trials, len(drive)), self.dtype)
        state[0, :, :k], state[:-1, :, k:-1] = kappa, inputs
        both = np.empty((n_trials, n + k), self.dtype)
        current = both[:, :n]
        recorded = np.empty((n_steps, n_trials, n), self.dtype) if record_rates else None
        for t in range(n_steps):
            np.matmul(state[t], drive, out=both)
            if noise is not None:
                current += noise()
            target = phi(current, out=current)
            np.matmul(both, gain, out=state[t + 1, :, :k])
            if recorded is not None:
                rates = (1 - alpha) * rates + alpha * target
                recorded[t] = rates
        return Trajectory(state[1:, :, :k].copy(), recorded)


@dataclass(frozen=True, eq=False)
class LeakyCurrentRNN(_LowRankWeights):
    r"""A low-rank leaky-current RNN, the older class: the nonlinearity stands inside the recurrent sum.

    .. math::

        \tau\,\dot x = -x + W\varphi(x) + W_\mathrm{in} u + b + \varepsilon  \qquad (M16)

        x = M\kappa + W_\mathrm{in} v + v_b\,b + x_\perp  \qquad (M17)

        \tau\dot\kappa = -\kappa + \tfrac1N N_\mathrm{enc}^\top\varphi(x),\quad
        \tau\dot v = -v + u,\quad \tau\dot x_\perp = -x_\perp + \varepsilon  \qquad (M18)

    Fields as in :class:`LowRankRNN`. Here κ is *not* Nencᵀr/N: it is Nencᵀφ(x)/N filtered by τ, and the currents x
    lie on the flat span of M and W_in. The methods :meth:`flow` and :meth:`jacobian` are those of (M19), x⊥ = 0, with
    v in the place of u; the bias is followed as an input that has been on for long (v_b = 1).
    """

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
        _require(
            initial_currents is None or initial_latents is None,
            "initial_latents",
            "None beside initial_currents",
            "both",
        )
        kappa = _initial(initial_latents, "initial_latents", (n_trials, k), self.dtype)
        rest = _initial(initial_currents, "initial_currents", (n_trials, n), self.dtype)
        noise = gaussian_noise(noise_std, rng, (n_trials, n), self.dtype)
        follow_rest = noise is not None or initial_currents is not None
        phi = nonlinearity(self.nonlinearity)

        # The bias is an input too, switched on at the first step: u_b = 1, filtered like the others.
        drive, gain = self._drive_and_gain()
        drive, gain = drive[:, :n], gain[:n]
        state = np.zeros((n_trials, drive.shape[0]), self.dtype)  # [κ, v, v_b]
        state[:, :k] = kappa
        latents = np.empty((n_steps, n_trials, k), self.dtype)
        rates, currents = (np.empty((2, n_steps, n_trials, n), self.dtype)) if record_rates else (None, None)
        x = state @ drive + rest
        for t in range(n_steps):
            feedback = phi(x) @ gain
            state *= 1 - alpha
            state[:, :k] += feedback
            state[:, k:-1] += alpha * inputs[t]
            state[:, -1] += alpha
            if follow_rest:
                rest = (1 - alpha) * rest + (alpha * noise() if noise is not None else 0)
            x = state @ drive + rest if follow_rest else state @ drive
            latents[t] = state[:, :k]
            if currents is not None and rates is not None:
                currents[t] = x
                rates[t] = phi(x)
        return Trajectory(latents, rates, currents)


@dataclass(frozen=True, eq=False)
class FullRankRNN(_Network):
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
        w = _as_floats("weights", self.weights, (None, None))
        _require(w.shape[0] == w.shape[1] > 0, "weights", "a square matrix", w.shape)
        n = _as_floats("encoding", self.encoding, (len(w), None), w.dtype)
        u = _as_floats("input_weights", self.input_weights, (len(w), None), w.dtype)
        b = _as_floats("bias", np.zeros(len(w), w.dtype) if self.bias is None else self.bias, (len(w),), w.dtype)
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
        rates = _initial(initial_rates, "initial_rates", (n_trials, self.n_neurons), self.dtype)
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


@dataclass(frozen=True, eq=False)
class MultiSynapseNetwork(_Network):
    r"""A multi-synapse latent network: each pair of neurons may talk through L synapses of low rank.

    .. math::

        I^{(l)} = W^{(l)} r + b^{(l)},\quad W^{(l)} = \tfrac1N \sum_k m^{(l,k)} n^{(l,k)\top}  \qquad (M34)

        \tau\,\dot r_i = -r_i + f(I_i^{(1)}, \dots, I_i^{(L)}, (W_\mathrm{in}u)_i)  \qquad (M37)

        \tau\,\dot\kappa = -\kappa + \tfrac1N N_\mathrm{enc}^\top f(\kappa, u)  \qquad (M39)

    κ holds the latents of all synapses, first those of l = 1: Σ K_l of them.

    embeddings, encodings: L arrays (N, K_l) each. input_weights: W_in, (N, D). biases: L arrays (N,), or None.
    transfer: f, "tanh" (of the sum: with L = 1 this is equation (2)), "gated_dendrite" (tanh(I¹ + W_in u)·sigmoid(I²)),
    or any elementwise function of L currents and the input current. tau, dt: ms.
    """

    embeddings: tuple[Float[Array, "N _"], ...]
    encodings: tuple[Float[Array, "N _"], ...]
    input_weights: Float[Array, "N D"]
    biases: tuple[Float[Array, " N"], ...] = None  # type: ignore[assignment]
    transfer: str | Callable[..., Array] = "tanh"
    tau: float = 10.0
    dt: float = 5.0

    def __post_init__(self):
        _require(len(self.embeddings) == len(self.encodings) > 0, "encodings",
                 f"as many as embeddings ({len(self.embeddings)}), at least one", len(self.encodings))  # fmt: skip
        m = tuple(_as_floats("embeddings", e, (None, None)) for e in self.embeddings)
        n, dtype = len(m[0]), m[0].dtype
        m = tuple(_as_floats("embeddings", e, (n, None), dtype) for e in m)
        enc = tuple(_as_floats("encodings", e, a.shape, dtype) for e, a in zip(self.encodings, m, strict=True))
        w = _as_floats("input_weights", self.input_weights, (n, None), dtype)
        b = (np.zeros(n, dtype),) * len(m) if self.biases is None else self.biases
        _require(len(b) == len(m), "biases", f"one for each of {len(m)} synapses", len(b))
        b = tuple(_as_floats("biases", v, (n,), dtype) for v in b)
        self._set(embeddings=m, encodings=enc, input_weights=w, biases=b)
        _require(callable(self.transfer) or self.transfer in TRANSFERS, "transfer",
                 f"one of {tuple(TRANSFERS)} or a callable", repr(self.transfer))  # fmt: skip
        _require(self.transfer != "gated_dendrite" or len(m) == 2, "transfer", "2 synapses for a gated dendrite", len(m))

    @property
    def n_latents(self) -> int:
        """Σ K_l."""
        return sum(m.shape[1] for m in self.embeddings)

    @property
    def encoding(self) -> Float[Array, "N K"]:
        """All encoding vectors side by side, (N, Σ K_l)."""
        return np.concatenate(self.encodings, axis=1)

    def weights(self) -> tuple[Float[Array, "N N"], ...]:
        """The dense W^(l), N² numbers each: for small N."""
        return tuple(m @ n.T / self.n_neurons for m, n in zip(self.embeddings, self.encodings, strict=True))

    def _embed(self, kappa: Array, drive: Array, noise: Callable[[], Array] | None = None) -> Array:
        """f(κ, u), with fresh noise in every synapse's current."""
        edges = np.cumsum([m.shape[1] for m in self.embeddings])[:-1]
        parts = np.split(kappa, edges, axis=-1)
        currents = [part @ m.T + b for part, m, b in zip(parts, self.embeddings, self.biases, strict=True)]
        if noise is not None:
            currents = [current + noise() for current in currents]
        f = self.transfer if callable(self.transfer) else TRANSFERS[self.transfer]
        return _elementwise("transfer", f(*currents, drive), currents[0].shape)

    def tuning(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch N"]:
        """The tuning curves r̃(κ) = f(κ, u), for κ (…, Σ K_l)."""
        return self._embed(_last(kappa, "kappa", self.n_latents, self.dtype), self._drive(inputs))

    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt = (−κ + Nencᵀ f(κ, u)/N)/τ, per ms (M39)."""
        kappa = _last(kappa, "kappa", self.n_latents, self.dtype)
        return (self.tuning(kappa, inputs) @ self.encoding / self.n_neurons - kappa) / self.tau

    def jacobian(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
        """∂(dκ/dt)/∂κ by central differences, since f may be anything."""
        kappa = _last(kappa, "kappa", self.n_latents, self.dtype)
        step = np.finfo(self.dtype).eps ** (1 / 3)
        shifts = step * np.eye(self.n_latents, dtype=self.dtype)
        columns = [(self.flow(kappa + s, inputs) - self.flow(kappa - s, inputs)) / (2 * step) for s in shifts]
        return np.stack(columns, axis=-1)

    def simulate(
        self,
        inputs: Any,
        *,
        initial_rates: Any = None,
        noise_std: float = 0.0,
        rng: Seed = None,
        record_rates: bool = False,
    ) -> Trajectory:
        """κ[t+1] = (1−α) κ[t] + (α/N) Nencᵀ f(κ[t], u[t]); noise enters every synapse's current; else as LowRankRNN."""
        inputs, n_steps, n_trials = self._inputs(inputs)
        rates = _initial(initial_rates, "initial_rates", (n_trials, self.n_neurons), self.dtype)
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


def _last(value: Any, name: str, size: int, dtype: np.dtype) -> Array:
    """`value` as an array of points (…, size)."""
    array = _cast(name, value, dtype)
    _require(array.ndim > 0 and array.shape[-1] == size, name, f"shape (…, {size})", array.shape)
    return array


def _initial(value: Any, name: str, shape: tuple[int, int], dtype: np.dtype) -> Array:
    if value is None:
        return np.zeros(shape, dtype)
    return _as_floats(name, _cast(name, value, dtype), shape)


def gaussian_noise(std: float, rng: Seed, shape: tuple[int, ...], dtype: Any) -> Callable[[], Array] | None:
    """A function that draws ε ~ N(0, std²) of `shape` at each call, into one array that it overwrites; None without noise.

    torch draws, three times as fast as NumPy, from a stream that `rng` seeds. Raises ValueError for noise without an rng.
    """
    _require(np.isfinite(std) and std >= 0, "noise_std", "a number of at least 0", std)
    if std == 0:
        return None
    _require(rng is not None, "rng", "a numpy Generator or a seed, since noise_std is not 0", rng)
    import torch  # here, for it takes seconds to load

    draw = np.empty(shape, dtype)
    tensor, stream = torch.from_numpy(draw), torch.Generator()
    stream.manual_seed(int(np.random.default_rng(rng).integers(2**63)))

    def fresh() -> Array:
        tensor.normal_(0, std, generator=stream)
        return draw

    return fresh


Network = LowRankRNN | LeakyCurrentRNN | FullRankRNN | MultiSynapseNetwork
_CLASSES = {c.__name__: c for c in (LowRankRNN, LeakyCurrentRNN, FullRankRNN, MultiSynapseNetwork)}


def load(path: Path | str) -> Any:
    """The network that :meth:`LowRankRNN.save` wrote. Raises ValueError where the file holds none."""
    stored = _read(path)
    cls = _CLASSES[str(stored["class"])]
    values: dict[str, Any] = {}
    for f in fields(cls):  # type: ignore[arg-type]
        parts = sorted((name for name in stored if name.startswith(f"{f.name}.")), key=_index)
        if parts:
            values[f.name] = tuple(stored[name] for name in parts)
        else:
            value = _part(stored, f.name, path)
            values[f.name] = value if value.ndim else value.item()
    return cls(**values)


def provenance(path: Path | str) -> dict[str, Any]:
    """Where a saved network comes from: the command, seed, versions and accuracy written beside it."""
    return json.loads(str(_part(_read(path), "provenance", path)))


def _index(name: str) -> int:
    return int(name.rsplit(".", 1)[1])


def _part(stored: dict[str, Array], name: str, path: Path | str) -> Array:
    _require(name in stored, "path", f"{name!r} in {path}", sorted(stored))
    return stored[name]


def _read(path: Path | str) -> dict[str, Array]:
    """All that a saved network's file holds."""
    stored = read_npz(path, "path", "a network saved as .npz")
    _require(str(stored.get("class", "")) in _CLASSES, "path", "a network saved by this package", path)
    return stored
