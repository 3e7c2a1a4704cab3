"""The examples in the docstrings run and give what they say; each function that a chapter calls has one."""

import doctest
import importlib
import importlib.util
import inspect
import pkgutil
import re

import numpy as np
import pytest

import lpu_book
import lpu_core
from lpu_core import tasks
from lpu_core.system import LatentSystem
from tools import book

TORCH = importlib.util.find_spec("torch") is not None
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(lpu_core.__path__, "lpu_core.", onerror=lambda name: None)
    if TORCH or not module.name.startswith("lpu_core.training")
)
FURNITURE = [
    f"lpu_book.{module.name}"
    for module in pkgutil.iter_modules(lpu_book.__path__)
    if not module.ispkg and (module.name != "pages" or (lpu_book.BOOK / "theory.md").is_file())  # a wheel has no pages
]
CELL = re.compile(r"```\{code-cell\}[^\n]*\n(.*?)```", flags=re.S)


@pytest.mark.parametrize("name", MODULES + FURNITURE)
def test_examples_give_what_they_say(name):
    module = importlib.import_module(name)
    with np.printoptions(legacy=False):
        found = doctest.testmod(module, extraglobs={"np": np}, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert not found.failed


def test_a_network_a_task_and_a_drift_of_one_s_own_do_what_the_page_says(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", (book.BOOK / "api.md").read_text("utf-8"), re.DOTALL)
    own: dict = {"__name__": "example"}
    exec(example, own)
    said = re.findall(r"print\(.*  # (.*)", example)
    assert capsys.readouterr().out.split("\n")[:-1] == [line for text in said for line in text.split(", then ")]
    assert isinstance(own["Pitchfork"](), LatentSystem) and isinstance(own["Recall"](), tasks.Task)
    inputs, targets = own["Recall"]().sample(5, rng=0)
    assert own["Recall"]().accuracy(targets, inputs, targets) == 1


def called():
    """The public functions of the package that chapters call by module and name."""
    names = set()
    for page in book.BOOK.glob("*.md"):
        code = "\n".join(line for cell in CELL.findall(page.read_text("utf-8")) for line in cell.splitlines()
                         if not line.lstrip().startswith((":", "---", "%")))  # fmt: skip
        names |= set(re.findall(r"\b([a-z_]+\.[a-z_]\w*)\(", code))
    for name in sorted(names):
        module, function = name.split(".")
        if f"lpu_core.{module}" in MODULES:
            thing = getattr(importlib.import_module(f"lpu_core.{module}"), function, None)
            if inspect.isfunction(thing):
                yield name, thing


def test_what_chapters_call_has_an_example():
    without = [name for name, function in called() if ">>>" not in (inspect.getdoc(function) or "")]
    assert not without, without


def described():
    """The package's public functions, and the methods of its public classes, inherited and overridden; each by its name."""
    for module in pkgutil.iter_modules(lpu_core.__path__, "lpu_core."):
        if module.name not in MODULES:
            continue
        content = importlib.import_module(module.name)
        for name in getattr(content, "__all__", [name for name in vars(content) if not name.startswith("_")]):
            thing = getattr(content, name)
            if not getattr(thing, "__module__", "").startswith("lpu_core") or ".check." in thing.__module__:
                continue
            if inspect.isfunction(thing):
                yield f"{thing.__module__}.{name}", thing
            elif isinstance(thing, type):
                for method, function in inspect.getmembers(thing, inspect.isroutine):
                    ours = getattr(function, "__module__", "") or ""
                    if ours.startswith("lpu_core") and (not method.startswith("_") or method == "__call__"):
                        yield f"{thing.__module__}.{name}.{method}", function


def test_parameters_are_described():
    """Each parameter of a public function or method stands in its docstring by name.

    `rng`, `network` and `self` are the same everywhere.
    """
    missing = {f"{name}: {p}" for name, function in described() for p in inspect.signature(function).parameters
               if not re.search(rf"\b{p}\b", inspect.getdoc(function) or "")
               and p not in ("rng", "network", "self")}  # fmt: skip
    assert not missing, sorted(missing)
