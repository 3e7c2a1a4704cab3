"""The geometry of a cloud of points: its principal variances, and its linear and intrinsic dimension."""

from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, cast, floats, require


def principal_variances(points: Float[Array, "S N"]) -> Float[Array, " min(S,N)"]:
    """The variances along the principal components, largest first, by the smaller of the two Gram matrices.

    In float32 what lies below about 1e-6 of the largest is rounding.
    """
    require(points.ndim == 2 and len(points) > 1, "points", "shape (S, N) with at least 2 points", points.shape)
    centred = points - points.mean(0)
    gram = centred.T @ centred if points.shape[1] < len(points) else centred @ centred.T
    return np.maximum(np.linalg.eigvalsh(gram)[::-1].astype(np.float64) / len(points), 0)


def n_components(variances: Float[Array, " P"], share: float = 0.99) -> int:
    """How many of the `variances`, taken in their order, hold the `share` of their sum."""
    require(0 < share <= 1, "share", "a share above 0 and at most 1", share)
    total = variances.sum()
    require(total > 0, "variances", "some variance", total)
    return int(np.searchsorted(np.cumsum(variances) / total, share * (1 - 1e-12)) + 1)


def linear_dimensionality(points: Float[Array, "S N"], variance: float = 0.99) -> int:
    """The number of principal components that hold the share `variance` of the variance of `points` (Definition 5)."""
    require(0 < variance <= 1, "variance", "a share above 0 and at most 1", variance)
    spectrum = principal_variances(points)
    require(spectrum.sum() > 0, "points", "points that differ", "one point only")
    return n_components(spectrum, variance)


def dimension_from_distances(distances: Float[Array, "S k"]) -> float:
    """The dimension from each point's distances to its k nearest neighbours, the nearest first.

    d̂ = (S(k−1) − 1)/Σ log(T_k/T_j), the sum over points and j < k. For uniform points with neighbourhoods of their own it
    has mean d and variance d²/(S(k−1) − 2). k = 2: TwoNN; larger k: the maximum likelihood estimate, averaged over its
    inverses.
    """
    t = np.asarray(distances, np.float64)
    require(t.ndim == 2 and t.shape[1] >= 2 and t.shape[0] * (t.shape[1] - 1) > 2, "distances",
             "shape (S, k) with k ≥ 2 and S(k−1) > 2", t.shape)  # fmt: skip
    require((t > 0).all() and (np.diff(t, axis=1) >= 0).all(), "distances", "above 0 and in ascending order", "others")
    logs = np.log(t[:, -1:] / t[:, :-1])
    require(logs.sum() > 0, "distances", "that differ", "equal ones")
    return float((logs.size - 1) / logs.sum())


def intrinsic_dimension(points: Any, k: int = 2) -> float:
    """The dimension of the manifold from which `points` (S, N) come: :func:`dimension_from_distances` to k neighbours.

    Raises ValueError where two points coincide.
    """
    points = floats("points", cast("points", points, np.dtype(float)), (None, None))
    require(2 <= k < len(points), "k", f"from 2 to {len(points) - 1}", k)
    from sklearn.neighbors import NearestNeighbors  # here, for it takes a second to load

    distances = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[0]
    require(distances[:, 0].min() > 0, "points", "points that differ", "duplicates")
    return dimension_from_distances(distances)
