import asyncio
import base64
import json
import socket
import struct
from dataclasses import replace

import pytest
from provider_calls import KEY, ask, ask_in_turn, failure
from server import BROKEN, RATE_LIMITED, UNAUTHORIZED, Fault, vector

from aisql import __version__
from aisql.errors import AuthenticationError, ConnectError, OptionError, ProviderError, ProviderTimeout
from aisql.providers.base import CHAT, EMBEDDINGS, RERANK, Message, Reply, Request, Target
from aisql.providers.openai_compat import OpenAICompat
from aisql.providers.values import parameters


def chat(server, text="hi", *, key=KEY, headers=(), options=None, timeout=10.0):
    return Request(
        Target("bailian", f"{server.url}/chat/completions", "qwen", key, tuple(headers)),
        CHAT,
        messages=(Message("system", "Be short."), Message("user", text)),
        parameters=parameters(options or {}, CHAT),
        timeout=timeout,
    )


def embedding(server, *texts, options=None):
    return Request(
        Target("bailian", f"{server.url}/embeddings?x=1", "embed", KEY),
        EMBEDDINGS,
        texts=texts or ("hi",),
        parameters=parameters(options or {}, EMBEDDINGS),
    )


def answered(server, body, request=None, **fault):
    """The reply to an answer with the given body."""
    server.faults.append(Fault(200, body, **fault))
    return ask(request or chat(server))[0]


def refused(server, body, request=None, **fault):
    """The error an answer with the given body leads to."""
    server.faults.append(Fault(200, body, **fault))
    return failure(request or chat(server))


def choice(content, **more):
    return {
        "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop", **more}]
    }


# What is sent


def test_a_chat_is_posted_as_the_interface_wants_it(server):
    options = {"temperature": "0.5", "stop": "a,b", "extra-body": '{"enable_thinking": false}'}
    assert ask(chat(server, "héllo 你好", options=options)) == [
        Reply(("echo: héllo 你好",), (), input_tokens=4, output_tokens=3)
    ]
    (received,) = server.requests
    assert received.path == "/v1/chat/completions"
    assert received.body == {
        "model": "qwen",
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "héllo 你好"}],
        "temperature": 0.5,
        "stop": ["a", "b"],
        "enable_thinking": False,
    }
    names = ("authorization", "content-type", "accept", "user-agent", "host")
    assert {name: received.headers[name] for name in names} == {
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": f"aisql/{__version__}",
        "host": f"127.0.0.1:{server.port}",
    }


def test_an_embedding_is_posted_as_the_interface_wants_it(server):
    assert ask(embedding(server, "a b", options={"dimension": "5"})) == [
        Reply((), (tuple(vector("a b", 5)),), input_tokens=2)
    ]
    (received,) = server.requests
    assert received.path == "/v1/embeddings?x=1"
    assert received.body == {"model": "embed", "input": "a b", "encoding_format": "float", "dimensions": 5}


def test_many_texts_are_embedded_with_one_request(server):
    texts = ("a b", "", "héllo", "a b")
    assert ask(embedding(server, *texts)) == [
        Reply((), tuple(tuple(vector(text)) for text in texts), input_tokens=5)
    ]
    assert server.bodies == [{"model": "embed", "input": [*texts], "encoding_format": "float"}]


def test_the_end_of_a_line_does_not_belong_to_a_key(server):
    ask(chat(server, key=f"{KEY}\n"))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (("X-Key", "a\r\nb"), "the value of the header 'X-Key' holds characters that HTTP cannot carry"),
        (("X-Key", "schlüssel"), "the value of the header 'X-Key' holds characters that HTTP cannot carry"),
        (("X Key", "a"), "the name of a header is not one that HTTP can carry"),
        (("", "a"), "the name of a header is not one that HTTP can carry"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused_unseen(server, header, message):
    with pytest.raises(OptionError) as raised:
        ask(chat(server, headers=[header]))
    assert (raised.value.message, server.requests) == (message, [])


@pytest.mark.parametrize(
    "url", ["", "<Endpoint>", "ftp://host/x", "https:///x", "http://h:99999999/", "http://a\nb/"]
)
def test_an_endpoint_has_to_be_a_url(url):
    with pytest.raises(OptionError, match="the endpoint is not an http or https URL"):
        ask(Request(Target("bailian", url, "qwen", KEY), CHAT))


def test_an_endpoint_must_not_hold_a_password():
    with pytest.raises(OptionError) as raised:
        ask(Request(Target("bailian", "http://user:hunter2@127.0.0.1:1/v1", "qwen"), CHAT))
    assert raised.value.message == "the endpoint must not hold a user name or a password"


def test_a_target_does_not_show_its_secrets(server):
    assert KEY not in repr(chat(server, headers=[("X-Key", KEY)]))


# What comes back


def test_every_choice_is_a_text(server):
    assert ask(chat(server, options={"n": "3"}))[0].texts == ("echo: hi",) * 3


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("yes", "yes"),
        ("", ""),
        (None, ""),
        ([{"type": "text", "text": "a"}, "b", {"type": "image_url"}, {"type": "text", "text": "c"}], "abc"),
        ("a\ud83d", "a\ufffd"),
        ("a\U0001f600", "a\U0001f600"),
    ],
)
def test_content_is_read_in_all_its_forms(server, content, text):
    # Half a character travels as an escape.
    assert answered(server, json.dumps(choice(content))).texts == (text,)


def test_blank_lines_and_broken_characters_are_read_over(server):
    body = b'\n\n\n {"choices":[{"message":{"content":"a\xff"}}]}'
    assert answered(server, body).texts == ("a\ufffd",)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<html>Welcome</html>", "answered with something that is not JSON"),
        ({}, "gave an answer that has no choices"),
        ({"choices": []}, "gave an answer that has no choices"),
        ({"choices": None}, "gave an answer that has no choices"),
        ({"choices": [{}]}, "gave an answer with a choice that has no message"),
        ({"choices": [None]}, "gave an answer with a choice that has no message"),
        (choice(5), "gave an answer whose content is not text"),
    ],
)
def test_an_answer_that_is_not_one_is_an_error(server, body, message):
    error = refused(server, body)
    assert (error.message, error.code) == (f"bailian qwen {message}", "provider_error")
    assert error.hint == "check that the endpoint is the full URL of a service with the OpenAI interface"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            choice("", finish_reason="content_filter"),
            "the content filter of the service took the answer away",
        ),
        (
            choice(None, finish_reason="content_filter"),
            "the content filter of the service took the answer away",
        ),
        (
            {"choices": [{"message": {"content": None, "refusal": f"I cannot.\n{KEY}"}}]},
            "the model refused: I cannot. ******",
        ),
        (choice("", finish_reason="length"), "the model used up max_tokens before it answered"),
        (
            choice("<think>well</think>\n", finish_reason="length"),
            "the model used up max_tokens before it answered",
        ),
    ],
)
def test_a_success_that_is_none_is_an_error(server, body, message):
    assert refused(server, body).message == f"bailian qwen: {message}"


HALF = [
    ("content_filter", "the content filter of the service took the answer away"),
    ("tool_calls", "the model wants to call a tool and gave no answer"),
    ("length", "the answer was cut"),
]


@pytest.mark.parametrize("reason", ["error", "abort", "insufficient_system_resource"])
def test_what_the_service_broke_off_may_come_whole(server, reason):
    error = refused(server, choice("part", finish_reason=reason))
    assert (error.message, error.transient) == ("bailian qwen broke off in the middle of its answer", True)


def test_an_end_that_nobody_knows_is_none(server):
    error = refused(server, choice("part", finish_reason="SAFETY"))
    assert error.message == "bailian qwen: the answer ended for a reason of its own (safety)"


@pytest.mark.parametrize("reason", ["stop", "eos", "COMPLETE", None, ""])
def test_an_answer_ends_in_many_words(server, reason):
    assert answered(server, choice("whole", finish_reason=reason)).texts == ("whole",)


def test_thoughts_that_never_end_are_no_answer(server):
    request = chat(server, options={"max-tokens": "9"})
    error = refused(server, choice("<think>hm hm", finish_reason="length"), request)
    assert error.message == "bailian qwen: the model used up max_tokens before it answered"


@pytest.mark.parametrize("said", ['{"a": NaN}', "3", '"text"'])
def test_json_is_an_object_of_real_json(server, said):
    error = refused(server, choice(said), chat(server, options={"response-format": "json_object"}))
    assert error.code == "unusable_answer"


def test_a_lesson_is_learned_from_all_that_is_said(server):
    long = "x" * 400 + " max_tokens is not supported, use max_completion_tokens"
    server.faults.append(fault(long))
    request = chat(server, key="token", options={"max-tokens": "9"})
    error, texts = in_turn(request, request)
    assert (error.taught, texts) == (True, ("echo: hi",))
    assert server.bodies[1]["max_completion_tokens"] == 9


@pytest.mark.parametrize(("reason", "what"), HALF)
def test_half_an_answer_is_none(server, reason, what):
    error = refused(server, choice("part", finish_reason=reason) | {"usage": {"prompt_tokens": 5}})
    assert (error.message, error.transient) == (f"bailian qwen: {what}", False)
    assert error.tokens == (5, None, None, None)


def test_an_answer_may_end_where_the_user_said(server):
    request = chat(server, options={"max-tokens": "1"})
    assert answered(server, choice("part", finish_reason="length"), request).texts == ("part",)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('Sure!\n```json\n{"a": 1}\n```\nBye.', '{"a": 1}'),
        ('It is {"a": {"b": 2}}, I think.', '{"a": {"b": 2}}'),
    ],
)
def test_json_that_was_asked_for_is_taken_out_of_what_stands_around_it(server, said, text):
    request = chat(server, options={"response-format": "json_object"})
    assert answered(server, choice(said), request).texts == (text,)


@pytest.mark.parametrize("said", ["", "sorry no json", "{half"])
def test_json_that_was_asked_for_has_to_come(server, said):
    error = refused(server, choice(said), chat(server, options={"response-format": "json_object"}))
    assert error.message == f"bailian qwen answered with something that is not JSON: {said!r}"
    assert error.code == "unusable_answer"


def test_a_stream_that_nobody_asked_for_is_read_too(server):
    stream = 'data: {"choices": [{"delta": {"content": "a"}}]}\n\n'
    stream += 'data: {"choices": [{"delta": {"content": "b"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    assert answered(server, stream).texts == ("ab",)


def test_an_error_event_of_a_stream_tells_what_it_says(server):
    error = refused(server, 'event: error\ndata: {"message": "boom", "type": "server_error"}\n\n')
    assert (error.message, error.transient) == ("bailian qwen: boom", True)


def at(*entries):
    """An answer whose embeddings say which text they are of; None where one does not say."""
    indices = ({} if index is None else {"index": index} for index, _ in entries)
    return {"data": [{"embedding": each, **index} for index, (_, each) in zip(indices, entries, strict=True)]}


def embedded(*vectors):
    return {"data": [{"embedding": each} for each in vectors], "usage": {"prompt_tokens": 1}}


def test_an_embedding_may_come_in_base64(server):
    packed = base64.b64encode(struct.pack("<3f", 0.5, -1, 2)).decode()
    assert answered(server, embedded(packed), embedding(server)) == Reply((), ((0.5, -1.0, 2.0),), 1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "gave an answer that has no embedding"),
        ({"data": []}, "gave an answer that has no embedding"),
        (embedded([1], [2]), "gave 2 embeddings for one text"),
        (at((1, [1])), "gave an embedding of index 1 for one text"),
        ({"data": [None]}, "gave an embedding that is not a list of numbers"),
        (embedded([]), "gave an embedding that is not a list of numbers"),
        (embedded(""), "gave an embedding that is not a list of numbers"),
        (embedded([[1, 2]]), "gave an embedding that is not a list of numbers"),
        (embedded([True]), "gave an embedding that is not a list of numbers"),
        (embedded(["1"]), "gave an embedding that is not a list of numbers"),
        (embedded("%%%"), "gave an embedding that cannot be decoded"),
        (embedded("AAAA"), "gave an embedding that cannot be decoded"),
        (embedded([float("nan")]), "gave an embedding with values that are not finite"),
        (embedded([float("inf")]), "gave an embedding with values that are not finite"),
        (embedded([10**400]), "gave an embedding with values that are not finite"),
        (embedded("AADAfw=="), "gave an embedding with values that are not finite"),
    ],
)
def test_an_embedding_that_is_not_one_is_an_error(server, body, message):
    assert refused(server, body, embedding(server)).message == f"bailian embed {message}"


PACKED = base64.b64encode(struct.pack("<1f", 3)).decode()


@pytest.mark.parametrize(
    "body",
    [
        embedded([1], [2], [3.0]),
        at((0, [1]), (1, [2]), (2, [3])),
        at((2, [3]), (0, [1]), (1, [2])),
        at((2, PACKED), (1, [2.0]), (0, [1])),
        at((0, [1]), (None, [2]), (2, [3])),
    ],
)
def test_vectors_stand_in_the_order_of_their_texts(server, body):
    assert answered(server, body, embedding(server, *"abc")).vectors == ((1.0,), (2.0,), (3.0,))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"data": []}, "gave an answer that has no embedding"),
        (embedded([1]), "gave one embedding for 2 texts"),
        (embedded([1], [2], [3]), "gave 3 embeddings for 2 texts"),
        (at((0, [1]), (0, [2])), "gave two embeddings of index 0"),
        (at((1, [1]), (None, [2])), "gave two embeddings of index 1"),
        (at((0, [1]), (2, [2])), "gave an embedding of index 2 for 2 texts"),
        (at((-1, [1]), (0, [2])), "gave an embedding of index -1 for 2 texts"),
        (at(("0", [1]), (1, [2])), "gave an embedding whose index is not a whole number"),
        (at((False, [1]), (True, [2])), "gave an embedding whose index is not a whole number"),
        (embedded([1], None), "gave an embedding that is not a list of numbers"),
        (embedded([1], [2, 3]), "gave embeddings of 1 and 2 dimensions"),
        (embedded(PACKED, [2, 3]), "gave embeddings of 1 and 2 dimensions"),
    ],
)
def test_every_text_has_one_vector_of_the_same_length(server, body, message):
    assert refused(server, body, embedding(server, "a", "b")).message == f"bailian embed {message}"


def test_an_embedding_has_the_dimensions_asked_for(server):
    error = refused(server, embedded([1, 2]), embedding(server, options={"dimension": "3"}))
    assert error.message == "bailian embed gave an embedding of 2 dimensions where 3 were asked for"


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 8,
                "prompt_tokens_details": {"cached_tokens": 7},
                "completion_tokens_details": {"reasoning_tokens": 6},
            },
            (9, 8, 7, 6),
        ),
        ({"prompt_tokens": 9, "prompt_cache_hit_tokens": 7}, (9, None, 7, None)),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": None, "completion_tokens_details": []},
            (9, None, None, None),
        ),
        ({"prompt_tokens": -1, "completion_tokens": 1 << 50}, (None, None, None, None)),
    ],
)
def test_tokens_are_told_apart(server, usage, tokens):
    reply = answered(server, {**choice("yes"), "usage": usage})
    assert (reply.input_tokens, reply.output_tokens, reply.cached_tokens, reply.reasoning_tokens) == tokens


# Ranking


def ranking(server, *texts):
    target = Target("siliconflow", f"{server.url}/rerank", "rank", KEY)
    return Request(target, RERANK, texts=texts or ("a", "b"), query="q")


def test_a_ranking_is_asked_for_as_the_services_want_it(server):
    ask(ranking(server, "a", "b", "a"))
    (received,) = server.requests
    assert received.path == "/v1/rerank"
    assert received.body == {"model": "rank", "query": "q", "documents": ["a", "b", "a"], "top_n": 3}


@pytest.mark.parametrize(
    ("counted", "tokens"),
    [
        ({"meta": {"tokens": {"input_tokens": 5}}}, 5),
        ({"usage": {"prompt_tokens": 6, "total_tokens": 7}}, 6),
        ({"usage": {"total_tokens": 7}}, 7),
        ({"usage": None, "meta": []}, None),
    ],
)
def test_the_tokens_of_a_ranking_are_counted_in_many_places(server, counted, tokens):
    answer = {"results": [at_place(1, 0.5), at_place(0, -1)], **counted}
    reply = answered(server, answer, ranking(server))
    assert reply == Reply(scores=(-1.0, 0.5), input_tokens=tokens)


def at_place(index, score):
    return {"index": index, "relevance_score": score}


@pytest.mark.parametrize(
    ("results", "message"),
    [
        (None, "gave an answer that has no score"),
        ([], "gave an answer that has no score"),
        ([at_place(0, 1)], "gave one score for 2 texts"),
        ([at_place(0, 1), at_place(0, 1)], "gave two scores of index 0"),
        ([at_place(0, 1), at_place(2, 1)], "gave a score of index 2 for 2 texts"),
        ([at_place(0, 1), at_place(1, None)], "gave a score that is not a number"),
        ([at_place(0, 1), at_place(1, True)], "gave a score that is not a number"),
        ([at_place(0, 1), at_place(1, float("nan"))], "gave a score that is not a number"),
        (["a", "b"], "gave a score that is not a number"),
    ],
)
def test_every_text_has_one_score(server, results, message):
    assert refused(server, {"results": results}, ranking(server)).message == f"siliconflow rank {message}"


# Images


def test_images_stand_before_the_text(server):
    message = Message("user", "What?", ("https://host/cat.png", "data:image/png;base64,iVBO"))
    request = replace(chat(server), messages=(Message("system", "Be short."), message))
    images = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    assert OpenAICompat(1).body(request)["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [*images, {"type": "text", "text": "What?"}]},
    ]


# Streams


def streamed(server, *events, end="data: [DONE]\n\n"):
    """What comes of a stream of events: a reply, or an error."""
    server.faults.append(Fault(200, "".join(f"data: {json.dumps(event)}\n\n" for event in events) + end))
    return ask_in_turn(chat(server, options={"extra-body": '{"stream": true}'}))[0]


def piece(content=None, reason=None, index=0, **more):
    return {"choices": [{"index": index, "delta": {"content": content, **more}, "finish_reason": reason}]}


def test_a_stream_asks_for_its_usage(server):
    for body in ('{"stream": true}', '{"stream": true, "stream_options": {"include_usage": false}}'):
        ask(chat(server, options={"extra-body": body}))
    assert [sent["stream_options"] for sent in server.bodies] == [
        {"include_usage": True},
        {"include_usage": False},
    ]


def test_pieces_are_joined_without_thoughts(server):
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    pieces = piece(None, role="assistant", reasoning_content="well"), piece("a"), piece("b", "stop")
    assert streamed(server, *pieces, usage) == Reply(("ab",), (), 3, 4)


def test_choices_of_a_stream_stand_in_their_order(server):
    pieces = piece("x", index=1), piece("a"), piece("b", "stop"), piece("y", "stop", 1)
    assert streamed(server, *pieces).texts == ("ab", "xy")


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ([piece("a", "stop")], ""),
        ([piece("a")], "data: [DONE]"),
        ([piece("a")], "data:[DONE]\n"),
        ([piece("a")], ": waiting\n\nevent: end\nid: 7\nretry: 10\ndata:   [DONE]\n\n"),
        ([piece("a"), piece("", "stop"), piece(None, "")], ""),
    ],
)
def test_a_stream_ends_in_either_way(server, events, end):
    assert streamed(server, *events, end=end) == Reply(("a",))


@pytest.mark.parametrize("reason", [None, "", "null"])
def test_a_stream_that_does_not_end_was_cut(server, reason):
    error = streamed(server, piece("data: [DONE]"), piece("a", reason), end="")
    assert (error.message, error.transient) == ("bailian qwen broke off in the middle of its answer", True)


@pytest.mark.parametrize(
    ("events", "message", "transient"),
    [
        ([], " gave an answer that has no choices", False),
        ([{"choices": ["a"]}], " gave an answer with a choice that has no message", False),
        ([piece(5)], " gave an answer whose content is not text", False),
        ([piece(None, "content_filter")], ": the content filter of the service took the answer away", False),
        (
            [piece(None, refusal="I "), piece(None, "stop", refusal="cannot.")],
            ": the model refused: I cannot.",
            False,
        ),
        ([piece("", "length")], ": the model used up max_tokens before it answered", False),
        ([piece("a"), {"error": {"message": "boom", "code": 500}}], ": boom", True),
        ([piece("a"), {"error": {"message": "boom", "code": "bad_request"}}], ": boom", False),
    ],
)
def test_a_stream_may_be_an_error(server, events, message, transient):
    error = streamed(server, *events)
    assert (error.message, error.transient) == (f"bailian qwen{message}", transient)


def test_a_service_without_streams_answers_in_one_piece(server):
    request = chat(server, options={"extra-body": '{"stream": true}'})
    assert answered(server, f"\n {json.dumps(choice('yes'))}", request).texts == ("yes",)


# How a model wants to be asked


def of_model(server, model, provider="bailian", **more):
    request = chat(server, **more)
    return replace(request, target=replace(request.target, model=model, provider=provider))


@pytest.mark.parametrize(
    ("provider", "model", "member"),
    [
        ("openai", "gpt-5", "max_completion_tokens"),
        ("openai", "gpt-5-mini", "max_completion_tokens"),
        ("openai", "GPT-5.1", "max_completion_tokens"),
        ("openai", "o3-mini", "max_completion_tokens"),
        ("openai", "gpt-4o", "max_tokens"),
        ("openai", "gpt-50x", "max_tokens"),
        ("openai", "omni", "max_tokens"),
        ("openai-compat", "gpt-5", "max_tokens"),
    ],
)
def test_models_that_think_have_another_name_for_max_tokens(server, provider, model, member):
    request = of_model(server, model, provider, options={"max-tokens": "9"})
    ask(request)
    assert {name for name in server.bodies[0] if name.startswith("max_")} == {member}
    assert OpenAICompat(1).body(request) == server.bodies[0]


@pytest.mark.parametrize(
    ("model", "streams"),
    [
        ("qwq-32b", True),
        ("qvq-max", True),
        ("qwen2.5-omni-7b", True),
        ("qwen-plus", False),
        ("my-qwq-1", False),
    ],
)
def test_models_that_only_stream_are_asked_for_streams(server, model, streams):
    assert ask(of_model(server, model))[0].texts == ("echo: hi",)
    assert server.bodies[0].get("stream", False) is streams


MAX_TOKENS = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
NO_STREAM = "parameter.enable_thinking must be set to false for non-streaming calls"


def in_turn(*requests):
    """What one adapter says to each request after the other: texts, and errors."""
    return [said.texts if isinstance(said, Reply) else said for said in ask_in_turn(*requests)]


def fault(message, status=400):
    return Fault(status, {"error": {"message": message, "type": "invalid_request_error"}})


@pytest.mark.parametrize("status", [400, 422])
def test_a_lesson_is_kept_for_the_model_at_its_host(server, status):
    server.faults.append(fault(MAX_TOKENS, status))
    told = of_model(server, "m1", options={"max-tokens": "9"})
    other = of_model(server, "m2", options={"max-tokens": "9"})
    error, *texts = in_turn(told, told, other, told)
    assert (error.taught, error.transient, texts) == (True, False, [("echo: hi",)] * 3)
    names = [name for sent in server.bodies for name in sent if name.startswith("max_")]
    assert names == ["max_tokens", "max_completion_tokens", "max_tokens", "max_completion_tokens"]


def test_lessons_add_up(server):
    server.faults += [fault(MAX_TOKENS), fault(NO_STREAM)]
    request = chat(server, options={"max-tokens": "9"})
    *errors, texts = in_turn(*[request] * 3)
    assert ([error.taught for error in errors], texts) == ([True, True], ("echo: hi",))
    assert server.bodies[-1] == {
        "model": "qwen",
        "messages": server.bodies[0]["messages"],
        "max_completion_tokens": 9,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (MAX_TOKENS, 500),
        (NO_STREAM, 404),
        ("temperature is not supported with this model", 400),
        ("the schema of your table is odd", 400),
    ],
)
def test_other_refusals_teach_nothing(server, message, status):
    server.faults.append(fault(message, status))
    request = chat(server, options={"max-tokens": "9"})
    error, texts = in_turn(request, request)
    assert (error.taught, texts) == (False, ("echo: hi",))
    assert server.bodies[0] == server.bodies[1]


def test_what_is_asked_that_way_already_teaches_nothing(server):
    server.faults += [fault(NO_STREAM), fault("max_completion_tokens must be positive")]
    streams = chat(server, options={"extra-body": '{"stream": true}'})
    assert [error.taught for error in in_turn(streams, chat(server))] == [False, False]


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}


def test_structured_output_is_asked_for_step_by_step(server):
    server.faults += [
        fault("Invalid parameter: 'response_format' of type 'json_schema' is not supported"),
        fault("response_format is not supported by this model"),
    ]
    server.answer = lambda body: '```json\n{"a": "```"}\n```\n'
    request = chat(server, options={"extra-body": json.dumps({"response_format": FORM})})
    *errors, texts = in_turn(*[request] * 3)
    assert ([error.taught for error in errors], texts) == ([True, True], ('{"a": "```"}',))
    told = (
        f"Answer with one JSON object of this JSON schema, without any text around it: {json.dumps(SCHEMA)}"
    )
    assert [sent.get("response_format") for sent in server.bodies] == [FORM, {"type": "json_object"}, None]
    assert [sent["messages"][0]["content"] for sent in server.bodies] == [
        "Be short.",
        f"Be short.\n\n{told}",
        f"Be short.\n\n{told}",
    ]


def test_a_json_object_is_asked_for_in_words_too(server):
    said = "'messages' must contain the word 'json' to use 'response_format' of type 'json_object'."
    server.faults.append(fault(said))
    request = chat(server, options={"response-format": "json_object"})
    request = replace(request, messages=request.messages[1:])
    server.answer = lambda body: "{}"
    error, texts = in_turn(request, request)
    assert (error.taught, texts) == (True, ("{}",))
    assert server.bodies[1]["messages"] == [
        {"role": "system", "content": "Answer with JSON only, without any text around it."},
        {"role": "user", "content": "hi"},
    ]
    assert server.bodies[1]["response_format"] == {"type": "json_object"}


def test_who_asks_for_text_is_told_of_no_form(server):
    server.faults.append(fault("response_format is not supported"))
    server.answer = lambda body: "```\n{}\n```"
    json_wanted = chat(server, options={"response-format": "json_object"})
    text_wanted = chat(server, options={"response-format": "text"})
    error, *texts = in_turn(json_wanted, json_wanted, text_wanted, chat(server))
    assert (error.taught, texts) == (True, [("{}",), ("```\n{}\n```",), ("```\n{}\n```",)])
    assert [sent["messages"][0]["content"] for sent in server.bodies[2:]] == ["Be short."] * 2


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (BROKEN, "HTTP 500 Internal Server Error: The server had an error."),
        (RATE_LIMITED, "HTTP 429 Too Many Requests: Rate limit reached."),
        (Fault(400, {"error": "no such model"}), "HTTP 400 Bad Request: no such model"),
        (Fault(400, {"code": "Bad", "message": "m", "request_id": "1"}), "HTTP 400 Bad Request: m"),
        (Fault(404, {"detail": "Not here"}), "HTTP 404 Not Found: Not here"),
        (
            Fault(422, {"detail": [{"loc": ["body"], "msg": "field required", "type": "x"}, {"msg": "b"}]}),
            "HTTP 422 Unprocessable Entity: field required; b",
        ),
        (Fault(400, {"object": "error", "message": "old", "code": 40303}), "HTTP 400 Bad Request: old"),
        (Fault(400, {"error": {"code": 400, "message": None, "type": "bad"}}), "HTTP 400 Bad Request: bad"),
        (Fault(400, {"error": {"code": "too_long", "message": None}}), "HTTP 400 Bad Request: too_long"),
        (Fault(400, {"error": True, "message": "flag"}), "HTTP 400 Bad Request: flag"),
        (Fault(502, "<html><body>nginx</body></html>"), "HTTP 502 Bad Gateway"),
        (Fault(503, "busy\n\x1b[31mnow"), "HTTP 503 Service Unavailable: busy [31mnow"),
        (Fault(500, ""), "HTTP 500 Internal Server Error"),
        (
            Fault(529, {"type": "error", "error": {"type": "o", "message": "Overloaded"}}),
            "HTTP 529: Overloaded",
        ),
        (Fault(400, {"error": f"key {KEY} is odd"}), "HTTP 400 Bad Request: key ****** is odd"),
        (Fault(400, {"error": "x" * 999}), f"HTTP 400 Bad Request: {'x' * 300}..."),
        (
            Fault(302, "", {"Location": "http://127.0.0.1:1/steal"}),
            "HTTP 302 Found: redirects are not followed",
        ),
    ],
)
def test_a_refusal_says_what_the_provider_says(server, fault, message):
    server.faults.append(fault)
    error = failure(chat(server))
    assert type(error) is ProviderError
    assert (error.message, error.status, error.attempts) == (f"bailian qwen: {message}", fault.status, 1)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (UNAUTHORIZED, "authentication failed (401): Incorrect API key provided."),
        (Fault(403, {"error": {"message": f"{KEY}?"}}), "authentication failed (403): ******?"),
        (Fault(401, "<html>"), "authentication failed (401)"),
    ],
)
def test_a_key_may_not_be_accepted(server, fault, message):
    server.faults.append(fault)
    error = failure(chat(server))
    assert type(error) is AuthenticationError
    assert (error.message, error.status) == (f"bailian qwen: {message}", fault.status)


def test_secrets_in_headers_are_masked_too(server):
    server.faults.append(Fault(400, {"error": "who is token-12345? and bearer token-12345?"}))
    error = failure(chat(server, headers=[("Authorization", "Bearer token-12345"), ("X-Version", "2")]))
    assert error.message == "bailian qwen: HTTP 400 Bad Request: who is ******? and bearer ******?"


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(Request(Target("ollama", f"http://127.0.0.1:{port}/v1?key={KEY}", "m", KEY), CHAT))
    assert type(error) is ConnectError
    assert error.message == f"ollama m: cannot reach 127.0.0.1:{port}: Connection refused"
    assert error.hint == "check the endpoint, that the service is running, and the proxy settings"


def test_a_host_without_an_address():
    error = failure(Request(Target("ollama", "http://nowhere.invalid/v1", "m", KEY), CHAT))
    assert type(error) is ConnectError
    assert error.message.startswith("ollama m: cannot reach nowhere.invalid: ")


def test_a_server_without_encryption(server):
    url = server.url.replace("http:", "https:")
    error = failure(Request(Target("ollama", f"{url}/chat/completions", "m", KEY), CHAT))
    assert type(error) is ConnectError
    assert error.message.startswith(f"ollama m: cannot reach 127.0.0.1:{server.port}: ")


def test_the_answer_is_packed_wrongly(server):
    error = refused(server, "no gzip", headers={"Content-Encoding": "gzip"})
    assert error.message == f"bailian qwen: 127.0.0.1:{server.port} sent something that is not an HTTP answer"


def test_the_answer_is_not_http(server):
    error = refused(server, "", headers={"Content-Length": "many"})
    assert error.message == f"bailian qwen: 127.0.0.1:{server.port} sent something that is not an HTTP answer"


def test_latency_counts(server):
    server.latency = 5
    assert type(failure(chat(server, timeout=0.05))) is ProviderTimeout


def test_an_error_leaves_the_adapter_usable(server):
    server.faults += [Fault(close=True), Fault(hang=True), BROKEN]

    async def run():
        provider = OpenAICompat(2)
        for kind, timeout in ((ConnectError, 60), (ProviderTimeout, 0.2), (ProviderError, 60)):
            with pytest.raises(kind):
                await provider.send(chat(server, timeout=timeout))
        replies = [await provider.send(chat(server))]
        await provider.close()
        replies.append(await provider.send(chat(server)))
        await provider.close()
        await provider.close()
        return [reply.texts for reply in replies]

    assert asyncio.run(run()) == [("echo: hi",)] * 2


@pytest.mark.parametrize("concurrency", [64, 128])
def test_as_many_requests_are_in_flight_as_allowed(server, concurrency):
    server.gate.gather(concurrency)
    requests = [chat(server, str(number)) for number in range(concurrency)]
    replies = ask(*requests, concurrency=concurrency)
    assert [reply.texts for reply in replies] == [(f"echo: {number}",) for number in range(concurrency)]
    assert server.max_in_flight == concurrency


def test_no_more_requests_are_in_flight_than_allowed(server):
    server.gate.gather(8)
    ask(*(chat(server, str(number)) for number in range(24)), concurrency=8)
    assert server.max_in_flight == 8


def test_proxies_are_not_asked_for_this_machine(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert ask(chat(server))[0].texts == ("echo: hi",)


def test_a_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    request = Request(Target("openai", "http://models.invalid/v1/chat/completions", "m"), CHAT)
    ask(request)
    assert server.requests[0].path == "http://models.invalid/v1/chat/completions"
