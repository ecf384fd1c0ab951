"""Points of columns: a number over another one or over time, and vectors in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from math import isfinite
from typing import TypeAlias

from aisql.commands.fields import Field, check_series, left_out, nothing_in
from aisql.errors import UsageError
from aisql.render.chart import MOST_SERIES, Point, Points, Series

Place: TypeAlias = tuple[float | None, float | None]


def line(fields: Sequence[Field]) -> Points:
    """Numbers over those of the first column, or over times; a column alone over its rows."""
    return _points(fields, are_joined=True)


def scatter(fields: Sequence[Field]) -> Points:
    """The same, not joined; or vectors, with columns of texts beside them."""
    if fields[0].holds == "vectors":
        return _projection(fields[0], fields[1:])
    return _points(fields, are_joined=False)


def _points(fields: Sequence[Field], *, are_joined: bool) -> Points:
    texts = [field for field in fields if field.holds == "texts"]
    numbers = [field for field in fields if field.holds != "texts"] or texts
    along, *others = numbers if len(numbers) > 1 else (_rows(len(fields[0].values)), *numbers)
    check_series(others)
    if len(others) > 1 and texts:
        raise UsageError(f"column {texts[0].name} holds texts, which tell the points of one column apart")
    x, columns = along.places(), [field.numbers() for field in others]
    series = tuple(
        each
        for field, y in zip(others, columns, strict=True)
        for each in _told_apart(field.name, list(zip(x, y, strict=True)), texts, are_joined=are_joined)
    )
    if not series:
        raise nothing_in(fields)
    title = f"{', '.join(field.name for field in others)} by {along.name}"
    return Points(title, series, are_joined, along.holds == "times", left_out(x, *columns))


def _rows(count: int) -> Field:
    return Field("row", "numbers", tuple(range(1, count + 1)))


def _told_apart(
    name: str, places: Sequence[Place], texts: Sequence[Field], *, are_joined: bool
) -> tuple[Series, ...]:
    """The points as one series, or as one for each text of a column of few; another column labels them."""
    groups = next((field for field in texts if _tells_apart(field)), None)
    others = [field for field in texts if field is not groups]
    if are_joined and others:
        hint = f"a column of 2 to {MOST_SERIES} different texts does"
        raise UsageError(f"column {others[0].name} does not tell lines apart", hint=hint)
    names = repeat(name) if groups is None else groups.texts()
    labels = others[0].texts() if others else repeat("")
    found: dict[str, list[Point]] = {}
    for (x, y), group, label in zip(places, names, labels, strict=False):
        if x is not None and y is not None and isfinite(x) and isfinite(y):
            found.setdefault(group, []).append(Point(x, y, label))
    for points in found.values() if are_joined else ():
        points.sort(key=lambda point: point.x)
    return tuple(Series(group, tuple(points)) for group, points in found.items())


def _tells_apart(field: Field) -> bool:
    count = len(set(field.values))
    return 1 < count <= MOST_SERIES and count < len(field.values)


def _projection(field: Field, texts: Sequence[Field]) -> Points:
    from aisql.functions.projection import projected  # numpy takes a tenth of a second

    vectors = field.vectors()
    known = [vector for vector in vectors if vector is not None]
    found, share = projected(known, f"column {field.name}")
    points = iter(found)
    places: list[Place] = [(None, None) if vector is None else next(points) for vector in vectors]
    series = _told_apart(field.name, places, texts, are_joined=False)
    title = f"{field.name} in two dimensions, {share:.0%} of the variance"
    return Points(title, series, notes=left_out(vectors))
