"""The scorecard's page in a browser: what its form chooses, orders and counts, and what is there without scripts."""

import json

import pytest
from browsing import SITE, needs_site

from tools import scorecard

pytestmark = needs_site
SHOWN = ".lpu-card:not([hidden])"


@pytest.fixture(scope="module")
def records():
    return json.loads(scorecard.RECORDS.read_text("utf-8"))


def shown(page, key):
    return page.locator(SHOWN).evaluate_all("(cards, key) => cards.map((card) => card.dataset[key])", key)


def counted(page):
    return page.locator(".lpu-filter output").inner_text()


def test_what_differs_is_one_click_away(visit, records):
    page = visit("scorecard.html")
    differs = [record for record in records if record["status"] == "differs"]
    assert differs and page.locator(SHOWN).count() == len(records)
    page.locator(".lpu-differing").click()
    assert shown(page, "outcome") == ["differs"] * len(differs)
    assert counted(page) == f"{len(differs)} of {len(records)} claims"
    top = page.locator(SHOWN).first.bounding_box()["y"]
    assert 0 < top < 900, "they are on the screen"
    empty = [name for name in {r["chapter"] for r in records} - {r["chapter"] for r in differs}]
    assert empty and not page.locator(f".lpu-cards[data-page='{empty[0]}']").is_visible()


@pytest.mark.parametrize("width", [390, 1400])
def test_choices_add_up_and_the_counts_follow(visit, records, width):
    page = visit("scorecard.html", width)
    page.locator("select[name=kind]").select_option("paper")
    page.locator("select[name=page]").select_option("theory")
    page.locator("input[name=words]").fill("ATTRACTORS four")
    wanted = [r for r in records if r["kind"] == "paper" and r["chapter"] == "theory"]
    said = {r["id"]: f"{r['panel']} {r['statement']} {r['reason']}" for r in wanted}
    wanted = [r for r in wanted if all(word in said[r["id"]] for word in ("attractors", "four"))]
    ids = page.locator(SHOWN).evaluate_all("cards => cards.map((card) => card.id)")
    assert wanted and ids == [f"claim-{r['id']}" for r in wanted]
    assert counted(page) == f"{len(wanted)} of {len(records)} claims"
    told = page.locator(".lpu-filter fieldset label").evaluate_all(
        "labels => labels.map((label) => label.textContent.trim())"
    )
    holds = sum(r["status"] == "holds" for r in wanted)
    assert told[:2] == [f"all {len(wanted)}", f"✓ holds {holds}"]
    page.locator("button[type=reset]").click()
    page.wait_for_function(f"document.querySelectorAll('{SHOWN}').length === {len(records)}")


def test_the_order_is_chosen_by_keyboard_and_undone(visit, records):
    page = visit("scorecard.html")
    before = shown(page, "kind")
    page.locator("select[name=order]").focus()
    page.keyboard.press("ArrowDown")
    outcomes = shown(page, "outcome")
    ranks = [["differs", "undecided", "not run", "holds"].index(outcome) for outcome in outcomes]
    assert ranks == sorted(ranks) and len(set(ranks)) > 1 and len(ranks) == len(records)
    page.keyboard.press("ArrowUp")
    assert shown(page, "kind") == before


def test_a_claim_s_own_link_lands_with_the_filters_off(visit, records):
    page = visit("scorecard.html")
    page.locator(".lpu-differing").click()
    target = next(r["id"] for r in reversed(records) if r["status"] == "holds")
    page.evaluate("id => { location.hash = `claim-${id}`; }", target)
    page.wait_for_function(f"document.querySelectorAll('{SHOWN}').length === {len(records)}")
    card = page.locator(f"[id='claim-{target}']")
    assert 0 <= card.bounding_box()["y"] < 900
    assert card.locator(".lpu-card-link").get_attribute("href") == f"#claim-{target}"
    figure = card.locator(f"a[href*='.html#claim-{target}']")
    assert (SITE / figure.get_attribute("href").split("#")[0]).is_file()


def test_on_a_phone_the_outcome_comes_first_and_nothing_is_cut(visit):
    page = visit("scorecard.html", 390)
    boxes = page.locator(SHOWN).evaluate_all(
        """cards => cards.map((card) => {
             const box = (node) => node.getBoundingClientRect();
             const right = Math.max(...[...card.querySelectorAll("*")].map((node) => box(node).right));
             return [box(card.querySelector(".lpu-claim-status")).top - box(card).top, right];
           })"""
    )
    assert all(0 <= top < 20 and right <= 390 for top, right in boxes)


def test_chapters_are_headings_of_the_contents(visit, records):
    page = visit("scorecard.html")
    links = page.locator(".bd-sidebar-secondary a[href^='#']:visible")
    listed = links.evaluate_all("links => links.map((link) => link.textContent.trim())")
    assert {scorecard.title(r["chapter"]) for r in records} <= set(listed)


def test_without_scripts_all_claims_are_shown_and_no_form(browser, records):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{SITE.as_uri()}/scorecard.html")
    assert page.locator(".lpu-card:visible").count() == len(records)
    assert page.locator(".lpu-filter:visible").count() == 0
    context.close()
