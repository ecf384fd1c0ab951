"""What tests of every area share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model server on the loopback, for one test."""
    with ModelServer() as running:
        yield running
