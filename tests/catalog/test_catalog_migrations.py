"""Bringing the tables of a catalog file up to date."""

import apsw
import pytest

from aisql.catalog.answers import Ledger
from aisql.catalog.migrations import MIGRATIONS, applied_version, migrate
from aisql.catalog.sqlite import open_connection, switch_to_wal
from aisql.catalog.store import open_store


def m001_first(connection, now):
    connection.execute("CREATE TABLE aisql_first (x)")


def m002_second(connection, now):
    connection.execute("CREATE TABLE aisql_second (x)")


def m002_broken(connection, now):
    connection.execute("CREATE TABLE aisql_second (x)")
    raise ZeroDivisionError


def applied(connection):
    return connection.execute("SELECT * FROM aisql_migrations ORDER BY version").fetchall()


def tables(connection):
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    return [name for (name,) in rows]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "c.sqlite"


@pytest.fixture
def connection(path):
    opened = open_connection(path)
    yield opened
    opened.close()


def test_every_step_is_recorded_with_its_name_and_time(connection, path):
    migrate(connection, path, lambda: "then", (m001_first,))
    migrate(connection, path, lambda: "later", (m001_first, m002_second))
    assert applied(connection) == [(1, "m001_first", "then"), (2, "m002_second", "later")]
    assert tables(connection) == ["aisql_first", "aisql_migrations", "aisql_second"]


def test_a_second_time_changes_nothing(connection, path):
    migrate(connection, path, lambda: "then")
    migrate(connection, path, lambda: "later")
    assert {moment for _, _, moment in applied(connection)} == {"then"}


def test_a_step_that_fails_leaves_nothing_and_keeps_those_before_it(connection, path):
    with pytest.raises(ZeroDivisionError):
        migrate(connection, path, lambda: "then", (m001_first, m002_broken))
    assert tables(connection) == ["aisql_first", "aisql_migrations"]
    migrate(connection, path, lambda: "then", (m001_first, m002_second))
    assert applied_version(connection) == 2


def test_a_step_that_another_process_makes_while_we_wait_for_the_lock_is_not_made_again(connection, path):
    switch_to_wal(connection)
    other = open_connection(path)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE aisql_migrations (version INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
    m001_first(other, "other")
    other.execute("INSERT INTO aisql_migrations VALUES (1, 'm001_first', 'other')")

    def the_other_commits(times):
        other.execute("COMMIT")
        return True

    connection.set_busy_handler(the_other_commits)
    migrate(connection, path, lambda: "then", (m001_first, m002_second))
    assert applied(connection) == [(1, "m001_first", "other"), (2, "m002_second", "then")]
    other.close()


def test_the_steps_are_numbered_without_gaps():
    assert [int(step.__name__[1:4]) for step in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


OLD_ROWS = """
INSERT INTO aisql_usage VALUES ('2025-05-11', 'openai', 'h', 'gpt-4o', 'chat/completions', 5, 3, 2, 100, 20);
INSERT INTO aisql_usage VALUES ('2025-05-12', 'ollama', 'h', 'm', 'embeddings', 1, 1, 0, 7, 0);
INSERT INTO aisql_answers VALUES
    (x'01', 'then', 1, 'yes', 'openai', 'h', 'gpt-4o', 'chat/completions', 10, NULL, 0.5, '{}');
INSERT INTO aisql_errors VALUES (7, 'then', 'SELECT', 'f', 'openai', 'h', 'gpt-4o', 'a', 500, 1, 'c', 'no');
"""


def test_what_was_paid_for_before_usage_had_functions_is_kept(path, clock):
    connection = open_connection(path)
    migrate(connection, path, lambda: "then", MIGRATIONS[:4])
    connection.execute(OLD_ROWS)
    connection.close()
    ledger = Ledger(path, clock)
    chat, embeddings = ("openai", "h", "gpt-4o", "chat/completions"), ("ollama", "h", "m", "embeddings")
    assert (list(ledger.usage()), list(ledger.answers()), list(ledger.errors())) == (
        [
            ("2025-05-11", *chat, "", 5, 3, 2, 100, 20, 0, 0),
            ("2025-05-12", *embeddings, "", 1, 1, 0, 7, 0, 0, 0),
        ],
        [(*chat, "{}", "yes", 1, 10, None, None, None, 0.5, 1, "then", "01")],
        [("then", "SELECT", "f", *chat[:3], "a", 500, 1, "c", None, "no")],
    )
    ledger.close()


def test_a_program_that_had_the_file_open_before_usage_had_functions_goes_on_writing(path, clock):
    old = open_connection(path)
    migrate(old, path, lambda: "then", MIGRATIONS[:4])
    switch_to_wal(old)
    ledger = Ledger(path, clock)
    assert list(ledger.usage()) == []
    columns = "day, provider, host, model, task, requests, answers, failures, input_tokens, output_tokens"
    count = (
        f"INSERT INTO aisql_usage ({columns}) VALUES ('2025-05-11', 'p', 'h', 'm', 't', 1, 1, 0, 2, 3)"
        " ON CONFLICT DO UPDATE SET requests = requests + excluded.requests"
    )
    old.execute(count)
    old.execute(count)
    assert list(ledger.usage()) == [("2025-05-11", "p", "h", "m", "t", "", 2, 1, 0, 2, 3, 0, 0)]
    ledger.close()
    old.close()


def test_two_stores_may_open_a_new_file_at_once(path, clock):
    first, second = open_store(path, clock), open_store(path, clock)
    assert first.rows("SELECT * FROM aisql_migrations") == second.rows("SELECT * FROM aisql_migrations")
    first.close()
    second.close()


def test_a_file_without_a_catalog_has_version_0():
    assert applied_version(apsw.Connection(":memory:")) == 0
