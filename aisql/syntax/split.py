"""Cuts a script into statements.

One compiled pattern runs over each statement at the speed of the regular expression engine: it knows
strings, SQLite's four quotings, comments and nothing else. What a statement means is decided elsewhere.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Iterator

Piece = namedtuple("Piece", ["text", "start", "ended", "opened"])
"""One statement: its `text` without the semicolon, the offset it starts at, whether a semicolon `ended`
it, and the offset of a quote or comment that was `opened` and never closed (None where there is none)."""

# After ARRAY and MAP a bracket opens a list; anywhere else it opens a quoted name.
_LIST = r"(?i:(?<=\bARRAY)|(?<=\bARRAY\s)|(?<=\bMAP)|(?<=\bMAP\s))\["
_QUOTED = rf"""
    '[^']*+(?:''[^']*+)*+' | "[^"]*+(?:""[^"]*+)*+" | `[^`]*+(?:``[^`]*+)*+`
  | --[^\n]* | /\*(?s:.*?)\*/
  | {_LIST} | \[[^\]]*\]
  | -(?!-) | /(?!\*)
"""
_BODY = re.compile(rf"""(?: [^;'"`\[/-]++ | {_QUOTED} )*+""", re.VERBOSE)
_BACKSLASH = re.compile(rf"""(?: [^;'"`\[/\\-]++ | {_QUOTED} )*+ \\""", re.VERBOSE)
_SPACE = r"(?:\s|--[^\n]*(?:\n|$)|/\*(?s:.*?)\*/)"
_BLANK = re.compile(rf"{_SPACE}*+")
_TRIGGER = re.compile(
    rf"(?i)(?:EXPLAIN{_SPACE}++(?:QUERY{_SPACE}++PLAN{_SPACE}++)?)?"
    rf"CREATE{_SPACE}++(?:TEMP(?:ORARY)?{_SPACE}++)?TRIGGER\b"
)
_END = re.compile(rf"(?i){_SPACE}*+END{_SPACE}*+$")


def split(text: str, position: int = 0) -> Iterator[Piece]:
    """Yields the statements of a script from the position on, in order, without the empty ones."""
    body, length = _BODY.match, len(text)
    while True:
        start = begin(text, position)
        if start >= length:
            return
        end = body(text, start).end()  # type: ignore[union-attr] # it matches the empty string
        if text[start] in "cCeE" and _TRIGGER.match(text, start):
            end = _trigger_end(text, end)
        if end < length and text[end] == ";":
            if end > start:
                yield Piece(text[start:end], start, True, None)
            position = end + 1
            continue
        yield Piece(text[start:], start, False, end if end < length else None)
        return


def begin(text: str, position: int) -> int:
    """The offset of what comes next behind blanks and comments, the length of the text for nothing."""
    return _BLANK.match(text, position).end()  # type: ignore[union-attr] # it matches the empty string


def backslash(text: str, start: int) -> int | None:
    """The offset of a backslash in the statement that starts there, outside of all quotes and comments."""
    match = _BACKSLASH.match(text, start)
    return None if match is None else match.end() - 1


def _trigger_end(text: str, end: int) -> int:
    """The offset of the semicolon after END, or where the text breaks off; `end` is the first semicolon.

    The statements inside a trigger end with semicolons of their own; only `; END ;` ends the trigger.
    """
    while end < len(text) and text[end] == ";":
        start = end + 1
        end = _BODY.match(text, start).end()  # type: ignore[union-attr] # it matches the empty string
        if _END.match(text[start:end]):
            return end
    return end


def is_complete(text: str) -> bool:
    """Whether every statement of the text is ended by its semicolon."""
    return all(piece.ended for piece in split(text))


def line_of(text: str, offset: int) -> int:
    """The line, counted from 1, that the offset is in."""
    return text.count("\n", 0, offset) + 1
