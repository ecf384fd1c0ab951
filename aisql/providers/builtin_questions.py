"""What the messages of a chat ask the offline provider for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aisql.providers.base import Json, Message


@dataclass(frozen=True, slots=True)
class Question:
    """What the messages ask for: an instruction, and the text it is about (both may be the same)."""

    instruction: str
    text: str


# The first of these that an instruction speaks of is its task.
_TASKS: Final = (
    ("write_sql", r"\AWrite SQL for SQLite\b"),
    ("explain_sql", r"\AExplain an SQL statement\b"),
    ("decide", r"\b(?:yes|true)\W+(?:or|/)\W+(?:no|false)\b"),
    ("mask", r"\bmask|\bredact|\banonymi[sz]e"),
    ("translate", r"\btranslat"),
    ("grammar", r"\bgrammar|\bproofread|\bcorrect the (?:text|spelling|sentence)"),
    ("summarize", r"\bsummar|\btl;?dr"),
    ("extract", r"\bextract"),
    ("sentiment", r"\bsentiment"),
    ("gather", r"\binstruction on (?:a collection|one part)"),
)
ANY_TASK = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _TASKS), re.IGNORECASE)
_LABELS = re.compile(
    r"\b(?:labels?|categor(?:y|ies)|class(?:es)?|entities|options)\b(?:[^\[\]]|\[MASKED\]){0,80}"
    r"(?P<list>\[(?!MASKED\])[^\[\]]+\])",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{[^{}]*\}")
_TEXT_LINE = re.compile(r"^(?:text|input)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
_GENERIC = re.compile(r"\s*(?:you are an? (?:\w+ ){0,2}assistant\W*)?\s*", re.IGNORECASE)


def question(messages: Sequence[Message]) -> Question:
    """Tells the instruction from the text.

    What follows a line that begins with `Text:` is the text. Otherwise a system message with a task is the
    instruction, and where there is none, the user message up to its first colon.
    """
    system = "\n".join(each.content for each in messages if each.role == "system")
    user = "\n".join(each.content for each in messages if each.role != "system")
    if _GENERIC.fullmatch(system):
        system = ""
    marked = _TEXT_LINE.search(user)
    if marked is not None:
        instruction = f"{system}\n{user[: marked.start()]}".strip()
        return Question(instruction, _joined(instruction, user[marked.end() :].strip()))
    if _is_task(system):
        return Question(system, user.strip())
    return _split(user.strip())


def _joined(instruction: str, text: str) -> str:
    """The text, or the texts, where the instruction says that there are several."""
    if "are a JSON array of strings" not in instruction:
        return text
    try:
        return "\n\n".join(json.loads(text))
    except (TypeError, ValueError):
        return text


def _is_task(instruction: str) -> bool:
    return bool(ANY_TASK.search(instruction) or _LABELS.search(instruction))


def _split(user: str) -> Question:
    """Splits after the labels or the JSON object of the instruction, else at a colon, line or sentence."""
    listed = _LABELS.search(user) or _TEMPLATE.search(user)
    if listed is not None and _is_task(user):
        end = listed.end()
        before, colon, after = user[end:].partition(":")
        if colon and count(before) <= 5 and after.strip():
            # "... labels [a, b], text: what follows"
            return Question(user[:end] + before, after.strip())
        rest = user[end:].strip(" .,:;\n")
        return Question(user[:end], rest or user[: listed.start()].strip())
    for separator in (r":", r"\n", r"[.?!](?=\s)"):
        head, *rest_of = re.split(separator, user, maxsplit=1)
        if rest_of and rest_of[0].strip() and _is_task(head):
            return Question(head, rest_of[0].strip())
    return Question(user, user)


def labels_in(instruction: str) -> tuple[str, ...]:
    """The labels an instruction gives in brackets, as a JSON list or separated by commas."""
    match = _LABELS.search(instruction)
    if match is None:
        return ()
    try:
        listed = json.loads(match["list"])
    except json.JSONDecodeError:
        listed = [each.strip().strip("'\"") for each in match["list"][1:-1].split(",")]
    return tuple(str(each) for each in listed)


_KEY = re.compile(r"(?:^|[{,])\s*[\"']?(\w[\w -]*?)[\"']?\s*:")
_FIELDS = re.compile(r"\b(?:fields?|keys?|columns?|attributes)\b[\s:]*(.+)", re.IGNORECASE)


def keys_in(instruction: str) -> tuple[str, ...]:
    """The keys of the JSON object, or the fields, that an instruction asks for."""
    template = _TEMPLATE.search(instruction)
    if template is not None:
        return tuple(_KEY.findall(template[0]))
    fields = _FIELDS.search(instruction)
    if fields is None:
        return ()
    words = re.split(r"\bfrom\b", fields[1])[0]
    found = re.findall(r"\b(?!(?:and|as|json|named|called)\b)[\w-]+", words, re.IGNORECASE)
    return tuple(dict.fromkeys(found))


def shaped(asked: Question, values: Mapping[str, Json]) -> str:
    """The first value as it is, or the JSON object the instruction asks for, filled with the values."""
    keys = keys_in(asked.instruction)
    if not keys:
        return str(next(iter(values.values())))
    return json.dumps({key: values.get(key, "") for key in keys}, ensure_ascii=False)


def count(text: str) -> int:
    """The words of a text."""
    return len(text.split())


def first_words(text: str, limit: int) -> str:
    """The beginning of a text, as it is, up to so many words."""
    if count(text) <= limit:
        return text
    words = list(re.finditer(r"\S+", text))
    return text[: words[limit - 1].end()]
