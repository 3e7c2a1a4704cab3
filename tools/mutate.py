"""Change a module in small ways and see whether its tests notice: mutation testing with Cosmic Ray, in a copy.

    python -m tools.mutate subspace [--tests tests/test_readouts.py …]

Each mutant runs the module's own tests, or where it has none those of whatever imports it, and its part of the contract;
the mutants that live are shown. It takes some seconds a mutant, so it is no part of `make test`.
"""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tools import book

COSMIC_RAY = "cosmic-ray==8.7.0"
# What the run-time behaviour does not depend on, so that a change there can't be noticed.
OPERATORS_LEFT_OUT = ["core/ReplaceBinaryOperator_BitOr_.*"]  # unions in annotations
CONFIG = """
[cosmic-ray]
module-path = {module}
timeout = 120.0
excluded-modules = []
test-command = {command}

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {left_out}
"""


def cosmic_ray(tool: str, *arguments: str, folder: Path) -> str:
    """One of Cosmic Ray's commands, run in the copy; what it prints."""
    command = [sys.executable, "-m", "uv", "tool", "run", "-q", "--from", COSMIC_RAY, tool, *arguments]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def own_tests(module: str) -> list[Path]:
    """The test files of lpu_core's `module` and of its parts, such as test_networks_flow.py."""
    own = f"test_{Path(module).with_suffix('').parts[0]}"
    return [path for pattern in (own, f"{own}_*") for path in book.ROOT.glob(f"tests/{pattern}.py")]


def tests_of(module: str) -> list[str]:
    """Its own test files; where it has none, those that import it, and those of the modules of lpu_core that do."""
    found = set(own_tests(module))
    if not found:
        package, _, name = f"lpu_core.{module}".replace("/", ".").rpartition(".")
        imports = rf"(?m)^\s*(from {package} import (\([^)]*|.*)\b{name}\b|(from|import) {package}\.{name}\b)"
        library = book.ROOT / "lpu_core"
        for path in [*book.ROOT.glob("tests/test_*.py"), *library.rglob("*.py")]:
            if re.search(imports, path.read_text("utf-8")):
                found |= set(own_tests(str(path.relative_to(library)))) if path.is_relative_to(library) else {path}
    return sorted(str(path.relative_to(book.ROOT)) for path in found)


@book.needs_room("The mutants")
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", help="theory, or tasks/flip_flop")
    parser.add_argument("--tests", nargs="*", default=[])
    args = parser.parse_args()
    module = Path("lpu_core") / f"{args.module}.py"
    if not (book.ROOT / module).is_file():
        raise SystemExit(f"module: expected one of lpu_core, such as theory or tasks/flip_flop, got {args.module!r}")
    tests = args.tests or tests_of(args.module)
    if not tests:
        raise SystemExit(f"--tests: expected test files, for none is of {module} or of what imports it, got none")
    print(f"{module} against {' '.join(tests)}", flush=True)

    copy = book.BUILD / "mutation" / args.module.replace("/", "_")
    shutil.rmtree(copy, ignore_errors=True)
    ignored = shutil.ignore_patterns(".venv", "_build", ".git", "vendor", "__pycache__", "biome.json")
    shutil.copytree(book.ROOT, copy, ignore=ignored)
    name = args.module.replace("/", ".")
    contract = f"tests/test_contract.py -k 'not test_contract or {name}'"
    command = f"{shlex.quote(sys.executable)} -m pytest -x -q -p no:cacheprovider {shlex.join(tests)} {contract}"
    quoted = [json.dumps(text) for text in (str(module), command)]
    (copy / "mutation.toml").write_text(CONFIG.format(module=quoted[0], command=quoted[1], left_out=OPERATORS_LEFT_OUT))
    cosmic_ray("cosmic-ray", "baseline", "mutation.toml", folder=copy)  # without a mutant, all must pass
    cosmic_ray("cosmic-ray", "init", "mutation.toml", "session.sqlite", folder=copy)
    cosmic_ray("cr-filter-operators", "session.sqlite", "mutation.toml", folder=copy)
    cosmic_ray("cosmic-ray", "exec", "mutation.toml", "session.sqlite", folder=copy)
    print(cosmic_ray("cr-report", "--surviving-only", "--show-diff", "session.sqlite", folder=copy))


if __name__ == "__main__":
    main()
