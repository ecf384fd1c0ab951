"""PyFlink's OpenAICompatProvider: its example, every parameter, and what each does to requests."""

from __future__ import annotations

from typing import Any

import pytest
from server import BROKEN, Fault, ModelServer

import aisql
from aisql.errors import AisqlError
from aisql.providers import OpenAICompatProvider
from aisql.result import Row


def predicted(
    connection: aisql.Connection, server: ModelServer, text: str = "hi", **parameters: Any
) -> list[Row]:
    """The rows ML_PREDICT gives for one text with a model of these parameters."""
    task = parameters.pop("path", "chat/completions")
    provider = OpenAICompatProvider(
        endpoint=f"{server.url}/{task}", api_key="sk-...", model="m", **parameters
    )
    connection.create_model("p", provider)
    query = "SELECT * FROM ML_PREDICT((SELECT :text AS t), MODEL p, DESCRIPTOR(t))"
    return [row[1:] for row in connection.execute(query, {"text": text}).rows]


def body(
    content: str = "hi", system: str | None = "You are a helpful assistant.", **members: object
) -> object:
    messages = [] if system is None else [{"role": "system", "content": system}]
    return {"model": "m", "messages": [*messages, {"role": "user", "content": content}], **members}


def test_the_example_of_the_page_makes_a_model(connection: aisql.Connection, server: ModelServer) -> None:
    provider = OpenAICompatProvider(
        endpoint="https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
        api_key="sk-...",
        temperature=0.7,
    )
    assert provider.provider_name() == "openai-compat"
    assert provider.model_option_key() == "model"
    assert provider.to_options()["temperature"] == "0.7"
    notices = connection.create_model("p", provider).notices
    assert notices == ["option 'model' is missing"]
    connection.execute(
        f"ALTER MODEL p SET ('endpoint'='{server.url}/chat/completions', 'api-key'='k', 'model'='m')"
    )
    rows = connection.execute(
        "SELECT output FROM ML_PREDICT((SELECT 'hi' AS t), MODEL p, DESCRIPTOR(t))"
    ).rows
    assert list(rows) == [("echo: hi",)]
    assert server.bodies == [body(temperature=0.7)]


SENT: list[tuple[dict[str, Any], object]] = [
    ({}, body()),
    ({"system_prompt": "Be brief."}, body(system="Be brief.")),
    ({"system_prompt": ""}, body(system=None)),
    ({"user_prompt": ""}, body()),
    ({"temperature": 0.7}, body(temperature=0.7)),
    ({"top_p": 0.9}, body(top_p=0.9)),
    ({"max_tokens": 20}, body(max_tokens=20)),
    ({"stop": "END,STOP"}, body(stop=["END", "STOP"])),
    ({"presence_penalty": -2.0}, body(presence_penalty=-2.0)),
    ({"seed": 7}, body(seed=7)),
    ({"response_format": "text"}, body(response_format={"type": "text"})),
    ({"extra_body": '{"enable_search": true}'}, body(enable_search=True)),
    ({"context_overflow_action": "SKIPPED"}, body()),
    ({"vendors_own": "x"}, body(vendors_own="x")),
]


@pytest.mark.parametrize(("parameters", "sent"), SENT)
def test_a_parameter_changes_the_request_as_documented(
    connection: aisql.Connection, server: ModelServer, parameters: dict[str, Any], sent: object
) -> None:
    assert predicted(connection, server, **parameters) == [("echo: hi",)]
    assert server.bodies == [sent]
    assert server.requests[0].headers["authorization"] == "Bearer sk-..."


def test_the_user_prompt_is_passed_through_the_role_of_the_user(
    connection: aisql.Connection, server: ModelServer
) -> None:
    predicted(connection, server, user_prompt="Translate:")
    [request] = server.bodies
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert "Translate:" in str(request["messages"][1]["content"])
    assert "hi" in str(request["messages"][1]["content"])


def test_n_choices_are_n_rows(connection: aisql.Connection, server: ModelServer) -> None:
    assert predicted(connection, server, n=2) == [("echo: hi",), ("echo: hi",)]
    assert server.bodies == [body(n=2)]


def test_an_object_is_asked_for_and_checked(connection: aisql.Connection, server: ModelServer) -> None:
    server.answer = lambda _: '{"mood": "good"}'
    assert predicted(connection, server, response_format="json_object") == [('{"mood": "good"}',)]
    assert server.bodies == [body(response_format={"type": "json_object"})]


def test_extra_headers_are_strings_or_lists_of_them(
    connection: aisql.Connection, server: ModelServer
) -> None:
    predicted(connection, server, extra_header='{"X-Team": "tests", "X-Many": ["a", "b"]}')
    headers = server.requests[0].headers
    assert (headers["x-team"], headers["x-many"]) == ("tests", "a, b")


def test_an_image_url_is_sent_as_an_image(connection: aisql.Connection, server: ModelServer) -> None:
    predicted(connection, server, "https://example.com/a.png", content_type="IMAGE_URL")
    [request] = server.bodies
    part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    assert request["messages"][-1] == {"role": "user", "content": [part]}


def test_the_dimension_is_that_of_the_array(connection: aisql.Connection, server: ModelServer) -> None:
    [(vector,)] = predicted(connection, server, path="embeddings", dimension=4)
    assert str(vector).count(",") == 3
    assert server.bodies == [{"model": "m", "input": "hi", "encoding_format": "float", "dimensions": 4}]


LOG = "Context overflowed (threshold: 3, actual: 6), "
ACTIONS = [
    ("truncated-tail", "one two thre", []),
    ("Truncated-Tail-Log", "one two thre", [f"{LOG}truncating the tail of input."]),
    ("truncated-head", "ee four five", []),
    ("TRUNCATED-HEAD-LOG", "ee four five", [f"{LOG}truncating the head of input."]),
    ("skipped", None, []),
    ("skipped-log", None, [f"{LOG}skipping input."]),
]


@pytest.mark.parametrize(("action", "sent", "notices"), ACTIONS)
def test_context_overflow_actions_ignore_case(
    connection: aisql.Connection, server: ModelServer, action: str, sent: str | None, notices: list[str]
) -> None:
    provider = OpenAICompatProvider(
        endpoint=f"{server.url}/chat/completions",
        api_key="k",
        model="m",
        max_context_size=3,
        context_overflow_action=action,
    )
    connection.create_model("p", provider)
    result = connection.execute(
        "SELECT output FROM ML_PREDICT((SELECT 'one two three four five' AS t), MODEL p, DESCRIPTOR(t))"
    )
    assert list(result.rows) == ([] if sent is None else [(f"echo: {sent}",)])
    assert result.notices == notices
    assert server.bodies == ([] if sent is None else [body(sent)])


AGAIN = {"retry_backoff_base_interval": "1ms", "retry_num": 2}
STRATEGIES: list[tuple[dict[str, Any], int, int, list[Row] | None]] = [
    ({**AGAIN}, 2, 3, [("echo: hi",)]),
    ({**AGAIN, "retry_backoff_strategy": "EXPONENTIAL"}, 2, 3, [("echo: hi",)]),
    ({**AGAIN}, 9, 3, None),
    ({**AGAIN, "retry_fallback_strategy": "FAILOVER"}, 9, 3, None),
    ({**AGAIN, "retry_fallback_strategy": "IGNORE"}, 9, 3, [(None,)]),
    ({"error_handling_strategy": "FAILOVER"}, 9, 1, None),
    ({"error_handling_strategy": "IGNORE"}, 9, 1, [(None,)]),
]


@pytest.mark.parametrize(("parameters", "failures", "requests", "rows"), STRATEGIES)
def test_errors_are_handled_by_the_documented_strategy(
    connection: aisql.Connection,
    server: ModelServer,
    parameters: dict[str, Any],
    failures: int,
    requests: int,
    rows: list[Row] | None,
) -> None:
    server.faults.extend([BROKEN] * failures)
    if rows is None:
        with pytest.raises(AisqlError, match="The server had an error"):
            predicted(connection, server, **parameters)
    else:
        assert predicted(connection, server, **parameters) == rows
    assert len(server.requests) == requests


def test_a_mistake_no_try_can_mend_is_not_tried_again(
    connection: aisql.Connection, server: ModelServer
) -> None:
    server.faults.append(Fault(400, {"error": {"message": "No such parameter."}}))
    with pytest.raises(AisqlError, match="No such parameter"):
        predicted(connection, server, retry_num=5)
    assert len(server.requests) == 1
