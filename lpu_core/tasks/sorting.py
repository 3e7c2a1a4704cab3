"""Sequence sorting."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, check_fields, checked, require
from lpu_core.tasks.role import judged


@dataclass(frozen=True)
class SequenceSorting:
    """Sequence sorting: take in S numbers, one a step, then give them back one a step, the smallest first.

    length: S; a trial has 2S steps. tolerance: how far an output may be off its number to count as right.
    Two inputs: the number, and a cue that is 1 while numbers come; both are 0 while the network answers.

    >>> task = SequenceSorting(length=2)
    >>> inputs, targets = task.sample(n_trials=1, rng=0)
    >>> inputs[:, 0, 0].round(2), targets[:, 0, 0].round(2)
    (array([0.64, 0.27, 0.  , 0.  ]), array([0.  , 0.  , 0.27, 0.64]))
    >>> task.accuracy(targets, inputs, targets)
    1.0
    """

    length: int
    tolerance: float = 0.1

    def __post_init__(self):
        check_fields(self, length=at_least(1), tolerance=above(0))

    @property
    def n_steps(self) -> int:
        """2S."""
        return 2 * self.length

    @property
    def n_inputs(self) -> int:
        """2: the number and the cue."""
        return 2

    @property
    def n_outputs(self) -> int:
        """1."""
        return 1

    @property
    def scored(self) -> slice:
        """The S steps of the answer: what the output does while numbers come is free."""
        return slice(self.length, None)

    @checked(n_trials=at_least(1))
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "T B 1"]]:
        """Inputs (2S, B, 2) with numbers uniform on [0, 1], and targets (2S, B, 1), for `n_trials` trials."""
        inputs = np.zeros((self.n_steps, n_trials, 2))
        inputs[: self.length, :, 0] = np.random.default_rng(rng).random((self.length, n_trials))
        inputs[: self.length, :, 1] = 1
        return inputs, self.targets(inputs)

    @checked()
    def targets(self, inputs: Float[Array, "T B 2"]) -> Float[Array, "T B 1"]:
        """The numbers in ascending order at the steps of the answer; 0 before, where nothing is asked for.

        inputs: (2S, B, 2).
        """
        require(len(inputs) == self.n_steps, "inputs", f"shape ({self.n_steps}, B, 2)", inputs.shape)
        targets = np.zeros((*inputs.shape[:2], 1))
        targets[self.scored, :, 0] = np.sort(inputs[: self.length, :, 0], axis=0)
        return targets

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B 2"], targets: Float[Array, "T B 1"]) -> float:
        """The share of the answers that lie within `tolerance` of their number.

        outputs: (2S, B, 1), of which NaN, that of a network that diverged, is wrong. inputs: (2S, B, 2). targets:
        (2S, B, 1).
        """
        outputs = judged(self, outputs, inputs, targets)
        return float((np.abs(outputs - targets)[self.scored] < self.tolerance).mean())
