"""JSON files: objects one after the other, with or without lines between them, or arrays of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from aisql.data.base import Source, Table, distinct
from aisql.errors import OpenError
from aisql.result import Value

_LEAST, _GREATEST = -(2**63), 2**63 - 1
_SPACE = " \t\r\n"


def read(sources: Sequence[Source]) -> Table:
    """The table of all objects: a column for each name, in the order in which they are met.

    What an object does not have is NULL; true and false are 1 and 0; arrays, objects and whole numbers too
    long for SQLite are texts. Raises OpenError, naming file and line, for what is no JSON.
    """
    objects = [each for source in sources for each in _objects(source)]
    keys = list(dict.fromkeys(key for each in objects for key in each))
    if not keys:
        raise OpenError(f"{sources[0].name}: there is no object in it")
    rows = [tuple(_value(each.get(key)) for key in keys) for each in objects]
    return Table(distinct(keys), [""] * len(keys), rows)


def _objects(source: Source) -> Iterator[Mapping[str, object]]:
    text = _text(source)
    has_escapes = "\\u" in text  # half a character can be written so
    decoder, position = json.JSONDecoder(parse_constant=_refuse), 0
    while (position := _skipped(text, position)) < len(text):
        begin = position
        try:
            value, position = decoder.raw_decode(text, begin)
            if has_escapes:
                json.dumps(value, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            raise OpenError(f"{_at(source, text, error.pos)}: not JSON: {error.msg}") from error
        except UnicodeEncodeError as error:
            raise OpenError(f"{_at(source, text, begin)}: half a character cannot be kept") from error
        except RecursionError as error:
            raise OpenError(f"{_at(source, text, begin)}: nested too deeply") from error
        except ValueError as error:
            raise OpenError(f"{_at(source, text, begin)}: not JSON: {error}") from error
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                raise OpenError(f'{_at(source, text, begin)}: a row is an object, as in {{"name": 1}}')
            yield each


def _text(source: Source) -> str:
    try:
        with source.open() as file:
            return file.read().decode("utf-8-sig")
    except OSError as error:
        raise OpenError(f"cannot read {source.name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise OpenError(f"cannot read {source.name}: it is not UTF-8") from error


def _skipped(text: str, position: int) -> int:
    """Where the next value begins."""
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _at(source: Source, text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"{source.name}:{line}"


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _value(value: object) -> Value:
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):  # so are true and false
        return int(value) if _LEAST <= value <= _GREATEST else str(value)
    return json.dumps(value, ensure_ascii=False)
