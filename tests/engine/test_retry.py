"""Faults of every kind under every strategy: attempts, waits, answers, errors, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from engine_shell import Shell
from quick_clock import Clocks
from server import Fault, ModelServer

from aisql.session import Session
from aisql.settings import Settings

QUESTION = "SELECT ai_complete('mine', 'hello')"
ANSWER = [("echo: hello",)]


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


TRANSIENT = {
    "408": Fault(408, said("timed out")),
    "409": Fault(409, said("conflict")),
    "429": Fault(429, said("slow down", code="rate_limit_exceeded")),
    "500": Fault(500, said("oops", type="server_error")),
    "502": Fault(502, "<html>Bad Gateway</html>"),
    "503 while a model is loaded": Fault(503, said("Loading model", code=503, type="unavailable_error")),
    "504": Fault(504, ""),
    "529": Fault(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "hangs up": Fault(close=True),
    "cut body": Fault(200, {"choices": [{"message": {"content": "a long answer"}}]}, truncate=30),
    "JSON that ends early": Fault(200, '{"choices": [{"message": {"con'),
    "blank lines and no more": Fault(200, "\n\n\n"),
    "400 that may be retried": Fault(400, said("odd"), {"x-should-retry": "true"}),
    "an error in a success": Fault(200, {"error": {"message": "busy", "code": 503}}),
}
PERMANENT = {
    "400": Fault(400, said("bad")),
    "401": Fault(401, said("wrong key")),
    "403": Fault(403, said("not yours")),
    "404": Fault(404, said("no such model")),
    "413": Fault(413, said("too large")),
    "422": Fault(422, {"detail": "no"}),
    "501": Fault(501, said("not here", type="not_supported_error")),
    "402": Fault(402, said("Insufficient Balance")),
    "429 for a used-up quota": Fault(
        429, said("quota", type="insufficient_quota", code="insufficient_quota")
    ),
    "429 for a spend limit": Fault(
        429, {"error": {"message": "limit", "details": {"error_code": "enforced_spend_limit_reached"}}}
    ),
    "400 for no credit": Fault(400, said("Your credit balance is too low")),
    "500 for an image": Fault(500, said("image input is not supported - hint: mmproj", code=500)),
    "500 not to be retried": Fault(500, said("fatal"), {"x-should-retry": "false"}),
    "another page": Fault(200, "<html>Welcome</html>"),
    "a redirect": Fault(302, "", {"Location": "/elsewhere"}),
}


@pytest.fixture
def shell(open_quick: Callable[..., Shell]) -> Shell:
    return open_quick()


def numbers(count: int) -> str:
    """A table of the numbers from 1."""
    return f"json_each('{list(range(1, count + 1))}')"


def make(shell: Shell, server: ModelServer, **options: str) -> None:
    """Makes the model `mine`; its options are written with `_`."""
    every = {"provider": "openai-compat", "endpoint": f"{server.url}/chat/completions", "model": "m"}
    every |= {key.replace("_", "-"): value for key, value in options.items()}
    written = ", ".join(f"'{key}' = '{value}'" for key, value in every.items())
    shell(f"CREATE OR REPLACE MODEL mine INPUT (i STRING) OUTPUT (o STRING) WITH ({written})")


def kept(shell: Shell) -> list[Any]:
    """The answers in the ledger."""
    return [row[0] for row in shell("SELECT answer FROM aisql.answers")]


# ------------------------------------------------------------------ every fault, every strategy


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_what_may_pass_is_tried_until_it_has_passed(
    shell: Shell, server: ModelServer, clocks: Clocks, fault: Fault
) -> None:
    make(shell, server)
    server.faults += [fault] * 3
    assert shell(QUESTION) == ANSWER
    assert len(server.requests) == 4
    assert clocks.skipped == pytest.approx(3.0)
    assert kept(shell) == ["echo: hello"]
    assert shell("SELECT count(*) FROM aisql.errors") == [(0,)]
    assert shell("SELECT requests, answers, failures FROM aisql.usage") == [(4, 1, 0)]


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
@pytest.mark.parametrize("fallback", ["FAILOVER", "IGNORE"])
def test_what_does_not_pass_is_a_failure_when_all_tries_are_made(
    shell: Shell, server: ModelServer, clocks: Clocks, fault: Fault, fallback: str
) -> None:
    make(shell, server, retry_num="2", retry_fallback_strategy=fallback)
    server.fault_for = lambda body: fault
    if fallback == "FAILOVER":
        assert "(3 attempts" in shell.error(QUESTION).message
    else:
        assert shell(QUESTION) == [(None,)]
        assert "1 call failed and gave NULL" in shell.notices[0]
    assert len(server.requests) == 3
    assert clocks.skipped == pytest.approx(2.0)
    assert kept(shell) == []
    assert shell("SELECT attempts, model FROM aisql.errors") == [(3, "m")]


@pytest.mark.parametrize("fault", (TRANSIENT | PERMANENT).values(), ids=TRANSIENT | PERMANENT)
@pytest.mark.parametrize("strategy", ["FAILOVER", "IGNORE"])
def test_without_retry_there_is_one_try(
    shell: Shell, server: ModelServer, clocks: Clocks, fault: Fault, strategy: str
) -> None:
    make(shell, server, error_handling_strategy=strategy)
    server.fault_for = lambda body: fault
    if strategy == "FAILOVER":
        assert "(1 attempt" in shell.error(QUESTION).message
    else:
        assert shell(QUESTION) == [(None,)]
    assert (len(server.requests), kept(shell)) == (1, [])
    assert clocks.skipped == 0.0


@pytest.mark.parametrize("fault", PERMANENT.values(), ids=PERMANENT)
@pytest.mark.parametrize("fallback", ["FAILOVER", "IGNORE"])
def test_what_will_not_pass_is_not_tried_again(
    shell: Shell, server: ModelServer, clocks: Clocks, fault: Fault, fallback: str
) -> None:
    make(shell, server, retry_fallback_strategy=fallback)
    server.fault_for = lambda body: fault
    if fallback == "FAILOVER":
        assert "(1 attempt" in shell.error(QUESTION).message
    else:
        assert shell(QUESTION) == [(None,)]
    assert (len(server.requests), kept(shell)) == (1, [])
    assert clocks.skipped == 0.0


def test_a_call_that_is_not_answered_in_time_is_tried_again(
    shell: Shell, server: ModelServer, clocks: Clocks
) -> None:
    make(shell, server, retry_num="2")
    server.faults.append(Fault(hang=True))
    assert shell(f"SET ai.timeout = 1; {QUESTION}") == ANSWER  # a slow machine needs some time for the second
    assert len(server.requests) == 2
    server.fault_for = lambda body: Fault(hang=True)
    error = shell.error("SET ai.timeout = 0.1; SELECT ai_complete('mine', 'other')")
    assert (error.exit_status, error.message.endswith("(3 attempts)")) == (4, True)


def test_bytes_that_only_keep_a_connection_alive_do_not_hold_a_call(
    shell: Shell, server: ModelServer
) -> None:
    make(shell, server, retry_num="0")
    server.faults.append(Fault(200, "\n" * 100, {"Content-Length": "200"}))
    error = shell.error(f"SET ai.timeout = 0.3; {QUESTION}")
    assert (error.code, error.exit_status) == ("timeout", 4)


def test_an_answer_that_cannot_be_used_is_no_failure_to_retry(shell: Shell, server: ModelServer) -> None:
    make(shell, server, retry_num="1")
    server.answer = lambda body: "neither"
    error = shell.error("SELECT ai_classify('mine', 'hello', ARRAY['a', 'b'])")
    assert error.code == "unusable_answer"
    # The first is kept and the function asks once more; what that gives was paid for all the same.
    assert (kept(shell), len(server.requests)) == (["neither"], 2)
    assert shell("SELECT answers, failures, output_tokens FROM aisql.usage") == [(1, 1, 2)]


# ------------------------------------------------------------------ how long is waited


@pytest.mark.parametrize(
    ("strategy", "interval", "waits"),
    [
        ("FIXED", "1s", 5.0),
        ("FIXED", "500 ms", 2.5),
        ("FIXED", "2 min", 600.0),
        ("FIXED", "0s", 0.0),
        ("EXPONENTIAL", "1s", 1 + 2 + 4 + 8 + 16),
        ("EXPONENTIAL", "10s", 10 + 20 + 40 + 60 + 60),
        ("EXPONENTIAL", "2 min", 600.0),
    ],
)
def test_waits_are_as_the_options_say(
    shell: Shell, server: ModelServer, clocks: Clocks, strategy: str, interval: str, waits: float
) -> None:
    make(shell, server, retry_backoff_strategy=strategy, retry_backoff_base_interval=interval)
    server.faults += [TRANSIENT["500"]] * 5
    assert shell(QUESTION) == ANSWER
    assert clocks.skipped == pytest.approx(waits)


NOW = datetime.now(UTC)


def date_in(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 1.0),
        ({"retry-after-ms": "2500"}, 2.5),
        ({"retry-after-ms": "2500", "Retry-After": "30"}, 2.5),
        ({"Retry-After": "soon"}, 1.0),
        ({"Retry-After": date_in(30), "Date": date_in(10)}, 20.0),
        ({"Retry-After": date_in(-30)}, 1.0),
        ({"Retry-After": "600"}, 600.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_provider_says_when(
    shell: Shell, server: ModelServer, clocks: Clocks, headers: dict[str, str], waits: float, status: int
) -> None:
    make(shell, server)
    server.faults.append(Fault(status, said("wait"), headers))
    assert shell(QUESTION) == ANSWER
    assert clocks.skipped == pytest.approx(waits)


def test_nobody_waits_for_more_than_an_hour(shell: Shell, server: ModelServer, clocks: Clocks) -> None:
    make(shell, server)
    server.fault_for = lambda body: Fault(429, said("tomorrow"), {"Retry-After": "36000"})
    assert "tomorrow (1 attempt" in shell.error(QUESTION).message
    assert clocks.skipped == 0.0


def test_there_are_a_hundred_tries_where_nothing_else_is_said(
    shell: Shell, server: ModelServer, clocks: Clocks
) -> None:
    make(shell, server)
    server.fault_for = lambda body: TRANSIENT["500"]
    assert "(101 attempts)" in shell.error(QUESTION).message
    assert len(server.requests) == 101
    assert clocks.skipped == pytest.approx(100.0)


def test_the_session_says_how_often_where_the_model_does_not(shell: Shell, server: ModelServer) -> None:
    server.fault_for = lambda body: TRANSIENT["500"]
    shell.error("SET ai.retry_num = 3; SELECT ai_complete('openai:m', 'hello')")
    assert len(server.requests) == 4
    make(shell, server, retry_num="1")
    shell.error(QUESTION)
    assert len(server.requests) == 6


def test_a_connection_says_how_often(shell: Shell, server: ModelServer, clocks: Clocks) -> None:
    shell(
        "CREATE API CONNECTION local TYPE ai_function PROVIDER = 'openai-compat' "
        f"BASE_URL = '{server.url}' RETRY_NUM = '2' RETRY_BACKOFF_BASE_INTERVAL = '3s' "
        "RETRY_FALLBACK_STRATEGY = 'IGNORE'"
    )
    server.fault_for = lambda body: TRANSIENT["500"]
    assert shell("SELECT ai_complete('local:m', 'hello')") == [(None,)]
    assert len(server.requests) == 3
    assert clocks.skipped == pytest.approx(6.0)


# ------------------------------------------------------------------ many calls


def test_one_bad_text_does_not_hold_the_others(shell: Shell, server: ModelServer) -> None:
    make(shell, server, retry_num="4", retry_fallback_strategy="IGNORE")
    shell("SET ai.concurrency = 2")
    server.fault_for = lambda body: (
        TRANSIENT["500"] if body["messages"][-1]["content"] in {"text 1", "text 2"} else None
    )
    rows = shell(f"SELECT value, ai_complete('mine', 'text ' || value) FROM {numbers(40)}")
    assert rows == [(i, None if i < 3 else f"echo: text {i}") for i in range(1, 41)]
    assert len(server.requests) == 38 + 10


def test_a_failure_that_ends_the_statement_ends_the_waits_too(shell: Shell, server: ModelServer) -> None:
    make(shell, server, retry_num="1000000")
    server.fault_for = lambda body: (
        PERMANENT["400"] if body["messages"][-1]["content"] == "text 9" else TRANSIENT["500"]
    )
    error = shell.error(f"SELECT ai_complete('mine', 'text ' || value) FROM {numbers(9)}")
    assert "bad" in error.message or "oops" in error.message
    statuses = dict(shell("SELECT status, count(*) FROM aisql.errors GROUP BY 1"))
    assert statuses == {400: 1, 500: 8}


def test_a_batch_is_tried_again_as_a_whole(shell: Shell, server: ModelServer, clocks: Clocks) -> None:
    server.faults += [TRANSIENT["503 while a model is loaded"]] * 2
    rows = shell(f"SELECT count(ai_embedding('openai:e', 'text ' || value)) FROM {numbers(20)}")
    assert rows == [(20,)]
    assert [len(body["input"]) for body in server.bodies] == [20, 20, 20]


def test_tries_count_for_a_budget(shell: Shell, server: ModelServer) -> None:
    make(shell, server)
    server.fault_for = lambda body: TRANSIENT["500"]
    error = shell.error(f"SET ai.max_calls = 3; {QUESTION}")
    assert (error.exit_status, len(server.requests)) == (5, 3)


def test_the_error_tells_who_was_asked_and_what_was_said(shell: Shell, server: ModelServer) -> None:
    make(shell, server, retry_num="1")
    server.fault_for = lambda body: Fault(500, said("It broke."), {"x-request-id": "req-7"})
    error = shell.error(QUESTION)
    assert error.message == (
        "ai_complete('mine', 'hello'): openai-compat m: HTTP 500 Internal Server Error: It broke."
        " (2 attempts, request req-7)"
    )
    cause = {name: getattr(error, name) for name in ("provider", "model", "status", "said", "request_id")}
    assert cause == {
        "provider": "openai-compat",
        "model": "m",
        "status": 500,
        "said": "It broke.",
        "request_id": "req-7",
    }
    assert shell("SELECT provider, model, status, attempts, request_id FROM aisql.errors") == [
        ("openai-compat", "m", 500, 2, "req-7")
    ]


def test_a_host_that_was_never_reached_is_not_waited_for(shell: Shell, server: ModelServer) -> None:
    make(shell, server, endpoint="http://127.0.0.1:9/v1/chat/completions")
    error = shell.error(QUESTION)
    assert (error.code, error.exit_status) == ("cannot_connect", 3)
    assert error.message.endswith("(1 attempt)")


# ------------------------------------------------------------------ what it costs

CUT = {"choices": [{"message": {"content": ""}, "finish_reason": "length"}], "usage": {"prompt_tokens": 11}}


def test_an_answer_that_cannot_be_used_is_paid_for_all_the_same(shell: Shell, server: ModelServer) -> None:
    make(shell, server)
    server.fault_for = lambda body: Fault(200, CUT)
    shell("SET ai.on_error = null; SET ai.max_tokens = 100; SET ai.concurrency = 1")
    error = shell.error(f"SELECT ai_complete('mine', 'text ' || value) FROM {numbers(100)}")
    assert (error.exit_status, len(server.requests) < 10) == (5, True)
    assert shell("SELECT failures, input_tokens FROM aisql.usage") == [
        (len(server.requests), 11 * len(server.requests))
    ]


def test_nothing_is_sent_where_no_answer_can_be_kept(tmp_path: Path, cache: str, server: ModelServer) -> None:
    (tmp_path / "file").write_text("")
    session = Session(
        Settings({"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}),
        catalog_file=str(tmp_path / "file" / "catalog.sqlite"),
        directory=str(tmp_path),
        database_file=":memory:",
        cache_directory=lambda: cache,
    )
    shell = Shell(session)
    error = shell.error("SELECT ai_complete('openai:m', 'hello')")
    assert (error.exit_status, server.requests) == (3, [])
    assert "SET ai.cache = off" in str(error.hint)
    assert shell("SET ai.cache = off; SELECT ai_complete('openai:m', 'hello')") == [("echo: hello",)]
    session.close()


def test_what_an_answer_may_cost_counts_before_it_is_there(shell: Shell, server: ModelServer) -> None:
    written = f"'provider' = 'openai', 'endpoint' = '{server.url}/chat/completions', 'api-key' = 'k'"
    shell(
        "CREATE MODEL dear INPUT (i STRING) OUTPUT (o STRING)"
        f" WITH ({written}, 'model' = 'gpt-4o', 'max-tokens' = '1000000')"
    )
    error = shell.error("SET ai.max_cost = 1; SELECT ai_complete('dear', 'hello')")
    assert (error.exit_status, server.requests) == (5, [])
    assert error.message == "the statement needs more money than ai.max_cost = 1 allows"


def test_requests_are_counted_when_a_statement_ends_between_the_halves_of_a_batch(
    shell: Shell, server: ModelServer
) -> None:
    def fault_for(body: dict[str, Any]) -> Fault | None:
        return PERMANENT["400"] if "text 7" in body["input"] else None

    server.fault_for = fault_for
    embedded = f"SELECT ai_embedding('openai:e', 'text ' || value) FROM {numbers(64)}"
    error = shell.error(f"SET ai.max_calls = 3; {embedded}")
    assert (error.exit_status, len(server.requests)) == (5, 3)
    assert shell("SELECT sum(requests) FROM aisql.usage") == [(3,)]


def test_what_cannot_be_sent_is_an_error_of_the_statement(shell: Shell, server: ModelServer) -> None:
    make(shell, server, api_key="sk\u2013123456", retry_fallback_strategy="IGNORE")
    error = shell.error(f"SET ai.on_error = null; {QUESTION}")
    assert (error.code, server.requests) == ("invalid_option", [])
    assert shell("SELECT count(*) FROM aisql.errors") == [(0,)]


def test_a_try_that_was_never_made_is_none(shell: Shell, server: ModelServer) -> None:
    make(shell, server, retry_num="9")
    server.fault_for = lambda body: TRANSIENT["500"]
    shell.error(f"SET ai.max_calls = 3; {QUESTION}")
    assert (shell.session.spend.requests, shell.session.spend.retries) == (3, 2)


@pytest.mark.parametrize("wait", ["4700000000000", "100000000000000000000", "99999999999"])
def test_nobody_waits_for_what_is_years_away(shell: Shell, server: ModelServer, wait: str) -> None:
    make(shell, server)
    server.fault_for = lambda body: Fault(429, said("later"), {"Retry-After": wait})
    shell.error(QUESTION)
    assert len(server.requests) == 1
