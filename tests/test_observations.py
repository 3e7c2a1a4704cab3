"""From spikes and fluorescence to rates: filters undone, scales, and bits per spike."""

import numpy as np
import pytest
from scipy.stats import poisson

from lpu_core import observations, one_step


def test_one_step_of_a_trace_tells_the_spikes_and_not_with_another_tau():
    counts = np.random.default_rng(0).poisson(1.0, (20, 5, 3)).astype(float)
    rates = observations.from_counts(counts, 0.2, np.full(3, 4.0))
    drives = one_step.samples(rates, np.zeros((21, 5, 0)), 0.2).drives.reshape(20, 5, 3)
    np.testing.assert_allclose((drives + 1) * 2, counts, atol=1e-12)
    other = one_step.samples(rates, np.zeros((21, 5, 0)), 0.3).drives.reshape(20, 5, 3)
    assert np.abs((other + 1) * 2 - counts).max() > 0.1


def test_the_filter_of_an_indicator_is_undone():
    rates = np.random.default_rng(1).uniform(-1, 1, (200, 6, 3))
    trace, traces = np.zeros((6, 3)), []
    for rate in rates:
        trace = 0.9 * trace + 0.1 * rate
        traces.append(trace)
    found = observations.from_fluorescence(5 + 3 * np.array(traces), 0.1)
    for neuron in range(3):  # up to the scale, but for what is cut
        inside = np.abs(found[..., neuron]) < 1
        assert np.corrcoef(found[..., neuron][inside], rates[1:, :, neuron][inside])[0, 1] == pytest.approx(1, abs=1e-9)
    wrong = observations.from_fluorescence(np.array(traces), 0.5)
    assert np.corrcoef(wrong.ravel(), rates[1:].ravel())[0, 1] < 0.95


def test_bits_per_spike_are_the_difference_of_poisson_s_logarithms():
    rng = np.random.default_rng(2)
    expected, mean = rng.uniform(0.1, 3, (50, 4)), np.full(4, 1.0)
    counts = rng.poisson(expected).astype(float)
    gained = poisson.logpmf(counts, expected).sum() - poisson.logpmf(counts, mean).sum()
    assert observations.bits_per_spike(counts, expected, mean) == pytest.approx(gained / counts.sum() / np.log(2))
    assert observations.bits_per_spike(counts, np.tile(mean, (50, 1)), mean) == 0
    assert observations.bits_per_spike(counts, expected[::-1].copy(), mean) < 0


def test_bad_observations_are_refused():
    with pytest.raises(ValueError, match="alpha: expected at most 1"):
        observations.from_counts(np.ones((2, 1, 1)), 1.5, np.ones(1))
    with pytest.raises(ValueError, match="peak: expected positive"):
        observations.from_counts(np.ones((2, 1, 1)), 0.5, np.zeros(1))
    with pytest.raises(ValueError, match="activity: expected neurons whose activity changes"):
        observations.scaled(np.ones((2, 1, 1)))
