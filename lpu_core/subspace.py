"""The encoding subspace: its projector, drifts relative to it, and encoding weights by regression."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from lpu_core.check import Array, Seed, above, between, check_fields, checked, one_of, points, require


@dataclass(frozen=True, eq=False)
class Projector:
    r"""P, the orthogonal projector on the encoding subspace, kept as a thin basis: O(NK) memory and time.

    .. math::

        P = W_\mathrm{enc}^\top (W_\mathrm{enc} W_\mathrm{enc}^\top)^{-1} W_\mathrm{enc},\qquad
        r = r_\parallel + r_\perp,\quad r_\parallel = P r  \qquad (M64)

    basis: orthonormal columns that span the encoding vectors, (N, K).
    """

    basis: Float[Array, "N K"]

    def __post_init__(self):
        check_fields(self)

    def __call__(self, rates: Any) -> Float[Array, "*batch N"]:
        """r∥ = P r, for r (…, N), `rates`."""
        rates = points("rates", rates, len(self.basis), self.basis.dtype)
        return (rates @ self.basis) @ self.basis.T

    def off(self, rates: Any) -> Float[Array, "*batch N"]:
        """r⊥ = (I − P) r, for r (…, N), `rates`."""
        inside = self(rates)
        return np.asarray(rates, self.basis.dtype) - inside

    def matrix(self) -> Float[Array, "N N"]:
        """The dense P, N² numbers: for small N."""
        return self.basis @ self.basis.T


@checked()
def encoding_projector(encoding: Float[Array, "N K"]) -> Projector:
    """P for encoding vectors n, `encoding` (N, K). Raises ValueError where they are not linearly independent.

    >>> encoding_projector([[1.0], [1.0]])([3.0, 1.0])
    array([2., 2.])
    """
    n = encoding
    basis, values, _ = np.linalg.svd(n, full_matrices=False)
    independent = n.shape[0] >= n.shape[1] > 0 and values[-1] > values[0] * np.finfo(n.dtype).eps * len(n)
    require(independent, "encoding", "linearly independent columns", f"singular values {values}")
    return Projector(basis)


def solved(gram: Array, right: Array, ridge: float) -> Array:
    """A⁻¹ B of a ridge regression, A = `gram`, B = `right`; ValueError where rounding leaves nothing of the `ridge` in A.

    >>> solved(np.array([[2.0]]), np.array([[1.0]]), 1.0)
    array([[0.5]])
    """
    require(np.isfinite(gram).all(), "rates", f"numbers whose squares {gram.dtype} can hold", "larger ones")
    try:
        return np.linalg.solve(gram, right)
    except np.linalg.LinAlgError:
        expected = f"beside the squares of the rates, up to {gram.max():.3g}, a number that makes the fit unique"
        raise ValueError(f"ridge, rates: expected {expected}, got {ridge:g}") from None


@checked(ridge=above(0))
def ridge_encoding(rates: Float[Array, "S N"], wanted: Float[Array, "S K"], ridge: float) -> Float[Array, "N K"]:
    """n, (N, K), of the ridge regression Nencᵀ r/N ≈ `wanted` over S samples of the `rates`.

    rates: (S, N). wanted: (S, K). ridge: added to the diagonal of rᵀr/S.

    >>> np.round(ridge_encoding(np.eye(2), [[1.0], [3.0]], 1e-9), 3).ravel()
    array([2., 6.])
    """
    samples, n = rates.shape
    with np.errstate(over="ignore", invalid="ignore"):
        gram = rates.T @ rates / samples + ridge * np.eye(n)
    return n * solved(gram, rates.T @ wanted / samples, ridge)


STRENGTH = between(0, 1e12)
"""The s.d. of drift and of noise; the squares of larger ones are beyond float32."""
DRIFT_KINDS = ("random", "orthogonal", "tangential")
"""Drift in any direction, off the encoding subspace, or inside it."""


@checked(kind=one_of(*DRIFT_KINDS), sigma=STRENGTH)
def sample_drift(encoding: Float[Array, "N K"], kind: str, sigma: float, rng: Seed) -> Float[Array, "N K"]:
    """ΔM, (N, K), for encoding vectors (N, K'): Gaussian, projected off or on their span, of r.m.s. `sigma` a column.

    kind: "random" (not projected, s.d. σ), "orthogonal" (to every encoding vector) or "tangential" (in their span). The
    projected columns are rescaled to a root mean square of σ. K' = K, unless the drift must avoid more than n. Raises
    ValueError for another kind, a negative σ, or an orthogonal drift with no room: N ≤ K'.

    >>> n = np.array([[1.0], [0.0]])
    >>> abs(sample_drift(n, "orthogonal", 0.5, rng=1)).round(3).ravel()
    array([0.   , 0.707])
    """
    drift = np.random.default_rng(rng).standard_normal(encoding.shape, dtype=encoding.dtype)
    if kind != "random":
        room = kind == "tangential" or len(encoding) > encoding.shape[1]
        require(room, "encoding", "more neurons than columns", encoding.shape)
        projector = encoding_projector(encoding)
        drift = (projector.off if kind == "orthogonal" else projector)(drift.T).T
        drift = drift / np.sqrt(np.square(drift).mean(0))
    return drift * drift.dtype.type(sigma)


@checked(sigma=STRENGTH)
def sample_grouped_drift(
    encoding: Float[Array, "N K"], groups: Int[Array, " N"], sigma: float, rng: Seed
) -> Float[Array, "N K"]:
    """ΔM, (N, K), that is orthogonal to all n *within each group*: Σ_{i in g} n_i^(k) Δm_i^(l) = 0 for all g, k and l.

    encoding: (N, K). groups: the group of each neuron, (N,), numbers from 0. sigma: σ, the r.m.s. of each column.
    Where the J of Theorem 4 is one number within each group, such drift meets its condition. Raises ValueError where no
    group leaves room, as none does that has no more neurons than independent encoding vectors.

    >>> n = np.array([[1.0], [1.0], [2.0], [1.0]])
    >>> drift = sample_grouped_drift(n, [0, 0, 1, 1], 0.5, rng=1)
    >>> abs(drift[:2].sum()) < 1e-12, abs((n * drift)[2:].sum()) < 1e-12
    (np.True_, np.True_)
    """
    require(len(groups) == len(encoding), "groups", f"shape ({len(encoding)},), one for each neuron", groups.shape)
    require((groups >= 0).all(), "groups", "whole numbers from 0", groups)
    drift = np.random.default_rng(rng).standard_normal(encoding.shape, dtype=encoding.dtype)
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        n = encoding[rows]
        basis, values, _ = np.linalg.svd(n, full_matrices=False)
        basis = basis[:, values > values.max(initial=0) * np.finfo(n.dtype).eps * len(n)]
        drift[rows] = 0 if basis.shape[1] == len(n) else drift[rows] - basis @ (basis.T @ drift[rows])
    size = np.sqrt(np.square(drift).mean(0))
    require(drift.size and size.all(), "groups", "some with more neurons than encoding vectors", "none")
    return drift * (drift.dtype.type(sigma) / size)
