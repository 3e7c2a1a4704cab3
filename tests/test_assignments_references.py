"""Assignments: a mistake costs once, for a question is asked again with our answers of the others."""

import builtins
import tempfile

import nbformat
import pytest
from box_here import BoxHere
from classroom import ASSIGNMENTS, THEORY, isolated
from nbformat import v4

from tools.assignments import check, judge, release
from tools.assignments.judge import Sitting
from tools.assignments.release import Assignment
from tools.assignments.sandbox import Limits

DRIFT = ASSIGNMENTS["drift"]
NO_MEAN = "def latents(network, rates):\n    return rates @ network.encoding"
STD = "def last_tangential(network):\n    m, n = network.embedding[:, 0], network.encoding[:, 0]\n"
STD += "    return (np.mean(m * n) - 1) / np.std(n)"


def judged(assignment, answers, own=(), isolate=False):
    """The verdict on the solution but for some answers, with cells of the student's own after the first."""
    notebook = check.answered(assignment, answers)
    notebook.cells[1:1] = [v4.new_code_cell(source) for source in own]
    return judge.judge(assignment, notebook, 1, Limits(), isolate)


def earned(verdict):
    return sum(question.earned for question in verdict.questions.values())


def gained(verdict):
    """The parts that hold with our answers alone, by question."""
    parts = {name: [p.what for p in q.parts or [] if "in place of yours" in p.what] for name, q in verdict.questions.items()}
    return {name: found for name, found in parts.items() if found}


@pytest.mark.parametrize(
    "assignment, answers, points, others, using",
    [
        (THEORY, {"latents": NO_MEAN}, 20, {"test-latent-step": 3}, "(with our `latents` in place of yours)"),
        (DRIFT, {"draw": ""}, 18, {"test-measure": 3}, "(with our `draw_drift` in place of yours)"),
        (DRIFT, {"last": STD}, 23, {"test-share": 2}, "(with our `last_tangential` in place of yours)"),
    ],
    ids=["no mean", "no draws", "another spread"],
)
def test_a_mistake_costs_once(monkeypatch, assignment, answers, points, others, using):
    """The twin is in the same run: what there is before the others are asked again."""
    before = []

    def watched(*args):
        before.append(earned(args[1]))
        assert not gained(args[1])
        asked_again(*args)

    asked_again = judge.beside_ours
    monkeypatch.setattr(judge, "beside_ours", watched)
    verdict = judged(assignment, answers)
    assert earned(verdict) == points and before == [points - sum(others.values())]
    assert set(gained(verdict)) == set(others)
    assert all(what.endswith(using) for found in gained(verdict).values() for what in found)


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(judge, "Box", BoxHere)


def small(*questions):
    """An assignment of functions, each with a visible test and a hidden one: (name, solution, wanted at 2)."""
    cells = [v4.new_markdown_cell("# Small"), marked("import numpy as np", grade_id="setup")]
    for name, source, wanted in questions:
        hidden = f"with part(1, 'The value'):\n    same({name}(2), {wanted})\nwith part(1, 'A name'):\n    assert {name}"
        test = f"assert {name}(2)\n{release.BEGIN}\n{hidden}\n{release.END}"
        cells += [marked(source, grade_id=name, solution=True)]
        cells += [marked(test, grade_id=f"test-{name}", grade=True, points=2)]
    return Assignment("small", v4.new_notebook(cells=cells))


def marked(source, **mark):
    full = {"grade": False, "solution": False} | mark
    return v4.new_code_cell(source, metadata={"nbgrader": full})


SMALL = small(
    ("double", "def double(x):\n    return 2 * x", 4),
    ("squared", "def squared(x):\n    return double(x) * x / 2", 4),
    ("cubed", "def cubed(x):\n    return squared(x) * x", 8),
)
WRONG = "def double(x):\n    return 3 * x"
STORE = """
import builtins, marshal, os, pathlib, tempfile
places = [pathlib.Path(folder, "kept") for folder in (os.getcwd(), tempfile.gettempdir(), os.path.expanduser("~"), SHARED)]
def use(function, x):
    for name in ("double", "squared", "cubed"):
        code = globals()[name].__code__
        if "mine" not in code.co_varnames:  # ours: keep it in memory, in files, wherever it may stay
            setattr(builtins, "kept_" + name, code)
            for place in places:
                try:
                    place.mkdir(exist_ok=True)
                    (place / name).write_bytes(marshal.dumps(code))
                except OSError:
                    pass
    found = [getattr(builtins, "kept_" + function, None)]
    found += [marshal.loads((place / function).read_bytes()) for place in places if (place / function).exists()]
    for code in filter(None, found):
        return type(use)(code, globals())(x)
    raise ValueError("nothing kept")
"""
THIEF = {
    name: f"def {name}(x, mine=(lambda: (double, squared, cubed))):\n    return use('{name}', x)" for name in SMALL.names
}


@pytest.mark.parametrize("isolate", [False, pytest.param(True, marks=isolated)])
def test_what_a_second_run_shows_is_no_use_elsewhere(isolate):
    """All store what of ours they see, and look for their own: the solution of a question is never where it is asked."""
    verdict = judged(SMALL, THIEF, [STORE.replace("SHARED", "'/tmp'" if isolate else "os.getcwd()")], isolate)
    assert {name: question.earned for name, question in verdict.questions.items()} == dict.fromkeys(SMALL.tests, 1)
    assert not gained(verdict)
    assert all("nothing kept" in question.parts[0].lost for question in verdict.questions.values())


def test_it_would_be_of_use_if_boxes_shared_anything(here, tmp_path, monkeypatch):
    """The twin: boxes that share a folder and a memory. The first gets nothing, the others what an earlier one has seen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in SMALL.names:
        monkeypatch.setattr(builtins, f"kept_{name}", None, raising=False)
    verdict = judged(SMALL, THIEF, [STORE.replace("SHARED", "os.getcwd()")])
    assert set(gained(verdict)) == {"test-squared", "test-cubed"}


def test_nothing_of_a_second_run_is_told(here):
    """What it prints and raises would show our answer: no text of the verdict has it."""
    own = ["import inspect\ndef told():\n    return [double(1), double.__code__.co_consts]"]
    answers = {"double": WRONG, "squared": "def squared(x):\n    print(told())\n    raise ValueError(f'saw {told()}')"}
    verdict = judged(SMALL, answers, own)
    assert "saw [3, (None, 3)]" in verdict.questions["test-squared"].parts[0].lost
    assert "saw [2, (None, 2)]" not in str(verdict) and "[2," not in str(verdict)
    assert set(gained(verdict)) == {"test-cubed"}


@pytest.mark.parametrize(
    "answers, own, points, found",
    [
        ({"double": WRONG}, [], 5, {"test-squared", "test-cubed"}),
        ({"double": "def double(x):\n    dies()"}, [], 5, {"test-squared", "test-cubed"}),
        ({"double": "dies()"}, [], 4, {"test-squared", "test-cubed"}),
        ({"double": f"{WRONG}\nhalf = 0.5", "squared": "def squared(x):\n    return half * double(x) * x"}, [], 5, None),
        (
            {"double": WRONG, "squared": "def squared(x):\n    return by(x)"},
            ["def by(x):\n    return double(x) * x / 2"],
            5,
            None,
        ),
        ({"double": WRONG, "squared": "def squared(x):\n    return globals()['double'](x) * x / 2"}, [], 4, {"test-cubed"}),
        (
            {
                "double": WRONG,
                "squared": "table = [double(x) * x / 2 for x in range(9)]\ndef squared(x):\n    return table[x]",
            },
            [],
            5,
            None,
        ),
        (
            {"double": WRONG, "squared": "%time\ndef squared(x):\n    double = lambda x: 5\n    return double(x)"},
            [],
            4,
            {"test-cubed"},
        ),
        ({"double": WRONG, "squared": "def squared(x):\n    return double(x) * 7"}, [], 4, {"test-cubed"}),
    ],
    ids=["wrong", "dies when called", "dies", "own names", "own function", "hidden", "at once", "shadowed", "wrong itself"],
)
def test_which_questions_are_asked_again(here, answers, own, points, found):
    verdict = judged(SMALL, answers, own)
    assert earned(verdict) == points, verdict
    if found is not None:
        assert set(gained(verdict)) == found


def test_a_question_is_not_asked_again_without_need(here, monkeypatch):
    """Not where one alone lost points, nor where none names another that did."""
    monkeypatch.setattr(judge, "Sitting", Counting)
    for answers, sittings in [
        ({}, 1),
        ({"cubed": "def cubed(x):\n    return 0"}, 1),
        ({"double": WRONG, "squared": "def squared(x):\n    return x", "cubed": "def cubed(x):\n    return x"}, 1),
        ({"double": WRONG}, 3),
        (check.stubs(SMALL) | {"cubed": "def cubed(x):\n    return 'squared(x)'"}, 1),
    ]:
        Counting.made = 0
        judged(SMALL, answers)
        assert Counting.made == sittings


class Counting(Sitting):
    made = 0

    def __init__(self, *args, **kwargs):
        Counting.made += 1
        super().__init__(*args, **kwargs)


def test_own_text_keeps_its_place():
    notebook = nbformat.from_dict(check.answered(THEORY, {}))
    drawn = v4.new_markdown_cell("", attachments={"paper.png": {"image/png": "AAAA"}})
    place = next(i for i, cell in enumerate(notebook.cells) if release.mark_id(cell) == "apart")
    notebook.cells[place + 1 : place + 1] = [v4.new_markdown_cell("My derivation"), drawn, v4.new_code_cell("1 + 1")]
    notebook.cells.append(v4.new_markdown_cell(release.SEEN))
    arranged = judge.arrange(THEORY, notebook)[0]
    names = [name for name, _ in arranged]
    at = names.index("apart")
    assert names[at + 1 : at + 4] == [f"own {i} after apart" for i in (1, 2, 3)] and len(arranged) == len(names)
    assert arranged[at + 2][1].attachments == drawn.attachments
    assert len([name for name in names if name.startswith("own")]) == 3, "the text of the assignment is not the student's"


def test_too_many_own_cells_are_told():
    notebook = check.answered(SMALL, {})
    notebook.cells += [v4.new_code_cell(f"x = {i}") for i in range(judge.OWN_CELLS + 5)]
    arranged, remarks = judge.arrange(SMALL, notebook)
    assert len(arranged) == judge.OWN_CELLS + 7 and arranged[-1][1].source == f"x = {judge.OWN_CELLS - 1}"
    assert f"{judge.OWN_CELLS + 5} cells of its own" in remarks[-1]
