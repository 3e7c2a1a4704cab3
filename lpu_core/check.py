"""Checks of arguments: a bad one gets a ValueError that names it, what was expected and what came.

:func:`checked` reads a function's annotations, so that shapes and kinds are written once, and takes bounds beside them::

    @checked(n_neurons=at_least(1), rho=between(0, 1, "(]"))
    def design(n_neurons: int, rho: float, states: Float[Array, "S K"], rng: Seed): ...

What an annotation cannot say (one argument against another) stands in the body, as :func:`require`.
"""

import functools
import inspect
import operator
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

Array = np.ndarray
Seed = int | Sequence[int] | np.random.Generator | None
P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[str, Any, dict[str, int]], Any]


# ------------------------------------------------------------------ single checks


def require(holds: Any, name: str, expected: str, got: Any) -> None:
    """Raise the ValueError that names the argument, what was expected and what came, unless `holds`."""
    if not holds:
        raise ValueError(f"{name}: expected {expected}, got {got}")


def shown(value: Any) -> str:
    """A value as an error tells it: small ones whole, arrays by shape and type."""
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"{value.dtype} of shape {value.shape}"
    text = str(value) if isinstance(value, np.ndarray | np.generic) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:117]}..."


@dataclass(frozen=True)
class Bound:
    """A range of numbers; infinite: whether infinity, where it lies within, counts as one."""

    low: float
    high: float
    ends: str
    infinite: bool = False

    def holds(self, values: Any) -> Any:
        """Whether numbers lie within, one by one."""
        above = np.greater_equal if self.ends[0] == "[" else np.greater
        below = np.less_equal if self.ends[1] == "]" else np.less
        return above(values, self.low) & below(values, self.high)

    def __str__(self) -> str:
        if self.ends == "[]" and np.isfinite([self.low, self.high]).all():
            return f"from {self.low:g} to {self.high:g}"
        first = f"of at least {self.low:g}" if self.ends[0] == "[" else f"above {self.low:g}"
        last = f"at most {self.high:g}" if self.ends[1] == "]" else f"below {self.high:g}"
        return " and ".join(([first] if self.low > -np.inf else []) + ([last] if self.high < np.inf else []))


def at_least(low: float, *, infinite: bool = False) -> Bound:
    """Numbers from `low` on."""
    return Bound(low, np.inf, "[]", infinite)


def above(low: float, *, infinite: bool = False) -> Bound:
    """Numbers above `low`."""
    return Bound(low, np.inf, "(]", infinite)


def between(low: float, high: float, ends: str = "[]") -> Bound:
    """Numbers from `low` to `high`; ends: "[" and "]" count them in, "(" and ")" leave them out."""
    return Bound(low, high, ends)


@dataclass(frozen=True)
class Choice:
    """Some words (or other values) of which an argument is one."""

    options: tuple[Any, ...]

    def __str__(self) -> str:
        return f"one of {self.options}"


def one_of(*options: Any) -> Choice:
    """One of these values."""
    return Choice(options)


ANY = Bound(-np.inf, np.inf, "[]")
"""Any finite number."""


def whole(name: str, value: Any, bound: Bound = ANY) -> int:
    """A whole number as an int: 3 or NumPy's 3, not 3.0, True or "3"."""
    text = f"a whole number {bound}".rstrip()
    require(not isinstance(value, bool | np.bool_), name, text, repr(value))
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name}: expected {text}, got {shown(value)}") from None
    require(bound.holds(number), name, text, number)
    require(number < 2**62, name, "a whole number that a computer can count to", f"{number:.3g}")
    return number


def real(name: str, value: Any, bound: Bound = ANY) -> float:
    """One real number as a float: finite, unless its bound lets infinity in."""
    text = f"a number {bound}".rstrip()
    array = _numbers(name, value, text)
    require(array.ndim == 0, name, text, shown(value))
    number = float(array)
    require(np.isfinite(number) or (bound.infinite and not np.isnan(number)), name, text, number)
    require(bound.holds(number), name, text, number)
    return number


def choice(name: str, value: Any, options: Choice) -> Any:
    """One of the options."""
    known = isinstance(value, str | int | float | type(None)) and value in options.options
    require(known, name, str(options), shown(value))
    return value


def seed(name: str, value: Any) -> Any:
    """A seed or a generator, as it came: a whole number of at least 0, some of them, or a numpy Generator."""
    if isinstance(value, np.random.Generator):
        return value
    parts = value if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes) else [value]
    good = len(parts) and all(isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= 0 for n in parts)
    require(good, name, "a numpy Generator, or a seed: whole numbers of at least 0", shown(value))
    return value


def _numbers(name: str, value: Any, expected: str) -> Array:
    """`value` as an array of real numbers."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name}: expected {expected}, got {shown(value)}") from None
    require(array.dtype.kind in "iubf", name, expected, shown(value) if array.ndim == 0 else f"{array.dtype} numbers")
    return array


def numbers(name: str, value: Any, bound: Bound = ANY) -> Array:
    """Real numbers of any shape, within the bound, each of them."""
    text = "finite numbers" if bound is ANY else f"numbers {bound}"
    array = _numbers(name, value, text)
    right = np.isfinite(array) if not bound.infinite else ~np.isnan(array)
    if bound is not ANY:
        right = right & bound.holds(array)
    if not np.all(right):
        where = np.unravel_index(int(np.argmin(right)), array.shape)
        place = f" at {[int(i) for i in where]}" if where else ""
        raise ValueError(f"{name}: expected {text}, got {array[where]}{place}")
    return array


def floats(name: str, value: Any, shape: tuple[int | None, ...], dtype: Any = None, bound: Bound = ANY) -> Array:
    """`value` as an array of finite float32 or float64 numbers of `shape` (None: any size); of `dtype`, if one is given.

    Whole numbers become floats; floats keep their precision, and must have that of `dtype`.
    """
    array = _numbers(name, value, "real numbers")
    if array.dtype.kind in "iub":
        array = array.astype(dtype or np.float64)
    require(array.dtype in (np.float32, np.float64), name, "float32 or float64 numbers", array.dtype)
    require(dtype is None or array.dtype == dtype, name, f"{dtype} as in the other arrays", array.dtype)
    fits = array.ndim == len(shape) and all(s in (None, a) for s, a in zip(shape, array.shape, strict=True))
    wanted = ", ".join("any" if s is None else str(s) for s in shape) + "," * (len(shape) == 1)
    require(fits, name, f"shape ({wanted})", array.shape)
    return numbers(name, array, bound)


def cast(name: str, value: Any, dtype: Any) -> Array:
    """Real numbers as an array of `dtype`."""
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity, and is refused as such
        return _numbers(name, value, "real numbers").astype(dtype, copy=False)


def points(name: str, value: Any, size: int, dtype: Any) -> Array:
    """Finite points (…, size), as an array of `dtype`."""
    array = cast(name, value, dtype)
    require(array.ndim > 0 and array.shape[-1] == size, name, f"shape (…, {size})", array.shape)
    return numbers(name, array)


def joint(name: str, value: Array, other: str, shape: tuple[int, ...]) -> None:
    """Raise where an argument's leading shape cannot be broadcast with that of another one, `shape`."""
    try:
        np.broadcast_shapes(value.shape[:-1], shape)
    except ValueError:
        expected = f"a leading shape that goes with that of {other}, {shape}"
        raise ValueError(f"{name}: expected {expected}, got {value.shape[:-1]}") from None


def precision(name: str, value: Any) -> np.dtype:
    """float32 or float64 as a NumPy type, by any name that NumPy has for it."""
    try:
        dtype = np.dtype(value) if value is not None else None
    except (TypeError, ValueError):
        dtype = None
    require(dtype in (np.float32, np.float64), name, "float32 or float64", shown(value))
    return np.dtype(dtype)


def times(tau: Any, dt: Any) -> tuple[float, float]:
    """τ and Δt, ms: above 0, and Δt at most τ."""
    tau, dt = real("tau", tau), real("dt", dt)
    require(tau > 0, "tau", "a time above 0 ms", tau)
    require(0 < dt <= tau, "dt", f"a step above 0 and at most tau = {tau:g} ms", dt)
    return tau, dt


def frozen(array: Array) -> Array:
    """A read-only array that nobody else can write to: the same one, if it is that already, else a copy."""
    if array.flags.writeable or (isinstance(array.base, np.ndarray) and array.base.flags.writeable):
        array = array.copy()
        array.setflags(write=False)
    return array


# ------------------------------------------------------------------ checks from annotations


def _array(annotation: Any, bound: Bound | None) -> Check:
    """The check of a jaxtyping annotation: kind, finiteness, bound and shape; sizes of named axes go by name."""
    axes = annotation.dim_str.split()
    kind = annotation.__name__.split("[")[0]

    def check(name: str, value: Any, sizes: dict[str, int]) -> Array:
        if kind == "Float":
            array = _numbers(name, value, "real numbers")
            array = array.astype(np.float64) if array.dtype.kind in "iub" else array
            require(array.dtype in (np.float32, np.float64), name, "float32 or float64 numbers", array.dtype)
        else:
            array = np.asarray(value)
            word, kinds = {"Int": ("whole numbers", "iu"), "Bool": ("true or false, one by one", "b")}[kind]
            require(array.dtype.kind in kinds, name, word, f"{array.dtype} {shown(value)}")
        fits = _fit(axes, array.shape, sizes)
        wanted = ", ".join(str(sizes.get(axis, axis)) for axis in axes).replace("*", "…") + "," * (len(axes) == 1)
        require(fits, name, f"shape ({wanted})", array.shape)
        return array if kind == "Bool" else numbers(name, array, bound or ANY)

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


def _sequence(element: Any, bound: Bound | None) -> Check:
    """The check of a Sequence[int], Sequence[float] or Sequence[Seed]: a list of them."""
    kinds: dict[Any, tuple[Callable[..., Any], str]] = {int: (whole, "whole numbers"), float: (real, "numbers")}
    each, what = kinds.get(element, (seed, "seeds"))

    def check(name: str, value: Any, sizes: dict[str, int]) -> list[Any]:
        good = isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim > 0)
        require(good and not isinstance(value, str | bytes), name, f"a list of {what}", shown(value))
        return [each(name, one) if each is seed else each(name, one, bound or ANY) for one in value]

    return check


def _tuple(elements: tuple[Any, ...], bound: Bound | None) -> Check:
    """The check of a tuple[float, float], or of any length for a tuple[int, ...]: a tuple of them, of one kind."""
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
    if origin is Sequence and get_args(annotation)[0] in (int, float, Seed):
        return _sequence(get_args(annotation)[0], bound)
    if origin is tuple and get_args(annotation)[0] in (int, float):
        return _tuple(get_args(annotation), bound)
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
