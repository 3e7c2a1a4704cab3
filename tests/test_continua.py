"""Continua of fixed points are told from isolated ones; a finite network breaks them up, and is not taken for one."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lpu_book import RESULTS
from lpu_core import LowRankRNN, drift, dynamics, networks, theory
from lpu_core.system import LatentSystem


@dataclass
class Written:
    """A latent system from its flow and Jacobian, in a box of ±2."""

    n_latents: int
    flow_of: Any
    slope_of: Any
    tau: float = 10.0
    dt: float = 5.0
    n_inputs: int = 0

    def flow(self, kappa, inputs=None):
        return self.flow_of(np.asarray(kappa, float))

    def jacobian(self, kappa, inputs=None):
        return self.slope_of(np.asarray(kappa, float))

    def bounding_box(self):
        return -2 * np.ones(self.n_latents), 2 * np.ones(self.n_latents)

    def astype(self, dtype):
        return self


def sphere(k):
    """dκ/dt = κ(1 − ‖κ‖²)/τ: two points, a ring or a sphere around a repeller."""

    def slope(x):
        radial = (1 - np.square(x).sum(-1))[..., None, None]
        return (radial * np.eye(k) - 2 * x[..., :, None] * x[..., None, :]) / 10

    return Written(k, lambda x: x * (1 - np.square(x).sum(-1, keepdims=True)) / 10, slope)


def subspace(k, dimension):
    """dκ/dt = −P κ/τ for a random projector P onto K − d dimensions: a line, a plane or all of space."""
    q = np.linalg.qr(np.random.default_rng(k).standard_normal((k, k)))[0]
    p = q[:, dimension:] @ q[:, dimension:].T / 10
    return Written(k, lambda x: -x @ p, lambda x: np.broadcast_to(-p, (*x.shape[:-1], k, k)))


@pytest.mark.parametrize(("k", "dimension"), [(1, 0), (2, 1), (3, 2)])
def test_a_sphere_is_a_continuum_around_an_isolated_repeller(k, dimension):
    """In one dimension the sphere is ±1: two attractors, and nothing continues."""
    system = sphere(k)
    assert isinstance(system, LatentSystem)
    started = time.perf_counter()
    found = dynamics.fixed_points(system)
    assert time.perf_counter() - started < 20
    assert found.continuum_dimension == dimension
    if dimension == 0:
        assert found.kinds == ("attractor", "attractor", "repeller") and found.continuum.shape == (0, 1)
        return
    assert found.kinds == ("repeller",) and np.abs(found.points).max() < 1e-9
    np.testing.assert_allclose(np.linalg.norm(found.continuum, axis=1), 1, atol=1e-9)
    directions = np.random.default_rng(0).standard_normal((200, k))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    gaps = np.linalg.norm(directions[:, None] - found.continuum, axis=-1).min(1)
    assert len(found.continuum) > 50 and gaps.max() < 0.4  # all around


@pytest.mark.parametrize(("k", "dimension"), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)])
def test_a_line_a_plane_and_a_space_of_fixed_points(unchecked_shapes, k, dimension):
    system = subspace(k, dimension)
    found = dynamics.fixed_points(system)
    assert len(found) == 0 and found.attractors.shape == (0, k)
    assert found.continuum_dimension == dimension == np.linalg.matrix_rank(found.continuum, tol=1e-6)
    assert np.abs(system.flow(found.continuum)).max() < 1e-9 and np.ptp(found.continuum, axis=0).max() > 2


def test_a_network_of_rectified_neurons_holds_a_half_line(unchecked_shapes):
    """κ = relu(κ) for all κ ≥ 0; it ends at 0, which is part of it. Twin: with a gain of 1 ± 1e-3 it breaks."""
    one = np.ones((2, 1))
    found = dynamics.fixed_points(LowRankRNN(one, one, 0 * one, nonlinearity="relu"), -2, 2)
    assert len(found) == 0 and found.continuum_dimension == 1
    np.testing.assert_allclose([found.continuum.min(), found.continuum.max()], [0, 2], atol=1e-9)
    for gain in (0.999, 1.001):
        found = dynamics.fixed_points(LowRankRNN(one, gain * one, 0 * one, nonlinearity="relu"), -2, 2)
        np.testing.assert_allclose(found.points, [[0.0]], atol=1e-9)
        assert found.continuum_dimension == 0 and found.continuum.shape == (0, 1)


@pytest.mark.parametrize("n_neurons", [30, 100])
def test_a_finite_network_breaks_the_ring_up(unchecked_shapes, n_neurons):
    """Twin: attractors and saddles in turn on what was a ring; the LPU is no continuum, however slow it is."""
    net = theory.fit_flow(theory.ring_attractor(), [-1.5, -1.5], [1.5, 1.5], n_neurons, rng=0)
    found = dynamics.fixed_points(net, -1.4, 1.4)
    assert len(found.continuum) == 0 and found.continuum_dimension == 0
    on_ring = np.abs(np.linalg.norm(found.points, axis=1) - 1) < 0.3
    angle = np.argsort(np.arctan2(*found.points[on_ring].T))
    kinds = np.array(found.kinds)[on_ring][angle]
    assert len(kinds) >= 8 and (kinds != np.roll(kinds, 1)).all() and set(kinds) == {"attractor", "saddle"}


@pytest.mark.parametrize("gap", [0.02, 0.04, 0.06, 0.08])
def test_two_points_that_lie_close_together_are_isolated(unchecked_shapes, gap):
    """Twin: just as far apart as the steps that look for a continuum. τ dκ/dt = −κ((κ − 1)² − gap²)."""
    roots = np.array([0.0, 1 - gap, 1 + gap])
    cubic = np.polynomial.Polynomial.fromroots(roots)
    system = Written(1, lambda x: -cubic(x) / 10, lambda x: -cubic.deriv()(x)[..., None] / 10)
    found = dynamics.fixed_points(system)
    np.testing.assert_allclose(np.sort(found.points[:, 0]), roots, atol=1e-8)
    assert found.continuum_dimension == 0 and found.index_sum == 1


def test_slow_points_on_a_ring_stay_a_sample_of_it(unchecked_shapes):
    points, speeds = dynamics.slow_points(sphere(2))
    radius = np.linalg.norm(points, axis=1)
    assert speeds.max() < 1e-8 and ((radius < 1e-6) | (np.abs(radius - 1) < 1e-6)).all()


def test_roots_close_together_in_a_large_box_are_no_continuum():
    """Eight fixed points within a fortieth of the box's diagonal, each with a Jacobian that is not singular."""
    network = networks.load(RESULTS / "flip_flop_2bit/fine_tuned_00.npz").astype(np.float64)
    net = drift.drifted(network, drift.sample_drift(network.encoding, "orthogonal", 2.0, [13, 39]))
    found = dynamics.fixed_points(net)
    assert len(found.continuum) == 0
    assert len(found.attractors) == 4
    assert dynamics.certify(net, found).complete
