"""Files: arrays written whole or not at all, and read without pickle; and folders of them that a reader names."""

import os
import tempfile
from pathlib import Path

import numpy as np

from lpu_core.check import require

HDF5 = b"\x89HDF\r\n\x1a\n"  # what such a file begins with


def save_npz(path: Path | str, **arrays: np.ndarray) -> None:
    """Write `arrays` to `path`, whole or not at all: whoever reads it finds the old file or the new one."""
    path = Path(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read_npz(path: Path | str, name: str, expected: str) -> dict[str, np.ndarray]:
    """All arrays of the .npz file at `path`; a pickle among them is refused. `name`, `expected`: for the ValueError."""
    with open(path, "rb") as file:
        head = file.read(8)
    kind = "HDF5, as NWB files are" if head == HDF5 else "another kind of file"
    if head[:2] != b"PK":
        raise ValueError(f"{name}: expected {expected}, got {path}, which is {kind}")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # a broken file fails in zipfile, in zlib or in numpy
        raise ValueError(f"{name}: expected {expected}, got {path}: {error}") from None


def npz_files(folder: Path | str | None, variable: str, what: str) -> list[Path]:
    """The .npz files in `folder`, or in the one that the environment's `variable` names; none where neither is given.

    what: they hold, for the ValueError where the folder is not there or holds no such file.
    """
    folder = os.environ.get(variable) if folder is None else folder
    if not folder:
        return []
    found = sorted(Path(folder).glob("*.npz"))
    require(found, f"folder ({variable})", f"a folder with {what} as .npz files", folder)
    return found
