"""Calls that stand in FROM as a table (Flink SQL).

`VECTOR_SEARCH(...)`, `TABLE(VECTOR_SEARCH(...))`, `LATERAL TABLE(AI_X(...)) AS found (a, b)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from lark import Token, Tree

from aisql.syntax.blocks import (
    arguments_of,
    identifier,
    inner,
    is_call,
    is_function,
    keywords,
    name_of,
    text_of,
)
from aisql.syntax.flink import Replacement
from aisql.syntax.sources import KINDS_OF_JOIN, OUTER_JOINS, from_clauses
from aisql.syntax.tokens import Element, span_of, unquote

SEARCHES = frozenset(("vector_search", "vector_search_agg"))
"""The functions that are tables without TABLE before them, and ask no model."""

_READERS = SEARCHES | {"ml_predict"}
_NO_ALIASES = frozenset(("", "JOIN", "USING", "LIMIT", "LATERAL", "TABLE"))


@dataclass(frozen=True, slots=True)
class Lateral:
    """Such a table among the elements of a query block.

    `call` is the call itself, `end` the place after what belongs to the table. `columns` are the new names of
    its columns and `alias` its own, as it is written; where the columns keep theirs SQLite reads the alias,
    and both are empty.
    """

    call: Tree[Token]
    end: int
    alias: str = ""
    columns: tuple[str, ...] = ()


def lateral(elements: Sequence[Element], index: int) -> Lateral | None:
    """The table that begins at an element; None where none does."""
    start = index + (name_of(elements[index]) == "LATERAL")
    call = _call(elements, start) if start < len(elements) and is_function(elements, start) else None
    if call is None:
        return None
    end = start + 1
    named = end + (end < len(elements) and name_of(elements[end]) == "AS" and not is_call(elements[end]))
    alias, bracket = _alias(elements, named)
    columns = _columns(elements[bracket]) if bracket is not None else ()
    if bracket is None or not columns:
        return Lateral(call, end)
    return Lateral(call, bracket + 1, alias, columns)


def join_before(elements: Sequence[Element], index: int) -> Iterator[Replacement]:
    """What stands for the comma or JOIN before a call that is a table.

    SQLite keeps the order of a CROSS JOIN. Else it may come to the call before it comes to another table on
    the left, and make it for rows which that one leaves out. What reads a table of its own may come first.
    """
    found = lateral(elements, index)
    name = name_of(elements[index] if found is None else found.call).lower()
    is_source = any(clause.start < index < clause.end for clause in from_clauses(elements))
    if name in _READERS or not is_source:
        return
    *before, word = keywords(elements[:index])
    kinds = takewhile(KINDS_OF_JOIN.__contains__, reversed(before))
    if text_of(elements[index - 1]) == "," or (word == "JOIN" and OUTER_JOINS.isdisjoint(kinds)):
        yield Replacement(span_of(elements[index - 1]), " CROSS JOIN")


def _call(elements: Sequence[Element], index: int) -> Tree[Token] | None:
    """The call that an element is, or holds as TABLE(...)."""
    element = elements[index]
    if name_of(element) == "TABLE":
        inside = [each for argument in arguments_of(element) for each in argument.children]
        element = inside[0] if len(inside) == 1 else element
        return element if isinstance(element, Tree) and is_call(element) else None
    is_search = name_of(element).lower() in SEARCHES
    return element if isinstance(element, Tree) and is_search else None


def _alias(elements: Sequence[Element], index: int) -> tuple[str, int | None]:
    """The name at a place, and the place of the bracket behind it: `t (a, b)`."""
    if index < len(elements) and is_call(elements[index]) and name_of(elements[index]) not in _NO_ALIASES:
        element = elements[index]
        return str(element.children[0]) if isinstance(element, Tree) else "", index
    if index + 1 < len(elements) and identifier(elements[index]) is not None:
        behind = elements[index + 1]
        if isinstance(behind, Tree) and behind.data == "group":
            return text_of(elements[index]), index + 1
    return "", None


def _columns(bracket: Element) -> tuple[str, ...]:
    """The names in a bracket; none where it holds anything else."""
    inside = inner(bracket)[is_call(bracket) :]  # the name of a call stands before its arguments
    names, commas = inside[::2], inside[1::2]
    is_list = all(identifier(name) for name in names) and all(text_of(comma) == "," for comma in commas)
    return tuple(unquote(text_of(name)) for name in names) if is_list else ()
