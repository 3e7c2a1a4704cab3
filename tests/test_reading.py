"""What a page puts off until a reader comes near, and that nobody notices: links land, print has it all."""

import pytest
from browsing import SITE, needs_site

UNSET = ".math:not(:has(mjx-container))"


@pytest.fixture
def reader(browser, address):
    """A page as a reader has it: nothing set that is not near."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()

    def read(name, width=1400):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("about:blank")
        page.goto(address + name)
        page.wait_for_function("window.MathJax?.startup?.promise?.then(() => true)")
        rest(page)
        return page

    yield read
    context.close()


def rest(page):
    """Wait until what is near the screen is set and stays where it is."""
    page.wait_for_function(
        """async () => {
             const look = () => [scrollY, document.querySelectorAll("mjx-container").length].join();
             const before = look();
             await new Promise((go) => setTimeout(go, 300));
             return look() === before;
           }""",
        timeout=20000,
    )


@needs_site
def test_formulas_are_set_as_they_come_near(reader):
    page = reader("theory.html")
    formulas, unset = page.locator(".bd-article .math"), page.locator(f".bd-article {UNSET}")
    assert unset.count() > formulas.count() / 2
    formulas.last.scroll_into_view_if_needed()
    rest(page)
    assert 0 < unset.count() < formulas.count()
    near = page.evaluate(
        """unset => [...document.querySelectorAll(unset)].filter((node) => {
             const { top, bottom } = node.getBoundingClientRect();
             return node.checkVisibility() && bottom > 0 && top < innerHeight;
           }).length""",
        UNSET,
    )
    assert near == 0


@needs_site
def test_on_paper_every_formula_is_set(reader):
    page = reader("theory.html")
    assert page.locator(UNSET).count()
    page.pdf()
    assert page.locator(UNSET).count() == 0


@needs_site
@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("target", ["equation-eq-jacobian", "fig-1f-moving"])
def test_a_link_lands_although_formulas_above_it_grow(reader, width, target):
    place = f"document.getElementById('{target}').getBoundingClientRect().top"
    page = reader(f"theory.html#{target}", width)
    assert 0 <= page.evaluate(place) <= 120
    page.evaluate("scrollTo(0, 0)")
    rest(page)
    page.evaluate(f"location.hash = ''; location.hash = '{target}'")
    rest(page)
    assert 0 <= page.evaluate(place) <= 120


@needs_site
def test_a_reader_who_scrolls_is_not_pulled_back(reader):
    page = reader("theory.html#fig-1f-moving")
    page.mouse.move(700, 400)
    page.mouse.wheel(0, 2500)
    rest(page)
    assert page.evaluate("document.getElementById('fig-1f-moving').getBoundingClientRect().top") < -2000


@needs_site
def test_a_figure_that_moves_plays_to_its_end_and_again(reader):
    page = reader("theory.html")
    figure = page.locator(".lpu-moving").first
    button, slider = figure.locator("button"), figure.locator("input")
    slider.scroll_into_view_if_needed()
    assert slider.evaluate("node => getComputedStyle(node.parentElement.parentElement, '::after').content") != "none"
    slider.focus()
    page.keyboard.press("End")
    assert button.get_attribute("aria-label") == "Play again"
    page.keyboard.press("ArrowLeft")
    assert slider.evaluate("node => getComputedStyle(node.parentElement.parentElement, '::after').content") == "none"
    button.click()
    page.wait_for_function("document.querySelector('.lpu-dial button').getAttribute('aria-label') === 'Play again'")
    assert slider.evaluate("node => node.value === node.max")
    button.click()
    assert slider.input_value() == "0" and button.get_attribute("aria-label") == "Pause"
    button.click()
    assert button.get_attribute("aria-label") == "Play"


@needs_site
def test_the_pictures_of_a_figure_that_moves_wait_as_text():
    for page in SITE.glob("*.html"):
        html = page.read_text("utf-8")
        assert "jupyter-widgets" not in html and "widget-state" not in html


@needs_site
def test_on_a_phone_what_is_wider_shows_an_edge_until_it_is_pulled(visit):
    page = visit("redundancy.html", 390)
    page.wait_for_selector(".lpu-figure.lpu-pull.lpu-more")
    figure = page.locator(".lpu-figure.lpu-more").last
    cue = "node => getComputedStyle(node.closest('figure').querySelector('figcaption'), '::before').content"
    assert figure.evaluate("node => getComputedStyle(node).maskImage").startswith("linear-gradient")
    assert "pull" in figure.evaluate(cue)
    handle = figure.element_handle()
    handle.evaluate("node => node.scrollTo(node.scrollWidth, 0)")
    page.wait_for_function("node => getComputedStyle(node).maskImage === 'none'", arg=handle)
    page.set_viewport_size({"width": 1400, "height": 900})
    page.wait_for_function("!document.querySelector('.lpu-figure.lpu-pull')")
    assert handle.evaluate(cue) == "none"


@needs_site
def test_on_a_phone_equations_shrink_by_a_fifth_at_most_and_keep_their_numbers(visit):
    page = visit("theory.html", 390)
    page.wait_for_selector("mjx-container[display].lpu-more")
    looked = page.evaluate(
        """() => [...document.querySelectorAll(".bd-article div.math")].filter((m) => m.checkVisibility()).map((node) => {
             const formula = node.querySelector("mjx-container"), number = node.querySelector(".eqno");
             const size = (part) => parseFloat(getComputedStyle(part).fontSize);
             return [size(formula.querySelector("mjx-math")) / size(formula), formula.scrollWidth - formula.clientWidth,
               number ? number.getBoundingClientRect().right : 0];
           })"""
    )
    assert all(0.79 < share <= 1 and right <= 390 for share, _, right in looked)
    assert any(share < 1 and more <= 1 for share, more, _ in looked), "some fit by being smaller"
    assert all(share < 0.81 for share, more, _ in looked if more > 1), "what is pulled has shrunk first"
    page.set_viewport_size({"width": 1400, "height": 900})
    page.wait_for_function(
        "![...document.querySelectorAll('mjx-container')].some((node) => node.style.getPropertyValue('--lpu-fit'))"
    )


def test_a_figure_is_named_by_its_number_and_its_caption_is_read_once(visit):
    page = visit("drift.html")
    heard = page.locator("#fig-4c").aria_snapshot()
    assert heard.startswith('- figure "Fig. 6.4":') and heard.count("Tuning lost, memory kept") == 1
    moving = page.locator("figure:has(.lpu-moving)").aria_snapshot()
    assert "drag me" not in moving  # seen, not said
    assert page.locator(".lpu-moving output").get_attribute("aria-live") == "off"  # the slider says its value
