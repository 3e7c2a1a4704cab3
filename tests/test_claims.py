"""The claims ledger: how a measured value is judged, and what the build must not let through."""

import json
import re
from dataclasses import asdict, replace

import pytest

from lpu_book import claims
from lpu_book.claims import DIFFERS, HOLDS, NOT_RUN, Claim, LedgerError, Record, collect, evaluate, load_ledger

BASE = {"id": "fig-1", "panel": "Fig. 1A", "chapter": "theory", "kind": "paper", "statement": "It holds"}


def claim(comparison="equal", **changes):
    tolerance = 0.1 if comparison in claims.NEEDS_TOLERANCE else 0.0
    return Claim(**BASE | {"comparison": comparison, "tolerance": tolerance, "expected": 2.0} | changes)


# ------------------------------------------------------------------ judging


@pytest.mark.parametrize(("comparison", "good", "bad"), [
    ("equal", [2.0, 2], [2.0000001, -2.0]),
    ("within", [2.0, 2.05, 1.95], [2.11, 1.89, -2.0]),
    ("relative", [2.0, 2.19, 1.81], [2.21, 1.79, -2.0]),
    ("at least", [2.0, 2.0001, 1e9], [1.9999, -2.0]),
    ("at most", [2.0, 1.9999, -1e9], [2.0001, 1e9]),
])  # fmt: skip
def test_each_comparison_passes_and_fails(comparison, good, bad):
    for measured in good:
        assert evaluate(claim(comparison), measured).status == HOLDS
    for measured in bad:
        record = evaluate(claim(comparison), measured)
        assert record.status == DIFFERS and record.measured == measured and record.expected == 2.0


def test_a_relative_tolerance_is_of_the_size_not_of_the_sign():
    assert evaluate(claim("relative", expected=-2.0), -2.1).status == HOLDS
    assert evaluate(claim("relative", expected=-2.0), 2.0).status == DIFFERS


def test_every_comparison_is_tested_above():
    assert set(claims.COMPARISONS) == {"equal", "within", "relative", "at least", "at most"}


def test_a_known_difference_has_its_reason_and_a_claim_that_holds_none():
    known = claim(differs="the figure was drawn by hand")
    assert evaluate(known, 3.0).reason == "the figure was drawn by hand"
    assert evaluate(known, 2.0).reason is None


@pytest.mark.parametrize(("comparison", "tolerance"), [
    ("within", 0.0), ("relative", 0.0), ("within", -0.1), ("equal", 0.1), ("at least", 0.1), ("at most", 0.1),
    ("within", float("nan")), ("within", float("inf")), ("equal", -0.1),
])  # fmt: skip
def test_a_tolerance_stands_where_it_means_something_and_only_there(comparison, tolerance):
    with pytest.raises(LedgerError, match=r"fig-1: comparisons .* need a tolerance above 0 and no other has one"):
        claim(comparison, tolerance=tolerance)


@pytest.mark.parametrize(("change", "message"), [
    ({"kind": "certain"}, "fig-1: kind must be one of .*, not 'certain'"),
    ({"comparison": "about"}, "fig-1: comparison must be one of .*, not 'about'"),
])  # fmt: skip
def test_a_bad_claim_is_named(change, message):
    with pytest.raises(LedgerError, match=message):
        claim(**change)


def test_the_expected_value_is_given_once():
    with pytest.raises(ValueError, match=r"expected: claim 'fig-1' takes its expected value from the ledger \(2.0\)"):
        evaluate(claim(), 2.0, 2.0)
    with pytest.raises(ValueError, match=r"expected: .* from the chapter, and none was given"):
        evaluate(claim(expected=None), 2.0)
    assert evaluate(claim(expected=None), 2.0, 2.0).status == HOLDS


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_finite_number_is_refused(value):
    """An infinity would be 'at least' anything, and is no JSON."""
    for measured, expected, of in ((value, None, claim("at least")), (2.0, value, claim("at least", expected=None)),
                                   (2.0, None, claim("at least", expected=value))):  # fmt: skip
        with pytest.raises(ValueError, match="measured, expected, band: claim 'fig-1' needs numbers, got"):
            evaluate(of, measured, expected)


@pytest.mark.parametrize(("comparison", "band", "status"), [
    ("at least", (2.0, 3.0), "holds"), ("at least", (1.9, 3.0), "undecided"), ("at least", (1.0, 1.9), "differs"),
    ("at most", (1.0, 2.0), "holds"), ("at most", (1.0, 2.1), "undecided"), ("at most", (2.1, 3.0), "differs"),
    ("within", (1.95, 2.05), "holds"), ("within", (1.95, 2.2), "undecided"), ("within", (1.0, 3.0), "undecided"),
    ("within", (2.2, 3.0), "differs"), ("relative", (1.81, 2.19), "holds"), ("relative", (1.0, 3.0), "undecided"),
])  # fmt: skip
def test_with_a_band_a_claim_holds_or_fails_for_all_of_it_or_is_undecided(comparison, band, status):
    record = evaluate(claim(comparison, differs="why"), sum(band) / 2, band=band)
    assert record.status == status and record.reason == (None if status == "holds" else "why") and record.band == band
    assert f"({band[0]:.4g} to {band[1]:.4g})" in record.numbers()


@pytest.mark.parametrize("band", [(2.1, 3.0), (1.0, 1.9), (3.0, 1.0)])
def test_a_band_lies_around_what_was_measured(band):
    with pytest.raises(ValueError, match=r"band: claim 'fig-1' needs one around the measured 2\.0"):
        evaluate(claim(), 2.0, band=band)


# ------------------------------------------------------------------ what the page shows


def test_the_record_is_json_and_comes_back():
    record = evaluate(claim("within", differs="why"), 3.0)
    bundle = record._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", claims.MIME}
    back = json.loads(json.dumps(bundle, allow_nan=False))
    assert Record(**back[claims.MIME]) == record
    assert "≠ differs · Fig. 1A · measured 3, expected = 2 ± 0.1" in bundle["text/plain"]


def test_the_badge_escapes_what_it_quotes():
    nasty = '<script>alert("x")</script>&'
    html = evaluate(claim(statement=nasty, panel=nasty, differs=nasty, id=nasty), 3.0)._repr_mimebundle_()["text/html"]
    assert "<script" not in html and html.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;") == 4


def test_the_badge_says_what_happened():
    good, bad = (evaluate(claim(), m)._repr_mimebundle_()["text/html"] for m in (2.0, 3.0))
    assert 'class="lpu-claim holds"' in good and "✓ holds" in good and "reason" not in good
    assert 'class="lpu-claim differs"' in bad and "≠ differs" in bad
    blank = Record(**{k: v for k, v in asdict(claim()).items() if k != "differs"})
    assert "– not run" in blank._repr_mimebundle_()["text/html"] and blank.numbers() == "not run"


@pytest.mark.parametrize(("measured", "words"), [
    (2.0, "measured 2, expected = 2"), (0.123456, "measured 0.1235"), (-3.0, "measured -3,"), (1.5e7, "measured 1.5e+07"),
])  # fmt: skip
def test_numbers_are_short(measured, words):
    assert evaluate(claim(), measured).numbers().startswith(words)


# ------------------------------------------------------------------ the ledger's file

ENTRY = """\
- id: {id}
  panel: Fig. 1A
  chapter: theory
  kind: paper
  statement: It holds
  comparison: equal
  expected: 2
"""


def test_a_ledger_is_read(tmp_path):
    path = tmp_path / "claims.yml"
    path.write_text(ENTRY.format(id="a") + ENTRY.format(id="b"))
    ledger = load_ledger(path)
    assert list(ledger) == ["a", "b"] and ledger["a"] == claim(id="a", expected=2)
    path.write_text("")
    assert load_ledger(path) == {}


def test_a_ledger_that_has_changed_is_read_anew(tmp_path):
    path = tmp_path / "claims.yml"
    entry = "- {id: a, panel: A, chapter: c, kind: paper, statement: S., comparison: equal, expected: %d}"
    for expected in (1, 2, 1):
        path.write_text(entry % expected)
        assert claims.load_ledger(path)["a"].expected == expected


@pytest.mark.parametrize(("text", "message"), [
    (ENTRY.format(id="a") * 2, "the id 'a' stands there twice"),
    (ENTRY.format(id="a") + "  colour: red\n", "unexpected keyword argument 'colour'"),
    (ENTRY.format(id="a").replace("  panel: Fig. 1A\n", ""), "missing .*argument: 'panel'"),
    (ENTRY.format(id="a").replace("kind: paper", "kind: sure"), "kind must be one of"),
    ("- just words\n", "just words"),
    (ENTRY.format(id="a") + "  tolerance: some\n", "'some'"),
])  # fmt: skip
def test_a_malformed_ledger_is_refused(tmp_path, text, message):
    path = tmp_path / "claims.yml"
    path.write_text(text)
    with pytest.raises(LedgerError, match=message):
        load_ledger(path)


def test_the_book_s_own_ledger_is_well_formed():
    for id, entry in load_ledger().items():
        assert entry.id == id and entry.statement and entry.panel


def test_check_shows_the_record(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr(claims, "load_ledger", lambda: {"fig-1": claim()})
    claims.check("fig-1", 3.0)
    assert shown == [evaluate(claim(), 3.0)]
    with pytest.raises(ValueError, match=r"id: expected one of the ledger's \['fig-1'\], got 'fig-2'"):
        claims.check("fig-2", 3.0)


# ------------------------------------------------------------------ collecting


def notebook(*records):
    """An executed notebook that checked these records, among other outputs."""
    outputs = [{"output_type": "display_data", "data": r._repr_mimebundle_()} for r in records]
    other = [
        {"output_type": "stream", "name": "stdout", "text": "x"},
        {"output_type": "display_data", "data": {"text/plain": "x"}},
    ]
    return {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": other + outputs}]}


LEDGER = {"a": claim(id="a"), "b": claim("at least", id="b", expected=None), "c": claim(id="c", chapter="drift")}
A, B = evaluate(LEDGER["a"], 2.0), evaluate(LEDGER["b"], 3.0, 2.5)


def test_the_claims_of_executed_chapters_are_collected_and_the_others_not_run():
    records = collect(LEDGER, {"theory": notebook(A, B)}, "quick")
    assert [r.id for r in records] == ["a", "b", "c"]
    assert [r.status for r in records] == [HOLDS, HOLDS, NOT_RUN]
    assert [r.profile for r in records] == ["quick", "quick", None]
    assert records[1].expected == 2.5 and records[2].measured is None
    assert [r.status for r in collect(LEDGER, {}, "quick")] == [NOT_RUN] * 3


def test_the_ledger_as_it_stands_now_judges():
    """A claim tightened after the chapter ran fails, whatever the badge on the page said."""
    tighter = LEDGER | {"a": claim(id="a", expected=2.5)}
    with pytest.raises(LedgerError, match=r"a: measured 2, expected = 2.5, and the ledger does not say why it differs"):
        collect(tighter, {"theory": notebook(A, B)}, "quick")


def test_a_known_difference_is_allowed_and_keeps_its_reason():
    ledger = LEDGER | {"a": claim(id="a", expected=2.5, differs="because")}
    record = collect(ledger, {"theory": notebook(A, B)}, "quick")[0]
    assert record.status == DIFFERS and record.reason == "because"


@pytest.mark.parametrize(("notebooks", "message"), [
    ({"theory": notebook(A)}, "b: chapter theory ran without checking it"),
    ({"theory": notebook(A, A, B)}, "a: checked 2 times, expected once"),
    ({"theory": notebook(A, B, replace(A, id="z"))}, "z: checked in theory, but the ledger has no such claim"),
    ({"theory": notebook(B), "drift": notebook(A, evaluate(LEDGER["c"], 2.0))},
     "a: checked in drift, but the ledger places it in theory"),
    ({"theory": notebook(evaluate(LEDGER["a"], 3.0), B)}, "a: measured 3, expected = 2, and the ledger does not say"),
])  # fmt: skip
def test_what_must_not_pass_is_refused(notebooks, message):
    with pytest.raises(LedgerError, match=message):
        collect(LEDGER, notebooks, "quick")


def test_all_problems_come_at_once():
    with pytest.raises(LedgerError) as error:
        collect(LEDGER, {"theory": notebook(replace(A, id="z")), "drift": notebook()}, "quick")
    assert len(str(error.value).splitlines()) == 4


@pytest.mark.parametrize(("text", "html"), [
    ("its Σ K_l latents", "its Σ K<sub>l</sub> latents"), ("all 2^K, 1/τ_LPU", "all 2<sup>K</sup>, 1/τ<sub>LPU</sub>"),
    ("as N^(-1/2) < 1", "as N<sup>−1/2</sup> &lt; 1"), ("κ\u0302_obs and w_i²", "κ\u0302<sub>obs</sub> and w<sub>i</sub>²"),
    ("flip_flop and (a, b)", "flip_flop and (a, b)"),
])  # fmt: skip
def test_indices_and_powers_are_set(text, html):
    assert claims.typeset(text) == html
    record = evaluate(claim(statement=text, expected=1.0), 1.0)
    assert html in record._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(("value", "shown"), [
    (2.776e-16, "2.8·10⁻¹⁶"), (1e-10, "10⁻¹⁰"), (-3e-5, "-3·10⁻⁵"), (0.0, "0"), (2.0, "2"), (2.269452563393861, "2.269"),
])  # fmt: skip
def test_a_number_is_shown_as_one_writes_it(value, shown):
    assert claims._short(value) == shown


def test_no_claim_of_the_ledger_shows_a_formula_as_it_was_typed():
    for record in claims.load_ledger().values():
        shown = claims.typeset(f"{record.panel} {record.statement} {record.differs}")
        assert not re.search(r"[_^]", shown) and not re.search(r"<sub>\w*[a-z][A-Z]\w*</sub>", shown), record.id
