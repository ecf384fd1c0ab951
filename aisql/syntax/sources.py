"""The FROM clauses of a row of words: where they end and what they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from aisql.syntax.blocks import COMPOUND, identifier, inner, is_call, keywords, name_of, text_of, verb_of
from aisql.syntax.tokens import Element, unquote

KINDS_OF_JOIN = frozenset(("NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS"))
OUTER_JOINS = frozenset(("LEFT", "RIGHT", "FULL"))
_BEHIND = frozenset(("WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "RETURNING"))
_BEHIND_NAME = frozenset(("JOIN", "USING", "SET"))  # they may stand at a bracket: t JOIN(SELECT 1)
_NOT_LAST = frozenset(("FROM", "JOIN", "ON", "USING", "AS", "AND", "OR", "NOT", ",", "."))


@dataclass(frozen=True, slots=True)
class FromClause:
    """The FROM clause of one query block, by places in the row of elements the block stands in.

    `start` is that of FROM, `end` the one after the last of the clause, `block_end` the one after the last of
    the block. `sources` are the names of what it reads, '' for what is no name; the table that UPDATE changes
    is the first of them.
    """

    start: int
    end: int
    block_end: int
    sources: tuple[str, ...]
    has_outer_join: bool


def from_clauses(elements: Sequence[Element]) -> Iterator[FromClause]:
    """The FROM clauses in a row of elements; none for one that breaks off, `FROM t JOIN WHERE`."""
    names = keywords(elements)
    ends = [index for index in range(len(names)) if _ends_block(elements, names, index)]
    for first, block_end in zip([0, *ends], [*ends, len(names)], strict=True):
        places = range(first, block_end)
        start = next((index for index in places if _begins(names, index)), block_end)
        end = next((index for index in places if index > start and _is_behind(names, index)), block_end)
        if start < end and text_of(elements[end - 1]).upper() not in _NOT_LAST:
            firsts = [*_changed(names, first, start), *_firsts(elements, names, start, end)]
            sources = tuple(_name(elements[place:end]) for place in firsts if place < end)
            yield FromClause(start, end, block_end, sources, _has_outer_join(elements[start:end]))


def _ends_block(elements: Sequence[Element], names: Sequence[str], index: int) -> bool:
    is_upsert = names[index] == "ON" and names[index + 1 : index + 2] == ["CONFLICT"]
    return is_upsert or names[index] in COMPOUND or text_of(elements[index]) == ";"


def _begins(names: Sequence[str], index: int) -> bool:
    """Whether a FROM clause begins: neither DELETE FROM nor IS DISTINCT FROM does."""
    before = names[index - 1] if index else ""
    return names[index] == "FROM" and before not in {"DELETE", "DISTINCT"}


def _is_behind(names: Sequence[str], index: int) -> bool:
    is_window = names[index] == "WINDOW" and names[index + 2 : index + 3] == ["AS"]
    return is_window or names[index] in _BEHIND


def _changed(names: Sequence[str], first: int, start: int) -> Iterator[int]:
    """Where the name of the table begins that UPDATE ... FROM changes."""
    verbs = [index for index in range(first, start) if names[index] in {"SELECT", "UPDATE"}]
    if verbs and names[verbs[-1]] == "UPDATE":
        yield verbs[-1] + (3 if names[verbs[-1] + 1] == "OR" else 1)  # UPDATE OR IGNORE t


def _firsts(elements: Sequence[Element], names: Sequence[str], start: int, end: int) -> Iterator[int]:
    """Where each source of the clause begins; one in brackets is one element with the word before it."""
    for index in range(start, end):
        if index == start or names[index] == "JOIN" or text_of(elements[index]) == ",":
            yield index if is_call(elements[index]) else index + 1


def _name(source: Sequence[Element]) -> str:
    """The last part of the name a source begins with; empty where it is none."""
    length = 1
    while len(source) > length + 1 and text_of(source[length]) == ".":
        length += 2
    text = text_of(source[length - 1])
    is_name = identifier(source[length - 1]) is not None or text[:1] == "'"
    is_alone = not any(is_call(after) and name_of(after) not in _BEHIND_NAME for after in source[length:][:1])
    return unquote(text) if is_name and is_alone else ""


def _has_outer_join(elements: Sequence[Element]) -> bool:
    """Whether a join among the elements, in brackets too, keeps the rows that find no partner."""
    names = keywords(elements)
    joins = (index for index, name in enumerate(names) if name == "JOIN")
    kinds = (takewhile(KINDS_OF_JOIN.__contains__, reversed(names[:index])) for index in joins)
    if any(not OUTER_JOINS.isdisjoint(words) for words in kinds):
        return True
    insides = (inner(element) for element in elements)
    return any(verb_of(inside) is None and _has_outer_join(inside) for inside in insides)
