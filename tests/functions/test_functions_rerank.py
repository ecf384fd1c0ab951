"""What ai_rerank asks, and what it makes of the scores."""

from __future__ import annotations

import json

import pytest

from aisql.errors import FunctionError
from aisql.functions.base import Known, Steps
from aisql.functions.rerank import plan
from aisql.providers.base import Reply

FRUIT = '["apple", "banana", "fruit"]'
SCORES = (0.25, 0.75, 0.25)


def asked(*arguments: str) -> list[list[str]]:
    """What is asked in one step."""
    planned = plan(arguments)
    assert isinstance(planned, Steps)
    return [json.loads(ask.text) for ask in next(planned.talk(100))]


def ranked(arguments: tuple[str, ...], *scores: tuple[float, ...]) -> object:
    """The value of a call whose requests come to these scores."""
    planned = plan(arguments)
    assert isinstance(planned, Steps)
    talk = planned.talk(100)
    next(talk)
    with pytest.raises(StopIteration) as end:
        talk.send(tuple(Reply(scores=each) for each in scores))
    return end.value.value


def test_the_text_is_the_query_and_the_documents() -> None:
    assert asked("Apple", FRUIT) == [["Apple", "apple", "banana", "fruit"]]


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (20, [20]), (21, [20, 1]), (40, [20, 20]), (45, [20, 20, 5])]
)
def test_twenty_documents_are_asked_about_together(count: int, sizes: list[int]) -> None:
    documents = [f"d{number}" for number in range(count)]
    requests = asked("q", json.dumps(documents))
    assert [len(request) - 1 for request in requests] == sizes
    assert [request[0] for request in requests] == ["q"] * len(sizes)
    assert [text for request in requests for text in request[1:]] == documents


def test_the_best_of_all_requests_comes_first_and_equal_ones_keep_their_order() -> None:
    documents = json.dumps([f"d{number}" for number in range(22)])
    found = ranked(("q", documents), tuple([0.5] * 20), (0.5, 0.9))
    assert [member["index"] for member in json.loads(str(found))] == [21, *range(21)]


def test_the_best_document_comes_first_and_equal_ones_keep_their_order() -> None:
    assert ranked(("Apple", FRUIT), SCORES) == (
        '[{"index": 1, "document": {"text": "banana"}, "relevance_score": 0.75}, '
        '{"index": 0, "document": {"text": "apple"}, "relevance_score": 0.25}, '
        '{"index": 2, "document": {"text": "fruit"}, "relevance_score": 0.25}]'
    )


def test_with_a_key_the_documents_are_objects_that_get_a_score() -> None:
    arguments = ("é", '[{"id": 1, "t": "ä"}, {"id": 2, "t": "b"}, {"t": "c"}]', "t")
    assert asked(*arguments) == [["é", "ä", "b", "c"]]
    assert ranked(arguments, SCORES) == (
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
    (("q", json.dumps(["a"] * 20 + [None])), "ai_rerank, document_array element is null"),
    ((b"q", FRUIT), "the query of ai_rerank must be text, not a blob"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_arguments_are_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(FunctionError) as caught:
        plan(arguments)
    assert caught.value.message == message
