"""A folder for one run of a chapter, and the end of those whose run was killed."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Short, for the kernel's sockets lie below it and a socket's path has at most about 100 characters.
PARENT = Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir())
PREFIX = "lpu-run-"
YOUNG = 60.0  # seconds within which a folder may not be locked yet


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that goes at the end. Until then, or until the process is killed, it is locked."""
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PARENT))
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def drop_left() -> None:
    """Remove this user's folders that no process holds any more."""
    for path in PARENT.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it went meanwhile, or its process lives (BlockingIOError)
            about = path.lstat()
            if about.st_uid == os.getuid() and time.time() - about.st_mtime > YOUNG:
                handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
                finally:
                    os.close(handle)
