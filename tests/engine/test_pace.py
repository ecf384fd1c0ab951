"""How fast requests go out: as the user allows it, and as the service takes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_shell import Shell
from quick_clock import Clocks
from server import Fault, ModelServer


def questions(count: int, model: str = "mine") -> str:
    numbers = ", ".join(map(str, range(count)))
    return f"SELECT count(ai_complete('{model}', 'text ' || value)) FROM json_each('[{numbers}]')"


def make(shell: Shell, server: ModelServer, option: str, value: str) -> None:
    written = f"'provider' = 'openai-compat', 'endpoint' = '{server.url}/chat/completions', 'model' = 'm'"
    shell(
        "CREATE OR REPLACE MODEL mine INPUT (i STRING) OUTPUT (o STRING) "
        f"WITH ({written}, '{option}' = '{value}')"
    )


def test_so_many_requests_a_minute_go_out_evenly(
    open_quick: Callable[[], Shell], server: ModelServer, clocks: Clocks
) -> None:
    shell = open_quick()
    make(shell, server, "requests-per-minute", "60")
    assert shell(questions(21)) == [(21,)]
    assert clocks.skipped == pytest.approx(20.0)


def test_so_many_tokens_a_minute(
    open_quick: Callable[[], Shell], server: ModelServer, clocks: Clocks
) -> None:
    shell = open_quick()
    make(shell, server, "tokens-per-minute", "60")
    shell("SET ai.concurrency = 1")  # what was used is known before the next one goes out
    assert shell(questions(11)) == [(11,)]
    # Six tokens of the system prompt, two of the text, three of the answer.
    assert clocks.skipped == pytest.approx(10 * 11.0, rel=0.25)


def test_a_connection_has_a_pace_too(
    open_quick: Callable[[], Shell], server: ModelServer, clocks: Clocks
) -> None:
    shell = open_quick()
    shell(
        "CREATE API CONNECTION slow TYPE ai_function PROVIDER = 'openai-compat' "
        f"BASE_URL = '{server.url}' REQUESTS_PER_MINUTE = '120'"
    )
    assert shell(questions(21, "slow:m")) == [(21,)]
    assert clocks.skipped == pytest.approx(10.0)


def test_two_models_of_one_connection_share_its_pace(
    open_quick: Callable[[], Shell], server: ModelServer, clocks: Clocks
) -> None:
    shell = open_quick()
    shell(
        "CREATE API CONNECTION slow TYPE ai_function PROVIDER = 'openai-compat' "
        f"BASE_URL = '{server.url}' REQUESTS_PER_MINUTE = '60'"
    )
    both = "ai_complete('slow:a', 'text ' || value) || ai_complete('slow:b', 'text ' || value)"
    assert shell(f"SELECT count({both}) FROM json_each('[1, 2, 3, 4, 5]')") == [(5,)]
    assert clocks.skipped == pytest.approx(9.0)


def test_what_a_service_takes_is_remembered(open_quick: Callable[[], Shell], server: ModelServer) -> None:
    shell = open_quick()
    server.faults += [Fault(429, {"error": {"message": "slow down"}})] * 3
    assert shell(questions(60, "openai:m")) == [(60,)]
    shell.session.close()
    again = open_quick()
    assert again("SELECT count(*) FROM aisql.errors") == [(0,)]
    assert again(questions(60, "openai:m")) == [(60,)]
    assert len(server.requests) == 63


def test_nobody_sends_before_a_limit_begins_anew(
    open_quick: Callable[[], Shell], server: ModelServer, clocks: Clocks
) -> None:
    shell = open_quick()
    body = {"choices": [{"message": {"content": "yes"}}]}
    limits = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0"}
    server.faults.append(Fault(200, body, limits | {"x-ratelimit-reset-requests": "30s"}))
    shell("SET ai.concurrency = 1")
    assert shell(questions(2, "openai:m")) == [(2,)]
    assert clocks.skipped == pytest.approx(30.0)
