"""The same questions to every adapter, through the real server."""

import asyncio
import json
from dataclasses import replace

import pytest
from length import long
from provider_calls import KEY, ask, ask_in_turn, body, chat, embedding, failure, rerank, target
from server import LOOPBACK, Fault, ModelServer, loopback_tls
from server_interfaces import said_in, score, vector

from aisql.errors import AuthenticationError, ConnectError, OptionError, ProviderError, ProviderTimeout
from aisql.providers.base import EMBEDDINGS, RERANK, Reply, Target, Trust
from aisql.providers.builtin_vectors import embed, similarity
from aisql.providers.options import EVERY_INTERFACE, OPTIONS
from aisql.providers.registry import INTERFACES, adapter

OPENAI, ANTHROPIC, OLLAMA, DASHSCOPE = "openai-compat", "anthropic", "ollama", "aliyun-dashscope"
REMOTE = (OPENAI, ANTHROPIC, OLLAMA, DASHSCOPE)
EMBEDDERS = (OPENAI, OLLAMA, DASHSCOPE)
RERANKERS = (OPENAI, DASHSCOPE)
STREAM = '{"stream": true}'

remote = pytest.mark.parametrize("interface", REMOTE)
embedders = pytest.mark.parametrize("interface", EMBEDDERS)
rerankers = pytest.mark.parametrize("interface", RERANKERS)


def builtin(request):
    """The same request, of the adapter that works offline."""
    return replace(request, target=Target("builtin", "", "demo", interface="builtin"))


def counted(reply):
    """The reply without the tokens that only some services tell apart."""
    return replace(reply, cached_tokens=None, reasoning_tokens=None)


def test_the_interfaces_are_those_asked_here():
    assert {*INTERFACES} == {*EVERY_INTERFACE} == {*REMOTE, "builtin"}
    assert {name: adapter(name, 1).name for name in INTERFACES} == {name: name for name in INTERFACES}


# What is asked and answered


@remote
def test_a_chat_is_answered_and_counted(server, interface):
    (reply,) = ask(chat(server, interface, "héllo 你好", system="Be short."))
    assert counted(reply) == Reply(("echo: héllo 你好",), input_tokens=4, output_tokens=3)


def test_a_chat_is_answered_offline(server):
    (reply,) = ask(builtin(chat(server, OPENAI, "hello", system="Be short.")))
    assert (reply.input_tokens, reply.output_tokens) == (3, len(reply.texts[0].split()))
    assert reply.texts[0].startswith("Hello!")


@remote
@pytest.mark.parametrize("extra", ["{}", STREAM])
def test_messages_arrive_in_their_roles(server, interface, extra):
    server.answer = lambda body: json.dumps(
        [[each["role"], said_in(each["content"])] for each in body["messages"]]
    )
    (reply,) = ask(chat(server, interface, "hi", system="Be short.", extra=extra))
    assert json.loads(reply.texts[0]) == [["system", "Be short."], ["user", "hi"]]


@remote
def test_a_chat_needs_no_system_message(server, interface):
    server.answer = lambda body: json.dumps([each["role"] for each in body["messages"]])
    assert ask(chat(server, interface))[0].texts == ('["user"]',)


@remote
def test_an_image_is_shown_before_the_text(server, interface):
    picture = "data:image/png;base64,iVBORw0KGgo="
    shown = picture.rpartition(",")[2] if interface == OLLAMA else picture
    (reply,) = ask(chat(server, interface, "What is it?", system="Be short.", images=(picture,)))
    assert reply.texts == (f"echo: {shown} What is it?",)


@remote
def test_an_image_needs_no_text(server, interface):
    (reply,) = ask(chat(server, interface, "", images=("data:image/png;base64,iVBORw0KGgo=",)))
    assert reply.texts[0].rstrip().endswith("iVBORw0KGgo=")


@embedders
def test_texts_are_embedded_in_their_order(server, interface):
    texts = ("a b", "", "héllo", "a b")
    (reply,) = ask(embedding(server, interface, *texts))
    assert reply == Reply((), tuple(tuple(vector(text)) for text in texts), input_tokens=5)
    assert len(server.requests) == 1


@embedders
def test_vectors_have_the_dimension_asked_for(server, interface):
    (reply,) = ask(embedding(server, interface, "a", "b", options={"dimension": "3"}))
    assert reply.vectors == (tuple(vector("a", 3)), tuple(vector("b", 3)))


def test_texts_are_embedded_offline(server):
    request = builtin(embedding(server, OPENAI, "a b", "c", options={"dimension": "4"}))
    assert ask(request) == [Reply((), (embed("a b", 4), embed("c", 4)), 3, 0)]


@rerankers
def test_every_text_has_a_score_in_their_order(server, interface):
    texts = ("apple", "banana", "a fruit", "apple")
    (reply,) = ask(rerank(server, interface, "Apple", *texts))
    assert counted(reply) == Reply(scores=tuple(score("Apple", text) for text in texts), input_tokens=6)


def test_scores_are_cosines_offline(server):
    (reply,) = ask(builtin(rerank(server, OPENAI, "good phone", "a good phone", "rain")))
    scores = similarity("good phone", "a good phone"), similarity("good phone", "rain")
    assert reply == Reply(scores=scores, input_tokens=6, output_tokens=0)
    assert scores[0] > 0.9 > 0.1 > scores[1]


@remote
def test_a_stream_is_the_same_answer(server, interface):
    server.answer = lambda body: "one two\u2028three\n\ndata: [DONE] 你好\x85!"
    requests = [chat(server, interface, system="Be short.", extra=extra) for extra in ("{}", STREAM)]
    whole, joined = ask(*requests)
    assert whole == joined
    assert whole.texts == ("one two\u2028three\n\ndata: [DONE] 你好\x85!",)


@remote
def test_a_stream_may_be_declined(server, interface):
    (reply,) = ask(chat(server, interface, extra='{"stream": false}'))
    assert reply.texts == ("echo: hi",)


# What is sent


def every_kind_of_request(server, interface):
    requests = [
        chat(server, interface, "héllo", system="Be short."),
        chat(server, interface, extra=STREAM),
        chat(
            server, interface, options={"temperature": "0.5", "stop": "a,b", "response-format": "json_object"}
        ),
        chat(server, interface, images=("data:image/png;base64,iVBORw0KGgo=",), context=100),
    ]
    if interface in EMBEDDERS:
        requests += [embedding(server, interface, "a"), embedding(server, interface, "a", "b", context=100)]
    if interface in RERANKERS:
        requests.append(rerank(server, interface, "q", "a", "b"))
    return requests


@remote
def test_the_body_told_is_the_body_sent(server, interface):
    server.answer = lambda body: '{"said": "hi"}'
    for request in every_kind_of_request(server, interface):
        ask(request)
        assert body(request) == server.bodies[-1]


@remote
def test_the_body_of_a_request_is_always_the_same(server, interface):
    for request in every_kind_of_request(server, interface):
        assert json.dumps(body(request)) == json.dumps(body(request))


@remote
def test_the_key_is_where_the_interface_wants_it(server, interface):
    server.key = KEY
    assert ask(chat(server, interface))[0].texts == ("echo: hi",)
    right = chat(server, interface)
    for key in ("sk-wrong", None):
        error = failure(replace(right, target=target(server, interface, key=key)))
        assert (type(error), error.transient) == (AuthenticationError, False)


@remote
def test_no_key_sends_no_header_for_one(server, interface):
    ask(*(chat(server, interface, target=target(server, interface, key=key)) for key in (None, "", "\n")))
    headers = [request.headers.keys() & {"authorization", "x-api-key"} for request in server.requests]
    assert headers == [set()] * 3


@remote
def test_headers_of_the_target_replace_the_usual_ones(server, interface):
    more = (("Authorization", "bare"), ("X-API-Key", "mine"), ("X-Team", "a"), ("X-Team", "b"))
    ask(chat(server, interface, target=target(server, interface, headers=more)))
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["x-api-key"], headers["x-team"]) == ("bare", "mine", "a, b")


@remote
def test_half_a_character_does_not_stop_a_request(server, interface):
    assert ask(chat(server, interface, "a\ud800b"))[0].texts == ("echo: a?b",)


REFUSED = "refused"

# What an option of WITH changes in the body of a chat, by the interface: members by their path, or REFUSED
# where there is no place for it. Options that are not here are not sent.
CHANGES = {
    "temperature": {
        "0.5": {
            OPENAI: {"temperature": 0.5},
            ANTHROPIC: {"temperature": 0.5},
            OLLAMA: {"options.temperature": 0.5},
            DASHSCOPE: {"parameters.temperature": 0.5},
        }
    },
    "top-p": {
        "0.9": {
            OPENAI: {"top_p": 0.9},
            ANTHROPIC: {"top_p": 0.9},
            OLLAMA: {"options.top_p": 0.9},
            DASHSCOPE: {"parameters.top_p": 0.9},
        }
    },
    "stop": {
        "a,b": {
            OPENAI: {"stop": ["a", "b"]},
            ANTHROPIC: {"stop_sequences": ["a", "b"]},
            OLLAMA: {"options.stop": ["a", "b"]},
            DASHSCOPE: {"parameters.stop": ["a", "b"]},
        },
        "": {OPENAI: {}, ANTHROPIC: {}, OLLAMA: {}, DASHSCOPE: {}},
    },
    "max-tokens": {
        "7": {
            OPENAI: {"max_tokens": 7},
            ANTHROPIC: {"max_tokens": 7},
            OLLAMA: {"options.num_predict": 7},
            DASHSCOPE: {"parameters.max_tokens": 7},
        }
    },
    "presence-penalty": {
        "0.5": {
            OPENAI: {"presence_penalty": 0.5},
            ANTHROPIC: REFUSED,
            OLLAMA: {"options.presence_penalty": 0.5},
            DASHSCOPE: {"parameters.presence_penalty": 0.5},
        }
    },
    "n": {
        "2": {OPENAI: {"n": 2}, ANTHROPIC: REFUSED, OLLAMA: REFUSED, DASHSCOPE: {"parameters.n": 2}},
        "1": {OPENAI: {"n": 1}, ANTHROPIC: {}, OLLAMA: {}, DASHSCOPE: {"parameters.n": 1}},
    },
    "seed": {
        "7": {
            OPENAI: {"seed": 7},
            ANTHROPIC: REFUSED,
            OLLAMA: {"options.seed": 7},
            DASHSCOPE: {"parameters.seed": 7},
        }
    },
    "response-format": {
        "text": {
            OPENAI: {"response_format.type": "text"},
            ANTHROPIC: {},
            OLLAMA: {},
            DASHSCOPE: {"parameters.response_format.type": "text"},
        },
        "json_object": {
            OPENAI: {"response_format.type": "json_object"},
            ANTHROPIC: {"system": "Answer with JSON only, without any text around it."},
            OLLAMA: {"format": "json"},
            DASHSCOPE: {"parameters.response_format.type": "json_object"},
        },
    },
    "max-context-size": {
        "4096": {OPENAI: {}, ANTHROPIC: {}, OLLAMA: {"options.num_ctx": 4096}, DASHSCOPE: {}},
    },
    "extra-body": {
        '{"top_k": 5}': {
            OPENAI: {"top_k": 5},
            ANTHROPIC: {"top_k": 5},
            OLLAMA: {"options.top_k": 5},
            DASHSCOPE: {"parameters.top_k": 5},
        },
        '{"unheard_of": {"a": 1}}': {
            OPENAI: {"unheard_of.a": 1},
            ANTHROPIC: {"unheard_of.a": 1},
            OLLAMA: {"unheard_of.a": 1},
            DASHSCOPE: {"parameters.unheard_of.a": 1},
        },
        '{"enable_thinking": true}': {
            OPENAI: {"enable_thinking": True},
            ANTHROPIC: {"thinking.type": "adaptive"},
            OLLAMA: {"think": True},
            DASHSCOPE: {"parameters.enable_thinking": True},
        },
        '{"enable_thinking": false}': {
            OPENAI: {"enable_thinking": False},
            ANTHROPIC: {},
            OLLAMA: {"think": False},
            DASHSCOPE: {"parameters.enable_thinking": False},
        },
        '{"stream": true}': {
            OPENAI: {"stream": True, "stream_options.include_usage": True},
            ANTHROPIC: {"stream": True},
            OLLAMA: {"stream": True},
            DASHSCOPE: {"parameters.incremental_output": True},
        },
    },
}

DIMENSION = {
    OPENAI: {"dimensions": 512},
    OLLAMA: {"dimensions": 512},
    DASHSCOPE: {"parameters.dimension": 512},
}


def paths(value, before=""):
    """The values in nested objects by their path."""
    if not isinstance(value, dict):
        return {before.removesuffix("."): value}
    return {path: each for name in value for path, each in paths(value[name], f"{before}{name}.").items()}


def changes(plain, other):
    before, after = paths(body(plain)), paths(body(other))
    assert before.keys() <= after.keys()
    return {path: value for path, value in after.items() if (path, value) not in before.items()}


def with_option(server, interface, key, value):
    if key == "max-context-size":
        return chat(server, interface, context=int(value))
    return chat(server, interface, options={key: value})


def test_every_option_that_is_sent_has_its_changes():
    sent = {option.key for option in OPTIONS if option.member}
    assert sent | {"max-context-size", "extra-body"} == {*CHANGES, "dimension"}


@remote
@pytest.mark.parametrize("key", CHANGES)
def test_an_option_changes_the_body_as_the_interface_has_it(server, interface, key):
    for value, expected in CHANGES[key].items():
        request = with_option(server, interface, key, value)
        if expected[interface] is REFUSED:
            with pytest.raises(OptionError) as raised:
                ask(request)
            assert raised.value.message == f"the interface '{interface}' has no place for the option '{key}'"
        else:
            assert changes(chat(server, interface), request) == expected[interface]
    assert server.requests == []


@embedders
def test_the_dimension_changes_the_body_as_the_interface_has_it(server, interface):
    plain, other = (embedding(server, interface, "a", options=each) for each in ({}, {"dimension": "512"}))
    assert changes(plain, other) == DIMENSION[interface]


def test_the_options_tell_which_interface_has_a_place_for_them():
    has_place = {
        key: {name for each in values.values() for name in REMOTE if each[name] is not REFUSED}
        - {name for each in values.values() for name in REMOTE if each[name] is REFUSED}
        for key, values in CHANGES.items()
    }
    told = {option.key: {*option.interfaces} & {*REMOTE} for option in OPTIONS}
    assert has_place == {key: told[key] for key in CHANGES}
    assert told["dimension"] == DIMENSION.keys()


# What an interface cannot do


@pytest.mark.parametrize(
    ("interface", "task"), [(ANTHROPIC, EMBEDDINGS), (ANTHROPIC, RERANK), (OLLAMA, RERANK)]
)
def test_a_task_an_interface_does_not_have_is_refused_unsent(server, interface, task):
    request = replace(embedding(server, OPENAI, "a"), target=target(server, interface), task=task)
    for refused in (lambda: body(request), lambda: ask(request)):
        with pytest.raises(OptionError) as raised:
            refused()
        assert raised.value.message == f"the interface '{interface}' has no {task}"
    assert server.requests == []


@remote
@pytest.mark.parametrize("wanted", ['"yes"', "1", "0", "[]"])
def test_there_is_no_half_a_stream(server, interface, wanted):
    request = chat(server, interface, extra=f'{{"stream": {wanted}}}')
    with pytest.raises(OptionError) as raised:
        ask(request)
    assert (raised.value.message, server.requests) == ("'stream' in extra-body must be true or false", [])


@remote
def test_messages_are_those_of_the_call(server, interface):
    with pytest.raises(OptionError) as raised:
        ask(chat(server, interface, extra='{"messages": []}'))
    assert raised.value.message == "'messages' in extra-body would take the place of what is asked"
    assert server.requests == []


@remote
@pytest.mark.parametrize(
    "extra",
    [
        '{"response_format": "json"}',
        '{"stop": {"a": 1}, "max_tokens": "many", "options": 5, "output_config": 5}',
        '{"stream": true, "stream_options": 5, "model": null}',
        '{"input": "x", "texts": 1, "query": [], "parameters": 0}',
    ],
)
def test_odd_parameters_break_nothing(server, interface, extra):
    server.faults.append(Fault(400, {"error": "odd"}))
    assert failure(chat(server, interface, extra=extra)).said == "odd"


# What goes wrong

TRANSIENT = (408, 409, 425, 429, 500, 502, 503, 504, 520, 524, 529)
PERMANENT = (400, 402, 404, 405, 413, 415, 422, 501, 505)


@remote
def test_statuses_tell_what_may_pass(server, interface):
    server.faults += [Fault(status, {"error": {"message": "no"}}) for status in TRANSIENT + PERMANENT]
    errors = ask_in_turn(*(chat(server, interface) for _ in TRANSIENT + PERMANENT))
    found = {error.status: error.transient for error in errors}
    assert found == dict.fromkeys(TRANSIENT, True) | dict.fromkeys(PERMANENT, False)
    assert {(error.said, error.provider, error.model, error.taught) for error in errors} == {
        ("no", interface, "m", False)
    }


@remote
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_may_not_be_accepted(server, interface, status):
    server.faults.append(Fault(status, {"error": {"message": f"{KEY}?"}}))
    error = failure(chat(server, interface))
    assert (type(error), error.status, error.transient) == (AuthenticationError, status, False)
    assert error.message == f"{interface} m: authentication failed ({status}): ******?"


@remote
@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_error_shows_the_key(server, interface, status):
    server.faults.append(Fault(status, {"error": {"message": f"what is {KEY}"}}))
    assert failure(chat(server, interface)).message.endswith("what is ******")


@remote
@pytest.mark.parametrize("extra", ["{}", STREAM])
def test_an_error_may_come_under_a_status_of_success(server, interface, extra):
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.faults += [Fault(200, overloaded), Fault(200, {"error": "it broke"})]
    errors = ask_in_turn(*[chat(server, interface, extra=extra)] * 2)
    assert [(error.message, error.transient) for error in errors] == [
        (f"{interface} m: Overloaded", True),
        (f"{interface} m: it broke", False),
    ]


@remote
@pytest.mark.parametrize("extra", ["{}", STREAM])
@pytest.mark.parametrize(
    ("answer", "what", "transient"),
    [
        ("<html>Welcome</html>", "answered with something that is not JSON", False),
        ("[" * 100_000, "answered with something that is not JSON", False),
        ('{"choices": [{"mess', "answered with something that is not JSON", True),
        ("[]", "answered with JSON that is not an object", False),
    ],
)
def test_an_answer_has_to_be_an_object(server, interface, extra, answer, what, transient):
    server.faults.append(Fault(200, answer))
    error = failure(chat(server, interface, extra=extra))
    assert (error.message, error.transient) == (f"{interface} m {what}", transient)
    assert (error.hint is None) == transient


NO_JSON = "answered with something that is not JSON"


@remote
def test_nothing_at_all_is_no_answer(server, interface):
    server.faults += [Fault(200, ""), Fault(200, "")]
    errors = ask_in_turn(chat(server, interface), chat(server, interface, extra=STREAM))
    assert [(error.message, error.transient) for error in errors] == [
        (f"{interface} m answered with something that is not JSON", True),
        # Where every answer is made of lines, nothing is a stream without its end.
        (
            f"{interface} m {'broke off in the middle of its answer' if interface == OLLAMA else NO_JSON}",
            True,
        ),
    ]


# What the last of a stream begins with.
ENDS = {
    OPENAI: '"finish_reason": "stop"',
    ANTHROPIC: '"type": "message_stop"',
    OLLAMA: '"done": true',
    DASHSCOPE: '"finish_reason": "stop"',
}


@remote
def test_a_stream_without_its_end_was_cut(server, interface):
    request = chat(server, interface, "a long answer", extra=STREAM)
    whole = server.respond("POST", _received(request)).body
    lines = whole[: whole.index(ENDS[interface])].splitlines(keepends=True)[:-1]
    assert len(lines) >= 3
    server.faults += [Fault(200, "".join(lines[:kept])) for kept in range(1, len(lines) + 1)]
    errors = ask_in_turn(*[request] * len(lines))
    assert {(error.message, error.transient) for error in errors} == {
        (f"{interface} m broke off in the middle of its answer", True)
    }


def _received(request):
    """The request as the server would have it."""
    with ModelServer() as other:
        ask(replace(request, target=target(other, request.target.interface)))
    return other.requests[0]


@remote
def test_redirects_are_not_followed(server, interface):
    server.faults.append(Fault(302, "", {"Location": f"{server.url}/elsewhere"}))
    error = failure(chat(server, interface))
    assert error.message == f"{interface} m: HTTP 302 Found: redirects are not followed"
    assert len(server.requests) == 1


@remote
def test_the_server_hangs_up(server, interface):
    server.faults.append(Fault(close=True))
    error = failure(chat(server, interface))
    assert (type(error), error.transient) == (ConnectError, True)
    assert error.message == (
        f"{interface} m: cannot reach 127.0.0.1:{server.port}: it closed the connection without an answer"
    )


@remote
@pytest.mark.parametrize("extra", ["{}", STREAM])
def test_the_answer_breaks_off(server, interface, extra):
    server.faults.append(Fault(200, {"a": "long answer"}, truncate=9))
    error = failure(chat(server, interface, extra=extra))
    assert (type(error), error.transient) == (ProviderError, True)
    assert error.message == f"{interface} m: 127.0.0.1:{server.port} broke off in the middle of its answer"


@pytest.mark.parametrize("interface", [OPENAI, *long(ANTHROPIC, OLLAMA, DASHSCOPE)])
def test_the_answer_is_too_large(server, interface):
    server.faults.append(Fault(200, b" " * (64 * 1024 * 1024 + 1)))
    error = failure(chat(server, interface))
    assert error.message == f"{interface} m: 127.0.0.1:{server.port} sent an answer of more than 64 MB"


@remote
@pytest.mark.parametrize("fault", [Fault(hang=True), Fault(200, "{}", {"Content-Length": "9"})])
def test_no_answer_in_time(server, interface, fault):
    server.faults.append(fault)
    error = failure(chat(server, interface, timeout=0.05))
    assert (type(error), error.transient) == (ProviderTimeout, True)
    assert error.message == f"{interface} m: 127.0.0.1:{server.port} did not answer within 0.05 s"
    assert error.hint == "a higher ai.timeout waits longer"


@remote
def test_a_cancelled_call_leaves_the_adapter_usable(server, interface):
    server.faults.append(Fault(hang=True))

    async def run():
        provider = adapter(interface, 1)
        call = asyncio.create_task(provider.send(chat(server, interface)))
        while not server.requests:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        reply = await provider.send(chat(server, interface))
        await provider.close()
        await provider.close()
        return reply.texts

    assert asyncio.run(run()) == ("echo: hi",)


@remote
def test_a_closed_adapter_opens_again(server, interface):
    async def run():
        provider = adapter(interface, 2)
        texts = []
        for _ in range(2):
            texts += (await provider.send(chat(server, interface))).texts
            await provider.close()
        return texts

    assert asyncio.run(run()) == ["echo: hi"] * 2


def test_the_adapter_that_works_offline_has_nothing_to_close():
    asyncio.run(adapter("builtin", 1).close())


# What comes back beside the answer


@remote
def test_what_may_still_be_sent_is_told(server, interface):
    usual = server.respond("POST", _received(chat(server, interface)))
    headers = {"X-RateLimit-Remaining-Requests": "59", "X-RateLimit-Reset-Requests": "1m0s"}
    server.faults.append(replace(usual, headers=headers))
    allowance = ask(chat(server, interface))[0].allowance
    assert (allowance.requests, allowance.requests_reset, allowance.tokens) == (59, 60.0, None)
    assert ask(chat(server, interface))[0].allowance is None


@remote
@pytest.mark.parametrize("usage", [None, {}, "none", {"prompt_tokens": None, "input_tokens": True}])
def test_tokens_may_stay_uncounted(server, interface, usage):
    answer = {
        "choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}],
        "content": [{"type": "text", "text": "yes"}],
        "message": {"content": "yes"},
        "output": {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]},
        "usage": usage,
    }
    server.faults.append(Fault(200, answer))
    assert ask(chat(server, interface)) == [Reply(("yes",))]


@remote
def test_half_a_character_in_an_answer_is_replaced(server, interface):
    server.answer = lambda body: "a\ud83d"
    usual = server.respond("POST", _received(chat(server, interface)))
    server.faults.append(replace(usual, body=json.dumps(usual.body)))
    assert ask(chat(server, interface))[0].texts == ("a\ufffd",)


@remote
@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("<think>\nwell\n</think>\n\nyes", "yes"),
        ("yes <think>no</think>", "yes <think>no</think>"),
        ("<think>for ever", ""),
    ],
)
def test_thoughts_in_front_of_an_answer_are_left_out(server, interface, answer, shown):
    if interface == ANTHROPIC:
        shown = answer  # it has a place for them
    server.answer = lambda body: answer
    replies = ask(*(chat(server, interface, extra=extra) for extra in ("{}", STREAM)))
    assert [reply.texts for reply in replies] == [(shown,)] * 2


# Encryption


@remote
def test_a_certificate_has_to_be_trusted(interface):
    with ModelServer(loopback_tls()) as server:
        trusted = target(server, interface, trust=Trust(ca_file=str(LOOPBACK)))
        careless = target(server, interface, trust=Trust(insecure=True))
        assert [
            each.texts
            for each in ask(*(chat(server, interface, target=each) for each in (trusted, careless)))
        ]
        error = failure(chat(server, interface))
        requests = len(server.requests)
    assert (type(error), error.transient, requests) == (ConnectError, False, 2)
    assert error.message.startswith(
        f"{interface} m: cannot reach 127.0.0.1:{server.port}: its certificate is not accepted ("
    )


def test_a_file_of_certificates_has_to_be_one(server, tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for file, reason in (
        (empty, "it holds no certificates"),
        (tmp_path / "none", "No such file or directory"),
    ):
        request = chat(server, OPENAI, target=target(server, OPENAI, trust=Trust(ca_file=str(file))))
        with pytest.raises(OptionError) as raised:
            ask(request)
        assert raised.value.message == f"Option 'ca-file': cannot read '{file}': {reason}"
    assert server.requests == []


# Which models there are


def listed(target, timeout=5.0):
    """The models an adapter tells of."""

    async def run():
        provider = adapter(target.interface, 1)
        try:
            return await provider.models(target, timeout)
        finally:
            await provider.close()

    return asyncio.run(run())


LISTS = {OPENAI: "/v1/models", ANTHROPIC: "/v1/models?limit=1000", OLLAMA: "/api/tags"}


@pytest.mark.parametrize("interface", LISTS)
def test_a_service_tells_its_models_to_who_has_the_key(server, interface):
    server.key = KEY
    assert listed(replace(target(server, interface), model="")) == server.models
    assert [request.path for request in server.requests] == [LISTS[interface]]


def test_what_has_no_list_says_so(server):
    with pytest.raises(ProviderError, match="gives no list of its models"):
        listed(target(server, DASHSCOPE))
    assert listed(Target("builtin", "", "", interface="builtin")) == ("demo",)
    assert server.requests == []


@pytest.mark.parametrize("interface", LISTS)
@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (Fault(200, "<p>"), ProviderError, "answered with something that is not JSON"),
        (Fault(200, []), ProviderError, "answered with JSON that is not an object"),
        (Fault(200, {"x": 1}), ProviderError, "answered with something that is not a list of models"),
        (Fault(401, {"error": {"message": "no"}}), AuthenticationError, "authentication failed (401): no"),
        (Fault(hang=True), ProviderTimeout, "did not answer within 0.2 s"),
    ],
)
def test_what_is_no_list_is_an_error_without_a_model_in_it(server, interface, fault, kind, message):
    server.fault_for = lambda body: fault
    where = replace(target(server, interface), model="")
    with pytest.raises(kind) as raised:
        listed(where, timeout=0.2 if fault.hang else 60)
    assert raised.value.message.endswith(message)
    assert raised.value.message.startswith((f"{where.provider}: ", f"{where.provider} answered"))


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (None, ()),
        ([], ()),
        ([{"id": "a"}, {"name": "b"}, "c", None, {"id": 7}, {"id": "a"}], ("a",)),
        ([{"id": f"echo {KEY}"}, {"id": "b"}], ("b",)),
        ([{"id": f"m{number}"} for number in range(3_000)], tuple(f"m{number}" for number in range(1_000))),
    ],
)
def test_only_names_that_can_be_used_are_told(server, data, names):
    server.faults.append(Fault(200, {"data": data}))
    assert listed(target(server, OPENAI)) == names
