"""Learning rules of feed-forward networks: backpropagation, and local ones that a comparator drives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from lpu_core.check import Array, Seed, array, at_least, cast, check_fields, checked, floats, one_of, require
from lpu_core.feedforward import Layers, comparator
from lpu_core.training.adjoint import tanh_
from lpu_core.training.descent import RATE, Diverged, adam, annealed, arrays, stack


def _signed(x: Any, y: Any) -> Any:
    plus, minus = comparator(x, y)
    return plus - minus


def _unsigned(x: Any, y: Any) -> Any:
    plus, minus = comparator(x, y)
    return plus + minus


def _binary(x: Any, y: Any) -> Any:
    """XOR of the thresholded signals, with the sign that one's own output tells: up if it is 0, down if it is 1."""
    own = 1.0 * (y > 0.5)
    return _unsigned(1.0 * (x > 0.5), own) * (1 - 2 * own)


# name -> (what reaches the synapses, how it reaches the hidden ones: through W transposed, random synapses or not at all)
RULES: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "backprop": (_signed, "transposed"),
    "local": (_signed, "random"),
    "output only": (_signed, "none"),
    "binary XOR": (_binary, "random"),
    "unsigned": (_unsigned, "random"),
}
"""The ways to learn, by name."""


@dataclass(frozen=True, eq=False)
class Learning:
    """What :func:`learn` returns.

    layers: the networks. steps, losses: of the recorded steps, their numbers, (R,), and the batch's mean squared error,
    summed over outputs, (R, E). cosines: of the hidden synapses' update with the descent of the loss, (R, E); 0 where there
    is no update.
    """

    layers: Layers
    steps: Int[Array, " R"]
    losses: Float[Array, "R E"]
    cosines: Float[Array, "R E"]

    def __post_init__(self):
        check_fields(self, steps=at_least(0), losses=at_least(0, infinite=True))


@checked(rule=one_of(*RULES), n_steps=at_least(1), learning_rate=RATE, n_records=at_least(1))
def learn(
    layers: Layers,
    inputs: Float[Array, "S n"],
    targets: Any,
    rule: str = "backprop",
    *,
    n_steps: int = 2000,
    learning_rate: float = 0.01,
    n_batch: int | None = None,
    rng: Seed = 0,
    n_records: int = 50,
) -> Learning:
    """Let networks learn the `targets`, (S, p) or (E, S, p), by a `rule`, one of :data:`RULES`.

    Each synapse moves by (what arrives) × (its presynaptic activity), averaged over `n_batch` samples (None: all), with a
    step of its own (Adam, a cosine schedule from `learning_rate`): all but backprop stay local. The comparator's activity
    reaches every hidden layer through fixed random synapses of N(0, 1/p), drawn from `rng` as the batches are. Raises
    :class:`lpu_core.training.Diverged` where weights stop being finite.

    layers: the networks to begin with, which stay as they are. inputs: (S, n). n_steps: how many; at `n_records` of them,
    evenly spread, losses and cosines are noted.

    >>> from lpu_core.feedforward import initial_layers
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> xor = x.sum(axis=1, keepdims=True) % 2
    >>> run = learn(initial_layers([2, 8, 1], seeds=[0]), x, xor, "local", n_steps=500, learning_rate=0.03)
    >>> (run.layers(x)[0, :, 0] > 0.5).tolist()
    [False, True, True, False]
    """
    x = floats("inputs", cast("inputs", inputs, np.dtype(np.float32)), (None, layers.n_inputs))
    require(len(x) > 0, "inputs", "at least one sample", x.shape)
    require(n_batch is None or 1 <= n_batch <= len(x), "n_batch", f"None or from 1 to {len(x)}", n_batch)
    e, p = layers.n_networks, layers.weights[-1].shape[2]
    wanted = (len(x), p) if array("targets", targets).ndim == 2 else (e, len(x), p)
    y = torch.tensor(floats("targets", cast("targets", targets, np.dtype(np.float32)), wanted))
    rng, data = np.random.default_rng(rng), torch.tensor(x)
    # All layers' weights lie side by side in one array, so that a step of Adam is one for all.
    together = torch.cat([torch.tensor(w, dtype=torch.float32).flatten(1) for w in layers.weights], dim=1)
    moments = torch.zeros(2, *together.shape)
    parts = together.split([w[0].size for w in layers.weights], dim=1)
    weights = [part.view(w.shape) for part, w in zip(parts, layers.weights, strict=True)]
    error, route = RULES[rule]
    feedback = None
    if route != "transposed":
        scale = {"random": p**-0.5, "none": 0.0}[route]
        feedback = [
            stack(list(scale * rng.standard_normal((e, p, w.shape[2])))) * (w != 0).any(dim=1, keepdim=True)
            for w in weights[:-1]  # nothing reaches a unit that is not there
        ]
    records = set(np.linspace(0, n_steps - 1, n_records).astype(int).tolist())
    losses, cosines = [], []
    for step in range(n_steps):
        chosen = torch.arange(len(x)) if n_batch is None else torch.from_numpy(rng.integers(len(x), size=n_batch))
        batch, goal = data[chosen].expand(e, -1, -1), y[..., chosen, :]
        activities = _forward(weights, layers.linear, batch)
        arriving = error(goal, activities[-1])
        updates = _updates(weights, layers.linear, activities, arriving, feedback)
        if step in records:
            true = goal - activities[-1]
            descent = updates if feedback is None else _updates(weights, layers.linear, activities, true, None)
            losses.append(arrays(true.square().sum(dim=2).mean(dim=1)))
            cosines.append(_cosine(updates[:-1], descent[:-1]))
        rate = annealed(learning_rate, step, n_steps)
        gradient = torch.cat([update.flatten(1) for update in updates], dim=1).neg_()
        adam(together, gradient, moments, step + 1, rate, 0.0)
    if not together.isfinite().all():
        raise Diverged(f"learning diverged: rule {rule}, learning rate {learning_rate}")
    done = Layers(tuple(arrays(w) for w in weights), layers.linear)
    return Learning(done, np.array(sorted(records)), np.array(losses), np.array(cosines))


def _forward(weights: list[torch.Tensor], linear: Sequence[bool], inputs: torch.Tensor) -> list[torch.Tensor]:
    found = [inputs]
    for w, is_linear in zip(weights, linear, strict=True):
        current = torch.baddbmm(w[:, -1:], found[-1], w[:, :-1])
        if not is_linear:
            tanh_(current)
        found.append(current)
    return found


def _updates(
    weights: list[torch.Tensor],
    linear: Sequence[bool],
    activities: list[torch.Tensor],
    error: torch.Tensor,
    feedback: list[torch.Tensor] | None,
) -> list[torch.Tensor]:
    """pre × post of every synapse, (E, n + 1, m): the descent of half the mean squared error, if `feedback` is None."""
    arriving, updates = error, []
    for layer in reversed(range(len(weights))):
        pre = activities[layer]
        updates.append(torch.cat([pre.mT @ arriving, arriving.sum(dim=1, keepdim=True)], dim=1) / pre.shape[1])
        if layer:
            arriving = arriving @ weights[layer][:, :-1].mT if feedback is None else error @ feedback[layer - 1]
            if not linear[layer - 1]:
                arriving = arriving * (1 - pre.square())
    return updates[::-1]


def _cosine(a: list[torch.Tensor], b: list[torch.Tensor]) -> Array:
    if not a:
        return np.zeros(len(b))
    one, other = (torch.cat([part.flatten(1) for part in parts], dim=1).double() for parts in (a, b))
    norms = one.norm(dim=1) * other.norm(dim=1)
    return arrays((one * other).sum(dim=1) / norms.clamp(min=1e-300))
