"""Searches from many starts at once, and what is equal among their ends."""

import numpy as np
from jaxtyping import Float
from scipy.optimize import root

from lpu_core.check import Array
from lpu_core.dynamics.fields import Field


def descend(velocity: Field, slope: Field, starts: Array, n_steps: int = 40) -> Array:
    """Levenberg–Marquardt on ‖τ dκ/dt‖² from all `starts` (S, K) at once: where each ends, a candidate for a root."""
    x, damping = starts.copy(), np.full(len(starts), 1e-2)
    v = velocity(x)
    for _ in range(n_steps):
        on = np.linalg.norm(v, axis=1) > 1e-11  # the others have arrived
        if not on.any():
            break
        j = slope(x[on])
        normal = np.einsum("skj,skl->sjl", j, j) + damping[on, None, None] * np.eye(x.shape[1])
        trial = x[on] - np.linalg.solve(normal, np.einsum("skj,sk->sj", j, v[on])[..., None])[..., 0]
        trial = np.where(np.isfinite(trial).all(1, keepdims=True), trial, x[on])  # a slope may be nan, as of √ at 0
        v_trial = velocity(trial)
        better = np.square(v_trial).sum(1) < np.square(v[on]).sum(1)
        x[on], v[on] = np.where(better[:, None], trial, x[on]), np.where(better[:, None], v_trial, v[on])
        damping[on] = np.clip(np.where(better, damping[on] / 5, damping[on] * 5), 1e-14, 1e6)
    return x


def polish(velocity: Field, slope: Field, candidates: Float[Array, "S K"]) -> Float[Array, "S K"]:
    """Where MINPACK's hybrid method takes each candidate: to its root, as exactly as float64 allows.

    Candidates that it takes nowhere, as it may where the slope is singular, are left out.
    """

    def defined(field: Field) -> Field:  # it may ask for the field at NaN, which the network would refuse
        return lambda x: field(x) if np.isfinite(x).all() else np.full_like(field(np.zeros_like(x)), np.nan)

    ends = [root(defined(velocity), x, jac=defined(slope), method="hybr", options={"xtol": 1e-13}).x for x in candidates]
    found = np.array(ends).reshape(candidates.shape)
    return found[np.isfinite(found).all(axis=1)]


def distinct(points: Float[Array, "S K"], merge: float) -> Float[Array, "P K"]:
    """The points without those that lie within `merge` of an earlier one."""
    kept, left = [], points
    while len(left):
        kept.append(left[0])
        left = left[np.linalg.norm(left - left[0], axis=1) > merge]
    return np.array(kept).reshape(-1, points.shape[1])
