"""Good calls of experiments and detection."""

import numpy as np

from contract import case
from lpu_core import LowRankRNN, detection, experiments

RNG = np.random.default_rng(0)
N, K, D = 8, 2, 1
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)))
STATE, PUSHES = np.zeros(N), RNG.standard_normal((4, N))
PUSHED, READ = np.arange(4), np.arange(4, 8)
COURSE = RNG.standard_normal((3, 4, N))
INDICES = "indices of neurons, or a mask, which refuse what they cannot be by themselves"

CASES = [
    case(detection.observed_values, values=np.array([1.0, 20.0]), n_rows=20, n_columns=30, noise_std=1.0),
    case(detection.overlaps, values=np.array([1.0, 20.0]), n_rows=20, n_columns=30, noise_std=1.0),
    case(detection.noise_edge, n_rows=20, n_columns=30, noise_std=1.0, false_alarm=0.05),
    case(detection.least_visible, n_rows=20, n_columns=30, noise_std=1.0, false_alarm=0.05),
    case(detection.all_seen, values=np.array([[30.0, 20.0]]), n_rows=20, n_columns=30, rng=0, false_alarm=0.05),
    case(experiments.push_responses, network=NETWORK, state=STATE, pushes=PUSHES, read=READ, n_steps=2),
    case(experiments.push_gains, network=NETWORK, state=STATE, pushed=PUSHED, read=READ, n_steps=2),
    case(experiments.dimensions, responses=RNG.standard_normal((5, 6)), noise_std=1.0, false_alarm=0.05),
    case(experiments.plan_pushes, strengths=np.array([0.2, 0.1]), noise_std=0.3, n_pushes=20, n_cells=30, rng=0,
         chance=0.9, false_alarm=0.05),
    case(experiments.Plan, n_trials=3, values=np.array([2.0]), edge=1.0, chance=0.9),
    case(experiments.push_window, first=np.array([0.2, 0.1]), second=np.array([0.1]), noise_std=0.3, n_pushes=20, n_cells=30,
         false_alarm=0.05),
    case(experiments.remainder, first=COURSE, second=COURSE, alpha=0.5),
    case(experiments.remainder_law, gain=0.5, alpha=0.5, n_steps=5),
    case(experiments.plan_decay, power=0.01, noise_std=0.3, n_pushes=20, n_cells=30, chance=0.9, false_alarm=0.05),
    case(experiments.signal_dimension, first=RNG.standard_normal((6, 3)), second=RNG.standard_normal((6, 3))),
]  # fmt: skip
