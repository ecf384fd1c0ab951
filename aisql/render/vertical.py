"""Vertical: a line for each value, its column before it; for rows that are wider than a terminal."""

from __future__ import annotations

from itertools import count

from aisql.render.escape import cell_width
from aisql.render.rows import write_rows
from aisql.render.table import cell_texts, footer, header_texts, missing
from aisql.render.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row

_STARS = 27
"""How many stand on either side of the number of a row, where there is room for them."""

_LEAST = 16
"""In less room texts are not broken at blanks."""


def write(result: Result, stream: Stream, options: Options) -> None:
    """Writes a heading and the values for every row as it comes, and at the end how many there were."""
    draw = drawing(header_texts(result), options.width)

    def text(rows: Sequence[Row]) -> str:
        return "".join([draw(cell_texts(row, options)) for row in rows])

    count = write_rows(result, stream, text, most=options.rows)
    stream.write(footer(count, options) + missing(count, [], options))


def drawing(header: list[str], room: int | None) -> Callable[[list[str]], str]:
    """The function that draws the cells of the next row, under a heading that numbers it.

    On a terminal with so much `room` long texts are broken at blanks; words are left whole, to be copied.
    """
    names = [name.strip("\n").replace("\n", " ") for name in header]
    width = max(map(cell_width, names))
    heads = [" " * (width - cell_width(name)) + name + ": " for name in names]
    counted = count(1)

    def draw(cells: list[str]) -> str:
        if room is not None and room - width - 2 >= _LEAST:
            cells = [wrapped(cell, room - width - 2, words=False) for cell in cells]
        values = (cell.replace("\n", "\n" + " " * (width + 2)) for cell in cells)
        lines = map("".join, zip(heads, values, strict=True))
        number = f" {next(counted)}. row "
        stars = "*" * (_STARS if room is None else max(1, min(_STARS, (room - len(number)) // 2)))
        return "\n".join([f"{stars}{number}{stars}", *lines, ""])

    return draw
