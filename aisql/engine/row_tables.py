"""Tables whose rows come from a call: the call gives a JSON array of rows, and FROM reads them.

There is one table for each list of columns, and it is there without being created. A hidden column takes the
array, so `FROM t, aisql_rows_1(aisql_call(2, t.s))` has the rows of each row of t beside it. Of a call that
gives one value, which need be no JSON, it takes the value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import apsw

from aisql.engine.database import Database, quoted
from aisql.functions.base import Column
from aisql.result import Value

ROWS_TABLE = "aisql_rows"
_ROWS = "aisql_array"


class RowTables:
    """The tables of one database, by their columns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: dict[tuple[tuple[Column, ...], bool], str] = {}

    def name_of(self, columns: tuple[Column, ...], one_value: bool) -> str:
        """The name of the table with these columns; with `one_value` it has one row of one column."""
        kind = columns, one_value
        if kind not in self._names:
            name = f"{ROWS_TABLE}_{len(self._names)}"
            module = RowModule(columns, _one_row if one_value else _rows_of)
            self._database.register_table(name, module, takes_arguments=True)
            self._names[kind] = name
        return self._names[kind]


Rows: TypeAlias = Callable[[Value, int], Sequence[Sequence[Value]]]
"""Makes rows of so many columns of what the hidden column is given."""


def _rows_of(array: Value, width: int) -> Sequence[Sequence[Value]]:
    """NULL is one row of NULLs: a call that has no value loses no row."""
    rows: list[list[Value]] = [[None] * width] if array is None else json.loads(str(array))
    return rows


def _one_row(value: Value, _width: int) -> Sequence[Sequence[Value]]:
    return [[value]]


class RowModule:
    """Makes one of the tables, as apsw wants it."""

    def __init__(self, columns: Sequence[Column], rows: Rows) -> None:
        declared = [*(f"{quoted(name)} {kind}" for name, kind in columns), f"{_ROWS} HIDDEN"]
        self._schema = f"CREATE TABLE x ({', '.join(declared)})"
        self._width = len(columns)
        self._rows = rows

    def Create(self, *_arguments: Any) -> tuple[str, RowTable]:  # noqa: N802 # apsw names it
        """The table."""
        return self._schema, RowTable(self._width, self._rows)

    Connect = Create


class RowTable:
    """Reads an array."""

    def __init__(self, width: int, rows: Rows) -> None:
        self._width = width
        self._rows = rows

    def BestIndexObject(self, index: apsw.IndexInfo) -> bool:  # noqa: N802 # as above
        """The array has to be there before the rows."""
        for place in range(index.nConstraint):
            is_array = index.get_aConstraint_iColumn(place) == self._width
            if is_array and index.get_aConstraint_op(place) == apsw.SQLITE_INDEX_CONSTRAINT_EQ:
                if not index.get_aConstraint_usable(place):
                    return False
                index.set_aConstraintUsage_argvIndex(place, 1)
                index.set_aConstraintUsage_omit(place, True)
        index.estimatedRows = 2
        return True

    def Open(self) -> RowCursor:  # noqa: N802
        """Begins to read."""
        return RowCursor(self._width, self._rows)

    def Disconnect(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    Destroy = Disconnect


class RowCursor:
    """Stands at a row, or behind the last."""

    def __init__(self, width: int, rows: Rows) -> None:
        self._width = width
        self._rows_of = rows
        self._rows: Iterator[tuple[int, Sequence[Value]]] = iter(())
        self._current: tuple[int, Sequence[Value]] | None = None

    def Filter(self, _number: int, _name: str, arguments: Sequence[Value]) -> None:  # noqa: N802
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
        """A value of the row; column -1 is its number, and nobody reads the array."""
        number_of_row, row = self._here()
        if number < 0:
            return number_of_row
        return row[number] if number < self._width else None

    def Rowid(self) -> int:  # noqa: N802
        """The number of the row."""
        return self._here()[0]

    def Close(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    def _here(self) -> tuple[int, Sequence[Value]]:
        assert self._current is not None  # noqa: S101 # SQLite asks Eof first
        return self._current
