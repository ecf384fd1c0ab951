"""Hints for what SQLite does not find."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from aisql.functions.plain import PLAIN_FUNCTIONS
from aisql.functions.registry import CALLED

_NO_JSON = frozenset(("JSON cannot hold BLOB values", "malformed JSON"))
_TEXTS = (".txt", ".dat", ".data", ".log")
_MISSING = re.compile(r"no such (table|column|function): (?:\w+\.)*(.+)")


def hint(message: str, names: Callable[[], dict[str, list[str]]]) -> str | None:
    """The nearest known name to one that is missing, or what gives JSON; None when there is nothing to say.

    `message` is SQLite's; `names` gives the tables in reach and their columns.
    """
    if message in _NO_JSON:
        return "vector_json(v) gives the JSON text of a vector"
    match = _MISSING.fullmatch(message)
    if match is None:
        return None
    kind, missing = match[1], match[2]
    if kind == "table" and (said := _of_file(message.partition(": ")[2])) is not None:
        return said
    if kind == "function" and missing.lower() in CALLED:
        return "CREATE TABLE ... AS SELECT keeps the answers of a view with AI calls"
    if kind == "function":
        known = [*CALLED, *PLAIN_FUNCTIONS]
    elif kind == "table":
        known = list(names())
    else:
        known = sorted({column for columns in names().values() for column in columns})
    spelled = {name.lower().rpartition(".")[2]: name for name in known}
    near = get_close_matches(missing.lower(), list(spelled), 1, 0.6)
    return f'did you mean "{spelled[near[0]]}"?' if near else None


def _of_file(name: str) -> str | None:
    """What to do where the name of a table looks like that of a file."""
    from aisql.data.registry import format_of  # few mistakes are of this kind

    if name.lower() == "stdin":
        return "it is what is piped in: cat FILE | aisql -c 'SELECT * FROM stdin'"
    if format_of(name) is not None:
        return f"a file stands in quotes: FROM '{name}'"
    if "/" in name or name.lower().endswith(_TEXTS):
        return f"read_csv('{name}') and read_json('{name}') read a file of any name"
    return None
