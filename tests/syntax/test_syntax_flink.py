"""What of a statement is Flink's: the casts, moments and types in it, each at its place."""

import pytest

from aisql.errors import SyntaxProblem
from aisql.syntax.calls import Cast, walk
from aisql.syntax.flink import Replacement
from aisql.syntax.flink_tables import as_written, kept_types

FUNCTIONS = ("ai_complete",)

REPLACED = [
    ("SELECT DATE '2020-01-02'", [("DATE '2020-01-02'", "'2020-01-02'")]),
    ("SELECT time'10:00' FROM t", [("time'10:00'", "'10:00'")]),
    ("SELECT date 'x', date('2020-01-02'), t.date FROM t", []),
    ("CREATE TABLE t (a INT, s STRING NOT NULL)", [("STRING", "/* Flink: STRING */ TEXT")]),
    ("CREATE TABLE t (string, s TEXT, PRIMARY KEY (s))", []),
    ("CREATE TABLE t AS SELECT 1 AS string, (SELECT 2 STRING)", []),
    (
        "CREATE TABLE IF NOT EXISTS d.`t` (m MAP<INT, INT>)",
        [("MAP<INT, INT>", "/* Flink: MAP<INT, INT> */ TEXT")],
    ),
    (
        "CREATE TABLE t (a INT COMMENT 'x', PRIMARY KEY (a) NOT ENFORCED)",
        [
            ("INT", "/* Flink: INT COMMENT 'x' */ INT"),
            (" COMMENT 'x'", ""),
            ("NOT ENFORCED", "/* Flink: NOT ENFORCED */"),
        ],
    ),
    ("ALTER TABLE t ADD b BYTES", [("BYTES", "/* Flink: BYTES */ BLOB")]),
    ("ALTER TABLE string RENAME COLUMN bytes TO comment", []),
    ("ALTER TABLE add ADD COLUMN s STRING", [("STRING", "/* Flink: STRING */ TEXT")]),
    ("CREATE TABLE t (a INT REFERENCES metadata (comment), b TEXT COLLATE array)", []),
    ("CREATE INDEX i ON t (string)", []),
]


@pytest.mark.parametrize(("text", "expected"), REPLACED)
def test_what_sqlite_does_not_know_is_replaced(parser, text, expected):
    nodes = parser.query(text, FUNCTIONS).nodes
    assert all(isinstance(node, Replacement) for node in nodes)
    assert [(text[slice(*node.span)], node.sql) for node in nodes] == expected


CASTS = [
    ("SELECT CAST(a AS STRING)", [("CAST(a AS STRING)", "a", "STRING", False)]),
    ("SELECT try_cast(a + 1 AS int)", [("try_cast(a + 1 AS int)", "a + 1", "INT", True)]),
    (
        "SELECT CAST(TRY_CAST(a AS DECIMAL(10,2)) AS MAP<STRING, INT>)",
        [
            (
                "CAST(TRY_CAST(a AS DECIMAL(10,2)) AS MAP<STRING, INT>)",
                "TRY_CAST(a AS DECIMAL(10,2))",
                "MAP<STRING, INT>",
                False,
            ),
            ("TRY_CAST(a AS DECIMAL(10,2))", "a", "DECIMAL(10, 2)", True),
        ],
    ),
    (
        "SELECT CAST((SELECT b AS STRING FROM t) AS INT ARRAY)",
        [
            (
                "CAST((SELECT b AS STRING FROM t) AS INT ARRAY)",
                "(SELECT b AS STRING FROM t)",
                "ARRAY<INT>",
                False,
            )
        ],
    ),
    ("SELECT CAST(a AS INT), CAST(b AS VARCHAR(3)), CAST(c AS TEXT), cast FROM t", []),
    ("SELECT 1 AS string, (2) AS date FROM t", []),
    ("INSERT INTO cast (a) SELECT 1 AS string", []),
]


@pytest.mark.parametrize(("text", "expected"), CASTS)
def test_a_cast_knows_its_value_and_its_type(parser, text, expected):
    nodes = [node for node in walk(parser.query(text, FUNCTIONS).nodes) if isinstance(node, Cast)]
    found = [
        (text[slice(*node.span)], text[slice(*node.arguments[0].span)], node.type, node.tries)
        for node in nodes
    ]
    assert found == expected


def test_calls_inside_of_a_cast_keep_their_order(parser):
    query = parser.query(
        "SELECT CAST(ai_complete('m', a) AS STRING) FROM t WHERE TRY_CAST(ai_complete('m', b) AS INT) = 1",
        FUNCTIONS,
    )
    texts = [query.text[slice(*call.span)] for call in query.calls()]
    assert texts == ["ai_complete('m', b)", "ai_complete('m', a)"]


@pytest.mark.parametrize("text", ["SELECT TRY_CAST(a AS INT, 5)", "SELECT CAST(a AS ARRAY<>)"])
def test_a_type_that_is_none_is_an_error_where_it_stands(parser, text):
    with pytest.raises(SyntaxProblem) as caught:
        parser.query(text, FUNCTIONS)
    assert caught.value.span is not None
    assert caught.value.span.start > text.index(" AS ")


KEPT = "CREATE TABLE t (\"a b\" /* Flink: MAP<STRING, INT> COMMENT 'it''s' */ TEXT, c /* mine */ TEXT, d INT)"


def test_the_types_sqlite_keeps_are_read_back():
    assert as_written(KEPT) == (
        "CREATE TABLE t (\"a b\" MAP<STRING, INT> COMMENT 'it''s', c /* mine */ TEXT, d INT)"
    )
    assert list(kept_types(KEPT)) == [("a b", "MAP<STRING, INT>", "it's")]
