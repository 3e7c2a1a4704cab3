"""Surgery on neurons: what κ sees of it is exact."""

from dataclasses import fields, replace

import numpy as np
import pytest

from lpu_core import LeakyCurrentRNN, LowRankRNN, surgery

RNG = np.random.default_rng(3)
N, K, D = 9, 2, 3
PARTS = (*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)), RNG.standard_normal(N))
KAPPA, U = RNG.standard_normal((5, K)), RNG.standard_normal((5, D))
CLASSES = pytest.mark.parametrize("cls", [LowRankRNN, LeakyCurrentRNN])


@CLASSES
def test_every_field_with_a_row_a_neuron_is_taken_and_appended(cls):
    """A field more that surgery did not know would stay behind: the class names them all."""
    net = cls(*PARTS)
    arrays = {f.name for f in fields(net) if isinstance(getattr(net, f.name), np.ndarray)}
    assert arrays == set(net.PER_NEURON)
    assert surgery.take(net, [4]).n_neurons == 1
    assert surgery.append(net, 3).n_neurons == N + 3


@CLASSES
def test_the_part_averages_over_its_own_neurons(cls):
    net, rows = cls(*PARTS), np.array([7, 0, 7])
    part, by_hand = surgery.take(net, rows), np.zeros(K)
    kappa, u = KAPPA[0], U[0]
    for i in rows:
        by_hand += net.encoding[i] * np.tanh(net.embedding[i] @ kappa + net.input_weights[i] @ u + net.bias[i]) / 3
    np.testing.assert_allclose(part.flow(kappa, u), (by_hand - kappa) / net.tau, rtol=1e-12)


def test_a_mask_takes_what_its_indices_take():
    net, mask = LowRankRNN(*PARTS), np.arange(N) % 3 == 1
    for one, other in zip(*(vars(surgery.take(net, rows)).values() for rows in (mask, [1, 4, 7])), strict=True):
        np.testing.assert_array_equal(one, other)


def test_shares_weigh_what_each_neuron_tells():
    net, shares = LowRankRNN(*PARTS), RNG.random(N)
    np.testing.assert_array_equal(surgery.take(net, np.arange(N), shares).encoding, net.encoding * shares[:, None])


@CLASSES
def test_neurons_without_weights_change_nothing(cls):
    net = cls(*PARTS)
    np.testing.assert_allclose(surgery.append(net, 5).flow(KAPPA, U), net.flow(KAPPA, U), rtol=1e-13, atol=1e-14)


def test_neurons_that_encode_do_change_the_flow():
    """Twin: the same with n ≠ 0, which enters as if it had been among the N."""
    net, new = LowRankRNN(*PARTS), {"embedding": np.ones((1, K)), "encoding": np.full((1, K), 2.0)}
    pushed = surgery.append(net, 1, **new).flow(KAPPA, U) - net.flow(KAPPA, U)
    np.testing.assert_allclose(pushed, 2 * np.tanh(KAPPA.sum(1))[:, None] * [1, 1] / N / net.tau, rtol=1e-11, atol=1e-13)


def test_new_latents_stand_behind_the_old_ones():
    net, m, n = LowRankRNN(*PARTS), np.zeros((N, 1)), RNG.standard_normal((N, 1))
    wide = surgery.append_latents(net, m, n)
    there = np.concatenate([KAPPA, np.ones((5, 1))], axis=1)
    np.testing.assert_allclose(wide.flow(there, U)[:, :K], net.flow(KAPPA, U), rtol=1e-12)
    rates = net.tuning(KAPPA, U)
    np.testing.assert_allclose(wide.flow(there, U)[:, K], (rates @ n[:, 0] / N - 1) / net.tau, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_surgery_keeps_the_precision(dtype):
    net = LowRankRNN(*PARTS).astype(dtype)
    for changed in (
        surgery.take(net, [0, 1], 0.5),
        surgery.append(net, 2, embedding=np.ones((2, K))),
        surgery.append_latents(net, np.ones((N, 1)), np.ones((N, 1))),
        surgery.modulated(net, 2.0, 0.5),
        surgery.drifted(net, np.ones((N, K))),
        surgery.resample(net, 20, 1),
        surgery.observe(net, 4, 1),
    ):
        assert {getattr(changed, name).dtype for name in net.PER_NEURON} == {np.dtype(dtype)}


def test_a_part_of_nothing_and_unknown_weights_are_refused():
    net = LowRankRNN(*PARTS)
    for call, message in (
        (lambda: surgery.take(net, []), "neurons: expected at least one, got"),
        (lambda: surgery.take(net, [9]), "neurons: expected indices from 0 to 8"),
        (lambda: surgery.take(net, [0.5]), "neurons: expected indices from 0 to 8"),
        (lambda: surgery.append(net, 1, gain=[1.0]), "weights: expected some of"),
        (lambda: surgery.append(net, 2, bias=[1.0]), r"bias: expected shape \(2,\), got \(1,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_a_network_owns_its_arrays():
    """Writing to what was passed in, or to a part of the network, changes nothing or is refused."""
    m = np.ones((5, 1))
    net = LowRankRNN(m, m, m)
    m[:] = np.nan
    assert np.isfinite(net.embedding).all()
    assert not np.shares_memory(net.embedding, net.encoding)
    with pytest.raises(ValueError, match="read-only"):
        net.embedding[0] = 0.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        net.embedding.setflags(write=True)


def test_an_array_that_was_only_made_read_only_is_copied_in_its_order():
    m = np.asfortranarray(RNG.standard_normal((5, 2)))
    m.setflags(write=False)
    net = LowRankRNN(m, m[:, :], m)
    m.setflags(write=True)
    m[:] = np.nan
    for part in (net.embedding, net.encoding):
        assert np.isfinite(part).all() and part.flags.f_contiguous
    assert np.shares_memory(replace(net, tau=20.0).embedding, net.embedding)  # which is nobody else's


def test_a_modulated_neuron_hears_g_times_as_much_and_beta_more():
    net, g, beta = LowRankRNN(*PARTS), RNG.uniform(0.5, 2, N), RNG.standard_normal(N)
    current = KAPPA @ net.embedding.T + U @ net.input_weights.T + net.bias
    by_hand = (np.tanh(g * current + beta) @ net.encoding / N - KAPPA) / net.tau
    np.testing.assert_allclose(surgery.modulated(net, g, beta).flow(KAPPA, U), by_hand, rtol=1e-12, atol=1e-14)


def test_a_drift_is_added_and_spares_the_rest():
    net, delta = LowRankRNN(*PARTS), RNG.standard_normal((N, K))
    after = surgery.drifted(net, delta)
    np.testing.assert_array_equal(after.embedding, net.embedding + delta)
    assert all(np.array_equal(getattr(after, name), getattr(net, name)) for name in net.PER_NEURON if name != "embedding")


def test_copies_share_what_one_neuron_told():
    net = LowRankRNN(*PARTS)
    larger = surgery.resample(net, 4 * N + 1, 2)
    np.testing.assert_allclose(larger.flow(KAPPA, U), net.flow(KAPPA, U), rtol=1e-12, atol=1e-14)
    counts = np.array([(larger.bias == b).sum() for b in net.bias])
    assert counts.sum() == 4 * N + 1 and counts.min() >= 1 and counts.max() > 1


def test_observed_neurons_are_among_the_network_s_and_each_but_once():
    net = LowRankRNN(*PARTS)
    part = surgery.observe(net, 4, 1)
    assert part.n_neurons == 4 and len(set(part.bias) & set(net.bias)) == 4
    assert set(surgery.observe(net, N, 1).bias) == set(net.bias)


# ------------------------------------------------------------------ edges, which a mutant of one number would move

THREE = LowRankRNN([[1.0], [2.0], [3.0]], np.ones((3, 1)), np.zeros((3, 0)))


@pytest.mark.parametrize(
    "neurons", [[-1], [0, 3], [[0]], np.int64(0), [True, False], [True] * 4, np.zeros((0, 2), int), [0.5]]
)
def test_neurons_that_are_none_are_refused_by_name(neurons):
    with pytest.raises(ValueError, match=r"neurons: expected indices from 0 to 2, or a mask, got "):
        surgery.indices(neurons, 3)


def test_the_first_the_last_and_no_neuron_can_be_meant():
    np.testing.assert_array_equal(surgery.indices([0, 2, 2], 3), [0, 2, 2])
    np.testing.assert_array_equal(surgery.indices([False, False, True], 3), [2])
    assert surgery.indices([], 3).shape == (0,)
    with pytest.raises(ValueError, match="neurons: expected at least one, got"):
        surgery.take(THREE, [])


@pytest.mark.parametrize("widths", [(1, 2), (2, 1)])
def test_columns_of_two_widths_are_refused(widths):
    embedding, encoding = (np.ones((3, width)) for width in widths)
    wanted = rf"encoding: expected shape \(3, {widths[0]}\), as embedding, got \(3, {widths[1]}\)"
    with pytest.raises(ValueError, match=wanted):
        surgery.append_latents(THREE, embedding, encoding)


def test_all_neurons_and_one_are_the_ends_of_what_can_be_drawn():
    same = surgery.resample(THREE, 3, rng=0)
    np.testing.assert_array_equal(same.embedding, THREE.embedding)
    with pytest.raises(ValueError, match="n_neurons: expected at least the 3 there are, got 2"):
        surgery.resample(THREE, 2, rng=0)
    assert surgery.observe(THREE, 1, rng=0).n_neurons == 1
    assert surgery.observe(THREE, 3, rng=0).n_neurons == 3
    for wrong in (0, 4):
        with pytest.raises(ValueError, match=f"n_observed: expected a whole number from 1 to 3, got {wrong}"):
            surgery.observe(THREE, wrong, rng=0)
