"""What the rewriting of a statement must not change, and what may happen to the tables meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from engine_shell import Shell
from server import Fault, ModelServer

TABLES = """
CREATE TABLE r (i INTEGER PRIMARY KEY, s TEXT, k INTEGER);
INSERT INTO r VALUES
  (1, 'x', 1), (2, NULL, 1), (3, '', 2), (4, 'y', 2), (5, 'x', 3), (8, 'y', 1), (11, 'z', 2);
CREATE TABLE u (k INTEGER, name TEXT);
INSERT INTO u VALUES (1, 'a'), (2, 'b'), (7, 'y');
"""


def asking(sql: str) -> str:
    return sql.replace("ai(", "ai_complete('openai:m', ")


@pytest.fixture
def small(shell: Shell, server: ModelServer) -> Shell:
    server.answer = lambda body: str(body["messages"][-1]["content"])[-1]
    shell(TABLES)
    return shell


SHORT = [
    ("SELECT i FROM r WHERE k = 2 AND (i > 1 OR ai('n' || s) IS NOT 'q')", 0),
    ("SELECT i FROM r WHERE k = 1 AND (i > 1 OR ai('n' || s) IS NOT 'q')", 1),
    ("SELECT i FROM r WHERE k = 2 AND (i = 4 AND ai('n' || s) = 'b' OR i = 99)", 1),
    ("SELECT i FROM r WHERE k = 2 AND NOT (i = 4 AND ai('n' || s) = 'b')", 1),
    ("SELECT i FROM r JOIN u ON r.k = u.k AND (i = 1 OR i = 4 AND ai(s || name) IS NOT 'q')", 1),
    ("SELECT i FROM r LEFT JOIN u ON r.k = u.k AND (u.k = 7 OR i = 1 AND ai(name || s) = 'b')", 1),
    ("DELETE FROM r WHERE k = 2 AND (i = 4 AND ai('n' || s) = 'b' OR i = 99)", 1),
    ("SELECT k FROM r GROUP BY k HAVING count(*) > 1 AND (k = 1 OR k = 2 AND ai('n' || k) = 'b')", 1),
]

VALUES = [
    ("SELECT ai('B' || i) AS a FROM r WHERE a IS NOT 'a' AND s > 'x'", 3),
    ("SELECT ai('B' || i) a FROM r WHERE s > 'x' AND a IS NOT 'a'", 3),
    ("SELECT i, (i = 4 AND ai('n' || s) IS NOT 'q') FROM r", 1),
    ("SELECT i > 1 OR ai('n' || s) IS NOT 'q' AS o FROM r", 1),
    ("SELECT sum(i = 4 AND ai('n' || s) IS NOT 'q') FROM r", 1),
    ("SELECT iif(i = 4, ai('x' || s), i = 11 AND ai('y' || s) IS NOT 'q') FROM r", 2),
    ("SELECT i FROM r ORDER BY i > 1 OR ai('n' || s) IS NOT 'q'", 1),
    ("UPDATE r SET s = (i = 4 AND ai('n' || s) = 'b')", 1),
]


@pytest.mark.parametrize(("sql", "requests"), [*SHORT, *VALUES])
def test_conditions_are_left_as_soon_as_they_are_decided(
    small: Shell, server: ModelServer, sql: str, requests: int
) -> None:
    small(asking(sql))
    assert len(server.requests) == requests


def test_calls_of_on_come_before_those_of_where(small: Shell, server: ModelServer) -> None:
    server.answer = lambda body: "a" if body["messages"][-1]["content"] in {"A1", "A4"} else "b"
    small(asking("SELECT i FROM r JOIN u ON r.k = u.k AND ai('A' || i) = 'a' WHERE ai('B' || i) = 'a'"))
    prompts = [str(body["messages"][-1]["content"]) for body in server.bodies]
    assert sorted(prompts) == ["A1", "A11", "A2", "A3", "A4", "A8", "B1", "B4"]


def test_columns_keep_their_names_where_a_null_is_an_error(small: Shell) -> None:
    rows = small(asking("SELECT json_object(ai(s), 1) AS j FROM r WHERE s > '' ORDER BY i"))
    assert small.columns == ["j"]
    assert rows == [(f'{{"{s}":1}}',) for s in ("x", "y", "x", "y", "z")]


def test_a_late_call_may_stand_where_a_null_is_an_error(small: Shell, server: ModelServer) -> None:
    rows = small(asking("SELECT i, json_object(ai(s), 1) AS j FROM r WHERE s > '' ORDER BY -i LIMIT 2"))
    assert rows == [(11, '{"z":1}'), (8, '{"y":1}')]
    assert len(server.requests) == 2


def test_a_late_call_may_be_about_the_answers_of_a_group(small: Shell, server: ModelServer) -> None:
    query = "SELECT k, ai('G' || count(DISTINCT ai('B' || i))) AS g FROM r GROUP BY k ORDER BY -k LIMIT 2"
    assert small(asking(query)) == [(3, "1"), (2, "3")]
    prompts = sorted(str(body["messages"][-1]["content"]) for body in server.bodies)
    assert prompts == ["B1", "B11", "B2", "B3", "B4", "B5", "B8", "G1", "G3"]


def test_the_value_of_and_and_or_is_what_it_is_elsewhere(small: Shell) -> None:
    values = ("NULL", "0", "1", "'a'", "2.5")
    for operator in ("AND", "OR"):
        for left in values:
            for right in values:
                plain = small(f"SELECT {left} {operator} {right}")
                both = f"SELECT coalesce(ai(NULL), {left}) {operator} coalesce(ai(NULL), {right})"
                assert small(asking(both)) == plain


@pytest.mark.parametrize(
    "now",
    [
        "strftime('%f', 'now')",
        "strftime('%Y-%m-%d %H:%M:%f')",
        "CURRENT_TIMESTAMP",
        "datetime()",
        "julianday('NOW', '+1 day')",
    ],
)
def test_a_statement_has_one_moment(small: Shell, server: ModelServer, now: str) -> None:
    server.latency = 0.003  # so that the clock goes on from scan to scan
    query = (
        f"SELECT i, ai(i || ' ' || {now}) AS a, {now} AS n FROM r WHERE ai('w' || i) > '' ORDER BY -i LIMIT 4"
    )
    rows = small(asking(f"SET ai.concurrency = 1; {query}"))
    assert [row[0] for row in rows] == [11, 8, 5, 4]
    assert len({row[2] for row in rows}) == 1
    assert None not in {row[1] for row in rows}
    assert len(server.requests) == 7 + 4
    small(asking(f"SELECT {now} AS n, ai('x')"))
    assert small.columns == ["n", "ai_complete('openai:m', 'x')"]
    small(asking(f"SELECT {now}, ai('x')"))
    assert small.columns[0] == now


def test_text_that_is_not_utf_8_is_an_error_of_the_statement(small: Shell) -> None:
    small("INSERT INTO r VALUES (20, CAST(x'ff' AS TEXT), 9)")
    for sql in ("SELECT i, ai(s) FROM r", "UPDATE r SET s = ai(s)", "SELECT s FROM r"):
        assert small.error(asking(sql)).code == "not_unicode"


def test_a_count_of_tokens_that_nothing_has_is_none(small: Shell, server: ModelServer) -> None:
    usage = {"prompt_tokens": 10**19, "completion_tokens": 1}
    answer = {"choices": [{"message": {"role": "assistant", "content": "fine"}}], "usage": usage}
    server.fault_for = lambda body: Fault(200, answer)
    assert small(asking("SELECT ai('x')")) == [("fine",)]
    assert small("SELECT input_tokens, output_tokens FROM aisql.usage") == [(0, 1)]


def test_a_long_word_is_read_in_time(small: Shell) -> None:
    small(asking(f"SELECT length(ai('{'x' * 60_000}')), '{'y' * 60_000}' AS w"))
    assert small(asking(f"WITH c AS (SELECT '{'x' * 60_000}' AS s) SELECT length(ai(s)) FROM c")) == [(1,)]


def meanwhile(server: ModelServer, path: Path, sql: str) -> None:
    """Lets another connection write when the first request has come."""
    other = apsw.Connection(str(path))
    waiting = [sql]

    def fault(body: object) -> None:
        if waiting:
            other.execute(waiting.pop())

    server.fault_for = fault


@pytest.fixture
def path(tmp_path: Path, small: Shell) -> Path:
    small("PRAGMA journal_mode = WAL")
    return tmp_path / "catalog.default_database.sqlite"


def test_rows_that_are_sorted_and_cut_are_those_of_one_moment(
    small: Shell, server: ModelServer, path: Path
) -> None:
    meanwhile(server, path, "INSERT INTO r VALUES (100, 'new', 1)")
    rows = small(asking("SELECT i, ai(s) FROM r WHERE ai('w' || s) IS NOT NULL ORDER BY -i LIMIT 2"))
    assert rows == [(11, "z"), (8, "y")]
    assert small("SELECT count(*) FROM r") == [(8,)]


WRITES: list[tuple[str, str]] = [
    ("CREATE TABLE c AS SELECT i, ai(s) AS a FROM r WHERE s > ''", "SELECT count(*), count(a) FROM c"),
    (
        "CREATE TABLE c AS SELECT i, ai(s) AS a FROM r WHERE s > '' ORDER BY -i LIMIT 3",
        "SELECT max(i), count(a) FROM c",
    ),
    ("UPDATE r SET s = 'a ' || ai(s) WHERE s > ''", "SELECT count(*), sum(s LIKE 'a %') FROM r WHERE s > ''"),
]


@pytest.mark.parametrize(("sql", "query"), WRITES)
def test_a_write_takes_what_another_program_wrote_before_it(
    small: Shell, server: ModelServer, path: Path, sql: str, query: str
) -> None:
    meanwhile(server, path, "INSERT INTO r VALUES (100, 'new', 1)")
    small(asking(sql))
    expected = {0: [(6, 6)], 1: [(100, 3)], 2: [(6, 6)]}
    assert small(query) == expected[[each for each, _ in WRITES].index(sql)]
    assert open_shell_is_free(path)


def open_shell_is_free(path: Path) -> bool:
    """Whether nothing holds a lock on the file."""
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE; ROLLBACK")
    return True


def test_the_lock_of_a_write_is_not_held_while_it_waits(
    small: Shell, server: ModelServer, path: Path, open_shell: Callable[..., Shell]
) -> None:
    free: list[bool] = []
    server.fault_for = lambda body: free.append(open_shell_is_free(path))
    small(asking("UPDATE r SET s = ai(s)"))
    assert free == [True] * len(server.requests)


def test_a_statement_whose_rows_nobody_reads_on_is_over(small: Shell) -> None:
    outcome = next(small.session.run(asking("SELECT i, ai('q' || s) FROM r WHERE s > '' ORDER BY i LIMIT 3")))
    assert next(outcome.result.rows) == (1, "x")
    assert small.session.databases.current.in_transaction
    del outcome
    assert not small.session.databases.current.in_transaction


def test_and_inside_and_inside_and_is_read_in_time(small: Shell) -> None:
    value = "k AND ai(s)"
    for _ in range(16):
        value = f"k AND coalesce({value}, ai(s))"
    assert small(asking(f"SELECT {value} FROM r WHERE i = 1")) == [(0,)]
