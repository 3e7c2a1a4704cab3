"""What a task is, and what a task of one's own is made from."""

from abc import ABC, abstractmethod
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, cast, checked, require


@runtime_checkable
class Task(Protocol):
    """A task that networks are trained on: how long its trials are, what goes in, what should come out, and how to judge it.

    n_steps: T, of a trial. n_inputs, n_outputs: D and P. scored: the steps whose outputs the training loss compares with the
    targets.
    """

    @property
    def n_steps(self) -> int:
        """T."""

    @property
    def n_inputs(self) -> int:
        """D."""

    @property
    def n_outputs(self) -> int:
        """P."""

    @property
    def scored(self) -> slice:
        """The steps that count in training."""

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"]]:
        """Inputs (T, B, D) and targets (T, B, P) of `n_trials` trials drawn from `rng`."""

    def accuracy(self, outputs: Any, inputs: Float[Array, "T B D"], targets: Float[Array, "T B P"]) -> float:
        """The share of what counts that is right in the `outputs`, (T, B, P), to the `inputs`, by the `targets`."""


class TrialTask(ABC):
    """A task whose trials end in a choice: the sign of each output. A task of one's own needs no more than this.

    A subclass gives `n_steps`, `n_inputs`, `n_outputs` and `sample`, and `scored` where not all steps count.

    >>> class Louder(TrialTask):
    ...     '''Two noisy sounds at once; in the last five steps, is the first one louder (1) or the second (−1)?'''
    ...
    ...     n_steps, n_inputs, n_outputs = 20, 2, 1
    ...     scored = slice(-5, None)
    ...
    ...     def sample(self, n_trials, rng):
    ...         rng = np.random.default_rng(rng)
    ...         loudness = rng.uniform(0, 1, (n_trials, 2))
    ...         inputs = loudness + 0.1 * rng.standard_normal((self.n_steps, n_trials, 2))
    ...         targets = np.zeros((self.n_steps, n_trials, 1))
    ...         targets[self.scored, :, 0] = np.sign(loudness[:, 0] - loudness[:, 1])
    ...         return inputs, targets
    >>> inputs, targets = Louder().sample(n_trials=1000, rng=0)
    >>> outputs = np.cumsum(inputs[..., :1] - inputs[..., 1:], axis=0)  # adds up the difference
    >>> 0.95 < Louder().accuracy(outputs, inputs, targets) < 1
    True
    """

    @property
    @abstractmethod
    def n_steps(self) -> int:
        """T."""

    @property
    @abstractmethod
    def n_inputs(self) -> int:
        """D."""

    @property
    @abstractmethod
    def n_outputs(self) -> int:
        """P."""

    @property
    def scored(self) -> slice:
        """The steps that count, in training and in the accuracy: all, unless a subclass says otherwise."""
        return slice(None)

    @abstractmethod
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"]]:
        """Inputs (T, B, D) and targets (T, B, P) of `n_trials` trials drawn from `rng`."""

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B D"], targets: Float[Array, "T B P"]) -> float:
        """The share of trials whose every output, averaged over the scored steps, has the sign of its target's average.

        outputs: (T, B, P), of which NaN, that of a network that diverged, is wrong. inputs: (T, B, D). targets: (T, B, P).
        """
        outputs = judged(self, outputs, inputs, targets)
        answers, wanted = (np.sign(values[self.scored].mean(axis=0)) for values in (outputs, targets))
        return float((answers == wanted).all(axis=-1).mean())


class ConditionTask(TrialTask):
    """A task whose trials follow from conditions, such as the strength of a stimulus: it can be asked for each of them.

    A subclass gives `condition_names`, `conditions` and `trials` in place of `sample`.
    :func:`~lpu_core.tasks.choices` tells what a network chooses under each condition.
    """

    @property
    @abstractmethod
    def condition_names(self) -> tuple[str, ...]:
        """What each of the C numbers of a condition says."""

    @abstractmethod
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B C"]:
        """The conditions (B, C) of `n_trials` trials drawn from `rng`."""

    @abstractmethod
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"]]:
        """Inputs (T, B, D) and targets (T, B, P), a trial for each of the `conditions` (B, C); `rng` draws the rest."""

    @checked(n_trials=at_least(1))
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"]]:
        """Inputs (T, B, D) and targets (T, B, P) of `n_trials` trials whose conditions are drawn from `rng`, too."""
        rng = np.random.default_rng(rng)
        return self.trials(self.conditions(n_trials, rng), rng)


def columns(task: ConditionTask, conditions: Array) -> Array:
    """The C columns (C, B) of `conditions` (B, C), which must be those of the `task`."""
    names = task.condition_names
    text = f"a row each trial, with a column for {' and for '.join(names)}"
    require(conditions.shape[1:] == (len(names),), "conditions", text, f"shape {conditions.shape}")
    return conditions.T


def outputs_like(outputs: Any, targets: Array) -> Array:
    """`outputs` as an array of the `targets`' shape, of at least one trial; NaN, of one that diverged, may be there."""
    found = cast("outputs", outputs, np.float64)
    require(found.shape == targets.shape, "outputs", f"shape {targets.shape}, as the targets", found.shape)
    require(found.size, "targets", "at least one trial", targets.shape)
    return found


def drawn(task: Task | TrialTask, n_trials: int, rng: Seed) -> tuple[Array, Array]:
    """What the `task` samples, once it has the shapes that it should: one's own may have swapped steps and trials."""
    inputs, targets = task.sample(n_trials, rng)
    for name, values, size in (("inputs", inputs, task.n_inputs), ("targets", targets, task.n_outputs)):
        right = (task.n_steps, n_trials, size)
        text = f"shape {right}, of steps, trials and {'inputs' if name == 'inputs' else 'outputs'}"
        given = f"the {name} that {type(task).__name__}.sample gives"
        require(np.shape(values) == right, given, text, np.shape(values))
        require(np.isfinite(values).all(), given, "finite numbers", "NaN or infinity")
    return inputs, targets


def judged(task: Task | TrialTask, outputs: Any, inputs: Array, targets: Array) -> Array:
    """:func:`outputs_like`, once `inputs` and `targets` have the `task`'s shapes."""
    for name, values, size in (("inputs", inputs, task.n_inputs), ("targets", targets, task.n_outputs)):
        right = (len(values), values.shape[2]) == (task.n_steps, size)
        require(right, name, f"shape ({task.n_steps}, B, {size})", values.shape)
    return outputs_like(outputs, targets)
