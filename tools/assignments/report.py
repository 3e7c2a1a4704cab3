"""What comes out of grading: tables, a summary page, and a feedback page for each student.  No page loads anything."""

import re
import shutil
import zipfile
from collections.abc import Iterable
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

import numpy as np

from lpu_core.progress import track
from tools import book
from tools.assignments import findings, tables
from tools.assignments.course import Course, line, writable
from tools.assignments.record import Record
from tools.assignments.release import Assignment
from tools.assignments.standing import Standing, rule
from tools.assignments.tables import number

SLOW = re.compile(r"ran longer than [\d.]+ s|used up its [\d.]+ s")
ROWS = 20
"""Lines a student in a report."""
LONGEST = 10_000
"""Characters of a text in a report."""

STYLE = """
:root { color-scheme: light dark; --soft: #8884; --bar: #0072b2; --good: #00805a; --bad: #c04a00; }
@media (prefers-color-scheme: dark) { :root { --bar: #56b4e9; --good: #2fc79a; --bad: #ff8a4c; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--soft); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: #8881; padding: .6rem .8rem; overflow-x: auto; border-radius: 4px; }
.comment { border-left: 3px solid var(--bar); padding-left: .8rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
svg { vertical-align: middle; } rect { fill: var(--bar); } rect.back { fill: var(--soft); }
"""


def page(title: str, body: str) -> str:
    """A page that stands alone."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'


def label(question: str) -> str:
    """A question's name for people: what its cell tests."""
    return escape(question.removeprefix("test-"))


def brief(text: str, most: int = 300) -> str:
    """Text for a page, and not too long."""
    return escape(text if len(text) <= most else f"{text[:most]}…")


def listed(title: str, rows: Iterable[str]) -> list[str]:
    """A heading and a list, where there is something in it; the rows are HTML."""
    rows = list(rows)
    return [f"<h2>{title}</h2><ul>", *(f"<li>{row}</li>" for row in rows), "</ul>"] if rows else []


def bars(values: list[float], of: float) -> str:
    """How many students have how many points: ten bars from none to all, as a small drawing."""
    counts, _ = np.histogram(values, bins=10, range=(0, of))
    top = max(1, int(counts.max()))
    drawn = "".join(
        f'<rect class="back" x="{12 * i}" y="29" width="10" height="1"/>'
        f'<rect x="{12 * i}" y="{30 - 30 * c / top:.1f}" width="10" height="{30 * c / top:.1f}"/>'
        for i, c in enumerate(counts)
    )
    said = ", ".join(str(int(c)) for c in counts)
    return f'<svg width="120" height="30" role="img" aria-label="Students in ten bins of points: {said}">{drawn}</svg>'


# ------------------------------------------------------------------ for who teaches


def summary(course: Course, record: Record, standings: dict[str, Standing], feedback: dict[str, str]) -> str:
    """The page for who teaches. feedback: where each student's page is, from here."""
    assignment = record.assignment
    judged = {student: s for student, s in standings.items() if s.verdict}
    unread = [student for student, s in judged.items() if s.unread]
    said = f"{len(standings)} students, {len(judged)} of them with a notebook that counts. {rule(course)} "
    if unread:
        said += (
            f"{len(unread)} wait for a person to read answers in words; an LMS's table leaves their marks empty until then. "
        )
    said += f"The seed of the hidden tests is {record.seed}."
    body = [f"<h1>{escape(course.name)}: {escape(assignment.name)}</h1><p>{escape(said)}</p>"]
    if any(not event["limits"].get("isolated") for event in record.events if event["kind"] == "verdict"):
        body.append('<p class="bad">Submitted code was <strong>not isolated</strong> at some of the gradings.</p>')
    body += questions(assignment, judged)
    body += typical(judged)
    if tables.foreign(assignment.name, course):
        body.append(
            "<p>Moodle numbers its students (the column Identifier) anew in each assignment. To import "
            "<code>grades.csv</code>, put this one's grading worksheet at "
            f"<code>{escape(assignment.name)}.csv</code> in the course's "
            "folder, and run <code>make grade</code> without SUBMISSIONS. It also tells when the notebooks came.</p>"
        )
    nobody = [student for student, name in course.extensions if name == assignment.name and student not in standings]
    body += listed("In course.yml an extension for somebody who is not here", map(brief, nobody))
    body += listed("Of the record", [escape(remark) for remark in record.remarks])
    body += listed("Given by hand instead of the judge's points", overrides(assignment, standings))
    troubled = [(student, one) for student, s in standings.items() for one in s.handed[:ROWS] if one.problem]
    body += listed("Not graded", [f"{brief(w)}: {brief(o.file)}: {brief(o.problem or '')}" for w, o in troubled])
    slow = [brief(student) for student, s in judged.items() if any(SLOW.search(remark) for remark in s.remarks)]
    body += listed("Stopped for their time", [", ".join(slow)] if slow else [])
    if slow:
        body.append("<p>If the machine was busy, judge one again: <code>make grade COURSE=… STUDENT=…</code></p>")
    late = [(student, s) for student, s in standings.items() if s.late]
    body += listed("Late", [f"{brief(student)}: {late_words(s)}" for student, s in late])
    same = [brief(", ".join(students), 2000) for students in findings.copies(standings)]
    body += listed("The same content by several students", same)
    if same:
        body.append("<p>A fact and no judgement: the solutions are public, and students may work together.</p>")
    body.append(
        "<h2>Students</h2><table><tr><th>Student</th><th>Points</th><th>Late</th><th>Final</th><th>Remarks</th></tr>"
    )
    of = number(sum(assignment.graded.values()))
    for student, s in standings.items():
        known = course.roster.students.get(student) if course.roster else None
        who = brief(f"{known.name} ({student})" if known and known.name != student else student)
        who = f'<a href="{escape(link(feedback[student]))}">{who}</a>' if student in feedback else who
        shown = "none" if s.earned is None else f"{number(s.earned)} of {of}"
        shown += f", {len(s.unread)} to read" if s.unread else ""
        late_shown = f"-{number(s.penalty)}" if s.penalty else str(s.late or "")
        remarks = "; ".join(brief(remark) for remark in s.remarks[:ROWS])
        remarks += f"; and {len(s.remarks) - ROWS} more" if len(s.remarks) > ROWS else ""
        body.append(f'<tr><td>{who}</td><td>{shown}</td><td class="number">{late_shown}</td>')
        body.append(f'<td class="number">{number(s.final)}</td><td>{remarks}</td></tr>')
    return page(f"{course.name}: {assignment.name}", "\n".join([*body, "</table>"]))


def questions(assignment: Assignment, judged: dict[str, Standing]) -> list[str]:
    """The spread of the points, by question and in all."""
    if not judged:
        return []
    body = ["<h2>Questions</h2><table><tr><th>Question</th><th>Of</th><th>Mean</th><th>Spread, from none to all points</th>"]
    body.append("<th>Goes with the other questions?</th></tr>")
    for question, points in assignment.graded.items():
        values = [v for s in judged.values() if (v := s.points[question]) is not None]
        said = [f"{np.mean(values):.2f}"] if values else []
        mean = ", ".join(said + ([f"{len(judged) - len(values)} to read"] if len(values) < len(judged) else []))
        body.append(f'<tr><td>{label(question)}</td><td class="number">{points:g}</td><td class="number">{mean}</td>')
        tells = findings.said(findings.discrimination(judged, question))
        body.append(f"<td>{bars(values, points) if values else ''}</td><td>{tells}</td></tr>")
    totals, of = [s.earned or 0.0 for s in judged.values()], sum(assignment.graded.values())
    body.append(f'<tr><th>All</th><td class="number">{of:g}</td><td class="number">{np.mean(totals):.2f}</td>')
    return [*body, f"<td>{bars(totals, of)}</td><td></td></tr></table>"]


def typical(judged: dict[str, Standing]) -> list[str]:
    """The most frequent reasons for lost points, by question."""
    found = [(name, row) for name, rows in findings.mistakes(judged).items() for row in rows]
    if not found:
        return []
    body = [
        "<h2>Typical mistakes</h2><table><tr><th>Students</th><th>Question</th><th>Part</th><th>What was wrong</th></tr>"
    ]
    for name, (count, what, why) in found:
        body.append(
            f'<tr><td class="number">{count}</td><td>{label(name)}</td><td>{brief(what)}</td><td>{brief(why)}</td></tr>'
        )
    return [*body, "</table>"]


def overrides(assignment: Assignment, standings: dict[str, Standing]) -> list[str]:
    """A line for each mark that stands instead of the judge's points."""
    return [
        f"{brief(student)}, {label(name)}: {number(mark.points)} of {assignment.graded[name]:g}: {brief(mark.reason)}"
        f"{' (older than the notebook)' if s.older(name) else ''}"
        for student, s in standings.items()
        for name, mark in s.marks.items()
        if mark.points is not None and mark.reason
    ]


def late_words(s: Standing) -> str:
    """How late a notebook is, and what it costs."""
    said = f"{s.late} day{'s' * (s.late > 1)} late"
    said += f", {s.free} of them free" if s.free else ""
    return said + (f": {100 * s.share:.3g} % of the points, {number(s.penalty)}" if s.share else "")


# ------------------------------------------------------------------ for a student


def feedback(course: Course, assignment: Assignment, s: Standing) -> str:
    """The page for a student: what held, what did not and why, and the answers as they were graded."""
    verdict = s.verdict
    assert verdict
    of = sum(assignment.graded.values())
    known = course.roster.students.get(s.student) if course.roster else None
    body = [f"<h1>{escape(assignment.name)}: {brief(known.name if known and known.name else s.student)}</h1>"]
    waits = ", so far: a person has not read all of it yet" if s.unread else ""
    body.append(f"<p><strong>{number(s.final)} of {of:g} points</strong>{waits}.</p>")
    if s.late:
        body.append(f"<p>{number(s.earned)} points before lateness; {late_words(s)}. {escape(rule(course))}</p>")
    body += listed("Of the notebook", [brief(remark) for remark in s.remarks[:ROWS]])
    for name, most in assignment.graded.items():
        points, question, mark = s.points[name], verdict.questions.get(name), s.marks.get(name)
        got = f"{points:g} of {most:g}" if points is not None else f"{most:g} points, to be read"
        body.append(f"<h2>{label(name)}: {got}</h2>")
        if mark and mark.points is not None and question and question.parts is not None:
            body.append(f"<p>Given by a person, instead of {number(question.earned)}.</p>")
        if mark and mark.comment:
            body.append(f'<p class="comment">{brief(mark.comment, LONGEST)}</p>')
        if question and question.remark:
            body.append(f"<p>The test in your notebook: {brief(question.remark, 1000)}</p>")
        if question and question.parts:
            body.append("<table>")
            for part in question.parts:
                sign, colour = ("✗", "bad") if part.lost else ("✓", "good")
                body.append(f'<tr><td class="{colour}">{sign}</td><td class="number">{part.points:g}</td>')
                body.append(f"<td>{escape(part.what)}</td><td>{brief(part.lost or '', 1000)}</td></tr>")
            body.append("</table>")
    body.append("<h2>Your answers</h2>")
    for name, (source, printed) in verdict.answers.items():
        body.append(f"<h3>{escape(name)}</h3><pre>{brief(source, LONGEST)}</pre>")
        if printed.strip():
            body.append(f"<p>It printed:</p><pre>{brief(printed, 3000)}</pre>")
    return page(f"{assignment.name}: {s.student}", "\n".join(body))


def places(name: str, standings: dict[str, Standing]) -> dict[str, str]:
    """Where each student's page goes: under the LMS's own name, as a file where it names files, else in its folder."""
    made: dict[str, str] = {}
    for student, s in standings.items():
        if s.verdict and s.counting:
            place = safe(s.counting.place or student)
            flat = PurePosixPath(s.counting.file).name.startswith(s.counting.place) and s.counting.place
            path = f"{place}.html" if flat or not s.counting.place else f"{place}/{name}.html"
            made[student] = path if path not in made.values() else f"{place}-{len(made)}.html"
    return made


def safe(place: str) -> str:
    """A name as one part of a path, whatever it holds; one that is too long for a disk is cut."""
    place = re.sub(r"[\x00-\x1f/\\:]", "_", writable(place))
    place = place.encode()[:200].decode(errors="ignore").strip(". ")
    return place or "_"


def link(path: str) -> str:
    """A path as the address of a link."""
    return quote(path)


# ------------------------------------------------------------------ all of it


def write(course: Course, record: Record, standings: dict[str, Standing]) -> None:
    """Write the results of an assignment anew. What goes wrong with one student's page stands in its place."""
    assignment, folder = record.assignment, course.results(record.assignment.name)
    shutil.rmtree(folder / "feedback", ignore_errors=True)
    (folder / "feedback").mkdir(parents=True)
    made = places(assignment.name, standings)
    pages = track(made.items(), f"writing {assignment.name}", total=len(made))
    with zipfile.ZipFile(folder / "feedback.zip.part", "w", zipfile.ZIP_DEFLATED) as archive:
        for student, path in pages:
            try:
                text = writable(feedback(course, assignment, standings[student]))
            except Exception as error:  # whatever of a submission a page can't hold
                text = page(assignment.name, f"<p>This page could not be made: {brief(line(error))}</p>")
                standings[student].remarks.append("its feedback page could not be made")
            book.write_whole(folder / "feedback" / path, text)
            archive.writestr(path, text)
    (folder / "feedback.zip.part").replace(folder / "feedback.zip")
    shown = {student: f"feedback/{path}" for student, path in made.items()}
    book.write_whole(folder / "details.csv", writable(tables.details(assignment, standings, course)))
    book.write_whole(folder / "grades.csv", writable(tables.grades(assignment, standings, course)))
    book.write_whole(folder / "summary.html", writable(summary(course, record, standings, shown)))
