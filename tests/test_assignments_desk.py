"""Assignments: the lecturer's desk shows answers as they were written, and keeps each mark at once."""

import json
import threading
import urllib.error
import urllib.request

import nbformat
import pytest
from browsing import CHROMIUM, FLAGS, needs_browser
from classroom import THEORY, came, submission, verdict
from nbformat import v4

from tools.assignments import desk, words
from tools.assignments.course import open_course
from tools.assignments.desk import Desk
from tools.assignments.desk_server import POLICY, Server
from tools.assignments.grade import within
from tools.assignments.record import bases
from tools.assignments.sandbox import Limits

LIMITS = within(Limits(), True)
TEXT = "Tuned, but $\\kappa$ does not see it. <script>alert(1)</script> [x](javascript:alert(2)) ![y](https://example.org/y.png)"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
RUBRIC = [{"points": 1.5, "what": "says that the tuning is real"}, {"points": 0.5, "what": "proposes to silence"}]


def picture():
    """A text cell of the student's own, with a photograph."""
    cell = v4.new_markdown_cell("On paper: ![d](attachment:d.png)")
    cell.attachments = {"d.png": {"image/png": PIXEL}}
    return cell


@pytest.fixture
def course(tmp_path):
    """Ann and Ben handed in theory; Ben lost two points at `step`."""
    course = open_course(tmp_path / "course", make=True)
    record = course.record(THEORY)
    record.draw_seed(1)
    for who, lost in (("ann", {}), ("ben", {"test_step": 2})):
        notebook = submission(conclude=f"{TEXT} {who}")
        at = next(
            i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == "conclude"
        )
        notebook.cells.insert(at + 1, picture())
        came(record, who, course.keep(notebook), "2026-11-05T10:00:00+00:00")
        record.add_verdict(course.keep(notebook), verdict(**lost), LIMITS, bases(THEORY))
    return course


@pytest.fixture
def served(course):
    """The desk, as a browser reaches it."""
    with Server(Desk(course, "us")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(address, told=None):
    """The status, the reply's text and its headers."""
    data = None if told is None else told if isinstance(told, bytes) else json.dumps(told).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data)) as reply:
            return reply.status, reply.read().decode(), reply.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


# ------------------------------------------------------------------ what is shown


def test_words_are_shown_as_written_and_nothing_acts(course):
    said = Desk(course).page(["theory", "conclude"])
    assert "\\(\\kappa\\)" in said and f'src="data:image/png;base64,{PIXEL}"' in said
    assert "<script>alert" not in said and "javascript:" not in said.replace("(javascript:alert(2))", "")
    assert "https://example.org/y.png</em>" in said.replace(" y]", "") or "a picture that is not in the notebook" in said
    assert said.count("<article") == 2 and "<span id=unread>2</span>" in said


@pytest.mark.parametrize(
    "attachments",
    [
        None,
        [],
        {"a": None},
        {"a": []},
        {"a": {"image/png": 3}},
        {"a": {"image/png": "no base64!"}},
        {"a": {"text/html": PIXEL}},
    ],
)
def test_odd_attachments_are_no_picture(attachments):
    cell = nbformat.from_dict({"cell_type": "markdown", "source": "![x](attachment:a)", "metadata": {}})
    cell.attachments = attachments
    assert "a picture that is not in the notebook" in words.shown([cell])


def test_long_and_broken_text_is_shown_in_part():
    said = words.shown([v4.new_markdown_cell("\ud800" + "a" * 30_000)])
    assert "\ufffd" in said and "30001 characters in all" in said
    said.encode()


def test_the_overview_counts_what_is_unread(course):
    said = Desk(course).page([])
    assert '<a href="theory/conclude">conclude</a><td>a person<td class=n>2<' in said
    assert '<a href="theory/test-step">step</a><td>the judge<td class=n><td class=n>3 of 4' in said
    assert 'href="theory/student/ben"' in said
    for path in (["drift"], ["theory", "nothing"], ["theory", "student", "eva"], ["theory", "conclude", "x"]):
        assert Desk(course).page(path) is None


def test_an_appeal_shows_what_was_lost_and_why(course):
    said = Desk(course).page(["theory", "student", "ben"])
    assert "The judge: 2 of 4" in said and "it is off by 0.31" in said and said.count("<article") == len(THEORY.graded)


def test_points_of_an_older_notebook_are_told(course):
    record = course.record(THEORY)
    record.mark("ann", "conclude", 1)
    assert "older notebook" not in Desk(course).page(["theory", "conclude"])
    came(record, "ann", course.keep(submission(conclude="other words")), "2026-11-06T10:00:00+00:00")
    assert "older notebook" in Desk(course).page(["theory", "conclude"])


def test_the_rubric_and_its_ticks(course, monkeypatch):
    monkeypatch.setattr(desk, "rubrics", lambda assignment: {"conclude": RUBRIC})
    course.record(THEORY).mark("ann", "conclude", 1.5, "✓ says that the tuning is real\n✗ proposes to silence\nWell done.")
    said = Desk(course).page(["theory", "student", "ann"])
    assert said.count("class=rubric") == 2 and said.count(" checked>") == 1
    assert ">Well done.</textarea>" in said


# ------------------------------------------------------------------ what is written


def test_a_mark_is_kept_at_once(course, served):
    told = {"assignment": "theory", "student": "ann", "question": "conclude", "points": 1.5, "comment": "fine\ud800"}
    status, said, _ = ask(f"{served.address}mark", told)
    assert status == 200 and "by us" in json.loads(said)["said"]
    mark = course.record(THEORY).marks()["ann", "conclude"]
    assert (mark.points, mark.by) == (1.5, "us")
    assert ask(f"{served.address}mark", told | {"points": None})[0] == 200
    assert course.record(THEORY).marks()["ann", "conclude"].points is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"points": 3}, "a number from 0 to 2"),
        ({"points": "1"}, "a number from 0 to 2"),
        ({"points": float("nan")}, "a number from 0 to 2"),
        ({"student": "eva"}, "nobody of this name"),
        ({"student": 3}, "expected text"),
        ({"question": "nothing"}, "expected one of"),
        ({"assignment": "drift"}, "nothing of this name has come back"),
        ({"question": "test-step"}, "say why"),
    ],
)
def test_a_mark_that_can_t_be_is_refused_in_a_sentence(course, served, wrong, why):
    told = {"assignment": "theory", "student": "ann", "question": "conclude", "points": 1, "comment": "", "reason": ""}
    status, said, _ = ask(f"{served.address}mark", told | wrong)
    assert status == 400 and why in json.loads(said)["error"]
    assert not course.record(THEORY).marks()


def test_the_address_is_a_secret_and_loads_nothing_from_elsewhere(served):
    status, page, headers = ask(served.address)
    assert status == 200 and headers["Content-Security-Policy"] == POLICY and headers["Referrer-Policy"] == "no-referrer"
    assert "http" not in page
    for path in ("desk.js", "desk.css", "theory/conclude"):
        assert ask(served.address + path)[0] == 200
    root = served.address.replace(served.secret, "guess")
    for path in ("", "mark", "theory/conclude", "desk.js"):
        assert ask(root + path)[0] == 404
    for path in ("../course.yml", "%2e%2e/course.yml", "mathjax/../../../../pyproject.toml", "nothing"):
        assert ask(served.address + path)[0] == 404
    for posted in (b"{", b"[]", b"3"):
        assert ask(f"{served.address}mark", posted)[0] == 400
    assert ask(f"{served.address}mark", b"1" * 10**5)[0] == 404
    assert served.server_address[0] == "127.0.0.1"


# ------------------------------------------------------------------ in the browser


@needs_browser
def test_points_are_given_in_the_browser(course, served, monkeypatch):
    from playwright.sync_api import sync_playwright

    monkeypatch.setattr(desk, "rubrics", lambda assignment: {"conclude": RUBRIC})
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{served.address}theory/conclude")
        card = page.locator("[data-student=ann]")
        card.locator(".rubric").first.check()
        card.locator(".comment").fill("Well done.")
        card.locator(".state", has_text="saved").wait_for()
        assert page.locator("#unread").inner_text() == "1"
        mark = course.record(THEORY).marks()["ann", "conclude"]
        assert (mark.points, mark.comment.splitlines()) == (
            1.5,
            ["✓ says that the tuning is real", "✗ proposes to silence", "Well done."],
        )
        # While nothing answers, what was entered stays, and is tried again.
        page.route("**/mark", lambda route: route.abort())
        card.locator(".points").fill("1")
        card.locator(".state", has_text="Not kept").wait_for()
        assert card.locator(".points").input_value() == "1"
        page.unroute("**/mark")
        card.locator(".state", has_text="saved").wait_for()
        assert course.record(THEORY).marks()["ann", "conclude"].points == 1
        # Another one's points take a reason.
        page.goto(f"{served.address}theory/test-step")
        card = page.locator("[data-student=ben]")
        card.locator("summary", has_text="Give other points").click()
        card.locator(".points").fill("3")
        card.locator(".state", has_text="say why").wait_for()
        assert ("ben", "test-step") not in course.record(THEORY).marks()
        card.locator(".reason").fill("right, but for a sign")
        card.locator(".state", has_text="saved").wait_for()
        assert course.record(THEORY).marks()["ben", "test-step"].points == 3
        assert problems == []
        browser.close()
