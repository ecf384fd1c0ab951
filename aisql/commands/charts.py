"""What drawing there is of a result: the kind that fits, and the columns that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from aisql.commands.bar_charts import bar, histogram
from aisql.commands.fields import Field, fields_of, named
from aisql.commands.point_charts import line, scatter
from aisql.errors import UsageError
from aisql.render.chart import Chart
from aisql.result import Result

KINDS: Mapping[str, Callable[[Sequence[Field]], Chart]] = MappingProxyType(
    {"bar": bar, "line": line, "histogram": histogram, "scatter": scatter}
)
"""The kinds of drawings, and what makes them of columns."""


def chart_of(result: Result, kind: str, names: Sequence[str]) -> Chart:
    """The chart of a result, of the named columns or of those that fit; '' is the kind that fits.

    Raises UsageError for columns that cannot be drawn so, and where there is nothing to draw.
    """
    fields = fields_of(result)
    if not fields[0].values:
        raise UsageError("the result has no rows to draw")
    chosen = tuple(named(fields, names, KINDS))
    kind = kind or _fitting(chosen or fields)
    return KINDS[kind](_in_order(kind, chosen) if chosen else _suited(kind, fields))


def _fitting(fields: Sequence[Field]) -> str:
    """The kind of drawing that fits the columns."""
    numbers, times, texts, vectors = _sorted_out(fields)
    if vectors:
        return "scatter"
    if times and numbers:
        return "line"
    if texts and numbers:
        return "bar"
    if len(numbers) > 1:
        return "line" if numbers[0].is_sorted else "scatter"
    if numbers:
        return "histogram"
    if texts or times:
        return "bar"
    raise UsageError("the result holds nothing to draw", hint="\\plot draws numbers, texts and vectors")


def _suited(kind: str, fields: Sequence[Field]) -> tuple[Field, ...]:
    """Of all columns those that the kind takes. Raises UsageError where there is none."""
    numbers, times, texts, vectors = _sorted_out(fields)
    labels = texts[:1] or times[:1]
    if kind == "scatter" and vectors:
        return (*vectors[:1], *texts)
    if kind == "bar" and labels:
        behind = [field for field in numbers if fields.index(field) > fields.index(labels[0])]
        return (*labels, *(behind or numbers)[:1])
    if not numbers:
        raise UsageError("the result has no column of numbers")
    if kind == "histogram":
        return tuple(numbers[:1])
    return (*times[:1], *numbers)[:2]


def _in_order(kind: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The columns, first the one along the axis: lines go along times, bars stand at texts."""
    _, times, texts, _ = _sorted_out(fields)
    first = {"line": times, "bar": texts or times}.get(kind) or fields
    return (first[0], *(field for field in fields if field is not first[0]))


def _sorted_out(fields: Sequence[Field]) -> tuple[list[Field], ...]:
    """The columns of numbers, of times, of texts and of vectors."""
    kinds = ("numbers", "times", "texts", "vectors")
    return tuple([field for field in fields if field.holds == kind] for kind in kinds)
