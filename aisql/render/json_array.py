"""JSON: one array with an object per row, a line each; `[]` for no rows. Values are those of JSON Lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aisql.render.json_lines import objects
from aisql.render.rows import write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row

_BETWEEN = ",\n"


def write(result: Result, stream: Stream, options: Options) -> None:  # noqa: ARG001 # every writer takes options
    """Writes the array as its rows come; nothing before the first row is known or known to be missing."""
    draw = objects(column.name for column in result.columns)
    lead = "["

    def text(rows: Sequence[Row]) -> str:
        nonlocal lead
        before, lead = lead, _BETWEEN
        return before + draw(rows, _BETWEEN)

    end = "\n"  # an array that stays open says that rows are missing
    try:
        end = "]\n" if write_rows(result, stream, text) else "[]\n"
    finally:
        if lead == _BETWEEN or end == "[]\n":
            stream.write(end)
