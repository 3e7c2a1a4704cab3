"""Is it an LPU, and of which rank? What neurons and trials that were not fitted say, and what a fit leaves."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lpu_core import one_step
from lpu_core.check import Array, Seed, above, at_least, checked, one_of, require
from lpu_core.estimator import NOISE, PRIOR, fit_samples


class RankScores(NamedTuple):
    """R² of the drives of held-out neurons in held-out trials, by the other neurons a step before.

    ranks: K, (R,). scores: (R, folds). null: the same with each trial's drives predicted from another trial, (folds,), at
    the chosen rank. chosen: the smallest rank within a standard error of the best.
    """

    ranks: Array
    scores: Array
    null: Array
    chosen: int


@checked(tau=above(0), dt=above(0), noise=one_of(*NOISE), prior_std=PRIOR, n_folds=at_least(2))
def select_rank(
    rates: Float[Array, "T B N"], inputs: Float[Array, "T B D"], ranks: Sequence[int], rng: Seed, *, tau: float = 10.0,
    dt: float = 5.0, noise: str = "rates", prior_std: float = 3.0, n_folds: int = 4,
) -> RankScores:  # fmt: skip
    """The rank by which half of the neurons best predict the others' next step in trials that were not fitted.

    The standard error is that of the difference to the best rank, over folds. Raises ValueError for fewer trials than folds
    and ranks above half of the neurons.

    rates: (T, B, N). inputs: (T, B, D). ranks: to try, increasing. tau, dt: τ and Δt, ms. noise, prior_std: as in
    :class:`LPU`. n_folds: into which trials are dealt; each has its own halves of the neurons.

    >>> from lpu_core.timescales import design_flip_flop
    >>> truth, start = design_flip_flop(40, 2, rng=0), np.random.default_rng(1).standard_normal((40, 40))
    >>> rates = truth.simulate(np.zeros((20, 40, 2)), initial_rates=start, noise_std=0.1, rng=2, record_rates=True).rates
    >>> select_rank(rates, np.zeros((20, 40, 0)), [1, 2, 3], 0, noise="currents").chosen
    2
    """
    _, n_trials, n = rates.shape
    ranks = list(ranks)
    require(all(rank >= 1 for rank in ranks), "ranks", "numbers from 1", ranks)
    require(ranks and ranks == sorted(set(ranks)), "ranks", "increasing numbers", ranks)
    require(ranks[-1] <= n // 2, "ranks", f"at most {n // 2}, half of the neurons", ranks[-1])
    require(n_trials >= 2 * n_folds, "rates", f"at least {2 * n_folds} trials", n_trials)
    rng = np.random.default_rng(rng)
    folds, scores, nulls = np.array_split(rng.permutation(n_trials), n_folds), np.zeros((len(ranks), n_folds)), []
    for f, held_out in enumerate(folds):
        shuffled = rng.permutation(n)
        seen, unseen = np.sort(shuffled[: n // 2]), np.sort(shuffled[n // 2 :])
        train = np.setdiff1d(np.arange(n_trials), held_out)
        near, far = (_of(rates, inputs, trials, trials, seen, unseen, tau, dt) for trials in (train, held_out))
        other = _of(rates, inputs, held_out, np.roll(held_out, 1), seen, unseen, tau, dt)
        fits = [fit_samples(near, rank, noise, prior_std, 300) for rank in ranks]
        scores[:, f] = [_predicts(fit, far) for fit in fits]
        nulls.append([_predicts(fit, other) for fit in fits])
    best = scores.mean(1).argmax()
    below = scores[best] - scores
    near_best = below.mean(1) <= below.std(1, ddof=1) / np.sqrt(n_folds)
    smallest = int(near_best.argmax())
    return RankScores(np.array(ranks), scores, np.array(nulls)[:, smallest], ranks[smallest])


def _of(
    rates: Array, inputs: Array, trials: Array, from_trials: Array, seen: Array, unseen: Array, tau: float, dt: float
) -> one_step.Samples:
    """Samples of some trials: rates of the `seen` neurons in `from_trials` before, drives of the `unseen` ones."""
    after = one_step.samples(rates[:, trials][..., unseen], inputs[:, trials], dt / tau)
    before = one_step.samples(rates[:, from_trials][..., seen], inputs[:, trials], dt / tau)
    return one_step.Samples(before.rates, after.inputs, after.drives)


def _sums(weights: one_step.Factors, found: one_step.Samples) -> Array:
    """The currents that the weights predict."""
    return one_step.predicted_currents(weights, found.rates, found.inputs)


def _predicts(weights: one_step.Factors, found: one_step.Samples) -> float:
    """R² of the drives that the weights predict."""
    return one_step.explained(found.drives, np.tanh(_sums(weights, found)))


class Hypotheses(NamedTuple):
    """What an LPU must be, and how far the recording is from it.

    own_rate: how much of a neuron's own rate its drive holds (its current, for noise in the currents) that the latents do
    not tell, (N,); of the drive 0 where all neurons have the τ that was given, 1 − τ/τ_i where one has another.
    own_rate_error: its standard errors, (N,). leak: R² of the next step of held-out trials if rates leak, as in (2), and if
    currents do. bound: R² of the drives of held-out trials at rank K and without a bound on it.
    """

    own_rate: Array
    own_rate_error: Array
    leak: tuple[float, float]
    bound: tuple[float, float]

    @property
    def deviation(self) -> float:
        """The mean square of own_rate in standard errors: about 1 where all neurons have the τ that was given."""
        return float(np.square(self.own_rate / self.own_rate_error).mean())


@checked(rank=at_least(1), tau=above(0), dt=above(0), noise=one_of(*NOISE))
def check_hypotheses(
    rates: Float[Array, "T B N"], inputs: Float[Array, "T B D"], rank: int, *, tau: float = 10.0, dt: float = 5.0,
    noise: str = "rates",
) -> Hypotheses:  # fmt: skip
    """What speaks against an LPU of rank K: weights of a higher rank, currents that leak, neurons with a τ of their own.

    Fitted on even trials, judged on odd ones. A drive that holds the neuron's own rate shows in what the fit leaves, against
    that rate; the rate a step before serves as instrument, so that noise in the recorded rates does not pass for it. Ask in
    this order: where the rank is wrong, the others mean nothing.

    rates, inputs: (T, B, N), (T, B, D). rank: K. tau, dt: τ and Δt, ms. noise: as in :class:`LPU`. Raises ValueError for
    fewer than four trials or three steps.

    >>> from lpu_core import LowRankRNN
    >>> net = LowRankRNN(*np.random.default_rng(0).standard_normal((2, 20, 1)), np.zeros((20, 0)))
    >>> start = np.random.default_rng(1).standard_normal((60, 20))
    >>> rates = net.simulate(np.zeros((9, 60, 0)), initial_rates=start, noise_std=0.1, rng=2, record_rates=True).rates
    >>> found = check_hypotheses(rates, np.zeros((9, 60, 0)), 1, noise="currents")
    >>> found.leak[0] > found.leak[1]  # rates leak
    True
    """
    steps, n_trials, n = rates.shape
    require(n_trials >= 4 and steps >= 3, "rates", "at least four trials of three steps", rates.shape[:2])
    alpha = dt / tau
    train, test = (one_step.samples(rates[:, half::2], inputs[:, half::2], alpha) for half in (0, 1))
    low, full = (fit_samples(train, k, noise, 3.0, 300) for k in (rank, n))
    bound = (_predicts(low, test), _predicts(full, test))
    x = one_step.currents(rates.reshape(-1, n), 0.999).reshape(rates.shape)  # currents that leak make φ⁻¹(r) linear in r
    (_, _, of_x), (x_test, _, _) = (one_step.samples(x[:, half::2], inputs[:, half::2], alpha) for half in (0, 1))
    other = one_step.reduced_rank(train.rates, train.inputs, of_x, rank, 1e-6)
    after = (1 - alpha) * test.rates + alpha * test.drives
    by_rates = (1 - alpha) * test.rates + alpha * np.tanh(_sums(low, test))
    by_currents = np.tanh((1 - alpha) * x_test + alpha * _sums(other, test))
    leak = (one_step.explained(after, by_rates), one_step.explained(after, by_currents))
    return Hypotheses(*_own_rate(rates, inputs, low, tau, dt, noise), leak, bound)


def _own_rate(
    rates: Array, inputs: Array, weights: one_step.Factors, tau: float, dt: float, noise: str
) -> tuple[Array, Array]:
    """What each drive holds of the neuron's own rate beyond the latents and inputs, and its standard error, (N,) both."""
    _, n_trials, n = rates.shape
    found = one_step.samples(rates, inputs, dt / tau)
    predicted = _sums(weights, found)
    left = one_step.currents(found.drives) - predicted if noise == "currents" else found.drives - np.tanh(predicted)
    told = np.concatenate([found.rates @ weights.encoding / n, found.inputs], axis=1)
    basis = np.linalg.qr(told[n_trials:])[0]  # without the first step, of which the step before is not known
    left, own, before = (
        part - basis @ (basis.T @ part) for part in (left[n_trials:], found.rates[n_trials:], found.rates[:-n_trials])
    )
    through = (own * before).sum(0)
    slope = (left * before).sum(0) / through
    return slope, np.sqrt(np.square((left - slope * own) * before).sum(0)) / np.abs(through)
