"""Decode trials at the paper's sizes, and on real recordings where a folder is named: `make results`.

    python -m tools.decode simulated
    LPU_RECORDINGS=/a/folder python -m tools.decode recorded

Each mouse, or each session, is kept in _build/results as soon as it is done; interrupted, it goes on from there.
"""

import argparse
import hashlib
import json
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lpu_core import RESULTS, readouts, recordings
from lpu_core.recordings import Recording
from lpu_core.tasks import MICE, GoNoGo
from tools.book import write_whole

KEPT = Path(__file__).resolve().parents[1] / "_build" / "results"
PERMUTED_STREAM = 2**32
SIMULATED: dict[str, Any] = {"dimensions": (1, 2, 3, 5, 10, 20, 50), "n_splits": 4, "least": 100}
RECORDED: dict[str, Any] = {"dimensions": (1, 2, 3, 5, 10, 20), "n_splits": 6, "least": 30}
WINDOW = {"0–0.4 s": (0.0, 0.4)}
LEAST_TRIALS = 100


def provenance(command: str, seconds: float) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    packages = {name: version(name) for name in ("numpy", "scipy", "scikit-learn")}
    return {"command": command, "date": datetime.now(UTC).date().isoformat(), "seconds": round(seconds),
            "versions": {"python": platform.python_version()} | packages}  # fmt: skip


def permuted(recording: Recording, seed: int) -> Recording:
    """The recording with its labels dealt out at random."""
    labels = np.random.default_rng([seed, PERMUTED_STREAM]).permutation(recording.labels)
    return Recording(recording.activity, recording.regions, labels, recording.bin_size)


def once(name: str, make: Any) -> dict[str, Any]:
    """What `make()` returns, or what it returned before the interruption, with the seconds it took."""
    path = KEPT / f"{name}.json"
    if not path.exists():
        started = time.monotonic()
        made = make()
        write_whole(path, json.dumps(made | {"seconds": round(time.monotonic() - started, 1)}))
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    return json.loads(path.read_text())


def simulated(mouse: int) -> dict[str, Any]:
    """One simulated mouse, seed = its number: all regions, windows, decoders and dimensions."""
    recording = GoNoGo().record_mouse(mouse, mouse)
    return {"mouse": mouse + 1, "rows": readouts.survey(recording, GoNoGo.windows, rng=mouse, **SIMULATED)}


def recorded(path: Path, seed: int) -> dict[str, Any]:
    """One session: left > right against right > left, also with permuted labels (3 splits, 3 dimensions)."""
    recording = recordings.load_steinmetz(path)
    about = {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "trials": len(recording.labels)}
    if len(recording.labels) < LEAST_TRIALS:
        return about | {"rows": [], "permuted": []}
    fewest = min(recording.labels.sum(), (~recording.labels).sum())
    fits = [d for d in RECORDED["dimensions"] if d < fewest // 3]  # a class needs more trials in a third than dimensions
    rows = readouts.survey(recording, WINDOW, rng=seed, **RECORDED | {"dimensions": fits})
    chance = RECORDED | {"dimensions": (3,), "n_splits": 3}
    return about | {"rows": rows, "permuted": readouts.survey(permuted(recording, seed), WINDOW, rng=seed, **chance)}


def main() -> int:
    """Decode the six simulated mice, or the recordings in the folder that LPU_RECORDINGS names."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=("simulated", "recorded"))
    what = parser.parse_args().what
    files = recordings.sessions()
    if what == "recorded" and not files:
        parser.error(f"{recordings.VARIABLE} names no folder of recordings")
    KEPT.mkdir(parents=True, exist_ok=True)
    command = f"python -m tools.decode {what}"
    if what == "simulated":
        parts = [once(f"decode_mouse{mouse + 1}", lambda mouse=mouse: simulated(mouse)) for mouse in range(len(MICE))]
        path, settings = RESULTS / "go_nogo_decoding.json", SIMULATED
    else:
        parts = [once(f"decode_{path.stem}", lambda path=path, seed=seed: recorded(path, seed))
                 for seed, path in enumerate(files)]  # fmt: skip
        path, settings = RESULTS / "steinmetz_decoding.json", RECORDED
    seconds = sum(part["seconds"] for part in parts)
    about = provenance(command, seconds) | {"seeds": "the number of the mouse or the file, from 0"} | settings
    write_whole(path, json.dumps(about | {"parts": parts}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
