"""Shapes of codes: the laws of split halves by simulation, exact statements to rounding, and twins of both."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform
from scipy.stats import kstest, ortho_group, spearmanr

from lpu_core import stability

RING = stability.ring_states(12)
LABELS = np.repeat(np.arange(4), 4)
TRIALS = np.zeros((16, 5))


def ring_code(n_neurons, rng):
    return np.tanh(1.5 * RING @ rng.standard_normal((2, n_neurons)))


# ------------------------------------------------------------------ shapes and halves


def test_the_states_of_a_ring_are_evenly_around_it():
    to_the_next = np.linalg.norm(np.roll(RING, -1, axis=0) - RING, axis=1)
    np.testing.assert_allclose(np.linalg.norm(RING, axis=1), 1)
    np.testing.assert_allclose(to_the_next, 2 * np.sin(np.pi / 12))


def test_trials_have_their_condition_s_mean_and_private_noise():
    means = np.array([[0.0, 5.0], [3.0, -1.0]])
    trials, conditions = stability.noisy_trials(means, 40_000, 2.0, 0)
    assert np.array_equal(conditions, np.repeat([0, 1], 40_000))
    noise = trials - means[conditions]
    assert np.abs(noise.mean(0)).max() < 4 * 2 / np.sqrt(80_000)
    np.testing.assert_allclose(np.cov(noise.T), 4 * np.eye(2), atol=0.1)


def test_the_rdm_is_the_table_of_distances():
    means = np.random.default_rng(0).standard_normal((5, 7))
    table = squareform(stability.rdm(means))
    for c in range(5):
        for d in range(5):
            assert table[c, d] == pytest.approx(np.sum((means[c] - means[d]) ** 2) / 7)
    by_correlation = squareform(stability.rdm(means, "correlation"))
    assert by_correlation[1, 3] == pytest.approx(1 - np.corrcoef(means[1], means[3])[0, 1])


def test_isometries_keep_the_shape_and_other_maps_do_not():
    rng = np.random.default_rng(1)
    x, y = stability.noisy_trials(ring_code(40, rng), 6, 0.5, rng)
    turned = x @ ortho_group.rvs(40, random_state=2).T + rng.standard_normal(40)
    np.testing.assert_allclose(stability.rdm(turned[::6]), stability.rdm(x[::6]), rtol=1e-10)
    assert stability.geometric_stability(turned, y, 5, 3) == pytest.approx(
        stability.geometric_stability(x, y, 5, 3), abs=1e-12
    )
    stretched = x * np.linspace(0, 3, 40)  # twin
    assert stability.correlation(stability.rdm(stretched[::6]), stability.rdm(x[::6])) < 0.99


def test_correlations_are_scipys_along_the_last_axis():
    one, other = np.random.default_rng(2).integers(0, 9, (2, 3, 20))  # with ties
    expected = [spearmanr(a, b).statistic for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(stability.correlation(one, other), expected, rtol=1e-12)
    assert stability.correlation(one[0], other[0], rank=False) == pytest.approx(np.corrcoef(one[0], other[0])[0, 1])
    assert np.isnan(stability.correlation(np.ones(5), np.arange(5.0)))


def test_what_differs_only_between_groups_is_correlated_and_not_significant():
    """Where groups alone relate two quantities, p is uniform; the twin has a relation within groups."""
    groups = np.repeat(["a", "b", "c", "d"], 12)
    offset, p = np.repeat(10.0 * np.arange(4), 12), []
    for seed in range(200):
        x, y = offset + np.random.default_rng(seed).standard_normal((2, 48))
        r, value = stability.grouped_correlation(x, y, groups, 99, seed)
        assert r == pytest.approx(spearmanr(x, y).statistic) and r > 0.8
        p.append(value)
    assert kstest(p, "uniform").pvalue > 0.001
    x = np.random.default_rng(0).standard_normal(48)
    r, value = stability.grouped_correlation(x, x - offset, groups, 99, 1)  # the offsets hide it from r
    assert abs(r) < 0.4 and value == 0.01


@pytest.mark.parametrize("equal", [True, False])
def test_halves_are_means_of_disjoint_trials_of_one_condition(equal):
    """Trial b is the b-th unit vector, so a half's mean shows which trials it holds; labels in disorder."""
    y = np.random.default_rng(3).permutation(np.repeat([4, 7, 9], [5, 8, 2]))
    halves = stability.half_means(np.eye(15), y, 6, 4, equal=equal)
    assert halves.shape == (2, 6, 3, 15)
    np.testing.assert_allclose(halves.sum(-1), 1)
    sizes = [1, 1, 1] if equal else [2, 4, 1]
    assert ((halves > 0).sum(-1) == sizes).all()
    assert not (halves[0] * halves[1]).any()
    for c, kind in enumerate((4, 7, 9)):
        assert not halves[:, :, c, y != kind].any()
    assert (halves.sum((0, 1, 2)) > 0)[y == 9].all()
    assert np.ptp(halves[0].argmax(-1), axis=0).any()  # the draws differ


def test_halves_of_the_neurons_ask_another_question():
    """A random code comes again in the same neurons, not in others; a ring does in both."""
    rng = np.random.default_rng(5)
    for code, in_others in ((ring_code(400, rng), 0.9), (rng.standard_normal((12, 400)), 0.3)):
        x, y = stability.noisy_trials(code, 4, 0.01, rng)
        assert stability.geometric_stability(x, y, 4, 6) > 0.95
        other = stability.geometric_stability(x, y, 20, 6, neurons=True)
        assert other > in_others if in_others > 0.5 else abs(other) < in_others


def test_halves_of_the_neurons_by_cosines_are_a_published_definition():
    """As documented for feature_split of shesha-geometry: random halves of the columns, cosine distances, Spearman, mean."""
    rng = np.random.default_rng(60)
    code = (ring_code(40, rng) + 0.5) * np.linspace(0.2, 3, 12)[:, None]  # lengths that cosines do not see
    x, y = stability.noisy_trials(code, 2, 0.0, rng)
    unit = lambda part: part / np.linalg.norm(part, axis=1, keepdims=True)  # noqa: E731
    draws = []
    for _ in range(400):
        order, i, j = rng.permutation(40), *np.triu_indices(12, 1)
        shapes = [1 - (unit(code[:, half]) @ unit(code[:, half]).T)[i, j] for half in (order[:20], order[20:])]
        draws.append(spearmanr(*shapes).statistic)
    found = stability.geometric_stability(x, y, 400, 61, metric="cosine", neurons=True)
    assert abs(found - np.mean(draws)) < 4.5 * np.std(draws) * np.sqrt(2 / 400)
    by_squares = stability.geometric_stability(x, y, 400, 61, neurons=True)  # twin: another distance
    assert abs(by_squares - np.mean(draws)) > 4.5 * np.std(draws) * np.sqrt(2 / 400)


def test_halves_of_the_neurons_of_a_linear_code_have_a_closed_form():
    """D = ‖Mδ‖²/n for n = N/2 Gaussian neurons: Cov(D_p, D_q) = 2(δ_p·δ_q)²/n, so Pearson's is V/(V + that, over pairs).

    Twins: N in place of N/2, and neurons that come in pairs, of which both halves may hold one.
    """
    i, j = np.triu_indices(24, 1)
    states = np.diag(np.linspace(0.5, 1.5, 24))
    inner = (states[i] - states[j]) @ (states[i] - states[j]).T
    v, noise = np.diag(inner).var(), 2 * (np.square(np.diag(inner)).mean() - np.square(inner).mean())
    rng, y = np.random.default_rng(62), np.repeat(np.arange(24), 2)

    def halved(n_neurons, copies=1):
        codes = [np.tile(states @ rng.standard_normal((24, n_neurons // copies)), copies) for _ in range(100)]
        return np.mean([
            stability.geometric_stability(np.repeat(code, 2, axis=0), y, 1, rng, rank=False, neurons=True) for code in codes
        ])  # fmt: skip

    for n in (40, 200):
        assert abs(halved(n) - v / (v + noise / (n / 2))) < 0.04
    assert abs(halved(40) - v / (v + noise / 40)) > 0.1
    assert halved(40, copies=2) - v / (v + noise / 20) > 0.05


def test_only_noise_parts_two_sessions_of_one_shape():
    """The correction gives 1 where the shape is the same; without it noise shows; twin: another shape."""
    rng = np.random.default_rng(7)
    code = ring_code(200, rng)
    other = rng.permutation(code)
    found = []
    for i in range(10):
        (x, y), (same, _), (changed, _) = (stability.noisy_trials(means, 10, 2.5, rng) for means in (code, code, other))
        pairs = ((same, True), (changed, True), (same, False))
        found.append([stability.across_stability(x, z, (y, y), 5, i, corrected=corrected) for z, corrected in pairs])
    corrected, twin, raw = np.mean(found, axis=0)
    assert abs(corrected - 1) < 0.06 and raw < 0.9 and twin < 0.5


# ------------------------------------------------------------------ the split-half law


@pytest.mark.parametrize(
    ("n_conditions", "n_neurons", "noise", "n_trials"), [(3, 4, 1.0, 1), (5, 6, 2.0, 3), (9, 30, 4.0, 2)]
)
def test_variance_and_covariance_over_pairs_are_as_proved(n_conditions, n_neurons, noise, n_trials):
    """Within 4.5 s.e. of 3000 draws: a false alarm in 10⁵."""
    rng = np.random.default_rng([8, n_conditions])
    mu, s = rng.standard_normal((n_conditions, n_neurons)), noise / np.sqrt(n_trials)
    true = stability.rdm(mu)
    shapes = np.array([[stability.rdm(mu + s * rng.standard_normal(mu.shape)) for _ in range(2)] for _ in range(3000)])
    shapes = shapes - shapes.mean(-1, keepdims=True)
    covariance, variance = shapes.prod(1).mean(-1), np.square(shapes[:, 0]).mean(-1)
    law = true.var() / stability.split_half_law(true, noise, n_trials, n_neurons)
    for found, expected in ((covariance, true.var()), (variance, law)):
        assert abs(found.mean() - expected) < 4.5 * found.std() / np.sqrt(3000)
    wrong = true.var() + (law - true.var()) * (n_conditions - 1) / (n_conditions - 2)  # twin: pairs as if independent
    assert abs(variance.mean() - wrong) > 6 * variance.std() / np.sqrt(3000)


def test_the_law_without_noise_and_with_many_neurons():
    true = stability.rdm(ring_code(50, np.random.default_rng(9)))
    assert stability.split_half_law(true, 0.0, 1, 50) == 1
    rising = stability.split_half_law(true, 3.0, 5, np.array([10, 100, 10_000_000]))
    assert (np.diff(rising) > 0).all() and rising[-1] > 0.9999


def test_shared_noise_breaks_the_law():
    rng = np.random.default_rng(10)
    code = ring_code(1000, rng)
    x, y = stability.noisy_trials(code, 10, 1.0, rng)
    law = stability.split_half_law(stability.rdm(code), 1.0, 5, 1000)
    assert abs(stability.geometric_stability(x, y, 10, 11, rank=False) - law) < 0.02
    shared = x + 2 * rng.standard_normal((len(x), 1)) * rng.standard_normal(1000)
    law = stability.split_half_law(stability.rdm(code), np.sqrt(5), 5, 1000)
    assert stability.geometric_stability(shared, y, 10, 11, rank=False) < law - 0.2


def test_unequal_trials_make_geometry_out_of_noise():
    rng = np.random.default_rng(12)
    y = np.repeat(np.arange(12), np.repeat([20, 4], 6))
    noise = rng.standard_normal((len(y), 300))
    assert stability.geometric_stability(noise, y, 10, 13, equal=False) > 0.5
    assert (
        abs(np.mean([stability.geometric_stability(rng.standard_normal(noise.shape), y, 10, i) for i in range(20)])) < 0.12
    )
    counts = np.array([1, 1, 2, 4, 8])  # the covariance of two halves is that of the biases
    s2 = 4 / counts
    shapes = np.array(
        [[stability.rdm(np.sqrt(s2)[:, None] * rng.standard_normal((5, 8))) for _ in range(2)] for _ in range(3000)]
    )
    covariance = (shapes - shapes.mean(-1, keepdims=True)).prod(1).mean(-1)
    i, j = np.triu_indices(5, 1)
    assert abs(covariance.mean() - np.var(s2[i] + s2[j])) < 4.5 * covariance.std() / np.sqrt(3000)


@pytest.mark.slow
def test_a_random_code_gains_nothing_from_neurons():
    """In its two expectations: twice, with V and D̄ drawn, and from the law of structured codes."""
    rng, v, s2 = np.random.default_rng(14), 0.7, 1.3
    for n in (20, 200):
        codes = [stability.rdm(np.sqrt(v) * rng.standard_normal((10, n))) for _ in range(4000)]
        signal = np.mean([code.var() for code in codes])
        total = np.mean([code.var() / stability.split_half_law(code, np.sqrt(s2), 1, n) for code in codes])
        assert signal / total == pytest.approx(stability.random_code_law(v / s2), rel=0.03)
    assert stability.random_code_law(0) == 0 and stability.random_code_law(1e12) == pytest.approx(1)


def test_spearman_of_a_normal_pair():
    rng = np.random.default_rng(15)
    for rho in (-0.5, 0.3, 0.9):
        x, y = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 200_000).T
        assert stability.spearman_from_pearson(rho) == pytest.approx(spearmanr(x, y).statistic, abs=0.01)
    cubed = spearmanr(x**3, y).statistic  # ranks know no cube, Pearson's does
    assert abs(cubed - stability.spearman_from_pearson(np.corrcoef(x**3, y)[0, 1])) > 0.05


@pytest.mark.parametrize("rounded", [1 + 4e-16, -1 - 4e-16])
def test_a_correlation_may_be_rounded_beyond_one(rounded):
    assert stability.spearman_from_pearson(rounded) == pytest.approx(np.sign(rounded), abs=1e-15)
    assert stability.spearman_from_pearson(np.sign(rounded)) == 6 / np.pi * np.arcsin(np.sign(rounded) / 2)


# ------------------------------------------------------------------ drift and decoding


def test_centroid_drift_is_without_bias_only_if_cross_validated():
    """Shift 0.5 in each neuron; within 4.5 s.e.; the naive one is too large by 2σ²/T."""
    rng = np.random.default_rng(16)
    fair, naive, spreads = [], [], []
    code = ring_code(30, rng)
    for i in range(300):
        (x, y), (moved, _) = stability.noisy_trials(code, 6, 2.0, rng), stability.noisy_trials(code + 0.5, 6, 2.0, rng)
        fair.append(stability.centroid_drift(x, moved, (y, y), 2, i))
        naive.append(stability.centroid_drift(x, moved, (y, y), 2, i, crossvalidated=False))
        spreads.append(stability.spread(x, y, 2, i))
    for found, expected in ((fair, 0.25), (naive, 0.25 + 2 * 4 / 6), (spreads, stability.rdm(code).mean())):
        assert abs(np.mean(found) - expected) < 4.5 * np.std(found) / np.sqrt(300)


def test_an_old_decoder_fails_where_a_new_one_does_not():
    rng = np.random.default_rng(17)
    code = 3 * ring_code(100, rng)
    (x, y), (turned, _) = (
        stability.noisy_trials(code, 20, 1.0, rng),
        stability.noisy_trials(np.roll(code, 1, axis=0), 20, 1.0, rng),
    )
    assert min(stability.centroid_accuracies(x, x, (y, y), 18)) > 0.95
    fixed, refitted = stability.centroid_accuracies(x, turned, (y, y), 18)
    assert fixed < 0.05 and refitted > 0.95


def test_turning_costs_the_old_decoder_and_noise_the_shape():
    """Either change leaves what the other one takes."""
    code = ring_code(300, np.random.default_rng(4))
    same, turned, noisy = (
        stability.compare_sessions(code, after, noises, 20, 10, 5)
        for after, noises in ((code, (1, 1)), (np.roll(code, 1, axis=1), (1, 1)), (code, (1, 8)))
    )
    for name in ("stability", "shape across", "new decoder"):
        assert turned[name] == pytest.approx(same[name], abs=0.05)
    assert turned["fixed decoder"] < 0.4 < 0.9 < same["fixed decoder"]
    assert turned["centroid drift"] > 0.5 > 0.15 > max(abs(same["centroid drift"]), abs(noisy["centroid drift"]))
    assert noisy["stability"] < same["stability"] - 0.3


# ------------------------------------------------------------------ infinitely many neurons


def test_the_kernel_is_the_gaussian_mean():
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    weights = weights / weights.sum()
    for xx, yy, xy in ((1.0, 1.0, 0.5), (2.0, 0.5, -0.9), (0.1, 3.0, 0.0), (1.0, 1.0, 1.0)):
        slope = xy / xx
        x = np.sqrt(xx) * nodes
        y = slope * x[:, None] + np.sqrt(yy - slope * xy) * nodes
        expected = weights @ (np.tanh(x) * (np.tanh(y) @ weights))
        assert stability.tanh_kernel(xx, yy, xy) == pytest.approx(expected, abs=2e-6)
    assert stability.limit_distance(1.3, 1.3, 1.3) == pytest.approx(0, abs=1e-12)


def test_many_neurons_have_the_limits_distances_and_drift():
    rng = np.random.default_rng(22)
    covariance = np.array([[1.0, 0.3], [0.3, 2.0]])
    m = rng.multivariate_normal([0, 0], covariance, 100_000)
    delta = 0.8 * rng.standard_normal(m.shape)
    old, new = np.tanh(RING @ m.T), np.tanh(0.9 * RING @ (m + delta).T)
    np.testing.assert_allclose(stability.rdm(old), stability.limit_rdm(RING, covariance), atol=0.012)
    moved = stability.limit_drift(RING, 0.9 * RING, covariance, 0.8)
    np.testing.assert_allclose(np.square(new - old).mean(1), moved, atol=0.012)


def test_isotropic_drift_keeps_the_ranks_of_states_of_one_length():
    rng = np.random.default_rng(23)
    states = rng.standard_normal((10, 3))
    for points, same in ((states / np.linalg.norm(states, axis=1, keepdims=True), True), (states, False)):
        ranks = [stability.limit_rdm(points, g2 * np.eye(3)).argsort() for g2 in (0.5, 5.0, 500.0)]
        assert all((one == ranks[0]).all() for one in ranks) == same
    stretched = states / np.linalg.norm(states, axis=1, keepdims=True)  # twin: a law of m that is not isotropic
    one, other = (stability.limit_rdm(stretched, one) for one in (np.eye(3), np.diag([1.0, 1.0, 9.0])))
    assert stability.correlation(one, other) < 0.99


@pytest.mark.parametrize(("call", "name"), [
    (lambda: stability.rdm(np.zeros((2, 5))), "means"),
    (lambda: stability.half_means(TRIALS, LABELS.astype(float), 1, 0), "conditions"),
    (lambda: stability.half_means(TRIALS[:8], LABELS[:8], 1, 0), "conditions"),
    (lambda: stability.half_means(TRIALS, np.arange(16), 1, 0), "conditions"),
    (lambda: stability.half_means(TRIALS[1:], LABELS, 1, 0), "conditions"),
    (lambda: stability.half_means(TRIALS, LABELS, 0, 0), "n_splits"),
    (lambda: stability.geometric_stability(TRIALS[:, :1], LABELS, 1, 0, neurons=True), "activity"),
    (lambda: stability.centroid_drift(TRIALS, TRIALS[:, 1:], (LABELS, LABELS), 1, 0), "after"),
    (lambda: stability.split_half_law(np.ones(6), -1.0, 1, 1), "noise_std"),
    (lambda: stability.split_half_law(np.ones(6), 1.0, 0, 1), "n_trials"),
    (lambda: stability.split_half_law(np.ones(6), 1.0, 1, 0), "n_neurons"),
    (lambda: stability.random_code_law(-1.0), "signal_to_noise"),
    (lambda: stability.rdm(np.ones((3, 5)) * 1j), "means"),
    (lambda: stability.rdm(np.zeros((3, 5)), "mahalanobis"), "metric"),
    (lambda: stability.rdm(np.zeros((3, 0))), "means"),
    (lambda: stability.correlation(np.ones(4), np.ones(5)), "other"),
    (lambda: stability.correlation(np.ones((2, 4)), np.ones((3, 4))), "other"),
    (lambda: stability.across_stability(TRIALS, TRIALS, (LABELS, LABELS + 1), 1, 0), "conditions"),
    (lambda: stability.across_stability(TRIALS, TRIALS, LABELS, 1, 0), "conditions"),
    (lambda: stability.centroid_accuracies(TRIALS, TRIALS[:, 1:], (LABELS, LABELS), 0), "after"),
    (lambda: stability.centroid_accuracies(TRIALS, TRIALS, (LABELS * 0, LABELS * 0), 0), "conditions"),
    (lambda: stability.centroid_accuracies(TRIALS, TRIALS, (LABELS, LABELS), 0), "before"),
    (lambda: stability.centroid_accuracies(TRIALS + LABELS[:, None], TRIALS, (LABELS, LABELS), 0), "after"),
    (lambda: stability.across_stability(TRIALS, TRIALS, ([[1], [1, 2]], LABELS), 1, 0), "conditions"),
    (lambda: stability.spearman_from_pearson(1.5), "pearson"),
    (lambda: stability.spearman_from_pearson(np.nan), "pearson"),
    (lambda: stability.split_half_law(np.ones(5), 1.0, 1, 1), "distances"),
    (lambda: stability.split_half_law(np.ones(6), 1.0, np.ones(2), np.ones(3)), "n_neurons"),
    (lambda: stability.limit_distance(1.0, 1.0, 1.1), "xy"),
    (lambda: stability.limit_distance(-1.0, 1.0, 0.0), "xx"),
    (lambda: stability.limit_rdm(RING + 1j, np.eye(2)), "states"),
    (lambda: stability.limit_rdm(RING, -np.eye(2)), "covariance"),
    (lambda: stability.limit_rdm(RING, np.array([[1.0, 1.0], [0.0, 1.0]])), "covariance"),
    (lambda: stability.limit_drift(RING, RING, np.ones((1, 2)), 1.0), "covariance"),
    (lambda: stability.limit_drift(RING, RING, np.eye(2), -1.0), "sigma"),
    (lambda: stability.limit_rdm(RING, np.eye(3)), "covariance"),
    (lambda: stability.limit_drift(RING, RING[1:], np.eye(2), 1.0), "new_states"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
