"""The aggregates: which texts go out together, how many requests it takes, and what is not cut."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from engine_shell import Shell
from server import Fault, ModelServer

TOO_LONG = Fault(400, {"error": {"message": "This is too much.", "code": "context_length_exceeded"}})


def texts_in(sent: dict[str, Any]) -> list[str]:
    """The texts, or results, of a request."""
    texts: list[str] = json.loads(sent["messages"][-1]["content"].partition("Text:\n")[2])
    return texts


def is_join(sent: dict[str, Any]) -> bool:
    return "read in parts" in sent["messages"][0]["content"]


def counted(sent: dict[str, Any]) -> str:
    """How many texts there are: results are added up."""
    texts = texts_in(sent)
    return f"{sum(int(text) for text in texts) if is_join(sent) else len(texts)} texts".split()[0]


@pytest.fixture
def groups(shell: Shell, server: ModelServer) -> Shell:
    """A table g(i, k, s) of 12 rows in 3 groups; texts of the group 2 are NULL, one of group 1 is empty."""
    server.answer = counted
    shell(
        "CREATE TABLE g (i INTEGER PRIMARY KEY, k INT, s TEXT);"
        "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n LIMIT 12) "
        "INSERT INTO g SELECT n, n % 3, CASE n % 3 WHEN 2 THEN NULL ELSE iif(n = 1, '', 's' || n) END FROM n"
    )
    return shell


AGG = "ai_agg('openai:m', s, 'count')"


def test_a_group_is_one_request_and_one_without_texts_is_null(groups: Shell, server: ModelServer) -> None:
    assert groups(f"SELECT k, {AGG} FROM g GROUP BY k") == [(0, "4"), (1, "3"), (2, None)]
    assert sorted(texts_in(sent) for sent in server.bodies) == [
        ["s0", "s3", "s6", "s9"],
        ["s4", "s7", "s10"],
    ]
    assert groups(f"SELECT k, {AGG} FROM g GROUP BY k") == [(0, "4"), (1, "3"), (2, None)]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("query", "rows", "requests"),
    [
        (f"SELECT {AGG} FROM g", [("7",)], 1),
        (f"SELECT {AGG}, count(*) FROM g WHERE i < 0", [(None, 0)], 0),
        (f"SELECT k, {AGG} AS n FROM g GROUP BY k HAVING n > '3'", [(0, "4")], 2),
        (f"SELECT k FROM g GROUP BY k HAVING {AGG} IS NULL", [(2,)], 2),
        (f"SELECT k FROM g GROUP BY k ORDER BY {AGG} DESC", [(0,), (1,), (2,)], 2),
        (f"SELECT k, {AGG} FILTER (WHERE i > 5) FROM g GROUP BY k", [(0, "2"), (1, "2"), (2, None)], 2),
        (f"SELECT {AGG} FILTER (WHERE i > 99) FROM g", [(None,)], 0),
        (f"SELECT max(n) FROM (SELECT k, {AGG} AS n FROM g GROUP BY k)", [("4",)], 2),
        (f"WITH c AS (SELECT k, {AGG} AS n FROM g GROUP BY k) SELECT n FROM c WHERE k = 1", [("3",)], 1),
        (f"SELECT k, (SELECT {AGG} FROM g AS h WHERE h.k = g.k) FROM g WHERE i < 2", [(0, "4"), (1, "3")], 2),
        ("SELECT ai_agg('openai:m', DISTINCT s, 'count') FROM (SELECT 'a' AS s UNION ALL SELECT 'a')",
         [("1",)], 1),
        ("SELECT ai_summarize_agg('openai:m', s) FROM g", [("7",)], 1),
        (f"SELECT ai_complete('openai:m', {AGG}) FROM g WHERE k = 2", [(None,)], 0),
    ],
)  # fmt: skip
def test_it_is_an_aggregate_like_any(
    groups: Shell, server: ModelServer, query: str, rows: list[Any], requests: int
) -> None:
    assert groups(query) == rows
    assert len(server.requests) == requests


def test_the_texts_come_in_the_order_that_is_asked_for(groups: Shell, server: ModelServer) -> None:
    groups("SELECT ai_agg('openai:m', s ORDER BY i DESC, 'count') FROM g WHERE k = 0")
    assert texts_in(server.bodies[0]) == ["s9", "s6", "s3", "s0"]


def test_a_statement_that_writes_has_the_results_first(groups: Shell, server: ModelServer) -> None:
    groups(f"CREATE TABLE x AS SELECT k, {AGG} AS n FROM g GROUP BY k; INSERT INTO x SELECT 9, {AGG} FROM g")
    assert groups("SELECT * FROM x") == [(0, "4"), (1, "3"), (2, None), (9, "7")]
    assert len(server.requests) == 3


def test_a_failure_is_that_of_its_group(groups: Shell, server: ModelServer) -> None:
    server.fault_for = lambda sent: Fault(400, "no") if "s0" in str(sent) else None
    groups("SET ai.on_error = null")
    assert groups(f"SELECT k, {AGG} FROM g GROUP BY k") == [(0, None), (1, "3"), (2, None)]
    assert "1 call failed and gave NULL" in groups.notices[0]


def test_one_of_a_thousand_parts_may_fail(shell: Shell, server: ModelServer) -> None:
    server.answer = counted
    server.fault_for = lambda sent: Fault(400, "no") if '"part 77"' in str(sent) else None
    shell(
        "CREATE MODEL tiny INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'openai-compat', "
        f"'endpoint' = '{server.url}/chat/completions', 'model' = 'm', 'max-context-size' = '12')"
    )
    query = f"SELECT ai_agg('tiny', 'part ' || value, 'count') FROM json_each('{list(range(1000))}')"
    assert shell.error(query).code == "provider_error"
    requests = len(server.requests)
    assert requests > 900
    assert shell(f"SET ai.on_error = null; {query}") == [(None,)]
    assert len(server.requests) == requests + 1


@pytest.fixture
def many(shell: Shell, server: ModelServer) -> Shell:
    """A table t(i, s) of 1,000 distinct texts, and a model with room for 200 tokens."""
    server.answer = counted
    shell(
        "CREATE MODEL small INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'openai-compat', "
        f"'endpoint' = '{server.url}/chat/completions', 'model' = 'm', 'max-context-size' = '400');"
        "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT);"
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 1000) "
        "INSERT INTO t SELECT n, 'the text of number ' || n FROM g"
    )
    return shell


def test_every_one_of_1000_texts_reaches_the_model_exactly_once(many: Shell, server: ModelServer) -> None:
    assert many("SELECT ai_agg('small', s, 'count') FROM t") == [("1000",)]
    leaves = [sent for sent in server.bodies if not is_join(sent)]
    found = [text for sent in leaves for text in texts_in(sent)]
    assert sorted(found) == sorted(f"the text of number {number}" for number in range(1, 1001))
    leaves.sort(key=lambda sent: int(texts_in(sent)[0].split()[-1]))
    in_order = [text for sent in leaves for text in texts_in(sent)]
    assert in_order == [f"the text of number {number}" for number in range(1, 1001)]
    joins = [sent for sent in server.bodies if is_join(sent)]
    assert (len(leaves), len(joins)) == (36, 1)
    assert many("SELECT ai_agg('small', s, 'count') FROM t") == [("1000",)]
    assert len(server.requests) == 37


def test_a_text_longer_than_the_context_is_divided_and_not_cut(many: Shell, server: ModelServer) -> None:
    text = " ".join(f"word{number}" for number in range(600))
    many(f"SELECT ai_summarize_agg('small', s) FROM (SELECT '{text}' AS s UNION ALL SELECT 'end')")
    leaves = [texts_in(sent) for sent in server.bodies if not is_join(sent)]
    pieces = sorted(
        (piece for leaf in leaves for piece in leaf),
        key=lambda piece: int(re.findall(r"\d+", f"{piece} 999")[0]),
    )
    assert "".join(pieces) == f"{text}end"
    assert many.notices == []


def test_what_the_provider_finds_too_long_is_asked_about_in_halves(many: Shell, server: ModelServer) -> None:
    server.fault_for = lambda sent: TOO_LONG if len(texts_in(sent)) > 300 else None
    assert many("SELECT ai_agg('openai:m', s, 'count') FROM t") == [("1000",)]
    good = [sent for sent in server.bodies if len(texts_in(sent)) <= 300]
    leaves = [sent for sent in good if not is_join(sent)]
    assert sorted(len(texts_in(sent)) for sent in leaves) == [250] * 4
    found = [text for sent in leaves for text in texts_in(sent)]
    assert sorted(found) == sorted(f"the text of number {number}" for number in range(1, 1001))
    assert len(server.requests) == len(good) + 3 == 4 + 1 + 3


def test_results_that_get_no_fewer_end_the_statement(many: Shell, server: ModelServer) -> None:
    server.answer = lambda _: "a long result " * 60
    error = many.error("SELECT ai_agg('small', s, 'count') FROM t")
    assert (error.code, len(server.requests)) == ("answers_too_long", 36)
    assert error.span is not None
    assert many("SET ai.on_error = null; SELECT ai_agg('small', s, 'count') FROM t") == [(None,)]


def test_a_budget_holds_for_every_request_of_a_tree(many: Shell, server: ModelServer) -> None:
    error = many.error("SET ai.max_calls = 20; SELECT ai_agg('small', s, 'count') FROM t")
    assert (error.code, len(server.requests)) == ("budget_reached", 20)
    assert many("RESET ai.max_calls; SELECT ai_agg('small', s, 'count') FROM t") == [("1000",)]
    assert len(server.requests) == 37


def test_a_dry_run_counts_the_leaves(many: Shell, server: ModelServer) -> None:
    assert many("SET ai.dry_run = on; SELECT ai_agg('small', s, 'count') FROM t") == [(36, 0, 36)]
    assert many.notices == ["calls that depend on these answers are not counted"]
    assert server.requests == []


def test_a_group_that_fits_depends_on_no_further_answer(many: Shell, server: ModelServer) -> None:
    query = "ai_agg('small', s, 'count') FROM t WHERE i < 5"
    assert many(f"SET ai.dry_run = on; SELECT {query}") == [(1, 0, 1)]
    assert many.notices == []
    assert len(many(f"RESET ai.dry_run; EXPLAIN PROMPT SELECT {query}")) == 1
    assert many.notices == []
    many("SELECT ai_agg('small', s, 'count') FROM t")
    many("PURGE ANSWERS WHERE request LIKE '%was read in parts%'")
    asked = len(server.requests)
    assert many("SET ai.dry_run = on; SELECT ai_agg('small', s, 'count') FROM t") == [(37, 36, 1)]
    assert many.notices == []
    assert len(server.requests) == asked


def test_a_view_may_have_an_aggregate_with_a_filter(groups: Shell, server: ModelServer) -> None:
    groups(f"CREATE VIEW v AS SELECT k, {AGG} FILTER (WHERE i > 5) AS n FROM g GROUP BY k")
    assert [row[0] for row in groups("DESCRIBE v")] == ["k", "n"]
    assert server.requests == []
    assert groups("SELECT n FROM v WHERE k < 2") == [("2",), ("2",)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT EXISTS (SELECT 1 FROM t GROUP BY i / 100 HAVING ai_agg('small', s, 'x') <> '')",
        "SELECT i / 100 AS k FROM t GROUP BY k HAVING ai_agg('small', s, 'x') <> '' LIMIT 1",
    ],
)
def test_few_requests_are_made_ahead_of_need(many: Shell, server: ModelServer, query: str) -> None:
    many(f"SET ai.concurrency = 1; {query}")
    # Two groups of four parts, and what the first one comes to; there are eleven groups.
    assert len(server.requests) <= 9


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (f"SELECT k FROM g WHERE {AGG} = '4'", "misuse of aggregate function ai_agg()"),
        (f"UPDATE g SET s = {AGG}", "misuse of aggregate function ai_agg()"),
        (f"SELECT {AGG}, json_group_array(1, 2) FROM g",
         "wrong number of arguments to function json_group_array()"),
    ],
)  # fmt: skip
def test_a_misuse_is_told_by_the_name_that_was_written(groups: Shell, query: str, message: str) -> None:
    assert groups.error(query).message == message


def test_it_is_no_window_function_and_takes_no_blob(groups: Shell, server: ModelServer) -> None:
    assert groups.error(f"SELECT {AGG} OVER () FROM g").message == (
        "an AI call may not be used as a window function"
    )
    error = groups.error("SELECT ai_agg('openai:m', x'ff00', 'count')")
    assert (error.message, error.hint) == (
        "JSON cannot hold BLOB values",
        "vector_json(v) gives the JSON text of a vector",
    )
    assert server.requests == []
