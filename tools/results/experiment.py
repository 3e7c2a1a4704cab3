"""What all experiments share: the sweep that runs them, the store that keeps their runs, the summary and its provenance."""

import functools
import hashlib
import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from lpu_book import RESULTS
from lpu_core.files import save_npz
from lpu_core.sweep import PACKAGES, Result, installed, sweep
from tools.book import BUILD, write_whole

KEPT = BUILD / "results"
SUMMARIES = RESULTS


@dataclass(frozen=True)
class Experiment:
    """One part of a chapter's experiments. name: CHAPTER.PART. scheduler, n_jobs: as in :func:`lpu_core.sweep.sweep`."""

    name: str
    scheduler: str | None = None
    n_jobs: int = -1

    def sweep(self, function: Callable[..., Any], runs: Sequence[dict[str, Any]], seed: int | None = None) -> list[Result]:
        """The results of a :func:`timed` function; finished runs are kept in _build/results/CHAPTER.PART."""
        return sweep(function, runs, seed, store=KEPT / self.name, scheduler=self.scheduler, n_jobs=self.n_jobs,
                     label=self.name)  # fmt: skip

    def write(self, file: str, runs: Sequence[Result], settings: Any, about: Any = None, /, **found: Any) -> None:
        """book/results/`file`, a .npz of arrays or a .json: what was found and, as "provenance", where it comes from.

        runs: all that it took, for the cost. about: more to say in the provenance.
        """
        each = [round(float(run["cpu_seconds"]), 1) for run in runs]
        cost = {"cpu_seconds": round(seconds(runs), 1), "cpu_seconds_by_run": each}
        source = self.source() | {"settings": settings} | cost | (about or {})
        if file.endswith(".npz"):
            save_npz(SUMMARIES / file, provenance=np.array(json.dumps(source)), **found)
        else:
            lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in ({"provenance": source} | found).items()]
            write_whole(SUMMARIES / file, "{" + ",\n".join(lines) + "}\n")
        print(f"{self.name}: book/results/{file}, {len(runs)} runs, {seconds(runs):.0f} s of CPU", flush=True)

    def source(self) -> dict[str, Any]:
        """The command, the date, and the versions that numbers depend on."""
        versions = {"python": platform.python_version()} | {name: installed(name) for name in PACKAGES}
        return {"command": f"python -m tools.results {self.name}", "date": datetime.now(UTC).date().isoformat(),
                "versions": versions}  # fmt: skip


def timed(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The same function, whose results also tell the CPU seconds that they took."""

    @functools.wraps(function)
    def run(*args: Any, **parameters: Any) -> dict[str, Any]:
        started = time.process_time()
        result = function(*args, **parameters)
        return result | {"cpu_seconds": time.process_time() - started}

    return run


def seconds(runs: Sequence[Result]) -> float:
    """The CPU seconds of all the runs."""
    return sum(float(run["cpu_seconds"]) for run in runs)


def held(file: Path | str) -> dict[str, str]:
    """A file that a run reads, as parameters: another file makes another run. A relative one lies in book/results."""
    return {"file": str(file), "sha256": hashlib.sha256((RESULTS / file).read_bytes()).hexdigest()}


def verified(file: str, sha256: str) -> Path:
    """Its path, if it is that very file; a worker elsewhere may have another."""
    if held(file)["sha256"] != sha256:
        raise ValueError(f"file: expected {file} of checksum {sha256}, got another")
    return RESULTS / file
