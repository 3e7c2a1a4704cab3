"""The architectures: the latent equations against dense loops, their precision and their noise."""

from dataclasses import fields, replace

import numpy as np
import pytest
from drawn_networks import ROUNDING, B, D, K, N, T, drawn, every_network, parts
from reference import (
    PHI,
    dense_currents,
    dense_rates,
    dense_synapses,
    dense_weights,
    random_full,
    random_network,
    random_synapses,
    read_out,
)
from scipy.stats import kstest

from lpu_core import LeakyCurrentRNN, LowRankRNN, MultiSynapseNetwork
from lpu_core.noise import gaussian_noise

# ------------------------------------------------------------------ the latent equation is exact


@pytest.mark.parametrize("phi", PHI)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_latents_of_a_low_rank_rnn_are_those_of_its_dense_loop(phi, k):
    net = random_network(np.random.default_rng(k), k=k, nonlinearity=phi, tau=20.0, dt=3.0)
    inputs, start, noise = drawn(7)
    rates = dense_rates(dense_weights(net.embedding, net.encoding), net, inputs, start, noise)
    run = net.simulate(inputs, initial_rates=start, noise_std=0.1, rng=8, record_rates=True)
    np.testing.assert_allclose(run.latents, read_out(net.encoding, rates), **ROUNDING)
    np.testing.assert_allclose(run.rates, rates, **ROUNDING)
    same_kappa = net.simulate(inputs, initial_latents=start @ net.encoding / N, noise_std=0.1, rng=8)
    np.testing.assert_allclose(same_kappa.latents, run.latents, **ROUNDING)
    assert same_kappa.rates is None


def test_dense_weights_are_the_sum_of_outer_products():
    net = random_network(np.random.default_rng(0))
    np.testing.assert_allclose(net.dense_weights(), dense_weights(net.embedding, net.encoding), **ROUNDING)
    synapses = random_synapses(np.random.default_rng(0), (1, 3))
    for w, m, enc in zip(synapses.synapse_weights(), synapses.embeddings, synapses.encodings, strict=True):
        np.testing.assert_allclose(w, dense_weights(m, enc), **ROUNDING)


def test_the_full_rank_rnn_is_the_dense_loop_whatever_its_weights():
    net = random_full(np.random.default_rng(3), tau=20.0, dt=3.0)
    inputs, start, noise = drawn(4)
    rates = dense_rates(net.weights, net, inputs, start, noise)
    run = net.simulate(inputs, initial_rates=start, noise_std=0.1, rng=5, record_rates=True)
    np.testing.assert_allclose(run.rates, rates, **ROUNDING)
    np.testing.assert_allclose(run.latents, read_out(net.encoding, rates), **ROUNDING)


def test_dense_gives_the_same_network_through_its_weights():
    net = random_network(np.random.default_rng(5), nonlinearity="sin")
    inputs, start, _ = drawn(6)
    latents = net.dense().simulate(inputs, initial_rates=start).latents
    np.testing.assert_allclose(latents, net.simulate(inputs, initial_rates=start).latents, **ROUNDING)


def test_weights_outside_the_rank_break_the_agreement():
    """Twin: W + (a small matrix that is not of the form M Aᵀ) is no longer described by κ."""
    rng = np.random.default_rng(9)
    net = random_network(rng)
    inputs, start, noise = drawn(10)
    weights = dense_weights(net.embedding, net.encoding) + 0.1 * rng.standard_normal((N, N)) / np.sqrt(N)
    rates = dense_rates(weights, net, inputs, start, noise)
    run = net.simulate(inputs, initial_rates=start, noise_std=0.1, rng=11)
    assert np.abs(run.latents - read_out(net.encoding, rates)).max() > 1e-3


def test_latents_close_only_where_all_neurons_decay_alike():
    """(M11) and its twin: two states with one κ keep one κ for one τ, and part where τ differs between neurons."""
    rng = np.random.default_rng(12)
    net = random_network(rng)
    inputs, start, _ = drawn(13)
    projector = net.encoding @ np.linalg.pinv(net.encoding)
    other = start + rng.standard_normal((B, N)) @ (np.eye(N) - projector)
    weights, silent = dense_weights(net.embedding, net.encoding), np.zeros((T, B, N))
    apart = {}
    for name, alpha in {"one": 0.5, "many": rng.uniform(0.2, 0.8, N)}.items():
        first, second = (read_out(net.encoding, dense_rates(weights, net, inputs, r, silent, alpha)) for r in (start, other))
        apart[name] = np.abs(first - second).max()
    assert np.abs(start - other).max() > 1
    assert apart["one"] < 1e-10
    assert apart["many"] > 1e-3


@pytest.mark.parametrize("phi", PHI)
@pytest.mark.parametrize("start_from", ["currents", "latents", "nothing"])
def test_latents_of_a_leaky_current_rnn_give_back_its_dense_currents(phi, start_from):
    net = random_network(np.random.default_rng(14), LeakyCurrentRNN, nonlinearity=phi, tau=20.0, dt=3.0)
    inputs, x, noise = drawn(15)
    kappa = np.random.default_rng(16).standard_normal((B, K))
    x = {"currents": x, "latents": kappa @ net.embedding.T, "nothing": np.zeros((B, N))}[start_from]
    given = {"currents": {"initial_currents": x}, "latents": {"initial_latents": kappa}, "nothing": {}}[start_from]
    currents = dense_currents(dense_weights(net.embedding, net.encoding), net, inputs, x, noise)
    run = net.simulate(inputs, noise_std=0.1, rng=16, record_rates=True, **given)
    np.testing.assert_allclose(run.currents, currents, **ROUNDING)
    np.testing.assert_allclose(run.rates, PHI[phi](currents), **ROUNDING)
    # κ is Nencᵀφ(x)/N, filtered
    state, before = kappa * (start_from == "latents"), np.concatenate([x[None], currents[:-1]])
    for t in range(T):
        state = state + 0.15 * (PHI[phi](before[t]) @ net.encoding / N - state)
        np.testing.assert_allclose(run.latents[t], state, **ROUNDING)


def test_currents_leave_the_latents_where_weights_leave_the_rank():
    """Twin of the leaky-current agreement."""
    rng = np.random.default_rng(17)
    net = random_network(rng, LeakyCurrentRNN)
    inputs, x, noise = drawn(18)
    weights = dense_weights(net.embedding, net.encoding) + 0.1 * rng.standard_normal((N, N)) / np.sqrt(N)
    currents = dense_currents(weights, net, inputs, x, noise)
    run = net.simulate(inputs, initial_currents=x, noise_std=0.1, rng=19, record_rates=True)
    assert np.abs(run.currents - currents).max() > 1e-3


def dendrite(soma, gate, drive):
    return np.tanh(soma + drive) / (1 + np.exp(-gate))


def product(first, second, third, drive):
    return np.sin(first) * np.cos(second - drive) + third / (1 + third**2)


@pytest.mark.parametrize(("transfer", "slow", "ranks"), [
    ("tanh", lambda a, u: np.tanh(a + u), (2,)),
    ("tanh", lambda a, b, u: np.tanh(a + b + u), (2, 1)),
    ("gated_dendrite", dendrite, (1, 3)),
    (product, product, (2, 1, 3)),
])  # fmt: skip
def test_latents_of_a_multi_synapse_network_are_those_of_its_dense_loop(transfer, slow, ranks):
    net = random_synapses(np.random.default_rng(20), ranks, transfer=transfer, tau=20.0, dt=3.0)
    inputs, start, _ = drawn(21)
    fresh = gaussian_noise(0.1, 22, (B, N), np.float64)
    noise = np.array([[fresh().copy() for _ in ranks] for _ in range(T)])
    rates = dense_synapses(net, slow, inputs, start, noise)
    run = net.simulate(inputs, initial_rates=start, noise_std=0.1, rng=22, record_rates=True)
    np.testing.assert_allclose(run.rates, rates, **ROUNDING)
    np.testing.assert_allclose(run.latents, read_out(np.concatenate(net.encodings, 1), rates), **ROUNDING)
    assert run.latents.shape == (T, B, sum(ranks))


def test_one_synapse_with_tanh_is_the_low_rank_rnn():
    net = random_network(np.random.default_rng(23))
    same = MultiSynapseNetwork((net.embedding,), (net.encoding,), net.input_weights, (net.bias,), "tanh", net.tau, net.dt)
    inputs, start, _ = drawn(24)
    one, other = (n.simulate(inputs, initial_rates=start, noise_std=0.1, rng=1) for n in (net, same))
    np.testing.assert_allclose(one.latents, other.latents, **ROUNDING)


def test_gating_is_not_the_sum_of_its_currents():
    """Twin: with another transfer the dense loop goes elsewhere."""
    net = random_synapses(np.random.default_rng(20), (1, 3), transfer="tanh")
    inputs, start, _ = drawn(21)
    rates = dense_synapses(net, dendrite, inputs, start, np.zeros((T, 2, B, N)))
    run = net.simulate(inputs, initial_rates=start, record_rates=True)
    assert np.abs(run.rates - rates).max() > 1e-3


@every_network(np.float32)
def test_single_precision_agrees_to_its_rounding(net):
    """40 contracting steps in float32: errors stay below some hundred ulp (2⁻²³ ≈ 1.2e-7)."""
    inputs, _, _ = drawn(26)
    wide = replace(net, **{f.name: widened(getattr(net, f.name)) for f in fields(net)})
    run, exact = net.simulate(inputs, record_rates=True), wide.simulate(inputs, record_rates=True)
    assert run.latents.dtype == run.rates.dtype == np.float32
    np.testing.assert_allclose(run.latents, exact.latents, rtol=0, atol=2e-5)
    np.testing.assert_allclose(run.rates, exact.rates, rtol=0, atol=2e-5)
    assert np.abs(run.latents - exact.latents).max() > 0


def widened(value):
    if isinstance(value, tuple):
        return tuple(v.astype(np.float64) for v in value)
    return value.astype(np.float64) if isinstance(value, np.ndarray) else value


@every_network(np.float32)
def test_astype_changes_the_precision_and_no_number(net):
    wide = net.astype(np.float64)
    assert type(wide) is type(net) and wide.dtype == np.float64 and (wide.tau, wide.dt) == (net.tau, net.dt)
    for f in fields(net):
        for a, b in zip(parts(getattr(net, f.name)), parts(getattr(wide, f.name)), strict=True):
            assert np.array_equal(a, b)


@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
def test_times_of_numpy_leave_single_precision_single(cls):
    net = random_network(np.random.default_rng(0), cls, dtype=np.float32, tau=np.float64(10), dt=np.float64(2))
    assert net.flow(np.ones(K)).dtype == net.jacobian(np.ones(K)).dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_is_normal_and_white(dtype):
    fresh = gaussian_noise(0.3, 5, (4, 5000), dtype)
    one, other = fresh().copy(), fresh().copy()
    assert one.dtype == dtype and not np.array_equal(one, other)
    both = np.concatenate([one, other]).astype(np.float64) / 0.3  # (8, 5000)
    assert kstest(both.ravel(), "norm").pvalue > 1e-4
    shared = np.corrcoef(both)[np.triu_indices(8, 1)]  # between trials and between steps
    assert np.abs(shared).max() < 5 / np.sqrt(5000)
    lags = [np.corrcoef(both[:, :-lag].ravel(), both[:, lag:].ravel())[0, 1] for lag in (1, 2, 8)]
    assert np.abs(lags).max() < 5 / np.sqrt(40_000)


@every_network()
def test_the_same_seed_gives_the_same_noise_and_another_seed_another(net):
    inputs, _, _ = drawn(27)
    one, same, other = (net.simulate(inputs, noise_std=0.2, rng=seed).latents for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3
    generator = np.random.default_rng(1)
    assert np.array_equal(net.simulate(inputs, noise_std=0.2, rng=generator).latents, one)
    assert not np.array_equal(net.simulate(inputs, noise_std=0.2, rng=generator).latents, one)


@every_network()
def test_simulating_changes_no_argument(net):
    inputs, start, _ = drawn(28)
    name = "initial_currents" if isinstance(net, LeakyCurrentRNN) else "initial_rates"

    def everything():
        return b"".join(np.asarray(a).tobytes() for f in fields(net) for a in [*parts(getattr(net, f.name)), inputs, start])

    before = everything()
    net.simulate(inputs, noise_std=0.1, rng=0, record_rates=True, **{name: start})
    assert everything() == before


# ------------------------------------------------------------------ leaky currents lie on a flat span


def span_of(net):
    return np.concatenate([net.embedding, net.input_weights, net.bias[:, None]], axis=1)


def test_currents_stay_in_the_span_of_embedding_inputs_and_bias():
    rng = np.random.default_rng(39)
    inputs, _, _ = drawn(40)
    for bias in (False, True):
        net = random_network(rng, LeakyCurrentRNN, gain=2.0, bias=bias)
        run = net.simulate(inputs, initial_latents=rng.standard_normal((B, K)), record_rates=True)
        currents, span = run.currents.reshape(-1, N), span_of(net)[:, : K + D + bias]
        outside = currents.T - span @ np.linalg.lstsq(span, currents.T, rcond=None)[0]
        assert np.abs(outside).max() < 1e-10
        assert np.linalg.matrix_rank(currents, tol=1e-8) == K + D + bias
        assert np.linalg.matrix_rank(run.rates.reshape(-1, N), tol=1e-3) > K + D + bias  # twin: φ(x) leaves it


def test_what_lies_outside_the_span_decays_by_one_minus_alpha_a_step():
    rng = np.random.default_rng(41)
    net = random_network(rng, LeakyCurrentRNN, tau=20.0, dt=3.0)
    inputs, x, _ = drawn(42)
    span = span_of(net)
    outside = np.eye(N) - span @ np.linalg.pinv(span)
    currents = net.simulate(inputs, initial_currents=x, record_rates=True).currents
    decay = (1 - 3 / 20) ** np.arange(1, T + 1)
    np.testing.assert_allclose(currents @ outside, decay[:, None, None] * (x @ outside), **ROUNDING)
    assert np.abs(x @ outside).max() > 0.1


def test_latents_are_projections_of_the_currents_on_orthogonal_embeddings_without_input():
    """(M20), and its twin: with columns that are not orthogonal the projection is another number."""
    rng = np.random.default_rng(43)
    net = random_network(rng, LeakyCurrentRNN, n=50, k=3, bias=False, gain=2.0)
    orthogonal = np.linalg.qr(net.embedding)[0] * [9.0, 11.0, 13.0]
    for m, holds in ((orthogonal, True), (net.embedding, False)):
        run = replace(net, embedding=m).simulate(
            np.zeros((T, B, D)), initial_latents=rng.standard_normal((B, 3)), record_rates=True
        )
        projected = run.currents @ m / np.square(m).sum(0)
        assert (np.abs(projected - run.latents).max() < 1e-10) == holds
