"""How a file of CSV is written: found out from its first lines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aisql.data.numbers import is_number

DELIMITERS = (",", ";", "\t", "|")
QUOTES = ('"', "'")
_LINES = 200
"""How many lines are looked at."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What separates fields, what stands around those that hold it, whether the first line names columns.

    None is what is to be found out.
    """

    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None


def sniffed(lines: Sequence[str], wanted: Dialect, usual: str) -> Dialect:
    """The dialect with everything found out but the header; `usual` separates where nothing else is likelier.

    It is the one in which most lines have the same number of fields, and among those the one with most.
    """
    lines = [line for line in lines[:_LINES] if line.strip("\r\n")]
    delimiters = (wanted.delimiter,) if wanted.delimiter else (usual, *DELIMITERS)
    quotes = (wanted.quote,) if wanted.quote else QUOTES
    tried = [
        (_merit(lines, delimiter, quote), delimiter, quote) for quote in quotes for delimiter in delimiters
    ]
    best = max(tried, key=lambda one: one[0])  # of equal ones the first
    return replace(wanted, delimiter=best[1], quote=best[2])


def _merit(lines: Sequence[str], delimiter: str, quote: str) -> tuple[float, int]:
    """How much of the lines has one width, and the width; one field says nothing."""
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    widths: Counter[int] = Counter()
    try:
        widths.update(len(row) for row in reader)
    except csv.Error as error:
        if "unexpected end" not in str(error):  # the lines break off inside a field
            widths[0] += 1
    width, count = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
    if width < 2:
        return 0.0, 1
    is_quoted = any(line.startswith(quote) or f"{delimiter}{quote}" in line for line in lines)
    return round(count / widths.total() - (quote == "'" and not is_quoted), 1), width


def has_header(first: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether a first line names columns, which have these types without it.

    It does not where there are numbers in it, and none of its fields is of another kind than its column.
    """
    numbers = [is_number(field) for field in first]
    if not any(numbers):
        return True
    pairs = zip(first, numbers, kinds, strict=False)
    return any(kind != "TEXT" and field and not number for field, number, kind in pairs)
