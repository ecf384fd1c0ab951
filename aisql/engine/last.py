"""A table that comes behind all others of a FROM clause.

SQLite tests a condition as soon as it knows the tables it names, before it looks for the rows of the others.
A call is to be made only for rows that a join really has. `FROM ... CROSS JOIN aisql_last` is that join with
one row more behind each, and a condition that names the table waits for it. Its only column is hidden, so `*`
does not show it.
"""

from __future__ import annotations

from typing import Any

LAST_TABLE = "aisql_last"
LAST_COLUMN = "aisql_one"


class LastModule:
    """Makes the table, as apsw wants it."""

    def Create(self, *_arguments: Any) -> tuple[str, LastTable]:  # noqa: N802 # apsw names it
        """The table."""
        return f"CREATE TABLE x ({LAST_COLUMN} HIDDEN PRIMARY KEY) WITHOUT ROWID", LastTable()

    Connect = Create


class LastTable:
    """One row."""

    def BestIndexObject(self, _index: Any) -> bool:  # noqa: N802 # as above
        """Every way to read it is the same."""
        return True

    def Open(self) -> LastCursor:  # noqa: N802
        """Begins to read it."""
        return LastCursor()

    def Disconnect(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    Destroy = Disconnect


class LastCursor:
    """Stands at the row, or behind it."""

    _is_behind = False

    def Filter(self, *_arguments: Any) -> None:  # noqa: N802
        """Goes to the row."""
        self._is_behind = False

    def Eof(self) -> bool:  # noqa: N802
        """Whether it is behind the row."""
        return self._is_behind

    def Next(self) -> None:  # noqa: N802
        """Goes behind the row."""
        self._is_behind = True

    def Column(self, _number: int) -> int:  # noqa: N802
        """The value of the column."""
        return 1

    def Rowid(self) -> int:  # noqa: N802
        """The number of the row."""
        return 1

    def Close(self) -> None:  # noqa: N802
        """There is nothing to let go of."""
