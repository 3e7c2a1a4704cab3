"""Grade: take in what came, judge what nobody has judged yet, and write the results.

All of it goes through the record: a notebook is in it before it is judged, a verdict as soon as there is one.  So whatever
ends a grading, the next goes on where it was.
"""

import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from lpu_core.progress import track
from tools import book
from tools.assignments import record as clock
from tools.assignments import report
from tools.assignments.collect import Returned, collect
from tools.assignments.course import Course, line, open_course
from tools.assignments.judge import arrange, judge
from tools.assignments.questions import Part
from tools.assignments.record import Record, bases
from tools.assignments.release import TEXT_STUB, Assignment, load
from tools.assignments.sandbox import Limits, ready, visible
from tools.assignments.standing import Standing, standings

EMPTY = "nothing is written here"


@dataclass(frozen=True)
class Again:
    """What is to be judged again from the stored notebooks: of an assignment, a student, a question, or all of them."""

    name: str | None = None
    student: str | None = None
    question: str | None = None


@dataclass(frozen=True)
class Job:
    """A notebook to be judged, and the questions of which the verdict is kept."""

    record: Record
    notebook: str
    questions: tuple[str, ...]


# ------------------------------------------------------------------ what came


def take_in(course: Course, came: list[Returned], assignments: dict[str, Assignment]) -> list[Record]:
    """Record what came, oldest first, and what was recorded before once; returns the records that it belongs to.

    What belongs to no assignment is told in the record of each that came with it.
    """
    names = [name for name in assignments if any(one.assignment == name for one in came)]
    if not names:
        said = "\n".join(f"  {one.file}: {one.problem}" for one in came[:20])
        raise SystemExit(f"SUBMISSIONS: there is no notebook of an assignment\n{said}".rstrip())
    records = [course.record(assignments[name]) for name in names]
    before = {
        record.assignment.name: {_identity(event) for event in record.events if event["kind"] == "returned"}
        for record in records
    }
    for one in track(list(reversed(came)), "taking in", total=len(came)):
        try:
            key = course.keep(one.notebook) if one.notebook is not None else None
        except OSError:
            raise  # a full disk is no fault of a notebook
        except Exception as error:  # whatever a strange notebook does to what writes it
            key, one.problem = None, one.problem or f"the notebook can't be stored: {line(error)}"
        about = {
            "student": one.student,
            "notebook": key,
            "file": one.file[:500],
            "place": one.place[:500],
            "handed_in": one.time.astimezone(UTC).isoformat() if one.time else None,
            "problem": one.problem,
            "remarks": one.remarks[:20],
        }
        one.notebook = None  # it's on the disk, and there may be hundreds
        for record in records:
            mine = before[record.assignment.name]
            if one.assignment in (None, record.assignment.name) and _identity(about) not in mine:
                record.append("returned", **about)
                mine.add(_identity(about))
    return records


def _identity(event: dict[str, Any]) -> tuple:
    thing = event["notebook"] or event["file"].encode("utf-8", "replace")
    return event["student"], thing, event["place"], event["handed_in"], event["problem"]


# ------------------------------------------------------------------ judging


def new(record: Record, limits: dict[str, Any]) -> list[Job]:
    """The notebooks without a verdict on the present tests, with this seed and these limits."""
    judged, basis = record.judged(limits), bases(record.assignment)
    jobs = []
    for key in gradable(record):
        lacking = tuple(name for name, rests in basis.items() if (key, name, rests) not in judged)
        jobs += [Job(record, key, lacking)] if lacking else []
    return jobs


def again(course: Course, asked: Again) -> list[Job]:
    """The notebooks to be judged again. Raises SystemExit where there are none."""
    jobs = []
    known = course.roster.find(asked.student) if course.roster and asked.student else None
    student = known.key if known else asked.student
    for name in [name for name in course.recorded() if asked.name in (None, name)]:
        assignment = load([name])[name]
        record = course.record(assignment)
        if asked.question and asked.question not in assignment.tests:
            continue
        questions = (asked.question,) if asked.question else tuple(assignment.graded)
        jobs += [Job(record, key, questions) for key in gradable(record, student)]
    if not jobs:
        said = ", ".join(f"{key.upper()}={value}" for key, value in asdict(asked).items() if value)
        raise SystemExit(
            f"{said}: there is no such notebook in {course.folder}; it has {', '.join(course.recorded()) or 'no assignment'}"
        )
    if asked.question and len({id(job.record) for job in jobs}) > 1:
        names = sorted({job.record.assignment.name for job in jobs})
        raise SystemExit(f"QUESTION={asked.question}: of which assignment? say NAME={' or NAME='.join(names)}")
    return jobs


def gradable(record: Record, student: str | None = None) -> list[str]:
    """The notebooks of a student, or of all, that can be judged: each once."""
    handed = [one for who, all_of in record.returned().items() if student in (None, who) for one in all_of]
    return list(dict.fromkeys(one.notebook for one in handed if one.notebook and not one.problem))


def within(limits: Limits, isolated: bool) -> dict[str, Any]:
    """Under what a verdict was made, as the record tells it."""
    return asdict(limits) | {"isolated": isolated}


def judge_all(course: Course, jobs: list[Job], limits: Limits, isolated: bool, at_a_time: int) -> None:
    """Judge, several at a time, and record each verdict at once. None stops another; Ctrl-C waits for those at work."""
    for assignment in {job.record.assignment.name: job.record.assignment for job in jobs}.values():
        _ = assignment.namespace  # made once, here
    with ThreadPoolExecutor(at_a_time) as pool:
        waiting = [pool.submit(judge_one, course, job, limits, isolated) for job in jobs]
        try:
            for future in track(as_completed(waiting), "judging", total=len(waiting)):
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)  # and waits for those at work: their verdicts are recorded, too
            raise


def judge_one(course: Course, job: Job, limits: Limits, isolated: bool) -> None:
    """Judge a notebook and record the verdict, or why the grader failed. Raises OSError where it can't be recorded."""
    record = job.record
    try:
        assert record.seed is not None
        notebook = course.notebook(job.notebook)
        verdict = judge(record.assignment, notebook, record.seed, limits, isolated)
        for name, question in verdict.questions.items():
            if question.parts is None and not written(record.assignment, notebook, name):
                question.parts = [Part("An answer in words", question.points, EMPTY)]
    except (Exception, SystemExit) as error:
        if book.disk_is_full(error):
            raise
        record.append("failed", notebook=job.notebook, why=f"the grader failed: {type(error).__name__}: {line(error)}")
        return
    record.add_verdict(job.notebook, verdict, within(limits, isolated), job.questions)


def written(assignment: Assignment, notebook: Any, question: str) -> bool:
    """Whether there is something for a person to read: an answer in words, or own text or a picture after it."""
    cells = [
        cell
        for name, cell in arrange(assignment, notebook)[0]
        if name == question or (name.endswith(f" after {question}") and cell.cell_type == "markdown")
    ]
    return any(cell.source.strip() not in ("", TEXT_STUB) or cell.get("attachments") for cell in cells)


# ------------------------------------------------------------------ all of it


def grade(
    folder: Path,
    submissions: Path | None = None,
    asked: Again = Again(),
    seed: int | None = None,
    jobs: int = 2,
    limits: Limits = Limits(),  # noqa: B008 (it is frozen)
    unsafe: bool = False,
) -> dict[str, dict[str, Standing]]:
    """Grade what came, or again what is `asked` for, or nothing, and write the results of the course in `folder`.

    unsafe: judge even where submitted code can't be isolated. Raises SystemExit, with a sentence, where it can't be done.
    """
    if submissions and asked != Again():
        raise SystemExit("SUBMISSIONS takes in what came; NAME, STUDENT and QUESTION judge again what is there: not both")
    if submissions and not submissions.exists():
        raise SystemExit(f"SUBMISSIONS: no folder or file at {submissions}")
    isolated = ready(unsafe) if submissions or asked != Again() else True
    course = open_course(folder, make=submissions is not None)
    todo: list[Job] = []
    if submissions:
        if isolated and any(submissions.resolve().is_relative_to(Path(shown).resolve()) for shown in visible()):
            raise SystemExit(f"{submissions}: submitted code could read this, for it lies among Python's files")
        assignments = load()
        for path in track([submissions], "collecting"):
            came = collect(path, assignments, course.with_sheets(), course.zone)
        records = take_in(course, came, assignments)
        for record in records:
            record.draw_seed(seed)
        todo = [job for record in records for job in new(record, within(limits, isolated))]
    elif asked != Again():
        todo = again(course, asked)
        for record in {id(job.record): job.record for job in todo}.values():
            record.draw_seed(seed)
    elif seed is not None:
        raise SystemExit("SEED: say what is to be graded, by SUBMISSIONS")
    try:
        if todo:
            judge_all(course, todo, limits, isolated, jobs)
    except KeyboardInterrupt:
        print("Interrupted. What was judged is kept; grade again for the rest.", file=sys.stderr)
    return write_results(course)


def write_results(course: Course) -> dict[str, dict[str, Standing]]:
    """Make all results of a course from its records."""
    records = [course.record(assignment) for assignment in load(course.recorded()).values()] if course.recorded() else []
    made = standings(course, records, clock.now())
    for record in records:
        report.write(course, record, made[record.assignment.name])
    return made
