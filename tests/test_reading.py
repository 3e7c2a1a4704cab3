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
