"""How the learning rate of backpropagation through time has to fall with N (Fig. S1B)."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, above, at_least, checked, require
from lpu_core.tasks import Task
from lpu_core.training.descent import Descent, Diverged
from lpu_core.training.recipes import train_full_rank


@checked(n_neurons=at_least(2), learning_rates=above(0), seeds=at_least(0))
def learning_curves(
    task: Task, n_neurons: int, learning_rates: Sequence[float], seeds: Sequence[int], descent: Descent
) -> Float[Array, "rates epochs E"]:
    """The losses of BPTT at each learning rate (Fig. S1B): plain Adam, no clipping, no early stop; E = len(seeds).

    task: what :func:`train_full_rank` takes. n_neurons: N. learning_rates: at least one. seeds: of the networks. descent:
    all else. A rate at which some network's loss stops being finite has infinite losses throughout.

    >>> from lpu_core.tasks import FlipFlop
    >>> learning_curves(FlipFlop(1, n_steps=10), 5, [1e-3, 1e-2], [0, 1], Descent(n_epochs=3, learning_rate=1)).shape
    (2, 3, 2)
    """
    require(len(learning_rates) > 0, "learning_rates", "at least one", learning_rates)
    plain = replace(descent, clip=np.inf, target_accuracy=2.0)
    curves = np.full((len(learning_rates), descent.n_epochs, len(seeds)), np.inf, np.float32)
    for curve, rate in zip(curves, learning_rates, strict=True):
        with contextlib.suppress(Diverged):
            curve[:] = train_full_rank(task, n_neurons, seeds, descent=replace(plain, learning_rate=rate)).losses
    return curves


@checked(learning_rates=above(0), curves=at_least(0, infinite=True))
def largest_converging_rate(learning_rates: Sequence[float], curves: Float[Array, "rates epochs E"]) -> float:
    """The largest learning rate that halves the loss, from the first epoch to the last tenth of them; 0 if none does.

    learning_rates: those of the `curves`, which are losses (rates, epochs, E), infinite where they diverged. The criterion
    is ours: the paper's is lost.

    >>> largest_converging_rate([0.1, 0.2], [[[1.0], [0.4]], [[1.0], [0.6]]])
    0.1
    """
    fits = len(curves) == len(learning_rates) and curves.size > 0
    require(fits, "curves", f"losses (rates, epochs, E) of {len(learning_rates)} learning rates", curves.shape)
    tail = max(1, curves.shape[1] // 10)
    halved = curves[:, -tail:].mean((1, 2)) < curves[:, 0].mean(1) / 2
    return float(max(np.asarray(learning_rates)[halved], default=0.0))
