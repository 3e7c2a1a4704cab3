"""An interval, measured and produced."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, between, cast, check_fields, checked, require, shown
from lpu_core.tasks.epochs import DURATION, STEP, in_steps
from lpu_core.tasks.role import ConditionTask, columns, judged

FIXATION, PULSE, CEILING = 5, 5, 1.25
"""Steps before the longest interval and of a pulse; where the ramp ends."""


@dataclass(frozen=True)
class ReadySetGo(ConditionTask):
    """Ready, set, go: two pulses are t_s apart; let the output rise so that it passes 1 another t_s later.

    Two inputs, Ready and Set: pulses of 1 for 100 ms. All Sets come at the same step, each Ready t_s before, at least 100 ms
    into the trial. The target is a ramp (t − Set)/t_s up to 1.25, 0 before. A condition is t_s in ms. intervals: those
    that are drawn, multiples of 20 ms. noise: s.d. of the inputs in a step. tolerance: by what share of t_s the produced
    interval may be off.

    >>> task = ReadySetGo()
    >>> inputs, targets = task.trials([[480.0], [800.0]], rng=0)
    >>> task.production(targets).round(6), task.accuracy(1.05 * targets, inputs, targets)
    (array([480., 800.]), 1.0)
    """

    intervals: tuple[float, ...] = (480.0, 560.0, 640.0, 720.0, 800.0)
    noise: float = 0.01
    tolerance: float = 0.1

    n_inputs, n_outputs = 2, 1
    condition_names = ("interval",)

    def __post_init__(self):
        check_fields(self, intervals=DURATION, noise=at_least(0), tolerance=between(0, CEILING - 1, "(]"))
        require(self.intervals, "intervals", "at least one", shown(self.intervals))
        in_steps("intervals", self.intervals, STEP * PULSE, DURATION.high)

    @property
    def ready_to_set(self) -> int:
        """The step at which Set comes."""
        return FIXATION + round(max(self.intervals) / STEP)

    @property
    def n_steps(self) -> int:
        """T: to the end of the ramp for the longest interval."""
        return self.ready_to_set + int(np.ceil(CEILING * max(self.intervals) / STEP)) + 1

    @property
    def scored(self) -> slice:
        """From Set on."""
        return slice(self.ready_to_set, None)

    @checked(n_trials=at_least(1))
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B 1"]:
        """Intervals (B, 1), ms, of `n_trials` trials drawn from `rng`."""
        return np.random.default_rng(rng).choice(self.intervals, (n_trials, 1))

    @checked()
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "T B 1"]]:
        """Inputs (T, B, 2) and targets (T, B, 1) at intervals in ms, the `conditions` (B, 1); `rng` draws the noise."""
        (interval,) = columns(self, conditions)
        length = in_steps("conditions", interval, STEP * PULSE, max(self.intervals))
        since = np.arange(self.n_steps)[:, None] - self.ready_to_set
        inputs = self.noise * np.random.default_rng(rng).standard_normal((self.n_steps, len(length), 2))
        for channel, begin in enumerate((-length, np.zeros_like(length))):
            inputs[..., channel] += (since >= begin) & (since < begin + PULSE)
        return inputs, np.clip(since / length, 0, CEILING)[..., None]

    @checked()
    def production(self, outputs: Any) -> Float[Array, " B"]:
        """The produced intervals (B,), ms: from Set to where an output first reaches 1, between steps by a straight line.

        outputs: (T, B, 1). NaN where an output does not get there, or is NaN right before.
        """
        found = cast("outputs", outputs, np.float64)
        right = found.ndim == 3 and found.shape[::2] == (self.n_steps, 1)
        require(right, "outputs", f"shape ({self.n_steps}, B, 1)", found.shape)
        risen = found[self.scored, :, 0]
        last = (risen >= 1).argmax(axis=0)
        trials = np.arange(risen.shape[1])
        low, high = risen[np.maximum(last - 1, 0), trials], risen[last, trials]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            between_steps = last - (high - 1) / (high - low)
        times = np.where(last == 0, 0.0, between_steps)
        return STEP * np.where(high >= 1, times, np.nan)

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B D"], targets: Float[Array, "T B P"]) -> float:
        """The share of trials whose produced interval is that of the target, to within `tolerance` times it.

        outputs: (T, B, 1), of which NaN, that of a network that diverged, is wrong. inputs: (T, B, 2). targets: (T, B, 1).
        """
        produced, wanted = self.production(judged(self, outputs, inputs, targets)), self.production(targets)
        require(np.isfinite(wanted).all(), "targets", "ramps that reach 1", "one that does not")
        return float((np.abs(produced - wanted) <= self.tolerance * wanted * (1 + 1e-12)).mean())
