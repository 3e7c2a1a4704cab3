"""Reconfiguration: one set of synapses, and the landscapes that modulators of gain and bias switch it into.

b modulators of levels c ∈ [−1, 1]^b reach neuron i through its receptors: gain g_i = exp(Σ_k c_k G_ik), bias
β_i = Σ_k c_k B_ik. Then τ dκ/dt = −κ + (1/N) Σ n_i tanh(g_i (m_i·κ + β⁰_i) + β_i): an LPU again. β⁰: the
neurons' own biases.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaln, ndtr

from lpu_core import dynamics
from lpu_core.check import Array, Seed, cast, require
from lpu_core.dynamics import FixedPoints
from lpu_core.gaussian import mean_slope
from lpu_core.networks import LowRankRNN
from lpu_core.nonlinearities import nonlinearity
from lpu_core.subspace import ridge_encoding
from lpu_core.surgery import modulated

Topology = tuple[int, ...]
"""The numbers of fixed points with 0, 1, …, K unstable directions."""


@dataclass(frozen=True, eq=False)
class Receptors:
    """How b modulators reach N neurons: log-gains G and biases B for a unit of each level, (N, b) each."""

    log_gains: Float[Array, "N b"]
    biases: Float[Array, "N b"]

    def __post_init__(self):
        require(self.log_gains.shape == self.biases.shape, "biases", f"shape {self.log_gains.shape}", self.biases.shape)

    @property
    def n_modulators(self) -> int:
        """b, the bandwidth."""
        return self.log_gains.shape[1]

    def at(self, levels: Any) -> tuple[Float[Array, "*batch N"], Float[Array, "*batch N"]]:
        """Gains g = exp(G c) and biases β = B c, (…, N) each, for levels c (…, b)."""
        c = cast("levels", levels, self.log_gains.dtype)
        require(c.ndim > 0 and c.shape[-1] == self.n_modulators, "levels", f"shape (…, {self.n_modulators})", c.shape)
        require(np.isfinite(c).all(), "levels", "finite numbers", "NaN or infinity")
        return np.exp(c @ self.log_gains.T), c @ self.biases.T

    def switch(self, network: LowRankRNN, levels: Any) -> LowRankRNN:
        """The network under the modulators' levels c, (b,)."""
        return modulated(network, *self.at(levels))


def draw_receptors(units: Any, n_modulators: int, gain_std: float, bias_std: float, rng: Seed) -> Receptors:
    """Gaussian receptors, one draw for each unit: neurons of one unit, units (N,), have the same.

    gain_std, bias_std: the s.d. over units of log g and of β, for levels uniform on [−1, 1]^b and whatever b: an entry has
    the s.d. `gain_std`·√(3/b). With units 0, 1, …, N − 1 every neuron has receptors of its own.
    """
    require(n_modulators >= 1, "n_modulators", "at least 1", n_modulators)
    for name, value in (("gain_std", gain_std), ("bias_std", bias_std)):
        require(np.isfinite(value) and value >= 0, name, "a number of at least 0", value)
    units = np.unique(np.asarray(units), return_inverse=True)[1]
    draws = np.random.default_rng(rng).standard_normal((2, units.max() + 1, n_modulators)) * np.sqrt(3 / n_modulators)
    return Receptors(gain_std * draws[0, units], bias_std * draws[1, units])


def draw_levels(n_levels: int, n_modulators: int, rng: Seed) -> Float[Array, "S b"]:
    """Levels uniform on [−1, 1]^b, (S, b)."""
    return np.random.default_rng(rng).uniform(-1, 1, (n_levels, n_modulators))


@dataclass(frozen=True, eq=False)
class Cloud:
    """The Gaussian law of a neuron's weights: m ~ N(0, σ_m² I), n = L m/σ_m² + ν z, so that E[n mᵀ] = L.

    overlap: L, (K, K), the mean overlap E[n mᵀ]. embedding_std: σ_m. private_std: ν, of the part of n that m does not share.
    """

    overlap: Float[Array, "K K"]
    embedding_std: float = 1.5
    private_std: float = 1.0

    def draw(self, n_neurons: int, rng: Seed, tau: float = 10.0, dt: float = 5.0) -> LowRankRNN:
        """An LPU of N neurons from this law, without inputs and biases."""
        require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
        own, private = np.random.default_rng(rng).standard_normal((2, n_neurons, len(self.overlap)))
        m = self.embedding_std * own
        n = m @ self.overlap.T / self.embedding_std**2 + self.private_std * private
        return LowRankRNN(m, n, np.zeros((n_neurons, 0)), tau=tau, dt=dt)

    def limit_slope(self, size: float, gain_std: float, bias_std: float) -> float:
        """a(κ) = E[g sech²(g m·κ + β)] at ‖κ‖ = `size`, over log g ~ N(0, gain_std²) and β ~ N(0, bias_std²).

        As N → ∞, τ dκ/dt = −κ + a(κ) L κ, by Stein's lemma: all that modulation does is in one number.
        """
        g = np.exp(gain_std * _NODES)
        slopes = [mean_slope(float(np.hypot(gain * self.embedding_std * size, bias_std))) for gain in g]
        return float(_WEIGHTS @ (g * slopes))

    def limit_flow(
        self, kappa: Float[Array, "P K"], gain_std: float, bias_std: float, tau: float = 10.0
    ) -> Float[Array, "P K"]:
        """dκ/dt as N → ∞, per ms, (P, K), under receptors that give this s.d. of log g and of β."""
        slopes = np.array([self.limit_slope(float(np.linalg.norm(k)), gain_std, bias_std) for k in kappa])
        return (slopes[:, None] * kappa @ self.overlap.T - kappa) / tau

    def limit_std(self, kappa: float, n_neurons: int, gain_std: float, bias_std: float, tau: float = 10.0) -> float:
        """The s.d. of the flow at κ over draws of N neurons and their receptors, per ms, for K = 1."""
        require(len(self.overlap) == 1, "overlap", "one latent variable", self.overlap.shape)
        m, g, beta = self.embedding_std * _NODES[:, None, None], np.exp(gain_std * _NODES[:, None]), bias_std * _NODES
        rate = np.tanh(g * m * kappa + beta)
        shared = m * self.overlap[0, 0] / self.embedding_std**2
        mean = np.einsum("i,j,k,ijk->", _WEIGHTS, _WEIGHTS, _WEIGHTS, shared * rate)
        square = np.einsum("i,j,k,ijk->", _WEIGHTS, _WEIGHTS, _WEIGHTS, (shared**2 + self.private_std**2) * rate**2)
        return float(np.sqrt((square - mean**2) / n_neurons) / tau)

    def bistable_chance(self, n_neurons: int, gain_std: float, bias_std: float) -> float:
        """The chance over draws of N neurons and receptors that a one-latent network is bistable, close to its pitchfork.

        There τ dκ/dt ≈ h + μκ − γκ³ with Gaussian h and μ of variance ∝ 1/N: bistable where μ > 0 and 27 γ h² < 4 μ³.
        """
        require(len(self.overlap) == 1, "overlap", "one latent variable", self.overlap.shape)
        require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
        overlap, step = float(self.overlap[0, 0]), 0.05
        slope = overlap * self.limit_slope(0.0, gain_std, bias_std)
        cubic = (slope - overlap * self.limit_slope(step, gain_std, bias_std)) / step**2
        rate = np.tanh(bias_std * _NODES)
        square_mn = 3 * overlap**2 + (self.private_std * self.embedding_std) ** 2  # E[m² n²]
        spread = square_mn * np.exp(2 * gain_std**2) * (_WEIGHTS @ (1 - rate**2) ** 2) - slope**2
        offset = (overlap**2 / self.embedding_std**2 + self.private_std**2) * (_WEIGHTS @ rate**2)
        mu = slope - 1 + np.sqrt(spread / n_neurons) * _FINE
        if bias_std == 0:
            return float(ndtr((slope - 1) / np.sqrt(spread / n_neurons)))
        border = np.sqrt(4 * np.maximum(mu, 0) ** 3 / (27 * cubic))  # of |h|
        return float(_FINE_WEIGHTS @ (2 * ndtr(border / np.sqrt(offset / n_neurons)) - 1))

    def bistability(
        self, n_neurons: int, lengths: Float[Array, "*any"], stds: tuple[float, float]
    ) -> tuple[Float[Array, "*any"], Bool[Array, "*any"]]:
        """By the lengths of levels, in units in which `stds` are the s.d. of log g and β: the chance that a drawn network is
        bistable (:meth:`bistable_chance`, interpolated), and whether it is as N → ∞."""
        gain, bias = stds
        grid = np.linspace(lengths.min(), lengths.max(), 61)
        chance = np.interp(lengths, grid, [self.bistable_chance(n_neurons, gain * x, bias * x) for x in grid])
        fine = np.linspace(lengths.min(), lengths.max(), 2001)
        slopes = (
            self.overlap[0, 0]
            * np.exp((gain * fine) ** 2 / 2)
            * np.interp(fine, grid, [mean_slope(float(bias * x)) for x in grid])
        )
        return chance, np.interp(lengths, fine, slopes) > 1

    def limit_topology(self, gain_std: float, bias_std: float) -> Topology:
        """The kind of the landscape as N → ∞: number q of :func:`limit_topologies`, for q eigenvalues of L above 1/a(0).

        Raises ValueError for eigenvalues that are not real and distinct.
        """
        values = np.linalg.eigvals(self.overlap)
        require(np.isreal(values).all() and len(np.unique(values.real.round(9))) == len(values), "overlap",
                 "real and distinct eigenvalues", values)  # fmt: skip
        q = int((values.real * self.limit_slope(0.0, gain_std, bias_std) > 1).sum())
        return limit_topologies(len(values))[q]


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(48)
_WEIGHTS = _WEIGHTS / np.sqrt(2 * np.pi)
_FINE = np.linspace(-8, 8, 4001)  # for an integrand with a corner
_FINE_WEIGHTS = np.exp(-(_FINE**2) / 2) / np.exp(-(_FINE**2) / 2).sum()


def limit_topologies(n_latents: int) -> list[Topology]:
    """The K + 1 kinds that are left as N → ∞, for q = 0, 1, …, K: the origin with q unstable directions, and q pairs ±κ_j.

    The pair of the j-th largest eigenvalue has j − 1 unstable directions.
    """
    return [(2,) * q + (1,) + (0,) * (n_latents - q) for q in range(n_latents + 1)]


def topology(fixed: FixedPoints) -> Topology:
    """The numbers of fixed points with 0, 1, …, K unstable directions: the same in every basis of the latents."""
    unstable = (fixed.eigenvalues.real > 0).sum(axis=1)
    return tuple(np.bincount(unstable, minlength=fixed.points.shape[1] + 1).tolist())


def attractor_patterns(fixed: FixedPoints, tolerance: float = 0.1) -> frozenset[tuple[int, ...]]:
    """The signs of κ at the attractors, 0 below `tolerance`: what a fixed readout can find. It depends on the basis."""
    points = fixed.attractors
    signs = np.sign(np.where(np.abs(points) < tolerance, 0, points)).astype(int)
    return frozenset(tuple(row) for row in signs.tolist())


def landscapes(network: LowRankRNN, receptors: Receptors, levels: Float[Array, "S b"]) -> list[Topology | None]:
    """The kind of the landscape under each of S levels; None where the indices of the points found do not sum to 1."""
    found: list[Topology | None] = []
    for level in levels:
        try:
            found.append(topology(dynamics.fixed_points(receptors.switch(network, level))))
        except RuntimeError:
            found.append(None)
    return found


def count_attractors(
    network: LowRankRNN, gains: Float[Array, "S N"], biases: Float[Array, "S N"], n_points: int = 401
) -> Int[Array, " S"]:
    """The number of attractors of a one-latent network under each of S modulations, (S,), by sign changes on a grid.

    A grid of `n_points`, even, so that it leaves out κ = 0, spans the bounding box. Attractor and repeller closer together
    than a step of it go unseen. All fixed points of K = 1: attractors, and one repeller less.
    """
    require(network.n_latents == 1, "network", "one latent variable", network.n_latents)
    require(n_points >= 2, "n_points", "at least 2", n_points)
    require(gains.shape == biases.shape, "biases", f"shape {gains.shape}", biases.shape)
    _, high = dynamics.bounding_box(network)
    kappa = np.linspace(-1.001, 1.001, n_points + n_points % 2) * high  # an even number of points
    m, n = network.embedding[:, 0], network.encoding[:, 0] / network.n_neurons
    phi = nonlinearity(network.nonlinearity)
    counts = np.empty(len(gains), int)
    for s, (g, beta) in enumerate(zip(gains, biases, strict=True)):
        current = np.multiply.outer(kappa, g * m) + (g * network.bias + beta)
        rising = phi(current, out=current) @ n > kappa
        counts[s] = (rising[:-1] & ~rising[1:]).sum()
    return counts


def reachable_topologies(
    cloud: Cloud, n_neurons: int, n_units: int, n_modulators: int, stds: tuple[float, float], n_levels: int, rng: Seed
) -> list[Topology | None]:
    """The kinds that one network drawn from `cloud` reaches under receptors shared by units and random levels.

    n_units: neurons i, i + n_units, … make a unit. stds: s.d. of log g and of β, as in :func:`draw_receptors`.
    """
    require(1 <= n_units <= n_neurons, "n_units", f"between 1 and {n_neurons}", n_units)
    rng = np.random.default_rng(rng)
    network = cloud.draw(n_neurons, rng)
    receptors = draw_receptors(np.arange(n_neurons) % n_units, n_modulators, *stds, rng)
    return landscapes(network, receptors, draw_levels(n_levels, n_modulators, rng))


def bistable_draws(
    cloud: Cloud, n_neurons: int, lengths: Float[Array, "R S"], stds: tuple[float, float], rng: Seed, n_modulators: int = 4
) -> Bool[Array, "R S"]:
    """Whether R drawn one-latent networks, receptors of their own, have two attractors or more at S levels each.

    lengths: of the levels, in units of their root mean square on [−1, 1]^b: log g and β have the s.d. `stds` times them.
    """
    rng = np.random.default_rng(rng)
    found = np.empty(lengths.shape, bool)
    for row, length in zip(found, lengths, strict=True):
        network = cloud.draw(n_neurons, rng)
        receptors = draw_receptors(np.arange(n_neurons), n_modulators, *stds, rng)
        levels = rng.standard_normal((len(length), n_modulators))
        levels *= (length * np.sqrt(n_modulators / 3) / np.linalg.norm(levels, axis=1))[:, None]
        gains, biases = (part.astype(np.float32) for part in receptors.at(levels))
        row[:] = count_attractors(network.astype(np.float32), gains, biases, n_points=128) > 1
    return found


def abundances(kinds: Sequence[Any]) -> Int[Array, " C"]:
    """How often each distinct kind occurs, most frequent first; None, a landscape not resolved, does not count."""
    seen = Counter(one for one in kinds if one is not None)
    return np.array(sorted(seen.values(), reverse=True), int)


def rarefaction(counts: Int[Array, " C"], sizes: Any) -> Float[Array, " Z"]:
    """The mean number of kinds in a subsample of each size: Σ_i 1 − C(S − c_i, n)/C(S, n), over S samples."""
    sizes, total = np.atleast_1d(sizes), int(counts.sum())
    require(((sizes >= 0) & (sizes <= total)).all(), "sizes", f"numbers from 0 to {total}", sizes)
    left = (total - counts)[None, :] - sizes[:, None]  # samples left to choose from without kind i
    log_total = gammaln(total + 1) - gammaln(total - sizes + 1)
    log_missed = gammaln(total - counts + 1)[None, :] - gammaln(np.maximum(left, 0) + 1) - log_total[:, None]
    return np.where(left >= 0, 1 - np.exp(log_missed), 1.0).sum(axis=1)


def chao1(counts: Int[Array, " C"]) -> float:
    """Chao's estimate of the number of kinds, seen and unseen: C + f₁(f₁ − 1)/(2(f₂ + 1)), with f_j kinds seen j times."""
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return len(counts) + once * (once - 1) / (2 * (twice + 1))


def task_rates(
    network: LowRankRNN, gains: Float[Array, "T N"], biases: Float[Array, "T N"], states: Float[Array, "T S K"]
) -> Float[Array, "T S N"]:
    """The tuning φ(g_t (Mκ + β⁰) + β_t) of task t's modulation at its S states κ."""
    current = states @ network.embedding.T + network.bias
    return nonlinearity(network.nonlinearity)(gains[:, None] * current + biases[:, None])


def share_encoding(
    rates: Float[Array, "T S N"],
    wanted: Float[Array, "T S K"],
    ridge: float,
    *,
    keep: bool = True,
    n_tasks: int | None = None,
) -> Float[Array, "N K"]:
    """One n for all tasks, (N, K), fitted task after task: n ← n + N A⁻¹ Φ_tᵀ(y_t − Φ_t n/N)/S.

    keep: whether A = ridge·I + Σ Φ_sᵀΦ_s/S runs over all tasks so far, which makes the last n the ridge regression on all
    of them at once (recursive least squares), or holds task t alone, the smallest change that fits task t. n_tasks: stop
    after so many.
    """
    t, s, n = rates.shape
    require(wanted.shape[:2] == (t, s), "wanted", f"shape ({t}, {s}, any)", wanted.shape)
    require(ridge > 0, "ridge", "above 0", ridge)
    encoding, gram = np.zeros((n, wanted.shape[2])), ridge * np.eye(n)
    for phi, y in list(zip(rates, wanted, strict=True))[:n_tasks]:
        gram = phi.T @ phi / s + (gram if keep else ridge * np.eye(n))
        encoding = encoding + n * np.linalg.solve(gram, phi.T @ (y - phi @ encoding / n) / s)
    return encoding


def rate_overlap(rates: Float[Array, "T S N"]) -> float:
    """How alike the tasks' rates are: the mean product of two tasks' rates at one state, over that of one with itself."""
    gram = np.einsum("asn,bsn->ab", rates, rates)
    t = len(gram)
    require(t >= 2, "rates", "at least two tasks", t)
    return float((gram.sum() - np.trace(gram)) / (t - 1) / np.trace(gram))


def random_flow(rng: Seed, n_latents: int = 2, unit: float = 20.0, n_waves: int = 8) -> Any:
    """A smooth random flow G, κ (…, K) → dκ/dt per ms: waves of random direction, wavenumber of s.d. 1.5 and phase."""
    rng = np.random.default_rng(rng)
    k = 1.5 * rng.standard_normal((n_waves, n_latents))
    phase, height = rng.uniform(0, 2 * np.pi, n_waves), rng.standard_normal((n_waves, n_latents)) * np.sqrt(2 / n_waves)
    return lambda kappa: np.sin(kappa @ k.T + phase) @ height / unit


@dataclass(frozen=True, eq=False)
class FlowTasks:
    """T flows in the plane that one network is to have, each under its own modulation.

    states: κ on the square [−1, 1]², (2, T, S, 2), to fit and to test. drives: τG at them.
    """

    states: Float[Array, "2 T S 2"]
    drives: Float[Array, "2 T S 2"]

    @classmethod
    def draw(cls, n_tasks: int, seed: int, *, common: float = 0.0, n_states: int = 400, tau: float = 10.0) -> "FlowTasks":
        """Random flows (:func:`random_flow`) that have the share `common` of their power in common."""
        require(n_tasks >= 1, "n_tasks", "at least 1", n_tasks)
        require(0 <= common <= 1, "common", "a share from 0 to 1", common)
        states = np.random.default_rng([seed, 0]).uniform(-1, 1, (2, n_tasks, n_states, 2))
        shared, *own = (random_flow([seed, 1, t]) for t in range(n_tasks + 1))
        flows = [np.sqrt(common) * shared(s) + np.sqrt(1 - common) * flow(s)
                 for flow, s in zip(own, np.moveaxis(states, 1, 0), strict=True)]  # fmt: skip
        return cls(states, tau * np.stack(flows, axis=1))

    def error(
        self, network: LowRankRNN, gains: Float[Array, "T N"], biases: Float[Array, "T N"], ridge: float,
        how: str = "shared",
    ) -> float:  # fmt: skip
        """The root mean square of the flows' error at fresh states, over all tasks, relative to that of the flows.

        how: "shared", one n for all tasks; "sequential", the same, fitted one after another and nothing kept; "alone", an n
        for each task; "split", an n for each on every T-th neuron, which makes T networks of N/T.
        """
        hows = ("shared", "sequential", "alone", "split")
        require(how in hows, "how", f"one of {hows}", repr(how))
        fit, test = (task_rates(network, gains, biases, states) for states in self.states)
        wanted = self.states[0] + self.drives[0]
        if how in hows[:2]:
            drive = test @ share_encoding(fit, wanted, ridge, keep=how == "shared") / network.n_neurons
        else:
            parts = [slice(t, None, len(wanted)) if how == "split" else slice(None) for t in range(len(wanted))]
            drive = np.stack([fresh[:, part] @ ridge_encoding(r[:, part], y, ridge) / r[:, part].shape[1]
                              for r, fresh, y, part in zip(fit, test, wanted, parts, strict=True)])  # fmt: skip
        left = drive - self.states[1] - self.drives[1]
        return float(np.sqrt(np.square(left).sum() / np.square(self.drives[1]).sum()))


def draw_modulations(
    mode: str, strength: float, n_tasks: int, n_neurons: int, rng: Seed
) -> tuple[Float[Array, "T N"], Float[Array, "T N"]]:
    """Random gains and biases for each task, (T, N) each.

    mode: "biases" of s.d. `strength`; "gains" with a log of that s.d.; "gates" of 0 or 1, open with that probability.
    """
    require(mode in ("biases", "gains", "gates"), "mode", "'biases', 'gains' or 'gates'", repr(mode))
    rng, shape = np.random.default_rng(rng), (n_tasks, n_neurons)
    if mode == "gates":
        return (rng.random(shape) < strength).astype(float), np.zeros(shape)
    draw = strength * rng.standard_normal(shape)
    return (np.ones(shape), draw) if mode == "biases" else (np.exp(draw), np.zeros(shape))
