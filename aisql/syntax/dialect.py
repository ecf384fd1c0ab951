"""Whose statement is it: ours, SQLite's, or SQLite's with something of ours inside?

Only patterns, so that a script of plain SQL never loads the parser.
"""

from __future__ import annotations

import re

_GAP = r"(?:\s|--[^\n]*(?:\n|$)|/\*(?s:.*?)\*/)++"
_TEMPORARY = rf"(?:TEMP(?:ORARY)?{_GAP})?"
_OURS = re.compile(
    rf"""(?ix)(?:
        (?:SHOW|DESC|DESCRIBE|USE|SET|RESET|PURGE|RETRY|CALL|LIST|PUT|GET|REMOVE|COPY)\b
      | CREATE{_GAP}(?: (?:OR{_GAP}REPLACE{_GAP})? {_TEMPORARY} MODEL
                      | API{_GAP}CONNECTION | CATALOG | DATABASE | (?:EXTERNAL{_GAP})?VOLUME )\b
      | ALTER{_GAP}(?:MODEL|VOLUME)\b
      | DROP{_GAP}(?: {_TEMPORARY}MODEL | (?:API{_GAP})?CONNECTION | CATALOG | DATABASE | VOLUME )\b
    )"""
)
_FIRST_LETTERS = frozenset("sSdDuUrRcCaApPlLgG")
_MARKS = ("ai_", "ai.", "ml_predict", "array", "map", "json", "explain", "volume")
_MIXED = re.compile(
    rf"(?i)\b(?:(?:ai[_.]\w+|ml_predict)(?:{_GAP})?\(|array(?:{_GAP})?[(\[]|map(?:{_GAP})?\[|json(?:{_GAP})?')"
    rf"|\bexplain{_GAP}prompt\b"
)
_EXPLAINS = re.compile(rf"(?i)explain{_GAP}prompt\b(?:{_GAP})?")
_QUERY = re.compile(r"(?i)(?:SELECT|WITH|VALUES|INSERT|REPLACE|UPDATE|DELETE|CREATE)\b(?!\s*\()")
# In SQLite's joins a bracket follows USING.
_OF_VOLUMES = re.compile(
    rf"(?i)\b(?:using{_GAP}\w|get_presigned_url(?:{_GAP})?\(|show{_GAP}(?:user|table|volume)\b)"
)


def is_ours(text: str) -> bool:
    """Whether the statement, which must begin with its first word, begins like one SQLite does not know."""
    return text[0] in _FIRST_LETTERS and _OURS.match(text) is not None


def without_words(text: str) -> str | None:
    """The query of EXPLAIN PROMPT, with all offsets as they were; None for any other text.

    A call alone is `SELECT call`.
    """
    words = _EXPLAINS.match(text)
    if words is None:
        return None
    verb = "" if _QUERY.match(text, words.end()) else "SELECT "
    return verb.ljust(words.end()) + text[words.end() :]


def is_mixed(text: str) -> bool:
    """Whether a query may hold an AI call, an ARRAY, a MAP, a json literal or the name of a volume.

    True is only a reason to look closer: the words may stand in a string or a comment.
    """
    lowered = text.lower()
    # Looking for the plain words first is many times faster than the pattern, and most statements have none.
    if not any(mark in lowered for mark in _MARKS):
        return False
    return _MIXED.search(text) is not None or ("volume" in lowered and _OF_VOLUMES.search(text) is not None)
