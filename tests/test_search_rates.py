"""The search among all rates: it rests at the latent flow's fixed points, and what it is not started near it misses."""

import numpy as np
import pytest

from lpu_core import LowRankRNN, dynamics

BITS = LowRankRNN(np.eye(2), 4.0 * np.eye(2), np.zeros((2, 0))).dense()  # two bits of one neuron each: κ = 2 tanh κ


def test_all_fixed_points_are_found_from_all_over_and_no_others():
    exact = dynamics.fixed_points(LowRankRNN(np.eye(2), 4.0 * np.eye(2), np.zeros((2, 0)))).points
    starts = np.random.default_rng(0).uniform(-1, 1, (100, 2))
    rates, q, n_gradients = dynamics.search_rates(BITS, starts)
    apart = np.linalg.norm((2 * rates)[:, None] - exact, axis=-1)
    assert len(rates) == len(exact) == 9
    assert apart.min(0).max() < 1e-4 and apart.min(1).max() < 1e-4
    assert (q < 1e-12).all() and n_gradients > 100


def test_what_no_start_leads_to_is_missed():
    rates, _, _ = dynamics.search_rates(BITS, np.full((5, 2), 0.95))
    np.testing.assert_allclose(rates, [[0.9575, 0.9575]], atol=1e-3)


def test_a_slow_point_is_kept_where_slow_ones_are_asked_for():
    ghost = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)), bias=[0.55]).dense()  # two of its fixed points have just met
    starts = np.linspace(-1, 1, 11)[:, None]
    assert len(dynamics.search_rates(ghost, starts)[0]) == 1
    rates, q, _ = dynamics.search_rates(ghost, starts, slow=1e-2)
    assert len(rates) == 2 and q[0] < 1e-12 < q[1]


def test_starts_are_rates_of_the_network():
    with pytest.raises(ValueError, match="starts"):
        dynamics.search_rates(BITS, np.zeros((3, 5)))
    with pytest.raises(ValueError, match="starts: expected at least one"):
        dynamics.search_rates(BITS, np.zeros((0, 2)))
