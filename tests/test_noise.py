"""The generator against the normal law, and what noise does to κ when the step changes, in closed form."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

from lpu_core import LowRankRNN
from lpu_core.noise import gaussian_noise, normals, rescaled_std, row_keys, stream_of, words

TRIALS = 4000
NET = LowRankRNN(np.ones((2, 1)), 0.5 * np.ones((2, 1)), np.zeros((2, 1)), nonlinearity=np.positive)  # c = ½, decay in 20 ms

# ------------------------------------------------------------------ the generator

STEPS, ROWS, NEURONS = 500, 20, 1000
DRAW = normals(row_keys(np.uint64(8), np.arange(STEPS), np.arange(ROWS)), NEURONS).astype(np.float64)  # 10⁷ numbers
SE = 6  # standard errors: false alarm 2e-9 a test


def test_the_moments_are_those_of_the_normal_law():
    """E zᵏ = 0, 1, 0, 3, 0, 15 for k = 1 … 6, the variance of the mean of zᵏ being (E z²ᵏ − (E zᵏ)²)/n."""
    even = [1, 1, 3, 15, 105, 945, 10395]  # E z²ᵏ
    power = np.ones_like(DRAW)
    for k in range(1, 7):
        power *= DRAW
        expected = even[k // 2] if k % 2 == 0 else 0
        error = np.sqrt((even[k] - expected**2) / DRAW.size)
        assert abs(power.mean() - expected) < SE * error


def test_the_tails_are_those_of_the_normal_law_to_five_deviations():
    for edge in (1, 2, 3, 4, 5):
        for tail in (edge < DRAW, -edge > DRAW):
            p = norm.sf(edge)
            assert abs(tail.sum() - p * DRAW.size) < SE * np.sqrt(p * DRAW.size)
    assert kstest(DRAW.ravel()[::10], "norm").pvalue > 1e-6


@pytest.mark.parametrize("lag", [1, 2, 3, 64, 256])
@pytest.mark.parametrize("axis", [0, 1, 2], ids=["steps", "trials", "neurons"])
@pytest.mark.parametrize("power", [1, 2], ids=["numbers", "squares"])
def test_numbers_are_independent_over_steps_trials_and_neurons(axis, lag, power):
    """Correlations at each lag, of the numbers and of their squares, of s.d. 1/√n."""
    z = np.moveaxis(DRAW, axis, 0)
    if lag >= len(z):
        pytest.skip("fewer than that")
    z = (z**power - (power == 2)) / (1 if power == 1 else np.sqrt(2))
    product = z[lag:] * z[:-lag]
    assert abs(product.mean()) < SE / np.sqrt(product.size)


def test_the_two_numbers_of_a_pair_are_independent():
    """Neurons 2p and 2p + 1 share a radius and an angle: counts in 16 × 16 cells of equal chance, by χ²."""
    cells = (norm.cdf(DRAW) * 16).astype(int).clip(0, 15)
    counts = np.bincount((cells[..., ::2] * 16 + cells[..., 1::2]).ravel(), minlength=256)
    statistic = np.square(counts - counts.mean()).sum() / counts.mean()
    assert chi2.ppf(1e-8, 255) < statistic < chi2.isf(1e-8, 255)
    worse = np.concatenate([DRAW[..., ::2], DRAW[..., ::2]])  # twin: the same number twice
    assert abs((worse[:STEPS] * worse[STEPS:]).mean()) > 0.9


def test_each_bit_of_a_word_is_fair_and_turns_with_each_bit_of_the_counter():
    """Avalanche: one bit of the counter changes each bit of the word with probability ½, over 2000 keys."""
    keys = row_keys(np.uint64(9), np.arange(2000), np.arange(1))[:, 0]
    counters = np.arange(64)
    base = words(counters, keys)
    assert all(abs(((base >> np.uint32(bit)) & 1).mean() - 0.5) < SE * 0.5 / np.sqrt(base.size) for bit in range(32))
    for bit in range(20):
        changed = base ^ words(counters ^ (1 << bit), keys)
        turned = np.array([((changed >> np.uint32(b)) & 1).mean() for b in range(32)])
        assert (np.abs(turned - 0.5) < 0.02).all(), (bit, turned)


def test_a_number_depends_on_its_step_trial_and_neuron_alone():
    """More trials, more neurons, later steps: the same numbers at the same places; a call of the generator is a step."""
    keys = row_keys(np.uint64(10), np.arange(5), np.arange(4))
    assert len(np.unique(keys.reshape(-1, 2), axis=0)) == 20
    draw = normals(keys, 33)
    np.testing.assert_array_equal(normals(row_keys(np.uint64(10), [3], [2]), 33)[0, 0], draw[3, 2])
    np.testing.assert_array_equal(normals(keys, 600)[..., :32], draw[..., :32])
    stream = stream_of(1.0, 11)
    fresh = gaussian_noise(1.0, 11, (4, 33), np.float32)
    for t in range(3):
        np.testing.assert_array_equal(fresh(), normals(row_keys(stream, [t], np.arange(4)), 33)[0])
    assert not np.array_equal(fresh(), gaussian_noise(1.0, 12, (4, 33), np.float32)())


def test_noise_takes_one_number_of_the_generator_and_none_without_noise():
    rng, twin = np.random.default_rng(13), np.random.default_rng(13)
    gaussian_noise(0.5, rng, (3, 4), np.float64)
    twin.integers(2**63)
    assert rng.random() == twin.random()
    assert gaussian_noise(0.0, None, (3,), np.float32) is None
    with pytest.raises(ValueError, match="rng: expected a numpy Generator or a seed"):
        gaussian_noise(0.1, None, (3,), np.float32)


# ------------------------------------------------------------------ its strength


def stationary_variance(net, std):
    """κ' = (1 − α(1 − c)) κ + α η, η ~ N(0, std² Σ n²/N²): the variance α² Var η/(1 − (1 − α(1 − c))²)."""
    alpha, c = net.dt / net.tau, (net.encoding * net.embedding).mean()
    eta = std**2 * np.square(net.encoding).sum() / net.n_neurons**2
    return alpha**2 * eta / (1 - (1 - alpha * (1 - c)) ** 2)


def measured_variance(net, std, seed):
    """Over independent trials, after 20 times the decay time."""
    n_steps = int(400 / net.dt)
    return net.simulate(np.zeros((n_steps, TRIALS, 1)), noise_std=std, rng=seed).latents[-1, :, 0].var(ddof=1)


@pytest.mark.parametrize("new_dt", [5.0, 2.5, 0.5])
def test_a_linear_network_has_the_stationary_variance_of_the_closed_form(unchecked_shapes, new_dt):
    """(B − 1) s²/σ² is χ² of B − 1; two-sided at 1e-6."""
    net, std = replace(NET, dt=new_dt), rescaled_std(0.3, 5.0, new_dt)
    low, high = chi2.ppf([5e-7, 1 - 5e-7], TRIALS - 1) / (TRIALS - 1)
    assert low < measured_variance(net, std, 1) / stationary_variance(net, std) < high


def test_the_rescaled_noise_keeps_the_diffusion_and_the_same_noise_does_not():
    """α (1 − c) = ¼ at Δt = 5 ms: the variance changes by (2 − ¼)/2 at most. Twin: unchanged, it falls with Δt."""
    before = stationary_variance(NET, 0.3)
    for new_dt in (1.0, 0.1, 0.01):
        net = replace(NET, dt=new_dt)
        std = rescaled_std(0.3, 5.0, new_dt)
        gathered = [s**2 * d for s, d in ((0.3, 5.0), (std, new_dt))]  # ∝ variance a time
        np.testing.assert_allclose(*gathered)
        share = 0.5 * new_dt / 10
        np.testing.assert_allclose(stationary_variance(net, std) / before, (2 - 0.25) / (2 - share))
        np.testing.assert_allclose(stationary_variance(net, 0.3) / before, new_dt / 5 * (2 - 0.25) / (2 - share))


def test_there_and_back_is_the_same_noise():
    assert rescaled_std(rescaled_std(0.3, 5.0, 1.0), 1.0, 5.0) == pytest.approx(0.3)
    assert rescaled_std(0.0, 5.0, 1.0) == 0


@pytest.mark.parametrize(("arguments", "message"), [
    ((-0.1, 5.0, 1.0), "noise_std: expected a number of at least 0, got -0.1"),
    ((0.1, 0.0, 1.0), "dt: expected a number above 0, got 0"),
    ((0.1, 5.0, np.nan), "new_dt: expected a number above 0, got nan"),
])  # fmt: skip
def test_bad_noise_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        rescaled_std(*arguments)
