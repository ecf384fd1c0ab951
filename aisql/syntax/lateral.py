"""Calls that stand in FROM as a table (Flink SQL): `LATERAL TABLE(AI_X(...)) AS t(a, b)`, `TABLE(...)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token, Tree

from aisql.syntax.blocks import identifier, inner, is_call, name_of, text_of
from aisql.syntax.tokens import Element, unquote

_NO_ALIASES = frozenset(("", "USING", "LATERAL", "TABLE"))


@dataclass(frozen=True, slots=True)
class Lateral:
    """Such a table among the elements of a query block.

    `call` is what stands in the bracket, `end` the place after what belongs to the table. `columns` are the
    new names of its columns and `alias` its own, as it is written; where the columns keep theirs SQLite reads
    the alias, and both are empty.
    """

    call: Tree[Token]
    end: int
    alias: str = ""
    columns: tuple[str, ...] = ()


def lateral(elements: Sequence[Element], index: int) -> Lateral | None:
    """The table that begins at an element; None where none does."""
    start = index + (name_of(elements[index]) == "LATERAL")
    if start >= len(elements) or name_of(elements[start]) != "TABLE" or not is_call(elements[start]):
        return None
    inside = _inside(elements[start])
    if len(inside) != 1 or not isinstance(inside[0], Tree) or not is_call(inside[0]):
        return None
    end = start + 1
    named = end + (end < len(elements) and name_of(elements[end]) == "AS")
    alias, bracket = _alias(elements, named)
    columns = _columns(elements[bracket]) if bracket is not None else ()
    if bracket is None or not columns:
        return Lateral(inside[0], end)
    return Lateral(inside[0], bracket + 1, alias, columns)


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
    names, commas = _inside(bracket)[::2], _inside(bracket)[1::2]
    is_list = all(identifier(name) for name in names) and all(text_of(comma) == "," for comma in commas)
    return tuple(unquote(text_of(name)) for name in names) if is_list else ()


def _inside(bracket: Element) -> Sequence[Element]:
    """What stands in a bracket, without the name before it."""
    return inner(bracket)[1:] if is_call(bracket) else inner(bracket)
