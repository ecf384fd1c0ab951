"""ai_extract_table: the things of a text as rows, wherever a table may stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from engine_shell import Shell
from server import ModelServer

TABLE = "ai_extract_table('openai:m', t.s, 'name, age int, ok bool, tags [string]') AS x"


@pytest.fixture
def people(shell: Shell, server: ModelServer) -> Shell:
    """A table t(i, s): three texts, the last without a thing, and NULL."""

    def answer(sent: dict[str, Any]) -> str:
        text = sent["messages"][-1]["content"].partition("Text:\n")[2]
        names = [name for name in text.split() if name != "none"]
        rows = [{"name": name, "age": len(name), "ok": True, "tags": [name[0]]} for name in names]
        return json.dumps({"rows": rows})

    server.answer = answer
    shell(
        "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT);"
        "INSERT INTO t(s) VALUES ('Ann Bo'), ('Ann Bo'), ('Cleo'), ('none'), (NULL), ('')"
    )
    return shell


def test_there_is_a_row_for_each_thing(people: Shell, server: ModelServer) -> None:
    assert people(f"SELECT t.i, x.*, typeof(age), typeof(tags) FROM t, {TABLE}") == [
        (1, "Ann", 3, 1, '["A"]', "integer", "text"),
        (1, "Bo", 2, 1, '["B"]', "integer", "text"),
        (2, "Ann", 3, 1, '["A"]', "integer", "text"),
        (2, "Bo", 2, 1, '["B"]', "integer", "text"),
        (3, "Cleo", 4, 1, '["C"]', "integer", "text"),
    ]
    assert people.columns[:5] == ["i", "name", "age", "ok", "tags"]
    assert len(server.requests) == 3


def test_a_left_join_keeps_the_rows_without_a_thing(people: Shell) -> None:
    assert people(f"SELECT t.i, name FROM t LEFT JOIN {TABLE} ON true WHERE t.i > 2") == [
        (3, "Cleo"),
        (4, None),
        (5, None),
        (6, None),
    ]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (f"SELECT name, count(*) FROM t, {TABLE} GROUP BY name", [("Ann", 2), ("Bo", 2), ("Cleo", 1)]),
        (f"SELECT DISTINCT name FROM t, {TABLE} WHERE age > 3", [("Cleo",)]),
        (f"SELECT i FROM t WHERE EXISTS (SELECT 1 FROM {TABLE} WHERE name = 'Bo')", [(1,), (2,)]),
        ("SELECT name FROM ai_extract_table('openai:m', 'Zoe', 'name')", [("Zoe",)]),
        ("SELECT n FROM t, LATERAL TABLE(ai_extract_table('openai:m', s, 'name, age int')) AS x(n, a) "
         "WHERE a = 4", [("Cleo",)]),
        (f"CREATE TABLE y AS SELECT name FROM t, {TABLE}; SELECT count(*) FROM y", [(5,)]),
    ],
)  # fmt: skip
def test_it_stands_where_tables_stand(people: Shell, query: str, rows: list[Any]) -> None:
    assert people(query) == rows


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "SELECT ai_extract_table('openai:m', s, 'name') FROM t",
            "ai_extract_table gives rows, and stands in FROM as a table",
        ),
        (
            "SELECT i FROM t WHERE ai_extract_table('openai:m', s, 'name') = 1",
            "ai_extract_table gives rows, and stands in FROM as a table",
        ),
        (
            "SELECT * FROM t, ai_extract_table('openai:m', s, s) AS x",
            "the fields of ai_extract_table must be a string in the statement",
        ),
        (
            "SELECT * FROM t, ai_extract_table('openai:m', s, 'a, A') AS x",
            "the field 'A' is given twice",
        ),
        (
            "SELECT * FROM t, LATERAL TABLE(ai_extract_table('openai:m', s, 'a, b')) AS x(a)",
            "ai_extract_table gives 2 columns, and 1 names follow",
        ),
        ("SELECT * FROM ai_extract_table('openai:m', 'x')", "ai_extract_table takes 3 arguments, not 2"),
    ],
)
def test_what_cannot_be_a_table_is_refused(
    people: Shell, server: ModelServer, query: str, message: str
) -> None:
    error = people.error(query)
    assert error.message == message
    assert error.span is not None
    assert query[error.span.start : error.span.end].startswith(("ai_extract_table", "LATERAL"))
    assert server.requests == []


def test_a_call_that_fails_keeps_its_row(people: Shell, server: ModelServer) -> None:
    server.answer = lambda _: "rubbish"
    assert people(f"SET ai.on_error = null; SELECT i, x.name FROM t, {TABLE} WHERE i IN (3, 5)") == [
        (3, None)
    ]
