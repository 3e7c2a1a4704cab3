"""Assignments: what comes back, in the layouts in which it comes."""

import copy
import json
import os
import tracemalloc
import unicodedata
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import nbformat
import pytest
from broken_submissions import GOOD
from classroom import ASSIGNMENTS, submission
from nbformat import v4

from tools.assignments import collect, people
from tools.assignments.judge import arrange
from tools.assignments.roster import Roster

TEXT = json.dumps(GOOD)
DRIFT = TEXT.replace('"theory"', '"drift"')
LONG = "An assignment whose name has more than eighty characters, as they have in week 1 of all courses"
NFD = unicodedata.normalize("NFD", "Jörg Müller")
NBGRADER = ["source/theory/theory.ipynb", "release/theory/theory.ipynb", "feedback/ann/theory/theory.ipynb", "gradebook.db"]


def zipped(path, members):
    """A zip of names with their contents, a notebook unless given; a dictionary is a zip in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in members:
            data = members[name] if isinstance(members, dict) else TEXT
            if isinstance(data, dict):
                data = zipped(path.with_name("inner"), data).read_bytes()
            made.writestr(name, data)
    return path


def unpacked(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TEXT)
    return folder


def students(returned):
    """Who has how many notebooks that can be graded."""
    graded = [r.student for r in returned if r.problem is None]
    return {who: graded.count(who) for who in sorted(graded)}


LAYOUTS = {
    "Moodle": (
        ["Ann Lee_12_assignsubmission_file/theory.ipynb", f"{NFD}_13_assignsubmission_file_/a/x.ipynb"],
        "Ann Lee, Jörg Müller",
    ),
    "Moodle, flat": (
        ["Ann Lee_12_assignsubmission_file_theory.ipynb", "Ben Fox_13_assignsubmission_file_hw (1).ipynb"],
        "Ann Lee, Ben Fox",
    ),
    "Moodle, two of one name": (
        ["Ann Lee_12_assignsubmission_file_/x.ipynb", "Ann Lee_14_assignsubmission_file_/x.ipynb"],
        "Ann Lee (12), Ann Lee (14)",
    ),
    "Moodle, blind": (
        ["Participant_12_assignsubmission_file_/x.ipynb", "Participant_13_assignsubmission_file_/x.ipynb"],
        "Participant 12, Participant 13",
    ),
    "Moodle, two weeks": (
        ["theory/Ann Lee_12_assignsubmission_file_/x.ipynb", "drift/Ann Lee_57_assignsubmission_file_/x.ipynb"],
        "Ann Lee",
    ),
    "Canvas": (
        ["leeann_LATE_1234_5678_theory-1.ipynb", "leeann_1234_5677_theory.ipynb", "foxben_1235_5679_theory.ipynb"],
        "foxben, leeann",
    ),
    "Canvas, blind": (["anon_Ab12X_5678_theory.ipynb", "LATE_anon_Cd34Y_5679_theory.ipynb"], "anon_Ab12X, anon_Cd34Y"),
    "Blackboard": (
        [f"{LONG}_{who}_attempt_2026-11-05-10-22-33{rest}" for who in ("ann", "ben") for rest in ("_theory.ipynb", ".txt")],
        "ann, ben",
    ),
    "Blackboard, Ultra": (["ann_attempt_2026-11-05-10-22-33_theory.ipynb"], "ann"),
    "forge": (["ann/theory.ipynb", "ann/.git/config", "ben/week1/theory.ipynb", "ben/.git/config"], "ann, ben"),
    "forge's classroom": (
        ["theory-submissions/theory-ann/theory.ipynb", "theory-submissions/theory-ben/theory.ipynb"],
        "ann, ben",
    ),
    "nbgrader": ([*NBGRADER, "submitted/ann/theory/theory.ipynb", "submitted/ben/theory/theory.ipynb"], "ann, ben"),
    "nbgrader's exchange": (["inbound/ann+theory+2026-11-05 10:22:33 UTC+ab12/theory.ipynb"], "ann"),
    "weeks": (["theory/ann.ipynb", "theory/ben.ipynb", "drift/ann.ipynb", "week 3/eva.ipynb"], "ann, ben, eva"),
    "class (1).zip": (["class/ann.ipynb", "class/ben.ipynb", "class/eva.ipynb"], "ann, ben, eva"),
    "folder in a folder": (["this/that/ann.ipynb", "this/that/ben.ipynb"], "ann, ben"),
    "names in names": (["theory_ann.ipynb", "ben-theory (1).ipynb", "Copy of eva.ipynb"], "ann, ben, eva"),
    "two who are alike": (["Ann Lee.ipynb", "Ann_Lee.ipynb"], "Ann Lee, Ann_Lee"),
    "nobody's": (["theory.ipynb", "theory (1).ipynb"], "theory, theory (1)"),
    "names that lead elsewhere": (
        ["../../Ann Ö/theory.ipynb", "/ben/theory.ipynb", "C:\\eva\\theory.ipynb"],
        "Ann Ö, ben, eva",
    ),
    "endings": (["ann.ipynb.json", "ben.ipynb.txt", "eva.IPYNB"], "ann, ben, eva"),
    "one student": (["ann/my way.ipynb"], "ann"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("how", ["zip", "folder", "zip in a folder"])
def test_layouts(tmp_path, layout, how):
    names, expected = LAYOUTS[layout]
    name = layout if layout.endswith(".zip") else "CS101.zip"
    how = "zip" if layout == "names that lead elsewhere" else how  # a folder has no such names
    path = unpacked(tmp_path / "CS101", names) if how == "folder" else zipped(tmp_path / "CS101" / name, names)
    returned = collect.collect(path.parent if how == "zip in a folder" else path, ASSIGNMENTS)
    assert ", ".join(students(returned)) == expected
    assert [r.problem for r in returned if r.problem] == []
    assert len({(r.student, r.place.casefold()) for r in returned}) >= len({r.student for r in returned})


def test_what_the_names_tell(tmp_path):
    names = [name for layout in ("Moodle", "Canvas", "Blackboard") for name in LAYOUTS[layout][0]]
    returned = collect.collect(zipped(tmp_path / "all.zip", names), ASSIGNMENTS, zone=ZoneInfo("Europe/Berlin"))
    told = {(r.student, r.place): r for r in returned}
    assert told["Ann Lee", "Ann Lee_12_assignsubmission_file"].time is None
    late = told["leeann", "leeann_LATE_1234_5678_theory-1"]
    assert late.time is None and "Canvas calls it late" in late.remarks[0]
    assert late.file == "all.zip/leeann_LATE_1234_5678_theory-1.ipynb"
    assert next(r for r in returned if r.student == "leeann") is late, "the larger number is the newer file"
    ann = told["ann", f"{LONG}_ann_attempt_2026-11-05-10-22-33"]
    assert ann.time == datetime(2026, 11, 5, 9, 22, 33, tzinfo=UTC)


def test_resubmissions_come_newest_first(tmp_path):
    path = tmp_path / "returned.zip"
    with zipfile.ZipFile(path, "w") as made:
        for hour, name in [
            (9, "theory-old"),
            (9, "theory"),
            (9, "theory (1)"),
            (9, "theory-Copy1"),
            (8, "first"),
            (11, "a/theory"),
        ]:
            made.writestr(zipfile.ZipInfo(f"cat/{name}.ipynb", (2026, 11, 5, hour, 0, 0)), TEXT)
        made.writestr(zipfile.ZipInfo("dog/theory.ipynb", (2026, 11, 5, 9, 0, 0)), TEXT)
    returned = collect.collect(path, ASSIGNMENTS, zone=UTC)
    assert [r.file.split("cat/")[-1] for r in returned if r.student == "cat"][:2] == ["a/theory.ipynb", "theory.ipynb"]
    assert returned[-2].file.endswith("first.ipynb") and returned[0].time == datetime(2026, 11, 5, 11, tzinfo=UTC)
    folder = unpacked(tmp_path / "hub", ["submitted/ann/theory/theory.ipynb", "release/theory/theory.ipynb"])
    (folder / "submitted/ann/theory/timestamp.txt").write_text("2026-11-05 10:22:33.5 UTC")
    (ann,) = collect.collect(folder, ASSIGNMENTS)
    assert ann.time == datetime(2026, 11, 5, 10, 22, 33, tzinfo=UTC)


def test_two_who_may_be_one_are_told(tmp_path):
    two = collect.collect(zipped(tmp_path / "a.zip", ["Ann Lee.ipynb", "Ann_Lee.ipynb"]), ASSIGNMENTS)
    assert [r.remarks for r in two] == [
        [f"may be the same person as {o}; a roster would tell"] for o in ("Ann_Lee", "Ann Lee")
    ]
    kept = collect.collect(zipped(tmp_path / "b.zip", ["dog/one.ipynb", "dog/two.ipynb", "cat/x.ipynb"]), ASSIGNMENTS)
    assert list(students(kept)) == ["cat", "dog - one", "dog - two"] and "kept apart from two" in kept[1].remarks[0]
    assert len({r.place for r in kept}) == 3


ROSTER = Roster(
    [(2, {"name": "Ann Lee", "id": "4711", "login": "alee"}), (3, {"name": "Jörg Müller", "id": "4712", "login": "jm"}),
     (4, {"name": "Ann Fox", "id": "4713", "login": "afox"}), (5, {"name": "Eva", "id": "12", "login": ""})],
    ["name", "id", "login"],
)  # fmt: skip
BY_ROSTER = {
    "Ann Lee_12_assignsubmission_file_/Ann Fox_13_assignsubmission_file_x.ipynb": "4711",
    f"{NFD}_13_assignsubmission_file_theory.ipynb": "4712",
    "leeann_1234_5678_jm.ipynb": "4711",
    "Week 1_jm_attempt_2026-11-05-10-22-33_alee.ipynb": "4712",
    "4711/theory.ipynb": "4711",
    "12/theory.ipynb": "12",
    "week 12/eva.ipynb": "12",
    "homework of alee (2).ipynb": "4711",
    "Sitzung eins/muller, jorg.ipynb": "4712",
    "Ann.ipynb": "Ann (not on the roster)",
    "Max Moritz_99_assignsubmission_file_/alee.ipynb": "Max Moritz (not on the roster)",
}


@pytest.mark.parametrize("name", BY_ROSTER)
@pytest.mark.parametrize("others", [0, 1])
def test_the_roster_decides(tmp_path, name, others):
    path = zipped(tmp_path / "Ann Fox.zip", [name, "afox/theory.ipynb"][: 1 + others])
    returned = collect.collect(path, ASSIGNMENTS, ROSTER)
    (row,) = [r for r in returned if r.student != "4713"]
    assert row.student == BY_ROSTER[name] and row.notebook
    assert ("not on the roster" in row.student) == any("not on the roster" in remark for remark in row.remarks)


def test_who_is_not_clear_is_told(tmp_path):
    twins = Roster([(2, {"name": "Ann Lee", "id": "4711"}), (3, {"name": "Ann Lee", "id": "4712"})], ["name", "id"])
    (row,) = collect.collect(zipped(tmp_path / "a.zip", ["Ann Lee.ipynb"]), ASSIGNMENTS, twins)
    assert row.remarks == ["could be of several on the roster: Ann Lee (4711); Ann Lee (4712)"] and row.notebook
    path = zipped(tmp_path / "b.zip", ["stranger/alee.ipynb", "Ann Lee/theory.ipynb", "jm/theory.ipynb"])
    assert list(students(collect.collect(path, ASSIGNMENTS, ROSTER))) == ["4711", "4712", "stranger (not on the roster)"]


def test_moodle_s_worksheet_knows_the_time(tmp_path):
    row = {
        "Identifier": "Participant 12",
        "Full name": "Ann Lee",
        "Last modified (submission)": "Thursday, 5 November 2026, 10:22 PM",
    }
    path = zipped(tmp_path / "a.zip", ["Somebody_12_assignsubmission_file_/theory.ipynb"])
    (ann,) = collect.collect(path, ASSIGNMENTS, Roster([(2, row)], list(row)), zone=UTC)
    assert ann.student == "Ann Lee" and ann.time == datetime(2026, 11, 5, 22, 22, tzinfo=UTC)


# ------------------------------------------------------------------ what is in them


def test_what_can_be_mended_is(tmp_path):
    bare = copy.deepcopy(GOOD)
    for cell in bare["cells"]:
        for key in ("outputs", "id", "execution_count"):
            cell.pop(key, None)
    bare["cells"][1]["metadata"]["tags"] = ["a", "a"]
    cell = {"cell_type": "code", "language": "python", "input": "step = 1", "outputs": []}
    cell["metadata"] = GOOD["cells"][1]["metadata"]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": GOOD["metadata"], "worksheets": [{"cells": [cell]}]}
    ways = {
        "bom": b"\xef\xbb\xbf" + TEXT.encode(),
        "utf16": TEXT.encode("utf-16"),
        "latin": TEXT.replace("real", "wei\u00df").replace("\\u00df", "ß").encode("cp1252"),
        "bare": json.dumps(bare).encode(),
        "old": json.dumps(old).encode(),
        "lists": json.dumps(GOOD | {"metadata": {"lpu": {"assignment": ["theory"]}, "kernelspec": ["x"]}}).encode(),
        "emoji": TEXT.replace("real", "\\ud83d").encode(),
    }
    returned = collect.collect(
        zipped(tmp_path / "all.zip", {f"{who}.ipynb": data for who, data in ways.items()}), ASSIGNMENTS
    )
    assert students(returned) == dict.fromkeys(sorted(ways), 1)
    told = {r.student: r for r in returned}
    assert told["utf16"].remarks == ["saved in UTF-16"] and "old notebook format 3" in told["old"].remarks[0]
    assert "The tuning is \ufffd." in told["emoji"].notebook.cells[2].source
    for row in returned:
        nbformat.validate(row.notebook)
        arrange(ASSIGNMENTS["theory"], row.notebook)


def test_nothing_that_is_graded_is_lost(tmp_path):
    whole = submission()
    (tmp_path / "ann.ipynb").write_text(nbformat.writes(whole))
    (ann,) = collect.collect(tmp_path / "ann.ipynb", ASSIGNMENTS)
    arranged, remarks = arrange(ASSIGNMENTS["theory"], ann.notebook)
    expected, same = arrange(ASSIGNMENTS["theory"], whole)
    assert remarks == same and [(name, c.source) for name, c in arranged] == [(name, c.source) for name, c in expected]
    assert ann.place == "ann" and ann.student == "ann"


def test_what_is_none_has_a_line(tmp_path):
    other = json.dumps(
        GOOD
        | {"metadata": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}, "lpu": {"assignment": "theory"}}}
    )
    members = {
        "R.ipynb": (other, "its language is R, not Python"),
        "five.ipynb": (TEXT.replace('"nbformat": 4', '"nbformat": 5'), "its format is 5"),
        "deep.ipynb": ("[" * 10**5, "nested too deeply"),
        "cells.ipynb": (json.dumps(GOOD | {"cells": GOOD["cells"] * 34_000}), "102000 cells; at most 2000"),
        "foreign.ipynb": (nbformat.writes(v4.new_notebook(cells=[v4.new_code_cell("1")])), "assignment it is can't be told"),
        "photo.pdf": ("", "not a notebook: photo.pdf"),
        "empty.zip": (b"PK\5\6" + bytes(18), "the zip holds no file"),
        "broken.zip": (b"PK", "the zip can't be read"),
    }  # fmt: skip
    returned = collect.collect(
        zipped(tmp_path / "all.zip", {name: data for name, (data, _) in members.items()}), ASSIGNMENTS
    )
    told = {r.student: r.problem for r in returned}
    assert told.keys() == {name.rpartition(".")[0] for name in members}
    for name, (_, said) in members.items():
        assert said in told[name.rpartition(".")[0]], name


def test_clones_make_no_noise(tmp_path):
    folder = unpacked(tmp_path / "clones", ["ann/hw/theory.ipynb", "ann/.git/config", "ann/hw/theory-Copy1.ipynb"])
    nbformat.write(v4.new_notebook(), folder / "ann/play.ipynb")
    for number in range(500):
        (folder / f"ann/{number}.txt").touch()
    (folder / "ann/link").symlink_to("/etc")
    returned = collect.collect(folder, ASSIGNMENTS)
    assert [r.file for r in returned if r.problem is None] == ["ann/hw/theory.ipynb", "ann/hw/theory-Copy1.ipynb"]
    assert returned[0].time is None, "the time of a clone is that of cloning"
    assert [r.problem for r in returned if r.problem] == ["no notebook that can be read: it holds no cells"]


def test_what_is_too_much(tmp_path, monkeypatch):
    zeros = TEXT[:-1].encode() + b" " * 3 * 2**20 + b"}"
    hidden = {"inner.zip": {"inner.zip": {"inner.zip": {"theory.ipynb": TEXT}}}}
    members = {
        "many.zip": {f"{n}/theory.ipynb": TEXT for n in range(300)},
        "junk.zip": {f"{n}.txt": "" for n in range(20_000)} | {"theory.ipynb": TEXT},
        "bomb.zip": {"theory.ipynb": zeros},
        "sum.zip": {f"theory ({n}).ipynb": TEXT.encode() + b" " * 3 * 2**19 for n in range(5)},
        "deep.zip": hidden,
        "zips.zip": {f"{n}.zip": {"x.txt": ""} for n in range(60)},
        "ann.zip": {"theory.ipynb": TEXT},
    }
    path = zipped(tmp_path / "all.zip", members)
    monkeypatch.setattr(collect, "LARGEST", 2 * 2**20)
    monkeypatch.setattr(collect, "IN_ALL", 5 * 2**20)
    returned = collect.collect(path, ASSIGNMENTS)
    rows = {who: [r for r in returned if r.student == who] for who in ("many", "junk", "bomb", "sum", "deep", "zips", "ann")}
    assert len(rows["many"]) == collect.ROWS and "and 281 more files" in rows["many"][-1].problem
    assert [r.problem for r in rows["junk"] + rows["ann"]] == [None, None]
    assert [r.problem for r in rows["bomb"]] == ["the file is larger than 2 MB"]
    assert [r.problem for r in rows["sum"]] == [None] * 3 + ["with it there would be more than 5 MB of one student"] * 2
    assert ["opened 3 deep" in r.problem for r in rows["deep"]] == [True]
    assert len(rows["zips"]) == collect.ROWS
    assert people.ZIPS == 20


def test_outputs_take_no_memory(tmp_path):
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 2**22}
    heavy = {**GOOD, "cells": [{**c, "outputs": [output]} for c in GOOD["cells"]]}
    path = zipped(tmp_path / "all.zip", {f"s{n}.ipynb": json.dumps(heavy) for n in range(40)})
    tracemalloc.start()
    returned = collect.collect(path, ASSIGNMENTS)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(students(returned)) == 40
    assert kept < 3 * 2**20 and peak < 60 * 2**20, "480 MB of outputs"


def test_odd_paths(tmp_path):
    with pytest.raises(SystemExit, match="no folder, zip or notebook at"):
        collect.collect(tmp_path / "nowhere", ASSIGNMENTS)
    (tmp_path / "a.zip").write_text("PK")
    with pytest.raises(SystemExit, match=r"the zip can't be read.*unzip it and give the folder"):
        collect.collect(tmp_path / "a.zip", ASSIGNMENTS)
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "a.zip").unlink()
    assert collect.collect(tmp_path, ASSIGNMENTS) == []
