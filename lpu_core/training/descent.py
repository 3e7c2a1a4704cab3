"""How training descends: settings, Adam, batches, early stop and checkpoints."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from lpu_core.check import Array, above, at_least, between, check_fields, require
from lpu_core.files import read_npz, save_npz
from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN
from lpu_core.noise import row_keys, stream_of
from lpu_core.progress import track
from lpu_core.subspace import STRENGTH
from lpu_core.tasks import INITIAL_STD, Task, accuracy
from lpu_core.tasks.role import drawn
from lpu_core.training.adjoint import Noise

RATE = between(0, 1e30, "(]")
"""Of learning; float32 holds what comes of it."""
Parameters = dict[str, torch.Tensor]


class Diverged(RuntimeError):
    """A loss stopped being a finite number."""


@dataclass(frozen=True, eq=False)
class Training:
    """The outcome of a training run: E networks, one a seed.

    networks: the trained networks. losses: the mean squared error of each epoch, (epochs, E).
    accuracies: the task's accuracy on the last check's fresh trials, (E,).
    """

    networks: tuple[FullRankRNN | LowRankRNN | LeakyCurrentRNN, ...]
    losses: Float[Array, "epochs E"]
    accuracies: Float[Array, " E"]

    def __post_init__(self):
        check_fields(self, losses=at_least(0), accuracies=between(0, 1))
        expected = f"one for each of {len(self.accuracies)} accuracies"
        require(len(self.networks) == len(self.accuracies), "networks", expected, len(self.networks))


@dataclass(frozen=True)
class Descent:
    """How to descend: Adam on the task's mean squared error, with a cosine schedule.

    n_epochs: at most so many. learning_rate: at the start. n_trials: in a batch. noise_std: s.d. of the currents' noise.
    weight_decay: Adam's, decoupled. clip: the largest norm of a network's gradient; infinite: any. target_accuracy: stop
    once every network reaches it on `n_check_trials` fresh trials, never if it is above 1; looked at every `check_every`
    epochs.

    >>> Descent(n_epochs=100, learning_rate=0.05).n_trials
    64
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
        counts = dict.fromkeys(("n_epochs", "n_trials", "check_every", "n_check_trials"), at_least(1))
        check_fields(
            self,
            **counts,
            learning_rate=RATE,
            noise_std=STRENGTH,
            weight_decay=between(0, 1e6),
            clip=above(0, infinite=True),
            target_accuracy=at_least(0),
        )


def stack(arrays: Sequence[Array], axis: int = 0) -> torch.Tensor:
    """`arrays` of one shape along a new `axis`, as float32."""
    return torch.tensor(np.stack(arrays, axis), dtype=torch.float32)


def arrays(tensor: torch.Tensor) -> Array:
    """The numbers of a `tensor`, as a NumPy array of its own."""
    return tensor.detach().cpu().numpy().copy()


def device_named(name: str) -> torch.device:
    """The device of this `name` to train on. Raises ValueError for one that torch does not find here."""
    found = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())), *["cuda"] * torch.cuda.is_available()]
    require(name in found, "device", f"one of {found}, which torch finds here", repr(name))
    return torch.device(name)


def batch(task: Task, seeds: Sequence[int], epoch: int, n_neurons: int, descent: Descent) -> tuple[Any, ...]:
    """Inputs (T, E, B, D), targets (T, E, B, P), initial rates (E, B, N) and the :class:`Noise` of one `epoch`.

    Drawn for the `task`, for each of `seeds` apart; n_neurons: N; descent: says B and the noise, None if there is none.
    """
    pulses, targets, rates, keys = [], [], [], []
    for seed in seeds:
        rng = np.random.default_rng([seed, 1 + epoch])
        pulse, target = drawn(task, descent.n_trials, rng)
        pulses.append(pulse)
        targets.append(target)
        rates.append(INITIAL_STD * rng.standard_normal((descent.n_trials, n_neurons), np.float32))
        stream = stream_of(descent.noise_std, rng)
        if stream is not None:
            keys.append(row_keys(stream, np.arange(task.n_steps), np.arange(descent.n_trials)))
    noise = Noise(descent.noise_std, np.stack(keys, axis=1)) if keys else None
    return stack(pulses, 1), stack(targets, 1), stack(rates), noise


def descend(
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
    """Adam over the epochs, with early stop and checkpoints; the same seeds give the same weights, stopped or not.

    parameters: what is trained, in place, each with E first. outputs: y (T, E, B, P) from the parameters and a
    :func:`batch` of the `task` for `seeds` and `n_neurons`. networks: the networks of the parameters. descent: how.
    checkpoint: the file to go on from, or None; key: what the run is, to be found there. project: changes gradients.
    """
    for p in parameters.values():
        p.requires_grad_(True)
    device = next(iter(parameters.values())).device
    moments = {name: torch.zeros(2, *p.shape, device=device) for name, p in parameters.items()}
    if checkpoint is not None:
        folder = Path(checkpoint).parent
        require(folder.is_dir(), "checkpoint", "a file in a folder that exists", checkpoint)
    key |= {"task": vars(task), "descent": vars(descent), "seeds": [int(s) for s in seeds]}
    losses, accuracies = resume(checkpoint, parameters, moments, key)
    done = len(accuracies) > 0 and accuracies.min() >= descent.target_accuracy  # a finished run's checkpoint
    remaining = range(len(losses), len(losses) if done else descent.n_epochs)
    epochs = track(remaining, "training", descent.n_epochs, len(losses))
    for epoch in epochs:
        rate = annealed(descent.learning_rate, epoch, descent.n_epochs)
        *drawn, noise = batch(task, seeds, epoch, n_neurons, descent)  # by the CPU, so that all devices see the same
        pulses, targets, rates = (part.to(device) for part in drawn)
        error = outputs(parameters, pulses, rates, noise)[task.scored] - targets[task.scored]
        loss = error.square().mean(dim=(0, 2, 3))
        gradients = dict(zip(parameters, torch.autograd.grad(loss.sum(), list(parameters.values())), strict=True))
        project(gradients)
        norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients.values()]).norm(dim=0)
        scale = (descent.clip / norms).clamp(max=1)[:, None, None]
        for name, p in parameters.items():
            adam(p, scale * gradients[name], moments[name], epoch + 1, rate, descent.weight_decay)
        losses.append(arrays(loss))
        if not np.isfinite(losses[-1]).all():
            raise Diverged(f"training diverged at epoch {epoch}: losses {losses[-1]}, learning rate {descent.learning_rate}")
        if (epoch + 1) % descent.check_every == 0 or epoch + 1 == descent.n_epochs:
            accuracies = np.array([
                accuracy(net, task, descent.n_check_trials, [seed, 1 + epoch, 1])
                for net, seed in zip(networks(parameters), seeds, strict=True)
            ])  # fmt: skip
            store(checkpoint, parameters, moments, key, losses, accuracies)
            epochs.set_postfix_str(f"accuracy {accuracies.min():.3f}")
            if accuracies.min() >= descent.target_accuracy:
                break
    return Training(networks(parameters), np.array(losses), accuracies)


def annealed(learning_rate: float, step: int, n_steps: int) -> float:
    """The rate of step number `step` of `n_steps`: half a cosine from `learning_rate` down to 0."""
    return learning_rate * (1 + np.cos(np.pi * step / n_steps)) / 2


@torch.no_grad()
def adam(
    p: torch.Tensor, gradient: torch.Tensor, moments: torch.Tensor, step: int, rate: float, weight_decay: float
) -> None:
    """Adam's step number `step` of `p` by its `gradient`, in place: as torch.optim.AdamW, which takes seconds to load.

    moments: of the gradient, first and second, in place, too. rate: the learning rate. weight_decay: decoupled.
    """
    mean, square = moments
    if weight_decay:
        p.mul_(1 - rate * weight_decay)
    mean.lerp_(gradient, 1 - 0.9)
    square.mul_(0.999).addcmul_(gradient, gradient, value=1 - 0.999)
    p.addcdiv_(mean, square.sqrt().div_((1 - 0.999**step) ** 0.5).add_(1e-8), value=-rate / (1 - 0.9**step))


def store(
    checkpoint: Path | str | None,
    parameters: Parameters,
    moments: Parameters,
    key: dict[str, Any],
    losses: list[Array],
    accuracies: Array,
) -> None:
    """Write to `checkpoint`, unless it is None: parameters, moments, key, losses and accuracies so far."""
    if checkpoint is None:
        return
    held = {name: arrays(p) for name, p in parameters.items()} | {
        f"{name}.moments": arrays(m) for name, m in moments.items()
    }
    save_npz(
        checkpoint, key=np.array(json.dumps(key, sort_keys=True)), losses=np.array(losses), accuracies=accuracies, **held
    )


def resume(
    checkpoint: Path | str | None, parameters: Parameters, moments: Parameters, key: dict[str, Any]
) -> tuple[list[Array], Array]:
    """Losses so far and the last accuracies; `parameters` and Adam's `moments` are set to those of the `checkpoint`.

    Raises ValueError where it is that of a run with another `key`.
    """
    if checkpoint is None or not Path(checkpoint).exists():
        return [], np.array([])
    stored = read_npz(checkpoint, "checkpoint", "a file of this very run")
    made_by = str(stored.get("key", "another program"))
    require(
        made_by == json.dumps(key, sort_keys=True), "checkpoint", "a file of this very run", f"{checkpoint} of {made_by}"
    )
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(torch.from_numpy(stored[name]))
            moments[name].copy_(torch.from_numpy(stored[f"{name}.moments"]))
    return list(stored["losses"]), stored["accuracies"]
