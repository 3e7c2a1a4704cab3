"""Which edition of the book this is: its version, its commit, its dates, and where it is at home."""

import datetime
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools import book

DIRTY = "-dirty"
"""Behind a commit, where something has changed since."""


@dataclass(frozen=True)
class Edition:
    """Which edition of the book this site is, and where it is at home."""

    title: str
    authors: str
    version: str
    commit: str
    date: datetime.date
    built: datetime.date
    repository: str | None
    address: str | None


def this_edition() -> Edition:
    """This edition, from _config.yml, pyproject.toml and git ("unknown" outside of it)."""
    settings = yaml.safe_load((book.ROOT / "_config.yml").read_text("utf-8"))
    version = tomllib.loads((book.ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    today = datetime.date.today()
    date = git("show", "--no-patch", "--format=%cs", "HEAD")
    commit = git("describe", "--always", f"--dirty={DIRTY}", "--abbrev=10") or "unknown"
    dates = datetime.date.fromisoformat(date) if date else today, today
    return Edition(settings["title"], settings["author"], version, commit, *dates, book.repository(), book.address())


def git(*arguments: str) -> str:
    """What git says of this book, or nothing where it keeps no history of it."""

    def say(*words: str) -> str:
        try:
            return subprocess.run(["git", *words], cwd=book.ROOT, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return ""

    top = say("rev-parse", "--show-toplevel")
    return say(*arguments) if top and Path(top).resolve() == book.ROOT else ""  # the book may lie in another's history
