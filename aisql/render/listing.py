"""The small tables of SHOW and DESCRIBE, drawn by rich in the look of our own table."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aisql.render import table
from aisql.render.table import cell_texts, footer, header_texts, numeric_columns

if TYPE_CHECKING:
    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row

# No terminal is as wide: a listing is never wrapped or cut.
_WIDTH = 1_000_000_000


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes the result as a table and its footer; reads all rows first."""
    rows = list(result.rows)
    if options.width is not None or not options.header:
        result.rows = iter(rows)
        table.write(result, stream, options)
        return
    if rows:
        _console(stream).print(_table(result, rows, options), crop=False)
    stream.write(footer(len(rows), options))


def _table(result: Result, rows: list[Row], options: Options) -> Table:
    drawn = Table(box=box.ASCII2, header_style="")
    numeric = numeric_columns(rows, len(result.columns))
    for name, right in zip(header_texts(result), numeric, strict=True):
        drawn.add_column(Text(name), justify="right" if right else "left", no_wrap=True)
    for row in rows:
        # Text, for a plain string would be read as rich's markup.
        drawn.add_row(*map(Text, cell_texts(row, options)))
    return drawn


def _console(stream: Stream) -> Console:
    """A console that knows nothing of its surroundings: no colour, no width, no environment."""
    return Console(
        file=cast("IO[str]", stream),  # it writes and flushes, and no more
        width=_WIDTH,
        height=1,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        legacy_windows=False,
        _environ={},
    )
