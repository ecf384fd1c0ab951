"""SQL functions of ours that ask no model, so that any statement may use them.

A connection gets them when a statement first names one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from aisql.functions import vectors
from aisql.functions.prompt import ai_prompt
from aisql.result import Value

if TYPE_CHECKING:
    from aisql.functions.distances import Pairs


@dataclass(frozen=True, slots=True)
class PlainFunction:
    """One of them: `arguments` is how many it takes, -1 for any number.

    `make` gives the function for one connection, which may remember its last arguments. SQLite may compute
    one that is `deterministic` once where its arguments are constants, and an index may use it. `example` is
    a call of it.
    """

    name: str
    signature: str
    summary: str
    arguments: int
    make: Callable[[], Callable[..., Value]]
    example: str
    deterministic: bool = True


def _pairs(function: str) -> Pairs:
    from aisql.functions.distances import Pairs  # numpy takes a tenth of a second

    return Pairs(function)


_ALL = (
    PlainFunction(
        "ai_prompt",
        "ai_prompt('template', argument [, argument ...])",
        "a template and its arguments as one value, for ai_complete",
        -1,
        lambda: ai_prompt,
        "ai_complete('builtin:demo', ai_prompt('Say {0}.', 'hello'))",
        deterministic=False,
    ),
    PlainFunction(
        "prompt",
        "prompt('template', argument [, argument ...])",
        "the same, as Snowflake spells it",
        -1,
        lambda: ai_prompt,
        "ai_complete('builtin:demo', PROMPT('Say {0}.', 'hello'))",
        deterministic=False,
    ),
    PlainFunction(
        "vector",
        "vector(x)",
        "the vector of a JSON array of numbers, or of a blob of float32 numbers",
        1,
        lambda: vectors.vector,
        "vector('[1, 0.5]')",
    ),
    PlainFunction(
        "vector_json",
        "vector_json(v)",
        "the vector as a JSON array",
        1,
        lambda: vectors.vector_json,
        "vector_json(vector('[1, 0.5]'))",
    ),
    PlainFunction(
        "vector_dims",
        "vector_dims(v)",
        "how many numbers it has",
        1,
        lambda: vectors.vector_dims,
        "vector_dims(vector('[1, 0.5]'))",
    ),
    PlainFunction(
        "cosine_similarity",
        "cosine_similarity(v, w)",
        "the cosine between two vectors: 1 is the same direction, 0 none in common, -1 the opposite",
        2,
        lambda: _pairs("cosine_similarity").cosine_similarity,
        "cosine_similarity(vector('[1, 0]'), vector('[1, 1]'))",
    ),
    PlainFunction(
        "cosine_distance",
        "cosine_distance(v, w)",
        "1 minus the cosine",
        2,
        lambda: _pairs("cosine_distance").cosine_distance,
        "cosine_distance(vector('[1, 0]'), vector('[1, 1]'))",
    ),
    PlainFunction(
        "l2_distance",
        "l2_distance(v, w)",
        "the length of their difference",
        2,
        lambda: _pairs("l2_distance").l2_distance,
        "l2_distance(vector('[1, 0]'), vector('[1, 1]'))",
    ),
    PlainFunction(
        "inner_product",
        "inner_product(v, w)",
        "the sum of the products of their numbers",
        2,
        lambda: _pairs("inner_product").inner_product,
        "inner_product(vector('[1, 0]'), vector('[1, 1]'))",
    ),
)

PLAIN_FUNCTIONS: Mapping[str, PlainFunction] = MappingProxyType({each.name: each for each in _ALL})
"""They by name."""
