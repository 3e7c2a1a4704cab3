"""A browser for the tests: whether there is one and a built site for it, and when a page has been drawn."""

import pytest

from tools import book, browser, vendor_assets

SITE = book.SITE
INDEX = SITE / "index.html"
CHROMIUM, FLAGS = browser.PATH, browser.FLAGS
AXE = vendor_assets.CHECKS / "axe" / "axe.min.js"
# What the theme and the widgets say of themselves on the console, on pages where all is well.
HARMLESS = ("Got invalid theme mode", "strict mode: use allowUnionTypes")


def why_not() -> str | None:
    """What keeps the browser away, or None."""
    if not INDEX.is_file():
        return "the site is not built: make book"
    sources = [*book.BOOK.glob("*.md"), *book.BOOK.glob("*.yml"), *(book.ROOT / "lpu_core").rglob("*.py")]
    sources += [path for path in (book.BOOK / "assets").rglob("*") if path.is_file() and "vendor" not in path.parts]
    newer = [path for path in sources if path.stat().st_mtime > INDEX.stat().st_mtime]
    if newer:
        return f"the site is older than {newer[0].relative_to(book.ROOT)}: make book"
    if not (SITE / "_static/vendor/mathjax").is_dir():
        return "the pages use CDNs, for the build found no npm or no network: make clean book"
    if not AXE.is_file():
        return "axe-core is not there, for the build found no npm or no network: make clean book"
    if not CHROMIUM:
        return "there is no Chromium on PATH (nor in $CHROMIUM)"
    return None


REASON = why_not()
needs_site = pytest.mark.skipif(REASON is not None, reason=f"BROWSER TESTS SKIPPED: {REASON}")
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="BROWSER TESTS SKIPPED: no Chromium on PATH (nor in $CHROMIUM)")


def settle(page):
    """Let all formulas be set, as for print, and wait for it: else only those near the screen are."""
    if not page.locator(".math").count():
        return
    page.wait_for_function("window.MathJax?.startup?.promise?.then(() => true)", timeout=20000)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("!document.querySelector('.math:not(:has(mjx-container))')", timeout=20000)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
