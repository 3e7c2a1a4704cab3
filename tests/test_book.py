"""A disk that fills up under any tool is one sentence."""

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_book import ROOT, chapter

from tools import book

OTHERWISE = {  # these run without the packages, and the first says the same in its own words
    "tools/install.py",
    "tools/assignments/enter.py",
    "tools/assignments/inside/runner.py",
}
PROGRAMS = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tools").rglob("*.py"))
            if '__name__ == "__main__"' in path.read_text("utf-8")]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in OTHERWISE])
def test_each_tool_tells_a_full_disk(name):
    assert re.search(r"book\.needs_room\(", (ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_sentence_and_another_error_stays_what_it_is(code):
    with (
        pytest.raises(SystemExit, match=r"^The work: the disk is full. Make room and run it again.$"),
        book.needs_room("The work"),
    ):
        raise OSError(code, os.strerror(code))
    for other in (
        PermissionError(errno.EACCES, "Permission denied"),
        ValueError("No space left on device"),
        shutil.Error([]),
    ):
        with pytest.raises(type(other)), book.needs_room("The work"):
            raise other


def test_a_disk_that_fills_up_under_a_copied_tree_is_told_too(tmp_path, monkeypatch):
    def full(source, target, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), target)

    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/file").touch()
    with pytest.raises(SystemExit, match="The work: the disk is full"), book.needs_room("The work"):
        shutil.copytree(tmp_path / "tree", tmp_path / "copy", copy_function=full)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
@pytest.mark.parametrize(
    ("command", "file"), [("dependencies _build/chapters.d", "chapters.d"), ("scorecard", "claims.json")]
)
def test_a_tool_on_a_full_disk_says_so_and_leaves_nothing(tmp_path, command, file):
    for folder in ("book", "_build", "lpu_core"):
        (tmp_path / folder).mkdir()
    chapter(tmp_path / "book")
    (tmp_path / "book/claims.yml").write_text("[]")
    (tmp_path / f"_build/{file}.part").symlink_to("/dev/full")
    env = os.environ | {"BOOK_ROOT": str(tmp_path), "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-m", *f"tools.{command}".split()], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    (line,) = run.stderr.splitlines()
    assert run.returncode == 1 and line.endswith(": the disk is full. Make room and run it again.")
    assert not list(Path(tmp_path / "_build").iterdir())
