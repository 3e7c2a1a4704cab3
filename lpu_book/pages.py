"""The book's pages as texts."""

import re

from lpu_book import BOOK

WORDS_A_MINUTE = 100
"""Of prose with formulas, figures and a little code."""

CELL = re.compile(r"```\{code-cell\}[^\n]*\n(?P<head>---\n.*?\n---\n|(?::[^\n]*\n)*)(?P<code>.*?)```", re.DOTALL)
CAPTION = re.compile(r"caption: '(.*?)'\n", re.DOTALL)


def without_exercises(text: str) -> str:
    """A page's MyST text without its front matter, its exercises and their solutions."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"````\{solution-start\}.*?````\{solution-end\}\n````", "", text, flags=re.DOTALL)
    return re.sub(r"^````\{exercise\}.*?^````$", "", text, flags=re.DOTALL | re.MULTILINE)


def prose(text: str) -> str:
    """What of a page's MyST text is read: captions, but no front matter, no code, no exercises, no raw HTML."""
    text = re.sub(r"^```\{raw\}.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return CELL.sub(lambda cell: " ".join(CAPTION.findall(cell["head"])), without_exercises(text))


def reading_time(name: str) -> str:
    """How long the chapter NAME takes to read without its exercises, in words: to five minutes.

    >>> reading_time("theory").endswith(" minutes")
    True
    """
    words = len(prose((BOOK / f"{name}.md").read_text(encoding="utf-8")).split())
    return f"{5 * max(1, round(words / WORDS_A_MINUTE / 5))} minutes"
