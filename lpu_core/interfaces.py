r"""Interfaces: what a hub neuron, an electrode and a decoder over days tell of κ.

A hub reads y = φ(gκ): straight only while gκ is small, and its error is :math:`g^4\langle\kappa^6\rangle/9 + \sigma^2/g^2`.
An electrode averages rates over a width w. Where n has the correlation length ℓ on the sheet, it keeps the share
s = ℓ²/(ℓ² + 2w²) of the signal's variance, and 1/(4πw²D) of the private noise's, D neurons to the unit area.
A decoder w errs after a random drift of s.d. σ by :math:`\sigma\lVert\kappa\rVert(\sum_i w_i^2\varphi_i'^2)^{1/2}`.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import orthogonal_procrustes

from lpu_core.check import Array, Seed, at_least, between, checked, joint, require
from lpu_core.networks import LowRankRNN

_SCALE = between(1e-6, 1e6)
_LENGTH = between(0, 1, "(]")
_SIDE = between(2, 4096)
_DENSITY = between(1e-6, 1e12)
_QUIET = between(0, 1e6)


@checked(latents=between(-1e6, 1e6), gain=_SCALE, noise_std=between(0, 1e6))
def hub_error(latents: Float[Array, " S"], gain: float, noise_std: float) -> float:
    r"""The mean square of y/g − κ for y = tanh(gκ) + ξ: what the hub bends, and σ²/g² of noise.

    latents: samples of κ, (S,). gain: g. noise_std: σ, s.d. of ξ.

    >>> round(hub_error([1.0, -1.0], 0.1, 0.1), 4), round(hub_error([1.0, -1.0], 3.0, 0.1), 4)
    (1.0, 0.4478)
    """
    require(len(latents) > 0, "latents", "at least one sample", latents.shape)
    return float(np.mean((np.tanh(gain * latents) / gain - latents) ** 2) + (noise_std / gain) ** 2)


@checked(latents=between(-1e6, 1e6), noise_std=_SCALE)
def best_hub_gain(latents: Float[Array, " S"], noise_std: float) -> tuple[float, float]:
    r"""g* = (9σ²/(2⟨κ⁶⟩))^{1/6} and its error 3σ²/(2g*²), to leading order: where bending and noise balance.

    latents: samples of κ, (S,), not all 0. noise_std: σ, of the hub's rate.

    >>> gain, error = best_hub_gain([1.0, -1.0], 0.01)
    >>> round(gain, 3), round(error / hub_error([1.0, -1.0], gain, 0.01), 2)
    (0.277, 1.02)
    """
    sixth = float(np.mean(latents**6)) if len(latents) else 0.0
    require(sixth > 0, "latents", "some samples that are not 0", latents.shape)
    gain = (4.5 * noise_std**2 / sixth) ** (1 / 6)
    return gain, 1.5 * (noise_std / gain) ** 2


def _offsets(side: int) -> Array:
    """Distances along an axis of a torus of side 1, from cell 0 to each."""
    steps = np.arange(side) / side
    return np.minimum(steps, 1 - steps)


@checked(side=_SIDE, length=_LENGTH, n_fields=at_least(1))
def smooth_field(side: int, length: float, rng: Seed, n_fields: int = 1) -> Float[Array, "N F"]:
    """Gaussian fields on a torus of side² cells and side 1, of variance 1 and correlation exp(−d²/(2ℓ²)); (side², F).

    length: ℓ, of the sheet's side; well below 1, or the field is one number. n_fields: F, of one draw each.

    >>> field = smooth_field(64, 0.05, rng=0, n_fields=50)
    >>> field.shape, round(float(field.var()), 1)
    ((4096, 50), 1.0)
    """
    line = np.exp(-(_offsets(side) ** 2) / (2 * length**2))
    power = np.maximum(np.fft.fft(line).real, 0)
    power = np.sqrt(np.outer(power, power))
    white = np.random.default_rng(rng).standard_normal((n_fields, side, side))
    return np.fft.ifft2(power * np.fft.fft2(white)).real.reshape(n_fields, -1).T


@checked(side=_SIDE, places=between(0, 1), width=_LENGTH)
def electrodes(side: int, places: Float[Array, "E 2"], width: float) -> Float[Array, "E N"]:
    """What electrodes average, (E, side²): weights exp(−d²/(2w²)) of the cells on the torus, each row with the sum 1.

    places: of the electrodes, (E, 2), from 0 to 1. width: w, of the sheet's side.

    >>> near = electrodes(64, [[0.5, 0.5]], 0.03)
    >>> near.shape, round(1 / np.square(near).sum()), round(4 * np.pi * 0.03**2 * 64**2)  # 4πw²D cells count
    ((1, 4096), 46, 46)
    """
    cells = np.arange(side) / side
    away = np.abs(places[..., None] - cells)  # (E, 2, side)
    bell = np.exp(-(np.minimum(away, 1 - away) ** 2) / (2 * width**2))
    total = bell.sum(-1)
    require((total > 1e-30).all(), "width", "one that reaches a cell", width)
    bell = bell / total[..., None]
    return (bell[:, 0, :, None] * bell[:, 1, None, :]).reshape(len(places), -1)


@checked(length=_SCALE, width=_SCALE, density=_DENSITY, instrument=_QUIET)
def electrode_worth(length: Any, width: Any, density: float, instrument: float) -> Any:
    """An electrode's information on κ over that of one cell, s N_w/(1 + N_w q), with N_w = 4πw²D and s = ℓ²/(ℓ² + 2w²).

    length, width: ℓ, the correlation length of n, and w; numbers or arrays, broadcast. density: D, cells to the unit area.
    instrument: q, the variance of the electrode's own noise over that of a cell's private noise. For signals n_i κ and
    ℓ not below the distance of cells; of salt and pepper an electrode keeps 1/N_w for s.

    >>> [round(float(electrode_worth(length, 0.03, 4096, 0.1)), 2) for length in (0.1, 0.01)]
    [6.97, 0.43]
    """
    length, width = (np.asarray(x, np.float64) for x in (length, width))
    joint("width", width[..., None], "length", length.shape)
    seen = 4 * np.pi * width**2 * density
    return 1 / (1 + 2 * (width / length) ** 2) / (1 / seen + instrument)


@checked(width=_SCALE, density=_DENSITY, instrument=_QUIET)
def crossover_length(width: float, density: float, instrument: float) -> float:
    """ℓ at which an electrode is worth one cell: w √(2s/(1−s)) with s = 1/N_w + q; infinite where s ≥ 1, for no ℓ does.

    width, density, instrument: as in :func:`electrode_worth`.

    >>> length = crossover_length(0.03, 4096, 0.3)
    >>> round(length, 4), round(float(electrode_worth(length, 0.03, 4096, 0.3)), 6)
    (0.0292, 1.0)
    """
    least = 1 / (4 * np.pi * width**2 * density) + instrument
    return float(width * np.sqrt(2 * least / (1 - least))) if least < 1 else np.inf


@checked(kappa=between(-1e6, 1e6), sigma=between(0, 1e6))
def drift_error(network: LowRankRNN, decoder: Float[Array, "N P"], kappa: Any, sigma: float) -> Float[Array, "*batch P"]:
    r"""The r.m.s. by which decoders err at κ after a small random drift: σ ‖κ‖ (Σ w_i² φ′_i²)^{1/2}, (…, P).

    decoder: w, a column each, (N, P). kappa: κ, (…, K). sigma: σ, s.d. of each entry of ΔM. To first order in σ.
    For the anchored decoder n/N it falls as N^(−1/2), as for any whose weights are spread over the neurons.

    >>> net = LowRankRNN([[0.0], [0.0]], [[1.0], [1.0]], np.zeros((2, 0)))
    >>> drift_error(net, [[3.0], [4.0]], [0.5], 0.1)  # 0.1 · 0.5 · 5
    array([0.25])
    """
    require(network.nonlinearity == "tanh", "network", "a tanh network", repr(network.nonlinearity))
    require(len(decoder) == network.n_neurons, "decoder", f"shape ({network.n_neurons}, P)", decoder.shape)
    slopes = 1 - np.square(network.tuning(kappa).astype(np.float64))
    size = np.linalg.norm(np.asarray(kappa, np.float64), axis=-1)[..., None]
    return sigma * size * np.sqrt(slopes**2 @ np.square(decoder.astype(np.float64)))


@checked(n_factors=at_least(1))
def realigned(
    decoder: Float[Array, "N P"], before: Float[Array, "S N"], after: Float[Array, "R N"], n_factors: int
) -> Float[Array, "N P"]:
    """A decoder of an earlier day, turned to a later one without labels: by Procrustes' rotation of the principal axes.

    Of each day the first `n_factors` principal axes are taken; the later ones are rotated to lie as near to the earlier ones
    as they can (scipy.linalg.orthogonal_procrustes), and stand in for them. decoder: w, (N, P). before, after: rates of the
    same neurons, (S, N) and (R, N), centred here.

    >>> rng = np.random.default_rng(0)
    >>> rates = rng.standard_normal((200, 3)) @ rng.standard_normal((3, 8))
    >>> w = np.linalg.pinv(rates - rates.mean(0)) @ rng.standard_normal((200, 1))
    >>> np.allclose(realigned(w, rates, rates[::-1], 3), w)  # nothing has changed
    True
    """
    n = len(decoder)
    for name, rates in (("before", before), ("after", after)):
        fits = rates.shape[1] == n and n_factors <= min(len(rates) - 1, n)
        require(fits, name, f"shape (samples, {n}) with more than {n_factors} samples", rates.shape)
    old, new = (np.linalg.eigh(np.cov(x.T.astype(np.float64)))[1][:, -n_factors:] for x in (before, after))
    turn, _ = orthogonal_procrustes(new, old)
    return new @ turn @ old.T @ decoder
