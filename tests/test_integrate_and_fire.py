"""Integrate and fire: the f-I curve, an independent loop over neurons, and latents that close with slow synapses only."""

from dataclasses import replace

import numpy as np
import pytest
from pytest import approx
from scipy.integrate import solve_ivp

from lpu_core import LowRankRNN, theory
from lpu_core.integrate_and_fire import Membrane, integrate

ONE = LowRankRNN([[1.0]], [[1.0]], np.zeros((1, 0)), nonlinearity=Membrane())


def driven(currents, cell, dt=0.05, seconds=4):
    """Spikes per second of neurons at steady currents, whose latent moves nothing."""
    n = len(currents)
    net = LowRankRNN(np.zeros((n, 1)), np.ones((n, 1)), np.zeros((n, 0)), np.asarray(currents), 100.0, 5.0, cell)
    _, spikes = integrate(net, np.zeros((200 * seconds, 1, 0)), 0, dt, record_spikes=True)
    return spikes.sum((0, 1)) / seconds


def test_neurons_fire_at_their_f_i_curve():
    currents, cell = np.array([0.5, 0.99, 1.01, 1.2, 2.0, 5.0]), Membrane(8.0, 3.0)
    np.testing.assert_allclose(driven(currents, cell), 1000 * cell(currents) / 3.0, rtol=0.02, atol=0.3)
    assert np.abs(driven(currents, cell) - 1000 * Membrane(16.0, 3.0)(currents) / 3.0).max() > 10  # twin: another membrane


def test_the_interval_is_that_of_the_differential_equation():
    """The closed form against an adaptive solver that looks for the threshold."""
    cell, x = Membrane(10.0, 2.0), 1.7
    threshold = lambda t, v: v[0] - 1  # noqa: E731
    threshold.terminal = True
    run = solve_ivp(lambda t, v: (x - v) / cell.tau, (0, 1000), [0.0], events=threshold, rtol=1e-10, atol=1e-12)
    assert cell(np.array([x]))[0] == approx(cell.refractory / (cell.refractory + run.t_events[0][0]), rel=1e-8)


def test_the_run_is_that_of_a_loop_over_neurons():
    rng = np.random.default_rng(0)
    net = LowRankRNN(rng.standard_normal((5, 2)), 3 * rng.standard_normal((5, 2)), rng.standard_normal((5, 1)),
                     np.full(5, 1.5), 20.0, 5.0, Membrane())  # fmt: skip
    inputs = rng.standard_normal((40, 1, 1))
    run, spikes = integrate(net, inputs, 7, 0.5, record_spikes=True)
    rates, rest = np.zeros(5), np.zeros(5)
    current = net.input_weights @ inputs[0, 0] + net.bias
    v = np.random.default_rng(7).uniform(0, 1, (1, 5))[0] * np.clip(current, 0, 1)
    for t in range(40):
        fired = np.zeros(5, int)
        for _ in range(10):
            x = net.embedding @ (net.encoding.T @ rates / 5) + net.input_weights @ inputs[t, 0] + net.bias
            rates *= np.exp(-0.5 / 20)
            for i in range(5):
                v[i] = 0.0 if rest[i] > 0 else x[i] + (v[i] - x[i]) * np.exp(-0.05)
                rest[i] -= 0.5
                if v[i] >= 1:
                    v[i], rest[i], fired[i] = 0.0, 2.0 - 0.5, fired[i] + 1
                    rates[i] += 2.0 / 20
        assert spikes[t, 0].tolist() == fired.tolist()
        np.testing.assert_allclose(run.latents[t, 0], net.encoding.T @ rates / 5, atol=1e-12)
    assert spikes.sum() > 20


def strayed(synapse):
    def bit(kappa):
        return (kappa - kappa**3) / 200

    net = theory.fit_flow(bit, [-1.7], [1.7], 300, 0, tau=synapse, dt=5.0, nonlinearity=Membrane(), bend=1.2, gain=1.0,
                          ridge=1e-3)  # fmt: skip
    start = np.linspace(-1.3, 1.3, 8)[:, None]
    quiet = np.zeros((200, 8, 0))
    spikes = integrate(net, quiet, 0, 0.5, initial_latents=start)[0].latents
    return np.sqrt(np.mean((spikes - net.simulate(quiet, initial_latents=start).latents) ** 2))


def test_the_latents_close_with_slow_synapses_and_not_with_fast_ones():
    assert strayed(200.0) < 0.15
    assert strayed(10.0) > 0.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Membrane(tau=0.0), "tau: expected"),
        (lambda: Membrane(refractory=-1.0), "refractory: expected"),
        (lambda: integrate(replace(ONE, nonlinearity="tanh"), np.zeros((1, 1, 0)), 0), "network: expected one whose"),
        (lambda: integrate(ONE, np.zeros((1, 1, 0)), 0, 0.3), "dt: expected a part, down"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
