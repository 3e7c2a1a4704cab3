"""Constant inputs at which fixed points meet and vanish."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, above, at_least, checked, floats, require
from lpu_core.dynamics.equilibria import GRID, FixedPoints, find
from lpu_core.dynamics.fields import box_of
from lpu_core.system import LatentSystem


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


@checked(tolerance=above(0), n_coarse=at_least(2))
def bifurcations(
    network: LatentSystem,
    direction: Float[Array, " D"],
    low_amplitude: float,
    high_amplitude: float,
    *,
    tolerance: float = 1e-3,
    n_coarse: int = 9,
) -> list[Bifurcation]:
    """The amplitudes a at which fixed points meet under the constant input u = a · direction (D,).

    low_amplitude, high_amplitude: where a is looked for. The number of isolated fixed points is counted at `n_coarse`
    amplitudes between them; every change is bisected until it is known to `tolerance`. Pairs that vanish and come back
    within one coarse step go unseen. Raises ValueError for amplitudes that are not finite or not in order, and for a
    tolerance below their rounding.

    >>> from lpu_core import LowRankRNN
    >>> [event] = bifurcations(LowRankRNN([[1.0]], [[2.0]], [[1.0]]), [1.0], 0, 1)  # κ = 2 tanh(κ + a)
    >>> f"{event.amplitude:.3f}: {event.n_before} → {event.n_after}"
    '0.533: 3 → 1'
    """
    direction = floats("direction", direction, (network.n_inputs,))
    require(low_amplitude < high_amplitude, "high_amplitude", f"above {low_amplitude}", high_amplitude)
    rounding = 4 * np.finfo(np.float64).eps * max(abs(low_amplitude), abs(high_amplitude))
    require(tolerance > rounding, "tolerance", f"above the amplitudes' rounding, {rounding:.1e}", tolerance)
    low, high, _ = box_of(network, None, None)

    def at(amplitude: float) -> FixedPoints:
        # Within rounding of a bifurcation a pair is found or not; either way the bisection closes in on it.
        return find(network, low, high, amplitude * direction, GRID[network.n_latents])

    def split(a: float, at_a: FixedPoints, b: float, at_b: FixedPoints) -> list[Bifurcation]:
        if len(at_a) == len(at_b):
            return []
        middle = (a + b) / 2
        at_middle = at(middle)
        # A pair that rounding does not tell apart counts as one.
        merged = abs(len(at_a) - len(at_b)) == 2 and 2 * len(at_middle) == len(at_a) + len(at_b)
        if b - a <= tolerance or merged:
            richer = at_a if len(at_a) > len(at_b) else at_b
            closest = np.abs(richer.eigenvalues.real).min(1).argmin()  # the pair's slow direction is marginal
            return [Bifurcation(middle, len(at_a), len(at_b), richer.points[closest])]
        return split(a, at_a, middle, at_middle) + split(middle, at_middle, b, at_b)

    amplitudes = [float(a) for a in np.linspace(low_amplitude, high_amplitude, n_coarse)]
    counts = [at(a) for a in amplitudes]
    pairs = zip(amplitudes[:-1], counts[:-1], amplitudes[1:], counts[1:], strict=True)
    return [bifurcation for a, at_a, b, at_b in pairs for bifurcation in split(a, at_a, b, at_b)]
