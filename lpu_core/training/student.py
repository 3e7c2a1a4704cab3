"""The second step of two: a low-rank student of a network's activity, and its latents aligned with the outputs."""

import warnings

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from lpu_core.check import Array, Seed, require
from lpu_core.networks import FullRankRNN, LowRankRNN
from lpu_core.tasks import FlipFlop, run_trials


def logistic_loss(
    embedding: Float[Array, "N K"],
    encoding: Float[Array, "N K"],
    input_weights: Float[Array, "N D"],
    rates: Float[Array, "S N"],
    inputs: Float[Array, "S D"],
    drives: Float[Array, "S N"],
) -> tuple[float, tuple[Array, Array, Array]]:
    """The logistic loss of one-step prediction, per sample, and its gradients with respect to M, Nenc and W_in.

    With z = W r + W_in u and d = (r[t+1] − (1−α) r[t])/α ∈ [−1, 1] (`drives`), the cross-entropy between (1+d)/2 and
    σ(2z): Σ_i log(1 + e^{2z_i}) − (1 + d_i) z_i. It is convex in W and W_in; its gradient in z is tanh(z) − d.
    """
    n, samples = len(embedding), len(rates)
    kappa = rates @ encoding / n
    z = kappa @ embedding.T + inputs @ input_weights.T
    loss = float((np.logaddexp(0, 2 * z) - (1 + drives) * z).sum() / samples)
    error = (np.tanh(z) - drives) / samples
    return loss, (error.T @ kappa, rates.T @ (error @ embedding) / n, error.T @ inputs)


def fit_low_rank(
    teacher: FullRankRNN,
    task: FlipFlop,
    rank: int,
    rng: Seed,
    *,
    n_trials: int = 50,
    weight_decay: float = 1e-5,
    max_iterations: int = 2000,
) -> LowRankRNN:
    """Step two of the paper's recipe: the rank-K RNN that predicts the teacher's activity one step ahead.

    The logistic loss (:func:`logistic_loss`) on every step of `n_trials` trials, from the leading singular triplets of
    the teacher's W, by L-BFGS to convergence (the paper: Adam for 10 000 epochs). The latents come as they fall; then
    :func:`align`. Raises ValueError where the rank does not fit; RuntimeError where the loss overflows.
    Warns where `max_iterations` end the fit before it converges.
    """
    n = teacher.n_neurons
    require(1 <= rank <= n, "rank", f"between 1 and {n}", rank)
    require(teacher.nonlinearity == "tanh" and not teacher.bias.any(), "teacher",
             "a tanh network without biases, which the logistic loss is made for", teacher.nonlinearity)  # fmt: skip
    pulses, _, start, run = run_trials(teacher, task, n_trials, rng, record_rates=True)
    after = np.asarray(run.rates, np.float64)
    before = np.concatenate([start[None], after[:-1]])
    drives = np.clip((after - (1 - teacher.alpha) * before) / teacher.alpha, -1, 1).reshape(-1, n)
    rates, inputs = before.reshape(-1, n), pulses.reshape(-1, task.n_bits)

    left, values, right = np.linalg.svd(teacher.weights.astype(np.float64))
    scale = np.sqrt(values[:rank] * n)
    guess = (left[:, :rank] * scale, right[:rank].T * scale, teacher.input_weights.astype(np.float64))
    edges = np.cumsum([part.size for part in guess])[:-1]

    def unpack(flat: Array) -> list[Array]:
        return [part.reshape(like.shape) for part, like in zip(np.split(flat, edges), guess, strict=True)]

    def objective(flat: Array) -> tuple[float, Array]:
        loss, gradients = logistic_loss(*unpack(flat), rates, inputs, drives)
        return loss + weight_decay / 2 * float(flat @ flat), np.concatenate(
            [g.ravel() for g in gradients]
        ) + weight_decay * flat

    fit = minimize(objective, np.concatenate([part.ravel() for part in guess]), jac=True, method="L-BFGS-B",
                   options={"maxiter": max_iterations, "maxfun": 2 * max_iterations, "ftol": 1e-10,
                            "maxcor": 30})  # fmt: skip
    if not np.isfinite(fit.fun):
        raise RuntimeError(f"the low-rank fit diverged: {fit.message}")
    if not fit.success:
        warnings.warn(f"the low-rank fit stopped before it converged: {fit.message}", RuntimeWarning, stacklevel=2)
    parts = [part.astype(teacher.dtype) for part in unpack(fit.x)]
    return LowRankRNN(*parts, tau=teacher.tau, dt=teacher.dt)


def align(network: LowRankRNN, task: FlipFlop, rng: Seed, *, n_trials: int = 100) -> LowRankRNN:
    """The same network in the latent basis in which κ ≈ the task's outputs: κA ≈ y, Nenc ← Nenc A, M ← M A⁻ᵀ.

    Regresses the targets on κ over the steps that count. The paper starts from the SVD of W; since the regression
    undoes any change of basis, so may any start. Raises ValueError where the latents cannot span the outputs.
    """
    pulses, targets, _, run = run_trials(network, task, n_trials, rng)
    counted = task.counted(pulses)
    regression, *_ = np.linalg.lstsq(run.latents[counted].astype(np.float64), targets[counted], rcond=None)
    require(
        regression.shape[0] == regression.shape[1],
        "network",
        f"as many latents as bits ({task.n_bits})",
        network.n_latents,
    )
    require(np.linalg.matrix_rank(regression) == task.n_bits, "network", "latents that span the outputs", regression)
    return network.change_basis(regression.T.astype(network.dtype))
