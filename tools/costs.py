"""What the paper-size experiments cost, and what the paper's full sizes would: from the provenance in book/results."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools import book
from tools.scorecard import listed, plain

CORES = (2, 16, 128)
# The paper's numbers where ours are smaller: three-way splits of the trials; networks of sequence sorting; random
# embeddings; networks of the learning curves; runs of a drifting network.
SPLITS, SORTING_NETWORKS, EMBEDDINGS, CURVES, DRIFTS = 100, 10, 5, 20, 3

Found = dict[str, Any]
Work = list[float]  # of each run, in any unit


@dataclass(frozen=True)
class Experiment:
    """One experiment: CHAPTER.PART, its CPU seconds and, from its file or from a law of how they spread, those of its runs.

    runs: as they were made. full: as the paper's sizes need them, empty where ours are those. larger: what is larger then.
    """

    name: str
    seconds: float
    note: str = ""
    runs: tuple[float, ...] = ()
    full: tuple[float, ...] = ()
    larger: str = ""


def wall(seconds: float, longest: float, cores: int) -> float:
    """The least time in which so many cores do the work: no core idles, and the longest run is not divided."""
    return max(seconds / cores, longest)


# ------------------------------------------------------------------ how the cost of an experiment spreads over its runs


def decoding(found: Found) -> tuple[Work, Work, str]:
    """A run for each mouse or session; measured, and in proportion to the splits."""
    splits = found["provenance"]["settings"]["n_splits"]
    parts = [part["cpu_seconds"] for part in found["parts"]]
    return parts, [SPLITS / splits * part for part in parts], f"{SPLITS} splits for {splits}"


def ensembles(found: Found) -> tuple[Work, Work, str]:
    """A run for each recipe and number of bits, measured: nothing is larger in the paper."""
    runs: dict[tuple[bool, int], float] = {}
    for row in found["networks"]:
        key = row["recipe"] == "direct", row["n_bits"]
        runs[key] = runs.get(key, 0.0) + row["cpu_seconds"]
    return list(runs.values()), [], ""


def learning(found: Found) -> tuple[Work, Work, str]:
    """A run for each size and rate, measured by size, and in proportion to the networks."""
    rows, rates = found["runs"], len(found["provenance"]["settings"]["rates"])
    each = [row["cpu_seconds"] / len(row["rates"]) for row in rows]
    runs = [one for one, row in zip(each, rows, strict=True) for _ in row["rates"]]
    full = [CURVES / row["n_networks"] * one for one, row in zip(each, rows, strict=True) for _ in range(rates)]
    counts = sorted({row["n_networks"] for row in rows})
    return runs, full, f"{CURVES} networks for {counts[0]} to {counts[-1]}, and all rates at {rows[-1]['n_neurons']} neurons"


def sorting(found: Found) -> tuple[Work, Work, str]:
    """A run for each size, rank and length, in proportion to networks × steps × neurons."""
    how = found["provenance"]["settings"]
    each = len(how["ranks"]) * len(how["lengths"])
    runs = [how["seeds"][str(n)] * how["n_steps"] * n for n in how["n_neurons"] for _ in range(each)]
    full = [SORTING_NETWORKS * how["n_steps"] * n for n in how["n_neurons"] for _ in range(each)]
    n = max(how["n_neurons"])
    return runs, full, f"{SORTING_NETWORKS} networks for {how['seeds'][str(n)]} at {n} neurons"


def spheres(found: Found) -> tuple[Work, Work, str]:
    """A run for each embedding up to 1000 neurons, at 3000 and at 10 000, in proportion to N³, as the spectrum is."""
    how = found["provenance"]["settings"]
    *_, third, second, first = how["n_neurons"]
    kinds = len(how["embeddings"]) * len(how["n_dims"])
    counts = {third: kinds * how["seeds"], second: kinds * how["seeds at 3000"],
              first: len(how["at 10000"]) * how["seeds at 10000"]}  # fmt: skip
    runs = [n**3 for n, count in counts.items() for _ in range(count)]
    full = [n**3 for n in counts for _ in range(kinds * EMBEDDINGS)]
    wanted = kinds * EMBEDDINGS
    return runs, full, f"{wanted} spheres at {second} and {first} neurons for {counts[second]} and {counts[first]}"


def drifting(found: Found) -> tuple[Work, Work, str]:
    """A run for each network and draw, measured by size."""
    about = found["provenance"]
    runs: Work = []
    full: Work = []
    for name, seconds in about["cpu_seconds_by_size"].items():
        networks, draws = about["networks_and_runs"].get(name.rpartition("_")[2], (5, DRIFTS))  # the limit has no size
        runs += [seconds / (networks * draws)] * (networks * draws)
        full += [seconds / (networks * draws)] * (networks * DRIFTS)
    few = [int(size) for size, (_, draws) in about["networks_and_runs"].items() if draws < DRIFTS]
    return runs, full, f"{DRIFTS} runs of each network from {min(few)} neurons on, where there is 1"


def by_run(found: Found) -> tuple[Work, Work, str]:
    """As its file has it, where it has."""
    return found["provenance"].get("cpu_seconds_by_run", []), [], ""


LAWS: dict[str, Callable[[Found], tuple[Work, Work, str]]] = {
    "theory.networks": ensembles,
    "theory.learning_rates": learning,
    "readouts.simulated": decoding,
    "readouts.recordings": decoding,
    "manifolds.sorting": sorting,
    "manifolds.embedding": spheres,
    "drift.tolerance": drifting,
}


# ------------------------------------------------------------------ from the files to the page


def results() -> Iterator[Found]:
    """What the files in book/results hold, of those that say what they cost."""
    for path in sorted((book.BOOK / "results").glob("*.*")):
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                found = {"provenance": json.loads(str(arrays["provenance"]))} if "provenance" in arrays else {}
        else:
            found = json.loads(path.read_text("utf-8"))
        if isinstance(found, dict) and "cpu_seconds" in found.get("provenance", {}):
            yield found


def experiments() -> list[Experiment]:
    """All of them, in the order of the book."""
    pages = book.toc_pages()
    made = [of(found) for found in results()]
    return sorted(made, key=lambda one: (pages.index(one.name.partition(".")[0]), one.name))


def of(found: Found) -> Experiment:
    """One experiment, from what its file holds."""
    about = found["provenance"]
    name, seconds, note = about["command"].split()[-1], about["cpu_seconds"], about.get("note", "")
    runs, full, larger = LAWS.get(name, by_run)(found)
    unit = seconds / sum(runs) if runs else 0.0
    return Experiment(name, seconds, note, tuple(unit * w for w in runs), tuple(unit * w for w in full), larger)


def duration(seconds: float) -> str:
    """In the unit that fits."""
    unit, length = ("h", 3600) if seconds >= 3600 else ("min", 60) if seconds >= 60 else ("s", 1)
    return f"{seconds / length:.3g} {unit}"


def fragments() -> dict[str, str]:
    """What the page includes: file name → text."""
    made = experiments()
    return {"costs-table.md": measured(made), "costs-full.md": estimated(made), "costs-profile.md": profile()}


def measured(made: list[Experiment]) -> str:
    """What each experiment took."""
    rows: list[tuple[str, ...]] = [(f"`{one.name}`" + (f" *{plain(one.note)}*" if one.note else ""), duration(one.seconds),
             str(len(one.runs) or "–"), duration(max(one.runs)) if one.runs else "–") for one in made]  # fmt: skip
    rows.append(("**all**", f"**{duration(sum(one.seconds for one in made))}**", "", ""))
    return listed(("Experiment", "One core", "Runs", "Longest run"), rows, "58 14 14 14")


def estimated(made: list[Experiment]) -> str:
    """What the paper's full sizes would take, in core hours, and at least on many cores."""
    grown = [one for one in made if one.full]
    rows = [line(f"`{one.name}`: {one.larger}", sum(one.full), str(len(one.full)), max(one.full)) for one in grown]
    same = [one for one in made if not one.full]
    longest = max((run for one in made for run in one.full or one.runs), default=0.0)
    rows.append(("all others, as they are", hours(sum(one.seconds for one in same)), *[""] * (2 + len(CORES))))
    rows.append(line("**all**", sum(sum(one.full) or one.seconds for one in made), "", longest))
    head = ("Experiment: what is larger", "Core hours", "Runs", "Longest run", *(f"{cores} cores" for cores in CORES))
    return listed(head, rows, "34 11 11 11 11 11 11")


def line(what: str, seconds: float, count: str, longest: float) -> tuple[str, ...]:
    return what, hours(seconds), count, duration(longest), *(duration(wall(seconds, longest, cores)) for cores in CORES)


def hours(seconds: float) -> str:
    return f"{seconds / 3600:.3g}"


def profile() -> str:
    """How long the chapters run in the paper profile, as a sentence."""
    times = json.loads((book.BOOK / "results" / "run_times.json").read_text("utf-8"))
    seconds = {name: value["paper"] for name, value in times.items() if isinstance(value, dict)}
    longest = max(seconds, key=seconds.__getitem__)
    said = f"Measured, they take {duration(sum(seconds.values()))} of one core. The longest, {{doc}}`{longest}`, takes "
    said += f"{duration(seconds[longest])}."
    missing = ", ".join(f"{{doc}}`{name}`" for name in book.chapters() if name not in seconds)
    return said + (f" Not in this sum, for we have not run it at that size: {missing}." if missing else "") + "\n"
