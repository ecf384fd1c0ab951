"""The documented statements run in a session whose connections lead to the tests' model server."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from engine_shell import Shell
from server import ModelServer

import aisql
from aisql.render.registry import write
from aisql.session import Session
from aisql.settings import Settings

Printed: TypeAlias = Callable[[str], str]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def shell(tmp_path: Path, server: ModelServer, cache: str) -> Iterator[Shell]:
    """A session on an empty catalog, in which a failure is one failure."""
    environment = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
    session = Session(
        Settings(environment, {}, {"ai.retry_num": "0"}),
        catalog_file=str(tmp_path / "catalog.sqlite"),
        directory=str(tmp_path),
        cache_directory=lambda: cache,
    )
    yield Shell(session)
    session.close()


@pytest.fixture
def connection(tmp_path: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[aisql.Connection]:
    """A connection of a Python program on an empty catalog."""
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    with aisql.connect(":memory:", catalog=tmp_path / "catalog.sqlite", environment={}) as opened:
        yield opened


@pytest.fixture
def printed(shell: Shell) -> Printed:
    """What the shell prints for a text: every table, and behind it what the statement warns of."""

    def run(text: str) -> str:
        stream = io.StringIO("\n")
        stream.seek(1)
        for outcome in shell.session.run(text):
            if outcome.error is not None:
                raise outcome.error
            if outcome.result.columns:
                write(outcome.result, stream, "table")
            stream.writelines(f"warning: {notice}\n" for notice in outcome.result.notices)
        return stream.getvalue()

    return run
