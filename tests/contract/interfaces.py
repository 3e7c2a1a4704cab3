"""Good calls of interfaces."""

import numpy as np

from contract import case
from lpu_core import LowRankRNN, interfaces

RNG = np.random.default_rng(0)
N, K, D = 6, 2, 1
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)))
RATES = RNG.standard_normal((2, 9, N))

CASES = [
    case(interfaces.hub_error, latents=np.array([0.5, -1.0]), gain=0.5, noise_std=0.1),
    case(interfaces.best_hub_gain, latents=np.array([0.5, -1.0]), noise_std=0.1),
    case(interfaces.smooth_field, side=8, length=0.2, rng=1, n_fields=2),
    case(interfaces.electrodes, side=8, places=np.array([[0.5, 0.2]]), width=0.1),
    case(interfaces.electrode_worth, length=np.array([0.1, 0.2]), width=np.array([0.1, 0.3]), density=64.0, instrument=0.1),
    case(interfaces.crossover_length, width=0.1, density=64.0, instrument=0.1),
    case(interfaces.drift_error, network=NETWORK, decoder=np.ones((N, 2)), kappa=np.ones(K), sigma=0.1),
    case(interfaces.realigned, decoder=np.ones((N, 2)), before=RATES[0], after=RATES[1], n_factors=3),
]
