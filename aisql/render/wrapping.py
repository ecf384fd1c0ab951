"""Long lines on a terminal: they are broken at blanks; those of prose go on set in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aisql.render.escape import cell_width, fitting

_FULL = 80
"""A line longer than this was broken where the source had no more room, and goes on in the next one."""
_SET_IN = 2
_SIGNS = 8
"""So many signs may be joined into what takes a cell."""

_NARROWEST = 12
"""In less room nothing could be read."""
_BEGINNINGS = (" ", "\n", "Example: ")
"""How a line begins that goes on with none before it."""

_BLANKS = re.compile(" *")


def hanging(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines, each with its newline, in lines no wider than that; a word that is wider is broken."""
    for line in _whole(lines):
        yield broken(line.removesuffix("\n"), width) + "\n"


def broken(text: str, width: int) -> str:
    """A text in lines no wider than that; a word that is wider is broken."""
    return "\n".join(piece for line in text.split("\n") for piece in _set_in(line, max(width, _NARROWEST)))


def _set_in(line: str, width: int) -> Iterator[str]:
    indent = len(line) - len(line.lstrip(" ")) + _SET_IN
    return _pieces(line, width, " " * min(indent, width // 4))


def wrapped(cell: str, width: int, *, words: bool = True) -> str:
    """The cell in lines no wider than that, broken at blanks where there are some; `words` too."""
    return "\n".join(piece for line in cell.split("\n") for piece in _pieces(line, width, words=words))


def _pieces(line: str, width: int, indent: str = "", *, words: bool = True) -> Iterator[str]:
    """The line in pieces no wider than that, all but the first behind an indent.

    A word that is wider is broken if `words` are. A line may be megabytes, so no more of it is looked at than
    there is room for.
    """
    start, lead, reach = 0, "", width * _SIGNS
    while True:
        seen = lead + line[start : start + reach]
        if len(line) <= start + reach and cell_width(seen) <= width:
            yield seen
            return
        end = max(1, fitting(seen, width))
        blank = seen.rfind(" ", 0, end + 1)
        is_word = not seen[: max(0, blank)].strip()
        end = start - len(lead) + (end if is_word else blank)
        if is_word and not words:
            end = line.find(" ", end)
        yield lead + (line[start:end] if end >= 0 else line[start:])
        if end < 0:
            return
        start, lead = _behind_blanks(line, end), indent


def _behind_blanks(line: str, start: int) -> int:
    match = _BLANKS.match(line, start)
    return start if match is None else match.end()


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """The lines, those that were broken put together again."""
    held, is_full = "", False
    for line in lines:
        if is_full and not line.startswith(_BEGINNINGS):
            held = f"{held[:-1]} {line}"
        else:
            yield from [held] if held else []
            held = line
        is_full = len(line) > _FULL
    yield from [held] if held else []
