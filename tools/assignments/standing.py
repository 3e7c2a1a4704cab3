"""What a student has in an assignment: which notebook counts, its points, and what being late costs.

The rule.  A notebook is late by the days, each begun one in full, between the due date (or the student's own, an
extension) and its coming.  Of these the course's free days go first: a student has them once in the course, and they are
used in the order of the assignments' due dates.  Each day that is left takes the share `per_day` of the points that were
earned; a notebook that would lose all is too late and does not count.  Of the others the newest counts, or, where the
course says so, the one with most points at the end (among equals the one that is less late, then the newer).  A notebook
whose time nobody knows is in time; one that came twice is as old as its first time.  Points that a person gives stand
instead of the judge's, whichever notebook counts.  Who handed in nothing has no points until the due date, and 0 after
it; where there is something that can't be graded, or that the grader failed on, there are none until a person decides.
"""

from dataclasses import dataclass, field
from datetime import datetime

from tools.assignments.course import Course
from tools.assignments.judge import Verdict
from tools.assignments.record import Handed, Mark, Record
from tools.assignments.release import Assignment


def rule(course: Course) -> str:
    """The rule in a few sentences, for a page."""
    if not course.due:
        return f"The {course.counts} notebook counts."
    days = f"{course.free_days} day{'s' * (course.free_days > 1)}"
    free = f"{days} in all of the course cost nothing; each other day" if course.free_days else "Each day"
    return (
        f"The {course.counts} notebook counts. {free} after the due date, once begun, takes {100 * course.per_day:.3g} % of "
        "the points; a notebook that would lose all does not count. Who handed in nothing has no points until the due date, "
        "and 0 after it."
    )


@dataclass
class Standing:
    """What a student has in an assignment."""

    student: str
    handed: list[Handed]
    """All that came, newest first."""
    counting: Handed | None = None
    """The one that counts."""
    verdict: Verdict | None = None
    points: dict[str, float | None] = field(default_factory=dict)
    """By question, as a person or the judge gave them; None where a person has to read, or nobody judged."""
    marks: dict[str, Mark] = field(default_factory=dict)
    late: int = 0
    """Days after the due date."""
    free: int = 0
    """Of them, how many are free."""
    share: float = 0.0
    """Of the points, what the others take."""
    missing: float | None = None
    """The points of one who has nothing that counts."""
    remarks: list[str] = field(default_factory=list)

    @property
    def earned(self) -> float | None:
        """The points so far, before lateness; None where there are none yet."""
        given = [points for points in self.points.values() if points is not None]
        return sum(given) if self.verdict or given else self.missing

    @property
    def penalty(self) -> float:
        """The points that being late takes."""
        return round(self.share * (self.earned or 0.0), 2)

    @property
    def final(self) -> float | None:
        """The points that count, to two decimals."""
        return None if self.earned is None else round(self.earned - self.penalty, 2)

    @property
    def unread(self) -> list[str]:
        """The questions that wait for a person."""
        return [name for name, points in self.points.items() if points is None] if self.verdict else []

    def older(self, question: str) -> bool:
        """Whether the mark of a question is older than the notebook that counts."""
        return bool(question in self.marks and self.counting and self.marks[question].number < self.counting.number)


class _Book:
    """The record of an assignment, read once for all students."""

    def __init__(self, record: Record):
        self.record, self.returned, self.verdicts = record, record.returned(), record.verdicts()
        self.marks, self.failed = record.marks(), record.failed()

    def standing(self, course: Course, student: str, free_days: int, now: datetime) -> Standing:
        """What a student has who has so many free days left."""
        assignment = self.record.assignment
        handed = self.returned.get(student, [])
        marks = {name: mark for (who, name), mark in self.marks.items() if who == student and name in assignment.graded}
        found: list[Standing] = []
        too_late: list[Standing] = []
        for one in handed:
            if one.notebook is None or one.problem:
                continue
            late = course.days_late(student, assignment.name, one.first)
            free = min(late, free_days)
            made = Standing(student, handed, one, late=late, free=free, marks=marks)
            made.share = round(course.per_day * (late - free), 9)
            self._fill(made, assignment)
            (too_late if made.share >= 1 else found).append(made)
        judged = [made for made in found if made.verdict]
        if course.counts == "best" and judged:
            best = max(judged, key=lambda s: (s.final, -s.late))  # of equals the first, which is the newest
        else:
            best = found[0] if found else Standing(student, handed, marks=marks)
        if not found:
            self._fill(best, assignment)
            until = course.until(student, assignment.name)
            over = until is not None and now.astimezone(course.zone).replace(tzinfo=None) > until
            best.missing = 0.0 if too_late or (over and not handed) else None
        self._remark(best, too_late)
        if best.counting and best.counting.first is None and course.until(student, assignment.name):
            best.remarks.append("nobody knows when it came; it counts as in time")
        return best

    def _fill(self, made: Standing, assignment: Assignment) -> None:
        key = made.counting.notebook if made.counting else None
        made.verdict, old = self.verdicts.get(key or "", (None, set()))
        for name in assignment.graded:
            question = made.verdict.questions.get(name) if made.verdict else None
            mark = made.marks.get(name)
            given = None if question is None or question.parts is None else question.earned
            made.points[name] = given if mark is None or mark.points is None else mark.points
        if old & set(assignment.tests):
            changed = ", ".join(sorted(old & set(assignment.tests)))
            made.remarks.append(f"judged before these tests were changed: {changed}")

    def _remark(self, made: Standing, too_late: list[Standing]) -> None:
        one = made.counting
        if one and made.verdict is None:
            why = self.failed.get(one.notebook or "", "")
            made.remarks.append(f"not judged yet{why and f' ({why})'}; grade again")
        if made.late:
            days = f"{made.late} day{'s' * (made.late > 1)} late" + (f", {made.free} free" if made.free else "")
            made.remarks.append(days)
        for other in too_late:
            assert other.counting
            made.remarks.append(f"{other.counting.file} came too late ({other.late} days)")
        made.remarks += one.remarks if one else ()
        if made.verdict:
            made.remarks += made.verdict.remarks
        for other_one in made.handed:
            if other_one.problem:
                made.remarks.append(f"{other_one.file}: {other_one.problem}")
            elif other_one is not one and other_one not in [s.counting for s in too_late]:
                made.remarks.append(f"{other_one.file} was handed in, too, and does not count")
        made.remarks += [f"the points of {name} are older than the notebook" for name in made.marks if made.older(name)]


def standings(course: Course, records: list[Record], now: datetime) -> dict[str, dict[str, Standing]]:
    """By assignment and student what each has: those of the roster in its order, then all others.

    records: of all assignments, in the order of their due dates, for the free days are used in it. now: aware.
    """
    books = {record.assignment.name: _Book(record) for record in records}
    made: dict[str, dict[str, Standing]] = {name: {} for name in books}
    rostered = list(course.roster.students) if course.roster else []
    for student in dict.fromkeys(rostered + sorted({who for one in books.values() for who in one.returned})):
        left = course.free_days
        for name, one in books.items():
            if student in rostered or student in one.returned:
                made[name][student] = standing = one.standing(course, student, left, now)
                left -= standing.free
    return made
