"""Rows as one value of SQL, on their way from the function that finds them to the table that shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aisql.errors import StatementError
from aisql.result import Row, Value


def as_value(rows: Sequence[Row]) -> str:
    """The rows as JSON; a blob is an object."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=lambda blob: {"": blob.hex()})


def rows_of(value: Value, width: int) -> list[Row]:
    """The rows of such a value, none for NULL. Raises StatementError for what a user has made up."""
    if value is None:
        return []
    try:
        rows = json.loads(str(value), object_hook=lambda blob: bytes.fromhex(blob[""]))
        found = [tuple(row) for row in rows]
    except (KeyError, RecursionError, TypeError, ValueError):
        found = [()]
    if not all(len(row) == width and all(map(_is_value, row)) for row in found):
        raise StatementError("a table of what was found is part of aisql and cannot be called")
    return found


def _is_value(value: Any) -> bool:
    is_wide = isinstance(value, int) and not -(2**63) <= value < 2**63
    return isinstance(value, int | float | str | bytes | None) and not is_wide
