"""What a class shows as a whole: typical mistakes, how well a question tells students apart, and copies."""

import re
from collections import Counter, defaultdict

import numpy as np

from tools.assignments.standing import Standing

FEWEST = 10
"""Students of whom a correlation is told."""
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)


def folded(message: str) -> str:
    """A message without its numbers, so that "off by 0.31" and "off by 0.29" are one."""
    return NUMBER.sub("…", message)


def mistakes(standings: dict[str, Standing], most: int = 5) -> dict[str, list[tuple[int, str, str]]]:
    """By question the most frequent reasons for lost points: how many students, the part, the message."""
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for s in standings.values():
        for name, question in s.verdict.questions.items() if s.verdict else ():
            found[name].update({(part.what, folded(part.lost)) for part in question.parts or [] if part.lost})
    return {
        name: [(count, what, why) for (what, why), count in counts.most_common(most)]
        for name, counts in found.items()
        if counts
    }


def discrimination(standings: dict[str, Standing], question: str) -> float | None:
    """The correlation of a question's points with those of all others, over students; None where it can't be told."""
    pairs = [
        (s.points[question], sum(s.points[name] or 0 for name in s.points if name != question))
        for s in standings.values()
        if s.verdict and not s.unread
    ]
    if len(pairs) < FEWEST or any(np.ptp(values) == 0 for values in zip(*pairs, strict=True)):
        return None
    return float(np.corrcoef(np.array(pairs, float).T)[0, 1])


def said(correlation: float | None) -> str:
    """What a correlation means, for who teaches."""
    if correlation is None:
        return ""
    if correlation < -0.1:
        meaning = "those who do well elsewhere do worse here: look at its text"
    elif correlation < 0.2:
        meaning = "says little about the rest"
    elif correlation < 0.5:
        meaning = "goes with the rest"
    else:
        meaning = "goes closely with the rest"
    return f"{meaning} ({correlation:.2f})"


def copies(standings: dict[str, Standing]) -> list[list[str]]:
    """Students of whom each handed in a notebook with the same content."""
    found: dict[str, list[str]] = defaultdict(list)
    for student, s in standings.items():
        for one in s.handed:
            if one.notebook and student not in found[one.notebook]:
                found[one.notebook].append(student)
    groups = {tuple(students) for students in found.values() if len(students) > 1}
    return sorted(map(list, groups))
