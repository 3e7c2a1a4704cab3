"""The built site in Firefox and in WebKit: what differs between engines, in a few pages.  Chromium has all the rest.

Skipped where an engine is missing; with LPU_REQUIRE_BROWSER=1 that is a failure.
"""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest
from browsing import SITE, needs_site
from engines import Firefox, WebKit, missing

ENGINES = (Firefox, WebKit)
REQUIRED = os.environ.get("LPU_REQUIRE_BROWSER") == "1"
PAGES = ("index.html", "theory.html", "laboratory.html", "scorecard.html")
# Before a page's own scripts: keep what goes wrong, errors of scripts as well as files that do not come.
EARS = """<script>
window.lpuErrors = [];
const said = ({ message, target }) => message || `${target.src || target.href} did not load`;
addEventListener("error", (event) => lpuErrors.push(said(event)), true);
addEventListener("unhandledrejection", (event) => lpuErrors.push(String(event.reason)));
</script>"""


class Site(http.server.SimpleHTTPRequestHandler):
    """Serves the built site, with ears in each page, and with what the tests of pages ask."""

    def do_GET(self):
        name = self.path.split("?")[0].lstrip("/")
        if not name.endswith(".html"):
            return super().do_GET()
        asked = Path(__file__).with_name("page.js").read_text("utf-8")
        page = (SITE / name).read_text("utf-8").replace("<head>", f"<head>{EARS}<script>{asked}</script>", 1).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    why = missing(request.param)
    if why:
        (pytest.fail if REQUIRED else pytest.skip)(f"BROWSER TESTS SKIPPED: {why}")
    started = request.param()
    yield started
    started.quit()


NEAR = "[...document.querySelectorAll('.math')].filter((node) => node.getBoundingClientRect().top < innerHeight)"
FORMULAS = f"{NEAR}.every((node) => node.querySelector('mjx-container'))"


@needs_site
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_whole_and_without_an_error(engine, site, name):
    engine.size(1400, 1000)
    engine.open(site + name)
    engine.wait(
        "document.readyState === 'complete' && (!document.querySelector('.math') || !!window.MathJax?.startup?.promise)"
    )
    engine.wait(FORMULAS)
    assert engine.ask("document.querySelectorAll('mjx-merror').length") == 0
    for width in (1400, 390):
        engine.size(width, 1000)
        assert engine.ask("new Promise(requestAnimationFrame).then(() => lpu.overflow())") == [], (
            f"wider than the screen at {width}"
        )
    assert engine.ask("[lpu.broken(), lpu.mute()].flat()") == []
    assert engine.ask("window.lpuErrors") == []


PLANE = """(() => {
  const canvas = document.querySelector('.lab-plane canvas');
  canvas.scrollIntoView({ block: 'center', behavior: 'instant' });
  const { x, y } = canvas.getBoundingClientRect();
  return LPULab.page.pixels([%s]).map((at, i) => at + [x, y][i]);
})()"""


@needs_site
def test_a_click_into_the_plane_moves_kappa(engine, site):
    engine.size(1400, 1000)
    engine.open(site + "laboratory.html")
    engine.wait("!!window.LPULab?.page?.state")
    for corner in ("1.3, 1.3", "-1.3, 1.3", "-1.3, -1.3", "1.3, -1.3"):
        engine.click(*engine.ask(PLANE % corner))
        engine.wait(f"LPULab.page.state().kappa.every((value, i) => value * [{corner}][i] > 0.3)")
    assert engine.ask("window.lpuErrors") == []


@needs_site
def test_an_error_on_a_page_and_a_file_that_does_not_come_are_heard(engine, site):
    engine.open(site + "references.html")
    for script in ("{ textContent: `throw new Error('mine')` }", "{ src: 'lost.js' }"):
        engine.ask(f"document.head.append(Object.assign(document.createElement('script'), {script}))")
    engine.wait("window.lpuErrors.length > 1")
    first, second = sorted(engine.ask("window.lpuErrors"))
    assert "mine" in first and second.endswith("lost.js did not load")
