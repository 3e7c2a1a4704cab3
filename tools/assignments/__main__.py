"""python -m tools.assignments release | grade FOLDER_OR_ZIP | check; see `make help`."""

import argparse
import sys
from pathlib import Path

from tools import book
from tools.assignments.sandbox import Limits


@book.needs_room("The assignments")
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.assignments", description="Hand out, grade and check assignments."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    releasing = commands.add_parser("release", help="write the students' notebooks, and a zip with all that they need")
    releasing.add_argument("names", nargs="*", help="assignments; all unless given")
    grading = commands.add_parser("grade", help="grade returned notebooks")
    grading.add_argument("submissions", type=Path, help="a folder or a zip")
    grading.add_argument("--seed", type=int, help="draws the networks of the hidden tests; drawn itself unless given")
    grading.add_argument("--output", type=Path, help="where the grades go")
    grading.add_argument("--cell", type=float, default=Limits.cell, help="seconds for a cell (%(default)g)")
    grading.add_argument("--total", type=float, default=Limits.total, help="seconds for a notebook (%(default)g)")
    grading.add_argument("--memory", type=float, default=Limits.memory / 2**30, help="GB for a process (%(default)g)")
    checking = commands.add_parser("check", help="check that solutions and typical mistakes get their points")
    checking.add_argument("names", nargs="*", help="assignments; all unless given")
    for command in (grading, checking):
        command.add_argument("--jobs", type=int, default=2, help="submissions at a time (%(default)d)")
    asked = parser.parse_args(argv)

    if asked.command == "release":
        from tools.assignments import handout

        print(f"The assignments: {book_path(handout.write(names=asked.names or None))}")
    elif asked.command == "check":
        from tools.assignments import check

        problems = check.check(asked.names or None, asked.jobs)
        print("\n".join(problems) or "The assignments give the points that they should.")
        return bool(problems)
    else:
        from tools.assignments import grade
        from tools.assignments.sandbox import isolation

        output = asked.output or grade.OUTPUT
        limits = Limits(cell=asked.cell, total=asked.total, memory=int(asked.memory * 2**30))
        if isolation():
            print(f"Submitted code is NOT isolated here: {isolation()}. See the page on teaching.", file=sys.stderr)
        submissions = grade.grade(asked.submissions, output, asked.seed, asked.jobs, limits)
        graded = sum(s.verdict is not None for s in submissions)
        print(f"{graded} graded, {len(submissions) - graded} not: {book_path(output / 'summary.html')}")
    return 0


def book_path(path: Path) -> Path:
    """A path as seen from the repository, if it lies there."""
    path = path.resolve()
    return path.relative_to(book.ROOT) if path.is_relative_to(book.ROOT) else path


if __name__ == "__main__":
    sys.exit(main())
