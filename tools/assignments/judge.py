"""Judge a submission: its cells run in the sandbox, the tests run here and ask for values.

A test cell sees what the given cells define, the submission's functions under their names, and, between the marks of the
hidden tests, `solution` (all that the solution defines), `rng` (a generator seeded by the lecturer's seed, the assignment
and the question), `part(points, what)`, a context in which a failure costs these points and no others, and
`same(got, wanted)`, which says where two values differ.

Only values come back, so no test can tell a measurement from noise on top of the law with which it should agree: both have
the same statistics. What tells is a case in which that law fails, and a measurement doesn't: test one.
"""

import re
import time
import zlib
from dataclasses import dataclass, field
from symtable import symtable
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from tools.assignments.inside import wire
from tools.assignments.questions import Question, Wrong, examine, line, plain
from tools.assignments.release import BEGIN, END, SEEN, Assignment, mark, mark_id, names_of
from tools.assignments.sandbox import Box, Limits, Stopped

OWN_CELLS, REMARKS, ANSWER, CODE = 200, 30, 100_000, 200_000
"""Of a submission: its own cells, the remarks on it, the characters of an answer that are kept, and of code that is read."""


@dataclass
class Verdict:
    """What came of a submission: a question each, remarks on the notebook, and what its answers were and printed."""

    questions: dict[str, Question] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)


class Sitting:
    """A submission in its box, started again where it dies, until its time is used up; at first in `box`, if given.

    `spent` are the seconds in which it was waited for: no start, and nothing that the judge does, is on its account.
    """

    def __init__(
        self,
        cells: list[tuple[str, str]],
        limits: Limits,
        isolated: bool,
        box: Box | None = None,
        spent: float = 0.0,
    ):
        self.cells, self.limits, self.isolated, self.first = cells, limits, isolated, box
        self.left_out: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.box: Box | None = None
        self.spent = spent

    def left(self) -> float:
        """The seconds that are left. Raises Stopped where there are none."""
        left = self.limits.total - self.spent
        if left <= 0:
            raise Stopped(f"used up its {self.limits.total:.3g} s")
        return left

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Ask the running box; close it where it stops."""
        assert self.box
        started = time.monotonic()
        try:
            return self.box.ask(message, min(seconds, self.left()))
        except Stopped:
            self.close()
            raise
        finally:
            self.spent += time.monotonic() - started

    def open(self) -> None:
        """Run the cells. One that ends the process, or takes too long, is left out, and all run again."""
        while self.box is None:
            self.left()
            before = self.spent
            self.box, self.first = self.first or Box(self.limits, self.isolated), None
            self.ask({"run": "%reset -f"}, 60)
            self.spent = before
            for name, source in self.cells:
                if name in self.left_out:
                    continue
                try:
                    reply = self.ask({"run": source}, self.limits.cell)
                except Stopped as stopped:
                    self.left_out[name] = str(stopped)
                    break
                self.said[name] = plain(reply.get("text", ""))
                if reply.get("error"):
                    self.failed[name] = line(reply["error"])

    def call(self, function: str | int, args: tuple, kwargs: dict[str, Any], shown: str) -> Any:
        """The value of a function of the submission. Raises Wrong where it raises, dies or returns what can't be judged."""
        if shown in self.refused:
            raise Wrong(self.refused[shown])
        try:
            self.open()
            message = {"call": function, "args": wire.encode(args), "kwargs": wire.encode(kwargs)}
            reply = self.ask(message, self.limits.call)
        except Stopped as stopped:
            self.refused[shown] = f"{shown} {stopped}"
            raise Wrong(self.refused[shown]) from None
        if reply.get("error"):
            raise Wrong(f"{shown} raised {line(reply['error'])}")
        try:
            if "unfit" in reply:
                raise wire.Unfit(line(reply["unfit"]))
            return wire.decode(reply["value"], lambda handle: self.function(handle, f"what {shown} returned"))
        except (wire.Unfit, KeyError) as error:
            raise Wrong(f"{shown} returned {error}, which can't be judged") from None

    def function(self, name: str | int, shown: str) -> Any:
        """A function of the submission as a function here."""

        def remote(*args: Any, **kwargs: Any) -> Any:
            return self.call(name, args, kwargs, shown)

        return remote

    def name(self, name: str, of_function: bool) -> Any:
        """What the submission has under a name of the solution. Raises KeyError where that is nothing, or no function."""
        self.open()
        reply = self.ask({"get": name}, self.limits.call)
        if reply.get("function"):
            return self.function(name, name)
        if of_function or "value" not in reply:
            raise KeyError(name)
        return wire.decode(reply["value"])

    def close(self) -> None:
        if self.box:
            self.box.close()
            self.box = None


def arrange(assignment: Assignment, submitted: NotebookNode) -> tuple[list[tuple[str, NotebookNode]], list[str]]:
    """The cells in the order of the assignment, by name, with the given ones as they were, and remarks on what was changed.

    A cell of the student's own, of code or text, follows the known one that it followed. An answer that is missing is empty.
    """
    known = {mark(cell)["grade_id"]: cell for cell in assignment.notebook.cells if mark(cell)}
    given = {SEEN} | {c.source.strip() for c in assignment.notebook.cells if not mark(c) and c.cell_type != "code"}
    found: dict[str, NotebookNode] = {}
    own: dict[str, list[NotebookNode]] = {}
    after, count = "", 0
    for cell in submitted.cells:
        name, text = mark_id(cell), cell.source.strip()
        if isinstance(name, str) and name in known and name not in found:
            found[name], after = cell, name
        elif (text and cell.cell_type == "code") or (
            cell.cell_type == "markdown" and text not in given and (text or cell.get("attachments"))
        ):
            count += 1
            if count <= OWN_CELLS:
                own.setdefault(after, []).append(cell)
    arranged = [(f"own {i} at the start", cell) for i, cell in enumerate(own.get("", []), 1)]
    for name, cell in known.items():
        if not mark(cell)["solution"]:
            arranged.append((name, cell))
        else:
            arranged.append((name, found.get(name) or emptied(cell)))
        arranged += [(f"own {i} after {name}", extra) for i, extra in enumerate(own.get(name, []), 1)]
    lost = [name for name in known if name not in found]
    remarks = [f"missing cells: {', '.join(lost)}"] if lost else []
    changed = [
        name
        for name, cell in found.items()
        if not mark(known[name])["solution"] and cell.source.strip() != visible(known[name])
    ]
    if changed:
        remarks.append(f"edited cells, restored: {', '.join(changed)}")
    if count > OWN_CELLS:
        remarks.append(f"it has {count} cells of its own; the first {OWN_CELLS} were kept, the others not run")
    return arranged, remarks


def emptied(cell: NotebookNode) -> NotebookNode:
    """A cell of the same kind and name without text."""
    return nbformat.from_dict({key: value for key, value in cell.items() if key != "attachments"} | {"source": ""})


def visible(cell: NotebookNode) -> str:
    """A given cell or a test as students see it."""
    return re.sub(rf"^{BEGIN}.*?^{END}\n?", "", cell.source, flags=re.MULTILINE | re.DOTALL).strip()


def hidden(cell: NotebookNode) -> str:
    """What students do not see of a test."""
    return "\n".join(re.findall(rf"^{BEGIN}\n(.*?)^{END}", cell.source, flags=re.MULTILINE | re.DOTALL))


def judge(
    assignment: Assignment, submitted: NotebookNode, seed: int, limits: Limits, isolated: bool, box: Box | None = None
) -> Verdict:
    """Run a submission and its tests, in `box` or in one of its own. Whatever the submission does, this returns.

    A given box is emptied and used, and left open where the submission did not end it.
    """
    arranged, remarks = arrange(assignment, submitted)
    verdict = Verdict(remarks=remarks)
    runs = [(n, str(c.source)) for n, c in arranged if c.cell_type == "code" and n not in assignment.tests]
    with np.errstate(all="ignore"):
        sitting = Sitting(runs, limits, isolated, box)
        try:
            for name, points in assignment.graded.items():
                if name in assignment.tests:
                    verdict.questions[name] = ask(assignment, name, points, sitting, seed)
                else:
                    verdict.questions[name] = Question(points, None)
        finally:
            if sitting.box is not box:
                sitting.close()
        beside_ours(assignment, verdict, sitting, seed)
    for name, why in sitting.left_out.items():
        verdict.remarks.append(f"cell {name} {why}; it was left out")
    for name, why in sitting.failed.items():
        verdict.remarks.append(f"cell {name} raised {why}")
    verdict.remarks += [why for why in sitting.refused.values() if why not in verdict.remarks]
    if len(verdict.remarks) > REMARKS:
        verdict.remarks[REMARKS:] = [f"and {len(verdict.remarks) - REMARKS} more"]
    for name, cell in arranged:
        if name in assignment.answers:
            verdict.answers[name] = (plain(cell.source, ANSWER), sitting.said.get(name, ""))
    return verdict


def beside_ours(assignment: Assignment, verdict: Verdict, sitting: Sitting, seed: int) -> None:
    """Ask each question that lost points again, with the solution of the others in place, where it names one that lost some.

    So a mistake costs once. It happens in a fresh box, which has never held the solution of the question itself, and after
    each answer that lost points it runs ours. A part holds if it holds in either run: each is a statement on the student's
    function, and the run in which it holds shows it. What this run prints or raises is told to nobody: it could show ours.
    """
    tests = {name: verdict.questions[name] for name in assignment.tests}
    lost = [name for name, question in tests.items() if question.earned < question.points]
    belongs = answers_of(assignment)
    code = scopes(sitting.cells) if len(lost) > 1 else []
    for name in lost:
        ours = {answer: assignment.answers[answer].source for other in lost if other != name for answer in belongs[other]}
        theirs = [answer for source in ours.values() for answer in names_of(source)]
        used = [answer for answer in theirs if answer in named(code, belongs[name])]
        if not used or sitting.spent >= sitting.limits.total or set(belongs[name]) & set(sitting.left_out):
            continue
        cells = []
        for answer, source in sitting.cells:
            cells += [] if answer in sitting.left_out else [(answer, source)]
            cells += [(f"our {answer}", ours[answer])] if answer in ours else []
        second = Sitting(cells, sitting.limits, sitting.isolated, spent=sitting.spent)
        try:
            again = ask(assignment, name, tests[name].points, second, seed)
        finally:
            second.close()
            sitting.spent = second.spent
        functions = ", ".join(f"`{answer}`" for answer in used)
        for part, twin in zip(tests[name].parts or [], again.parts or [], strict=False):
            if part.lost and twin.lost is None and part.points == twin.points:
                part.lost, part.what = None, f"{part.what} (with our {functions} in place of yours)"


def answers_of(assignment: Assignment) -> dict[str, list[str]]:
    """The answers in code that each test tests: those since the test before."""
    belongs: dict[str, list[str]] = {}
    since: list[str] = []
    for name in map(mark_id, assignment.notebook.cells):
        if name in assignment.tests:
            belongs[name], since = since, []
        elif name in assignment.answers and assignment.answers[name].cell_type == "code":
            since.append(name)
    return belongs


def scopes(cells: list[tuple[str, str]]) -> list[tuple[str, set[str], set[str]]]:
    """Of each cell that is Python: its name, what it defines, and what its code takes from outside its functions."""
    if sum(len(source) for _, source in cells) > CODE:
        return []
    found = []
    for name, source in cells:
        try:
            table = symtable(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE), name, "exec")
            tables = [table]
            for inner in tables:
                tables += inner.get_children()
        except Exception:  # no Python, or such that its reader gives up
            continue
        reads = {
            s.get_name() for t in tables for s in t.get_symbols() if s.is_referenced() and (t is table or s.is_global())
        }
        found.append((name, {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_namespace()}, reads))
    return found


def named(code: list[tuple[str, set[str], set[str]]], answers: list[str]) -> set[str]:
    """The names that some answers take, and what defines those takes, and so on; what is hidden in a string is not seen."""
    names = set().union(*(reads for name, _, reads in code if name in answers))
    while more := set().union(*(reads for _, defines, reads in code if defines & names)) - names:
        names |= more
    return names


def ask(assignment: Assignment, name: str, points: float, sitting: Sitting, seed: int) -> Question:
    """One question: the visible test for a remark, the parts of the hidden one for points."""
    test = assignment.tests[name]
    space = assignment.namespace | {"solution": assignment.solution}
    stopped = ""
    for answer in assignment.names:
        space.pop(answer, None)
        try:
            space[answer] = sitting.name(answer, callable(assignment.namespace[answer]))
        except Stopped as error:
            stopped = str(error)
        except (KeyError, wire.Unfit):
            pass  # the test will say that there is no such name
    rng = np.random.default_rng([seed, zlib.crc32(assignment.name.encode()), zlib.crc32(name.encode())])
    question = examine(f"{assignment.name}, {name}", points, visible(test), hidden(test), space, rng)
    if stopped:
        question.remark = f"the notebook {stopped}"
    return question
