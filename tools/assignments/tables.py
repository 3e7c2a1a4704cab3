"""The points as tables: one with all there is to know, and one that the LMS of the roster imports.

What each LMS documents.  Moodle's grading worksheet is matched by its column Identifier, a number of one assignment
alone; Grade and Feedback comments are taken from it, other columns are ignored.  Canvas matches by ID, takes each further
column for an assignment, one of its own by "Name (number)", and asks what to do with a new one, whose points stand in the
row Points Possible.  Blackboard matches by Username, takes a column of its own by "Name [Total Pts: ...] |number", and
makes a new one of any other.
"""

import csv
import io
import re
from collections.abc import Iterable

from tools.assignments.course import Course, same_student
from tools.assignments.release import Assignment
from tools.assignments.standing import Standing

MOST = 2000
"""Characters in a cell."""


def number(value: float | None) -> str:
    """A number in a table; none is empty."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def cell(text: str) -> str:
    """Text for a table: in one line, not too long, and nothing that a spreadsheet takes for a formula."""
    text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())[:MOST]
    return f"'{text}" if text[:1] in "=+-@" and text else text


def text_of(rows: Iterable[Iterable[str]]) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def about(standing: Standing) -> str:
    """All there is to say of what a student handed in, in a line."""
    return "; ".join(standing.remarks[:20])


def details(assignment: Assignment, standings: dict[str, Standing], course: Course) -> str:
    """A line a student with all there is to know, behind the roster's own columns where there is one that is no LMS's."""
    roster = course.roster
    own = list(roster.columns) if roster and not roster.lms else ["student"]
    of = number(sum(assignment.graded.values()))
    rows = [[*own, "points", "of", "days late", "penalty", "final", "to read", "remarks", *assignment.graded]]
    for student, s in standings.items():
        known = roster.students.get(student) if roster else None
        if roster and known and own != ["student"]:
            row = [known.row.get(column, "") for column in own]
        else:
            row = [cell(student), *[""] * (len(own) - 1)]
        row += [number(s.earned), of, str(s.late), number(s.penalty), number(s.final), str(len(s.unread)), cell(about(s))]
        rows.append(row + [number(s.points.get(question)) for question in assignment.graded])
    return text_of(rows)


def grades(assignment: Assignment, standings: dict[str, Standing], course: Course) -> str:
    """What the LMS imports: its own columns and rows, with the final points; without an LMS's roster, the details.

    The rows are those of course/NAME.csv, the LMS's own sheet of this assignment, if there is one, else the roster's.  A
    mark is empty as long as a question of it waits for a person.
    """
    roster, sheet = course.roster, course.sheet(assignment.name)
    if roster is None or sheet is None or not sheet.lms:
        return details(assignment, standings, course)
    grade = column_of(assignment.name, sheet.columns, sheet.lms)
    added = [grade, *(["Feedback comments"] if sheet.lms == "moodle" else [])]
    columns = [*sheet.columns, *[name for name in added if name not in sheet.columns]]
    rows = [columns]
    if sheet.lms == "canvas" and grade not in sheet.columns:
        possible = {columns[0]: "    Points Possible", grade: number(sum(assignment.graded.values()))}
        rows.append([possible.get(column, "") for column in columns])
    for student in sheet.students.values():
        row = dict(student.row)
        known = same_student(roster, student)
        if s := standings.get(known.key if known else ""):
            filled = {grade: "" if s.unread else number(s.final), "Feedback comments": cell(comments(assignment, s))}
            row |= {name: filled[name] for name in added}
        rows.append([row.get(column, "") for column in columns])
    return text_of(rows)


def foreign(name: str, course: Course) -> bool:
    """Whether the table's numbers may be those of another assignment: Moodle's Identifier is of one alone."""
    roster = course.roster
    return bool(roster and roster.lms == "moodle" and course.sheet(name) is roster and len(course.recorded()) > 1)


def column_of(name: str, columns: list[str], kind: str) -> str:
    """The column into which an assignment's points go: the LMS's own where it has one, else a new one."""
    if kind == "moodle":
        return next((column for column in columns if column.strip().lower() == "grade"), "Grade")
    own = re.compile(rf"{re.escape(name)}\s*(\(\d+\)|\[.*|\|.*)?", re.IGNORECASE)
    return next((column for column in columns if own.fullmatch(column.strip())), name)


def comments(assignment: Assignment, s: Standing) -> str:
    """The points by question and what a person wrote, in a line for the LMS."""
    if s.final is None:
        return ""
    said = []
    for name, points in s.points.items():
        comment = s.marks[name].comment if name in s.marks else ""
        shown = f"{number(points)} of {number(assignment.graded[name])}" if points is not None else "to be read"
        said.append(f"{name.removeprefix('test-')} {shown}" + (f" ({comment})" if comment else ""))
    late = f"; {s.late} days late: -{number(s.penalty)}" if s.penalty else ""
    return f"{number(s.final)} of {number(sum(assignment.graded.values()))} points: {', '.join(said)}{late}"
