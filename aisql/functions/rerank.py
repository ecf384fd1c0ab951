"""ai_rerank: which documents answer a query best (OceanBase, AI_RERANK)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aisql.errors import FunctionError
from aisql.functions.base import Ask, Function, Known, Plan, Steps, Talk, text_of
from aisql.providers.base import RERANK, Reply
from aisql.result import Value

_BATCH = 20
"""Documents of one request; OceanBase sends as many together."""


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and an empty query give NULL, an empty array itself, all without a request.

    The text of a request is a JSON array: the query, and some of the documents behind it.
    """
    query, documents, *rest = arguments
    key = text_of(rest[0], "the document key of ai_rerank") if rest else None
    question = text_of(query, "the query of ai_rerank")
    if not question or documents is None:
        return Known(None)
    members = _members(documents)
    texts = [_text(member, key) for member in members]
    if not texts:
        return Known("[]")
    asks = tuple(_asked(question, texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH))

    def talk(_room: int) -> Talk:
        replies = yield asks
        return _ranked([score for reply in replies for score in reply.scores], members, key)

    return Steps(talk, goes_on=False)


def _asked(question: str, texts: Sequence[str]) -> Ask:
    return Ask(json.dumps([question, *texts], ensure_ascii=False), _scores)


def _scores(reply: Reply) -> Value:
    """What a part says, as RETRY FAILED shows it."""
    return json.dumps(reply.scores)


def _members(documents: Value) -> list[Any]:
    try:
        members = json.loads(documents) if isinstance(documents, str) else None
    except (RecursionError, ValueError):
        members = None
    if not isinstance(members, list):
        raise FunctionError("the documents of ai_rerank must be a JSON array")
    return members


def _text(member: Any, key: str | None) -> str:
    """What is read of a document. Raises FunctionError, where there is a key in OceanBase's words."""
    if member is None:
        raise FunctionError("ai_rerank, document_array element is null")
    if key is None:
        if not isinstance(member, str):
            raise FunctionError(
                "a document of ai_rerank must be a text", hint="a document key tells which member is"
            )
        return member
    if not isinstance(member, dict):
        raise FunctionError("ai_rerank, document_array element is not object")
    if member.get(key) is None:
        raise FunctionError("the value for given doc key is null")
    if not isinstance(member[key], str):
        raise FunctionError("the value for given doc key is not string")
    return str(member[key])


def _ranked(scores: Sequence[float], members: Sequence[Any], key: str | None) -> Value:
    """The documents with their scores, the best one first; equal ones stay in their order."""
    ranked = sorted(enumerate(scores), key=lambda scored: -scored[1])
    found = [
        {"index": index, "document": {"text": members[index]}, "relevance_score": score}
        if key is None
        else {**members[index], "_model_score": score}
        for index, score in ranked
    ]
    return json.dumps(found, ensure_ascii=False)


AI_RERANK = Function(
    name="ai_rerank",
    signature="ai_rerank(model, query, documents [, document_key])",
    summary="the documents of a JSON array with their scores, the best answer to the query first",
    task=RERANK,
    least=3,
    most=4,
    plan=plan,
)
