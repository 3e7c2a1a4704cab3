"""Checks that a function's annotations ask for."""

import functools
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

from lpu_core.check.values import (
    ANY,
    Array,
    Bound,
    Choice,
    Seed,
    array,
    choice,
    frozen,
    numbers,
    real,
    real_numbers,
    require,
    seed,
    shown,
    whole,
)

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[str, Any, dict[str, int]], Any]


def _array(annotation: Any, bound: Bound | None) -> Check:
    """The check of a jaxtyping annotation: kind, finiteness, bound and shape; sizes of named axes go by name."""
    axes = annotation.dim_str.split()
    kind = annotation.__name__.split("[")[0]

    def check(name: str, value: Any, sizes: dict[str, int]) -> Array:
        if kind == "Float":
            found = real_numbers(name, value, "real numbers")
            found = found.astype(np.float64) if found.dtype.kind in "iub" else found
            require(found.dtype in (np.float32, np.float64), name, "float32 or float64 numbers", found.dtype)
        else:
            word, kinds = {"Int": ("whole numbers", "iu"), "Bool": ("true or false, one by one", "b")}[kind]
            found = array(name, value, word)
            require(found.dtype.kind in kinds, name, word, f"{found.dtype} {shown(value)}")
        fits = _fit(axes, found.shape, sizes)
        wanted = ", ".join(str(sizes.get(axis, axis)) for axis in axes).replace("*", "…") + "," * (len(axes) == 1)
        require(fits, name, f"shape ({wanted})", found.shape)
        return found if kind == "Bool" else numbers(name, found, bound or ANY)

    return check


def _fit(axes: list[str], shape: tuple[int, ...], sizes: dict[str, int]) -> bool:
    """Whether a shape is that of the named axes; notes the sizes of axes not seen before."""
    variadic = [i for i, axis in enumerate(axes) if axis.startswith(("*", "..."))]
    if variadic:
        (i,) = variadic
        tail = len(axes) - i - 1
        if len(shape) < len(axes) - 1:
            return False
        return _fit(axes[:i] + axes[i + 1 :], shape[:i] + shape[len(shape) - tail :], sizes)
    if len(shape) != len(axes):
        return False
    for axis, size in zip(axes, shape, strict=True):
        if axis.isdigit() and int(axis) != size:
            return False
        if axis.isidentifier() and axis != "_" and sizes.setdefault(axis, size) != size:
            return False
    return True


def _element(element: Any, bound: Bound | None) -> tuple[Callable[[str, Any], Any], str]:
    """The check of one of several such elements, and what they are called."""
    if element == Seed:
        return seed, "seeds"
    if element in (int, float):
        number = whole if element is int else real
        return lambda name, one: number(name, one, bound or ANY), "whole numbers" if element is int else "numbers"
    what = "names" if element is str else " or ".join(one.__name__ for one in _kinds(element))
    return lambda name, one: _is(name, one, isinstance(one, element), f"a list of {what}"), what


def _plain(element: Any) -> bool:
    """Whether a list of such elements is checked one by one: numbers, seeds, names and classes."""
    if element == Seed:
        return True
    simple = [one is not Any and get_origin(one) is None and not hasattr(one, "dim_str") for one in _kinds(element)]
    return all(simple) and all(isinstance(one, type) for one in _kinds(element))


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """The parts of a union; what is none alone."""
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def _sequence(element: Any, bound: Bound | None) -> Check:
    """The check of a Sequence of numbers, seeds, names or instances of a class: a list of them."""
    each, what = _element(element, bound)

    def check(name: str, value: Any, sizes: dict[str, int]) -> list[Any]:
        good = isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim > 0)
        require(good and not isinstance(value, str | bytes), name, f"a list of {what}", shown(value))
        return [each(name, one) for one in value]

    return check


def _tuple(elements: tuple[Any, ...], bound: Bound | None) -> Check:
    """The check of a tuple[float, float], or of any length for a tuple[str, ...]: a tuple of them, of one kind."""
    size = None if elements[-1] is Ellipsis else len(elements)
    each = _sequence(elements[0], bound)

    def check(name: str, value: Any, sizes: dict[str, int]) -> tuple[Any, ...]:
        found = each(name, value, sizes)
        require(size in (None, len(found)), name, f"{size} numbers", shown(value))
        return tuple(found)

    return check


def _simple(annotation: Any, bound: Any) -> Check | None:
    """The check of an annotation that is no union."""
    if isinstance(bound, Choice):
        return lambda name, value, sizes: choice(name, value, bound)
    if annotation is int:
        return lambda name, value, sizes: whole(name, value, bound or ANY)
    if annotation is float:
        return lambda name, value, sizes: real(name, value, bound or ANY)
    if hasattr(annotation, "dim_str"):
        return _array(annotation, bound)
    origin = get_origin(annotation)
    if origin is Sequence and _plain(get_args(annotation)[0]):
        return _sequence(get_args(annotation)[0], bound)
    if origin is tuple and _plain(get_args(annotation)[0]):
        return _tuple(get_args(annotation), bound)
    if origin is dict:
        return lambda name, value, sizes: _is(name, value, isinstance(value, dict), "a dict")
    if annotation is Any or origin is Literal:
        return None if bound is None else (lambda name, value, sizes: numbers(name, value, bound))
    if annotation is Callable or origin is Callable:
        return lambda name, value, sizes: _is(name, value, callable(value), "a function")
    if origin in (tuple, list, dict, Mapping, Sequence):
        return None
    if isinstance(annotation, type):
        article = "an" if annotation.__name__[0] in "AEIOaeio" else "a"
        return lambda name, value, sizes: _is(name, value, isinstance(value, annotation), f"{article} {annotation.__name__}")
    return None


def _is(name: str, value: Any, holds: bool, expected: str) -> Any:
    require(holds, name, expected, shown(value) if not hasattr(value, "n_neurons") else f"a {type(value).__name__}")
    return value


def _check(annotation: Any, bound: Any) -> Check | None:
    """What an annotation and a bound ask of an argument; None where they ask nothing."""
    if isinstance(annotation, TypeVar):
        annotation = annotation.__bound__ or Any
    if annotation is inspect.Parameter.empty:  # a method's self
        annotation = Any
    if annotation == Seed:
        return lambda name, value, sizes: seed(name, value)
    if get_origin(annotation) not in (Union, types.UnionType):
        return _simple(annotation, bound)
    parts = [part for part in get_args(annotation) if part is not type(None)]
    optional = len(parts) < len(get_args(annotation))
    if len(parts) == 1:
        inner = _simple(parts[0], bound)
        if inner is None:
            return None
        return lambda name, value, sizes: None if optional and value is None else inner(name, value, sizes)
    if all(isinstance(part, type) and not hasattr(part, "dim_str") for part in parts):
        words, classes = " or ".join(part.__name__ for part in parts), tuple(parts)
        return lambda name, value, sizes: _is(
            name, value, isinstance(value, classes) or (optional and value is None), f"a {words}"
        )
    return None


def checked(**bounds: Bound | Choice) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check a function's arguments by its annotations and the `bounds` before it runs; defaults are taken as good.

    int: a whole number. float: a finite real number. Seed: a seed or a generator. Float[Array, "S K"] and such: numbers of
    that shape, NaN and infinity refused; axes of one name have one size. Classes: their instances. What comes in as a list
    reaches the function as an array.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        unknown = set(bounds) - set(parameters)
        assert not unknown, f"{function.__qualname__} has no {sorted(unknown)}"
        found = {name: _check(p.annotation, bounds.get(name)) for name, p in parameters.items()}
        checks = {name: check for name, check in found.items() if check is not None}
        # None is right for a seed only where it is the default.
        free = {name for name, p in parameters.items() if p.annotation == Seed and p.default is None}
        order = tuple(parameters)

        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            sizes: dict[str, int] = {}
            positional = list(args)
            for i, name in enumerate(order[: len(positional)]):
                check = checks.get(name)
                if check is not None and not (positional[i] is None and name in free):
                    positional[i] = check(name, positional[i], sizes)
            for name, value in kwargs.items():
                check = checks.get(name)
                if check is not None and not (value is None and name in free):
                    kwargs[name] = check(name, value, sizes)
            return function(*positional, **kwargs)  # type: ignore[arg-type]

        wrapper.__checked__ = bounds  # type: ignore[attr-defined]
        return wrapper

    return decorate


@functools.cache
def _field_checks(cls: Any, bounds: tuple[tuple[str, Any], ...]) -> dict[str, Check]:
    held = dict(bounds)
    found = {f.name: _check(f.type, held.get(f.name)) for f in fields(cls)}  # type: ignore[arg-type]
    return {name: check for name, check in found.items() if check is not None}


def check_fields(instance: Any, **bounds: Bound | Choice) -> None:
    """:func:`checked` for a frozen dataclass, in its ``__post_init__``: its fields, which become what the checks return.

    Arrays among them are kept read-only and apart from the caller's (:func:`frozen`).
    """
    sizes: dict[str, int] = {}
    cls: Any = type(instance)
    for name, check in _field_checks(cls, tuple(sorted(bounds.items()))).items():
        value = check(name, getattr(instance, name), sizes)
        object.__setattr__(instance, name, frozen(value) if isinstance(value, np.ndarray) else value)
