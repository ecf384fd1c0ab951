"""ai_agg and ai_summarize_agg: one result for all texts of a group.

Where they do not fit one request they are worked on in parts, and so are the results, until one is left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from aisql.errors import ProviderError
from aisql.functions.answers import plain_text
from aisql.functions.base import Ask, Function, Known, Plan, Steps, Talk, text_of
from aisql.functions.parts import Texts, answered, halves_of_texts, packed, smaller_parts, written
from aisql.functions.prompts import Prompt, prompt
from aisql.functions.summarize import words_of
from aisql.functions.talks import Part, usable
from aisql.providers.base import CHAT, Reply
from aisql.result import Value


class _Prompts(NamedTuple):
    """What is said around all texts together, around a part of them, and around the results of parts."""

    whole: Prompt
    part: Prompt
    results: Prompt


def plan_agg(arguments: Sequence[Value]) -> Plan:
    """A group without texts gives NULL without a request, and so does a NULL or empty instruction."""
    texts = _texts(arguments[0], "ai_agg")
    instruction = text_of(arguments[1], "the instruction of ai_agg")
    if not texts or not instruction:
        return Known(None)
    told = json.dumps(instruction, ensure_ascii=False)
    names = ("agg.v1", "agg_part.v1", "agg_join.v1")
    prompts = _Prompts(*(prompt(name, instruction=told) for name in names))
    return Steps(lambda room: _tree(texts, prompts, room))


def plan_summarize_agg(arguments: Sequence[Value]) -> Plan:
    """A group without texts gives NULL without a request."""
    texts = _texts(arguments[0], "ai_summarize_agg")
    max_words = str(words_of(arguments[1] if len(arguments) > 1 else None, least=1))
    if not texts:
        return Known(None)
    whole = prompt("summarize_agg.v1", max_words=max_words)
    prompts = _Prompts(whole, whole, prompt("summarize_agg_join.v1", max_words=max_words))
    return Steps(lambda room: _tree(texts, prompts, room))


def _texts(gathered: Value, function: str) -> Texts:
    """The texts of a group that are neither NULL nor empty."""
    members = json.loads(str(gathered))
    plain = (
        json.dumps(member, ensure_ascii=False) if isinstance(member, list | dict | bool) else member
        for member in members
    )
    texts = (text_of(member, f"a text of {function}") for member in plain)
    return tuple(text for text in texts if text)


def _tree(texts: Texts, prompts: _Prompts, room: int) -> Talk:
    parts = packed(texts, room)
    if len(parts) == 1:
        try:
            return (yield from usable(*_asking(parts[0], prompts.whole)))
        except ProviderError as error:
            parts = [*smaller_parts(parts[0], error, halves_of_texts)]
    results = yield from _results(parts, prompts.part)
    while len(results) > 1:
        parts = packed(results, room)
        _check_shrinks(len(results), len(parts))
        fewer = yield from _results(parts, prompts.results)
        _check_shrinks(len(results), len(fewer))
        results = fewer
    return results[0]


def _results(parts: Sequence[Texts], around: Prompt) -> Part[list[str]]:
    found = yield from answered(parts, partial(_asking, around=around), halves_of_texts)
    return [result for _, result in found]


def _asking(part: Texts, around: Prompt) -> tuple[Ask, Callable[[Reply], str]]:
    read = partial(plain_text, text="")
    return Ask(written(part), read, around.system, heading=around.heading, whole=True), read


def _check_shrinks(before: int, after: int) -> None:
    """Raises ProviderError where the results of parts are so long that they never become one."""
    if after >= before:
        raise ProviderError(
            f"the results of {before} parts are too long to be put together",
            code="answers_too_long",
            attempts=0,
            hint="ask for a shorter result, or use a model with a longer context",
        )


AI_AGG = Function(
    name="ai_agg",
    signature="ai_agg(model, text, instruction)",
    summary="what an instruction makes of all texts of a group; an aggregate",
    task=CHAT,
    least=3,
    most=3,
    plan=plan_agg,
    gathers=1,
)

AI_SUMMARIZE_AGG = Function(
    name="ai_summarize_agg",
    signature="ai_summarize_agg(model, text [, max_words])",
    summary="one summary of all texts of a group in at most so many words, 50 unless told; an aggregate",
    task=CHAT,
    least=2,
    most=3,
    plan=plan_summarize_agg,
    gathers=1,
)
