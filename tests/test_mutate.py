"""Against which tests a module is mutated."""

import pytest
from tiny_book import ROOT

from tools import book, mutate


def test_a_module_s_own_tests_or_those_of_what_imports_it(tmp_path, monkeypatch):
    tests = {
        "flow": "",
        "flow_more": "",
        "one": "from lpu_core import (\n    check,\n    deep,\n)\n",
        "two": "import lpu_core.deep as d\n",
        "three": "from lpu_core.deep import name\n",
        "four": "from lpu_core import flow, deep\n",
        "five": "from lpu_core import deeper\nfrom lpu_core.other import deep\n",
        "quoting": "'from lpu_core import deep'\n",
        "six": "from lpu_core.part.deep import name\nfrom lpu_core import (check,)\ndeep = 1\n",
    }
    library = {"flow": "from lpu_core.deep import x\n", "drift": "from lpu_core.part.deep import x\n", "bare": ""}
    for name, text in library.items():
        (tmp_path / "lpu_core").mkdir(exist_ok=True)
        (tmp_path / f"lpu_core/{name}.py").write_text(text)
    (tmp_path / "tests").mkdir()
    for name, text in tests.items():
        (tmp_path / f"tests/test_{name}.py").write_text(text)
    monkeypatch.setattr(book, "ROOT", tmp_path)
    assert mutate.tests_of("flow") == ["tests/test_flow.py", "tests/test_flow_more.py"]
    assert mutate.tests_of("flow/inner") == mutate.tests_of("flow")
    direct, through = ("four", "one", "three", "two"), ("flow", "flow_more")
    assert mutate.tests_of("deep") == sorted(f"tests/test_{name}.py" for name in direct + through)
    assert mutate.tests_of("part/deep") == ["tests/test_six.py"] and mutate.tests_of("lost") == []


@pytest.mark.parametrize("name", ["subspace", "gaussian", "decoding", "tolerance"])
def test_a_module_of_the_foundation_without_a_test_file_has_tests(name):
    assert not (ROOT / f"tests/test_{name}.py").exists() and mutate.tests_of(name)
