"""Curved manifolds: how many dimensions the activity spans, and how many the theory says that it must span.

A flat sheet of K latents spans K dimensions; tuning curves φ(w·x) that bend spread it over many more (Definitions 5, 6).
For x on the unit sphere S^{d−1} and Gaussian w the whole spectrum is known, degree by degree (Funk–Hecke).
"""

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh_tridiagonal
from scipy.spatial.distance import pdist
from scipy.special import eval_hermitenorm, factorial
from scipy.stats import norm, spearmanr

from lpu_core.check import Array, Seed, require
from lpu_core.geometry import linear_dimensionality, n_components, principal_variances
from lpu_core.networks import LowRankRNN
from lpu_core.nonlinearities import Nonlinearity, nonlinearity
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


def staircase(n_neurons: int, phi: Nonlinearity = "relu") -> tuple[Float[Array, " N"], LowRankRNN]:
    """Proposition 2's latents κ_j = (j − ½)/N and its network of one latent: m_i = 1, b_i = −(i − 1)/N (M61–M63).

    Its tuning at the κ_j is a triangular matrix with a positive diagonal where φ(x) > 0 for x > 0 alone: rank N.
    """
    require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    ones, steps = np.ones((n_neurons, 1)), np.arange(n_neurons) / n_neurons
    return steps + 0.5 / n_neurons, LowRankRNN(ones, 0 * ones, ones, -steps, nonlinearity=phi)


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

    n_dims: d. bias_std: s.d. of the biases b_i ~ N(0, bias_std²). The first n columns are an embedding by n neurons.
    """
    require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    require(n_dims >= 2, "n_dims", "at least 2", n_dims)
    require(n_points >= 2, "n_points", "at least 2", n_points)
    require(np.isfinite(strength) and strength > 0, "strength", "a number above 0", strength)
    require(np.isfinite(bias_std) and bias_std >= 0, "bias_std", "a number of at least 0", bias_std)
    rng = np.random.default_rng(rng)
    points = rng.standard_normal((n_points, n_dims), dtype=dtype)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    weights = dtype(strength) * rng.standard_normal((n_neurons, n_dims), dtype=dtype)
    current = points @ weights.T
    if bias_std:
        current += dtype(bias_std) * rng.standard_normal(n_neurons, dtype=dtype)
    return points, nonlinearity(phi)(current, out=current)


def legendre(n_dims: int, n_degrees: int, cosines: Float[Array, "*batch"]) -> Float[Array, "degrees *batch"]:
    """The Legendre polynomials of S^{d−1}, P_ℓ(1) = 1, for ℓ = 0 … n_degrees − 1 (cosines of ℓθ for d = 2)."""
    values = np.empty((n_degrees, *np.shape(cosines)))
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

    @property
    def shares(self) -> Float[Array, " L"]:
        """The share of the variance in each degree; 0 for ℓ = 0."""
        power = self.eigenvalues * self.multiplicities
        return np.where(np.arange(len(power)) > 0, power, 0) / (self.mean_square - power[0])

    def dimensionality(self, variance: float = 0.99) -> float:
        """The number of principal components that hold the share `variance` as N → ∞: where growth with N ends.

        A float, since it may exceed any integer type. Raises ValueError where the degrees kept hold less.
        """
        require(0 < variance < 1, "variance", "a share above 0 and below 1", variance)
        order = np.argsort(-self.eigenvalues[1:], kind="stable") + 1
        held = np.cumsum(self.shares[order])
        require(held[-1] >= variance, "n_degrees", f"enough degrees to hold {variance} of the variance", held[-1])
        last = int(np.searchsorted(held, variance))
        missing = variance - (held[last - 1] if last else 0)
        one = self.shares[order[last]] / self.multiplicities[order[last]]
        return float(self.multiplicities[order[:last]].sum() + np.ceil(missing / one * (1 - 1e-9)))

    def variances(self, n: int) -> Float[Array, " n"]:
        """The `n` largest variances of principal components, each as often as it occurs."""
        order = np.argsort(-self.eigenvalues[1:], kind="stable") + 1
        return np.repeat(self.eigenvalues[order], np.minimum(self.multiplicities[order], n).astype(int))[:n]


def zonal_spectrum(
    n_dims: int, strength: float, phi: Nonlinearity = "tanh", n_degrees: int = 400, *, n_nodes: int = 800
) -> ZonalSpectrum:
    r"""Funk–Hecke: the eigenvalue of each degree ℓ for rates φ(w·x), w ~ N(0, strength² I), x uniform on S^{d−1}.

    .. math::

        \lambda_\ell = \mathbb{E}_\rho \Bigl[\int \varphi(g\rho s)\,P_\ell(s)\,\mathrm{d}\mu_d(s)\Bigr]^2

    with ρ = |w|/g ~ χ_d and s one coordinate of x; Gauss–Laguerre in ρ², Gauss–Legendre in the angle of either half
    of the sphere, so that a kink at 0 does no harm. The multiplicity of ℓ is C(ℓ+d−1, ℓ) − C(ℓ+d−3, ℓ−2).
    """
    require(n_dims >= 2, "n_dims", "at least 2", n_dims)
    require(np.isfinite(strength) and strength > 0, "strength", "a number above 0", strength)
    require(n_degrees >= 2, "n_degrees", "at least 2", n_degrees)
    require(n_nodes >= n_degrees, "n_nodes", f"at least n_degrees = {n_degrees}", n_nodes)
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    angle = (nodes + 1) * np.pi / 4
    cosine, measure = np.cos(angle), weights * np.sin(angle) ** (n_dims - 2)
    measure /= 2 * measure.sum()  # half of the sphere
    k = np.arange(64)  # ρ²/2 is Gamma(d/2): Gauss-Laguerre from its Jacobi matrix, which no Γ(d/2) overflows
    half_square, vectors = eigh_tridiagonal(2 * k + n_dims / 2, np.sqrt(k[1:] * (k[1:] + n_dims / 2 - 1)))
    law = vectors[0] ** 2
    f, current = nonlinearity(phi), strength * np.sqrt(2 * half_square)[:, None] * cosine
    ahead, behind = f(current), f(-current)
    polynomials = legendre(n_dims, n_degrees, cosine)
    parity = np.where(np.arange(n_degrees) % 2 == 0, 1, -1)
    coefficients = (ahead * measure) @ polynomials.T + parity * ((behind * measure) @ polynomials.T)
    degrees = range(n_degrees)
    multiplicities = [comb(k + n_dims - 1, k) - (comb(k + n_dims - 3, k - 2) if k > 1 else 0) for k in degrees]
    return ZonalSpectrum(
        law @ coefficients**2, np.array(multiplicities, np.float64), float(law @ ((ahead**2 + behind**2) @ measure))
    )


def sampled_eigenvalues(points: Float[Array, "S d"], rates: Float[Array, "S N"], n_degrees: int) -> Float[Array, " degrees"]:
    """Estimates of λ_ℓ, ℓ < n_degrees, from an embedded sphere: unbiased for any number of neurons and points.

    The mean over pairs of points of P_ℓ(x·x′) r·r′/N. Eigenvalues of a sampled covariance, by contrast, spread.
    """
    require(len(points) == len(rates) > 1, "rates", f"one row for each of {len(points)} points", rates.shape)
    off = ~np.eye(len(points), dtype=bool)
    cosines = np.clip(points @ points.T, -1, 1)[off].astype(np.float64)
    products = (rates @ rates.T)[off].astype(np.float64) / rates.shape[1]
    return legendre(points.shape[1], n_degrees, cosines) @ products / len(products)


def latent_r2(points: Float[Array, "S d"], rates: Float[Array, "S N"]) -> tuple[Array, Array]:
    """Of each principal component of the rates: its share of the variance, and R² of its regression on x; (P,) each."""
    require(len(points) == len(rates) > points.shape[1], "rates", f"one row for each of {len(points)} points", rates.shape)
    scores, values, _ = np.linalg.svd(rates - rates.mean(0), full_matrices=False)
    basis, _ = np.linalg.qr(points - points.mean(0))
    return (values**2 / (values**2).sum()).astype(np.float64), np.square(basis.T @ scores).sum(0).astype(np.float64)


def distance_rank_correlation(points: Float[Array, "S d"], rates: Float[Array, "S N"]) -> float:
    """Spearman's correlation, over pairs of points, of their distance in the latents and in the rates."""
    require(len(points) == len(rates) > 2, "rates", f"one row for each of {len(points)} points", rates.shape)
    return float(spearmanr(pdist(points), pdist(rates)).statistic)


def predicted_rank_correlation(n_neurons: int, n_dims: int, strength: float, phi: Nonlinearity = "tanh") -> float:
    """What :func:`distance_rank_correlation` should be: the kernel's distances, blurred by the sampling noise of N neurons.

    As N → ∞ a squared distance is 2(k(1) − k(t)), t = x·x′, with the kernel k(t) = Σ_n a_n² tⁿ of Hermite coefficients a_n.
    N neurons add noise of variance Var (φ − φ′)²/N, taken at t = 0 and as Gaussian: Spearman's is an integral over two t.
    """
    require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    weights = weights / weights.sum()
    f, orders = nonlinearity(phi)(strength * nodes), np.arange(80)
    a = np.array([(weights * f * eval_hermitenorm(n, nodes)).sum() / np.sqrt(factorial(n)) for n in orders])
    squares = (f[:, None] - f) ** 2
    noise_std = np.sqrt((weights @ squares**2 @ weights - (weights @ squares @ weights) ** 2) / n_neurons)
    angle, law = np.polynomial.legendre.leggauss(300)
    angle = (angle + 1) * np.pi / 2
    law = law * np.sin(angle) ** (n_dims - 2)
    law /= law.sum()
    distance = -2 * (a[:, None] ** 2 * np.cos(angle) ** orders[:, None]).sum(0)  # squared, up to a constant
    below = norm.cdf((distance[:, None] - distance) / (np.sqrt(2) * noise_std)) @ law  # rank of the sampled distance
    return float(12 * (law * (np.cumsum(law) - law / 2)) @ below - 3)
