"""Experiments: the rank of responses to pushes, plans against simulated ones, decay, dimension; and what breaks them."""

from dataclasses import replace

import numpy as np
import pytest
from pytest import approx
from scipy.special import iv

from lpu_core import FullRankRNN, LeakyCurrentRNN, LowRankRNN, detection, experiments

RNG = np.random.default_rng(0)
N, K = 40, 2
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), np.zeros((N, 0)), 0.3 * RNG.standard_normal(N))
STATE = RNG.uniform(-1, 1, N)
PUSHED = np.arange(N) % 2 == 0
PUSHES = PUSHED * RNG.standard_normal((30, N))
BROKEN = replace(NETWORK.dense(), weights=NETWORK.dense_weights() + 0.5 / np.sqrt(N) * RNG.standard_normal((N, N)))


def centred_values(responses):
    return np.linalg.svd(responses - responses.mean(0), compute_uv=False)


# ------------------------------------------------------------------ pushes


@pytest.mark.parametrize("n_steps", [1, 4])
def test_responses_are_those_of_a_loop_over_neurons(n_steps):
    found = experiments.push_responses(NETWORK, STATE, PUSHES, ~PUSHED, n_steps)
    weights = NETWORK.dense_weights()
    for push, response in zip(PUSHES, found, strict=True):
        r = STATE + push
        for _ in range(n_steps):
            r = (1 - NETWORK.alpha) * r + NETWORK.alpha * np.tanh(weights @ r + NETWORK.bias)
        np.testing.assert_allclose(response, r[~PUSHED], atol=1e-12)
    dense = experiments.push_responses(NETWORK.dense(), STATE, PUSHES, np.flatnonzero(~PUSHED), n_steps)
    np.testing.assert_allclose(found, dense, atol=1e-12)


def test_weak_pushes_have_k_dimensions_in_those_who_were_not_pushed():
    values = centred_values(experiments.push_responses(NETWORK, STATE, 1e-6 * PUSHES, ~PUSHED, 2))
    assert values[K] < 1e-4 * values[K - 1]
    memory = centred_values(experiments.push_responses(NETWORK, STATE, 1e-6 * PUSHES, PUSHED, 2))  # twin: the pushed ones
    assert memory[2 * K] > 0.1 * memory[0]
    other_way = centred_values(experiments.push_responses(BROKEN, STATE, 1e-6 * PUSHES, ~PUSHED, 2))  # twin: another way
    assert other_way[2 * K] > 0.1 * other_way[0]


def test_a_leaky_current_network_has_directions_of_its_own_in_each_state():
    leaky = LeakyCurrentRNN(NETWORK.embedding, NETWORK.encoding, NETWORK.input_weights)
    states = [NETWORK.embedding @ kappa for kappa in ([1.0, 0.0], [0.0, 1.0], [1.5, 1.5])]
    one = centred_values(experiments.push_responses(leaky, states[0], 1e-6 * PUSHES, ~PUSHED, 2))
    assert one[K] < 1e-4 * one[K - 1]
    pooled = [experiments.push_responses(leaky, state, 1e-6 * PUSHES, ~PUSHED, 2) for state in states]
    assert (centred_values(np.concatenate(pooled, axis=1)) > 1e-3 * one[0]).sum() == 3 * K
    rates = [experiments.push_responses(NETWORK, np.tanh(state), 1e-6 * PUSHES, ~PUSHED, 2) for state in states]  # twin
    assert (centred_values(np.concatenate(rates, axis=1)) > 1e-3 * one[0]).sum() == K


@pytest.mark.parametrize("n_steps", [1, 3])
def test_the_first_gains_are_those_of_the_linearised_network(n_steps):
    """By the Jacobian along the path, a neuron at a time."""
    first, _ = experiments.push_gains(NETWORK, STATE, PUSHED, ~PUSHED, n_steps)
    weights, r, slope = NETWORK.dense_weights(), STATE, np.eye(N)
    for _ in range(n_steps):
        phi = np.tanh(weights @ r + NETWORK.bias)
        slope = (1 - NETWORK.alpha) * slope + NETWORK.alpha * (1 - phi**2)[:, None] * (weights @ slope)
        r = (1 - NETWORK.alpha) * r + NETWORK.alpha * phi
    by_hand = np.linalg.svd(slope[np.ix_(~PUSHED, PUSHED)], compute_uv=False)[:K] / np.sqrt((~PUSHED).sum())
    np.testing.assert_allclose(first, by_hand, rtol=1e-5)


def test_the_second_gain_of_one_latent_is_the_second_derivative():
    m, n = RNG.standard_normal((2, N, 1))
    bit = LowRankRNN(m, n, np.zeros((N, 0)))
    _, second = experiments.push_gains(bit, STATE, PUSHED, ~PUSHED, 1)
    phi = np.tanh(m[~PUSHED, 0] * (STATE @ n[:, 0] / N))
    slope, curved = (bit.alpha * x for x in (m[~PUSHED, 0] * (1 - phi**2), -2 * m[~PUSHED, 0] ** 2 * phi * (1 - phi**2)))
    off = curved - slope * (slope @ curved) / (slope @ slope)
    variance = np.square(n[PUSHED, 0] / N).sum()  # of κ, for pushes of s.d. 1
    assert second[0] == approx(variance * np.linalg.norm(off) / np.sqrt(2 * (~PUSHED).sum()), rel=1e-4)


def test_gains_are_what_many_pushes_show():
    first, second = experiments.push_gains(NETWORK, STATE, PUSHED, ~PUSHED, 2)
    assert len(second) == K * (K + 1) // 2
    pushes = PUSHED * RNG.standard_normal((20_000, N))
    for size in (0.05, 0.2):
        values = centred_values(experiments.push_responses(NETWORK, STATE, size * pushes, ~PUSHED, 2)) / np.sqrt(20_000 * 20)
        np.testing.assert_allclose(values[:K] / size, first, rtol=0.03)
        np.testing.assert_allclose(values[K : K + 3] / size**2, second, rtol=0.15)
    ends = experiments.push_window(first, second, 0.05, 40, 20)
    least = detection.least_visible(39, 20, 0.05) / np.sqrt(39 * 20)
    assert ends[0] * first[-1] == approx(least) and ends[1] ** 2 * second[0] == approx(least)


# ------------------------------------------------------------------ counting and planning


def patterns(strengths, n_pushes, n_cells, n_draws, seed):
    """Responses with Gaussian pushes and orthonormal patterns, r.m.s. of a cell by pattern; a mean on top."""
    rng = np.random.default_rng(seed)
    across = np.linalg.qr(rng.standard_normal((n_cells, len(strengths))))[0].T * np.sqrt(n_cells)
    drawn = rng.standard_normal((n_draws, n_pushes, len(strengths))) * strengths
    return 3.0 + drawn @ across, rng


def test_too_many_dimensions_are_as_rare_as_stated_whatever_the_signal():
    for strengths in ([], [0.1], [3.0, 0.2]):
        signal, rng = patterns(np.array(strengths), 20, 40, 2000, 1)
        counts = experiments.dimensions(signal + rng.standard_normal(signal.shape), 1.0, 0.1)
        assert (counts > len(strengths)).mean() < 0.1 + 4 * np.sqrt(0.09 / 2000)
    counts = experiments.dimensions(
        signal + 1.3 * rng.standard_normal(signal.shape), 1.0, 0.1
    )  # twin: more noise than known
    assert (counts > 2).mean() > 0.5


def test_the_mean_over_pushes_is_no_dimension():
    assert experiments.dimensions(np.full((10, 20), 7.0), 0.1) == 0
    signal, _ = patterns(np.array([1.0]), 10, 20, 1, 0)
    assert experiments.dimensions(signal[0], 0.1) == 1


@pytest.mark.parametrize(
    ("strengths", "n_pushes", "n_cells"), [([0.2], 40, 50), ([0.3, 0.2, 0.19], 60, 100), ([0.3, 0.2], 100, 30)]
)
def test_a_plan_s_chance_is_that_of_simulated_experiments(strengths, n_pushes, n_cells):
    plan = experiments.plan_pushes(strengths, 1.0, n_pushes, n_cells, chance=0.8)
    signal, rng = patterns(np.array(strengths), n_pushes, n_cells, 600, 2)
    white = rng.standard_normal(signal.shape)

    def share(n_trials):
        return (experiments.dimensions(signal + white / np.sqrt(n_trials), n_trials**-0.5) >= len(strengths)).mean()

    assert plan.chance >= 0.8
    assert share(plan.n_trials) == approx(plan.chance, abs=0.08)
    assert share(plan.n_trials / 4) < 0.2  # twin: a quarter of the trials


def test_pushes_and_cells_count_once_and_trials_twice():
    """P Q T² is what the plan asks for, where all are large."""
    asked = {
        size: experiments.plan_pushes([0.02], 1.0, *size).n_trials
        for size in ((200, 200), (800, 200), (200, 800), (800, 800))
    }
    invariant = [np.sqrt(p * q) * t for (p, q), t in asked.items()]
    assert max(invariant) / min(invariant) < 1.2
    fainter = experiments.plan_pushes([0.01], 1.0, 200, 200).n_trials
    assert fainter == approx(4 * asked[200, 200], abs=4)  # of whole trials
    assert experiments.plan_pushes([0.02], 2.0, 200, 200).n_trials == fainter
    plan = experiments.plan_pushes([0.02], 1.0, 200, 200)
    assert plan.n_trials * 0.02**2 * np.sqrt(199 * 200) > 1  # the rule of thumb
    assert plan.values[0] > plan.edge


# ------------------------------------------------------------------ decay


def test_what_only_decays_leaves_no_remainder_and_noise_none_in_the_mean():
    course = 0.6 ** np.arange(5)[:, None, None] * RNG.standard_normal((1, 200, 300))
    np.testing.assert_allclose(experiments.remainder(course, course, 0.4), 0, atol=1e-20)
    one, other = course + 0.5 * RNG.standard_normal((2, *course.shape))
    variance = 0.25 * (1 + 0.6 ** (2 * np.arange(1, 5)))
    assert (np.abs(experiments.remainder(one, other, 0.4)) < 4.5 * variance / np.sqrt(200 * 300)).all()
    np.testing.assert_allclose(experiments.remainder(one, one, 0.4), variance, rtol=0.05)  # twin: one half twice
    assert experiments.remainder(course, course, 0.3).min() > 1e-3  # twin: another α


def linear_course(weights, pushes, alpha, n_steps, fresh=None):
    path = [pushes]
    for _ in range(n_steps):
        weights = weights if fresh is None else fresh()
        path.append((1 - alpha) * path[-1] + alpha * path[-1] @ weights.T)
    return np.array(path)


def test_random_connections_leave_the_power_of_the_closed_form():
    n, gain, alpha = 1200, 0.7, 0.4

    def draw():
        return gain / np.sqrt(n) * RNG.standard_normal((n, n))

    pushes = RNG.standard_normal((20, n))
    pushes /= np.sqrt(np.square(pushes).mean())
    path = linear_course(draw(), pushes, alpha, 8)
    law = experiments.remainder_law(gain, alpha, 8)
    np.testing.assert_allclose(experiments.remainder(path, path, alpha), law, rtol=0.08)
    anew = linear_course(None, pushes, alpha, 8, draw)  # twin: other connections in each step
    power = experiments.remainder(anew, anew, alpha)
    t = np.arange(1, 9)
    np.testing.assert_allclose(power, ((1 - alpha) ** 2 + (alpha * gain) ** 2) ** t - (1 - alpha) ** (2 * t), rtol=0.08)
    assert power[7] < 0.6 * law[7]


def test_the_closed_form_in_continuous_time_is_bessel_s():
    alpha, gain = 0.01, 0.8
    t = np.arange(1, 151) * alpha
    bessel = np.exp(-2 * t) * (iv(0, 2 * gain * t) - 1)
    np.testing.assert_allclose(experiments.remainder_law(gain, alpha, 150)[50:], bessel[50:], rtol=0.05)


def test_planned_halves_tell_a_remainder_as_often_as_asked():
    n_pushes, n_cells, power = 10, 60, 0.02
    n_trials, threshold = experiments.plan_decay(power, 1.0, n_pushes, n_cells, 0.9, 0.05)
    rest = RNG.standard_normal((n_pushes, n_cells))
    rest *= np.sqrt(power / np.square(rest).mean())

    def told(signal, scale=1.0):
        halves = signal + scale / np.sqrt(n_trials) * RNG.standard_normal((3000, 2, n_pushes, n_cells))
        return ((halves[:, 0] * halves[:, 1]).mean((1, 2)) > threshold).mean()

    assert told(0) == approx(0.05, abs=0.016)
    assert 0.88 < told(rest) < 0.96  # of whole trials
    assert told(rest, 2.0) < 0.7  # twin: twice the noise


def test_a_more_certain_answer_takes_more_trials():
    asked = [experiments.plan_decay(1e-4, 1.0, 10, 60, *wish)[0] for wish in ((0.8, 0.05), (0.9, 0.05), (0.9, 0.01))]
    assert asked == sorted(asked) and asked[0] < asked[2]
    many = experiments.plan_decay(1e-4, 1.0, 1000, 60, 0.9, 0.05)[0]
    assert many == approx(asked[1] / 10, rel=0.15)  # T with 1/√P, where the remainder is faint


# ------------------------------------------------------------------ dimension


def test_the_dimension_is_that_of_a_sum_over_pairs():
    one, other = RNG.standard_normal((2, 7, 3))
    d, e = (half[:6:2] - half[1:6:2] for half in (one, other))
    pairs = [(a, b) for a in range(3) for b in range(3) if a != b]
    size = sum((d[a] @ e[a]) * (d[b] @ e[b]) for a, b in pairs)
    spread = sum((d[a] @ e[b]) * (d[b] @ e[a]) for a, b in pairs)
    found = experiments.signal_dimension(one, other)
    assert found == approx(size / spread, rel=1e-10) if size > 0 and spread > 0 else np.isnan(found)


def test_noise_does_not_inflate_the_dimension_across_repeats():
    scales = np.r_[2.0, 1.0, 1.0, np.zeros(27)]
    true = 6.0**2 / (16 + 1 + 1)
    across, naive = [], []
    for _ in range(60):
        signal = 5.0 + RNG.standard_normal((300, 30)) * scales  # a mean does no harm
        one, other = signal + 1.5 * RNG.standard_normal((2, 300, 30))
        across.append(experiments.signal_dimension(one, other))
        naive.append(experiments.signal_dimension(one, one))
    assert np.mean(across) == approx(true, abs=4 * np.std(across) / np.sqrt(60) + 0.02)
    assert np.mean(naive) > 3 * true  # twin: one half twice


def test_noise_alone_has_no_dimension():
    assert any(np.isnan(experiments.signal_dimension(*RNG.standard_normal((2, 20, 5)))) for _ in range(20))


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: experiments.push_gains(NETWORK, STATE, [0, 1], [1, 2], 1), "read: expected neurons that are not pushed"),
        (lambda: experiments.push_gains(NETWORK, STATE, [], [1, 2], 1), "pushed: expected at least one neuron"),
        (lambda: experiments.push_responses(NETWORK, STATE[:3], PUSHES, [1], 1), "pushes: expected shape"),
        (lambda: experiments.plan_pushes([0.1, 0.1], 1.0, 2, 30), "strengths: expected from 1 to 1 numbers"),
        (lambda: experiments.plan_pushes([0.1] * 3, 1.0, 20, 2), "strengths: expected at most 2 numbers"),
        (lambda: experiments.dimensions(np.zeros((1, 4)), 1.0), "responses: expected those"),
        (lambda: experiments.remainder(np.zeros((3, 2, 2)), np.zeros((2, 2, 2)), 0.5), "second: expected shape"),
        (lambda: experiments.signal_dimension(np.zeros((3, 2)), np.zeros((3, 2))), "first: expected at least 4"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_full_rank_network_without_latents_is_taken():
    still = FullRankRNN(np.zeros((3, 3)), np.ones((3, 1)), np.zeros((3, 0)))
    np.testing.assert_allclose(experiments.push_responses(still, np.zeros(3), np.eye(3), [0, 1, 2], 2), np.eye(3) / 4)
