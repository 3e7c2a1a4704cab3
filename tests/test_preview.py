"""What a link leads to opens beside it, from other pages, too; by keyboard and by pointer; and Escape closes it."""

import pytest
from browsing import SITE, needs_site

FILE = f"{SITE.as_uri()}/"
DRAWN = """[...document.querySelectorAll('.bd-article .math')]
  .filter((node) => Math.abs(node.getBoundingClientRect().top) < 2 * innerHeight)
  .every((node) => node.querySelector('mjx-container'))"""
FOREIGN = [
    ("theory-neighbours.html", "theory.html#theorem-1", "Universal approximation"),
    ("theory-dissection.html", "theory.html#definition-4", "Definition 4"),
    ("timescales.html", "theory.html#theorem-1-section", "An LPU can follow any flow"),
    ("manifolds-dimension.html", "manifolds.html#fig-2hi", "Dimensionality of sorting networks"),
    ("index.html", "notation.html#two-architectures", "Two architectures"),
    ("scorecard.html", "theory.html#claim-fig-1c", "Fig. 1C"),
    ("equations.html", "api.html#lpu_core.", "("),
]


def look(page, href):
    """Focus on the first link that leads there, and wait for what opens."""
    link = page.locator(f".bd-article a[href*='{href}']").first
    link.scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    link.focus()
    preview = page.locator(".lpu-preview")
    preview.wait_for(timeout=10000)
    return link, preview


@needs_site
@pytest.mark.parametrize(("name", "href", "words"), FOREIGN)
def test_a_link_shows_what_stands_on_another_page(visit, name, href, words):
    page = visit(name)
    link, preview = look(page, href)
    assert words in preview.inner_text()
    assert link.get_attribute("aria-describedby") == preview.get_attribute("id")
    page.wait_for_function("() => !/\\\\[([]/.test(document.querySelector('.lpu-preview').textContent)", timeout=10000)
    box = preview.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 1400 and box["y"] >= 0 and box["y"] + box["height"] <= 900
    page.keyboard.press("Escape")
    assert preview.count() == 0 and link.get_attribute("aria-describedby") is None


@needs_site
def test_an_equation_of_another_page_is_set_and_a_figure_is_drawn(visit):
    page = visit("theory-neighbours.html")
    _, preview = look(page, "theory.html#equation-eq-2")
    page.wait_for_selector(".lpu-preview mjx-container")
    page.keyboard.press("Escape")
    _, preview = look(page, "theory.html#fig-theorem-1")
    assert preview.locator("svg[role=img]").count() == 1
    assert preview.locator("[id]:not(svg *)").count() == 0, "an id of the page it comes from"


@needs_site
def test_links_in_what_is_shown_lead_where_they_led(visit):
    page = visit("theory-neighbours.html")
    _, preview = look(page, "theory.html#theorem-1")
    links = preview.locator("a.internal").evaluate_all("links => links.map(link => link.href)")
    assert any(link.endswith("/theory.html#equation-eq-2") for link in links)
    assert not [link for link in links if "theory-neighbours" in link]


@needs_site
def test_what_comes_late_stays_away_once_it_is_dismissed(visit):
    page = visit("theory-neighbours.html")
    page.route("**/theory.html", lambda route: (page.wait_for_timeout(800), route.continue_()))
    page.locator(".bd-article a[href*='theory.html#theorem-1']").first.focus()
    page.wait_for_timeout(400)
    page.keyboard.press("Escape")
    page.wait_for_timeout(1500)
    assert page.locator(".lpu-preview").count() == 0
    page.unroute_all(behavior="wait")


@needs_site
def test_from_a_file_the_index_tells_and_nothing_is_fetched(visit):
    page = visit("theory-neighbours.html", root=FILE)
    _, preview = look(page, "theory.html#theorem-1")
    assert "Theorem 1: Universal approximation" in preview.inner_text()
    page.wait_for_selector(".lpu-preview mjx-container")


@needs_site
def test_a_focus_that_scrolls_there_shows_it_once_the_page_rests(visit):
    page = visit("theory-neighbours.html")
    link = page.locator(".bd-article a[href*='theory.html#fig-theorem-1']").last
    link.evaluate("link => { scrollTo({ top: 0, behavior: 'instant' }); link.focus(); }")
    page.locator(".lpu-preview").wait_for(timeout=10000)
    assert link.evaluate("link => link.getBoundingClientRect().top < innerHeight")
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.wait_for_timeout(800)
    assert page.locator(".lpu-preview").count() == 0, "it stays though its link is out of sight"


@needs_site
def test_the_pointer_opens_it_and_may_move_into_it(visit):
    page = visit("theory-neighbours.html")
    link = page.locator(".bd-article a[href*='theory.html#theorem-1']").first
    link.scroll_into_view_if_needed()
    page.wait_for_function(DRAWN)  # else a formula that comes moves the link from under the pointer
    link.hover()
    preview = page.locator(".lpu-preview")
    preview.wait_for(timeout=10000)
    preview.hover()
    page.wait_for_timeout(500)
    assert preview.count() == 1
    page.mouse.move(1395, 5)
    preview.wait_for(state="detached", timeout=5000)
