"""Tasks of one's own, whose mistakes are told before a network learns from them."""

import numpy as np
import pytest

from lpu_core import gallery, tasks, timescales, training

NETWORK = timescales.design_flip_flop(20, 1, rng=0)


class Swapped(tasks.TrialTask):
    """Which sign has the input? Trials before steps, by mistake, in one of the two."""

    n_steps, n_inputs, n_outputs = 7, 1, 1

    def __init__(self, wrong):
        self.wrong = wrong

    def sample(self, n_trials, rng):
        inputs = np.random.default_rng(rng).standard_normal((7, n_trials, 1))
        found = {"inputs": inputs, "targets": np.sign(inputs)}
        return [values.swapaxes(0, 1) if name == self.wrong else values for name, values in found.items()]


@pytest.mark.parametrize("use", [
    lambda task: tasks.run_trials(NETWORK, task, 4, rng=1),
    lambda task: gallery.activity(NETWORK, task, 4, rng=1),
    lambda task: training.train_low_rank(task, 20, descent=training.Descent(1, 0.01, n_trials=4)),
], ids=["run", "activity", "training"])  # fmt: skip
@pytest.mark.parametrize("wrong", ["inputs", "targets"])
def test_a_task_of_one_s_own_with_steps_and_trials_swapped_is_told_so(use, wrong):
    use(Swapped("neither"))
    said = rf"the {wrong} that Swapped.sample gives: expected shape \(7, 4, 1\), of steps, trials and .*, got \(4, 7, 1\)"
    with pytest.raises(ValueError, match=said):
        use(Swapped(wrong))


class Unfinished(tasks.TrialTask):
    """A target that is nowhere set."""

    n_steps, n_inputs, n_outputs = 7, 1, 1

    def sample(self, n_trials, rng):
        return np.zeros((7, n_trials, 1)), np.full((7, n_trials, 1), np.nan)


def test_a_target_that_is_no_number_is_told_rather_than_a_learning_rate_blamed():
    with pytest.raises(ValueError, match=r"the targets that Unfinished\.sample gives: expected finite numbers, got NaN"):
        training.train_low_rank(Unfinished(), 20, descent=training.Descent(1, 0.01, n_trials=4))
