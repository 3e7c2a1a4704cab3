"""What a task is, and how a network does on its trials."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, checked, require
from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN, Trajectory

INITIAL_STD = 0.1
"""S.d. of the rates at the start of a trial."""


@runtime_checkable
class Task(Protocol):
    """A task that networks are trained on: how long its trials are, what goes in, what should come out, and how to judge it.

    n_steps: T, of a trial. n_inputs, n_outputs: D and P. scored: the steps whose outputs the training loss compares with the
    targets.
    """

    @property
    def n_steps(self) -> int:
        """T."""

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
        """Inputs (T, B, D) and targets (T, B, P) of `n_trials` trials drawn from `rng`."""

    def accuracy(self, outputs: Any, inputs: Float[Array, "T B D"]) -> float:
        """The share of what counts that is right in the `outputs`, (T, B, P), to the `inputs`, (T, B, D)."""


@checked(n_trials=at_least(1))
def run_trials(
    network: LowRankRNN | LeakyCurrentRNN | FullRankRNN, task: Task, n_trials: int, rng: Seed, **options: Any
) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"], Float[Array, "B N"], Trajectory]:
    """Inputs, targets, initial rates of N(0, 0.1²) and the network's run on them.

    network: with as many inputs as the `task`; a leaky-current one starts at the latents that these rates give, x = Mκ and
    κ = Nencᵀr/N. n_trials: B. rng: draws the trials, the rates at the start and the noise.
    options: go to the network's `simulate`.

    >>> from lpu_core import tasks, timescales
    >>> network = timescales.design_flip_flop(100, 2, rng=0)
    >>> inputs, targets, start, run = tasks.run_trials(network, tasks.FlipFlop(2), n_trials=5, rng=1)
    >>> inputs.shape, targets.shape, start.shape, run.latents.shape
    ((100, 5, 2), (100, 5, 2), (5, 100), (100, 5, 2))
    """
    _fits(network, task)
    rng = np.random.default_rng(rng)
    pulses, targets = task.sample(n_trials, rng)
    start = INITIAL_STD * rng.standard_normal((n_trials, network.n_neurons))
    if isinstance(network, LeakyCurrentRNN):
        state = {"initial_latents": start.astype(network.dtype) @ network.encoding / network.n_neurons}
    else:
        state = {"initial_rates": start}
    return pulses, targets, start, network.simulate(pulses, rng=rng, **state, **options)


@checked(n_trials=at_least(1), noise_std=at_least(0))
def accuracy(
    network: LowRankRNN | LeakyCurrentRNN | FullRankRNN, task: Task, n_trials: int, rng: Seed, noise_std: float = 0.0
) -> float:
    """The task's accuracy, for flip-flops that of all bits, on `n_trials` fresh trials that start at rates of N(0, 0.1²).

    network: its first latents are the outputs; it has as many inputs as the `task`. rng: draws the trials, the rates and the
    noise, of s.d. `noise_std`.

    >>> from lpu_core import tasks, timescales
    >>> network = timescales.design_flip_flop(1000, 2, rng=0)
    >>> tasks.accuracy(network, tasks.FlipFlop(2), n_trials=20, rng=1) > 0.95
    True
    """
    inputs, _, _, run = run_trials(network, task, n_trials, rng, noise_std=noise_std)
    return task.accuracy(run.latents[..., : task.n_outputs], inputs)


def _fits(network: LowRankRNN | LeakyCurrentRNN | FullRankRNN, task: Task) -> None:
    """Raise unless a network has a task's numbers of inputs and outputs."""
    require(network.n_inputs == task.n_inputs, "network", f"{task.n_inputs} inputs, as the task has", network.n_inputs)
    enough = network.n_latents >= task.n_outputs
    require(enough, "network", f"at least {task.n_outputs} latents, one an output of the task", network.n_latents)
