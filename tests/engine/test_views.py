"""Views with AI calls in them: kept and shown like any other, and paid for where they are read."""

from __future__ import annotations

import pytest
from engine_shell import Shell
from server import ModelServer


def asking(sql: str) -> str:
    return sql.replace("ai(", "ai_complete('openai:m', ")


@pytest.fixture
def views(texts: Shell) -> Shell:
    """Beside t, 1,000 rows of 50 texts: v(i, a), the answers to the first three, and u(k), 1, 2 and 3."""
    texts("CREATE TABLE u (k INTEGER PRIMARY KEY, x); INSERT INTO u VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    texts(asking("CREATE VIEW v AS SELECT i, ai(s) AS a FROM t WHERE i < 4"))
    return texts


READ = [
    ("as it is", "SELECT * FROM v", 3, [(1, "1"), (2, "2"), (3, "3")]),
    ("some of its rows", "SELECT a FROM v WHERE a > '' AND i = 2", 1, [("2",)]),
    ("without its calls", "SELECT i FROM v", 0, [(1,), (2,), (3,)]),
    ("with more calls", "SELECT i, ai('z ' || a) FROM v WHERE i < 3", 4, [(1, "1"), (2, "2")]),
    ("joined with itself", "SELECT x.i FROM v x JOIN v y ON x.a = y.a", 3, [(1,), (2,), (3,)]),
    ("in WITH", "WITH c AS (SELECT * FROM v WHERE i < 3) SELECT a FROM c", 2, [("1",), ("2",)]),
    (
        "beside WITH RECURSIVE",
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 2) "
        "SELECT a FROM g JOIN v ON i = n",
        2,
        [("1",), ("2",)],
    ),
    ("in a sub-query", "SELECT x FROM u WHERE k IN (SELECT i FROM v WHERE a = '2')", 3, [("b",)]),
    ("correlated", "SELECT (SELECT a FROM v WHERE i = k) FROM u WHERE k < 3", 2, [("1",), ("2",)]),
    ("in VALUES", "VALUES ((SELECT max(a) FROM v))", 3, [("3",)]),
    ("in UNION", "SELECT a FROM v UNION SELECT x FROM u WHERE k = 1", 3, [("1",), ("2",), ("3",), ("a",)]),
    ("in quotes", 'SELECT "v".a FROM "V" AS [v] WHERE i = 1', 1, [("1",)]),
    ("in other letters", "SELECT V.A FROM V WHERE I = 1", 1, [("1",)]),
    ("by another name", "SELECT b.a FROM v AS b WHERE b.i = 1", 1, [("1",)]),
    ("with LIMIT", "SELECT a FROM v LIMIT 1", 1, [("1",)]),
    ("its plan", "EXPLAIN QUERY PLAN SELECT a FROM v WHERE i = 1", 0, None),
]


@pytest.mark.parametrize(("sql", "requests", "rows"), [pytest.param(*case, id=name) for name, *case in READ])
def test_a_view_is_read_like_any_other(
    views: Shell, server: ModelServer, sql: str, requests: int, rows: list[tuple[object, ...]] | None
) -> None:
    found = views(asking(sql))
    assert rows is None or found == rows
    assert len(server.requests) == requests


KEPT = [
    (
        "a name for its columns",
        "w (x, y) AS SELECT i, ai(s) FROM t WHERE i < 3",
        ["x", "y"],
        [(1, "1"), (2, "2")],
    ),
    (
        "a json literal",
        """w AS SELECT ai(s, json '{"model.params":{"temperature":0}}') AS a FROM t WHERE i = 1""",
        ["a"],
        [("1",)],
    ),
    (
        "ARRAY and MAP",
        "w AS SELECT ai('x') AS a, ARRAY['b', 1] AS l, MAP['k', 1] AS m",
        ["a", "l", "m"],
        None,
    ),
    ("WITH", "w AS WITH c AS (SELECT ai(s) AS a FROM t WHERE i = 1) SELECT * FROM c", ["a"], [("1",)]),
    ("UNION", "w AS SELECT ai(s) AS a FROM t WHERE i = 1 UNION SELECT 'x'", ["a"], [("1",), ("x",)]),
    ("a chain of AND", "w AS SELECT i FROM t WHERE ai(s) > '1' AND i < 3 AND s > ''", ["i"], [(2,)]),
    (
        "rows that are cut",
        "w AS SELECT i, ai(s) AS a FROM t ORDER BY i DESC LIMIT 1",
        ["i", "a"],
        [(1000, "0")],
    ),
]


@pytest.mark.parametrize(
    ("definition", "columns", "rows"), [pytest.param(*case, id=name) for name, *case in KEPT]
)
def test_a_view_keeps_what_is_in_it(
    texts: Shell,
    server: ModelServer,
    definition: str,
    columns: list[str],
    rows: list[tuple[object, ...]] | None,
) -> None:
    assert texts(asking(f"CREATE VIEW {definition}")) == []
    assert [row[0] for row in texts("DESCRIBE w")] == columns
    assert server.requests == []
    found = texts("SELECT * FROM w")
    assert texts.columns == columns
    assert rows is None or found == rows


def test_what_sqlite_keeps_is_shown_and_makes_the_view_again(views: Shell) -> None:
    views("""CREATE VIEW w AS SELECT ARRAY['b', s] AS l, ai_complete('openai:m', s, json '{}') FROM t""")
    shown = [views(f"SHOW CREATE VIEW {name}")[0][0] for name in ("v", "w")]
    assert shown == [
        asking("CREATE VIEW v AS SELECT i, ai(s) AS a FROM t WHERE i < 4"),
        "CREATE VIEW w AS SELECT json_array('b', s) AS l, ai_complete('openai:m', s, json('{}')) FROM t",
    ]
    views("DROP VIEW v; DROP VIEW w")
    for text in shown:
        views(str(text))
    assert views("SHOW VIEWS") == [("v",), ("w",)]


def test_a_model_is_kept_by_its_name(texts: Shell, server: ModelServer) -> None:
    texts(
        "CREATE MODEL m INPUT (s STRING) OUTPUT (a STRING) WITH ('provider'='openai', 'model'='gpt', "
        f"'task'='chat/completions', 'endpoint'='{server.url}/chat/completions', 'api-key'='sk-test')"
    )
    texts("CREATE VIEW w AS SELECT ai_complete(MODEL m, s) AS a FROM t WHERE i < 3")
    assert texts("SELECT * FROM w") == [("1",), ("2",)]
    assert texts("SHOW CREATE VIEW w") == [
        ("CREATE VIEW w AS SELECT ai_complete('m', s) AS a FROM t WHERE i < 3",)
    ]


def test_a_view_is_described(views: Shell) -> None:
    assert views("DESCRIBE v") == [
        ("i", "INTEGER", "TRUE", "", "", ""),
        ("a", "", "TRUE", "", "", ""),
    ]


def test_views_read_views(views: Shell, server: ModelServer) -> None:
    views(
        "CREATE VIEW x AS SELECT i, a || '!' AS b FROM v; CREATE TEMP VIEW y AS SELECT b FROM x WHERE i < 3"
    )
    assert views("SELECT * FROM y") == [("1!",), ("2!",)]
    assert views("DESCRIBE y") == [("b", "", "TRUE", "", "", "")]
    assert len(server.requests) == 2


def test_a_view_with_calls_reads_one_with_calls(views: Shell, server: ModelServer) -> None:
    views(asking("CREATE VIEW x AS SELECT i, ai('z ' || a) AS b FROM v WHERE i < 3"))
    assert views("SELECT x.b, v.a FROM x JOIN v USING (i)") == [("1", "1"), ("2", "2")]
    assert len(server.requests) == 4


def test_a_temporary_view_comes_before_one_of_its_name(views: Shell) -> None:
    views(asking("CREATE TEMP VIEW v AS SELECT ai('a temporary') AS a"))
    assert views("SELECT * FROM v") == [("temporary",)]
    views("DROP VIEW temp.v")
    assert views("SELECT a FROM v WHERE i = 1") == [("1",)]


def test_a_view_is_named_with_its_database(views: Shell) -> None:
    assert views("SELECT * FROM main.v WHERE i < 3") == [(1, "1"), (2, "2")]


def test_a_view_that_is_there_already_is_an_error_of_sqlite(views: Shell) -> None:
    assert views.error(asking("CREATE VIEW v AS SELECT ai('x')")).message == "view v already exists"
    views(asking("CREATE VIEW IF NOT EXISTS v AS SELECT ai('x')"))
    assert views("SELECT a FROM v WHERE i = 1") == [("1",)]


def test_tables_can_be_altered_beside_a_view_with_calls(views: Shell) -> None:
    views("CREATE VIEW x AS SELECT a FROM v")
    views("ALTER TABLE u RENAME COLUMN x TO z; ALTER TABLE u RENAME TO renamed")
    assert views("SELECT z FROM renamed WHERE k = 1") == [("a",)]


def test_a_write_to_a_view_is_refused_in_words_of_ours(views: Shell, server: ModelServer) -> None:
    for sql in ("DELETE FROM v", "INSERT INTO v VALUES (1, 'x')", "UPDATE v SET a = 'x'"):
        assert "no such function" not in views.error(sql).message
    assert server.requests == []


def test_dropping_a_view_ends_it(views: Shell) -> None:
    views("DROP VIEW v")
    assert views.error("SELECT * FROM v").message == "no such table: v"
    assert views("SHOW VIEWS") == []


def test_a_view_made_in_a_transaction_goes_with_it(views: Shell) -> None:
    views(asking("BEGIN; CREATE VIEW w AS SELECT ai('one word') AS a"))
    assert views("SELECT * FROM w") == [("word",)]
    assert views("ROLLBACK") == []
    assert views.error("SELECT * FROM w").message == "no such table: w"


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT a AS v FROM (SELECT 'x' AS a)", [("x",)]),
        ("SELECT v FROM named", [(7,)]),
        ("SELECT v.v FROM named AS v", [(7,)]),
        ("SELECT 'v' -- v", [("v",)]),
        ("SELECT 'v' || ai('of v') FROM named", [("vv",)]),
    ],
)
def test_the_name_of_a_view_may_name_other_things(
    views: Shell, sql: str, rows: list[tuple[object, ...]]
) -> None:
    views("CREATE TABLE named (v); INSERT INTO named VALUES (7)")
    assert views(asking(sql)) == rows


def test_with_may_not_give_a_table_of_the_view_another_meaning(views: Shell, server: ModelServer) -> None:
    error = views.error("WITH t AS (SELECT 1 AS i, 'q' AS s) SELECT * FROM v")
    assert error.message == "the query calls something t, and view v reads a table of that name"
    assert views("WITH v AS (SELECT 'own' AS a) SELECT * FROM v") == [("own",)]
    assert server.requests == []


WRITES = [
    ("CREATE TABLE w AS SELECT * FROM v", "SELECT * FROM w", 3, [(1, "1"), (2, "2"), (3, "3")]),
    (
        "CREATE TABLE w AS WITH c AS (SELECT a FROM v WHERE i = 2) SELECT * FROM c",
        "SELECT * FROM w",
        1,
        [("2",)],
    ),
    ("INSERT INTO u SELECT i + 3, a FROM v WHERE i < 3", "SELECT x FROM u WHERE k > 3", 2, [("1",), ("2",)]),
    (
        "WITH d(i) AS (VALUES (1)) INSERT INTO u SELECT 4, a FROM v NATURAL JOIN d",
        "SELECT x FROM u WHERE k > 3",
        1,
        [("1",)],
    ),
    ("REPLACE INTO u SELECT * FROM v", "SELECT x FROM u", 3, [("1",), ("2",), ("3",)]),
    (
        "UPDATE u SET x = x || (SELECT a FROM v WHERE i = k) WHERE k < 3",
        "SELECT x FROM u",
        2,
        [("a1",), ("b2",), ("c",)],
    ),
    ("UPDATE u SET x = x || a FROM v WHERE i = k", "SELECT x FROM u", 3, [("a1",), ("b2",), ("c3",)]),
    ("DELETE FROM u WHERE k IN (SELECT i FROM v WHERE a < '3')", "SELECT x FROM u", 3, [("c",)]),
]


@pytest.mark.parametrize(("sql", "look", "requests", "rows"), WRITES)
def test_a_statement_that_writes_reads_a_view(
    views: Shell, server: ModelServer, sql: str, look: str, requests: int, rows: list[tuple[object, ...]]
) -> None:
    views(sql)
    assert len(server.requests) == requests
    assert views(look) == rows


def test_places_of_errors_are_those_of_the_query(views: Shell, server: ModelServer) -> None:
    for sql, place in (
        ("SELECT a, nosuch FROM v", "nosuch"),
        ("WITH c AS (SELECT 1) SELECT a FROM v, c WHERE ai(a) = nope", "nope"),
        ("SELECT a FROM v WHERE ai(a, json '{oops}') = ''", "'{oops}'"),
    ):
        error = views.error(asking(sql))
        assert error.span is not None
        assert asking(sql)[error.span.start : error.span.end] == place
    assert server.requests == []


def test_a_mistake_inside_a_view_has_no_place_in_the_query(views: Shell) -> None:
    views(asking("CREATE VIEW w AS SELECT ai(nosuch) AS a FROM t"))
    error = views.error("SELECT * FROM w")
    assert (error.message, error.span) == ("no such column: nosuch", None)


def test_rows_that_a_view_sorts_and_cuts_are_refused_where_it_is_read(
    views: Shell, server: ModelServer
) -> None:
    views(asking("CREATE VIEW w AS SELECT i, ai(s) AS a FROM t ORDER BY -i LIMIT 1"))
    error = views.error("SELECT * FROM w")
    assert error.message.startswith("the call would be made for every row")
    assert error.span is None
    assert server.requests == []


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("CREATE VIEW w AS SELECT ai_complete('openai:m')", "must have at least two arguments"),
        (
            "CREATE VIEW w AS SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s))",
            "cannot stand in a view",
        ),
    ],
)
def test_what_a_view_cannot_hold_is_refused_when_it_is_made(views: Shell, sql: str, message: str) -> None:
    assert message in views.error(sql).message
    assert views("SHOW VIEWS") == [("v",)]
