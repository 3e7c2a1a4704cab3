"""What a build costs: a chapter keeps its seconds beside its notebook, and the build ends with a table of them."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tools import book

STARTED = "LPU_BUILD_STARTED"  # the Makefile sets it: seconds since the epoch
PLACE = '<div id="lpu-build-times"></div>'  # where the page on speed has the table
HEAD = ("", "wall s", "CPU s", "start s", "")


@dataclass(frozen=True)
class Cost:
    """What a step of the build took: its beginning, s since the epoch; wall and CPU s; wall s until its imports end."""

    name: str
    started: float
    wall: float
    cpu: float
    start: float | None = None

    @property
    def now(self) -> bool:
        """Whether this build did it, and not an earlier one."""
        return self.started >= float(os.environ.get(STARTED) or 0)


def cpu_seconds() -> float:
    """Of this process, and of those that it started and that have ended."""
    return sum(os.times()[:4])


def chapters(profile: str) -> list[Cost]:
    """What the chapters took when they last ran, in the book's order."""
    files = [book.executed(profile) / f"{name}.json" for name in book.toc_pages()]
    return [Cost(**json.loads(file.read_text("utf-8"))) for file in files if file.is_file()]


def keep(file: Path, cost: Cost) -> None:
    book.write_whole(file, json.dumps(asdict(cost)) + "\n")


def table(costs: list[Cost]) -> list[tuple[str, ...]]:
    """Head, a row for each step and one for the build so far, as text."""
    ran = [cost for cost in costs if cost.now]
    began = float(os.environ.get(STARTED) or min(cost.started for cost in ran))
    whole = Cost("this build", began, time.time() - began, sum(cost.cpu for cost in ran))
    return [HEAD, *(
        (cost.name, f"{cost.wall:.0f}", f"{cost.cpu:.0f}", "" if cost.start is None else f"{cost.start:.0f}",
         "" if cost.now else "up to date")
        for cost in [*costs, whole]
    )]  # fmt: skip


def text(costs: list[Cost]) -> str:
    """The table for the terminal."""
    rows = table(costs)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [[f"{row[0]:<{widths[0]}}"] + [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
             for row in rows]  # fmt: skip
    return "\n".join("  ".join(line).rstrip() for line in lines)


def show(page: Path, costs: list[Cost]) -> None:
    """Put the table into the page on speed: only after the page is made is it known what making it took."""
    html = page.read_text("utf-8")
    if PLACE not in html:
        raise SystemExit(f"{page.name}: expected a place for the table of times, {PLACE}; there is none")
    cells = [("th" if row is HEAD else "td", row) for row in table(costs)]
    rows = "".join("<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in row) + "</tr>" for kind, row in cells)
    page.write_text(html.replace(PLACE, f'<table class="table lpu-numbers">{rows}</table>'), "utf-8")
