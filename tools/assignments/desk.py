"""The lecturer's desk: a course in the browser, to read answers in words side by side, give points, and override others.

It is served to this machine alone, under an address that nobody can guess, and writes into the course's records at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import quote

from tools import book
from tools.assignments import report, words
from tools.assignments.course import Course
from tools.assignments.judge import answers_of, arrange
from tools.assignments.record import Mark, Record
from tools.assignments.release import Assignment, load, rubrics
from tools.assignments.report import label
from tools.assignments.standing import Standing, standings

MATHJAX = book.BOOK / "assets" / "vendor" / "mathjax"


@dataclass
class Desk:
    """The pages of a course, and what is written on them."""

    course: Course
    by: str = ""

    @cached_property
    def assignments(self) -> dict[str, Assignment]:
        """Those that came back, in the order of their due dates."""
        names = self.course.recorded()
        return load(names) if names else {}

    @cached_property
    def records(self) -> dict[str, Record]:
        """The record of each."""
        return {name: self.course.record(assignment) for name, assignment in self.assignments.items()}

    @cached_property
    def rubrics(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """What points are given for, by assignment and question in words."""
        return {name: rubrics(assignment) for name, assignment in self.assignments.items()}

    def everybody(self, name: str) -> list[Standing]:
        """What each student has in an assignment, with what others have written meanwhile."""
        for record in self.records.values():
            record.refresh()
        return list(standings(self.course, list(self.records.values()), datetime.now(UTC))[name].values())

    def called(self, student: str) -> str:
        """A student's name, or what stands for it."""
        known = self.course.roster.students.get(student) if self.course.roster else None
        return known.name if known and known.name else student

    def link(self, way: str, s: Standing) -> str:
        """The way to a student's page."""
        return f'<a class=who href="{way}{quote(s.student, safe="")}">{escape(self.called(s.student))}</a>'

    # ------------------------------------------------------------------ pages

    def page(self, path: list[str]) -> str | None:
        """The page at a path: none, an assignment and a question, or an assignment, "student" and who; None for others."""
        if not path:
            return self.overview()
        name, *rest = path
        if name in self.records:
            if len(rest) == 1 and rest[0] in self.assignments[name].graded:
                return self.question(name, rest[0])
            if len(rest) == 2 and rest[0] == "student":
                return self.student(name, rest[1])
        return None

    def overview(self) -> str:
        """What there is to read, by assignment."""
        body = [f"<h1>{escape(self.course.name)}</h1>"]
        if not self.records:
            body.append("<p>Nothing has come back yet: <code>make grade COURSE=… SUBMISSIONS=…</code></p>")
        for name in self.records:
            everybody = self.everybody(name)
            head = "<tr><th>Question<th>Points come from<th class=n>To read<th class=n>Mean</tr>"
            body.append(f"<h2>{escape(name)}</h2><table>{head}")
            for question, of in self.assignments[name].graded.items():
                got = [points for s in everybody if (points := s.points.get(question)) is not None]
                unread = sum(question in s.unread for s in everybody)
                who = "the judge" if question in self.assignments[name].tests else "a person"
                mean = f"{sum(got) / len(got):.2g} of {of:g}" if got else f"of {of:g}"
                body.append(f'<tr><td><a href="{quote(name)}/{quote(question)}">{label(question)}</a><td>{who}')
                body.append(f"<td class=n>{unread or ''}<td class=n>{mean}</tr>")
            body.append("</table><details><summary>By student, for an appeal</summary><ul class=names>")
            for s in everybody:
                body.append(f"<li>{self.link(f'{quote(name)}/student/', s)}</li>")
            body.append("</ul></details>")
        return self.dressed("", self.course.name, body)

    def question(self, name: str, question: str) -> str:
        """All answers to a question, side by side."""
        everybody = [s for s in self.everybody(name) if s.counting]
        unread = sum(question in s.unread for s in everybody)
        body = [f"<h1>{escape(name)}: {label(question)}</h1>", self.task(name, question)]
        body.append(f"<p class=tools><span>{len(everybody)} answers, <span id=unread>{unread}</span> unread.</span>")
        body.append("<label><input type=checkbox id=only> unread only</label>")
        body.append("<label><input type=checkbox id=anonymous> hide names</label></p>")
        cards = [self.card(name, question, s, self.link("student/", s)) for s in everybody]
        body.append("<div class=cards>" + "".join(cards) + "</div>")
        return self.dressed("../", f"{name}: {label(question)}", body)

    def student(self, name: str, student: str) -> str | None:
        """All questions of a student, to answer an appeal."""
        found = next((s for s in self.everybody(name) if s.student == student), None)
        if found is None:
            return None
        body = [f"<h1>{escape(name)}: {escape(self.called(student))}</h1>", *report.listed("Of the notebook", found.remarks)]
        cards = [self.card(name, question, found, label(question)) for question in found.points]
        body.append("<div class=cards>" + "".join(cards) + "</div>")
        return self.dressed("../../", f"{name}: {self.called(student)}", body)

    def task(self, name: str, question: str) -> str:
        """What was asked, and for words, our answer and what its points are for; folded."""
        cells = self.assignments[name].notebook.cells
        at = next(i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == question)
        asked = next(
            (cell for cell in reversed(cells[:at]) if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata), None
        )
        said = f"<details><summary>What was asked</summary>{words.shown([asked], ours=True)}</details>" if asked else ""
        if cells[at].cell_type == "markdown":
            said += f"<details><summary>Our answer</summary>{words.shown([cells[at]], ours=True)}</details>"
        lines = [f"<li>{escape(line['what'])} ({line['points']:g})</li>" for line in self.rubrics[name].get(question, [])]
        if lines:
            said += f"<details open><summary>For its points</summary><ul>{''.join(lines)}</ul></details>"
        return said

    def card(self, name: str, question: str, s: Standing, title: str) -> str:
        """A student's answer to a question, and the fields for points and comment; `title` is HTML."""
        assignment, mark = self.assignments[name], s.marks.get(question)
        in_words = question not in assignment.tests
        old = "<p class=bad>These points were given to an older notebook.</p>" if mark and s.older(question) else ""
        fields = self.fields(assignment, question, mark)
        if not in_words:
            fields = f"<details{' open' if mark else ''}><summary>Give other points</summary>{fields}</details>"
        return (
            f'<article class="card {"unread" if question in s.unread else "read"}" data-assignment="{escape(name)}" '
            f'data-student="{escape(s.student)}" data-question="{escape(question)}" data-override="{"" if in_words else 1}">'
            f"<h2>{title}</h2>{(self.words if in_words else self.judged)(assignment, question, s)}{old}{fields}"
            f"<p class=state role=status>{self.history(mark)}</p></article>"
        )

    def fields(self, assignment: Assignment, question: str, mark: Mark | None) -> str:
        """Where points, a reason and a comment are entered, as they are now."""
        of, in_words = assignment.graded[question], question not in assignment.tests
        body, comment = [], (mark.comment if mark else "").splitlines()
        lines = self.rubrics[assignment.name].get(question, [])
        if lines:
            body.append("<fieldset><legend>For its points</legend>")
            for line in lines:
                ticked = " checked" if f"✓ {line['what']}" in comment else ""
                body.append(f'<label><input type=checkbox class=rubric value="{line["points"]:g}"{ticked}> ')
                what = escape(line["what"])
                body.append(f'<span title="{what}">{what}</span> ({line["points"]:g})</label>')
            body.append("</fieldset>")
        ours = {f"{sign} {line['what']}" for line in lines for sign in "✓✗"}
        own = escape("\n".join(line for line in comment if line not in ours))
        given = "" if mark is None or mark.points is None else f"{mark.points:g}"
        body.append(f"<label>Points of {of:g} <input type=number class=points min=0 ")
        body.append(f'max="{of:g}" step=any value="{given}"></label>')
        if not in_words:
            body.append(f'<label>Why <input type=text class=reason value="{escape(mark.reason if mark else "")}"></label>')
        body.append(f"<label>For the student <textarea class=comment rows=2>{own}</textarea></label>")
        return "".join(body)

    def words(self, assignment: Assignment, question: str, s: Standing) -> str:
        """An answer in words, with the text cells that the student put behind it."""
        if s.counting is None or s.counting.notebook is None:
            return "<p>Nothing came back.</p>"
        cells = [cell for key, cell in arrange(assignment, self.course.notebook(s.counting.notebook))[0]
                 if cell.cell_type == "markdown" and (key == question or key.endswith(f" after {question}"))]  # fmt: skip
        return f"<div class=answer>{words.shown(cells) or '<p>No answer.</p>'}</div>"

    def judged(self, assignment: Assignment, question: str, s: Standing) -> str:
        """What the judge said, and the code that it judged."""
        found = s.verdict.questions.get(question) if s.verdict else None
        if found is None:
            return "<p>It was not judged.</p>"
        rows = "".join(
            f"<tr><td class={'bad' if part.lost else 'good'}>{'✗' if part.lost else '✓'}<td class=n>{part.points:g}"
            f"<td>{escape(part.what)}<br><small>{escape(part.lost or '')}</small></tr>"
            for part in found.parts or []
        )
        assert s.verdict
        code = "\n\n".join(s.verdict.answers[key][0] for key in answers_of(assignment)[question] if key in s.verdict.answers)
        shown = f"<details><summary>The code</summary><pre>{escape(code)}</pre></details>" if code else ""
        return f"<p>The judge: {found.earned:g} of {found.points:g}</p><table>{rows}</table>{shown}"

    @staticmethod
    def history(mark: Mark | None) -> str:
        """Who gave the points, and when."""
        if mark is None:
            return ""
        by = f" by {escape(mark.by)}" if mark.by else ""
        return f"saved {mark.time:%Y-%m-%d %H:%M} UTC{by}" if mark.points is not None else f"taken back{by}"

    def dressed(self, root: str, title: str, body: list[str]) -> str:
        """A page: `root` is the way to the first one."""
        here = f'<nav><a href="{root or "./"}">{escape(self.course.name)}</a></nav>'
        scripts = (
            f'<link rel=stylesheet href="{root}desk.css"><script src="{root}desk.js" data-root="{root}" defer></script>'
        )
        if MATHJAX.is_dir():
            scripts += f'<script src="{root}mathjax/tex-chtml-full.js" defer></script>'
        head = (
            f'<meta charset=utf-8><meta name=viewport content="width=device-width"><title>{escape(title)}</title>{scripts}'
        )
        return f"<!doctype html>\n<html lang=en><head>{head}</head>\n<body>{here}{''.join(body)}</body></html>\n"

    # ------------------------------------------------------------------ marks

    def mark(self, told: Any) -> dict[str, Any]:
        """Write a mark into its record; what the page says of it. Raises ValueError, in a sentence, where that can't be."""
        if not isinstance(told, dict) or told.get("assignment") not in self.records:
            raise ValueError("assignment: nothing of this name has come back")
        texts = {key: told.get(key, "") for key in ("student", "question", "comment", "reason")}
        if not all(isinstance(text, str) for text in texts.values()):
            raise ValueError("student, question, comment and reason: expected text")
        record = self.records[told["assignment"]]
        points = told.get("points")
        record.refresh()
        record.mark(texts["student"], texts["question"], points, texts["comment"], texts["reason"], self.by)
        return {"said": self.history(record.marks()[texts["student"], texts["question"]]), "unread": points is None}
