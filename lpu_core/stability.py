"""Stability: the shape of a code beside its drift.

The shape is the set of distances between the mean responses to C conditions (an RDM: representational dissimilarity
matrix, here its C(C − 1)/2 pairs). Trials stand in arrays (B, N), with the condition of each, a whole number, beside them.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import num_obs_y, pdist
from scipy.special import betainc
from scipy.stats import mannwhitneyu, rankdata
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestCentroid

from lpu_core.check import Array, Seed, cast, floats, require
from lpu_core.gaussian import tanh_kernel
from lpu_core.networks import LowRankRNN
from lpu_core.recordings import Recording
from lpu_core.subspace import encoding_projector, sample_drift
from lpu_core.surgery import drifted


def rdm(means: Any, metric: str = "sqeuclidean") -> Float[Array, " P"]:
    """The distances of all pairs of condition means (C, N): squared and per neuron, or by another of scipy's metrics."""
    means = floats("means", cast("means", means, np.dtype(float)), (None, None))
    require(len(means) >= 3, "means", "at least 3 conditions", len(means))
    return pdist(means, metric) / (means.shape[1] if metric == "sqeuclidean" else 1)


def correlation(one: Any, other: Any, rank: bool = True) -> Any:
    """Spearman's correlation (Pearson's if not `rank`) along the last axis, (…, P) with (…, P); nan for constants."""
    one, other = ((rankdata(x, axis=-1) if rank else np.asarray(x, np.float64)) for x in (one, other))
    one, other = one - one.mean(-1, keepdims=True), other - other.mean(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (one * other).sum(-1) / np.sqrt(np.square(one).sum(-1) * np.square(other).sum(-1))


def half_means(activity: Any, conditions: Any, n_splits: int, rng: Seed, *, equal: bool = True) -> Float[Array, "2 S C N"]:
    """The mean response to each condition in either of two random sets of trials, for `n_splits` random draws.

    equal: both sets hold as many trials of each condition as half of the rarest one's. Else they are halves of all trials,
    and of an odd number one stays out. Raises ValueError for fewer than 3 conditions or 2 trials of one.
    """
    conditions = np.asarray(conditions)
    require(conditions.ndim == 1 and conditions.dtype.kind in "iu", "conditions", "whole numbers, shape (trials,)",
             f"{conditions.dtype} of shape {conditions.shape}")  # fmt: skip
    activity = floats("activity", cast("activity", activity, np.result_type(activity, np.float32)),
                          (len(conditions), None))  # fmt: skip
    kinds, where = np.unique(conditions, return_inverse=True)
    counts = np.bincount(where)
    require(len(kinds) >= 3, "conditions", "at least 3 conditions", len(kinds))
    require(counts.min() >= 2, "conditions", "at least 2 trials of each condition", f"{counts.min()} of one")
    require(n_splits >= 1, "n_splits", "at least 1", n_splits)
    rng, (trials, neurons) = np.random.default_rng(rng), activity.shape
    order = np.lexsort((rng.random((n_splits, trials)), np.broadcast_to(where, (n_splits, trials))), axis=-1)
    place = np.arange(trials) - np.repeat(np.cumsum(counts) - counts, counts)  # of a trial among those of its condition
    sizes = (np.full_like(counts, counts.min()) // 2 if equal else counts // 2)[np.sort(where)]
    weights = np.zeros((2, n_splits, len(kinds), trials), activity.dtype)
    for half in (0, 1):
        chosen = np.flatnonzero(place // sizes == half)
        rows = np.arange(n_splits)[:, None]
        weights[half, rows, np.sort(where)[chosen], order[:, chosen]] = 1 / sizes[chosen]
    return (weights.reshape(-1, trials) @ activity).reshape(2, n_splits, len(kinds), neurons)


def _rdms(halves: Any, metric: str = "sqeuclidean") -> Float[Array, "2 S P"]:
    """The RDMs of the means (2, S, C, N) of both halves in each split."""
    return np.array([[rdm(means, metric) for means in half] for half in halves])


def geometric_stability(
    activity: Any,
    conditions: Any,
    n_splits: int,
    rng: Seed,
    *,
    metric: str = "sqeuclidean",
    rank: bool = True,
    neurons: bool = False,
    equal: bool = True,
) -> float:
    """The correlation of the RDMs of two halves of the trials, averaged over random halvings.

    rank: Spearman's, else Pearson's. neurons: halve the neurons in place of the trials. equal: with as many trials of each
    condition; without, the numbers of trials pass for geometry. See :func:`half_means` for errors.
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
    return float(correlation(*_rdms(halves, metric), rank).mean())


def across_stability(
    before: Any, after: Any, conditions: tuple[Any, Any], n_splits: int, rng: Seed, *, corrected: bool = True
) -> float:
    """Spearman's correlation of the RDMs of two sessions, over √(S₁S₂) if `corrected`: 1 where only noise parts them.

    conditions: of the trials before and after. Compares halves, as S₁ and S₂ do. nan where one of the two is not above 0.
    """
    rng = np.random.default_rng(rng)
    shapes = [_rdms(half_means(x, labels, n_splits, rng)) for x, labels in zip((before, after), conditions, strict=True)]
    across = np.mean([correlation(shapes[0][i], shapes[1][j]).mean() for i, j in product((0, 1), (0, 1))])
    if not corrected:
        return float(across)
    within = [correlation(*shape).mean() for shape in shapes]
    return float(across / np.sqrt(within[0] * within[1])) if min(within) > 0 else float("nan")


def centroid_drift(
    before: Any, after: Any, conditions: tuple[Any, Any], n_splits: int, rng: Seed, *, crossvalidated: bool = True
) -> float:
    """How far the condition means moved: squared distance per neuron, averaged over conditions.

    Cross-validated, Δ_a · Δ_b of two independent halves, its mean is ‖μ′ − μ‖²/N at any noise; if not, noise adds to it.
    """
    rng = np.random.default_rng(rng)
    old, new = (
        half_means(x, labels, n_splits, rng, equal=False) for x, labels in zip((before, after), conditions, strict=True)
    )
    require(old.shape == new.shape, "after", f"the conditions and neurons of before, {old.shape[2:]}", new.shape[2:])
    moved = new - old if crossvalidated else np.broadcast_to((new - old).mean(0), old.shape)
    return float((moved[0] * moved[1]).mean())


def spread(activity: Any, conditions: Any, n_splits: int, rng: Seed) -> float:
    """The mean squared distance between conditions, per neuron, cross-validated: free of the bias 2σ²/T."""
    halves = half_means(activity, conditions, n_splits, rng, equal=False)
    centred = halves - halves.mean(2, keepdims=True)
    return float(2 * (centred[0] * centred[1]).mean() * centred.shape[2] / (centred.shape[2] - 1))


def centroid_accuracies(before: Any, after: Any, conditions: tuple[Any, Any], rng: Seed) -> tuple[float, float]:
    """Single trials told apart by the nearest centroid after a change: with the centroids of before, and with new ones.

    Both sets of centroids come from half of a session's trials; tested is the other half of the session after.
    """
    rng = np.random.default_rng(rng)

    def half(labels: Any) -> Array:
        order = np.lexsort((rng.random(len(labels)), labels))  # every other trial of each condition
        return np.isin(np.arange(len(labels)), order[::2])

    old, new = (half(np.asarray(labels)) for labels in conditions)
    test = np.asarray(after)[~new], np.asarray(conditions[1])[~new]
    fixed = NearestCentroid().fit(np.asarray(before)[old], np.asarray(conditions[0])[old])
    refitted = NearestCentroid().fit(np.asarray(after)[new], np.asarray(conditions[1])[new])
    return float(fixed.score(*test)), float(refitted.score(*test))


def flow_change(before: LowRankRNN, after: LowRankRNN, points: Any) -> float:
    """The r.m.s. change of the latent flow at the points κ (…, K), over its r.m.s. there before."""
    flow = before.flow(points)
    return float(np.sqrt(np.square(after.flow(points) - flow).mean() / np.square(flow).mean()))


def split_half_law(distances: Any, noise_std: float, n_trials: Any, n_neurons: Any) -> Any:
    r"""Pearson's correlation of the RDMs of two halves, as a ratio of exact expectations.

    .. math::

        \rho_{12} = \frac{V}{V + \frac{8 s^2}{N}\,\frac{C-2}{C-1}\,(\bar D + s^2)}, \qquad s^2 = \sigma_\varepsilon^2/T

    distances: the true squared distances per neuron (P,), with mean D̄ and variance V over pairs. noise_std: σ_ε, of each
    trial and neuron, independent. n_trials: T, in a half; n_neurons: N.
    """
    distances = floats("distances", cast("distances", distances, np.dtype(float)), (None,))
    require(np.isfinite(noise_std) and noise_std >= 0, "noise_std", "a number of at least 0", noise_std)
    require(np.all(np.asarray(n_trials) >= 1), "n_trials", "at least 1", n_trials)
    require(np.all(np.asarray(n_neurons) >= 1), "n_neurons", "at least 1", n_neurons)
    c, s2 = num_obs_y(distances), noise_std**2 / np.asarray(n_trials)
    noise = 8 * s2 / np.asarray(n_neurons) * (c - 2) / (c - 1) * (distances.mean() + s2)
    return distances.var() / (distances.var() + noise)


def spearman_from_pearson(pearson: Any) -> Any:
    """Spearman's correlation of a bivariate normal pair with Pearson's ρ₁₂: (6/π) asin(ρ₁₂/2)."""
    return 6 / np.pi * np.arcsin(np.asarray(pearson) / 2)


def random_code_law(signal_to_noise: Any) -> Any:
    """Pearson's split-half correlation of a code whose means are independent Gaussians: (q/(1 + q))², at any N and C.

    signal_to_noise: q = vT/σ_ε², the variance of the means over that of a half's noise.
    """
    q = np.asarray(signal_to_noise)
    require(np.all(q >= 0), "signal_to_noise", "at least 0", q)
    return (q / (1 + q)) ** 2


def limit_distance(xx: Any, yy: Any, xy: Any) -> Any:
    """E[(tanh x − tanh y)²], as in :func:`tanh_kernel`: a squared distance per neuron for infinitely many neurons."""
    return tanh_kernel(xx, xx, xx) + tanh_kernel(yy, yy, yy) - 2 * tanh_kernel(xx, yy, xy)


def limit_rdm(states: Any, covariance: Any) -> Float[Array, " P"]:
    """The RDM of infinitely many neurons tanh(m·κ), m ~ N(0, Σ), at the states κ (C, K); Σ: covariance, (K, K)."""
    states = floats("states", cast("states", states, np.dtype(float)), (None, None))
    inner = states @ floats("covariance", np.asarray(covariance, np.float64), 2 * states.shape[1:]) @ states.T
    i, j = np.triu_indices(len(states), 1)
    return limit_distance(inner[i, i], inner[j, j], inner[i, j])


def limit_drift(states: Any, new_states: Any, covariance: Any, sigma: float) -> Float[Array, " C"]:
    """The centroid drift of infinitely many such neurons from κ to κ′ (C, K each), after m → m + δ, δ ~ N(0, σ² I)."""
    old, new = (np.asarray(x, np.float64) for x in (states, new_states))
    require(old.shape == new.shape, "new_states", f"shape {old.shape}", new.shape)
    inner = [np.einsum("ck,kl,cl->c", x, np.asarray(covariance), y) for x, y in ((old, old), (new, new), (old, new))]
    return limit_distance(inner[0], inner[1] + sigma**2 * np.square(new).sum(1), inner[2])


def auc(inside: Any, outside: Any) -> tuple[float, float]:
    """P(a value `inside` exceeds one `outside`), ties half, and its standard error by Hanley and McNeil."""
    inside, outside = np.asarray(inside, np.float64), np.asarray(outside, np.float64)
    require(min(len(inside), len(outside)) > 1, "inside, outside", "at least 2 values each", (len(inside), len(outside)))
    a = float(mannwhitneyu(inside, outside).statistic) / (len(inside) * len(outside))
    one, other = a / (2 - a) - a**2, 2 * a**2 / (1 + a) - a**2
    variance = a * (1 - a) + (len(inside) - 1) * one + (len(outside) - 1) * other
    return a, float(np.sqrt(max(variance, 0) / (len(inside) * len(outside))))


def overlap_auc(correlation: Any, n_neurons: Any) -> Any:
    """The AUC of |cos(Δm, m)|, tangential against orthogonal drift, for one latent whose m and n have this cosine ρ.

    Tangential: |ρ|. Orthogonal: √(1 − ρ²)|u|, u a coordinate of a random unit vector of N − 1 dimensions.
    """
    square = np.square(np.asarray(correlation, np.float64))
    require(np.all(square <= 1), "correlation", "from −1 to 1", correlation)
    require(np.all(np.asarray(n_neurons) >= 3), "n_neurons", "at least 3", n_neurons)
    with np.errstate(divide="ignore"):
        return betainc(0.5, (np.asarray(n_neurons) - 2) / 2, np.minimum(square / (1 - square), 1))


def held_states(network: LowRankRNN, start: Any, n_steps: int = 300) -> Float[Array, "C K"]:
    """Where κ settles without input from `start` (C, K): a fixed point, or close to it, reached in steps of τ."""
    start = floats("start", cast("start", start, network.dtype), (None, network.n_latents))
    quiet = np.zeros((n_steps, len(start), network.n_inputs), network.dtype)
    return replace(network, dt=network.tau).simulate(quiet, initial_latents=start).latents[-1]


def sign_states(n_bits: int) -> Float[Array, "C K"]:
    """The 2^K patterns of ±1, (2^K, K)."""
    return np.array(list(product((-1.0, 1.0), repeat=n_bits)))


def _share_inside(columns: Array, axes: Array) -> float:
    """The share of the power of `columns` (N, K) in the span of `axes` (N, K′)."""
    return float(np.square(encoding_projector(axes)(columns.T)).sum() / np.square(columns).sum())


@dataclass(frozen=True)
class DriftSigns:
    """What an experimenter can compute from two sessions, one number a statistic: the larger, the more has changed.

    centroid: cross-validated centroid drift over the spread. geometry: 1 − Spearman's of the sessions' RDMs. axes: the share
    of the tuning's change along the axes of a decoder. decoded: r.m.s. shift of the states as a fixed decoder sees it.
    outputs: the same in the outputs. perturbed: the share of the tuning's change in the encoding subspace that perturbations
    found.
    """

    centroid: float
    geometry: float
    axes: float
    decoded: float
    outputs: float
    perturbed: float


def drift_signs(
    network: LowRankRNN,
    kind: str,
    sigma: float,
    n_observed: int,
    n_trials: int,
    rng: Seed,
    *,
    noise_std: float = 1.0,
    perturbation_noise: float = 1.0,
    same_states: bool = False,
) -> DriftSigns:
    """Record the states of a K-bit flip-flop before and after a drift, from some neurons and trials, and compare.

    n_observed: neurons recorded, at random. n_trials: of each state in each session, even. noise_std: of a trial's rates and
    outputs. perturbation_noise: of the measured encoding, relative to its r.m.s. same_states: compare at the old κ, as if no
    state had moved. The means of trials are drawn as such.
    """
    require(1 <= n_observed <= network.n_neurons, "n_observed", f"from 1 to {network.n_neurons} neurons", n_observed)
    require(n_trials >= 2 and n_trials % 2 == 0, "n_trials", "an even number of at least 2", n_trials)
    rng = np.random.default_rng(rng)
    after = drifted(network, sample_drift(network.encoding, kind, sigma, rng))
    kappa = [held_states(network, sign_states(network.n_latents))]
    kappa.append(kappa[0] if same_states else held_states(after, kappa[0]))
    seen = rng.choice(network.n_neurons, n_observed, replace=False)
    s = noise_std * np.sqrt(2 / n_trials)  # of the mean of a half
    rates = np.array([net.tuning(k)[:, seen] for net, k in zip((network, after), kappa, strict=True)], np.float64)
    halves = rates + s * rng.standard_normal((2, *rates.shape))  # half, session, state, neuron
    outputs = np.array(kappa) + s / np.sqrt(2) * rng.standard_normal(np.shape(kappa))
    means = halves.mean(0)

    moved = halves[:, 1] - halves[:, 0]
    centred = halves[:, 0] - halves[:, 0].mean(1, keepdims=True)
    decoder = Ridge(alpha=n_observed * s**2).fit(halves[0, 0], outputs[0])  # from one half, used on the other
    decoded = [decoder.predict(x) for x in halves[1]]
    slopes = [np.linalg.pinv(y - y.mean(0), rcond=1e-2) @ (x - x.mean(0)) for x, y in zip(halves[1], outputs, strict=True)]
    change = (slopes[1] - slopes[0]).T  # ΔM as measured, (n_observed, K)
    encoding = network.encoding[seen].astype(np.float64)
    measured = encoding + perturbation_noise * np.sqrt(np.square(encoding).mean()) * rng.standard_normal(encoding.shape)
    return DriftSigns(
        centroid=float((moved[0] * moved[1]).mean() / (2 * (centred[0] * centred[1]).mean())),
        geometry=float(1 - correlation(rdm(means[0]), rdm(means[1]))),
        axes=_share_inside(change, decoder.coef_.T),
        decoded=float(np.sqrt(np.square(decoded[1] - decoded[0]).mean() / np.square(decoded[0]).mean())),
        outputs=float(np.sqrt(np.square(outputs[1] - outputs[0]).mean() / np.square(outputs[0]).mean())),
        perturbed=_share_inside(change, measured),
    )


MEASURES = ("stability", "shuffled", "unequal", "unequal shuffled", "correlation shuffled", "few neurons", "drift",
            "naive drift", "spread", "neurons", "trials", "conditions")  # fmt: skip
"""What :func:`survey_regions` finds of a region."""


def survey_regions(
    recording: Recording, window: tuple[float, float], min_neurons: int, n_trials: int, n_splits: int, rng: Seed
) -> list[dict[str, Any]]:
    """The shape of the code in each region of at least `min_neurons`: rows of its name and, in order, the `MEASURES`.

    window: start and stop, s. Neurons are put to unit variance, silent ones left out; conditions have at least `n_trials`
    trials. shuffled: conditions dealt out anew. unequal: all trials of each condition in the halves; correlation: the same
    by correlation distances. few neurons: `min_neurons` of them, drawn anew for each of 100 sets of splits. drift: from the
    first to the second half of each condition's trials, in their order. No rows where fewer than 3 conditions are left.
    Raises ValueError for a recording without conditions.
    """
    require(recording.conditions is not None, "recording", "conditions", "none")
    require(n_trials >= 4, "n_trials", "at least 4, two for each half of the session", n_trials)
    rng, labels = np.random.default_rng(rng), np.asarray(recording.conditions)
    kinds, counts = np.unique(labels, return_counts=True)
    kept = np.isin(labels, kinds[counts >= n_trials])
    labels = labels[kept]
    early = np.zeros(len(labels), bool)
    for kind in np.unique(labels):
        mine = np.flatnonzero(labels == kind)
        early[mine[: len(mine) // 2]] = True
    rows, sets = [], range(100)
    each = max(1, n_splits // len(sets))
    for region in recording.large_regions(min_neurons) if len(np.unique(labels)) >= 3 else []:
        x = recording.window(*window, region)[kept]
        x = x[:, x.std(0) > 0] / x.std(0)[x.std(0) > 0]
        some = [x[:, rng.choice(x.shape[1], min(min_neurons, x.shape[1]), replace=False)] for _ in sets]
        dealt = [rng.permutation(labels) for _ in sets]
        halves = x[early], x[~early], (labels[early], labels[~early])
        values = [
            geometric_stability(x, labels, n_splits, rng),
            np.mean([geometric_stability(x, other, each, rng) for other in dealt]),
            geometric_stability(x, labels, n_splits, rng, equal=False),
            np.mean([geometric_stability(x, other, each, rng, equal=False) for other in dealt]),
            np.mean([geometric_stability(x, other, each, rng, equal=False, metric="correlation") for other in dealt]),
            np.mean([geometric_stability(few, labels, each, rng) for few in some]),
            centroid_drift(*halves, n_splits, rng),
            centroid_drift(*halves, n_splits, rng, crossvalidated=False),
            spread(x, labels, n_splits, rng),
            x.shape[1],
            len(labels),
            len(np.unique(labels)),
        ]
        rows.append({"region": region, "values": [float(value) for value in values]})
    return rows
