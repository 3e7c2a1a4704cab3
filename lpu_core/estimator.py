"""An LPU fitted to a recording: scikit-learn's habits, the weights of any rank, and peaks where there are only spikes."""

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from lpu_core import one_step
from lpu_core.check import Array, above, at_least, between, cast, checked, choice, floats, one_of, real, require, whole
from lpu_core.networks import LowRankRNN
from lpu_core.observations import from_counts

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
        """The share of the variance of the drives of `rates`, given `inputs`, that is predicted a step ahead: R²."""
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
