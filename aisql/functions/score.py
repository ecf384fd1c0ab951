"""ai_score: how well a text meets a criterion, as a number from 0 to 1."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aisql.functions.answers import object_in, score_in
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, text_of
from aisql.functions.prompts import prompt
from aisql.functions.talks import object_schema, structured
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_FORM = object_schema({"score": {"type": "number"}})


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and '' give NULL without a request."""
    text = text_of(arguments[0], "the text of ai_score")
    criterion = text_of(arguments[1], "the criterion of ai_score")
    if not text or not criterion:
        return Known(None)
    system, heading = prompt("score.v1", criterion=json.dumps(criterion, ensure_ascii=False))
    return Ask(text, _score, system, structured(CallOptions(), "score", _FORM), heading, checked=True)


def _score(reply: Reply) -> Value:
    return score_in(object_in(reply), reply)


AI_SCORE = Function(
    name="ai_score",
    signature="ai_score(model, text, criterion)",
    summary="how well a text meets a criterion, from 0.0 to 1.0",
    task=CHAT,
    least=3,
    most=3,
    plan=plan,
)
