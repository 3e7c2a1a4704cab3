"""Assignments: right answers other than the solution get all points, whatever their algorithm, precision and containers."""

import pytest
import yaml

from tools.assignments import check, release
from tools.assignments.sandbox import Limits, isolation

LISTED = ".alternatives.yml"
ASSIGNMENTS = release.load(sorted(path.name.removesuffix(LISTED) for path in release.SOURCES.glob(f"*{LISTED}")))
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


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_the_limit_that_students_are_told_is_the_grader_s(name):
    text = "".join(cell.source for cell in ASSIGNMENTS[name].notebook.cells if cell.cell_type == "markdown")
    assert f"A call of a function may take {Limits().call:g} s." in text
