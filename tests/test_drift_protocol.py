"""The drift experiment against its protocol written out by hand, and the band against its bootstrap."""

import numpy as np
import pytest

from lpu_book import RESULTS
from lpu_core import drift, networks
from lpu_core.noise import gaussian_noise
from lpu_core.tasks import FlipFlop

FLIPFLOP = networks.load(RESULTS / "flip_flop_2bit/fine_tuned_00.npz").astype(np.float64)


def by_hand(network, sigmas, seed, n_before, n_after, noise_std, n_observed):
    """The whole protocol of drift_accuracies, neuron by neuron, through the rates and one drifted network after another."""
    rng = np.random.default_rng(seed)
    n_neurons, n_bits = network.embedding.shape
    n_steps = n_before + n_after
    pulses, _ = FlipFlop(n_bits, n_steps=n_steps).sample(1, rng)
    pulses = pulses[:, 0]
    rates = 0.1 * rng.standard_normal(n_neurons)  # INITIAL_STD

    def run(net, kappa, inputs, noise):
        """κ of all neurons and of the first few after each step; the rates that are read start at 0."""
        seen, everything, few = np.zeros(n_neurons), [], []
        for u in inputs:
            current = net.embedding @ kappa + net.input_weights @ u + net.bias + noise()
            kappa = (1 - net.alpha) * kappa + net.alpha * net.encoding.T @ np.tanh(current) / n_neurons
            seen = (1 - net.alpha) * seen + net.alpha * np.tanh(current)
            everything.append(kappa)
            few.append(net.encoding[:n_observed].T @ seen[:n_observed] / n_observed)
        return np.array(everything), np.array(few)

    def fresh():
        return gaussian_noise(noise_std, rng, (n_neurons,), np.float64)

    kappa = run(network, network.encoding.T @ rates / n_neurons, pulses[:n_before], fresh())[0][-1]
    bits, age = np.zeros(n_bits), np.full(n_bits, -np.inf)
    targets, counted = np.zeros((n_steps, n_bits)), np.zeros(n_steps, bool)
    for t in range(n_steps):
        bits = np.where(pulses[t] != 0, pulses[t], bits)
        age = np.where(pulses[t] != 0, 0, age + 1)
        targets[t], counted[t] = bits, bits.all() and age.min() >= 2
    last = np.flatnonzero(counted & (np.arange(n_steps) >= n_steps - n_after // 2))
    accuracies = np.zeros((3, 2, len(sigmas)))
    for i, kind in enumerate(("random", "orthogonal", "tangential")):
        change = drift.sample_drift(network.encoding, kind, 1.0, rng)
        state = rng.bit_generator.state
        for s, sigma in enumerate(sigmas):
            rng.bit_generator.state = state  # all strengths hear the same noise
            both = run(drift.drifted(network, sigma * change), kappa, pulses[n_before:], fresh())
            for j, latents in enumerate(both):
                right = [all(np.sign(latents[t - n_before]) == targets[t]) for t in last]
                accuracies[i, j, s] = np.mean(right)
    return accuracies


@pytest.mark.parametrize("seed", range(4))
def test_the_experiment_is_the_protocol_by_hand(seed):
    """Noise before the drift and after it, pulses, counted steps, readouts: every accuracy, exactly."""
    sizes = {"n_before": 7, "n_after": 120, "noise_std": 0.8, "n_observed": 60}
    sigmas = np.array([0.05, 0.3, 1.0])
    found = drift.drift_accuracies(FLIPFLOP, sigmas, [40, seed], **sizes)
    np.testing.assert_allclose(found, by_hand(FLIPFLOP, sigmas, [40, seed], **sizes), atol=1e-12)
    assert len(np.unique(found)) > 5


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_the_band_holds_the_share_of_the_samples_that_it_says(level):
    """Against midpoints fitted one by one to resampled runs: as many of them lie below the band as above it."""
    sigmas = np.geomspace(0.01, 30, 22)
    runs = np.stack([0.125 + 0.875 / (1 + (sigmas / middle) ** 5) for middle in np.geomspace(0.3, 3, 6)])
    low, high = drift.tolerance_band(sigmas, runs, 0.125, 3, n_draws=101, level=level)
    rng = np.random.default_rng(3)
    midpoints = np.sort([drift.tolerance_threshold(sigmas, runs[rng.integers(6, size=6)].mean(0), 0.125).midpoint
                         for _ in range(101)])  # fmt: skip
    left_out = round(100 * (1 - level) / 2)
    assert (low, high) == (midpoints[left_out], midpoints[-1 - left_out])
    assert low < high


@pytest.mark.parametrize(("after", "kept"), [
    ([[2.0, 0.1], [0.1, 0.2], [-0.3, 0.0]], True),  # in any order, at any distance
    ([[1.0, 0.1], [0.9, -0.1], [-0.5, 0.0]], False),  # two near one
    ([[1.0, 0.0], [0.0, 1.0]], False),  # one lost
    ([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]], False),  # one more
    ([[1.0, 0.0], [0.0, 1.0], [-0.6, -0.8]], False),  # one turned by more than 45°
    ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], False),  # one at the origin
])  # fmt: skip
def test_states_are_kept_one_for_one_near_their_old_directions(after, kept):
    before = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert drift.keeps_states(before, after) is kept
    assert drift.keeps_states(before[::-1], after) is kept and drift.keeps_states(before[:0], before[:0])
