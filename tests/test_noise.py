"""What noise does to κ when the step changes, against the closed form of a linear network."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from lpu_core import LowRankRNN
from lpu_core.noise import rescaled_std

TRIALS = 4000
NET = LowRankRNN(np.ones((2, 1)), 0.5 * np.ones((2, 1)), np.zeros((2, 1)), nonlinearity=np.positive)  # c = ½, decay in 20 ms


def stationary_variance(net, std):
    """κ' = (1 − α(1 − c)) κ + α η, η ~ N(0, std² Σ n²/N²): the variance α² Var η/(1 − (1 − α(1 − c))²)."""
    alpha, c = net.dt / net.tau, (net.encoding * net.embedding).mean()
    eta = std**2 * np.square(net.encoding).sum() / net.n_neurons**2
    return alpha**2 * eta / (1 - (1 - alpha * (1 - c)) ** 2)


def measured_variance(net, std, seed):
    """Over independent trials, after 20 times the decay time."""
    n_steps = int(400 / net.dt)
    return net.simulate(np.zeros((n_steps, TRIALS, 1)), noise_std=std, rng=seed).latents[-1, :, 0].var(ddof=1)


@pytest.mark.parametrize("new_dt", [5.0, 2.5, 0.5])
def test_a_linear_network_has_the_stationary_variance_of_the_closed_form(unchecked_shapes, new_dt):
    """(B − 1) s²/σ² is χ² of B − 1; two-sided at 1e-6."""
    net, std = replace(NET, dt=new_dt), rescaled_std(0.3, 5.0, new_dt)
    low, high = chi2.ppf([5e-7, 1 - 5e-7], TRIALS - 1) / (TRIALS - 1)
    assert low < measured_variance(net, std, 1) / stationary_variance(net, std) < high


def test_the_rescaled_noise_keeps_the_diffusion_and_the_same_noise_does_not():
    """α (1 − c) = ¼ at Δt = 5 ms: the variance changes by (2 − ¼)/2 at most. Twin: unchanged, it falls with Δt."""
    before = stationary_variance(NET, 0.3)
    for new_dt in (1.0, 0.1, 0.01):
        net = replace(NET, dt=new_dt)
        std = rescaled_std(0.3, 5.0, new_dt)
        gathered = [s**2 * d for s, d in ((0.3, 5.0), (std, new_dt))]  # ∝ variance a time
        np.testing.assert_allclose(*gathered)
        share = 0.5 * new_dt / 10
        np.testing.assert_allclose(stationary_variance(net, std) / before, (2 - 0.25) / (2 - share))
        np.testing.assert_allclose(stationary_variance(net, 0.3) / before, new_dt / 5 * (2 - 0.25) / (2 - share))


def test_there_and_back_is_the_same_noise():
    assert rescaled_std(rescaled_std(0.3, 5.0, 1.0), 1.0, 5.0) == pytest.approx(0.3)
    assert rescaled_std(0.0, 5.0, 1.0) == 0


@pytest.mark.parametrize(("arguments", "message"), [
    ((-0.1, 5.0, 1.0), "noise_std: expected a number of at least 0, got -0.1"),
    ((0.1, 0.0, 1.0), "dt: expected a number above 0, got 0"),
    ((0.1, 5.0, np.nan), "new_dt: expected a number above 0, got nan"),
])  # fmt: skip
def test_bad_noise_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        rescaled_std(*arguments)
