"""The order in which SQLite comes to the AI calls of a query.

It is found without a grammar of SELECT, from the words of a query block alone. Every element gets a key: the
block, the rank of its clause and its place there, after the key of the bracket it stands in. Keys compare as
evaluation goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from lark import Tree

from aisql.syntax.blocks import (
    COMPOUND,
    clauses_of,
    inner,
    is_function,
    is_recursive,
    name_of,
    table_name,
    text_of,
    trees,
    used_name,
    verb_of,
)
from aisql.syntax.columns import alias_of, alone, cut_columns, parted, positions, selected
from aisql.syntax.tokens import Element, span_of

Key: TypeAlias = tuple[int, ...]
Place: TypeAlias = tuple[Key, bool, str]
"""What calls have in common that are one: their block, whether they stand behind WHERE, their text."""

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
_AGGREGATES = frozenset(("COUNT", "SUM", "AVG", "TOTAL", "GROUP_CONCAT", "STRING_AGG", "MEDIAN"))
_FAMILIES_OF_AGGREGATES = ("PERCENTILE", "JSON_GROUP_", "JSONB_GROUP_")
_OURS = "_AGG"
"""What the names of our own aggregates end with."""
_WINDOW = frozenset(("OVER", "FILTER"))
_OUTERMOST: Key = (0,)
_AFTER_INNER = 1 << 30
_BEFORE = -1  # before what is inside an element


@dataclass(frozen=True, slots=True)
class Turn:
    """When a call is evaluated: `level` counts from 0; one that `repeats` is part of a recursion.

    One that is `late` is needed only for rows that ORDER BY and LIMIT leave, and can be told from them; for
    one that is `cut` nobody can tell.
    """

    level: int
    repeats: bool
    late: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Block:
    """A query block: `key` of the bracket it stands in, with its number there."""

    key: Key
    compound: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the SELECT of a block that cuts its rows; what is `gathered` in it needs them all."""

    block: Key
    gathered: bool = False


@dataclass(frozen=True, slots=True)
class _Bracket:
    """What a bracket gets from the place it stands in; `block` is the block around it.

    In a `recursive` query all blocks but the first repeat. `items` are the items of lists it stands in, from
    the outermost; it `is_row` of VALUES when it is a list itself. What it says `picks` in min and max.
    `columns` are those it stands in that are computed for rows that are cut.
    """

    key: Key = ()
    block: _Block = _Block((0,))
    recursive: bool = False
    repeats: bool = False
    items: tuple[Key, ...] = ()
    is_row: bool = False
    picks: bool = False
    columns: tuple[_Column, ...] = ()


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of ours; its place in the order is not where it is `written` when a name stands for it."""

    key: Key
    written: Key
    within: _Bracket
    used: tuple[Key, ...] = ()
    """The blocks that use it by a name they give it."""

    @property
    def block(self) -> Key:
        """That of the block it stands in."""
        return self.within.block.key

    @property
    def rank(self) -> int:
        """That of the clause of its block it stands in."""
        return self.key[len(self.block)]

    @property
    def is_late(self) -> bool:
        """Whether it stands, itself, in the SELECT list of the outermost block, whose rows are cut."""
        is_one = self.block == _OUTERMOST and not self.within.block.compound
        return is_one and self.within.columns == (_Column(_OUTERMOST),) and not self.used


@dataclass(frozen=True, slots=True)
class _Definition:
    """What the names stand for in their block: the elements with keys from `start` to before `end`."""

    names: tuple[str, ...]
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
    walk.visit(elements, _Bracket())
    calls = _together(walk.moved())
    ends = {span_of(call).start: span_of(call).end for call in trees(elements) if call.data == "call"}
    texts = {start: text[start : ends[start]] for start in calls}
    places = {start: _place(start, calls, texts) for start in calls}
    first: dict[Place, Key] = {}
    for start, call in calls.items():
        first[places[start]] = min(call.key, first.get(places[start], call.key))
    may_be_late = _can_be_surveyed(elements)
    early = {places[start] for start, call in calls.items() if not (may_be_late and call.is_late)}
    # What is late waits for all that tells which rows are left.
    order = {place: (place not in early, key) for place, key in first.items()}
    levels = {key: level for level, key in enumerate(sorted(set(order.values())))}
    cut = frozenset() if _is_explained(elements) else _cut(calls, texts)
    return {
        start: Turn(
            levels[order[place]],
            calls[start].within.repeats,
            late=place not in early,
            cut=place in early and start in cut,
        )
        for start, place in places.items()
    }


def _cut(calls: Mapping[int, _Call], texts: Mapping[int, str]) -> frozenset[int]:
    """The calls that are made for rows which their block, or one around it, sorts and cuts."""
    needed: dict[Key, set[str]] = {}
    for block in {column.block for call in calls.values() for column in call.within.columns}:
        needed[block] = {texts[start] for start, call in calls.items() if _is_needed(call, block)}
    return frozenset(
        start
        for start, call in calls.items()
        if any(texts[start] not in needed[column.block] for column in call.within.columns)
    )


def _is_needed(call: _Call, block: Key) -> bool:
    """Whether the block needs a call for every row, to choose, group or sort its rows."""
    if block in call.used or _Column(block, gathered=True) in call.within.columns:
        return True
    rank = call.written[len(block)] if call.written[: len(block)] == block else _CLAUSES["FROM"]
    return rank not in {_CLAUSES["WITH"], _CLAUSES["FROM"], _CLAUSES["SELECT"]}


def _together(calls: Mapping[int, _Call]) -> dict[int, _Call]:
    """Puts calls that do not wait for each other in one place: those that are alone in an item of a list."""
    in_item = Counter(item for call in calls.values() for item in call.within.items)
    first: dict[tuple[Key, int], Key] = {}
    picking = {call.block for call in calls.values() if call.within.picks}
    single = {
        start: call
        for start, call in calls.items()
        if call.within.items and in_item[call.within.items[-1]] == 1 and call.block not in picking
    }
    for call in single.values():
        group = call.block, call.rank
        first[group] = min(call.key, first.get(group, call.key))
    shared = {start: replace(call, key=first[call.block, call.rank]) for start, call in single.items()}
    return {**calls, **shared}


def _place(start: int, calls: Mapping[int, _Call], texts: Mapping[int, str]) -> Place:
    """What calls have in common that are one."""
    call = calls[start]
    if call.within.block.compound and call.rank == _CLAUSES["ORDER"]:
        # It names a column of any of the queries before it.
        for other_start, other in sorted(calls.items()):
            if other.block[:-1] == call.block[:-1] and texts[other_start] == texts[start]:
                return other.block, other.rank > _CLAUSES["WHERE"], texts[start]
    return call.block, call.rank > _CLAUSES["WHERE"], texts[start]


@dataclass(slots=True)
class _Walk:
    functions: Collection[str]
    calls: dict[int, _Call] = field(default_factory=dict)
    uses: dict[str, list[Key]] = field(default_factory=dict)
    definitions: list[_Definition] = field(default_factory=list)

    def visit(self, elements: Sequence[Element], around: _Bracket) -> None:
        """Notes calls and names below the elements of a bracket."""
        prefix = around.key
        is_block = verb_of(elements) is not None
        clauses = clauses_of(elements) if is_block else [(0, "")] * len(elements)
        compound = is_block and any(name_of(element) in COMPOUND for element in elements)
        ranks = _ranks(elements, clauses, compound=compound)
        keys = [(*prefix, clauses[index][0], ranks[index], index) for index in range(len(elements))]
        cut = cut_columns(elements, clauses) if is_block else frozenset()
        item = 0
        for index, element in enumerate(elements):
            key, (number, clause), name = keys[index], clauses[index], name_of(element)
            item += text_of(element) == ","
            if used := used_name(elements, index):
                self.uses.setdefault(used, []).append(key)
            if not (elements_inside := inner(element)):
                continue
            within = around
            if around.is_row or (is_block and clause in _LISTS):
                within = replace(within, items=(*around.items, (*prefix, number, ranks[index], item)))
            if is_block:
                block = _Block((*prefix, number), compound)
                columns = (_Column(block.key),) if index in cut else ()
                within = replace(within, block=block, columns=(*around.columns, *columns))
            within = replace(within, repeats=around.repeats or (around.recursive and number > 0))
            if name.lower() in self.functions and is_function(elements, index):
                self.calls[span_of(element).start] = _Call((*key, _AFTER_INNER), key, within)
            self.visit(
                elements_inside,
                replace(
                    within,
                    key=(*key[:-1], index - 1, _BEFORE) if name == "FILTER" else key,
                    recursive=clause == "WITH" and is_recursive(elements, index),
                    is_row=clause == "VALUES" and is_block,
                    picks=name in _PICKING or (around.picks and not is_block),
                    columns=_gathered(elements, index, within),
                ),
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
            if clauses[index][1] == "WITH" and (name := table_name(elements, index)):
                key = keys[index]
                block = (*prefix, clauses[index][0])
                self.definitions.append(_Definition((name,), block, key, (*key[:-1], index + 1)))
        columns = list(alone(elements, clauses))
        for index, column in columns:
            self.uses.setdefault(column, []).append(keys[index])
        numbers = [int(column[1:]) for _, column in columns if column[0] == "#"]
        for number, items in selected(elements, clauses).items():
            block = (*prefix, number)
            for (start, end), meant in zip(items, positions(elements, items, iter(numbers)), strict=True):
                _, given = parted(elements[start:end])
                names = (alias_of(elements[start:end]), given and f"={given}", *(f"#{one}" for one in meant))
                known = tuple(name for name in names if name is not None)
                last = (*keys[start][:-1], end)
                self.definitions.append(_Definition(known, block, keys[start], last))

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
                used = call.used if definition.is_table else (*call.used, definition.block)
                self.calls[start] = replace(call, key=key, used=used)
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

        uses = (key for name in definition.names for key in self.uses.get(name, ()))
        earlier = (key for key in uses if key[:depth] == definition.block and key < definition.start)
        return min(filter(counts, earlier), default=None)


def _ranks(elements: Sequence[Element], clauses: Sequence[tuple[int, str]], *, compound: bool) -> list[int]:
    limited = {block for block, clause in clauses if clause == "LIMIT"}
    distinct = ("SELECT", "DISTINCT") in pairwise(map(name_of, elements))
    ranks = []
    for block, clause in clauses:
        sorted_first = clause == "ORDER" and block in limited and not (distinct or compound)
        ranks.append(_SORTED_FIRST if sorted_first else _CLAUSES.get(clause, _IN_BRACKET))
    return ranks


def _gathered(elements: Sequence[Element], index: int, within: _Bracket) -> tuple[_Column, ...]:
    """The columns that what is inside the element stands in."""
    columns = within.columns
    if columns and columns[-1].block == within.block.key and _gathers(elements, index):
        return (*columns[:-1], replace(columns[-1], gathered=True))
    return columns


def _gathers(elements: Sequence[Element], index: int) -> bool:
    """Whether the element is an aggregate or a window function, or what stands after OVER or FILTER."""
    element, name = elements[index], name_of(elements[index])
    if not isinstance(element, Tree) or element.data != "call":
        return False
    following = name_of(elements[index + 1]) if index + 1 < len(elements) else ""
    if name in _PICKING:
        return sum(isinstance(child, Tree) for child in element.children) == 1
    gathers = name in _AGGREGATES or name.startswith(_FAMILIES_OF_AGGREGATES) or name.endswith(_OURS)
    return gathers or name in _WINDOW or following in _WINDOW


def _can_be_surveyed(elements: Sequence[Element]) -> bool:
    """Whether the statement is one query whose rows can be looked at before they are used.

    SELECT, CREATE TABLE ... AS and INSERT are, but not an INSERT with ON CONFLICT or RETURNING.
    """
    names, verb = [name_of(element) for element in elements], verb_of(elements)
    match "" if verb is None else verb.upper():
        case "SELECT":
            return not _is_explained(elements)
        case "CREATE":
            return "TABLE" in names[1:3]
        case "INSERT" | "REPLACE":
            clauses = clauses_of(elements)
            return not any(block > 0 or clause == "RETURNING" for block, clause in clauses)
    return False


def _is_explained(elements: Sequence[Element]) -> bool:
    return any(name_of(element) == "EXPLAIN" for element in elements[:1])
