r"""How long a bit lives: one latent variable under current noise, and the mean time until it crosses to the other state.

Noise ε in the currents enters κ through all neurons at once. Since κ closes, κ alone is a Markov chain,

.. math:: \kappa[t+1] = \kappa[t] + \Delta t\,G(\kappa[t]) + \text{noise of variance } \Delta t\,B(\kappa[t]),

with the flow G of the smoothed tuning curves (:class:`lpu_core.limits.DriftLimit`) and a B that falls as 1/N. Where a step
is small it is a diffusion, whose mean passage times are known.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.integrate import cumulative_simpson

from lpu_core.check import Array, above, at_least, between, cast, checked, floats, require
from lpu_core.gaussian import smooth_tanh, tanh_slopes
from lpu_core.limits import DriftLimit
from lpu_core.networks import LowRankRNN

_POINTS = 801
"""Of the grid on which the passage time is integrated."""
_HIGHEST = 680
"""A hill whose exponential is beyond 10²⁹⁵."""
_AT_ONCE = 50_000
"""Neurons times points of the grid that are smoothed at once."""
_KAPPA = between(-1e6, 1e6)


def _one_latent(network: LowRankRNN) -> None:
    require(network.n_latents == 1, "network", "one latent variable", network.n_latents)
    require(network.nonlinearity == "tanh", "network", "a tanh network", repr(network.nonlinearity))


@checked(kappa=_KAPPA, noise_std=at_least(0))
def diffusion(network: LowRankRNN, kappa: Any, noise_std: float) -> Float[Array, " P"]:
    r"""B(κ), per ms: (α²/Δt) Σ n_i² Var_ε tanh(m_i κ + b_i + σ ε) / N², the variance of κ's noise per time.

    kappa: κ, a number or (P,). noise_std: σ, s.d. of the currents' noise in a step. One latent variable, tanh.

    >>> from lpu_core.design import design_bistable
    >>> bit = design_bistable(10_000, 20.0, 10.0, 0.8, rng=0)
    >>> diffusion(bit, [0.0, 1.0], 0.1).round(7)
    array([2.e-07, 1.e-07])
    """
    return _drift_and_diffusion(network, np.atleast_1d(np.asarray(kappa, np.float64)), noise_std)[1]


def _drift_and_diffusion(network: LowRankRNN, kappa: Array, noise_std: float) -> tuple[Array, Array]:
    """G and B at κ (P,), a few at a time: means over the noise take 48 numbers for each neuron."""
    _one_latent(network)
    encoding = network.encoding[:, 0].astype(np.float64) / network.n_neurons
    drift, spread = np.empty((2, len(kappa)))
    few = max(1, _AT_ONCE // network.n_neurons)
    for part in np.split(np.arange(len(kappa)), range(few, len(kappa), few)):
        current = network.current(kappa[part, None], None)
        mean = smooth_tanh(current, noise_std)
        variance = np.maximum(1 - tanh_slopes(current, noise_std)[0] - mean**2, 0)
        drift[part] = (mean @ encoding - kappa[part]) / network.tau
        spread[part] = network.alpha**2 / network.dt * variance @ encoding**2
    return drift, spread


@checked(start=_KAPPA, target=_KAPPA, noise_std=above(0))
def passage_time(network: LowRankRNN, start: float, target: float, noise_std: float) -> float:
    r"""The mean time, ms, in which noise takes κ from `start` to `target`, at either side of it; ∞ beyond some 10²⁹⁵ ms.

    .. math:: T = \Bigl|\int_\text{target}^\text{start} e^{\Psi(y)} \int_y^\text{edge}
        \frac{2 e^{-\Psi(z)}}{B(z)}\,dz\,dy\Bigr|,
        \qquad \Psi(y) = -\int^y \frac{2G}{B},

    where the edge is that of the network's box on the side of the start. noise_std: σ, of the currents.
    Exact for the diffusion; the simulation is a chain in steps of Δt, which the diffusion describes where a step of noise is
    short against the distance between the states.

    >>> bit = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)), dt=5.0)
    >>> [round(passage_time(bit, 1.0, 0.0, noise_std)) for noise_std in (0.7, 1.0)]
    [1850, 107]
    """
    return mean_passage(network, lambda kappa: _drift_and_diffusion(network, kappa, noise_std), start, target)


@checked(start=_KAPPA, target=_KAPPA)
def mean_passage(network: LowRankRNN, moments: Callable[[Array], tuple[Array, Array]], start: float, target: float) -> float:
    """The mean time, ms, from `start` to `target` by :func:`passage_time`'s integral, for any diffusion of the one latent κ.

    moments: κ (P,) → the drift G and the variance B of the noise per ms, both (P,). The network gives the box, at whose edge
    the flow drives back.

    >>> spring = LowRankRNN([[0.0]], [[9.0]], np.zeros((1, 0)))
    >>> round(mean_passage(spring, lambda x: (-x, np.full_like(x, 2.0)), 1.0, 0.0), 2)
    0.9
    """
    _one_latent(network)
    require(start != target, "target", "another point than start", target)
    low, high = (float(edge[0]) for edge in network.bounding_box())
    edge = high if start > target else low
    inside = low <= min(start, target) and max(start, target) <= high
    require(inside and start != edge, "start", f"start and target within the box, {low:.3g} to {high:.3g}", (start, target))
    way, towards = abs(start - target), np.sign(start - target)
    # Evenly to the start; beyond it ever more coarsely, where the flow drives back ever more strongly.
    beyond = (abs(edge - target) - way) * np.expm1(np.linspace(0, 8, _POINTS)[1:]) / np.expm1(8)
    x = np.concatenate([np.linspace(0, way, _POINTS), way + beyond])
    drift, spread = moments(target + towards * x)
    psi = -cumulative_simpson(2 * towards * drift / spread, x=x, initial=0)
    density = cumulative_simpson(2 / spread * np.exp(psi.min() - psi), x=x, initial=0)
    to_edge = (density[-1] - density)[:_POINTS]
    climb = psi[:_POINTS] - psi.min()
    return float(cumulative_simpson(np.exp(climb) * to_edge, x=x[:_POINTS])[-1]) if climb.max() < _HIGHEST else np.inf


@checked(well=_KAPPA, top=_KAPPA)
def hill(network: LowRankRNN, moments: Callable[[Array], tuple[Array, Array]], well: float, top: float) -> float:
    """h = ∫ 2G/B dκ from the `top` to the `well`, the height of the hill in units of the noise, for any diffusion of κ.

    moments: as in :func:`mean_passage`. well, top: an attractor of the flow and the repeller beside it.

    >>> spring = LowRankRNN([[0.0]], [[9.0]], np.zeros((1, 0)))
    >>> round(hill(spring, lambda x: (x - x**3, np.full_like(x, 2.0)), 1.0, 0.0), 6)
    0.25
    """
    _one_latent(network)
    y = np.linspace(top, well, _POINTS)
    drift, spread = moments(y)
    return float(cumulative_simpson(2 * np.sign(well - top) * drift / spread, x=np.abs(y - top))[-1])


@checked(noise_std=above(0))
def hill_height(network: LowRankRNN, well: float, top: float, noise_std: float) -> float:
    r"""The :func:`hill` h in the currents' noise, proportional to N.

    well, top: an attractor of the smoothed flow and the repeller beside it. noise_std: σ, of the currents.

    >>> bit = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)), dt=5.0)
    >>> [round(hill_height(bit, 1.3, 0.0, noise_std), 2) for noise_std in (0.7, 1.0)]
    [1.68, 0.35]
    """
    return hill(network, lambda kappa: _drift_and_diffusion(network, kappa, noise_std), well, top)


@checked(noise_std=above(0))
def kramers_time(network: LowRankRNN, well: float, top: float, noise_std: float) -> float:
    r"""Kramers' mean time, ms, from the `well` over the `top`: high hills, weak noise. Half of it is the way to the top.

    .. math:: T = 2\pi\, e^{h} \sqrt{\frac{B_\text{top}}{B_\text{well}\, G'_\text{top}\, |G'_\text{well}|}}

    well, top, noise_std: as in :func:`hill_height`, h.

    >>> bit = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)), dt=5.0)
    >>> [round(kramers_time(bit, 1.3, 0.0, noise_std)) for noise_std in (0.7, 1.0)]
    [1680, 556]
    """
    at_top, at_well = diffusion(network, [top, well], noise_std)
    slope_top, slope_well = DriftLimit(network, noise_std=noise_std).jacobian([[top], [well]])[:, 0, 0]
    require(slope_well < 0 < slope_top, "well, top", "an attractor and a repeller", (well, top))
    height = hill_height(network, well, top, noise_std)
    curvature = np.sqrt(at_top / at_well / slope_top / -slope_well)
    return float(2 * np.pi * np.exp(height) * curvature) if height < _HIGHEST else np.inf


@checked(low=_KAPPA, high=_KAPPA)
def dwell_times(latents: Any, low: float, high: float) -> Float[Array, " E"]:
    """How many steps κ stays in one state before it is in the other, each complete stay of each trial.

    latents: κ, (T, B). low, high: κ at or below `low` is in one state, at or above `high` in the other, and between them
    where it was last: so a stay begins when a state is reached and ends when the other is.

    >>> dwell_times(np.array([[1.0, 0.0, 0.2, -1.0, 0.0, -1.0, 1.0, 1.0]]).T, -0.9, 0.9)
    array([3., 3.])
    """
    kappa = floats("latents", cast("latents", latents, np.float64), (None, None))
    require(low < high, "low", f"below high, {high:.3g}", low)
    stays = []
    for trial in kappa.T:
        reached = np.flatnonzero((trial <= low) | (trial >= high))
        up = trial[reached] >= high
        begins = reached[np.flatnonzero(np.diff(up.astype(int), prepend=-1) != 0)] if len(reached) else reached
        stays.append(np.diff(begins))
    return np.concatenate(stays).astype(np.float64) if stays else np.empty(0)
