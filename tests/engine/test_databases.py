"""Catalogs, databases and the tables in them, as statements see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from engine_shell import Shell


def test_each_database_has_its_own_tables(shell: Shell) -> None:
    shell("CREATE TABLE here (a); CREATE DATABASE other; USE other; CREATE TABLE there (b)")
    assert shell("SHOW TABLES") == [("there",)]
    assert shell("SHOW TABLES FROM default_database") == [("here",)]
    assert shell("SHOW CURRENT DATABASE") == [("other",)]
    assert shell("USE default_database; SHOW TABLES") == [("here",)]


def test_a_table_of_another_database_is_named_with_it(shell: Shell) -> None:
    shell("CREATE DATABASE other; CREATE TABLE other.t (a); INSERT INTO other.t VALUES (1)")
    shell("CREATE TABLE t (a); INSERT INTO t VALUES (2)")
    assert shell("SELECT o.a, t.a FROM other.t AS o, t") == [(1, 2)]
    assert shell("USE other; SELECT a FROM t") == [(1,)]
    assert shell("SELECT a FROM default_database.t") == [(2,)]


def test_the_current_database_can_be_named_too(shell: Shell) -> None:
    shell(
        "CREATE TABLE default_database.t (a); INSERT INTO `default_database`.t VALUES ('default_database.t')"
    )
    assert shell("SELECT a FROM default_database.t") == [("default_database.t",)]


def test_tables_stay_for_the_next_session(open_shell: Callable[..., Shell]) -> None:
    open_shell()("CREATE TABLE kept (a); CREATE DATABASE d; USE d; CREATE TABLE kept_too (a)")
    assert open_shell()("SHOW TABLES") == [("kept",)]
    assert open_shell()("SHOW TABLES IN d") == [("kept_too",)]


def test_models_belong_to_a_database(shell: Shell) -> None:
    shell(
        "CREATE DATABASE d; CREATE MODEL d.m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin')"
    )
    assert shell("SHOW MODELS") == []
    assert shell("SHOW MODELS FROM d") == [("m",)]
    assert shell("USE d; SHOW MODELS") == [("m",)]


def test_a_catalog_is_a_file(shell: Shell, tmp_path: Path) -> None:
    shell("CREATE CATALOG team WITH ('type' = 'sqlite', 'path' = 'team.db'); USE CATALOG team")
    shell(
        "CREATE TABLE t (a); CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin')"
    )
    assert (tmp_path / "team.db").is_file()
    assert shell("SHOW CURRENT CATALOG") == [("team",)]
    assert shell("SHOW CATALOGS") == [("default_catalog",), ("team",)]
    assert shell("USE CATALOG default_catalog; SHOW MODELS FROM team.default_database") == [("m",)]
    assert shell("SHOW TABLES FROM team.default_database") == [("t",)]
    assert shell("SELECT ai_complete('team.default_database.m', 'hello') LIKE 'Hello%'") == [(1,)]


def test_a_database_that_is_not_empty_is_dropped_only_with_cascade(shell: Shell, tmp_path: Path) -> None:
    shell("CREATE DATABASE d; CREATE TABLE d.t (a)")
    files = {file.name for file in tmp_path.iterdir() if ".d." in file.name}
    assert shell.error("DROP DATABASE d").message == "Database d in catalog default_catalog is not empty."
    shell("DROP DATABASE d CASCADE")
    assert files
    assert not {file.name for file in tmp_path.iterdir()} & files
    assert shell("SHOW DATABASES") == [("default_database",)]
    assert shell("DROP DATABASE IF EXISTS d") == []


def test_using_another_database_does_not_leave_a_transaction(shell: Shell) -> None:
    shell("CREATE DATABASE d; CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
    assert shell.error("USE d").message == "USE cannot leave an open transaction"
    assert shell("COMMIT; SELECT count(*) FROM t") == [(1,)]


def test_temporary_tables_stay_while_another_database_is_used(shell: Shell) -> None:
    shell("CREATE TEMPORARY TABLE scratch AS SELECT 1 AS a; CREATE DATABASE d; USE d; USE default_database")
    assert shell("SELECT a FROM scratch") == [(1,)]


def test_describe_shows_what_sqlite_knows(shell: Shell) -> None:
    shell("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, up TEXT AS (upper(name)), n)")
    assert shell("DESCRIBE T") == [
        ("id", "INTEGER", "FALSE", "PRI(id)", "", ""),
        ("name", "TEXT", "FALSE", "", "", ""),
        ("up", "TEXT", "TRUE", "", "VIRTUAL", ""),
        ("n", "", "TRUE", "", "", ""),
    ]
    assert shell.columns == ["name", "type", "null", "key", "extras", "watermark"]


def test_show_create_gives_the_text_again(shell: Shell) -> None:
    shell("CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t; CREATE TEMPORARY TABLE s (b)")
    assert shell("SHOW CREATE TABLE t") == [("CREATE TABLE t (a INT)",)]
    assert shell("SHOW CREATE VIEW v") == [("CREATE VIEW v AS SELECT a FROM t",)]
    assert shell("SHOW CREATE TABLE s") == [("CREATE TABLE s (b)",)]
    assert shell("SHOW TABLES") == [("s",), ("t",), ("v",)]
    assert shell("SHOW VIEWS") == [("v",)]
    assert "Please use SHOW CREATE VIEW instead." in shell.error("SHOW CREATE TABLE v").message


LIKES = [
    ("LIKE 'a%'", ["a_b", "abc", "axb"]),
    ("LIKE 'a_b'", ["a_b", "axb"]),
    (r"LIKE 'a\_b'", ["a_b"]),
    ("NOT LIKE 'a%'", ["B"]),
    ("ILIKE 'b'", ["B"]),
    ("LIKE 'b'", []),
    ("NOT ILIKE 'b'", ["a_b", "abc", "axb"]),
]


@pytest.mark.parametrize(("like", "names"), LIKES)
def test_patterns_are_those_of_flink(shell: Shell, like: str, names: list[str]) -> None:
    for name in ("abc", "a_b", "axb", "B"):
        shell(f"CREATE TABLE {name} (a)")
    assert shell(f"SHOW TABLES {like}") == [(name,) for name in names]


MISSING = [
    ("USE nosuch", "A database with name [nosuch] does not exist in the catalog: [default_catalog]."),
    ("USE CATALOG nosuch", "A catalog with name [nosuch] does not exist."),
    ("DROP DATABASE default_database", "Cannot drop a database which is currently in use."),
    ("DROP CATALOG default_catalog", "Cannot drop a catalog which is currently in use."),
    ("SHOW TABLES FROM nosuch", "Database nosuch does not exist in Catalog default_catalog."),
    (
        "DESCRIBE nosuch",
        "Tables or views with the identifier 'default_catalog.default_database.nosuch' doesn't exist.",
    ),
    ("SELECT * FROM nosuch.t", "no such table: nosuch.t"),
    ("SELECT * FROM default_database.nosuch", "no such table: main.nosuch"),
    ("CREATE CATALOG c WITH ('type' = 'hive')", "CREATE CATALOG does not know the type 'hive'"),
    ("CREATE API CONNECTION c TYPE other PROVIDER = 'x'", "a connection of TYPE other is not known"),
    ("CREATE API CONNECTION c TYPE ai_function BASE_URL = 'x'", "a connection needs PROVIDER"),
]


@pytest.mark.parametrize(("sql", "message"), MISSING)
def test_what_is_not_there_is_said(shell: Shell, sql: str, message: str) -> None:
    assert shell.error(sql).message == message


def test_plain_sql_makes_no_catalog(shell: Shell, tmp_path: Path) -> None:
    shell("CREATE TABLE t (a)")
    shell.error("SELECT * FROM nosuch.t")
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.default_database.sqlite"]


def test_what_the_session_knows_are_tables(shell: Shell) -> None:
    shell("SET ai.concurrency = 5; CREATE DATABASE d")
    shell("CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' API_KEY = 'sk-secret'")
    shell(
        "CREATE MODEL d.m INPUT (a STRING) OUTPUT (b STRING) "
        "WITH ('provider' = 'builtin', 'api-key' = 'sk-secret')"
    )
    shell("CREATE TEMPORARY MODEL t INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin')")
    assert shell("SELECT value, \"default\" FROM aisql.settings WHERE name = 'ai.concurrency'") == [
        ("5", "32")
    ]
    assert shell("SELECT database, name, temporary, input, options FROM aisql.models") == [
        ("d", "m", 0, "`a` STRING", '{"api-key": "******", "provider": "builtin"}'),
        ("default_database", "t", 1, "`a` STRING", '{"provider": "builtin"}'),
    ]
    assert shell("SELECT name, type, provider FROM aisql.connections") == [("c", "AI_FUNCTION", "openai")]


def test_those_tables_outlive_a_rollback(shell: Shell) -> None:
    shell("BEGIN; SELECT count(*) FROM aisql.models; ROLLBACK")
    assert shell("SELECT count(*) FROM aisql.models") == [(0,)]
    assert shell.error("SELECT * FROM aisql.nosuch").message == "no such table: aisql.nosuch"
    assert shell.error("DELETE FROM aisql.models").code == "sql_error"


def test_a_database_may_have_dots_in_its_name(shell: Shell) -> None:
    shell(
        "CREATE DATABASE `a.b`; CREATE DATABASE a; CREATE TABLE `a.b`.t (x); INSERT INTO `a.b`.t VALUES (1)"
    )
    assert shell("SELECT x FROM `a.b`.t") == [(1,)]
    assert shell("USE `a.b`; SELECT x FROM `a.b`.t") == [(1,)]


def test_an_open_transaction_keeps_its_databases(shell: Shell) -> None:
    shell("CREATE DATABASE d; CREATE TABLE d.t (x); BEGIN; INSERT INTO d.t VALUES (1)")
    assert shell.error("DROP DATABASE d CASCADE").message == "DROP DATABASE cannot run in a transaction"
    assert shell("COMMIT; SELECT x FROM d.t") == [(1,)]


@pytest.mark.parametrize("table", ["nosuch", "default_database.nosuch", "main.nosuch", "other.nosuch"])
def test_a_missing_table_is_shown_where_it_is_named(shell: Shell, table: str) -> None:
    sql = f"SELECT 'nosuch1' FROM {table} AS x"
    error = shell.error(sql)
    assert error.span is not None
    assert sql[error.span.start : error.span.end] in {table, "nosuch"}


def test_a_file_has_one_use(shell: Shell, tmp_path: Path) -> None:
    shell("CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' API_KEY = 'sk-secret'")
    catalog = tmp_path / "catalog.sqlite"
    for path in (catalog, f"{catalog}.keys"):
        assert (
            "in use for something else" in shell.error(f"CREATE DATABASE d WITH ('path' = '{path}')").message
        )
    made = "CREATE CATALOG c WITH ('type' = 'sqlite', 'path' = '{}')"
    tables = tmp_path / "catalog.default_database.sqlite"
    assert "in use for something else" in shell.error(made.format(tables)).message
    assert "holds keys" in shell.error(f"ATTACH '{tmp_path}/' || 'catalog.sqlite.keys' AS k").message
    assert shell.error("SELECT * FROM k.keys").message == "no such table: k.keys"
