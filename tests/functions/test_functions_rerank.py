"""What ai_rerank asks, and what it makes of the scores."""

from __future__ import annotations

import json

import pytest

from aisql.errors import FunctionError
from aisql.functions.base import Ask, Known
from aisql.functions.rerank import plan
from aisql.providers.base import Reply

FRUIT = '["apple", "banana", "fruit"]'
SCORES = Reply(scores=(0.25, 0.75, 0.25))


def asked(*arguments: str) -> Ask:
    planned = plan(arguments)
    assert isinstance(planned, Ask)
    return planned


def test_the_text_is_the_query_and_the_documents() -> None:
    assert json.loads(asked("Apple", FRUIT).text) == ["Apple", "apple", "banana", "fruit"]


def test_the_best_document_comes_first_and_equal_ones_keep_their_order() -> None:
    assert asked("Apple", FRUIT).read(SCORES) == (
        '[{"index": 1, "document": {"text": "banana"}, "relevance_score": 0.75}, '
        '{"index": 0, "document": {"text": "apple"}, "relevance_score": 0.25}, '
        '{"index": 2, "document": {"text": "fruit"}, "relevance_score": 0.25}]'
    )


def test_with_a_key_the_documents_are_objects_that_get_a_score() -> None:
    ask = asked("é", '[{"id": 1, "t": "ä"}, {"id": 2, "t": "b"}, {"t": "c"}]', "t")
    assert json.loads(ask.text) == ["é", "ä", "b", "c"]
    assert ask.read(SCORES) == (
        '[{"id": 2, "t": "b", "_model_score": 0.75}, {"id": 1, "t": "ä", "_model_score": 0.25}, '
        '{"t": "c", "_model_score": 0.25}]'
    )


@pytest.mark.parametrize(
    ("arguments", "value"),
    [((None, FRUIT), None), (("", FRUIT), None), (("Apple", None), None), (("Apple", "[]"), "[]")],
)
def test_nothing_is_asked_for_nothing(arguments: tuple[str | None, ...], value: str | None) -> None:
    assert plan(arguments) == Known(value)


WRONG = [
    (("q", "apple"), "the documents of ai_rerank must be a JSON array"),
    (("q", '{"a": 1}'), "the documents of ai_rerank must be a JSON array"),
    (("q", 1), "the documents of ai_rerank must be a JSON array"),
    (("q", '["a", null]'), "ai_rerank, document_array element is null"),
    (("q", '["a", 1]'), "a document of ai_rerank must be a text"),
    (("q", '["a"]', "t"), "ai_rerank, document_array element is not object"),
    (("q", '[{"u": "a"}]', "t"), "the value for given doc key is null"),
    (("q", '[{"t": null}]', "t"), "the value for given doc key is null"),
    (("q", '[{"t": 1}]', "t"), "the value for given doc key is not string"),
    (("q", json.dumps(["a"] * 21)), "ai_rerank takes 20 documents at most, not 21"),
    ((b"q", FRUIT), "the query of ai_rerank must be text, not a blob"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_arguments_are_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(FunctionError) as caught:
        plan(arguments)
    assert caught.value.message == message
