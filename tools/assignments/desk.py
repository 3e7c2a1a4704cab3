"""The lecturer's desk: a course in the browser, to read answers in words side by side, give points, and override others.

It is served to this machine alone, under an address that nobody can guess, and writes into the course's records at once.
"""

import json
import secrets
import threading
import webbrowser
from dataclasses import dataclass
from functools import cached_property
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import yaml

from tools import book
from tools.assignments import words
from tools.assignments.course import Course
from tools.assignments.grade import Standing, standings
from tools.assignments.judge import arrange
from tools.assignments.record import Mark, Record
from tools.assignments.release import SOURCES, Assignment

HERE = Path(__file__).parent
MATHJAX = book.BOOK / "assets" / "vendor" / "mathjax"
FILES = {"desk.js": HERE / "desk.js", "desk.css": HERE / "desk.css"}
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff": "font/woff", ".html": "text/html"}
POLICY = (
    "default-src 'none'; img-src data:; style-src 'self' 'unsafe-inline'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LARGEST = 2**16
"""Bytes of a mark that is posted."""


def rubric(assignment: Assignment, question: str, folder: Path = SOURCES) -> list[dict[str, Any]]:
    """What an answer in words gets its points for, a line and its points each; from NAME.rubric.yml."""
    path = folder / f"{assignment.name}.rubric.yml"
    return yaml.safe_load(path.read_text("utf-8")).get(question, []) if path.is_file() else []


def label(question: str) -> str:
    """A question's name for people."""
    return question.removeprefix("test-")


@dataclass
class Desk:
    """The pages of a course, and what is written on them."""

    course: Course
    assignments: dict[str, Assignment]
    by: str = ""

    @cached_property
    def records(self) -> dict[str, Record]:
        """The record of each assignment that came back."""
        return {name: self.course.record(self.assignments[name]) for name in self.course.recorded() if name in self.assignments}

    def standings(self, name: str) -> list[Standing]:
        """How everybody stands in an assignment, with what others have written meanwhile."""
        self.records[name].refresh()
        return standings(self.course, self.records[name])

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
            everybody = self.standings(name)
            body.append(f"<h2>{escape(name)}</h2><table><tr><th>Question<th>It is given by<th class=n>To read<th class=n>Mean, of</tr>")
            for question, of in self.assignments[name].graded.items():
                got = [s.points[question] for s in everybody if s.points.get(question) is not None]
                unread = sum(question in s.points and s.points[question] is None for s in everybody)
                who = "the judge" if question in self.assignments[name].tests else "a person"
                mean = f"{sum(got) / len(got):.2g} of {of:g}" if got else f"of {of:g}"
                body.append(f'<tr><td><a href="{quote(name)}/{quote(question)}">{escape(label(question))}</a><td>{who}')
                body.append(f"<td class=n>{unread or ''}<td class=n>{mean}</tr>")
            body.append("</table><details><summary>By student, for an appeal</summary><ul class=names>")
            for s in everybody:
                body.append(f'<li><a href="{quote(name)}/student/{quote(s.student, safe="")}">{escape(s.name)}</a></li>')
            body.append("</ul></details>")
        return self.dressed("", self.course.name, body)

    def question(self, name: str, question: str) -> str:
        """All answers to a question, side by side."""
        everybody = [s for s in self.standings(name) if question in s.points]
        unread = sum(s.points[question] is None for s in everybody)
        body = [f"<h1>{escape(name)}: {escape(label(question))}</h1>", self.task(name, question)]
        body.append(f"<p class=tools><span>{len(everybody)} answers, <span id=unread>{unread}</span> unread.</span>")
        body.append('<label><input type=checkbox id=only> unread only</label> <label><input type=checkbox id=anonymous> hide names</label></p>')
        body.append("<div class=cards>" + "".join(self.card(name, question, s, s.name) for s in everybody) + "</div>")
        return self.dressed("../", f"{name}: {label(question)}", body)

    def student(self, name: str, student: str) -> str | None:
        """All questions of a student, to answer an appeal."""
        found = next((s for s in self.standings(name) if s.student == student), None)
        if found is None:
            return None
        body = [f"<h1>{escape(name)}: {escape(found.name)}</h1>", f"<p>{escape(found.said)}</p>"]
        cards = [self.card(name, question, found, label(question)) for question in found.points]
        body.append("<div class=cards>" + "".join(cards) + "</div>")
        return self.dressed("../../", f"{name}: {found.name}", body)

    def task(self, name: str, question: str) -> str:
        """What was asked, and for words, our answer; folded."""
        cells = self.assignments[name].notebook.cells
        at = next(i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == question)
        asked = next((cell for cell in reversed(cells[:at]) if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata), None)
        said = f"<details><summary>What was asked</summary>{words.shown([asked])}</details>" if asked else ""
        if cells[at].cell_type == "markdown":
            said += f"<details><summary>Our answer</summary>{words.shown([cells[at]])}</details>"
        return said

    def card(self, name: str, question: str, s: Standing, title: str) -> str:
        """A student's answer to a question, and the fields for points and comment."""
        assignment, mark = self.assignments[name], self.records[name].marks().get((s.student, question))
        of, words_asked = assignment.graded[question], question not in assignment.tests
        now = s.points[question]
        state = "unread" if now is None else "read"
        body = [f'<article class="card {state}" data-assignment="{escape(name)}" data-student="{escape(s.student)}" '
                f'data-question="{escape(question)}" data-override="{"" if words_asked else 1}">']  # fmt: skip
        body.append(f'<h2><span class=who>{escape(title)}</span></h2>')
        body.append(self.words(assignment, question, s) if words_asked else self.judged(question, s))
        if mark and s.newer(mark):
            body.append("<p class=bad>These points were given to an older notebook.</p>")
        lines = rubric(assignment, question) if words_asked else []
        if lines:
            body.append("<fieldset><legend>For its points</legend>")
            for line in lines:
                ticked = " checked" if mark and f"✓ {line['what']}" in mark.comment.splitlines() else ""
                body.append(f'<label><input type=checkbox class=rubric value="{line["points"]:g}"{ticked}> '
                            f'<span>{escape(line["what"])}</span> ({line["points"]:g})</label>')  # fmt: skip
            body.append("</fieldset>")
        ours = {f"{sign} {line['what']}" for line in lines for sign in "✓✗"}
        comment = "\n".join(line for line in (mark.comment if mark else "").splitlines() if line not in ours)
        given = "" if mark is None or mark.points is None else f"{mark.points:g}"
        body.append(f'<label>Points of {of:g} <input type=number class=points min=0 max="{of:g}" step=any value="{given}"></label>')
        if not words_asked:
            body.append(f'<label>Why <input type=text class=reason value="{escape(mark.reason if mark else "")}"></label>')
        body.append(f"<label>For the student <textarea class=comment rows=2>{escape(comment)}</textarea></label>")
        body.append(f"<p class=state role=status>{self.history(mark)}</p></article>")
        return "".join(body)

    def words(self, assignment: Assignment, question: str, s: Standing) -> str:
        """An answer in words, with the text cells that the student put behind it."""
        if s.notebook is None:
            return "<p>Nothing came back.</p>"
        cells = [cell for key, cell in arrange(assignment, self.course.notebook(s.notebook))[0]
                 if cell.cell_type == "markdown" and (key == question or key.endswith(f" after {question}"))]  # fmt: skip
        return f"<div class=answer>{words.shown(cells) or '<p>No answer.</p>'}</div>"

    def judged(self, question: str, s: Standing) -> str:
        """What the judge said, and the code that it judged."""
        found = s.verdict.questions.get(question) if s.verdict else None
        if found is None:
            return "<p>It was not judged.</p>"
        rows = "".join(
            f"<tr><td class={'bad' if part.lost else 'good'}>{'✗' if part.lost else '✓'}<td class=n>{part.points:g}"
            f"<td>{escape(part.what)}<br><small>{escape(part.lost or '')}</small></tr>"
            for part in found.parts or []
        )
        return f"<p>The judge: {found.earned:g} of {found.points:g}</p><table>{rows}</table>"

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
        scripts = f'<link rel=stylesheet href="{root}desk.css"><script src="{root}desk.js" data-root="{root}" defer></script>'
        if MATHJAX.is_dir():
            scripts += f'<script src="{root}mathjax/tex-chtml-full.js" defer></script>'
        head = f'<meta charset=utf-8><meta name=viewport content="width=device-width"><title>{escape(title)}</title>{scripts}'
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


class Handler(BaseHTTPRequestHandler):
    """Answers the browser: pages below the secret address, and marks that are posted there."""

    server: "Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Nothing: the address is a secret."""

    def path_below(self) -> list[str] | None:
        """The parts of the path below the secret one."""
        first, *rest = urlsplit(self.path).path.lstrip("/").split("/")
        if not secrets.compare_digest(first.encode(), self.server.secret.encode()):
            return None
        return [unquote(part) for part in rest if part]

    def send(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        """A reply that loads nothing from elsewhere and tells nobody its address."""
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(content)),
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status: HTTPStatus, why: str) -> None:
        """A sentence in place of what was wanted."""
        self.send(json.dumps({"error": why}).encode(), "application/json", status)

    def do_GET(self) -> None:
        path = self.path_below()
        if path is None:
            return self.refuse(HTTPStatus.NOT_FOUND, "Open the whole address that make mark printed.")
        file = self.file(path)
        if file:
            return self.send(file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream"))
        with self.server.lock:
            page = self.server.desk.page(path)
        if page is None:
            return self.refuse(HTTPStatus.NOT_FOUND, "There is no such page.")
        return self.send(page.encode("utf-8", "replace"), "text/html")

    @staticmethod
    def file(path: list[str]) -> Path | None:
        """The script, style or font at a path."""
        if len(path) == 1 and path[0] in FILES:
            return FILES[path[0]]
        known = {str(file.relative_to(MATHJAX)): file for file in MATHJAX.rglob("*") if file.is_file()}
        return known.get("/".join(path[1:])) if path[:1] == ["mathjax"] else None

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path_below() != ["mark"] or not 0 < length <= LARGEST:
            self.close_connection = True
            return self.refuse(HTTPStatus.NOT_FOUND, "Only marks can be posted, and no long ones.")
        try:
            with self.server.lock:
                said = self.server.desk.mark(json.loads(self.rfile.read(length)))
        except ValueError as error:
            return self.refuse(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            return self.refuse(HTTPStatus.INSUFFICIENT_STORAGE, f"It could not be written: {error}")
        return self.send(json.dumps(said).encode(), "application/json")


class Server(ThreadingHTTPServer):
    """Serves a desk on this machine, under a secret address."""

    daemon_threads = True

    def __init__(self, desk: Desk):
        super().__init__(("127.0.0.1", 0), Handler)
        self.desk, self.secret, self.lock = desk, secrets.token_urlsafe(16), threading.Lock()

    @property
    def address(self) -> str:
        """Where the first page is."""
        return f"http://127.0.0.1:{self.server_port}/{self.secret}/"


def serve(desk: Desk) -> None:
    """Serve the desk, in a browser if there is one, until Ctrl-C."""
    with Server(desk) as server:
        print(f"The course is at {server.address}\nEach mark is kept at once. Ctrl-C ends this.", flush=True)
        webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
