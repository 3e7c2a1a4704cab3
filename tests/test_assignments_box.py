"""Assignments: the box that holds a submission."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from classroom import LIMITS, isolated

from tools import book
from tools.assignments import check, grade, release
from tools.assignments.sandbox import INSIDE, Box, Stopped, visible


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
    memory = 2**31 + 4096 * os.getpid()  # by which these processes are known: others test boxes at the same time
    code = f"from tools.assignments.sandbox import Box, Limits\nbox = Box(Limits(memory={memory}), {isolate})\n"
    code += "print(box.ask({'run': ''}, 60), flush=True)\nbox.ask({'run': 'while True: pass'}, 100)"
    grader = subprocess.Popen([sys.executable, "-c", code], cwd=book.ROOT, stdout=subprocess.PIPE, text=True)
    assert "None" in grader.stdout.readline()
    assert running(memory)
    grader.kill()
    grader.communicate()
    for _ in range(50):
        if not running(memory):
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {running(memory)}")


def running(memory: int) -> list[str]:
    """The processes of boxes with so much memory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            said = path.read_bytes()
            mine = all(str(part).encode() in said for part in (INSIDE / "runner.py", memory))
            found += [path.parent.name] if mine else []
    return found


def test_what_a_box_holds_has_no_solution():
    for path in map(Path, visible()):
        assert not release.SOURCES.is_relative_to(path)
        assert not Path(check.__file__).is_relative_to(path)
        assert not path.is_relative_to(release.SOURCES)


@isolated
def test_grades_do_not_go_where_a_box_looks():
    with pytest.raises(SystemExit, match="lies among Python's files"):
        grade.grade(Path(visible()[0]) / "grades", release.SOURCES)


@pytest.mark.parametrize("isolate", [False, pytest.param(True, marks=isolated)])
def test_the_environment_is_clean(monkeypatch, isolate):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "1")
    with Box(LIMITS, isolate) as box:
        assert box.ask({"run": "import os; assert 'SECRET_OF_THE_GRADER' not in os.environ"}, 20)["error"] is None
        if isolate:
            look = "import glob\nprint([open(p).read() for p in glob.glob('/proc/[0-9]*/environ') if os.access(p, os.R_OK)])"
            assert "SECRET" not in box.ask({"run": look}, 20)["text"]
