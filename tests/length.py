"""Which cases of a test take long: they are left to `pytest -m long`."""

from __future__ import annotations

import pytest


def long(*values: object) -> list[object]:
    """The values of one parameter, each with the marker `long`."""
    return [pytest.param(value, marks=pytest.mark.long) for value in values]
