"""Hints for what SQLite does not find."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from aisql.functions.registry import CALLED

_MISSING = re.compile(r"no such (table|column|function): (?:\w+\.)*(.+)")


def hint(message: str, names: Callable[[], dict[str, list[str]]]) -> str | None:
    """The nearest known name to one that is missing; None when nothing is near.

    `message` is SQLite's; `names` gives the tables in reach and their columns.
    """
    match = _MISSING.fullmatch(message)
    if match is None:
        return None
    kind, missing = match[1], match[2]
    if kind == "function":
        known = list(CALLED)
    elif kind == "table":
        known = list(names())
    else:
        known = sorted({column for columns in names().values() for column in columns})
    near = get_close_matches(missing.lower(), [name.lower() for name in known], 1, 0.6)
    spelled = {name.lower(): name for name in known}
    return f'did you mean "{spelled[near[0]]}"?' if near else None
