"""The files that statements on one connection read. Nothing is loaded before one of them does."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from weakref import ref

import apsw

from aisql.engine.missing import other_spelling, place_of_table, table_in
from aisql.errors import AisqlError, Span, StatementError
from aisql.result import pausing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aisql.engine.database import Database
    from aisql.engine.file_tables import File, FileTables
    from aisql.engine.inputs import Inputs
    from aisql.engine.variables import Variables
    from aisql.result import Result, Row

_EXPLAIN = re.compile(r"(?i)EXPLAIN\b")
_EXISTS = re.compile(r"(?i)\bEXISTS\s*\(")
"""What may have enough before a file ends, and cannot be told from a join in SQLite's program."""


class _UnreadError(AisqlError):
    """A file would have to be read."""


class FoundFiles:
    """Finds the files that names of tables mean. Without `inputs` there are none."""

    def __init__(
        self, database: Database, connection: apsw.Connection, variables: Variables, inputs: Inputs | None
    ) -> None:
        self._database = database
        self._connection = connection
        self._variables = variables
        self._inputs = inputs
        self._tables: FileTables | None = None
        self._definitions: dict[str, str] = {}
        self._are_unread = False

    def find(self, name: str) -> File | None:
        """The file that the name of a table means, None where it means none.

        Raises FileError, OptionError, StatementError for one that cannot be read.
        """
        if self._inputs is None:
            return None
        if self._are_unread and not self._inputs.has(name):
            if self._inputs.call(name, self._variables.__getitem__) is not None:
                raise _UnreadError(f"{name} is not read")
            return None
        if self._tables is None:
            from aisql.engine.file_tables import FileTables  # few statements read files

            self._tables = FileTables(self._database, self._connection, self._inputs)
        return self._tables.find(name, self._variables)

    def add(self, message: str, sql: str, start: int) -> bool:
        """Makes a table of the file that a message of SQLite's speaks of, where it is one not known yet.

        Raises what `find` does, with its place in the statement, which begins at `start`.
        """
        name = table_in(message, sql)
        if name is None or self.knows(name):
            return False
        try:
            is_file = self.find(name) is not None
            if is_file and "." in name and (other := other_spelling(name, sql)) is not None:
                raise StatementError(
                    f"SQLite takes {other['name']} for {name}",
                    span=Span(start + other.start("name"), start + other.end("name")),
                    hint="write one of the paths in another way, such as with ./ before it",
                )
            return is_file
        except AisqlError as error:
            error.span = error.span or place_of_table(message, sql, start)
            raise

    def definition(self, name: str) -> str:
        """The CREATE statement of a table with the columns of a file; '' where there is no such file."""
        file = self.find(name)
        self._definitions[name] = "" if file is None else file.definition(name)
        return self._definitions[name]

    def knows(self, name: str) -> bool:
        """Whether the file of that name is a table now."""
        return self._tables is not None and self._tables.has(name)

    def definitions(self) -> Iterator[tuple[str, str]]:
        """The tables that the command line has named and that can be read, with their CREATE statements."""
        for name in self.names:
            with suppress(AisqlError):
                known = self._definitions.get(name)
                yield name, known if known is not None else self.definition(name)

    @property
    def names(self) -> Iterable[str]:
        """The tables that the command line has named."""
        return () if self._inputs is None else self._inputs.names

    def begin(self) -> None:
        """A new statement finds every file anew."""
        if self._tables is not None:
            self._tables.begin()

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Inside, the files that the command line has named are the only ones that are read; what needs
        another ends there, and nobody is told."""
        if self._tables is not None:
            self._tables.begin(pipes_stay=False)
        self._are_unread = True
        try:
            with suppress(_UnreadError):
                yield
        finally:
            self._are_unread = False

    @property
    def are_read(self) -> bool:
        """Whether any file is a table now."""
        return self._tables is not None and self._tables.are_there

    def prepare(self, sql: str) -> None:
        """Imports what the statement needs more than once; waits for what it would lock a database for."""
        if self._tables is not None and self.are_read and not _EXPLAIN.match(sql):
            operations = self._operations(sql)
            if not _EXISTS.search(sql):
                self._tables.arrive(operations)
            self._tables.import_repeated(operations)

    def ways(self, sql: str) -> list[tuple[str, str]]:
        """The files that a statement reads, and how: scanned, or imported once."""
        return [] if self._tables is None else list(self._tables.ways(self._operations(sql)))

    def _operations(self, sql: str) -> list[Row]:
        """What SQLite will do for a statement; nothing for one it refuses, which running it tells."""
        try:
            cursor = self._connection.execute(f"EXPLAIN {sql}", self._variables, can_cache=False)
        except apsw.Error:
            return []
        return cursor.fetchall()

    def told(self, result: Result) -> Result:
        """The result of a statement, with what is to be told of the files it has read.

        What it holds is shown before more is waited for.
        """
        if self._tables is not None and self._inputs is not None:
            self._inputs.pause = pausing(ref(result))
            result.rows = self._telling(result.rows, result.notices)
        return result

    def _telling(self, rows: Iterator[Row], notices: list[str]) -> Iterator[Row]:
        yield from rows
        if self._tables is not None:
            notices += self._tables.notices()

    @contextmanager
    def meanwhile(self, do: Callable[[Callable[[], bool]], None]) -> Iterator[None]:
        """Inside, `do` is called before a wait for what is piped in, with what tells when it is over."""
        if self._inputs is None:
            yield
            return
        before, self._inputs.meanwhile = self._inputs.meanwhile, do
        try:
            yield
        finally:
            self._inputs.meanwhile = before
