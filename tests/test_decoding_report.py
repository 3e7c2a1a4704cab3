"""The report on a recording: decoders that learn nothing from the trials that test them, twins, and what is too small."""

import numpy as np
import pytest
from scipy.stats import norm

from lpu_core import comparison, decoding_report, twins
from lpu_core.decoding_report import report
from lpu_core.recordings import Recording

NOISE = np.random.default_rng(20).standard_normal((80, 20))
QUICK = {"repeats": 1, "permutations": 0, "n_twins": 2}


def xor(n_trials, rng, noise=1.0, n_neurons=30):
    """Two strong bits in noise, and whether they agree: a class that no weighted sum tells."""
    bits = rng.choice([-1.0, 1.0], (n_trials, 2))
    activity = bits @ rng.standard_normal((2, n_neurons)) + noise * rng.standard_normal((n_trials, n_neurons))
    return activity, np.where(bits[:, 0] == bits[:, 1], "same", "other")


def test_each_dealt_trial_is_tested_once_in_each_repeat():
    labels = np.repeat([0, 1, 2], [20, 31, 17])
    right = comparison.tested(np.random.default_rng(0).standard_normal((68, 4)), labels, 2, rng=1)
    assert right.shape == (2, 68, 2)
    for one in right:
        dealt = np.isfinite(one).all(axis=1)
        assert [int(dealt[labels == c].sum()) for c in range(3)] == [15, 15, 15]  # as many of each, in three equal sets


def test_noise_is_decoded_by_chance_with_many_more_neurons_than_trials():
    """The twin of what follows: dimensions, decoders and scales come from other trials than those that test."""
    rng = np.random.default_rng(2)
    x, labels = rng.standard_normal((300, 500)), np.arange(300) % 3
    linear, nonlinear, _, _ = comparison.compared(comparison.tested(x, labels, 2, rng=3), labels)
    assert abs(linear - 1 / 3) < 0.1 and abs(nonlinear - 1 / 3) < 0.1  # three standard errors of 300 trials


def test_a_line_reads_means_and_only_the_forest_reads_an_xor():
    activity, labels = xor(240, np.random.default_rng(4))
    linear, nonlinear, off, error = comparison.compared(comparison.tested(activity, labels, 1, rng=5), labels)
    assert linear < 0.65 < 0.8 < nonlinear and off > 3 * error
    shifted = activity + 2.0 * (labels == "same")[:, None]
    assert comparison.compared(comparison.tested(shifted, labels, 1, rng=5), labels)[0] > 0.95


def test_units_do_not_matter_even_where_squares_would_overflow():
    activity, labels = xor(60, np.random.default_rng(21))
    once = comparison.tested(activity, labels, 1, rng=22)
    for power in (-900, 900):
        np.testing.assert_array_equal(comparison.tested(activity * 2.0**power, labels, 1, rng=22), once)


def test_the_error_is_that_of_a_mean_over_trials_of_equally_weighted_classes():
    rng = np.random.default_rng(6)
    labels = np.repeat([False, True], [30, 90])
    off = [comparison.compared((rng.random((1, 120, 2)) < [0.6, 0.7]).astype(float), labels)[2:] for _ in range(4000)]
    differences, errors = np.transpose(off)
    assert differences.mean() == pytest.approx(0.1, abs=0.005)
    assert differences.std() == pytest.approx(errors.mean(), rel=0.05)
    right = (rng.random((1, 120, 2)) < 0.5).astype(float)
    np.testing.assert_allclose(comparison.compared(np.repeat(right, 9, axis=0), labels), comparison.compared(right, labels))


@pytest.mark.parametrize(("separation", "agreement"), [(0.0, 0.7), (1.0, 0.6), (2.0, 0.9), (3.0, 0.5)])
def test_the_ideal_accuracy_is_that_of_the_likelihood(separation, agreement):
    rng = np.random.default_rng(7)
    y = rng.choice([-1, 1], 400_000)
    first = separation * y / 2 + rng.standard_normal(len(y))
    product = np.where(rng.random(len(y)) < agreement, y, -y)
    evidence = separation * first + np.log(agreement / (1 - agreement)) * product
    found = np.mean(np.where(evidence == 0, rng.choice([-1, 1], len(y)), np.sign(evidence)) == y)
    assert found == pytest.approx(twins.ideal_accuracy(separation, agreement), abs=0.003)


@pytest.mark.parametrize("shared", [0.05, 0.5, 0.999])
def test_the_best_line_of_a_twin_gains_nothing_from_the_product(shared):
    """It gets Φ(d′/2), whatever is planted and however much noise is private."""
    labels = np.arange(20_000) % 2 == 0
    activity = twins.population(labels, 40, 1.0, 0.8, shared, rng=8)
    design = np.column_stack([activity, np.ones(len(labels))])
    weights = np.linalg.lstsq(design, np.where(labels, 1.0, -1.0), rcond=None)[0]
    assert np.mean((design @ weights > 0) == labels) == pytest.approx(norm.cdf(0.5), abs=0.01)


def test_the_product_is_what_an_advantage_asks_for():
    p = twins.agreement_for(1.0, 0.1)
    assert twins.ideal_accuracy(1.0, p) - norm.cdf(0.5) == pytest.approx(0.1, abs=1e-6)
    assert twins.agreement_for(6.0, 0.05) is None  # Φ(3) leaves 0.001


@pytest.mark.parametrize("shared", [0.05, 0.3, 0.8])
def test_the_shared_variance_is_that_of_the_twin(shared):
    labels, rng = np.arange(600) % 2 == 0, np.random.default_rng(9)
    found = [twins.shared_variance(twins.population(labels, 80, 1.0, 0.5, shared, rng), labels, rng) for _ in range(5)]
    assert np.mean(found) == pytest.approx(shared, abs=0.05)
    alone = np.random.default_rng(10).standard_normal((600, 80))  # nothing is shared: three of eighty
    assert twins.shared_variance(alone, labels, rng) == pytest.approx(3 / 80, abs=0.02)


def test_an_xor_in_a_recording_is_found_and_a_linear_code_is_not():
    """In one window; before it there is noise, in which neither decoder finds a thing."""
    rng = np.random.default_rng(11)
    signal, labels = xor(150, rng)
    activity = np.stack([rng.standard_normal(signal.shape), signal])
    found = report(
        Recording(activity, ["V1"] * 30, labels, 0.5, start=-0.5), (0.0, 0.5), 12, step=0.5, **QUICK | {"n_twins": 4}
    )
    assert found.judged[2] > found.threshold and "the recording is above" in found.sentences()[-1]
    before, after = found.rows()[1:]
    assert (before["start"], before["stop"], after["stop"]) == (-0.5, 0.0, 0.5)
    assert abs(before["nonlinear"] - 0.5) < 0.15 < after["nonlinear"] - 0.5
    linear = np.stack([signal[:, :30] * 0 + rng.standard_normal(signal.shape) + 0.3 * (labels == "same")[:, None]])
    found = report(Recording(linear, ["V1"] * 30, labels, 0.5), (0.0, 0.5), 13, **QUICK | {"n_twins": 4})
    assert found.judged[2] < found.threshold and found.judged[0] > 0.6


def test_twins_have_the_recordings_linear_accuracy():
    rng, reached = np.random.default_rng(14), []
    labels = np.arange(180) % 2 == 0
    activity = twins.population(labels, 60, 1.5, 0.5, 0.3, rng)
    shared, aim = (
        twins.shared_variance(activity, labels, rng),
        comparison.tested(activity, labels, 3, 15, nonlinear=False).mean(),
    )
    for seed in range(6):
        again = twins.population(labels, 60, 1.5, 0.5, shared, seed)
        reached.append(comparison.tested(again, labels, 1, seed, nonlinear=False).mean())
    assert np.mean(reached) == pytest.approx(aim, abs=0.06)


@pytest.mark.parametrize(("activity", "labels", "said"), [
    (np.ones((40, 5)), ["a"] * 20 + ["b"] * 20, "0 of 5 neurons vary: too few"),
    (np.arange(40.0)[:, None] * [[1.0, 0.0, 0.0]], ["a"] * 20 + ["b"] * 20, "1 of 3 neurons vary: too few"),
    (50.0 * (np.arange(80) // 40)[:, None] + NOISE, ["a"] * 40 + ["b"] * 40, "no room for a nonlinear advantage of 0.05"),
    (np.random.default_rng(0).standard_normal((45, 5)), ["a"] * 20 + ["b"] * 20 + ["c"] * 5, "Class c has 5 trials"),
    (np.random.default_rng(0).standard_normal((20, 5)), ["a"] * 10 + ["b"] * 10, "Of 0 classes nothing can be decoded"),
    (np.random.default_rng(0).standard_normal((40, 5)), ["a"] * 40, "Of 1 class nothing can be decoded"),
    (np.random.default_rng(0).standard_normal((60, 5)), ["a"] * 20 + ["b"] * 20 + ["c"] * 20, "Twins have two classes"),
])  # fmt: skip
def test_what_is_too_small_gets_a_sentence_and_no_error(activity, labels, said):
    found = report(Recording(activity[None], ["V1"] * activity.shape[1], labels, 1.0), (0.0, 1.0), 0, **QUICK)
    assert any(said in sentence for sentence in found.sentences()), found.sentences()
    assert np.isfinite(found.judged).all() and str(found)
    if "vary" in said and "0 of" in said:
        np.testing.assert_allclose(found.judged[:2], 0.5)  # it guesses


def test_a_report_is_the_same_on_one_core_and_on_two():
    recording = Recording(*_noise(60), 0.5)
    one, two = (report(recording, (0.0, 0.5), 3, n_jobs=jobs, **QUICK) for jobs in (1, 2))
    assert str(one) == str(two)


def _noise(n_trials):
    rng = np.random.default_rng(16)
    return rng.standard_normal((2, n_trials, 6)), ["V1"] * 6, np.arange(n_trials) % 2 == 0


def test_the_power_is_that_of_the_twins():
    """By hand: threshold and power from four numbers each."""
    empty = (np.zeros((0, 2)), np.zeros((0, 4)), np.zeros((0, 4)))
    alike, planted = np.array([-0.02, 0.0, 0.02, 0.0]), np.array([0.08, 0.1, 0.12, 0.1])
    found = decoding_report.Report((0.0, 1.0), {"a": 20, "b": 20}, 5, np.zeros(4), *empty, alike, planted, 0.05, ())
    spread = np.sqrt(4 * 0.02**2 / 6)
    assert found.spread == pytest.approx(spread)
    assert found.threshold == pytest.approx(1.943 * spread * np.sqrt(1.25), rel=1e-3)  # Student's t, six degrees of freedom
    assert found.power == pytest.approx(norm.cdf((0.1 - found.threshold) / spread))


@pytest.mark.parametrize(("changes", "said"), [
    ({"window": (0.0, 0.7)}, "window: expected whole bins"), ({"step": 0.3}, "step: expected a whole number of bins"),
    ({"step": 9.0}, "step: expected a whole number of bins of 0.5 s, at most 2"), ({"region": "M"}, "region: expected"),
    ({"advantage": 0.0}, "advantage: expected"), ({"n_twins": 1}, "n_twins: expected"),
])  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        report(**{"recording": Recording(*_noise(40), 0.5), "window": (0.0, 0.5), "rng": 0} | QUICK | changes)
