"""The page of AI_COMPLETE of Singdata: connections, endpoints, options, examples and notes as documented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.result import Value

ENDPOINTS = """
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('{name}', '{{"type":"completion","model_name":"{name}"}}');
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('{name}', '{{"ai_model_name":"{name}",
  "url":"{url}/chat/completions","access_key":"gateway-key","provider":"aliyun"}}');
"""


def asked(model: str, content: str, **members: object) -> dict[str, Any]:
    """The body of a request with one prompt."""
    return {"model": model, "messages": [{"role": "user", "content": content}], **members}


@pytest.fixture
def gateway(shell: Shell, server: ModelServer) -> Shell:
    """A session with the endpoints of the page, and its tables."""
    for name in ("qwen3-max-preview", "qwen3.5-plus", "doubao-seed-2-0-pro-260215"):
        shell(ENDPOINTS.format(name=name, url=server.url))
    shell(
        """
        CREATE TABLE questions (id INT, question STRING);
        INSERT INTO questions VALUES (1, 'Why?'), (2, ''), (3, NULL);
        CREATE TABLE articles (content STRING);
        INSERT INTO articles VALUES ('It rained.');
        CREATE TABLE products (product_id INT, product_name STRING);
        INSERT INTO products VALUES (7, 'kettle'), (8, 'blanket');
        """
    )
    return shell


CONNECTION = """
CREATE API CONNECTION conn_bailian
TYPE ai_function
PROVIDER = 'bailian'
BASE_URL = '{url}/api/v1'
API_KEY = 'sk-xxxxxxxxxxxxxxxxxxxxxxxx';
"""


@pytest.mark.parametrize("prefix", ["", "connection:"])
def test_a_connection_is_named_with_the_model_behind_it(
    shell: Shell, server: ModelServer, prefix: str
) -> None:
    shell(CONNECTION.format(url=server.url))
    prompt = "Briefly introduce the basic principles of quantum computing."
    assert shell(f"SELECT ai_complete('{prefix}conn_bailian:qwen3.5-plus', '{prompt}');") == [
        (f"echo: {prompt}",)
    ]
    [request] = server.requests
    assert request.path == "/v1/api/v1/services/aigc/text-generation/generation"
    assert request.headers["authorization"] == "Bearer sk-xxxxxxxxxxxxxxxxxxxxxxxx"
    assert request.body == {
        "model": "qwen3.5-plus",
        "input": {"messages": [{"role": "user", "content": prompt}]},
        "parameters": {"result_format": "message"},
    }


PROVIDERS = [
    ("bailian", "/v1/chat/completions"),
    ("openai", "/v1/chat/completions"),
    ("anthropic", "/v1/messages"),
]


@pytest.mark.parametrize(("provider", "path"), PROVIDERS)
def test_the_providers_of_the_page_can_be_asked(
    shell: Shell, server: ModelServer, provider: str, path: str
) -> None:
    shell(
        f"CREATE API CONNECTION c TYPE ai_function PROVIDER = '{provider}' BASE_URL = '{server.url}' "
        "API_KEY = 'k'"
    )
    assert shell("SELECT ai_complete('c:m', 'hi')") == [("echo: hi",)]
    assert [request.path for request in server.requests] == [path]


def test_connections_are_listed_described_and_dropped(shell: Shell) -> None:
    shell(CONNECTION.format(url="https://dashscope.aliyuncs.com"))
    [(*row, created)] = shell("SHOW CONNECTIONS LIKE 'conn%';")
    assert shell.columns == ["name", "category", "type", "enabled", "created_time"]
    assert row == ["conn_bailian", "API", "AI_FUNCTION", "ENABLED"]
    assert shell("DESC CONNECTION conn_bailian;") == [
        ("name", "conn_bailian"),
        ("category", "API"),
        ("type", "AI_FUNCTION"),
        ("enabled", "ENABLED"),
        ("provider", "bailian"),
        ("base_url", "https://dashscope.aliyuncs.com/api/v1"),
        ("api_key", "******"),
        ("created_time", created),
    ]
    assert shell.columns == ["info_name", "info_value"]
    shell("DROP CONNECTION conn_bailian; DROP CONNECTION IF EXISTS conn_bailian;")
    assert shell("SHOW CONNECTIONS;") == []


RESULT = """
+-------------------------------------+
| result                              |
+-------------------------------------+
| echo: What is the capital of China? |
+-------------------------------------+
1 row in set
"""
ANSWERS = """
+----+------------+
| id | answer     |
+----+------------+
|  1 | echo: Why? |
|  2 | NULL       |
|  3 | NULL       |
+----+------------+
3 rows in set
"""
SUMMARY = """
+------------------------------------------------------------+
| summary                                                    |
+------------------------------------------------------------+
| echo: Summarize the following text in 20 words: It rained. |
+------------------------------------------------------------+
1 row in set
"""
SELLING_POINTS = """
+------------+---------------+
| product_id | selling_point |
+------------+---------------+
|          7 | It whistles.  |
|          8 | It is warm.   |
+------------+---------------+
2 rows in set
"""
SUMMARIZE, DESCRIBE = (
    "Summarize the following text in 20 words: ",
    "Write a selling point description of no more ",
)
EXAMPLES = [
    (
        "SELECT ai_complete('endpoint:qwen3-max-preview', 'What is the capital of China?') AS result;",
        RESULT,
        [asked("qwen3-max-preview", "What is the capital of China?")],
    ),
    (
        "SELECT ai_complete( 'endpoint:qwen3-max-preview', "
        "'What is the capital of China?', "
        """json '{"model.params":{"enable_thinking":false}}' ) AS result;""",
        RESULT,
        [asked("qwen3-max-preview", "What is the capital of China?", enable_thinking=False)],
    ),
    (
        "SELECT id, ai_complete( 'endpoint:qwen3-max-preview', question, "
        """json '{"model.params":{"enable_thinking":false},"task.concurrency":"5"}' ) AS answer """
        "FROM questions;",
        ANSWERS,
        [asked("qwen3-max-preview", "Why?", enable_thinking=False)],
    ),
    (
        f"SELECT ai_complete( 'endpoint:qwen3-max-preview', CONCAT('{SUMMARIZE}', content) ) AS summary "
        "FROM articles;",
        SUMMARY,
        [asked("qwen3-max-preview", f"{SUMMARIZE}It rained.")],
    ),
    (
        f"SELECT ai_complete( 'endpoint:qwen3-max-preview', '{SUMMARIZE}' || content ) AS summary "
        "FROM articles;",
        SUMMARY,
        [asked("qwen3-max-preview", f"{SUMMARIZE}It rained.")],
    ),
    (
        "SELECT product_id, ai_complete( 'endpoint:qwen3-max-preview', "
        f"CONCAT('{DESCRIBE}than 30 words for the following product: ', product_name) ) AS selling_point "
        "FROM products;",
        SELLING_POINTS,
        [
            asked("qwen3-max-preview", f"{DESCRIBE}than 30 words for the following product: {name}")
            for name in ("blanket", "kettle")
        ],
    ),
]


def answer(body: dict[str, Any]) -> str:
    content = str(body["messages"][-1]["content"])
    ends = {"kettle": "It whistles.", "blanket": "It is warm."}
    return next((text for word, text in ends.items() if content.endswith(word)), f"echo: {content}")


@pytest.mark.parametrize(("sql", "table", "bodies"), EXAMPLES)
def test_an_example_of_the_page_runs_as_it_is_written(
    gateway: Shell,
    printed: Callable[[str], str],
    server: ModelServer,
    sql: str,
    table: str,
    bodies: list[dict[str, Any]],
) -> None:
    server.answer = answer
    assert printed(sql) == table
    assert sorted(server.bodies, key=str) == bodies
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer gateway-key"}


@pytest.mark.parametrize("name", ["qwen3-max-preview", "qwen3.5-plus", "doubao-seed-2-0-pro-260215"])
def test_an_endpoint_is_named_behind_its_prefix(gateway: Shell, server: ModelServer, name: str) -> None:
    assert gateway(f"SELECT ai_complete('endpoint:{name}', 'hi')") == [("echo: hi",)]
    assert server.bodies == [asked(name, "hi")]


def test_the_answer_of_one_function_is_the_text_of_another(
    gateway: Shell, printed: Callable[[str], str], server: ModelServer
) -> None:
    server.answer = lambda body: "Technology" if len(body["messages"]) > 1 else "Chips get smaller"
    sample = (
        "SELECT ai_classify( 'endpoint:qwen3.5-plus', "
        "ai_complete('endpoint:qwen3-max-preview', 'Write a technology news headline'), "
        "ARRAY('Technology', 'Sports', 'Finance', 'Entertainment') ) AS category;"
    )
    assert (
        printed(sample)
        == """
+------------+
| category   |
+------------+
| Technology |
+------------+
1 row in set
"""
    )
    first, second = server.bodies
    assert first == asked("qwen3-max-preview", "Write a technology news headline")
    assert second["model"] == "qwen3.5-plus"
    assert second["messages"][1]["content"] == (
        'Labels: ["Technology", "Sports", "Finance", "Entertainment"]\n\nText:\nChips get smaller'
    )


OPTIONS: list[tuple[str, dict[str, object]]] = [
    ('"model.params":{"temperature":0}', {"temperature": 0}),
    ('"model.params":{"temperature":2}', {"temperature": 2}),
    ('"model.params":{"max_tokens":5}', {"max_tokens": 5}),
    ('"model.params":{"top_p":1}', {"top_p": 1}),
    ('"model.params":{"enable_thinking":true}', {"enable_thinking": True}),
    ('"model.params":{"vendors_own":[1]}', {"vendors_own": [1]}),
    ('"response.timeout":"60"', {}),
    ('"task.concurrency":"5"', {}),
]


@pytest.mark.parametrize(("option", "members"), OPTIONS)
def test_an_option_changes_the_request_as_documented(
    gateway: Shell, server: ModelServer, option: str, members: dict[str, object]
) -> None:
    gateway(f"SELECT ai_complete('endpoint:qwen3-max-preview', 'hi', json '{{{option}}}')")
    assert server.bodies == [asked("qwen3-max-preview", "hi", **members)]


def test_task_concurrency_bounds_the_requests_of_a_batch(gateway: Shell, server: ModelServer) -> None:
    server.gate.gather(5)
    gateway(
        "WITH RECURSIVE q(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM q LIMIT 30) SELECT "
        """ai_complete('endpoint:qwen3-max-preview', 'q ' || n, json '{"task.concurrency":"5"}') FROM q"""
    )
    assert (len(server.requests), server.max_in_flight) == (30, 5)


WRONG = [
    ("'endpoint:nosuch', 'hi'", "CZLH-67000", "CZLH-67000: No available endpoints found"),
    ("'nosuch', 'hi'", "CZLH-65000", "CZLH-65000: Invalid model coordinates: 'nosuch'"),
    (
        """'endpoint:qwen3.5-plus', 'hi', json '{"model.params":{"temperature":2.1}}'""",
        "invalid_option",
        "option 'model.params.temperature' must be a number in [0, 2], got 2.1",
    ),
    (
        """'endpoint:qwen3.5-plus', 'hi', json '{"model.params":{"top_p":0}}'""",
        "invalid_option",
        "option 'model.params.top_p' must be a number in (0, 1], got 0",
    ),
    ("'endpoint:qwen3.5-plus'", "CZLH-65000", "CZLH-65000 AI function must have at least two arguments"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), WRONG)
def test_what_is_wrong_has_the_documented_code(
    gateway: Shell, server: ModelServer, arguments: str, code: str, message: str
) -> None:
    error = gateway.error(f"SELECT ai_complete({arguments})")
    assert (error.code, error.message) == (code, message)
    assert server.requests == []


NOTHING = [
    ("ai_complete('endpoint:qwen3.5-plus', NULL)", None),
    ("ai_complete('endpoint:qwen3.5-plus', '')", None),
    ("ai_summarize('endpoint:qwen3.5-plus', NULL)", None),
    ("ai_summarize('endpoint:qwen3.5-plus', '')", ""),
    ("ai_summarize('endpoint:qwen3.5-plus', 'as it is', 0)", "as it is"),
    ("ai_translate('endpoint:qwen3.5-plus', NULL, 'en')", None),
    ("ai_translate('endpoint:qwen3.5-plus', '', 'en')", ""),
    ("ai_fix_grammar('endpoint:qwen3.5-plus', NULL)", None),
    ("ai_fix_grammar('endpoint:qwen3.5-plus', '')", ""),
    ("ai_classify('endpoint:qwen3.5-plus', NULL, ARRAY('a'))", None),
    ("ai_classify('endpoint:qwen3.5-plus', '', ARRAY('a'))", ""),
    ("ai_sentiment('endpoint:qwen3.5-plus', NULL)", None),
    ("ai_sentiment('endpoint:qwen3.5-plus', '')", None),
    ("""ai_extract('endpoint:qwen3.5-plus', NULL, json '{"a":""}')""", None),
    ("""ai_extract('endpoint:qwen3.5-plus', '', json '{"a":""}')""", None),
    ("ai_mask('endpoint:qwen3.5-plus', NULL, ARRAY('a'))", None),
    ("ai_mask('endpoint:qwen3.5-plus', '', ARRAY('a'))", ""),
    ("ai_embedding('openai:m', NULL)", None),
]


@pytest.mark.parametrize(("call", "value"), NOTHING)
def test_null_and_empty_texts_need_no_request(
    gateway: Shell, server: ModelServer, call: str, value: Value
) -> None:
    assert gateway(f"SELECT {call}") == [(value,)]
    assert server.requests == []


FUNCTIONS = [
    ("ai_summarize('openai:m', 'a long text', -1)", "max_words must be non-negative, got: -1"),
    ("ai_translate('openai:m', 'hello', 'xx')", "Invalid ISO-639 language code: xx"),
    ("ai_mask('openai:m', 'text', ARRAY())", "labels must contain at least 1 label"),
    ("ai_embedding('openai:m', '')", "ai_embedding cannot embed an empty text"),
]


@pytest.mark.parametrize(("call", "message"), FUNCTIONS)
def test_the_functions_beside_it_refuse_in_the_documented_words(
    gateway: Shell, server: ModelServer, call: str, message: str
) -> None:
    assert gateway.error(f"SELECT {call}").message == message
    assert server.requests == []
