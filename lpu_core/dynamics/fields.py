"""The latent flow on grids and along paths, and the box in which its fixed points lie."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, above, at_least, between, cast, checked, floats, real_numbers, require
from lpu_core.system import LatentSystem

REACH = between(-1e100, 1e100)
"""Of a box: squares of what lies in it are numbers."""
Field = Callable[[Array], Array]
"""A function of latent states (…, K)."""


@dataclass(frozen=True, eq=False)
class FlowField:
    """The flow on a regular grid of latent states: points (…, K) and dκ/dt (…, K), per ms, one axis a latent variable."""

    points: Float[Array, "*grid K"]
    flow: Float[Array, "*grid K"]


@checked()
def bounding_box(network: LatentSystem) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
    """The box |κ_k| ≤ Σ_i |n_i^(k)|/N, which the flow enters from everywhere when |φ| ≤ 1: all fixed points lie in it.

    Raises ValueError for a nonlinearity that is not known to be bounded by 1.

    >>> from lpu_core import LowRankRNN
    >>> bounding_box(LowRankRNN([[1.0], [1.0]], [[2.0], [-4.0]], [[0.0], [0.0]]))
    (array([-3.]), array([3.]))
    """
    return network.bounding_box()


def box_of(network: LatentSystem, low: Any, high: Any) -> tuple[Array, Array, bool]:
    """The box as two float64 corners, and whether the flow is known to enter it from everywhere."""
    k = network.n_latents
    require(1 <= k <= 3, "network", "1 to 3 latent variables", k)
    require((low is None) == (high is None), "low, high", "both or neither", (low, high))
    if low is None:
        return *bounding_box(network), True
    found = ((name, real_numbers(name, value, "real numbers")) for name, value in (("low", low), ("high", high)))
    corners = [
        floats(name, np.full(k, end) if end.ndim == 0 else end, (k,), bound=REACH).astype(np.float64) for name, end in found
    ]
    require((corners[0] < corners[1]).all(), "high", f"above low = {corners[0]}", corners[1])
    return corners[0], corners[1], False


def constant(network: LatentSystem, inputs: Any) -> Array | None:
    """A constant input u (D,), checked; None where there is none."""
    return None if inputs is None else floats("inputs", cast("inputs", inputs, np.float64), (network.n_inputs,))


def regular_grid(low: Array, high: Array, n_points: int) -> Float[Array, "*grid K"]:
    """`n_points` along each axis of the box."""
    axes = [np.linspace(a, b, n_points) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def finite(values: Array) -> Array:
    """A flow, or its slopes, at points of the box: all of it finite, or else the network is to blame (its φ may be)."""
    require(np.isfinite(values).all(), "network", "a flow that is finite and smooth in and near the box", "nan or infinity")
    return values


def starts(velocity: Field, low: Array, high: Array, n_points: int) -> Float[Array, "S K"]:
    """`n_points` along each axis of the box, one by one; the field is finite at all of them."""
    points = regular_grid(low, high, n_points).reshape(-1, len(low))
    finite(velocity(points))
    return points


def exact(network: LatentSystem, inputs: Any) -> tuple[Field, Field]:
    """τ dκ/dt and its Jacobian as functions of κ, in float64 whatever the network's own precision."""
    phi = getattr(network, "nonlinearity", None)
    require(phi != "sign", "network", "a nonlinearity that has a slope", repr(phi))
    network = network.astype(np.float64)
    return (
        lambda kappa: network.tau * network.flow(kappa, inputs),
        lambda kappa: network.tau * network.jacobian(kappa, inputs),
    )


@checked(n_points=at_least(2))
def flow_field(
    network: LatentSystem, low: Any = None, high: Any = None, *, inputs: Any = None, n_points: int = 21
) -> FlowField:
    """dκ/dt on a grid of `n_points` along each axis of the box [low, high] (the bounding box if None).

    inputs: a constant u, (D,). low, high: numbers or (K,). Raises ValueError for other shapes, and for K above 3
    and for a flow that is not finite.

    >>> from lpu_core import timescales
    >>> flow_field(timescales.design_flip_flop(100, 2, rng=0), -1, 1, n_points=5).flow.shape
    (5, 5, 2)
    """
    low, high, _ = box_of(network, low, high)
    points = regular_grid(low, high, n_points)
    return FlowField(points, finite(network.flow(points, constant(network, inputs))).astype(np.float64))


@checked(radius=above(0), n_steps=at_least(1), n_trials=at_least(1))
def nearby_trajectories(
    network: LatentSystem,
    kappa: Float[Array, " K"],
    radius: float,
    n_steps: int,
    rng: Seed,
    *,
    n_trials: int = 8,
    inputs: Any = None,
) -> Float[Array, "T B K"]:
    """Latents (n_steps + 1, n_trials, K) that start on the sphere of `radius` around `kappa` (K,).

    inputs: a constant u, (D,). Steps of Δt along the latent flow, κ ← κ + Δt G(κ, u), which for firing rates is the
    simulation itself.

    >>> from lpu_core import timescales
    >>> nearby_trajectories(timescales.design_flip_flop(100, 2, rng=0), [1.0, 1.0], 0.1, 20, rng=0).shape
    (21, 8, 2)
    """
    k, inputs = network.n_latents, constant(network, inputs)
    kappa = floats("kappa", kappa, (k,)).astype(np.float64)
    directions = np.random.default_rng(rng).standard_normal((n_trials, k))
    path = [kappa + radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)]
    for _ in range(n_steps):
        path.append(finite(path[-1] + network.dt * network.flow(path[-1], inputs)))
    return np.stack(path)
