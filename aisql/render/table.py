"""The table of the documentation: ASCII borders, text left, numbers right, a footer that counts.

Widths come from the first 1,000 rows; later rows stream and are not held. A later cell that is wider
breaks only its own row.
"""

from __future__ import annotations

from itertools import islice

from aisql.render.escape import cell_width, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO

    from aisql.render.registry import Options
    from aisql.result import Result, Row, Value

_MEASURED_ROWS = 1000


def write(result: Result, stream: TextIO, options: Options) -> None:
    """Writes the result as a table and its footer; without rows only the footer."""
    measured = list(islice(result.rows, _MEASURED_ROWS))
    if not measured:
        stream.write(footer(0, options))
        return
    header = header_texts(result)
    cells = [cell_texts(row) for row in measured]
    widths = _widths([header, *cells])
    draw = _drawing(widths, numeric_columns(measured, len(header)))
    border = f"+{'+'.join('-' * (width + 2) for width in widths)}+\n"
    stream.write(f"{border}{draw(header)}{border}")
    stream.writelines(map(draw, cells))
    stream.flush()
    count = len(measured)
    del measured, cells
    for row in result.rows:
        stream.write(draw(cell_texts(row)))
        count += 1
    stream.write(border + footer(count, options))


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
    return f"X'{value.hex().upper()}'" if isinstance(value, bytes) else repr(value)


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
