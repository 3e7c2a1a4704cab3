"""The wheel takes the claims and the summarised results along, as lpu_book/_book.

A hook, and not hatchling's own force-include: that one would copy them at an editable install, too, where
lpu_book must read the book's own files and not an old copy.
"""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BookData(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            return
        for name in ("claims.yml", "results"):
            path = Path(self.root, "book", name)
            if path.exists():
                build_data["force_include"][str(path)] = f"lpu_book/_book/{name}"
