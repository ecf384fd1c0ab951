"""Pictures of the last result."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from aisql.commands.base import Command, Shell, words
from aisql.commands.charts import KINDS, chart_of
from aisql.errors import UsageError
from aisql.render.chart import Chart
from aisql.render.plot import drawn
from aisql.result import Result

FILE = "-o"
_MOST_ROWS = 10_000
"""A drawing has no room for more, and memory might not."""


def _plot(shell: Shell, arguments: str) -> None:
    found, file = _without_file(words(arguments))
    kind = found.pop(0).lower() if found and found[0].lower() in KINDS else ""
    if shell.before and shell.settings.dry_run:
        shell.execute(shell.before)  # what it counts is not what was to be drawn
        return
    if shell.before and not shell.collect(shell.before):
        return
    chart = _chart(shell, kind, found)
    if file is None:
        shell.draw(lambda surface: drawn(chart, surface))
        return
    from aisql.render.picture import picture  # few drawings are files

    shell.save(file, picture(chart, file))
    for note in chart.notes:
        shell.warn(note)


def _chart(shell: Shell, kind: str, names: list[str]) -> Chart:
    """What is drawn of the last result, with what there is to say beside it."""
    result, count = shell.last.result(), shell.last.count
    chart = chart_of(Result(result.columns, islice(result.rows, _MOST_ROWS)), kind, names)
    notes = [*chart.notes]
    if count > _MOST_ROWS:
        notes.append(f"drawn are the first {_MOST_ROWS:,} of {count:,} rows")
    if shell.before and shell.view.timing:
        notes.append(f"{shell.seconds:.2f} sec")
    return replace(chart, notes=tuple(notes))


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
        "draw the result of the statement before it, or the last one",
        _plot,
        "A statement right before it is run, and drawn instead of shown; behind a semicolon the last result\n"
        "is drawn.\n"
        f"KIND is one of {', '.join(KINDS)}. Without it, and without columns, what fits is drawn.\n"
        "The first column is along the axis, and each further one of numbers is a series; beside two of\n"
        "numbers, or one of vectors, a column of texts tells series apart. FILE ends in .svg or .png;\n"
        "without one the drawing goes where results go.\n"
        "Example: \\plot line day cost -o cost.svg",
        completes="chart",
        takes_line=True,
        takes_statement=True,
    ),
)
