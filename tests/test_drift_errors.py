"""Bad arguments of the drift module and of what it stands on, by name."""

from dataclasses import replace

import numpy as np
import pytest

from lpu_book import RESULTS
from lpu_core import LowRankRNN, drift, networks, timescales
from lpu_core.gaussian import tanh_kernel

RNG = np.random.default_rng(0)
SMALL = LowRankRNN(*RNG.standard_normal((2, 30, 2)), RNG.standard_normal((30, 1)), RNG.standard_normal(30), dt=2.0)
THREE_BITS = networks.load(RESULTS / "flip_flop_3bit/fine_tuned_00.npz")


def strengths(inputs=1, latents=2, **options):
    """A call of simulate_strengths on the small network."""
    return drift.simulate_strengths(SMALL, SMALL.embedding, [1.0], np.zeros((5, inputs)), np.zeros(latents), **options)


@pytest.mark.parametrize(("call", "name"), [
    (lambda: drift.sample_drift(SMALL.encoding, "sideways", 1.0, 0), "kind"),
    (lambda: drift.sample_drift(SMALL.encoding, "random", -1.0, 0), "sigma"),
    (lambda: drift.sample_drift(SMALL.encoding, "random", np.nan, 0), "sigma"),
    (lambda: drift.sample_drift(np.eye(2), "orthogonal", 1.0, 0), "encoding"),
    (lambda: drift.sample_drift(np.ones((9, 2)), "orthogonal", 1.0, 0), "encoding"),
    (lambda: drift.drifted(SMALL, np.ones((30, 1))), "drift"),
    (lambda: drift.drifted(SMALL, np.full((30, 2), np.nan)), "drift"),
    (lambda: drift.resample(SMALL, 29, 0), "n_neurons"),
    (lambda: drift.coding_groups(SMALL.embedding, 0.0), "threshold"),
    (lambda: drift.group_probabilities(SMALL.embedding, 0.0), "sigma"),
    (lambda: strengths(inputs=2), "inputs"),
    (lambda: strengths(latents=3), "initial_latents"),
    (lambda: strengths(n_observed=31), "n_observed"),
    (lambda: strengths(n_observed=2.5), "n_observed"),
    (lambda: drift.drift_accuracies(THREE_BITS, [1.0], 0, n_observed=2.5), "n_observed"),
    (lambda: drift.drift_accuracies(THREE_BITS, [1.0], 0, n_observed=101), "n_observed"),
    (lambda: drift.drift_accuracies(SMALL, [1.0], 0, n_observed=3), "network"),
    (lambda: drift.coding_groups(np.full((3, 2), np.nan)), "embedding"),
    (lambda: drift.coding_groups(np.ones((3, 40))), "embedding"),
    (lambda: drift.group_probabilities(SMALL.embedding, 0.5, threshold=-1), "threshold"),
    (lambda: drift.tolerance_band([0.5, 1.0, 2.0], [[1.0, 0.5, 0.2]], 0.1, 0, level=-0.5), "level"),
    (lambda: drift.tolerance_threshold([1.0, 1.0, 2.0], [1.0, 0.5, 0.2], 0.125), "sigmas"),
    (lambda: drift.Tolerance(1.0, 0.2, "perhaps"), "status"),
    (lambda: drift.Tolerance(1.0, np.nan, "never falls"), "midpoint"),
    (lambda: drift.Tolerance(None, np.nan, "never falls"), "midpoint"),
    (lambda: drift.Tolerance(np.nan, "0.2", "always below"), "width"),
    (lambda: drift.smooth_tanh(np.ones(3), np.ones(2)), "spread"),
    (lambda: tanh_kernel(1.0, 1.0, 1.5), "xy"),
    (lambda: tanh_kernel(np.ones(2), np.ones(3), 0.0), "yy"),
    (lambda: drift.critical_sigma(replace(SMALL, encoding=np.zeros((30, 2)))), "network"),
    (lambda: drift.DriftLimit(SMALL, np.ones(3)).flow(np.ones((1, 2))), "kappa"),
    (lambda: drift.DriftLimit(SMALL, np.ones(3)).flow(np.ones(2)), "kappa"),
    (lambda: drift.DriftLimit(SMALL, np.ones(3)).simulate(np.zeros((5, 1, 1))), "inputs"),
    (lambda: drift.DriftLimit(SMALL, np.ones(3)).jacobian(np.ones((4, 2))), "kappa"),
    (lambda: strengths(noise_std=0.1), "rng"),
    (lambda: strengths(noise_std=-1), "noise_std"),
    (lambda: drift.drift_accuracies(THREE_BITS, [1.0], 0, n_before=0), "n_before"),
    (lambda: drift.drift_accuracies(THREE_BITS, [1.0], 0, n_before=1, n_after=2), "n_after"),
    (lambda: drift.tolerance_threshold([1.0, 2.0], [1.0, 0.0], 0.125), "sigmas"),
    (lambda: drift.tolerance_threshold([0.0, 1.0, 2.0], [1.0, 0.5, 0.0], 0.125), "sigmas"),
    (lambda: drift.tolerance_threshold([0.5, 1.0, 2.0], [1.0, 0.5], 0.125), "accuracies"),
    (lambda: drift.tolerance_threshold([0.5, 1.0, 2.0], [1.0, np.nan, 0.2], 0.125), "accuracies"),
    (lambda: drift.tolerance_threshold([0.5, 1.0, 2.0], [1.0, 0.5, 0.2], 1.0), "chance"),
    (lambda: drift.smooth_tanh(0.0, 1.0, 3), "order"),
    (lambda: drift.DriftLimit(SMALL, -1.0), "drift_std"),
    (lambda: drift.DriftLimit(SMALL, 1.0, -1.0), "noise_std"),
    (lambda: drift.DriftLimit(replace(SMALL, nonlinearity="relu"), 1.0), "network"),
    (lambda: drift.DriftLimit(SMALL, 1.0).simulate(np.zeros((5, 2, 1)), initial_latents=np.ones(2)), "initial_latents"),
    (lambda: drift.DriftLimit(SMALL, 1.0).simulate(np.zeros((5, 1, 1)), initial_latents=[[np.nan] * 2]), "initial_latents"),
    (lambda: drift.rescaling(1.0, 0.0), "sigma_m"),
    (lambda: drift.rescaling(1.0, 1.0, 0), "n_latents"),
    (lambda: drift.bistable_share(SMALL, 1.0), "network"),
    (lambda: drift.bistable_share(timescales.design_bistable(9, 1.0, 1.0, 0.5, 0), 0.0), "sigma"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()


def test_drift_beyond_all_numbers_leaves_nothing_and_none_leaves_all():
    np.testing.assert_array_equal(drift.rescaling([0.0, 1.0, 1e300], sigma_m=1e-300, n_latents=3), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(drift.rescaling([0.0, 1.0], sigma_m=1e300), [1.0, 1.0])
