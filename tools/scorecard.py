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
from typing import Any

from lpu_book import claims
from tools import book

RECORDS = book.BUILD / "claims.json"
COLUMNS = ("Claim", "Kind", "Measured<br>(expected)", "Status")
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
    """How many claims have which status; hypotheses of ours apart, where there are any."""
    groups = {
        "claims": [record for record in records if record.kind != "ours"],
        "hypotheses of ours": [record for record in records if record.kind == "ours"],
    }
    return "; ".join(f"{len(group)} {name}: {counted(group)}" for name, group in groups.items() if group)


def counted(records: list[claims.Record]) -> str:
    counts = Counter(record.status for record in records)
    return ", ".join(f"{counts[status]} {status}" for status in (claims.REPRODUCED, claims.DIFFERS, claims.NOT_RUN))


def table(records: list[claims.Record], profile: str) -> str:
    """The scorecard as MyST: a summary, then a table for each chapter, in the book's order."""
    pages = book.toc_pages()
    by_chapter: dict[str, list[claims.Record]] = {}
    for record in records:
        by_chapter.setdefault(record.chapter, []).append(record)
    parts = [f"**{summary(records)}** (profile `{profile}`)."]
    for chapter in sorted(by_chapter, key=lambda name: pages.index(name) if name in pages else len(pages)):
        title = f"{{doc}}`{chapter}`" if chapter in pages else f"*{plain(chapter)}* (not in the book)"
        parts.append(f"{title}\n\n" + listed(COLUMNS, [row(record) for record in by_chapter[chapter]], WIDTHS))
    return "\n\n".join(parts) + "\n"


def listed(head: tuple[str, ...], rows: list[tuple[str, ...]], widths: str) -> str:
    """A MyST list-table in the scorecard's style."""
    lines = "".join("* - " + "\n  - ".join(cells) + "\n" for cells in (head, *rows))
    return f"```{{list-table}}\n:header-rows: 1\n:class: lpu-scorecard\n:widths: {widths}\n\n{lines}```"


def row(record: claims.Record) -> tuple[str, ...]:
    panel = plain(record.panel)
    if record.measured is not None:
        panel = f'<a href="{record.chapter}.html#claim-{record.id}">{panel}</a>'
    claim = f"{panel}: {plain(record.statement)}" + (f" *{plain(record.reason)}*" if record.reason else "")
    icon, name = claims.ICONS[record.status], record.status
    badge = f'<span class="lpu-claim-status {name.replace(" ", "-")}">{icon} {name}</span>'
    return claim, record.kind, number(record.measured) + expectation(record), badge


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
