"""The contract of every public function: a bad argument gets a ValueError that names it, and never a wrong number.

The good calls of tests/contract are spoilt one argument at a time, by values that its annotation or its bound rules out.
"""

import importlib
import importlib.util
import inspect
import pkgutil
import re
import signal
import types
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Union, get_args, get_origin

import contract
import numpy as np
import pytest

import lpu_core
from lpu_core.check import Bound, Choice, Seed

TORCH = importlib.util.find_spec("torch") is not None
PARTS = [module.name for module in pkgutil.iter_modules(contract.__path__) if TORCH or module.name != "training"]
CASES = [one for part in PARTS for one in importlib.import_module(f"contract.{part}").CASES]
SECONDS = 10  # that any call may take, good or bad


# ------------------------------------------------------------------ bad values


RAGGED = [[1], [1, 2]]


def past(bound, kind):
    """Numbers of a `kind` past each finite end of a bound."""
    if isinstance(bound, Bound):
        for end, sign, closed in ((bound.low, -1, bound.ends[0] == "["), (bound.high, 1, bound.ends[1] == "]")):
            if np.isfinite(end):
                yield kind(end + sign * max(1, abs(end))) if closed else kind(end)


def bad_numbers(good, bound):
    """Values in the place of a number, whole or real."""
    return [np.nan, np.inf, -np.inf, "3", 1j, True, [good, good], RAGGED, *past(bound, type(good))]


def bad_arrays(good, bound, also):
    """Values in the place of an array: spoilt numbers, other kinds, lists that are none."""
    good = np.asarray(good)
    values = ["abc", True, RAGGED]
    if good.dtype.kind not in "iuf":
        return values
    values.append(good.astype(complex) + 1j)
    wrong = [number for number in (np.nan, np.inf) if good.dtype.kind == "f" and not counts(number, bound, also)]
    for number in [*wrong, *past(bound, good.dtype.type)] if good.size else []:
        spoilt = good.copy()
        spoilt.reshape(-1)[-1] = number
        values.append(spoilt)
    return values


def counts(value, bound, also):
    """Whether nan or infinity is as good as any number, by the bound or by what the case says."""
    if not isinstance(value, float) or np.isfinite(value):
        return False
    return any(np.array_equal(value, one, equal_nan=True) for one in also) or (
        isinstance(bound, Bound) and bool(bound.admits(value))
    )


def bad_values(annotation, good, bound, also=()):
    """What the argument must refuse, by its annotation, by its bound, and by what a good value looks like."""
    if annotation == Seed:
        return [-1, 1.5, "abc", True]
    if annotation == Sequence[Seed]:
        return [-1, [1.5], "abc", [RAGGED]]
    if isinstance(bound, Choice):
        return ["nonsense", 3.5, None]
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    none = type(None) not in parts  # refused, too
    whole = int in parts or (isinstance(good, int) and not isinstance(good, bool) and float not in parts)
    if whole or isinstance(good, float) or float in parts:
        values = bad_numbers(good if whole else float(good), bound)
        return [value for value in values if not counts(value, bound, also)] + [2.5] * whole
    if isinstance(good, np.ndarray | list | tuple):
        try:
            kind = np.asarray(good).dtype.kind
        except ValueError:
            return []
        values = bad_arrays(good, bound, also) if kind in "iufb" else [RAGGED, 3.5, True, [None], [np.nan], *[None] * none]
        if isinstance(good, np.ndarray) and hasattr(annotation, "dim_str") and "*" not in annotation.dim_str:
            values.append(good[None])
        return values
    if isinstance(good, str):
        return [3.5]
    if isinstance(good, dict):
        return [3.5, ["a"]]
    if isinstance(good, types.FunctionType | types.BuiltinFunctionType | np.ufunc):
        return [3.5, "nonsense"]
    if type(good).__module__.startswith("lpu_core"):
        return [3.5, *[None] * none]
    return []


def spoilt_calls():
    for one in CASES:
        function = one.function.__init__ if isinstance(one.function, type) else one.function
        parameters = inspect.signature(function).parameters
        bounds = getattr(inspect.unwrap(function, stop=lambda f: hasattr(f, "__checked__")), "__checked__", {})
        for name, good in one.arguments.items():
            if name in one.free or name not in parameters:
                continue
            for bad in bad_values(parameters[name].annotation, good, bounds.get(name), one.also.get(name, ())):
                label = str(bad).replace("\n", " ")[:30]
                yield pytest.param(one, name, bad, id=f"{one.name.removeprefix('lpu_core.')}-{name}-{label}")


# ------------------------------------------------------------------ the tests


@contextmanager
def limited():
    """A call that takes too long fails; it does not hang the tests."""

    def ring(*_):
        raise TimeoutError(f"no end within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name.removeprefix("lpu_core."))
def test_a_good_call_is_taken(one):
    with limited():
        one.function(**one.arguments)


@pytest.mark.parametrize(("one", "name", "bad"), list(spoilt_calls()))
def test_a_bad_argument_is_refused_by_name(one, name, bad):
    with limited(), pytest.raises(ValueError) as refused:
        one.function(**one.arguments | {name: bad})
    said = str(refused.value)
    assert re.match(rf"[\w, ]*\b{name}\b[^:]*: expected .*, got ", said, flags=re.S), said


def extreme_calls(one):
    """The good call with numbers at the ends of float64 in the place of each real number and of all those of an array."""
    for name, good in one.arguments.items():
        reals = isinstance(good, float) or (isinstance(good, np.ndarray) and good.dtype == np.float64)
        for number in (1e300, 1e-300, -1e300, -1e-300) if reals and name not in one.free else ():
            yield one.arguments | {name: number if isinstance(good, float) else np.full_like(good, number)}


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name.removeprefix("lpu_core."))
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:Singular matrix:UserWarning")
def test_extreme_numbers_are_computed_with_or_refused_by_name(one):
    for arguments in extreme_calls(one):
        with limited():
            try:
                one.function(**arguments)
            except ValueError as refused:
                said = str(refused)
                assert re.match(r"[\w, ]+: expected .*, got ", said, flags=re.S), said


# The checks themselves, the inner loops, whose arguments networks have checked, what takes nothing that could be bad, roles,
# sweeps (which have tests of their own), and results.
NO_CONTRACT = re.compile(
    r"lpu_core\.((check|compiled|machine|steps|files|progress|system|imports|sweep)\b|tasks\.role\.(Task\b|TrialTask(\.sample)?$|ConditionTask(\.conditions|\.trials)?$)"
    r"|noise\.(normals|row_keys|stream_of|words)$"
    r"|dynamics\.\w+\.(Certificate|FixedPoints|FlowField|Bifurcation)$"
    r"|one_step\.(Samples|Factors|Regression)$|identification\.(Comparison|Identified|Push)$"
    r"|model_checks\.(Hypotheses|RankScores)$|inference\.Report\b|estimator\.LPU(\.set_\w+_request)?$"
    r"|partial\.(Components|PolynomialFlow\.bounding_box)$)"
)


def public():
    """The full names of all public functions, classes and methods: a module's __all__, or else what has no underscore."""
    for module in pkgutil.iter_modules(lpu_core.__path__, "lpu_core."):
        if module.name == "lpu_core.training" and not TORCH:
            continue
        content = importlib.import_module(module.name)
        names = getattr(content, "__all__", [name for name in vars(content) if not name.startswith("_")])
        for thing in (getattr(content, name) for name in names):
            if not getattr(thing, "__module__", "").startswith("lpu_core"):
                continue
            if inspect.isfunction(thing) or (isinstance(thing, type) and not issubclass(thing, Exception)):
                yield f"{thing.__module__}.{thing.__qualname__}"
            if isinstance(thing, type):
                for method, member in vars(thing).items():
                    if (not method.startswith("_") or method == "__call__") and callable(getattr(thing, method)):
                        yield f"{thing.__module__}.{thing.__qualname__}.{getattr(member, '__name__', method)}"


def test_every_public_function_has_a_good_call():
    missing = {name for name in public() if not NO_CONTRACT.match(name)} - {one.name for one in CASES}
    assert not missing, sorted(missing)
