"""Continua of fixed points (lines, rings, spheres), told from isolated ones."""

import numpy as np
from jaxtyping import Float, Int

from lpu_core.check import Array
from lpu_core.dynamics.fields import Field, finite
from lpu_core.dynamics.search import descend

REACH = 0.02
"""How far a continuum must go on, as a share of the box's diagonal."""
SINGULAR = 1e-6
"""Singular values below this, of τ times the Jacobian, count as 0."""
CALLED_BACK = 0.1
"""Where the first step away is called back faster than this, in steps in a time τ, no continuum goes on there."""


def local_dimensions(
    velocity: Field, slope: Field, roots: Float[Array, "P K"], reach: float, accept: float
) -> Int[Array, " P"]:
    """In how many directions further roots follow on each root: 0 of an isolated one, 1 on a line or ring, 2 on a sphere.

    From each root steps are taken along every singular vector of the Jacobian, a third of `reach`, two thirds and all of it.
    Where the flow does not call the first one back at once, the speed is descended. An isolated root calls the steps back,
    or they find no root, or all the same one; on a continuum they end on roots (speed below `accept`) about as far away as
    they went, each on another, and the Jacobian there is singular, which tells them from isolated roots that lie near by
    chance. One side is enough, for a continuum may have an end.
    """
    p, k = roots.shape
    if not p:
        return np.zeros(0, int)
    directions = np.linalg.svd(finite(slope(roots)))[2]
    steps = reach * np.array([[-1, -2, -3], [1, 2, 3]])[..., None] / 3  # (side, step, 1)
    starts = roots[:, None, None, None] + steps * directions[:, :, None, None]  # (P, direction, side, step, K)
    pull = np.linalg.norm(velocity(starts[:, :, :, 0].reshape(-1, k)), axis=1) / (reach / 3)
    root, along, side = np.nonzero(pull.reshape(p, k, 2) < CALLED_BACK)
    if not len(root):
        return np.zeros(p, int)
    starts, sizes = starts[root, along, side], np.abs(steps[side, :, 0])  # (S, step, K), (S, step)
    ends = descend(velocity, slope, starts.reshape(-1, k))
    still = (np.linalg.norm(velocity(ends), axis=1) < accept).reshape(-1, 3)
    least = np.linalg.svd(finite(slope(ends)), compute_uv=False)[:, -1].reshape(-1, 3)
    ends = ends.reshape(starts.shape)
    went = np.linalg.norm(ends - roots[root, None], axis=-1) / sizes
    apart = np.linalg.norm(np.diff(ends, axis=1), axis=-1) > reach / 10
    goes_on = (still & (went > 0.5) & (went < 1.5) & (least < SINGULAR)).all(-1) & apart.all(-1)
    further = np.zeros((p, k), bool)
    further[root[goes_on], along[goes_on]] = True
    return further.sum(axis=1)
