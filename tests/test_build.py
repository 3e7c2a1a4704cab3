"""The tools that make the book of chapters that have run: what they make, and what they say when it breaks."""

import errno
import json
import os
import re
import shutil
import time
from dataclasses import replace
from unittest import mock

import nbformat
import pytest
import yaml
from tiny_book import ROOT, chapter

from lpu_book import claims
from tools import (
    book,
    browser,
    build_site,
    build_times,
    costs,
    export_notebooks,
    make_pdf,
    moving,
    polish,
    publication,
    scorecard,
    speed,
    vendor_assets,
)

# --- the claims -----------------------------------------------------------------------------------

LEDGER = """
- {id: a, panel: Fig. 1, chapter: tiny, kind: paper, statement: "|x| is *1*.", comparison: equal, expected: 1}
- {id: b, panel: Fig. 2, chapter: later, kind: paper, statement: Up., comparison: at least, expected: 0}
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A book of one chapter that has run and measured claim a."""
    for name, folder in {"ROOT": "", "BOOK": "book", "BUILD": "_build", "STAGE": "_build/stage"}.items():
        monkeypatch.setattr(book, name, tmp_path / folder)
    monkeypatch.setattr(scorecard, "RECORDS", tmp_path / "_build/claims.json")
    for tables in (speed, costs):  # their pages are not in this book
        monkeypatch.setattr(tables, "fragments", dict)
    monkeypatch.setattr(publication, "changelog", str)
    (tmp_path / "book").mkdir()
    chapter(tmp_path / "book")
    (tmp_path / "book/claims.yml").write_text(LEDGER)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: tiny\n")
    record = claims.evaluate(claims.load_ledger(tmp_path / "book/claims.yml")["a"], 1)
    write_run(record)
    return tmp_path


def write_run(*records):
    data = [nbformat.v4.new_output("display_data", record._repr_mimebundle_()) for record in records]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("check", outputs=data)])
    book.write_whole(book.executed("quick") / "tiny.ipynb", nbformat.writes(notebook))


def test_the_scorecard_counts_and_links(tree, capsys):
    assert scorecard.main([]) == 0
    assert "2 the paper says: 1 holds, 1 not run" in capsys.readouterr().out
    records = [claims.Record(**record) for record in json.loads(scorecard.RECORDS.read_text())]
    assert [record.status for record in records] == ["holds", "not run"]
    cards = scorecard.cards(records)
    assert 'href="tiny.html#claim-a" title="to its figure">Fig\\. 1</a>' in cards or ">Fig. 1</a>" in cards
    assert r"\|x\| is \*1\*." in cards
    mixed = scorecard.summary([records[0], replace(records[1], kind="ours")])
    assert mixed == "1 the paper says: 1 holds; 1 ours: 1 not run"


def test_the_scorecard_counts_kinds_apart_and_marks_what_is_not_ours(tree):
    scorecard.main([])
    first, second = (claims.Record(**record) for record in json.loads(scorecard.RECORDS.read_text()))
    undecided = replace(first, id="c", status="undecided", band=(0.5, 1.5), kind="analogue", panel="Fig. <2>")
    records = [first, replace(first, id="d"), replace(second, kind="ours"), undecided]
    glance, cards = scorecard.glance(records, "quick"), scorecard.cards(records)
    at = glance.splitlines().index("* - Analogue")
    assert [line.split()[-1] for line in glance.splitlines()[at + 1 : at + 5]] == ["–", "–", "1", "–"]
    marks = re.findall(r'<a class="lpu-claim-status [^>]*>([^<]*)</a>', glance)
    assert marks == ["✓ Fig. 1 × 2", "? Fig. &lt;2&gt;"]
    assert "measured 1 (0.5 to 1.5)" in cards and 'data-kind="ours" data-outcome="not run"' in cards


def test_claims_are_judged_again_when_the_ledger_changes(tree, capsys):
    (tree / "book/claims.yml").write_text(LEDGER.replace("expected: 1", "expected: 2"))
    assert scorecard.main([]) == 1
    assert "a: measured 1, expected = 2" in capsys.readouterr().err
    assert not scorecard.RECORDS.exists()
    reason = LEDGER.replace("expected: 1", "expected: 2, differs: We know why.")
    (tree / "book/claims.yml").write_text(reason)
    assert scorecard.main([]) == 0
    build_site.stage("quick")
    staged = (tree / "_build/stage/tiny.ipynb").read_text()
    assert "We know why." in staged and claims.MIME not in staged
    assert "We know why." in (tree / "_build/stage/scorecard-cards.md").read_text()


def test_a_claim_that_its_chapter_skips_stops_the_build(tree, capsys):
    write_run()
    assert scorecard.main([]) == 1
    assert "a: chapter tiny ran without checking it" in capsys.readouterr().err


def test_a_page_that_is_not_there_is_named(tree):
    (tree / "_toc.yml").write_text("format: jb-book\nroot: tiny\nchapters:\n- file: lost\n")
    scorecard.main([])
    with pytest.raises(SystemExit, match=r"lost: _toc\.yml names it"):
        build_site.stage("quick")


def test_an_exported_notebook_can_install_the_package(tree, monkeypatch):
    monkeypatch.setenv("LPU_REPOSITORY", "https://example.org/lpu")
    export_notebooks.export("quick", tree / "out")
    cells = nbformat.read(tree / "out/tiny.ipynb", as_version=4).cells
    assert cells[0].source == "check"
    assert "lpu-core[train,plot,nwb] @ git+https://example.org/lpu" in cells[1].source and "google.colab" in cells[1].source


def test_a_notebook_to_download_says_what_it_needs_and_carries_no_output(tree):
    export_notebooks.export("quick", tree / "out", outputs=False)
    notebook = nbformat.read(tree / "out/tiny.ipynb", as_version=4)
    assert notebook.cells[1].source.startswith('# Needs the package: pip install "FOLDER[train,plot,nwb]"')
    assert not any(cell.get("outputs") for cell in notebook.cells) and "widgets" not in notebook.metadata
    export_notebooks.export("quick", tree / "out")
    assert any(cell.get("outputs") for cell in nbformat.read(tree / "out/tiny.ipynb", as_version=4).cells)


@pytest.mark.parametrize("hub", [None, "https://hub.example.org"])
def test_the_buttons_that_launch_a_chapter_need_an_address(tree, monkeypatch, hub):
    shutil.copy(ROOT / "_config.yml", tree)
    monkeypatch.setattr(build_site, "CONFIG", tree / "_build/_config.yml")
    for name in ("LPU_REPOSITORY", "LPU_JUPYTERHUB", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    if hub:
        monkeypatch.setenv("LPU_JUPYTERHUB", hub)
    build_site.configure()
    assert "launch_buttons" not in yaml.safe_load((tree / "_build/_config.yml").read_text())
    monkeypatch.setenv("LPU_REPOSITORY", "https://example.org/lpu")
    build_site.configure()
    buttons = yaml.safe_load((tree / "_build/_config.yml").read_text())["launch_buttons"]
    assert {"binderhub_url", "colab_url"} <= set(buttons) and buttons.get("jupyterhub_url") == hub


def test_a_failed_site_does_not_pass_as_good(tree, monkeypatch):
    site = tree / "_build/html"
    site.mkdir(parents=True)
    (site / "index.html").write_text("old")
    monkeypatch.setattr(book, "SITE", site)
    monkeypatch.setattr(build_site, "stage", mock.Mock(side_effect=SystemExit("broken")))
    with pytest.raises(SystemExit, match="broken"):
        build_site.main([])
    assert not site.exists()


def test_a_disk_that_fills_up_under_the_site_is_one_sentence_and_leaves_no_old_site(tmp_path, monkeypatch):
    def full(profile):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(build_site, "stage", full)
    monkeypatch.setattr(book, "SITE", tmp_path / "html")
    (tmp_path / "html").mkdir()
    with pytest.raises(SystemExit, match=r"^The site: the disk is full. Make room and run it again.$"):
        build_site.main([])
    assert not (tmp_path / "html").exists()


# --- what it cost ---------------------------------------------------------------------------------


COSTS = [build_times.Cost("theory", 90.0, 40.4, 31.2, 5.0), build_times.Cost("site", 130.0, 12.0, 11.0)]


def test_the_table_tells_what_this_build_did_and_what_it_found_done(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 150.0)
    monkeypatch.setenv(build_times.STARTED, "100")
    head, theory, site, total = build_times.text(COSTS).splitlines()
    assert head.split() == ["wall", "s", "CPU", "s", "start", "s"]
    assert theory.split() == ["theory", "40", "31", "5", "up", "to", "date"]
    assert site.split() == ["site", "12", "11"]
    assert total.split() == ["this", "build", "50", "11"]  # without what an earlier build did
    monkeypatch.setenv(build_times.STARTED, "80")
    *_, total = build_times.text(COSTS).splitlines()
    assert total.split() == ["this", "build", "70", "42"]


def test_the_table_comes_into_the_page_that_has_a_place_for_it(tmp_path):
    page = tmp_path / "speed.html"
    page.write_text(f"<p>Before.</p>{build_times.PLACE}<p>After.</p>")
    build_times.show(page, COSTS)
    html = page.read_text()
    assert html.startswith("<p>Before.</p><table") and html.endswith("</table><p>After.</p>")
    assert "<tr><td>theory</td><td>40</td><td>31</td><td>5</td>" in html and html.count("<tr>") == 4
    with pytest.raises(SystemExit, match=r"speed\.html: expected a place"):
        build_times.show(page, COSTS)


def test_chapters_that_left_no_seconds_are_left_out(tree):
    build_times.keep(book.executed("quick") / "tiny.json", COSTS[0])
    assert build_times.chapters("quick") == [COSTS[0]]
    (book.executed("quick") / "tiny.json").unlink()
    assert build_times.chapters("quick") == []


# --- the browser libraries ------------------------------------------------------------------------


def test_only_the_wanted_files_of_a_package_are_kept():
    wanted = {"package/es5/all.js": "maths/all.js", "package/es5/*.woff": "maths/"}
    assert vendor_assets.place("package/es5/all.js", wanted) == "maths/all.js"
    assert vendor_assets.place("package/es5/a.woff", wanted) == "maths/a.woff"
    assert vendor_assets.place("package/es5/deep/all.js", wanted) is None


def test_without_npm_the_build_says_so_and_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(vendor_assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(vendor_assets.live, "main", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert vendor_assets.main() == 0
    assert "npm is not installed" in capsys.readouterr().err


# --- the last touches -----------------------------------------------------------------------------


def test_the_pages_are_mended_and_what_no_page_uses_goes(tmp_path):
    page = tmp_path / "a.html"
    page.write_text(
        '<script src="_static/scripts/fontawesome.js?digest=1">\n</script><a href="_sources/a.ipynb" target="_blank">'
        '<summary aria-label="Toggle hidden content"><summary><span class="toctree-toggle">'
        '<button class="btn search-button-field x" title="t" aria-label="Search" y><li role="doc-biblioentry">'
        '<div class="proof admonition" id="proof"><section id="exercise-content">'
    )
    for name in (
        "scripts/a.js.map",
        "scripts/fontawesome.js",
        "locales/de/a.mo",
        "vendor/fontawesome/webfonts/a.ttf",
        "a.css",
    ):
        (tmp_path / "_static" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_static" / name).touch()
    polish.polish(tmp_path)
    assert page.read_text() == (
        '<a href="_sources/a.ipynb" download><summary><summary aria-label="Further pages of this chapter">'
        '<span class="toctree-toggle"><button class="btn search-button-field x" title="t" y>'
        '<li role="listitem"><div class="proof admonition"><section>'
    )
    assert [path.name for path in (tmp_path / "_static").rglob("*") if path.is_file()] == ["a.css"]


def box(status, panel):
    record = claims.Record("a", panel, "tiny", "paper", "It holds.", "equal", status=status, measured=1.0, expected=1.0)
    return f'<div class="output text_html">{record._repr_mimebundle_()["text/html"]}</div>'


def test_checks_that_hold_fold_into_one_line_and_others_stay_in_sight():
    good, bad = box("holds", "Fig. 1"), box("differs", "Fig. 2")
    html = polish.mended(f"<p>a</p>{good}{bad}{good}<p>b</p>{good}<p>c</p>{bad}")
    assert html.count("<details") == 2 and html.count("lpu-claim holds") == 3 and html.count("lpu-claim differs") == 2
    assert "3 checks: 2 ✓ 1 ≠ <span>Fig. 1, Fig. 2</span></summary>" + good + good + "</details>" + bad in html
    assert "1 check: 1 ✓ <span>Fig. 1</span>" in html and html.endswith(f"<p>c</p>{bad}")


def test_a_statement_of_the_paper_has_the_papers_number_alone():
    box = (
        '<div class="proof lemma admonition" id="lemma-4">\n<p class="admonition-title">'
        '<span class="caption-number">Lemma 5.2 </span> (It is tuned{})</p></div>'
    )
    link = '<a class="reference internal" href="redundancy.html#{}">Lemma 5.2</a>'
    html = polish.called(box.format(": Lemma 4 of the paper") + link.format("lemma-4"), {"lemma-4": "Lemma 4"})
    assert '<span class="caption-number">Lemma 4 of the paper</span> (It is tuned)' in html and "5.2" not in html
    ours = box.format(" (ours)") + link.format("nested")
    assert polish.called(ours, {"lemma-4": "Lemma 4"}) == ours


def test_what_has_no_colour_of_its_own_is_no_node():
    code = '<pre><span class="n">a</span><span class="w"> </span><span class="o">=</span><span class="p">{}</span></pre>'
    kept = 'a <span class="o">=</span>'
    assert polish.mended(code) == f"<pre>{kept}{{}}</pre>"
    assert polish.mended('<span class="n"><span class="pre">b</span></span>') == "b"


def test_a_mend_that_mends_nothing_stops_the_build(tmp_path):
    (tmp_path / "a.html").write_text('<summary aria-label="Toggle hidden content">')
    with pytest.raises(SystemExit, match="what no page holds") as caught:
        polish.polish(tmp_path)
    assert "doc-biblioentry" in str(caught.value) and "Toggle hidden content" not in str(caught.value)


# --- the book on paper ----------------------------------------------------------------------------


def test_a_moving_figure_stands_still_on_paper():
    models = {
        "box": {"state": {"children": ["IPY_MODEL_slider", "IPY_MODEL_stack"]}},
        "slider": {"state": {"_options_labels": ["1", "2", "<3>"], "index": 1, "description": "N"}},
        "stack": {"state": {"children": ["IPY_MODEL_a", "IPY_MODEL_b", "IPY_MODEL_c"], "selected_index": 1}},
        **{name: {"state": {"value": f"<svg>{text}</svg>"}} for name, text in (("a", "one"), ("b", "two"), ("c", "three"))},
    }
    output = {"output_type": "display_data", "data": {moving.VIEW: {"model_id": "box"}, "text/plain": "VBox()"}}
    notebook = {"metadata": {"widgets": {moving.STATE: {"state": models}}}, "cells": [{"outputs": [output]}]}
    moving.show(notebook)
    assert notebook["metadata"] == {} and list(output["data"]) == ["text/html"]
    html = output["data"]["text/html"]
    assert (
        'max="2" value="1"' in html and 'data-names="1|2|&lt;3&gt;"' in html and '<output aria-live="off">2</output>' in html
    )
    shown, *waiting = re.findall(r"(<script[^>]*>)?<svg>(\w+)</svg>", html)
    assert shown == ("", "two") and [text for script, text in waiting if script] == ["one", "three"]
    article = make_pdf.still(f'<html><article class="bd-article">before {html} after</article>')
    assert article.startswith("before ") and article.endswith(" after")
    assert "<svg>two</svg>" in article and "one" not in article and "three" not in article


def test_without_chromium_no_pdf_is_made_and_no_page_links_to_one(tmp_path, monkeypatch):
    monkeypatch.setattr(browser, "PATH", None)
    (tmp_path / "index.html").write_text(make_pdf.PLACE)
    monkeypatch.setattr(book, "SITE", tmp_path)
    with pytest.raises(SystemExit, match="There is no Chromium"):
        make_pdf.main()
    assert (tmp_path / "index.html").read_text() == make_pdf.PLACE


def test_linking_the_pdf_keeps_a_page_s_date_and_happens_once(tmp_path):
    page = tmp_path / "index.html"
    page.write_text(f"<li>{make_pdf.BUTTON}></button></li>{make_pdf.PLACE}")
    os.utime(page, (1, 1))
    make_pdf.link(tmp_path)
    make_pdf.link(tmp_path)
    assert page.read_text().count(make_pdf.NAME) == 2 and page.stat().st_mtime == 1
