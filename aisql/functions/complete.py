"""ai_complete: a prompt in, the model's answer out (Singdata and OceanBase, AI_COMPLETE)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, first_text, text_of
from aisql.functions.images import image_of, said_with, shown
from aisql.functions.options import body_options, call_options
from aisql.functions.prompt import filled
from aisql.providers.base import CHAT
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """A NULL or empty prompt gives NULL, and no request is made for it. What AI_PROMPT gave is filled in."""
    return _plan(arguments, call_options)


def plan_ai_model(arguments: Sequence[Value]) -> Plan:
    """The same with members of the body in the third argument, as OceanBase has them."""
    return _plan(arguments, body_options)


def _plan(arguments: Sequence[Value], options_of: Callable[[Value], CallOptions]) -> Plan:
    prompt = text_of(arguments[0], "the prompt of ai_complete")
    options = options_of(arguments[1] if len(arguments) > 1 else None)
    if not prompt:
        return Known(None)
    return Ask(filled(prompt), first_text, None, options)


def plan_image(prompt: Value, image: Value, rest: Sequence[Value]) -> Plan:
    """The same with an image; its address must not be NULL, whatever the prompt is."""
    address, said = image_of(image), said_with(prompt, "ai_complete")
    options = call_options(rest[0] if rest else None)
    if not said:
        return Known(None)
    return Ask(shown(filled(said), address), first_text, None, options, shows=True)


AI_COMPLETE = Function(
    name="ai_complete",
    signature="ai_complete(model, prompt | (prompt AS prompt, url AS image) [, json '{...}'])",
    summary="the model's answer to a prompt",
    task=CHAT,
    least=2,
    most=3,
    plan=plan,
    plan_image=plan_image,
    needs_prompt=True,
    plan_ai_model=plan_ai_model,
)
