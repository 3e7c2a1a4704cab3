"""Which files a piece of Python imports: the build and the sweeps do again what one of them changed."""

import ast
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

WHOLE = "*"


class _Import(NamedTuple):
    """``from module import name as bound``; a module itself has the name ``*``. runs: not for type checkers alone."""

    module: str
    level: int
    name: str
    bound: str
    runs: bool


def closure(start: Path | str, packages: Iterable[Path]) -> list[Path]:
    """The files that `start`, a file or a text, imports from `packages` (their folders), at once or through others, sorted.

    A file counts itself, and a module the __init__.py of its packages. What a function imports counts; what only type
    checkers import does not. A package that is taken as a whole counts with all its files, for its names may be lazy, and a
    name that an __init__.py hands on with the file that it comes from.
    """
    homes = {package.stem: package.parent for package in packages}
    found: set[Path] = set()
    todo = [start] if isinstance(start, Path) else list(_imported(start, None, homes))
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            todo += _imported(file.read_text("utf-8"), file.parent, homes)
    return sorted(found)


def _imported(text: str, folder: Path | None, homes: Mapping[str, Path]) -> Iterator[Path]:
    """What the text of a file in `folder` imports itself."""
    for one in _imports(text):
        if one.runs:
            yield from _files(one, folder, homes)


@functools.cache
def _imports(text: str) -> tuple[_Import, ...]:
    """All imports of the text; none where it is no Python, for whoever runs it will hear of that."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    checked = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    idle = {inner for node in checked for statement in node.body for inner in ast.walk(statement)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [_Import(one.name, 0, WHOLE, one.asname or "", node not in idle) for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [_Import(node.module or "", node.level, one.name, one.asname or one.name, node not in idle)
                      for one in node.names]  # fmt: skip
    return tuple(found)


def _files(one: _Import, folder: Path | None, homes: Mapping[str, Path]) -> Iterator[Path]:
    """What one import in a file in `folder` brings."""
    parts = one.module.split(".")
    home = homes.get(parts[0])
    if one.level and folder:
        home = [folder, *folder.parents][one.level - 1]
    if home:
        yield from _taken(home.joinpath(*parts), one.name, homes)


def _taken(module: Path, name: str, homes: Mapping[str, Path]) -> Iterator[Path]:
    """What `name` of a module brings; the module is a path without suffix."""
    packages = itertools.takewhile(lambda folder: folder not in homes.values(), (module, *module.parents))
    yield from (package / "__init__.py" for package in packages if (package / "__init__.py").is_file())
    if not module.is_dir():
        file = module.with_suffix(".py")
        yield from [file] if file.is_file() else []
    elif name == WHOLE:
        yield from module.rglob("*.py")
    elif (module / name).is_dir() or (module / f"{name}.py").is_file():
        yield from _taken(module / name, WHOLE, homes)
    elif (module / "__init__.py").is_file():
        for one in _imports((module / "__init__.py").read_text("utf-8")):
            if one.bound == name:
                yield from _files(one, module, homes)
