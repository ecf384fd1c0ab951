"""The script of each provider runs, against a server of our own in the place of the service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from server import ModelServer, echo

from aisql.providers.registry import SERVICES

FOLDER = Path(__file__).parent.parent / "examples" / "providers"
SCRIPTS = sorted(FOLDER.glob("*.sql"))
NAMED = {"bailian", "openai-compat", "aliyun", "aliyun-openai", "dashscope"}
"""Providers that another script stands for."""
KEY = "sk-of-this-example"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the built parser is kept: building it takes longer than everything else."""
    return tmp_path_factory.mktemp("cache")


def run(script: Path, server: ModelServer, folder: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Runs a script with every address in it led to the server, and a key in every variable it names."""
    text = script.read_text("utf-8")
    origin = server.url.removesuffix("/v1")
    local = folder / script.name
    local.write_text(re.sub(r"https?://[^/'\s]+", origin, text), "utf-8")
    names = set(re.findall(r"\b([A-Z_]+(?:_KEY|_TOKEN))\b", text))
    homes = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("DATA", "STATE", "CONFIG")}
    homes["XDG_CACHE_HOME"] = str(cache)
    bases = {
        "OPENAI_BASE_URL": f"{origin}/v1",
        "DEEPSEEK_BASE_URL": f"{origin}/v1",
        "ANTHROPIC_BASE_URL": origin,
        "OLLAMA_HOST": origin,
    }
    return subprocess.run(
        [sys.executable, "-m", "aisql", "--memory", "--csv", "-v", f"SERVICE={origin}/api", local],
        env=os.environ | homes | bases | dict.fromkeys(names, KEY),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_gets_its_answers_with_its_key(
    script: Path, server: ModelServer, tmp_path: Path, cache: Path
) -> None:
    server.answer = lambda body: '{"mood": "good"}' if "response_format" in body else echo(body)
    done = run(script, server, tmp_path, cache)
    assert (done.returncode, done.stderr) == (0, "")
    if script.stem == "builtin":
        assert (done.stdout, server.requests) == ("answer\ngood\n", [])
        return
    assert "echo: In one word: the capital of France?" in done.stdout
    wants_key = re.search(r"_KEY|_TOKEN", script.read_text("utf-8")) is not None
    keys = {
        request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        for request in server.requests
    }
    assert keys == ({KEY} if wants_key else {""})


def test_every_provider_has_a_script() -> None:
    written = {word for script in SCRIPTS for word in re.findall(r"[\w-]+", script.read_text("utf-8"))}
    assert {record.name for record in SERVICES} - NAMED <= written
