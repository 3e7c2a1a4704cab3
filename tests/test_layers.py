"""Which module may stand on which: the foundation below the chapters, torch in one place, the book's furniture apart."""

import ast
import re
from pathlib import Path

import jupytext
import pytest
from tiny_book import chapter

from tools import book, canonical, test_wheel

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
    "spiking",
    "gallery",
    "inference",
    "experiments",
}
LONGEST = 400  # lines of a file
STILL_LONG = {
    "lpu_core/compiled.py",  # Numba's cache looks at the file of a function alone, not at those that it calls in others
}


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


def code(path: Path) -> str:
    """A file's Python; of a text notebook its cells, with IPython's magics as comments."""
    return path.read_text("utf-8") if path.suffix == ".py" else jupytext.writes(jupytext.read(path), "py:percent")


def private(python: str) -> set[str]:
    """The private names of our packages that Python takes from their modules, by an import or as attributes."""
    tree, bound = ast.parse(python), {}  # what a name in the text stands for
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bound |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            bound |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    found = set(bound.values())
    for text in {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}:
        if re.fullmatch(r"[\w.]+", text):
            found |= {full + text.removeprefix(name) for name, full in bound.items() if text.startswith(f"{name}.")}
    return {name for name in found if re.match(r"(lpu_core|lpu_book|tools)\.", name) and re.search(r"\._(?!_)", name)}


PYTHON = [path for folder in ("lpu_core", "lpu_book", "tools", "benchmarks") for path in (book.ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize("path", sorted([*PYTHON, *canonical.pages()]), ids=lambda path: str(path.relative_to(book.ROOT)))
def test_nothing_takes_a_private_name_of_another_module(path):
    assert not private(code(path))


@pytest.mark.parametrize(
    "taken",
    [
        "from lpu_core.gaussian import _WEIGHTS",
        "def late():\n    from lpu_core.gaussian import _WEIGHTS as weights",
        "from lpu_core import gaussian\ngaussian._WEIGHTS[0]",
        "import lpu_core.gaussian\nlpu_core.gaussian._WEIGHTS",
        "import lpu_core\nlpu_core.gaussian._WEIGHTS",
        "import lpu_core.gaussian as g\ng._WEIGHTS",
    ],
)
def test_a_private_name_is_seen_in_a_module_and_in_a_chapter(tmp_path, taken):
    (tmp_path / "module.py").write_text(taken)
    assert private(code(tmp_path / "module.py")) == private(code(chapter(tmp_path, taken))) == {"lpu_core.gaussian._WEIGHTS"}


def test_each_chapter_has_its_module():
    assert set(book.chapters()) - book.companions() == CHAPTERS
    assert all((LIBRARY / f"{name}.py").is_file() for name in CHAPTERS)


def test_no_file_is_long():
    modules = [path for folder in ("lpu_core", "lpu_book", "tools", "tests") for path in (book.ROOT / folder).rglob("*.py")]
    scripts = [path for path in (book.BOOK / "assets").rglob("*.js") if "vendor" not in path.parts]
    long = {
        str(path.relative_to(book.ROOT)): n
        for path in modules + scripts
        if (n := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long.keys() - STILL_LONG, long


def test_what_a_wheel_s_tests_leave_out_is_there():
    """Pytest ignores in silence a file that has another name by now."""
    assert all(list((book.ROOT / "tests").glob(f"test_{name}.py")) for name in test_wheel.OF_THE_BOOK)
