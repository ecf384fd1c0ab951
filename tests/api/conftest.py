"""Connections as a Python program opens them, on files in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from server import ModelServer

import aisql


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def connect(
    tmp_path: Path, server: ModelServer, cache: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., aisql.Connection]]:
    """Opens connections on one catalog, with the tests' model server for the built-in connection openai."""
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    environment = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
    opened = []

    def connect(path=":memory:", **arguments):
        arguments = {"catalog": tmp_path / "catalog.sqlite", "environment": environment, **arguments}
        opened.append(aisql.connect(path, **arguments))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def connection(connect: Callable[..., aisql.Connection]) -> aisql.Connection:
    return connect()
