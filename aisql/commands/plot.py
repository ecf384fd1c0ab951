"""Pictures of the last result."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from aisql.commands.base import Command, Shell, words
from aisql.commands.charts import KINDS, chart_of
from aisql.errors import UsageError
from aisql.render.plot import drawn
from aisql.result import Result

FILE = "-o"
_MOST_ROWS = 10_000
"""A drawing has no room for more, and memory might not."""


def _plot(shell: Shell, arguments: str) -> None:
    found, file = _without_file(words(arguments))
    kind = found.pop(0).lower() if found and found[0].lower() in KINDS else ""
    chart = chart_of(_first(shell.last.result()), kind, found)
    if shell.last.count > _MOST_ROWS:
        chart = replace(
            chart, notes=(*chart.notes, f"drawn are the first {_MOST_ROWS:,} of {shell.last.count:,} rows")
        )
    if file is None:
        shell.draw(lambda surface: drawn(chart, surface))
        return
    from aisql.render.picture import picture  # few drawings are files

    shell.save(file, picture(chart, file))
    for note in chart.notes:
        shell.warn(note)


def _first(result: Result) -> Result:
    """The result with so many rows as are drawn."""
    return Result(result.columns, islice(result.rows, _MOST_ROWS))


def _without_file(found: list[str]) -> tuple[list[str], str | None]:
    """The words but for `-o FILE`, and the file, None where none is named."""
    if FILE not in found:
        return found, None
    place = found.index(FILE)
    if found[place + 1 :] == []:
        raise UsageError("the name of a file is missing", hint="\\plot -o chart.svg")
    return found[:place] + found[place + 2 :], found[place + 1]


COMMANDS = (
    Command(
        ("plot",),
        "[KIND] [COLUMN ...] [-o FILE]",
        "draw the last result, on the screen or as a picture",
        _plot,
        f"KIND is one of {', '.join(KINDS)}. Without it, and without columns, what fits is drawn.\n"
        "The first column is along the axis, and each further one of numbers is a series; beside two of\n"
        "numbers, or one of vectors, a column of texts tells series apart. FILE ends in .svg or .png.\n"
        "Example: \\plot line day cost -o cost.svg",
        completes="chart",
    ),
)
