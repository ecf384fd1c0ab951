"""JSON: one array with an object per row, a line each; `[]` for no rows. Values are those of JSON Lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aisql.render.json_lines import objects

if TYPE_CHECKING:
    from aisql.render.registry import Options, Stream
    from aisql.result import Result


def write(result: Result, stream: Stream, options: Options) -> None:  # noqa: ARG001 # every writer takes options
    """Writes the array as its rows come; nothing before the first row is known or known to be missing."""
    rows = objects(result)
    result.pause = stream.flush
    first = next(rows, None)
    if first is None:
        stream.write("[]\n")
        return
    stream.write(f"[{first}")
    stream.flush()
    is_whole = False
    try:
        for text in rows:
            stream.write(f",\n{text}")
        is_whole = True
    finally:
        # An array that stays open says that rows are missing.
        stream.write("]\n" if is_whole else "\n")
