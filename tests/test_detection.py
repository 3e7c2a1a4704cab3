"""Patterns in white noise: the law of what is observed, its edge, and the chance to see them all."""

import numpy as np
import pytest
from pytest import approx

from lpu_core import detection

SIZES = [(40, 150), (100, 100), (160, 40)]


def drawn(d, p, q, n_draws, seed, n_patterns=1):
    """Singular values and right vectors of signal and noise, and the signal's right vectors."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((n_draws, size, n_patterns)))[0] for size in (p, q))
    matrices = d * left @ right.transpose(0, 2, 1) + rng.standard_normal((n_draws, p, q))
    u, values, v = np.linalg.svd(matrices, full_matrices=False)
    return values, np.einsum("sp,sp->s", u[..., 0], left[..., 0]) ** 2, np.einsum("sq,sq->s", v[:, 0], right[..., 0]) ** 2


@pytest.mark.parametrize(("p", "q"), SIZES)
def test_the_least_that_is_observed_is_the_edge_of_the_noise_at_the_threshold(p, q):
    d = (p * q) ** 0.25 * np.linspace(0.1, 5, 491)
    observed = detection.observed_values(d, p, q, 0.3) / 0.3
    law = np.sqrt((d**2 / 0.09 + p) * (d**2 / 0.09 + q) / (d**2 / 0.09))  # at any d, hidden or not
    assert law.min() == approx(np.sqrt(p) + np.sqrt(q), rel=1e-4)
    hidden = d <= 0.3 * (p * q) ** 0.25
    np.testing.assert_allclose(observed[hidden], np.sqrt(p) + np.sqrt(q), rtol=1e-12)
    np.testing.assert_allclose(observed[~hidden], law[~hidden], rtol=1e-12)


@pytest.mark.parametrize(("p", "q"), SIZES)
def test_what_is_observed_of_a_pattern_and_how_it_varies(p, q):
    d = 1.8 * (p * q) ** 0.25
    values, left, right = drawn(d, p, q, 150, 0)
    assert values[:, 0].mean() == approx(detection.observed_values(d, p, q), rel=0.01)
    one, other = detection.overlaps(d, p, q)
    assert left.mean() == approx(one, abs=0.03) and right.mean() == approx(other, abs=0.03)
    variance = 2 * (1 - p * q / d**4) * (p + q + 2 * d**2)  # of x²
    assert (values[:, 0] ** 2).var() == approx(variance, rel=0.45)  # s.e. 12 %, and of finite size


def test_twin_below_the_threshold_nothing_is_left_of_a_pattern():
    values, left, right = drawn(0.5 * 6000**0.25, 40, 150, 200, 1)
    assert max(left.mean(), right.mean()) < 0.06
    assert values[:, 0].mean() == approx(detection.observed_values(0.5 * 6000**0.25, 40, 150), rel=0.03)
    assert detection.overlaps(0.5 * 6000**0.25, 40, 150) == (0, 0)


@pytest.mark.parametrize(("rate", "quantile"), [(0.1, 0.4501), (0.05, 0.9793), (0.01, 2.0234)])
def test_the_edge_is_tracy_and_widom_s(rate, quantile):
    """Tables of their law, β = 1."""
    p, q = np.sqrt(39.5), np.sqrt(149.5)
    spread = (p + q) * (1 / p + 1 / q) ** (1 / 3)
    edge = detection.noise_edge(40, 150, 1.0, rate)
    assert (edge**2 - (p + q) ** 2) / spread == approx(quantile, abs=0.02)
    assert detection.noise_edge(150, 40, 0.2, rate) == approx(0.2 * edge, rel=1e-12)


@pytest.mark.parametrize(("p", "q"), [(20, 60), (60, 20)])
def test_noise_alone_exceeds_the_edge_as_often_as_stated(p, q):
    largest = np.linalg.svd(np.random.default_rng(2).standard_normal((4000, p, q)), compute_uv=False)[:, 0]
    for rate in (0.05, 0.1):
        assert (largest > detection.noise_edge(p, q, 1.0, rate)).mean() == approx(rate, abs=4 * np.sqrt(rate / 4000))
    assert (largest > detection.noise_edge(p, q, 0.85, 0.05)).mean() > 0.9  # twin: the noise is larger than known


@pytest.mark.parametrize(("p", "q"), SIZES)
def test_the_least_visible_pattern_lies_on_the_edge(p, q):
    for rate in (0.01, 0.05, 0.1):
        least = detection.least_visible(p, q, 0.7, rate)
        assert detection.observed_values(least, p, q, 0.7) == approx(detection.noise_edge(p, q, 0.7, rate), rel=1e-10)
        assert least > 0.7 * (p * q) ** 0.25


@pytest.mark.parametrize("n_patterns", [1, 3])
def test_the_chance_to_see_all_patterns(n_patterns):
    """Equal ones repel each other, and the last is seen later."""
    p, q = 40, 60
    d = 1.3 * detection.least_visible(p, q)
    values, _, _ = drawn(d, p, q, 600, 3, n_patterns)
    share = (values[:, n_patterns - 1] > detection.noise_edge(p, q)).mean()
    chance = detection.all_seen(np.full((4000, n_patterns), d), p, q, 0)
    assert chance == approx(share, abs=0.06)
    if n_patterns == 3:  # twin: without the repulsion the chance is another
        assert abs(detection.all_seen(np.full((4000, 1), d), p, q, 0) ** 3 - share) > 0.06


def test_no_pattern_is_seen_and_strong_ones_are():
    assert detection.all_seen(np.zeros((50, 2)), 40, 40, 0) == 0
    assert detection.all_seen(np.full((50, 2), 1e3), 40, 40, 0) == 1
    assert detection.all_seen(np.zeros((50, 0)), 40, 40, 0) == 1
