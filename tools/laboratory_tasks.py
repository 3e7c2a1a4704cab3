"""The classic tasks in the laboratory: the gallery's networks, their inputs by name, and example trials without noise."""

import base64
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from lpu_book import RESULTS
from lpu_core import tasks
from lpu_core.check import Array
from lpu_core.networks import LowRankRNN, load

FOLDER = RESULTS / "gallery"
MOST = 2
"""Latents that the laboratory's plane can show."""
BEFORE = 5
"""Steps before the first input of an example."""


@dataclass(frozen=True)
class Classic:
    """A task as the laboratory offers it: its name and question, its channels' names, and the conditions of its examples."""

    title: str
    question: str
    task: Any
    inputs: tuple[str, ...]
    conditions: Any = None


CLASSICS = {
    "perceptual": Classic(
        "perceptual decision", "Is the mean of the input above 0 (1) or below (−1)? Answer after a delay.",
        tasks.PerceptualDecision(noise=0.0), ("evidence",), [[16.0], [-16.0], [4.0]],
    ),
    "senses": Classic(
        "decision by two senses", "Two senses say the same, or one of them says it alone: is it above 0 (1) or below (−1)?",
        tasks.TwoSensesDecision(noise=0.0), ("first sense", "second sense"), [[8.0, 0.0], [0.0, -8.0], [4.0, 4.0]],
    ),
    "context": Classic(
        "decision by context", "Two features, and a cue: is the feature that the cue names above 0 (1) or below (−1)?",
        tasks.ContextDecision(noise=0.0), ("first feature", "second feature", "first cue", "second cue"),
        [[8.0, -8.0, 0.0], [8.0, -8.0, 1.0], [-8.0, 8.0, 0.0]],
    ),
    "parametric": Classic(
        "parametric memory", "Two frequencies, a delay apart: by how much was the first one higher (above 0) or lower?",
        tasks.ParametricMemory(noise=0.0), ("frequency",), [[34.0, 10.0, 500.0], [10.0, 34.0, 1000.0], [28.0, 20.0, 500.0]],
    ),
    "match": Classic(
        "match to sample", "Two items, a delay apart: are they the same (1) or not (−1)?",
        tasks.MatchToSample(noise=0.0), ("item A", "item B"), [[0.0, 0.0, 500.0], [0.0, 1.0, 1000.0], [1.0, 1.0, 500.0]],
    ),
    "ring": Classic(
        "memory of an angle", "An angle is shown as its cosine and sine: give both back while the cue is on.",
        tasks.RingMemory(noise=0.0), ("cosine", "sine", "cue"),
        np.array([[0, 500], [np.pi / 2, 1000], [-3 * np.pi / 4, 500]]),
    ),
    "interval": Classic(
        "ready, set, go", "Ready and Set are some time apart: rise so that κ₁ passes 1 that much later.",
        tasks.ReadySetGo(noise=0.0), ("Ready", "Set"), [[480.0], [640.0], [800.0]],
    ),
    "addition": Classic(
        "addition", "Two numbers, one after the other: give their mean while the cue is on.",
        tasks.Addition(), ("number", "cue"),
    ),
}  # fmt: skip


def networks() -> dict[str, LowRankRNN]:
    """The gallery's firing-rate networks that are there, of at most two latents."""
    found = {name: FOLDER / f"{name}-firing-rate.npz" for name in CLASSICS}
    loaded = {name: load(path) for name, path in found.items() if path.is_file()}
    return {name: net for name, net in loaded.items() if net.n_latents <= MOST}


def examples(classic: Classic) -> tuple[Array, Array]:
    """Inputs (T, 3, D) and targets (T, 3, P) of three trials without noise, but for the addition's numbers."""
    if classic.conditions is None:
        return classic.task.sample(3, 0)
    return classic.task.trials(np.array(classic.conditions), 0)


def runs(values: Array, dt: float) -> list[list[float]]:
    """[from, to, size], ms, wherever `values` (T,) stay at a size other than 0."""
    values = np.round(values, 6)
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return [[begin * dt, end * dt, float(values[begin])] for begin, end in pairwise(edges) if values[begin]]


def trial(inputs: Array, targets: Array, scored: slice, dt: float) -> dict[str, Any]:
    """A trial of inputs (T, D) and targets (T, P): inputs as [channel, from, to, size], and the answer where it counts."""
    begin = max(0, int(np.flatnonzero(inputs.any(axis=1))[0]) - BEFORE)
    heard = [[channel, *run] for channel, values in enumerate(inputs[begin:].T) for run in runs(values, dt)]
    due = scored.indices(len(inputs))[0]
    return {"steps": len(inputs) - begin, "inputs": heard, "due": due - begin, "answer": targets[due:].round(6).tolist()}


def channel(name: str, sizes: list[list[float]], negative: bool) -> dict[str, Any]:
    """What a button gives on a channel: the largest size of the examples' [from, to, size], as long as the longest lasts."""
    size, ms = max(abs(size) for *_, size in sizes), max(end - begin for begin, end, _ in sizes)
    return {"name": name, "size": size, "ms": ms, "signs": [1, -1] if negative else [1]}


def as_json(classic: Classic, net: LowRankRNN) -> dict[str, Any]:
    """A network with its task. Weights are float32, a column each, little end first, in base64: short, and exact."""
    inputs, targets = examples(classic)
    drawn, _ = classic.task.sample(200, 0)
    trials = [trial(inputs[:, b], targets[:, b], classic.task.scored, net.dt) for b in range(inputs.shape[1])]
    sizes = [[run for b in range(inputs.shape[1]) for run in runs(inputs[:, b, d], net.dt)] for d in range(net.n_inputs)]
    far = np.abs(net.simulate(inputs.astype(net.dtype)).latents).max()
    return {
        "title": classic.title,
        "question": classic.question,
        "outputs": targets.shape[2],
        "inputs": [channel(name, sizes[d], (drawn[..., d] < 0).any()) for d, name in enumerate(classic.inputs)],
        "trials": trials,
        "room": round(float(1.1 * far), 1),
        "neurons": net.n_neurons,
        "weights": {"embedding": packed(net.embedding), "encoding": packed(net.encoding),
                    "inputWeights": packed(net.input_weights), "bias": packed(net.bias[:, None])[0]},
        "tau": net.tau,
        "dt": net.dt,
    }  # fmt: skip


def packed(columns: Array) -> list[str]:
    """Columns (N, K) as K texts."""
    return [base64.b64encode(column.astype("<f4").tobytes()).decode() for column in columns.T]


def data() -> dict[str, Any]:
    """All classic tasks of which there is a network."""
    return {name: as_json(CLASSICS[name], net) for name, net in networks().items()}


def script() -> str:
    """The script that adds them to the page's numbers. Only the laboratory's own page loads it."""
    return f"window.LPULab.data.classics = {json.dumps(data(), ensure_ascii=False, separators=(',', ':'))};\n"
