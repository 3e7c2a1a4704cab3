"""Assignments: what a person enters is kept."""

import nbformat
import pytest
from classroom import ASSIGNMENTS, LIMITS, TESTED, submission

from tools.assignments import grade, report


def test_a_person_s_points_are_kept(tmp_path):
    folder, output = tmp_path / "returned", tmp_path / "grades"
    folder.mkdir()
    nbformat.write(submission(), folder / "ann.ipynb")
    grade.grade(folder, output, seed=1, limits=LIMITS)
    marks = output / "to-read.csv"
    assert marks.read_text("utf-8").splitlines()[1] == "ann,theory,conclude,2,"
    marks.write_text(marks.read_text("utf-8").replace("conclude,2,", "conclude,2,1.5"))
    (ann,) = grade.grade(folder, output, seed=1, limits=LIMITS)
    assert report.total(ann) == TESTED + 1.5 and report.unread(ann) == []
    assert "conclude,2,1.5" in marks.read_text("utf-8")
    marks.write_text(marks.read_text("utf-8").replace("1.5", "3"))
    with pytest.raises(SystemExit, match="line 2: points from 0 to 2"):
        grade.read_marks(marks, ASSIGNMENTS)
