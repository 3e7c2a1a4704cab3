"""Shapes in the annotations, checked at run time where LPU_SHAPES=1 asks for it; a browser, for the tests of pages."""

import functools
import http.server
import importlib.util
import json
import os
import sys
import threading
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, HARMLESS, SITE, settle
from jaxtyping import config, install_import_hook

# No network, without a detour of every request through Python: a fifth of a page's loading.
CUT_OFF = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

# Every call takes some six times as long with them: `make test` has one pass with them, over what is quick.
# browsing imports nothing of lpu_core, which must come after this.
SHAPES = os.environ.get("LPU_SHAPES") == "1"
if SHAPES:
    if importlib.util.find_spec("numba"):  # what it compiles must not be wrapped: load it before the hook, and alone
        library = Path(importlib.util.find_spec("lpu_core").origin).parent
        spec = importlib.util.spec_from_file_location("lpu_core.compiled", library / "compiled.py")
        sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[spec.name])
    _hook = install_import_hook(["lpu_core", "lpu_book"], "shape_checks.check")


# What trains needs torch; the rest of the library is tested without it, too.
TRAINS = ("test_learning_rates.py", "test_results*.py", "test_trained_networks.py", "test_training*.py")
collect_ignore_glob = [] if importlib.util.find_spec("torch") else list(TRAINS)


def pytest_report_header():
    return f"without torch, these are left out: {', '.join(collect_ignore_glob)}" if collect_ignore_glob else None


@pytest.fixture
def unchecked_shapes():
    """Switch the checks off: to see the package's own errors, or to be fast where a root finder calls a flow often."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


@pytest.fixture
def one_thread():
    """Torch's sums in the same order, wherever it runs."""
    torch = pytest.importorskip("torch")

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def address():
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, CUT_OFF])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def tabs(browser):
    """A tab for each kind of reader (options: of the browser's context), opened at need.

    A tab that has shown a page of the book shows the next one at a quarter of the cost: its process has read the scripts.
    """
    opened = {}

    def tab(**options):
        key = repr(sorted(options.items()))
        if key not in opened:
            context = browser.new_context(**options)
            context.add_init_script(path=Path(__file__).with_name("page.js"))
            opened[key] = context.new_page()
        return opened[key]

    yield tab
    for page in opened.values():
        page.context.close()


@pytest.fixture
def style():
    """Figures in the book's style, without a screen; none stays open."""
    import matplotlib
    from matplotlib import pyplot

    from lpu_book import plotting

    matplotlib.use("agg")
    with matplotlib.rc_context():
        plotting.use_style()
        yield
    pyplot.close("all")


@pytest.fixture
def visit(tabs, address):
    """Open a page at a width, in a colour scheme, anew: whatever the tab held before is gone.

    What it asks of the network or complains of fails the test.
    """
    used, outside, errors = [], [], []

    def asked(request):
        if not request.url.startswith((address, "file:", "data:", "blob:")):
            outside.append(request.url)

    def heard(message):
        of_icon = "favicon" in (message.location or {}).get("url", "")
        if message.type == "error" and not message.text.startswith(HARMLESS) and not of_icon:
            errors.append(message.text)

    def failed(error):
        errors.append(str(error))

    listeners = {"request": asked, "console": heard, "pageerror": failed}

    def leave(page):
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.goto("about:blank")
        for event, listener in listeners.items():
            page.remove_listener(event, listener)

    def open_page(name, width=1400, scheme="light", root=address, reduced_motion="no-preference", **options):
        page = tabs(**options)
        if page in used:
            leave(page)
        else:
            used.append(page)
        for event, listener in listeners.items():
            page.on(event, listener)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion=reduced_motion)
        page.goto(root + name)
        settle(page)
        return page

    yield open_page
    for page in used:
        leave(page)
    assert not outside, f"asked of the network: {outside}"
    assert not errors, errors


def pytest_make_parametrize_id(val):
    """Functions by name: with their address in it, parallel workers would not agree on a test's name."""
    return getattr(val, "__name__", type(val).__name__) if callable(val) else None


@pytest.fixture(scope="module")
def lab(browser):
    """Evaluate JavaScript, (L, data, argument) → JSON, beside the laboratory's formulas and model, without a page."""
    import formulas

    page = browser.new_page()
    for script in (*formulas.FORMULAS, *formulas.MODEL):
        page.add_script_tag(path=formulas.ASSETS / script)
    page.evaluate("data => { window.data = data; }", formulas.DATA)

    def evaluate(function, argument=None):  # as text: Playwright takes a hundred thousand numbers one by one
        call = f"text => JSON.stringify(({function})(LPULab, data, JSON.parse(text)))"
        return json.loads(page.evaluate(call, json.dumps(argument)))

    yield evaluate
    page.close()
