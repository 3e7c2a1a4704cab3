"""The gallery's measures: variance explained, the dimensions of activity in both classes, and drift."""

import numpy as np
import pytest

from lpu_core import gallery, tasks
from lpu_core.networks import LeakyCurrentRNN, LowRankRNN
from lpu_core.subspace import sample_drift
from lpu_core.surgery import drifted

TASK = tasks.MatchToSample(shortest=100, longest=200)


def network(architecture, k=2, n_neurons=60, task=TASK, seed=0):
    rng = np.random.default_rng(seed)
    m, w = rng.standard_normal((n_neurons, k)), rng.standard_normal((n_neurons, task.n_inputs))
    return architecture(m, 1.5 * m + rng.standard_normal(m.shape), 2 * w, tau=100.0, dt=20.0)


class Known(tasks.TrialTask):
    """Its one input is the target, for as long as a trial lasts."""

    n_steps, n_inputs, n_outputs = 40, 1, 1
    scored = slice(-1, None)

    def sample(self, n_trials, rng):
        values = np.random.default_rng(rng).normal(0.5, 0.01, n_trials)
        inputs = np.broadcast_to(values[:, None], (self.n_steps, n_trials, 1))
        return inputs, np.array(inputs)


class Same(tasks.MatchToSample):
    """Each trial is a match."""

    def conditions(self, n_trials, rng):
        return np.tile([0.0, 0.0, 100.0], (n_trials, 1))


def integrator(gain, offset=0.0):
    """Two neurons whose mean is the leaky input times `gain`, with an offset; tanh is all but linear at 0.005."""
    bias = np.full(2, offset / 100)
    return LowRankRNN(np.zeros((2, 1)), np.full((2, 1), 100.0), np.full((2, 1), gain / 100), bias, tau=10.0, dt=5.0)


def test_what_is_explained_is_one_minus_the_error_s_share():
    assert gallery.explained(integrator(1.0), Known(), 200, 0) > 0.99
    # Half the size and the right mean: three quarters of the variance; the mean alone: none; far off: less than none.
    assert gallery.explained(integrator(0.5, 0.25), Known(), 200, 0) == pytest.approx(0.75, abs=0.02)
    assert gallery.explained(integrator(0.0, 0.5), Known(), 200, 0) == pytest.approx(0.0, abs=0.05)
    assert gallery.explained(integrator(0.5), Known(), 200, 0) < -1
    with pytest.raises(ValueError, match="n_trials: expected enough for targets that differ, got 2"):
        gallery.explained(network(LowRankRNN), Same(*[100.0] * 2), 2, 0)


@pytest.mark.parametrize("seed", range(3))
def test_currents_lie_flat_and_rates_bend(seed):
    leaky, task = network(LeakyCurrentRNN, seed=seed), TASK
    flat = gallery.activity(leaky, task, 3, 1)
    assert np.linalg.matrix_rank(flat, tol=1e-9 * np.linalg.norm(flat)) == leaky.n_latents + leaky.n_inputs
    assert gallery.dimensions(leaky, task, 3, 1, 1 - 1e-12) <= leaky.n_latents + leaky.n_inputs
    bent = gallery.activity(leaky.firing_rate(), task, 3, 1)  # twin: the same weights, the other class
    assert np.linalg.matrix_rank(bent, tol=1e-9 * np.linalg.norm(bent)) > 2 * (leaky.n_latents + leaky.n_inputs)


@pytest.mark.parametrize("architecture", [LowRankRNN, LeakyCurrentRNN])
def test_drift_is_judged_as_the_drifted_network_is(architecture):
    net = network(architecture)
    found = gallery.after_drift(net, TASK, [0.0, 3.0], 20, rng=4, n_draws=2)
    assert found.shape == (3, 2, 2)
    rng = np.random.default_rng(4)
    for kind, of_kind in zip(gallery.DRIFT_KINDS, found, strict=True):
        for sigma, of_sigma in zip((0.0, 3.0), of_kind, strict=True):
            for one in of_sigma:
                changed = drifted(net, sample_drift(net.encoding, kind, sigma, rng))
                assert one == tasks.accuracy(changed, TASK, 20, rng)
