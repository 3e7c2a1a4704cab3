"""Good calls of subspace and surgery."""

import numpy as np

from contract import case
from lpu_core import LowRankRNN, subspace, surgery

RNG = np.random.default_rng(0)
N, K, D = 12, 2, 1
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)))
PROJECTOR = subspace.encoding_projector(NETWORK.encoding)

CASES = [
    case(subspace.Projector, basis=PROJECTOR.basis),
    case(PROJECTOR.__call__, rates=RNG.standard_normal((3, N))),
    case(PROJECTOR.off, rates=RNG.standard_normal((3, N))),
    case(PROJECTOR.matrix),
    case(subspace.encoding_projector, encoding=NETWORK.encoding),
    case(subspace.ridge_encoding, rates=RNG.standard_normal((5, N)), wanted=RNG.standard_normal((5, K)), ridge=0.1),
    case(
        subspace.solved,
        free=dict.fromkeys(("gram", "right", "ridge"), "the fits' own"),
        gram=np.eye(N),
        right=np.ones((N, K)),
        ridge=0.1,
    ),
    case(subspace.sample_drift, encoding=NETWORK.encoding, kind="orthogonal", sigma=0.5, rng=1),
    case(surgery.take, network=NETWORK, neurons=np.array([0, 3, 3]), shares=np.array([1.0, 0.5, 0.5])),
    case(surgery.indices, neurons=np.array([0, 3]), n_neurons=N),
    case(surgery.append, network=NETWORK, n_neurons=2),
    case(surgery.append_latents, network=NETWORK, embedding=np.zeros((N, 1)), encoding=np.ones((N, 1))),
    case(surgery.modulated, network=NETWORK, gains=np.ones(N), biases=0.5),
    case(surgery.drifted, network=NETWORK, drift=np.ones((N, K))),
    case(surgery.drift_of, network=NETWORK, drift=np.ones((N, K))),
    case(
        surgery.for_each,
        name="value",
        value=np.ones(N),
        n_neurons=N,
        dtype=np.float64,
        free={"name": "it is the name", "dtype": "a network's", "n_neurons": "a network's"},
    ),
    case(surgery.observe, network=NETWORK, n_observed=5, rng=1),
    case(surgery.resample, network=NETWORK, n_neurons=20, rng=1),
]
