"""Redundancy: Theorem 3 to rounding through the dense weights, and twins in which its hypothesis is broken."""

from dataclasses import replace

import numpy as np
import pytest

from lpu_book import RESULTS
from lpu_core import LowRankRNN, design, drift, networks, readouts, redundancy, stability, tasks

RNG = np.random.default_rng(0)
SMALL = LowRankRNN(*RNG.standard_normal((2, 30, 2)) * 1.5, RNG.standard_normal((30, 1)), RNG.standard_normal(30), dt=2.0)
FLIPFLOP = networks.load(RESULTS / "flip_flop_2bit/fine_tuned_00.npz").astype(np.float64)
STATE = np.array([-0.84826655, 0.76311323])
"""The attractor of (0, 1)."""
RATES = FLIPFLOP.tuning(STATE)


def pair(network, shift, seed=1):
    """Two trajectories, through the dense W, whose starts differ by `shift`."""
    rng = np.random.default_rng(seed)
    start = rng.standard_normal(network.n_neurons)
    inputs = np.repeat(rng.standard_normal((40, 1, network.n_inputs)), 2, axis=1)
    return network.simulate(inputs, initial_rates=np.stack([start, start + shift]), record_rates=True)


def off_encoding(network, seed=2):
    shift = np.random.default_rng(seed).standard_normal(network.n_neurons)
    return readouts.encoding_projector(network.encoding).off(shift)


# ------------------------------------------------------------------ Lemmas 3 and 4, Theorem 3


@pytest.mark.parametrize("phi", ["tanh", "relu", "sin", "sign", np.exp2])
def test_what_is_off_the_encoding_subspace_decays_and_moves_nothing(phi):
    network = replace(SMALL, nonlinearity=phi, encoding=SMALL.encoding / 10).dense()
    shift = off_encoding(network)
    run = pair(network, shift)
    np.testing.assert_allclose(run.latents[:, 0], run.latents[:, 1], rtol=1e-9, atol=1e-9)
    if phi != "sign":  # a jump would amplify rounding
        decay = (1 - network.alpha) ** np.arange(1, 41)
        size = np.abs(run.rates).max()
        np.testing.assert_allclose(run.rates[:, 1] - run.rates[:, 0], decay[:, None] * shift, atol=1e-12 * size)


def test_a_part_in_the_encoding_subspace_moves_kappa():
    """Twin."""
    run = pair(SMALL.dense(), off_encoding(SMALL) + 0.1 * SMALL.encoding[:, 0])
    assert np.abs(run.latents[:, 0] - run.latents[:, 1]).max() > 0.01


def test_random_connections_let_it_through():
    """Twin; with J = 0 the same call gives the dense network back."""
    shift = off_encoding(SMALL)
    run = pair(redundancy.connect_at_random(SMALL, 2.0, 3), shift)
    assert np.abs(run.latents[:, 0] - run.latents[:, 1]).max() > 0.01
    np.testing.assert_array_equal(redundancy.connect_at_random(SMALL, 0.0, 3).weights, SMALL.dense_weights())


def test_neurons_of_different_decay_times_let_it_through():
    """Twin: off the encoding subspace at first, but not after every neuron has decayed by its own factor."""
    keep = np.random.default_rng(4).uniform(0.3, 0.95, 30)
    start = np.random.default_rng(5).standard_normal(30)
    rates = np.stack([start, start + off_encoding(SMALL)])
    gaps = []
    for _ in range(20):
        rates = keep * rates + (1 - keep) * SMALL.tuning(rates @ SMALL.encoding / 30)
        gaps.append(np.ptp(rates @ SMALL.encoding / 30, axis=0).max())
    assert max(gaps) > 0.01


# ------------------------------------------------------------------ redundant neurons


def test_redundant_neurons_are_tuned_and_leave_kappa_as_it_was():
    """(M73), through the dense weights and a trial of the task; the twin forgets the 1/N."""
    wide = redundancy.add_redundant_neurons(FLIPFLOP, 100, 1, amplitude=0.8)
    inputs = tasks.FlipFlop(2).sample(3, rng=2)[0]
    expected = FLIPFLOP.simulate(inputs).latents
    np.testing.assert_allclose(wide.dense().simulate(inputs).latents, expected, atol=1e-12)
    tuned = np.abs(wide.tuning(STATE)[100:]) > 0
    assert 0.15 < tuned.mean() < 0.55
    assert not wide.encoding[100:].any() and not wide.input_weights[100:].any()
    forgotten = replace(wide, encoding=wide.encoding / 2)
    assert np.abs(forgotten.simulate(inputs).latents - expected).max() > 0.1


def test_their_embeddings_follow_the_law_asked_for():
    """Share of tuned neurons within 5 s.e. of 0.3; values in {−a, 0, a}, symmetric. False alarm below 2e-6."""
    m = redundancy.add_redundant_neurons(SMALL, 20_000, 6, amplitude=0.7, tuned_share=0.3).embedding[30:]
    assert set(np.unique(m)) == {-0.7, 0.0, 0.7}
    assert abs((m != 0).any(1).mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 20_000)
    nonzero = m[m != 0]
    assert abs((nonzero > 0).mean() - 0.5) < 5 * 0.5 / np.sqrt(len(nonzero))
    assert redundancy.add_redundant_neurons(SMALL.astype(np.float32), 5, 0, 1.0).dtype == np.float32


@pytest.mark.parametrize("amplitude", [1e-3, 1.0, 100.0])
def test_no_pulse_into_redundant_neurons_reaches_kappa(amplitude):
    """Theorem 3; the twin sends the same pulse into the tuned coding neurons."""
    wide = redundancy.add_redundant_neurons(FLIPFLOP, 100, 1, amplitude=0.8)
    is_new = np.arange(200) >= 100
    patterns = [redundancy.sign_pattern(wide, is_new), redundancy.sign_pattern(wide, ~is_new)]
    pulsed = redundancy.with_patterns(wide, patterns).dense()
    inputs = np.zeros((60, 3, 4))
    inputs[10:30, 1, 2] = inputs[10:30, 2, 3] = amplitude
    run = pulsed.simulate(inputs, initial_rates=np.tile(wide.tuning(STATE), (3, 1)), record_rates=True)
    np.testing.assert_allclose(run.latents[:, 1], run.latents[:, 0], atol=1e-13)
    assert np.abs(run.latents[:, 2] - run.latents[:, 0]).max() > 1e-4
    left = run.rates[29:, 1] - run.rates[29:, 0]  # after the pulse
    np.testing.assert_allclose(left, left[0] * 0.5 ** np.arange(31)[:, None], atol=1e-13)


def test_random_weights_have_the_s_d_asked_for():
    """Within 5 s.e.: false alarm below 1e-6."""
    wide = redundancy.add_redundant_neurons(FLIPFLOP, 100, 1, amplitude=0.8)
    random = redundancy.connect_at_random(wide, 2.0, 7).weights - wide.dense_weights()
    std = 2 * wide.dense_weights().std()
    assert abs(random.std() / std - 1) < 5 / np.sqrt(2 * random.size)
    assert abs(random.mean()) < 5 * std / np.sqrt(random.size)


# ------------------------------------------------------------------ flips and ranks


def test_a_flip_is_a_change_of_sign_that_stays():
    """Along n a pulse flips the bit from some strength on; against the state's other side it never does."""
    pattern, amplitudes = FLIPFLOP.encoding[:, 0], np.geomspace(1e-4, 1, 30)
    flipped = redundancy.flips(FLIPFLOP, pattern, amplitudes, RATES)
    assert not flipped[0] and flipped.any()
    smallest = redundancy.smallest_flip(FLIPFLOP, pattern, amplitudes[::-1], RATES)
    assert smallest == amplitudes[flipped.argmax()]
    assert redundancy.smallest_flip(FLIPFLOP, -pattern, amplitudes, RATES) == np.inf
    dense = redundancy.flips(FLIPFLOP.dense(), pattern, amplitudes, RATES)
    np.testing.assert_array_equal(dense, flipped)


GROWS = LowRankRNN(np.ones((5, 2)), np.full((5, 2), 1e30), np.ones((5, 2)), nonlinearity="relu")


@pytest.mark.parametrize("call", [
    lambda: redundancy.flips(GROWS, np.ones(5), [1.0], np.ones(5)),
    lambda: redundancy.smallest_flip(GROWS, np.ones(5), [1.0], np.ones(5)),
    lambda: redundancy.perturbation_response(GROWS, np.ones(5), 100),
    lambda: stability.held_states(GROWS, np.ones((1, 2))),
    lambda: drift.predicted_deviation(GROWS, np.ones((5, 2)), np.zeros((100, 1, 2)), np.ones((1, 2))),
    lambda: tasks.GoNoGo().record(GROWS, ["a"] * 5, 20, 0),
])  # fmt: skip
def test_activity_that_outgrows_all_numbers_is_no_answer(call):
    with pytest.raises(ValueError, match="network: expected activity that stays finite"):
        call()


def test_the_later_kappa_responds_to_k_directions():
    """K singular values, spanning the encoding subspace; with random connections (twin) there are more."""
    response = redundancy.perturbation_response(SMALL.dense(), np.zeros(30), 15)
    values = np.linalg.svd(response, compute_uv=False)
    assert response.shape == (30, 30)
    assert (values > 1e-6 * values[0]).sum() == 2
    np.testing.assert_allclose(readouts.encoding_projector(SMALL.encoding)(response), response, atol=1e-9)
    closed, kappa = np.eye(2), np.zeros((1, 2))  # the product of the latent Jacobians, by hand
    for t in range(15):
        closed = (np.eye(2) + SMALL.dt * SMALL.jacobian(kappa[0])) @ closed
        kappa = SMALL.simulate(np.zeros((1, 1, 1)), initial_latents=kappa).latents[0]
        np.testing.assert_allclose(response[2 * t : 2 * t + 2], closed @ SMALL.encoding.T / 30, atol=1e-8)
    broken = redundancy.perturbation_response(redundancy.connect_at_random(SMALL, 2.0, 3), np.zeros(30), 15)
    values = np.linalg.svd(broken, compute_uv=False)
    assert (values > 1e-6 * values[0]).sum() > 10


def test_the_response_has_rank_k_in_single_precision_too():
    """Singular values above 0.1 % of the largest: K in float32 as in float64, and the same to rounding of the weights."""
    single = networks.load(RESULTS / "flip_flop_2bit/fine_tuned_00.npz")
    assert single.dtype == np.float32
    responses = [redundancy.perturbation_response(net, RATES, 20) for net in (single, single.dense(), FLIPFLOP)]
    for response in responses:
        values = np.linalg.svd(response, compute_uv=False)
        assert response.dtype == np.float64 and (values > 1e-3 * values[0]).sum() == 2
    np.testing.assert_array_equal(responses[0], responses[2])
    np.testing.assert_allclose(responses[1], responses[2], atol=1e-6 * np.abs(responses[2]).max())


@pytest.mark.parametrize(("call", "name"), [
    (lambda: redundancy.add_redundant_neurons(SMALL, -1, 0, 1.0), "n_redundant"),
    (lambda: redundancy.add_redundant_neurons(SMALL, 1, 0, 0.0), "amplitude"),
    (lambda: redundancy.add_redundant_neurons(SMALL, 1, 0, 1.0, 1.5), "tuned_share"),
    (lambda: redundancy.connect_at_random(SMALL, -1.0, 0), "ratio"),
    (lambda: redundancy.sign_pattern(SMALL, [0], 2), "latent"),
    (lambda: redundancy.sign_pattern(SMALL, [30]), "neurons"),
    (lambda: redundancy.sign_pattern(SMALL, np.ones(29, bool)), "neurons"),
    (lambda: redundancy.flips(SMALL, np.ones(30), [1.0], np.zeros(30), latent=-1), "latent"),
    (lambda: redundancy.flips(SMALL, np.ones(30), [1.0], np.zeros(30), latent=7), "latent"),
    (lambda: redundancy.smallest_flip(SMALL, np.ones(30), [1.0], np.zeros(30), latent=7), "latent"),
    (lambda: redundancy.with_patterns(SMALL, np.ones((1, 29))), "patterns"),
    (lambda: redundancy.flips(SMALL, np.ones(30), [1.0], np.zeros(29)), "initial_rates"),
    (lambda: redundancy.flips(SMALL, np.ones(30), [1.0], np.zeros(30), n_pulse=0), "n_pulse"),
    (lambda: redundancy.perturbation_response(SMALL, np.zeros(30), 0), "n_steps"),
    (lambda: redundancy.perturbation_response(SMALL, np.zeros(30), 1, -1.0), "step"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()


def two_populations():
    """60 coding and 60 redundant neurons, and where the pulses to each go."""
    bits = design.design_flip_flop(60, 2, rng=0, dtype=np.float64)
    network = redundancy.add_redundant_neurons(bits, 60, rng=1, amplitude=0.8)
    return network, np.stack([redundancy.sign_pattern(network, half) for half in np.arange(120).reshape(2, 60)])


def test_the_protocol_s_trials_are_the_pulses_given_one_by_one():
    network, patterns = two_populations()
    start = network.tuning([1.0, -1.0])
    run = redundancy.pulse_trials(network, patterns, (1, 4), [-1.0, 3.0], start, n_before=5, n_after=10)
    for trial, (pattern, length, height) in enumerate([(0, 0, 0.0), (0, 1, -1.0), (0, 1, 3.0), (1, 4, -1.0), (1, 4, 3.0)]):
        u = np.zeros((15, 1, 3))
        u[5 : 5 + length, 0, 2] = height
        pulsed = redundancy.with_patterns(network, patterns[pattern])
        alone = pulsed.simulate(u, initial_rates=start[None], record_rates=True)
        np.testing.assert_allclose(run.latents[:, trial], alone.latents[:, 0], atol=1e-12)
        np.testing.assert_allclose(run.rates[:, trial], alone.rates[:, 0], atol=1e-12)


def test_pulses_into_redundant_neurons_move_no_latent_and_into_coding_ones_they_do():
    network, patterns = two_populations()
    latents = redundancy.pulse_trials(network, patterns, (1, 4), [100.0], network.tuning([1.0, -1.0])).latents
    np.testing.assert_allclose(latents[:, 2], latents[:, 0], atol=1e-12)
    assert np.abs(latents[:, 1] - latents[:, 0]).max() > 0.1


@pytest.mark.parametrize("lengths", [(1,), (1, 2, 3), (0, 1), (1, 301)])
def test_each_pattern_has_a_length_that_fits(lengths):
    network = design.design_flip_flop(20, 2, rng=0)
    with pytest.raises(ValueError, match="lengths: expected"):
        redundancy.pulse_trials(network, np.ones((2, 20)), lengths, [1.0], np.zeros(20), n_after=300)


# ------------------------------------------------------------------ what becomes of a state


def fates(network, like, latent=1, **more):
    """Those of (0, 1) under pulses down the signs of m: 5 ms to the tuned coding neurons, 100 ms to the redundant ones."""
    second = np.arange(like.n_neurons) >= 100
    tuned = np.abs(like.embedding[:, 1]) > 0.3
    patterns = [-redundancy.sign_pattern(like, half, latent=1) for half in (tuned & ~second, second)]
    start = like.tuning(STATE)
    return redundancy.pulse_outcomes(network, patterns, (1, 20), [0.01, 100.0], start, latent, neurons=second, **more)


def test_a_strong_pulse_switches_coding_neurons_and_fools_those_who_read_redundant_ones():
    """Theorem 3 by signs. Twin: random connections as strong as those of Fig. 3C do not leave every draw as it was."""
    like = redundancy.add_redundant_neurons(FLIPFLOP, 100, 4, amplitude=0.8)
    task = {"inputs": tasks.FlipFlop(2).sample(10, rng=5)[0]}
    held, switched, kept, fooled = fates(like.dense(), like, **task)
    assert held and kept.all()
    assert list(switched) == [False, True] and list(fooled) == [False, True]
    assert not fates(like.dense(), like, latent=0, **task)[1].any(), "another bit switched than was asked for"
    drawn = [fates(redundancy.connect_at_random(like, 2.0, [7, draw]), like, **task) for draw in range(6)]
    assert not all(held and kept.all() for held, _, kept, _ in drawn)
    lost = [fooled for held, _, _, fooled in drawn if not held]
    assert lost and not np.any(lost), "of a state that does not last nobody asks"


def test_a_regression_reads_kappa_from_its_neurons():
    """From coding ones it is κ itself; from redundant ones, which only listen, it is what their tuning tells of it."""
    like = redundancy.add_redundant_neurons(FLIPFLOP, 100, 4, amplitude=0.8)
    u = tasks.FlipFlop(2).sample(10, rng=5)[0]
    run = like.simulate(u, initial_rates=np.zeros((10, 200)), record_rates=True)
    errors = []
    for neurons in np.arange(200).reshape(2, 100):
        weights = redundancy.latent_readout(like, neurons, u, 1000, 6)
        errors.append(np.abs(run.rates[..., neurons] @ weights[:-1] + weights[-1] - run.latents))
    assert errors[0].max() < 1e-9
    assert 0.01 < errors[1].mean() < 0.3 < np.abs(run.latents).mean()
    with pytest.raises(ValueError, match="n_samples: expected at most the 10 steps"):
        redundancy.latent_readout(like, [0], u[:1], 11, 0)
    with pytest.raises(ValueError, match="inputs: expected"):
        fates(like.dense(), like)
