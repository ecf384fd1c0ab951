"""What was used and what it cost: SHOW USAGE, and the column `cost` of `aisql.usage`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.catalog.answers import Answer, Failure, Ledger, Sender

CHAT: Sender = ("openai", "api.openai.com", "gpt-4o", "chat/completions", "ai_complete")
CLASSIFY: Sender = (*CHAT[:4], "ai_classify")
EMBED: Sender = ("openai", "api.openai.com", "text-embedding-3-small", "embeddings", "ai_embedding")
FREE: Sender = ("builtin", "", "demo", "chat/completions", "ai_complete")
UNPRICED: Sender = ("openai-compat", "localhost", "mine", "chat/completions", "ml_predict")
COUNTS = [
    "requests",
    "answers",
    "failures",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "cost (USD, estimate)",
]


class Time:
    """A clock that a test puts on."""

    def __init__(self) -> None:
        self.now = datetime(2025, 5, 11, 9, 36)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def ledger(tmp_path: Path, time: Time) -> Iterator[Ledger]:
    """Another program's ledger, on the catalog of the shell."""
    opened = Ledger(tmp_path / "catalog.sqlite", time)
    yield opened
    opened.close()


def answer(sender: Sender, input_tokens: int | None, output_tokens: int | None) -> Answer:
    provider, host, model, task, function = sender
    digest = repr((sender, input_tokens, output_tokens)).encode()
    return Answer(
        digest, provider, host, model, task, "{}", "a", 1, input_tokens, output_tokens, 0.5, function, 0, 0
    )


def failure(sender: Sender) -> Failure:
    provider, host, model, task, function = sender
    return Failure("SELECT", function, provider, host, model, "()", 500, 3, "code", "no", task)


@pytest.fixture
def used(ledger: Ledger, time: Time) -> Ledger:
    """Two days of a chat that costs a dollar, a failure, embeddings and a free model."""
    chat = replace(answer(CHAT, 200_000, 50_000), cached_tokens=100_000, reasoning_tokens=40_000)
    ledger.keep([chat], [failure(CLASSIFY)], {CHAT: 1, CLASSIFY: 3})
    time.now += timedelta(days=1)
    ledger.keep([answer(EMBED, 7, None), answer(FREE, 9, 1)], [], {EMBED: 1, FREE: 1})
    ledger.keep([answer(CLASSIFY, 2_000, 1)], [], {CLASSIFY: 1})
    return ledger


def test_the_whole_usage_is_one_row(shell: Shell, used: Ledger) -> None:
    assert shell("SHOW USAGE") == [(7, 4, 1, 202_016, 50_002, 100_000, 40_000, 0.8801)]
    assert shell.columns == COUNTS


def test_usage_can_be_shown_by_model(shell: Shell, used: Ledger) -> None:
    assert shell("SHOW USAGE BY MODEL") == [
        ("builtin", "demo", 1, 1, 0, 9, 1, 0, 0, 0.0),
        ("openai", "gpt-4o", 5, 2, 1, 202_000, 50_001, 100_000, 40_000, 0.8801),
        ("openai", "text-embedding-3-small", 1, 1, 0, 7, 0, 0, 0, 0.0001),
    ]
    assert shell.columns == ["provider", "model", *COUNTS]


def test_usage_can_be_shown_by_day(shell: Shell, used: Ledger) -> None:
    assert shell("SHOW USAGE BY DAY") == [
        ("2025-05-11", 4, 1, 1, 200_000, 50_000, 100_000, 40_000, 0.875),
        ("2025-05-12", 3, 3, 0, 2_016, 2, 0, 0, 0.0051),
    ]
    assert shell.columns == ["day", *COUNTS]


def test_usage_can_be_shown_by_function(shell: Shell, used: Ledger) -> None:
    assert shell("SHOW USAGE BY FUNCTION") == [
        ("ai_classify", 4, 1, 1, 2_000, 1, 0, 0, 0.0051),
        ("ai_complete", 2, 2, 0, 200_009, 50_001, 100_000, 40_000, 0.875),
        ("ai_embedding", 1, 1, 0, 7, 0, 0, 0, 0.0001),
    ]
    assert shell.columns == ["function", *COUNTS]


@pytest.mark.parametrize("by", ["", " BY MODEL", " BY DAY", " BY FUNCTION"])
def test_where_nothing_was_used_there_is_nothing(shell: Shell, tmp_path: Path, by: str) -> None:
    assert shell(f"SHOW USAGE{by}") == []
    assert len(shell.columns) >= len(COUNTS)
    assert not (tmp_path / "catalog.sqlite").exists()


def test_a_cost_is_unknown_where_a_part_of_it_has_no_price(shell: Shell, used: Ledger) -> None:
    used.keep([answer(UNPRICED, 5, 5)], [], {UNPRICED: 1})
    assert [row[-1] for row in shell("SHOW USAGE BY FUNCTION")] == [0.0051, 0.875, 0.0001, "unknown"]
    assert [row[-1] for row in shell("SHOW USAGE BY DAY")] == [0.875, "unknown"]
    assert [row[-1] for row in shell("SHOW USAGE")] == ["unknown"]


def test_what_failed_costs_nothing_and_what_nobody_counted_is_unknown(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([], [failure(UNPRICED)], {UNPRICED: 4})
    ledger.keep([answer(CHAT, None, None), answer(FREE, None, None)], [], {CHAT: 1, FREE: 1})
    assert shell("SELECT provider, requests, cost FROM aisql.usage") == [
        ("builtin", 1, 0.0),
        ("openai", 1, None),
        ("openai-compat", 4, 0.0),
    ]


def test_usage_names_the_function_that_asked(shell: Shell, server: ModelServer) -> None:
    server.answer = lambda body: "yes"
    shell("SELECT ai_complete('openai:m', 'x'), ai_classify('openai:m', 'y', ARRAY['yes', 'no'])")
    assert shell("SELECT function, requests, answers FROM aisql.usage") == [
        ("ai_classify", 1, 1),
        ("ai_complete", 1, 1),
    ]


def test_showing_usage_leaves_a_transaction_as_it_is(open_shell: Callable[..., Shell], used: Ledger) -> None:
    shell = open_shell()
    shell("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
    assert len(shell("SHOW USAGE BY DAY")) == 2
    assert shell("ROLLBACK; SELECT count(*) FROM t") == [(0,)]
