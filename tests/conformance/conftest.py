"""The documented statements run in a session whose connections lead to the tests' model server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.session import Session
from aisql.settings import Settings


@pytest.fixture
def shell(tmp_path: Path, server: ModelServer) -> Iterator[Shell]:
    """A session on an empty catalog, in which a failure is one failure."""
    environment = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
    session = Session(
        Settings(environment, {}, {"ai.retry_num": "0"}),
        catalog_file=str(tmp_path / "catalog.sqlite"),
        directory=str(tmp_path),
    )
    yield Shell(session)
    session.close()
