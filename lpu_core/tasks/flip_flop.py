"""The K-bit flip-flop."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.check import Array, Seed, at_least, between, cast, check_fields, checked, require, shown
from lpu_core.tasks.role import outputs_like


@dataclass(frozen=True)
class FlipFlop:
    """The K-bit flip-flop: remember, on each of K channels, the sign of the latest pulse.

    n_bits: K. pulse_probability: the chance of a pulse on a channel in a step. n_steps: T, steps a trial.
    settle: steps that a network is given after a pulse before its outputs count; 2, which is τ/Δt at the book's
    τ = 10 ms and Δt = 5 ms.

    >>> task = FlipFlop(1, settle=1)
    >>> pulses = np.array([0, 1, 0, 0, -1, 0])[:, None, None]  # (T, B, K)
    >>> task.targets(pulses).ravel()
    array([ 0.,  1.,  1.,  1., -1., -1.])
    >>> task.counted(pulses).ravel()
    array([False, False,  True,  True, False,  True])
    """

    n_bits: int
    pulse_probability: float = 0.05
    n_steps: int = 100
    settle: int = 2

    def __post_init__(self):
        check_fields(
            self, n_bits=at_least(1), pulse_probability=between(0, 1, "(]"), n_steps=at_least(1), settle=at_least(0)
        )

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

    @checked(n_trials=at_least(1))
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B K"], Float[Array, "T B K"]]:
        """Pulses u of ±1 or 0 and their targets, (T, B, K) each, for `n_trials` trials drawn from `rng`."""
        rng = np.random.default_rng(rng)
        shape = (self.n_steps, n_trials, self.n_bits)
        pulses = np.where(rng.random(shape) < self.pulse_probability, rng.choice([-1.0, 1.0], shape), 0.0)
        return pulses, self.targets(pulses)

    @staticmethod
    @checked()
    def targets(pulses: Float[Array, "T B K"]) -> Float[Array, "T B K"]:
        """The sign of each channel's latest pulse, this step's among them; 0 before the first. pulses: (T, B, K)."""
        bits = np.sign(pulses)
        for bit, before in zip(bits[1:], bits, strict=False):
            np.copyto(bit, before, where=bit == 0)  # no pulse: as it was
        return bits

    @checked()
    def counted(self, pulses: Float[Array, "T B K"]) -> Bool[Array, "T B"]:
        """The steps that count: at least `settle` after the latest pulse on any channel, and none before each had one.

        pulses: (T, B, K).
        """
        require(pulses.shape[-1] == self.n_bits, "pulses", f"shape (T, B, {self.n_bits})", pulses.shape)
        latest = _latest(pulses)
        return (latest.min(-1) >= 0) & (np.arange(len(pulses))[:, None] - latest.max(-1) >= self.settle)

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B K"], targets: Float[Array, "T B K"]) -> float:
        """The all-bits accuracy: the share of counted steps at which every output has its target's sign.

        outputs: (T, B, K), of which NaN, that of a network that diverged, is wrong. inputs, targets: (T, B, K). Raises
        ValueError where no step counts, so that there is nothing to be right about.

        >>> task = FlipFlop(2)
        >>> pulses, targets = task.sample(n_trials=10, rng=0)
        >>> task.accuracy(0.1 * targets, pulses, targets), task.accuracy(-targets, pulses, targets)
        (1.0, 0.0)
        """
        require(inputs.shape[2] == self.n_bits, "inputs", f"shape (T, B, {self.n_bits})", inputs.shape)
        outputs, counted = outputs_like(outputs, targets), self.counted(inputs)
        require(counted.any(), "inputs", f"a pulse on every channel and {self.settle} steps after it", "none")
        return float((np.sign(outputs) == np.sign(targets)).all(-1)[counted].mean())


def _latest(pulses: Array) -> Array:
    """The step of each channel's latest pulse up to each step, −1 before the first."""
    steps = np.arange(len(pulses))[:, None, None]
    return np.maximum.accumulate(np.where(pulses != 0, steps, -1), axis=0)


@dataclass(frozen=True)
class SwitchedFlipFlop(FlipFlop):
    """A flip-flop with several rules: in a trial of rule r the outputs are R_r times the bits, and context input r is 1.

    rules: R_r, signed permutations (K, K), as nested tuples. The K pulses come first among the inputs, then a context input
    for each rule. It adds the same current in every step: trials differ by a modulation of biases alone.

    >>> keep, swap = ((1, 0), (0, 1)), ((0, 1), (1, 0))
    >>> inputs, targets = SwitchedFlipFlop(2, rules=(keep, swap)).sample(n_trials=10, rng=0)
    >>> inputs.shape, targets.shape  # two pulses, and a context input for each of two rules
    ((100, 10, 4), (100, 10, 2))
    """

    rules: tuple[tuple[tuple[int, ...], ...], ...] = ()

    def __post_init__(self):
        super().__post_init__()
        text = f"at least one signed permutation of {self.n_bits} bits"
        require(isinstance(self.rules, tuple) and len(self.rules) >= 1, "rules", text, shown(self.rules))
        for rule in self.rules:
            size = np.abs(cast("rules", rule, np.float64))
            signed = size.shape == (self.n_bits,) * 2 and np.isin(size, (0, 1)).all()
            signed = signed and (size.sum(axis=0) == 1).all() and (size.sum(axis=1) == 1).all()
            require(signed, "rules", text, shown(rule))

    @property
    def n_inputs(self) -> int:
        """K pulses and a context input for each rule."""
        return self.n_bits + len(self.rules)

    @checked(n_trials=at_least(1))
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B K"]]:
        """Inputs (T, B, K + R) and targets (T, B, K) of `n_trials` trials; each trial's rule is drawn."""
        rng = np.random.default_rng(rng)
        pulses, bits = super().sample(n_trials, rng)
        drawn = rng.integers(len(self.rules), size=n_trials)
        context = np.broadcast_to(np.eye(len(self.rules))[drawn], (self.n_steps, n_trials, len(self.rules)))
        return np.concatenate([pulses, context], axis=-1), np.einsum("bij,tbj->tbi", np.array(self.rules)[drawn], bits)

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B D"], targets: Float[Array, "T B K"]) -> float:
        """The share of counted steps at which every output has its target's sign, which the trial's rule asks for.

        outputs: (T, B, K), of which NaN is wrong. inputs: (T, B, K + R). targets: (T, B, K).
        """
        require(inputs.shape[2] == self.n_inputs, "inputs", f"shape (T, B, {self.n_inputs})", inputs.shape)
        require(targets.shape[2] == self.n_bits, "targets", f"shape (T, B, {self.n_bits})", targets.shape)
        return super().accuracy(outputs, inputs[..., : self.n_bits], targets)
