"""Write what students get: their notebooks, a self-check, the library as a wheel, and a zip of it all.

The self-check is one file, practice.py. It tests as the grader does, on networks of its own seed, where the student works:
in the page, in Colab, in JupyterLab. It holds the solutions, packed and not hidden; the repository is public, too. Who sets
an exam keeps it back.
"""

import base64
import inspect
import json
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from html import escape
from pathlib import Path
from textwrap import dedent

import nbformat
from nbformat import NotebookNode, v4

from tools import book
from tools.assignments import practice, questions
from tools.assignments.judge import hidden, visible
from tools.assignments.release import OUTPUT, Assignment, Workplace, leaks, load, mark
from tools.assignments.sandbox import Limits

FILE, ARCHIVE = "practice.py", "lpu-assignments.zip"
SEED = 1
"""The practice networks that a notebook asks for; any other gives others."""


def wheel(folder: Path) -> Path | None:
    """Build the library's wheel into `folder`; None, and a word, where that takes a network which is not there."""
    for old in folder.glob("*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "uv", "build", "-q", "--wheel", "--out-dir", str(folder), str(book.ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    (folder / ".gitignore").unlink(missing_ok=True)  # uv's
    if built.returncode:
        said = " ".join(built.stderr.split())[-200:]
        print(f"The library's wheel could not be built, so students get none (no network?): {said}", file=sys.stderr)
        return None
    (made,) = folder.glob("*.whl")
    return made


def opening(name: str, wheel: str | None) -> NotebookNode:
    """The cell that says how to open the notebook; wheel: the name of the wheel's file."""
    home = book.address()
    page = f"[Your notebook]({home}notebook.html)" if home else "*Your notebook*"
    ways = [
        f"**In your browser, with nothing to install:** open the book's page {page}, and in it this file, `{name}.ipynb`."
    ]
    if wheel:
        here = f"{home}assignments/{wheel}" if home else f"./{wheel}"
        wanted = f"lpu-core[plot] @ {here}" if home else f"{here}[plot]"
        along = "" if home else f" and `{wheel}`"
        ways += [
            f'**In Colab:** upload this file{along}; then run `%pip install -q "{wanted}"` in a new first cell.',
            f'**With Python 3.11 to 3.13:** `pip install jupyterlab "{wanted}"`, then `jupyter lab {name}.ipynb`.',
        ]
    ways = [f"{number}. {way}\n" for number, way in enumerate(ways, 1)]
    text = "<details><summary>How to open this notebook</summary>\n\n" + "".join(ways) + "\n</details>"
    return v4.new_markdown_cell(text, id="how-to-open")


def self_check(name: str) -> list[NotebookNode]:
    """The cells at the end of a notebook that run the self-check."""
    limits, home = Limits(), book.address()
    source = f"at {home}assignments/{FILE}" if home else "beside the notebooks that you were given"
    text = f"""
        ## Check yourself

        The next cell tests your answers as the grader does, on practice networks; the grader draws others. It stops nothing:
        when your work is graded, a call of a function may take {limits.call:g} s. The cell gives no points.
        """
    code = f"""
        try:
            import practice
        except ImportError:
            print("The self-check is a file, {FILE}: you find it {source}. Put it beside this notebook.")
        else:
            practice.check("{name}", globals(), seed={SEED})
        """
    return [
        v4.new_markdown_cell(dedent(text).strip(), id="check-yourself"),
        v4.new_code_cell(dedent(code).strip(), id="self-check"),
    ]


def packed(assignment: Assignment) -> str:
    """What the self-check needs of an assignment: the given cells and the solutions, and the tests."""
    cells = assignment.notebook.cells
    kept = {
        "given": [c.source for c in cells if c.cell_type == "code" and mark(c) and not mark(c)["grade"]],
        "names": assignment.names,
        "tests": {name: (assignment.graded[name], visible(cell), hidden(cell)) for name, cell in assignment.tests.items()},
    }
    return base64.b85encode(zlib.compress(json.dumps(kept).encode(), 9)).decode()


def practice_file(assignments: dict[str, Assignment]) -> str:
    """The self-check as a file that needs nothing of this package."""
    text, empty = inspect.getsource(practice), "PACKED: dict[str, str] = {}\n"
    taken = "from tools.assignments.questions import Question, examine\n"
    assert empty in text and taken in text
    kept = "".join(f'    "{name}": "{packed(assignment)}",\n' for name, assignment in assignments.items())
    return text.replace(taken, inspect.getsource(questions)).replace(empty, f"PACKED = {{\n{kept}}}\n")


README = """These notebooks are assignments of the book "Latent computing, executable".

Each says at its top how to open it: in a browser, in Colab, or with a Python of your own. Write where it says "your code
here", run the tests that follow, and keep the cells that are there. Check yourself with its last cell; practice.py, which it
needs, lies here. Then save the notebook and hand it in as it is.
"""


def write(folder: Path = OUTPUT, names: list[str] | None = None) -> Path:
    """Write the notebooks into `folder`, the zip of all last. Raises SystemExit where one gives something away."""
    assignments = load(names)
    shutil.rmtree(folder, ignore_errors=True)
    made = Workplace(folder / "course", assignments).release()
    shutil.rmtree(folder / "course")
    built = wheel(folder)
    for name, notebook in made.items():
        notebook.cells.insert(1, opening(name, built.name if built else None))
        notebook.cells += self_check(name)
        text = nbformat.writes(notebook)
        given_away = leaks(assignments[name], text)
        if given_away:
            raise SystemExit(f"{name}: the students' notebook holds {given_away}")
        book.write_whole(folder / f"{name}.ipynb", text + "\n")
    book.write_whole(folder / FILE, practice_file(assignments))
    book.write_whole(folder / "README.txt", README)
    archive = folder / ARCHIVE
    whole = sorted(path for path in folder.iterdir() if path != archive)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in whole:
            file.write(path, f"lpu-assignments/{path.name}")
    return archive


def listed(assignments: dict[str, Assignment]) -> str:
    """The assignments as a list, in the order of their chapters and in HTML, for the page that opens them."""
    order = {page: place for place, page in enumerate(book.toc_pages())}
    lines = []
    for name in sorted(assignments, key=lambda name: order.get(name, len(order))):
        title, about = assignments[name].notebook.cells[0].source.split("\n", 1)
        what = escape(title.removeprefix("# Assignment: ").capitalize())
        points = sum(assignments[name].graded.values())
        minutes = re.search(r"\*\*Time:\*\* about (\d+) minutes", about)
        told = f"{points:g} points" + (f", about {minutes[1]} minutes" if minutes else "")
        link = f'<a href="assignments/{name}.ipynb" download>{name}.ipynb</a>'
        lines.append(f"<li><strong>{what}</strong>: {told}. {link}</li>")
    return '<ul class="lpu-assignments">\n' + "\n".join(lines) + "\n</ul>\n"


def fragment() -> str:
    """What the site's page says of the assignments: the list, or that this copy has none."""
    if not (OUTPUT / ARCHIVE).is_file():
        return "This copy of the book was built without the assignments; `make assignments` makes them.\n"
    every = f'<p>All of them, the self-check and the library: <a href="assignments/{ARCHIVE}" download>{ARCHIVE}</a>.</p>\n'
    return f"```{{raw}} html\n{listed(load())}{every}```\n"


def place(site: Path) -> None:
    """Lay the notebooks, where they are made, beside the site's pages."""
    if (OUTPUT / ARCHIVE).is_file():
        shutil.copytree(OUTPUT, site / "assignments", ignore=shutil.ignore_patterns("README.txt"))
