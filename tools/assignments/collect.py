"""Collect what came back: the notebooks of a folder or a zip, whose each is, and of which assignment."""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from nbformat import NotebookNode

from tools.assignments.release import Assignment, mark_id

LARGEST = 50 * 2**20
"""Bytes of a notebook that is read."""
WRAPPERS = {"submitted", "submissions", "collected", "autograded"}
SKIPPED = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", ".git"}


@dataclass
class Returned:
    """A notebook that came back: whose, of which assignment, or why it can't be graded."""

    student: str
    file: str
    place: str = ""
    time: datetime | None = None
    assignment: str | None = None
    notebook: NotebookNode | None = None
    problem: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.student, self.assignment or "")


def files(path: Path) -> Iterator[tuple[tuple[str, ...], Callable[[], bytes]]]:
    """The files of a folder or a zip, and of zips in it: their names' parts, and how to read them. No link is followed."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_symlink() or not file.is_file():
                continue
            parts = file.relative_to(path).parts
            if file.suffix == ".zip":
                yield from zipped(file, (*parts[:-1], file.stem))
            else:
                yield parts, partial(read_file, file)
    elif path.is_file():
        yield from zipped(path, ())
    else:
        raise SystemExit(f"SUBMISSIONS: no folder or zip at {path}")


def zipped(path: Path, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Callable[[], bytes]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                parts = tuple(
                    part for part in PurePosixPath(info.filename.replace("\\", "/")).parts if part not in ("/", "..")
                )
                if parts and not info.is_dir():
                    parts = parts[1:] if len(parts) > 1 and parts[0] == path.stem else parts
                    yield (*above, *parts), partial(read_member, archive, info)
    except (zipfile.BadZipFile, OSError) as error:
        if not above:
            raise SystemExit(f"SUBMISSIONS: {path} is no zip: {error}") from None
        message = f"the zip can't be read: {error}"
        yield (*above, "broken.ipynb"), lambda: (_ for _ in ()).throw(ValueError(message))


def read_file(path: Path) -> bytes:
    """What a file holds."""
    return limited(path.open("rb"))


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """What a file in a zip holds."""
    return limited(archive.open(info))


def limited(file: Any) -> bytes:
    with file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"the file is larger than {LARGEST >> 20} MB")
    return data


def clean(name: str) -> str:
    """A student's name as it may stand in file names and tables."""
    name = re.sub(r"[^\w.@-]+", "_", name)[:80]
    return name if name[:1].isalnum() else f"_{name.lstrip('.-@_')}"


def collect(path: Path, assignments: dict[str, Assignment], roster: object = None) -> list[Returned]:
    """One submission for each notebook, and one with a problem for each student of whom there is none."""
    found: list[Returned] = []
    for parts, data in files(path):
        if SKIPPED & set(parts):
            continue
        parts = parts[1:] if len(parts) > 1 and parts[0] in WRAPPERS else parts
        student = clean(parts[0] if len(parts) > 1 else Path(parts[0]).stem)
        submission = Returned(student, "/".join(parts))
        if parts[-1].endswith(".ipynb"):
            read(submission, data, assignments)
        else:
            submission.problem = "not a notebook"
        found.append(submission)
    told = {s.student for s in found if s.assignment}
    found = [s for s in found if s.assignment or not s.notebook or s.student not in told]  # clones hold other notebooks, too
    first = {s.student: s for s in reversed(found)} | {s.student: s for s in found if s.file.endswith(".ipynb")}
    found = [s for s in found if s.file.endswith(".ipynb") or s is first[s.student]]
    seen: dict[tuple[str, str], Returned] = {}
    for submission in sorted(found, key=lambda s: (s.student, s.problem is not None, s.file)):
        if submission.problem is None and submission.key in seen:
            submission.problem = f"a second notebook of this assignment; {seen[submission.key].file} was graded"
        else:
            seen.setdefault(submission.key, submission)
    return found


def read(submission: Returned, data: Callable[[], bytes], assignments: dict[str, Assignment]) -> None:
    """Make a notebook of the data, or say why it is none that can be graded."""
    try:
        notebook = nbformat.reads(data().decode("utf-8"), as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # whatever a broken file does to its reader
        submission.problem = f"no notebook that can be read: {' '.join(str(error).split())[:200] or type(error).__name__}"
        return
    submission.assignment = which(notebook, assignments)
    if submission.assignment is None:
        submission.problem = "which assignment it is can't be told"
    language = notebook.metadata.get("kernelspec", {}).get("language") or notebook.metadata.get("language_info", {}).get(
        "name"
    )
    if language not in (None, "python"):
        submission.problem = f"its language is {str(language)[:40]}, not Python"
    submission.notebook = notebook


def which(notebook: NotebookNode, assignments: dict[str, Assignment]) -> str | None:
    """The assignment that a notebook belongs to, from its metadata or else from its cells."""
    told = notebook.metadata.get("lpu")
    if isinstance(told, dict) and told.get("assignment") in assignments:
        return told["assignment"]
    ids = {name for name in map(mark_id, notebook.cells) if isinstance(name, str)}
    shared = {name: len(ids & set(assignment.graded)) for name, assignment in assignments.items()}
    best = max(shared, key=lambda name: shared[name], default=None)
    return best if best and shared[best] else None
