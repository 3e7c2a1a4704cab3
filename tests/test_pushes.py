"""Pushes: the smallest one against an optimiser, the linearised flow against the network, random synapses against draws."""

import numpy as np
import pytest
from pytest import approx
from scipy.optimize import minimize

from lpu_core import LowRankRNN, pushes, redundancy
from lpu_core.design import design_flip_flop
from lpu_core.subspace import encoding_projector
from lpu_core.tasks import Addition

RNG = np.random.default_rng(0)
N, K = 12, 2
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, 1)), RNG.standard_normal(N))
CHANGE = np.array([0.7, -0.3])
RATES = RNG.uniform(-1, 1, (1, N))
QUIET = np.zeros((30, 2, 1))


def shortest(columns):
    """The shortest push of the form columns · x that moves κ by CHANGE, by a general optimiser."""
    reach = NETWORK.encoding.T @ columns / N
    start = np.linalg.lstsq(reach, CHANGE, rcond=None)[0] + 0.1
    met = {"type": "eq", "fun": lambda x: reach @ x - CHANGE}
    found = minimize(lambda x: np.sum((columns @ x) ** 2), start, constraints=met, tol=1e-14)
    assert found.success
    return columns @ found.x


@pytest.mark.parametrize("neurons", [None, [1, 4, 5, 9]])
def test_the_smallest_push_is_an_optimiser_s(neurons):
    columns = np.eye(N)[:, slice(None) if neurons is None else neurons]
    push = pushes.smallest_push(NETWORK, CHANGE, neurons)
    np.testing.assert_allclose(push, shortest(columns), atol=1e-5)
    np.testing.assert_allclose(push @ NETWORK.encoding / N, CHANGE, atol=1e-12)


def test_a_push_along_patterns_is_an_optimiser_s():
    push = pushes.push_along(NETWORK, CHANGE, NETWORK.embedding.T)
    np.testing.assert_allclose(push, shortest(NETWORK.embedding), atol=1e-5)
    twice = np.concatenate([NETWORK.embedding.T, NETWORK.embedding.T])  # patterns that say the same twice
    np.testing.assert_allclose(pushes.push_along(NETWORK, CHANGE, twice), push, atol=1e-10)
    assert np.linalg.norm(push) > np.linalg.norm(pushes.smallest_push(NETWORK, CHANGE))


def test_tuning_costs_one_over_the_cosine():
    one = LowRankRNN(NETWORK.embedding[:, :1], NETWORK.encoding[:, :1], np.zeros((N, 0)))
    m, n = one.embedding[:, 0], one.encoding[:, 0]
    cosine = abs(m @ n) / np.linalg.norm(m) / np.linalg.norm(n)
    tuned, best = pushes.push_along(one, [0.4], one.embedding.T), pushes.smallest_push(one, [0.4])
    assert np.linalg.norm(tuned) / np.linalg.norm(best) == approx(1 / cosine, rel=1e-12)


def test_a_push_and_its_shadow_have_one_future_and_a_full_rank_network_tells_them_apart():
    push = 2 * RNG.standard_normal(N)
    both = RATES + np.array([push, encoding_projector(NETWORK.encoding)(push)])
    run = NETWORK.simulate(QUIET, initial_rates=both).latents
    np.testing.assert_allclose(run[:, 0], run[:, 1], atol=1e-12)
    run = redundancy.connect_at_random(NETWORK, 1.0, 0).simulate(QUIET, initial_rates=both).latents
    assert np.abs(run[:, 0] - run[:, 1]).max() > 0.01


def test_the_linearised_flow_is_the_slope_of_the_network():
    inputs, kappa = RNG.standard_normal((15, 3, 1)), RNG.standard_normal((3, K))
    phi = pushes.propagators(NETWORK, inputs, kappa)
    for k in range(K):
        step = 1e-6 * np.eye(K)[k]
        up, down = (NETWORK.simulate(inputs, initial_latents=kappa + sign * step).latents for sign in (1, -1))
        np.testing.assert_allclose(phi[..., k], (up - down) / 2e-6, atol=1e-8)


def test_the_best_push_is_the_gradient_over_single_neurons():
    inputs, kappa = RNG.standard_normal((10, 1, 1)), RATES @ NETWORK.encoding / N
    best = pushes.propagators(NETWORK, inputs, kappa)[-1, 0][0] @ NETWORK.encoding.T / N
    starts = RATES + 1e-6 * np.concatenate([np.eye(N), -np.eye(N)])
    ends = NETWORK.simulate(np.repeat(inputs, 2 * N, 1), initial_rates=starts).latents[-1, :, 0]
    np.testing.assert_allclose(best, (ends[:N] - ends[N:]) / 2e-6, atol=1e-8)


CIRCUIT = design_flip_flop(60, 2, 0, dtype=np.float64)
ACTIVE = CIRCUIT.tuning([[1.0, 1.0], [1.0, -0.2]])


def fed_back(weights):
    return np.tanh(ACTIVE @ weights.T) @ CIRCUIT.encoding / 60


@pytest.mark.parametrize(
    ("law", "changed", "mean_off", "spread_off"),
    [
        ({"ratio": 2.0}, lambda seed: redundancy.connect_at_random(CIRCUIT, 2.0, seed), 4.5, 0.06),
        ({"keep": 0.5}, lambda seed: pushes.masked(CIRCUIT, 0.5, seed), 6.0, 0.1),  # of 60 synapses, nearly normal
    ],
)
def test_the_law_of_random_synapses_is_that_of_draws(law, changed, mean_off, spread_off):
    draws = 3000
    change = np.array([fed_back(changed(seed).weights) for seed in range(draws)]) - fed_back(CIRCUIT.dense_weights())
    mean, covariance = pushes.chance_law(CIRCUIT, ACTIVE, **law)
    assert np.abs((change.mean(0) - mean) / (change.std(0) / np.sqrt(draws))).max() < mean_off
    for state in range(2):
        size = np.trace(covariance[state])
        np.testing.assert_allclose(np.cov(change[:, state].T), covariance[state], atol=spread_off * size)
    assert np.abs(change.mean(0) / (change.std(0) / np.sqrt(draws))).max() > mean_off  # twin: no mean, as to first order


def test_the_law_falls_as_one_over_the_number_of_neurons():
    sizes = (200, 800, 3200)
    found = []
    for n in sizes:
        large = [design_flip_flop(n, 2, [n, seed], dtype=np.float64) for seed in range(5)]
        laws = [pushes.chance_law(net, net.tuning([1.0, 1.0]), 2.0, 0.5) for net in large]
        found.append([np.mean([np.linalg.norm(mean), np.sqrt(np.trace(cov))]) for mean, cov in laws])
    slope = np.polyfit(np.log(sizes), np.log(np.mean(found, axis=1)), 1)[0]
    assert slope == approx(-1, abs=0.1)


def test_masking_keeps_the_weights_mean_and_nothing_masked_is_the_network():
    weights = np.mean([pushes.masked(CIRCUIT, 0.3, seed).weights for seed in range(2000)], axis=0)
    spread = np.abs(CIRCUIT.dense_weights()) * np.sqrt(0.7 / 0.3 / 2000)
    assert (np.abs(weights - CIRCUIT.dense_weights()) < 6 * spread + 1e-15).all()
    np.testing.assert_array_equal(pushes.masked(CIRCUIT, 1.0, 0).weights, CIRCUIT.dense_weights())


def test_addition_hears_two_numbers_waits_and_answers():
    task = Addition(wait=5, answer=6, settle=2)
    inputs, targets = task.sample(200, 0)
    assert inputs.shape == (25, 200, 2) and task.cue == 19
    for trial in range(200):
        steps = np.flatnonzero(inputs[:, trial, 0])
        assert len(steps) == 2 and 1 <= steps[0] <= 5 and 9 <= steps[1] <= 13
        expected = np.where(np.arange(25) < 19, 0, sum(inputs[steps, trial, 0]) / 2)
        np.testing.assert_allclose(targets[:, trial, 0], expected)
    assert (inputs[:19, :, 1] == 0).all() and (inputs[19:, :, 1] == 1).all()
    assert task.accuracy(targets + 0.14, inputs, targets) == 1
    assert task.accuracy(targets + 0.16, inputs, targets) == 0
    late = np.where(np.arange(25)[:, None, None] < 21, 9.0, targets)  # before the settle steps are over all is free
    assert task.accuracy(late, inputs, targets) == 1
    assert task.accuracy(np.full_like(targets, np.nan), inputs, targets) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pushes.smallest_push(NETWORK, CHANGE, [3]), "neurons: expected some that move all 2 latents"),
        (lambda: pushes.smallest_push(NETWORK, [1.0]), "change: expected shape"),
        (lambda: pushes.push_along(NETWORK, CHANGE, np.eye(N)[:1]), "patterns: expected some that move"),
        (lambda: pushes.push_along(NETWORK, CHANGE, np.eye(3)), "patterns: expected shape"),
        (lambda: pushes.masked(NETWORK, 0.0, 0), "keep: expected"),
        (lambda: pushes.chance_law(NETWORK, np.zeros(3)), "rates: expected shape"),
        (lambda: Addition(settle=8), "settle: expected below"),
        (
            lambda: Addition().accuracy(np.zeros((3, 1, 1)), np.zeros((3, 1, 2)), np.zeros((3, 1, 1))),
            "inputs: expected shape",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
