"""Latent processing units: their theory, their simulation and their explanation.

Public is what this page and the modules' ``__all__`` or names without an underscore say; it changes only with a line in
CHANGELOG.md. One module a chapter of the book (:mod:`~lpu_core.theory`, :mod:`~lpu_core.timescales`, …) stands on a
foundation: :mod:`~lpu_core.networks`, :mod:`~lpu_core.dynamics`, :mod:`~lpu_core.tasks` and what they rest on. Modules load
when they are asked for; only :mod:`~lpu_core.training` needs torch.
"""

import importlib
import importlib.util
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lpu_core.networks import FullRankRNN, LeakyCurrentRNN, LowRankRNN, MultiSynapseNetwork, Trajectory

__all__ = ["FullRankRNN", "LeakyCurrentRNN", "LowRankRNN", "MultiSynapseNetwork", "Trajectory"]

try:
    __version__ = version("lpu-core")
except PackageNotFoundError:  # the bare folder on a path
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    """The networks' classes, and any module by its name, loaded at first use."""
    if name in __all__:
        return getattr(importlib.import_module("lpu_core.networks"), name)
    if not name.startswith("_") and importlib.util.find_spec(f"lpu_core.{name}") is not None:
        return importlib.import_module(f"lpu_core.{name}")
    raise AttributeError(f"module 'lpu_core' has no attribute {name!r}")
