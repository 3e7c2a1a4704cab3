"""How the learning rate of backpropagation through time has to fall with N (Fig. S1B)."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array
from lpu_core.tasks import FlipFlop
from lpu_core.training.descent import Descent, Diverged
from lpu_core.training.recipes import train_full_rank


def learning_curves(
    task: FlipFlop, n_neurons: int, learning_rates: Sequence[float], seeds: Sequence[int], descent: Descent
) -> Float[Array, "rates epochs E"]:
    """The losses of BPTT at each learning rate (Fig. S1B): plain Adam, no clipping, no early stop; E = len(seeds).

    A rate at which some network's loss stops being finite has infinite losses throughout.
    """
    plain = replace(descent, clip=np.inf, target_accuracy=2.0)
    curves = np.full((len(learning_rates), descent.n_epochs, len(seeds)), np.inf, np.float32)
    for curve, rate in zip(curves, learning_rates, strict=True):
        with contextlib.suppress(Diverged):
            curve[:] = train_full_rank(task, n_neurons, seeds, descent=replace(plain, learning_rate=rate)).losses
    return curves


def largest_converging_rate(learning_rates: Sequence[float], curves: Float[Array, "rates epochs E"]) -> float:
    """The largest learning rate that halves the loss, from the first epoch to the last tenth of them; 0 if none does.

    The criterion is ours: the paper's is lost.
    """
    tail = max(1, curves.shape[1] // 10)
    halved = curves[:, -tail:].mean((1, 2)) < curves[:, 0].mean(1) / 2
    return float(max(np.asarray(learning_rates)[halved], default=0.0))
