"""Which modules each chapter imports, as rules for make.

python -m tools.dependencies _build/chapters.d
"""

import sys
from pathlib import Path

from lpu_core.imports import closure
from tools import book

PACKAGES = ("lpu_core", "lpu_book")


def modules(chapter: Path) -> list[Path]:
    """The files of our packages that the chapter imports, at once or through others."""
    import jupytext

    script = jupytext.writes(jupytext.read(chapter), "py:percent")  # in which IPython's magics are comments
    return closure(script, [book.ROOT / package for package in PACKAGES])


def rules() -> str:
    """A rule for each chapter; and one without a recipe for each module, so that make can do without one that went away."""
    found = {name: modules(book.BOOK / f"{name}.md") for name in book.chapters()}
    lines = [f"$(RUNS)/{name}.ipynb: {listed(files)}" for name, files in found.items()]
    files = sorted({file for files in found.values() for file in files})
    return "\n".join([*lines, f"{listed(files)}:" if files else "", ""])


def listed(files: list[Path]) -> str:
    return " ".join(str(file.relative_to(book.ROOT)) for file in files)


@book.needs_room("The chapters' imports")
def main() -> None:
    book.write_whole(Path(sys.argv[1]), rules())


if __name__ == "__main__":
    main()
