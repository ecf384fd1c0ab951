"""Errors and warnings of a text, with the place they speak of."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aisql.errors import AisqlError


class Place:
    """Where a statement or a command stands: an offset of a text, which has a name where it is a script."""

    def __init__(self, text: str, name: str | None, start: int) -> None:
        self._text = text
        self._name = name
        self._start = start

    @property
    def _line(self) -> int:
        from aisql.syntax.split import line_of

        return line_of(self._text, self._start)

    def drawn(self, error: AisqlError, paint: Callable[[str], str] | None, width: int | None) -> str:
        """The error as text; `paint` colours SQL, None for no colours, `width` is that of a terminal."""
        from aisql.render.diagnostics import draw  # only a mistake needs it

        return draw(
            error,
            source=self._text,
            name=self._name,
            line=self._line,
            start=self._start,
            paint=paint,
            width=width,
        )

    def warn(self, notices: Iterable[str], say: Callable[[str], None]) -> None:
        """Says every notice."""
        from aisql.render.diagnostics import warning

        for notice in notices:
            say(warning(notice, self._name, self._line))


def done(changes: int | None) -> str:
    """What is said of a statement that gives no rows, and has changed so many."""
    if changes is None:
        return "OK"
    return f"OK, {changes} row{'' if changes == 1 else 's'} changed"


def bug(error: Exception) -> str:
    """What is said of an error that is none of the user's."""
    told = f"aisql: internal error: {type(error).__name__}: {error}"
    return f"{told}\nhint: this is a bug of aisql, please report it"
