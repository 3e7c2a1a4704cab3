"""Curved manifolds: how many dimensions the activity spans, and how many the theory says that it must span.

A flat sheet of K latents spans K dimensions; tuning curves φ(w·x) that bend spread it over many more (Definitions 5, 6).
For x on the unit sphere S^{d−1} and Gaussian w the whole spectrum is known, degree by degree (Funk–Hecke).
"""

from dataclasses import dataclass, replace
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh_tridiagonal
from scipy.spatial.distance import pdist
from scipy.special import eval_hermitenorm, factorial
from scipy.stats import norm, spearmanr

from lpu_core.networks import Array, FullRankRNN, LowRankRNN, Nonlinearity, Seed, _require, nonlinearity

# ------------------------------------------------------------------ principal components


def principal_variances(points: Float[Array, "S N"]) -> Float[Array, " min(S,N)"]:
    """The variances along the principal components, largest first, by the smaller of the two Gram matrices.

    In float32 what lies below about 1e-6 of the largest is rounding.
    """
    _require(points.ndim == 2 and len(points) > 1, "points", "shape (S, N) with at least 2 points", points.shape)
    centred = points - points.mean(0)
    gram = centred.T @ centred if points.shape[1] < len(points) else centred @ centred.T
    return np.maximum(np.linalg.eigvalsh(gram)[::-1].astype(np.float64) / len(points), 0)


def n_components(variances: Float[Array, " P"], share: float = 0.99) -> int:
    """How many of the `variances`, taken in their order, hold the `share` of their sum."""
    _require(0 < share <= 1, "share", "a share above 0 and at most 1", share)
    total = variances.sum()
    _require(total > 0, "variances", "some variance", total)
    return int(np.searchsorted(np.cumsum(variances) / total, share * (1 - 1e-12)) + 1)


def linear_dimensionality(points: Float[Array, "S N"], variance: float = 0.99) -> int:
    """The number of principal components that hold the share `variance` of the variance of `points` (Definition 5)."""
    _require(0 < variance <= 1, "variance", "a share above 0 and at most 1", variance)
    spectrum = principal_variances(points)
    _require(spectrum.sum() > 0, "points", "points that differ", "one point only")
    return n_components(spectrum, variance)


# ------------------------------------------------------------------ Proposition 2


def staircase(n_neurons: int, phi: Nonlinearity = "relu") -> tuple[Float[Array, " N"], LowRankRNN]:
    """Proposition 2's latents κ_j = (j − ½)/N and its network of one latent: m_i = 1, b_i = −(i − 1)/N (M61–M63).

    Its tuning at the κ_j is a triangular matrix with a positive diagonal where φ(x) > 0 for x > 0 alone: rank N.
    """
    _require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    ones, steps = np.ones((n_neurons, 1)), np.arange(n_neurons) / n_neurons
    return steps + 0.5 / n_neurons, LowRankRNN(ones, 0 * ones, ones, -steps, nonlinearity=phi)


# ------------------------------------------------------------------ the embedded sphere


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
    _require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    _require(n_dims >= 2, "n_dims", "at least 2", n_dims)
    _require(n_points >= 2, "n_points", "at least 2", n_points)
    _require(np.isfinite(strength) and strength > 0, "strength", "a number above 0", strength)
    _require(np.isfinite(bias_std) and bias_std >= 0, "bias_std", "a number of at least 0", bias_std)
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
        _require(0 < variance < 1, "variance", "a share above 0 and below 1", variance)
        order = np.argsort(-self.eigenvalues[1:], kind="stable") + 1
        held = np.cumsum(self.shares[order])
        _require(held[-1] >= variance, "n_degrees", f"enough degrees to hold {variance} of the variance", held[-1])
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
    _require(n_dims >= 2, "n_dims", "at least 2", n_dims)
    _require(np.isfinite(strength) and strength > 0, "strength", "a number above 0", strength)
    _require(n_degrees >= 2, "n_degrees", "at least 2", n_degrees)
    _require(n_nodes >= n_degrees, "n_nodes", f"at least n_degrees = {n_degrees}", n_nodes)
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
    _require(len(points) == len(rates) > 1, "rates", f"one row for each of {len(points)} points", rates.shape)
    off = ~np.eye(len(points), dtype=bool)
    cosines = np.clip(points @ points.T, -1, 1)[off].astype(np.float64)
    products = (rates @ rates.T)[off].astype(np.float64) / rates.shape[1]
    return legendre(points.shape[1], n_degrees, cosines) @ products / len(products)


def latent_r2(points: Float[Array, "S d"], rates: Float[Array, "S N"]) -> tuple[Array, Array]:
    """Of each principal component of the rates: its share of the variance, and R² of its regression on x; (P,) each."""
    _require(len(points) == len(rates) > points.shape[1], "rates", f"one row for each of {len(points)} points", rates.shape)
    scores, values, _ = np.linalg.svd(rates - rates.mean(0), full_matrices=False)
    basis, _ = np.linalg.qr(points - points.mean(0))
    return (values**2 / (values**2).sum()).astype(np.float64), np.square(basis.T @ scores).sum(0).astype(np.float64)


# ------------------------------------------------------------------ distances


def distance_rank_correlation(points: Float[Array, "S d"], rates: Float[Array, "S N"]) -> float:
    """Spearman's correlation, over pairs of points, of their distance in the latents and in the rates."""
    _require(len(points) == len(rates) > 2, "rates", f"one row for each of {len(points)} points", rates.shape)
    return float(spearmanr(pdist(points), pdist(rates)).statistic)


def predicted_rank_correlation(n_neurons: int, n_dims: int, strength: float, phi: Nonlinearity = "tanh") -> float:
    """What :func:`distance_rank_correlation` should be: the kernel's distances, blurred by the sampling noise of N neurons.

    As N → ∞ a squared distance is 2(k(1) − k(t)), t = x·x′, with the kernel k(t) = Σ_n a_n² tⁿ of Hermite coefficients a_n.
    N neurons add noise of variance Var (φ − φ′)²/N, taken at t = 0 and as Gaussian: Spearman's is an integral over two t.
    """
    _require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
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


# ------------------------------------------------------------------ random networks


def random_network(n_neurons: int, gain: float, rng: Seed, rank: int | None = None) -> FullRankRNN | LowRankRNN:
    """W_ij ~ N(0, g²/N), W_ii = 0 (M86); with a `rank` R its top R singular triplets, rescaled to the same s.d. (M87)."""
    _require(n_neurons >= 2, "n_neurons", "at least 2", n_neurons)
    _require(np.isfinite(gain) and gain >= 0, "gain", "a number of at least 0", gain)
    _require(rank is None or 1 <= rank <= n_neurons, "rank", f"None or between 1 and {n_neurons}", rank)
    weights = np.random.default_rng(rng).standard_normal((n_neurons, n_neurons)) * (gain / np.sqrt(n_neurons))
    np.fill_diagonal(weights, 0)
    none = np.zeros((n_neurons, 0))
    if rank is None:
        return FullRankRNN(weights, none, none)
    left, values, right = np.linalg.svd(weights)
    embedding, encoding = left[:, :rank] * values[:rank], n_neurons * right[:rank].T
    network = LowRankRNN(embedding, encoding, none)
    return scale_weights(network, weights.std() / network.weights().std() if gain else 1.0)


def scale_weights(network: FullRankRNN | LowRankRNN, factor: float) -> Any:
    """The network with its recurrent weights times `factor`."""
    name = "weights" if isinstance(network, FullRankRNN) else "embedding"
    return replace(network, **{name: factor * getattr(network, name)})


def critical_factor(network: FullRankRNN | LowRankRNN) -> float:
    """The factor on W at which rest loses its stability: the least g > 0 with |1 − α + α g λ| = 1, λ an eigenvalue of W.

    A rank-K network has K eigenvalues that matter, those of NencᵀM/N. For tanh or sin without biases.
    """
    _require(network.nonlinearity in ("tanh", "sin") and not network.bias.any(), "network",
             "tanh or sin and no biases", network.nonlinearity)  # fmt: skip
    if isinstance(network, FullRankRNN):
        values = np.linalg.eigvals(network.weights)
    else:
        values = np.linalg.eigvals(network.encoding.T @ network.embedding / network.n_neurons)
    alpha = network.alpha
    a, b, c = np.abs(alpha * values) ** 2, alpha * (1 - alpha) * values.real, (1 - alpha) ** 2 - 1
    with np.errstate(divide="ignore"):
        roots = -c / (b + np.sqrt(b**2 - a * c))  # of a g² + 2 b g + c, in the form that survives a = 0
    return float(roots[roots > 0].min())


def _quiet(network: FullRankRNN | LowRankRNN, rates: Float[Array, "B N"], n_steps: int) -> Any:
    """The rates over `n_steps` without input, (T, B, N)."""
    inputs = np.zeros((n_steps, len(rates), network.n_inputs), network.dtype)
    return network.simulate(inputs, initial_rates=rates, record_rates=True).rates


def _run(network: FullRankRNN | LowRankRNN, rates: Float[Array, "B N"], n_steps: int) -> Float[Array, "B N"]:
    """The rates after `n_steps` without input."""
    while n_steps > 0:  # in pieces: a simulation records all of its T × N numbers
        rates = _quiet(network, rates, min(n_steps, 50))[-1]
        n_steps -= 50
    return rates


def spontaneous_rates(
    network: FullRankRNN | LowRankRNN, n_trials: int, n_steps: int, rng: Seed, *, n_transient: int = 300
) -> Float[Array, "S N"]:
    """Rates without input, (n_trials · n_steps, N), trial by trial, after `n_transient` steps from starts of N(0, 1)."""
    _require(n_trials >= 1, "n_trials", "at least 1", n_trials)
    _require(n_steps >= 1, "n_steps", "at least 1", n_steps)
    _require(n_transient >= 0, "n_transient", "at least 0", n_transient)
    start = _run(network, np.random.default_rng(rng).standard_normal((n_trials, network.n_neurons)), n_transient)
    return _quiet(network, start, n_steps).transpose(1, 0, 2).reshape(-1, network.n_neurons)


def divergence(
    network: FullRankRNN | LowRankRNN, n_steps: int, rng: Seed, *, perturbation: float = 1e-6, n_transient: int = 200
) -> float:
    """How fast nearby trajectories part, per ms, without input: the largest Lyapunov exponent as n_steps → ∞.

    After `n_transient` steps from rates of N(0, 1), a copy is shifted by `perturbation` (rms); every 10 steps their distance
    is noted and set back. The mean of the logarithms of what it has grown by.
    """
    _require(n_steps >= 10, "n_steps", "at least 10", n_steps)
    _require(n_transient >= 0, "n_transient", "at least 0", n_transient)
    _require(perturbation > 0, "perturbation", "above 0", perturbation)
    rng = np.random.default_rng(rng)
    rates, shift = rng.standard_normal((2, 1, network.n_neurons))
    rates = _run(network, rates, n_transient)
    size = perturbation * np.sqrt(network.n_neurons)
    shift *= size / np.linalg.norm(shift)
    growth = []
    for _ in range(n_steps // 10):
        pair = _run(network, np.concatenate([rates, rates + shift]), 10)
        rates, shift = pair[:1], pair[1:] - pair[:1]
        growth.append(np.log(np.linalg.norm(shift) / size))
        shift *= size / np.linalg.norm(shift)
    return float(np.mean(growth) / (10 * network.dt))


def sustaining_factor(
    network: FullRankRNN | LowRankRNN, rng: Seed, low: float = 0.5, high: float = 2.0, *, n_steps: int = 2000
) -> float:
    """The factor on W above which activity outlives `n_steps` steps without input, by bisection to 0.5 %.

    Alive: an rms rate above 0.01, from a start of N(0, 1). Raises ValueError where it lives at `low` or dies at `high`.
    """
    start = np.random.default_rng(rng).standard_normal((1, network.n_neurons))

    def alive(factor: float) -> bool:
        return float(np.sqrt(np.mean(_run(scale_weights(network, factor), start, n_steps) ** 2))) > 0.01

    _require(0 < low < high, "low, high", "0 < low < high", (low, high))
    _require(not alive(low), "low", "a factor at which activity dies", low)
    _require(alive(high), "high", "a factor at which activity lives", high)
    while high / low > 1.005:
        middle = np.sqrt(low * high)
        low, high = (low, middle) if alive(middle) else (middle, high)
    return float(np.sqrt(low * high))
