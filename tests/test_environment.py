"""pyproject.toml, requirements.lock, environment.yml and what is installed name the same versions."""

import re
import tomllib
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()


def pins(lines):
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): str(r.specifier) for r in requirements}


DECLARED = pins(PROJECT["dependencies"] + list(chain(*PROJECT["optional-dependencies"].values())))


def test_every_declared_version_is_exact():
    assert not {name: pin for name, pin in DECLARED.items() if not re.fullmatch(r"==[\w.]+", pin)}


def test_the_lock_holds_the_declared_versions():
    locked = pins(LOCK.splitlines())
    assert locked.items() >= {name: pin for name, pin in DECLARED.items() if name != "torch"}.items()


def test_the_lock_leaves_torch_to_its_own_index_and_names_no_address():
    assert not re.search(r"^(torch|triton|nvidia-|cuda-)|://", LOCK, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_installed_version(name):
    assert SpecifierSet(DECLARED[name]).contains(version(name)), f"{version(name)}, declared {DECLARED[name]}"


def test_conda_brings_a_python_that_will_do_and_no_second_set_of_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    wanted = dict(item.partition("=")[::2] for item in environment["dependencies"])
    assert set(wanted) == {"python", "pip", "nodejs", "make"}
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{wanted['python']}.0")
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text())
    steps = [step.get("with", {}) for step in workflow["jobs"]["build"]["steps"]]
    assert [step["python-version"] for step in steps if "python-version" in step] == [wanted["python"]]
    assert [step["node-version"] for step in steps if "node-version" in step] == [wanted["nodejs"]]
