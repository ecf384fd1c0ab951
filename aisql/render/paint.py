"""Text in a drawing: made harmless, cut to its room, and in the colour of its series."""

from __future__ import annotations

from aisql.render.escape import visible
from aisql.render.narrow import cut
from aisql.render.view import Surface

_COLOURS = (36, 33, 35, 32, 34, 31, 37)
"""As ECMA-48 numbers them, one for each series."""
_LONG = 1_000
"""More of a text is not looked at."""


def painted(text: str, series: int, surface: Surface) -> str:
    """The text in the colour of a series, where there are colours."""
    return f"\x1b[{_COLOURS[series]}m{text}\x1b[0m" if surface.has_colour and text else text


def fitted(text: str, cells: int, surface: Surface) -> str:
    """The text in one line that is safe to show, cut to so many cells."""
    short = cut(visible(text[:_LONG], newline=False), cells)
    return short.replace("…", "~") if surface.is_plain else short
