"""ai_classify: which of some labels a text belongs to (Singdata, AI_CLASSIFY; text mode)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from aisql.errors import FunctionError, ProviderError
from aisql.functions.base import Ask, Function, Known, Plan, first_text, text_of
from aisql.functions.options import call_options
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_INSTRUCTION = (
    "You sort texts into classes. Answer with exactly one of the labels, "
    "spelled as it is given, and with nothing else."
)


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL and an empty text an empty text, both without a request."""
    text = text_of(arguments[0], "the text of ai_classify")
    heading, read = _labels(arguments[1])
    options = call_options(arguments[2] if len(arguments) > 2 else None)
    if not text:
        return Known(text)
    return Ask(text, read, _INSTRUCTION, options, heading)


@lru_cache(maxsize=256)
def _labels(value: Value) -> tuple[str, Callable[[Reply], Value]]:
    """What is said before the text, and how the answer is read."""
    try:
        labels = json.loads(value) if isinstance(value, str) else None
    except (RecursionError, ValueError):
        labels = None
    if not isinstance(labels, list) or not all(isinstance(label, str) and label.strip() for label in labels):
        raise FunctionError("the labels of ai_classify must be texts, ARRAY('a', 'b', ...)")
    if not labels:
        raise FunctionError("labels must contain at least 1 label")
    heading = f"Labels: {json.dumps(labels, ensure_ascii=False)}\n\nText:\n"
    return heading, partial(_label, labels=tuple(labels))


def _label(reply: Reply, labels: tuple[str, ...]) -> Value:
    """The label the answer names; models like to add quotes, a full stop or a word before it."""
    answer = str(first_text(reply)).strip()
    if answer in labels:
        return answer
    plain = answer.strip(" \t\r\n\"'`*.").casefold()
    for label in labels:
        if plain == label.strip().casefold():
            return label
    named = [label for label in labels if _names(answer.casefold(), label.strip().casefold())]
    if len(named) == 1:
        return named[0]
    shown = answer if len(answer) <= 60 else f"{answer[:57]}..."
    raise ProviderError(f"the model answered {shown!r}, which is none of the labels", code="unusable_answer")


def _names(answer: str, label: str) -> bool:
    """Whether the answer holds the label as words of its own: "unknown" does not name the label "no".

    Only ASCII letters count as neighbours, for many scripts write no spaces between words.
    """
    return re.search(rf"(?<![a-z0-9_]){re.escape(label)}(?![a-z0-9_])", answer) is not None


AI_CLASSIFY = Function(
    name="ai_classify",
    signature="ai_classify(model, text, ARRAY('label', ...) [, json '{...}'])",
    summary="which of the labels a text belongs to",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
)
