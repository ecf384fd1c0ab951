"""JSON Lines: one object per row. Nothing is written for no rows.

A repeated column name gets a number: `a`, `a_1`. A vector is an array of numbers, any other blob text of
upper-case hex digits. JSON has no infinity: it is written `1e999`, which readers take for infinity, as SQLite
does; not-a-number is null. Unsafe characters are written as JSON escapes, which changes nothing for a reader.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from math import isfinite, isnan
from types import MappingProxyType
from typing import TYPE_CHECKING

from aisql.render.escape import UNSAFE
from aisql.render.rows import write_rows
from aisql.vectors import as_json, is_vector

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row


def write(result: Result, stream: Stream, options: Options) -> None:  # noqa: ARG001 # every writer takes options
    """Writes one object per line."""
    draw = objects(column.name for column in result.columns)
    write_rows(result, stream, lambda rows: draw(rows, "\n") + "\n")


def objects(columns: Iterable[str]) -> Callable[[Sequence[Row], str], str]:
    """The function that makes JSON objects of rows with such columns, and puts a text between them."""
    names = [_string(name).replace("%", "%%") for name in _distinct(columns)]
    template = f"{{{', '.join([f'{name}: %s' for name in names])}}}"

    def draw(rows: Sequence[Row], between: str) -> str:
        text = between.join([template % tuple([_TEXTS[type(value)](value) for value in row]) for row in rows])
        return UNSAFE.sub(_escape, text) if UNSAFE.search(text) else text

    return draw


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


def _bytes(value: bytes) -> str:
    return as_json(value) if is_vector(value) else f'"{value.hex().upper()}"'


def _float(value: float) -> str:
    if isfinite(value):
        return repr(value)
    return "null" if isnan(value) else "1e999" if value > 0 else "-1e999"


def _string(text: str) -> str:
    quoted = encode_basestring(text)
    return UNSAFE.sub(_escape, quoted) if UNSAFE.search(quoted) else quoted


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


_TEXTS: Mapping[type, Callable[[Any], str]] = MappingProxyType(
    {str: encode_basestring, int: repr, float: _float, bytes: _bytes, type(None): lambda _: "null"}
)
