"""What a statement with AI calls gives: the rows of naive evaluation, and the names the user wrote."""

from __future__ import annotations

import pytest
from engine_shell import Shell
from server import BROKEN, Fault, ModelServer

S = "ai_complete('openai:m', s)"


def test_columns_are_named_as_in_the_text_the_user_wrote(texts: Shell) -> None:
    texts(f"SELECT {S}, upper( {S} ) || 'x', ARRAY['a'], json '{{}}', {S} AS named FROM t")
    assert texts.columns == [S, f"upper( {S} ) || 'x'", "ARRAY['a']", "json '{}'", "named"]


def test_a_table_made_of_a_query_has_those_names_too(texts: Shell) -> None:
    texts(f"CREATE TABLE made AS SELECT i, {S}, {S} AS named FROM t WHERE i < 3")
    assert texts("SELECT * FROM made") == [(1, "1", "1"), (2, "2", "2")]
    assert texts.columns == ["i", S, "named"]


def test_groups_are_those_of_the_answers(texts: Shell) -> None:
    rows = texts(f"SELECT {S}, count(*) FROM t GROUP BY {S} HAVING {S} < '12' ORDER BY {S}")
    assert rows == [("0", 20), ("1", 20), ("10", 20), ("11", 20)]


def test_an_insert_writes_answers_into_a_column_that_may_not_be_null(
    texts: Shell, server: ModelServer
) -> None:
    texts("CREATE TABLE strict_one (i INTEGER UNIQUE, a TEXT NOT NULL)")
    texts(f"INSERT INTO strict_one SELECT i, {S} FROM t")
    assert texts.changes == 1000
    assert texts("SELECT count(*), count(DISTINCT a) FROM strict_one") == [(1000, 50)]
    assert len(server.requests) == 50


@pytest.mark.parametrize(
    ("sql", "changes", "left"),
    [
        (f"UPDATE t SET s = {S} WHERE i <= 100", 100, "SELECT count(*) FROM t WHERE s LIKE 'text%'"),
        (
            f"UPDATE OR REPLACE t SET s = {S} WHERE i <= 100",
            100,
            "SELECT count(*) FROM t WHERE s LIKE 'text%'",
        ),
        (f"DELETE FROM t WHERE {S} = '5'", 20, "SELECT 900"),
        (
            f"REPLACE INTO t SELECT i, {S} FROM t WHERE i <= 100",
            100,
            "SELECT count(*) FROM t WHERE s LIKE 'text%'",
        ),
        (
            f"WITH few AS (SELECT * FROM t WHERE i <= 100) INSERT OR REPLACE INTO t SELECT i, {S} FROM few",
            100,
            "SELECT count(*) FROM t WHERE s LIKE 'text%'",
        ),
    ],
)
def test_writing_statements_write_once(
    texts: Shell, server: ModelServer, sql: str, changes: int, left: str
) -> None:
    texts(sql)
    assert texts.changes == changes
    assert texts(left) == [(900,)]
    assert len(server.requests) == 50
    assert texts("SELECT count(*) FROM t") == [(980 if "DELETE" in sql else 1000,)]


def test_returning_gives_the_written_rows(texts: Shell) -> None:
    assert texts(f"UPDATE t SET s = {S} WHERE i < 3 RETURNING i, s") == [(1, "1"), (2, "2")]
    assert texts("SELECT s FROM t WHERE i < 3") == [("1",), ("2",)]


def test_triggers_fire_once(texts: Shell) -> None:
    texts(
        "CREATE TABLE log (i);"
        "CREATE TRIGGER noted AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (NEW.i); END"
    )
    texts(f"UPDATE t SET s = {S} WHERE i <= 5")
    assert texts("SELECT i FROM log") == [(1,), (2,), (3,), (4,), (5,)]


def test_a_failed_call_leaves_tables_and_transaction_as_they_were(texts: Shell, server: ModelServer) -> None:
    texts("BEGIN; UPDATE t SET s = 'text changed' WHERE i = 1")
    server.fault_for = lambda body: BROKEN if "text 7" in str(body) else None
    error = texts.error(f"UPDATE t SET s = {S}")
    assert error.message.startswith("ai_complete('openai:m', 'text 7'): openai m")
    assert texts("SELECT s FROM t WHERE i < 4") == [("text changed",), ("text 2",), ("text 3",)]
    texts("ROLLBACK")
    assert texts("SELECT s FROM t WHERE i = 1") == [("text 1",)]


def test_calls_see_what_the_open_transaction_wrote(texts: Shell) -> None:
    texts(
        "BEGIN; CREATE TEMPORARY TABLE mine AS SELECT 'a word' AS s; UPDATE t SET s = 'new text' WHERE i = 1"
    )
    assert texts(f"SELECT {S} FROM mine UNION ALL SELECT {S} FROM t WHERE i = 1") == [("word",), ("text",)]
    texts("ROLLBACK")


def test_an_error_stops_the_statement_at_the_call_it_came_from(texts: Shell, server: ModelServer) -> None:
    server.faults.append(Fault(400, {"error": {"message": "no such model"}}))
    sql = f"SELECT {S} FROM t WHERE i = 1"
    error = texts.error(sql)
    assert "no such model" in error.message
    assert error.span is not None
    assert sql[error.span.start : error.span.end] == S


def test_on_error_null_gives_null_there_and_a_warning(texts: Shell, server: ModelServer) -> None:
    server.fault_for = lambda body: BROKEN if "text 7" in str(body) else None
    rows = texts(f"SET ai.on_error = 'null'; SELECT count(*), count({S}) FROM t")
    assert rows == [(1000, 980)]
    assert len(texts.notices) == 1
    assert texts.notices[0].startswith(
        "1 call failed and gave NULL; the first: ai_complete('openai:m', 'text 7'):"
    )


def test_places_of_errors_are_those_of_the_text_the_user_wrote(texts: Shell) -> None:
    sql = f"SELECT {S}, ARRAY['a'], nosuch, {S} FROM t"
    error = texts.error(sql)
    assert error.message == "no such column: nosuch"
    assert error.span is not None
    assert sql[error.span.start : error.span.end] == "nosuch"


@pytest.mark.parametrize(
    "sql",
    [
        f"CREATE TABLE d (a DEFAULT ({S}))",
        f"CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT {S}; END",
        f"CREATE INDEX x ON t ({S})",
    ],
)
def test_definitions_other_than_views_cannot_hold_calls(texts: Shell, sql: str) -> None:
    error = texts.error(sql)
    assert error.message == "an AI call can stand in a query or a view, not in a trigger, an index or a table"
    assert error.span is not None
    assert sql[error.span.start : error.span.end] == S


def test_the_function_behind_calls_cannot_be_called(texts: Shell) -> None:
    texts(f"SELECT {S} FROM t LIMIT 1")
    assert (
        texts.error("SELECT aisql_call(1, 'x')").message == "aisql_call is part of aisql and cannot be called"
    )


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("SELECT CONCAT('a', 'b') || 'c'", ("abc",)),
        ("SELECT ARRAY('a', 1, NULL)", ('["a",1,null]',)),
        ("SELECT ARRAY['a', ARRAY['b;']]", ('["a",["b;"]]',)),
        ("SELECT MAP['k', 1]", ('{"k":1}',)),
        ("""SELECT json_extract(json '{"a": "it''s"}', '$.a')""", ("it's",)),
        ("SELECT json 'x' FROM (SELECT 1 AS json)", (1,)),
        ("SELECT length('ai_complete(')", (12,)),
    ],
)
def test_lists_and_json_literals_work_in_any_query(shell: Shell, sql: str, row: tuple[object, ...]) -> None:
    assert shell(sql) == [row]


def test_a_json_literal_that_is_not_json_is_shown(shell: Shell) -> None:
    error = shell.error("SELECT json '{oops}'")
    assert error.message.startswith("the json literal is not JSON: ")
    assert error.span == (12, 20)


def test_a_scan_fires_no_trigger_and_leaves_no_trace(texts: Shell) -> None:
    texts("CREATE TABLE log (a); CREATE TABLE r (id INTEGER PRIMARY KEY, a); INSERT INTO r VALUES (7, 'x')")
    texts(
        "CREATE TRIGGER no_null BEFORE UPDATE ON r WHEN NEW.a IS NULL BEGIN SELECT RAISE(ROLLBACK, 'x'); END"
    )
    texts(f"BEGIN; INSERT INTO log VALUES ('before'); UPDATE r SET a = {S.replace('s)', 'a)')}; COMMIT")
    assert texts("SELECT a FROM log UNION ALL SELECT a FROM r") == [("before",), ("x",)]
    texts(f"INSERT INTO r VALUES (9, 'y'); INSERT INTO r SELECT NULL, s FROM t WHERE {S} IS NULL")
    assert texts("SELECT last_insert_rowid()") == [(9,)]


def test_a_write_to_a_view_is_refused_with_its_transaction_kept(texts: Shell, server: ModelServer) -> None:
    texts("CREATE VIEW v AS SELECT i, s FROM t WHERE i < 3")
    texts(
        "CREATE TRIGGER w INSTEAD OF UPDATE ON v BEGIN SELECT RAISE(ROLLBACK, 'no') WHERE NEW.s IS NULL; END"
    )
    texts("BEGIN; INSERT INTO t VALUES (5000, 'kept')")
    assert "writes to a view" in texts.error(f"UPDATE v SET s = {S}").message
    assert texts("COMMIT; SELECT s FROM t WHERE i = 5000") == [("kept",)]
    assert server.requests == []


def test_a_table_made_may_have_any_name(texts: Shell) -> None:
    texts(f'CREATE TABLE IF NOT EXISTS main."as (t" AS SELECT {S} AS a FROM t WHERE i = 1')
    assert texts('SELECT * FROM "as (t"') == [("1",)]


def test_a_call_is_no_window_function(texts: Shell) -> None:
    assert (
        texts.error(f"SELECT {S} OVER () FROM t").message == "an AI call may not be used as a window function"
    )
