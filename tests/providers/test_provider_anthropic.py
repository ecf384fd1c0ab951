import json
from dataclasses import replace

import pytest
from provider_calls import KEY, ask, ask_in_turn, body, failure
from provider_calls import chat as chat_of
from server import Fault

from aisql.errors import OptionError
from aisql.providers.anthropic import MAXIMUM_TOKENS
from aisql.providers.base import Reply

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
TOLD = "Answer with one JSON object of this JSON schema, without any text around it: "


def chat(server, text="hi", **more):
    return chat_of(server, "anthropic", text, **more)


def of_schema(schema, **more):
    """The text of extra-body that asks for JSON of a schema."""
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return json.dumps({"response_format": form, **more})


def message(*content, reason="end_turn", **usage):
    return {"type": "message", "content": content, "stop_reason": reason, "usage": usage}


def text(said):
    return {"type": "text", "text": said}


def answered(server, answer, **more):
    server.faults.append(Fault(200, answer))
    return ask(chat(server, **more))[0]


def streamed(server, *events):
    """What comes of a stream of events: a reply, or an error."""
    lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    server.faults.append(Fault(200, "".join(lines), {"Content-Type": "text/event-stream"}))
    return ask_in_turn(chat(server, extra='{"stream": true}'))[0]


# What is sent


def test_a_chat_is_posted_as_the_interface_wants_it(server):
    options = {"temperature": "0.5", "max-tokens": "9", "stop": "a,b"}
    ask(
        chat(
            server,
            "héllo",
            system="Be short.",
            options=options,
            extra='{"top_k": 3, "metadata": {"user_id": "u"}}',
        )
    )
    (received,) = server.requests
    assert received.path == "/v1/messages"
    assert received.body == {
        "model": "m",
        "max_tokens": 9,
        "system": "Be short.",
        "messages": [{"role": "user", "content": "héllo"}],
        "stop_sequences": ["a", "b"],
        "temperature": 0.5,
        "top_k": 3,
        "metadata": {"user_id": "u"},
    }
    names = ("x-api-key", "anthropic-version", "content-type", "authorization")
    assert {name: received.headers.get(name) for name in names} == {
        "x-api-key": KEY,
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
        "authorization": None,
    }


def test_the_tokens_of_an_answer_are_always_bounded(server):
    assert MAXIMUM_TOKENS == 4096
    assert body(chat(server)) == {
        "model": "m",
        "max_tokens": MAXIMUM_TOKENS,
        "messages": [{"role": "user", "content": "hi"}],
    }


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://host/cat.png", {"type": "url", "url": "https://host/cat.png"}),
        ("data:image/png;base64,iVBO\n", {"type": "base64", "media_type": "image/png", "data": "iVBO"}),
        ("DATA:image/GIF;x=1;BASE64,R0lG", {"type": "base64", "media_type": "image/gif", "data": "R0lG"}),
        ("data:image/webp,a%20b", {"type": "base64", "media_type": "image/webp", "data": "YSBi"}),
    ],
)
def test_an_image_is_sent_by_its_address_or_in_base64(server, url, source):
    image = {"type": "image", "source": source}
    assert body(chat(server, "What?", images=(url,)))["messages"] == [
        {"role": "user", "content": [image, {"type": "text", "text": "What?"}]}
    ]


@pytest.mark.parametrize(
    ("extra", "sent"),
    [
        ('{"stop": "a"}', {"stop_sequences": ["a"]}),
        ('{"enable_thinking": true}', {"thinking": {"type": "adaptive"}}),
        ('{"enable_thinking": false}', {}),
        (
            '{"thinking": {"type": "enabled", "budget_tokens": 1024}}',
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        ),
        ('{"stream": true, "stream_options": {"include_usage": true}}', {"stream": True}),
        ('{"n": 1}', {}),
        ('{"seed": null}', {}),
        ('{"max_tokens": null}', {}),
    ],
)
def test_parameters_have_the_names_of_the_interface(server, extra, sent):
    assert body(chat(server, extra=extra)) == body(chat(server)) | sent


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        (SCHEMA, SCHEMA | {"additionalProperties": False}),
        ({"type": "string"}, {"type": "string"}),
        (
            {
                "type": ["object", "null"],
                "properties": {"type": {"type": "object"}},
                "additionalProperties": {},
            },
            {
                "type": ["object", "null"],
                "properties": {"type": {"type": "object", "additionalProperties": False}},
                "additionalProperties": False,
            },
        ),
        (
            {"type": "array", "items": {"anyOf": [{"type": "object"}, {"type": "null"}]}},
            {
                "type": "array",
                "items": {"anyOf": [{"type": "object", "additionalProperties": False}, {"type": "null"}]},
            },
        ),
    ],
)
def test_a_schema_becomes_a_structured_output(server, schema, closed):
    request = chat(server, extra=of_schema(schema, output_config={"effort": "low"}))
    assert body(request)["output_config"] == {
        "effort": "low",
        "format": {"type": "json_schema", "schema": closed},
    }
    assert "response_format" not in body(request)


def test_a_schema_has_to_be_told(server):
    request = replace(chat(server), parameters=(("response_format", '{"type": "json_schema"}'),))
    with pytest.raises(OptionError, match="Option 'response-format' json_schema needs a schema"):
        ask(request)
    assert server.requests == []


def test_any_json_object_is_asked_for_in_words(server):
    server.answer = lambda body: '```json\n{"a": 1}\n```'
    request = chat(server, system="Be short.", options={"response-format": "json_object"})
    assert ask(request)[0].texts == ('{"a": 1}',)
    assert server.bodies[0]["system"] == ("Be short.\n\nAnswer with JSON only, without any text around it.")
    assert ask(chat(server))[0].texts == ('```json\n{"a": 1}\n```',)


def test_a_model_without_structured_outputs_is_told_in_words(server):
    said = "output_config.format: Extra inputs are not permitted"
    server.faults.append(Fault(400, {"error": {"type": "invalid_request_error", "message": said}}))
    server.answer = lambda body: '```\n{"a": "b"}\n```'
    request = chat(server, extra=of_schema(SCHEMA))
    other = chat_of(server, "anthropic", extra=of_schema({"type": "object"}))
    refused, *replies = ask_in_turn(request, request, other)
    assert (refused.taught, refused.transient) == (True, False)
    assert [reply.texts for reply in replies] == [('{"a": "b"}',)] * 2
    assert [sent.get("system") for sent in server.bodies] == [
        None,
        f"{TOLD}{json.dumps(SCHEMA)}",
        f'{TOLD}{{"type": "object"}}',
    ]
    assert ["output_config" in sent for sent in server.bodies] == [True, False, False]


# What comes back


def test_thoughts_are_left_out(server):
    thinking = {"type": "thinking", "thinking": "well", "signature": "s"}
    hidden = {"type": "redacted_thinking", "data": "d"}
    assert answered(server, message(thinking, hidden, text("yes"), text("!"))).texts == ("yes!",)


def test_tokens_of_the_cache_are_a_part_of_the_input(server):
    usage = {"input_tokens": 5, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 300}
    assert answered(server, message(text("a"), **usage, output_tokens=7)) == Reply(
        ("a",), input_tokens=325, output_tokens=7, cached_tokens=300
    )


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("refusal", "the model refused to answer"),
        ("max_tokens", "the model used up max_tokens before it answered"),
        ("model_context_window_exceeded", "the model used up max_tokens before it answered"),
        ("tool_use", "the model wants to call a tool and gave no answer"),
        ("pause_turn", "the model stopped in the middle of its answer"),
    ],
)
def test_an_answer_without_text_may_be_an_error(server, reason, what):
    server.faults += [Fault(200, message(reason=reason)), Fault(200, message(text("a"), reason=reason))]
    without, part = ask_in_turn(chat(server), chat(server))
    assert (without.message, without.transient) == (f"anthropic m: {what}", False)
    is_cut = reason in ("max_tokens", "model_context_window_exceeded")
    assert part.message == f"anthropic m: {'the answer was cut' if is_cut else what}"


def test_an_answer_may_end_where_the_user_said(server):
    server.faults.append(Fault(200, message(text("a"), reason="max_tokens")))
    assert ask(chat(server, options={"max-tokens": "1"}))[0].texts == ("a",)


@pytest.mark.parametrize("reason", ["end_turn", "stop_sequence", None])
def test_an_answer_may_be_empty(server, reason):
    assert answered(server, message(reason=reason)).texts == ("",)


@pytest.mark.parametrize("answer", [{}, {"content": "yes"}, {"content": None}])
def test_an_answer_has_content(server, answer):
    server.faults.append(Fault(200, answer))
    error = failure(chat(server))
    assert error.message == "anthropic m gave an answer that has no content"
    assert error.hint == (
        "check that the endpoint is the full URL of a service with the interface of Anthropic"
    )


BEGUN = {"type": "message_start", "message": {"usage": {"input_tokens": 5, "cache_read_input_tokens": 2}}}
STOP = {"type": "message_stop"}


def delta(kind, **new):
    return {"type": "content_block_delta", "index": 0, "delta": {"type": kind, **new}}


def ended(reason, **usage):
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


def test_a_stream_is_joined_without_its_thoughts(server):
    begun = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "a"}}
    assert streamed(
        server,
        BEGUN,
        {"type": "ping"},
        delta("thinking_delta", thinking="well"),
        delta("signature_delta", signature="s"),
        begun,
        delta("text_delta", text="b"),
        {"type": "of another day"},
        delta("text_delta", text="c"),
        ended("end_turn", output_tokens=7, input_tokens=None),
        STOP,
    ) == Reply(("abc",), input_tokens=7, output_tokens=7, cached_tokens=2)


def test_an_error_in_a_stream_is_one(server):
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    wrong = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
    errors = [streamed(server, BEGUN, delta("text_delta", text="a"), each) for each in (overloaded, wrong)]
    assert [(error.message, error.transient) for error in errors] == [
        ("anthropic m: Overloaded", True),
        ("anthropic m: no", False),
    ]


def test_a_stream_may_end_without_text(server):
    error = streamed(server, BEGUN, ended("refusal", output_tokens=1), STOP)
    assert error.message == "anthropic m: the model refused to answer"


def test_a_service_without_streams_answers_in_one_piece(server):
    answer = message(text("a"), input_tokens=1, output_tokens=1)
    assert answered(server, answer, extra='{"stream": true}') == Reply(("a",), (), 1, 1)


def test_the_rate_headers_are_read(server):
    headers = {
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:30Z",
        "anthropic-ratelimit-tokens-limit": "50000",
        "anthropic-ratelimit-tokens-remaining": "49000",
        "anthropic-ratelimit-tokens-reset": "2026-01-01T00:01:00Z",
    }
    server.faults.append(Fault(200, message(text("a")), headers))
    allowance = ask(chat(server))[0].allowance
    assert (allowance.requests, allowance.requests_reset) == (49, 30.0)
    assert (allowance.tokens, allowance.tokens_reset) == (49000, 60.0)
