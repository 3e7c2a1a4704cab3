"""Assignments: what students get gives nothing away, and the grader tells right from wrong and survives the rest."""

import contextlib
import copy
import csv
import functools
import io
import os
import re
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import v4

from lpu_core import LowRankRNN
from tools import book, build_site
from tools.assignments import check, grade, release, report
from tools.assignments.inside import wire
from tools.assignments.judge import Wrong, judge, same
from tools.assignments.sandbox import INSIDE, Box, Limits, Stopped, isolation, visible

LIMITS = Limits(cell=6, call=6, total=60, memory=2**30)
ASSIGNMENTS = release.load()
THEORY = ASSIGNMENTS["theory"]
TESTED = sum(THEORY.graded[name] for name in THEORY.tests)
isolated = pytest.mark.skipif(isolation() is not None, reason=f"NOT ISOLATED HERE: {isolation()}")


@pytest.fixture(scope="module", autouse=True)
def once():
    """What is the same for every course is made once: the solutions' figures, and what nbgrader's database looks like."""
    from nbgrader import api

    draw, drawn = release.with_figures, {}

    def with_figures(assignment):
        key = nbformat.writes(assignment.notebook)
        if key not in drawn:
            drawn[key] = draw(assignment)
        return copy.deepcopy(drawn[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", functools.cache(api.get_alembic_version))
        patch.setattr(release, "with_figures", with_figures)
        yield


# ------------------------------------------------------------------ what students get


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return release.release(tmp_path_factory.mktemp("assignments"))


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_a_release_gives_nothing_away(released, name):
    text = (released.parent / f"{name}.ipynb").read_text("utf-8")
    assert release.leaks(ASSIGNMENTS[name], text) == []
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.lpu.assignment == name
    assert not [cell for cell in notebook.cells if cell.get("outputs")]
    stubs = check.stubs(ASSIGNMENTS[name])
    shown = {release.mark_id(cell): cell.source for cell in notebook.cells}
    assert {answer: shown[answer] for answer in stubs} == stubs
    assert all(shown[test] for test in ASSIGNMENTS[name].tests), "a test without a visible part"
    with zipfile.ZipFile(released) as archive:
        assert archive.read(f"lpu-assignments/{name}.ipynb").decode() == text


def test_what_is_given_away_is_seen():
    assert "### BEGIN SOLUTION" not in "".join(release.leaks(THEORY, ""))
    line = "basis, _ = np.linalg.qr(network.encoding)"
    assert release.leaks(THEORY, f'"    {line}\\n",') == [line]
    hidden = 'with part(1.5, "A step of random networks, several trials, with inputs"):'
    assert hidden in release.leaks(THEORY, nbformat.writes(THEORY.notebook))
    (text,) = [line for line in THEORY.answers["conclude"].source.splitlines() if "tuning is real" in line]
    assert release.leaks(THEORY, f'"{text}"') == [text]


def test_an_assignment_is_no_page_of_the_book():
    assert build_site.LEFT_OUT(str(book.BOOK), ["assignments", "theory.md"]) == {"assignments"}
    assert len(book.chapters()) == len(set(book.chapters())), "an assignment passes for a chapter"


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_points_and_time_are_told(name):
    text = "".join(cell.source for cell in ASSIGNMENTS[name].notebook.cells if cell.cell_type == "markdown")
    assert f"**Points:** {sum(ASSIGNMENTS[name].graded.values()):g}." in text
    minutes = int(re.search(r"\*\*Time:\*\* about (\d+) minutes", text).group(1))
    assert 60 <= minutes <= 120
    assert sum(map(int, re.findall(r"(\d+) minutes\)", text))) == minutes


# ------------------------------------------------------------------ the points


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_solutions_releases_and_mistakes_get_their_points(name):
    assert check.check([name]) == []


def test_points_that_differ_are_seen():
    case = check.Case("the release", check.answered(THEORY, check.stubs(THEORY)), {"test-step": 1.0})
    (said,) = check.outcome(THEORY, case, isolation() is None)
    assert "test-step has 0 points, not 1" in said and "NotImplementedError" in said


def test_same_says_what_is_wrong():
    same(np.float32(1.0), 1.0)
    same([1, 2], np.array([1.0, 2.0]))
    for got, why in [
        (None, "None"),
        ("1", "of type str"),
        (np.ones((2, 1)), r"shape \(2,\); yours has \(2, 1\)"),
        (np.array([1.0, np.nan]), "NaN"),
        (np.array([1.0, 3.0]), r"off by 1 at \[1\]: expected 2, yours is 3"),
        (10**400, "of type int"),
    ]:
        with pytest.raises(Wrong, match=why):
            same(got, np.array([1.0, 2.0]))


def test_instances_come_from_the_seed():
    def seen(seed):
        answer = "def repels(embedding, encoding):\n    raise ValueError(float(embedding.sum()))"
        verdict = judge(THEORY, check.answered(THEORY, {"repels": answer}), seed, LIMITS, isolation() is None)
        return [part.lost for part in verdict.questions["test-repels"].parts]

    first, again, other = seen(1), seen(1), seen(2)
    assert first == again and not set(first) & set(other)


def test_a_notebook_has_its_time():
    notebook = check.answered(THEORY, {"twin": "import time\ntime.sleep(60)", "hide": "import os\nos._exit(0)"})
    verdict = judge(THEORY, notebook, 0, Limits(cell=30, total=3), isolation() is None)
    assert set(verdict.questions) == set(THEORY.graded)
    assert all(question.earned == 0 for question in verdict.questions.values())
    assert verdict.questions["test-step"].remark == "the notebook used up its 3 s"


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_parts_and_points_are_checked(name):
    wrong = check.answered(ASSIGNMENTS[name], {})
    (test, *_) = ASSIGNMENTS[name].tests
    next(cell for cell in wrong.cells if release.mark_id(cell) == test).metadata.nbgrader.points += 1
    with pytest.raises(RuntimeError, match="the parts make"):
        judge(release.Assignment(name, wrong), wrong, 0, LIMITS, isolation() is None)


# ------------------------------------------------------------------ a class


def submission(**answers):
    """A notebook as a student returns it: the solution, but for some answers, with tests they have edited."""
    notebook = check.answered(THEORY, answers)
    for cell in notebook.cells:
        if release.mark_id(cell) in THEORY.tests:
            cell.source = "assert True"
    return notebook


TOOLS = str(book.ROOT / "tools/assignments")
FOLDERS = [str(book.ROOT), str(book.ROOT / "lpu_core"), str(book.BOOK / "results"), "/usr", "/var/tmp"]
STEP = "def step(network, rates, inputs, alpha):\n    "
SPY = f"""
import glob, os
{STEP}
    seen = []
    for path in ({str(release.SOURCES)!r}, {TOOLS!r}, {{grades!r}}, "/proc/1/environ", "/root", "/etc/shadow"):
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
    "hungry": ({"step": STEP + "return [bytearray(2**26) for _ in range(2**10)]"}, 4, ""),
    "floods": ({"step": STEP + "return np.zeros(2**22)"}, 4, ""),
    "strange": ({"step": STEP + "return object()"}, 4, ""),
    "deep": ({"step": STEP + "x = []\n    for _ in range(10**5):\n        x = [x]\n    return x"}, 4, ""),
    "spy": ({"step": SPY}, 4, ""),
    "writer": ({"step": WRITER}, 4, ""),
    "caller": ({"step": CALLER}, 4, ""),
    "forger": ({"step": FORGER}, TESTED, ""),  # the answers no longer go with the questions
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
OTHERS = ("timescales", "drift")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class that hands in, graded once: by student, with the folder of the results and who was called over the network."""
    folder, outside = tmp_path_factory.mktemp("returned"), tmp_path_factory.mktemp("outside")
    output, calls = tmp_path_factory.mktemp("grades"), []
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: calls.append(server.accept()), daemon=True).start()
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
        nbformat.write(check.answered(ASSIGNMENTS[name], {}), folder / f"right-{name}.ipynb")
    (folder / "not-a-notebook.ipynb").write_text("{")
    (folder / "pdf.pdf").write_text("%PDF")
    other = submission()
    other.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    nbformat.write(other, folder / "other.ipynb")
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1")]), folder / "foreign.ipynb")
    done = grade.grade(folder, output, seed=3, limits=LIMITS)
    server.close()
    return {s.student: s for s in done}, output, outside, calls


@isolated
def test_a_class_of_thirty(graded):
    """Nobody is lost, and the hostile did not stop the others."""
    assert len(graded[0]) == len(CLASS) + len(UNGRADED) + len(OTHERS) + 3 >= 30
    assert not [s.problem for s in graded[0].values() if s.problem and "the grader failed" in s.problem]


@pytest.mark.parametrize("name", OTHERS)
def test_other_assignments_among_them(graded, name):
    right, assignment = graded[0][f"right-{name}"], ASSIGNMENTS[name]
    assert right.assignment == name
    assert report.total(right) == sum(assignment.graded[question] for question in assignment.tests)


@pytest.mark.parametrize("who", sorted(CLASS))
def test_points(graded, who):
    if isolation() and who in NEEDS_ISOLATION:
        pytest.skip(f"NOT ISOLATED HERE: {isolation()}")
    submitted = graded[0][who]
    _, lost, said = CLASS[who]
    assert report.total(submitted) == TESTED - lost, submitted.verdict
    assert said in report.remarks(submitted)
    assert report.unread(submitted) == ["conclude"]


@pytest.mark.parametrize("who", sorted(UNGRADED))
def test_what_can_t_be_graded_has_its_line(graded, who):
    submitted = graded[0][who]
    assert submitted.verdict is None and UNGRADED[who] in submitted.problem


def test_an_untouched_release_has_no_points(graded):
    submitted = graded[0]["untouched"]
    assert report.total(submitted) == 0 and report.unread(submitted) == []


def test_missing_and_edited_cells_are_restored_and_told(graded):
    submitted = graded[0]["loses-cells"]
    assert report.total(submitted) == TESTED - 4
    assert "missing cells: setup, twin, test-twin, test-hide" in report.remarks(submitted)
    assert "edited cells, restored: test-step" in report.remarks(submitted)
    (part, *_) = submitted.verdict.questions["test-twin"].parts
    assert "name 'twin' is not defined" in part.lost


def test_the_assignment_is_told_from_the_cells(graded):
    assert report.total(graded[0]["no-metadata"]) == TESTED


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
    by_student, output, *_ = graded
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO((output / "grades.csv").read_text("utf-8")))}
    assert set(rows) == set(by_student)
    assert rows["right"]["points"] == f"{TESTED:g}" and rows["right"]["of"] == f"{sum(THEORY.graded.values()):g}"
    assert rows["partial"]["test-step"] == "3" and rows["pdf"]["points"] == ""


def test_the_pages_stand_alone(graded):
    by_student, output, *_ = graded
    pages = [output / "summary.html", *(output / "feedback").glob("*.html")]
    assert len(pages) == 1 + sum(s.verdict is not None for s in by_student.values())
    for page in pages:
        text = page.read_text("utf-8")
        assert not re.search(r"<script|<link|\bsrc=|https?://|url\(", text)
    assert all(f'href="feedback/{path.name}"' in pages[0].read_text("utf-8") for path in pages[1:])
    assert "no idea" in (output / "feedback/raises-theory.html").read_text("utf-8")


def test_the_limits_that_the_page_tells_are_the_grader_s():
    said, limits = (book.BOOK / "teaching.md").read_text("utf-8"), Limits()
    assert f"stopped after {limits.cell:g} s a cell, {limits.call:g} s a call, {limits.total:g} s a notebook" in said
    assert f"{limits.memory >> 30} GB a process" in said and f"{limits.file >> 20} MB, gone afterwards" in said


def test_an_interrupted_run_keeps_what_it_has(tmp_path, monkeypatch):
    """Ctrl-C after the first of three: it has its points, the others have a line that says why not."""

    def interrupted(items, *_, **__):
        yield next(iter(items))
        raise KeyboardInterrupt

    folder, output = tmp_path / "returned", tmp_path / "grades"
    folder.mkdir()
    for who in ("ann", "ben", "eva"):
        nbformat.write(submission(), folder / f"{who}.ipynb")
    monkeypatch.setattr(grade, "track", interrupted)
    done = grade.grade(folder, output, seed=1, jobs=1, limits=LIMITS)
    graded = [s for s in done if s.verdict]
    assert graded and len(graded) < 3 and all(report.total(s) == TESTED for s in graded)
    assert all("interrupted" in s.problem for s in done if not s.verdict)
    rows = csv.DictReader(io.StringIO((output / "grades.csv").read_text("utf-8")))
    assert [row["points"] != "" for row in rows].count(True) == len(graded)


def test_a_submission_can_t_write_into_the_pages(graded):
    by_student, *_ = graded
    nasty = by_student["right"]
    nasty.verdict.answers["step"] = ("<script>alert(1)</script>", "<b>")
    assert "<script" not in report.feedback(nasty, THEORY)


def test_nbgrader_holds_the_points(graded):
    from nbgrader.api import Gradebook

    by_student, output, *_ = graded
    with Gradebook(f"sqlite:///{output / 'course/gradebook.db'}") as gradebook:
        for who, submitted in by_student.items():
            if submitted.verdict:
                assert gradebook.find_submission(submitted.assignment, who).score == report.total(submitted)


# ------------------------------------------------------------------ points that a person gives


def test_a_person_s_points_are_kept(tmp_path):
    folder, output = tmp_path / "returned", tmp_path / "grades"
    folder.mkdir()
    nbformat.write(submission(), folder / "ann.ipynb")
    grade.grade(folder, output, seed=1, limits=LIMITS)
    marks = output / "to-read.csv"
    assert marks.read_text("utf-8").splitlines()[1] == "ann,theory,conclude,2,"
    marks.write_text(marks.read_text("utf-8").replace("conclude,2,", "conclude,2,1.5"))
    (ann,) = grade.grade(folder, output, seed=1, limits=LIMITS)
    assert report.total(ann) == TESTED + 1.5 and report.unread(ann) == []
    assert "conclude,2,1.5" in marks.read_text("utf-8")
    marks.write_text(marks.read_text("utf-8").replace("1.5", "3"))
    with pytest.raises(SystemExit, match="line 2: points from 0 to 2"):
        grade.read_marks(marks, ASSIGNMENTS)


# ------------------------------------------------------------------ what comes back


def test_layouts(tmp_path):
    text = nbformat.writes(submission())
    for name in ("flat.ipynb", "folder/any name.ipynb", "submitted/hub/theory/theory.ipynb", "a b/x.ipynb"):
        path = tmp_path / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "all/folder/notes.txt").write_text("")
    nbformat.write(v4.new_notebook(), tmp_path / "all/folder/of-another-course.ipynb")
    (tmp_path / "all/empty").mkdir()
    (tmp_path / "all/empty/photo.jpg").write_text("")
    (tmp_path / "all/empty/drawing.jpg").write_text("")
    (tmp_path / "all/link").symlink_to(tmp_path / "all/folder")
    with zipfile.ZipFile(tmp_path / "all/zipped.zip", "w") as archive:
        archive.writestr("zipped/deep/theory.ipynb", text)
        archive.writestr("zipped/deep/again.ipynb", text)
        archive.writestr("__MACOSX/._theory.ipynb", "")
    (tmp_path / "all/broken.zip").write_text("PK")
    found = {(s.student, s.problem) for s in grade.collect(tmp_path / "all", ASSIGNMENTS)}
    assert {who for who, problem in found if problem is None} == {"flat", "folder", "hub", "a_b", "zipped"}
    problems = {who: problem for who, problem in found if problem}
    assert set(problems) == {"empty", "zipped", "broken"}
    assert "a second notebook" in problems["zipped"] and "zip can't be read" in problems["broken"]

    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as archive:
        archive.writestr("../../Ann Ö_12_file/theory.ipynb", text)
        archive.writestr("=cmd()/x.ipynb", text)
    assert [s.student for s in grade.collect(tmp_path / "moodle.zip", ASSIGNMENTS)] == ["Ann_Ö_12_file", "_cmd_"]
    with pytest.raises(SystemExit, match="no folder or zip"):
        grade.collect(tmp_path / "nowhere", ASSIGNMENTS)


# ------------------------------------------------------------------ the wire and the box


def test_values_pass_the_wire():
    network = LowRankRNN(np.ones((3, 1)), np.ones((3, 1)), np.ones((3, 2)))
    for value in (None, True, 1, 0.5, 2j, "κ", [1, (2, {"a": np.arange(3)})], np.ones((2, 0)), np.float32(2), (), []):
        passed = wire.decode(wire.encode(value))
        assert np.array_equal(repr(passed), repr(value.item() if isinstance(value, np.generic) else value))
    passed = wire.decode(wire.encode(network))
    assert np.array_equal(passed.input_weights, network.input_weights) and passed.tau == network.tau


@pytest.mark.parametrize(
    "message",
    [
        [1],
        {"array": "", "dtype": "|O8", "shape": [0]},
        {"array": "AAAA", "dtype": "<f8", "shape": [10**9]},
        {"array": 1, "dtype": "<f8", "shape": []},
        {"class": "Box", "fields": {}},
        {"class": "LowRankRNN", "fields": {"embedding": 1}},
        {"list": 3},
        {"what": 1},
        {"list": [], "tuple": []},
        {},
        {"function": 1},
    ],
)
def test_made_up_messages_are_refused(message):
    with pytest.raises(wire.Unfit):
        wire.decode(message)


def test_objects_do_not_pass():
    for value in (object(), np.array([object()]), {1: 2}, len):
        with pytest.raises(wire.Unfit):
            wire.encode(value)


@pytest.mark.parametrize("isolate", [False, pytest.param(True, marks=isolated)])
def test_a_box_answers_and_ends(isolate):
    with Box(LIMITS, isolate) as box:
        assert box.ask({"run": "print('κ'); x = 2"}, 20) == {"error": None, "text": "κ\n"}
        assert box.ask({"get": "x"}, 5)["value"] == 2
        assert "ZeroDivisionError" in box.ask({"run": "1 / 0"}, 5)["error"]
        assert "EOFError" in box.ask({"run": "input()"}, 5)["error"]
        assert box.ask({"run": "%matplotlib inline"}, 20)["error"] is None
        with pytest.raises(Stopped, match=r"ran longer than 0\.5 s"):
            box.ask({"run": "import time; time.sleep(60)"}, 0.5)
        assert box.process.poll() is not None


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends a process with its parent")
@pytest.mark.parametrize("isolate", [False, pytest.param(True, marks=isolated)])
def test_a_box_ends_with_the_grader(isolate):
    code = f"from tools.assignments.sandbox import Box, Limits\nbox = Box(Limits(), {isolate})\n"
    code += "print(box.ask({'run': ''}, 60), flush=True)\nbox.ask({'run': 'while True: pass'}, 100)"
    grader = subprocess.Popen([sys.executable, "-c", code], cwd=book.ROOT, stdout=subprocess.PIPE, text=True)
    assert "None" in grader.stdout.readline()
    assert running()
    grader.kill()
    grader.communicate()
    for _ in range(50):
        if not running():
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {running()}")


def running() -> list[str]:
    """The processes of boxes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += [path.parent.name] if str(INSIDE / "runner.py").encode() in path.read_bytes() else []
    return found


def test_what_a_box_holds_has_no_solution():
    for path in map(Path, visible()):
        assert not release.SOURCES.is_relative_to(path)
        assert not Path(check.__file__).is_relative_to(path)
        assert not path.is_relative_to(release.SOURCES)


@isolated
def test_grades_do_not_go_where_a_box_looks():
    with pytest.raises(SystemExit, match="lies among Python's files"):
        grade.grade(release.SOURCES, Path(visible()[0]) / "grades")


def test_without_isolation_the_environment_is_clean(monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "1")
    with Box(LIMITS, False) as box:
        assert box.ask({"run": "import os; assert 'SECRET_OF_THE_GRADER' not in os.environ"}, 20)["error"] is None
