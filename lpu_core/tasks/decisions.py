"""Three decisions, with the settings of Dubreuil et al. (2022): by one sense, by two, and by what the context says."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, check_fields, checked, require, shown
from lpu_core.tasks.epochs import signs
from lpu_core.tasks.role import ConditionTask, columns


@dataclass(frozen=True)
class _Decision(ConditionTask):
    """What the three share: coherences, their scale and noise; and the steps of a trial's parts."""

    coherences: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)
    scale: float = 1.0
    noise: float = 0.1

    n_outputs = 1
    before, stimulus, delay, answer = 5, 40, 15, 15

    def __post_init__(self):
        check_fields(self, coherences=above(0), scale=above(0), noise=at_least(0))
        require(self.coherences, "coherences", "at least one", shown(self.coherences))

    @property
    def n_steps(self) -> int:
        """T, in steps of 20 ms."""
        return self.before + self.stimulus + self.delay + self.answer

    @property
    def scored(self) -> slice:
        """The steps of the decision."""
        return slice(self.n_steps - self.answer, None)

    def _sizes(self, n_trials: int, rng: np.random.Generator) -> Array:
        return rng.choice(self.coherences, n_trials)

    def _evidence(self, strengths: Array, rng: np.random.Generator) -> Array:
        """Noise (T, B, D) in every step, and in those of the stimulus the `strengths` (D, B), scaled."""
        inputs = self.noise * rng.standard_normal((self.n_steps, *strengths.T.shape))
        inputs[self.before : self.before + self.stimulus] += self.scale * strengths.T
        return inputs

    def _answers(self, evidence: Array) -> Array:
        """Targets (T, B, 1): the sign of the `evidence` (B,) in the decision, 0 before."""
        targets = np.zeros((self.n_steps, len(evidence), 1))
        targets[self.scored, :, 0] = np.sign(evidence)
        return targets


@dataclass(frozen=True)
class PerceptualDecision(_Decision):
    """Perceptual decision: is the mean of a noisy input above 0 (1) or below it (−1)?

    Fixation 100 ms, stimulus 800, delay 300, decision 300. A condition is the signed coherence c; the input is scale · c
    while the stimulus lasts, and noise in every step. coherences: |c|, of which a trial has one, with either sign. scale:
    input per coherence. noise: s.d. in a step.

    >>> task = PerceptualDecision(noise=0.0)
    >>> inputs, targets = task.trials([[16.0], [-2.0]], rng=0)
    >>> inputs.shape, inputs[20, :, 0], targets[-1, :, 0]
    ((75, 2, 1), array([ 0.512, -0.064]), array([ 1., -1.]))
    """

    scale: float = 0.032
    noise: float = 0.03

    n_inputs = 1
    condition_names = ("coherence",)

    @checked(n_trials=at_least(1))
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B 1"]:
        """Signed coherences (B, 1) of `n_trials` trials, drawn from `rng`."""
        rng = np.random.default_rng(rng)
        return (signs(rng, n_trials) * self._sizes(n_trials, rng))[:, None]

    @checked()
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B 1"], Float[Array, "T B 1"]]:
        """Inputs (T, B, 1) and targets (T, B, 1) at signed coherences, the `conditions` (B, 1); `rng` draws the noise.

        At a coherence of 0 there is nothing to tell, and the target is 0.
        """
        coherence = columns(self, conditions)
        return self._evidence(coherence, np.random.default_rng(rng)), self._answers(coherence[0])


@dataclass(frozen=True)
class TwoSensesDecision(_Decision):
    """Decision by two senses: two noisy inputs say the same, or one of them says it alone.

    Fixation 100 ms, stimulus 800, delay 100, decision 500. A condition is the signed coherence of each sense; 0 is a silent
    one. A trial has the first sense, the second, or both, with equal chances; then both have one sign, and sizes of their
    own. Fields as in :class:`PerceptualDecision`.

    >>> TwoSensesDecision().conditions(n_trials=4, rng=3)
    array([[ 1.,  1.],
           [-8.,  0.],
           [-8.,  0.],
           [-4.,  0.]])
    """

    coherences: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    noise: float = 0.5

    n_inputs = 2
    condition_names = ("first", "second")
    delay, answer = 5, 25

    @checked(n_trials=at_least(1))
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B 2"]:
        """Signed coherences (B, 2) of the senses in `n_trials` trials, drawn from `rng`."""
        rng = np.random.default_rng(rng)
        heard = np.array([[1, 0], [0, 1], [1, 1]])[rng.integers(3, size=n_trials)]
        sizes = np.stack([self._sizes(n_trials, rng) for _ in range(2)], axis=1)
        return np.where(heard, sizes * signs(rng, n_trials)[:, None], 0.0)

    @checked()
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B 2"], Float[Array, "T B 1"]]:
        """Inputs (T, B, 2) and targets (T, B, 1) at the senses' coherences, the `conditions` (B, 2); `rng` draws the noise.

        Where the senses disagree, the target is the sign of their sum.
        """
        both = columns(self, conditions)
        return self._evidence(both, np.random.default_rng(rng)), self._answers(both.sum(axis=0))


@dataclass(frozen=True)
class ContextDecision(_Decision):
    """Decision by context: two noisy features at once, and a cue that says which of them counts.

    Fixation 100 ms, the cue alone 340 (published 350, which is no multiple of 20), stimulus 800, delay 300, decision 20.
    Four inputs: the features, then a cue for each, 1 from the end of the fixation to that of the delay. A condition is the
    signed coherence of each feature and the context, 0 for the first and 1 for the second. The noise is in the features
    alone. Fields as in :class:`PerceptualDecision`.

    >>> task = ContextDecision(noise=0.0)
    >>> inputs, targets = task.trials([[4.0, -8.0, 0], [4.0, -8.0, 1]], rng=0)
    >>> inputs[30, 1], targets[-1, :, 0]
    (array([ 0.4, -0.8,  0. ,  1. ]), array([ 1., -1.]))
    """

    scale: float = 0.1

    n_inputs = 4
    condition_names = ("first", "second", "context")
    fixation, before, answer = 5, 22, 1

    @checked(n_trials=at_least(1))
    def conditions(self, n_trials: int, rng: Seed) -> Float[Array, "B 3"]:
        """Signed coherences of both features and the context, (B, 3), of `n_trials` trials drawn from `rng`."""
        rng = np.random.default_rng(rng)
        features = [signs(rng, n_trials) * self._sizes(n_trials, rng) for _ in range(2)]
        return np.stack([*features, rng.integers(2, size=n_trials)], axis=1)

    @checked()
    def trials(self, conditions: Float[Array, "B C"], rng: Seed) -> tuple[Float[Array, "T B 4"], Float[Array, "T B 1"]]:
        """Inputs (T, B, 4) and targets (T, B, 1) at the `conditions` (B, 3); `rng` draws the noise."""
        *features, context = columns(self, conditions)
        require(np.isin(context, (0, 1)).all(), "conditions", "a context of 0 or 1 in each", shown(context))
        cues = np.zeros((self.n_steps, len(context), 2))
        cues[self.fixation : self.n_steps - self.answer] = np.stack([context == 0, context == 1], axis=1)
        inputs = self._evidence(np.array(features), np.random.default_rng(rng))
        return np.concatenate([inputs, cues], axis=2), self._answers(np.where(context == 0, *features))
