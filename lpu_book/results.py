"""What comes with the book, in its folder of results: trained networks and summaries of long runs."""

import json
from typing import Any

from lpu_book import RESULTS
from lpu_core import networks
from lpu_core.check import Array
from lpu_core.files import read_npz


def flip_flop(n_bits: int, name: str = "fine_tuned_00") -> Any:
    """A trained flip-flop of 2 or 3 bits: by its recipe and the number of its run.

    >>> flip_flop(3, "direct_01").n_latents
    3
    """
    return networks.load(RESULTS / f"flip_flop_{n_bits}bit/{name}.npz")


def summary(name: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays of a summary, and its provenance: the command, the settings, the seconds that it took.

    >>> arrays, provenance = summary("drift")
    >>> len(arrays["sigmas"]), provenance["cpu_seconds"] > 0
    (22, True)
    """
    arrays = read_npz(RESULTS / f"{name}.npz", "name", "a summary")
    return arrays, json.loads(str(arrays["provenance"]))


def paper_time(chapter: str) -> str:
    """How long a chapter, with its further pages, took in the paper's sizes, in words.

    >>> paper_time("stability"), paper_time("drift")
    ('98 s', '7 minutes')
    """
    seconds = json.loads((RESULTS / "run_times.json").read_text("utf-8"))[chapter]["paper"]
    return f"{seconds} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
