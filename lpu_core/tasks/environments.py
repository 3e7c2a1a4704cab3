"""Tasks from environments of reinforcement learning whose trials have a ground truth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, check_fields, checked, numbers, require, shown
from lpu_core.tasks.role import judged


@dataclass(frozen=True, eq=False)
class EnvironmentTask:
    """A trial-based Gymnasium environment of NeuroGym's shape, as a task. Nothing of either is imported.

    environment: has `observation_space` and `action_space`; its `new_trial()` makes a trial, of which `ob` (T, D) are the
    observations and `gt` the ground truth. It takes a seed by `seed(…)`, else by its `rng`, else by `reset(seed=…)`. A
    wrapper is taken off, by `unwrapped`. n_steps: T, at least that of the longest trial; a longer one is a ValueError.

    Actions that are counted (a space with `n`) become n outputs, one an action, and a target is 1 for the right one; 0 is to
    fixate. Other actions are targets as they are. A shorter trial begins later, so that all end together:
    before it its first observation is held, and the ground truth is 0, which is not judged.

    >>> from types import SimpleNamespace
    >>> class Light:
    ...     '''Left or right? Action 1 or 2, in the last of a few steps.'''
    ...
    ...     observation_space, action_space = SimpleNamespace(shape=(1,)), SimpleNamespace(n=3)
    ...
    ...     def seed(self, seed):
    ...         self.rng = np.random.default_rng(seed)
    ...
    ...     def new_trial(self):
    ...         side, length = self.rng.integers(2), self.rng.integers(3, 6)
    ...         self.ob = np.full((length, 1), 2.0 * side - 1)
    ...         self.gt = np.array([0] * (length - 1) + [1 + side])
    >>> task = EnvironmentTask(Light(), n_steps=5)
    >>> inputs, targets = task.sample(n_trials=100, rng=1)
    >>> bool((targets[-1].argmax(axis=1) == np.where(inputs[-1, :, 0] > 0, 2, 1)).all())
    True
    >>> task.accuracy(targets, inputs, targets)
    1.0
    """

    environment: Any
    n_steps: int

    def __post_init__(self):
        check_fields(self, n_steps=at_least(1))
        inner, text = self._inner, "an environment that has {}"
        for name in ("new_trial", "observation_space", "action_space"):
            require(hasattr(inner, name), "environment", text.format(name), shown(inner))
        seeded = any(hasattr(inner, name) for name in ("seed", "rng", "reset"))
        require(seeded, "environment", text.format("seed, rng or reset"), shown(inner))
        shape = getattr(inner.observation_space, "shape", None)
        require(shape is not None and len(shape) == 1, "environment", "observations of shape (D,)", shape)
        if self.n_actions is None:
            shape = getattr(inner.action_space, "shape", None)
            right = shape is not None and len(shape) <= 1
            require(
                right, "environment", "actions that are counted, n, or have a shape () or (P,)", shown(inner.action_space)
            )

    @property
    def _inner(self) -> Any:
        return getattr(self.environment, "unwrapped", self.environment)

    @property
    def n_actions(self) -> int | None:
        """How many actions there are to choose from; None where they are numbers of any size."""
        n = getattr(self._inner.action_space, "n", None)
        return None if n is None else int(n)

    @property
    def n_inputs(self) -> int:
        """D, numbers an observation."""
        return int(self._inner.observation_space.shape[0])

    @property
    def n_outputs(self) -> int:
        """P: one an action, or an action's numbers."""
        return self.n_actions or int(np.prod(self._inner.action_space.shape))

    @property
    def scored(self) -> slice:
        """The steps whose outputs the training loss compares with the targets: all."""
        return slice(None)

    @checked(n_trials=at_least(1))
    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"]]:
        """Inputs (T, B, D) and targets (T, B, P) of `n_trials` trials; the environment is seeded from `rng`.

        The same seed gives the same trials, unless the environment remembers what came before.
        """
        self._seed(int(np.random.default_rng(rng).integers(2**31)))
        inputs = np.zeros((self.n_steps, n_trials, self.n_inputs))
        targets = np.zeros((self.n_steps, n_trials, self.n_outputs))
        if self.n_actions:
            targets[..., 0] = 1
        for trial in range(n_trials):
            observed, truth = self._trial()
            begin = self.n_steps - len(observed)
            inputs[:begin, trial], inputs[begin:, trial], targets[begin:, trial] = observed[0], observed, truth
        return inputs, targets

    def _seed(self, seed: int) -> None:
        inner = self._inner
        if hasattr(inner, "seed"):
            inner.seed(seed)
        elif hasattr(inner, "rng"):
            old = isinstance(inner.rng, np.random.RandomState)
            inner.rng = np.random.RandomState(seed) if old else np.random.default_rng(seed)
        else:
            inner.reset(seed=seed)

    def _trial(self) -> tuple[Array, Array]:
        """Observations (T, D) and targets (T, P) of the environment's next trial, checked."""
        self._inner.new_trial()
        observed, truth = numbers("environment", self._inner.ob), numbers("environment", self._inner.gt)
        right = observed.ndim == 2 and len(observed) >= 1 and observed.shape[1] == self.n_inputs
        require(right, "environment", f"observations ob of shape (T, {self.n_inputs})", observed.shape)
        require(len(observed) <= self.n_steps, "n_steps", f"at least the {len(observed)} of the trial", self.n_steps)
        if self.n_actions is None:
            truth = truth[:, None] if truth.ndim == 1 else truth
            wanted = (len(observed), self.n_outputs)
            require(truth.shape == wanted, "environment", f"a ground truth gt of shape {wanted}", truth.shape)
            return observed, truth
        require(truth.shape == observed.shape[:1], "environment", f"a ground truth gt of {len(observed)} steps", truth.shape)
        known = np.isin(truth, np.arange(self.n_actions)).all()
        require(known, "environment", f"a ground truth gt of actions from 0 to {self.n_actions - 1}", shown(truth))
        return observed, np.eye(self.n_actions)[truth.astype(int)]

    @checked()
    def accuracy(self, outputs: Any, inputs: Float[Array, "T B D"], targets: Float[Array, "T B P"]) -> float:
        """The share of steps with a ground truth other than 0 at which the outputs say it.

        Counted actions: the right one's output is larger than all others. Other actions: every output has its target's sign.
        outputs: (T, B, P), of which NaN, that of a network that diverged, is wrong. inputs: (T, B, D). targets: (T, B, P).
        Raises ValueError where the ground truth is 0 throughout.
        """
        outputs = judged(self, outputs, inputs, targets)
        if self.n_actions is None:
            counted, right = (targets != 0).any(axis=-1), (np.sign(outputs) == np.sign(targets)).all(axis=-1)
        else:
            truth = targets.argmax(axis=-1)
            counted, of_truth = truth != 0, truth[..., None] == np.arange(self.n_actions)
            others = np.where(of_truth, -np.inf, outputs).max(axis=-1)
            right = outputs[of_truth].reshape(truth.shape) > others
        require(counted.any(), "targets", "a ground truth other than 0 in some step", "none")
        return float(right[counted].mean())
