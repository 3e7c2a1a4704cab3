"""Build the wheel, install it into a clean environment, and test the library that was installed.

    python -m tools.test_wheel [--python python3.13] [--lowest] [--without-torch] [--quick] [--jobs 2]

The tests run in a copy of the checkout that lacks the two packages, so that they can only find what was installed.
--lowest: the oldest versions that pyproject.toml allows. --without-torch: what trains is left out.
--quick: without the tests that are marked slow.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import book
from tools.install import torch_source

WHEEL = book.BUILD / "wheel"
NEEDED = ("tests", "tools", "book", "benchmarks", "pyproject.toml", "requirements.lock", "environment.yml", "CHANGELOG.md",
          "README.md", ".github", "Makefile")  # fmt: skip
# Not of the library, but of the book's build, its pages and its assignments.
OF_THE_BOOK = (
    "assignments*",
    "book",
    "build",
    "compact",
    "engines",
    "environment",
    "figure_data",
    "figures",
    "finder",
    "formulas*",
    "gallery_own",
    "imports",
    "install",
    "lab",
    "laboratory*",
    "layers",
    "live*",
    "mutate",
    "pages",
    "paper",
    "plotting",
    "preview",
    "publication",
    "reading",
    "rebuilding",
    "run_chapter",
    "scorecard_page",
    "scratch",
    "site",
    "speed",
)
EXTRAS = "[plot,cluster,nwb]"


def run(*command: str | Path, **options: object) -> None:
    """Run a command; where it fails, so do we."""
    code = subprocess.run([str(part) for part in command], check=False, **options).returncode  # type: ignore[call-overload]
    if code:
        raise SystemExit(code)


@book.needs_room("The wheel")
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--lowest", action="store_true")
    parser.add_argument("--without-torch", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", default="2")
    args = parser.parse_args()

    shutil.rmtree(WHEEL, ignore_errors=True)
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "build", "-q", "--wheel", "--out-dir", WHEEL)
    (wheel,) = WHEEL.glob("*.whl")
    python = WHEEL / "venv/bin/python"
    run(*uv, "venv", "-q", "--python", args.python, WHEEL / "venv")
    install: list[str | Path] = [*uv, "pip", "install", "-q", "--python", python]
    if not args.lowest:
        install += ["-c", book.ROOT / "requirements.lock"]
    resolution = ["--resolution", "lowest-direct"] if args.lowest else []
    run(*install, *resolution, f"{wheel}{EXTRAS}")
    tools = ["pytest", "pytest-xdist", "beartype", "packaging", "jupytext"]
    if not args.without_torch:
        bound = "torch>=2.6" if not args.lowest else "torch==2.6.*"
        run(*install, *torch_source(os.environ), bound)
    run(*install, *tools)

    copy = WHEEL / "checkout"
    copy.mkdir()
    for name in NEEDED:
        source = book.ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("vendor", "__pycache__"))
        elif source.exists():
            shutil.copy(source, copy / name)
    apart = ("PYTHONPATH", "LPU_RECORDINGS", "LPU_PEERS")
    environment = {name: value for name, value in os.environ.items() if name not in apart}
    options = ["-q", "-n", args.jobs, "--dist", "loadfile", *(["-m", "not slow"] if args.quick else [])]
    run(
        python,
        "-m",
        "pytest",
        *options,
        *(f"--ignore-glob=tests/test_{name}.py" for name in OF_THE_BOOK),
        cwd=copy,
        env=environment,
    )


if __name__ == "__main__":
    main()
