"""Fields in their short form, `'name, age int, tags [string]'`, as a JSON schema."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from aisql.errors import FunctionError

Schema: TypeAlias = dict[str, Any]

_TYPES: Mapping[str, Schema] = MappingProxyType(
    {
        "string": {"type": "string"},
        "int": {"type": "integer"},
        "number": {"type": "number"},
        "bool": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
    }
)
_TOKEN = re.compile(r"\s*(?:(?P<word>[^\W\d]\w*)|(?P<mark>[,\[\]{}])|(?P<other>\S))")
_HINT = "fields are written 'name, age int, tags [string]'; types are string, int, number, bool, date"


def is_short_form(text: str) -> bool:
    """Whether a text is to be read so: it begins with a name, as no JSON but a word does."""
    return re.match(r"\s*[^\W\d]", text) is not None


def schema_of_fields(text: str) -> Schema:
    """The schema of an object with these fields, of which each may be null. Raises FunctionError."""
    tokens = [match[0].strip() for match in _TOKEN.finditer(text)]
    try:
        schema, rest = _fields(tokens)
    except RecursionError:
        raise FunctionError("the fields are nested too deeply") from None
    if rest:
        raise _wrong(rest[0])
    return schema


def _fields(tokens: Sequence[str]) -> tuple[Schema, Sequence[str]]:
    """The fields at the beginning of the tokens, and what follows them."""
    properties: Schema = {}
    while True:
        name, tokens = _name(tokens)
        if name.lower() in {other.lower() for other in properties}:
            raise FunctionError(f"the field '{name}' is given twice", hint=_HINT)
        schema, tokens = _type(tokens)
        properties[name] = schema
        if tokens[:1] != [","]:
            return {"type": "object", "properties": properties}, tokens
        tokens = tokens[1:]


def _name(tokens: Sequence[str]) -> tuple[str, Sequence[str]]:
    if not tokens or not _is_word(tokens[0]):
        raise _wrong(tokens[0] if tokens else "")
    return tokens[0], tokens[1:]


def _type(tokens: Sequence[str]) -> tuple[Schema, Sequence[str]]:
    """The type that follows a name; without one it is a text."""
    match tokens[:1]:
        case ["["]:
            schema, rest = _type(tokens[1:])
            return {"type": "array", "items": schema}, _closed(rest, "]")
        case ["{"]:
            schema, rest = _fields(tokens[1:])
            return schema, _closed(rest, "}")
        case [word] if word.lower() in _TYPES:
            return {**_TYPES[word.lower()]}, tokens[1:]
        case [word] if _is_word(word):
            raise FunctionError(f"'{word}' is no type of a field", hint=_HINT)
    return {**_TYPES["string"]}, tokens


def _closed(tokens: Sequence[str], bracket: str) -> Sequence[str]:
    if tokens[:1] != [bracket]:
        raise _wrong(tokens[0] if tokens else "")
    return tokens[1:]


def _is_word(token: str) -> bool:
    return token[0].isalpha() or token[0] == "_"


def _wrong(token: str) -> FunctionError:
    where = f"'{token}' is not expected" if token else "something is missing at the end"
    return FunctionError(f"the fields cannot be read: {where}", hint=_HINT)
