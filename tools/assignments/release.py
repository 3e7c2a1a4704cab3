"""Assignments as text, and the notebooks that students get.

A source is a MyST notebook in book/assignments. Its nbgrader cells say in short what they are: `nbgrader: {grade_id: step,
solution: true}` is an answer, `nbgrader: {grade_id: test-step, grade: true, points: 4}` a test of one, with hidden parts
between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS`, `nbgrader: {grade_id: setup}` a cell that is given. A text
cell with both `solution: true` and `grade: true` is read by a person. A cell tagged `expected-figure` runs on the
solution, and students get its picture, folded away.
"""

import ast
import base64
import contextlib
import io
import json
import os
import shutil
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from tools import book

SOURCES = book.BOOK / "assignments"
OUTPUT = book.BUILD / "assignments"
STUB = '# your code here\nraise NotImplementedError("your answer is missing")'
TEXT_STUB = "*Your answer here.*"
FIGURE = "expected-figure"
SEEN = "<details><summary>What you should see</summary>\n\n![What you should see](attachment:figure.png)\n\n</details>"
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


def mark(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader knows of a cell; empty for one that it doesn't know."""
    return cell.metadata.get("nbgrader", {})


def mark_id(cell: NotebookNode) -> str | None:
    known = mark(cell)
    return known.get("grade_id") if isinstance(known, dict) else None


def names_of(source: str) -> list[str]:
    """The names that a piece of code defines at its top level."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return names


@dataclass(frozen=True)
class Assignment:
    """One assignment: its name and its source as a notebook, in which nbgrader's marks are complete."""

    name: str
    notebook: NotebookNode

    @cached_property
    def answers(self) -> dict[str, NotebookNode]:
        """The cells that students fill in."""
        return {mark(c)["grade_id"]: c for c in self.notebook.cells if mark(c).get("solution")}

    @cached_property
    def tests(self) -> dict[str, NotebookNode]:
        """The cells that test them."""
        return {mark(c)["grade_id"]: c for c in self.notebook.cells if mark(c).get("grade") and not mark(c)["solution"]}

    @cached_property
    def graded(self) -> dict[str, float]:
        """Points of all that is graded: of tests, and of texts that a person reads."""
        return {mark(c)["grade_id"]: float(mark(c)["points"]) for c in self.notebook.cells if mark(c).get("grade")}

    @cached_property
    def names(self) -> list[str]:
        """What the answers define."""
        return [name for cell in self.answers.values() if cell.cell_type == "code" for name in names_of(cell.source)]

    @cached_property
    def namespace(self) -> dict[str, Any]:
        """All that the given cells and the solutions define."""
        run = [c for c in self.notebook.cells if c.cell_type == "code" and mark(c) and not mark(c)["grade"]]
        space: dict[str, Any] = {"__name__": f"solution_of_{self.name}"}
        for cell in run:
            exec(compile(cell.source, f"<{self.name}: {mark(cell)['grade_id']}>", "exec"), space)
        return space

    @cached_property
    def solution(self) -> SimpleNamespace:
        return SimpleNamespace(**self.namespace)


def read(path: Path) -> Assignment:
    """The assignment in a text source. Raises SystemExit where a mark is not understood or two cells share one."""
    import jupytext

    notebook = jupytext.read(path)
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
        lpu={"assignment": path.stem},
    )
    seen = set()
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        if "nbgrader" in cell.metadata:
            full = {"grade": False, "solution": False, "task": False, "schema_version": 3} | dict(mark(cell))
            full |= {"locked": not full["solution"], "cell_type": cell.cell_type}
            cell.metadata = NotebookNode(nbgrader=NotebookNode(full))
            name = full.get("grade_id")
            if not name or name in seen or full["grade"] != ("points" in full):
                raise SystemExit(f"{path.name}: cell {number}: grade_id once, points if graded; not {dict(mark(cell))}")
            seen.add(name)
    return Assignment(path.stem, notebook)


def load(names: list[str] | None = None) -> dict[str, Assignment]:
    """The assignments of book/assignments, or those that are named."""
    paths = {path.stem: path for path in sorted(SOURCES.glob("*.md"))}
    unknown = set(names or []) - set(paths)
    if unknown:
        raise SystemExit(f"no assignment {', '.join(sorted(unknown))}; there are {', '.join(paths)}")
    return {name: read(paths[name]) for name in names or paths}


def rubrics(assignment: Assignment, folder: Path = SOURCES) -> dict[str, list[dict[str, Any]]]:
    """For each question in words what its points are given for, a line and its points each; from NAME.rubric.yml."""
    path = folder / f"{assignment.name}.rubric.yml"
    return yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}


def with_figures(assignment: Assignment) -> NotebookNode:
    """The source with each cell tagged `expected-figure` replaced by the picture that it draws."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    notebook, space = nbformat.from_dict(assignment.notebook), dict(assignment.namespace)
    for cell in notebook.cells:
        if cell.cell_type != "code" or mark(cell):
            continue
        pyplot.close("all")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(cell.source, f"<{assignment.name}: figure>", "exec"), space)
        if FIGURE not in cell.metadata.get("tags", []):
            continue
        data = io.BytesIO()
        pyplot.gcf().savefig(data, dpi=80, bbox_inches="tight", metadata={"Software": None})
        pyplot.close("all")
        cell.cell_type, cell.metadata = "markdown", NotebookNode()
        cell.source = SEEN
        cell.attachments = {"figure.png": {"image/png": base64.b64encode(data.getvalue()).decode()}}
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)
    return notebook


class Workplace:
    """A folder in which nbgrader makes releases of the sources."""

    def __init__(self, folder: Path, assignments: dict[str, Assignment]):
        from nbgrader.apps import NbGraderAPI
        from traitlets.config import Config

        bin_folder = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
        os.environ["PATH"] = os.pathsep.join([bin_folder, os.environ.get("PATH", "")])
        self.folder, self.assignments = folder, assignments
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        config = Config()
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.course_id = "lpu"
        config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
        config.ClearSolutions.code_stub = {"python": STUB}
        config.ClearSolutions.text_stub = TEXT_STUB
        config.ClearSolutions.begin_solution_delimeter = "### BEGIN SOLUTION"
        config.ClearSolutions.end_solution_delimeter = "### END SOLUTION"
        config.IncludeHeaderFooter.header = ""
        config.NbGraderAPI.log_level = "ERROR"
        self.api = NbGraderAPI(config=config)
        self.api.log.setLevel("ERROR")

    def release(self) -> dict[str, NotebookNode]:
        """Make the students' notebooks."""
        made = {}
        for name, assignment in self.assignments.items():
            source = self.folder / "source" / name / f"{name}.ipynb"
            source.parent.mkdir(parents=True)
            nbformat.write(with_figures(assignment), source)
            self.run("generate_assignment", name, force=True)
            made[name] = nbformat.read(self.folder / "release" / name / f"{name}.ipynb", as_version=4)
        return made

    def run(self, step: str, *args: Any, **options: Any) -> None:
        """Take one of nbgrader's steps. Raises RuntimeError where it fails, with what it said."""
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")  # SQLAlchemy's, of nbgrader's ways
            result = getattr(self.api, step)(*args, **options)
        if not result["success"]:
            raise RuntimeError(f"nbgrader: {result.get('error')}\n{result.get('log', '')}")


def leaks(assignment: Assignment, released: str) -> list[str]:
    """Lines of the solutions and the hidden tests that the students' notebook, as text, holds; and marks of them."""
    secret: set[str] = set()
    shown: set[str] = set()
    for cell in assignment.notebook.cells:
        whole = bool(mark(cell).get("solution")) and "### BEGIN SOLUTION" not in cell.source
        hidden = whole
        for line in map(str.strip, cell.source.splitlines()):
            hidden = hidden or line in (BEGIN, "### BEGIN SOLUTION")
            (secret if hidden else shown).add(line)
            hidden = whole or (hidden and line not in (END, "### END SOLUTION"))
    secret |= {"BEGIN SOLUTION", "BEGIN HIDDEN", "END SOLUTION", "END HIDDEN"}
    return sorted(
        line for line in secret - shown if len(line) > 6 and json.dumps(line, ensure_ascii=False)[1:-1] in released
    )
