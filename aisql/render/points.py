"""Points and lines on a terminal, between an axis on the left and one below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from plotille import Canvas

from aisql.render.chart import Point, Points, Series
from aisql.render.escape import cell_width
from aisql.render.paint import fitted, painted
from aisql.render.ticks import Tick, number_ticks, time_ticks
from aisql.render.view import Surface

Cell: TypeAlias = tuple[str, int]
"""A sign, and the number of the series that it belongs to; -1 for none."""

_EMPTY = " ", -1
_NO_DOTS = "\u2800"
_LEAST_COLUMNS, _LEAST_LINES, _MOST_LINES = 10, 4, 30
_AROUND = 5
"""Lines beside those of the points: title, names of series, the axis below and its marks, a note."""
_LABELS = 40
"""So many points may have their label beside them."""
_LABEL_CELLS = 16
_LINES_OF_TICK = 3


@dataclass(frozen=True, slots=True)
class _Frame:
    """So many cells, and the numbers at their ends."""

    columns: int
    lines: int
    x: tuple[float, float]
    y: tuple[float, float]

    def column(self, x: float) -> int:
        """The column of a number."""
        return _dot(x, self.x, 2 * self.columns) // 2

    def line(self, y: float) -> int:
        """The line of a number, from the top."""
        return self.lines - 1 - _dot(y, self.y, 4 * self.lines) // 4

    def canvas(self) -> Canvas:
        """Something to draw on, two dots wide and four high in every cell."""
        (left, right), (low, high) = self.x, self.y
        beyond = (right - left) / (2 * self.columns - 1), (high - low) / (4 * self.lines - 1)
        return Canvas(self.columns, self.lines, left, low, right + beyond[0], high + beyond[1])


def _dot(number: float, between: tuple[float, float], dots: int) -> int:
    low, high = between
    return round((number - low) / (high - low) * (dots - 1))


def lines(chart: Points, signs: str, surface: Surface) -> Iterator[str]:
    """The lines of the drawing, below its title. The series have these signs; '' for dots."""
    height = max(_LEAST_LINES, min(surface.lines, _MOST_LINES) - _AROUND)
    marks = number_ticks(*chart.y_ends, max(2, height // _LINES_OF_TICK))
    margin = max((len(mark.text) for mark in marks), default=0)
    frame = _Frame(max(_LEAST_COLUMNS, surface.columns - margin - 2), height, chart.x_ends, chart.y_ends)
    texts = {frame.line(mark.at): mark.text for mark in marks}
    side, edge = ("|", "+") if surface.is_plain else ("│", "┤")
    for number, row in enumerate(_cells(chart, signs, frame, surface)):
        text = texts.get(number, "")
        yield f"{text:>{margin}} {edge if text else side}{_joined(row, surface)}\n"
    yield from _axis(frame, chart.x_is_time, margin + 1, surface)


def _cells(chart: Points, signs: str, frame: _Frame, surface: Surface) -> list[list[Cell]]:
    cells = [[_EMPTY] * frame.columns for _ in range(frame.lines)]
    for number, series in enumerate(chart.series):
        for row, drawn in zip(cells, _dots(series, frame, chart.are_joined), strict=True):
            for column, sign in enumerate(drawn):
                if sign != _NO_DOTS:
                    row[column] = (signs[number] if signs else sign), number
    labelled = [(point, number) for number, series in enumerate(chart.series) for point in series.points]
    for point, number in labelled[:_LABELS]:
        if point.label:
            _write(fitted(point.label, _LABEL_CELLS, surface), point, number, cells, frame)
    return cells


def _dots(series: Series, frame: _Frame, are_joined: bool) -> list[str]:
    """The lines of one series, in signs of braille."""
    canvas = frame.canvas()
    for point in series.points:
        canvas.point(point.x, point.y)
    if are_joined:
        for one, two in pairwise(series.points):
            canvas.line(one.x, one.y, two.x, two.y)
    drawn: str = canvas.plot("\n")
    return drawn.split("\n")


def _write(label: str, point: Point, series: int, cells: list[list[Cell]], frame: _Frame) -> None:
    """Writes a label beside its point, where there is room for it on one side."""
    row, width, column = cells[frame.line(point.y)], cell_width(label), frame.column(point.x)
    right, left = column + 2, column - 1 - width
    beside = {right: row[column + 1 : right + width + 1], left: row[max(0, left - 1) : column]}
    for start, place in beside.items():
        if 0 <= start <= frame.columns - width and all(cell == _EMPTY for cell in place):
            # A sign that is two cells wide leaves nothing for the second one.
            row[start : start + width] = [(label, series)] + [("", series)] * (width - 1)
            return


def _joined(row: Iterable[Cell], surface: Surface) -> str:
    """The signs of a line, each in the colour of its series, without blanks at the end."""
    pieces = [
        ("".join(sign for sign, _ in run), series) for series, run in groupby(row, lambda cell: cell[1])
    ]
    if pieces and pieces[-1][1] < 0:
        pieces.pop()
    return "".join(text if series < 0 else painted(text, series, surface) for text, series in pieces)


def _axis(frame: _Frame, is_time: bool, margin: int, surface: Surface) -> Iterator[str]:
    """The axis below and what its marks mean."""
    most = max(2, frame.columns // (20 if is_time else 12))
    marks = time_ticks(*frame.x, most) if is_time else number_ticks(*frame.x, most)
    corner, line, edge = "+-+" if surface.is_plain else "└─┬"
    signs, texts, end = [line] * frame.columns, "", 0
    for mark in marks:
        column = frame.column(mark.at)
        start = _start(mark, column, frame.columns)
        if start >= end:
            signs[column] = edge
            texts += " " * (start - len(texts)) + mark.text
            end = len(texts) + 2
    yield f"{' ' * margin}{corner}{''.join(signs)}\n"
    yield f"{' ' * (margin + 1)}{texts}\n"


def _start(mark: Tick, column: int, columns: int) -> int:
    """Where the text of a mark begins: in the middle below it, but not beyond the end."""
    return max(0, min(column - len(mark.text) // 2, columns - len(mark.text)))
