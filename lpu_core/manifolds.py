"""Curved manifolds: how many dimensions the activity spans, and how many the theory says that it must span.

A flat sheet of K latents spans K dimensions; tuning curves φ(w·x) that bend spread it over many more (Definitions 5, 6).
For x on the unit sphere S^{d−1} and Gaussian w the whole spectrum is known, degree by degree (Funk–Hecke).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh_tridiagonal
from scipy.spatial.distance import pdist
from scipy.special import eval_hermitenorm, factorial
from scipy.stats import norm, spearmanr

from lpu_core.check import Array, Seed, above, at_least, between, check_fields, checked, precision, require, shown
from lpu_core.geometry import linear_dimensionality, n_components, principal_variances
from lpu_core.networks import LowRankRNN
from lpu_core.nonlinearities import NONLINEARITIES, Nonlinearity, nonlinearity
from lpu_core.random_networks import (
    critical_factor,
    divergence,
    random_network,
    scale_weights,
    spontaneous_rates,
    sustaining_factor,
)

__all__ = [
    "ZonalSpectrum",
    "critical_factor",
    "distance_rank_correlation",
    "divergence",
    "embed_sphere",
    "latent_r2",
    "legendre",
    "linear_dimensionality",
    "n_components",
    "predicted_rank_correlation",
    "principal_variances",
    "random_network",
    "sampled_eigenvalues",
    "scale_weights",
    "spontaneous_rates",
    "staircase",
    "sustaining_factor",
    "zonal_spectrum",
]


STRENGTH = between(1e-50, 1e18, "[)")
"""Of weights: φ's fourth power stays a number, in float32 its currents do."""


def _elementwise(phi: Nonlinearity) -> Callable:
    """φ from its name or any elementwise callable; a wrong one is called `phi`."""
    known = callable(phi) or (isinstance(phi, str) and phi in NONLINEARITIES)
    require(known, "phi", f"a nonlinearity: one of {tuple(NONLINEARITIES)} or a callable", shown(phi))
    return nonlinearity(phi)


@checked(n_neurons=at_least(1))
def staircase(n_neurons: int, phi: Nonlinearity = "relu") -> tuple[Float[Array, " N"], LowRankRNN]:
    """Proposition 2's latents κ_j = (j − ½)/N and its network of one latent: m_i = 1, b_i = −(i − 1)/N (M61–M63).

    n_neurons: N. Its tuning at the κ_j is a triangular matrix with a positive diagonal where `phi` has φ(x) > 0 for x > 0
    alone: rank N.

    >>> kappa, network = staircase(3)
    >>> network.tuning(kappa[:, None]).round(2)
    array([[0.17, 0.  , 0.  ],
           [0.5 , 0.17, 0.  ],
           [0.83, 0.5 , 0.17]])
    """
    _elementwise(phi)
    ones, steps = np.ones((n_neurons, 1)), np.arange(n_neurons) / n_neurons
    return steps + 0.5 / n_neurons, LowRankRNN(ones, 0 * ones, ones, -steps, nonlinearity=phi)


@checked(n_neurons=at_least(1), n_dims=at_least(2), n_points=at_least(2), strength=STRENGTH, bias_std=between(0, 1e18, "[)"))
def embed_sphere(
    n_neurons: int,
    n_dims: int,
    n_points: int,
    strength: float,
    rng: Seed,
    phi: Nonlinearity = "tanh",
    *,
    bias_std: float = 0.0,
    dtype: Any = np.float32,
) -> tuple[Float[Array, "S d"], Float[Array, "S N"]]:
    """Uniform points x on the unit sphere S^{d−1} and their rates φ(M x + b), with m_ij ~ N(0, strength²).

    n_neurons: N. n_dims: d. n_points: S. strength: s.d. of the weights. phi: φ. bias_std: s.d. of the biases
    b_i ~ N(0, bias_std²). dtype: float32 or float64. The first n columns of the rates are an embedding by n neurons.

    >>> points, rates = embed_sphere(n_neurons=50, n_dims=3, n_points=10, strength=2.0, rng=0)
    >>> points.shape, rates.shape
    ((10, 3), (10, 50))
    """
    f, dtype = _elementwise(phi), precision("dtype", dtype).type
    rng = np.random.default_rng(rng)
    points = rng.standard_normal((n_points, n_dims), dtype=dtype)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    weights = dtype(strength) * rng.standard_normal((n_neurons, n_dims), dtype=dtype)
    current = points @ weights.T
    if bias_std:
        current += dtype(bias_std) * rng.standard_normal(n_neurons, dtype=dtype)
    return points, f(current, out=current)


@checked(n_dims=at_least(2), n_degrees=at_least(1), cosines=between(-1, 1))
def legendre(n_dims: int, n_degrees: int, cosines: Float[Array, "*batch"]) -> Float[Array, "degrees *batch"]:
    """The Legendre polynomials of S^{d−1}, P_ℓ(1) = 1, for ℓ = 0 … n_degrees − 1 (cosines of ℓθ for d = 2).

    n_dims: d. cosines: where, from −1 to 1, of any shape.

    >>> legendre(3, 3, [0.0, 1.0])  # 1, t, (3t² − 1)/2
    array([[ 1. ,  1. ],
           [ 0. ,  1. ],
           [-0.5,  1. ]])
    """
    values = np.empty((n_degrees, *cosines.shape))
    values[0], values[1:2] = 1, cosines
    for degree in range(1, n_degrees - 1):
        ahead = (2 * degree + n_dims - 2) * cosines * values[degree]
        values[degree + 1] = (ahead - degree * values[degree - 1]) / (degree + n_dims - 2)
    return values


@dataclass(frozen=True, eq=False)
class ZonalSpectrum:
    """The covariance spectrum, per neuron, of the embedded sphere as N → ∞: one eigenvalue for each degree ℓ.

    eigenvalues: λ_ℓ, (L,). multiplicities: how many principal components share it, (L,). mean_square: E φ², their sum
    over all degrees. The principal components leave out ℓ = 0, the mean.
    """

    eigenvalues: Float[Array, " L"]
    multiplicities: Float[Array, " L"]
    mean_square: float

    def __post_init__(self):
        check_fields(self, eigenvalues=at_least(0), multiplicities=at_least(1), mean_square=above(0))
        mean, varies = self.eigenvalues[:1].sum(), len(self.eigenvalues) > 1
        require(varies, "eigenvalues", "those of at least 2 degrees", len(self.eigenvalues))
        expected = f"above the square of the mean, {mean:.6g}"
        require(self.mean_square > mean * (1 + 1e-13), "mean_square", expected, self.mean_square)

    @property
    def shares(self) -> Float[Array, " L"]:
        """The share of the variance in each degree; 0 for ℓ = 0."""
        power = self.eigenvalues * self.multiplicities
        return np.where(np.arange(len(power)) > 0, power, 0) / (self.mean_square - power[0])

    @checked(variance=between(0, 1, "()"))
    def dimensionality(self, variance: float = 0.99) -> float:
        """The number of principal components that hold the share `variance` as N → ∞: where growth with N ends.

        A float, since it may exceed any integer type. Raises ValueError where the degrees kept hold less.

        >>> zonal_spectrum(n_dims=3, strength=2.0, phi="sin").dimensionality()
        21.0
        """
        order = np.argsort(-self.eigenvalues[1:], kind="stable") + 1
        held = np.cumsum(self.shares[order])
        require(held[-1] >= variance, "n_degrees", f"enough degrees to hold {variance} of the variance", held[-1])
        last = int(np.searchsorted(held, variance))
        missing = variance - (held[last - 1] if last else 0)
        one = self.shares[order[last]] / self.multiplicities[order[last]]
        return float(self.multiplicities[order[:last]].sum() + np.ceil(missing / one * (1 - 1e-9)))

    @checked(n=at_least(1))
    def variances(self, n: int) -> Float[Array, " n"]:
        """The `n` largest variances of principal components, each as often as it occurs; fewer where no more are kept."""
        order = np.argsort(-self.eigenvalues[1:], kind="stable") + 1
        return np.repeat(self.eigenvalues[order], np.minimum(self.multiplicities[order], n).astype(int))[:n]


@checked(n_dims=at_least(2), strength=STRENGTH, n_degrees=at_least(2), n_nodes=at_least(2))
def zonal_spectrum(
    n_dims: int, strength: float, phi: Nonlinearity = "tanh", n_degrees: int = 400, *, n_nodes: int = 800
) -> ZonalSpectrum:
    r"""Funk–Hecke: the eigenvalue of each degree ℓ for rates φ(w·x), w ~ N(0, strength² I), x uniform on S^{d−1}.

    .. math::

        \lambda_\ell = \mathbb{E}_\rho \Bigl[\int \varphi(g\rho s)\,P_\ell(s)\,\mathrm{d}\mu_d(s)\Bigr]^2

    with ρ = |w|/g ~ χ_d and s one coordinate of x; Gauss–Laguerre in ρ², Gauss–Legendre in the angle of either half
    of the sphere, so that a kink at 0 does no harm. The multiplicity of ℓ is C(ℓ+d−1, ℓ) − C(ℓ+d−3, ℓ−2).

    n_dims: d. strength: g. phi: φ. n_degrees: how many ℓ, from 0 on. n_nodes: of the quadrature in the angle, as many at
    least. Raises ValueError where a multiplicity exceeds the largest float.

    >>> zonal_spectrum(n_dims=3, strength=2.0, phi="sin", n_degrees=4).multiplicities
    array([1., 3., 5., 7.])
    """
    f = _elementwise(phi)
    require(n_nodes >= n_degrees, "n_nodes", f"at least n_degrees = {n_degrees}", n_nodes)
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    angle = (nodes + 1) * np.pi / 4
    cosine, measure = np.cos(angle), weights * np.sin(angle) ** (n_dims - 2)
    measure /= 2 * measure.sum()  # half of the sphere
    k = np.arange(64)  # ρ²/2 is Gamma(d/2): Gauss-Laguerre from its Jacobi matrix, which no Γ(d/2) overflows
    half_square, vectors = eigh_tridiagonal(2 * k + n_dims / 2, np.sqrt(k[1:] * (k[1:] + n_dims / 2 - 1)))
    law = vectors[0] ** 2
    current = strength * np.sqrt(2 * half_square)[:, None] * cosine
    ahead, behind = f(current), f(-current)
    polynomials = legendre(n_dims, n_degrees, cosine)
    parity = np.where(np.arange(n_degrees) % 2 == 0, 1, -1)
    coefficients = (ahead * measure) @ polynomials.T + parity * ((behind * measure) @ polynomials.T)
    mean_square = float(law @ ((ahead**2 + behind**2) @ measure))
    return ZonalSpectrum(law @ coefficients**2, _multiplicities(n_dims, n_degrees), mean_square)


def _multiplicities(n_dims: int, n_degrees: int) -> Float[Array, " L"]:
    """The dimension of the harmonics of each degree on S^{d−1}."""
    counts = [comb(k + n_dims - 1, k) - (comb(k + n_dims - 3, k - 2) if k > 1 else 0) for k in range(n_degrees)]
    largest = max(counts)
    require(largest < 2**1023, "n_degrees", f"fewer: a float does not hold their multiplicities for d = {n_dims}", n_degrees)
    return np.array(counts, np.float64)


@checked(n_degrees=at_least(1))
def sampled_eigenvalues(points: Float[Array, "S d"], rates: Float[Array, "S N"], n_degrees: int) -> Float[Array, " degrees"]:
    """Estimates of λ_ℓ, ℓ < n_degrees, from an embedded sphere: unbiased for any number of neurons and points.

    The mean over pairs of points of P_ℓ(x·x′) r·r′/N. Eigenvalues of a sampled covariance, by contrast, spread.
    points: x, (S, d), on the unit sphere, at least 2. rates: r, (S, N).

    >>> sphere = embed_sphere(500, n_dims=3, n_points=500, strength=1.0, rng=0)
    >>> sampled_eigenvalues(*sphere, n_degrees=2)[1].round(2), zonal_spectrum(3, 1.0).eigenvalues[1].round(2)
    (np.float64(0.13), np.float64(0.13))
    """
    off_sphere = np.abs(np.linalg.norm(points, axis=1) - 1).max(initial=0)
    require(len(points) > 1 and points.shape[1] > 1, "points", "at least 2 of at least 2 dimensions", points.shape)
    require(off_sphere < 1e-3, "points", "points of length 1", f"a length that is off by {off_sphere:.3g}")
    require(rates.shape[1] > 0, "rates", "at least one neuron", rates.shape)
    off = ~np.eye(len(points), dtype=bool)
    cosines = np.clip(points @ points.T, -1, 1)[off].astype(np.float64)
    products = (rates @ rates.T)[off].astype(np.float64) / rates.shape[1]
    return legendre(points.shape[1], n_degrees, cosines) @ products / len(products)


@checked()
def latent_r2(points: Float[Array, "S d"], rates: Float[Array, "S N"]) -> tuple[Float[Array, " P"], Float[Array, " P"]]:
    """Of each principal component of the rates: its share of the variance, and R² of its regression on x; (P,) each.

    points: x, (S, d), more than d of them, that span d dimensions. rates: (S, N), not all the same.

    >>> x = np.random.default_rng(0).standard_normal((50, 2))
    >>> share, r2 = latent_r2(x, x @ [[1.0, 0.0, 1.0], [0.0, 2.0, 1.0]])  # flat: two components, all x
    >>> r2[:2].round(6)
    array([1., 1.])
    """
    n, d = points.shape
    require(n > d, "points", f"more than their {d} dimensions", n)
    centred = points - points.mean(0)
    rank = np.linalg.matrix_rank(centred)
    require(rank == d, "points", f"points that span {d} dimensions", f"points that span {rank}")
    scores, values, _ = np.linalg.svd(rates - rates.mean(0), full_matrices=False)
    least = np.finfo(rates.dtype).eps * np.abs(rates).max(initial=0) * np.sqrt(rates.size)
    require(values.max(initial=0) > least, "rates", "rates that differ", "the same for all points")
    basis, _ = np.linalg.qr(centred)
    shares = (values**2 / (values**2).sum()).astype(np.float64)
    return shares, np.square(basis.T @ scores).sum(0).astype(np.float64)


@checked()
def distance_rank_correlation(points: Float[Array, "S d"], rates: Float[Array, "S N"]) -> float:
    """Spearman's correlation, over pairs of points, of their distance in the latents and in the rates.

    points: (S, d), at least 3. rates: (S, N). Raises ValueError where all distances are the same.

    >>> round(distance_rank_correlation([[0.0], [1.0], [3.0]], [[0.0], [1.0], [9.0]]), 6)
    1.0
    """
    require(len(points) > 2, "points", "at least 3", points.shape)
    between_points, between_rates = pdist(points), pdist(rates)
    require(np.ptp(between_points) > 0, "points", "distances that differ", "equal ones")
    require(np.ptp(between_rates) > 0, "rates", "distances that differ", "equal ones")
    return float(spearmanr(between_points, between_rates).statistic)


@checked(n_neurons=at_least(1), n_dims=between(2, 1000), strength=STRENGTH)
def predicted_rank_correlation(n_neurons: int, n_dims: int, strength: float, phi: Nonlinearity = "tanh") -> float:
    """What :func:`distance_rank_correlation` should be: the kernel's distances, blurred by the sampling noise of N neurons.

    n_neurons: N. n_dims: d, at most 1000, where the quadrature is off by 1 %. strength: s.d. of the weights. phi: φ.

    As N → ∞ a squared distance is 2(k(1) − k(t)), t = x·x′, with the kernel k(t) = Σ_n a_n² tⁿ of Hermite coefficients a_n.
    N neurons add noise of variance Var (φ − φ′)²/N, taken at t = 0 and as Gaussian: Spearman's is an integral over two t.

    >>> [round(predicted_rank_correlation(n, n_dims=10, strength=3.0), 2) for n in (10, 100, 1000)]
    [0.6, 0.92, 0.99]
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    weights = weights / weights.sum()
    f, orders = _elementwise(phi)(strength * nodes), np.arange(80)
    a = np.array([(weights * f * eval_hermitenorm(n, nodes)).sum() / np.sqrt(factorial(n)) for n in orders])
    squares = (f[:, None] - f) ** 2
    variance = (weights @ squares**2 @ weights - (weights @ squares @ weights) ** 2) / n_neurons
    require(variance > 0, "phi", f"a function that varies over currents of s.d. {strength:g}", "a constant")
    noise_std = np.sqrt(variance)
    angle, law = np.polynomial.legendre.leggauss(300)
    angle = (angle + 1) * np.pi / 2
    law = law * np.sin(angle) ** (n_dims - 2)
    law /= law.sum()
    distance = -2 * (a[:, None] ** 2 * np.cos(angle) ** orders[:, None]).sum(0)  # squared, up to a constant
    below = norm.cdf((distance[:, None] - distance) / (np.sqrt(2) * noise_std)) @ law  # rank of the sampled distance
    return float(12 * (law * (np.cumsum(law) - law / 2)) @ below - 3)
