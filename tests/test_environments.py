"""Environments as tasks: trials as the environment made them, both kinds of actions, seeds, and what is none."""

from types import SimpleNamespace

import numpy as np
import pytest

from lpu_core.tasks import EnvironmentTask, Task


class Discrete:
    """Two observations of noise; after some steps of fixation (0), action 1 or 2. It is seeded by `seed`."""

    observation_space, action_space = SimpleNamespace(shape=(2,)), SimpleNamespace(n=3)

    def __init__(self):
        self.made = []

    def seed(self, seed):
        self.rng = np.random.RandomState(seed)

    def new_trial(self):
        length = self.rng.randint(4, 8)
        self.ob = self.rng.standard_normal((length, 2))
        self.gt = np.append(np.zeros(length - 2, int), [1 + self.rng.randint(2)] * 2)
        self.made.append((self.ob, self.gt))


class Box(Discrete):
    """Follow the observations. It has no `seed` and an `rng`."""

    action_space, seed = SimpleNamespace(shape=(2,)), property(lambda self: self.none)

    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng()

    def new_trial(self):
        self.ob = self.gt = self.rng.standard_normal((5, 2))


class Reset(Box):
    """It is seeded by `reset`."""

    rng = property(lambda self: self.none)

    def __init__(self):
        pass

    def reset(self, seed):
        self.own = np.random.default_rng(seed)

    def new_trial(self):
        self.ob, self.gt = self.own.standard_normal((5, 2)), self.own.standard_normal((5, 2))


def test_trials_are_those_of_the_environment_and_end_together():
    environment = Discrete()
    task = EnvironmentTask(SimpleNamespace(unwrapped=environment), 9)
    assert isinstance(task, Task) and (task.n_inputs, task.n_outputs) == (2, 3)
    inputs, targets = task.sample(20, 1)
    for b, (observed, truth) in enumerate(environment.made):
        begin = 9 - len(observed)
        assert np.array_equal(inputs[begin:, b], observed) and (inputs[:begin, b] == observed[0]).all()
        assert np.array_equal(targets[:, b].argmax(axis=1), [0] * begin + truth.tolist())
    assert len({len(observed) for observed, _ in environment.made}) > 1 and (targets.sum(axis=2) == 1).all()


@pytest.mark.parametrize("kind", [Discrete, Box, Reset])
def test_the_same_seed_gives_the_same_trials_and_another_others(kind):
    first, same, other = (EnvironmentTask(kind(), 9).sample(5, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)


def test_actions_are_judged_where_the_truth_is_not_to_fixate():
    task = EnvironmentTask(Discrete(), 9)
    inputs, targets = task.sample(2000, 3)
    assert task.accuracy(targets, inputs, targets) == 1
    asked = targets.argmax(axis=2) != 0
    assert task.accuracy(np.where(asked[..., None], targets, -5.0 * targets), inputs, targets) == 1
    for wrong in (-targets, np.zeros_like(targets), np.full_like(targets, np.nan), np.where(targets == 1, np.nan, targets)):
        assert task.accuracy(wrong, inputs, targets) == 0
    n = asked.sum()
    guessed = np.random.default_rng(4).standard_normal(targets.shape)  # chance 1/3, within 5 s.d.
    assert abs(task.accuracy(guessed, inputs, targets) - 1 / 3) < 5 * np.sqrt(2 / 9 / n)
    with pytest.raises(ValueError, match="targets: expected a ground truth other than 0 in some step, got none"):
        task.accuracy(targets[:, :1] * [0, 0, 0], inputs[:, :1], targets[:, :1] * [1, 0, 0])


def test_other_actions_are_targets_as_they_are():
    task = EnvironmentTask(Box(), 7)
    inputs, targets = task.sample(10, 5)
    assert task.n_actions is None and task.n_outputs == 2
    assert np.array_equal(inputs[2:], targets[2:]) and not targets[:2].any()
    assert task.accuracy(0.1 * targets, inputs, targets) == 1
    assert task.accuracy(targets * [1, -1], inputs, targets) == 0


def test_a_single_number_may_come_without_its_axis():
    environment = Box()
    environment.action_space = SimpleNamespace(shape=())
    environment.new_trial = lambda: vars(environment).update(ob=np.ones((3, 2)), gt=np.array([0.0, 0.5, 1.0]))
    assert EnvironmentTask(environment, 3).sample(1, 0)[1].ravel().tolist() == [0.0, 0.5, 1.0]


def gives(ob, gt, kind=Discrete):
    """A sample of an environment whose trials are these."""
    environment = kind()
    environment.new_trial = lambda: vars(environment).update(ob=ob, gt=gt)
    return EnvironmentTask(environment, 5).sample(1, 0)


def lacking(**parts):
    """An environment of these parts, and others that are right."""
    whole = {
        "new_trial": len,
        "seed": len,
        "observation_space": Discrete.observation_space,
        "action_space": Box.action_space,
    }
    return SimpleNamespace(**{name: part for name, part in (whole | parts).items() if part is not None})


@pytest.mark.parametrize(("call", "message"), [
    (lambda: EnvironmentTask(3, 5), "environment: expected an environment that has new_trial, got 3"),
    (lambda: EnvironmentTask(lacking(action_space=None), 5), "environment: expected an environment that has action_space"),
    (lambda: EnvironmentTask(lacking(seed=None), 5), "environment: expected an environment that has seed, rng or reset"),
    (lambda: EnvironmentTask(lacking(observation_space=SimpleNamespace(n=3)), 5), r"environment: .* of shape \(D,\)"),
    (lambda: EnvironmentTask(lacking(action_space=SimpleNamespace(shape=(2, 2))), 5), "environment: expected actions"),
    (lambda: gives(np.ones((6, 2)), np.ones(6, int)), "n_steps: expected at least the 6 of the trial, got 5"),
    (lambda: gives(np.ones((4, 3)), np.ones(4, int)), r"environment: expected observations ob of shape \(T, 2\)"),
    (lambda: gives(np.ones((0, 2)), np.ones(0, int)), r"environment: expected observations ob of shape \(T, 2\)"),
    (lambda: gives(np.ones((4, 2)), np.ones(3, int)), "environment: expected a ground truth gt of 4 steps"),
    (lambda: gives(np.ones((4, 2)), np.full(4, 3)), "environment: expected a ground truth gt of actions from 0 to 2"),
    (lambda: gives(np.ones((4, 2)), np.full(4, 0.5)), "environment: expected a ground truth gt of actions from 0 to 2"),
    (lambda: gives(np.ones((4, 2)), None), "environment: expected finite numbers, got None"),
    (lambda: gives(np.full((4, 2), np.nan), np.ones(4, int)), "environment: expected finite numbers"),
    (lambda: gives(np.ones((4, 2)), np.ones((4, 1)), Box), r"environment: expected a ground truth gt of shape \(4, 2\)"),
])  # fmt: skip
def test_what_is_no_such_environment_is_told(call, message, unchecked_shapes):
    with pytest.raises(ValueError, match=message):
        call()
