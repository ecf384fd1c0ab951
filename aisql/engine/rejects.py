"""Writes rows of files into a table, and says what becomes of those that are bad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aisql.data.base import BadRow, Chunk
from aisql.data.fields import joined
from aisql.data.opening import shown
from aisql.engine.copy_options import in_copy
from aisql.engine.database import Database, quoted
from aisql.errors import FileError, StatementError

if TYPE_CHECKING:
    from aisql.engine.loading import Loading
    from aisql.result import Value

_SKIPS = "(ON_ERROR skip) leaves such rows out"
_COLUMNS = {"file": "TEXT", "line": "INTEGER", "reason": "TEXT", "text": "TEXT"}


class Rows:
    """Fills tables of one load. The first bad row ends it, or all of them go into the table `rejects`.

    `bad` tells how many there were.
    """

    def __init__(self, database: Database, loading: Loading, rejects: str | None) -> None:
        self._database = database
        self._loading = loading
        self._rejects = rejects
        self.bad = 0

    def write(self, insert: str, chunk: Chunk, rows: Sequence[Sequence[Value]]) -> int:
        """Runs a statement for each row of a chunk; gives the number of those that are written.

        Raises FileError, SqlError, StatementError.
        """
        number = begin = 0
        while (refused := self._loading.fill_some(insert, rows[begin:])) is not None:
            place, reason = refused
            number, begin = number + place, begin + place
            text = joined(["" if value is None else str(value) for value in rows[begin]])
            self.reject(BadRow(chunk.file, chunk.lines[begin], reason, text))
            begin += 1
        return number + len(rows) - begin

    def reject(self, bad: BadRow) -> None:
        """Takes a bad row. Raises FileError, SqlError, StatementError."""
        if self._rejects is None:
            hint = f"{in_copy(bad.hint)}; {_SKIPS}" if bad.hint else _SKIPS
            raise FileError(f"{bad.file}:{bad.line}: {bad.reason}", hint=hint)
        if not self.bad:
            self._make(self._rejects)
        self.bad += 1
        text = shown(bad.text)
        insert = insert_into(quoted(self._rejects), list(_COLUMNS))
        self._loading.fill(insert, [(bad.file, bad.line, bad.reason, text)])

    def _make(self, name: str) -> None:
        columns = ", ".join(f"{column} {kind}" for column, kind in _COLUMNS.items())
        self._loading.run(f"CREATE TABLE IF NOT EXISTS {quoted(name)} ({columns})")
        there = {column.lower() for column, *_ in self._database.columns(name)}
        if not _COLUMNS.keys() <= there:
            hint = "(REJECTS name) names another"
            raise StatementError(f"{name} is a table, but none for bad rows", hint=hint)


def insert_into(table: str, columns: Sequence[str]) -> str:
    """The statement that writes one row."""
    names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({names}) VALUES ({marks})"
