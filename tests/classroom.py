"""What the tests of the assignments share: limits, the assignments themselves, and a notebook as a student returns it."""

import pytest

from tools.assignments import check, release
from tools.assignments.judge import Verdict
from tools.assignments.questions import Part, Question
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


def verdict(assignment=THEORY, remarks=(), **earned):
    """What the judge might say: these points of the tested questions, all of the others."""
    questions = {}
    for name, points in assignment.graded.items():
        got = earned.get(name.replace("-", "_"), points)
        parts = [
            Part("what holds", got),
            *([Part("what does not", points - got, "it is off by 0.31")] if got < points else []),
        ]
        questions[name] = Question(points, parts if name in assignment.tests else None)
    return Verdict(questions, list(remarks), {name: ("an answer", "") for name in assignment.answers})


def came(record, student, notebook=None, handed_in=None, problem=None, place=""):
    """Record that something came: of the hash `notebook`, at the time of that ISO text."""
    file = f"{student}/{notebook or 'broken'}.ipynb"
    about = {"student": student, "notebook": notebook, "file": file, "place": place}
    record.append("returned", **about, handed_in=handed_in, problem=problem, remarks=[])
