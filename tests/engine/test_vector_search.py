"""VECTOR_SEARCH: the rows whose vectors are nearest, alone and for every row of a table beside it."""

from __future__ import annotations

import json

import pytest
from engine_shell import Shell
from server import ModelServer, vector

from aisql.errors import FunctionError, OptionError, StatementError
from aisql.vectors import pack

SIGNATURE = "it is called VECTOR_SEARCH(TABLE t, DESCRIPTOR(column), vector, k [, MAP['key', 'value', ...]])"


@pytest.fixture
def searching(shell: Shell) -> Shell:
    """A table v of vectors, and a table q of those to look for."""
    shell(
        "CREATE TABLE v (id INTEGER PRIMARY KEY, e, s TEXT);"
        "INSERT INTO v VALUES (1, vector('[1, 0]'), 'a'), (2, vector('[3, 4]'), 'b'), "
        "(3, '[0, 1]', 'c'), "
        "(4, NULL, 'd'), (5, vector('[6, 8]'), 'e'), (6, vector('[0, 0]'), 'f');"
        "CREATE TABLE q (n TEXT, e);"
        "INSERT INTO q VALUES ('x', vector('[2, 0]')), ('y', '[0, 3]'), ('z', NULL)"
    )
    return shell


ALONE = [
    "VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), ARRAY[5, 0], 2)",
    "VECTOR_SEARCH(TABLE v, ARRAY[5, 0], DESCRIPTOR(e), 2)",
    "TABLE(VECTOR_SEARCH(TABLE v, ARRAY[5, 0], DESCRIPTOR(E), 2, MAP['async', 'true', 'timeout', '3min']))",
    "TABLE (vector_search(TABLE main.v, vector('[5, 0]'), DESCRIPTOR(e), 1 + 1)) AS found",
    "LATERAL TABLE(VECTOR_SEARCH(SEARCH_TABLE => TABLE v, COLUMN_TO_QUERY => '[5, 0]', "
    "COLUMN_TO_SEARCH => DESCRIPTOR(e), TOP_K => 2, CONFIG => MAP['output-mode', 'ALLOW_UNORDERED']))",
    "VECTOR_SEARCH(TOP_K => 2, COLUMN_TO_SEARCH => DESCRIPTOR(e), SEARCH_TABLE => TABLE v, "
    "COLUMN_TO_QUERY => '[5, 0]')",
    "VECTOR_SEARCH((SELECT * FROM v WHERE id < 100), DESCRIPTOR(e), ARRAY[5, 0], 2)",
]


@pytest.mark.parametrize("call", ALONE)
def test_the_nearest_rows_come_first_with_their_score(searching: Shell, call: str) -> None:
    assert searching(f"SELECT * FROM {call}") == [(1, pack([1, 0]), "a", 1.0), (2, pack([3, 4]), "b", 0.6)]
    assert searching.columns == ["id", "e", "s", "score"]


BESIDE = [
    ("q, LATERAL TABLE(VECTOR_SEARCH(TABLE v, q.e, DESCRIPTOR(e), 2)) AS r", []),
    ("q CROSS JOIN LATERAL TABLE(VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), q.e, 2)) AS r", []),
    ("q JOIN VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), q.e, 2) AS r", []),
    (
        "q LEFT JOIN LATERAL TABLE(VECTOR_SEARCH(TABLE v, q.e, DESCRIPTOR(e), 2)) AS r ON TRUE",
        [("z", None, None)],
    ),
]


@pytest.mark.parametrize(("source", "without"), BESIDE)
def test_each_row_beside_it_gets_its_nearest(searching: Shell, source: str, without: list[object]) -> None:
    assert searching(f"SELECT n, r.id, score FROM {source}") == [
        ("x", 1, 1.0),
        ("x", 2, 0.6),
        ("y", 3, 1.0),
        ("y", 2, 0.8),
        *without,
    ]


def test_columns_of_the_table_beside_it_stand_first(searching: Shell) -> None:
    searching("SELECT * FROM q, LATERAL TABLE(VECTOR_SEARCH(TABLE v, q.e, DESCRIPTOR(e), 1))")
    assert searching.columns == ["n", "e", "id", "e", "s", "score"]


@pytest.mark.parametrize("names", ["AS r (a, `b c`, d, near)", "r(a,[b c],d,near)"])
def test_the_columns_may_be_given_names(searching: Shell, names: str) -> None:
    call = f"LATERAL TABLE(VECTOR_SEARCH(TABLE v, q.e, DESCRIPTOR(e), 1)) {names}"
    assert searching(f"SELECT n, r.a, near FROM q, {call} WHERE r.d = 'a'") == [("x", 1, 1.0)]
    searching(f"SELECT r.* FROM q, {call}")
    assert searching.columns == ["a", "b c", "d", "near"]


def test_a_column_named_score_stays_and_the_score_gets_a_number(searching: Shell) -> None:
    searching("ALTER TABLE v RENAME COLUMN s TO Score")
    assert searching("SELECT Score, score0 FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), '[1, 0]', 1)") == [
        ("a", 1.0)
    ]


def test_equal_rows_come_in_the_order_of_the_table(searching: Shell) -> None:
    searching(
        "CREATE TABLE many (i INTEGER PRIMARY KEY, e);"
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 1000) "
        "INSERT INTO many SELECT n, vector(json_array(n % 10, 1 + n % 7, 0.3)) FROM g"
    )
    nearest = searching("SELECT i, score FROM VECTOR_SEARCH(TABLE many, DESCRIPTOR(e), ARRAY[1, 2, 3], 40)")
    by_hand = "SELECT i, cosine_similarity(e, ARRAY[1, 2, 3]) AS c FROM many ORDER BY c DESC, i LIMIT 40"
    assert nearest == searching(by_hand)
    assert len({score for _, score in nearest}) < 10


def test_a_search_for_more_rows_than_there_are_gives_them_all(searching: Shell) -> None:
    assert searching("SELECT id FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), '[1, 0]', 100)") == [
        (1,),
        (2,),
        (5,),
        (3,),
    ]


@pytest.mark.parametrize(
    ("written", "score"),
    [
        ("[3e38, 3e38]", 1.0),
        ("[1e-44, 1e-44]", 1.0),
        ("[2e38, 1e38]", 0.9486833),
        ("[-1e-44, 0]", -0.7071068),
    ],
)
def test_numbers_at_the_ends_of_their_range_are_found(searching: Shell, written: str, score: float) -> None:
    searching(
        "CREATE TABLE far (i INTEGER PRIMARY KEY, e);"
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 600) "
        f"INSERT INTO far SELECT n, vector(iif(n = 590, '{written}', '[-1, -1]')) FROM g"
    )
    found = searching("SELECT i, score FROM VECTOR_SEARCH(TABLE far, DESCRIPTOR(e), ARRAY[1, 1], 2)")
    assert found == [(590, pytest.approx(score)), (1, -1.0)]


@pytest.mark.parametrize("query", ["NULL", "'[0, 0]'"])
def test_what_is_near_to_nothing_is_nowhere(searching: Shell, query: str) -> None:
    assert searching(f"SELECT * FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), {query}, 2)") == []
    assert searching(f"SELECT * FROM VECTOR_SEARCH_AGG(TABLE v, DESCRIPTOR(e), {query}, 2)") == [("[]",)]


def test_all_that_is_found_may_come_in_one_row(searching: Shell) -> None:
    searching("UPDATE v SET s = x'00ff' WHERE id = 2")
    [(found,)] = searching("SELECT * FROM TABLE(VECTOR_SEARCH_AGG(TABLE v, DESCRIPTOR(e), ARRAY[1, 0], 2))")
    assert searching.columns == ["search_results"]
    assert json.loads(str(found)) == [
        {"id": 1, "e": [1.0, 0.0], "s": "a", "score": 1.0},
        {"id": 2, "e": [3.0, 4.0], "s": "00FF", "score": 0.6},
    ]
    beside = "q, LATERAL TABLE(VECTOR_SEARCH_AGG(TABLE v, q.e, DESCRIPTOR(e), 1)) AS r(hits)"
    assert searching(f"SELECT n, hits ->> '$[0].id' FROM {beside}") == [("x", 1), ("y", 3), ("z", None)]


def test_values_of_every_type_come_back_as_they_are(searching: Shell) -> None:
    searching(
        "CREATE TABLE odd (e, a, b, c, d, f); "
        "INSERT INTO odd VALUES ('[1]', 9223372036854775807, 1e999, x'', '\"quoted\" 文', NULL)"
    )
    [row] = searching(
        "SELECT a, b, c, d, f, typeof(a) FROM VECTOR_SEARCH(TABLE odd, DESCRIPTOR(e), '[1]', 1)"
    )
    assert row == (9223372036854775807, float("inf"), b"", '"quoted" 文', None, "integer")


def test_the_query_may_be_embedded_and_is_embedded_once(searching: Shell, server: ModelServer) -> None:
    searching(
        "CREATE TABLE docs (s TEXT); INSERT INTO docs VALUES ('red'), ('green'), ('blue');"
        "CREATE TABLE kept AS SELECT s, ai_embedding('openai:e', s) AS e FROM docs"
    )
    server.requests.clear()
    sql = (
        "SELECT s, score FROM VECTOR_SEARCH(TABLE kept, DESCRIPTOR(e), ai_embedding('openai:e', 'a sky'), 3)"
    )
    found = searching(sql)
    assert [body["input"] for body in server.bodies] == ["a sky"]
    searching.session.databases.variables.update(sky=pack(vector("a sky")))
    assert found == searching("SELECT s, cosine_similarity(e, :sky) AS c FROM kept ORDER BY c DESC")


def test_both_sides_may_be_embedded_in_the_statement(searching: Shell, server: ModelServer) -> None:
    searching("CREATE TABLE docs (s TEXT); INSERT INTO docs VALUES ('red'), ('green'), ('blue')")
    rows = searching(
        "WITH kept AS (SELECT s, ai_embedding('openai:e', s) AS e FROM docs), "
        "asked AS (SELECT s AS n, ai_embedding('openai:e', s) AS e FROM docs) "
        "SELECT n, r.s FROM asked, LATERAL TABLE(VECTOR_SEARCH(TABLE kept, asked.e, DESCRIPTOR(e), 1)) AS r"
    )
    assert rows == [("red", "red"), ("green", "green"), ("blue", "blue")]
    inputs = [body["input"] for body in server.bodies]
    assert sorted(text for batch in inputs for text in ([batch] if isinstance(batch, str) else batch)) == [
        "blue",
        "green",
        "red",
    ]


def test_a_search_may_stand_in_a_common_table_behind_the_one_it_reads(searching: Shell) -> None:
    assert searching(
        "WITH RECURSIVE kept AS (SELECT id, e FROM v WHERE id > 1), "
        "hits AS (SELECT id, score FROM VECTOR_SEARCH(TABLE kept, DESCRIPTOR(e), ARRAY[1, 0], 1)), "
        "last (n) AS (SELECT id FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), ARRAY[1, 0], 1)) "
        "SELECT * FROM hits, last, VECTOR_SEARCH(TABLE kept, DESCRIPTOR(e), ARRAY[0, 1], 1) AS r"
    ) == [(2, 0.6, 1, 3, "[0, 1]", 1.0)]


def test_a_table_may_be_changed_by_what_is_found(searching: Shell) -> None:
    searching(
        "UPDATE q SET n = r.s FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), ARRAY[1, 0], 1) AS r WHERE n = 'z'"
    )
    assert searching("SELECT n FROM q") == [("x",), ("y",), ("a",)]


def test_a_search_may_be_joined_and_sorted_like_any_table(searching: Shell) -> None:
    assert searching(
        "SELECT v.s, max(r.score) FROM v JOIN VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), ARRAY[1, 0], 3) AS r "
        "USING (id) WHERE id > 1 GROUP BY v.s ORDER BY v.s DESC LIMIT 5"
    ) == [("e", 0.6), ("b", 0.6)]


def test_what_is_found_may_be_given_to_a_model(searching: Shell, server: ModelServer) -> None:
    rows = searching(
        "SELECT ai_complete('openai:m', s) FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), ARRAY[1, 0], 2) "
        "WHERE ai_complete('openai:m', id) LIKE 'echo%'"
    )
    assert rows == [("echo: a",), ("echo: b",)]
    assert len(server.requests) == 4


def test_what_is_found_may_be_written(searching: Shell) -> None:
    searching("CREATE TABLE w AS SELECT id, score FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), ARRAY[1, 0], 1)")
    searching("INSERT INTO w SELECT id, score FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), ARRAY[0, 1], 1)")
    assert searching("SELECT * FROM w") == [(1, 1.0), (3, 1.0)]


WRONG = [
    ("(TABLE v, DESCRIPTOR(e), '[1, 0]')", FunctionError, "VECTOR_SEARCH: it takes 4 or 5 arguments, not 3"),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', K => 2)",
        FunctionError,
        "VECTOR_SEARCH: 'K =>' is not expected here",
    ),
    (
        "(v, DESCRIPTOR(e), '[1, 0]', 2)",
        FunctionError,
        "VECTOR_SEARCH: the first argument is TABLE and a name, or a query in brackets",
    ),
    ("(TABLE nosuch, DESCRIPTOR(e), '[1, 0]', 2)", FunctionError, "no such table: nosuch"),
    (
        "((SELECT nosuch FROM v), DESCRIPTOR(e), '[1, 0]', 2)",
        FunctionError,
        "VECTOR_SEARCH: the query does not run by itself",
    ),
    (
        "(TABLE v, DESCRIPTOR(nosuch), '[1, 0]', 2)",
        FunctionError,
        "VECTOR_SEARCH: the input has no column 'nosuch'",
    ),
    ("(TABLE v, DESCRIPTOR(e, s), '[1, 0]', 2)", FunctionError, "VECTOR_SEARCH: DESCRIPTOR names one column"),
    ("(TABLE v, e, '[1, 0]', 2)", FunctionError, "VECTOR_SEARCH: DESCRIPTOR names one column"),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', 0)",
        FunctionError,
        "VECTOR_SEARCH: the number of rows is a whole number above 0, not 0",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', 'x')",
        FunctionError,
        "VECTOR_SEARCH: the number of rows is a whole number above 0, not 'x'",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', NULL)",
        FunctionError,
        "VECTOR_SEARCH: the number of rows is a whole number above 0, not NULL",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), 'x', 2)",
        FunctionError,
        "VECTOR_SEARCH: the text is no JSON array of numbers",
    ),
    (
        "(TABLE v, DESCRIPTOR(s), '[1, 0]', 2)",
        FunctionError,
        "VECTOR_SEARCH: the text is no JSON array of numbers",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0, 0]', 2)",
        FunctionError,
        "VECTOR_SEARCH: the vectors have 2 and 3 numbers",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', 2, MAP['x', '1'])",
        OptionError,
        "VECTOR_SEARCH has no configuration 'x'",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', 2, MAP['async', 'no'])",
        OptionError,
        "VECTOR_SEARCH: 'no' is no value for 'async'",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', 2) AS r (a, b)",
        StatementError,
        "r needs 4 different names of columns",
    ),
    (
        "(TABLE v, DESCRIPTOR(e), '[1, 0]', 2) AS r (a, b, c, A)",
        StatementError,
        "r needs 4 different names of columns",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), WRONG)
def test_a_wrong_search_says_what_is_wrong(searching: Shell, call: str, kind: type, message: str) -> None:
    error = searching.error(f"SELECT * FROM VECTOR_SEARCH{call}")
    assert (type(error), error.message) == (kind, message)


def test_a_wrong_count_of_arguments_shows_how_it_is_called(searching: Shell) -> None:
    assert searching.error("SELECT * FROM VECTOR_SEARCH(TABLE v)").hint == SIGNATURE


@pytest.mark.parametrize("count", [1, 10, 2000])
def test_a_forged_vector_is_not_found_but_refused(searching: Shell, count: int) -> None:
    searching(
        "WITH RECURSIVE g(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM g LIMIT 1000) "
        "INSERT INTO v SELECT n, vector('[1, 0]'), 'g' FROM g;"
        "INSERT INTO v VALUES (9999, x'ff7631000000c07f00000000', 'forged')"
    )
    error = searching.error(f"SELECT * FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), '[1, 0]', {count})")
    assert error.message == "VECTOR_SEARCH: the vector has a number that is not finite"


def test_an_empty_table_is_searched_with_the_same_checks(searching: Shell) -> None:
    searching("DELETE FROM v")
    assert searching("SELECT * FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), '[1, 0]', 2)") == []
    error = searching.error("SELECT * FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), 'x', 2)")
    assert error.message == "VECTOR_SEARCH: the text is no JSON array of numbers"


def test_a_view_cannot_hold_a_search(searching: Shell) -> None:
    error = searching.error(
        "CREATE VIEW w AS SELECT * FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), '[1, 0]', 2)"
    )
    assert (error.message, error.hint) == (
        "VECTOR_SEARCH cannot stand in a view",
        "a view may compare vectors: ORDER BY cosine_similarity(a, b)",
    )


@pytest.mark.parametrize("value", ["x'00'", "'[[1]]'", "'['", '\'[{"": "zz"}]\'', "5", "'[[[], 1, 1, 1]]'"])
def test_the_table_of_what_was_found_takes_nothing_made_up(searching: Shell, value: str) -> None:
    searching("SELECT * FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(e), '[1, 0]', 2)")
    error = searching.error(f"SELECT * FROM aisql_rows_1({value})")
    assert error.message == "a table of what was found is part of aisql and cannot be called"
