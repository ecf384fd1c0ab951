"""ai_count_tokens: it asks nobody, needs no key, and counts for the model that the name leads to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.providers.tokens import estimate
from aisql.session import Session
from aisql.settings import Settings

TEXT = "How many tokens are these? 多少"


def count(shell: Shell, model: str) -> object:
    return shell(f"SELECT ai_count_tokens('{model}', '{TEXT}')")[0][0]


@pytest.mark.parametrize(
    "model",
    ["openai:gpt-4o", "connection:openai:gpt-4o", "builtin:demo", "mine", "default_database.mine", "mine2",
     "c:any", "ai", "endpoint:e", "endpoint:ai"],
)  # fmt: skip
def test_every_name_of_a_model_will_do(tmp_path: Path, cache: str, model: str) -> None:
    session = Session(
        Settings({}),
        catalog_file=str(tmp_path / "c.sqlite"),
        directory=str(tmp_path),
        cache_directory=lambda: cache,
    )
    shell = Shell(session)
    endpoint = {
        "ai_model_name": "ai",
        "url": "https://api.openai.com/v1/chat/completions",
        "access_key": "${NOT_SET}",
        "provider": "openai",
    }
    shell(
        "CREATE MODEL mine INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'openai', "
        "'model' = 'gpt-4o', 'endpoint' = 'https://api.openai.com/v1', 'api-key' = '${NOT_SET}');"
        "CREATE MODEL mine2 INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'builtin');"
        "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' API_KEY = '${NOT_SET}';"
        """CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('ai', '{"type": "completion", "model_name": "m"}');"""
        f"CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('e', '{json.dumps(endpoint)}')"
    )
    assert count(shell, model) == estimate(TEXT)
    session.close()


def test_nobody_is_asked(shell: Shell, server: ModelServer) -> None:
    assert shell("SELECT ai_count_tokens('openai:m', NULL), ai_count_tokens('openai:m', '')") == [(None, 0)]
    assert shell("SELECT sum(ai_count_tokens('openai:m', value)) FROM json_each('[\"abcd\", 12345]')") == [
        (3,)
    ]
    assert server.requests == []


def test_the_default_model_will_do(shell: Shell) -> None:
    assert shell("SET ai.default_model = 'openai:m'; SELECT ai_count_tokens('abcde')") == [(2,)]


def test_the_name_of_a_function_may_stand_first(shell: Shell) -> None:
    assert shell("SELECT AI_COUNT_TOKENS('AI_COMPLETE', 'openai:m', 'abcde')") == [(2,)]


def test_it_may_stand_in_a_view(shell: Shell) -> None:
    shell("CREATE VIEW v AS SELECT ai_count_tokens('openai:m', 'abcde') AS n")
    assert shell("SELECT n FROM v") == [(2,)]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("ai_count_tokens('nosuch', 'x')", "CZLH-65000"),
        ("ai_count_tokens('nosuch:m', 'x')", "CZLH-65000"),
        ("ai_count_tokens('openai:', 'x')", "CZLH-65000"),
        ("ai_count_tokens(NULL, 'x')", "CZLH-65000"),
        ("ai_count_tokens('', 'x')", "CZLH-65000"),
        ("ai_count_tokens('endpoint:nosuch', 'x')", "CZLH-67000"),
        ("ai_count_tokens('openai:m')", "function_error"),
        ("ai_count_tokens('openai:m', 'x', 'y')", "function_error"),
        ("ai_count_tokens('openai:m', x'00')", "function_error"),
    ],
)
def test_a_wrong_call_is_refused(shell: Shell, call: str, code: str) -> None:
    assert shell.error(f"SELECT {call}").code == code
