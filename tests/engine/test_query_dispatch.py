"""How calls go out: shared, bounded, in batches, within a budget, or only counted."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import pytest
from engine_shell import Shell
from server import BROKEN, STUCK, UNAUTHORIZED, Fault, ModelServer, vector

from aisql.vectors import pack

S = "ai_complete('openai:m', s)"
E = "ai_embedding('openai:e', s)"
REFUSED = Fault(400, {"error": {"message": "the text is not allowed"}})
PROBLEM = "openai e: HTTP 400 Bad Request: the text is not allowed"


def embedded(server: ModelServer) -> list[list[str]]:
    """The texts of every request for embeddings."""
    inputs = [body["input"] for body in server.bodies]
    return [[texts] if isinstance(texts, str) else texts for texts in inputs]


def refuse_texts(server: ModelServer, *bad: str) -> None:
    """Has the server refuse a request for embeddings that holds one of these texts."""

    def fault_for(body: dict[str, Any]) -> Fault | None:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        return REFUSED if set(bad) & set(texts) else None

    server.fault_for = fault_for


def make_distinct(texts: Shell, rows: int) -> list[str]:
    """Gives the first rows of t a text of their own, and removes the others."""
    texts(f"DELETE FROM t WHERE i > {rows}; UPDATE t SET s = 'text ' || i")
    return [f"text {i}" for i in range(1, rows + 1)]


def held(texts: Shell, server: ModelServer, sql: str, requests: int) -> Counter[str]:
    """Runs the statement; gives the models of the requests that wait at once before any is answered."""
    server.gate.clear()
    statement = threading.Thread(target=texts, args=(sql,))
    statement.start()
    try:
        server.gate.wait_for(requests)
        models = Counter(str(body["model"]) for body in server.bodies)
    finally:
        server.gate.set()
        statement.join(STUCK)
    return models


# ------------------------------------------------------------------ shared and bounded


def test_identical_calls_under_way_are_shared(texts: Shell, server: ModelServer) -> None:
    server.latency = 0.05
    other = """ai_complete('openai:m', s, json '{"task.concurrency":"2"}')"""
    rows = texts(f"SELECT {S}, {other}, {S} || {S} FROM t WHERE s = 'text 7'")
    assert rows == [("7", "7", "77")] * 20
    assert len(server.requests) == 1


@pytest.mark.parametrize("concurrency", [1, 7, 50])
def test_as_many_calls_are_under_way_as_may_be(texts: Shell, server: ModelServer, concurrency: int) -> None:
    texts(f"SET ai.concurrency = {concurrency}")
    assert held(texts, server, f"SELECT {S} FROM t", concurrency) == {"m": concurrency}
    assert (server.max_in_flight, len(server.requests)) == (concurrency, 50)


def test_calls_with_limits_of_their_own_go_out_beside_each_other(texts: Shell, server: ModelServer) -> None:
    query = "SELECT " + ", ".join(
        f"""ai_complete('openai:{model}', s, json '{{"task.concurrency":"{limit}"}}')"""
        for model, limit in (("a", 3), ("b", 5))
    )
    assert held(texts, server, f"{query} FROM t", 8) == {"a": 3, "b": 5}
    assert (server.max_in_flight, len(server.requests)) == (8, 100)


def test_a_limit_of_a_call_does_not_lift_that_of_the_session(texts: Shell, server: ModelServer) -> None:
    limited = """ai_complete('openai:m', s, json '{"task.concurrency":"10"}')"""
    assert held(texts, server, f"SET ai.concurrency = 4; SELECT {limited} FROM t", 4) == {"m": 4}
    assert (server.max_in_flight, len(server.requests)) == (4, 50)


def test_batches_are_bounded_as_requests(texts: Shell, server: ModelServer) -> None:
    make_distinct(texts, 1_000)
    texts("SET ai.concurrency = 3; SET ai.embed_batch = 20")
    assert held(texts, server, f"SELECT {E} FROM t", 3) == {"e": 3}
    assert (server.max_in_flight, len(server.requests)) == (3, 50)


# ------------------------------------------------------------------ batches


def test_a_thousand_texts_are_ten_requests_in_their_order(texts: Shell, server: ModelServer) -> None:
    every = make_distinct(texts, 1_000)
    texts("SET ai.embed_batch = 100; SET ai.concurrency = 1")
    rows = texts(f"SELECT i, {E} FROM t ORDER BY i")
    assert rows == [(i, pack(vector(text))) for i, text in enumerate(every, 1)]
    assert embedded(server) == [every[start : start + 100] for start in range(0, 1_000, 100)]
    assert texts(f"SELECT i, {E} FROM t ORDER BY i") == rows
    assert len(server.requests) == 10


def test_every_text_of_batches_under_way_together_gets_its_own_vector(
    texts: Shell, server: ModelServer
) -> None:
    every = make_distinct(texts, 1_000)
    server.latency = 0.005
    rows = texts(f"SET ai.embed_batch = 100; SELECT {E} FROM t ORDER BY i DESC")
    assert rows == [(pack(vector(text)),) for text in reversed(every)]
    assert sorted(map(len, embedded(server))) == [100] * 10
    assert sorted(text for batch in embedded(server) for text in batch) == sorted(every)


def test_a_text_is_embedded_once_however_often_it_stands(texts: Shell, server: ModelServer) -> None:
    texts(f"SET ai.embed_batch = 20; SELECT {E} FROM t")
    assert sorted(map(len, embedded(server))) == [10, 20, 20]


def test_a_batch_has_no_more_tokens_than_the_provider_takes(texts: Shell, server: ModelServer) -> None:
    make_distinct(texts, 100)
    texts("UPDATE t SET s = s || replace(printf('%.*c', 7000, 'a'), 'a', '字')")
    assert texts(f"SELECT count({E}) FROM t") == [(100,)]
    assert sorted(map(len, embedded(server))) == [16, 42, 42]


@pytest.mark.parametrize(
    ("provider", "setting", "sizes"),
    [
        ("openai", "", [50]),
        ("openai-compat", "", [32, 18]),
        ("bailian", "", [10, 10, 10, 10, 10]),
        ("dashscope", "", [10, 10, 10, 10, 10]),
        ("bailian", "100", [10, 10, 10, 10, 10]),
        ("bailian", "7", [7, 7, 7, 7, 7, 7, 7, 1]),
        ("openai", "1", [1] * 50),
    ],
)
def test_a_batch_is_as_large_as_the_provider_takes(
    texts: Shell, server: ModelServer, provider: str, setting: str, sizes: list[int]
) -> None:
    every = make_distinct(texts, 50)
    texts(
        f"CREATE MODEL e INPUT (a STRING) OUTPUT (v ARRAY<FLOAT>) WITH ('provider'='{provider}', "
        f"'model'='e', 'endpoint'='{server.url}/embeddings', 'api-key'='sk-test', 'task'='embeddings')"
    )
    texts(f"SET ai.concurrency = 1; SET ai.embed_batch = '{setting}'")
    rows = texts("SELECT ai_embedding('e', s) FROM t ORDER BY i")
    assert rows == [(pack(vector(text)),) for text in every]
    assert [len(batch) for batch in embedded(server)] == sizes


def test_one_refused_text_is_found_and_the_others_get_their_vectors(
    texts: Shell, server: ModelServer
) -> None:
    every = make_distinct(texts, 50)
    refuse_texts(server, "text 7")
    texts("SET ai.on_error = null; SET ai.concurrency = 1")
    rows = texts(f"SELECT {E} FROM t ORDER BY i")
    assert rows == [(None if text == "text 7" else pack(vector(text)),) for text in every]
    shown = "ai_embedding('openai:e', 'text 7')"
    assert texts.notices == [f"1 call failed and gave NULL; the first: {shown}: {PROBLEM} (1 attempt)"]
    # It is divided until the text is alone; each text but that one is embedded exactly once.
    sizes = [len(batch) for batch in embedded(server)]
    assert (len(sizes), sizes[0], sizes.count(1)) == (11, 50, 1)
    assert texts("SELECT arguments, status FROM aisql.errors") == [(shown, 400)]
    assert texts("SELECT count(*) FROM aisql.answers") == [(49,)]
    assert texts(f"SELECT {E} FROM t ORDER BY i") == rows
    assert embedded(server)[11:] == [["text 7"]]


def test_refused_texts_at_both_ends_are_found(texts: Shell, server: ModelServer) -> None:
    make_distinct(texts, 64)
    refuse_texts(server, "text 1", "text 64")
    texts("SET ai.on_error = null")
    assert texts(f"SELECT i FROM t WHERE {E} IS NULL ORDER BY i") == [(1,), (64,)]
    assert len(server.requests) == 23  # the whole, its halves, and for either end two for each division after


def test_a_batch_in_which_all_are_refused_ends(texts: Shell, server: ModelServer) -> None:
    make_distinct(texts, 8)
    server.fault_for = lambda body: REFUSED
    assert texts(f"SET ai.on_error = null; SELECT count({E}) FROM t") == [(0,)]
    assert len(server.requests) == 15
    assert texts("SELECT count(*), count(DISTINCT arguments) FROM aisql.errors") == [(8, 8)]


def test_one_refused_text_is_named_where_it_ends_the_statement(texts: Shell, server: ModelServer) -> None:
    every = make_distinct(texts, 50)
    refuse_texts(server, "text 7")
    error = texts.error(f"SELECT {E} FROM t")
    assert error.message == f"ai_embedding('openai:e', 'text 7'): {PROBLEM} (1 attempt)"
    refuse_texts(server)
    before = len(server.requests)
    [(kept,)] = texts("SELECT count(*) FROM aisql.answers")
    assert texts(f"SELECT {E} FROM t ORDER BY i") == [(pack(vector(text)),) for text in every]
    assert sum(map(len, embedded(server)[before:])) == 50 - int(str(kept))


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (UNAUTHORIZED, "openai e: authentication failed (401): Incorrect API key provided."),
        (BROKEN, "openai e: HTTP 500 Internal Server Error: The server had an error."),
        (
            Fault(200, {"data": [{"index": 0, "embedding": [1.0]}]}),
            "openai e gave one embedding for 50 texts",
        ),
    ],
)
def test_a_batch_that_no_single_text_is_to_blame_for_is_not_divided(
    texts: Shell, server: ModelServer, fault: Fault, problem: str
) -> None:
    server.fault_for = lambda body: fault
    assert texts(f"SET ai.on_error = null; SELECT count({E}) FROM t") == [(0,)]
    assert len(server.requests) == 1
    assert texts("SELECT DISTINCT message FROM aisql.errors") == [(problem,)]
    assert texts("SELECT count(DISTINCT arguments) FROM aisql.errors") == [(50,)]


# ------------------------------------------------------------------ budgets


@pytest.mark.parametrize("policy", ["fail", "null"])
@pytest.mark.parametrize(
    "query",
    [
        f"SELECT {S} FROM t",
        f"SELECT i FROM t WHERE {S} = '999' LIMIT 1",
        f"SELECT ai_complete('openai:m', 'again ' || {S}) FROM t",
        f"UPDATE t SET s = {S}",
        f"CREATE TABLE u AS SELECT {S} FROM t",
    ],
)
def test_max_calls_stops_at_exactly_so_many(
    texts: Shell, server: ModelServer, query: str, policy: str
) -> None:
    error = texts.error(f"SET ai.on_error = {policy}; SET ai.max_calls = 10; {query}")
    assert (error.code, error.exit_status) == ("budget_reached", 5)
    assert error.message == "the statement needs more calls than ai.max_calls = 10 allows"
    assert len(server.requests) == 10
    assert texts("SELECT count(*) FROM aisql.answers") == [(10,)]
    assert texts("SELECT count(*) FROM t WHERE s LIKE 'text %'") == [(1_000,)]


def test_what_is_known_costs_no_budget(texts: Shell, server: ModelServer) -> None:
    texts("SET ai.max_calls = 10")
    for _ in range(4):
        texts.error(f"SELECT {S} FROM t")
    assert len(texts(f"SELECT {S} FROM t")) == 1_000
    texts(f"SET ai.max_calls = 0; SELECT {S} FROM t")
    assert len(server.requests) == 50


def test_no_calls_at_all_may_be_made(texts: Shell, server: ModelServer) -> None:
    assert texts.error(f"SET ai.max_calls = 0; SELECT {S} FROM t").exit_status == 5
    assert server.requests == []


def test_a_batch_is_one_call_of_the_budget(texts: Shell, server: ModelServer) -> None:
    make_distinct(texts, 1_000)
    assert texts.error(f"SET ai.embed_batch = 100; SET ai.max_calls = 3; SELECT {E} FROM t").exit_status == 5
    assert len(server.requests) == 3
    assert texts("SELECT count(*) FROM aisql.answers") == [(300,)]


def test_the_parts_of_a_divided_batch_are_calls_of_the_budget(texts: Shell, server: ModelServer) -> None:
    refuse_texts(server, "text 7")
    error = texts.error(f"SET ai.on_error = null; SET ai.max_calls = 5; SELECT {E} FROM t")
    assert error.exit_status == 5
    assert len(server.requests) == 5


@pytest.mark.parametrize("policy", ["fail", "null"])
def test_max_tokens_stops_before_it_is_reached(texts: Shell, server: ModelServer, policy: str) -> None:
    texts(f"SET ai.on_error = {policy}; SET ai.max_tokens = 100; SET ai.concurrency = 1")
    error = texts.error(f"SELECT {S} FROM t")
    assert (error.code, error.exit_status) == ("budget_reached", 5)
    # A request may use a token for every four characters of its body. It really uses three: `text`, the
    # number, and the number again.
    expected = len(json.dumps(server.bodies[-1], separators=(",", ":"))) // 4 + 1
    sent = len(server.requests)
    assert 3 * (sent - 1) + expected <= 100 < 3 * sent + expected
    assert texts("SELECT sum(input_tokens + output_tokens) FROM aisql.answers") == [(3 * sent,)]


def test_tokens_under_way_count(texts: Shell, server: ModelServer) -> None:
    answer = {"choices": [{"message": {"content": "yes"}}], "usage": {"prompt_tokens": 20}}
    server.fault_for = lambda body: Fault(200, answer)  # no less than was reckoned with, once it has come
    server.latency = 0.02
    assert texts.error(f"SET ai.max_tokens = 40; SELECT {S} FROM t").exit_status == 5
    assert len(server.requests) == 2


def test_a_budget_is_no_failure_of_a_call(texts: Shell, server: ModelServer) -> None:
    texts.error(f"SET ai.max_calls = 10; SELECT {S} FROM t")
    assert texts("SELECT * FROM aisql.errors") == []


# ------------------------------------------------------------------ dry runs

COUNTED = [
    ("rows", f"SELECT {S} FROM t", (50, 0, 50)),
    ("a condition", f"SELECT i FROM t WHERE i <= 10 AND {S} = '3'", (10, 0, 10)),
    ("rows that are sorted and cut", f"SELECT {S} FROM t ORDER BY i DESC LIMIT 5", (5, 0, 5)),
    ("sorted by the answer", f"SELECT i FROM t ORDER BY {S} LIMIT 5", (50, 0, 50)),
    ("groups", f"SELECT {S} FROM t GROUP BY 1 HAVING {S} <> '3'", (50, 0, 50)),
    ("two models", f"SELECT {S}, ai_complete('openai:n', s) FROM t WHERE i <= 20", (40, 0, 40)),
    ("UPDATE", f"UPDATE t SET s = {S}", (50, 0, 50)),
    ("DELETE", f"DELETE FROM t WHERE {S} = '3'", (50, 0, 50)),
    ("INSERT", f"INSERT INTO t (s) SELECT {S} FROM t WHERE i <= 4", (4, 0, 4)),
    ("CREATE TABLE AS", f"CREATE TABLE u AS SELECT {S} FROM t", (50, 0, 50)),
    ("embeddings", f"SELECT {E} FROM t", (50, 0, 1)),
    ("nothing", "SELECT ai_complete('openai:m', NULL)", (0, 0, 0)),
]


@pytest.mark.parametrize(
    ("sql", "counted"), [pytest.param(sql, counted, id=name) for name, sql, counted in COUNTED]
)
def test_a_dry_run_counts_and_changes_nothing(
    texts: Shell, server: ModelServer, sql: str, counted: tuple[int, int, int]
) -> None:
    everything = "SELECT * FROM t"
    before = texts(everything)
    assert texts(f"SET ai.dry_run = on; {sql}") == [counted]
    assert (texts.columns, texts.notices) == (["calls", "from_ledger", "requests"], [])
    assert server.requests == []
    assert texts(everything) == before
    assert texts("SELECT name FROM sqlite_schema WHERE name <> 't'") == []
    for table in ("answers", "usage", "errors"):
        assert texts(f"SELECT * FROM aisql.{table}") == []
    texts(f"SET ai.dry_run = off; {sql}")
    assert len(server.requests) == counted[2]
    if sql.startswith("SELECT"):
        assert texts(f"SET ai.dry_run = on; {sql}") == [(counted[0], counted[0], 0)]


def test_a_dry_run_tells_that_calls_depend_on_others(texts: Shell, server: ModelServer) -> None:
    nested = f"SELECT ai_complete('openai:m', {S} || ' again') FROM t"
    assert texts(f"SET ai.dry_run = on; {nested}") == [(50, 0, 50)]
    assert texts.notices == ["calls that depend on these answers are not counted"]
    texts(f"SET ai.dry_run = off; SELECT {S} FROM t; SET ai.dry_run = on")
    assert texts(nested) == [(100, 50, 50)]
    assert texts.notices == []
    assert len(server.requests) == 50


def test_a_dry_run_tells_apart_what_is_known(texts: Shell, server: ModelServer) -> None:
    texts(f"SELECT {S} FROM t WHERE i <= 20; SET ai.dry_run = on")
    assert texts(f"SELECT {S} FROM t") == [(50, 20, 30)]
    assert texts(f"UPDATE t SET s = {S}") == [(50, 20, 30)]
    assert texts(f"SET ai.cache = off; SELECT {S} FROM t") == [(50, 0, 50)]
    assert texts(f"SET ai.cache = refresh; SELECT {S} FROM t") == [(50, 0, 50)]
    assert texts(f"SET ai.cache = only; SELECT {S} FROM t") == [(50, 20, 0)]
    assert len(server.requests) == 20


def test_a_dry_run_counts_batches(texts: Shell, server: ModelServer) -> None:
    make_distinct(texts, 1_000)
    texts("SET ai.dry_run = on; SET ai.embed_batch = 100")
    assert texts(f"SELECT {E}, {S} FROM t WHERE i <= 950") == [(1_900, 0, 960)]
    assert server.requests == []


def test_a_dry_run_finds_what_is_wrong(texts: Shell, server: ModelServer) -> None:
    texts("SET ai.dry_run = on")
    assert texts.error("SELECT ai_complete('nosuch:m', s) FROM t").code == "CZLH-65000"
    assert texts.error("SELECT ai_complete('openai:m', s) FROM nosuch").code == "sql_error"
    assert server.requests == []
