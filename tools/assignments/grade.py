"""Grade a folder of returned notebooks: collect them, judge them in parallel, write them into nbgrader's gradebook.

nbgrader keeps the points and runs nothing: each submission is written anew from the release, with the student's answers in
it and the judge's points as the outputs of its tests.
"""

import csv
import io
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from lpu_core.progress import track
from tools import book
from tools.assignments import report
from tools.assignments.collect import Submission, collect
from tools.assignments.judge import Verdict, arrange, judge
from tools.assignments.release import Assignment, Course, load, mark_id
from tools.assignments.sandbox import Limits, isolation, visible

OUTPUT = book.BUILD / "grades"


# ------------------------------------------------------------------ judging


def judge_all(
    submissions: list[Submission], assignments: dict[str, Assignment], seed: int, limits: Limits, isolated: bool, jobs: int
) -> None:
    """Judge those that can be, several at a time. None stops another; Ctrl-C stops all but those at work."""
    for assignment in assignments.values():
        _ = assignment.namespace  # made once, here
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {}
        for s in submissions:
            if s.problem is None and s.assignment and s.notebook:
                waiting[pool.submit(judge, assignments[s.assignment], s.notebook, seed, limits, isolated)] = s
        try:
            for _ in track(as_completed(waiting), "grading", total=len(waiting)):
                pass
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)  # waits for those at work
        for future, s in waiting.items():
            if future.cancelled():
                s.problem = "grading was interrupted; grade again"
            elif error := future.exception():
                s.problem = f"the grader failed: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
            else:
                s.verdict = future.result()


def rebuilt(released: NotebookNode, assignment: Assignment, submitted: NotebookNode, verdict: Verdict) -> NotebookNode:
    """The released notebook with the student's answers and own cells, and with the points as outputs of the tests."""
    notebook = nbformat.from_dict(released)
    own = {n: c for n, c in arrange(assignment, submitted)[0] if c.cell_type == "code" or n in assignment.answers}
    cells = [v4.new_code_cell(cell.source) for key, cell in own.items() if key.endswith(" at the start")]
    for cell in notebook.cells:
        name = mark_id(cell)
        if name in assignment.answers:
            cell.source = own[name].source if name in own else ""
        if name in assignment.tests:
            question = verdict.questions[name]
            said = "".join(
                f"{'✗' if p.lost else '✓'} {p.what}{': ' + p.lost if p.lost else ''}\n" for p in question.parts or []
            )
            cell.outputs = [
                v4.new_output("stream", name="stdout", text=said),
                v4.new_output("execute_result", {"text/plain": f"{question.earned}"}),
            ]
        cells.append(cell)
        cells += [v4.new_code_cell(extra.source) for key, extra in own.items() if key.endswith(f" after {name}")]
    notebook.cells = cells
    return notebook


def keep(course: Course, submissions: list[Submission], marks: dict[tuple[str, str, str], float]) -> None:
    """Write the points into nbgrader's gradebook, with those a person gave, and read all of them from there."""
    from nbgrader.api import Gradebook

    released = course.release()
    judged = [s for s in submissions if s.verdict]
    for s in judged:
        assert s.assignment and s.notebook and s.verdict
        place = course.folder / "submitted" / s.student / s.assignment / f"{s.assignment}.ipynb"
        place.parent.mkdir(parents=True)
        notebook = rebuilt(released[s.assignment], course.assignments[s.assignment], s.notebook, s.verdict)
        nbformat.write(notebook, place)
    for name in sorted({s.assignment for s in judged if s.assignment}):
        course.run("autograde", name, "*")
    with Gradebook(course.database) as gradebook:
        for s in judged:
            assert s.assignment
            for question in course.assignments[s.assignment].graded:
                grade = gradebook.find_grade(question, s.assignment, s.assignment, s.student)
                given = marks.get((s.student, s.assignment, question))
                if grade.auto_score is None and given is not None:
                    grade.manual_score, grade.needs_manual_grade = given, False
                    gradebook.db.commit()
                    gradebook.db.refresh(grade)  # its score is computed in the database
                s.points[question] = None if grade.needs_manual_grade else grade.score


# ------------------------------------------------------------------ points that a person gives

HEADER = ["student", "assignment", "question", "of", "points"]


def read_marks(path: Path, assignments: dict[str, Assignment]) -> dict[tuple[str, str, str], float]:
    """The points that a person wrote into to-read.csv. Raises SystemExit for a line that makes no sense."""
    marks = {}
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                if not (row.get("points") or "").strip():
                    continue
                try:
                    of = assignments[row["assignment"]].graded[row["question"]]
                    points = float(row["points"])
                    if not 0 <= points <= of:
                        raise ValueError(f"points from 0 to {of:g}")
                except (KeyError, ValueError) as error:
                    raise SystemExit(f"{path}, line {number}: {error}") from None
                marks[row["student"], row["assignment"], row["question"]] = points
    return marks


def write_marks(path: Path, submissions: list[Submission], assignments: dict[str, Assignment], marks: dict) -> None:
    """List the texts that a person reads, with the points that are given so far."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADER)
    for s in submissions:
        if s.verdict and s.assignment:
            for name, question in s.verdict.questions.items():
                if question.parts is None and (s.points[name] is None or (*s.key, name) in marks):
                    rows.writerow([*s.key, name, f"{question.points:g}", marks.get((*s.key, name), "")])
    if text.getvalue().count("\n") > 1:
        book.write_whole(path, text.getvalue())


def grade(
    path: Path,
    output: Path = OUTPUT,
    seed: int | None = None,
    jobs: int = 2,
    limits: Limits = Limits(),  # noqa: B008 (it is frozen)
    names: list[str] | None = None,
) -> list[Submission]:
    """Grade what lies at `path`, a folder or a zip, and write points, summary and feedback to `output`."""
    assignments = load(names)
    marks = read_marks(output / "to-read.csv", assignments)
    seed = secrets.randbelow(2**32) if seed is None else seed
    why_not = isolation()
    seen = [place for place in (path, output) for shown in visible() if place.resolve().is_relative_to(shown)]
    if seen and why_not is None:
        raise SystemExit(f"{seen[0]}: submitted code could read this, for it lies among Python's files; take another folder")
    submissions = collect(path, assignments)
    returned = {name: one for name, one in assignments.items() if any(s.assignment == name for s in submissions)}
    judge_all(submissions, returned, seed, limits, why_not is None, jobs)
    submissions.sort(key=lambda s: (s.assignment or "", s.student, s.problem or ""))
    output.mkdir(parents=True, exist_ok=True)
    keep(Course(output / "course", returned), submissions, marks)
    shutil.rmtree(output / "feedback", ignore_errors=True)
    write_marks(output / "to-read.csv", submissions, assignments, marks)
    report.write(output, submissions, assignments, seed, why_not)
    return submissions
