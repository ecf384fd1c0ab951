"""What is made of the members of an object that a model filled in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aisql.errors import FunctionError, ProviderError
from aisql.functions.base import Ask, Known
from aisql.functions.registry import TABLE_FUNCTIONS
from aisql.functions.rows import Filled, as_number
from aisql.functions.typed import TYPES, typed, types_of
from aisql.providers.base import Reply

LABELS = '["a", "b"]'
REST: dict[str, tuple[Any, ...]] = {
    "ai_classify": (LABELS,),
    "ai_sentiment": (),
    "ai_extract": ('{"a": "int"}',),
    "ai_translate": ("auto", "de"),
    "ai_summarize": (5,),
    "ai_mask": (LABELS,),
    "ai_embed": (),
}


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_a_table_has_columns_and_names_for_its_arguments(name: str) -> None:
    function = TABLE_FUNCTIONS[name]
    assert (function.name, function.signature.lower().startswith(f"{name}(")) == (name, True)
    assert function.columns is not None
    assert function.columns([]) == function.columns([None, "x"])
    assert function.parameters[:2] == ("MODEL", "INPUT")
    assert len(function.parameters) == function.most


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_null_is_known(name: str) -> None:
    assert TABLE_FUNCTIONS[name].plan((None, *REST[name])) == Known(None)


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
@pytest.mark.parametrize(("value", "text"), [(7, "7"), (1.5, "1.5"), (" x ", " x ")])
def test_numbers_are_asked_as_text(name: str, value: Any, text: str) -> None:
    planned = TABLE_FUNCTIONS[name].plan((value, *REST[name]))
    assert isinstance(planned, Ask)
    assert (planned.text, planned.checked) == (text, name != "ai_embed")


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_a_blob_is_refused(name: str) -> None:
    with pytest.raises(FunctionError, match="must be text, not a blob"):
        TABLE_FUNCTIONS[name].plan((b"x", *REST[name]))


def test_an_answer_is_one_row_in_a_json_array() -> None:
    planned = TABLE_FUNCTIONS["ai_classify"].plan(("x", LABELS))
    assert isinstance(planned, Ask)
    said = 'Sure: {"category": "B.", "confidence": "1", "why": "\\ud800"} Bye.'
    assert planned.read(Reply((said,))) == '[["b", 1.0]]'


def test_half_a_character_is_none() -> None:
    planned = TABLE_FUNCTIONS["ai_summarize"].plan(("x", 5))
    assert isinstance(planned, Ask)
    assert planned.read(Reply(('{"summary": "a\\ud800\\u0000"}',))) == '[["a?\\u0000"]]'


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_no_answer(written: str) -> None:
    planned = TABLE_FUNCTIONS["ai_classify"].plan(("x", LABELS))
    assert isinstance(planned, Ask)
    with pytest.raises(ProviderError) as caught:
        planned.read(Reply((f'{{"category": "a", "confidence": {written}}}',)))
    assert caught.value.code == "unusable_answer"


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1), (0.5, 0.5), ("0.5", 0.5), (" 7 ", 7.0), (10**400, 10**400), (True, None), (None, None),
     ("", None), ("nan", None), ("inf", None), (float("inf"), None), ([], None), ({}, None)],
)  # fmt: skip
def test_a_number_may_be_written_as_a_text(value: Any, number: float | None) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize("name", TYPES)
def test_every_name_of_a_type_is_known_in_any_case(name: str) -> None:
    assert dict(types_of(json.dumps({"k": f" {name.upper()} "}))) == {"k": TYPES[name]}


@pytest.mark.parametrize("schema", [None, 1, b"{}", "", "[]", "{}", '{"a": "date"}', '{"a": {}}', "{" * 9999])
def test_a_schema_is_an_object_of_types(schema: Any) -> None:
    with pytest.raises(FunctionError, match="the schema of AI_EXTRACT"):
        types_of(schema)


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        (None, "string", None),
        ("", "string", ""),
        (1.50, "string", "1.5"),
        ({"a": "ä"}, "string", '{"a": "ä"}'),
        ("", "integer", None),
        ("+12", "integer", 12),
        (3.0, "integer", 3),
        ("2.5", "number", 2.5),
        (2, "number", 2),
        ("True", "boolean", True),
        (False, "boolean", False),
    ],
)
def test_a_value_has_the_type_of_its_key(value: Any, type_: str, expected: Any) -> None:
    found = typed(Filled({"k": value}, "answer"), "k", type_)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "type_"),
    [("x", "integer"), ("1.5", "integer"), (1.5, "integer"), (True, "integer"), ([], "integer"),
     ("9" * 19, "integer"), ("x", "number"),
     (True, "number"), ({}, "number"), ("yes", "boolean"), (1, "boolean")],
)  # fmt: skip
def test_a_value_of_another_type_is_no_answer(value: Any, type_: str) -> None:
    with pytest.raises(ProviderError) as caught:
        typed(Filled({"k": value}, "answer"), "k", type_)
    assert caught.value.message == f"the model answered 'answer', whose 'k' is no {type_}"
