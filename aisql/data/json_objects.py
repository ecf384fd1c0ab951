"""The objects of JSON files: one after the other, with or without lines between them, or in arrays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from aisql.data.base import BadRow, Source, refuse
from aisql.data.json_ends import end_in_array
from aisql.data.opening import blocks, shown_part

_SPACE = re.compile(r"[ \t\r\n]*")
_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\udc80-\udcff]")
"""What may be half a character: written so, or a byte that is no text."""
_HALF_LENGTH = 5
"""Characters of it that may be there before the last one."""
_BYTES = re.compile(r"[\udc80-\udcff]")
_TAIL = 12
"""Characters at the end in which what goes on looks like a mistake: a word, a number, an escape."""
_LONGEST = 1 << 28
"""Characters of one object, at the most."""
_FARTHEST = 1 << 23
"""Characters in which the end of a broken one is looked for."""
_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Objects:
    """Some objects of a file, the line each ends in, and how long they are as text."""

    file: str
    lines: list[int]
    objects: list[Mapping[str, object]]
    length: int


class Reader:
    """Reads the objects of one file from a piece of its text, which grows at its end."""

    def __init__(self, source: Source, encoding: str | None) -> None:
        self._source = source
        self._encoding = encoding
        self._decoder = json.JSONDecoder(parse_constant=_no_number)
        self._text = ""
        self._position = 0  # of what comes next
        self._line, self._counted = 1, 0  # the line of a place
        self._in_array = False
        self._margin: int | None = None  # where in its line the first value of the array begins
        self._needs_comma = False
        self._is_skipping = False  # the rest of a line that is bad
        self._is_waiting = False  # for the end of what is bad
        self._has_half = False
        self._has_ended = False

    def read(self) -> Iterator[Objects | BadRow]:
        """The objects, as many at once as can be read without waiting, and what is none, in its place.

        Raises FileError for an array without an end, and for what is none in it and has no end.
        """
        parts, length, enough, seam = [""], 0, 0, ""
        for block in blocks(self._source, self._encoding):
            parts.append(block.text)
            length += len(block.text)
            self._has_half = self._has_half or _HALF.search(seam + block.text) is not None
            seam = (seam + block.text)[-_HALF_LENGTH:]
            # What is very long is not begun anew with each of its parts.
            may_end = not self._is_waiting and block.text.endswith(("\n", "}", "]"))
            if length >= enough or may_end:
                self._text = "".join(parts)
                yield from self._whole()
                parts, length = [self._text], len(self._text)
                enough = 2 * length
            if length > _LONGEST:
                refuse(self._told("an object is longer than 256 million characters", self._position, ""))
        self._text = "".join(parts)
        self._has_ended = True
        yield from self._whole()
        if self._in_array:
            refuse(self._told("not JSON: the array has no end", len(self._text), ""))

    def _whole(self) -> Iterator[Objects | BadRow]:
        """Takes what is whole from the beginning of the text."""
        found, begin = Objects(self._source.name, [], [], 0), self._position
        self._is_waiting = False
        while (value := self._next()) is not None:
            if isinstance(value, dict):
                found.objects.append(value)
                found.lines.append(self._here(self._position))
            if isinstance(value, BadRow) or len(found.objects) >= _ROWS:
                yield replace(found, length=self._position - begin)
                found, begin = Objects(self._source.name, [], [], 0), self._position
            if isinstance(value, BadRow):
                yield value
        yield replace(found, length=self._position - begin)
        self._here(self._position)
        if not self._in_array or self._margin is not None:  # else the line is needed from its beginning
            self._text, self._position, self._counted = self._text[self._position :], 0, 0

    def _next(self) -> dict[str, object] | BadRow | str | None:
        """The next object, or what is none; '' for marks of an array, None where the text breaks off."""
        if self._is_skipping and not self._skip_line():
            return None
        start = self._behind_space(self._position)
        if start == len(self._text):
            return None
        mark = self._text[start]
        if mark == "[" and not self._in_array:
            self._in_array, self._needs_comma, self._margin = True, False, None
        elif self._in_array and mark == "]":
            self._in_array = False
        elif self._in_array and self._needs_comma:
            return self._behind_comma(start, mark)
        else:
            return self._object(start)
        self._position = start + 1
        return ""

    def _behind_comma(self, comma: int, mark: str) -> dict[str, object] | BadRow | None:
        if mark != ",":
            return self._bad("not JSON: Expecting ',' delimiter", comma, comma)
        start = self._behind_space(comma + 1)
        return None if start == len(self._text) and not self._has_ended else self._object(start)

    def _object(self, start: int) -> dict[str, object] | BadRow | None:
        if self._margin is None:
            self._margin = start - self._text.rfind("\n", 0, start) - 1
        try:
            value, end = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            reason = error.msg.removesuffix(" at")
            return None if self._breaks_off(error) else self._bad(f"not JSON: {reason}", start, error.pos)
        except RecursionError:
            return self._bad("nested too deeply", start, start)
        except ValueError as error:
            return self._bad(f"not JSON: {error}", start, start)
        if not isinstance(value, dict):
            return self._bad('a row is an object, as in {"name": 1}', start, start, end)
        if self._has_half and not _is_whole(value):
            return self._bad("half a character cannot be kept", start, start, end)
        self._position, self._needs_comma = end, True
        return value

    def _breaks_off(self, error: json.JSONDecodeError) -> bool:
        if self._has_ended:
            return False
        return error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _TAIL

    def _behind_space(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return position if match is None else match.end()

    def _here(self, position: int) -> int:
        """The line of a place, which is not before the last one asked for."""
        self._line += self._text.count("\n", self._counted, position)
        self._counted = max(position, self._counted)
        return self._line

    def _bad(self, reason: str, start: int, position: int, end: int | None = None) -> BadRow | None:
        """What begins at `start` and is wrong at a place; `end` is where it ends, if that is known.

        Reading goes on behind it; None is for more text that is needed to tell where that is.
        """
        if self._in_array:
            return self._bad_in_array(reason, start, position, end)
        next_one = self._text.find("\n{", start, position + 1)
        position = position if next_one < 0 else next_one
        end = self._text.find("\n", position)
        if end < 0 and self._waits(start):
            return None
        self._is_skipping, self._position = True, position
        return self._told(reason, position, self._text[start : len(self._text) if end < 0 else end])

    def _bad_in_array(self, reason: str, start: int, position: int, end: int | None) -> BadRow | None:
        if end is None:
            end = end_in_array(self._text, start, self._margin or 0)
        if end is None:
            if self._waits(start):
                return None
            refuse(self._told(reason, position, self._text[start:]))
        self._position, self._needs_comma = end, self._text[end : end + 1] != "\n"
        return self._told(reason, min(position, end), self._text[start:end].rstrip())

    def _waits(self, start: int) -> bool:
        """Whether the end of what begins there may still come."""
        self._is_waiting = not self._has_ended and len(self._text) - start < _FARTHEST
        return self._is_waiting

    def _told(self, reason: str, position: int, text: str) -> BadRow:
        hint = None
        if _BYTES.search(text):
            reason, hint = f"it is not {self._encoding or 'UTF-8'}", "encoding => 'latin-1' reads every byte"
        return BadRow(self._source.name, self._here(position), reason, shown_part(text), hint)

    def _skip_line(self) -> bool:
        """Goes to the next line; whether it is there."""
        end = self._text.find("\n", self._position)
        self._is_skipping = end < 0
        self._position = len(self._text) if end < 0 else end
        return end >= 0


def _is_whole(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
