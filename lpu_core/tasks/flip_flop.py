"""The K-bit flip-flop."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.check import Array, Seed, floats, require


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
        require(self.n_bits >= 1, "n_bits", "at least 1", self.n_bits)
        p = self.pulse_probability
        require(0 < p <= 1, "pulse_probability", "a probability above 0", p)
        require(self.n_steps >= 1, "n_steps", "at least 1", self.n_steps)
        require(self.settle >= 0, "settle", "at least 0", self.settle)

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
        require(n_trials >= 1, "n_trials", "at least 1", n_trials)
        rng = np.random.default_rng(rng)
        shape = (self.n_steps, n_trials, self.n_bits)
        pulses = np.where(rng.random(shape) < self.pulse_probability, rng.choice([-1.0, 1.0], shape), 0.0)
        return pulses, self.targets(pulses)

    @staticmethod
    def targets(pulses: Float[Array, "T B K"]) -> Float[Array, "T B K"]:
        """The sign of each channel's latest pulse, this step's among them; 0 before the first."""
        bits = np.sign(pulses)
        for bit, before in zip(bits[1:], bits, strict=False):
            np.copyto(bit, before, where=bit == 0)  # no pulse: as it was
        return bits

    def counted(self, pulses: Float[Array, "T B K"]) -> Bool[Array, "T B"]:
        """The steps that count: at least `settle` after the latest pulse on any channel, and none before each had one."""
        latest = _latest(pulses)
        return (latest.min(-1) >= 0) & (np.arange(len(pulses))[:, None] - latest.max(-1) >= self.settle)

    def accuracy(self, outputs: Float[Array, "T B K"], pulses: Float[Array, "T B K"]) -> float:
        """The all-bits accuracy: the share of counted steps at which every output has its target's sign.

        Raises ValueError where no step counts, so that there is nothing to be right about.
        """
        floats("pulses", pulses, (None, None, self.n_bits))
        require(outputs.shape == pulses.shape, "outputs", f"shape {pulses.shape}, as the pulses", outputs.shape)
        counted = self.counted(pulses)
        require(counted.any(), "pulses", f"a pulse on every channel and {self.settle} steps after it", "none")
        return float((np.sign(outputs) == self.targets(pulses)).all(-1)[counted].mean())


def _latest(pulses: Array) -> Array:
    """The step of each channel's latest pulse up to each step, −1 before the first."""
    steps = np.arange(len(pulses))[:, None, None]
    return np.maximum.accumulate(np.where(pulses != 0, steps, -1), axis=0)


@dataclass(frozen=True)
class SwitchedFlipFlop(FlipFlop):
    """A flip-flop with several rules: in a trial of rule r the outputs are R_r times the bits, and context input r is 1.

    rules: R_r, signed permutations (K, K), as nested tuples. The K pulses come first among the inputs, then a context input
    for each rule. It adds the same current in every step: trials differ by a modulation of biases alone.
    """

    rules: tuple[tuple[tuple[int, ...], ...], ...] = ()

    def __post_init__(self):
        super().__post_init__()
        require(len(self.rules) >= 1, "rules", "at least one", self.rules)
        for rule in self.rules:
            signed = np.shape(rule) == (self.n_bits,) * 2 and all((np.abs(rule).sum(axis) == 1).all() for axis in (0, 1))
            require(signed, "rules", f"signed permutations of {self.n_bits} bits", rule)

    @property
    def n_inputs(self) -> int:
        """K pulses and a context input for each rule."""
        return self.n_bits + len(self.rules)

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B K"]]:
        """Inputs (T, B, K + R) and targets (T, B, K); each trial's rule is drawn."""
        rng = np.random.default_rng(rng)
        pulses, bits = super().sample(n_trials, rng)
        drawn = rng.integers(len(self.rules), size=n_trials)
        context = np.broadcast_to(np.eye(len(self.rules))[drawn], (self.n_steps, n_trials, len(self.rules)))
        return np.concatenate([pulses, context], axis=-1), np.einsum("bij,tbj->tbi", np.array(self.rules)[drawn], bits)

    def accuracy(self, outputs: Float[Array, "T B K"], inputs: Float[Array, "T B D"]) -> float:
        """The share of counted steps at which every output has the sign that the trial's rule asks for."""
        floats("inputs", inputs, (None, None, self.n_inputs))
        rule = np.array(self.rules, float)[inputs[0, :, self.n_bits :].argmax(axis=-1)]
        return super().accuracy(np.einsum("bij,tbi->tbj", rule, outputs), inputs[..., : self.n_bits])
