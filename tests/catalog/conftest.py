"""A catalog in a temporary folder, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.connections import Connections
from aisql.catalog.endpoints import Endpoints
from aisql.catalog.models import Models


def noon() -> datetime:
    return datetime(2025, 5, 11, 9, 36, 51, 548_000)


@pytest.fixture
def clock():
    return noon


@pytest.fixture
def catalog_file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "catalog.sqlite"


@pytest.fixture
def catalogs(catalog_file: Path, tmp_path: Path) -> Iterator[Catalogs]:
    opened = Catalogs(catalog_file, tmp_path, noon)
    yield opened
    opened.close()


def holds_key(option: str) -> bool:
    return option in ("api-key", "api_key")


@pytest.fixture
def models(catalogs: Catalogs) -> Models:
    return Models(catalogs, holds_key)


@pytest.fixture
def connections(catalogs: Catalogs) -> Connections:
    return Connections(catalogs, holds_key)


@pytest.fixture
def endpoints(catalogs: Catalogs) -> Endpoints:
    return Endpoints(catalogs, lambda name: name == "access_key")
