"""The rows of an option table: plain values as written, secrets as references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from aisql.secrecy import MASK

Pairs = tuple[tuple[str, str], ...]

MODEL_OPTIONS = "aisql_model_options"
CONNECTION_OPTIONS = "aisql_connection_options"
_OWNER = {MODEL_OPTIONS: "model", CONNECTION_OPTIONS: "connection"}


def write_options(
    connection: apsw.Connection,
    table: str,
    owner: int | str,
    plain: Mapping[str, str],
    references: Mapping[str, str],
) -> None:
    """Adds or replaces options of one owner (a model's id, a connection's name)."""
    rows: list[tuple[int | str, str, str | None, str | None]]
    rows = [(owner, key, value, None) for key, value in plain.items()]
    rows += [(owner, key, None, reference) for key, reference in references.items()]
    connection.executemany(
        f"INSERT OR REPLACE INTO {table} ({_OWNER[table]}, key, value, secret) VALUES (?, ?, ?, ?)", rows
    )


def visible_options(rows: Iterable[tuple[Any, ...]]) -> tuple[Pairs, Pairs]:
    """From rows (key, value, secret): the options to show, and the references of the secret ones."""
    found = sorted(rows)
    options = tuple((key, MASK if value is None else value) for key, value, _ in found)
    return options, tuple((key, secret) for key, _, secret in found if secret is not None)
