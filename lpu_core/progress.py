"""A progress bar that a person sees and a published page does not.

It is the library's own, for its sweeps and its training show it; tqdm, which draws it, is small and needs nothing else.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

PROGRESS_VARIABLE = "LPU_PROGRESS"


def track(items: Iterable, label: str, total: int | None = None, initial: int = 0) -> Any:
    """Iterate over `items` with a tqdm bar; without one where LPU_PROGRESS=0 (as the book's build sets it).

    label: what stands before it. total: how many there are, and initial: how many of them were done before.
    """
    from tqdm.auto import tqdm

    hidden = os.environ.get(PROGRESS_VARIABLE, "1") == "0"
    bar = tqdm if not hidden else _Silent  # TQDM_DISABLE does not reach tqdm's notebook bar
    return bar(items, desc=label, total=total, initial=initial, leave=False, file=sys.stderr)


@contextmanager
def hidden() -> Iterator[None]:
    """No bars for a while."""
    before = os.environ.get(PROGRESS_VARIABLE)
    os.environ[PROGRESS_VARIABLE] = "0"
    try:
        yield
    finally:
        os.environ.pop(PROGRESS_VARIABLE)
        if before is not None:
            os.environ[PROGRESS_VARIABLE] = before


class _Silent:
    """tqdm's face without its bar."""

    def __init__(self, items: Iterable, **_):
        self.items = items

    def __iter__(self):
        return iter(self.items)

    def set_postfix_str(self, text: str) -> None:
        """Nothing to show it on."""
