"""The tools that build the book, on tiny chapters: what they make, and what they say when it breaks."""

import ast
import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import nbformat
import pytest
import yaml

from lpu_book import claims
from tools import (
    book,
    browser,
    build_site,
    build_times,
    costs,
    export_notebooks,
    install,
    make_pdf,
    polish,
    run_chapter,
    scorecard,
    speed,
    vendor_assets,
)

ROOT = Path(__file__).resolve().parents[1]
HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Tiny

"""
PARAMETERS = '```{code-cell} ipython3\n:tags: [parameters]\n\nprofile = "quick"\n```\n'


def chapter(folder: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    path = folder / "tiny.md"
    path.write_text(HEAD + parameters + "".join(f"\n```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells))
    return path


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


# --- a chapter ------------------------------------------------------------------------------------


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


def test_a_disk_that_fills_up_under_the_site_is_one_sentence_and_leaves_no_old_site(tmp_path, monkeypatch):
    def full(profile):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(build_site, "stage", full)
    monkeypatch.setattr(book, "SITE", tmp_path / "html")
    (tmp_path / "html").mkdir()
    with pytest.raises(SystemExit, match=r"^The site: the disk is full. Make room and run it again.$"):
        build_site.main([])
    assert not (tmp_path / "html").exists()


@pytest.mark.parametrize("step", ["nbformat.write", "papermill.execute_notebook", "pathlib.Path.write_text"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, capsys, step):
    monkeypatch.setattr(book, "BOOK", tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # it would stay so for the tests to come
    chapter(tmp_path, "1")
    output = tmp_path / "out/tiny.ipynb"
    with mock.patch.dict(os.environ), mock.patch(step, side_effect=OSError(errno.ENOSPC, "No space left on device")):
        assert run_chapter.main(["tiny", "--output", str(output)]) == 1
    assert capsys.readouterr().err == "tiny: the disk is full. Make room and run it again.\n"
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


def until(holds, seconds=20):
    for _ in range(seconds * 10):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"still not so after {seconds} s")


# --- the claims -----------------------------------------------------------------------------------

LEDGER = """
- {id: a, panel: Fig. 1, chapter: tiny, kind: exact, statement: "|x| is *1*.", comparison: equal, expected: 1}
- {id: b, panel: Fig. 2, chapter: later, kind: qualitative, statement: Up., comparison: at least, expected: 0}
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A book of one chapter that has run and measured claim a."""
    for name, folder in {"ROOT": "", "BOOK": "book", "BUILD": "_build", "STAGE": "_build/stage"}.items():
        monkeypatch.setattr(book, name, tmp_path / folder)
    monkeypatch.setattr(scorecard, "RECORDS", tmp_path / "_build/claims.json")
    for tables in (speed, costs):  # their pages are not in this book
        monkeypatch.setattr(tables, "fragments", dict)
    (tmp_path / "book").mkdir()
    chapter(tmp_path / "book")
    (tmp_path / "book/claims.yml").write_text(LEDGER)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: tiny\n")
    record = claims.evaluate(claims.load_ledger(tmp_path / "book/claims.yml")["a"], 1)
    write_run(record)
    return tmp_path


def write_run(*records):
    data = [nbformat.v4.new_output("display_data", record._repr_mimebundle_()) for record in records]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("check", outputs=data)])
    book.write_whole(book.executed("quick") / "tiny.ipynb", nbformat.writes(notebook))


def test_the_scorecard_counts_and_links(tree, capsys):
    assert scorecard.main([]) == 0
    assert "2 claims: 1 reproduced, 0 differs, 1 not run" in capsys.readouterr().out
    records = [claims.Record(**record) for record in json.loads(scorecard.RECORDS.read_text())]
    assert [record.status for record in records] == ["reproduced", "not run"]
    table = scorecard.table(records, "quick")
    assert '<a href="tiny.html#claim-a">Fig. 1</a>' in table and r"\|x\| is \*1\*." in table
    mixed = scorecard.summary([records[0], replace(records[1], kind="ours")])
    assert mixed == (
        "1 claims: 1 reproduced, 0 differs, 0 not run; 1 hypotheses of ours: 0 reproduced, 0 differs, 1 not run"
    )


def test_claims_are_judged_again_when_the_ledger_changes(tree, capsys):
    (tree / "book/claims.yml").write_text(LEDGER.replace("expected: 1", "expected: 2"))
    assert scorecard.main([]) == 1
    assert "a: measured 1, expected = 2" in capsys.readouterr().err
    assert not scorecard.RECORDS.exists()
    reason = LEDGER.replace("expected: 1", "expected: 2, differs: We know why.")
    (tree / "book/claims.yml").write_text(reason)
    assert scorecard.main([]) == 0
    build_site.stage("quick")
    staged = (tree / "_build/stage/tiny.ipynb").read_text()
    assert "We know why." in staged and claims.MIME not in staged
    assert "We know why." in (tree / "_build/stage/scorecard-table.md").read_text()


def test_a_claim_that_its_chapter_skips_stops_the_build(tree, capsys):
    write_run()
    assert scorecard.main([]) == 1
    assert "a: chapter tiny ran without checking it" in capsys.readouterr().err


def test_a_page_that_is_not_there_is_named(tree):
    (tree / "_toc.yml").write_text("format: jb-book\nroot: tiny\nchapters:\n- file: lost\n")
    scorecard.main([])
    with pytest.raises(SystemExit, match=r"lost: _toc\.yml names it"):
        build_site.stage("quick")


def test_an_exported_notebook_can_install_the_package(tree, monkeypatch):
    monkeypatch.setenv("LPU_REPOSITORY", "https://example.org/lpu")
    export_notebooks.export("quick", tree / "out")
    cells = nbformat.read(tree / "out/tiny.ipynb", as_version=4).cells
    assert cells[0].source == "check"
    assert "lpu-core[train,plot] @ git+https://example.org/lpu" in cells[1].source and "google.colab" in cells[1].source


def test_a_notebook_to_download_says_what_it_needs_and_carries_no_output(tree):
    export_notebooks.export("quick", tree / "out", outputs=False)
    notebook = nbformat.read(tree / "out/tiny.ipynb", as_version=4)
    assert notebook.cells[1].source.startswith('# Needs the package: pip install "FOLDER[train,plot]"')
    assert not any(cell.get("outputs") for cell in notebook.cells) and "widgets" not in notebook.metadata
    export_notebooks.export("quick", tree / "out")
    assert any(cell.get("outputs") for cell in nbformat.read(tree / "out/tiny.ipynb", as_version=4).cells)


@pytest.mark.parametrize("hub", [None, "https://hub.example.org"])
def test_the_buttons_that_launch_a_chapter_need_an_address(tree, monkeypatch, hub):
    shutil.copy(ROOT / "_config.yml", tree)
    monkeypatch.setattr(build_site, "CONFIG", tree / "_build/_config.yml")
    for name in ("LPU_REPOSITORY", "LPU_JUPYTERHUB", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    if hub:
        monkeypatch.setenv("LPU_JUPYTERHUB", hub)
    build_site.configure()
    assert "launch_buttons" not in yaml.safe_load((tree / "_build/_config.yml").read_text())
    monkeypatch.setenv("LPU_REPOSITORY", "https://example.org/lpu")
    build_site.configure()
    buttons = yaml.safe_load((tree / "_build/_config.yml").read_text())["launch_buttons"]
    assert {"binderhub_url", "colab_url"} <= set(buttons) and buttons.get("jupyterhub_url") == hub


def test_a_failed_site_does_not_pass_as_good(tree, monkeypatch):
    site = tree / "_build/html"
    site.mkdir(parents=True)
    (site / "index.html").write_text("old")
    monkeypatch.setattr(book, "SITE", site)
    monkeypatch.setattr(build_site, "stage", mock.Mock(side_effect=SystemExit("broken")))
    with pytest.raises(SystemExit, match="broken"):
        build_site.main([])
    assert not site.exists()


# --- what it cost ---------------------------------------------------------------------------------


COSTS = [build_times.Cost("theory", 90.0, 40.4, 31.2, 5.0), build_times.Cost("site", 130.0, 12.0, 11.0)]


def test_the_table_tells_what_this_build_did_and_what_it_found_done(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 150.0)
    monkeypatch.setenv(build_times.STARTED, "100")
    head, theory, site, total = build_times.text(COSTS).splitlines()
    assert head.split() == ["wall", "s", "CPU", "s", "start", "s"]
    assert theory.split() == ["theory", "40", "31", "5", "up", "to", "date"]
    assert site.split() == ["site", "12", "11"]
    assert total.split() == ["this", "build", "50", "11"]  # without what an earlier build did
    monkeypatch.setenv(build_times.STARTED, "80")
    *_, total = build_times.text(COSTS).splitlines()
    assert total.split() == ["this", "build", "70", "42"]


def test_the_table_comes_into_the_page_that_has_a_place_for_it(tmp_path):
    page = tmp_path / "speed.html"
    page.write_text(f"<p>Before.</p>{build_times.PLACE}<p>After.</p>")
    build_times.show(page, COSTS)
    html = page.read_text()
    assert html.startswith("<p>Before.</p><table") and html.endswith("</table><p>After.</p>")
    assert "<tr><td>theory</td><td>40</td><td>31</td><td>5</td>" in html and html.count("<tr>") == 4
    with pytest.raises(SystemExit, match=r"speed\.html: expected a place"):
        build_times.show(page, COSTS)


def test_chapters_that_left_no_seconds_are_left_out(tree):
    build_times.keep(book.executed("quick") / "tiny.json", COSTS[0])
    assert build_times.chapters("quick") == [COSTS[0]]
    (book.executed("quick") / "tiny.json").unlink()
    assert build_times.chapters("quick") == []


# --- what is rebuilt ------------------------------------------------------------------------------


PRETEND = f"""#!/bin/sh
case "$1 $2" in
  -c* | *tools.dependencies | *tools.begin) BOOK_ROOT=$PWD PYTHONPATH={ROOT} exec {sys.executable} "$@" ;;
esac
echo "$@"
case $2 in
  tools.run_chapter) mkdir -p $(dirname $7); echo {{}} > $7 ;;
  tools.scorecard) touch _build/claims.json ;;
  tools.build_site) touch _build/html/index.html ;;
  --list) touch .venv/packages.txt ;;
esac
"""
IMPORTS = "```{code-cell} ipython3\n%config x\nfrom lpu_core import core\n```\n"


@pytest.fixture
def fake(tmp_path):
    """A tree in which all is built, and a Python that only says what make asks of it."""
    shutil.copy2(ROOT / "Makefile", tmp_path)
    made = [
        "book/one.md",
        "book/two.md",
        "book/index.md",
        "book/claims.yml",
        "book/results/a.json",
        "_toc.yml",
    ]
    made += [
        "lpu_core/core.py",
        "lpu_core/deep.py",
        "lpu_core/other.py",
        "lpu_core/data.txt",
        "tools/run_chapter.py",
        "tools/dependencies.py",
        "tools/scorecard.py",
        "tools/build_site.py",
        "tools/laboratory.py",
        "tools/export_notebooks.py",
        "tools/polish.py",
        "_config.yml",
    ]
    made += ["tools/build_times.py", "tools/costs.py", "tools/speed.py", "benchmarks/results.json"]
    made += [
        "tools/vendor_assets.py",
        "tools/install.py",
        "pyproject.toml",
        "requirements.lock",
        ".venv/.done",
    ]
    made += [".venv/packages.txt", "_build/executed/quick/one.ipynb", "_build/executed/quick/two.ipynb"]
    made += ["_build/inputs.txt", "_build/claims.json", "_build/html/index.html"]
    texts = {"book/one.md": HEAD + IMPORTS, "book/two.md": HEAD, "lpu_core/core.py": "import lpu_core.deep\n"}
    for age, name in enumerate(reversed(made)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts.get(name, "{}" if path.suffix == ".ipynb" else ""))
        os.utime(path, (time.time() - 10 - age,) * 2)
    (tmp_path / ".venv/bin").mkdir()
    (tmp_path / ".venv/bin/python").write_text(PRETEND)
    (tmp_path / ".venv/bin/python").chmod(0o755)
    inputs = "quick book/index.md book/one.md book/two.md one two\n"
    (tmp_path / "_build/inputs.txt").write_text(inputs)
    os.utime(tmp_path / "_build/inputs.txt", (time.time() - 12.5,) * 2)

    def ran(*touched, goal=("book",), profile="quick", **variables):
        for name in touched:
            (tmp_path / name).touch()
        run = make(*goal, f"PROFILE={profile}", cwd=tmp_path, **variables)
        assert run.returncode == 0, run.stderr
        ran.said = run.stderr
        time.sleep(0.1)  # what the test changes next is newer, however coarse the file system's clock
        lines = [line for line in run.stdout.splitlines() if line.startswith("-m tools.")]
        return sorted(line.removeprefix("-m tools.").partition(" --")[0] for line in lines)

    ran.tree = tmp_path
    return ran


def make(*arguments, cwd=ROOT, **variables):
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", *arguments], cwd=cwd, capture_output=True, text=True, env=env | variables)


SITE = ["build_site", "scorecard", "vendor_assets"]
ALL = sorted([*SITE, "run_chapter one", "run_chapter two"])


def test_nothing_changed_nothing_runs(fake):
    assert fake() == []


def test_packages_are_compiled_once_even_where_the_environment_forbids_it(tmp_path):
    rule = "show:\n\t@echo set: $$PYTHONDONTWRITEBYTECODE. begun: $$LPU_BUILD_STARTED\n"
    (tmp_path / "more.mk").write_text(rule)
    command = ["make", "-f", "Makefile", "-f", str(tmp_path / "more.mk"), "show"]
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "LPU_BUILD_STARTED": "17"}
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)
    assert run.stdout == "set: . begun: 17\n"


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        ("book/one.md", sorted([*SITE, "run_chapter one"])),
        ("lpu_core/core.py", sorted([*SITE, "run_chapter one"])),
        ("lpu_core/deep.py", sorted([*SITE, "run_chapter one"])),
        ("lpu_core/other.py", ["build_site", "vendor_assets"]),
        ("lpu_core/data.txt", ALL),
        ("book/results/a.json", ALL),
        (".venv/packages.txt", ALL),
        ("book/claims.yml", SITE),
        ("book/index.md", ["build_site", "vendor_assets"]),
        ("_config.yml", ["build_site", "vendor_assets"]),
        ("benchmarks/results.json", ["build_site", "vendor_assets"]),
        ("tools/speed.py", ["build_site", "vendor_assets"]),
    ],
)
def test_what_changed_runs_and_nothing_else(fake, touched, expected):
    assert fake(touched) == expected


def test_what_a_chapter_imports_is_looked_up_again_when_a_module_changed_or_went(fake):
    assert fake() == []
    (fake.tree / "lpu_core/core.py").write_text("import lpu_core.other\n")
    assert fake() == sorted([*SITE, "run_chapter one"])
    assert fake("lpu_core/deep.py") == ["build_site", "vendor_assets"]
    assert fake("lpu_core/other.py") == sorted([*SITE, "run_chapter one"])
    (fake.tree / "lpu_core/core.py").write_text("")
    (fake.tree / "lpu_core/other.py").unlink()
    assert fake() == sorted([*SITE, "run_chapter one"])
    assert fake() == []


def test_other_recordings_run_the_chapters_that_read_them(fake):
    for name in ("one", "two"):
        (fake.tree / f"book/{name}.md").rename(fake.tree / f"book/{ {'one': 'readouts', 'two': 'theory'}[name] }.md")
    folder = fake.tree / "all my recordings"
    folder.mkdir()
    goal = "chapter", "NAME=readouts"
    readouts = ["run_chapter readouts"]
    assert fake(goal=goal) == readouts and fake(goal=goal) == []
    (folder / "a.npz").write_text("a")
    assert fake(goal=goal, LPU_RECORDINGS=str(folder)) == readouts
    assert fake(goal=goal, LPU_RECORDINGS=str(folder)) == []
    (folder / "b.npz").write_text("b")
    assert fake(goal=goal, LPU_RECORDINGS=str(folder)) == readouts
    (folder / "a.npz").write_text("other")
    assert fake(goal=goal, LPU_RECORDINGS=str(folder)) == readouts
    (folder / "b.npz").unlink()
    assert fake(goal=(*goal, f"LPU_RECORDINGS={folder}")) == readouts
    assert fake(goal=goal, LPU_RECORDINGS=str(folder)) == []
    assert fake(goal=("chapter", "NAME=theory")) == ["run_chapter theory"]
    assert fake(goal=("chapter", "NAME=theory"), LPU_RECORDINGS=str(folder)) == []


@pytest.mark.parametrize("goal", [("book",), ("chapter", "NAME=one")])
def test_a_damaged_notebook_is_named_and_its_chapter_runs_again_once(fake, goal):
    (fake.tree / "_build/executed/quick/one.ipynb").write_text('{"cells": [')
    assert "run_chapter one" in fake(goal=goal) and "one.ipynb is damaged" in fake.said
    assert fake(goal=goal) == [] and not fake.said


def test_a_missing_list_of_packages_is_written_again_once(fake):
    (fake.tree / ".venv/packages.txt").unlink()
    assert fake() == ALL
    assert fake() == []


def test_a_dry_run_tells_what_would_run(fake):
    fake()
    (fake.tree / ".venv/.done").touch()  # as an install leaves it: the last thing that it writes
    assert "run_chapter" not in make("-n", "book", cwd=fake.tree).stdout
    said = make("-n", "site", "-W", "lpu_core/deep.py", cwd=fake.tree).stdout
    assert "run_chapter one" in said and "run_chapter two" not in said


def test_a_new_version_runs_all_chapters_at_once(fake):
    (fake.tree / "requirements.lock").touch()
    installer = fake.tree / "other-python"
    installer.write_text("#!/bin/sh\ntouch .venv/packages.txt .venv/.done\n")
    installer.chmod(0o755)
    goal = "book", f"PYTHON={installer}"
    assert fake(goal=goal) == ALL and fake(goal=goal) == []


@pytest.mark.parametrize("goal", [("book",), ("chapter", "NAME=one"), ("site",)])
@pytest.mark.parametrize("installed", [True, False])
def test_a_dry_run_does_nothing(fake, goal, installed):
    called = fake.tree / "called"
    python = fake.tree / ".venv/bin/python"
    python.write_text(f"#!/bin/sh\ntouch '{called}'\n")
    (fake.tree / "book/one.md").touch()
    (fake.tree / "pyproject.toml").touch()  # the environment is older
    other = shutil.copy2(python, fake.tree / "other-python")
    if not installed:
        shutil.rmtree(fake.tree / ".venv")
    (fake.tree / "_build/executed/quick/two.ipynb").write_text("damaged")
    run = make("-n", *goal, f"PYTHON={other}", cwd=fake.tree)
    assert run.returncode == 0 and "tools.run_chapter one" in run.stdout, run.stderr
    assert not called.exists() and (fake.tree / "_build/executed/quick/two.ipynb").exists()


def test_a_second_build_waits_for_the_first(fake, tmp_path):
    lock = os.open(fake.tree / "_build/building.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    second = subprocess.Popen(["make", "book"], cwd=fake.tree, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert b"Another build" in second.stderr.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(1)
    os.close(lock)
    assert second.wait(20) == 0


def test_a_killed_build_leaves_no_lock(fake):
    (fake.tree / "book/one.md").touch()
    slow = PRETEND.replace("tools.run_chapter) ", "tools.run_chapter) touch _build/begun; sleep 60; ")
    (fake.tree / ".venv/bin/python").write_text(slow)
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    first = subprocess.Popen(["make", "book"], cwd=fake.tree, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    until((fake.tree / "_build/begun").exists)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    (fake.tree / ".venv/bin/python").write_text(PRETEND)
    assert fake() == sorted([*SITE, "run_chapter one"]) and "Another build" not in fake.said


def test_another_profile_runs_everything(fake):
    assert fake(profile="paper") == ALL


def test_an_unknown_profile_or_chapter_is_refused():
    run = make("book", "PROFILE=huge")
    assert run.returncode and "PROFILE must be quick or paper, not 'huge'" in run.stderr
    run = make("chapter", "NAME=nowhere")
    assert run.returncode and "NAME must be one of: " in run.stderr


@pytest.mark.parametrize("jobs", ["0", "-1", "2.5", "many", ""])
def test_a_number_of_jobs_that_is_none_is_refused(jobs):
    run = make("book", f"JOBS={jobs}")
    (line,) = run.stderr.splitlines()
    assert run.returncode and f"JOBS must be a whole number of at least 1, not '{jobs}'" in line


def test_help_is_there_whatever_else_is_wrong():
    run = make("help", "PROFILE=foo", "JOBS=0")
    assert run.returncode == 0 and "make TARGET" in run.stdout and not run.stderr
    run = make("nonsense")
    assert run.returncode and "There is no 'nonsense'" in run.stderr and "make help" in run.stderr


# --- the installation -----------------------------------------------------------------------------


def test_an_old_python_can_read_the_installer_and_is_refused():
    ast.parse((ROOT / "tools/install.py").read_text(), feature_version=(3, 5))
    message = install.refusal((3, 8, 10), free_gb=100)
    assert "Python >= 3.11 and < 3.14 is needed, this is 3.8" in message
    assert install.refusal((3, 14, 0), 100) and install.refusal((3, 11, 0), 100) is None


def test_python_2_is_refused_in_the_same_words(monkeypatch):
    assert (ROOT / "tools/install.py").read_bytes().isascii()  # Python 2 takes nothing else without being told
    monkeypatch.setattr(sys, "version_info", (2, 7, 18))
    monkeypatch.setattr(sys, "argv", ["install.py"])
    monkeypatch.setattr(install, "STAMP", "/nowhere")
    monkeypatch.delattr(shutil, "disk_usage")  # it has none
    with pytest.raises(SystemExit, match=r"Python >= 3\.11 and < 3\.14 is needed, this is 2\.7"):
        install.main()


def test_an_environment_of_another_python_is_named(tmp_path, monkeypatch):
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.4\n")
    monkeypatch.setattr(install, "VENV", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["install.py", "--same"])
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    assert install.main() is None
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    with pytest.raises(SystemExit, match=r"of Python 3\.12, not 3\.11\. .*make distclean, .*PYTHON=python3\.11"):
        install.main()


def test_only_a_python_that_was_asked_for_is_compared():
    assert "--same" in make("-n", "install", "PYTHON=python3").stdout
    assert "--same" not in make("-n", "install").stdout


def test_a_small_disk_is_refused():
    assert "about 3 GB" in install.refusal((3, 11, 0), free_gb=1.2)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("error: No space left on device (os error 28)", "disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "cannot be reached"),
        ("error: dns error: failed to lookup address information", "cannot be reached"),
        ("error: no such option", "said last"),
    ],
)
def test_a_failed_installation_is_explained(said, meant):
    assert meant in install.diagnose(said)


def test_a_failed_step_shows_its_last_lines(capfd):
    with pytest.raises(SystemExit, match="tried it: The package registry cannot be reached"):
        install.step("tried it", [sys.executable, "-c", "print('Connection refused'); exit(1)"], dict(os.environ))
    assert "Connection refused" in capfd.readouterr().err


# --- the browser libraries ------------------------------------------------------------------------


def test_only_the_wanted_files_of_a_package_are_kept():
    wanted = {"package/dist/embed.js": "widgets/embed.js", "package/dist/*.woff2": "widgets/"}
    assert vendor_assets.place("package/dist/embed.js", wanted) == "widgets/embed.js"
    assert vendor_assets.place("package/dist/a.woff2", wanted) == "widgets/a.woff2"
    assert vendor_assets.place("package/dist/deep/embed.js", wanted) is None


def test_without_npm_the_build_says_so_and_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(vendor_assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert vendor_assets.main() == 0
    assert "npm is not installed" in capsys.readouterr().err


# --- the last touches -----------------------------------------------------------------------------


def test_the_pages_are_mended_and_what_no_page_uses_goes(tmp_path):
    page = tmp_path / "a.html"
    page.write_text(
        '<script src="_static/scripts/fontawesome.js?digest=1">\n</script><a href="_sources/a.ipynb" target="_blank">'
        '<summary aria-label="Toggle hidden content">'
        '<button class="btn search-button-field x" title="t" aria-label="Search" y><li role="doc-biblioentry">'
    )
    for name in (
        "scripts/a.js.map",
        "scripts/fontawesome.js",
        "locales/de/a.mo",
        "vendor/fontawesome/webfonts/a.ttf",
        "a.css",
    ):
        (tmp_path / "_static" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_static" / name).touch()
    polish.polish(tmp_path)
    assert page.read_text() == (
        '<a href="_sources/a.ipynb" download><summary><button class="btn search-button-field x" title="t" y>'
        '<li role="listitem">'
    )
    assert [path.name for path in (tmp_path / "_static").rglob("*") if path.is_file()] == ["a.css"]


def test_a_mend_that_mends_nothing_stops_the_build(tmp_path):
    (tmp_path / "a.html").write_text('<summary aria-label="Toggle hidden content">')
    with pytest.raises(SystemExit, match="what no page holds") as caught:
        polish.polish(tmp_path)
    assert "doc-biblioentry" in str(caught.value) and "Toggle hidden content" not in str(caught.value)


# --- the book on paper ----------------------------------------------------------------------------


def test_a_moving_figure_stands_still_on_paper():
    models = {
        "box": {"state": {"children": ["IPY_MODEL_slider", "IPY_MODEL_stack"]}},
        "slider": {"state": {"_options_labels": ["1", "2"], "index": 1, "description": "N"}},
        "stack": {"state": {"children": ["IPY_MODEL_a", "IPY_MODEL_b"], "selected_index": 1}},
        "a": {"state": {"value": "<svg>one</svg>"}},
        "b": {"state": {"value": "<svg>two</svg>"}},
    }
    state = f'<script type="application/vnd.jupyter.widget-state+json">{json.dumps({"state": models})}</script>'
    view = '<script type="application/vnd.jupyter.widget-view+json">{"model_id": "box"}</script>'
    article = make_pdf.still(f'<html>{state}<article class="bd-article">before {view} after</article>')
    assert article.startswith("before <svg>two</svg>") and article.endswith(" after")
    assert "N, here at 2." in article and "one" not in article


def test_without_chromium_no_pdf_is_made_and_no_page_links_to_one(tmp_path, monkeypatch):
    monkeypatch.setattr(browser, "PATH", None)
    (tmp_path / "index.html").write_text(make_pdf.PLACE)
    monkeypatch.setattr(book, "SITE", tmp_path)
    with pytest.raises(SystemExit, match="There is no Chromium"):
        make_pdf.main()
    assert (tmp_path / "index.html").read_text() == make_pdf.PLACE


def test_linking_the_pdf_keeps_a_page_s_date_and_happens_once(tmp_path):
    page = tmp_path / "index.html"
    page.write_text(f"<li>{make_pdf.BUTTON}></button></li>{make_pdf.PLACE}")
    os.utime(page, (1, 1))
    make_pdf.link(tmp_path)
    make_pdf.link(tmp_path)
    assert page.read_text().count(make_pdf.NAME) == 2 and page.stat().st_mtime == 1
