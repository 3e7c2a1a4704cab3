"""Good calls of dynamics, and of what keeps the diffusion."""

import numpy as np

from contract import case
from lpu_core import LowRankRNN, dynamics, noise

NETWORK = LowRankRNN(np.array([[1.0]]), np.array([[2.0]]), np.array([[1.0]]))  # κ = 2 tanh κ
FOUND = dynamics.fixed_points(NETWORK)
BOX = {"low": -2.5, "high": 2.5, "inputs": np.array([0.1])}

CASES = [
    case(dynamics.fixed_points, network=NETWORK, n_starts=21, **BOX),
    case(FOUND.of_kind, kind="attractor"),
    case(dynamics.attractor_near, network=NETWORK, kappa=np.array([0.5])),
    case(dynamics.certify, network=NETWORK, fixed=FOUND, max_cells=1000, **BOX),
    case(dynamics.bounding_box, network=NETWORK),
    case(dynamics.flow_field, network=NETWORK, n_points=5, **BOX),
    case(dynamics.search_rates, network=NETWORK.dense(), starts=np.zeros((2, NETWORK.n_neurons)), slow=1e-6),
    case(dynamics.slow_points, network=NETWORK, n_starts=5, **BOX),
    case(dynamics.nearby_trajectories, network=NETWORK, kappa=np.array([0.5]), radius=0.1, n_steps=3, rng=1, n_trials=2,
         inputs=np.array([0.1])),
    case(dynamics.bifurcations, network=NETWORK, direction=np.array([1.0]), low_amplitude=0.4, high_amplitude=0.8,
         n_coarse=2),
    case(noise.rescaled_std, noise_std=0.1, dt=5.0, new_dt=1.0),
]  # fmt: skip
