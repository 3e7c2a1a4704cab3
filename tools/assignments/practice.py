"""Check yourself: the tests that grade an assignment, on practice networks.

Students get this module as one file, practice.py, with the source of `questions` in it and the tests packed below. It holds
the solutions, too: packed, not hidden. A look at them costs you the exercise and wins no points, for the grader draws other
networks.
"""

import base64
import json
import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np

from tools.assignments.questions import Question, examine

PACKED: dict[str, str] = {}


def check(name: str, space: dict[str, Any], seed: int = 1) -> None:
    """Print what the answers in `space`, a notebook's names, get on networks drawn from `seed`."""
    if name not in PACKED:
        raise ValueError(f"name: one of {', '.join(PACKED)}; not {name!r}")
    kept = json.loads(zlib.decompress(base64.b85decode(PACKED[name])))
    solution: dict[str, Any] = {"__name__": f"solution_of_{name}"}
    for source in kept["given"]:
        exec(source, solution)
    theirs = {answer: space[answer] for answer in kept["names"] if answer in space}
    seen = {key: value for key, value in solution.items() if key not in kept["names"]} | theirs
    earned, points = 0.0, 0.0
    for question, (of, visible, hidden) in kept["tests"].items():
        drawn = [seed, zlib.crc32(name.encode()), zlib.crc32(question.encode())]
        named = seen | {"solution": SimpleNamespace(**solution)}
        with np.errstate(all="ignore"):
            made = examine(question, of, visible, hidden, named, np.random.default_rng(drawn))
        tell(question.removeprefix("test-"), made)
        earned, points = earned + made.earned, points + of
    print(f"\n{earned:g} of {points:g} points on these networks; seed={seed + 1} draws others. Words are read by a person.")


def tell(what: str, question: Question) -> None:
    """Print a question: its points, and each part with what it lost."""
    print(f"\n{what}: {question.earned:g} of {question.points:g}")
    if question.remark:
        print(f"  the test in your notebook: {question.remark}")
    for part in question.parts or []:
        print(f"  {'✗' if part.lost else '✓'} {part.what}{': ' + part.lost if part.lost else ''}")
