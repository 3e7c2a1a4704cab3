"""Which module may stand on which: the foundation below the chapters, torch in one place, the book's furniture apart."""

import ast
from pathlib import Path

import pytest

from tools import book, test_wheel

LIBRARY = book.ROOT / "lpu_core"
CHAPTERS = {
    "theory",
    "timescales",
    "readouts",
    "manifolds",
    "redundancy",
    "drift",
    "reconstruction",
    "engrams",
    "stability",
    "reconfiguration",
}
LONGEST = 400  # lines of a file
STILL_LONG = {"tests/test_assignments.py", "tests/test_laboratory.py"}  # of what is being rebuilt: to be split with it


def imported(path: Path) -> set[str]:
    """The modules that a file imports, at its top or inside a function, by their full names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"{node.module}.{one.name}" for one in node.names} | {node.module}
    return found


def modules():
    return sorted(LIBRARY.rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_nothing_stands_on_a_chapter_and_the_library_not_on_the_book(path):
    roots = {name.split(".")[1] for name in imported(path) if name.startswith("lpu_core.")}
    assert not roots & CHAPTERS
    assert not {name for name in imported(path) if name.partition(".")[0] in ("lpu_book", "tools", "matplotlib", "yaml")}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_only_training_imports_torch(path):
    if path.parent.name != "training":
        assert not {
            name for name in imported(path) if name.partition(".")[0] == "torch" or name.startswith("lpu_core.training")
        }


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_no_module_takes_a_private_name_of_another(path):
    private = {
        name for name in imported(path) if name.startswith("lpu_core.") and any(p.startswith("_") for p in name.split("."))
    }
    assert not private


def test_each_chapter_has_its_module():
    assert set(book.chapters()) == CHAPTERS
    assert all((LIBRARY / f"{name}.py").is_file() for name in CHAPTERS)


def test_no_file_is_long():
    code = [path for folder in ("lpu_core", "lpu_book", "tools", "tests") for path in (book.ROOT / folder).rglob("*.py")]
    scripts = [path for path in (book.BOOK / "assets").rglob("*.js") if "vendor" not in path.parts]
    long = {
        str(path.relative_to(book.ROOT)): n
        for path in code + scripts
        if (n := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long.keys() - STILL_LONG, long


def test_what_a_wheel_s_tests_leave_out_is_there():
    """Pytest ignores in silence a file that has another name by now."""
    assert all((book.ROOT / f"tests/test_{name}.py").is_file() for name in test_wheel.OF_THE_BOOK)
