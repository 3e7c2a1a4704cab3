"""The files of a folder or a zip, whatever they are called and hold. No link is followed, and no name trusted."""

import os
import re
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from tools.assignments.questions import plain

ENTRIES = 200_000
"""Files that a zip may list."""
CLASS = 2**33
"""Bytes of zips in a zip, where they hold a class."""
DEEPEST = 40
"""Folders in folders."""
CHUNK = 2**20


class Unreadable(ValueError):
    """Why something can't be read, in words."""


@dataclass
class Budget:
    """The bytes that may still be read of somebody. Raises Unreadable when they are used up."""

    left: int

    def __post_init__(self) -> None:
        self.whole = self.left

    def take(self, size: int = 0) -> None:
        self.left -= size
        if self.left < 0:
            raise Unreadable(f"with it there would be more than {self.whole / 2**20:.3g} MB of one student")


@dataclass(frozen=True)
class File:
    """A file somewhere: the names above it and its own, seen from where one looks; when it was written; how to open it."""

    parts: tuple[str, ...]
    shown: str
    time: datetime | None
    open: Callable[[], Any]
    path: Path | None = None

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def is_zip(self) -> bool:
        return self.name.lower().endswith(".zip")

    def below(self, levels: int = 1) -> "File":
        """The same file, seen from a folder that is nearer."""
        return File(self.parts[levels:], self.shown, self.time, self.open, self.path)

    def read(self, most: int) -> bytes:
        """What it holds. Raises Unreadable for more than `most` bytes, counted as they come, and for what can't be read."""
        try:
            with self.open() as file:
                data = file.read(most + 1)
        except Unreadable:
            raise
        except Exception as error:  # whatever a broken zip or disk does to its reader
            raise Unreadable(f"the file can't be read: {sentence(error)}") from None
        if len(data) > most:
            raise Unreadable(f"the file is larger than {most / 2**20:.3g} MB")
        return data


def sentence(error: Any, longest: int = 160) -> str:
    """What an error says, in one line and in words for people; its kind where it says nothing."""
    if isinstance(error, (zlib.error, EOFError)):
        return "its data are damaged"
    if isinstance(error, UnicodeError):
        return "a name in it is in no known encoding"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = printable(str(error)[:2000])
    return (said[:longest] + "…" if len(said) > longest else said) or type(error).__name__


def printable(text: str) -> str:
    """A text in one line, composed as in NFC, with a sign for each character that steers a screen or can't be written.

    >>> printable("Jo\u0308rg\u202e\\n\\ud800 M\u00fcller")
    'J\u00f6rg\ufffd \ufffd M\u00fcller'
    """
    seen = "".join(" " if c.isspace() else "\ufffd" if unicodedata.category(c) in UNSEEN else c for c in text)
    return " ".join(unicodedata.normalize("NFC", plain(seen, len(seen))).split())


UNSEEN = {"Cc", "Cf", "Co", "Cn"}


def listed(path: Path) -> list[File]:
    """The files of a folder and of those in it, by name."""
    found: list[File] = []
    waiting: list[tuple[Path, tuple[str, ...]]] = [(path, ())]
    while waiting:
        folder, above = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            found.append(File((*above, "…"), "/".join((*above, "…")), None, partial(refuse, "the folder can't be opened")))
            continue
        for entry in entries:
            parts = (*above, printable(entry.name) or "_")
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False) and len(parts) <= DEEPEST:
                waiting.append((Path(entry.path), parts))
            elif entry.is_file(follow_symlinks=False):
                found.append(on_disk(Path(entry.path), parts))
    return sorted(found, key=lambda file: file.parts)


def on_disk(path: Path, parts: tuple[str, ...]) -> File:
    try:
        time = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        time = None
    return File(parts, "/".join(parts), time, partial(path.open, "rb"), path)


def refuse(why: str) -> BinaryIO:
    raise Unreadable(why)


def unzipped(file: File, stack: ExitStack, zone: tzinfo | None, budget: Budget | None = None) -> list[File]:
    """The files of a zip, which stays open until `stack` is closed. Raises Unreadable, in words, for one that is none.

    A zip in a zip is copied to a file without a name, within the budget.
    """
    try:
        copy = None if file.path else stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        with file.open() as data:
            counted(data, copy, budget or Budget(CLASS))
        source: Any = copy or file.path
        archive = stack.enter_context(zipfile.ZipFile(source))
        infos = archive.infolist()
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"the zip can't be read: {sentence(error)}") from None
    found = []
    for info in infos:
        parts = names(info)
        if parts and not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16):
            shown = "/".join((file.shown, *parts))
            found.append(File(parts, shown, entry_time(info, zone), partial(member, archive, info)))
    return sorted(found, key=lambda file: file.parts)


def counted(data: BinaryIO, copy: BinaryIO | None, budget: Budget) -> None:
    """Go through a zip, copy it, and raise Unreadable where it lists too many files or its copy is too large."""
    entries, rest = 0, b""
    while chunk := data.read(CHUNK):
        entries += (rest + chunk).count(b"PK\1\2")
        rest = chunk[-3:]
        if entries > ENTRIES:
            raise Unreadable(f"the zip lists more than {ENTRIES} files")
        if copy:
            budget.take(len(chunk))
            copy.write(chunk)


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    """Open a file of a zip, if it is plain or deflated: other ways to compress don't stop at a number of bytes."""
    if info.flag_bits & 1:
        raise Unreadable("the file is locked with a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(f"the file is compressed in a way that is not read here (method {info.compress_type})")
    return archive.open(info)


def names(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """The names of folders and file in a zip's entry, without what would lead elsewhere."""
    name = info.filename
    if not info.flag_bits & 0x800:  # not marked as UTF-8; often it is all the same
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = [part for part in re.split(r"[/\\]+", name) if not re.fullmatch(r"\.{0,2}|[A-Za-z]:", part)]
    parts = [*parts[: DEEPEST - 1], parts[-1]] if len(parts) > DEEPEST else parts
    return tuple(printable(part if len(part) <= 255 else part[:200] + part[-55:]) or "_" for part in parts)


def entry_time(info: zipfile.ZipInfo, zone: tzinfo | None) -> datetime | None:
    """When an entry was written: in UTC where the zip says so, else in its own clock, taken to be of `zone`."""
    try:
        extra = info.extra
        while len(extra) >= 9:
            kind, size = struct.unpack_from("<HH", extra)
            if kind == 0x5455 and size >= 5 and extra[4] & 1:
                return datetime.fromtimestamp(struct.unpack_from("<i", extra, 5)[0], UTC)
            extra = extra[4 + size :]
        if info.date_time > (1980, 1, 1, 0, 0, 0):
            return utc(datetime(*info.date_time), zone)
    except (ValueError, OverflowError, OSError, struct.error):
        pass  # a date that never was
    return None


def utc(time: datetime, zone: tzinfo | None) -> datetime:
    """A time by the clock of `zone`, or of this machine, in UTC."""
    return time.replace(tzinfo=zone).astimezone(UTC) if zone else time.astimezone(UTC)
