"""Sequence sorting."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, floats, require


@dataclass(frozen=True)
class SequenceSorting:
    """Sequence sorting: take in S numbers, one a step, then give them back one a step, the smallest first.

    length: S; a trial has 2S steps. tolerance: how far an output may be off its number to count as right.
    Two inputs: the number, and a cue that is 1 while numbers come; both are 0 while the network answers.
    """

    length: int
    tolerance: float = 0.1

    def __post_init__(self):
        require(self.length >= 1, "length", "at least 1", self.length)
        require(self.tolerance > 0, "tolerance", "above 0", self.tolerance)

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

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "T B 1"]]:
        """Inputs (2S, B, 2) with numbers uniform on [0, 1], and targets (2S, B, 1), for `n_trials` trials."""
        require(n_trials >= 1, "n_trials", "at least 1", n_trials)
        inputs = np.zeros((self.n_steps, n_trials, 2))
        inputs[: self.length, :, 0] = np.random.default_rng(rng).random((self.length, n_trials))
        inputs[: self.length, :, 1] = 1
        return inputs, self.targets(inputs)

    def targets(self, inputs: Float[Array, "T B 2"]) -> Float[Array, "T B 1"]:
        """The numbers in ascending order at the steps of the answer; 0 before, where nothing is asked for."""
        targets = np.zeros((*inputs.shape[:2], 1))
        targets[self.scored, :, 0] = np.sort(inputs[: self.length, :, 0], axis=0)
        return targets

    def accuracy(self, outputs: Float[Array, "T B 1"], inputs: Float[Array, "T B 2"]) -> float:
        """The share of the answers that lie within `tolerance` of their number."""
        floats("inputs", inputs, (self.n_steps, None, 2))
        require(outputs.shape == (*inputs.shape[:2], 1), "outputs", f"shape {(*inputs.shape[:2], 1)}", outputs.shape)
        return float((np.abs(outputs - self.targets(inputs))[self.scored] < self.tolerance).mean())
