"""A course: a folder with its settings, its roster, a record for each assignment, the notebooks, and the results.

    my-course/course.yml           the settings, written at the first run, with comments
    my-course/roster.csv           the list of students as your LMS exports it; there may be none
    my-course/theory.csv           the LMS's own table of this assignment, as Moodle has one for each; there may be none
    my-course/theory.jsonl         the record of an assignment: all that came, was judged and was decided
    my-course/notebooks/HASH.ipynb each notebook that came, named by what it holds
    my-course/results/theory/      made anew from the above at each `make grade`

Keep all but the results, which follow from the others.
"""

import copy
import hashlib
import json
import math
import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, available_timezones

import nbformat
import yaml
from nbformat import NotebookNode

from tools import book
from tools.assignments.record import Record
from tools.assignments.release import SOURCES, Assignment
from tools.assignments.roster import Roster, Student
from tools.assignments.sandbox import visible

DOOMED = ("_build", ".venv", "book/assets/vendor", "book/assets/live/vendor", "tests/vendor")
"""What `make clean` and `make distclean` remove."""
COUNTS = ("newest", "best")
SETTINGS = """# The settings of this course. After a change, `make grade` makes the results anew; nothing is judged again.

name: {name}
timezone: {zone}    # due dates are in this zone

counts: newest    # which notebook counts where a student handed in several: the newest, or the best

late:             # a due date may be missed ...
  free_days: 0    # ... by as many days in all of the course, at no cost; they are used in the order of the due dates
  per_day: 0.1    # ... and by each day more for this share of the points; 1: what is late does not count

assignments:      # a date lasts until its day is over, a time until its minute is
#  theory: {{due: 2026-11-05 23:59}}
#  drift: {{due: 2026-11-12}}

extensions:       # another due date for one student
#  ann.lee: {{theory: 2026-11-08 23:59}}
"""


class _Loader(yaml.BaseLoader):
    """Reads all values as text, so that 0071 stays a student's number; refuses a key that is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise SystemExit(f"line {node.start_mark.line + 1}: {key} is there twice; keep one of them")
        return super().construct_mapping(node, deep)


def zone_here() -> str:
    """The name of this machine's time zone, or UTC."""
    told = [os.environ.get("TZ", ""), os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]]
    return next((name for name in told if name in available_timezones()), "UTC")


@dataclass
class Course:
    """The settings of a course and the places of what it keeps. Make one by :func:`open_course`."""

    folder: Path
    name: str
    zone: ZoneInfo
    counts: str = "newest"
    free_days: int = 0
    per_day: float = 0.1
    due: dict[str, datetime] = field(default_factory=dict)
    """The end of each due date, by assignment: local, naive."""
    extensions: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """The same by student and assignment."""

    @cached_property
    def roster(self) -> Roster | None:
        """The students, where there is a roster.csv."""
        path = self.folder / "roster.csv"
        return Roster.read(path) if path.is_file() else None

    def with_sheets(self) -> Roster | None:
        """The roster, for collecting: with the numbers and the times that Moodle gives in each assignment's own table."""
        if self.roster is None:
            return None
        roster = copy.copy(self.roster)
        for name in [path.stem for path in sorted(SOURCES.glob("*.md"))]:
            sheet = self.sheet(name)
            if sheet and sheet is not self.roster and sheet.lms == "moodle":
                roster.lms, roster.known = "moodle", self.roster.known | {"time": sheet.known["time"]}
                told = {number: (same_student(self.roster, student), student) for number, student in sheet.numbers.items()}
                own = {number: replace(known, row=student.row) for number, (known, student) in told.items() if known}
                roster.numbers = roster.numbers | own
        return roster

    def sheet(self, name: str) -> Roster | None:
        """The table that an LMS wants its points in: NAME.csv, where there is one beside the roster, else the roster."""
        path = self.folder / f"{name}.csv"
        return Roster.read(path) if path.is_file() else self.roster

    def record(self, assignment: Assignment) -> Record:
        """The record of an assignment; a new one where there is none."""
        known = set(self.roster.students) if self.roster else set()
        return Record(self.folder / f"{assignment.name}.jsonl", assignment, known)

    def recorded(self) -> list[str]:
        """The names of the assignments that have a record, in the order of their due dates."""
        names = [path.stem for path in sorted(self.folder.glob("*.jsonl")) if (SOURCES / f"{path.stem}.md").is_file()]
        return sorted(names, key=lambda name: (self.due.get(name, datetime.max), name))

    def results(self, name: str) -> Path:
        """Where the results of an assignment go."""
        return self.folder / "results" / name

    def keep(self, notebook: NotebookNode) -> str:
        """Store a notebook under the hash of what it holds, unless it is there; returns the hash."""
        key = content(notebook)
        path = self.folder / "notebooks" / f"{key}.ipynb"
        if not path.is_file():
            book.write_whole(path, writable(nbformat.writes(notebook, version=nbformat.NO_CONVERT)))
        return key

    def notebook(self, key: str) -> NotebookNode:
        """A stored notebook. Raises SystemExit where its file is not there or can't be read."""
        path = self.folder / "notebooks" / f"{key}.ipynb"
        try:
            return nbformat.reads(path.read_text("utf-8"), as_version=4)
        except Exception as error:
            raise SystemExit(f"{path}: this notebook is in the record, but can't be read: {line(error)}") from None

    def until(self, student: str, name: str) -> datetime | None:
        """When an assignment is due for a student: local, naive; None where it is due at no time."""
        return self.extensions.get((student, name), self.due.get(name))

    def days_late(self, student: str, name: str, handed_in: datetime | None) -> int:
        """Days after the due date, each begun one in full; 0 where nobody knows when it came."""
        until = self.until(student, name)
        if until is None or handed_in is None:
            return 0
        local = handed_in.astimezone(self.zone).replace(tzinfo=None)
        return max(0, math.ceil((local - until) / timedelta(days=1)))


def same_student(roster: Roster, student: Student) -> Student | None:
    """Who in the roster is a student of another table."""
    told = [text for text in (student.email, student.name) if text]
    return roster.students.get(student.key) or next((who for text in told if (who := roster.find(text))), None)


def content(notebook: NotebookNode) -> str:
    """A hash of what is graded in a notebook: its cells' marks, types, texts and pictures, not what they printed."""
    held = []
    for cell in notebook.cells:
        known = cell.metadata.get("nbgrader", {})
        name = known.get("grade_id") if isinstance(known, dict) else None
        if cell.source.strip() or name:
            held.append([name, cell.cell_type, cell.source, cell.get("attachments", {})])
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:24]


def writable(text: str) -> str:
    """The text, with halves of characters replaced, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def line(error: object) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())[:300] or type(error).__name__


# ------------------------------------------------------------------ opening one


def open_course(folder: Path, make: bool = False) -> Course:
    """The course in a folder; make: a new one where there is none. Raises SystemExit, in a sentence, where it can't be."""
    place = folder.resolve()
    for doomed in DOOMED:
        if place.is_relative_to((book.ROOT / doomed).resolve()):
            raise SystemExit(f"COURSE={folder}: `make clean` or `make distclean` would remove this; take another folder")
    if any(place.is_relative_to(Path(shown).resolve()) for shown in visible()):
        raise SystemExit(
            f"COURSE={folder}: submitted code could read this, for it lies among Python's files; take another folder"
        )
    settings = folder / "course.yml"
    if not settings.is_file():
        if not make:
            raise SystemExit(
                f"COURSE={folder}: there is no course (no course.yml); a grading with SUBMISSIONS=a-folder-or-zip makes it"
            )
        name = json.dumps(place.name, ensure_ascii=False)  # in quotes, whatever it is
        book.write_whole(settings, SETTINGS.format(name=name, zone=zone_here()))
    try:
        return read(folder, settings.read_text("utf-8-sig"))
    except SystemExit as error:
        raise SystemExit(f"{settings}: {error}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise SystemExit(f"{settings}: it can't be read: {line(error)}") from None


def read(folder: Path, text: str) -> Course:
    """The course with these settings. Raises SystemExit with the key, what was expected there, and what came."""
    told = mapping("the file", yaml.load(text, _Loader), ("name", "timezone", "counts", "late", "assignments", "extensions"))
    late = mapping("late", told.get("late"), ("free_days", "per_day"))
    zone = told.get("timezone") or "UTC"
    if zone not in available_timezones():
        wrong("timezone", "a name such as Europe/Berlin", zone)
    if (counts := told.get("counts") or COUNTS[0]) not in COUNTS:
        wrong("counts", "newest or best", counts)
    free = number("late: free_days", late.get("free_days", "0"), 365)
    if free != int(free):
        wrong("late: free_days", "a whole number", late["free_days"])
    per_day = number("late: per_day", late.get("per_day", "0.1"), 1)
    course = Course(folder, str(told.get("name") or folder.name), ZoneInfo(zone), counts, int(free), per_day)
    names = tuple(sorted(path.stem for path in SOURCES.glob("*.md")))
    for name, about in mapping("assignments", told.get("assignments"), names).items():
        if due := mapping(f"assignments: {name}", about, ("due",)).get("due"):
            course.due[name] = moment(f"assignments: {name}: due", due, course.zone)
    for student, dates in mapping("extensions", told.get("extensions")).items():
        who = course.roster.find(student) if course.roster else None
        if course.roster and not who:
            wrong("extensions", "a student of roster.csv", student)
        for name, date in mapping(f"extensions: {student}", dates, names).items():
            key = f"extensions: {student}: {name}"
            until = moment(key, date, course.zone)
            if name not in course.due:
                wrong(key, f"none, for assignments: {name} has no due date", date)
            if until < course.due[name]:
                wrong(key, "a date after the assignment's", date)
            course.extensions[who.key if who else student, name] = until
    return course


def wrong(key: str, expected: str, came: object) -> NoReturn:
    raise SystemExit(f"{key}: expected {expected}; there is {json.dumps(came, ensure_ascii=False, default=str)}")


def mapping(key: str, value: Any, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """The value as keys with values, of which only `names` may be; nothing is none."""
    if value in (None, "", "~", "null"):
        return {}
    if not isinstance(value, dict):
        wrong(key, "keys with values" if not names else f"keys with values, such as {names[0]}: ...", value)
    for name in value:
        if names and name not in names:
            wrong(key, f"one of {', '.join(names)}", name)
    return value


def number(key: str, value: Any, most: float) -> float:
    """The value as a number from 0 to `most`."""
    try:
        made = float(value)
    except (TypeError, ValueError):
        made = math.nan
    if not 0 <= made <= most:
        wrong(key, f"a number from 0 to {most}", value)
    return made


def moment(key: str, value: Any, zone: ZoneInfo) -> datetime:
    """The end of a date (its day's) or of a time (its minute's): local, naive."""
    try:
        made = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        wrong(key, "a date such as 2026-11-05, or with a time, 2026-11-05 23:59", value)
    if made.tzinfo:
        made = made.astimezone(zone).replace(tzinfo=None)
    if len(value.strip()) <= 10:
        return made + timedelta(days=1)
    return made if made.second else made + timedelta(minutes=1)
