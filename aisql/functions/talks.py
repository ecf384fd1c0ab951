"""What calls of several requests have in common: answers that are checked, and asked for once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
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


def each(asks: Sequence[Ask]) -> Part[list[Reply | ProviderError]]:
    """The replies to what is asked together, with the error in the place of each that failed."""
    try:
        return [*(yield tuple(asks))]
    except ProviderError as error:
        if len(asks) == 1:
            return [error]
    # Asked alone, each tells whether it is the one; what is known by now is not sent again.
    found: list[Reply | ProviderError] = []
    for ask in asks:
        found += yield from each([ask])
    return found


def usable(ask: Ask, read: Callable[[Reply], _T]) -> Part[_T]:
    """What `read` makes of the answer, or of the one after it.

    The first is kept as any answer is, whatever it holds: it was paid for.
    Raises ProviderError where neither can be used.
    """
    (value,) = yield from all_usable([(ask, read)])
    if isinstance(value, ProviderError):
        raise value
    return value


def all_usable(wanted: Sequence[tuple[Ask, Callable[[Reply], _T]]]) -> Part[list[_T | ProviderError]]:
    """The same for several asked together, with the error in the place of each that failed."""
    replies = yield from each([ask._replace(read=_anything, checked=True) for ask, _ in wanted])
    values = [_read(reply, read) for reply, (_, read) in zip(replies, wanted, strict=True)]
    again = [place for place, value in enumerate(values) if _is_unusable(value)]
    if again:
        replies = yield from each([_again(*wanted[place]) for place in again])
        for place, reply in zip(again, replies, strict=True):
            values[place] = _read(reply, wanted[place][1])
    return values


def _read(reply: Reply | ProviderError, read: Callable[[Reply], _T]) -> _T | ProviderError:
    try:
        return reply if isinstance(reply, ProviderError) else read(reply)
    except ProviderError as error:
        return error


def _is_unusable(value: object) -> bool:
    return isinstance(value, ProviderError) and value.code == _UNUSABLE


def _anything(_reply: Reply) -> Value:
    return None


def _again(ask: Ask, read: Callable[[Reply], object]) -> Ask:
    """The same, with a word about the answer before; the answer is not kept where it cannot be used."""

    def used(reply: Reply) -> Value:
        read(reply)
        return ask.read(reply)

    system = f"{ask.system or ''}\n\n{prompt('again.v1').system.rstrip()}".lstrip()
    return ask._replace(system=system, read=used, checked=True)


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
