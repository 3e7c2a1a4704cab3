"""The data of each figure (lpu_book/figure_data.py): out of the executed notebooks, into a CSV beside the pages."""

from pathlib import Path
from typing import Any

from lpu_book import figure_data
from tools.edition import Edition

FOLDER = "data"


def take(notebook: dict[str, Any]) -> dict[str, str]:
    """Take the tables out of a notebook: by the names of the figures."""
    tables = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            table = output.get("data", {}).pop(figure_data.MIME, None)
            name = cell["metadata"].get("mystnb", {}).get("figure", {}).get("name")
            if table and name:
                tables[name] = "".join(table)
    return tables


def write(site: Path, chapter: str, tables: dict[str, str], now: Edition) -> None:
    """Write a chapter's tables where its page looks for them (book/assets/figures.js), each with its origin in front."""
    (site / FOLDER).mkdir(exist_ok=True)
    for name, table in tables.items():
        head = f"# Figure {name} of {chapter}.html, {now.title}, version {now.version}, commit {now.commit}\n"
        head += "# Each value is as it is drawn, to six digits.\n"
        (site / FOLDER / f"{chapter}-{name}.csv").write_text(head + table, "utf-8")
