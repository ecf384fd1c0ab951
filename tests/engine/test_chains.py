"""Calls that take several requests: how many are made, what becomes of failures, what is shown beforehand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from engine_shell import Shell
from server import Fault, ModelServer

CLASS = "ai_classify('openai:m', s, ARRAY('good', 'bad'))"


def is_again(sent: dict[str, Any]) -> bool:
    return "could not be used" in str(sent["messages"][0]["content"])


def text_of(sent: dict[str, Any]) -> str:
    return str(sent["messages"][-1]["content"]).rpartition("\n")[2]


@pytest.fixture
def rows(shell: Shell, server: ModelServer) -> Shell:
    """A table r(i, s) of 100 rows with 10 texts; the odd ones get an answer only at the second try."""
    server.answer = lambda sent: "good" if is_again(sent) or int(text_of(sent)[1:]) % 2 == 0 else "?"
    shell(
        "CREATE TABLE r (i INTEGER PRIMARY KEY, s TEXT);"
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 100) "
        "INSERT INTO r SELECT n, 's' || (n % 10) FROM g"
    )
    return shell


STATEMENTS = [
    f"SELECT count(*) FROM r WHERE {CLASS} = 'good'",
    f"SELECT sum(n) FROM (SELECT {CLASS} AS c, count(*) AS n FROM r GROUP BY c HAVING c = 'good')",
    f"SELECT sum(c = 'good') FROM (SELECT {CLASS} AS c FROM r)",
    f"WITH c AS (SELECT {CLASS} AS c FROM r) SELECT count(c) FROM c",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_step_is_asked_once_for_each_text(rows: Shell, server: ModelServer, statement: str) -> None:
    assert rows(statement) == [(100,)]
    assert sorted((text_of(sent), is_again(sent)) for sent in server.bodies) == sorted(
        [(f"s{n}", False) for n in range(10)] + [(f"s{n}", True) for n in (1, 3, 5, 7, 9)]
    )
    assert rows(statement) == [(100,)]
    assert len(server.requests) == 15


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT {CLASS} FROM r WHERE i % 2 = 1",
        f"SELECT i, {CLASS} FROM r WHERE i % 2 = 1 ORDER BY i LIMIT 5",
        f"DELETE FROM r WHERE i % 2 = 1 AND {CLASS} = 'good'",
    ],
)
def test_later_requests_are_made_side_by_side_too(rows: Shell, server: ModelServer, statement: str) -> None:
    answer, first, again = server.answer, [], []

    def watched(sent: dict[str, Any]) -> str:
        (again if is_again(sent) else first).append(sent)
        if len(first) == 5 and not again:
            server.gate.gather(5)
        return answer(sent)

    server.gate.gather(5)
    server.answer = watched
    rows(statement)
    assert (len(first), len(again)) == (5, 5)


@pytest.mark.parametrize(
    ("statement", "query", "count"),
    [
        (f"CREATE TABLE x AS SELECT i, {CLASS} AS c FROM r", "SELECT count(c), count(*) FROM x", 100),
        (f"CREATE TABLE x AS SELECT 1 AS c; INSERT INTO x SELECT {CLASS} FROM r",
         "SELECT count(c) - 1, count(*) - 1 FROM x", 100),
        (f"UPDATE r SET s = {CLASS}", "SELECT count(s), count(*) FROM r WHERE s = 'good'", 100),
        (f"DELETE FROM r WHERE {CLASS} = 'good'", "SELECT count(s), count(*) FROM r", 0),
    ],
)  # fmt: skip
def test_statements_that_write_have_every_answer_first(
    rows: Shell, server: ModelServer, statement: str, query: str, count: int
) -> None:
    rows(statement)
    assert len(server.requests) == 15
    assert rows(query) == [(count, count)]


def test_only_the_rows_that_are_left_are_asked_about(rows: Shell, server: ModelServer) -> None:
    assert rows(f"SELECT i, {CLASS} FROM r ORDER BY i DESC LIMIT 2") == [(100, "good"), (99, "good")]
    asked = [(text_of(sent), is_again(sent)) for sent in server.bodies]
    assert (sorted(asked[:2]), asked[2:]) == ([("s0", False), ("s9", False)], [("s9", True)])


def test_a_limit_ends_the_statement_early(rows: Shell, server: ModelServer) -> None:
    rows("SET ai.concurrency = 1")
    assert rows(f"SELECT i FROM r WHERE {CLASS} = 'good' LIMIT 1") == [(1,)]
    assert len(server.requests) <= 4


def test_a_step_that_fails_is_a_failure_of_the_call(rows: Shell, server: ModelServer) -> None:
    server.fault_for = lambda sent: Fault(400, {"error": {"message": "no"}}) if is_again(sent) else None
    error = rows.error(f"SELECT {CLASS} FROM r WHERE i = 1")
    assert (error.code, error.message.endswith("no (1 attempt)")) == ("provider_error", True)
    assert rows(f"SET ai.on_error = null; SELECT i, {CLASS} FROM r WHERE i IN (1, 2, 11)") == [
        (1, None),
        (2, "good"),
        (11, None),
    ]
    assert "1 call failed and gave NULL" in rows.notices[0]


def test_two_answers_without_the_form_are_a_failure(rows: Shell, server: ModelServer) -> None:
    server.answer = lambda sent: "?"
    assert rows.error(f"SELECT {CLASS} FROM r").code == "unusable_answer"
    assert rows(f"SET ai.on_error = null; SELECT count({CLASS}), count(*) FROM r") == [(0, 100)]
    before = len(server.requests)
    server.answer = lambda sent: "bad"
    # The first questions have their answers, so only the second ones are asked.
    assert rows(f"SELECT count({CLASS}) FROM r") == [(100,)]
    assert len(server.requests) == before + 10


def test_a_failure_counts_once_wherever_it_is_met(rows: Shell, server: ModelServer) -> None:
    server.answer = lambda sent: "?"
    other = CLASS.replace("'bad'", "'b' || 'ad'")
    assert rows(f"SET ai.on_error = null; SELECT {CLASS}, {other} FROM r WHERE i < 12") == [(None, None)] * 11
    assert "10 calls failed and gave NULL" in rows.notices[0]
    assert len(server.requests) == 20


def test_a_budget_holds_for_every_step(rows: Shell, server: ModelServer) -> None:
    error = rows.error(f"SET ai.max_calls = 12; SELECT {CLASS} FROM r")
    assert (error.code, len(server.requests)) == ("budget_reached", 12)
    assert rows(f"RESET ai.max_calls; SELECT count({CLASS}) FROM r") == [(100,)]
    assert len(server.requests) == 15


def test_without_a_ledger_every_statement_asks_anew(rows: Shell, server: ModelServer) -> None:
    rows("SET ai.cache = off")
    for times in (1, 2):
        assert rows(f"SELECT count({CLASS}) FROM r") == [(100,)]
        assert len(server.requests) == 15 * times


def test_a_dry_run_counts_the_first_step(rows: Shell, server: ModelServer) -> None:
    assert rows(f"SET ai.dry_run = on; SELECT {CLASS} FROM r") == [(10, 0, 10)]
    assert rows.notices == []  # if all is well it is the only one
    assert server.requests == []


# ------------------------------------------------------------------ EXPLAIN PROMPT


def test_explain_prompt_shows_the_exact_body_and_sends_nothing(shell: Shell, server: ModelServer) -> None:
    call = "ai_classify('openai:m', 'x', ARRAY('a', 'b'), json '{\"model.params\": {\"top_p\": 0.5}}')"
    (row,) = shell(f"EXPLAIN PROMPT {call}")
    assert shell.columns == ["function", "provider", "model", "url", "request"]
    assert row[:4] == ("ai_classify", "openai", "m", f"{server.url}/chat/completions")
    assert server.requests == []
    server.answer = lambda sent: "a"
    assert shell(f"SELECT {call}") == [("a",)]
    assert [json.loads(str(row[4]))] == server.bodies
    # What is known is shown all the same.
    assert shell(f"EXPLAIN PROMPT {call}") == [row]
    assert len(server.requests) == 1


def test_explain_prompt_of_a_query_shows_each_distinct_request(rows: Shell, server: ModelServer) -> None:
    shown = rows("explain /* the */ prompt SELECT ai_complete('openai:m', s) FROM r WHERE i < 13")
    assert [json.loads(str(row[4]))["messages"][-1]["content"] for row in shown] == [
        f"s{n % 10}" for n in range(1, 11)
    ]
    assert rows("EXPLAIN PROMPT SELECT 1") == []
    rows("EXPLAIN PROMPT DELETE FROM r WHERE ai_complete('openai:m', s) = 's1'")
    assert rows("SELECT count(*) FROM r") == [(100,)]
    assert server.requests == []


def test_what_depends_on_an_answer_is_shown_once_it_is_there(shell: Shell, server: ModelServer) -> None:
    call = "ai_complete('openai:m', ai_complete('openai:m', 'x') || '!')"
    assert [
        json.loads(str(row[4]))["messages"][-1]["content"] for row in shell(f"EXPLAIN PROMPT {call}")
    ] == ["x"]
    assert shell.notices == ["calls that depend on these answers are not shown"]
    server.answer = lambda sent: "y"
    shell("SELECT ai_complete('openai:m', 'x')")
    assert [
        json.loads(str(row[4]))["messages"][-1]["content"] for row in shell(f"EXPLAIN PROMPT {call}")
    ] == [
        "x",
        "y!",
    ]


def test_explain_prompt_never_shows_a_key(shell: Shell) -> None:
    shell(
        "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' BASE_URL = 'http://127.0.0.1:1/v1' "
        "API_KEY = 'sk-a-secret-of-mine'"
    )
    assert "sk-a-secret" not in str(shell("EXPLAIN PROMPT ai_complete('c:m', 'sk-a-secret-of-mine')"))


# ------------------------------------------------------------------ the default model


def test_a_call_without_a_model_goes_to_the_default_one(shell: Shell, server: ModelServer) -> None:
    shell("SET ai.default_model = 'openai:small'")
    server.answer = lambda sent: "a"
    assert shell("SELECT ai_complete('x'), ai_classify('x', ARRAY('a', 'b'))") == [("a", "a")]
    assert shell("SELECT ai_complete('openai:large', 'x')") == [("a",)]
    assert [sent["model"] for sent in server.bodies] == ["small", "small", "large"]
    shell("RESET ai.default_model")
    assert shell.error("SELECT ai_complete('x')").code == "CZLH-65000"


SHAPED = [
    ("ai_filter('openai:m', 'a', 'b')", '{"answer": true}', 1),
    ("ai_score('openai:m', 'a', 'b')", '{"score": 1}', 1.0),
    ("""ai_join('openai:m', 'a', '["a"]', 'b')""", '{"matches": []}', "[]"),
    ("ai_redact('openai:m', 'a')", '{"found": []}', "a"),
    ("ai_extract('openai:m', 'a', 'n int')", '{"n": 1}', '{"n": 1}'),
    ("""ai_extract('openai:m', 'a', json '{"n": ""}')""", '{"n": "1"}', '{"n": "1"}'),
]


@pytest.mark.parametrize(("call", "good", "value"), SHAPED)
@pytest.mark.parametrize("bad", ["I cannot say.", "{]", "[1]"])
def test_a_first_answer_without_its_form_is_paid_for_once(
    shell: Shell, server: ModelServer, call: str, good: str, value: object, bad: str
) -> None:
    server.answer = lambda sent: good if is_again(sent) else bad
    for _ in range(2):
        assert shell(f"SELECT {call}") == [(value,)]
        assert [is_again(sent) for sent in server.bodies] == [False, True]
    assert sorted(shell("SELECT answer FROM aisql.answers")) == sorted([(bad,), (good,)])
    assert shell("SELECT * FROM aisql.errors") == []
