"""Untrusted text made harmless, and the room text takes on a terminal.

A model's answer may hold anything: escape sequences that move the cursor, marks that turn the direction
of the text around it. Nothing of that may reach a terminal raw.
"""

from __future__ import annotations

import re
from itertools import accumulate, takewhile

# C0 without the newline, DEL and C1, line and paragraph separator, bidi embeddings, overrides and
# isolates, lone surrogates.
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_unsafe = UNSAFE.search


def visible(text: str, *, newline: bool = True) -> str:
    r"""The text with every unsafe character written as an escape: `\x1b`, `\t`, `\r`, `\u202e`.

    Newlines are kept; with `newline=False` they are escaped too.
    """
    if _unsafe(text):
        text = UNSAFE.sub(_escape, text)
    return text if newline else text.replace("\n", r"\n")


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def cell_width(text: str) -> int:
    """The number of terminal cells the text takes; it is one line and went through `visible`."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fitting(text: str, room: int) -> int:
    """How many signs from the beginning of the text, which is as above, fit into so many cells."""
    if text.isascii():
        return min(max(0, room), len(text))
    taken = accumulate(map(cell_width, text))
    end = sum(1 for _ in takewhile(lambda cells: cells <= room, taken))
    while end < len(text) and cell_width(text[: end + 1]) <= room:  # signs that are joined take less
        end += 1
    return end
