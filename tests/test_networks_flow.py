"""The networks' flow and its Jacobian against plain sums and differences, their tuning, and the change of basis."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_networks import ROUNDING, B, D, K, N, drawn
from reference import PHI, SLOPE, difference_jacobian, random_network, random_synapses, slow_flow

from lpu_core import LeakyCurrentRNN, LowRankRNN
from lpu_core.limits import DriftLimit

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


@pytest.mark.parametrize("transfer", ["tanh", "gated_dendrite", lambda a, b, u: np.sin(a) * b])
def test_one_state_may_meet_many_inputs(transfer):
    rng = np.random.default_rng(33)
    synaptic, low = random_synapses(rng, (2, 1), transfer=transfer), random_network(rng)
    for net in (synaptic, low, DriftLimit(low, 0.5)):
        kappa, u = rng.standard_normal((1, net.n_latents)), rng.standard_normal((2, 3, D))
        for function in (net.flow, net.jacobian, net.tuning):
            one_by_one = [[function(kappa[0], each) for each in row] for row in u]
            np.testing.assert_allclose(function(kappa, u), one_by_one, atol=1e-12)
            np.testing.assert_allclose(function(kappa[0], u), one_by_one, atol=1e-12)


@pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])
def test_no_state_has_no_flow_and_no_slope(cls):
    net = random_network(np.random.default_rng(34), cls)
    nowhere = np.zeros((0, 4, K))
    assert net.flow(nowhere).shape == (0, 4, K)
    assert net.jacobian(nowhere).shape == (0, 4, K, K)
    assert net.through_slopes(np.ones((N, 5)), nowhere, None).shape == (0, 4, K, 5)


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
