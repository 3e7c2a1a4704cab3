"""What runs a page's cells in the browser (assets/live/guest/live.py), in the Python of the tests; a page's first word."""

import importlib.util
import json
import sys
import traceback
import types

import pytest
from browsing import SITE, needs_site

from tools import live as build


@pytest.fixture
def cells(monkeypatch):
    """Run cells one after the other; what each told the page."""
    told = []
    host = types.SimpleNamespace(call=lambda message: told.append(json.loads(message)))
    monkeypatch.setitem(sys.modules, "_host", host)
    spec = importlib.util.spec_from_file_location("live_guest", build.GUEST / "guest" / "live.py")
    guest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(guest)
    plain = traceback.format_exception  # before 3.13 it knows of no colours
    monkeypatch.setattr(traceback, "format_exception", lambda *what, colorize: plain(*what))
    monkeypatch.setattr(sys, "meta_path", [guest.Finder(), *sys.meta_path])
    for name in [*sys.modules]:
        if guest.hollow(name):
            monkeypatch.delitem(sys.modules, name)

    def run(*sources):
        said = []
        for number, source in enumerate(sources, start=1):
            told.clear()
            guest.run(source, number)
            said.append(told[-1])
        return said

    run.guest = guest
    yield run
    for name in [*sys.modules]:
        if guest.hollow(name):
            del sys.modules[name]


NEEDS = "from lpu_core.training import learn\n"


def test_a_cell_that_needs_torch_says_so_and_the_next_say_what_they_lack(cells):
    first, second, third, fourth = cells(
        NEEDS + "rates = [1, 2]\ntrained = {r: learn(r) for r in rates}\nlast = 3", "trained", "last", "sum(rates)"
    )
    assert first["why"] == "This cell needs PyTorch, which does not run in a browser."
    assert second["why"] == "This cell needs trained, which cell 1 would have made, had it run to its end."
    assert third["why"].startswith("This cell needs last, which cell 1")
    assert fourth["kind"] == "done"


@pytest.mark.parametrize("fill", ["made[0] = learn(0)", "made.update(a=learn(0))", "made.x, y = learn(0)"])
def test_what_was_left_half_made_is_not_taken_for_whole(cells, fill):
    """A loop that stops leaves a list that is too short: who reads it is told, and computes nothing with it."""
    _, failed, reader = cells("made = {}\nother = 1", NEEDS + f"for i in [0]:\n    {fill}", "len(made)")
    assert failed["kind"] == "error"
    assert reader["why"] == "This cell needs made, which cell 2 would have made, had it run to its end."


def test_a_mistake_takes_nothing_away(cells):
    """Where the reader's own text is wrong, what was there stays there, as in a notebook."""
    failed, reader = cells("x = 1", "x = 1 / 0", "x")[1:]
    assert failed["why"] is None and reader["kind"] == "done"
    misspelt, again = cells("y = 1", "y = yy", "y")[1:]
    assert misspelt["why"] == "There is no yy yet. Run the cells above first." and again["kind"] == "done"


def test_a_name_that_is_lost_is_there_again_once_its_cell_ran(cells):
    cells(NEEDS + "a = learn(1)", "b = a + 1")
    assert cells("a = 1", "b = a + 1")[1]["kind"] == "done"
    assert not cells.guest.lost


def test_names_are_those_of_the_cell_not_of_its_functions(cells):
    import ast

    tree = ast.parse("import a.b\nfrom c import d as e\nf, *g = 1, 2\nh[0].i = 3\nj.k.append(4)\nl = [m for m in n]\n"
                     "def o(p):\n    q = 1\nfor r in s:\n    t += 1\nu.v(5)\n")  # fmt: skip
    assert cells.guest.names(tree.body) == set("aefghjlort")


def test_a_second_slider_is_drawn_for_any_value_and_whole_ones_stay_whole(cells, monkeypatch):
    told = []
    monkeypatch.setattr(cells.guest, "tell", lambda kind, **said: told.append(said))
    monkeypatch.setattr(cells.guest, "drawers", [str, lambda value: 1 / value])
    cells.guest.draw(0, 3)
    cells.guest.draw(1, 0)
    assert told[0] == {"html": "3"} and told[1]["type"] == "ZeroDivisionError"


def test_a_measured_page_is_told_what_it_takes(tmp_path, monkeypatch):
    pages = {"long": {"cpu_seconds": 130, "ended": True}, "lost": {"cpu_seconds": 240, "ended": False}}
    monkeypatch.setattr(build, "MEASURED", tmp_path / "live.json")
    build.MEASURED.write_text(json.dumps({"pages": pages}))
    for name in pages:
        (tmp_path / f"{name}.html").write_text("<html><head></head></html>")
    build.say_how_long(tmp_path)
    texts = {name: (tmp_path / f"{name}.html").read_text() for name in pages}
    assert '<head><meta name="lpu-live-seconds" content="130">' in texts["long"] and "meta" not in texts["lost"]


@needs_site
@pytest.mark.parametrize(("seconds", "said"), [(130, "about 2 minutes in a browser"), (80, "about a minute"), (40, "")])
def test_a_page_that_takes_minutes_says_so_before_the_click(visit, tabs, seconds, said):
    html = (SITE / "theory.html").read_text("utf-8")
    meta = f'<head><meta name="lpu-live-seconds" content="{seconds}">'
    context = tabs().context
    context.route(
        "**/theory.html", lambda route: route.fulfill(body=html.replace("<head>", meta, 1), content_type="text/html")
    )
    try:
        told = visit("theory.html").locator(".lpu-run [role=status]").inner_text()
    finally:
        context.unroute("**/theory.html")
    assert said in told and bool(said) == bool(told)
