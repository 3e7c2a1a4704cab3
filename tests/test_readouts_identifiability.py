"""What is known of the latents of an LPU (section 2.4), and the paper's remark after Lemma 2, each with its twin."""

from dataclasses import replace

import numpy as np
import pytest

from lpu_core import LowRankRNN, readouts
from lpu_core.surgery import append, append_latents

RNG = np.random.default_rng(30)
N, K = 40, 2
NET = LowRankRNN(
    RNG.standard_normal((N, K)), 3 * RNG.standard_normal((N, K)), RNG.standard_normal((N, 1)), RNG.standard_normal(N)
)
W_ENC = NET.encoding.T / N
DRIVE = RNG.uniform(-1, 1, (30, 6, 1))
START = RNG.uniform(-1, 1, (6, N))


def missed(rates, wanted):
    """What the best V leaves of `wanted` ≈ V r: the largest gap, relative to the largest value."""
    v = np.linalg.lstsq(rates, wanted, rcond=None)[0]
    return np.abs(rates @ v - wanted).max() / np.abs(wanted).max()


def test_only_linear_changes_of_the_latents_are_linearly_encoded():
    """V r = T(W r) for every r makes T linear, with V = T W. Twins: a bent T; and the same T where r is not free."""
    rates, a = np.random.default_rng(31).standard_normal((500, N)), np.array([[1.0, 2.0], [-0.5, 0.3]])
    kappa = rates @ W_ENC.T
    v = np.linalg.lstsq(rates, kappa @ a.T, rcond=None)[0].T
    np.testing.assert_allclose(v, a @ W_ENC, atol=1e-12)
    np.testing.assert_allclose(v, NET.change_basis(a).encoding.T / N, atol=1e-12)
    for bent in (kappa**3, np.sinh(kappa), np.c_[kappa[:, 0], kappa[:, 1] + kappa[:, 0] ** 2]):
        assert missed(rates, bent) > 0.1
    on_manifold = np.random.default_rng(32).uniform(-0.5, 0.5, (500, K))
    assert missed(NET.tuning(on_manifold), on_manifold**3) < 1e-3


def test_normal_rates_give_the_cubes_three_fifths():
    """corr(z, z³)² = 3²/15 for a normal z; the fifth power 15²/945, so that the share is the power's own."""
    rates = np.random.default_rng(33).standard_normal((200_000, N))
    kappa = rates @ W_ENC.T
    for power, share in ((3, 9 / 15), (5, 15**2 / 945)):
        bent = kappa**power
        v = rates.T @ bent / len(rates)  # the regression, since the rates are white
        assert (np.square(v).sum(0) / bent.var(0)) == pytest.approx([share] * K, abs=0.04)


def test_a_silent_neuron_is_silent_in_every_basis():
    """n_i = 0 for all k stays so under GL(K). Twin: zero in one latent alone does not."""
    mute = append(NET, 5, embedding=np.ones((5, K)))
    a = np.random.default_rng(34).standard_normal((K, K))
    silent = (mute.change_basis(a).encoding == 0).all(axis=1)
    np.testing.assert_array_equal(silent, np.arange(N + 5) >= N)
    half = replace(mute, encoding=mute.encoding * [0, 1])
    assert (half.change_basis(a).encoding[:N] != 0).all()


def larger(decoders):
    """The network with y = A r among its latents: n = N Aᵀ, m = 0."""
    return append_latents(NET, np.zeros((N, len(decoders))), N * decoders.T)


def test_any_weighted_sum_of_rates_is_a_latent_of_a_larger_lpu():
    """A r through the dense weights is y of τ ẏ = −y + A f(κ, u), stepped without any rate; and A = A P there."""
    a = np.random.default_rng(35).standard_normal((3, N))
    with pytest.raises(ValueError, match="weights: expected rows in the encoding subspace"):
        readouts.latent_decoder(NET.encoding, a)
    rates = NET.dense().simulate(DRIVE, initial_rates=START, record_rates=True).rates
    net = larger(a)
    latents = net.simulate(DRIVE, initial_latents=START @ net.encoding / N).latents
    np.testing.assert_allclose(latents[..., K:], rates @ a.T, atol=1e-11)
    np.testing.assert_allclose(readouts.latent_decoder(net.encoding, a), np.eye(K + 3)[K:], atol=1e-10)
    forgot = net.simulate(DRIVE, initial_latents=np.c_[START @ W_ENC.T, np.zeros((6, 3))]).latents  # twin: y[0] counts
    assert np.abs(forgot[0, :, K:] - rates[0] @ a.T).max() > 0.1


def test_a_square_of_a_weighted_sum_is_no_latent():
    """Twin: y = (a·r)² has no equation in κ and y. Two rates with one κ and one y, a·r of either sign, part at once."""
    a = np.random.default_rng(36).standard_normal(N)
    off = readouts.encoding_projector(NET.encoding).off(a)
    rates = START[0] + np.array([[1.0], [-1.0]]) * off / (off @ a) - off * (START[0] @ a) / (off @ a)
    np.testing.assert_allclose(rates @ a, [1, -1], atol=1e-12)
    np.testing.assert_allclose(rates[0] @ W_ENC.T, rates[1] @ W_ENC.T, atol=1e-12)
    later = NET.simulate(DRIVE[:, :2] * 0, initial_rates=rates, record_rates=True).rates @ a
    np.testing.assert_allclose(np.diff(later, axis=1)[:, 0], -2 * (1 - NET.alpha) ** np.arange(1, 31), atol=1e-12)
    assert np.abs(np.diff(later**2, axis=1)).max() > 0.01


def test_the_share_explained_is_that_of_new_samples():
    """All of a cubic by a cubic, 3²/15 of a normal variable's cube by a line. Twin: judged on what it was fitted to."""
    x = np.random.default_rng(37).standard_normal((100_000, 2))
    assert readouts.share_explained(x, x**3, 3) == pytest.approx(1)
    assert readouts.share_explained(x, x**3) == pytest.approx(9 / 15, abs=0.03)
    few, noise = np.random.default_rng(38).standard_normal((2, 60, 20))
    assert readouts.share_explained(few, noise) < 0
    assert 1 - np.square(few @ np.linalg.lstsq(few, noise, rcond=None)[0] - noise).sum() / np.square(noise).sum() > 0.2


def test_a_mean_over_clusters_has_their_error():
    """Alone in its cluster a value counts as usual; told twice it tells nothing more. Twin: as if independent, √2 less."""
    values = np.random.default_rng(39).standard_normal(12)
    usual = values.std(ddof=1) / np.sqrt(12)
    alone = readouts.clustered_mean(values, np.arange(12))
    twice = readouts.clustered_mean(np.tile(values, 2), np.tile(np.arange(12), 2))
    np.testing.assert_allclose([alone[0], alone[1], *alone[2]], [twice[0], twice[1], *twice[2]])
    assert alone[1] == pytest.approx(usual)
    assert np.tile(values, 2).std(ddof=1) / np.sqrt(24) < 0.75 * usual


def test_the_band_of_a_mean_over_clusters_holds_it_nine_times_in_ten():
    rng = np.random.default_rng(40)
    of = np.repeat(np.arange(8), 5)
    bands = [readouts.clustered_mean(rng.standard_normal(8)[of] + 0.3 * rng.standard_normal(40), of)[2] for _ in range(2000)]
    low, high = np.transpose(bands)
    assert np.mean((low < 0) & (high > 0)) == pytest.approx(0.9, abs=0.03)


def test_what_cannot_be_explained_or_averaged_is_refused():
    with pytest.raises(ValueError, match="wanted: expected values that vary"):
        readouts.share_explained(np.eye(4), np.ones((4, 1)))
    with pytest.raises(ValueError, match="clusters: expected at least two"):
        readouts.clustered_mean(np.arange(3.0), ["a"] * 3)
    with pytest.raises(ValueError, match="clusters: expected shape"):
        readouts.clustered_mean(np.arange(3.0), [1, 2])
