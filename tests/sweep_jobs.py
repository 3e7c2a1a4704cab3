"""Functions for tests/test_sweep.py, in a module, so that workers can import them."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from lpu_core.progress import track
from tools.results.experiment import timed


def walk(rng, steps, start=0.0):
    """A random walk, some matrix products long."""
    square = rng.standard_normal((64, 64))
    return {"path": start + rng.standard_normal(steps).cumsum(), "norm": np.linalg.norm(square @ square @ square)}


def counted(rng, draw, log, seconds=0.0):
    """A draw that leaves a line for each time it is made."""
    time.sleep(seconds)
    with open(log, "a") as file:
        file.write(f"{draw} {os.getpid()}\n")
    return {"value": rng.random(), "draw": draw}


def moody(rng, draw):
    """Fails at draw 2."""
    if draw == 2:
        raise RuntimeError("no numbers today")
    return {"value": rng.random()}


def deadly(rng, draw):
    """Takes its whole process down at draw 2."""
    if draw == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": rng.random()}


def interrupted(rng, draw, flag):
    """Is interrupted at draw 3, once."""
    if draw == 3 and not Path(flag).exists():
        Path(flag).touch()
        raise KeyboardInterrupt
    return {"value": rng.random(), "draw": draw}


def tracked(rng, steps):
    """Counts steps with a bar of its own."""
    return {"steps": sum(1 for _ in track(range(steps), "inner"))}


def unsaid(rng, draw):
    """Returns what is neither number nor array."""
    return {"value": object()}


def threads(rng, draw):
    """How many threads the linear algebra has."""
    from threadpoolctl import threadpool_info

    return {"threads": max((pool["num_threads"] for pool in threadpool_info()), default=1)}


def seeded(seed):
    """Holds its seed itself."""
    return {"value": np.random.default_rng(seed).random()}


@timed
def decorated(seed):
    """Goes through a function of another module."""
    return {"value": seed}
