"""The geometry of a cloud of points: its principal variances, and its linear and intrinsic dimension."""

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, above, at_least, between, checked, require

SHARE = between(0, 1, "(]")


@checked()
def principal_variances(points: Float[Array, "S N"]) -> Float[Array, " min(S,N)"]:
    """The variances of `points` (S, N) along their principal components, largest first.

    By the smaller of the two Gram matrices. In float32 what lies below about 1e-6 of the largest is rounding. Raises
    ValueError for fewer than 2 points.

    >>> principal_variances([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    array([4.5, 0.5])
    """
    require(len(points) > 1, "points", "shape (S, N) with at least 2 points", points.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        centred = points - points.mean(0)
        gram = centred.T @ centred if points.shape[1] < len(points) else centred @ centred.T
    require(np.isfinite(gram).all(), "points", f"numbers whose squares {points.dtype} can hold", "larger ones")
    return np.maximum(np.linalg.eigvalsh(gram)[::-1].astype(np.float64) / len(points), 0)


@checked(variances=at_least(0), share=SHARE)
def n_components(variances: Float[Array, " P"], share: float = 0.99) -> int:
    """How many of the `variances` (P,), taken in their order, hold the `share` of their sum.

    Raises ValueError where all are 0.

    >>> n_components([6.0, 3.0, 1.0], 0.9)
    2
    """
    total = variances.sum()
    require(0 < total < np.inf, "variances", "some variance", total)
    held = np.cumsum(variances) / total
    return min(int(np.searchsorted(held, share * (1 - 1e-12)) + 1), len(variances))


@checked(variance=SHARE)
def linear_dimensionality(points: Float[Array, "S N"], variance: float = 0.99) -> int:
    """The number of principal components that hold the share `variance` of the variance of `points` (S, N) (Definition 5).

    Raises ValueError where all points are the same.

    >>> linear_dimensionality([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]], 0.8)
    1
    """
    spectrum = principal_variances(points)
    require(spectrum.sum() > 0, "points", "points that differ", "one point only")
    return n_components(spectrum, variance)


@checked(distances=above(0))
def dimension_from_distances(distances: Float[Array, "S k"]) -> float:
    """The dimension from each point's `distances` (S, k) to its k nearest neighbours, the nearest first.

    d̂ = (S(k−1) − 1)/Σ log(T_k/T_j), the sum over points and j < k. For uniform points with neighbourhoods of their own it
    has mean d and variance d²/(S(k−1) − 2). k = 2: TwoNN; larger k: the maximum likelihood estimate, averaged over its
    inverses. Raises ValueError for distances of 0, for others than ascending ones, and where S(k−1) ≤ 2.

    >>> round(dimension_from_distances([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]), 3)
    0.962
    """
    t = distances.astype(np.float64, copy=False)
    enough = t.shape[1] >= 2 and t.shape[0] * (t.shape[1] - 1) > 2
    require(enough, "distances", "shape (S, k) with k ≥ 2 and S(k−1) > 2", t.shape)
    require((np.diff(t, axis=1) >= 0).all(), "distances", "ascending order in each row", "another")
    logs = np.log(t[:, -1:] / t[:, :-1])
    require(0 < logs.sum() < np.inf, "distances", "that differ", "equal ones")
    return float((logs.size - 1) / logs.sum())


@checked(k=at_least(2))
def intrinsic_dimension(points: Float[Array, "S N"], k: int = 2) -> float:
    """The dimension of the manifold from which `points` (S, N) come: :func:`dimension_from_distances` to k neighbours.

    Raises ValueError where two points coincide, or where k is not below S.

    >>> circle = np.exp(2j * np.pi * np.random.default_rng(0).random(2000))
    >>> round(intrinsic_dimension(np.stack([circle.real, circle.imag], axis=1), 10), 1)
    1.0
    """
    require(k < len(points), "k", f"from 2 to {len(points) - 1}", k)
    from sklearn.neighbors import NearestNeighbors  # here, for it takes a second to load

    found = NearestNeighbors(n_neighbors=k).fit(points.astype(np.float64, copy=False))
    distances = found.kneighbors()[0]
    require(distances[:, 0].min() > 0, "points", "points that differ", "duplicates")
    return dimension_from_distances(distances)
