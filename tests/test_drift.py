"""Drift: Theorem 4 against finite differences, the experiment against the plain simulation, the limits against draws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from lpu_book import RESULTS
from lpu_core import LowRankRNN, drift, dynamics, networks, readouts, reconstruction, redundancy, timescales
from lpu_core.system import LatentSystem

RNG = np.random.default_rng(0)
SMALL = LowRankRNN(*RNG.standard_normal((2, 30, 2)) * 1.2, RNG.standard_normal((30, 1)), RNG.standard_normal(30), dt=2.0)
FLIPFLOP = networks.load(RESULTS / "flip_flop_2bit/fine_tuned_00.npz").astype(np.float64)
THREE_BITS = networks.load(RESULTS / "flip_flop_3bit/fine_tuned_00.npz")
STATES = dynamics.fixed_points(FLIPFLOP).attractors
SIGMAS = np.geomspace(1e-3, 1e-2, 5)


def slope(sigmas, values):
    """Of a log-log line."""
    return np.polyfit(np.log(sigmas), np.log(values), 1)[0]


# ------------------------------------------------------------------ the three kinds


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_drift_has_its_direction_and_its_size(dtype):
    n, P = SMALL.encoding.astype(dtype), readouts.encoding_projector(SMALL.encoding)
    eps = 1e-5 if dtype == np.float32 else 1e-12
    off = drift.sample_drift(n, "orthogonal", 0.7, 1)
    inside = drift.sample_drift(n, "tangential", 0.7, 1)
    assert off.dtype == inside.dtype == dtype and off.shape == (30, 2)
    np.testing.assert_allclose(n.T @ off, 0, atol=100 * eps)
    np.testing.assert_allclose(P(inside.T.astype(np.float64)), inside.T, atol=10 * eps)
    for drawn in (off, inside):
        np.testing.assert_allclose(np.sqrt(np.square(drawn).mean(0)), 0.7, rtol=10 * eps)
    both = drift.sample_drift(n, "random", 1.0, 1)  # one draw, its two parts
    for part, drawn in ((P.off(both.T), off), (P(both.T), inside)):
        scale = 0.7 / np.sqrt(np.square(part).mean(1, keepdims=True))
        np.testing.assert_allclose(drawn.T, scale * part, atol=100 * eps)


def test_random_drift_is_gaussian_and_keeps_to_no_direction():
    """Moments within 5 s.e. (false alarm below 2e-6); its part along n is not zero, which is the twin of the above."""
    draws = drift.sample_drift(np.ones((100_000, 1)), "random", 2.0, 3)
    assert abs(draws.mean()) < 5 * 2 / np.sqrt(1e5)
    assert abs(draws.std() / 2 - 1) < 5 / np.sqrt(2e5)
    assert abs((np.abs(draws) < 2).mean() - 0.6827) < 5 * np.sqrt(0.6827 * 0.3173 / 1e5)
    assert np.abs(SMALL.encoding.T @ drift.sample_drift(SMALL.encoding, "random", 1.0, 1)).max() > 0.1
    assert not drift.sample_drift(SMALL.encoding, "random", 0.0, 1).any()


def test_drift_changes_tuning_and_leaves_the_encoding():
    change = drift.sample_drift(SMALL.encoding, "orthogonal", 0.5, 2)
    after = drift.drifted(SMALL, change)
    np.testing.assert_array_equal(after.embedding, SMALL.embedding + change)
    assert after.encoding is SMALL.encoding and after.input_weights is SMALL.input_weights
    kappa = np.array([0.3, -0.8])
    expected = np.tanh(SMALL.embedding @ kappa + SMALL.bias + change @ kappa)
    np.testing.assert_allclose(after.tuning(kappa), expected, atol=1e-14)


@pytest.mark.parametrize("n_neurons", [30, 31, 100, 3000])
def test_a_resampled_network_has_the_very_same_flow(n_neurons):
    """The twin forgets to divide by the number of copies."""
    large = drift.resample(SMALL, n_neurons, 4)
    kappa, u = RNG.standard_normal((5, 2)), RNG.standard_normal((5, 1))
    assert large.n_neurons == n_neurons
    np.testing.assert_allclose(large.flow(kappa, u), SMALL.flow(kappa, u), atol=1e-13)
    np.testing.assert_array_equal(large.tuning(kappa)[:, :30], SMALL.tuning(kappa))
    if n_neurons > 31:
        rows = (large.embedding[:, None] == SMALL.embedding).all(-1).argmax(1)
        forgotten = replace(large, encoding=SMALL.encoding[rows])
        assert np.abs(forgotten.flow(kappa, u) - SMALL.flow(kappa, u)).max() > 1e-3
        assert len(np.unique(rows)) == 30


# ------------------------------------------------------------------ Theorem 4


def test_the_first_order_term_is_the_slope_of_the_flow():
    """By central differences in the strength of the drift, and by the sum over neurons."""
    change = drift.sample_drift(SMALL.encoding, "random", 1.0, 5)
    kappa, u = RNG.standard_normal((4, 2)), RNG.standard_normal((4, 1))
    term = drift.first_order_term(SMALL, change, kappa, u)
    up, down = (drift.drifted(SMALL, e * change).flow(kappa, u) for e in (1e-5, -1e-5))
    np.testing.assert_allclose((term @ kappa[..., None])[..., 0], SMALL.tau * (up - down) / 2e-5, atol=1e-8)
    J = 1 - SMALL.tuning(kappa[1], u[1]) ** 2
    by_neuron = [np.outer(n, d) * j for n, d, j in zip(SMALL.encoding, change, J, strict=True)]
    np.testing.assert_allclose(term[1], sum(by_neuron) / 30)


def test_M80_predicts_the_deviation_to_first_order():
    """Against two full simulations: the error falls as σ², the deviation itself as σ. Through any inputs."""
    change, u = drift.sample_drift(SMALL.encoding, "random", 1.0, 6), np.random.default_rng(7).standard_normal((40, 3, 1))
    start = np.random.default_rng(8).standard_normal((3, 2))
    before = SMALL.simulate(u, initial_latents=start).latents
    errors, sizes = [], []
    for sigma in SIGMAS:
        moved = drift.drifted(SMALL, sigma * change).simulate(u, initial_latents=start).latents - before
        errors.append(np.abs(drift.predicted_deviation(SMALL, sigma * change, u, start) - moved).max())
        sizes.append(np.abs(moved).max())
    assert slope(SIGMAS, errors) == pytest.approx(2, abs=0.05)
    assert slope(SIGMAS, sizes) == pytest.approx(1, abs=0.05)


def shifts(change, decoder=None):
    """How far the four states, or what a decoder (P, N) reads from the rates in them, move under σ times `change`."""
    moves = []
    for sigma in SIGMAS:
        network = drift.drifted(FLIPFLOP, sigma * change)
        points = dynamics.fixed_points(network).attractors
        points = points[np.linalg.norm(points[:, None] - STATES, axis=-1).argmin(0)]
        moved = points - STATES if decoder is None else (network.tuning(points) - FLIPFLOP.tuning(STATES)) @ decoder.T
        moves.append(np.abs(moved).max())
    return moves


def good_drift():
    """A drift that meets the condition of Theorem 4 in all four states, and diag(J) n there."""
    slopes = 1 - FLIPFLOP.tuning(STATES[STATES[:, 0] > 0]) ** 2  # (2, N); the other two are their mirror images
    weighted = np.concatenate([j[:, None] * FLIPFLOP.encoding for j in slopes], axis=1)  # (N, 4), state by state
    return drift.sample_drift(weighted, "orthogonal", 1.0, 9)[:, :2], weighted


def test_states_move_to_second_order_where_the_condition_holds(unchecked_shapes):
    """Theorem 4 at the four states. The twin is orthogonal to n and goes along with J: the states move to first order."""
    good, weighted = good_drift()
    assert np.abs(drift.first_order_term(FLIPFLOP, good, STATES)).max() < 1e-13
    assert slope(SIGMAS, shifts(good)) == pytest.approx(2, abs=0.05)
    bad = readouts.encoding_projector(FLIPFLOP.encoding).off(weighted[:, :2].T).T
    bad /= np.sqrt(np.square(bad).mean(0))
    assert np.abs(FLIPFLOP.encoding.T @ bad).max() < 1e-10
    assert slope(SIGMAS, shifts(bad)) == pytest.approx(1, abs=0.05)


def test_decoders_in_the_encoding_subspace_do_not_notice_such_a_drift(unchecked_shapes):
    """Corollary 3: A = AP moves to second order. A decoder of random weights moves to first (the twin)."""
    good, _ = good_drift()
    decoder = np.random.default_rng(31).standard_normal((3, 100)) / 10
    inside = readouts.encoding_projector(FLIPFLOP.encoding)(decoder)
    assert slope(SIGMAS, shifts(good, inside)) == pytest.approx(2, abs=0.05)
    assert slope(SIGMAS, shifts(good, decoder)) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("n_neurons", [300, 3000])
def test_the_condition_by_kind_and_size(n_neurons):
    """Random: s.d. σ√(Σ n²J²)/N, within 5 s.e. of 400 draws. Orthogonal: 0 at the origin. Tangential: σσ_n at any N."""
    network = timescales.design_bistable(n_neurons, 20.0, 10.0, 0.8, 10, dtype=np.float64)
    n, kappa = network.encoding[:, 0], np.array([0.9])
    draws = [drift.sample_drift(network.encoding, "random", 0.3, [11, i]) for i in range(400)]
    values = np.array([drift.first_order_term(network, d, kappa)[0, 0] for d in draws])
    J = 1 - network.tuning(kappa) ** 2
    expected = 0.3 * np.sqrt(np.square(n * J).sum()) / n_neurons
    assert abs(values.std() / expected - 1) < 5 / np.sqrt(800)
    assert abs(values.mean()) < 5 * expected / 20
    drawn = {kind: drift.sample_drift(network.encoding, kind, 0.3, 12) for kind in drift.DRIFT_KINDS}
    term = {kind: drift.first_order_term(network, change, np.zeros(1))[0, 0] for kind, change in drawn.items()}
    assert abs(term["orthogonal"]) < 1e-13 < abs(term["random"])
    assert abs(term["tangential"]) == pytest.approx(0.3 * np.sqrt(np.square(n).mean()), rel=1e-10)
    along = replace(network, embedding=readouts.encoding_projector(network.encoding).off(n * J)[:, None]).embedding
    assert abs(drift.first_order_term(network, along / along.std(), kappa)[0, 0]) > 0.1  # orthogonal to n, not to Jn


# ------------------------------------------------------------------ coding groups


def test_coding_groups_are_signs_above_the_threshold():
    m = np.array([[0.6, 0.0], [-0.6, 0.0], [0.4, 0.7], [0.51, -9.0], [0.1, -0.2]])
    np.testing.assert_array_equal(drift.coding_groups(m), [1, 2, 3, 1 + 6, 0])
    np.testing.assert_array_equal(drift.coding_groups(m, 10.0), 0)


@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_group_probabilities_are_those_of_many_drifts(sigma):
    """4000 drifts of 30 neurons: every share within 5 s.e. (Bonferroni over 270 shares: false alarm below 2e-4)."""
    chances = drift.group_probabilities(SMALL.embedding, sigma)
    assert drift.group_probabilities(SMALL.embedding[:0], sigma).shape == (0, 9)
    np.testing.assert_allclose(chances.sum(1), 1, atol=1e-12)
    groups = np.stack([drift.coding_groups(SMALL.embedding + drift.sample_drift(SMALL.encoding, "random", sigma, [13, i]))
                       for i in range(4000)])  # fmt: skip
    shares = (groups[:, :, None] == np.arange(9)).mean(0)
    assert (np.abs(shares - chances) < 5 * np.sqrt(chances * (1 - chances) / 4000) + 5 / 4000).all()


# ------------------------------------------------------------------ the experiment


def test_all_strengths_at_once_are_the_drifted_networks_one_by_one():
    direction, sigmas = drift.sample_drift(SMALL.encoding, "random", 1.0, 14), [0.0, 0.3, 2.0]
    u, start = np.random.default_rng(15).standard_normal((25, 1)), np.array([0.2, -0.4])
    run, seen = drift.simulate_strengths(SMALL, direction, sigmas, u, start, n_observed=10)
    for s, sigma in enumerate(sigmas):
        one = drift.drifted(SMALL, sigma * direction)
        alone = one.simulate(u[:, None], initial_latents=start[None]).latents[:, 0]
        np.testing.assert_allclose(run[:, s], alone, atol=1e-12)
    rates = np.zeros(30)
    for t in range(25):
        before = start if t == 0 else run[t - 1, 2]
        rates = (1 - one.alpha) * rates + one.alpha * one.tuning(before, u[t])
        np.testing.assert_allclose(seen[t, 2], SMALL.encoding[:10].T @ rates[:10] / 10, atol=1e-12)


def test_the_noise_is_that_of_the_plain_simulation():
    """With one strength and one trial even the same draws; with more, all strengths share them."""
    direction, u = drift.sample_drift(SMALL.encoding, "random", 1.0, 16), np.zeros((15, 1))
    noisy = {"noise_std": 0.5, "rng": 17}
    run = drift.simulate_strengths(SMALL, direction, [0.7], u, np.ones(2), **noisy)[0]
    plain = drift.drifted(SMALL, 0.7 * direction).simulate(u[:, None], initial_latents=np.ones((1, 2)), **noisy)
    np.testing.assert_allclose(run[:, 0], plain.latents[:, 0], atol=1e-12)
    twice = drift.simulate_strengths(SMALL, direction, [0.7, 0.7], u, np.ones(2), **noisy)[0]
    np.testing.assert_allclose(twice[:, 0], twice[:, 1], atol=1e-12)
    assert np.abs(run - drift.simulate_strengths(SMALL, direction, [0.7], u, np.ones(2))[0]).max() > 0.01


def test_the_experiment_goes_from_right_to_chance():
    found = drift.drift_accuracies(THREE_BITS, [1e-3, 1e3], 18, n_before=200, n_after=400)
    assert found.shape == (3, 2, 2)
    assert (found[:, 0, 0] > 0.97).all() and (found[:, 0, 1] < 0.5).all()
    np.testing.assert_array_equal(found[:, 0], found[:, 1])  # all of its 100 neurons are read
    np.testing.assert_array_equal(found, drift.drift_accuracies(THREE_BITS, [1e-3, 1e3], 18, n_before=200, n_after=400))


def test_a_large_network_nears_the_limit():
    """30 000 neurons, both kinds that have a limit; a hundred are far from it (the twin)."""
    sizes = {"n_before": 100, "n_after": 300, "noise_std": 0.0}
    limit = drift.limit_accuracies(THREE_BITS, [0.3], 19, **sizes)
    assert limit[0] > 0.97
    large = drift.drift_accuracies(drift.resample(THREE_BITS, 30_000, 20), [0.3], 19, **sizes)
    small = drift.drift_accuracies(THREE_BITS, [0.3], 19, **sizes)
    assert (np.abs(large[:2, 0, 0] - limit) < 0.03).all()
    assert small[0, 0, 0] < 0.9


# ------------------------------------------------------------------ the tolerance threshold


def sigmoid(sigmas, middle, width, chance=0.125):
    return chance + (1 - chance) / (1 + (np.asarray(sigmas) / middle) ** (1 / width))


@pytest.mark.parametrize(("middle", "width"), [(0.05, 0.1), (1.0, 0.3), (8.0, 1.0)])
def test_the_threshold_of_a_sigmoid_is_its_midpoint(middle, width):
    sigmas = np.geomspace(0.01, 30, 15)
    fit = drift.tolerance_threshold(sigmas[::-1], sigmoid(sigmas, middle, width)[::-1], 0.125)
    assert fit.status == "fitted"
    assert fit.midpoint == pytest.approx(middle, rel=1e-4) and fit.width == pytest.approx(width, rel=1e-3)
    np.testing.assert_allclose(fit(sigmas, 0.125), sigmoid(sigmas, middle, width), atol=1e-3)


@pytest.mark.parametrize(("middle", "status"), [(1e4, "never falls"), (1e-5, "always below")])
def test_without_a_midpoint_there_is_no_number(middle, status):
    sigmas = np.geomspace(0.01, 30, 15)
    fit = drift.tolerance_threshold(sigmas, sigmoid(sigmas, middle, 0.2), 0.125)
    assert fit.status == status and np.isnan(fit.midpoint) and np.isnan(fit.width)
    assert np.isnan(fit(sigmas, 0.125)).all()


@pytest.mark.slow
def test_the_band_holds_the_spread_of_the_runs():
    """Runs whose thresholds differ by a known factor: the band lies between theirs; equal runs have a band of no width."""
    sigmas = np.geomspace(0.01, 30, 22)
    equal = drift.tolerance_band(sigmas, np.stack([sigmoid(sigmas, 1.0, 0.2)] * 4), 0.125, 0)
    np.testing.assert_allclose(equal, 1, rtol=1e-4)
    low, high = drift.tolerance_band(sigmas, np.stack([sigmoid(sigmas, s, 0.2) for s in (0.5, 1, 2)]), 0.125, 0)
    assert 0.45 < low < 0.9 < 1.1 < high < 2.2
    none = drift.tolerance_band(sigmas, np.stack([sigmoid(sigmas, 1e5, 0.2)] * 2), 0.125, 0)
    np.testing.assert_array_equal(none, np.inf)


# ------------------------------------------------------------------ infinitely many neurons


@pytest.mark.parametrize("spread", [0.0, 0.1, 1.0, 30.0])
def test_the_smoothed_tanh_is_the_gaussian_mean(spread):
    x, z = np.linspace(-4, 4, 17), np.linspace(-10, 10, 20_001)
    weights = norm.pdf(z) / norm.pdf(z).sum()
    expected = np.array([np.tanh(v + spread * z) @ weights for v in x])
    np.testing.assert_allclose(drift.smooth_tanh(x, spread), expected, atol=3e-8)
    for order in (1, 2):
        step = 1e-4
        up, down = (drift.smooth_tanh(x + e, spread, order - 1) for e in (step, -step))
        np.testing.assert_allclose(drift.smooth_tanh(x, spread, order), (up - down) / (2 * step), atol=1e-7)


def test_the_limit_without_drift_is_the_network():
    kappa, u = RNG.standard_normal((6, 2)), RNG.standard_normal((6, 1))
    limit = drift.DriftLimit(SMALL, 0.0)
    np.testing.assert_allclose(limit.flow(kappa, u), SMALL.flow(kappa, u), atol=1e-8)
    np.testing.assert_allclose(limit.jacobian(kappa, u), SMALL.jacobian(kappa, u), atol=1e-6)
    run = limit.simulate(u[:, None], initial_latents=kappa[:1]).latents
    np.testing.assert_allclose(run, SMALL.simulate(u[:, None], initial_latents=kappa[:1]).latents, atol=1e-6)


def test_the_limit_is_that_of_many_copies_and_its_jacobian_the_slope():
    """10⁵ copies: every flow within 5 standard errors of its mean over the copies' drifts."""
    kappa, u = np.array([[0.7, -0.4], [0.1, 1.2]]), np.zeros((2, 1))
    limit = drift.DriftLimit(SMALL, 0.8, 0.3)
    step = 1e-5
    for k in range(2):
        shift = step * np.eye(2)[k]
        slope_k = (limit.flow(kappa + shift, u) - limit.flow(kappa - shift, u)) / (2 * step)
        np.testing.assert_allclose(limit.jacobian(kappa, u)[..., k], slope_k, atol=1e-8)
    large = drift.resample(SMALL, 100_000, 21)
    change = drift.sample_drift(large.encoding, "random", 0.8, 22)
    noise = 0.3 * np.random.default_rng(23).standard_normal(large.n_neurons)
    flow = drift.drifted(replace(large, bias=large.bias + noise), change).flow(kappa, u)
    error = np.sqrt(np.square(large.encoding).mean(0) / large.n_neurons) / large.tau
    assert (np.abs(flow - limit.flow(kappa, u)) < 5 * error).all()


def test_a_limit_is_no_network_so_nothing_takes_it_for_one(unchecked_shapes):
    """It has a latent flow, and neither weights to drift, to take or to save nor another basis."""
    limit = drift.DriftLimit(SMALL, 3.0)
    assert isinstance(limit, LatentSystem)
    assert not any(hasattr(limit, name) for name in ("change_basis", "dense", "save", "embedding", "encoding"))
    for refuses in (
        lambda: drift.simulate_strengths(limit, SMALL.embedding, [1.0], np.zeros((5, SMALL.n_inputs)), [0.5, 0.5]),
        lambda: drift.resample(limit, 10_000, 0),
        lambda: reconstruction.observe(limit, 10, 0),
        lambda: redundancy.add_redundant_neurons(limit, 10, 0, 1.0),
        lambda: readouts.add_outputs(limit, lambda k: k, [[0.0, 0.0], [1.0, 1.0]], np.zeros((2, SMALL.n_inputs)), 5, 0),
    ):
        with pytest.raises(ValueError, match="network: expected a LowRankRNN, got"):
            refuses()


def test_one_limit_for_each_of_several_strengths():
    kappa, strengths = RNG.standard_normal((3, 2)), np.array([0.0, 0.5, 3.0])
    together = drift.DriftLimit(SMALL, strengths)
    for s, sigma in enumerate(strengths):
        alone = drift.DriftLimit(SMALL, sigma)
        np.testing.assert_allclose(together.flow(kappa)[s], alone.flow(kappa[s]), atol=1e-14)
        np.testing.assert_allclose(together.jacobian(kappa)[s], alone.jacobian(kappa[s]), atol=1e-14)


@pytest.mark.parametrize("n_latents", [1, 3])
@pytest.mark.parametrize("sigma", [0.3, 2.0])
def test_the_rescaled_states_solve_the_mean_field(n_latents, sigma):
    """c E[sech²(sz)] = 1 with s² = (σ_m² + Kσ²) κ²; the formula of one latent does not solve that of K (twin)."""
    law = timescales.design(20.0, 10.0, 0.8)

    def balance(factor):
        spread = factor * np.sqrt(law.embedding_std**2 + n_latents * sigma**2)
        return law.covariance * timescales.mean_slope(spread)

    assert balance(drift.rescaling(sigma, law.embedding_std, n_latents)) == pytest.approx(1, abs=1e-10)
    if n_latents > 1:
        assert abs(balance(drift.rescaling(sigma, law.embedding_std)) - 1) > 0.05


def test_a_designed_network_shrinks_as_predicted(unchecked_shapes):
    """Through the network itself, 10⁵ neurons."""
    network = timescales.design_bistable(100_000, 20.0, 10.0, 0.8, 24)
    sigma_m = timescales.design(20.0, 10.0, 0.8).embedding_std
    change = drift.sample_drift(network.encoding, "random", 1.0, 25)
    nets = network, drift.drifted(network, change)
    before, after = (dynamics.fixed_points(net, n_starts=21).attractors.max() for net in nets)
    assert after / before == pytest.approx(drift.rescaling(1.0, sigma_m), rel=0.05)


@pytest.mark.parametrize("n_neurons", [100, 3000])
def test_tangential_drift_ends_bistability_at_the_critical_strength(n_neurons, unchecked_shapes):
    """At any N; with the other sign of the drift, or an orthogonal one, it does not end (twins)."""
    network = timescales.design_bistable(n_neurons, 5.0, 10.0, 0.8, 26, dtype=np.float64)
    critical = drift.critical_sigma(network)
    against = drift.sample_drift(network.encoding, "tangential", 1.0, 27)
    against = against * -np.sign(against[:, 0] @ network.encoding[:, 0])
    off = drift.sample_drift(network.encoding, "orthogonal", 1.0, 27)

    def count(change, factor):
        return len(dynamics.fixed_points(drift.drifted(network, factor * critical * change)).attractors)

    assert count(against, 0.98) == 2 and count(against, 1.02) == 1
    assert count(-against, 1.02) == 2 and count(off, 1.02) == 2


@pytest.mark.parametrize("sigma", [0.5, 5.0])
def test_the_share_of_bistable_draws_is_the_normal_law(sigma):
    """2000 random drifts of 300 neurons, within 5 s.e.; orthogonal ones leave the growth rate alone."""
    network = timescales.design_bistable(300, 100.0, 10.0, 0.8, 28, dtype=np.float64)
    rates = [timescales.growth_rate(drift.drifted(network, drift.sample_drift(network.encoding, "random", sigma, [29, i])))
             for i in range(2000)]  # fmt: skip
    share = drift.bistable_share(network, sigma)
    assert abs(np.mean(np.array(rates) > 0) - share) < 5 * np.sqrt(share * (1 - share) / 2000) + 1e-9
    off = drift.drifted(network, drift.sample_drift(network.encoding, "orthogonal", sigma, 30))
    assert timescales.growth_rate(off) == pytest.approx(timescales.growth_rate(network), rel=1e-9)
