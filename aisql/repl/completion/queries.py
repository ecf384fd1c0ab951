"""Completion in what SQLite runs, with our calls in it: columns, tables, functions, words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aisql.functions.registry import CALLED
from aisql.repl.completion import keywords, names
from aisql.repl.completion.coordinates import coordinates
from aisql.repl.completion.place import Place
from aisql.repl.completion.quoting import quoted
from aisql.repl.completion.scope import Scope, Source
from aisql.repl.completion.snapshot import Snapshot, table_candidate
from aisql.repl.completion.suggestions import Candidate, Kind

_KNOWN_FUNCTIONS = frozenset(name.upper() for name in CALLED)
_BEFORE_TABLES = frozenset(("FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW", "REFERENCES"))


class Query:
    """A place in a query, and what may stand there."""

    def __init__(self, place: Place, snapshot: Snapshot) -> None:
        self._place = place
        self._snapshot = snapshot
        self._scope = Scope(place.words, snapshot)
        self._quote = place.quote

    def candidates(self) -> Iterable[Candidate]:
        """What may stand at the place, outside of strings."""
        if self._place.word[:1] in {":", "@", "$"}:
            return self._variables()
        if self._place.back() == ".":
            return self._qualified()
        specific = self._specific()
        if specific is not None:
            return specific
        if self.is_table():
            return self._tables()
        if keywords.needs_operand(self._place) and not self._is_definition():
            return self._operand()
        return self._words()

    def _variables(self) -> Iterator[Candidate]:
        for name in self._snapshot.variables:
            yield Candidate(f":{name}", Kind.VALUE, "variable")

    # -- names ---------------------------------------------------------------------------------------

    def _qualified(self) -> Iterator[Candidate]:
        """What stands behind `name.`: the columns of a source, or the tables of a database."""
        token = self._place.token(2)
        owner = token.name.lower() if token is not None else ""
        if self.is_table(behind=3):
            found = self._snapshot.by_database.get(owner, {}).values()
            yield from (table_candidate(table, self._quote) for table in found)
            return
        mine = [each for each in self._sources() if each.name.lower() == owner]
        table = self._snapshot.table(owner)
        if not mine and table is not None:
            mine = [Source(table.name, table.columns)]
        yield from names.columns(mine[:1], self._quote)

    def is_table(self, behind: int = 1) -> bool:
        """Whether the name of a table comes next, or came `behind` so many words."""
        last, before = self._place.back(behind), self._place.back(behind + 1)
        if last == "FROM":
            return before != "DISTINCT" and self._clause(behind) != "SELECT"
        if last in _BEFORE_TABLES:
            first = self._place.words.upper(0)
            return not (last in {"TABLE", "VIEW"} and first == "CREATE") and before != "DO"
        if last == "EXISTS":
            return (
                before == "IF"
                and self._place.back(behind + 2) in {"TABLE", "VIEW"}
                and self._first() == "DROP"
            )
        if last == "ON":
            return (
                self._first() == "CREATE"
                and self._clause(behind) == ""
                and before not in {"DELETE", "UPDATE"}
            )
        if last == ",":
            return self._clause(behind) == "FROM"
        return last == "(" and before in {"FROM", "JOIN", "TABLE"}

    def _first(self) -> str:
        return self._place.words.upper(0)

    def _clause(self, behind: int) -> str:
        return self._scope.clause(self._place.index - behind + 1)

    def _tables(self) -> Iterator[Candidate]:
        near = self._near()
        for name in self._scope.common(self._place.index):
            yield Candidate(quoted(name, self._quote), Kind.SOURCE, "common table", name)
        yield from names.tables(self._snapshot, self._quote, near)
        databases = {each.database for each in self._snapshot.tables if each.database}
        for name in dict.fromkeys(
            (*sorted(databases), *(each.name for each in self._snapshot.catalog.databases))
        ):
            yield Candidate(f"{quoted(name, self._quote)}.", Kind.DATABASE, "database", name)
        if self._place.back() in {"FROM", "JOIN", ","}:
            yield from names.functions(in_from=True)
        if self._place.back() == "(":
            yield Candidate("SELECT", Kind.KEYWORD)

    def _near(self) -> frozenset[str]:
        """Tables that foreign keys join with those that are read already."""
        if self._place.back() != "JOIN":
            return frozenset()
        mine = {each.table.lower() for each in self._sources() if each.table}
        theirs = (self._snapshot.referring.get(name, frozenset()) for name in mine)
        tables = (self._snapshot.table(name) for name in mine)
        named = (each.table.lower() for table in tables if table is not None for each in table.references)
        return frozenset(named).union(*theirs)

    # -- expressions ---------------------------------------------------------------------------------

    def _operand(self) -> Iterator[Candidate]:
        sources = self._sources()
        last = self._place.back()
        if last == "IS":
            yield from self._words()
            return
        if last == "ON" and not self._quote:
            yield from names.joins(self._read_so_far())
        if self._clause(1) in {"ORDER", "GROUP", "HAVING"}:
            for name in self._scope.aliases(self._place.index):
                yield Candidate(quoted(name, self._quote), Kind.COLUMN, "column of the result", name)
        yield from names.columns(sources, self._quote)
        yield from names.sources(sources, self._quote)
        if not sources and self._first() in {"SELECT", "WITH"}:
            yield from names.columns_of_all(self._snapshot, self._place.word)
        if not self._quote:
            yield from names.functions()
            yield from self._words()

    def _sources(self) -> list[Source]:
        return self._scope.sources(self._place.index)

    def _read_so_far(self) -> list[Source]:
        """The sources before the place: what is joined stands behind it."""
        from aisql.repl.completion.words import Words

        words = Words(self._place.words.tokens[: self._place.index])
        return Scope(words, self._snapshot).sources(self._place.index)

    def _words(self) -> Iterator[Candidate]:
        if not self._quote:
            for order, word in enumerate(keywords.following(self._place, self._scope)):
                yield Candidate(word, Kind.KEYWORD, order=order)

    # -- places of their own -------------------------------------------------------------------------

    def _specific(self) -> Iterable[Candidate] | None:
        """What only fits where it is; None in an ordinary place."""
        last = self._place.back()
        match last:
            case "MODEL":
                return names.named(self._snapshot.catalog.models, Kind.MODEL, "model", self._quote)
            case "COLLATE":
                return (Candidate(name, Kind.VALUE, "collation") for name in keywords.COLLATIONS)
            case "PRAGMA":
                return (Candidate(name, Kind.SETTING, "pragma") for name in keywords.PRAGMAS)
            case "AS":
                return self._after_as()
        around = self._place.words.around(self._place.index)
        if not around or last not in {"(", ","}:
            return None
        return self._in_brackets(around[-1])

    def _after_as(self) -> Iterable[Candidate] | None:
        around = self._place.words.around(self._place.index)
        if around and self._place.words.upper(around[-1] - 1) == "CAST":
            return (Candidate(name, Kind.VALUE, "type") for name in keywords.TYPES)
        return None if self._first() == "CREATE" and self._clause(1) == "" else ()

    def _in_brackets(self, opener: int) -> Iterable[Candidate] | None:
        head, before = self._place.words.upper(opener - 1), self._place.words.upper(opener - 2)
        if head in _KNOWN_FUNCTIONS and self._place.back() == "(":
            return self._model()
        if head == "TABLE" and before == "LATERAL":
            return names.lateral_functions()
        if head == "DESCRIPTOR":
            return self._descriptor()
        if head == "USING":
            return self._shared()
        named = self._place.words.upper(opener - 1) and before in {"INTO", "REFERENCES"}
        is_index = self._first() == "CREATE" and before == "ON"
        return self._listed(opener) if named or is_index else None

    def _listed(self, opener: int) -> Iterator[Candidate]:
        """The columns of a table that are not in its list yet: `INSERT INTO t (a, b`."""
        table = self._snapshot.table(self._place.words.tokens[opener - 1].name)
        listed = self._place.words.row(opener + 1, self._place.words.ends[opener])
        known = {self._place.words.tokens[index].name.lower() for index in listed}
        if table is not None:
            left = tuple(column for column in table.columns if column.name.lower() not in known)
            yield from names.columns([Source(table.name, left)], self._quote)

    def _model(self) -> Iterator[Candidate]:
        """The first argument of one of our functions: a string, or MODEL and a name."""
        if self._place.words.upper(self._place.index - 2) == "ML_PREDICT":
            yield Candidate("TABLE", Kind.KEYWORD)
            return
        for each in coordinates(self._snapshot):
            ending = "" if each.text.endswith(":") else "'"
            text = each.text.replace("'", "''")
            yield each._replace(text=f"'{text}{ending}", name=each.text)
        yield Candidate("MODEL", Kind.KEYWORD)
        yield from names.columns(self._sources(), self._quote)

    def _descriptor(self) -> Iterator[Candidate]:
        around = self._place.words.around(self._place.index)
        if len(around) > 1:
            found = self._scope.table_argument(around[-2], self._scope.common(self._place.index))
            yield from names.columns([Source("input", found)], self._quote)

    def _shared(self) -> Iterator[Candidate]:
        """The columns that the table joined last has in common with those before."""
        *others, last = self._read_so_far() or [Source("", ())]
        known = {column.name.lower() for source in others for column in source.columns}
        shared = tuple(column for column in last.columns if column.name.lower() in known)
        yield from names.columns([Source(last.name, shared)], self._quote)

    def _is_definition(self) -> bool:
        """Whether the place is in the columns of CREATE TABLE, where names are new."""
        before = [self._place.words.upper(index) for index in range(self._place.index)]
        return (
            before[:1] == ["CREATE"] and "TABLE" in before[:4] and not {"SELECT", "CHECK", "AS"} & set(before)
        )


def candidates(place: Place, snapshot: Snapshot) -> Iterable[Candidate]:
    """What may stand at a place of a query, outside of its strings."""
    return Query(place, snapshot).candidates()
