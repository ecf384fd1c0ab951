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
_MARKS = ("ai_", "ai.", "ml_predict", "vector_search", "array", "map", "json", "explain", "volume")
# What follows is compiled where it is first needed: that takes longer than most statements.
_MIXED = rf"""(?ix)\b(?:
        (?:ai[_.]\w+|ml_predict|vector_search(?:_agg)?)(?:{_GAP})?\(
      | array(?:{_GAP})?[(\[]
      | map(?:{_GAP})?\[
      | json(?:{_GAP})?'
      | explain{_GAP}(?:prompt|ai)\b
    )"""
_EXPLAINS = rf"(?i)explain{_GAP}(prompt|ai)\b(?:{_GAP})?"
_QUERY = r"(?i)(?:SELECT|WITH|VALUES|INSERT|REPLACE|UPDATE|DELETE|CREATE)\b(?!\s*\()"
# In SQLite's joins a bracket follows USING.
_OF_VOLUMES = (
    rf"(?i)\b(?:using{_GAP}\w|get_presigned_url(?:{_GAP})?\(|(?:show|list){_GAP}(?:user|table|volume)\b)"
)
# Those that begin with a plain word, for text in small letters, are as fast as looking for the word.
_DATE, _TIME = r"date\s*'\d", r"time(?:stamp)?\s*'\d"
_CAST = rf"cast(?:{_GAP})?\("
_CAST_TYPE = rf"""(?ix)\bAS{_GAP}(?:
        (?:STRING|BYTES|BINARY|VARBINARY|VARIANT|BOOLEAN|DATE|TIME|TIMESTAMP|TIMESTAMP_LTZ|INTERVAL)\b
      | (?:ARRAY|MAP|MULTISET|ROW|RAW)(?:{_GAP})?[<(]
      | \w++(?:\([\d\s,]*\))?{_GAP}(?:ARRAY|MULTISET)\b
    )"""
_LAST_RESULT = rf"(?i)\bLAST{_GAP}RESULT\b"
_NAME = r"""(?:"(?:[^"]|"")*+"|`(?:[^`]|``)*+`|\[[^\]]*+\]|[^\s"'`\[\](),.;]++)"""
_KEEPS_RESULT = rf"""(?ix)CREATE{_GAP}{_TEMPORARY}TABLE(?:{_GAP}IF{_GAP}NOT{_GAP}EXISTS{_GAP})?
    (?:{_GAP})?{_NAME}(?:(?:{_GAP})?\.(?:{_GAP})?{_NAME})*(?:{_GAP})?AS{_GAP}LAST{_GAP}RESULT\b"""
_TABLE = rf"(?i)(?:CREATE{_GAP}{_TEMPORARY}|ALTER{_GAP})TABLE\b"
_COLUMN_TYPE = rf"""(?ix)
        \b(?:STRING|BYTES|BINARY|VARBINARY|VARIANT|INTERVAL|TIMESTAMP_LTZ|ZONE|COMMENT)\b
      | \b(?:ENFORCED|WATERMARK|METADATA|PARTITIONED|DISTRIBUTED)\b
      | \b(?:ARRAY|MAP|MULTISET|ROW|RAW)(?:{_GAP})?[<(]
      | [\w)]{_GAP}(?:ARRAY|MULTISET)\b
      | \)(?:{_GAP})?WITH\b
    """
_TYPE_WORDS = ("string", "bytes", "binary", "variant", "interval", "array", "map", "multiset", "row", "raw")
_CLAUSE_WORDS = ("_ltz", "comment", "enforced", "watermark", "metadata", "partitioned", "distributed", "with")


def is_ours(text: str) -> bool:
    """Whether the statement, which must begin with its first word, begins like one SQLite does not know."""
    if text[0] not in _FIRST_LETTERS:
        return False
    return _OURS.match(text) is not None or (text[0] in "cC" and _keeps_result(text))


def _keeps_result(text: str) -> bool:
    return speaks_of_last(text) and re.match(_KEEPS_RESULT, text) is not None


def speaks_of_last(text: str) -> bool:
    """Whether a text may say LAST RESULT somewhere."""
    return "last" in text.lower() and re.search(_LAST_RESULT, text) is not None


def without_words(text: str) -> tuple[str, str] | None:
    """The second word of EXPLAIN PROMPT or EXPLAIN AI, in small letters, and the query behind it with all
    offsets as they were; None for any other text.

    A call alone is `SELECT call`.
    """
    words = re.match(_EXPLAINS, text)
    if words is None:
        return None
    verb = "" if re.match(_QUERY, text[words.end() :]) else "SELECT "
    return words[1].lower(), verb.ljust(words.end()) + text[words.end() :]


def is_mixed(text: str) -> bool:
    """Whether a query may hold something of ours, or a type of Flink's in a cast or a column.

    True is only a reason to look closer: the words may stand in a string or a comment.
    """
    lowered = text.lower()
    # Looking for the plain words first is many times faster than the pattern, and most statements have none.
    if may_ask(text, lowered) or _has(lowered, "date", _DATE) or _has(lowered, "time", _TIME):
        return True
    if _has(lowered, "cast", _CAST) and ("try_cast" in lowered or re.search(_CAST_TYPE, text) is not None):
        return True
    return lowered.startswith(("create", "alter")) and _has_column_type(text, lowered)


def may_ask(text: str, lowered: str) -> bool:
    """Whether a text, which is given in small letters too, may hold an AI call, a literal or a volume."""
    if not any(mark in lowered for mark in _MARKS):
        return False
    if re.search(_MIXED, text) is not None:
        return True
    return "volume" in lowered and re.search(_OF_VOLUMES, text) is not None


def _has(lowered: str, word: str, pattern: str) -> bool:
    return word in lowered and re.search(pattern, lowered) is not None


def _has_column_type(text: str, lowered: str) -> bool:
    if not any(word in lowered for word in (*_TYPE_WORDS, *_CLAUSE_WORDS)) or re.match(_TABLE, text) is None:
        return False
    return re.search(_COLUMN_TYPE, text) is not None
