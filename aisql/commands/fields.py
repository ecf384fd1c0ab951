"""The columns of a result as drawings need them: what kind of values each holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf, isfinite
from typing import Literal, TypeAlias

from aisql.errors import UsageError
from aisql.render.chart import MOST_SERIES
from aisql.render.ticks import seconds
from aisql.result import Result, Value
from aisql.suggest import did_you_mean
from aisql.vectors import is_vector

Holds: TypeAlias = Literal["numbers", "times", "texts", "vectors", "nothing but NULL", "other values"]

_TIME = re.compile(r"\d{4}-\d\d(?:-\d\d(?:[ T]\d\d:\d\d.*)?)?")
_LEAST, _MOST = 1e-300, 1e300
"""What is smaller is drawn as 0, what is larger not at all: differences of such numbers may be lost."""
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a result: its name, what it holds beside NULL, and its values."""

    name: str
    holds: Holds
    values: tuple[Value, ...]

    def numbers(self) -> tuple[float | None, ...]:
        """The numbers, infinite where they are too large to be drawn; None for NULL.

        Raises UsageError for a column that holds something else.
        """
        if self.holds != "numbers":
            raise self._refused("numbers")
        return tuple(map(_number, self.values))

    def places(self) -> tuple[float | None, ...]:
        """The same, or times in seconds since 1970."""
        if self.holds != "times":
            return self.numbers()
        return tuple(time_of(value) if isinstance(value, str) else None for value in self.values)

    @property
    def is_sorted(self) -> bool:
        """Whether no number is less than the one before it."""
        known = [number for number in self.numbers() if number is not None]
        return known == sorted(known)

    def texts(self) -> tuple[str, ...]:
        """The values as labels."""
        return tuple("NULL" if value is None else _label(value) for value in self.values)

    def vectors(self) -> tuple[bytes | None, ...]:
        """The vectors, None for NULL. Raises UsageError for a column that holds something else."""
        if self.holds != "vectors":
            raise self._refused("vectors")
        return tuple(value if is_vector(value) else None for value in self.values)

    def _refused(self, wanted: str) -> UsageError:
        text = next((value for value in self.values if isinstance(value, str)), None)
        if text is None:
            return UsageError(f"column {self.name} holds {self.holds}, not {wanted}")
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        hint = "CAST(x AS REAL) makes numbers of texts" if self.holds == "texts" else None
        return UsageError(f"column {self.name} holds {shown!r}, not {wanted}", hint=hint)


def fields_of(result: Result) -> tuple[Field, ...]:
    """The columns of a result; its rows are read."""
    columns = list(zip(*result.rows, strict=True)) or [()] * len(result.columns)
    return tuple(
        Field(column.name, _holds(values), values)
        for column, values in zip(result.columns, columns, strict=True)
    )


def named(fields: Sequence[Field], names: Sequence[str], others: Iterable[str]) -> Iterator[Field]:
    """The fields of these names, in any case. Raises UsageError; `others` may have been meant as well."""
    exact = {field.name: field for field in reversed(fields)}
    folded = {field.name.casefold(): field for field in reversed(fields)}
    for name in names:
        found = exact.get(name) or folded.get(name.casefold())
        if found is None:
            columns = ", ".join(field.name for field in fields)
            hint = did_you_mean(name, [*exact, *others]) or f"its columns: {columns}"
            raise UsageError(f"the result has no column {name}", code="not_found", hint=hint)
        yield found


def left_out(*columns: Sequence[Value]) -> tuple[str, ...]:
    """A line that counts what is not drawn, none where that is nothing."""
    values = [value for column in columns for value in column]
    counts = {
        "NULL": sum(value is None for value in values),
        "infinite": sum(isinstance(value, float) and not isfinite(value) for value in values),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return (f"left out: {told}",) if told else ()


def check_series(fields: Sequence[Field]) -> None:
    """Raises UsageError for more columns than can be told apart."""
    if len(fields) > MOST_SERIES:
        raise UsageError(
            f"{len(fields)} columns are too many to be told apart", hint=f"{MOST_SERIES} at most"
        )


def nothing_in(fields: Sequence[Field]) -> UsageError:
    """What is wrong where nothing of the columns can be drawn."""
    names = ", ".join(field.name for field in fields)
    return UsageError(f"there is nothing but NULL and infinity in {names}")


def time_of(text: str) -> float | None:
    """A date, a moment or a month, `2026-01`, in seconds since 1970; those with a zone in that of UTC."""
    if not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(f"{text}-01" if len(text) == len("2026-01") else text)
        return seconds(time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None))
    except (OverflowError, ValueError):
        return None


def _holds(values: Sequence[Value]) -> Holds:
    known = [value for value in values if value is not None]
    texts = [value for value in known if isinstance(value, str)]
    if not known:
        return "nothing but NULL"
    if all(isinstance(value, int | float) for value in known):
        return "numbers"
    if len(texts) == len(known):
        return "texts" if any(time_of(text) is None for text in texts) else "times"
    return "vectors" if all(map(is_vector, known)) else "other values"


def _number(value: Value) -> float | None:
    if not isinstance(value, int | float):
        return None
    if abs(value) >= _MOST:
        return inf
    return float(value) if abs(value) > _LEAST else 0.0


def _label(value: str | bytes | float) -> str:
    if isinstance(value, bytes):
        return f"X'{value[:_SHOWN].hex().upper()}'"
    return value if isinstance(value, str) else repr(value)
