"""Judge the claims: book/claims.yml against the records in the executed notebooks.

    python -m tools.scorecard --profile quick

Writes _build/claims.json, from which tools/build_site.py draws the table; exits 1, naming each problem, where
ledger and book disagree.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from html import escape, unescape
from typing import Any

from lpu_book import claims
from tools import book

RECORDS = book.BUILD / "claims.json"
PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>$|#~^@&])")


def read(profile: str, names: Iterable[str]) -> dict[str, Any]:
    """The executed notebooks by chapter, of those that ran."""
    import nbformat

    files = {name: book.executed(profile) / f"{name}.ipynb" for name in names}
    return {name: nbformat.read(file, as_version=4) for name, file in files.items() if file.is_file()}


def judge(profile: str) -> list[claims.Record]:
    """All records. Raises LedgerError, one problem a line."""
    ledger = claims.load_ledger(book.BOOK / "claims.yml")
    return claims.collect(ledger, read(profile, book.chapters()), profile)


def summary(records: list[claims.Record]) -> str:
    """How many claims of each kind have which outcome, in a line."""
    groups = [[record for record in records if record.kind == kind] for kind in claims.CLAIM_KINDS]
    return "; ".join(f"{len(group)} {claims.CLAIM_KINDS[group[0].kind]}: {counted(group)}" for group in groups if group)


def counted(records: list[claims.Record]) -> str:
    """How many have each outcome that any has."""
    counts = Counter(record.status for record in records)
    return ", ".join(f"{counts[status]} {status}" for status in claims.ICONS if counts[status])


def by_chapter(records: list[claims.Record]) -> list[tuple[str, list[claims.Record]]]:
    """The chapters in the book's order, each with its records."""
    pages = book.toc_pages()
    chapters = sorted({r.chapter for r in records}, key=lambda name: pages.index(name) if name in pages else len(pages))
    return [(chapter, [record for record in records if record.chapter == chapter]) for chapter in chapters]


def glance(records: list[claims.Record], profile: str) -> str:
    """As MyST: the counts, a way to what differs, and the paper's claims as a screenful of marks."""
    return "\n\n".join([counts(records, profile), DIFFERING, marks(by_chapter(records))]) + "\n"


def cards(records: list[claims.Record]) -> str:
    """As MyST: what chooses among the claims, and under each chapter's name its claims."""
    groups = [(chapter, title(chapter), group) for chapter, group in by_chapter(records)]
    parts = [form([(chapter, name) for chapter, name, _ in groups])]
    for chapter, name, group in groups:
        listed = "\n".join(map(card, group))
        parts += [f"### {plain(name)}", f'<div class="lpu-cards" data-page="{chapter}">\n\n{listed}\n</div>']
    return "\n\n".join(parts) + "\n"


def title(chapter: str) -> str:
    """What a page is called: its first heading; of a page that the book lacks, its name."""
    page = book.BOOK / f"{chapter}.md"
    found = re.search(r"^# (.*)$", page.read_text("utf-8"), re.MULTILINE) if chapter in book.toc_pages() else None
    return found[1] if found else f"{chapter} (not in the book)"


def counts(records: list[claims.Record], profile: str) -> str:
    """Kinds against outcomes."""
    head = ("", *(f"{icon} {status}" for status, icon in claims.ICONS.items()))
    rows = []
    for kind, name in claims.CLAIM_KINDS.items():
        found = Counter(record.status for record in records if record.kind == kind)
        rows.append((name.capitalize(), *(str(found[status] or "–") for status in claims.ICONS)))
    return listed(head, rows, "40 15 15 15 15") + f"\n\nBuilt with the profile `{profile}`."


def listed(head: tuple[str, ...], rows: list[tuple[str, ...]], widths: str) -> str:
    """A MyST list-table in the scorecard's style."""
    lines = "".join("* - " + "\n  - ".join(cells) + "\n" for cells in (head, *rows))
    return f"```{{list-table}}\n:header-rows: 1\n:class: lpu-scorecard\n:widths: {widths}\n\n{lines}```"


def marks(groups: list[tuple[str, list[claims.Record]]]) -> str:
    """The claims that are not ours, each as the sign of its outcome and its panel; those alike share a mark."""
    lines = []
    for chapter, group in groups:
        alike: dict[tuple[str, str, str], list[claims.Record]] = {}
        for record in group:
            if record.kind != "ours":
                alike.setdefault((record.panel, record.status, record.kind), []).append(record)
        if alike:
            lines.append(f'<p class="lpu-marks"><b>{chapter}</b> {" ".join(map(mark, alike.values()))}</p>')
    return raw("\n".join(lines))


def mark(records: list[claims.Record]) -> str:
    first = records[0]
    words = escape(" ".join(f"{record.statement} {record.numbers()}." for record in records))
    text = f"{claims.ICONS[first.status]} {escape(first.panel)}" + (f" × {len(records)}" if len(records) > 1 else "")
    return f'<a class="{style(first)}" href="{first.chapter}.html#claim-{first.id}" title="{words}">{text}</a>'


def raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"


def style(record: claims.Record) -> str:
    """The classes of CSS that show an outcome."""
    return f"lpu-claim-status {record.status.replace(' ', '-')}"


DIFFERING = raw('<p><a class="lpu-differing" href="#all-claims">Show me what differs</a></p>')
"""The button under the counts; assets/scorecard.js makes it choose."""


def form(pages: list[tuple[str, str]]) -> str:
    """What chooses and orders the claims, where scripts run; `pages` by name and title."""
    outcomes = "".join(
        f'<label><input type="radio" name="outcome" value="{status}"{"" if status else " checked"}>'
        f"{icon} {status or 'all'} <span></span></label>"
        for status, icon in (("", ""), *claims.ICONS.items())
    )
    return raw(
        f'<form class="lpu-filter" hidden autocomplete="off"><fieldset><legend>Outcome</legend>{outcomes}</fieldset>'
        + chosen("Who says it", "kind", [("", "anyone"), *claims.CLAIM_KINDS.items()])
        + chosen("Chapter", "page", [("", "all"), *pages])
        + '<label>Words <input type="search" name="words" placeholder="attractor, Fig. 2, drift"></label>'
        + chosen("Order", "order", ORDERS)
        + '<button type="reset">Show all</button><output></output></form>'
        + '\n<script defer src="_static/scorecard.js"></script>'
    )


ORDERS = [("", "as in the book"), ("outcome", "what differs first"), ("kind", "by who says it"), ("panel", "by panel")]


def chosen(label: str, name: str, options: list[tuple[str, str]]) -> str:
    listed = "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in options)
    return f'<label>{label} <select name="{name}">{listed}</select></label>'


def card(record: claims.Record) -> str:
    """A claim: its outcome, what it says and where, and its numbers."""
    panel = shown(record.panel)
    if record.measured is not None:
        panel = f'<a href="{record.chapter}.html#claim-{record.id}" title="to its figure">{panel}</a>'
    reason = f" *{shown(record.reason)}*" if record.reason else ""
    return (
        f'<div class="lpu-card" id="claim-{record.id}" data-kind="{record.kind}" data-outcome="{record.status}">\n'
        f'<span class="{style(record)}">{claims.ICONS[record.status]} {record.status}</span>\n\n'
        f"{panel}: {shown(record.statement)}{reason}\n\n"
        f'<p class="lpu-card-numbers">{escape(record.numbers())}; {claims.CLAIM_KINDS[record.kind]} '
        f'<a class="lpu-card-link" href="#claim-{record.id}" title="Link to this claim">link</a></p>\n</div>\n'
    )


def shown(text: str) -> str:
    """The text as MyST that shows it as it stands, with the indices and powers of its formulas set."""
    parts = re.split(r"(</?su[bp]>)", claims.typeset(" ".join(text.split())))
    return "".join(part if i % 2 else PUNCTUATION.sub(r"\\\1", unescape(part)) for i, part in enumerate(parts))


def plain(text: str) -> str:
    """The text as it stands, none of its signs taken for markup."""
    return PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


@book.needs_room("The claims")
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=book.PROFILES, default="quick")
    profile = parser.parse_args(argv).profile
    try:
        records = judge(profile)
    except (claims.LedgerError, OSError) as error:
        print(f"The claims and the book disagree (profile {profile}):", file=sys.stderr)
        print("\n".join(f"  {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 1
    text = json.dumps([asdict(record) for record in records], ensure_ascii=False, indent=1)
    book.write_whole(RECORDS, text + "\n")
    print(summary(records))
    return 0


if __name__ == "__main__":
    sys.exit(main())
