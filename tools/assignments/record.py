"""The record of an assignment: one event a line, appended and never rewritten.

    seed      the seed that the hidden tests draw from, kept from the first grading on
    returned  a notebook that came, or why what came can't be graded
    verdict   what the judge said of a notebook: all of its questions, or those that were judged again
    failed    the grader itself failed on a notebook, and will try again
    mark      the points that a person gave to a question, or took back; for words and for overrides alike

Each line is a JSON object with its running number, the time and its kind.  Writers take a lock and wait until the disk has
the line, so two graders and a browser may write at once, and what was cut short costs its own line at most.  What has a
kind or a field that is not known here is left where it is.
"""

import fcntl
import hashlib
import json
import math
import os
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from tools.assignments.judge import Verdict
from tools.assignments.questions import Part, Question
from tools.assignments.release import Assignment, mark, mark_id

NONE = type(None)
KINDS: dict[str, dict[str, tuple[type, ...]]] = {
    "seed": {"seed": (int,)},
    "returned": {
        "student": (str,),
        "notebook": (str, NONE),
        "file": (str,),
        "place": (str,),
        "handed_in": (str, NONE),
        "problem": (str, NONE),
        "remarks": (list,),
    },
    "verdict": {
        "notebook": (str,),
        "seed": (int,),
        "limits": (dict,),
        "basis": (dict,),
        "questions": (dict,),
        "remarks": (list,),
        "answers": (dict,),
    },
    "failed": {"notebook": (str,), "why": (str,)},
    "mark": {
        "student": (str,),
        "question": (str,),
        "points": (int, float, NONE),
        "comment": (str,),
        "reason": (str,),
        "by": (str,),
    },
}
"""The fields of each kind of event, and their types."""


@dataclass(frozen=True)
class Handed:
    """A notebook that a student handed in, once or more often, or a file that can't be graded."""

    notebook: str | None
    """The hash under which the course keeps it."""
    file: str
    place: str
    problem: str | None
    remarks: tuple[str, ...]
    first: datetime | None
    """When it came, aware: what has come before is as old as it was then. None where nobody knows."""
    last: datetime
    """When it came last; where nobody knows, when it was recorded."""
    number: int
    """Of the event that told of it first: what was recorded later has a larger number."""


@dataclass(frozen=True)
class Mark:
    """What a person gave to a question: points, or None where these were taken back, and a comment for the student."""

    points: float | None
    comment: str
    reason: str
    by: str
    time: datetime
    number: int


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Record:
    """The record in a file, of an assignment. `students`: who may have marks without having handed in."""

    def __init__(self, path: Path, assignment: Assignment, students: set[str] | None = None):
        self.path, self.assignment, self.students = path, assignment, students or set()
        self._guard = threading.RLock()
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.remarks: list[str] = []
        """What is wrong with the file, in sentences."""
        self._size, self._lines, self._ended = 0, 0, True

    # ------------------------------------------------------------------ the file

    @contextmanager
    def _locked(self, mode: str, lock: int) -> Iterator[IO[bytes]]:
        with self._guard, self.path.open(mode) as file:
            fcntl.flock(file, lock)  # closing the file ends it
            yield file

    def refresh(self) -> None:
        """Read what was appended since, by whomever. Raises SystemExit for an event that makes no sense."""
        if self.path.is_file():
            with self._locked("rb", fcntl.LOCK_SH) as file:
                self._read(file)

    def _read(self, file: IO[bytes]) -> None:
        if file.seek(0, os.SEEK_END) < self._size:
            self._forget()  # an older copy took its place
        file.seek(self._size)
        data = file.read()
        self._size += len(data)
        self._ended = data.endswith(b"\n") if data else self._ended
        for text in data.removesuffix(b"\n").split(b"\n") if data else []:
            self._lines += 1
            if text.strip():
                self._take(text)

    def _take(self, text: bytes) -> None:
        where = f"{self.path.name}, line {self._lines}"
        try:
            event = json.loads(text)
            kind, number = str(event["kind"]), int(event["n"])
            time = datetime.fromisoformat(event["time"])
        except (ValueError, KeyError, TypeError, RecursionError):
            self.remarks.append(f"{where}, can't be read and was skipped; it was cut short or damaged")
            return
        last = self.events[-1]["n"] if self.events else 0
        if number != last + 1:
            self.remarks.append(f"{where}: number {number} follows {last}; something was removed, or put in")
        for name, types in KINDS.get(kind, {}).items():
            if not isinstance(event.get(name), types) or isinstance(event[name], bool):
                shown = json.dumps(event.get(name), ensure_ascii=False)[:60]
                expected = " or ".join("null" if t is NONE else t.__name__ for t in types)
                raise SystemExit(f"{where}: {kind}: {name}: expected {expected}; there is {shown}")
        try:
            self.events.append(event | {"time": time, "made": made(event)})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SystemExit(f"{where}: {kind}: it makes no sense: {error}") from None

    def append(self, kind: str, **about: Any) -> None:
        """Append an event; it is on the disk when this returns. Raises OSError where the disk is full."""
        with self._open_to_write() as file:
            self._write(file, kind, about)

    @contextmanager
    def _open_to_write(self) -> Iterator[IO[bytes]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked("a+b", fcntl.LOCK_EX) as file:
            self._read(file)
            yield file

    def _write(self, file: IO[bytes], kind: str, about: dict[str, Any]) -> None:
        number = self.events[-1]["n"] + 1 if self.events else 1
        event = {"n": number, "time": now().isoformat(timespec="milliseconds"), "kind": kind} | about
        assert KINDS[kind].keys() == about.keys(), about.keys()
        text = json.dumps(event, ensure_ascii=False, allow_nan=False)
        file.write(b"" if self._ended else b"\n")  # what was cut short stays a line of its own
        file.write(text.encode("utf-8", "replace") + b"\n")
        file.flush()
        os.fsync(file.fileno())
        self._read(file)

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        return (event for event in self.events if event["kind"] == kind)

    # ------------------------------------------------------------------ what it says

    @property
    def seed(self) -> int | None:
        """The seed of the hidden tests; None before the first grading."""
        return next((event["seed"] for event in self._of("seed")), None)

    def draw_seed(self, wanted: int | None = None) -> int:
        """The seed, drawn here at the first grading. Raises SystemExit where it is another one than is wanted."""
        with self._open_to_write() as file:
            if self.seed is None:
                self._write(file, "seed", {"seed": secrets.randbelow(2**32) if wanted is None else wanted})
        assert self.seed is not None
        if wanted not in (None, self.seed):
            raise SystemExit(
                f"SEED={wanted}: {self.assignment.name} was first graded with SEED={self.seed} and keeps it; "
                "with other draws, points that students have seen could change"
            )
        return self.seed

    def returned(self) -> dict[str, list[Handed]]:
        """What each student handed in, newest first; what came twice is there once, as old as its first time."""
        found: dict[str, dict[Any, Handed]] = defaultdict(dict)
        for event in self._of("returned"):
            mine = found[event["student"]]
            key = (event["notebook"] or event["file"], event["problem"])
            time, before = event["made"], mine.get(key)
            first, last = time, time or event["time"]
            if before:
                first = min((t for t in (before.first, time) if t), default=None)
                last = max(before.last, last) if time or not before.first else before.last
            number = before.number if before else event["n"]
            told = {name: event[name] for name in ("notebook", "file", "place", "problem")}
            mine[key] = Handed(**told, remarks=tuple(map(str, event["remarks"])), first=first, last=last, number=number)
        return {
            student: sorted(mine.values(), key=lambda h: (h.last, h.number), reverse=True)
            for student, mine in sorted(found.items())
        }

    def verdicts(self) -> dict[str, tuple[Verdict, set[str]]]:
        """What was said of each notebook, and which of its questions were judged by another version of their tests.

        Of each question the last word on its present basis counts, else the last on any.
        """
        made: dict[str, Verdict] = {}
        basis = bases(self.assignment)
        current: dict[str, set[str]] = defaultdict(set)
        for event in self._of("verdict"):
            verdict = made.setdefault(event["notebook"], Verdict())
            mine = current[event["notebook"]]
            for name, question in event["made"].questions.items():
                now = event["basis"].get(name) == basis.get(name)
                if now or name not in mine:
                    verdict.questions[name] = question
                    mine |= {name} if now else set()
            verdict.remarks, verdict.answers = event["made"].remarks, event["made"].answers
        return {key: (verdict, set(verdict.questions) - current[key]) for key, verdict in made.items()}

    def judged(self, limits: dict[str, Any]) -> set[tuple[str, str, str]]:
        """The notebooks, questions and their basis on which there is a verdict, within these limits."""
        return {
            (event["notebook"], name, event["basis"].get(name, ""))
            for event in self._of("verdict")
            if event["limits"] == limits and event["seed"] == self.seed
            for name in event["questions"]
        }

    def failed(self) -> dict[str, str]:
        """The notebooks at which the grader failed and did not succeed since, and why."""
        found: dict[str, str] = {}
        for event in self.events:
            if event["kind"] == "failed":
                found[event["notebook"]] = event["why"]
            elif event["kind"] == "verdict":
                found.pop(event["notebook"], None)
        return found

    def marks(self) -> dict[tuple[str, str], Mark]:
        """The last mark of each student and question; one that was taken back has no points."""
        return {
            (e["student"], e["question"]): Mark(e["points"], e["comment"], e["reason"], e["by"], e["time"], e["n"])
            for e in self._of("mark")
        }

    def mark(
        self, student: str, question: str, points: float | None, comment: str = "", reason: str = "", by: str = ""
    ) -> None:
        """Give points to a question, or take them back by None. Raises ValueError, in a sentence, where that can't be.

        Points that the judge gives can be overridden too; that takes a reason.
        """
        graded = self.assignment.graded
        if question not in graded:
            raise ValueError(f"question: expected one of {', '.join(graded)}; not {question!r}")
        if student not in self.students and not any(e["student"] == student for e in self._of("returned")):
            raise ValueError(f"student: nobody of this name has handed in, or stands in roster.csv: {student!r}")
        if points is not None:
            right = isinstance(points, (int, float)) and not isinstance(points, bool) and math.isfinite(points)
            if not right or not 0 <= points <= graded[question]:
                raise ValueError(f"points: expected a number from 0 to {graded[question]:g}; not {points!r}")
            if question in self.assignment.tests and not reason.strip():
                raise ValueError(f"reason: {question} has points of the judge; to give others, say why")
        self.append("mark", student=student, question=question, points=points, comment=comment, reason=reason.strip(), by=by)

    def add_verdict(self, notebook: str, verdict: Verdict, limits: dict[str, Any], questions: Iterable[str]) -> None:
        """Append what the judge said of some questions of a notebook."""
        assert self.seed is not None
        said, basis = asdict(verdict), bases(self.assignment)
        basis = {name: basis[name] for name in questions}
        self.append(
            "verdict",
            notebook=notebook,
            seed=self.seed,
            limits=limits,
            basis=basis,
            questions={name: said["questions"][name] for name in basis},
            remarks=said["remarks"],
            answers=said["answers"],
        )


def bases(assignment: Assignment) -> dict[str, str]:
    """For each question a hash of what its points rest on: its test, and the cells and solutions that all tests share."""
    cells = assignment.notebook.cells
    shared = [c.source for c in cells if c.cell_type == "code" and mark(c) and mark_id(c) not in assignment.tests]
    made = {}
    for name, points in assignment.graded.items():
        rests = [points, assignment.tests[name].source, shared] if name in assignment.tests else [points]
        made[name] = hashlib.sha256(json.dumps(rests).encode()).hexdigest()[:12]
    return made


def made(event: dict[str, Any]) -> Any:
    """What an event's fields stand for: the time of what came, the verdict; None of other kinds."""
    if event["kind"] == "returned" and event["handed_in"]:
        time = datetime.fromisoformat(event["handed_in"])
        if time.tzinfo is None:
            raise ValueError(f"handed_in: {time} has no time zone")
        return time
    if event["kind"] == "verdict":
        questions = {}
        for name, said in event["questions"].items():
            parts = said.get("parts")
            parts = None if parts is None else [Part(**known(Part, part)) for part in parts]
            questions[name] = Question(**known(Question, said) | {"parts": parts})
            float(questions[name].earned + questions[name].points)
        answers = {name: tuple(answer) for name, answer in event["answers"].items()}
        return Verdict(questions, list(map(str, event["remarks"])), answers)
    return None


def known(kind: type, said: dict[str, Any]) -> dict[str, Any]:
    """Of what was said, the fields that a class has."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in said.items() if name in names}
