r"""From a recording to an LPU: the network of rank K whose next step is the recording's, and what the data say of it.

The weights follow from one step of the activity (:mod:`lpu_core.one_step`). They are known up to a change of the latents'
basis: tuning M as a subspace, influence Nenc as a subspace. Not all of it is in the data. What a row of W does to a
direction v_j, along which the rates have the variance λ_j, is known with a variance of σ²/(λ_j S) after S samples: the
part of the influence along directions that activity does not visit is in no recording of whatever length.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import subspace_angles
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from lpu_core import one_step
from lpu_core.check import Array, Seed, above, at_least, between, cast, checked, choice, floats, one_of, real, require, whole
from lpu_core.networks import LowRankRNN
from lpu_core.observations import from_counts
from lpu_core.subspace import encoding_projector

NOISE = ("rates", "currents")
"""Where the noise is: in the recorded rates, as any measurement adds it, or in the currents alone, as in a simulation."""

PRIOR = between(1e-6, 1e6)
"""The s.d. of weights that one may expect."""


class LPU(BaseEstimator):
    """A latent processing unit fitted to rates, by scikit-learn's habits.

    rank: K. tau, dt: τ and Δt of the recording, ms. noise: where it is, and least squares are made: in the "rates", by a
    descent, or in the "currents", in closed form, exact without noise. prior_std: of the descent: the s.d. of the weights
    that are expected beforehand, which holds those of neurons that are hardly ever off their bounds. max_iterations: its
    own.

    After :meth:`fit`: network_, a :class:`LowRankRNN` whose latents are uncorrelated and of unit variance in the data;
    n_features_in_, its neurons.

    >>> from lpu_core.timescales import design_flip_flop
    >>> truth = design_flip_flop(n_neurons=40, n_bits=1, rng=0)
    >>> rng = np.random.default_rng(1)
    >>> inputs, start = rng.standard_normal((20, 30, 1)), rng.standard_normal((30, 40))
    >>> rates = truth.simulate(inputs, initial_rates=start, record_rates=True).rates
    >>> fitted = LPU(rank=1).fit(rates, inputs)
    >>> round(fitted.score(rates, inputs), 3)
    1.0
    """

    def __init__(self, rank: int = 1, *, tau: float = 10.0, dt: float = 5.0, noise: str = "rates",
                 prior_std: float = 3.0, max_iterations: int = 300):  # fmt: skip
        self.rank, self.tau, self.dt, self.noise = rank, tau, dt, noise
        self.prior_std, self.max_iterations = prior_std, max_iterations

    def fit(self, rates: Any, inputs: Any = None) -> "LPU":
        """From rates (T, B, N) and, where there were some, inputs (T, B, D). Raises ValueError for what does not fit."""
        rates, inputs = _recording(rates, inputs)
        n, d = rates.shape[2], inputs.shape[2]
        alpha = real("dt", self.dt, above(0)) / real("tau", self.tau, above(0))
        found = one_step.samples(_as_precise(rates, self.noise), _as_precise(inputs, self.noise), alpha)
        m, enc, w = fit_samples(found, self.rank, self.noise, self.prior_std, self.max_iterations)
        network = LowRankRNN(m, enc, w[:, :d], w[:, d], tau=self.tau, dt=self.dt)
        self.network_ = network.change_basis(_whitening(found.rates @ enc.astype(found.rates.dtype) / n))
        self.n_features_in_ = rates.shape[2]
        return self

    def transform(self, rates: Any) -> Array:
        """κ, (…, K), of rates (…, N)."""
        check_is_fitted(self)
        n = self.network_.n_neurons
        rates = floats("rates", cast("rates", rates, np.float64), (*np.shape(rates)[:-1], n))
        return rates @ self.network_.encoding / n

    def predict(self, rates: Any, inputs: Any = None, *, n_steps: int = 1) -> Array:
        """The rates `n_steps` after each step of a recording, (T − n_steps, B, N), from it and the inputs between."""
        check_is_fitted(self)
        rates, inputs = _recording(rates, inputs)
        n_steps = whole("n_steps", n_steps, at_least(1))
        require(n_steps < len(rates), "n_steps", f"below the {len(rates)} steps of the recording", n_steps)
        network, ahead = self.network_, rates[:-n_steps].copy()
        for step in range(1, n_steps + 1):
            u = inputs[step : len(inputs) - n_steps + step]
            ahead += network.alpha * (network.tuning(self.transform(ahead), u) - ahead)
        return ahead

    def score(self, rates: Any, inputs: Any = None) -> float:
        """The share of the variance of the neurons' drives that is predicted one step ahead: R², at most 1."""
        check_is_fitted(self)
        rates, inputs = _recording(rates, inputs)
        _, u, drives = one_step.samples(rates, inputs, self.network_.alpha)
        return one_step.explained(
            drives, self.network_.tuning(self.transform(rates[:-1]).reshape(len(drives), -1), u[:, :-1])
        )


def _recording(rates: Any, inputs: Any) -> tuple[Array, Array]:
    """Rates (T, B, N) and inputs (T, B, D), checked; no inputs for None."""
    rates = floats("rates", rates, (None, None, None))
    require(rates.size, "rates", "some steps, trials and neurons", rates.shape)
    inputs = np.zeros((*rates.shape[:2], 0)) if inputs is None else inputs
    return rates, floats("inputs", cast("inputs", inputs, rates.dtype), (*rates.shape[:2], None))


def fit_samples(
    found: one_step.Samples, rank: int, noise: str = "rates", prior_std: float = 3.0, max_iterations: int = 300
) -> one_step.Factors:
    """The weights of rank K that predict samples best; the neurons that are predicted need not be those that predict.

    found: the samples. rank: K. noise, prior_std, max_iterations: as in :class:`LPU`.

    >>> found = one_step.Samples(np.eye(3), np.zeros((3, 0)), np.tanh(np.eye(3)[:, :1]))
    >>> m, n, _ = fit_samples(found, 1, "currents")
    >>> (m @ n.T / 3).round(3)
    array([[1., 0., 0.]])
    """
    rank = whole("rank", rank, at_least(1))
    if choice("noise", noise, one_of(*NOISE)) == "currents":
        return one_step.reduced_rank(found.rates, found.inputs, one_step.currents(found.drives), rank, 1e-12)
    found = one_step.Samples(*(_as_precise(part, noise) for part in found))
    start = one_step.reduced_rank(found.rates, found.inputs, one_step.linear_currents(found.drives), rank, 1e-3)
    decay = 2 * one_step.error(start, found) / (real("prior_std", prior_std, PRIOR) ** 2 * found.drives.size)
    found_weights = one_step.descend(start, found, decay, max_iterations)
    return one_step.Factors(*(part.astype(np.float64) for part in found_weights))


def _as_precise(part: Array, noise: Any) -> Array:
    """In the precision of the fit: that of float32 is far below noise in the rates."""
    return part.astype(np.float32 if noise == "rates" else np.float64, copy=False)


def _whitening(kappa: Array) -> Array:
    """A such that Aκ has uncorrelated entries of unit variance, the most variable direction first."""
    _, values, axes = np.linalg.svd(kappa - kappa.mean(0), full_matrices=False)
    return axes / np.maximum(values, values[0] * 1e-9)[:, None] * np.sqrt(len(kappa))


@checked(rank=at_least(1), tau=above(0), dt=above(0), rounds=at_least(1))
def fit_counts(
    counts: Float[Array, "T B N"], inputs: Float[Array, "T B D"], rank: int, *, tau: float = 100.0, dt: float = 10.0,
    rounds: int = 3,
) -> tuple[LPU, Array]:  # fmt: skip
    """An LPU that fires by chance (:mod:`lpu_core.spiking`) from its spikes, and the peak count of each neuron, (N,).

    Fit and peak take turns: the peak that fits the counts best, given what the LPU predicts, gives the traces
    (:func:`lpu_core.observations.from_counts`) of the next fit. It begins at twice the mean.

    counts: spikes in each step, (T, B, N). inputs: (T, B, D). rank: K. tau, dt: τ of the synapses and Δt, ms. rounds: how
    often. Raises ValueError for a neuron that never fires.

    >>> from lpu_core import spiking, timescales
    >>> truth = timescales.design_flip_flop(60, 1, rng=0)
    >>> start = np.random.default_rng(1).uniform(-1.5, 1.5, (100, 1))
    >>> _, spikes = spiking.fire(truth, np.zeros((50, 100, 1)), 200.0, 2, initial_latents=start, record_spikes=True)
    >>> _, peak = fit_counts(spikes.astype(float), np.zeros((50, 100, 0)), 1, tau=10.0, dt=5.0)
    >>> round(float(np.median(peak)), 1)  # 200 spikes per second
    1.0
    """
    mean = counts.mean((0, 1))
    require((mean > 0).all(), "counts", "neurons that fire", f"{int((mean == 0).sum())} that never do")
    ahead = np.concatenate([inputs[:1], inputs])  # the trace starts a step before the first bin
    peak, alpha = 2 * mean, dt / tau
    for round_ in range(rounds):
        rates = from_counts(counts, alpha, peak)
        model = LPU(rank, tau=tau, dt=dt).fit(rates, ahead)
        if round_ < rounds - 1:
            share = (1 + model.network_.tuning(model.transform(rates[:-1]), inputs)) / 2  # of the peak, expected
            peak = (counts * share).sum((0, 1)) / np.square(share).sum((0, 1))
    return model, peak


# ------------------------------------------------------------------ what is identified


class Identified(NamedTuple):
    """What the law of least squares expects of a fit.

    variances: λ_j of the rates beyond what inputs tell of them, (N,), the largest first. errors: the r.m.s. length of what
    W v_j is off by, (N,), as a share of the r.m.s. length of all W v_j. tuning, influence: the angle, degrees, between true
    and fitted subspace, the r.m.s. over its K directions.
    """

    variances: Array
    errors: Array
    tuning: float
    influence: float


@checked(noise_std=between(0, 1e9), n_samples=at_least(1), covariance=between(-1e12, 1e12))
def identified(network: LowRankRNN, covariance: Float[Array, "N N"], noise_std: float, n_samples: int) -> Identified:
    r"""The expected error of W along each direction of activity, and of the subspaces of tuning and influence.

    Least squares find W C^{1/2} = U Σ Vᵀ to within σZ/√S, Z of independent unit entries. Cut to rank K, to first order,

    .. math:: \mathbb E\,\|\hat W v_j - W v_j\|^2 = \frac{\sigma^2}{\lambda_j S}
        \bigl[K + (N-K)\,\|V^\top v_j\|^2\bigr], \qquad
        \mathbb E\,\|\sin\Theta_M\|^2 = \frac{\sigma^2}{S}(N-K)\,\mathrm{tr}\,\Sigma^{-2}, \qquad
        \mathbb E\,\|\sin\Theta_N\|^2 = \frac{\sigma^2}{S}\,\mathrm{tr}[(1-P_N) C^{-1}]\,\mathrm{tr}(B^\top B)^{-1}

    with B = WᵀU and P_N the projector on its span, that of Nenc. Without a bound on the rank, N has the bracket's place.

    network: the true one, or the fitted one in its place. covariance: C, (N, N), of the rates beyond what the inputs tell of
    them. noise_std: σ, of the currents. n_samples: S. Raises ValueError for rates that do not vary along all directions.

    >>> net = LowRankRNN([[1.0], [1.0]], [[1.0], [0.0]], np.zeros((2, 0)))
    >>> identified(net, np.diag([1.0, 0.01]), 0.1, 1000).errors.round(3)  # the seldom visited direction is known far worse
    array([0.009, 0.063])
    """
    n, k = network.encoding.shape
    require(covariance.shape == (n, n), "covariance", f"shape {(n, n)}, the network's neurons", covariance.shape)
    variances, directions = np.linalg.eigh(covariance)
    variances, directions = variances[::-1], directions[:, ::-1]
    require(variances[-1] > 0, "covariance", "positive variance along all directions", variances[-1])
    influence = network.encoding @ np.linalg.qr(network.embedding)[1].T / n  # B: W is U Bᵀ
    along = directions.T @ influence  # row j: what W v_j is, in the K directions of tuning
    row, values, _ = np.linalg.svd(along * np.sqrt(variances)[:, None], full_matrices=False)
    require(values[-1] > 0, "network", "latents that move and are moved by the rates", "some that are not")
    per_direction = noise_std**2 / n_samples / variances
    errors = np.sqrt(per_direction * (k + (n - k) * np.square(row).sum(1)))
    off = (per_direction * (1 - np.square(np.linalg.qr(along)[0]).sum(1))).sum()
    sines = (noise_std * np.sqrt((n - k) / n_samples * np.mean(values**-2.0)),
             np.sqrt(off * np.trace(np.linalg.inv(along.T @ along)) / k))  # fmt: skip
    return Identified(
        variances, errors / np.sqrt(np.square(along).sum() / n), *(float(np.degrees(np.arctan(x))) for x in sines)
    )


# ------------------------------------------------------------------ against the truth, where it is known


class Comparison(NamedTuple):
    """How far a fitted network is from the true one, whatever the basis of its latents.

    tuning, influence: the principal angles between the spans of M and of Nenc, degrees, (K,), the largest first. flow: the
    r.m.s. error of the flow, as a share of its r.m.s. attractors: how many, fitted and true (:func:`settled`).
    """

    tuning: Array
    influence: Array
    flow: float
    attractors: tuple[int, int]


@checked(n_starts=at_least(1))
def settled(network: LowRankRNN, rng: Seed = 0, n_starts: int = 300) -> Float[Array, "A K"]:
    """Where κ comes to rest from random places of the box that holds all fixed points, (A, K), without inputs; any K.

    An attractor that few starts reach may be missed; :func:`lpu_core.dynamics.fixed_points` misses none, of up to three
    latents.

    network: with a bounded φ. rng: for the starts. n_starts: how many.

    >>> from lpu_core.timescales import design_flip_flop
    >>> len(settled(design_flip_flop(200, 2, rng=0)))
    4
    """
    low, high = network.bounding_box()
    start = np.random.default_rng(rng).uniform(low, high, (n_starts, network.n_latents))
    inputs = np.zeros((int(np.ceil(400 / network.alpha)), n_starts, network.n_inputs))
    ends = network.astype(np.float64).simulate(inputs, initial_latents=start).latents[-1]
    size = np.linalg.norm(high)
    rest = ends[np.linalg.norm(network.astype(np.float64).flow(ends), axis=1) * network.tau < 1e-4 * size]
    found: list[Array] = []
    for end in rest:
        if all(np.linalg.norm(end - other) > 1e-2 * size for other in found):
            found.append(end)
    return np.array(found).reshape(-1, network.n_latents)


@checked()
def compare(network: LowRankRNN, truth: LowRankRNN, kappa: Float[Array, "S K"]) -> Comparison:
    """The fitted `network` against the `truth`: tuning, influence, and the flow at some states of the truth.

    network, truth: of the same neurons and rank. kappa: states of the truth at which flows are compared, (S, K). Raises
    ValueError for other sizes.

    >>> truth = LowRankRNN([[1.0], [2.0]], [[3.0], [1.0]], np.zeros((2, 0)))
    >>> compare(truth.change_basis([[2.0]]), truth, [[0.1], [1.0]]).flow < 1e-12
    True
    """
    same = network.embedding.shape == truth.embedding.shape
    require(same, "network", f"neurons and latents as the truth's, {truth.embedding.shape}", network.embedding.shape)
    to_truth = np.linalg.lstsq(truth.embedding, network.embedding, rcond=None)[0]  # κ of the truth = A κ of the fit
    aligned = network.change_basis(to_truth)
    true, found = truth.flow(kappa), aligned.flow(kappa)
    spans = ((network.embedding, truth.embedding), (network.encoding, truth.encoding))
    tuning, influence = (np.degrees(subspace_angles(*pair)) for pair in spans)
    flow = float(np.sqrt(np.square(found - true).mean() / np.square(true).mean()))
    return Comparison(tuning, influence, flow, (len(settled(aligned)), len(settled(truth))))


# ------------------------------------------------------------------ what a push will do


class Push(NamedTuple):
    """What a push of the rates does, by the fitted network.

    inside: the part of the push in the encoding subspace, (B, N); it alone moves κ. off: the rest, which decays. latents:
    κ after each step, (T, B, K), pushed and not. rates: likewise, (T, B, N).
    """

    inside: Array
    off: Array
    latents: tuple[Array, Array]
    rates: tuple[Array, Array]


@checked()
def predict_push(
    network: LowRankRNN, rates: Float[Array, "B N"], push: Float[Array, "B N"], inputs: Float[Array, "T B D"]
) -> Push:
    """The course of a network's latents and rates after a push, and without it.

    network: the fitted one. rates: r at the push, (B, N). push: δr, (B, N). inputs: u from then on, (T, B, D).

    >>> net = LowRankRNN([[1.0], [2.0]], [[1.0], [1.0]], np.zeros((2, 0)))
    >>> found = predict_push(net, [[0.0, 0.0]], [[0.5, -0.5]], np.zeros((2, 1, 0)))
    >>> found.off, float(abs(found.latents[0]).max())  # off the encoding subspace: κ does not move
    (array([[ 0.5, -0.5]]), 0.0)
    """
    require(push.shape == rates.shape, "push", f"shape {rates.shape}, as rates", push.shape)
    inside = encoding_projector(network.encoding)(push)
    starts = (rates + push, rates)
    pushed, alone = (network.simulate(inputs, initial_rates=start, record_rates=True) for start in starts)
    return Push(inside, push - inside, (pushed.latents, alone.latents), (pushed.rates, alone.rates))  # type: ignore
