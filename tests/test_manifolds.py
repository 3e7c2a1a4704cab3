"""Dimensions against known spectra, Proposition 2 and its twins, Funk-Hecke against samples."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import eval_gegenbauer, gamma, jv, roots_genlaguerre

from lpu_core.manifolds import (
    ZonalSpectrum,
    distance_rank_correlation,
    embed_sphere,
    latent_r2,
    legendre,
    linear_dimensionality,
    n_components,
    predicted_rank_correlation,
    principal_variances,
    sampled_eigenvalues,
    staircase,
    zonal_spectrum,
)
from lpu_core.nonlinearities import nonlinearity


def points_with(shares, n_points=400, n_neurons=30, seed=0):
    """Points whose principal components hold exactly these shares of the variance, off the origin."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((n_points, len(shares)))
    scores, _ = np.linalg.qr(scores - scores.mean(0))  # orthonormal and centred
    axes, _ = np.linalg.qr(rng.standard_normal((n_neurons, len(shares))))
    return scores * np.sqrt(shares) @ axes.T + 5


@pytest.mark.parametrize(("variance", "expected"), [(0.5, 1), (0.7, 2), (0.95, 3), (0.99, 4), (1.0, 4)])
def test_it_counts_the_components_that_hold_the_share(variance, expected):
    assert linear_dimensionality(points_with([0.6, 0.25, 0.12, 0.03]), variance) == expected


def test_a_flat_sheet_has_the_dimension_of_its_latents_and_a_curved_one_more():
    rng = np.random.default_rng(1)
    kappa, embedding = rng.uniform(-1, 1, (500, 2)), 3 * rng.standard_normal((2, 50))
    assert linear_dimensionality(kappa @ embedding, 1 - 1e-9) == 2
    assert linear_dimensionality(np.tanh(kappa @ embedding), 1 - 1e-9) > 2


@pytest.mark.parametrize("variance", [0.0, 1.1, -1.0])
def test_a_share_that_is_none_is_refused(variance):
    with pytest.raises(ValueError, match="variance"):
        linear_dimensionality(points_with([1.0]), variance)


@pytest.mark.parametrize("points", [np.zeros((1, 3)), np.ones((5, 3))])
def test_points_without_variance_are_refused(points):
    with pytest.raises(ValueError, match="points"):
        linear_dimensionality(points)


def test_the_variances_are_those_of_the_singular_values_whichever_side_is_smaller():
    for shape in ((40, 7), (7, 40)):
        points = np.random.default_rng(0).standard_normal(shape) + 3
        values = np.linalg.svd(points - points.mean(0), compute_uv=False)
        np.testing.assert_allclose(principal_variances(points), values**2 / shape[0], atol=1e-13)


def test_all_of_single_precision_s_variance_is_held_by_all_components():
    """The running sum of float32 numbers may end below their sum."""
    variances = np.random.default_rng(1).random(1001).astype(np.float32)
    assert np.cumsum(variances)[-1] < variances.sum()
    assert n_components(variances, 1.0) == 1001


# ------------------------------------------------------------------ Proposition 2, Corollary 2


def step(x):
    return (x > 0).astype(x.dtype)


@pytest.mark.parametrize("phi", ["relu", step])
@pytest.mark.parametrize("n", [1, 2, 50, 300])
def test_one_latent_spans_as_many_dimensions_as_there_are_neurons(phi, n):
    """(M61-M63): triangular, a positive diagonal, rank N."""
    kappa, network = staircase(n, phi)
    points = network.tuning(kappa[:, None])
    assert network.n_latents == 1 and (kappa > 0).all() and (kappa < 1).all()
    assert (points == np.tril(points)).all() and (np.diag(points) > 0).all()
    assert np.linalg.matrix_rank(points) == n


def test_without_the_nonlinearity_or_without_the_biases_it_does_not():
    """Twins: rank 2 for a linear embedding, rank 1 without biases."""
    kappa, network = staircase(100)
    assert np.linalg.matrix_rank(replace(network, nonlinearity=lambda x: x).tuning(kappa[:, None])) == 2
    assert np.linalg.matrix_rank(replace(network, bias=np.zeros(100)).tuning(kappa[:, None])) == 1


def test_the_rates_of_a_running_network_span_all_dimensions_while_the_latent_rests():
    """Corollary 2, by simulation: an input holds the current at κ_j until the rates have settled."""
    kappa, network = staircase(60, step)
    held = np.repeat(kappa[None, :, None], 80, axis=0)
    rates = network.simulate(held, initial_rates=np.zeros((60, 60)), record_rates=True).rates[-1]
    np.testing.assert_allclose(rates, network.tuning(kappa[:, None]), atol=1e-12)
    assert np.linalg.matrix_rank(rates) == 60


def test_steps_have_the_spectrum_of_a_brownian_bridge():
    """Variances 1/(4N sin²(πk/2N)) to rounding; so 61 components hold 99 %, however many the neurons."""
    for n in (10, 200):
        kappa, network = staircase(n, step)
        k = np.arange(1, n)
        expected = 1 / (4 * n * np.sin(np.pi * k / (2 * n)) ** 2)
        np.testing.assert_allclose(principal_variances(network.tuning(kappa[:, None]))[:-1], expected, rtol=1e-9)
    n = 10**6
    assert n_components(np.sin(np.pi * np.arange(1, n) / (2 * n)) ** -2.0) == 61


# ------------------------------------------------------------------ Funk-Hecke


@pytest.mark.parametrize("n_dims", [2, 3, 5, 10])
def test_the_polynomials_are_gegenbauer_s_and_orthogonal(n_dims):
    t = np.linspace(-1, 1, 11)
    values = legendre(n_dims, 8, t)
    for degree in range(8):
        if n_dims == 2:
            expected = np.cos(degree * np.arccos(t))
        else:
            order = n_dims / 2 - 1
            expected = eval_gegenbauer(degree, order, t) / eval_gegenbauer(degree, order, 1.0)
        np.testing.assert_allclose(values[degree], expected, atol=1e-12)
    assert np.abs(values).max() <= 1 + 1e-12


def gaussian_kernel(phi, strength, t):
    """E φ(a)φ(b) of two Gaussians of s.d. `strength` and correlation t, by a plain grid of Gauss-Hermite nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    f = nonlinearity(phi)
    second = f(strength * (t * nodes[:, None] + np.sqrt(1 - t**2) * nodes))
    return weights @ (f(strength * nodes)[:, None] * second) @ weights


@pytest.mark.parametrize("n_dims", [2, 3, 10])
@pytest.mark.parametrize(("phi", "strength", "kernel", "atol"), [
    ("tanh", 1.5, lambda t: gaussian_kernel("tanh", 1.5, t), 1e-6),
    ("sin", 2.0, lambda t: np.exp(-4) * np.sinh(4 * t), 1e-10),
    ("relu", 2.0, lambda t: 4 * (np.sqrt(1 - t**2) + t * (np.pi - np.arccos(t))) / (2 * np.pi), 1e-5),
    ("sign", 1.0, lambda t: 2 / np.pi * np.arcsin(t), 3e-3),
])  # fmt: skip
def test_the_spectrum_sums_to_the_kernel(n_dims, phi, strength, kernel, atol):
    """Σ λ_ℓ N_ℓ P_ℓ(t) = E φ(w·x)φ(w·x′), by closed forms and by another quadrature."""
    spectrum = zonal_spectrum(n_dims, strength, phi)
    power = spectrum.eigenvalues * spectrum.multiplicities
    for t in (-0.6, 0.0, 0.3, 0.8):
        assert power @ legendre(n_dims, len(power), np.array(t)) == pytest.approx(kernel(t), abs=atol)
    assert spectrum.mean_square == pytest.approx({"sign": 1, "relu": 2.0, "sin": (1 - np.exp(-8)) / 2}.get(
        phi, gaussian_kernel(phi, strength, 1.0)), rel=1e-6)  # fmt: skip


def test_a_plane_of_sine_waves_has_bessel_s_coefficients():
    """d = 2: sin(a cos θ) has the coefficients 2 J_ℓ(a) for odd ℓ, so λ_ℓ is the mean of J_ℓ² over a = g|w|."""
    spectrum = zonal_spectrum(2, 1.5, "sin", 12)
    radii, law = roots_genlaguerre(80, 0)
    expected = [law @ jv(degree, 1.5 * np.sqrt(2 * radii)) ** 2 if degree % 2 else 0 for degree in range(12)]
    np.testing.assert_allclose(spectrum.eigenvalues, expected, atol=1e-12)


def test_multiplicities_are_dimensions_of_harmonics():
    assert zonal_spectrum(2, 1.0).multiplicities[:4].tolist() == [1, 2, 2, 2]
    assert zonal_spectrum(3, 1.0).multiplicities[:4].tolist() == [1, 3, 5, 7]
    assert zonal_spectrum(10, 1.0).multiplicities[:4].tolist() == [1, 10, 54, 210]


@pytest.mark.parametrize("n_dims", [2, 3, 10])
def test_the_linear_share_of_sign_is_known(n_dims):
    mean = gamma(n_dims / 2) / (np.sqrt(np.pi) * gamma((n_dims + 1) / 2))  # E|x_1|
    assert zonal_spectrum(n_dims, 1.0, "sign").shares[1] == pytest.approx(n_dims * mean**2, abs=1e-9)
    assert zonal_spectrum(n_dims, 1e-3, "tanh").shares[1] == pytest.approx(1, abs=1e-5)


def test_the_end_of_growth_counts_the_components():
    spectrum = zonal_spectrum(3, 2.0, "sin")
    variances = spectrum.variances(500)
    assert (np.diff(variances) <= 0).all()
    assert spectrum.dimensionality() == n_components(variances) == 21
    assert spectrum.dimensionality(0.5) == n_components(variances, 0.5)
    with pytest.raises(ValueError, match="n_degrees: expected enough"):
        zonal_spectrum(10, 1.0, "sign", 20).dimensionality()


def worst_deviation(strength, assumed, phi="tanh", n_draws=40):
    draws = np.array([sampled_eigenvalues(*embed_sphere(20, 3, 50, strength, [7, s], phi, dtype=np.float64), 4)
                      for s in range(n_draws)])  # fmt: skip
    theory = zonal_spectrum(3, assumed, phi).eigenvalues[:4]
    return np.abs((draws.mean(0) - theory) / (draws.std(0, ddof=1) / np.sqrt(n_draws))).max()


@pytest.mark.parametrize("phi", ["tanh", "relu"])
def test_few_neurons_and_few_points_give_the_eigenvalues_without_bias(phi):
    """Within 5 s.e. of 40 draws (t₃₉: a false alarm in 20 000 runs); twin: a strength 30 % off is seen."""
    assert worst_deviation(2.0, 2.0, phi) < 5
    assert worst_deviation(2.0, 2.6, phi) > 5


def test_many_neurons_end_where_the_theory_ends():
    _, rates = embed_sphere(800, 3, 3000, 2.0, 0)
    assert abs(linear_dimensionality(rates) - zonal_spectrum(3, 2.0).dimensionality()) <= 1


def test_points_lie_on_the_sphere_evenly_and_biases_count():
    points, rates = embed_sphere(5, 4, 20_000, 1.0, 0, lambda x: x)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, rtol=1e-6)
    assert points.dtype == rates.dtype == np.float32
    assert np.abs(points.mean(0)).max() < 5 * np.sqrt(0.25 / 20_000)
    assert np.linalg.matrix_rank(rates) == 4
    _, shifted = embed_sphere(2000, 4, 3, 1.0, 0, lambda x: x, bias_std=2.0)
    assert shifted.std(axis=1).mean() == pytest.approx(np.sqrt(1 + 4), rel=0.1)  # over neurons


def test_components_explain_as_much_of_the_latents_as_the_regression_does():
    """Σ share · R² is the share of variance that a regression of all rates on x explains; a linear embedding's is 1."""
    points, rates = embed_sphere(30, 4, 500, 2.0, 1, "sin", dtype=np.float64)
    share, r2 = latent_r2(points, rates)
    centred, x = rates - rates.mean(0), points - points.mean(0)
    fit = x @ np.linalg.lstsq(x, centred, rcond=None)[0]
    assert share @ r2 == pytest.approx((fit**2).sum() / (centred**2).sum())
    share, r2 = latent_r2(*embed_sphere(30, 4, 500, 2.0, 1, lambda x: x, dtype=np.float64))
    np.testing.assert_allclose(r2[:4], 1)
    assert share[:4].sum() == pytest.approx(1)


# ------------------------------------------------------------------ distances


def test_distances_keep_their_ranks_under_a_rotation_and_not_in_noise():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((60, 3))
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    assert distance_rank_correlation(points, points @ rotation) == pytest.approx(1)
    assert abs(distance_rank_correlation(points, rng.standard_normal((60, 3)))) < 0.3


@pytest.mark.parametrize(("phi", "strength"), [("tanh", 3.0), ("sin", 1.0), ("sin", 2.0), ("sin", 3.0)])
@pytest.mark.parametrize("n_neurons", [100, 1000])
def test_the_rank_correlation_is_as_predicted(phi, strength, n_neurons):
    spheres = [embed_sphere(n_neurons, 10, 200, strength, [3, seed], phi) for seed in range(5)]
    measured = np.mean([distance_rank_correlation(*sphere) for sphere in spheres])
    assert measured == pytest.approx(predicted_rank_correlation(n_neurons, 10, strength, phi), abs=0.06)
    assert predicted_rank_correlation(10**12, 10, strength, phi) > 0.999


@pytest.mark.parametrize(("call", "name"), [
    (lambda: staircase(0), "n_neurons"),
    (lambda: embed_sphere(0, 3, 5, 1.0, 0), "n_neurons"),
    (lambda: embed_sphere(4, 1, 5, 1.0, 0), "n_dims"),
    (lambda: embed_sphere(4, 3, 1, 1.0, 0), "n_points"),
    (lambda: embed_sphere(4, 3, 5, 0.0, 0), "strength"),
    (lambda: embed_sphere(4, 3, 5, 1.0, 0, bias_std=-1), "bias_std"),
    (lambda: embed_sphere(4, 3, 5, 1.0, 0, "cosh"), "phi"),
    (lambda: zonal_spectrum(1, 1.0), "n_dims"),
    (lambda: zonal_spectrum(3, -1.0), "strength"),
    (lambda: zonal_spectrum(3, 1.0, n_degrees=1), "n_degrees"),
    (lambda: zonal_spectrum(3, 1.0, n_nodes=10), "n_nodes"),
    (lambda: zonal_spectrum(3, 1.0).dimensionality(1.0), "variance"),
    (lambda: n_components(np.zeros(3)), "variances"),
    (lambda: n_components(np.ones(3), 0.0), "share"),
    (lambda: sampled_eigenvalues(np.ones((3, 2)), np.ones((4, 2)), 2), "rates"),
    (lambda: latent_r2(np.ones((3, 2)), np.ones((4, 2))), "rates"),
    (lambda: distance_rank_correlation(np.ones((3, 2)), np.ones((4, 2))), "rates"),
    (lambda: legendre(3, 4, 2.5), "cosines"),
    (lambda: ZonalSpectrum(np.ones(2), np.ones(2), 1.0), "mean_square"),
    (lambda: zonal_spectrum(1000, 1.0), "n_degrees"),
    (lambda: zonal_spectrum(3, 1.0, np.ones_like), "mean_square"),
    (lambda: principal_variances(np.full((3, 2), 1e200) * [[1], [2], [3]]), "points"),
    (lambda: linear_dimensionality(points_with([1.0]) + 1j), "points"),
    (lambda: latent_r2(np.eye(3), np.eye(3)), "points"),
    (lambda: latent_r2(np.ones((4, 2)), np.eye(4)), "points"),
    (lambda: latent_r2(np.eye(4)[:, :2], np.full((4, 3), 0.1)), "rates"),
    (lambda: sampled_eigenvalues(2 * np.eye(3), np.eye(3), 2), "points"),
    (lambda: distance_rank_correlation(np.eye(3), np.arange(9.0).reshape(3, 3)), "points"),
    (lambda: distance_rank_correlation(np.arange(9.0).reshape(3, 3), np.ones((3, 3))), "rates"),
    (lambda: predicted_rank_correlation(0, 3, 1.0), "n_neurons"),
    (lambda: predicted_rank_correlation(5, -1, 1.0), "n_dims"),
    (lambda: predicted_rank_correlation(5, 2, -1.0), "strength"),
    (lambda: predicted_rank_correlation(5, 2, 1.0, np.ones_like), "phi"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
