"""Slow points: the local minima of the latent speed, fixed points and ghosts of some."""

from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, at_least, checked
from lpu_core.dynamics.fields import Field, box_of, constant, exact, finite, starts
from lpu_core.dynamics.search import distinct
from lpu_core.system import LatentSystem

SLOW_GRID = {1: 41, 2: 15, 3: 9}
"""Starting points along each axis, by K."""


@checked(n_starts=at_least(2))
def slow_points(
    network: LatentSystem,
    low: Any = None,
    high: Any = None,
    *,
    inputs: Any = None,
    n_starts: int | None = None,
) -> tuple[Float[Array, "P K"], Float[Array, " P"]]:
    """The local minima of the speed ‖dκ/dt‖ in the box [low, high], (P, K), and the speeds there, slowest first.

    Fixed points are among them, with speed 0; the others are the ghosts that a bifurcation leaves behind. Minimises
    q = ½‖τ dκ/dt‖² from a grid of `n_starts` points an axis (41, 15 or 9 for K = 1, 2, 3), all at once. Minima on the border
    of the box don't count.

    >>> from lpu_core import LowRankRNN
    >>> net = LowRankRNN([[1.0]], [[2.0]], [[1.0]])  # two of its three fixed points meet at u = 0.533
    >>> points, speeds = slow_points(net, inputs=[0.55])
    >>> len(points), bool(speeds[0] < 1e-6 < speeds[1])
    (2, True)
    """
    low, high, _ = box_of(network, low, high)
    inputs, k = constant(network, inputs), network.n_latents
    velocity, slope = exact(network, inputs)
    grid = starts(velocity, low, high, SLOW_GRID[k] if n_starts is None else n_starts)
    size = float(np.linalg.norm(high - low))
    ends = minimise(velocity, slope, grid, low, high)
    within = ((ends > low) & (ends < high)).all(axis=1)
    gradient, curvature = derivatives(velocity, slope, ends, 1e-5 * size)
    resting = np.linalg.norm(gradient, axis=1) < 1e-7
    curved = np.linalg.eigvalsh(curvature)[:, 0] > -1e-6  # a start on an axis of symmetry may end on a saddle of q
    minima = ends[within & resting & curved]
    speeds = np.linalg.norm(velocity(minima), axis=1)
    points = distinct(minima[np.argsort(speeds, kind="stable")], 1e-3 * size)
    return points, np.linalg.norm(velocity(points), axis=1) / network.tau


def derivatives(velocity: Field, slope: Field, x: Array, step: float) -> tuple[Array, Array]:
    """∇q = Jᵀv, (S, K), and its slopes by central differences, (S, K, K)."""

    def gradient(at: Array) -> Array:
        return np.einsum("...kj,...k->...j", slope(at), velocity(at))

    shifts = step * np.eye(x.shape[1])
    hessian = (gradient(x[:, None] + shifts) - gradient(x[:, None] - shifts)) / (2 * step)
    return finite(gradient(x)), finite(hessian + hessian.swapaxes(1, 2)) / 2


def minimise(velocity: Field, slope: Field, starts: Array, low: Array, high: Array, n_steps: int = 100) -> Array:
    """Damped Newton steps on q from all starts (S, K) at once, kept in the box: x ← x − (|H| + λ)⁻¹ ∇q.

    |H| takes the eigenvalues of the curvature without their signs, so that steps lead down wherever it bends.
    """
    x, damping, step = starts.copy(), np.full(len(starts), 1e-2), 1e-5 * float(np.linalg.norm(high - low))
    q = np.square(velocity(x)).sum(1) / 2
    on = np.ones(len(x), bool)
    for _ in range(n_steps):
        if not on.any():
            break
        gradient, hessian = derivatives(velocity, slope, x[on], step)
        values, vectors = np.linalg.eigh(hessian)
        along = np.einsum("sjk,sj->sk", vectors, gradient) / (np.abs(values) + damping[on, None])
        trial = np.clip(x[on] - np.einsum("sjk,sk->sj", vectors, along), low, high)
        q_trial = np.square(velocity(trial)).sum(1) / 2
        better = q_trial < q[on]
        moving = (np.linalg.norm(gradient, axis=1) > 1e-12) & (better | (damping[on] < 1e6))
        x[on], q[on] = np.where(better[:, None], trial, x[on]), np.where(better, q_trial, q[on])
        damping[on] = np.clip(np.where(better, damping[on] / 5, damping[on] * 5), 1e-14, 1e7)
        on[on] = moving
    return x
