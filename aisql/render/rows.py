"""Rows as text: the first at once, then as many together as come without a wait."""

from __future__ import annotations

from time import monotonic

from aisql.render.escape import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row

_MOST_ROWS = 100
_MOST_CHARACTERS = 32_768
_HELD_BACK = 0.1
"""Seconds after which rows are shown although more would be written together."""


def write_rows(
    result: Result,
    stream: Stream,
    text: Callable[[Sequence[Row]], str],
    head: str = "",
    clock: Callable[[], float] = monotonic,
    *,
    most: int = 0,
) -> int:
    """Writes the head and the rows, of which `text` makes text; gives their number.

    Of more than `most` the others are only counted; 0 is for all.

    Nothing is written before the first row is known or known to be missing. What came before a row that fails
    is written.
    """
    held = Held(stream, text, clock)
    result.pause = held.show
    first = next(result.rows, None)
    stream.write(head)
    if first is None:
        return 0
    count = 1
    with held:
        held.add(first)
        held.show()
        for count, row in enumerate(result.rows, 2):
            if not 0 < most < count:
                held.add(row)
    return count


class Held:
    """Rows that are about to be written: no more than came in a moment, or than a buffer holds."""

    def __init__(
        self, stream: Stream, text: Callable[[Sequence[Row]], str], clock: Callable[[], float]
    ) -> None:
        self._stream = stream
        self._text = text
        self._clock = clock
        self._rows: list[Row] = []
        self._most = 1  # how long a row is shows the first one
        self._due = 0.0

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: object) -> None:
        """Writes what is held, also where the next row has failed."""
        self._write()

    def add(self, row: Row) -> None:
        """Takes a row."""
        self._rows.append(row)
        if len(self._rows) >= self._most:
            self._write()
        elif self._clock() > self._due:
            self.show()

    def show(self) -> None:
        """Writes the rows and has the stream show them."""
        self._write()
        self._stream.flush()

    def _write(self) -> None:
        """Writes the rows; how many may be held then comes from how long their text was."""
        self._due = self._clock() + _HELD_BACK
        if not self._rows:
            return
        number, text = len(self._rows), self._text(self._rows)
        self._rows.clear()
        self._most = max(1, min(_MOST_ROWS, _MOST_CHARACTERS * number // (len(text) + 1)))
        self._stream.write(text)


def shown(rows: Sequence[Row], options: Options) -> Sequence[Row]:
    """The rows with the text for NULL where one is wanted, and on a terminal with nothing unsafe in them."""
    null = options.null
    if null is not None:
        rows = [tuple([null if value is None else value for value in row]) for row in rows]
    if options.terminal:
        rows = [tuple([visible(each) if isinstance(each, str) else each for each in row]) for row in rows]
    return rows
