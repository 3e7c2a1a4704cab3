"""The search page finds what the book is made of, by numbers, names and words, and lands on it."""

import re
from urllib.parse import quote

import pytest
from browsing import SITE, needs_site

from tools import finder

PAGE = r"""<article class="bd-article"><section id="p"><h1>1. Page<a class="headerlink">#</a></h1>
<section id="s"><h2>1.1. A section<a class="headerlink">#</a></h2>
<p>It begins with <span class="math x">\(\kappa\)</span>.</p>
<div class="math x" id="equation-eq-m3"><span class="eqno">(1.2)<a class="headerlink">#</a></span>\[\dot\kappa = 0\]</div>
<div class="math x" id="equation-eq-own"><span class="eqno">(1.3)</span>\[x\]</div>
<div class="proof theorem admonition" id="theorem-4"><p><span>Theorem 4 of the paper</span> (It
holds)</p><section><p>Let it be.</p></section></div>
<div class="proof lemma admonition" id="ours"><p>Lemma 1.1 (So does this; ours)</p><section>So.</section></div>
<div class="proof admonition"><p>Proof. It is no statement.</p></div>
<div class="exercise admonition" id="ex"><p>Exercise 1.1 (Build (one))</p><section>Do it.</section></div>
<figure id="fig"><svg><text>no</text></svg><figcaption><span class="caption-number">Fig. 1.1 </span>
<span class="caption-text"><strong>A title (Fig. 2H).</strong> Left: more.</span></figcaption></figure>
<dl><dt id="term-leak">leak<a class="headerlink">#</a></dt><dd><p>What is lost.</p></dd></dl>
</section></section></article>"""


def test_a_page_is_taken_apart_into_what_its_reader_may_look_for():
    found = {entry.kind + entry.anchor: entry for entry in finder.entries("page", PAGE)}
    rows = {key: (entry.label, entry.title, entry.text) for key, entry in found.items()}
    assert rows == {
        "sections": ("Section 1.1", "A section", r"It begins with \(\kappa\)."),
        "equationequation-eq-m3": ("Eq. 1.2", "the paper’s Eq. M3, in “1.1. A section”", r"\(\dot\kappa = 0\)"),
        "equationequation-eq-own": ("Eq. 1.3", "in “1.1. A section”", r"\(x\)"),
        "statementtheorem-4": ("Theorem 4", "It holds, of the paper", "Let it be."),
        "statementours": ("Lemma 1.1", "So does this; ours", "So."),
        "exerciseex": ("Exercise 1.1", "Build (one)", "Do it."),
        "figurefig": ("Fig. 1.1", "A title (Fig. 2H)", "Left: more."),
        "termterm-leak": ("leak", "", "What is lost."),
    }
    assert {entry.page for entry in found.values()} == {"page"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("word " * 10, ("word " * 10)), ("word " * 40, ("word " * 24).strip() + "…"),
     ("x" * 100 + r" and \(a + b + c + d + e\) more and more words", "x" * 100 + " and…")],
)  # fmt: skip
def test_no_word_and_no_formula_is_cut(text, expected):
    assert finder.cut(text) == expected


def test_a_claim_that_was_not_measured_is_not_there_to_be_found():
    record = {"id": "a", "panel": "Fig. 1", "chapter": "drift", "measured": 1.0, "status": "holds", "statement": "So."}
    (found,) = finder.claimed([record, record | {"measured": None}])
    assert (found.page, found.anchor, found.label, found.title) == ("drift", "claim-a", "Fig. 1", "✓ holds")


def test_a_search_page_without_a_place_for_finds_stops_the_build(tmp_path, monkeypatch):
    monkeypatch.setattr(finder, "index", lambda *arguments: {})
    monkeypatch.setattr(finder.book, "BUILD", tmp_path)
    (tmp_path / "claims.json").write_text("[]")
    (tmp_path / "_static").mkdir()
    (tmp_path / "search.html").write_text("<html></html>")
    with pytest.raises(SystemExit, match=r"search\.html: expected <div id=\"search-results\">"):
        finder.add(tmp_path)


# --- in the browser -------------------------------------------------------------------------------

RAW = re.compile(r"\\[A-Za-z([]|\$|\bimport \w+\n")  # braces may be Python's, in an excerpt of the package's pages
FINDS, EXCERPTS = "#lpu-finds li", "#search-results p.context"


def search(visit, words, **options):
    """The links found for these words, best first."""
    page = visit(f"search.html?q={quote(words)}", **options)
    return page, page.locator(f"{FINDS} > a").evaluate_all("links => links.map(link => link.getAttribute('href'))")


@needs_site
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("Theorem 4", "drift.html#theorem-4"),
        ("thm 1", "theory.html#theorem-1"),
        ("Fig. 2H", "manifolds.html#claim-fig-2h"),
        ("figure 1.3", "theory.html#fig-1b"),
        ("eq. 1.2", "theory.html#equation-eq-m3"),
        ("Equation (1.2)", "theory.html#equation-eq-m3"),
        ("eq. M74", "drift.html#equation-eq-m74"),
        ("universal approximation", "theory.html#theorem-1"),
        ("fixed points", "glossary.html#term-fixed-point"),
        ("participation ratio", "glossary.html#term-participation-ratio"),
        ("saddle-node bifurcation", "glossary.html#term-bifurcation"),
        ("how do I install", "index.html#install-and-run-it"),
        ("Lemma 1", "readouts.html#lemma-1"),
        ("exercise 1.2", "theory.html#theory-ex-2"),
        ("drift", "drift.html"),
        ("why is a weighted sum enough", "readouts.html"),
    ],
)  # fmt: skip
def test_the_best_find_comes_first(visit, words, wanted):
    _, found = search(visit, words)
    assert found[:1] == [wanted]
    assert all((SITE / link.split("#")[0]).is_file() for link in found)


@needs_site
def test_every_entry_leads_to_a_place_that_is_there(visit):
    page = visit("search.html?q=x")
    pages, entries = page.evaluate("[lpuFinder.pages, lpuFinder.entries]")
    ids = {name: set(re.findall(r'\sid="([^"]+)"', (SITE / f"{name}.html").read_text("utf-8"))) for name, _ in pages}
    assert len(entries) > 1000 and {finder.KINDS[entry[0]] for entry in entries} == set(finder.KINDS)
    assert [entry for entry in entries if entry[2] not in ids[pages[entry[1]][0]]] == []


@needs_site
@pytest.mark.parametrize("words", ["theorem", "kappa", "neurons", "capacity", "eq", "noise"])
def test_what_is_found_is_shown_in_plain_text(visit, words):
    page, found = search(visit, words)
    assert len(found) > 1
    page.wait_for_function("() => /finished/.test(document.querySelector('.search-summary')?.textContent)", timeout=15000)
    page.wait_for_timeout(300)
    for text in page.locator(f"{FINDS}, {EXCERPTS}").all_text_contents():
        assert not RAW.search(text), text


@needs_site
def test_search_works_from_a_file_without_a_complaint(visit):
    page, found = search(visit, "Theorem 4", root=f"{SITE.as_uri()}/")
    assert found[0] == "drift.html#theorem-4"
    page.locator(f"{FINDS} > a").first.click()
    page.wait_for_url("**/drift.html#theorem-4")


@needs_site
def test_a_claim_that_is_found_is_in_sight(visit):
    page, _ = search(visit, "Fig. 2H")
    page.locator(f"{FINDS} > a").first.click()
    page.wait_for_url("**/manifolds.html#claim-fig-2h")
    page.wait_for_function("() => document.getElementById('claim-fig-2h').checkVisibility()")
