"""How a network does on a task's trials."""

from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, checked, require
from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN, Trajectory
from lpu_core.tasks.role import ConditionTask, Task, columns, drawn

INITIAL_STD = 0.1
"""S.d. of the rates at the start of a trial."""


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
    pulses, targets = drawn(task, n_trials, rng)
    return pulses, targets, *_simulated(network, pulses, rng, **options)


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
    inputs, targets, _, run = run_trials(network, task, n_trials, rng, noise_std=noise_std)
    return task.accuracy(run.latents[..., : task.n_outputs], inputs, targets)


@checked(n_trials=at_least(1), noise_std=at_least(0))
def choices(
    network: LowRankRNN | LeakyCurrentRNN | FullRankRNN,
    task: ConditionTask,
    conditions: Float[Array, "S C"],
    rng: Seed,
    n_trials: int = 100,
    noise_std: float = 0.0,
) -> Float[Array, " S"]:
    """The share of trials, under each condition, that the network answers by 1 rather than by −1: the psychometric curve.

    network: its first latents are the outputs; it has as many inputs as the `task`. conditions: (S, C), as the task's
    `condition_names` say. An answer is the sign of the first output's mean over the scored steps; 0 and NaN are not above 0.
    rng: draws the trials, `n_trials` a condition, the rates at their start, of N(0, 0.1²), and noise of s.d. `noise_std`.

    >>> from lpu_core import tasks, timescales
    >>> network = timescales.design_flip_flop(1000, 1, rng=0)
    >>> tasks.choices(network, tasks.PerceptualDecision(), [[-16.0], [16.0]], rng=1)
    array([0., 1.])
    """
    _fits(network, task)
    columns(task, conditions)
    rng = np.random.default_rng(rng)
    inputs, _ = task.trials(np.repeat(conditions, n_trials, axis=0), rng)
    outputs = _simulated(network, inputs, rng, noise_std=noise_std)[1].latents[..., 0]
    return (outputs[task.scored].mean(axis=0) > 0).reshape(len(conditions), n_trials).mean(axis=1)


def _simulated(
    network: LowRankRNN | LeakyCurrentRNN | FullRankRNN, inputs: Array, rng: np.random.Generator, **options: Any
) -> tuple[Array, Trajectory]:
    """Initial rates of N(0, 0.1²), and the network's run from them."""
    start = INITIAL_STD * rng.standard_normal((inputs.shape[1], network.n_neurons))
    if isinstance(network, LeakyCurrentRNN):
        state = {"initial_latents": start.astype(network.dtype) @ network.encoding / network.n_neurons}
    else:
        state = {"initial_rates": start}
    return start, network.simulate(inputs, rng=rng, **state, **options)


def _fits(network: LowRankRNN | LeakyCurrentRNN | FullRankRNN, task: Task) -> None:
    """Raise unless a network has a task's numbers of inputs and outputs."""
    require(network.n_inputs == task.n_inputs, "network", f"{task.n_inputs} inputs, as the task has", network.n_inputs)
    enough = network.n_latents >= task.n_outputs
    require(enough, "network", f"at least {task.n_outputs} latents, one an output of the task", network.n_latents)
