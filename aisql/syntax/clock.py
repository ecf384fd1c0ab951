"""Where SQLite would read the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from aisql.errors import Span
from aisql.syntax.blocks import arguments_of, is_function, keywords, name_of, text_of
from aisql.syntax.tokens import Element, span_of

MomentKind: TypeAlias = Literal["now", "empty", "format", "timestamp", "date", "time"]

_TIMES = frozenset(("DATE", "TIME", "DATETIME", "JULIANDAY", "UNIXEPOCH"))
_WORDS: Mapping[str, MomentKind] = {
    "CURRENT_TIMESTAMP": "timestamp",
    "CURRENT_DATE": "date",
    "CURRENT_TIME": "time",
}


def moments(elements: Sequence[Element], index: int) -> Iterator[tuple[Span, MomentKind]]:
    """The places of an element itself, not inside its arguments, where SQLite would read the clock."""
    element, name = elements[index], name_of(elements[index])
    if is_function(elements, index):
        yield from _moments_of_call(element, name)
        return
    around = keywords(elements[max(index - 1, 0) : index + 2])  # t.current_date is a column
    if name in _WORDS and name in around and (index == 0 or around[0] != "AS"):
        yield span_of(element), _WORDS[name]


def _moments_of_call(call: Element, name: str) -> Iterator[tuple[Span, MomentKind]]:
    arguments, end = list(arguments_of(call)), span_of(call).end - 1
    if name in _TIMES and not arguments:
        yield Span(end, end), "empty"
    if name == "STRFTIME" and len(arguments) == 1:
        end = span_of(arguments[0]).end
        yield Span(end, end), "format"
    times = arguments[:1] if name in _TIMES else arguments[1:2] if name == "STRFTIME" else ()
    for argument in arguments[:2] if name == "TIMEDIFF" else times:
        if len(argument.children) == 1 and text_of(argument.children[0]).lower() == "'now'":
            yield span_of(argument), "now"
