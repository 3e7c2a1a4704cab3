"""All fixed points of the latent flow in a box, what they are, and what the simulation makes of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lpu_core.check import Array, at_least, checked, require
from lpu_core.dynamics.continua import REACH, local_dimensions
from lpu_core.dynamics.fields import box_of, constant, exact, finite, starts
from lpu_core.dynamics.search import descend, distinct, polish
from lpu_core.system import LatentSystem

GRID = {1: 201, 2: 21, 3: 9}
"""Starting points along each axis, by K."""
MERGE = 1e-6
"""Roots closer than this are one, as a share of the box's diagonal."""
FIXED_POINT_KINDS = ("attractor", "saddle", "repeller")


@dataclass(frozen=True, eq=False)
class FixedPoints:
    r"""Points at which the flow vanishes: the isolated ones, attractors first, and a sample of those that form a continuum.

    points: isolated κ*, (P, K). eigenvalues: λ of the Jacobian there, per ms, (P, K), largest real part first.
    kinds: "attractor", "saddle" or "repeller", (P,), of the flow: the signs of Re λ. residuals: ‖τ dκ/dt‖ left, (P,).
    index_sum: Σ sign det(−J) over the points. Where the flow points into the box all along its border, and no continuum is
    in it, the sum is 1 (Poincaré–Hopf). This is necessary, not sufficient: another number means that a point is missing,
    but two missing points of opposite index leave it at 1. :func:`certify` settles it.
    dt: Δt of the simulation, ms.
    continuum: points on lines, rings or spheres of fixed points, as they were met from the grid of starts, (C, K); they are
    not among `points`. continuum_dimension: in how many directions it goes on, 0 where there is none.

    The network that is simulated is not the flow but the map κ → κ + Δt G(κ). It has the same fixed points, with the
    multipliers μ = 1 + Δt λ, and returns to those with |μ| < 1. Then Re λ < 0: what attracts the map attracts the flow. Not
    so the other way: the map leaves an attractor of the flow round which it turns fast, or to which it falls steeply,

    .. math:: |1 + \Delta t\,\lambda|^2 = 1 + 2 \Delta t\,\mathrm{Re}\,\lambda + \Delta t^2 |\lambda|^2 > 1.
    """

    points: Float[Array, "P K"]
    eigenvalues: Array
    kinds: tuple[str, ...]
    residuals: Float[Array, " P"]
    index_sum: int
    dt: float
    continuum: Float[Array, "C K"]
    continuum_dimension: int

    def __len__(self) -> int:
        return len(self.points)

    def of_kind(self, kind: str) -> Float[Array, "Q K"]:
        """The points of one kind, (Q, K)."""
        require(kind in FIXED_POINT_KINDS, "kind", f"one of {FIXED_POINT_KINDS}", repr(kind))
        return self.points[[k == kind for k in self.kinds]]

    @property
    def attractors(self) -> Float[Array, "Q K"]:
        """The attracting fixed points of the flow, (Q, K); see `map_attractors` for those of the simulation."""
        return self.of_kind("attractor")

    @property
    def multipliers(self) -> Array:
        """1 + Δt λ, the eigenvalues of a step of the simulation, (P, K), in the order of `eigenvalues`."""
        return 1 + self.dt * self.eigenvalues

    @property
    def kept(self) -> Bool[Array, " P"]:
        """Whether the simulation returns to each point: all |1 + Δt λ| < 1."""
        return (np.abs(self.multipliers) < 1).all(axis=1)

    @property
    def map_attractors(self) -> Float[Array, "Q K"]:
        """The attractors of the simulation, (Q, K): those of the flow that its steps keep."""
        return self.points[self.kept]


@checked(n_starts=at_least(2))
def fixed_points(
    network: LatentSystem, low: Any = None, high: Any = None, *, inputs: Any = None, n_starts: int | None = None
) -> FixedPoints:
    """The fixed points of the latent flow in the box [low, high], under constant `inputs` u (D,).

    From every point of a regular grid with `n_starts` points an axis (201, 21 or 9 for K = 1, 2, 3) the speed is descended,
    all starts at once; a root finder (MINPACK's hybrid method, closed-form Jacobian) polishes what they reach; equal roots
    are merged and classified by the eigenvalues. Roots that form a continuum are told apart and need no more starts. In the
    bounding box, the default, the indices of isolated points must sum to 1: while they don't, the grid is doubled, three
    times at most. A pair of points that lie closer together than the grid may go unseen: their indices cancel.
    :func:`certify` proves that the list is complete, or completes it.

    Raises RuntimeError when the sum still is not 1, as it happens within rounding of a bifurcation; ValueError for a box,
    an input or a network that makes no sense, such as one whose flow is not finite all over the box.

    >>> from lpu_core import LowRankRNN
    >>> found = fixed_points(LowRankRNN([[1.0]], [[2.0]], [[0.0]]))  # κ = 2 tanh κ
    >>> found.points.ravel().round(3) + 0.0, found.kinds
    (array([-1.915,  1.915,  0.   ]), ('attractor', 'attractor', 'repeller'))
    """
    low, high, enters = box_of(network, low, high)
    inputs = constant(network, inputs)
    n = GRID[network.n_latents] if n_starts is None else n_starts
    for _ in range(4):
        found = find(network, low, high, inputs, n)
        if found.index_sum == 1 or not enters or len(found.continuum):
            return found
        n = 2 * n - 1
    raise RuntimeError(f"{len(found)} fixed points were found whose indices sum to {found.index_sum}, not 1: one is missing "
                       f"or two are about to meet")  # fmt: skip


@checked()
def attractor_near(network: LatentSystem, kappa: Float[Array, " K"]) -> Float[Array, " K"]:
    """The attractor of the flow, in the bounding box and without inputs, that lies nearest to κ, (K,).

    kappa: κ, (K,). Raises ValueError where the flow has no attracting point; RuntimeError as :func:`fixed_points`.

    >>> from lpu_core import LowRankRNN
    >>> attractor_near(LowRankRNN([[1.0]], [[2.0]], [[0.0]]), [-1.0]).round(3)  # κ = 2 tanh κ
    array([-1.915])
    """
    require(len(kappa) == network.n_latents, "kappa", f"shape ({network.n_latents},)", kappa.shape)
    attractors = fixed_points(network).attractors
    require(len(attractors) > 0, "network", "a flow with an attracting point", "none")
    return attractors[np.linalg.norm(attractors - kappa, axis=1).argmin()]


def find(network: LatentSystem, low: Array, high: Array, inputs: Array | None, n_starts: int) -> FixedPoints:
    """What :func:`fixed_points` finds from one grid."""
    velocity, slope = exact(network, inputs)
    size = float(np.linalg.norm(high - low))
    accept, merge = 1e-9 * max(1, size), MERGE * size
    ends = descend(velocity, slope, starts(velocity, low, high, n_starts))
    ends = distinct(ends[np.linalg.norm(velocity(ends), axis=1) < 1e-3 * max(1, size)], merge)

    def within(points: Array) -> Array:
        inside = ((points >= low - merge) & (points <= high + merge)).all(axis=1)
        return points[inside & (np.linalg.norm(velocity(points), axis=1) < accept)]

    # Continua first, since the root finder slides along them; the descent has arrived there, as it need not at a fold.
    dimensions = np.zeros(len(ends), int)
    arrived = np.linalg.norm(velocity(ends), axis=1) < accept
    dimensions[arrived] = local_dimensions(velocity, slope, ends[arrived], REACH * size, accept)
    roots = distinct(within(polish(velocity, slope, ends[dimensions == 0])), merge)
    more = local_dimensions(velocity, slope, roots, REACH * size, accept)
    continuum = np.concatenate([within(ends[dimensions > 0]), roots[more > 0]])
    dimension = int(max(dimensions.max(initial=0), more.max(initial=0)))
    return described(network, inputs, roots[more == 0], continuum, dimension if len(continuum) else 0)


def described(
    network: LatentSystem, inputs: Array | None, points: Array, continuum: Array, continuum_dimension: int
) -> FixedPoints:
    """Isolated fixed points (P, K) with all that :class:`FixedPoints` says of them."""
    velocity, slope = exact(network, inputs)
    k = network.n_latents
    slopes = finite(slope(points)) if len(points) else np.empty((0, k, k))
    eigenvalues: Array = np.linalg.eigvals(slopes) / network.tau
    eigenvalues = np.take_along_axis(eigenvalues, np.argsort(-eigenvalues.real, axis=1), axis=1)
    kinds = np.array(["attractor" if (e.real < 0).all() else "repeller" if (e.real > 0).all() else "saddle"
                      for e in eigenvalues], dtype=object)  # fmt: skip
    rank = np.array([FIXED_POINT_KINDS.index(kind) for kind in kinds], dtype=int)
    order = np.lexsort((*points.T[::-1].round(6), rank))
    return FixedPoints(
        points[order],
        eigenvalues[order],
        tuple(kinds[order]),
        np.linalg.norm(velocity(points[order]), axis=1) if len(points) else np.empty(0),
        int(np.sign(np.linalg.det(-slopes)).sum()),
        network.dt,
        continuum,
        continuum_dimension,
    )
