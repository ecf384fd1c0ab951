"""One SQLite database of tables: runs SQL, gives results that stream, puts SQLite's errors into our words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import apsw

from aisql.access import UNLIMITED, Access
from aisql.catalog.paths import is_keys_file
from aisql.engine import transactions
from aisql.engine.authorizing import guard
from aisql.engine.found_files import FoundFiles
from aisql.engine.missing import databases_in, function_in, place_of_string, place_of_table, requalified
from aisql.engine.variables import Variables
from aisql.errors import AisqlError, OpenError, SafeModeError, Span, SqlError
from aisql.result import Column, Result, Row, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from aisql.engine.inputs import Inputs
    from aisql.engine.interrupt import Interruptible
    from aisql.engine.loading import Loading
    from aisql.engine.variables import Variables

    ScalarFunction: TypeAlias = Callable[..., Value]
    Execute: TypeAlias = Callable[[str, Variables], apsw.Cursor]

SYSTEM_SCHEMA = "aisql"
OCEANBASE_SCHEMA = "oceanbase"
_BUSY_MILLISECONDS = 10_000
_READ, _WRITE = apsw.SQLITE_OPEN_READONLY, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
_MAPPED_BYTES = 1 << 30
"""What of a file SQLite reads without copying it first, which makes a scan of large values twice as fast."""
# Every so many steps SQLite calls Python, which is when Python sees a Ctrl-C; the cost cannot be measured.
_STEPS_PER_CHECK = 20_000
_WRITES = re.compile(r"(?i)(?:INSERT|UPDATE|DELETE|REPLACE|WITH)\b")
# What may take long and write: one row of values does not.
_LONG_WRITE = re.compile(
    r"(?is)(?:UPDATE|DELETE|CREATE|ALTER|DROP|REINDEX|ANALYZE)\b"
    r"|(?:INSERT|REPLACE)\b.*\b(?:SELECT|WITH)\b"
    r"|WITH\b.*\b(?:INSERT\s+(?:OR|INTO)|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\b"
)


class Database:
    """A connection to one database file (`:memory:` for none).

    `find` tells the file of a database of the catalog by its name, None when there is none; another database
    than this one is attached when a statement first names it. So are the schemas `aisql` and `oceanbase`, by
    `system`, which is told which one, and whether it is there, and tells whether it had anything to do.
    `access` tells whether statements may open other files. With `readonly` only temporary tables can be
    written. Raises OpenError when the file cannot be opened.
    """

    def __init__(
        self,
        path: str,
        variables: Variables,
        find: Callable[[str], str | None] | None = None,
        system: Callable[[apsw.Connection, str, bool], bool] | None = None,
        inputs: Inputs | None = None,
        access: Access = UNLIMITED,
        *,
        readonly: bool = False,
    ) -> None:
        self.path = path
        self._guard = guard(access)
        self._variables = variables
        self._find = find
        self._system = system
        self._description: tuple[tuple[str, str | None], ...] = ()
        self._reads_only = True
        self._lent: set[str] = set()  # the databases attached here, not by the user
        self._denied: str | None = None
        self._writing: Interruptible | None = None
        self.has_lost_patience: Callable[[], bool] | None = None
        """Asked now and then while a statement that only reads runs; it is interrupted when this is true."""
        try:
            self._connection = apsw.Connection(path, flags=_READ if readonly else _WRITE)
            self._connection.set_busy_timeout(_BUSY_MILLISECONDS)
            self._connection.pragma("mmap_size", _MAPPED_BYTES)
        except apsw.Error as error:
            raise _cannot_open(path, error) from error
        self.files = FoundFiles(self, self._connection, variables, inputs)
        self._connection.authorizer = self._guard
        self._connection.exec_trace = self._traced
        self._connection.set_progress_handler(self._must_end, _STEPS_PER_CHECK)

    def _traced(self, cursor: apsw.Cursor, _sql: str, _bindings: object) -> bool:
        # Only here are the columns of a query known that gives no rows.
        self._description = cursor.get_description()
        self._reads_only = cursor.is_readonly
        return True

    def _must_end(self) -> bool:
        """Called by SQLite every so many steps; Python raises KeyboardInterrupt here where it may."""
        if self._writing is not None:
            return self._writing.must_end()
        return self.has_lost_patience is not None and self.has_lost_patience()

    def run(self, sql: str, start: int = 0) -> Result:
        """Runs one statement; its rows come as they are read.

        `start` is the offset of `sql` in the text that errors point into.
        """
        rows, columns = self.open(sql, start)
        if columns:
            return Result(columns, rows)
        if sql[:6].upper() == "ATTACH":
            self._refuse_keys()
        return Result(changes=self.changes() if _WRITES.match(sql) else None)

    def _refuse_keys(self) -> None:
        """Lets go of a file of keys that was attached: SQL is not to see them."""
        files = {str(name): str(file) for _, name, file in self.select("PRAGMA database_list")}
        for name, file in files.items():
            if is_keys_file(file):
                self._connection.execute("DETACH DATABASE " + quoted(name))
                raise SqlError(f"{file} holds keys and cannot be attached")

    def changes(self) -> int:
        """The number of rows the last statement wrote."""
        return self._connection.changes()

    def open(self, sql: str, start: int = 0) -> tuple[Iterator[Row], tuple[Column, ...]]:
        """Runs one statement; gives its rows and its columns."""
        with self._interruptible(sql):
            cursor = self._execute(sql, start)
            if not self._description:
                return iter(()), ()
            columns = tuple([Column(name, type_ or "") for name, type_ in self._description])
            rows = self._rows(cursor, sql, start)
            # What writes is done before anything is shown: nobody has to read its rows for it to happen.
            return (rows if self._reads_only else iter(list(rows))), columns

    def _interruptible(self, sql: str) -> AbstractContextManager[object]:
        """What keeps the transaction the user has open when a write in it is interrupted."""
        if not (self._connection.in_transaction and _LONG_WRITE.match(sql)):
            return nullcontext()
        return self._in_savepoint()

    @contextmanager
    def _in_savepoint(self) -> Iterator[None]:
        from aisql.engine.interrupt import Interruptible  # only a write in a transaction needs it

        with Interruptible(self._connection) as self._writing:
            try:
                yield
            finally:
                self._writing = None

    def _execute(
        self, sql: str, start: int, written: str | None = None, run: Execute | None = None
    ) -> apsw.Cursor:
        before, self._description = (self._description, self._reads_only), ()
        if self._lent:
            self._lend(sql)
        try:
            if run is not None:
                return run(sql, self._variables)
            self.files.prepare(sql)
            self._description = ()
            # What is prepared knows the columns that files had then.
            return self._connection.execute(sql, self._variables, can_cache=not self.files.are_read)
        except apsw.Error as error:
            repaired = self._repaired(sql, error, start)
            self._description, self._reads_only = before  # of the statement that this one may stand in
            if repaired is None:
                raise self._translated(error, sql, start, written) from error
            return self._execute(repaired, start, written or sql, run)
        except UnicodeDecodeError as error:
            self._description, self._reads_only = before
            raise _no_unicode() from error
        except SafeModeError as error:
            self._description, self._reads_only = before
            error.span = error.span or place_of_string(error.subject or "", sql, start)
            raise

    def _rows(self, cursor: apsw.Cursor, sql: str, start: int) -> Iterator[Row]:
        try:
            yield from cursor
        except apsw.Error as error:
            raise self._translated(error, sql, start) from error
        except UnicodeDecodeError as error:
            raise _no_unicode() from error
        finally:
            cursor.close(True)

    def _repaired(self, sql: str, error: apsw.Error, start: int = 0) -> str | None:
        """The statement to try after one that names a database, a function or a file not known yet."""
        if self._add_function(str(error)) or self.files.add(str(error), sql, start):
            return sql
        attached = {str(row[1]) for row in self._connection.execute("PRAGMA database_list")}
        for name in databases_in(str(error)):
            schema = name.lower()
            if schema in {SYSTEM_SCHEMA, OCEANBASE_SCHEMA} and self._system is not None:
                self._lent.add(schema)
                return sql if self._system(self._connection, schema, schema in attached) else None
            path = self._find(name) if self._find is not None else None
            if path == self.path:
                return requalified(sql, name, "main")
            if path is not None and name not in attached:
                self.select("ATTACH DATABASE ? AS " + quoted(name), (path,))
                self._lent.add(name)
                return sql
        return None

    def _add_function(self, message: str) -> bool:
        """Registers the function that a message of SQLite's speaks of, where it is a plain one of ours."""
        name = function_in(message)
        if name is None:
            return False
        from aisql.functions.plain import PLAIN_FUNCTIONS  # most statements need none of them

        function = PLAIN_FUNCTIONS.get(name)
        if function is not None:
            self._connection.create_scalar_function(
                function.name, function.make(), function.arguments, deterministic=function.deterministic
            )
        return function is not None

    def _lend(self, sql: str) -> None:
        """Lets a statement reach those attached databases only that it names.

        SQLite looks for a table without a database in all of them: one statement that named `d.t` would
        change what `t` means in every later one.
        """
        hidden = {name for name in self._lent if not re.search(rf"(?i)\b{re.escape(name)}[\"`\]]?\s*\.", sql)}

        def authorize(
            operation: int, first: str | None, second: str | None, database: str | None, inner: str | None
        ) -> int:
            if database not in hidden or inner is not None:  # a view or trigger may name what it needs
                return self._guard(operation, first, second, database, inner) if self._guard else allowed
            self._denied = self._denied or first
            return int(apsw.SQLITE_DENY)

        allowed, self._denied = int(apsw.SQLITE_OK), None
        self._connection.authorizer = authorize if hidden else self._guard

    def _translated(self, error: apsw.Error, sql: str, start: int, written: str | None = None) -> AisqlError:
        if isinstance(error, apsw.NotADBError | apsw.CantOpenError | apsw.CorruptError):
            return _cannot_open(self.path, error)
        message = str(error)
        if isinstance(error, apsw.AuthError) and self._denied is not None:
            message = f"no such table: {self._denied}"
        if isinstance(error, apsw.BindingsError):
            message = "a parameter needs a name, such as :name"
        offset: int = getattr(error, "error_offset", -1)  # bytes; the type stubs do not know it
        if offset < 0 or (written is not None and written != sql):
            span = place_of_table(message, written or sql, start)
            return SqlError(message, span=span, hint=self._hint(message))
        place = start + len(sql.encode()[:offset].decode(errors="ignore"))
        word = re.compile(r"\w+|.|$", re.DOTALL).match(sql, place - start)
        return SqlError(
            message, span=Span(place, place + len(word[0] if word else "")), hint=self._hint(message)
        )

    def _hint(self, message: str) -> str | None:
        from aisql.engine.suggest import hint  # only a mistake needs it

        return hint(message, self.names)

    def tables(self) -> list[tuple[str, str]]:
        """The tables and views of this database, temporary ones too: name and kind (table, view, virtual).

        Files that were named are `file`.
        """
        rows = self.select(
            "SELECT name, type FROM pragma_table_list WHERE schema IN ('main', 'temp') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND type <> 'shadow'"
        )
        return [*(dict.fromkeys(self.files.names, "file") | dict(rows)).items()]  # type: ignore[arg-type]

    def is_table(self, name: str) -> bool:
        """Whether the name, without a database, is that of a table of this database and of no view."""
        kinds = self.select(
            "SELECT type FROM pragma_table_list WHERE schema IN ('main', 'temp') AND name = ? COLLATE NOCASE",
            (name,),
        )
        return ("view",) not in kinds if kinds else self.files.knows(name)

    def knows(self, name: str) -> bool:
        """Whether the name is that of a table or view, or of a table SQLite has by itself: `json_each`."""
        try:
            self._connection.execute(f"EXPLAIN SELECT 1 FROM {quoted(name)}").close()
        except apsw.Error as error:  # a view may need a function of ours
            return str(error) != f"no such table: {name}"
        return True

    def views(self) -> list[tuple[str, str]]:
        """The views of this database, then temporary ones: name and CREATE statement."""
        views = "SELECT name, sql FROM {}.sqlite_schema WHERE type = 'view'"
        rows = self.select(f"{views.format('main')} UNION ALL {views.format('temp')}")
        return [(str(name), str(sql)) for name, sql in rows]

    def columns(self, table: str) -> list[tuple[str, str, bool, int, int]]:
        """The columns of a table: name, type, NOT NULL, place in the primary key, kind of generation."""
        self.files.find(table)
        with self._knowing_calls():
            rows = self.select(
                'SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?)', (table,)
            )
        return [
            (str(name), str(kind), bool(required), int(key or 0), int(hidden or 0))
            for name, kind, required, key, hidden in rows
        ]

    def definition(self, table: str) -> str:
        """The CREATE statement of a table or view, as SQLite keeps it."""
        schemas = (
            "SELECT name, sql FROM temp.sqlite_schema UNION ALL SELECT name, sql FROM main.sqlite_schema"
        )
        found = self.select(f"SELECT sql FROM ({schemas}) WHERE name = ?", (table,))
        return str(found[0][0]) if found else self.files.definition(table)

    def nearest_table(self, name: str) -> str | None:
        """A hint that names the table most like a missing one."""
        return self._hint(f"no such table: {name}")

    def detach(self, path: str) -> None:
        """Lets go of an attached file."""
        for _, name, file in self.select("PRAGMA database_list"):
            if name not in {"main", "temp"} and file == path:
                self._lent.discard(str(name))
                self.select("DETACH DATABASE " + quoted(str(name)))

    def names(self) -> dict[str, list[str]]:
        """The tables and views in reach, each with its columns; those of this database come last.

        The name of another schema stands before its tables: `aisql.settings`.
        """
        tables = self._connection.execute(
            "SELECT schema, name, schema IN ('main', 'temp') AS is_here FROM pragma_table_list "
            "WHERE name NOT LIKE 'sqlite_%' AND type <> 'shadow' ORDER BY is_here"
        )
        columns = "SELECT name FROM pragma_table_info(?)"
        found = {}
        for schema, name, is_here in list(tables):
            with suppress(apsw.SQLError):  # a view with AI calls
                rows = self._connection.execute(columns, (name,))
                found[str(name) if is_here else f"{schema}.{name}"] = [str(row[0]) for row in rows]
        return found

    def run_knowing(self, sql: str) -> Result:
        """Runs a statement that reads a view with AI calls but makes none, such as ALTER TABLE."""
        with self._knowing_calls():
            result = self.run(sql)
            result.rows = iter(list(result.rows))
            return result

    def compile(self, sql: str) -> None:
        """Has SQLite compile a statement, which is not run; a PRAGMA may be even so. Raises SqlError."""
        from aisql.engine.compiling import compiling  # few statements are only looked at

        with self._knowing_calls():
            self._execute(sql, 0, run=compiling(self._connection))

    def _knowing_calls(self) -> AbstractContextManager[None]:
        """Lets SQLite resolve a view that has AI calls; making one is an error."""
        from aisql.engine.stand_ins import standing_in  # only DESCRIBE and the like need it

        return standing_in(self._connection)

    def select(self, sql: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """The rows of a query of the program's own, which reaches every database that is attached."""
        before = self._description, self._reads_only
        authorize = self._connection.authorizer
        if authorize is not None:
            self._connection.authorizer = None
        try:
            return list(self._connection.execute(sql, values))
        except apsw.Error as error:
            if self._add_function(str(error)):  # a view has it
                return self.select(sql, values)
            raise self._translated(error, sql, 0) from error
        finally:
            self._description, self._reads_only = before  # of the statement that this one may stand in
            if authorize is not None:
                self._connection.authorizer = authorize

    def load(self, create: str, insert: str, rows: Iterable[Row]) -> None:
        """Makes a table and fills it, running `insert` once per row; all of it or nothing."""
        with self.loading() as loading:
            loading.run(create)
            loading.fill(insert, rows)

    def loading(self) -> Loading:
        """What fills tables with many rows."""
        from aisql.engine.loading import Loading  # queries do not

        return Loading(
            self._connection, lambda error, sql: self._translated(error, sql, 0), self._in_savepoint
        )

    def register(self, name: str, function: ScalarFunction) -> None:
        """Makes the function callable in SQL, with any number of arguments.

        SQLite is not told that it is deterministic: it would compute calls with constant arguments before
        it knows whether they are needed.
        """
        self._connection.create_scalar_function(name, function, -1)

    def register_aggregate(self, name: str, make: Callable[[], Any]) -> None:
        """Makes an aggregate function callable in SQL: an object with `step` and `final` for each group."""
        self._connection.create_aggregate_function(name, make)

    def functions(self, sql: str) -> set[str]:
        """The functions a statement uses, in the views it reads too; none for one SQLite refuses."""
        self._prepare(sql)
        found: set[str] = set()

        def note(operation: int, _first: str | None, second: str | None, *_: str | None) -> int:
            if operation == apsw.SQLITE_FUNCTION:
                found.add(str(second).lower())
            return int(apsw.SQLITE_OK)

        authorizer = self._connection.authorizer
        self._connection.authorizer = note
        try:
            self._connection.execute(f"EXPLAIN {sql}", self._variables).close()
        except apsw.Error:
            return set()  # running it tells
        finally:
            self._connection.authorizer = authorizer
        return found

    def _prepare(self, sql: str) -> None:
        """Has ready what a statement reads, outside of what may be rolled back."""
        try:
            self._connection.execute(f"EXPLAIN {sql}", self._variables).close()
            self.files.prepare(sql)
        except apsw.Error as error:
            if self._repaired(sql, error) == sql:
                self._prepare(sql)

    def register_table(self, name: str, module: Any) -> None:
        """Makes a table of the program's own that is there without being created."""
        self._connection.create_module(
            name, module, use_bestindex_object=True, eponymous=True, eponymous_only=True
        )

    def reading(self) -> AbstractContextManager[None]:
        """What is read inside is as it was at the beginning, whoever writes meanwhile."""
        return transactions.reading(self._connection)

    def writing(self) -> AbstractContextManager[None]:
        """Nobody else writes meanwhile; what is written inside is written together."""
        return transactions.writing(self._connection, lambda error, sql: self._translated(error, sql, 0))

    def rolled_back(self, sql: str, start: int) -> None:
        """Runs a statement to its end and undoes it."""
        with transactions.undone(self._connection):
            rows, _ = self.open(sql, start)
            for _row in rows:
                pass

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._connection.in_transaction)

    def close(self) -> None:
        """Closes the file; an open transaction is rolled back."""
        self._connection.close(True)


def _no_unicode() -> SqlError:
    return SqlError(
        "a text in the database is not UTF-8",
        code="not_unicode",
        hint="CAST(column AS BLOB) reads it as it is, hex(column) shows it",
    )


def sqlite_version() -> str:
    """The version of SQLite that is used."""
    return apsw.sqlite_lib_version()


def quoted(name: str) -> str:
    """The name as an SQLite identifier."""
    return '"' + name.replace('"', '""') + '"'


def _cannot_open(path: str, error: apsw.Error) -> OpenError:
    if isinstance(error, apsw.NotADBError):
        return OpenError(f"cannot open {path}: it is not a SQLite database")
    _, attached, other = str(error).partition("unable to open database: ")
    path, error_text = (other, "") if attached else (path, str(error))
    reason = error_text.removeprefix("unable to open database file")
    return OpenError(
        f"cannot open {path}: {reason.strip(' :') or 'no such folder, or no permission'}",
        hint="name a database file, or use --memory",
    )
