import json
from dataclasses import replace

import pytest
from provider_calls import KEY, ask, ask_in_turn, body, failure, target
from provider_calls import chat as chat_of
from provider_calls import embedding as embedding_of
from provider_calls import rerank as rerank_of
from server import Fault

from aisql.providers.base import Reply

DASHSCOPE = "aliyun-dashscope"
OF_TEXT = "/api/v1/services/aigc/text-generation/generation"
OF_IMAGES = "/api/v1/services/aigc/multimodal-generation/generation"
STREAM = '{"stream": true}'
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def chat(server, text="hi", *, model="m", **more):
    request = chat_of(server, DASHSCOPE, text, **more)
    return replace(request, target=replace(request.target, model=model))


def embedding(server, *texts, **more):
    return embedding_of(server, DASHSCOPE, *texts, **more)


def choice(content, reason="stop", **more):
    return {"message": {"role": "assistant", "content": content, **more}, "finish_reason": reason}


def output(*choices, usage=None):
    return {"output": {"choices": choices}, "usage": usage, "request_id": "r"}


def answered(server, answer, **more):
    server.faults.append(Fault(200, answer))
    return ask(chat(server, **more))[0]


def event(answer, status=200):
    kind = "result" if status == 200 else "error"
    return f"id:1\nevent:{kind}\n:HTTP_STATUS/{status}\ndata:{json.dumps(answer)}\n\n"


def streamed(server, *events):
    """What comes of a stream of events: a reply, or an error."""
    server.faults.append(Fault(200, "".join(events), {"Content-Type": "text/event-stream"}))
    return ask_in_turn(chat(server, extra=STREAM))[0]


# What is sent


def test_a_chat_is_posted_as_the_interface_wants_it(server):
    options = {"temperature": "0.5", "n": "2", "seed": "7", "response-format": "json_object"}
    server.answer = lambda body: "{}"
    ask(chat(server, "héllo", system="Be short.", options=options, extra='{"enable_search": true}'))
    (received,) = server.requests
    assert received.path == OF_TEXT
    assert received.body == {
        "model": "m",
        "input": {
            "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "héllo"}]
        },
        "parameters": {
            "result_format": "message",
            "enable_search": True,
            "n": 2,
            "response_format": {"type": "json_object"},
            "seed": 7,
            "temperature": 0.5,
        },
    }
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert "x-dashscope-sse" not in received.headers


def test_a_chat_with_an_image_goes_to_the_service_for_images(server):
    ask(chat(server, "What?", system="Be short.", images=("https://host/cat.png",)))
    (received,) = server.requests
    assert received.path == OF_IMAGES
    assert received.body["input"]["messages"] == [
        {"role": "system", "content": [{"text": "Be short."}]},
        {"role": "user", "content": [{"image": "https://host/cat.png"}, {"text": "What?"}]},
    ]


@pytest.mark.parametrize(
    ("named", "reached"),
    [
        (f"{OF_TEXT}/?a=1", f"{OF_IMAGES}?a=1"),
        (f"{OF_IMAGES}?a=1", f"{OF_IMAGES}?a=1"),
    ],
)
def test_an_image_finds_its_service_from_either_address(server, named, reached):
    url = server.url.removesuffix("/v1") + named
    request = chat(server, images=("data:image/png;base64,iVBO",))
    assert ask(replace(request, target=replace(request.target, url=url)))[0].texts
    assert server.requests[0].path == reached


def test_a_text_may_be_sent_to_the_service_for_images(server):
    url = server.url.removesuffix("/v1") + OF_IMAGES
    request = chat(server, target=replace(target(server, DASHSCOPE), url=url))
    assert ask(request)[0].texts == ("echo: hi",)
    assert server.requests[0].path == OF_IMAGES
    assert server.bodies[0]["input"]["messages"] == [{"role": "user", "content": [{"text": "hi"}]}]


def test_a_stream_is_asked_for_in_a_header(server):
    extra = '{"stream": true, "stream_options": {}, "incremental_output": false}'
    assert ask(chat(server, "one two three", extra=extra))[0].texts == ("echo: one two three",)
    assert server.requests[0].headers["x-dashscope-sse"] == "enable"
    assert server.bodies[0]["parameters"] == {"result_format": "message", "incremental_output": True}


def test_an_embedding_is_posted_as_the_interface_wants_it(server):
    ask(embedding(server, "a b", "c", options={"dimension": "5"}, extra='{"text_type": "query"}'))
    (received,) = server.requests
    assert received.path == "/api/v1/services/embeddings/text-embedding/text-embedding"
    assert received.body == {
        "model": "m",
        "input": {"texts": ["a b", "c"]},
        "parameters": {"dimension": 5, "text_type": "query"},
    }
    assert body(embedding(server, "a")) == {"model": "m", "input": {"texts": ["a"]}}


def test_a_ranking_is_asked_for_as_the_interface_wants_it(server):
    ask(rerank_of(server, DASHSCOPE, "q", "a", "b"))
    (received,) = server.requests
    assert received.path == "/api/v1/services/rerank/text-rerank/text-rerank"
    assert received.body == {
        "model": "m",
        "input": {"query": "q", "documents": ["a", "b"]},
        "parameters": {"return_documents": False, "top_n": 2},
    }


# How a model wants to be asked


@pytest.mark.parametrize("model", ["qwq-plus", "qvq-max", "qwen-omni-turbo", "qwen3-omni-flash"])
def test_models_that_only_stream_are_asked_for_streams(server, model):
    assert ask(chat(server, model=model))[0].texts == ("echo: hi",)
    assert server.bodies[0]["parameters"]["incremental_output"] is True


@pytest.mark.parametrize(
    "said",
    [
        "parameter.enable_thinking must be set to false for non-streaming calls",
        "parameter.enable_thinking only support stream call",
        "This model only support stream mode, please enable the stream parameter to access the model. ",
    ],
)
def test_a_model_that_wants_to_stream_is_asked_so_from_then_on(server, said):
    server.faults.append(Fault(400, {"code": "InvalidParameter", "message": said, "request_id": "r"}))
    first, *replies = ask_in_turn(*[chat(server)] * 3)
    assert (first.taught, first.transient, first.request_id) == (True, False, "r")
    assert [reply.texts for reply in replies] == [("echo: hi",)] * 2
    assert [request.headers.get("x-dashscope-sse") for request in server.requests] == [
        None,
        "enable",
        "enable",
    ]


def test_structured_output_is_asked_for_in_other_ways_where_it_is_refused(server):
    said = "<400> InternalError.Algo.InvalidParameter: 'response_format' is not supported by this model"
    server.faults += [Fault(400, {"code": "InvalidParameter", "message": said})] * 2
    server.answer = lambda body: '```json\n{"a": "b"}\n```'
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    request = chat(server, extra=json.dumps({"response_format": form}))
    *errors, reply = ask_in_turn(*[request] * 3)
    assert ([error.taught for error in errors], reply.texts) == ([True, True], ('{"a": "b"}',))
    forms = [sent["parameters"].get("response_format") for sent in server.bodies]
    assert forms == [form, {"type": "json_object"}, None]
    roles = [[each["role"] for each in sent["input"]["messages"]] for sent in server.bodies]
    assert roles == [["user"], ["system", "user"], ["system", "user"]]


# What comes back


@pytest.mark.parametrize(
    ("content", "text"),
    [("yes", "yes"), ([{"text": "y"}, {"text": "es"}], "yes"), ([], ""), (None, "")],
)
def test_content_is_read_in_all_its_forms(server, content, text):
    assert answered(server, output(choice(content, reasoning_content="well"))).texts == (text,)


def test_every_choice_is_a_text(server):
    assert answered(server, output(choice("a"), choice("b"))).texts == ("a", "b")


def test_the_older_form_is_read_too(server):
    answer = {"output": {"text": "yes", "finish_reason": "stop"}, "usage": {"input_tokens": 1}}
    assert answered(server, answer) == Reply(("yes",), input_tokens=1)
    assert streamed(server, event(answer)) == Reply(("yes",), input_tokens=1)


def test_tokens_are_told_apart(server):
    usage = {
        "input_tokens": 30,
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 15},
        "prompt_tokens_details": {"cached_tokens": 10},
    }
    expected = Reply(("yes",), (), 30, 20, cached_tokens=10, reasoning_tokens=15)
    assert answered(server, output(choice("yes"), usage=usage)) == expected


def test_an_answer_may_end_before_it_begins(server):
    server.faults.append(Fault(200, output(choice("", "length"))))
    assert failure(chat(server)).message == (
        "aliyun-dashscope m: the model used up max_tokens before it answered"
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({}, "gave an answer that has no choices"),
        ({"output": {}}, "gave an answer that has no choices"),
        ({"output": {"choices": []}}, "gave an answer that has no choices"),
        ({"output": {"choices": [{}]}}, "gave an answer with a choice that has no message"),
        (output(choice(5)), "gave an answer whose content is not text"),
    ],
)
def test_an_answer_that_is_not_one_is_an_error(server, answer, message):
    server.faults.append(Fault(200, answer))
    error = failure(chat(server))
    assert error.message == f"aliyun-dashscope m {message}"
    assert error.hint == ("check that the endpoint is the full URL of a service of DashScope below /api/v1")


def test_a_stream_is_joined_without_its_thoughts(server):
    usage = {"input_tokens": 1, "output_tokens": 2}
    assert streamed(
        server,
        event(output(choice("", "null", reasoning_content="well"))),
        event(output(choice("a", "null"))),
        event(output(choice([{"text": "b"}], "null"))),
        event(output(choice("", "stop"), usage=usage)),
    ) == Reply(("ab",), (), 1, 2)


def test_a_stream_holds_all_choices(server):
    pieces = [
        {"index": index, **choice(said, reason)}
        for index, said, reason in ((1, "x", "null"), (0, "a", "null"), (1, "y", "stop"), (0, "b", "stop"))
    ]
    assert streamed(server, *(event(output(piece)) for piece in pieces)).texts == ("ab", "xy")


@pytest.mark.parametrize(("status", "transient"), [(400, False), (429, True), (500, True)])
def test_an_error_in_a_stream_is_one(server, status, transient):
    wrong = {"code": "InternalError", "message": "it broke", "request_id": "r"}
    error = streamed(server, event(output(choice("a", "null"))), event(wrong, status))
    assert (error.message, error.transient, error.request_id) == (
        "aliyun-dashscope m: it broke",
        transient,
        "r",
    )


def test_a_refusal_may_come_as_a_stream(server):
    wrong = {"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "r"}
    server.faults.append(Fault(401, event(wrong, 401)))
    error = failure(chat(server, extra=STREAM))
    assert error.message == "aliyun-dashscope m: authentication failed (401): Invalid API-key provided."
    assert error.request_id == "r"


@pytest.mark.parametrize(
    ("code", "transient"),
    [("Throttling.RateQuota", True), ("DataInspectionFailed", False), ("Arrearage", False)],
)
def test_an_error_may_come_under_a_status_of_success(server, code, transient):
    server.faults.append(Fault(200, {"code": code, "message": "no", "request_id": "r"}))
    error = failure(chat(server))
    assert (error.message, error.transient) == ("aliyun-dashscope m: no", transient)


def test_vectors_and_scores_find_their_texts(server):
    vectors = [{"text_index": 1, "embedding": [2]}, {"text_index": 0, "embedding": [1]}]
    results = [{"index": 1, "relevance_score": 0.5}, {"index": 0, "relevance_score": 0}]
    server.faults += [
        Fault(200, {"output": {"embeddings": vectors}, "usage": {"total_tokens": 3}}),
        Fault(200, {"output": {"results": results}, "usage": {"total_tokens": 4}}),
    ]
    assert ask(embedding(server, "a", "b")) == [Reply((), ((1.0,), (2.0,)), 3)]
    assert ask(rerank_of(server, DASHSCOPE, "q", "a", "b")) == [Reply(scores=(0.0, 0.5), input_tokens=4)]


@pytest.mark.parametrize(
    ("results", "message"),
    [
        (None, "gave an answer that has no score"),
        ([{"index": 0, "relevance_score": 1}], "gave one score for 2 texts"),
        ([{"index": 0}, {"index": 1}], "gave a score that is not a number"),
        ([{"index": 0, "relevance_score": True}] * 2, "gave two scores of index 0"),
    ],
)
def test_every_text_has_one_score(server, results, message):
    server.faults.append(Fault(200, {"output": {"results": results}}))
    error = failure(rerank_of(server, DASHSCOPE, "q", "a", "b"))
    assert error.message == f"aliyun-dashscope m {message}"
