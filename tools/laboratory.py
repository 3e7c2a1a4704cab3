"""What the laboratory's page takes from the package: trained weights, the laws of designed ones, the book's values.

tools/build_site.py puts it beside the page's scripts, so that nothing in the page's scripts is typed a second time.
"""

import inspect
import json
from typing import Any

import numpy as np

from lpu_book import RESULTS, plotting
from lpu_core import redundancy, tasks, timescales
from lpu_core.networks import LowRankRNN, load

TRAINED = {"trained": "fine_tuned_00", "direct": "direct_00"}
TAU_LATENT = (20, 50, 100, 200, 500, 1000)
"""ms; the designed networks on offer."""


def _default(function: Any, argument: str) -> Any:
    return inspect.signature(function).parameters[argument].default


def as_json(network: LowRankRNN) -> dict[str, Any]:
    """A network as JSON holds it, exactly: a float32 is a float64 too."""
    weights = {"embedding": network.embedding, "encoding": network.encoding, "inputWeights": network.input_weights,
               "bias": network.bias}  # fmt: skip
    exact = {name: part.astype(np.float64).tolist() for name, part in weights.items()}
    return exact | {"tau": network.tau, "dt": network.dt}


def _law(tau_latent: float) -> dict[str, float]:
    tau, rho = (_default(timescales.design_flip_flop, name) for name in ("tau", "rho"))
    law = timescales.design(tau_latent, tau, rho)
    return {"embeddingStd": law.embedding_std, "encodingStd": law.encoding_std, "correlation": law.correlation}


def data() -> dict[str, Any]:
    """All numbers that the page's scripts need."""
    task, tau = tasks.FlipFlop(2), _default(timescales.design_flip_flop, "tau")
    return {
        "trained": {name: as_json(load(RESULTS / f"flip_flop_2bit/{file}.npz")) for name, file in TRAINED.items()},
        "classics": {},  # the laboratory's page adds them: tools/laboratory_tasks.py
        "bits": {"two": 2, "one": 1},
        "laws": {str(tau_latent): _law(tau_latent) for tau_latent in TAU_LATENT},
        "design": {"tau": tau, "dt": tau / 2, "pulseGain": _default(timescales.design_flip_flop, "pulse_gain")},
        "redundancy": {"quantile": 0.95, "tunedShare": _default(redundancy.add_redundant_neurons, "tuned_share")},
        "task": {"pulseProbability": task.pulse_probability, "settle": task.settle, "initialStd": tasks.INITIAL_STD},
        "colours": {"blue": plotting.BLUE, "vermillion": plotting.VERMILLION, "green": plotting.GREEN, "pink": plotting.PINK,
                    "grey": plotting.GREY, **plotting.COLOURS},
    }  # fmt: skip


def script() -> str:
    """The script that holds the numbers; no JSON file, which a page opened as a file could not read."""
    return f"window.LPULab.data = {json.dumps(data(), separators=(',', ':'))};\n"
