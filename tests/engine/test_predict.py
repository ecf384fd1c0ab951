"""ML_PREDICT: the rows of its input, with the model's output beside them."""

from __future__ import annotations

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.vectors import dimensions, is_vector

CHAT = (
    "CREATE OR REPLACE MODEL m INPUT (content STRING) OUTPUT (label STRING) WITH ("
    "'provider' = 'openai', 'endpoint' = '{url}/chat/completions', 'api-key' = 'k', 'model' = 'x'{more})"
)


@pytest.fixture
def predicting(texts: Shell, server: ModelServer) -> Shell:
    texts(CHAT.format(url=server.url, more=""))
    return texts


PREDICT = [
    (
        "SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s)) WHERE i = 2",
        ["i", "s", "label"],
        (2, "text 2", "2"),
    ),
    (
        "SELECT label FROM ml_predict(INPUT => TABLE t, MODEL => MODEL m, ARGS => DESCRIPTOR(S), "
        "CONFIG => MAP['async', 'true']) AS p WHERE p.i = 3",
        ["label"],
        ("3",),
    ),
    (
        "SELECT * FROM ML_PREDICT((SELECT i, 'a ' || s AS label FROM t), MODEL m, DESCRIPTOR(label)) LIMIT 1",
        ["i", "label", "label0"],
        (1, "a text 1", "1"),
    ),
    (
        "WITH q AS (SELECT s AS label, s AS label0 FROM t LIMIT 1) "
        "SELECT * FROM ML_PREDICT(TABLE q, MODEL default_database.m, DESCRIPTOR(label))",
        ["label", "label0", "label1"],
        ("text 1", "text 1", "1"),
    ),
    (
        "SELECT a.i, label FROM t a JOIN ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s)) USING (i) WHERE i = 51",
        ["i", "label"],
        (51, "1"),
    ),
]


@pytest.mark.parametrize(("sql", "columns", "row"), PREDICT)
def test_output_columns_follow_those_of_the_input(
    predicting: Shell, sql: str, columns: list[str], row: tuple[object, ...]
) -> None:
    assert predicting(sql) == [row]
    assert predicting.columns == columns


def test_each_distinct_input_is_sent_once(predicting: Shell, server: ModelServer) -> None:
    rows = predicting(
        "SELECT count(*), count(DISTINCT label) FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s))"
    )
    assert rows == [(1000, 50)]
    assert len(server.requests) == 50


def test_rows_without_input_are_left_out(predicting: Shell) -> None:
    predicting("UPDATE t SET s = NULL WHERE i > 2")
    assert predicting("SELECT i FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s))") == [(1,), (2,)]


def test_a_model_with_several_choices_gives_a_row_for_each(texts: Shell, server: ModelServer) -> None:
    texts(CHAT.format(url=server.url, more=", 'n' = '3'"))
    rows = texts("SELECT i, label FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s)) WHERE i < 3")
    assert rows == [(1, "1")] * 3 + [(2, "2")] * 3


def test_an_embedding_model_gives_vectors(texts: Shell, server: ModelServer) -> None:
    texts(
        "CREATE TEMPORARY MODEL e INPUT (content STRING) OUTPUT (vector ARRAY<FLOAT>) "
        f"WITH ('provider' = 'openai', 'endpoint' = '{server.url}/embeddings', "
        "'api-key' = 'k', 'model' = 'x', 'dimension' = '4')"
    )
    [(vector,)] = texts("SELECT vector FROM ML_PREDICT(TABLE t, MODEL e, DESCRIPTOR(s)) WHERE i = 1")
    assert is_vector(vector)
    assert dimensions(vector) == 4
    assert server.bodies[0]["dimensions"] == 4


@pytest.mark.parametrize(
    "bounds",
    [
        "'max-concurrent-operations', '3'",
        "'capacity', '3'",
        "'capacity', '3', 'max-concurrent-operations', '20'",
        "'async', 'TRUE', 'output-mode', 'ALLOW_UNORDERED', 'timeout', '3 min', 'capacity', '3'",
    ],
)
def test_the_configuration_bounds_calls_in_flight(
    predicting: Shell, server: ModelServer, bounds: str
) -> None:
    server.gate.gather(3)
    rows = predicting(f"SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s), MAP[{bounds}])")
    assert (server.max_in_flight, [row[0] for row in rows]) == (3, list(range(1, 1001)))


WRONG = [
    ("ML_PREDICT(TABLE t, MODEL m)", "ML_PREDICT: it takes 3 or 4 arguments, not 2"),
    (
        "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s, i))",
        "Number of descriptor columns (2) does not match model input size (1).",
    ),
    ("ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(nosuch))", "ML_PREDICT: the input has no column 'nosuch'"),
    (
        "ML_PREDICT(TABLE t, 'm', DESCRIPTOR(s))",
        "ML_PREDICT: the second argument is MODEL and the name of a model",
    ),
    (
        "ML_PREDICT(t, MODEL m, DESCRIPTOR(s))",
        "ML_PREDICT: the first argument is TABLE and a name, or a query in brackets",
    ),
    ("ML_PREDICT(TABLE t, MODEL m, s)", "ML_PREDICT: the third argument is DESCRIPTOR(column)"),
    (
        "ML_PREDICT(TABLE t, MODEL nosuch, DESCRIPTOR(s))",
        "Model with identifier 'default_catalog.default_database.nosuch' does not exist.",
    ),
    ("ML_PREDICT(TABLE nosuch, MODEL m, DESCRIPTOR(s))", "no such table: nosuch"),
    ("ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s), MAP['x', '1'])", "ML_PREDICT has no configuration 'x'"),
    (
        "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s), MAP['timeout', 'soon'])",
        "ML_PREDICT: 'soon' is no value for 'timeout'",
    ),
    (
        "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s), MAP['capacity', '0'])",
        "ML_PREDICT: '0' is no value for 'capacity'",
    ),
    (
        "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s), MAP['output-mode', 'any'])",
        "ML_PREDICT: 'any' is no value for 'output-mode'",
    ),
    (
        "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(s), MAP['async', 'maybe'])",
        "ML_PREDICT: 'maybe' is no value for 'async'",
    ),
    (
        "ML_PREDICT(INPUT => TABLE t, INPUT => TABLE t, ARGS => DESCRIPTOR(s))",
        "ML_PREDICT: 'INPUT =>' is not expected here",
    ),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_call_says_what_is_wrong(
    predicting: Shell, server: ModelServer, call: str, message: str
) -> None:
    assert predicting.error(f"SELECT * FROM {call}").message == message
    assert server.requests == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (WITH c AS (SELECT 'a z' AS z) "
        "SELECT * FROM ML_PREDICT(TABLE c, MODEL m, DESCRIPTOR(z)))",
        "CREATE TABLE made AS WITH c AS (SELECT 'a z' AS z) SELECT * FROM ML_PREDICT(TABLE c, MODEL m, "
        "DESCRIPTOR(z)); SELECT * FROM made",
    ],
)
def test_the_input_may_be_a_table_of_a_query_further_out(predicting: Shell, sql: str) -> None:
    assert predicting(sql) == [("a z", "z")]
