"""The architectures: leaky firing-rate, leaky-current and multi-synapse networks, and their latent equations.

Symbols, as in the paper: N neurons, K latent variables, D inputs, T steps, B trials; r rates, κ latents, u inputs,
m embedding vectors, n encoding vectors, τ neuronal decay time and Δt step (ms), α = Δt/τ, φ the nonlinearity.
Arrays run time first, then trials, then features; entry t of a trajectory is the state after step t.
"""

from lpu_core.networks.base import Network, Trajectory
from lpu_core.networks.full_rank import FullRankRNN
from lpu_core.networks.leaky_current import LeakyCurrentRNN, filtered
from lpu_core.networks.low_rank import LowRankRNN
from lpu_core.networks.multi_synapse import MultiSynapseNetwork
from lpu_core.networks.saved import load, provenance

__all__ = [
    "FullRankRNN",
    "LeakyCurrentRNN",
    "LowRankRNN",
    "MultiSynapseNetwork",
    "Network",
    "Trajectory",
    "filtered",
    "load",
    "provenance",
]
