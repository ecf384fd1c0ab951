"""What an argument may be besides an expression: names behind MODEL and TABLE, the columns of DESCRIPTOR, and
a list of texts in square brackets alone.

`['a', 'b']` is how BigQuery and Snowflake write one. SQLite reads it as the name of a column; with strings in
it, nobody means one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token, Tree

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.blocks import arguments_of, text_of
from aisql.syntax.tokens import Element, span_of, unquote

_STRING = re.compile(r"'(?:[^']|'')*'")
_LIST = re.compile(rf"\[\s*(?:{_STRING.pattern}\s*,\s*)*{_STRING.pattern}\s*\]")


def names_in(elements: Sequence[Element]) -> tuple[str, ...] | None:
    """The parts of `a.b.c`, or None when the elements are no name."""
    texts = [text_of(element) for element in elements]
    dots, names = texts[1::2], texts[::2]
    is_name = len(texts) % 2 == 1 and all(dot == "." for dot in dots)
    return tuple(map(unquote, names)) if is_name and all(map(_is_name, names)) else None


def _is_name(text: str) -> bool:
    first = text[:1]
    return first in {"`", '"', "[", "_"} or first.isalpha() or not first.isascii()


def columns_in(call: Tree[Token]) -> tuple[str, ...]:
    """The columns of `DESCRIPTOR(a, b)`. Raises SyntaxProblem for what is no name."""
    columns = []
    for argument in arguments_of(call):
        names = names_in(argument.children)
        if names is None or len(names) != 1:
            raise SyntaxProblem("DESCRIPTOR takes the names of columns", span=span_of(argument))
        columns.append(names[0])
    return tuple(columns)


def texts_in_brackets(elements: Sequence[Element]) -> tuple[Span, ...]:
    """The places of the strings of `['a', 'b']`; none where the elements are anything else."""
    written = text_of(elements[0]) if len(elements) == 1 else ""
    if _LIST.fullmatch(written) is None:
        return ()
    start = span_of(elements[0]).start
    return tuple(Span(start + each.start(), start + each.end()) for each in _STRING.finditer(written))
