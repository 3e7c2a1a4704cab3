"""What a task is, and how a network does on its trials."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed
from lpu_core.networks import FullRankRNN, LowRankRNN, Trajectory

INITIAL_STD = 0.1
"""S.d. of the rates at the start of a trial."""


@runtime_checkable
class Task(Protocol):
    """A task that networks are trained on: how long its trials are, what goes in, what should come out, and how to judge it.

    n_steps: T, of a trial. n_inputs, n_outputs: D and P. scored: the steps whose outputs the training loss compares with the
    targets.
    """

    n_steps: int

    @property
    def n_inputs(self) -> int:
        """D."""

    @property
    def n_outputs(self) -> int:
        """P."""

    @property
    def scored(self) -> slice:
        """The steps that count in training."""

    def sample(self, n_trials: int, rng: Seed) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"]]:
        """Inputs and targets of `n_trials` trials."""

    def accuracy(self, outputs: Float[Array, "T B P"], inputs: Float[Array, "T B D"]) -> float:
        """The share of what counts that is right."""


def run_trials(
    network: LowRankRNN | FullRankRNN, task: Task, n_trials: int, rng: Seed, **options: Any
) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"], Float[Array, "B N"], Trajectory]:
    """Inputs, targets, initial rates of N(0, 0.1²) and the network's run on them; `options` go to its `simulate`."""
    rng = np.random.default_rng(rng)
    pulses, targets = task.sample(n_trials, rng)
    start = INITIAL_STD * rng.standard_normal((n_trials, network.n_neurons))
    return pulses, targets, start, network.simulate(pulses, initial_rates=start, rng=rng, **options)


def accuracy(network: LowRankRNN | FullRankRNN, task: Task, n_trials: int, rng: Seed, noise_std: float = 0.0) -> float:
    """The task's accuracy, for flip-flops that of all bits, on `n_trials` fresh trials that start at rates of N(0, 0.1²)."""
    inputs, _, _, run = run_trials(network, task, n_trials, rng, noise_std=noise_std)
    return task.accuracy(run.latents[..., : task.n_outputs], inputs)
