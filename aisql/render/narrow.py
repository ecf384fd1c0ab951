"""A table on a terminal that has no room for it: cells are cut or wrapped, or rows are written vertically."""

from __future__ import annotations

from collections.abc import Sequence

from aisql.render.escape import cell_width, fitting
from aisql.render.registry import Options
from aisql.render.table import Layout, Look, layout
from aisql.render.vertical import drawing
from aisql.render.wrapping import wrapped

_ELLIPSIS = "…"
_LEAST = 16
"""A column of text is not cut to less."""
_BORDERS = 3
"""What every column needs beside its text; the last border is one more."""


def narrow_layout(
    header: list[str],
    widths: list[int],
    numeric: list[bool],
    rows: int,
    options: Options,
    look: Look,
    *,
    wraps: bool,
) -> Layout:
    """The layout for a terminal of `options.width` cells, after so many rows were measured.

    What fits is a table. A single row, and one with more columns than there is room for, is vertical where
    that may be; of others the longest texts are cut, or go on in the next line where the table `wraps`, and
    columns are left out where that is not enough.
    """
    room = options.width or 0
    fitted = fitted_widths(widths, numeric, room)
    is_cut = fitted != widths
    if options.expanded == "auto" and (fitted is None or (is_cut and rows == 1)):
        return Layout("", drawing(header, room), "")
    if fitted is None:
        fitted = _as_many(least_widths(widths, numeric), room)
    cutter = _Cutter(fitted, numeric)
    plain = layout(cutter.cut(header) if options.header else [], fitted, numeric[: len(fitted)], look)
    if wraps:
        cutter.fit = wrapped
    cutter.is_cut = False  # of the names of columns nothing is lost
    return plain._replace(draw=lambda cells: plain.draw(cutter.cut(cells)), cuts=cutter.told)


class _Cutter:
    """Cuts the texts of rows to columns so wide, and remembers whether it had to; a number stays whole."""

    def __init__(self, widths: list[int], numeric: list[bool]) -> None:
        self._widths = widths
        self._numeric = numeric
        self.fit = cut
        self.is_cut = False

    def cut(self, cells: list[str]) -> list[str]:
        """The cells there is room for, each no wider than its column."""
        columns = zip(cells, self._widths, self._numeric, strict=False)
        narrow = [cell if right else self.fit(cell, width) for cell, width, right in columns]
        self.is_cut = self.is_cut or (self.fit is cut and narrow != cells[: len(narrow)])
        return narrow

    def told(self) -> list[str]:
        """What is not shown."""
        shown, there = len(self._widths), len(self._numeric)
        columns = [f"{shown} of {there} columns shown"] if shown < there else []
        return [*columns, "long texts are cut"] if self.is_cut else columns


def fitted_widths(widths: Sequence[int], numeric: Sequence[bool], room: int) -> list[int] | None:
    """Widths for which there is room; the widest columns of text give way, numbers never do.

    None where that would leave too little of them.
    """
    fitted = list(widths)
    spare = room - _table_width(widths) + sum(widths)
    spare -= sum(width for width, right in zip(widths, numeric, strict=True) if right)
    texts = sorted((width, place) for place, width in enumerate(widths) if not numeric[place])
    for before, (width, place) in enumerate(texts):
        share = -(-spare // (len(texts) - before))
        fitted[place] = min(width, max(share, _LEAST))
        spare -= fitted[place]
    return fitted if spare >= 0 else None


def least_widths(widths: Sequence[int], numeric: Sequence[bool]) -> list[int]:
    """The widths with every text cut as far as it may be."""
    return [width if right else min(width, _LEAST) for width, right in zip(widths, numeric, strict=True)]


def _as_many(widths: list[int], room: int) -> list[int]:
    """The widths of the first columns, as many as there is room for; the first is always there."""
    count = max(
        (number for number in range(len(widths)) if _table_width(widths[: number + 1]) <= room), default=0
    )
    return widths[: count + 1]


def _table_width(widths: Sequence[int]) -> int:
    return sum(widths) + _BORDERS * len(widths) + 1


def cut(cell: str, width: int) -> str:
    """The cell with every line cut to the width, an ellipsis at its end."""
    if cell.isascii() and len(cell) <= width and "\n" not in cell:
        return cell
    return "\n".join(_cut_line(line, width) for line in cell.split("\n"))


def _cut_line(line: str, width: int) -> str:
    if len(line) <= width and cell_width(line) <= width:
        return line
    return line[: fitting(line, width - 1)] + _ELLIPSIS
