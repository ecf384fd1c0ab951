"""ai_try_complete: a failure is a value, and how many requests it took is known for ever."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from engine_shell import Shell
from server import BROKEN, UNAUTHORIZED, Fault, ModelServer

QUERY = "SELECT ai_try_complete('openai:m', 'x')"


@pytest.fixture
def shell(open_quick: Callable[..., Shell]) -> Shell:
    return open_quick({"ai.retry_num": "3"})


def outcome(shell: Shell, query: str = QUERY) -> tuple[object, ...]:
    [(value,)] = shell(query)
    return tuple(json.loads(str(value)).values())


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_an_answer_tells_how_many_requests_it_took_also_when_it_is_found_again(
    shell: Shell, server: ModelServer, failures: int
) -> None:
    server.faults += [BROKEN] * failures
    for _ in range(3):
        assert outcome(shell) == ("echo: x", None, failures + 1)
    assert len(server.requests) == failures + 1
    assert shell("SELECT attempts FROM aisql.answers") == [(failures + 1,)]


def test_so_it_does_where_nothing_is_kept(shell: Shell, server: ModelServer) -> None:
    shell("SET ai.cache = off")
    server.faults += [BROKEN] * 2
    query = "SELECT count(DISTINCT v), min(v) FROM (SELECT ai_try_complete('openai:m', 'x') AS v UNION ALL "
    query += "SELECT ai_try_complete('openai:m', 'x'))"
    assert shell(query) == [(1, '{"value": "echo: x", "error": null, "attempts": 3}')]
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "error", "attempts"),
    [
        (BROKEN, "openai m: HTTP 500 Internal Server Error: The server had an error.", 4),
        (Fault(400, {"error": {"message": "bad"}}), "openai m: HTTP 400 Bad Request: bad", 1),
        (UNAUTHORIZED, "openai m: authentication failed (401): Incorrect API key provided.", 1),
    ],
)
def test_a_failure_is_a_value_whatever_a_failure_does(
    shell: Shell, server: ModelServer, fault: Fault, error: str, attempts: int
) -> None:
    server.fault_for = lambda _: fault
    for setting in ("fail", "null"):
        shell(f"SET ai.on_error = {setting}")
        assert outcome(shell) == (None, error, attempts)
        assert shell.notices == []
    assert len(server.requests) == 2 * attempts


def test_one_row_that_fails_leaves_the_others_alone(shell: Shell, server: ModelServer) -> None:
    server.fault_for = lambda sent: Fault(400, "no") if sent["messages"][-1]["content"] == "5" else None
    rows = shell(
        "SELECT v ->> 'value', v ->> 'error' IS NULL FROM (SELECT ai_try_complete('openai:m', value) AS v "
        "FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8, null]'))"
    )
    ok = [(f"echo: {number}", 1) for number in range(1, 9)]
    assert rows == [*ok[:4], (None, 0), *ok[5:], (None, 1)]
    shell("CREATE TABLE x AS SELECT ai_try_complete('openai:m', value) AS v FROM json_each('[5, 6]')")
    assert shell("SELECT v ->> 'value' FROM x") == [(None,), ("echo: 6",)]


def test_a_budget_and_a_wrong_model_still_end_the_statement(shell: Shell, server: ModelServer) -> None:
    query = "SELECT ai_try_complete('openai:m', value) FROM json_each('[1, 2, 3]')"
    assert shell.error(f"SET ai.max_calls = 2; {query}").code == "budget_reached"
    assert shell.error("RESET ai.max_calls; SELECT ai_try_complete('nosuch', 'x')").code == "CZLH-65000"
    assert len(server.requests) == 2


def test_an_answer_that_is_not_there_is_a_failure_too(shell: Shell, server: ModelServer) -> None:
    found = outcome(shell, f"SET ai.cache = only; {QUERY}")
    assert found == (None, "there is no answer in the ledger, and with ai.cache = only nobody is asked", 0)
    assert server.requests == []


def test_an_image_is_shown(shell: Shell, server: ModelServer) -> None:
    server.answer = lambda _: "a cat"
    call = "ai_try_complete('openai:m', ('What?' AS prompt, 'https://x.example/a.png' AS image))"
    assert outcome(shell, f"SELECT {call}") == ("a cat", None, 1)
    assert server.bodies[0]["messages"][-1]["content"][0]["type"] == "image_url"


TRY, PLAIN = "ai_try_complete('openai:m', 'x')", "ai_complete('openai:m', 'x')"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT {TRY} ->> 'attempts', {PLAIN}",
        f"SELECT {TRY} ->> 'attempts', {PLAIN} FROM json_each('[1, 2]')",
    ],
)
def test_a_failure_that_is_a_value_is_a_failure_of_another_call(
    shell: Shell, server: ModelServer, query: str
) -> None:
    server.fault_for = lambda _: Fault(400, {"error": {"message": "bad"}})
    error = shell.error(query)
    assert error.message == f"{PLAIN}: openai m: HTTP 400 Bad Request: bad (1 attempt)"
    assert error.span is not None
    assert query[error.span.start : error.span.end] == PLAIN
    assert set(shell(f"SET ai.on_error = null; {query}")) == {(1, None)}
    assert shell.notices == [f"1 call failed and gave NULL; the first: {error.message}"]
    assert len(server.requests) == 2
