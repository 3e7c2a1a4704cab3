"""The tolerated drift: a sigmoid through accuracies against the strength of the drift, and its bootstrap."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import curve_fit
from scipy.special import expit

from lpu_core.check import OR_NAN, Array, Seed, above, at_least, between, checked, choice, one_of, real, require, shown

_CHANCE = between(0, 1, "[)")


@dataclass(frozen=True)
class Tolerance:
    """A sigmoid through accuracies: chance + (1 − chance)/(1 + (σ/midpoint)^(1/width)).

    midpoint: the tolerated drift σ_c, nan unless status is "fitted". width: of the fall, in units of log σ, nan likewise.
    status: "fitted", "never falls" (above the half-way level at every σ) or "always below".

    >>> Tolerance(midpoint=2.0, width=0.5)([0.02, 2.0, 200.0], chance=0.25).round(3)
    array([1.   , 0.625, 0.25 ])
    """

    midpoint: float
    width: float
    status: str = "fitted"

    def __post_init__(self):
        choice("status", self.status, one_of("fitted", "never falls", "always below"))
        for name in ("midpoint", "width"):
            value = real(name, getattr(self, name), above(0) if self.status == "fitted" else OR_NAN)
            if self.status != "fitted":
                require(np.isnan(value), name, f"nan, since the accuracy {self.status}", value)

    @checked(sigmas=above(0), chance=_CHANCE)
    def __call__(self, sigmas: Any, chance: float) -> Array:
        """The fitted accuracy at drifts σ, `sigmas` (…), of a task with this `chance`; nan where nothing was fitted."""
        return chance + (1 - chance) * expit(np.log(self.midpoint / np.asarray(sigmas, np.float64)) / self.width)


@checked(sigmas=above(0), accuracies=between(0, 1), chance=_CHANCE)
def tolerance_threshold(sigmas: Float[Array, " S"], accuracies: Float[Array, " S"], chance: float) -> Tolerance:
    """The drift strength at which accuracy has fallen half-way from 1 to chance, by a fit in log σ.

    sigmas: σ, (S,), at least three different ones. accuracies: (S,), shares from 0 to 1. chance: that of guessing. Raises
    ValueError for accuracies to which no sigmoid can be fitted.

    >>> fit = tolerance_threshold([0.1, 0.3, 1.0, 3.0, 10.0], [1.0, 0.95, 0.6, 0.25, 0.2], chance=0.2)
    >>> fit.status, round(fit.midpoint, 2)
    ('fitted', 1.0)
    """
    sigmas, accuracies = sigmas.astype(np.float64), accuracies.astype(np.float64)
    require(len(np.unique(sigmas)) >= 3, "sigmas", "at least 3 different strengths", sigmas)
    require((np.abs(np.log(sigmas)) < 50).all(), "sigmas", "strengths from e⁻⁵⁰ to e⁵⁰", sigmas)
    order = np.argsort(sigmas)
    x, y = np.log(sigmas[order]), accuracies[order]
    half = (1 + chance) / 2
    if (y > half).all():
        return Tolerance(np.nan, np.nan, "never falls")
    if (y <= half).all():
        return Tolerance(np.nan, np.nan, "always below")

    def sigmoid(x: Array, middle: float, log_width: float) -> Array:
        return chance + (1 - chance) / 2 * (1 - np.tanh((x - middle) / (2 * np.exp(log_width))))

    def slopes(x: Array, middle: float, log_width: float) -> Array:
        along = (x - middle) / (2 * np.exp(log_width))
        steep = (1 - chance) / 2 * (1 - np.tanh(along) ** 2)
        return np.stack([steep / (2 * np.exp(log_width)), steep * along], axis=1)

    first = x[(y <= half).argmax()]
    try:
        (middle, log_width), _ = curve_fit(sigmoid, x, y, p0=(first, np.log(0.3)), jac=slopes, bounds=((-50, -5), (50, 3)))
    except RuntimeError:  # the fit wanders on where nothing like a sigmoid is to be found
        raise ValueError(f"accuracies: expected a curve that falls from 1 to chance, got {shown(y)}") from None
    if middle < x[0]:
        return Tolerance(np.nan, np.nan, "always below")
    if middle > x[-1]:
        return Tolerance(np.nan, np.nan, "never falls")
    return Tolerance(float(np.exp(middle)), float(np.exp(log_width)))


@checked(accuracies=between(0, 1), chance=_CHANCE, n_draws=at_least(1), level=between(0, 1))
def tolerance_band(
    sigmas: Float[Array, " S"],
    accuracies: Float[Array, "R S"],
    chance: float,
    rng: Seed,
    n_draws: int = 200,
    level: float = 0.9,
) -> Float[Array, "2"]:
    """The central interval of the midpoint, (2,), over `n_draws` bootstrap samples of the runs.

    sigmas: σ, (S,). accuracies: of R runs, (R, S). chance: that of guessing. level: the share of the samples that the
    interval holds. Samples whose mean curve has no midpoint count as 0 ("always below") or infinity ("never falls").

    >>> falls = [[1.0, 0.95, 0.6, 0.25, 0.2], [1.0, 0.7, 0.25, 0.2, 0.2], [1.0, 1.0, 0.9, 0.6, 0.25]]
    >>> tolerance_band([0.1, 0.3, 1.0, 3.0, 10.0], falls, 0.2, rng=0).round(1)
    array([0.5, 2. ])
    """
    accuracies = accuracies.astype(np.float64)
    require(len(accuracies) > 0, "accuracies", "at least one run", accuracies.shape)
    rng = np.random.default_rng(rng)
    ends = {"never falls": np.inf, "always below": 0.0}
    draws = []
    for _ in range(n_draws):
        fit = tolerance_threshold(sigmas, accuracies[rng.integers(len(accuracies), size=len(accuracies))].mean(0), chance)
        draws.append(ends.get(fit.status, fit.midpoint))
    return np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], method="nearest")
