"""Checks of single values: each returns what it was given, in the form that the function needs, or raises."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
Seed = int | Sequence[int] | np.random.Generator | None


def require(holds: Any, name: str, expected: str, got: Any) -> None:
    """Raise the ValueError that names the argument, what was expected and what came, unless `holds`."""
    if not holds:
        raise ValueError(f"{name}: expected {expected}, got {got}")


@dataclass(frozen=True)
class shown:
    """A value as an error tells it, once it does: small ones whole, arrays by shape and type."""

    value: Any

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, np.ndarray) and value.size > 8:
            return f"{value.dtype} of shape {value.shape}"
        text = str(value) if isinstance(value, np.ndarray | np.generic) else repr(value)
        text = " ".join(text.split())
        return text if len(text) <= 120 else f"{text[:117]}..."


@dataclass(frozen=True)
class Bound:
    """A range of numbers; infinite: whether infinity, where it lies within, counts as one; nan: whether nan does."""

    low: float
    high: float
    ends: str
    infinite: bool = False
    nan: bool = False

    def holds(self, values: Any) -> Any:
        """Whether numbers lie within, one by one."""
        above = np.greater_equal if self.ends[0] == "[" else np.greater
        below = np.less_equal if self.ends[1] == "]" else np.less
        with np.errstate(over="ignore"):  # a bound beyond float32 is infinite to it, as it should be
            return above(values, self.low) & below(values, self.high)

    def admits(self, values: Any) -> Any:
        """Whether numbers count, one by one: within, and finite but for what the bound allows."""
        inside = self.holds(values) & (np.isfinite(values) | self.infinite)
        return inside | np.isnan(values) if self.nan else inside

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
OR_NAN = Bound(-np.inf, np.inf, "[]", nan=True)
"""Any finite number, or nan where there is none."""


def whole(name: str, value: Any, bound: Bound = ANY) -> int:
    """A whole number as an int: 3 or NumPy's 3, not 3.0, True or "3"."""
    if type(value) is int and bound.low < value < min(bound.high, 2**62):  # the usual case, without words for the others
        return value
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
    if type(value) is float and bound.low < value < bound.high:  # the usual case, without words for the others
        return value
    text = f"a number {bound}".rstrip()
    found = real_numbers(name, value, text)
    require(found.ndim == 0, name, text, shown(value))
    number = float(found)
    require(bound.admits(number), name, text, number)
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


def array(name: str, value: Any, expected: str = "an array") -> Array:
    """`value` as an array of any kind; ragged lists are none."""
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name}: expected {expected}, got {shown(value)}") from None


def real_numbers(name: str, value: Any, expected: str) -> Array:
    """`value` as an array of real numbers; of true and false many are 0 and 1, a single one is no number."""
    found = array(name, value, expected)
    if found.dtype.kind not in ("iubf" if found.ndim else "iuf"):  # words are made where they are needed: flows ask often
        require(False, name, expected, shown(value) if found.ndim == 0 else f"{found.dtype} numbers")
    return found


def _numbers_of(bound: Bound) -> str:
    return "finite numbers" if bound is ANY else f"numbers {bound}"


def numbers(name: str, value: Any, bound: Bound = ANY) -> Array:
    """Real numbers of any shape, within the bound, each of them."""
    good = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    found = value if good else real_numbers(name, value, _numbers_of(bound))
    right = np.isfinite(found) if bound is ANY else bound.admits(found)
    if not np.all(right):
        text = _numbers_of(bound)
        where = np.unravel_index(int(np.argmin(right)), found.shape)
        place = f" at {[int(i) for i in where]}" if where else ""
        raise ValueError(f"{name}: expected {text}, got {found[where]}{place}")
    return found


def floats(name: str, value: Any, shape: tuple[int | None, ...], dtype: Any = None, bound: Bound = ANY) -> Array:
    """`value` as an array of finite float32 or float64 numbers of `shape` (None: any size); of `dtype`, if one is given.

    Whole numbers become floats; floats keep their precision, and must have that of `dtype`.
    """
    found = real_numbers(name, value, "real numbers")
    if found.dtype.kind in "iub":
        found = found.astype(dtype or np.float64)
    require(found.dtype in (np.float32, np.float64), name, "float32 or float64 numbers", found.dtype)
    if dtype is not None and found.dtype != dtype:
        require(False, name, f"{dtype} as in the other arrays", found.dtype)
    if found.ndim != len(shape) or any(s not in (None, a) for s, a in zip(shape, found.shape, strict=True)):
        wanted = ", ".join("any" if s is None else str(s) for s in shape) + "," * (len(shape) == 1)
        require(False, name, f"shape ({wanted})", found.shape)
    return numbers(name, found, bound)


def cast(name: str, value: Any, dtype: Any) -> Array:
    """Real numbers as an array of `dtype`."""
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity, and is refused as such
        return real_numbers(name, value, "real numbers").astype(dtype, copy=False)


def points(name: str, value: Any, size: int, dtype: Any) -> Array:
    """Finite points (…, size), as an array of `dtype`."""
    found = cast(name, value, dtype)
    require(found.ndim > 0 and found.shape[-1] == size, name, f"shape (…, {size})", found.shape)
    return numbers(name, found)


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


def frozen(value: Array) -> Array:
    """A read-only array that nobody can make writable again: the same one, if it is that already, else a copy.

    The copy stands on bytes, which never change; in Fortran's order where the value does.
    """
    base: Any = value
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, bytes):
        return value
    kept = value if value.flags.forc else value.copy("K")
    return np.ndarray(kept.shape, kept.dtype, kept.tobytes("A"), order="F" if kept.flags.fnc else "C")
