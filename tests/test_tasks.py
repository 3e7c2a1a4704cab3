"""The tasks: targets and accuracy against slow loops and by hand, pulses by the binomial law; Go/NoGo."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from reference import flip_flop_counted, flip_flop_targets

from lpu_core import LowRankRNN, tasks
from lpu_core.tasks import FlipFlop, GoNoGo, SequenceSorting, SwitchedFlipFlop
from lpu_core.timescales import design_bistable


@pytest.mark.parametrize("n_bits", [1, 2, 3])
@pytest.mark.parametrize("probability", [0.05, 0.5, 1.0])
def test_targets_and_counted_steps_are_those_of_a_loop(n_bits, probability):
    for settle in (0, 1, 4):
        task = FlipFlop(n_bits, probability, 60, settle)
        pulses, targets = task.sample(10, [n_bits, settle])
        assert np.array_equal(targets, flip_flop_targets(pulses))
        assert np.array_equal(task.targets(pulses), targets)
        assert np.array_equal(task.counted(pulses), flip_flop_counted(pulses, settle))


def test_pulses_follow_the_binomial_law():
    """The number of pulses and that of positive ones within 5 s.d. of their means: false alarm below 2e-6 a run."""
    task = FlipFlop(3, 0.05, 200)
    pulses, _ = task.sample(500, 0)
    n, count = pulses.size, np.count_nonzero(pulses)
    assert set(np.unique(pulses)) == {-1.0, 0.0, 1.0}
    assert abs(count - 0.05 * n) < 5 * np.sqrt(n * 0.05 * 0.95)
    assert abs((pulses > 0).sum() - count / 2) < 5 * np.sqrt(count / 4)
    # Twin: the same interval tells a probability of 0.06 from 0.05.
    assert abs(count - 0.06 * n) > 5 * np.sqrt(n * 0.06 * 0.94)


def test_channels_and_steps_are_independent():
    """Correlations of pulses between channels and between steps within 5/√n of 0: false alarm below 6e-7 each."""
    pulses, _ = FlipFlop(2, 0.3, 200).sample(500, 1)
    scaled = pulses / np.sqrt(0.3)
    for first, second in (
        (scaled[..., 0], scaled[..., 1]),
        (scaled[1:], scaled[:-1]),
        (scaled[..., 0] ** 2, scaled[..., 1]),
    ):
        assert abs((first * second).mean()) < 5 / np.sqrt(first.size) * np.sqrt((first**2 * second**2).mean())


def test_the_same_seed_gives_the_same_trials_and_another_others():
    task = FlipFlop(2)
    assert np.array_equal(task.sample(5, 1)[0], task.sample(5, 1)[0])
    assert not np.array_equal(task.sample(5, 1)[0], task.sample(5, 2)[0])


def sequence(*steps):
    """One trial (T, 1, K) from its steps."""
    return np.array(steps, float)[:, None, :]


HAND = sequence([0, 0], [1, 0], [0, 0], [0, -1], [0, 0], [0, 0], [-1, 0], [0, 0], [0, 0])
WANTED = sequence([0, 0], [1, 0], [1, 0], [1, -1], [1, -1], [1, -1], [-1, -1], [-1, -1], [-1, -1])


@pytest.mark.parametrize(("settle", "steps"), [(0, [3, 4, 5, 6, 7, 8]), (1, [4, 5, 7, 8]), (2, [5, 8]), (3, [])])
def test_a_step_counts_once_every_channel_had_a_pulse_and_the_latest_has_settled(settle, steps):
    task = FlipFlop(2, settle=settle)
    assert np.array_equal(task.targets(HAND), WANTED)
    assert np.flatnonzero(task.counted(HAND)[:, 0]).tolist() == steps


def test_accuracy_is_the_share_of_counted_steps_with_every_bit_right():
    task = FlipFlop(2, settle=1)  # steps 4, 5, 7, 8 count
    assert task.accuracy(0.01 * WANTED, HAND, WANTED) == 1
    assert task.accuracy(-WANTED, HAND, WANTED) == 0
    one_bit_wrong = WANTED * sequence(*[[1, 1]] * 4, [1, -1], *[[1, 1]] * 4)
    assert task.accuracy(one_bit_wrong, HAND, WANTED) == 0.75
    uncounted_wrong = np.where(task.counted(HAND)[..., None], WANTED, -5.0)
    assert task.accuracy(uncounted_wrong, HAND, WANTED) == 1
    assert task.accuracy(np.zeros_like(WANTED), HAND, WANTED) == 0
    assert task.accuracy(np.full_like(WANTED, np.nan), HAND, WANTED) == 0
    assert task.accuracy(WANTED, HAND, -0.5 * WANTED) == 0  # by the targets that are given, of which the sign counts


def test_chance_is_two_to_the_minus_bits():
    """Random signs are right on a share 2^−K of n counted steps, within 5 s.d.: false alarm below 6e-7 each."""
    for n_bits in (1, 2, 3):
        task = FlipFlop(n_bits)
        pulses, targets = task.sample(300, 3)
        outputs, p = np.random.default_rng(4).choice([-1.0, 1.0], pulses.shape), 2.0**-n_bits
        n = task.counted(pulses).sum()
        assert abs(task.accuracy(outputs, pulses, targets) - p) < 5 * np.sqrt(p * (1 - p) / n)


def test_without_a_counted_step_there_is_no_accuracy():
    for pulses in (np.zeros((9, 1, 2)), HAND[:3], HAND[:4]):
        with pytest.raises(ValueError, match="inputs: expected a pulse on every channel and 2 steps after it, got none"):
            FlipFlop(2).accuracy(pulses, pulses, pulses)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"n_bits": 0}, "n_bits: expected a whole number of at least 1, got 0"),
    ({"n_bits": 2.5}, "n_bits: expected a whole number of at least 1, got 2.5"),
    ({"n_bits": 2, "pulse_probability": 0.0}, "pulse_probability: expected a number above 0 and at most 1, got 0.0"),
    ({"n_bits": 2, "pulse_probability": 1.1}, "pulse_probability: expected a number above 0 and at most 1, got 1.1"),
    ({"n_bits": 2, "pulse_probability": float("nan")}, "pulse_probability: .* got nan"),
    ({"n_bits": 2, "n_steps": 0}, "n_steps: expected a whole number of at least 1, got 0"),
    ({"n_bits": 2, "settle": -1}, "settle: expected a whole number of at least 0, got -1"),
])  # fmt: skip
def test_a_bad_part_of_the_task_is_named(arguments, message, unchecked_shapes):
    with pytest.raises(ValueError, match=message):
        FlipFlop(**arguments)


def arguments(function):
    return list(inspect.signature(function).parameters)


def test_every_task_calls_its_arguments_as_the_role_does():
    found = [kind for name in tasks.__all__ if inspect.isclass(kind := getattr(tasks, name)) and hasattr(kind, "accuracy")]
    assert len(found) > 12
    for kind in found:
        for name in ("sample", "accuracy"):
            assert arguments(getattr(kind, name)) == arguments(getattr(tasks.Task, name)), (kind, name)


def test_bad_arguments_are_named(unchecked_shapes):
    with pytest.raises(ValueError, match="n_trials: expected a whole number of at least 1, got 0"):
        FlipFlop(2).sample(0, 0)
    with pytest.raises(ValueError, match=r"outputs: expected shape \(9, 1, 2\), as the targets, got \(9, 1, 1\)"):
        FlipFlop(2).accuracy(WANTED[..., :1], HAND, WANTED)
    with pytest.raises(ValueError, match=r"inputs: expected shape \(T, B, 2\), got \(9, 1, 3\)"):
        FlipFlop(2).accuracy(*np.ones((3, 9, 1, 3)))
    with pytest.raises(ValueError, match="inputs: expected finite numbers, got"):
        FlipFlop(2).accuracy(WANTED, np.where(HAND == 1, np.nan, HAND), WANTED)
    for bad in ("abc", WANTED + 1j, None):
        with pytest.raises(ValueError, match="outputs: expected real numbers, got"):
            FlipFlop(2).accuracy(bad, HAND, WANTED)


def test_lists_are_taken_as_arrays():
    task = FlipFlop(2, settle=1)
    assert task.accuracy(WANTED.tolist(), HAND.astype(int).tolist(), WANTED.astype(int).tolist()) == 1
    assert np.array_equal(task.targets(HAND.tolist()), WANTED)


def test_a_switched_flip_flop_is_judged_by_what_its_rule_asks_for():
    task = SwitchedFlipFlop(2, settle=1, rules=(((1, 0), (0, 1)), ((0, -1), (1, 0))))
    inputs = np.concatenate([HAND, np.broadcast_to([0.0, 1.0], HAND.shape)], axis=-1)  # the second rule
    asked = np.stack([-WANTED[..., 1], WANTED[..., 0]], axis=-1)
    assert task.accuracy(asked, inputs, asked) == 1
    assert task.accuracy(WANTED, inputs, asked) == 0  # a quarter turn changes one sign of any two bits
    with pytest.raises(ValueError, match="inputs: expected a pulse on every channel and 1 steps after it, got none"):
        task.accuracy(WANTED, inputs * [0, 0, 1, 1], asked)
    with pytest.raises(ValueError, match=r"outputs: expected shape \(9, 1, 2\), as the targets"):
        task.accuracy(WANTED[..., :1], inputs, asked)
    with pytest.raises(ValueError, match=r"inputs: expected shape \(T, B, 4\)"):
        task.accuracy(WANTED, HAND, asked)
    with pytest.raises(ValueError, match=r"targets: expected shape \(T, B, 2\)"):
        task.accuracy(WANTED, inputs, inputs)


# ------------------------------------------------------------------ Go/NoGo


def test_the_mice_are_those_of_the_methods():
    """The sums that the Methods give: of each mouse and of each region."""
    assert [sum(mouse) for mouse in tasks.MICE] == [5292, 2761, 2236, 4193, 3334, 3754]
    totals = dict(zip(tasks.REGIONS, np.sum(tasks.MICE, axis=0), strict=True))
    assert totals == {"V1": 5249, "LV": 1130, "MV": 1797, "PPC": 3240, "A": 961, "S": 7161, "M": 324, "RSC": 1708}
    assert len(tasks.TRIALS) == len(tasks.MICE)


def test_the_windows_cover_the_trial():
    edges = list(GoNoGo.windows.values())
    assert edges[0][0] == 0 and edges[-1][1] == pytest.approx(GoNoGo.n_steps * GoNoGo.step)
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    assert [round(b - a, 6) for a, b in edges[:3]] == [2.0, 0.5, 3.0]


@pytest.mark.parametrize("code", ["linear", "xor"])
def test_inputs_carry_the_features_while_the_stimulus_lasts(code):
    """Means within 5 s.e.: false alarm below 1e-5."""
    task = GoNoGo(code)
    u, features = task.sample(4000, 1)
    error = 5 * task.noise / np.sqrt(20 * 2000)
    for sign in (-1, 1):
        for channel in (0, 1):
            mean = u[:, features[:, channel] == sign, channel].mean(axis=1)
            assert abs(mean[:20].mean() - sign * task.evidence) < error
            assert abs(mean[20:].mean()) < error
    assert abs(task.is_go(features).mean() - 0.5) < 5 * 0.5 / np.sqrt(4000)


def test_the_planted_code_is_in_the_covariance():
    """With `together` = 0.5 the class means agree and the products differ; the linear code (twin) is in the mean alone."""
    error = 5 / np.sqrt(2000)
    for task, hidden in ((GoNoGo("xor", together=0.5), True), (GoNoGo("linear"), False)):
        _, features = task.sample(4000, 2)
        go = task.is_go(features)
        apart = np.abs(features[go].mean(0) - features[~go].mean(0)).max()
        product = features.prod(axis=1)
        assert (apart < 2 * error) == hidden
        assert (abs(product[go].mean() - product[~go].mean()) > 1.9) == hidden
    _, features = GoNoGo("xor", together=0.7).sample(4000, 3)
    both = features[features.prod(axis=1) > 0, 0] > 0
    assert abs(both.mean() - 0.7) < error


def test_a_recorded_population_holds_correct_trials_of_its_network():
    """Without private noise the bins are means of the network's rates; private noise has its s.d."""
    network = tasks.go_nogo_network(400, 4)
    regions = np.repeat(["a", "b"], 200)
    quiet = GoNoGo().record(network, regions, 150, 5, private_noise=0.0)
    noisy = GoNoGo().record(network, regions, 150, 5, private_noise=2.0)
    assert quiet.activity.shape == (12, 150, 400) and quiet.bin_size == 0.5
    np.testing.assert_array_equal(quiet.labels, noisy.labels)
    kappa = quiet.window(5.0, 5.5) @ network.encoding[:, 0] / 400
    assert ((kappa > 0) == quiet.labels).mean() > 0.98
    difference = noisy.activity - quiet.activity
    assert abs(difference.std() / (2 / np.sqrt(5)) - 1) < 0.01
    again = GoNoGo().record(network, regions, 150, 5, private_noise=2.0)
    np.testing.assert_array_equal(again.activity, noisy.activity)
    assert 0.3 < quiet.labels.mean() < 0.7


def forgetful_network():
    """Two latents, each of 20 neurons of its own, that lose a quarter in a step: 0.75^34 is left after the response."""
    group = np.repeat(np.eye(2), 20, axis=0)
    return LowRankRNN(group, group, group, tau=200.0, dt=100.0)


def test_a_trial_is_judged_after_the_response_and_not_at_its_start():
    """A memory that fails in between: what it held at the start of the response does not count, what it holds at 5.5 s does.

    Twin: by the start, every recorded trial would have been right there, and half of them wrong after it.
    """
    net, task = forgetful_network(), GoNoGo()
    run = task.record(net, ["a"] * 40, 200, 11, private_noise=0.0, bin_steps=1)
    answers = run.activity @ net.encoding[:, 0] > 0  # a step a bin
    assert (answers[54] == run.labels).all()
    assert 0.5 < (answers[25] == run.labels).mean() < 0.95
    assert 0.4 < (answers[54] == answers[25]).mean() < 0.95


def test_a_mouse_can_be_recorded_for_fewer_trials():
    mouse = GoNoGo().record_mouse(2, 1, n_trials=20)
    assert mouse.activity.shape == (12, 20, 2236)
    assert [int((mouse.regions == region).sum()) for region in tasks.REGIONS] == list(tasks.MICE[2])


@pytest.mark.parametrize(("call", "name"), [
    (lambda: GoNoGo("quadratic"), "code"),
    (lambda: GoNoGo(evidence=0.0), "evidence"),
    (lambda: GoNoGo(noise=-1.0), "noise"),
    (lambda: GoNoGo(together=1.5), "together"),
    (lambda: GoNoGo().sample(0, 1), "n_trials"),
    (lambda: GoNoGo().record_mouse(6, 1), "mouse"),
    (lambda: GoNoGo().record(tasks.go_nogo_network(50, 0), np.full(50, "a"), 10, 1, private_noise=-1.0), "private_noise"),
    (lambda: GoNoGo().record(tasks.go_nogo_network(50, 0), np.full(50, "a"), 10, 1, bin_steps=7), "bin_steps"),
    (lambda: GoNoGo().record(tasks.go_nogo_network(50, 0), np.full(49, "a"), 10, 1), "regions"),
    (lambda: GoNoGo().record(design_bistable(50, 20.0, 10.0, 0.8, 0), np.full(50, "a"), 10, 1), "network"),
])  # fmt: skip
def test_a_bad_go_nogo_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()


# ------------------------------------------------------------------ sequence sorting


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_sorting_trial_gives_numbers_and_asks_for_them_in_order(length):
    """Against a loop; numbers within 5 s.e. of a uniform mean (false alarm below 6e-7)."""
    task = SequenceSorting(length)
    inputs, targets = task.sample(400, length)
    assert inputs.shape == (2 * length, 400, task.n_inputs) and targets.shape == (2 * length, 400, task.n_outputs)
    assert len(inputs) == task.n_steps
    for trial in range(400):
        assert targets[length:, trial, 0].tolist() == sorted(inputs[:length, trial, 0].tolist())
    assert not inputs[length:].any() and not targets[:length].any() and (inputs[:length, :, 1] == 1).all()
    numbers = inputs[:length, :, 0]
    assert numbers.min() >= 0 and numbers.max() <= 1
    assert abs(numbers.mean() - 0.5) < 5 * np.sqrt(1 / 12 / numbers.size)
    assert np.array_equal(task.sample(5, 7)[0], task.sample(5, 7)[0])


def test_sorting_accuracy_is_the_share_of_answers_within_the_tolerance():
    task = SequenceSorting(2, tolerance=0.05)
    inputs = np.zeros((4, 1, 2))
    inputs[:2, 0] = [[0.7, 1], [0.2, 1]]
    wanted = np.array([9, 9, 0.2, 0.7])[:, None, None]  # whatever the output does while numbers come
    targets = task.targets(inputs)
    assert task.accuracy(wanted, inputs, targets) == 1
    assert task.accuracy(wanted[[0, 1, 3, 2]], inputs, targets) == 0
    assert task.accuracy(wanted + np.array([0, 0, 0.04, 0.06])[:, None, None], inputs, targets) == 0.5
    assert task.accuracy(np.full_like(wanted, np.nan), inputs, targets) == 0


def test_bad_parts_of_sorting_are_named(unchecked_shapes):
    for arguments, name in (
        ({"length": 0}, "length"),
        ({"length": 2.5}, "length"),
        ({"length": 2, "tolerance": 0.0}, "tolerance"),
    ):
        with pytest.raises(ValueError, match=f"{name}: expected"):
            SequenceSorting(**arguments)
    task = SequenceSorting(2)
    with pytest.raises(ValueError, match="n_trials: expected a whole number of at least 1, got 0"):
        task.sample(0, 0)
    with pytest.raises(ValueError, match="outputs: expected shape"):
        task.accuracy(np.zeros((4, 3, 1)), *task.sample(2, 0))
    with pytest.raises(ValueError, match="inputs: expected shape"):
        task.accuracy(np.zeros((6, 2, 1)), np.zeros((6, 2, 2)), np.zeros((6, 2, 1)))
    with pytest.raises(ValueError, match="inputs: expected shape"):
        task.targets(np.zeros((6, 2, 2)))
    with pytest.raises(ValueError, match="outputs: expected real numbers"):
        task.accuracy("abc", *task.sample(2, 0))


# ------------------------------------------------------------------ a network on a task


def test_a_network_that_does_not_fit_the_task_is_named(unchecked_shapes):
    two = tasks.go_nogo_network(20, 0)
    with pytest.raises(ValueError, match="network: expected 3 inputs, as the task has, got 2"):
        tasks.accuracy(two, FlipFlop(3), 5, 0)
    with pytest.raises(ValueError, match="network: expected at least 2 latents, one an output of the task, got 1"):
        tasks.run_trials(LowRankRNN(two.embedding[:, :1], two.encoding[:, :1], two.input_weights), FlipFlop(2), 5, 0)
    with pytest.raises(ValueError, match="task: expected a Task, got 'flip-flop'"):
        tasks.accuracy(two, "flip-flop", 5, 0)
