"""What a drift leaves behind: neurons counted by hand, strengths at which findings hold; drift within groups."""

import numpy as np
import pytest

from lpu_book import RESULTS
from lpu_core import LowRankRNN, drift, networks
from lpu_core.tasks import FlipFlop

FLIPFLOP = networks.load(RESULTS / "flip_flop_2bit/fine_tuned_00.npz").astype(np.float64)
SIGMAS = np.geomspace(1e-3, 1e-2, 4)


def slope(values):
    """Of a log-log line against SIGMAS."""
    return np.polyfit(np.log(SIGMAS), np.log(values), 1)[0]


# ------------------------------------------------------------------ aftermath


def test_the_shares_are_those_counted_by_hand():
    """Sign by sign: a neuron changes if a weight crosses a threshold; among those with both weights between them, too."""
    change = drift.sample_drift(FLIPFLOP.encoding, "orthogonal", 0.3, 4)
    old, new = (np.where(np.abs(m) > 0.4, np.sign(m), 0) for m in (FLIPFLOP.embedding, FLIPFLOP.embedding + change))
    differs, silent = (old != new).any(1), ~old.any(1)
    found = drift.changed_shares(FLIPFLOP.embedding, FLIPFLOP.embedding + change, 0.4)
    assert found == (differs.mean(), differs[silent].mean()) and 0.2 < found[0] < 0.9


def test_no_drift_changes_nothing_and_where_none_is_silent_none_awakes():
    assert drift.changed_shares(FLIPFLOP.embedding, FLIPFLOP.embedding) == (0, 0)
    changed, awakened = drift.changed_shares([[2.0], [1.0]], [[2.0], [0.0]])
    assert changed == 0.5 and np.isnan(awakened)


def test_the_large_weights_are_the_95th_percentile():
    m = np.linspace(-1, 1, 2001)[:, None]
    net = LowRankRNN(m, np.ones_like(m), np.zeros((2001, 0)))
    assert drift.large_weight(net) == pytest.approx(0.95, abs=1e-3)


def test_findings_hold_where_each_of_their_lines_is_within_its_bounds():
    """Two lines in log σ that cross ½ at σ = 10^½ and 10^(3/2): between them both hold; with a bound beyond, nowhere."""
    strengths = np.array([1.0, 10.0, 100.0])
    rising, falling = np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0])
    shares = np.stack([rising, falling], axis=1)
    fine = drift.strengths_between(strengths)
    inside = fine[drift.where_all_hold(strengths, shares, [0.5, 0.5], [1.0, 1.0])]
    step = fine[1] / fine[0]
    assert 10**0.5 <= inside.min() <= 10**0.5 * step and 10**1.5 / step <= inside.max() <= 10**1.5
    assert not drift.where_all_hold(strengths, shares, [0.5, 1.1], [1.0, 2.0]).any()
    below = fine[drift.where_all_hold(strengths, shares, [0.0, 0.0], [0.5, 1.0])]
    assert below.max() <= 10**0.5 < below.max() * step


def test_strengths_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match=r"strengths: expected rising ones"):
        drift.where_all_hold([2.0, 1.0], [[0.0], [1.0]], [0.0], [1.0])


# ------------------------------------------------------------------ orthogonal within groups

LARGE = drift.resample(FLIPFLOP, 1000, 0)
COPIES = np.unique(LARGE.embedding, axis=0, return_inverse=True)[1].ravel()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_group_is_orthogonal_by_itself(dtype):
    rng = np.random.default_rng(1)
    n, groups = rng.standard_normal((60, 2)).astype(dtype), rng.integers(5, size=60)
    change = drift.sample_grouped_drift(n, groups, 0.7, 2)
    assert change.dtype == dtype
    np.testing.assert_allclose(np.sqrt(np.square(change).mean(0)), 0.7, rtol=1e-5)
    for g in range(5):
        np.testing.assert_allclose(n[groups == g].T @ change[groups == g], 0, atol=1e-4 if dtype == np.float32 else 1e-12)
    one = drift.sample_grouped_drift(n, np.zeros(60, int), 0.7, 2)  # one group is the plain orthogonal drift
    np.testing.assert_allclose(one, drift.sample_drift(n, "orthogonal", 0.7, 2), atol=1e-5)


def test_a_neuron_alone_stays_and_alone_they_are_refused():
    n = np.random.default_rng(3).standard_normal((6, 1))
    change = drift.sample_grouped_drift(n, [0, 1, 1, 1, 1, 1], 0.5, 4)
    assert not change[0].any() and change[1:].all()
    with pytest.raises(ValueError, match=r"groups: expected some with more neurons than encoding vectors"):
        drift.sample_grouped_drift(n, np.arange(6), 0.5, 4)


@pytest.mark.parametrize(("dealt", "power"), [(False, 2), (True, 1)])
def test_kappa_deviates_to_second_order_all_along_where_J_is_one_number_in_each_group(dealt, power):
    """Copies of a neuron have one J, whatever κ and u are. The twin: groups of the same sizes, dealt at random."""
    groups = np.random.default_rng(5).permutation(COPIES) if dealt else COPIES
    change = drift.sample_grouped_drift(LARGE.encoding, groups, 1.0, 6)
    u = FlipFlop(2, n_steps=60).sample(5, 7)[0]
    start = np.full((5, 2), 0.5)
    old = LARGE.simulate(u, initial_latents=start).latents
    push = drift.first_order_term(LARGE, change, old, u)
    assert (np.abs(push).max() < 1e-12) == (not dealt)
    moved = [np.abs(drift.drifted(LARGE, s * change).simulate(u, initial_latents=start).latents - old).max() for s in SIGMAS]
    assert slope(moved) == pytest.approx(power, abs=0.1)
