"""ai_redact: a text without what is private in it, each part replaced by its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from aisql.functions.answers import object_in, unusable
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, Steps, Talk, first_text, text_of
from aisql.functions.labels import labels_of
from aisql.functions.parts import Texts, answered, divided, halves_of_texts
from aisql.functions.prompts import Prompt, prompt
from aisql.functions.talks import object_schema, structured
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

KINDS = ("name", "email", "phone", "address", "card number", "account number", "id number", "password")
"""What is looked for unless a call tells."""

_NEIGHBOUR = "A-Za-z0-9_"  # many scripts write no spaces between words, so ASCII letters only


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL and an empty text an empty text, both without a request."""
    text = text_of(arguments[0], "the text of ai_redact")
    told = arguments[1] if len(arguments) > 1 else None
    kinds = KINDS if told is None else labels_of(told, "ai_redact")
    if not text:
        return Known(text)
    return Steps(lambda room: _redacted(text, kinds, room), goes_on=False)


def _redacted(text: str, kinds: tuple[str, ...], room: int) -> Talk:
    """The model tells what is private and does not write the text again: so all else stays to the letter."""
    around = prompt("redact.v1", kinds=json.dumps(kinds, ensure_ascii=False))
    options = structured(CallOptions(), "redact", _form(kinds))
    pieces: list[Texts] = [(piece,) for piece in divided(text, room)]
    asking = partial(_asking, kinds=kinds, around=around, options=options)
    answers = yield from answered(pieces, asking, halves_of_texts)
    found = {value: kind for _, private in answers for value, kind in private.items()}
    return _replaced(text, found) if found else text


def _form(kinds: tuple[str, ...]) -> str:
    found = object_schema({"kind": {"type": "string", "enum": [*kinds]}, "value": {"type": "string"}})
    return object_schema({"found": {"type": "array", "items": json.loads(found)}})


def _asking(
    piece: Texts, kinds: tuple[str, ...], around: Prompt, options: CallOptions
) -> tuple[Ask, Callable[[Reply], Mapping[str, str]]]:
    read = partial(_private, text=piece[0], kinds=kinds)
    return Ask(piece[0], first_text, around.system, options, around.heading, whole=True), read


def _private(reply: Reply, text: str, kinds: tuple[str, ...]) -> Mapping[str, str]:
    """The kinds of the private parts of a text.

    Raises ProviderError for a part that the text does not have, for then another one would stay in it.
    """
    members = object_in(reply).get("found")
    found: dict[str, str] = {}
    for member in members if isinstance(members, list) else (None,):
        kind, value = (member.get("kind"), member.get("value")) if isinstance(member, dict) else (None, None)
        if kind not in kinds or not isinstance(value, str) or value not in text:
            raise unusable(str(first_text(reply)), "which is no list of parts of the text with their kinds")
        if value.strip():
            found[value] = kind
    return found


def _replaced(text: str, found: Mapping[str, str]) -> str:
    """All at once, so that what was put in is not looked at again; parts that overlap are one of the kind of
    the first, or the longest."""
    spans = [
        (match.start(), -match.end(), kind)
        for value, kind in found.items()
        for match in re.finditer(_pattern(value, text), text)
    ]
    pieces, done = [], 0
    for start, minus_end, kind in sorted(spans):
        if start >= done:
            pieces += [text[done:start], f"[{_placeholder(kind)}]"]
        done = max(done, -minus_end)
    return "".join([*pieces, text[done:]])


def _pattern(value: str, text: str) -> str:
    """The value as words of their own, where it is there so: Ann is no part of Annual."""
    alone = rf"(?<![{_NEIGHBOUR}]){re.escape(value)}(?![{_NEIGHBOUR}])"
    return alone if re.search(alone, text) else re.escape(value)


def _placeholder(kind: str) -> str:
    return re.sub(r"\W+", "_", kind.strip()).upper()


AI_REDACT = Function(
    name="ai_redact",
    signature="ai_redact(model, text [, ARRAY('kind', ...)])",
    summary="the text with [NAME], [EMAIL] and the like in the place of what is private",
    task=CHAT,
    least=2,
    most=3,
    plan=plan,
)
