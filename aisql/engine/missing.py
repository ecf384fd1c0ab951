"""What messages of SQLite's say is missing: a table, a database, a function."""

from __future__ import annotations

import re

import apsw

from aisql.errors import Span

_NO_FUNCTION = re.compile(r"(?:no such|unknown) function: (\w+)(?:\(\))?")
_NO_TABLE = re.compile(r"no such table: ((?:(?:main|temp)\.(.+))|.+)", re.DOTALL)
_NO_DATABASE = re.compile(r"unknown database (.+)|no such table: (.+\..+)")


def function_in(message: str) -> str | None:
    """The function a message says there is not, in small letters."""
    match = _NO_FUNCTION.fullmatch(message)
    return None if match is None else match[1].lower()


def table_in(message: str, sql: str) -> str | None:
    """The table a message says there is not, as the statement has it; in a view it is one of `main`."""
    match = _NO_TABLE.fullmatch(message)
    if match is None:
        return None
    return match[1] if match[2] is None or match[1].replace('"', '""') in sql else match[2]


def databases_in(message: str) -> list[str]:
    """The databases a message of SQLite's may speak of; `a.b.c` may be b.c in a, or c in a.b."""
    match = _NO_DATABASE.fullmatch(message)
    if match is None:
        return []
    if match[1]:  # as it is written, in its quotes
        return [match[1].strip('"`[]')]
    parts = match[2].split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def place_of_table(message: str, sql: str, start: int) -> Span | None:
    """The place of a table that is missing, for which SQLite gives none."""
    name = (table_in(message, sql) or "").replace('"', '""')
    place = re.search(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", sql) if name else None
    return Span(start + place.start(), start + place.end()) if place else None


def place_of_string(text: str, sql: str, start: int) -> Span | None:
    """The place of a string with that text."""
    string = apsw.format_sql_value(text)
    place = sql.find(string)
    return Span(start + place, start + place + len(string)) if place >= 0 else None


def other_spelling(name: str, sql: str) -> re.Match[str] | None:
    """Where a statement reads a table whose name differs in capital letters only, which SQLite ignores."""
    quoted = re.escape(name.replace('"', '""'))
    places = re.finditer(rf"""(?i)(?:\bFROM|\bJOIN|,)\s*["'`\[](?P<name>{quoted})["'`\]]""", sql)
    return next((place for place in places if place["name"] != name.replace('"', '""')), None)


def requalified(sql: str, name: str, new_name: str) -> str:
    """The statement with `name.` before tables replaced; strings and comments stay as they are."""
    word = re.escape(name)
    pattern = (
        rf"""('[^']*'|--[^\n]*|/\*(?s:.*?)\*/)|(?<![\w.])(?:`{word}`|"{word}"|\[{word}\]|{word}(?!\w))\s*\."""
    )
    return re.sub(pattern, lambda match: match[1] or f"{new_name}.", sql)
