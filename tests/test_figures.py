"""What a reader can do with a figure: take it along, see its code.  And the ids of a page, which name one thing each."""

import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from browsing import SITE, needs_site

BUILT = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
STATE = re.compile(r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', re.DOTALL)
SILENT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
ID = re.compile(r'<[a-zA-Z][^<>]*?\sid="([^"]*)"')


def ids(html):
    """All ids of a page: of its text, and of the pictures that its widgets put into it."""
    widgets = [state.replace('\\"', '"') for state in STATE.findall(html)]
    return [name for text in (SILENT.sub("", html), *widgets) for name in ID.findall(text)]


def repeated(names):
    return [name for name, count in Counter(names).items() if count > 1]


def test_an_id_that_is_there_twice_is_seen_in_a_picture_of_a_widget_too():
    widget = '<script type="application/vnd.jupyter.widget-state+json"><p id=\\"b\\"></script>'
    assert repeated(ids(f'<p id="a">{widget}<i class="x" id="b"><script>"<p id="a">"</script>')) == ["b"]
    assert repeated(ids('<p id="a"><p id="a">')) == ["a"]


@needs_site
def test_no_page_has_an_id_twice():
    assert len(BUILT) > 60
    found = {name: repeated(ids((SITE / name).read_text("utf-8"))) for name in BUILT}
    assert {name: twice for name, twice in found.items() if twice} == {}


@needs_site
@pytest.mark.parametrize(("name", "figure"), [("theory.html", "fig-1b"), ("theory.html", "fig-1f-moving")])
def test_a_figure_can_be_taken_along_and_stands_alone(visit, name, figure):
    page = visit(name)
    with page.expect_download() as waited:
        page.locator(f"#{figure}").get_by_role("button", name=re.compile("^Save as SVG: Fig")).click()
    assert waited.value.suggested_filename == f"theory-{figure}.svg"
    text = waited.value.path().read_text("utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root[0].tag.endswith("title") and len(root[0].text) > 20
    assert "color:#" in root.get("style") and "background:#fff" in root.get("style")
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(re.findall(r' id="([^"]+)"', text))
    assert len(list(root.iter())) > 20


@needs_site
def test_each_figure_of_a_cell_leads_to_its_code(visit):
    page = visit("theory.html")
    figures = page.locator(".bd-article .cell:has(details.above-input) figure[id]")
    assert page.locator(".lpu-figure-tools").count() == figures.count() > 5
    figure = page.locator("#fig-1b")
    fold = page.locator(".cell:has(#fig-1b) details.above-input")
    assert (
        fold.locator("summary").inner_text() == f"Show the code of {figure.locator('.caption-number').inner_text().strip()}"
    )
    figure.get_by_role("button", name=re.compile("^Show the code: Fig")).click()
    assert fold.evaluate("fold => fold.open && fold.contains(document.activeElement)")
    assert "Picture(" in fold.inner_text()
