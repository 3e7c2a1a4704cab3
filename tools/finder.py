"""The search page's index of what the book is made of: statements, equations, figures, claims, terms, exercises, sections.

Sphinx's own index knows words and pages.  This one knows these things by the numbers and names that the pages show, and
where each stands.  It is a script, which a page opened from a file can load, too; book/assets/finder.js searches it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from docutils.utils.math import tex2unichar
from lxml import html

from lpu_book import claims
from tools import book, publication

NAME = "finder-index.js"
PLACE = '<div id="search-results"></div>'
KINDS = ("statement", "equation", "figure", "term", "claim", "exercise", "section")
"""In the order in which equally good finds are shown."""
LONGEST = 120
"""Characters of a text."""
OF_THE_PAPER = re.compile(r"^([A-Z]\w+ \d+) of the paper")
PAPERS = re.compile(r"equation-eq-([ma]?\d+)")
NUMBER = re.compile(r"^[\d.]+(?=\. )")
# How LaTeX's commands look in plain text; formatting is nothing, and what is not here is a word, such as \log.
ACCENTS = tex2unichar.mathaccent
SIGNS = {
    name: sign
    for group, table in vars(tex2unichar).items()
    if group.startswith("math") and group != "mathaccent"
    for name, sign in table.items()
} | {"lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "dots": "…", "sqrt": "√", "iff": "⇔", "quad": " ", "qquad": " "}
FORMATS = (
    "mathrm",
    "mathbf",
    "mathbb",
    "mathcal",
    "mathbin",
    "operatorname",
    "text",
    "left",
    "right",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
)
SIGNS |= dict.fromkeys(FORMATS, "")


@dataclass(frozen=True)
class Entry:
    """Something to be found: what it is, its page and place there, its number or name, its title, and how it begins."""

    kind: str
    page: str
    anchor: str
    label: str
    title: str = ""
    text: str = ""


def said(node: Any) -> str:
    """A node's text in one line, its formulas as LaTeX in \\(…\\)."""
    words = node.text_content().replace("\\[", "\\(").replace("\\]", "\\)")
    return " ".join(words.split())


def cut(text: str) -> str:
    """A text's beginning, with no word and no formula cut."""
    if len(text) <= LONGEST:
        return text
    start = text[:LONGEST].rsplit(" ", 1)[0]
    if start.count("\\(") > start.count("\\)"):
        start = start[: start.rindex("\\(")]
    return start.rstrip(" ,;:.(") + "…"


def article(page: str) -> Any:
    """What a page says, as a tree: without its pictures, scripts, code and links to itself."""
    found = publication.ARTICLE.search(page)
    light = re.sub(r"<(svg|script|style|pre)\b.*?</\1>", "", found[1] if found else "", flags=re.DOTALL)
    tree = html.fromstring(f"<div>{light}</div>")
    for link in tree.find_class("headerlink"):
        link.drop_tree()
    return tree


def entries(name: str, page: str) -> Iterator[Entry]:
    """What stands on a built page, in its order; claims apart."""
    heading = ""
    for node in article(page).iter("section", "div", "figure", "dt"):
        id, kinds = node.get("id", ""), node.get("class", "").split()
        if node.tag == "section" and (titles := node.xpath("./h2|./h3|./h4")):
            heading = said(titles[0])
            number = NUMBER.match(heading)
            own = heading.removeprefix(f"{number[0]}. ") if number else heading
            yield Entry("section", name, id, f"Section {number[0]}" if number else "", own, opening(node.find("./p")))
        elif id and "proof" in kinds:
            label, title = named(node)
            known = OF_THE_PAPER.match(label)
            title += ", of the paper" if known else ""
            yield Entry("statement", name, id, known[1] if known else label, title, opening(node.find("./section")))
        elif id and "exercise" in kinds:
            yield Entry("exercise", name, id, *named(node), opening(node.find("./section")))
        elif "math" in kinds and (numbers := node.find_class("eqno")):
            label = f"Eq. {said(numbers[0]).strip('()')}"
            numbers[0].drop_tree()
            papers, formula = PAPERS.fullmatch(id), said(node)
            title = f"the paper’s Eq. {papers[1].upper()}, " if papers else ""
            yield Entry("equation", name, id, label, f"{title}in “{heading}”", formula * (len(formula) < 2 * LONGEST))
        elif id and node.tag == "figure" and (captions := node.find_class("caption-text")):
            head = captions[0].find("./strong")
            title, text = "" if head is None else said(head), said(captions[0])
            figure = said(node.find_class("caption-number")[0])
            yield Entry("figure", name, id, figure, title.rstrip("."), cut(text.removeprefix(title).strip()))
        elif node.tag == "dt" and id.startswith("term-"):
            yield Entry("term", name, id, said(node), "", opening(node.getnext()))


def named(box: Any) -> tuple[str, str]:
    """The number of a statement or an exercise, and its title."""
    label, _, title = said(box.find("./p")).partition(" (")
    return label.strip(), title.removesuffix(")")


def opening(node: Any) -> str:
    """How a node's text begins; nothing where there is none."""
    return "" if node is None else cut(said(node))


def claimed(records: list[dict[str, Any]]) -> Iterator[Entry]:
    """The claims that were measured."""
    for record in records:
        if record["measured"] is not None:
            outcome = f"{claims.ICONS[record['status']]} {record['status']}"
            place, text = f"claim-{record['id']}", cut(record["statement"])
            yield Entry("claim", record["chapter"], place, record["panel"], outcome, text)


def index(site: Path, records: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole index: pages with titles, entries with kinds and pages as numbers, and the signs of LaTeX in them."""
    names = book.toc_pages()
    texts = {name: (site / f"{name}.html").read_text("utf-8") for name in names}
    titles = [publication.Page(f"{name}.html", text).title for name, text in texts.items()]
    found = [entry for name, text in texts.items() for entry in entries(name, text)]
    found += [entry for entry in claimed(records) if entry.page in names]
    rows = [[KINDS.index(entry.kind), names.index(entry.page), *astuple(entry)[2:]] for entry in found]
    formulas = re.findall(r'class="math [^>]*>(.*?)</', "".join(texts.values()), re.DOTALL)
    used = {name for formula in formulas for name in re.findall(r"\\([A-Za-z]+)", formula)}
    signs, accents = ({name: table[name] for name in sorted(used & set(table))} for table in (SIGNS, ACCENTS))
    return {
        "kinds": KINDS,
        "pages": list(zip(names, titles, strict=True)),
        "entries": rows,
        "signs": signs,
        "accents": accents,
    }


def add(site: Path) -> None:
    """Give the site its index, and the search page what searches it."""
    records = json.loads((book.BUILD / "claims.json").read_text("utf-8"))
    text = json.dumps(index(site, records), ensure_ascii=False, separators=(",", ":"))
    (site / "_static" / NAME).write_text(f"window.lpuFinder={text};\n", "utf-8")
    search = site / "search.html"
    page = search.read_text("utf-8")
    if PLACE not in page:
        raise SystemExit(f"search.html: expected {PLACE} (has the theme changed?)")
    scripts = "".join(f'<script src="_static/{name}"></script>\n' for name in (NAME, "finder.js"))
    page = page.replace(PLACE, f'<section id="lpu-finds" aria-labelledby="lpu-finds-title" hidden></section>\n{PLACE}')
    search.write_text(page.replace("</body>", scripts + "</body>"), "utf-8")
