"""Random networks: their weights, where rest loses its stability, and how fast trajectories part."""

from dataclasses import replace

import numpy as np
import pytest

from lpu_core.random_networks import (
    critical_factor,
    divergence,
    random_network,
    scale_weights,
    spontaneous_rates,
    sustaining_factor,
)


def test_random_weights_are_M86_and_M87():
    """S.d. within 5 s.e.; the low-rank weights are the rescaled projection on the top singular vectors."""
    full = random_network(200, 1.5, 3)
    assert not np.diag(full.weights).any()
    off = full.weights[~np.eye(200, dtype=bool)]
    assert abs(off.std() / (1.5 / np.sqrt(200)) - 1) < 5 / np.sqrt(2 * off.size)
    low = random_network(200, 1.5, 3, 20)
    left, values, right = np.linalg.svd(full.weights)
    truncated = (left[:, :20] * values[:20]) @ right[:20]
    np.testing.assert_allclose(low.dense_weights(), truncated * full.weights.std() / truncated.std(), atol=1e-12)
    assert low.dense_weights().std() == pytest.approx(full.weights.std())
    np.testing.assert_allclose(scale_weights(low, 2.0).dense_weights(), 2 * low.dense_weights())


@pytest.mark.slow
@pytest.mark.parametrize("rank", [None, 30])
def test_rest_loses_its_stability_at_the_critical_factor(rank):
    """The step's spectral radius at rest is below 1 just below it and above 1 just above."""
    for seed in range(3):
        network = random_network(150, 1.0, seed, rank)
        critical, weights = critical_factor(network), network.weights if rank is None else network.dense_weights()
        for factor, stable in ((0.99 * critical, True), (1.01 * critical, False)):
            step_matrix = (1 - network.alpha) * np.eye(150) + network.alpha * factor * weights
            assert (np.abs(np.linalg.eigvals(step_matrix)).max() < 1) == stable
        assert sustaining_factor(network, 4) == pytest.approx(critical, rel=0.03)


def test_without_connections_trajectories_meet_at_the_rate_of_the_leak():
    network = random_network(20, 0.0, 0)
    assert divergence(network, 50, 1) == pytest.approx(np.log(1 - network.alpha) / network.dt, rel=1e-6)


def test_trajectories_that_meet_part_at_minus_infinity():
    """One step wipes out the past where α = 1 and nothing is connected."""
    assert divergence(replace(random_network(20, 0.0, 0), tau=5.0, dt=5.0), 50, 1) == -np.inf


@pytest.mark.parametrize("rank", [None, 3])
def test_the_divergence_of_a_float32_network_is_computed_in_float64(rank):
    """To its weights' rounding; twin: what float32 makes of a distance of 10⁻⁶ is off by more than a tenth of it."""
    network = scale_weights(random_network(40, 1.0, 0, rank), 2.0).astype(np.float32)
    exact = divergence(network.astype(np.float64), 500, 1)
    assert divergence(network, 500, 1) == exact
    rng = np.random.default_rng(1)
    rates, shift = rng.standard_normal((2, 1, 40)).astype(np.float32)
    growth = []
    for step in range(0, 700, 10):
        shift *= 1e-6 * np.sqrt(40) / np.linalg.norm(shift)
        pair = np.concatenate([rates, rates + shift])
        after = network.simulate(np.zeros((10, 2, 0)), initial_rates=pair, record_rates=True).rates[-1]
        rates, shift = after[:1], after[1:] - after[:1]
        growth += [np.log(np.linalg.norm(shift) / (1e-6 * np.sqrt(40)))] * (step >= 200)
    assert abs(np.mean(growth) / 50 / exact - 1) > 0.1


def test_the_scale_keeps_a_network_s_precision():
    network = random_network(20, 1.0, 0, 2).astype(np.float32)
    assert scale_weights(network, np.float64(2.0)).dtype == np.float32
    assert critical_factor(random_network(5, 0.0, 0)) == np.inf


def test_the_divergence_is_the_lyapunov_exponent():
    """By the product of Jacobians along the trajectory, a slower way."""
    network = random_network(60, 3.0, 1)
    rng = np.random.default_rng(2)
    rates, tangent, growth = rng.standard_normal(60), rng.standard_normal(60), []
    for _ in range(4300):
        z = network.weights @ rates
        tangent = (1 - network.alpha) * tangent + network.alpha * (1 - np.tanh(z) ** 2) * (network.weights @ tangent)
        rates = (1 - network.alpha) * rates + network.alpha * np.tanh(z)
        growth.append(np.log(np.linalg.norm(tangent)))
        tangent /= np.linalg.norm(tangent)
    expected = np.mean(growth[300:]) / network.dt
    assert expected > 0.005
    assert divergence(network, 4000, 2, n_transient=300) == pytest.approx(expected, rel=0.1)


def test_spontaneous_rates_run_trial_by_trial():
    network = random_network(10, 2.0, 0, 3)
    rates = spontaneous_rates(network, 2, 5, 7, n_transient=4)
    start = np.random.default_rng(7).standard_normal((2, 10))
    run = network.simulate(np.zeros((9, 2, 0)), initial_rates=start, record_rates=True).rates
    np.testing.assert_allclose(rates, np.concatenate([run[4:, 0], run[4:, 1]]))


SMALL = random_network(10, 1.0, 0)


@pytest.mark.parametrize(("call", "name"), [
    (lambda: random_network(1, 1.0, 0), "n_neurons"),
    (lambda: random_network(10, -1.0, 0), "gain"),
    (lambda: random_network(10, 1.0, 0, 11), "rank"),
    (lambda: critical_factor(replace(SMALL, nonlinearity="relu")), "network"),
    (lambda: critical_factor(replace(SMALL, bias=np.ones(10))), "network"),
    (lambda: divergence(SMALL, 5, 0), "n_steps"),
    (lambda: divergence(SMALL, 10, 0, perturbation=0.0), "perturbation"),
    (lambda: divergence(SMALL, 10, 0, perturbation=1e-300), "perturbation"),
    (lambda: divergence(SMALL, 10, 0, n_transient=-1), "n_transient"),
    (lambda: divergence(SMALL, 10, 0, n_transient=np.inf), "n_transient"),
    (lambda: divergence(replace(scale_weights(SMALL, 1e9), nonlinearity="relu"), 100, 0), "network"),
    (lambda: sustaining_factor(SMALL, 0, n_steps=np.inf), "n_steps"),
    (lambda: sustaining_factor(SMALL, 0, 1.0, 0.5), "low, high"),
    (lambda: sustaining_factor(SMALL, 0, 3.0, 4.0), "low"),
    (lambda: sustaining_factor(SMALL, 0, 0.1, 0.2), "high"),
    (lambda: spontaneous_rates(SMALL, 0, 1, 0), "n_trials"),
    (lambda: spontaneous_rates(SMALL, 1, 0, 0), "n_steps"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
