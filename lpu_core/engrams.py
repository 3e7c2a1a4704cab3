"""Engrams: autoencoders and how many latents they need, local learning by a comparator, and memories found by index units.

Beyond the paper. An autoencoder makes a code of D latents and from the code a reconstruction; what D must be is a matter of
topology (Proposition 1), what a code of D noisy latents can hold one of information (Propositions 6 and 7).
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.optimize import brentq, least_squares
from scipy.special import betainc, hyp2f1, log_ndtr
from sklearn.neighbors import NearestNeighbors

from lpu_core.networks import Array, Seed, _as_floats, _cast, _require
from lpu_core.training import Diverged, _adam, _annealed, _arrays, _stack, _tanh_

# ------------------------------------------------------------------ manifolds of known dimension


def _sphere(n: int, d: int, rng: np.random.Generator) -> Array:
    x = rng.standard_normal((n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def _torus(n: int, rng: np.random.Generator) -> Array:
    angles = rng.uniform(0, 2 * np.pi, (n, 2))
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


@dataclass(frozen=True)
class Manifold:
    """A manifold in K latents. intrinsic: its dimension d; embeds: the least D in which it fits without touching itself."""

    intrinsic: int
    embeds: int
    draw: Callable[[int, np.random.Generator], Array]

    def sample(self, n_points: int, rng: Seed) -> Float[Array, "S K"]:
        """Uniform points on it."""
        _require(n_points >= 1, "n_points", "at least 1", n_points)
        return self.draw(n_points, np.random.default_rng(rng))


MANIFOLDS = {
    "segment": Manifold(1, 1, lambda n, rng: rng.uniform(-1, 1, (n, 1))),
    "patch": Manifold(2, 2, lambda n, rng: rng.uniform(-1, 1, (n, 2))),
    "circle": Manifold(1, 2, lambda n, rng: _sphere(n, 2, rng)),
    "sphere": Manifold(2, 3, lambda n, rng: _sphere(n, 3, rng)),
    "torus": Manifold(2, 3, _torus),
}
"""Two with a border and three without; the torus stands flat in four latents, K = 4."""


def knee(errors: Float[Array, " D"]) -> int:
    """The D at which the errors of 1, 2, … latents fall most, as a ratio; no latent at all has the error 1."""
    _require(len(errors) > 0 and np.all(np.asarray(errors) > 0), "errors", "numbers above 0", errors)
    return int(np.argmax(-np.diff(np.log(np.concatenate([[1.0], errors]))))) + 1


def antipodal_pair(encode: Callable[[Array], Array], n_dims: int, rng: Seed, n_starts: int = 2000) -> Float[Array, " d"]:
    """A point x of the unit sphere S^{d−1} with f(x) = f(−x) for a continuous `encode` f, (S, d) → (S, D), D < d.

    Borsuk and Ulam: there is one. From the best of `n_starts` random points by least squares; n_dims: d. Raises
    RuntimeError where none is found, as may be for D ≥ d or an f that jumps.
    """
    _require(n_dims >= 2, "n_dims", "at least 2", n_dims)
    x = _sphere(n_starts, n_dims, np.random.default_rng(rng))
    gap = encode(x) - encode(-x)
    scale = float(np.std(encode(x)))

    def difference(v: Array) -> Array:
        u = (v / np.linalg.norm(v))[None]
        return ((encode(u) - encode(-u)) / scale)[0]

    for start in x[np.argsort(np.linalg.norm(gap, axis=1))[:10]]:
        found = least_squares(difference, start, xtol=1e-15, ftol=1e-15, gtol=1e-15)
        if np.abs(found.fun).max() < 1e-7:
            return found.x / np.linalg.norm(found.x)
    raise RuntimeError(f"no antipodal pair with one code found: the nearest are {np.abs(found.fun).max():.2g} apart")


# ------------------------------------------------------------------ intrinsic dimension


def dimension_from_distances(distances: Float[Array, "S k"]) -> float:
    """The dimension from each point's distances to its k nearest neighbours, the nearest first.

    d̂ = (S(k−1) − 1)/Σ log(T_k/T_j), the sum over points and j < k. For uniform points with neighbourhoods of their own it
    has mean d and variance d²/(S(k−1) − 2). k = 2: TwoNN; larger k: the maximum likelihood estimate, averaged over its
    inverses.
    """
    t = np.asarray(distances, np.float64)
    _require(t.ndim == 2 and t.shape[1] >= 2 and t.shape[0] * (t.shape[1] - 1) > 2, "distances",
             "shape (S, k) with k ≥ 2 and S(k−1) > 2", t.shape)  # fmt: skip
    _require((t > 0).all() and (np.diff(t, axis=1) >= 0).all(), "distances", "above 0 and in ascending order", "others")
    logs = np.log(t[:, -1:] / t[:, :-1])
    _require(logs.sum() > 0, "distances", "that differ", "equal ones")
    return float((logs.size - 1) / logs.sum())


def intrinsic_dimension(points: Any, k: int = 2) -> float:
    """The dimension of the manifold from which `points` (S, N) come: :func:`dimension_from_distances` to k neighbours.

    Raises ValueError where two points coincide.
    """
    points = _as_floats("points", _cast("points", points, np.dtype(float)), (None, None))
    _require(2 <= k < len(points), "k", f"from 2 to {len(points) - 1}", k)
    distances = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[0]
    _require(distances[:, 0].min() > 0, "points", "points that differ", "duplicates")
    return dimension_from_distances(distances)


# ------------------------------------------------------------------ the comparator and what learns from it


def comparator(signal: Any, reconstruction: Any) -> tuple[Any, Any]:
    """e₊ = [x − x̂]₊ and e₋ = [x̂ − x]₊: two excitatory units, each inhibited by the other's input.

    Their sum is |x − x̂|, which is XOR for binary signals; their difference is the error.
    """
    return (signal - reconstruction).clip(0), (reconstruction - signal).clip(0)


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
class Layers:
    """E feed-forward networks of one shape, side by side: a_l = φ(a_{l−1} W_l + b_l), φ = tanh, or none if linear.

    weights: W_l with b_l as its last row, (E, n_{l−1} + 1, n_l) each. linear: of each layer, whether it is.
    """

    weights: tuple[Array, ...]
    linear: tuple[bool, ...]

    def activities(self, inputs: Any) -> list[Array]:
        """[a_0, …, a_L], (E, S, n_l) each, for inputs (S, n_0) or (E, S, n_0)."""
        found = [np.asarray(inputs, self.weights[0].dtype)]
        for w, linear in zip(self.weights, self.linear, strict=True):
            current = found[-1] @ w[:, :-1] + w[:, -1:]
            found.append(current if linear else np.tanh(current))
        return found

    def __call__(self, inputs: Any) -> Float[Array, "E S n"]:
        """a_L."""
        return self.activities(inputs)[-1]

    def split(self, layer: int) -> tuple["Layers", "Layers"]:
        """The layers up to number `layer`, which end in the code, and those behind it: encoder and decoder."""
        _require(0 < layer < len(self.weights), "layer", f"from 1 to {len(self.weights) - 1}", layer)
        return (
            Layers(self.weights[:layer], self.linear[:layer]),
            Layers(self.weights[layer:], self.linear[layer:]),
        )

    def only(self, network: int) -> "Layers":
        """One of the networks, in double precision."""
        return Layers(tuple(w[network : network + 1].astype(np.float64) for w in self.weights), self.linear)


@dataclass(frozen=True, eq=False)
class Learning:
    """What :func:`learn` returns. layers: the networks.

    steps, losses: mean squared error of the batch, summed over outputs, at the recorded steps, (R,) and (R, E).
    cosines: of the hidden synapses' update with the descent of the loss, (R, E); 0 where there is no update.
    """

    layers: Layers
    steps: Int[Array, " R"]
    losses: Float[Array, "R E"]
    cosines: Float[Array, "R E"]


def initial_layers(
    sizes: Sequence[int], seeds: Sequence[int], linear: Sequence[int] = (), widths: Sequence[int] | None = None
) -> Layers:
    """Networks with layers of `sizes`, n_0 … n_L, and weights of N(0, 1/n_{l−1}), without biases; the last layer is linear.

    linear: the numbers of other linear layers. widths: how many units of the narrowest hidden layer each network has, (E,);
    the others' synapses are 0, and no rule moves them.
    """
    _require(len(sizes) >= 2 and min(sizes) >= 1, "sizes", "at least two, of at least 1", sizes)
    _require(len(seeds) > 0, "seeds", "at least one", list(seeds))
    narrow = int(np.argmin(sizes[1:-1])) + 1 if len(sizes) > 2 else None
    if widths is not None:
        fits = narrow is not None and len(widths) == len(seeds) and all(1 <= d <= sizes[narrow] for d in widths)
        _require(fits, "widths", "one for each seed, from 1 to the narrowest hidden layer's size", widths)
    weights: list[list[Array]] = [[] for _ in sizes[1:]]
    for e, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        own = list(sizes)
        if widths is not None and narrow is not None:
            own[narrow] = widths[e]
        for part, n, m, n_own, m_own in zip(weights, sizes, sizes[1:], own, own[1:], strict=False):
            w = np.zeros((n + 1, m), np.float32)
            w[:n_own, :m_own] = rng.standard_normal((n_own, m_own)) / np.sqrt(n_own)
            part.append(w)
    layers = range(1, len(sizes))
    return Layers(tuple(np.stack(part) for part in weights), tuple(n in linear or n == len(sizes) - 1 for n in layers))


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
    """Let networks learn the `targets`, (S, p) or (E, S, p), by one of the :data:`RULES`.

    Each synapse moves by (what arrives) × (its presynaptic activity), averaged over `n_batch` samples (None: all), with a
    step of its own (Adam, a cosine schedule from `learning_rate`): all but backprop stay local. The comparator's activity
    reaches every hidden layer through fixed random synapses of N(0, 1/p), drawn from `rng` as the batches are. Raises
    :class:`lpu_core.training.Diverged` where weights stop being finite.
    """
    _require(rule in RULES, "rule", f"one of {tuple(RULES)}", repr(rule))
    _require(n_steps >= 1, "n_steps", "at least 1", n_steps)
    _require(n_records >= 1, "n_records", "at least 1", n_records)
    _require(learning_rate > 0, "learning_rate", "above 0", learning_rate)
    x = _as_floats("inputs", _cast("inputs", inputs, np.dtype(np.float32)), (None, layers.weights[0].shape[1] - 1))
    _require(n_batch is None or 1 <= n_batch <= len(x), "n_batch", f"None or from 1 to {len(x)}", n_batch)
    e, p = len(layers.weights[0]), layers.weights[-1].shape[2]
    wanted = (len(x), p) if np.ndim(targets) == 2 else (e, len(x), p)
    y = torch.tensor(_as_floats("targets", _cast("targets", targets, np.dtype(np.float32)), wanted))
    rng, data = np.random.default_rng(rng), torch.tensor(x)
    weights = [torch.tensor(w, dtype=torch.float32) for w in layers.weights]
    moments = [torch.zeros(2, *w.shape) for w in weights]
    error, route = RULES[rule]
    feedback = None
    if route != "transposed":
        scale = {"random": p**-0.5, "none": 0.0}[route]
        feedback = [
            _stack(list(scale * rng.standard_normal((e, p, w.shape[2])))) * (w != 0).any(dim=1, keepdim=True)
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
            losses.append(_arrays(true.square().sum(dim=2).mean(dim=1)))
            cosines.append(_cosine(updates[:-1], descent[:-1]))
        rate = _annealed(learning_rate, step, n_steps)
        for w, moment, update in zip(weights, moments, updates, strict=True):
            _adam(w, -update, moment, step + 1, rate, 0.0)
    if not all(w.isfinite().all() for w in weights):
        raise Diverged(f"learning diverged: rule {rule}, learning rate {learning_rate}")
    done = Layers(tuple(_arrays(w) for w in weights), layers.linear)
    return Learning(done, np.array(sorted(records)), np.array(losses), np.array(cosines))


def _forward(weights: list[torch.Tensor], linear: Sequence[bool], inputs: torch.Tensor) -> list[torch.Tensor]:
    found = [inputs]
    for w, is_linear in zip(weights, linear, strict=True):
        current = torch.baddbmm(w[:, -1:], found[-1], w[:, :-1])
        if not is_linear:
            _tanh_(current)
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
    return _arrays((one * other).sum(dim=1) / norms.clamp(min=1e-300))


def unexplained(network: Callable[[Any], Array], points: Float[Array, "S N"]) -> Float[Array, " E"]:
    """The share of the points' variance that each autoencoder loses: Σ‖r̂ − r‖²/Σ‖r − r̄‖², over points (S, N)."""
    lost = np.square(network(points) - points).sum(axis=(1, 2))
    return lost / np.square(points - points.mean(0)).sum()


def learn_binary(
    inputs: Float[Array, "S n"], targets: Float[Array, " S"], n_rounds: int = 1000
) -> tuple[Float[Array, " n"], Int[Array, " R"]]:
    """One unit that learns by XOR of target and output, sample by sample: w += XOR(x, x̂)(1 − 2x̂) · pre. From w = 0.

    Returns w and the number of mistakes in each round, until one has none. The unit fires where w·pre > 0; for a bias add a
    constant input. Rosenblatt's perceptron: on problems with margin γ it makes at most (R/γ)² mistakes, R = max‖pre‖.
    """
    _require(set(np.unique(targets)) <= {0.0, 1.0}, "targets", "zeros and ones", np.unique(targets))
    w, mistakes = np.zeros(inputs.shape[1]), []
    for _ in range(n_rounds):
        wrong = 0
        for pre, target in zip(inputs, targets, strict=True):
            own = float(pre @ w > 0)
            xor = abs(target - own)
            w += xor * (1 - 2 * own) * pre
            wrong += int(xor)
        mistakes.append(wrong)
        if not wrong:
            break
    return w, np.array(mistakes)


# ------------------------------------------------------------------ index units


@dataclass(frozen=True, eq=False)
class IndexUnits:
    """U units, each wired to a pattern of the cue's latents and to one of the answer's: keys (U, A), values (U, B)."""

    keys: Float[Array, "U A"]
    values: Float[Array, "U B"]

    def winners(self, cues: Float[Array, "S A"]) -> Int[Array, " S"]:
        """Which unit gets the most input from each cue: the winner takes all."""
        return np.argmax(cues @ self.keys.T, axis=1)

    def recall(self, cues: Float[Array, "S A"]) -> Float[Array, "S B"]:
        """The winner's pattern of the answer's latents."""
        return self.values[self.winners(cues)]


def store(
    keys: Float[Array, "P A"], values: Float[Array, "P B"], units: Int[Array, " P"] | None = None, scaled: bool = True
) -> IndexUnits:
    """Index units after Hebbian learning: the outer product of active unit and latents, summed over P episodes.

    units: the unit that was active in each episode (None: each has its own). scaled: whether each unit's synapses from the
    cue are then scaled to the same length, as synaptic homeostasis would; those to the answer become a mean.
    """
    _require(len(keys) == len(values) > 0, "values", f"one row for each of {len(keys)} keys, at least one", len(values))
    units = np.arange(len(keys)) if units is None else units
    _require(len(units) == len(keys) and units.min() >= 0, "units", f"{len(keys)} indices", units)
    _require(len(np.unique(units)) == units.max() + 1, "units", "an episode for each unit", units)
    active = np.zeros((len(keys), units.max() + 1), keys.dtype)
    active[np.arange(len(keys)), units] = 1
    wired = active.T @ keys
    if scaled:
        lengths = np.linalg.norm(wired, axis=1, keepdims=True)
        _require((lengths > 0).all(), "keys", "patterns other than 0", "a unit without input")
        wired = wired / lengths
    return IndexUnits(wired, active.T @ values / active.sum(0)[:, None])


_legendre = functools.lru_cache(maxsize=4)(np.polynomial.legendre.leggauss)


@functools.lru_cache(maxsize=256)
def _log_below(n_latents: int, snr: float, scaled: bool) -> tuple[Array, Array]:
    """log F at the nodes of a quadrature, and their weights; F: the chance that another unit gets less input than the right.

    ρ² = SNR/(1 + SNR). Scaled weights: the input is the cosine of pattern and cue; F is that of random directions, its own
    law Fisher's of a correlation. Plain: the input over ‖cue‖ is a = ρR + √(1−ρ²) z, R ~ χ_D and z ~ N(0, 1), and F = Φ(a).
    """
    d, rho2 = n_latents, 1 / (1 + 1 / snr)
    if not scaled:
        node, r_law = _legendre(200)
        r = (node + 1) / 2 * (np.sqrt(d) + 10)
        z, z_law = np.polynomial.hermite_e.hermegauss(80)
        with np.errstate(divide="ignore"):
            law = np.outer(r_law * np.exp((d - 1) * np.log(r / np.sqrt(d)) - (r**2 - d) / 2), z_law)
        return log_ndtr(np.sqrt(rho2) * r[:, None] + np.sqrt(1 - rho2) * z).ravel(), law.ravel() / law.sum()
    node, weight = _legendre(1000)
    angle = np.exp(-35 + (node + 1) / 2 * (35 + np.log(np.pi)))  # between pattern and cue; many nodes near 0
    slant = np.sqrt(rho2) * np.cos(angle)
    logs = (d - 2) * np.log(np.sin(angle)) - (d - 0.5) * np.log1p(-slant)
    law = weight * angle * np.exp(logs - logs.max()) * hyp2f1(0.5, 0.5, d + 0.5, (1 + slant) / 2)
    half = betainc((d - 1) / 2, 0.5, np.sin(angle) ** 2) / 2  # of a smaller angle; beyond a right one, of a larger
    return np.where(angle < np.pi / 2, np.log1p(-half), np.log(np.maximum(half, 1e-300))), law / law.sum()


def recall_probability(n_stored: float, n_latents: int, snr: float, scaled: bool = True) -> float:
    r"""P(the right index unit wins) among P random Gaussian patterns of D latents, from a cue with Gaussian noise.

    .. math::

        \mathrm{P} = \mathbb{E}\,F^{P-1}

    the mean over the pattern and its noise, F as in :func:`_log_below`. snr: variance of a latent over that of its noise.
    """
    _require(n_stored >= 1, "n_stored", "at least 1", n_stored)
    _require(n_latents >= 2, "n_latents", "at least 2", n_latents)
    _require(0 < snr < np.inf, "snr", "a number above 0", snr)
    logs, law = _log_below(n_latents, float(snr), scaled)
    return float(law @ np.exp((n_stored - 1) * logs))


def capacity(n_latents: int, snr: float, scaled: bool = True, share: float = 0.5) -> float:
    """log P of the number P of patterns at which the `share` of them is recalled (:func:`recall_probability`)."""
    _require(0 < share < 1, "share", "a share above 0 and below 1", share)
    recall_probability(1, n_latents, snr, scaled)  # checks
    logs, law = _log_below(n_latents, float(snr), scaled)
    return float(brentq(lambda log_p: law @ np.exp(np.expm1(log_p) * logs) - share, 0.0, 600.0))


def fano_bound(n_stored: float, n_latents: int, snr: float) -> float:
    """No way of recall is right more often than (D/2 log(1 + SNR) + log 2)/log P (Fano, and Shannon's Gaussian channel)."""
    _require(n_stored > 1, "n_stored", "above 1", n_stored)
    return float(min(1.0, (n_latents / 2 * np.log1p(snr) + np.log(2)) / np.log(n_stored)))


# ------------------------------------------------------------------ a second modality

FORMANTS = np.array([
    [[3, 15], [8, 12], [5, 10]],
    [[6, 8], [9, 13], [2, 18]],
    [[4, 19], [3, 9], [3, 7]],
    [[2, 14], [4, 11], [3, 20]],
    [[5, 17], [7, 9], [6, 8]],
    [[6, 18], [9, 14], [4, 13]],
    [[2, 21], [4, 18], [3, 19]],
    [[2, 20], [6, 16], [5, 14]],
    [[7, 19], [8, 17], [2, 12]],
    [[4, 12], [8, 16], [4, 15]],
])  # fmt: skip
"""Two formants in each of three segments of ten names, in bands of 0 to 23: invented, not measured speech."""


def synthetic_spectra(labels: Int[Array, " S"], rng: Seed) -> Float[Array, "S 72"]:
    """Spectra of the ten invented names as many speakers might say them: three segments of 24 bands, from 0 to about 1.

    A speaker shifts all formants by N(0, 0.7²) bands and weighs each segment by a factor of 0.7 to 1.3; noise has s.d. 0.05.
    """
    _require(len(labels) > 0 and labels.min() >= 0 and labels.max() <= 9, "labels", "digits from 0 to 9", labels)
    rng = np.random.default_rng(rng)
    centres = FORMANTS[labels] + 0.7 * rng.standard_normal((len(labels), 1, 1))
    peaks = np.exp(-np.square((np.arange(24) - centres[..., None]) / 1.5) / 2).sum(axis=2)
    sound = peaks * rng.uniform(0.7, 1.3, (len(labels), 3, 1))
    return (sound + 0.05 * rng.standard_normal(sound.shape)).reshape(len(labels), 72)
