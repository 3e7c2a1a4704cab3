"""Assignments: what holds a box, that boxes leave each other alone, and what is said where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from classroom import LIMITS, THEORY, isolated, submission

from tools import book
from tools.assignments import grade, sandbox
from tools.assignments.judge import judge
from tools.assignments.sandbox import Box, Limits, Stopped

root = pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="it takes root to become another user")
BREED = """
import os, time
try:
    for _ in range(1000):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
except BlockingIOError:
    print("no more")
"""
WORK = """
import subprocess, threading
threads = [threading.Thread(target=print, args=("a thread",)) for _ in range(8)]
for thread in threads:
    thread.start()
print(subprocess.run(["echo", "a program"], capture_output=True, text=True).stdout)
"""


@isolated
def test_one_that_starts_all_it_may_leaves_another_its_own():
    with Box(LIMITS, True) as breeder, Box(LIMITS, True) as other:
        assert breeder.ask({"run": BREED}, 30)["text"] == "no more\n"
        said = other.ask({"run": WORK}, 30)
        assert said["error"] is None and said["text"].count("a thread") == 8 and "a program" in said["text"]
        with Box(LIMITS, True) as later:
            assert later.ask({"run": WORK}, 30)["error"] is None


@root
def test_without_a_user_namespace_they_would_starve_each_other():
    """The twin: the same limit, and one user for both."""
    user = ["setpriv", "--reuid=1500000000", "--regid=1500000000", "--clear-groups", "prlimit", "--nproc=20", "sh", "-c"]
    breed = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do sleep 60 & done; echo all; wait"
    other = [*user, "for i in 1 2 3 4; do sleep 0 & done; wait; echo well"]
    assert subprocess.run(other, capture_output=True, text=True).stdout == "well\n"
    breeder = subprocess.Popen([*user, breed], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert breeder.stdout.readline() == "all\n"
    said = subprocess.run(other, capture_output=True, text=True)
    os.killpg(breeder.pid, 9)
    breeder.communicate()
    assert "well" not in said.stdout and "ork" in said.stderr, said


@isolated
def test_memory_beyond_the_limit_is_the_matter_of_one_box():
    with Box(LIMITS, True) as hungry, Box(LIMITS, True) as other:
        assert "MemoryError" in hungry.ask({"run": f"x = bytearray({LIMITS.memory})"}, 20)["error"]
        fill = "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.malloc.restype = ctypes.c_void_p\n"
        fill += "while True:\n    ctypes.memset(libc.malloc(2**26), 1, 2**26)"
        with pytest.raises(Stopped, match="SIGSEGV"):
            hungry.ask({"run": fill}, 30)
        assert other.ask({"run": "x = bytearray(2**26)"}, 20)["error"] is None


@isolated
def test_what_it_can_write_to_is_small():
    look = """
import os
mounted = {line.split()[1] for line in open("/proc/mounts")}
for folder in sorted(mounted | {"/home", "/etc", os.getcwd(), os.path.dirname(os.__file__)}):
    try:
        with open(f"{folder}/filled", "wb") as file:
            for _ in range(200):
                file.write(bytes(2**20))
    except OSError as error:
        if os.path.exists(f"{folder}/filled"):
            print(folder, os.path.getsize(f"{folder}/filled") >> 20, error.strerror)
"""
    limits = Limits(memory=LIMITS.memory, file=2**24)
    with Box(limits, True) as box:
        said = box.ask({"run": look}, 30)
        assert said["error"] is None
        assert {line.split()[0] for line in said["text"].splitlines()} == {"/dev/shm", "/tmp"}
        assert all(int(line.split()[1]) <= 16 for line in said["text"].splitlines())
        more = box.ask({"run": "open('/tmp/more', 'wb').write(bytes(2**20))"}, 30)
        assert "No space left" in more["error"]


@isolated
def test_what_lies_under_tmp_is_seen_too(monkeypatch, tmp_path):
    """A lecturer's checkout may: it is not covered by the box's own /tmp, and is read-only there as everywhere."""
    tmp_path.chmod(0o755)
    (tmp_path / "text").write_text("here")
    shown = [*sandbox.visible(), str(tmp_path)]
    monkeypatch.setattr(sandbox, "visible", lambda: shown)
    with Box(LIMITS, True) as box:
        assert box.ask({"run": f"print(open('{tmp_path}/text').read())"}, 20)["text"] == "here\n"
        assert "Read-only" in box.ask({"run": f"open('{tmp_path}/more', 'w')"}, 20)["error"]


@isolated
def test_it_has_no_rights_to_gain():
    kernel = "try:\n    open('/proc/sys/kernel/core_pattern', 'ab').close()\n    print('root')\nexcept OSError:\n    pass\n"
    space = "import subprocess\nprint(subprocess.run(['unshare', '--user', 'true']).returncode)\n"
    rights = "print(*(line for line in open('/proc/self/status') if line[:6] in ('CapBnd', 'CapEff', 'NoNewP', 'Uid:\\t6')))"
    with Box(LIMITS, True) as box:
        said = box.ask({"run": kernel + space + rights}, 20)["text"]
        runner = str(sandbox.INSIDE / "runner.py").encode()
        outside = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if runner in read(path)]
        users = {line for place in outside for line in read(place / "status").decode().splitlines() if line[:4] == "Uid:"}
    assert "root" not in said and said.startswith("1\n"), said
    assert said.count("0000000000000000") == 2 and "NoNewPrivs:\t1" in said and "Uid:\t65534" in said
    assert any(not line.endswith("\t0") for line in users)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@root
@isolated
def test_an_ordinary_user_has_boxes_too():
    """Python and its packages are put where everybody may read them: root's home is its own."""
    code = "from tools.assignments.sandbox import Box, Limits, isolation\nassert isolation() is None, isolation()\n"
    code += "with Box(Limits(), True) as box:\n    print(box.ask({'run': 'import os; print(os.getuid())'}, 20)['text'])\n"
    code += "import os; print(os.getuid())"
    world = ["bwrap", "--perms", "1777", "--tmpfs", "/tmp", *sandbox.furniture(), "--bind", "/proc", "/proc"]
    world += ["--dev-bind", "/dev", "/dev", "--ro-bind", str(book.ROOT / "tools"), str(book.ROOT / "tools")]
    world += ["setpriv", "--reuid=1500000001", "--regid=1500000001", "--clear-groups", sys.executable, "-c", code]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(book.ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run(world, env=environment, cwd="/", capture_output=True, text=True, timeout=120)
    assert said.stdout.split() == ["65534", "1500000001"], said.stderr


# ------------------------------------------------------------------ where something does not work


def test_a_box_that_does_not_start_is_tried_again_and_is_nobody_s_fault(monkeypatch):
    tried = []

    def refuse(program, limits, environment):
        tried.append(program)
        return ["sh", "-c", "echo 'bwrap: no room' >&2; exit 1"]

    def refuse_once(program, limits, environment):
        return program if tried else refuse(program, limits, environment)

    monkeypatch.setattr(sandbox, "isolated", refuse)
    with pytest.raises(RuntimeError, match="bwrap: no room"):
        judge(THEORY, submission(), 0, LIMITS, True)
    assert len(tried) == 2
    tried.clear()
    monkeypatch.setattr(sandbox, "isolated", refuse_once)
    monkeypatch.setenv("TMPDIR", "/tmp")
    with Box(LIMITS, True) as box:
        assert box.ask({"run": "1"}, 20)["error"] is None
    assert len(tried) == 1
    monkeypatch.setattr(sandbox, "isolated", lambda *_: ["no-such-program"])
    with pytest.raises(RuntimeError, match="no-such-program"):
        Box(LIMITS, True)


@pytest.mark.skipif(sys.platform != "linux", reason="a Mac holds no memory")
def test_limits_too_small_to_start_with_are_told():
    with pytest.raises(RuntimeError, match="no box could be started"):
        Box(Limits(memory=2**26), False)


def test_without_isolation_grading_stops(monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox, "isolation", lambda: "a reason")
    with pytest.raises(SystemExit, match=r"Nothing was graded.*a reason.*UNSAFE=1"):
        grade.grade(tmp_path / "course", tmp_path)
    assert not (tmp_path / "course").exists()
    assert sandbox.ready(True) is False


def test_the_reasons_are_told(monkeypatch, tmp_path):
    tell = sandbox.isolation.__wrapped__
    switch = tmp_path / "restricted"
    monkeypatch.setattr(sandbox, "UBUNTU", switch)
    assert sandbox.explained("bwrap: no\n") == "bwrap: no"
    assert "0.8 or newer" in sandbox.explained("bwrap: Unknown option --disable-userns")
    switch.write_text("1\n")
    assert "Ubuntu restricts" in sandbox.explained("bwrap: setting up uid map: Permission denied")
    if sys.platform == "linux":
        with monkeypatch.context() as patch:
            patch.setattr(sandbox.shutil, "which", lambda name: None)
            assert "sudo apt install bubblewrap" in tell()
        with monkeypatch.context() as patch:
            patch.setattr(sandbox, "isolated", lambda program, *_: program)
            if tell.__globals__["shutil"].which("bwrap"):
                assert "does not hold" in tell()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "it takes Linux" in tell()


@pytest.mark.skipif(sys.platform != "linux", reason="it is about Linux")
@pytest.mark.parametrize("holds", [True, False])
def test_memory_of_all_processes_is_capped_where_systemd_can(monkeypatch, tmp_path, holds):
    """With a stand-in for systemd-run, which says what the kernel says; one that ignores the limit is not trusted."""
    fake = tmp_path / "systemd-run"
    fake.write_text(f"#!/bin/sh\necho {2**30 if holds else 'max'}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    command = sandbox.capped.__wrapped__(2**30)
    assert command[:1] == (["systemd-run"] if holds else [])
    assert not holds or (f"MemoryMax={2**30}" in command and "MemorySwapMax=0" in command)
