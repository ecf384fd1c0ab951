r"""CSV as RFC 4180 has it, with `\n` row ends.

NULL is an empty field and the empty text is `""`, so that a reader who wants to can tell them apart (in a
result of one column NULL is an empty line). A vector is a JSON array, any other blob its upper-case hex
digits, a float its shortest exact text. The csv module of Python's standard library cannot write the two
kinds of nothing before 3.12.
"""

from __future__ import annotations

import re

from aisql.render.escape import visible
from aisql.vectors import as_json, is_vector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Value

_quotable = re.compile('[",\r\n]').search


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes a header row and the rows; nothing before the first row is known or known to be missing."""
    field = _visible_field if options.terminal else _field
    result.pause = stream.flush
    first = next(result.rows, None)
    _write_row(stream, field, tuple(column.name for column in result.columns))
    if first is None:
        return
    _write_row(stream, field, first)
    stream.flush()
    for row in result.rows:
        _write_row(stream, field, row)


def _write_row(stream: Stream, field: Callable[[Value], str], row: tuple[Value, ...]) -> None:
    stream.write(",".join(map(field, row)) + "\n")


def _field(value: Value) -> str:
    if isinstance(value, str):
        if _quotable(value):
            return '"' + value.replace('"', '""') + '"'
        return value or '""'
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f'"{as_json(value)}"' if is_vector(value) else value.hex().upper() or '""'
    return repr(value)


def _visible_field(value: Value) -> str:
    return _field(visible(value) if isinstance(value, str) else value)
