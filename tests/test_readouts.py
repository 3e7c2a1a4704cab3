"""The projector and Lemmas 1 and 2 against formulas written out; decoding against its steps by hand and known laws."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.cross_decomposition import PLSRegression

from lpu_core import LowRankRNN, readouts
from lpu_core.recordings import Recording

N = np.random.default_rng(0).standard_normal((50, 3))


def test_the_projector_is_the_formula():
    """P = Wᵀ(WWᵀ)⁻¹W, applied and dense; κ sees all of r∥ and nothing of r⊥."""
    projector = readouts.encoding_projector(N)
    expected = N @ np.linalg.inv(N.T @ N) @ N.T
    rates = np.random.default_rng(1).standard_normal((4, 5, 50))
    np.testing.assert_allclose(projector.matrix(), expected, atol=1e-13)
    np.testing.assert_allclose(projector(rates), rates @ expected, atol=1e-13)
    np.testing.assert_allclose(projector.off(rates) @ N, 0, atol=1e-12)
    np.testing.assert_allclose(projector(projector(rates)), projector(rates), atol=1e-13)


def test_the_projector_does_not_know_the_latent_basis():
    """(M60)."""
    mixed = readouts.encoding_projector(N @ np.random.default_rng(2).standard_normal((3, 3)))
    np.testing.assert_allclose(mixed.matrix(), readouts.encoding_projector(N).matrix(), atol=1e-12)
    other = readouts.encoding_projector(N + 1e-3)  # twin: another subspace
    assert np.abs(other.matrix() - readouts.encoding_projector(N).matrix()).max() > 1e-5


@pytest.mark.parametrize("encoding", [np.ones((5, 2)), np.ones((2, 3)), np.full((4, 1), np.nan)])
def test_dependent_vectors_are_refused(encoding):
    with pytest.raises(ValueError, match="encoding: expected"):
        readouts.encoding_projector(encoding)


def test_float32_stays_float32_and_a_million_neurons_fit():
    encoding = np.random.default_rng(3).standard_normal((10**6, 2), dtype=np.float32)
    projector = readouts.encoding_projector(encoding)
    assert projector(np.ones((1, 10**6), np.float32)).dtype == np.float32


def test_rates_of_another_size_are_refused(unchecked_shapes):
    with pytest.raises(ValueError, match="rates: expected"):
        readouts.encoding_projector(N)(np.ones(49))


# ------------------------------------------------------------------ Lemma 1

RNG = np.random.default_rng(10)
M, N_ENC = RNG.standard_normal((2, 40, 2)) * [[[0.5]], [[5.0]]]
SMALL = LowRankRNN(M, N_ENC, RNG.standard_normal((40, 1)), RNG.standard_normal(40), dt=4.0)
STATES, INPUTS = RNG.uniform(-2, 2, (3000, 2)), RNG.uniform(-1, 1, (3000, 1))
DRIVE = np.random.default_rng(11).uniform(-1, 1, (60, 20, 1))


def product(kappa):
    return kappa[..., :1] * kappa[..., 1:]


def relative_error(network, outputs, n_old):
    """R.m.s. of y − h(κ) over fresh trials, after the start has been forgotten, relative to the s.d. of h(κ)."""
    latents = network.simulate(DRIVE).latents[20:]
    wanted = outputs(latents[..., :n_old])
    return float(np.sqrt(np.square(latents[..., n_old:] - wanted).mean()) / wanted.std())


def test_a_linear_output_needs_no_new_neuron():
    """h = a·κ: the bracket is a·Nencᵀφ/N itself, which the old neurons give exactly, up to the ridge."""

    def linear(kappa):
        return kappa @ np.array([[1.0], [-2.0]])

    extended = readouts.add_outputs(SMALL, linear, STATES, INPUTS, 0, 0, ridge=1e-13)
    latents = extended.simulate(DRIVE).latents
    np.testing.assert_allclose(latents[..., 2:], linear(latents[..., :2]), atol=1e-5)
    assert relative_error(readouts.add_outputs(SMALL, product, STATES, INPUTS, 0, 0), product, 2) > 0.1  # twin: not linear


def test_the_old_latents_keep_their_course_and_the_new_one_is_heard_by_nobody():
    extended = readouts.add_outputs(SMALL, product, STATES, INPUTS, 100, 1)
    np.testing.assert_allclose(extended.simulate(DRIVE).latents[..., :2], SMALL.simulate(DRIVE).latents, atol=1e-12)
    np.testing.assert_allclose(extended.dense().simulate(DRIVE).latents, extended.simulate(DRIVE).latents, atol=1e-10)
    assert extended.n_latents == 3 and not extended.embedding[:, 2].any() and not extended.encoding[40:, :2].any()


def test_an_output_off_its_value_comes_back_as_the_neurons_decay():
    """Two starts with one κ: their difference in y is (1 − α)^t of what it was."""
    extended = readouts.add_outputs(SMALL, product, STATES, INPUTS, 50, 2)
    start = np.zeros((20, 3))
    off = start + np.array([0, 0, 1.0])
    latents = [extended.simulate(DRIVE, initial_latents=x).latents for x in (start, off)]
    decay = (1 - SMALL.alpha) ** np.arange(1, 61)
    np.testing.assert_allclose((latents[1] - latents[0])[..., 2], np.repeat(decay[:, None], 20, 1), atol=1e-12)


def test_a_mistake_is_what_the_neurons_miss_and_fades():
    """e[t+1] = (1 − α) e[t] + α δ[t], with δ what they miss of the bracket at κ[t] and u[t], written out here by hand."""
    extended = readouts.add_outputs(SMALL, product, STATES, INPUTS, 20, 6)
    latents = extended.simulate(DRIVE).latents
    states = np.concatenate([np.zeros((1, 20, 3)), latents])  # κ[0] … κ[T]
    kappa, y = states[..., :2], states[..., 2:]
    mistake = y - product(kappa)
    bracket = product(kappa[:-1]) + (product(kappa[1:]) - product(kappa[:-1])) / SMALL.alpha
    told = extended.tuning(states[:-1], DRIVE) @ extended.encoding[:, 2:] / extended.n_neurons
    expected = (1 - SMALL.alpha) * mistake[:-1] + SMALL.alpha * (told - bracket)
    np.testing.assert_allclose(mistake[1:], expected, atol=1e-12)
    assert np.abs(mistake).max() <= np.abs(told - bracket).max()


def test_the_error_falls_with_the_neurons_added():
    added = (10, 100, 1000)
    errors = [relative_error(readouts.add_outputs(SMALL, product, STATES, INPUTS, n, 3), product, 2) for n in added]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[2] < 0.01


def test_the_fit_is_to_the_bracket_of_continuous_time_as_steps_shrink():
    """h + τ ∇h·G with the gradient by hand; the twin forgets τ ∇h·G."""
    fine = replace(SMALL, dt=1e-5)
    extended = readouts.add_outputs(fine, product, STATES, INPUTS, 1500, 4, ridge=1e-12)
    kappa, u = STATES[:200] * 0.8, INPUTS[:200]
    y = product(kappa)
    got = extended.flow(np.concatenate([kappa, y], axis=1), u)[:, 2]
    flow = fine.flow(kappa, u)
    wanted = kappa[:, 1] * flow[:, 0] + kappa[:, 0] * flow[:, 1]
    assert np.sqrt(np.square(got - wanted).mean()) < 0.02 * wanted.std()
    assert np.sqrt(np.square(got).mean()) > 0.5 * wanted.std()


def test_odd_neurons_cannot_do_an_even_output():
    """Twin: without any bias every rate is odd in (κ, u), and no sum of them is even."""
    odd = replace(SMALL, bias=np.zeros(40))
    u = np.concatenate([INPUTS, -INPUTS])
    rates = odd.tuning(np.concatenate([STATES, -STATES]), u)
    even = product(np.concatenate([STATES, -STATES]))[:, 0]
    fitted = np.linalg.lstsq(rates, even, rcond=None)[0]
    assert np.abs(rates @ fitted).max() < 1e-9


def test_outputs_keep_the_float_type_and_the_seed():
    once, again = (readouts.add_outputs(SMALL.astype(np.float32), product, STATES, INPUTS, 20, 5) for _ in range(2))
    assert once.dtype == np.float32
    np.testing.assert_array_equal(once.encoding, again.encoding)


@pytest.mark.parametrize(("change", "name"), [
    ({"states": np.ones((3, 3))}, "states"),
    ({"inputs": np.ones((2999, 1))}, "inputs"),
    ({"states": np.full((3000, 2), np.nan)}, "states"),
    ({"outputs": lambda kappa: kappa[..., 0]}, "outputs"),
    ({"outputs": lambda kappa: np.log(kappa)}, "outputs"),
    ({"n_added": -1}, "n_added"),
    ({"gain": 0.0}, "gain"),
    ({"ridge": 0.0}, "ridge"),
])  # fmt: skip
def test_a_bad_output_is_named(change, name, unchecked_shapes):
    usual = {"network": SMALL, "outputs": product, "states": STATES, "inputs": INPUTS, "n_added": 5, "rng": 0}
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=f"{name}: expected"):
        readouts.add_outputs(**usual | change)


# ------------------------------------------------------------------ Lemma 2

A_IN = np.random.default_rng(5).standard_normal((4, 3)) @ N.T  # rows in the span of the encoding vectors


def test_a_decoder_in_the_encoding_subspace_is_a_latent_decoder():
    """Both ways: C κ = A r, and from C back to A = C Wenc = A P."""
    rates = np.random.default_rng(6).standard_normal((7, 50))
    c = readouts.latent_decoder(N, A_IN)
    np.testing.assert_allclose((rates @ N / 50) @ c.T, rates @ A_IN.T, atol=1e-10)
    back = c @ N.T / 50
    np.testing.assert_allclose(back, A_IN, atol=1e-10)
    np.testing.assert_allclose(readouts.encoding_projector(N)(back), back, atol=1e-10)


def test_any_other_decoder_is_no_function_of_kappa():
    """Twin: two rates with one κ, and outputs ‖a − aP‖ apart."""
    a = A_IN + 1e-3 * np.random.default_rng(7).standard_normal(A_IN.shape)
    with pytest.raises(ValueError, match="weights: expected rows in the encoding subspace"):
        readouts.latent_decoder(N, a)
    pair = readouts.same_latents(N, a, np.ones(50))
    np.testing.assert_allclose(pair[0] @ N, pair[1] @ N, atol=1e-11)
    gap = np.linalg.norm(a[0] - a[0] @ readouts.encoding_projector(N).matrix())
    assert (pair[1] - pair[0]) @ a[0] == pytest.approx(gap, rel=1e-9)
    with pytest.raises(ValueError, match="weights: expected a first row that leaves"):
        readouts.same_latents(N, A_IN, np.ones(50))


# ------------------------------------------------------------------ decoding


def gaussian_trials(n, n_neurons, distance, rng, spread=1.0):
    """Two classes of Gaussian trials, `distance` apart along the first neuron; the second `spread` times as wide."""
    labels = np.arange(n) % 2 == 1
    x = rng.standard_normal((n, n_neurons))
    x[labels, 0] = distance + spread * x[labels, 0]
    return x, labels


def test_the_fisher_information_is_that_of_the_closed_form():
    """E[(d′)²] = ν/(ν − 2) · (δ² + 2/n): the mean over 4000 draws within 5 s.e. of it. False alarm below 1e-6."""
    rng, n, delta = np.random.default_rng(20), 30, 1.5
    values = [readouts.fisher_information(x[:, 0], labels) for x, labels in
              (gaussian_trials(2 * n, 1, delta, rng) for _ in range(4000))]  # fmt: skip
    nu = 2 * n - 2
    expected = nu / (nu - 2) * (delta**2 + 2 / n)
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - expected) < 5 * error
    assert abs(np.mean(values) - delta**2) > 5 * error  # twin: the plug-in value without its bias


def test_the_fisher_information_by_hand():
    x, labels = np.array([0.0, 2.0, 5.0, 7.0, 9.0]), np.array([0, 0, 1, 1, 1])
    assert readouts.fisher_information(x, labels) == pytest.approx(6**2 / ((2 + 8) / 3))


def test_the_thirds_are_disjoint_equal_and_balanced():
    labels = np.arange(100) < 40
    sets = readouts.thirds(labels, np.random.default_rng(0))
    assert sets.shape == (3, 26)
    assert len(np.unique(sets)) == sets.size
    assert (labels[sets].sum(axis=1) == 13).all()


def test_the_first_components_of_many_are_those_of_few():
    rng = np.random.default_rng(21)
    x, labels = gaussian_trials(80, 30, 1.0, rng)
    many = readouts.pls_scores(x, labels, [x], 8)[0]
    for d in (1, 2, 5):
        few = PLSRegression(d).fit(x, np.where(labels, 1.0, -1.0)).transform(x)
        np.testing.assert_allclose(many[:, :d], few / few.std(0), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(many.std(axis=0), 1)


def test_components_end_where_the_labels_are_explained():
    x, labels = gaussian_trials(20, 400, 1.0, np.random.default_rng(22))
    x[:, 7] = 3.0  # a neuron that never changes
    scores = readouts.pls_scores(x, labels, [x], 20)[0]
    assert scores.shape[1] < 20 and np.isfinite(scores).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_sparse_spikes_are_decoded_without_a_word():
    """Fewer neurons that vary than dimensions asked for, and classes in which one hardly does."""
    rng, x = np.random.default_rng(32), np.zeros((90, 50))
    x[:, 3], x[:, 7] = rng.poisson(0.3, 90), rng.poisson(0.2, 90)
    found = readouts.decode(x, np.arange(90) % 2 == 0, (1, 10), 5, 1)
    assert np.isfinite(found.accuracies).all() and np.isfinite(found.fisher).all()


def test_the_decoding_is_that_of_its_steps_by_hand():
    """One split, done again with its own PLS for each dimension and the linear discriminant from its formula."""
    x, labels = gaussian_trials(150, 12, 1.2, np.random.default_rng(23))
    found = readouts.decode(x, labels, (1, 3), 1, 24, decoders=("LDA",))
    first, second, third = readouts.thirds(labels, np.random.default_rng(24))
    for j, d in enumerate((1, 3)):
        pls = PLSRegression(d).fit(x[first], np.where(labels[first], 1.0, -1.0))
        train, test = pls.transform(x[second]), pls.transform(x[third])
        means = [train[labels[second] == c].mean(0) for c in (False, True)]
        within = sum(np.cov(train[labels[second] == c].T).reshape(d, d) for c in (False, True))
        direction = np.linalg.solve(within, means[1] - means[0])
        guess = (test - (means[0] + means[1]) / 2) @ direction > 0
        assert found.accuracies[0, 0, j] == (guess == labels[third]).mean()
        assert found.fisher[0, j] == pytest.approx(readouts.fisher_information(test @ direction, labels[third]), rel=1e-6)


def test_each_decoder_comes_near_the_best_that_can_be():
    """Equal covariances: Φ(δ/2). Unequal: the likelihood ratio's accuracy, which only the nonlinear ones reach (twin)."""
    rng = np.random.default_rng(25)
    x, labels = gaussian_trials(6000, 5, 2.0, rng)
    equal = readouts.decode(x, labels, (3,), 1, 26)
    best = norm.cdf(1.0)
    for name in readouts.LINEAR + readouts.NONLINEAR:
        assert abs(equal.mean(name)[0] - best) < 0.03 + 3 * np.sqrt(best * (1 - best) / 2000)
    x, labels = gaussian_trials(6000, 1, 0.5, rng, spread=6.0)
    unequal = readouts.decode(x, labels, (1,), 1, 27)
    grid = np.linspace(-30, 30, 60_001)
    best = 0.5 * np.maximum(norm.pdf(grid), norm.pdf(grid, 0.5, 6)).sum() * (grid[1] - grid[0])
    error = 4 * np.sqrt(best * (1 - best) / 2000)
    assert abs(unequal.mean("QDA")[0] - best) < 0.02 + error
    assert max(unequal.mean(name)[0] for name in readouts.LINEAR) < best - 0.1


@pytest.mark.slow
def test_permuted_labels_stay_at_chance():
    """No third knows another's labels: 400 neurons of noise, 20 trials a third. The twin fits PLS on all trials."""
    rng = np.random.default_rng(28)
    x, labels = rng.standard_normal((60, 400)), np.arange(60) % 2 == 0
    scores = np.concatenate([readouts.decode(x, rng.permutation(labels), (1, 3), 2, rng, ("LDA", "QDA")).accuracies
                             for _ in range(60)])  # fmt: skip
    error = 0.5 / np.sqrt(120 * 20)  # at each decoder and dimension
    assert (np.abs(scores.mean(axis=0) - 0.5) < 5 * error).all()
    leaked = readouts.pls_scores(x, labels, [x], 1)[0]
    assert readouts.decode(leaked, labels, (1,), 5, rng, ("LDA",)).accuracies.mean() > 0.9


def test_a_survey_has_a_row_for_each_large_region_and_window():
    rng = np.random.default_rng(29)
    x, labels = gaussian_trials(240, 24, 3.0, rng)
    activity = np.stack([rng.standard_normal(x.shape), x])
    recording = Recording(activity, np.repeat(["b", "a", "c"], [10, 10, 4]), labels, 0.5)
    # The signal is in the first neuron, of region b, and in the second half second.
    rows = readouts.decode_regions(recording, {"early": (0, 0.5), "late": (0.5, 1)}, 5, (1, 2), 4, 30, ("LDA",))
    assert [(row["region"], row["window"], row["neurons"]) for row in rows] == [
        ("a", "early", 10), ("a", "late", 10), ("b", "early", 10), ("b", "late", 10)]  # fmt: skip
    assert rows[3]["accuracy"]["LDA"][0] > 0.85 > 0.75 > max(row["accuracy"]["LDA"][0] for row in rows[:3])
    assert json.loads(json.dumps(rows)) == rows


ONE_CLASS, NOISE = np.ones(60, bool), np.random.default_rng(31).standard_normal((60, 20))
HALVES = np.arange(60) % 2 == 0


@pytest.mark.parametrize(("call", "name"), [
    (lambda: readouts.decode(NOISE, ONE_CLASS, (1,), 1, 0), "labels"),
    (lambda: readouts.decode(NOISE, np.arange(60) % 3, (1,), 1, 0), "labels"),
    (lambda: readouts.decode(NOISE[:59], HALVES, (1,), 1, 0), "activity"),
    (lambda: readouts.decode(np.where(NOISE > 2, np.nan, NOISE), HALVES, (1,), 1, 0), "activity"),
    (lambda: readouts.decode(np.ones((60, 20)), HALVES, (1,), 1, 0), "activity"),
    (lambda: readouts.decode(NOISE[:28], HALVES[:28], (1,), 1, 0), "labels"),
    (lambda: readouts.decode(NOISE, HALVES, (10,), 1, 0), "dimensions"),
    (lambda: readouts.decode(NOISE[:, :3], HALVES, (4,), 1, 0), "dimensions"),
    (lambda: readouts.decode(NOISE, HALVES, (0,), 1, 0), "dimensions"),
    (lambda: readouts.decode(NOISE, HALVES, (), 1, 0), "dimensions"),
    (lambda: readouts.decode(NOISE, HALVES, (1,), 0, 0), "n_splits"),
    (lambda: readouts.decode(NOISE, HALVES, (1,), 1, 0, ("SVM",)), "decoders"),
    (lambda: readouts.decode(NOISE, HALVES, (1.5,), 1, 0), "dimensions"),
    (lambda: readouts.decode(NOISE, HALVES, (1,), 1.5, 0), "n_splits"),
    (lambda: readouts.decode(NOISE, HALVES, (1,), 1, 0, "LDA"), "decoders"),
    (lambda: readouts.decode(NOISE + 1j, HALVES, (1,), 1, 0), "activity"),
    (lambda: readouts.decode(NOISE, np.where(HALVES, 1, np.nan), (1,), 1, 0), "labels"),
    (lambda: readouts.thirds(ONE_CLASS, 0), "labels"),
    (lambda: readouts.thirds(HALVES[:20], 0), "labels"),
    (lambda: readouts.pls_scores(np.ones((60, 20)), HALVES, [NOISE], 1), "train"),
    (lambda: readouts.pls_scores(np.where(NOISE > 2, np.nan, NOISE), HALVES, [NOISE], 1), "train"),
    (lambda: readouts.pls_scores(NOISE, HALVES[:59], [NOISE], 1), "labels"),
    (lambda: readouts.pls_scores(NOISE, ONE_CLASS, [NOISE], 1), "labels"),
    (lambda: readouts.pls_scores(NOISE, HALVES, [NOISE[:, 1:]], 1), "others"),
    (lambda: readouts.pls_scores(NOISE, HALVES, NOISE, 1), "others"),
    (lambda: readouts.pls_scores(NOISE, HALVES, [NOISE], 0), "n_components"),
    (lambda: readouts.fisher_information(np.full(60, 0.1), HALVES), "projected"),
    (lambda: readouts.fisher_information(np.ones(60), HALVES), "projected"),
    (lambda: readouts.fisher_information(NOISE[:, 0], ONE_CLASS), "labels"),
])  # fmt: skip
def test_a_decoding_that_makes_no_sense_is_refused(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()


def test_the_names_of_the_classes_do_not_matter():
    """Booleans, 0 and 1, 1 and 2, and words in the same order give the same scores."""
    usual = readouts.pls_scores(NOISE, HALVES, [NOISE], 2)[0]
    for labels in (HALVES.astype(int), HALVES + 1, np.where(HALVES, "go", "back"), (HALVES * 2.0 - 1).tolist()):
        np.testing.assert_array_equal(readouts.pls_scores(NOISE, labels, [NOISE], 2)[0], usual)


def test_the_score_that_chooses_a_logistic_decoder_is_accuracy():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((90, 4))
    labels = x @ [1.0, -2.0, 0.0, 0.5] + rng.standard_normal(90) > 0.3
    ours = readouts.DECODERS["logistic"](0).fit(x, labels)
    theirs = readouts.DECODERS["logistic"](0).set_params(scoring="accuracy").fit(x, labels)
    assert np.array_equal(ours.scores_, theirs.scores_) and ours.C_ == theirs.C_
    assert len(np.unique(ours.scores_)) > 5
    assert np.array_equal(ours.predict_proba(x), theirs.predict_proba(x))
