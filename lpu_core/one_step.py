r"""One step ahead: what the activity of all neurons says of the weights that made it.

Each step of equation (2) tells every neuron's drive, and with it one sample of its tuning curve,

.. math:: d[t] = \frac{r[t+1] - (1-\alpha)\,r[t]}{\alpha} = \varphi(z[t]),
    \qquad z = \tfrac1N M N_\mathrm{enc}^\top r + W_\mathrm{in} u + b.

Least squares where the noise is: in the currents, z = φ⁻¹(d) is linear in the weights, and :func:`reduced_rank` solves for
them in closed form; in the rates or the spikes, :func:`descend` minimizes the square of d − φ(z). (The cross-entropy of
:func:`lpu_core.training.logistic_loss` has no lowest value for drives beyond ±1, as noise and spikes have them.) The
neurons that are predicted need not be those that predict; φ = tanh.
"""

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.optimize import minimize

from lpu_core.check import Array, above, at_least, between, checked, joint, require

_AT_ONCE = 250_000
"""Samples times neurons whose currents are held at once: what a processor's cache holds."""

LARGEST = between(-1e9, 1e9)
"""The squares of larger numbers, summed over samples, are beyond float32."""


class Samples(NamedTuple):
    """S samples of one step: r (S, N) before it, u (S, D) in it, and the drives d, (S, N'), that it tells of N' neurons."""

    rates: Array
    inputs: Array
    drives: Array


class Factors(NamedTuple):
    """M (N', K) and Nenc (N, K) of W = M Nencᵀ/N, and W_in, (N', D)."""

    embedding: Array
    encoding: Array
    input_weights: Array


@checked(alpha=above(0), rates=LARGEST, inputs=LARGEST)
def samples(rates: Float[Array, "T B N"], inputs: Float[Array, "T B D"], alpha: float) -> Samples:
    """The steps of all trials in one row of samples; behind the inputs one that is always 1, whose weight is the bias.

    rates: r after each step, (T, B, N). inputs: u during the step, (T, B, D). alpha: α = Δt/τ. Raises ValueError for a
    single step, which tells nothing, and for inputs of other steps or trials.

    >>> one = samples(np.array([[[0.0]], [[0.5]]]), np.ones((2, 1, 0)), 0.5)
    >>> one.rates, one.drives
    (array([[0.]]), array([[1.]]))
    """
    require(len(rates) > 1 and rates.size, "rates", "at least two steps, one trial and one neuron", rates.shape)
    require(inputs.shape[:2] == rates.shape[:2], "inputs", f"shape {rates.shape[:2]} + (D,), as rates", inputs.shape)
    before, after = rates[:-1], rates[1:]
    drives = (after - (1 - alpha) * before) / alpha
    inputs = np.concatenate([inputs, np.ones((*inputs.shape[:2], 1))], axis=2).astype(rates.dtype, copy=False)
    n_samples = drives.shape[0] * drives.shape[1]
    return Samples(*(part.reshape(n_samples, part.shape[2]) for part in (before, inputs[1:], drives)))


class Regression(NamedTuple):
    """The least squares of z on r beyond u, from which :func:`reduced_rank` takes what a rank allows.

    weights: W without a bound on its rank, (N', N). covariance: C of the rates beyond what inputs tell of them, (N, N).
    residual: σ², the mean square of a current that is left. n_samples: S.
    """

    weights: Array
    covariance: Array
    residual: float
    n_samples: int


@checked(ridge=at_least(0), rates=LARGEST, inputs=LARGEST, currents=LARGEST)
def regression(
    rates: Float[Array, "S N"], inputs: Float[Array, "S D"], currents: Float[Array, "S n"], ridge: float
) -> Regression:
    """Least squares of the `currents` on `rates` and `inputs`: exact without noise, unbiased for noise in the currents.

    rates, inputs: r (S, N) and u (S, D) before the step. currents: z, (S, n). ridge: added to the variance of each rate, as
    a share of their mean. Raises ValueError where too few samples leave the weights undetermined at `ridge` 0.

    >>> rates = np.random.default_rng(0).standard_normal((9, 2))
    >>> regression(rates, np.ones((9, 1)), rates @ [[1.0], [2.0]] + 3, 0.0).weights.round(6)
    array([[1., 2.]])
    """
    s, n = rates.shape
    require(s > 0 and n > 0, "rates", "at least one sample and one neuron", rates.shape)
    joint("inputs", inputs, "rates", (s,))
    joint("currents", currents, "rates", (s,))
    from_inputs = np.linalg.pinv(inputs) if inputs.shape[1] else np.zeros((0, s), rates.dtype)
    own, wanted = (part - inputs @ (from_inputs @ part) for part in (rates, currents))
    covariance = own.T @ own / s
    gram = covariance.copy()
    gram[np.diag_indices(n)] += ridge * np.trace(gram) / n
    try:
        weights = cho_solve(cho_factor(gram), own.T @ wanted / s).T
    except np.linalg.LinAlgError:
        expected = f"enough samples for {n} neurons, or a ridge that makes up for it"
        raise ValueError(f"rates, ridge: expected {expected}, got {s} samples, ridge {ridge:g}") from None
    left = np.square(wanted - own @ weights.T).mean() * s / max(s - n - inputs.shape[1], 1)
    return Regression(weights, covariance, float(left), s)


@checked(largest=between(0, 1, "()"))
def currents(drives: Float[Array, "S N"], largest: float = 1 - 1e-9) -> Float[Array, "S N"]:
    """z = φ⁻¹(d), (S, N), of tanh.

    drives: d, (S, N). largest: one beyond it says of its current only that it is large, and is taken to be no larger.

    >>> currents([[0.5, 1.0]], 0.9).round(3)
    array([[0.549, 1.472]])
    """
    return np.arctanh(np.clip(drives, -largest, largest))


@checked()
def linear_currents(drives: Float[Array, "S N"]) -> Float[Array, "S N"]:
    """z to first order in each neuron's deviation from its mean drive, (S, N): any noise leaves it in place; tanh.

    drives: d, (S, N), also beyond ±1, as noise in the rates and spikes have them.

    >>> linear_currents([[2.0], [-1.0], [-1.0]]).round(1)
    array([[ 2.],
           [-1.],
           [-1.]])
    """
    mean = np.clip(drives.mean(0), -0.99, 0.99)
    return np.arctanh(mean) + (drives - mean) / (1 - mean**2)


@checked(rank=at_least(1), ridge=at_least(0), rates=LARGEST, inputs=LARGEST, wanted=LARGEST)
def reduced_rank(
    rates: Float[Array, "S N"], inputs: Float[Array, "S D"], wanted: Float[Array, "S n"], rank: int, ridge: float
) -> Factors:
    """The weights of rank K that predict the currents `wanted` best in the mean square, in closed form.

    From :func:`regression`, the K directions across the neurons that hold most of what r predicts beyond u.

    rates, inputs: r (S, N) and u (S, D) before the step. wanted: z, (S, n). rank: K. ridge: as in the regression. Raises
    ValueError for more latents than neurons.

    >>> from lpu_core import LowRankRNN
    >>> net = LowRankRNN([[1.0], [2.0]], [[1.0], [1.0]], np.zeros((2, 0)))
    >>> start = np.random.default_rng(0).standard_normal((9, 2))
    >>> run = net.simulate(np.zeros((5, 9, 0)), initial_rates=start, record_rates=True)
    >>> r, u, d = samples(run.rates, np.zeros((5, 9, 0)), net.alpha)
    >>> m, n, _ = reduced_rank(r, u, currents(d), 1, 0.0)
    >>> (m @ n.T / 2).round(3)
    array([[0.5, 0.5],
           [1. , 1. ]])
    """
    fit = regression(rates, inputs, wanted, ridge)
    out, n = fit.weights.shape
    require(rank <= min(out, n), "rank", f"at most {min(out, n)}, the number of neurons", rank)
    _, directions = eigh(fit.weights @ fit.covariance @ fit.weights.T, subset_by_index=(out - rank, out - 1))
    embedding = np.sqrt(n) * directions[:, ::-1]
    encoding = fit.weights.T @ embedding
    left = wanted - (rates @ encoding) @ embedding.T / n
    from_inputs = np.linalg.pinv(inputs) @ left if inputs.shape[1] else np.zeros((0, out), left.dtype)
    return Factors(embedding, encoding, from_inputs.T)


def _currents(weights: Factors, kappa: Array, inputs: Array) -> Array:
    z = kappa @ weights.embedding.T
    z += inputs @ weights.input_weights.T
    return z


@checked(rates=LARGEST, inputs=LARGEST)
def predicted_currents(weights: Factors, rates: Float[Array, "S N"], inputs: Float[Array, "S D"]) -> Float[Array, "S n"]:
    """z of the neurons that are predicted, (S, N').

    weights: M, Nenc and W_in. rates, inputs: r (S, N) and u (S, D) before the step.

    >>> one = np.ones((1, 1))
    >>> predicted_currents(Factors(one, 2 * one, 3 * one), one, one)
    array([[5.]])
    """
    n, inputs_shape = len(weights.encoding), (len(rates), weights.input_weights.shape[1])
    require(rates.shape[1] == n, "rates", f"{n} neurons, as the weights", rates.shape)
    require(inputs.shape == inputs_shape, "inputs", f"shape {inputs_shape}, as rates and weights", inputs.shape)
    return _currents(weights, rates @ weights.encoding / n, inputs)


def _blocks(weights: Factors, found: Samples) -> Iterator[tuple[Array, Array, Array, Array, Array]]:
    """r, u, d, κ and tanh z of some samples at a time."""
    block = max(1, _AT_ONCE // len(weights.embedding))
    for start in range(0, len(found.rates), block):
        r, u, d = (part[start : start + block] for part in found)
        kappa = r @ weights.encoding / len(weights.encoding)
        z = _currents(weights, kappa, u)
        yield r, u, d, kappa, np.tanh(z, out=z)


def _error(weights: Factors, found: Samples) -> tuple[float, Factors]:
    """½⟨(d − tanh z)²⟩ over samples and neurons, and its slopes."""
    value, slopes, total = 0.0, Factors(*map(np.zeros_like, weights)), found.drives.size
    for r, u, d, kappa, rate in _blocks(weights, found):
        error = rate - d
        value += float(np.square(error).sum(dtype=np.float64)) / 2
        error *= 1 - rate**2
        slopes.embedding[:] += error.T @ kappa
        slopes.encoding[:] += r.T @ (error @ weights.embedding) / len(weights.encoding)
        slopes.input_weights[:] += error.T @ u
    return value / total, Factors(*(part / total for part in slopes))


@checked()
def error(weights: Factors, found: Samples) -> float:
    """½⟨(d − tanh z)²⟩ over samples and neurons: what :func:`descend` makes small.

    weights: M, Nenc and W_in. found: the samples.

    >>> nothing = np.zeros((1, 1))
    >>> error(Factors(nothing, nothing, nothing), Samples(nothing, nothing, np.ones((1, 1))))
    0.5
    """
    return _error(weights, found)[0]


@checked(wanted=LARGEST, predicted=LARGEST)
def explained(wanted: Float[Array, "S N"], predicted: Float[Array, "S N"]) -> float:
    """R² over all entries, against the mean of each neuron; nan where none varies.

    wanted: what was found, (S, N). predicted: what was expected, (S, N).

    >>> explained([[1.0], [3.0]], [[1.0], [2.0]])
    0.5
    """
    require(predicted.shape == wanted.shape, "predicted", f"shape {wanted.shape}, as wanted", predicted.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(1 - np.square(wanted - predicted).sum() / np.square(wanted - wanted.mean(0)).sum())


class _Scale(NamedTuple):
    """Coordinates of about unit curvature: (m_i, w_i) = L_i⁻ᵀ y_i of each neuron, Nenc = V Y Gᵀ."""

    own: Array  # (N', K + D, K + D)
    rates: Array  # V, (N, N)
    latents: Array  # G, (K, K)

    def weights(self, flat: Array, k: int) -> Factors:
        """From the coordinates, in one row."""
        n_out, p, _ = self.own.shape
        rows = np.einsum("npq,nq->np", self.own, flat[: n_out * p].reshape(n_out, p))
        encoding = self.rates @ flat[n_out * p :].reshape(-1, k) @ self.latents.T
        return Factors(rows[:, :k], encoding, rows[:, k:])

    def slopes(self, of: Factors) -> Array:
        """To them, of a gradient."""
        rows = np.concatenate([of.embedding, of.input_weights], axis=1)
        own = np.einsum("npq,np->nq", self.own, rows)
        return np.concatenate([own.ravel(), (self.rates.T @ of.encoding @ self.latents).ravel()])

    def coordinates(self, weights: Factors) -> Array:
        """To them, of weights."""
        rows = np.concatenate([weights.embedding, weights.input_weights], axis=1)
        own = np.linalg.solve(self.own, rows[..., None])[..., 0]
        encoding = np.linalg.solve(self.rates, weights.encoding) @ np.linalg.inv(self.latents).T
        return np.concatenate([own.ravel(), encoding.ravel()])


def _scaled(weights: Factors, found: Samples, white: Array) -> _Scale:
    """By the curvature that Gauss and Newton take at these weights."""
    m, n = weights.embedding, len(weights.encoding)
    (out, k), p = m.shape, m.shape[1] + weights.input_weights.shape[1]
    own, gain = np.zeros((out, p * p)), np.zeros(out)
    for _, u, _, kappa, rate in _blocks(weights, found):
        x = np.concatenate([kappa, u], axis=1)
        steep = (1 - rate**2) ** 2
        own += steep.T @ (x[:, :, None] * x[:, None]).reshape(len(x), -1)
        gain += steep.sum(0)
    own = own.reshape(out, p, p) / found.drives.size
    own += 1e-4 * np.eye(p) * np.trace(own.mean(0)) / p
    latents = (m.T * gain) @ m / found.drives.size / n**2
    roots = [np.linalg.inv(np.linalg.cholesky(part)) for part in (own, latents + 1e-6 * np.eye(k) * np.trace(latents) / k)]
    kind = m.dtype
    return _Scale(roots[0].transpose(0, 2, 1).astype(kind), white, roots[1].T.astype(kind))


@checked(weight_decay=at_least(0), max_iterations=at_least(1))
def descend(start: Factors, found: Samples, weight_decay: float, max_iterations: int) -> Factors:
    """The weights of least ½⟨(d − tanh z)²⟩ from `start` on, by L-BFGS.

    It runs in coordinates of about unit curvature, taken anew each 50 iterations; in the weights' own, a direction that
    activity seldom visits and a neuron that is seldom off its bounds take for ever.

    start: where the descent begins. found: the samples, whose precision is that of the descent. weight_decay: of the sum of
    all squared weights, half of which is added to the error. max_iterations: at most. Warns where they end it before it
    converges.

    >>> rng = np.random.default_rng(0)
    >>> rates, true = rng.standard_normal((200, 3)), np.array([[0.5], [1.0], [-1.0]])
    >>> found = Samples(rates, np.zeros((200, 0)), np.tanh(rates @ true @ true.T / 3))
    >>> start = reduced_rank(rates, found.inputs, linear_currents(found.drives), 1, 0.0)
    >>> m, n, _ = descend(start, found, 0.0, 200)
    >>> bool(np.allclose(m @ n.T, true @ true.T, atol=1e-3))
    True
    """
    variances, axes = np.linalg.eigh(found.rates.T @ found.rates / len(found.rates))
    white = axes / np.sqrt(np.maximum(variances, variances[-1] * 1e-6))
    weights, k, left, kind = start, start.embedding.shape[1], max_iterations, found.rates.dtype
    while True:
        scale = _scaled(weights, found, white)

        def objective(flat: Array, scale: _Scale = scale) -> tuple[float, Array]:
            at = scale.weights(flat.astype(kind), k)
            value, slopes = _error(at, found)
            value += weight_decay / 2 * sum(float((part**2).sum()) for part in at)
            gradient = scale.slopes(Factors(*(s + weight_decay * part for s, part in zip(slopes, at, strict=True))))
            return value, gradient.astype(np.float64)

        options = {"maxiter": min(left, 50), "ftol": 1e-8, "gtol": 0, "maxcor": 20}
        way = minimize(
            objective, scale.coordinates(weights).astype(np.float64), jac=True, method="L-BFGS-B", options=options
        )
        require(np.isfinite(way.fun), "start, found, weight_decay", "an error that a number can hold", way.message)
        weights, left = scale.weights(way.x.astype(kind), k), left - way.nit
        if way.status != 1:
            return weights
        if left <= 0:
            warnings.warn(f"the fit stopped before it converged: {way.message}", RuntimeWarning, stacklevel=2)
            return weights
