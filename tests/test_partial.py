"""A part of the neurons: κ̂ and its flow without noise, attenuation, instruments, and what breaks each."""

from dataclasses import replace

import numpy as np
import pytest
from pytest import approx

from lpu_core import LowRankRNN, dynamics, partial
from lpu_core.design import design_bistable, design_flip_flop
from lpu_core.limits import DriftLimit

N, TAU, SLOW, DT, ALPHA, SIGMA = 400, 10.0, 200.0, 5.0, 0.5, 0.1


def two_bits():
    drawn = design_flip_flop(N, 2, rng=0, tau_latent=100.0, dtype=np.float64)
    gains = (drawn.embedding * drawn.encoding).mean(0)
    return LowRankRNN(drawn.embedding, drawn.encoding * 1.1 / gains, np.zeros((N, 0)))


BITS = two_bits()
RUN = BITS.simulate(
    np.zeros((60, 80, 0)),
    initial_rates=BITS.tuning(np.random.default_rng(1).uniform(-1.3, 1.3, (80, 2))),
    record_rates=True,
)


def leaves(values, wanted):
    """What the best affine map from values (T, B, ·) leaves of the variance of each latent."""
    flat, wanted = values.reshape(-1, values.shape[2]), wanted.reshape(-1, wanted.shape[2])
    with_one = np.column_stack([flat, np.ones(len(flat))])
    rest = wanted - with_one @ np.linalg.lstsq(with_one, wanted, rcond=1e-12)[0]
    return rest.var(0) / wanted.var(0)


# ------------------------------------------------------------------ without noise


def test_the_seen_currents_are_those_of_the_latents():
    seen = partial.seen_currents(RUN.rates, BITS.alpha)
    np.testing.assert_allclose(seen, BITS.current(RUN.latents[:-1], None), atol=1e-11)


def test_k_neurons_tell_k_latents_and_their_flow():
    found = partial.components(partial.seen_currents(RUN.rates[:, :, [0, N // 2]], BITS.alpha), 2)
    assert leaves(found.latents, RUN.latents[:-1]).max() < 1e-18
    assert leaves(RUN.latents[:-1], found.latents).max() < 1e-18
    points = dynamics.fixed_points(partial.fit_flow(found.latents, BITS.dt, 7), [-3, -3], [3, 3], n_starts=15)
    true = dynamics.fixed_points(BITS)
    assert sorted(points.kinds) == sorted(true.kinds) and len(true.points) == 9
    rates = [one.eigenvalues[list(one.kinds).index("repeller")].real for one in (points, true)]
    np.testing.assert_allclose(*rates, rtol=0.01)


def test_neurons_of_one_bit_are_blind_to_the_other():
    seen = partial.seen_currents(RUN.rates[:, :, :2], BITS.alpha)
    assert leaves(seen, RUN.latents[:-1])[1] > 0.5
    with pytest.raises(ValueError, match="values: expected variance in 2 directions"):
        partial.components(seen, 2)


def test_a_polynomial_flow_is_found_exactly_and_its_slope_is_its_jacobian():
    rng = np.random.default_rng(2)
    true = partial.PolynomialFlow(0.01 * rng.standard_normal((10, 2)), 3)
    path = [0.3 * rng.standard_normal((40, 2))]
    for _ in range(5):
        path.append(path[-1] + true.dt * true.flow(path[-1]))
    for more in ({}, {"ramp": 2}, {"instruments": np.array(path) ** 3}):  # without noise any will do
        found = partial.fit_flow(np.array(path), true.dt, 3, **more)
        np.testing.assert_allclose(found.coefficients, true.coefficients, atol=1e-9)
    x, h = np.array([0.4, -0.7]), 1e-6
    slopes = [(true.flow(x + h * e) - true.flow(x - h * e)) / (2 * h) for e in np.eye(2)]
    np.testing.assert_allclose(true.jacobian(x), np.transpose(slopes), atol=1e-9)
    wrong = partial.fit_flow(np.array(path), true.dt, 2)  # twin: a degree too few
    assert np.abs(wrong.flow(path[0]) - true.flow(path[0])).max() > 1e-4


def test_fitted_weights_are_those_of_a_network_that_is_seen_whole():
    small = LowRankRNN(*np.random.default_rng(3).standard_normal((2, 5, 2)), np.zeros((5, 0)))
    start = np.random.default_rng(4).uniform(-0.9, 0.9, (50, 5))
    rates = small.simulate(np.zeros((4, 50, 0)), initial_rates=start, record_rates=True).rates
    np.testing.assert_allclose(partial.observed_weights(rates, small.alpha, 0.0), small.dense_weights(), atol=1e-8)
    part = partial.observed_weights(rates[:, :, :3], small.alpha, 0.0)  # twin: two are not seen
    assert np.abs(part - small.dense_weights()[:3, :3]).max() > 0.05


# ------------------------------------------------------------------ components, monomials, the past


def test_components_have_unit_variance_and_their_noise():
    rng = np.random.default_rng(5)
    kappa = rng.standard_normal((200, 50, 2)) * [2.0, 1.0]
    loadings = rng.standard_normal((30, 2))
    found = partial.components(kappa @ loadings.T + 0.5 * rng.standard_normal((200, 50, 30)) + 3.0, 2)
    flat = found.latents.reshape(-1, 2)
    np.testing.assert_allclose(np.cov(flat.T), np.eye(2), atol=1e-3)
    np.testing.assert_allclose(found.centre, 3.0, atol=0.1)
    left = flat - kappa.reshape(-1, 2) @ np.linalg.lstsq(kappa.reshape(-1, 2), flat, rcond=None)[0]
    np.testing.assert_allclose(found.noise_std, left.std(0), rtol=0.05)
    assert np.isnan(partial.components(kappa, 2).noise_std).all()  # nothing to tell it by


def test_noise_leaves_the_mean_of_hermite_s_polynomials():
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    x, s = np.array([0.8, -1.3]), np.array([0.6, 0.4])
    at = np.array([x + s * [a, b] for a in nodes for b in nodes])
    mean = np.outer(weights, weights).ravel() / (2 * np.pi) @ partial.monomials(at, 4, s)
    np.testing.assert_allclose(mean, partial.monomials(x, 4), atol=1e-12)
    plain = np.outer(weights, weights).ravel() / (2 * np.pi) @ partial.monomials(at, 4)  # twin
    assert np.abs(plain - partial.monomials(x, 4)).max() > 0.1


def test_the_past_mean_is_that_of_the_steps_before():
    latents = np.random.default_rng(6).standard_normal((9, 3, 2))
    past = partial.past_mean(latents, 4)
    np.testing.assert_allclose(past, [latents[t - 4 : t].mean(0) for t in range(4, 9)], atol=1e-12)


# ------------------------------------------------------------------ with noise


def slow_circuit(seed):
    drawn = design_bistable(N, SLOW, TAU, 0.8, rng=seed, dtype=np.float64)
    bare = LowRankRNN(drawn.embedding, drawn.encoding, np.zeros((N, 0)))
    slope = 1 + TAU * DriftLimit(bare, noise_std=SIGMA).jacobian([[0.0]])[0, 0, 0]
    return replace(bare, encoding=bare.encoding * (1 + TAU / SLOW) / slope)


def recorded(circuit, n_trials, n_steps, spread, seed):
    start = spread * np.random.default_rng(seed).standard_normal((n_trials, 1))
    run = circuit.simulate(
        np.zeros((n_steps, n_trials, 0)),
        initial_rates=circuit.tuning(start),
        noise_std=SIGMA,
        rng=seed,
        record_rates=True,
    )
    return run.latents[10:], run.rates[10:]


CIRCUIT = slow_circuit(0)
KAPPA, RATES = recorded(CIRCUIT, 1000, 60, 0.3, 1)
PART = np.random.default_rng(2).permutation(N)[:20]
M = CIRCUIT.embedding[PART, 0]


def test_a_regression_on_rates_is_attenuated_by_the_law():
    signal = np.empty_like(KAPPA)  # what leaky rates make of κ
    signal[0] = KAPPA[0]
    for t in range(1, len(KAPPA)):
        signal[t] = (1 - ALPHA) * signal[t - 1] + ALPHA * KAPPA[t - 1]
    own = np.cov(KAPPA[8:].ravel(), signal[8:].ravel())[0, 1] / signal[8:].var()
    noise = ALPHA / (2 - ALPHA) * SIGMA**2 / np.sum(M**2)
    law = partial.attenuated_gain(own, signal[8:].var(), noise, ALPHA * (1 + TAU / SLOW) * len(PART) / N)
    found = partial.components(RATES[8:, :, PART], 1)
    gain = 1 + TAU * partial.fit_flow(found.latents, DT, 1).coefficients[1, 0]
    assert gain - 1 == approx(law - 1, abs=0.1 * (own - law))
    assert (own - law) * SLOW / TAU > 0.15  # over γ


def test_the_past_is_an_instrument_and_the_present_is_none():
    found = partial.components(partial.seen_currents(RATES[:, :, PART], ALPHA), 1)
    now, past = found.latents[5:], partial.past_mean(found.latents, 5)
    slopes = [SLOW * partial.fit_flow(now, DT, 1, z, ramp=5).coefficients[1, 0] for z in (past, now)]
    own = SLOW * partial.fit_flow(KAPPA, DT, 1).coefficients[1, 0]
    assert slopes[0] == approx(own, abs=0.25)
    assert slopes[1] < own - 0.5  # twin


def test_the_other_half_of_the_neurons_is_no_instrument():
    """Their noise drives κ as well: growth is too large by c σ²/(N σ_m² V) τ_L/τ."""
    x = partial.seen_currents(RATES, ALPHA)
    a, b = (partial.components(part, 1).latents for part in (x[:, :, ::2], x[:, :, 1::2]))
    own = SLOW * partial.fit_flow(KAPPA, DT, 1).coefficients[1, 0]
    law = SLOW / TAU * (1 + TAU / SLOW) * SIGMA**2 / (np.sum(CIRCUIT.embedding**2) * KAPPA.var())
    now = SLOW * partial.fit_flow(a, DT, 1, b).coefficients[1, 0]
    past = SLOW * partial.fit_flow(a[1:], DT, 1, partial.past_mean(b, 1)).coefficients[1, 0]
    assert now - own == approx(law, rel=0.3)
    assert abs(past - own) < 0.3 * law


def noisy_walks(n_trials, n_steps, v, q, e, seed):
    """Walks x + e with steps of variance q: slow, so that their slope is nearly zero."""
    rng = np.random.default_rng(seed)
    x = np.sqrt(v) * rng.standard_normal((1, n_trials, 1)) + np.sqrt(q) * rng.standard_normal((n_steps, n_trials, 1)).cumsum(
        0
    )
    return x, x + np.sqrt(e) * rng.standard_normal(x.shape)


@pytest.mark.parametrize("ramp", [0, 10])
def test_the_error_of_instruments_has_the_trials_ends_in_it(ramp):
    q, e, back, steps, trials = 1e-5, 0.02, 10, 101, 200
    off = []
    for seed in range(150):
        x, seen = noisy_walks(trials, steps + back, 1.0, q, e, seed)
        own = partial.fit_flow(x[back:], 1.0, 1, ramp=ramp)
        found = partial.fit_flow(seen[back:], 1.0, 1, partial.past_mean(seen, back), ramp=ramp)
        off.append(found.coefficients[1, 0] - own.coefficients[1, 0])
    law = partial.instrument_error(1.0, e, q, back, steps - 1, trials, ramp)
    assert np.std(off) == approx(law, rel=0.2)  # s.e. 6 %, and V differs between recordings
    endless = partial.instrument_error(1.0, e, q, back, 10**9, 1) * np.sqrt(10**9 / (steps * trials))
    assert np.std(off) > 1.5 * endless  # twin: the law without ends


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: partial.seen_currents(np.full((2, 1, 1), [[[0.0]], [[2.0]]]), 0.5), "rates: expected those of tanh"),
        (lambda: partial.seen_currents(np.zeros((1, 1, 1)), 0.5), "rates: expected at least two steps"),
        (lambda: partial.components(np.ones((9, 2, 2)), 3), "n_latents: expected at most 2"),
        (lambda: partial.PolynomialFlow(np.ones((3, 1)), 1), "coefficients: expected 2 rows"),
        (lambda: partial.PolynomialFlow(np.ones((2, 1)), 1).bounding_box(), "network: expected one with a bounding box"),
        (lambda: partial.past_mean(np.ones((3, 1, 1)), 3), "n_steps: expected below the 3"),
        (lambda: partial.fit_flow(np.ones((5, 2, 1)), 5.0, 1), "latents, instruments: expected samples that tell 2"),
        (lambda: partial.fit_flow(np.ones((5, 2, 1)), 5.0, 1, np.ones((4, 2, 1))), "instruments: expected shape"),
        (lambda: partial.instrument_error(1.0, 0.1, 0.1, 1, 5, 1, 5), "ramp: expected below the 5"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
