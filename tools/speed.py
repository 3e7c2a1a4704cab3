"""The page on speed: benchmarks/results.json, which `make bench` writes, as tables and a picture."""

import json
from typing import Any

import numpy as np

from tools import book
from tools.scorecard import listed, plain

HEAD = ("What", "Measured", "Target", "")
WIDTHS = "58 14 14 14"
ALT = "The time of one step against the number of neurons, both axes logarithmic: the points lie along a line of slope one."


def load() -> dict[str, Any]:
    """The newest measurement: its date, its machine, and rows by part."""
    return json.loads((book.ROOT / "benchmarks" / "results.json").read_text("utf-8"))


def fragments() -> dict[str, str]:
    """What the page includes: file name → text."""
    found = load()
    return {"speed-table.md": table(found), "speed-machine.md": machine(found), "speed-growth.svg": picture(*growth(found))}


def table(found: dict[str, Any]) -> str:
    """How many targets are met, then a table for each part."""
    rows = [row for part in found["rows"].values() for row in part]
    met = sum(row["met"] for row in rows)
    tables = [f"**{len(rows)} targets: {met} met, {len(rows) - met} missed.**"]
    for part, measured in found["rows"].items():
        if measured:
            tables.append(f"### {part.capitalize()}\n\n" + listed(HEAD, [line(row) for row in measured], WIDTHS))
    return "\n\n".join(tables)


def line(row: dict[str, Any]) -> tuple[str, ...]:
    """One target: what, with the reason where it is missed; measured; target; met or missed."""
    reason = row.get("reason") or (None if row["met"] else "we have not measured it")
    icon, name, status = ("✓", "met", "reproduced") if row["met"] else ("✗", "missed", "differs")
    badge = f'<span class="lpu-claim-status {status}">{icon} {name}</span>'
    what = plain(row["what"]) + (f"<br>*Why: {plain(reason)}.*" if reason else "")
    measured = f"{row['measured']:.3g}" if row["measured"] < 100 else f"{row['measured']:.0f}"
    return what, measured, plain(row["target"]), badge


def machine(found: dict[str, Any]) -> str:
    """When and where it was measured, as a sentence."""
    here = found["machine"]
    named = ("processor", "cores", "threads", "system", "python")
    packages = ", ".join(f"{name} {value}" for name, value in here.items() if name not in named)
    return (f"Measured on {found['date']}: {plain(here['processor'])}, {here['cores']} cores, of which {here['threads']} is "
            f"used; {here['system']}, Python {here['python']}, {packages}.\n")  # fmt: skip


def growth(found: dict[str, Any]) -> tuple[Any, Any]:
    """Numbers of neurons and the seconds that a step takes, from the row that holds them."""
    (seconds,) = [row["seconds"] for part in found["rows"].values() for row in part if "seconds" in row]
    return np.array([int(n) for n in seconds]), np.array(list(seconds.values()))


def picture(sizes: Any, seconds: Any) -> str:
    """A step's time against N, with slope one through the largest network."""
    from lpu_book import plotting

    plotting.use_style()
    fig, ax = plotting.figure(6.4, 3.4)
    ax.loglog(sizes, 1e6 * seconds[-1] * sizes / sizes[-1], "--", color=plotting.GREY, label="slope 1")
    ax.loglog(sizes, 1e6 * seconds, "o-", color=plotting.BLUE, label="a step of one trial")
    ax.set(xlabel="neurons", ylabel="time of a step (µs)")
    ax.legend()
    return plotting.svg(fig, ALT)
