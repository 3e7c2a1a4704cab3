"""Assignments: whose something is, by the roster, as each LMS exports it."""

import pytest

from tools.assignments.roster import Roster

MOODLE = """Identifier,Full name,ID number,Email address,Status,Grade,Last modified (submission),Feedback comments
Participant 12,Ann Lee,4711,ann.lee@uni.edu,Submitted,,"Thursday, 5 November 2026, 10:22 AM",
Participant 13,Jörg Müller,4712,jm@uni.edu,No submission,,-,
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,theory (99)
,,,,,Manual Posting
    Points Possible,,,,,22
"Lee, Ann",1234,S-1,alee,A,
"Müller, Jörg",1235,S-2,jmueller,A,3
"Student, Test",1299,,,A,
"""
BLACKBOARD = """"Last Name","First Name","Username","Student ID","theory [Total Pts: 22] |77"
"Lee","Ann","ann_lee","M100",""
"Müller","Jörg","jm","M101","3"
"""


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return Roster.read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables(tmp_path, encoding, delimiter):
    text = "name,id,email\n\nAnn Lee,4711,ann@uni.edu\nJörg Müller,0815,\n".replace(",", delimiter)
    roster = read(tmp_path, text, encoding)
    assert roster.columns == ["name", "id", "email"] and roster.lms == ""
    assert list(roster.students) == ["4711", "0815"]
    assert roster.students["0815"].name == "Jörg Müller"
    assert roster.students["0815"].row == {"name": "Jörg Müller", "id": "0815", "email": ""}


def test_moodle_s_worksheet(tmp_path):
    roster = read(tmp_path, MOODLE)
    assert roster.lms == "moodle" and list(roster.students) == ["4711", "4712"]
    assert roster.numbers["12"].name == "Ann Lee" and roster.students["4711"].email == "ann.lee@uni.edu"
    assert roster.columns[-1] == "Feedback comments"


def test_canvas_s_gradebook(tmp_path):
    roster = read(tmp_path, CANVAS)
    assert roster.lms == "canvas" and list(roster.students) == ["S-1", "S-2", "1299"]
    assert roster.numbers["1234"].key == "S-1" and roster.numbers["1299"].key == "1299"
    assert [s.key for s in roster.squeezed("leeann")] == ["S-1"] == [s.key for s in roster.squeezed("AnnLee")]
    assert [s.key for s in roster.squeezed("mullerjorg")] == ["S-2"]


def test_blackboard_s_grade_centre(tmp_path):
    roster = read(tmp_path, BLACKBOARD, "utf-16")
    assert roster.lms == "blackboard" and list(roster.students) == ["M100", "M101"]
    assert roster.students["M101"].name == "Jörg Müller"
    assert roster.login_at_end("Homework_1_ann_lee").key == "M100" and roster.login_at_end("Homework_1_lee") is None


SEVERAL = """name,id,email
Ann Lee,4711,ann@uni.edu
Ann Lee Smith,4712,smith@uni.edu
Ben Lee,12,ben.lee@uni.edu
Ann Fox,4714,ann@other.edu
李 小龍,4715,
Łukasz Strauß,4716,l.strauss@uni.edu
"""


@pytest.mark.parametrize(
    "text, keys",
    [
        ("4711", ["4711"]),
        ("week1-4712_final", ["4712"]),
        ("ANN LEE", ["4711"]),
        ("Lee_Ann_theory", ["4711"]),
        ("Ann Lee Smith", ["4712"]),
        ("smith", ["4712"]),
        ("ann", ["4711", "4714"]),  # the part before @ of two
        ("Ann", ["4711", "4714"]),
        ("ann@other.edu", ["4714"]),
        ("ben.lee", ["12"]),
        ("12", ["12"]),
        ("week 12", []),  # too short to count within a name
        ("Lee", []),
        ("Annlee", []),
        ("李 小龍", ["4715"]),
        ("lukasz STRAUSS", ["4716"]),
        ("Nobody", []),
        ("", []),
        ("_ " * 5000, []),
    ],
)
def test_whose_a_name_is(tmp_path, text, keys):
    roster = read(tmp_path, SEVERAL)
    assert [student.key for student in roster.matches(text)] == keys
    found = roster.find(text)
    assert (found.key if found else None) == (keys[0] if len(keys) == 1 else None)


def test_accents_fold_and_scripts_don_t(tmp_path):
    roster = read(tmp_path, "name,id\nJörg Müller,1001\nकि,1002\nका क,1003\n")
    assert roster.find("Jo\u0308rg Mu\u0308ller").key == "1001" == roster.find("jorg muller").key
    assert roster.find("का क").key == "1003" and roster.find("के क") is None


@pytest.mark.parametrize(
    "text, said",
    [
        ("name,id\nAnn,1\n\nBen,1\n", "lines 2 and 4: two students have the id '1'"),
        ("name,email\nAnn Lee,\nAnn Lee,\n", "lines 2 and 3: two students have the id 'Ann Lee'"),
        ("name,id\nLee, Ann,1\n", r'line 2: 3 cells, but there are 2 columns.*"Lee, Ann"'),
        ("colour,size\nred,1\n", "the first line should name the columns, such as name, id, email; it is 'colour, size'"),
        ("name,id\n", "there is no student in it"),
        ("", "the first line"),
        ("name,id,name\nAnn,1,Lee\n", "two columns are called 'name'"),
        ("name,id\n" + "x" * 200_000 + ",1\n", "line 2: no table that can be read"),
    ],
)
def test_what_is_no_roster(tmp_path, text, said):
    with pytest.raises(SystemExit, match=said):
        read(tmp_path, text)


def test_no_file(tmp_path):
    with pytest.raises(SystemExit, match="can't be read: No such file"):
        Roster.read(tmp_path / "roster.csv")
