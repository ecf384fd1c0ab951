"""Files of data as tables, whatever their format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from aisql.result import Row


@dataclass(frozen=True, slots=True)
class Source:
    """A file of data: its name in messages, and what opens it; it may be opened more than once."""

    name: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Table:
    """What files hold: names and declared types of columns ('' for none), and the rows, to be read once.

    Columns have names of their own where the files are `named`, else their places are what counts.
    """

    names: Sequence[str]
    types: Sequence[str]
    rows: Iterable[Row]
    named: bool = True


def distinct(names: Iterable[str]) -> list[str]:
    """The names of the columns: an empty one gets its place, one that was there already a number."""
    found: list[str] = []
    for place, name in enumerate(names, 1):
        base = candidate = name.strip() or f"column{place}"
        number = 1
        while candidate.lower() in {each.lower() for each in found}:
            number += 1
            candidate = f"{base}_{number}"
        found.append(candidate)
    return found
