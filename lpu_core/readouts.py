"""Readouts: the encoding subspace, outputs as added latents (Lemma 1), latent decoders (Lemma 2), and decoding of trials.

Decoders of trials are scikit-learn's, behind a bottleneck of partial least squares (PLS), as in the paper's Methods.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from sklearn import config_context
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegressionCV

from lpu_core.networks import Array, LowRankRNN, Seed, _as_floats, _cast, _last, _require
from lpu_core.recordings import Recording
from lpu_core.theory import ridge_encoding


@dataclass(frozen=True, eq=False)
class Projector:
    r"""P, the orthogonal projector on the encoding subspace, kept as a thin basis: O(NK) memory and time.

    .. math::

        P = W_\mathrm{enc}^\top (W_\mathrm{enc} W_\mathrm{enc}^\top)^{-1} W_\mathrm{enc},\qquad
        r = r_\parallel + r_\perp,\quad r_\parallel = P r  \qquad (M58, M64)

    basis: orthonormal columns that span the encoding vectors, (N, K).
    """

    basis: Float[Array, "N K"]

    def __call__(self, rates: Any) -> Float[Array, "*batch N"]:
        """r∥ = P r, for r (…, N)."""
        rates = _last(rates, "rates", len(self.basis), self.basis.dtype)
        return (rates @ self.basis) @ self.basis.T

    def off(self, rates: Any) -> Float[Array, "*batch N"]:
        """r⊥ = (I − P) r, for r (…, N)."""
        return np.asarray(rates, self.basis.dtype) - self(rates)

    def matrix(self) -> Float[Array, "N N"]:
        """The dense P, N² numbers: for small N."""
        return self.basis @ self.basis.T


def encoding_projector(encoding: Any) -> Projector:
    """P for encoding vectors n, (N, K) (M58). Raises ValueError where they are not linearly independent."""
    n = _as_floats("encoding", _cast("encoding", encoding, np.result_type(encoding, np.float32)), (None, None))
    basis, values, _ = np.linalg.svd(n, full_matrices=False)
    independent = n.shape[0] >= n.shape[1] > 0 and values[-1] > values[0] * np.finfo(n.dtype).eps * len(n)
    _require(independent, "encoding", "linearly independent columns", f"singular values {values}")
    return Projector(basis)


# ------------------------------------------------------------------ Lemma 1: outputs as latents


def add_outputs(
    network: LowRankRNN,
    outputs: Callable[[Array], Array],
    states: Any,
    inputs: Any,
    n_added: int,
    rng: Seed,
    *,
    gain: float = 3.0,
    ridge: float = 1e-9,
) -> LowRankRNN:
    """The network with y = h(κ) as P further latents, which follow it within the time τ (Lemma 1; M49, M50).

    outputs: h, from latents (…, K) to (…, P). states, inputs: samples of κ (S, K) and u (S, D) at which the fit is made.
    n_added: how many neurons join; gain: how steeply they are tuned across the samples; ridge: of the fit. Their m, w and b
    are drawn. The old latents hear nobody new (n = 0) and y is heard by nobody (m = 0), so κ keeps its course. n of y, over
    all neurons, is the ridge regression of N⁻¹ n_yᵀ φ(Mκ + W_in u + b) on h(κ) + (h(κ′) − h(κ))/α, with κ′ = κ + Δt G(κ, u)
    the next step: the bracket h + τ ∇h·G of continuous time, exact in steps.
    """
    kappa = _as_floats("states", _cast("states", states, np.dtype(float)), (None, network.n_latents))
    u = _as_floats("inputs", _cast("inputs", inputs, np.dtype(float)), (len(kappa), network.n_inputs))
    _require(len(kappa) > 1, "states", "at least two samples", len(kappa))
    _require(n_added >= 0, "n_added", "at least 0", n_added)
    _require(gain > 0, "gain", "above 0", gain)
    _require(ridge > 0, "ridge", "above 0", ridge)
    net, old, k, rng = network.astype(np.float64), network.n_neurons, network.n_latents, np.random.default_rng(rng)
    here, after = outputs(kappa), outputs(kappa + net.dt * net.flow(kappa, u))
    _require(np.ndim(here) == 2 and len(here) == len(kappa), "outputs", f"values of shape ({len(kappa)}, P)", np.shape(here))
    wanted = _as_floats("outputs", here + (after - here) / net.alpha, here.shape)

    samples = np.concatenate([kappa, u], axis=1)
    spread = samples.std(axis=0) * np.sqrt((samples.std(axis=0) > 0).sum())
    drawn = gain * rng.standard_normal((n_added, samples.shape[1])) / np.where(spread > 0, spread, np.inf)
    bends = samples[rng.integers(len(samples), size=n_added)]
    total, p = old + n_added, here.shape[1]
    wide = replace(
        net,
        embedding=np.concatenate([net.embedding, drawn[:, :k]]),
        encoding=np.concatenate([net.encoding, np.zeros((n_added, k))]) * (total / old),
        input_weights=np.concatenate([net.input_weights, drawn[:, k:]]),
        bias=np.concatenate([net.bias, -(drawn * bends).sum(1)]),
    )
    readout = ridge_encoding(wide.tuning(kappa, u), wanted, ridge)
    extended = replace(
        wide,
        embedding=np.concatenate([wide.embedding, np.zeros((total, p))], axis=1),
        encoding=np.concatenate([wide.encoding, readout], axis=1),
    )
    return extended.astype(network.dtype)


# ------------------------------------------------------------------ Lemma 2: decoders of r and of κ


def latent_decoder(encoding: Any, weights: Any) -> Float[Array, "P K"]:
    """C = A Wencᵀ(Wenc Wencᵀ)⁻¹, for which C κ = A r, from A (P, N) and n (N, K) (M55).

    Raises ValueError where A ≠ A P, for then A r is no function of κ (:func:`same_latents` shows it).
    """
    projector = encoding_projector(encoding)
    a = _as_floats("weights", _cast("weights", weights, projector.basis.dtype), (None, len(projector.basis)))
    outside = np.linalg.norm(projector.off(a))
    fits = outside <= 1e3 * np.finfo(a.dtype).eps * np.linalg.norm(a)
    _require(fits, "weights", "rows in the encoding subspace, A = A P", f"a part of length {outside:.2g} off it")
    w = np.asarray(encoding, a.dtype).T / len(projector.basis)
    return np.linalg.solve(w @ w.T, w @ a.T).T


def same_latents(encoding: Any, weights: Any, rates: Any) -> Float[Array, "2 N"]:
    """Two rates, r and another, with the same κ, whose first outputs a·r lie ‖a − Pa‖ apart (M57–M59).

    a: the first row of `weights` (P, N). rates: r, (N,). Raises ValueError where a = P a: then there is no such pair.
    """
    projector = encoding_projector(encoding)
    a = _as_floats("weights", _cast("weights", weights, projector.basis.dtype), (None, len(projector.basis)))[0]
    r = _as_floats("rates", _cast("rates", rates, a.dtype), a.shape)
    off = projector.off(a)
    length = np.linalg.norm(off)
    exists = length > 1e3 * np.finfo(a.dtype).eps * np.linalg.norm(a)
    _require(exists, "weights", "a first row that leaves the encoding subspace", "one inside it")
    return np.stack([r, r + off / length])


# ------------------------------------------------------------------ decoding trials

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
    x = _as_floats("projected", _cast("projected", projected, np.dtype(float)), labels.shape)
    one, other = x[labels], x[~labels]
    _require(min(len(one), len(other)) > 1, "labels", "at least two trials of each class", (len(one), len(other)))
    within = (np.square(one - one.mean()).sum() + np.square(other - other.mean()).sum()) / (len(x) - 2)
    _require(within > 0, "projected", "values that vary within the classes", "constant ones")
    return float((one.mean() - other.mean()) ** 2 / within)


def pls_scores(train: Any, labels: Any, others: Sequence[Any], n_components: int) -> list[Float[Array, "B d"]]:
    """The trials `others`, (B, N) each, on the first PLS dimensions of `train` and its labels, d ≤ n_components.

    Neurons and scores are put to unit variance by the training trials' own. The components are nested: the first d of many
    are those of a fit with d. PLS ends early where it has explained its labels, or used up all neurons that vary; then d is
    smaller. Raises ValueError where no neuron varies.
    """
    varying = int(np.count_nonzero(np.ptp(train, axis=0)))
    _require(varying, "activity", "neurons that vary over trials", "none in the training set")
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
    _require(n >= 5, "labels", "at least 15 trials of each class", (int(labels.sum()), int((~labels).sum())))
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
    x = _as_floats("activity", _cast("activity", activity, np.dtype(float)), (len(labels), None))
    _require(n_splits >= 1, "n_splits", "at least 1", n_splits)
    unknown = set(decoders) - set(DECODERS)
    _require(decoders and not unknown, "decoders", f"some of {tuple(DECODERS)}", decoders)
    most = min(x.shape[1], min(labels.sum(), (~labels).sum()) // 3 - 1)
    fits = len(dimensions) > 0 and all(1 <= d <= most for d in dimensions)
    _require(fits, "dimensions", f"numbers from 1 to {most}", tuple(dimensions))
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


def survey(
    recording: Recording,
    windows: dict[str, tuple[float, float]],
    least: int,
    dimensions: Sequence[int],
    n_splits: int,
    rng: Seed,
    decoders: Sequence[str] = tuple(DECODERS),
) -> list[dict[str, Any]]:
    """:func:`decode` in each region of at least `least` neurons and each window, name → (start, stop) in s (Fig. S2).

    Returns a row for each: region, window, neurons, trials, accuracy and deviation (decoder → mean and s.d. over splits, at
    each dimension), and fisher (mean at each dimension). The rows are ready for JSON, with four digits.
    """
    rng = np.random.default_rng(rng)
    rows: list[dict[str, Any]] = []
    for region in recording.large_regions(least):
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
    _require(labels.ndim == 1, "labels", "shape (trials,)", labels.shape)
    classes = np.unique(labels)
    _require(len(classes) == 2, "labels", "two classes", classes)
    return labels == classes[1]
