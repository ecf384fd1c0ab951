"""What was paid for is kept: what a second run sends, what is read and written, and that no key is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from engine_shell import Shell
from server import Fault, ModelServer

KEY = "sk-very-secret-0123456789abcdef"
S = "ai_complete('openai:m', s)"
ALL = f"SELECT i, {S} FROM t WHERE i <= 100 ORDER BY i"
SUM = f"SELECT count(DISTINCT {S}), count({S}), sum({S}) FROM t"


def said(body: dict[str, Any]) -> str:
    """The text a request is about."""
    return str(body["messages"][-1]["content"])


def number_answers(server: ModelServer) -> None:
    """Has every answer be the number of its request."""
    numbers: Iterator[int] = count(1)
    server.answer = lambda body: str(next(numbers))


def host(server: ModelServer) -> str:
    return f"127.0.0.1:{server.port}"


# ------------------------------------------------------------------ on


def test_a_second_run_sends_nothing(texts: Shell, server: ModelServer) -> None:
    rows = texts(ALL)
    assert rows == [(i, str(i % 50)) for i in range(1, 101)]
    assert texts(ALL) == rows
    assert len(server.requests) == 50


def test_another_session_sends_nothing(
    texts: Shell, open_shell: Callable[..., Shell], server: ModelServer
) -> None:
    rows = texts(ALL)
    table = 'CREATE TABLE u AS SELECT value AS s FROM json_each(\'["text 1", "text 7"]\')'
    assert open_shell()(f"{table}; SELECT {S} FROM u") == [("1",), ("7",)]
    assert open_shell()(ALL) == rows
    assert len(server.requests) == 50


def test_a_longer_table_costs_what_is_new_in_it(texts: Shell, server: ModelServer) -> None:
    texts(f"SELECT {S} FROM t WHERE i <= 30; SELECT {S} FROM t WHERE i <= 40")
    assert sorted(map(said, server.bodies)) == sorted(f"text {i}" for i in range(1, 41))


@pytest.mark.parametrize(
    "other",
    [
        "ai_complete('openai:m2', 'x')",
        "ai_complete('openai:m', 'x ')",
        """ai_complete('openai:m', 'x', json '{"model.params":{"temperature":0.5}}')""",
        "ai_classify('openai:m', 'x', ARRAY('x'))",
        "ai_embedding('openai:m', 'x')",
    ],
)
def test_what_differs_in_the_request_is_another_call(texts: Shell, server: ModelServer, other: str) -> None:
    texts(f"SELECT ai_complete('openai:m', 'x'), {other}")
    assert len(server.requests) == 2


def test_another_host_is_asked_itself(texts: Shell, server: ModelServer) -> None:
    model = (
        "CREATE MODEL c INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='openai-compat', 'model'='m', "
    )
    with ModelServer() as other:
        texts(f"{model} 'endpoint'='{server.url}/chat/completions'); SELECT ai_complete('c', 'x')")
        texts(f"ALTER MODEL c SET ('endpoint'='{other.url}/chat/completions'); SELECT ai_complete('c', 'x')")
        assert (len(server.requests), len(other.requests)) == (1, 1)


# ------------------------------------------------------------------ off


def test_off_neither_reads_nor_writes(texts: Shell, server: ModelServer) -> None:
    number_answers(server)
    assert texts(SUM) == [(50, 1_000, 25_500)]
    assert texts(f"SET ai.cache = off; {SUM}") == [(50, 1_000, 20 * sum(range(51, 101)))]
    assert texts(SUM) == [(50, 1_000, 20 * sum(range(101, 151)))]
    assert texts("SELECT count(*), sum(answer) FROM aisql.answers") == [(50, 1_275)]
    assert texts(f"SET ai.cache = on; {SUM}") == [(50, 1_000, 25_500)]
    assert len(server.requests) == 150


@pytest.mark.long
def test_off_makes_each_call_once_beyond_what_memory_holds(texts: Shell, server: ModelServer) -> None:
    number_answers(server)
    server.fault_for = lambda body: Fault(400, "no") if said(body).endswith("3") else None
    texts("DELETE FROM t; SET ai.cache = off; SET ai.on_error = null; SET ai.concurrency = 64")
    numbers = "WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g LIMIT 9000)"
    texts(f"{numbers} INSERT INTO t SELECT n, 'text ' || (n % 4500) FROM g")
    rows = texts(f"SELECT s, {S} FROM t ORDER BY i")
    assert rows[:4_500] == rows[4_500:]
    answers = [None if answer is None else int(str(answer)) for _, answer in rows[:4_500]]
    assert [answer is None for answer in answers] == [n % 10 == 3 for n in range(4_500)]
    assert sorted(filter(None, answers)) == list(range(1, 4_051))
    assert len(server.requests) == 4_500
    assert [notice.partition(";")[0] for notice in texts.notices] == ["450 calls failed and gave NULL"]
    assert texts("SELECT count(*) FROM aisql.answers") == [(0,)]


def test_only_counts_each_miss_once_beyond_what_memory_holds(texts: Shell, server: ModelServer) -> None:
    texts("DELETE FROM t; SET ai.cache = only; SET ai.on_error = null")
    numbers = "WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g LIMIT 12000)"
    texts(f"{numbers} INSERT INTO t SELECT n, 'text ' || (n % 6000) FROM g")
    assert texts(f"SELECT count({S}), count(*) FROM t") == [(0, 12_000)]
    assert [notice.partition(";")[0] for notice in texts.notices] == ["6000 calls failed and gave NULL"]
    assert server.requests == []


# ------------------------------------------------------------------ refresh


def test_refresh_asks_anew_once_per_statement_and_replaces(texts: Shell, server: ModelServer) -> None:
    number_answers(server)
    texts(SUM)
    assert texts(f"SET ai.cache = refresh; {SUM}") == [(50, 1_000, 20 * sum(range(51, 101)))]
    assert texts(SUM) == [(50, 1_000, 20 * sum(range(101, 151)))]
    assert texts(f"SET ai.cache = on; {SUM}") == [(50, 1_000, 20 * sum(range(101, 151)))]
    assert texts("SELECT count(*), sum(answer) FROM aisql.answers") == [(50, sum(range(101, 151)))]
    assert len(server.requests) == 150


def test_a_refresh_right_after_another_asks_too(texts: Shell, server: ModelServer) -> None:
    number_answers(server)
    texts("SET ai.cache = refresh")
    answers = [texts("SELECT ai_complete('openai:m', 'x')") for _ in range(100)]
    assert answers == [[(str(number),)] for number in range(1, 101)]


def test_a_failed_refresh_leaves_the_old_answer(texts: Shell, server: ModelServer) -> None:
    texts(ALL)
    server.fault_for = lambda body: Fault(400, "no") if said(body) == "text 7" else None
    texts("SET ai.cache = refresh; SET ai.on_error = null")
    assert texts(f"SELECT count(*) FROM t WHERE {S} IS NULL") == [(20,)]
    assert texts(f"SET ai.cache = on; SELECT count(*) FROM t WHERE {S} = '7'") == [(20,)]
    assert len(server.requests) == 100


# ------------------------------------------------------------------ only


def test_only_answers_from_the_ledger(texts: Shell, server: ModelServer) -> None:
    rows = texts(ALL)
    assert texts(f"SET ai.cache = only; {ALL}") == rows
    assert len(server.requests) == 50


def test_only_makes_a_miss_an_error_that_names_the_call(texts: Shell, server: ModelServer) -> None:
    texts(f"SELECT {S} FROM t WHERE i <= 5; SET ai.cache = only")
    error = texts.error(f"SELECT {S} FROM t")
    assert (error.code, error.exit_status, error.span) == ("not_in_ledger", 1, (7, 33))
    assert error.message.startswith("ai_complete('openai:m', 'text 6'): there is no answer in the ledger")
    assert "attempt" not in error.message
    assert len(server.requests) == 5
    assert texts("SELECT * FROM aisql.errors") == []


def test_only_gives_null_for_a_miss_where_that_is_the_policy(texts: Shell, server: ModelServer) -> None:
    texts(f"SELECT {S} FROM t WHERE i <= 5; SET ai.cache = only; SET ai.on_error = null")
    assert texts(f"SELECT {S} FROM t WHERE i IN (4, 5, 6, 54, 56) ORDER BY i") == [
        ("4",),
        ("5",),
        (None,),
        ("4",),
        (None,),
    ]
    assert [notice.partition(";")[0] for notice in texts.notices] == ["1 call failed and gave NULL"]
    assert len(server.requests) == 5


# ------------------------------------------------------------------ purging


def test_purged_answers_are_asked_again(texts: Shell, server: ModelServer) -> None:
    texts(ALL)
    texts("PURGE ANSWERS")
    assert texts.changes == 50
    texts(ALL)
    assert len(server.requests) == 100


def test_answers_are_purged_by_model_and_time(open_shell: Callable[..., Shell], server: ModelServer) -> None:
    shell = open_shell(t="9999-01-01", u="2000-01-01")
    one = "SELECT ai_complete('openai:m', 'x'), ai_complete('openai:n', 'x'), ai_complete('openai:n', 'y')"
    shell(one)
    shell("PURGE ANSWERS WHERE model = 'n' AND created_at < :u")
    assert shell.changes == 0
    shell("PURGE ANSWERS WHERE model = 'n' AND created_at < :t")
    assert shell.changes == 2
    assert shell("SELECT model, answer FROM aisql.answers") == [("m", "echo: x")]
    shell(one)
    assert [body["model"] for body in server.bodies[3:]] == ["n", "n"]


# ------------------------------------------------------------------ tables


def test_the_tables_tell_exactly_what_happened(texts: Shell, server: ModelServer) -> None:
    texts("SET ai.on_error = null; SET ai.concurrency = 1")
    server.fault_for = lambda body: Fault(400, {"error": {"message": "no"}}) if said(body) == "x 2" else None
    texts("SELECT ai_complete('openai:m', 'x ' || i) FROM t WHERE i <= 3")
    openai = ("openai", host(server), "m")
    bodies = [f'{{"model":"m","messages":[{{"role":"user","content":"x {number}"}}]}}' for number in (1, 3)]
    assert [json.loads(body) for body in bodies] == [server.bodies[0], server.bodies[2]]
    assert texts(
        "SELECT provider, host, model, task, request, answer, choices, input_tokens, output_tokens, "
        "seconds > 0, length(digest) FROM aisql.answers"
    ) == [
        (*openai, "chat/completions", bodies[0], "1", 1, 2, 1, 1, 64),
        (*openai, "chat/completions", bodies[1], "3", 1, 2, 1, 1, 64),
    ]
    assert texts("SELECT * FROM aisql.usage WHERE day = date('now', 'localtime')") == texts(
        "SELECT * FROM aisql.usage"
    )
    usage = "SELECT provider, host, model, task, requests, answers, failures, input_tokens, output_tokens"
    assert texts(f"{usage} FROM aisql.usage") == [(*openai, "chat/completions", 3, 2, 1, 4, 2)]
    assert texts(
        "SELECT statement, function, provider, host, model, arguments, status, attempts, code, message "
        "FROM aisql.errors"
    ) == [
        (
            "SELECT ai_complete('openai:m', 'x ' || i) FROM t WHERE i <= 3",
            "ai_complete",
            *openai,
            "ai_complete('openai:m', 'x 2')",
            400,
            1,
            "provider_error",
            "openai m: HTTP 400 Bad Request: no",
        )
    ]


def test_several_choices_are_one_answer(texts: Shell, server: ModelServer) -> None:
    texts(
        "CREATE MODEL c INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='openai-compat', 'model'='m', "
        f"'endpoint'='{server.url}/chat/completions', 'n'='3')"
    )
    query = "SELECT p.b FROM ML_PREDICT(TABLE t, MODEL c, DESCRIPTOR(s)) p WHERE i = 7"
    for _ in range(2):
        assert texts(query) == [("7",), ("7",), ("7",)]
    assert texts("SELECT answer, choices FROM aisql.answers") == [('["7", "7", "7"]', 3)]
    assert len(server.requests) == 1


def test_usage_counts_what_was_sent(texts: Shell, server: ModelServer) -> None:
    texts(f"{ALL}; {ALL}; SET ai.max_calls = 7")
    texts.error("SELECT ai_complete('openai:m', i) FROM t")
    texts("SET ai.embed_batch = 100; RESET ai.max_calls; SELECT ai_embedding('openai:e', i) FROM t")
    assert texts("SELECT model, requests, answers, failures FROM aisql.usage") == [
        ("e", 10, 1_000, 0),
        ("m", 57, 57, 0),
    ]
    assert len(server.requests) == 67


def test_a_batch_that_is_divided_is_counted_request_by_request(texts: Shell, server: ModelServer) -> None:
    server.fault_for = lambda body: Fault(400, "no") if "text 7" in body["input"] else None
    texts("SET ai.on_error = null; SELECT ai_embedding('openai:e', s) FROM t")
    assert texts("SELECT requests, answers, failures FROM aisql.usage") == [(len(server.requests), 49, 1)]


# ------------------------------------------------------------------ keys


def test_a_key_is_written_nowhere(texts: Shell, server: ModelServer, tmp_path: Path) -> None:
    texts(
        "CREATE MODEL c INPUT (a STRING) OUTPUT (b STRING) WITH ('provider'='openai-compat', 'model'='m', "
        f"'endpoint'='{server.url}/chat/completions', 'api-key'='{KEY}');"
    )
    texts(f"CREATE TABLE k AS SELECT 'say {KEY} now' AS s; SET ai.on_error = null")
    assert texts("SELECT ai_complete('c', s) FROM k") == [("now",)]
    server.fault_for = lambda body: Fault(400, {"error": {"message": f"the key {KEY} is wrong"}})
    assert texts("SELECT ai_complete('c', s || '!') FROM k") == [(None,)]
    # A text that is shortened, within the key; a key that stands in the statement itself.
    assert texts("SELECT ai_complete('c', 'this is a text of so many letters ' || s) FROM k") == [(None,)]
    assert texts(f"SELECT ai_complete('c', 'the key is {KEY}')") == [(None,)]
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {KEY}"] * 4
    assert KEY in said(server.bodies[0])
    for table in ("answers", "usage", "errors"):
        rows = texts(f"SELECT * FROM aisql.{table}")
        assert rows
        assert KEY[:12] not in str(rows)
    files = [path for path in tmp_path.glob("catalog.sqlite*") if ".keys" not in path.name]
    assert len(files) >= 1
    assert not any(KEY[:12].encode() in path.read_bytes() for path in files)


# ------------------------------------------------------------------ strange answers


def content(text: str) -> Fault:
    return Fault(200, {"choices": [{"message": {"role": "assistant", "content": text}}]})


USABLE = {
    "a NUL byte": (content("a\0b"), b"a\0b"),
    "an empty answer": (content(""), b""),
    "10 MB": (content("y" * 10_000_000), b"y" * 10_000_000),
    "10 MB that need escapes": (content('"\n' * 5_000_000), b'"\n' * 5_000_000),
    "invalid UTF-8": (
        Fault(200, b'{"choices":[{"message":{"content":"a\xff\xfeb"}}]}'),
        "a\ufffd\ufffdb".encode(),
    ),
    "half a pair": (
        Fault(200, '{"choices":[{"message":{"content":"a\\ud83db"}}]}'),
        "a\ufffdb".encode(),
    ),
}


@pytest.mark.parametrize("answer", USABLE)
def test_a_strange_answer_is_a_value_and_kept(
    texts: Shell, open_shell: Callable[..., Shell], server: ModelServer, answer: str
) -> None:
    fault, expected = USABLE[answer]
    server.faults.append(fault)
    query = "SELECT CAST(ai_complete('openai:m', 'x') AS BLOB)"
    assert texts(query) == [(expected,)]
    assert open_shell()(query) == [(expected,)]
    assert len(server.requests) == 1


UNUSABLE = {
    "no JSON": (Fault(200, "hello"), "openai m answered with something that is not JSON"),
    "nothing": (Fault(200, ""), "openai m answered with something that is not JSON"),
    "deep nesting": (Fault(200, "[" * 100_000), "openai m answered with something that is not JSON"),
    "an empty object": (Fault(200, {}), "openai m gave an answer that has no choices"),
    "a list": (Fault(200, []), "openai m answered with JSON that is not an object"),
    "half a body": (
        Fault(200, {"choices": []}, truncate=5),
        "openai m: {host} broke off in the middle of its answer",
    ),
    "hanging up": (
        Fault(close=True),
        "openai m: cannot reach {host}: it closed the connection without an answer",
    ),
}


@pytest.mark.parametrize("answer", UNUSABLE)
def test_an_unusable_answer_is_the_error_of_its_row(texts: Shell, server: ModelServer, answer: str) -> None:
    fault, problem = UNUSABLE[answer]
    server.fault_for = lambda body: fault if said(body) == "text 2" else None
    message = f"ai_complete('openai:m', 'text 2'): {problem.format(host=host(server))} (1 attempt)"
    query = f"SELECT {S} FROM t WHERE i <= 3 ORDER BY i"
    assert texts.error(query).message == message
    assert texts(f"SET ai.on_error = null; {query}") == [("1",), (None,), ("3",)]
    assert texts.notices == [f"1 call failed and gave NULL; the first: {message}"]
    assert texts("SELECT count(*) FROM aisql.errors") == [(2,)]
    assert len(server.requests) == 4


def test_a_classification_that_is_no_label_is_asked_for_again(texts: Shell, server: ModelServer) -> None:
    query = "SELECT ai_classify('openai:m', 'x', ARRAY('good', 'bad'))"
    server.answer = lambda body: "so\0 so"
    assert texts.error(query).code == "unusable_answer"
    assert texts(f"SET ai.on_error = null; {query}") == [(None,)]
    assert texts("SELECT count(*) FROM aisql.answers") == [(1,)]
    server.answer = lambda body: "Good."
    assert texts(query) == [("good",)]
    assert texts(query) == [("good",)]
    assert len(server.requests) == 4  # the first question is never paid for again


@pytest.mark.parametrize("policy", ["fail", "null"])
def test_a_ledger_that_cannot_be_written_ends_the_statement(
    texts: Shell, server: ModelServer, tmp_path: Path, policy: str
) -> None:
    import apsw

    texts(f"SET ai.on_error = {policy}; SELECT ai_complete('openai:m', 'x')")
    other = apsw.Connection(str(tmp_path / "catalog.sqlite"))
    other.execute("DROP TABLE aisql_usage")
    other.close()
    server.answer = lambda body: "long " * 1_000
    for text in range(10):
        assert texts.error(f"SELECT ai_complete('openai:m', '{text}')").code == "catalog_error"
