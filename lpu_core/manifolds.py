"""Curved manifolds: how many dimensions the activity spans."""

import numpy as np
from jaxtyping import Float

from lpu_core.networks import Array, _require


def linear_dimensionality(points: Float[Array, "S N"], variance: float = 0.99) -> int:
    """The number of principal components that hold the share `variance` of the variance of `points` (Definition 5)."""
    _require(0 < variance <= 1, "variance", "a share above 0 and at most 1", variance)
    _require(points.ndim == 2 and len(points) > 1, "points", "shape (S, N) with at least 2 points", points.shape)
    spectrum = np.square(np.linalg.svd(points - points.mean(0), compute_uv=False).astype(np.float64))
    _require(spectrum.sum() > 0, "points", "points that differ", "one point only")
    return int(np.searchsorted(np.cumsum(spectrum) / spectrum.sum(), variance * (1 - 1e-12)) + 1)
