"""ai_summarize: a text in few words (Singdata, AI_SUMMARIZE)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from aisql.errors import FunctionError
from aisql.functions.answers import plain_text
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, text_of
from aisql.functions.options import call_options
from aisql.functions.prompts import prompt
from aisql.providers.base import CHAT
from aisql.result import Value

_MAX_WORDS = 50


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL, an empty text, and any text where no word is wanted are given back without a request."""
    text = text_of(arguments[0], "the content of ai_summarize")
    max_words, options = _rest(arguments[1:])
    if not text or max_words == 0:
        return Known(text)
    system, heading = prompt("summarize.v1", max_words=str(max_words))
    return Ask(text, partial(plain_text, text=text), system, options, heading)


def _rest(arguments: Sequence[Value]) -> tuple[int, CallOptions]:
    """The words and the options; either may stand alone, and options are an object."""
    if len(arguments) == 2:
        return words_of(arguments[0]), call_options(arguments[1])
    alone = arguments[0] if arguments else None
    if isinstance(alone, str) and alone.lstrip().startswith("{"):
        return _MAX_WORDS, call_options(alone)
    return words_of(alone), CallOptions()


def words_of(value: Value, least: int = 0) -> int:
    """The number of words. NULL is the usual one. Raises FunctionError for what is no whole number or is too
    small."""
    if value is None:
        return _MAX_WORDS
    if not isinstance(value, int):
        raise FunctionError(f"max_words must be a whole number, got: {value!r}")
    if value < least:
        at_least = "non-negative" if least == 0 else f"{least} or more"
        raise FunctionError(f"max_words must be {at_least}, got: {value}")
    return value


AI_SUMMARIZE = Function(
    name="ai_summarize",
    signature="ai_summarize(model, content [, max_words] [, json '{...}'])",
    summary="a summary of the text in at most so many words, 50 unless told",
    task=CHAT,
    least=2,
    most=4,
    plan=plan,
)
