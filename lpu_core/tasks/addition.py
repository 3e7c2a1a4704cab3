"""Addition of two pulses, with a delay."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, check_fields, checked, require
from lpu_core.tasks.role import judged


@dataclass(frozen=True)
class Addition:
    """Addition of two pulses: hear two numbers, wait, and give their mean while a cue says so; 0 before.

    wait: steps from the latest possible second number to the cue. answer: steps that the cue lasts. settle: steps of the cue
    before the answer counts. tolerance: how far an answer may be off to count as right.
    Two inputs: the numbers, uniform on [−1, 1], each in one step, the first within steps 1 to 5, the second within 9 to 13;
    and the cue, 1 while the network answers.

    >>> task = Addition()
    >>> inputs, targets = task.sample(n_trials=1, rng=0)
    >>> heard = inputs[inputs[:, 0, 0] != 0, 0, 0]
    >>> len(heard), np.allclose(targets[-1, 0, 0], heard.mean()), task.accuracy(targets, inputs, targets)
    (2, True, 1.0)
    """

    wait: int = 8
    answer: int = 8
    settle: int = 3
    tolerance: float = 0.15

    def __post_init__(self):
        check_fields(self, wait=at_least(0), answer=at_least(1), settle=at_least(0), tolerance=above(0))
        require(self.settle < self.answer, "settle", f"below the answer's {self.answer} steps", self.settle)

    @property
    def cue(self) -> int:
        """The step at which the cue begins."""
        return 14 + self.wait

    @property
    def n_steps(self) -> int:
        """Both numbers, the wait and the answer."""
        return self.cue + self.answer

    @property
    def n_inputs(self) -> int:
        """2: the numbers and the cue."""
        return 2

    @property
    def n_outputs(self) -> int:
        """1."""
        return 1

    @property
    def scored(self) -> slice:
        """The steps of the answer that count: what the output does before them is free."""
        return slice(self.cue + self.settle, None)

    @checked(n_trials=at_least(1))
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "T B 1"]]:
        """Inputs (T, B, 2) and targets (T, B, 1) of `n_trials` trials."""
        rng = np.random.default_rng(rng)
        inputs, trials = np.zeros((self.n_steps, n_trials, 2)), np.arange(n_trials)
        for first in (1, 9):
            inputs[rng.integers(first, first + 5, n_trials), trials, 0] = rng.uniform(-1, 1, n_trials)
        inputs[self.cue :, :, 1] = 1
        return inputs, self.targets(inputs)

    @checked()
    def targets(self, inputs: Float[Array, "T B 2"]) -> Float[Array, "T B 1"]:
        """Half the sum of the numbers while the cue lasts, 0 before. inputs: (T, B, 2)."""
        require(inputs.shape[0] == self.n_steps, "inputs", f"shape ({self.n_steps}, B, 2)", inputs.shape)
        require(inputs.shape[2] == 2, "inputs", f"shape ({self.n_steps}, B, 2)", inputs.shape)
        targets = np.zeros((*inputs.shape[:2], 1))
        targets[self.cue :, :, 0] = inputs[..., 0].sum(0) / 2
        return targets

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B 2"], targets: Float[Array, "T B 1"]) -> float:
        """The share of the answers, from `settle` steps after the cue on, within `tolerance` of their target.

        outputs: (T, B, 1), of which NaN, that of a network that diverged, is wrong. inputs: (T, B, 2). targets: (T, B, 1).
        """
        outputs = judged(self, outputs, inputs, targets)
        return float((np.abs(outputs[self.scored] - targets[self.scored]) <= self.tolerance).mean())
