import json

import pytest

from aisql.errors import OptionError
from aisql.providers.base import CHAT, EMBEDDINGS
from aisql.providers.options import OPTIONS, canonical, find, is_secret, nearest
from aisql.providers.values import extra_body, extra_headers, parameters, problem, seconds
from aisql.secrecy import sounds_secret

STRATEGIES = "RETRY, FAILOVER, IGNORE"
OVERFLOW = "truncated-tail, truncated-tail-log, truncated-head, truncated-head-log, skipped, skipped-log"
HEADERS = "a JSON object whose values are strings or lists of strings"

GOOD = {
    "provider": ["bailian", ""],
    "endpoint": ["https://host/v1/chat/completions", "<Endpoint>"],
    "api-key": ["sk-1"],
    "task": ["chat/completions", "embeddings", "Embeddings"],
    "model": ["qwen-turbo"],
    "max-context-size": ["1", "131072"],
    "context-overflow-action": [*OVERFLOW.split(", "), "SKIPPED-LOG"],
    "system-prompt": ["", "You are terse."],
    "user-prompt": ["", "Translate:"],
    "temperature": ["0", "0.7", "1.99", " 1 ", "1e-1", ".5", "+1."],
    "top-p": ["0", "1", "0.95"],
    "stop": ["", "a,b"],
    "max-tokens": ["1", "8192", "9223372036854775807"],
    "presence-penalty": ["-2", "2.0", "0"],
    "n": ["1", "3"],
    "seed": ["0", "-1", "42"],
    "content-type": ["TEXT", "image_url"],
    "response-format": ["text", "json_object", "json_schema"],
    "dimension": ["1", "1024", "1536"],
    "error-handling-strategy": ["RETRY", "failover", "IGNORE"],
    "retry-num": ["0", "100"],
    "retry-backoff-strategy": ["FIXED", "EXPONENTIAL"],
    "retry-backoff-base-interval": ["1s", "500 ms", "2 min", "0s"],
    "retry-fallback-strategy": ["FAILOVER", "IGNORE"],
    "extra-header": ["{}", '{"X-A": "1", "X-B": ["1", "2"]}'],
    "extra-body": ["{}", '{"enable_thinking": false}'],
    "requests-per-minute": ["60", "0.5", "100000"],
    "tokens-per-minute": ["1", "2000000"],
    "ca-file": ["", "/etc/ssl/own.pem"],
    "insecure": ["true", "FALSE"],
}

BAD = {
    "task": (["", "rerank"], "one of chat/completions, embeddings"),
    "max-context-size": (["0", "-1", "1.5", "many", "1_000", "٣"], "an integer >= 1"),
    "context-overflow-action": (["truncate"], f"one of {OVERFLOW}"),
    "temperature": (["9", "2", "-0.1", "hot", "nan", "inf", "1e999", "", "1_0"], "a number in [0, 2)"),
    "top-p": (["1.1", "-1", "NaN"], "a number in [0, 1]"),
    "max-tokens": (["0", "ten", "9223372036854775808", "9" * 60], "an integer >= 1"),
    "presence-penalty": (["-2.1", "3", "-inf"], "a number in [-2, 2]"),
    "n": (["0", "1.0"], "an integer >= 1"),
    "seed": (["1.5", "x"], "an integer"),
    "content-type": (["VIDEO"], "one of TEXT, IMAGE_URL"),
    "response-format": (["xml"], "one of text, json_object, json_schema"),
    "dimension": (["0", "big"], "an integer >= 1"),
    "error-handling-strategy": (["PANIC"], f"one of {STRATEGIES}"),
    "retry-num": (["-1", "always"], "an integer >= 0"),
    "retry-backoff-strategy": (["RANDOM"], "one of FIXED, EXPONENTIAL"),
    "retry-backoff-base-interval": (["soon", "-1s", "1 fortnight"], "a duration such as 1s, 500 ms or 2 min"),
    "retry-fallback-strategy": (["RETRY"], "one of FAILOVER, IGNORE"),
    "requests-per-minute": (["0", "-1", "many", "inf"], "a number >= 0.001"),
    "tokens-per-minute": (["0", "x"], "a number >= 0.001"),
    "insecure": (["", "yes", "1"], "one of true, false"),
    "extra-body": (["", "[]", "{", '{"a": NaN}', '{"a": 1e999}', "[" * 50], "a JSON object"),
}


def cases(table):
    return [(key, value) for key, values in table.items() for value in values]


def test_every_option_is_in_the_tables_of_this_test():
    anything = {"provider", "endpoint", "api-key", "model", "system-prompt", "user-prompt", "stop", "ca-file"}
    assert list(GOOD) == [option.key for option in OPTIONS]
    assert {option.key for option in OPTIONS} - set(BAD) - {"extra-header"} == anything


@pytest.mark.parametrize(("key", "value"), cases(GOOD))
def test_good_values_have_no_problem(key, value):
    assert problem(key, value, "openai-compat", None) is None


@pytest.mark.parametrize(("key", "value", "wanted"), [(k, v, w) for k, (vs, w) in BAD.items() for v in vs])
def test_bad_values_are_told_what_is_valid(key, value, wanted):
    assert problem(key, value, "openai-compat", CHAT) == f"Option '{key}' must be {wanted}, got '{value}'"


@pytest.mark.parametrize("value", ["{", "[]", '{"X-Key": 1}', '{"X-Key": [1]}', '{"X-Key": null}'])
def test_a_bad_header_is_not_shown(value):
    assert problem("extra-header", value, "openai-compat", CHAT) == f"Option 'extra-header' must be {HEADERS}"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_defaults_are_values_the_option_can_have(option):
    assert option.default is None or problem(option.key, option.default, "openai-compat", CHAT) is None


@pytest.mark.parametrize("value", ["1024", "768", "512"])
def test_bailian_has_three_dimensions(value):
    assert problem("dimension", value, "bailian", EMBEDDINGS) is None


@pytest.mark.parametrize("value", ["256", "0", "x"])
def test_bailian_has_no_other_dimension(value):
    expected = f"Option 'dimension' must be one of 1024, 768, 512, got '{value}'"
    assert problem("dimension", value, "Bailian", EMBEDDINGS) == expected


def test_embeddings_take_text_only():
    expected = "Option 'content-type' must be TEXT for the task embeddings, got 'IMAGE_URL'"
    assert problem("content-type", "IMAGE_URL", "openai-compat", EMBEDDINGS) == expected
    assert problem("content-type", "text", "openai-compat", EMBEDDINGS) is None


def test_a_value_resolved_at_call_time_is_not_checked():
    assert problem("temperature", "${TEMPERATURE}", "bailian", CHAT) is None


def test_an_option_nobody_documented_may_hold_anything():
    assert problem("colour", "red", "bailian", CHAT) is None


def test_an_old_spelling_is_checked_under_the_name_it_was_written_with():
    assert problem("topP", "2", "bailian", CHAT) == "Option 'topP' must be a number in [0, 1], got '2'"


def test_old_spellings_have_a_documented_name():
    spellings = ["apiKey", "systemPrompt", "topP", "maxTokens", "top-p", "TOPP", "colour"]
    expected = ["api-key", "system-prompt", "top-p", "max-tokens", "top-p", "TOPP", "colour"]
    assert [canonical(key) for key in spellings] == expected
    assert find("maxTokens") is find("max-tokens") is not None
    assert find("colour") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("temprature", "temperature"),
        ("max_tokens", "max-tokens"),
        ("TOPP", "top-p"),
        ("apikey", "api-key"),
        ("systm-prompt", "system-prompt"),
        ("dimensions", "dimension"),
        ("retry-backoff-interval", "retry-backoff-base-interval"),
        ("colour", None),
        ("m", None),
        ("", None),
    ],
)
def test_a_mistyped_option_has_a_nearest_one(written, meant):
    assert nearest(written) == meant


@pytest.mark.parametrize(
    "key",
    [
        "api-key",
        "apiKey",
        "extra-header",
        "access-key",
        "client-secret",
        "PASSWORD",
        "auth-token",
        "accessKeySecret",
        "bearer",
        "api-kye",
    ],
)
def test_keys_and_what_sounds_like_one_are_secret(key):
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    ["max-tokens", "max-context-size", "max-new-token", "extra-body", "endpoint", "task", "monkey"],
)
def test_other_options_are_not_secret(key):
    assert not is_secret(key)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_a_documented_option_is_as_secret_as_its_names_sound(option):
    assert {sounds_secret(name) for name in (option.key, *option.spellings)} == {option.secret}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1s", 1.0),
        ("500 ms", 0.5),
        ("2 min", 120.0),
        ("1.5h", 5400.0),
        ("1 Day", 86400.0),
        ("250", 0.25),
        ("3 µs", 3e-6),
        (" 10 sec ", 10.0),
        ("", None),
        ("s", None),
        ("-1s", None),
        ("1 s 2 ms", None),
        ("1e3s", None),
    ],
)
def test_durations_are_read_as_seconds(text, expected):
    assert seconds(text) == (None if expected is None else pytest.approx(expected))


CHAT_OPTIONS = {
    "provider": "bailian",
    "endpoint": "https://host/v1/chat/completions",
    "api-key": "sk-1",
    "model": "m",
    "system-prompt": "Be short.",
    "temperature": "0.70",
    "topP": "1",
    "stop": "END, \n,,x",
    "maxTokens": "0100",
    "presence-penalty": "-1.5",
    "n": "2",
    "seed": "7",
    "response-format": "JSON_OBJECT",
    "dimension": "512",
    "retry-num": "3",
    "colour": "red",
}


def test_a_chat_sends_the_options_it_makes_use_of_under_their_interface_names():
    assert parameters(CHAT_OPTIONS, CHAT) == (
        ("colour", '"red"'),
        ("max_tokens", "100"),
        ("n", "2"),
        ("presence_penalty", "-1.5"),
        ("response_format", '{"type":"json_object"}'),
        ("seed", "7"),
        ("stop", '["END"," \\n","x"]'),
        ("temperature", "0.7"),
        ("top_p", "1.0"),
    )


def test_an_embedding_sends_only_its_dimensions():
    assert parameters(CHAT_OPTIONS, EMBEDDINGS) == (("colour", '"red"'), ("dimensions", "512"))


def test_an_option_nobody_knows_is_sent_under_its_own_name():
    options = {"top_k": "20", "enable_thinking": "false", "Guided.Choice": '["a", "b"]', "x": "NaN", "y": ""}
    assert parameters(options, CHAT) == (
        ("Guided.Choice", '["a","b"]'),
        ("enable_thinking", "false"),
        ("top_k", "20"),
        ("x", '"NaN"'),
        ("y", '""'),
    )


@pytest.mark.parametrize("key", ["my-token", "api-kye", "bearer", "X-Secret"])
def test_an_option_that_sounds_like_a_key_is_not_sent(key):
    assert parameters({key: "sk-1"}, CHAT) == ()


SCHEMA = '{"json_schema":{"name":"a","schema":{"type":"object"}}}'


def test_the_schema_of_a_format_comes_from_extra_body():
    whole = f'{{"response_format": {{"type": "json_schema", {SCHEMA[1:-1]}}}}}'
    sent = (("response_format", f'{{"type":"json_schema",{SCHEMA[1:-1]}}}'),)
    options = {"response-format": "json_schema", "extra-body": f'{{"response_format": {SCHEMA}}}'}
    assert parameters(options, CHAT) == sent
    assert parameters({"extra-body": whole}, CHAT) == sent
    assert parameters(options | {"extra-body": whole}, CHAT) == sent


def test_a_format_of_a_schema_needs_the_schema():
    with pytest.raises(OptionError) as raised:
        parameters({"response-format": "json_schema"}, CHAT)
    assert raised.value.message == "Option 'response-format' json_schema needs a schema"


def test_no_options_send_nothing():
    assert parameters({}, CHAT) == parameters({"stop": ""}, CHAT) == ()


def test_members_of_extra_body_win():
    options = {"temperature": "1", "n": "2", "extra-body": '{"temperature": 0, "a": {"b": "é"}}'}
    assert parameters(options, CHAT) == (("a", '{"b":"é"}'), ("n", "2"), ("temperature", "0"))
    assert extra_body(options) == {"temperature": 0, "a": {"b": "é"}}
    assert extra_body({}) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": "9"}, "Option 'temperature' must be a number in [0, 2), got '9'"),
        ({"n": "${N}"}, "Option 'n' must be an integer >= 1, got '${N}'"),
        ({"extra-body": "[]"}, "Option 'extra-body' must be a JSON object, got '[]'"),
    ],
)
def test_a_bad_value_cannot_be_sent(options, message):
    with pytest.raises(OptionError) as raised:
        parameters(options, CHAT)
    assert raised.value.message == message


def test_a_long_value_is_shortened_in_a_message():
    message = problem("temperature", "9" * 500, "bailian", CHAT)
    assert message == f"Option 'temperature' must be a number in [0, 2), got '{'9' * 60}...'"


def test_extra_headers_may_come_more_than_once():
    options = {"extra-header": json.dumps({"X-A": "1", "X-B": ["2", "3"]})}
    assert extra_headers(options) == (("X-A", "1"), ("X-B", "2"), ("X-B", "3"))
    assert extra_headers({}) == ()


def test_bad_extra_headers_are_refused_without_being_shown():
    with pytest.raises(OptionError) as raised:
        extra_headers({"extra-header": '{"Authorization": 5551234}'})
    assert raised.value.message == f"Option 'extra-header' must be {HEADERS}"
