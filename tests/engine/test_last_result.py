"""The last result: kept as it is read, whole, and made a table without being asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.engine.kept import Keeper, Kept
from aisql.errors import AisqlError, StatementError
from aisql.result import Column, Result, Row

COLUMNS = (Column("a"),)
KEEP = "CREATE TABLE kept AS LAST RESULT"
NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT i, 'x' || i AS x FROM n"
)
MOODS = "SELECT i, ai_complete('openai:m', s) AS mood FROM t WHERE i <= 100 ORDER BY i"


# ------------------------------------------------------------------ what is kept


def test_rows_are_kept_as_they_are_read() -> None:
    kept = Kept(COLUMNS)
    read = kept.reading(Result(COLUMNS, iter([(1,), (2,), (3,)])))
    assert next(read.rows) == (1,)
    assert (list(kept.result().rows), kept.count, kept.is_whole) == ([(1,)], 1, False)
    assert list(read.rows) == [(2,), (3,)]
    again = kept.result()
    assert (again.columns, list(again.rows), kept.is_whole) == (COLUMNS, [(1,), (2,), (3,)], True)


@pytest.mark.parametrize("limits", [{"most_rows": 2}, {"most_characters": 3}, {"most_rows": 0}])
def test_rows_beyond_a_limit_are_kept_in_a_file_in_their_order(limits: dict[str, int]) -> None:
    rows: list[Row] = [("a", 1), ("bc", None), ("defg", 2.5), ("", b"\xffv1\0"), ("é\0", -(2**63))]
    columns = (Column("a"), Column("a"))
    kept = Kept(columns, **limits)
    assert list(kept.reading(Result(columns, rows)).rows) == rows
    assert (list(kept.rows()), kept.count, kept.missing, kept.is_whole) == (rows, 5, 0, True)
    assert len(kept.first) == min(2, limits.get("most_rows", 2))


@pytest.mark.parametrize(
    ("ending", "is_kept"), [(None, True), (KeyboardInterrupt, True), (StatementError("x"), False)]
)
def test_a_result_that_was_left_is_the_last_one_and_one_that_failed_is_not(
    ending: type[BaseException] | BaseException | None, is_kept: bool
) -> None:
    ended: list[str] = []

    def rows() -> Iterator[Row]:
        try:
            yield (1,)
            if ending is not None:
                raise ending
            yield (2,)
        finally:
            ended.append("ended")

    keeper = Keeper()
    before = list(keeper.keeping(Result(COLUMNS, [(0,)])).rows)
    with keeper.keeping(Result(COLUMNS, rows())) as read:
        assert (before, next(read.rows)) == ([(0,)], (1,))
        if ending is not None:
            with pytest.raises((KeyboardInterrupt, AisqlError)):
                next(read.rows)
    assert keeper.last is not None
    assert (list(keeper.last.rows()), keeper.last.is_whole) == ([(1,)] if is_kept else [(0,)], not is_kept)
    assert ended == ["ended"]


# ------------------------------------------------------------------ as a table


def test_answers_of_models_are_kept_and_nothing_is_asked_again(texts: Shell, server: ModelServer) -> None:
    rows = texts(f"{MOODS}; {KEEP}; SELECT * FROM kept")
    assert rows == [(i, str(i % 50)) for i in range(1, 101)]
    assert len(server.requests) == 50
    assert (
        texts("SET ai.cache = off; CREATE TEMPORARY TABLE again AS LAST RESULT; SELECT * FROM again") == rows
    )
    assert len(server.requests) == 50


def test_values_keep_their_types_and_columns_get_names_of_their_own(shell: Shell) -> None:
    row = "SELECT {} AS n, 2.0 AS n, '007' AS \"\", NULL AS none, vector('[1, 0.5]') AS v, {} AS mixed"
    shell(f"{row.format(1, 3)} UNION ALL {row.format(-(2**63), repr('3'))}; {KEEP}")
    assert shell.changes == 2
    assert shell("SELECT *, vector_json(v) FROM kept") == [
        (1, 2.0, "007", None, shell("SELECT vector('[1, 0.5]')")[0][0], 3, "[1.0, 0.5]"),
        (-(2**63), 2.0, "007", None, shell("SELECT vector('[1, 0.5]')")[0][0], "3", "[1.0, 0.5]"),
    ]
    assert shell("SELECT name, type FROM pragma_table_info('kept')") == [
        ("n", "INTEGER"),
        ("n_2", "REAL"),
        ("column3", "TEXT"),
        ("none", ""),
        ("v", "BLOB"),
        ("mixed", ""),
    ]


def test_a_long_result_is_kept_whole(shell: Shell) -> None:
    shell(f"{NUMBERS.format(25_000)}; {KEEP}")
    assert shell("SELECT count(*), sum(i), min(x), max(x) FROM kept") == [
        (25_000, 312_512_500, "x1", "x9999")
    ]


@pytest.mark.parametrize(
    ("before", "rows"),
    [
        ("SELECT 1 AS a; CREATE TABLE other (a)", [(1,)]),
        ("SELECT 1 AS a WHERE 0", []),
        ("CREATE TABLE o (a); INSERT INTO o VALUES (5) RETURNING a", [(5,)]),
        ("SHOW CURRENT DATABASE", [("default_database",)]),
        ("SELECT 1; BEGIN; SELECT 2", [(2,)]),
    ],
)
def test_the_last_statement_that_gives_rows_counts(shell: Shell, before: str, rows: list[Row]) -> None:
    shell(f"{before}; {KEEP}")
    assert shell("SELECT * FROM kept") == rows


def test_a_statement_that_fails_leaves_the_last_result_as_it_is(texts: Shell, server: ModelServer) -> None:
    texts(f"SELECT 1 AS a; {KEEP}")  # from here on results are kept
    texts.error("SELECT nosuch")
    texts.error("SELECT iif(i < 3, i, json('{' || i)) FROM t")
    texts("CREATE TABLE kept2 AS LAST RESULT")
    assert texts("SELECT * FROM kept2") == [(1,)]


def test_a_table_that_is_there_is_left_alone(shell: Shell) -> None:
    shell("SELECT 1 AS a; CREATE TABLE kept AS LAST RESULT; CREATE VIEW v AS SELECT 1")
    error = shell.error("SELECT 2 AS a; CREATE TABLE Kept AS LAST RESULT")
    assert (error.message, error.hint) == (
        "Table 'Kept' exists already.",
        "take another name, or DROP TABLE it first",
    )
    assert error.span is not None
    assert shell.error("CREATE TEMP TABLE v AS LAST RESULT").message == "Table 'v' exists already."
    shell("CREATE TABLE IF NOT EXISTS kept AS LAST RESULT")
    assert shell("SELECT * FROM kept") == [(1,)]


def test_without_a_result_there_is_nothing_to_keep(shell: Shell) -> None:
    error = shell.error("CREATE TABLE a (b); CREATE TABLE kept AS LAST RESULT")
    assert (error.message, error.hint) == (
        "there is no last result",
        "run a query first, in the same script or at the same prompt",
    )


def test_a_table_can_be_kept_in_another_database_and_in_a_transaction(shell: Shell) -> None:
    shell("CREATE DATABASE d; SELECT 1 AS a; CREATE TABLE d.kept AS LAST RESULT")
    assert shell("SELECT * FROM d.kept") == [(1,)]
    shell("BEGIN; SELECT 2 AS a; CREATE TABLE kept AS LAST RESULT; ROLLBACK")
    assert shell.error("SELECT * FROM kept").message == "no such table: kept"


def test_a_result_that_was_left_early_says_so(open_shell: Callable[..., Shell]) -> None:
    shell = open_shell()
    shell(f"SELECT 0 AS a; {KEEP}")
    with next(shell.session.run(NUMBERS.format(10))).result as result:
        assert [next(result.rows), next(result.rows)] == [(1, "x1"), (2, "x2")]
    shell("CREATE TABLE early AS LAST RESULT")
    assert shell.notices == ["the result was left early: these are its first 2 rows"]
    assert shell("SELECT i FROM early") == [(1,), (2,)]
