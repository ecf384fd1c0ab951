"""Drawings on a terminal: a title, what is drawn, and what is not."""

from __future__ import annotations

from collections.abc import Iterator

from aisql.render import bars
from aisql.render.chart import Bars, Chart, Points
from aisql.render.paint import fitted, painted
from aisql.render.view import Surface

_MARKERS = "*+xo#@%"
_DOTS = "⣿"
_FEW = 200
"""So few points get a sign each; more are dots."""


def drawn(chart: Chart, surface: Surface) -> Iterator[str]:
    """The lines of a drawing, each with its newline; all in them is safe to show."""
    yield f"{fitted(chart.title, surface.columns, surface)}\n"
    if isinstance(chart, Bars):
        yield from _legend(chart.names, bars.fills(surface), surface)
        yield from bars.lines(chart, surface)
    else:
        from aisql.render.points import lines  # plotille is there for points alone

        signs = _signs(chart, surface)
        yield from _legend(chart.names, signs or _DOTS * 7, surface)
        yield from lines(chart, signs, surface)
    for note in chart.notes:
        yield f"{fitted(note, surface.columns, surface)}\n"


def _legend(names: list[str], signs: str, surface: Surface) -> Iterator[str]:
    """The names of several series, each behind its sign."""
    if len(names) > 1:
        room = max(1, surface.columns // len(names) - 4)
        entries = (
            painted(f"{sign} {fitted(name, room, surface)}", number, surface)
            for number, (name, sign) in enumerate(zip(names, signs, strict=False))
        )
        yield f"{'  '.join(entries)}\n"


def _signs(chart: Points, surface: Surface) -> str:
    """A sign for each series; '' for dots, where they tell enough."""
    are_told = len(chart.series) == 1 or (chart.are_joined and surface.has_colour)
    are_many = chart.are_joined or sum(1 for _ in chart) > _FEW
    return "" if are_told and are_many and not surface.is_plain else _MARKERS
