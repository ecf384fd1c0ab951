"""Fills tables with many rows: all of them or none."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from operator import length_hint

import apsw

from aisql.errors import AisqlError
from aisql.result import Row, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_SAVEPOINT = "aisql_load"
_REFUSED = (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError)


class Loading:
    """What is written inside its `with` block is written together, and after an error not at all.

    Rows are no garbage that goes round in circles: to look for some would take a fifth of the time.

    `translated` puts an error of a statement into our words; `interruptible` keeps the transaction the user
    has open when what is written inside is interrupted.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        translated: Callable[[apsw.Error, str], AisqlError],
        interruptible: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._translated = translated
        self._guard = interruptible if connection.in_transaction else nullcontext

    def __enter__(self) -> Self:
        self._connection.execute(f"SAVEPOINT {_SAVEPOINT}")
        self._traced, self._connection.exec_trace = self._connection.exec_trace, None  # for each row is often
        self._collects = gc.isenabled()
        gc.disable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_kept = False
        try:
            if error is None:
                self.run(f"RELEASE {_SAVEPOINT}")
                is_kept = True
        finally:
            self._connection.exec_trace = self._traced
            if self._collects:
                gc.enable()
            if not is_kept and self._connection.in_transaction:  # a conflict may have ended it
                self._connection.execute(f"ROLLBACK TO {_SAVEPOINT}")
                self._connection.execute(f"RELEASE {_SAVEPOINT}")

    def run(self, sql: str) -> None:
        """Runs a statement. Raises SqlError."""
        try:
            self._connection.execute(sql)
        except apsw.Error as error:
            raise self._translated(error, sql) from error

    def fill(self, insert: str, rows: Iterable[Row]) -> None:
        """Runs a statement once for each row. Raises SqlError."""
        try:
            self._connection.executemany(insert, rows)
        except apsw.Error as error:
            raise self._translated(error, insert) from error

    def fill_some(self, insert: str, rows: Sequence[Sequence[Value]]) -> tuple[int, str] | None:
        """The same, up to a row that the table refuses: its place and the reason, None where all are written.

        Raises SqlError where that ends the transaction, and for what is no fault of a row.
        """
        coming = iter(rows)
        try:
            with self._guard():
                self._connection.executemany(insert, coming)
        except _REFUSED as error:
            if not self._connection.in_transaction:
                raise self._translated(error, insert) from error
            return len(rows) - length_hint(coming) - 1, self._translated(error, insert).message
        except apsw.Error as error:
            raise self._translated(error, insert) from error
        return None
