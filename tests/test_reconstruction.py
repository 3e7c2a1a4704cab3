"""Reconstruction: exact over all subsets of small networks, statistical over large ones, twins beside them."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from lpu_core import LowRankRNN, reconstruction, timescales


def small_network(n_neurons=8, n_latents=2, seed=0):
    rng = np.random.default_rng(seed)
    m, n, w = (rng.standard_normal((n_neurons, k)) for k in (n_latents, n_latents, 3))
    return LowRankRNN(m, n, w, bias=rng.standard_normal(n_neurons), tau=7.0, dt=2.0)


def part(network, kept):
    kept = list(kept)
    return LowRankRNN(network.embedding[kept], network.encoding[kept], network.input_weights[kept], bias=network.bias[kept],
                      tau=network.tau, dt=network.dt)  # fmt: skip


# ------------------------------------------------------------------ observing


def test_the_rebuilt_network_keeps_whole_neurons_and_averages_over_them():
    """(A11, A12): each row comes from the network, with all that belongs to it; no neuron twice; 1/N_obs, not 1/N."""
    net = small_network()
    seen = reconstruction.observe(net, 5, 1)
    kept = [int(np.flatnonzero((net.embedding == row).all(1))[0]) for row in seen.embedding]
    assert len(set(kept)) == 5
    same = part(net, kept)
    for name in ("encoding", "input_weights", "bias"):
        np.testing.assert_array_equal(getattr(seen, name), getattr(same, name))
    assert (seen.tau, seen.dt, seen.nonlinearity) == (net.tau, net.dt, net.nonlinearity)
    kappa = np.array([[0.3, -0.7]])
    sums = sum(net.encoding[i] * np.tanh(net.embedding[i] @ kappa[0] + net.bias[i]) for i in kept)
    np.testing.assert_allclose(seen.flow(kappa)[0], (-kappa[0] + sums / 5) / 7.0, rtol=1e-12)
    np.testing.assert_allclose(seen.dense_weights(), net.dense_weights()[np.ix_(kept, kept)] * 8 / 5, rtol=1e-12)


def test_all_neurons_rebuild_the_network():
    net = small_network()
    kappa = np.random.default_rng(0).standard_normal((5, 2))
    np.testing.assert_allclose(reconstruction.observe(net, 8, 0).flow(kappa), net.flow(kappa), rtol=1e-12)


def test_every_part_is_equally_likely():
    """All 10 pairs of 5 neurons, χ² at p = 1e-6; the order does not matter."""
    net = LowRankRNN(np.arange(5.0)[:, None], np.ones((5, 1)), np.ones((5, 1)))
    rng = np.random.default_rng(0)
    draws = [tuple(sorted(reconstruction.observe(net, 2, rng).embedding[:, 0])) for _ in range(4000)]
    pairs = list(combinations(range(5), 2))
    counts = [draws.count(pair) for pair in pairs]
    assert sum(counts) == 4000
    assert stats.chisquare(counts).pvalue > 1e-6


def test_the_same_seed_observes_the_same_neurons_and_nothing_is_changed():
    net = small_network()
    before = net.embedding.copy()
    one, same, other = (reconstruction.observe(net, 4, seed).embedding for seed in (3, 3, 4))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    np.testing.assert_array_equal(net.embedding, before)
    assert reconstruction.observe(net.astype(np.float32), 4, 0).dtype == np.float32


# ------------------------------------------------------------------ the law, exactly


@pytest.mark.parametrize("n_observed", range(1, 9))
def test_the_mean_over_all_parts_is_the_network(n_observed):
    """(A13), for two latents and biases; the twin, parts that must hold neuron 0, is biased."""
    net, kappa = small_network(), np.array([[0.3, -0.7], [1.0, 2.0]])
    parts = list(combinations(range(8), n_observed))
    flows = np.array([part(net, kept).flow(kappa) for kept in parts])
    np.testing.assert_allclose(flows.mean(0), net.flow(kappa), rtol=1e-12, atol=1e-14)
    favoured = flows[[0 in kept for kept in parts]].mean(0)
    assert (n_observed == 8) == np.allclose(favoured, net.flow(kappa), rtol=1e-3)


@pytest.mark.parametrize("n_observed", range(1, 9))
def test_the_variance_over_all_parts_is_that_of_a_finite_population(n_observed):
    """(A16) given the network: S²(1/N_obs − 1/N), S² with N − 1; the twin, with replacement, is σ²/N_obs."""
    net = small_network(n_latents=1)
    products = (net.embedding * net.encoding)[:, 0]
    means = np.array([products[list(kept)].mean() for kept in combinations(range(8), n_observed)])
    expected = products.var(ddof=1) * (1 / n_observed - 1 / 8)
    assert means.var() == pytest.approx(expected, rel=1e-12, abs=1e-15)
    if n_observed <= 4:
        tuples = np.stack(np.meshgrid(*[products] * n_observed), -1).reshape(-1, n_observed)
        assert tuples.mean(1).var() == pytest.approx(products.var() / n_observed, rel=1e-12)
    assert products.var() / n_observed > expected or n_observed == 1


@pytest.mark.slow
def test_the_rebuilt_growth_rate_errs_as_A18_says(unchecked_shapes):
    """400 networks and parts at each of three sizes: χ² interval at 1 − 1e-6. False alarm below 1e-5 a run.

    The twin, A9 with N_obs, lies outside where N_obs is near N.
    """
    n, draws, low_high = 1000, 400, stats.chi2.ppf([5e-7, 1 - 5e-7], 400) / 400
    for n_observed in (100, 500, 900):
        off = []
        for i in range(draws):
            net = timescales.design_bistable(n, 100.0, 10.0, 0.5, [1, i])
            seen = reconstruction.observe(net, n_observed, [2, i])
            off.append(100.0 * (timescales.growth_rate(seen) - timescales.growth_rate(net)))
        square = np.mean(np.square(off))
        law = reconstruction.observed_growth_rate_error(n_observed, n, 100.0, 10.0, 0.5)
        assert low_high[0] < square / law**2 < low_high[1]
        if n_observed >= 500:
            assert square / timescales.growth_rate_error(n_observed, 100.0, 10.0, 0.5) ** 2 < low_high[0]


def test_A18_and_its_limits():
    error = reconstruction.observed_growth_rate_error
    assert error(100, 400, 90.0, 10.0, 1.0) == pytest.approx(10 * np.sqrt(2 * (1 / 100 - 1 / 400)), rel=1e-12)
    assert error(400, 400, 90.0, 10.0, 1.0) == 0
    assert error(100, np.inf, 90.0, 10.0, 0.7) == timescales.growth_rate_error(100, 90.0, 10.0, 0.7)
    n = 10**9  # (A19): one part in a million missing
    near = 10 * np.sqrt(2) * np.sqrt(1000) / n
    assert error(n - 1000, n, 90.0, 10.0, 1.0) == pytest.approx(near, rel=1e-6)
    # Pythagoras: the part about the network, and the network about the design (A9)
    total = error(100, 400, 90.0, 10.0, 0.6) ** 2 + timescales.growth_rate_error(400, 90.0, 10.0, 0.6) ** 2
    assert total == pytest.approx(timescales.growth_rate_error(100, 90.0, 10.0, 0.6) ** 2, rel=1e-12)
    assert error(np.array([1, 10]), 20, np.array([[1.0], [9.0]]), 1.0, 1.0).shape == (2, 2)


def test_the_errors_of_parts_are_those_of_shuffles():
    """Each row: the means of the first neurons of one shuffle, less the mean of all; of all neurons, nothing is left."""
    products = np.random.default_rng(0).standard_normal(12)
    off = reconstruction.part_errors(products, [1, 5, 12], 3, 1)
    shuffles = np.random.default_rng(1).permuted(np.tile(products, (3, 1)), axis=1)
    expected = [[row[:n].mean() - products.mean() for n in (1, 5, 12)] for row in shuffles]
    np.testing.assert_allclose(off, expected, rtol=1e-12, atol=1e-15)
    assert np.abs(off[:, 2]).max() < 1e-15


def test_bundles_of_independent_neurons_err_as_A16_says():
    """4000 circuits of independent products: χ² interval at 1 − 1e-6. The twin, sorted products, has other bundles."""
    rng, low_high = np.random.default_rng(0), stats.chi2.ppf([5e-7, 1 - 5e-7], 4000) / 4000
    law = 1 / 20 - 1 / 100
    for dealt, fits in ((lambda x: x, True), (np.sort, False)):
        off = [reconstruction.part_errors(dealt(rng.standard_normal(100)), [20], 1, rng, bundle=10) for _ in range(4000)]
        assert (low_high[0] < np.mean(np.square(off)) / law < low_high[1]) == fits


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"products": np.ones((3, 2))}, "products"),
        ({"n_observed": [0]}, "n_observed"),
        ({"n_observed": [14]}, "n_observed"),
        ({"n_observed": [3]}, "n_observed"),
        ({"n_observed": [2.0]}, "n_observed"),
        ({"n_parts": 0}, "n_parts"),
        ({"bundle": 5}, "bundle"),
        ({"bundle": 0}, "bundle"),
    ],
)
def test_a_bad_argument_of_the_parts_is_named(unchecked_shapes, change, named):
    arguments = {"products": np.ones(12), "n_observed": [2], "n_parts": 1, "rng": 0, "bundle": 2} | change
    with pytest.raises(ValueError, match=f"^{named}: expected"):
        reconstruction.part_errors(**arguments)


# ------------------------------------------------------------------ the calculator


@pytest.mark.parametrize("n_neurons", [10.0, 1e3, 1e6, np.inf])
@pytest.mark.parametrize("ratio", [0.1, 10.0, 1000.0])
@pytest.mark.parametrize("rho", [0.2, 1.0])
def test_the_calculator_inverts_A18(n_neurons, ratio, rho):
    for n_observed in (1.0, 2.0, 9.0):
        error = reconstruction.observed_growth_rate_error(n_observed, n_neurons, 10 * ratio, 10.0, rho)
        back = reconstruction.neurons_to_record(error * (1 - 1e-15), 10 * ratio, 10.0, rho, n_neurons)
        assert back == pytest.approx(n_observed, rel=1e-12)


def test_the_calculator_never_asks_for_more_than_there_are():
    needed = reconstruction.neurons_to_record(np.array([0.0, 1e-9, 0.1]), 1000.0, 10.0, 0.8, 5000)
    assert needed[0] == pytest.approx(5000, rel=1e-12) and (needed <= 5000 * (1 + 1e-12)).all()
    assert reconstruction.neurons_to_record(0.1, 1000.0, 10.0, 0.8) > 2e6  # twin: an endless network


# ------------------------------------------------------------------ bad arguments


@pytest.mark.parametrize("n_observed", [0, -1, 9, 2.5, np.nan])
def test_a_bad_part_is_named(unchecked_shapes, n_observed):
    with pytest.raises(ValueError, match="n_observed: expected a whole number from 1 to 8, got"):
        reconstruction.observe(small_network(), n_observed, 0)


def test_bad_arguments_are_named():
    good = {"n_observed": 10, "n_neurons": 100, "tau_latent": 100.0, "tau": 10.0, "rho": 0.8}
    for name, bad in (("n_observed", 0), ("n_observed", 101), ("n_observed", np.nan), ("n_neurons", 0),
                      ("tau_latent", 0.0), ("tau", -1.0), ("rho", 0.0)):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name}: expected"):
            reconstruction.observed_growth_rate_error(**(good | {name: bad}))
    good = {"error": 0.1, "tau_latent": 100.0, "tau": 10.0, "rho": 0.8, "n_neurons": 1000}
    for name, bad in (("error", -0.1), ("error", np.nan), ("error", np.inf), ("tau_latent", -1.0), ("tau", 0.0),
                      ("rho", 2.0), ("n_neurons", 0.5)):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name}: expected"):
            reconstruction.neurons_to_record(**(good | {name: bad}))
    with pytest.raises(ValueError, match="error: expected above 0, since n_neurons is infinite"):
        reconstruction.neurons_to_record(0.0, 100.0, 10.0, 0.8)
    with pytest.raises(ValueError, match="error: expected at most that of a single neuron"):
        reconstruction.neurons_to_record(1000.0, 100.0, 10.0, 0.8)
