"""Assignments: right answers other than the solution get all points, whatever their algorithm, precision and containers."""

import re

import pytest
import yaml

from tools.assignments import check, release
from tools.assignments.questions import tolerance
from tools.assignments.sandbox import Limits, isolation

LISTED = ".alternatives.yml"
ASSIGNMENTS = release.load()
SEED = 5


def alternatives(name):
    """The right answers listed beside the source: what each is, and the cells that it replaces."""
    listed = yaml.safe_load((release.SOURCES / f"{name}{LISTED}").read_text("utf-8"))
    return [(one["alternative"], one["answers"]) for one in listed]


def cases(name):
    assignment = ASSIGNMENTS[name]
    tested = {question: points for question, points in assignment.graded.items() if question in assignment.tests}
    return [check.Case(what, check.answered(assignment, answers), tested, SEED) for what, answers in alternatives(name)]


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_other_right_answers_get_all_points(name):
    assert len(cases(name)) >= 4
    assert check.outcomes(ASSIGNMENTS[name], cases(name), isolation() is None) == []


def test_there_are_many_right_and_wrong_answers():
    assert sum(len(alternatives(name)) for name in ASSIGNMENTS) >= 30
    assert sum(len(check.mistakes(assignment)) for assignment in ASSIGNMENTS.values()) >= 60
    assert min(len(check.mistakes(assignment)) for assignment in ASSIGNMENTS.values()) >= 4


def rules(name):
    """What a notebook says of how it works, in one line."""
    text = "\n\n".join(cell.source for cell in ASSIGNMENTS[name].notebook.cells if cell.cell_type == "markdown")
    return " ".join(re.search(r"\*\*How it works\.\*\* .*?(?=\n\n)", text, re.DOTALL).group().split())


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_the_rules_that_students_are_told_are_the_grader_s(name):
    limits, told = Limits(), rules(name)
    assert told == rules("theory"), "the same words in all"
    assert f"A call of a function may take {limits.call:g} s, a cell {limits.cell:g} s and the notebook" in told
    assert f"and the notebook {limits.total:g} s, with" in told
    assert f"with {limits.memory / 2**30:g} GB of memory" in told
    assert tolerance(1.0) - tolerance(0.0) == pytest.approx(1 / 100_000) and "one part in 100 000 of the largest" in told


@pytest.mark.parametrize("points", ["{}", "{test-step: 4}"])
def test_a_mistake_that_loses_nothing_is_refused(points, tmp_path, monkeypatch):
    listed = f"- mistake: none\n  cell: step\n  source: step = 1\n  points: {points}\n"
    (tmp_path / "theory.mistakes.yml").write_text(listed, "utf-8")
    listed = check.mistakes(ASSIGNMENTS["theory"], tmp_path)
    monkeypatch.setattr(check, "mistakes", lambda assignment: listed)
    with pytest.raises(SystemExit, match="theory: none: it loses no points"):
        check.cases(ASSIGNMENTS["theory"])


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_rubrics_give_the_points_of_the_questions_in_words(name):
    assert check.rubric_errors(ASSIGNMENTS[name]) == []


@pytest.mark.parametrize(
    ("rubric", "said"),
    [
        ("conclude: [{points: 1, what: some}]", "conclude: the lines make 1 points, not 2"),
        ("step: [{points: 2, what: some}]", r"the questions in words are \['conclude'\]"),
    ],
)
def test_a_rubric_that_does_not_add_up_is_seen(rubric, said, tmp_path):
    (tmp_path / "theory.rubric.yml").write_text(rubric, "utf-8")
    (error,) = check.rubric_errors(ASSIGNMENTS["theory"], tmp_path)
    assert re.search(said, error)
