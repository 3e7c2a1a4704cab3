"""Networks on the classic tasks, side by side: how well they do, what their activity fills, what drift leaves of them."""

from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, at_least, between, checked, require
from lpu_core.geometry import linear_dimensionality
from lpu_core.networks import LeakyCurrentRNN, LowRankRNN
from lpu_core.subspace import DRIFT_KINDS, STRENGTH, sample_drift
from lpu_core.surgery import drifted
from lpu_core.tasks import Task, accuracy
from lpu_core.tasks.role import drawn

__all__ = ["DRIFT_KINDS", "activity", "after_drift", "dimensions", "explained"]

Net = LowRankRNN | LeakyCurrentRNN


@checked()
def explained(outputs: Float[Array, "T B P"], targets: Float[Array, "T B P"], scored: slice) -> float:
    """The share of the targets' variance that the outputs explain, both averaged over the scored steps of each trial.

    1 − Σ(y − ŷ)²/Σ(y − ȳ)²: 1 for perfect outputs, 0 for their mean, below 0 for worse. Unlike a choice by sign it asks
    for the size of the output, too. outputs, targets: ŷ and y, (T, B, P). scored: the steps that count.

    >>> targets = np.ones((5, 2, 1)) * [[1.0], [-1.0]]
    >>> [explained(share * targets, targets, slice(3, None)) for share in (1.0, 0.5, 0.0)]
    [1.0, 0.75, 0.0]
    """
    require(outputs[scored].size > 0, "scored", "a step or more of a trial or more", scored)
    said, wanted = (values[scored].mean(axis=0) for values in (outputs, targets))
    spread = wanted.var(axis=0).mean()
    require(spread > 0, "targets", "some that differ", "the same in all trials")
    return float(1 - np.square(said - wanted).mean() / spread)


@checked(n_trials=at_least(1))
def activity(network: Net, task: Task, n_trials: int, rng: Seed) -> Float[Array, "S N"]:
    """The states in all steps of trials that begin at rest: rates r, or of a leaky-current network the currents x; float64.

    network: with as many inputs as the `task`. n_trials: B, of which `rng` draws the inputs. S = T · B.

    >>> from lpu_core import tasks, timescales
    >>> activity(timescales.design_flip_flop(20, 1, rng=0), tasks.FlipFlop(1), 2, rng=1).shape
    (200, 20)
    """
    inputs, _ = drawn(task, n_trials, rng)
    run = network.astype(np.float64).simulate(inputs, record_rates=True)
    states = run.currents if isinstance(network, LeakyCurrentRNN) else run.rates
    return states.reshape(-1, network.n_neurons)  # type: ignore[union-attr]


@checked(n_trials=at_least(1), variance=between(0, 1, "()"))
def dimensions(network: Net, task: Task, n_trials: int, rng: Seed, variance: float = 0.999) -> int:
    """How many linear dimensions hold `variance` of the :func:`activity`.

    A leaky-current network's currents x = Mκ + W_in v fill at most K + D of them (M17). Rates bend out of any such plane.
    network, task, n_trials, rng: as there.

    >>> from lpu_core import tasks, timescales
    >>> dimensions(timescales.design_flip_flop(100, 1, rng=0), tasks.FlipFlop(1), 5, rng=1, variance=0.99999) > 2
    True
    """
    return int(linear_dimensionality(activity(network, task, n_trials, rng), variance))


@checked(sigmas=STRENGTH, n_trials=at_least(1), n_draws=at_least(1))
def after_drift(
    network: Net, task: Task, sigmas: Float[Array, " S"], n_trials: int, rng: Seed, n_draws: int = 10
) -> Float[Array, "3 S Q"]:
    """The accuracy after each of :data:`DRIFT_KINDS`, at each strength σ, for each of Q draws of ΔM.

    network: with as many inputs as the `task`. sigmas: (S,). n_trials: B, fresh for each draw. rng: draws all of it.
    n_draws: Q.

    >>> from lpu_core import tasks, timescales
    >>> network = timescales.design_flip_flop(1000, 1, rng=0)
    >>> after_drift(network, tasks.FlipFlop(1), [0.0, 100.0], 20, rng=1, n_draws=2).mean(axis=2).round(1)[:, 0]
    array([1., 1., 1.])
    """
    rng = np.random.default_rng(rng)

    def one(kind: str, sigma: float) -> float:
        changed: Any = drifted(network, sample_drift(network.encoding, kind, sigma, rng))
        return accuracy(changed, task, n_trials, rng)

    return np.array([[[one(kind, sigma) for _ in range(n_draws)] for sigma in sigmas] for kind in DRIFT_KINDS])
