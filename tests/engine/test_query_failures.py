"""Calls that fail: what the others come to, what is told, what is kept, and what RETRY FAILED sends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from engine_shell import Shell
from server import RATE_LIMITED, STUCK, UNAUTHORIZED, Fault, ModelServer

S = "ai_complete('openai:m', s)"
HUNDRED = f"SELECT i, {S} FROM t WHERE i <= 100 ORDER BY i"
REFUSED = Fault(400, {"error": {"message": "the text is not allowed"}})
PROBLEM = "openai m: HTTP 400 Bad Request: the text is not allowed"


def said(body: dict[str, Any]) -> str:
    """The text a request is about."""
    return str(body["messages"][-1]["content"])


def refuse(server: ModelServer, *bad: str, fault: Fault = REFUSED) -> None:
    """Has the server refuse some texts, and no others."""
    server.fault_for = lambda body: fault if said(body) in bad else None


def call(text: str) -> str:
    return f"ai_complete('openai:m', '{text}')"


# ------------------------------------------------------------------ NULL for a failure


def test_one_bad_text_costs_its_two_rows_and_no_others(texts: Shell, server: ModelServer) -> None:
    server.latency = 0.02
    refuse(server, "text 7")
    rows = texts(f"SET ai.on_error = null; {HUNDRED}")
    assert rows == [(i, None if i % 50 == 7 else str(i % 50)) for i in range(1, 101)]
    assert texts.notices == [
        f"1 call failed and gave NULL; the first: {call('text 7')}: {PROBLEM} (1 attempt)"
    ]
    assert len(server.requests) == 50
    assert texts(
        "SELECT statement, function, model, arguments, status, attempts, code, message FROM aisql.errors"
    ) == [(HUNDRED, "ai_complete", "m", call("text 7"), 400, 1, "provider_error", PROBLEM)]
    assert texts(HUNDRED) == rows
    assert [said(body) for body in server.bodies[50:]] == ["text 7"]
    assert texts("SELECT count(*) FROM aisql.errors") == [(2,)]
    refuse(server)
    assert texts(HUNDRED) == [(i, str(i % 50)) for i in range(1, 101)]
    assert [said(body) for body in server.bodies[51:]] == ["text 7"]
    assert texts.notices == []


def test_there_is_a_row_of_errors_for_each_failed_call(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3", "text 4", "text 5")
    texts(f"SET ai.on_error = null; SELECT {S} FROM t")
    assert [notice.partition(";")[0] for notice in texts.notices] == ["3 calls failed and gave NULL"]
    arguments = sorted(str(row[0]) for row in texts("SELECT arguments FROM aisql.errors"))
    assert arguments == [call("text 3"), call("text 4"), call("text 5")]
    assert texts("SELECT count(*) FROM aisql.answers") == [(47,)]


def test_no_failure_is_silent(texts: Shell, server: ModelServer) -> None:
    texts("SET ai.on_error = null")
    server.fault_for = lambda body: REFUSED
    for number in range(60):
        assert texts(f"SELECT {call(f'never {number}')}") == [(None,)]
        assert texts.notices == [
            f"1 call failed and gave NULL; the first: {call(f'never {number}')}: {PROBLEM} (1 attempt)"
        ]


def test_a_failure_below_another_call_gives_null_there_too(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 2")
    texts("SET ai.on_error = null")
    rows = texts(f"SELECT ai_complete('openai:m', 'again ' || {S}) FROM t WHERE i <= 3 ORDER BY i")
    assert rows == [("1",), (None,), ("3",)]
    assert len(server.requests) == 5


def test_an_update_writes_null_for_a_failure(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 2")
    texts(f"SET ai.on_error = null; UPDATE t SET s = {S} WHERE i <= 3")
    assert texts.changes == 3
    assert [notice.partition(";")[0] for notice in texts.notices] == ["1 call failed and gave NULL"]
    assert texts("SELECT s FROM t WHERE i <= 3 ORDER BY i") == [("1",), (None,), ("3",)]


# ------------------------------------------------------------------ a failure ends the statement


def test_the_error_names_the_call_and_what_became_of_it(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 7")
    error = texts.error(HUNDRED)
    assert error.message == f"{call('text 7')}: {PROBLEM} (1 attempt)"
    assert (error.code, error.exit_status, error.span) == ("provider_error", 1, (10, 36))
    assert texts("SELECT arguments, status, attempts FROM aisql.errors") == [(call("text 7"), 400, 1)]


def test_long_arguments_are_shortened(texts: Shell, server: ModelServer) -> None:
    server.fault_for = lambda body: REFUSED
    error = texts.error(f"SELECT ai_complete('openai:m', '{'a' * 1_000}')")
    assert error.message == f"ai_complete('openai:m', '{'a' * 35}...'): {PROBLEM} (1 attempt)"


@pytest.mark.parametrize(
    ("fault", "timeout", "code", "exit_status", "status"),
    [
        (UNAUTHORIZED, "60", "authentication_failed", 3, 401),
        (Fault(close=True), "60", "cannot_connect", 3, None),
        (Fault(hang=True), "0.3", "timeout", 4, None),
        (Fault(503, "busy"), "60", "provider_error", 1, 503),
    ],
)
def test_the_kind_of_failure_is_told(
    texts: Shell,
    server: ModelServer,
    fault: Fault,
    timeout: str,
    code: str,
    exit_status: int,
    status: int | None,
) -> None:
    server.fault_for = lambda body: fault
    error = texts.error(f"SET ai.timeout = {timeout}; SELECT {S} FROM t WHERE i = 1")
    assert (error.code, error.exit_status) == (code, exit_status)
    assert texts("SELECT code, status FROM aisql.errors") == [(code, status)]
    assert texts("SELECT count(*) FROM aisql.answers") == [(0,)]


def test_what_was_under_way_lands_and_nothing_is_sent_after_the_failure(
    texts: Shell, server: ModelServer
) -> None:
    refuse(server, "text 3")
    server.gate.clear()
    errors = []
    statement = threading.Thread(target=lambda: errors.append(texts.error(HUNDRED)))
    texts("SET ai.concurrency = 6")
    statement.start()
    server.gate.wait_for(6)
    server.gate.set()
    statement.join(STUCK)
    assert [error.message for error in errors] == [f"{call('text 3')}: {PROBLEM} (1 attempt)"]
    # The other five may have been answered, and more sent in their place, before the third failed.
    first = [said(body) for body in server.bodies]
    assert sorted(first[:6]) == [f"text {i}" for i in range(1, 7)]
    assert len(first) <= 11
    kept = {str(row[0]) for row in texts("SELECT 'text ' || answer FROM aisql.answers")}
    assert kept == set(first) - {"text 3"}
    refuse(server)
    texts(HUNDRED)
    assert sorted(map(said, server.bodies[len(first) :])) == sorted({f"text {i}" for i in range(50)} - kept)


def test_the_first_failure_is_the_last_request_at_concurrency_one(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 5", "text 9")
    error = texts.error(f"SET ai.concurrency = 1; {HUNDRED}")
    assert error.message.startswith(call("text 5"))
    assert [said(body) for body in server.bodies] == [f"text {i}" for i in range(1, 6)]


def test_a_failed_update_changes_nothing_and_is_paid_for_once(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 49")
    before = texts("SELECT * FROM t")
    texts.error(f"UPDATE t SET s = {S}")
    assert texts("SELECT * FROM t") == before
    sent = len(server.requests)
    refuse(server)
    texts(f"UPDATE t SET s = {S}")
    assert len(server.requests) == sent + 50 - (sent - 1)


def test_an_answer_none_of_the_labels_is_a_failure(texts: Shell, server: ModelServer) -> None:
    query = "SELECT i, ai_classify('openai:m', s, ARRAY('1', '2', '3')) FROM t WHERE i <= 4 ORDER BY i"
    shown = "ai_classify('openai:m', 'text 4', '[\"1\",\"2\",\"3\"]')"
    problem = "the model answered '4', which is none of the labels"
    error = texts.error(query)
    assert (error.code, error.exit_status) == ("unusable_answer", 1)
    assert problem in error.message
    rows = texts(f"SET ai.on_error = null; {query}")
    assert rows == [(1, "1"), (2, "2"), (3, "3"), (4, None)]
    assert len(server.requests) == 6
    assert texts("SELECT count(*) FROM aisql.answers WHERE answer = '4'") == [(1,)]
    assert [str(row[0]).replace("\\", "") for row in texts("SELECT arguments FROM aisql.errors")] == [
        shown
    ] * 2
    server.answer = lambda body: "2"
    assert texts(query) == [(1, "1"), (2, "2"), (3, "3"), (4, "2")]
    assert len(server.requests) == 7


def test_a_failure_that_is_not_needed_fails_nothing(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 9")
    assert texts(f"SET ai.concurrency = 4; SELECT i FROM t WHERE {S} > '' LIMIT 3") == [(1,), (2,), (3,)]


# ------------------------------------------------------------------ RETRY FAILED


def test_retry_sends_what_failed_and_nothing_else(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3", "text 4")
    texts(f"SET ai.on_error = null; {HUNDRED}")
    refuse(server, "text 4")
    rows = texts("RETRY FAILED")
    assert texts.columns == ["call", "answer", "error"]
    assert sorted(rows) == [(call("text 3"), "3", None), (call("text 4"), None, PROBLEM)]
    assert texts.notices == ["1 of 2 calls failed again"]
    assert sorted(map(said, server.bodies[50:])) == ["text 3", "text 4"]
    refuse(server)
    assert texts("RETRY FAILED") == [(call("text 4"), "4", None)]
    assert texts.notices == []
    assert texts("RETRY FAILED") == []
    assert texts(HUNDRED) == [(i, str(i % 50)) for i in range(1, 101)]
    assert [said(body) for body in server.bodies[52:]] == ["text 4"]


def test_every_call_that_fails_again_is_told_of_alike(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3", "text 4", "text 5")
    texts(f"SET ai.on_error = null; {HUNDRED}")
    assert sorted(texts("RETRY FAILED")) == [(call(f"text {i}"), None, PROBLEM) for i in (3, 4, 5)]
    assert texts.notices == ["3 of 3 calls failed again"]


def test_retry_is_about_the_last_statement_with_calls(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3", "text 4")
    texts("SET ai.on_error = null")
    texts(f"SELECT {S} FROM t WHERE i = 3; SELECT {S} FROM t WHERE i = 4")
    refuse(server)
    texts("SELECT count(*) FROM aisql.errors; SET ai.on_error = fail")
    assert texts("RETRY FAILED") == [(call("text 4"), "4", None)]


@pytest.mark.parametrize("before", ["", "SELECT 1;", "SELECT ai_complete('openai:m', 'fine');"])
def test_where_nothing_failed_nothing_is_sent(texts: Shell, server: ModelServer, before: str) -> None:
    texts(before)
    sent = len(server.requests)
    assert texts("RETRY FAILED") == []
    assert len(server.requests) == sent


def test_retry_after_a_statement_that_failed(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3")
    texts.error(f"SET ai.concurrency = 1; {HUNDRED}")
    assert len(server.requests) == 3
    refuse(server)
    assert texts("RETRY FAILED") == [(call("text 3"), "3", None)]
    assert len(server.requests) == 4
    texts(HUNDRED)
    assert len(server.requests) == 4 + 47


def test_retry_after_several_failed_together(texts: Shell, server: ModelServer) -> None:
    server.fault_for = lambda body: REFUSED
    server.gate.clear()
    texts("SET ai.concurrency = 3")
    statement = threading.Thread(target=lambda: texts.error(HUNDRED))
    statement.start()
    server.gate.wait_for(3)
    server.gate.set()
    statement.join(STUCK)
    sent = [said(body) for body in server.bodies]
    refuse(server)
    assert len(sent) == 3
    assert sorted(texts("RETRY FAILED")) == sorted((call(text), text.split()[-1], None) for text in sent)


def test_retry_of_an_answer_that_was_none_of_the_labels(texts: Shell, server: ModelServer) -> None:
    query = "SELECT ai_classify('openai:m', 'x', ARRAY('good', 'bad'))"
    texts(f"SET ai.on_error = null; {query}")
    server.answer = lambda body: "bad"
    assert [row[1:] for row in texts("RETRY FAILED")] == [("bad", None)]
    assert texts(query) == [("bad",)]
    assert len(server.requests) == 3


def test_retry_finds_what_another_session_has_paid_for(
    texts: Shell, open_shell: Callable[..., Shell], server: ModelServer
) -> None:
    refuse(server, "text 3")
    texts(f"SET ai.on_error = null; {HUNDRED}")
    refuse(server)
    open_shell()(f"SELECT {call('text 3')}")
    assert texts("RETRY FAILED") == [(call("text 3"), "3", None)]
    assert len(server.requests) == 51


def test_retry_keeps_to_the_budget(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3", "text 4")
    texts(f"SET ai.on_error = null; {HUNDRED}")
    error = texts.error("SET ai.max_calls = 1; RETRY FAILED")
    assert (error.code, error.exit_status) == ("budget_reached", 5)
    assert len(server.requests) == 51


def test_a_dry_run_retries_nothing(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3", "text 4")
    texts(f"SET ai.on_error = null; {HUNDRED}; SET ai.dry_run = on")
    assert texts("RETRY FAILED") == [(2, 0, 2)]
    assert len(server.requests) == 50


def test_what_is_limited_is_told(texts: Shell, server: ModelServer) -> None:
    refuse(server, "text 3", fault=RATE_LIMITED)
    texts(f"SET ai.on_error = null; {HUNDRED}")
    assert texts("SELECT status FROM aisql.errors") == [(429,)]
