"""ai_extract_table: the things a text tells of, a row for each, with typed columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from aisql.errors import FunctionError, ProviderError
from aisql.functions.answers import unusable
from aisql.functions.base import Ask, CallOptions, Column, Function, Known, Plan, first_text, text_of
from aisql.functions.fields import Schema, schema_of_fields
from aisql.functions.prompts import Prompt, prompt
from aisql.functions.schemas import strict, typed
from aisql.functions.talks import structured
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_COLUMN_TYPES: Mapping[str, str] = MappingProxyType(
    {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
)
_GREATEST = 2**63


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and an empty text give no row, without a request."""
    text = text_of(arguments[0], "the text of ai_extract_table")
    around, options, read = _asking(_told(arguments[1]))
    if not text:
        return Known("[]")
    return Ask(text, read, around.system, options, around.heading, checked=True)


def columns(constants: Sequence[str | None]) -> tuple[Column, ...]:
    """A column for each field; what has no type in SQL is text, lists and objects as their JSON."""
    properties = schema_of_fields(_told(constants[1]))["properties"]
    return tuple((name, _COLUMN_TYPES.get(each["type"], "TEXT")) for name, each in properties.items())


def _told(fields: Value) -> str:
    if not isinstance(fields, str):
        raise FunctionError(
            "the fields of ai_extract_table must be a string in the statement",
            hint="they are its columns: 'name, age int'",
        )
    return fields


@lru_cache(maxsize=256)
def _asking(fields: str) -> tuple[Prompt, CallOptions, Callable[[Reply], Value]]:
    """What is said around the text, the form of the answer, and how it is read."""
    row = schema_of_fields(fields)
    rows = {"type": "array", "items": row}
    schema = strict({"type": "object", "properties": {"rows": rows}, "required": ["rows"]})
    told = json.dumps(schema, ensure_ascii=False)
    around = prompt("extract_table.v1", schema=told)
    return around, structured(CallOptions(), "table", told), partial(_rows, schema=schema)


def _rows(reply: Reply, schema: Schema) -> Value:
    fields = schema["properties"]["rows"]["items"]["properties"]
    rows = [
        [_cell(row[name], each["type"], reply) for name, each in fields.items()]
        for row in typed(reply, schema)["rows"]
    ]
    return json.dumps(rows, ensure_ascii=False).encode("utf-8", "replace").decode()


def _cell(value: Any, types: Sequence[str], reply: Reply) -> Value:
    """The value as SQLite holds it in a column of that type."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return int(value)
    try:
        if isinstance(value, int) and "number" in types:
            return float(value)
    except OverflowError:
        raise _too_large(reply) from None
    if isinstance(value, int) and not -_GREATEST <= value < _GREATEST:
        raise _too_large(reply)
    return value  # type: ignore[no-any-return]


def _too_large(reply: Reply) -> ProviderError:
    return unusable(str(first_text(reply)), "which has a number that is too large")


AI_EXTRACT_TABLE = Function(
    name="ai_extract_table",
    signature="ai_extract_table(model, text, 'name, age int, ...') in FROM",
    summary="the things a text tells of, a row for each, with these columns",
    task=CHAT,
    least=3,
    most=3,
    plan=plan,
    columns=columns,
    example="""SELECT * FROM ai_extract_table('builtin:demo', 'John Smith, 28', 'name, age int');""",
)
