"""A linear decoder of trials against a nonlinear one: logistic regression and a random forest.

The paper's three sets of trials take turns, so that in every repeat each trial is tested once. Both decoders see three PLS
dimensions, as in the paper, and beside them three principal components: PLS sees only what moves the means of the classes,
and a nonlinear code need not. Both choose their parameters by cross-validation.
"""

import warnings
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import LinAlgWarning
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning

from lpu_core.check import OR_NAN, Array, Seed, array, at_least, checked, require
from lpu_core.decoding import DECODERS, RANK, pls_scores, thirds

DIMENSIONS = 3
"""How many of each kind, PLS dimensions and principal components: the paper's strict bottleneck."""


@checked(repeats=at_least(1))
def tested(
    activity: Float[Array, "B N"], labels: Any, repeats: int, rng: Seed, nonlinear: bool = True
) -> Float[Array, "R B D"]:
    """Whether the linear and, if asked for, the nonlinear decoder got each trial right, 1 or 0, (repeats, B, 2 or 1).

    activity: trials (B, N). labels: the class of each, (B,), at least 15 of each class. Each repeat deals as many trials of
    each class into three sets (:func:`~lpu_core.decoding.thirds`), which take turns: one finds the dimensions, one trains,
    one tests. A trial that was not dealt is NaN. Where no neuron varies, the decoders guess.

    >>> labels = np.arange(60) % 2 == 0
    >>> activity = np.random.default_rng(0).standard_normal((60, 5)) + 5 * labels[:, None]
    >>> tested(activity, labels, 1, rng=1, nonlinear=False).mean()
    np.float64(1.0)
    """
    rng, x = np.random.default_rng(rng), activity.astype(np.float64, copy=False)
    x = x / np.maximum(np.abs(x).max(axis=0, initial=0.0), np.finfo(float).tiny)  # so that no square overflows
    y = np.unique(array("labels", labels), return_inverse=True)[1]
    require(y.shape == x.shape[:1], "labels", f"shape {x.shape[:1]}", y.shape)
    right = np.full((repeats, len(x), 1 + nonlinear), np.nan)
    for repeat in range(repeats):
        sets = thirds(y, rng)
        for turn in range(3):
            first, second, third = sets[turn], sets[turn - 2], sets[turn - 1]
            train, test = _bottleneck(x[first], y[first], [x[second], x[third]])
            with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
                for expected in (ConvergenceWarning, LinAlgWarning):  # a penalty too small for what does not vary
                    warnings.simplefilter("ignore", expected)
                fitted = [DECODERS["logistic"](0).fit(train, y[second])]
                if nonlinear:
                    fitted.append(DECODERS["forest"](int(rng.integers(2**31))).fit(train, y[second]))
                right[repeat, third] = np.stack([one.predict(test) == y[third] for one in fitted], axis=1)
    return right


def _bottleneck(train: Array, labels: Array, others: list[Array]) -> list[Array]:
    """Trials in the PLS dimensions and the principal components of `train`, each at unit variance there."""
    varies = np.ptp(train, axis=0) > 0
    if not varies.any():
        return [np.zeros((len(x), 1)) for x in others]
    supervised = pls_scores(train, labels, others, DIMENSIONS)
    mean, spread = train[:, varies].mean(axis=0), train[:, varies].std(axis=0)
    scaled = (train[:, varies] - mean) / spread
    pca = PCA(min(DIMENSIONS, *scaled.shape), svd_solver="full").fit(scaled)
    size = np.sqrt(pca.explained_variance_)
    kept = size > RANK * size.max()
    components = [pca.transform((x[:, varies] - mean) / spread)[:, kept] / size[kept] for x in others]
    return [np.hstack(both) for both in zip(supervised, components, strict=True)]


@checked(right=OR_NAN)
def compared(right: Float[Array, "R B 2"], labels: Any) -> Float[Array, " F"]:
    """Linear accuracy, nonlinear accuracy, their difference and its standard error, (4,).

    right: what :func:`tested` returns, (repeats, trials, 2). labels: the class of each trial, (B,). Each class counts alike.
    The error takes trials for independent: a trial's number is its mean over the repeats, so that more repeats don't make
    more trials. It leaves out that decoders trained on other trials would have been others.

    >>> right = np.array([[[1, 1], [1, 0], [0, 0], [1, 1.0]]])
    >>> compared(right, [0, 0, 1, 1]).round(3)
    array([ 0.75,  0.5 , -0.25,  0.25])
    """
    labels = array("labels", labels)
    require(labels.shape == right.shape[1:2], "labels", f"shape {right.shape[1:2]}", labels.shape)
    there = np.isfinite(right).any(axis=(0, 2))
    labels, hits = labels[there], np.nanmean(right[:, there], axis=0)
    values, off = np.zeros(4), hits[:, 1] - hits[:, 0]
    classes, counts = np.unique(labels, return_counts=True)
    require(
        counts.size and counts.min() > 1,
        "right",
        "at least two tested trials of each class",
        dict(zip(classes, counts, strict=True)),
    )
    for one, count in zip(classes, counts, strict=True):
        mine = labels == one
        values[:2] += hits[mine].mean(axis=0) / len(classes)
        values[3] += off[mine].var(ddof=1) / count / len(classes) ** 2
    values[2:] = values[1] - values[0], np.sqrt(values[3])
    return values
