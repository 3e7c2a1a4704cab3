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
from html import escape
from typing import Any

from lpu_book import claims
from tools import book

RECORDS = book.BUILD / "claims.json"
COLUMNS = ("Claim", "Who says it", "Measured<br>(expected)", "Outcome")
WIDTHS = "50 14 18 18"
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
    """As MyST: the counts, and the paper's claims as a screenful of marks."""
    return "\n\n".join([counts(records, profile), FILTER, marks(by_chapter(records))]) + "\n"


def table(records: list[claims.Record]) -> str:
    """As MyST: a table for each chapter."""
    pages, parts = book.toc_pages(), []
    for chapter, group in by_chapter(records):
        title = f"{{doc}}`{chapter}`" if chapter in pages else f"*{plain(chapter)}* (not in the book)"
        parts.append(f"{title}\n\n" + listed(COLUMNS, [row(record) for record in group], WIDTHS))
    return "\n\n".join(parts) + "\n"


def counts(records: list[claims.Record], profile: str) -> str:
    """Kinds against outcomes."""
    head = ("", *(f"{icon} {status}" for status, icon in claims.ICONS.items()))
    rows = []
    for kind, name in claims.CLAIM_KINDS.items():
        found = Counter(record.status for record in records if record.kind == kind)
        rows.append((name.capitalize(), *(str(found[status] or "–") for status in claims.ICONS)))
    return listed(head, rows, "40 15 15 15 15") + f"\n\nBuilt with the profile `{profile}`."


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
    link = f"{first.chapter}.html#claim-{first.id}"
    return f'<a class="{style(first)}" {data(first)} href="{link}" title="{words}">{text}</a>'


def data(record: claims.Record) -> str:
    """What the page's form chooses by."""
    return f'data-kind="{record.kind}" data-outcome="{record.status}"'


def raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"


def style(record: claims.Record) -> str:
    """The classes of CSS that show an outcome."""
    return f"lpu-claim-status {record.status.replace(' ', '-')}"


FILTER = raw(
    '<form class="lpu-filter"><label>Who says it <select name="kind"><option value="">anyone</option>'
    + "".join(f'<option value="{kind}">{name}</option>' for kind, name in claims.CLAIM_KINDS.items())
    + '</select></label> <label>Outcome <select name="outcome"><option value="">any</option>'
    + "".join(f'<option value="{status}">{icon} {status}</option>' for status, icon in claims.ICONS.items())
    + '</select></label> <output></output></form>\n<script defer src="_static/scorecard.js"></script>'
)
"""What chooses the claims that are shown, here and in the tables below, where scripts run."""


def listed(head: tuple[str, ...], rows: list[tuple[str, ...]], widths: str) -> str:
    """A MyST list-table in the scorecard's style."""
    lines = "".join("* - " + "\n  - ".join(cells) + "\n" for cells in (head, *rows))
    return f"```{{list-table}}\n:header-rows: 1\n:class: lpu-scorecard\n:widths: {widths}\n\n{lines}```"


def row(record: claims.Record) -> tuple[str, ...]:
    panel = plain(record.panel)
    if record.measured is not None:
        panel = f'<a href="{record.chapter}.html#claim-{record.id}">{panel}</a>'
    claim = f"{panel}: {plain(record.statement)}" + (f" *{plain(record.reason)}*" if record.reason else "")
    badge = f'<span class="{style(record)}" {data(record)}>{claims.ICONS[record.status]} {record.status}</span>'
    return claim, claims.CLAIM_KINDS[record.kind], number(record.measured) + band(record) + expectation(record), badge


def band(record: claims.Record) -> str:
    return "" if record.band is None else f"<br>{number(record.band[0])} to {number(record.band[1])}"


def expectation(record: claims.Record) -> str:
    if record.expected is None:
        return ""
    wanted = claims.COMPARISONS[record.comparison][1]
    return f"<br>({wanted.format(expected=number(record.expected), slack=number(record.tolerance))})"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


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
