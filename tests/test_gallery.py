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


def test_what_is_explained_is_one_minus_the_error_s_share():
    """Also the squared correlation, for the best straight line through the outputs; a worse one explains less."""
    rng = np.random.default_rng(0)
    targets = np.broadcast_to(rng.normal(0.5, 1, (1, 200, 1)), (4, 200, 1))
    said = 0.3 * targets + rng.standard_normal((1, 200, 1))
    said[0] -= 50  # the first step does not count
    x, y = said[-1, :, 0], targets[-1, :, 0]
    slope, offset = np.polyfit(x, y, 1)
    r2 = np.corrcoef(x, y)[0, 1] ** 2
    assert gallery.explained(slope * said + offset, targets, slice(1, None)) == pytest.approx(r2, abs=1e-12)
    assert gallery.explained(said, targets, slice(1, None)) < r2
    assert gallery.explained(said, targets, slice(None)) < -10
    with pytest.raises(ValueError, match="targets: expected some that differ, got the same in all trials"):
        gallery.explained(np.ones((4, 3, 1)), np.ones((4, 3, 1)), slice(None))
    with pytest.raises(ValueError, match="scored: expected a step or more"):
        gallery.explained(said, targets, slice(9, None))


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
