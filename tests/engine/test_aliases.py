"""Calls as other systems write them: each is a call that is documented here, to the byte of its request."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.functions.registry import CALLED, FUNCTIONS
from aisql.functions.spellings import SPELLINGS

LABELS = "ARRAY('good', 'bad')"
SPELLED = [
    ("AI_COMPLETE('openai:m', 'x')", "ai_complete('openai:m', 'x')"),
    ("AI_COMPLETE('openai:m', PROMPT('Say {0}', 'x'))", "ai_complete('openai:m', 'Say x')"),
    ("AI_CLASSIFY('x', ['good', 'bad'])", f"ai_classify('openai:small', 'x', {LABELS})"),
    ("AI_SENTIMENT('x')", "ai_sentiment('openai:small', 'x')"),
    ("""AI_EXTRACT('x', json '{"a": "b"}')""", """ai_extract('openai:small', 'x', json '{"a": "b"}')"""),
    ("AI_EMBED('openai:e', 'x')", "ai_embed('openai:e', 'x')"),
    ("AI_SIMILARITY('x', 'y')", "ai_similarity('openai:small', 'x', 'y')"),
    ("ai_query('openai:m', 'x')", "ai_complete('openai:m', 'x')"),
    ("ai_query(request => 'x', endpoint => 'openai:m')", "ai_complete('openai:m', 'x')"),
    ("ai_gen('x')", "ai_complete('openai:small', 'x')"),
    (f"ai_classify('x', {LABELS})", f"ai_classify('openai:small', 'x', {LABELS})"),
    ("ai_extract('x', ARRAY('a', 'b'))", """ai_extract('openai:small', 'x', '{"a": "", "b": ""}')"""),
    ("ai_fix_grammar('x')", "ai_fix_grammar('openai:small', 'x')"),
    (f"ai_mask('x', {LABELS})", f"ai_mask('openai:small', 'x', {LABELS})"),
    ("ai_summarize('x')", "ai_summarize('openai:small', 'x')"),
    ("ai_translate('x', 'de')", "ai_translate('openai:small', 'x', 'de')"),
    ("ai_analyze_sentiment('x')", "ai_sentiment('openai:small', 'x')"),
    ("AI.GENERATE('x')", "ai_complete('openai:small', 'x')"),
    ("AI.GENERATE(prompt => 'x')", "ai_complete('openai:small', 'x')"),
    ("ai.generate('x', endpoint => 'openai:m')", "ai_complete('openai:m', 'x')"),
    ("AI.GENERATE(endpoint => 'openai:m', prompt => 'x')", "ai_complete('openai:m', 'x')"),
    (
        "AI.CLASSIFY('x', categories => ['good', 'it''s, bad'])",
        "ai_classify('openai:small', 'x', ARRAY('good', 'it''s, bad'))",
    ),
    (
        "AI.CLASSIFY(categories => ARRAY['good'], input => 'x', endpoint => 'openai:m')",
        "ai_classify('openai:m', 'x', ARRAY('good'))",
    ),
]


@pytest.mark.parametrize(("spelled", "meant"), SPELLED)
def test_a_spelling_is_the_same_request_and_the_same_value(
    shell: Shell, server: ModelServer, spelled: str, meant: str
) -> None:
    server.answer = lambda sent: '{"a": "b"}' if "response_format" in sent else "good"
    if "SENTIMENT" in spelled.upper():
        server.answer = lambda sent: "positive"
    shell("SET ai.default_model = 'openai:small'")
    value = shell(f"SELECT {spelled}")
    assert shell.columns == [spelled]
    assert value != [(None,)]
    assert len(server.requests) == 1
    assert shell(f"SELECT {meant}") == value
    assert len(server.requests) == 1


def test_every_name_of_another_system_is_tried_here() -> None:
    tried = {spelled.partition("(")[0].lower() for spelled, _ in SPELLED}
    assert set(CALLED) - set(FUNCTIONS) <= tried


def test_a_spelling_hides_no_function_of_ours() -> None:
    names = {spelling.function.name for spelling in SPELLINGS if spelling.function is not None}
    assert names.isdisjoint(FUNCTIONS)


NULLS = [
    ("ai_query('openai:m', NULL)", None),
    ("ai_query('openai:m', '')", None),
    ("ai_gen(NULL)", None),
    ("ai_gen('')", None),
    ("ai_analyze_sentiment(NULL)", None),
    ("ai_analyze_sentiment('')", None),
    ("AI.GENERATE(NULL)", None),
    ("AI.GENERATE('')", None),
    ("AI.CLASSIFY(NULL, categories => ['a'])", None),
    ("AI.CLASSIFY('', categories => ['a'])", ""),
    ("PROMPT('{0}', NULL)", None),
]


@pytest.mark.parametrize(("call", "value"), NULLS)
def test_null_and_an_empty_text_are_what_they_are_here(
    shell: Shell, server: ModelServer, call: str, value: str | None
) -> None:
    assert shell(f"SET ai.default_model = 'openai:small'; SELECT {call}") == [(value,)]
    assert server.requests == []


WRONG = [
    ("ai_gen()", "ai_gen takes 1 argument, not 0"),
    ("ai_gen('a', 'b')", "ai_gen takes 1 argument, not 2"),
    ("ai_gen(prompt => 'a')", "ai_gen: 'PROMPT =>' is not expected here"),
    ("ai_gen(x'00')", "the prompt of ai_complete must be text, not a blob"),
    ("ai_analyze_sentiment('a', '{}')", "ai_analyze_sentiment takes 1 argument, not 2"),
    ("ai_query('openai:m', 'a', '{}')", "ai_query takes 2 arguments, not 3"),
    ("ai_query('openai', 'a')", "CZLH-65000: Invalid model coordinates: 'openai'"),
    ("ai_query(endpoint => 'a', endpoint => 'b')", "ai_query: 'ENDPOINT' is given twice"),
    ("AI.GENERATE()", "ai.generate: the argument PROMPT is missing"),
    ("AI.GENERATE(endpoint => 'openai:m')", "ai.generate: the argument PROMPT is missing"),
    ("AI.GENERATE('a', 'b')", "ai.generate takes 2 arguments, not 3"),
    ("AI.GENERATE('a', connection_id => 'us.c')", "ai.generate: 'CONNECTION_ID =>' is not expected here"),
    ("AI.CLASSIFY('a')", "ai.classify: the argument CATEGORIES is missing"),
    ("AI.CLASSIFY(categories => ['a'])", "ai.classify: the argument INPUT is missing"),
    ("AI.CLASSIFY('a', categories => 'b')", "the labels of ai_classify must be texts, ARRAY('a', 'b', ...)"),
    ("AI.NOSUCH('a')", 'near "(": syntax error'),
    ("AI_TRANSLATE('text', 'en', 'de')", "CZLH-65000: Invalid model coordinates: 'text'"),
    ("ai_summarize('text', 20)", "CZLH-65000: Invalid model coordinates: 'text'"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_call_says_what_is_wrong(shell: Shell, server: ModelServer, call: str, message: str) -> None:
    assert shell.error(f"SET ai.default_model = 'openai:small'; SELECT {call}").message == message
    assert server.requests == []


@pytest.mark.parametrize(
    "call",
    ["ai_gen('x')", "ai_analyze_sentiment('x')", "AI.GENERATE('x')", "AI.CLASSIFY('x', categories => ['a'])"],
)
def test_without_a_default_model_nobody_is_asked(shell: Shell, server: ModelServer, call: str) -> None:
    error = shell.error(f"SELECT {call}")
    name = call.partition("(")[0].lower()
    assert error.message.lower() == f"{name} goes to the default model, and there is none"
    assert error.hint == "SET ai.default_model = 'CONNECTION:MODEL'"
    assert server.requests == []


def test_spellings_stand_wherever_calls_do(texts: Shell, server: ModelServer) -> None:
    texts("SET ai.default_model = 'openai:small'; CREATE VIEW v AS SELECT i, ai_gen(s) AS g FROM t")
    assert texts("SELECT g FROM v WHERE i = 7") == [("7",)]
    query = "SELECT i FROM t WHERE i < 9 AND AI.GENERATE(s) = '7' ORDER BY AI.GENERATE(s)"
    assert texts(query) == [(7,)]
    assert len(server.requests) == 8
    texts("UPDATE t SET s = AI.CLASSIFY(s, categories => ['7', '8']) WHERE i IN (7, 8)")
    assert texts("SELECT i, s FROM t WHERE i IN (7, 8)") == [(7, "7"), (8, "8")]


def test_the_name_that_was_called_is_the_one_in_usage_and_errors(shell: Shell, server: ModelServer) -> None:
    shell("SET ai.default_model = 'openai:small'; SELECT AI.GENERATE('x'), ai_gen('y')")
    assert shell("SELECT function FROM aisql.usage ORDER BY 1") == [("ai.generate",), ("ai_gen",)]


def test_a_dotted_name_cannot_stand_in_a_view(shell: Shell) -> None:
    error = shell.error("SET ai.default_model = 'openai:m'; CREATE VIEW v AS SELECT AI.GENERATE('x') AS g")
    assert error.message == "ai.generate cannot stand in a view in this form"


def test_a_schema_may_be_named_ai(shell: Shell, server: ModelServer) -> None:
    shell("ATTACH ':memory:' AS ai; CREATE TABLE ai.generate (a, b)")
    shell("INSERT INTO ai.generate (a, b) VALUES (1, ai_complete('openai:m', 'x'))")
    assert shell("SELECT ai.generate.b, generate.a FROM ai.generate") == [("echo: x", 1)]
    assert len(server.requests) == 1


def test_a_column_in_brackets_stays_one(shell: Shell, server: ModelServer) -> None:
    shell("CREATE TABLE odd ([a b], [it's]); INSERT INTO odd VALUES ('x', 'y')")
    rows = shell("SELECT ai_complete('openai:m', [a b]), ai_complete('openai:m', [it's]) FROM odd")
    assert rows == [("echo: x", "echo: y")]


def test_prompt_asks_nobody(open_shell: Callable[..., Shell], server: ModelServer) -> None:
    value = '{"template": "{0} and {1}", "args": ["a", "1.5"]}'
    assert open_shell()("SELECT PROMPT('{0} and {1}', 'a', 1.5)") == [(value,)]
    assert server.requests == []
