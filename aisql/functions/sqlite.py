"""The functions SQLite brings along, for completion, colours and help."""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple


class SqliteFunction(NamedTuple):
    """A function of SQLite's: how it is called and what it gives."""

    name: str
    signature: str
    summary: str


def _read() -> tuple[SqliteFunction, ...]:
    text = (resources.files("aisql.functions") / "sqlite.tsv").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in text.splitlines() if line)
    return tuple(
        SqliteFunction(signature.partition("(")[0], signature, summary) for signature, summary in lines
    )


SQLITE_FUNCTIONS: tuple[SqliteFunction, ...] = _read()
"""Those that a user calls, by name."""
