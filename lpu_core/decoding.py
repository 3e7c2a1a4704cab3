"""Decoding trials: scikit-learn's decoders behind a bottleneck of partial least squares (PLS), as in the paper's Methods."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn import config_context
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import GridSearchCV

from lpu_core.check import Array, Seed, array, at_least, between, check_fields, checked, floats, numbers, require, shown
from lpu_core.recordings import Recording

RANK = 1e-9  # what varies less than this share of the rest is rounding
LINEAR, NONLINEAR = ("LDA", "logistic"), ("QDA", "forest")
GRID = {"max_depth": (2, None), "max_features": (1, None)}
TUNING_TREES, TREES = 8, 25  # in cross-validation, and in the forest that is tested


def _share_right(model: Any, x: Any, labels: Any) -> float:
    """The share of trials on the right side of linear boundaries: "accuracy", without its checks of every argument.

    Cross-validation asks for it 50 times a fit, and those checks took a third of all decoding.
    """
    scores = x @ np.atleast_2d(model.coef_).T + model.intercept_
    chosen = (scores[:, 0] > 0).astype(int) if scores.shape[1] == 1 else scores.argmax(axis=1)
    return float(np.mean(model.classes_[chosen] == labels))


class _TunedForest(RandomForestClassifier):  # type: ignore[misc]
    """A random forest whose depth and choice of features come from cross-validation."""

    def fit(self, x: Any, labels: Any) -> Any:
        small = RandomForestClassifier(TUNING_TREES, random_state=self.random_state)
        search = GridSearchCV(small, GRID, cv=3, refit=False).fit(x, labels)
        self.set_params(**search.best_params_)
        return super().fit(x, labels)


DECODERS: dict[str, Callable[[int], Any]] = {
    "LDA": lambda seed: LinearDiscriminantAnalysis(),
    "logistic": lambda seed: LogisticRegressionCV(
        l1_ratios=(0,), scoring=_share_right, solver="newton-cholesky", use_legacy_attributes=False
    ),
    "QDA": lambda seed: QuadraticDiscriminantAnalysis(reg_param=1e-3),
    "forest": lambda seed: _TunedForest(TREES, random_state=seed),
    "untuned forest": lambda seed: RandomForestClassifier(TREES, random_state=seed),
}
"""The paper's four decoders and a forest of fully grown trees, name → estimator made from a seed.

As in the paper, logistic regression and the forest choose their parameters by cross-validation. The number of trees, the
parameters tried and QDA's touch of ridge are ours.
"""


@dataclass(frozen=True, eq=False)
class Decoding:
    """How well trials were told apart: what :func:`decode` returns.

    accuracies: share of right test trials, (splits, decoders, dimensions); chance is 0.5.
    fisher: (d′)² of the test trials along the LDA direction, (splits, dimensions).
    decoders, dimensions: what the axes are, names and numbers.
    """

    decoders: tuple[str, ...]
    dimensions: tuple[int, ...]
    accuracies: Float[Array, "S E D"]
    fisher: Float[Array, "S D"]

    def __post_init__(self):
        check_fields(self, accuracies=between(0, 1), fisher=at_least(0), dimensions=at_least(1))
        shape = (len(self.fisher), len(self.decoders), len(self.dimensions))
        require(self.accuracies.shape == shape, "accuracies", f"shape {shape}", self.accuracies.shape)

    @checked()
    def mean(self, decoder: str) -> Float[Array, " D"]:
        """The accuracy of the `decoder` of that name at each dimension, averaged over splits."""
        require(decoder in self.decoders, "decoder", f"one of {self.decoders}", repr(decoder))
        return self.accuracies[:, self.decoders.index(decoder)].mean(axis=0)


@checked()
def fisher_information(projected: Float[Array, " B"], labels: Any) -> float:
    """(d′)² = (Δμ)²/σ² of projected trials: class means Δμ apart, variance σ² pooled within the classes.

    projected: a number for each trial, (B,). labels: the class of each, (B,), two of them.

    >>> fisher_information([1.0, 3.0, 6.0, 8.0], [False, False, True, True])  # means 5 apart, variance 2
    12.5
    """
    labels = _two_classes(labels)
    x = floats("projected", projected.astype(np.float64, copy=False), labels.shape)
    one, other = x[labels], x[~labels]
    require(min(len(one), len(other)) > 1, "labels", "at least two trials of each class", (len(one), len(other)))
    varies = np.ptp(one) > 0 or np.ptp(other) > 0
    require(varies, "projected", "values that vary within the classes", "constant ones")
    within = (np.square(one - one.mean()).sum() + np.square(other - other.mean()).sum()) / (len(x) - 2)
    return float((one.mean() - other.mean()) ** 2 / within)


@checked(n_components=at_least(1))
def pls_scores(
    train: Float[Array, "B N"], labels: Any, others: Sequence[Any], n_components: int
) -> list[Float[Array, "B d"]]:
    """The trials `others`, (B′, N) each, on the first PLS dimensions of `train` (B, N) and its labels, d ≤ `n_components`.

    labels: the class of each training trial, (B,), two of them or more. Neurons and scores are put to unit variance by the
    training trials' own. The components are nested: the first d of many are those of a fit with d. PLS ends early where it
    has explained its labels, or used up all neurons that vary; then d is smaller. Raises ValueError where no neuron varies.

    >>> train = np.array([[1.0, 0.0], [2.0, 1.0], [5.0, 0.0], [6.0, 1.0]])  # the first neuron tells the classes apart
    >>> pls_scores(train, [0, 0, 1, 1], [train], n_components=1)[0].round(2).ravel()
    array([-1.21, -0.73,  0.73,  1.21])
    """
    labels = _classes(labels)
    require(labels.shape == train.shape[:1], "labels", f"shape {train.shape[:1]}", labels.shape)
    good = isinstance(others, list | tuple) or (isinstance(others, np.ndarray) and others.ndim == 3)
    require(good, "others", "a list of arrays (trials, neurons)", shown(others))
    others = [floats("others", x, (None, train.shape[1])) for x in others]
    return _scores("train", train, labels, others, n_components)


def _scores(name: str, train: Array, labels: Array, others: Sequence[Array], n_components: int) -> list[Array]:
    """:func:`pls_scores` of what is checked; `name` is that of the argument that brought the training trials."""
    varying = int(np.count_nonzero(np.ptp(train, axis=0)))
    require(varying, name, "neurons that vary over trials", "none in the training set")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y residual is constant")  # the early end
        pls = PLSRegression(min(n_components, varying)).fit(train, _targets(labels))
    scale = pls.transform(train)[:, : len(pls.n_iter_)].std(axis=0)
    found = int(np.argmin(np.append(scale > RANK * scale.max(), False)))  # neurons that vary together are used up sooner
    scale = scale[:found]
    return [pls.transform(x)[:, :found] / scale for x in others]


@checked()
def thirds(labels: Any, rng: Seed) -> Int[Array, "3 n"]:
    """Three disjoint random sets of trials, equal in size and with as many of one class as of any other, (3, n).

    labels: the class of each trial, (B,), two of them or more, of each at least 15 trials.

    >>> thirds(np.arange(40) % 2, rng=0).shape
    (3, 12)
    """
    labels, rng = _classes(labels), np.random.default_rng(rng)
    classes, counts = np.unique(labels, return_counts=True)
    n = counts.min() // 3
    require(n >= 5, "labels", "at least 15 trials of each class", dict(zip(classes.tolist(), counts.tolist(), strict=True)))
    dealt = [rng.permutation(np.flatnonzero(labels == c))[: 3 * n].reshape(3, n) for c in classes]
    return np.concatenate(dealt, axis=1)


@checked(n_splits=at_least(1))
def decode(
    activity: Float[Array, "B N"],
    labels: Any,
    dimensions: Sequence[int],
    n_splits: int,
    rng: Seed,
    decoders: Sequence[str] = LINEAR + NONLINEAR,
) -> Decoding:
    """Decode a trial's class from `activity` (B, N) through bottlenecks of some PLS `dimensions`, over `n_splits` splits.

    labels: the class of each trial, (B,), two of them. Each split, drawn from `rng`, deals the trials into three sets
    (:func:`thirds`): the first trains PLS, the second the decoders in its first dimensions, the third tests them.
    decoders: some of :data:`DECODERS`, by name. Raises ValueError for fewer than 15 trials of a class, more dimensions than
    neurons or than trials of a class in a third, or activity that is not finite.

    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(90) % 2 == 0
    >>> activity = rng.standard_normal((90, 5)) + 4 * labels[:, None]
    >>> decode(activity, labels, (1, 2), n_splits=3, rng=1, decoders=("LDA",)).mean("LDA").round(2)
    array([1., 1.])
    """
    labels = _two_classes(labels)
    x = floats("activity", activity.astype(np.float64, copy=False), (len(labels), None))
    decoders = _names(decoders)
    most = min(x.shape[1], min(labels.sum(), (~labels).sum()) // 3 - 1)
    fits = len(dimensions) > 0 and all(1 <= d <= most for d in dimensions)
    require(fits, "dimensions", f"some numbers from 1 to {most}", tuple(dimensions))
    rng = np.random.default_rng(rng)
    accuracies = np.empty((n_splits, len(decoders), len(dimensions)))
    fisher = np.empty((n_splits, len(dimensions)))
    for s in range(n_splits):
        first, second, third = thirds(labels, rng)
        train, test = _scores("activity", x[first], labels[first], [x[second], x[third]], max(dimensions))
        seed = int(rng.integers(2**31))
        for j, d in enumerate(dimensions):
            for i, name in enumerate(decoders):
                # Without scikit-learn's checks, for our own have seen to it; logistic regression then takes another solver.
                with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
                    warnings.simplefilter("ignore", ConvergenceWarning)
                    fitted = DECODERS[name](seed).fit(train[:, :d], labels[second])
                    accuracies[s, i, j] = fitted.score(test[:, :d], labels[third])
            direction = LinearDiscriminantAnalysis().fit(train[:, :d], labels[second]).coef_[0]
            fisher[s, j] = fisher_information(test[:, :d] @ direction, labels[third])
    return Decoding(tuple(decoders), tuple(dimensions), accuracies, fisher)


@checked(min_neurons=at_least(1), n_splits=at_least(1))
def decode_regions(
    recording: Recording,
    windows: Mapping[str, tuple[float, float]],
    min_neurons: int,
    dimensions: Sequence[int],
    n_splits: int,
    rng: Seed,
    decoders: Sequence[str] = LINEAR + NONLINEAR,
) -> list[dict[str, Any]]:
    """:func:`decode` in each region of at least `min_neurons` neurons and each window (Fig. S2).

    recording: trials with labels. windows: name → (start, stop), s. dimensions, n_splits, rng and decoders are those of
    :func:`decode`. Returns a row for each: region, window, neurons, trials, accuracy and deviation (decoder → mean and s.d.
    over splits, at each dimension), and fisher (mean at each dimension). The rows are ready for JSON, with four digits.

    >>> labels = np.arange(90) % 2 == 0
    >>> activity = np.random.default_rng(0).standard_normal((4, 90, 5)) + 4 * labels[:, None]
    >>> recording = Recording(activity, ["V1"] * 5, labels, bin_size=0.5)
    >>> (row,) = decode_regions(recording, {"stimulus": (0.0, 2.0)}, 5, (1,), n_splits=3, rng=1, decoders=("LDA",))
    >>> row["region"], row["window"], row["accuracy"]
    ('V1', 'stimulus', {'LDA': [1.0]})
    """
    good = isinstance(windows, Mapping) and all(isinstance(w, tuple | list) and len(w) == 2 for w in windows.values())
    require(good, "windows", "name → (start, stop)", shown(windows))
    rng = np.random.default_rng(rng)
    rows: list[dict[str, Any]] = []
    for region in recording.large_regions(min_neurons):
        for window, (start, stop) in windows.items():
            activity = recording.window(start, stop, region)
            found = decode(activity, recording.labels, dimensions, n_splits, rng, decoders)
            row: dict[str, Any] = {"region": region, "window": window, "neurons": activity.shape[1], "trials": len(activity)}
            for name, values in (("accuracy", found.accuracies.mean(axis=0)), ("deviation", found.accuracies.std(axis=0))):
                row[name] = {decoder: np.round(v, 4).tolist() for decoder, v in zip(found.decoders, values, strict=True)}
            rows.append(row | {"fisher": np.round(found.fisher.mean(axis=0), 4).tolist()})
    return rows


def _names(decoders: Any) -> tuple[str, ...]:
    """Decoders that there are."""
    good = isinstance(decoders, list | tuple) and decoders and all(isinstance(d, str) and d in DECODERS for d in decoders)
    require(good, "decoders", f"some of {tuple(DECODERS)}", shown(decoders))
    return tuple(decoders)


def _two_classes(labels: Any) -> Bool[Array, " B"]:
    """Labels as booleans: whether a trial is of the second of its two classes."""
    labels = _classes(labels)
    classes = np.unique(labels)
    require(len(classes) == 2, "labels", "two classes", classes)
    return labels == classes[1]


def _classes(labels: Any) -> Array:
    """Labels of two classes or more."""
    labels = array("labels", labels)
    require(labels.ndim == 1, "labels", "shape (trials,)", labels.shape)
    if labels.dtype.kind != "U":
        numbers("labels", labels)
    classes = np.unique(labels)
    require(len(classes) > 1, "labels", "two classes or more", classes)
    return labels


def _targets(labels: Array) -> Float[Array, "B *C"]:
    """What PLS is to explain: −1 and 1, or for more than two classes a column for each."""
    classes = np.unique(labels)
    return np.where(labels == classes[1], 1.0, -1.0) if len(classes) == 2 else (labels[:, None] == classes).astype(float)
