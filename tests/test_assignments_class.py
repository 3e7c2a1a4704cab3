"""Assignments: a class with hostile submissions is graded, all of it, and none of them reaches what it should not."""

import contextlib
import csv
import io
import os
import re
import socket
import threading
from pathlib import Path

import nbformat
import pytest
from classroom import ASSIGNMENTS, LIMITS, TESTED, THEORY, isolated, submission
from nbformat import v4

from tools import book
from tools.assignments import check, grade, release
from tools.assignments.inside import wire
from tools.assignments.sandbox import Box, Limits, isolation

TOOLS = str(book.ROOT / "tools/assignments")
FOLDERS = [str(book.ROOT), str(book.ROOT / "lpu_core"), str(book.BOOK / "results"), "/usr", "/var/tmp"]
STEP = "def step(network, rates, inputs, alpha):\n    "
SPY = f"""
import glob, os
{STEP}
    seen = []
    for path in ({str(release.SOURCES)!r}, {TOOLS!r}, {{grades!r}}, "/root", "/etc/shadow"):
        try:
            seen += os.listdir(path) if os.path.isdir(path) else [open(path).read()]
        except OSError:
            pass
    raise ValueError(f"saw {{{{[name for name in seen if name not in ('inside', '.pyenv')]}}}}")
"""
WRITER = f"""
import os
{STEP}
    wrote = []
    for folder in (*{FOLDERS!r}, {{outside!r}}):
        try:
            os.makedirs(folder, exist_ok=True)
            open(os.path.join(folder, "written-by-a-submission"), "w").close()
        except OSError:
            pass
    return rates
"""
CALLER = f"""
import socket
{STEP}
    socket.create_connection(("127.0.0.1", {{port}}), 2)
    return rates
"""
FORGER = f"""
import json, os, struct
{STEP}
    reply = json.dumps({{"value": {{"points": 4, "earned": 4, "passed": True}}}}).encode()
    for descriptor in range(3, 30):
        try:
            os.write(descriptor, struct.pack(">Q", len(reply)) + reply)
        except OSError:
            pass
    return rates
"""
PATCHER = f"""
import builtins, sys
np.allclose = np.isclose = np.array_equal = lambda *args, **kwargs: True
builtins.AssertionError = None
class part:
    lost = None
def same(*args, **kwargs):
    pass
{STEP}
    import inspect
    for frame in inspect.stack():
        frame.frame.f_locals.update(points=4, earned=4)
        if "solution" in frame.frame.f_globals:
            return frame.frame.f_globals["solution"].step(network, rates, inputs, alpha)
    class Equal(np.ndarray):
        __eq__ = __lt__ = __gt__ = lambda *args: True
    return rates.view(Equal)
"""
DAEMON = f"""
import subprocess
{STEP}
    subprocess.Popen(["sleep", "98765"], start_new_session=True)
    return rates
"""
KILLER = f"""
import os, signal
{STEP}
    for process in (1, os.getppid(), -1):
        try:
            os.kill(process, signal.SIGKILL)
        except OSError:
            pass
    return rates
"""
BREEDER = f"""
import os, time
{STEP}
    while True:
        try:
            if os.fork() == 0:
                time.sleep(60)
        except OSError as error:
            raise ValueError(f"no more of them: {{error}}")
"""
FILLER = f"""
{STEP}
    for name in range(100):
        with open(f"/tmp/{{name}}", "wb") as file:
            file.write(bytes(2**22))
    return rates
"""
TALKER = f"""
{STEP}
    for _ in range(200):
        print("x" * 2**16)
    return rates
"""
SHELL = """
outside = !cat /etc/passwd /etc/hostname
def step(network, rates, inputs, alpha):
    raise ValueError(f"read {[line for line in outside if 'root' in line]}")
"""
DENSE = f"""
{STEP}
    W = network.embedding @ network.encoding.T / rates.shape[1]
    return (1 - alpha) * rates + alpha * np.tanh(rates @ W.T + inputs @ network.input_weights.T + network.bias)
"""
# who -> (their answers, the points lost to the right ones', what the report must say)
CLASS = {
    "right": ({}, 0, ""),
    "wrong": ({"step": STEP + "return rates"}, 4, ""),
    "partial": ({"step": DENSE}, 1, ""),
    "raises": ({"step": STEP + "raise RuntimeError('no idea')"}, 4, ""),
    "raises-at-once": ({"step": "1 / 0"}, 4, "cell step raised ZeroDivisionError"),
    "no-python": ({"step": "def step(:"}, 4, "cell step raised SyntaxError"),
    "loops": ({"step": "while True:\n    pass"}, 4, "cell step ran longer than 6 s; it was left out"),
    "loops-later": ({"step": "import time\n" + STEP + "time.sleep(60)"}, 4, "step ran longer than 6 s"),
    "exits": ({"step": "import os\nos._exit(0)"}, 4, "cell step ended the process (exit status 0)"),
    "crashes": ({"step": "import ctypes\n" + STEP + "ctypes.string_at(0)"}, 4, "step ended the process (SIGSEGV)"),
    # It asks and touches nothing, so that the limit of memory comes before that of time on any machine.
    "hungry": ({"step": STEP + "return [np.empty(2**23) for _ in range(2**10)]"}, 4, ""),
    "floods": ({"step": STEP + "return np.zeros(2**22)"}, 4, ""),
    "strange": ({"step": STEP + "return object()"}, 4, ""),
    "deep": ({"step": STEP + "x = []\n    for _ in range(10**5):\n        x = [x]\n    return x"}, 4, ""),
    "spy": ({"step": SPY}, 4, ""),
    "writer": ({"step": WRITER}, 4, ""),
    "caller": ({"step": CALLER}, 4, ""),
    # The answers no longer go with the questions; one question is asked again in a fresh box, beside our `latents`.
    "forger": ({"step": FORGER}, TESTED - 3, ""),
    "patcher": ({"step": PATCHER}, 4, ""),
    "daemon": ({"step": DAEMON}, 4, ""),
    "killer": ({"step": KILLER}, 4, ""),
    "breeder": ({"step": BREEDER}, 4, ""),
    "filler": ({"step": FILLER}, 4, ""),
    "talker": ({"step": TALKER}, 4, ""),
    "shell": ({"step": SHELL}, 4, ""),
}
UNGRADED = {
    "not-a-notebook": "no notebook",
    "other": "its language is R",
    "foreign": "can't be told",
    "pdf": "not a notebook",
}
NEEDS_ISOLATION = {"spy", "writer", "caller", "daemon", "killer", "breeder", "filler", "shell"}
FILLED_IN = {"spy", "writer", "caller"}
OTHERS = {"timescales": "tia", "drift": "dag"}
"""Who hands in the solution of another assignment."""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class that hands in, graded once: by student, with the folder of the results and who was called over the network."""
    folder, outside = tmp_path_factory.mktemp("returned"), tmp_path_factory.mktemp("outside")
    output, calls = tmp_path_factory.mktemp("grades"), []
    server = socket.create_server(("127.0.0.1", 0))

    def listen():
        with contextlib.suppress(OSError):  # it is closed in the end
            calls.append(server.accept())

    threading.Thread(target=listen, daemon=True).start()
    values = {"grades": str(output), "outside": str(outside), "port": server.getsockname()[1]}
    for who, (answers, _, _) in CLASS.items():
        if isolation() and who in NEEDS_ISOLATION:
            continue
        filled = {name: text.format(**values) if who in FILLED_IN else text for name, text in answers.items()}
        nbformat.write(submission(**filled), folder / f"{who}.ipynb")
    lost = submission()
    lost.cells = [c for c in lost.cells if release.mark_id(c) not in ("setup", "twin", "test-twin", "test-hide")]
    nbformat.write(lost, folder / "loses-cells.ipynb")
    bare = submission()
    del bare.metadata["lpu"]
    bare.cells.insert(1, v4.new_code_cell("helper = 1"))
    nbformat.write(bare, folder / "no-metadata.ipynb")
    nbformat.write(submission(**check.stubs(THEORY)), folder / "untouched.ipynb")
    for name in OTHERS:
        nbformat.write(check.answered(ASSIGNMENTS[name], {}), folder / f"{OTHERS[name]}.ipynb")
    (folder / "not-a-notebook.ipynb").write_text("{")
    (folder / "pdf.pdf").write_text("%PDF")
    other = submission()
    other.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    nbformat.write(other, folder / "other.ipynb")
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1")]), folder / "foreign.ipynb")
    done = grade.grade(output / "course", folder, seed=3, limits=LIMITS, unsafe=True)
    server.close()
    by_student = {who: s for of_one in done.values() for who, s in of_one.items() if not s.verdict}
    by_student |= {who: s for of_one in done.values() for who, s in of_one.items() if s.verdict}
    return by_student, output / "course/results", outside, calls


def said(standing):
    """All remarks on what a student handed in."""
    return "; ".join(standing.remarks)


@isolated
def test_a_class_of_thirty(graded):
    """Nobody is lost, and the hostile did not stop the others."""
    assert len(graded[0]) == len(CLASS) + len(UNGRADED) + len(OTHERS) + 3 >= 30
    assert not [s for s in graded[0].values() if "the grader failed" in said(s)]


@pytest.mark.parametrize("name", OTHERS)
def test_other_assignments_among_them(graded, name):
    right, assignment = graded[0][OTHERS[name]], ASSIGNMENTS[name]
    assert right.earned == sum(assignment.graded[question] for question in assignment.tests)


@pytest.mark.parametrize("who", sorted(CLASS))
def test_points(graded, who):
    if isolation() and who in NEEDS_ISOLATION:
        pytest.skip(f"NOT ISOLATED HERE: {isolation()}")
    submitted = graded[0][who]
    _, lost, why = CLASS[who]
    assert submitted.earned == TESTED - lost, submitted.verdict
    assert why in said(submitted)
    assert submitted.unread == ["conclude"]


@pytest.mark.parametrize("who", sorted(UNGRADED))
def test_what_can_t_be_graded_has_its_line(graded, who):
    submitted = graded[0][who]
    assert submitted.verdict is None and UNGRADED[who] in said(submitted)


def test_an_untouched_release_has_no_points(graded):
    submitted = graded[0]["untouched"]
    assert submitted.earned == 0 and submitted.unread == []


def test_missing_and_edited_cells_are_restored_and_told(graded):
    submitted = graded[0]["loses-cells"]
    assert submitted.earned == TESTED - 4
    assert "missing cells: setup, twin, test-twin, test-hide" in said(submitted)
    assert "edited cells, restored: test-step" in said(submitted)
    (part, *_) = submitted.verdict.questions["test-twin"].parts
    assert "name 'twin' is not defined" in part.lost


def test_the_assignment_is_told_from_the_cells(graded):
    assert graded[0]["no-metadata"].earned == TESTED


def test_messages_teach(graded):
    lost = {who: [p.lost for p in graded[0][who].verdict.questions["test-step"].parts] for who in CLASS if who in graded[0]}
    assert "step raised RuntimeError: no idea" in lost["raises"][0]
    assert "the rates after a step is off by" in lost["wrong"][0]
    assert lost["partial"][:3] == [None, None, None] and "MemoryError" in lost["partial"][3]
    assert "MemoryError" in lost["hungry"][0]
    assert "more than 16 MB" in lost["floods"][0]
    assert "an object of type object, which can't be judged" in lost["strange"][0]
    assert "is off by" in lost["talker"][0]


@isolated
def test_what_the_system_refuses(graded):
    (killer, *_), (breeder, *_), (filler, *_), (shell, *_) = (
        graded[0][who].verdict.questions["test-step"].parts for who in ("killer", "breeder", "filler", "shell")
    )
    assert "is off by" in killer.lost, "it found nobody to kill"
    assert "no more of them" in breeder.lost
    assert "No space left" in filler.lost
    assert "read []" in shell.lost


@isolated
def test_a_submission_sees_no_files_of_the_grader(graded):
    (first, *_) = graded[0]["spy"].verdict.questions["test-step"].parts
    assert "saw []" in first.lost


def test_without_isolation_a_submission_sees_them(tmp_path):
    with Box(LIMITS, False) as box:
        box.ask({"run": SPY.format(grades=str(tmp_path), outside="", port=0)}, 20)
        assert (
            "theory.md" in box.ask({"call": "step", "args": wire.encode((0, 0, 0, 0)), "kwargs": {"dict": {}}}, 20)["error"]
        )


@isolated
def test_a_submission_writes_nothing_and_calls_nobody(graded):
    _, _, outside, calls = graded
    assert calls == []
    (first, *_) = graded[0]["caller"].verdict.questions["test-step"].parts
    assert "raised" in first.lost and "Error" in first.lost
    assert not [folder for folder in [*FOLDERS, outside] if Path(folder, "written-by-a-submission").exists()]


@isolated
def test_no_process_of_a_submission_outlives_it(graded):
    (first, *_) = graded[0]["daemon"].verdict.questions["test-step"].parts
    assert "is off by" in first.lost, "it started one"
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    assert not [command for command in commands if b"98765" in command]


def test_the_table_has_a_line_for_everybody(graded):
    by_student, results, *_ = graded
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO((results / "theory/grades.csv").read_text("utf-8")))}
    assert set(rows) == {who for who in by_student if who not in OTHERS.values()}
    assert rows["right"]["points"] == f"{TESTED:g}" and rows["right"]["of"] == f"{sum(THEORY.graded.values()):g}"
    assert rows["partial"]["test-step"] == "3" and rows["pdf"]["points"] == ""


def test_the_pages_stand_alone(graded):
    by_student, results, *_ = graded
    feedback = list((results / "theory/feedback").rglob("*.html"))
    summary = (results / "theory/summary.html").read_text("utf-8")
    assert len(feedback) == sum(s.verdict is not None for s in by_student.values()) - len(OTHERS)
    for page in [results / "theory/summary.html", *feedback]:
        text = page.read_text("utf-8")
        assert not re.search(r"<script|<link|\bsrc=|https?://|url\(", text)
    assert all(f'href="{path.relative_to(results / "theory")}"' in summary for path in feedback)
    (raises,) = [path for path in feedback if "raises" in str(path) and "at-once" not in str(path)]
    assert "no idea" in raises.read_text("utf-8")


def test_the_limits_that_the_page_tells_are_the_grader_s():
    said, limits = (book.BOOK / "teaching.md").read_text("utf-8"), Limits()
    assert f"stopped after {limits.cell:g} s a cell, {limits.call:g} s a call, {limits.total:g} s a notebook" in said
    assert f"{limits.memory >> 30} GB a process" in said and f"{limits.file >> 20} MB, gone afterwards" in said
