"""Inference: an LPU from a recording, and a report on how far it can be trusted and what to measure next.

The fit is :mod:`lpu_core.estimator`'s, what the data say of it :mod:`lpu_core.identification`'s, whether it is one
:mod:`lpu_core.model_checks`'; they are here by their names, too.
"""

from dataclasses import dataclass
from textwrap import fill

import numpy as np
from jaxtyping import Float

from lpu_core import one_step
from lpu_core.check import Array, Seed, above, checked, require
from lpu_core.estimator import LPU, fit_counts, fit_samples
from lpu_core.identification import Comparison, Identified, Push, compare, identified, predict_push, settled
from lpu_core.model_checks import Hypotheses, RankScores, check_hypotheses, select_rank
from lpu_core.networks import LowRankRNN
from lpu_core.observations import from_counts, scaled
from lpu_core.recordings import Recording

__all__ = ["LPU", "Comparison", "Hypotheses", "Identified", "Push", "RankScores", "Report", "check_hypotheses", "compare",
           "fit_counts", "fit_samples", "identified", "predict_push", "report", "select_rank", "settled"]  # fmt: skip

MOST = 6
"""The largest rank that is tried, unless half of the neurons are fewer."""


@dataclass(frozen=True, eq=False)
class Report:
    """What :func:`report` returns; printed, it is a page.

    model: the fitted :class:`LPU`. rates: what it was fitted to, (T, B, N). inputs: u, (T, B, D).
    size: steps, trials, neurons. rank: the scores by which it was chosen. hypotheses: what speaks against an LPU.
    explained: R² of the drives one step ahead, in trials that were not fitted. attractors: κ of each, (A, K).
    identified: what is known of the weights. to_push: the direction along which the weights are known worst, (N,), of unit
    length. notes: what is to be known, a sentence each.
    """

    model: LPU
    rates: Float[Array, "T B N"]
    inputs: Float[Array, "T B D"]
    size: tuple[int, int, int]
    rank: RankScores
    hypotheses: Hypotheses
    explained: float
    attractors: Float[Array, "A K"]
    identified: Identified
    to_push: Float[Array, " N"]
    notes: tuple[str, ...]

    @property
    def network(self) -> LowRankRNN:
        """The fitted network."""
        return self.model.network_

    def sentences(self) -> list[str]:
        """The findings, the doubts and the next experiment."""
        h, known = self.hypotheses, self.identified
        best, null = self.rank.scores.mean(1).max(), self.rank.null.mean()
        said = list(self.notes)
        said.append(
            f"Rank {self.rank.chosen}: the smallest that predicts neurons and trials that were not fitted as well as any up "
            f"to {self.rank.ranks[-1]} (R² {best:.3f}; paired with other trials {null:.3f})."
        )
        if null > best / 2:
            said.append("Other trials predict more than half as well: much of this is the course that all trials share.")
        if self.rank.chosen == self.rank.ranks[-1]:
            said.append("That is the largest rank tried: the rank may be higher, and a low-rank network the wrong model.")
        said.append(
            f"One step ahead, in trials that were not fitted, R² = {self.explained:.3f}; without a bound {h.bound[1]:.3f}."
        )
        told = (
            "rates, as in the model" if h.leak[0] >= h.leak[1] else "currents, or each with its own τ, NOT as in the model"
        )
        said.append(f"What leaks: {told} (R² of the next step {h.leak[0]:.4f} and {h.leak[1]:.4f}).")
        deviation = h.deviation
        verdict = (
            "as neurons with one τ should"
            if deviation < 2
            else "MORE than neurons with one τ should: τ or its spread is off"
        )
        said.append(
            f"Drives hold of the neurons' own rates {verdict} (mean squared deviation {deviation:.1f} standard errors²)."
        )
        said.append(f"The fitted network has {len(self.attractors)} attractor{'s' * (len(self.attractors) != 1)}.")
        said.append(
            f"Expected error: tuning {known.tuning:.1f}°, influence {known.influence:.1f}°, more with noise in the rates."
        )
        if known.influence > 30:
            said.append("The influence is hardly identified: do not read causes off these weights.")
        said.append(
            f"Next: push along `to_push`, which activity visits least (variance {known.variances[-1]:.2g} there, "
            f"{known.variances[0]:.2g} where it is largest), and fit again."
        )
        return said

    def __str__(self) -> str:
        steps, trials, neurons = self.size
        head = f"{neurons} neurons, {trials} trials, {steps} steps of {self.network.dt:g} ms, τ = {self.network.tau:g} ms"
        lines = [head, "rank  R² of held-out neurons in held-out trials"]
        error = self.rank.scores.std(1, ddof=1) / np.sqrt(self.rank.scores.shape[1])
        for k, mean, off in zip(self.rank.ranks, self.rank.scores.mean(1), error, strict=True):
            lines.append(f"{k:4d}  {mean:6.3f} ± {off:.3f}" + "  chosen" * int(k == self.rank.chosen))
        return "\n".join(lines + [fill(one, 84) for one in self.sentences()])


@checked(tau=above(0))
def report(recording: Recording, tau: float, rng: Seed, *, inputs: Float[Array, "T B D"] | None = None) -> Report:
    """Fit an LPU to a `recording`, choose its rank, check its hypotheses, and say what is known and what to measure next.

    Whole numbers from 0 are taken for spike counts, anything else for activity in units that do not matter
    (:func:`lpu_core.observations.scaled`). Neurons that never change are left out, with a sentence.

    tau: τ of the neurons or their synapses, ms, at least a bin. rng: for the folds. inputs: u, (T, B, D), where known;
    None: none. Raises ValueError for fewer than eight trials, four neurons or three steps.

    >>> from lpu_core.timescales import design_flip_flop
    >>> truth, start = design_flip_flop(40, 1, rng=0), np.random.default_rng(1).standard_normal((40, 40))
    >>> rates = truth.simulate(np.zeros((20, 40, 1)), initial_rates=start, noise_std=0.1, rng=2, record_rates=True).rates
    >>> found = report(Recording(rates, ["V1"] * 40, np.zeros(40, int), 0.005), 10.0, 0)
    >>> found.rank.chosen, len(found.attractors)
    (1, 2)
    """
    activity = recording.activity.astype(np.float64)
    notes, dt = list(recording.notes), 1000 * recording.bin_size
    require(dt <= tau, "tau", f"at least a bin, {dt:g} ms", tau)
    changes = np.ptp(activity, axis=(0, 1)) > 0
    if not changes.all():
        notes.append(f"{int((~changes).sum())} of {len(changes)} neurons never change and were left out.")
    activity = activity[..., changes]
    steps, trials, n = activity.shape
    require(
        n >= 4 and trials >= 8 and steps >= 3,
        "recording",
        "three steps, eight trials, four neurons that change",
        activity.shape,
    )
    u = np.zeros((steps, trials, 0)) if inputs is None else inputs
    require(u.shape[:2] == (steps, trials), "inputs", f"shape {(steps, trials)} + (D,)", u.shape)
    counts = (activity >= 0).all() and (activity == np.rint(activity)).all()
    tau = float(tau)
    if counts:
        _, peak = fit_counts(activity, u, min(3, n // 2), tau=tau, dt=dt)
        rates, u = from_counts(activity, dt / tau, peak), np.concatenate([u[:1], u])
    else:
        rates = scaled(activity)
    ranks = range(1, min(MOST, n // 2) + 1)
    chosen = select_rank(rates, u, list(ranks), rng, tau=tau, dt=dt)
    hypotheses = check_hypotheses(rates, u, chosen.chosen, tau=tau, dt=dt)
    model = LPU(chosen.chosen, tau=tau, dt=dt).fit(rates, u)
    network = model.network_
    covariance, noise, n_samples = _noise(network, rates, u)
    known = identified(network, covariance, noise, n_samples)
    least = np.linalg.eigh(covariance)[1][:, 0]
    attractors = settled(network)
    return Report(
        model, rates, u, (steps, trials, n), chosen, hypotheses, hypotheses.bound[0], attractors, known, least, tuple(notes)
    )


def _noise(network: LowRankRNN, rates: Array, inputs: Array) -> tuple[Array, float, int]:
    """C of the rates beyond the inputs, the s.d. of the noise as one of currents, and the number of samples."""
    r, u, d = one_step.samples(rates, inputs, network.alpha)
    predicted = network.tuning(r @ network.encoding / network.n_neurons, u[:, :-1])
    noise = np.sqrt(np.square(d - predicted).mean(0)) / (1 - predicted**2).mean(0)
    own = r - u @ (np.linalg.pinv(u) @ r)
    return own.T @ own / len(r), float(np.sqrt(np.mean(noise**2))), len(r)
