"""ai_mask: a text with some kinds of things in it made unreadable (Singdata, AI_MASK)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache, partial

from aisql.errors import FunctionError
from aisql.functions.answers import plain_text
from aisql.functions.base import Ask, Function, Known, Plan, text_of
from aisql.functions.labels import labels_of
from aisql.functions.options import call_options
from aisql.functions.prompts import Prompt, prompt
from aisql.providers.base import CHAT
from aisql.result import Value

_MOST_LABELS = 20


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL and an empty text an empty text, both without a request."""
    text = text_of(arguments[0], "the content of ai_mask")
    around = _labels(arguments[1])
    options = call_options(arguments[2] if len(arguments) > 2 else None)
    if not text:
        return Known(text)
    return Ask(text, partial(plain_text, text=text), around.system, options, around.heading)


@lru_cache(maxsize=256)
def _labels(value: Value) -> Prompt:
    """What is said around the text."""
    labels = labels_of(value, "ai_mask")
    if len(labels) > _MOST_LABELS:
        raise FunctionError(f"labels must contain at most {_MOST_LABELS} labels, got: {len(labels)}")
    return prompt("mask.v1", labels=json.dumps(labels, ensure_ascii=False))


AI_MASK = Function(
    name="ai_mask",
    signature="ai_mask(model, content, ARRAY('label', ...) [, json '{...}'])",
    summary="the text with [MASKED] in the place of what the labels name",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
)
