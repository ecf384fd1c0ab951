"""Servers written by others, each in a process of its own on the loopback.

`.ci/run` installs them and says where: AISQL_AIMOCK is the command `llmock` of the npm package
@copilotkit/aimock, AISQL_LITELLM the command `litellm` of the PyPI package litellm[proxy].
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from engine_shell import Shell
from quick_clock import Clocks

from aisql.session import Session
from aisql.settings import Settings

STARTING = 90
"""Seconds a server may take until it answers."""


class Foreign:
    """A server written by others; `origin` is its address without a path."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the server says itself, not as a model."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.origin}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, health: str, **variables: str) -> Iterator[Foreign]:
    """A process while it answers at its address."""
    server = Foreign(port)
    process = subprocess.Popen(
        command, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + STARTING
        while True:
            try:
                urllib.request.urlopen(f"{server.origin}{health}", timeout=5).close()
                break
            except urllib.error.HTTPError:
                break  # it answers
            except OSError:
                assert process.poll() is None, "the server ended at its start"
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def command_of(variable: str, package: str) -> str:
    command = os.environ.get(variable, "")
    if not command:
        pytest.skip(f"{package} is not installed: {variable} names its command")
    return command


@pytest.fixture(scope="session")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    command = command_of("AISQL_AIMOCK", "@copilotkit/aimock")
    fixtures = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    limit = {"error": {"message": "slow down", "type": "rate_limit_error"}, "status": 429, "retryAfter": 3}
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    refused = {"error": {"message": "wrong key", "type": "authentication_error"}, "status": 401}
    entries = [
        {"match": {"userMessage": "limited", "sequenceIndex": 0}, "response": limit},
        {"match": {"userMessage": "limited"}, "response": {"content": "after the limit"}},
        {
            "match": {"userMessage": "thinks"},
            "response": {"content": "done", "reasoning": "hm", "usage": usage},
        },
        {"match": {"userMessage": "refused"}, "response": refused},
        {"match": {"userMessage": "hello"}, "response": {"content": "a greeting in several pieces"}},
    ]
    fixtures.write_text(json.dumps({"fixtures": entries}), "utf-8")
    port = free_port()
    arguments = [command, "-p", str(port), "-f", str(fixtures), "--log-level", "silent"]
    with running(arguments, port, "/health") as server:
        yield server


@pytest.fixture(scope="session")
def litellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    command = command_of("AISQL_LITELLM", "litellm[proxy]")
    answers = {
        "good": "positive",
        "limited": "litellm.RateLimitError",
        "broken": "litellm.InternalServerError",
        "long": "litellm.ContextWindowExceededError",
        "vectors": [0.1, 0.2, 0.3],
    }
    models = [
        {
            "model_name": name,
            "litellm_params": {"model": "openai/gpt-4o-mini", "api_key": "x", "mock_response": answer},
        }
        for name, answer in answers.items()
    ]
    config = {
        "model_list": models,
        "general_settings": {"master_key": "sk-local"},
        "router_settings": {"num_retries": 0},
    }
    file = tmp_path_factory.mktemp("litellm") / "config.yaml"
    file.write_text(json.dumps(config), "utf-8")  # JSON is YAML
    port = free_port()
    arguments = [command, "--config", str(file), "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with running(arguments, port, "/health/liveliness", **quiet) as server:
        yield server


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def shell(tmp_path: Path, clocks: Clocks) -> Iterator[Shell]:
    """A session whose retries take no time."""
    session = Session(
        Settings({}),
        catalog_file=str(tmp_path / "catalog.sqlite"),
        directory=str(tmp_path),
        cache_directory=lambda: str(tmp_path),
        clock=clocks,
    )
    yield Shell(session)
    session.close()


@pytest.fixture
def connect(shell: Shell) -> Callable[..., None]:
    """Makes the connection `foreign`."""

    def make(provider: str, base: str, **properties: str) -> None:
        written = " ".join(f"{key} = '{value}'" for key, value in properties.items())
        shell(
            f"CREATE API CONNECTION foreign TYPE ai_function PROVIDER = '{provider}' "
            f"BASE_URL = '{base}' API_KEY = 'sk-local' {written}"
        )

    return make
