"""Running a chapter: what it leaves, and what is said when it fails, fills the disk or is interrupted."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from tiny_book import ROOT, chapter, until

from tools import book, build_times, run_chapter


@pytest.fixture
def execute(tmp_path):
    """Run a chapter of these cells; its output, or the message of its failure."""

    def run(*cells, timeout=60, **options):
        source = chapter(tmp_path, *cells, **options)
        output = tmp_path / "out" / "tiny.ipynb"
        run_chapter.run(source, "paper", output, tmp_path / "failed", timeout)
        return output

    with mock.patch.dict(os.environ):
        yield run


def failure(execute, *cells, **options) -> str:
    with pytest.raises(run_chapter.ChapterFailed) as caught:
        execute(*cells, **options)
    return str(caught.value)


def test_a_chapter_runs_with_its_profile_and_leaves_the_same_file_each_time(execute):
    cells = ("print(profile)", "import ipywidgets\nipywidgets.IntSlider()")
    output = execute(*cells)
    notebook = nbformat.read(output, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code[2].outputs[0].text == "paper\n"
    assert ["remove-cell" in cell.metadata.get("tags", []) for cell in code] == [True, True, False, False]
    assert "papermill" not in output.read_text()
    first = output.read_bytes()
    assert execute(*cells).read_bytes() == first


def test_a_chapter_leaves_its_seconds_of_wall_and_cpu_and_of_its_start(execute):
    busy = "import time\nstarted = time.process_time()\nwhile time.process_time() < started + 1.5:\n    pass"
    output = execute(busy, "time.sleep(1)")
    cost = build_times.Cost(**json.loads(output.with_suffix(".json").read_text()))
    assert cost.name == "tiny" and abs(cost.started + cost.wall - time.time()) < 5
    assert cost.cpu > 1.5  # the kernel's too, though it is another process
    assert 1.5 < cost.start < cost.wall - 1  # the first cell belongs to the start, as the imports do; the second does not


def test_a_raising_cell_is_named_and_what_ran_before_it_is_kept(execute, tmp_path):
    old = tmp_path / "out" / "tiny.ipynb"
    old.parent.mkdir()
    old.write_text("old")
    message = failure(execute, "print('before')", "value = 1\nvalue / 0")
    assert "tiny: code cell 3 (tiny.md:" in message and "value = 1" in message
    assert "ZeroDivisionError: division by zero" in message and "\x1b" not in message
    line = int(message.split("tiny.md:")[1].split(":")[0])
    assert (tmp_path / "tiny.md").read_text().splitlines()[line - 1] == "value = 1"
    assert "before" in (tmp_path / "failed" / "tiny.ipynb").read_text()
    assert old.read_text() == "old"


def test_a_cell_over_its_time_is_named(execute):
    message = failure(execute, "import time\ntime.sleep(60)", timeout=1)
    assert "code cell 2" in message and "import time" in message and "ran longer than 1 s" in message


def test_a_dead_kernel_is_named(execute):
    message = failure(execute, "import os", "os._exit(1)")
    assert "code cell 3" in message and "os._exit(1)" in message and "the kernel died" in message


def test_stderr_fails_a_chapter(execute):
    message = failure(execute, "import warnings\nwarnings.warn('beware')")
    assert "code cell 2" in message and "wrote to stderr" in message and "beware" in message


def test_leaving_early_is_no_success(execute):
    assert "SystemExit" in failure(execute, "raise SystemExit(0)", "print('unreached')")


def test_a_chapter_must_take_the_profile(execute):
    assert "parameters" in failure(execute, "1", parameters="")


def test_a_foreign_kernel_does_not_run_a_chapter(execute, tmp_path, monkeypatch):
    kernel = tmp_path / "foreign/kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text('{"argv": ["/nowhere/python", "{connection_file}"], "display_name": "Broken", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "foreign"))
    notebook = nbformat.read(execute("import sys\nprint(sys.executable)"), as_version=4)
    assert notebook.cells[-1].outputs[0].text.strip() == sys.executable
    assert notebook.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}


@pytest.mark.parametrize("step", ["nbformat.write", "papermill.execute_notebook", "pathlib.Path.write_text"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, step):
    monkeypatch.setattr(book, "BOOK", tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # it would stay so for the tests to come
    chapter(tmp_path, "1")
    output = tmp_path / "out/tiny.ipynb"
    full = mock.patch(step, side_effect=OSError(errno.ENOSPC, "No space left on device"))
    told = pytest.raises(SystemExit, match=r"^tiny: the disk is full. Make room and run it again.$")
    with mock.patch.dict(os.environ), full, told:
        run_chapter.main(["tiny", "--output", str(output)])
    assert not output.parent.exists() or not list(output.parent.iterdir())


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_neither_file_nor_kernel(tmp_path, name):
    (tmp_path / "book").mkdir()
    note = tmp_path / "pid"
    chapter(
        tmp_path / "book",
        f"import os, time\nopen({str(note)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)",
    )
    output = tmp_path / "tiny.ipynb"
    command = [sys.executable, "-m", "tools.run_chapter", "tiny", "--output", str(output)]
    env = os.environ | {"BOOK_ROOT": str(tmp_path), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    until(lambda: note.is_file() and note.read_text())
    run.send_signal(name)
    assert "interrupted" in run.communicate(timeout=20)[1]
    assert run.returncode == 130 and not output.exists()
    until(lambda: not alive(int(note.read_text())))


def alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"
    return subprocess.run(["ps", "-p", str(pid)], stdout=subprocess.DEVNULL).returncode == 0
