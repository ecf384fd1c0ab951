"""Bars on a terminal: a line for each, its label before it and its number behind."""

from __future__ import annotations

from collections.abc import Iterator

from aisql.render.chart import Bars
from aisql.render.escape import cell_width
from aisql.render.paint import fitted, painted
from aisql.render.view import Surface

_PARTS = "▏▎▍▌▋▊▉█"
"""The last cell of a bar, in eighths."""
_FILLS = "█▓▒░▚▞▤"
_PLAIN_FILLS = "#=+-*o~"
_EXACT = 1e15
"""Whole numbers below it are written with all their digits."""
_LEAST = 10
"""A bar has at least so many cells where there is room for them."""


def lines(chart: Bars, surface: Surface) -> Iterator[str]:
    """The lines of the drawing, below its title."""
    texts = [[_text(number) for number in numbers] for _, numbers in chart.series]
    widest = max(len(text) for series in texts for text in series)
    room = max(1, min(surface.columns // 3, surface.columns - widest - _LEAST))
    labels = [fitted(label, room, surface) for label in chart.labels]
    width = max(map(cell_width, labels))
    scale = _Scale(chart, max(1, surface.columns - width - widest - 3))
    for place, label in enumerate(labels):
        for number, (_, values) in enumerate(chart.series):
            bar = scale.bar(values[place], number, surface)
            head = label if number == 0 else ""
            padding = " " * (width - cell_width(head))
            yield f"{head}{padding} {bar} {texts[number][place]}\n"


def fills(surface: Surface) -> str:
    """What bars are filled with, a sign for each series."""
    return _PLAIN_FILLS if surface.is_plain else _FILLS


def _text(number: float) -> str:
    return f"{number:.0f}" if float(number).is_integer() and abs(number) < _EXACT else f"{number:.6g}"


class _Scale:
    """Turns numbers into bars in so many cells; those below zero go to the left."""

    def __init__(self, chart: Bars, cells: int) -> None:
        numbers = [number for _, values in chart.series for number in values]
        low, high = min(0.0, *numbers), max(0.0, *numbers)
        self._unit = (high - low) / cells or 1.0
        self._left = round(-low / self._unit)

    def bar(self, number: float, series: int, surface: Surface) -> str:
        """The bar of a number, with the blanks that bring it to its place."""
        fill = fills(surface)[series]
        length = abs(number) / self._unit
        if number < 0:
            cells = min(self._left, max(1, round(length)))
            return " " * (self._left - cells) + painted(fill * cells, series, surface)
        if fill == _FILLS[0]:
            whole, part = divmod(round(length * 8) or (number > 0), 8)
            drawn = fill * whole + (_PARTS[part - 1] if part else "")
        else:
            drawn = fill * (round(length) or (number > 0))
        return " " * self._left + painted(drawn, series, surface)
