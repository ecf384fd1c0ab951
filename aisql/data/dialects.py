"""How a file of CSV is written: found out from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aisql.data.numbers import is_number

DELIMITERS = (",", ";", "\t", "|")
_SIMPLY_QUOTED = re.compile(r"(?:^|[,;\t|])'(?:[^']|'')*'(?:[,;\t|]|$)", re.MULTILINE)
NO_QUOTE = "\ud800"
"""The quote of files that have none: a sign that is in no text."""
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
    quote = wanted.quote or _quote(lines)
    tried = [(_merit(lines, delimiter, quote), delimiter) for delimiter in delimiters]
    best = max(tried, key=lambda one: one[0])  # of equal ones the first
    return replace(wanted, delimiter=best[1], quote=quote)


def _quote(lines: Sequence[str]) -> str:
    """What stands around fields: the simple sign where it does around a whole field and the other nowhere."""
    if any('"' in line for line in lines):
        return '"'
    return "'" if any(map(_SIMPLY_QUOTED.search, lines)) else '"'


def _merit(lines: Sequence[str], delimiter: str, quote: str) -> tuple[float, int]:
    """How much of the lines has one width, and the width; one field says nothing.

    Where the first line and others are one field, it is a sign inside of texts.
    """
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    widths: list[int] = []
    try:
        for row in reader:
            widths.append(len(row))  # those before an error count
    except csv.Error as error:
        if "unexpected end" not in str(error):  # the lines break off inside a field
            widths.append(0)
    counts = Counter(widths)
    width, count = max(counts.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
    if width < 2 or (widths[0] == 1 and counts[1] > 1):
        return 0.0, 1
    return round(count / len(widths), 1), width


def has_header(first: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether a first line names columns, which have these types without it.

    It does not where there are numbers in it, and none of its fields is of another kind than its column.
    """
    numbers = [is_number(field) for field in first]
    if not any(numbers):
        return True
    pairs = zip(first, numbers, kinds, strict=False)
    return any(kind != "TEXT" and field and not number for field, number, kind in pairs)
