"""Three memories over a delay: of a number, of an item, both as in Dubreuil et al. (2022), and of an angle."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, between, check_fields, checked, require, shown
from lpu_core.tasks.epochs import DURATION, DelayTask
from lpu_core.tasks.role import columns, judged

LOWEST, HIGHEST = 10, 34
"""The range of the frequencies of :class:`ParametricMemory`, Hz."""


@dataclass(frozen=True)
class ParametricMemory(DelayTask):
    """Parametric working memory (Romo): two frequencies, a delay apart; by how much was the first one higher?

    Fixation 100 ms or more, stimulus 100, delay, stimulus 100, decision 100. A condition is f₁, f₂ in Hz, from 10 to 34, and
    the delay in ms. The input is (f − 22)/24 while a stimulus lasts, the target (f₁ − f₂)/24; only its sign is judged.
    Differences are ±8, ±16 or ±24 Hz. shortest, longest: of the delays, ms; published were 500 to 2000. noise: s.d. in a
    step.

    >>> task = ParametricMemory(noise=0.0)
    >>> inputs, targets = task.trials([[34.0, 10.0, 500.0]], rng=0)
    >>> inputs[inputs != 0], targets[-1]
    (array([ 0.5,  0.5,  0.5,  0.5,  0.5, -0.5, -0.5, -0.5, -0.5, -0.5]), array([[1.]]))
    """

    noise: float = 0.01

    n_inputs = n_outputs = 1
    condition_names = ("first", "second", "delay")
    after = 5

    @checked(n_trials=at_least(1))
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B 3"]:
        """f₁, f₂ and the delay, (B, 3), of `n_trials` trials drawn from `rng`."""
        rng = np.random.default_rng(rng)
        difference = rng.choice([-24, -16, -8, 8, 16, 24], n_trials)
        lower = rng.integers(LOWEST, HIGHEST - np.abs(difference), endpoint=True)
        second = lower + np.maximum(-difference, 0)
        return np.stack([second + difference, second, self.delays(n_trials, rng)], axis=1)

    @checked()
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B 1"], Float[Array, "T B 1"]]:
        """Inputs (T, B, 1) and targets (T, B, 1) at the `conditions` (B, 3); `rng` draws the noise."""
        *pair, delays = columns(self, conditions)
        frequencies = np.array(pair)
        heard = (frequencies >= LOWEST) & (frequencies <= HIGHEST)
        require(heard.all(), "conditions", f"frequencies from {LOWEST} to {HIGHEST} Hz", shown(frequencies))
        inputs = self.noise * np.random.default_rng(rng).standard_normal((self.n_steps, len(delays), 1))
        first, second = (frequencies - (LOWEST + HIGHEST) / 2) / (HIGHEST - LOWEST)
        inputs[..., 0] += first * self.first(delays) + second * self.second()
        targets = np.zeros(inputs.shape)
        targets[self.scored, :, 0] = first - second
        return inputs, targets


@dataclass(frozen=True)
class MatchToSample(DelayTask):
    """Delayed match to sample: two items, A or B each, a delay apart; are they the same (1) or not (−1)?

    Fixation 100 ms or more, stimulus 500, delay, stimulus 500, decision 1000. Two inputs, one an item, 1 while it is there.
    A condition is the first item, the second (0 for A, 1 for B), and the delay in ms. shortest, longest: of the delays, ms;
    published were 500 to 3000. noise: s.d. in a step.

    >>> _, targets = MatchToSample().trials([[0, 0, 500.0], [0, 1, 900.0]], rng=0)
    >>> targets[-1, :, 0]
    array([ 1., -1.])
    """

    noise: float = 0.03

    n_inputs, n_outputs = 2, 1
    condition_names = ("first", "second", "delay")
    shown_for, after, answer = 25, 25, 50

    @checked(n_trials=at_least(1))
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B 3"]:
        """Both items and the delay, (B, 3), of `n_trials` trials drawn from `rng`."""
        rng = np.random.default_rng(rng)
        return np.column_stack([rng.integers(2, size=(n_trials, 2)), self.delays(n_trials, rng)])

    @checked()
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "T B 1"]]:
        """Inputs (T, B, 2) and targets (T, B, 1) at the `conditions` (B, 3); `rng` draws the noise."""
        *items, delays = columns(self, conditions)
        require(np.isin(items, (0, 1)).all(), "conditions", "items of 0 or 1", shown(np.array(items)))
        inputs = self.noise * np.random.default_rng(rng).standard_normal((self.n_steps, len(delays), 2))
        first, second = np.eye(2)[np.array(items, int)]
        inputs += self.first(delays)[..., None] * first + self.second()[..., None] * second
        targets = np.zeros((self.n_steps, len(delays), 1))
        targets[self.scored, :, 0] = np.where(items[0] == items[1], 1, -1)
        return inputs, targets


@dataclass(frozen=True)
class RingMemory(DelayTask):
    """Memory of an angle: it is shown as (cos, sin), held over a delay, and given back as (cos, sin) while a cue is on.

    Fixation 100 ms or more, stimulus 500, delay, answer 500. Three inputs: cos, sin and the cue. A condition is the angle in
    rad and the delay in ms. shortest, longest: of the delays, ms. noise: s.d. in a step of the first two inputs. tolerance:
    by how much an answer may be off, rad; its share of π is what chance gets.

    >>> task = RingMemory(tolerance=0.2)
    >>> inputs, targets = task.trials([[0.0, 500.0]], rng=0)
    >>> turned = np.array([[np.cos(0.19), np.sin(0.19)]])
    >>> task.accuracy(targets, inputs, targets), task.accuracy(np.tile(turned, (task.n_steps, 1, 1)), inputs, targets)
    (1.0, 1.0)
    """

    noise: float = 0.03
    tolerance: float = 0.3

    n_inputs, n_outputs = 3, 2
    condition_names = ("angle", "delay")
    shown_for, answer = 25, 25

    def __post_init__(self):
        super().__post_init__()
        check_fields(self, shortest=DURATION, longest=DURATION, noise=at_least(0), tolerance=between(0, np.pi, "()"))

    @checked(n_trials=at_least(1))
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B 2"]:
        """The angle, uniform on the circle, and the delay, (B, 2), of `n_trials` trials drawn from `rng`."""
        rng = np.random.default_rng(rng)
        return np.stack([rng.uniform(-np.pi, np.pi, n_trials), self.delays(n_trials, rng)], axis=1)

    @checked()
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B 3"], Float[Array, "T B 2"]]:
        """Inputs (T, B, 3) and targets (T, B, 2) at the `conditions` (B, 2); `rng` draws the noise."""
        angle, delays = columns(self, conditions)
        place = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        inputs, targets = np.zeros((self.n_steps, len(angle), 3)), np.zeros((self.n_steps, len(angle), 2))
        inputs[..., :2] = self.noise * np.random.default_rng(rng).standard_normal(targets.shape)
        inputs[..., :2] += self.first(delays)[..., None] * place
        inputs[self.scored, :, 2] = 1
        targets[self.scored] = place
        return inputs, targets

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B D"], targets: Float[Array, "T B P"]) -> float:
        """The share of trials whose mean output in the answer points where its target does, to within `tolerance`.

        outputs: (T, B, 2), of which NaN, that of a network that diverged, is wrong; so is (0, 0), which points nowhere.
        inputs: (T, B, 3). targets: (T, B, 2).
        """
        outputs = judged(self, outputs, inputs, targets)
        answer, wanted = (_pointing(values[self.scored].mean(axis=0)) for values in (outputs, targets))
        off = 2 * np.arcsin(np.minimum(np.linalg.norm(answer - wanted, axis=1) / 2, 1))
        return float((off <= self.tolerance).mean())


def _pointing(vectors: Array) -> Array:
    """`vectors` (B, 2) at length 1; NaN for those that point nowhere."""
    length = np.hypot(*vectors.T)[:, None]
    with np.errstate(invalid="ignore"):
        return np.divide(vectors, length, out=np.full(vectors.shape, np.nan), where=length > 0)
