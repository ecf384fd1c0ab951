"""A table function that lays out rows a function has found: `vector_search_1(found)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from aisql.engine.database import quoted
from aisql.engine.tables import free_name
from aisql.functions.found import rows_of
from aisql.result import Row, Value


class FoundModule:
    """Makes the table, as apsw wants it, with the columns the rows have."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns

    def Create(self, *_arguments: Any) -> tuple[str, FoundTable]:  # noqa: N802 # apsw names it
        """The table."""
        hidden = quoted(free_name("aisql_found", self._columns))
        columns = ", ".join(map(quoted, self._columns))
        return f"CREATE TABLE x ({columns}, {hidden} HIDDEN)", FoundTable(len(self._columns))

    Connect = Create


class FoundTable:
    """The rows it is given in its last column, which is hidden: its argument."""

    def __init__(self, width: int) -> None:
        self._width = width

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

    def Open(self) -> FoundCursor:  # noqa: N802
        """Begins to read it."""
        return FoundCursor(self._width)

    def Disconnect(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    Destroy = Disconnect


class FoundCursor:
    """Stands at a row, or behind the last."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: Iterator[tuple[int, Row]] = iter(())
        self._current: tuple[int, Row] | None = None

    def Filter(self, _number: int, _text: str | None, arguments: tuple[Value, ...]) -> None:  # noqa: N802
        """Goes to the first row."""
        value = arguments[0] if arguments else None
        self._rows = enumerate(rows_of(value, self._width), 1)
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
