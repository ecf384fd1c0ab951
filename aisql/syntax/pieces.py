"""What statements are made of: names, options, patterns, and how they are written as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aisql.schema import quote_name, quote_text

Path: TypeAlias = tuple[str, ...]
"""A name in one to three parts: `m`, `db.m`, `catalog.db.m`."""

Options: TypeAlias = tuple[tuple[str, str], ...]
"""Keys and values in the order they were written."""


def quote_path(path: Path) -> str:
    """The parts of the name in back quotes, joined by dots."""
    return ".".join(map(quote_name, path))


def options_sql(options: Options) -> str:
    """`('key' = 'value', ...)`"""
    return "(" + ", ".join(f"{quote_text(key)} = {quote_text(value)}" for key, value in options) + ")"


def flag(present: bool, words: str) -> str:
    """The words and a space where they are to be said."""
    return f"{words} " if present else ""


@dataclass(frozen=True, slots=True)
class Like:
    """`[NOT] LIKE 'pattern'`, or ILIKE, which ignores case."""

    pattern: str
    negated: bool = False
    ignore_case: bool = False

    def to_sql(self) -> str:
        operator = f"{flag(self.negated, 'NOT')}{'ILIKE' if self.ignore_case else 'LIKE'}"
        return f" {operator} {quote_text(self.pattern)}"


def listing_sql(words: str, source: Path | None, like: Like | None) -> str:
    """`SHOW ... [FROM database] [LIKE pattern]`"""
    place = f" FROM {quote_path(source)}" if source else ""
    return f"{words}{place}{like.to_sql() if like else ''}"
