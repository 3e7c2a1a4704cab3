"""Independent, slower ways to the same numbers: plain loops through the dense weights, quadrature, brute scans.

Nothing here calls the package's own equations; arrays run time first, then trials, then features.
"""

from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from lpu_core import FullRankRNN, LowRankRNN, MultiSynapseNetwork


def bump(x):
    """A nonlinearity that has no name in the package."""
    return x / (1 + x**2)


PHI = {
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "relu": lambda x: x * (x > 0),
    "sin": lambda x: np.imag(np.exp(1j * x)),
    "sign": lambda x: 1.0 * (x > 0) - 1.0 * (x < 0),
    bump: bump,
}
SLOPE = {
    "tanh": lambda x: np.cosh(x) ** -2,
    "relu": lambda x: 1.0 * (x > 0),
    "sin": np.cos,
    bump: lambda x: (1 - x**2) / (1 + x**2) ** 2,
}


def random_network(rng, cls=LowRankRNN, n=30, k=2, d=3, *, bias=True, dtype=np.float64, gain=1.0, **kwargs):
    """A low-rank network of either class with weights of N(0, gain²)."""
    m, enc = gain * rng.standard_normal((2, n, k))
    w, b = rng.standard_normal((n, d)), 0.5 * bias * rng.standard_normal(n)
    return cls(*(a.astype(dtype) for a in (m, enc, w, b)), **kwargs)


def one_latent(m, n, w=1.0, n_neurons=1, **kwargs):
    """τ dκ/dt = −κ + n tanh(mκ + w u)."""
    ones = np.ones((n_neurons, 1))
    return LowRankRNN(m * ones, n * ones, w * ones, **kwargs)


def product_network(gains, cls=LowRankRNN, basis=None, n_each=3):
    """K copies of one_latent side by side, m = 1, n = gain: 3^K fixed points at the copies' roots, seen through `basis`."""
    k = len(gains)
    m = np.kron(np.eye(k), np.ones((n_each, 1)))
    net = cls(m, m * gains * k, np.zeros((k * n_each, 1)))
    return net if basis is None else net.change_basis(basis)


def same_points(found, expected, atol):
    """Whether two sets of points (P, K) are equal up to their order."""
    distance = np.linalg.norm(found[:, None] - expected[None], axis=-1)
    return found.shape == expected.shape and (distance.min(0) < atol).all() and (distance.min(1) < atol).all()


def random_synapses(rng, ranks, n=30, d=3, dtype=np.float64, **kwargs):
    """A multi-synapse network with one synapse for each entry of `ranks`."""
    m, enc = (tuple(rng.standard_normal((n, k)).astype(dtype) for k in ranks) for _ in range(2))
    b = tuple((0.5 * rng.standard_normal(n)).astype(dtype) for _ in ranks)
    return MultiSynapseNetwork(m, enc, rng.standard_normal((n, d)).astype(dtype), b, **kwargs)


def random_full(rng, n=30, k=2, d=3, dtype=np.float64, **kwargs):
    """A full-rank network, W of N(0, 1/N)."""
    parts = rng.standard_normal((n, n)) / np.sqrt(n), rng.standard_normal((n, k)), rng.standard_normal((n, d))
    return FullRankRNN(*(a.astype(dtype) for a in parts), rng.standard_normal(n).astype(dtype), **kwargs)


def dense_weights(m, enc):
    """W_ij = (1/N) Σ_k m_i n_j, entry by entry."""
    n, k = m.shape
    return np.array([[sum(m[i, a] * enc[j, a] for a in range(k)) / n for j in range(n)] for i in range(n)])


def dense_rates(weights, net, inputs, start, noise, alpha=None):
    """r (T, B, N) of τ ṙ = −r + φ(W r + W_in u + b + ε), trial by trial; alpha may be a vector, one a neuron."""
    phi, alpha = PHI[net.nonlinearity], net.dt / net.tau if alpha is None else alpha
    rates = np.empty((len(inputs), *start.shape))
    for trial, r in enumerate(start):
        for t in range(len(inputs)):
            current = weights @ r + net.input_weights @ inputs[t, trial] + net.bias + noise[t, trial]
            r = r + alpha * (phi(current) - r)
            rates[t, trial] = r
    return rates


def dense_currents(weights, net, inputs, start, noise):
    """x (T, B, N) of τ ẋ = −x + W φ(x) + W_in u + b + ε, and κ: Nencᵀ φ(x)/N through the same leak, from `start`."""
    phi, alpha = PHI[net.nonlinearity], net.dt / net.tau
    currents = np.empty((len(inputs), *start.shape))
    for trial, x in enumerate(start):
        for t in range(len(inputs)):
            x = x + alpha * (weights @ phi(x) + net.input_weights @ inputs[t, trial] + net.bias + noise[t, trial] - x)
            currents[t, trial] = x
    return currents


def dense_synapses(net, transfer, inputs, start, noise):
    """r (T, B, N) of τ ṙ = −r + f(W¹r + b¹ + ε¹, …, W_in u), for noise (T, L, B, N)."""
    alpha = net.dt / net.tau
    matrices = [dense_weights(m, enc) for m, enc in zip(net.embeddings, net.encodings, strict=True)]
    rates = np.empty((len(inputs), *start.shape))
    for trial, r in enumerate(start):
        for t in range(len(inputs)):
            currents = [w @ r + b + noise[t, i, trial] for i, (w, b) in enumerate(zip(matrices, net.biases, strict=True))]
            r = r + alpha * (transfer(*currents, net.input_weights @ inputs[t, trial]) - r)
            rates[t, trial] = r
    return rates


def read_out(encoding, rates):
    """κ_k = (1/N) Σ_i n_i r_i."""
    return np.einsum("ik,tbi->tbk", encoding, rates) / len(encoding)


def slow_flow(net, kappa, inputs):
    """dκ/dt at one κ (K,), or at several (K, S), and u (D,), neuron by neuron."""
    total = np.zeros(np.shape(kappa))
    for i in range(len(net.embedding)):
        current = net.embedding[i] @ kappa + net.input_weights[i] @ inputs + net.bias[i]
        total += np.multiply.outer(net.encoding[i], PHI[net.nonlinearity](current))
    return (total / len(net.embedding) - kappa) / net.tau


def difference_jacobian(flow, kappa, step=1e-6):
    """∂ flow/∂κ at one κ (K,), by central differences."""
    columns = []
    for axis in np.eye(len(kappa)):
        columns.append((flow(kappa + step * axis) - flow(kappa - step * axis)) / (2 * step))
    return np.stack(columns, axis=-1)


def roots_by_scan(function, low, high, n=20001):
    """Every root of a function, of a number or of an array of them, that a fine grid brackets."""
    grid = np.linspace(low, high, n)
    values = function(grid)
    at = np.flatnonzero(values[:-1] * values[1:] < 0)
    return np.array([brentq(function, grid[i], grid[i + 1], xtol=1e-14) for i in at])


def flip_flop_targets(pulses):
    """The sign of each channel's latest pulse, step by step."""
    targets = np.zeros_like(pulses)
    for trial in range(pulses.shape[1]):
        for bit in range(pulses.shape[2]):
            state = 0.0
            for t in range(len(pulses)):
                if pulses[t, trial, bit] != 0:
                    state = 1.0 if pulses[t, trial, bit] > 0 else -1.0
                targets[t, trial, bit] = state
    return targets


def flip_flop_counted(pulses, settle):
    """Whether each step counts: every channel has had a pulse, the latest on any at least `settle` steps ago."""
    counted = np.zeros(pulses.shape[:2], bool)
    for trial in range(pulses.shape[1]):
        for t in range(len(pulses)):
            latest = []
            for bit in range(pulses.shape[2]):
                times = [s for s in range(t + 1) if pulses[s, trial, bit] != 0]
                latest.append(times[-1] if times else None)
            counted[t, trial] = None not in latest and t - max(latest) >= settle
    return counted


def gaussian_quad(function, std=1.0):
    """E[f(x)], x ~ N(0, std²), by adaptive quadrature on pieces fine enough for a steep f at the origin."""
    edges = [0.0, 1e-3, 1e-2, 0.1, 0.5, 1.0, 2.0, 4.0, 9.0]

    def density(z):
        return (function(std * z) + function(-std * z)) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    return sum(quad(density, a, b, epsabs=1e-14, epsrel=1e-12, limit=200)[0] for a, b in pairwise(edges))


def contrast(first, second):
    """The contrast ratio of two colours "#rrggbb" by WCAG 2.1."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
