"""Bars of columns: of their rows, of how often each value is there, of ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil, floor, isfinite, log2

from aisql.commands.fields import Field, check_series, left_out, nothing_in
from aisql.errors import UsageError
from aisql.render.chart import Bars
from aisql.render.ticks import number_writer, step_of

MOST_BARS = 40
_MOST_RANGES = 20
_NEAR = 1e-9


def bar(fields: Sequence[Field]) -> Bars:
    """A bar for each row; of a column that stands alone one for each of its values, with their number."""
    labels, *others = fields
    if not others:
        return _counts(labels)
    check_series(others)
    numbers = [field.numbers() for field in others]
    rows = [
        (label, [value for value in values if value is not None and isfinite(value)])
        for label, *values in zip(labels.texts(), *numbers, strict=True)
    ]
    kept = [(label, known) for label, known in rows if len(known) == len(others)]
    if not kept:
        raise nothing_in(others)
    texts, values = zip(*kept[:MOST_BARS], strict=True)
    names = [field.name for field in others]
    return Bars(
        f"{', '.join(names)} by {labels.name}",
        texts,
        tuple(zip(names, zip(*values, strict=True), strict=True)),
        (*left_out(*numbers), *_cut(len(kept))),
    )


def histogram(fields: Sequence[Field]) -> Bars:
    """A bar for each range of numbers: how many rows have one of them."""
    if len(fields) > 1:
        raise UsageError(f"a histogram is of one column, not {len(fields)}")
    numbers = fields[0].numbers()
    known = [number for number in numbers if number is not None and isfinite(number)]
    if not known:
        raise nothing_in(fields)
    return _rows_by(fields[0].name, _ranges(known), left_out(numbers))


def _counts(field: Field) -> Bars:
    """The most frequent values first."""
    values = zip(field.texts(), field.values, strict=True)
    counts = Counter(text for text, value in values if value is not None)
    if not counts:
        raise nothing_in([field])
    return _rows_by(field.name, counts.most_common(MOST_BARS), (*left_out(field.values), *_cut(len(counts))))


def _ranges(numbers: Sequence[float]) -> list[tuple[str, int]]:
    """How many numbers each range holds, its lower end too, and the last range also its upper one.

    Few whole numbers have a bar each.
    """
    low, high = min(numbers), max(numbers)
    if low == high:
        return [(f"{low:.15g}", len(numbers))]
    if high - low < _MOST_RANGES and all(number.is_integer() for number in numbers):
        counts = Counter(map(int, numbers))
        return [(str(number), counts[number]) for number in range(int(low), int(high) + 1)]
    step = step_of(high - low, min(_MOST_RANGES, max(5, ceil(log2(len(numbers))) + 1)))
    first, last = floor(low / step + _NEAR), ceil(high / step - _NEAR) - 1
    counts = Counter(min(floor(number / step + _NEAR), last) for number in numbers)
    text = number_writer(step, max(abs(low), abs(high)))
    return [
        (f"{text(place * step)} to {text((place + 1) * step)}", counts[place])
        for place in range(first, last + 1)
    ]


def _rows_by(name: str, counts: Sequence[tuple[str, int]], notes: tuple[str, ...]) -> Bars:
    labels, numbers = zip(*counts, strict=True)
    return Bars(f"rows by {name}", labels, (("rows", numbers),), notes)


def _cut(there: int) -> tuple[str, ...]:
    return (f"{MOST_BARS} of {there} bars are drawn",) if there > MOST_BARS else ()
