"""How long a class takes to grade: python -m benchmarks.class_of_students [STUDENTS] [JOBS].

Each submission is another one (a number in a comment), so that no verdict is taken from the record; one in ten is hostile.
Two hundred with two jobs are what a lecturer waits for. Prints the minutes, and what took them.
"""

import sys
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from tools.assignments import check, grade, release
from tools.assignments.sandbox import isolation

STEP = "def step(network, rates, inputs, alpha):\n    "
SLEEPER = "import time\n" + STEP + "time.sleep(99)\ndef latents(network, rates):\n    time.sleep(99)\n"
HOSTILE = {
    "an endless cell": {"step": "while True:\n    pass"},
    "endless cells and functions": {
        "step": "while True:\n    pass",
        "latents": "while True:\n    pass",
        **{name: f"def {name}(*args):\n    while True:\n        pass" for name in ("twin", "apart", "repels")},
    },
    "functions that sleep": {"step": SLEEPER},
    "one that ends the process": {"step": "import os\n" + STEP + "os._exit(0)"},
    "one that takes all memory": {"step": STEP + "return [bytearray(2**26) for _ in range(2**10)]"},
}


def submissions(folder: Path, count: int) -> None:
    """Write so many notebooks."""
    assignment = release.load(["theory"])["theory"]
    mistakes = check.mistakes(assignment)
    for number in range(count):
        if number % 10 == 9:
            kind, answers = list(HOSTILE.items())[number // 10 % len(HOSTILE)]
        else:
            mistake = mistakes[number % len(mistakes)]
            kind, answers = "honest", {mistake["cell"]: mistake["source"]} if number % 2 else {}
        notebook = check.answered(assignment, answers)
        notebook.cells.append(nbformat.v4.new_code_cell(f"# {kind} # {number}"))
        nbformat.write(notebook, folder / f"{kind.replace(' ', '_')}-{number}.ipynb")


def main(count: int = 200, jobs: int = 2) -> None:
    """Grade a class, and tell what took how long."""
    took: dict[str, list[float]] = defaultdict(list)
    judge = grade.judge

    def timed(assignment, notebook, *args, **options):
        begun = time.monotonic()
        try:
            return judge(assignment, notebook, *args, **options)
        finally:
            took[notebook.cells[-1].source.split("#")[1].strip()].append(time.monotonic() - begun)

    grade.judge = timed
    with TemporaryDirectory() as folder:
        (Path(folder) / "in").mkdir()
        submissions(Path(folder) / "in", count)
        begun = time.monotonic()
        grade.grade(Path(folder) / "course", Path(folder) / "in", jobs=jobs, unsafe=True)
        whole = time.monotonic() - begun
    print(f"{count} submissions, {jobs} jobs: {whole / 60:.1f} min; isolated: {isolation() is None}")
    for kind, seconds in took.items():
        print(f"  {len(seconds):3d} {kind}: {sum(seconds) / len(seconds):.1f} s each, {max(seconds):.1f} s at most")
    print(f"  the judging took {sum(map(sum, took.values())) / jobs / 60:.1f} min of it")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
