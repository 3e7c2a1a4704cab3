"""Stability: the laws of split halves by simulation, exact statements to rounding, and twins with a hypothesis broken."""

from dataclasses import astuple

import numpy as np
import pytest
from scipy.spatial.distance import squareform
from scipy.stats import norm, ortho_group, spearmanr
from sklearn.metrics import roc_auc_score

from lpu_core import drift, stability, timescales
from lpu_core.recordings import Recording

ANGLES = 2 * np.pi * np.arange(12) / 12
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
BITS = stability.sign_states(3)


def record(means, n_trials, noise_std, rng):
    trials = np.repeat(means, n_trials, axis=0)
    return trials + noise_std * rng.standard_normal(trials.shape), np.repeat(np.arange(len(means)), n_trials)


def ring_code(n_neurons, rng):
    return np.tanh(1.5 * RING @ rng.standard_normal((2, n_neurons)))


# ------------------------------------------------------------------ shapes and halves


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
    x, y = record(ring_code(40, rng), 6, 0.5, rng)
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
        x, y = record(code, 4, 0.01, rng)
        assert stability.geometric_stability(x, y, 4, 6) > 0.95
        other = stability.geometric_stability(x, y, 20, 6, neurons=True)
        assert other > in_others if in_others > 0.5 else abs(other) < in_others


def test_only_noise_parts_two_sessions_of_one_shape():
    """The correction gives 1 where the shape is the same; without it noise shows; twin: another shape."""
    rng = np.random.default_rng(7)
    code = ring_code(200, rng)
    other = rng.permutation(code)
    found = []
    for i in range(10):
        (x, y), (same, _), (changed, _) = (record(means, 10, 2.5, rng) for means in (code, code, other))
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
    x, y = record(code, 10, 1.0, rng)
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


# ------------------------------------------------------------------ drift, decoding, flow


def test_centroid_drift_is_without_bias_only_if_cross_validated():
    """Shift 0.5 in each neuron; within 4.5 s.e.; the naive one is too large by 2σ²/T."""
    rng = np.random.default_rng(16)
    fair, naive, spreads = [], [], []
    code = ring_code(30, rng)
    for i in range(300):
        (x, y), (moved, _) = record(code, 6, 2.0, rng), record(code + 0.5, 6, 2.0, rng)
        fair.append(stability.centroid_drift(x, moved, (y, y), 2, i))
        naive.append(stability.centroid_drift(x, moved, (y, y), 2, i, crossvalidated=False))
        spreads.append(stability.spread(x, y, 2, i))
    for found, expected in ((fair, 0.25), (naive, 0.25 + 2 * 4 / 6), (spreads, stability.rdm(code).mean())):
        assert abs(np.mean(found) - expected) < 4.5 * np.std(found) / np.sqrt(300)


def test_an_old_decoder_fails_where_a_new_one_does_not():
    rng = np.random.default_rng(17)
    code = 3 * ring_code(100, rng)
    (x, y), (turned, _) = record(code, 20, 1.0, rng), record(np.roll(code, 1, axis=0), 20, 1.0, rng)
    assert min(stability.centroid_accuracies(x, x, (y, y), 18)) > 0.95
    fixed, refitted = stability.centroid_accuracies(x, turned, (y, y), 18)
    assert fixed < 0.05 and refitted > 0.95


def test_the_flow_changes_by_the_first_order_term():
    """For a weak drift, τ ΔF = (first-order term) κ, to 1 %."""
    net = timescales.design_flip_flop(500, 2, 19, dtype=np.float64)
    points = np.random.default_rng(20).uniform(-1, 1, (50, 2))
    for kind in ("orthogonal", "tangential"):
        weak = drift.sample_drift(net.encoding, kind, 1e-4, 21)
        push = (drift.first_order_term(net, weak, points) @ points[..., None])[..., 0] / net.tau
        expected = np.sqrt(np.square(push).mean() / np.square(net.flow(points)).mean())
        assert stability.flow_change(net, drift.drifted(net, weak), points) == pytest.approx(expected, rel=0.01)
    assert stability.flow_change(net, net, points) == 0


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


# ------------------------------------------------------------------ inside or outside


def test_the_auc_is_that_of_scikit_learn():
    rng = np.random.default_rng(24)
    inside, outside = rng.integers(0, 6, 40) + 1.0, rng.integers(0, 6, 60) + 0.0  # with ties
    value, error = stability.auc(inside, outside)
    assert value == pytest.approx(roc_auc_score(np.repeat([1, 0], [40, 60]), np.concatenate([inside, outside])))
    draws = [stability.auc(rng.normal(0.8, 1, 40), rng.normal(0, 1, 60)) for _ in range(300)]
    assert np.std([d[0] for d in draws]) == pytest.approx(np.mean([d[1] for d in draws]), rel=0.2)
    assert error > 0 and stability.auc([2.0, 3.0], [0.0, 1.0]) == (1.0, 0.0)


def overlaps(kind, rho, n_neurons, n_draws, rng):
    """|cos(Δm, m)| by the library's own drifts; m and n of cosine ρ exactly, or independent (None)."""
    values = []
    for _ in range(n_draws):
        m, n = rng.standard_normal((2, n_neurons))
        if rho is not None:
            m /= np.linalg.norm(m)
            n -= (n @ m) * m
            n = rho * m + np.sqrt(1 - rho**2) * n / np.linalg.norm(n)
        delta = drift.sample_drift(n[:, None], kind, 1.0, rng)[:, 0]
        values.append(abs(delta @ m) / np.linalg.norm(delta) / np.linalg.norm(m))
    return np.array(values)


@pytest.mark.slow
def test_the_overlap_tells_drifts_apart_as_the_beta_law_says():
    """Within 4.5 s.e. of 2000 draws; tangential drift overlaps by ρ exactly."""
    rng = np.random.default_rng(25)
    for rho, n in ((0.05, 50), (0.2, 50), (0.03, 400)):
        np.testing.assert_allclose(overlaps("tangential", rho, n, 5, rng), rho, rtol=1e-9)
        law = stability.overlap_auc(rho, n)
        share = (overlaps("orthogonal", rho, n, 2000, rng) < rho).mean()
        assert abs(share - law) < 4.5 * np.sqrt(law * (1 - law) / 2000)
        assert law == pytest.approx(2 * norm.cdf(rho * np.sqrt(n)) - 1, abs=0.03)
    assert stability.overlap_auc(0.0, 50) == 0 and stability.overlap_auc(1.0, 50) == 1


def test_an_independent_encoding_hides_the_kind_of_drift():
    """AUC ½ within 4.5 s.e.; twin: the cosine 0.2."""
    rng = np.random.default_rng(26)
    for rho, hides in ((None, True), (0.2, False)):
        value, error = stability.auc(*(overlaps(kind, rho, 100, 1000, rng) for kind in ("tangential", "orthogonal")))
        assert (abs(value - 0.5) < 4.5 * error) == hides


def test_states_settle_on_fixed_points():
    net = timescales.design_flip_flop(2000, 3, 27, dtype=np.float64)
    states = stability.held_states(net, BITS)
    assert (np.sign(states) == BITS).all()
    assert np.abs(net.flow(states)).max() < 1e-8


def test_the_signs_of_a_drift_are_those_of_recorded_trials():
    """Nothing moves without drift; with it, what moves is that of the rates by hand, without noise."""
    net = timescales.design_flip_flop(500, 3, 28, dtype=np.float64)
    net = drift.drifted(net, drift.sample_drift(net.encoding, "random", 0.05, 27))  # the design's own distances tie
    still = stability.drift_signs(net, "random", 0.0, 500, 2, 29, noise_std=1e-5)
    assert max(still.centroid, still.decoded, still.outputs) < 1e-4 < 0.01 > still.geometry
    found = stability.drift_signs(net, "orthogonal", 0.2, 500, 2, 30, noise_std=1e-5, perturbation_noise=0.0)
    rng = np.random.default_rng(30)
    after = drift.drifted(net, drift.sample_drift(net.encoding, "orthogonal", 0.2, rng))
    kappa = stability.held_states(net, BITS)
    moved = stability.held_states(after, kappa)
    rates = net.tuning(kappa), after.tuning(moved)
    assert found.centroid == pytest.approx(
        np.square(rates[1] - rates[0]).mean() / stability.rdm(rates[0]).mean() * 8 / 7, rel=1e-4
    )
    assert found.geometry == pytest.approx(1 - spearmanr(*(stability.rdm(r) for r in rates)).statistic, abs=0.005)
    assert found.outputs == pytest.approx(np.sqrt(np.square(moved - kappa).mean() / np.square(kappa).mean()), rel=1e-3)
    assert found.decoded == pytest.approx(found.outputs, rel=0.2)
    same = stability.drift_signs(net, "orthogonal", 0.2, 500, 2, 30, noise_std=1e-5, same_states=True)
    assert same.outputs < 1e-4 < same.centroid


def test_tangential_drift_shows_in_the_encoding_subspace_and_in_the_states():
    net = timescales.design_flip_flop(1000, 3, 31, dtype=np.float64)
    inside, outside = (
        stability.drift_signs(net, kind, 0.3, 1000, 1000, 32, same_states=True, perturbation_noise=0.0)
        for kind in ("tangential", "orthogonal")
    )
    assert inside.perturbed > 0.3 > 0.1 > outside.perturbed
    moved = [astuple(stability.drift_signs(net, kind, 0.1, 300, 20, 33)) for kind in ("tangential", "orthogonal")]
    assert moved[0][3] > 2 * moved[1][3]


# ------------------------------------------------------------------ recordings


def recording(conditions, n_neurons=35, signal=2.0, **options):
    rng = np.random.default_rng(34)
    conditions = np.asarray(conditions)
    activity = (
        rng.standard_normal((2, len(conditions), n_neurons)) + signal * rng.standard_normal((12, n_neurons))[conditions]
    )
    regions = np.repeat(["here", "small"], [n_neurons - 3, 3])
    return Recording(activity, regions, conditions > 5, 0.1, conditions, **options)


def test_the_survey_of_a_recording():
    conditions = np.random.default_rng(35).permutation(np.repeat(np.arange(12), [20] * 5 + [9] * 5 + [3] * 2))
    (row,) = stability.survey_regions(recording(conditions), (0.0, 0.2), 10, 8, 100, 36)
    found = dict(zip(stability.MEASURES, row["values"], strict=True))
    assert row["region"] == "here" and (found["neurons"], found["trials"], found["conditions"]) == (32, 145, 10)
    assert found["stability"] > 0.6 > abs(found["shuffled"]) + 0.3
    assert found["unequal shuffled"] > found["shuffled"] + 0.1
    assert abs(found["drift"]) < 0.02 < found["naive drift"] and found["spread"] > 0.5
    assert stability.survey_regions(recording(conditions), (0.0, 0.2), 33, 8, 100, 36) == []
    assert stability.survey_regions(recording(conditions), (0.0, 0.2), 10, 21, 100, 36) == []


def test_a_region_of_silent_neurons_has_no_row():
    silent = recording(np.repeat(np.arange(12), 9), n_neurons=35)
    activity = silent.activity.copy()
    activity[..., silent.regions == "small"] = 1.0
    whole = Recording(activity, silent.regions, silent.labels, 0.1, silent.conditions)
    rows = stability.survey_regions(whole, (0.0, 0.2), 3, 8, 1, 36)
    assert [row["region"] for row in rows] == ["here"]


@pytest.mark.filterwarnings("ignore:Singular matrix")  # a decoder without noise needs no ridge
def test_nothing_changes_without_drift_and_noise():
    """Then the share of the change is of nothing, and nan, as documented."""
    signs = stability.drift_signs(NET, "random", 0.0, 30, 2, 0, noise_std=0.0)
    assert (signs.centroid, signs.decoded, signs.outputs) == (0, 0, 0) and abs(signs.geometry) < 1e-12
    assert np.isnan([signs.axes, signs.perturbed]).all()


@pytest.mark.parametrize("rounded", [1 + 4e-16, -1 - 4e-16])
def test_a_correlation_may_be_rounded_beyond_one(rounded):
    assert stability.spearman_from_pearson(rounded) == pytest.approx(np.sign(rounded), abs=1e-15)
    assert stability.spearman_from_pearson(np.sign(rounded)) == 6 / np.pi * np.arcsin(np.sign(rounded) / 2)


NET = timescales.design_flip_flop(30, 2, 0)
LABELS = np.repeat(np.arange(4), 4)
TRIALS = np.zeros((16, 5))


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
    (lambda: stability.auc([1.0 + 1j, 2.0], [1.0, 2.0]), "inside"),
    (lambda: stability.auc([1.0, np.nan], [1.0, 2.0]), "inside"),
    (lambda: stability.overlap_auc(np.ones(2) / 2, np.full(3, 9)), "n_neurons"),
    (lambda: stability.sign_states(100), "n_bits"),
    (lambda: stability.held_states(NET, np.zeros((3, 2)), 0), "n_steps"),
    (lambda: stability.flow_change(NET, NET, np.zeros((3, 3))), "points"),
    (lambda: stability.flow_change(NET, timescales.design_flip_flop(30, 3, 0), np.ones((3, 2))), "after"),
    (lambda: stability.flow_change(NET, NET, np.zeros((1, 2))), "points"),
    (lambda: stability.drift_signs(NET, "random", 0.1, 30, 2, 0, noise_std=-1.0), "noise_std"),
    (lambda: stability.drift_signs(NET, "random", 0.1, 30, 2, 0, perturbation_noise=-1.0), "perturbation_noise"),
    (lambda: stability.drift_signs(NET, "random", 0.1, 1, 2, 0), "n_observed"),
    (lambda: stability.drift_signs(timescales.design_flip_flop(30, 1, 0), "random", 0.1, 9, 2, 0), "network"),
    (lambda: stability.survey_regions(recording(LABELS), (0.0, np.nan), 10, 4, 1, 0), "window"),
    (lambda: stability.limit_rdm(RING, np.eye(3)), "covariance"),
    (lambda: stability.limit_drift(RING, RING[1:], np.eye(2), 1.0), "new_states"),
    (lambda: stability.auc([1.0], [1.0, 2.0]), "inside, outside"),
    (lambda: stability.overlap_auc(1.1, 10), "correlation"),
    (lambda: stability.overlap_auc(0.1, 2), "n_neurons"),
    (lambda: stability.held_states(NET, np.zeros((3, 3))), "start"),
    (lambda: stability.drift_signs(NET, "random", 0.1, 31, 2, 0), "n_observed"),
    (lambda: stability.drift_signs(NET, "random", 0.1, 30, 3, 0), "n_trials"),
    (lambda: stability.drift_signs(NET, "sideways", 0.1, 30, 2, 0), "kind"),
    (lambda: stability.survey_regions(Recording(TRIALS[None], ["a"] * 5, LABELS > 1, 0.1), (0, 0.1), 1, 4, 1, 0),
     "recording"),
    (lambda: stability.survey_regions(recording(LABELS), (0.0, 0.2), 10, 3, 1, 0), "n_trials"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
