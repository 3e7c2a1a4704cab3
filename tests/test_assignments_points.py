"""Assignments: solutions, typical mistakes and the untouched release get the points that they should."""

import numpy as np
import pytest
from classroom import ASSIGNMENTS, LIMITS, THEORY

from tools.assignments import check, release
from tools.assignments.judge import judge, visible
from tools.assignments.questions import Wrong, same, tolerance
from tools.assignments.sandbox import Limits, isolation


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_solutions_releases_and_mistakes_get_their_points(name):
    assert check.check([name]) == []


def test_points_that_differ_are_seen():
    case = check.Case("the release", check.answered(THEORY, check.stubs(THEORY)), {"test-step": 1.0})
    (said,) = check.outcome(THEORY, case, isolation() is None)
    assert "test-step has 0 points, not 1" in said and "NotImplementedError" in said


def test_same_takes_every_container_and_precision():
    wanted = np.random.default_rng(0).standard_normal((50, 20))
    wanted[0, 0] = 0.0
    for got in (wanted.astype(np.float32), wanted.tolist(), list(wanted), tuple(map(tuple, wanted)), wanted + 0j):
        same(got, wanted)
    with pytest.raises(Wrong, match="off by"):
        same(wanted.astype(np.float16), wanted)
    same(np.array([2], np.uint8), np.uint8(2))
    same([[1.0]], 1.0)
    same(True, np.True_)
    with pytest.raises(Wrong, match=r"shape \(1,\); yours has \(\)"):
        same(1.0, [1.0])


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_visible_tests_are_no_stricter_than_hidden_ones(name, monkeypatch):
    """Each np.isclose and np.allclose of a notebook allows at least what `same` allows."""
    stricter = []

    def watching(compare):
        def watched(a, b, rtol=1e-5, atol=1e-8, **kwargs):
            if np.min(atol + rtol * np.abs(b)) < (1 - 1e-9) * tolerance(b):
                stricter.append(f"{test}: {compare.__name__}(…, {b}, rtol={rtol}, atol={atol})")
            return compare(a, b, rtol=rtol, atol=atol, **kwargs)

        return watched

    for compare in (np.isclose, np.allclose):
        monkeypatch.setattr(np, compare.__name__, watching(compare))
    for test in ASSIGNMENTS[name].tests:
        exec(visible(ASSIGNMENTS[name].tests[test]), dict(ASSIGNMENTS[name].namespace))
    assert stricter == []


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_the_tolerance_is_of_the_largest_number(size):
    """Twins: just within it, and just beyond."""
    wanted = np.array([size, 0.0, -size / 3])
    for place in range(3):
        off = np.zeros(3)
        off[place] = 1e-5 * size + 1e-8
        same(wanted + 0.99 * off, wanted)
        with pytest.raises(Wrong, match=rf"off by .* at \[{place}\]"):
            same(wanted + 1.01 * off, wanted)
    same(9e-9, 0.0)
    with pytest.raises(Wrong):
        same(1.1e-8, 0.0)


def test_same_says_what_is_wrong():
    same(np.float32(1.0), 1.0)
    same([1, 2], np.array([1.0, 2.0]))
    for got, why in [
        (None, "None"),
        ("1", "of type str"),
        (np.ones((2, 1)), r"shape \(2,\); yours has \(2, 1\)"),
        (np.array([1.0, np.nan]), "NaN"),
        (np.array([1.0, 3.0]), r"off by 1 at \[1\]: expected 2, yours is 3"),
        (10**400, "of type int"),
        ([[1.0], [1.0, 2.0]], "numbers; yours is of type list"),
        (np.array([3, 1], np.uint8), r"off by 2 at \[0\]"),
    ]:
        with pytest.raises(Wrong, match=why):
            same(got, np.array([1.0, 2.0]))


def test_instances_come_from_the_seed():
    def seen(seed):
        answer = "def repels(embedding, encoding):\n    raise ValueError(float(embedding.sum()))"
        verdict = judge(THEORY, check.answered(THEORY, {"repels": answer}), seed, LIMITS, isolation() is None)
        return [part.lost for part in verdict.questions["test-repels"].parts]

    first, again, other = seen(1), seen(1), seen(2)
    assert first == again and not set(first) & set(other)


def test_a_notebook_has_its_time():
    notebook = check.answered(THEORY, {"twin": "import time\ntime.sleep(60)", "hide": "import os\nos._exit(0)"})
    verdict = judge(THEORY, notebook, 0, Limits(cell=30, total=3), isolation() is None)
    assert set(verdict.questions) == set(THEORY.graded)
    assert all(question.earned == 0 for question in verdict.questions.values())
    assert verdict.questions["test-step"].remark == "the notebook used up its 3 s"


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_parts_and_points_are_checked(name):
    wrong = check.answered(ASSIGNMENTS[name], {})
    (test, *_) = ASSIGNMENTS[name].tests
    next(cell for cell in wrong.cells if release.mark_id(cell) == test).metadata.nbgrader.points += 1
    with pytest.raises(RuntimeError, match="the parts make"):
        judge(release.Assignment(name, wrong), wrong, 0, LIMITS, isolation() is None)
