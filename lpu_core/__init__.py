"""Latent processing units: their theory, their simulation and their explanation.

The package follows the chapters of the book: one module a chapter, on a small foundation of
:mod:`~lpu_core.networks`, :mod:`~lpu_core.dynamics`, :mod:`~lpu_core.tasks` and :mod:`~lpu_core.training`.
"""

from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN, MultiSynapseNetwork, Trajectory

__all__ = ["FullRankRNN", "LeakyCurrentRNN", "LowRankRNN", "MultiSynapseNetwork", "Trajectory"]
