"""Good calls of pushes and of the addition task."""

import numpy as np

from contract import case
from lpu_core import LowRankRNN, pushes
from lpu_core.tasks import Addition

RNG = np.random.default_rng(0)
N, K, D = 12, 2, 1
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)))
TASK = Addition()
HEARD, ANSWERS = TASK.sample(2, 0)

CASES = [
    case(pushes.propagators, network=NETWORK, inputs=np.ones((3, 2, D)), initial_latents=np.zeros((2, K))),
    case(pushes.smallest_push, network=NETWORK, change=np.ones(K), neurons=np.arange(5)),
    case(pushes.push_along, network=NETWORK, change=np.ones(K), patterns=NETWORK.embedding.T),
    case(pushes.masked, network=NETWORK, keep=0.5, rng=1),
    case(pushes.chance_law, network=NETWORK, rates=np.full(N, 0.5), ratio=2.0, keep=0.5, inputs=np.ones(D)),
    case(Addition, wait=3, answer=4, settle=1, tolerance=0.2),
    case(TASK.sample, n_trials=3, rng=1),
    case(TASK.targets, inputs=HEARD),
    case(
        TASK.accuracy, outputs=ANSWERS, inputs=HEARD, targets=ANSWERS, also={"outputs": (np.nan, np.inf)}
    ),  # a network that diverged is wrong
]
