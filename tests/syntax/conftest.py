"""One parser for all tests of the area: to build it takes a fifth of a second."""

from __future__ import annotations

import pytest

from aisql.syntax.parse import Parser


@pytest.fixture(scope="session")
def parser() -> Parser:
    return Parser()
