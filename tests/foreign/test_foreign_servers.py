"""The adapters against servers that others have written: faults, streams, and errors in words not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from engine_shell import Shell
from quick_clock import Clocks

pytestmark = pytest.mark.foreign

INTERFACES = {"openai-compat": "/v1", "anthropic": "", "ollama": ""}
"""The interfaces aimock serves, and where."""


def ask(shell: Shell, text: str, model: str = "m", options: str = "") -> object:
    """The answer to one question."""
    return shell(f"SELECT ai_complete('foreign:{model}', '{text}'{options})")[0][0]


@pytest.fixture
def chaos(aimock) -> Iterator[Callable[..., None]]:
    """Makes aimock answer wrongly."""
    yield lambda **rates: aimock.ask("POST", "/__aimock/chaos", rates)
    aimock.ask("DELETE", "/__aimock/chaos")


@pytest.mark.parametrize("provider", INTERFACES)
def test_a_chat_is_answered(aimock, shell: Shell, connect: Callable[..., None], provider: str) -> None:
    connect(provider, aimock.origin + INTERFACES[provider])
    assert ask(shell, "hello") == "a greeting in several pieces"
    # It counts tokens at the interface of OpenAI only.
    counted = shell("SELECT count(*) FROM aisql.answers WHERE output_tokens > 0")
    assert counted == [(int(provider == "openai-compat"),)]


@pytest.mark.parametrize("provider", INTERFACES)
def test_a_stream_is_joined(aimock, shell: Shell, connect: Callable[..., None], provider: str) -> None:
    connect(provider, aimock.origin + INTERFACES[provider])
    stream = """, json '{"model.params": {"stream": true}}'"""
    assert ask(shell, "hello", options=stream) == "a greeting in several pieces"


@pytest.mark.parametrize("provider", INTERFACES)
def test_thoughts_are_left_out(aimock, shell: Shell, connect: Callable[..., None], provider: str) -> None:
    connect(provider, aimock.origin + INTERFACES[provider])
    assert ask(shell, "thinks") == "done"


def test_a_limit_is_waited_for(aimock, shell: Shell, connect: Callable[..., None], clocks: Clocks) -> None:
    connect("openai-compat", f"{aimock.origin}/v1")
    assert ask(shell, "limited") == "after the limit"
    assert clocks.skipped == pytest.approx(3.0, abs=0.5)


def test_a_refusal_is_not_asked_again(aimock, shell: Shell, connect: Callable[..., None]) -> None:
    connect("openai-compat", f"{aimock.origin}/v1")
    error = shell.error("SELECT ai_complete('foreign:m', 'refused')")
    assert (error.exit_status, error.attempts, error.said) == (3, 1, "wrong key")


@pytest.mark.parametrize("rate", ["malformedRate", "disconnectRate"])
def test_what_is_broken_on_the_way_is_asked_again(
    aimock, shell: Shell, connect: Callable[..., None], chaos: Callable[..., None], rate: str
) -> None:
    connect("openai-compat", f"{aimock.origin}/v1", RETRY_NUM="2")
    chaos(**{rate: 1})
    error = shell.error("SELECT ai_complete('foreign:m', 'hello')")
    assert error.attempts == 3
    assert shell("SELECT count(*) FROM aisql.answers") == [(0,)]


def test_embeddings_come_in_their_order(aimock, shell: Shell, connect: Callable[..., None]) -> None:
    connect("openai-compat", f"{aimock.origin}/v1")
    texts = 'SELECT ai_embedding(\'foreign:e\', value) FROM json_each(\'["a", "b", "c"]\')'
    together = shell(texts)
    shell("PURGE ANSWERS; SET ai.embed_batch = 1")
    assert shell(texts) == together
    assert len(set(together)) == 3


def test_a_gateway_answers(litellm, shell: Shell, connect: Callable[..., None]) -> None:
    connect("openai-compat", f"{litellm.origin}/v1")
    assert ask(shell, "hello", "good") == "positive"
    assert shell("SELECT input_tokens, output_tokens FROM aisql.answers") == [(10, 20)]
    stream = """, json '{"model.params": {"stream": true}}'"""
    assert ask(shell, "hello", "good", stream) == "positive"


@pytest.mark.parametrize(
    ("model", "status", "attempts"),
    [("limited", 429, 3), ("broken", 500, 3), ("long", 400, 1), ("nobody", 400, 1)],
)
def test_the_errors_of_a_gateway_are_told_apart(
    litellm, shell: Shell, connect: Callable[..., None], model: str, status: int, attempts: int
) -> None:
    connect("openai-compat", f"{litellm.origin}/v1", RETRY_NUM="2")
    error = shell.error(f"SELECT ai_complete('foreign:{model}', 'hello')")
    assert (error.status, error.attempts) == (status, attempts)
    assert shell("SELECT count(*) FROM aisql.answers") == [(0,)]


def test_a_vector_too_few_is_noticed(litellm, shell: Shell, connect: Callable[..., None]) -> None:
    connect("openai-compat", f"{litellm.origin}/v1")
    error = shell.error("SELECT ai_embedding('foreign:vectors', value) FROM json_each('[\"a\", \"b\"]')")
    assert "gave one embedding for 2 texts" in error.message
