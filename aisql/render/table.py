"""The table of the documentation: ASCII borders, text left, numbers right, a footer that counts.

Widths come from the first 1,000 rows, or from those that are there when the next one lets itself be waited
for; later rows stream and are not held. A later cell that is wider breaks only its own row.
"""

from __future__ import annotations

from time import monotonic

from aisql.render.escape import cell_width, visible
from aisql.vectors import as_json, is_vector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row, Value

_MEASURED_ROWS = 1000
_HELD_BACK = 0.2
"""Seconds after which the first rows are shown although more would be measured."""


def write(result: Result, stream: Stream, options: Options, clock: Callable[[], float] = monotonic) -> None:
    """Writes the result as a table and its footer; without rows only the footer."""
    top = _Top(result, stream, clock)
    result.pause = top.pause
    count = 0
    for count, row in enumerate(result.rows, 1):  # noqa: B007 # the footer tells it
        if top.draw is None:
            top.hold(row)
        else:
            stream.write(top.draw(cell_texts(row)))
    if top.rows:
        top.show()
    stream.write(top.border + footer(count, options))


class _Top:
    """The rows the widths come from, held until they are enough or have waited for long."""

    def __init__(self, result: Result, stream: Stream, clock: Callable[[], float]) -> None:
        self._header = header_texts(result)
        self._stream = stream
        self._clock = clock
        self._since = 0.0
        self.rows: list[Row] = []
        self.border = ""
        self.draw: Callable[[list[str]], str] | None = None
        """Draws the rows that come after the top; None while rows are held."""

    def hold(self, row: Row) -> None:
        """Takes one of the first rows."""
        if not self.rows:
            self._since = self._clock()
        self.rows.append(row)
        if len(self.rows) == _MEASURED_ROWS:
            self.show()

    def pause(self) -> None:
        """Shows what there is before a wait, unless the first row has only just come."""
        if self.draw is not None:
            self._stream.flush()
        elif self.rows and self._clock() - self._since >= _HELD_BACK:
            self.show()

    def show(self) -> None:
        """Measures and writes the header and the rows."""
        cells = [cell_texts(row) for row in self.rows]
        widths = _widths([self._header, *cells])
        self.draw = _drawing(widths, numeric_columns(self.rows, len(self._header)))
        self.border = f"+{'+'.join('-' * (width + 2) for width in widths)}+\n"
        self.rows.clear()
        self._stream.write(f"{self.border}{self.draw(self._header)}{self.border}")
        self._stream.writelines(map(self.draw, cells))
        self._stream.flush()


def footer(count: int, options: Options) -> str:
    """The line below a table: how many rows, and how long it took where that is wanted."""
    rows = f"{count} row{'' if count == 1 else 's'} in set" if count else "Empty set"
    return f"{rows}\n" if options.timing is None else f"{rows} ({options.timing():.2f} sec)\n"


def numeric_columns(rows: Sequence[Row], count: int) -> list[bool]:
    """Which of the `count` columns hold numbers: at least one, and beside numbers only NULLs."""
    return [_is_numeric([row[index] for row in rows]) for index in range(count)]


def _is_numeric(values: list[Value]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def header_texts(result: Result) -> list[str]:
    """The names of the columns, safe to show; each as high as the highest and standing at the bottom.

    The name of an expression is its source text, so it may have several lines.
    """
    names = ["\n".join(map(str.rstrip, visible(column.name).split("\n"))) for column in result.columns]
    height = max(name.count("\n") for name in names)
    return ["\n" * (height - name.count("\n")) + name for name in names]


def cell_texts(row: Row) -> list[str]:
    """The values of a row as text that is safe to show; a newline in it starts a new line of the cell."""
    return [visible(value) if isinstance(value, str) else _text(value) for value in row]


def _text(value: float | bytes | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return as_json(value) if is_vector(value) else f"X'{value.hex().upper()}'"
    return repr(value)


def _widths(rows: Iterable[list[str]]) -> list[int]:
    return [max(map(_widest_line, column)) for column in zip(*rows, strict=True)]


def _widest_line(cell: str) -> int:
    return max(map(cell_width, cell.split("\n"))) if "\n" in cell else cell_width(cell)


def _drawing(widths: list[int], numeric: list[bool]) -> Callable[[list[str]], str]:
    """The function that draws one row of cells."""
    aligned = zip(widths, numeric, strict=True)
    fields = [f"{{:{'>' if right else '<'}{width}}}" if width else "{}" for width, right in aligned]
    plain = f"| {' | '.join(fields)} |\n"

    def draw(cells: list[str]) -> str:
        joined = "".join(cells)
        if joined.isascii() and "\n" not in joined:
            return plain.format(*cells)
        return "".join(_lines(cells, widths, numeric))

    return draw


def _lines(cells: list[str], widths: list[int], numeric: list[bool]) -> Iterable[str]:
    """The lines of a row as high as its highest cell."""
    columns = [cell.split("\n") for cell in cells]
    for number in range(max(map(len, columns))):
        line = [column[number] if number < len(column) else "" for column in columns]
        yield f"| {' | '.join(map(_padded, line, widths, numeric))} |\n"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_width(text))
    return space + text if right else text + space
