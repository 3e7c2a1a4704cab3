"""The latent flow: fields, fixed points and their stability, slow points, nearby trajectories, bifurcations.

Everything works on a network's exact `flow` and `jacobian` (:mod:`lpu_core.networks`), for K ≤ 3 latent variables.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize, root

from lpu_core.check import Array, Seed, floats, require
from lpu_core.system import LatentSystem

GRID = {1: 201, 2: 21, 3: 9}
"""Starting points along each axis, by K."""
SLOW_GRID = {1: 41, 2: 15, 3: 9}
"""The same where every start is descended on its own."""


@dataclass(frozen=True, eq=False)
class FlowField:
    """The flow on a regular grid of latent states: points (…, K) and dκ/dt (…, K), per ms, one axis a latent variable."""

    points: Float[Array, "*grid K"]
    flow: Float[Array, "*grid K"]


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """Points at which the flow vanishes, attractors first.

    points: κ*, (P, K). eigenvalues: of the Jacobian there, per ms, (P, K), largest real part first.
    kinds: "attractor", "saddle" or "repeller", (P,). residuals: ‖τ dκ/dt‖ left at each, (P,).
    index_sum: Σ sign det(−J) over the points. Where the flow points into the box all along its border the sum is 1
    (Poincaré–Hopf), so another number means that a point is missing.
    """

    points: Float[Array, "P K"]
    eigenvalues: Array
    kinds: tuple[str, ...]
    residuals: Float[Array, " P"]
    index_sum: int

    def __len__(self) -> int:
        return len(self.points)

    def of_kind(self, kind: str) -> Float[Array, "Q K"]:
        """The points of one kind, (Q, K)."""
        require(kind in FIXED_POINT_KINDS, "kind", f"one of {FIXED_POINT_KINDS}", repr(kind))
        return self.points[[k == kind for k in self.kinds]]

    @property
    def attractors(self) -> Float[Array, "Q K"]:
        """The attracting fixed points, (Q, K)."""
        return self.of_kind("attractor")


FIXED_POINT_KINDS = ("attractor", "saddle", "repeller")


def bounding_box(network: LatentSystem) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
    """The box |κ_k| ≤ Σ_i |n_i^(k)|/N, which the flow enters from everywhere when |φ| ≤ 1: all fixed points lie in it.

    Raises ValueError for a nonlinearity that is not known to be bounded by 1.
    """
    return network.bounding_box()


def _box(network: LatentSystem, low: Any, high: Any) -> tuple[Array, Array, bool]:
    """The box as two float64 corners, and whether the flow is known to enter it from everywhere."""
    k = network.n_latents
    require(k in GRID, "network", "1 to 3 latent variables", k)
    require((low is None) == (high is None), "low, high", "both or neither", (low, high))
    if low is None:
        return *bounding_box(network), True
    corners = [floats(name, np.full(k, value) if np.ndim(value) == 0 else np.asarray(value, np.float64), (k,))
               for name, value in (("low", low), ("high", high))]  # fmt: skip
    require((corners[0] < corners[1]).all(), "high", f"above low = {corners[0]}", corners[1])
    return corners[0], corners[1], False


def _grid(low: Array, high: Array, n_points: int) -> Float[Array, "*grid K"]:
    axes = [np.linspace(a, b, n_points) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def flow_field(
    network: LatentSystem, low: Any = None, high: Any = None, *, inputs: Any = None, n_points: int = 21
) -> FlowField:
    """dκ/dt on a grid of `n_points` along each axis of the box [low, high] (the bounding box if None).

    inputs: a constant u, (D,). low, high: numbers or (K,).
    """
    low, high, _ = _box(network, low, high)
    require(n_points >= 2, "n_points", "at least 2", n_points)
    points = _grid(low, high, n_points)
    return FlowField(points, network.flow(points, inputs).astype(np.float64))


def _exact(network: LatentSystem, inputs: Any) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """τ dκ/dt and its Jacobian as functions of κ, in float64 whatever the network's own precision."""
    phi = getattr(network, "nonlinearity", None)
    require(phi != "sign", "network", "a nonlinearity that has a slope", repr(phi))
    network = network.astype(np.float64)
    return (
        lambda kappa: network.tau * network.flow(kappa, inputs),
        lambda kappa: network.tau * network.jacobian(kappa, inputs),
    )


def _distinct(points: list[Array], merge: float) -> Float[Array, "P K"]:
    kept: list[Array] = []
    for point in points:
        if all(np.linalg.norm(point - other) > merge for other in kept):
            kept.append(point)
    return np.array(kept)


def fixed_points(
    network: LatentSystem, low: Any = None, high: Any = None, *, inputs: Any = None, n_starts: int | None = None
) -> FixedPoints:
    """All fixed points of the latent flow in the box [low, high], under a constant input u (D,).

    From every point of a regular grid with `n_starts` points an axis (201, 21 or 9 for K = 1, 2, 3) the speed is descended,
    all starts at once; a root finder (MINPACK's hybrid method, closed-form Jacobian) polishes what they reach; equal roots
    are merged and classified by the eigenvalues. In the bounding box, the default, the indices must sum to 1: while they
    don't, the grid is doubled, three times at most. A pair of points that lie closer together than the grid may go unseen:
    their indices cancel.

    Raises RuntimeError when the sum still is not 1, as it happens within rounding of a bifurcation.
    """
    low, high, enters = _box(network, low, high)
    n = GRID[network.n_latents] if n_starts is None else n_starts
    require(n >= 2, "n_starts", "at least 2", n)
    for _ in range(4):
        found = _find(network, low, high, inputs, n)
        if found.index_sum == 1 or not enters:
            return found
        n = 2 * n - 1
    raise RuntimeError(f"{len(found)} fixed points were found whose indices sum to {found.index_sum}, not 1: one is missing "
                       f"or two are about to meet")  # fmt: skip


def _descend(velocity: Callable[[Array], Array], slope: Callable[[Array], Array], starts: Array, n_steps: int = 40) -> Array:
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
        v_trial = velocity(trial)
        better = np.square(v_trial).sum(1) < np.square(v[on]).sum(1)
        x[on], v[on] = np.where(better[:, None], trial, x[on]), np.where(better[:, None], v_trial, v[on])
        damping[on] = np.clip(np.where(better, damping[on] / 5, damping[on] * 5), 1e-14, 1e6)
    return x


def _find(network: LatentSystem, low: Array, high: Array, inputs: Any, n_starts: int) -> FixedPoints:
    velocity, slope = _exact(network, inputs)
    size = float(np.linalg.norm(high - low))
    accept, merge = 1e-9, 1e-6
    ends = _descend(velocity, slope, _grid(low, high, n_starts).reshape(-1, network.n_latents))
    near = np.linalg.norm(velocity(ends), axis=1) < 1e-3 * max(1, size)
    roots = []
    for candidate in _distinct(list(ends[near]), merge * size):
        solution = root(velocity, candidate, jac=slope, method="hybr", options={"xtol": 1e-13})
        inside = (solution.x >= low - merge * size).all() and (solution.x <= high + merge * size).all()
        if inside and np.linalg.norm(velocity(solution.x)) < accept * max(1, size):
            roots.append(solution.x)
    k = network.n_latents
    points = _distinct(roots, merge * size) if roots else np.empty((0, k))
    eigenvalues = np.array([np.linalg.eigvals(slope(p)) for p in points]).reshape(-1, k) / network.tau
    eigenvalues = np.take_along_axis(eigenvalues, np.argsort(-eigenvalues.real, axis=1), axis=1)
    kinds = np.array(["attractor" if (e.real < 0).all() else "repeller" if (e.real > 0).all() else "saddle"
                      for e in eigenvalues], dtype=object)  # fmt: skip
    rank = np.array([FIXED_POINT_KINDS.index(kind) for kind in kinds], dtype=int)
    order = np.lexsort((*points.T[::-1].round(6), rank)) if len(points) else rank
    signs = [int(np.sign(np.linalg.det(-slope(p)))) for p in points]
    return FixedPoints(
        points[order],
        eigenvalues[order],
        tuple(kinds[order]),
        np.array([np.linalg.norm(velocity(p)) for p in points[order]]),
        sum(signs),
    )


def slow_points(
    network: LatentSystem,
    low: Any = None,
    high: Any = None,
    *,
    inputs: Any = None,
    n_starts: int | None = None,
) -> tuple[Float[Array, "P K"], Float[Array, " P"]]:
    """The local minima of the speed ‖dκ/dt‖ in the box, (P, K), and the speeds there, per ms, slowest first.

    Fixed points are among them, with speed 0; the others are the ghosts that a bifurcation leaves behind. Minimises
    q = ½‖τ dκ/dt‖² from a grid of starts.
    """
    low, high, _ = _box(network, low, high)
    n = SLOW_GRID[network.n_latents] if n_starts is None else n_starts
    require(n >= 2, "n_starts", "at least 2", n)
    velocity, slope = _exact(network, inputs)

    def q(kappa: Array) -> tuple[float, Array]:
        v = velocity(kappa)
        return float(v @ v) / 2, slope(kappa).T @ v

    size = float(np.linalg.norm(high - low))
    minima = []
    for start in _grid(low, high, n).reshape(-1, network.n_latents):
        fit = minimize(q, start, jac=True, method="L-BFGS-B", bounds=list(zip(low, high, strict=True)),
                       options={"ftol": 1e-15, "gtol": 1e-10})  # fmt: skip
        at_border = ((fit.x <= low) | (fit.x >= high)).any()
        if not at_border and np.linalg.norm(q(fit.x)[1]) < 1e-5:
            minima.append(fit.x)
    points = _distinct(sorted(minima, key=lambda x: q(x)[0]), 1e-3 * size) if minima else np.empty((0, network.n_latents))
    return points, np.array([np.linalg.norm(velocity(p)) for p in points]) / network.tau


def nearby_trajectories(
    network: LatentSystem,
    kappa: Any,
    radius: float,
    n_steps: int,
    rng: Seed,
    *,
    n_trials: int = 8,
    inputs: Any = None,
) -> Float[Array, "T B K"]:
    """Latents (n_steps + 1, n_trials, K) that start on the sphere of `radius` around κ, under a constant input u (D,).

    Steps of Δt along the latent flow, which for firing rates is the simulation itself.
    """
    k = network.n_latents
    kappa = floats("kappa", np.asarray(kappa, np.float64), (k,))
    require(radius > 0, "radius", "above 0", radius)
    require(n_steps >= 1, "n_steps", "at least 1", n_steps)
    directions = np.random.default_rng(rng).standard_normal((n_trials, k))
    path = [kappa + radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)]
    for _ in range(n_steps):
        path.append(path[-1] + network.dt * network.flow(path[-1], inputs))
    return np.stack(path)


@dataclass(frozen=True, eq=False)
class Bifurcation:
    """An input amplitude at which two fixed points meet and vanish (or appear): a saddle-node bifurcation.

    amplitude: of the constant input. n_before, n_after: fixed points just below and just above it.
    point: the state at which they meet, (K,).
    """

    amplitude: float
    n_before: int
    n_after: int
    point: Float[Array, " K"]


def bifurcations(
    network: LatentSystem,
    direction: Any,
    low_amplitude: float,
    high_amplitude: float,
    *,
    tolerance: float = 1e-3,
    n_coarse: int = 9,
) -> list[Bifurcation]:
    """The amplitudes a in [low, high] at which fixed points meet under the constant input u = a · direction (D,).

    The number of fixed points is counted on a coarse grid of amplitudes; every change is bisected until it is known to
    `tolerance`. Pairs that vanish and come back within one coarse step go unseen.
    """
    direction = floats("direction", np.asarray(direction, np.float64), (network.n_inputs,))
    require(low_amplitude < high_amplitude, "high_amplitude", f"above {low_amplitude}", high_amplitude)
    require(tolerance > 0, "tolerance", "above 0", tolerance)
    require(n_coarse >= 2, "n_coarse", "at least 2", n_coarse)

    def at(amplitude: float) -> FixedPoints:
        # Within rounding of a bifurcation a pair is found or not; either way the bisection closes in on it.
        low, high = bounding_box(network)
        return _find(network, low, high, amplitude * direction, GRID[network.n_latents])

    def split(a: float, at_a: FixedPoints, b: float, at_b: FixedPoints) -> list[Bifurcation]:
        if len(at_a) == len(at_b):
            return []
        if b - a <= tolerance:
            richer = at_a if len(at_a) > len(at_b) else at_b
            closest = np.abs(richer.eigenvalues.real).min(1).argmin()  # the pair's slow direction is marginal
            return [Bifurcation((a + b) / 2, len(at_a), len(at_b), richer.points[closest])]
        middle = (a + b) / 2
        at_middle = at(middle)
        return split(a, at_a, middle, at_middle) + split(middle, at_middle, b, at_b)

    amplitudes = np.linspace(low_amplitude, high_amplitude, n_coarse)
    counts = [at(a) for a in amplitudes]
    pairs = zip(amplitudes[:-1], counts[:-1], amplitudes[1:], counts[1:], strict=True)
    return [bifurcation for a, at_a, b, at_b in pairs for bifurcation in split(a, at_a, b, at_b)]
