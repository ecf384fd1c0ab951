"""ai_try_complete: the answer to a prompt, or why there is none, as a value."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aisql.errors import ProviderError
from aisql.functions.base import Ask, Function, Plan, Steps, Talk, first_text
from aisql.functions.complete import plan as plan_complete
from aisql.functions.complete import plan_image as plan_complete_image
from aisql.providers.base import CHAT
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """A NULL or empty prompt gives NULL, and no request is made for it, as with ai_complete."""
    return _tried(plan_complete(arguments))


def plan_image(prompt: Value, image: Value, rest: Sequence[Value]) -> Plan:
    """The same with an image."""
    return _tried(plan_complete_image(prompt, image, rest))


def _tried(planned: Plan) -> Plan:
    return Steps(lambda _room: _try(planned), goes_on=False) if isinstance(planned, Ask) else planned


def _try(ask: Ask) -> Talk:
    try:
        (reply,) = yield (ask,)
    except ProviderError as error:
        return _outcome(None, error.message, error.attempts)
    return _outcome(first_text(reply), None, reply.attempts)


def _outcome(value: Value, error: str | None, attempts: int) -> Value:
    told = {"value": value, "error": error, "attempts": attempts}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace").decode()


AI_TRY_COMPLETE = Function(
    name="ai_try_complete",
    signature="ai_try_complete(model, prompt | (prompt AS prompt, url AS image) [, json '{...}'])",
    summary="the model's answer to a prompt or its error, a JSON object; a failure ends nothing",
    task=CHAT,
    least=2,
    most=3,
    plan=plan,
    plan_image=plan_image,
    needs_prompt=True,
)
