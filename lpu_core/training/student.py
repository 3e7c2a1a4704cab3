"""The second step of two: a low-rank student of a network's activity, and its latents aligned with the outputs."""

import warnings

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from lpu_core.check import Array, Seed, at_least, between, checked, require
from lpu_core.networks import FullRankRNN, LowRankRNN
from lpu_core.networks.base import finite
from lpu_core.tasks import FlipFlop, Task, run_trials


@checked(drives=between(-1, 1))
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

    embedding, encoding: M and Nenc of W = M Nencᵀ/N, (N, K). input_weights: W_in, (N, D). rates, inputs: r (S, N) and
    u (S, D) of S samples.

    >>> nothing = np.zeros((1, 1))  # z = 0 and d = 0: a coin's toss
    >>> round(logistic_loss(nothing, nothing, nothing, nothing, nothing, nothing)[0], 3)
    0.693
    """
    require(len(rates) > 0, "rates", "at least one sample", rates.shape)
    require(len(embedding) > 0, "embedding", "at least one neuron", embedding.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        loss, gradients = _logistic_loss(embedding, encoding, input_weights, rates, inputs, drives)
    together = "embedding, encoding, input_weights, rates, inputs"
    finite = np.isfinite(loss) and all(np.isfinite(part).all() for part in gradients)
    require(finite, together, "currents that a number can hold", "larger ones")
    return loss, gradients


def _logistic_loss(
    embedding: Array, encoding: Array, input_weights: Array, rates: Array, inputs: Array, drives: Array
) -> tuple[float, tuple[Array, Array, Array]]:
    """:func:`logistic_loss`, unchecked, for an optimizer's loop."""
    n, samples = len(embedding), len(rates)
    kappa = rates @ encoding / n
    z = kappa @ embedding.T + inputs @ input_weights.T
    loss = float((np.logaddexp(0, 2 * z) - (1 + drives) * z).sum() / samples)
    error = (np.tanh(z) - drives) / samples
    return loss, (error.T @ kappa, rates.T @ (error @ embedding) / n, error.T @ inputs)


@checked(n_trials=at_least(1), weight_decay=between(0, 1e6), max_iterations=at_least(1))
def fit_low_rank(
    teacher: FullRankRNN,
    task: Task,
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

    teacher: a tanh network without biases. task: whose trials it runs. rank: K. weight_decay: of the sum of all squared
    weights, half of which is added to the loss.

    >>> from lpu_core.timescales import design_flip_flop
    >>> teacher = design_flip_flop(n_neurons=50, n_bits=1, rng=0).dense()
    >>> student = fit_low_rank(teacher, FlipFlop(1), rank=1, rng=0, n_trials=10, weight_decay=1e-9)
    >>> bool(np.allclose(student.dense_weights(), teacher.weights, atol=1e-5))
    True
    """
    n = teacher.n_neurons
    require(1 <= rank <= n, "rank", f"between 1 and {n}", rank)
    plain = teacher.nonlinearity == "tanh" and not teacher.bias.any()
    expected = "a tanh network without biases, which the logistic loss is made for"
    require(plain, "teacher", expected, teacher.nonlinearity)
    require(task.n_inputs == teacher.n_inputs, "task", f"the teacher's {teacher.n_inputs} inputs", task.n_inputs)
    pulses, _, start, run = run_trials(teacher, task, n_trials, rng, record_rates=True)
    after = np.asarray(run.rates, np.float64)
    before = np.concatenate([start[None], after[:-1]])
    drives = np.clip((after - (1 - teacher.alpha) * before) / teacher.alpha, -1, 1).reshape(-1, n)
    rates, inputs = before.reshape(-1, n), pulses.reshape(-1, task.n_inputs)

    left, values, right = np.linalg.svd(teacher.weights.astype(np.float64))
    scale = np.sqrt(values[:rank] * n)
    guess = (left[:, :rank] * scale, right[:rank].T * scale, teacher.input_weights.astype(np.float64))
    edges = np.cumsum([part.size for part in guess])[:-1]

    def unpack(flat: Array) -> list[Array]:
        return [part.reshape(like.shape) for part, like in zip(np.split(flat, edges), guess, strict=True)]

    def objective(flat: Array) -> tuple[float, Array]:
        m, n, w = unpack(flat)
        loss, gradients = _logistic_loss(m, n, w, rates, inputs, drives)
        gradient = np.concatenate([g.ravel() for g in gradients])
        return loss + weight_decay / 2 * float(flat @ flat), gradient + weight_decay * flat

    start_at = np.concatenate([part.ravel() for part in guess])
    options = {"maxiter": max_iterations, "maxfun": 2 * max_iterations, "ftol": 1e-10, "maxcor": 30}
    fit = minimize(objective, start_at, jac=True, method="L-BFGS-B", options=options)
    if not np.isfinite(fit.fun):
        raise RuntimeError(f"the low-rank fit diverged: {fit.message}")
    if not fit.success:
        warnings.warn(f"the low-rank fit stopped before it converged: {fit.message}", RuntimeWarning, stacklevel=2)
    m, enc, w = (part.astype(teacher.dtype) for part in unpack(fit.x))
    return LowRankRNN(m, enc, w, tau=teacher.tau, dt=teacher.dt)


@checked(n_trials=at_least(1))
def align(network: LowRankRNN, task: FlipFlop, rng: Seed, *, n_trials: int = 100) -> LowRankRNN:
    """The same network in the latent basis in which κ ≈ the task's outputs: κA ≈ y, Nenc ← Nenc A, M ← M A⁻ᵀ.

    Regresses the targets on κ over the steps that count. The paper starts from the SVD of W; since the regression
    undoes any change of basis, so may any start. n_trials: of the `task`, to regress on. Raises ValueError where the
    latents cannot span the outputs.

    >>> from lpu_core.timescales import design_flip_flop
    >>> network = design_flip_flop(n_neurons=50, n_bits=1, rng=0)
    >>> doubled = network.change_basis([[2.0]])
    >>> bool(np.allclose(align(doubled, FlipFlop(1), rng=1).encoding, align(network, FlipFlop(1), rng=1).encoding))
    True
    """
    require(task.n_inputs == network.n_inputs, "task", f"the network's {network.n_inputs} inputs", task.n_inputs)
    with np.errstate(over="ignore", invalid="ignore"):
        pulses, targets, _, run = run_trials(network, task, n_trials, rng)
    finite(run.latents[-1])
    counted = task.counted(pulses)
    require(counted.any(), "n_trials", "enough for some steps to count", n_trials)
    regression, *_ = np.linalg.lstsq(run.latents[counted].astype(np.float64), targets[counted], rcond=None)
    square = regression.shape[0] == regression.shape[1]
    require(square, "network", f"as many latents as bits ({task.n_bits})", network.n_latents)
    spanned = np.linalg.matrix_rank(regression) == task.n_bits
    require(spanned, "network", "latents that span the outputs", regression)
    return network.change_basis(regression.T.astype(network.dtype))
