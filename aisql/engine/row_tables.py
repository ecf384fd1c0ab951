"""Table functions that lay out rows a function has found, in FROM: `aisql_rows_1(found)`.

There is one for each list of columns, and it is there without being created. Of a call that gives one value,
which need be no JSON, it takes the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import apsw

from aisql.engine.database import Database, quoted
from aisql.functions.base import Column
from aisql.functions.found import rows_of
from aisql.result import Row, Value

ROWS_TABLE = "aisql_rows"
_FOUND = "aisql_found"


class RowTables:
    """Those of one database, by their columns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: dict[tuple[tuple[Column, ...], bool], str] = {}

    def name_of(self, columns: tuple[Column, ...], *, one_value: bool = False) -> str:
        """The name of the table with these columns; with `one_value` it has one row of one column."""
        kind = columns, one_value
        if kind not in self._names:
            self._names[kind] = f"{ROWS_TABLE}_{len(self._names) + 1}"
            module = RowModule(columns, _one_row if one_value else rows_of)
            self._database.register_table(self._names[kind], module)
        return self._names[kind]


Rows: TypeAlias = Callable[[Value, int], Sequence[Row]]
"""Makes rows of so many columns of what a table is given."""


def _one_row(value: Value, _width: int) -> Sequence[Row]:
    return [(value,)]


class RowModule:
    """Makes one of the tables, as apsw wants it."""

    def __init__(self, columns: tuple[Column, ...], rows: Rows) -> None:
        hidden = free_name(_FOUND, tuple(name for name, _ in columns))
        declared = [f"{quoted(name)} {kind}" for name, kind in columns]
        self._schema = f"CREATE TABLE x ({', '.join(declared)}, {quoted(hidden)} HIDDEN)"
        self._width = len(columns)
        self._rows = rows

    def Create(self, *_arguments: Any) -> tuple[str, RowTable]:  # noqa: N802 # apsw names it
        """The table."""
        return self._schema, RowTable(self._width, self._rows)

    Connect = Create


class RowTable:
    """The rows it is given in its last column, which is hidden: its argument."""

    def __init__(self, width: int, rows: Rows) -> None:
        self._width = width
        self._rows = rows

    def BestIndexObject(self, index: apsw.IndexInfo) -> bool:  # noqa: N802 # as above
        """There is one way to read it: with the argument, which must be known by then."""
        for place in range(index.nConstraint):
            is_argument = index.get_aConstraint_iColumn(place) == self._width
            if is_argument and index.get_aConstraint_op(place) == apsw.SQLITE_INDEX_CONSTRAINT_EQ:
                if not index.get_aConstraint_usable(place):
                    return False
                index.set_aConstraintUsage_argvIndex(place, 1)
                index.set_aConstraintUsage_omit(place, True)
        index.estimatedRows = 10
        return True

    def Open(self) -> RowCursor:  # noqa: N802
        """Begins to read it."""
        return RowCursor(self._width, self._rows)

    def Disconnect(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    Destroy = Disconnect


class RowCursor:
    """Stands at a row, or behind the last."""

    def __init__(self, width: int, rows: Rows) -> None:
        self._width = width
        self._rows_of = rows
        self._rows: Iterator[tuple[int, Row]] = iter(())
        self._current: tuple[int, Row] | None = None

    def Filter(self, _number: int, _text: str | None, arguments: tuple[Value, ...]) -> None:  # noqa: N802
        """Goes to the first row."""
        self._rows = enumerate(self._rows_of(arguments[0], self._width) if arguments else (), 1)
        self.Next()

    def Eof(self) -> bool:  # noqa: N802
        """Whether it is behind the last row."""
        return self._current is None

    def Next(self) -> None:  # noqa: N802
        """Goes to the next row."""
        self._current = next(self._rows, None)

    def Column(self, number: int) -> Value:  # noqa: N802
        """A value of the row; column -1 is its number."""
        identity, row = self._here()
        if number < 0:
            return identity
        return row[number] if number < self._width else None

    def Rowid(self) -> int:  # noqa: N802
        """The number of the row."""
        return self._here()[0]

    def Close(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    def _here(self) -> tuple[int, Row]:
        assert self._current is not None  # noqa: S101 # SQLite asks Eof first
        return self._current


def free_name(name: str, columns: tuple[str, ...]) -> str:
    """The name, with a number behind it where a column has it already."""
    taken = {column.lower() for column in columns}
    if name.lower() not in taken:
        return name
    return next(
        f"{name}{index}" for index in range(len(columns) + 1) if f"{name}{index}".lower() not in taken
    )
