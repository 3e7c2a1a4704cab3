"""The folder of a chapter's run: it goes with the run, and where that was killed, before the next build."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_book import ROOT

from tools import begin, book, scratch

KILLED = """
import os, signal, sys
from pathlib import Path
from tools import scratch
scratch.PARENT = Path(sys.argv[1])
with scratch.folder():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def parent(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "PARENT", tmp_path)
    return tmp_path


def age(path: Path) -> Path:
    os.utime(path, (0, 0))
    return path


def test_a_folder_goes_at_the_end_however_it_comes(parent):
    with pytest.raises(RuntimeError), scratch.folder() as folder:
        (folder / "file").touch()
        raise RuntimeError
    assert not list(parent.iterdir())


def test_what_a_killed_run_left_goes_before_the_next_build_and_what_lives_or_is_another_s_stays(parent, monkeypatch):
    subprocess.run([sys.executable, "-c", KILLED, str(parent)], cwd=ROOT, check=False)
    (left,) = parent.iterdir()
    (left / "kernel").touch()
    age(left)
    others = [age(parent / name) for name in ("lpu-notes", "lpucore") if not (parent / name).mkdir()]
    (parent / f"{scratch.PREFIX}link").symlink_to(others[0])
    os.utime(parent / f"{scratch.PREFIX}link", (0, 0), follow_symlinks=False)
    (young := parent / f"{scratch.PREFIX}young").mkdir()  # as it is before its process locks it
    monkeypatch.setattr(os, "execvp", lambda *_: None)
    monkeypatch.setattr(book, "BUILD", parent / "_build")
    with monkeypatch.context() as other, scratch.folder() as living:
        age(living)
        other.setattr(os, "getuid", lambda: -1)
        begin.main(["quick", "make"])
        assert left.exists()
        other.undo()
        begin.main(["quick", "make"])
        assert not left.exists() and living.exists() and young.exists() and all(path.exists() for path in others)
