"""What the functions of dynamics are asked with and cannot use is named, and nothing hangs."""

import warnings

import numpy as np
import pytest
from reference import one_latent, product_network, random_network

from lpu_core import dynamics, timescales

FINDERS = [dynamics.fixed_points, dynamics.slow_points, dynamics.flow_field]


@pytest.mark.parametrize("finder", FINDERS)
@pytest.mark.parametrize(("low", "high", "message"), [
    (None, 1.0, r"low, high: expected both or neither, got \(None, 1.0\)"),
    (1.0, -1.0, r"high: expected above low = \[1. 1.\], got \[-1. -1.\]"),
    ([0, 0], [1, 0], "high: expected above low"),
    (0.0, np.inf, r"high: expected numbers from -1e.*, got inf"),
    (-1.0, [1.0, np.nan], r"high: expected numbers from -1e.*, got nan at \[1\]"),
    (-1j, 1.0, "low: expected real numbers, got"),
    ("left", 1.0, "low: expected real numbers"),
    ([0, 0, 0], [1, 1, 1], r"low: expected shape \(2,\), got \(3,\)"),
])  # fmt: skip
def test_a_bad_box_is_named(unchecked_shapes, finder, low, high, message):
    with pytest.raises(ValueError, match=message):
        finder(product_network(np.array([1.3, 2.0])), low, high)


@pytest.mark.parametrize("finder", FINDERS)
def test_four_latents_are_too_many(finder):
    with pytest.raises(ValueError, match="network: expected 1 to 3 latent variables, got 4"):
        finder(random_network(np.random.default_rng(0), k=4))


NET = one_latent(1.0, 2.0)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: dynamics.fixed_points(NET, n_starts=1), "n_starts: expected a whole number of at least 2, got 1"),
    (lambda: dynamics.slow_points(NET, n_starts=1), "n_starts: expected a whole number of at least 2, got 1"),
    (lambda: dynamics.flow_field(NET, n_points=1), "n_points: expected a whole number of at least 2, got 1"),
    (lambda: dynamics.fixed_points(NET).of_kind("focus"), r"kind: expected one of .*, got 'focus'"),
    (lambda: dynamics.fixed_points("a net"), "network: expected a LatentSystem, got 'a net'"),
    (lambda: dynamics.nearby_trajectories(NET, [0.0], 0.0, 5, 0), "radius: expected a number above 0, got 0"),
    (lambda: dynamics.nearby_trajectories(NET, [0.0], np.inf, 5, 0), "radius: expected a number above 0, got inf"),
    (lambda: dynamics.nearby_trajectories(NET, [0.0, 0.0], 1.0, 5, 0), r"kappa: expected shape \(1,\), got \(2,\)"),
    (lambda: dynamics.nearby_trajectories(NET, [np.nan], 1.0, 5, 0), "kappa: expected finite numbers, got nan"),
    (lambda: dynamics.nearby_trajectories(NET, [1j], 1.0, 5, 0), "kappa: expected real numbers, got complex128"),
    (lambda: dynamics.nearby_trajectories(NET, [0.0], 1.0, 0, 0), "n_steps: expected a whole number of at least 1, got 0"),
    (lambda: dynamics.nearby_trajectories(NET, [0.0], 1.0, np.inf, 0), "n_steps: expected a whole number"),
    (lambda: dynamics.nearby_trajectories(NET, [0.0], 1.0, 5, -1), "rng: expected a numpy Generator, or a seed"),
    (lambda: dynamics.bifurcations(NET, [1.0, 0.0], 0, 1), r"direction: expected shape \(1,\), got \(2,\)"),
    (lambda: dynamics.bifurcations(NET, [np.inf], 0, 1), "direction: expected finite numbers, got inf"),
    (lambda: dynamics.bifurcations(NET, [1.0], 0.0, np.inf), "high_amplitude: expected a number, got inf"),
    (lambda: dynamics.bifurcations(NET, [1.0], np.nan, 1.0), "low_amplitude: expected a number, got nan"),
    (lambda: dynamics.bifurcations(NET, [1.0], 0.0, 1e300), "tolerance: expected above the amplitudes' rounding, 8.9e"),
    (lambda: dynamics.bifurcations(NET, [1.0], 1, 0), "high_amplitude: expected above 1.0, got 0"),
    (lambda: dynamics.bifurcations(NET, [1.0], 0, 1, tolerance=0), "tolerance: expected a number above 0, got 0"),
    (lambda: dynamics.bifurcations(NET, [1.0], 0, 1, n_coarse=1), "n_coarse: expected a whole number of at least 2, got 1"),
])  # fmt: skip
def test_other_bad_arguments_are_named(unchecked_shapes, call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("finder", FINDERS)
@pytest.mark.parametrize(("inputs", "message"), [
    ([np.nan], "inputs: expected finite numbers, got nan"),
    ([np.inf], "inputs: expected finite numbers, got inf"),
    ([1j], "inputs: expected real numbers, got complex128 numbers"),
    (np.zeros(2), r"inputs: expected shape \(1,\), got \(2,\)"),
    (np.zeros((3, 1)), r"inputs: expected shape \(1,\), got \(3, 1\)"),
    ("pulse", "inputs: expected real numbers"),
])  # fmt: skip
def test_an_input_that_is_no_constant_is_refused(unchecked_shapes, finder, inputs, message):
    with pytest.raises(ValueError, match=message):
        finder(NET, -1, 1, inputs=inputs)


def test_a_nonlinearity_without_slope_is_refused_not_misjudged():
    """sign has no derivative at 0, where its 'fixed point' would pass for an attractor."""
    net = one_latent(1.0, 2.0, nonlinearity="sign")
    for finder in (dynamics.fixed_points, dynamics.slow_points):
        for box in ((), (-3, 3)):
            with pytest.raises(ValueError, match="network: expected a nonlinearity that has a slope, got 'sign'"):
                finder(net, *box)


@pytest.mark.parametrize("phi", [lambda x: x * np.nan, np.sqrt, np.log])
@pytest.mark.parametrize("finder", FINDERS)
def test_a_flow_that_is_not_finite_in_the_box_is_the_networks_fault(finder, phi):
    with pytest.raises(ValueError, match="network: expected a flow that is finite"), np.errstate(all="ignore"):
        finder(one_latent(1.0, 1.0, nonlinearity=phi), -1, 1)


def test_a_flow_that_is_finite_in_the_box_alone_will_do():
    """√ κ = κ at 1; steps that lead to κ < 0, where the flow is nan, are taken back."""
    with np.errstate(invalid="ignore"):
        found = dynamics.fixed_points(one_latent(1.0, 1.0, nonlinearity=np.sqrt), 0.5, 3)
    np.testing.assert_allclose(found.points, [[1.0]])


def test_trajectories_that_run_away_are_the_networks_fault():
    net = one_latent(1.0, 1e300, nonlinearity="relu")
    with pytest.raises(ValueError, match="network: expected a flow that is finite"), np.errstate(all="ignore"):
        dynamics.nearby_trajectories(net, [1.0], 0.1, 5, rng=0)


def test_a_box_in_float32_is_no_overflow():
    """The largest float64 number bounds what a box may be; it is infinite to a float32, silently."""
    corner = np.ones(2, np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        field = dynamics.flow_field(timescales.design_flip_flop(20, 2, rng=0), -corner, corner, n_points=3)
    assert field.points.shape == (3, 3, 2)
