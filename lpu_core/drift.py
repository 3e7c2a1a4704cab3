"""Drift: what happens to κ when the embedding weights change and the encoding weights stay.

A drift replaces M by M + ΔM (M74). Tuning curves see it at once; κ does so to first order only where
(1/N) n^(k)ᵀ diag(φ′) Δm^(l) ≠ 0 (Theorem 4).
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from lpu_core.aftermath import (
    changed_shares,
    coding_groups,
    group_probabilities,
    keeps_states,
    large_weight,
    strengths_between,
    where_all_hold,
)
from lpu_core.check import Array, Seed, above, at_least, cast, checked, floats, require
from lpu_core.gaussian import smooth_tanh
from lpu_core.limits import DriftLimit
from lpu_core.networks import LowRankRNN
from lpu_core.networks.base import finite
from lpu_core.networks.low_rank import LowRankWeights
from lpu_core.noise import stream_of
from lpu_core.steps import Weights, steps
from lpu_core.subspace import DRIFT_KINDS, STRENGTH, sample_drift, sample_grouped_drift
from lpu_core.surgery import drift_of, drifted, resample
from lpu_core.tasks import INITIAL_STD, FlipFlop
from lpu_core.tolerance import Tolerance, tolerance_band, tolerance_threshold

__all__ = [
    "DRIFT_KINDS",
    "DriftLimit",
    "Tolerance",
    "bistable_share",
    "changed_shares",
    "coding_groups",
    "critical_sigma",
    "drift_accuracies",
    "drifted",
    "first_order_term",
    "group_probabilities",
    "keeps_states",
    "large_weight",
    "limit_accuracies",
    "predicted_deviation",
    "resample",
    "rescaling",
    "sample_drift",
    "sample_grouped_drift",
    "simulate_strengths",
    "smooth_tanh",
    "strengths_between",
    "tolerance_band",
    "tolerance_threshold",
    "where_all_hold",
]


@checked()
def first_order_term(
    network: LowRankWeights, drift: Float[Array, "N K"], kappa: Any, inputs: Any = None
) -> Float[Array, "*batch K K"]:
    """(1/N) n^(k)ᵀ diag(J) Δm^(l) with J = φ′(Mκ + W_in u + b): entry (k, l) is κ_l's push on κ_k (M80).

    drift: ΔM, (N, K). kappa: κ, (…, K). inputs: u, (…, D), or None.
    Theorem 4: κ keeps its course to first order in ΔM if and only if this vanishes along it.

    >>> net = LowRankRNN([[1.0], [1.0]], [[1.0], [2.0]], np.zeros((2, 0)))
    >>> first_order_term(net, [[2.0], [-1.0]], [0.5]), first_order_term(net, [[2.0], [1.0]], [0.0])
    (array([[0.]]), array([[2.]]))
    """
    return network.through_slopes(drift_of(network, drift), kappa, inputs)


@checked()
def predicted_deviation(
    network: LowRankRNN, drift: Float[Array, "N K"], inputs: Float[Array, "T B D"], initial_latents: Float[Array, "B K"]
) -> Float[Array, "T B K"]:
    """Δκ, (T, B, K), by (M80): integrated along the *undrifted* trajectory.

    drift: ΔM, (N, K). inputs: u, (T, B, D). initial_latents: κ[0], (B, K).
    In steps: Δκ[t+1] = Δκ[t] + Δt · Jacobian · Δκ[t] + α F[t] κ[t], F being :func:`first_order_term`.

    >>> net = LowRankRNN([[1.0], [2.0]], [[3.0], [1.0]], np.zeros((2, 0)))
    >>> change, u, start = 1e-3 * np.ones((2, 1)), np.zeros((9, 1, 0)), np.ones((1, 1))
    >>> moved, held = (n.simulate(u, initial_latents=start).latents for n in (drifted(net, change), net))
    >>> abs(predicted_deviation(net, change, u, start) / (moved - held) - 1).max() < 0.01
    np.True_
    """
    change = drift_of(network, drift)
    with np.errstate(over="ignore", invalid="ignore"):
        kappa = finite(network.simulate(inputs, initial_latents=initial_latents).latents)
    before = np.concatenate([cast("initial_latents", initial_latents, network.dtype)[None], kappa[:-1]])
    push = first_order_term(network, change, before, inputs) @ before[..., None]
    jacobian = network.jacobian(before, inputs)
    deviation = np.zeros_like(kappa)
    last = np.zeros_like(before[0])
    for t in range(len(kappa)):
        last = last + network.dt * (jacobian[t] @ last[..., None])[..., 0] + network.alpha * push[t, ..., 0]
        deviation[t] = last
    return deviation


@checked(noise_std=at_least(0), n_observed=at_least(1))
def simulate_strengths(
    network: LowRankRNN,
    direction: Float[Array, "N K"],
    sigmas: Float[Array, " S"],
    inputs: Float[Array, "T D"],
    initial_latents: Float[Array, " K"],
    *,
    noise_std: float = 0.0,
    rng: Seed = None,
    n_observed: int | None = None,
) -> tuple[Float[Array, "T S K"], Float[Array, "T S K"]]:
    """κ under the drifts σ Δm for all strengths σ at once, (T, S, K), and the same from `n_observed` neurons alone.

    direction: Δm of r.m.s. 1, (N, K). sigmas: σ, (S,). initial_latents: κ[0], (K,). inputs: u, (T, D), and the noise in the
    currents, of s.d. `noise_std`, are shared by all strengths. The second array is (1/N_obs) Σ n_i r_i over the first N_obs
    neurons (all if None), their rates starting at 0. One step costs O(NKS).

    >>> net = LowRankRNN([[2.0], [2.0]], [[1.0], [1.0]], np.zeros((2, 1)))
    >>> run, seen = simulate_strengths(net, [[1.0], [-1.0]], [0.0, 1.0, 3.0], np.zeros((100, 1)), [0.5], n_observed=1)
    >>> run[-1, :, 0].round(2), seen[-1, :, 0].round(2)
    (array([0.96, 0.83, 0.31]), array([0.96, 0.99, 0.91]))
    """
    direction, dtype, k = drift_of(network, direction), network.dtype, network.n_latents
    sigmas = floats("sigmas", cast("sigmas", sigmas, dtype), (None,))
    inputs = floats("inputs", cast("inputs", inputs, dtype), (None, network.n_inputs))
    start = floats("initial_latents", cast("initial_latents", initial_latents, dtype), (k,))
    n = network.n_neurons
    seen = n if n_observed is None else n_observed
    require(seen <= n, "n_observed", f"from 1 to {n} neurons", n_observed)
    observed = np.where(np.arange(n) < seen, network.encoding.T * dtype.type(n / seen), 0)
    m, w, bias, readouts = network.rows()
    path, _ = steps(
        network.nonlinearity,
        Weights(m, w, bias, np.concatenate([readouts, observed])),  # what is observed are further readouts
        np.concatenate([np.broadcast_to(start, (len(sigmas), k)), np.zeros((len(sigmas), k), dtype)], axis=1),
        inputs[:, None],
        network.alpha,
        noise_std=noise_std,
        stream=stream_of(noise_std, rng),
        direction=direction.T,
        strengths=sigmas,
    )
    return path[:, :, :k], path[:, :, k:]


@checked(sigmas=STRENGTH, n_before=at_least(1), n_after=at_least(2), noise_std=STRENGTH, n_observed=at_least(1))
def drift_accuracies(
    network: LowRankRNN,
    sigmas: Float[Array, " S"],
    rng: Seed,
    *,
    n_before: int = 2000,
    n_after: int = 2000,
    noise_std: float = 0.1,
    n_observed: int = 100,
) -> Float[Array, "3 2 S"]:
    """All-bits accuracies after a sudden drift: for each of :data:`DRIFT_KINDS`, from all neurons or from a few, at each σ.

    network: a flip-flop, of an input for each bit. sigmas: σ, (S,). It runs for `n_before` steps; then M drifts at once,
    along one draw of Δm for all σ; then it runs on. Counted are the steps of the second half of the `n_after`.
    noise_std: s.d. of the noise in the currents, before and after. n_observed: the first so many neurons are read.

    >>> from lpu_core.design import design_flip_flop
    >>> found = drift_accuracies(design_flip_flop(3000, 2, rng=0), [0.01, 1000.0], 1, n_before=100, n_after=200)
    >>> found[:, 0, 0].round(1)  # by kind, from all neurons, after the weak drift
    array([1., 1., 1.])
    """
    require(n_observed <= network.n_neurons, "n_observed", f"from 1 to {network.n_neurons} neurons", n_observed)
    rng = np.random.default_rng(rng)
    before, after, score = _trial(network, rng, n_before, n_after)
    rates = INITIAL_STD * rng.standard_normal(network.n_neurons, dtype=network.dtype)
    kappa = rates @ network.encoding / network.n_neurons
    still = np.zeros_like(network.embedding)
    noisy: dict[str, Any] = {"noise_std": noise_std, "rng": rng}
    kappa = simulate_strengths(network, still, np.zeros(1), before, kappa, **noisy)[0][-1, 0]
    accuracies = []
    for kind in DRIFT_KINDS:
        direction = sample_drift(network.encoding, kind, 1.0, rng)
        runs = simulate_strengths(network, direction, sigmas, after, kappa, n_observed=n_observed, **noisy)
        accuracies.append([score(run) for run in runs])
    return np.array(accuracies)


@checked(sigmas=STRENGTH, n_before=at_least(1), n_after=at_least(2), noise_std=STRENGTH)
def limit_accuracies(
    network: LowRankRNN,
    sigmas: Float[Array, " S"],
    rng: Seed,
    *,
    n_before: int = 2000,
    n_after: int = 2000,
    noise_std: float = 0.1,
) -> Float[Array, " S"]:
    """The accuracies of :func:`drift_accuracies` for infinitely many neurons (:class:`DriftLimit`), at each σ.

    There random and orthogonal drift are one, and of the noise only its smoothing is left. sigmas, n_before, n_after,
    noise_std: as there.
    """
    before, after, score = _trial(network, np.random.default_rng(rng), n_before, n_after)
    kappa = DriftLimit(network, 0.0, noise_std).simulate(before[:, None]).latents[-1]
    some = len(sigmas)
    limit = DriftLimit(network, sigmas, noise_std)
    return score(limit.simulate(np.repeat(after[:, None], some, 1), initial_latents=np.repeat(kappa, some, 0)).latents)


def _trial(network: LowRankRNN, rng: np.random.Generator, n_before: int, n_after: int) -> tuple[Array, Array, Any]:
    """Pulses before and after the drift, (T, K) each, and latents (T, S, K) → accuracies (S,) in the last half after it."""
    k, d = network.n_latents, network.n_inputs
    require(k == d > 0, "network", "as many inputs as latent variables, one a bit", f"{d} and {k}")
    task = FlipFlop(k, n_steps=n_before + n_after)
    pulses, targets = task.sample(1, rng)
    last = slice(-(n_after // 2), None)
    counted = task.counted(pulses)[last, 0]
    require(counted.any(), "n_after", "enough steps for some of them to count", n_after)

    def score(run: Array) -> Array:
        return (np.sign(run[last]) == targets[last]).all(-1)[counted].mean(0)

    return pulses[:n_before, 0], pulses[n_before:, 0], score


@checked(sigma=at_least(0), sigma_m=above(0), n_latents=at_least(1))
def rescaling(sigma: Any, sigma_m: float, n_latents: int = 1) -> Any:
    """(1 + Kσ²/σ_m²)^(−1/2): by how much drift of s.d. σ shrinks the states of a designed LPU as N → ∞.

    sigma: σ, a number or an array. sigma_m: s.d. of m within its group. n_latents: K. Exact for Gaussian (m, n) in K groups,
    one a latent, in the states with all |κ_k| alike; it follows from c E[sech²(s z)] = 1 with s² = σ_m² κ_k² + σ² ‖κ‖².

    >>> rescaling([0.0, 1.0, 2.0], sigma_m=1.0).round(3)
    array([1.   , 0.707, 0.447])
    """
    with np.errstate(over="ignore"):  # beyond all numbers there is nothing left
        return 1 / np.sqrt(1 + n_latents * np.square(np.divide(sigma, sigma_m)))


@checked()
def critical_sigma(network: LowRankWeights) -> float:
    """(ĉ − 1)/σ_n, the smallest over the latents: the tangential drift at which the origin may stop repelling, at any N.

    ĉ_k = Σ m_i^(k) n_i^(k)/N and σ_n the r.m.s. of n^(k). Random drift of s.d. σ shakes ĉ by σ σ_n/√N, which is ĉ − 1 at √N
    times this value.

    >>> critical_sigma(LowRankRNN([[1.0], [3.0]], [[1.0], [1.0]], np.zeros((2, 0))))  # ĉ = 2, σ_n = 1
    1.0
    """
    m, n = network.embedding.astype(np.float64), network.encoding.astype(np.float64)
    sigma_n = np.sqrt(np.square(n).mean(0))
    require(sigma_n.size and sigma_n.all(), "network", "encoding vectors that are not 0", sigma_n)
    return float((((m * n).mean(0) - 1) / sigma_n).min())


@checked(sigma=above(0))
def bistable_share(network: LowRankWeights, sigma: Any) -> Any:
    """The share of random drifts of s.d. σ after which the origin of a one-latent network repels, so that it stays bistable.

    ĉ is then normal with s.d. σ σ_n/√N around its old value, exactly: the share is Φ(√N critical_sigma/σ).
    sigma: σ, a number or an array.

    >>> bistable_share(LowRankRNN([[1.0], [3.0]], [[1.0], [1.0]], np.zeros((2, 0))), [0.1, 1.0, 100.0]).round(3)
    array([1.   , 0.921, 0.506])
    """
    require(network.n_latents == 1, "network", "one latent variable", network.n_latents)
    return ndtr(np.sqrt(network.n_neurons) * critical_sigma(network) / np.asarray(sigma))
