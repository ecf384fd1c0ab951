"""The table of the documentation: ASCII borders, text left, numbers right, a footer that counts.

Widths come from the first 1,000 rows, or from those that are there when the next one lets itself be waited
for; later rows stream and are not held. A later cell that is wider breaks only its own row. On a terminal
nothing is wider than that: what does not fit is cut, or written vertically (`fitting.py`).
"""

from __future__ import annotations

from collections import namedtuple
from time import monotonic

from aisql.render.escape import cell_width, visible
from aisql.vectors import as_json, is_vector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import NamedTuple

    from aisql.render.registry import Options, Stream
    from aisql.result import Result, Row, Value

    class Layout(NamedTuple):
        """How rows of cells are drawn, and what stands above and below them; `cuts` gives what was cut."""

        head: str
        draw: Callable[[list[str]], str]
        foot: str
        cuts: Callable[[], list[str]] = list
else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Layout = namedtuple("Layout", ["head", "draw", "foot", "cuts"], defaults=[list])

_MEASURED_ROWS = 1000
_HELD_BACK = 0.2
"""Seconds after which the first rows are shown although more would be measured."""


def write(result: Result, stream: Stream, options: Options, clock: Callable[[], float] = monotonic) -> None:
    """Writes the result as a table and its footer; without rows only the footer."""
    top = _Top(result, stream, options, clock)
    result.pause = top.pause
    count = 0
    for count, row in enumerate(result.rows, 1):  # the footer tells it
        if 0 < options.rows < count:
            continue
        if top.layout is None:
            top.hold(row)
        else:
            stream.write(top.layout.draw(cell_texts(row, options)))
    if top.rows:
        top.show()
    foot, cuts = ("", []) if top.layout is None else (top.layout.foot, top.layout.cuts())
    stream.write(foot + footer(count, options) + missing(count, cuts, options))


class _Top:
    """The rows the widths come from, held until they are enough or have waited for long."""

    def __init__(self, result: Result, stream: Stream, options: Options, clock: Callable[[], float]) -> None:
        self._result = result
        self._stream = stream
        self._options = options
        self._clock = clock
        self._since = 0.0
        self.rows: list[Row] = []
        self.layout: Layout | None = None
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
        if self.layout is not None:
            self._stream.flush()
        elif self.rows and self._clock() - self._since >= _HELD_BACK:
            self.show()

    def show(self) -> None:
        """Measures and writes the header and the rows."""
        header = header_texts(self._result) if self._options.header else []
        cells = [cell_texts(row, self._options) for row in self.rows]
        widths = _widths([header, *cells] if header else cells)
        numeric = numeric_columns(self.rows, len(widths))
        if self._options.width is None:
            self.layout = layout(header, widths, numeric)
        else:
            from aisql.render.narrow import narrow_layout  # only a terminal needs it

            names, wraps = header_texts(self._result), self._result.listing
            self.layout = narrow_layout(names, widths, numeric, len(cells), self._options, wraps=wraps)
        self.rows.clear()
        self._stream.write(self.layout.head)
        self._stream.writelines(map(self.layout.draw, cells))
        self._stream.flush()


def layout(header: list[str], widths: list[int], numeric: list[bool]) -> Layout:
    """The layout of a table with columns so wide; without a header where that has no texts."""
    draw = drawing(widths, numeric)
    border = f"+{'+'.join('-' * (width + 2) for width in widths)}+\n"
    return Layout(border + (draw(header) + border if header else ""), draw, border)


def footer(count: int, options: Options) -> str:
    """The line below a table: how many rows, and how long it took where that is wanted."""
    rows = f"{count} row{'' if count == 1 else 's'} in set" if count else "Empty set"
    return f"{rows}\n" if options.timing is None else f"{rows} ({options.timing():.2f} sec)\n"


def missing(count: int, cuts: list[str], options: Options) -> str:
    """The line that says what is not shown of so many rows, '' where all is."""
    told = [f"{options.rows} of {count} rows shown"] if 0 < options.rows < count else []
    told += cuts
    return f"{', '.join(told)}; {options.whole}\n" if told else ""


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


def cell_texts(row: Row, options: Options) -> list[str]:
    """The values of a row as text that is safe to show; a newline in it starts a new line of the cell."""
    if options.images is not None:
        row = tuple(map(options.images, row))
    if options.null is not None:
        row = tuple([options.null if value is None else value for value in row])
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


def drawing(widths: list[int], numeric: list[bool]) -> Callable[[list[str]], str]:
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
