"""What tests of every area share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from server import ModelServer

# How long an example takes says something about the machine, and what is found by chance belongs to whoever
# looks for it: pytest --hypothesis-profile=default.
settings.register_profile(
    "the same everywhere",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("the same everywhere")


def pytest_configure() -> None:
    """Keeps the keyring of whoever runs the tests out of them; those about keyrings bring their own."""
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model server on the loopback, for one test."""
    with ModelServer() as running:
        yield running
