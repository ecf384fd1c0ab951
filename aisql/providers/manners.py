"""How a model at a host wants to be asked, where it is not as the interface is documented.

Some of it is known from the name of the model, the rest a service tells in its refusals: it is asked again in
the other form, and so from then on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aisql.errors import ProviderError
from aisql.providers.base import Json, Target
from aisql.providers.transport import host_of

AS_ASKED, JSON_OBJECT, PROMPT = range(3)
"""The ladder of structured output: as asked for; any JSON object, with the schema in the prompt; the prompt
alone."""


@dataclass(frozen=True, slots=True)
class Manner:
    """`completion_tokens`: `max_completion_tokens` in the place of `max_tokens`. `stream`: only in pieces.
    `structure`: how far down the ladder of structured output."""

    completion_tokens: bool = False
    stream: bool = False
    structure: int = AS_ASKED

    @property
    def in_words(self) -> bool:
        """Whether the prompt tells the form of the answer."""
        return self.structure > AS_ASKED

    def with_(self, other: Manner) -> Manner:
        """What both want."""
        return Manner(
            self.completion_tokens or other.completion_tokens,
            self.stream or other.stream,
            max(self.structure, other.structure),
        )


# OpenAI's models that think take one name, and Model Studio's come in pieces only.
_COMPLETION_TOKENS = re.compile(r"(?i)(?:o[1-9]|gpt-5)(?![a-z0-9])")
_STREAM_ONLY = re.compile(r"(?i)(?:qwq|qvq)-|qwen[\w.]*-omni")


def usual(target: Target) -> Manner:
    """What is known from the name of a model."""
    return Manner(
        completion_tokens=target.provider == "openai" and _COMPLETION_TOKENS.match(target.model) is not None,
        stream=_STREAM_ONLY.match(target.model) is not None,
    )


class Manners:
    """The manners of all models that were asked, by their host and name."""

    def __init__(self) -> None:
        self._learned: dict[tuple[str, str], Manner] = {}

    def of(self, target: Target) -> Manner:
        """How a model wants to be asked, as far as it is known."""
        return self._learned.get((host_of(target.url), target.model)) or usual(target)

    def learn(self, target: Target, error: ProviderError, sent: dict[str, Json]) -> None:
        """Keeps what a refusal teaches about what was sent, and notes in the error that it has taught."""
        learned = lesson(error, sent)
        if learned is not None:
            self._learned[host_of(target.url), target.model] = self.of(target).with_(learned)
            error.taught = True


def adapted(members: dict[str, Json], manner: Manner) -> dict[str, Json]:
    """The body, in the form of the OpenAI interface, as it is wanted."""
    if "messages" not in members:
        return members
    if manner.completion_tokens and "max_tokens" in members:
        members["max_completion_tokens"] = members.pop("max_tokens")
    if manner.stream:
        members["stream"] = True
    if members.get("stream"):
        members.setdefault("stream_options", {"include_usage": True})
    if manner.in_words and structure_of(members):
        _tell_form(members, manner)
    return members


def structure_of(members: Mapping[str, Json]) -> str:
    """The kind of structured output asked for, '' for none."""
    form = members.get("response_format")
    kind = form.get("type") if isinstance(form, dict) else None
    return kind if isinstance(kind, str) and kind in ("json_schema", "json_object") else ""


def schema_of(members: Mapping[str, Json]) -> Json:
    """The JSON schema of the structured output asked for, None where there is none."""
    form = members.get("response_format")
    schema = form.get("json_schema") if isinstance(form, dict) else None
    return schema["schema"] if isinstance(schema, dict) and "schema" in schema else schema


def _tell_form(members: dict[str, Json], manner: Manner) -> None:
    schema = schema_of(members)
    del members["response_format"]
    words = "Answer with JSON only, without any text around it."
    if schema is not None:
        told = json.dumps(schema, ensure_ascii=False)
        words = f"Answer with one JSON object of this JSON schema, without any text around it: {told}"
    if manner.structure == JSON_OBJECT:
        members["response_format"] = {"type": "json_object"}
    messages = members["messages"]
    assert isinstance(messages, list)  # noqa: S101 # as it was made
    first = messages[0] if messages else None
    if isinstance(first, dict) and first.get("role") == "system":
        members["messages"] = [{**first, "content": f"{first['content']}\n\n{words}"}, *messages[1:]]
    else:
        members["messages"] = [{"role": "system", "content": words}, *messages]


_STREAM_WANTED = re.compile(
    r"(?i)for non-streaming|only supports? (?:the )?stream|stream(?:ing)? mode only|enable the stream"
)
_FORM_UNWANTED = re.compile(
    r"(?i)(?:response|output).?(?:format|config)|json.?(?:schema|object|mode)|structured.?output|\bschema\b"
)


def lesson(error: ProviderError, sent: dict[str, Json]) -> Manner | None:
    """What a refusal teaches about the request that was sent; None where it is about something else."""
    if error.status not in (400, 422) or "messages" not in sent:
        return None
    if "max_tokens" in sent and "max_completion_tokens" in error.heard:
        return Manner(completion_tokens=True)
    if not sent.get("stream") and _STREAM_WANTED.search(error.heard):
        return Manner(stream=True)
    if structure_of(sent) and _FORM_UNWANTED.search(error.heard):
        return Manner(structure=_next_structure(sent))
    return None


def _next_structure(sent: dict[str, Json]) -> int:
    """One step down the ladder from what was sent."""
    messages = sent["messages"]
    first = messages[0] if isinstance(messages, list) and messages else None
    told = isinstance(first, dict) and "Answer with " in str(first.get("content"))
    return PROMPT if structure_of(sent) == "json_object" and told else JSON_OBJECT
