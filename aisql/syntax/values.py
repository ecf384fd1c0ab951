"""Where a query wants the value of an expression, and where only whether it holds.

SQLite evaluates all of `a AND b` where its value is wanted, and of a condition no more than it must.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lark import Token, Tree

from aisql.syntax.blocks import COMPOUND, clauses_of, keywords, name_of, text_of, verb_of
from aisql.syntax.columns import Clauses, parted, selected, terms
from aisql.syntax.conditions import conditions, connectives
from aisql.syntax.tokens import Element

_CASE = ("CASE", "WHEN", "THEN", "ELSE", "END")
# What stands in the bracket after these words is a list, a query or a window, not an argument.
_NO_FUNCTIONS = frozenset(
    ("IN", "VALUES", "OVER", "FILTER", "AS", "MATERIALIZED", "USING", "EXISTS", "GROUP", "SET")
)


@dataclass(frozen=True, slots=True)
class Run:
    """An expression in a row of elements, from `start` to before `end`.

    It `holds` where only its truth counts. `rest` is the place after what belongs to it, such as its alias.
    """

    start: int
    end: int
    rest: int
    holds: bool = False


def runs(elements: Sequence[Element]) -> dict[int, Run]:
    """The expressions in a row of elements that can be told apart, by their starts."""
    found = _items(elements) if verb_of(elements) is not None else _parts_of_cases(elements)
    by_start: dict[int, Run] = {}
    for run in found:
        if run.start < run.end:
            by_start.setdefault(run.start, run)
    return by_start


def _items(elements: Sequence[Element]) -> Iterator[Run]:
    """What the lists of a query block hold: SELECT, RETURNING, GROUP BY, ORDER BY and SET."""
    clauses = clauses_of(elements)
    columns = [item for items in selected(elements, clauses).values() for item in items]
    for start, end in (*columns, *_listed(elements, clauses, "RETURNING")):
        end = _stop(elements, start, end)
        yield Run(start, start + parted(elements[start:end])[0], end)
    for clause in ("GROUP", "ORDER"):
        for start, end in terms(elements, clauses, clause):
            end = _undirected(elements, start, _stop(elements, start, end))
            yield Run(start, end, end)
    for start, end in _listed(elements, clauses, "SET"):
        end = _stop(elements, start, end)
        values = (index + 1 for index in range(start, end) if text_of(elements[index]) == "=")
        yield Run(next(values, end), end, end)


def _listed(elements: Sequence[Element], clauses: Clauses, clause: str) -> Iterator[tuple[int, int]]:
    """The items of a list that begins with the word of its clause."""
    start = None
    for index, element in enumerate(elements):
        if start is not None and (clauses[index][1] != clause or text_of(element) == ","):
            yield start, index
            start = index + 1 if clauses[index][1] == clause else None
        elif clauses[index][1] == clause and name_of(element) == clause:
            start = index + 1
    if start is not None:
        yield start, len(elements)


def _stop(elements: Sequence[Element], start: int, end: int) -> int:
    """The end of an item, before the next query of a compound or the next statement of a trigger."""
    names = keywords(elements[start:end])
    stops = (place for place, name in enumerate(names, start) if name in COMPOUND)
    ends = (place for place in range(start, end) if text_of(elements[place]) == ";")
    return min(next(stops, end), next(ends, end))


def _undirected(elements: Sequence[Element], start: int, end: int) -> int:
    """The end of a term of ORDER BY without its direction."""
    names = keywords(elements[start:end])
    if names[-2:] in (["NULLS", "FIRST"], ["NULLS", "LAST"]):
        names = names[:-2]
    return start + len(names) - (names[-1:] in (["ASC"], ["DESC"]))


def _parts_of_cases(elements: Sequence[Element]) -> Iterator[Run]:
    """What stands between the words of each CASE that stands in no other."""
    depth, has_base, marks = 0, False, list[int]()
    names = keywords(elements)
    for index, name in enumerate(names):
        depth += name == "CASE"
        if depth == 1 and name in _CASE:
            marks.append(index)
        if name == "END" and depth > 0:
            depth -= 1
        if name == "END" and not depth:
            for before, behind in pairwise(marks):
                has_base = behind > before + 1 if names[before] == "CASE" else has_base
                yield Run(before + 1, behind, behind, holds=names[before] == "WHEN" and not has_base)
            marks = []


def operand(elements: Sequence[Element]) -> int:
    """The number of elements of an argument that are its expression; 0 where there is DISTINCT before it.

    `x ORDER BY y` and `x AS type` are arguments too.
    """
    if name_of(elements[0]) in {"DISTINCT", "ALL"}:
        return 0
    names = keywords(elements)
    return next((index for index, name in enumerate(names) if name in {"ORDER", "AS"}), len(names))


def is_joined(elements: Sequence[Element]) -> bool:
    """Whether elements are expressions that AND and OR join, with something beside each of these."""
    places = [-1, *connectives(elements), len(elements)]
    return len(places) > 2 and all(behind > before + 1 for before, behind in pairwise(places))


def is_expression(inside: Sequence[Element]) -> bool:
    """Whether one expression may stand in a bracket: no list, no query and no join."""
    has_comma = any(text_of(element) == "," for element in inside)
    return not has_comma and verb_of(inside) is None and not any(conditions(inside))


def takes_values(element: Tree[Token], inside: Sequence[Element]) -> bool:
    """Whether a name with a bracket after it is a function and its arguments."""
    is_named = element.data == "call" and str(element.children[0]).upper() not in _NO_FUNCTIONS
    return is_named and verb_of(inside) is None and not any(conditions(inside))


def belongs_to_condition(elements: Sequence[Element], index: int) -> bool:
    """Whether a bracket in a condition is joined to the rest by AND, OR and NOT alone."""
    places = {-1, *connectives(elements), len(elements)}
    before = index - 1
    while before >= 0 and name_of(elements[before]) == "NOT":
        before -= 1
    return before in places and index + 1 in places
