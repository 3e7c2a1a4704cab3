"""The pages around the chapters: what they name exists, what they cite is listed, what they show runs."""

import ast
import importlib
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from pybtex.database import parse_file

from lpu_book import claims, pages
from lpu_core import LowRankRNN, tasks
from lpu_core.networks import load
from tools import book, readme_picture

ROOT = book.ROOT
PAGES = sorted(book.BOOK.glob("*.md"))
README = (ROOT / "README.md").read_text("utf-8")
EQUATIONS = (book.BOOK / "equations.md").read_text("utf-8")
FENCED = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1`*$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """A page without front matter and fenced blocks: no code, whose # is no heading."""
    text = page.read_text("utf-8")
    if text.startswith("---\n"):
        text = text.split("\n---\n", 1)[1]
    return FENCED.sub("", text)


# ------------------------------------------------------------------ equation → function → test

NAMED = re.findall(r"\{py:\w+\}`[^`<]*<([\w.]+)>`", EQUATIONS)
TESTS = re.findall(r"<code>(test_\w+\.py)::(test_\w+)</code>", EQUATIONS)
CLAIMS = re.findall(r"claim `([^`]+)`", EQUATIONS)


def resolve(target: str) -> object:
    """What a dotted name below lpu_core stands for; dataclass fields count."""
    package, module, *attributes = target.split(".")
    thing: object = importlib.import_module(f"{package}.{module}")
    for attribute in attributes:
        if attribute in getattr(thing, "__dataclass_fields__", {}):
            return attribute
        thing = getattr(thing, attribute)
    return thing


def test_the_table_names_functions_and_tests():
    assert len(NAMED) > 20
    assert len(TESTS) > 20
    assert len(TESTS) == EQUATIONS.count("::test_")


@pytest.mark.parametrize("target", sorted(set(NAMED)))
def test_a_named_function_exists(target):
    assert target.startswith("lpu_core.")
    resolve(target)


def test_a_function_that_does_not_exist_is_seen():
    with pytest.raises(AttributeError):
        resolve("lpu_core.networks.LowRankRNN.follow")


@pytest.mark.parametrize(("file", "name"), sorted(set(TESTS)))
def test_a_named_test_exists(file, name):
    assert name in collected((ROOT / "tests" / file).read_text("utf-8"))


def collected(source: str) -> set[str]:
    """The test functions that pytest would collect from a file: those at its top level."""
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def test_a_test_that_is_commented_out_is_not_there():
    assert collected("# def test_a(): pass\ndef test_b(): pass\nif False:\n    def test_c(): pass") == {"test_b"}


def test_the_named_claims_exist():
    assert CLAIMS
    assert set(CLAIMS) <= {claim.id for claim in claims.load_ledger(book.BOOK / "claims.yml").values()}


# ------------------------------------------------------------------ references

ENTRIES = parse_file(book.BOOK / "references.bib").entries
CITED = {key.strip() for page in PAGES for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.read_text("utf-8"))
         for key in keys.split(",")}  # fmt: skip
NEEDED = {"article": ("journal", "volume"), "inproceedings": ("booktitle",), "book": ("publisher",), "misc": ("eprint",)}


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_an_entry_has_what_its_type_needs(key):
    entry = ENTRIES[key]
    assert entry.persons.get("author")
    assert set(entry.fields) >= {"title", "year", *NEEDED[entry.type]}
    assert re.fullmatch(r"(18|19|20)\d\d", entry.fields["year"])
    if entry.type != "book":
        assert {"doi", "eprint", "url"} & set(entry.fields), "an address to find it by"
    assert re.match(r"10\.\d{4,}/", entry.fields.get("doi", "10.1234/x")), "a bare doi, without its resolver"


def test_every_citation_has_an_entry():
    assert not CITED - set(ENTRIES)


def test_every_entry_is_cited():
    assert not set(ENTRIES) - CITED


def test_the_bibliography_is_printed_once():
    directive = re.compile(r"^`{3,}\{bibliography\}", re.MULTILINE)
    assert [page.name for page in PAGES for _ in directive.findall(page.read_text("utf-8"))] == ["references.md"]


# ------------------------------------------------------------------ pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_one_title_and_it_comes_first(page):
    headings = re.findall(r"^(#+) ", prose(page), re.MULTILINE)
    if page.name.endswith("-table.md"):
        pytest.skip("included in another page")
    assert headings[0] == "#"
    assert headings.count("#") == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_heading_skips_a_level(page):
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.MULTILINE)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_values_in_the_notation_are_those_of_the_package():
    text = (book.BOOK / "notation.md").read_text("utf-8")
    values = dict(re.findall(r"^\| \$(p|\\tau|\\Delta t|\\alpha|T) = ([\d.]+)\$", text, re.MULTILINE))
    defaults, task = LowRankRNN.__dataclass_fields__, tasks.FlipFlop(n_bits=2)
    assert {name: float(value) for name, value in values.items()} == {
        "p": task.pulse_probability,
        r"\tau": defaults["tau"].default,
        r"\Delta t": defaults["dt"].default,
        r"\alpha": defaults["dt"].default / defaults["tau"].default,
        "T": task.n_steps,
    }
    assert rf"\mathcal N(0, {tasks.INITIAL_STD:g}^2)" in text
    assert rf"$\varphi = \{defaults['nonlinearity'].default}$" in text


@pytest.mark.parametrize("name", book.chapters())
def test_a_chapter_says_at_once_what_it_gives_and_takes(name):
    first = (book.BOOK / f"{name}.md").read_text("utf-8").split("\n## ", 1)[0]
    for head in ("**You will learn**", "**You need**", "**It covers**", "**It takes**", "[](notation.md)"):
        assert head in first, head
    assert all(f"{{glue:text}}`{name}-{what}-time`" in first for what in ("read", "run"))


def cells(name):
    """A page's code cells outside the exercises, each as its head (tags, caption) and its lines of code."""
    found = pages.CELL.finditer(pages.without_exercises((book.BOOK / f"{name}.md").read_text("utf-8")))
    return [(cell["head"], [line for line in cell["code"].splitlines() if line.strip()]) for cell in found]


def draws(code):
    return any(re.match(r"(plotting\.)?(Picture|moving)\(", line) for line in code)


@pytest.mark.parametrize("name", book.chapters())
def test_a_page_is_read_in_half_an_hour(name):
    """Depth goes to a chapter's companions, which may show more code."""
    main = name not in book.companions()
    shown = sum(len(code) for head, code in cells(name) if "hide-" not in head and "remove-" not in head)
    assert int(pages.reading_time(name).split()[0]) <= 30
    assert shown <= (60 if main else 120), "lines of code that are not folded"
    assert sum(draws(code) for _, code in cells(name)) <= 12


@pytest.mark.parametrize("name", book.chapters())
def test_a_page_computes_and_the_figures_are_drawn_elsewhere(name):
    lines = [(len(code), draws(code)) for _, code in cells(name)]
    assert sum(n for n, drawing in lines if drawing) <= 0.12 * sum(n for n, _ in lines)


@pytest.mark.parametrize("name", book.chapters())
def test_a_cell_that_nobody_can_open_computes_nothing(name):
    """It quotes and checks what other cells computed."""
    for head, code in cells(name):
        if "remove-" in head and "parameters" not in head:
            body = ast.walk(ast.parse("\n".join(code)))
            assert not [
                ast.unparse(node) for node in body if isinstance(node, (ast.Assign, ast.FunctionDef, ast.Import, ast.With))
            ]


def defined(texts):
    """What the functions in the code cells of these texts compute, without name and docstring → their pages."""
    found: dict[str, list[str]] = {}
    for page, text in texts.items():
        for cell in pages.CELL.finditer(text):
            for node in ast.walk(ast.parse(re.sub(r"^[%!]", "#", cell["code"], flags=re.MULTILINE))):
                if isinstance(node, ast.FunctionDef):
                    body = node.body[1:] if ast.get_docstring(node) else node.body
                    found.setdefault(f"{ast.unparse(node.args)}: {'; '.join(map(ast.unparse, body))}", []).append(page)
    return found


def test_no_two_pages_define_the_same_function():
    """What two pages need is imported."""
    found = defined({page.stem: page.read_text("utf-8") for page in PAGES})
    assert len(found) > 100
    assert not {body: on for body, on in found.items() if len(set(on)) > 1}


def test_the_same_function_under_another_name_is_seen():
    texts = {name: f"```{{code-cell}} ipython3\ndef {name}(x):\n    {words}\n    return x + 1\n```\n"
             for name, words in (("one", '"""Add one."""'), ("more", "pass"), ("next", ""))}  # fmt: skip
    assert sorted(defined(texts).values()) == [["more"], ["one", "next"]]


FIGURES = sorted((ROOT / "lpu_book/figures").glob("[!_]*.py"))


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_a_module_of_figures_is_of_one_page_which_shows_them_all(path):
    page = (book.BOOK / f"{path.stem.replace('_', '-')}.md").read_text("utf-8")
    functions = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    public = [node for node in functions if not node.name.startswith("_")]
    assert public and all(ast.get_docstring(node) for node in public)
    assert not [node.name for node in public if not re.search(rf"\bdraw\.{node.name}\b", page)]


@pytest.mark.parametrize("name", book.chapters())
def test_every_figure_has_a_number_and_a_caption(name):
    cells = [
        block[0] for block in FENCED.finditer((book.BOOK / f"{name}.md").read_text("utf-8")) if "{code-cell}" in block[0]
    ]
    drawing = [cell for cell in cells if re.search(r"^(plotting\.)?(Picture|moving)\(", cell, re.MULTILINE)]
    if name not in book.companions():
        assert len(drawing) >= 5
        assert any("plotting.moving(" in cell for cell in drawing), "a figure that moves"
    for cell in drawing:
        assert re.search(r"^mystnb:\n  figure:\n    name: [\w-]+\n    caption: \S", cell, re.MULTILINE), cell[:400]


@pytest.mark.parametrize("name", book.chapters())
def test_a_chapter_links_its_jargon_to_the_glossary_once_each(name):
    linked = re.findall(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`", (book.BOOK / f"{name}.md").read_text("utf-8"))
    assert len(linked) >= 3
    assert len(linked) == len(set(linked))


# ------------------------------------------------------------------ README


@pytest.mark.parametrize("name", ["readme.svg", "flip-flop-flow.svg", "flip-flop-outputs.svg"])
def test_a_picture_shows_the_committed_network(name):
    now = readme_picture.shown(load(readme_picture.NETWORK))
    assert (readme_picture.ASSETS / name).read_text("utf-8").startswith(now), "python -m tools.readme_picture"


def test_the_readme_s_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    run = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert float(re.search(r"accuracy: ([\d.]+)", run.stdout)[1]) > 0.99
    assert run.stdout.count("[") == 5, "four attractors"


def test_the_readme_s_commands_exist():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"book", "test"} <= set(re.findall(r"\bmake ([\w-]+)", README)) <= targets | {"and"}


@pytest.mark.parametrize("path", re.findall(r"\]\((?!https?:)([^)#]+)\)|^\| `([\w./]+)`", README, re.MULTILINE), ids=str)
def test_what_the_readme_points_to_exists(path):
    assert (ROOT / "".join(path)).exists()
