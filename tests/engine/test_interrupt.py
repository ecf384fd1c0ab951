"""Ctrl-C while SQLite writes inside a transaction: the statement is undone, what came before it is not."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import apsw
import pytest

from aisql.engine.interrupt import Interruptible

ROWS = 20_000
"""Rows of the tables: writing them takes many times the steps from one look at the signal to the next."""
STEPS = 2_000
BEGINS_AT = 100
"""The row at which Ctrl-C is pressed: rows have been written by then, and many are to come."""
SECONDS = 30

TABLES = f"""
CREATE TABLE kept (a);
CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT, n INTEGER);
WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g LIMIT {ROWS})
INSERT INTO t SELECT i, 'text ' || i, i % 7 FROM g;
"""

SHAPES = {
    "INSERT ... SELECT": ("CREATE TABLE u (a)", "INSERT INTO u SELECT begun(i) FROM t"),
    "a recursion without an end": (
        "CREATE TABLE u (a)",
        "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g) "
        "INSERT INTO u SELECT begun(i) FROM g",
    ),
    "INSERT into the table it reads": ("", "INSERT INTO t (s) SELECT begun(i) FROM t"),
    "INSERT OR IGNORE": (
        "CREATE TABLE u (a UNIQUE, b)",
        "INSERT OR IGNORE INTO u SELECT begun(i) % 5000, i FROM t",
    ),
    "INSERT OR REPLACE": (
        "CREATE TABLE u (a UNIQUE, b); INSERT INTO u SELECT i, i FROM t",
        "INSERT OR REPLACE INTO u SELECT begun(i), -i FROM t",
    ),
    "INSERT OR FAIL": ("CREATE TABLE u (a UNIQUE)", "INSERT OR FAIL INTO u SELECT begun(i) FROM t"),
    "INSERT ... ON CONFLICT": (
        "CREATE TABLE u (a PRIMARY KEY, b); INSERT INTO u SELECT i, i FROM t",
        "INSERT INTO u SELECT begun(i), -i FROM t WHERE true ON CONFLICT (a) DO UPDATE SET b = excluded.b",
    ),
    "INSERT ... RETURNING": ("CREATE TABLE u (a)", "INSERT INTO u SELECT begun(i) FROM t RETURNING a"),
    "UPDATE": ("", "UPDATE t SET n = begun(i)"),
    "UPDATE of the primary key": ("", f"UPDATE t SET i = begun(i) + {ROWS}"),
    "UPDATE of an indexed column": ("CREATE INDEX t_n ON t (n)", "UPDATE t SET n = n + begun(i)"),
    "UPDATE with a sub-query": ("", "UPDATE t SET n = (SELECT begun(u.i) FROM t u WHERE u.i = t.i)"),
    "UPDATE ... FROM": ("", "UPDATE t SET n = u.n FROM (SELECT i, begun(i) AS n FROM t) u WHERE u.i = t.i"),
    "DELETE": ("CREATE INDEX t_n ON t (n)", "DELETE FROM t WHERE begun(i) > 0"),
    "CREATE TABLE ... AS": ("", "CREATE TABLE u AS SELECT begun(i) AS a, s FROM t"),
    "CREATE INDEX": ("", "CREATE INDEX t_s ON t (begun(i), s)"),
    "REINDEX": ("CREATE INDEX t_s ON t (begun(i), s)", "REINDEX t_s"),
    "a trigger": (
        "CREATE TABLE log (a);"
        "CREATE TRIGGER each AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (begun(new.i)); END",
        "UPDATE t SET n = 0",
    ),
    "a foreign key with a cascade": (
        "CREATE TABLE parent (p PRIMARY KEY); CREATE TABLE child (p REFERENCES parent ON DELETE CASCADE);"
        "CREATE INDEX child_p ON child (p);"
        "INSERT INTO parent SELECT i FROM t; INSERT INTO child SELECT i FROM t",
        "DELETE FROM parent WHERE begun(p)",
    ),
    "a foreign key that waits for COMMIT": (
        "CREATE TABLE parent (p PRIMARY KEY);"
        "CREATE TABLE child (p REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO child SELECT begun(i) FROM t",
    ),
    "WITHOUT ROWID": (
        "CREATE TABLE u (a PRIMARY KEY, b) WITHOUT ROWID",
        "INSERT INTO u SELECT s, begun(i) FROM t",
    ),
    "AUTOINCREMENT": (
        "CREATE TABLE u (a INTEGER PRIMARY KEY AUTOINCREMENT, b)",
        "INSERT INTO u (b) SELECT begun(i) FROM t",
    ),
    "a temporary table": ("CREATE TEMP TABLE u (a)", "INSERT INTO u SELECT begun(i) FROM t"),
    "a new temporary table": ("", "CREATE TEMP TABLE u AS SELECT begun(i) AS a FROM t"),
    "an attached database": ("CREATE TABLE other.u (a)", "INSERT INTO other.u SELECT begun(i) FROM t"),
    "full text": (
        "CREATE VIRTUAL TABLE u USING fts5 (a)",
        "INSERT INTO u SELECT 'word' || begun(i) FROM t",
    ),
    "a view with a trigger": (
        "CREATE TABLE u (a); CREATE VIEW v AS SELECT a FROM u;"
        "CREATE TRIGGER instead INSTEAD OF INSERT ON v BEGIN INSERT INTO u VALUES (new.a); END",
        "INSERT INTO v SELECT begun(i) FROM t",
    ),
}
"""What there is before the transaction, and the statement that is stopped; it calls `begun` for its rows."""

JOURNALS = ("delete", "truncate", "persist", "memory", "wal")


class Keyboard:
    """Presses Ctrl-C when the statement it `waits` for has come to a row, and lets it go on then."""

    def __init__(self, presses: int = 1) -> None:
        self.waits = False
        self.rows = 0
        self._presses = presses
        self._begun = threading.Event()
        self._pressed = threading.Event()
        self._thread = threading.Thread(target=self._press)
        self._thread.start()

    def _press(self) -> None:
        self._begun.wait()
        for _ in range(self._presses):
            os.kill(os.getpid(), signal.SIGINT)
        self._pressed.set()

    def begun(self, number: int) -> int:
        """A function for SQL, that gives its argument."""
        self.rows += 1
        if number == BEGINS_AT and self.waits:
            self.waits = False
            self._begun.set()
            assert self._pressed.wait(SECONDS)
        return number

    def close(self) -> None:
        """Nobody presses any more."""
        self._presses = 0
        self._begun.set()
        self._thread.join()


class Tables:
    """A connection, as the engine has one, to a database with tables in it."""

    def __init__(
        self,
        folder: Path,
        keyboard: Keyboard,
        file: str = "t.db",
        journal: str = "delete",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self.path = folder / file
        self.connection = apsw.Connection(file if file == ":memory:" else str(self.path))
        self._writing: Interruptible | None = None
        self.hear(keyboard)
        self.connection.set_progress_handler(self._must_end, STEPS)
        self("ATTACH ? AS other", str(folder / "other.db"))
        for schema in ("main", "other"):
            self(f"PRAGMA {schema}.journal_mode = {journal}")
        self("PRAGMA synchronous = OFF")  # nobody pulls the plug here
        self("PRAGMA other.synchronous = OFF")
        self("PRAGMA foreign_keys = ON")
        self(f"BEGIN; {TABLES}; COMMIT")

    def hear(self, keyboard: Keyboard) -> None:
        """Has `begun` tell this keyboard how far a statement is."""
        self.keyboard = keyboard
        self.connection.create_scalar_function("begun", keyboard.begun, 1, deterministic=True)

    def _must_end(self) -> bool:
        return self._writing is not None and self._writing.must_end()

    def __call__(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        return list(self.connection.execute(sql, values or None))

    def write(self, sql: str) -> None:
        """Runs a statement as the engine runs one that writes in a transaction."""
        self.keyboard.waits, self.keyboard.rows = True, 0
        with Interruptible(self.connection, self._clock) as self._writing:
            try:
                self(sql)
            finally:
                self._writing = None

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table, and every definition."""
        schemas = ("main", "temp", "other")
        found = {
            schema: self(f"SELECT type, name, sql FROM {schema}.sqlite_schema ORDER BY 1, 2")
            for schema in schemas
        }
        tables = [(schema, row[1]) for schema in schemas for row in found[schema] if row[0] == "table"]
        return found | {f"{schema}.{name}": self(f"SELECT * FROM {schema}.{name}") for schema, name in tables}


Open = Callable[..., Tables]


@pytest.fixture
def keyboards() -> Iterator[list[Keyboard]]:
    """Keyboards that are let go of when a test is over, and Python's own way with Ctrl-C meanwhile."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    made: list[Keyboard] = []
    yield made
    for keyboard in made:
        keyboard.close()
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def open_tables(tmp_path: Path, keyboards: list[Keyboard]) -> Iterator[Open]:
    """Opens databases on which Ctrl-C is pressed once the statement has begun."""
    opened: list[Tables] = []

    def start(*, presses: int = 1, **options: Any) -> Tables:
        keyboards.append(Keyboard(presses))
        opened.append(Tables(tmp_path, keyboards[-1], **options))
        return opened[-1]

    yield start
    for tables in opened:
        tables.connection.close(True)


def stopped_in_transaction(tables: Tables, statement: str) -> None:
    """Stops the statement behind a write, and looks at everything that has to be as it was."""
    tables("BEGIN")
    tables("INSERT INTO kept VALUES ('before')")
    before = tables.content()
    with pytest.raises(KeyboardInterrupt):
        tables.write(statement)
    assert tables.keyboard.rows < BEGINS_AT + STEPS
    assert tables.connection.in_transaction
    assert tables.content() == before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert [tables(f"PRAGMA {schema}.integrity_check") for schema in ("main", "other")] == [[("ok",)]] * 2
    assert tables("PRAGMA foreign_key_check") == []
    tables("INSERT INTO kept VALUES ('after')")
    tables("COMMIT")
    assert tables("SELECT a FROM kept") == [("before",), ("after",)]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_statement_is_stopped_and_the_transaction_goes_on(open_tables: Open, shape: str) -> None:
    prepare, statement = SHAPES[shape]
    tables = open_tables()
    tables(prepare)
    stopped_in_transaction(tables, statement)


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_statement_is_stopped_whatever_the_journal(open_tables: Open, journal: str) -> None:
    tables = open_tables(journal=journal)
    tables("CREATE INDEX t_n ON t (n)")
    stopped_in_transaction(tables, "UPDATE t SET n = -begun(i), s = s || s")
    again = apsw.Connection(str(tables.path))
    assert again.execute("SELECT a FROM kept").fetchall() == [("before",), ("after",)]
    assert again.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    again.close()


def test_a_statement_in_a_savepoint_of_the_user_is_stopped(open_tables: Open) -> None:
    tables = open_tables()
    tables("SAVEPOINT mine; INSERT INTO kept VALUES (1); SAVEPOINT inner; INSERT INTO kept VALUES (2)")
    with pytest.raises(KeyboardInterrupt):
        tables.write("UPDATE t SET n = -begun(i)")
    assert tables("SELECT a FROM kept") == [(1,), (2,)]
    tables("ROLLBACK TO inner")
    assert tables("SELECT a FROM kept") == [(1,)]
    tables("RELEASE mine")
    assert not tables.connection.in_transaction
    assert tables("SELECT sum(n < 0) FROM t") == [(0,)]


def test_a_database_in_memory_is_no_different(open_tables: Open) -> None:
    stopped_in_transaction(open_tables(file=":memory:"), "UPDATE t SET n = -begun(i)")


@pytest.mark.parametrize("shape", ["INSERT ... SELECT", "UPDATE", "a recursion without an end"])
def test_a_statement_on_a_machine_that_is_busy_meanwhile_is_stopped(open_tables: Open, shape: str) -> None:
    prepare, statement = SHAPES[shape]
    tables = open_tables(clock=count(1.0).__next__)  # a second goes by whenever somebody looks
    tables(prepare)
    stopped_in_transaction(tables, statement)


def test_a_statement_after_one_that_was_stopped_can_be_stopped_too(
    open_tables: Open, keyboards: list[Keyboard]
) -> None:
    tables = open_tables()
    tables("BEGIN")
    tables("INSERT INTO kept VALUES ('before')")
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            tables.write("UPDATE t SET n = -begun(i)")
        again = Keyboard()
        keyboards.append(again)
        tables.hear(again)
    tables.write("UPDATE t SET n = -begun(i) WHERE i < 10")
    tables("COMMIT")
    assert tables("SELECT a, (SELECT sum(n < 0) FROM t) FROM kept") == [("before", 9)]


def test_a_statement_that_is_not_stopped_leaves_no_trace(open_tables: Open) -> None:
    tables = open_tables(presses=0)
    tables("BEGIN")
    tables.write("UPDATE t SET n = -begun(i)")
    with pytest.raises(apsw.SQLError, match="no such savepoint"):
        tables("RELEASE aisql_statement")
    assert tables("SELECT count(*) FROM sqlite_temp_schema") == [(0,)]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    tables("COMMIT")
    assert tables("SELECT sum(n) < 0 FROM t") == [(1,)]


def test_a_statement_that_fails_leaves_what_sqlite_leaves(open_tables: Open) -> None:
    tables = open_tables(presses=0)
    tables("CREATE UNIQUE INDEX t_n ON t (n, i)")
    tables("BEGIN; INSERT INTO kept VALUES ('before')")
    with pytest.raises(apsw.ConstraintError):
        tables.write("INSERT INTO t SELECT * FROM t")
    assert tables("SELECT a FROM kept") == [("before",)]
    with pytest.raises(apsw.ConstraintError):
        tables.write("INSERT OR ROLLBACK INTO t SELECT * FROM t")
    assert not tables.connection.in_transaction
    assert tables("SELECT a FROM kept") == []


COMPUTING = (
    "INSERT INTO kept WITH RECURSIVE g(i) AS (SELECT begun(1) UNION ALL SELECT i + 1 FROM g LIMIT 1000000000)"
    " SELECT count(*) FROM g WHERE i > 0 AND begun(i) > 0"
)


@pytest.mark.parametrize("presses", [1, 2])
def test_a_write_that_only_computes_takes_the_transaction_with_it(open_tables: Open, presses: int) -> None:
    # It touches no table, so it does not notice; SQLite ends it by undoing the whole transaction.
    tables = open_tables(presses=presses)
    tables("BEGIN")
    tables("INSERT INTO kept VALUES ('before')")
    with pytest.raises(KeyboardInterrupt):
        tables.write(COMPUTING)
    assert not tables.connection.in_transaction
    assert tables("SELECT a FROM kept") == []
    assert tables("SELECT count(*) FROM sqlite_temp_schema") == [(0,)]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert tables("PRAGMA integrity_check") == [("ok",)]
    tables("INSERT INTO kept VALUES ('after')")
    assert tables("SELECT a FROM kept") == [("after",)]
