"""CAST and TRY_CAST to Flink's types, and moments: values of SQLite's that any program can read."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from engine_shell import Shell
from hypothesis import given, settings
from hypothesis import strategies as st
from server import ModelServer

from aisql.errors import SyntaxProblem
from aisql.result import Value

CASTS = [
    ("CAST('abc' AS STRING)", "abc"),
    ("CAST('007' AS string)", "007"),
    ("CAST(7 AS STRING)", "7"),
    ("CAST(1 || '2' AS STRING)", "12"),
    ("CAST(NULL AS STRING)", None),
    ("CAST('ab' AS BYTES)", b"ab"),
    ("CAST('ab' AS VARBINARY(5))", b"ab"),
    ("CAST('007' AS VARIANT)", "007"),
    ("CAST('true' AS BOOLEAN)", 1),
    ("CAST('F' AS BOOLEAN)", 0),
    ("CAST('0' AS BOOLEAN)", 0),
    ("CAST(0.0 AS BOOLEAN)", 0),
    ("CAST(2 AS BOOLEAN)", 1),
    ("CAST('abc' AS BOOLEAN)", None),
    ("CAST('2020-01-02 03:04:05' AS DATE)", "2020-01-02"),
    ("CAST('2020-02-30' AS DATE)", None),
    ("CAST('2020-13-01' AS DATE)", None),
    ("CAST('now' AS DATE)", None),
    ("CAST(2020 AS DATE)", None),
    ("CAST('2020-01-02 03:04' AS TIMESTAMP(0))", "2020-01-02 03:04:00"),
    ("CAST('2020-01-02T03:04:05.5' AS TIMESTAMP(3))", "2020-01-02 03:04:05.500"),
    ("CAST('2020-01-02' AS TIMESTAMP_LTZ(3))", "2020-01-02 00:00:00.000"),
    ("CAST('now' AS TIMESTAMP)", None),
    ("CAST('03:04' AS TIME)", "03:04:00"),
    ("CAST('now' AS TIME)", None),
    ("CAST('[1, 2]' AS ARRAY<INT>)", "[1,2]"),
    ("CAST('{\"a\": 1}' AS MAP<STRING, INT>)", '{"a":1}'),
    ("CAST('[1]' AS ROW<a INT, b STRING>)", "[1]"),
    ("CAST(ARRAY['a', 'b'] AS ARRAY<STRING>)", '["a","b"]'),
    ("ARRAY[CAST('[1]' AS ARRAY<INT>), MAP['k', ARRAY('v')]]", '[[1],{"k":["v"]}]'),
    ("TRY_CAST('12' AS INT)", 12),
    ("TRY_CAST(' 12 ' AS BIGINT)", 12),
    ("TRY_CAST('12 apples' AS INT)", None),
    ("TRY_CAST('' AS INT)", None),
    ("TRY_CAST(NULL AS INT)", None),
    ("TRY_CAST('1e3' AS SMALLINT)", 1000),
    ("TRY_CAST('1.9' AS INT)", 1),
    ("TRY_CAST('-128' AS TINYINT)", -128),
    ("TRY_CAST('128' AS TINYINT)", None),
    ("TRY_CAST('2147483648' AS INTEGER)", None),
    ("TRY_CAST('9223372036854775807' AS BIGINT)", 9223372036854775807),
    ("TRY_CAST('9223372036854775808' AS BIGINT)", None),
    ("TRY_CAST('1.5' AS DOUBLE)", 1.5),
    ("TRY_CAST('x' AS DOUBLE PRECISION)", None),
    ("TRY_CAST(3 AS FLOAT)", 3.0),
    ("TRY_CAST('2.50' AS DECIMAL(10, 2))", 2.5),
    ("TRY_CAST('x' AS DECIMAL(10, 2))", None),
    ("TRY_CAST(7 AS VARCHAR(3))", "7"),
    ("TRY_CAST('[1' AS ARRAY<INT>)", None),
    ("TRY_CAST('[1]' AS INT ARRAY)", "[1]"),
    ("TRY_CAST('2020-13-01' AS DATE)", None),
    # SQLite's own
    ("CAST('12 apples' AS INT)", 12),
    ("CAST('abcdef' AS VARCHAR(3))", "abcdef"),
    ("CAST('2' AS DECIMAL(10,2))", 2),
    # moments
    ("DATE '2020-01-02'", "2020-01-02"),
    ("date'2020-01-02'", "2020-01-02"),
    ("TIMESTAMP '2020-01-02 03:04:05.123456'", "2020-01-02 03:04:05.123456"),
    ("TIME '03:04:05'", "03:04:05"),
    ("strftime('%Y', DATE '2020-01-02')", "2020"),
    ("TRUE", 1),
    ("FALSE", 0),
]


@pytest.mark.parametrize(("expression", "value"), CASTS)
def test_a_value_is_what_it_says(shell: Shell, expression: str, value: Value) -> None:
    assert shell(f"SELECT {expression}") == [(value,)]
    assert shell.columns == [expression]
    assert shell(f"SELECT 1 WHERE {expression} IS NOT NULL") == ([] if value is None else [(1,)])


@pytest.mark.parametrize(("expression", "value"), CASTS)
def test_a_view_gives_the_same_value_to_any_program(
    shell: Shell, tmp_path: Path, expression: str, value: Value
) -> None:
    shell(f"CREATE VIEW v AS SELECT {expression} AS value")
    assert shell("SELECT value FROM v") == [(value,)]
    [file] = tmp_path.glob("*.default_database.sqlite")
    with sqlite3.connect(file) as connection:
        # An older SQLite has a 30th of February.
        if "02-30" not in expression or sqlite3.sqlite_version_info >= (3, 46):
            assert connection.execute("SELECT value FROM v").fetchall() == [(value,)]
    connection.close()


NAMES = [
    ("SELECT date 'x' FROM t", ["x"], (1,)),
    ("SELECT date AS '2020-01-02' FROM t", ["2020-01-02"], (1,)),
    ("SELECT time, timestamp 'when', string FROM t", ["time", "when", "string"], (2, 3, 4)),
    ("SELECT string AS date, date AS string FROM t", ["date", "string"], (4, 1)),
    ("SELECT max(string) AS row FROM t WHERE (SELECT date AS time) = 1", ["row"], (4,)),
    ("SELECT CAST(string AS STRING) AS string FROM t", ["string"], ("4",)),
    ("SELECT cast(date AS integer), date FROM t ORDER BY date", ["cast(date AS integer)", "date"], (1, 1)),
]


@pytest.mark.parametrize(("sql", "columns", "row"), NAMES)
def test_columns_named_like_types_keep_their_meaning(
    shell: Shell, sql: str, columns: list[str], row: tuple[Value, ...]
) -> None:
    shell("CREATE TABLE t (date INT, time INT, timestamp INT, string INT)")
    shell("INSERT INTO t VALUES (1, 2, 3, 4)")
    assert shell(sql) == [row]
    assert shell.columns == columns


def test_brackets_behind_a_name_are_its_alias_as_sqlite_has_it(shell: Shell) -> None:
    assert shell("SELECT a[1], CAST(a AS STRING) [2] FROM (SELECT 5 AS a)") == [(5, "5")]
    assert shell.columns == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("array", "[a b]"),
        ("map", "[a b]"),
        ("json", "'{}'"),
        ("date", "'2020-01-01'"),
        ("time", "'10:00:00'"),
        ("timestamp", "'2020-01-01 10:00:00'"),
    ],
)
def test_behind_a_point_stands_a_column_and_its_alias(shell: Shell, name: str, alias: str) -> None:
    assert shell(f"SELECT t.{name}{alias}, t.{name} {alias} FROM (SELECT 5 AS {name}) AS t") == [(5, 5)]
    assert shell.columns == [alias[1:-1], alias[1:-1]]


@settings(max_examples=30)
@given(number=st.integers(-(2**63), 2**63 - 1), more=st.sampled_from(["", " ", "x", "1x", "-", "e", ","]))
def test_try_cast_takes_every_number_and_nothing_else(shell: Shell, number: int, more: str) -> None:
    [(value,)] = shell(f"SELECT TRY_CAST('{number}{more}' AS BIGINT)")
    assert value == (None if more.strip() else number)


STATEMENTS = [
    (
        "SELECT CAST(i AS STRING), count(*) FROM t GROUP BY CAST(i AS STRING) "
        "ORDER BY CAST(i AS STRING) DESC",
        ["CAST(i AS STRING)", "count(*)"],
        [("2", 1), ("1", 1)],
    ),
    (
        "WITH q AS (SELECT CAST(i AS STRING) AS k FROM t) SELECT max(k) OVER () FROM q WHERE k IN ('1')",
        ["max(k) OVER ()"],
        [("1",)],
    ),
    (
        "SELECT (SELECT TRY_CAST(max(s) AS INT) FROM t), count(*) FILTER (WHERE CAST(s AS STRING) = 'x') "
        "FROM t",
        [
            "(SELECT TRY_CAST(max(s) AS INT) FROM t)",
            "count(*) FILTER (WHERE CAST(s AS STRING) = 'x')",
        ],
        [(None, 1)],
    ),
    ("SELECT i FROM t WHERE d BETWEEN DATE '2020-01-01' AND DATE '2020-12-31'", ["i"], [(1,)]),
    ("SELECT CASE WHEN CAST(s AS BOOLEAN) THEN 1 ELSE i END FROM t", None, [(1,), (2,)]),
    ("SELECT CAST(CASE WHEN i = 1 THEN 'a' END AS STRING) || 'b' FROM t", None, [("ab",), (None,)]),
    (
        "INSERT INTO t VALUES (1, '7', NULL) ON CONFLICT (i) DO UPDATE SET s = CAST(excluded.s AS STRING) "
        "RETURNING CAST(i AS STRING), TRY_CAST(s AS INT) AS n",
        ["CAST(i AS STRING)", "n"],
        [("1", 7)],
    ),
    ("CREATE INDEX x ON t (CAST(s AS STRING)); SELECT i FROM t WHERE CAST(s AS STRING) = 'x'", ["i"], [(2,)]),
]


@pytest.mark.parametrize(("sql", "columns", "rows"), STATEMENTS)
def test_casts_and_moments_stand_wherever_an_expression_does(
    shell: Shell, sql: str, columns: list[str] | None, rows: list[tuple[Value, ...]]
) -> None:
    shell("CREATE TABLE t (i INTEGER PRIMARY KEY, s STRING, d DATE)")
    shell("INSERT INTO t VALUES (1, '007', DATE '2020-01-02'), (2, 'x', NULL)")
    assert shell(sql) == rows
    assert columns is None or shell.columns == columns


REFUSED = [
    ("SELECT DATE '2020-13-01'", "there is no date '2020-13-01'", "DATE '2020-13-01'"),
    ("SELECT TIME '25:00'", "there is no time '25:00'", "TIME '25:00'"),
    (
        "SELECT TIMESTAMP '2020-02-30 00:00'",
        "there is no timestamp '2020-02-30 00:00'",
        "TIMESTAMP '2020-02-30 00:00'",
    ),
    ("SELECT TRY_CAST(1 AS STRNG)", "there is no type 'STRNG'", "STRNG"),
    ("SELECT CAST(1 AS ARRAY<STRNG>)", "there is no type 'STRNG'", "STRNG"),
    ("SELECT CAST(1 AS INTERVAL DAY)", "nothing can be cast to INTERVAL DAY", "CAST(1 AS INTERVAL DAY)"),
    (
        f"SELECT {'TRY_CAST(' * 5}1{' AS INT)' * 5}",
        "more than 4 casts stand inside each other",
        f"{'TRY_CAST(' * 5}1{' AS INT)' * 5}",
    ),
]


@pytest.mark.parametrize(("sql", "message", "place"), REFUSED)
def test_what_is_no_value_or_type_is_refused_where_it_stands(
    shell: Shell, sql: str, message: str, place: str
) -> None:
    error = shell.error(sql)
    assert isinstance(error, SyntaxProblem)
    assert error.span is not None
    assert (error.message, sql[slice(*error.span)]) == (message, place)


def test_four_casts_may_stand_inside_each_other(shell: Shell) -> None:
    assert shell(f"SELECT {'TRY_CAST(' * 4}'5'{' AS INT)' * 4}") == [(5,)]


def test_a_cast_of_an_answer_asks_once(texts: Shell, server: ModelServer) -> None:
    ask = "ai_complete('openai:m', s)"
    assert texts(f"SELECT i, TRY_CAST({ask} AS INT) + 1 AS n FROM t WHERE i < 3") == [(1, 2), (2, 3)]
    assert len(server.requests) == 2
    assert texts(f"SELECT count(*) FROM t WHERE CAST({ask} AS BOOLEAN) AND i < 3") == [(1,)]
    assert texts(f"SELECT DATE '2020-01-02', CAST({ask} AS STRING) FROM t ORDER BY -i LIMIT 2") == [
        ("2020-01-02", "0"),
        ("2020-01-02", "49"),
    ]
    assert len(server.requests) == 4


def test_a_cast_stands_in_statements_that_write(texts: Shell, server: ModelServer) -> None:
    texts("CREATE TABLE r (i INT, s STRING)")
    texts("INSERT INTO r SELECT i, CAST('0' || ai_complete('openai:m', s) AS STRING) FROM t WHERE i < 3")
    texts("UPDATE r SET s = s || DATE '2020-01-02' WHERE TRY_CAST(s AS INT) = 2")
    texts("DELETE FROM r WHERE CAST(i AS STRING) = '1'")
    assert texts("SELECT * FROM r") == [(2, "022020-01-02")]
    assert len(server.requests) == 2
    assert texts("CREATE TABLE c AS SELECT CAST(i AS STRING) AS s FROM r; SELECT s, typeof(s) FROM c") == [
        ("2", "text")
    ]


def test_what_sqlite_keeps_of_a_statement_has_no_words_of_flinks(shell: Shell) -> None:
    shell(
        "CREATE TABLE t (d DATE DEFAULT DATE '2020-01-02', v TEXT DEFAULT (ARRAY[TRY_CAST('1' AS STRING)]))"
    )
    shell(
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN "
        "UPDATE t SET d = DATE '2021-01-01' WHERE CAST(d AS STRING) = 'x'; END"
    )
    assert shell("SELECT sql FROM sqlite_schema ORDER BY name DESC") == [
        ("CREATE TABLE t (d DATE DEFAULT '2020-01-02', v TEXT DEFAULT (json_array((CAST('1' AS TEXT)))))",),
        (
            "CREATE TRIGGER r AFTER INSERT ON t BEGIN "
            "UPDATE t SET d = '2021-01-01' WHERE (CAST(d AS TEXT)) = 'x'; END",
        ),
    ]
    assert shell("INSERT INTO t (d) VALUES ('x'); SELECT d, v FROM t") == [("2021-01-01", '["1"]')]
