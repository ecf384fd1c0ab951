"""Prose on a terminal: long lines are broken at blanks, and go on set in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aisql.render.narrow import pieces

_FULL = 80
"""A line longer than this was broken where the source had no more room, and goes on in the next one."""
_SET_IN = 2
_NARROWEST = 12
"""In less room nothing could be read."""
_BEGINNINGS = (" ", "\n", "Example: ")
"""How a line begins that goes on with none before it."""


def hanging(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines, each with its newline, in lines no wider than that; a word that is wider is broken."""
    for line in _whole(lines):
        yield broken(line.removesuffix("\n"), width) + "\n"


def broken(text: str, width: int) -> str:
    """A text in lines no wider than that; a word that is wider is broken."""
    return "\n".join(piece for line in text.split("\n") for piece in _set_in(line, max(width, _NARROWEST)))


def _set_in(line: str, width: int) -> Iterator[str]:
    indent = len(line) - len(line.lstrip(" ")) + _SET_IN
    return pieces(line, width, " " * min(indent, width // 4))


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
