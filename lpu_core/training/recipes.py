"""The recipes: full rank through time, low rank directly, and low rank going on from where it was."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from lpu_core.check import at_least, checked, require, shown, times
from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN, filtered
from lpu_core.tasks import Task
from lpu_core.training.adjoint import Noise, Run
from lpu_core.training.descent import Descent, Parameters, Training, arrays, descend, device_named, stack

BPTT = Descent(n_epochs=2000, learning_rate=2e-3, n_trials=50)
DIRECT = Descent(n_epochs=800, learning_rate=5e-2, noise_std=0.1)
FINE_TUNE = Descent(n_epochs=800, learning_rate=2e-2, noise_std=0.1)


@checked(n_neurons=at_least(2), seeds=at_least(0))
def train_full_rank(
    task: Task,
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

    task: what to learn. n_neurons: N. seeds: one for each of E networks. descent: how. tau, dt: τ and Δt, ms. device: where
    to train, as torch calls it. checkpoint: a file to keep the run in, from which the same call goes on. Raises
    :class:`Diverged` where a loss stops being finite.

    >>> from lpu_core.tasks import FlipFlop
    >>> few = Descent(n_epochs=3, learning_rate=1e-3, n_trials=5, n_check_trials=20)
    >>> run = train_full_rank(FlipFlop(1, n_steps=50), n_neurons=10, seeds=[0, 1], descent=few)
    >>> run.losses.shape, run.networks[0].weights.shape
    ((3, 2), (10, 10))
    """
    require(len(seeds) > 0, "seeds", "at least one", list(seeds))
    tau, dt = times(tau, dt)
    generators = [np.random.default_rng([seed, 0]) for seed in seeds]

    def xavier(*shape: int) -> torch.Tensor:
        bound = np.sqrt(6 / sum(shape))
        return stack([rng.uniform(-bound, bound, shape) for rng in generators])

    weights = xavier(n_neurons, n_neurons)
    off_diagonal = 1 - torch.eye(n_neurons, device=device_named(device))
    parameters = {
        "W": weights,
        "W_in": xavier(n_neurons, task.n_inputs),
        "W_out": xavier(n_neurons, task.n_outputs),
    }
    parameters = {name: p.to(device) for name, p in parameters.items()}
    parameters["W"] *= off_diagonal
    alpha = dt / tau

    def outputs(p: Parameters, pulses: torch.Tensor, rates: torch.Tensor, noise: Noise | None) -> torch.Tensor:
        return Run.apply(p["W"], None, p["W_in"], rates, pulses, noise, alpha) @ p["W_out"]

    def networks(p: Parameters) -> tuple[FullRankRNN, ...]:
        return tuple(
            FullRankRNN(w, out * n_neurons, w_in, tau=tau, dt=dt)
            for w, out, w_in in zip(*(arrays(p[name]) for name in ("W", "W_out", "W_in")), strict=True)
        )

    def project(gradients: Parameters) -> None:
        gradients["W"] = gradients["W"] * off_diagonal

    key = {"recipe": "full rank", "n_neurons": n_neurons, "tau": tau, "dt": dt}
    return descend(parameters, outputs, networks, task, seeds, n_neurons, descent, checkpoint, key, project)


@checked(n_neurons=at_least(1), seeds=at_least(0))
def train_low_rank(
    task: Task,
    n_neurons: int,
    seeds: Sequence[int] = (0,),
    *,
    rank: int | None = None,
    architecture: type[LowRankRNN] | type[LeakyCurrentRNN] = LowRankRNN,
    descent: Descent = DIRECT,
    tau: float = 10.0,
    dt: float = 5.0,
    device: str = "cpu",
    checkpoint: Path | str | None = None,
) -> Training:
    """Rank-K RNNs trained directly, through the closed latent equation (M32); the outputs are the first latents, y = κ_1….

    task: what to learn. n_neurons: N. rank: K, as many as the task has outputs if None. A change of basis of the latents can
    turn any linear readout of κ into this one. m, n and W_in start from N(0, 1). O(NK) a step: no W is ever formed.
    architecture: the networks' class; see :func:`fine_tune` on leaky-current ones.

    seeds, descent, tau, dt, device, checkpoint: as in :func:`train_full_rank`.

    >>> from lpu_core.tasks import FlipFlop
    >>> few = Descent(n_epochs=3, learning_rate=1e-2, n_trials=5, n_check_trials=20)
    >>> run = train_low_rank(FlipFlop(1, n_steps=50), n_neurons=10, seeds=[0, 1], descent=few)
    >>> run.losses.shape, run.networks[0].n_latents
    ((3, 2), 1)
    """
    rank = task.n_outputs if rank is None else rank
    require(rank >= task.n_outputs, "rank", f"at least the task's {task.n_outputs} output(s)", rank)
    require(len(seeds) > 0, "seeds", "at least one", list(seeds))
    known = any(architecture is one for one in (LowRankRNN, LeakyCurrentRNN))
    require(known, "architecture", "LowRankRNN or LeakyCurrentRNN", shown(architecture))
    tau, dt = times(tau, dt)
    start = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 0])
        m, n, w = (rng.standard_normal((n_neurons, k)).astype(np.float32) for k in (rank, rank, task.n_inputs))
        start.append(architecture(m, n, w, tau=tau, dt=dt))
    return fine_tune(start, task, seeds, descent=descent, device=device, checkpoint=checkpoint)


@checked(seeds=at_least(0))
def fine_tune(
    networks: Sequence[LowRankRNN | LeakyCurrentRNN],
    task: Task,
    seeds: Sequence[int] | None = None,
    *,
    fed_back: bool = True,
    descent: Descent = FINE_TUNE,
    device: str = "cpu",
    checkpoint: Path | str | None = None,
) -> Training:
    """Go on training aligned low-rank networks on the task through their closed latent equation, y = κ_1….

    networks: tanh networks of one class and size, without biases, with the task's inputs and at least as many latents as
    outputs. Leaky-current ones cost the same: their latents are those of the firing-rate networks of the same weights under
    filtered inputs (:func:`lpu_core.networks.filtered`). Their currents would filter noise, too, so `descent` has none.
    task: what to learn. seeds: one each; 0, 1, … if None. fed_back: whether the outputs' embeddings m are trained, too;
    where they are 0 and stay 0, the outputs are any weighted sums of the rates, and W has the rank of the other latents.
    descent, device, checkpoint: as in :func:`train_full_rank`.

    >>> from lpu_core.tasks import FlipFlop
    >>> from lpu_core.timescales import design_flip_flop
    >>> few = Descent(n_epochs=3, learning_rate=1e-2, n_trials=5, n_check_trials=20)
    >>> fine_tune([design_flip_flop(n_neurons=20, n_bits=1, rng=0)], FlipFlop(1, n_steps=50), descent=few).losses.shape
    (3, 1)
    """
    require(len(networks) > 0, "networks", "at least one", list(networks))
    seeds = range(len(networks)) if seeds is None else seeds
    require(len(networks) == len(seeds), "networks", f"one for each of {len(seeds)} seeds", len(networks))
    first = networks[0]
    alike = (first.embedding.shape, first.tau, first.dt)
    leaky = isinstance(first, LeakyCurrentRNN)
    architecture = LeakyCurrentRNN if leaky else LowRankRNN
    if leaky:
        expected = "noise_std 0 for leaky-current networks, whose currents filter the noise"
        require(descent.noise_std == 0, "descent", expected, descent.noise_std)
    expected = f"at least {task.n_outputs} latents, {task.n_inputs} inputs"
    for net in networks:
        alike_in_class = isinstance(net, LeakyCurrentRNN) == leaky
        require(alike_in_class, "networks", f"a {architecture.__name__} like the first", type(net).__name__)
        same = (net.embedding.shape, net.tau, net.dt) == alike
        require(same, "networks", "one size, tau and dt for all", net.embedding.shape)
        fits = net.n_latents >= task.n_outputs and net.n_inputs == task.n_inputs
        require(fits, "networks", expected, (net.n_latents, net.n_inputs))
        plain = net.nonlinearity == "tanh" and not net.bias.any()
        require(plain, "networks", "tanh and no biases", net.nonlinearity)
    parameters = {
        "M": stack([net.embedding for net in networks]),
        "Nenc": stack([net.encoding for net in networks]),
        "W_in": stack([net.input_weights for net in networks]),
    }
    parameters = {name: p.to(device_named(device)) for name, p in parameters.items()}
    alpha, n_neurons = first.alpha, first.n_neurons

    def outputs(p: Parameters, pulses: torch.Tensor, rates: torch.Tensor, noise: Noise | None) -> torch.Tensor:
        if leaky:
            pulses = torch.from_numpy(filtered(pulses.cpu().numpy(), alpha)).to(pulses)
        encode = p["Nenc"] / n_neurons
        latents = Run.apply(p["M"], encode, p["W_in"], rates @ encode, pulses, noise, alpha)
        return latents[..., : task.n_outputs]

    def finished(p: Parameters) -> tuple[LowRankRNN | LeakyCurrentRNN, ...]:
        return tuple(
            architecture(m, n, w, tau=first.tau, dt=first.dt)
            for m, n, w in zip(*(arrays(p[name]) for name in ("M", "Nenc", "W_in")), strict=True)
        )

    def project(gradients: Parameters) -> None:
        if not fed_back:
            gradients["M"][..., : task.n_outputs] = 0

    key = {"recipe": "leaky current" if leaky else "low rank", "n_neurons": n_neurons, "tau": first.tau, "dt": first.dt,
           "fed_back": fed_back, "start": [float(p.double().square().sum()) for p in parameters.values()]}  # fmt: skip
    return descend(parameters, outputs, finished, task, seeds, n_neurons, descent, checkpoint, key, project)
