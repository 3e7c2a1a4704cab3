"""Fixed points, of the flow and of the simulation, fields and trajectories, against closed forms and brute scans."""

from dataclasses import replace

import numpy as np
import pytest
from reference import (
    difference_jacobian,
    one_latent,
    product_network,
    random_network,
    random_synapses,
    roots_by_scan,
    same_points,
    slow_flow,
)
from scipy.optimize import brentq

from lpu_core import LeakyCurrentRNN, LowRankRNN, dynamics, timescales
from lpu_core.dynamics import equilibria

CUBIC_ROOTS = ("attractor", "attractor", "repeller")


# ------------------------------------------------------------------ fixed points


@pytest.mark.parametrize(("m", "n"), [(1.0, 1.5), (3.0, 0.8), (10.0, 4.0), (1.0, 1.01), (0.2, 6.0)])
def test_a_bistable_latent_has_the_roots_of_its_equation(m, n):
    found = dynamics.fixed_points(one_latent(m, n, n_neurons=7))
    root = brentq(lambda x: x - n * np.tanh(m * x), 1e-6, n, xtol=1e-15)
    np.testing.assert_allclose(found.points[:, 0], [-root, root, 0], atol=1e-8)
    assert found.kinds == CUBIC_ROOTS
    slopes = (n * m / np.cosh(m * np.array([root, root, 0])) ** 2 - 1) / 10
    np.testing.assert_allclose(found.eigenvalues[:, 0], slopes, atol=1e-7)
    assert found.residuals.max() < 1e-9 and found.index_sum == 1 and len(found) == 3


@pytest.mark.parametrize(("m", "n"), [(1.0, 0.9), (1.0, -5.0), (0.0, 3.0)])
def test_without_enough_feedback_the_origin_attracts_alone(m, n):
    """Twin: n m ≤ 1."""
    found = dynamics.fixed_points(one_latent(m, n, n_neurons=7))
    assert found.kinds == ("attractor",) and abs(found.points[0, 0]) < 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_all_roots_of_one_latent_are_found(unchecked_shapes, seed):
    """Against a scan of 2001 points; steep neurons and biases make up to a dozen roots."""
    rng = np.random.default_rng(seed)
    n = 12
    net = LowRankRNN(*(rng.standard_normal((n, 1)) * s for s in (30, 8, 1)), 10 * rng.standard_normal(n))
    u = rng.standard_normal(1)
    found = dynamics.fixed_points(net, inputs=u)
    expected = roots_by_scan(lambda x: slow_flow(net, np.array([x]), u)[0], *np.ravel(dynamics.bounding_box(net)), 2001)
    np.testing.assert_allclose(np.sort(found.points[:, 0]), expected, atol=1e-7)
    assert len(expected) % 2 == 1


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("mixed", [False, True])
def test_all_fixed_points_of_a_product_are_found_in_any_basis(k, mixed):
    gains = np.array([1.3, 2.0, 1.6])[:k]
    basis = np.eye(k) + mixed * 0.4 * np.random.default_rng(k).standard_normal((k, k))
    found = dynamics.fixed_points(product_network(gains, basis=basis))
    roots = [brentq(lambda x, g=g: x - g * np.tanh(x), 1e-6, g, xtol=1e-15) for g in gains]
    grid = np.stack(np.meshgrid(*[[-r, 0, r] for r in roots], indexing="ij"), -1).reshape(-1, k)
    assert same_points(found.points, grid @ basis.T, 1e-7)
    assert found.index_sum == 1 and found.residuals.max() < 1e-8
    zeros = (np.abs(found.points @ np.linalg.inv(basis).T) < 1e-6).sum(1)
    kinds = ["attractor" if z == 0 else "repeller" if z == k else "saddle" for z in zeros]
    assert list(found.kinds) == kinds
    assert len(found.attractors) == len(found.of_kind("attractor")) == 2**k
    assert kinds == sorted(kinds, key=dynamics.FIXED_POINT_KINDS.index)


def test_the_nearest_attractor_is_found_and_a_network_without_one_is_refused():
    net = product_network(np.array([1.3, 2.0]))
    for signs in ([-1, 1], [1, 1], [1, -1], [-1, -1]):
        assert np.array_equal(np.sign(dynamics.attractor_near(net, signs)), signs)
    with pytest.raises(ValueError, match="kappa: expected shape"):
        dynamics.attractor_near(net, [1.0])
    cycle = LowRankRNN(np.eye(2), 2 * np.array([[2.0, 3.0], [-3.0, 2.0]]), np.zeros((2, 0)))  # round a repeller
    with pytest.raises(ValueError, match="network: expected a flow with an attracting point"):
        dynamics.attractor_near(cycle, [0.0, 0.0])


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_designed_flip_flop_has_its_fixed_points_at_the_mean_field_s(k):
    """±1 and 0 on every axis, ± the sampling error: s.d. of the flow over its slope there; at 5 s.d., 2e-6 a run."""
    n = 5000
    net = timescales.design_flip_flop(n * k, k, k, dtype=np.float64)
    found = dynamics.fixed_points(net)
    slope = difference_jacobian(lambda x: timescales.mean_field_flow(x, 20.0, 10.0), np.ones(1))[0, 0]
    error = timescales.flow_std(1.0, n, 20.0, 10.0, 0.8)[0] / abs(slope)
    assert len(found) == 3**k and len(found.attractors) == 2**k and len(found.of_kind("repeller")) == 1
    assert found.index_sum == 1
    assert np.abs(np.abs(found.attractors) - 1).max() < 5 * error < 0.3
    rounded = {tuple(p) for p in found.points.round().astype(int).tolist()}
    assert len(rounded) == 3**k


@pytest.mark.parametrize("net", [
    random_network(np.random.default_rng(1), k=2, gain=2.0),
    random_network(np.random.default_rng(2), LeakyCurrentRNN, k=2, gain=2.0),
    random_network(np.random.default_rng(3), k=2, gain=2.0, nonlinearity="sin"),
    random_network(np.random.default_rng(4), k=2, gain=2.0, dtype=np.float32),
    random_synapses(np.random.default_rng(5), (1, 1), transfer="gated_dendrite"),
])  # fmt: skip
def test_the_flow_vanishes_at_fixed_points_and_the_simulation_stays(unchecked_shapes, net):
    u = np.array([0.3, -0.2, 0.1])
    found = dynamics.fixed_points(net, inputs=u)
    assert len(found) % 2 == 1 and found.index_sum == 1
    for point, eigenvalues in zip(found.points, found.eigenvalues, strict=True):
        wide = net.astype(np.float64)
        assert np.abs(wide.flow(point, u)).max() < 1e-8
        numeric = np.linalg.eigvals(difference_jacobian(lambda x, wide=wide: wide.flow(x, u), point))
        np.testing.assert_allclose(np.sort_complex(eigenvalues), np.sort_complex(numeric), atol=1e-6)
        assert (np.diff(eigenvalues.real) <= 0).all()
    if isinstance(net, LowRankRNN) and net.dtype == np.float64:
        run = net.simulate(np.broadcast_to(u, (5, len(found), 3)), initial_latents=found.points)
        assert np.abs(run.latents[0] - found.points).max() < 1e-7


def test_single_precision_finds_what_double_precision_finds():
    single = timescales.design_flip_flop(600, 2, 0, dtype=np.float32)
    one, other = dynamics.fixed_points(single), dynamics.fixed_points(single.astype(np.float64))
    assert one.kinds == other.kinds
    np.testing.assert_allclose(one.points, other.points, atol=1e-6)


def test_an_input_moves_the_fixed_points_to_where_the_equation_says():
    """κ = n tanh(mκ + w u) by hand."""
    found = dynamics.fixed_points(one_latent(1.0, 2.0, 0.7), inputs=np.array([0.3]))
    roots = roots_by_scan(lambda x: 2 * np.tanh(x + 0.21) - x, -3, 3)
    np.testing.assert_allclose(np.sort(found.points[:, 0]), roots, atol=1e-8)


def test_a_box_by_hand_holds_only_its_own():
    net = product_network(np.array([1.3, 2.0]))
    roots = [brentq(lambda x, g=g: x - g * np.tanh(x), 1e-6, g) for g in (1.3, 2.0)]
    quadrant = dynamics.fixed_points(net, 0.1, 3.0)
    np.testing.assert_allclose(quadrant.points, [roots], atol=1e-7)
    strip = dynamics.fixed_points(net, [-3, -0.1], [3, 0.1])
    assert strip.kinds == ("saddle", "saddle", "repeller") and np.abs(strip.points[:, 1]).max() < 1e-8


def test_a_box_without_fixed_points_gives_none():
    found = dynamics.fixed_points(one_latent(1.0, 2.0), 5.0, 6.0)
    assert len(found) == 0 and found.points.shape == (0, 1) and found.kinds == () and found.index_sum == 0
    assert found.attractors.shape == (0, 1) and found.eigenvalues.shape == (0, 1)


def test_a_rectified_network_takes_a_box_by_hand():
    """κ = 2 relu(−κ + 1): one root, 2/3."""
    net = LowRankRNN(-np.ones((1, 1)), 2 * np.ones((1, 1)), np.zeros((1, 1)), np.ones(1), nonlinearity="relu")
    np.testing.assert_allclose(dynamics.fixed_points(net, -5, 5).points, [[2 / 3]], atol=1e-9)


# ------------------------------------------------------------------ the flow and the map


def rotation(turn, growth, dt, n_each=2):
    """τ dκ/dt = −κ + C tanh κ with C = (growth, −turn; turn, growth): λ = (growth − 1 ± i turn)/τ at the origin."""
    m = np.kron(np.eye(2), np.ones((n_each, 1)))
    overlap = np.array([[growth, -turn], [turn, growth]])
    return LowRankRNN(m, 2 * m @ overlap.T, np.zeros((2 * n_each, 1)), tau=10.0, dt=dt)


def distance_after(net, start, n_steps):
    run = net.simulate(np.zeros((n_steps, 1, 1)), initial_latents=[start])
    return np.linalg.norm(run.latents[-1, 0])


def test_the_simulation_leaves_an_attractor_that_the_flow_keeps(unchecked_shapes):
    """λ τ = −½ ± 2i and Δt = τ/2: |1 + Δt λ|² = 0.75² + 1 > 1. Twin: at Δt = τ/10 it is 0.95² + 0.2² < 1."""
    long, short = rotation(2.0, 0.5, 5.0), rotation(2.0, 0.5, 1.0)
    for net, stays in ((long, False), (short, True)):
        found = dynamics.fixed_points(net)
        assert found.kinds == ("attractor",) and np.abs(found.points).max() < 1e-9
        alpha = net.dt / net.tau
        np.testing.assert_allclose(
            np.sort_complex(found.multipliers[0]), 1 + alpha * np.array([-0.5 - 2j, -0.5 + 2j]), atol=1e-9
        )
        assert found.kept.tolist() == [stays] and len(found.map_attractors) == stays and len(found.attractors) == 1
        after = distance_after(net, [1e-3, 0.0], 2000)
        assert after < 1e-6 if stays else after > 0.1


def test_the_simulation_overshoots_a_steep_attractor(unchecked_shapes):
    """κ' = −κ − 4 tanh κ, λ τ = −5 and Δt = τ/2: the multiplier is −1.5. Twin: −0.5 at half the feedback."""
    for feedback, multiplier in ((-4.0, -1.5), (-2.0, -0.5)):
        net = one_latent(1.0, feedback)
        found = dynamics.fixed_points(net)
        assert found.kinds == ("attractor",)
        np.testing.assert_allclose(found.multipliers, [[multiplier]], atol=1e-9)
        assert found.kept.tolist() == [abs(multiplier) < 1]
        assert (distance_after(net, [1e-3], 500) > 0.1) == (abs(multiplier) > 1)


def test_what_attracts_the_map_attracts_the_flow(unchecked_shapes):
    found = dynamics.fixed_points(product_network(np.array([1.3, 2.0])))
    assert found.kept.tolist() == [kind == "attractor" for kind in found.kinds]
    np.testing.assert_array_equal(found.map_attractors, found.attractors)


# ------------------------------------------------------------------ the bounding box


@pytest.mark.parametrize("nonlinearity", ["tanh", "sin", "sign"])
def test_the_flow_enters_the_bounding_box_everywhere_on_its_border(nonlinearity):
    rng = np.random.default_rng(6)
    for k in (1, 2, 3):
        net = random_network(rng, k=k, gain=3.0, nonlinearity=nonlinearity)
        low, high = dynamics.bounding_box(net)
        np.testing.assert_allclose(high, [sum(abs(net.encoding[:, i])) / 30 for i in range(k)])
        np.testing.assert_allclose(low, -high)
        for axis in range(k):
            for side in (low, high):
                border = rng.uniform(low, high, (500, k))
                border[:, axis] = side[axis]
                assert (net.flow(border, rng.standard_normal(3))[:, axis] * np.sign(side[axis]) < 1e-15).all()


def test_the_flow_leaves_a_smaller_box():
    """Twin: at half the reach of a steep network the flow points outwards."""
    net = one_latent(10.0, 2.0)
    low, high = dynamics.bounding_box(net)
    assert net.flow(high / 2)[0] > 0 > net.flow(low / 2)[0]


def test_an_unbounded_nonlinearity_has_no_bounding_box():
    for net in (one_latent(1.0, 1.0, nonlinearity="relu"), one_latent(1.0, 1.0, nonlinearity=np.tanh),
                random_synapses(np.random.default_rng(0), (1,), transfer=lambda a, u: a)):  # fmt: skip
        with pytest.raises(
            ValueError, match=r"network: expected a (nonlinearity|transfer) bounded by 1.*; else give low and high"
        ):
            dynamics.fixed_points(net)


# ------------------------------------------------------------------ what a search can miss


def test_a_missing_point_is_reported(monkeypatch):
    """Twin of 'index sum 1': a search that loses one point of three must not pass for complete."""
    complete = equilibria.find

    def loses_one(*args):
        found = complete(*args)
        return replace(found, points=found.points[1:], eigenvalues=found.eigenvalues[1:], kinds=found.kinds[1:],
                       residuals=found.residuals[1:], index_sum=found.index_sum - 1)  # fmt: skip

    monkeypatch.setattr(equilibria, "find", loses_one)
    with pytest.raises(RuntimeError, match="2 fixed points were found whose indices sum to 0, not 1"):
        dynamics.fixed_points(one_latent(1.0, 2.0))


def test_a_grid_that_is_too_coarse_is_refined():
    """From 2 starts an axis only some of 9 points are in reach; the index sum asks for more."""
    net = product_network(np.array([1.3, 2.0]))
    assert len(equilibria.find(net, *dynamics.bounding_box(net), None, 2)) < 9
    assert len(dynamics.fixed_points(net, n_starts=2)) == 9


# ------------------------------------------------------------------ the field


def test_the_flow_field_is_the_flow_on_a_grid():
    net, u = random_network(np.random.default_rng(7)), np.array([1.0, 0.5, 0.0])
    field = dynamics.flow_field(net, [-1, -2], [1, 2], inputs=u, n_points=5)
    assert field.points.shape == field.flow.shape == (5, 5, 2)
    np.testing.assert_allclose(field.points[3, 1], [0.5, -1.0])
    for index in np.ndindex(5, 5):
        np.testing.assert_allclose(field.flow[index], slow_flow(net, field.points[index], u), atol=1e-12)


# ------------------------------------------------------------------ trajectories


@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
def test_trajectories_return_to_an_attractor_and_leave_a_repeller(cls):
    net = product_network(np.array([1.3, 2.0]), cls)
    found = dynamics.fixed_points(net)
    for point in found.attractors:
        paths = dynamics.nearby_trajectories(net, point, 0.1, 200, 0)
        distance = np.linalg.norm(paths - point, axis=-1)
        np.testing.assert_allclose(distance[0], 0.1)
        assert paths.shape == (201, 8, 2) and distance[-1].max() < 1e-4
    point = found.of_kind("repeller")[0]
    distance = np.linalg.norm(dynamics.nearby_trajectories(net, point, 0.1, 200, 0) - point, axis=-1)
    assert (distance[-1] > 0.5).all()


def test_nearby_trajectories_are_the_simulation_s():
    net, u = random_network(np.random.default_rng(8)), np.array([0.5, 0.0, -0.5])
    paths = dynamics.nearby_trajectories(net, [0.2, 0.1], 0.3, 20, 1, n_trials=5, inputs=u)
    run = net.simulate(np.broadcast_to(u, (20, 5, 3)), initial_latents=paths[0])
    np.testing.assert_allclose(paths[1:], run.latents, atol=1e-12)
    assert np.array_equal(paths, dynamics.nearby_trajectories(net, [0.2, 0.1], 0.3, 20, 1, n_trials=5, inputs=u))


@pytest.mark.parametrize("net", [
    random_network(np.random.default_rng(9), LeakyCurrentRNN, gain=2.0),
    random_synapses(np.random.default_rng(10), (1, 1), transfer="gated_dendrite"),
])  # fmt: skip
def test_trajectories_follow_the_flow_of_every_architecture(net):
    """From an attractor of a biased network under input the path goes nowhere."""
    u = np.array([0.5, 0.0, -0.5])
    point = dynamics.fixed_points(net, inputs=u).attractors[0]
    paths = dynamics.nearby_trajectories(net, point, 1e-6, 50, 0, inputs=u)
    assert np.abs(paths - point).max() < 1e-4


def test_a_root_finder_that_runs_off_to_nan_ends_there_and_not_in_the_network():
    """Close to a pitchfork MINPACK may ask for the flow at NaN, which the network refuses; the fixed points are found."""
    for seed in (7, 12, 30):
        network = timescales.design_bistable(1000, 1000.0, 1.0, 0.8, [7, seed])
        bistable = timescales.growth_rate(network) > 0
        kinds = ("attractor", "attractor", "repeller") if bistable else ("attractor",)
        assert dynamics.fixed_points(network).kinds == kinds
