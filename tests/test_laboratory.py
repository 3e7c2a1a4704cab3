"""The laboratory's page in a browser: what it shows is the package's; links, words, names for those who listen."""

import numpy as np
import pytest
from browsing import SITE, needs_site
from formulas import DATA, EXPERIMENTS, ROWS, as_package

from lpu_book import plotting
from lpu_core import dynamics
from tools import laboratory

STATE = "LPULab.page.state()"


def at_rest(page):
    """Pause, and wait until the fixed points are known."""
    if page.evaluate(STATE)["playing"]:
        page.get_by_role("button", name="Pause").click()
    page.wait_for_function("LPULab.page.fixed() !== null", timeout=20000)


def bits(page) -> str:
    return "".join("1" if x > 0 else "0" for x in page.evaluate(STATE)["kappa"])


def finding(page) -> str:
    return page.locator(".lab-finding").inner_text()


def pictures(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('#lpu-laboratory canvas')].map((canvas) => canvas.toDataURL())")


@needs_site
def test_the_built_page_has_the_package_s_numbers():
    assert laboratory.script() == (SITE / "_static/laboratory/data.js").read_text("utf-8")


@needs_site
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("where", ["server", "file"])
def test_it_moves_by_itself_and_by_step(visit, width, where):
    """Also from a file, where there is no worker: the search goes on between frames."""
    page = visit("laboratory.html#p=0.1", width, **({"root": f"{SITE.as_uri()}/"} if where == "file" else {}))
    page.wait_for_function("LPULab.page.state().clock > 5", timeout=20000)
    at_rest(page)
    clock, drawn = page.evaluate(STATE)["clock"], pictures(page)
    assert all(len(picture) > 2000 for picture in drawn), "an empty canvas"
    page.get_by_role("button", name="50 steps").click()
    page.wait_for_timeout(200)
    after = pictures(page)
    assert page.evaluate(STATE)["clock"] == clock + 50
    assert [a != b for a, b in zip(drawn, after, strict=True)] == [True, False, True], "the neurons stay where they are"
    assert page.evaluate("LPULab.page.frameCost().frames") > 0


@needs_site
def test_whoever_wants_no_motion_gets_a_pause(visit):
    page = visit("laboratory.html", reduced_motion="reduce")
    page.wait_for_timeout(500)
    assert page.evaluate(STATE)["clock"] == 0
    page.get_by_role("button", name="Set 11").click()
    assert bits(page) == "11", "a pulse while paused shows what it does"
    assert not page.evaluate(STATE)["playing"]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("LPULab.page.state().clock > 20", timeout=20000)


@needs_site
def test_it_rests_while_nobody_sees_it(visit):
    page = visit("laboratory.html")
    page.wait_for_function("LPULab.page.state().clock > 2", timeout=20000)
    page.evaluate("document.querySelector('#what-to-try').style.marginTop = '3000px'; window.scrollTo(0, 1e6)")
    page.wait_for_timeout(500)
    clock = page.evaluate(STATE)["clock"]
    page.wait_for_timeout(500)
    assert page.evaluate(STATE)["clock"] == clock
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_function("clock => LPULab.page.state().clock > clock", arg=clock, timeout=20000)


@needs_site
@pytest.mark.parametrize("name", ["trained", "direct", "two"])
def test_pulses_set_the_bits_by_button_and_by_key(visit, name):
    page = visit(f"laboratory.html#net={name}&n=300")
    at_rest(page)
    for state in ("00", "01", "11", "10"):
        page.get_by_role("button", name=f"Set {state}").click()
        page.get_by_role("button", name="50 steps").click()
        assert bits(page) == state
    page.get_by_role("button", name="Pulse of −1 on channel 1").focus()
    page.keyboard.press("Enter")
    assert bits(page) == "00"
    page.get_by_role("button", name="Pulse of +1 on channel 2").focus()
    page.keyboard.press("Space")
    assert bits(page) == "01"
    for key, state in (("3", "10"), ("4", "11"), ("1", "00")):
        page.keyboard.press(key)
        assert bits(page) == state


@needs_site
def test_the_one_bit_network_has_two_states(visit):
    page = visit("laboratory.html#net=one&n=1000&p=0")
    at_rest(page)
    kinds = [p["kind"] for p in page.evaluate("LPULab.page.fixed().points")]
    assert kinds == ["attractor", "attractor", "repeller"]
    for state in ("1", "0"):
        page.get_by_role("button", name=f"Set {state}").click()
        assert bits(page) == state
    assert page.locator("#lab-u2").is_hidden() and page.locator("#lab-bit").is_hidden()


@needs_site
def test_the_page_finds_what_the_package_finds(visit):
    """The fixed points that the page draws, of the very network it runs, through the package."""
    page = visit("laboratory.html#net=two&n=500&drift=random&sigma=0.4&u1=0.01&redundant=50")
    at_rest(page)
    made = page.evaluate(f"({ROWS})(LPULab.page.network())")
    net = as_package(made)
    assert net.n_neurons == 550
    theirs = dynamics.fixed_points(net, inputs=[0.01, 0.0])
    found = page.evaluate("LPULab.page.fixed()")
    assert found["complete"] and [p["kind"] for p in found["points"]] == list(theirs.kinds)
    assert np.allclose([p["point"] for p in found["points"]], theirs.points, atol=1e-7)


@needs_site
def test_what_runs_on_the_page_is_the_package_s_simulation(visit):
    """From the page's own start: the pulses of `start` in the first step, then a pulse by hand, under a constant input."""
    page = visit("laboratory.html#net=direct&n=150&p=0&u1=0.01&start=10", reduced_motion="reduce")
    made, start = page.evaluate(f"[({ROWS})(LPULab.page.network()), {STATE}.kappa]")
    net = as_package(made)
    page.get_by_role("button", name="50 steps").click()
    page.get_by_role("button", name="Pulse of −1 on channel 1").click()  # 10 steps
    inputs = np.tile([0.01, 0.0], (60, 1, 1))
    inputs[0, 0] += [1, -1]
    inputs[50, 0] += [-1, 0]
    latents = net.simulate(inputs, initial_latents=np.array([start])).latents[:, 0]
    assert page.evaluate(STATE)["clock"] == 60
    assert np.abs(latents[-1] - page.evaluate(STATE)["kappa"]).max() < 1e-9
    assert np.abs(latents[-1] - latents[49]).max() > 0.5, "the pulse did something"


@needs_site
def test_a_link_restores_the_experiment(visit):
    text = "net=direct&n=250&drift=orthogonal&sigma=0.3&u1=-0.02&noise=0.1&p=0.01&target=influential&count=7&bit=2&seed=42"
    page = visit(f"laboratory.html#{text}")
    settings, made = page.evaluate("LPULab.page.settings()"), page.evaluate(f"({ROWS})(LPULab.page.network())")
    wanted = dict(part.split("=") for part in text.split("&"))
    assert {name: str(settings[name]) for name in wanted} == wanted
    assert page.locator("#lab-n").input_value() == "250" and page.locator("#lab-drift").input_value() == "orthogonal"
    page.locator("#lab-sigma").fill("0.45")
    page.locator("#lab-sigma").press("Enter")
    page.get_by_label("chance of a pulse in a step", exact=True).first.press("ArrowRight")
    page.locator("#lab-net").select_option("trained")
    page.wait_for_function("location.hash.includes('sigma=0.45') && !location.hash.includes('net=')", timeout=5000)
    changed, address = page.evaluate("LPULab.page.settings()"), page.evaluate("location.href")
    page.reload()
    assert page.evaluate("LPULab.page.settings()") == changed
    assert page.evaluate("location.href") == address
    page.goto("about:blank")
    page.goto(address.split("#")[0] + "#" + text)
    assert page.evaluate(f"({ROWS})(LPULab.page.network())") == made, "the same draw"


@needs_site
def test_the_link_is_copied(visit):
    page = visit("laboratory.html#net=two&n=500", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("document.querySelector('.lab-finding').textContent.includes('copied')")
    assert page.evaluate("navigator.clipboard.readText()") == page.evaluate("location.href")
    page.get_by_role("button", name="Reset", exact=True).click()
    assert "#" not in page.evaluate("location.href")
    assert page.evaluate("LPULab.page.settings().net") == "trained"


@needs_site
@pytest.mark.parametrize(
    "text",
    ["net=nothing", "n=NaN", "n=1e9&sigma=0.7", "drift=sideways", "whatever=1", "rect=1,2", "try=toString", "try=nothing"],
)
def test_a_bad_link_says_so_and_the_page_runs(visit, text):
    page = visit(f"laboratory.html#{text}")
    note = page.locator(".lab-note")
    assert note.is_visible() and "defaults" in note.inner_text()
    page.wait_for_function("LPULab.page.state().clock > 2", timeout=20000)
    settings = page.evaluate("LPULab.page.settings()")
    assert settings["net"] == "trained" and settings["n"] == 100
    assert settings["sigma"] == (0.7 if "0.7" in text else 0.5), "what is right in it counts"


@needs_site
def test_every_experiment_on_the_page_can_be_set_up(visit):
    page = visit("laboratory.html", reduced_motion="reduce")  # else each click scrolls back smoothly, for a second
    links = page.locator(".bd-article li > p > a[data-experiment], .bd-article li > a[data-experiment]")
    assert links.count() == len(EXPERIMENTS) >= 12
    page.wait_for_function(
        "ids => ids.every((id) => document.querySelector(`li a[href='#try=${id}']`))", arg=EXPERIMENTS, timeout=5000
    )
    for number, id in enumerate(EXPERIMENTS):
        links.nth(number).click()
        assert page.evaluate("LPULab.page.settings().try") == id
        assert page.locator(".lab-note").is_hidden()
        assert page.evaluate("document.activeElement.id") == "lpu-laboratory"
        assert page.locator("#lab-try").input_value() == id
        question = page.locator(".lab-question")
        assert question.inner_text().startswith(links.nth(number).inner_text())
        assert question.locator("a[data-experiment]").count() == 0 and question.locator("a[href]").count() >= 1
        assert 1 <= page.locator(".lab-panel .lab-row:visible:not(.lab-share)").count() <= 3, "the controls that it needs"
    page.go_back()
    page.wait_for_function("id => LPULab.page.settings().try === id", arg=EXPERIMENTS[-2], timeout=5000)


@needs_site
def test_kicks_do_what_the_redundancy_chapter_says(visit):
    """Redundant neurons move nothing, all neurons by tuning little, and by influence they flip the bit."""
    page = visit("laboratory.html#try=redundant&net=trained")
    at_rest(page)
    page.get_by_role("button", name="50 steps").click()
    page.get_by_role("button", name="Kick").click()
    assert "did not move at all, and the bit held" in finding(page)
    page = visit("laboratory.html#try=all")
    at_rest(page)
    page.get_by_role("button", name="50 steps").click()
    page.get_by_role("button", name="Kick").click()
    assert "100 neurons" in finding(page) and "the bit held" in finding(page)
    assert page.locator(".lab-reached").count() == 0
    page.locator("#lab-sign").select_option("n")
    page.get_by_role("button", name="Kick").click()
    assert "the bit flipped" in finding(page)
    page.wait_for_selector(".lab-reached", timeout=5000)
    page = visit("laboratory.html#redundant=50&target=redundant&count=10&sign=n")
    at_rest(page)
    page.get_by_role("button", name="Kick").click()
    assert "pushes nobody" in finding(page)


@needs_site
@pytest.mark.parametrize("finger", [False, True])
def test_a_rectangle_chooses_neurons(visit, finger):
    page = visit("laboratory.html#p=0", 390 if finger else 1400, has_touch=finger)
    at_rest(page)
    page.locator(".lab-scatter canvas").scroll_into_view_if_needed()
    m, n = (np.array(page.evaluate(f"({ROWS})(LPULab.page.network())")[name][0]) for name in ("embedding", "encoding"))
    box = page.locator(".lab-scatter canvas").bounding_box()
    low, high = (page.evaluate("p => LPULab.page.scatterPixels(...p)", p) for p in ([0.2, 1], [1.2, 40]))
    ends = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in (low, high)]
    if finger:
        touch = page.context.new_cdp_session(page)
        for kind, points in (("touchStart", ends[:1]), ("touchMove", ends[1:]), ("touchEnd", [])):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    else:
        page.mouse.move(*ends[0].values())
        page.mouse.down()
        page.mouse.move(*ends[1].values(), steps=4)
        page.mouse.up()
    page.wait_for_function("LPULab.page.settings().rect !== ''", timeout=5000)
    a, b, c, d = map(float, page.evaluate("LPULab.page.settings().rect").split(","))
    assert np.allclose([a, b], [0.2, 1.2], atol=0.02) and np.allclose([c, d], [1, min(d, 40)], atol=0.5)
    inside = np.flatnonzero((m >= a) & (m <= b) & (n >= c) & (n <= d))
    assert len(inside) and page.evaluate(STATE)["chosen"] == inside.tolist()
    assert f"holds {len(inside)} neuron" in finding(page)


@needs_site
@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_every_control_has_a_name_and_room_for_a_finger(visit, width, scheme):
    page = visit("laboratory.html#drift=random", width, scheme)
    controls = page.locator("#lpu-laboratory :is(button, input, select):visible").evaluate_all(
        """nodes => nodes.map((node) => {
          const named = node.getAttribute('aria-label') || (node.labels && node.labels.length) || node.textContent.trim();
          const { width, height } = node.getBoundingClientRect();
          return [width, height, named, node.outerHTML];
        })"""
    )
    assert len(controls) > 25
    for width, height, named, control in controls:
        assert width >= 40 and height >= 40 and named, control
    assert page.locator("#lpu-laboratory canvas[role][aria-label]").count() == 3
    assert page.locator("#lpu-laboratory canvas[role=application][tabindex='0']").count() == 2
    assert page.locator(".lab-status[aria-live=polite]").count() == 1
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((n) => n.id)).has('lpu-laboratory')")
    assert page.evaluate("document.querySelectorAll('#lpu-laboratory').length") == 1


@needs_site
def test_the_drawings_follow_the_theme(visit):
    page = visit("laboratory.html", reduced_motion="reduce")
    at_rest(page)
    page.wait_for_timeout(300)
    light = pictures(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(300)
    dark = pictures(page)
    assert all(a != b for a, b in zip(light, dark, strict=True))


@needs_site
def test_the_palette_is_the_book_s(visit):
    colours = visit("laboratory.html").evaluate("LPULab.data.colours")
    assert colours == DATA["colours"] and colours["attractor"] == plotting.COLOURS["attractor"]


@needs_site
def test_without_javascript_there_is_a_picture_and_a_sentence(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{SITE.as_uri()}/laboratory.html")
    assert page.locator("noscript p").is_visible()
    assert page.locator("noscript svg[role=img]").is_visible()
    context.close()
