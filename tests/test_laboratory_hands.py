"""Hands on the laboratory: mouse, finger and keys, without scrolling between hand and eye; and its figures in chapters."""

import time

import hands
import numpy as np
import pytest
from browsing import SITE, needs_site
from engines import until
from formulas import EXPERIMENTS, network
from test_laboratory import STATE, at_rest, bits

from lpu_core import dynamics

pytestmark = needs_site
FAST = {"reduced_motion": "reduce"}


def place(page, point):
    """Where a point of the plane is on the screen."""
    box = page.locator(".lab-plane canvas").bounding_box()
    x, y = page.evaluate("point => LPULab.page.pixels(point)", point)
    return box["x"] + x, box["y"] + y


@pytest.mark.parametrize("finger", [False, True])
def test_kappa_is_taken_by_hand_and_goes_where_it_is_put(visit, finger):
    page = visit("laboratory.html", 390 if finger else 1400, has_touch=finger, **FAST)
    at_rest(page)
    page.locator(".lab-plane canvas").scroll_into_view_if_needed()
    page.get_by_role("button", name="50 steps").click()
    start, end = place(page, page.evaluate(STATE)["kappa"]), place(page, [0.6, -0.9])
    if finger:
        touch = page.context.new_cdp_session(page)
        points = [[{"x": x, "y": y}] for x, y in (start, end)]
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[0]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points[1]})
    else:
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=4)
    held = page.evaluate("LPULab.page.lab.grabbed")
    assert np.allclose(held["at"], [0.6, -0.9], atol=0.06)
    page.wait_for_function("document.querySelector('.lab-numbers').textContent.includes('comes to 10')")
    if finger:
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.mouse.up()
    assert page.evaluate("LPULab.page.lab.grabbed") is None
    assert np.allclose(page.evaluate(STATE)["kappa"], held["at"])
    page.get_by_role("button", name="50 steps").click()
    assert bits(page) == "10"


def test_kappa_is_moved_by_keys(visit):
    page = visit("laboratory.html", **FAST)
    at_rest(page)
    page.get_by_role("button", name="Set 01").click()
    before = page.evaluate(STATE)["kappa"]
    page.locator(".lab-plane canvas").focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert np.allclose(page.evaluate(STATE)["kappa"], np.add(before, [0.11, -0.1]))


def test_neurons_are_chosen_by_keys(visit):
    page = visit("laboratory.html#net=trained", **FAST)
    at_rest(page)
    page.locator(".lab-scatter canvas").focus()
    page.keyboard.press("ArrowLeft")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    a, b, c, d = map(float, page.evaluate("LPULab.page.settings().rect").split(","))
    assert a < 0 < b and c == 0 < d
    m, n = (np.array(page.evaluate(f"[...LPULab.page.network().{name}[0]]")) for name in ("embedding", "encoding"))
    inside = np.flatnonzero((m >= a) & (m <= b) & (n >= c) & (n <= d))
    assert len(inside) and page.evaluate(STATE)["chosen"] == inside.tolist()


def test_the_keys_do_what_the_page_says(visit):
    page = visit("laboratory.html#net=two&n=200", **FAST)
    at_rest(page)
    page.locator("#lpu-laboratory").focus()
    page.keyboard.press(".")
    assert page.evaluate(STATE)["clock"] == 1
    page.keyboard.press("4")
    assert bits(page) == "11" and page.evaluate(STATE)["clock"] == 11
    page.keyboard.press("n")
    assert page.evaluate("LPULab.page.settings().seed") == 2
    page.keyboard.press("u")
    assert page.evaluate("LPULab.page.settings().seed") == 1
    page.keyboard.press("k")
    page.wait_for_function("document.querySelector('.lab-finding').textContent.includes('You kicked')")
    page.keyboard.press("r")
    assert page.evaluate(STATE)["clock"] == 0
    page.keyboard.press("Space")
    page.wait_for_function("LPULab.page.state().playing && LPULab.page.state().clock > 3", timeout=10000)
    page.locator("#lab-n").focus()
    page.keyboard.press("n")  # in a field a letter is a letter
    assert page.evaluate("LPULab.page.settings().seed") == 1


def test_the_past_can_be_looked_at_and_time_goes_on_from_now(visit):
    page = visit("laboratory.html", **FAST)
    at_rest(page)
    page.get_by_role("button", name="50 steps").click()
    page.get_by_role("button", name="Set 10").click()
    now, then = page.evaluate("[LPULab.page.lab.past.at(-1).kappa, LPULab.page.lab.past.at(-21).kappa]")
    page.locator("#lpu-laboratory").focus()
    for _ in range(4):
        page.keyboard.press("[")
    shown = page.evaluate("LPULab.page.lab.past[LPULab.page.lab.shown].kappa")
    assert shown == then != now and page.evaluate(STATE)["kappa"] == now
    page.wait_for_function("document.querySelector('.lab-numbers').textContent.startsWith('100 ms ago')")
    page.get_by_role("button", name="Step", exact=True).click()
    assert page.evaluate("LPULab.page.lab.shown") is None and page.evaluate(STATE)["clock"] == 61


def test_a_neuron_under_the_pointer_tells_its_tuning_and_influence(visit):
    page = visit("laboratory.html", **FAST)
    at_rest(page)
    net = network("trained")
    i = int(np.argmax(np.abs(net.embedding[:, 0])))
    box = page.locator(".lab-scatter canvas").bounding_box()
    x, y = page.evaluate("p => LPULab.page.scatterPixels(...p)", [float(net.embedding[i, 0]), float(net.encoding[i, 0])])
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.wait_for_function("document.querySelector('.lab-numbers').textContent.includes('influence')", timeout=5000)
    text = page.locator(".lab-numbers").inner_text()
    assert f"neuron {i + 1}:" in text and f"{net.embedding[i, 0]:.2f}".replace("-", "−") in text
    page.mouse.move(5, 5)
    page.wait_for_function("!document.querySelector('.lab-numbers').textContent.includes('influence')", timeout=5000)


def test_fixed_points_are_there_while_a_slider_moves(visit):
    """At every value of a drag some points are drawn; what could not be followed stays until the search has ended."""
    page = visit("laboratory.html#try=tilt", **FAST)
    at_rest(page)
    seen = page.evaluate("""async () => {
      const { lab } = LPULab.page;
      const seen = [];
      for (let a = 0; a <= 0.02; a += 0.0005) {
        lab.actions.set("u1", Number(a.toFixed(4)));
        seen.push([lab.fixed.points.length, lab.lost.length]);
        await new Promise(requestAnimationFrame);
      }
      return seen;
    }""")
    assert min(points for points, _ in seen) >= 3
    assert max(lost for _, lost in seen) >= 1
    page.wait_for_function("LPULab.page.fixed()?.points.length === 3 && !LPULab.page.lab.lost.length", timeout=20000)


def test_the_bifurcations_are_marked_and_can_be_hit(visit):
    page = visit("laboratory.html#try=tilt", **FAST)
    page.wait_for_selector(".lab-ticks button >> nth=2", timeout=30000)
    marks = [float(text) for text in page.locator(".lab-ticks button").all_inner_texts()]
    net = network("trained")

    def count(a):
        return len(dynamics.fixed_points(net, inputs=[a, 0.0]).points)

    assert all(count(a - 3e-4) == count(a + 3e-4) + 2 for a in marks) and len(marks) == 3
    page.locator(".lab-ticks button").nth(1).click()
    assert page.evaluate("LPULab.page.settings().u1") == marks[1]
    slider = page.locator("input[type=range][aria-label='constant input 1']")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("LPULab.page.settings().u1") == pytest.approx(marks[1] + 1e-4)


class Screen:
    """A page of Chromium's, as tests/hands.py asks for it."""

    def __init__(self, page):
        self.page, self.ask = page, page.evaluate

    def wait(self, script, seconds=20):
        return until(lambda: self.ask(script), seconds)

    def point(self, kind, path, times=1):
        for _ in range(times):
            if kind == "mouse":
                self.page.mouse.move(*path[0])
                self.page.mouse.down()
                self.page.mouse.move(*path[-1])
                self.page.mouse.up()
                continue
            finger = self.page.context.new_cdp_session(self.page)
            for step, places in (("touchStart", path[:1]), ("touchMove", path[1:]), ("touchEnd", [])):
                if places or step == "touchEnd":
                    points = [{"x": x, "y": y} for x, y in places]
                    finger.send("Input.dispatchTouchEvent", {"type": step, "touchPoints": points})
                if step == "touchMove" and places:
                    time.sleep(0.1)  # at rest before it lifts, else it flings, and the next touch only stops that
                    finger.send("Input.dispatchTouchEvent", {"type": step, "touchPoints": points})

    def strike(self, keys):
        for key in keys:
            self.page.keyboard.press(key)

    def choose(self, selector, index):
        self.page.select_option(selector, index=index)


@pytest.mark.parametrize("kind", hands.KINDS)
@pytest.mark.parametrize(("width", "height"), hands.SIZES)
def test_each_experiment_is_done_by_mouse_by_finger_and_by_keys(visit, width, height, kind):
    page = visit("laboratory.html", width, has_touch=kind == "touch")
    page.set_viewport_size({"width": width, "height": height})
    assert list(hands.EXPERIMENTS) == EXPERIMENTS
    assert hands.not_done(Screen(page), kind) == []


@pytest.mark.parametrize(("width", "height"), hands.SIZES)
@pytest.mark.parametrize("id", EXPERIMENTS)
def test_eye_and_hand_are_on_one_screen(visit, id, width, height):
    """With any control of an experiment in sight, all pictures are."""
    page = visit(f"laboratory.html#try={id}", width, **FAST)
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("LPULab.page.lab.clock.setPlaying(false)")
    assert page.locator(".lab-panel :is(button, input, select):visible").count() >= 4
    assert page.evaluate("lpu.outOfSight()") == []


# Draw some frames in which a step was made, and count what is called of each canvas; what nobody sees is "under".
COUNTS = """async (frames) => {
  const { lab } = LPULab.page;
  const [calls, kept] = [{}, {}];
  const drawn = CanvasRenderingContext2D.prototype;
  for (const name of ["stroke", "fill", "fillRect", "fillText", "lineTo", "arc", "drawImage"]) {
    kept[name] = drawn[name];
    drawn[name] = function (...all) {
      const where = this.canvas.parentElement?.className.replace("lab-picture lab-", "") ?? "under";
      calls[`${where} ${name}`] = (calls[`${where} ${name}`] ?? 0) + 1;
      return kept[name].apply(this, all);
    };
  }
  const seen = [];
  for (let i = 0; i < frames; i++) {
    for (const name of Object.keys(calls)) delete calls[name];
    lab.clock.byHand(1);
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
    seen.push({ ...calls });
  }
  for (const name of Object.keys(calls)) delete calls[name];
  lab.clock.redraw();
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  Object.assign(drawn, kept);
  return [seen, { ...calls }];
}"""


def test_a_frame_draws_as_much_at_ten_thousand_neurons_as_at_a_hundred(visit):
    """While only κ moves, the field and the neurons are copied, not drawn: exact counts of calls, no time is measured."""

    def counts(n):
        page = visit(f"laboratory.html#net=trained&n={n}&p=0&start=01&basins=no", **FAST)
        at_rest(page)
        page.get_by_role("button", name="50 steps").click(click_count=7)  # the past is full, and κ at rest
        assert len(page.evaluate("LPULab.page.fixed().points")) == 9
        return page.evaluate(COUNTS, 5)

    (few, small), (many, large) = counts(100), counts(10_000)
    assert few == many and all(frame == many[0] for frame in many)
    frame = many[0]
    assert {name for name in frame if name.startswith(("under", "scatter"))} == set()
    assert frame["plane drawImage"] == frame["outputs drawImage"] == 1
    # the trail of 80 steps, 9 marks (4 of them of two strokes) and 3 in the legend (1 of two), κ, the frame's own none
    assert frame["plane stroke"] == 79 + (9 + 4) + (3 + 1) + 1
    # once, when all is drawn: a square for each neuron and one in the legend; a ring for each of the 20, and one there
    assert [once["under fillRect"] for once in (small, large)] == [100 + 1, 10_000 + 1]
    assert small["under arc"] == large["under arc"] == 20 + 1


def test_the_status_is_for_the_ear_and_one_line_for_the_eye(visit):
    page = visit("laboratory.html", **FAST)
    status = page.locator(".lab-status").bounding_box()
    assert status["width"] <= 2 and status["height"] <= 2
    assert page.locator("#lpu-laboratory [aria-live], #lpu-laboratory [role=status]:visible").count() == 1


FIGURES = {"theory": "tilt", "timescales": "slow", "redundancy": "redundant", "drift": "rescale", "reconstruction": "half",
           "spiking": "spikes", "index": "hold"}  # fmt: skip
SMALL = ("theory", "timescales", "spiking")
"""Without the picture of the neurons."""


@pytest.mark.parametrize("name", FIGURES)
def test_a_live_figure_in_a_chapter_runs_when_one_comes_near(visit, name):
    page = visit(f"{name}.html", **FAST)
    figure = page.locator(".lpu-live-plane")
    assert figure.count() == 1 and figure.get_attribute("data-experiment") == FIGURES[name]
    figure.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.lpu-live-plane').lab?.fixed?.known", timeout=30000)
    assert page.locator(".lpu-live-plane canvas").count() == (1 if name == "index" else 2 if name in SMALL else 3)
    assert 1 <= page.locator(".lpu-live-plane .lab-row:visible").count() <= 3
    link = page.locator(".lpu-live-plane a.lab-open")
    page.evaluate("document.querySelector('.lpu-live-plane').lab.set('noise', 0.2)")
    link.click()
    page.wait_for_function("window.LPULab?.page")
    assert page.evaluate("[LPULab.page.settings().try, LPULab.page.settings().noise]") == [FIGURES[name], 0.2]


def test_far_from_a_live_figure_nothing_of_it_is_loaded(visit):
    page = visit("theory.html", **FAST)
    page.wait_for_timeout(500)
    assert page.evaluate("typeof LPULab") == "undefined"
    assert not (SITE / "_static/laboratory/data.js").read_text("utf-8").startswith("null")
