"""The table of the documentation: ASCII borders, text left, numbers right, a footer that counts.

Other kinds of tables are the same with another `Look`.

Widths come from the first 1,000 rows, or from those that are there when the next one lets itself be waited
for; later rows stream and are not held. A later cell that is wider breaks only its own row. On a terminal
nothing is wider than that: what does not fit is cut, or written vertically (`narrow.py`).
"""

from __future__ import annotations

from collections import namedtuple
from time import monotonic

from aisql.render.escape import cell_width, visible
from aisql.render.rows import Held
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

    class Look(NamedTuple):
        """What tells kinds of tables apart.

        `bar` stands between cells. `lines` gives what is above, below the header and below the rows, for the
        widths of columns and whether they hold numbers. `header` and `cells` give texts of the header, none
        where there is none, and of a row. No column is narrower than `least`. `is_bare`: no footer, and a
        header also where there are no rows.
        """

        bar: str
        lines: Callable[[list[int], list[bool]], tuple[str, str, str]]
        header: Callable[[Result, Options], list[str]]
        cells: Callable[[Row, Options], list[str]]
        least: int = 0
        is_bare: bool = False

else:
    # typing.NamedTuple would cost every start of the program the import of typing.
    Layout = namedtuple("Layout", ["head", "draw", "foot", "cuts"], defaults=[list])
    Look = namedtuple("Look", ["bar", "lines", "header", "cells", "least", "is_bare"], defaults=[0, False])

_MEASURED_ROWS = 1000
_HELD_BACK = 0.2
"""Seconds after which the first rows are shown, before a wait, although more would be measured."""
_SLOW = 1.0
"""Seconds after which they are shown without one."""


def write(
    result: Result,
    stream: Stream,
    options: Options,
    clock: Callable[[], float] = monotonic,
    look: Look | None = None,
) -> None:
    """Writes the result as a table and its footer; without rows only the footer."""
    look = look or ASCII
    top = _Top(result, stream, options, clock, look)
    result.pause = top.pause
    count = 0
    with top.rest:
        for count, row in enumerate(result.rows, 1):  # the footer tells it
            if 0 < options.rows < count:
                continue
            if top.layout is None:
                top.hold(row)
            else:
                top.rest.add(row)
    if top.rows or (look.is_bare and top.layout is None):
        top.show()
    foot, cuts = ("", []) if top.layout is None else (top.layout.foot, top.layout.cuts())
    told = "" if look.is_bare else footer(count, options) + missing(count, cuts, options)
    stream.write(foot + told)


class _Top:
    """The rows the widths come from, held until they are enough or have waited for long."""

    def __init__(
        self, result: Result, stream: Stream, options: Options, clock: Callable[[], float], look: Look
    ) -> None:
        self._look = look
        self._result = result
        self._stream = stream
        self._options = options
        self._clock = clock
        self._since = 0.0
        self.rows: list[Row] = []
        self.layout: Layout | None = None
        """Draws the rows that come after the top; None while rows are held."""
        self.rest = Held(stream, self._text, clock)

    def _text(self, rows: Sequence[Row]) -> str:
        assert self.layout is not None  # noqa: S101 # there is no rest before the top is shown
        return "".join([self.layout.draw(self._look.cells(row, self._options)) for row in rows])

    def hold(self, row: Row) -> None:
        """Takes one of the first rows."""
        if not self.rows:
            self._since = self._clock()
        self.rows.append(row)
        if len(self.rows) == _MEASURED_ROWS or self._clock() - self._since >= _SLOW:
            self.show()

    def pause(self) -> None:
        """Shows what there is before a wait, unless the first row has only just come."""
        if self.layout is not None:
            self.rest.show()
        elif self.rows and self._clock() - self._since >= _HELD_BACK:
            self.show()

    def show(self) -> None:
        """Measures and writes the header and the rows."""
        header = self._look.header(self._result, self._options)
        cells = [self._look.cells(row, self._options) for row in self.rows]
        widths = _widths([header, *cells] if header else cells, self._look.least)
        numeric = numeric_columns(self.rows, len(widths))
        if self._options.width is None:
            self.layout = layout(header, widths, numeric, self._look)
        else:
            from aisql.render.narrow import narrow_layout  # only a terminal needs it

            self.layout = narrow_layout(
                header_texts(self._result), widths, numeric, len(cells), self._options, self._look
            )
        self.rows.clear()
        self._stream.write(self.layout.head)
        self._stream.writelines(map(self.layout.draw, cells))
        self._stream.flush()


def layout(header: list[str], widths: list[int], numeric: list[bool], look: Look) -> Layout:
    """The layout of a table with columns so wide; without a header where that has no texts."""
    draw = drawing(widths, numeric, look.bar)
    top, middle, bottom = look.lines(widths, numeric)
    return Layout(top + (draw(header) + middle if header else ""), draw, bottom)


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
    texts = [value if isinstance(value, str) else _text(value) for value in row]
    joined = "".join(texts)
    return texts if joined.isascii() and joined.isprintable() else list(map(visible, texts))


def _text(value: float | bytes | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return as_json(value) if is_vector(value) else f"X'{value.hex().upper()}'"
    return repr(value)


def _widths(rows: Iterable[list[str]], least: int) -> list[int]:
    return [max(least, *map(_widest_line, column)) for column in zip(*rows, strict=True)]


def _widest_line(cell: str) -> int:
    return max(map(cell_width, cell.split("\n"))) if "\n" in cell else cell_width(cell)


def drawing(widths: list[int], numeric: list[bool], bar: str) -> Callable[[list[str]], str]:
    """The function that draws one row of cells with bars around them."""
    aligned = zip(widths, numeric, strict=True)
    fields = [f"{{:{'>' if right else '<'}{width}}}" if width else "{}" for width, right in aligned]
    plain = f"{bar} {f' {bar} '.join(fields)} {bar}\n"

    def draw(cells: list[str]) -> str:
        joined = "".join(cells)
        if "\n" in joined:
            return "".join(_lines(cells, widths, numeric, bar))
        if joined.isascii():
            return plain.format(*cells)
        return f"{bar} {f' {bar} '.join(map(_padded, cells, widths, numeric))} {bar}\n"

    return draw


def _lines(cells: list[str], widths: list[int], numeric: list[bool], bar: str) -> Iterable[str]:
    """The lines of a row as high as its highest cell."""
    columns = [cell.split("\n") for cell in cells]
    for number in range(max(map(len, columns))):
        line = [column[number] if number < len(column) else "" for column in columns]
        yield f"{bar} {f' {bar} '.join(map(_padded, line, widths, numeric))} {bar}\n"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_width(text))
    return space + text if right else text + space


def framed(bar: str, *lines: str) -> Look:
    """A look with a frame; its lines have four signs each: left, along, where a bar meets it, right."""

    def drawn(widths: list[int], _numeric: list[bool]) -> tuple[str, str, str]:
        top, middle, bottom = (_line(signs, widths) for signs in lines)
        return top, middle, bottom

    return Look(
        bar, drawn, lambda result, options: header_texts(result) if options.header else [], cell_texts
    )


def _line(signs: str, widths: list[int]) -> str:
    left, along, crossing, right = tuple(signs)
    return f"{left}{crossing.join(along * (width + 2) for width in widths)}{right}\n"


ASCII = framed("|", "+-++", "+-++", "+-++")
BOX = framed("│", "┌─┬┐", "├─┼┤", "└─┴┘")
