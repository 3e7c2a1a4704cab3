"""Where a chapter's processor time goes, by kind: a clock stops it every hundredth of a second and looks at the stack.

python -m benchmarks.kinds theory prints the seconds of each kind.
"""

import json
import os
import signal
import sys
import time
from types import FrameType

import jupytext

from tools import book

TICK = 0.01
"""Processor time between two looks, s."""
IMPORTS, FIGURES, LIBRARIES, KERNELS, REST = KINDS = (
    "imports",
    "figures: drawing and serialising",
    "scikit-learn, PyTorch and SciPy",
    "our machine code: steps, noise, tuning curves, adjoints",
    "NumPy and Python: the cells and the rest of the package",
)
WITHIN = {
    IMPORTS: ("importlib",),
    FIGURES: ("/matplotlib/", "/lpu_book/plotting"),
    LIBRARIES: ("/sklearn/", "/torch/", "/scipy/"),
}
"""A kind's parts of paths: one file of the stack has one of them."""
CALLERS = ("/lpu_core/steps.py", "/lpu_core/noise.py", "/lpu_core/nonlinearities.py", "/lpu_core/training/adjoint.py")
"""Who calls machine code, which leaves no frame of its own."""


def kind(files: list[str]) -> str:
    """What a stack is busy with, by its files, the innermost first."""
    for name, parts in WITHIN.items():
        if any(part in file for file in files for part in parts):
            return name
    return KERNELS if files and files[0].endswith(CALLERS) else REST


def files(frame: FrameType | None) -> list[str]:
    """The files of a stack, the innermost first."""
    found = []
    while frame is not None:
        found.append(frame.f_code.co_filename)
        frame = frame.f_back
    return found


def chapter(name: str) -> dict[str, float]:
    """The seconds of each kind in the cells of a chapter of the quick book. Raises RuntimeError where a cell fails."""
    from IPython.core.interactiveshell import InteractiveShell

    seconds, last = dict.fromkeys(KINDS, 0.0), time.process_time()

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.process_time()  # a call into machine code is not interrupted: it counts whole
        seconds[kind(files(frame))] += now - last
        last = now

    shell = InteractiveShell.instance()
    cells = [cell.source for cell in jupytext.read(book.BOOK / f"{name}.md").cells if cell.cell_type == "code"]
    os.chdir(book.BOOK)
    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    for cell in cells:
        if not shell.run_cell(cell).success:
            raise RuntimeError(f"{name}: a cell failed: {cell[:60]}")
    signal.setitimer(signal.ITIMER_PROF, 0)
    return seconds


def main() -> None:
    """Prints what the chapter named on the command line takes, as the last line of its output."""
    import matplotlib as mpl

    mpl.use("Agg")
    print("\n" + json.dumps(chapter(sys.argv[1])))


if __name__ == "__main__":
    main()
