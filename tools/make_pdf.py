"""The built site -> one PDF, printed by Chromium and linked from the site.

    python -m tools.make_pdf

All pages become one page: links stay links, folds are open, what moves stands still at its start.  Its style on paper is
that of a page which a reader prints, book/assets/print.css.
"""

import os
import re
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any

from tools import book, browser

NAME = "latent-computing.pdf"
PRINTED = [page for page in book.toc_pages() if not re.match("api|laboratory|notebook", page)]  # these are for the screen
ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.DOTALL)
WAITING = re.compile(r'<script type="text/plain">.*?</script>', re.DOTALL)  # see tools/moving.py
BUTTON = '<button onclick="window.print()"'
ITEM = f"""<a href="{NAME}" class="btn btn-sm dropdown-item" title="The whole book as a PDF">
<span class="btn__icon-container"><i class="fas fa-book"></i></span>
<span class="btn__text-container">Book (.pdf)</span></a></li>
<li>"""
PLACE = "<!-- the PDF, where it was printed -->"
SENTENCE = f'<p>To read on paper, take <a href="{NAME}">the whole book as a PDF</a>.</p>'
HEADING = re.compile(r"<h1>(.*?)(?:<a class=.headerlink.*?)?</h1>", re.DOTALL)
PAPER = """@page { size: A4; margin: 18mm 15mm 16mm; font: 7.5pt sans-serif; color: #555;
  @bottom-center { content: counter(page) " / " counter(pages); } }"""
RUNNING = """@page %s { @top-left { content: "%s"; } }
article[data-page="%s"] { page: %s; }"""
NUMBERED = """numbers => document.querySelectorAll(".lpu-contents a").forEach(
  (a) => (a.querySelector("output").textContent = numbers[a.hash.slice(1, -2)]))"""


def still(html: str) -> str:
    """A page's article, with its folds open and without the pictures that a moving figure keeps for its other values."""
    article = ARTICLE.search(html)
    if not article:
        raise SystemExit(f"expected a page with an article, got {html[:200]!r}")
    html = WAITING.sub("", article[1]).replace(SENTENCE, "")
    return html.replace('<details class="lpu-checks"', '<details class="lpu-checks" open')


def headings(pages: dict[str, str]) -> dict[str, str]:
    """What each page is called, with its number in the book."""
    found = {name: HEADING.search(still(html)) for name, html in pages.items()}
    return {name: re.sub("<.*?>", "", heading[1]).strip() for name, heading in found.items() if heading}


def contents(titles: dict[str, str]) -> str:
    """The table of contents, whose page numbers are not known yet."""
    below = book.companions()
    rows = (
        f'<li{" class=lpu-below" * (name in below)}><a href="{name}.html">{title}<output>0</output></a></li>'
        for name, title in titles.items()
        if name != "index"
    )
    listed = f"<h1>Contents</h1><ol>{''.join(rows)}</ol>"
    return f'<article class="bd-article lpu-contents" data-page="contents">{listed}</article>'


def compose(site: Path) -> str:
    """All printed pages in one, each an article that knows its name, with the styles and the MathJax of a chapter."""
    pages = {name: (site / f"{name}.html").read_text("utf-8") for name in PRINTED}
    titles = headings(pages)
    scripts = r"<script(?![^>]*mathjax)(?!>window.MathJax)[^>]*>.*?</script>"
    heads = [html.split("</head>")[0] for html in pages.values()]
    with_formulas = next((head for head in heads if "mathjax" in head), heads[0])  # a page without any does not load MathJax
    head = re.sub(scripts, "", with_formulas, flags=re.DOTALL)
    title = re.search(r"<title>.*?</title>", pages["index"])
    head = re.sub(r"<title>.*?</title>", title[0] if title else "", head, flags=re.DOTALL)
    running = (RUNNING % (name, unescape(title), name, name) for name, title in titles.items() if name != "index")
    articles = [f'<article class="bd-article" data-page="{name}">{still(html)}</article>' for name, html in pages.items()]
    articles.insert(1, contents(titles))
    style = "\n".join([PAPER, *running])
    return f'{head}<style>{style}</style></head><body class="lpu-print">{"".join(articles)}</body></html>'


def page_numbers(pdf: Path) -> dict[str, int]:
    """On which page of the PDF each article begins."""
    import pikepdf

    with pikepdf.open(pdf) as printed:
        number: dict[Any, int] = {page.objgen: i for i, page in enumerate(printed.pages, 1)}
        places = {str(name)[1:]: place for name, place in printed.Root.Dests.items()}
        return {name: number[places[f"{name}--"][0].objgen] for name in PRINTED if f"{name}--" in places}


def print_page(draft: Path, pdf: Path) -> None:
    """Print the page at `draft`, formulas set and links made to stay within it, into `pdf`."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.PATH, args=browser.FLAGS)
        page = chromium.new_context(color_scheme="light", viewport={"width": 680, "height": 1000}).new_page()  # 180 mm
        page.emulate_media(media="print")  # so that what is measured is what is printed
        page.goto(draft.as_uri(), timeout=300_000)  # a hundred pages in one, and perhaps a busy machine
        page.evaluate("MathJax.startup.promise.then(() => MathJax.typesetPromise()).then(() => document.fonts.ready)")
        page.evaluate(Path(__file__).with_name("print.js").read_text("utf-8"))
        written, numbers = None, dict.fromkeys(PRINTED, 0)
        while numbers != written:  # once, without its tags, to know the page numbers, and once with them
            page.evaluate(NUMBERED, numbers)
            last = written is not None
            page.pdf(path=pdf, prefer_css_page_size=True, tagged=last, outline=last, print_background=True)
            written, numbers = numbers, page_numbers(pdf)
        chromium.close()


def pack(pdf: Path) -> None:
    """Write the PDF anew at about half its size: its tags are many small objects, which Chromium leaves uncompressed."""
    import pikepdf

    with pikepdf.open(pdf, allow_overwriting_input=True) as printed:
        printed.save(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def link(site: Path) -> None:
    """Let the site's pages lead to the PDF; their dates stay, for the tests ask which is newer."""
    for page in site.glob("*.html"):
        html, dates = page.read_text("utf-8"), page.stat()
        linked = html.replace(PLACE, SENTENCE)
        if f'href="{NAME}" class=' not in html:
            linked = linked.replace(BUTTON, ITEM + BUTTON)
        page.write_text(linked, "utf-8")
        os.utime(page, ns=(dates.st_atime_ns, dates.st_mtime_ns))


@book.needs_room("The PDF")
def main() -> int:
    started = time.time()
    if not browser.PATH:
        raise SystemExit(
            "There is no Chromium on PATH (nor in $CHROMIUM), so no PDF was made and the site has no link to one."
        )
    if not (book.SITE / "_static/vendor/mathjax").is_dir():
        raise SystemExit("The pages take MathJax from a CDN, so no PDF was made: see make clean book.")
    draft, pdf = book.SITE / "print.html", book.BUILD / NAME
    try:
        draft.write_text(compose(book.SITE), "utf-8")
        print_page(draft, pdf)
        pack(pdf)
    finally:
        draft.unlink(missing_ok=True)
    link(book.SITE)
    pdf.replace(book.SITE / NAME)
    print(f"pdf: {time.time() - started:.1f} s, {book.SITE / NAME}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
