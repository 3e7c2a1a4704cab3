"""Certificates: complete where they say so, and they find what a search misses."""

import time
from dataclasses import replace

import numpy as np
import pytest
from reference import random_network, roots_by_scan, slow_flow

from lpu_book import RESULTS
from lpu_core import LeakyCurrentRNN, LowRankRNN, drift, dynamics, networks, timescales
from lpu_core.dynamics import certificate


def without_points(found, lost):
    """The list with some of its points taken away."""
    keep = np.setdiff1d(np.arange(len(found)), lost)
    return replace(found, points=found.points[keep], eigenvalues=found.eigenvalues[keep],
                   kinds=tuple(found.kinds[i] for i in keep), residuals=found.residuals[keep])  # fmt: skip


def bump(steep, width=2e-4, at=0.3213):
    """Three neurons, one latent: κ = 2 tanh κ and a bump of size 0.9 between at ± width, of which a grid sees nothing."""
    m, half = np.array([[1.0], [steep], [steep]]), 0.45
    return LowRankRNN(m, 3 * np.array([[2.0], [-half], [half]]), np.zeros((3, 1)),
                      np.array([0.0, -steep * (at - width), -steep * (at + width)]))  # fmt: skip


# ------------------------------------------------------------------ the theorem and its twins


@pytest.mark.parametrize("n_neurons", [200, 400])
def test_the_designed_flip_flop_is_certified_in_seconds(unchecked_shapes, n_neurons):
    net = timescales.design_flip_flop(n_neurons, 2, 0)
    found = dynamics.fixed_points(net)
    started = time.perf_counter()
    proof = dynamics.certify(net, found)
    assert time.perf_counter() - started < 10
    assert proof.complete and len(proof.fixed) == 9 and proof.fixed.kinds == found.kinds
    np.testing.assert_allclose(proof.fixed.points, found.points, atol=1e-8)
    assert len(proof.missed) == len(proof.unproven) == len(proof.open_low) == 0


def test_a_pair_taken_from_the_list_is_found_again(unchecked_shapes):
    """Twin: an attractor and a saddle less leave the index sum at 1, and the certificate says which two."""
    net = timescales.design_flip_flop(200, 2, 0)
    found = dynamics.fixed_points(net)
    lost = [found.kinds.index("attractor"), found.kinds.index("saddle")]
    poorer = without_points(found, lost)
    assert poorer.index_sum == 1
    proof = dynamics.certify(net, poorer)
    assert not proof.complete and len(proof.missed) == 2
    assert {tuple(p) for p in proof.missed.round(6)} == {tuple(p) for p in found.points[lost].round(6)}
    assert dynamics.certify(net, proof.fixed).complete


def test_a_point_that_is_none_is_not_confirmed(unchecked_shapes):
    """Twin: a stranger on the list, and one point listed twice."""
    net = timescales.design_flip_flop(200, 2, 0)
    found = dynamics.fixed_points(net)
    for stranger in ([0.5, 0.5], found.points[0] + 1e-9):
        richer = replace(found, points=np.concatenate([found.points, [stranger]]))
        proof = dynamics.certify(net, richer)
        assert not proof.complete and len(proof.missed) == 0
        np.testing.assert_allclose(proof.unproven, [stranger], atol=1e-8)


def test_three_neurons_hide_a_pair_from_the_grid_and_from_the_index_sum():
    net = bump(5e4)
    found = dynamics.fixed_points(net)
    assert len(found) == 3 and found.index_sum == 1
    scan = roots_by_scan(lambda x: slow_flow(net, np.array([x]), np.zeros(1))[0], 0.3205, 0.3225, 4001)
    assert len(scan) == 2
    proof = dynamics.certify(net, found)
    assert not proof.complete
    np.testing.assert_allclose(np.sort(proof.missed[:, 0]), scan, atol=1e-8)
    assert sorted(proof.fixed.kinds) == ["attractor"] * 3 + ["repeller"] * 2 and proof.fixed.index_sum == 1
    assert dynamics.certify(net, proof.fixed).complete


def test_without_the_steep_neurons_nothing_is_hidden(unchecked_shapes):
    """Twin: at a slope of 5 the bump is none, and the list of three is complete."""
    net = bump(5.0)
    assert dynamics.certify(net, dynamics.fixed_points(net)).complete


# ------------------------------------------------------------------ against other ways


@pytest.mark.parametrize("seed", range(8))
def test_one_latent_has_the_roots_of_a_scan(unchecked_shapes, seed):
    """From an empty list: what is proven is what 20001 points bracket."""
    rng = np.random.default_rng(seed)
    net = LowRankRNN(*(rng.standard_normal((12, 1)) * s for s in (30, 8, 1)), 10 * rng.standard_normal(12))
    u = rng.standard_normal(1)
    proof = dynamics.certify(net, without_points(dynamics.fixed_points(net, inputs=u), range(12)), inputs=u)
    low, high = dynamics.bounding_box(net)
    expected = roots_by_scan(lambda x: slow_flow(net, np.array([x]), u)[0], low[0], high[0])
    np.testing.assert_allclose(np.sort(proof.missed[:, 0]), expected, atol=1e-8)
    assert len(proof.open_low) == 0


@pytest.mark.parametrize(("cls", "k", "nonlinearity"), [
    (LowRankRNN, 1, "sin"), (LowRankRNN, 2, "tanh"), (LeakyCurrentRNN, 2, "tanh"), (LowRankRNN, 2, "sin"),
    (LowRankRNN, 3, "tanh"),
])  # fmt: skip
def test_drawn_networks_are_certified(unchecked_shapes, cls, k, nonlinearity):
    rng = np.random.default_rng(k)
    net, u = random_network(rng, cls, k=k, gain=1.5, nonlinearity=nonlinearity), rng.standard_normal(3)
    found = dynamics.fixed_points(net, inputs=u)
    assert dynamics.certify(net, found, inputs=u).complete
    if len(found) > 1:
        assert len(dynamics.certify(net, without_points(found, [0]), inputs=u).missed) == 1


def test_the_trained_flip_flop_of_the_theory_chapter_is_certified(unchecked_shapes):
    net = networks.load(RESULTS / "flip_flop_2bit/fine_tuned_00.npz")
    assert dynamics.certify(net, dynamics.fixed_points(net)).complete


def test_a_box_by_hand_is_certified_alone(unchecked_shapes):
    net = timescales.design_flip_flop(200, 2, 0)
    quadrant = dynamics.fixed_points(net, 0.3, 1.5)
    proof = dynamics.certify(net, quadrant, 0.3, 1.5)
    assert len(quadrant) == 1 and proof.complete
    assert len(dynamics.certify(net, quadrant).missed) == 8


# ------------------------------------------------------------------ the bounds


@pytest.mark.parametrize(("name", "slope"), [
    ("tanh", lambda x: 1 / np.cosh(x) ** 2), ("sin", np.cos), ("relu", lambda x: (x > 0) * 1.0),
])  # fmt: skip
def test_the_bounds_hold_all_slopes_and_are_tight(name, slope):
    rng = np.random.default_rng(0)
    low = rng.uniform(-6, 6, 300)
    high = low + rng.exponential(2.0, 300)
    least, most = certificate.SLOPES[name](low, high)
    inside = slope(np.linspace(low, high, 4001))
    assert (inside >= least - 1e-12).all() and (inside <= most + 1e-12).all()
    np.testing.assert_allclose(inside.min(0), least, atol=1e-5)
    np.testing.assert_allclose(inside.max(0), most, atol=1e-5)


def test_the_enclosure_holds_the_jacobians_of_a_cell(unchecked_shapes):
    net = random_network(np.random.default_rng(1), gain=2.0)
    u, rng = np.array([0.3, -0.2, 0.1]), np.random.default_rng(2)
    centre, radius = rng.uniform(-1, 1, (50, 2)), np.array([[0.05, 0.1]] * 50)
    value, middle, width = certificate.Enclosure(net, u, np.ones(2))(centre, radius)
    np.testing.assert_allclose(value, net.tau * net.flow(centre, u))
    inside = net.tau * net.jacobian(centre + radius * rng.uniform(-1, 1, (200, 50, 2)), u)
    assert (np.abs(inside - middle) <= width).all()
    outside = net.tau * net.jacobian(centre + 8 * radius * rng.uniform(-1, 1, (200, 50, 2)), u)
    assert (np.abs(outside - middle) > width).any()  # twin


# ------------------------------------------------------------------ what cannot be settled


def test_a_continuum_stays_open(unchecked_shapes):
    """κ = relu(κ) for κ ≥ 0: every cell there may hold a root, and none on the left can."""
    one = np.ones((2, 1))
    net = LowRankRNN(one, one, 0 * one, nonlinearity="relu")
    proof = dynamics.certify(net, dynamics.fixed_points(net, -2, 2), -2, 2, max_cells=5000)
    assert not proof.complete and len(proof.open_low) > 100 and proof.n_cells <= 5000
    assert proof.open_low.min() > -0.05 and proof.open_high.max() > 1.99


def test_a_marginal_point_stays_open_and_is_named(unchecked_shapes):
    """κ = tanh κ: three roots in one at 0. Only the cells around it are left. Twin: κ = 0.9 tanh κ is settled."""
    one = np.ones((2, 1))
    net = LowRankRNN(one, one, 0 * one)
    proof = dynamics.certify(net, dynamics.fixed_points(net, -0.9, 0.9), -0.9, 0.9)
    assert not proof.complete and len(proof.missed) == 0
    assert 1 <= len(proof.open_low) < 10**5 and np.abs([proof.open_low, proof.open_high]).max() < 0.02
    net = LowRankRNN(one, 0.9 * one, 0 * one)
    assert dynamics.certify(net, dynamics.fixed_points(net)).complete


def test_when_work_runs_out_the_rest_is_named(unchecked_shapes):
    net = timescales.design_flip_flop(200, 2, 0)
    found = dynamics.fixed_points(net)
    proof = dynamics.certify(net, found, max_cells=256)
    assert not proof.complete and proof.n_cells == 256
    held = ((found.points[:, None] >= proof.open_low) & (found.points[:, None] <= proof.open_high)).all(-1).any(1)
    proven = np.linalg.norm(found.points[:, None] - proof.fixed.points, axis=-1).min(1, initial=9) < 1e-6
    assert (held | proven).all()


def test_what_has_no_bounds_is_refused(unchecked_shapes):
    one = np.ones((2, 1))
    found = dynamics.fixed_points(LowRankRNN(one, 2 * one, one))
    with pytest.raises(ValueError, match="network: expected a nonlinearity with bounds on its slope, one of"):
        dynamics.certify(LowRankRNN(one, one, one, nonlinearity=np.arctan), found, -1, 1)
    with pytest.raises(ValueError, match="network: expected a LowRankRNN or LeakyCurrentRNN"):
        dynamics.certify(drift.DriftLimit(LowRankRNN(one, one, one)), found)
    with pytest.raises(ValueError, match="fixed: expected points of 2 latent variables, got 1"):
        dynamics.certify(timescales.design_flip_flop(20, 2, 0), found)
    with pytest.raises(ValueError, match="max_cells: expected a whole number of at least 1, got 0"):
        dynamics.certify(LowRankRNN(one, one, one), found, max_cells=0)
    with pytest.raises(ValueError, match="inputs: expected finite numbers, got nan"):
        dynamics.certify(LowRankRNN(one, one, one), found, inputs=[np.nan])
