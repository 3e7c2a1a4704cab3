"""Populations: fits find planted ones, fresh draws follow their law, and gains and the flow are Stein's."""

import numpy as np
import pytest

from lpu_core import LowRankRNN, populations
from lpu_core.networks import LeakyCurrentRNN
from lpu_core.populations import Populations, fit_populations, weight_vectors

K, D = 2, 1
SHARES = np.array([0.4, 0.6])


def planted(n_neurons=3000, seed=0, architecture=LowRankRNN, apart=2.0):
    """A network of two populations whose laws are known; apart: how far apart their covariances are."""
    rng = np.random.default_rng(seed)
    first = rng.random(n_neurons) < SHARES[0]
    z = rng.standard_normal((n_neurons, 2 * K + D))
    m, n, w = z[:, :K], z[:, K : 2 * K].copy(), z[:, 2 * K :].copy()
    n[first] += apart * m[first]
    n[~first] -= apart * m[~first]
    w[~first] *= 1 + apart
    return architecture(m, n, w, tau=100.0, dt=20.0), np.where(first, 0, 1)


def exact(architecture=LowRankRNN):
    """Populations with means, covariances and biases that are all different, for laws to be held against."""
    rng = np.random.default_rng(1)
    roots = rng.standard_normal((2, 6, 6)) / 2
    network = architecture(*rng.standard_normal((2, 20, K)), rng.standard_normal((20, D)), rng.standard_normal(20))
    covariances = np.einsum("pvw,puw->pvu", roots, roots)
    return Populations(network, SHARES, rng.standard_normal((2, 6)), covariances, np.arange(20) % 2)


def test_planted_populations_are_found():
    network, labels = planted()
    found = fit_populations(network, most=6)
    assert found.n_populations == 2
    order = np.argsort(found.shares)
    np.testing.assert_allclose(found.shares[order], SHARES, atol=0.03)
    right = np.mean(np.argsort(order)[found.labels] == labels)
    assert max(right, 1 - right) > 0.85
    assert fit_populations(planted(apart=0.0)[0], most=6).n_populations == 1  # twin: one population is no two


def test_one_population_is_the_sample_s_mean_and_covariance():
    """The maximum of the likelihood in closed form, but for scikit-learn's 1e-6 on the diagonal of what is standardised."""
    network, _ = planted()
    one, vectors = fit_populations(network, 1), weight_vectors(network)
    np.testing.assert_allclose(one.means[0], vectors.mean(0), atol=1e-12)
    expected = np.cov(vectors.T, bias=True)
    np.testing.assert_allclose(one.covariances[0], expected + 1e-6 * np.diag(np.diag(expected)), atol=1e-12)
    assert not one.covariances[0][-1].any()  # the bias, which is 0 in all neurons, has no spread


@pytest.mark.parametrize("architecture", [LowRankRNN, LeakyCurrentRNN])
def test_fresh_draws_follow_the_populations(architecture):
    law, n = exact(architecture), 200_000
    drawn = law.redraw(n, rng=2)
    assert type(drawn) is architecture and (drawn.tau, drawn.dt) == (law.network.tau, law.network.dt)
    vectors, mean = weight_vectors(drawn), law.shares @ law.means
    second = law.covariances + np.einsum("pv,pw->pvw", law.means, law.means)
    covariance = np.einsum("p,pvw->vw", law.shares, second) - np.outer(mean, mean)
    assert (np.abs(vectors.mean(0) - mean) < 5 * np.sqrt(np.diag(covariance) / n)).all()
    np.testing.assert_allclose(np.cov(vectors.T), covariance, atol=0.03 * np.abs(covariance).max())
    again, other = law.redraw(50, rng=3), law.redraw(50, rng=4)
    np.testing.assert_array_equal(law.redraw(50, rng=3).embedding, again.embedding)
    assert (other.embedding != again.embedding).all()


def test_the_flow_of_many_neurons_is_stein_s():
    """The mean over 400 000 drawn neurons, within five standard errors; a twin without the second population is not."""
    law = exact()
    drawn = law.redraw(400_000, rng=5)
    rng = np.random.default_rng(6)
    for kappa, u in zip(rng.standard_normal((5, K)), 2 * rng.standard_normal((5, D)), strict=True):
        terms = drawn.encoding * drawn.tuning(kappa, u)[:, None]
        error = terms.std(0) / np.sqrt(len(terms)) / law.network.tau
        assert (np.abs(law.flow(kappa, u) - drawn.flow(kappa, u)) < 5 * error).all()
    half = Populations(law.network, np.array([1.0]), law.means[:1], law.covariances[:1], np.zeros(20, int))
    assert np.abs(half.flow(kappa, u) - drawn.flow(kappa, u)).max() > 20 * error.max()


def test_gains_are_the_mean_slopes():
    law = exact()
    kappa, u = np.array([0.3, -0.8]), np.array([1.2])
    rng = np.random.default_rng(7)
    for p, gain in enumerate(law.gains(kappa, u)):
        v = rng.multivariate_normal(law.means[p], law.covariances[p], 400_000)
        slopes = 1 - np.tanh(v[:, :K] @ kappa + v[:, 2 * K : 2 * K + D] @ u + v[:, -1]) ** 2
        assert abs(gain - slopes.mean()) < 5 * slopes.std() / np.sqrt(len(slopes))
    assert law.gains(np.zeros((4, 3, K)), np.zeros((3, D))).shape == (4, 3, 2)


def test_one_population_has_one_gain_for_all_inputs():
    """Why one Gaussian cannot choose: what a cue does to one input's weight, it does to the other's. Two can."""

    def ratio(shares):
        """∂κ̇/∂u_1 over ∂κ̇/∂u_2 at κ = 0, under no cue and under a strong one."""
        n = len(shares)
        covariances = np.tile(np.eye(6), (n, 1, 1))
        for p in range(n):
            covariances[p, 1, 2 + p] = covariances[p, 2 + p, 1] = 0.5  # n goes with another input in each
            covariances[p, 4, 4] = 1 if p else 25  # the first population is the one that the cue saturates
        covariances[0, 1, 3] = covariances[0, 3, 1] = 0.25
        weights = LowRankRNN(*np.random.default_rng(0).standard_normal((2, 20, 1)), np.zeros((20, 3)))
        law = Populations(weights, np.array(shares), np.zeros((n, 6)), covariances, np.zeros(20, int))
        small = 1e-6 * np.eye(3)[:2]
        rises = [law.flow(np.zeros((2, 1)), small + np.array([0, 0, cue]))[:, 0] for cue in (0.0, 5.0)]
        return [rise[0] / rise[1] for rise in rises]

    without, under = ratio([1.0])
    assert without == pytest.approx(under, rel=1e-6)
    without, under = ratio([0.5, 0.5])
    assert under < without / 2  # twin: two populations shift the weight to the second input


def test_bad_populations_are_named():
    law, (network, _) = exact(), planted(40)
    for change, message in (
        ({"shares": np.array([0.4, 0.4])}, "shares: expected a sum of 1"),
        ({"means": law.means[:, :5], "covariances": law.covariances[:, :5, :5]}, r"means: expected shape \(2, 6\)"),
        ({"labels": np.zeros(3, int)}, "labels: expected one for each of 20 neurons"),
        ({"labels": np.full(20, 2)}, "labels: expected one for each of 20 neurons, below 2"),
    ):
        fields = {name: getattr(law, name) for name in ("network", "shares", "means", "covariances", "labels")}
        with pytest.raises(ValueError, match=message):
            Populations(**fields | change)
    with pytest.raises(ValueError, match="network: expected at least 50 neurons, ten a population, got 40"):
        fit_populations(network, 5)
    with pytest.raises(ValueError, match="network: expected neurons that differ"):
        fit_populations(LowRankRNN(np.ones((20, 1)), np.ones((20, 1)), np.ones((20, 1))), 1)
    with pytest.raises(ValueError, match="network: expected tanh neurons, got relu"):
        populations.weight_vectors(LowRankRNN(np.ones((20, 1)), np.ones((20, 1)), np.ones((20, 1)), nonlinearity="relu"))
