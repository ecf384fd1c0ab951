"""JSON Lines: one object per row. Nothing is written for no rows.

A repeated column name gets a number: `a`, `a_1`. A vector is an array of numbers, any other blob text of
upper-case hex digits. JSON has no infinity: it is written `1e999`, which readers take for infinity, as SQLite
does; not-a-number is null. Unsafe characters are written as JSON escapes, which changes nothing for a reader.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from math import isfinite, isnan
from typing import TYPE_CHECKING

from aisql.render.escape import UNSAFE
from aisql.vectors import as_json, is_vector

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Value


def write(result: Result, stream: Stream, options: Options) -> None:  # noqa: ARG001 # every writer takes options
    """Writes one object per line."""
    result.pause = stream.flush
    for number, text in enumerate(objects(result)):
        stream.write(f"{text}\n")
        if number == 0:
            stream.flush()


def objects(result: Result) -> Iterator[str]:
    """The rows as JSON objects, each made when it is asked for."""
    keys = [f"{_string(name)}: " for name in _distinct(column.name for column in result.columns)]
    for row in result.rows:
        members = [key + _value(value) for key, value in zip(keys, row, strict=True)]
        yield f"{{{', '.join(members)}}}"


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, with `_1`, `_2` behind those that were there before."""
    wanted = list(names)
    taken: set[str] = set()
    distinct = []
    for name in wanted:
        unique, number = name, 0
        while unique in taken or (number and unique in wanted):
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        distinct.append(unique)
    return distinct


def _value(value: Value) -> str:
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return as_json(value) if is_vector(value) else f'"{value.hex().upper()}"'
    if isinstance(value, int) or isfinite(value):
        return repr(value)
    return "null" if isnan(value) else "1e999" if value > 0 else "-1e999"


def _string(text: str) -> str:
    quoted = encode_basestring(text)
    return UNSAFE.sub(_escape, quoted) if UNSAFE.search(quoted) else quoted


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
