"""python -m tools.assignments release | grade | mark | check; see `make help`."""

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
    grading.add_argument("--course", type=Path, default=Path("course"), help="the course's folder (%(default)s)")
    grading.add_argument("--submissions", type=Path, help="what came: a folder, a zip or a notebook")
    grading.add_argument("--name", help="judge this assignment again")
    grading.add_argument("--student", help="judge this student again")
    grading.add_argument("--question", help="judge this question again, such as test-step")
    grading.add_argument(
        "--seed", type=int, help="draws the networks of the hidden tests; drawn at the first grading, then kept"
    )
    grading.add_argument("--cell", type=float, default=Limits.cell, help="seconds for a cell (%(default)g)")
    grading.add_argument("--total", type=float, default=Limits.total, help="seconds for a notebook (%(default)g)")
    grading.add_argument("--memory", type=float, default=Limits.memory / 2**30, help="GB for a process (%(default)g)")
    grading.add_argument("--unsafe", action="store_true", help="grade even where submitted code can't be isolated")
    marking = commands.add_parser("mark", help="read answers and give points in the browser")
    marking.add_argument("--course", type=Path, default=Path("course"), help="the course's folder (%(default)s)")
    marking.add_argument("--by", default="", help="who gives them, for the record")
    checking = commands.add_parser("check", help="check that solutions and typical mistakes get their points")
    checking.add_argument("names", nargs="*", help="assignments; all unless given")
    for command in (grading, checking):
        command.add_argument("--jobs", type=int, default=2, help="submissions at a time (%(default)d)")
    asked = parser.parse_args(argv)

    if asked.command == "release":
        from tools.assignments import handout

        print(f"The assignments: {book_path(handout.write(names=asked.names or None))}")
    elif asked.command == "mark":
        from tools.assignments import course, desk_server

        desk_server.serve(course.open_course(asked.course), asked.by)
    elif asked.command == "check":
        from tools.assignments import check

        problems = check.check(asked.names or None, asked.jobs)
        print("\n".join(problems) or "The assignments give the points that they should.")
        return bool(problems)
    else:
        from tools.assignments import grade

        limits = Limits(cell=asked.cell, total=asked.total, memory=int(asked.memory * 2**30))
        again = grade.Again(asked.name, asked.student, asked.question)
        try:
            made = grade.grade(asked.course, asked.submissions, again, asked.seed, asked.jobs, limits, asked.unsafe)
        except OSError as error:
            if book.disk_is_full(error):
                raise
            raise SystemExit(f"{error.filename or asked.course}: {error.strerror or error}") from None
        for name, students in made.items():
            graded = sum(s.verdict is not None for s in students.values())
            said = f"{graded} graded, {len(students) - graded} not"
            print(f"{name}: {said}: {book_path(asked.course / 'results' / name / 'summary.html')}")
    return 0


def book_path(path: Path) -> Path:
    """A path as seen from the repository, if it lies there."""
    path = path.resolve()
    return path.relative_to(book.ROOT) if path.is_relative_to(book.ROOT) else path


if __name__ == "__main__":
    sys.exit(main())
