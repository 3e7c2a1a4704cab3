r"""A part of the neurons: the latents' own flow from those that were recorded, without the weights of the others.

Neurons hear each other through κ alone. So the currents of any of them are x = Mκ + b + ε, with private noise ε that is new
in each step, and their principal components are κ and a noise e that is white:

.. math:: \hat\kappa[t] = \kappa[t] + e[t], \qquad \operatorname{Var} e \propto \sigma^2/N_\mathrm{obs}.

A regression of the step on κ̂ itself takes e for motion (errors in variables). The past of κ̂ knows κ and nothing of e: it is
an instrument, and with it the flow is found without bias (:func:`fit_flow`).
"""

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, above, at_least, between, check_fields, checked, joint, points, require
from lpu_core.one_step import regression

_ALPHA = between(0, 1, "(]")
_EDGE = 1e-3
"""By how much rounding may put a drive beyond ±1."""


@checked(alpha=_ALPHA)
def seen_currents(rates: Float[Array, "T B N"], alpha: float) -> Float[Array, "S B N"]:
    r"""The currents x[t] of each step, (T − 1, B, N), that rates of tanh neurons tell: artanh((r[t+1] − (1−α) r[t])/α).

    rates: r after each step, (T, B, N). alpha: α = Δt/τ. Raises ValueError for rates that tanh neurons cannot have.

    >>> seen_currents(np.array([[[0.0]], [[0.25]]]), 0.5).round(3)  # artanh(1/2)
    array([[[0.549]]])
    """
    require(len(rates) > 1, "rates", "at least two steps", rates.shape)
    drives = (rates[1:] - (1 - alpha) * rates[:-1]) / alpha
    largest = np.abs(drives).max(initial=0)
    require(largest <= 1 + _EDGE, "rates", "those of tanh neurons, drawn to values from −1 to 1 in a step", largest)
    one = 1 - np.finfo(drives.dtype).eps
    return np.arctanh(np.clip(drives, -one, one))


class Components(NamedTuple):
    """Latents found in recorded neurons: κ̂ (T, B, K), uncorrelated and of unit variance, and what they are made of.

    loadings: (N, K), x ≈ centre + loadings κ̂. centre: (N,). noise_std: the s.d. of the noise in κ̂ that is private to the
    neurons, (K,), in the units of κ̂; NaN where there are no more neurons than latents, which leaves nothing to tell it by.
    """

    latents: Float[Array, "T B K"]
    loadings: Float[Array, "N K"]
    centre: Float[Array, " N"]
    noise_std: Float[Array, " K"]


@checked(n_latents=at_least(1))
def components(values: Float[Array, "T B N"], n_latents: int) -> Components:
    """The first K = `n_latents` principal components of currents or rates, (T, B, N), and the noise in them.

    values: a step, a trial and a neuron each. The noise is probabilistic PCA's: the mean variance of the other components,
    as if all neurons had the same. Raises ValueError for fewer neurons than latents, or values that vary in fewer
    directions.

    >>> kappa = np.random.default_rng(0).standard_normal((50, 4, 1))
    >>> found = components(kappa * [1.0, 2.0], 1)
    >>> np.abs(np.corrcoef(found.latents.ravel(), kappa.ravel())[0, 1]).round(9), abs(found.noise_std).round(6)
    (np.float64(1.0), array([0.]))
    """
    from sklearn.decomposition import PCA

    n = values.shape[2]
    flat = values.reshape(-1, n)
    require(
        n_latents <= n < len(flat), "n_latents", f"at most {n}, the number of neurons, and fewer than samples", n_latents
    )
    solver = "randomized" if n_latents < n else "full"
    pca = PCA(n_latents, svd_solver=solver, n_oversamples=5, iterated_power=4, random_state=0).fit(flat)
    scale = np.sqrt(pca.explained_variance_)
    require(scale[-1] > scale[0] * 1e-6, "values", f"variance in {n_latents} directions", scale)
    loadings = pca.components_.T * scale
    latents = (flat - pca.mean_) @ (pca.components_.T / scale)
    noise = np.sqrt(max(pca.noise_variance_, 0.0)) / scale if n > n_latents else np.full(n_latents, np.nan)
    return Components(latents.reshape(*values.shape[:2], n_latents), loadings, pca.mean_, noise)


def _exponents(n_latents: int, degree: int) -> Array:
    """The exponents of all monomials of K latents up to a degree, (P, K), the constant first."""
    which = [one for total in range(degree + 1) for one in combinations_with_replacement(range(n_latents), total)]
    return np.array([np.bincount(np.array(one, int), minlength=n_latents) for one in which])


@checked(degree=at_least(0), noise_std=at_least(0))
def monomials(kappa: Float[Array, "*batch K"], degree: int, noise_std: Any = 0.0) -> Float[Array, "*batch P"]:
    r"""All products of powers of κ (…, K), `kappa`, up to a total `degree`, (…, P), the constant first.

    noise_std: s, a number or (K,). With s > 0 the powers are s^k He_k(κ/s), Hermite's polynomials: their mean over noise of
    that s.d. in κ is the power of κ without it.

    >>> monomials([2.0, 3.0], 2)
    array([1., 2., 3., 4., 6., 9.])
    >>> monomials([2.0], 3, 1.0)  # κ² − 1, κ³ − 3κ
    array([1., 2., 3., 2.])
    """
    kappa, square = kappa.astype(np.float64, copy=False), np.square(noise_std)
    joint("noise_std", square[..., None], "the latents", (kappa.shape[-1],))
    powers = [np.ones_like(kappa), kappa]
    for k in range(1, degree):
        powers.append(kappa * powers[k] - k * square * powers[k - 1])
    table = np.stack(powers[: degree + 1], axis=-1)  # (…, K, degree + 1)
    product = np.ones((*kappa.shape[:-1], 1))
    for k, exponent in enumerate(_exponents(kappa.shape[-1], degree).T):
        product = product * table[..., k, exponent]
    return product


@dataclass(frozen=True, eq=False)
class PolynomialFlow:
    """dκ/dt as a polynomial of κ: a :class:`~lpu_core.system.LatentSystem` without neurons.

    coefficients: of dκ/dt, per ms, one row for each of the :func:`monomials`, (P, K). degree: theirs. dt: Δt, ms.

    >>> double_well = PolynomialFlow([[0.0], [1.0], [0.0], [-1.0]], 3)
    >>> double_well.flow([0.5]), double_well.jacobian([0.0])
    (array([0.375]), array([[1.]]))
    """

    coefficients: Float[Array, "P K"]
    degree: int
    dt: float = 5.0

    def __post_init__(self):
        check_fields(self, degree=at_least(0), dt=above(0))
        p, k = self.coefficients.shape
        wanted = len(_exponents(k, self.degree))
        require(p == wanted, "coefficients", f"{wanted} rows, one a monomial", p)

    @property
    def n_latents(self) -> int:
        """K."""
        return self.coefficients.shape[1]

    @property
    def n_inputs(self) -> int:
        """None."""
        return 0

    @property
    def tau(self) -> float:
        """Δt: no leak is known apart from the flow."""
        return self.dt

    def bounding_box(self) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
        """There is none: ValueError."""
        raise ValueError("network: expected one with a bounding box, got a polynomial; give low and high")

    def astype(self, dtype: Any) -> "PolynomialFlow":
        """The same flow in float32 or float64 (`dtype`)."""
        return replace(self, coefficients=self.coefficients.astype(dtype))

    def flow(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K"]:
        """dκ/dt, per ms, at κ (…, K), `kappa`. inputs: None, or of no columns."""
        return monomials(points("kappa", kappa, self.n_latents, np.float64), self.degree) @ self.coefficients

    def jacobian(self, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
        """∂(dκ/dt)/∂κ, per ms, at κ (…, K), `kappa`. inputs: None, or of no columns."""
        kappa = points("kappa", kappa, self.n_latents, np.float64)
        exponents = _exponents(self.n_latents, self.degree)
        powers = kappa[..., None, :] ** np.maximum(exponents, 0)  # (…, P, K)
        columns = []
        for k in range(self.n_latents):
            lowered = powers.copy()
            lowered[..., k] = exponents[:, k] * kappa[..., None, k] ** np.maximum(exponents[:, k] - 1, 0)
            columns.append(lowered.prod(-1) @ self.coefficients)
        return np.stack(columns, axis=-1)


@checked(n_steps=at_least(1))
def past_mean(latents: Float[Array, "T B K"], n_steps: int) -> Float[Array, "S B K"]:
    """The mean of κ̂ over the `n_steps` = L steps before each step from the L-th on, (T − L, B, K): instruments.

    latents: κ̂, (T, B, K).

    >>> past_mean(np.arange(4.0).reshape(4, 1, 1), 2).ravel()  # for steps 2 and 3
    array([0.5, 1.5])
    """
    require(n_steps < len(latents), "n_steps", f"below the {len(latents)} steps there are", n_steps)
    sums = np.cumsum(latents, axis=0, dtype=np.float64)[:-1]
    sums[n_steps:] -= sums[:-n_steps]
    return sums[n_steps - 1 :] / n_steps


@checked(dt=above(0), degree=at_least(0), noise_std=at_least(0), ramp=at_least(0))
def fit_flow(
    latents: Float[Array, "T B K"],
    dt: float,
    degree: int,
    instruments: Float[Array, "T B K"] | None = None,
    noise_std: Any = 0.0,
    ramp: int = 0,
) -> PolynomialFlow:
    r"""The flow of κ̂ as a polynomial, from its steps: least squares, or, with `instruments`, instrumental variables.

    .. math:: \sum_t g_t\,Z[t]\,\bigl(\hat\kappa[t+1] - \hat\kappa[t] - \Delta t\,\Theta^\top \Phi[t]\bigr)^\top = 0

    Φ: :func:`monomials` of κ̂[t], made for noise of the s.d. `noise_std` (a number or (K,)). Z: those of the `instruments`
    (T, B, K), which know of κ[t] and nothing of the noise in κ̂[t] or of the noise that moves κ from t on; then Θ is unbiased
    for polynomial flows however noisy κ̂ is (as the number of steps grows). None: Z = Φ, unbiased where there is no noise.

    latents: κ̂, (T, B, K). dt: Δt, ms. degree: of the polynomial. ramp: steps R in which the weight g of a sample rises from
    the start of a trial, and falls to its end; 0: all the same. Raises ValueError where the samples leave it undetermined.

    >>> path = [np.array([[0.5], [-2.0]])]
    >>> for _ in range(9):
    ...     path.append(path[-1] * 0.9)
    >>> fit_flow(np.array(path), 5.0, 1).coefficients[1].round(6)  # −0.1/5
    array([-0.02])
    """
    n, _, k = latents.shape
    require(n > 1, "latents", "at least two steps", latents.shape)
    features = monomials(latents[:-1], degree, noise_std)
    p = features.shape[-1]
    known = features if instruments is None else monomials(instruments[:-1], degree)
    place = np.arange(1, n)
    weight = np.minimum(1.0, np.minimum(place, place[::-1]) / (ramp + 1))[:, None, None]
    features, known = ((part * np.sqrt(weight)).reshape(-1, p) for part in (features, known))
    step = (np.diff(latents, axis=0) * np.sqrt(weight) / dt).reshape(-1, k)
    scales = np.sqrt(np.mean(features**2, axis=0)), np.sqrt(np.mean(known**2, axis=0))
    enough = all(np.all((scale > 0) & np.isfinite(scale)) for scale in scales) and bool(np.isfinite(step).all())
    if enough and instruments is None:
        coefficients, _, rank, _ = np.linalg.lstsq(features / scales[0], step, rcond=None)
        enough = rank == p
    elif enough:
        cross = (known / scales[1]).T @ (features / scales[0]) / len(features)
        enough = np.linalg.cond(cross) < 1 / np.sqrt(np.finfo(float).eps)
        coefficients = np.linalg.solve(cross, (known / scales[1]).T @ step / len(features)) if enough else cross
    require(enough, "latents, instruments", f"samples that tell {p} monomials apart", f"{features.shape[0]} that do not")
    return PolynomialFlow(coefficients / scales[0][:, None], degree, dt)


@checked(alpha=_ALPHA, ridge=at_least(0))
def observed_weights(rates: Float[Array, "T B N"], alpha: float, ridge: float) -> Float[Array, "N N"]:
    """W among the recorded neurons, (N, N), by least squares of their currents on their rates one step before.

    rates: r after each step, (T, B, N), of tanh neurons. alpha: α = Δt/τ. ridge: added to the variance of each rate, as a
    share of their mean. What the other neurons send is taken for the seen ones' own.

    >>> from lpu_core import LowRankRNN
    >>> net = LowRankRNN([[1.0], [2.0]], [[1.0], [1.0]], np.zeros((2, 0)))
    >>> start = np.random.default_rng(0).standard_normal((9, 2))
    >>> run = net.simulate(np.zeros((5, 9, 0)), initial_rates=start, record_rates=True)
    >>> observed_weights(run.rates, net.alpha, 0.0).round(3)
    array([[0.5, 0.5],
           [1. , 1. ]])
    """
    n = rates.shape[2]
    currents = seen_currents(rates, alpha).reshape(-1, n).astype(np.float64, copy=False)
    before = rates[:-1].reshape(-1, n).astype(np.float64, copy=False)
    return regression(before, np.zeros((len(before), 0)), currents, ridge).weights


@checked(variance=above(0), noise_variance=at_least(0))
def attenuated_gain(gain: float, variance: float, noise_variance: Any, shared: float = 0.0) -> Any:
    r"""λ̂ = (λV + sV_e)/(V + V_e): the loop gain that a regression on noisy rates finds in the place of λ.

    gain: λ, of a regression on rates without private noise. variance, noise_variance: V and V_e, of κ̂'s signal and of the
    private noise in it. shared: s = α c N_obs/N: the noise of the seen neurons is fed back, and in a step κ takes up that
    share of it. noise_variance may be an array. The growth rate is (λ − 1)/τ, so that τ_L/τ magnifies the loss.

    >>> attenuated_gain(1.01, 1.0, [0.0, 0.01, 1.0]).round(3)
    array([1.01 , 1.   , 0.505])
    """
    e = np.asarray(noise_variance, np.float64)
    return (gain * variance + shared * e) / (variance + e)


@checked(variance=above(0), noise_variance=at_least(0), step_variance=at_least(0), n_back=at_least(1), n_steps=at_least(1),
         n_trials=at_least(1), ramp=at_least(0))  # fmt: skip
def instrument_error(
    variance: float, noise_variance: Any, step_variance: float, n_back: int, n_steps: int, n_trials: int, ramp: int = 0
) -> Any:
    r"""The s.d. that noise in κ̂ adds to a slope a step, by instruments: √((V_e Q/L + 2V_e²/L² + 2V_e V/((R+1)T))/S)/V.

    variance, noise_variance: V of κ and V_e of the white noise in κ̂, which may be an array. step_variance: Q, of the noise
    that moves κ in a step. n_back: L, over which the instrument averages. n_steps, n_trials: T, of a trial, and how many.
    ramp: R of :func:`fit_flow`; S = (T − R) n_trials. For many trials, and κ that hardly moves in L steps. The last term is
    of the trials' ends: within a trial the noise of a step is taken back in the next.

    >>> instrument_error(1.0, [0.01, 0.1], 1e-4, 10, 100, 100).round(5)
    array([0.00014, 0.00047])
    """
    v, e, q = variance, np.asarray(noise_variance, np.float64), step_variance
    require(ramp < n_steps, "ramp", f"below the {n_steps} steps of a trial", ramp)
    within = e * q / n_back + 2 * e**2 / n_back**2
    return np.sqrt((within + 2 * e * v / ((ramp + 1) * n_steps)) / ((n_steps - ramp) * n_trials)) / v
