"""What VECTOR_SEARCH is: a table function that asks no model (Flink SQL)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Search:
    """One form of it: the rows that are found as a table, or all of them in one JSON array."""

    name: str
    summary: str
    is_table: bool

    @property
    def signature(self) -> str:
        """How it is called."""
        return f"{self.name}(TABLE t, DESCRIPTOR(column), vector, k [, MAP['key', 'value', ...]])"

    @property
    def example(self) -> str:
        """A statement that calls it."""
        return f"SELECT * FROM {self.name}(TABLE notes, DESCRIPTOR(embedding), vector('[1, 0]'), 3);"


_ALL = (
    Search(
        "VECTOR_SEARCH", "the k rows of a table whose vectors are nearest to a vector, with `score`", True
    ),
    Search("VECTOR_SEARCH_AGG", "one row with them all: a JSON array of objects, `search_results`", False),
)

SEARCHES: Mapping[str, Search] = MappingProxyType({each.name.lower(): each for each in _ALL})
"""Both by name, in small letters."""
