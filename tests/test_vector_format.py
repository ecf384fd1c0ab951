"""What a vector is: its bytes, and how it is read and shown."""

from __future__ import annotations

import json
import struct
from math import inf, nan

import numpy
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aisql.vectors import as_json, dimensions, is_vector, pack, unpack

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FLOATS, min_size=1))
def test_packed_numbers_come_back(numbers: list[float]) -> None:
    vector = pack(numbers)
    assert is_vector(vector)
    assert (dimensions(vector), list(unpack(vector))) == (len(numbers), numbers)
    assert [struct.pack("<f", number) for number in json.loads(as_json(vector))] == [
        struct.pack("<f", number) for number in numbers
    ]


@given(FLOATS)
@example(2.0**-96)
@example(2.0**87)
@example(-(2.0**-149))
@example(3.4028234663852886e38)
def test_a_number_is_shown_in_as_few_digits_as_tell_it(number: float) -> None:
    assert json.loads(as_json(pack([number]))) == [float(str(numpy.float32(number)))]


def test_a_vector_is_little_endian_float32_behind_four_bytes() -> None:
    assert pack([1, -2.5]) == b"\xffv1\0" + bytes.fromhex("0000803f000020c0")


def test_a_vector_is_shown_as_a_json_array() -> None:
    assert as_json(pack([0.1, 0.2, 3, -0.0, 1e20, 1e-7])) == "[0.1, 0.2, 3.0, -0.0, 1e+20, 1e-07]"


def test_what_is_not_finite_in_the_bytes_of_a_vector_is_null_in_json() -> None:
    forged = pack([1]) + struct.pack("<2f", nan, -inf)
    assert json.loads(as_json(forged)) == [1.0, None, None]


@pytest.mark.parametrize(
    "value", [None, 1, "[1.0]", b"", pack([1])[:4], pack([1])[:7], b"x" + pack([1])[1:], pack([1])[4:]]
)
def test_nothing_else_is_a_vector(value: object) -> None:
    assert not is_vector(value)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([], "no numbers, or one that is not finite"),
        ([1.0, nan], "no numbers, or one that is not finite"),
        ([inf], "no numbers, or one that is not finite"),
        ([1e39], "a number that float32 cannot hold"),
    ],
)
def test_what_no_vector_can_hold_is_refused(numbers: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pack(numbers)
