"""Reconfiguration: one set of synapses, and the landscapes that modulators of gain and bias switch it into.

b modulators of levels c ∈ [−1, 1]^b reach neuron i through its receptors: gain g_i = exp(Σ_k c_k G_ik), bias
β_i = Σ_k c_k B_ik. Then τ dκ/dt = −κ + (1/N) Σ n_i tanh(g_i (m_i·κ + β⁰_i) + β_i): an LPU again. β⁰: the
neurons' own biases.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr

from lpu_core import dynamics
from lpu_core.check import (
    Array,
    Seed,
    above,
    at_least,
    between,
    cast,
    check_fields,
    checked,
    floats,
    points,
    require,
)
from lpu_core.dynamics import FixedPoints
from lpu_core.flow_tasks import FlowTasks, draw_modulations, random_flow, rate_overlap, share_encoding, task_rates
from lpu_core.gaussian import mean_slope
from lpu_core.networks import LowRankRNN
from lpu_core.nonlinearities import nonlinearity
from lpu_core.richness import abundances, chao1, rarefaction
from lpu_core.surgery import modulated

__all__ = [
    "Cloud",
    "FlowTasks",
    "Receptors",
    "Topology",
    "abundances",
    "attractor_patterns",
    "bistable_draws",
    "chao1",
    "count_attractors",
    "draw_levels",
    "draw_modulations",
    "draw_receptors",
    "landscapes",
    "limit_topologies",
    "modulated",
    "random_flow",
    "rarefaction",
    "rate_overlap",
    "reachable_topologies",
    "share_encoding",
    "task_rates",
    "topology",
]

Topology = tuple[int, ...]
"""The numbers of fixed points with 0, 1, …, K unstable directions."""

GAINS = between(0, 10)
"""The s.d. of log g that means over gains allow for."""
SIZES = between(0, 1e50)
"""Of latents, biases and weights that means over a cloud allow for."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(48)
_WEIGHTS = _WEIGHTS / np.sqrt(2 * np.pi)
_FINE = np.linspace(-8, 8, 4001)  # for an integrand with a corner
_FINE_WEIGHTS = np.exp(-(_FINE**2) / 2) / np.exp(-(_FINE**2) / 2).sum()


@dataclass(frozen=True, eq=False)
class Receptors:
    """How b modulators reach N neurons: log-gains G and biases B for a unit of each level, `log_gains`, `biases` (N, b).

    >>> receptors = Receptors(log_gains=[[0.0], [1.0]], biases=[[0.5], [0.0]])
    >>> gains, biases = receptors.at([1.0])
    >>> gains.round(2), biases
    (array([1.  , 2.72]), array([0.5, 0. ]))
    """

    log_gains: Float[Array, "N b"]
    biases: Float[Array, "N b"]

    def __post_init__(self):
        check_fields(self)

    @property
    def n_modulators(self) -> int:
        """b, the bandwidth."""
        return self.log_gains.shape[1]

    def at(self, levels: Any) -> tuple[Float[Array, "*batch N"], Float[Array, "*batch N"]]:
        """Gains g = exp(G c) and biases β = B c, (…, N) each, for `levels` c (…, b)."""
        c = points("levels", levels, self.n_modulators, self.log_gains.dtype)
        with np.errstate(over="ignore"):
            gains = np.exp(c @ self.log_gains.T)
        require(
            np.isfinite(gains).all(), "levels", "levels whose gains a number can hold", f"a log of {gains.dtype} above it"
        )
        return gains, c @ self.biases.T

    @checked()
    def switch(self, network: LowRankRNN, levels: Any) -> LowRankRNN:
        """The `network`, of N neurons, under the modulators' `levels` c, (b,)."""
        n_neurons = len(self.log_gains)
        require(network.n_neurons == n_neurons, "network", f"the receptors' {n_neurons} neurons", network.n_neurons)
        c = floats("levels", cast("levels", levels, self.log_gains.dtype), (self.n_modulators,))
        return modulated(network, *self.at(c))


@checked(n_modulators=at_least(1), gain_std=at_least(0), bias_std=at_least(0))
def draw_receptors(units: Int[Array, " N"], n_modulators: int, gain_std: float, bias_std: float, rng: Seed) -> Receptors:
    """Gaussian receptors, one draw for each unit: neurons of one unit, whose numbers are `units` (N,), have the same.

    n_modulators: b. gain_std, bias_std: the s.d. over units of log g and of β, for levels uniform on [−1, 1]^b and whatever
    b: an entry has the s.d. `gain_std`·√(3/b). With units 0, 1, …, N − 1 every neuron has receptors of its own.

    >>> receptors = draw_receptors([0, 1, 0], 2, gain_std=1.0, bias_std=0.5, rng=0)
    >>> receptors.n_modulators, bool((receptors.biases[0] == receptors.biases[2]).all())
    (2, True)
    """
    require(len(units), "units", "at least one neuron", units.shape)
    units = np.unique(units, return_inverse=True)[1]
    draws = np.random.default_rng(rng).standard_normal((2, units.max() + 1, n_modulators)) * np.sqrt(3 / n_modulators)
    return Receptors(gain_std * draws[0, units], bias_std * draws[1, units])


@checked(n_levels=at_least(1), n_modulators=at_least(1))
def draw_levels(n_levels: int, n_modulators: int, rng: Seed) -> Float[Array, "S b"]:
    """Levels uniform on [−1, 1]^b, (S, b): S = `n_levels` of b = `n_modulators`.

    >>> draw_levels(2, 3, rng=0).round(2)
    array([[ 0.27, -0.46, -0.92],
           [-0.97,  0.63,  0.83]])
    """
    return np.random.default_rng(rng).uniform(-1, 1, (n_levels, n_modulators))


def _gains_and_biases(gain_std: float, bias_std: float, lengths: Array) -> None:
    """Raise where the s.d. of log g and of β, at levels of some lengths, are larger than means allow for."""
    longest = lengths.max(initial=0)
    right = gain_std * longest <= GAINS.high and bias_std * longest <= SIZES.high
    require(
        right, "lengths, stds", f"s.d. of log g {GAINS} and of β {SIZES} at all lengths", (longest, (gain_std, bias_std))
    )


@dataclass(frozen=True, eq=False)
class Cloud:
    """The Gaussian law of a neuron's weights: m ~ N(0, σ_m² I), n = L m/σ_m² + ν z, so that E[n mᵀ] = L.

    overlap: L, (K, K), the mean overlap E[n mᵀ]. embedding_std: σ_m. private_std: ν, of the part of n that m does not share.

    >>> Cloud(np.diag([1.5, 0.8])).limit_topology(gain_std=0.2, bias_std=0.0)  # a pair of attractors and a saddle
    (2, 1, 0)
    >>> round(Cloud([[1.5]]).bistable_chance(n_neurons=200, gain_std=0.1, bias_std=0.5), 3)
    0.559
    """

    overlap: Float[Array, "K K"]
    embedding_std: float = 1.5
    private_std: float = 1.0

    def __post_init__(self):
        check_fields(self, overlap=between(-1e50, 1e50), embedding_std=between(1e-50, 1e50), private_std=SIZES)
        require(len(self.overlap), "overlap", "at least one latent variable", self.overlap.shape)

    @checked(n_neurons=at_least(1), tau=above(0), dt=above(0))
    def draw(self, n_neurons: int, rng: Seed, tau: float = 10.0, dt: float = 5.0) -> LowRankRNN:
        """An LPU of N = `n_neurons` from this law, without inputs and biases. tau, dt: ms."""
        own, private = np.random.default_rng(rng).standard_normal((2, n_neurons, len(self.overlap)))
        m = self.embedding_std * own
        n = m @ self.overlap.T / self.embedding_std**2 + self.private_std * private
        return LowRankRNN(m, n, np.zeros((n_neurons, 0)), tau=tau, dt=dt)

    @checked(size=SIZES, gain_std=GAINS, bias_std=SIZES)
    def limit_slope(self, size: float, gain_std: float, bias_std: float) -> float:
        """a(κ) = E[g sech²(g m·κ + β)] at ‖κ‖ = `size`, over normal log g and β of mean 0.

        gain_std, bias_std: the s.d. of log g, at most 10, and of β. As N → ∞, τ dκ/dt = −κ + a(κ) L κ, by Stein's lemma: all
        that modulation does is in one number.
        """
        g = np.exp(gain_std * _NODES)
        slopes = [mean_slope(float(np.hypot(gain * self.embedding_std * size, bias_std))) for gain in g]
        return float(_WEIGHTS @ (g * slopes))

    @checked(gain_std=GAINS, bias_std=SIZES, kappa=between(-1e49, 1e49), tau=above(0))
    def limit_flow(
        self, kappa: Float[Array, "P K"], gain_std: float, bias_std: float, tau: float = 10.0
    ) -> Float[Array, "P K"]:
        """dκ/dt as N → ∞, per ms, (P, K).

        kappa: κ, (P, K). gain_std, bias_std: the s.d. of log g, at most 10, and of β, that the receptors give. tau: ms.
        """
        require(kappa.shape[1] == len(self.overlap), "kappa", f"shape (P, {len(self.overlap)})", kappa.shape)
        slopes = np.array([self.limit_slope(float(np.linalg.norm(k)), gain_std, bias_std) for k in kappa])
        return (slopes[:, None] * kappa @ self.overlap.T - kappa) / tau

    @checked(n_neurons=at_least(1), gain_std=GAINS, bias_std=SIZES, tau=above(0))
    def limit_std(self, kappa: float, n_neurons: float, gain_std: float, bias_std: float, tau: float = 10.0) -> float:
        """The s.d. of the flow at κ over draws of N neurons and their receptors, per ms, for K = 1.

        kappa: κ, a number. n_neurons: N, which in a law need not be whole. gain_std, bias_std: the s.d. of log g, at most
        10, and of β. tau: ms.
        """
        require(len(self.overlap) == 1, "overlap", "one latent variable", self.overlap.shape)
        m, g, beta = self.embedding_std * _NODES[:, None, None], np.exp(gain_std * _NODES[:, None]), bias_std * _NODES
        rate = np.tanh(g * m * kappa + beta)
        shared = m * self.overlap[0, 0] / self.embedding_std**2
        mean = np.einsum("i,j,k,ijk->", _WEIGHTS, _WEIGHTS, _WEIGHTS, shared * rate)
        square = np.einsum("i,j,k,ijk->", _WEIGHTS, _WEIGHTS, _WEIGHTS, (shared**2 + self.private_std**2) * rate**2)
        return float(np.sqrt(max(square - mean**2, 0) / n_neurons) / tau)

    @checked(n_neurons=at_least(1), gain_std=GAINS, bias_std=SIZES)
    def bistable_chance(self, n_neurons: float, gain_std: float, bias_std: float) -> float:
        """The chance over draws of N neurons and receptors that a one-latent network is bistable, close to its pitchfork.

        There τ dκ/dt ≈ h + μκ − γκ³ with Gaussian h and μ of variance ∝ 1/N: bistable where μ > 0 and 27 γ h² < 4 μ³. The
        overlap is above 0. n_neurons: N, which in a law need not be whole. gain_std, bias_std: the s.d. of log g, at most
        10, and of β.
        """
        one = len(self.overlap) == 1 and self.overlap[0, 0] > 0
        require(one, "overlap", "that of one latent variable, above 0", self.overlap)
        overlap, step = float(self.overlap[0, 0]), 0.05
        slope = overlap * self.limit_slope(0.0, gain_std, bias_std)
        cubic = (slope - overlap * self.limit_slope(step, gain_std, bias_std)) / step**2
        rate = np.tanh(bias_std * _NODES)
        square_mn = 3 * overlap**2 + (self.private_std * self.embedding_std) ** 2  # E[m² n²]
        spread = max(square_mn * np.exp(2 * gain_std**2) * (_WEIGHTS @ (1 - rate**2) ** 2) - slope**2, 0.0)
        offset = (overlap**2 / self.embedding_std**2 + self.private_std**2) * (_WEIGHTS @ rate**2)
        mu = slope - 1 + np.sqrt(spread / n_neurons) * _FINE
        if offset == 0:  # without biases
            return float(ndtr((slope - 1) / np.sqrt(spread / n_neurons)))
        border = np.sqrt(4 * np.maximum(mu, 0) ** 3 / (27 * max(cubic, np.finfo(float).tiny)))  # of |h|
        return float(_FINE_WEIGHTS @ (2 * ndtr(border / np.sqrt(offset / n_neurons)) - 1))

    @checked(n_neurons=at_least(1), lengths=at_least(0), stds=at_least(0))
    def bistability(
        self, n_neurons: float, lengths: Float[Array, "*any"], stds: tuple[float, float]
    ) -> tuple[Float[Array, "*any"], Bool[Array, "*any"]]:
        """The chance that a drawn network is bistable, by the lengths of levels, and whether it is as N → ∞.

        n_neurons: N, which in a law need not be whole. lengths: (…), in units in which `stds` are the s.d. of log g and β.
        The chance is that of :meth:`bistable_chance`, interpolated.
        """
        require(lengths.size, "lengths", "at least one", lengths.shape)
        gain, bias = stds
        _gains_and_biases(gain, bias, lengths)
        grid = np.linspace(lengths.min(), lengths.max(), 61)
        chance = np.interp(lengths, grid, [self.bistable_chance(n_neurons, gain * x, bias * x) for x in grid])
        fine = np.linspace(lengths.min(), lengths.max(), 2001)
        slopes = (
            self.overlap[0, 0]
            * np.exp((gain * fine) ** 2 / 2)
            * np.interp(fine, grid, [mean_slope(float(bias * x)) for x in grid])
        )
        return chance, np.interp(lengths, fine, slopes) > 1

    @checked(gain_std=GAINS, bias_std=SIZES)
    def limit_topology(self, gain_std: float, bias_std: float) -> Topology:
        """The landscape's topology as N → ∞: number q of :func:`limit_topologies`, for q eigenvalues of L above 1/a(0).

        gain_std, bias_std: the s.d. of log g, at most 10, and of β. Raises ValueError for eigenvalues that are not real and
        distinct.
        """
        values = np.linalg.eigvals(self.overlap)
        require(np.isreal(values).all() and len(np.unique(values.real.round(9))) == len(values), "overlap",
                 "real and distinct eigenvalues", values)  # fmt: skip
        q = int((values.real * self.limit_slope(0.0, gain_std, bias_std) > 1).sum())
        return limit_topologies(len(values))[q]


@checked(n_latents=between(1, 1000))
def limit_topologies(n_latents: int) -> list[Topology]:
    """The K + 1 topologies that are left as N → ∞, K = `n_latents`, for q = 0, 1, …, K.

    The origin has q unstable directions, and there are q pairs ±κ_j: that of the j-th largest eigenvalue has j − 1.

    >>> limit_topologies(2)
    [(1, 0, 0), (2, 1, 0), (2, 2, 1)]
    """
    return [(2,) * q + (1,) + (0,) * (n_latents - q) for q in range(n_latents + 1)]


@checked()
def topology(fixed: FixedPoints) -> Topology:
    """The numbers of `fixed` points with 0, 1, …, K unstable directions: the same in every basis of the latents.

    >>> network = LowRankRNN(np.ones((5, 1)), np.full((5, 1), 2.0), np.zeros((5, 0)))
    >>> topology(dynamics.fixed_points(network))  # two attractors, and the origin between them
    (2, 1)
    """
    unstable = (fixed.eigenvalues.real > 0).sum(axis=1)
    return tuple(np.bincount(unstable, minlength=fixed.points.shape[1] + 1).tolist())


@checked(tolerance=at_least(0))
def attractor_patterns(fixed: FixedPoints, tolerance: float = 0.1) -> frozenset[tuple[int, ...]]:
    """The signs of κ at the attractors of `fixed`, 0 below `tolerance`: what a fixed readout can find.

    It depends on the basis.
    """
    kappa = fixed.attractors
    signs = np.sign(np.where(np.abs(kappa) < tolerance, 0, kappa)).astype(int)
    return frozenset(tuple(row) for row in signs.tolist())


@checked()
def landscapes(network: LowRankRNN, receptors: Receptors, levels: Float[Array, "S b"]) -> list[Topology | None]:
    """The topology under each of S `levels` (S, b) of the `receptors`; None where the points' indices do not sum to 1."""
    found: list[Topology | None] = []
    for level in levels:
        try:
            found.append(topology(dynamics.fixed_points(receptors.switch(network, level))))
        except RuntimeError:
            found.append(None)
    return found


@checked(n_points=at_least(2))
def count_attractors(
    network: LowRankRNN, gains: Float[Array, "S N"], biases: Float[Array, "S N"], n_points: int = 401
) -> Int[Array, " S"]:
    """The number of attractors of a one-latent network under each of S modulations, (S,), by sign changes on a grid.

    gains, biases: g and β, (S, N). A grid of `n_points`, even, so that it leaves out κ = 0, spans the bounding box.
    Attractor and repeller closer together than a step of it go unseen. All fixed points of K = 1: attractors, and one
    repeller less.

    >>> network = LowRankRNN(np.ones((5, 1)), np.full((5, 1), 2.0), np.zeros((5, 0)))
    >>> count_attractors(network, gains=np.array([[1.0], [0.4]]) * np.ones(5), biases=np.zeros((2, 5)))
    array([2, 1])
    """
    require(network.n_latents == 1, "network", "one latent variable", network.n_latents)
    n_neurons = network.n_neurons
    require(gains.shape[1] == n_neurons, "gains", f"shape ({len(gains)}, {n_neurons})", gains.shape)
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


@checked(n_neurons=at_least(1), n_units=at_least(1), n_modulators=at_least(1), stds=at_least(0), n_levels=at_least(1))
def reachable_topologies(
    cloud: Cloud, n_neurons: int, n_units: int, n_modulators: int, stds: tuple[float, float], n_levels: int, rng: Seed
) -> list[Topology | None]:
    """The topologies that one network drawn from `cloud` reaches under receptors shared by units and random levels.

    n_neurons: N. n_units: neurons i, i + n_units, … make a unit. n_modulators: b. stds: s.d. of log g and of β, as in
    :func:`draw_receptors`. n_levels: how many levels are drawn.

    >>> found = reachable_topologies(Cloud([[1.5]]), 20, 20, 2, (0.5, 0.0), n_levels=5, rng=0)
    >>> sorted(set(found))
    [(2, 1)]
    """
    require(n_units <= n_neurons, "n_units", f"a whole number from 1 to {n_neurons}", n_units)
    rng = np.random.default_rng(rng)
    network = cloud.draw(n_neurons, rng)
    receptors = draw_receptors(np.arange(n_neurons) % n_units, n_modulators, *stds, rng)
    return landscapes(network, receptors, draw_levels(n_levels, n_modulators, rng))


@checked(n_neurons=at_least(1), lengths=at_least(0), stds=at_least(0), n_modulators=at_least(1))
def bistable_draws(
    cloud: Cloud, n_neurons: int, lengths: Float[Array, "R S"], stds: tuple[float, float], rng: Seed, n_modulators: int = 4
) -> Bool[Array, "R S"]:
    """Whether R drawn one-latent networks, receptors of their own, have two attractors or more at S levels each.

    cloud: the law of the networks, of `n_neurons` each. lengths: of the levels, (R, S), in units of their root mean square
    on [−1, 1]^b: log g and β have the s.d. `stds` times them. n_modulators: b.

    >>> bistable_draws(Cloud([[1.5]]), 200, [[0.1, 3.0]], stds=(0.0, 1.0), rng=0)
    array([[ True, False]])
    """
    require(len(cloud.overlap) == 1, "cloud", "one latent variable", len(cloud.overlap))
    _gains_and_biases(*stds, lengths)
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
