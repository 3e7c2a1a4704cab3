"""The tasks: the K-bit flip-flop and sequence sorting.

A task says how many inputs and outputs it has, which steps are `scored` in training, and how to judge outputs.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.networks import Array, Seed, _as_floats, _require


@dataclass(frozen=True)
class FlipFlop:
    """The K-bit flip-flop: remember, on each of K channels, the sign of the latest pulse.

    n_bits: K. pulse_probability: the chance of a pulse on a channel in a step. n_steps: T, steps a trial.
    settle: steps that a network is given after a pulse before its outputs count; 2, which is τ/Δt at the book's
    τ = 10 ms and Δt = 5 ms.
    """

    n_bits: int
    pulse_probability: float = 0.05
    n_steps: int = 100
    settle: int = 2

    def __post_init__(self):
        _require(self.n_bits >= 1, "n_bits", "at least 1", self.n_bits)
        p = self.pulse_probability
        _require(0 < p <= 1, "pulse_probability", "a probability above 0", p)
        _require(self.n_steps >= 1, "n_steps", "at least 1", self.n_steps)
        _require(self.settle >= 0, "settle", "at least 0", self.settle)

    @property
    def n_inputs(self) -> int:
        """K, one channel a bit."""
        return self.n_bits

    @property
    def n_outputs(self) -> int:
        """K, one a bit."""
        return self.n_bits

    @property
    def scored(self) -> slice:
        """The steps whose outputs the training loss compares with the targets: all."""
        return slice(None)

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B K"], Float[Array, "T B K"]]:
        """Pulses u of ±1 or 0 and their targets, (T, B, K) each, for `n_trials` trials drawn from `rng`."""
        _require(n_trials >= 1, "n_trials", "at least 1", n_trials)
        rng = np.random.default_rng(rng)
        shape = (self.n_steps, n_trials, self.n_bits)
        pulses = np.where(rng.random(shape) < self.pulse_probability, rng.choice([-1.0, 1.0], shape), 0.0)
        return pulses, self.targets(pulses)

    @staticmethod
    def targets(pulses: Float[Array, "T B K"]) -> Float[Array, "T B K"]:
        """The sign of each channel's latest pulse, this step's among them; 0 before the first."""
        latest = _latest(pulses)
        return np.where(latest >= 0, np.take_along_axis(np.sign(pulses), np.maximum(latest, 0), axis=0), 0.0)

    def counted(self, pulses: Float[Array, "T B K"]) -> Bool[Array, "T B"]:
        """The steps that count: at least `settle` after the latest pulse on any channel, and none before each had one."""
        latest = _latest(pulses)
        return (latest.min(-1) >= 0) & (np.arange(len(pulses))[:, None] - latest.max(-1) >= self.settle)

    def accuracy(self, outputs: Float[Array, "T B K"], pulses: Float[Array, "T B K"]) -> float:
        """The all-bits accuracy: the share of counted steps at which every output has its target's sign.

        Raises ValueError where no step counts, so that there is nothing to be right about.
        """
        _as_floats("pulses", pulses, (None, None, self.n_bits))
        _require(outputs.shape == pulses.shape, "outputs", f"shape {pulses.shape}, as the pulses", outputs.shape)
        counted = self.counted(pulses)
        _require(counted.any(), "pulses", f"a pulse on every channel and {self.settle} steps after it", "none")
        return float((np.sign(outputs) == self.targets(pulses)).all(-1)[counted].mean())


@dataclass(frozen=True)
class SequenceSorting:
    """Sequence sorting: take in S numbers, one a step, then give them back one a step, the smallest first.

    length: S; a trial has 2S steps. tolerance: how far an output may be off its number to count as right.
    Two inputs: the number, and a cue that is 1 while numbers come; both are 0 while the network answers.
    """

    length: int
    tolerance: float = 0.1

    def __post_init__(self):
        _require(self.length >= 1, "length", "at least 1", self.length)
        _require(self.tolerance > 0, "tolerance", "above 0", self.tolerance)

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
        _require(n_trials >= 1, "n_trials", "at least 1", n_trials)
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
        _as_floats("inputs", inputs, (self.n_steps, None, 2))
        _require(outputs.shape == (*inputs.shape[:2], 1), "outputs", f"shape {(*inputs.shape[:2], 1)}", outputs.shape)
        return float((np.abs(outputs - self.targets(inputs))[self.scored] < self.tolerance).mean())


Task = FlipFlop | SequenceSorting


def _latest(pulses: Array) -> Array:
    """The step of each channel's latest pulse up to each step, −1 before the first."""
    steps = np.arange(len(pulses))[:, None, None]
    return np.maximum.accumulate(np.where(pulses != 0, steps, -1), axis=0)
