"""The labels of a call, ARRAY('a', 'b', ...): a JSON array of texts."""

from __future__ import annotations

import json

from aisql.errors import FunctionError
from aisql.result import Value


def labels_of(value: Value, function: str) -> tuple[str, ...]:
    """The labels an argument holds. Raises FunctionError for anything but texts, and for none (Singdata)."""
    try:
        labels = json.loads(value) if isinstance(value, str) else None
    except (RecursionError, ValueError):
        labels = None
    if not isinstance(labels, list) or not all(isinstance(label, str) and label.strip() for label in labels):
        raise FunctionError(f"the labels of {function} must be texts, ARRAY('a', 'b', ...)")
    if not labels:
        raise FunctionError("labels must contain at least 1 label")
    return tuple(labels)
