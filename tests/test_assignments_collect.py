"""Assignments: what comes back, in the layouts in which it comes."""

import zipfile

import nbformat
import pytest
from classroom import ASSIGNMENTS, submission
from nbformat import v4

from tools.assignments import collect


def test_layouts(tmp_path):
    text = nbformat.writes(submission())
    for name in ("flat.ipynb", "folder/any name.ipynb", "submitted/hub/theory/theory.ipynb", "a b/x.ipynb"):
        path = tmp_path / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "all/folder/notes.txt").write_text("")
    nbformat.write(v4.new_notebook(), tmp_path / "all/folder/of-another-course.ipynb")
    (tmp_path / "all/empty").mkdir()
    (tmp_path / "all/empty/photo.jpg").write_text("")
    (tmp_path / "all/empty/drawing.jpg").write_text("")
    (tmp_path / "all/link").symlink_to(tmp_path / "all/folder")
    with zipfile.ZipFile(tmp_path / "all/zipped.zip", "w") as archive:
        archive.writestr("zipped/deep/theory.ipynb", text)
        archive.writestr("zipped/deep/again.ipynb", text)
        archive.writestr("__MACOSX/._theory.ipynb", "")
    (tmp_path / "all/broken.zip").write_text("PK")
    found = {(s.student, s.problem) for s in collect.collect(tmp_path / "all", ASSIGNMENTS)}
    assert {who for who, problem in found if problem is None} == {"flat", "folder", "hub", "a_b", "zipped"}
    problems = {who: problem for who, problem in found if problem}
    assert set(problems) == {"empty", "zipped", "broken"}
    assert "a second notebook" in problems["zipped"] and "zip can't be read" in problems["broken"]

    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as archive:
        archive.writestr("../../Ann Ö_12_file/theory.ipynb", text)
        archive.writestr("=cmd()/x.ipynb", text)
    assert [s.student for s in collect.collect(tmp_path / "moodle.zip", ASSIGNMENTS)] == ["Ann_Ö_12_file", "_cmd_"]
    with pytest.raises(SystemExit, match="no folder or zip"):
        collect.collect(tmp_path / "nowhere", ASSIGNMENTS)
