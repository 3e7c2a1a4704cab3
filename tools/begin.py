"""What comes before make decides which chapters to run: drop what is damaged or left behind, wait for another build's end.

python -m tools.begin quick [--alone] make site
"""

import fcntl
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools import book, build_times, scratch

LOCK = book.BUILD / "building.lock"


def drop_damaged(profile: str) -> None:
    """Remove what a build left and can't read again, each with a word: it is made anew, or done without."""
    for file in sorted(book.executed(profile).glob("*.ipynb")):
        if damaged(file, lambda content: [cell["cell_type"] for cell in content["cells"]]):
            drop(file, "the chapter runs again")
            file.with_suffix(".json").unlink(missing_ok=True)
    for file in sorted(book.executed(profile).glob("*.json")):
        if damaged(file, lambda content: build_times.Cost(**content)):
            drop(file, "the table of times does without it")
    records = book.BUILD / "claims.json"
    if records.is_file() and damaged(records, lambda content: [record["id"] for record in content[:]]):
        drop(records, "the claims are judged again")


def damaged(file: Path, read: Callable[[Any], object]) -> bool:
    """Whether a file is no JSON, or JSON of which `read` can't take what it should hold."""
    try:
        read(json.loads(file.read_bytes()))
    except (ValueError, TypeError, LookupError):
        return True
    return False


def drop(file: Path, then: str) -> None:
    print(f"{file.name} is damaged; {then}: {file}", file=sys.stderr, flush=True)
    file.unlink()


def alone() -> None:
    """Wait until no other build is at work here. The lock passes to the build, and ends with it, however it ends."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(LOCK, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another build of {book.ROOT} is at work: this one waits for its end.", file=sys.stderr, flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock, True)


@book.needs_room("The build")
def main(argv: list[str]) -> None:
    profile, *command = argv
    if command[0] == "--alone":
        command.pop(0)
        alone()
    drop_damaged(profile)
    scratch.drop_left()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
