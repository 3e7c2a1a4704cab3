"""Messages between the judge and the sandbox: a length, then JSON.  Nothing in them can run; no pickle.

Values that pass: None, booleans, numbers, text, lists, tuples, dictionaries with text keys, whatever NumPy makes an array of
numbers of, and the networks and trajectories of lpu_core.  A function stays where it is: a handle passes in its place.
"""

import base64
import json
import numbers
import re
import struct
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from lpu_core import networks

LARGEST = 2**24
"""Bytes in a message."""
CLASSES = ("LowRankRNN", "FullRankRNN", "LeakyCurrentRNN", "MultiSynapseNetwork", "Trajectory")


class Unfit(ValueError):
    """A value that can't pass."""


def encode(value: Any, keep: Callable[[Any], int] | None = None) -> Any:
    """`value` as what JSON can hold; keep: takes a function and returns its handle."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        value = _float(value)  # Python writes no number of more than 4300 digits, and NumPy reads none of these
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__ if type(value) in (list, tuple) else "tuple": [encode(v, keep) for v in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise Unfit("a dictionary whose keys are not text")
        return {"dict": {key: encode(v, keep) for key, v in value.items()}}
    name = type(value).__name__
    if name in CLASSES and type(value) is getattr(networks, name):
        return {"class": name, "fields": {f.name: encode(getattr(value, f.name), keep) for f in fields(value)}}
    if callable(value) and keep:
        return {"function": keep(value)}
    array = _numbers(value)
    if not isinstance(value, np.ndarray) and array.ndim == 0:
        return encode(array.item())
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"array": data, "dtype": array.dtype.str, "shape": list(array.shape)}


def _numbers(value: Any) -> np.ndarray:
    """An array-like as an array of numbers: of pandas, torch, fractions; what is masked is NaN. Raises Unfit."""
    try:
        array = np.asanyarray(value.detach() if hasattr(value, "detach") else value)  # from torch's gradients
    except Exception:  # whatever a class does there
        raise Unfit(f"an object of type {type(value).__name__}") from None
    masked = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    array = np.asarray(array)
    if array.dtype.kind == "O" and all(isinstance(number, numbers.Number) for number in array.flat):
        whole = [complex(x) if isinstance(x, (complex, np.complexfloating)) else _float(x) for x in array.flat]
        array = np.array(whole).reshape(array.shape)
    if array.dtype.kind not in "biufc":
        if isinstance(value, np.ndarray):
            raise Unfit(f"an array of {array.dtype}, not of numbers")
        raise Unfit(f"an object of type {type(value).__name__}")
    if array.dtype.char in "gG":  # wider than what every machine knows
        array = array.astype(float if array.dtype.kind == "f" else complex)
    if masked is not None and masked.any():
        array = np.where(masked, np.nan, array)
    return array


def _float(number: Any) -> float:
    try:
        return float(number)
    except (OverflowError, ValueError, TypeError):
        raise Unfit("a number that is too large, or not real") from None


def decode(value: Any, function: Callable[[int], Any] | None = None) -> Any:
    """The value that `encode` wrote; function: makes something of a handle. Raises Unfit for anything else."""
    try:
        return _decode(value, function)
    except Unfit:
        raise
    except Exception as error:  # whatever a made-up message does
        raise Unfit(f"a value that is not what it says: {error}") from None


def _decode(value: Any, function: Callable[[int], Any] | None) -> Any:
    if not isinstance(value, dict):
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise Unfit("a bare list")
    if "array" in value:
        if not re.fullmatch(r"[<>|=]?[biufc]\d+", value["dtype"]):
            raise Unfit("an array not of numbers")
        return np.frombuffer(base64.b64decode(value["array"]), value["dtype"]).reshape(value["shape"]).copy()
    if "class" in value:
        if value["class"] not in CLASSES:
            raise Unfit("an unknown class")
        parts = {key: _decode(v, function) for key, v in value["fields"].items()}
        return getattr(networks, value["class"])(**parts)
    if "function" in value and function:
        return function(int(value["function"]))
    (kind, inner), *more = value.items()
    if more:
        raise Unfit("an unknown value")
    if kind == "complex":
        return complex(*inner)
    if kind == "dict":
        return {key: _decode(v, function) for key, v in inner.items()}
    if kind in ("list", "tuple"):
        return {"list": list, "tuple": tuple}[kind](_decode(v, function) for v in inner)
    raise Unfit("an unknown value")


def pack(message: dict[str, Any]) -> bytes:
    """A message as bytes. Raises Unfit where it is too long, or holds what JSON does not."""
    try:
        data = json.dumps(message).encode()
    except (ValueError, TypeError) as error:
        raise Unfit(f"what can't be written: {error}") from None
    if len(data) > LARGEST:
        raise Unfit(f"more than {LARGEST >> 20} MB")
    return struct.pack(">Q", len(data)) + data
