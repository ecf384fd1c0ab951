"""A list: the values of a row with a bar between them, and nothing around; for programs that cut lines.

What stands in a value is written as it is: one with a bar or a newline cannot be told from two. NULL is an
empty text.
"""

from __future__ import annotations

from aisql.render.delimited import plain_text
from aisql.render.rows import shown, write_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes a line with the names of the columns, and one for each row."""

    def text(rows: Sequence[Row]) -> str:
        return "".join(["|".join(map(plain_text, row)) + "\n" for row in shown(rows, options)])

    names = tuple([column.name for column in result.columns])
    write_rows(result, stream, text, text([names]) if options.header else "")
