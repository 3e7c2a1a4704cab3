"""What the tests of live cells share: whether they can run, a page's cells, and how one is run."""

import re

import pytest
from browsing import REASON, SITE

PYTHON = SITE / "_static/live"
WHY_NOT = REASON or (None if (PYTHON / "files.json").is_file() else "the site was built without Python for its cells")
in_browser = pytest.mark.skipif(WHY_NOT is not None, reason=f"BROWSER TESTS SKIPPED: {WHY_NOT}")
LONG = 120_000  # ms: a result takes five seconds on a machine at rest
TOLD = "said => document.querySelector('.lpu-run [role=status]').textContent.includes(said)"


def cell(page, number):
    return page.locator(f".bd-article div.cell:has(> .lpu-live-bar[aria-label='Cell {number}'])")


def rerun(page, number, text=None, alone=False):
    """What a cell shows once it has run."""
    one = cell(page, number)
    if text is not None:
        one.locator("textarea").evaluate(
            "(node, text) => { node.value = text; node.dispatchEvent(new Event('input')); }", text
        )
    one.locator("button", has_text="Run alone" if alone else re.compile("^Run$")).click()
    page.wait_for_function("!document.querySelector('.lpu-live-runs') && ![...document.querySelectorAll('.lpu-live-said')]"
                           ".some((node) => node.textContent === 'waits')")  # fmt: skip
    return one.locator(".lpu-live-output").inner_text().strip()
