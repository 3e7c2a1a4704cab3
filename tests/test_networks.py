"""The architectures: the latent equations against dense loops, their symmetry, their flow, and their files."""

import json
import os
from dataclasses import fields, replace

import numpy as np
import pytest
from reference import (
    PHI,
    SLOPE,
    bump,
    dense_currents,
    dense_rates,
    dense_synapses,
    dense_weights,
    difference_jacobian,
    random_full,
    random_network,
    random_synapses,
    read_out,
    slow_flow,
)
from scipy.stats import kstest

from lpu_core import FullRankRNN, LeakyCurrentRNN, LowRankRNN, MultiSynapseNetwork, networks
from lpu_core.networks import low_rank
from lpu_core.noise import gaussian_noise

T, B, N, K, D = 40, 3, 30, 2, 3
ROUNDING = {"rtol": 0, "atol": 1e-10}


def drawn(seed, n=N, d=D):
    """Inputs (T, B, D), a start (B, N) and noise (T, B, N) of s.d. 0.1, as a network draws it from the seed `seed + 1`."""
    rng = np.random.default_rng(seed)
    fresh = gaussian_noise(0.1, seed + 1, (B, n), np.float64)
    noise = np.array([fresh().copy() for _ in range(T)])
    return rng.standard_normal((T, B, d)), 0.5 * rng.standard_normal((B, n)), noise


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


def all_networks(dtype=np.float64):
    rng = np.random.default_rng(25)
    return [
        random_network(rng, dtype=dtype, nonlinearity="sin", tau=13.7, dt=0.1 + 0.2),
        random_network(rng, LeakyCurrentRNN, dtype=dtype),
        random_full(rng, dtype=dtype),
        random_synapses(rng, (2, 1, 1), dtype=dtype, transfer="tanh"),
        random_synapses(rng, (1,) * 12, dtype=dtype, transfer="tanh"),
    ]


def every_network(dtype=np.float64):
    nets = all_networks(dtype)
    return pytest.mark.parametrize("net", nets, ids=[f"{type(n).__name__}-{i}" for i, n in enumerate(nets)])


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


def parts(value):
    return list(value) if isinstance(value, tuple) else [value]


# ------------------------------------------------------------------ flow, Jacobian, tuning


@pytest.mark.parametrize("phi", PHI)
@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
def test_flow_is_the_sum_over_neurons(phi, cls):
    rng = np.random.default_rng(29)
    net = random_network(rng, cls, nonlinearity=phi, tau=7.0)
    kappa, u = rng.standard_normal((4, 5, K)), rng.standard_normal(D)
    flow = net.flow(kappa, u)
    assert flow.shape == kappa.shape
    for index in np.ndindex(4, 5):
        np.testing.assert_allclose(flow[index], slow_flow(net, kappa[index], u), **ROUNDING)
    np.testing.assert_allclose(net.flow(kappa[0]), net.flow(kappa[0], np.zeros(D)), **ROUNDING)


@pytest.mark.parametrize("size", [1, 7, 64, 10**9])
def test_flow_and_jacobian_do_not_depend_on_the_blocks(monkeypatch, size):
    rng = np.random.default_rng(30)
    net, kappa, u = random_network(rng, n=101), rng.standard_normal((6, K)), rng.standard_normal((6, D))
    flow, jacobian = net.flow(kappa, u), net.jacobian(kappa, u)
    monkeypatch.setattr(low_rank, "BLOCK", size)
    assert (len(list(net._blocks(kappa))) > 1) == (size < 10**9)
    np.testing.assert_allclose(net.flow(kappa, u), flow, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(net.jacobian(kappa, u), jacobian, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("phi", SLOPE)
@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
def test_jacobian_is_the_slope_of_the_flow(phi, cls):
    """Central differences with step h err by O(h²) + rounding/h: 1e-8 suffices here."""
    rng = np.random.default_rng(31)
    net, u = random_network(rng, cls, nonlinearity=phi, tau=7.0), rng.standard_normal(D)
    for kappa in rng.standard_normal((5, K)):
        expected = difference_jacobian(lambda x: slow_flow(net, x, u), kappa)
        np.testing.assert_allclose(net.jacobian(kappa, u), expected, atol=1e-8)
    np.testing.assert_allclose(net.jacobian(np.stack([kappa, -kappa]), u)[0], net.jacobian(kappa, u), **ROUNDING)


@pytest.mark.parametrize("transfer", ["tanh", "gated_dendrite", lambda a, b, u: np.sin(a * b) + u])
def test_multi_synapse_flow_and_jacobian(transfer):
    rng = np.random.default_rng(32)
    net, u = random_synapses(rng, (2, 1), transfer=transfer, tau=7.0), rng.standard_normal(D)
    for kappa in rng.standard_normal((3, 3)):
        expected = difference_jacobian(lambda x: net.flow(x, u), kappa)
        np.testing.assert_allclose(net.jacobian(kappa, u), expected, atol=1e-7)


def test_a_step_of_the_simulation_is_the_flow():
    rng = np.random.default_rng(33)
    inputs, _, _ = drawn(34)
    net, kappa = random_network(rng, tau=20.0, dt=3.0), rng.standard_normal((B, K))
    latents = np.concatenate([kappa[None], net.simulate(inputs, initial_latents=kappa).latents])
    np.testing.assert_allclose(np.diff(latents, axis=0) / net.dt, net.flow(latents[:-1], inputs), rtol=0, atol=1e-13)
    synapses = random_synapses(rng, (2, 1), transfer="gated_dendrite")
    latents = synapses.simulate(inputs).latents
    np.testing.assert_allclose(
        np.diff(latents, axis=0) / synapses.dt, synapses.flow(latents[:-1], inputs[1:]), rtol=0, atol=1e-13
    )


def test_a_step_of_the_leaky_current_network_is_its_flow_once_input_and_bias_have_been_on_for_long():
    """With v = u and v_b = 1 (after 400 steps of α = 0.15 to within 1e-28) the step is that of (M19)."""
    rng = np.random.default_rng(35)
    net = random_network(rng, LeakyCurrentRNN, gain=1.5, tau=20.0, dt=3.0)
    u = rng.standard_normal(D)
    early = np.broadcast_to(u, (400, 1, D))
    # a kick of noise at the end of which κ moves again would disturb x⊥; let κ oscillate or rest, the law is the same
    latents = net.simulate(early, initial_latents=rng.standard_normal((1, K))).latents
    np.testing.assert_allclose(np.diff(latents[-50:], axis=0) / net.dt, net.flow(latents[-50:-1], u), atol=1e-12)


def test_tuning_does_not_know_the_encoding():
    rng = np.random.default_rng(36)
    net, kappa, u = random_network(rng), rng.standard_normal((5, K)), rng.standard_normal(D)
    expected = np.tanh(kappa @ net.embedding.T + net.input_weights @ u + net.bias)
    np.testing.assert_allclose(net.tuning(kappa, u), expected, **ROUNDING)
    other = replace(net, encoding=rng.standard_normal((N, K)))
    assert np.array_equal(other.tuning(kappa, u), net.tuning(kappa, u))
    assert np.abs(other.flow(kappa, u) - net.flow(kappa, u)).max() > 1e-3


# ------------------------------------------------------------------ GL(K)


@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
def test_a_change_of_basis_changes_the_latents_and_nothing_else(cls):
    rng = np.random.default_rng(37)
    net, a = random_network(rng, cls, k=3), rng.standard_normal((3, 3)) + 2 * np.eye(3)
    moved = net.change_basis(a)
    inputs, start, _ = drawn(38)
    name = "initial_rates" if cls is LowRankRNN else "initial_currents"
    before, after = (n.simulate(inputs, record_rates=True, **{name: start}) for n in (net, moved))
    np.testing.assert_allclose(moved.dense_weights(), net.dense_weights(), **ROUNDING)
    np.testing.assert_allclose(after.rates, before.rates, **ROUNDING)
    np.testing.assert_allclose(after.latents, before.latents @ a.T, **ROUNDING)
    readout = rng.standard_normal((N, 2))
    np.testing.assert_allclose(after.rates @ readout, before.rates @ readout, **ROUNDING)
    kappa = rng.standard_normal((4, 3))
    np.testing.assert_allclose(moved.flow(kappa @ a.T), net.flow(kappa) @ a.T, **ROUNDING)
    np.testing.assert_allclose(moved.change_basis(np.linalg.inv(a)).embedding, net.embedding, **ROUNDING)


def test_transforming_the_encoding_alone_changes_the_rates():
    """Twin: without M → M A⁻¹ the weights, and with them the rates, are others."""
    rng = np.random.default_rng(37)
    net, a = random_network(rng, k=3), rng.standard_normal((3, 3)) + 2 * np.eye(3)
    half = replace(net, encoding=net.change_basis(a).encoding)
    inputs, start, _ = drawn(38)
    before, after = (n.simulate(inputs, initial_rates=start, record_rates=True).rates for n in (net, half))
    assert np.abs(half.dense_weights() - net.dense_weights()).max() > 1e-3
    assert np.abs(before - after).max() > 1e-2


@pytest.mark.parametrize("basis", [np.zeros((2, 2)), np.ones((2, 2)), np.array([[1.0, 0], [1e-20, 0]])])
def test_a_singular_basis_is_refused(basis):
    with pytest.raises(ValueError, match="basis: expected an invertible matrix"):
        random_network(np.random.default_rng(0)).change_basis(basis)


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


# ------------------------------------------------------------------ files


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("i", range(len(all_networks())))
def test_a_network_comes_back_from_its_file_bit_for_bit(tmp_path, i, dtype):
    net, path = all_networks(dtype)[i], tmp_path / "net.npz"
    net.save(path, {"command": "make results", "seed": 3})
    back = networks.load(path)
    assert type(back) is type(net)
    for f in fields(net):
        old, new = getattr(net, f.name), getattr(back, f.name)
        for a, b in zip(parts(old), parts(new), strict=True):
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes() and np.shape(a) == np.shape(b)
            assert np.asarray(a).dtype == np.asarray(b).dtype
    assert networks.provenance(path) == {"command": "make results", "seed": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


def test_a_network_without_provenance_says_so_by_an_empty_one(tmp_path):
    all_networks()[0].save(tmp_path / "net.npz")
    assert networks.provenance(tmp_path / "net.npz") == {}


@pytest.mark.parametrize(("net", "name"), [
    (random_network(np.random.default_rng(0), nonlinearity=bump), "nonlinearity"),
    (random_synapses(np.random.default_rng(0), (1, 1), transfer=lambda a, b, u: a), "transfer"),
])  # fmt: skip
def test_a_callable_cannot_be_saved_and_nothing_is_written(tmp_path, net, name):
    with pytest.raises(ValueError, match=f"{name}: expected a named function, which a file can hold, got a callable"):
        net.save(tmp_path / "net.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", ["savez_compressed", "replace"])
def test_an_interrupted_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, broken):
    old, new = all_networks()[:2]
    path = tmp_path / "net.npz"
    old.save(path)
    before = path.read_bytes()

    def interrupted(first, *args, **kwargs):
        if broken == "savez_compressed":
            first.write(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(np if broken == "savez_compressed" else os, broken, interrupted)
    with pytest.raises(KeyboardInterrupt):
        new.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


class Trap:
    """An object that leaves a file behind where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("field", ["class", "embedding", "provenance"])
def test_a_pickle_is_refused_and_not_run(tmp_path, field):
    path, sprung = tmp_path / "net.npz", tmp_path / "sprung"
    all_networks()[0].save(path)
    parts = dict(np.load(path)) | {field: np.array([Trap(sprung)], dtype=object)}
    np.savez(path, **parts)
    reader = networks.provenance if field == "provenance" else networks.load
    with pytest.raises(ValueError, match=r"path: expected a network saved .*net\.npz"):
        reader(path)
    assert not sprung.exists()


def spoil(path, how):
    whole = path.read_bytes()
    half = len(whole) // 2
    contents = {"empty": b"", "text": b"not a network", "cut": whole[:half],
                "flipped": whole[:half] + bytes(b ^ 255 for b in whole[half : half + 64]) + whole[half + 64 :]}  # fmt: skip
    path.write_bytes(contents[how])


@pytest.mark.parametrize("how", ["empty", "text", "cut", "flipped"])
def test_a_broken_file_is_named_in_the_error(tmp_path, how):
    path = tmp_path / "net.npz"
    all_networks()[0].save(path)
    spoil(path, how)
    with pytest.raises(ValueError, match=r"path: expected a network saved .*net\.npz"):
        networks.load(path)


def test_a_foreign_file_is_named_in_the_error(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    np.save(tmp_path / "array.npy", np.ones(3))
    for name in ("other.npz", "array.npy"):
        for reader in (networks.load, networks.provenance):
            with pytest.raises(ValueError, match=f"path: expected a network saved .*{name}"):
                reader(tmp_path / name)


@pytest.mark.parametrize("missing", ["bias", "tau", "provenance"])
def test_a_file_without_a_part_is_named_with_the_part(tmp_path, missing):
    path = tmp_path / "net.npz"
    all_networks()[0].save(path)
    np.savez(path, **{name: part for name, part in np.load(path).items() if name != missing})
    reader = networks.provenance if missing == "provenance" else networks.load
    with pytest.raises(ValueError, match=f"path: expected '{missing}' in .*net.npz"):
        reader(path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"net\.npz"):
        networks.load(tmp_path / "net.npz")


def test_provenance_is_json(tmp_path):
    all_networks()[0].save(tmp_path / "net.npz", {"τ": [1, 2.5, None]})
    with np.load(tmp_path / "net.npz", allow_pickle=False) as stored:
        assert json.loads(str(stored["provenance"])) == {"τ": [1, 2.5, None]}


# ------------------------------------------------------------------ bad arguments

M, E, W = np.ones((5, 2)), np.ones((5, 2)), np.ones((5, 1))
BAD = [
    ({"embedding": np.ones(5)}, r"embedding: expected shape \(any, any\), got \(5,\)"),
    ({"embedding": np.ones((0, 2)), "encoding": np.ones((0, 2)), "input_weights": np.ones((0, 1))},
     r"embedding: expected at least one neuron, got \(0, 2\)"),
    ({"encoding": np.ones((5, 3))}, r"encoding: expected shape \(5, 2\), as embedding, got \(5, 3\)"),
    ({"embedding": np.ones((4, 2))}, r"embedding: expected shape \(5, any\), got \(4, 2\)"),
    ({"embedding": np.ones((5, 2), np.float32)}, "embedding: expected float64 as in the other arrays, got float32"),
    ({"tau": "10"}, "tau: expected a number, got '10'"),
    ({"encoding": np.ones((5, 2), np.float32)}, "encoding: expected float64 as in the other arrays, got float32"),
    ({"input_weights": np.ones((4, 1))}, r"input_weights: expected shape \(5, any\), got \(4, 1\)"),
    ({"bias": np.ones((5, 1))}, r"bias: expected shape \(any,\), got \(5, 1\)"),
    ({"bias": np.ones(4)}, r"bias: expected shape \(5,\), got \(4,\)"),
    ({"embedding": np.full((5, 2), np.nan)}, "embedding: expected finite numbers, got"),
    ({"encoding": np.full((5, 2), np.inf)}, "encoding: expected finite numbers, got"),
    ({"embedding": np.ones((5, 2), complex)}, "embedding: expected real numbers, got complex128"),
    ({"embedding": np.full((5, 2), "1")}, "embedding: expected real numbers, got <U1"),
    ({"tau": 0.0}, "tau: expected a time above 0 ms, got 0.0"),
    ({"tau": np.nan}, "tau: expected a number, got nan"),
    ({"dt": 0.0}, r"dt: expected a step above 0 and at most tau = 10 ms, got 0.0"),
    ({"dt": 11.0}, r"dt: expected a step above 0 and at most tau = 10 ms, got 11.0"),
    ({"dt": np.nan}, "dt: expected a number, got nan"),
    ({"nonlinearity": "tan"}, "nonlinearity: expected one of .*'tanh'.* or a callable, got 'tan'"),
]  # fmt: skip


@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
@pytest.mark.parametrize(("change", "message"), BAD)
def test_a_bad_part_of_a_low_rank_network_is_named(unchecked_shapes, cls, change, message):
    with pytest.raises(ValueError, match=message):
        cls(**{"embedding": M, "encoding": E, "input_weights": W} | change)


@pytest.mark.parametrize(("change", "message"), [
    ({"weights": np.ones((5, 4))}, r"weights: expected a square matrix, got \(5, 4\)"),
    ({"weights": np.ones((0, 0))}, r"weights: expected a square matrix, got \(0, 0\)"),
    ({"encoding": np.ones((4, 2))}, r"encoding: expected shape \(5, any\), got \(4, 2\)"),
    ({"input_weights": np.ones(5)}, r"input_weights: expected shape \(any, any\), got \(5,\)"),
    ({"bias": np.ones(4)}, r"bias: expected shape \(5,\), got \(4,\)"),
    ({"nonlinearity": "tan"}, "nonlinearity: expected one of"),
    ({"dt": 20.0}, r"dt: expected a step above 0 and at most tau = 10 ms, got 20.0"),
])  # fmt: skip
def test_a_bad_part_of_a_full_rank_network_is_named(unchecked_shapes, change, message):
    with pytest.raises(ValueError, match=message):
        FullRankRNN(**{"weights": np.ones((5, 5)), "encoding": E, "input_weights": W} | change)


@pytest.mark.parametrize(("change", "message"), [
    ({"encodings": (E,)}, r"encodings: expected as many as embeddings \(2\), at least one, got 1"),
    ({"embeddings": (), "encodings": ()}, "encodings: expected as many as embeddings"),
    ({"encodings": (E, np.ones((5, 3)))}, r"encodings: expected shape \(5, 2\), as embeddings, got \(5, 3\)"),
    ({"embeddings": 3.5}, "embeddings: expected a list of arrays, got 3.5"),
    ({"embeddings": (M, np.ones((4, 2)))}, r"embeddings: expected shape \(5, any\), got \(4, 2\)"),
    ({"biases": (np.ones(5),)}, "biases: expected one for each of 2 synapses, got 1"),
    ({"transfer": "gate"}, "transfer: expected one of .*'gated_dendrite'.* or a callable, got 'gate'"),
    ({"tau": -1.0}, "tau: expected a time"),
])  # fmt: skip
def test_a_bad_part_of_a_multi_synapse_network_is_named(unchecked_shapes, change, message):
    with pytest.raises(ValueError, match=message):
        MultiSynapseNetwork(**{"embeddings": (M, M), "encodings": (E, E), "input_weights": W} | change)


def test_a_dendrite_with_the_wrong_number_of_synapses_is_refused():
    with pytest.raises(ValueError, match="transfer: expected 2 synapses for a gated dendrite, got 3"):
        random_synapses(np.random.default_rng(0), (1, 1, 1), transfer="gated_dendrite")


@every_network()
@pytest.mark.parametrize(("change", "message"), [
    ({"inputs": np.ones((T, D))}, r"inputs: expected shape \(any, any, 3\), got \(40, 3\)"),
    ({"inputs": np.ones((T, B, 2))}, r"inputs: expected shape \(any, any, 3\), got \(40, 3, 2\)"),
    ({"inputs": np.full((T, B, D), np.nan)}, "inputs: expected finite numbers, got"),
    ({"inputs": np.full((T, B, D), 1 + 1j)}, "inputs: expected real numbers, got complex128"),
    ({"inputs": np.full((T, B, D), "1")}, "inputs: expected real numbers, got <U1"),
    ({"noise_std": -0.1, "rng": 0}, "noise_std: expected a number of at least 0, got -0.1"),
    ({"noise_std": np.nan, "rng": 0}, "noise_std: expected a number of at least 0, got nan"),
    ({"noise_std": 0.1}, "rng: expected a numpy Generator or a seed, since noise_std is not 0, got None"),
])  # fmt: skip
def test_a_bad_argument_of_a_simulation_is_named(unchecked_shapes, net, change, message):
    with pytest.raises(ValueError, match=message):
        net.simulate(**{"inputs": np.ones((T, B, D))} | change)


@every_network()
def test_a_start_of_another_shape_is_refused(unchecked_shapes, net):
    name = "initial_currents" if isinstance(net, LeakyCurrentRNN) else "initial_rates"
    for wrong in (np.zeros((B, N + 1)), np.zeros(N), np.full((B, N), np.nan)):
        with pytest.raises(ValueError, match=f"{name}: expected (shape \\(3, 30\\)|finite)"):
            net.simulate(np.ones((T, B, D)), **{name: wrong})


def test_starts_that_exclude_each_other_are_refused():
    rng, zeros, inputs = np.random.default_rng(0), np.zeros((B, K)), np.ones((T, B, D))
    rates = random_network(rng)
    with pytest.raises(ValueError, match="initial_latents: expected None beside initial_rates, got both"):
        rates.simulate(inputs, initial_latents=zeros, initial_rates=np.zeros((B, N)))
    with pytest.raises(ValueError, match="initial_latents: expected initial_rates in its place"):
        rates.simulate(inputs, initial_latents=zeros, record_rates=True)
    with pytest.raises(ValueError, match="initial_latents: expected None beside initial_currents, got both"):
        random_network(rng, LeakyCurrentRNN).simulate(inputs, initial_latents=zeros, initial_currents=np.zeros((B, N)))


@pytest.mark.parametrize(
    "net",
    [random_network(np.random.default_rng(0)), random_synapses(np.random.default_rng(0), (1, 1))],
    ids=["low rank", "synapses"],
)
@pytest.mark.parametrize("method", ["flow", "jacobian", "tuning"])
def test_a_state_of_another_size_is_refused(unchecked_shapes, net, method):
    with pytest.raises(ValueError, match=r"kappa: expected shape \(…, 2\), got \(3,\)"):
        getattr(net, method)(np.zeros(3))
    with pytest.raises(ValueError, match=r"inputs: expected shape \(…, 3\), got \(2,\)"):
        getattr(net, method)(np.zeros(2), np.zeros(2))
    with pytest.raises(ValueError, match="kappa: expected real numbers, got complex128"):
        getattr(net, method)(np.zeros(2, complex))
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match=r"kappa: expected finite numbers, got (nan|inf) at \[1\]"):
            getattr(net, method)([0.0, bad])
        with pytest.raises(ValueError, match=r"inputs: expected finite numbers, got (nan|inf) at \[0\]"):
            getattr(net, method)(np.zeros(2), [bad, 0.0, 0.0])


@pytest.mark.parametrize(
    "net",
    [random_network(np.random.default_rng(0)), random_synapses(np.random.default_rng(0), (1, 1))],
    ids=["low rank", "synapses"],
)
@pytest.mark.parametrize("method", ["flow", "jacobian", "tuning"])
def test_inputs_of_another_batch_are_refused(unchecked_shapes, net, method):
    with pytest.raises(
        ValueError, match=r"inputs: expected a leading shape that goes with that of kappa, \(4,\), got \(5,\)"
    ):
        getattr(net, method)(np.zeros((4, 2)), np.zeros((5, 3)))
    alone = getattr(net, method)(np.zeros((4, 2)), np.ones(3))
    np.testing.assert_array_equal(alone, getattr(net, method)(np.zeros((4, 2)), np.ones((4, 3))))


@pytest.mark.parametrize("dtype", ["int32", np.int64, int, None, 3.5, [np.float32], "float16"])
def test_weights_are_not_rounded_to_another_type(unchecked_shapes, dtype):
    with pytest.raises(ValueError, match="dtype: expected float32 or float64, got"):
        random_network(np.random.default_rng(0)).astype(dtype)


def test_a_provenance_that_json_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ValueError, match="provenance: expected what JSON can hold, got"):
        random_network(np.random.default_rng(0)).save(tmp_path / "net.npz", {"array": np.ones(2)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [lambda x: 1.0, lambda x: x.sum(-1), lambda x: x[..., :1]])
def test_a_callable_that_does_not_keep_the_shape_is_refused(wrong):
    net = random_network(np.random.default_rng(0), nonlinearity=wrong)
    for run in (lambda: net.simulate(np.ones((T, B, D))), lambda: net.flow(np.zeros((4, K)))):
        with pytest.raises(ValueError, match=r"nonlinearity: expected an elementwise function"):
            run()


def test_whole_numbers_and_lists_are_taken_as_numbers(unchecked_shapes):
    net = LowRankRNN([[1, 0], [0, 1]], [[2, 0], [0, 2]], [[1], [1]])
    assert net.dtype == np.float64
    np.testing.assert_allclose(net.flow([1, -1]), (np.tanh([1, -1]) - [1, -1]) / 10)
