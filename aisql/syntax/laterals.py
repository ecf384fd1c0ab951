"""Calls that stand in the place of a table, with the words that may stand around them.

`VECTOR_SEARCH(...)`, `TABLE(VECTOR_SEARCH(...))`, `LATERAL TABLE(VECTOR_SEARCH(...)) AS found (a, b)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token, Tree

from aisql.errors import Span
from aisql.syntax.blocks import arguments_of, identifier, is_call, is_function, name_of
from aisql.syntax.tokens import Element, span_of, unquote

TABLE_FUNCTIONS = frozenset(("vector_search", "vector_search_agg"))
"""The names of functions that are read so."""

_NOT_NAMES = frozenset(("JOIN", "USING", "LIMIT"))  # what may stand at a bracket behind a table


@dataclass(frozen=True, slots=True)
class Lateral:
    """A call, and the `span` of it with all that stands around it.

    Where its columns are given names, `alias` is the name of the table as it is written, and `columns` are
    theirs; else there are none, and an alias is not part of it.
    """

    call: Tree[Token]
    span: Span
    alias: str = ""
    columns: tuple[str, ...] = ()


def lateral(elements: Sequence[Element], index: int) -> Lateral | None:
    """The call of a table function that the element at the index is, or holds; None where it is none."""
    start, call = index, elements[index]
    if not is_function(elements, index):
        return None
    if name_of(call) == "TABLE":
        start -= index > 0 and name_of(elements[index - 1]) == "LATERAL"
        inside = [argument.children for argument in arguments_of(call)]
        call = inside[0][0] if len(inside) == 1 and len(inside[0]) == 1 else call
    if not isinstance(call, Tree) or not is_call(call) or name_of(call).lower() not in TABLE_FUNCTIONS:
        return None
    first = span_of(elements[start]).start
    named = _named(elements, index + 1)
    if named is None:
        return Lateral(call, Span(first, span_of(elements[index]).end))
    columns = tuple(unquote(str(tree.children[0])) for tree in _names(named))
    return Lateral(call, Span(first, span_of(named).end), str(named.children[0]), columns)


def _named(elements: Sequence[Element], index: int) -> Tree[Token] | None:
    """The `name (column, ...)` behind a table."""
    if index < len(elements) and name_of(elements[index]) == "AS" and not is_call(elements[index]):
        index += 1
    element = elements[index] if index < len(elements) else None
    if not isinstance(element, Tree) or not is_call(element) or name_of(element) in _NOT_NAMES:
        return None
    names = _names(element)
    return element if names and len(names) == len(list(arguments_of(element))) else None


def _names(call: Tree[Token]) -> list[Tree[Token]]:
    """The arguments of a call that are no more than a name."""
    firsts = [argument.children[0] for argument in arguments_of(call) if len(argument.children) == 1]
    return [first for first in firsts if isinstance(first, Tree) and identifier(first) is not None]
