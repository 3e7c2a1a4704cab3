"""The forest among the decoders chooses its parameters by cross-validation, as the paper's does."""

import itertools

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

from lpu_core import readouts


def two_clouds(n, rng):
    """Trials of two Gaussian classes one apart in three dimensions: no boundary is better than a plane."""
    labels = np.arange(n) % 2 == 1
    x = rng.standard_normal((n, 3))
    x[:, 0] += labels
    return x, labels


def test_the_parameters_are_those_of_a_search_by_hand():
    x, labels = two_clouds(60, np.random.default_rng(0))
    forest = readouts.DECODERS["forest"](7).fit(x, labels)
    scores = {}
    for depth, features in itertools.product((2, None), (1, None)):
        one = RandomForestClassifier(8, max_depth=depth, max_features=features, random_state=7)
        scores[depth, features] = cross_val_score(one, x, labels, cv=3).mean()
    assert (forest.max_depth, forest.max_features, len(forest)) == (*max(scores, key=scores.__getitem__), 25)
    assert forest.max_depth == 2  # grown out, trees learn noise by heart


@pytest.mark.slow
def test_tuning_pays_where_a_plane_is_best_and_costs_nothing_on_an_xor():
    """Its gain over 60 draws of 40 training trials is above two standard errors. Twin: an XOR, which both learn."""
    names = ("forest", "untuned forest")
    gains = []
    for seed in range(60):
        x, labels = two_clouds(3040, np.random.default_rng([1, seed]))
        fitted = [readouts.DECODERS[name](seed).fit(x[:40], labels[:40]) for name in names]
        gains.append(np.subtract(*(one.score(x[40:], labels[40:]) for one in fitted)))
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(len(gains))
    rng = np.random.default_rng(2)
    corners = rng.choice([-1.0, 1.0], (240, 2))
    agree, trials = corners.prod(axis=1) > 0, corners + 0.3 * rng.standard_normal((240, 2))
    for name in names:
        fitted = readouts.DECODERS[name](8).fit(trials[:120], agree[:120])
        assert fitted.score(trials[120:], agree[120:]) > 0.95
