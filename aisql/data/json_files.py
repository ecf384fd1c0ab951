"""JSON files: objects one after the other, with or without lines between them, or arrays of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from aisql.data.base import SAMPLE, BadRow, Chunk, Data, Reject, Source, distinct, refuse, unchanging
from aisql.data.nested import as_json
from aisql.data.opening import blocks, shown
from aisql.errors import FileError
from aisql.result import Row, Value

_LEAST, _GREATEST = -(2**63), 2**63 - 1
_SPACE = re.compile(r"[ \t\r\n]*")
_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\udc80-\udcff]")
"""What may be half a character: written so, or a byte that is no text."""
_BYTES = re.compile(r"[\udc80-\udcff]")
_TAIL = 12
"""Characters at the end in which what goes on looks like a mistake: a word, a number, an escape."""
_SAMPLE_CHARACTERS = 1 << 23
_LONGEST = 1 << 28
"""Characters of one object, at the most."""
_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class _Objects:
    """Some objects of a file, the line each ends in, and how long they are as text."""

    file: str
    lines: list[int]
    objects: list[Mapping[str, object]]
    length: int


def read(sources: Sequence[Source], *, encoding: str | None = None, sample: int | None = SAMPLE) -> Data:
    """The table of all objects: a column for each name among the first `sample` objects, in their order.

    What an object does not have is NULL; true and false are 1 and 0; arrays, objects and whole numbers too
    long for SQLite are texts. Names that come later are left out. Raises FileError, naming file and line, for
    what is no JSON; so may reading the rows.
    """
    keys = _keys(sources, encoding, sample)
    if not keys:
        raise FileError(f"{sources[0].name}: there is no object in it")
    known, left_out = set(keys), dict[str, None]()

    def chunks(reject: Reject) -> Iterator[Chunk]:
        for source in sources:
            for found in _Reader(source, encoding).read():
                if isinstance(found, BadRow):
                    reject(found)
                    continue
                for each in found.objects:
                    if not each.keys() <= known:
                        left_out.update(dict.fromkeys(key for key in each if key not in known))
                rows: list[Row] = [tuple([_value(each.get(key)) for key in keys]) for each in found.objects]
                yield Chunk(found.file, found.lines, rows)

    names = distinct(keys)
    return Data(names, [""] * len(keys), unchanging(sources, chunks), left_out=left_out)


def _keys(sources: Sequence[Source], encoding: str | None, sample: int | None) -> list[str]:
    keys: dict[str, None] = {}
    bad: BadRow | None = None
    number = length = 0
    for source in sources:
        for found in _Reader(source, encoding).read():
            if isinstance(found, BadRow):
                bad = bad or found  # told when the rows are read, if there are any
                if sample is None:
                    refuse(bad)
                continue
            looked_at = found.objects if sample is None else found.objects[: sample - number]
            keys.update(dict.fromkeys(key for each in looked_at for key in each))
            number, length = number + len(found.objects), length + found.length
            is_enough = sample is not None and (number >= sample or length > _SAMPLE_CHARACTERS)
            if is_enough or (number and source.pauses()):
                return list(keys)
    if bad is not None and not keys:
        refuse(bad)
    return list(keys)


class _Reader:
    """Reads the objects of one file from a piece of its text, which grows at its end."""

    def __init__(self, source: Source, encoding: str | None) -> None:
        self._source = source
        self._encoding = encoding
        self._decoder = json.JSONDecoder(parse_constant=_no_number)
        self._text = ""
        self._position = 0  # of what comes next
        self._line, self._counted = 1, 0  # the line of a place
        self._in_array = False
        self._is_first = False  # nothing of the array has been read
        self._is_skipping = False  # the rest of a line that is bad
        self._has_half = False
        self._has_ended = False

    def read(self) -> Iterator[_Objects | BadRow]:
        """The objects, as many at once as can be read without waiting, and what is none, in its place.

        Raises FileError for what is none inside an array.
        """
        parts, length, enough = [""], 0, 0
        for block in blocks(self._source, self._encoding):
            parts.append(block.text)
            length += len(block.text)
            self._has_half = self._has_half or _HALF.search(block.text) is not None
            # What is very long is not begun anew with each of its parts.
            if length >= enough or block.text.endswith(("\n", "}", "]")):
                self._text = "".join(parts)
                yield from self._whole()
                parts, length = [self._text], len(self._text)
                enough = 2 * length
            if length > _LONGEST:
                refuse(self._bad("an object is longer than 256 million characters", self._position))
        self._text = "".join(parts)
        self._has_ended = True
        yield from self._whole()
        if self._in_array:
            refuse(self._bad("not JSON: the array has no end", len(self._text)))

    def _whole(self) -> Iterator[_Objects | BadRow]:
        """Takes what is whole from the beginning of the text."""
        found, begin = _Objects(self._source.name, [], [], 0), self._position
        while (value := self._next()) is not None:
            if isinstance(value, dict):
                found.objects.append(value)
                found.lines.append(self._here(self._position))
            if isinstance(value, BadRow) or len(found.objects) >= _ROWS:
                yield replace(found, length=self._position - begin)
                found, begin = _Objects(self._source.name, [], [], 0), self._position
            if isinstance(value, BadRow):
                if self._in_array:
                    refuse(value)
                yield value
        yield replace(found, length=self._position - begin)
        self._here(self._position)
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
            self._in_array = self._is_first = True
        elif self._in_array and mark == "]":
            self._in_array = False
        elif self._in_array and not self._is_first:
            return self._behind_comma(start, mark)
        else:
            return self._object(start)
        self._position = start + 1
        return ""

    def _behind_comma(self, comma: int, mark: str) -> dict[str, object] | BadRow | None:
        if mark != ",":
            return self._bad("not JSON: Expecting ',' delimiter", comma)
        start = self._behind_space(comma + 1)
        return None if start == len(self._text) and not self._has_ended else self._object(start)

    def _object(self, start: int) -> dict[str, object] | BadRow | None:
        try:
            value, end = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            if self._breaks_off(error):
                return None
            reason = error.msg.removesuffix(" at")
            return self._bad(f"not JSON: {reason}", self._end_of_broken(start, error.pos))
        except RecursionError:
            return self._bad("nested too deeply", start)
        except ValueError as error:
            return self._bad(f"not JSON: {error}", start)
        if not isinstance(value, dict):
            return self._bad('a row is an object, as in {"name": 1}', start)
        if self._has_half and not _is_whole(value):
            return self._bad("half a character cannot be kept", start)
        self._position, self._is_first = end, False
        return value

    def _end_of_broken(self, start: int, position: int) -> int:
        """Where an object ends that is found broken at a place: before a line that begins the next one."""
        end = -1 if self._in_array else self._text.find("\n{", start, position + 1)
        return position if end < 0 else end

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

    def _bad(self, reason: str, position: int) -> BadRow:
        """What is wrong at a place. The rest of its line will be skipped."""
        end = self._text.find("\n", position)
        line = self._text[self._text.rfind("\n", 0, position) + 1 : len(self._text) if end < 0 else end]
        self._is_skipping, self._position = True, position
        hint = None
        if _BYTES.search(line):
            reason, hint = f"it is not {self._encoding or 'UTF-8'}", "encoding => 'latin-1' reads every byte"
        return BadRow(self._source.name, self._here(position), reason, shown(line), hint)

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


def _value(value: object) -> Value:
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):  # so are true and false
        return int(value) if _LEAST <= value <= _GREATEST else str(value)
    return as_json(value)
