"""Drift: what happens to κ when the embedding weights change and the encoding weights stay.

A drift replaces M by M + ΔM (M74). Tuning curves see it at once; κ does so to first order only where
(1/N) n^(k)ᵀ diag(φ′) Δm^(l) ≠ 0 (Theorem 4).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import curve_fit
from scipy.special import expit, ndtr

from lpu_core.check import Array, Seed, cast, checked, floats, require
from lpu_core.gaussian import smooth_tanh
from lpu_core.limits import DriftLimit
from lpu_core.networks import LowRankRNN
from lpu_core.networks.low_rank import BLOCK
from lpu_core.noise import gaussian_noise
from lpu_core.nonlinearities import nonlinearity
from lpu_core.subspace import DRIFT_KINDS, sample_drift
from lpu_core.surgery import drift_of, drifted, resample
from lpu_core.tasks import INITIAL_STD, FlipFlop

__all__ = [
    "DRIFT_KINDS",
    "DriftLimit",
    "Tolerance",
    "bistable_share",
    "coding_groups",
    "critical_sigma",
    "drift_accuracies",
    "drifted",
    "first_order_term",
    "group_probabilities",
    "limit_accuracies",
    "predicted_deviation",
    "resample",
    "rescaling",
    "sample_drift",
    "simulate_strengths",
    "smooth_tanh",
    "tolerance_band",
    "tolerance_threshold",
]


def first_order_term(network: LowRankRNN, drift: Any, kappa: Any, inputs: Any = None) -> Float[Array, "*batch K K"]:
    """(1/N) n^(k)ᵀ diag(J) Δm^(l) with J = φ′(Mκ + W_in u + b), at κ (…, K): entry (k, l) is κ_l's push on κ_k (M80).

    Theorem 4: κ keeps its course to first order in ΔM if and only if this vanishes along it.
    """
    return network.through_slopes(drift_of(network, drift), kappa, inputs)


def predicted_deviation(network: LowRankRNN, drift: Any, inputs: Any, initial_latents: Any) -> Float[Array, "T B K"]:
    """Δκ, (T, B, K), by (M80): integrated along the *undrifted* trajectory from κ[0] (B, K) under u (T, B, D).

    In steps: Δκ[t+1] = Δκ[t] + Δt · Jacobian · Δκ[t] + α F[t] κ[t], F being :func:`first_order_term`.
    """
    kappa = network.simulate(inputs, initial_latents=initial_latents).latents
    before = np.concatenate([cast("initial_latents", initial_latents, network.dtype)[None], kappa[:-1]])
    push = first_order_term(network, drift, before, inputs) @ before[..., None]
    jacobian = network.jacobian(before, inputs)
    deviation = np.zeros_like(kappa)
    last = deviation[0]
    for t in range(len(kappa)):
        last = last + network.dt * (jacobian[t] @ last[..., None])[..., 0] + network.alpha * push[t, ..., 0]
        deviation[t] = last
    return deviation


def coding_groups(embedding: Any, threshold: float = 0.5) -> Int[Array, " N"]:
    """What each neuron codes for, as a number: for every latent −, 0 or +, by m below −threshold, between, or above it.

    embedding: M, (N, K). The number is Σ_k (sign_k mod 3) 3^k; 0 means a neuron that codes for nothing.
    """
    require(threshold > 0, "threshold", "above 0", threshold)
    m = np.asarray(embedding)
    signs = np.where(np.abs(m) > threshold, np.sign(m), 0).astype(int)
    return (signs % 3) @ 3 ** np.arange(m.shape[1])


def group_probabilities(embedding: Any, sigma: float, threshold: float = 0.5) -> Float[Array, "N G"]:
    """The chance of each of the 3^K groups after a random drift of s.d. σ, (N, 3^K), from the normal law."""
    require(sigma > 0, "sigma", "above 0", sigma)
    m = np.asarray(embedding)
    above, below = ndtr((m - threshold) / sigma), ndtr((-threshold - m) / sigma)
    each = np.stack([np.maximum(1 - above - below, 0), above, below], axis=-1)  # (N, K, 3), as in sign mod 3
    chances = each[:, 0]
    for k in range(1, m.shape[1]):
        chances = (each[:, k, :, None] * chances[:, None, :]).reshape(len(m), -1)
    return chances


@checked()
def simulate_strengths(
    network: LowRankRNN,
    direction: Any,
    sigmas: Any,
    inputs: Any,
    initial_latents: Any,
    *,
    noise_std: float = 0.0,
    rng: Seed = None,
    n_observed: int | None = None,
) -> tuple[Float[Array, "T S K"], Float[Array, "T S K"]]:
    """κ under the drifts σ Δm for all strengths σ (S,) at once, (T, S, K), and the same from `n_observed` neurons alone.

    direction: Δm of r.m.s. 1, (N, K). inputs: u, (T, D), and the noise in the currents are shared by all strengths.
    initial_latents: κ[0], (K,). The second array is (1/N_obs) Σ n_i r_i over the first N_obs neurons (all if None), their
    rates starting at 0. One step costs O(NKS), in blocks that stay in the cache.
    """
    direction, dtype, k = drift_of(network, direction), network.dtype, network.n_latents
    sigmas = floats("sigmas", cast("sigmas", sigmas, dtype), (None,))
    inputs = floats("inputs", cast("inputs", inputs, dtype), (None, network.n_inputs))
    start = floats("initial_latents", cast("initial_latents", initial_latents, dtype), (k,))
    n, some = network.n_neurons, len(sigmas)
    seen = n if n_observed is None else n_observed
    require(1 <= seen <= n, "n_observed", f"from 1 to {n} neurons", n_observed)
    noise, phi = gaussian_noise(noise_std, rng, (n,), dtype), nonlinearity(network.nonlinearity)

    # Δm hears σκ as if that were further latents, and what is observed are further readouts: one network of 2K latents.
    observed = np.where(np.arange(n)[:, None] < seen, network.encoding * dtype.type(n / seen), 0)
    drive, gain = replace(
        network,
        embedding=np.concatenate([network.embedding, direction], axis=1),
        encoding=np.concatenate([network.encoding, observed], axis=1),
    ).step_matrices()
    width = max(1, BLOCK // max(1, some))
    blocks = [slice(i, min(i + width, n)) for i in range(0, n, width)]
    current = np.empty(some * min(width, n), dtype)
    state = np.ones((some, len(drive)), dtype)
    both = np.zeros((some, 2 * k), dtype)
    both[:, :k] = start
    out = np.empty((len(inputs), some, 2 * k), dtype)
    for t, u in enumerate(inputs):
        state[:, :k], state[:, k : 2 * k], state[:, 2 * k : -1] = both[:, :k], sigmas[:, None] * both[:, :k], u
        both = both * dtype.type(1 - network.alpha)
        fresh = None if noise is None else noise()
        for block in blocks:
            size = block.stop - block.start
            x = current[: some * size].reshape(some, size)
            np.matmul(state, drive[:, block], out=x)
            if fresh is not None:
                x += fresh[block]
            both += phi(x, out=x) @ gain[block]
        out[t] = both
    return out[:, :, :k], out[:, :, k:]


def drift_accuracies(
    network: LowRankRNN,
    sigmas: Any,
    rng: Seed,
    *,
    n_before: int = 2000,
    n_after: int = 2000,
    noise_std: float = 0.1,
    n_observed: int = 100,
) -> Float[Array, "3 2 S"]:
    """All-bits accuracies after a sudden drift: for each of :data:`DRIFT_KINDS`, from all neurons or from a few, at each σ.

    The flip-flop runs for `n_before` steps; then M drifts at once, along one draw of Δm for all σ (S,); then it runs on.
    Counted are the steps of the second half of the `n_after`. `n_observed`: the first so many neurons are read.
    """
    rng, k = np.random.default_rng(rng), network.n_latents
    before, after, score = _trial(k, rng, n_before, n_after)
    rates = INITIAL_STD * rng.standard_normal(network.n_neurons, dtype=network.dtype)
    kappa, still = rates @ network.encoding / network.n_neurons, np.zeros_like(network.embedding)
    noisy = {"noise_std": noise_std, "rng": rng}
    kappa = simulate_strengths(network, still, [0.0], before, kappa, **noisy)[0][-1, 0]
    accuracies = []
    for kind in DRIFT_KINDS:
        direction = sample_drift(network.encoding, kind, 1.0, rng)
        runs = simulate_strengths(network, direction, sigmas, after, kappa, n_observed=n_observed, **noisy)
        accuracies.append([score(run) for run in runs])
    return np.array(accuracies)


def limit_accuracies(
    network: LowRankRNN, sigmas: Any, rng: Seed, *, n_before: int = 2000, n_after: int = 2000, noise_std: float = 0.1
) -> Float[Array, " S"]:
    """The accuracies of :func:`drift_accuracies` for infinitely many neurons (:class:`DriftLimit`), at each σ.

    There random and orthogonal drift are one, and of the noise only its smoothing is left.
    """
    before, after, score = _trial(network.n_latents, np.random.default_rng(rng), n_before, n_after)
    kappa = DriftLimit(network, 0.0, noise_std).simulate(before[:, None]).latents[-1]
    some = len(sigmas)
    limit = DriftLimit(network, np.asarray(sigmas), noise_std)
    return score(limit.simulate(np.repeat(after[:, None], some, 1), initial_latents=np.repeat(kappa, some, 0)).latents)


def _trial(n_bits: int, rng: np.random.Generator, n_before: int, n_after: int) -> tuple[Array, Array, Any]:
    """Pulses before and after the drift, (T, K) each, and latents (T, S, K) → accuracies (S,) in the last half after it."""
    require(n_before >= 1 and n_after >= 2, "n_before, n_after", "at least 1 and 2 steps", (n_before, n_after))
    task = FlipFlop(n_bits, n_steps=n_before + n_after)
    pulses, targets = task.sample(1, rng)
    last = slice(-(n_after // 2), None)
    counted = task.counted(pulses)[last, 0]
    require(counted.any(), "n_after", "enough steps for some of them to count", n_after)

    def score(run: Array) -> Array:
        return (np.sign(run[last]) == targets[last]).all(-1)[counted].mean(0)

    return pulses[:n_before, 0], pulses[n_before:, 0], score


@dataclass(frozen=True)
class Tolerance:
    """A sigmoid through accuracies: chance + (1 − chance)/(1 + (σ/midpoint)^(1/width)).

    midpoint: the tolerated drift σ_c, nan unless status is "fitted". width: of the fall, in units of log σ.
    status: "fitted", "never falls" (above the half-way level at every σ) or "always below".
    """

    midpoint: float
    width: float
    status: str = "fitted"

    def __call__(self, sigmas: Any, chance: float) -> Array:
        """The fitted accuracy at drifts σ (…); nan where nothing was fitted."""
        return chance + (1 - chance) * expit(np.log(self.midpoint / np.asarray(sigmas, np.float64)) / self.width)


def tolerance_threshold(sigmas: Any, accuracies: Any, chance: float) -> Tolerance:
    """The drift strength at which accuracy (S,) against σ (S,) has fallen half-way from 1 to chance, by a fit in log σ."""
    sigmas, accuracies = np.asarray(sigmas, np.float64), np.asarray(accuracies, np.float64)
    require(sigmas.ndim == 1 and len(sigmas) >= 3 and (sigmas > 0).all(), "sigmas", "at least 3 strengths above 0", sigmas)
    require(accuracies.shape == sigmas.shape, "accuracies", f"shape {sigmas.shape}, as sigmas", accuracies.shape)
    require(((accuracies >= 0) & (accuracies <= 1)).all(), "accuracies", "shares from 0 to 1", accuracies)
    require(0 <= chance < 1, "chance", "a share from 0 to below 1", chance)
    order = np.argsort(sigmas)
    x, y = np.log(sigmas[order]), accuracies[order]
    half = (1 + chance) / 2
    if (y > half).all():
        return Tolerance(np.nan, np.nan, "never falls")
    if (y <= half).all():
        return Tolerance(np.nan, np.nan, "always below")

    def sigmoid(x: Array, middle: float, log_width: float) -> Array:
        return chance + (1 - chance) / 2 * (1 - np.tanh((x - middle) / (2 * np.exp(log_width))))

    first = x[(y <= half).argmax()]
    (middle, log_width), _ = curve_fit(sigmoid, x, y, p0=(first, np.log(0.3)), bounds=((-50, -5), (50, 3)))
    if middle < x[0]:
        return Tolerance(np.nan, np.nan, "always below")
    if middle > x[-1]:
        return Tolerance(np.nan, np.nan, "never falls")
    return Tolerance(float(np.exp(middle)), float(np.exp(log_width)))


def tolerance_band(sigmas: Any, accuracies: Any, chance: float, rng: Seed, n_draws: int = 200, level: float = 0.9) -> Array:
    """The central interval of the midpoint, (2,), over bootstrap samples of the runs: accuracies (R, S).

    Samples whose mean curve has no midpoint count as 0 ("always below") or infinity ("never falls").
    """
    accuracies = floats("accuracies", np.asarray(accuracies, np.float64), (None, len(sigmas)))
    rng, ends = np.random.default_rng(rng), {"never falls": np.inf, "always below": 0.0}
    draws = []
    for _ in range(n_draws):
        fit = tolerance_threshold(sigmas, accuracies[rng.integers(len(accuracies), size=len(accuracies))].mean(0), chance)
        draws.append(ends.get(fit.status, fit.midpoint))
    return np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], method="nearest")


def rescaling(sigma: Any, sigma_m: float, n_latents: int = 1) -> Any:
    """(1 + Kσ²/σ_m²)^(−1/2): by how much drift of s.d. σ shrinks the states of a designed LPU as N → ∞.

    sigma_m: s.d. of m within its group. Exact for Gaussian (m, n) in K groups, one a latent, in the states with all |κ_k|
    alike; it follows from c E[sech²(s z)] = 1 with s² = σ_m² κ_k² + σ² ‖κ‖².
    """
    require(sigma_m > 0, "sigma_m", "above 0", sigma_m)
    require(n_latents >= 1, "n_latents", "at least 1", n_latents)
    return 1 / np.sqrt(1 + n_latents * np.square(sigma) / sigma_m**2)


def critical_sigma(network: LowRankRNN) -> float:
    """(ĉ − 1)/σ_n, the smallest over the latents: the tangential drift at which the origin may stop repelling, at any N.

    ĉ_k = Σ m_i^(k) n_i^(k)/N and σ_n the r.m.s. of n^(k). Random drift of s.d. σ shakes ĉ by σ σ_n/√N, which is ĉ − 1 at √N
    times this value.
    """
    m, n = network.embedding.astype(np.float64), network.encoding.astype(np.float64)
    return float((((m * n).mean(0) - 1) / np.sqrt(np.square(n).mean(0))).min())


def bistable_share(network: LowRankRNN, sigma: Any) -> Any:
    """The share of random drifts of s.d. σ after which the origin of a one-latent network repels, so that it stays bistable.

    ĉ is then normal with s.d. σ σ_n/√N around its old value, exactly: the share is Φ(√N critical_sigma/σ).
    """
    require(network.n_latents == 1, "network", "one latent variable", network.n_latents)
    require(np.all(np.asarray(sigma) > 0), "sigma", "above 0", sigma)
    return ndtr(np.sqrt(network.n_neurons) * critical_sigma(network) / np.asarray(sigma))
