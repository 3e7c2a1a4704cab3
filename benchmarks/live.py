"""What each page's cells cost in a reader's browser: CPU seconds of Chromium, from the click to the last cell.

    python -m benchmarks.live               all pages of the built site, an hour or two
    python -m benchmarks.live theory drift  some, beside those that are known

It clicks what a reader clicks, "Run" of the last cell, in one browser after the other, and writes benchmarks/live.json. From
it the buttons of the pages that came to their end say what to expect. A cell that needs what no browser has stops, and the
next goes on.
"""

import functools
import http.server
import json
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

from tools import book, browser

RESULTS = Path(__file__).with_name("live.json")
LIMIT = 240  # CPU seconds for a page
BARS = ".bd-article div.cell:not(.lpu-live-own):has(.lpu-live-bar)"
SAID = """(cells) => cells.map((cell) => ({
  said: cell.querySelector(".lpu-live-said").textContent,
  why: cell.querySelector(".lpu-live-error > p")?.textContent ?? null,
  error: cell.querySelector(".lpu-live-error pre")?.textContent.trim().split("\\n").at(-1) ?? null,
}))"""


def run(chromium: Any, address: str) -> dict[str, Any]:
    """One page in a new browser."""
    page = chromium.new_page()
    page.goto(address)
    page.locator(".lpu-run-start").click()
    page.wait_for_selector(BARS, timeout=60_000)
    page.locator(f"{BARS} button[aria-label^='Run,']").last.evaluate("(node) => node.click()")
    cells, busy, seconds = page.locator(BARS), True, 0.0
    asks = chromium.new_browser_cdp_session()
    while busy and seconds < LIMIT:
        time.sleep(0.5)
        processes = asks.send("SystemInfo.getProcessInfo")["processInfo"]
        seconds = sum(one["cpuTime"] for one in processes if one["type"] == "renderer")
        said = cells.evaluate_all(SAID)
        busy = any(cell["said"] in ("waits", "runs") for cell in said)
    stopped = [{"cell": i, **cell} for i, cell in enumerate(said, start=1) if cell["error"]]
    return {
        "cells": len(said),
        "ran": sum(cell["said"].startswith("ran") for cell in said),
        "cpu_seconds": round(seconds),
        "ended": not busy,
        "unexplained": sum(not cell["why"] for cell in stopped),
        "first_error": (stopped and f"cell {stopped[0]['cell']}: {stopped[0]['why'] or stopped[0]['error']}") or None,
    }


def main(names: list[str]) -> int:
    from playwright.sync_api import sync_playwright

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=book.SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {"pages": {}}
    with sync_playwright() as playwright:
        for name in names or book.chapters():
            chromium = playwright.chromium.launch(executable_path=browser.PATH, args=browser.FLAGS)
            found["pages"][name] = {
                **run(chromium, f"http://127.0.0.1:{server.server_port}/{name}.html"),
                "date": str(date.today()),
            }
            found["browser"] = f"Chromium {chromium.version}"
            chromium.close()
            print(name, found["pages"][name], flush=True)
            found["pages"] = dict(sorted(found["pages"].items()))
            RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
