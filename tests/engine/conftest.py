"""A session in a temporary folder whose connections lead to the tests' model server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from engine_shell import Shell
from quick_clock import Clocks
from server import ModelServer

from aisql.session import Session
from aisql.settings import Settings


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def open_session(tmp_path: Path, server: ModelServer, cache: str) -> Iterator[Callable[..., Shell]]:
    """Opens sessions on one catalog; `defaults` are settings of a config file."""
    sessions = []

    def open_one(variables: Mapping[str, str], defaults: Mapping[str, str], **options: Any) -> Shell:
        environment = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
        session = Session(
            Settings(environment, variables, defaults),
            catalog_file=str(tmp_path / "catalog.sqlite"),
            directory=str(tmp_path),
            cache_directory=lambda: cache,
            **options,
        )
        sessions.append(session)
        return Shell(session)

    yield open_one
    for session in sessions:
        session.close()


@pytest.fixture
def open_shell(open_session: Callable[..., Shell]) -> Callable[..., Shell]:
    """Opens sessions on one catalog; `variables` are session variables, `stdin` is a descriptor."""

    def open_one(stdin: int | None = None, **variables: str) -> Shell:
        # A failure is one failure here; what is tried again is in test_retry.py.
        return open_session(variables, {"ai.retry_num": "0"}, stdin=stdin)

    return open_one


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def open_quick(open_session: Callable[..., Shell], clocks: Clocks) -> Callable[..., Shell]:
    """Opens sessions on one catalog whose waits take no time; `settings` are those of the config file."""

    def open_one(settings: Mapping[str, str] = MappingProxyType({})) -> Shell:
        return open_session({}, settings, clock=clocks)

    return open_one


@pytest.fixture
def shell(open_shell: Callable[..., Shell]) -> Shell:
    return open_shell()


@pytest.fixture
def texts(shell: Shell, server: ModelServer) -> Shell:
    """A table t(i, s) of 1,000 rows with 50 distinct texts; the model answers with the last word."""
    server.answer = lambda body: str(body["messages"][-1]["content"]).split()[-1]
    shell(
        "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT);"
        "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 1000) "
        "INSERT INTO t SELECT n, 'text ' || (n % 50) FROM g"
    )
    return shell
