"""The book on paper: what a reader prints of a page, and what is in the PDF."""

import re
import shutil
import subprocess

import pytest
from browsing import SITE, needs_site

from tools import make_pdf

PDF = SITE / make_pdf.NAME
needs_pdf = pytest.mark.skipif(not PDF.is_file(), reason="no PDF was printed: make pdf")


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1000, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}theory.html")
    page.wait_for_function("window.MathJax?.startup?.promise?.then(() => true)")
    yield page
    context.close()


@needs_site
def test_a_printed_page_is_light_with_open_checks_and_the_screen_stays_as_it_was(page):
    look = "() => [document.documentElement.dataset.theme, document.querySelectorAll('.lpu-checks:not([open])').length]"
    before = page.evaluate(look)
    assert before[0] == "dark" and before[1] > 5
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(look) == ["light", 0]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(look) == before


@needs_site
def test_a_printed_page_has_no_buttons_and_loses_no_code(page):
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size({"width": 680, "height": 1000})
    seen = "[...document.querySelectorAll('.bd-article :is(button, input)')].filter((n) => n.checkVisibility()).length"
    cut = "[...document.querySelectorAll('.bd-article pre')].filter((n) => n.scrollWidth > n.clientWidth + 1).length"
    assert page.evaluate(seen) and page.evaluate(cut), "nothing on the screen that paper could lack"
    page.emulate_media(media="print")
    assert not page.evaluate(seen) and not page.evaluate(cut)


@needs_site
def test_a_printed_formula_stands_beside_its_number(page):
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    places = page.evaluate(
        """() => [...document.querySelectorAll("div.math:has(> .eqno)")].map((node) =>
             [".eqno", "mjx-container"].map((part) => node.querySelector(part).getBoundingClientRect().toJSON()))"""
    )
    assert len(places) > 5
    for number, formula in places:
        assert formula["top"] < (number["top"] + number["bottom"]) / 2 < formula["bottom"], (number, formula)
        assert formula["right"] <= number["left"] + 1


def test_the_contents_name_each_page_by_its_heading():
    pages = {
        "index": '<article class="bd-article"><h1>A book</h1></article>',
        "one": '<h1>Not this</h1><article class="bd-article"><h1><span>1. </span>κ &amp; <em>W</em>'
        '<a class="headerlink" href="#one">#</a></h1></article>',
    }
    titles = make_pdf.headings(pages)
    assert titles == {"index": "A book", "one": "1. κ &amp; W"}
    html = make_pdf.contents(titles)
    assert html.count("<li") == 1 and '<a href="one.html">1. κ &amp; W<output>0</output></a>' in html


@needs_pdf
def test_the_pdf_has_something_on_each_page_embeds_its_fonts_and_leads_nowhere_that_is_not_there():
    import pikepdf

    with pikepdf.open(PDF) as pdf:
        places, fonts = {str(name) for name in pdf.Root.Dests}, {}
        for number, page in enumerate(pdf.pages, 1):
            fonts |= {font.objgen: font for font in page.resources.get("/Font", {}).values()}
            shown = page.Contents.read_bytes() if isinstance(page.Contents, pikepdf.Stream) else b"".join(
                part.read_bytes() for part in page.Contents)  # fmt: skip
            assert len(re.findall(rb"T[jJ]\b", shown)) > 4, f"nothing on page {number}"
            for link in page.get("/Annots", []):
                if "/A" in link:
                    assert str(link.A.URI).startswith("https://"), (number, str(link.A.URI))
                elif "/Dest" in link:
                    assert str(link.Dest) in places, (number, str(link.Dest))
        for font in fonts.values():
            for drawn in [font] if font.Subtype != "/Type0" else font.DescendantFonts:
                embedded = drawn.get("/FontDescriptor", {}).keys() & {"/FontFile", "/FontFile2", "/FontFile3"}
                assert font.Subtype == "/Type3" or embedded, str(font.BaseFont)


@needs_pdf
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="there is no pdftotext")
def test_the_pdf_s_contents_give_the_pages_and_nothing_offers_a_button():
    text = subprocess.run(["pdftotext", "-layout", PDF, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")
    contents = next(page for page in pages if page.strip().startswith("Contents"))
    rows = re.findall(r"^ *(\S.*?) {2,}(\d+)$", contents, re.MULTILINE)
    assert len(rows) == len(make_pdf.PRINTED) - 1
    for title, number in rows:
        begins = " ".join(pages[int(number) - 1].split())
        assert begins.replace(" ", "").find(title.replace(" ", "")) >= 0, (title, number, begins[:100])
    for words in ("Show the code", "drag me", "Here a network runs", "Save as"):
        assert words not in text, words
