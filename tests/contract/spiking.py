"""Good calls of spiking and integrate_and_fire."""

import numpy as np

from contract import case
from lpu_core import LowRankRNN, escape, spiking
from lpu_core.integrate_and_fire import Membrane, integrate

RNG = np.random.default_rng(0)
N, K, D = 6, 2, 1
CHANCE = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)))
BISTABLE = LowRankRNN([[1.0]], [[2.0]], np.zeros((1, 0)))
CELLS = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)), nonlinearity=Membrane())
INPUTS, START, KAPPA = np.ones((3, 2, D)), np.zeros((2, K)), np.zeros((4, K))


def moments(kappa):
    return -kappa, np.ones_like(kappa)


CASES = [
    case(spiking.fire, network=CHANCE, inputs=INPUTS, peak_rate=100.0, rng=1, initial_latents=START, record_spikes=True),
    case(spiking.shot_noise, network=CHANCE, kappa=KAPPA, peak_rate=100.0, inputs=np.ones((4, D))),
    case(spiking.passage_time, network=BISTABLE, start=0.5, target=-0.5, peak_rate=100.0),
    case(spiking.hill_height, network=BISTABLE, well=1.5, top=0.0, peak_rate=100.0),
    case(escape.hill, network=BISTABLE, moments=moments, well=1.5, top=0.0),
    case(escape.mean_passage, network=BISTABLE, moments=moments, start=0.5, target=-0.5),
    case(Membrane, tau=10.0, refractory=2.0),
    case(Membrane().__call__, current=np.array([0.5, 2.0])),
    case(integrate, network=CELLS, inputs=INPUTS, rng=1, dt=0.5, initial_latents=START, record_spikes=True),
]
