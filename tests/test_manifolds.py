"""The number of principal components: against spectra known by construction."""

import numpy as np
import pytest

from lpu_core.manifolds import linear_dimensionality


def points_with(shares, n_points=400, n_neurons=30, seed=0):
    """Points whose principal components hold exactly these shares of the variance, off the origin."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((n_points, len(shares)))
    scores, _ = np.linalg.qr(scores - scores.mean(0))  # orthonormal and centred
    axes, _ = np.linalg.qr(rng.standard_normal((n_neurons, len(shares))))
    return scores * np.sqrt(shares) @ axes.T + 5


@pytest.mark.parametrize(("variance", "expected"), [(0.5, 1), (0.7, 2), (0.95, 3), (0.99, 4), (1.0, 4)])
def test_it_counts_the_components_that_hold_the_share(variance, expected):
    assert linear_dimensionality(points_with([0.6, 0.25, 0.12, 0.03]), variance) == expected


def test_a_flat_sheet_has_the_dimension_of_its_latents_and_a_curved_one_more():
    rng = np.random.default_rng(1)
    kappa, embedding = rng.uniform(-1, 1, (500, 2)), 3 * rng.standard_normal((2, 50))
    assert linear_dimensionality(kappa @ embedding, 1 - 1e-9) == 2
    assert linear_dimensionality(np.tanh(kappa @ embedding), 1 - 1e-9) > 2


@pytest.mark.parametrize("variance", [0.0, 1.1, -1.0])
def test_a_share_that_is_none_is_refused(variance):
    with pytest.raises(ValueError, match="variance"):
        linear_dimensionality(points_with([1.0]), variance)


@pytest.mark.parametrize("points", [np.zeros((1, 3)), np.ones((5, 3))])
def test_points_without_variance_are_refused(points):
    with pytest.raises(ValueError, match="points"):
        linear_dimensionality(points)
