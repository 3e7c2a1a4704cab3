"""Where things are, and which pages the book has."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(os.environ.get("BOOK_ROOT", Path(__file__).resolve().parents[1])).resolve()
BOOK = ROOT / "book"
BUILD = ROOT / "_build"
STAGE = BUILD / "stage"
SITE = BUILD / "html"
FAILED = BUILD / "failed"
PROFILES = ("quick", "paper")
FULL = (errno.ENOSPC, errno.EDQUOT)
NO_SPACE = "the disk is full. Make room and run it again."


def executed(profile: str) -> Path:
    """The folder of the notebooks that ran under this profile."""
    return BUILD / "executed" / profile


def is_chapter(page: Path) -> bool:
    """A chapter is a text notebook and says so in its front matter; every other page is plain MyST."""
    text = page.read_text(encoding="utf-8")
    return text.startswith("---") and "format_name: myst" in text.split("\n---", 1)[0]


def chapters() -> list[str]:
    """The chapters' names, in the order of their files."""
    return [page.stem for page in sorted(BOOK.glob("*.md")) if is_chapter(page)]


def companions() -> set[str]:
    """The notebooks that _toc.yml puts under a chapter: built like one, but short and without a module of the same name."""

    def below(node: Any) -> list[str]:
        if isinstance(node, list):
            return [page for item in node for page in below(item)]
        if not isinstance(node, dict):
            return []
        here = [one["file"] for one in node.get("sections", [])]
        return here + [page for value in node.values() for page in below(value)]

    return set(below(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))) & set(chapters())


def toc_pages() -> list[str]:
    """The pages that _toc.yml names, in its order."""

    def walk(node: Any) -> list[str]:
        if isinstance(node, list):
            return [page for item in node for page in walk(item)]
        if not isinstance(node, dict):
            return []
        here = [node[key] for key in ("root", "file") if key in node]
        return here + [page for key, value in node.items() if key not in ("root", "file") for page in walk(value)]

    return walk(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))


def repository() -> str | None:
    """The repository's web address: LPU_REPOSITORY, or the one that this workflow runs in, or none."""
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    return os.environ.get("LPU_REPOSITORY") or (f"{server}/{name}" if server and name else None)


def address() -> str | None:
    """The site's web address, with a slash at its end: LPU_SITE_URL, or GitHub's pages of this workflow, or none."""
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    owner, _, project = (name or "").partition("/")
    pages = f"https://{owner.lower()}.github.io/{project}" if server == "https://github.com" and project else None
    url = os.environ.get("LPU_SITE_URL") or pages
    return url.rstrip("/") + "/" if url else None


def write_whole(path: Path, text: str, time: float | None = None) -> None:
    """Write the file whole or not at all, dated `time` (seconds since the epoch; None: now)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        if time is not None:
            os.utime(part, (time, time))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def disk_is_full(error: BaseException) -> bool:
    """Whether it came of a full disk or a spent quota; what copies a tree (shutil.Error) says so in its text alone."""
    told = any(os.strerror(code) in str(error) for code in FULL)
    return isinstance(error, OSError) and (error.errno in FULL or (isinstance(error, shutil.Error) and told))


@contextmanager
def needs_room(what: str) -> Iterator[None]:
    """Around all that writes: a full disk under it ends the process with one sentence, which begins with `what`."""
    try:
        yield
    except OSError as error:
        if not disk_is_full(error):
            raise
        raise SystemExit(f"{what}: {NO_SPACE}") from None
