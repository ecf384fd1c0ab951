"""ai_classify: which of some labels a text belongs to (Singdata, AI_CLASSIFY; text mode)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from aisql.functions.answers import label_of
from aisql.functions.base import Ask, Function, Known, Plan, text_of
from aisql.functions.labels import labels_of
from aisql.functions.options import call_options
from aisql.functions.prompts import Prompt, prompt
from aisql.providers.base import CHAT, Reply
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL and an empty text an empty text, both without a request."""
    text = text_of(arguments[0], "the text of ai_classify")
    around, read = _labels(arguments[1])
    options = call_options(arguments[2] if len(arguments) > 2 else None)
    if not text:
        return Known(text)
    return Ask(text, read, around.system, options, around.heading)


@lru_cache(maxsize=256)
def _labels(value: Value) -> tuple[Prompt, Callable[[Reply], Value]]:
    """What is said around the text, and how the answer is read."""
    labels = labels_of(value, "ai_classify")
    around = prompt("classify.v1", labels=json.dumps(labels, ensure_ascii=False))
    return around, partial(label_of, labels=labels, what="the labels")


AI_CLASSIFY = Function(
    name="ai_classify",
    signature="ai_classify(model, text, ARRAY('label', ...) [, json '{...}'])",
    summary="which of the labels a text belongs to",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
)
