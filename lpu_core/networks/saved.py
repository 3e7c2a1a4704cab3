"""Networks from files."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from lpu_core.check import Array, checked, require
from lpu_core.files import read_npz
from lpu_core.networks.full_rank import FullRankRNN
from lpu_core.networks.leaky_current import LeakyCurrentRNN
from lpu_core.networks.low_rank import LowRankRNN
from lpu_core.networks.multi_synapse import MultiSynapseNetwork

_CLASSES = {c.__name__: c for c in (LowRankRNN, LeakyCurrentRNN, FullRankRNN, MultiSynapseNetwork)}


@checked()
def load(path: Path | str) -> Any:
    """The network that :meth:`LowRankRNN.save` wrote to `path` (.npz). Raises ValueError where the file holds none.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "net.npz")
    ...     LowRankRNN(np.ones((5, 2)), np.ones((5, 2)), np.ones((5, 1)), tau=20.0).save(path)
    ...     load(path).tau
    20.0
    """
    stored = _read(path)
    cls = _CLASSES[str(stored["class"])]
    values: dict[str, Any] = {}
    for f in fields(cls):  # type: ignore[arg-type]
        parts = sorted((name for name in stored if name.startswith(f"{f.name}.")), key=_index)
        if parts:
            values[f.name] = tuple(stored[name] for name in parts)
        else:
            value = _part(stored, f.name, path)
            values[f.name] = value if value.ndim else value.item()
    return cls(**values)


@checked()
def provenance(path: Path | str) -> dict[str, Any]:
    """Where the network saved at `path` comes from: the command, seed, versions and accuracy written beside it."""
    return json.loads(str(_part(_read(path), "provenance", path)))


def _index(name: str) -> int:
    return int(name.rsplit(".", 1)[1])


def _part(stored: dict[str, Array], name: str, path: Path | str) -> Array:
    require(name in stored, "path", f"{name!r} in {path}", sorted(stored))
    return stored[name]


def _read(path: Path | str) -> dict[str, Array]:
    """All that a saved network's file holds."""
    stored = read_npz(path, "path", "a network saved as .npz")
    require(str(stored.get("class", "")) in _CLASSES, "path", "a network saved by this package", path)
    return stored
