"""Escape: the law of passage times against a chain solved exactly, simulation and Kramers, and twins without a hill."""

from dataclasses import replace

import numpy as np
import pytest
from pytest import approx

from lpu_core import LowRankRNN, dynamics, escape
from lpu_core.design import design_bistable
from lpu_core.gaussian import smooth_tanh
from lpu_core.limits import DriftLimit
from lpu_core.surgery import take

BIT = design_bistable(25, 20.0, 10.0, 0.8, rng=3, dtype=np.float64)
NOISE = 1.0


def copies(network, times):
    """Every neuron `times` times: the same flow, noise of 1/times the variance."""
    return take(network, np.tile(np.arange(network.n_neurons), times))


def states(network, noise=NOISE):
    """Low well, top, high well of the smoothed flow."""
    return np.sort(dynamics.fixed_points(DriftLimit(network, noise_std=noise)).points.ravel())


def of_the_chain(network, start, target, noise):
    """The mean number of steps of the chain, Gaussian in each step, by one linear system on a grid."""
    (low,), (high,) = network.bounding_box()
    grid = np.linspace(max(low, -6), min(high, 6), 1601)
    mean = grid + network.dt * DriftLimit(network, noise_std=noise).flow(grid[:, None])[:, 0]
    spread = np.sqrt(network.dt * escape.diffusion(network, grid, noise))
    kernel = np.exp(-np.square((grid - mean[:, None]) / spread[:, None]) / 2)
    kernel /= kernel.sum(1, keepdims=True)
    inside = grid > target
    steps = np.linalg.solve(np.eye(inside.sum()) - kernel[np.ix_(inside, inside)], np.ones(inside.sum()))
    return np.interp(start, grid[inside], steps)


def test_the_diffusion_is_the_variance_of_a_step():
    rng, kappa = np.random.default_rng(0), 0.7
    noise = NOISE * rng.standard_normal((200_000, 25))
    step = BIT.alpha * np.tanh(BIT.embedding[:, 0] * kappa + noise) @ BIT.encoding[:, 0] / 25
    assert escape.diffusion(BIT, kappa, NOISE) == approx(step.var() / BIT.dt, rel=0.02)  # s.e. 0.3 %
    drift = BIT.dt * DriftLimit(BIT, noise_std=NOISE).flow([kappa])
    smoothed = BIT.alpha * (smooth_tanh(BIT.embedding[:, 0] * kappa, NOISE) @ BIT.encoding[:, 0] / 25 - kappa)
    assert drift == approx(smoothed, abs=1e-9)


def test_the_law_is_that_of_the_chain_where_steps_are_short():
    fine = LowRankRNN(np.ones((2, 1)), np.full((2, 1), 1.5), np.zeros((2, 0)), dt=0.2)
    low, _, high = states(fine, 0.8)
    exact = fine.dt * of_the_chain(fine, high, low, 0.8)
    assert escape.passage_time(fine, high, low, 0.8) == approx(exact, rel=0.03)


def test_and_not_where_they_are_long_and_wells_deep():
    deep = copies(BIT, 3)
    low, _, high = states(deep, 0.8)
    coarse = replace(deep, dt=BIT.tau)
    exact = coarse.dt * of_the_chain(coarse, high, low, 0.8)
    assert abs(escape.passage_time(coarse, high, low, 0.8) / exact - 1) > 0.1


def test_the_law_is_what_simulation_gives():
    low, _, high = states(BIT)
    run = BIT.simulate(np.zeros((20_000, 100, 1)), initial_latents=np.full((100, 1), high), noise_std=NOISE, rng=1)
    stays = BIT.dt * escape.dwell_times(run.latents[..., 0], low, high)
    assert len(stays) > 1000
    assert stays.mean() == approx(escape.passage_time(BIT, high, low, NOISE), rel=0.15)


def test_to_a_symmetric_network_both_ways_take_as_long():
    low, _, high = states(BIT)
    assert escape.passage_time(BIT, low, high, NOISE) == approx(escape.passage_time(BIT, high, low, NOISE), rel=1e-3)


def test_kramers_is_the_limit_of_high_hills():
    low, top, high = states(BIT)
    ratios = []
    for times in (2, 8):
        network = copies(BIT, times)
        ratios.append(escape.kramers_time(network, high, top, NOISE) / escape.passage_time(network, high, low, NOISE))
    assert abs(ratios[1] - 1) < 0.02 < abs(ratios[0] - 1)


def test_a_bit_lives_exponentially_long_in_its_neurons_and_a_state_without_a_hill_does_not():
    low, _, high = states(BIT)
    lives = [escape.passage_time(copies(BIT, times), high, low, NOISE) for times in (2, 4, 8)]
    assert lives[2] / lives[1] == approx((lives[1] / lives[0]) ** 2, rel=0.3) and lives[1] > 10 * lives[0]
    weak = replace(BIT, encoding=BIT.encoding * 0.4)  # c < 1: one state
    ends = [escape.passage_time(copies(weak, times), 0.5, 0.0, NOISE) for times in (2, 4, 8)]
    assert ends[2] < 2 * ends[0]
    with pytest.raises(ValueError, match="well, top: expected"):
        escape.kramers_time(weak, 0.5, 0.0, NOISE)


def test_a_life_beyond_all_numbers_is_infinite():
    low, top, high = states(BIT, 0.02)
    assert escape.passage_time(copies(BIT, 4), high, low, 0.02) == np.inf
    assert escape.kramers_time(copies(BIT, 4), high, top, 0.02) == np.inf


def test_stays_are_counted_whole_and_from_the_reaching_of_a_state():
    kappa = np.array([[0.0, 1.0, 0.1, -0.5, -1.0, 1.0, 0.0], [0.0] * 7]).T
    assert escape.dwell_times(kappa, -0.9, 0.9).tolist() == [3, 1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: escape.passage_time(BIT, 1.0, 1.0, NOISE), "target: expected another point"),
        (lambda: escape.passage_time(BIT, 1.0, -1e3, NOISE), "start: expected start and target within the box"),
        (lambda: escape.passage_time(BIT, 1.0, -1.0, 0.0), "noise_std"),
        (lambda: escape.diffusion(replace(BIT, nonlinearity="sin"), 1.0, NOISE), "network: expected a tanh network"),
        (lambda: escape.dwell_times(np.zeros((3, 1)), 1.0, 0.0), "low: expected below high"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
