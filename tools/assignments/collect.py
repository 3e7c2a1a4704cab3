"""Collect what came back: the notebooks of a folder or a zip, whose each is (:mod:`people`), and of which assignment."""

import re
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from pathlib import Path

from nbformat import NotebookNode

from tools.assignments import layouts, notebooks
from tools.assignments.files import Budget, Unreadable, printable, sentence
from tools.assignments.layouts import NOTEBOOK, person, stem
from tools.assignments.people import IN_ALL, Found, Pile, Walk
from tools.assignments.release import Assignment
from tools.assignments.roster import Roster, folded, tokens

LARGEST = 50 * 2**20
"""Bytes of a notebook that is read."""
KEPT = 40 * 2**20
"""Characters of a student's notebooks that are kept, without outputs."""
MOST = 200
"""Notebooks of a student that are read."""
ROWS = 20
"""What is told of a student."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Returned:
    """A notebook that came back, or why there is none."""

    student: str
    """The roster's key; without a roster the cleaned name."""
    file: str
    """Its path as it came, for people."""
    place: str = ""
    """The LMS's name of the folder or file, under which feedback goes back: one name, as it may stand in a folder."""
    time: datetime | None = None
    """When it was handed in, in UTC, where that is known."""
    assignment: str | None = None
    notebook: NotebookNode | None = None
    problem: str | None = None
    """Why it can't be graded, in a sentence; None where it can."""
    remarks: list[str] = field(default_factory=list)
    """What a person should know though it can be graded."""


def collect(
    path: Path, assignments: dict[str, Assignment], roster: Roster | None = None, zone: tzinfo | None = None
) -> list[Returned]:
    """All notebooks that came back, by student, the newest first, and a line for what can't be graded.

    Times that say no zone, of Blackboard and of zips, are taken to be of `zone`, by default this machine's. Moodle, Canvas
    and the clones of a forge tell no time of handing in. Raises SystemExit where `path` is nothing that can be read.
    """
    with ExitStack() as stack:
        walk = Walk(sorted(assignments), roster, zone, stack)
        returned: list[Returned] = []
        for student, piles in sorted(walk.owned(path).items()):
            try:
                with ExitStack() as own:
                    returned += of_student(student, piles, walk, own, assignments)
            except Exception as error:  # nobody stops the class
                file = next((short(found.file.shown, 200) for pile in piles for found in pile.found), student)
                problem = f"it can't be collected: {sentence(error)}"
                returned.append(Returned(student, file, placed(student), problem=problem))
    if roster is None:
        tell_likeness(returned)
    tell_places_apart(returned)
    return returned


@dataclass
class Candidate:
    """A file of a student that may be a notebook, and what orders it."""

    found: Found
    pile: Pile
    time: datetime | None

    @property
    def order(self) -> tuple:
        """The newest first; of one time, first what an LMS numbered last, what is no copy, and what lies high."""
        age = -((self.time or NEVER) - NEVER).total_seconds()
        number = self.found.told.order if self.found.told else 0
        return (age, -number, layouts.is_copy(self.name), len(self.parts), self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        return self.found.file.parts

    @property
    def name(self) -> str:
        """The name that the student gave it."""
        told = self.found.told
        return told.rest if told and told.rest and len(self.parts) == 1 else self.found.file.name


def of_student(
    student: str, piles: list[Pile], walk: Walk, stack: ExitStack, assignments: dict[str, Assignment]
) -> list[Returned]:
    """What came back of a student."""
    candidates: list[Candidate] = []
    others: list[Candidate] = []
    for pile in piles:
        expanded = walk.expanded(pile, stack)
        stamps = {f.file.parts[:-1]: f for f in expanded if f.file.name == "timestamp.txt"}
        for found in expanded:
            may_be = found.problem is not None or NOTEBOOK.search(found.file.name)
            time = handed_in(found, pile, walk, stamps.get(found.file.parts[:-1])) if may_be else None
            (candidates if may_be else others).append(Candidate(found, pile, time))
    candidates.sort(key=lambda c: c.order)
    rows: list[tuple[Returned, Candidate]] = []
    budget, kept = Budget(IN_ALL), Budget(KEPT)
    for candidate in candidates[:MOST]:
        row = row_of(student, candidate, walk)
        read(row, candidate, assignments, budget, kept)
        rows.append((row, candidate))
    if any(row.assignment for row, _ in rows):  # clones hold other notebooks, too
        rows = [(row, c) for row, c in rows if row.assignment or row.problem != UNTOLD]
    if walk.roster is None:
        keep_apart(rows, sorted(assignments))
    told = [row for row, _ in rows if row.problem is None] + [row for row, _ in rows if row.problem is not None]
    if not told:
        first = others[0]
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        row = row_of(student, first, walk)
        row.problem = f"not a notebook: {short(first.name, 60)}{more}"
        return [row]
    unread = max(0, len(candidates) - MOST)
    if len(told) > ROWS or unread:
        left = len(told[ROWS - 1 :]) + unread
        last = replace(told[-1], assignment=None, notebook=None, remarks=[])
        last.problem = f"and {left} more files, which are not told one by one; of a student {MOST} notebooks are read"
        told = [*told[: ROWS - 1], last]
    return told


UNTOLD = "which assignment it is can't be told"


def row_of(student: str, candidate: Candidate, walk: Walk) -> Returned:
    """A line about a file, before it is read."""
    found, pile = candidate.found, candidate.pile
    place = found.told.place if found.told else pile.place or stem(candidate.parts[0])
    row = Returned(student, short(found.file.shown, 200), placed(place), candidate.time, remarks=list(pile.remarks))
    if found.told and found.told.late:
        row.remarks.append("Canvas calls it late; how late, its name doesn't say")
    return row


def handed_in(found: Found, pile: Pile, walk: Walk, stamped: Found | None) -> datetime | None:
    """When a file was handed in: by its name, nbgrader's stamp or Moodle's worksheet; else when it was written.

    None where the time of the file is known to be that of the download.
    """
    told = found.told
    if told and told.time:
        return told.time
    if told and told.lms == "moodle" and walk.roster and (student := walk.roster.numbers.get(told.number)):
        column = next(iter(walk.roster.known["time"]), "")
        return layouts.worksheet_time(student.row.get(column, ""), walk.zone)
    if stamped:
        try:
            time = layouts.stamp(stamped.file.read(1000).decode("utf-8", "replace"))
        except Unreadable:
            time = None
        if time:
            return time
    return None if pile.cloned or (told and told.lms in ("moodle", "canvas")) else found.file.time


def read(row: Returned, candidate: Candidate, assignments: dict[str, Assignment], budget: Budget, kept: Budget) -> None:
    """Make a notebook of a file, or say why it is none that can be graded."""
    try:
        if candidate.found.problem:
            raise Unreadable(candidate.found.problem)
        budget.take()
        data = candidate.found.file.read(LARGEST)
        budget.take(len(data))
        notebook, remarks = notebooks.read(data)
        row.assignment = notebooks.which(notebook, assignments)
        if row.assignment is None:
            row.problem = UNTOLD
            return
        if (language := notebook.metadata.language_info.name) != "python":
            row.problem = f"its language is {sentence(language, 40)}, not Python"
            return
        kept.take(notebooks.size(notebook))
        row.notebook = notebook
        row.remarks += remarks
    except Unreadable as error:
        row.problem = short(str(error), 300)
    except Exception as error:  # whatever a broken file does to its reader
        row.problem = f"no notebook that can be read: {sentence(error)}"


def keep_apart(rows: list[tuple[Returned, Candidate]], assignments: list[str]) -> None:
    """Where one folder holds an assignment under several names, two people may be meant: without a roster they stay two."""
    names: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    plain = [(row, c) for row, c in rows if row.notebook and row.assignment and not c.pile.told and not c.pile.cloned]
    for row, candidate in plain:
        if name := person(candidate.name, assignments):
            names[id(candidate.pile), row.assignment or ""][folded(name)] = name
    for row, candidate in plain:
        several = names[id(candidate.pile), row.assignment or ""]
        if len(several) > 1 and (name := person(candidate.name, assignments)):
            others = [other for key, other in several.items() if key != folded(name)]
            row.remarks.append(f"kept apart from {short(others[0], 40)} in the same folder: a roster would tell whose it is")
            row.student = f"{row.student} - {printable(name)[:40]}"
            row.place = placed(f"{row.place[:60]} - {name}")


def tell_likeness(returned: list[Returned]) -> None:
    """Say where two students may be one."""
    alike: dict[str, set[str]] = defaultdict(set)
    for row in returned:
        alike["".join(tokens(row.student))].add(row.student)
    for row in returned:
        others = sorted(alike["".join(tokens(row.student))] - {row.student})
        if others:
            row.remarks.append(f"may be the same person as {others[0]}; a roster would tell")


def tell_places_apart(returned: list[Returned]) -> None:
    """No two students get their feedback under one name."""
    taken: dict[str, str] = {}
    for row in returned:
        if taken.setdefault(row.place.casefold(), row.student) != row.student:
            row.place = placed(f"{row.place[:60]}-{sha256(row.student.encode()).hexdigest()[:8]}")


def short(text: str, longest: int) -> str:
    """A text with its middle left out where it is too long."""
    text = printable(text)
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 + 1 :]}"


def placed(name: str) -> str:
    """A name as it came, as far as a folder may be called so."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", printable(name)).strip(" .") or "_"
    while len(name.encode()) > 200:
        name = name[:-1]
    return name
