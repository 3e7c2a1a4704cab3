"""The built book in a real browser, with the network cut off: every page, wide and narrow, light and dark.

Skipped, and pytest says so, where the site is not built or no Chromium is at hand; with LPU_REQUIRE_BROWSER=1
that is a failure.
"""

import os
import re
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browsing import AXE, REASON, SITE, needs_site

from tools import book, make_pdf

PAGES = sorted(page.name for page in SITE.glob("*.html"))
WIDTHS = (390, 768, 1400)


def test_the_browser_tests_can_run():
    if REASON and os.environ.get("LPU_REQUIRE_BROWSER") != "1":
        pytest.skip(f"BROWSER TESTS SKIPPED: {REASON}")
    assert REASON is None


def turn(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme, timeout=5000)


CHAPTERS = [f"{name}.html" for name in book.chapters()]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core whose answers depend on the colours."""


@needs_site
@pytest.mark.parametrize("name", PAGES)
def test_page(visit, name):
    """Loading takes most of the time, then axe-core, so each page is loaded once and turned from dark to light, and axe-core
    asked about colours at the widths that show all there is, and of the dark about nothing else. Chapters come from a file,
    where less is allowed: they may fetch nothing.
    """
    page = visit(name, scheme="dark", **({"root": f"{SITE.as_uri()}/"} if name in CHAPTERS else {}))
    page.add_style_tag(content="* { transition: none !important }")
    assert page.locator("mjx-merror").count() == 0, "MathJax does not understand a formula"
    assert page.evaluate("lpu.nodes()") <= 25_000, "a heavy page, even on a quick machine"
    move(page)
    for scheme, widths in (("dark", WIDTHS[-1:]), ("light", WIDTHS)):
        turn(page, scheme)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("lpu.overflow()") == [], f"the page scrolls sideways at {width} px"
        if page.locator(".bd-article").count():
            assert page.evaluate("lpu.leftOver()") == [], "markup that was not rendered"
            assert page.evaluate("lpu.broken()") == [], "images that did not load"
            assert page.evaluate("lpu.mute()") == [], "figures without alternative text"
            assert page.evaluate("lpu.faint()") == [], "text too faint to read"
    page.add_script_tag(path=AXE)
    page.evaluate("lpu.thin()")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate("lpu.barriers", {"leftOut": COLOURS})
        if width != 768:
            found += page.evaluate("lpu.barriers", {"runOnly": COLOURS})
        assert found == [], f"barriers at {width} px, by axe-core"
    turn(page, "dark")
    assert page.evaluate("lpu.barriers", {"runOnly": COLOURS}) == [], "barriers in the dark, by axe-core"


@needs_site
def test_text_that_is_too_faint_is_a_barrier(visit):
    """One text of each look is asked about, so each look that is spoilt is found, and one alone of a thousand, too."""
    page = visit("glossary.html")
    page.add_script_tag(path=AXE)
    page.add_style_tag(content=".faint { color: #bbb !important }")
    assert page.evaluate("lpu.barriers", {"runOnly": COLOURS}) == []
    page.locator(".bd-article dd p").last.evaluate("node => { node.className = 'faint'; }")
    (found,) = page.evaluate("lpu.barriers", {"runOnly": COLOURS})
    assert found.startswith("color-contrast: ") and 'class="faint"' in found
    page.locator(".bd-article dd p").last.evaluate("node => { node.className = ''; node.id = 'faint'; }")
    page.add_style_tag(content="#faint { color: #bbb }")  # its look is its colour, too
    (found,) = page.evaluate("lpu.barriers", {"runOnly": COLOURS})
    assert found.startswith("color-contrast: ") and 'id="faint"' in found


MOVED = "([figure, before]) => lpu.pictures(figure) !== before"


def move(page):
    """Try each slider of a page, and its first play button: it must move the picture."""
    figures = page.locator(".bd-article .lpu-moving").all()
    for figure in figures:
        handle, slider = figure.element_handle(), figure.locator("input[type=range]:visible")
        assert slider.bounding_box()["width"] > 300
        before = handle.evaluate_handle("figure => lpu.pictures(figure)")  # a megabyte, which stays there
        assert before.evaluate("pictures => pictures.length"), "a slider without a picture"
        slider.focus()
        value, last = (int(slider.evaluate(f"slider => slider.{name}")) for name in ("value", "max"))
        page.keyboard.press("ArrowLeft" if value == last else "ArrowRight")
        page.wait_for_function(MOVED, arg=[handle, before], timeout=5000)
        assert slider.get_attribute("aria-valuetext") == figure.locator("output").inner_text()
    for figure in figures[:1]:
        handle, play = figure.element_handle(), figure.locator("button")
        before = handle.evaluate_handle("figure => lpu.pictures(figure)")
        play.click()
        page.wait_for_function(MOVED, arg=[handle, before], timeout=5000)
        play.click()  # it rests
    page.evaluate("window.scrollTo(0, 0)")


@needs_site
def test_every_chapter_moves():
    """Else no page would be asked whether its sliders do."""
    companions = {f"{name}.html" for name in book.companions()}
    assert {name for name in CHAPTERS if "lpu-moving" not in (SITE / name).read_text("utf-8")} <= companions


@needs_site
def test_a_link_shows_what_it_leads_to(visit):
    page = visit("theory.html")
    preview = page.locator(".lpu-preview")
    for link in ("#equation-", "#definition-1", "#fig-", "glossary.html#term-", "references.html#id"):
        first = page.locator(f".bd-article p a.internal[href*='{link}']").first
        first.scroll_into_view_if_needed()
        page.wait_for_timeout(100)
        first.focus()
        preview.wait_for(timeout=5000)
        assert preview.inner_text().strip() or preview.locator("svg, mjx-container").count(), link
        box = preview.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1400, link
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, link
        page.keyboard.press("Escape")
        assert preview.count() == 0, link


@needs_site
def test_a_page_is_opened_anew(visit):
    """Nothing of the one before it, which had the same tab, is left: no script, no mark, no size, nothing stored."""
    held = "[window.mark, document.title, localStorage.mark, sessionStorage.mark, innerWidth, location.hash]"
    held += ".concat(document.documentElement.dataset.theme, matchMedia('(prefers-reduced-motion)').matches)"
    page = visit("glossary.html#here", 768, "dark", reduced_motion="reduce")
    page.evaluate("document.title = window.mark = localStorage.mark = sessionStorage.mark = 'mine'")
    assert page.evaluate(held) == ["mine", "mine", "mine", "mine", 768, "#here", "dark", True]
    title = re.search("<title>(.*?)</title>", (SITE / "glossary.html").read_text("utf-8")).group(1)
    assert visit("glossary.html").evaluate(held) == [None, unescape(title), None, None, 1400, "", "light", False]


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


RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

import lpu_core

shell = InteractiveShell.instance()
for path in sys.argv[1:]:
    shell.reset()
    cells = [cell["source"] for cell in json.load(open(path))["cells"] if cell["cell_type"] == "code"]
    for source in cells[:4]:
        shell.run_cell("".join(source)).raise_error()
print("ran in", lpu_core.__file__)
"""


@needs_site
def test_a_downloaded_chapter_runs_in_a_fresh_folder(tmp_path):
    """Its first cells, that is, with the package as the wheel lays it out; and it is light."""
    package, fresh = tmp_path / "site-packages/lpu_core", tmp_path / "fresh"
    shutil.copytree(book.ROOT / "lpu_core", package)  # with what Numba has compiled: half a minute
    shutil.copytree(book.BOOK / "results", package / "_book/results")
    shutil.copy(book.BOOK / "claims.yml", package / "_book")
    fresh.mkdir()
    links = {name: re.findall(r'<a href="([^"]+\.ipynb)" download', (SITE / f"{name}.html").read_text("utf-8"))
             for name in book.chapters()}  # fmt: skip
    assert all(len(found) == 1 for found in links.values()), links
    downloads = [SITE / found[0] for found in links.values()]
    for path in downloads:
        assert path.stat().st_size < 200_000
        shutil.copy(path, fresh)
    env = os.environ | {
        "PYTHONPATH": str(package.parent),
        "MPLBACKEND": "agg",
        "IPYTHONDIR": str(tmp_path),
        "LPU_PROGRESS": "0",
    }
    command = [sys.executable, "-c", RUN, *[path.name for path in downloads]]
    run = subprocess.run(command, cwd=fresh, env=env, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    assert f"ran in {package}" in run.stdout


@needs_site
def test_the_site_is_light():
    sizes = {path.relative_to(SITE): path.stat().st_size for path in SITE.rglob("*") if path.is_file()}
    sizes = {path: size for path, size in sizes.items() if "live" not in path.parts}  # loaded at a click: test_live.py
    assert sum(sizes.values()) < 47e6
    assert sum(size for path, size in sizes.items() if path.suffix != ".pdf") < 35e6
    heavy = {str(path): size for path, size in sizes.items() if path.suffix == ".html" and size > 6e6}
    assert not heavy
    assert not [str(path) for path in sizes if "axe" in path.parts]  # the tests' own


PDF = SITE / make_pdf.NAME


@needs_site
@pytest.mark.skipif(not PDF.is_file(), reason="no PDF was printed: make pdf")
def test_the_pdf_holds_every_chapter_and_the_site_leads_to_it():
    import pikepdf

    assert PDF.stat().st_size < 12e6
    with pikepdf.open(PDF) as pdf, pdf.open_outline() as top:
        pages, below, outline = len(pdf.pages), list(top.root), []
        assert pdf.Root.MarkInfo.Marked, "no tags, by which a screen reader finds its way"
    while below:
        entry = below.pop()
        outline.append(str(entry.title))
        below += entry.children
    assert 200 < pages < 600
    for name in book.chapters():
        html = (SITE / f"{name}.html").read_text("utf-8")
        title = re.search(r"<title>(?:[\d.]+ )?(.*?) &#8212;", html)[1]
        assert any(unescape(title) in entry for entry in outline), (title, outline[:20])
        assert f'href="{make_pdf.NAME}"' in html


@needs_site
def test_no_page_links_to_a_pdf_that_is_not_there():
    linking = [name for name in PAGES if make_pdf.NAME in (SITE / name).read_text("utf-8")]
    assert not linking or PDF.is_file()


@needs_site
def test_every_page_of_the_contents_is_there_and_named():
    for name in book.toc_pages():
        title = re.search(r"<title>(.*?)</title>", (SITE / f"{name}.html").read_text("utf-8"), re.DOTALL)
        assert title and title.group(1).strip()
