"""ai_extract: the values a text gives for some keys (Singdata, AI_EXTRACT), or for a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from aisql.errors import FunctionError
from aisql.functions.answers import members_of
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, text_of
from aisql.functions.fields import Schema
from aisql.functions.images import image_of, said_with, shown
from aisql.functions.options import call_options
from aisql.functions.prompts import Prompt, prompt
from aisql.functions.schemas import schema_of, typed
from aisql.functions.talks import structured
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_JSON_OBJECT = ("response_format", '{"type": "json_object"}')


class _Asking(NamedTuple):
    """What is said around a text, how the answer is read, and the form it is to have."""

    around: Prompt
    read: Callable[[Reply], Value]
    form: Callable[[CallOptions], CallOptions]


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and an empty text give NULL without a request."""
    text = text_of(arguments[0], "the content of ai_extract")
    around, read, form = _asking(arguments[1], "")
    options = _options(arguments[2] if len(arguments) > 2 else None, form)
    if not text:
        return Known(None)
    return Ask(text, read, around.system, options, around.heading, checked=True)


def plan_image(said: Value, image: Value, rest: Sequence[Value]) -> Plan:
    """The same for an image, whose address must not be NULL."""
    address, text = image_of(image), said_with(said, "ai_extract") or ""
    around, read, form = _asking(rest[0], "_image")
    options = _options(rest[1] if len(rest) > 1 else None, form)
    return Ask(shown(text, address), read, around.system, options, around.heading, shows=True, checked=True)


@lru_cache(maxsize=256)
def _asking(value: Value, kind: str) -> _Asking:
    """What is asked for by the argument, about a text or, by its `kind`, an image."""
    schema = schema_of(value) if isinstance(value, str) else None
    if schema is None:
        keys = _keys(value)
        around = prompt(f"extract{kind}.v1", keys=json.dumps(keys, ensure_ascii=False))
        return _Asking(around, partial(_values, keys=tuple(sorted(keys))), _an_object)
    told = json.dumps(schema, ensure_ascii=False)
    around = prompt(f"extract_typed{kind}.v1", schema=told)
    return _Asking(around, partial(_typed, schema=schema), partial(structured, name="extract", schema=told))


def _keys(value: Value) -> dict[str, str]:
    """The keys with what they mean (Singdata)."""
    try:
        keys = json.loads(value) if isinstance(value, str) else None
    except (RecursionError, ValueError):
        keys = None
    if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
        keys = dict.fromkeys(keys, "")
    if not isinstance(keys, dict) or not all(
        key.strip() and isinstance(meaning, str) for key, meaning in keys.items()
    ):
        raise FunctionError("""the keys of ai_extract must have texts, json '{"key": "description", ...}'""")
    if not keys:
        raise FunctionError("ai_extract needs at least 1 key")
    return keys


@lru_cache(maxsize=256)
def _options(value: Value, form: Callable[[CallOptions], CallOptions]) -> CallOptions:
    """The options of the call, with the form of the answer."""
    return form(call_options(value))


def _an_object(options: CallOptions) -> CallOptions:
    """Asks for a JSON object, unless the call itself tells a form: every interface takes that, or learns
    to put it into words."""
    parameters = dict((_JSON_OBJECT, *options.parameters))
    return options._replace(parameters=tuple(sorted(parameters.items())))


def _typed(reply: Reply, schema: Schema) -> Value:
    return json.dumps(typed(reply, schema), ensure_ascii=False).encode("utf-8", "replace").decode()


def _values(reply: Reply, keys: tuple[str, ...]) -> Value:
    members = members_of(reply)
    found = json.dumps({key: members.get(key, "") for key in keys}, ensure_ascii=False)
    # Half of a surrogate pair may be written in JSON, and no text of SQLite holds it.
    return found.encode("utf-8", "replace").decode()


AI_EXTRACT = Function(
    name="ai_extract",
    signature="ai_extract(model, content | (url AS image), json '{...}' | 'name, age int' [, json '{...}'])",
    summary="what the text tells about each key: a JSON object of texts, or typed as a schema says",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
    plan_image=plan_image,
)
