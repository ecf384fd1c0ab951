"""One catalog file: a SQLite file whose tables named aisql_... are the catalog."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import apsw

from aisql.catalog.migrations import migrate
from aisql.catalog.sqlite import (
    FileStamp,
    file_stamp,
    is_missing,
    open_connection,
    refuses_writing,
    sqlite_errors,
    switch_to_wal,
    transaction,
)
from aisql.errors import CatalogError, OpenError

if TYPE_CHECKING:
    from datetime import datetime

Clock: TypeAlias = Callable[[], "datetime"]


class Store:
    """An open catalog file. Use from one thread at a time; other processes may use the file meanwhile.

    `stamp` is that of a file opened for reading only, None for one that can be written.
    """

    def __init__(
        self, path: Path, connection: apsw.Connection, clock: Clock, stamp: FileStamp | None = None
    ) -> None:
        self.path = path
        self.connection = connection
        self._clock = clock
        self._stamp = stamp

    @property
    def readonly(self) -> bool:
        """Whether the file was opened for reading only."""
        return self._stamp is not None

    def is_current(self) -> bool:
        """Whether reading shows what the file holds now.

        False when a file opened for reading only was made or changed since; then it is to be opened anew.
        """
        return self._stamp is None or self._stamp == file_stamp(self.path)

    def rows(self, sql: str, bindings: tuple[apsw.SQLiteValue, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises CatalogError when the file cannot be read."""
        with sqlite_errors(self.path, CatalogError):
            return self.connection.execute(sql, bindings).fetchall()

    def transaction(self) -> AbstractContextManager[apsw.Connection]:
        """A block of writes that happen together or not at all; not to be nested.

        Raises CatalogError when the file is locked or cannot be written.
        """
        return transaction(self.connection, self.path)

    def now(self) -> str:
        """The time as the catalog writes it: `2025-05-11 09:36:51.548`, in the clock's own zone."""
        return timestamp(self._clock())

    def close(self) -> None:
        """Closes the file; the store is of no use afterwards."""
        self.connection.close()


def open_store(path: Path, clock: Clock, *, readonly: bool = False) -> Store:
    """Opens a catalog file, made with its folder when missing, and brings its tables up to date.

    With `readonly` nothing is ever written; a missing file is then an empty catalog.
    Raises OpenError when the file cannot be opened or, without `readonly`, written, when it is no SQLite
    file, or was made by a newer aisql.
    """
    stamp = file_stamp(path) if readonly else None  # taken first: what changes meanwhile is a change
    connection = open_connection(path, readonly=readonly)
    try:
        with sqlite_errors(path, OpenError):
            if not readonly:
                _require_writable(connection)
                switch_to_wal(connection)
                connection.execute("PRAGMA synchronous = NORMAL")
            _migrate(connection, path, clock, readonly=readonly)
            if readonly:
                connection.execute("PRAGMA query_only = ON")
    except (OpenError, CatalogError, KeyboardInterrupt):
        connection.close()
        raise
    return Store(path, connection, clock, stamp)


def open_for_reading(path: Path, clock: Clock) -> Store:
    """Opens a catalog file as far as that is possible without making it.

    A missing file is an empty catalog; one that may not be written is opened for reading only. Raises
    OpenError like `open_store`.
    """
    if is_missing(path):
        return open_store(path, clock, readonly=True)
    try:
        return open_store(path, clock)
    except OpenError as error:
        if refuses_writing(error):
            with suppress(OpenError):  # the first error tells more
                return open_store(path, clock, readonly=True)
        raise


def timestamp(moment: datetime) -> str:
    """A moment as text, to the millisecond, without its zone."""
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _require_writable(connection: apsw.Connection) -> None:
    # A file that cannot be opened for writing SQLite opens for reading instead, without a word.
    if connection.readonly("main"):
        raise apsw.ReadOnlyError("opened for reading")


def _migrate(connection: apsw.Connection, path: Path, clock: Clock, *, readonly: bool) -> None:
    try:
        migrate(connection, path, lambda: timestamp(clock()))
    except CatalogError as error:
        hint = "open it once without --readonly: its tables are out of date" if readonly else error.hint
        raise OpenError(error.message, hint=hint) from error
