"""The answers of the offline provider to chats: one rule for each task."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aisql.providers.base import Message
from aisql.providers.builtin_explaining import explain_sql
from aisql.providers.builtin_finding import extract, mask
from aisql.providers.builtin_judging import classify, decide, sentiment
from aisql.providers.builtin_questions import ANY_TASK, Question, labels_in, question
from aisql.providers.builtin_sql import write_sql
from aisql.providers.builtin_writing import grammar, summarize, summary, talk, translate

_TOLD = re.compile(r'^Instruction: "(.*)"$', re.MULTILINE)


def _gather(asked: Question) -> str:
    """What the instruction of a user makes of all texts: a task that is known, else a summary."""
    told = _TOLD.search(asked.instruction)
    instruction = told[1] if told else ""
    if ANY_TASK.search(instruction):
        return answer((Message("system", instruction), Message("user", f"Text: {asked.text}")))
    return summary(asked.text, instruction)


_RULES: Final[Mapping[str, Callable[[Question], str]]] = {
    "classify": classify,
    "decide": decide,
    "explain_sql": explain_sql,
    "extract": extract,
    "gather": _gather,
    "grammar": grammar,
    "mask": mask,
    "sentiment": sentiment,
    "summarize": summarize,
    "translate": translate,
    "write_sql": write_sql,
    "": talk,
}

_OWN_WORDS: Final = ("mask", "extract", "write_sql", "explain_sql")
"""Tasks whose instructions may have lists that are no labels."""


def answer(messages: Sequence[Message]) -> str:
    """The answer to a chat, always the same for the same messages."""
    asked = question(messages)
    task = ANY_TASK.search(asked.instruction)
    kind = "" if task is None else task.lastgroup or ""
    if kind not in _OWN_WORDS and labels_in(asked.instruction):
        kind = "classify"
    return _RULES[kind](asked)
