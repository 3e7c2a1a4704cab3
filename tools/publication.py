"""The site as a publication: what its pages tell search engines, those who share a link and those who cite.

Every page gets a description, cards for shared links, a citation, its icons, and a foot that says of which edition it is.
Around them come a page for lost readers, a map for robots and a manifest, with which a browser can install the book.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from pybtex.database import parse_file

from tools import book, site_pictures
from tools.edition import DIRTY, Edition, this_edition

PAPER = "dinc2025latent"
SUMMARY = ("A paper on latent processing units, run", "theorems checked, figures computed, differences said")
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
GROUND = {"light": "#ffffff", "dark": "#121212"}
"""The theme's grounds."""
FOOT = "<!-- edition -->"
"""Where _config.yml leaves room for it."""
LONGEST = 160
"""Characters of a description, as far as search engines show it."""
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.DOTALL)
FORMULA = "<formula>"


@dataclass(frozen=True)
class Page:
    """A built page: its path from the site's root, and its text."""

    path: str
    html: str

    @cached_property
    def title(self) -> str:
        """Its own title, without its number and the book's title."""
        found = TITLE.search(self.html)
        own = re.split(" (?:—|&#8212;|-) ", found[1])[0] if found else self.path
        return re.sub(r"^[\d.]+ ", "", " ".join(unescape(own).split()))

    @property
    def name(self) -> str:
        """As _toc.yml has it."""
        return self.path.removesuffix(".html")

    @property
    def root(self) -> str:
        """The way to the site's root."""
        return "../" * self.path.count("/")

    def address(self, now: Edition) -> str:
        """The one at which it is at home."""
        return urljoin(now.address or "", "" if self.name == "index" else self.path)

    @cached_property
    def opening(self) -> str:
        """The first sentences of its first paragraph that begins without a formula; or nothing."""
        article = ARTICLE.search(self.html)
        return next(filter(None, map(shortened, paragraphs(article[1]) if article else [])), "")

    def description(self, book_title: str) -> str:
        """Its opening; where it has none, what it belongs to."""
        return self.opening or f"{self.title}: a page of {book_title}."


def paragraphs(article: str) -> list[str]:
    """The paragraphs between a page's title and its first section, then those of its sections, as plain text."""
    from lxml import html

    light = re.sub(r"<(svg|script|style)\b.*?</\1>", "", article, flags=re.DOTALL)
    found = []
    for node in html.fromstring(f"<div>{light}</div>").iterfind(".//section/p"):
        for formula in node.find_class("math"):
            formula.text = FORMULA
        found.append(" ".join(node.text_content().split()))
    return found


def shortened(paragraph: str) -> str:
    """The first sentences of a paragraph as far as no formula comes and they fit; a last one is cut where they are few."""
    taken = ""
    for sentence in re.split(r"(?<=[.?!]) (?=[A-Z“\"])", re.sub(r" \[[^]]*\d{4}\w?]", "", paragraph)):
        if FORMULA in sentence:
            break
        longer = f"{taken} {sentence}".strip()
        if len(longer) > LONGEST:
            few = len(taken) < LONGEST / 2
            return longer[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…" if few else taken
        taken = longer
    return taken.rstrip(":") if len(taken) > 30 else ""


def paper() -> dict[str, Any]:
    """The paper as JSON-LD has it."""
    entry = parse_file(book.BOOK / "references.bib").entries[PAPER]
    names = [" ".join(person.first_names + person.middle_names + person.last_names) for person in entry.persons["author"]]
    return {
        "@type": "ScholarlyArticle",
        "name": re.sub("[{}]", "", entry.fields["title"]),
        "author": [{"@type": "Person", "name": name} for name in names],
        "datePublished": entry.fields["year"],
        "url": f"https://arxiv.org/abs/{entry.fields['eprint']}",
    }


def linked_data(page: Page, now: Edition, cited: dict[str, Any]) -> dict[str, Any]:
    """What the page is, as JSON-LD: the book, a chapter of it, or a page of it."""
    author = {"@type": "Organization", "name": now.authors}
    dated = {"datePublished": now.date.isoformat(), "license": LICENCE}
    whole: dict[str, Any] = {"@type": "Book", "name": now.title, "author": author, "version": now.version}
    whole |= {"url": now.address} if now.address else {}
    if page.name == "index":
        what = whole | dated | {"about": cited}
    elif page.name in book.chapters():
        what = {"@type": "Chapter", "name": page.title, "author": author, **dated, "citation": cited, "isPartOf": whole}
    else:
        what = {"@type": "WebPage", "name": page.title, "isPartOf": whole}
    return {"@context": "https://schema.org", "inLanguage": "en-GB", "description": page.description(now.title), **what}


def citation(page: Page, now: Edition, cited: dict[str, Any]) -> list[tuple[str, str]]:
    """What Google Scholar and reference managers read off a chapter, and off no other page."""
    if page.name not in book.chapters():
        return []
    reference = [("title", cited["name"]), *(("author", author["name"]) for author in cited["author"]),
                 ("publication_date", cited["datePublished"]), ("arxiv_id", cited["url"].rsplit("/", 1)[1])]  # fmt: skip
    tags = [("citation_title", page.title), ("citation_author", now.authors), ("citation_inbook_title", now.title),
            ("citation_publication_date", now.date.strftime("%Y/%m/%d")), ("citation_language", "en"),
            ("citation_reference", ";".join(f"citation_{name}={value}" for name, value in reference))]  # fmt: skip
    return [*tags, ("citation_public_url", page.address(now))] if now.address else tags


def named(tags: list[tuple[str, str]], kind: str = "name") -> list[str]:
    """Tags of the head, each of a name (or a property) and what it says."""
    return [f'<meta {kind}="{name}" content="{escape(value)}">' for name, value in tags]


def face(page: Page, now: Edition) -> list[str]:
    """What every page has: its description, its icons, the colours around it, its one address."""
    static = f"{page.root}_static"
    lines = named([("description", page.description(now.title))])
    lines += [f'<meta name="theme-color" media="(prefers-color-scheme: {scheme})" content="{ground}">'
              for scheme, ground in GROUND.items()]  # fmt: skip
    lines += [f'<link rel="icon" type="image/svg+xml" href="{static}/icon.svg">',
              f'<link rel="icon" type="image/png" sizes="32x32" href="{static}/icon-32.png">']  # fmt: skip
    if page.path in ("404.html", "search.html"):
        lines += named([("robots", "noindex")])
    elif now.address:
        lines.append(f'<link rel="canonical" href="{escape(page.address(now))}">')
    return lines


def card(page: Page, now: Edition) -> list[str]:
    """What shows where someone shares a link to the page. A card's picture needs the site's address to be found."""
    home, picture = page.path == "index.html", "_static/card.png"
    properties = [("og:type", "book" if home else "article"), ("og:site_name", now.title), ("og:locale", "en_GB"),
                  ("og:title", now.title if home else page.title), ("og:description", page.description(now.title)),
                  ("og:image", urljoin(now.address, picture) if now.address else page.root + picture),
                  ("og:image:width", str(site_pictures.CARD[0])), ("og:image:height", str(site_pictures.CARD[1])),
                  ("og:image:alt", "The flow of two latents with four attractors, beside the book’s title.")]  # fmt: skip
    if now.address:
        properties.append(("og:url", page.address(now)))
    twitter = [("twitter:card", "summary_large_image"), ("twitter:title", properties[3][1]),
               ("twitter:description", properties[4][1]), ("twitter:image", properties[5][1])]  # fmt: skip
    return named(properties, "property") + named(twitter)


def head(page: Page, now: Edition, cited: dict[str, Any]) -> str:
    """The tags that go into the page's head. Listings of code are neither shared nor cited."""
    lines = face(page, now)
    if not page.path.startswith("_modules/"):
        data = json.dumps(linked_data(page, now, cited), ensure_ascii=False).replace("</", "<\\/")
        lines += card(page, now) + named(citation(page, now, cited))
        lines += [f'<script type="application/ld+json">{data}</script>', installs(page)]
    return "\n".join(lines) + "\n"


def installs(page: Page) -> str:
    """The link to the manifest, by script: from a file a browser refuses it, and says so on the console."""
    icon = f'<link rel="apple-touch-icon" href="{page.root}_static/icon-180.png">'
    link = f'<link rel="manifest" href="{page.root}manifest.webmanifest">{icon}'
    return f"<script>/^http/.test(location.protocol) && document.head.insertAdjacentHTML('beforeend', '{link}')</script>"


def foot(page: Page, now: Edition) -> str:
    """Of which edition the page is, what has changed, and where to report an error."""
    commit, changed = now.commit.removesuffix(DIRTY), now.commit.endswith(DIRTY)
    if now.repository and commit != "unknown":
        commit = f'<a href="{now.repository}/commit/{commit.rsplit("-g", 1)[-1]}">{commit}</a>'
    commit += " with changes" * changed
    parts = [f"Version {now.version}, commit {commit}, built on {now.built.day} {now.built:%B %Y}",
             f'<a href="{page.root}changelog.html">What has changed</a>']  # fmt: skip
    if now.repository:
        what = {"template": "wrong.yml", "title": f"{page.title}: ", "what": f"On {page.path}, section: ",
                "version": f"{now.version}, commit {now.commit}"}  # fmt: skip
        url = f"{now.repository}/issues/new?{urlencode(what, quote_via=quote)}"
        parts.append(f'<a href="{escape(url)}">Report an error on this page</a>')
    return f'<p class="lpu-edition">{" · ".join(parts)}</p>'


def retitled(page: Page, now: Edition) -> str:
    """The page's text with the book's title once in its own."""
    twice = re.compile(rf"<title>{re.escape(escape(now.title))} (?:—|&#8212;|-) .*?</title>", re.DOTALL)
    return twice.sub(f"<title>{escape(now.title)}</title>", page.html, count=1)


ROOT = """<script>
// This page stands in for a lost one, at whatever depth: the first folder upwards that has the book's styles is its root.
if (location.protocol.startsWith("http"))
  for (let folder = new URL("./", location.href); ; folder = new URL("../", folder)) {
    const request = new XMLHttpRequest();
    request.open("HEAD", new URL("_static/lpu.css", folder), false);
    request.send();
    if (request.status === 200) document.write(`<base href="${folder}">`);
    if (request.status === 200 || folder.pathname === "/") break;
  }
</script>
"""
"""Of the page for lost readers, where nobody said at which address the site stands."""


def manifest(now: Edition) -> dict[str, Any]:
    """What a browser needs to install the book."""
    icons = [{"src": f"_static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)]
    text = {
        "name": now.title,
        "short_name": "Latent computing",
        "description": f"{SUMMARY[0]}: {SUMMARY[1]}.",
        "lang": "en-GB",
    }
    start = {"start_url": "./index.html", "scope": "./", "display": "minimal-ui"}
    return text | start | {"background_color": GROUND["light"], "theme_color": GROUND["light"], "icons": icons}


def sitemap(address: str) -> str:
    """The pages of the contents, for robots."""
    pages = ["" if name == "index" else f"{name}.html" for name in book.toc_pages()]
    urls = "".join(f"<url><loc>{escape(urljoin(address, page))}</loc></url>\n" for page in pages)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n{urls}</urlset>\n'


def changelog() -> str:
    """CHANGELOG.md as the text of a page of the book."""
    text = (book.ROOT / "CHANGELOG.md").read_text("utf-8").split("\n", 1)[1]
    return text.replace("](book/", "](")


def dress(site: Path) -> None:
    """Give the built site in this folder all of it. Exits, naming it, where a page has no room for a foot."""
    now, cited = this_edition(), paper()
    site_pictures.draw(site / "_static", now.title, f"{SUMMARY[0]}:\n" + SUMMARY[1].replace(", ", ",\n") + ".")
    for path in sorted(site.rglob("*.html")):
        page = Page(path.relative_to(site).as_posix(), path.read_text("utf-8"))
        tags = head(page, now, cited)
        if page.path == "404.html":
            tags = (f'<base href="{escape(now.address)}">\n' if now.address else ROOT) + tags
        html = retitled(page, now)
        if FOOT not in html or "</title>" not in html:
            raise SystemExit(f"{page.path}: expected a title and {FOOT} (html: extra_footer in _config.yml)")
        html = html.replace("</title>", "</title>\n" + tags, 1).replace(FOOT, foot(page, now), 1)
        path.write_text(html, "utf-8")
    (site / "manifest.webmanifest").write_text(json.dumps(manifest(now), ensure_ascii=False, indent=1) + "\n", "utf-8")
    robots = "User-agent: *\nAllow: /\n"
    if now.address:
        (site / "sitemap.xml").write_text(sitemap(now.address), "utf-8")
        robots += f"Sitemap: {urljoin(now.address, 'sitemap.xml')}\n"
    (site / "robots.txt").write_text(robots, "utf-8")
