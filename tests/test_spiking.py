"""Spiking: a step's mean and covariance by chance firing, the life of a bit, and what breaks them."""

import numpy as np
import pytest
from pytest import approx

from lpu_core import LowRankRNN, escape, spiking
from lpu_core.design import design_bistable

RNG = np.random.default_rng(0)
TEN = LowRankRNN(RNG.standard_normal((10, 2)), 3 * RNG.standard_normal((10, 2)), RNG.standard_normal((10, 1)), dt=1.0)
RELU = LowRankRNN([[1.0]], [[1.0]], np.zeros((1, 0)), nonlinearity="relu")
KAPPA, U, PEAK, TRIALS = np.array([0.7, -0.4]), np.array([0.5]), 100.0, 200_000


def one_step(network, peak, u=U):
    start = np.tile(KAPPA[: network.n_latents], (TRIALS, 1))
    run, _ = spiking.fire(network, np.tile(u, (1, TRIALS, 1)), peak, 1, initial_latents=start)
    return run.latents[0] - KAPPA[: network.n_latents]


def test_the_mean_of_a_step_is_the_rate_network_s_at_any_size():
    step = one_step(TEN, PEAK)
    error = step.std(0) / np.sqrt(TRIALS)
    assert np.abs((step.mean(0) - TEN.dt * TEN.flow(KAPPA, U)) / error).max() < 4.5
    other = LowRankRNN(2 * TEN.embedding, TEN.encoding, TEN.input_weights, dt=1.0)  # twin: another flow is seen
    assert np.abs((step.mean(0) - other.dt * other.flow(KAPPA, U)) / error).max() > 4.5


def test_the_covariance_of_a_step_is_that_of_shot_noise():
    law = TEN.dt * spiking.shot_noise(TEN, KAPPA, PEAK, U)
    np.testing.assert_allclose(np.cov(one_step(TEN, PEAK).T), law, atol=0.02 * np.trace(law))
    slow = np.cov(one_step(TEN, PEAK / 2).T)  # half the spikes, twice the noise
    np.testing.assert_allclose(slow, 2 * law, atol=0.04 * np.trace(law))


def test_shot_noise_is_constant_for_symmetric_weights():
    pairs = LowRankRNN(*(np.concatenate([part, -part]) for part in (TEN.embedding, TEN.encoding)), np.zeros((20, 0)))
    here, there = spiking.shot_noise(pairs, [[0.0, 0.0], [1.3, -0.7]], PEAK)
    np.testing.assert_allclose(here, there, rtol=1e-12)
    q = 2 * pairs.encoding.T @ pairs.encoding / 20 / (PEAK * 1e-3)
    np.testing.assert_allclose(here, q / (20 * pairs.tau**2), rtol=1e-12)
    here, there = spiking.shot_noise(TEN, [[0.0, 0.0], [1.3, -0.7]], PEAK)  # twin
    assert np.abs(here / there - 1).max() > 0.05


def test_spikes_are_counted_where_κ_comes_from():
    run, spikes = spiking.fire(TEN, np.zeros((30, 3, 1)), PEAK, 2, record_spikes=True)
    kappa = np.zeros((3, 2))
    for t in range(30):
        kappa = (1 - TEN.alpha) * kappa + TEN.alpha * (2 / (PEAK * 1e-3) * spikes[t] - 1) @ TEN.encoding / 10
        np.testing.assert_allclose(run.latents[t], kappa, atol=1e-12)
    again, none = spiking.fire(TEN, np.zeros((30, 3, 1)), PEAK, 2)
    assert none is None and np.array_equal(again.latents, run.latents)


def bit(seed, n=60):
    drawn = design_bistable(n, 20.0, 10.0, 0.8, rng=seed, dtype=np.float64)
    return LowRankRNN(drawn.embedding, drawn.encoding, np.zeros((n, 0)), dt=1.0)


def wells(network):
    from lpu_core import dynamics

    return np.sort(dynamics.fixed_points(network).attractors[:, 0])


def test_a_bit_lives_as_long_as_its_own_flow_says():
    network = bit(1)
    low, high = wells(network)
    peak = 100.0 * 1.5 / spiking.hill_height(network, high, 0.0, 100.0)
    law = spiking.passage_time(network, high, low, peak)
    run, _ = spiking.fire(network, np.zeros((int(12 * law), 200, 0)), peak, 3, initial_latents=np.full((200, 1), high))
    over = run.latents[..., 0] <= low
    assert over.any(0).mean() > 0.99
    lived = np.where(over.any(0), over.argmax(0) + 1, len(over)).mean()
    assert lived == approx(law, rel=0.25)  # s.e. 7 %, and a step is no instant
    assert abs(np.log(lived / spiking.passage_time(network, high, low, 2 * peak))) > 0.5  # twin: twice the spikes


def test_the_hill_is_the_number_of_spikes_over_the_encoding():
    half = bit(1, 30)
    network = LowRankRNN(*(np.concatenate([part, -part]) for part in (half.embedding, half.encoding)), np.zeros((60, 0)))
    _, high = wells(network)
    kappa = np.linspace(0, high, 4001)
    potential = np.trapezoid(kappa - np.tanh(kappa[:, None] * network.embedding[:, 0]) @ network.encoding[:, 0] / 60, kappa)
    squares = np.square(network.encoding).mean()
    h = 60 * PEAK * 1e-3 * network.tau * -potential / squares
    assert spiking.hill_height(network, high, 0.0, PEAK) == approx(h, rel=1e-6)


def test_current_noise_and_shot_noise_share_their_integrals():
    network = bit(1)
    low, high = wells(network)

    def moments(kappa):
        return network.flow(kappa[:, None])[:, 0], spiking.shot_noise(network, kappa[:, None], PEAK)[:, 0, 0]

    assert escape.mean_passage(network, moments, high, low) == spiking.passage_time(network, high, low, PEAK)
    assert escape.hill(network, moments, high, 0.0) == spiking.hill_height(network, high, 0.0, PEAK)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spiking.fire(TEN, np.zeros((1, 1, 1)), 0.0, 0), "peak_rate: expected"),
        (lambda: spiking.fire(RELU, np.zeros((1, 1, 0)), 1.0, 0), "network: expected a tanh network"),
        (lambda: spiking.passage_time(TEN, 1.0, 0.0, PEAK), "network: expected one latent"),
        (lambda: spiking.hill_height(TEN, 1.0, 0.0, PEAK), "network: expected one latent"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
