"""A user with a home of their own for every test; the built grammar is made once and shared."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_aisql import Aisql


@pytest.fixture(scope="session")
def cache_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the built grammar is kept for the whole run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def aisql(tmp_path: Path, cache_directory: Path) -> Aisql:
    """A user who has never used aisql."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    return Aisql(home, work, cache_directory)
