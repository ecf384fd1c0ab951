"""ai_rerank: which documents answer a query best (OceanBase, AI_RERANK)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from aisql.errors import FunctionError
from aisql.functions.base import Ask, Function, Known, Plan, text_of
from aisql.providers.base import RERANK, Reply
from aisql.result import Value

_MOST = 20
"""Documents of one request; OceanBase sends as many together."""


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and an empty query give NULL, an empty array itself, all without a request.

    The text of the request is a JSON array: the query, and the documents behind it.
    """
    query, documents, *rest = arguments
    key = text_of(rest[0], "the document key of ai_rerank") if rest else None
    question = text_of(query, "the query of ai_rerank")
    if not question or documents is None:
        return Known(None)
    members = _members(documents)
    if len(members) > _MOST:
        raise FunctionError(f"ai_rerank takes {_MOST} documents at most, not {len(members)}")
    texts = [_text(member, key) for member in members]
    if not texts:
        return Known("[]")
    asked = json.dumps([question, *texts], ensure_ascii=False)
    return Ask(asked, partial(_ranked, members=members, key=key))


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


def _ranked(reply: Reply, members: Sequence[Any], key: str | None) -> Value:
    """The documents with their scores, the best one first."""
    ranked = sorted(enumerate(reply.scores), key=lambda scored: -scored[1])
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
