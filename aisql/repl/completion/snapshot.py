"""What completion knows: a frozen value, looked up in and never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from aisql.engine.outline import CatalogNames, Column, Table
from aisql.repl.completion.quoting import quoted
from aisql.repl.completion.suggestions import Candidate, Kind

_SHOWN_COLUMNS = 6


def _no_words(_text: str) -> tuple[str, ...]:
    return ()


def _no_columns(_name: str) -> tuple[Column, ...]:
    return ()


@dataclass(frozen=True)
class Snapshot:
    """The tables and the catalog at one moment.

    `variables` are the names of session variables, `favourites` those of kept statements, `drawable` those of
    the columns of the last result. `following` gives
    the words of our grammar that may follow a text; until the parser is there it knows none. `file` gives the
    columns of a file by the name that a query has for it, as far as they are known by now.
    """

    tables: tuple[Table, ...] = ()
    catalog: CatalogNames = field(default_factory=CatalogNames)
    variables: tuple[str, ...] = ()
    favourites: tuple[str, ...] = ()
    drawable: tuple[str, ...] = ()
    following: Callable[[str], tuple[str, ...]] = field(default=_no_words, repr=False)
    file: Callable[[str], tuple[Column, ...]] = field(default=_no_columns, repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, Table]:
        """Tables by their name in small letters; the first is the one the name alone finds."""
        found: dict[str, Table] = {}
        for table in self.tables:
            if not table.database:
                found.setdefault(table.name.lower(), table)
        return found

    @cached_property
    def table_candidates(self) -> tuple[tuple[str, Candidate], ...]:
        """The tables that their name alone finds, in small letters and as candidates."""
        return tuple((folded, table_candidate(table)) for folded, table in self.by_name.items())

    @cached_property
    def by_database(self) -> Mapping[str, Mapping[str, Table]]:
        """The tables of other databases, by the names of both in small letters."""
        found: dict[str, dict[str, Table]] = {}
        for table in self.tables:
            if table.database:
                found.setdefault(table.database.lower(), {})[table.name.lower()] = table
        return found

    @cached_property
    def referring(self) -> Mapping[str, frozenset[str]]:
        """For a table, by its name in small letters, those whose foreign keys point to it."""
        found: dict[str, set[str]] = {}
        for table in self.by_name.values():
            for reference in table.references:
                found.setdefault(reference.table.lower(), set()).add(table.name.lower())
        return {name: frozenset(names) for name, names in found.items()}

    @cached_property
    def columns(self) -> tuple[tuple[str, str, str], ...]:
        """Every distinct column in small letters, as it is written, and a table that has it; sorted."""
        found: dict[str, tuple[str, str]] = {}
        for table in self.tables:
            if not table.database:
                for column in table.columns:
                    found.setdefault(column.name.lower(), (column.name, table.name))
        return tuple(sorted((folded, *names) for folded, names in found.items()))

    def table(self, name: str, database: str = "") -> Table | None:
        """A table by its name; None where there is none."""
        if database.lower() in {"", "main", "temp"}:
            return self.by_name.get(name.lower())
        return self.by_database.get(database.lower(), {}).get(name.lower())


def table_candidate(table: Table, quote: str = "") -> Candidate:
    """A table to choose, with its first columns beside it."""
    columns = ", ".join(column.name for column in table.columns[:_SHOWN_COLUMNS])
    detail = f"{table.kind} ({columns})" if columns else table.kind
    return Candidate(quoted(table.name, quote), Kind.TABLE, detail, table.name)
