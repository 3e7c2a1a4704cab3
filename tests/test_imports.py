"""What a file imports: what changes its result, and nothing else."""

import importlib
from pathlib import Path

import pytest

import lpu_core
from lpu_core.imports import closure

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "core/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from core.nets import Net as Net\n"
    "    from core.other import Thing\nVERSION = 1\ndef __getattr__(name): ...\n",
    "core/nets/__init__.py": "from core.nets.low import Net\n",
    "core/nets/low.py": "from .. import files\nclass Net: ...\n",
    "core/nets/full.py": "",
    "core/files.py": "import numpy\n",
    "core/other.py": "def late():\n    import core.files\nclass Thing: ...\n",
    "core/plots.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import core.other\n",
    "core/broken.py": "def (\n",
    "tools/results/one.py": "from tools.results.experiment import timed\nfrom core import Thing\n",
    "tools/results/experiment.py": "",
    "tools/__init__.py": "",
}


@pytest.fixture
def tree(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names(tree, start):
    return {str(path.relative_to(tree)) for path in closure(start, [tree / "core", tree / "tools"])}


INIT = "core/__init__.py"
NETS = {INIT, "core/nets/__init__.py", "core/nets/low.py", "core/files.py"}


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("import numpy, json", set()),
        ("from core import VERSION", {INIT}),
        ("from core import files", {INIT, "core/files.py"}),
        ("import core.files as f", {INIT, "core/files.py"}),
        ("from core.files import numpy", {INIT, "core/files.py"}),
        ("from core import Net", NETS),
        ("from core.nets.low import Net", NETS),
        ("from core import nets", NETS | {"core/nets/full.py"}),
        ("from core import Thing", {INIT, "core/other.py", "core/files.py"}),
        ("def f():\n    from core import files", {INIT, "core/files.py"}),
        ("from core import plots", {INIT, "core/plots.py"}),
        ("from core import broken", {INIT, "core/broken.py"}),
        ("from .. import lost", set()),
        ("this is no Python", set()),
        ("from core import *", {name for name in FILES if name.startswith("core/")}),
        ("import core", {name for name in FILES if name.startswith("core/")}),
    ],
)
def test_what_a_text_imports(tree, text, files):
    assert names(tree, text) == files


def test_a_file_counts_itself_and_its_helpers(tree):
    helpers = {"tools/__init__.py", "tools/results/experiment.py"}
    expected = helpers | {"tools/results/one.py", INIT, "core/other.py", "core/files.py"}
    assert names(tree, tree / "tools/results/one.py") == expected


@pytest.mark.parametrize("name", lpu_core.__all__)
def test_a_name_of_the_package_is_traced_to_the_module_that_defines_it(name):
    module = getattr(getattr(lpu_core, name), "__module__", None)
    if module and module.split(".")[0] == "lpu_core":
        file = Path(str(importlib.import_module(module).__file__))
        assert file in closure(f"from lpu_core import {name}", [ROOT / "lpu_core"])
