"""A table for web pages. White space in it is shown as it is; control characters are shown escaped."""

from __future__ import annotations

from html import escape

from aisql.render.escape import visible
from aisql.render.rows import write_rows
from aisql.render.table import cell_texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from aisql.render.registry import Options, Stream
    from aisql.result import Result

_BEGIN = '<meta charset="utf-8">\n<table style="white-space: pre-wrap">\n'


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes a table element with a row for the names of the columns and one for each row."""
    names = _row("th", [visible(column.name) for column in result.columns]) if options.header else ""
    write_rows(
        result,
        stream,
        lambda rows: "".join([_row("td", cell_texts(row, options)) for row in rows]),
        _BEGIN + names,
    )
    stream.write("</table>\n")


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join([f'<{tag}>{escape(cell, quote=False)}</{tag}>' for cell in cells])}</tr>\n"
