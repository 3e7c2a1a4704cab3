"""Training: full rank through time, low rank from a network's activity, low rank directly, and alignment.

Every function that descends a gradient trains an ensemble, one network a seed, in one batch of tensors: the symbol E. It
works on the CPU, or on the `device` that it is given ("cuda"), with the same trials and noise.
Trials and noise of an epoch depend on (seed, epoch) alone, so a run that resumes is the run that was never stopped.
"""

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import minimize

from lpu_core._files import read_npz, save_npz
from lpu_core.networks import Array, FullRankRNN, LowRankRNN, Seed, Trajectory, _require
from lpu_core.progress import track
from lpu_core.tasks import FlipFlop, Task

Parameters = dict[str, torch.Tensor]
INITIAL_STD = 0.1
"""S.d. of the rates at the start of a trial."""


class Diverged(RuntimeError):
    """A loss stopped being a finite number."""


@dataclass(frozen=True, eq=False)
class Training:
    """The outcome of a training run: E networks, one a seed.

    networks: the trained networks. losses: the mean squared error of each epoch, (epochs, E).
    accuracies: all-bits accuracy on the last check's fresh trials, (E,).
    """

    networks: tuple[Any, ...]
    losses: Float[Array, "epochs E"]
    accuracies: Float[Array, " E"]


@dataclass(frozen=True)
class Descent:
    """How to descend: Adam on the task's mean squared error, with a cosine schedule.

    n_epochs: at most so many. learning_rate: at the start. n_trials: in a batch. noise_std: s.d. of the currents' noise.
    weight_decay: Adam's, decoupled. clip: the largest norm of a network's gradient. target_accuracy: stop once every
    network reaches it on `n_check_trials` fresh trials; looked at every `check_every` epochs.
    """

    n_epochs: int
    learning_rate: float
    n_trials: int = 64
    noise_std: float = 0.0
    weight_decay: float = 0.0
    clip: float = 1.0
    target_accuracy: float = 0.999
    check_every: int = 100
    n_check_trials: int = 500

    def __post_init__(self):
        for name in ("n_epochs", "n_trials", "check_every", "n_check_trials"):
            _require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))
        for name in ("learning_rate", "clip"):
            _require(getattr(self, name) > 0, name, "above 0", getattr(self, name))
        for name in ("noise_std", "weight_decay"):
            _require(getattr(self, name) >= 0, name, "at least 0", getattr(self, name))


BPTT = Descent(n_epochs=2000, learning_rate=2e-3, n_trials=50)
DIRECT = Descent(n_epochs=800, learning_rate=5e-2, noise_std=0.1)
FINE_TUNE = Descent(n_epochs=800, learning_rate=2e-2, noise_std=0.1)


def train_full_rank(
    task: FlipFlop,
    n_neurons: int,
    seeds: Sequence[int] = (0,),
    *,
    descent: Descent = BPTT,
    tau: float = 10.0,
    dt: float = 5.0,
    device: str = "cpu",
    checkpoint: Path | str | None = None,
) -> Training:
    """Step one of the paper's recipe: full-rank RNNs by backpropagation through time (M83).

    Xavier start, no biases, diag W = 0 kept by projecting the gradient. The networks' latents are their outputs,
    y = Nencᵀ r/N. The learning rate follows a cosine: the paper's cuts at plateaus of a noisy loss end too early.
    """
    _require(n_neurons >= 2, "n_neurons", "at least 2", n_neurons)
    _require(len(seeds) > 0, "seeds", "at least one", list(seeds))
    k, generators = task.n_bits, [np.random.default_rng([seed, 0]) for seed in seeds]

    def xavier(*shape: int) -> torch.Tensor:
        bound = np.sqrt(6 / sum(shape))
        return _stack([rng.uniform(-bound, bound, shape) for rng in generators])

    weights = xavier(n_neurons, n_neurons)
    off_diagonal = 1 - torch.eye(n_neurons, device=_device(device))
    parameters = {"W": weights, "W_in": xavier(n_neurons, k), "W_out": xavier(n_neurons, k)}
    parameters = {name: p.to(device) for name, p in parameters.items()}
    parameters["W"] *= off_diagonal
    alpha = dt / tau

    def outputs(p: Parameters, pulses: torch.Tensor, rates: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        return _Run.apply(p["W"], None, p["W_in"], rates, pulses, noise, alpha) @ p["W_out"]

    def networks(p: Parameters) -> tuple[FullRankRNN, ...]:
        return tuple(
            FullRankRNN(w, out * n_neurons, w_in, tau=tau, dt=dt)
            for w, out, w_in in zip(*(_arrays(p[name]) for name in ("W", "W_out", "W_in")), strict=True)
        )

    def project(gradients: Parameters) -> None:
        gradients["W"] = gradients["W"] * off_diagonal

    key = {"recipe": "full rank", "n_neurons": n_neurons, "tau": tau, "dt": dt}
    return _descend(parameters, outputs, networks, task, seeds, n_neurons, descent, checkpoint, key, project)


def train_low_rank(
    task: Task,
    n_neurons: int,
    seeds: Sequence[int] = (0,),
    *,
    rank: int | None = None,
    descent: Descent = DIRECT,
    tau: float = 10.0,
    dt: float = 5.0,
    device: str = "cpu",
    checkpoint: Path | str | None = None,
) -> Training:
    """Rank-K RNNs trained directly, through the closed latent equation (M32); the outputs are the first latents, y = κ_1….

    rank: K, as many as the task has outputs if None. A change of basis of the latents can turn any linear readout of κ
    into this one. m, n and W_in start from N(0, 1). O(NK) a step: no W is ever formed.
    """
    rank = task.n_outputs if rank is None else rank
    _require(rank >= task.n_outputs, "rank", f"at least the task's {task.n_outputs} output(s)", rank)
    _require(n_neurons >= 1, "n_neurons", "at least 1", n_neurons)
    _require(len(seeds) > 0, "seeds", "at least one", list(seeds))
    generators = [np.random.default_rng([seed, 0]) for seed in seeds]
    start = [
        LowRankRNN(
            *(rng.standard_normal((n_neurons, k)).astype(np.float32) for k in (rank, rank, task.n_inputs)), tau=tau, dt=dt
        )
        for rng in generators
    ]
    return fine_tune(start, task, seeds, descent=descent, device=device, checkpoint=checkpoint)


def fine_tune(
    networks: Sequence[LowRankRNN],
    task: Task,
    seeds: Sequence[int] | None = None,
    *,
    descent: Descent = FINE_TUNE,
    device: str = "cpu",
    checkpoint: Path | str | None = None,
) -> Training:
    """Go on training aligned low-rank networks on the task through their closed latent equation, y = κ_1….

    networks: tanh networks of one size, without biases, with the task's inputs and at least as many latents as outputs.
    seeds: one each; 0, 1, … if None.
    """
    _require(len(networks) > 0, "networks", "at least one", list(networks))
    seeds = range(len(networks)) if seeds is None else seeds
    _require(len(networks) == len(seeds), "networks", f"one for each of {len(seeds)} seeds", len(networks))
    first = networks[0]
    for net in networks:
        _require(net.embedding.shape == first.embedding.shape and (net.tau, net.dt) == (first.tau, first.dt), "networks",
                 "one size, tau and dt for all", net.embedding.shape)  # fmt: skip
        _require(net.n_latents >= task.n_outputs and net.n_inputs == task.n_inputs, "networks",
                 f"at least {task.n_outputs} latents, {task.n_inputs} inputs", (net.n_latents, net.n_inputs))  # fmt: skip
        _require(net.nonlinearity == "tanh" and not net.bias.any(), "networks", "tanh and no biases", net.nonlinearity)
    parameters = {
        "M": _stack([net.embedding for net in networks]),
        "Nenc": _stack([net.encoding for net in networks]),
        "W_in": _stack([net.input_weights for net in networks]),
    }
    parameters = {name: p.to(_device(device)) for name, p in parameters.items()}
    alpha, n_neurons = first.alpha, first.n_neurons

    def outputs(p: Parameters, pulses: torch.Tensor, rates: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        encode = p["Nenc"] / n_neurons
        latents = _Run.apply(p["M"], encode, p["W_in"], rates @ encode, pulses, noise, alpha)
        return latents[..., : task.n_outputs]

    def finished(p: Parameters) -> tuple[LowRankRNN, ...]:
        return tuple(
            LowRankRNN(m, n, w, tau=first.tau, dt=first.dt)
            for m, n, w in zip(*(_arrays(p[name]) for name in ("M", "Nenc", "W_in")), strict=True)
        )

    key = {"recipe": "low rank", "n_neurons": n_neurons, "tau": first.tau, "dt": first.dt,
           "start": [float(p.double().square().sum()) for p in parameters.values()]}  # fmt: skip
    return _descend(parameters, outputs, finished, task, seeds, n_neurons, descent, checkpoint, key)


def run_trials(
    network: LowRankRNN | FullRankRNN, task: Task, n_trials: int, rng: Seed, **options: Any
) -> tuple[Float[Array, "T B D"], Float[Array, "T B P"], Float[Array, "B N"], Trajectory]:
    """Inputs, targets, initial rates of N(0, 0.1²) and the network's run on them; `options` go to its `simulate`."""
    rng = np.random.default_rng(rng)
    pulses, targets = task.sample(n_trials, rng)
    start = INITIAL_STD * rng.standard_normal((n_trials, network.n_neurons))
    return pulses, targets, start, network.simulate(pulses, initial_rates=start, rng=rng, **options)


def accuracy(network: LowRankRNN | FullRankRNN, task: Task, n_trials: int, rng: Seed, noise_std: float = 0.0) -> float:
    """The task's accuracy, for flip-flops that of all bits, on `n_trials` fresh trials that start at rates of N(0, 0.1²)."""
    inputs, _, _, run = run_trials(network, task, n_trials, rng, noise_std=noise_std)
    return task.accuracy(run.latents[..., : task.n_outputs], inputs)


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
    _require(1 <= rank <= n, "rank", f"between 1 and {n}", rank)
    _require(teacher.nonlinearity == "tanh" and not teacher.bias.any(), "teacher",
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
    _require(
        regression.shape[0] == regression.shape[1],
        "network",
        f"as many latents as bits ({task.n_bits})",
        network.n_latents,
    )
    _require(np.linalg.matrix_rank(regression) == task.n_bits, "network", "latents that span the outputs", regression)
    return network.change_basis(regression.T.astype(network.dtype))


class _Run(torch.autograd.Function):
    """E networks through time, and the adjoint, by hand: a fraction of what recording and replaying each operation takes.

    s[t+1] = (1−α) s[t] + α φ[t] G,  φ[t] = tanh(s[t] Aᵀ + u[t] W_inᵀ + ε[t]);
    λ[t] = ∂L/∂s[t] + (1−α) λ[t+1] + δ[t] A,  δ[t] = α λ[t+1] Gᵀ ∘ (1 − φ[t]²).

    Low rank: s = κ, A = M, G = Nenc/N (M32). Full rank: s = r, A = W and None for G, the identity (M83).
    All that has neurons is kept with the neurons contiguous: thin products read along them.
    """

    @staticmethod
    def forward(ctx, recurrent, gain, input_weights, start, inputs, noise, alpha):  # type: ignore[override]
        """s[1…T], (T, E, B, K), from A and G (E, N, K), W_in (E, N, D), s[0] (E, B, K), u (T, E, B, D), ε (T, E, B, N).

        φ takes the place of ε.
        """
        embed, drive = recurrent.mT.contiguous(), input_weights.mT.contiguous()
        gain = None if gain is None else gain.mT.contiguous()
        rates = inputs.new_zeros(*inputs.shape[:-1], embed.shape[-1]) if noise is None else noise
        states = start.new_empty(len(inputs) + 1, *start.shape)
        states[0] = start
        for now, after, pulses, current in zip(states[:-1], states[1:], inputs, rates, strict=True):
            _tanh_(current.baddbmm_(pulses, drive).baddbmm_(now, embed))
            if gain is None:
                torch.lerp(now, current, alpha, out=after)
            else:
                torch.baddbmm(now, current, gain.mT, beta=1 - alpha, alpha=alpha, out=after)
        ctx.save_for_backward(recurrent, gain, inputs, states, rates)
        ctx.alpha = alpha
        return states[1:]

    @staticmethod
    def backward(ctx, gradients):  # type: ignore[override]
        """The gradients with respect to A, G, W_in and s[0], from ∂L/∂s[1…T]."""
        (recurrent, gain, inputs, states, rates), alpha = ctx.saved_tensors, ctx.alpha
        into = torch.cat([states[:-1], inputs], dim=-1)  # what A and W_in weigh
        to_currents = recurrent.new_zeros(recurrent.shape[0], into.shape[-1], recurrent.shape[1])
        to_gain = None if gain is None else torch.zeros_like(gain)
        adjoint, delta = torch.zeros_like(states[0]), torch.empty_like(rates[0])
        backwards = (reversed(part.unbind()) for part in (gradients, into, rates))
        for gradient, now, rate in zip(*backwards, strict=True):
            adjoint = adjoint + gradient
            if gain is None or to_gain is None:
                torch.mul(adjoint, alpha, out=delta)
            else:
                torch.bmm(adjoint, gain, out=delta).mul_(alpha)
                to_gain.baddbmm_(adjoint.mT, rate, alpha=alpha)
            torch.ops.aten.tanh_backward.grad_input(delta, rate, grad_input=delta)
            to_currents.baddbmm_(now.mT, delta)
            adjoint = torch.baddbmm(adjoint, delta, recurrent, beta=1 - alpha)
        to_recurrent, to_inputs = to_currents.mT.split([states.shape[-1], inputs.shape[-1]], dim=-1)
        return to_recurrent, None if to_gain is None else to_gain.mT, to_inputs, adjoint, None, None, None


def _tanh_(x: torch.Tensor) -> None:
    """tanh in place; on the CPU NumPy's, which is several times as fast."""
    if x.is_cuda:
        x.tanh_()
    else:
        np.tanh(x.numpy(), out=x.numpy())


def _stack(arrays: Sequence[Array], axis: int = 0) -> torch.Tensor:
    return torch.tensor(np.stack(arrays, axis), dtype=torch.float32)


def _arrays(tensor: torch.Tensor) -> Array:
    return tensor.detach().cpu().numpy().copy()


def _device(name: str) -> torch.device:
    """The device to train on. Raises ValueError for one that torch does not find here."""
    found = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())), *["cuda"] * torch.cuda.is_available()]
    _require(name in found, "device", f"one of {found}, which torch finds here", repr(name))
    return torch.device(name)


def _batch(task: Task, seeds: Sequence[int], epoch: int, n_neurons: int, descent: Descent) -> tuple[Any, ...]:
    """Inputs (T, E, B, D), targets (T, E, B, P), initial rates (E, B, N) and noise (T, E, B, N) of one epoch."""
    pulses, targets, rates = [], [], []
    noise = torch.empty(task.n_steps, len(seeds), descent.n_trials, n_neurons) if descent.noise_std else None
    for e, seed in enumerate(seeds):
        rng = np.random.default_rng([seed, 1 + epoch])
        pulse, target = task.sample(descent.n_trials, rng)
        pulses.append(pulse)
        targets.append(target)
        rates.append(INITIAL_STD * rng.standard_normal((descent.n_trials, n_neurons), np.float32))
        if noise is not None:
            generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
            draw = torch.randn(task.n_steps, descent.n_trials, n_neurons, generator=generator)
            torch.mul(draw, descent.noise_std, out=noise[:, e])
    return _stack(pulses, 1), _stack(targets, 1), _stack(rates), noise


def _descend(
    parameters: Parameters,
    outputs: Callable[..., torch.Tensor],
    networks: Callable[[Parameters], tuple[Any, ...]],
    task: Task,
    seeds: Sequence[int],
    n_neurons: int,
    descent: Descent,
    checkpoint: Path | str | None,
    key: dict[str, Any],
    project: Callable[[Parameters], None] = lambda gradients: None,
) -> Training:
    """Adam over the epochs, with early stop and checkpoints; the same seeds give the same weights, stopped or not."""
    for p in parameters.values():
        p.requires_grad_(True)
    device = next(iter(parameters.values())).device
    moments = {name: torch.zeros(2, *p.shape, device=device) for name, p in parameters.items()}
    key |= {"task": vars(task), "descent": vars(descent), "seeds": [int(s) for s in seeds]}
    losses, accuracies = _resume(checkpoint, parameters, moments, key)
    done = len(accuracies) > 0 and accuracies.min() >= descent.target_accuracy  # a finished run's checkpoint
    remaining = range(len(losses), len(losses) if done else descent.n_epochs)
    epochs = track(remaining, "training", descent.n_epochs, len(losses))
    for epoch in epochs:
        rate = _annealed(descent.learning_rate, epoch, descent.n_epochs)
        drawn = _batch(task, seeds, epoch, n_neurons, descent)  # by the CPU, so that all devices see the same
        batch: list[Any] = [part if part is None else part.to(device) for part in drawn]
        pulses, targets, rates, noise = batch
        error = outputs(parameters, pulses, rates, noise)[task.scored] - targets[task.scored]
        loss = error.square().mean(dim=(0, 2, 3))
        gradients = dict(zip(parameters, torch.autograd.grad(loss.sum(), list(parameters.values())), strict=True))
        project(gradients)
        norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients.values()]).norm(dim=0)
        scale = (descent.clip / norms).clamp(max=1)[:, None, None]
        for name, p in parameters.items():
            _adam(p, scale * gradients[name], moments[name], epoch + 1, rate, descent.weight_decay)
        losses.append(_arrays(loss))
        if not np.isfinite(losses[-1]).all():
            raise Diverged(f"training diverged at epoch {epoch}: losses {losses[-1]}, learning rate {descent.learning_rate}")
        if (epoch + 1) % descent.check_every == 0 or epoch + 1 == descent.n_epochs:
            accuracies = np.array([
                accuracy(net, task, descent.n_check_trials, [seed, 1 + epoch, 1])
                for net, seed in zip(networks(parameters), seeds, strict=True)
            ])  # fmt: skip
            _store(checkpoint, parameters, moments, key, losses, accuracies)
            epochs.set_postfix_str(f"accuracy {accuracies.min():.3f}")
            if accuracies.min() >= descent.target_accuracy:
                break
    return Training(networks(parameters), np.array(losses), accuracies)


def _annealed(learning_rate: float, step: int, n_steps: int) -> float:
    """The rate of step number `step`: half a cosine from `learning_rate` down to 0."""
    return learning_rate * (1 + np.cos(np.pi * step / n_steps)) / 2


@torch.no_grad()
def _adam(
    p: torch.Tensor, gradient: torch.Tensor, moments: torch.Tensor, step: int, rate: float, weight_decay: float
) -> None:
    """Adam's step number `step`, weight decay decoupled, in place: as torch.optim.AdamW, which takes seconds to load."""
    mean, square = moments
    p.mul_(1 - rate * weight_decay)
    mean.lerp_(gradient, 1 - 0.9)
    square.mul_(0.999).addcmul_(gradient, gradient, value=1 - 0.999)
    p.addcdiv_(mean, square.sqrt() / (1 - 0.999**step) ** 0.5 + 1e-8, value=-rate / (1 - 0.9**step))


def _store(
    checkpoint: Path | str | None,
    parameters: Parameters,
    moments: Parameters,
    key: dict[str, Any],
    losses: list[Array],
    accuracies: Array,
) -> None:
    if checkpoint is None:
        return
    held = {name: _arrays(p) for name, p in parameters.items()} | {
        f"{name}.moments": _arrays(m) for name, m in moments.items()
    }
    save_npz(
        checkpoint, key=np.array(json.dumps(key, sort_keys=True)), losses=np.array(losses), accuracies=accuracies, **held
    )


def _resume(
    checkpoint: Path | str | None, parameters: Parameters, moments: Parameters, key: dict[str, Any]
) -> tuple[list[Array], Array]:
    """Losses so far and the last accuracies; parameters and Adam's moments are set to those of the checkpoint."""
    if checkpoint is None or not Path(checkpoint).exists():
        return [], np.array([])
    stored = read_npz(checkpoint, "checkpoint", "a file of this very run")
    made_by = str(stored.get("key", "another program"))
    _require(
        made_by == json.dumps(key, sort_keys=True), "checkpoint", "a file of this very run", f"{checkpoint} of {made_by}"
    )
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(torch.from_numpy(stored[name]))
            moments[name].copy_(torch.from_numpy(stored[f"{name}.moments"]))
    return list(stored["losses"]), stored["accuracies"]
