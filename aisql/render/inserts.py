"""Statements that put the rows into a table of SQLite, where they are the values they were."""

from __future__ import annotations

from math import isfinite

from aisql.data.base import distinct
from aisql.render.escape import visible
from aisql.render.rows import write_rows
from aisql.schema import quote_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row, Value


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes a statement for each row; without the names of the columns where there is to be no header."""
    names = ", ".join(map(_quoted, distinct(column.name for column in result.columns)))
    columns = f" ({names})" if options.header else ""
    begin = f"INSERT INTO {_quoted(options.table)}{columns} VALUES ("

    def text(rows: Sequence[Row]) -> str:
        statements = "".join([f"{begin}{', '.join(map(_literal, row))});\n" for row in rows])
        return visible(statements) if options.terminal else statements

    write_rows(result, stream, text)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Value) -> str:
    if isinstance(value, str):
        # The text of a statement ends at its first NUL.
        return f"CAST(X'{value.encode().hex().upper()}' AS TEXT)" if "\0" in value else quote_text(value)
    if isinstance(value, bytes):
        return f"X'{value.hex().upper()}'"
    if isinstance(value, float) and not isfinite(value):
        return "9e999" if value > 0 else "-9e999"
    return "NULL" if value is None else repr(value)
