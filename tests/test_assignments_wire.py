"""Assignments: the wire to a submission: what passes, by value, and what is refused."""

import array
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from lpu_core import LowRankRNN
from tools.assignments.inside import wire
from tools.assignments.questions import same


def test_values_pass_the_wire():
    network = LowRankRNN(np.ones((3, 1)), np.ones((3, 1)), np.ones((3, 2)))
    for value in (None, True, 1, 0.5, 2j, "κ", [1, (2, {"a": np.arange(3)})], np.ones((2, 0)), np.float32(2), (), []):
        passed = wire.decode(wire.encode(value))
        assert np.array_equal(repr(passed), repr(value.item() if isinstance(value, np.generic) else value))
    passed = wire.decode(wire.encode(network))
    assert np.array_equal(passed.input_weights, network.input_weights) and passed.tau == network.tau


@pytest.mark.parametrize(
    "message",
    [
        [1],
        {"array": "", "dtype": "|O8", "shape": [0]},
        {"array": "AAAA", "dtype": "<f8", "shape": [10**9]},
        {"array": 1, "dtype": "<f8", "shape": []},
        {"class": "Box", "fields": {}},
        {"class": "LowRankRNN", "fields": {"embedding": 1}},
        {"list": 3},
        {"what": 1},
        {"list": [], "tuple": []},
        {},
        {"function": 1},
    ],
)
def test_made_up_messages_are_refused(message):
    with pytest.raises(wire.Unfit):
        wire.decode(message)


def test_objects_do_not_pass():
    for value in (
        object(),
        np.array([object()]),
        {1: 2},
        len,
        b"1",
        np.array(["1"]),
        np.array([None]),
        {1.0},
        10**400,
    ):
        with pytest.raises(wire.Unfit):
            wire.encode(value)


def torch_tensor():
    torch = pytest.importorskip("torch")
    return torch.tensor([1.0, 2.0], requires_grad=True)


def pandas_series():
    return pytest.importorskip("pandas").Series([1.0, 2.0], index=["a", "b"])


class Own:
    """What has its own way to become an array."""

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0], dtype)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        (np.float32(1), np.int8(2)),
        [Decimal(1), Fraction(2)],
        np.array([Decimal(1), Fraction(2)]),
        np.array([1, 2], np.float16),
        np.array([1, 2], np.longdouble),
        np.array([1, 2], ">f4"),
        np.array([1, 2], np.uint8),
        np.array([1, 2 + 0j]),
        np.ma.array([1.0, 2.0]),
        deque([1, 2]),
        range(1, 3),
        array.array("d", [1, 2]),
        [np.array(1.0), np.array([2.0]).reshape(())],
        Own(),
        torch_tensor,
        pandas_series,
    ],
    ids=lambda value: type(value).__name__ if not callable(value) else value.__name__,
)
def test_array_likes_pass_by_value(value):
    value = value() if callable(value) else value
    passed = wire.decode(wire.encode(value, lambda _: 1))
    assert type(passed) in (list, tuple, np.ndarray)
    same(passed, [1.0, 2.0])
    same(wire.decode(wire.encode(np.array(1.5))), 1.5)


@pytest.mark.parametrize(
    "value",
    [3, 3.0, Decimal(3), Fraction(3), np.float16(3), np.longdouble(3), np.array(3), np.array([3]), [3.0], [[3]], True + 2],
)
def test_a_number_in_any_container_is_the_number(value):
    passed = wire.decode(wire.encode(value))
    same(passed, 3.0)
    assert isinstance(passed, (int, float, list, np.ndarray))


def test_a_large_whole_number_passes_as_its_value():
    assert wire.decode(wire.encode([10**30, 2**63, -3])) == [1e30, 2**63, -3]
    same(wire.decode(wire.encode(np.array([10**30, 1]))), [1e30, 1.0])


def test_what_is_masked_or_missing_is_told():
    for value in (np.ma.array([1, 2], mask=[0, 1]), np.ma.masked, [1.0, float("nan")], np.array([1, np.inf])):
        passed = wire.decode(wire.encode(value))
        with pytest.raises(AssertionError, match="NaN or infinity"):
            same(passed, np.ones(np.shape(value)))


def test_what_json_does_not_hold_is_refused():
    for value in (10**5000, {1, 2}):
        with pytest.raises(wire.Unfit, match="can't be written"):
            wire.pack({"value": value})
