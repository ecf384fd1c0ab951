"""What tests of every area share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from server import ModelServer

MEMORY = Path("/dev/shm")
ROOM = 2 << 30  # bytes; all tests need a tenth of it

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
    """Keeps the keyring of whoever runs the tests out of them; those about keyrings bring their own.

    Temporary folders are made in memory where it has room: many tests commit often, and would wait for a disk
    each time.
    """
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model server on the loopback, for one test."""
    with ModelServer() as running:
        yield running
