"""Timescales by design: quadratures against adaptive ones, samples against their closed-form laws, twins beside them."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from reference import gaussian_quad
from scipy import stats

from lpu_core import LowRankRNN, dynamics, tasks, timescales

RATIOS = [1e-2, 0.1, 1.0, 10.0, 1e3, 1e6]
"""τ_L/τ."""


def sech2(x):
    return np.cosh(np.minimum(np.abs(x), 300)) ** -2.0


# ------------------------------------------------------------------ the design


@pytest.mark.parametrize("scale", [0.0, 1e-4, 0.1, 1.0, 3.0, 10.0, 80.0])
def test_the_mean_slope_is_that_of_adaptive_quadrature(scale):
    assert timescales.mean_slope(scale) == pytest.approx(gaussian_quad(lambda z: sech2(scale * z)), rel=1e-12)


def test_the_mean_slope_of_steep_neurons_is_that_of_a_sign():
    """E sech²(σz) → √(2/π)/σ (1 − π²/(24 σ²)) as σ → ∞."""
    for scale in (1e2, 1e3, 1e5):
        expected = np.sqrt(2 / np.pi) / scale * (1 - np.pi**2 / (24 * scale**2))
        assert timescales.mean_slope(scale) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("rho", [0.1, 0.8, 1.0])
def test_the_design_solves_its_equations(ratio, rho):
    law = timescales.design(10 * ratio, 10.0, rho)
    assert law.covariance == pytest.approx(1 + 1 / ratio, rel=1e-15)  # (A4)
    mean_slope = gaussian_quad(lambda x: sech2(x), law.embedding_std)
    assert law.covariance * mean_slope == pytest.approx(1, abs=1e-11)  # κ* = 1
    assert law.encoding_std == pytest.approx(law.covariance / (rho * law.embedding_std), rel=1e-14)  # (A20)
    assert law.correlation == rho
    # the root is the only one: the mean slope falls in σ_m
    assert (
        timescales.mean_slope(0.99 * law.embedding_std)
        > 1 / law.covariance
        > timescales.mean_slope(1.01 * law.embedding_std)
    )


@pytest.mark.parametrize(("ratio", "rho"), [(1e-2, 0.5), (2.0, 0.8), (100.0, 0.2), (5.0, 1.0)])
def test_samples_follow_their_law(ratio, rho):
    """Means, variances and covariance of 10⁵ draws within 5 s.e. of theirs: false alarm below 3e-6 for each of 4 laws."""
    law, n = timescales.design(10 * ratio, 10.0, rho), 100_000
    m, enc = law.sample(n, np.random.default_rng(1), np.float64)
    for values, std in ((m, law.embedding_std), (enc, law.encoding_std)):
        assert abs(values.mean()) < 5 * std / np.sqrt(n)
        assert abs(values.var() - std**2) < 5 * std**2 * np.sqrt(2 / n)
    error = np.sqrt((law.embedding_std**2 * law.encoding_std**2 + law.covariance**2) / n)
    assert abs((m * enc).mean() - law.covariance) < 5 * error
    if rho < 1:  # twin: independent m and n would be told from these
        assert abs((m * np.random.default_rng(2).permutation(enc)).mean() - law.covariance) > 5 * error


def test_samples_are_gaussian():
    """Kolmogorov–Smirnov at p = 1e-6; the twin, a uniform law of the same s.d., fails it."""
    law = timescales.design(100.0, 10.0, 0.5)
    for values, std in zip(law.sample(20_000, np.random.default_rng(3)), (law.embedding_std, law.encoding_std), strict=True):
        assert stats.kstest(values / std, "norm").pvalue > 1e-6
    uniform = np.random.default_rng(3).uniform(-np.sqrt(3), np.sqrt(3), 20_000)
    assert stats.kstest(uniform, "norm").pvalue < 1e-6


# ------------------------------------------------------------------ the growth rate and its error


@pytest.mark.parametrize(("n", "ratio", "rho"), [(300, 2.0, 0.5), (1000, 10.0, 0.3), (500, 100.0, 0.4), (400, 0.1, 0.6)])
def test_the_growth_rate_varies_as_A9_says(unchecked_shapes, n, ratio, rho):
    """400 draws: the variance within the χ² interval at 1 − 1e-6, the mean within 5 s.e. False alarm: 2e-6 for each of 4.

    The twin, the formula with 1 in the place of ρ⁻², lies outside of the same interval.
    """
    draws, tau_latent, tau = 400, 10 * ratio, 10.0
    rates = [timescales.growth_rate(timescales.design_bistable(n, tau_latent, tau, rho, [4, i])) for i in range(draws)]
    relative = np.array(rates) * tau_latent - 1  # γ = 1/τ_L (A5)
    error = timescales.growth_rate_error(n, tau_latent, tau, rho)
    low, high = stats.chi2.ppf([5e-7, 1 - 5e-7], draws - 1) / (draws - 1)
    assert low < relative.var(ddof=1) / error**2 < high
    without_rho = (1 + ratio) * np.sqrt(2 / n)
    assert not low < relative.var(ddof=1) / without_rho**2 < high
    assert abs(relative.mean()) < 5 * error / np.sqrt(draws)


@pytest.mark.parametrize("rho", [0.5, 1.0])
def test_the_share_of_bistable_networks_is_that_of_the_drawn_ones(rho):
    """4000 draws, 5 s.e. The twin: of another ρ, the share is another."""
    rates = timescales.growth_rates(timescales.design(50.0, 10.0, rho).sample, 4000, 200, 10.0, rng=5)
    share, law = (rates > 0).mean(), timescales.bistable_share(200, 50.0, 10.0, rho)
    assert abs(share - law) < 5 * np.sqrt(law * (1 - law) / 4000) < 0.05
    assert abs(share - timescales.bistable_share(200, 50.0, 10.0, 1.5 - rho)) > 0.05


def test_of_infinitely_many_neurons_all_networks_are_bistable_and_of_few_half():
    np.testing.assert_allclose(timescales.bistable_share([np.inf, 1.0], [20.0, 1e9], 10.0, 0.8), [1, 0.5], atol=1e-6)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("rho", [0.1, 0.8, 1.0])
def test_A9_is_A6_over_gamma(ratio, rho):
    """Var γ̂ = (σ_m² σ_n² + c²)/(N τ²), for the designed σ_m and σ_n."""
    law, n, tau = timescales.design(10 * ratio, 10.0, rho), 700, 10.0
    variance = (law.embedding_std**2 * law.encoding_std**2 + law.covariance**2) / (n * tau**2)
    assert timescales.growth_rate_error(n, 10 * ratio, tau, rho) == pytest.approx(np.sqrt(variance) * 10 * ratio, rel=1e-12)


def test_twice_the_timescale_needs_four_times_the_neurons():
    """(A10), for τ_L ≫ τ, and its limits in N and ρ; arrays in, arrays out."""
    error = timescales.growth_rate_error
    assert error(4000, 2e6, 10.0, 0.7) == pytest.approx(error(1000, 1e6, 10.0, 0.7), rel=1e-4)
    assert error(4000, 2.0, 10.0, 0.7) != pytest.approx(error(1000, 1.0, 10.0, 0.7), rel=0.3)  # twin: τ_L ≪ τ
    grid = error(np.array([10, 1000]), np.array([[20.0], [200.0]]), 10.0, 1.0)
    np.testing.assert_allclose(
        grid, [[3 * np.sqrt(2 / 10), 3 * np.sqrt(2 / 1000)], [21 * np.sqrt(2 / 10), 21 * np.sqrt(2 / 1000)]]
    )


def test_growth_rates_are_those_of_the_drawn_networks():
    law = timescales.design(20.0, 10.0, 0.8)
    rates = timescales.growth_rates(law.sample, 2, 10**6, 10.0, rng=3)  # one network at a time, as a network is drawn
    rng = np.random.default_rng(3)
    one = [timescales.growth_rate(timescales.design_bistable(10**6, 20.0, 10.0, 0.8, rng)) for _ in range(2)]
    np.testing.assert_allclose(rates, one, rtol=1e-4)
    with pytest.raises(ValueError, match="sample: expected"):
        timescales.growth_rates(lambda size, rng: law.sample(size + 1, rng), 2, 10, 10.0, rng=3)


def test_the_growth_rate_is_that_at_which_the_latent_leaves_the_origin():
    net = timescales.design_bistable(1000, 50.0, 10.0, 0.8, 0, dtype=np.float64)
    c = sum(a * b for a, b in zip(net.embedding[:, 0], net.encoding[:, 0], strict=True)) / 1000
    assert timescales.growth_rate(net) == pytest.approx((c - 1) / 10, rel=1e-12)
    assert timescales.growth_rate(net) == pytest.approx(net.jacobian(np.zeros(1))[0, 0], rel=1e-12)
    steps = net.simulate(np.zeros((20, 1, 1)), initial_latents=np.full((1, 1), 1e-6)).latents[:, 0, 0]
    np.testing.assert_allclose(np.diff(np.log(steps)), np.log(1 + 5 * timescales.growth_rate(net)), rtol=1e-6)


# ------------------------------------------------------------------ mean field


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_mean_field_flow_is_the_integral_over_the_neurons(ratio):
    """E[n tanh(mκ)] = E[(c/σ_m²) m tanh(mκ)] (M84), without Stein's lemma."""
    tau, law = 10.0, timescales.design(10 * ratio, 10.0, 0.8)
    kappa = np.array([-2.0, -1.0, 0.0, 1e-2, 0.3, 1.0, 1.5, 4.0])
    slope = law.covariance / law.embedding_std**2
    expected = [-k + gaussian_quad(lambda m, k=k: slope * m * np.tanh(m * k), law.embedding_std) for k in kappa]
    np.testing.assert_allclose(timescales.mean_field_flow(kappa, 10 * ratio, tau), np.array(expected) / tau, atol=1e-10)


def test_the_flow_of_a_draw_is_the_mean_field_s_up_to_its_s_d():
    """200 networks of 1000 neurons: means within 5 s.e., variances within χ² at 1 − 1e-6; false alarm below 1e-5 a run."""
    kappa, draws, n = np.array([0.1, 0.5, 1.0, 2.0]), 200, 1000
    for ratio, rho in ((0.1, 0.8), (2.0, 0.8), (50.0, 0.3)):
        flows = np.array([
            timescales.design_bistable(n, 10 * ratio, 10.0, rho, [5, i], dtype=np.float64).flow(kappa[:, None])[:, 0]
            for i in range(draws)
        ])  # fmt: skip
        mean = timescales.mean_field_flow(kappa, 10 * ratio, 10.0)
        std = timescales.flow_std(kappa, n, 10 * ratio, 10.0, rho)
        assert (np.abs(flows.mean(0) - mean) < 5 * std / np.sqrt(draws)).all()
        low, high = stats.chi2.ppf([5e-7, 1 - 5e-7], draws - 1) / (draws - 1)
        variance = flows.var(0, ddof=1) / std**2
        assert ((low < variance) & (variance < high)).all()
        doubled = flows.var(0, ddof=1) / timescales.flow_std(kappa, 2 * n, 10 * ratio, 10.0, rho) ** 2
        assert not ((low < doubled) & (doubled < high)).any()  # twin: the law for 2 N


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("rho", [0.3, 1.0])
def test_the_flow_s_s_d_is_that_of_adaptive_quadrature(ratio, rho):
    law, n = timescales.design(10 * ratio, 10.0, rho), 50
    for kappa in (1e-3, 0.3, 1.0, 3.0):
        s = law.embedding_std * kappa
        square = gaussian_quad(lambda z, s=s: (1 + rho**2 * (z**2 - 1)) * np.tanh(s * z) ** 2)
        mean = gaussian_quad(lambda z, s=s: rho * z * np.tanh(s * z))
        expected = law.encoding_std * np.sqrt((square - mean**2) / n) / 10
        assert timescales.flow_std(kappa, n, 10 * ratio, 10.0, rho)[0] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_mean_field_attracts_at_plus_and_minus_one_and_repels_at_zero(ratio):
    flow = lambda kappa: timescales.mean_field_flow(kappa, 10 * ratio, 10.0)  # noqa: E731
    assert np.abs(flow([-1.0, 0.0, 1.0])).max() < 1e-11
    outside, inside = np.array([1.01, 1.5, 3.0, 10.0]), np.array([0.01, 0.3, 0.7, 0.99])
    assert (flow(inside) > 0).all() and (flow(outside) < 0).all()
    np.testing.assert_allclose(flow(-inside), -flow(inside))
    assert flow(1e-6 * min(1, 1 / ratio))[0] / (1e-6 * min(1, 1 / ratio)) == pytest.approx(1 / (10 * ratio), rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("covariance", "attractors"), [(1.5, 2), (0.5, 1), (-1.5, 1)])
def test_a_covariance_above_one_makes_two_attractors_and_no_other_does(seed, covariance, attractors):
    """c = 1.5, and its twins c < 1: at N = 5000 ĉ − c has s.d. 0.03, 17 s.d. from 1."""
    rng, n = np.random.default_rng(seed), 5000
    m, other = rng.standard_normal((2, n))
    net = LowRankRNN(m[:, None], (covariance * m + other)[:, None], m[:, None])
    found = dynamics.fixed_points(net)
    assert len(found.attractors) == attractors and len(found) == 2 * attractors - 1
    if attractors == 1:
        assert np.abs(found.points).max() < 1e-8


@pytest.mark.parametrize("ratio", [0.1, 1.0, 5.0])
def test_a_bistable_network_has_its_fixed_points_near_the_mean_field_s(ratio):
    """Within 5 s.d. of the flow over its slope: false alarm below 2e-6 a run."""
    n = 20_000
    net = timescales.design_bistable(n, 10 * ratio, 10.0, 0.8, 6, dtype=np.float64)
    found = dynamics.fixed_points(net)
    assert found.kinds == ("attractor", "attractor", "repeller")
    step = 1e-4
    slope = np.diff(timescales.mean_field_flow([1 - step, 1 + step], 10 * ratio, 10.0))[0] / (2 * step)
    error = 5 * timescales.flow_std(1.0, n, 10 * ratio, 10.0, 0.8)[0] / abs(slope)
    assert error < 0.2
    np.testing.assert_allclose(found.points[:, 0], [-1, 1, 0], atol=error)


# ------------------------------------------------------------------ the flip-flop without training


@pytest.mark.slow
@pytest.mark.parametrize("n_bits", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_the_designed_flip_flop_remembers(n_bits, seed):
    """With noise in the currents, which tells a memory from a fading trace: without noise a trace keeps its sign."""
    net, task = timescales.design_flip_flop(1000 * n_bits, n_bits, seed), tasks.FlipFlop(n_bits)
    assert tasks.accuracy(net, task, 200, [seed, 7]) >= 0.99
    assert tasks.accuracy(net, task, 100, [seed, 8], noise_std=0.5) >= 0.99
    fading = replace(net, encoding=net.encoding / 3)  # twin: c = 0.5
    assert tasks.accuracy(fading, task, 100, [seed, 8], noise_std=0.5) < 0.9


def test_without_bistability_the_flip_flop_forgets():
    """Twin: a third of the encoding makes c = 0.5, and the latents fade between pulses."""
    net = timescales.design_flip_flop(2000, 2, 0)
    weak = LowRankRNN(net.embedding, net.encoding / 3, net.input_weights)
    fresh = 0.01 * np.random.default_rng(0).standard_normal((200, 1, 2000))
    pulses = np.zeros((200, 1, 2))
    pulses[0] = [[1.0, -1.0]]
    held, faded = (n.simulate(pulses, initial_rates=fresh[0]).latents[-1, 0] for n in (net, weak))
    assert (held * [1, -1] > 0.5).all() and np.abs(faded).max() < 1e-3


def test_a_million_neurons_fit_into_memory_and_remember():
    tracemalloc.start()
    net = timescales.design_flip_flop(1_000_000, 1, 0)
    pulses, targets = tasks.FlipFlop(1, n_steps=40).sample(2, 3)
    latents = net.simulate(pulses).latents
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert tasks.FlipFlop(1).accuracy(latents, pulses, targets) == 1.0


def test_bits_of_unequal_groups_keep_their_scale():
    """N not divisible by K: κ of each bit still averages over its own neurons."""
    net = timescales.design_flip_flop(1001, 3, 0, dtype=np.float64)
    m, n = timescales.design(20.0, 10.0, 0.8).sample(1001, np.random.default_rng(0), np.float64)
    for bit in range(3):
        own = np.flatnonzero(net.embedding[:, bit])
        assert len(own) in (333, 334)
        assert not net.encoding[np.setdiff1d(np.arange(1001), own)][:, bit].any()
        np.testing.assert_allclose(net.encoding[own, bit] * len(own) / 1001, n[own], rtol=1e-12)
        np.testing.assert_array_equal(net.embedding[own, bit], m[own])
    np.testing.assert_allclose(net.input_weights, 5 * net.embedding)


@pytest.mark.slow
def test_one_gaussian_cloud_for_two_latents_makes_a_ring_not_four_corners():
    """Twin of the groups: isotropic (m, n) leave every rotation alone, so one direction is nearly neutral everywhere.

    Its rate is of the order of the sampling error, N^{−1/2}; with groups both rates at an attractor are about −0.05.
    """
    n = 20_000
    law = timescales.design(20.0, 10.0, 0.8)
    rng = np.random.default_rng(0)
    m, enc = (np.stack(parts, 1) for parts in zip(*(law.sample(n, rng, np.float64) for _ in range(2)), strict=True))
    ring = dynamics.fixed_points(LowRankRNN(m, enc, m))
    assert len(ring.attractors) < 4
    np.testing.assert_allclose(np.linalg.norm(ring.attractors, axis=1), 1, atol=0.15)
    corners = dynamics.fixed_points(timescales.design_flip_flop(n, 2, 0, dtype=np.float64))
    assert len(corners.attractors) == 4
    ratio = {}
    for name, found in (("ring", ring), ("corners", corners)):
        of_attractors = found.eigenvalues.real[[kind == "attractor" for kind in found.kinds]]
        ratio[name] = of_attractors[:, 0] / of_attractors[:, 1]
    assert ratio["ring"].max() < 0.2 and ratio["corners"].min() > 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32"])
def test_networks_come_in_the_precision_asked_for(dtype):
    assert timescales.design_bistable(50, 20.0, 10.0, 0.8, 0, dtype=dtype).dtype == dtype
    assert timescales.design_flip_flop(50, 2, 0, dtype=dtype).dtype == dtype


def test_the_same_seed_gives_the_same_network():
    one, same, other = (timescales.design_flip_flop(50, 2, seed).embedding for seed in (0, 0, 1))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_the_mean_slope_of_steep_neurons_is_that_of_a_step():
    """√(2/π)/σ for large σ: where the quadrature hands over, and far beyond."""
    for scale in (0.99e10, 1.01e10, 1e300):
        np.testing.assert_allclose(timescales.mean_slope(scale) * scale, np.sqrt(2 / np.pi), rtol=1e-10)


# ------------------------------------------------------------------ bad arguments


@pytest.mark.parametrize(("arguments", "message"), [
    ((0.0, 10.0, 0.8), "tau_latent: expected a number above 0, got 0.0"),
    ((np.nan, 10.0, 0.8), "tau_latent: expected a number above 0, got nan"),
    ((np.inf, 10.0, 0.8), "tau_latent: expected a number above 0, got inf"),
    ((20.0, -1.0, 0.8), "tau: expected a number above 0, got -1.0"),
    ((20.0, 10.0, 0.0), "rho: expected a number from 1e-12 to 1, got 0.0"),
    ((20.0, 10.0, 1.1), "rho: expected a number from 1e-12 to 1, got 1.1"),
    ((20.0, 10.0, np.nan), "rho: .* got nan"),
    ((1e15, 10.0, 0.8), "tau_latent: expected from 1e-12 to 1e12 × tau = 10 ms, got 1000000000000000.0"),
    ((1e-15, 10.0, 0.8), "tau_latent: expected from 1e-12 to 1e12 × tau = 10 ms, got 1e-15"),
])  # fmt: skip
def test_a_bad_design_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        timescales.design(*arguments)
    with pytest.raises(ValueError, match=message):
        timescales.design_bistable(10, *arguments, 0)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="n_neurons: expected a whole number of at least 1, got 0"):
        timescales.design_bistable(0, 20.0, 10.0, 0.8, 0)
    with pytest.raises(ValueError, match="n_bits: expected a whole number of at least 1, got 0"):
        timescales.design_flip_flop(10, 0, 0)
    with pytest.raises(ValueError, match=r"n_neurons: expected at least one a bit \(3\), got 2"):
        timescales.design_flip_flop(2, 3, 0)
    with pytest.raises(ValueError, match=r"pulse_gain: expected a number above 0 and at most 1e\+12, got 0"):
        timescales.design_flip_flop(10, 1, 0, pulse_gain=0)
    bad_errors = {
        "n_neurons": (0, 20.0, 10.0, 0.8),
        "tau_latent": (10, np.nan, 10.0, 0.8),
        "tau": (10, 20.0, 0.0, 0.8),
        "rho": (10, 20.0, 10.0, 2.0),
    }
    for name, bad in bad_errors.items():
        with pytest.raises(ValueError, match=f"{name}: expected"):
            timescales.growth_rate_error(*bad)
    with pytest.raises(ValueError, match="n_neurons: expected a whole number of at least 1, got 0"):
        timescales.flow_std(1.0, 0, 20.0, 10.0, 0.8)
    for scale in (-1.0, np.nan):
        with pytest.raises(ValueError, match="scale: expected a number of at least 0"):
            timescales.mean_slope(scale)
    for call in (lambda kappa: timescales.mean_field_flow(kappa, 20.0, 10.0),
                 lambda kappa: timescales.flow_std(kappa, 10, 20.0, 10.0, 0.8)):  # fmt: skip
        with pytest.raises(ValueError, match=r"kappa: expected numbers from .*, got nan"):
            call(np.nan)
        with pytest.raises(ValueError, match=r"kappa: expected a number or shape \(P,\), got \(2, 1\)"):
            call([[1.0], [2.0]])
    with pytest.raises(ValueError, match=r"tau_latent: expected a leading shape that goes with that of n_neurons, \(3,\)"):
        timescales.growth_rate_error([10, 20, 30], [20.0, 30.0], 10.0, 0.8)
    for dtype in (int, "float16", "foo", None):
        with pytest.raises(ValueError, match="dtype: expected float32 or float64, got"):
            timescales.design_bistable(10, 20.0, 10.0, 0.8, 0, dtype=dtype)
    with pytest.raises(ValueError, match=r"covariance: expected ρ σ_m σ_n = 1\.5, got 1\.0"):
        timescales.WeightStatistics(1.0, 0.75, 2.5, 0.8)


def test_a_designed_network_owns_its_weights():
    """What neurons hear of κ and what they hear of the input can be changed apart; and only by making another network."""
    bit = timescales.design_bistable(20, 20.0, 10.0, 0.8, 0)
    assert not np.shares_memory(bit.embedding, bit.input_weights)
    for name in ("embedding", "encoding", "input_weights", "bias"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(bit, name)[:10] = 0
    silenced = replace(bit, embedding=np.where(np.arange(20)[:, None] < 10, 0, bit.embedding))
    assert not silenced.embedding[:10].any() and silenced.input_weights[:10].all()


def test_the_caller_s_arrays_stay_the_caller_s():
    m, n, w, b = (np.ones((5, 1)), np.ones((5, 1)), np.ones((5, 1)), np.ones(5))
    net = LowRankRNN(m, n, w, b)
    for array in (m, n, w, b):
        array[:] = np.nan
    assert all((getattr(net, name) == 1).all() for name in ("embedding", "encoding", "input_weights", "bias"))


@pytest.mark.parametrize("change", [{"nonlinearity": "relu"}, {"bias": np.ones(3)}, {"embedding": np.ones((3, 2))}])
def test_a_growth_rate_is_refused_where_its_formula_does_not_hold(change):
    m = change.get("embedding", np.ones((3, 1)))
    net = LowRankRNN(m, m, np.ones((3, 1)), **{k: v for k, v in change.items() if k != "embedding"})
    with pytest.raises(ValueError, match="network: expected"):
        timescales.growth_rate(net)
