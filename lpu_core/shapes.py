"""The shape of a code: the distances of its condition means, how well halves of the trials agree on them, and their drift.

The shape is the set of distances between the mean responses to C conditions (an RDM: representational dissimilarity
matrix, here its C(C − 1)/2 pairs). Trials stand in arrays (B, N), with the condition of each, a whole number, beside them.
"""

from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import cdist, pdist
from scipy.stats import rankdata

from lpu_core.check import Array, Seed, array, at_least, between, checked, joint, one_of, require

METRICS = ("sqeuclidean", "euclidean", "cityblock", "chebyshev", "correlation", "cosine")
"""Distances of an RDM, as SciPy names them."""


@checked(metric=one_of(*METRICS))
def rdm(means: Float[Array, "C N"], metric: str = "sqeuclidean") -> Float[Array, " P"]:
    """The distances of all pairs of condition `means` (C, N): squared and per neuron, or by another `metric` of `METRICS`.

    metric: by "correlation" or "cosine", nan for means that are constant or 0.

    >>> rdm([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]])  # pairs 0–1, 0–2 and 1–2
    array([ 2.,  8., 10.])
    """
    require(len(means) >= 3, "means", "at least 3 conditions", len(means))
    require(means.shape[1] >= 1, "means", "at least one neuron", means.shape)
    return _rdm(means, metric)


def _rdm(means: Array, metric: str) -> Array:
    return pdist(means.astype(np.float64, copy=False), metric) / (means.shape[1] if metric == "sqeuclidean" else 1)


@checked()
def correlation(one: Float[Array, "*batch P"], other: Float[Array, "*batch P"], rank: bool = True) -> Any:
    """Spearman's correlation (Pearson's if not `rank`) along the last axis of `one` and `other`, (…, P); nan for constants.

    >>> correlation([1.0, 2.0, 3.0], [1.0, 2.0, 9.0]).round(3), correlation([1.0, 2.0, 3.0], [1.0, 2.0, 9.0], False).round(3)
    (np.float64(1.0), np.float64(0.918))
    """
    require(one.shape[-1] >= 2, "one", "at least 2 values", one.shape)
    joint("other", other, "one", one.shape[:-1])
    return _correlation(one, other, rank)


def _correlation(one: Any, other: Any, rank: bool = True) -> Any:
    """:func:`correlation` of what may hold nan, and is nan there."""
    one, other = ((rankdata(x, axis=-1) if rank else np.asarray(x, np.float64)) for x in (one, other))
    one, other = one - one.mean(-1, keepdims=True), other - other.mean(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (one * other).sum(-1) / np.sqrt(np.square(one).sum(-1) * np.square(other).sum(-1))


@checked(n_permutations=at_least(1))
def grouped_correlation(
    one: Float[Array, " P"], other: Float[Array, " P"], groups: Any, n_permutations: int, rng: Seed
) -> tuple[float, float]:
    """Spearman's correlation of `one` and `other`, (P,) each, and its two-sided p with items dealt anew within each group.

    groups: of each item, (P,), whole numbers or text. What both share only because groups differ moves the first number, not
    the second. n_permutations: of the `other`'s ranks, without their groups' means, drawn from rng; p is never 0.

    >>> groups = np.repeat([0, 1], 10)
    >>> x = np.arange(20.0)
    >>> grouped_correlation(x, x, groups, n_permutations=99, rng=0)  # related within the groups
    (1.0, 0.01)
    >>> grouped_correlation(x, x + 15 * (x % 3), groups, n_permutations=99, rng=0)[1] > 0.1  # hardly
    True
    """
    require(len(one) >= 2, "one", "at least 2 values", one.shape)
    joint("other", other, "one", one.shape)
    expected = f"whole numbers or text of shape {one.shape}"
    groups = array("groups", groups, expected)
    fits = groups.shape == one.shape and groups.dtype.kind in "iuU"
    require(fits, "groups", expected, f"{groups.dtype} of shape {groups.shape}")
    rng, null = np.random.default_rng(rng), np.zeros(n_permutations)
    ranks = np.array([rankdata(one), rankdata(other)])
    for group in np.unique(groups):
        mine = groups == group
        ranks[:, mine] -= ranks[:, mine].mean(1, keepdims=True)
        null += rng.permuted(np.tile(ranks[1, mine], (n_permutations, 1)), axis=1) @ ranks[0, mine]
    p = (1 + (np.abs(null) >= abs(ranks[0] @ ranks[1])).sum()) / (1 + n_permutations)
    return float(_correlation(one, other)), float(p)


@checked(n_trials=at_least(1), noise_std=between(0, 1e18, "[)"))
def noisy_trials(
    means: Float[Array, "C N"], n_trials: int, noise_std: float, rng: Seed
) -> tuple[Float[Array, "B N"], Int[Array, " B"]]:
    """`n_trials` trials of each condition, (C·T, N), Gaussian around its mean, and the condition of each, (C·T,).

    means: (C, N). noise_std: of a neuron's rate in a trial, independent of all others. rng: draws the noise.

    >>> trials, conditions = noisy_trials([[0.0, 0.0], [10.0, 10.0]], n_trials=2, noise_std=0.1, rng=0)
    >>> trials.round(), conditions
    (array([[ 0., -0.],
           [ 0.,  0.],
           [10., 10.],
           [10., 10.]]), array([0, 0, 1, 1]))
    """
    conditions = np.repeat(np.arange(len(means)), n_trials)
    trials = np.random.default_rng(rng).standard_normal((len(conditions), means.shape[1]))
    trials *= noise_std
    trials += means[conditions]
    return trials, conditions


@checked(n_splits=at_least(1))
def half_means(
    activity: Float[Array, "B N"], conditions: Int[Array, " B"], n_splits: int, rng: Seed, *, equal: bool = True
) -> Float[Array, "2 S C N"]:
    """The mean response to each condition in either of two random sets of trials, for `n_splits` random draws.

    activity: (B, N). conditions: of each trial, whole numbers (B,). rng: draws the sets. equal: both sets hold as many
    trials of each condition as half of the rarest one's. Else they are halves of all trials, and of an odd number one stays
    out. Raises ValueError for fewer than 3 conditions or 2 trials of one.

    >>> conditions = np.repeat([0, 1, 2], 2)
    >>> half_means(conditions[:, None], conditions, n_splits=1, rng=0)[:, 0, :, 0]  # a neuron that says which it was
    array([[0., 1., 2.],
           [0., 1., 2.]])
    """
    require(activity.shape[1] >= 1, "activity", "at least one neuron", activity.shape)
    shown, where = np.unique(conditions, return_inverse=True)
    counts = np.bincount(where)
    require(len(shown) >= 3, "conditions", "at least 3 conditions", len(shown))
    require(counts.min() >= 2, "conditions", "at least 2 trials of each condition", f"{counts.min()} of one")
    rng, (trials, neurons) = np.random.default_rng(rng), activity.shape
    order = np.lexsort((rng.random((n_splits, trials)), np.broadcast_to(where, (n_splits, trials))), axis=-1)
    place = np.arange(trials) - np.repeat(np.cumsum(counts) - counts, counts)  # of a trial among those of its condition
    sizes = (np.full_like(counts, counts.min()) // 2 if equal else counts // 2)[np.sort(where)]
    weights = np.zeros((2, n_splits, len(shown), trials), activity.dtype)
    for half in (0, 1):
        chosen = np.flatnonzero(place // sizes == half)
        rows = np.arange(n_splits)[:, None]
        weights[half, rows, np.sort(where)[chosen], order[:, chosen]] = 1 / sizes[chosen]
    return (weights.reshape(-1, trials) @ activity).reshape(2, n_splits, len(shown), neurons)


def _rdms(halves: Any, metric: str = "sqeuclidean") -> Float[Array, "2 S P"]:
    """The RDMs of the means (2, S, C, N) of both halves in each split."""
    return np.array([[_rdm(means, metric) for means in half] for half in halves])


@checked(n_splits=at_least(1), metric=one_of(*METRICS))
def geometric_stability(
    activity: Float[Array, "B N"],
    conditions: Int[Array, " B"],
    n_splits: int,
    rng: Seed,
    *,
    metric: str = "sqeuclidean",
    rank: bool = True,
    neurons: bool = False,
    equal: bool = True,
) -> float:
    """The correlation of the RDMs of two halves of the trials, averaged over `n_splits` random halvings.

    activity: (B, N). conditions: of each trial, (B,). rng: draws the halves. metric: one of the `METRICS`. rank: Spearman's
    correlation, else Pearson's. neurons: halve the neurons in place of the trials. equal: with as many trials of each
    condition; without, the numbers of trials pass for geometry. nan where all distances of an RDM are one, and where the
    metric gives nan. See :func:`half_means` for errors.

    >>> rng = np.random.default_rng(0)
    >>> conditions = np.repeat(np.arange(4), 6)
    >>> code = rng.standard_normal((4, 10))[conditions]
    >>> geometric_stability(code, conditions, n_splits=5, rng=1)
    1.0
    >>> round(geometric_stability(code + 2 * rng.standard_normal(code.shape), conditions, n_splits=5, rng=1), 2)
    0.39
    """
    halves: Any
    if neurons:
        rng = np.random.default_rng(rng)
        first, second = half_means(activity, conditions, 1, rng, equal=equal)[:, 0]
        means, half = (first + second) / 2, first.shape[1] // 2
        require(half >= 1, "activity", "at least 2 neurons", first.shape)
        orders = [rng.permutation(first.shape[1]) for _ in range(n_splits)]
        halves = [[means[:, order[part]] for order in orders] for part in (slice(half), slice(half, 2 * half))]
    else:
        halves = half_means(activity, conditions, n_splits, rng, equal=equal)
    first_shape, second_shape = _rdms(halves, metric)
    return float(_correlation(first_shape, second_shape, rank).mean())


def _two_sessions(before: Array, after: Array, conditions: Any, least: int = 2) -> tuple[tuple[Array, Array], ...]:
    """The trials and the conditions of either session, which are the same, of each at least so many trials."""
    good = isinstance(conditions, tuple | list) or (isinstance(conditions, np.ndarray) and conditions.ndim > 0)
    if not (good and len(conditions) == 2):  # words are made where they are needed: those of long arrays take a while
        require(False, "conditions", "a pair: of the trials before and of those after", repr(conditions))
    sessions = []
    for x, labels in zip((before, after), conditions, strict=True):
        labels = array("conditions", labels, f"whole numbers of shape {x.shape[:1]}")
        fits = labels.shape == x.shape[:1] and labels.dtype.kind in "iu"
        require(fits, "conditions", f"whole numbers of shape {x.shape[:1]}", f"{labels.dtype} of shape {labels.shape}")
        sessions.append((x, labels))
    (shown, counts), (again, others) = (np.unique(labels, return_counts=True) for _, labels in sessions)
    require(np.array_equal(shown, again), "conditions", f"the same ones after, {shown}", again)
    rarest = min(counts.min(initial=least), others.min(initial=least))
    require(rarest >= least, "conditions", f"at least {least} trials of each condition", f"{rarest} of one")
    return tuple(sessions)


@checked(n_splits=at_least(1))
def across_stability(
    before: Float[Array, "B N"],
    after: Float[Array, "B2 N2"],
    conditions: tuple[Any, Any],
    n_splits: int,
    rng: Seed,
    *,
    corrected: bool = True,
) -> float:
    """Spearman's correlation of the RDMs of two sessions, over √(S₁S₂) if `corrected`: 1 where only noise parts them.

    before, after: activity, (B, N) each; the neurons need not be the same. conditions: of the trials before and of those
    after, (B,) each. Compares `n_splits` halves, drawn from `rng`, as S₁ and S₂ do. nan where one of the two is not above 0.

    >>> rng = np.random.default_rng(0)
    >>> conditions = np.repeat(np.arange(4), 6)
    >>> code = rng.standard_normal((4, 10))[conditions]
    >>> after = code[:, ::-1] + 3  # other neurons say the same
    >>> round(across_stability(code, after, (conditions, conditions), n_splits=5, rng=1), 3)
    1.0
    """
    rng = np.random.default_rng(rng)
    sessions = _two_sessions(before, after, conditions)
    shapes = [_rdms(half_means(x, labels, n_splits, rng)) for x, labels in sessions]
    across = np.mean([_correlation(shapes[0][i], shapes[1][j]).mean() for i, j in product((0, 1), (0, 1))])
    if not corrected:
        return float(across)
    within = [_correlation(*shape).mean() for shape in shapes]
    return float(across / np.sqrt(within[0] * within[1])) if min(within) > 0 else float("nan")


@checked(n_splits=at_least(1))
def centroid_drift(
    before: Float[Array, "B N"],
    after: Float[Array, "B2 N2"],
    conditions: tuple[Any, Any],
    n_splits: int,
    rng: Seed,
    *,
    crossvalidated: bool = True,
) -> float:
    """How far the condition means moved: squared distance per neuron, averaged over conditions.

    before, after: activity of the same neurons, (B, N) each. conditions: of the trials before and of those after, (B,) each.
    n_splits: into halves, drawn from rng. Cross-validated, Δ_a · Δ_b of two independent halves, its mean is ‖μ′ − μ‖²/N at
    any noise; if not `crossvalidated`, noise adds to it.

    >>> conditions = np.repeat(np.arange(4), 6)
    >>> code = np.random.default_rng(0).standard_normal((4, 10))[conditions]
    >>> round(centroid_drift(code, code + 3, (conditions, conditions), n_splits=2, rng=1), 6)
    9.0
    """
    rng = np.random.default_rng(rng)
    require(after.shape[1] == before.shape[1], "after", f"the {before.shape[1]} neurons of before", after.shape[1])
    old, new = (half_means(x, labels, n_splits, rng, equal=False) for x, labels in _two_sessions(before, after, conditions))
    moved = new - old if crossvalidated else np.broadcast_to((new - old).mean(0), old.shape)
    return float((moved[0] * moved[1]).mean())


@checked(n_splits=at_least(1))
def spread(activity: Float[Array, "B N"], conditions: Int[Array, " B"], n_splits: int, rng: Seed) -> float:
    """The mean squared distance between conditions, per neuron, cross-validated: free of the bias 2σ²/T.

    activity: (B, N). conditions: of each trial, (B,). n_splits: into halves, drawn from rng.

    >>> conditions = np.repeat([0, 1, 2], 2)
    >>> spread(conditions[:, None], conditions, n_splits=1, rng=0)  # the mean of 1, 1 and 4
    2.0
    """
    halves = half_means(activity, conditions, n_splits, rng, equal=False)
    centred = halves - halves.mean(2, keepdims=True)
    return float(2 * (centred[0] * centred[1]).mean() * centred.shape[2] / (centred.shape[2] - 1))


@checked()
def centroid_accuracies(
    before: Float[Array, "B N"], after: Float[Array, "B2 N2"], conditions: tuple[Any, Any], rng: Seed
) -> tuple[float, float]:
    """Single trials told apart by the nearest centroid after a change: with the centroids of before, and with new ones.

    before, after: activity of the same neurons, (B, N) each. conditions: of the trials before and of those after, (B,) each.
    Both sets of centroids come from half of a session's trials, drawn from `rng`; tested is the other half of the session
    after.

    >>> conditions = np.repeat(np.arange(4), 6)
    >>> code = np.eye(4)[conditions] + 0.1 * np.random.default_rng(0).standard_normal((24, 4))
    >>> centroid_accuracies(code, np.roll(code, 1, axis=1), (conditions, conditions), rng=0)  # each neuron says another
    (0.0, 1.0)
    """
    rng = np.random.default_rng(rng)
    require(after.shape[1] == before.shape[1] >= 1, "after", f"the {before.shape[1]} neurons of before", after.shape[1])
    (x, labels), (x2, labels2) = _two_sessions(before, after, conditions)
    require(len(np.unique(labels)) >= 2, "conditions", "at least 2 conditions", np.unique(labels))

    def half(labels: Array) -> Array:
        order = np.lexsort((rng.random(len(labels)), labels))  # every other trial of each condition
        return np.isin(np.arange(len(labels)), order[::2])

    old, new = half(labels), half(labels2)
    for name, trials in (("before", x[old]), ("after", x2[new])):
        require(np.ptp(trials, axis=0).any(), name, "activity that varies over trials", "the same in all of a half")
    shown = np.unique(labels)

    def accuracy(trials: Array, own: Array) -> float:
        """Of the nearest of the trials' centroids, on the other half of the session after."""
        nearest = cdist(x2[~new], [trials[own == label].mean(0) for label in shown], "sqeuclidean").argmin(1)
        return float((shown[nearest] == labels2[~new]).mean())

    return accuracy(x[old], labels[old]), accuracy(x2[new], labels2[new])


@checked(n_trials=at_least(4), n_splits=at_least(1))
def compare_sessions(
    before: Float[Array, "C N"],
    after: Float[Array, "C N"],
    noise_stds: tuple[float, float],
    n_trials: int,
    n_splits: int,
    rng: Seed,
) -> dict[str, float]:
    """What an experimenter finds in two sessions with these mean rates: the shape, the drift and the decoders.

    before, after: mean rates of C ≥ 3 conditions, (C, N) each. noise_stds: of a trial in either session. n_trials: T, of
    each condition in each session. n_splits: into halves. rng: draws trials and halves. Gives the geometric stability of the
    session after, the shape across sessions (nan where one has none), centroid drift over the spread before, and the share
    of single trials after told right by the decoder fixed before and by a new one.

    >>> code = np.random.default_rng(0).standard_normal((6, 50))
    >>> found = compare_sessions(code, code[:, ::-1], (0.1, 0.1), n_trials=10, n_splits=5, rng=1)  # neurons change places
    >>> {name: round(value, 1) for name, value in found.items()}
    {'stability': 1.0, 'shape across': 1.0, 'centroid drift': 1.0, 'fixed decoder': 0.4, 'new decoder': 1.0}
    """
    rng = np.random.default_rng(rng)
    (x, y), (x2, y2) = (noisy_trials(m, n_trials, s, rng) for m, s in zip((before, after), noise_stds, strict=True))
    both = x, x2, (y, y2)
    fixed, refitted = centroid_accuracies(*both, rng)
    return {
        "stability": geometric_stability(x2, y2, n_splits, rng),
        "shape across": across_stability(*both, n_splits, rng),
        "centroid drift": centroid_drift(*both, n_splits, rng) / spread(x, y, n_splits, rng),
        "fixed decoder": fixed,
        "new decoder": refitted,
    }
