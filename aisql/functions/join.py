"""ai_join: which of some candidates match a text, many of them judged by one request."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial

from aisql.functions.answers import object_in, unusable
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, Steps, Talk, first_text, text_of
from aisql.functions.candidates import MOST, Candidates, candidates_of, counted, distinct, numbered
from aisql.functions.parts import answered, grouped, halves, size
from aisql.functions.prompts import Prompt, prompt
from aisql.functions.talks import object_schema, structured
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_FORM = object_schema({"matches": {"type": "array", "items": {"type": "integer"}}})


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and '' give NULL, an array without candidates itself, all without a request.

    A candidate that is there more than once is one.
    """
    text = text_of(arguments[0], "the text of ai_join")
    condition = text_of(arguments[2], "the condition of ai_join")
    if not text or arguments[1] is None or not condition:
        return Known(None)
    candidates = distinct(candidates_of(arguments[1], "candidates of ai_join"))
    if not candidates:
        return Known("[]")
    around = prompt("join.v1", condition=json.dumps(condition, ensure_ascii=False))
    return Steps(lambda room: _joined(text, candidates, around, room), goes_on=False)


def _joined(text: str, candidates: Candidates, around: Prompt, room: int) -> Talk:
    left = max(room - size(text), room // 2)
    batches = grouped(candidates, left, counted, MOST)
    found = yield from answered(batches, partial(_asking, text=text, around=around), halves)
    matches = [batch[number].value for batch, numbers in found for number in numbers]
    return json.dumps(matches, ensure_ascii=False).encode("utf-8", "replace").decode()


def _asking(batch: Candidates, text: str, around: Prompt) -> tuple[Ask, Callable[[Reply], list[int]]]:
    read = partial(_matches, count=len(batch))
    asked = json.dumps({"text": text, "candidates": numbered(batch)}, ensure_ascii=False)
    options = structured(CallOptions(), "join", _FORM)
    return Ask(asked, first_text, around.system, options, around.heading, whole=True), read


def _matches(reply: Reply, count: int) -> list[int]:
    """The numbers of candidates in their order. Raises ProviderError for a number that is none of theirs."""
    matches = object_in(reply).get("matches")
    if not isinstance(matches, list) or not all(type(one) is int and 0 <= one < count for one in matches):
        raise unusable(str(first_text(reply)), f"which is no list of numbers of {count} candidates")
    return sorted(set(matches))


AI_JOIN = Function(
    name="ai_join",
    signature="ai_join(model, text, candidates, condition)",
    summary="those candidates of a JSON array that match a text, as a JSON array",
    task=CHAT,
    least=4,
    most=4,
    plan=plan,
)
