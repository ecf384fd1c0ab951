"""ai_classify: which of some labels a text belongs to (Singdata, AI_CLASSIFY)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from aisql.functions.answers import label_of
from aisql.functions.base import Ask, Function, Known, Plan, text_of
from aisql.functions.images import image_of, said_with, shown
from aisql.functions.labels import labels_of
from aisql.functions.options import call_options
from aisql.functions.prompts import Prompt, prompt
from aisql.providers.base import CHAT, Reply
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL and an empty text an empty text, both without a request."""
    text = text_of(arguments[0], "the text of ai_classify")
    around, read = _labels(arguments[1], "classify.v1")
    options = call_options(arguments[2] if len(arguments) > 2 else None)
    if not text:
        return Known(text)
    return Ask(text, read, around.system, options, around.heading, checked=True)


def plan_image(said: Value, image: Value, rest: Sequence[Value]) -> Plan:
    """The same for an image, whose address must not be NULL."""
    address, text = image_of(image), said_with(said, "ai_classify") or ""
    around, read = _labels(rest[0], "classify_image.v1")
    options = call_options(rest[1] if len(rest) > 1 else None)
    return Ask(shown(text, address), read, around.system, options, around.heading, shows=True, checked=True)


@lru_cache(maxsize=256)
def _labels(value: Value, name: str) -> tuple[Prompt, Callable[[Reply], Value]]:
    """What is said around the text, by the prompt of that name, and how the answer is read."""
    labels = labels_of(value, "ai_classify")
    around = prompt(name, labels=json.dumps(labels, ensure_ascii=False))
    return around, partial(label_of, labels=labels, what="the labels")


AI_CLASSIFY = Function(
    name="ai_classify",
    signature="ai_classify(model, text | (url AS image), ARRAY('label', ...) [, json '{...}'])",
    summary="which of the labels a text or an image belongs to",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
    plan_image=plan_image,
)
