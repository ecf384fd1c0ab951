"""ai_extract: the values a text gives for some keys (Singdata, AI_EXTRACT)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from aisql.errors import FunctionError
from aisql.functions.answers import members_of
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, text_of
from aisql.functions.images import image_of, said_with, shown
from aisql.functions.options import call_options
from aisql.functions.prompts import Prompt, prompt
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_JSON_OBJECT = ("response_format", '{"type": "json_object"}')


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and an empty text give NULL without a request."""
    text = text_of(arguments[0], "the content of ai_extract")
    around, read = _keys(arguments[1], "extract.v1")
    options = _options(arguments[2] if len(arguments) > 2 else None)
    if not text:
        return Known(None)
    return Ask(text, read, around.system, options, around.heading, checked=True)


def plan_image(said: Value, image: Value, rest: Sequence[Value]) -> Plan:
    """The same for an image, whose address must not be NULL."""
    address, text = image_of(image), said_with(said, "ai_extract") or ""
    around, read = _keys(rest[0], "extract_image.v1")
    options = _options(rest[1] if len(rest) > 1 else None)
    return Ask(shown(text, address), read, around.system, options, around.heading, shows=True, checked=True)


@lru_cache(maxsize=256)
def _keys(value: Value, name: str) -> tuple[Prompt, Callable[[Reply], Value]]:
    """What is said around the text, by the prompt of that name, and how the answer is read."""
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
    around = prompt(name, keys=json.dumps(keys, ensure_ascii=False))
    return around, partial(_values, keys=tuple(sorted(keys)))


@lru_cache(maxsize=256)
def _options(value: Value) -> CallOptions:
    """Asks for a JSON object, unless the call itself tells a form: every interface takes that, or learns
    to put it into words."""
    options = call_options(value)
    parameters = dict((_JSON_OBJECT, *options.parameters))
    return options._replace(parameters=tuple(sorted(parameters.items())))


def _values(reply: Reply, keys: tuple[str, ...]) -> Value:
    members = members_of(reply)
    found = json.dumps({key: members.get(key, "") for key in keys}, ensure_ascii=False)
    # Half of a surrogate pair may be written in JSON, and no text of SQLite holds it.
    return found.encode("utf-8", "replace").decode()


AI_EXTRACT = Function(
    name="ai_extract",
    signature="""ai_extract(model, content | (url AS image), json '{"key": "...", ...}' [, json '{...}'])""",
    summary="what the text tells about each key, a JSON object of texts",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
    plan_image=plan_image,
)
