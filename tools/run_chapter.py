"""Run one chapter: text -> notebook (jupytext) -> executed (papermill) -> tidied.

    python -m tools.run_chapter theory --profile quick --output _build/executed/quick/theory.ipynb

The output appears whole or not at all, and beside it theory.json, what the run cost (see tools/build_times.py).
A cell that raises, one that runs over its time, a kernel that dies and anything on stderr end the run; the notebook
as far as it went is then in _build/failed.
"""

import argparse
import logging
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tools import book, build_times, scratch

TIMEOUT = {"quick": 600, "paper": 4 * 3600}  # seconds for one cell
SHOWN = 15  # lines of an error
PARAMETERS = {"parameters", "injected-parameters"}
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
MODEL_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")

# One thread a kernel: results do not depend on how many cores there are, and two chapters do not fight.
ENVIRONMENT = {
    "LPU_PROGRESS": "0",
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger warns on stderr
    "JUPYTER_PATH": str(
        Path(__file__).with_name("jupyter")
    ),  # our kernel, the Python that runs this, and no other's python3
    # glibc: keep freed memory at hand; else every large array comes as fresh pages, which can cost more than the sums.
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")},
}


class ChapterFailed(Exception):
    """A chapter did not run through; the message says where and why."""


def prepare(source: Path) -> Any:
    """The chapter as a notebook, ready to run. Raises ChapterFailed where no cell takes the profile."""
    import jupytext

    notebook = jupytext.read(source)
    if not any("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells):
        raise ChapterFailed(f'{source.stem}: expected a cell tagged parameters, with profile = "quick"; there is none')
    return notebook


def run(source: Path, profile: str, output: Path, failed: Path, timeout: int) -> None:
    """Execute the chapter at `source` into `output`. Raises ChapterFailed, what ran is in `failed`."""
    import nbformat

    started, cpu = time.time(), build_times.cpu_seconds()
    notebook = prepare(source)
    with scratch.folder() as folder:
        draft = folder / f"{source.stem}.ipynb"
        nbformat.write(notebook, draft)
        done, error = execute(draft, profile, source.parent, timeout, folder)
        problem = diagnose(done, error, source, timeout)
        if problem:
            failed.mkdir(parents=True, exist_ok=True)
            kept = failed / draft.name
            shutil.copy2(draft, kept)
            raise ChapterFailed(f"{source.stem}: {problem}\n  the notebook as far as it went: {kept}")
        running = after_imports(done)
        tidy(done)
        # Dated by its start: text edited during the run is newer than its notebook.
        book.write_whole(output, nbformat.writes(number_widgets(done)) + "\n", started)
        (failed / draft.name).unlink(missing_ok=True)
        wall = time.time() - started
        cost = build_times.Cost(source.stem, started, wall, build_times.cpu_seconds() - cpu, wall - running)
        build_times.keep(output.with_suffix(".json"), cost)


def execute(draft: Path, profile: str, cwd: Path, timeout: int, folder: Path) -> tuple[Any, Exception | None]:
    """Run the notebook at `draft`: as far as it went, and the error that stopped it, if one did."""
    import nbformat
    import papermill
    from traitlets.config import Config

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it says, we say with the cell's place
    os.environ.update(ENVIRONMENT, IPYTHONDIR=str(folder), JUPYTER_RUNTIME_DIR=str(folder))
    path = [str(book.ROOT), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    try:
        done = papermill.execute_notebook(
            str(draft),
            str(draft),
            {"profile": profile},
            cwd=str(cwd),
            kernel_name="python3",
            execution_timeout=timeout,
            start_timeout=120,
            progress_bar=False,
            log_output=False,
            # Sockets in our own folder: no open ports, and two kernels at a time do not meet.
            extra_arguments=["--Application.log_level=CRITICAL"],  # errors reach us in the notebook
            config=Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}}),
        )
    except Exception as error:  # whatever it is, the chapter failed and the build says where
        if book.disk_is_full(error):
            raise
        return nbformat.read(draft, as_version=4), error
    return done, None


def diagnose(notebook: Any, error: Exception | None, source: Path, timeout: int) -> str | None:
    """Where and why the chapter failed, or None where it ran clean."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    started = [cell for cell in code if cell.metadata.get("papermill", {}).get("start_time")]
    where = place(started[-1], code, source) if started else "before the first cell"
    if isinstance(error, CellTimeoutError):
        return f"{where} ran longer than {timeout} s"
    if isinstance(error, DeadKernelError):
        return f"{where}: the kernel died (killed, or out of memory)"
    for cell in code:
        for output in cell.outputs:
            if output.output_type == "error":
                return f"{place(cell, code, source)} raised\n" + last_lines("\n".join(output.traceback))
            if output.get("name") == "stderr":
                return f"{place(cell, code, source)} wrote to stderr\n" + last_lines(output.text)
    if error is not None:
        return f"{where}: {type(error).__name__}\n" + last_lines(str(error))
    return None


def after_imports(notebook: Any) -> float:
    """The seconds of all cells but the first: the one of the imports, right after the parameters'."""
    seconds = [cell.metadata.get("papermill", {}).get("duration") or 0.0 for cell in notebook.cells
               if cell.cell_type == "code" and not PARAMETERS & set(cell.metadata.get("tags", []))]  # fmt: skip
    return sum(seconds[1:])


def place(cell: Any, code: list[Any], source: Path) -> str:
    """A cell's number, the line of the text where it stands, and its first line."""
    own = [other for other in code if "injected-parameters" not in other.metadata.get("tags", [])]
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    if not any(cell is other for other in own):
        return f"the injected parameters ({first})"
    before = source.read_text(encoding="utf-8").partition(cell.source)[0]
    number = next(n for n, other in enumerate(own, 1) if other is cell)
    return f"code cell {number} ({source.name}:{before.count(chr(10)) + 1}: {first})"


def last_lines(text: str) -> str:
    lines = [line for line in ANSI.sub("", text).splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in lines[-SHOWN:])


def tidy(notebook: Any) -> None:
    """Keep the parameter cells out of the page, and the run's clock and chance out of the file."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        for clock in ("papermill", "execution"):
            cell.metadata.pop(clock, None)
        tags = cell.metadata.get("tags", [])
        if PARAMETERS & set(tags) and "remove-cell" not in tags:
            cell.metadata["tags"] = [*tags, "remove-cell"]


def number_widgets(notebook: Any) -> Any:
    """Number the widgets, in the order of their making, for their random ids: the same run, the same file."""
    import nbformat

    kinds = notebook.metadata.get("widgets", {}).values()
    order = [model for kind in kinds for model in kind.get("state", {})]
    numbers = {model: f"{number:032x}" for number, model in enumerate(order)}
    text = nbformat.writes(notebook)
    text = MODEL_ID.sub(lambda match: numbers.get(match.group(), match.group()), text)
    return nbformat.reads(text, as_version=4)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="the chapter, as in book/NAME.md")
    parser.add_argument("--profile", choices=book.PROFILES, default="quick")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    timeout = int(os.environ.get("LPU_CELL_TIMEOUT") or TIMEOUT[args.profile])
    # As with Ctrl-C: unwind, so that the kernel goes, too.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGINT may come ignored, from a background job
        signal.signal(name, signal.default_int_handler)
    started = time.time()
    try:
        with book.needs_room(args.name):
            run(book.BOOK / f"{args.name}.md", args.profile, args.output, book.FAILED, timeout)
    except ChapterFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{args.name}: interrupted", file=sys.stderr, flush=True)
        os._exit(130)  # all is tidied; the event loop would only complain of what it left undone
    print(f"{args.name}: {time.time() - started:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
