"""Files as tables of SQLite's.

A file is scanned: its table is there while a statement runs, without being created, and gives the rows as
they are read. Where a statement needs them again and again, as the inner table of a join, they are imported
once, into a temporary table of the same name, which SQLite finds first.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import apsw

from aisql.data.base import EVERY, Data, Table, refuse
from aisql.engine.database import quoted
from aisql.engine.inputs import Inputs
from aisql.errors import FileError, SqlError, StatementError

if TYPE_CHECKING:
    from aisql.engine.database import Database
    from aisql.engine.file_calls import FileCall
    from aisql.engine.variables import Variables
    from aisql.result import Value

_MARK = "aisql_file_"
_COST = 1e12
"""What a scan costs, so that SQLite puts the file on the outside of a join."""
_ROWS = 1_000_000
_OTHERS = 63
"""The place that stands for itself and all behind it, where SQLite says which columns it uses."""
_LOOPS = frozenset(("Next", "Prev", "VNext", "SorterNext", "Goto"))
_TEMPORARY = 1
"""The number of the database of temporary tables."""
_MOST_NAMES = 10
"""Names of columns a message lists at the most."""


@dataclass(slots=True)
class File:
    """A file that is a table: its name, what it was called by, what is in it, the mark its scans have in a
    plan, whether it is piped in, whether a statement needs it more than once."""

    name: str
    call: FileCall
    data: Data
    mark: str
    lasts: bool
    imported: bool = False

    def definition(self, name: str) -> str:
        """The CREATE statement of a table with its columns."""
        pairs = zip(self.data.names, self.data.types, strict=True)
        columns = ", ".join(f"{quoted(column)} {kind}".rstrip() for column, kind in pairs)
        return f"CREATE TABLE {quoted(name)} ({columns})"


class FileTables:
    """The files that statements on one connection read."""

    def __init__(self, database: Database, connection: apsw.Connection, inputs: Inputs) -> None:
        self._database = database
        self._connection = connection
        self._inputs = inputs
        self._files: dict[str, File] = {}
        self._marks = count(1)
        self._dropping: list[str] = []

    def names(self) -> set[str]:
        """The names of the tables that are there, in small letters."""
        return set(self._files)

    def has(self, name: str) -> bool:
        """Whether the file of that name is a table now."""
        return name.lower() in self._files

    @property
    def are_there(self) -> bool:
        """Whether there is any."""
        return bool(self._files)

    def begin(self, *, pipes_stay: bool = True) -> None:
        """Forgets what earlier statements have read; what is piped in may stay."""
        for key, file in list(self._files.items()):
            if file.imported:
                self._dropping.append(file.name)
            file.imported = False
            if not (file.lasts and pipes_stay):
                self._connection.create_module(file.name, None)
                del self._files[key]
        self._drop()

    def _drop(self) -> None:
        for name in list(self._dropping):
            with suppress(SqlError):  # a statement that is not over holds it
                self._database.select(f"DROP TABLE IF EXISTS temp.{quoted(name)}")
                self._dropping.remove(name)

    def find(self, name: str, variables: Variables) -> File | None:
        """The table of that name; None where no file has it.

        Raises FileError, OptionError, SyntaxProblem, StatementError for a file that cannot be read so.
        """
        known = self._files.get(name.lower())
        if known is not None:
            return known
        call = self._inputs.call(name, variables.__getitem__)
        if call is None:
            return None
        if self._is_module(name):
            raise StatementError(f"a file cannot be the table {name}", hint="SQLite has one of that name")
        data = self._inputs.data(call)
        most = self._connection.limit(apsw.SQLITE_LIMIT_COLUMN)
        if len(data.names) > most:
            raise FileError(f"{name} has {len(data.names):,} columns, and a table has {most:,} at the most")
        file = File(name, call, data, f"{_MARK}{next(self._marks)}", self._inputs.is_piped(call))
        module: Any = _Module(file)
        self._connection.create_module(
            name, module, use_bestindex_object=True, eponymous=True, eponymous_only=True, read_only=True
        )
        self._files[name.lower()] = file
        return file

    def _is_module(self, name: str) -> bool:
        found = self._connection.execute(
            "SELECT 1 FROM pragma_module_list WHERE name = ? COLLATE NOCASE", (name,)
        )
        return found.fetchall() != []

    def arrive(self, operations: Sequence[Sequence[Value]]) -> None:
        """Waits for what is piped in before a statement locks a database; where it reads all of it."""
        if is_locking(operations):
            marks = {str(each[5]) for each in operations}
            for file in self._files.values():
                if file.lasts and file.mark in marks:
                    self._inputs.arrive(file.call)

    def import_repeated(self, operations: Iterable[Sequence[Value]]) -> None:
        """Imports the files that a statement, whose operations these are, reads more than once."""
        marks = repeated(operations)
        for file in self._files.values():
            if file.mark in marks and not file.imported:
                create_temporary(self._database, file.name, Table(file.data.names, [], file.data.rows()))
                file.imported = True

    def ways(self, operations: Iterable[Sequence[Value]]) -> Iterator[tuple[str, str]]:
        """The files that a statement reads, and how."""
        known = list(operations)
        text = {str(each[5]) for each in known}
        marks = repeated(known)
        for file in self._files.values():
            if file.imported or file.mark in marks:
                yield file.name, "imported once"
            elif file.mark in text:
                yield file.name, "scanned"

    def notices(self) -> Iterator[str]:
        """What is to be told of the files the statement has read."""
        for file in self._files.values():
            if file.data.left_out:
                names = list(file.data.left_out)
                shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
                yield f"{file.name}: left out is what the first rows do not have: {shown}"
                file.data.left_out.clear()


def create_temporary(database: Database, name: str, table: Table) -> None:
    """Makes a temporary table of rows; all of it or nothing. Raises SqlError."""
    types = table.types or [""] * len(table.names)
    columns = ", ".join(
        f"{quoted(column)} {kind}".rstrip() for column, kind in zip(table.names, types, strict=True)
    )
    database.load(
        f"CREATE TEMPORARY TABLE {quoted(name)} ({columns})",
        f"INSERT INTO temp.{quoted(name)} VALUES ({', '.join('?' * len(table.names))})",
        table.rows,
    )


def repeated(operations: Iterable[Sequence[Value]]) -> set[str]:
    """The marks of scans that a program of SQLite's begins more than once: inside a loop, or a subroutine.

    What stands behind Once in a loop is done in its first turn only.
    """
    rows = [(int(str(row[0])), str(row[1]), int(str(row[2])), int(str(row[3])), row[5]) for row in operations]
    returns = {register: address for address, name, register, _, _ in rows if name == "Return"}
    once = [(address, to) for address, name, _, to, _ in rows if name == "Once"]
    loops = [(to, address) for address, name, _, to, _ in rows if name in _LOOPS and 1 < to <= address]
    loops += [(to, returns.get(register, to)) for _, name, register, to, _ in rows if name == "Gosub"]
    found = set()
    for address, name, _, _, mark in rows:
        if name == "VFilter" and str(mark).startswith(_MARK):
            is_once = any(start < address < end for start, end in once)
            if not is_once and any(start <= address < end for start, end in loops):
                found.add(str(mark))
    return found


def is_locking(operations: Iterable[Sequence[Value]]) -> bool:
    """Whether a program of SQLite's locks a database from its beginning to its end, and has no LIMIT by which
    it might end before what it reads does."""
    known = [(name, database, writes) for _, name, database, writes, *_ in operations]
    locks = any(
        name == "Transaction" and database != _TEMPORARY and writes for name, database, writes in known
    )
    return locks and not any(name == "DecrJumpZero" for name, _, _ in known)


class _Module:
    """Makes the table, as apsw wants it."""

    def __init__(self, file: File) -> None:
        self._file = file

    def Create(self, *_arguments: Any) -> tuple[str, _Table]:  # noqa: N802 # apsw names it
        """The table."""
        return self._file.definition("x"), _Table(self._file)

    Connect = Create


class _Table:
    """Rows to be read from first to last."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._wanted: list[Container[int]] = []

    def BestIndexObject(self, index: apsw.IndexInfo) -> bool:  # noqa: N802 # as above
        """Every way to read it is the same, and best done once; its number tells which columns are used."""
        wanted = EVERY if _OTHERS in index.colUsed else index.colUsed
        if wanted not in self._wanted:
            self._wanted.append(wanted)
        index.idxNum = self._wanted.index(wanted)
        index.estimatedCost = _COST
        index.estimatedRows = _ROWS
        index.idxStr = self._file.mark
        return True

    def Open(self) -> _Cursor:  # noqa: N802
        """Begins to read it."""
        return _Cursor(self._file.data, self._wanted)

    def Disconnect(self) -> None:  # noqa: N802
        """There is nothing to let go of."""

    Destroy = Disconnect


class _Cursor:
    """Stands at a row, or behind the last."""

    def __init__(self, data: Data, wanted: Sequence[Container[int]]) -> None:
        self._data = data
        self._wanted = wanted
        self._chunks: Iterator[Any] = iter(())
        self._rows: Sequence[Sequence[Value]] = ()
        self._place = 0
        self._before = 0
        self._row: Sequence[Value] | None = None

    def Filter(self, number: int, *_arguments: Any) -> None:  # noqa: N802
        """Goes to the first row."""
        self._chunks = self._data.chunks(refuse, self._wanted[number])
        self._rows, self._place, self._before = (), -1, 0
        self.Next()

    def Eof(self) -> bool:  # noqa: N802
        """Whether it is behind the last row."""
        return self._row is None

    def Next(self) -> None:  # noqa: N802
        """Goes to the next row."""
        self._place += 1
        while self._place >= len(self._rows):
            self._before, self._place = self._before + len(self._rows), 0
            chunk = next(self._chunks, None)
            if chunk is None:
                self._rows, self._row = (), None
                return
            self._rows = chunk.rows
        self._row = self._rows[self._place]

    def Column(self, number: int) -> Value:  # noqa: N802
        """A value of the row; column -1 is its number."""
        assert self._row is not None  # noqa: S101 # SQLite asks Eof first
        return self._row[number] if number >= 0 else self.Rowid()

    def Rowid(self) -> int:  # noqa: N802
        """The number of the row."""
        return self._before + self._place + 1

    def Close(self) -> None:  # noqa: N802
        """Closes the file."""
        self._chunks = iter(())
        self._rows, self._row = (), None
