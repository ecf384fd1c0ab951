"""Every option of CREATE MODEL, by the request that a server received for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from engine_shell import Shell
from server import Fault, ModelServer, vector

from aisql.providers.options import OPTIONS
from aisql.vectors import pack

USUAL = {"provider": "openai-compat", "api-key": "sk-1", "model": "m"}
SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
USER = {"role": "user", "content": "hello"}
PLAIN = {"model": "m", "messages": [SYSTEM, USER]}
SCHEMA = {"name": "mood", "schema": {"type": "object", "properties": {"mood": {"type": "string"}}}}
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def numbers(count: int) -> str:
    """A table of the numbers from 1."""
    return f"json_each('{list(range(1, count + 1))}')"


def make(
    shell: Shell, server: ModelServer, options: dict[str, str], *, task: str = "chat/completions"
) -> None:
    """Makes the model `mine` with these options beside the usual ones."""
    output = "STRING" if task == "chat/completions" else "ARRAY<FLOAT>"
    every = USUAL | {"endpoint": f"{server.url}/{task}"} | options
    written = ", ".join(f"'{key}' = '{value.replace(chr(39), chr(39) * 2)}'" for key, value in every.items())
    shell(f"CREATE OR REPLACE MODEL mine INPUT (i STRING) OUTPUT (o {output}) WITH ({written})")


def chat(shell: Shell, server: ModelServer, options: dict[str, str], text: str = "hello") -> dict[str, Any]:
    """The body of the request for one text."""
    make(shell, server, options)
    shell(f"SELECT ai_complete('mine', '{text}')")
    return server.bodies[-1]


CHAT_MEMBERS = {
    "temperature": ("0.7", {"temperature": 0.7}),
    "top-p": ("0.9", {"top_p": 0.9}),
    "stop": ("END,###", {"stop": ["END", "###"]}),
    "max-tokens": ("64", {"max_tokens": 64}),
    "presence-penalty": ("-1.5", {"presence_penalty": -1.5}),
    "n": ("2", {"n": 2}),
    "seed": ("42", {"seed": 42}),
    "extra-body": ('{"top_k": 5, "model": "other"}', {"top_k": 5, "model": "other"}),
    "model": ("qwen-turbo", {"model": "qwen-turbo"}),
    "system-prompt": ("Be terse.", {"messages": [{"role": "system", "content": "Be terse."}, USER]}),
    "user-prompt": ("Translate:", {"messages": [SYSTEM, {"role": "user", "content": "Translate:\nhello"}]}),
    "top_k": ("20", {"top_k": 20}),
    "chat_template_kwargs": (
        '{"enable_thinking": false}',
        {"chat_template_kwargs": {"enable_thinking": False}},
    ),
}


@pytest.mark.parametrize(("key", "value", "members"), [(k, *v) for k, v in CHAT_MEMBERS.items()])
def test_an_option_of_a_chat_is_in_the_body(
    shell: Shell, server: ModelServer, key: str, value: str, members: dict[str, Any]
) -> None:
    assert chat(shell, server, {key: value}) == PLAIN | members


def test_a_stop_with_a_comma_in_it_stands_in_quotes(shell: Shell, server: ModelServer) -> None:
    assert chat(shell, server, {"stop": '"a,b",c'})["stop"] == ["a,b", "c"]


def test_truth_values_of_python_are_truth_values(shell: Shell, server: ModelServer) -> None:
    body = chat(shell, server, {"enable_thinking": "False", "logprobs": "True", "nothing": "None"})
    assert body == PLAIN | {"enable_thinking": False, "logprobs": True}


@pytest.mark.parametrize("extra", ['{"api_key": "sk-1"}', '{"a": [{"token": "sk-1"}]}'])
def test_a_key_does_not_stand_in_the_body(shell: Shell, server: ModelServer, extra: str) -> None:
    error = shell.error(
        "CREATE MODEL mine INPUT (i STRING) OUTPUT (o STRING)"
        f" WITH ('provider' = 'openai', 'extra-body' = '{extra}')"
    )
    assert error.message.startswith("Option 'extra-body' must be without a key in it")
    assert "sk-1" not in error.message


def test_ollama_is_given_the_context_and_the_input_has_the_rest(shell: Shell, server: ModelServer) -> None:
    options = {"provider": "ollama", "endpoint": server.url.replace("/v1", "/api/chat"), "max-tokens": "50"}
    make(shell, server, options | {"max-context-size": "100"})
    shell(f"SELECT ai_complete('mine', '{'a' * 2000}')")
    (body,) = server.bodies
    assert (body["options"]["num_ctx"], body["truncate"]) == (100, False)
    # 100 less 50 of the answer, 16 of the template and 8 of the system prompt.
    assert len(body["messages"][-1]["content"]) == 4 * (100 - 50 - 16 - 8)


@pytest.mark.parametrize("key", ["systemPrompt", "topP", "maxTokens", "apiKey"])
def test_an_older_spelling_means_the_same(shell: Shell, server: ModelServer, key: str) -> None:
    value, members = {
        "systemPrompt": ("Be terse.", {"messages": [{"role": "system", "content": "Be terse."}, USER]}),
        "topP": ("0.5", {"top_p": 0.5}),
        "maxTokens": ("9", {"max_tokens": 9}),
        "apiKey": ("sk-1", {}),
    }[key]
    server.key = "sk-1"
    options = USUAL | {"endpoint": f"{server.url}/chat/completions", key: value}
    if key == "apiKey":
        del options["api-key"]
    written = ", ".join(f"'{name}' = '{text}'" for name, text in options.items())
    shell(f"CREATE MODEL mine INPUT (i STRING) OUTPUT (o STRING) WITH ({written})")
    assert shell("SELECT ai_complete('mine', 'hello')") == [("echo: hello",)]
    assert server.bodies == [PLAIN | members]


def test_an_empty_system_prompt_sends_none(shell: Shell, server: ModelServer) -> None:
    assert chat(shell, server, {"system-prompt": "", "user-prompt": ""}) == PLAIN | {"messages": [USER]}


@pytest.mark.parametrize("kind", ["text", "json_object"])
def test_the_format_of_an_answer(shell: Shell, server: ModelServer, kind: str) -> None:
    server.answer = lambda body: "{}"
    assert chat(shell, server, {"response-format": kind}) == PLAIN | {"response_format": {"type": kind}}


def test_the_format_of_an_answer_has_a_schema(shell: Shell, server: ModelServer) -> None:
    server.answer = lambda body: '{"mood": "good"}'
    extra = json.dumps({"response_format": {"json_schema": SCHEMA}})
    body = chat(shell, server, {"response-format": "json_schema", "extra-body": extra})
    assert body == PLAIN | {"response_format": {"type": "json_schema", "json_schema": SCHEMA}}


def test_a_format_without_its_schema_is_refused_before_anything_is_sent(
    shell: Shell, server: ModelServer
) -> None:
    make(shell, server, {"response-format": "json_schema"})
    error = shell.error("SELECT ai_complete('mine', 'hello')")
    assert error.message == "Option 'response-format' json_schema needs a schema"
    assert server.requests == []


def test_an_image_is_a_part_of_the_message(shell: Shell, server: ModelServer) -> None:
    options = {"content-type": "IMAGE_URL", "user-prompt": "What is it?"}
    parts = [{"type": "image_url", "image_url": {"url": IMAGE}}, {"type": "text", "text": "What is it?"}]
    body = chat(shell, server, options, IMAGE)
    assert body == PLAIN | {"messages": [SYSTEM, {"role": "user", "content": parts}]}


def test_what_is_no_image_is_not_sent_as_one(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"content-type": "IMAGE_URL"})
    error = shell.error("SELECT ai_complete('mine', 'a cat')")
    assert error.message == "the input of the model must be an image, got 'a cat'"
    assert server.requests == []


def test_the_key_and_the_headers_are_sent(shell: Shell, server: ModelServer) -> None:
    chat(shell, server, {"extra-header": '{"X-Team": "red", "X-Many": ["1", "2"]}'})
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["x-team"], headers["x-many"]) == ("Bearer sk-1", "red", "1, 2")


def test_the_task_is_given_where_the_endpoint_does_not_say_it(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"endpoint": server.url, "task": "embeddings"}, task="embeddings")
    assert shell("SELECT ai_embedding('mine', 'hello')") == [(pack(vector("hello")),)]
    assert [request.path for request in server.requests] == ["/v1/embeddings"]


def test_an_embedding_has_its_dimension(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"dimension": "4", "temperature": "1", "system-prompt": "x"}, task="embeddings")
    shell("SELECT ai_embedding('mine', 'hello')")
    assert server.bodies == [{"model": "m", "input": "hello", "encoding_format": "float", "dimensions": 4}]


@pytest.mark.parametrize("dimension", ["1024", "768", "512"])
def test_bailian_has_three_dimensions(shell: Shell, server: ModelServer, dimension: str) -> None:
    make(shell, server, {"provider": "bailian", "dimension": dimension}, task="embeddings")
    shell("SELECT ai_embedding('mine', 'hello')")
    assert server.bodies[0]["dimensions"] == int(dimension)


def test_bailian_has_no_other_dimension(shell: Shell, server: ModelServer) -> None:
    written = "'provider' = 'bailian', 'endpoint' = 'https://h/v1/embeddings', 'dimension' = '256'"
    error = shell.error(f"CREATE MODEL mine INPUT (i STRING) OUTPUT (o ARRAY<FLOAT>) WITH ({written})")
    assert error.message == "Option 'dimension' must be one of 1024, 768, 512, got '256'"


@pytest.mark.parametrize(
    ("key", "value"), [("extra-body", "[1]"), ("extra-header", '{"X": 1}'), ("extra-body", "text")]
)
def test_what_has_to_be_a_json_object_is_refused_otherwise(
    shell: Shell, server: ModelServer, key: str, value: str
) -> None:
    written = f"'provider' = 'openai', '{key}' = '{value}'"
    error = shell.error(f"CREATE MODEL mine INPUT (i STRING) OUTPUT (o STRING) WITH ({written})")
    assert error.message.startswith(f"Option '{key}' must be a JSON object")


def test_n_answers_are_n_rows(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"n": "3"})
    rows = shell("SELECT * FROM ML_PREDICT((SELECT 1 AS id, 'a' AS t), MODEL mine, DESCRIPTOR(t))")
    assert rows == [(1, "a", "echo: a")] * 3
    assert len(server.requests) == 1


def test_a_function_with_an_instruction_of_its_own_says_how_an_answer_looks(
    shell: Shell, server: ModelServer
) -> None:
    options = {"n": "3", "response-format": "json_object", "user-prompt": "Translate:", "temperature": "0.5"}
    make(shell, server, options)
    server.answer = lambda body: "good"
    assert shell("SELECT ai_classify('mine', 'nice', ARRAY['good', 'bad'])") == [("good",)]
    (body,) = server.bodies
    assert sorted(body) == ["messages", "model", "temperature"]
    assert body["messages"][-1]["content"].startswith("Labels: ")


# ------------------------------------------------------------------ inputs that are too long

WORDS = "one two three four five six seven eight"  # 39 letters, 10 tokens

CUT = {
    "truncated-tail": WORDS[:20],
    "truncated-head": WORDS[-20:],
}
LOGS = {
    "truncated-tail-log": "Context overflowed (threshold: 5, actual: 10), truncating the tail of input.",
    "truncated-head-log": "Context overflowed (threshold: 5, actual: 10), truncating the head of input.",
    "skipped-log": "Context overflowed (threshold: 5, actual: 10), skipping input.",
}


@pytest.mark.parametrize("action", [*CUT, *LOGS, "skipped", "TRUNCATED-HEAD"])
def test_an_input_that_is_too_long_is_cut_or_skipped(shell: Shell, server: ModelServer, action: str) -> None:
    make(shell, server, {"max-context-size": "5", "context-overflow-action": action})
    kept = CUT.get(action.lower().removesuffix("-log"))
    rows = shell(f"SELECT ai_complete('mine', '{WORDS}'), ai_complete('mine', 'short')")
    assert rows == [(None if kept is None else f"echo: {kept}", "echo: short")]
    sent = sorted(body["messages"][-1]["content"] for body in server.bodies)
    assert sent == sorted(["short"] if kept is None else [kept, "short"])
    assert shell.notices == ([LOGS[action]] if action in LOGS else [])


def test_a_tail_is_cut_where_nothing_else_is_said(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"max-context-size": "5"})
    assert shell(f"SELECT ai_complete('mine', '{WORDS}')") == [(f"echo: {CUT['truncated-tail']}",)]


def test_a_skipped_input_has_no_row_in_ml_predict(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"max-context-size": "5", "context-overflow-action": "skipped"})
    rows = shell(
        f"SELECT * FROM ML_PREDICT((SELECT column1 AS t FROM (VALUES ('a'), ('{WORDS}'), ('b'))),"
        " MODEL mine, DESCRIPTOR(t))"
    )
    assert rows == [("a", "echo: a"), ("b", "echo: b")]
    assert len(server.requests) == 2


def test_many_inputs_that_are_too_long_are_told_of_in_one_line(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"max-context-size": "5", "context-overflow-action": "truncated-tail-log"})
    shell(f"SELECT ai_complete('mine', '{WORDS}' || value) FROM {numbers(7)}")
    assert shell.notices == [f"{LOGS['truncated-tail-log']} (and 6 more inputs)"]


def test_the_labels_of_a_classification_are_never_cut(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"max-context-size": "5", "context-overflow-action": "truncated-head"})
    server.answer = lambda body: "good"
    assert shell(f"SELECT ai_classify('mine', '{WORDS}', ARRAY['good', 'bad'])") == [("good",)]
    assert server.bodies[0]["messages"][-1]["content"] == f'Labels: ["good", "bad"]\n\nText:\n{WORDS[-20:]}'


def test_a_text_to_be_embedded_is_cut_too(shell: Shell, server: ModelServer) -> None:
    make(shell, server, {"max-context-size": "5"}, task="embeddings")
    shell(f"SELECT ai_embedding('mine', '{WORDS}')")
    assert server.bodies[0]["input"] == CUT["truncated-tail"]


# ------------------------------------------------------------------ what the program follows itself


def test_every_option_has_a_test_here_or_beside() -> None:
    beside = {  # tests/engine/test_retry.py, tests/engine/test_pace.py, tests/engine/test_trust.py
        "error-handling-strategy",
        "retry-num",
        "retry-backoff-strategy",
        "retry-backoff-base-interval",
        "retry-fallback-strategy",
        "requests-per-minute",
        "tokens-per-minute",
        "ca-file",
        "insecure",
    }
    here = {
        *CHAT_MEMBERS,
        "provider",
        "endpoint",
        "task",
        "api-key",
        "extra-header",
        "dimension",
        "response-format",
        "content-type",
        "max-context-size",
        "context-overflow-action",
    }
    assert {option.key for option in OPTIONS} - here == beside


def test_a_model_may_leave_the_address_to_the_provider(shell: Shell, server: ModelServer) -> None:
    error = shell.error(
        "CREATE MODEL mine INPUT (i STRING) OUTPUT (o STRING)"
        " WITH ('provider' = 'siliconflow', 'task' = 'chat/completions', 'model' = 'm');"
        "SELECT ai_complete('mine', 'hello')"
    )
    assert error.message.endswith("Option 'api-key' is missing.")


def test_a_variable_is_looked_at_when_a_call_is_made(open_shell: Any, server: ModelServer) -> None:
    shell = open_shell(HOT="9")
    make(shell, server, {"temperature": "${HOT}"})
    error = shell.error("SELECT ai_complete('mine', 'hello')")
    assert error.message.endswith("Option 'temperature' must be a number in [0, 2), got '9'.")
    assert server.requests == []


def test_a_used_up_answer_is_no_answer(shell: Shell, server: ModelServer) -> None:
    message = {"role": "assistant", "content": None, "reasoning_content": "Let me think"}
    server.faults.append(Fault(200, {"choices": [{"message": message, "finish_reason": "length"}]}))
    make(shell, server, {"max-tokens": "3", "retry-num": "0"})
    error = shell.error("SELECT ai_complete('mine', 'hello')")
    assert "the model used up max_tokens before it answered" in error.message
