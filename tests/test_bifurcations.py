"""Bifurcations at their closed forms, and the slow points that they leave behind."""

import numpy as np
import pytest
from reference import one_latent, product_network, random_network, same_points
from scipy.optimize import minimize

from lpu_core import dynamics


def saddle_node(m, n, w):
    """Where the N = 1 network's pair meets: sech²(x) = 1/(nm), κ = n tanh x, u = (x − mκ)/w."""
    x = np.arccosh(np.sqrt(n * m)) * np.array([-1, 1])
    kappa = n * np.tanh(x)
    return (x - m * kappa) / w, kappa


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n", "w"), [(1.0, 2.0, 1.0), (2.0, 1.5, 0.7), (3.0, 3.0, -2.0)])
def test_a_saddle_node_is_found_at_its_closed_form(unchecked_shapes, m, n, w):
    amplitudes, kappa = saddle_node(m, n, w)
    reach = 1.7 * np.abs(amplitudes).max()
    found = dynamics.bifurcations(one_latent(m, n, w), [1.0], -reach, reach, tolerance=1e-3)
    assert [(b.n_before, b.n_after) for b in found] == [(1, 3), (3, 1)]
    order = np.argsort(amplitudes)
    np.testing.assert_allclose([b.amplitude for b in found], amplitudes[order], atol=5e-4)  # the middle of 1e-3
    # the pair is still √(distance) apart
    np.testing.assert_allclose([b.point[0] for b in found], kappa[order], atol=0.15)
    finer = dynamics.bifurcations(one_latent(m, n, w), [1.0], 0, reach, tolerance=1e-6)
    np.testing.assert_allclose([b.amplitude for b in finer], amplitudes.max(), atol=1e-6)
    np.testing.assert_allclose(finer[0].point, kappa[amplitudes.argmax()], atol=5e-3)


def test_a_pair_within_rounding_is_one_event(unchecked_shapes):
    """Just before they meet two points count as one; the event is still 3 → 1, not 3 → 2 → 1."""
    amplitudes, _ = saddle_node(1.0, 2.0, 1.0)
    found = dynamics.bifurcations(one_latent(1.0, 2.0), [1.0], 0, 1, tolerance=1e-14)
    assert [(b.n_before, b.n_after) for b in found] == [(3, 1)]
    np.testing.assert_allclose(found[0].amplitude, amplitudes.max(), atol=1e-11)


def test_the_direction_scales_the_amplitude(unchecked_shapes):
    amplitudes, _ = saddle_node(1.0, 2.0, 1.0)
    found = dynamics.bifurcations(one_latent(1.0, 2.0), [0.5], 0, 3 * amplitudes.max())
    np.testing.assert_allclose([b.amplitude for b in found], 2 * amplitudes.max(), atol=1e-3)


def test_without_bistability_nothing_bifurcates(unchecked_shapes):
    """Twin: n m < 1."""
    assert dynamics.bifurcations(one_latent(1.0, 0.9), [1.0], -2, 2) == []


def test_slow_points_show_the_ghost_just_past_a_saddle_node(unchecked_shapes):
    amplitudes, kappa = saddle_node(1.0, 2.0, 1.0)
    net, past = one_latent(1.0, 2.0), amplitudes.max() + 0.01
    points, speeds = dynamics.slow_points(net, inputs=np.array([past]))
    assert len(points) == 2 and speeds[0] < 1e-7
    at = kappa[amplitudes.argmax()]
    assert abs(points[1, 0] - at) < 0.05
    # the flow at the meeting point is n (1 − tanh² x) w Δu/τ = 0.01/10 to first order
    assert speeds[1] == pytest.approx(1e-3, rel=0.1)
    # just before it there are three fixed points
    points, speeds = dynamics.slow_points(net, inputs=np.array([amplitudes.max() - 0.01]))
    assert len(points) == 3 and (speeds < 1e-7).all()


def test_slow_points_contain_the_fixed_points():
    net = product_network(np.array([1.3, 2.0]))
    points, speeds = dynamics.slow_points(net)
    still = points[speeds < 1e-6]
    assert same_points(still, dynamics.fixed_points(net).points, 1e-3)
    assert (np.diff(speeds) >= 0).all()


def slow_points_one_by_one(net, low, high, u, n):
    """The minima of q = ½‖τ dκ/dt‖² by L-BFGS-B from one start after the other."""
    tau, k = net.tau, net.n_latents

    def q(x):
        v = tau * net.flow(x, u)
        return v @ v / 2, tau * net.jacobian(x, u).T @ v

    axes = [np.linspace(a, b, n) for a, b in zip(low, high, strict=True)]
    found = []
    for start in np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, k):
        fit = minimize(q, start, jac=True, method="L-BFGS-B", bounds=list(zip(low, high, strict=True)),
                       options={"ftol": 1e-15, "gtol": 1e-10})  # fmt: skip
        inside = ((fit.x > low) & (fit.x < high)).all()
        if inside and np.linalg.norm(q(fit.x)[1]) < 1e-5:
            found.append(fit.x)
    kept = []
    for x in sorted(found, key=lambda x: q(x)[0]):
        if all(np.linalg.norm(x - other) > 1e-3 * np.linalg.norm(high - low) for other in kept):
            kept.append(x)
    return np.array(kept)


@pytest.mark.parametrize(("k", "seed", "n"), [(1, 0, 41), (1, 1, 41), (2, 2, 9), (2, 3, 9), (2, 4, 9), (3, 5, 4)])
def test_slow_points_are_those_of_one_descent_after_the_other(unchecked_shapes, k, seed, n):
    rng = np.random.default_rng(seed)
    net, u = random_network(rng, k=k, gain=2.0), rng.standard_normal(3)
    low, high = dynamics.bounding_box(net)
    points, speeds = dynamics.slow_points(net, low, high, inputs=u, n_starts=n)
    assert same_points(points, slow_points_one_by_one(net, low, high, u, n), 2e-3 * np.linalg.norm(high - low))
    assert (speeds[:1] < 1e-9).all()


def test_a_box_without_slow_points_gives_none():
    points, speeds = dynamics.slow_points(one_latent(1.0, 2.0), 5.0, 6.0)
    assert points.shape == (0, 1) and speeds.shape == (0,)
