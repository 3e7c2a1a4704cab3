"""The book's furniture: its claims, its figures, and where its files lie. :mod:`lpu_core` does not need it."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
BOOK = _HERE / "_book" if (_HERE / "_book").is_dir() else _HERE.parent / "book"  # in a wheel, in a checkout
RESULTS = BOOK / "results"
"""The folder of the trained networks and summarised results that come with the book."""
