"""ai_similarity: how near two texts are in meaning (Singdata, AI_SIMILARITY)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

from aisql.errors import ProviderError
from aisql.functions.base import Ask, Function, Known, Plan, Steps, Talk, text_of
from aisql.functions.embed import embedding_options, vector
from aisql.providers.base import EMBEDDINGS
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL on either side, or one empty text, is 0, and the same text twice is 1, all without a request."""
    first = text_of(arguments[0], "a text of ai_similarity")
    second = text_of(arguments[1], "a text of ai_similarity")
    options = embedding_options(arguments[2] if len(arguments) > 2 else None)
    if first is None or second is None:
        return Known(0.0)
    if first == second:
        return Known(1.0)
    if not first or not second:
        return Known(0.0)
    # Asked together they share a request.
    asks = tuple(Ask(text, vector, None, options) for text in (first, second))

    def talk(_room: int) -> Talk:
        one, other = yield asks
        return cosine(one.vectors[0], other.vectors[0])

    return Steps(talk, goes_on=False)


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine between two vectors, 0 where one has only zeros.

    Raises ProviderError for vectors that differ in length.
    """
    if len(one) != len(other):
        lengths = f"{len(one)} and of {len(other)} numbers"
        raise ProviderError(f"the model gave embeddings of {lengths}", code="unusable_answer")
    size = math.hypot(*one) * math.hypot(*other)
    return max(-1.0, min(math.fsum(map(mul, one, other)) / size, 1.0)) if size else 0.0


AI_SIMILARITY = Function(
    name="ai_similarity",
    signature="ai_similarity(model, text1, text2 [, json '{...}'])",
    summary="how near two texts are in meaning, the cosine of their vectors",
    task=EMBEDDINGS,
    least=3,
    most=4,
    plan=plan,
)
