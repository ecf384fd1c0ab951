"""CSV and TSV: types come from a look at every value."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence

from aisql.data.base import Source, Table, distinct
from aisql.errors import OpenError
from aisql.result import Value

_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,18})")
# A whole number that is too long for SQLite would lose digits as REAL, so it needs a point or an exponent.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+)")
_LEAST, _GREATEST = -(2**63), 2**63 - 1

Reader = tuple[str, Callable[[str], Value]]
Line = tuple[str, list[str]]
"""Where a row stands, `name:line`, and its fields."""


def read(sources: Sequence[Source], delimiter: str, *, header: bool, texts: Collection[str] = ()) -> Table:
    """The table that the files hold together; the first line of each names the columns, or none does.

    An empty field is NULL. A column is INTEGER or REAL when all its values look like that and its name, in
    small letters, is not among `texts`, else TEXT. Without a header columns are f0, f1, ... Raises OpenError,
    naming file and line, when a file cannot be read; so may reading the rows.
    """
    first = next(_lines(sources[0], delimiter), ("", []))[1]
    if not first:
        hint = "the first line names the columns" if header else None
        raise OpenError(f"{sources[0].name}: the file is empty", hint=hint)
    names = distinct(first) if header else [f"f{place}" for place in range(len(first))]
    readers = _readers(_rows(sources, delimiter, names, header=header), len(names))
    for place, name in enumerate(names):
        if name.lower() in texts:
            readers[place] = ("TEXT", str)
    rows = (_converted(row, readers) for _, row in _rows(sources, delimiter, names, header=header))
    return Table(names, [kind for kind, _ in readers], rows, named=header)


def _rows(sources: Sequence[Source], delimiter: str, names: Sequence[str], *, header: bool) -> Iterator[Line]:
    """The rows of all files, which must have the same columns."""
    for source in sources:
        lines = _lines(source, delimiter)
        if header and distinct(next(lines, ("", []))[1]) != names:
            raise OpenError(f"{source.name}: its columns are others than those of {sources[0].name}")
        for place, row in lines:
            if len(row) != len(names):
                beside = "the header" if header else "the first line"
                raise OpenError(f"{place}: {len(row)} fields, but {beside} has {len(names)}")
            yield place, row


def _lines(source: Source, delimiter: str) -> Iterator[Line]:
    csv.field_size_limit(sys.maxsize)
    try:
        with source.open() as content, io.TextIOWrapper(content, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                width = 0
                for row in reader:
                    width = width or len(row)
                    if row or width == 1:  # an empty line is a row where a row has one field
                        yield f"{source.name}:{reader.line_num}", row or [""]
            except csv.Error as error:
                raise OpenError(f"{source.name}:{reader.line_num}: {error}") from error
    except OSError as error:
        raise OpenError(f"cannot read {source.name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise OpenError(f"cannot read {source.name}: it is not UTF-8") from error


def _readers(rows: Iterator[Line], width: int) -> list[Reader]:
    """For each column its type and how its fields are read, after a look at every row."""
    whole, numeric = [True] * width, [True] * width
    for _, row in rows:
        for place, field in enumerate(row):
            if field:
                is_whole = _WHOLE.fullmatch(field) is not None and _LEAST <= int(field) <= _GREATEST
                whole[place] = whole[place] and is_whole
                numeric[place] = numeric[place] and (is_whole or _NUMBER.fullmatch(field) is not None)
    kinds: list[Reader] = []
    for is_whole, is_number in zip(whole, numeric, strict=True):
        kinds.append(("INTEGER", int) if is_whole else ("REAL", float) if is_number else ("TEXT", str))
    return kinds


def _converted(row: list[str], readers: list[Reader]) -> tuple[Value, ...]:
    return tuple([read(field) if field else None for field, (_, read) in zip(row, readers, strict=True)])
