"""Assignments: what students get gives nothing away."""

import re
import zipfile

import nbformat
import pytest
from classroom import ASSIGNMENTS, THEORY

from tools import book, build_site
from tools.assignments import check, handout, release


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handout, "wheel", lambda folder: None)  # it takes a network
        return handout.write(tmp_path_factory.mktemp("assignments"))


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_a_release_gives_nothing_away(released, name):
    text = (released.parent / f"{name}.ipynb").read_text("utf-8")
    assert release.leaks(ASSIGNMENTS[name], text) == []
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.lpu.assignment == name
    assert not [cell for cell in notebook.cells if cell.get("outputs")]
    stubs = check.stubs(ASSIGNMENTS[name])
    shown = {release.mark_id(cell): cell.source for cell in notebook.cells}
    assert {answer: shown[answer] for answer in stubs} == stubs
    assert all(shown[test] for test in ASSIGNMENTS[name].tests), "a test without a visible part"
    with zipfile.ZipFile(released) as archive:
        assert archive.read(f"lpu-assignments/{name}.ipynb").decode() == text


def test_what_is_given_away_is_seen():
    assert "### BEGIN SOLUTION" not in "".join(release.leaks(THEORY, ""))
    line = "basis, _ = np.linalg.qr(network.encoding)"
    assert release.leaks(THEORY, f'"    {line}\\n",') == [line]
    hidden = 'with part(1.5, "A step of random networks, several trials, with inputs"):'
    assert hidden in release.leaks(THEORY, nbformat.writes(THEORY.notebook))
    (text,) = [line for line in THEORY.answers["conclude"].source.splitlines() if "tuning is real" in line]
    assert release.leaks(THEORY, f'"{text}"') == [text]


def test_an_assignment_is_no_page_of_the_book():
    assert build_site.LEFT_OUT(str(book.BOOK), ["assignments", "theory.md"]) == {"assignments"}
    assert len(book.chapters()) == len(set(book.chapters())), "an assignment passes for a chapter"


@pytest.mark.parametrize("name", sorted(ASSIGNMENTS))
def test_points_and_time_are_told(name):
    text = "".join(cell.source for cell in ASSIGNMENTS[name].notebook.cells if cell.cell_type == "markdown")
    assert f"**Points:** {sum(ASSIGNMENTS[name].graded.values()):g}." in text
    minutes = int(re.search(r"\*\*Time:\*\* about (\d+) minutes", text).group(1))
    assert 60 <= minutes <= 120
    assert sum(map(int, re.findall(r"(\d+) minutes\)", text))) == minutes
