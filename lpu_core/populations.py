"""Neurons as draws from Gaussian populations over their weights, after Dubreuil et al. (2022): fits, fresh draws, gains."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from lpu_core.check import Array, Seed, at_least, check_fields, checked, require
from lpu_core.gaussian import smooth_tanh, tanh_slopes
from lpu_core.networks import LeakyCurrentRNN, LowRankRNN

N_STARTS = 5
"""Starts of each mixture's fit, of which the likeliest counts."""


class _Law(NamedTuple):
    """Of each population under κ and u: the mean and s.d. of its currents, (…, P); their covariance with n, (…, P, K)."""

    mean: Array
    std: Array
    with_encoding: Array


@dataclass(frozen=True, eq=False)
class Populations:
    """A low-rank network whose neurons' weights (m, n, w_in, b) are draws from P Gaussian populations.

    network: the one that was fitted. shares: of the neurons, (P,), their sum 1. means: (P, V). covariances: (P, V, V), the
    columns as in :func:`weight_vectors`. labels: the likeliest population of each of the network's neurons, (N,).

    >>> from lpu_core.timescales import design_flip_flop
    >>> one = fit_populations(design_flip_flop(n_neurons=1000, n_bits=1, rng=0))
    >>> one.shares.round(3), one.redraw(5000, rng=1).n_neurons
    (array([1.]), 5000)
    """

    network: LowRankRNN | LeakyCurrentRNN
    shares: Float[Array, " P"]
    means: Float[Array, "P V"]
    covariances: Float[Array, "P V V"]
    labels: Int[Array, " N"]

    def __post_init__(self):
        check_fields(self, shares=at_least(0), labels=at_least(0))
        n, columns = len(self.shares), weight_vectors(self.network).shape
        require(np.isclose(self.shares.sum(), 1), "shares", "a sum of 1", self.shares.sum())
        require(self.means.shape[1] == columns[1], "means", f"shape ({n}, {columns[1]})", self.means.shape)
        fits = len(self.labels) == columns[0] and self.labels.max() < n
        require(fits, "labels", f"one for each of {columns[0]} neurons, below {n}", self.labels)

    @property
    def n_populations(self) -> int:
        """P."""
        return len(self.shares)

    @checked(n_neurons=at_least(1))
    def redraw(self, n_neurons: int, rng: Seed) -> Any:
        """A network of the same class whose `n_neurons` neurons are fresh draws from the populations; `rng` draws.

        Nothing of the fitted neurons is in it but what the populations say of them.
        """
        rng = np.random.default_rng(rng)
        chosen = rng.choice(self.n_populations, n_neurons, p=self.shares / self.shares.sum())
        roots = np.array([_root(covariance) for covariance in self.covariances])
        vectors = np.empty((n_neurons, self.means.shape[1]))
        for p, root in enumerate(roots):
            vectors[chosen == p] = self.means[p] + rng.standard_normal((np.sum(chosen == p), len(root))) @ root
        k, d = self.network.n_latents, self.network.n_inputs
        m, n, w, b = np.split(vectors.astype(self.network.dtype), np.cumsum([k, k, d]), axis=1)
        return replace(self.network, embedding=m, encoding=n, input_weights=w, bias=b[:, 0])

    @checked()
    def gains(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch P"]:
        """E[φ′(x)] of each population: how much its neurons still answer to more current.

        kappa: κ, (…, K). inputs: u, (…, D), or None. The currents x = mᵀκ + w_inᵀu + b of a population are Gaussian.
        """
        law = self._law(kappa, inputs)
        return tanh_slopes(law.mean, law.std)[0]

    @checked()
    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt of infinitely many neurons, per ms: τ dκ/dt = −κ + Σ_p s_p (μ_n E φ(x) + Cov(n, x) E φ′(x)), by Stein.

        kappa: κ, (…, K). inputs: u, (…, D), or None.
        """
        law = self._law(kappa, inputs)
        k = self.network.n_latents
        fed_back = smooth_tanh(law.mean, law.std)[..., None] * self.means[:, k : 2 * k]
        fed_back += tanh_slopes(law.mean, law.std)[0][..., None] * law.with_encoding
        return (np.einsum("p,...pk->...k", self.shares, fed_back) - np.asarray(kappa)) / self.network.tau

    def _law(self, kappa: Any, inputs: Any) -> _Law:
        """The currents' law under `kappa` (…, K) and `inputs` (…, D) or None, checked."""
        kappa, inputs = self.network._point(kappa, inputs)
        batch = np.broadcast_shapes(kappa.shape[:-1], inputs.shape[:-1])
        parts = (kappa, np.zeros_like(kappa), inputs, np.ones((*batch, 1)))
        weights = np.concatenate([np.broadcast_to(part, (*batch, part.shape[-1])) for part in parts], axis=-1)
        with_all = np.einsum("pvw,...w->...pv", self.covariances, weights)
        variance = np.einsum("...pv,...v->...p", with_all, weights)
        k = self.network.n_latents
        return _Law(weights @ self.means.T, np.sqrt(np.maximum(variance, 0)), with_all[..., k : 2 * k])


@checked()
def weight_vectors(network: LowRankRNN | LeakyCurrentRNN) -> Float[Array, "N V"]:
    """What tells a tanh network's neurons apart: m (K), n (K), w_in (D) and b (1) of each, (N, V), V = 2K + D + 1.

    network: the low-rank network, of either class.

    >>> weight_vectors(LowRankRNN([[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]))
    array([[1., 3., 5., 0.],
           [2., 4., 6., 0.]])
    """
    require(network.nonlinearity == "tanh", "network", "tanh neurons", network.nonlinearity)
    parts = (network.embedding, network.encoding, network.input_weights, network.bias[:, None])
    return np.concatenate(parts, axis=1).astype(np.float64)


@checked(n_populations=at_least(1), most=at_least(1))
def fit_populations(
    network: LowRankRNN | LeakyCurrentRNN, n_populations: int | None = None, rng: Seed = 0, most: int = 16
) -> Populations:
    """Fit the weights of a network's neurons by a mixture of Gaussians with full covariances.

    Columns are standardised first; one that is the same for all neurons, such as a bias of 0, is kept as it is.
    network: with at least ten neurons a population. n_populations: P; if None, the number up to `most` that has the lowest
    Bayesian information criterion. rng: where the fits start, five times each.

    >>> rng = np.random.default_rng(0)
    >>> kind = rng.random((500, 1)) < 0.5  # half the neurons excite each other, half are silent
    >>> m = rng.standard_normal((500, 1))
    >>> network = LowRankRNN(m, np.where(kind, 4 * m, 0.1 * rng.standard_normal((500, 1))), np.zeros((500, 0)))
    >>> fit_populations(network).n_populations
    2
    """
    from sklearn.mixture import GaussianMixture  # here, for it takes a second to load

    vectors = weight_vectors(network)
    enough = len(vectors) >= 10 * (n_populations or 1)
    require(enough, "network", f"at least {10 * (n_populations or 1)} neurons, ten a population", len(vectors))
    numbers = [n_populations] if n_populations else range(1, min(most, len(vectors) // 10) + 1)
    centre, spread = vectors.mean(axis=0), vectors.std(axis=0)
    differ = spread > 1e-12 * (np.abs(centre) + 1)
    require(differ.any(), "network", "neurons that differ", "the same weights in all")
    standard = (vectors[:, differ] - centre[differ]) / spread[differ]
    start = int(np.random.default_rng(rng).integers(2**31))
    fits = [GaussianMixture(p, n_init=N_STARTS, max_iter=500, random_state=start).fit(standard) for p in numbers]
    best = min(fits, key=lambda fit: fit.bic(standard))
    scale = spread * differ
    means = np.tile(centre, (len(best.weights_), 1))
    means[:, differ] += best.means_ * spread[differ]
    covariances = np.zeros((*means.shape, means.shape[1]))
    covariances[np.ix_(np.arange(len(means)), differ, differ)] = best.covariances_
    return Populations(network, best.weights_, means, covariances * np.outer(scale, scale), best.predict(standard))


def _root(covariance: Array) -> Array:
    """R with RᵀR = `covariance` (V, V), which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
