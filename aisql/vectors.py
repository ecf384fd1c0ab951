"""A vector as a value of SQLite: a BLOB that tells by itself what it is.

Four bytes come first, then the numbers as little-endian float32. No JSONB begins with such bytes, so SQLite's
JSON functions refuse a vector. Read as a number, they are so near to 0 that they change no sum of products:
whoever computes may take the whole value for numbers.
"""

from __future__ import annotations

import struct
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

MAGIC = b"\xffv1\0"
_BYTES = 4
_NORMAL = 2.0**-126
"""The smallest number float32 holds with all its digits."""


def pack(numbers: Sequence[float]) -> bytes:
    """The vector of the numbers. Raises ValueError for none, and for one that float32 cannot hold."""
    try:
        packed = struct.pack(f"<{len(numbers)}f", *numbers)
    except (OverflowError, struct.error):
        raise ValueError("a number that float32 cannot hold") from None
    if not numbers or not all(map(isfinite, numbers)):
        raise ValueError("no numbers, or one that is not finite")
    return MAGIC + packed


def unpack(vector: bytes) -> tuple[float, ...]:
    """The numbers of a vector."""
    return struct.unpack_from(f"<{dimensions(vector)}f", vector, len(MAGIC))


def is_vector(value: object) -> TypeGuard[bytes]:
    """Whether the value is a vector."""
    return (
        isinstance(value, bytes)
        and value.startswith(MAGIC)
        and len(value) > len(MAGIC)
        and len(value) % _BYTES == 0
    )


def dimensions(vector: bytes) -> int:
    """How many numbers a vector has."""
    return (len(vector) - len(MAGIC)) // _BYTES


def as_json(vector: bytes) -> str:
    """The vector as a JSON array: `[0.1, 0.2]`, each number in as few digits as give the same float32.

    What is not finite, which no function of ours makes, is null.
    """
    return f"[{', '.join(map(_shortest, unpack(vector)))}]"


def _shortest(number: float) -> str:
    if not isfinite(number):
        return "null"
    packed = struct.pack("<f", number)
    fewest = 1 if 0 < abs(number) < _NORMAL else 6  # %g leaves out zeros at the end
    for digits in range(fewest, 9):
        decimal = float(f"{number:.{digits}g}")
        if struct.pack("<f", decimal) == packed:
            return repr(decimal)
    # Below a power of 2 float32 lie closer than above it: what is wanted may not be the nearest decimal.
    above = float(f"{number * (1 + 5e-8):.8g}")
    return repr(above if struct.pack("<f", above) == packed else float(f"{number:.9g}"))
