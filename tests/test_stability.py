"""Stability: what drift does to the flow and shows in recorded trials, exactly or by its law, and a recording's survey."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.metrics import roc_auc_score

from lpu_core import drift, stability, timescales
from lpu_core.recordings import Recording

BITS = stability.sign_states(3)


# ------------------------------------------------------------------ the flow


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


# ------------------------------------------------------------------ recurrence

ANGLES = 2 * np.pi * np.arange(6) / 6
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
QUIET = {"share": 1.0, "input_noise": 0.0, "noise_std": 0.0}


def test_what_settles_solves_the_recurrent_equation():
    """tanh: r = tanh(u + g Π r), to the tolerance; linear: (I − gΠ)⁻¹u. Twin: the plane of other neurons."""
    m = np.random.default_rng(40).standard_normal((80, 2))
    plane = m @ np.linalg.pinv(m)
    drive = RING @ m.T
    for overlap in (0.0, 0.7, 1.6):
        rates, labels = stability.completed_trials(m, RING, overlap, 1, 0, **QUIET)
        np.testing.assert_allclose(rates, np.tanh(drive + overlap * rates @ plane), atol=3e-3)
        assert labels.tolist() == list(range(6))
    exact = drive @ np.linalg.inv(np.eye(80) - 0.7 * plane)
    np.testing.assert_allclose(stability.completed_trials(m, RING, 0.7, 1, 0, linear=True, **QUIET)[0], exact, atol=0.01)
    np.testing.assert_allclose(exact, drive / (1 - 0.7))
    other = stability.completed_trials(m, RING, 0.7, 1, 0, recurrent=m[::-1], linear=True, **QUIET)[0]
    assert np.abs(other - exact).max() > 1


def test_the_input_is_sparse_and_noisy_as_told():
    m = np.random.default_rng(41).standard_normal((400, 2))
    rates, labels = stability.completed_trials(m, RING, 0.0, 50, 1, linear=True, input_noise=0.0, noise_std=0.0)
    told = np.isclose(rates, (RING @ m.T)[labels])
    assert ((rates == 0) | told).all() and told.mean() == pytest.approx(0.15, abs=0.005)
    noisy = stability.completed_trials(m, RING, 0.0, 50, 1, linear=True)[0] - rates
    assert noisy.std() == pytest.approx(np.hypot(0.8, 0.5), rel=0.01)


@pytest.mark.parametrize("overlap", [0.0, 0.5, -1.0])
def test_recurrence_enters_the_split_half_law_by_its_gain_in_the_plane(overlap):
    """Covariance and variance over pairs within 4.5 s.e. of 3000 draws; twin: the noise in the plane is not amplified."""
    rng, n, t = np.random.default_rng(42), 12, 2
    m = rng.standard_normal((n, 2))
    plane, gain = m @ np.linalg.pinv(m), 1 / (1 - overlap)
    means, true = gain * RING @ m.T, stability.rdm(RING @ m.T)
    noise = rng.standard_normal((2, 3000, 6, n)) @ (np.eye(n) + (gain - 1) * plane)
    noise = (noise + 0.5 * rng.standard_normal(noise.shape)) / np.sqrt(t)
    shapes = np.array([[stability.rdm(means + e) for e in half] for half in noise])
    shapes = shapes - shapes.mean(-1, keepdims=True)
    covariance, variance = shapes.prod(0).mean(-1), np.square(shapes[0]).mean(-1)
    signal = gain**4 * true.var()
    law = signal / stability.recurrent_split_half_law(true, overlap, 1.0, 0.5, t, n, 2)
    for found, expected in ((covariance, signal), (variance, law)):
        assert abs(found.mean() - expected) < 4.5 * found.std() / np.sqrt(3000)
    wrong = signal / stability.split_half_law(gain**2 * true, np.hypot(1.0, 0.5), t, n)
    assert (abs(variance.mean() - wrong) > 6 * variance.std() / np.sqrt(3000)) == (overlap != 0)


def test_without_recurrence_the_law_is_the_plain_one():
    true = stability.rdm(RING)
    plain = stability.split_half_law(true, np.hypot(0.8, 0.5), 4, 30)
    assert stability.recurrent_split_half_law(true, 0.0, 0.8, 0.5, 4, 30, 2) == pytest.approx(plain)


@pytest.mark.parametrize(("change", "name"), [
    ({"states": RING[:, :1]}, "states"), ({"overlap": 1.0, "linear": True}, "overlap"), ({"recurrent": RING}, "recurrent"),
    ({"recurrent": np.ones((9, 2))}, "recurrent"), ({"share": 1.5}, "share"),
])  # fmt: skip
def test_a_bad_argument_of_completion_is_named(change, name):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        stability.completed_trials(
            **{"embedding": np.eye(9, 2), "states": RING, "overlap": 0.5, "n_trials": 1, "rng": 0} | change
        )


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
    assert found["cosine"] > 0.6 and found["cosine shuffled"] > found["shuffled"] + 0.1
    assert abs(found["halved neurons"]) < 0.3 < found["halved neurons shuffled"]  # a random code, and its trials' noise
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


def test_states_are_held_as_in_a_simulation_of_all_the_steps():
    """To the last digit, though it ends early; the twin after few steps has not settled."""
    settling = replace(NET, dt=NET.tau).simulate(np.zeros((300, 4, 2)), initial_latents=stability.sign_states(2)).latents
    np.testing.assert_array_equal(stability.held_states(NET, stability.sign_states(2)), settling[-1])
    for n_steps in (1, 25):
        np.testing.assert_array_equal(stability.held_states(NET, stability.sign_states(2), n_steps), settling[n_steps - 1])
    assert not np.array_equal(settling[0], settling[-1])


@pytest.mark.filterwarnings("ignore:Singular matrix")  # a decoder without noise needs no ridge
def test_nothing_changes_without_drift_and_noise():
    """Then the share of the change is of nothing, and nan, as documented."""
    signs = stability.drift_signs(NET, "random", 0.0, 30, 2, 0, noise_std=0.0)
    assert (signs.centroid, signs.decoded, signs.outputs) == (0, 0, 0) and abs(signs.geometry) < 1e-12
    assert np.isnan([signs.axes, signs.perturbed]).all()


NET = timescales.design_flip_flop(30, 2, 0)
LABELS = np.repeat(np.arange(4), 4)
TRIALS = np.zeros((16, 5))


@pytest.mark.parametrize(("call", "name"), [
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
