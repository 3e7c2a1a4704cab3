"""Decoding trials: scikit-learn's decoders behind a bottleneck of partial least squares (PLS), as in the paper's Methods."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from sklearn import config_context
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegressionCV

from lpu_core.check import Array, Seed, cast, floats, require
from lpu_core.recordings import Recording

LINEAR, NONLINEAR = ("LDA", "logistic"), ("QDA", "forest")


def _share_right(model: Any, x: Any, labels: Any) -> float:
    """The share of trials on the right side of a linear boundary: "accuracy", without its checks of every argument.

    Cross-validation asks for it 50 times a fit, and those checks took a third of all decoding.
    """
    return float(np.mean((x @ np.ravel(model.coef_) + model.intercept_ > 0) == (labels == model.classes_[1])))


DECODERS: dict[str, Callable[[int], Any]] = {
    "LDA": lambda seed: LinearDiscriminantAnalysis(),
    "logistic": lambda seed: LogisticRegressionCV(
        l1_ratios=(0,), scoring=_share_right, solver="newton-cholesky", use_legacy_attributes=False
    ),
    "QDA": lambda seed: QuadraticDiscriminantAnalysis(reg_param=1e-3),
    "forest": lambda seed: RandomForestClassifier(50, random_state=seed),
}
"""The paper's four decoders, name → estimator made from a seed; the number of trees and QDA's touch of ridge are ours."""


@dataclass(frozen=True, eq=False)
class Decoding:
    """How well trials were told apart: what :func:`decode` returns.

    accuracies: share of right test trials, (splits, decoders, dimensions); chance is 0.5.
    fisher: (d′)² of the test trials along the LDA direction, (splits, dimensions).
    """

    decoders: tuple[str, ...]
    dimensions: tuple[int, ...]
    accuracies: Float[Array, "S E D"]
    fisher: Float[Array, "S D"]

    def mean(self, decoder: str) -> Float[Array, " D"]:
        """The decoder's accuracy at each dimension, averaged over splits."""
        return self.accuracies[:, self.decoders.index(decoder)].mean(axis=0)


def fisher_information(projected: Any, labels: Any) -> float:
    """(d′)² = (Δμ)²/σ² of projected trials (B,): class means Δμ apart, variance σ² pooled within the classes."""
    labels = _two_classes(labels)
    x = floats("projected", cast("projected", projected, np.dtype(float)), labels.shape)
    one, other = x[labels], x[~labels]
    require(min(len(one), len(other)) > 1, "labels", "at least two trials of each class", (len(one), len(other)))
    within = (np.square(one - one.mean()).sum() + np.square(other - other.mean()).sum()) / (len(x) - 2)
    require(within > 0, "projected", "values that vary within the classes", "constant ones")
    return float((one.mean() - other.mean()) ** 2 / within)


def pls_scores(train: Any, labels: Any, others: Sequence[Any], n_components: int) -> list[Float[Array, "B d"]]:
    """The trials `others`, (B, N) each, on the first PLS dimensions of `train` and its labels, d ≤ n_components.

    Neurons and scores are put to unit variance by the training trials' own. The components are nested: the first d of many
    are those of a fit with d. PLS ends early where it has explained its labels, or used up all neurons that vary; then d is
    smaller. Raises ValueError where no neuron varies.
    """
    varying = int(np.count_nonzero(np.ptp(train, axis=0)))
    require(varying, "activity", "neurons that vary over trials", "none in the training set")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y residual is constant")  # the early end
        pls = PLSRegression(min(n_components, varying)).fit(train, np.where(labels, 1.0, -1.0))
    found = len(pls.n_iter_)
    scale = pls.transform(train)[:, :found].std(axis=0)
    return [pls.transform(x)[:, :found] / scale for x in others]


def thirds(labels: Any, rng: np.random.Generator) -> Any:
    """Three disjoint random sets of trials, equal in size and with as many of one class as of the other, (3, n)."""
    labels = _two_classes(labels)
    n = min(labels.sum(), (~labels).sum()) // 3
    require(n >= 5, "labels", "at least 15 trials of each class", (int(labels.sum()), int((~labels).sum())))
    dealt = [rng.permutation(np.flatnonzero(labels == c))[: 3 * n].reshape(3, n) for c in (False, True)]
    return np.concatenate(dealt, axis=1)


def decode(
    activity: Any,
    labels: Any,
    dimensions: Sequence[int],
    n_splits: int,
    rng: Seed,
    decoders: Sequence[str] = tuple(DECODERS),
) -> Decoding:
    """Decode a trial's class from activity (B, N) through bottlenecks of some PLS `dimensions`, over random splits.

    labels: the class of each trial, (B,), two of them. Each split deals the trials into three sets (:func:`thirds`): the
    first trains PLS, the second the decoders in its first dimensions, the third tests them. Raises ValueError for fewer than
    15 trials of a class, more dimensions than neurons or than trials of a class in a third, or activity that is not finite.
    """
    labels = _two_classes(labels)
    x = floats("activity", cast("activity", activity, np.dtype(float)), (len(labels), None))
    require(n_splits >= 1, "n_splits", "at least 1", n_splits)
    unknown = set(decoders) - set(DECODERS)
    require(decoders and not unknown, "decoders", f"some of {tuple(DECODERS)}", decoders)
    most = min(x.shape[1], min(labels.sum(), (~labels).sum()) // 3 - 1)
    fits = len(dimensions) > 0 and all(1 <= d <= most for d in dimensions)
    require(fits, "dimensions", f"numbers from 1 to {most}", tuple(dimensions))
    rng = np.random.default_rng(rng)
    accuracies = np.empty((n_splits, len(decoders), len(dimensions)))
    fisher = np.empty((n_splits, len(dimensions)))
    for s in range(n_splits):
        first, second, third = thirds(labels, rng)
        train, test = pls_scores(x[first], labels[first], [x[second], x[third]], max(dimensions))
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


def decode_regions(
    recording: Recording,
    windows: dict[str, tuple[float, float]],
    min_neurons: int,
    dimensions: Sequence[int],
    n_splits: int,
    rng: Seed,
    decoders: Sequence[str] = tuple(DECODERS),
) -> list[dict[str, Any]]:
    """:func:`decode` in each region of at least `min_neurons` neurons and each window, name → (start, stop) in s (Fig. S2).

    Returns a row for each: region, window, neurons, trials, accuracy and deviation (decoder → mean and s.d. over splits, at
    each dimension), and fisher (mean at each dimension). The rows are ready for JSON, with four digits.
    """
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


def _two_classes(labels: Any) -> Bool[Array, " B"]:
    """Labels as booleans: whether a trial is of the second of its two classes."""
    labels = np.asarray(labels)
    require(labels.ndim == 1, "labels", "shape (trials,)", labels.shape)
    classes = np.unique(labels)
    require(len(classes) == 2, "labels", "two classes", classes)
    return labels == classes[1]
