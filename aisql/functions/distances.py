"""How near two vectors are: cosine and distances, computed by numpy.

SQLite asks row by row, most often about a column and one vector that stays. That one is read once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from aisql.errors import FunctionError
from aisql.functions.vectors import vector_of
from aisql.result import Value
from aisql.vectors import MAGIC, dimensions

Measure: TypeAlias = Callable[[Value, Value], float | None]
Numbers: TypeAlias = NDArray[np.float64]
_LEAST, _MOST = 1e-30, 1e30
"""Between them a sum of squares is far from the ends of float32."""


class Pairs:
    """Compares two arguments of a function, row after row; of the two, either may be the one that stays."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._kept: Value = None
        self._last: Value = None
        self._vector = b""
        self._exact = np.empty(0)

    def cosine(self, first: str | bytes | float, second: str | bytes | float) -> float | None:
        """The cosine between them; None where one has only zeros. Raises FunctionError as `other` does."""
        other = self.other(first, second)
        self._row[:] = other
        # np.dot would warn of what float32 cannot hold.
        product, square = float(np.vdot(self._stays, self._comes)), float(np.vdot(self._comes, self._comes))
        if not (_LEAST < square < _MOST and _LEAST < self._square < _MOST):
            return self._exact_cosine(exact(other))
        cosine = product / sqrt(square * self._square)
        return cosine if -1.0 <= cosine <= 1.0 else copysign(1.0, cosine)

    def exact(self, first: str | bytes | float, second: str | bytes | float) -> tuple[Numbers, Numbers]:
        """Both in double precision, in any order. Raises FunctionError as `other` does."""
        other = self.other(first, second)
        return exact(other), self._exact

    def other(self, first: str | bytes | float, second: str | bytes | float) -> bytes:
        """The vector beside the one that stays.

        Raises FunctionError where one is no vector, and where they differ in length.
        """
        if second != self._kept:
            if first != self._kept:
                first, second = self._turned(first, second)
                self._keep(vector_of(second, self._function))
                self._kept = second
            else:
                first = second
        if isinstance(first, bytes) and len(first) == len(self._vector) and first.startswith(MAGIC):
            return first
        vector = vector_of(first, self._function)
        if len(vector) != len(self._vector):
            raise self._unequal(dimensions(vector), dimensions(self._vector))
        return vector

    def _turned(
        self, first: str | bytes | float, second: str | bytes | float
    ) -> tuple[str | bytes | float, str | bytes | float]:
        """The two with the one to keep behind: the second, unless the first was there before."""
        stays, self._last = first == self._last, first
        return (second, first) if stays else (first, second)

    def _keep(self, vector: bytes) -> None:
        self._vector, self._exact = vector, exact(vector)
        # What stands before the numbers is as good as 0, so the bytes of a row need no cutting.
        self._stays = np.frombuffer(vector, "<f4")
        self._row = bytearray(len(vector))
        self._comes = np.frombuffer(self._row, "<f4")
        self._square = float(np.vdot(self._stays, self._stays))

    def _exact_cosine(self, numbers: Numbers) -> float | None:
        squares = float(numbers @ numbers) * float(self._exact @ self._exact)
        return float(numbers @ self._exact) / sqrt(squares) if squares else None

    def _unequal(self, *lengths: int) -> FunctionError:
        return FunctionError(
            f"{self._function}: one vector has {min(lengths)} numbers, the other {max(lengths)}",
            hint="vectors that are compared come from one model, asked for one dimension",
        )


def exact(vector: bytes) -> Numbers:
    """The numbers of a vector in double precision."""
    return np.frombuffer(vector, "<f4", offset=len(MAGIC)).astype(np.float64)


def cosine_similarity() -> Measure:
    """The cosine between two vectors, 1 where they point the same way; NULL where one has only zeros."""
    pairs = Pairs("cosine_similarity")

    def similarity(first: Value, second: Value) -> float | None:
        return None if first is None or second is None else pairs.cosine(first, second)

    return similarity


def cosine_distance() -> Measure:
    """1 minus the cosine."""
    pairs = Pairs("cosine_distance")

    def distance(first: Value, second: Value) -> float | None:
        cosine = None if first is None or second is None else pairs.cosine(first, second)
        return None if cosine is None else 1.0 - cosine

    return distance


def l2_distance() -> Measure:
    """The length of the difference of two vectors."""
    pairs = Pairs("l2_distance")

    def distance(first: Value, second: Value) -> float | None:
        if first is None or second is None:
            return None
        numbers, others = pairs.exact(first, second)
        difference = numbers - others
        return sqrt(difference @ difference)

    return distance


def inner_product() -> Measure:
    """The sum of the products of their numbers."""
    pairs = Pairs("inner_product")

    def product(first: Value, second: Value) -> float | None:
        if first is None or second is None:
            return None
        numbers, others = pairs.exact(first, second)
        return float(numbers @ others)

    return product
