"""Names of tables with their database before them. Imported at every start, so it imports little itself."""

from __future__ import annotations

import re

_NO_DATABASE = re.compile(r"unknown database (.+)|no such table: (.+\..+)")


def databases_in(message: str) -> list[str]:
    """The databases a message of SQLite's may speak of; `a.b.c` may be b.c in a, or c in a.b."""
    match = _NO_DATABASE.fullmatch(message)
    if match is None:
        return []
    if match[1]:  # as it is written, in its quotes
        return [match[1].strip('"`[]')]
    parts = match[2].split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def requalified(sql: str, name: str, new_name: str) -> str:
    """The statement with `name.` before tables replaced; strings and comments stay as they are."""
    word = re.escape(name)
    pattern = (
        rf"""('[^']*'|--[^\n]*|/\*(?s:.*?)\*/)|(?<![\w.])(?:`{word}`|"{word}"|\[{word}\]|{word}(?!\w))\s*\."""
    )
    return re.sub(pattern, lambda match: match[1] or f"{new_name}.", sql)
