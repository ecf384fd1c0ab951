"""The options of a call."""

import json
import math

import pytest

from aisql.errors import FunctionError
from aisql.functions.base import CallOptions
from aisql.functions.options import CALL_OPTIONS, call_options, parse_object
from aisql.functions.registry import FUNCTIONS

NUMBERS_TOO_LARGE = [10**400, float("inf"), float("nan")]
GOOD = {
    "model.params.temperature": [0, 0.5, 1, 2, 2.0],
    "model.params.max_tokens": [1, 4096],
    "model.params.top_p": [0.01, 1, 1.0],
    "model.params.enable_thinking": [True, False],
    "response.timeout": [1, 0.5, "30", "0.5", 1e9],
    "task.concurrency": [1, 64, "8"],
}
BAD = {
    "model.params.temperature": [-0.1, 2.1, "0.5", True, None, [], {}, *NUMBERS_TOO_LARGE],
    "model.params.max_tokens": [0, -1, 1.0, "1", True, None, []],
    "model.params.top_p": [0, 1.1, -1, "1", True, None, *NUMBERS_TOO_LARGE],
    "model.params.enable_thinking": ["true", 1, 0, None],
    "response.timeout": [0, -1, "0", "soon", "", "30s", True, None, [], {}, *NUMBERS_TOO_LARGE],
    "task.concurrency": [0, -1, 1.5, 2.0, "0", "1.5", "many", "²", True, None, [], *NUMBERS_TOO_LARGE],
}


def refused(value):
    with pytest.raises(FunctionError) as caught:
        call_options(value)
    return caught.value


def cases(table):
    return [(key, value) for key, values in table.items() for value in values]


def test_every_option_is_tried_here():
    assert [option.key for option in CALL_OPTIONS] == list(GOOD) == list(BAD)
    assert all(option.summary and option.valid for option in CALL_OPTIONS)


@pytest.mark.parametrize(("key", "value"), cases(GOOD))
def test_a_value_in_range_is_taken(key, value):
    options = call_options(json.dumps({key: value}))
    if key.startswith("model.params."):
        assert options == CallOptions(((key.removeprefix("model.params."), json.dumps(value)),))
    elif key == "response.timeout":
        assert options == CallOptions(timeout=float(value))
    else:
        assert options == CallOptions(concurrency=int(value))


@pytest.mark.parametrize(("key", "value"), cases(BAD))
def test_any_other_value_is_refused(key, value):
    if isinstance(value, float) and not math.isfinite(value):
        assert "is no JSON number" in refused(json.dumps({key: value})).message
        return
    valid = next(option.valid for option in CALL_OPTIONS if option.key == key)
    error = refused(json.dumps({key: value}))
    assert (error.message, error.code) == (
        f"option '{key}' must be {valid}, got {json.dumps(value)}",
        "invalid_option",
    )


@pytest.mark.parametrize("value", [None, "{}", '{"model.params": {}}', b"{}"])
def test_no_options_are_no_options(value):
    assert call_options(value) == CallOptions()


def test_parameters_may_be_flat_or_an_object():
    flat = '{"model.params.temperature": 0.5, "model.params.max_tokens": 9, "task.concurrency": 2}'
    nested = '{"task.concurrency": 2, "model.params": {"max_tokens": 9, "temperature": 0.5}}'
    assert (
        call_options(flat)
        == call_options(nested)
        == CallOptions((("max_tokens", "9"), ("temperature", "0.5")), concurrency=2)
    )


def test_parameters_nobody_here_knows_go_to_the_provider_as_they_are():
    text = '{"model.params": {"seed": 7, "stop": ["a", "b"], "x": {"y": null}}, "model.params.user": "é"}'
    assert call_options(text).parameters == (
        ("seed", "7"),
        ("stop", '["a", "b"]'),
        ("user", '"\\u00e9"'),
        ("x", '{"y": null}'),
    )


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("temperature", 'did you mean "model.params": {"temperature": ...}?'),
        ("max_tokens", 'did you mean "model.params": {"max_tokens": ...}?'),
        ("response.timeouts", "did you mean 'response.timeout'?"),
        ("task.concurency", "did you mean 'task.concurrency'?"),
        ("model.param.top_p", "did you mean 'model.params.top_p'?"),
        ("zzz", f"known are {', '.join(option.key for option in CALL_OPTIONS)}"),
        ("", f"known are {', '.join(option.key for option in CALL_OPTIONS)}"),
    ],
)
def test_an_unknown_key_is_refused_with_a_hint(key, hint):
    error = refused(json.dumps({key: 1}))
    assert (error.message, error.code, error.hint) == (f"there is no option '{key}'", "invalid_option", hint)


@pytest.mark.parametrize("value", ["[]", "1", '"a"', "null", "true", 3, 1.5])
def test_options_are_an_object(value):
    assert refused(value).message == "the options must be a JSON object, json '{...}'"


@pytest.mark.parametrize("value", ["", "{", "{'a': 1}", "{a: 1}", "nothing", b"\xff", "[" * 99_999])
def test_options_are_json(value):
    error = refused(value)
    assert error.message.startswith("the options are not JSON: ")
    assert error.code == "invalid_option"


@pytest.mark.parametrize("value", [[], 1, "x", None])
def test_the_parameters_are_an_object(value):
    assert refused(json.dumps({"model.params": value})).message == "option 'model.params' must be an object"


def test_reading_twice_gives_the_same_object():
    text = '{"task.concurrency": 3}'
    assert call_options(text) is call_options(text)
    assert {call_options(text): 1} == {CallOptions(concurrency=3): 1}
    assert parse_object(text) == {"task.concurrency": 3}


CALLED = [
    ("ai_complete", ()),
    ("ai_classify", ('["a"]',)),
    ("ai_sentiment", ()),
    ("ai_extract", ('{"a": "b"}',)),
    ("ai_summarize", ()),
    ("ai_summarize", (5,)),
    ("ai_summarize", (None,)),
    ("ai_translate", ("de",)),
    ("ai_fix_grammar", ()),
    ("ai_mask", ('["a"]',)),
]
"""Functions with these options, and what stands between the text and them."""


@pytest.mark.parametrize(("name", "values"), CALLED)
def test_a_call_carries_its_options(name, values):
    text = '{"model.params.top_p": 0.5, "response.timeout": "2.5", "task.concurrency": "4"}'
    made = FUNCTIONS[name].plan(("x", *values, text))
    own = [("response_format", '{"type": "json_object"}')] if name == "ai_extract" else []
    assert made.options == CallOptions((*own, ("top_p", "0.5")), timeout=2.5, concurrency=4)
    assert made.options is FUNCTIONS[name].plan(("x", *values, text)).options


@pytest.mark.parametrize(("name", "values"), CALLED)
def test_options_are_checked_before_null_is_answered(name, values):
    with pytest.raises(FunctionError, match="there is no option 'x'"):
        FUNCTIONS[name].plan((None, *values, '{"x": 1}'))
