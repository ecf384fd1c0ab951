"""ai_similarity in queries: which requests it makes, and what becomes of a failure."""

from __future__ import annotations

import math

import pytest
from engine_shell import Shell
from server import Fault, ModelServer
from server_interfaces import vector


def near(one: str, other: str) -> float:
    """The cosine of what the server makes of two texts."""
    pairs = [vector(one), vector(other)]
    return sum(a * b for a, b in zip(*pairs, strict=True)) / (math.hypot(*pairs[0]) * math.hypot(*pairs[1]))


def test_two_texts_share_a_request(shell: Shell, server: ModelServer) -> None:
    [(value,)] = shell("SELECT ai_similarity('openai:m', 'a', 'b')")
    assert value == pytest.approx(near("a", "b"))
    assert server.bodies == [{"model": "m", "input": ["a", "b"], "encoding_format": "float"}]
    assert server.requests[0].path.endswith("/embeddings")
    assert shell("SELECT ai_similarity('openai:m', 'b', 'a')") == [(value,)]
    assert len(server.requests) == 1


def test_what_is_known_of_the_texts_is_not_asked(shell: Shell, server: ModelServer) -> None:
    rows = shell(
        "SELECT ai_similarity('openai:m', NULL, 'a'), ai_similarity('openai:m', '', ''), "
        "ai_similarity('openai:m', 'a', ''), ai_similarity('openai:m', 'a', 'a')"
    )
    assert rows == [(0.0, 1.0, 0.0, 1.0)]
    assert server.requests == []


def test_rows_share_requests_and_vectors_are_kept(texts: Shell, server: ModelServer) -> None:
    texts("SET ai.embed_batch = 10")
    distinct = "(SELECT DISTINCT s FROM t)"
    nearest = f"SELECT s FROM {distinct} ORDER BY ai_similarity('openai:m', s, 'text 7') DESC LIMIT 1"
    assert texts(nearest) == [("text 7",)]
    sent = [text for body in server.bodies for text in body["input"]]
    assert sorted(sent) == sorted({f"text {number}" for number in range(50)})
    assert len(server.requests) == 5
    # The vector of a text is the same answer, whoever asks for it.
    texts("SELECT ai_embedding('openai:m', 'text 9')")
    assert len(server.requests) == 5


def test_a_failure_is_what_the_setting_says(shell: Shell, server: ModelServer) -> None:
    server.fault_for = lambda sent: Fault(400, {"error": {"message": "no"}})
    assert shell.error("SELECT ai_similarity('openai:m', 'a', 'b')").code == "provider_error"
    assert shell("SET ai.on_error = null; SELECT ai_similarity('openai:m', 'a', 'b')") == [(None,)]
    assert shell.notices[0].startswith("1 call failed and gave NULL")


def test_what_failed_is_shown_when_it_is_asked_again(shell: Shell, server: ModelServer) -> None:
    server.fault_for = lambda sent: Fault(400, {"error": {"message": "no"}})
    shell("SET ai.on_error = null; SELECT ai_similarity('openai:m', 'a', 'b')")
    server.fault_for = lambda sent: None
    answers = [answer for _, answer, _ in shell("RETRY FAILED")]
    assert [(answer,) for answer in answers] == shell(
        "SELECT ai_embedding('openai:m', value) FROM json_each('[\"a\", \"b\"]')"
    )
