"""What comes out of grading: a table, a summary page, and a feedback page for each student.  No page loads anything."""

import csv
import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools import book
from tools.assignments.release import Assignment

if TYPE_CHECKING:
    from tools.assignments.grade import Submission

STYLE = """
:root { color-scheme: light dark; --soft: #8884; --bar: #0072b2; --good: #00805a; --bad: #c04a00; }
@media (prefers-color-scheme: dark) { :root { --bar: #56b4e9; --good: #2fc79a; --bad: #ff8a4c; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--soft); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: #8881; padding: .6rem .8rem; overflow-x: auto; border-radius: 4px; }
.good { color: var(--good); } .bad { color: var(--bad); }
svg { vertical-align: middle; } rect { fill: var(--bar); } rect.back { fill: var(--soft); }
"""


def page(title: str, body: str) -> str:
    """A page that stands alone."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'


def total(submission: "Submission") -> float:
    """The points so far."""
    return sum(points for points in submission.points.values() if points is not None)


def unread(submission: "Submission") -> list[str]:
    return [name for name, points in submission.points.items() if points is None]


def label(question: str) -> str:
    """A question's name for people: what its cell tests."""
    return escape(question.removeprefix("test-"))


def remarks(submission: "Submission") -> str:
    """All there is to say of a submission, in a line."""
    said = [submission.problem] if submission.problem else submission.verdict.remarks if submission.verdict else []
    return "; ".join(part for part in said if part)


def table(submissions: list["Submission"], assignments: dict[str, Assignment]) -> str:
    """One line a submission, as CSV; points are empty where there is no grade."""
    questions = list(dict.fromkeys(q for a in assignments.values() for q in a.graded))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "assignment", "points", "of", "to read", "remarks", *questions])
    for s in submissions:
        of = sum(assignments[s.assignment].graded.values()) if s.assignment else None
        score = f"{total(s):g}" if s.verdict else ""
        shown = ["" if s.points.get(q) is None else f"{s.points[q]:g}" for q in questions]
        rows.writerow([s.student, s.assignment, score, "" if of is None else f"{of:g}", len(unread(s)), remarks(s), *shown])
    return text.getvalue()


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


def summary(submissions: list["Submission"], assignments: dict[str, Assignment], seed: int, why_not: str | None) -> str:
    """The page for who teaches: the spread of the points by question, and a line a submission."""
    kept = "was isolated" if why_not is None else f"was <strong>not isolated</strong>: {escape(why_not)}"
    body = [f"<h1>Grades</h1><p>Seed {seed}. Submitted code {kept}. The points are in <code>grades.csv</code>.</p>"]
    for name, assignment in assignments.items():
        graded = [s for s in submissions if s.assignment == name and s.verdict]
        if not graded:
            continue
        of = sum(assignment.graded.values())
        body.append(f"<h2>{escape(name)}: {len(graded)} graded</h2><table>")
        body.append("<tr><th>Question</th><th>Of</th><th>Mean</th><th>Spread, from none to all points</th></tr>")
        for question, points in assignment.graded.items():
            values = [v for s in graded if (v := s.points[question]) is not None]
            said = [f"{np.mean(values):.2f}"] if values else []
            mean = ", ".join(said + ([f"{len(graded) - len(values)} to read"] if len(values) < len(graded) else []))
            drawn = bars(values, points) if values else ""
            body.append(f'<tr><td>{label(question)}</td><td class="number">{points:g}</td>')
            body.append(f'<td class="number">{mean}</td><td>{drawn}</td></tr>')
        totals = [total(s) for s in graded]
        body.append(f'<tr><th>All</th><td class="number">{of:g}</td><td class="number">{np.mean(totals):.2f}</td>')
        body.append(f"<td>{bars(totals, of)}</td></tr></table>")
    body.append("<h2>Submissions</h2><table><tr><th>Student</th><th>Assignment</th><th>Points</th><th>Remarks</th></tr>")
    for s in submissions:
        of = sum(assignments[s.assignment].graded.values()) if s.assignment else 0
        who = f'<a href="feedback/{escape(feedback_name(s))}">{escape(s.student)}</a>' if s.verdict else escape(s.student)
        shown = f"{total(s):g} of {of:g}" if s.verdict else "not graded"
        shown += f", {len(unread(s))} to read" if unread(s) else ""
        body.append(
            f"<tr><td>{who}</td><td>{escape(s.assignment or '')}</td><td>{shown}</td><td>{escape(remarks(s))}</td></tr>"
        )
    return page("Grades", "\n".join([*body, "</table>"]))


def feedback_name(submission: "Submission") -> str:
    return f"{submission.student}-{submission.assignment}.html"


def feedback(submission: "Submission", assignment: Assignment) -> str:
    """The page for a student: what held, what did not and why, and the answers as they were graded."""
    verdict = submission.verdict
    assert verdict
    of = sum(assignment.graded.values())
    body = [f"<h1>{escape(assignment.name)}: {escape(submission.student)}</h1>"]
    body.append(f"<p><strong>{total(submission):g} of {of:g} points.</strong></p>")
    if verdict.remarks:
        body.append("<h2>Of the notebook</h2><ul>" + "".join(f"<li>{escape(r)}</li>" for r in verdict.remarks) + "</ul>")
    for name, question in verdict.questions.items():
        points = submission.points[name]
        got = f"{points:g} of {question.points:g}" if points is not None else f"{question.points:g} points, to be read"
        body.append(f"<h2>{label(name)}: {got}</h2>")
        if question.remark:
            body.append(f"<p>The test in your notebook: {escape(question.remark)}</p>")
        if question.parts:
            body.append("<table>")
            for part in question.parts:
                sign, colour = ("✗", "bad") if part.lost else ("✓", "good")
                body.append(f'<tr><td class="{colour}">{sign}</td><td class="number">{part.points:g}</td>')
                body.append(f"<td>{escape(part.what)}</td><td>{escape(part.lost or '')}</td></tr>")
            body.append("</table>")
    body.append("<h2>Your answers</h2>")
    for name, (source, said) in verdict.answers.items():
        body.append(f"<h3>{escape(name)}</h3><pre>{escape(source)}</pre>")
        if said.strip():
            body.append(f"<p>It printed:</p><pre>{escape(said[:3000])}</pre>")
    return page(f"{assignment.name}: {submission.student}", "\n".join(body))


def write(
    folder: Path, submissions: list["Submission"], assignments: dict[str, Assignment], seed: int, why_not: str | None
) -> None:
    """Write grades.csv, summary.html and the feedback."""
    book.write_whole(folder / "grades.csv", table(submissions, assignments))
    book.write_whole(folder / "summary.html", summary(submissions, assignments, seed, why_not))
    for s in submissions:
        if s.verdict and s.assignment:
            book.write_whole(folder / "feedback" / feedback_name(s), feedback(s, assignments[s.assignment]))
