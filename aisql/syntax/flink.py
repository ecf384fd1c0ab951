"""What Flink SQL writes into an expression of SQLite's: casts to its types, and moments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lark import Token

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.blocks import inner, is_call, keywords, name_of, text_of
from aisql.syntax.tokens import Element, span_of

COLUMN_TYPES = frozenset(("STRING", "BYTES", "BINARY", "VARBINARY", "VARIANT", "TIMESTAMP_LTZ"))
_CAST_TYPES = COLUMN_TYPES | frozenset(("BOOLEAN", "DATE", "TIME", "TIMESTAMP"))
_FRACTION = re.compile(r"\.\d+")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What SQLite does not know, and `sql`, which stands there for it."""

    span: Span
    sql: str


# ---------------------------------------------------------------- moments


def moment(token: Token) -> Replacement:
    """`DATE '...'`, `TIME '...'` or `TIMESTAMP '...'`: SQLite's functions of time read the text.

    Raises SyntaxProblem where there is no such day or time.
    """
    word, content, _ = token.split("'")
    kind = word.strip().upper()
    text = _FRACTION.sub("", content)
    try:
        datetime.fromisoformat(f"2000-01-01 {text}" if kind == "TIME" else text)
    except ValueError:
        raise SyntaxProblem(f"there is no {kind.lower()} '{content}'", span=span_of(token)) from None
    return Replacement(span_of(token), f"'{content}'")


# ---------------------------------------------------------------- casts


def cast_parts(name: str, element: Element) -> tuple[Sequence[Element], Span] | None:
    """The value and the place of the type of TRY_CAST, or of a CAST that SQLite would read as another type.

    None for anything else.
    """
    if name not in {"cast", "try_cast"}:
        return None
    elements = inside(element)
    names = keywords(elements)
    if "AS" not in names[1:-1]:
        return None
    place = len(names) - 1 - names[::-1].index("AS")
    value, type_ = elements[:place], elements[place + 1 :]
    if not value or not type_ or (name == "cast" and not is_flink(type_, _CAST_TYPES)):
        return None
    return value, span_from(type_)


def inside(element: Element) -> Sequence[Element]:
    """The elements in a bracket, without the name before it."""
    return inner(element)[is_call(element) :]


def is_flink(elements: Sequence[Element], words: frozenset[str]) -> bool:
    """Whether a type is one that SQLite does not know, or one of the words it would take for a number."""
    names = [name_of(element) for element in elements]
    return (
        names[0] in words
        or any(text_of(element) == "<" for element in elements)
        or (names[0] in {"ROW", "RAW"} and is_call(elements[0]))
        or (names[0] == "INTERVAL" and len(names) > 1)
        or "ZONE" in names[1:]
        or (names[-1] in {"ARRAY", "MULTISET"} and len(names) > 1)
    )


def span_from(elements: Sequence[Element]) -> Span:
    """The place of a row of elements."""
    return Span(span_of(elements[0]).start, span_of(elements[-1]).end)
