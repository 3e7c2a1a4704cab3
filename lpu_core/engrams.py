"""Engrams: autoencoders and how many latents they need, local learning by a comparator, and memories found by index units.

Beyond the paper. An autoencoder makes a code of D latents and from the code a reconstruction; what D must be is a matter of
topology (Proposition 8.1), what a code of D noisy latents can hold one of information (Propositions 8.6 and 8.7). The
networks are in :mod:`lpu_core.feedforward`; what trains them is in :mod:`lpu_core.training.local_rules`.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import brentq, least_squares
from scipy.special import betainc, hyp2f1, log_ndtr

from lpu_core.check import Array, Seed, above, at_least, between, check_fields, checked, floats, require
from lpu_core.feedforward import Layers, comparator, initial_layers, unexplained
from lpu_core.geometry import dimension_from_distances, intrinsic_dimension

__all__ = [
    "FORMANTS",
    "MANIFOLDS",
    "IndexUnits",
    "Layers",
    "Manifold",
    "antipodal_pair",
    "capacity",
    "comparator",
    "dimension_from_distances",
    "fano_bound",
    "initial_layers",
    "intrinsic_dimension",
    "knee",
    "learn_binary",
    "recall_probability",
    "store",
    "synthetic_spectra",
    "undo_embedding",
    "unexplained",
]


def _sphere(n: int, d: int, rng: np.random.Generator) -> Array:
    x = rng.standard_normal((n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def _torus(n: int, rng: np.random.Generator) -> Array:
    angles = rng.uniform(0, 2 * np.pi, (n, 2))
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


@dataclass(frozen=True)
class Manifold:
    """A manifold in K latents.

    intrinsic: its dimension d. embeds: the least D in which it fits without touching itself. draw: what draws points (n, K)
    from a number n and a numpy Generator.

    >>> MANIFOLDS["circle"].sample(5, rng=0).shape
    (5, 2)
    """

    intrinsic: int
    embeds: int
    draw: Callable[[int, np.random.Generator], Array]

    def __post_init__(self):
        check_fields(self, intrinsic=at_least(1), embeds=at_least(1))
        require(self.embeds >= self.intrinsic, "embeds", f"at least its dimension, {self.intrinsic}", self.embeds)

    @checked(n_points=at_least(1))
    def sample(self, n_points: int, rng: Seed) -> Float[Array, "S K"]:
        """`n_points` uniform points on it, (S, K)."""
        return self.draw(n_points, np.random.default_rng(rng))


MANIFOLDS = {
    "segment": Manifold(1, 1, lambda n, rng: rng.uniform(-1, 1, (n, 1))),
    "patch": Manifold(2, 2, lambda n, rng: rng.uniform(-1, 1, (n, 2))),
    "circle": Manifold(1, 2, lambda n, rng: _sphere(n, 2, rng)),
    "sphere": Manifold(2, 3, lambda n, rng: _sphere(n, 3, rng)),
    "torus": Manifold(2, 3, _torus),
}
"""Two with a border and three without; the torus stands flat in four latents, K = 4."""


@checked(errors=above(0))
def knee(errors: Float[Array, " D"]) -> int:
    """The D at which the `errors` of 1, 2, … latents fall most, as a ratio; no latent at all has the error 1.

    >>> knee([0.5, 0.01, 0.005])
    2
    """
    require(len(errors) > 0, "errors", "at least one", errors.shape)
    return int(np.argmax(-np.diff(np.log(np.concatenate([[1.0], errors]))))) + 1


@checked(n_dims=at_least(2), n_starts=at_least(1))
def antipodal_pair(encode: Callable[[Array], Array], n_dims: int, rng: Seed, n_starts: int = 2000) -> Float[Array, " d"]:
    """A point x of the unit sphere S^{d−1} with f(x) = f(−x) for a continuous `encode` f, (S, d) → (S, D), D < d.

    Borsuk and Ulam: there is one. From the best of `n_starts` random points by least squares; n_dims: d. Raises
    RuntimeError where none is found, as may be for D ≥ d or an f that jumps.

    >>> x = antipodal_pair(lambda x: x[:, :1], n_dims=2, rng=0)  # a code of one latent, on the circle
    >>> np.abs(x).round(6)
    array([0., 1.])
    """
    x = _sphere(n_starts, n_dims, np.random.default_rng(rng))
    codes = floats("encode", encode(x), (n_starts, None))
    require(codes.shape[1] > 0, "encode", "a function that gives codes (S, D), D of at least 1", codes.shape)
    gap = codes - encode(-x)
    scale = float(np.std(codes)) or 1.0

    def difference(v: Array) -> Array:
        u = (v / np.linalg.norm(v))[None]
        return ((encode(u) - encode(-u)) / scale)[0]

    for start in x[np.argsort(np.linalg.norm(gap, axis=1))[:100]]:
        found = least_squares(difference, start, xtol=1e-15, ftol=1e-15, gtol=1e-15)
        if np.abs(found.fun).max() < 1e-7:
            return found.x / np.linalg.norm(found.x)
    raise RuntimeError(f"no antipodal pair with one code found: the nearest are {np.abs(found.fun).max():.2g} apart")


@checked()
def undo_embedding(codes: Float[Array, "S K"], embedding: Float[Array, "N K"]) -> Float[Array, "S K"]:
    """κ (S, K) from the linear `codes` Mᵀ tanh(Mκ), (S, K), of an LPU with the `embedding` M, (N, K): Proposition 8.2.

    Newton's method on the convex Σ_i log cosh(Mκ)_i − κ·code, whose gradient is Mᵀ tanh(Mκ) − code. Raises ValueError where
    M has a rank below K or a code lies beyond those of any κ.

    >>> m = np.array([[1.0, 0.5], [0.0, 2.0], [-1.0, 1.0]])
    >>> undo_embedding(np.tanh([[0.3, -0.2]] @ m.T) @ m, m).round(6)
    array([[ 0.3, -0.2]])
    """
    n, k = embedding.shape
    require(n > 0 and np.linalg.matrix_rank(embedding) == k, "embedding", f"rank {k}", embedding.shape)
    m = embedding.astype(np.float64)
    kappa = np.zeros(codes.shape)

    def objective(kappa: Array) -> Array:
        return np.logaddexp(kappa @ m.T, -kappa @ m.T).sum(1) - (kappa * codes).sum(1)

    for _ in range(60):
        now = np.tanh(kappa @ m.T)
        slope = np.einsum("ni,pn,nj->pij", m, np.maximum(1 - now**2, 1e-12), m)
        step = np.linalg.solve(slope, (codes - now @ m)[..., None])[..., 0]
        length = np.ones((len(kappa), 1))
        for _ in range(30):  # halve the steps that do not go down
            worse = objective(kappa + length * step) > objective(kappa) + 1e-12
            if not worse.any():
                break
            length[worse] /= 2
        kappa = kappa + length * step
    left = np.abs(np.tanh(kappa @ m.T) @ m - codes).max(initial=0)
    require(left < 1e-6 * (1 + np.abs(m).sum(0).max()), "codes", "those of some κ", f"a code {left:.2g} from any")
    return kappa


@checked(n_rounds=at_least(1))
def learn_binary(
    inputs: Float[Array, "S n"], targets: Float[Array, " S"], n_rounds: int = 1000
) -> tuple[Float[Array, " n"], Int[Array, " R"]]:
    """One unit that learns by XOR of target and output, sample by sample: w += XOR(x, x̂)(1 − 2x̂) · pre. From w = 0.

    Returns w and the number of mistakes in each round, until one has none. The unit fires where w·pre > 0; for a bias add a
    constant input. Rosenblatt's perceptron: on problems with margin γ it makes at most (R/γ)² mistakes, R = max‖pre‖.

    inputs: pre, (S, n). targets: x, zeros and ones, (S,). n_rounds: at most so many.

    >>> w, mistakes = learn_binary([[0.0, 1.0], [1.0, 1.0]], [0.0, 1.0])
    >>> w, mistakes
    (array([1., 0.]), array([1, 1, 0]))
    """
    require(set(np.unique(targets)) <= {0.0, 1.0}, "targets", "zeros and ones", np.unique(targets))
    w, mistakes = np.zeros(inputs.shape[1]), []
    for _ in range(n_rounds):
        wrong = 0
        for pre, target in zip(inputs, targets, strict=True):
            own = float(pre @ w > 0)
            xor = abs(target - own)
            w += xor * (1 - 2 * own) * pre
            wrong += int(xor)
        mistakes.append(wrong)
        if not wrong:
            break
    return w, np.array(mistakes)


@dataclass(frozen=True, eq=False)
class IndexUnits:
    """U units, each wired to a pattern of the cue's latents and to one of the answer's: keys (U, A), values (U, B)."""

    keys: Float[Array, "U A"]
    values: Float[Array, "U B"]

    def __post_init__(self):
        check_fields(self)
        require(len(self.keys) > 0, "keys", "at least one unit", self.keys.shape)

    @checked()
    def winners(self, cues: Float[Array, "S A"]) -> Int[Array, " S"]:
        """Which unit gets the most input from each of the `cues` (S, A): the winner takes all."""
        n_latents = self.keys.shape[1]
        require(cues.shape[1] == n_latents, "cues", f"shape (S, {n_latents})", cues.shape)
        return np.argmax(cues @ self.keys.T, axis=1)

    def recall(self, cues: Float[Array, "S A"]) -> Float[Array, "S B"]:
        """The winner's pattern of the answer's latents, for each of the `cues` (S, A)."""
        return self.values[self.winners(cues)]


@checked(units=at_least(0))
def store(
    keys: Float[Array, "P A"], values: Float[Array, "P B"], units: Int[Array, " P"] | None = None, scaled: bool = True
) -> IndexUnits:
    """Index units after Hebbian learning: the outer product of active unit and latents, summed over P episodes.

    keys, values: the cue's and the answer's latents in each episode, (P, A) and (P, B). units: the unit that was active in
    each episode (None: each has its own). scaled: whether each unit's synapses from the cue are then scaled to the same
    length, as synaptic homeostasis would; those to the answer become a mean.

    >>> stored = store([[1.0, 0.0], [0.0, 1.0]], [[5.0], [7.0]])
    >>> stored.recall([[0.2, 0.9]])
    array([[7.]])
    """
    require(len(keys) > 0, "keys", "at least one episode", keys.shape)
    units = np.arange(len(keys)) if units is None else units
    require(len(np.unique(units)) == units.max() + 1, "units", "an episode for each unit", units)
    active = np.zeros((len(keys), units.max() + 1), keys.dtype)
    active[np.arange(len(keys)), units] = 1
    wired = active.T @ keys
    if scaled:
        lengths = np.linalg.norm(wired, axis=1, keepdims=True)
        some = (lengths > 0).all() and np.isfinite(lengths).all()
        require(some, "keys", "patterns other than 0, of finite length", "a unit without input, or with too much")
        wired = wired / lengths
    return IndexUnits(wired, active.T @ values / active.sum(0)[:, None])


_legendre = functools.lru_cache(maxsize=4)(np.polynomial.legendre.leggauss)


@functools.lru_cache(maxsize=256)
def _log_below(n_latents: int, snr: float, scaled: bool) -> tuple[Array, Array]:
    """log F at the nodes of a quadrature, and their weights; F: the chance that another unit gets less input than the right.

    ρ² = SNR/(1 + SNR). Scaled weights: the input is the cosine of pattern and cue; F is that of random directions, its own
    law Fisher's of a correlation. Plain: the input over ‖cue‖ is a = ρR + √(1−ρ²) z, R ~ χ_D and z ~ N(0, 1), and F = Φ(a).
    """
    d, rho2 = n_latents, 1 / (1 + 1 / snr)
    if not scaled:
        node, r_law = _legendre(200)
        r = (node + 1) / 2 * (np.sqrt(d) + 10)
        z, z_law = np.polynomial.hermite_e.hermegauss(80)
        with np.errstate(divide="ignore"):
            law = np.outer(r_law * np.exp((d - 1) * np.log(r / np.sqrt(d)) - (r**2 - d) / 2), z_law)
        return log_ndtr(np.sqrt(rho2) * r[:, None] + np.sqrt(1 - rho2) * z).ravel(), law.ravel() / law.sum()
    node, weight = _legendre(1000)
    angle = np.exp(-35 + (node + 1) / 2 * (35 + np.log(np.pi)))  # between pattern and cue; many nodes near 0
    slant = np.sqrt(rho2) * np.cos(angle)
    logs = (d - 2) * np.log(np.sin(angle)) - (d - 0.5) * np.log1p(-slant)
    law = weight * angle * np.exp(logs - logs.max()) * hyp2f1(0.5, 0.5, d + 0.5, (1 + slant) / 2)
    half = betainc((d - 1) / 2, 0.5, np.sin(angle) ** 2) / 2  # of a smaller angle; beyond a right one, of a larger
    return np.where(angle < np.pi / 2, np.log1p(-half), np.log(np.maximum(half, 1e-300))), law / law.sum()


N_LATENTS = between(2, 500)
SNR = between(0, 1e12, "(]")


@checked(n_stored=at_least(1), n_latents=N_LATENTS, snr=SNR)
def recall_probability(n_stored: float, n_latents: int, snr: float, scaled: bool = True) -> float:
    r"""P(the right index unit wins) among P random Gaussian patterns of D latents, from a cue with Gaussian noise.

    .. math::

        \mathrm{P} = \mathbb{E}\,F^{P-1}

    the mean over the pattern and its noise, F as in :func:`_log_below`. n_stored: P. n_latents: D, at most 500, where the
    quadrature is off by less than 0.01. snr: variance of a latent over that of its noise. scaled: as in :func:`store`.

    >>> recall_probability(n_stored=100, n_latents=16, snr=4.0) > recall_probability(100, 16, 4.0, scaled=False)
    True
    """
    logs, law = _log_below(n_latents, snr, scaled)
    return float(law @ np.exp((n_stored - 1) * logs))


@checked(n_latents=N_LATENTS, snr=SNR, share=between(0, 1, "()"))
def capacity(n_latents: int, snr: float, scaled: bool = True, share: float = 0.5) -> float:
    """log P of the number P of patterns at which the `share` of them is recalled (:func:`recall_probability`).

    n_latents: D. snr, scaled: as there. Raises ValueError where it exceeds 600, or lies where P = 1.

    >>> rate = (capacity(n_latents=100, snr=1.0) - capacity(n_latents=50, snr=1.0)) / 50
    >>> round(float(rate / (np.log(2) / 2)), 1)  # of Shannon's
    1.0
    """
    logs, law = _log_below(n_latents, snr, scaled)

    def over(log_p: float) -> float:
        return law @ np.exp(np.expm1(log_p) * logs) - share

    reached = over(0.0) > 0 > over(600.0)
    got = f"{share} for {n_latents} latents at a signal-to-noise ratio of {snr:g}"
    require(reached, "share", "one to which recall falls between 1 and e^600 patterns", got)
    return float(brentq(over, 0.0, 600.0))


@checked(n_stored=above(1), n_latents=at_least(1), snr=at_least(0))
def fano_bound(n_stored: float, n_latents: int, snr: float) -> float:
    """No way of recall is right more often than (D/2 log(1 + SNR) + log 2)/log P (Fano, and Shannon's Gaussian channel).

    n_stored: P. n_latents: D. snr: SNR, the variance of a latent over that of its noise.

    >>> round(fano_bound(n_stored=1e6, n_latents=10, snr=1.0), 3)
    0.301
    """
    return float(min(1.0, (n_latents / 2 * np.log1p(snr) + np.log(2)) / np.log(n_stored)))


FORMANTS = np.array([
    [[3, 15], [8, 12], [5, 10]],
    [[6, 8], [9, 13], [2, 18]],
    [[4, 19], [3, 9], [3, 7]],
    [[2, 14], [4, 11], [3, 20]],
    [[5, 17], [7, 9], [6, 8]],
    [[6, 18], [9, 14], [4, 13]],
    [[2, 21], [4, 18], [3, 19]],
    [[2, 20], [6, 16], [5, 14]],
    [[7, 19], [8, 17], [2, 12]],
    [[4, 12], [8, 16], [4, 15]],
])  # fmt: skip
"""Two formants in each of three segments of ten names, in bands of 0 to 23: invented, not measured speech."""


@checked(labels=between(0, 9))
def synthetic_spectra(labels: Int[Array, " S"], rng: Seed) -> Float[Array, "S 72"]:
    """Spectra of the ten invented names as many speakers might say them: three segments of 24 bands, from 0 to about 1.

    A speaker shifts all formants by N(0, 0.7²) bands and weighs each segment by a factor of 0.7 to 1.3; noise has s.d. 0.05.
    labels: whose names, from 0 to 9, (S,).

    >>> synthetic_spectra([0, 9], rng=0).shape
    (2, 72)
    """
    require(len(labels) > 0, "labels", "at least one", labels.shape)
    rng = np.random.default_rng(rng)
    centres = FORMANTS[labels] + 0.7 * rng.standard_normal((len(labels), 1, 1))
    peaks = np.exp(-np.square((np.arange(24) - centres[..., None]) / 1.5) / 2).sum(axis=2)
    sound = peaks * rng.uniform(0.7, 1.3, (len(labels), 3, 1))
    return (sound + 0.05 * rng.standard_normal(sound.shape)).reshape(len(labels), 72)
