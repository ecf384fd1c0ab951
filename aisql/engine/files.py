"""Data files as tables: a CSV or TSV file named on the command line becomes a temporary table."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from aisql.engine.database import Database, quoted
from aisql.errors import OpenError, SqlError
from aisql.result import Value

_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,18})")
# A whole number that is too long for SQLite would lose digits as REAL, so it needs a point or an exponent.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+)")
_LEAST, _GREATEST = -(2**63), 2**63 - 1
DELIMITERS = {".csv": ",", ".tsv": "\t"}


def load(database: Database, path: Path) -> None:
    """Makes a temporary table, named after the file's stem, of a file with a header row.

    An empty field is NULL. A column is INTEGER or REAL when all its values look like that, else TEXT.
    Raises OpenError, naming file and line, when the file cannot be read; then there is no table.
    """
    delimiter = DELIMITERS[path.suffix.lower()]
    try:
        rows = _rows(path, delimiter)
        names = _distinct(next(rows, (0, []))[1])
        if not names:
            raise OpenError(f"{path}: the file is empty", hint="the first line names the columns")
        readers = _readers(rows, len(names), path)
        types = ", ".join(f"{quoted(name)} {kind}" for name, (kind, _) in zip(names, readers, strict=True))
        again = _rows(path, delimiter)
        next(again)
        table = quoted(path.stem)
        database.load(
            f"CREATE TEMPORARY TABLE {table} ({types})",
            f"INSERT INTO temp.{table} VALUES ({', '.join('?' * len(names))})",
            (_converted(row, readers) for _, row in again),
        )
    except SqlError as error:
        raise OpenError(f"{path}: {error.message}", hint="a file becomes a table named after it") from error
    except (OSError, UnicodeDecodeError) as error:
        raise OpenError(f"cannot read {path}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            width = 0
            for row in reader:
                width = width or len(row)
                if row or width == 1:  # an empty line is a row where a row has one field
                    yield reader.line_num, row or [""]
        except csv.Error as error:
            raise OpenError(f"{path}:{reader.line_num}: {error}") from error


def _distinct(names: Sequence[str]) -> list[str]:
    """The names of the columns: an empty one gets its place, one that was there already a number."""
    distinct: list[str] = []
    for place, name in enumerate(names, 1):
        base = candidate = name.strip() or f"column{place}"
        number = 1
        while candidate.lower() in {each.lower() for each in distinct}:
            number += 1
            candidate = f"{base}_{number}"
        distinct.append(candidate)
    return distinct


Reader = tuple[str, Callable[[str], Value]]


def _readers(rows: Iterator[tuple[int, list[str]]], width: int, path: Path) -> list[Reader]:
    """For each column its type and how its fields are read, after a look at every row."""
    whole, numeric = [True] * width, [True] * width
    for line, row in rows:
        if len(row) != width:
            raise OpenError(f"{path}:{line}: {len(row)} fields, but the header has {width}")
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
