"""Assignments: whatever a submission's process replies, the judge has a verdict that can be written down."""

import json
import random
from dataclasses import asdict

import numpy as np
import pytest
from nbformat import v4

from lpu_core import LowRankRNN
from tools.assignments import judge, release
from tools.assignments.inside import wire
from tools.assignments.questions import LONGEST, line, plain
from tools.assignments.sandbox import Limits, Stopped

TESTS = {
    "number": ("def number(x):\n    return x", "same(number(2), 2.0)"),
    "matrix": (
        "def matrix(x):\n    return np.eye(x)",
        "same(matrix(3) @ np.ones(3), np.ones(3))\n    same(matrix(3), np.eye(3))",
    ),
    "maker": (
        "def maker():\n    return np.sin",
        "inner = maker()\n    same(inner(2), np.sin(2))\n    same(number(inner), 1)",
    ),
    "twice": ("def twice(x):\n    return 2 * number(x)", "same(twice(2), 4.0)"),
    "table": (
        "table = {'a': [1.0, 2.0]}",
        "same(table['a'], [1, 2], f'of {table}')\n    assert table == solution.table, str(table)",
    ),
    "tell": ("def tell():\n    return 'κ'", "assert tell() == 'κ', f'yours is {tell()}'\n    tell().upper().encode()"),
    "net": (
        "def net():\n    return LowRankRNN(*np.ones((3, 4, 1)))",
        "assert net().tau > 0\n    same(net().embedding, np.ones((4, 1)))",
    ),
}


def cell(source, **mark):
    return v4.new_code_cell(source, metadata={"nbgrader": {"grade": False, "solution": False} | mark})


def made():
    cells = [cell("import numpy as np\nfrom lpu_core import LowRankRNN", grade_id="setup")]
    for name, (source, test) in TESTS.items():
        cells.append(cell(source, grade_id=name, solution=True))
        hidden = f"{release.BEGIN}\nwith part(1, 'A value'):\n    {test}\n{release.END}"
        cells.append(cell(f"{test.splitlines()[0]}\n{hidden}", grade_id=f"test-{name}", grade=True, points=1))
    return release.Assignment("odd", v4.new_notebook(cells=cells))


ODD = made()
KEYS = ["value", "error", "text", "function", "unfit", "missing", "array", "dtype", "shape", "class", "fields"]
KEYS += ["list", "tuple", "dict", "complex", "", "a", "\ud800"]
LEAVES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**64,
    10**300,
    0.5,
    -0.0,
    float("nan"),
    float("inf"),
    1e308,
    "",
    "κ",
    "\ud800",
    "a\udfffb",
]
LEAVES += [
    "\x00\x1b[31m",
    "x" * 30_000,
    "<f8",
    "|O8",
    "<f3",
    "AAAAAAAA8D8=",
    "LowRankRNN",
    "Trajectory",
    [1],
    [-1],
    [2**40],
    [],
    {},
]
GOOD = [2.0, np.eye(3), {"a": [1.0, 2.0]}, "κ", LowRankRNN(*np.ones((3, 4, 1))), np.float32(2), [np.eye(2)], (1, 2j)]


def odd(random, depth=4):
    """A value that JSON can hold: any, or one that the wire would send, and at times with a part that is exchanged."""
    kind = random.random()
    if depth == 0 or kind < 0.35:
        return random.choice(LEAVES)
    if kind < 0.5:
        return [odd(random, depth - 1) for _ in range(random.randrange(4))]
    if kind < 0.7:
        return {random.choice(KEYS): odd(random, depth - 1) for _ in range(random.randrange(4))}
    if kind < 0.75:
        return {"function": random.choice([0, 1, -1, 10**30, "0", True, None])}
    value = wire.encode(random.choice(GOOD))
    place = value
    while isinstance(place, dict) and place and random.random() < 0.6:
        key = random.choice(list(place))
        if not isinstance(place[key], dict) or random.random() < 0.3:
            place[key] = odd(random, depth - 1)
        place = place[key]
    return value


def said(random):
    """A reply as text: mostly with what the judge looks for in it, at times no JSON that can be read."""
    kind = random.random()
    if kind < 0.02:
        return random.choice(
            [
                "[" * 20_000,
                '{"value":' * 9_000 + "1" + "}" * 9_000,
                "1" * 5000,
                "[]",
                "null",
                '{"value": 1' + "0" * 5000 + "}",
            ]
        )
    if kind < 0.04:
        deep = "[" * 900 + "]" * 900
        return f'{{"{random.choice(["error", "text", "value", "unfit"])}": {deep}}}'
    reply = random.choice([{"function": True}, {"value": odd(random)}, {"error": None}, {random.choice(KEYS): odd(random)}])
    if random.random() < 0.3:
        reply = reply | {random.choice(["text", "error", "unfit"]): odd(random)}
    return json.dumps(reply)


class OddBox:
    """A box that answers anything, as :class:`Box` would hand it on."""

    random = random.Random(0)
    replies = 0

    def __init__(self, *_):
        pass

    def ask(self, message, seconds):
        wire.pack(message)
        OddBox.replies += 1
        if self.random.random() < 0.01:
            raise Stopped("ended the process (SIGSEGV)")
        try:
            reply = json.loads(said(self.random))
        except (ValueError, RecursionError):
            raise Stopped("answered with what is no answer") from None
        if not isinstance(reply, dict):
            raise Stopped("answered with what is no answer")
        return reply

    def close(self):
        pass


def test_any_reply_has_a_verdict_that_can_be_written(monkeypatch):
    monkeypatch.setattr(judge, "Box", OddBox)
    _ = ODD.namespace
    earned = []
    for seed in range(600):
        OddBox.random = random.Random(seed)
        verdict = judge.judge(ODD, ODD.notebook, seed, Limits(), False)
        written = json.dumps(asdict(verdict), ensure_ascii=False).encode()
        assert len(written) < 200_000 and b"\\u0000" not in written
        assert set(verdict.questions) == set(ODD.graded) and len(verdict.remarks) <= judge.REMARKS + 1
        earned.append(sum(question.earned for question in verdict.questions.values()))
    assert OddBox.replies > 30_000
    assert max(earned) > 0, "some replies are right by chance: the odd ones do reach the tests"


@pytest.mark.parametrize(
    "text",
    ["\ud83d", "a\ud800b", "\ud83d\ude00", "\x00\x08\x1b[1;31m\x7f", "κ\r\nλ\r", 1, None, ["\ud800"], b"\xff", object()],
)
def test_plain_text_can_be_written(text):
    said = plain(text)
    said.encode()
    assert not set(said) & {chr(code) for code in (*range(9), 0x0B, *range(0x0C, 0x20), 0x7F)}
    assert plain(said) == said and "\n" not in line(text)


def test_plain_text_keeps_what_can_be_kept():
    assert plain("\ud83d\ude00 κ\tλ\n") == "😀 κ\tλ\n"
    assert plain("a\r\nb\rc") == "a\nb\nc"
    assert plain("x" * LONGEST) == "x" * LONGEST
    assert plain("x" * (LONGEST + 1)) == "x" * LONGEST + f"… (cut after {LONGEST} characters)"

    class Rude:
        def __str__(self):
            raise ValueError

    assert plain(Rude()) == "something of type Rude"
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert plain(deep) == "something of type list"


def test_printed_text_remarks_and_answers_are_capped(monkeypatch):
    """By an assignment's solution in which each of many own cells prints and raises."""
    from box_here import BoxHere

    monkeypatch.setattr(judge, "Box", BoxHere)
    notebook = v4.new_notebook(cells=[*ODD.notebook.cells, *(v4.new_code_cell("1 / 0") for _ in range(50))])
    notebook.cells[1] = cell("print('x' * 20_000)", grade_id="number", solution=True)
    notebook.cells[3] = cell("#" + "\ud800" * 200_000, grade_id="matrix", solution=True)
    verdict = judge.judge(ODD, notebook, 0, Limits(), False)
    assert len(verdict.remarks) == judge.REMARKS + 1 and verdict.remarks[-1].endswith("more")
    (_, printed), (source, _) = verdict.answers["number"], verdict.answers["matrix"]
    assert printed.endswith("cut after 10000 characters)") and len(printed) < 10_100
    assert source.endswith(f"cut after {judge.ANSWER} characters)") and "\ufffd" in source
    json.dumps(asdict(verdict), ensure_ascii=False).encode()
