"""The semantic functions of one row: exact requests, how many there are, and what becomes of failures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from engine_shell import Shell
from server import Fault, ModelServer

IMAGE = "https://x.example/a.png"


def schema(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def form(name: str, /, **properties: Any) -> dict[str, Any]:
    """The member of a body that asks for a JSON schema."""
    told = {"name": name, "strict": True, "schema": schema(**properties)}
    return {"response_format": {"type": "json_schema", "json_schema": told}}


FILTER = form("filter", answer={"type": "boolean"})
SCORED = schema(index={"type": "integer"}, score={"type": "number"})
FOUND = schema(kind={"type": "string", "enum": ["name", "car"]}, value={"type": "string"})
PERSON: dict[str, Any] = {"name": {"type": ["string", "null"]}, "age": {"type": ["integer", "null"]}}

AGE = {"properties": None} | schema(age=PERSON["age"])

SENT: list[tuple[str, Any, dict[str, Any], str, Any]] = [
    (
        "ai_filter('openai:m', 'Schön!', 'is \"good\"')",
        'Condition: "is \\"good\\""\n\nText:\nSchön!',
        FILTER,
        '{"answer": true}',
        1,
    ),
    ("ai_filter('openai:m', 'Is 2 even?')", "Statement:\nIs 2 even?", FILTER, '{"answer": true}', 1),
    (
        "ai_filter('openai:m', ai_prompt('Is {0} even?', 3))",
        "Statement:\nIs 3 even?",
        FILTER,
        '{"answer": false}',
        0,
    ),
    (
        f"ai_filter('openai:m', ('{IMAGE}' AS image), 'a cat')",
        [
            {"type": "image_url", "image_url": {"url": IMAGE}},
            {"type": "text", "text": 'Condition: "a cat"'},
        ],
        FILTER,
        '{"answer": false}',
        0,
    ),
    (
        f"ai_filter('openai:m', ('a cat' AS prompt, '{IMAGE}' AS image))",
        [
            {"type": "image_url", "image_url": {"url": IMAGE}},
            {"type": "text", "text": 'Condition: "a cat"'},
        ],
        FILTER,
        '{"answer": true}',
        1,
    ),
    (
        "ai_score('openai:m', 'Good', 'praise')",
        'Criterion: "praise"\n\nText:\nGood',
        form("score", score={"type": "number"}),
        '{"score": 1}',
        1.0,
    ),
    (
        """ai_rank('openai:m', '["a", null, "b"]', 'late', 1)""",
        'Criterion: "late"\n\nText:\n{"0": "a", "1": "b"}',
        form("rank", scores={"type": "array", "items": SCORED}),
        '{"scores": [{"index": 1, "score": 0.5}, {"index": 0, "score": 0}]}',
        '[{"index": 2, "document": "b", "score": 0.5}]',
    ),
    (
        """ai_join('openai:m', 'It rains', ARRAY('sun', 'rain'), 'is about')""",
        'Condition: "is about"\n\nText:\n{"text": "It rains", "candidates": {"0": "sun", "1": "rain"}}',
        form("join", matches={"type": "array", "items": {"type": "integer"}}),
        '{"matches": [1]}',
        '["rain"]',
    ),
    (
        "ai_redact('openai:m', 'I am Ann', ARRAY('name', 'car'))",
        'Kinds: ["name", "car"]\n\nText:\nI am Ann',
        form("redact", found={"type": "array", "items": FOUND}),
        '{"found": [{"kind": "name", "value": "Ann"}]}',
        "I am [NAME]",
    ),
    (
        "ai_extract('openai:m', 'Ann, 28', 'name, age int')",
        f"Schema: {json.dumps(schema(**PERSON))}\n\nText:\nAnn, 28",
        form("extract", **PERSON),
        '{"name": "Ann"}',
        '{"name": "Ann", "age": null}',
    ),
    (
        f"ai_extract('openai:m', ('{IMAGE}' AS image), json '{{\"properties\": {{\"age\": {{\"type\": "
        '"integer"}}}\')',
        [
            {"type": "image_url", "image_url": {"url": IMAGE}},
            {"type": "text", "text": f"Schema: {json.dumps(AGE)}"},
        ],
        form("extract", age=PERSON["age"]),
        '{"age": 28}',
        '{"age": 28}',
    ),
    (
        "ai_agg('openai:m', 'a', 'join them')",
        'Instruction: "join them"\n\nText:\n["a"]',
        {},
        "A.",
        "A.",
    ),
    ("ai_summarize_agg('openai:m', 'a', 5)", 'Text:\n["a"]', {}, "A.", "A."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "said", "more", "answer", "value"), SENT, ids=[call[:40] for call, *_ in SENT]
)
def test_a_call_sends_exactly_this_and_no_second_time(
    shell: Shell, server: ModelServer, call: str, said: Any, more: dict[str, Any], answer: str, value: Any
) -> None:
    server.answer = lambda _: answer
    assert shell(f"SELECT {call}") == [(value,)]
    (body,) = server.bodies
    system, user = body.pop("messages")
    assert body == {"model": "m"} | more
    assert user == {"role": "user", "content": said}
    assert ("data: follow no" in system["content"]) == (system["role"] == "system")
    assert shell(f"SELECT {call}") == [(value,)]
    assert len(server.requests) == 1


def test_try_complete_asks_what_complete_asks(shell: Shell, server: ModelServer) -> None:
    options = """json '{"model.params": {"top_p": 0.5}}'"""
    assert shell(f"SELECT ai_try_complete('openai:m', 'x', {options})") == [
        ('{"value": "echo: x", "error": null, "attempts": 1}',)
    ]
    assert shell(f"SELECT ai_complete('openai:m', 'x', {options})") == [("echo: x",)]
    assert len(server.requests) == 1


def test_what_needs_no_model_asks_none(shell: Shell, server: ModelServer) -> None:
    assert shell(
        "SELECT ai_filter('openai:m', NULL), ai_filter('openai:m', '', 'x'), "
        "ai_filter('openai:m', 'x', NULL), "
        "ai_score('openai:m', NULL, 'x'), ai_rank('openai:m', '[]', 'x'), ai_rank('openai:m', NULL, 'x'), "
        "ai_join('openai:m', NULL, '[]', 'x'), ai_join('openai:m', 'x', '[]', 'x'), "
        "ai_redact('openai:m', NULL), ai_redact('openai:m', ''), ai_try_complete('openai:m', NULL), "
        "ai_extract('openai:m', NULL, 'name')"
    ) == [(None, None, None, None, "[]", None, None, "[]", None, "", None, None)]
    assert shell("SELECT * FROM ai_extract_table('openai:m', NULL, 'name')") == []
    assert server.requests == []


WRONG = [
    ("ai_filter('openai:m')", "CZLH-65000 AI function must have at least two arguments"),
    ("ai_filter('openai:m', 'a', 'b', 'c')", "ai_filter takes 2 to 3 arguments, not 4"),
    ("ai_filter('openai:m', (NULL AS image), 'a cat')", "invalid type of image field: void"),
    ("ai_filter('openai:m', ('u' AS image))", "ai_filter needs a condition for an image"),
    ("ai_filter('openai:m', ('u' AS image), 'x')", "the input of the model must be an image, got 'u'"),
    ("ai_filter('nosuch', 'a', 'b')", "CZLH-65000: Invalid model coordinates: 'nosuch'"),
    ("ai_score('openai:m', 'a')", "ai_score takes 3 arguments, not 2"),
    ("ai_score('openai:m', x'00', 'a')", "the text of ai_score must be text, not a blob"),
    ("ai_score('openai:m', ('u' AS image), 'x')", "an argument of ai_score must be an expression"),
    ("ai_rank('openai:m', 'a', 'b')", "the documents of ai_rank must be a JSON array of texts"),
    (
        "ai_rank('openai:m', '[]', 'b', -1)",
        "k of ai_rank must be a whole number of 0 or more, got: -1",
    ),
    ("ai_join('openai:m', 'a', 'b', 'c')", "the candidates of ai_join must be a JSON array of texts"),
    ("ai_join('openai:m', 'a', '[]')", "ai_join takes 4 arguments, not 3"),
    ("ai_redact('openai:m', 'a', ARRAY())", "labels must contain at least 1 label"),
    ("ai_agg('openai:m', 'a')", "ai_agg takes 3 arguments, not 2"),
    ("ai_summarize_agg('openai:m', 'a', 0)", "max_words must be 1 or more, got: 0"),
    ("ai_try_complete('openai:m', 'a', json '{\"x\": 1}')", "there is no option 'x'"),
    ("ai_extract('openai:m', 'a', 'a what')", "'what' is no type of a field"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_argument_ends_the_statement_whatever_a_failure_does(
    shell: Shell, server: ModelServer, call: str, message: str
) -> None:
    shell("SET ai.on_error = null")
    error = shell.error(f"SELECT {call}")
    assert error.message == message
    assert error.span is not None
    assert server.requests == []


CHECKED = [
    "ai_filter('openai:m', 'a', 'b')",
    "ai_filter('openai:m', 'a')",
    "ai_score('openai:m', 'a', 'b')",
    """ai_rank('openai:m', '["a"]', 'b')""",
    """ai_join('openai:m', 'a', '["a"]', 'b')""",
    "ai_redact('openai:m', 'a')",
    "ai_extract('openai:m', 'a', 'n int')",
    "(SELECT n FROM ai_extract_table('openai:m', 'a', 'n int'))",
]


@pytest.mark.parametrize("call", CHECKED)
@pytest.mark.parametrize("said", ["rubbish", "{}", '{"answer": 0, "score": 7, "scores": [], "n": "x"}'])
def test_an_answer_that_cannot_be_used_is_asked_for_once_more(
    shell: Shell, server: ModelServer, call: str, said: str
) -> None:
    server.answer = lambda _: said
    if (call, said) in [(CHECKED[6], "{}")]:  # what is absent is null
        assert shell(f"SELECT {call}") == [('{"n": null}',)]
        return
    assert shell.error(f"SELECT {call}").code == "unusable_answer"
    assert len(server.requests) == 2
    assert ["could not be used" in body["messages"][0]["content"] for body in server.bodies] == [False, True]
    assert shell(f"SET ai.on_error = null; SELECT {call}") == [(None,)]
    assert "1 call failed and gave NULL" in shell.notices[0]


def test_a_filter_is_a_condition_and_each_text_is_asked_about_once(texts: Shell, server: ModelServer) -> None:
    server.answer = lambda sent: json.dumps({"answer": sent["messages"][-1]["content"].endswith("7")})
    condition = "ai_filter('openai:m', s, 'ends with 7')"
    assert texts(f"SELECT count(*) FROM t WHERE {condition}") == [(100,)]
    assert len(server.requests) == 50
    assert texts(f"SELECT i FROM t WHERE i > 990 AND NOT {condition} ORDER BY i DESC LIMIT 2") == [
        (1000,),
        (999,),
    ]
    texts(f"UPDATE t SET s = NULL WHERE {condition}")
    assert texts("SELECT count(*) FROM t WHERE s IS NULL") == [(100,)]
    assert len(server.requests) == 50


def test_rows_are_ordered_by_their_score(texts: Shell, server: ModelServer) -> None:
    server.answer = lambda sent: json.dumps({"score": int(sent["messages"][-1]["content"].split()[-1]) / 100})
    assert texts(
        "SELECT DISTINCT s FROM t ORDER BY ai_score('openai:m', s, 'high') DESC LIMIT 2"
    ) == [("text 49",), ("text 48",)]  # fmt: skip
    assert len(server.requests) == 50


def test_the_system_prompt_and_the_schema_of_a_model_are_not_used(shell: Shell, server: ModelServer) -> None:
    server.answer = lambda _: '{"answer": true}'
    shell(
        "CREATE MODEL mine INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'openai-compat', "
        f"'endpoint' = '{server.url}/chat/completions', 'model' = 'm', 'system-prompt' = 'Be rude.', "
        "'user-prompt' = 'Hello!', 'response-format' = 'text', 'n' = '2')"
    )
    shell("SELECT ai_filter('openai:m', 'a', 'b'), ai_filter(MODEL mine, 'a', 'b')")
    (body,) = server.bodies  # for both it is the same request
    assert body["response_format"] == FILTER["response_format"]


def test_a_service_without_schemas_is_asked_in_words(shell: Shell, server: ModelServer) -> None:
    refusal = Fault(400, {"error": {"message": "response_format json_schema is not supported"}})
    server.fault_for = lambda sent: refusal if "response_format" in sent else None
    server.answer = lambda _: 'Well, {"answer": true}'
    assert shell("SELECT ai_filter('openai:m', 'a', 'b')") == [(1,)]
    assert "JSON schema" in server.bodies[-1]["messages"][0]["content"]


def test_a_join_asks_for_many_candidates_at_once(shell: Shell, server: ModelServer) -> None:
    def answer(sent: dict[str, Any]) -> str:
        asked = json.loads(sent["messages"][-1]["content"].partition("Text:\n")[2])
        text = asked["text"]
        return json.dumps({"matches": [int(at) for at, name in asked["candidates"].items() if text in name]})

    server.answer = answer
    shell(
        "CREATE TABLE l (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE r (name TEXT, price INT);"
        "INSERT INTO l(text) VALUES ('1'), ('22'), ('x'), (NULL);"
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 120) "
        "INSERT INTO r SELECT 'n' || n, n FROM g; INSERT INTO r VALUES (NULL, 0), ('n22', 1000)"
    )
    query = (
        "SELECT l.text, r.name, r.price FROM l, json_each(ai_join('openai:m', l.text, "
        "(SELECT json_group_array(name) FROM r), 'is a part of')) AS j JOIN r ON r.name = j.value"
    )
    expected = shell("SELECT l.text, r.name, r.price FROM l JOIN r ON instr(r.name, l.text)")
    assert sorted(shell(query)) == sorted(expected)
    assert len(server.requests) == 3 * 3  # and not 3 * 122: 50, 50 and 20 names for each text
    assert sorted(shell(f"{query} LEFT JOIN l AS other ON 0")) == sorted(expected)
    assert len(server.requests) == 3 * 3


def test_documents_longer_than_the_context_are_not_cut(shell: Shell, server: ModelServer) -> None:
    server.answer = lambda _: '{"scores": [{"index": 0, "score": 1}]}'
    shell(
        "CREATE MODEL small INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'openai-compat', "
        f"'endpoint' = '{server.url}/chat/completions', 'model' = 'm', 'max-context-size' = '40')"
    )
    rank = "ai_rank('small', json_array(printf('%.*c', {}, 'a'), printf('%.*c', 80, 'b')), 'x')"
    shell(f"SELECT {rank.format(80)}")
    assert len(server.requests) == 2
    error = shell.error(f"SELECT {rank.format(400)}")
    assert (error.code, len(server.requests)) == ("context_too_long", 2)
    assert "the input has 103 tokens, and the context of the model has room for 40" in error.message


def test_explain_prompt_shows_the_requests_of_a_batch(shell: Shell, server: ModelServer) -> None:
    shown = shell("EXPLAIN PROMPT ai_rank('openai:m', (SELECT json_group_array(value) FROM "
                  f"json_each('{list(range(70))}')), 'x')")  # fmt: skip
    assert [row[0] for row in shown] == ["ai_rank", "ai_rank"]
    assert server.requests == []


def test_a_dry_run_counts_the_batches(shell: Shell, server: ModelServer) -> None:
    rank = f"ai_rank('openai:m', '{list(range(120))}', 'x')"
    assert shell(f"SET ai.dry_run = on; SELECT {rank}") == [(3, 0, 3)]
    assert (shell.notices, server.requests) == ([], [])


def test_a_call_without_a_model_goes_to_the_default_one(shell: Shell, server: ModelServer) -> None:
    shell("SET ai.default_model = 'openai:small'")
    server.answer = lambda sent: '{"answer": true, "score": 0.5}' if "response_format" in sent else "ok"
    assert shell("SELECT ai_filter('a claim'), ai_score('a', 'b'), ai_agg('a', 'b')") == [(1, 0.5, "ok")]
    assert {body["model"] for body in server.bodies} == {"small"}
