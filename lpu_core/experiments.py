r"""Experiments that could refute an LPU: the dimension of effective pushes, decay off the encoding subspace, curvature.

A push δr on the rates reaches κ alone, as Nencᵀδr/N, and the rates of neurons that were not pushed answer to κ alone. So the
responses of Q such neurons to P pushes are, to first order,

.. math:: R = \tfrac1N\,\delta r\,N_\mathrm{enc}\,G + \text{noise}, \qquad G: K \times Q,

of rank K, whatever P, Q and the dimension of the activity. :mod:`lpu_core.detection` says what noise leaves of that.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import binom, ndtri

from lpu_core.check import Array, Seed, at_least, between, cast, checked, floats, require
from lpu_core.detection import RATE, STRENGTH, all_seen, least_visible, noise_edge, observed_values
from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN
from lpu_core.surgery import indices

__all__ = [
    "Plan",
    "dimensions",
    "plan_decay",
    "plan_pushes",
    "push_gains",
    "push_responses",
    "push_window",
    "remainder",
    "remainder_law",
    "signal_dimension",
]

_COUNT = between(1, 1e6)
_SMALL = 1e-3
"""The step in κ of the differences that give slopes and curvatures."""


# ------------------------------------------------------------------ the dimension of effective pushes


@checked(n_steps=at_least(1))
def push_responses(
    network: LowRankRNN | LeakyCurrentRNN | FullRankRNN,
    state: Float[Array, " N"],
    pushes: Float[Array, "P N"],
    read: Any,
    n_steps: int,
) -> Float[Array, "P Q"]:
    """The rates of the neurons `read` (a mask or indices), `n_steps` after each of the `pushes` (P, N) on the state.

    state: the rates r[0], (N,), or the currents x[0] of a leaky-current network. There are no inputs and no noise.

    >>> pair = LowRankRNN([[1.0], [1.0]], [[2.0], [0.0]], np.zeros((2, 0)), dt=10.0)
    >>> push_responses(pair, [0.0, 0.0], [[0.5, 0.0], [0.0, 9.0]], [1], 1).round(3)  # the second neuron has no voice
    array([[0.462],
           [0.   ]])
    """
    rows = indices(read, network.n_neurons, "read")
    start = cast("pushes", pushes, network.dtype) + floats(
        "state", cast("state", state, network.dtype), (network.n_neurons,)
    )
    begin = "initial_currents" if isinstance(network, LeakyCurrentRNN) else "initial_rates"
    nothing = np.zeros((n_steps, len(start), network.n_inputs), network.dtype)
    run = network.simulate(nothing, record_rates=True, **{begin: start})
    return run.rates[-1][:, rows]  # type: ignore[index]


@checked(n_steps=at_least(1))
def push_gains(
    network: LowRankRNN, state: Float[Array, " N"], pushed: Any, read: Any, n_steps: int
) -> tuple[Float[Array, " K"], Float[Array, " K2"]]:
    r"""How strongly neurons that are `read` answer to random pushes on others: r.m.s. a neuron, by pattern, at strength 1.

    The first, (K,), are the singular values of Nencᵀ G/N over √Q: a push of s.d. s gives s g_k. The second, (K(K+1)/2,), are
    those of the second order off the first's patterns: s² g_k. Both are in descending order.
    state: r[0], (N,). pushed, read: masks or indices, without a common neuron. n_steps: when it is read.

    >>> pair = LowRankRNN([[1.0], [1.0]], [[2.0], [0.0]], np.zeros((2, 0)), dt=10.0)
    >>> push_gains(pair, [0.0, 0.0], [0], [1], 1)[0].round(3)
    array([1.])
    """
    n, exact = network.n_neurons, network.astype(np.float64)
    reached, seen = indices(pushed, n, "pushed"), indices(read, n, "read")
    require(len(reached) > 0, "pushed", "at least one neuron", reached)
    require(len(seen) > 0, "read", "at least one neuron", seen)
    require(not set(reached) & set(seen), "read", "neurons that are not pushed", sorted(set(reached) & set(seen)))
    rates = floats("state", cast("state", state, np.float64), (n,))
    k = network.n_latents
    spread = np.linalg.qr(exact.encoding[reached] / n, mode="r")  # of κ, in units of the push: its covariance is RᵀR
    first, second = _slopes(exact, rates, seen, n_steps)
    first = spread @ first
    second = np.einsum("ai,bj,ijq->abq", spread, spread, second)
    one, other = np.triu_indices(k)
    # Orthonormal functions of a Gaussian push: z_a z_b, and (z_a² − 1)/√2
    pairs = second[one, other] * np.where(one == other, np.sqrt(0.5), 1)[:, None]
    patterns = np.linalg.svd(first, full_matrices=False)[2][: np.linalg.matrix_rank(first)]
    off = pairs - (pairs @ patterns.T) @ patterns
    return _values(first, k, len(seen)), _values(off, len(one), len(seen))


def _values(patterns: Array, count: int, n_cells: int) -> Array:
    """The singular values over √Q, filled up with zeros to `count`."""
    found = np.linalg.svd(patterns, compute_uv=False) / np.sqrt(n_cells)
    return np.concatenate([found, np.zeros(count - len(found))])


def _slopes(network: LowRankRNN, rates: Array, seen: Array, n_steps: int) -> tuple[Array, Array]:
    """How the rates of the neurons `seen` answer to κ[0] after n_steps: slopes (K, Q) and second derivatives (K, K, Q).

    Their rates are (1−α)^t r[0] and a function of the course of κ alone, which is differentiated.
    """
    k, eye = network.n_latents, _SMALL * np.eye(network.n_latents)
    steps = (eye[:, None] + s * eye for s in (1, -1))
    plus, minus = (both.reshape(-1, k) for both in steps)
    shifts = np.concatenate([np.zeros((1, k)), eye, -eye, plus, minus, -plus, -minus])
    kappa = rates @ network.encoding / network.n_neurons + shifts
    path = network.simulate(np.zeros((n_steps, len(kappa), network.n_inputs)), initial_latents=kappa).latents
    answer = np.zeros((len(kappa), len(seen)))
    for at in (kappa, *path[:-1]):
        answer = (1 - network.alpha) * answer + network.alpha * network.tuning(at)[:, seen]
    up, down = answer[1 : 1 + k], answer[1 + k : 1 + 2 * k]
    both, apart, neither, across = answer[1 + 2 * k :].reshape(4, k, k, len(seen))
    curved = (both + neither - apart - across) / (4 * _SMALL**2)
    return (up - down) / (2 * _SMALL), curved


@checked(noise_std=STRENGTH, false_alarm=RATE)
def dimensions(responses: Float[Array, "*batch P Q"], noise_std: float, false_alarm: float = 0.05) -> Any:
    """The number of dimensions of `responses` (…, P, Q) to P pushes: patterns in them above the noise, their mean left out.

    noise_std: s.d. of an entry, known from the trials. false_alarm: the largest chance to find more than there are: by
    Weyl's inequality the (K+1)th singular value of signal and noise is at most the first of the noise, whatever the signal.
    The mean over the pushes takes the place of trials without a push.

    >>> rng = np.random.default_rng(0)
    >>> pushes, patterns = rng.standard_normal((40, 2)), rng.standard_normal((2, 60))
    >>> int(dimensions(5.0 + pushes @ patterns + 0.5 * rng.standard_normal((40, 60)), 0.5))
    2
    """
    n_pushes, n_cells = responses.shape[-2:]
    require(n_pushes > 1 and n_cells > 0, "responses", "those of at least 1 cell to at least 2 pushes", responses.shape)
    largest = np.abs(responses).max(initial=0)
    require(largest < 1e100, "responses", "numbers whose squares a float can hold", f"{largest:.3g}")
    values = np.linalg.svd(responses - responses.mean(-2, keepdims=True), compute_uv=False)
    return (values > noise_edge(n_pushes - 1, n_cells, noise_std, false_alarm)).sum(-1)  # white noise in P − 1 directions


class Plan(NamedTuple):
    """What :func:`plan_pushes` finds.

    n_trials: how many trials of each push. values: the singular values to be observed, (K,). edge: that of the noise, which
    they must exceed. chance: that all K do.
    """

    n_trials: int
    values: Float[Array, " K"]
    edge: float
    chance: float


@checked(strengths=STRENGTH, noise_std=STRENGTH, n_pushes=between(2, 1e6), n_cells=_COUNT,
         chance=between(0.01, 0.99), false_alarm=RATE)  # fmt: skip
def plan_pushes(
    strengths: Float[Array, " K"],
    noise_std: float,
    n_pushes: int,
    n_cells: int,
    rng: Seed = 0,
    *,
    chance: float = 0.9,
    false_alarm: float = 0.05,
) -> Plan:
    """How many trials of each of P pushes, read from Q cells, it takes to see all K dimensions with the `chance`.

    strengths: s g_k, the r.m.s. response of a cell by pattern (:func:`push_gains`, times the s.d. of a push). noise_std: σ,
    of a cell in one trial. n_pushes, n_cells: P and Q. Seen is what exceeds the noise's edge at the rate of `false_alarm`;
    in short, P Q T² must exceed (σ/s g_K)⁴. The responses of P random pushes are drawn from `rng`, 2000 times.

    >>> plan_pushes([0.1, 0.05], noise_std=1.0, n_pushes=50, n_cells=100).n_trials
    15
    """
    k = len(strengths)
    require(0 < k < n_pushes, "strengths", f"from 1 to {n_pushes - 1} numbers, fewer than pushes", k)
    require(k <= n_cells, "strengths", f"at most {n_cells} numbers, as many as cells", k)
    drawn = _wishart_values(strengths / noise_std * math.sqrt(n_cells), n_pushes - 1, rng)
    rows = n_pushes - 1

    def seen(n_trials: float) -> float:
        return all_seen(drawn * math.sqrt(n_trials), rows, n_cells, 1, false_alarm)

    few = (least_visible(rows, n_cells, 1.0, false_alarm) / np.median(drawn[:, -1])) ** 2 / 4
    many = few
    while seen(many) < chance:
        require(many < 1e12 * few, "chance", "one that can be had", chance)
        many *= 2
    few = many / 2
    while many / few > 1.001 and math.ceil(many) > math.ceil(few):
        middle = math.sqrt(few * many)
        few, many = (middle, many) if seen(middle) < chance else (few, middle)
    n_trials = max(1, math.ceil(many))
    noise = noise_std / math.sqrt(n_trials)
    values = observed_values(strengths * math.sqrt(rows * n_cells), rows, n_cells, noise)
    return Plan(n_trials, values, noise_edge(rows, n_cells, noise, false_alarm), seen(n_trials))


def _wishart_values(scales: Array, n_rows: int, rng: Seed, n_draws: int = 2000) -> Array:
    """The singular values, (n_draws, K), of `n_rows` Gaussian rows, entries of the `scales` (K,), by Bartlett's triangle."""
    k, rng = len(scales), np.random.default_rng(rng)
    triangle = np.triu(rng.standard_normal((n_draws, k, k)), 1)
    triangle[:, np.arange(k), np.arange(k)] = np.sqrt(rng.chisquare(n_rows - np.arange(k), (n_draws, k)))
    return np.linalg.svd(triangle * scales, compute_uv=False)


@checked(
    first=at_least(0), second=at_least(0), noise_std=STRENGTH, n_pushes=between(2, 1e6), n_cells=_COUNT, false_alarm=RATE
)
def push_window(
    first: Float[Array, " K"],
    second: Float[Array, " K2"],
    noise_std: float,
    n_pushes: int,
    n_cells: int,
    false_alarm: float = 0.05,
) -> tuple[float, float]:
    """How strong a push may be: from where the K dimensions are seen to where its second order is seen as a further one.

    first, second: g, of :func:`push_gains`. noise_std: σ of a response, over all its trials. n_pushes, n_cells: P and Q.
    false_alarm: the rate of the edge above which a pattern is seen. At either end it is seen in half of the experiments.
    Infinite where there is nothing to see.

    >>> [round(s, 2) for s in push_window([1.0], [0.5], 0.1, 50, 100)]
    [0.01, 0.17]
    """
    require(len(first) > 0, "first", "at least one number", len(first))
    least = least_visible(n_pushes - 1, n_cells, noise_std, false_alarm) / math.sqrt((n_pushes - 1) * n_cells)
    weakest, largest = float(first.min()), float(second.max(initial=0))
    return least / weakest if weakest > 0 else math.inf, math.sqrt(least / largest) if largest > 0 else math.inf


# ------------------------------------------------------------------ decay off the encoding subspace


@checked(alpha=between(0, 1, "(]"))
def remainder(first: Float[Array, "T1 P N"], second: Float[Array, "T1 P N"], alpha: float) -> Float[Array, " T"]:
    """The power that pushes leave beside their decay (1−α)^t, a cell: over T steps, free of the noise's own.

    first, second: the courses of P responses in two halves of the trials, (T + 1, P, N) each, without the state that was
    pushed, from the moment after the push on. alpha: α. It is the mean of the product of both halves' remainders
    r[t] − (1−α)^t r[0]: 0 in expectation for what only decays.

    >>> course = 0.5 ** np.arange(4)[:, None, None] * [[[1.0, -2.0]]]
    >>> remainder(course, course, 0.5)
    array([0., 0., 0.])
    """
    require(second.shape == first.shape, "second", f"shape {first.shape}, as first", second.shape)
    require(min(first.shape) > 0 and len(first) > 1, "first", "at least 2 times, 1 push and 1 cell", first.shape)
    largest = max(np.abs(first).max(), np.abs(second).max())
    require(largest < 1e100, "first, second", "numbers whose squares a float can hold", f"{largest:.3g}")
    decay = (1 - alpha) ** np.arange(len(first))[:, None, None]
    one, other = (half - decay * half[0] for half in (first.astype(np.float64), second.astype(np.float64)))
    return (one * other).mean((1, 2))[1:]


@checked(gain=between(0, 4), alpha=between(0, 1, "(]"), n_steps=between(1, 200))
def remainder_law(gain: float, alpha: float, n_steps: int) -> Float[Array, " T"]:
    r"""The power that a push of power 1 leaves beside its decay in a network of random connections, over T = `n_steps`.

    .. math:: \sum_{k=1}^{t} \binom tk^2 (1-\alpha)^{2(t-k)} (\alpha g)^{2k}, \qquad
        g^2 = N \langle J^2\rangle\langle\varphi'^2\rangle,

    for N → ∞, around a fixed point: then J's powers take a push along directions at right angles. gain: g. As Δt → 0 it is
    e^{−2t/τ} (I_0(2gt/τ) − 1), with Bessel's I.

    >>> remainder_law(0.5, 0.5, 3).round(4)
    array([0.0625, 0.0664, 0.0442])
    """
    t, k = np.arange(1, n_steps + 1)[:, None], np.arange(1, n_steps + 1)
    decayed = np.where(k <= t, (1 - alpha) ** (2.0 * np.maximum(t - k, 0)), 0)
    return (binom(t, k) ** 2 * decayed * (alpha * gain) ** (2 * k)).sum(1)


@checked(power=STRENGTH, noise_std=STRENGTH, n_pushes=_COUNT, n_cells=_COUNT, chance=between(0.5, 0.999),
         false_alarm=between(0.001, 0.5))  # fmt: skip
def plan_decay(
    power: float, noise_std: float, n_pushes: int, n_cells: int, chance: float = 0.9, false_alarm: float = 0.05
) -> tuple[int, float]:
    r"""How many trials of each push in each half show a remainder of the `power`, and the threshold of :func:`remainder`.

    A half's mean over T trials has noise of variance v = σ²/T a cell. Without a remainder the mean product of the halves is
    of mean 0 and variance v²/(PN), with one of power Δ of mean Δ and variance (v² + 2Δv)/(PN). So with a = v/Δ,

    .. math:: \sqrt{PN} = z_f\,a + z_c\sqrt{a^2 + 2a}.

    noise_std: σ, of a cell's r[t] − (1−α)^t r[0] in one trial. n_pushes, n_cells: P and N. chance: to find the remainder.
    false_alarm: to find one where there is none.

    >>> n_trials, threshold = plan_decay(0.01, 1.0, 20, 100)
    >>> n_trials, round(threshold, 5)
    (7, 0.00525)
    """
    size, rare, often = math.sqrt(n_pushes * n_cells), -float(ndtri(false_alarm)), float(ndtri(chance))
    # (√(PN) − z_f a)² = z_c² (a² + 2a), the root with z_f a ≤ √(PN)
    quadratic, linear = rare**2 - often**2, size * rare + often**2
    a = size**2 / (linear + math.sqrt(max(linear**2 - quadratic * size**2, 0)))
    n_trials = max(1, math.ceil(noise_std**2 / (a * power)))
    return n_trials, rare * noise_std**2 / n_trials / size


# ------------------------------------------------------------------ curvature


@checked()
def signal_dimension(first: Float[Array, "S N"], second: Float[Array, "S N"]) -> float:
    r"""(tr C)²/tr C², the participation ratio of the covariance C of the signal, from two repeats of S random conditions.

    first, second: the responses in two halves of the trials, (S, N) each. With the differences d of S/2 pairs of conditions,
    whose mean is 0 and whose covariance is 2C, and c_ab = d_a·d_b′ between the halves,

    .. math:: (\mathrm{tr}\,C)^2 = \tfrac14\,\mathbb{E}\,c_{aa}c_{bb}, \qquad
        \mathrm{tr}\,C^2 = \tfrac14\,\mathbb{E}\,c_{ab}c_{ba},
        \qquad a \ne b:

    no noise meets itself in these products, so numerator and denominator are unbiased, in noise of any size and any S.
    The last of an odd number of conditions is left out. Nan where noise leaves no positive estimate.

    >>> signal = np.random.default_rng(0).standard_normal((4000, 3)) @ np.eye(3, 50)
    >>> one, other = signal + 0.3 * np.random.default_rng(1).standard_normal((2, 4000, 50))
    >>> round(signal_dimension(one, other), 1)
    3.0
    """
    require(second.shape == first.shape, "second", f"shape {first.shape}, as first", second.shape)
    require(len(first) >= 4 and first.shape[1] > 0, "first", "at least 4 conditions and 1 cell", first.shape)
    largest = max(np.abs(first).max(), np.abs(second).max())
    require(largest < 1e70, "first, second", "numbers whose fourth powers a float can hold", f"{largest:.3g}")
    even = len(first) // 2 * 2
    one, other = (half[:even:2].astype(np.float64) - half[1:even:2] for half in (first, second))
    products = one @ other.T
    own = np.diag(products)
    size = own.sum() ** 2 - (own**2).sum()
    spread = (products * products.T).sum() - (own**2).sum()
    return float(size / spread) if size > 0 and spread > 0 else math.nan
