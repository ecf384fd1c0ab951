"""The schema of values to extract, `{"name": "string", "age": "int"}` (Flink SQL, AI_EXTRACT)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from aisql.errors import FunctionError
from aisql.functions.rows import Filled, as_number
from aisql.result import Value

_NAMES: Final = MappingProxyType(
    {
        "string": ("string", "varchar", "char", "text"),
        "integer": ("int", "integer", "bigint", "smallint", "tinyint"),
        "number": ("double", "float", "decimal", "number"),
        "boolean": ("boolean", "bool"),
    }
)
"""The types of JSON, with the names a schema has for them."""
TYPES: Final = MappingProxyType({name: type_ for type_, names in _NAMES.items() for name in names})
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")


@lru_cache(maxsize=256)
def types_of(schema: Value) -> Mapping[str, str]:
    """The type of JSON of each key. Raises FunctionError for what is no such schema."""
    try:
        named = json.loads(schema) if isinstance(schema, str) else None
    except (RecursionError, ValueError):
        named = None
    if not isinstance(named, dict) or not named:
        raise FunctionError(
            """the schema of AI_EXTRACT is a JSON object, '{"name": "string", "age": "int"}'"""
        )
    return MappingProxyType({key: _type(key, name) for key, name in named.items()})


def _type(key: str, name: Any) -> str:
    found = TYPES.get(name.strip().lower()) if isinstance(name, str) else None
    if found is None:
        hint = f"types are {', '.join(TYPES)}"
        raise FunctionError(f"the schema of AI_EXTRACT has no type for '{key}'", hint=hint)
    return found


def typed(filled: Filled, key: str, type_: str) -> Any:
    """The value of a key by its type; None where the text does not tell it.

    Models write numbers as texts, and the other way round. Raises ProviderError for what is of no such type.
    """
    value = filled.members.get(key)
    if value is None or (value == "" and type_ != "string"):
        return None
    found = _READERS[type_](value)
    if found is None:
        raise filled.without(key, type_)
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {"string": _text, "integer": _whole, "number": as_number, "boolean": _truth}
)
