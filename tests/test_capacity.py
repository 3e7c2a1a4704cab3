"""Two capacities of a random code: their laws against draws, and codes for which they don't hold."""

import numpy as np
import pytest

from lpu_core import stability


def named(means, noise_std, n_trials, rng):
    """The share of trials whose nearest mean is their own."""
    true = rng.integers(len(means), size=n_trials)
    trials = means[true] + noise_std * rng.standard_normal((n_trials, means.shape[1]))
    return ((trials @ means.T - np.square(means).sum(1) / 2).argmax(1) == true).mean()


@pytest.mark.parametrize("n_places", [2, 20, 500])
def test_random_places_are_named_as_orthogonal_signals_are(n_places):
    rng = np.random.default_rng(n_places)
    share = np.mean([named(rng.standard_normal((n_places, 400)), 7.0, 2000, rng) for _ in range(5)])
    law = stability.naming_law(n_places, np.sqrt(400) / 7)
    assert share == pytest.approx(law, abs=0.03)  # 10 000 trials, and patterns of finite length


def test_two_places_have_their_closed_form():
    from scipy.stats import norm

    s = np.array([0.0, 0.5, 2.0])  # E Φ(z + s) = Φ(s/√2)
    np.testing.assert_allclose(stability.naming_law(2, s), norm.cdf(s / np.sqrt(2)), atol=1e-12)


def test_places_with_neighbours_are_named_worse_than_the_law_of_random_ones():
    rng, x = np.random.default_rng(0), np.linspace(0, 1, 200)
    line = np.exp(-np.square((x[:, None] - np.linspace(-0.1, 1.1, 400)) / 0.1) / 2)
    line = (line - line.mean(0)) / line.std(0)
    assert named(line, 7.0, 2000, rng) < stability.naming_law(200, np.sqrt(400) / 7) - 0.2


@pytest.mark.parametrize("n_places", [10, 51, 101, 400])
def test_a_linear_reader_has_its_share_of_the_places(n_places):
    rng, shares = np.random.default_rng(n_places), []
    for _ in range(40):
        means, wanted = rng.standard_normal((n_places, 50)), rng.standard_normal(n_places)
        both = np.c_[means, np.ones(n_places)]
        left = wanted - both @ np.linalg.lstsq(both, wanted, rcond=None)[0]
        shares.append(1 - left.var() / wanted.var())
    assert np.mean(shares) == pytest.approx(stability.linear_reading_law(n_places, 50), abs=0.03)


def test_a_reader_of_a_smooth_code_has_more_than_its_share():
    x = np.linspace(0, 1, 400)
    means = np.exp(-np.square((x[:, None] - np.linspace(-0.1, 1.1, 50)) / 0.1) / 2)
    left = x - means @ np.linalg.lstsq(means, x, rcond=None)[0]
    assert 1 - left.var() / x.var() > stability.linear_reading_law(400, 50) + 0.5
