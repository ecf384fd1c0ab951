"""The script of each provider runs, against a server of our own in the place of the service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from server import ModelServer, echo

from aisql.providers.registry import SERVICES
from aisql.result import Row
from aisql.session import Session
from aisql.settings import Settings

FOLDER = Path(__file__).parent.parent / "examples" / "providers"
SCRIPTS = sorted(FOLDER.glob("*.sql"))
NAMED = {"bailian", "openai-compat", "aliyun", "aliyun-openai", "dashscope"}
"""Providers that another script stands for."""
KEY = "sk-of-this-example"


def run(script: Path, server: ModelServer, folder: Path) -> list[Row]:
    """Runs a script with every address in it led to the server, and a key in every variable it names."""
    text = script.read_text("utf-8")
    origin = server.url.removesuffix("/v1")
    bases = {
        "OPENAI_BASE_URL": f"{origin}/v1",
        "DEEPSEEK_BASE_URL": f"{origin}/v1",
        "ANTHROPIC_BASE_URL": origin,
        "OLLAMA_HOST": origin,
    }
    keys = dict.fromkeys(re.findall(r"\b([A-Z_]+(?:_KEY|_TOKEN))\b", text), KEY)
    session = Session(
        Settings(bases | keys, {"SERVICE": f"{origin}/api"}),
        catalog_file=str(folder / "catalog.sqlite"),
        directory=str(folder),
        database_file=":memory:",
    )
    rows: list[Row] = []
    for outcome in session.run(re.sub(r"https?://[^/'\s]+", origin, text)):
        assert outcome.error is None, outcome.error
        rows += outcome.result.rows
        assert outcome.result.notices == []
    session.close()
    return rows


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_gets_its_answers_with_its_key(script: Path, server: ModelServer, tmp_path: Path) -> None:
    server.answer = lambda body: '{"mood": "good"}' if "response_format" in body else echo(body)
    rows = run(script, server, tmp_path)
    if script.stem == "builtin":
        assert (rows, server.requests) == ([("good",)], [])
        return
    assert rows[0] == ("echo: In one word: the capital of France?",)
    wants_key = re.search(r"_KEY|_TOKEN", script.read_text("utf-8")) is not None
    keys = {
        request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        for request in server.requests
    }
    assert keys == ({KEY} if wants_key else {""})


def test_every_provider_has_a_script() -> None:
    written = {word for script in SCRIPTS for word in re.findall(r"[\w-]+", script.read_text("utf-8"))}
    assert {record.name for record in SERVICES} - NAMED <= written
