"""Only lpu_core.training needs torch; what loads light stays light; and no number depends on torch's being there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WITHOUT = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""
"""A machine without torch. (None in its place in sys.modules would make scipy.stats fail, which looks it up there.)"""
EXAMPLE = re.search(r"^## Use the package\n+```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S | re.M)[1]
NUMBERS = """
import json
noisy = network.simulate(pulses, noise_std=0.3, rng=5).latents
found = [task.accuracy(run.latents, pulses, targets), dynamics.fixed_points(network).attractors.tolist(), noisy[-1].tolist()]
print(json.dumps(found))
"""


def fresh(code):
    """What a fresh process prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_other_module_imports_without_torch():
    loaded = fresh(WITHOUT + """
import importlib, pkgutil, lpu_core
names = [module.name for module in pkgutil.walk_packages(lpu_core.__path__, "lpu_core.")]
for name in names:
    if name.split(".")[1] != "training":
        importlib.import_module(name)
assert "torch" not in sys.modules
print(*names)
""")  # fmt: skip
    assert {"lpu_core.drift", "lpu_core.engrams", "lpu_core.theory", "lpu_core.networks.low_rank"} <= set(loaded.split())


def test_the_readme_s_example_gives_the_same_numbers_without_torch():
    pytest.importorskip("torch")  # to compare with
    without = fresh(WITHOUT + EXAMPLE + NUMBERS)
    with_torch = fresh("import lpu_core.training, sys\nassert 'torch' in sys.modules\n" + EXAMPLE + NUMBERS)
    assert without == with_torch
    accuracy, attractors, noisy = json.loads(without.splitlines()[-1])
    assert accuracy > 0.99 and len(attractors) == 4 and len(noisy) == 50


@pytest.mark.parametrize("code", ["import lpu_core", "from lpu_core import drift"])
def test_heavy_packages_are_loaded_where_they_are_needed(code):
    heavy = ("torch", "sklearn", "scipy.stats", "matplotlib")
    assert fresh(f"{code}\nimport sys\nprint([name for name in {heavy} if name in sys.modules])").strip() == "[]"


@pytest.mark.parametrize("code", ["import lpu_core.training", "from lpu_core import training",
                                  "from lpu_core.training.recipes import BPTT"])  # fmt: skip
def test_training_without_torch_says_what_to_install(code):
    said = fresh(WITHOUT + f"""
try:
    {code}
except ImportError as error:
    print(error)
""")  # fmt: skip
    assert "torch" in said and "pip install 'lpu-core[train]'" in said
