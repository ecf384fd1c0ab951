"""What a query reads, as far as it is typed: its tables, sub-queries and common tables, and their columns.

Read from the words of the whole statement, behind the cursor too. SELECT is not parsed for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aisql.data.registry import format_of
from aisql.engine.file_calls import is_call
from aisql.engine.outline import Column, Reference, Table
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.words import Token, Words

COMPOUND = frozenset(("UNION", "INTERSECT", "EXCEPT"))
CLAUSES = frozenset(
    ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "SET", "VALUES", "RETURNING")
)
JOINS = frozenset(("JOIN", "NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS"))
_NO_ALIAS = (
    CLAUSES | JOINS | COMPOUND | frozenset(("ON", "USING", "AS", "OFFSET", "INDEXED", "NOT", "DEFAULT"))
)
_ENDS_FROM = (CLAUSES | COMPOUND) - {"FROM"}
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Source:
    """One thing a query reads, by the name that its columns are qualified with."""

    name: str
    columns: tuple[Column, ...]
    table: str = ""
    references: tuple[Reference, ...] = ()


class Scope:
    """The sources around a place in the words of a statement."""

    def __init__(self, words: Words, snapshot: Snapshot) -> None:
        self._words = words
        self._snapshot = snapshot

    def sources(self, place: int) -> list[Source]:
        """What can be named at a place: the sources of its own query first, then of those around it."""
        found: list[Source] = []
        common = self.common(place)
        for low, high in reversed(self._ranges(place)):
            low, high = self._block(low, high, place)
            found += self._sources(low, high, common, 0, place)
        return found

    def common(self, place: int) -> dict[str, tuple[Column, ...]]:
        """The common tables that can be named at a place, by name as it is written."""
        found: dict[str, tuple[Column, ...]] = {}
        for low, high in self._ranges(place):
            found |= self._common(low, high, found, 0)
        return found

    def aliases(self, place: int) -> list[str]:
        """The names that SELECT gives to columns in the innermost query."""
        low, high = self._block(*self._ranges(place)[-1], place)
        return [column.name for item in self._items(low, high) if (column := self._given(*item)) is not None]

    def clause(self, place: int) -> str:
        """The word that begins the clause a place is in, of the innermost bracket; '' before the first."""
        low, _ = self._block(*self._ranges(place, queries=False)[-1], place)
        return (self._clauses(low, place) or [""])[-1]

    def _clauses(self, low: int, place: int) -> list[str]:
        kept = CLAUSES | {"ON", "USING", "INTO", "UPDATE", "WITH", "CASE"}
        found = []
        for index in self._words.row(low, place):
            word = self._words.upper(index)
            is_distinct = word == "FROM" and self._words.upper(index - 1) == "DISTINCT"
            if word in kept and not is_distinct:
                found.append(word)
            elif word in JOINS:
                found.append("FROM")
            elif word == "END" and "CASE" in found:
                del found[len(found) - 1 - found[::-1].index("CASE") :]
        return found

    def _ranges(self, place: int, *, queries: bool = True) -> list[tuple[int, int]]:
        """The statement and the brackets around a place, those with queries only if wanted."""
        inside = [(opener + 1, self._words.ends[opener]) for opener in self._words.around(place)]
        kept = [pair for pair in inside if not queries or self._is_query(pair[0])]
        return [(0, len(self._words.tokens)), *kept]

    def _is_query(self, low: int) -> bool:
        return self._words.upper(low) in {"SELECT", "WITH", "VALUES"}

    def _block(self, low: int, high: int, place: int) -> tuple[int, int]:
        """The part of a compound query that the place is in."""
        for index in self._words.row(low, high):
            if self._words.upper(index) in COMPOUND:
                if index >= place:
                    return low, index
                low = index + 1
        return low, high

    # -- FROM ----------------------------------------------------------------------------------------

    def _sources(
        self, low: int, high: int, common: Mapping[str, tuple[Column, ...]], depth: int, place: int
    ) -> list[Source]:
        found = []
        for index in self._starts(low, high, place):
            found += self._source(index, high, common, depth)
        return found

    def _starts(self, low: int, high: int, place: int) -> Iterator[int]:
        """Where each source begins."""
        is_reading, has_selected = False, False
        for index in self._words.row(low, high):
            word, last = self._words.upper(index), self._words.upper(index - 1)
            if word == "FROM" and last != "DISTINCT":
                is_reading = True
            elif word in _ENDS_FROM:
                is_reading = False
            has_selected |= word == "SELECT" and index < place
            is_target = word == "INTO" and not (has_selected or index > place)
            is_changed = word == "UPDATE" and last != "DO"
            if (
                (word in {"FROM", "JOIN", ","} and is_reading and last != "DISTINCT")
                or is_target
                or is_changed
            ):
                is_either = is_changed and self._words.upper(index + 1) == "OR"
                yield index + (3 if is_either else 1)

    def _source(
        self, index: int, high: int, common: Mapping[str, tuple[Column, ...]], depth: int
    ) -> list[Source]:
        if index >= high or depth > _DEEPEST:
            return []
        end = self._words.ends.get(index)
        if end is not None:
            return self._bracketed(index, end, high, common, depth)
        if self._words.tokens[index].kind == "string":  # which SQLite takes for a name here
            names, after = [self._words.tokens[index].name], index + 1
        else:
            names, after = self._path(index, high)
        if not names:
            return []
        if self._words.upper(after) == "(":
            return self._called(after, high, common, depth)
        table = self._table(names, common)
        alias = self._alias(after, high) or names[-1]
        return [Source(alias, table.columns, table.name, table.references)]

    def _bracketed(
        self, opener: int, end: int, high: int, common: Mapping[str, tuple[Column, ...]], depth: int
    ) -> list[Source]:
        alias = self._alias(end + 1, high)
        if self._is_query(opener + 1):
            columns = self._selected(opener + 1, end, common, depth + 1)
            return [Source(alias or "", columns)]
        first = self._source(opener + 1, end, common, depth + 1)
        joined = [
            source
            for index in self._words.row(opener + 1, end)
            if self._words.upper(index) in {"JOIN", ","}
            for source in self._source(index + 1, end, common, depth + 1)
        ]
        return first + joined

    def _called(
        self, opener: int, high: int, common: Mapping[str, tuple[Column, ...]], depth: int
    ) -> list[Source]:
        """A function in FROM: the columns of the table that ML_PREDICT reads, or of the file that a reader
        does; of another none are known."""
        name = self._words.tokens[opener - 1].name
        end = self._words.ends.get(opener, high)
        alias = self._alias(end + 1, high)
        call = self._words.text(opener - 1, end + 1)
        if is_call(call):
            return [Source(alias or "", self._snapshot.file(call))]
        if name.upper() == "TABLE":
            return [
                Source(alias or source.name, source.columns)
                for source in self._source(opener + 1, end, common, depth + 1)
            ]
        columns: tuple[Column, ...] = ()
        if name.upper() == "ML_PREDICT":
            columns = self.table_argument(opener, common)
        return [Source(alias or name, columns)]

    def table_argument(self, opener: int, common: Mapping[str, tuple[Column, ...]]) -> tuple[Column, ...]:
        """The columns of `TABLE name` in the brackets of a call."""
        end = self._words.ends[opener]
        for index in self._words.row(opener + 1, end):
            if self._words.upper(index) == "TABLE":
                names, _ = self._path(index + 1, end)
                return self._table(names, common).columns if names else ()
        return ()

    def _path(self, index: int, high: int) -> tuple[list[str], int]:
        """The parts of the name that begins at a place, and the place behind it."""
        names: list[str] = []
        while index < high and self._is_name(self._words.tokens[index]):
            names.append(self._words.tokens[index].name)
            if self._words.upper(index + 1) != ".":
                return names, index + 1
            index += 2
        return names, index

    def _is_name(self, token: Token) -> bool:
        return token.kind == "quoted" or (
            token.kind == "word" and token.upper not in _NO_ALIAS - {"VALUES", "SET"}
        )

    def _alias(self, index: int, high: int) -> str | None:
        is_given = self._words.upper(index) == "AS"
        place = index + is_given
        if (
            place >= high
            or not self._is_name(self._words.tokens[place])
            or self._words.upper(place) in _NO_ALIAS
        ):
            return None
        return self._words.tokens[place].name

    def _table(self, names: list[str], common: Mapping[str, tuple[Column, ...]]) -> Table:
        for name, columns in common.items():
            if len(names) == 1 and name.lower() == names[0].lower():
                return Table(name, columns)
        found = self._snapshot.table(names[-1], names[-2] if len(names) > 1 else "")
        if found is None and len(names) == 1 and format_of(names[0]) is not None:
            return Table(names[0], self._snapshot.file(names[0]), "file")
        return found or Table(names[-1])

    # -- SELECT and WITH -----------------------------------------------------------------------------

    def _selected(
        self, low: int, high: int, common: Mapping[str, tuple[Column, ...]], depth: int
    ) -> tuple[Column, ...]:
        """The columns a query gives, those of its first part."""
        if depth > _DEEPEST:
            return ()
        common = {**common, **self._common(low, high, common, depth)}
        low, high = self._block(low, high, low)
        found: list[Column] = []
        for item in self._items(low, high):
            found += self._columns_of(*item, (low, high), common, depth)
        return tuple(found)

    def _columns_of(
        self,
        low: int,
        high: int,
        block: tuple[int, int],
        common: Mapping[str, tuple[Column, ...]],
        depth: int,
    ) -> list[Column]:
        if self._words.upper(high - 1) != "*":
            given = self._given(low, high)
            return [] if given is None else [given]
        owner = self._words.tokens[low].name.lower() if self._words.upper(low + 1) == "." else None
        sources = self._sources(*block, common, depth + 1, block[0])
        return [
            column
            for source in sources
            if owner is None or source.name.lower() == owner
            for column in source.columns
        ]

    def _items(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The columns of SELECT, by their first word and the one behind their last."""
        start: int | None = None
        for index in self._words.row(low, high):
            word = self._words.upper(index)
            if word == "SELECT" or (start == index and word in {"DISTINCT", "ALL"}):
                start = index + 1
            elif start is not None and (word == "," or word in CLAUSES or word in COMPOUND):
                if start < index:
                    yield start, index
                start = index + 1 if word == "," else None
        if start is not None and start < high:
            yield start, high

    def _given(self, low: int, high: int) -> Column | None:
        """The name of a column of SELECT: the given one, or that of the column it is."""
        last = self._words.tokens[high - 1]
        if last.kind not in {"word", "quoted"} or last.upper in {"NULL", "END"}:
            return None
        before = self._words.upper(high - 2) if high - 2 >= low else ""
        if before in {"", "AS", "."} or self._words.tokens[high - 2].kind in {
            "word",
            "bracket",
            "string",
            "number",
        }:
            return Column(last.name)
        return None

    def _common(
        self, low: int, high: int, known: Mapping[str, tuple[Column, ...]], depth: int
    ) -> dict[str, tuple[Column, ...]]:
        """The common tables that WITH at the beginning of a query defines."""
        found: dict[str, tuple[Column, ...]] = {}
        if self._words.upper(low) != "WITH":
            return found
        index = low + 1 + (self._words.upper(low + 1) == "RECURSIVE")
        while index < high and self._words.tokens[index].kind in {"word", "quoted"}:
            name, index = self._words.tokens[index].name, index + 1
            named, index = self._column_list(index)
            while self._words.upper(index) in {"AS", "NOT", "MATERIALIZED"}:
                index += 1
            end = self._words.ends.get(index)
            if end is None:
                return found
            found[name] = named or self._selected(index + 1, end, {**known, **found}, depth + 1)
            index = end + 1
            if self._words.upper(index) != ",":
                return found
            index += 1
        return found

    def _column_list(self, index: int) -> tuple[tuple[Column, ...], int]:
        end = self._words.ends.get(index)
        if end is None:
            return (), index
        names = [self._words.tokens[place] for place in self._words.row(index + 1, end)]
        return tuple(Column(token.name) for token in names if token.kind in {"word", "quoted"}), end + 1
