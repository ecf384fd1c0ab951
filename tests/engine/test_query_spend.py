"""What a statement spends: exactly the distinct calls that evaluation in logical order needs."""

from __future__ import annotations

import pytest
from engine_shell import Shell
from server import BROKEN, ModelServer

S = "ai_complete('openai:m', s)"

SPEND = [
    ("a row per text", "SELECT ai(s) FROM t", 50),
    ("in WHERE", "SELECT count(*) FROM t WHERE ai(s) = '7'", 50),
    ("one call four times", "SELECT ai(s) FROM t GROUP BY ai(s) HAVING ai(s) <> '3' ORDER BY ai(s)", 50),
    ("a nested call", "SELECT ai('x ' || ai(s)) FROM t WHERE i <= 10", 20),
    ("a branch of CASE", "SELECT CASE WHEN ai(s) = '1' THEN ai('b ' || s) ELSE 0 END FROM t", 51),
    ("the rest of COALESCE", "SELECT coalesce(ai(s), ai('never')) FROM t", 50),
    ("a branch of IIF", "SELECT iif(ai(s) = '1', ai('yes'), 'no') FROM t", 51),
    ("the rest of OR", "SELECT 1 WHERE ai('a') = 'a' OR ai('b') = 'b'", 1),
    ("the rest of AND", "SELECT i FROM t WHERE ai(s) = '3' AND ai('q ' || s) = '3'", 51),
    (
        "a CTE",
        "WITH c AS (SELECT i, ai(s) AS a FROM t) SELECT * FROM c x JOIN c y USING (i) WHERE x.a = '3'",
        50,
    ),
    ("UNION", "SELECT ai(s) FROM t UNION SELECT ai('u ' || i) FROM t WHERE i < 4", 53),
    ("inside a window", "SELECT i, sum(length(ai(s))) OVER (ORDER BY i) FROM t", 50),
    (
        "a correlated sub-query",
        "SELECT i FROM t a WHERE i < 5 AND EXISTS (SELECT 1 FROM t b WHERE b.i = a.i AND ai(b.s) > '')",
        4,
    ),
    (
        "a recursive CTE",
        "WITH RECURSIVE r(n, a) AS (SELECT 1, ai('a') UNION ALL SELECT n + 1, ai(a || n) FROM r WHERE n < 5) "
        "SELECT * FROM r",
        5,
    ),
    ("nothing to ask", "SELECT ai(NULL), ai('')", 0),
    ("no rows", "SELECT ai(s) FROM t WHERE 0", 0),
    ("in LIMIT", "SELECT * FROM t LIMIT ai('3')", 1),
    ("EXPLAIN", "EXPLAIN SELECT ai(s) FROM t", 0),
]


@pytest.mark.parametrize(
    ("sql", "requests"), [pytest.param(sql, requests, id=name) for name, sql, requests in SPEND]
)
def test_a_statement_makes_each_distinct_call_once(
    texts: Shell, server: ModelServer, sql: str, requests: int
) -> None:
    texts(sql.replace("ai(", "ai_complete('openai:m', "))
    assert len(server.requests) == requests


def test_a_limit_looks_ahead_at_most_twice_the_concurrency(texts: Shell, server: ModelServer) -> None:
    texts("UPDATE t SET s = 'text ' || i")
    rows = texts(f"SET ai.concurrency = 4; SELECT i FROM t WHERE {S} LIKE '%' LIMIT 3")
    assert rows == [(1,), (2,), (3,)]
    assert len(server.requests) <= 3 + 8


def test_calls_of_one_statement_go_out_together(texts: Shell, server: ModelServer) -> None:
    server.latency = 0.05
    texts(f"SELECT {S} FROM t")
    assert server.max_in_flight == 32


def test_the_setting_bounds_calls_in_flight(texts: Shell, server: ModelServer) -> None:
    server.latency = 0.01
    texts(f"SET ai.concurrency = 5; SELECT {S} FROM t")
    assert server.max_in_flight == 5


def test_a_call_bounds_its_own_calls_in_flight(texts: Shell, server: ModelServer) -> None:
    server.latency = 0.01
    texts("""SELECT ai_complete('openai:m', s, json '{"task.concurrency":"3"}') FROM t""")
    assert server.max_in_flight == 3


def test_a_budget_stops_before_the_first_call_too_many(texts: Shell, server: ModelServer) -> None:
    error = texts.error(f"SET ai.max_calls = 10; SELECT {S} FROM t")
    assert (error.code, error.exit_status) == ("budget_reached", 5)
    assert len(server.requests) <= 10


def test_a_wrong_argument_is_found_before_anything_is_sent(texts: Shell, server: ModelServer) -> None:
    error = texts.error("""SELECT ai_complete('openai:m', s, json '{"model.params":{"top_p":0}}') FROM t""")
    assert error.message == "option 'model.params.top_p' must be a number in (0, 1], got 0"
    assert server.requests == []


def test_a_table_that_is_missing_costs_nothing(texts: Shell, server: ModelServer) -> None:
    error = texts.error(f"SELECT {S} FROM nosuch")
    assert error.message == "no such table: nosuch"
    assert server.requests == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ai_complete('openai:m', random())",
        "SELECT ai_complete('openai:m', s || r) FROM (SELECT s, random() AS r FROM t)",
        "SELECT ai_complete('openai:m', s) FROM t ORDER BY random() LIMIT 5",
        "SELECT ai_complete('openai:m', hex(randomblob(4)))",
    ],
)
def test_what_changes_by_itself_is_refused_before_anything_is_sent(
    texts: Shell, server: ModelServer, sql: str
) -> None:
    assert texts.error(sql).code == "not_deterministic"
    assert server.requests == []


def test_what_changes_unseen_is_noticed_after_one_round(texts: Shell, server: ModelServer) -> None:
    texts("CREATE VIEW changing AS SELECT i, random() AS r FROM t WHERE i <= 3")
    assert texts.error("SELECT ai_complete('openai:m', r) FROM changing").code == "not_deterministic"
    assert len(server.requests) == 3


def test_random_inside_a_string_is_only_text(texts: Shell) -> None:
    assert texts("SELECT ai_complete('openai:m', 'random() word')") == [("word",)]


def test_the_first_failure_stops_what_was_not_sent_yet(texts: Shell, server: ModelServer) -> None:
    server.fault_for = lambda body: BROKEN
    texts.error(f"SET ai.concurrency = 1; SELECT {S} FROM t")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {', '.join(f'ai({number})' for number in range(8))}",
        f"VALUES {', '.join(f'(ai({number}), 1)' for number in range(8))}",
        f"INSERT INTO t (s) VALUES {', '.join(f'(ai({number}))' for number in range(8))}",
    ],
)
def test_calls_that_do_not_need_each_other_go_out_together(
    texts: Shell, server: ModelServer, sql: str
) -> None:
    server.latency = 0.1
    texts(sql.replace("ai(", "ai_complete('openai:m', "))
    assert (len(server.requests), server.max_in_flight) == (8, 8)
