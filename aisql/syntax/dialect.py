"""Whose statement is it: ours, SQLite's, or SQLite's with something of ours inside?

Only patterns, so that a script of plain SQL never loads the parser.
"""

from __future__ import annotations

import re

_GAP = r"(?:\s|--[^\n]*(?:\n|$)|/\*(?s:.*?)\*/)++"
_TEMPORARY = rf"(?:TEMP(?:ORARY)?{_GAP})?"
_OURS = re.compile(
    rf"""(?ix)(?:
        (?:SHOW|DESC|DESCRIBE|USE|SET|RESET|PURGE|RETRY|CALL)\b
      | CREATE{_GAP}(?: (?:OR{_GAP}REPLACE{_GAP})? {_TEMPORARY} MODEL
                      | API{_GAP}CONNECTION | CATALOG | DATABASE )\b
      | ALTER{_GAP}MODEL\b
      | DROP{_GAP}(?: {_TEMPORARY}MODEL | (?:API{_GAP})?CONNECTION | CATALOG | DATABASE )\b
    )"""
)
_FIRST_LETTERS = frozenset("sSdDuUrRcCaApP")
_FIRST_OF_TABLE = frozenset("cCaA")
_MARKS = ("ai_", "ml_predict", "array", "map", "json", "try_cast")
_MIXED = re.compile(
    rf"""(?ix)\b(?:
        (?:ai_\w+|ml_predict|try_cast)(?:{_GAP})?\(
      | array(?:{_GAP})?[(\[]
      | map(?:{_GAP})?\[
      | json(?:{_GAP})?'
    )"""
)
# Patterns that begin with a plain word are as fast as looking for it; they are for text in small letters.
_MOMENTS = (re.compile(rf"date(?:{_GAP})?'\d"), re.compile(rf"time(?:stamp)?(?:{_GAP})?'\d"))
_CAST = re.compile(rf"cast(?:{_GAP})?\(")
# Types SQLite does not know, or reads as another one.
_CAST_TYPE = re.compile(
    rf"""(?ix)\bAS{_GAP}(?:
        (?:STRING|BYTES|BINARY|VARBINARY|VARIANT|BOOLEAN|DATE|TIME|TIMESTAMP|TIMESTAMP_LTZ|INTERVAL)\b
      | (?:ARRAY|MAP|MULTISET|ROW|RAW)(?:{_GAP})?[<(]
      | \w++(?:\([\d\s,]*\))?{_GAP}(?:ARRAY|MULTISET)\b
    )"""
)
_TABLE = re.compile(rf"(?i)(?:CREATE{_GAP}{_TEMPORARY}|ALTER{_GAP})TABLE\b")
_COLUMN_TYPE = re.compile(
    rf"""(?ix)
        \b(?:STRING|BYTES|BINARY|VARBINARY|VARIANT|INTERVAL|TIMESTAMP_LTZ|ZONE|COMMENT|ENFORCED|WATERMARK|METADATA
             |PARTITIONED|DISTRIBUTED)\b
      | \b(?:ARRAY|MAP|MULTISET|ROW|RAW)(?:{_GAP})?[<(]
      | [\w)]{_GAP}(?:ARRAY|MULTISET)\b
      | \)(?:{_GAP})?WITH\b
    """
)


def is_ours(text: str) -> bool:
    """Whether the statement, which must begin with its first word, begins like one SQLite does not know."""
    return text[0] in _FIRST_LETTERS and _OURS.match(text) is not None


def is_mixed(text: str) -> bool:
    """Whether a query may hold an AI call, a literal of ours, or a type of Flink's in a cast or a column.

    True is only a reason to look closer: the words may stand in a string or a comment.
    """
    lowered = text.lower()
    # Looking for the plain words first is many times faster than the pattern, and most statements have none.
    if any(mark in lowered for mark in _MARKS) and _MIXED.search(text) is not None:
        return True
    if any(pattern.search(lowered) for pattern in _MOMENTS):
        return True
    if _CAST.search(lowered) is not None and _CAST_TYPE.search(text) is not None:
        return True
    is_table = text[:1] in _FIRST_OF_TABLE and _TABLE.match(text) is not None
    return is_table and _COLUMN_TYPE.search(text) is not None
