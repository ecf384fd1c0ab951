"""What a statement spends: exactly the distinct calls that evaluation in logical order needs."""

from __future__ import annotations

import pytest
from engine_shell import Shell, drain
from server import BROKEN, Fault, ModelServer

S = "ai_complete('openai:m', s)"

# Beside t, 1,000 rows of 50 texts: u(k) is 1, 2, 3 and w(k PRIMARY KEY, x) too; v calls for every row of t.
TABLES = """
CREATE TABLE u (k INTEGER); INSERT INTO u VALUES (1), (2), (3);
CREATE TABLE w (k INTEGER PRIMARY KEY, x TEXT); INSERT INTO w VALUES (1, 'a'), (2, 'b'), (3, 'c');
CREATE VIEW v AS SELECT i, ai(s) AS a FROM t;
"""

SPEND = [
    ("a row per text", "SELECT ai(s) FROM t", 50),
    ("in WHERE", "SELECT count(*) FROM t WHERE ai(s) = '7'", 50),
    ("one call four times", "SELECT ai(s) FROM t GROUP BY ai(s) HAVING ai(s) <> '3' ORDER BY ai(s)", 50),
    (
        "one call four times, counted",
        "SELECT ai(s), count(*) FROM t GROUP BY ai(s) HAVING ai(s) <> 'x' ORDER BY ai(s)",
        50,
    ),
    ("the call before the cheap condition", "SELECT i FROM t WHERE ai(s) = '10' AND i % 10 = 0", 5),
    ("the call behind the cheap condition", "SELECT i FROM t WHERE i % 10 = 0 AND ai(s) = '10'", 5),
    ("the call before in brackets", "SELECT i FROM t WHERE (ai(s) = '10' AND i % 2 = 0) AND i % 5 = 0", 5),
    ("a call before a cheap sub-query", "SELECT i FROM t WHERE ai(s) > '' AND i IN (SELECT k FROM u)", 3),
    ("a nested call", "SELECT ai('x ' || ai(s)) FROM t WHERE i <= 10", 20),
    ("a branch of CASE", "SELECT CASE WHEN ai(s) = '1' THEN ai('b ' || s) ELSE 0 END FROM t", 51),
    (
        "a later condition of CASE",
        "SELECT CASE WHEN i < 3 THEN ai('a ' || i) WHEN ai('b ' || i) > '5' THEN ai('c ' || i) END "
        "FROM t WHERE i < 8",
        2 + 5 + 2,
    ),
    ("the rest of COALESCE", "SELECT coalesce(ai(s), ai('never')) FROM t", 50),
    ("the rest of COALESCE where needed", "SELECT coalesce(nullif(ai(s), '3'), ai('f ' || s)) FROM t", 51),
    ("a branch of IIF", "SELECT iif(ai(s) = '1', ai('yes'), 'no') FROM t", 51),
    ("the rest of OR", "SELECT 1 WHERE ai('a') = 'a' OR ai('b') = 'b'", 1),
    ("the rest of AND", "SELECT i FROM t WHERE ai(s) = '3' AND ai('q ' || s) = '3'", 51),
    (
        "a CTE used twice",
        "WITH c AS (SELECT i, ai(s) AS a FROM t) SELECT * FROM c x JOIN c y USING (i) WHERE x.a = '3'",
        50,
    ),
    ("UNION", "SELECT ai(s) FROM t UNION SELECT ai('u ' || i) FROM t WHERE i < 4", 53),
    ("UNION ALL of the same", "SELECT ai(s) FROM t UNION ALL SELECT ai(s) FROM t", 50),
    ("INTERSECT", "SELECT ai(s) FROM t INTERSECT SELECT ai('x ' || s) FROM t WHERE i < 5", 54),
    ("EXCEPT", "SELECT ai(s) FROM t EXCEPT SELECT ai('x ' || s) FROM t WHERE i < 5", 54),
    ("inside a window", "SELECT i, sum(length(ai(s))) OVER (ORDER BY i) FROM t", 50),
    ("around a window", "SELECT ai('n ' || row_number() OVER (ORDER BY i)) FROM t WHERE i < 5", 4),
    ("in a partition", "SELECT count(*) OVER (PARTITION BY ai(s)) FROM t", 50),
    ("inside an aggregate", "SELECT max(ai(s)) FROM t WHERE i <= 20", 20),
    ("inside an aggregate of distinct", "SELECT count(DISTINCT ai(s)) FROM t", 50),
    ("in FILTER", "SELECT count(*) FILTER (WHERE ai(s) = '1') FROM t", 50),
    ("around an aggregate", "SELECT ai('c ' || count(*)) FROM t GROUP BY s", 1),
    ("around an aggregate of calls", "SELECT ai('c ' || group_concat(ai(s))) FROM t WHERE i < 5", 5),
    ("in HAVING behind a cheap condition", "SELECT s FROM t GROUP BY s HAVING ai(s) > '' AND min(i) < 4", 3),
    ("beside the row max picks", "SELECT ai(s), max(i) FROM t", 1),
    (
        "a correlated sub-query",
        "SELECT i FROM t a WHERE i < 5 AND EXISTS (SELECT 1 FROM t b WHERE b.i = a.i AND ai(b.s) > '')",
        4,
    ),
    ("a scalar sub-query", "SELECT (SELECT ai(b.s) FROM t b WHERE b.i = a.i) FROM t a WHERE i < 4", 3),
    ("IN of a sub-query", "SELECT i FROM t WHERE ai(s) IN (SELECT ai('x ' || k) FROM u)", 53),
    (
        "a recursive CTE",
        "WITH RECURSIVE r(n, a) AS (SELECT 1, ai('a') UNION ALL SELECT n + 1, ai(a || n) FROM r WHERE n < 5) "
        "SELECT * FROM r",
        5,
    ),
    (
        "a recursive CTE with a call that ends it",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE ai('n ' || n) < '5') "
        "SELECT * FROM r",
        5,
    ),
    ("in ON", "SELECT i FROM t JOIN u ON ai(s) > '' AND k = i", 3),
    ("in ON of a LEFT JOIN", "SELECT i, k FROM t LEFT JOIN u ON ai(s) > '' AND k = i", 3),
    ("in ON of a RIGHT JOIN", "SELECT i, k FROM t RIGHT JOIN u ON ai(s) > '' AND k = i", 3),
    ("in ON of a FULL JOIN", "SELECT i, k FROM t FULL JOIN u ON ai(s) > '' AND k = i", 3),
    ("in WHERE of a join", "SELECT i FROM t JOIN u ON k = i WHERE ai(s) > ''", 3),
    ("in WHERE with all conditions", "SELECT i FROM t, w WHERE ai(s) > '' AND i = k AND x = 'a'", 1),
    ("a join of calls", "SELECT i FROM t JOIN u ON i < 9 AND ai(s) = ai('x ' || k)", 11),
    ("a view", "SELECT * FROM v", 50),
    ("a view, of few rows", "SELECT a FROM v WHERE a > '' AND i < 4", 3),
    ("a view joined with itself", "SELECT * FROM v x JOIN v y USING (i) WHERE i < 4", 3),
    ("a view without its calls", "SELECT count(i) FROM v", 0),
    ("nothing to ask", "SELECT ai(NULL), ai('')", 0),
    ("no rows", "SELECT ai(s) FROM t WHERE 0", 0),
    ("in LIMIT", "SELECT * FROM t LIMIT ai('3')", 1),
    ("a plain LIMIT", "SELECT i, ai(s) FROM t LIMIT 5", 5),
    ("a LIMIT behind a sort", "SELECT i, ai(s) FROM t ORDER BY s LIMIT 5", 1),
    ("a LIMIT behind an order", "SELECT i, ai(s) FROM t ORDER BY i DESC LIMIT 5", 5),
    ("a LIMIT with OFFSET", "SELECT i, ai(s) FROM t ORDER BY -i LIMIT 5 OFFSET 3", 5),
    ("an OFFSET alone", "SELECT i, ai(s) FROM t ORDER BY -i LIMIT -1 OFFSET 997", 3),
    ("a LIMIT of groups", "SELECT s, ai(s) FROM t GROUP BY s ORDER BY count(*), s LIMIT 5", 5),
    ("a LIMIT and a nested call", "SELECT ai('x ' || ai(s)) FROM t ORDER BY -i LIMIT 5", 10),
    ("a LIMIT and a sort by the call", "SELECT ai(s), ai('q ' || i) FROM t ORDER BY ai(s) LIMIT 5", 55),
    ("a LIMIT of no rows", "SELECT ai(s) FROM t ORDER BY -i LIMIT 0", 0),
    ("rows that are cut before", "SELECT ai(s) FROM (SELECT * FROM t ORDER BY -i LIMIT 5)", 5),
    ("EXPLAIN", "EXPLAIN QUERY PLAN SELECT ai(s) FROM t", 0),
]

SPEND_OF_JOINS = [
    ("the row by its key", "SELECT i FROM t JOIN w ON t.i = w.k WHERE ai(s) > ''", 3),
    ("CROSS JOIN", "SELECT i FROM t CROSS JOIN w ON t.i = w.k WHERE ai(s) > ''", 3),
    ("a constant", "SELECT i FROM t JOIN w ON t.i + 0 = w.k AND w.x = 'a' WHERE ai(s) > ''", 1),
    ("a constant that is nowhere", "SELECT i FROM t JOIN w ON w.x = 'z' AND ai(s) > ''", 0),
    ("LEFT JOIN", "SELECT i FROM t LEFT JOIN w ON t.i + 0 = w.k WHERE ai(s) > '' AND w.x = 'a'", 1),
]


def prepared(texts: Shell, server: ModelServer) -> None:
    texts(asking(TABLES))
    server.requests.clear()


def asking(sql: str) -> str:
    return sql.replace("ai(", "ai_complete('openai:m', ")


@pytest.mark.parametrize(
    ("sql", "requests"), [pytest.param(sql, requests, id=name) for name, sql, requests in SPEND]
)
def test_a_statement_makes_each_distinct_call_once_and_once_ever(
    texts: Shell, server: ModelServer, sql: str, requests: int
) -> None:
    prepared(texts, server)
    rows = texts(asking(sql))
    assert len(server.requests) == requests
    assert texts(asking(sql)) == rows
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("sql", "requests"), [pytest.param(sql, requests, id=name) for name, sql, requests in SPEND_OF_JOINS]
)
def test_where_asks_only_for_rows_that_were_joined(
    texts: Shell, server: ModelServer, sql: str, requests: int
) -> None:
    prepared(texts, server)
    texts(asking(sql))
    assert len(server.requests) == requests


WRITES = [
    ("CREATE TABLE AS", "CREATE TABLE e AS SELECT i, ai(s) AS x FROM t", 50, (1000, "1")),
    (
        "CREATE TABLE AS with LIMIT",
        "CREATE TABLE e AS SELECT i, ai(s) AS x FROM t ORDER BY i LIMIT 5",
        5,
        (5, "1"),
    ),
    ("CREATE TABLE IF NOT EXISTS", "CREATE TABLE IF NOT EXISTS w AS SELECT ai(s) AS x FROM t", 0, (3, "a")),
    ("CREATE TABLE AS of a view", "CREATE TEMP TABLE e AS SELECT i, a AS x FROM v", 50, (1000, "1")),
    ("INSERT ... SELECT", "INSERT INTO w SELECT i + 3, ai(s) FROM t", 50, (1003, "a")),
    (
        "INSERT ... SELECT with LIMIT",
        "INSERT INTO w SELECT i + 3, ai(s) FROM t ORDER BY -i LIMIT 5",
        5,
        (8, "a"),
    ),
    ("INSERT ... SELECT of a view", "INSERT INTO w SELECT i + 3, a FROM v", 50, (1003, "a")),
    ("INSERT of values", "INSERT INTO w VALUES (4, ai('d')), (5, ai('e')), (6, ai('d'))", 2, (6, "a")),
    ("INSERT OR IGNORE", "INSERT OR IGNORE INTO w SELECT i, ai(s) FROM t WHERE i < 5", 4, (4, "a")),
    ("REPLACE", "REPLACE INTO w SELECT i, ai(s) FROM t WHERE i < 5", 4, (4, "1")),
    (
        "an upsert",
        "INSERT INTO w SELECT i, ai(s) FROM t WHERE i < 5 "
        "ON CONFLICT (k) DO UPDATE SET x = excluded.x || ai('old ' || x)",
        4 + 3,
        (4, "1a"),
    ),
    (
        "an upsert that does nothing",
        "INSERT INTO w SELECT i, ai(s) FROM t WHERE i < 5 ON CONFLICT (k) DO NOTHING",
        4,
        (4, "a"),
    ),
    ("UPDATE", "UPDATE w SET x = ai('new ' || k) WHERE ai(x) <> 'b'", 3 + 2, (3, "1")),
    ("UPDATE of few rows", "UPDATE w SET x = ai('new ' || k) WHERE ai(x) > '' AND k < 2", 2, (3, "1")),
    ("UPDATE ... FROM", "UPDATE w SET x = ai(s) FROM t WHERE t.i = w.k", 3, (3, "1")),
    ("UPDATE ... RETURNING", "UPDATE w SET x = ai(x || 1) RETURNING ai('r ' || x)", 6, (3, "a1")),
    ("DELETE", "DELETE FROM w WHERE ai(x) = 'b' AND k > 1", 2, (2, "a")),
    ("DELETE ... RETURNING", "DELETE FROM w WHERE ai(x) = 'b' RETURNING ai('r ' || x)", 4, (2, "a")),
]


@pytest.mark.parametrize(
    ("sql", "requests", "left"), [pytest.param(*case, id=name) for name, *case in WRITES]
)
def test_a_statement_that_writes_makes_each_distinct_call_once_and_once_ever(
    texts: Shell, server: ModelServer, sql: str, requests: int, left: tuple[int, str]
) -> None:
    prepared(texts, server)
    table = "e" if " TABLE e " in sql else "w"
    found = []
    for _ in range(2):
        texts("BEGIN")
        rows = texts(asking(sql))
        found.append(
            (rows, texts(f"SELECT count(*), (SELECT x FROM {table} ORDER BY rowid LIMIT 1) FROM {table}"))
        )
        texts("ROLLBACK")
        assert len(server.requests) == requests
    assert found[0] == found[1]
    assert found[0][1][0] == left


def test_uncommitted_rows_and_temporary_tables_are_asked_for(texts: Shell, server: ModelServer) -> None:
    texts("CREATE TEMP TABLE mine (s); INSERT INTO mine VALUES ('one word')")
    texts("BEGIN; INSERT INTO mine VALUES ('two words'); UPDATE t SET s = 'its text' WHERE i = 1")
    assert texts(f"SELECT {S} FROM mine UNION ALL SELECT {S} FROM t WHERE i < 3") == [
        ("word",),
        ("words",),
        ("text",),
        ("2",),
    ]
    assert len(server.requests) == 4


def test_a_failure_in_an_update_leaves_the_table_and_keeps_what_was_paid(
    texts: Shell, server: ModelServer
) -> None:
    server.fault_for = lambda body: BROKEN if "text 7" in str(body) else None
    texts.error(f"SET ai.concurrency = 1; UPDATE t SET s = {S}")
    assert texts("SELECT count(*) FROM t WHERE s LIKE 'text %'") == [(1000,)]
    paid = {str(body) for body in server.bodies if "text 7" not in str(body)}
    server.fault_for = lambda body: None
    server.requests.clear()
    texts(f"UPDATE t SET s = {S}")
    assert len(server.requests) == 50 - len(paid)
    assert texts("SELECT count(*) FROM t WHERE s LIKE 'text %'") == [(0,)]


def test_one_bad_text_of_fifty_costs_its_rows_alone(texts: Shell, server: ModelServer) -> None:
    bad = Fault(400, {"error": {"message": "no"}})
    server.fault_for = lambda body: bad if str(body["messages"][-1]["content"]) == "text 7" else None
    ask = f"SET ai.on_error = 'null'; SELECT count({S}), count(*) FROM t WHERE i <= 100"
    assert texts(ask) == [(98, 100)]
    assert len(server.requests) == 50
    assert texts("SELECT count(*) FROM aisql.errors") == [(1,)]
    assert texts(ask) == [(98, 100)]
    assert [body["messages"][-1]["content"] for body in server.bodies[50:]] == ["text 7"]


def test_a_rare_answer_is_found_with_little_look_ahead(texts: Shell, server: ModelServer) -> None:
    texts("DELETE FROM t; SET ai.concurrency = 4")
    texts(
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 10000) "
        "INSERT INTO t SELECT n, 'text ' || n FROM g"
    )
    rows = texts(f"SELECT i FROM t WHERE {S} % 100 = 0 LIMIT 5")
    assert rows == [(100,), (200,), (300,), (400,), (500,)]
    assert len(server.requests) <= 500 + 2 * 4


def test_what_may_end_early_looks_ahead_at_most_twice_the_concurrency(
    texts: Shell, server: ModelServer
) -> None:
    texts("UPDATE t SET s = 'text ' || i; SET ai.concurrency = 4")
    for strict, sql in (
        (5, f"SELECT DISTINCT {S} FROM t LIMIT 5"),
        (7, f"SELECT EXISTS (SELECT 1 FROM t WHERE {S} = '7')"),
        (6, f"SELECT i FROM t WHERE {S} > '' AND i > 20 LIMIT 5 OFFSET 1"),
    ):
        texts("PURGE ANSWERS")
        before = len(server.requests)
        texts(sql)
        drain(texts, server, 4)
        assert len(server.requests) - before <= strict + 8 + 4


def test_a_cut_that_cannot_be_told_is_refused_before_anything_is_sent(
    texts: Shell, server: ModelServer
) -> None:
    error = texts.error(f"SELECT * FROM (SELECT i, {S} FROM t ORDER BY s LIMIT 5)")
    assert error.message.startswith("the call would be made for every row")
    assert error.span == (25, 25 + len(S))
    assert server.requests == []


def test_a_limit_looks_ahead_at_most_twice_the_concurrency(texts: Shell, server: ModelServer) -> None:
    texts("UPDATE t SET s = 'text ' || i")
    rows = texts(f"SET ai.concurrency = 4; SELECT i FROM t WHERE {S} LIKE '%' LIMIT 3")
    assert rows == [(1,), (2,), (3,)]
    assert len(server.requests) <= 3 + 8


def test_calls_of_one_statement_go_out_together(texts: Shell, server: ModelServer) -> None:
    server.gate.gather(32)
    texts(f"SELECT {S} FROM t")
    assert server.max_in_flight == 32


def test_the_setting_bounds_calls_in_flight(texts: Shell, server: ModelServer) -> None:
    server.gate.gather(5)
    texts(f"SET ai.concurrency = 5; SELECT {S} FROM t")
    assert server.max_in_flight == 5


def test_a_call_bounds_its_own_calls_in_flight(texts: Shell, server: ModelServer) -> None:
    server.gate.gather(3)
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


def test_what_changes_unseen_is_refused_before_anything_is_sent(texts: Shell, server: ModelServer) -> None:
    texts("CREATE VIEW changing AS SELECT i, random() AS r FROM t WHERE i <= 3")
    assert texts.error("SELECT ai_complete('openai:m', r) FROM changing").code == "not_deterministic"
    assert server.requests == []


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
    server.gate.gather(8)
    texts(sql.replace("ai(", "ai_complete('openai:m', "))
    assert (len(server.requests), server.max_in_flight) == (8, 8)
