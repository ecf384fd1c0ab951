"""Where a value of an array ends that is no JSON, as far as its brackets and lines tell."""

from __future__ import annotations

import re

# A string that is not closed goes no further than its line: JSON has no line ends in strings.
_SIGNS = re.compile(r'"(?:[^"\\\n]++|\\[^\n])*+"?|[][{},]|\n[ \t\r]*(?=\{)')
_CLOSING = {"{": "}", "[": "]"}


def end_in_array(text: str, start: int, margin: int) -> int | None:
    """The end of the value that begins at `start`; None where the text does not have it.

    It ends where its brackets close, before a comma or the end of the array outside of them, or before a line
    that begins with an object no further to the right than `margin` characters.
    """
    missing: list[str] = []
    for match in _SIGNS.finditer(text, start):
        sign = match[0]
        if sign in _CLOSING:
            missing.append(_CLOSING[sign])
        elif sign in missing:
            while missing.pop() != sign:
                pass
            if not missing:
                return match.end()
        elif sign == "]" or (sign == "," and not missing) or (sign[0] == "\n" and len(sign) <= margin + 1):
            return match.start()
    return None
