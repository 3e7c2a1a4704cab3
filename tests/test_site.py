"""The built book in a real browser, with the network cut off: every page, wide and narrow, light and dark.

Skipped, and pytest says so, where the site is not built or no Chromium is at hand; with LPU_REQUIRE_BROWSER=1
that is a failure.
"""

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browsing import REASON, SITE, needs_site

from tools import book

PAGES = sorted(page.name for page in SITE.glob("*.html"))
VIEWS = [(1400, "light"), (1400, "dark"), (390, "light"), (390, "dark")]


def test_the_browser_tests_can_run():
    if REASON and os.environ.get("LPU_REQUIRE_BROWSER") != "1":
        pytest.skip(f"BROWSER TESTS SKIPPED: {REASON}")
    assert REASON is None


@needs_site
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
@pytest.mark.parametrize("name", PAGES)
def test_page(visit, name, width, scheme):
    page = visit(name, width, scheme)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.locator("mjx-merror").count() == 0, "MathJax does not understand a formula"
    assert page.evaluate("lpu.overflow()") == [], "the page scrolls sideways"
    if page.locator(".bd-article").count():
        assert page.evaluate("lpu.leftOver()") == [], "markup that was not rendered"
        assert page.evaluate("lpu.broken()") == [], "images that did not load"
        assert page.evaluate("lpu.mute()") == [], "figures without alternative text"
        assert page.evaluate("lpu.faint()") == [], "text too faint to read"


@needs_site
@pytest.mark.parametrize("name", ["index.html", "laboratory.html", *[f"{name}.html" for name in book.chapters()]])
def test_page_from_a_file(visit, name):
    page = visit(name, root=f"{SITE.as_uri()}/")
    assert page.locator("mjx-merror").count() == 0


MOVED = "([output, before]) => lpu.pictures(output) !== before"


def moving(page):
    """The outputs in which a slider drives a picture."""
    outputs = page.locator(".bd-article .cell_output:has(.jupyter-widgets):has(.noUi-handle, input[type=range])")
    return [outputs.nth(number) for number in range(outputs.count())]


WITH_SLIDERS = [name for name in PAGES if "SliderModel" in (SITE / name).read_text(encoding="utf-8")]


@needs_site
@pytest.mark.parametrize("name", WITH_SLIDERS)
def test_a_slider_moves_its_picture(visit, name):
    page = visit(name)
    outputs = moving(page)
    assert outputs, "the page has sliders, and none in an output"
    for output in outputs:
        sliders = output.locator(".noUi-handle, input[type=range]")
        for number in range(sliders.count()):
            handle = output.element_handle()
            before = handle.evaluate("output => lpu.pictures(output)")
            assert before, "a slider without a picture"
            slider = sliders.nth(number)
            slider.focus()
            at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
            page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
            page.wait_for_function(MOVED, arg=[handle, before], timeout=5000)


@needs_site
@pytest.mark.parametrize("name", [name for name in WITH_SLIDERS if "PlayModel" in (SITE / name).read_text("utf-8")])
def test_play_moves_the_picture(visit, name):
    page = visit(name)
    output = page.locator(".bd-article .cell_output:has(.jupyter-widgets):has(.widget-play)").first
    handle = output.element_handle()
    before = handle.evaluate("output => lpu.pictures(output)")
    output.locator(".widget-play button").first.click()
    page.wait_for_function(MOVED, arg=[handle, before], timeout=5000)


@needs_site
def test_search_finds_a_word_of_the_scorecard(visit):
    page = visit("search.html?q=ledger")
    page.wait_for_selector("#search-results li a[href*='scorecard.html']", timeout=15000)


class Links(HTMLParser):
    """The anchors of a page and the links it makes."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids |= {values[key] for key in ("id", "name") if values.get(key)}
        if tag in ("a", "link") and values.get("href"):
            self.links.append(values["href"])


@needs_site
def test_every_link_within_the_book_leads_somewhere():
    pages = {name: Links(SITE / name) for name in PAGES}
    lost = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target, anchor = unquote(parts.path) or name, unquote(parts.fragment)
            if not (SITE / target).exists():
                lost.append(f"{name}: {link}")
            elif anchor and target in pages and anchor not in pages[target].ids:
                lost.append(f"{name}: {link} (no such anchor)")
    assert not lost


@needs_site
def test_every_page_of_the_contents_is_there_and_named():
    for name in book.toc_pages():
        title = re.search(r"<title>(.*?)</title>", (SITE / f"{name}.html").read_text("utf-8"), re.DOTALL)
        assert title and title.group(1).strip()
