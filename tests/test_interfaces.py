"""Interfaces: a hub's best gain, electrodes on a sheet, decoders under drift; each law against a slower way and its twin."""

import numpy as np
import pytest
from pytest import approx
from scipy.optimize import minimize_scalar

from lpu_core import LowRankRNN, interfaces
from lpu_core.subspace import sample_drift
from lpu_core.surgery import drifted

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("spread", ["gaussian", "two states"])
def test_the_best_gain_is_an_optimiser_s_where_noise_is_weak(spread):
    kappa = RNG.standard_normal(4000) if spread == "gaussian" else np.sign(RNG.standard_normal(4000))
    noise = 1e-3
    found = minimize_scalar(lambda g: interfaces.hub_error(kappa, g, noise), bounds=(0.01, 1), method="bounded")
    gain, error = interfaces.best_hub_gain(kappa, noise)
    assert gain == approx(found.x, rel=0.05) and error == approx(found.fun, rel=0.05)
    gain, error = interfaces.best_hub_gain(kappa, 1.0)  # twin: the law is of weak noise
    found = minimize_scalar(lambda g: interfaces.hub_error(kappa, g, 1.0), bounds=(0.01, 100), method="bounded")
    assert abs(error / found.fun - 1) > 0.2


def test_a_hub_s_error_is_that_of_draws():
    kappa, gain, noise = RNG.standard_normal(200_000), 0.7, 0.3
    read = (np.tanh(gain * kappa) + noise * RNG.standard_normal(len(kappa))) / gain
    assert interfaces.hub_error(kappa, gain, noise) == approx(np.mean((read - kappa) ** 2), rel=0.02)


def distances(side):
    """From cell 0 to all cells of the torus, (side²,), one by one."""
    found = np.empty((side, side))
    for i in range(side):
        for j in range(side):
            found[i, j] = np.hypot(min(i, side - i), min(j, side - j)) / side
    return found.ravel()


def test_a_field_has_its_variance_and_correlation():
    side, length = 32, 0.08
    fields = interfaces.smooth_field(side, length, 1, 4000)
    found = fields @ fields[0] / 4000
    np.testing.assert_allclose(found, np.exp(-(distances(side) ** 2) / (2 * length**2)), atol=0.08)
    assert fields.var() == approx(1, rel=0.02)


def test_an_electrode_weighs_cells_by_their_distance():
    side, width = 20, 0.1
    here = interfaces.electrodes(side, [[0.0, 0.0]], width)[0]
    bell = np.exp(-(distances(side) ** 2) / (2 * width**2))
    np.testing.assert_allclose(here, bell / bell.sum(), rtol=1e-10)
    there = interfaces.electrodes(side, [[0.25, 0.9]], width)[0]  # the same bell, moved by whole cells
    np.testing.assert_allclose(there.reshape(side, side), np.roll(here.reshape(side, side), (5, 18), (0, 1)), atol=1e-12)


def worth(fields, bell, q):
    """An electrode's information over a cell's, from fields (N, F): signal n_i κ, private noise of variance 1."""
    return np.mean((bell @ fields) ** 2) / (np.sum(bell**2) + q) / np.mean(fields**2)


@pytest.mark.parametrize("length", [0.03, 0.06, 0.12])
@pytest.mark.parametrize("q", [0.0, 0.3])
def test_an_electrode_is_worth_what_the_law_says(length, q):
    side, width = 80, 0.04
    bell = interfaces.electrodes(side, RNG.uniform(size=(20, 2)), width)
    fields = interfaces.smooth_field(side, length, 2, 300)
    found = np.mean([worth(fields, one, q) for one in bell])
    assert found == approx(float(interfaces.electrode_worth(length, width, side**2, q)), rel=0.1)


def test_salt_and_pepper_is_not_heard():
    side, width = 80, 0.04
    bell = interfaces.electrodes(side, [[0.5, 0.5]], width)[0]
    fields = interfaces.smooth_field(side, 0.1, 3, 300)
    shuffled = RNG.permutation(fields - fields.mean(0))  # the same weights in other places, but for what all have in common
    seen = 4 * np.pi * width**2 * side**2
    assert worth(shuffled, bell, 0.3) == approx(1 / (1 + 0.3 * seen), rel=0.3)
    assert worth(shuffled, bell, 0.3) < 0.1 * interfaces.electrode_worth(0.1, width, side**2, 0.3)


def test_the_crossover_is_where_the_worth_is_one():
    for width, q in ((0.03, 0.1), (0.05, 0.5), (0.02, 0.0)):
        length = interfaces.crossover_length(width, 4096.0, q)
        assert float(interfaces.electrode_worth(length, width, 4096.0, q)) == approx(1, rel=1e-9)
    assert interfaces.crossover_length(0.03, 4096.0, 1.0) == np.inf  # an instrument as noisy as a cell: never
    assert float(interfaces.electrode_worth(1e5, 0.03, 4096.0, 1.0)) < 1
    for length in (0.02, 0.1):  # without a noise of its own: a patch of more than one cell, for wide electrodes
        assert float(interfaces.electrode_worth(length, 1e3, 500.0, 0.0)) == approx(2 * np.pi * length**2 * 500, rel=1e-6)


N, K = 300, 2
NETWORK = LowRankRNN(RNG.standard_normal((N, K)), RNG.standard_normal((N, K)) + 1, np.zeros((N, 0)))
DECODERS = np.stack([RNG.standard_normal(N) / N, NETWORK.encoding[:, 0] / N], axis=1)
STATES = np.array([[0.8, -0.3], [0.1, 0.2]])


def moved(kind, sigma, draws=1500):
    """The r.m.s. by which decoders move at fixed κ over drifts of a kind, (states, decoders)."""
    rates = NETWORK.tuning(STATES)
    change = [(drifted(NETWORK, sample_drift(NETWORK.encoding, kind, sigma, seed)).tuning(STATES) - rates) @ DECODERS
              for seed in range(draws)]  # fmt: skip
    return np.sqrt(np.mean(np.square(change), axis=0))


def test_a_decoder_errs_as_the_law_says_and_tangential_drift_is_another():
    law = interfaces.drift_error(NETWORK, DECODERS, STATES, 0.02)
    np.testing.assert_allclose(moved("random", 0.02), law, rtol=0.08)
    assert (moved("tangential", 0.02, 200)[:, 1] > 3 * law[:, 1]).all()  # along n the anchored decoder sees all of it


def test_alignment_undoes_a_rotation_and_not_each_neuron_s_own_drift():
    latents = RNG.standard_normal((500, 3)) * [3, 2, 1]
    axes = np.linalg.qr(RNG.standard_normal((20, 20)))[0]
    before, wanted = latents @ axes[:3], latents[:, :1]
    weights = axes[:3].T @ np.array([[1.0], [0], [0]])
    np.testing.assert_allclose(before @ weights, wanted, atol=1e-12)
    angle = 0.6  # all axes turn towards three others
    turned = np.cos(angle) * axes[:3] + np.sin(angle) * axes[3:6]
    after = latents @ turned
    again = interfaces.realigned(weights, before, after, 3)
    np.testing.assert_allclose((after - after.mean(0)) @ again, wanted - wanted.mean(), atol=1e-8)
    assert np.abs(after @ weights - wanted).max() > 0.1
    own = latents @ (axes[:3] * RNG.choice([-1, 1], 20))  # twin: neurons that turn their sign
    error = [
        np.mean(((own - own.mean(0)) @ w - wanted) ** 2) for w in (weights, interfaces.realigned(weights, before, own, 3))
    ]
    assert min(error) > 0.1 * wanted.var()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: interfaces.hub_error([], 1.0, 0.1), "latents: expected at least one"),
        (lambda: interfaces.best_hub_gain([0.0], 0.1), "latents: expected some samples that are not 0"),
        (lambda: interfaces.smooth_field(8, 0.0, 1), "length: expected"),
        (lambda: interfaces.electrodes(2, [[0.25, 0.25]], 1e-3), "width: expected one that reaches"),
        (lambda: interfaces.electrode_worth(0.0, 0.1, 10.0, 0.0), "length: expected"),
        (lambda: interfaces.drift_error(NETWORK, np.ones((3, 1)), [1.0, 0.0], 0.1), "decoder: expected shape"),
        (lambda: interfaces.realigned(np.ones((3, 1)), np.eye(3), np.eye(3), 3), "before: expected shape"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
