"""What calls of several requests have in common: answers that are checked, and asked for once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from aisql.errors import ProviderError
from aisql.functions.base import Ask, CallOptions, Steps, Talk
from aisql.functions.prompts import prompt
from aisql.providers.base import Reply
from aisql.result import Value

_T = TypeVar("_T")

Part: TypeAlias = Generator[tuple[Ask, ...], tuple[Reply, ...], _T]
"""A part of a talk, which gives what it has found to the rest of it: `found = yield from part`."""

_UNUSABLE = "unusable_answer"


def checked(ask: Ask) -> Steps:
    """The steps of an Ask that is checked."""

    def talk(_room: int) -> Talk:
        return usable(ask, ask.read)

    return Steps(talk, goes_on=False)


def usable(ask: Ask, read: Callable[[Reply], _T]) -> Part[_T]:
    """What `read` makes of the answer, or of the one after it.

    The first is kept as any answer is, whatever it holds: it was paid for.
    Raises ProviderError where neither can be used.
    """
    try:
        (reply,) = yield (ask._replace(read=_anything),)
        return read(reply)
    except ProviderError as error:
        if error.code != _UNUSABLE:
            raise

    def used(reply: Reply) -> Value:
        read(reply)
        return ask.read(reply)

    (reply,) = yield (_again(ask)._replace(read=used),)
    return read(reply)


def _anything(_reply: Reply) -> Value:
    return None


def _again(ask: Ask) -> Ask:
    """The same, with a word about the answer before."""
    return ask._replace(system=f"{ask.system or ''}\n\n{prompt('again.v1').system.rstrip()}".lstrip())


@lru_cache(maxsize=256)
def structured(options: CallOptions, name: str, schema: str) -> CallOptions:
    """The options with a JSON schema, given as text, for the answer; a form that the call itself tells wins.

    Every interface takes a schema, or learns to put it into words.
    """
    form = {
        "type": "json_schema",
        "json_schema": {"name": name, "strict": True, "schema": json.loads(schema)},
    }
    parameters = {"response_format": json.dumps(form, ensure_ascii=False)} | dict(options.parameters)
    return options._replace(parameters=tuple(sorted(parameters.items())))


def object_schema(properties: Mapping[str, Any]) -> str:
    """The JSON schema, as text, of an object that has exactly these members."""
    return json.dumps(
        {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
        ensure_ascii=False,
    )
