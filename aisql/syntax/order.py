"""The order in which SQLite comes to the AI calls of a query.

It is found without a grammar of SELECT, from the words of a query block alone. Every element gets a key: the
block, the rank of its clause and its place there, after the key of the bracket it stands in. Keys compare as
evaluation goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from lark import Token, Tree

from aisql.syntax.tokens import Element, span_of, unquote

Key: TypeAlias = tuple[int, ...]

_VERBS = frozenset(("SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "PRAGMA"))
# The order in which evaluation comes to the clauses of one query block.
_CLAUSES = {
    "WITH": 0,
    "FROM": 1,
    "JOIN": 1,
    "ON": 1,
    "WHERE": 2,
    "GROUP": 3,
    "HAVING": 4,
    "WINDOW": 4,
    "SELECT": 6,
    "SET": 6,
    "VALUES": 6,
    "ORDER": 7,
    "LIMIT": 8,
    "OFFSET": 8,
    "RETURNING": 9,
}
_LISTS = frozenset(("SELECT", "VALUES", "SET", "RETURNING"))  # all their items are evaluated, in any order
_PICKING = frozenset(("MIN", "MAX"))
_IN_BRACKET = 1  # the rank of what stands in a bracket that is no block
_SORTED_FIRST = 5  # of ORDER BY under a LIMIT: what is cut is not selected
_BEFORE_NAMES = frozenset(
    ("INTO", "TABLE", "EXISTS", "VIEW", "INDEX", "TRIGGER", "REFERENCES", "UPDATE", "WITH", "RECURSIVE")
)
_COMPOUND = frozenset(("UNION", "INTERSECT", "EXCEPT"))
_AFTER_INNER = 1 << 30
_BEFORE = -1  # before what is inside an element


@dataclass(frozen=True, slots=True)
class Turn:
    """When a call is evaluated: `level` counts from 0; one that `repeats` is part of a recursion."""

    level: int
    repeats: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """A query block: `key` of the bracket it stands in, with its number there."""

    key: Key
    compound: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    key: Key
    block: _Block
    repeats: bool
    items: tuple[Key, ...]
    """The items it stands in, of SELECT, VALUES and the like, from the outermost."""
    picks: bool
    """Whether it stands in min or max, which pick the row the other columns are taken from."""

    @property
    def rank(self) -> int:
        """That of the clause of its block it stands in."""
        return self.key[len(self.block.key)]


@dataclass(frozen=True, slots=True)
class _Definition:
    """What a name stands for in its block: the elements with keys from `start` to before `end`."""

    name: str
    block: Key
    start: Key
    end: Key

    @property
    def is_table(self) -> bool:
        """Whether it is a common table expression; else it is a column of SELECT."""
        return self.start[len(self.block)] == _CLAUSES["WITH"]


def turns(text: str, elements: Sequence[Element], functions: Collection[str]) -> dict[int, Turn]:
    """The turn of every call of one of the functions, by the offset the call starts at.

    Calls with one text in one block have one turn: SQLite finds the columns of GROUP BY and ORDER BY again by
    their text.
    """
    walk = _Walk(functions)
    walk.visit(elements, (), _Block((0,)), recursive=False, repeats=False)
    calls = _together(walk.moved())
    ends = {span_of(call).start: span_of(call).end for call in trees(elements) if call.data == "call"}
    places = {start: _place(text[start : ends[start]], start, calls, ends, text) for start in calls}
    first: dict[tuple[object, ...], Key] = {}
    for start, call in calls.items():
        first[places[start]] = min(call.key, first.get(places[start], call.key))
    levels = {key: level for level, key in enumerate(sorted(set(first.values())))}
    return {start: Turn(levels[first[places[start]]], call.repeats) for start, call in calls.items()}


def _together(calls: Mapping[int, _Call]) -> dict[int, _Call]:
    """Puts calls that do not wait for each other in one place: those that are alone in an item of a list."""
    in_item = Counter(item for call in calls.values() for item in call.items)
    first: dict[tuple[Key, int], Key] = {}
    picking = {call.block.key for call in calls.values() if call.picks}
    alone = {
        start: call
        for start, call in calls.items()
        if call.items and in_item[call.items[-1]] == 1 and call.block.key not in picking
    }
    for call in alone.values():
        group = call.block.key, call.rank
        first[group] = min(call.key, first.get(group, call.key))
    shared = {start: replace(call, key=first[call.block.key, call.rank]) for start, call in alone.items()}
    return {**calls, **shared}


def _place(
    written: str, start: int, calls: Mapping[int, _Call], ends: Mapping[int, int], text: str
) -> tuple[object, ...]:
    """What calls have in common that are one."""
    call = calls[start]
    block = call.block.key
    if call.block.compound and call.rank == _CLAUSES["ORDER"]:
        # It names a column of any of the queries before it.
        for other_start, other in sorted(calls.items()):
            if other.block.key[:-1] == block[:-1] and text[other_start : ends[other_start]] == written:
                return other.block.key, other.rank > _CLAUSES["WHERE"], written
    return block, call.rank > _CLAUSES["WHERE"], written


@dataclass(slots=True)
class _Walk:
    functions: Collection[str]
    calls: dict[int, _Call] = field(default_factory=dict)
    uses: dict[str, list[Key]] = field(default_factory=dict)
    definitions: list[_Definition] = field(default_factory=list)

    def visit(
        self,
        elements: Sequence[Element],
        prefix: Key,
        outer: _Block,
        *,
        recursive: bool,
        repeats: bool,
        items: tuple[Key, ...] = (),
        is_row: bool = False,
        picks: bool = False,
    ) -> None:
        """Notes calls and names below the elements; `outer` is the block the bracket stands in.

        In a `recursive` query all blocks but the first repeat. `items` are the items of lists the bracket
        stands in; it `is_row` of VALUES when it is a list itself. What it says `picks` in min and max.
        """
        is_block = verb_of(elements) is not None
        clauses = _clauses(elements) if is_block else [(0, "")] * len(elements)
        compound = is_block and any(_name(element) in _COMPOUND for element in elements)
        ranks = _ranks(elements, clauses, compound=compound)
        keys = [(*prefix, clauses[index][0], ranks[index], index) for index in range(len(elements))]
        item = 0
        for index, element in enumerate(elements):
            key, (number, clause), name = keys[index], clauses[index], _name(element)
            item += text_of(element) == ","
            listed = is_row or (is_block and clause in _LISTS)
            within = (*items, (*prefix, number, ranks[index], item)) if listed else items
            block = _Block((*prefix, number), compound) if is_block else outer
            again = repeats or (recursive and number > 0)
            if used := _used(elements, index):
                self.uses.setdefault(used, []).append(key)
            if name.lower() in self.functions and is_function(elements, index):
                self.calls[span_of(element).start] = _Call((*key, _AFTER_INNER), block, again, within, picks)
            inside = (*key[:-1], index - 1, _BEFORE) if name == "FILTER" else key
            recursion = clause == "WITH" and _is_recursive(elements, index)
            if elements_inside := inner(element):
                row = clause == "VALUES" and is_block
                self.visit(
                    elements_inside,
                    inside,
                    block,
                    recursive=recursion,
                    repeats=again,
                    items=within,
                    is_row=row,
                    picks=name in _PICKING or (picks and not is_block),
                )
        if is_block:
            self._define(elements, clauses, keys, prefix)

    def _define(
        self,
        elements: Sequence[Element],
        clauses: Sequence[tuple[int, str]],
        keys: Sequence[Key],
        prefix: Key,
    ) -> None:
        """Notes common table expressions and the columns of SELECT by name and by number."""
        for index in range(len(elements)):
            if clauses[index][1] == "WITH" and (name := _table_name(elements, index)):
                key = keys[index]
                block = (*prefix, clauses[index][0])
                self.definitions.append(_Definition(name, block, key, (*key[:-1], index + 1)))
        for number, items in _selected(elements, clauses).items():
            block = (*prefix, number)
            for position, (start, end) in enumerate(items, start=1):
                names = (f"#{position}", _alias(elements[start:end]))
                for name in filter(None, names):
                    last = (*keys[start][:-1], end)
                    self.definitions.append(_Definition(name, block, keys[start], last))
        for index, element in enumerate(elements):
            if _is_position(elements, index) and clauses[index][1] in {"GROUP", "ORDER"}:
                self.uses.setdefault(f"#{text_of(element)}", []).append(keys[index])

    def moved(self) -> dict[int, _Call]:
        """The calls, those behind a name that is used before it is defined at their first use."""
        for _ in self.definitions:  # what is moved may use what is defined later still
            by_start = sorted(range(len(self.definitions)), key=lambda one: self.definitions[one].start)
            again = False
            for index in reversed(by_start):
                definition = self.definitions[index]
                if (use := self._first_use(definition)) is not None:
                    again = again or definition.is_table
                    self._move(definition, (*use, _BEFORE))
            if not again:
                break
        return self.calls

    def _move(self, definition: _Definition, place: Key) -> None:
        def key_of(key: Key) -> Key:
            return (*place, *key) if definition.start <= key < definition.end else key

        for start, call in self.calls.items():
            if (key := key_of(call.key)) is not call.key:
                self.calls[start] = replace(call, key=key)
        if definition.is_table:
            for name, keys in self.uses.items():
                self.uses[name] = [key_of(key) for key in keys]
        for index, other in enumerate(self.definitions if definition.is_table else ()):
            if (start_key := key_of(other.start)) is not other.start:
                self.definitions[index] = replace(other, start=start_key, end=(*place, *other.end))

    def _first_use(self, definition: _Definition) -> Key | None:
        depth = len(definition.block)

        def counts(key: Key) -> bool:
            if definition.is_table:  # beside the bracket stands its own name
                return len(key) > depth + 2
            return key[depth] >= _CLAUSES["WHERE"]

        uses = self.uses.get(definition.name, ())
        earlier = (key for key in uses if key[:depth] == definition.block and key < definition.start)
        return min(filter(counts, earlier), default=None)


def _clauses(elements: Sequence[Element]) -> list[tuple[int, str]]:
    """The number of the block and the clause every element stands in."""
    found, block, clause, previous = [], 0, "FROM", ""
    for element in elements:
        name = _name(element)
        if name in _COMPOUND or name == "CONFLICT":
            block += 1
        elif name in _CLAUSES and previous != "DISTINCT":  # IS DISTINCT FROM is no clause
            clause = name
        previous = name
        found.append((block, clause))
    return found


def _ranks(elements: Sequence[Element], clauses: Sequence[tuple[int, str]], *, compound: bool) -> list[int]:
    limited = {block for block, clause in clauses if clause == "LIMIT"}
    names = [_name(element) for element in elements]
    distinct = any(pair == ("SELECT", "DISTINCT") for pair in pairwise(names))
    ranks = []
    for block, clause in clauses:
        sorted_first = (
            clause == "ORDER" and block in limited and not (distinct or compound or "GROUP" in names)
        )
        ranks.append(_SORTED_FIRST if sorted_first else _CLAUSES.get(clause, _IN_BRACKET))
    return ranks


# ---------------------------------------------------------------- names


def _used(elements: Sequence[Element], index: int) -> str | None:
    """The name an element is, unless it is part of a longer one."""
    name = _identifier(elements[index])
    around = (*elements[max(index - 1, 0) : index], *elements[index + 1 : index + 2])
    return None if any(text_of(element) == "." for element in around) else name


def _identifier(element: Element) -> str | None:
    if isinstance(element, Tree) and element.data == "token":
        token = element.children[0]
        if isinstance(token, Token) and token.type in {"WORD", "QUOTED_NAME"}:
            return unquote(token).lower()
    return None


def _table_name(elements: Sequence[Element], index: int) -> str | None:
    """The name of the common table expression whose query is the element."""
    if not is_call(elements[index]) or _name(elements[index]) not in {"AS", "MATERIALIZED"}:
        return None
    index -= 1
    while index > 0 and _name(elements[index]) in {"AS", "NOT"}:
        index -= 1
    element = elements[index]
    if is_call(element):
        return _name(element).lower()
    if isinstance(element, Tree) and element.data == "group" and index > 0:
        element = elements[index - 1]
    return _identifier(element)


def _is_recursive(elements: Sequence[Element], index: int) -> bool:
    name = _table_name(elements, index)
    return name is not None and any(_identifier(tree) == name for tree in trees([elements[index]]))


def _selected(
    elements: Sequence[Element], clauses: Sequence[tuple[int, str]]
) -> dict[int, list[tuple[int, int]]]:
    """The columns of the SELECT of every block, each by its first element and the one after its last.

    After `*` columns cannot be counted; there are none then.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    start = 0
    for index, element in enumerate(elements):
        block, clause = clauses[index]
        if clause != "SELECT":
            continue
        if _name(element) in {"SELECT", "DISTINCT", "ALL"}:
            start = index if is_call(element) else index + 1  # `SELECT (1)` reads as a call
        last = index + 1 == len(elements) or clauses[index + 1] != (block, "SELECT")
        if last or text_of(element) == ",":
            found.setdefault(block, []).append((start, index + 1 if last else index))
            start = index + 1
    stars = {
        block
        for block, items in found.items()
        for first, end in items
        if end > first and text_of(elements[end - 1]) == "*"
    }
    return {block: items for block, items in found.items() if block not in stars}


def _alias(item: Sequence[Element]) -> str | None:
    """The name a column of SELECT is given.

    None for a name that its own expression uses: it is a column of a table there, and so elsewhere.
    """
    if len(item) < 2 or (name := _identifier(item[-1])) is None:
        return None
    before = _name(item[-2])
    bare = before == "END" or (isinstance(item[-2], Tree) and item[-2].data in {"call", "group"})
    if before != "AS" and not (bare and name not in {"end", "isnull", "notnull"}):
        return None
    return None if any(_identifier(tree) == name for tree in trees(item[:-1])) else name


def _is_position(elements: Sequence[Element], index: int) -> bool:
    """Whether the element is the number of a column in GROUP BY or ORDER BY."""
    if index == 0 or not text_of(elements[index]).isdigit():
        return False
    before, after = elements[index - 1], text_of(elements[index + 1]) if index + 1 < len(elements) else ""
    return (_name(before) == "BY" or text_of(before) == ",") and (
        not after or after == "," or after.isalpha()
    )


# ---------------------------------------------------------------- elements


def trees(elements: Sequence[Element]) -> Iterator[Tree[Token]]:
    """Every tree below the elements, and the elements that are one."""
    for element in elements:
        if isinstance(element, Tree):
            yield from element.iter_subtrees()


def verb_of(elements: Sequence[Element]) -> Token | None:
    """The word that tells what a query block does; None for a bracket that is no block."""
    words = (_word(element) for element in elements)
    return next((word for word in words if word is not None and word.upper() in _VERBS), None)


def inner(element: Element) -> Sequence[Element]:
    """The elements directly inside a bracket, arguments and commas laid out flat."""
    if isinstance(element, Token) or element.data == "token":
        return ()
    found: list[Element] = []
    for child in element.children:
        if isinstance(child, Tree) and child.data == "argument":
            found += child.children
        elif child is not None:
            found.append(child)
    return found


def is_call(element: Element) -> bool:
    """Whether a name with a bracket after it is meant, `AS (` too."""
    return isinstance(element, Tree) and element.data == "call"


def is_function(elements: Sequence[Element], index: int) -> bool:
    """Whether the element calls a function; a name before a bracket may be a table's, `INTO map (k)`."""
    if not is_call(elements[index]):
        return False
    before = elements[index - 1] if index else None
    if before is not None and (_name(before) in _BEFORE_NAMES or text_of(before) == "."):
        return False
    if before is not None and _name(before) == "ON" and _name(elements[0]) == "CREATE":
        return False  # CREATE INDEX i ON map (k)
    after = elements[index + 1] if index + 1 < len(elements) else None
    return after is None or not is_call(after) or _name(after) != "AS"  # WITH map (a) AS (...)


def text_of(element: Element) -> str:
    """The text of a single word, number, name or sign; empty for more."""
    if isinstance(element, Tree) and element.data == "token":
        return str(element.children[0])
    return str(element) if isinstance(element, Token) else ""


def _word(element: Element) -> Token | None:
    """The word an element begins with: a bare word, or the name of a call (`FROM(...)` reads as one)."""
    if isinstance(element, Tree) and element.data in {"token", "call"}:
        token = element.children[0]
        return token if isinstance(token, Token) and token.type in {"WORD", "CALL_NAME"} else None
    return None


def _name(element: Element) -> str:
    word = _word(element)
    return "" if word is None else word.upper()
