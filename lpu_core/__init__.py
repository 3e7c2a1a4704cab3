"""Latent processing units: their theory, their simulation and their explanation.

The package follows the chapters of the book: one module a chapter, on a small foundation of
:mod:`~lpu_core.networks`, :mod:`~lpu_core.dynamics`, :mod:`~lpu_core.tasks` and :mod:`~lpu_core.training`.
"""

from lpu_core._files import RESULTS
from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN, MultiSynapseNetwork, Trajectory

__all__ = ["RESULTS", "FullRankRNN", "LeakyCurrentRNN", "LowRankRNN", "MultiSynapseNetwork", "Trajectory"]
