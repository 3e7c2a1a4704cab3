"""Stability: the shape of a code beside its drift, in networks and in recordings.

What measures shape and drift is in :mod:`lpu_core.shapes`, what predicts them in :mod:`lpu_core.shape_laws`.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import mannwhitneyu
from sklearn.linear_model import Ridge

from lpu_core.check import OR_NAN, Array, Seed, at_least, between, cast, check_fields, checked, floats, one_of, require
from lpu_core.check import points as as_points
from lpu_core.gaussian import tanh_kernel
from lpu_core.networks import LowRankRNN
from lpu_core.networks.base import finite
from lpu_core.recordings import Recording
from lpu_core.shape_laws import (
    limit_distance,
    limit_drift,
    limit_rdm,
    linear_reading_law,
    naming_law,
    overlap_auc,
    random_code_law,
    recurrent_split_half_law,
    spearman_from_pearson,
    split_half_law,
)
from lpu_core.shapes import (
    METRICS,
    across_stability,
    centroid_accuracies,
    centroid_drift,
    compare_sessions,
    correlation,
    geometric_stability,
    grouped_correlation,
    half_means,
    noisy_trials,
    rdm,
    spread,
)
from lpu_core.subspace import DRIFT_KINDS, STRENGTH, encoding_projector, sample_drift
from lpu_core.surgery import drifted
from lpu_core.system import LatentSystem

__all__ = [
    "MEASURES",
    "METRICS",
    "DriftSigns",
    "across_stability",
    "auc",
    "centroid_accuracies",
    "centroid_drift",
    "compare_sessions",
    "completed_trials",
    "correlation",
    "drift_signs",
    "flow_change",
    "geometric_stability",
    "grouped_correlation",
    "half_means",
    "held_states",
    "limit_distance",
    "limit_drift",
    "limit_rdm",
    "linear_reading_law",
    "naming_law",
    "noisy_trials",
    "overlap_auc",
    "random_code_law",
    "rdm",
    "recurrent_split_half_law",
    "ring_states",
    "sign_states",
    "spearman_from_pearson",
    "split_half_law",
    "spread",
    "survey_regions",
    "tanh_kernel",
]


@checked()
def flow_change(before: LatentSystem, after: LatentSystem, points: Any) -> float:
    """The r.m.s. change of the latent flow from the network `before` to that `after`, over its r.m.s. before.

    points: κ, (…, K), at which flows are compared; somewhere among them κ moved before.

    >>> one, other = (LowRankRNN([[m], [1.0]], [[1.0], [1.0]], np.zeros((2, 0))) for m in (1.0, 1.5))
    >>> flow_change(one, one, [[0.5]]), round(flow_change(one, other, [[0.5]]), 2)
    (0.0, 2.28)
    """
    kappa = as_points("points", points, before.n_latents, np.float64)
    require(after.n_latents == before.n_latents, "after", f"{before.n_latents} latents, as before", after.n_latents)
    require(kappa.size, "points", "at least one", kappa.shape)
    flow = before.flow(kappa)
    moves = np.square(flow).mean()
    require(moves > 0, "points", "some where the flow before is not 0", "fixed points alone")
    return float(np.sqrt(np.square(after.flow(kappa) - flow).mean() / moves))


@checked()
def auc(inside: Float[Array, " A"], outside: Float[Array, " B"]) -> tuple[float, float]:
    """P(a value `inside` exceeds one `outside`), ties half, and its standard error by Hanley and McNeil.

    inside, outside: numbers, (A,) and (B,).

    >>> round(auc([2.0, 3.0, 4.0], [1.0, 2.5])[0], 3)  # 5 of 6 pairs
    0.833
    """
    inside, outside = inside.astype(np.float64, copy=False), outside.astype(np.float64, copy=False)
    require(min(len(inside), len(outside)) > 1, "inside, outside", "at least 2 values each", (len(inside), len(outside)))
    a = float(mannwhitneyu(inside, outside).statistic) / (len(inside) * len(outside))
    one, other = a / (2 - a) - a**2, 2 * a**2 / (1 + a) - a**2
    variance = a * (1 - a) + (len(inside) - 1) * one + (len(outside) - 1) * other
    return a, float(np.sqrt(max(variance, 0) / (len(inside) * len(outside))))


@checked(n_steps=at_least(1))
def held_states(network: LowRankRNN, start: Any, n_steps: int = 300) -> Float[Array, "C K"]:
    """Where κ settles without input from `start` (C, K): a fixed point, or close to it, in `n_steps` steps of τ.

    >>> from lpu_core import timescales
    >>> network = timescales.design_flip_flop(2000, 2, rng=0)
    >>> np.abs(held_states(network, sign_states(2)) - sign_states(2)).max() < 0.2
    np.True_
    """
    start = floats("start", cast("start", start, network.dtype), (None, network.n_latents))
    network, few = replace(network, dt=network.tau), 20
    for done in range(0, n_steps, few):
        quiet = np.zeros((min(few, n_steps - done), len(start), network.n_inputs), network.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            run = network.simulate(quiet, initial_latents=start).latents
        before, start = run[-2] if len(run) > 1 else start, finite(run[-1])
        if np.array_equal(start, before):
            break  # to the last digit: no step takes it anywhere any more
    return start


@checked(n_bits=between(1, 20))
def sign_states(n_bits: int) -> Float[Array, "C K"]:
    """The 2^K patterns of ±1 in K = `n_bits` bits, (2^K, K).

    >>> sign_states(2)
    array([[-1., -1.],
           [-1.,  1.],
           [ 1., -1.],
           [ 1.,  1.]])
    """
    return np.array(list(product((-1.0, 1.0), repeat=n_bits)))


@checked(n_states=at_least(1))
def ring_states(n_states: int) -> Float[Array, "C 2"]:
    """C = `n_states` states evenly around the unit circle, (C, 2).

    >>> ring_states(4).round() + 0.0
    array([[ 1.,  0.],
           [ 0.,  1.],
           [-1.,  0.],
           [ 0., -1.]])
    """
    angle = 2 * np.pi * np.arange(n_states) / n_states
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@checked(
    overlap=between(-1e6, 1e6),
    n_trials=at_least(1),
    share=between(0, 1),
    input_noise=STRENGTH,
    noise_std=STRENGTH,
)
def completed_trials(
    embedding: Float[Array, "N K"],
    states: Float[Array, "C K"],
    overlap: float,
    n_trials: int,
    rng: Seed,
    *,
    recurrent: Any = None,
    linear: bool = False,
    share: float = 0.15,
    input_noise: float = 0.8,
    noise_std: float = 0.5,
) -> tuple[Float[Array, "B N"], Int[Array, " B"]]:
    """Trials, (C·T, N), in which recurrence completes a sparse and noisy input, and the condition of each, (C·T,).

    r = φ(u + g Π r), φ = tanh: each neuron's input u is m·κ in a `share` of the neurons, drawn anew in each trial, and 0 in
    the others, plus noise of the s.d. `input_noise`; Π projects onto the columns of the `recurrent` embedding, by default
    those of the `embedding` M, (N, K). To what settles, the recording adds noise of `noise_std`.

    states: κ of each condition, (C, K). overlap: g, of encoding and embedding. n_trials: T, of each condition. rng: draws
    all of it. linear: φ(x) = x; then g must be below 1, and above −1.

    >>> embedding = np.random.default_rng(0).standard_normal((100, 2))
    >>> trials, labels = completed_trials(embedding, sign_states(2), 0.5, n_trials=3, rng=1)
    >>> trials.shape, labels[:4].tolist()
    ((12, 100), [0, 0, 0, 1])
    """
    n, k = embedding.shape
    require(states.shape[1] == k, "states", f"shape (C, {k}), as many latents as the embedding", states.shape)
    back = floats("recurrent", embedding if recurrent is None else recurrent, (n, None)).astype(np.float64, copy=False)
    rank = np.linalg.matrix_rank(back) if back.size else 0
    require(
        0 < back.shape[1] == rank, "recurrent", "at least one column, none made of others", f"rank {rank} of {back.shape[1]}"
    )
    require(not linear or abs(overlap) < 1, "overlap", "below 1 and above −1 for linear neurons", overlap)
    basis = np.linalg.qr(back)[0]
    rng, labels = np.random.default_rng(rng), np.repeat(np.arange(len(states)), n_trials)
    drive = (states @ embedding.T).astype(np.float64, copy=False)[labels]
    drive *= rng.random(drive.shape) < share
    drive += input_noise * rng.standard_normal(drive.shape)
    inside = np.zeros((len(drive), basis.shape[1]))  # Π r, in the basis
    for _ in range(200):
        rates = drive + (overlap * inside) @ basis.T
        if not linear:
            np.tanh(rates, out=rates)
        before, inside = inside, rates @ basis
        if np.abs(inside - before).max(initial=0) <= 1e-4 * np.sqrt(n):
            break
    return rates + noise_std * rng.standard_normal(rates.shape), labels


def _share_inside(columns: Array, axes: Array) -> float:
    """The share of the power of `columns` (N, K) in the span of `axes` (N, K′); nan without power."""
    return _ratio(np.square(encoding_projector(axes)(columns.T)).sum(), np.square(columns).sum())


def _ratio(one: Any, other: Any) -> float:
    """A ratio, nan where the second is 0."""
    return float(one / other) if other != 0 else float("nan")


@dataclass(frozen=True)
class DriftSigns:
    """What an experimenter can compute from two sessions, one number a statistic: the larger, the more has changed.

    centroid: cross-validated centroid drift over the spread. geometry: 1 − Spearman's of the sessions' RDMs. axes: the share
    of the tuning's change along the axes of a decoder. decoded: r.m.s. shift of the states as a fixed decoder sees it.
    outputs: the same in the outputs. perturbed: the share of the tuning's change in the encoding subspace that perturbations
    found. axes and perturbed are nan where no change was seen, as without drift and noise.
    """

    centroid: float
    geometry: float
    axes: float
    decoded: float
    outputs: float
    perturbed: float

    def __post_init__(self):
        check_fields(self, **dict.fromkeys(vars(self), OR_NAN))


@checked(
    kind=one_of(*DRIFT_KINDS),
    sigma=STRENGTH,
    n_observed=at_least(1),
    n_trials=at_least(2),
    noise_std=STRENGTH,
    perturbation_noise=STRENGTH,
)
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

    network: of K ≥ 2 bits. kind, sigma: of the drift, as in :func:`~lpu_core.subspace.sample_drift`. n_observed: neurons
    recorded, at random, at least K. n_trials: of each state in each session, even. noise_std: of a trial's rates and
    outputs. perturbation_noise: of the measured encoding, relative to its r.m.s. same_states: compare at the old κ, as if no
    state had moved. The means of trials are drawn as such. rng: draws all of it.

    >>> from lpu_core import timescales
    >>> network = timescales.design_flip_flop(1000, 2, rng=0)
    >>> along, across = (drift_signs(network, kind, 0.3, 300, 20, rng=1) for kind in ("tangential", "orthogonal"))
    >>> along.outputs > across.outputs
    True
    """
    k = network.n_latents
    require(k >= 2, "network", "at least 2 bits, which have 4 states", k)
    right = k <= n_observed <= network.n_neurons
    require(right, "n_observed", f"a whole number from {k} to {network.n_neurons}", n_observed)
    require(n_trials % 2 == 0, "n_trials", "an even number of at least 2", n_trials)
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
        centroid=_ratio((moved[0] * moved[1]).mean(), 2 * (centred[0] * centred[1]).mean()),
        geometry=float(1 - correlation(rdm(means[0]), rdm(means[1]))),
        axes=_share_inside(change, decoder.coef_.T),
        decoded=float(np.sqrt(_ratio(np.square(decoded[1] - decoded[0]).mean(), np.square(decoded[0]).mean()))),
        outputs=float(np.sqrt(_ratio(np.square(outputs[1] - outputs[0]).mean(), np.square(outputs[0]).mean()))),
        perturbed=_share_inside(change, measured),
    )


MEASURES = ("stability", "shuffled", "unequal", "unequal shuffled", "correlation shuffled", "few neurons", "drift",
            "naive drift", "spread", "neurons", "trials", "conditions", "cosine", "cosine shuffled", "halved neurons",
            "halved neurons shuffled")  # fmt: skip
"""What :func:`survey_regions` finds of a region."""


@checked(min_neurons=at_least(1), n_trials=at_least(4), n_splits=at_least(1))
def survey_regions(
    recording: Recording, window: tuple[float, float], min_neurons: int, n_trials: int, n_splits: int, rng: Seed
) -> list[dict[str, Any]]:
    """The shape of the code in each region of at least `min_neurons`: rows of its name and, in order, the `MEASURES`.

    recording: with conditions. window: start and stop, s. Neurons are put to unit variance, silent ones left out, and with
    them regions that hold no other; conditions have at least `n_trials` trials. n_splits: into halves, drawn from rng.
    shuffled: conditions dealt out anew. unequal: all trials of each condition in the halves; correlation: the same by
    correlation distances. few neurons: `min_neurons` of them, drawn anew for each of 100 sets of splits. drift: from the
    first to the second half of each condition's trials, in their order. cosine: all trials, by cosine distances; halved
    neurons: the same with the neurons halved in place of the trials. No rows where fewer than 3 conditions are left.
    Raises ValueError for a recording without conditions.

    >>> conditions = np.tile(np.arange(4), 6)
    >>> activity = np.random.default_rng(0).standard_normal((4, 10))[conditions][None]
    >>> activity = activity + 0.1 * np.random.default_rng(1).standard_normal(activity.shape)
    >>> recording = Recording(activity, ["V1"] * 10, conditions > 1, 0.1, conditions)
    >>> (row,) = survey_regions(recording, (0.0, 0.1), min_neurons=5, n_trials=4, n_splits=2, rng=0)
    >>> row["region"], dict(zip(MEASURES, row["values"]))["stability"] > 0.9
    ('V1', True)
    """
    require(recording.conditions is not None, "recording", "conditions", "none")
    rng, labels = np.random.default_rng(rng), np.asarray(recording.conditions)
    shown, counts = np.unique(labels, return_counts=True)
    kept = np.isin(labels, shown[counts >= n_trials])
    labels = labels[kept]
    early = np.zeros(len(labels), bool)
    for condition in np.unique(labels):
        mine = np.flatnonzero(labels == condition)
        early[mine[: len(mine) // 2]] = True
    rows, sets = [], range(100)
    each = max(1, n_splits // len(sets))
    for region in recording.large_regions(min_neurons) if len(np.unique(labels)) >= 3 else []:
        x = recording.window(*window, region)[kept]
        x = x[:, x.std(0) > 0] / x.std(0)[x.std(0) > 0]
        if not x.size:
            continue
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
        (own,) = rng.spawn(1)  # so that the values before do not depend on these
        for neurons in (False, True):
            published: dict[str, Any] = {"metric": "cosine", "equal": False, "neurons": neurons}
            values.append(geometric_stability(x, labels, n_splits, own, **published))
            values.append(np.mean([geometric_stability(x, other, each, own, **published) for other in dealt]))
        rows.append({"region": region, "values": [float(value) for value in values]})
    return rows
