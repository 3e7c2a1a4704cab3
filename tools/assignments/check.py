"""Check the assignments: the solution has all points, the release none, and each typical mistake what it should have."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from lpu_core.progress import track
from tools.assignments.judge import judge
from tools.assignments.release import SOURCES, STUB, TEXT_STUB, Assignment, load, mark, mark_id, rubrics
from tools.assignments.sandbox import Box, Limits, isolation

SEEDS = (0, 1, 2)
"""The solution is judged on as many draws."""


@dataclass(frozen=True)
class Case:
    """A submission whose points are known: all of `expected`, where a question is missing all of its points."""

    what: str
    notebook: NotebookNode
    expected: dict[str, float]
    seed: int = 0


def mistakes(assignment: Assignment, folder: Path = SOURCES) -> list[dict[str, Any]]:
    """The typical mistakes, as listed beside the source."""
    return yaml.safe_load((folder / f"{assignment.name}.mistakes.yml").read_text("utf-8"))


def rubric_errors(assignment: Assignment, folder: Path = SOURCES) -> list[str]:
    """Where the rubric beside the source, NAME.rubric.yml, does not give the points of the questions in words."""
    rubric = rubrics(assignment, folder)
    wanted = {name: points for name, points in assignment.graded.items() if name not in assignment.tests}
    if set(rubric) != set(wanted):
        return [f"{assignment.name}.rubric.yml: it is on {sorted(rubric)}; the questions in words are {sorted(wanted)}"]
    made = {name: sum(float(line["points"]) for line in lines if line["what"].strip()) for name, lines in rubric.items()}
    return [
        f"{assignment.name}.rubric.yml: {name}: the lines make {made[name]:g} points, not {points:g}"
        for name, points in wanted.items()
        if made[name] != points
    ]


def answered(assignment: Assignment, answers: dict[str, str]) -> NotebookNode:
    """The source with some answers replaced, a submission to the judge; without the cells that nobody grades."""
    unknown = set(answers) - set(assignment.answers)
    if unknown:
        raise SystemExit(f"{assignment.name}: no answer {unknown}")
    notebook = nbformat.from_dict(assignment.notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type != "code" or mark(cell)]
    for cell in notebook.cells:
        cell.source = answers.get(mark_id(cell) or "", cell.source)
    return notebook


def stubs(assignment: Assignment) -> dict[str, str]:
    """The answers of one who did nothing: each solution, between its marks, replaced as nbgrader does it."""
    made = {}
    for name, cell in assignment.answers.items():
        lines, inside = [], False
        for line in cell.source.splitlines():
            if "### BEGIN SOLUTION" in line:
                inside = True
                lines += [line[: len(line) - len(line.lstrip())] + part for part in STUB.splitlines()]
            elif "### END SOLUTION" in line:
                inside = False
            elif not inside:
                lines.append(line)
        made[name] = "\n".join(lines) if cell.cell_type == "code" else TEXT_STUB
    return made


def cases(assignment: Assignment) -> list[Case]:
    tested = {name: points for name, points in assignment.graded.items() if name in assignment.tests}
    made = [Case("the solution", assignment.notebook, tested, SEEDS[0])]  # with what nobody grades, figures and such, once
    made += [Case("the solution", answered(assignment, {}), tested, seed) for seed in SEEDS[1:]]
    made.append(Case("the untouched release", answered(assignment, stubs(assignment)), dict.fromkeys(tested, 0.0)))
    for mistake in mistakes(assignment):
        unknown = set(mistake["points"]) - set(tested)
        if unknown:
            raise SystemExit(f"{assignment.name}: {mistake['mistake']}: no question {unknown}")
        if not any(points < tested[name] for name, points in mistake["points"].items()):
            raise SystemExit(f"{assignment.name}: {mistake['mistake']}: it loses no points, so what is its mistake?")
        notebook = answered(assignment, {mistake["cell"]: mistake["source"]})
        made.append(Case(mistake["mistake"], notebook, tested | mistake["points"]))
    return made


def outcome(assignment: Assignment, case: Case, isolated: bool, box: Box | None = None) -> list[str]:
    """Where the points of a case are not what they should be."""
    verdict = judge(assignment, case.notebook, case.seed, Limits(), isolated, box)
    wrong = []
    for name, points in case.expected.items():
        question = verdict.questions[name]
        if question.earned != points:
            lost = "; ".join(f"{part.what}: {part.lost}" for part in question.parts or [] if part.lost)
            wrong.append(f"{assignment.name}: {case.what}: {name} has {question.earned:g} points, not {points:g} ({lost})")
    return wrong


def outcomes(assignment: Assignment, cases: list[Case], isolated: bool) -> list[str]:
    """Those of all cases, in one box: they are ours, and each new box would import all packages again."""
    box, wrong = None, []
    with ExitStack() as boxes:
        for case in cases:
            if box is None or box.process.poll() is not None:
                box = boxes.enter_context(Box(Limits(), isolated))
            wrong += outcome(assignment, case, isolated, box)
    return wrong


def check(names: list[str] | None = None, jobs: int = 2) -> list[str]:
    """All that is wrong with the assignments, in sentences."""
    todo = [(a, cases(a)) for a in load(names).values()]
    for assignment, _ in todo:
        assert mark(assignment.notebook.cells[0]) == {}, f"{assignment.name}: the title first"
        _ = assignment.namespace
    isolated = isolation() is None
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda job: outcomes(job[0], job[1], isolated), todo)
        wrong = [sentence for sentences in track(found, "checking", total=len(todo)) for sentence in sentences]
    return wrong + [sentence for assignment, _ in todo for sentence in rubric_errors(assignment)]
