"""Assignments: the record of one keeps all that came, was judged and was decided, whatever happens to who writes it."""

import json
import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime

import pytest
from classroom import THEORY, came, verdict

from tools.assignments.record import Record, bases
from tools.assignments.release import Assignment, mark_id, nbformat

LIMITS = {"cell": 1.0, "isolated": True}


@pytest.fixture
def record(tmp_path):
    record = Record(tmp_path / "course/theory.jsonl", THEORY)
    record.draw_seed(7)
    return record


def reread(record):
    return Record(record.path, THEORY)


def test_all_is_there_when_it_is_read_again(record):
    came(record, "ann", "n1", "2026-11-05T10:00:00+00:00", place="Ann Lee_12_file_")
    record.add_verdict("n1", verdict(test_step=1.5, remarks=["a remark"]), LIMITS, THEORY.graded)
    record.mark("ann", "conclude", 1.5, comment="well said", by="me")
    again = reread(record)
    assert again.seed == 7 and again.remarks == []
    (ann,) = again.returned()["ann"]
    assert (ann.notebook, ann.place, ann.first) == ("n1", "Ann Lee_12_file_", datetime(2026, 11, 5, 10, tzinfo=UTC))
    said, old = again.verdicts()["n1"]
    assert said == verdict(test_step=1.5, remarks=["a remark"]) and old == set()
    assert again.marks()["ann", "conclude"].points == 1.5 and again.marks()["ann", "conclude"].comment == "well said"
    assert [event["n"] for event in again.events] == [1, 2, 3, 4]


def test_it_is_appended_and_never_rewritten(record):
    before = record.path.read_bytes()
    came(record, "ann", "n1")
    record.mark("ann", "conclude", 1)
    record.mark("ann", "conclude", 2)
    record.mark("ann", "conclude", None)
    assert record.path.read_bytes().startswith(before)
    assert [e["points"] for e in record.events if e["kind"] == "mark"] == [1, 2, None]
    assert record.marks()["ann", "conclude"].points is None, "the last one counts"


def test_the_first_seed_stays(record):
    assert record.draw_seed() == 7 == record.draw_seed(7)
    with pytest.raises(SystemExit, match=r"SEED=8: theory was first graded with SEED=7 .* could change"):
        record.draw_seed(8)
    assert reread(record).seed == 7


# ------------------------------------------------------------------ what damages a file


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_that_was_cut_short_is_told_and_costs_no_other(record, cut):
    came(record, "ann", "n1")
    came(record, "ben", "n2")
    data = record.path.read_bytes()
    record.path.write_bytes(data[:-cut])
    damaged = reread(record)
    lost = cut > 1  # without its newline it is still whole
    assert set(damaged.returned()) == ({"ann"} if lost else {"ann", "ben"})
    assert len(damaged.remarks) == lost and all("line 3, can't be read" in remark for remark in damaged.remarks)
    came(damaged, "eva", "n3")
    assert set(reread(record).returned()) == ({"ann", "eva"} if lost else {"ann", "ben", "eva"})
    assert record.path.read_bytes().startswith(data[:-cut])


def test_a_line_in_the_middle(record):
    for who in ("ann", "ben", "eva"):
        came(record, who, "n1")
    lines = record.path.read_bytes().split(b"\n")
    record.path.write_bytes(b"\n".join([*lines[:2], b'{"n": \xff\x00', *lines[3:]]))
    damaged = reread(record)
    assert set(damaged.returned()) == {"ann", "eva"}
    assert "line 3, can't be read" in damaged.remarks[0] and "number 4 follows 2" in damaged.remarks[1]


def test_what_is_not_known_is_left_and_what_is_known_must_make_sense(record):
    came(record, "ann", "n1")
    with record.path.open("a") as file:
        file.write(json.dumps({"n": 3, "time": "2026-11-05T10:00:00+00:00", "kind": "seal", "wax": "red"}) + "\n")
    came(record, "ben", "n2")
    assert reread(record).remarks == [] and set(record.returned()) == {"ann", "ben"}
    assert b'"wax": "red"' in record.path.read_bytes()
    wrong = [
        ("mark", {"student": "ann", "question": "conclude", "points": "2", "comment": "", "reason": "", "by": ""}, "points"),
        (
            "mark",
            {"student": "ann", "question": "conclude", "points": True, "comment": "", "reason": "", "by": ""},
            "points",
        ),
        (
            "returned",
            {"student": "ann", "notebook": "n", "file": "f", "place": "", "handed_in": 5, "problem": None, "remarks": []},
            "handed",
        ),
        (
            "returned",
            {"student": "a", "notebook": "n", "file": "f", "place": "", "handed_in": "x", "problem": None, "remarks": []},
            "sense",
        ),
        ("seed", {}, "expected int"),
        ("failed", {"notebook": None, "why": ""}, "expected str"),
    ]
    whole = record.path.read_bytes()
    for kind, about, why in wrong:
        event = {"n": 5, "time": "2026-11-05T10:00:00+00:00", "kind": kind} | about
        record.path.write_bytes(whole + json.dumps(event).encode() + b"\n")
        with pytest.raises(SystemExit, match=rf"theory.jsonl, line 5: {kind}: .*{why}"):
            reread(record)


def test_text_that_no_file_can_hold(record):
    came(record, "ann", "n1", problem="half of \ud83d")
    record.add_verdict("n1", verdict(remarks=["\ud800 and \x00"]), LIMITS, THEORY.graded)
    assert reread(record).verdicts()["n1"][0].remarks == ["? and \x00"]
    with pytest.raises(ValueError):  # no JSON, and no number
        record.append("failed", notebook="n1", why=float("nan"))
    assert reread(record).remarks == []


def test_a_full_disk_loses_nothing_that_was_there(record, monkeypatch):
    came(record, "ann", "n1")

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            came(record, "ben", "n2")
    came(record, "eva", "n3")
    assert {"ann", "eva"} <= set(reread(record).returned())


# ------------------------------------------------------------------ several at once


def write_many(path, who, start):
    record = Record(path, THEORY)
    start.wait()
    for number in range(40):
        came(record, f"{who}-{number}", "n1")


def test_writers_at_once_lose_nothing(record):
    start = multiprocessing.get_context("fork").Event()
    processes = [
        multiprocessing.get_context("fork").Process(target=write_many, args=(record.path, who, start)) for who in range(4)
    ]
    for process in processes:
        process.start()
    start.set()
    came(record, "meanwhile", "n2")
    for process in processes:
        process.join()
    record.refresh()
    assert len(record.returned()) == 161 and record.remarks == []
    assert [event["n"] for event in record.events] == list(range(1, 163))


def write_until_killed(path):
    record = Record(path, THEORY)
    for number in range(10**6):
        record.add_verdict(f"n{number}", verdict(remarks=["x" * 3000]), LIMITS, THEORY.graded)


@pytest.mark.parametrize("after", [0.05, 0.11, 0.17])
def test_a_writer_that_is_killed(record, after):
    """All but at most its last line is there, and the next writer goes on."""
    process = multiprocessing.get_context("fork").Process(target=write_until_killed, args=(record.path,))
    process.start()
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    record.refresh()
    came(record, "ann", "n1")
    again = reread(record)
    assert len(again.remarks) <= 1 and "ann" in again.returned()
    done = [event["notebook"] for event in again.events if event["kind"] == "verdict"]
    assert done == [f"n{number}" for number in range(len(done))]


# ------------------------------------------------------------------ what it says


def test_what_came_twice_is_as_old_as_its_first_time_and_as_new_as_its_last(record):
    for notebook, day in [("n1", 1), ("n2", 2), ("n1", 3)]:
        came(record, "ann", notebook, f"2026-11-0{day}T10:00:00+00:00")
    newest, other = record.returned()["ann"]
    assert (newest.notebook, newest.first.day, newest.last.day) == ("n1", 1, 3) and other.notebook == "n2"


def test_the_newest_is_first_and_problems_are_kept(record):
    came(record, "ann", "n1", "2026-11-02T10:00:00+00:00")
    came(record, "ann", None, problem="no notebook")
    came(record, "ann", "n2", "2026-11-01T10:00:00+00:00")
    came(record, "ann", "n1", "2026-11-03T10:00:00+00:00", problem="whose it is can't be told")
    assert [(h.notebook, h.problem) for h in record.returned()["ann"] if h.notebook] == [
        ("n1", "whose it is can't be told"),
        ("n1", None),
        ("n2", None),
    ]
    assert [h.problem for h in record.returned()["ann"] if not h.notebook] == ["no notebook"]


def mended(name):
    """The assignment with another test of a question."""
    notebook = nbformat.from_dict(THEORY.notebook)
    (cell,) = [cell for cell in notebook.cells if mark_id(cell) == name]
    cell.source += "\n# mended"
    return Assignment("theory", notebook)


def test_a_question_that_was_judged_again(record):
    record.add_verdict("n1", verdict(test_step=0), LIMITS, THEORY.graded)
    record.add_verdict("n1", verdict(test_step=2, test_twin=0), LIMITS, ["test-step"])
    said, _ = record.verdicts()["n1"]
    assert (said.questions["test-step"].earned, said.questions["test-twin"].earned) == (2, 4)
    assert [e["questions"]["test-step"]["parts"][0]["points"] for e in record.events if e["kind"] == "verdict"] == [0, 2]


def test_a_mended_test_makes_its_question_old_and_no_other(record):
    record.add_verdict("n1", verdict(test_step=0), LIMITS, THEORY.graded)
    changed = mended("test-step")
    assert {name for name in THEORY.graded if bases(THEORY)[name] != bases(changed)[name]} == {"test-step"}
    after = Record(record.path, changed)
    assert after.verdicts()["n1"][1] == {"test-step"}
    after.add_verdict("n1", verdict(test_step=3), LIMITS, ["test-step"])
    assert after.verdicts()["n1"][1] == set() and after.verdicts()["n1"][0].questions["test-step"].earned == 3
    back, old = reread(record).verdicts()["n1"]
    assert back.questions["test-step"].earned == 0 and old == set(), "of the tests as they were, what was said then"


def test_failed_until_there_is_a_verdict(record):
    record.append("failed", notebook="n1", why="the grader failed: no room")
    assert record.failed() == {"n1": "the grader failed: no room"}
    record.add_verdict("n1", verdict(), LIMITS, THEORY.graded)
    assert record.failed() == {}


def test_marks_that_can_t_be(record):
    came(record, "ann", "n1")
    for student, question, points, reason, why in [
        ("ann", "test-nothing", 1, "", "question: expected one of test-step"),
        ("nobody", "conclude", 1, "", "nobody of this name"),
        ("ann", "conclude", 2.5, "", "from 0 to 2; not 2.5"),
        ("ann", "conclude", -1, "", "from 0 to 2"),
        ("ann", "conclude", float("nan"), "", "from 0 to 2"),
        ("ann", "conclude", "1", "", "from 0 to 2"),
        ("ann", "conclude", True, "", "from 0 to 2"),
        ("ann", "test-step", 3, " ", "say why"),
    ]:
        with pytest.raises(ValueError, match=why):
            record.mark(student, question, points, reason=reason)
    assert record.marks() == {}
    record.mark("ann", "test-step", 3, reason="the text was unclear")
    record.mark("ann", "test-step", None)
    Record(record.path, THEORY, {"oral"}).mark("oral", "conclude", 2)
    assert reread(record).marks()["oral", "conclude"].points == 2
