"""The built site in Firefox and in WebKit: what differs between engines, in a few pages.  Chromium has all the rest.

Skipped where an engine is missing; with LPU_REQUIRE_BROWSER=1 that is a failure.
"""

import functools
import http.server
import json
import os
import threading
from pathlib import Path

import hands
import pytest
from browsing import SITE, needs_site
from engines import Firefox, WebKit, missing
from formulas import EXPERIMENTS

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
        folder, _, name = self.path.split("?")[0].lstrip("/").rpartition("/")
        if not name.endswith(".html"):
            return super().do_GET()
        if folder == "framed":
            page = f"<!DOCTYPE html><body style='margin: 0'><iframe src='/{name}' style='border: 0; height: 900px'></iframe>"
        else:
            asked = Path(__file__).with_name("page.js").read_text("utf-8")
            page = (SITE / name).read_text("utf-8").replace("<head>", f"<head>{EARS}<script>{asked}</script>", 1)
        page = page.encode()
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


def inside(script):
    """The same, asked of the page in the frame."""
    return f"frames[0].eval({json.dumps(script)})"


@needs_site
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_whole_and_without_an_error(engine, site, name):
    """In a frame, for no window is as narrow as a phone."""
    engine.open(f"{site}framed/{name}")
    for width in (1400, 390):
        engine.ask(f"document.querySelector('iframe').style.width = '{width}px'")
        engine.wait(inside(f"document.readyState === 'complete' && innerWidth === {width}"))
        engine.wait(inside("!document.querySelector('.math') || !!window.MathJax?.startup?.promise"))
        engine.wait(inside(FORMULAS))
        assert engine.ask(inside("lpu.overflow()")) == [], f"wider than the screen at {width} px"
    assert engine.ask(inside("document.querySelectorAll('mjx-merror').length")) == 0
    assert engine.ask(inside("[lpu.broken(), lpu.mute()].flat()")) == []
    assert engine.ask(inside("window.lpuErrors")) == []


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
        engine.point("mouse", [engine.ask(PLANE % corner)])
        engine.wait(f"LPULab.page.state().kappa.every((value, i) => value * [{corner}][i] > 0.3)")
    assert engine.ask("window.lpuErrors") == []


@needs_site
def test_eye_and_hand_are_on_one_screen(engine, site):
    """In each experiment of the laboratory, on a desk and on a phone."""
    engine.open(f"{site}framed/laboratory.html")
    for width, height in ((1400, 900), (390, 844)):
        engine.ask(f"Object.assign(document.querySelector('iframe').style, {{ width: '{width}px', height: '{height}px' }})")
        engine.wait(inside(f"document.readyState === 'complete' && innerWidth === {width} && !!window.LPULab?.page"))
        for id in EXPERIMENTS:
            engine.ask(inside(f"LPULab.page.lab.actions.begin('{id}')"))
            engine.wait(inside("lpu.outOfSight().length === 0"))  # once the page has measured itself


@needs_site
@pytest.mark.parametrize("kind", hands.KINDS)
@pytest.mark.parametrize("size", hands.SIZES, ids=["desk", "phone"])
def test_each_experiment_is_done_by_mouse_by_finger_and_by_keys(engine, site, size, kind):
    """To its goal.  WebKit's driver has no finger: there it is made of events (engines.FINGER)."""
    width, height = size
    engine.size(1480, 1100)
    engine.open(f"{site}framed/laboratory.html")
    engine.ask(f"Object.assign(document.querySelector('iframe').style, {{ width: '{width}px', height: '{height}px' }})")
    engine.wait(inside(f"document.readyState === 'complete' && innerWidth === {width} && !!window.LPULab?.page"))
    engine.enter()
    assert hands.not_done(engine, kind) == []
    assert engine.ask("window.lpuErrors") == []


@needs_site
@pytest.mark.skipif(
    not (SITE / "_static/live/files.json").is_file(), reason="the site was built without Python for its cells"
)
def test_a_cell_runs_in_the_page(engine, site):
    """To its first result, which takes WebKit half a minute or more; tests/test_live.py has all the rest."""
    engine.open(site + "theory.html")
    engine.ask("document.querySelector('.lpu-run-start').click()")
    engine.wait("!!document.querySelector('.lpu-live-output .output')", seconds=240)
    assert engine.ask("window.lpuErrors") == []


@needs_site
def test_an_error_a_lost_file_and_what_is_too_wide_are_noticed(engine, site):
    engine.open(site + "references.html")
    for script in ("{ textContent: `throw new Error('mine')` }", "{ src: 'lost.js' }"):
        engine.ask(f"document.head.append(Object.assign(document.createElement('script'), {script}))")
    engine.wait("window.lpuErrors.length > 1")
    first, second = sorted(engine.ask("window.lpuErrors"))
    assert "mine" in first and second.endswith("lost.js did not load")
    engine.ask("document.body.insertAdjacentHTML('beforeend', '<p style=width:5000px>x</p>')")
    assert engine.ask("lpu.overflow()") != []
