"""Assignments: thousands of broken submissions, and nobody beside them is lost."""

import dataclasses
import json
import os
import random
import tempfile
import unicodedata
import warnings
import zipfile
from functools import partial

import nbformat
import pytest
from broken_submissions import GOOD, cases, spoil_bytes, spoil_fields
from classroom import ASSIGNMENTS

from tools.assignments import collect, files, notebooks, report
from tools.assignments.roster import Roster

BATCH, BATCHES = 90, 48
MARKS = ("", "", "", " (1)", " \u202e", "\x07", ": what?", "\udcff", " é")
"""At the end of a folder's name."""
ROSTER = Roster([(2, {"name": "Ann Lee", "id": "ann"}), (3, {"name": "Ben Fox", "id": "ben"})], ["name", "id"])


def returned_class(folder, seed, count):
    """A class in which two are good: in a folder or a zip, in the layouts of an LMS or of nobody. Returns path and tags."""
    moodle, zipped = seed % 2, seed // 2 % 2
    members = {}
    for number, (ending, data) in enumerate(cases(seed, count)):
        tag = f"broken{number:03d}"
        whole = f"theory{ending}" if ending == ".ipynb" or number % 3 else "any name (1).zip"
        where = f"{tag} of it_{number + 20}_assignsubmission_file_" if moodle else tag + MARKS[number % len(MARKS)]
        where = where.replace("\udcff", "\xff") if zipped else where
        members[f"{where}/{whole}" if moodle or number % 2 else f"{where}{ending}"] = data
    for who, number in (("Ann Lee", 12), ("Ben Fox", 13)):
        where = f"{who}_{number}_assignsubmission_file_/" if moodle else f"{who}/"
        members[f"{where}theory.ipynb"] = json.dumps(GOOD).encode()
    path = folder / f"class{seed}"
    if zipped:
        with zipfile.ZipFile(path := path.with_suffix(".zip"), "w") as made:
            for name, data in members.items():
                made.writestr(name, data)
    else:
        for name, data in members.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    return path, [f"broken{number:03d}" for number in range(count)]


def check(returned, tags, with_roster):
    """What must hold whatever came back."""
    good = ("ann", "ben") if with_roster else ("Ann Lee", "Ben Fox")
    for who in good:
        (row,) = [r for r in returned if r.student == who]
        assert row.problem is None and row.assignment == "theory" and len(row.notebook.cells) == len(GOOD["cells"])
    told = " ".join(r.file for r in returned)
    assert [tag for tag in tags if tag not in told] == [], "without a line"
    for row in returned:
        assert (row.notebook is None) == (row.problem is not None), row
        for text in (row.student, row.file, row.place, row.problem or "", *row.remarks):
            assert len(text) <= 300 and not any(unicodedata.category(c) in ("Cc", "Cs", "Cf") for c in text), text
        assert row.problem is None or " " in row.problem, row.problem
        assert row.place.strip(" .") and not set('/\\:*?"<>|') & set(row.place) and len(row.place.encode()) <= 255
        if row.notebook:
            nbformat.validate(row.notebook)
            nbformat.writes(row.notebook).encode()
            assert not [cell for cell in row.notebook.cells if cell.get("outputs")]
        shown = dataclasses.asdict(dataclasses.replace(row, notebook=None)) | {"time": str(row.time)}
        json.dumps(shown, ensure_ascii=False).encode()
        report.page(row.student, "".join(cell.source for cell in row.notebook.cells) if row.notebook else "").encode()


def run(folder, seeds, patch, count=BATCH):
    """Collect and check as many classes. Raises whatever is wrong with one of them."""
    spare = folder / "spare"
    spare.mkdir(exist_ok=True)
    patch.setattr(tempfile, "tempdir", str(spare))
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    for seed in seeds:
        path, tags = returned_class(folder, seed, count)
        before = sorted(folder.rglob("*"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            returned = collect.collect(path, ASSIGNMENTS, ROSTER if seed % 3 == 0 else None)
        check(returned, tags, seed % 3 == 0)
        assert sorted(folder.rglob("*")) == before, "left a file"
    if descriptors is not None:
        assert len(os.listdir("/proc/self/fd")) == descriptors, "left a file open"


def test_thousands_of_broken_submissions(tmp_path, monkeypatch, capfd):
    assert BATCH * BATCHES >= 4000
    run(tmp_path, range(BATCHES), monkeypatch)
    assert capfd.readouterr() == ("", "")


def test_a_zip_of_a_class_that_is_broken_itself(tmp_path, monkeypatch):
    path, _ = returned_class(tmp_path, 2, 5)
    whole, rng = path.read_bytes(), random.Random(0)
    refused = 0
    for number in range(200):
        path.write_bytes((spoil_fields if number % 2 else spoil_bytes)(rng, whole))
        try:
            returned = collect.collect(path, ASSIGNMENTS)
        except SystemExit as error:
            assert "the zip" in str(error) and "unzip it and give the folder" in str(error)
            refused += 1
        else:
            assert all(row.notebook or row.problem for row in returned)
    assert 0 < refused < 150


def narrow(file, stack, zone, budget=None):
    """Open a zip with an eye on two errors alone."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(file.path or file.open()))
    except (zipfile.BadZipFile, OSError) as error:
        raise files.Unreadable(str(error)) from None
    made = [(files.names(info), info) for info in archive.infolist()]
    return [
        files.File(parts, f"{file.shown}/{info.filename}", None, partial(archive.open, info))
        for parts, info in made
        if parts
    ]


def as_it_came(cell, number):
    """A cell without its outputs."""
    source = "".join(cell["source"]) if isinstance(cell["source"], list) else cell["source"]
    return nbformat.from_dict(cell | {"source": source} | ({"outputs": []} if cell["cell_type"] == "code" else {}))


@pytest.mark.parametrize(
    "module, name, without",
    [
        (notebooks, "plain", lambda text, longest=0: text),
        (files, "plain", lambda text, longest=0: text),
        (files, "UNSEEN", set()),
        (files, "unzipped", narrow),
        (notebooks, "cell_of", as_it_came),
        (collect, "placed", lambda name: name),
    ],
    ids=("surrogates in text", "surrogates in names", "names that steer a screen", "odd zips", "odd types", "odd folders"),
)
def test_without_a_guard_they_find_it(tmp_path, monkeypatch, module, name, without):
    monkeypatch.setattr(module, name, without)
    run(tmp_path, range(4), monkeypatch, 0)  # the good ones alone
    with pytest.raises(Exception):  # noqa: B017 (whatever it is)
        run(tmp_path, range(4, 16), monkeypatch)
