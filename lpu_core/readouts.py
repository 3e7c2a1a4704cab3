"""Readouts: the encoding subspace, the only part of the rates that κ sees."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.networks import Array, _as_floats, _cast, _last, _require


@dataclass(frozen=True, eq=False)
class Projector:
    r"""P, the orthogonal projector on the encoding subspace, kept as a thin basis: O(NK) memory and time.

    .. math::

        P = W_\mathrm{enc}^\top (W_\mathrm{enc} W_\mathrm{enc}^\top)^{-1} W_\mathrm{enc},\qquad
        r = r_\parallel + r_\perp,\quad r_\parallel = P r  \qquad (M58, M64)

    basis: orthonormal columns that span the encoding vectors, (N, K).
    """

    basis: Float[Array, "N K"]

    def __call__(self, rates: Any) -> Float[Array, "*batch N"]:
        """r∥ = P r, for r (…, N)."""
        rates = _last(rates, "rates", len(self.basis), self.basis.dtype)
        return (rates @ self.basis) @ self.basis.T

    def off(self, rates: Any) -> Float[Array, "*batch N"]:
        """r⊥ = (I − P) r, for r (…, N)."""
        return np.asarray(rates, self.basis.dtype) - self(rates)

    def matrix(self) -> Float[Array, "N N"]:
        """The dense P, N² numbers: for small N."""
        return self.basis @ self.basis.T


def encoding_projector(encoding: Any) -> Projector:
    """P for encoding vectors n, (N, K) (M58). Raises ValueError where they are not linearly independent."""
    n = _as_floats("encoding", _cast("encoding", encoding, np.result_type(encoding, np.float32)), (None, None))
    basis, values, _ = np.linalg.svd(n, full_matrices=False)
    independent = n.shape[0] >= n.shape[1] > 0 and values[-1] > values[0] * np.finfo(n.dtype).eps * len(n)
    _require(independent, "encoding", "linearly independent columns", f"singular values {values}")
    return Projector(basis)
