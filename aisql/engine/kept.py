"""The last result: kept as it is read, so that it can be shown again or become a table, and nothing is asked
twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import apsw

from aisql.errors import AisqlError
from aisql.result import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.result import Column, Row

_MOST_ROWS = 10_000
_MOST_CHARACTERS = 16_000_000


class Kept:
    """The rows of one result, as far as they were read; `count` tells how many.

    Up to a limit they are in memory (`first`), beyond it in a temporary file. It `is_whole` when all were
    read. `missing` counts those behind the first that are lost, for the disk had no room.
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        most_rows: int = _MOST_ROWS,
        most_characters: int = _MOST_CHARACTERS,
    ) -> None:
        self.columns = columns
        self.first: list[Row] = []
        self.count = 0
        self.missing = 0
        self.is_whole = False
        self._is_listing = self._is_sql = False
        self._most_rows = most_rows
        self._room = most_characters
        self._file: apsw.Connection | None = None
        self._insert = ""

    def reading(self, result: Result, done: Callable[[], None] | None = None) -> Result:
        """The same result, whose rows are kept from now on as they are read.

        `done` is called at its end, and where it is left before; not where it fails.
        """
        self._is_listing, self._is_sql = result.listing, result.sql
        result.rows = self._reading(Result(rows=result.rows), done)
        next(result.rows)
        return result

    def _reading(self, source: Result, done: Callable[[], None] | None) -> Iterator[Row]:
        """The rows, behind one that is none: so the statement has an end however few of them are read."""
        has_failed = False
        try:
            with source:
                yield ()
                for row in source.rows:
                    self._keep(row)
                    yield row
            self.is_whole = not self.missing
        except AisqlError:
            has_failed = True
            raise
        finally:
            if done is not None and not has_failed:
                done()

    def _keep(self, row: Row) -> None:
        self.count += 1
        if self._file is None:
            self._room -= sum(len(value) for value in row if isinstance(value, str | bytes))
            if len(self.first) < self._most_rows and self._room >= 0:
                self.first.append(row)
                return
        if not self.missing:
            with suppress(apsw.FullError, apsw.IOError):
                self._write(row)
                return
            self._file = None  # nobody knows which of its pages were written
            self.missing = self.count - len(self.first) - 1
        self.missing += 1

    def _write(self, row: Row) -> None:
        if self._file is None:
            self._file = apsw.Connection("")  # a file that nobody else sees, and that goes with it
            self._file.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            columns = ", ".join(f"c{place}" for place in range(len(self.columns)))
            self._file.execute(f"BEGIN; CREATE TABLE kept ({columns})")
            self._insert = f"INSERT INTO kept VALUES ({', '.join('?' * len(row))})"
        self._file.execute(self._insert, row)

    def rows(self) -> Iterator[Row]:
        """The rows that are kept."""
        yield from self.first
        if self._file is not None:
            yield from self._file.execute("SELECT * FROM kept ORDER BY rowid")

    def result(self) -> Result:
        """The result once more, as far as it is kept."""
        return Result(self.columns, self.rows(), listing=self._is_listing, sql=self._is_sql)


class Keeper:
    """Keeps the last result of a session that did not fail; there is none at first."""

    def __init__(self) -> None:
        self.now: Kept | None = None
        """What is being read."""
        self.last: Kept | None = None

    def keeping(self, result: Result) -> Result:
        """The result, which is the last one when it was read or left."""
        kept = self.now = Kept(result.columns)

        def done() -> None:
            self.last = kept

        return kept.reading(result, done)
