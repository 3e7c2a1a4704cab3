"""A notebook of the reader's in the page: opened, run, kept, checked and saved."""

import re

import nbformat
import pytest
from live_cells import LONG, TOLD, cell, in_browser, rerun

from tools.assignments import release


def solved(name):
    """An assignment with its solutions and without its hidden tests, as a file of a notebook."""
    notebook = release.read(release.SOURCES / f"{name}.md").notebook
    for one in notebook.cells:
        one.source = re.sub(f"{release.BEGIN}.*?{release.END}", "", one.source, flags=re.DOTALL)
    return nbformat.writes(notebook).encode()


@pytest.fixture
def opens(visit):
    """Open a notebook in the page for it."""

    def start(name, content):
        page = visit("notebook.html")
        page.set_default_timeout(LONG)
        page.locator("#lpu-notebook + .lpu-run input").set_input_files(
            {"name": name, "mimeType": "application/json", "buffer": content}
        )
        page.wait_for_function(TOLD, arg=f"{name} is open")
        return page

    return start


@in_browser
def test_a_notebook_is_opened_run_and_saved(opens, tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("# A title\n\nIt holds that $x^2 > 0$; **always**. <script>window.bad = 1</script>"),
        nbformat.v4.new_code_cell("%matplotlib inline\nx = 3"),
        nbformat.v4.new_code_cell(
            "def square(x):\n    raise NotImplementedError", metadata={"nbgrader": {"solution": True}}
        ),
        nbformat.v4.new_code_cell("assert square(x) == 9, 'not yet'\nprint('well done')", metadata={"editable": False}),
        nbformat.v4.new_markdown_cell("*Your answer here.*", metadata={"nbgrader": {"solution": True}}),
    ]
    content = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    page = opens("mine.ipynb", content.encode())
    assert page.locator("#lpu-notebook h1").inner_text() == "A title"
    page.locator("#lpu-notebook mjx-container").wait_for()
    assert page.evaluate("window.bad") is None
    assert (
        "NotImplementedError" in rerun(page, 3) and cell(page, 3).locator("textarea").get_attribute("readonly") is not None
    )
    assert rerun(page, 2, "def square(x):\n    return x * x") == ""
    assert rerun(page, 3) == "well done"
    page.locator(".lpu-live-words").fill("It is a square.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "mine.ipynb"
    download.value.save_as(tmp_path / "mine.ipynb")
    back = nbformat.read(tmp_path / "mine.ipynb", as_version=4)
    nbformat.validate(back)
    assert [one.source for one in back.cells[1:]] == [
        cells[1].source,
        "def square(x):\n    return x * x",
        cells[3].source,
        "It is a square.",
    ]
    assert back.cells[3].metadata == cells[3].metadata and back.cells[0].source == cells[0].source


@in_browser
def test_what_is_no_notebook_is_refused(visit):
    page = visit("notebook.html")
    page.locator("#lpu-notebook + .lpu-run input").set_input_files(
        {"name": "a.ipynb", "mimeType": "application/json", "buffer": b'{"nbformat": 3}'}
    )
    page.wait_for_function(TOLD, arg="this file is no notebook of version 4")


@in_browser
def test_an_assignment_s_visible_tests_pass_with_its_solutions(opens):
    page = opens("theory.ipynb", solved("theory"))
    last = page.locator("#lpu-notebook .lpu-live-bar").count()
    rerun(page, last)
    assert page.locator(".lpu-live-error").all_inner_texts() == []
    assert page.locator(".lpu-live-said", has_text="ran in").count() == last


@in_browser
def test_what_is_written_stays_in_the_browser_until_one_begins_anew(opens):
    """Twins: the same file has it again, another has not."""
    cells = [nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_markdown_cell("*Your answer here.*")]
    cells[1].metadata = {"nbgrader": {"solution": True}}
    content = nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()
    page = opens("mine.ipynb", content)
    cell(page, 1).locator("textarea").fill("x = 2")
    page.locator(".lpu-live-words").fill("Two.")
    with page.expect_download():
        page.get_by_role("button", name="Save").click()
    cell(page, 1).locator("textarea").fill("x = 3")

    def again(name, content):
        page.evaluate("window.onbeforeunload = null")
        page.once("dialog", lambda dialog: dialog.accept())
        page.reload()
        page.locator("#lpu-notebook + .lpu-run input").set_input_files(
            {"name": name, "mimeType": "application/json", "buffer": content}
        )
        page.wait_for_function(TOLD, arg=f"{name} is open")

    again("renamed.ipynb", content)
    assert cell(page, 1).locator("textarea").input_value() == "x = 3"
    assert page.locator(".lpu-live-words").input_value() == "Two."
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Begin anew").click()
    assert cell(page, 1).locator("textarea").input_value() == "x = 1"
    again("mine.ipynb", content)
    assert cell(page, 1).locator("textarea").input_value() == "x = 1"
    cell(page, 1).locator("textarea").fill("x = 4")
    again("other.ipynb", content.replace(b"x = 1", b"x = 5"))
    assert cell(page, 1).locator("textarea").input_value() == "x = 5"


@in_browser
def test_an_assignment_of_the_site_is_opened_at_a_click_and_checks_itself(visit):
    page = visit("notebook.html")
    page.set_default_timeout(LONG)
    assert page.locator(".lpu-assignments button").count() == len(list(release.SOURCES.glob("*.md")))
    page.get_by_role("button", name="Open it here: theory.ipynb").click()
    page.wait_for_function(TOLD, arg="theory.ipynb is open")
    said = rerun(page, page.locator("#lpu-notebook .lpu-live-bar").count())
    assert "step: 0 of 4" in said and "0 of 22 points on these networks" in said
