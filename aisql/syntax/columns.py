"""The columns of SELECT: their names, how GROUP BY and ORDER BY name them, which are cut with their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lark import Token, Tree

from aisql.syntax.blocks import COMPOUND, identifier, inner, keywords, name_of, text_of, verb_of
from aisql.syntax.tokens import Element, span_of, unquote

Clauses = Sequence[tuple[int, str]]
"""The number of the block and the clause of every element."""

Item = tuple[int, int]
"""A column of SELECT, by its first element and the one after its last."""

# Words that need an expression behind them, and words that end one: no name begins behind or with them.
_CONNECTIVES = frozenset(
    ("AND", "OR", "NOT", "IS", "FROM", "DISTINCT", "CASE", "WHEN", "THEN", "ELSE", "OVER")
)
_OPERATORS = _CONNECTIVES | frozenset(
    ("IN", "LIKE", "GLOB", "MATCH", "REGEXP", "BETWEEN", "COLLATE", "ESCAPE")
)
_LAST_WORDS = frozenset(("NULL", "ISNULL", "NOTNULL", "END"))
_DIRECTIONS = frozenset(("ASC", "DESC", "NULLS", "FIRST", "LAST"))


def selected(elements: Sequence[Element], clauses: Clauses) -> dict[int, list[Item]]:
    """The columns of the SELECT of every block."""
    found: dict[int, list[Item]] = {}
    start = 0
    for index, element in enumerate(elements):
        block, clause = clauses[index]
        if clause != "SELECT":
            continue
        name = name_of(element)
        if name == "SELECT" or (name in {"DISTINCT", "ALL"} and name_of(elements[index - 1]) == "SELECT"):
            start = index + 1
        last = index + 1 == len(elements) or clauses[index + 1] != (block, "SELECT")
        if last or text_of(element) == ",":
            item = start, index + 1 if last else index
            if item[0] < item[1]:
                found.setdefault(block, []).append(item)
            start = index + 1
    return found


def positions(elements: Sequence[Element], items: Sequence[Item], used: Iterator[int]) -> list[list[int]]:
    """The numbers that may be meant for each column; behind `*`, which may be many, all that are used."""
    numbers = list(used)
    stars = [place for place, (_, end) in enumerate(items, 1) if text_of(elements[end - 1]) == "*"]
    first = stars[0] if stars else len(items)
    return [
        [place] if place <= first else [number for number in numbers if number > first]
        for place in range(1, len(items) + 1)
    ]


def parted(item: Sequence[Element]) -> tuple[int, str | None]:
    """The number of elements of a column of SELECT that are its expression, and the name it is given.

    The name is in small letters; None where there is none.
    """
    if len(item) < 2 or (name := _given(item[-1])) is None:
        return len(item), None
    if name_of(item[-2]) == "AS":
        return len(item) - 2, name
    bare = text_of(item[-1]).upper() not in _LAST_WORDS and _ends_expression(item[:-1], item[-1])
    return (len(item) - 1, name) if bare else (len(item), None)


def _given(element: Element) -> str | None:
    text = text_of(element)
    return unquote(text).lower() if text[:1] == "'" else identifier(element)


def _ends_expression(before: Sequence[Element], element: Element) -> bool:
    """Whether an expression may end with what stands before the element."""
    last, text = before[-1], text_of(before[-1])
    if not text or isinstance(last, Token):
        return not isinstance(last, Token) or last.type in {"JSON_LITERAL", "TIME_LITERAL"}
    if identifier(last) is None:
        return text[0].isdigit() or text[0] in "'?"
    is_blob = text in {"x", "X"} and span_of(last).end == span_of(element).start  # x'00'
    return not is_blob and keywords(before)[-1] not in _OPERATORS


def alias_of(item: Sequence[Element]) -> str | None:
    """The name a column of SELECT is given.

    None for a name that its own expression uses: it is a column of a table there, and so elsewhere.
    """
    length, name = parted(item)
    return None if name in _names(item[:length]) else name


def _names(elements: Sequence[Element]) -> Iterator[str | None]:
    """The names in an expression, without those in its sub-queries, which have tables of their own."""
    for element in elements:
        yield identifier(element)
        if verb_of(inside := inner(element)) is None:
            yield from _names(inside)


def alone(elements: Sequence[Element], clauses: Clauses) -> Iterator[tuple[int, str]]:
    """The columns that are all of a term of GROUP BY or ORDER BY, each with the place of the term.

    By number, `#2`, and in ORDER BY also by name, `=total`: there it is a column of SELECT before it is one
    of a table.
    """
    for clause in ("GROUP", "ORDER"):
        for start, end in terms(elements, clauses, clause):
            column = _column(_bare(elements[start:end]))
            if column is not None and (clause == "ORDER" or column[0] == "#"):
                yield start, column


def terms(elements: Sequence[Element], clauses: Clauses, clause: str) -> Iterator[Item]:
    """The terms of GROUP BY or ORDER BY."""
    start = None
    for index, element in enumerate(elements):
        if clauses[index][1] == clause and name_of(element) == "BY":
            start = index + 1
        elif start is not None and (clauses[index][1] != clause or text_of(element) == ","):
            yield start, index
            start = index + 1 if clauses[index][1] == clause else None
    if start is not None:
        yield start, len(elements)


def _bare(term: Sequence[Element]) -> Sequence[Element]:
    """A term of ORDER BY without its direction, collation and brackets."""
    while len(term) > 1 and name_of(term[-1]) in _DIRECTIONS:
        term = term[:-1]
    if len(term) > 2 and name_of(term[-2]) == "COLLATE":
        return _bare(term[:-2])
    if len(term) > 1 and text_of(term[0]) == "+":
        return _bare(term[1:])
    if len(term) == 1 and isinstance(term[0], Tree) and term[0].data == "group":
        return _bare(inner(term[0]))
    return term


def _column(term: Sequence[Element]) -> str | None:
    if len(term) != 1:
        return None
    text, name = text_of(term[0]), identifier(term[0])
    return f"#{int(text)}" if text.isdigit() else None if name is None else f"={name}"


# ---------------------------------------------------------------- rows that are sorted and cut


def cut_columns(elements: Sequence[Element], clauses: Clauses) -> frozenset[int]:
    """The elements of SELECT lists that are computed for rows ORDER BY and LIMIT may leave out.

    DISTINCT, and a UNION, INTERSECT or EXCEPT of the rows so far, need every value. Of what UNION ALL
    puts together ORDER BY needs the columns it names.
    """
    ordered = {block for block, clause in clauses if clause == "ORDER"}
    if not ordered & {block for block, clause in clauses if clause == "LIMIT"}:
        return frozenset()
    names = keywords(elements)
    whole = {
        clauses[index][0] for index, pair in enumerate(pairwise(names)) if pair == ("SELECT", "DISTINCT")
    }
    for index, name in enumerate(names):
        if name in COMPOUND and names[index + 1 : index + 2] != ["ALL"]:
            whole.update(range(clauses[index][0] + 1))
    found = {block: items for block, items in selected(elements, clauses).items() if block <= max(ordered)}
    used = _sorted_by(elements, clauses, found) if max(ordered) else set()
    return frozenset(
        index
        for block, items in found.items()
        if block not in whole
        for place, (start, end) in enumerate(items, 1)
        if place not in used
        for index in range(start, end)
    )


def _sorted_by(elements: Sequence[Element], clauses: Clauses, found: dict[int, list[Item]]) -> set[int]:
    """The places of the columns that the ORDER BY of a compound query uses."""
    ordered = [_bare(elements[start:end]) for start, end in terms(elements, clauses, "ORDER")]
    named = {column for term in ordered if (column := _column(term)) is not None}
    written = {_words(term) for term in ordered}
    numbers = [int(column[1:]) for column in named if column[0] == "#"]
    used: set[int] = set()
    for items in found.values():
        for place, meant in enumerate(positions(elements, items, iter(numbers)), 1):
            item = elements[slice(*items[place - 1])]
            length, name = parted(item)
            is_used = f"={name}" in named or _words(item[:length]) in written
            used |= {place} if is_used or not set(meant).isdisjoint(numbers) else set()
    return used


def _words(elements: Sequence[Element]) -> tuple[str, ...]:
    words: list[str] = []
    for element in elements:
        tokens = [element] if isinstance(element, Token) else element.scan_values(lambda _: True)
        words += (str(token).lower() for token in tokens)
    return tuple(words)
