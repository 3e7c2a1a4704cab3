"""What the tests of the assignments share: limits, the assignments themselves, and a notebook as a student returns it."""

import pytest

from tools.assignments import check, release
from tools.assignments.sandbox import Limits, isolation

LIMITS = Limits(cell=6, call=6, total=60, memory=2**30)
ASSIGNMENTS = release.load()
THEORY = ASSIGNMENTS["theory"]
TESTED = sum(THEORY.graded[name] for name in THEORY.tests)
isolated = pytest.mark.skipif(isolation() is not None, reason=f"NOT ISOLATED HERE: {isolation()}")


def submission(**answers):
    """A notebook as a student returns it: the solution, but for some answers, with tests they have edited."""
    notebook = check.answered(THEORY, answers)
    for cell in notebook.cells:
        if release.mark_id(cell) in THEORY.tests:
            cell.source = "assert True"
    return notebook
