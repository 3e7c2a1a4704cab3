r"""Pushes: what a displacement δr of the rates does to κ and to the output, the smallest that does it, and random synapses.

A push enters κ through K numbers alone, at once and at any strength, and what is left of it t steps later is linear in it
while it is small:

.. math:: \delta\kappa[0] = \tfrac1N N_\mathrm{enc}^\top\delta r,\qquad
    \delta\kappa[t] = \Phi_t\,\delta\kappa[0] + O(\delta r^2),\qquad
    \Phi_t = \prod_{s<t} \bigl(I + \Delta t\,\partial G/\partial\kappa[s]\bigr).

So of all pushes with one effect, now or later, the shortest lies in the encoding subspace.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from lpu_core.check import Array, Seed, between, checked, floats, require
from lpu_core.gaussian import smooth_tanh, tanh_slopes
from lpu_core.networks import FullRankRNN, LowRankRNN
from lpu_core.networks.base import finite
from lpu_core.networks.low_rank import LowRankWeights
from lpu_core.surgery import indices


@checked()
def propagators(
    network: LowRankRNN, inputs: Float[Array, "T B D"], initial_latents: Float[Array, "B K"]
) -> Float[Array, "T B K K"]:
    """Φ_t after each step t = 1, …, T, (T, B, K, K), along the undisturbed course: δκ[t] ≈ Φ_t δκ[0].

    inputs: u, (T, B, D). initial_latents: κ[0], (B, K), where the push comes.

    >>> decay = LowRankRNN([[0.0]], [[1.0]], np.zeros((1, 0)))
    >>> propagators(decay, np.zeros((2, 1, 0)), [[0.3]]).ravel()  # 1 − α, and its square
    array([0.5 , 0.25])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        kappa = finite(network.simulate(inputs, initial_latents=initial_latents).latents)
    before = np.concatenate([np.asarray(initial_latents, network.dtype)[None], kappa[:-1]])
    steps = np.eye(network.n_latents) + network.dt * network.jacobian(before, inputs)
    for t in range(1, len(steps)):
        steps[t] = steps[t] @ steps[t - 1]
    return steps


@checked()
def smallest_push(
    network: LowRankWeights, change: Float[Array, "*batch K"], neurons: Any = None
) -> Float[Array, "*batch N"]:
    """The shortest δr of the rates that moves κ by Δκ: N Nenc (NencᵀNenc)⁻¹ Δκ, exactly, at any strength; (…, N).

    change: Δκ, (…, K). neurons: a mask or indices of those that can be pushed, all if None: then Nenc has their rows alone.
    Raises ValueError where their encoding vectors do not span all latents.

    >>> pair = LowRankRNN(np.ones((2, 1)), [[3.0], [4.0]], np.zeros((2, 0)))
    >>> smallest_push(pair, [1.0]), smallest_push(pair, [1.0], neurons=[0])  # n·δr/2 = 1
    (array([0.24, 0.32]), array([0.66666667, 0.        ]))
    """
    rows = np.arange(network.n_neurons) if neurons is None else indices(neurons, network.n_neurons)
    push = np.zeros((*change.shape[:-1], network.n_neurons))
    push[..., rows] = _reach("neurons", network.encoding[rows], change) * network.n_neurons
    return push


@checked()
def push_along(
    network: LowRankWeights, change: Float[Array, "*batch K"], patterns: Float[Array, "P N"]
) -> Float[Array, "*batch N"]:
    """The shortest δr that moves κ by Δκ of all sums of the `patterns`, (P, N), that can be pushed; (…, N).

    change: Δκ, (…, K). With the rows of Mᵀ as patterns it is what tuning offers, and its length, against that of
    :func:`smallest_push`, is for K = 1 one over the cosine of m and n. Raises ValueError where the patterns do not move all
    latents.

    >>> pair = LowRankRNN(np.ones((2, 1)), [[3.0], [4.0]], np.zeros((2, 0)))
    >>> push_along(pair, [1.0], pair.embedding.T).round(3)
    array([0.286, 0.286])
    """
    n = network.n_neurons
    require(patterns.shape[1] == n, "patterns", f"shape (P, {n})", patterns.shape)
    basis, values, _ = np.linalg.svd(patterns.T.astype(np.float64), full_matrices=False)
    basis = basis[:, values > values.max(initial=0) * 1e-12 * n]  # orthonormal: lengths stay what they are
    return _reach("patterns", basis.T @ network.encoding, change) * n @ basis.T


def _reach(name: str, encoding: Array, change: Array) -> Array:
    """The shortest x with encodingᵀ x = change, for encoding (P, K), that of the argument `name`."""
    exact = encoding.astype(np.float64)
    k = exact.shape[1]
    require(change.shape[-1] == k, "change", f"shape (…, {k})", change.shape)
    values = np.linalg.svd(exact, compute_uv=False)
    spans = len(values) == k and k > 0 and values[-1] > 1e-10 * values[0]
    require(spans, name, f"some that move all {k} latents", f"singular values {values}")
    return change @ np.linalg.pinv(exact)


@checked(keep=between(0, 1, "(]"))
def masked(network: LowRankRNN, keep: float, rng: Seed) -> FullRankRNN:
    """The network with a random share `keep` of its N² synapses, each of them 1/`keep` times as strong; the rest are gone.

    Dense, for small N.

    >>> net = LowRankRNN(np.ones((50, 1)), np.ones((50, 1)), np.zeros((50, 0)))
    >>> weights = masked(net, 0.5, rng=0).weights
    >>> np.unique(weights * 50), (weights > 0).mean().round(1)
    (array([0., 2.]), np.float64(0.5))
    """
    dense = network.dense()
    there = np.random.default_rng(rng).random(dense.weights.shape) < keep
    return replace(dense, weights=dense.weights * (there / keep).astype(network.dtype))


@checked(rates=between(-1e6, 1e6), ratio=between(0, 1e6), keep=between(0, 1, "(]"))
def chance_law(
    network: LowRankRNN, rates: Float[Array, "*batch N"], ratio: float = 0.0, keep: float = 1.0, inputs: Any = None
) -> tuple[Float[Array, "*batch K"], Float[Array, "*batch K K"]]:
    r"""How random synapses change what the network feeds back, F = Nencᵀ φ(W r + W_in u + b)/N: mean and covariance of ΔF.

    With W_ij → b_ij W_ij/p + J_ij the current of neuron i changes by a sum over N synapses, of mean 0 and variance

    .. math:: s_i^2 = \varrho^2\,\mathrm{var}(W)\,\lVert r\rVert^2 + \tfrac{1-p}{p}\,\sum_j W_{ij}^2 r_j^2 = O(1/N).

    rates: r, (…, N). ratio: ϱ, the s.d. of J over that of W's entries. keep: p, the share of synapses that is left.
    inputs: u, (…, D), or None. Over draws of J the law is exact; for the mask it takes the sum over synapses for normal.
    Both parts of ΔF fall as 1/N, mean and s.d., at any ϱ and p: the weights look as different as ever.

    >>> net = LowRankRNN(np.ones((50, 1)), np.ones((50, 1)), np.zeros((50, 0)))
    >>> mean, covariance = chance_law(net, np.full(50, 0.5), keep=0.5)
    >>> mean.round(4), covariance.round(6)
    (array([-0.0018]), array([[6.2e-05]]))
    """
    require(network.nonlinearity == "tanh", "network", "a tanh network", repr(network.nonlinearity))
    n = network.n_neurons
    require(rates.shape[-1] == n, "rates", f"shape (…, {n})", rates.shape)
    r, m, enc = (part.astype(np.float64) for part in (rates, network.embedding, network.encoding))
    current = np.asarray(network.current(r @ enc / n, inputs), np.float64)
    variance = np.trace((m.T @ m) @ (enc.T @ enc)) / n**4 - (m.sum(0) @ enc.sum(0) / n**3) ** 2
    added = ratio**2 * max(variance, 0.0) * np.square(r).sum(-1)
    through = np.einsum("...j,jk,jl->...kl", np.square(r), enc, enc, optimize=True) / n**2
    lost = (1 / keep - 1) * np.einsum("ik,...kl,il->...i", m, through, m, optimize=True)
    spread = np.sqrt(added[..., None] + lost)
    mean = smooth_tanh(current, spread)
    noise = np.maximum(1 - tanh_slopes(current, spread)[0] - mean**2, 0)
    change = floats("rates", mean - np.tanh(current), current.shape) @ enc / n
    return change, np.einsum("...i,ik,il->...kl", noise, enc, enc, optimize=True) / n**2
