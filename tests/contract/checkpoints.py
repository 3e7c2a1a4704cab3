"""Good calls of networks of others, as arrays and in .npz files."""

import atexit
import shutil
import tempfile
from pathlib import Path

import numpy as np

from contract import case
from lpu_core import checkpoints

RNG = np.random.default_rng(0)
FOLDER = Path(tempfile.mkdtemp(prefix="contract"))
atexit.register(shutil.rmtree, FOLDER)
N = 6
WEIGHTS = {name: RNG.standard_normal((N, size)) for name, size in (("m", 2), ("n", 2), ("w_in", 3), ("w_out", 1))}
np.savez(FOLDER / "one.npz", **WEIGHTS, alpha=0.2)
BESIDE = {"w_in": WEIGHTS["w_in"], "w_out": WEIGHTS["w_out"], "alpha": 0.5, "tau": 50.0}

CASES = [
    case(checkpoints.Checkpoint, m=WEIGHTS["m"], n=WEIGHTS["n"], **BESIDE, error=0.1),
    case(checkpoints.reduced, w_rec=RNG.standard_normal((N, N)), rank=2, **BESIDE),
    case(checkpoints.read_arrays, path=str(FOLDER / "one.npz"), tau=50.0),
    case(checkpoints.peers, folder=str(FOLDER)),
]
