"""What tests of every area share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from server import ModelServer


def pytest_configure() -> None:
    """Keeps the keyring of whoever runs the tests out of them; those about keyrings bring their own."""
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model server on the loopback, for one test."""
    with ModelServer() as running:
        yield running
