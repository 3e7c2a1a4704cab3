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
from packaging.version import Version

import lpu_core

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
LOCK = (ROOT / "requirements.lock").read_text()


def pins(lines):
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): str(r.specifier) for r in requirements}


EXTRAS = PROJECT["optional-dependencies"]
DECLARED = pins(PROJECT["dependencies"] + list(chain(*EXTRAS.values())))
DECLARED.pop("lpu-core")  # extras that bring others
LOCKED = pins(LOCK.splitlines())


def test_what_is_declared_has_a_lower_bound_and_the_package_no_upper_one():
    """A library that pins what it stands on fits beside nothing else."""
    assert not {name: bounds for name, bounds in DECLARED.items() if not re.search(r">=\d", bounds) or "==" in bounds}
    library = pins(PROJECT["dependencies"] + EXTRAS["train"] + EXTRAS["plot"] + EXTRAS["cluster"] + EXTRAS["nwb"])
    assert not {name: bounds for name, bounds in library.items() if "<" in bounds}


def test_training_plotting_and_the_book_are_extras():
    heavy = {"torch", "matplotlib", "ipywidgets", "ipython", "pyyaml", "distributed", "pynwb", "jupyter-book"}
    assert not heavy & set(pins(PROJECT["dependencies"]))
    assert heavy <= set(DECLARED)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_the_lock_pins_a_version_within_the_bounds_and_it_is_installed(name):
    pin = LOCKED[name].removeprefix("==")
    assert SpecifierSet(DECLARED[name]).contains(pin)
    assert version(name).partition("+")[0] == pin  # torch's CPU build has a local version


def test_the_lock_leaves_torch_s_gpu_libraries_out_and_names_no_address():
    assert not re.search(r"^(triton|nvidia-|cuda-)|://", LOCK, re.MULTILINE)


def test_the_version_is_told():
    assert lpu_core.__version__ == version("lpu-core") == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## {re.escape(PROJECT['version'])}", changes, flags=re.MULTILINE)


def test_conda_brings_a_python_that_will_do_and_no_second_set_of_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    wanted = dict(item.partition("=")[::2] for item in environment["dependencies"])
    assert set(wanted) == {"python", "pip", "nodejs", "make"}
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{wanted['python']}.0")
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text())
    steps = [step.get("with", {}) for step in workflow["jobs"]["build"]["steps"]]
    assert [step["python-version"] for step in steps if "python-version" in step] == [wanted["python"]]
    assert [step["node-version"] for step in steps if "node-version" in step] == [wanted["nodejs"]]


def test_the_library_is_tested_on_each_python_at_the_lowest_bounds_without_torch_and_on_a_mac():
    job = yaml.safe_load((ROOT / ".github/workflows/library.yml").read_text())["jobs"]["wheel"]
    rows = job["strategy"]["matrix"]["include"]
    promised = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)}
    assert {"3.11", "3.12", "3.13"} == promised == {row["python"] for row in rows if not row["options"] and "os" not in row}
    lowest, highest = min(promised, key=Version), max(promised, key=Version)
    assert any(row["options"] == "--lowest" and row["python"] == lowest for row in rows)
    assert any(row["options"] == "--without-torch" and row["python"] == highest for row in rows)
    assert any(row.get("os", "").startswith("macos-") for row in rows)
    assert job["runs-on"] == "${{ matrix.os || 'ubuntu-24.04' }}"
    assert "matrix.python" in job["steps"][-1]["run"] and "matrix.options" in job["steps"][-1]["run"]


def test_types_are_told_and_wrong_arguments_stay_errors():
    assert all((ROOT / package / "py.typed").is_file() for package in ("lpu_core", "lpu_book"))
    mypy = SETTINGS["tool"]["mypy"]
    assert not {"arg-type", "call-arg", "misc"} & set(mypy["disable_error_code"])
    assert not {"ignore_errors", "overrides", "exclude"} & set(mypy) and mypy["check_untyped_defs"]
