"""vector, vector_json and vector_dims: what a vector is made of, and what it says."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

from aisql.errors import FunctionError
from aisql.result import Value
from aisql.vectors import as_json, dimensions, is_vector, pack, unpack

_WRITTEN = "a vector is written '[0.1, 0.2]' or ARRAY[0.1, 0.2]; ai_embed and vector give one"


def vector_of(value: str | bytes | float, function: str) -> bytes:
    """The vector an argument is, or says as a JSON array of numbers.

    Raises FunctionError for anything else; `function` is who was given it.
    """
    if is_vector(value):
        return value
    if isinstance(value, bytes):
        raise FunctionError(
            f"{function}: the blob is no vector", hint="vector(x) makes one of the bytes of float32 numbers"
        )
    if not isinstance(value, str):
        raise FunctionError(f"{function}: {value!r} is no vector", hint=_WRITTEN)
    return _packed(_numbers(value, function), function)


def _numbers(text: str, function: str) -> list[float]:
    try:
        numbers = json.loads(text)
    except (RecursionError, ValueError):
        numbers = None
    if not isinstance(numbers, list) or not set(map(type, numbers)) <= {int, float}:
        raise FunctionError(f"{function}: the text is no JSON array of numbers", hint=_WRITTEN)
    return numbers


def _packed(numbers: Sequence[float], function: str) -> bytes:
    if not numbers:
        raise FunctionError(f"{function}: the vector is empty", hint=_WRITTEN)
    try:
        return pack(numbers)
    except ValueError as error:
        raise FunctionError(f"{function}: the vector has {error}") from None


def vector(value: Value) -> Value:
    """The vector of a JSON array of numbers, or of the bytes of little-endian float32; NULL for NULL.

    Raises FunctionError for what is neither.
    """
    if not isinstance(value, bytes):
        return None if value is None else vector_of(value, "vector")
    if is_vector(value):
        return _packed(unpack(value), "vector")
    if len(value) % 4:
        raise FunctionError(f"vector: a blob of {len(value)} bytes holds no float32 numbers", hint=_WRITTEN)
    return _packed(struct.unpack(f"<{len(value) // 4}f", value), "vector")


def vector_json(value: Value) -> Value:
    """The vector as a JSON array; NULL for NULL. Raises FunctionError for what is no vector."""
    return None if value is None else as_json(vector_of(value, "vector_json"))


def vector_dims(value: Value) -> Value:
    """How many numbers the vector has; NULL for NULL. Raises FunctionError for what is no vector."""
    return None if value is None else dimensions(vector_of(value, "vector_dims"))
