"""The conditions of WHERE, ON and HAVING, and the chains of AND they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Tree

from aisql.syntax.blocks import COMPOUND, inner, keywords, name_of, text_of, verb_of
from aisql.syntax.sources import KINDS_OF_JOIN
from aisql.syntax.tokens import Element

_BEGINS = frozenset(("WHERE", "ON", "HAVING"))
_ENDS = COMPOUND | frozenset(
    ("WHERE", "ON", "GROUP", "HAVING", "ORDER", "LIMIT", "RETURNING", "SET", "SELECT", "VALUES", "JOIN")
)


def conditions(elements: Sequence[Element]) -> Iterator[tuple[int, int]]:
    """The conditions in a row of elements, each by its first element and the one after its last."""
    names = keywords(elements)
    start = None
    for index, name in enumerate(names):
        if start is not None and _ends(elements, names, index):
            yield start, index
            start = None
        if name in _BEGINS and not (name == "ON" and _names_columns(names, index)):
            start = index + 1
    if start is not None:
        yield start, len(elements)


def _names_columns(names: Sequence[str], on: int) -> bool:
    """Whether columns follow ON, not a condition: ON CONFLICT (k), CREATE INDEX i ON t (k)."""
    return names[on + 1 : on + 2] == ["CONFLICT"] or "INDEX" in names[1:3]


def _ends(elements: Sequence[Element], names: Sequence[str], index: int) -> bool:
    """Whether a condition that stands before the element cannot go on with it."""
    following = names[index + 1 : index + 3]
    match names[index]:
        case "WINDOW":
            return following[1:] == ["AS"]
        case "DO":
            return following[:1] in (["UPDATE"], ["NOTHING"])
        case name if name in KINDS_OF_JOIN:  # they may be the names of columns too
            rest = (word for word in names[index:] if word not in KINDS_OF_JOIN)
            return next(rest, "") == "JOIN"
    return names[index] in _ENDS or text_of(elements[index]) in {",", ";"}


def conjuncts(elements: Sequence[Element]) -> list[Sequence[Element]]:
    """The parts of a condition that all must be true: its AND chain, with the chains in brackets in it.

    A condition that is no such chain is its only part.
    """
    places = list(connectives(elements))
    if any(name_of(elements[place]) == "OR" for place in places):
        return [elements]
    starts = (0, *(place + 1 for place in places))
    pieces = zip(starts, (*places, len(elements)), strict=True)
    return [part for start, end in pieces for part in _opened(elements[start:end])]


def connectives(elements: Sequence[Element]) -> Iterator[int]:
    """The places of AND and OR between the parts of an expression: not in a CASE, not that of BETWEEN."""
    cases = betweens = 0
    for index, name in enumerate(keywords(elements)):
        cases += (name == "CASE") - (name == "END" and cases > 0)
        if cases:
            continue
        if name == "OR" or (name == "AND" and not betweens):
            yield index
        betweens += (name == "BETWEEN") - (name == "AND" and betweens > 0)


def _opened(part: Sequence[Element]) -> list[Sequence[Element]]:
    """The parts of a chain in brackets; anything else is one part."""
    if len(part) == 1 and isinstance(part[0], Tree) and part[0].data == "group":
        inside = inner(part[0])
        if verb_of(inside) is None and len(parts := conjuncts(inside)) > 1:
            return parts
    return [part]


def uses_match(elements: Sequence[Element]) -> bool:
    """Whether MATCH, which SQLite knows nowhere but at the top of a condition, stands in a part of one."""
    return any(
        name_of(element) == "MATCH" or (verb_of(inside := inner(element)) is None and uses_match(inside))
        for element in elements
    )
