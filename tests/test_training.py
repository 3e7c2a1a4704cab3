"""Training: both recipes small, and resuming bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lpu_core import LowRankRNN, dynamics, timescales, training
from lpu_core.tasks import FlipFlop, SequenceSorting
from lpu_core.training import Descent, descent

pytestmark = pytest.mark.usefixtures("one_thread")
QUICK = Descent(n_epochs=6, learning_rate=2e-2, n_trials=8, noise_std=0.1, check_every=2, n_check_trials=20)
SMALL = FlipFlop(1, 0.1, 30)


# ------------------------------------------------------------------ descent


def weights_of(run):
    return [getattr(net, name) for net in run.networks for name in ("encoding", "input_weights")]


def equal(run, other):
    pairs = zip(weights_of(run), weights_of(other), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs) and np.array_equal(run.losses, other.losses)


RECIPES = [training.train_low_rank, training.train_full_rank]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_same_seeds_give_the_same_weights_bit_for_bit(recipe):
    one, same, other = (recipe(SMALL, 10, seeds, descent=QUICK) for seeds in ((0, 1), (0, 1), (0, 2)))
    assert equal(one, same) and not equal(one, other)
    assert one.losses.shape == (6, 2) and one.accuracies.shape == (2,) and len(one.networks) == 2


class Stop:
    """The batches of a run that is interrupted as it asks for the batch of epoch `at`."""

    def __init__(self, at):
        self.at, self.batch, self.drawn = at, descent.batch, []

    def __call__(self, task, seeds, epoch, *rest):
        if epoch == self.at:
            raise KeyboardInterrupt
        self.drawn.append(epoch)
        return self.batch(task, seeds, epoch, *rest)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("at", [2, 5])
def test_a_run_that_was_interrupted_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch, recipe, at):
    whole, checkpoint = recipe(SMALL, 10, (0, 1), descent=QUICK), tmp_path / "run.npz"
    with monkeypatch.context() as patch:
        patch.setattr(descent, "batch", Stop(at))
        with pytest.raises(KeyboardInterrupt):
            recipe(SMALL, 10, (0, 1), descent=QUICK, checkpoint=checkpoint)
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    with monkeypatch.context() as patch:
        resumed = Stop(None)
        patch.setattr(descent, "batch", resumed)
        assert equal(recipe(SMALL, 10, (0, 1), descent=QUICK, checkpoint=checkpoint), whole)
        assert resumed.drawn == list(range(at - at % 2, 6))  # from the last check on
    # a finished run is not run again
    monkeypatch.setattr(descent, "batch", Stop(0))
    assert equal(recipe(SMALL, 10, (0, 1), descent=QUICK, checkpoint=checkpoint), whole)


@pytest.mark.parametrize("change", [
    {"seeds": (0, 2)}, {"descent": replace(QUICK, learning_rate=1e-2)}, {"task": FlipFlop(1, 0.2, 30)}, {"tau": 20.0},
    {"n_neurons": 11}, {"recipe": training.train_full_rank},
])  # fmt: skip
def test_a_checkpoint_of_another_run_is_refused(tmp_path, change):
    arguments = {"task": SMALL, "n_neurons": 10, "seeds": (0, 1), "descent": QUICK, "checkpoint": tmp_path / "run.npz"}
    training.train_low_rank(**arguments)
    recipe = change.pop("recipe", training.train_low_rank)
    with pytest.raises(ValueError, match=r"checkpoint: expected a file of this very run, got .*run\.npz"):
        recipe(**arguments | change)


@pytest.mark.parametrize("contents", [b"", b"words", None])
def test_a_broken_checkpoint_is_named(tmp_path, contents):
    path = tmp_path / "run.npz"
    path.write_bytes(contents) if contents is not None else np.savez(path, x=np.ones(2))
    with pytest.raises(ValueError, match=r"checkpoint: expected a file of this very run, got .*run\.npz"):
        training.train_low_rank(SMALL, 10, (0, 1), descent=QUICK, checkpoint=path)


def test_a_member_of_an_ensemble_is_the_network_trained_alone():
    """To the rounding of batched float32 products over 6 epochs."""
    for recipe in RECIPES:
        together, alone = recipe(SMALL, 10, (3, 4), descent=QUICK), recipe(SMALL, 10, (4,), descent=QUICK)
        for a, b in zip(weights_of(together)[2:], weights_of(alone), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-4)
        np.testing.assert_allclose(together.losses[:, 1], alone.losses[:, 0], rtol=1e-4)
        assert np.abs(weights_of(together)[0] - weights_of(alone)[0]).max() > 0.01  # twin: seed 3 is another


def test_full_rank_weights_keep_a_zero_diagonal_and_change_elsewhere():
    runs = [training.train_full_rank(SMALL, 10, (0,), descent=replace(QUICK, n_epochs=n, check_every=n)) for n in (1, 6)]
    first, last = (run.networks[0].weights for run in runs)
    assert not np.diag(first).any() and not np.diag(last).any()
    assert np.abs(first - last)[~np.eye(10, dtype=bool)].min() > 0
    xavier = np.sqrt(6 / 20)
    assert np.abs(first).max() < xavier + 0.05 and np.abs(first).max() > 0.8 * xavier


def test_the_loss_reported_is_the_mean_squared_error_of_the_networks_themselves():
    """The first epoch's loss from the start networks and the dense loop, not from torch."""
    quiet = replace(QUICK, noise_std=0.0, n_epochs=1)
    start = LowRankRNN(*np.random.default_rng([5, 0]).standard_normal((3, 10, 1)).astype(np.float32))
    pulses, targets, rates, _ = (None if a is None else a.numpy() for a in descent.batch(SMALL, [5], 0, 10, quiet))
    latents = start.dense().simulate(pulses[:, 0], initial_rates=rates[0]).latents
    run = training.train_low_rank(SMALL, 10, (5,), descent=quiet)
    assert run.losses[0, 0] == pytest.approx(np.square(latents - targets[:, 0]).mean(), rel=1e-5)


def test_every_seed_has_trials_of_its_own_and_every_epoch_too():
    """Two copies of one network part where their seeds differ, and only there."""
    start = [LowRankRNN(*np.random.default_rng(0).standard_normal((3, 10, 1)).astype(np.float32))] * 2
    apart, together = (training.fine_tune(start, SMALL, seeds, descent=QUICK) for seeds in ((1, 2), (1, 1)))
    assert np.array_equal(together.losses[:, 0], together.losses[:, 1])
    assert (apart.losses[:, 0] != apart.losses[:, 1]).all()
    batches = [descent.batch(SMALL, [1], epoch, 10, QUICK) for epoch in (0, 1, 0)]
    for first, second, again in zip(*([*parts, noise.draw(10)] for *parts, noise in batches), strict=True):
        assert torch.equal(first, again) and not torch.equal(first, second)


def test_the_learning_rate_follows_a_cosine_and_the_gradient_is_clipped_for_each_network(monkeypatch):
    rates, norms, adam = [], [], descent.adam

    def watched(p, gradient, moments, step, rate, weight_decay):
        rates.append(rate)
        norms.append(gradient.flatten(1).norm(dim=1).square().numpy())
        adam(p, gradient, moments, step, rate, weight_decay)

    def totals():
        return np.sqrt(np.array(norms).reshape(6, 3, 2).sum(1))  # epochs, M and Nenc and W_in, networks

    monkeypatch.setattr(descent, "adam", watched)
    training.train_low_rank(SMALL, 10, (0, 1), descent=replace(QUICK, clip=1e-3))
    np.testing.assert_allclose(rates[::3], 2e-2 * np.cos(np.arange(6) * np.pi / 12) ** 2)
    np.testing.assert_allclose(totals(), 1e-3, rtol=1e-4)
    norms.clear()
    training.train_low_rank(SMALL, 10, (0, 1), descent=replace(QUICK, clip=1e3))
    assert totals().min() > 2e-3 and totals().max() < 100  # twin: gradients below the limit are left alone


def test_descent_goes_downhill():
    run = training.train_low_rank(SMALL, 20, (0, 1), descent=replace(QUICK, n_epochs=60, check_every=60, learning_rate=5e-2))
    assert (run.losses[-5:].mean(0) < 0.5 * run.losses[:5].mean(0)).all()


def test_training_stops_once_every_network_is_good_enough():
    easy = replace(QUICK, target_accuracy=0.01, n_epochs=50)
    assert len(training.train_low_rank(SMALL, 10, (0,), descent=easy).losses) == 2
    never = replace(QUICK, target_accuracy=1.1)
    assert len(training.train_low_rank(SMALL, 10, (0,), descent=never).losses) == 6


def test_one_bit_is_learned_directly():
    task = FlipFlop(1, 0.1, 40)
    descent = Descent(n_epochs=300, learning_rate=5e-2, n_trials=32, noise_std=0.1, check_every=25, n_check_trials=200)
    run = training.train_low_rank(task, 30, (0, 1), descent=descent)
    for net, seed in zip(run.networks, (0, 1), strict=True):
        assert training.accuracy(net, task, 500, [7, 7], noise_std=0.1) >= 0.99
        assert len(dynamics.fixed_points(net).attractors) == 2
        # twin: the network it began with has no memory (though without noise a fading sign would stay right)
        untrained = LowRankRNN(*np.random.default_rng([seed, 0]).standard_normal((3, 30, 1)))
        assert len(dynamics.fixed_points(untrained).attractors) == 1


def test_fine_tuning_mends_a_spoiled_network():
    task = FlipFlop(1, 0.1, 40)
    good = timescales.design_flip_flop(50, 1, 0)
    spoiled = replace(good, encoding=good.encoding / 2)
    descent = Descent(150, 2e-2, n_trials=32, noise_std=0.1, check_every=150, n_check_trials=200)
    tuned = training.fine_tune([spoiled], task, descent=descent).networks[0]
    assert [len(dynamics.fixed_points(net).attractors) for net in (spoiled, tuned)] == [1, 2]
    assert training.accuracy(tuned, task, 500, [7, 7], noise_std=0.1) >= 0.99


def test_accuracy_is_the_task_s_on_the_dense_network_s_latents():
    task, net = FlipFlop(2), timescales.design_flip_flop(40, 2, 3, dtype=np.float64)
    rng = np.random.default_rng(11)
    pulses, targets = task.sample(30, rng)
    latents = net.dense().simulate(pulses, initial_rates=0.1 * rng.standard_normal((30, 40))).latents
    assert training.accuracy(net, task, 30, 11) == task.accuracy(latents, pulses, targets)


@pytest.mark.slow
def test_sorting_is_learned_with_a_latent_a_number_and_not_with_fewer():
    """One latent cannot hold two numbers: the twin of the same recipe at rank 1 stays near chance."""
    descent = Descent(1500, 0.1, 32, target_accuracy=2.0, check_every=1500)
    task = SequenceSorting(2)
    two, one = (training.train_low_rank(task, 32, (0,), rank=rank, descent=descent) for rank in (2, 1))
    assert two.networks[0].n_latents == 2 and two.networks[0].n_inputs == 2
    assert two.accuracies[0] > 0.85 > 0.75 > one.accuracies[0]


def test_only_the_steps_that_are_asked_for_count_in_the_loss():
    """A sorting network's loss is the mean squared error of the answers, by the dense network."""
    task, quiet = SequenceSorting(3), replace(QUICK, n_epochs=1)
    quiet = replace(quiet, noise_std=0.0)
    run = training.train_low_rank(task, 10, (5,), rank=4, descent=quiet)
    rng = np.random.default_rng([5, 0])
    start = LowRankRNN(*(rng.standard_normal((10, k)).astype(np.float32) for k in (4, 4, 2)))
    inputs, targets, rates, _ = (None if a is None else a.numpy() for a in descent.batch(task, [5], 0, 10, quiet))
    latents = start.dense().simulate(inputs[:, 0], initial_rates=rates[0]).latents
    assert run.losses[0, 0] == pytest.approx(np.square(latents[3:, :, :1] - targets[3:, 0]).mean(), rel=1e-5)


def test_weight_decay_shrinks_the_weights_by_its_share_of_a_step():
    """Decoupled: beside Adam's own step, each weight loses learning rate × decay of itself."""
    once = replace(QUICK, n_epochs=1, learning_rate=0.01)
    plain, decayed = (
        training.train_low_rank(SMALL, 10, (0,), descent=replace(once, weight_decay=w)).networks[0] for w in (0.0, 0.5)
    )
    start = np.random.default_rng([0, 0]).standard_normal((10, 1)).astype(np.float32)
    np.testing.assert_allclose(decayed.embedding, plain.embedding - 0.01 * 0.5 * start, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_a_step_of_adam_is_torch_s(weight_decay):
    stream = torch.Generator().manual_seed(0)
    ours = torch.randn(3, 4, generator=stream)
    theirs = ours.clone().requires_grad_(True)
    optimizer, moments = torch.optim.AdamW([theirs], lr=0.1, weight_decay=weight_decay), torch.zeros(2, 3, 4)
    for step, rate in enumerate((0.1, 0.05, 0.2), 1):
        theirs.grad = torch.randn(3, 4, generator=stream)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        descent.adam(ours, theirs.grad, moments, step, rate, weight_decay)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-6, atol=1e-7)


def test_a_run_that_diverges_says_so(monkeypatch):
    monkeypatch.setattr(descent, "batch", lambda *a: (*(x * np.inf for x in BATCH(*a)[:3]), None))
    with pytest.raises(RuntimeError, match=r"training diverged at epoch 0: losses .*learning rate 0.02"):
        training.train_low_rank(SMALL, 10, (0,), descent=QUICK)


BATCH = descent.batch

# ------------------------------------------------------------------ bad arguments


def test_bad_arguments_are_named(unchecked_shapes):
    low = timescales.design_flip_flop(20, 2, 0)
    for name, bad in (("n_epochs", 0), ("n_trials", 0), ("check_every", 0), ("n_check_trials", 0), ("learning_rate", 0.0),
                      ("clip", -1.0), ("clip", float("nan")), ("noise_std", -0.1), ("learning_rate", float("nan")),
                      ("n_epochs", 2.5), ("target_accuracy", "3")):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name}: expected"):
            replace(QUICK, **{name: bad})
    for recipe in RECIPES:
        with pytest.raises(ValueError, match="n_neurons: expected a whole number of at least"):
            recipe(SMALL, 0, descent=QUICK)
        with pytest.raises(ValueError, match=r"seeds: expected at least one"):
            recipe(SMALL, 10, (), descent=QUICK)
    with pytest.raises(ValueError, match=r"rank: expected at least the task's 2 output\(s\), got 1"):
        training.train_low_rank(FlipFlop(2), 20, rank=1)
    with pytest.raises(ValueError, match="networks: expected a list of LowRankRNN"):
        training.fine_tune([low.dense()], FlipFlop(2))
    with pytest.raises(ValueError, match="networks: expected at least one"):
        training.fine_tune([], FlipFlop(2))
    with pytest.raises(ValueError, match="networks: expected one for each of 2 seeds, got 1"):
        training.fine_tune([low], FlipFlop(2), (0, 1))
    with pytest.raises(ValueError, match="networks: expected one size, tau and dt for all"):
        training.fine_tune([low, timescales.design_flip_flop(21, 2, 0)], FlipFlop(2))
    with pytest.raises(ValueError, match="networks: expected at least 1 latents, 1 inputs"):
        training.fine_tune([low], FlipFlop(1))
    for change in ({"nonlinearity": "sin"}, {"bias": np.ones(20, np.float32)}):
        with pytest.raises(ValueError, match="networks: expected tanh and no biases"):
            training.fine_tune([replace(low, **change)], FlipFlop(2))


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(("change", "name"), [
    ({"tau": 0}, "tau"), ({"tau": 10, "dt": 20}, "dt"), ({"checkpoint": "nowhere/run.npz"}, "checkpoint"),
    ({"checkpoint": 3}, "checkpoint"), ({"seeds": [-1]}, "seeds"), ({"task": "flip-flop"}, "task"),
])  # fmt: skip
def test_what_cannot_work_is_refused_before_any_epoch(monkeypatch, recipe, change, name):
    monkeypatch.setattr(descent, "batch", lambda *a: pytest.fail("an epoch began"))
    with pytest.raises(ValueError, match=f"{name}: expected"):
        recipe(**{"task": SMALL, "n_neurons": 10, "descent": QUICK} | change)


def test_full_rank_networks_learn_tasks_that_have_other_inputs_than_outputs():
    run = training.train_full_rank(SequenceSorting(2), 10, descent=replace(QUICK, n_epochs=2))
    assert run.networks[0].input_weights.shape == (10, 2) and run.networks[0].encoding.shape == (10, 1)
