"""The book's pages as texts."""

import re

from lpu_book import BOOK

WORDS_A_MINUTE = 200
"""Of prose with formulas and figures."""


def prose(text: str) -> str:
    """What of a page's MyST text is read: no front matter, no code, no solutions."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"````\{solution-start\}.*?````\{solution-end\}\n````", "", text, flags=re.DOTALL)
    return re.sub(r"```\{code-cell\}.*?```", "", text, flags=re.DOTALL)


def reading_time(name: str) -> str:
    """How long the chapter NAME takes to read without its exercises' solutions, in words: to five minutes.

    >>> reading_time("theory").endswith(" minutes")
    True
    """
    words = len(prose((BOOK / f"{name}.md").read_text(encoding="utf-8")).split())
    return f"{5 * max(1, round(words / WORDS_A_MINUTE / 5))} minutes"
