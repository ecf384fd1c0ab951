"""ai_embedding and ai_embed: a text as a vector (Singdata, AI_EMBEDDING; OceanBase, AI_EMBED)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from aisql.errors import FunctionError, ProviderError
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, text_of
from aisql.functions.options import parse_object
from aisql.providers.base import EMBEDDINGS, Reply
from aisql.result import Value
from aisql.vectors import pack

_DIMENSIONS = (64, 128, 256, 512, 768, 1024, 1536, 2048)
_INPUTS = ("document", "query")


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL without a request; an empty text is an error."""
    text = text_of(arguments[0], "the text of ai_embedding")
    options = embedding_options(arguments[1] if len(arguments) > 1 else None)
    if text is None:
        return Known(None)
    if text == "":
        raise FunctionError("ai_embedding cannot embed an empty text")
    return Ask(text, vector, None, options)


def vector(reply: Reply) -> bytes:
    """The vector of the first text. Raises ProviderError for numbers that are too large for one."""
    try:
        return pack(reply.vectors[0])
    except ValueError as error:
        raise ProviderError(f"the model gave an embedding with {error}", code="unusable_answer") from None


@lru_cache(maxsize=256)
def embedding_options(value: Value) -> CallOptions:
    """Reads {"dimensions": "1024", "input": "document"}.

    `input` says what the vector is for; the interface of OpenAI has no member for it, so it is only checked.
    """
    members = parse_object(value)
    unknown = sorted(members.keys() - {"dimensions", "input"})
    if unknown:
        raise FunctionError(f"there is no option '{unknown[0]}'", hint="known are dimensions, input")
    if members.get("input", "document") not in _INPUTS:
        raise FunctionError(f"option 'input' must be one of {', '.join(_INPUTS)}")
    if "dimensions" not in members:
        return CallOptions()
    dimensions = str(members["dimensions"])
    if dimensions not in map(str, _DIMENSIONS):
        raise FunctionError(f"option 'dimensions' must be one of {', '.join(map(str, _DIMENSIONS))}")
    return CallOptions((("dimensions", dimensions),))


AI_EMBEDDING = Function(
    name="ai_embedding",
    signature="ai_embedding(model, text [, json '{...}'])",
    summary="the text as a vector",
    task=EMBEDDINGS,
    least=2,
    most=3,
    plan=plan,
)


def plan_embed(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL without a request; an empty text is an error."""
    text = text_of(arguments[0], "the text of ai_embed")
    options = _dimension(arguments[1]) if len(arguments) > 1 else CallOptions()
    if text is None:
        return Known(None)
    if text == "":
        raise FunctionError("ai_embed cannot embed an empty text")
    return Ask(text, vector, None, options)


def _dimension(value: Value) -> CallOptions:
    """The request for so many numbers, with OceanBase's words for what is none."""
    if isinstance(value, float):
        raise FunctionError("dimension parameter must be an integer, not a decimal or float")
    if not isinstance(value, int) or value < 1:
        raise FunctionError("dimension parameter must be a positive integer")
    return CallOptions((("dimensions", str(value)),))


AI_EMBED = Function(
    name="ai_embed",
    signature="ai_embed(model, text [, dimension])",
    summary="the text as a vector",
    task=EMBEDDINGS,
    least=2,
    most=3,
    plan=plan_embed,
)
