"""What a reader can do with a figure: take it along, see its code.  And the ids of a page, which name one thing each."""

import csv
import re
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from browsing import SITE, needs_site

from lpu_book import figure_data
from tools import book

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
    assert len(BUILT) >= len(book.toc_pages())
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


# What is seen of a picture's panels: their boxes in px, from the frame's left and the picture's top, and its smallest words.
LOOK = """svg => {
  const frame = svg.closest(".lpu-figure").getBoundingClientRect(), { top, height } = svg.getBoundingClientRect();
  const parts = svg.dataset.panels.split(";").map((view) => svg.querySelector(":scope > g").children[view.split(" ")[5]]);
  const boxes = parts.map((part) => part.getBoundingClientRect())
    .map((box) => [box.left - frame.left, box.right - frame.left, box.top - top, box.bottom - top]);
  const words = [...svg.querySelectorAll("g[transform*='scale(0.']")]
    .filter((g) => / -0\\.\\d+\\)$/.test(g.getAttribute("transform")))
    .map((g) => Math.hypot(g.getScreenCTM().a, g.getScreenCTM().b) * 100);
  return { width: frame.width, height, boxes, words: Math.min(...words) };
}"""


@needs_site
@pytest.mark.parametrize("figure", ["fig-theory", "fig-theorem-1", "fig-tuning"])
def test_on_a_phone_panels_stand_one_below_the_other_and_side_by_side_on_a_wide_screen(visit, figure):
    page = visit("theory.html", 390)
    svg = page.locator(f"#{figure} svg[role=img]")
    n = svg.get_attribute("data-panels").count(";") + 1
    looked = svg.evaluate(LOOK)
    assert len(looked["boxes"]) == n > 1 and looked["words"] >= 7
    for left, right, top, bottom in looked["boxes"]:
        assert min(left, top) >= -1 and right <= looked["width"] + 1 and bottom <= looked["height"] + 1
    tops = sorted((top, bottom) for _, _, top, bottom in looked["boxes"])
    assert all(bottom <= top + 1 for (_, bottom), (top, _) in pairwise(tops))
    assert svg.evaluate("svg => svg.parentElement.scrollWidth <= svg.parentElement.clientWidth")
    assert (
        page.locator(f"#{figure} [role=img]").count() == page.locator(f"#{figure} :is(svg, svg *)[aria-label]").count() == 1
    )
    page.set_viewport_size({"width": 1400, "height": 900})
    page.wait_for_function("!document.querySelector('svg[data-whole]')")
    assert svg.evaluate("svg => !svg.querySelector(':scope > g > g[transform]')")
    assert svg.evaluate(LOOK)["height"] < 0.6 * looked["height"]
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('svg[data-whole]')")
    assert svg.evaluate(LOOK)["boxes"] == looked["boxes"]


@needs_site
def test_a_saved_figure_and_a_printed_one_are_whole_on_a_phone_too(visit):
    page = visit("theory.html", 390)
    svg, box = page.locator("#fig-theory svg[role=img]"), "svg => svg.getAttribute('viewBox')"
    assert svg.get_attribute("data-whole")
    with page.expect_download() as waited:
        page.locator("#fig-theory").get_by_role("button", name=re.compile("^Save as SVG")).click()
    saved = waited.value.path().read_text("utf-8")
    assert "data-whole" not in saved and f'viewBox="{svg.get_attribute("data-whole").split("|")[0]}"' in saved
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not svg.get_attribute("data-whole") and svg.evaluate(box) in saved
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert svg.get_attribute("data-whole")


@needs_site
def test_a_moving_figure_s_next_picture_parts_its_panels_too(visit):
    page = visit("drift.html", 390)
    figure = page.locator("#fig-both-kinds")
    assert figure.locator("svg[role=img]").get_attribute("data-whole")
    figure.locator("input").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('#fig-both-kinds svg[role=img]').dataset.whole")
    assert figure.locator(".lpu-figure").evaluate("frame => frame.scrollWidth <= frame.clientWidth")


FIGURES = re.compile(r'<figure[^>]* id="([^"]+)"')


@needs_site
def test_each_figure_of_a_chapter_has_its_data(visit):
    """A CSV for each captioned figure of a cell, and nothing of it in the page."""
    read = 0
    for chapter in book.chapters():
        html = (SITE / f"{chapter}.html").read_text("utf-8")
        cells = html.split('<div class="cell ')[1:]
        names = [name for cell in cells if "<details" in cell.split("<figure")[0] for name in FIGURES.findall(cell)]
        assert figure_data.MIME not in html
        for name in names:
            text = (SITE / "data" / f"{chapter}-{name}.csv").read_text("utf-8")
            assert text.startswith(f"# Figure {name} of {chapter}.html, ") and "commit" in text.splitlines()[0]
            rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
            assert any(np.isfinite(float(row[axis] or "nan")) for row in rows for axis in "xy"), (chapter, name)
            assert {"panel", "series", "x", "y"} <= set(rows[0]), (chapter, name)
            read += 1
    assert read > 150
    assert sum(path.stat().st_size for path in (SITE / "data").iterdir()) < 3e6
    page = visit("theory.html")
    with page.expect_download() as waited:
        page.locator("#fig-1b").get_by_role("link", name=re.compile("^Save the data: Fig")).click()
    assert waited.value.suggested_filename == "theory-fig-1b.csv"


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
