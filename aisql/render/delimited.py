r"""CSV as RFC 4180 has it, with `\n` row ends; TSV by the same rules, with a tab between fields.

NULL is an empty field and the empty text is `""`, so that a reader who wants to can tell them apart (in a
result of one column NULL is an empty line). A vector is a JSON array, any other blob its upper-case hex
digits, a float its shortest exact text. The csv module of Python's standard library cannot write the two
kinds of nothing before 3.12; rows without them it writes at its speed.
"""

from __future__ import annotations

import re
from itertools import chain

from aisql.render.rows import shown, write_rows
from aisql.vectors import as_json, is_vector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row, Value

_FEW = 10
"""Rows that are not worth the import of the csv module."""


def write(result: Result, stream: Stream, options: Options, delimiter: str = ",") -> None:
    """Writes a header row and the rows."""
    options = options._replace(null=options.null or None)  # the text of NULL needs no quotes to be nothing
    lines = _Lines(delimiter, len(result.columns))
    names = [tuple([column.name for column in result.columns])]
    head = lines.text(shown(names, options)) if options.header else ""
    write_rows(result, stream, lambda rows: lines.text(shown(rows, options)), head)


class _Lines:
    """Makes lines of rows."""

    def __init__(self, delimiter: str, columns: int) -> None:
        self._delimiter = delimiter
        self._is_single = columns == 1
        self._quotable = re.compile(f'["\r\n{re.escape(delimiter)}]').search
        self._parts: list[str] = []
        self._write_plain: Callable[[Row], object] | None = None

    def text(self, rows: Sequence[Row]) -> str:
        """The lines of the rows, each with its end."""
        kinds = set(map(type, chain.from_iterable(rows)))
        if bytes in kinds:
            rows = [
                tuple([plain_text(each) if isinstance(each, bytes) else each for each in row]) for row in rows
            ]
        if len(rows) < _FEW:
            return "".join(map(self._line, rows))
        has_odd = "" in chain.from_iterable(rows) or (self._is_single and type(None) in kinds)
        text = self._written(rows, has_odd=has_odd)
        # Before 3.13 the csv module does not quote what other readers take for the end of a row.
        return "".join(map(self._line, rows)) if "\r" in text else text

    def _written(self, rows: Sequence[Row], *, has_odd: bool) -> str:
        """The lines as the csv module writes them, but for those where it has one kind of nothing only."""
        write, parts = self._write_plain or self._writer(), self._parts
        for row in rows:
            if has_odd and ("" in row or (self._is_single and row[0] is None)):
                parts.append(self._line(row))
            else:
                write(row)
        text = "".join(parts)
        parts.clear()
        return text

    def _writer(self) -> Callable[[Row], object]:
        import csv

        class Parts:
            write = self._parts.append

        writer = csv.writer(Parts(), delimiter=self._delimiter, lineterminator="\n")
        self._write_plain = writer.writerow
        return writer.writerow

    def _line(self, row: Row) -> str:
        return self._delimiter.join(map(self._field, row)) + "\n"

    def _field(self, value: Value) -> str:
        if value is None:
            return ""
        text = plain_text(value)
        return '"' + text.replace('"', '""') + '"' if self._quotable(text) else text or '""'


def plain_text(value: float | str | bytes | None) -> str:
    """The value as text that looks like nothing but the value."""
    if isinstance(value, bytes):
        return as_json(value) if is_vector(value) else value.hex().upper()
    return value if isinstance(value, str) else "" if value is None else repr(value)
