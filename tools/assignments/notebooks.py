"""A notebook from the bytes that came back, made anew from what grading reads of it, so that nothing odd goes further."""

import codecs
import json
import logging
import warnings
from typing import Any

import nbformat
from nbformat import NotebookNode

from tools.assignments.files import Unreadable, sentence
from tools.assignments.questions import plain
from tools.assignments.release import Assignment, mark_id

CELLS = 2000
"""Cells of a notebook."""
KEPT = 20 * 2**20
"""Characters of a notebook that are kept: its sources and its pictures."""


def read(data: bytes) -> tuple[NotebookNode, list[str]]:
    """The notebook without outputs, and what was mended. Raises Unreadable, in words, where it is none.

    Kept are the cells with their sources, nbgrader's marks and pictures, and what tells the assignment and the language.
    """
    remarks: list[str] = []
    try:
        raw = json.loads(text_of(data, remarks))
    except RecursionError:
        raise Unreadable("no notebook that can be read: it is nested too deeply") from None
    except ValueError as error:
        where = f", from character {error.pos} on" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"no notebook that can be read: it is damaged or cut off{where}") from None
    if not isinstance(raw, dict):
        raise Unreadable("no notebook that can be read: it holds no cells")
    version = raw.get("nbformat")
    if version in (1, 2, 3) and not isinstance(version, bool):
        raw = upgraded(raw, version)
        remarks.append(f"of the old notebook format {version}, converted")
    elif version != 4:
        raise Unreadable(f"no notebook that can be read: its format is {sentence(version, 20)}, and 4 is the newest known")
    cells = raw.get("cells")
    if not isinstance(cells, list) or not cells:
        raise Unreadable("no notebook that can be read: it holds no cells")
    if len(cells) > CELLS:
        raise Unreadable(f"the notebook has {len(cells)} cells; at most {CELLS} are read")
    kept = [cell_of(cell, number) for number, cell in enumerate(cells)]
    notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=metadata_of(raw.get("metadata")))
    notebook.cells = [cell for cell in kept if cell]
    if not notebook.cells:
        raise Unreadable("no notebook that can be read: none of its cells is one")
    if len(notebook.cells) < len(cells):
        remarks.append(f"{len(cells) - len(notebook.cells)} of its {len(cells)} cells could not be read and are left out")
    if size(notebook) > KEPT:
        raise Unreadable(f"its cells and pictures take more than {KEPT >> 20} MB, without outputs")
    return notebook, remarks


def text_of(data: bytes, remarks: list[str]) -> str:
    """The text of a file, which should be UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        remarks.append("saved in UTF-16")
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        remarks.append("not saved in UTF-8: letters with accents may be wrong")
        return data.decode("cp1252", "replace")


def upgraded(raw: dict[str, Any], version: int) -> dict[str, Any]:
    """A notebook of an old format in the present one, by nbformat."""
    logging.disable(logging.CRITICAL)  # it logs what it finds
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            minor = raw.get("nbformat_minor", 0)
            sheets = raw.get("worksheets")
            cells = raw.get("cells") if version == 1 else sheets[0].get("cells") if isinstance(sheets, list) else []
            if isinstance(cells, list) and len(cells) > CELLS:
                raise Unreadable(f"the notebook has {len(cells)} cells; at most {CELLS} are read")
            old = nbformat.versions[version].to_notebook_json(raw, minor=minor)
            return nbformat.convert(old, 4)
    except Unreadable:
        raise
    except Exception:  # whatever a broken notebook does to it
        raise Unreadable(f"no notebook that can be read: it should be of format {version}, and is not") from None
    finally:
        logging.disable(logging.NOTSET)


def joined(value: Any) -> str | None:
    """A text, or lines of one, without lone surrogates; None for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return plain(value, len(value)) if isinstance(value, str) else None


def cell_of(cell: Any, number: int) -> NotebookNode | None:
    """A cell with all that grading reads of it; None where it is no cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = joined(cell.get("source"))
    if source is None:
        return None
    metadata = cell.get("metadata")
    known = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    made = NotebookNode(id=f"cell-{number}", cell_type=cell["cell_type"], source=source, metadata=NotebookNode())
    if isinstance(known, dict) and isinstance(known.get("grade_id"), str):
        made.metadata.nbgrader = NotebookNode(
            {k: joined(v) if isinstance(v, str) else v for k, v in known.items() if k in MARKS and isinstance(v, MARKS[k])}
        )
    if cell["cell_type"] == "code":
        made.outputs, made.execution_count = [], None
    elif isinstance(cell.get("attachments"), dict):
        pictures = {plain(str(name), 200): pictures_of(bundle) for name, bundle in cell["attachments"].items()}
        if any(pictures.values()):
            made.attachments = NotebookNode({name: found for name, found in pictures.items() if found})
    return made


MARKS: dict[str, type | tuple[type, ...]] = {
    "grade_id": str,
    "cell_type": str,
    "grade": bool,
    "solution": bool,
    "task": bool,
    "locked": bool,
    "points": (int, float),
    "schema_version": int,
}


def pictures_of(bundle: Any) -> NotebookNode:
    """The pictures of an attachment, by kind."""
    found = {kind: joined(data) for kind, data in bundle.items()} if isinstance(bundle, dict) else {}
    return NotebookNode({kind: data for kind, data in found.items() if data and kind.startswith("image/")})


def metadata_of(metadata: Any) -> NotebookNode:
    """What tells a notebook's assignment and its language, which is Python where it says nothing."""

    def told(place: str, name: str) -> str:
        there = metadata.get(place) if isinstance(metadata, dict) else None
        text = there.get(name) if isinstance(there, dict) else None
        return plain(text, 100) if isinstance(text, str) else ""

    language = told("kernelspec", "language") or told("language_info", "name") or "python"
    made = NotebookNode(language_info=NotebookNode(name=language))
    if assignment := told("lpu", "assignment"):
        made.lpu = NotebookNode(assignment=assignment)
    return made


def size(notebook: NotebookNode) -> int:
    """Characters that a notebook's sources and pictures have."""
    bundles = (bundle for cell in notebook.cells for bundle in cell.get("attachments", {}).values())
    return sum(len(cell.source) for cell in notebook.cells) + sum(len(data) for b in bundles for data in b.values())


def which(notebook: NotebookNode, assignments: dict[str, Assignment]) -> str | None:
    """The assignment that a notebook belongs to, from its metadata or else from its cells."""
    told = notebook.metadata.get("lpu", {}).get("assignment")
    if told in assignments:
        return told
    ids = {name for name in map(mark_id, notebook.cells) if name}
    shared = {name: len(ids & set(assignment.graded)) for name, assignment in assignments.items()}
    best = max(shared, key=lambda name: shared[name], default=None)
    return best if best and shared[best] else None
