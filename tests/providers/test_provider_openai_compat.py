import asyncio
import base64
import json
import socket
import struct
import traceback

import pytest
from server import BROKEN, RATE_LIMITED, UNAUTHORIZED, Fault, vector

from aisql import __version__
from aisql.errors import AuthenticationError, ConnectError, OptionError, ProviderError, ProviderTimeout
from aisql.providers.base import CHAT, EMBEDDINGS, Message, Reply, Request, Target
from aisql.providers.openai_compat import OpenAICompat
from aisql.providers.options import parameters

KEY = "sk-very-secret-0123456789"


def ask(*requests, concurrency=4):
    """The replies of one adapter to all requests at once."""

    async def run():
        provider = OpenAICompat(concurrency)
        try:
            return await asyncio.gather(*(provider.send(request) for request in requests))
        finally:
            await provider.close()

    return asyncio.run(run())


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


def failure(request):
    """The error a request ends with."""
    with pytest.raises(ProviderError) as raised:
        ask(request)
    shown = "".join(traceback.format_exception(raised.value))
    assert KEY not in shown + repr(raised.value) + str(raised.value.hint)
    return raised.value


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


def test_the_body_told_is_the_body_sent(server):
    requests = [chat(server, options={"n": "2"}), embedding(server), embedding(server, "a", "b")]
    for request in requests:
        ask(request)
    assert [OpenAICompat(1).body(request) for request in requests] == server.bodies


def test_no_key_sends_no_authorization(server):
    ask(chat(server, key=None), chat(server, key=""))
    assert ["authorization" in request.headers for request in server.requests] == [False, False]


def test_the_end_of_a_line_does_not_belong_to_a_key(server):
    ask(chat(server, key=f"{KEY}\n"))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_headers_of_the_target_replace_the_usual_ones(server):
    ask(chat(server, headers=[("authorization", "bare-token"), ("X-A", "1"), ("X-A", "2")]))
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["x-a"]) == ("bare-token", "1, 2")


def test_half_a_character_does_not_stop_a_request(server):
    assert ask(chat(server, "a\ud800b"))[0].texts == ("echo: a?b",)


@pytest.mark.parametrize("wanted", ["true", '"yes"', "1"])
def test_a_stream_cannot_be_asked_for(server, wanted):
    with pytest.raises(OptionError, match="an answer cannot be streamed"):
        ask(chat(server, options={"extra-body": f'{{"stream": {wanted}}}'}))
    assert server.requests == []


def test_a_stream_may_be_declined(server):
    ask(chat(server, options={"extra-body": '{"stream": false}'}))
    assert server.bodies[0]["stream"] is False


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


@pytest.mark.parametrize("usage", [None, {}, "none", {"prompt_tokens": None, "completion_tokens": True}])
def test_tokens_may_stay_uncounted(server, usage):
    assert answered(server, {**choice("yes"), "usage": usage}) == Reply(("yes",))
    assert answered(server, choice("yes")) == Reply(("yes",))


def test_blank_lines_and_broken_characters_are_read_over(server):
    body = b'\n\n\n {"choices":[{"message":{"content":"a\xff"}}]}'
    assert answered(server, body).texts == ("a\ufffd",)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<html>Welcome</html>", "answered with something that is not JSON"),
        ("", "answered with something that is not JSON"),
        ('{"choices": [{"message": {"con', "answered with something that is not JSON"),
        ("[" * 100_000, "answered with something that is not JSON"),
        ([], "answered with JSON that is not an object"),
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
        ({"error": {"message": "It broke."}}, "It broke."),
        ({"error": {"x": 1}}, "the answer is an error"),
    ],
)
def test_a_success_that_is_none_is_an_error(server, body, message):
    assert refused(server, body).message == f"bailian qwen: {message}"


def test_a_filtered_answer_with_text_is_kept(server):
    assert answered(server, choice("part", finish_reason="content_filter")).texts == ("part",)


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
    assert error.message == f"cannot reach 127.0.0.1:{port}: Connection refused"
    assert error.hint == "check the endpoint, that the service is running, and the proxy settings"


def test_a_host_without_an_address():
    error = failure(Request(Target("ollama", "http://nowhere.invalid/v1", "m", KEY), CHAT))
    assert type(error) is ConnectError
    assert error.message.startswith("cannot reach nowhere.invalid: ")


def test_a_server_without_encryption(server):
    url = server.url.replace("http:", "https:")
    error = failure(Request(Target("ollama", f"{url}/chat/completions", "m", KEY), CHAT))
    assert type(error) is ConnectError
    assert error.message.startswith(f"cannot reach 127.0.0.1:{server.port}: ")


def test_the_server_hangs_up(server):
    server.faults.append(Fault(close=True))
    error = failure(chat(server))
    assert type(error) is ConnectError
    assert (
        error.message == f"cannot reach 127.0.0.1:{server.port}: it closed the connection without an answer"
    )


def test_the_answer_breaks_off(server):
    error = refused(server, choice("a long answer"), truncate=20)
    assert type(error) is ProviderError
    assert error.message == f"127.0.0.1:{server.port} broke off in the middle of its answer"


def test_the_answer_is_packed_wrongly(server):
    error = refused(server, "no gzip", headers={"Content-Encoding": "gzip"})
    assert error.message == f"127.0.0.1:{server.port} sent something that is not an HTTP answer"


def test_the_answer_is_not_http(server):
    error = refused(server, "", headers={"Content-Length": "many"})
    assert error.message == f"127.0.0.1:{server.port} sent something that is not an HTTP answer"


def test_the_answer_is_too_large(server):
    error = refused(server, b" " * (64 * 1024 * 1024 + 1))
    assert error.message == f"127.0.0.1:{server.port} sent an answer of more than 64 MB"


@pytest.mark.parametrize("slow", ["no answer", "half an answer"])
def test_no_answer_in_time(server, slow):
    fault = Fault(hang=True) if slow == "no answer" else Fault(200, "{}", {"Content-Length": "9"})
    server.faults.append(fault)
    error = failure(chat(server, timeout=0.05))
    assert type(error) is ProviderTimeout
    assert error.message == f"127.0.0.1:{server.port} did not answer within 0.05 s"
    assert error.hint == "a higher ai.timeout waits longer"


def test_latency_counts(server):
    server.latency = 5
    assert type(failure(chat(server, timeout=0.05))) is ProviderTimeout


def test_an_error_leaves_the_adapter_usable(server):
    server.faults += [Fault(close=True), Fault(hang=True), BROKEN]

    async def run():
        provider = OpenAICompat(2)
        for kind in (ConnectError, ProviderTimeout, ProviderError):
            with pytest.raises(kind):
                await provider.send(chat(server, timeout=0.2))
        replies = [await provider.send(chat(server))]
        await provider.close()
        replies.append(await provider.send(chat(server)))
        await provider.close()
        await provider.close()
        return [reply.texts for reply in replies]

    assert asyncio.run(run()) == [("echo: hi",)] * 2


def test_a_call_can_be_cancelled(server):
    server.faults.append(Fault(hang=True))

    async def run():
        provider = OpenAICompat(1)
        call = asyncio.create_task(provider.send(chat(server)))
        while not server.requests:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        reply = await provider.send(chat(server))
        await provider.close()
        return reply.texts

    assert asyncio.run(run()) == ("echo: hi",)


@pytest.mark.parametrize("concurrency", [64, 128])
def test_as_many_requests_are_in_flight_as_allowed(server, concurrency):
    server.latency = 0.3
    requests = [chat(server, str(number)) for number in range(concurrency)]
    replies = ask(*requests, concurrency=concurrency)
    assert [reply.texts for reply in replies] == [(f"echo: {number}",) for number in range(concurrency)]
    assert server.max_in_flight == concurrency


def test_no_more_requests_are_in_flight_than_allowed(server):
    server.latency = 0.02
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
