"""Run the paper-size experiments and summarise them in book/results: `make results`.

    python -m tools.results                               all; those on recordings, or on networks of others,
                                                          only where LPU_RECORDINGS or LPU_PEERS names a folder
    python -m tools.results drift theory.rank_limit       a chapter, and a part of one
    python -m tools.results --scheduler tcp://a.host:8786 on a Dask cluster

Finished runs are kept in _build/results. Interrupted, it goes on where it was.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from lpu_core import checkpoints, recordings
from lpu_core.sweep import SweepError
from tools import book
from tools.results.experiment import Experiment

CHAPTERS = ("theory", "readouts", "manifolds", "drift", "reconstruction", "stability", "reconfiguration", "inference",
            "gallery")  # fmt: skip
PARTS = {f"{chapter}.{name}": run for chapter in CHAPTERS
         for name, run in import_module(f"tools.results.{chapter}").PARTS.items()}  # fmt: skip
FOLDERS = {
    "recordings": (recordings.FOLDER_VARIABLE, recordings.sessions),
    "networks of others": (checkpoints.FOLDER_VARIABLE, checkpoints.peers),
}
"""What some parts read, the variable that names a folder of it, and what lists its files."""


def read_by(part: str) -> str:
    """Which of the FOLDERS a part reads; "" for most."""
    return "networks of others" if part == "gallery.peers" else "recordings" if part.endswith(".recordings") else ""


def chosen(names: Sequence[str]) -> list[str]:
    """The parts that the names mean, all for none; those on what a folder holds, where one is named or they are in full."""
    unknown = [name for name in names if name not in PARTS and name not in CHAPTERS]
    if unknown:
        raise ValueError(f"expected some of {', '.join([*CHAPTERS, *PARTS])}, got {', '.join(unknown)}")
    parts = [part for part in PARTS if not names or part in names or part.split(".")[0] in names]
    for what, (variable, files) in FOLDERS.items():
        if not files():
            if any(read_by(name) == what for name in names):
                raise ValueError(f"{variable}: expected a folder of {what}, got none")
            parts = [part for part in parts if read_by(part) != what]
    return parts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chapters or parts that are named, by default all."""
    parser = argparse.ArgumentParser("python -m tools.results", description=main.__doc__)
    parser.add_argument("parts", nargs="*", metavar="CHAPTER or CHAPTER.PART", help=", ".join(PARTS))
    parser.add_argument("--scheduler", help="a Dask scheduler, tcp://…; by default LPU_SCHEDULER's, or the local cores")
    parser.add_argument("--jobs", type=int, default=-1, help="so many local cores (default: all)")
    options = parser.parse_args(arguments)
    try:
        names = chosen(options.parts)
    except ValueError as error:
        parser.error(str(error))
    for name in names:
        try:
            with book.needs_room(name):
                PARTS[name](Experiment(name, options.scheduler, options.jobs))
        except SweepError as error:
            parser.exit(1, f"{name}: {error}\nThe first of them:\n{error.failures[0][1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
