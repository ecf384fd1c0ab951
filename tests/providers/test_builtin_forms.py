"""The offline stand-in where a JSON schema is asked for: one test per thing it can be asked for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from aisql.providers.base import CHAT, Message, Reply, Request, Target
from aisql.providers.builtin import Builtin
from aisql.providers.builtin_judging import degree, holds

TARGET = Target(provider="builtin", url="", model="demo")
LATE = "The courier lost the parcel. Terrible!"
GOOD = "Great price, love it."
CARD = "John Smith, 28, paid $20.50 on 2026-03-04. Mail john@example.com."


def ask(user: str, properties: Any, system: str = "You are asked for JSON.") -> Any:
    """The object that is answered where an object with these properties is asked for."""
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"properties": properties}}}
    messages = (Message("system", system), Message("user", user))
    request = Request(TARGET, CHAT, messages=messages, parameters=(("response_format", json.dumps(form)),))
    reply: Reply = asyncio.run(Builtin().send(request))
    return json.loads(reply.texts[0])


@pytest.mark.parametrize(
    ("criterion", "text", "score"),
    [
        ("positive", GOOD, 1.0),
        ("positive", LATE, 0.0),
        ("negative", LATE, 1.0),
        ("is about delivery", LATE, 1.0),
        ("is about delivery", GOOD, 0.0),
        ("complains about delivery", LATE, 1.0),
        ("complains about delivery", "The delivery was fast. I love it.", 0.5),
        ("mentions John", CARD, 1.0),
        ("is a text", CARD, 0.0),
        ("", CARD, 0.0),
        ("positive", "", 0.0),
    ],
)
def test_a_criterion_is_met_by_what_is_said_and_how(criterion: str, text: str, score: float) -> None:
    assert degree(criterion, text) == score
    assert holds(criterion, text) == (score == 1.0)
    heading = f"Criterion: {json.dumps(criterion)}\n\nText:\n{text}"
    assert ask(heading, {"score": {"type": "number"}}) == {"score": score}
    heading = f"Condition: {json.dumps(criterion)}\n\nText:\n{text}"
    assert ask(heading, {"answer": {"type": "boolean"}}) == {"answer": score == 1.0}


@pytest.mark.parametrize(
    ("claim", "answer"),
    [
        (f"Is this about delivery? {LATE}", True),
        (f"It is positive: {LATE}", False),
        ("It is positive", False),
        ("", False),
    ],
)
def test_a_claim_is_a_condition_and_a_text(claim: str, answer: bool) -> None:
    assert ask(f"Statement:\n{claim}", {"answer": {"type": "boolean"}}) == {"answer": answer}


def test_documents_are_scored_by_their_numbers() -> None:
    asked = json.dumps({"0": LATE, "1": GOOD})
    assert ask(f'Criterion: "positive"\n\nText:\n{asked}', {"scores": {"type": "array"}}) == {
        "scores": [{"index": 0, "score": 0.0}, {"index": 1, "score": 1.0}]
    }


def test_candidates_match_that_the_text_speaks_of() -> None:
    asked = json.dumps({"text": LATE, "candidates": {"0": "price", "1": "delivery"}})
    assert ask(f'Condition: "is about"\n\nText:\n{asked}', {"matches": {"type": "array"}}) == {"matches": [1]}


def test_private_parts_are_found_by_their_kind() -> None:
    kinds = json.dumps(["name", "email", "card number", "password"])
    text = f"{CARD} 4111111111111111"
    assert ask(f"Kinds: {kinds}\n\nText:\n{text}", {"found": {"type": "array"}}) == {
        "found": [
            {"kind": "name", "value": "John Smith"},
            {"kind": "email", "value": "john@example.com"},
            {"kind": "card number", "value": "4111111111111111"},
        ]
    }


@pytest.mark.parametrize(
    ("member", "schema", "value"),
    [
        ("name", {"type": "string"}, "John Smith"),
        ("name", {}, "John Smith"),
        ("name", True, None),
        ("age", {"type": "integer"}, 28),
        ("age", {"type": ["number", "null"]}, 28.0),
        ("price", {"type": "number"}, 20.5),
        ("day", {"type": "string", "format": "date"}, "2026-03-04"),
        ("color", {"type": "string"}, ""),
        ("color", {"type": ["string", "null"]}, None),
        ("color", {"type": ["integer", "null"]}, None),
        ("color", {"type": "integer"}, 0),
        ("paid", {"type": "boolean"}, True),
        ("sold", {"type": "boolean"}, False),
        ("emails", {"type": "array", "items": {"type": "string"}}, ["john@example.com"]),
        ("colors", {"type": "array"}, []),
        ("colors", {"type": ["array", "null"], "items": {"type": "integer"}}, None),
        ("ages", {"type": "array", "items": {"type": "integer"}}, [28]),
        ("mood", {"enum": ["positive", "negative", None]}, None),
        ("kind", {"enum": [1, 2]}, 1),
        ("who", {"type": "object", "properties": {"age": {"type": "integer"}}}, {"age": 28}),
        ("who", {"type": "object"}, {}),
        ("odd", {"type": [{}]}, ""),
    ],
)
def test_a_member_has_the_value_and_the_type_that_are_asked_for(member: str, schema: Any, value: Any) -> None:
    found = ask(f"Text:\n{CARD}", {member: schema})[member]
    assert (found, type(found)) == (value, type(value))


def test_there_is_a_row_for_each_sentence_that_tells_something() -> None:
    row = {"type": "object", "properties": {"name": {"type": ["string", "null"]}, "age": {"type": "integer"}}}
    text = "Ann Lee is 28 years old. It rains. Bob Ray is 31 years old."
    assert ask(f"Text:\n{text}", {"rows": {"type": "array", "items": row}}) == {
        "rows": [{"name": "Ann Lee", "age": 28}, {"name": "Bob Ray", "age": 31}]
    }


@pytest.mark.parametrize("member", ["answer", "score", "scores", "matches", "found"])
@pytest.mark.parametrize("text", ["{", "[]", "1", "null", '{"text": 1, "candidates": 2}'])
def test_a_request_that_only_looks_like_one_of_ours_is_answered_too(member: str, text: str) -> None:
    for heading in ("Condition: x", "Criterion: [", "Kinds: 1", 'Condition: "x"'):
        assert list(ask(f"{heading}\n\nText:\n{text}", {member: {"type": "string"}})) == [member]


GATHER = "You carry out an instruction on a collection of texts.\nThe texts are a JSON array of strings."


def chat(user: str, system: str) -> str:
    messages = (Message("system", system), Message("user", user))
    return asyncio.run(Builtin().send(Request(TARGET, CHAT, messages=messages))).texts[0]


def test_texts_are_worked_on_together() -> None:
    texts = json.dumps(["The kettle is quiet.", "The kettle boils fast.", "I have a cat."])
    asked = 'Instruction: "{}"\n\nText:\n' + texts
    assert chat(asked.format("What is it about?"), GATHER) == "The kettle boils fast."
    assert chat(asked.format("Summarize in 2 words"), GATHER) == "The kettle"
    assert chat(asked.format("Extract the names"), GATHER) == "none"
    assert chat(f"Text:\n{texts}", "You summarize.\nThe texts are a JSON array of strings.") == (
        "The kettle boils fast."
    )


@pytest.mark.parametrize("text", ["[", "[1]", "1", "plain"])
def test_texts_that_are_none_are_one_text(text: str) -> None:
    assert chat(f'Instruction: "x"\n\nText:\n{text}', GATHER) == text
