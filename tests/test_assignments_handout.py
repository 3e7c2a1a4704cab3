"""Assignments: what students get beside the notebooks: how to open one, and the self-check."""

import re
import subprocess
import sys

import pytest
from classroom import ASSIGNMENTS, TESTED, THEORY

from tools import book
from tools.assignments import handout
from tools.assignments.sandbox import Limits

TWO = {name: ASSIGNMENTS[name] for name in ("theory", "drift")}


@pytest.fixture(scope="module")
def practice():
    """The file's own names, without this package."""
    text = handout.practice_file(ASSIGNMENTS)
    assert "tools" not in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)
    space = {"__name__": "practice"}
    exec(compile(text, "practice.py", "exec"), space)
    return space


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_a_solution_passes_its_self_check(practice, name, capsys):
    practice["check"](name, ASSIGNMENTS[name].namespace)
    said = capsys.readouterr().out
    of = sum(ASSIGNMENTS[name].graded[test] for test in ASSIGNMENTS[name].tests)
    assert f"{of:g} of {of:g} points on these networks" in said and "✗" not in said


def test_the_self_check_says_what_is_wrong_and_draws_by_its_seed(practice, capsys):
    def checked(seed):
        practice["check"]("theory", THEORY.namespace | {"step": lambda network, rates, inputs, alpha: rates}, seed)
        return capsys.readouterr().out

    said = checked(1)
    assert "step: 0 of 4" in said and "is off by" in said and "the test in your notebook:" in said
    assert f"{TESTED - 4:g} of {TESTED:g} points" in said
    assert said == checked(1) != checked(2)


def test_what_is_not_answered_loses_its_points_and_no_others(practice, capsys):
    left = {name: value for name, value in THEORY.namespace.items() if name != "twin"}
    practice["check"]("theory", left)
    said = capsys.readouterr().out
    assert "twin: 0 of 4" in said and f"{TESTED - 4:g} of {TESTED:g} points" in said
    with pytest.raises(ValueError, match=r"name: one of .*theory"):
        practice["check"]("nothing", {})


def test_the_last_cell_of_a_notebook_runs_the_self_check(tmp_path):
    """As a student runs it, in a folder of their own; and without the file it says where that is."""
    *_, cell = handout.self_check("theory")
    solution = "\n".join(c.source for c in THEORY.notebook.cells if c.cell_type == "code" and c.metadata.get("nbgrader"))
    visible = re.sub("### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", solution, flags=re.DOTALL)
    (tmp_path / "notebook.py").write_text(f"{visible}\n{cell.source}\n", "utf-8")

    def said():
        command = [sys.executable, "notebook.py"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(book.ROOT)})
        assert run.returncode == 0, run.stderr
        return run.stdout

    assert "The self-check is a file, practice.py" in said()
    (tmp_path / "practice.py").write_text(handout.practice_file(TWO), "utf-8")
    assert f"{TESTED:g} of {TESTED:g} points" in said()


@pytest.mark.parametrize("address", [None, "https://example.org/book/"])
def test_each_notebook_says_how_to_open_it(monkeypatch, address):
    monkeypatch.setattr(book, "address", lambda: address)
    said = handout.opening("theory", "lpu_core-1.0-py3-none-any.whl").source
    assert said.count("**In") == 2 and said.count("pip install") == 2 and "jupyter lab theory.ipynb" in said
    if address:
        assert f"lpu-core[plot] @ {address}assignments/lpu_core-1.0-py3-none-any.whl" in said
        assert (
            f"{address}notebook.html" in said
            and f"at {address}assignments/practice.py" in handout.self_check("theory")[1].source
        )
    else:
        assert '"./lpu_core-1.0-py3-none-any.whl[plot]"' in said and "http" not in said
    assert "pip" not in handout.opening("theory", None).source, "there is nothing to install"


def test_the_list_names_every_assignment_with_its_points_and_time():
    said = handout.listed(ASSIGNMENTS)
    for name in ASSIGNMENTS:
        assert f'href="assignments/{name}.ipynb"' in said
    assert f"{sum(THEORY.graded.values()):g} points, about 95 minutes" in said


def test_the_limit_that_the_self_check_tells_is_the_grader_s():
    assert f"a call of a function may take {Limits().call:g} s" in handout.self_check("theory")[0].source
