"""Opening a catalog file, and writing to it all or nothing."""

import sqlite3
import stat

import apsw
import pytest

from aisql.catalog.migrations import MIGRATIONS, migrate
from aisql.catalog.sqlite import open_connection, switch_to_wal
from aisql.catalog.store import open_store
from aisql.errors import CatalogError, OpenError


@pytest.fixture
def store(catalog_file, clock):
    opened = open_store(catalog_file, clock)
    yield opened
    opened.close()


def databases(store):
    return store.rows("SELECT name, path, comment, created_at FROM aisql_databases ORDER BY name")


def add(write, name):
    write.execute("INSERT INTO aisql_databases (name, created_at) VALUES (?, 'now')", (name,))


def problem(action, kind=OpenError):
    with pytest.raises(kind) as caught:
        action()
    return caught.value.message, caught.value.hint


def test_a_new_catalog_has_the_default_database(store):
    assert databases(store) == [("default_database", None, None, "2025-05-11 09:36:51.548")]


def test_the_folder_is_made_for_its_owner_only(store, catalog_file):
    assert stat.S_IMODE(catalog_file.parent.stat().st_mode) == 0o700


def test_the_catalog_is_in_wal_mode_and_checks_foreign_keys(store):
    assert [store.rows(f"PRAGMA {name}") for name in ("journal_mode", "foreign_keys", "busy_timeout")] == [
        [("wal",)],
        [(1,)],
        [(10_000,)],
    ]


def test_wal_mode_waits_for_a_reader_of_the_old_mode(catalog_file):
    connection = open_connection(catalog_file)
    connection.execute("CREATE TABLE t AS SELECT 1")
    reader = apsw.Connection(str(catalog_file))
    reader.execute("BEGIN; SELECT * FROM t").fetchall()

    def the_reader_ends(times):
        reader.execute("ROLLBACK")
        return True

    connection.set_busy_handler(the_reader_ends)
    switch_to_wal(connection)
    assert connection.execute("PRAGMA journal_mode").get == "wal"
    reader.close()
    connection.close()


def test_a_catalog_can_live_in_a_file_that_has_other_tables(tmp_path, clock):
    path = tmp_path / "mine.db"
    with sqlite3.connect(path) as mine:
        mine.execute("CREATE TABLE models (id)")
    mine.close()
    store = open_store(path, clock)
    names = {name for (name,) in store.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert "models" in names
    assert all(name.startswith("aisql_") for name in names - {"models"})
    store.close()


def test_a_file_that_is_no_sqlite_file(tmp_path, clock):
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, not tables\n" * 100)
    assert problem(lambda: open_store(path, clock)) == (
        f"{path} is not a SQLite file",
        "choose another path, or move the file away",
    )
    assert path.read_text() == "these are notes, not tables\n" * 100


def test_a_short_file_that_is_no_sqlite_file(tmp_path, clock):
    path = tmp_path / "short"
    path.write_text("hi")
    assert problem(lambda: open_store(path, clock))[0] == f"{path} is not a SQLite file"


def test_a_directory(tmp_path, clock):
    assert problem(lambda: open_store(tmp_path, clock)) == (
        f"{tmp_path} cannot be opened: it is a directory",
        "choose another path",
    )


@pytest.mark.parametrize("below", ["c.sqlite", "a/b/c.sqlite"])
def test_a_path_below_a_regular_file(tmp_path, clock, below):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / below
    message = f"cannot make the folder {path.parent}: a part of the path is a file"
    assert problem(lambda: open_store(path, clock)) == (message, "choose another path")


def test_a_damaged_file(store, catalog_file, clock):
    store.connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    store.close()
    content = bytearray(catalog_file.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    catalog_file.write_bytes(content)
    assert problem(lambda: open_store(catalog_file, clock))[0].startswith(f"{catalog_file} is damaged")


def test_a_catalog_of_a_newer_aisql(store, catalog_file, clock):
    store.connection.execute("INSERT INTO aisql_migrations VALUES (999, 'm999_wonders', 'then')")
    store.close()
    message, hint = problem(lambda: open_store(catalog_file, clock))
    assert message.startswith(f"{catalog_file} was made by a newer aisql (version 999, this program knows ")
    assert hint == "install the newest aisql, or choose another catalog file"


def test_cannot_open_is_exit_status_3(tmp_path, clock):
    with pytest.raises(OpenError) as caught:
        open_store(tmp_path, clock)
    assert caught.value.exit_status == 3


def add_and_raise(store, error):
    with store.transaction() as write:
        add(write, "half")
        raise error


def test_an_exception_in_the_middle_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError):
        add_and_raise(store, ZeroDivisionError)
    assert [name for name, *_ in databases(store)] == ["default_database"]


def test_an_interrupt_in_the_middle_leaves_nothing_and_the_store_goes_on(store):
    with pytest.raises(KeyboardInterrupt):
        add_and_raise(store, KeyboardInterrupt)
    with store.transaction() as write:
        add(write, "whole")
    assert [name for name, *_ in databases(store)] == ["default_database", "whole"]


def test_leaving_a_transaction_early_keeps_it(store):
    def early():
        with store.transaction() as write:
            add(write, "kept")
            return

    early()
    assert [name for name, *_ in databases(store)] == ["default_database", "kept"]


def test_writing_while_another_program_holds_the_file_says_so(store, catalog_file):
    other = apsw.Connection(str(catalog_file))
    other.execute("BEGIN IMMEDIATE")
    store.connection.set_busy_timeout(1)

    def write():
        with store.transaction() as write:
            add(write, "never")

    assert problem(write, CatalogError) == (
        f"{catalog_file} is locked by another program",
        "try again when that program has finished",
    )
    other.execute("ROLLBACK")
    assert [name for name, *_ in databases(store)] == ["default_database"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x" * 1_000_000, "{} cannot be written: the disk is full"),
        ("\ud800", "{} holds only valid Unicode text"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(store, catalog_file, value, message):
    store.connection.execute("PRAGMA max_page_count = 30").fetchall()

    def write():
        with store.transaction() as write:
            add(write, "half")
            add(write, value)

    assert problem(write, CatalogError)[0] == message.format(catalog_file)
    assert [name for name, *_ in databases(store)] == ["default_database"]


def test_a_read_only_catalog_can_be_read_and_not_written(store, catalog_file, clock):
    readonly = open_store(catalog_file, clock, readonly=True)
    assert databases(readonly) == databases(store)

    def write():
        with readonly.transaction() as write:
            add(write, "never")

    assert problem(write, CatalogError)[0] == f"{catalog_file} cannot be written: it is read-only"
    readonly.close()


def test_a_missing_catalog_opened_read_only_is_empty_and_is_not_made(catalog_file, clock):
    store = open_store(catalog_file, clock, readonly=True)
    assert [name for name, *_ in databases(store)] == ["default_database"]
    assert not catalog_file.parent.exists()
    store.close()


def test_an_outdated_catalog_opened_read_only_says_what_to_do(catalog_file, clock):
    connection = open_connection(catalog_file)
    migrate(connection, catalog_file, lambda: "then", MIGRATIONS[:1])
    connection.close()
    assert problem(lambda: open_store(catalog_file, clock, readonly=True)) == (
        f"{catalog_file} cannot be written: it is read-only",
        "open it once without --readonly: its tables are out of date",
    )
