"""A report on a recording: how well its classes are decoded over time, and whether a nonlinear code would have shown.

What :mod:`lpu_core.comparison` finds in the recording is held against what it finds in :mod:`lpu_core.twins` of it.
"""

from dataclasses import dataclass
from itertools import pairwise
from textwrap import fill
from typing import Any

import numpy as np
from jaxtyping import Float
from joblib import Parallel, delayed
from scipy.stats import norm, t

from lpu_core import twins
from lpu_core.check import Array, Seed, above, at_least, between, checked, require
from lpu_core.comparison import DIMENSIONS, compared, tested
from lpu_core.recordings import Recording

LEAST = 15  # trials of a class: three sets of five
SEPARATIONS = 2 * norm.ppf([0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.995])  # the linear codes among which the twins' is sought


@dataclass(frozen=True, eq=False)
class Report:
    """What :func:`report` returns; printed, it is a table and some sentences.

    window: the judged one, (start, stop), s. trials: class → how many. neurons: how many.
    judged: linear accuracy, nonlinear accuracy, their difference and its standard error in that window, (4,).
    windows: (start, stop) of those over time, s, (W, 2). over_time: the same four numbers in each, (W, 4).
    permuted: the same after permuting the labels, (permutations, 4).
    alike, planted: nonlinear minus linear accuracy in linear twins, and in those with an `advantage` on top, (n,).
    notes: what is to be known, a sentence each. What could not be computed is empty.
    """

    window: tuple[float, float]
    trials: dict[str, int]
    neurons: int
    judged: Float[Array, " F"]
    windows: Float[Array, "W 2"]
    over_time: Float[Array, "W 4"]
    permuted: Float[Array, "P 4"]
    alike: Float[Array, " n"]
    planted: Float[Array, " n"]
    advantage: float
    notes: tuple[str, ...]

    @property
    def spread(self) -> float | None:
        """The s.d. of nonlinear minus linear accuracy over twins of either kind, pooled; None without twins."""
        both = (
            np.concatenate([self.alike - self.alike.mean(), self.planted - self.planted.mean()]) if len(self.alike) else None
        )
        return None if both is None else float(np.sqrt(np.square(both).sum() / (len(both) - 2)))

    @property
    def threshold(self) -> float | None:
        """Nonlinear minus linear accuracy that the next linear twin exceeds once in twenty times; None without twins.

        From n of them: mean + t · s.d. · √(1 + 1/n), with Student's t.
        """
        if self.spread is None:
            return None
        sure = t.ppf(0.95, len(self.alike) + len(self.planted) - 2) * np.sqrt(1 + 1 / len(self.alike))
        return float(self.alike.mean() + sure * self.spread)

    @property
    def power(self) -> float | None:
        """How often a twin with the planted advantage exceeds the threshold, if twins are Gaussian; None without twins."""
        if self.threshold is None:
            return None
        return float(norm.sf(self.threshold, self.planted.mean(), max(self.spread or 0.0, np.finfo(float).tiny)))

    def rows(self) -> list[dict[str, Any]]:
        """A row for each window, the judged one first: what, start, stop, linear, nonlinear, difference and its error."""
        found = [("judged", self.window, self.judged)] if len(self.judged) else []
        found += [("over time", w, four) for w, four in zip(self.windows.tolist(), self.over_time, strict=True)]
        columns = ("what", "start", "stop", "linear", "nonlinear", "difference", "error")
        return [dict(zip(columns, (what, *window, *four.tolist()), strict=True)) for what, window, four in found]

    def sentences(self) -> list[str]:
        """The findings and what is to be known."""
        said = list(self.notes)
        if len(self.judged):
            _, _, off, error = self.judged
            said.append(
                f"Nonlinear minus linear: {off:+.3f}, standard error {error:.3f}. Chance is {1 / len(self.trials):.3f}."
            )
        if len(self.permuted):
            linear, nonlinear = self.permuted[:, :2].mean(axis=0)
            said.append(f"With permuted labels: linear {linear:.3f}, nonlinear {nonlinear:.3f}.")
        if self.threshold is not None:
            a, p, above = self.alike, self.planted, "above" if off > self.threshold else "not above"
            said.append(
                f"{len(a)} twins of this size whose code is linear: {a.mean():+.3f}, s.d. {a.std(ddof=1):.3f}. "
                f"With a nonlinear advantage of {self.advantage:g} on top: {p.mean():+.3f}, s.d. {p.std(ddof=1):.3f}."
            )
            said.append(
                f"Such an advantage is found (above {self.threshold:+.3f}) in about {self.power:.0%} of all such twins; "
                f"the recording is {above}."
            )
        return said

    def __str__(self) -> str:
        head = f"{self.neurons} neurons; " + ", ".join(f"{count} trials of {name}" for name, count in self.trials.items())
        lines = [head, f"{'window (s)':>16}  linear  nonlinear  difference"]
        for row in self.rows():
            numbers = f"{row['linear']:6.3f}  {row['nonlinear']:9.3f}  {row['difference']:+.3f} ± {row['error']:.3f}"
            lines.append(f"{row['start']:7.3g} to {row['stop']:5.3g}  {numbers}" + "  judged" * (row["what"] == "judged"))
        return "\n".join(lines + [fill(one, 84) for one in self.sentences()])


@checked(
    step=above(0), advantage=between(0, 0.5, "()"), repeats=at_least(1), permutations=at_least(0), n_twins=at_least(2),
    n_jobs=at_least(1),
)  # fmt: skip
def report(
    recording: Recording,
    window: tuple[float, float],
    rng: Seed,
    *,
    region: str | None = None,
    step: float | None = None,
    advantage: float = 0.05,
    repeats: int = 2,
    permutations: int = 10,
    n_twins: int = 10,
    n_jobs: int = 1,
) -> Report:
    """Decode the classes of a `recording`, linearly and nonlinearly: over time, in one `window`, permuted and in twins.

    window: (start, stop), s from the event, fixed before looking; the difference is judged there. region: its neurons only.
    step: the length of the windows over time, s; None: a tenth of the recording. advantage: how much better than a line the
    best nonlinear decoder of a planted twin is. repeats: of the dealing into three sets. n_jobs: cores.

    Twins (:mod:`lpu_core.twins`) have as many neurons and trials as the recording, its shared variance, and a linear code
    that is decoded as well as the recording's. Of more than two classes they have the two largest. Whatever is too small is
    left out, with a sentence in the report. Raises ValueError for windows that are not whole bins of the recording.

    >>> labels = np.arange(60) % 2 == 0
    >>> activity = np.random.default_rng(0).standard_normal((4, 60, 8)) + 0.2 * labels[:, None]
    >>> found = report(Recording(activity, ["V1"] * 8, labels, 0.1), (0.0, 0.4), 1, repeats=1, permutations=0, n_twins=2)
    >>> found.judged.shape, found.over_time.shape, found.planted.shape
    ((4,), (4, 4), (2,))
    """
    rng, notes = np.random.default_rng(rng), list(recording.notes)
    activity = recording.window(*window, region)
    classes, counts = np.unique(recording.labels, return_counts=True)
    for one, count in zip(classes[counts < LEAST], counts[counts < LEAST], strict=True):
        notes.append(f"Class {one} has {count} trials; it takes {LEAST}, so it was left out.")
    classes, counts = classes[counts >= LEAST], counts[counts >= LEAST]
    windows = _tiles(recording, step)
    kept = np.isin(recording.labels, classes)
    labels, activity = recording.labels[kept], activity[kept]
    trials = {str(one): int(count) for one, count in zip(classes, counts, strict=True)}
    sizes, none = (window, trials, activity.shape[1]), np.zeros(0)
    if len(classes) < 2:
        notes.append(f"Of {len(classes)} class{'es' * (len(classes) != 1)} nothing can be decoded.")
        empty = (none, np.zeros((0, 2)), np.zeros((0, 4)), np.zeros((0, 4)), none, none)
        return Report(*sizes, *empty, advantage, tuple(notes))
    varying = int(np.count_nonzero(np.ptp(activity, axis=0)))
    if varying < DIMENSIONS:
        notes.append(f"{varying} of {activity.shape[1]} neurons vary: too few for {DIMENSIONS} dimensions of each kind.")
    asked = [(activity, labels, repeats), *((recording.window(*tile, region)[kept], labels, repeats) for tile in windows)]
    asked += [(activity, rng.permutation(labels), 1) for _ in range(permutations)]
    judged, *others = _compared(asked, rng, n_jobs)
    over_time, permuted = others[: len(windows)], np.reshape(others[len(windows) :], (-1, 4))

    two = np.isin(labels, classes[np.argsort(counts, kind="stable")[-2:]])
    pair, activity, reached = labels[two] == np.unique(labels[two])[1], activity[two], judged[0]
    if len(classes) > 2:
        notes.append("Twins have two classes, the two largest.")
        reached = _linear(activity, pair, repeats, rng)
    alike, planted, said = _twins(activity, pair, reached, advantage, repeats, n_twins, rng, n_jobs)
    found = (judged, np.array(windows), np.array(over_time), permuted, alike, planted)
    return Report(*sizes, *found, advantage, tuple(notes + said))


Asked = tuple[Array, Array, int]  # activity, labels, repeats


def _compared(asked: list[Asked], rng: np.random.Generator, n_jobs: int) -> list[Array]:
    """:func:`compared` of each, on some cores."""
    seeds = rng.integers(2**62, size=len(asked)).tolist()
    jobs = [delayed(tested)(*one, seed) for one, seed in zip(asked, seeds, strict=True)]
    found = Parallel(n_jobs=n_jobs)(jobs)
    return [compared(right, labels) for right, (_, labels, _) in zip(found, asked, strict=True)]


def _linear(activity: Array, labels: Array, repeats: int, rng: np.random.Generator) -> float:
    """The accuracy of the linear decoder alone."""
    right = tested(activity, labels, repeats, rng, nonlinear=False)
    return float(np.mean([np.nanmean(right[:, labels == one]) for one in np.unique(labels)]))


def _tiles(recording: Recording, step: float | None) -> list[tuple[float, float]]:
    """Windows of `step` side by side, from the recording's start on."""
    n_bins = len(recording.activity)
    ratio = max(1, round(n_bins / 10)) if step is None else step / recording.bin_size
    width = max(1, round(min(ratio, n_bins + 1)))
    good = abs(ratio - width) < 1e-6 and width <= n_bins
    require(good, "step", f"a whole number of bins of {recording.bin_size:g} s, at most {n_bins}", step)
    at = recording.start + recording.bin_size * np.arange(0, n_bins + 1, width)
    return [(float(a), float(b)) for a, b in pairwise(at)]


def _twins(
    activity: Array,
    labels: Array,
    reached: float,
    advantage: float,
    repeats: int,
    n_twins: int,
    rng: np.random.Generator,
    n_jobs: int,
) -> tuple[Array, Array, list[str]]:
    """Nonlinear minus linear accuracy in twins without and with a planted advantage, and what is to be said."""
    shared = float(np.clip(twins.shared_variance(activity, labels, rng), 0.01, 0.99))

    def drawn(separation: float, agreement: float) -> tuple[Array, Array]:
        shuffled = rng.permutation(labels)
        return twins.population(shuffled, activity.shape[1], separation, agreement, shared, rng), shuffled

    tries = [[_linear(*drawn(d, 0.5), 1, rng) for _ in range(3)] for d in SEPARATIONS]
    reaches = np.maximum.accumulate(np.mean(tries, axis=1))
    separation = float(np.interp(reached, reaches, SEPARATIONS))
    said = []
    if reached > reaches[-1]:
        said.append(f"Linear decoding reaches {reached:.3f}, twins of this size {reaches[-1]:.3f} at most.")
    agreement = twins.agreement_for(separation, advantage)
    if agreement is None:
        said.append(f"There is no room for a nonlinear advantage of {advantage:g}: the linear code leaves too few errors.")
        return np.zeros(0), np.zeros(0), said
    asked = [(*drawn(separation, p), repeats) for p in (0.5, agreement) for _ in range(n_twins)]
    off = np.array([four[2] for four in _compared(asked, rng, n_jobs)])
    return off[:n_twins], off[n_twins:], said
