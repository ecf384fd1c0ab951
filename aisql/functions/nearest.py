"""Finds, among rows that come one by one, those whose vectors are nearest to one vector."""

from __future__ import annotations

import json
from heapq import heappush, heapreplace

import numpy as np

from aisql.errors import FunctionError
from aisql.functions.distances import LEAST, MOST, Pairs
from aisql.functions.found import as_value
from aisql.functions.vectors import vector_of
from aisql.render.json_lines import objects
from aisql.result import Row, Value
from aisql.vectors import dimensions

_HELD = 256
"""Rows that are compared together; so many vectors fit into the memory that is near the processor."""
_ROUNDED = 1e-4
"""More than a cosine in single precision may be off."""


class Nearest:
    """An aggregate function of SQLite. It holds as many rows as it is to give, and some that it compares."""

    def __init__(self) -> None:
        self._pairs = Pairs("VECTOR_SEARCH")
        self._query: bytes | None = None
        self._most = 0
        self._names: list[str] = []
        self._held: list[tuple[bytes, Row]] = []
        self._best: list[tuple[float, int, Row]] = []
        self._count = 0

    def step(self, query: Value, most: Value, names: str, place: int, *row: Value) -> None:
        """Takes a row, whose vector is at a place. `names` are those of the columns, where JSON is wanted."""
        if not self._most:
            self._begin(query, most, names)
        vector = row[place]
        if vector is None or self._query is None:
            return
        self._held.append((vector_of(vector, "VECTOR_SEARCH"), row))
        if len(self._held) == _HELD:
            self._compare()

    def final(self) -> Value:
        """The rows that are found, the nearest first, with their cosine behind them."""
        self._compare()
        rows = [(*row, score) for score, _, row in sorted(self._best, reverse=True)]
        if not self._names:
            return as_value(rows)
        return as_value([(f"[{objects(self._names)(rows, ', ')}]",)])

    def _begin(self, query: Value, most: Value, names: str) -> None:
        if not isinstance(most, int) or most < 1:
            shown = "NULL" if most is None else repr(most)
            raise FunctionError(f"VECTOR_SEARCH: the number of rows is a whole number above 0, not {shown}")
        self._most = most
        self._names = json.loads(names) if names else []
        self._query = None if query is None else vector_of(query, "VECTOR_SEARCH")

    def _compare(self) -> None:
        held, self._held = self._held, []
        if self._query is None or not held:
            return
        for place in self._promising([vector for vector, _ in held], self._query):
            vector, row = held[place]
            score = self._pairs.cosine_similarity(vector, self._query)
            if score is not None:
                self._add(score, self._count + place, row)
        self._count += len(held)

    def _add(self, score: float, number: int, row: Row) -> None:
        entry = score, -number, row  # of equal ones the first is best
        if len(self._best) < self._most:
            heappush(self._best, entry)
        elif entry > self._best[0]:
            heapreplace(self._best, entry)

    def _promising(self, vectors: list[bytes], query: bytes) -> list[int]:
        """The places of the vectors that may be among the nearest; those of another length are."""
        if len(self._best) < self._most or any(len(vector) != len(query) for vector in vectors):
            return list(range(len(vectors)))
        matrix = np.frombuffer(b"".join(vectors), "<f4").reshape(len(vectors), dimensions(query) + 1)
        asked = np.frombuffer(query, "<f4")
        with np.errstate(all="ignore"):
            squares, square = np.einsum("ij,ij->i", matrix, matrix), np.vdot(asked, asked)
            scores = (matrix @ asked) / (np.sqrt(squares) * np.sqrt(square))
        is_precise = (squares > LEAST) & (squares < MOST) & (LEAST < square < MOST)
        is_far = is_precise & (scores < self._best[0][0] - _ROUNDED)
        return np.flatnonzero(~is_far).tolist()
