"""ai_sentiment: how a text feels about its subject (Singdata, AI_SENTIMENT)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aisql.functions.answers import label_of
from aisql.functions.base import Ask, Function, Known, Plan, text_of
from aisql.functions.options import call_options
from aisql.functions.prompts import prompt
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

SENTIMENTS: Final = ("positive", "negative", "neutral", "mixed")


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and an empty text give NULL without a request."""
    text = text_of(arguments[0], "the text of ai_sentiment")
    options = call_options(arguments[1] if len(arguments) > 1 else None)
    if not text:
        return Known(None)
    system, heading = prompt("sentiment.v1")
    return Ask(text, _sentiment, system, options, heading, checked=True)


def _sentiment(reply: Reply) -> Value:
    return label_of(reply, SENTIMENTS, ", ".join(SENTIMENTS))


AI_SENTIMENT = Function(
    name="ai_sentiment",
    signature="ai_sentiment(model, text [, json '{...}'])",
    summary="whether a text is positive, negative, neutral or mixed",
    task=CHAT,
    least=2,
    most=3,
    plan=plan,
)
