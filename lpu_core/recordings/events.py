"""Events of trials, their labels and names: what a table of trials holds, and which of its rows can be used."""

from typing import Any

import numpy as np

from lpu_core.check import OR_NAN, Array, array, numbers, real_numbers, require, shown

TABLE = 'an array of true and false, whole numbers or text, such as ["go", "nogo"]'


def kind(value: Array) -> str:
    """An array as errors tell it: its type and shape, and a single value whole."""
    return f"{value.dtype} of shape {value.shape}" if value.ndim else str(shown(value))


def text(name: str, value: Any) -> Array:
    """What stands in a table's column, one for each row; text without the spaces around it.

    Whole numbers stay so even as floats beside NaN. What is missing (None, NaN) becomes "" and makes text of the others.
    """
    found = array(name, value, TABLE)
    if found.dtype.kind == "f":
        there = ~np.isnan(found)
        whole = (found[there] == np.rint(found[there])) & (np.abs(found[there]) < 2**53)
        if not there.any() or there.all() or not whole.all():
            return found
        filled = np.full(found.shape, "", dtype="U32")
        filled[there] = found[there].astype(np.int64).astype(str)
        return filled
    if found.dtype.kind in "biu":
        return found
    if found.dtype.kind == "S":
        found = found.astype(object)
    if found.dtype.kind in "OT":
        flat = [None if _missing(one) else one for one in found.ravel().tolist()]
        there = [one for one in flat if one is not None]
        gaps = len(there) < len(flat) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in there)
        if gaps or not any(one is None or isinstance(one, str | bytes) for one in flat):
            plain = array(name, [np.nan if one is None else one for one in flat], TABLE)
            require(plain.dtype.kind in "biuf", name, TABLE, kind(plain))
            return text(name, plain.reshape(found.shape))
        words = [
            one.decode("utf-8", "replace") if isinstance(one, bytes) else "" if one is None else str(one) for one in flat
        ]
        found = np.array(words, dtype=np.str_).reshape(found.shape)
    require(found.dtype.kind == "U", name, TABLE, kind(found))
    return np.char.strip(found)


def _missing(one: Any) -> bool:
    """None, NaN, or pandas' NA, which compares with nothing."""
    return one is None or (isinstance(one, float) and one != one) or type(one).__name__ in ("NAType", "NaTType")


def names(name: str, value: Any, size: int) -> Array:
    """The `value` as an array of names, one for each of `size` things; `name`: the argument's own, for the ValueError.

    Spaces around them go.

    >>> names("regions", ["V1  ", "M"], 2)
    array(['V1', 'M'], dtype='<U4')
    """
    found = array(name, value)
    if found.dtype.kind in "OST":
        found = text(name, found)
    require(found.shape == (size,) and found.dtype.kind == "U", name, f"({size},) names", kind(found))
    return np.char.strip(found)


def seconds(name: str, value: Any, bin_size: float) -> Array:
    """Times in s, (n,), NaN among them, as float64. Times in float32 must tell a tenth of a bin.

    A Ts of pynapple gives its times, an IntervalSet its starts.
    """
    for attribute in ("t", "start"):
        if hasattr(value, attribute):
            value = getattr(value, attribute)
            break
    found = real_numbers(name, value, "times in s")
    require(found.ndim == 1, name, "times in s, shape (any,)", found.shape)
    numbers(name, found, OR_NAN)
    if found.dtype == np.float32 and np.isfinite(found).any():
        step = float(np.spacing(np.nanmax(np.abs(found))))
        require(step < bin_size / 10, name, "times in float64", f"float32, which tells them to {step:.2g} s only")
    return found.astype(np.float64)


def left_out(which: Array, why: str) -> str:
    """The sentence on trials that were left out, those where `which` is true."""
    count = int(np.count_nonzero(which))
    return f"{count} of {len(which)} trials {'was' if count == 1 else 'were'} left out: {why}"


def intervals(span: Any) -> Array:
    """When it was recorded: rows of (first, last), from one such pair, from several or from an IntervalSet."""
    if hasattr(span, "start") and hasattr(span, "end"):
        span = np.stack([np.asarray(span.start, float), np.asarray(span.end, float)], axis=-1)
    found = np.atleast_2d(numbers("span", span))
    good = found.ndim == 2 and found.shape[1] == 2 and len(found) and np.all(found[:, 0] < found[:, 1])
    require(good, "span", "(first, last) in s, or rows of them, each first below its last", shown(span))
    return found.astype(np.float64)


def kept_trials(
    onsets: Any, labels: Any, window: tuple[float, float], bin_size: float, span: Any, loose: bool = False
) -> tuple[Array, Array, list[str]]:
    """The trials that can be used: their onsets and labels, and a sentence on each kind that cannot.

    A trial stays within one interval of the `span`; where it is loose, it overlaps with one.
    """
    onset, label = seconds("onsets", onsets, bin_size), text("labels", labels)
    require(label.shape == onset.shape, "labels", f"shape {onset.shape}, one for each of the onsets", label.shape)
    if label.dtype.kind == "f" and np.all((label == np.rint(label)) & (np.abs(label) < 2**53)):
        label = label.astype(np.int64)  # tables tend to hold whole numbers as floats
    timeless, unnamed = np.isnan(onset), label == "" if label.dtype.kind == "U" else np.zeros(len(label), bool)
    span, slack = intervals(span), 1e-9 + 8 * np.spacing(np.nan_to_num(np.abs(onset)))
    first, last = onset + window[0] + slack, onset + window[1] - slack
    first, last = (last, first) if loose else (first, last)
    outside = ~((first[:, None] >= span[:, 0]) & (last[:, None] <= span[:, 1])).any(axis=1)
    notes, gone = [], np.zeros(len(onset), bool)
    for which, why in (
        (timeless, "no time of the event."),
        (unnamed, "no label."),
        (outside, "outside of the recording."),
    ):
        if (which & ~gone).any():
            notes.append(left_out(which & ~gone, why))
        gone |= which
    expected = f"at least one trial with a time and a label, within {span[0, 0]:g} to {span[-1, 1]:g} s"
    require(not gone.all(), "onsets, labels", expected, " ".join(notes) or "none")
    kept = np.flatnonzero(~gone)
    label = label[kept]
    if label.dtype.kind == "U" and unnamed.any() and all(word.lstrip("-").isdigit() for word in label):
        label = label.astype(np.int64)  # whole numbers again, now that none is missing
    return onset[kept], label, notes
