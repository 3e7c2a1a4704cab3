r"""From a recording to an LPU: the network of rank K whose next step is the recording's, and what the data say of it.

The weights follow from one step of the activity (:mod:`lpu_core.one_step`). They are known up to a change of the latents'
basis: tuning M as a subspace, influence Nenc as a subspace. Not all of it is in the data. What a row of W does to a
direction v_j, along which the rates have the variance λ_j, is known with a variance of σ²/(λ_j S) after S samples: the
part of the influence along directions that activity does not visit is in no recording of whatever length.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import subspace_angles

from lpu_core.check import Array, Seed, at_least, between, checked, require
from lpu_core.networks import LowRankRNN
from lpu_core.subspace import encoding_projector


class Identified(NamedTuple):
    """What the law of least squares expects of a fit.

    variances: λ_j of the rates beyond what inputs tell of them, (N,), the largest first. errors: the r.m.s. length of what
    W v_j is off by, (N,), as a share of the r.m.s. length of all W v_j. tuning, influence: the angle, degrees, between true
    and fitted subspace, the r.m.s. over its K directions.
    """

    variances: Array
    errors: Array
    tuning: float
    influence: float


@checked(noise_std=between(0, 1e9), n_samples=at_least(1), covariance=between(-1e12, 1e12))
def identified(network: LowRankRNN, covariance: Float[Array, "N N"], noise_std: float, n_samples: int) -> Identified:
    r"""The expected error of W along each direction of activity, and of the subspaces of tuning and influence.

    Least squares find W C^{1/2} = U Σ Vᵀ to within σZ/√S, Z of independent unit entries. Cut to rank K, to first order,

    .. math:: \mathbb E\,\|\hat W v_j - W v_j\|^2 = \frac{\sigma^2}{\lambda_j S}
        \bigl[K + (N-K)\,\|V^\top v_j\|^2\bigr], \qquad
        \mathbb E\,\|\sin\Theta_M\|^2 = \frac{\sigma^2}{S}(N-K)\,\mathrm{tr}\,\Sigma^{-2}, \qquad
        \mathbb E\,\|\sin\Theta_N\|^2 = \frac{\sigma^2}{S}\,\mathrm{tr}[(1-P_N) C^{-1}]\,\mathrm{tr}(B^\top B)^{-1}

    with B = WᵀU and P_N the projector on its span, that of Nenc. Without a bound on the rank, N has the bracket's place.

    network: the true one, or the fitted one in its place. covariance: C, (N, N), of the rates beyond what the inputs tell of
    them. noise_std: σ, of the currents. n_samples: S. Raises ValueError for rates that do not vary along all directions.

    >>> net = LowRankRNN([[1.0], [1.0]], [[1.0], [0.0]], np.zeros((2, 0)))
    >>> identified(net, np.diag([1.0, 0.01]), 0.1, 1000).errors.round(3)  # the seldom visited direction is known far worse
    array([0.009, 0.063])
    """
    n, k = network.encoding.shape
    require(covariance.shape == (n, n), "covariance", f"shape {(n, n)}, the network's neurons", covariance.shape)
    variances, directions = np.linalg.eigh(covariance)
    variances, directions = variances[::-1], directions[:, ::-1]
    require(variances[-1] > 0, "covariance", "positive variance along all directions", variances[-1])
    influence = network.encoding @ np.linalg.qr(network.embedding)[1].T / n  # B: W is U Bᵀ
    along = directions.T @ influence  # row j: what W v_j is, in the K directions of tuning
    row, values, _ = np.linalg.svd(along * np.sqrt(variances)[:, None], full_matrices=False)
    require(values[-1] > 0, "network", "latents that move and are moved by the rates", "some that are not")
    per_direction = noise_std**2 / n_samples / variances
    errors = np.sqrt(per_direction * (k + (n - k) * np.square(row).sum(1)))
    off = (per_direction * (1 - np.square(np.linalg.qr(along)[0]).sum(1))).sum()
    sines = (noise_std * np.sqrt((n - k) / n_samples * np.mean(values**-2.0)),
             np.sqrt(off * np.trace(np.linalg.inv(along.T @ along)) / k))  # fmt: skip
    return Identified(
        variances, errors / np.sqrt(np.square(along).sum() / n), *(float(np.degrees(np.arctan(x))) for x in sines)
    )


class Comparison(NamedTuple):
    """How far a fitted network is from the true one, whatever the basis of its latents.

    tuning, influence: the principal angles between the spans of M and of Nenc, degrees, (K,), the largest first. flow: the
    r.m.s. error of the flow, as a share of its r.m.s. attractors: how many, fitted and true (:func:`settled`).
    """

    tuning: Array
    influence: Array
    flow: float
    attractors: tuple[int, int]


@checked(n_starts=at_least(1))
def settled(network: LowRankRNN, rng: Seed = 0, n_starts: int = 300) -> Float[Array, "A K"]:
    """Where κ comes to rest from random places of the box that holds all fixed points, (A, K), without inputs; any K.

    An attractor that few starts reach may be missed; :func:`lpu_core.dynamics.fixed_points` misses none, of up to three
    latents.

    network: with a bounded φ. rng: for the starts. n_starts: how many.

    >>> from lpu_core.timescales import design_flip_flop
    >>> len(settled(design_flip_flop(200, 2, rng=0)))
    4
    """
    low, high = network.bounding_box()
    start = np.random.default_rng(rng).uniform(low, high, (n_starts, network.n_latents))
    inputs = np.zeros((int(np.ceil(400 / network.alpha)), n_starts, network.n_inputs))
    ends = network.astype(np.float64).simulate(inputs, initial_latents=start).latents[-1]
    size = np.linalg.norm(high)
    rest = ends[np.linalg.norm(network.astype(np.float64).flow(ends), axis=1) * network.tau < 1e-4 * size]
    found: list[Array] = []
    for end in rest:
        if all(np.linalg.norm(end - other) > 1e-2 * size for other in found):
            found.append(end)
    return np.array(found).reshape(-1, network.n_latents)


@checked()
def compare(network: LowRankRNN, truth: LowRankRNN, kappa: Float[Array, "S K"]) -> Comparison:
    """The fitted `network` against the `truth`: tuning, influence, and the flow at some states of the truth.

    network, truth: of the same neurons and rank. kappa: states of the truth at which flows are compared, (S, K). Raises
    ValueError for other sizes.

    >>> truth = LowRankRNN([[1.0], [2.0]], [[3.0], [1.0]], np.zeros((2, 0)))
    >>> compare(truth.change_basis([[2.0]]), truth, [[0.1], [1.0]]).flow < 1e-12
    True
    """
    same = network.embedding.shape == truth.embedding.shape
    require(same, "network", f"neurons and latents as the truth's, {truth.embedding.shape}", network.embedding.shape)
    to_truth = np.linalg.lstsq(truth.embedding, network.embedding, rcond=None)[0]  # κ of the truth = A κ of the fit
    aligned = network.change_basis(to_truth)
    true, found = truth.flow(kappa), aligned.flow(kappa)
    spans = ((network.embedding, truth.embedding), (network.encoding, truth.encoding))
    tuning, influence = (np.degrees(subspace_angles(*pair)) for pair in spans)
    flow = float(np.sqrt(np.square(found - true).mean() / np.square(true).mean()))
    return Comparison(tuning, influence, flow, (len(settled(aligned)), len(settled(truth))))


class Push(NamedTuple):
    """What a push of the rates does, by the fitted network.

    inside: the part of the push in the encoding subspace, (B, N); it alone moves κ. off: the rest, which decays. latents:
    κ after each step, (T, B, K), pushed and not. rates: likewise, (T, B, N).
    """

    inside: Array
    off: Array
    latents: tuple[Array, Array]
    rates: tuple[Array, Array]


@checked()
def predict_push(
    network: LowRankRNN, rates: Float[Array, "B N"], push: Float[Array, "B N"], inputs: Float[Array, "T B D"]
) -> Push:
    """The course of a network's latents and rates after a push, and without it.

    network: the fitted one. rates: r at the push, (B, N). push: δr, (B, N). inputs: u from then on, (T, B, D).

    >>> net = LowRankRNN([[1.0], [2.0]], [[1.0], [1.0]], np.zeros((2, 0)))
    >>> found = predict_push(net, [[0.0, 0.0]], [[0.5, -0.5]], np.zeros((2, 1, 0)))
    >>> found.off, float(abs(found.latents[0]).max())  # off the encoding subspace: κ does not move
    (array([[ 0.5, -0.5]]), 0.0)
    """
    require(push.shape == rates.shape, "push", f"shape {rates.shape}, as rates", push.shape)
    inside = encoding_projector(network.encoding)(push)
    starts = (rates + push, rates)
    pushed, alone = (network.simulate(inputs, initial_rates=start, record_rates=True) for start in starts)
    return Push(inside, push - inside, (pushed.latents, alone.latents), (pushed.rates, alone.rates))  # type: ignore
