"""How backpropagation through time fares with its learning rate."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lpu_core import training
from lpu_core.tasks import FlipFlop

QUICK = training.Descent(n_epochs=10, learning_rate=1.0, n_trials=8)


def test_a_learning_curve_is_the_plain_descent_s():
    """No clipping and no early stop, whatever the descent given says."""
    task = FlipFlop(1, 0.1, 20)
    given = replace(QUICK, clip=1e-6, target_accuracy=0.0)
    curves = training.learning_curves(task, 10, [1e-3, 1e-2], (0, 1), given)
    assert curves.shape == (2, 10, 2)
    for rate, curve in zip((1e-3, 1e-2), curves, strict=True):
        plain = replace(QUICK, learning_rate=rate, clip=np.inf, target_accuracy=2.0)
        np.testing.assert_array_equal(curve, training.train_full_rank(task, 10, (0, 1), descent=plain).losses)
    assert np.abs(curves[0] - curves[1]).max() > 1e-3


def test_a_rate_that_diverges_has_infinite_losses(monkeypatch):
    def diverges_above_one(task, n_neurons, seeds, descent):
        if descent.learning_rate > 1:
            raise training.Diverged("too fast")
        return SimpleNamespace(losses=np.ones((10, 2)))

    monkeypatch.setattr("lpu_core.training.learning_rates.train_full_rank", diverges_above_one)
    curves = training.learning_curves(FlipFlop(1), 10, [0.5, 2.0], (0, 1), QUICK)
    assert (curves[0] == 1).all() and np.isinf(curves[1]).all()


def test_the_largest_rate_that_halves_the_loss():
    falling, flat, slow, infinite = np.linspace(1, 0.1, 20), np.ones(20), np.linspace(1, 0.6, 20), np.full(20, np.inf)
    curves = np.stack([slow, falling, falling, flat, infinite])[:, :, None].repeat(3, axis=2)
    rates = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    assert training.largest_converging_rate(rates, curves) == 1e-2
    assert training.largest_converging_rate(rates[::-1], curves[::-1]) == 1e-2
    assert training.largest_converging_rate([1.0, 2.0], curves[[0, 3]]) == 0


def test_rates_and_their_curves():
    curves = np.array([[[1.0], [0.4]], [[1.0], [0.45]], [[np.inf], [np.inf]]])
    assert training.largest_converging_rate([0.1, 0.2, 0.3], curves) == 0.2
    for bad in (curves[:2], curves[:, :0], -curves, curves * np.nan):
        with pytest.raises(ValueError, match="curves: expected"):
            training.largest_converging_rate([0.1, 0.2, 0.3], bad)
    with pytest.raises(ValueError, match="learning_rates: expected at least one"):
        training.learning_curves(FlipFlop(1), 10, [], [0], QUICK)
