"""The site as a publication: what its pages say of themselves, and what stands around them."""

import datetime
import json
import re
from collections import Counter
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from browsing import SITE, needs_site
from PIL import Image

from tools import book, edition, publication, site_pictures

TITLE = "Latent computing, executable"
NOW = edition.Edition(TITLE, "We", "1.2", "v1.2-3-gabc", datetime.date(2026, 1, 2), datetime.date(2026, 1, 3), None, None)
THERE = replace(NOW, repository="https://example.org/lpu", address="https://book.example.org/lpu/")
HTML = """<html><head><title>{title} &#8212; Latent computing, executable</title></head><body><article class="bd-article">
<section><h1>A</h1><p>{first}</p><section><h2>B</h2>
<p>A paragraph of the first section, plain and long.</p></section></section>
</article><!-- edition --></body></html>"""


def page(first="It is plain, and long enough to say something.", title="1. Theory: <i> &amp; more", path="theory.html"):
    return publication.Page(path, HTML.format(title=title, first=first))


def tags(html):
    """What the head says, by name."""
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', html)
    return {name: unescape(value) for name, value in found}


# --- a description --------------------------------------------------------------------------------


LONG = "A sentence of some words that goes on. "


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("Two <em>words</em> &amp; more, in a sentence. And so on.", "Two words & more, in a sentence. And so on."),
        ("A network holds what it has seen. It is <span class='math'>\\(x\\)</span>.", "A network holds what it has seen."),
        ("Let <span class='math'>\\(x\\)</span> be it.", "A paragraph of the first section, plain and long."),
        ("Too short.", "A paragraph of the first section, plain and long."),
        ("The paper [Dinc <em>et al.</em>, 2025] says it in many words.", "The paper says it in many words."),
        (LONG * 6, (LONG * 4).strip()),
        (f"{'word ' * 50}.", f"{('word ' * 31).strip()}…"),
    ],
)  # fmt: skip
def test_a_description_is_the_first_plain_sentences_that_fit(first, expected):
    assert page(first).description(TITLE) == expected
    assert len(expected) <= publication.LONGEST


def test_a_page_without_a_plain_paragraph_says_what_it_belongs_to():
    bare = publication.Page("references.html", "<title>References &#8212; B</title>")
    assert bare.description("B") == "References: a page of B."


# --- head and foot --------------------------------------------------------------------------------


def test_what_has_signs_of_html_in_it_is_escaped():
    said = publication.head(
        page("It says <b>&quot;no&quot;</b> &lt;/script&gt; &amp; goes on for a while."), NOW, publication.paper()
    )
    assert tags(said)["og:title"] == "Theory: <i> & more"
    assert tags(said)["description"] == 'It says "no" </script> & goes on for a while.'
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', said)[1]
    assert json.loads(data)["description"] == tags(said)["description"]


def test_addresses_are_absolute_where_the_site_s_is_known_and_left_out_elsewhere():
    cited = publication.paper()
    known, unknown = (publication.head(page(), now, cited) for now in (THERE, NOW))
    assert '<link rel="canonical" href="https://book.example.org/lpu/theory.html">' in known
    assert tags(known)["og:image"] == "https://book.example.org/lpu/_static/card.png"
    assert tags(known)["og:url"] == tags(known)["citation_public_url"] == "https://book.example.org/lpu/theory.html"
    assert "canonical" not in unknown and {"og:url", "citation_public_url"}.isdisjoint(tags(unknown))
    home = publication.head(page(path="index.html"), THERE, cited)
    assert tags(home)["og:url"] == "https://book.example.org/lpu/"


def test_a_chapter_cites_the_paper_and_other_pages_are_no_chapters():
    chapter, other = (
        tags(publication.head(page(path=path), NOW, publication.paper())) for path in ("drift.html", "api.html")
    )
    assert chapter["citation_publication_date"] == "2026/01/02" and chapter["citation_author"] == "We"
    assert "citation_arxiv_id=2502.14337" in chapter["citation_reference"]
    assert chapter["citation_reference"].count("citation_author=") == 11
    assert not [name for name in other if name.startswith("citation_")]


def test_the_foot_names_the_edition_and_leads_to_a_report_that_is_begun():
    foot = publication.foot(page(), replace(THERE, commit=f"v1.2-3-gabc{edition.DIRTY}"))
    assert "Version 1.2, commit <a" in foot and "with changes, built on 3 January 2026" in foot
    assert 'href="https://example.org/lpu/commit/abc"' in foot
    link = urlsplit(unescape(re.search(r'href="([^"]*issues/new[^"]*)"', foot)[1]))
    asked = {name: value for name, (value,) in parse_qs(link.query).items()}
    assert "theory.html" in asked["what"] and "v1.2-3-gabc" in asked["version"]
    form = yaml.safe_load((book.ROOT / ".github/ISSUE_TEMPLATE" / asked.pop("template")).read_text("utf-8"))
    assert set(asked) == {"title", *(field["id"] for field in form["body"])}
    assert "<a" not in publication.foot(page(), NOW).replace('<a href="changelog.html">', "")


# --- the edition ----------------------------------------------------------------------------------


@pytest.fixture
def nowhere(monkeypatch):
    for name in ("LPU_SITE_URL", "LPU_REPOSITORY", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)


def test_outside_git_the_commit_is_unknown(tmp_path, monkeypatch, nowhere):
    for file in ("_config.yml", "pyproject.toml"):
        (tmp_path / file).write_bytes((book.ROOT / file).read_bytes())
    monkeypatch.setattr(book, "ROOT", tmp_path)
    now = edition.this_edition()
    assert now.commit == "unknown" and now.date == now.built and now.address is now.repository is None
    assert "commit unknown, built" in publication.foot(page(), replace(now, repository="https://example.org/lpu"))


def test_the_citation_names_the_version_of_the_package():
    cited = yaml.safe_load((book.ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["version"] == edition.this_edition().version


def test_the_address_is_the_one_that_is_set_or_that_of_github_s_pages(monkeypatch, nowhere):
    assert book.address() is None
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "Some/lpu")
    assert book.address() == "https://some.github.io/lpu/"
    monkeypatch.setenv("LPU_SITE_URL", "https://book.example.org")
    assert book.address() == "https://book.example.org/"
    monkeypatch.delenv("LPU_SITE_URL")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.org")
    assert book.address() is None


# --- the whole site -------------------------------------------------------------------------------


@pytest.fixture
def tiny(tmp_path, monkeypatch, nowhere):
    """A site of two pages, dressed where it has an address."""
    monkeypatch.setenv("LPU_SITE_URL", THERE.address)
    monkeypatch.setattr(site_pictures, "draw", lambda *arguments: None)
    for path in ("index.html", "404.html", "_modules/a.html"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(HTML.format(title=TITLE, first="All of it."))
    return tmp_path


def test_a_site_with_an_address_has_a_map_and_a_base_for_lost_readers(tiny):
    publication.dress(tiny)
    listed = re.findall("<loc>(.*?)</loc>", (tiny / "sitemap.xml").read_text())
    assert listed[0] == THERE.address and len(listed) == len(book.toc_pages()) and f"{THERE.address}drift.html" in listed
    assert f"Sitemap: {THERE.address}sitemap.xml" in (tiny / "robots.txt").read_text()
    assert f'<base href="{THERE.address}">' in (tiny / "404.html").read_text()
    assert (tiny / "index.html").read_text().count(TITLE + "</title>") == 1
    assert "og:title" not in (tiny / "_modules/a.html").read_text()
    assert 'href="../_static/icon.svg"' in (tiny / "_modules/a.html").read_text()


def test_a_site_without_an_address_has_no_map(tiny, monkeypatch):
    monkeypatch.delenv("LPU_SITE_URL")
    publication.dress(tiny)
    assert not (tiny / "sitemap.xml").exists() and "Sitemap" not in (tiny / "robots.txt").read_text()
    assert "<base" not in (tiny / "404.html").read_text().split("<script>")[0]


def test_a_page_without_room_for_a_foot_stops_the_build(tiny):
    (tiny / "index.html").write_text("<title>A</title>")
    with pytest.raises(SystemExit, match=r"index\.html: expected a title and <!-- edition -->"):
        publication.dress(tiny)


BUILT = sorted(SITE.rglob("*.html"))


@needs_site
def test_every_page_describes_itself_and_has_icons_that_are_there():
    described = {}
    for path in BUILT:
        html = path.read_text("utf-8").split("</head>")[0]
        said, name = tags(html), path.relative_to(SITE).as_posix()
        described[name] = said["description"]
        assert 20 < len(said["description"]) <= publication.LONGEST and not re.search(
            r"\\[a-z(\[]|<|\$", said["description"]
        ), name
        icons = re.findall(r'<link rel="icon"[^>]* href="([^"]+)"', html)
        assert len(icons) == 2 and all((path.parent / icon).is_file() for icon in icons), name
        if not name.startswith("_modules/"):
            data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
            assert data["description"] == said["og:description"] == said["twitter:description"], name
            assert data["@type"] == (
                "Book" if name == "index.html" else "Chapter" if path.stem in book.chapters() else "WebPage"
            )
    assert [text for text, count in Counter(described.values()).items() if count > 1] == []


@needs_site
def test_the_index_says_its_title_once_and_the_changelog_is_a_page():
    assert f"<title>{TITLE}</title>" in (SITE / "index.html").read_text("utf-8")
    assert "The first edition" in (SITE / "changelog.html").read_text("utf-8")


@needs_site
def test_a_browser_can_install_the_book():
    manifest = json.loads((SITE / "manifest.webmanifest").read_text("utf-8"))
    assert (SITE / manifest["start_url"]).is_file() and manifest["name"] == TITLE
    sizes = {icon["sizes"]: Image.open(SITE / icon["src"]).size for icon in manifest["icons"]}
    assert sizes == {"192x192": (192, 192), "512x512": (512, 512)}
    assert Image.open(SITE / "_static/card.png").size == site_pictures.CARD


@needs_site
def test_a_lost_reader_is_led_home_from_any_depth(tabs, address):
    tab = tabs()
    lost = (SITE / "404.html").read_text("utf-8")
    tab.route("**/lost/**", lambda route: route.fulfill(status=404, body=lost, content_type="text/html")
              if route.request.url.endswith("page.html") else route.fulfill(status=404))  # fmt: skip
    tab.goto(f"{address}lost/deeper/page.html")
    assert tab.locator(".bd-article a").first.evaluate("link => link.href") == f"{address}index.html"
    assert tab.locator(".bd-article h1").evaluate("title => getComputedStyle(title).fontFamily") != "serif"
    tab.locator(".bd-article a", has_text="glossary").click()
    tab.wait_for_url(f"{address}glossary.html")
    tab.unroute_all()
