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


def discrimination(standings: dict[str, Standing], question: str) -> tuple[float, int] | None:
    """The correlation of a question's points with those of all others, and over how many students.

    Others that a person has not read of all are left out. None where there are few students, or no spread.
    """
    judged = [s.points for s in standings.values() if s.verdict]
    names = judged[0] if judged else {}
    others = [name for name in names if name != question and all(points[name] is not None for points in judged)]
    pairs = [(p[question], sum(p[name] or 0 for name in others)) for p in judged if p[question] is not None]
    if len(pairs) < FEWEST or any(np.ptp(values) == 0 for values in zip(*pairs, strict=True)):
        return None
    return float(np.corrcoef(np.array(pairs, float).T)[0, 1]), len(pairs)


def said(found: tuple[float, int] | None) -> str:
    """What a correlation means, for who teaches; within twice its spread by chance, nothing."""
    if found is None:
        return ""
    correlation, students = found
    if abs(correlation) < 2 / students**0.5:
        meaning = "no more than by chance"
    elif correlation < 0:
        meaning = "no: who does well elsewhere does worse here; look at its text"
    else:
        meaning = "yes" if correlation < 0.5 else "yes, closely"
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
