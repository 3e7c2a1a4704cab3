"""The page on speed: benchmarks/results.json, which `make bench` writes, as tables and a picture."""

import json
from typing import Any

import numpy as np

from tools import book
from tools.scorecard import listed, plain

ALT = "The time of one step against the number of neurons, both axes logarithmic: the points lie near a line of slope one."
NOT_PACKAGES = ("processor", "avx512", "cores", "threads", "system", "python")


def load() -> dict[str, Any]:
    """The newest measurement: its date, its machine, and for each column the rows by part."""
    return json.loads((book.ROOT / "benchmarks" / "results.json").read_text("utf-8"))


def fragments() -> dict[str, str]:
    """What the page includes: file name → text."""
    found = load()
    return {"speed-table.md": table(found), "speed-machine.md": machine(found), "speed-growth.svg": picture(growth(found))}


def table(found: dict[str, Any]) -> str:
    """How many targets are met in each column, then a table for each part."""
    columns = found["columns"]
    parts = list(next(iter(columns.values())))
    tables = [". ".join(counted(name, rows) for name, rows in columns.items()) + "."]
    head, widths = ("What", *(name.capitalize() for name in columns)), "52" + f" {48 // len(columns)}" * len(columns)
    for part in parts:
        lines = [line([by_name(rows[part]).get(what) for rows in columns.values()]) for what in names(columns, part)]
        tables.append(f"### {part.capitalize()}\n\n" + listed(head, lines, widths))
    return "\n\n".join(tables)


def counted(name: str, rows: dict[str, Any]) -> str:
    """How many of a column's targets are met."""
    met = [row["met"] for part in rows.values() for row in part if row["target"]]
    return f"**Measured {name}: {len(met)} targets, {sum(met)} met, {len(met) - sum(met)} missed**"


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["what"]: row for row in rows}


def names(columns: dict[str, Any], part: str) -> list[str]:
    """What is measured in any of the columns, in their order."""
    return list(dict.fromkeys(row["what"] for rows in columns.values() for row in rows[part]))


def line(rows: list[dict[str, Any] | None]) -> tuple[str, ...]:
    """One row of each column: what, with the reasons where its target is missed; then what was measured and the target."""
    (what,) = {row["what"] for row in rows if row}
    reasons = dict.fromkeys(row.get("reason", "we have not measured it") for row in rows if row and row["met"] is False)
    return plain(what) + "".join(f"<br>*Why: {plain(reason)}.*" for reason in reasons), *map(cell, rows)


def cell(row: dict[str, Any] | None) -> str:
    """What was measured, and where there is a target, the target and whether it is met."""
    if row is None:
        return "–"
    number = f"{row['measured']:.3g}" if row["measured"] < 100 else f"{row['measured']:.0f}"
    if not row["target"]:
        return number
    icon, name, status = ("✓", "met", "holds") if row["met"] else ("✗", "missed", "differs")
    return f'{number} ({plain(row["target"])}) <span class="lpu-claim-status {status}">{icon} {name}</span>'


def machine(found: dict[str, Any]) -> str:
    """When and where it was measured, as a sentence."""
    here = found["machine"]
    packages = ", ".join(f"{name} {value}" for name, value in here.items() if name not in NOT_PACKAGES)
    width = "with AVX-512" if here["avx512"] else "without AVX-512"
    return (f"Measured on {found['date']}: {plain(here['processor'])} {width}, {here['cores']} cores, of which "
            f"{here['threads']} is used; {here['system']}, Python {here['python']}, {packages}.\n")  # fmt: skip


def growth(found: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Numbers of neurons and the seconds that a step takes, in each column, from the row that holds them."""
    curves = {}
    for name, rows in found["columns"].items():
        (seconds,) = [row["seconds"] for part in rows.values() for row in part if "seconds" in row]
        curves[name] = np.array([int(n) for n in seconds]), np.array(list(seconds.values()))
    return curves


def picture(curves: dict[str, tuple[Any, Any]]) -> str:
    """A step's time against N in each column, with slope one through the first column's smallest network."""
    from lpu_book import plotting

    plotting.use_style()
    fig, ax = plotting.figure(6.4, 3.4)
    sizes, seconds = next(iter(curves.values()))
    ax.loglog(sizes, 1e6 * seconds[0] * sizes / sizes[0], "--", color=plotting.GREY, label="slope 1")
    styles = ((plotting.BLUE, "o"), (plotting.VERMILLION, "s"))
    for (name, (sizes, seconds)), (colour, marker) in zip(curves.items(), styles, strict=False):
        ax.loglog(sizes, 1e6 * seconds, "-", marker=marker, color=colour, label=f"a step of one trial, {name}")
    ax.set(xlabel="neurons", ylabel="time of a step (µs)")
    ax.legend()
    return plotting.svg(fig, ALT)
