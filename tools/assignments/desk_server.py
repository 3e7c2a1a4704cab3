"""Serve the desk to the browser of this machine, under an address that nobody can guess."""

import json
import secrets
import threading
import webbrowser
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.assignments.course import Course
from tools.assignments.desk import MATHJAX, Desk
from tools.assignments.grade import write_results

HERE = Path(__file__).parent
FILES = {"desk.js": HERE / "desk.js", "desk.css": HERE / "desk.css"}
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff": "font/woff", ".html": "text/html"}
POLICY = (
    "default-src 'none'; img-src data:; style-src 'self' 'unsafe-inline'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LARGEST = 2**16
"""Bytes of a mark that is posted."""


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


def serve(course: Course, by: str = "") -> None:
    """Serve the desk of a course, in a browser if there is one, until Ctrl-C; then make the course's results anew."""
    with Server(Desk(course, by)) as server:
        print(f"The course is at {server.address}\nEach mark is kept at once. Ctrl-C ends this.", flush=True)
        webbrowser.open(server.address)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    write_results(course)
    print(f"\nThe results are made anew: {course.folder / 'results'}")
