"""How near two vectors are: cosine and distances, computed by numpy.

SQLite asks row by row, most often about a column and one vector that stays. That one is read once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from math import copysign, isfinite, sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from aisql.errors import FunctionError
from aisql.functions.vectors import vector_of
from aisql.result import Value
from aisql.vectors import MAGIC, dimensions

Numbers: TypeAlias = NDArray[np.float64]
LEAST, MOST = 1e-30, 1e30
"""Between them a sum of squares is far from the ends of float32."""


class Pairs:
    """Compares the two arguments of a function, row after row; either may be the one that stays.

    Each measure gives None where an argument is NULL, and raises FunctionError where one is no vector or
    where they differ in length.
    """

    def __init__(self, function: str) -> None:
        self._function = function
        self._kept: Value = None
        self._last: Value = None
        # Numbers that float32 is too small for are no reason to warn: they are computed once more, exactly.
        context = copy_context()
        context.run(np.seterr, all="ignore")
        self._quietly: Callable[..., Any] = context.run
        self._row = memoryview(b"")

    def cosine_similarity(self, first: Value, second: Value) -> float | None:
        """The cosine between two vectors, 1 where they point the same way; None where one has only zeros."""
        if first is None or second is None:
            return None
        if (
            isinstance(first, bytes)
            and len(first) == len(self._row)
            and first[:4] == MAGIC
            and second == self._kept
        ):
            vector = first
        else:
            vector = self._other(first, second)
        self._row[:] = vector
        product, square = self._products().tolist()
        if not (LEAST < square < MOST and LEAST < self._square < MOST):
            return self._exact_cosine(exact(vector))
        return _bounded(product / sqrt(square * self._square))

    def cosine_distance(self, first: Value, second: Value) -> float | None:
        """1 minus the cosine."""
        cosine = self.cosine_similarity(first, second)
        return None if cosine is None else 1.0 - cosine

    def l2_distance(self, first: Value, second: Value) -> float | None:
        """The length of their difference."""
        if first is None or second is None:
            return None
        difference = self._quietly(np.subtract, exact(self._other(first, second)), self._exact)
        return sqrt(self._finite(difference, difference))

    def inner_product(self, first: Value, second: Value) -> float | None:
        """The sum of the products of their numbers."""
        if first is None or second is None:
            return None
        return self._finite(exact(self._other(first, second)), self._exact)

    def _other(self, first: str | bytes | float, second: str | bytes | float) -> bytes:
        """The vector beside the one that stays."""
        if second != self._kept:
            first, second = self._turned(first, second)
        if second != self._kept:
            self._keep(vector_of(second, self._function))
            self._kept = second
        vector = vector_of(first, self._function)
        if len(vector) != len(self._vector):
            raise self._unequal(dimensions(vector), dimensions(self._vector))
        return vector

    def _turned(
        self, first: str | bytes | float, second: str | bytes | float
    ) -> tuple[str | bytes | float, str | bytes | float]:
        """The two with the one to keep behind: the second, unless the first was there before."""
        stays, self._last = first in (self._kept, self._last), first
        return (second, first) if stays else (first, second)

    def _keep(self, vector: bytes) -> None:
        self._vector, self._exact = vector, exact(vector)
        # What stands before the numbers is as good as 0, so the bytes of a row need no cutting.
        numbers = np.frombuffer(vector, "<f4")
        both = np.stack((numbers, numbers))
        self._row = memoryview(both[1]).cast("B")
        self._products = partial(self._quietly, np.dot, both, both[1], np.empty(2, np.float32))
        self._square: float = self._products().tolist()[1]

    def _exact_cosine(self, numbers: Numbers) -> float | None:
        squares = self._finite(numbers, numbers) * self._finite(self._exact, self._exact)
        return _bounded(self._finite(numbers, self._exact) / sqrt(squares)) if squares else None

    def _finite(self, numbers: Numbers, others: Numbers) -> float:
        """The sum of products. Double precision holds all those of finite numbers."""
        product = float(self._quietly(np.dot, numbers, others))
        if not isfinite(product):
            raise FunctionError(f"{self._function}: the vector has a number that is not finite")
        return product

    def _unequal(self, *lengths: int) -> FunctionError:
        return FunctionError(
            f"{self._function}: the vectors have {min(lengths)} and {max(lengths)} numbers",
            hint="vectors that are compared come from one model, asked for one dimension",
        )


def _bounded(cosine: float) -> float:
    return cosine if -1.0 <= cosine <= 1.0 else copysign(1.0, cosine)


def exact(vector: bytes) -> Numbers:
    """The numbers of a vector in double precision."""
    return np.frombuffer(vector, "<f4", offset=len(MAGIC)).astype(np.float64)
