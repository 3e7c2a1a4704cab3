"""What is rebuilt when something has changed."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import jupytext
import pytest
from tiny_book import HEAD, ROOT, until

from tools import begin, book

PRETEND = f"""#!/bin/sh
case "$1 $2" in
  -c* | *tools.dependencies | *tools.begin) BOOK_ROOT=$PWD PYTHONPATH={ROOT} exec {sys.executable} "$@" ;;
esac
echo "$@"
case $2 in
  tools.run_chapter) mkdir -p $(dirname $7); echo '{{"cells": []}}' > $7 ;;
  tools.scorecard) echo [] > _build/claims.json ;;
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
        *(
            f"tools/{name}.py"
            for name in (
                "edition",
                "figure_files",
                "finder",
                "laboratory",
                "laboratory_tasks",
                "live",
                "moving",
                "publication",
                "site_pictures",
            )
        ),
        "CHANGELOG.md",
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
    texts |= {name: '{"cells": []}' for name in made if name.endswith(".ipynb")} | {"_build/claims.json": "[]"}
    for age, name in enumerate(reversed(made)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts.get(name, ""))
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


def test_what_python_leaves_beside_a_page_s_script_builds_nothing(fake):
    script = fake.tree / "book/assets/live/guest/live.py"
    script.parent.mkdir(parents=True)
    script.touch()
    assert fake() == ["build_site", "scorecard", "vendor_assets"]  # a new file of the site
    kept = script.parent / "__pycache__/live.cpython-311.pyc"
    kept.parent.mkdir()
    kept.touch()
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
    for name, other in {"one": "readouts-recordings", "two": "theory"}.items():
        (fake.tree / f"book/{name}.md").rename(fake.tree / f"book/{other}.md")
    folder = fake.tree / "all my recordings"
    folder.mkdir()
    goal = "chapter", "NAME=readouts-recordings"
    readouts = ["run_chapter readouts-recordings"]
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


TIMES = '{"name": "one", "started": 1.0, "wall": 1.0, "cpu": 1.0, "start": null}'


def test_the_chapters_that_wait_for_recordings_are_those_that_look_for_them():
    (targets,) = re.findall(r"^(.*): \$\(BUILD\)/recordings\.txt$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    cells = {name: jupytext.read(book.BOOK / f"{name}.md").cells for name in book.chapters()}
    looking = {
        name for name in cells for cell in cells[name] if cell.cell_type == "code" and "recordings.sessions(" in cell.source
    }
    assert looking and set(re.findall(r"\$\(RUNS\)/([\w-]+)\.ipynb", targets)) == looking


@pytest.mark.parametrize("goal", [("book",), ("chapter", "NAME=one")])
@pytest.mark.parametrize("text", ['{"cells": [', "{}"])
def test_a_damaged_notebook_is_named_and_its_chapter_runs_again_once(fake, goal, text):
    (fake.tree / "_build/executed/quick/one.ipynb").write_text(text)
    times = fake.tree / "_build/executed/quick/one.json"
    times.write_text(TIMES)  # of the run that is lost
    assert "run_chapter one" in fake(goal=goal) and "one.ipynb is damaged" in fake.said
    assert fake(goal=goal) == [] and not fake.said and not times.exists()


def test_damaged_times_and_claims_are_named_and_the_claims_judged_again_once(fake):
    times = fake.tree / "_build/executed/quick/one.json"
    times.write_text(TIMES[:9])
    (fake.tree / "_build/claims.json").write_text('[{"id": "a')
    assert fake() == SITE and "one.json is damaged" in fake.said and "claims.json is damaged" in fake.said
    assert fake() == [] and not fake.said and not times.exists()


DAMAGED = {
    "executed/quick/a.ipynb": ['{"cells": [', "{}", "[]", '"cells"', '{"cells": null}', '{"cells": [1]}'],
    "executed/quick/a.json": [TIMES[:9], "{}", "[]", '{"name": "one"}'],
    "claims.json": ['[{"id": "a', "{}", "3", '[{"name": 1}]'],
}
WHOLE = {"executed/quick/a.ipynb": '{"cells": []}', "executed/quick/a.json": TIMES, "claims.json": '[{"id": "a"}]'}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in DAMAGED for text in ["", "\0", "null", *DAMAGED[name]]])
def test_what_cannot_be_read_is_dropped_and_nothing_else(tmp_path, monkeypatch, capsys, name, text):
    monkeypatch.setattr(book, "BUILD", tmp_path)
    files = {tmp_path / other: whole for other, whole in WHOLE.items()}
    for file, whole in files.items():
        book.write_whole(file, whole)
    begin.drop_damaged("quick")
    assert all(file.is_file() for file in files) and not capsys.readouterr().err
    (tmp_path / name).write_text(text)
    begin.drop_damaged("quick")
    gone = {tmp_path / name} | ({tmp_path / "executed/quick/a.json"} if name.endswith(".ipynb") else set())
    assert {file for file in files if not file.exists()} == gone
    assert capsys.readouterr().err.startswith(f"{(tmp_path / name).name} is damaged; ")


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
