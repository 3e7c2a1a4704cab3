"""A proof that a list of fixed points is complete, or the cells of the box in which another could be.

The box is covered with cells. A cell X with centre c and half-widths ρ is settled in one of two ways, by the flow
F = τ dκ/dt at c and by bounds on its slopes over X, [J] = {J : |J − J̄| ≤ R} (Neumaier, *Interval Methods for Systems of
Equations*, 1990, chapter 5):

- no root, by the mean value theorem: |Y F(c)| > |Y J| ρ in some component for all J in [J], with Y = 1 or Y ≈ F′(c)⁻¹;
- just one root, by the Krawczyk test: |Y F(c)| + |1 − Y J| ρ < ρ for all J in [J].

The others are halved along every axis. Cells are a little larger than their share of the box, so that a root on a border
between them is inside.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import linear_sum_assignment

from lpu_core.check import Array, at_least, checked, require
from lpu_core.dynamics.equilibria import MERGE, FixedPoints, described
from lpu_core.dynamics.fields import box_of, constant, exact
from lpu_core.dynamics.search import descend, distinct, polish
from lpu_core.networks import LeakyCurrentRNN, LowRankRNN

FIRST = {1: 64, 2: 16, 3: 8}
"""Cells along each axis at first, by K."""
MARGIN = 1.25
"""How much larger than its share of the box a cell is."""
FINEST = 1e-7
"""Half-widths below which a cell is not halved any more, as a share of the box's diagonal."""
SAME = 2e-8
"""Roots of two cells closer than this are one: another one would lie outside the first one's margin, (MARGIN − 1) FINEST."""
BLOCK = 2**21
"""Numbers in a block of currents."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is known for sure of the fixed points in a box.

    complete: whether every fixed point in the box is on the list that was to be certified, and every point on it is one.
    fixed: the fixed points that were proven to exist, those that the list lacked among them.
    missed: those, (M, K). unproven: points on the list that were not confirmed, (U, K).
    open_low, open_high: corners of the cells that stayed undecided, (C, K) each: only there could another point be.
    n_cells: how many cells were looked at.
    """

    complete: bool
    fixed: FixedPoints
    missed: Float[Array, "M K"]
    unproven: Float[Array, "U K"]
    open_low: Float[Array, "C K"]
    open_high: Float[Array, "C K"]
    n_cells: int


def tanh_slopes(low: Array, high: Array) -> tuple[Array, Array]:
    """Smallest and largest tanh′ on [low, high]: tanh′ falls with |x|."""
    nearest, farthest = np.clip(0, low, high), np.maximum(-low, high)
    return 1 - np.tanh(farthest) ** 2, 1 - np.tanh(nearest) ** 2


def relu_slopes(low: Array, high: Array) -> tuple[Array, Array]:
    """Smallest and largest slope of max(x, 0) on [low, high]."""
    return (low > 0).astype(float), (high >= 0).astype(float)


def sin_slopes(low: Array, high: Array) -> tuple[Array, Array]:
    """Smallest and largest cos on [low, high]: ±1 where a multiple of π lies within, else at an end."""

    def holds(x: float) -> Array:  # one of x + 2πk
        return np.floor((high - x) / (2 * np.pi)) >= np.ceil((low - x) / (2 * np.pi))

    ends = np.cos(low), np.cos(high)
    return np.where(holds(np.pi), -1, np.minimum(*ends)), np.where(holds(0.0), 1, np.maximum(*ends))


SLOPES = {"tanh": tanh_slopes, "relu": relu_slopes, "sin": sin_slopes}


class Enclosure:
    """F = −κ + Nencᵀφ(Mκ + W_in u + b)/N at a cell's centre, and its slopes over the cell, with allowance for rounding."""

    def __init__(self, network: LowRankRNN | LeakyCurrentRNN, inputs: Array | None, reach: Array):
        n, k = network.embedding.shape
        self.network, self.inputs, self.slopes = network, inputs, SLOPES[network.nonlinearity]  # type: ignore[index]
        self.pairs = (network.encoding[:, :, None] * network.embedding[:, None, :]).reshape(n, k * k) / n
        # A sum of n terms errs by n ε of their absolute values at most (Higham 2002, § 3.1), a rate by its current's error.
        drive = np.abs(network.bias) + np.abs(network.embedding) @ reach
        if inputs is not None:
            drive = drive + np.abs(network.input_weights) @ np.abs(inputs)
        unit = (n + k + 16) * np.finfo(np.float64).eps
        self.rounding = unit * (reach + np.abs(network.encoding).T @ (1 + drive) / n)
        self.slope_rounding = unit * (1 + np.abs(self.pairs).T @ (1 + drive)).reshape(k, k)

    def __call__(self, centre: Array, radius: Array) -> tuple[Array, Array, Array]:
        """F(c), (C, K), and the middle and half-width of its slopes over c ± ρ, (C, K, K) each."""
        size = max(1, BLOCK // self.network.n_neurons)
        parts = [self._block(centre[i : i + size], radius[i : i + size]) for i in range(0, len(centre), size)]
        value, middle, width = (np.concatenate(part) for part in zip(*parts, strict=True))
        return value, middle, width

    def _block(self, centre: Array, radius: Array) -> tuple[Array, Array, Array]:
        k = centre.shape[1]
        current, spread = self.network.current(centre, self.inputs), radius @ np.abs(self.network.embedding.T)
        least, most = self.slopes(current - spread, current + spread)
        middle = ((least + most) / 2 @ self.pairs).reshape(-1, k, k) - np.eye(k)
        width = ((most - least) / 2 @ np.abs(self.pairs)).reshape(-1, k, k) + self.slope_rounding
        return self.network.tau * self.network.flow(centre, self.inputs), middle, width


def settle(enclosure: Enclosure, centre: Array, radius: Array) -> tuple[Bool[Array, " C"], Bool[Array, " C"]]:
    """Which cells c ± ρ, (C, K) each, hold no root, and which hold just one."""
    value, middle, width = enclosure(centre, radius)
    unit, rounding = np.eye(centre.shape[1]), enclosure.rounding

    def times(matrices: Array, vectors: Array) -> Array:
        return np.einsum("cij,cj->ci", matrices, vectors)

    none = (np.abs(value) > times(np.abs(middle) + width, radius) + rounding).any(axis=1)
    regular = np.abs(np.linalg.det(middle)) > 1e-12
    inverse = np.linalg.inv(np.where(regular[:, None, None], middle, unit))  # Y
    step = np.abs(times(inverse, value))
    slack = np.abs(inverse) @ rounding
    spread = times(np.abs(unit - inverse @ middle) + np.abs(inverse) @ width, radius)  # of (1 − Y J) ρ
    none |= regular & (step > radius + spread + slack).any(axis=1)
    one = regular & (step + spread + slack < radius).all(axis=1)
    return none, one & ~none


@checked(max_cells=at_least(1))
def certify(
    network: LowRankRNN | LeakyCurrentRNN,
    fixed: FixedPoints,
    low: Any = None,
    high: Any = None,
    *,
    inputs: Any = None,
    max_cells: int = 400_000,
) -> Certificate:
    """Whether `fixed` holds all fixed points in the box [low, high] under the `inputs` u (D,); else those that it lacks.

    The index sum cannot tell: two missing points of opposite index leave it at 1. Here the box is covered with cells, and
    each is shown to hold no fixed point or just one, at O(N) a cell, by bounds on φ′ over the cell (mean value theorem and
    Krawczyk test: ``lpu_core/dynamics/certificate.py``). Cells are halved until all are settled, or the next round would
    take more than `max_cells` in all, or they are 1e-7 of the box. What is left then is named: at a bifurcation, or on a
    continuum, no cell can be settled. Bounds are in float64, with an allowance for rounding in the place of directed
    rounding. network: tanh, relu or sin neurons, K up to 3.

    Raises ValueError for a network whose nonlinearity has no bounds on its slope here.

    >>> import numpy as np
    >>> from lpu_core import LowRankRNN
    >>> from lpu_core.dynamics import fixed_points
    >>> steep = 5e4  # neurons 2 and 3 make a bump at κ = 0.3213, narrower than the grid of starts
    >>> net = LowRankRNN([[1.0], [steep], [steep]], [[6.0], [-1.35], [1.35]], np.zeros((3, 1)),
    ...                  [0.0, -steep * 0.3211, -steep * 0.3215])
    >>> found = fixed_points(net)
    >>> len(found), found.index_sum
    (3, 1)
    >>> certificate = certify(net, found)
    >>> certificate.complete, np.sort(certificate.missed.ravel()).round(6), len(certificate.fixed)
    (False, array([0.321093, 0.321507]), 5)
    >>> certify(net, certificate.fixed).complete
    True
    """
    low, high, _ = box_of(network, low, high)
    phi = network.nonlinearity
    known = isinstance(phi, str) and phi in SLOPES
    require(known, "network", f"a nonlinearity with bounds on its slope, one of {tuple(SLOPES)}", repr(phi))
    inputs, network, k = constant(network, inputs), network.astype(np.float64), network.n_latents
    require(fixed.points.shape[1] == k, "fixed", f"points of {k} latent variables", fixed.points.shape[1])
    velocity, slope = exact(network, inputs)
    enclosure = Enclosure(network, inputs, np.maximum(np.abs(low), np.abs(high)))
    size, n_cells = float(np.linalg.norm(high - low)), 0

    radius = (high - low) / (2 * FIRST[k])
    axes = [a + r * (2 * np.arange(FIRST[k]) + 1) for a, r in zip(low, radius, strict=True)]
    centre = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, k)
    corners = np.stack(np.meshgrid(*[[-1, 1]] * k, indexing="ij"), axis=-1).reshape(-1, k)
    roots: list[Array] = []
    while len(centre):
        n_cells += len(centre)
        wider = np.broadcast_to(MARGIN * radius, centre.shape)
        none, one = settle(enclosure, centre, wider)
        ends = descend(velocity, slope, centre[one])
        from_centre = (np.abs(ends - centre[one]) / radius).max(axis=1, initial=0)
        held = (from_centre <= MARGIN) & (np.linalg.norm(velocity(ends), axis=1) < 1e-9 * max(1, size))
        roots.append(ends[held & (from_centre <= 1.01)])  # one in the margin is its neighbour's
        one[one] = held  # a cell whose root is not found is halved, too
        left = centre[~(none | one)]
        if n_cells + len(left) * len(corners) > max_cells or radius.min() < 2 * FINEST * size:
            centre = left
            break
        radius = radius / 2
        centre = (left[:, None] + corners * radius).reshape(-1, k)

    proven = distinct(polish(velocity, slope, distinct(np.concatenate(roots), SAME * size)), SAME * size)
    merge = MERGE * size
    proven = proven[((proven >= low - merge) & (proven <= high + merge)).all(axis=1)]
    in_proven, in_fixed = partners(proven, fixed.points, merge)
    missed, unproven = proven[~in_proven], fixed.points[~in_fixed]
    complete = not (len(missed) or len(unproven) or len(centre) or len(fixed.continuum))
    full = described(network, inputs, proven, fixed.continuum, fixed.continuum_dimension)
    return Certificate(complete, full, missed, unproven, centre - radius, centre + radius, n_cells)


def partners(one: Array, other: Array, merge: float) -> tuple[Bool[Array, " P"], Bool[Array, " Q"]]:
    """Which of the points (P, K) and (Q, K) have a partner within `merge` among the others, one to one."""
    distance = np.linalg.norm(one[:, None] - other, axis=-1)
    pairs = np.array([(p, q) for p, q in zip(*linear_sum_assignment(distance), strict=True) if distance[p, q] <= merge])
    rows, columns = pairs.reshape(-1, 2).astype(int).T
    return np.isin(np.arange(len(one)), rows), np.isin(np.arange(len(other)), columns)
