"""Assignments: what comes out of grading: tables that an LMS takes, pages that stand alone, and what a class shows."""

import csv
import io
import json
import os
import zipfile

import nbformat
import pytest
from classroom import ASSIGNMENTS, LIMITS, TESTED, THEORY, came, submission, verdict

from tools import book
from tools.assignments import check, findings, grade, report, tables
from tools.assignments.course import open_course

OF = sum(THEORY.graded.values())
WITHIN = {"isolated": True}


def course_of(folder, roster=None, settings=""):
    open_course(folder, make=True)
    if settings:
        (folder / "course.yml").write_text(settings)
    if roster:
        (folder / "roster.csv").write_text(roster)
    return open_course(folder)


def judged(made, student, assignment=THEORY, place="", **earned):
    """A student's notebook that has these points; each is another one."""
    record = made.record(assignment)
    record.draw_seed(1)
    came(record, student, f"of-{student}", "2020-11-03T10:00:00+00:00", place=place)
    record.add_verdict(f"of-{student}", verdict(assignment, **earned), WITHIN, assignment.graded)
    return record


def read(path):
    return list(csv.reader(io.StringIO(path.read_text("utf-8"))))


# ------------------------------------------------------------------ tables

MOODLE = """Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Last modified (grade),Feedback comments
Participant 11,Ann Lee,ann,ann@u.edu,Submitted,,100.00,-,
Participant 12,"Ode, Ben",ben,ben@u.edu,,,100.00,-,
Participant 13,=cmd(),cat,cat@u.edu,,,100.00,-,
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Drift (77)
    Points Possible,,,,,24
"Lee, Ann",901,ann,annlee,A,3
"Ode, Ben",902,ben,benode,A,
"""
BLACKBOARD = """Last Name,First Name,Username,Student ID,Availability,Theory [Total Pts: 24 Score] |5501
Lee,Ann,annlee,ann,Yes,
Ode,Ben,benode,ben,Yes,
"""


def test_without_a_roster(tmp_path):
    made = course_of(tmp_path / "c")
    judged(made, "ann", test_step=1)
    grade.grade(made.folder)
    head, ann = read(made.results("theory") / "grades.csv")
    assert head == ["student", "points", "of", "days late", "penalty", "final", "to read", "remarks", *THEORY.graded]
    assert dict(zip(head, ann, strict=True)) | {"remarks": ""} == {
        **{"student": "ann", "points": f"{TESTED - 3:g}", "of": f"{OF:g}", "days late": "0", "penalty": "0"},
        **{"final": f"{TESTED - 3:g}", "to read": "1", "remarks": ""},
        **{name: f"{points:g}" for name, points in THEORY.graded.items()},
        **{"test-step": "1", "conclude": ""},
    }


def test_moodle_s_worksheet(tmp_path):
    made = course_of(tmp_path / "c", MOODLE, "assignments: {theory: {due: 2020-11-05}}")
    record = judged(made, "ann", test_step=1.5)
    record.mark("ann", "conclude", 2, comment="well, said")
    grade.grade(made.folder)
    rows = read(made.results("theory") / "grades.csv")
    before = list(csv.reader(io.StringIO(MOODLE)))
    assert rows[0] == before[0] and [row[:5] for row in rows] == [row[:5] for row in before]
    assert [row[5] for row in rows[1:]] == ["21.5", "0", "0"], "long after the due date"
    assert rows[1][8].startswith("21.5 of 24 points: step 1.5 of 4, ") and "conclude 2 of 2 (well, said)" in rows[1][8]


def test_a_mark_waits_until_all_is_read(tmp_path):
    made = course_of(tmp_path / "c", MOODLE)
    record = judged(made, "ann")
    grade.grade(made.folder)
    assert read(made.results("theory") / "grades.csv")[1][5] == ""
    assert read(made.results("theory") / "details.csv")[1][1] == f"{TESTED:g}"
    record.mark("ann", "conclude", 0)
    grade.grade(made.folder)
    assert read(made.results("theory") / "grades.csv")[1][5] == f"{TESTED:g}"


def test_moodle_s_numbers_are_of_one_assignment(tmp_path):
    made = course_of(tmp_path / "c", MOODLE)
    for assignment in (THEORY, ASSIGNMENTS["drift"]):
        judged(made, "ann", assignment).mark("ann", next(iter(assignment.tests)), 1, reason="r")
    (made.folder / "drift.csv").write_text(MOODLE.replace("Participant 1", "Participant 7"))
    grade.grade(made.folder)
    assert [row[0] for row in read(made.results("drift") / "grades.csv")[1:]] == [f"Participant 7{n}" for n in (1, 2, 3)]
    assert "grading worksheet at <code>theory.csv" in (made.results("theory") / "summary.html").read_text("utf-8")
    assert "grading worksheet" not in (made.results("drift") / "summary.html").read_text("utf-8")
    known = open_course(made.folder).with_sheets()
    assert {number: student.key for number, student in known.numbers.items()} == {
        number: key for first in "17" for number, key in [(f"{first}1", "ann"), (f"{first}2", "ben"), (f"{first}3", "cat")]
    }


@pytest.mark.parametrize(("roster", "column"), [(CANVAS, "theory"), (BLACKBOARD, "Theory [Total Pts: 24 Score] |5501")])
def test_canvas_and_blackboard(tmp_path, roster, column):
    made = course_of(tmp_path / "c", roster)
    (key, *_) = made.roster.students
    record = judged(made, key)
    record.mark(key, "conclude", 1)
    grade.grade(made.folder)
    rows = list(csv.DictReader(io.StringIO((made.results("theory") / "grades.csv").read_text("utf-8"))))
    known = list(csv.DictReader(io.StringIO(roster)))
    assert list(rows[0]) == list(dict.fromkeys([*known[0], column]))
    assert [row[column] for row in rows if not row.get("Student", "").startswith("  ")] == [f"{TESTED + 1:g}", ""]
    if roster is CANVAS:
        assert (rows[0]["Student"], rows[0]["theory"]) == ("    Points Possible", f"{OF:g}")
        assert rows[1]["Drift (77)"] == "3"


def test_a_table_of_one_s_own(tmp_path):
    made = course_of(
        tmp_path / "c", "seat;name;id\n7;Ann Lee;ann\n8;Ben Ode;ben\n", "assignments: {theory: {due: 2020-11-05}}"
    )
    judged(made, "ann")
    judged(made, "stranger", test_step=0)
    grade.grade(made.folder)
    rows = read(made.results("theory") / "grades.csv")
    assert rows[0][:5] == ["seat", "name", "id", "points", "of"]
    assert [row[:4] for row in rows[1:]] == [
        ["7", "Ann Lee", "ann", "22"],
        ["8", "Ben Ode", "ben", "0"],
        ["stranger", "", "", "18"],
    ]


def test_no_cell_is_a_formula():
    for text in ("=1+1", "+1", "-1", "@x", "\t=1", "\x00=1"):
        assert tables.cell(text).startswith("'")
    assert tables.cell("a\nb\x07c") == "a b c" and len(tables.cell("x" * 9999)) == tables.MOST


# ------------------------------------------------------------------ pages


def test_feedback_goes_back_under_the_lms_s_names(tmp_path):
    made = course_of(tmp_path / "c")
    judged(made, "ann", place="Ann Lee_12_assignsubmission_file_")
    judged(made, "ben", place="../../Ben")
    judged(made, "eva")
    judged(made, "long", place="x" * 999)
    grade.grade(made.folder)
    with zipfile.ZipFile(made.results("theory") / "feedback.zip") as archive:
        names = archive.namelist()
        assert archive.read(names[0]).startswith(b"<!doctype html>")
    assert names[:3] == ["Ann Lee_12_assignsubmission_file_/theory.html", "_.._Ben/theory.html", "eva.html"]
    assert names[3] == f"{'x' * 200}/theory.html"
    assert all((made.results("theory") / "feedback" / name).is_file() for name in names)


def test_results_are_made_anew_from_the_record_and_of_nothing_else(tmp_path):
    made = course_of(tmp_path / "c")
    judged(made, "ann")
    grade.grade(made.folder)
    before = (made.results("theory") / "grades.csv").read_bytes()
    (made.results("theory") / "feedback/old.html").write_text("of one who left")
    made.folder.rename(tmp_path / "elsewhere")
    grade.grade(tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere/results/theory/grades.csv").read_bytes() == before
    assert not (tmp_path / "elsewhere/results/theory/feedback/old.html").exists()


def test_nothing_of_a_submission_gets_into_a_page(tmp_path):
    made = course_of(tmp_path / "c")
    record = judged(made, "<script>alert(1)</script>", place="<b>")
    nasty = verdict(remarks=["<script>"] * 50, test_step=0)
    nasty.answers["step"] = ("<script>alert(1)</script>", "<b>\ud800\x00")
    nasty.questions["test-step"].parts[1].lost = "<img src=x>"
    record.add_verdict("of-<script>alert(1)</script>", nasty, WITHIN, THEORY.graded)
    record.mark("<script>alert(1)</script>", "conclude", 1, comment="<script>", reason="<script>")
    grade.grade(made.folder)
    pages = list(made.results("theory").rglob("*.html"))
    assert len(pages) == 2
    for page in pages:
        text = page.read_text("utf-8")
        assert "<script" not in text and "<img" not in text and "<b>" not in text


def test_a_page_that_fails_stops_no_other(tmp_path, monkeypatch):
    made = course_of(tmp_path / "c")
    for who in ("ann", "ben"):
        judged(made, who)
    write = report.feedback

    def failing(course, assignment, standing):
        if standing.student == "ann":
            raise ValueError("odd")
        return write(course, assignment, standing)

    monkeypatch.setattr(report, "feedback", failing)
    grade.grade(made.folder)
    assert "could not be made: odd" in (made.results("theory") / "feedback/ann.html").read_text("utf-8")
    assert "22" in (made.results("theory") / "feedback/ben.html").read_text("utf-8")
    assert "its feedback page could not be made" in (made.results("theory") / "summary.html").read_text("utf-8")


def test_the_summary_tells_what_a_person_gave_and_why(tmp_path):
    made = course_of(tmp_path / "c")
    record = judged(made, "ann", test_step=1)
    record.mark("ann", "test-step", 3, reason="the text was unclear")
    record.mark("ann", "conclude", 1, comment="yes")
    grade.grade(made.folder)
    summary = (made.results("theory") / "summary.html").read_text("utf-8")
    assert "ann, step: 3 of 4: the text was unclear" in summary
    page = (made.results("theory") / "feedback/ann.html").read_text("utf-8")
    assert "Given by a person, instead of 1." in page and "yes" in page and "the text was unclear" not in page


# ------------------------------------------------------------------ what a class shows


def test_typical_mistakes_are_counted_without_their_numbers(tmp_path):
    made = course_of(tmp_path / "c")
    for number, who in enumerate(("ann", "ben", "cat")):
        record = judged(made, who)
        said = verdict(test_step=0)
        said.questions["test-step"].parts[1].lost = f"it is off by 0.{number}1 at [{number}]"
        record.add_verdict(f"of-{who}", said, WITHIN, THEORY.graded)
    made_of = grade.grade(made.folder)["theory"]
    assert findings.mistakes(made_of) == {"test-step": [(3, "what does not", "it is off by … at […]")]}
    assert "off by … at […]" in (made.results("theory") / "summary.html").read_text("utf-8")


def test_a_question_that_goes_with_the_rest_or_against_it(tmp_path):
    made = course_of(tmp_path / "c")
    for number in range(12):
        good = number % 2
        judged(made, f"s{number}", test_step=4 * good, test_twin=4 * good, test_hide=2 * (1 - good))
    record = made.record(THEORY)
    for number in range(12):
        record.mark(f"s{number}", "conclude", 1)
    standings = grade.grade(made.folder)["theory"]
    twin, hide = (findings.discrimination(standings, f"test-{name}") for name in ("twin", "hide"))
    assert twin[0] > 0.9 > -0.9 > hide[0] and twin[1] == 12
    assert findings.discrimination(standings, "test-apart") is None, "all have its points"
    assert "look at its text" in findings.said(hide) and findings.said(twin).startswith("yes, closely")
    assert findings.discrimination(dict(list(standings.items())[:9]), "test-twin") is None, "too few"
    assert findings.said((0.4, 12)).startswith("no more than by chance") and findings.said((0.4, 200)).startswith("yes")


def test_who_ran_into_a_limit_of_time_is_told(tmp_path):
    made = course_of(tmp_path / "c")
    judged(made, "ann").add_verdict("of-ann", verdict(remarks=["step ran longer than 10 s"]), WITHIN, THEORY.graded)
    judged(made, "ben")
    grade.grade(made.folder)
    summary = (made.results("theory") / "summary.html").read_text("utf-8")
    assert "<h2>Stopped for their time</h2><ul>\n<li>ann</li>\n</ul>" in summary


def test_copies_are_told(tmp_path):
    made = course_of(tmp_path / "c")
    record = judged(made, "ann")
    for who in ("ben", "cat"):
        came(record, who, "of-ann")
    judged(made, "eva")
    assert findings.copies(grade.grade(made.folder)["theory"]) == [["ann", "ben", "cat"]]
    assert "ann, ben, cat" in (made.results("theory") / "summary.html").read_text("utf-8")


# ------------------------------------------------------------------ a grading


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "came").mkdir()
    for who in ("ann", "ben", "eva"):
        nbformat.write(submission(step=f"# {who}"), tmp_path / f"came/{who}.ipynb")
    return tmp_path / "came"


@pytest.fixture
def judge(monkeypatch):
    """A judge that says at once that all is right, and counts."""
    calls = []

    def quick(assignment, notebook, *_, **__):
        calls.append(notebook)
        return verdict(assignment)

    monkeypatch.setattr(grade, "judge", quick)
    monkeypatch.setattr(grade, "ready", lambda unsafe: True)
    return calls


def test_no_content_is_judged_twice(folder, judge, tmp_path):
    nbformat.write(submission(step="# ann"), folder / "copy.ipynb")
    grade.grade(tmp_path / "c", folder)
    assert len(judge) == 3
    grade.grade(tmp_path / "c", folder)
    grade.grade(tmp_path / "c")
    assert len(judge) == 3
    before = (tmp_path / "c/theory.jsonl").read_bytes()
    nbformat.write(submission(step="# new"), folder / "fay.ipynb")
    grade.grade(tmp_path / "c", folder)
    assert len(judge) == 4 and (tmp_path / "c/theory.jsonl").read_bytes().startswith(before)
    assert len((tmp_path / "c/theory.jsonl").read_bytes().splitlines()) == len(before.splitlines()) + 2


def test_again_on_demand(folder, judge, tmp_path):
    grade.grade(tmp_path / "c", folder, seed=5)
    grade.grade(tmp_path / "c", asked=grade.Again(student="ann"))
    assert len(judge) == 4
    grade.grade(tmp_path / "c", asked=grade.Again(question="test-step"))
    assert len(judge) == 7
    grade.grade(tmp_path / "c", asked=grade.Again(name="theory"))
    assert len(judge) == 10
    events = [json.loads(line) for line in (tmp_path / "c/theory.jsonl").read_text().splitlines()]
    assert [len(e["questions"]) for e in events if e["kind"] == "verdict"] == [8] * 4 + [1] * 3 + [8] * 3
    for asked, why in [
        (grade.Again(student="nobody"), "STUDENT=nobody: there is no such notebook"),
        (grade.Again(name="drift"), "NAME=drift: .* it has theory"),
        (grade.Again(question="conclude"), "QUESTION=conclude"),
    ]:
        with pytest.raises(SystemExit, match=why):
            grade.grade(tmp_path / "c", asked=asked)
    with pytest.raises(SystemExit, match=r"SEED=6: theory was first graded with SEED=5"):
        grade.grade(tmp_path / "c", folder, seed=6)
    with pytest.raises(SystemExit, match="not both"):
        grade.grade(tmp_path / "c", folder, grade.Again(student="ann"))


def test_interrupted_by_ctrl_c_or_a_failure_or_a_full_disk(folder, judge, tmp_path, monkeypatch, capsys):
    quick = grade.judge

    def once_then(error):
        def judging(*args, **kwargs):
            if len(judge) == 1:
                raise error
            return quick(*args, **kwargs)

        return judging

    monkeypatch.setattr(grade, "judge", once_then(ValueError("half a \ud83d")))
    made = grade.grade(tmp_path / "c", folder, jobs=1)["theory"]
    assert sum(s.verdict is not None for s in made.values()) == 1
    assert sum("the grader failed: ValueError" in "; ".join(s.remarks) for s in made.values()) == 2
    monkeypatch.setattr(grade, "judge", once_then(KeyboardInterrupt()))
    made = grade.grade(tmp_path / "c", folder, jobs=1)["theory"]
    assert "Interrupted. What was judged is kept" in capsys.readouterr().err
    assert len(read(tmp_path / "c/results/theory/grades.csv")) == 4
    monkeypatch.setattr(grade, "judge", once_then(OSError(28, os.strerror(28))))
    with pytest.raises(SystemExit, match="grading: "), book.needs_room("grading"):
        grade.grade(tmp_path / "c", folder, jobs=1)
    monkeypatch.setattr(grade, "judge", quick)
    made = grade.grade(tmp_path / "c", folder, jobs=1)["theory"]
    assert all(s.verdict for s in made.values()) and len(judge) == 3


def test_an_answer_that_is_not_there_needs_no_reader(folder, judge, tmp_path):
    nbformat.write(submission(**check.stubs(THEORY)), folder / "none.ipynb")
    beside = submission(conclude=check.TEXT_STUB)
    at = [cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") for cell in beside.cells].index("conclude")
    beside.cells.insert(at + 1, nbformat.v4.new_markdown_cell("my derivation"))
    nbformat.write(beside, folder / "beside.ipynb")
    made = grade.grade(tmp_path / "c", folder, limits=LIMITS)["theory"]
    assert {who: s.unread for who, s in made.items() if not s.unread} == {"none": []}
    assert made["none"].points["conclude"] == 0


def test_what_is_no_assignment_is_told(tmp_path, judge, folder):
    other = tmp_path / "other"
    other.mkdir()
    (other / "ann.pdf").write_text("%PDF")
    with pytest.raises(SystemExit, match=r"no notebook of an assignment\n.*ann"):
        grade.grade(tmp_path / "c", other)
    with pytest.raises(SystemExit, match="no folder or file at"):
        grade.grade(tmp_path / "c", tmp_path / "nowhere")
    (folder / "ben.pdf").write_text("%PDF")
    (folder / "fay.pdf").write_text("%PDF")
    assert "fay" in grade.grade(tmp_path / "c", folder)["theory"]
