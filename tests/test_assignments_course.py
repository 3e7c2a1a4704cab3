"""Assignments: a course's settings and places, which notebook counts, and what being late costs."""

import re
from datetime import UTC, datetime

import pytest
from classroom import ASSIGNMENTS, THEORY, came, verdict

from tools import book
from tools.assignments import course as courses
from tools.assignments import grade, standing
from tools.assignments.__main__ import main
from tools.assignments.course import content, open_course
from tools.assignments.record import Record

LIMITS = {"isolated": True}
NOW = datetime(2026, 12, 1, tzinfo=UTC)
OF = sum(THEORY.graded[name] for name in THEORY.tests)
DRIFT = ASSIGNMENTS["drift"]


def course_of(tmp_path, text):
    (tmp_path / "c").mkdir(exist_ok=True, parents=True)
    (tmp_path / "c/course.yml").write_text(text)
    return open_course(tmp_path / "c")


# ------------------------------------------------------------------ the folder


def test_a_new_course_has_settings_that_can_be_read(tmp_path):
    made = open_course(tmp_path / 'a "course": 1', make=True)
    assert (made.name, made.counts, made.free_days, made.per_day) == ('a "course": 1', "newest", 0, 0.1)
    assert made.due == {} and made.roster is None and made.recorded() == []
    text = (tmp_path / 'a "course": 1/course.yml').read_text()
    told = re.sub(r"^#(  \S)", r"\1", text, flags=re.MULTILINE)  # its examples are right, too
    made = course_of(tmp_path, told)
    assert made.due["theory"] == datetime(2026, 11, 6) and made.until("ann.lee", "theory") == datetime(2026, 11, 9)
    with pytest.raises(SystemExit, match=r"no course .* SUBMISSIONS"):
        open_course(tmp_path / "mistyped")
    assert not (tmp_path / "mistyped").exists()


@pytest.mark.parametrize("place", [*courses.DOOMED, "lpu_core", "book/results"])
def test_a_course_never_lies_where_it_is_removed_or_seen(place):
    with pytest.raises(SystemExit, match=r"COURSE=.*(would remove this|could read this).*take another folder"):
        open_course(book.ROOT / place / "my-course", make=True)


def test_make_clean_and_distclean_remove_nothing_else():
    recipe = re.findall(r"^\trm -rf (.*)", (book.ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    removed = " ".join(recipe).replace("$(BUILD)", "_build").replace("$(VENV)", ".venv").split()
    assert set(removed) == set(courses.DOOMED), "tools/assignments/course.py refuses a course in each of them"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("counts: last", r"counts: expected newest or best; there is \"last\""),
        ("timezone: CET+1", "timezone: expected a name such as Europe/Berlin"),
        ("late: {free_days: 1.5}", r"late: free_days: expected a whole number; there is \"1.5\""),
        ("late: {free_days: -1}", "late: free_days: expected a number from 0 to 365"),
        ("late: {per_day: 10%}", r"late: per_day: expected a number from 0 to 1; there is \"10%\""),
        ("late: 3", r"late: expected keys with values, such as free_days: \.\.\.; there is \"3\""),
        ("assignments: {theorie: {due: 2026-11-05}}", 'assignments: expected one of .*theory.*; there is "theorie"'),
        ("assignments: {theory: {due: 5.11.2026}}", r"assignments: theory: due: expected a date such as 2026-11-05"),
        ("assignments: {theory: {until: 2026-11-05}}", r"assignments: theory: expected one of due"),
        ("extensions: {ann: {theory: 2026-11-05}}", "extensions: ann: theory: expected none.* no due date"),
        (
            "assignments: {theory: {due: 2026-11-05}}\nextensions: {ann: {theory: 2026-11-04}}",
            "extensions: ann: theory: expected a date after the assignment's",
        ),
        ("extensions: {0071: {}, 0071: {}}", "line 1: 0071 is there twice"),
        ("names: x", "the file: expected one of name, timezone"),
        ("[]", "the file: expected keys with values"),
        ("a: [", "it can't be read"),
    ],
)
def test_settings_that_make_no_sense_name_the_key(tmp_path, text, why):
    with pytest.raises(SystemExit, match=rf"course.yml: {why}"):
        course_of(tmp_path, text)


def test_a_notebook_is_kept_once_by_what_is_graded(tmp_path):
    made = open_course(tmp_path / "c", make=True)
    notebook = THEORY.notebook.copy()
    key = made.keep(notebook)
    other = made.notebook(key)
    other.cells[1].source += " "
    assert content(made.notebook(key)) == key != made.keep(other)
    ran = made.notebook(key)
    for cell in ran.cells:
        if cell.cell_type == "code":
            cell.execution_count = 3
    assert made.keep(ran) == key and len(list((made.folder / "notebooks").iterdir())) == 2
    ran.cells[0].source = "\ud83d"
    assert made.notebook(made.keep(ran)).cells[0].source == "?"
    (made.folder / f"notebooks/{key}.ipynb").write_text("{")
    with pytest.raises(SystemExit, match=f"{key}.ipynb: this notebook is in the record"):
        made.notebook(key)


# ------------------------------------------------------------------ what counts, and what lateness costs


def stands(made, events, records=(THEORY,), now=NOW):
    """Where ann stands in each assignment after her notebooks came: (assignment, when, points of all but `step`)."""
    books = {assignment.name: Record(made.folder / f"{assignment.name}.jsonl", assignment) for assignment in records}
    for number, (name, day, step) in enumerate(events):
        record = books[name]
        record.draw_seed(1)
        came(record, "ann", f"n{number}", day and f"2026-11-{day}")
        if step is not None:
            first = next(iter(record.assignment.tests)).replace("-", "_")
            record.add_verdict(f"n{number}", verdict(record.assignment, **{first: step}), LIMITS, record.assignment.graded)
    return {name: one.get("ann") for name, one in standing.standings(made, list(books.values()), now).items()}


DUE = "timezone: Europe/Berlin\nassignments: {theory: {due: 2026-11-05 23:59}, drift: {due: 2026-11-12}}\n"


@pytest.mark.parametrize(
    ("when", "late"),
    [
        ("05T22:59:59.9+00:00", 0),  # midnight in Berlin is at 23:00 UTC; its minute 23:59 is still in time
        ("05T23:00:01+00:00", 1),
        ("06T23:00:00+00:00", 1),
        ("06T23:00:01+00:00", 2),
        (None, 0),
    ],
)
def test_days_late_are_counted_in_the_course_s_zone(tmp_path, when, late):
    ann = stands(course_of(tmp_path, DUE), [("theory", when, 4)])["theory"]
    assert ann.late == late and ann.final == pytest.approx(OF * (1 - 0.1 * late))
    assert ("nobody knows when it came; it counts as in time" in ann.remarks) == (when is None)


def test_summer_time_ends_within_the_days(tmp_path):
    made = course_of(tmp_path, "timezone: Europe/Berlin\nassignments: {theory: {due: 2026-10-24 23:59}}\n")
    assert [made.days_late("ann", "theory", datetime(2026, 10, 25, hour, 59, tzinfo=UTC)) for hour in (22, 23)] == [1, 2]


def test_the_newest_counts_or_the_best(tmp_path):
    events = [("theory", "03T10:00:00+00:00", 2), ("theory", "04T10:00:00+00:00", 3), ("theory", "05T10:00:00+00:00", 1)]
    newest = stands(course_of(tmp_path, DUE), events)["theory"]
    assert newest.final == OF - 3 and newest.counting.notebook == "n2"
    assert [remark for remark in newest.remarks if "does not count" in remark] == [
        "ann/n1.ipynb was handed in, too, and does not count",
        "ann/n0.ipynb was handed in, too, and does not count",
    ]
    best = stands(course_of(tmp_path, DUE + "counts: best\n"), [])["theory"]
    assert best.final == OF - 1 and best.counting.notebook == "n1"


def test_the_best_is_the_best_after_lateness(tmp_path):
    made = course_of(tmp_path, DUE + "counts: best\nlate: {per_day: 0.25}\n")
    ann = stands(made, [("theory", "05T10:00:00+00:00", 1), ("theory", "06T10:00:00+00:00", 4)])["theory"]
    assert (ann.counting.notebook, ann.late, ann.final) == ("n0", 0, OF - 3)


def test_one_that_would_lose_all_does_not_count(tmp_path):
    events = [("theory", "05T10:00:00+00:00", 1), ("theory", "09T10:00:00+00:00", 4)]
    ann = stands(course_of(tmp_path, DUE + "late: {per_day: 0.25}\n"), events)["theory"]
    assert ann.counting.notebook == "n0" and "ann/n1.ipynb came too late (4 days)" in ann.remarks
    ann = stands(course_of(tmp_path, DUE + "late: {per_day: 0.24}\n"), [])["theory"]
    assert ann.counting.notebook == "n1" and ann.final == pytest.approx(OF * 0.04, abs=0.006)
    other = stands(course_of(tmp_path / "other", DUE + "late: {per_day: 1}\n"), events[1:])["theory"]
    assert other.counting is None and other.final == 0


def test_free_days_are_a_budget_of_the_course_used_in_the_order_of_due_dates(tmp_path):
    made = course_of(tmp_path, DUE + "late: {free_days: 3, per_day: 0.1}\n")
    events = [("drift", "14T10:00:00+00:00", 100), ("theory", "07T10:00:00+00:00", 4)]  # drift came to the record first
    ann = stands(made, events, (THEORY, DRIFT))
    assert (ann["theory"].late, ann["theory"].free, ann["theory"].penalty) == (2, 2, 0)
    assert (ann["drift"].late, ann["drift"].free, ann["drift"].share) == (2, 1, pytest.approx(0.1))
    assert made.recorded() == ["theory", "drift"]


def test_an_extension_is_a_due_date_of_one_s_own(tmp_path):
    made = course_of(tmp_path, DUE + "extensions: {ann: {theory: 2026-11-07}}\n")
    assert stands(made, [("theory", "07T10:00:00+00:00", 4)])["theory"].late == 0
    assert made.days_late("ben", "theory", datetime(2026, 11, 7, 10, tzinfo=UTC)) == 2


def test_who_handed_in_nothing(tmp_path):
    roster = "name,id,email\nAnn Lee,ann,ann@u.edu\nBen Ode,ben,ben@u.edu\nCat Roe,cat,cat@u.edu\n"
    made = course_of(tmp_path, DUE)
    (made.folder / "roster.csv").write_text(roster)
    record = made.record(THEORY)
    came(record, "ben", None, problem="no notebook")
    record.mark("cat", "conclude", 2, comment="told me, ill")
    before = standing.standings(made, [record], datetime(2026, 11, 5, 22, 58, tzinfo=UTC))["theory"]
    assert [before[who].final for who in ("ann", "ben", "cat")] == [None, None, 2]
    after = standing.standings(made, [record], NOW)["theory"]
    assert [after[who].final for who in ("ann", "ben", "cat")] == [0, None, 2], "what can't be graded waits for a person"


def test_a_person_s_points_stand_and_their_age_is_told(tmp_path):
    made = course_of(tmp_path, DUE)
    ann = stands(made, [("theory", "03T10:00:00+00:00", 1)])["theory"]
    assert ann.unread == ["conclude"] and ann.final == OF - 3
    record = made.record(THEORY)
    record.mark("ann", "test-step", 3, reason="the text was unclear")
    record.mark("ann", "conclude", 1.5)
    ann = stands(made, [])["theory"]
    assert ann.final == OF - 1 + 1.5 and ann.unread == [] and not ann.older("test-step")
    came(record, "ann", "n9", "2026-11-04T10:00:00+00:00")
    record.add_verdict("n9", verdict(test_step=0), LIMITS, THEORY.graded)
    ann = stands(made, [])["theory"]
    assert ann.final == OF - 1 + 1.5 and ann.older("test-step") and ann.older("conclude")
    assert "the points of conclude are older than the notebook" in ann.remarks
    record.mark("ann", "test-step", None)
    assert stands(made, [])["theory"].final == OF - 4 + 1.5


def test_a_notebook_that_nobody_judged(tmp_path):
    made = course_of(tmp_path, DUE)
    ann = stands(made, [("theory", "03T10:00:00+00:00", None)])["theory"]
    assert ann.final is None and "not judged yet; grade again" in ann.remarks
    made.record(THEORY).append("failed", notebook="n0", why="the grader failed: no room")
    assert "not judged yet (the grader failed: no room); grade again" in stands(made, [])["theory"].remarks


def test_two_courses_side_by_side(tmp_path):
    one, other = course_of(tmp_path / "one", DUE), course_of(tmp_path / "two", "late: {per_day: 1}")
    stands(one, [("theory", "03T10:00:00+00:00", 1)])
    stands(other, [("theory", "06T10:00:00+00:00", 2)])
    one.record(THEORY).mark("ann", "conclude", 2)
    assert (stands(one, [])["theory"].final, stands(other, [])["theory"].final) == (OF - 3 + 2, OF - 2)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "there is no course"),
        (["--submissions", "/nowhere"], "no folder or file at /nowhere"),
        (["--seed", "3"], "there is no course"),
    ],
)
def test_the_command_says_what_is_wrong_in_a_sentence(tmp_path, monkeypatch, capsys, arguments, why):
    monkeypatch.setattr(grade, "ready", lambda unsafe: True)
    with pytest.raises(SystemExit, match=why):
        main(["grade", "--course", str(tmp_path / "c"), *arguments])
    assert not (tmp_path / "c").exists()


def test_a_folder_that_can_t_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "in").mkdir()
    monkeypatch.setattr(grade, "ready", lambda unsafe: True)
    with pytest.raises(SystemExit, match="file"):
        main(["grade", "--course", str(tmp_path / "file/c"), "--submissions", str(tmp_path / "in")])
