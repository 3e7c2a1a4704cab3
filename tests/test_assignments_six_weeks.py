"""Assignments: a course of six weeks with two hundred students, and every mark is right at the end of each.

A plain dictionary keeps what happened, and works out each mark by itself: from dates, not from times.
"""

import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import nbformat
import pytest
from box_here import BoxHere
from classroom import ASSIGNMENTS, THEORY, verdict

from tools import book
from tools.assignments import check, grade
from tools.assignments import record as clock
from tools.assignments.course import open_course
from tools.assignments.judge import judge
from tools.assignments.release import Assignment, mark_id

DRIFT = ASSIGNMENTS["drift"]
OF = {"theory": THEORY, "drift": DRIFT}
BERLIN = ZoneInfo("Europe/Berlin")
DUE = {"theory": date(2020, 11, 5), "drift": date(2020, 11, 12)}
FREE, PER_DAY = 2, 0.25
FIRST = ("Ada", "Bo", "Cleo", "Dov", "Eva", "Finn", "Gus", "Hana", "Ivo", "Jörg", "Kim", "Léa", "Max", "Nora", "Olaf", "Pia")
LAST = ("Abel", "Brandt", "Curie", "Dirac", "Euler", "Fermi", "Gauß", "Hopf", "Ising", "Jordan", "Klein", "Lie", "Möbius")
STUDENTS = {f"m{i:04d}": f"{FIRST[i % 16]} {LAST[i // 16]}" for i in range(200)}
NUMBER = {key: 1000 + i for i, key in enumerate(STUDENTS)}
BROKEN = [b"{", b"\xff\xfe\x00", b"", b'{"cells": 3, "metadata": [], "nbformat": 4, "nbformat_minor": 5}', b"PK\x03\x04"]
EARNS = re.compile(r"# earns (\{.*?\})")
SETTINGS = f"""
name: Six weeks
timezone: Europe/Berlin
late: {{free_days: {FREE}, per_day: {PER_DAY}}}
assignments: {{theory: {{due: 2020-11-05 23:59}}, drift: {{due: 2020-11-12}}}}
extensions:
"""


class Ledger:
    """What happened, and what it makes of each mark."""

    def __init__(self):
        self.handed = {(name, key): [] for name in OF for key in STUDENTS}
        self.broken = set()
        self.points = {}
        self.marks = {(name, key): {} for name in OF for key in STUDENTS}
        self.extended = {}

    def hand_in(self, name, key, variant, day, dated=True):
        """`day`: a local date, also for the order; dated: whether the way it came tells a time."""
        self.handed[name, key].append((day, variant, dated))

    def final(self, key):
        """The marks of a student, None where there is none yet, and whether one waits for a person who reads."""
        made, waits, free = {}, {}, FREE
        for name in sorted(DUE, key=DUE.get):
            due = self.extended.get(key, DUE[name]) if name == "theory" else DUE[name]
            counting, any_too_late = None, False
            for day, variant, dated in sorted(self.handed[name, key], reverse=True):
                late = max(0, (day - due).days) if dated else 0
                charged = max(0, late - free)
                if charged * PER_DAY >= 1:
                    any_too_late = True
                    continue
                counting = variant, min(late, free), charged
                break
            marks, waits[name] = self.marks[name, key], False
            if counting:
                points = self.points[name, counting[0]] | marks
                free -= counting[1]
                made[name] = sum(points.values()) * (1 - PER_DAY * counting[2])
                waits[name] = set(points) != set(OF[name].graded)
            elif marks:
                made[name] = sum(marks.values())
            else:
                over = clock.now().astimezone(BERLIN).date() > due
                made[name] = 0.0 if any_too_late or (over and (name, key) not in self.broken) else None
        return made, waits


@pytest.fixture
def weeks(tmp_path, monkeypatch):
    """The time of the course, to be set; a judge of theory without processes, and one of drift that reads a comment."""
    today = {"now": datetime(2020, 11, 1, tzinfo=UTC)}
    monkeypatch.setattr(clock, "now", lambda: today["now"])
    ledger = Ledger()

    def judging(assignment, notebook, seed, limits, isolated):
        if assignment.name == "theory":
            return judge(assignment, notebook, seed, limits, isolated, BoxHere())
        earned = json.loads(EARNS.search(str(notebook.cells)).group(1))
        return verdict(assignment, **earned | today.get("mended", {}))

    monkeypatch.setattr(grade, "judge", judging)
    return today, ledger


def theory_variants(ledger):
    """A dozen notebooks whose points are known: mistakes, the solution, and one who did nothing.

    Without the mistake that takes a box with a memory limit to be seen, and the one in what another answer calls.
    """
    tested = {name: THEORY.graded[name] for name in THEORY.tests}
    made = {"right": (check.answered(THEORY, {}), tested)}
    for number, mistake in enumerate(check.mistakes(THEORY)):
        if "dense" in mistake["mistake"] or mistake["cell"] == "latents":
            continue
        answers = {mistake["cell"]: mistake["source"]}
        made[f"mistake {number}"] = check.answered(THEORY, answers), tested | mistake["points"]
    made["nothing"] = check.answered(THEORY, check.stubs(THEORY)), dict.fromkeys(THEORY.graded, 0.0)
    ledger.points |= {("theory", variant): points for variant, (_, points) in made.items()}
    return {variant: notebook for variant, (notebook, _) in made.items()}


def drift_variants(ledger, draw):
    """Notebooks that say what they earn."""
    made = {}
    for number in range(8):
        earned = {name: draw.randrange(int(2 * DRIFT.graded[name]) + 1) / 2 for name in DRIFT.tests}
        (answer, *_) = [name for name, cell in DRIFT.answers.items() if cell.cell_type == "code"]
        said = json.dumps({name.replace("-", "_"): points for name, points in earned.items()})
        made[f"v{number}"] = check.answered(DRIFT, {answer: f"# earns {said}"})
        ledger.points["drift", f"v{number}"] = earned
    return made


def at(day, hour=12):
    return datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN)


def moodle(path, sheet, came):
    """Moodle's zip, whose entries tell the time of the download, and its worksheet. came: key -> (bytes, when or None)."""
    rows = [["Identifier", "Full name", "ID number", "Email address", "Grade", "Maximum Grade"]]
    rows[0] += ["Last modified (submission)", "Feedback comments"]
    with zipfile.ZipFile(path, "w") as archive:
        for key, name in STUDENTS.items():
            when = "-"
            if key in came:
                data, day = came[key]
                archive.writestr(f"{name}_{NUMBER[key]}_assignsubmission_file_/theory.ipynb", data)
                when = f"{at(day):%A, %d %B %Y, %I:%M %p}"
            rows.append([f"Participant {NUMBER[key]}", name, key, f"{key}@uni.edu", "", "24", when, ""])
    with sheet.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def canvas(path, came):
    """Canvas's zip, which tells no time."""
    with zipfile.ZipFile(path, "w") as archive:
        for key, data in came.items():
            first, last = STUDENTS[key].split()
            archive.writestr(f"{(last + first).lower()}_{NUMBER[key]}_{NUMBER[key] + 70000}_drift.ipynb", data)


def compare(folder, ledger):
    """Every mark in the tables is the ledger's."""
    wanted = {key: ledger.final(key)[0] for key in STUDENTS}
    names = [name for name in OF if (folder / f"{name}.jsonl").is_file()]
    for name in names:
        rows = csv.DictReader(io.StringIO((folder / f"results/{name}/details.csv").read_text("utf-8")))
        got = {row["id"]: float(row["final"]) if row["final"] else None for row in rows}
        assert len(got) == 200
        wrong = {
            key: (got[key], wanted[key][name]) for key in STUDENTS if got[key] != pytest.approx(wanted[key][name], abs=0.006)
        }
        assert not wrong, (name, wrong)
    if "theory" in names:
        rows = csv.DictReader(io.StringIO((folder / "results/theory/grades.csv").read_text("utf-8")))
        for row in rows:
            key, mark = row["ID number"], wanted[row["ID number"]]["theory"]
            waits = ledger.final(key)[1]["theory"]
            assert row["Grade"] == "" if mark is None or waits else float(row["Grade"]) == pytest.approx(mark, abs=0.006)
    return wanted


def text(notebook):
    return nbformat.writes(notebook).encode()


def test_six_weeks(tmp_path, weeks, monkeypatch):
    today, ledger = weeks
    draw, folder, came_in = random.Random(6), tmp_path / "course", tmp_path / "in"
    came_in.mkdir()
    theory, drift = theory_variants(ledger), drift_variants(ledger, draw)
    open_course(folder, make=True)
    (folder / "course.yml").write_text(SETTINGS.replace("extensions:", ""))
    lines = "\n".join(f"{name},{key},{key}@uni.edu" for key, name in STUDENTS.items())
    (folder / "roster.csv").write_text(f"name,id,email\n{lines}\n")

    # Week 1: theory comes as Moodle's zip; the grader is killed at some moment, and grades again.
    came = {}
    for key in STUDENTS:
        luck = draw.random()
        if luck < 0.1:
            continue
        if luck < 0.16:
            came[key] = draw.choice(BROKEN), DUE["theory"]
            ledger.broken.add(("theory", key))
            continue
        variant, day = draw.choice(list(theory)), DUE["theory"] - timedelta(draw.randrange(4))
        came[key] = text(theory[variant]), day
        ledger.hand_in("theory", key, variant, day)
    moodle(came_in / "week1.zip", folder / "theory.csv", came)
    killed(folder, came_in / "week1.zip", draw)
    today["now"] = datetime(2020, 11, 6, 8, tzinfo=UTC)
    grade.grade(folder, came_in / "week1.zip", seed=0, jobs=1, unsafe=True)
    compare(folder, ledger)
    judged = [e["notebook"] for e in open_course(folder).record(THEORY).events if e["kind"] == "verdict"]
    assert len(judged) == len(set(judged)) == len(theory) >= 12, "each content once, over both gradings"

    # Week 2: others and late ones; some have more time; the judge fails at first.
    some = draw.sample(list(STUDENTS), 60)
    ledger.extended = dict.fromkeys(draw.sample(some, 10), date(2020, 11, 8))
    more = "".join(f"  {key}: {{theory: {day}}}\n" for key, day in ledger.extended.items())
    (folder / "course.yml").write_text(SETTINGS + more)
    for key in some:
        variant, day = draw.choice(list(theory)), DUE["theory"] + timedelta(1 + draw.randrange(7))
        if variant in [v for _, v, _ in ledger.handed["theory", key]]:
            continue
        came[key] = text(theory[variant]), day
        ledger.hand_in("theory", key, variant, day)
    moodle(came_in / "week2.zip", folder / "theory.csv", came)
    today["now"] = datetime(2020, 11, 13, 8, tzinfo=UTC)
    grade.grade(folder, came_in / "week2.zip", jobs=1, unsafe=True)
    compare(folder, ledger)

    # Week 3: a person reads the answers in words, and decides on appeals.
    record = open_course(folder).record(THEORY)
    for key in draw.sample(list(STUDENTS), 120):
        ledger.marks["theory", key]["conclude"] = draw.randrange(5) / 2
        record.mark(key, "conclude", ledger.marks["theory", key]["conclude"], comment=f"to {key}: »well«", by="me")
    appeals = draw.sample([key for key in STUDENTS if ledger.handed["theory", key]], 15)
    for number, key in enumerate(appeals):
        record.mark(key, "test-step", 3.5, reason="the question was unclear")
        ledger.marks["theory", key]["test-step"] = 3.5
        if number % 3 == 1:
            record.mark(key, "test-step", 2.5, reason="not that unclear")
            ledger.marks["theory", key]["test-step"] = 2.5
        if number % 3 == 2:
            record.mark(key, "test-step", None, reason="taken back")
            del ledger.marks["theory", key]["test-step"]
    before = (folder / "theory.jsonl").read_bytes()
    grade.grade(folder)
    compare(folder, ledger)
    assert (folder / "theory.jsonl").read_bytes() == before, "entering marks runs nobody"
    page = next((folder / "results/theory/feedback").rglob(f"*_{NUMBER[appeals[0]]}_*/theory.html")).read_text("utf-8")
    assert "Given by a person, instead of" in page

    # Week 4: drift comes from Canvas, late ones by mail; the judge fails on a notebook; `make clean` in between.
    came = {}
    for key in draw.sample(list(STUDENTS), 160):
        if draw.random() < 0.06:
            came[key] = draw.choice(BROKEN)
            ledger.broken.add(("drift", key))
            continue
        variant = draw.choice(list(drift))
        came[key] = text(drift[variant])
        ledger.hand_in("drift", key, variant, date(2020, 11, 13), dated=False)
    canvas(came_in / "drift.zip", came)
    whole = grade.judge

    def failing(assignment, notebook, *args):
        if EARNS.findall(str(notebook.cells)) == EARNS.findall(str(drift["v0"].cells)):
            raise RuntimeError("no room for a box")
        return whole(assignment, notebook, *args)

    failing_key = next(key for key in STUDENTS if [v for _, v, _ in ledger.handed["drift", key]] == ["v0"])
    with monkeypatch.context() as patch:
        patch.setattr(grade, "judge", failing)
        made = grade.grade(folder, came_in / "drift.zip", jobs=1, unsafe=True)
    assert made["drift"][failing_key].final is None
    assert "no room for a box" in (folder / "results/drift/summary.html").read_text("utf-8")
    cleaned(folder, tmp_path)
    grade.grade(folder, came_in / "drift.zip", jobs=1, unsafe=True)
    compare(folder, ledger)
    mail = came_in / "mail"
    mail.mkdir()
    for key in draw.sample(list(STUDENTS), 50):
        variant, day = draw.choice(list(drift)), date(2020, 11, 14) + timedelta(draw.randrange(4))
        if variant in [v for _, v, _ in ledger.handed["drift", key]]:
            continue
        (mail / f"{key}.ipynb").write_bytes(text(drift[variant]))
        os.utime(mail / f"{key}.ipynb", (at(day).timestamp(),) * 2)
        ledger.hand_in("drift", key, variant, day)
    today["now"] = datetime(2020, 11, 20, 8, tzinfo=UTC)
    grade.grade(folder, mail, jobs=1, unsafe=True)
    compare(folder, ledger)

    # Week 5: a test of drift was wrong: it is mended, and this question is judged again; a student is, too.
    (question, *_) = DRIFT.tests
    notebook = nbformat.from_dict(DRIFT.notebook)
    next(cell for cell in notebook.cells if mark_id(cell) == question).source += "\n# mended"
    mended = Assignment("drift", notebook)
    monkeypatch.setattr(grade, "load", lambda names=None: {n: {**OF, "drift": mended}[n] for n in names or OF})
    today["mended"] = {name.replace("-", "_"): DRIFT.graded[name] for name in [question]}
    grade.grade(folder)
    compare(folder, ledger)
    assert "judged before these tests were changed" in (folder / "results/drift/summary.html").read_text("utf-8")
    grade.grade(folder, asked=grade.Again(name="drift", question=question), jobs=1, unsafe=True)
    for variant in drift:
        ledger.points["drift", variant][question] = DRIFT.graded[question]
    compare(folder, ledger)
    assert "judged before these tests were changed" not in (folder / "results/drift/summary.html").read_text("utf-8")
    grade.grade(folder, asked=grade.Again(student=appeals[0]), jobs=1, unsafe=True)
    before = compare(folder, ledger)

    # Week 6: all of it moves to another machine.
    tables = {name: (folder / f"results/{name}/grades.csv").read_bytes() for name in OF}
    shutil.copytree(folder, tmp_path / "elsewhere/with another name", ignore=shutil.ignore_patterns("results"))
    shutil.rmtree(folder)
    folder = tmp_path / "elsewhere/with another name"
    grade.grade(folder)
    assert compare(folder, ledger) == before
    assert tables == {name: (folder / f"results/{name}/grades.csv").read_bytes() for name in OF}
    events = [json.loads(line) for name in OF for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]
    assert [event["n"] for event in events] != [] and all(record.remarks == [] for record in records_of(folder))
    assert len([e for e in events if e["kind"] == "seed"]) == 2
    assert len(set(marks.get("theory") for marks in before.values())) > 20, "marks that tell"


def records_of(folder):
    course = open_course(folder)
    return [course.record(assignment) for assignment in OF.values()]


def killed(folder, submissions, draw):
    """Grade by the real command, and kill it at some moment after its first verdict."""
    command = [
        sys.executable,
        "-m",
        "tools.assignments",
        "grade",
        "--course",
        str(folder),
        "--submissions",
        str(submissions),
    ]
    process = subprocess.Popen(
        [*command, "--seed", "0", "--unsafe"], cwd=book.ROOT, stderr=subprocess.PIPE, start_new_session=True
    )
    record, end = folder / "theory.jsonl", time.monotonic() + 240
    while process.poll() is None and time.monotonic() < end:
        if record.is_file() and b'"verdict"' in record.read_bytes():
            time.sleep(draw.random())
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    said = process.communicate()[1]
    assert b'"verdict"' in record.read_bytes(), said.decode()


def cleaned(folder, tmp_path):
    """`make clean distclean` of the Makefile as it is, beside the course where it lies by default."""
    place = tmp_path / "checkout"
    place.mkdir()
    shutil.copy(book.ROOT / "Makefile", place)
    shutil.copytree(folder, place / "course")
    (place / "_build").mkdir()
    subprocess.run(["make", "-C", str(place), "clean", "distclean"], check=True, capture_output=True)
    assert not (place / "_build").exists()
    kept = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert kept == {
        path.relative_to(place / "course"): path.read_bytes() for path in (place / "course").rglob("*") if path.is_file()
    }
    shutil.rmtree(folder)
    shutil.move(place / "course", folder)
