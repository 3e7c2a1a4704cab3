"""JupyterLab on the book: what is opened and saved unchanged stays as it is, byte for byte."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupytext import TextFileContentsManager
from test_rebuilding import make

from tools import book, canonical

NOTEBOOKS = [str(page.relative_to(book.BOOK)) for page in canonical.pages()]
PLAIN = sorted(page.name for page in book.BOOK.glob("*.md") if not book.is_chapter(page))
LANGUAGE = {"name": "python", "version": "3.11.7", "file_extension": ".py", "pygments_lexer": "ipython3",
            "mimetype": "text/x-python", "codemirror_mode": {"name": "ipython", "version": 3}}  # fmt: skip


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """Jupyter's files, with Jupytext, over a copy of the book's text."""
    root = tmp_path_factory.mktemp("lab") / "book"
    shutil.copytree(book.BOOK, root, ignore=shutil.ignore_patterns("results", "images", "assets", ".*"))
    return TextFileContentsManager(root_dir=str(root))


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_notebook_is_in_the_form_in_which_it_is_saved(page):
    assert canonical.canonical(book.BOOK / page) == (book.BOOK / page).read_text("utf-8"), "make format mends it"


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_notebook_saved_unchanged_stays_as_it_is(contents, monkeypatch, page):
    monkeypatch.setenv("JUPYTER_PATH", str(book.ROOT / "tools/jupyter"))  # as `make lab` does
    model = contents.get(page, type="notebook")
    kernel = KernelSpecManager().get_kernel_spec("python3")
    shown = {"display_name": kernel.display_name, "language": kernel.language, "name": "python3"}
    model["content"]["metadata"] |= {"kernelspec": shown, "language_info": LANGUAGE}  # as Lab does once the kernel runs
    nbformat.validate(model["content"])
    contents.save(model, page)
    assert (book.BOOK / page).read_bytes() == (Path(contents.root_dir) / page).read_bytes()


@pytest.mark.parametrize("page", PLAIN)
def test_a_plain_page_opens_as_text_and_saved_unchanged_stays_as_it_is(contents, page):
    model = contents.get(page, type="file")
    contents.save(model | {"path": page}, page)
    assert (book.BOOK / page).read_bytes() == (Path(contents.root_dir) / page).read_bytes()


CAPTION = """
# A title

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: |
      **A: b.**
      It's $x$.
---
1
```
"""


def test_a_caption_becomes_a_paragraph_and_all_else_stays(tmp_path):
    page = tmp_path / "page.md"
    head = (book.BOOK / NOTEBOOKS[-1]).read_text("utf-8").partition("\n# ")[0]
    page.write_text(head + CAPTION)
    form = canonical.canonical(page)
    text = "    caption: |\n      **A: b.**\n      It's $x$.\n"
    assert text in CAPTION and CAPTION.replace(text, "    caption: '**A: b.** It''s $x$.'\n") in form


def test_no_settings_of_ours_open_a_page_as_a_notebook():
    """An overrides.json does so to every .md file, plain pages too, which saving would then give a notebook's header."""
    assert not [path for path in (book.ROOT / "tools/jupyter").rglob("*") if "overrides" in path.name]


def test_lab_takes_options_and_runs_as_root_only_where_it_must():
    said = make("-n", "lab", "ARGS=--no-browser --port=9999").stdout
    assert said.rstrip().endswith("--no-browser --port=9999")
    assert ("--allow-root" in said) == (os.getuid() == 0)
