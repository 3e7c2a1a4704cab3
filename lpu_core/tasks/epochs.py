"""The parts of a trial in steps of 20 ms, and stimuli a delay apart."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lpu_core.check import Array, at_least, between, check_fields, require, shown
from lpu_core.tasks.role import ConditionTask

STEP = 20.0
"""Δt of the classic tasks, ms."""
DURATION = between(STEP, 60_000)
"""What a part of a trial may last, ms."""


def in_steps(name: str, times: Any, low: float, high: float) -> Any:
    """Times from `low` to `high` ms, one or an array, as whole numbers of steps; `name` is for the ValueError."""
    text = f"multiples of {STEP:g} ms from {low:g} to {high:g} ms"
    times = np.asarray(times)
    require(((times >= low) & (times <= high) & (times % STEP == 0)).all(), name, text, shown(times))
    return (times / STEP).astype(int)


def signs(rng: np.random.Generator, n_trials: int) -> Array:
    """±1 with equal chances, (B,)."""
    return rng.choice([-1.0, 1.0], n_trials)


@dataclass(frozen=True)
class DelayTask(ConditionTask):
    """A fixation of 100 ms or more, a stimulus, a delay, what comes after the delay, and the answer.

    All trials end together: where the delay is shorter, the fixation is longer. A subclass says what lasts how many steps.
    """

    shortest: float = 500.0
    longest: float = 1000.0
    noise: float = 0.0

    fixation, shown_for, after, answer = 5, 5, 0, 5

    def __post_init__(self):
        check_fields(self, shortest=DURATION, longest=DURATION, noise=at_least(0))
        self._range()

    def _range(self) -> tuple[int, int]:
        """The shortest and the longest delay, in steps."""
        low, high = (int(in_steps(n, getattr(self, n), STEP, DURATION.high)) for n in ("shortest", "longest"))
        require(low <= high, "longest", f"at least shortest = {self.shortest:g} ms", self.longest)
        return low, high

    @property
    def n_steps(self) -> int:
        """T, with the longest delay."""
        return self.fixation + self.shown_for + self._range()[1] + self.after + self.answer

    @property
    def scored(self) -> slice:
        """The steps of the answer."""
        return slice(self.n_steps - self.answer, None)

    def delays(self, n_trials: int, rng: np.random.Generator) -> Array:
        """Delays (B,), ms, of `n_trials`: each multiple of 20 ms from the shortest to the longest is equally likely."""
        low, high = self._range()
        return STEP * rng.integers(low, high, n_trials, endpoint=True)

    def first(self, delays: Array) -> Array:
        """Whether a step is one of the first stimulus, (T, B), before `delays` (B,) in ms."""
        begin = self.n_steps - self.answer - self.after - self.shown_for
        begin = begin - in_steps("conditions", delays, STEP, self.longest)
        steps = np.arange(self.n_steps)[:, None]
        return (steps >= begin) & (steps < begin + self.shown_for)

    def second(self) -> Array:
        """Whether a step is one of what comes after the delay, (T, 1)."""
        before = np.arange(self.n_steps)[:, None] - (self.n_steps - self.answer)
        return (before >= -self.after) & (before < 0)
