"""Learning rules of feed-forward networks: backpropagation, and local ones that a comparator drives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from lpu_core.check import OR_NAN, Array, Seed, array, at_least, cast, check_fields, checked, floats, one_of, require
from lpu_core.feedforward import Layers
from lpu_core.nonlinearities import nonlinearity
from lpu_core.training.descent import RATE, Diverged, adam, annealed


# The difference and the sum of the comparator's two units, without its checks, which would take as long as a step.
def _signed(x: Array, y: Array) -> Array:
    return x - y


def _unsigned(x: Array, y: Array) -> Array:
    return np.abs(x - y)


def _binary(x: Array, y: Array) -> Array:
    """XOR of the thresholded signals, with the sign that one's own output tells: up if it is 0, down if it is 1."""
    own = (y > 0.5).astype(y.dtype)
    return _unsigned((x > 0.5).astype(x.dtype), own) * (1 - 2 * own)


# name -> (what reaches the synapses; how it reaches the hidden ones: back through the layers, by W transposed or by synapses
# that learn, straight from the output by random ones, or not at all)
RULES: dict[str, tuple[Callable[[Array, Array], Array], str]] = {
    "backprop": (_signed, "transposed"),
    "Kolen-Pollack": (_signed, "learned"),
    "local": (_signed, "random"),
    "output only": (_signed, "none"),
    "binary XOR": (_binary, "random"),
    "unsigned": (_unsigned, "random"),
}
"""The ways to learn, by name."""
STRAIGHT = ("random", "none")
"""Routes that lead from the output to each layer, past those between."""
DECAY = 0.4
"""Of all synapses under Kolen and Pollack's rule: in each step by this share of the learning rate (ours)."""


@dataclass(frozen=True, eq=False)
class Learning:
    """What :func:`learn` returns.

    layers: the networks. steps, losses: of the recorded steps, their numbers, (R,), and the batch's mean squared error,
    summed over outputs, (R, E). cosines: of the hidden synapses' update with the descent of the loss, (R, E); 0 where there
    is no update. gaps: the r.m.s. difference of the synapses that carry errors back through the layers and those that carry
    signals forwards, (R, E); nan where errors take another way.
    """

    layers: Layers
    steps: Int[Array, " R"]
    losses: Float[Array, "R E"]
    cosines: Float[Array, "R E"]
    gaps: Float[Array, "R E"]

    def __post_init__(self):
        check_fields(self, steps=at_least(0), losses=at_least(0, infinite=True), gaps=OR_NAN)


@checked(rule=one_of(*RULES), n_steps=at_least(1), learning_rate=RATE, n_records=at_least(1))
@np.errstate(over="ignore", invalid="ignore")  # weights that diverge are told at the end
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
    reaches every hidden layer through fixed random synapses of N(0, 1/p), drawn from `rng` as the batches are. By Kolen and
    Pollack's rule errors go back layer by layer, through synapses B of N(0, 1/n), from n units, that change as the forward
    ones do, B += ΔWᵀ; all decay, by :data:`DECAY`, so B − Wᵀ does. Raises :class:`lpu_core.training.Diverged` where weights
    stop being finite.

    layers: the networks to begin with, which stay as they are, with a hidden layer or more. inputs: (S, n). n_steps: how
    many; at `n_records` of them, evenly spread, losses, cosines and gaps are noted.

    >>> from lpu_core.feedforward import initial_layers
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> xor = x.sum(axis=1, keepdims=True) % 2
    >>> run = learn(initial_layers([2, 8, 1], seeds=[0]), x, xor, "local", n_steps=500, learning_rate=0.03)
    >>> (run.layers(x)[0, :, 0] > 0.5).tolist()
    [False, True, True, False]
    """
    require(len(layers.weights) > 1, "layers", "at least one hidden layer", f"{len(layers.weights)} layer")
    x = floats("inputs", cast("inputs", inputs, np.dtype(np.float32)), (None, layers.n_inputs))
    require(len(x) > 0, "inputs", "at least one sample", x.shape)
    require(n_batch is None or 1 <= n_batch <= len(x), "n_batch", f"None or from 1 to {len(x)}", n_batch)
    e, p = layers.n_networks, layers.weights[-1].shape[2]
    wanted = (len(x), p) if array("targets", targets).ndim == 2 else (e, len(x), p)
    y = floats("targets", cast("targets", targets, np.dtype(np.float32)), wanted)
    rng = np.random.default_rng(rng)
    # All layers' weights lie one behind the other in one array, so that a step of Adam is one for all; updates likewise.
    # In NumPy but for that step: of products as small as these torch takes twice as long.
    together = np.concatenate([w.ravel() for w in layers.weights]).astype(np.float32)
    gradient, true_gradient = np.empty_like(together), np.empty_like(together)
    parameters, slopes = torch.from_numpy(together), torch.from_numpy(gradient)  # the same memory
    moments = torch.zeros(2, len(together))

    def by_layer(flat: Array, first: int = 0) -> list[Array]:
        parts = np.split(flat, np.cumsum([w.size for w in layers.weights[first:]])[:-1])
        return [part.reshape(w.shape) for part, w in zip(parts, layers.weights[first:], strict=True)]

    weights, updates, descent = by_layer(together), by_layer(gradient), by_layer(true_gradient)
    error, route = RULES[rule]
    transposed = [w[:, :-1].swapaxes(1, 2) for w in weights[1:]]  # views, which follow the weights
    back = transposed if route == "transposed" else _feedback(weights, route, rng)
    straight, decay, learned = route in STRAIGHT, DECAY if route == "learned" else 0.0, None
    if route == "learned":  # B lies as W does, so that the forward synapses' updates are its own, too
        first = layers.weights[0].size
        mirror = np.zeros_like(together[first:])
        drawn, back = back, [b[:, :-1].swapaxes(1, 2) for b in by_layer(mirror, 1)]
        for b, start in zip(back, drawn, strict=True):
            b[:] = start
        learned = torch.from_numpy(mirror), slopes[first:], torch.zeros(2, len(mirror))
    records = set(np.linspace(0, n_steps - 1, n_records).astype(int).tolist())
    losses, cosines, gaps = [], [], []
    for step in range(n_steps):
        chosen = slice(None) if n_batch is None else rng.integers(len(x), size=n_batch)
        batch, goal = x[chosen], y[..., chosen, :]
        activities = _forward(weights, layers.linear, batch)
        arriving = error(goal, activities[-1])
        _update(updates, layers.linear, activities, arriving, back, straight)
        if step in records:
            true = goal - activities[-1]
            _update(descent, layers.linear, activities, true, transposed)
            losses.append(np.square(true).sum(axis=2).mean(axis=1))
            cosines.append(_cosine(updates[:-1], descent[:-1]))
            gaps.append(np.full(e, np.nan) if straight else _gap(back, transposed))
        gradient /= -len(batch)
        rate = annealed(learning_rate, step, n_steps)
        if learned is not None:
            adam(*learned, step + 1, rate, decay)
        adam(parameters, slopes, moments, step + 1, rate, decay)
    if not np.isfinite(together).all():
        raise Diverged(f"learning diverged: rule {rule}, learning rate {learning_rate}")
    done = Layers(tuple(weights), layers.linear)
    return Learning(done, np.array(sorted(records)), np.array(losses), np.array(cosines), np.array(gaps))


def _feedback(weights: list[Array], route: str, rng: np.random.Generator) -> list[Array]:
    """Random synapses that carry errors to each hidden layer, (E, units that send, units that hear) each."""
    there = [(w != 0).any(axis=1) for w in weights]  # nothing reaches a unit that is not there
    from_output = route in STRAIGHT
    found = []
    for here, after in pairwise(there):
        sends = there[-1] if from_output else after
        scale = 0.0 if route == "none" else sends.shape[1] ** -0.5
        drawn = np.float32(scale * rng.standard_normal((*sends.shape, here.shape[1])))
        found.append(drawn * here[:, None] * (1 if from_output else sends[:, :, None]))
    return found


def _gap(back: list[Array], transposed: list[Array]) -> Array:
    """The r.m.s. difference of all synapses that carry errors back and their forward partners, (E,)."""
    off = [np.square(b - w, dtype=float).reshape(len(b), -1) for b, w in zip(back, transposed, strict=True)]
    return np.sqrt(np.concatenate(off, axis=1).mean(axis=1))


def _forward(weights: list[Array], linear: Sequence[bool], inputs: Array) -> list[Array]:
    found = [inputs]
    for w, is_linear in zip(weights, linear, strict=True):
        current = found[-1] @ w[:, :-1]
        current += w[:, -1:]
        found.append(current if is_linear else nonlinearity("tanh")(current, out=current))
    return found


def _update(
    updates: list[Array],
    linear: Sequence[bool],
    activities: list[Array],
    error: Array,
    back: list[Array],
    straight: bool = False,
) -> None:
    """Σ pre × post of every synapse into `updates`; with W transposed as `back`, the descent of half the squared error.

    back: carries what arrives at the layer after, or, if `straight`, the error, to each hidden layer.
    """
    arriving = error
    for layer in reversed(range(len(updates))):
        pre = activities[layer]
        np.matmul(pre.swapaxes(-1, -2), arriving, out=updates[layer][:, :-1])
        arriving.sum(axis=1, out=updates[layer][:, -1])
        if layer:
            arriving = (error if straight else arriving) @ back[layer - 1]
            if not linear[layer - 1]:
                arriving *= 1 - np.square(pre)


def _cosine(a: list[Array], b: list[Array]) -> Array:
    one, other = (np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1, dtype=float) for parts in (a, b))
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / np.maximum(norms, 1e-300)
