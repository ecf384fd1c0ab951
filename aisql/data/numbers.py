"""Types of columns of text, and values of them: fast for many that are alike, exact for each that is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from aisql.result import Value

_WHOLE = re.compile(r" *(?:0|-?[1-9]\d{0,18}) *", re.ASCII)
# A whole number that is too long for SQLite would lose digits as REAL, so it needs a point or an exponent.
_NUMBER = re.compile(
    r" *-?(?:(?:0|[1-9]\d*)?\.\d+(?:[eE][-+]?\d+)?|(?:0|[1-9]\d*)[eE][-+]?\d+|(?i:inf(?:inity)?)) *", re.ASCII
)
# For many at once, each with a line of its own. Whole ones are those that REAL keeps exactly.
_NUMBERS = re.compile(
    r"(?:(?:0|-?[1-9]\d{0,14}|-?(?:0|[1-9]\d*+)(?:\.\d++(?:[eE][-+]?\d++)?|[eE][-+]?\d++))?\n)*+", re.ASCII
)
_INFINITE = re.compile(r" *-?inf(?:inity)? *", re.ASCII | re.IGNORECASE)
_SIGNS = b"0123456789-\n"
_OTHERWISE = re.compile(rb"\n-?0\d|\n-0")
"""How a whole number begins that SQLite would write otherwise."""
_LEAST, _GREATEST = -(2**63), 2**63 - 1
_NO_NUMBERS = frozenset(("NULL", "null", "NA", "N/A", "NaN", "nan", "\\N"))
"""What stands for no number among numbers."""
_WIDTHS = ("", "INTEGER", "REAL", "TEXT")
_SURELY_WHOLE = 18
"""Characters of a whole number that SQLite can keep whatever it is."""

Converter: TypeAlias = Callable[[Sequence[str]], Sequence[Value]]


def whole(text: str) -> int | None:
    """The whole number that a text is, if SQLite can keep it and would write it so, but for blanks around."""
    if _WHOLE.fullmatch(text) and _LEAST <= (number := int(text)) <= _GREATEST:
        return number
    return None


def real(text: str) -> float | int | None:
    """The number that a text is; a whole one that REAL cannot keep exactly stays whole."""
    if _NUMBER.fullmatch(text):
        return float(text)
    number = whole(text)
    return number if number is None or abs(number) >= 10**15 else float(number)


def is_number(text: str) -> bool:
    """Whether a text is a number."""
    return real(text) is not None


def with_infinities(fields: Sequence[str | None]) -> Sequence[Value]:
    """The fields of a column of numbers; infinite ones are numbers, for SQLite makes none of them."""
    text = "".join(filter(None, fields))
    if "n" not in text and "N" not in text:
        return fields
    return [float(field) if field and _INFINITE.fullmatch(field) else field for field in fields]


def type_of(fields: Iterable[str], null: str) -> str:
    """The type of a column with these fields: INTEGER, REAL or TEXT, '' where they say nothing.

    Among numbers NULL, NA and their like say nothing.
    """
    found = ""
    for field in fields:
        if field == null or field in _NO_NUMBERS:
            continue
        if whole(field) is not None:
            found = found or "INTEGER"
        elif _NUMBER.fullmatch(field):
            found = "REAL"
        else:
            return "TEXT"
    return found


def wider(one: str, other: str) -> str:
    """The type of a column that has fields of both types."""
    return max(one, other, key=_WIDTHS.index)


def converter(kind: str, null: str) -> Converter:
    """What makes values of the fields of a column of numbers, INTEGER or REAL; `null` stands for NULL.

    A field that is no number of the type stays the text it is.
    """
    if kind == "INTEGER":
        return lambda fields: _wholes(fields, null)
    return lambda fields: _reals(fields, null)


def _wholes(fields: Sequence[str], null: str) -> Sequence[Value]:
    lines = _lines(fields) if null == "" and max(map(len, fields), default=0) <= _SURELY_WHOLE else ""
    if lines.isascii():
        content = lines.encode()
        if content and not content.translate(None, _SIGNS) and not _OTHERWISE.search(content):
            try:
                return _mapped(int, fields)
            except ValueError:  # a sign alone, or in the middle
                pass
    return [_value(field, null, whole) for field in fields]


def _reals(fields: Sequence[str], null: str) -> Sequence[Value]:
    if null == "" and (lines := _lines(fields)) and _NUMBERS.fullmatch(lines, 1):
        return _mapped(float, fields)
    return [_value(field, null, real) for field in fields]


def _lines(fields: Sequence[str]) -> str:
    """The fields as lines, behind an empty one; '' where one of them is no line."""
    lines = "\n".join(("", *fields, ""))
    return lines if lines.count("\n") == len(fields) + 1 else ""


def _mapped(make: Callable[[str], Value], fields: Sequence[str]) -> Sequence[Value]:
    if "" in fields:
        return [make(field) if field else None for field in fields]
    return list(map(make, fields))


def _value(field: str, null: str, read: Callable[[str], Value]) -> Value:
    if field == null or field in _NO_NUMBERS:
        return None
    number = read(field)
    return field if number is None else number
