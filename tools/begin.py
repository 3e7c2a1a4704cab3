"""What comes before make decides which chapters to run: drop the damaged notebooks, and wait for another build's end.

python -m tools.begin quick [--alone] make site
"""

import fcntl
import json
import os
import sys
from pathlib import Path

from tools import book

LOCK = book.BUILD / "building.lock"


def drop_damaged(folder: Path) -> None:
    """Remove the executed notebooks that are no JSON any more, each with a word, so that their chapters run again."""
    for file in sorted(folder.glob("*.ipynb")):
        try:
            json.loads(file.read_bytes())
        except ValueError:
            print(f"{file.name} is damaged; the chapter runs again: {file}", file=sys.stderr, flush=True)
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


def main(argv: list[str]) -> None:
    profile, *command = argv
    if command[0] == "--alone":
        command.pop(0)
        alone()
    drop_damaged(book.executed(profile))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
