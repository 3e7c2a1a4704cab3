"""What a test cell sees, and what comes of it: questions, their parts with points, and values that are compared.

NumPy and the standard library only, so that the same tests can run where a student works.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
LONGEST = 10_000
"""Characters of a text that are kept."""


@dataclass
class Part:
    """A part of a question: what it asks, its points, and why they are lost, if they are."""

    what: str
    points: float
    lost: str | None = None


@dataclass
class Question:
    """A graded cell: `points` at most; the parts, or None where a person reads it; a word on the visible test."""

    points: float
    parts: list[Part] | None = field(default_factory=list)
    remark: str = ""

    @property
    def earned(self) -> float:
        """The points of the parts that hold."""
        return sum(part.points for part in self.parts or [] if part.lost is None)


class Wrong(AssertionError):
    """A value that isn't what was asked for; the message is for the student."""


def same(got: Any, wanted: Any, what: str = "the value", rtol: float = 1e-5, atol: float = 1e-8) -> None:
    """Raise Wrong, saying where, unless `got` has the shape of `wanted` and all its numbers, to `tolerance`.

    Precision, container and the kind of number are the student's. One number in an array passes for the number.
    """
    wanted = np.asarray(wanted)
    try:
        array = np.asarray(got)
    except Exception:  # ragged, or deeper than NumPy goes
        array = np.array(None)
    if array.dtype.kind not in "biufc":
        raise Wrong(f"{what} should be numbers; yours is {'None' if got is None else 'of type ' + type(got).__name__}")
    array = array.astype(complex if array.dtype.kind == "c" else float)
    if wanted.ndim == 0 and array.size == 1:
        array = array.reshape(())
    if array.shape != wanted.shape:
        raise Wrong(f"{what} should have shape {wanted.shape}; yours has {array.shape}")
    if not np.isfinite(array).all():
        raise Wrong(f"{what} holds NaN or infinity")
    gap = np.abs(array - wanted)
    if (gap > tolerance(wanted, rtol, atol)).any():
        worst = np.unravel_index(np.argmax(gap), gap.shape)
        where = f" at {[int(i) for i in worst]}" if gap.ndim else ""
        raise Wrong(f"{what} is off by {gap[worst]:.3g}{where}: expected {wanted[worst]:.6g}, yours is {array[worst]:.6g}")


def tolerance(wanted: Any, rtol: float = 1e-5, atol: float = 1e-8) -> float:
    """How far each number may be off: `atol`, and `rtol` of the largest that is wanted.

    For one number, that is what np.isclose asks in the notebooks. In an array it is more than np.allclose's: a sum that is
    nearly 0 among large ones is then right in float32, too.

    >>> f"{tolerance(2.0):.6g}, {tolerance([0.0, 100.0]):.6g}, {tolerance([0.0]):.6g}"
    '2.001e-05, 0.00100001, 1e-08'
    """
    return float(atol + rtol * np.max(np.abs(wanted), initial=0.0))


def examine(
    name: str, points: float, visible: str, hidden: str, space: dict[str, Any], rng: np.random.Generator
) -> Question:
    """Ask one question: the visible test for a remark, the parts of the hidden one for points.

    `space` holds what the tests name: the functions that are tested, what the given cells define, `solution`. To these the
    hidden test gets `rng`, `same`, and `part(points, what)`, a context in which a failure costs these points and no others.
    Raises RuntimeError where the parts don't add up to `points`.
    """
    parts: list[Part] = []

    @contextmanager
    def part(worth: float, what: str) -> Iterator[None]:
        made = Part(what, worth)
        parts.append(made)
        try:
            yield
        except Exception as error:
            made.lost = words(error)

    question = Question(points, parts)
    try:
        exec(compile(visible, f"<{name}>", "exec"), dict(space))
    except Exception as error:
        question.remark = words(error)
    exec(compile(hidden, f"<{name}, hidden>", "exec"), space | {"same": same, "part": part, "rng": rng})
    if sum(part.points for part in parts) != points:
        raise RuntimeError(f"{name}: the parts make {sum(p.points for p in parts)} points, not {points}")
    return question


def plain(text: Any, longest: int = LONGEST) -> str:
    """Text from a submission as it may go into any file: no lone surrogate, no control character, cut at `longest`.

    >>> plain("a\\ud800b\\x00\\x1b[31m"), plain("abcdef", 3)
    ('a\ufffdb', 'abc… (cut after 3 characters)')
    """
    try:
        said = text if isinstance(text, str) else str(text)
    except Exception:  # nested too deeply, or of a class that has its own idea
        said = f"something of type {type(text).__name__}"
    cut = f"… (cut after {longest} characters)" if len(said) > longest else ""
    whole = said[:longest].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return CONTROLS.sub("", ANSI.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))) + cut


def line(said: Any) -> str:
    """Text from a submission, in one line that is not too long."""
    return " ".join(plain(said, 2000).split())[:400]


def words(error: Exception) -> str:
    """An error as a sentence for the student."""
    said = line(error)
    if isinstance(error, NameError):
        return f"{said}: its cell is missing, was left out or raised, or defines something else"
    if isinstance(error, AssertionError):
        return said or "the test fails"
    return f"your value does not fit the test ({type(error).__name__}: {said})"
