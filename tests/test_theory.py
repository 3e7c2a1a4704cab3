"""Theorem 1: fitted LPUs approach their flows as N grows, and follow them; polynomials do not."""

from dataclasses import replace

import numpy as np
import pytest
from reference import dense_rates, dense_weights, read_out
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from lpu_core import LowRankRNN, dynamics, theory

FLOWS = {
    "van der pol": (theory.van_der_pol(), [-2.5, -3.2], [2.5, 3.2]),
    "lorenz": (theory.lorenz(), [-1.3] * 3, [1.3] * 3),
    "ring": (theory.ring_attractor(), [-1.5, -1.5], [1.5, 1.5]),
}
SIZES = (30, 100, 300)


# ------------------------------------------------------------------ the flows themselves


def test_the_flows_are_their_equations():
    x, y, z = 0.3, -0.7, 0.2
    np.testing.assert_allclose(theory.van_der_pol(2.0, 50.0)(np.array([x, y])), [y / 50, (2 * (1 - x**2) * y - x) / 50])
    np.testing.assert_allclose(theory.ring_attractor(50.0)(np.array([x, y])), np.array([x, y]) * (1 - x**2 - y**2) / 50)
    big_x, big_y, big_z = 20 * x, 20 * y, 20 * z + 25
    lorenz = [10 * (big_y - big_x), big_x * (28 - big_z) - big_y, big_x * big_y - 8 / 3 * big_z]
    np.testing.assert_allclose(theory.lorenz()(np.array([x, y, z])), np.array(lorenz) / (20 * 400))


def test_a_switching_linear_flow_is_linear_on_either_side():
    rng = np.random.default_rng(0)
    a, c = rng.standard_normal((2, 2, 2)), rng.standard_normal((2, 2))
    given = a.copy(), c.copy()
    flow = theory.switching_linear(*given)
    for one in given:
        one[:] = np.nan  # the flow has its own
    points = rng.standard_normal((40, 2))
    for point, got in zip(points, flow(points), strict=True):
        side = 1 if point[0] > 0 else 0
        np.testing.assert_allclose(got, a[side] @ point + c[side])
    assert {*(points[:, 0] > 0)} == {True, False}
    with pytest.raises(ValueError, match=r"matrices: expected shape \(2, K, K\), got \(3, 2, 2\)"):
        theory.switching_linear(rng.standard_normal((3, 2, 2)), rng.standard_normal((3, 2)))


# ------------------------------------------------------------------ Theorem 1


@pytest.mark.parametrize(("name", "bound"), [("van der pol", 1e-3), ("lorenz", 1e-2), ("ring", 1e-3)])
def test_the_flow_error_falls_with_the_number_of_neurons(name, bound):
    """Medians over 5 seeds; at N = 300 below `bound` of the flow's own size."""
    flow, low, high = FLOWS[name]
    medians = [
        np.median(
            [theory.flow_error(theory.fit_flow(flow, low, high, n, [n, seed]), flow, low, high, 99) for seed in range(5)]
        )
        for n in SIZES
    ]
    assert medians[0] > 3 * medians[1] > 9 * medians[2]
    assert medians[2] < bound


def fit_features(phi, flow, low, high, n, seed, tau=10.0, gain=3.0, ridge=1e-9):
    """The recipe of fit_flow with any nonlinearity, written out; the relative error of its flow."""
    rng, low, high = np.random.default_rng(seed), np.array(low), np.array(high)
    m = gain * rng.standard_normal((n, len(low))) / ((high - low) / 2 * np.sqrt(len(low)))
    b = -(m * rng.uniform(low, high, m.shape)).sum(1)
    x = rng.uniform(low, high, (10 * n, len(low)))
    features = phi(x @ m.T + b)
    gram = features.T @ features / len(x) + ridge * np.eye(n)
    readout = np.linalg.solve(gram, features.T @ (x + tau * flow(x)) / len(x))
    fresh = np.random.default_rng(99).uniform(low, high, (2000, len(low)))
    got = (phi(fresh @ m.T + b) @ readout - fresh) / tau
    return np.sqrt(np.square(got - flow(fresh)).sum() / np.square(flow(fresh)).sum())


@pytest.mark.parametrize("name", ["van der pol", "ring"])
@pytest.mark.parametrize("polynomial", [lambda x: x, np.square], ids=["x", "x²"])
def test_a_polynomial_nonlinearity_does_not_approach_a_cubic_flow(name, polynomial):
    """Twin: sums of x or x² are quadratic at most, whatever N; tanh by the same recipe converges."""
    flow, low, high = FLOWS[name]
    errors = [fit_features(polynomial, flow, low, high, n, 0) for n in SIZES]
    assert min(errors) > 0.5 and errors[2] > 0.9 * errors[0]
    assert fit_features(np.tanh, flow, low, high, 300, 0) < 1e-3


def test_a_quadratic_flow_is_within_reach_of_squares():
    """Twin of the twin: Lorenz is quadratic, so that x² gives it to rounding; the test above is about degree."""
    assert fit_features(np.square, *FLOWS["lorenz"], 100, 0) < 1e-8


def test_the_fit_does_not_depend_on_how_it_is_solved():
    """The ridge regression by stacked least squares, through a QR, in place of the normal equations."""
    flow, low, high = FLOWS["ring"]
    net = theory.fit_flow(flow, low, high, 20, 3, ridge=1e-4, n_samples=500)
    rng = np.random.default_rng(3)
    m = rng.standard_normal((20, 2))
    bends = rng.uniform(low, high, (20, 2))
    np.testing.assert_allclose(net.bias, -(net.embedding * bends).sum(1))
    np.testing.assert_allclose(net.embedding, 3 * m / (1.5 * np.sqrt(2)))
    x = rng.uniform(low, high, (500, 2))
    features = np.tanh(x @ net.embedding.T + net.bias) / np.sqrt(500)
    stacked = np.concatenate([features, 1e-2 * np.eye(20)])
    wanted = np.concatenate([(x + 10 * flow(x)) / np.sqrt(500), np.zeros((20, 2))])
    np.testing.assert_allclose(net.encoding / 20, np.linalg.lstsq(stacked, wanted, rcond=None)[0], atol=1e-7)


# ------------------------------------------------------------------ trajectories


@pytest.mark.parametrize(("name", "n", "start", "n_steps", "tolerance"), [
    ("van der pol", 300, [2.0, 0.0], 900, 0.02),
    ("lorenz", 1000, [0.1, 0.2, -0.3], 600, 0.05),
    ("ring", 300, [0.1, 0.05], 900, 0.02),
])  # fmt: skip
def test_trajectories_are_those_of_the_flow_with_the_same_step(name, n, start, n_steps, tolerance):
    flow, low, high = FLOWS[name]
    net = theory.fit_flow(flow, low, high, n, 1)
    latents = net.simulate(np.zeros((n_steps, 1, 0)), initial_latents=np.array([start])).latents[:, 0]
    state, exact = np.array(start), []
    for _ in range(n_steps):
        state = state + net.dt * flow(state)
        exact.append(state)
    assert np.abs(latents - exact).max() < tolerance
    assert np.ptp(np.array(exact), axis=0).min() > 0.3  # it went somewhere


def test_a_small_step_follows_the_continuous_van_der_pol_cycle():
    """Against Runge–Kutta of order 8 over one cycle and a half; Euler at 0.1 ms errs by about 0.01."""
    flow, low, high = FLOWS["van der pol"]
    net = theory.fit_flow(flow, low, high, 300, 2, dt=0.1)
    latents = net.simulate(np.zeros((10_000, 1, 0)), initial_latents=np.array([[2.0, 0.0]])).latents[:, 0]
    exact = solve_ivp(
        lambda t, x: flow(x), (0, 1000), [2.0, 0.0], "DOP853", np.arange(1, 10_001) * 0.1, rtol=1e-10, atol=1e-10
    )
    assert np.abs(latents - exact.y.T).max() < 0.03
    assert ((latents[:-1, 0] < 0) & (latents[1:, 0] >= 0)).sum() >= 1


def test_few_neurons_leave_the_cycle():
    """Twin: at N = 10 the same comparison fails."""
    flow, low, high = FLOWS["van der pol"]
    net = theory.fit_flow(flow, low, high, 10, 2)
    latents = net.simulate(np.zeros((900, 1, 0)), initial_latents=np.array([[2.0, 0.0]])).latents[:, 0]
    exact = solve_ivp(lambda t, x: flow(x), (0, 900), [2.0, 0.0], "DOP853", np.arange(1, 901), rtol=1e-8)
    assert np.abs(latents - exact.y.T).max() > 0.3


def test_the_ring_keeps_its_radius_and_its_repeller():
    flow, low, high = FLOWS["ring"]
    net = theory.fit_flow(flow, low, high, 300, 3)
    angles = np.linspace(0, 2 * np.pi, 40)
    ring = np.stack([np.cos(angles), np.sin(angles)], -1)
    slopes = np.linalg.eigvals(net.jacobian(ring)).real
    np.testing.assert_allclose(slopes.min(-1), -0.02, rtol=0.1)  # d/dr r(1 − r²)/100 at r = 1
    assert np.abs(slopes.max(-1)).max() < 0.002
    middle = dynamics.fixed_points(net, -0.5, 0.5)
    assert middle.kinds == ("repeller",) and np.abs(middle.points).max() < 0.01


def test_a_fitted_network_does_it_with_real_neurons():
    """The same latents from the dense loop over r, not from κ."""
    flow, low, high = FLOWS["ring"]
    net = theory.fit_flow(flow, low, high, 40, 4)
    start = np.linalg.lstsq(net.encoding.T / 40, np.array([0.3, 0.2]), rcond=None)[0][None]
    rates = dense_rates(dense_weights(net.embedding, net.encoding), net, np.zeros((50, 1, 0)), start, np.zeros((50, 1, 40)))
    latents = net.simulate(np.zeros((50, 1, 0)), initial_latents=np.array([[0.3, 0.2]])).latents
    scale = np.abs(net.encoding).max()  # rounding of W r grows with the weights
    np.testing.assert_allclose(read_out(net.encoding, rates), latents, atol=1e-13 * scale)


# ------------------------------------------------------------------ linear embedding


def linear_network(phi, dt, rng=5):
    rng = np.random.default_rng(rng)
    m, enc = rng.standard_normal((2, 200, 3))
    return LowRankRNN(m, enc + 1.1 * m, np.zeros((200, 0)), tau=10.0, dt=dt, nonlinearity=phi)


def test_a_linear_embedding_gives_the_matrix_exponential():
    """(M5): dκ/dt = (NencᵀM/N − I)κ/τ. Euler errs in proportion to Δt; tanh, the twin, does not converge to it."""
    start, errors = np.array([[2.0, -1.0, 1.5]]), {}
    for phi in (lambda x: x, "tanh"):
        for dt in (0.1, 0.01):
            net, n_steps = linear_network(phi, dt), round(30 / dt)
            matrix = (net.encoding.T @ net.embedding / 200 - np.eye(3)) / 10
            latents = net.simulate(np.zeros((n_steps, 1, 0)), initial_latents=start).latents[-1, 0]
            errors[phi == "tanh", dt] = np.abs(latents - expm(30 * matrix) @ start[0]).max()
    assert errors[False, 0.1] < 0.01
    assert errors[False, 0.01] == pytest.approx(errors[False, 0.1] / 10, rel=0.05)
    assert errors[True, 0.01] > 0.1


def test_a_linear_step_is_the_matrix_power():
    net, start = linear_network(lambda x: x, 2.0), np.array([[2.0, -1.0, 1.5]])
    step = np.eye(3) + 2.0 * (net.encoding.T @ net.embedding / 200 - np.eye(3)) / 10
    latents = net.simulate(np.zeros((20, 1, 0)), initial_latents=start).latents[:, 0]
    np.testing.assert_allclose(latents, [np.linalg.matrix_power(step, t) @ start[0] for t in range(1, 21)], atol=1e-12)


# ------------------------------------------------------------------ bad arguments


@pytest.mark.parametrize(("change", "message"), [
    ({"high": [1.0, -1.0]}, "high: expected above low"),
    ({"high": [1.0]}, r"high: expected shape \(2,\), got \(1,\)"),
    ({"low": [-1e308, -1.0], "high": [1e308, 1.0]}, "high: expected above low"),
    ({"low": [np.nan, 0.0]}, "low: expected finite numbers"),
    ({"n_neurons": 0}, "n_neurons: expected a whole number of at least 1, got 0"),
    ({"flow": lambda x: x[..., :1]}, r"flow: expected values of shape \(100, 2\), got \(100, 1\)"),
    ({"flow": lambda x: 0.0}, r"flow: expected values of shape \(100, 2\), got \(\)"),
    ({"flow": lambda x: x / 0}, "flow: expected finite numbers"),
    ({"tau": 0.0}, "tau: expected a time above 0 ms"),
    ({"gain": 0.0}, "gain: expected a number above 0, got 0.0"),
    ({"gain": np.inf}, "gain: expected a number above 0, got inf"),
    ({"ridge": -1.0}, "ridge: expected a number above 0, got -1.0"),
    ({"n_samples": 0}, "n_samples: expected a whole number of at least 1, got 0"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_bad_argument_of_a_fit_is_named(unchecked_shapes, change, message):
    arguments = {"flow": theory.ring_attractor(), "low": [-1.0, -1.0], "high": [1.0, 1.0], "n_neurons": 10, "rng": 0}
    with pytest.raises(ValueError, match=message):
        theory.fit_flow(**arguments | change)


SMALL = LowRankRNN(np.ones((5, 2)), np.zeros((5, 2)), np.zeros((5, 0)))  # dκ/dt = −κ/τ


def test_the_flow_error_is_relative_to_the_flow_itself_whatever_its_mean():
    """By hand, for a flow whose mean is far from 0; relative to its spread about the mean, it would be far above 1."""
    away = np.array([5.0, -3.0])
    error = theory.flow_error(SMALL, lambda kappa: away + 0.1 * kappa, [-1.0, -2.0], [1.0, 2.0], 7, n_samples=50)
    states = np.random.default_rng(7).uniform([-1.0, -2.0], [1.0, 2.0], (50, 2))
    off = target = 0.0
    for kappa in states:
        wanted = away + 0.1 * kappa
        off += np.sum((-kappa / 10 - wanted) ** 2)
        target += np.sum(wanted**2)
    assert error == pytest.approx(np.sqrt(off / target), rel=1e-12)
    assert 0.9 < error < 1.1


@pytest.mark.parametrize(("change", "message"), [
    ({"high": [1.0]}, r"high: expected shape \(2,\), got \(1,\)"),
    ({"high": [1.0, -1.0]}, "high: expected above low"),
    ({"low": [-1.0], "high": [1.0]}, r"low: expected shape \(2,\), as the network's latents, got \(1,\)"),
    ({"flow": lambda kappa: 0 * kappa}, "flow: expected a flow that is not 0 everywhere in the box, got 0"),
    ({"flow": lambda kappa: kappa + 1j}, "flow: expected real numbers, got complex128 numbers"),
    ({"network": SMALL.dense()}, "network: expected a LatentSystem, got a FullRankRNN"),
])  # fmt: skip
def test_a_bad_argument_of_a_flow_error_is_named(unchecked_shapes, change, message):
    arguments = {"network": SMALL, "flow": theory.ring_attractor(), "low": [-1.0, -1.0], "high": [1.0, 1.0], "rng": 0}
    with pytest.raises(ValueError, match=message):
        theory.flow_error(**arguments | change)


@pytest.mark.parametrize("unit", [0, np.nan, -1])
@pytest.mark.parametrize("flow", [theory.van_der_pol, theory.lorenz, theory.ring_attractor])
def test_a_unit_of_time_is_above_0(flow, unit):
    with pytest.raises(ValueError, match="unit: expected a number above 0, got"):
        flow(unit=unit)


@pytest.mark.parametrize(("flow", "size"), [(theory.van_der_pol(), 2), (theory.lorenz(), 3),
                                            (theory.switching_linear(np.ones((2, 2, 2)), np.ones((2, 2))), 2)])  # fmt: skip
def test_a_flow_wants_states_of_its_own_size(unchecked_shapes, flow, size):
    with pytest.raises(ValueError, match=rf"kappa: expected real numbers of shape \(…, {size}\), got float64 of shape"):
        flow(np.ones((4, size + 1)))


# ------------------------------------------------------------------ inputs, and trajectories


def dial(states):
    """One latent and one input: (uκ − κ³)/100."""
    kappa, u = states[..., :1], states[..., 1:]
    return (u * kappa - kappa**3) / 100


def test_an_orbit_is_what_a_network_of_that_flow_does():
    net = theory.fit_flow(theory.van_der_pol(), [-2.5, -3.2], [2.5, 3.2], 20, 0)
    run = net.simulate(np.zeros((50, 1, 0)), initial_latents=[[0.5, 0.0]]).latents[:, 0]
    path = theory.orbit(net.flow, [0.5, 0.0], 50)
    np.testing.assert_array_equal(path[0], [0.5, 0.0])
    np.testing.assert_allclose(path[1:], run, rtol=1e-9)
    assert np.abs(theory.orbit(net.flow, [0.5, 0.0], 50, dt=2.0)[1:] - run).max() > 0.1


def test_an_orbit_of_a_flow_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"flow: expected values of shape \(1, 2\)"):
        theory.orbit(lambda kappa: kappa[..., :1], [1.0, 2.0], 3)


def test_a_flow_with_inputs_is_followed_for_every_input_and_one_fitted_without_them_is_not():
    box = [-1.5, -1.0], [1.5, 1.0]
    network = theory.fit_flow(dial, *box, 300, 0, n_inputs=1)
    assert network.n_latents == network.n_inputs == 1
    for u in (-0.8, 0.0, 0.8):
        kappa = np.linspace(-1.4, 1.4, 29)[:, None]
        wanted = dial(np.concatenate([kappa, np.full_like(kappa, u)], axis=1))
        np.testing.assert_allclose(network.flow(kappa, np.full_like(kappa, u)), wanted, atol=1e-4)
    assert theory.flow_error(network, dial, *box, 1) < 1e-3
    deaf = replace(network, input_weights=np.zeros_like(network.input_weights))
    assert theory.flow_error(deaf, dial, *box, 1) > 0.1


def test_inputs_take_coordinates_of_the_box():
    with pytest.raises(ValueError, match="n_inputs: expected fewer than the box's 2 coordinates, got 2"):
        theory.fit_flow(dial, [-1.0, -1.0], [1.0, 1.0], 10, 0, n_inputs=2)
    with pytest.raises(ValueError, match="flow: expected values of shape"):
        theory.fit_flow(dial, [-1.0, -1.0], [1.0, 1.0], 10, 0)


def test_growth_by_the_bound_is_reached_by_a_flow_that_stretches_everywhere():
    rate, eps, step = 0.02, 0.003, 0.01
    one = other = 1.0
    for _ in range(10_000):
        one, other = one + step * rate * one, other + step * (rate * other + eps)
    bound = theory.trajectory_bound(eps, rate, 100.0)
    assert other - one == pytest.approx(bound, rel=1e-3) and other - one < bound
    assert other - one > theory.trajectory_bound(eps / 2, rate, 100.0)  # the twin: an error that is not the largest
    assert theory.trajectory_bound(eps, 0.0, 100.0) == pytest.approx(100 * eps)


@pytest.mark.parametrize(("driven", "stays"), [(True, True), (False, False)])
def test_rates_stay_on_a_decoder_s_image_where_the_embedding_has_its_velocity(driven, stays):
    decode, flow, tau, step = np.random.default_rng(0).standard_normal((30, 2)), theory.van_der_pol(), 10.0, 0.05
    kappa = np.array([1.0, 0.5])
    rates, off = np.tanh(decode @ kappa), 0.0
    for _ in range(4000):
        slope = (1 - np.tanh(decode @ kappa) ** 2)[:, None] * decode
        psi = np.tanh(decode @ kappa) + driven * tau * slope @ flow(kappa)
        rates, kappa = rates + step * (psi - rates) / tau, kappa + step * flow(kappa)
        off = max(off, np.abs(rates - np.tanh(decode @ kappa)).max())
    assert (off < 0.01) == stays
