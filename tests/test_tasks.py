"""The tasks: targets and accuracy against slow loops and by hand, pulses by the binomial law."""

import numpy as np
import pytest
from reference import flip_flop_counted, flip_flop_targets

from lpu_core.tasks import FlipFlop, SequenceSorting


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
    assert task.accuracy(0.01 * WANTED, HAND) == 1
    assert task.accuracy(-WANTED, HAND) == 0
    one_bit_wrong = WANTED * sequence(*[[1, 1]] * 4, [1, -1], *[[1, 1]] * 4)
    assert task.accuracy(one_bit_wrong, HAND) == 0.75
    uncounted_wrong = np.where(task.counted(HAND)[..., None], WANTED, -5.0)
    assert task.accuracy(uncounted_wrong, HAND) == 1
    assert task.accuracy(np.zeros_like(WANTED), HAND) == 0
    assert task.accuracy(np.full_like(WANTED, np.nan), HAND) == 0


def test_chance_is_two_to_the_minus_bits():
    """Random signs are right on a share 2^−K of n counted steps, within 5 s.d.: false alarm below 6e-7 each."""
    for n_bits in (1, 2, 3):
        task = FlipFlop(n_bits)
        pulses, _ = task.sample(300, 3)
        outputs, p = np.random.default_rng(4).choice([-1.0, 1.0], pulses.shape), 2.0**-n_bits
        n = task.counted(pulses).sum()
        assert abs(task.accuracy(outputs, pulses) - p) < 5 * np.sqrt(p * (1 - p) / n)


def test_without_a_counted_step_there_is_no_accuracy():
    for pulses in (np.zeros((9, 1, 2)), HAND[:3], HAND[:4]):
        with pytest.raises(ValueError, match="pulses: expected a pulse on every channel and 2 steps after it, got none"):
            FlipFlop(2).accuracy(pulses, pulses)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"n_bits": 0}, "n_bits: expected at least 1, got 0"),
    ({"n_bits": 2, "pulse_probability": 0.0}, "pulse_probability: expected a probability above 0, got 0.0"),
    ({"n_bits": 2, "pulse_probability": 1.1}, "pulse_probability: expected a probability above 0, got 1.1"),
    ({"n_bits": 2, "pulse_probability": float("nan")}, "pulse_probability: .* got nan"),
    ({"n_bits": 2, "n_steps": 0}, "n_steps: expected at least 1, got 0"),
    ({"n_bits": 2, "settle": -1}, "settle: expected at least 0, got -1"),
])  # fmt: skip
def test_a_bad_part_of_the_task_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        FlipFlop(**arguments)


def test_bad_arguments_are_named(unchecked_shapes):
    with pytest.raises(ValueError, match="n_trials: expected at least 1, got 0"):
        FlipFlop(2).sample(0, 0)
    with pytest.raises(ValueError, match=r"outputs: expected shape \(9, 1, 2\), as the pulses, got \(9, 1, 1\)"):
        FlipFlop(2).accuracy(WANTED[..., :1], HAND)
    with pytest.raises(ValueError, match=r"pulses: expected shape \(any, any, 2\), got \(9, 1, 3\)"):
        FlipFlop(2).accuracy(np.zeros((9, 1, 3)), np.ones((9, 1, 3)))
    with pytest.raises(ValueError, match="pulses: expected finite numbers, got NaN or infinity"):
        FlipFlop(2).accuracy(WANTED, np.where(HAND == 1, np.nan, HAND))


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
    assert task.accuracy(wanted, inputs) == 1
    assert task.accuracy(wanted[[0, 1, 3, 2]], inputs) == 0
    assert task.accuracy(wanted + np.array([0, 0, 0.04, 0.06])[:, None, None], inputs) == 0.5
    assert task.accuracy(np.full_like(wanted, np.nan), inputs) == 0


def test_bad_parts_of_sorting_are_named(unchecked_shapes):
    for arguments, name in (({"length": 0}, "length"), ({"length": 2, "tolerance": 0.0}, "tolerance")):
        with pytest.raises(ValueError, match=f"{name}: expected"):
            SequenceSorting(**arguments)
    task = SequenceSorting(2)
    with pytest.raises(ValueError, match="n_trials: expected at least 1, got 0"):
        task.sample(0, 0)
    with pytest.raises(ValueError, match="outputs: expected shape"):
        task.accuracy(np.zeros((4, 3, 1)), task.sample(2, 0)[0])
    with pytest.raises(ValueError, match="inputs: expected shape"):
        task.accuracy(np.zeros((6, 2, 1)), np.zeros((6, 2, 2)))
