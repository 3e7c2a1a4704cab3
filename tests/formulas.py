"""The laboratory's formulas in an empty page of the browser, and networks to compare them on with the package's."""

import re

import numpy as np

from lpu_core import LowRankRNN, drift, timescales
from lpu_core.networks import load
from tools import book, laboratory, laboratory_tasks

DATA = laboratory.data() | {"classics": laboratory_tasks.data()}
PAGE = (book.BOOK / "laboratory.md").read_text("utf-8")
ASSETS = book.BOOK / "assets"
SCRIPTS = re.findall(r'"((?:formulas|laboratory)/[a-z-]+)",', (ASSETS / "approach.js").read_text("utf-8"))
FORMULAS = [f"{name}.js" for name in SCRIPTS if name.startswith("formulas/")]
MODEL = [f"laboratory/{name}.js" for name in ("parts", "experiments", "settings", "kicks", "trials", "model")]
EXPERIMENTS = re.findall(r'data-experiment="([^"]+)"', PAGE)
SURE = 1e-4
"""A right law fails one of these tests with this chance, over the choice of the seeds."""
ROWS = """(made) => ({ embedding: made.embedding.map((c) => [...c]), encoding: made.encoding.map((c) => [...c]),
                    w: made.inputWeights.map((c) => [...c]), bias: [...made.bias] })"""
"""A network's weights as JSON."""


def network(name: str) -> LowRankRNN:
    return load(laboratory.RESULTS / f"flip_flop_2bit/{laboratory.TRAINED[name]}.npz").astype(np.float64)


def designed(n_neurons: int, n_bits: int, seed: int) -> LowRankRNN:
    return timescales.design_flip_flop(n_neurons, n_bits, seed, dtype=np.float64)


def lopsided() -> LowRankRNN:
    """Nothing about it is symmetric: it has biases, and as many inputs as latents only by chance."""
    rng = np.random.default_rng(3)
    m, n, w = rng.standard_normal((3, 40, 2))
    return LowRankRNN(m, 3 * (n + m), w, 0.3 * rng.standard_normal(40), tau=20.0, dt=4.0)


def drifted(seed: int) -> LowRankRNN:
    base = designed(400, 2, seed)
    return drift.drifted(base, drift.sample_drift(base.encoding, "random", 0.6, seed))


NETWORKS = {
    "trained": network("trained"),
    "direct": network("direct"),
    "designed": designed(201, 2, 5),
    "one bit": designed(80, 1, 6),
    "lopsided": lopsided(),
    "drifted": drifted(7),
    "drifted further": drifted(8),
}


def as_package(made: dict) -> LowRankRNN:
    """What ROWS gives, as the package's network."""
    return LowRankRNN(*(np.array(made[name], np.float64).T for name in ("embedding", "encoding", "w", "bias")))
