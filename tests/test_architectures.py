"""The two low-rank classes: one network in the other's place, and both trained at one price."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_networks import ROUNDING, B, K, drawn
from reference import PHI, random_network

from lpu_core import LeakyCurrentRNN, LowRankRNN, dynamics, networks, tasks

RNG = np.random.default_rng(40)
INPUTS, REST, _ = drawn(41)
START = RNG.standard_normal((B, K))

# ------------------------------------------------------------------ the same latents


def leaky(bias=False, **kwargs):
    return random_network(np.random.default_rng(42), LeakyCurrentRNN, bias=bias, gain=2.0, tau=20.0, dt=3.0, **kwargs)


def gap(net, run, inputs, other=None):
    """The largest difference of `run` from the firing-rate network's latents under `inputs`."""
    other = net.firing_rate() if other is None else other
    return np.abs(run.latents - other.simulate(inputs, initial_latents=START).latents).max()


def test_filtered_inputs_are_what_the_currents_hold_before_the_step():
    slow = np.zeros_like(INPUTS)
    for t in range(len(INPUTS)):
        for s in range(t):  # u[s] went in t − s steps ago
            slow[t] += 0.15 * 0.85 ** (t - s - 1) * INPUTS[s]
    np.testing.assert_allclose(networks.filtered(INPUTS, 0.15), slow, **ROUNDING)
    assert networks.filtered(INPUTS.astype(np.float32), 0.15).dtype == np.float32
    assert networks.filtered(INPUTS[:0], 0.15).shape == INPUTS[:0].shape
    np.testing.assert_array_equal(networks.filtered(INPUTS, 1.0)[1:], INPUTS[:-1])  # no filter is one step's delay
    for alpha in (0.0, 1.1):
        with pytest.raises(ValueError, match="alpha: expected a number above 0 and at most 1"):
            networks.filtered(INPUTS, alpha)


@pytest.mark.parametrize("phi", PHI)
def test_a_leaky_current_network_is_a_firing_rate_one_under_filtered_inputs(phi):
    net = leaky(nonlinearity=phi)
    run, filtered = net.simulate(INPUTS, initial_latents=START), networks.filtered(INPUTS, net.alpha)
    assert gap(net, run, filtered) < 1e-12
    assert gap(net, run, INPUTS) > 0.1  # twin: inputs that nothing filtered
    assert type(net.firing_rate()) is LowRankRNN
    assert (net.firing_rate().tau, net.firing_rate().dt, net.firing_rate().nonlinearity) == (20.0, 3.0, phi)


def test_currents_off_the_span_are_no_part_of_it():
    """x⊥ ≠ 0, from the start or from noise, is what the firing-rate network has not."""
    net = leaky()
    nothing = np.zeros_like(START)
    for run in (net.simulate(INPUTS, initial_currents=REST), net.simulate(INPUTS, noise_std=0.1, rng=0)):
        rate = net.firing_rate().simulate(networks.filtered(INPUTS, net.alpha), initial_latents=nothing).latents
        assert np.abs(run.latents - rate).max() > 1e-3
    spanned = np.broadcast_to(START @ net.embedding.T, REST.shape)  # the same x[0] = Mκ[0], but as x⊥
    assert gap(net, net.simulate(INPUTS, initial_currents=spanned), networks.filtered(INPUTS, net.alpha)) > 1e-3


def test_a_bias_is_an_input_that_comes_on_at_the_start():
    net = leaky(bias=True)
    run = net.simulate(INPUTS, initial_latents=START)
    assert gap(net, run, networks.filtered(INPUTS, net.alpha)) > 0.01  # twin: as a bias that was always there
    on = np.concatenate([INPUTS, np.ones((*INPUTS.shape[:-1], 1))], axis=-1)
    columns = np.column_stack([net.input_weights, net.bias])
    other = replace(net.firing_rate(), input_weights=columns, bias=np.zeros_like(net.bias))
    assert gap(net, run, networks.filtered(on, net.alpha), other) < 1e-12
    for function in ("flow", "jacobian"):
        np.testing.assert_array_equal(
            getattr(net, function)(START, INPUTS[0]), getattr(net.firing_rate(), function)(START, INPUTS[0])
        )


# ------------------------------------------------------------------ trials


def test_trials_start_both_classes_at_the_same_latents():
    task, net = tasks.FlipFlop(2), random_network(np.random.default_rng(43), LeakyCurrentRNN, bias=False, d=2)
    inputs, targets, start, run = tasks.run_trials(net, task, 5, rng=1)
    twin_inputs, _, twin_start, _ = tasks.run_trials(net.firing_rate(), task, 5, rng=1)
    np.testing.assert_array_equal(start, twin_start)
    np.testing.assert_array_equal(inputs, twin_inputs)
    expected = net.firing_rate().simulate(networks.filtered(inputs, net.alpha), initial_rates=start).latents
    np.testing.assert_allclose(run.latents, expected, **ROUNDING)
    assert tasks.accuracy(net, task, 5, rng=1) == task.accuracy(expected, inputs, targets)


# ------------------------------------------------------------------ training


@pytest.fixture
def training(one_thread):
    from lpu_core import training

    return training


@pytest.fixture
def quick(training):
    return training.Descent(n_epochs=1, learning_rate=1e-2, n_trials=6, clip=np.inf, check_every=1, n_check_trials=20)


SMALL = tasks.FlipFlop(1, 0.3, 20)


def batch(training, quick, seed, n=10):
    from lpu_core.training import descent

    inputs, targets, rates, _ = descent.batch(SMALL, [seed], 0, n, quick)
    return inputs[:, 0], targets[:, 0], rates[0]


def mean_squared_error(net, inputs, targets, rates):
    latents = net.simulate(inputs, initial_latents=rates @ net.encoding / net.n_neurons).latents
    return np.square(latents[..., : targets.shape[-1]] - targets).mean()


def test_the_loss_is_that_of_the_network_s_own_run_before_and_after(training, quick):
    drawn = [part.numpy() for part in batch(training, quick, 5)]
    recipe = {"descent": quick, "tau": 15.0, "dt": 3.0, "rank": 2, "architecture": LeakyCurrentRNN}
    run = training.train_low_rank(SMALL, 10, (5,), **recipe)
    parts = np.random.default_rng([5, 0])
    weights = [parts.standard_normal((10, k)).astype(np.float32) for k in (2, 2, 1)]
    start = LeakyCurrentRNN(*weights, tau=15.0, dt=3.0)
    assert run.losses[0, 0] == pytest.approx(mean_squared_error(start, *drawn), rel=1e-5)
    assert abs(run.losses[0, 0] / mean_squared_error(start.firing_rate(), *drawn) - 1) > 1e-3  # twin: the other class
    (trained,) = run.networks
    assert type(trained) is LeakyCurrentRNN and (trained.tau, trained.dt) == (15.0, 3.0)
    again = training.fine_tune([trained], SMALL, (5,), descent=quick)
    assert again.losses[0, 0] == pytest.approx(mean_squared_error(trained, *drawn), rel=1e-5)
    assert type(again.networks[0]) is LeakyCurrentRNN


def test_the_gradient_is_autograd_s_through_the_currents(training, quick, monkeypatch):
    """x ← x + α(−x + MNᵀφ(x)/N + W_in u), all N currents in float64, against the latent equation in float32."""
    import torch

    from lpu_core.training import descent

    found, adam = [], descent.adam
    monkeypatch.setattr(descent, "adam", lambda p, gradient, *rest: (found.append(gradient[0]), adam(p, gradient, *rest)))
    net = random_network(np.random.default_rng(44), LeakyCurrentRNN, n=10, k=2, d=1, bias=False, dtype=np.float32, dt=2.0)
    training.fine_tune([net], SMALL, (7,), descent=quick)
    inputs, targets, rates = (part.double() for part in batch(training, quick, 7))
    parts = (net.embedding, net.encoding, net.input_weights)
    m, n, w = (torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in parts)
    x, kappa, outputs = rates @ n / 10 @ m.T, rates @ n / 10, []
    for u in inputs:
        into = torch.tanh(x) @ n / 10
        kappa, x = (1 - net.alpha) * kappa + net.alpha * into, (1 - net.alpha) * x + net.alpha * (into @ m.T + u @ w.T)
        outputs.append(kappa[..., :1])
    expected = torch.autograd.grad((torch.stack(outputs) - targets).square().mean(), (m, n, w))
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()


def test_a_bit_is_learned_by_a_leaky_current_network(training):
    task = tasks.FlipFlop(1, 0.1, 40)
    descent = training.Descent(n_epochs=300, learning_rate=5e-2, n_trials=32, check_every=25, n_check_trials=200)
    run = training.train_low_rank(task, 30, (0,), architecture=LeakyCurrentRNN, descent=descent)
    assert tasks.accuracy(run.networks[0], task, 500, [7, 7]) >= 0.99
    assert len(dynamics.fixed_points(run.networks[0]).attractors) == 2
    # twin: the network it began with has no memory, though without noise a fading sign stays right
    start = LeakyCurrentRNN(*np.random.default_rng([0, 0]).standard_normal((3, 30, 1)))
    assert len(dynamics.fixed_points(start).attractors) == 1


def test_what_training_cannot_do_is_refused_by_name(training, quick, tmp_path):
    net = random_network(np.random.default_rng(45), LeakyCurrentRNN, k=1, d=1, bias=False)
    noisy = replace(quick, noise_std=0.1)
    with pytest.raises(ValueError, match=r"descent: expected noise_std 0 for leaky-current networks, .* got 0.1"):
        training.fine_tune([net], SMALL, descent=noisy)
    training.fine_tune([net.firing_rate()], SMALL, descent=noisy)
    with pytest.raises(ValueError, match="networks: expected a LeakyCurrentRNN like the first, got LowRankRNN"):
        training.fine_tune([net, net.firing_rate()], SMALL, descent=quick)
    for bad in ("LowRankRNN", None, np.ndarray, np.ones(3)):
        with pytest.raises(ValueError, match="architecture: expected LowRankRNN or LeakyCurrentRNN, got"):
            training.train_low_rank(SMALL, 10, architecture=bad, descent=quick)
    training.fine_tune([net], SMALL, descent=quick, checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match="checkpoint: expected a file of this very run"):
        training.fine_tune([net.firing_rate()], SMALL, descent=quick, checkpoint=tmp_path / "run.npz")


def test_outputs_that_are_not_fed_back_stay_so(training, quick):
    """The embedding of the output keeps its 0 and all else learns; with feedback it learns, too."""
    rng = np.random.default_rng(3)
    m, n, w = (rng.standard_normal((10, k)).astype(np.float32) for k in (2, 2, 1))
    m[:, 0] = 0
    start = LeakyCurrentRNN(m, n, w)
    apart, (fed,) = (training.fine_tune([start], SMALL, fed_back=fed, descent=quick).networks for fed in (False, True))
    assert not apart[0].embedding[:, 0].any() and (apart[0].embedding[:, 1] != m[:, 1]).all()
    assert (apart[0].encoding != n).all() and fed.embedding[:, 0].any()
