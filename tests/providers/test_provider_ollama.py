import json
from dataclasses import replace

import pytest
from provider_calls import KEY, ask, ask_in_turn, body, failure
from provider_calls import chat as chat_of
from provider_calls import embedding as embedding_of
from server import Fault

from aisql.errors import OptionError
from aisql.providers.base import Reply

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
PLAIN = {
    "model": "m",
    "messages": [{"role": "user", "content": "hi"}],
    "stream": False,
    "truncate": False,
}


def chat(server, text="hi", **more):
    return chat_of(server, "ollama", text, **more)


def embedding(server, *texts, **more):
    return embedding_of(server, "ollama", *texts, **more)


def message(content, **more):
    return {"model": "m", "message": {"role": "assistant", **content}, "done": True, **more}


def answered(server, answer, **more):
    server.faults.append(Fault(200, answer))
    return ask(chat(server, **more))[0]


def streamed(server, *events):
    """What comes of a stream of lines: a reply, or an error."""
    server.faults.append(Fault(200, "".join(f"{json.dumps(event)}\n" for event in events)))
    return ask_in_turn(chat(server, extra='{"stream": true}'))[0]


# What is sent


def test_a_chat_is_posted_as_the_interface_wants_it(server):
    options = {"temperature": "0.5", "top-p": "0.9", "max-tokens": "9", "seed": "7", "stop": "a,b"}
    options["presence-penalty"] = "0.1"
    ask(chat(server, "héllo", system="Be short.", options=options, context=4096))
    (received,) = server.requests
    assert received.path == "/api/chat"
    assert received.body == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "héllo"}],
        "stream": False,
        "truncate": False,
        "options": {
            "num_ctx": 4096,
            "num_predict": 9,
            "presence_penalty": 0.1,
            "seed": 7,
            "stop": ["a", "b"],
            "temperature": 0.5,
            "top_p": 0.9,
        },
    }
    assert received.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("extra", "sent"),
    [
        ("{}", {}),
        ('{"top_k": 5, "mirostat": 1}', {"options": {"mirostat": 1, "top_k": 5}}),
        ('{"keep_alive": "1h", "logprobs": true}', {"keep_alive": "1h", "logprobs": True}),
        ('{"options": {"top_k": 5, "new": 1}, "top_k": 6}', {"options": {"top_k": 5, "new": 1}}),
        ('{"truncate": true}', {"truncate": True}),
        ('{"think": "high"}', {"think": "high"}),
        ('{"enable_thinking": false}', {"think": False}),
        ('{"stop": "a"}', {"options": {"stop": ["a"]}}),
        ('{"stream": null}', {}),
        ('{"n": 1}', {}),
        ('{"format": {"type": "object"}}', {"format": {"type": "object"}}),
        ('{"response_format": {"type": "json_object"}}', {"format": "json"}),
        ('{"response_format": {"type": "text"}}', {}),
        (
            json.dumps({"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}}),
            {"format": SCHEMA},
        ),
    ],
)
def test_parameters_go_where_the_interface_wants_them(server, extra, sent):
    assert body(chat(server, extra=extra)) == PLAIN | sent


def test_a_context_that_is_given_by_hand_wins(server):
    assert body(chat(server, context=100, extra='{"num_ctx": 200}'))["options"] == {"num_ctx": 200}


def test_a_schema_has_to_be_told(server):
    request = replace(chat(server), parameters=(("response_format", '{"type": "json_schema"}'),))
    with pytest.raises(OptionError, match="Option 'response-format' json_schema needs a schema"):
        body(request)


def test_images_stand_beside_the_text(server):
    images = ("data:image/png;base64,iVBO", "data:image/gif,a%20b")
    assert body(chat(server, "What?", images=images))["messages"] == [
        {"role": "user", "content": "What?", "images": ["iVBO", "YSBi"]}
    ]


@pytest.mark.parametrize("url", ["https://host/cat.png", "cat.png", ""])
def test_the_address_of_an_image_is_refused(server, url):
    with pytest.raises(OptionError) as raised:
        ask(chat(server, images=(url,)))
    assert raised.value.message == "the interface 'ollama' does not fetch images from an address"
    assert raised.value.hint == "give the image itself, as a data: URL with base64"
    assert server.requests == []


def test_an_embedding_is_posted_as_the_interface_wants_it(server):
    ask(embedding(server, "a b", options={"dimension": "5"}, context=512, extra='{"keep_alive": 0}'))
    (received,) = server.requests
    assert received.path == "/api/embed"
    assert received.body == {
        "model": "m",
        "input": ["a b"],
        "truncate": False,
        "options": {"num_ctx": 512},
        "dimensions": 5,
        "keep_alive": 0,
    }


def test_nothing_is_said_of_a_context_that_is_not_known(server):
    assert body(embedding(server, "a", "b")) == {"model": "m", "input": ["a", "b"], "truncate": False}


# What comes back


def test_thoughts_are_left_out(server):
    assert answered(server, message({"content": "yes", "thinking": "well"})) == Reply(("yes",))


@pytest.mark.parametrize("extra", ["{}", '{"num_ctx": 4096}', '{"options": {"num_ctx": 4096}}'])
def test_a_prompt_that_filled_its_context_was_cut(server, extra):
    context = 4096 if extra == "{}" else None
    asked = chat(server, context=context, extra=extra)
    counts = (4095, 4096, 5000)
    server.faults += [Fault(200, message({"content": "yes"}, prompt_eval_count=count)) for count in counts]
    reply, *errors = ask_in_turn(*[asked] * 3)
    assert reply == Reply(("yes",), input_tokens=4095)
    assert {(error.message, error.hint, error.transient) for error in errors} == {
        (
            "ollama m: the prompt filled the context of 4096 tokens, so it was cut",
            "a higher max-context-size gives it a larger one",
            False,
        )
    }


def test_a_prompt_is_not_said_to_be_cut_where_the_context_is_not_known(server):
    assert answered(server, message({"content": "yes"}, prompt_eval_count=4096)).input_tokens == 4096


def test_an_answer_may_end_before_it_begins(server):
    server.faults += [
        Fault(200, message({"content": said, "thinking": "well"}, done_reason="length")) for said in ("", "a")
    ]
    without, part = ask_in_turn(chat(server), chat(server))
    assert without.message == "ollama m: the model used up max_tokens before it answered"
    assert part.message == "ollama m: the answer was cut"
    server.faults.append(Fault(200, message({"content": "a"}, done_reason="length")))
    assert ask(chat(server, options={"max-tokens": "1"}))[0].texts == ("a",)


def test_an_answer_that_is_not_done_was_cut(server):
    server.faults.append(Fault(200, message({"content": "a"}, done=False)))
    error = failure(chat(server))
    assert (error.message, error.transient) == ("ollama m broke off in the middle of its answer", True)


@pytest.mark.parametrize("answer", [{}, {"message": "yes"}, {"response": "yes", "done": True}])
def test_an_answer_has_a_message(server, answer):
    server.faults.append(Fault(200, answer))
    error = failure(chat(server))
    assert error.message == "ollama m gave an answer that has no message"
    assert error.hint == (
        "check that the endpoint is the full URL of /api/chat or /api/embed at an Ollama server"
    )


def piece(said, **more):
    return {"message": {"content": said, **more}, "done": False}


def test_a_stream_is_joined_without_its_thoughts(server):
    last = message({"content": ""}, prompt_eval_count=3, eval_count=4, done_reason="stop")
    pieces = piece("", thinking="well"), piece("a"), piece("b")
    assert streamed(server, *pieces, last) == Reply(("ab",), (), 3, 4)


def test_an_error_in_a_stream_is_one(server):
    error = streamed(server, piece("a"), {"error": "the model runner has stopped"})
    assert (error.message, error.transient) == ("ollama m: the model runner has stopped", False)


def test_a_stream_may_come_in_one_piece(server):
    assert streamed(server, message({"content": "a"})) == Reply(("a",))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({}, "gave an answer that has no embedding"),
        ({"embeddings": []}, "gave an answer that has no embedding"),
        ({"embedding": [1, 2]}, "gave an answer that has no embedding"),
        ({"embeddings": [[1]]}, "gave one embedding for 2 texts"),
        ({"embeddings": [[1], [2], [3]]}, "gave 3 embeddings for 2 texts"),
        ({"embeddings": [[1], [2, 3]]}, "gave embeddings of 1 and 2 dimensions"),
        ({"embeddings": [[1], None]}, "gave an embedding that is not a list of numbers"),
        ({"embeddings": [[1, 2], [3, 4]]}, "gave an embedding of 2 dimensions where 3 were asked for"),
    ],
)
def test_every_text_has_one_vector_of_the_length_asked_for(server, answer, message):
    server.faults.append(Fault(200, answer))
    error = failure(embedding(server, "a", "b", options={"dimension": "3"}))
    assert error.message == f"ollama m {message}"


def test_a_text_that_is_too_long_is_refused(server):
    server.faults.append(Fault(400, {"error": "the input length exceeds the context length"}))
    error = failure(embedding(server, "a"))
    assert (error.said, error.transient) == ("the input length exceeds the context length", False)
