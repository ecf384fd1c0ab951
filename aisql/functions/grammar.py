"""ai_fix_grammar: a text without its mistakes (Singdata, AI_FIX_GRAMMAR)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from aisql.functions.answers import plain_text
from aisql.functions.base import Ask, Function, Known, Plan, text_of
from aisql.functions.options import call_options
from aisql.functions.prompts import prompt
from aisql.providers.base import CHAT
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL and an empty text an empty text, both without a request."""
    text = text_of(arguments[0], "the content of ai_fix_grammar")
    options = call_options(arguments[1] if len(arguments) > 1 else None)
    if not text:
        return Known(text)
    system, heading = prompt("fix_grammar.v1")
    return Ask(text, partial(plain_text, text=text), system, options, heading)


AI_FIX_GRAMMAR = Function(
    name="ai_fix_grammar",
    signature="ai_fix_grammar(model, content [, json '{...}'])",
    summary="the text with its grammar and spelling put right",
    task=CHAT,
    least=2,
    most=3,
    plan=plan,
)
