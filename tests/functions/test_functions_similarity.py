"""What ai_similarity asks, and what it makes of two vectors."""

from __future__ import annotations

import math

import pytest

from aisql.errors import FunctionError, ProviderError
from aisql.functions.base import CallOptions, Known, Steps
from aisql.functions.similarity import cosine, plan
from aisql.providers.base import Reply
from aisql.result import Value

KNOWN = [
    ((None, "a"), 0.0),
    (("a", None), 0.0),
    ((None, None), 0.0),
    ((None, ""), 0.0),
    (("", ""), 1.0),
    (("", "a"), 0.0),
    (("a", ""), 0.0),
    (("a", "a"), 1.0),
    ((1, "1"), 1.0),
    ((" ", " "), 1.0),
]


@pytest.mark.parametrize(("texts", "value"), KNOWN)
def test_what_needs_no_model_is_not_asked(texts: tuple[Value, Value], value: float) -> None:
    assert plan(texts) == Known(value)


def test_both_texts_are_asked_together_with_the_options_of_an_embedding() -> None:
    planned = plan(("a", 2.5, '{"dimensions": "64"}'))
    assert isinstance(planned, Steps)
    asks = next(planned.talk(100))
    assert [(ask.text, ask.options) for ask in asks] == [
        ("a", CallOptions((("dimensions", "64"),))),
        ("2.5", CallOptions((("dimensions", "64"),))),
    ]
    assert not planned.goes_on


def test_the_value_is_the_cosine() -> None:
    planned = plan(("a", "b"))
    assert isinstance(planned, Steps)
    talk = planned.talk(100)
    next(talk)
    with pytest.raises(StopIteration) as end:
        talk.send((Reply(vectors=((3.0, 4.0),)), Reply(vectors=((4.0, 3.0),))))
    assert end.value.value == 0.96


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ((1.0, 0.0), (2.0, 0.0), 1.0),
        ((1.0, 0.0), (-0.5, 0.0), -1.0),
        ((1.0, 0.0), (0.0, 1.0), 0.0),
        ((0.0, 0.0), (0.0, 1.0), 0.0),
        ((0.1, 0.2, 0.3), (0.1, 0.2, 0.3), 1.0),
        ((1e200, 1e200), (1e-200, 1e-200), 1.0),
    ],
)
def test_a_cosine_is_between_minus_one_and_one(
    one: tuple[float, ...], other: tuple[float, ...], value: float
) -> None:
    assert math.isclose(cosine(one, other), value, abs_tol=1e-12)
    assert -1.0 <= cosine(one, other) <= 1.0


def test_vectors_of_other_lengths_cannot_be_compared() -> None:
    with pytest.raises(ProviderError) as caught:
        cosine((1.0,), (1.0, 2.0))
    assert (caught.value.message, caught.value.code) == (
        "the model gave embeddings of 1 and of 2 numbers",
        "unusable_answer",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((b"a", "b"), "a text of ai_similarity must be text, not a blob"),
        (("a", b"b"), "a text of ai_similarity must be text, not a blob"),
        ((None, None, '{"x": 1}'), "there is no option 'x'"),
        (("a", "b", '{"dimensions": 3}'), "option 'dimensions' must be one of 64, 128, 256, 512, 768, 1024, "
         "1536, 2048"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(arguments: tuple[Value, ...], message: str) -> None:
    with pytest.raises(FunctionError) as caught:
        plan(arguments)
    assert caught.value.message == message
