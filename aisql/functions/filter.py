"""ai_filter: whether a text, an image or a claim holds, as a condition of SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aisql.errors import FunctionError
from aisql.functions.answers import object_in, unusable
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, first_text, text_of
from aisql.functions.images import image_of, said_with, shown
from aisql.functions.prompt import filled
from aisql.functions.prompts import Prompt, prompt
from aisql.functions.talks import object_schema, structured
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_FORM = object_schema({"answer": {"type": "boolean"}})


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and '' give NULL without a request. A claim may be what AI_PROMPT gave."""
    if len(arguments) == 1:
        claim = text_of(arguments[0], "the claim of ai_filter")
        return _ask(filled(claim), prompt("filter_claim.v1")) if claim else Known(None)
    text = text_of(arguments[0], "the text of ai_filter")
    condition = text_of(arguments[1], "the condition of ai_filter")
    if not text or not condition:
        return Known(None)
    return _ask(text, _around("filter.v1", condition))


def plan_image(said: Value, image: Value, rest: Sequence[Value]) -> Plan:
    """The same for an image, whose address must not be NULL. The prompt beside it may be the condition."""
    address, text = image_of(image), said_with(said, "ai_filter")
    condition = text_of(rest[0], "the condition of ai_filter") if rest else text
    if not rest and text is None:
        raise FunctionError("ai_filter needs a condition for an image")
    if not condition:
        return Known(None)
    beside = (text or "") if rest else ""
    return _ask(shown(beside, address), _around("filter_image.v1", condition))._replace(shows=True)


def _around(name: str, condition: str) -> Prompt:
    return prompt(name, condition=json.dumps(condition, ensure_ascii=False))


def _ask(text: str, around: Prompt) -> Ask:
    options = structured(CallOptions(), "filter", _FORM)
    return Ask(text, _holds, around.system, options, around.heading, checked=True)


def _holds(reply: Reply) -> Value:
    answer = object_in(reply).get("answer")
    if not isinstance(answer, bool):
        raise unusable(str(first_text(reply)), "which is neither true nor false")
    return int(answer)


AI_FILTER = Function(
    name="ai_filter",
    signature="ai_filter(model, text | (url AS image), condition) or ai_filter(model, claim)",
    summary="1 where a text or an image meets a condition, or a claim holds, else 0",
    task=CHAT,
    least=2,
    most=3,
    plan=plan,
    plan_image=plan_image,
)
