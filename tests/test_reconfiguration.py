"""Reconfiguration: modulated networks and kinds exactly, the one-dial limit by closed forms, rules told by context."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.special import ndtr

from lpu_core import dynamics, reconfiguration, timescales
from lpu_core.networks import LowRankRNN
from lpu_core.reconfiguration import Cloud, Receptors
from lpu_core.tasks import SwitchedFlipFlop

CLOUD = Cloud(np.diag([1.5, 0.8]))
LINE = Cloud(np.array([[1.5]]))
RULES = (((1, 0), (0, 1)), ((0, 1), (1, 0)), ((-1, 0), (0, -1)), ((0, -1), (-1, 0)))


def own_receptors(n_neurons, n_modulators=3, stds=(1.0, 1.0), seed=1):
    return reconfiguration.draw_receptors(np.arange(n_neurons), n_modulators, *stds, seed)


# ------------------------------------------------------------------ a modulated LPU is an LPU


def test_a_modulated_network_is_the_neurons_formula():
    """Through the N rates, each neuron's current turned by its gain and shifted by its bias; inputs and own biases too."""
    rng = np.random.default_rng(0)
    network = LowRankRNN(*rng.standard_normal((2, 30, 2)), rng.standard_normal((30, 1)), rng.standard_normal(30))
    receptors = own_receptors(30)
    level, inputs = rng.uniform(-1, 1, 3), rng.standard_normal((50, 1, 1))
    g, beta = np.exp(receptors.log_gains @ level), receptors.biases @ level
    rates, kappa = np.zeros(30), []
    for u in inputs[:, 0]:
        current = network.dense_weights() @ rates + network.input_weights @ u + network.bias
        rates = 0.5 * rates + 0.5 * np.tanh(g * current + beta)
        kappa.append(network.encoding.T @ rates / 30)
    run = receptors.switch(network, level).simulate(inputs)
    np.testing.assert_allclose(run.latents[:, 0], kappa, atol=1e-13)
    unmoved = receptors.switch(network, np.zeros(3))
    np.testing.assert_array_equal(unmoved.embedding, network.embedding)
    assert np.abs(network.simulate(inputs).latents[:, 0] - kappa).max() > 0.01, "without modulation"


def test_a_bias_modulator_is_an_input():
    """A constant input through W_in is the bias case."""
    rng = np.random.default_rng(2)
    network = LowRankRNN(*rng.standard_normal((2, 20, 2)), rng.standard_normal((20, 3)))
    receptors = Receptors(np.zeros((20, 3)), network.input_weights)
    level, kappa = rng.uniform(-1, 1, 3), rng.standard_normal((7, 2))
    np.testing.assert_allclose(receptors.switch(network, level).flow(kappa), network.flow(kappa, level), atol=1e-14)


def test_one_number_stands_for_all_neurons():
    network = CLOUD.draw(10, 0)
    same = reconfiguration.modulated(network, np.full(10, 2.0), np.full(10, 0.3))
    kappa = np.ones((1, 2))
    np.testing.assert_array_equal(reconfiguration.modulated(network, 2.0, 0.3).flow(kappa), same.flow(kappa))
    assert reconfiguration.modulated(network.astype(np.float32), 2.0).dtype == np.float32


def test_levels_are_nested_in_bandwidth():
    """What b modulators reach, b + 1 reach with the last at rest."""
    receptors, network = own_receptors(15, 4), CLOUD.draw(15, 3)
    fewer = Receptors(receptors.log_gains[:, :3], receptors.biases[:, :3])
    level = np.array([0.3, -0.8, 0.5])
    wide, narrow = receptors.switch(network, [*level, 0.0]), fewer.switch(network, level)
    np.testing.assert_allclose(wide.embedding, narrow.embedding, rtol=1e-14)
    np.testing.assert_allclose(wide.bias, narrow.bias, atol=1e-14)


def test_receptors_have_the_s_d_asked_for_whatever_the_bandwidth():
    """Over units, at levels uniform on the cube; within 5 %, 20 000 units × 200 levels."""
    for b in (1, 8):
        receptors = own_receptors(20_000, b, (0.7, 0.4))
        gains, biases = receptors.at(reconfiguration.draw_levels(200, b, 4))
        assert np.log(gains).std() == pytest.approx(0.7, rel=0.1)
        assert biases.std() == pytest.approx(0.4, rel=0.1)
    shared = reconfiguration.draw_receptors(np.array([0, 1, 0, 1, 1]), 2, 1.0, 1.0, 0)
    np.testing.assert_array_equal(shared.biases[0], shared.biases[2])
    assert (shared.biases[0] != shared.biases[1]).all()


# ------------------------------------------------------------------ kinds and words


@pytest.mark.slow
def test_the_kind_is_the_same_in_every_basis_and_the_words_are_not():
    changed = 0
    turn = np.array([[0.64, -0.77], [0.77, 0.64]])
    for seed in range(12):
        network = own_receptors(20, seed=seed).switch(CLOUD.draw(20, seed), [0.9, -0.5, 0.4])
        fixed = dynamics.fixed_points(network)
        for basis in (np.random.default_rng(seed).standard_normal((2, 2)), turn):
            other = dynamics.fixed_points(network.change_basis(basis))
            assert reconfiguration.topology(other) == reconfiguration.topology(fixed)
        changed += reconfiguration.attractor_patterns(other) != reconfiguration.attractor_patterns(fixed)
    assert changed > 4


def test_kinds_and_words_of_a_memory_of_two_bits():
    network = timescales.design_flip_flop(4000, 2, 0, tau_latent=10.0)
    fixed = dynamics.fixed_points(network)
    assert reconfiguration.topology(fixed) == (4, 4, 1)
    assert reconfiguration.attractor_patterns(fixed) == {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    half = reconfiguration.modulated(network, (np.arange(4000) < 2000).astype(np.float32))
    fixed = dynamics.fixed_points(half)
    assert reconfiguration.topology(fixed) == (2, 1, 0)
    assert reconfiguration.attractor_patterns(fixed) == {(1, 0), (-1, 0)}


def test_attractors_on_a_line_are_those_of_the_fixed_points():
    network, receptors = LINE.draw(12, 5), own_receptors(12, 3, (2.0, 1.5))
    levels = reconfiguration.draw_levels(40, 3, 6)
    counts = reconfiguration.count_attractors(network, *receptors.at(levels), n_points=4000)
    kinds = reconfiguration.landscapes(network, receptors, levels)
    assert [k[0] for k in kinds if k] == [c for c, k in zip(counts, kinds, strict=True) if k]
    assert len(set(counts)) > 1 and sum(k is None for k in kinds) <= 1


# ------------------------------------------------------------------ the one-dial limit


def test_the_limit_flow_is_the_mean_over_draws():
    """Theorem: within 4.5 s.e. at two points, for a loop that is not symmetric; the twin ties receptors to weights."""
    cloud = Cloud(np.array([[1.5, 0.6], [-0.3, 0.9]]), 1.2, 0.7)
    kappa, level = np.array([[0.8, -0.4], [0.1, 1.3]]), np.array([0.5, -0.6, 0.3])
    length = np.linalg.norm(level)  # b = 3: receptors have the s.d. of `stds`
    flows, tied = [], []
    for seed in range(300):
        network = cloud.draw(400, [seed, 0])
        receptors = own_receptors(400, 3, (0.8, 0.6), [seed, 1])
        flows.append(receptors.switch(network, level).flow(kappa))
        product = (network.embedding * network.encoding).sum(axis=1, keepdims=True)
        listening = Receptors(0.8 * product / product.std() * np.ones(3) * length / level.sum(), receptors.biases)
        tied.append(listening.switch(network, level).flow(kappa))
    limit = cloud.limit_flow(kappa, 0.8 * length, 0.6 * length)
    error = np.std(flows, axis=0) / np.sqrt(300)
    assert (np.abs(np.mean(flows, axis=0) - limit) < 4.5 * error).all()
    assert (np.abs(np.mean(tied, axis=0) - limit) > 10 * error).any()


def test_the_slope_of_the_limit_is_the_plain_expectation():
    """Against 10⁶ neurons, within 5 s.e., and with no modulation against the mean-field flow of the timescales chapter."""
    rng = np.random.default_rng(7)
    g, beta = np.exp(0.8 * rng.standard_normal(10**6)), 0.5 * rng.standard_normal(10**6)
    sample = g / np.cosh(g * 1.5 * 0.7 * rng.standard_normal(10**6) + beta) ** 2
    assert LINE.limit_slope(0.7, 0.8, 0.5) == pytest.approx(sample.mean(), abs=5 * sample.std() / 1000)
    law = timescales.design(20.0, 10.0, 0.8)
    line = Cloud(np.array([[law.covariance]]), law.embedding_std)
    kappa = np.array([0.3, 1.0, 1.7])
    plain = timescales.mean_field_flow(kappa, 20.0, 10.0)
    np.testing.assert_allclose(line.limit_flow(kappa[:, None], 0.0, 0.0)[:, 0], plain, atol=1e-12)


@pytest.mark.slow
def test_the_s_d_around_the_limit():
    """Closed form against 2000 draws, within 8 % (5 s.e.), and against the timescales chapter's without modulation."""
    flows = []
    for seed in range(2000):
        receptors = own_receptors(50, 1, (0.6 / np.sqrt(3), 0.4 / np.sqrt(3)), [seed, 1])
        flows.append(receptors.switch(LINE.draw(50, [seed, 0]), [1.0]).flow([0.9])[0])
    assert np.std(flows) == pytest.approx(LINE.limit_std(0.9, 50, 0.6, 0.4), rel=0.08)
    law = timescales.design(20.0, 10.0, 0.8)
    private = law.encoding_std * np.sqrt(1 - 0.8**2)
    line = Cloud(np.array([[law.covariance]]), law.embedding_std, private)
    expected = timescales.flow_std(np.array([0.9]), 100, 20.0, 10.0, 0.8)[0]
    assert line.limit_std(0.9, 100, 0.0, 0.0) == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("gain", "bias", "expected"), [(0.2, 0.0, (2, 1, 0)), (1.2, 0.0, (2, 2, 1)), (0.0, 2.0, (1, 0, 0))])
def test_the_kinds_of_the_limit_are_those_of_a_large_network(gain, bias, expected):
    """K + 1 kinds for K = 2, at a length of the levels well away from the thresholds."""
    assert CLOUD.limit_topology(gain, bias) == expected
    receptors = own_receptors(20_000, 4, (gain, bias))
    level = np.array([[0.7, -0.7, 0.5, 0.2]])
    level *= np.sqrt(4 / 3) / np.linalg.norm(level)
    assert reconfiguration.landscapes(CLOUD.draw(20_000, 8), receptors, level) == [expected]


def test_a_law_may_be_asked_between_two_sizes():
    """Its curves are drawn over any N: between two whole ones lies what lies between theirs."""
    for law in (lambda n: LINE.limit_std(0.9, n, 0.6, 0.4), lambda n: LINE.bistable_chance(n, 0.1, 0.9)):
        assert min(law(50), law(51)) < law(50.5) < max(law(50), law(51))


def test_complex_eigenvalues_have_no_such_kind():
    with pytest.raises(ValueError, match="overlap: expected"):
        Cloud(np.array([[1.0, -1.0], [1.0, 1.0]])).limit_topology(0.0, 0.0)


@pytest.mark.parametrize(("loop", "stds"), [(0.8, (1.0, 0.0)), (1.5, (0.0, 0.5))])
def test_the_share_of_bistable_draws_is_the_normal_form_s(loop, stds):
    """Within 4.5 s.e. over 300 networks; twin: the slope alone, which is all that gains move, does not do for biases."""
    cloud, lengths = Cloud(np.array([[loop]])), np.ones((300, 1))
    share = reconfiguration.bistable_draws(cloud, 300, lengths, stds, 9).mean()
    chance = cloud.bistable_chance(300, *stds)
    error = np.sqrt(chance * (1 - chance) / 300)
    assert abs(share - chance) < 4.5 * error
    if stds[1]:
        slope, square = loop * cloud.limit_slope(0.0, *stds), 3 * loop**2 + 1.5**2
        bend = np.mean((1 - np.tanh(stds[1] * np.random.default_rng(0).standard_normal(10**5)) ** 2) ** 2)
        assert ndtr((slope - 1) / np.sqrt((square * bend - slope**2) / 300)) > share + 4.5 * error


def test_bistability_by_length_is_the_chance_at_each():
    lengths = np.linspace(0.4, 1.4, 7)
    chance, limit = LINE.bistability(200, lengths, (0.0, 1.0))
    np.testing.assert_allclose(chance, [LINE.bistable_chance(200, 0.0, x) for x in lengths], atol=2e-3)
    np.testing.assert_array_equal(limit, [LINE.limit_topology(0.0, x) == (2, 1) for x in lengths])


# ------------------------------------------------------------------ populations and gates


def test_identical_neurons_count_once():
    """P populations of copies are P neurons, under every modulation; twin: receptors of their own."""
    few, receptors = CLOUD.draw(6, 10), own_receptors(6)
    of = np.repeat(np.arange(6), 50)
    many = replace(
        few, embedding=few.embedding[of], encoding=few.encoding[of], input_weights=np.zeros((300, 0)), bias=few.bias[of]
    )
    shared = Receptors(receptors.log_gains[of], receptors.biases[of])
    kappa = np.random.default_rng(11).standard_normal((20, 2))
    for level in reconfiguration.draw_levels(5, 3, 12):
        expected = receptors.switch(few, level).flow(kappa)
        np.testing.assert_allclose(shared.switch(many, level).flow(kappa), expected, atol=1e-14)
        assert np.abs(own_receptors(300).switch(many, level).flow(kappa) - expected).max() > 1e-3


def test_gates_on_populations_make_every_vocabulary_and_shuffled_gates_two():
    """K = P = 2, so that it is quick: 2² vocabularies of 3 kinds; at neurons chosen at random, two of each."""
    network = timescales.design_flip_flop(1200, 2, 13, tau_latent=5.0)  # a loop of 3: half of it is enough
    population = np.arange(1200) // 600
    shuffled = np.random.default_rng(14).permutation(population)
    for groups, words, kinds in ((population, 4, 3), (shuffled, 2, 2)):
        found = [dynamics.fixed_points(reconfiguration.modulated(network, np.isin(groups, on).astype(np.float32)))
                 for size in range(3) for on in combinations(range(2), size)]  # fmt: skip
        assert len({reconfiguration.attractor_patterns(f) for f in found}) == words
        assert len({reconfiguration.topology(f) for f in found}) == kinds


# ------------------------------------------------------------------ counting kinds


def test_rarefaction_is_the_mean_over_subsamples():
    counts = np.array([4, 2, 1, 1])
    sample = np.repeat(np.arange(4), counts)
    exact = [np.mean([len({sample[i] for i in chosen}) for chosen in combinations(range(8), n)]) for n in range(9)]
    np.testing.assert_allclose(reconfiguration.rarefaction(counts, np.arange(9)), exact, atol=1e-12)


def test_chao_s_estimate():
    """By hand; on 20 equal kinds seen 40 times in all it is near 20 on average, where the plain count is not."""
    assert reconfiguration.chao1(np.array([5, 2, 1, 1, 1])) == 5 + 3 * 2 / (2 * 2)
    assert reconfiguration.chao1(np.array([5, 3])) == 2
    rng = np.random.default_rng(15)
    tallies = [reconfiguration.abundances(rng.integers(20, size=40).tolist()) for _ in range(300)]
    assert np.mean([reconfiguration.chao1(t) for t in tallies]) == pytest.approx(20, abs=1)
    assert np.mean([len(t) for t in tallies]) < 18
    np.testing.assert_array_equal(reconfiguration.abundances(["a", None, "b", "a"]), [2, 1])


def test_what_a_network_reaches_is_seeded_and_counted():
    kinds = reconfiguration.reachable_topologies(CLOUD, 12, 3, 2, (1.0, 1.0), 8, 0)
    assert kinds == reconfiguration.reachable_topologies(CLOUD, 12, 3, 2, (1.0, 1.0), 8, 0)
    assert len(kinds) == 8 and all(k is None or k[0] - k[1] + k[2] == 1 for k in kinds)


# ------------------------------------------------------------------ rules told by context


def test_a_rule_permutes_and_turns_bits():
    task = SwitchedFlipFlop(2, n_steps=30, rules=RULES)
    inputs, targets = task.sample(40, 1)
    rule = inputs[0, :, 2:].argmax(axis=1)
    bits = task.targets(inputs[..., :2])
    for b in range(40):
        np.testing.assert_array_equal(targets[:, b], bits[:, b] @ np.array(RULES[rule[b]]).T)
    assert (inputs[:, :, 2:] == inputs[0, :, 2:]).all() and set(rule) == {0, 1, 2, 3}
    assert task.accuracy(targets, inputs, targets) == 1
    assert task.accuracy(-targets, inputs, targets) == 0


def test_without_the_context_half_is_the_best():
    """Each answer is right under two of the four rules, whatever the bits."""
    task = SwitchedFlipFlop(2, n_steps=60, rules=RULES)
    inputs, targets = task.sample(4000, 2)
    blind = task.targets(inputs[..., :2])  # as if the rule were always the first
    assert task.accuracy(blind, inputs, targets) == pytest.approx(0.5, abs=0.03)


def test_it_can_be_trained_on():
    training = pytest.importorskip("lpu_core.training", exc_type=ImportError)
    task = SwitchedFlipFlop(2, n_steps=20, rules=RULES)
    result = training.train_low_rank(task, 10, [0], rank=3, descent=training.Descent(2, 0.01, n_trials=4, n_check_trials=40))
    assert result.networks[0].input_weights.shape == (10, 6)


@pytest.mark.parametrize(("call", "name"), [
    (lambda: reconfiguration.modulated(CLOUD.draw(5, 0), np.ones(4)), "gains"),
    (lambda: reconfiguration.modulated(CLOUD.draw(5, 0), 1.0, np.full(5, np.nan)), "biases"),
    (lambda: Receptors(np.zeros((3, 2)), np.zeros((3, 1))), "biases"),
    (lambda: own_receptors(4).at(np.zeros(2)), "levels"),
    (lambda: own_receptors(4).at(np.full(3, np.inf)), "levels"),
    (lambda: reconfiguration.draw_receptors([0, 1], 0, 1.0, 1.0, 0), "n_modulators"),
    (lambda: reconfiguration.draw_receptors([0, 1], 1, -1.0, 1.0, 0), "gain_std"),
    (lambda: CLOUD.draw(0, 0), "n_neurons"),
    (lambda: CLOUD.limit_std(1.0, 10, 0.0, 0.0), "overlap"),
    (lambda: CLOUD.bistable_chance(10, 0.0, 0.0), "overlap"),
    (lambda: LINE.bistable_chance(0, 0.0, 0.0), "n_neurons"),
    (lambda: reconfiguration.count_attractors(CLOUD.draw(5, 0), np.ones((1, 5)), np.ones((1, 5))), "network"),
    (lambda: reconfiguration.count_attractors(LINE.draw(5, 0), np.ones((1, 5)), np.ones((2, 5))), "biases"),
    (lambda: reconfiguration.reachable_topologies(CLOUD, 5, 6, 1, (1.0, 1.0), 1, 0), "n_units"),
    (lambda: reconfiguration.rarefaction(np.array([2, 1]), [4]), "sizes"),
    (lambda: own_receptors(5).switch(CLOUD.draw(4, 0), np.zeros(3)), "network"),
    (lambda: own_receptors(4).switch(CLOUD.draw(4, 0), np.zeros((2, 3))), "levels"),
    (lambda: own_receptors(4).at(np.full(3, 1e5)), "levels"),
    (lambda: LINE.limit_std(1.0, 5, 0.1, 0.1, tau=-1), "tau"),
    (lambda: LINE.limit_flow(np.ones((3, 2)), 0.1, 0.1), "kappa"),
    (lambda: LINE.limit_slope(1.0, 100.0, 0.0), "gain_std"),
    (lambda: Cloud([[-1.0]]).bistable_chance(10, 0.0, 0.1), "overlap"),
    (lambda: LINE.bistability(10, np.array([1.0, 30.0]), (1.0, 0.0)), "stds"),
    (lambda: LINE.bistability(10, np.ones(3), (1.0, 0.0, 0.0)), "stds"),
    (lambda: LINE.bistability(10, np.ones(0), (1.0, 0.0)), "lengths"),
    (lambda: reconfiguration.count_attractors(LINE.draw(5, 0), np.full((1, 5), np.nan), np.ones((1, 5))), "gains"),
    (lambda: reconfiguration.count_attractors(LINE.draw(5, 0), np.ones((2, 1)), np.ones((2, 1))), "gains"),
    (lambda: reconfiguration.reachable_topologies(CLOUD, 0, 1, 1, (1.0, 1.0), 1, 0), "n_neurons"),
    (lambda: reconfiguration.bistable_draws(CLOUD, 5, np.ones((1, 1)), (1.0, 1.0), 0), "cloud"),
    (lambda: reconfiguration.rarefaction(np.array([2, 0]), [1]), "counts"),
    (lambda: SwitchedFlipFlop(2), "rules"),
    (lambda: SwitchedFlipFlop(2, rules=(((1, 0), (1, 0)),)), "rules"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
