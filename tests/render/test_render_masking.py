"""Secrets taken out of text: every way a key is written, and what must not be taken for one."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aisql.errors import AisqlError, Span
from aisql.render.diagnostics import draw
from aisql.render.masking import mask_secrets, mask_tokens


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("'api-key' = 'abc'", "'api-key' = '******'"),
        ("'apiKey'='abc','task'='x'", "'apiKey'='******','task'='x'"),
        ("'api_key'  =  'it''s'", "'api_key'  =  '******'"),
        ("'api-key' -- mine\n = /* ' */ 'abc'", "'api-key' -- mine\n = /* ' */ '******'"),
        ("PROVIDER = 'p' API_KEY = 'abc'", "PROVIDER = 'p' API_KEY = '******'"),
        ("access_key='abc', ACCESS_KEY = 'def'", "access_key='******', ACCESS_KEY = '******'"),
        ("`api_key` = 'abc'", "`api_key` = '******'"),
        ("api_key => 'abc', api_key := 'abc'", "api_key => '******', api_key := '******'"),
        ("SET 'ai.openai.api_key' = 'abc'", "SET 'ai.openai.api_key' = '******'"),
        ("'hf-token' = 'abc', 'client.secret' = 'd'", "'hf-token' = '******', 'client.secret' = '******'"),
        ("'extra-header' = '{\"X\": \"a\"}', 'n' = '1'", "'extra-header' = '******', 'n' = '1'"),
        ("-- API_KEY = 'abc'\nselect 'don''t'", "-- API_KEY = '******'\nselect 'don''t'"),
        ("-- don't\n'api-key' = 'abc'", "-- don't\n'api-key' = '******'"),
    ],
)
def test_the_value_of_a_secret_option_is_masked(text, masked):
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            """'{"a": "b", "access_key": "sk-1", "url": "u"}'""",
            """'{"a": "b", "access_key": "******", "url": "u"}'""",
        ),
        ("""'{"access_key":"ab\\"cd"}'""", """'{"access_key":"******"}'"""),
        ("""'{"access_key": "it''s"}'""", """'{"access_key": "******"}'"""),
        ("""'{"access_key": 12345}'""", """'{"access_key": ******}'"""),
        (r"""'{\"access_key\": \"ab\"}'""", r"""'{\"access_key\": \"******\"}'"""),
        (
            """{"extra_header": {"A": "b}c", "B": {"x": "s"}}, "z": 1}""",
            """{"extra_header": ******, "z": 1}""",
        ),
        ("json_object('url', 'u', 'access_key', 'abc')", "json_object('url', 'u', 'access_key', '******')"),
        ("MAP['a', 'b]', 'api-key', 'x]y', 'c', 'd']", "MAP['a', 'b]', 'api-key', '******', 'c', 'd']"),
    ],
)
def test_a_key_inside_json_a_map_or_a_json_object_is_masked(text, masked):
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("'api-key' = 'abc, 'task' = ", "'api-key' = '******'task' = "),
        ("'api-key' = 'abc\n);\nselect 1", "'api-key' = '******"),
        ("API_KEY = 'it''", "API_KEY = '******"),
        ("""'{"access_key": "abc""", """'{"access_key": "******"""),
        ("""'{"access_key": "abc\\""", """'{"access_key": "******"""),
        ("'api-key' 'abc'", "'api-key' '******'"),
        ("API_KEY'abc'", "API_KEY'******'"),
        ("'api-key' = abc'", "'api-key' = ******'"),
        ("'api-key' = \"abc\"", "'api-key' = \"******\""),
        ("API_KEY = \u2018abc\u2019", "API_KEY = \u2018******\u2019"),
        ("API_KEY = abcdef123456", "API_KEY = ******"),
        ("'api-key' = '${KEY}''abc'", "'api-key' = '******'"),
    ],
)
def test_a_key_in_broken_text_is_masked(text, masked):
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("select sk-abcdefgh", "select ******"),
        ("'see sk-proj-ab_cd-1234.'", "'see ******.'"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ******"),
        ("'authorization: bearer abc'", "'authorization: bearer ******'"),
        ('{"Authorization": "Bearer abc"}', '{"Authorization": "******"}'),
    ],
)
def test_a_key_or_a_bearer_token_is_masked_wherever_it_stands(text, masked):
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("'provider'='x','bearer'='a-1','pwd'='b-2')", "'provider'='x','bearer'='******','pwd'='******')"),
        ("TYPE ai_function PROVIDER='x' KEY='zk8-a'", "TYPE ai_function PROVIDER='x' KEY='******'"),
        ("TYPE ai_function PROVIDER='x' KEY 'zk8-a'", "TYPE ai_function PROVIDER='x' KEY '******'"),
        ("TYPE ai_function PROVIDER='x' KEY'zk8-a'", "TYPE ai_function PROVIDER='x' KEY'******'"),
        ("('api-kye'='a', 'cookie' = a1)", "('api-kye'='******', 'cookie' = ******)"),
        ("API_KYE = 'a' SIGNATURE='b'", "API_KYE = '******' SIGNATURE='******'"),
        (
            "(`token` = 'a', [auth] = 'b', \"key\" = 'c')",
            "(`token` = '******', [auth] = '******', \"key\" = '******')",
        ),
        ("UPDATE t SET token = 'a'", "UPDATE t SET token = '******'"),
        (
            """'{"token": "a", "key": "b", "pwd": "c"}'""",
            """'{"token": "******", "key": "b", "pwd": "******"}'""",
        ),
        ("json_object('key', 'a', 'token', 'b')", "json_object('key', 'a', 'token', '******')"),
    ],
)
def test_the_value_of_every_name_that_sounds_secret_is_masked(text, masked):
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("SET my.token = abc", "SET my.token = ******"),
        ("SET my.token = abc;", "SET my.token = ******;"),
        ("SET my.token abc def ; SET x = 1", "SET my.token ****** ; SET x = 1"),
        ("set my.token to abc", "set my.token to ******"),
        ("select 1; -- why\nset 'api_kye' := abc\n", "select 1; -- why\nset 'api_kye' := ******\n"),
        ("SET OPENAI_API_KEY='it''s; a'; select 1", "SET OPENAI_API_KEY='******'; select 1"),
    ],
)
def test_a_secret_setting_needs_no_quotes_to_be_masked(text, masked):
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("'endpoint'='https://me:p@w@host/v1'", "'endpoint'='https://******@host/v1'"),
        ("https://token@host, https://${ME}:pw@host", "https://******@host, https://******@host"),
        ("https://h/a?api_key=a%2Fb&n=1&token=c#d", "https://h/a?api_key=******&n=1&token=******#d"),
        ("'http://h?sig=a'", "'http://h?sig=******'"),
    ],
)
def test_users_and_keys_in_a_url_are_masked_in_messages_too(text, masked):
    assert (mask_secrets(text), mask_tokens(text)) == (masked, masked)


@pytest.mark.parametrize(
    "text",
    ["'key' = 'value'", "'api-key' = 'value'", "API_KEY = 'value'", "SET api_key = value", '{"pwd": "x"}'],
)
def test_a_message_may_say_how_a_secret_is_written(text):
    assert mask_tokens(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "'api-key' = '${KEY}', 'task' = 'x'",
        "SET my.token = ${TOKEN};",
        "SET ai.timeout = 60s; SET 'key.format' = 'json'",
        "where t.key = 'a' and (\"t\".\"token\" = 'b' or [t].key = 'c') and not signature = 'd'",
        "UPDATE t SET n = 1, key = key, token = :token",
        'select key, token "alias", auth from t order by key desc',
        "ai_complete('m', 'press any key')",
        "'press the key'||'x'",
        "https://${ME}:${PW}@host/?api_key=${KEY}&n=1",
        "https://host/@me, me@host, http://[::1]:80/?n=1",
        '{"access_key": "${KEY}"}',
        "'api-key' = ''",
        "'api-key' = '******'",
        "'max-tokens' = '100', 'max_output_tokens' = '5'",
        "'model' = 'gpt', 'endpoint' = 'http://h/v1'",
        "where key = 'abc' and token = 'x'",
        "where api_key = other.column",
        "where api_key = :key and access_key = ?",
        "select password, 'x' from users",
        "'api_key' requires 'endpoint'",
        "missing options: 'api-key', 'endpoint'",
        "RESET ('api-key', 'extra-header')",
        "select ai_complete('m', 'guess my password'), x, 'y' from t",
        "risk-assessment of task-classification and disk-management1",
        "Bearer ${KEY}",
        "the bearer of good news",
    ],
)
def test_what_is_no_secret_stays(text):
    assert mask_secrets(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "'api-key' " * 4000,
        "api_key /*" * 4000,
        "a." * 20000,
        "'" * 40000,
        "api_key = [{" * 3000,
        "/*" * 20000,
        ";SET a " * 6000,
        ";SET key=" + " " * 40000,
        "://" * 13000,
        "?key=" * 8000,
        "key" + "\\" * 40000,
        "where (" * 6000 + "key = 'x'",
    ],
)
def test_hostile_text_takes_no_long_time(text):
    assert isinstance(mask_secrets(text), str)


# Letters that no statement below has, between everything that could lead a pattern astray.
LETTERS = "ЖЩЯДФ"
KEYS = st.text(st.sampled_from(LETTERS + "ЖЩЯДФ'\"\\\n\t ;,)}]-/*$={:sk0中")).filter(
    lambda key: set(key) & set(LETTERS)
)
STATEMENTS = st.sampled_from(
    [
        "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('task'='x', 'api-key' = '@', 'model'='y');",
        "CREATE MODEL m WITH (\n  'apiKey'='@',\n  'provider'='bailian'\n)",
        "ALTER MODEL m SET ('extra-header'='@')",
        "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'bailian' BASE_URL = 'http://h' API_KEY = '@';",
        "-- it's\nCREATE API CONNECTION c API_KEY='@' PROVIDER='x'",
        "SELECT 'don''t'; CREATE MODEL m WITH ('x-token' = '@') nonsense",
    ]
)


def in_statement(key: str, statement: str) -> str:
    assume(not re.fullmatch(r"\$\{\w+\}", key))
    return statement.replace("@", key.replace("'", "''"))


@settings(max_examples=100)
@given(KEYS, STATEMENTS)
def test_no_key_is_ever_left_in_a_statement(key, statement):
    assert mask_secrets(in_statement(key, statement)) == statement.replace("@", "******")


@settings(max_examples=100)
@given(KEYS, STATEMENTS, st.floats(0, 1), st.integers(0, 200), st.integers(0, 30), st.booleans())
def test_no_letter_of_a_key_is_ever_left_in_the_excerpt_of_an_error(
    key, statement, part, start, length, assigned
):
    text = in_statement(key, statement if assigned else statement.replace("=", " "))
    source = text[: round(len(text) * part)]
    # Where the text breaks off inside the key, what is there may read as a whole reference to a variable.
    assume("'${" not in source)
    error = AisqlError("bad", span=Span(start, start + length))
    assert not set(draw(error, source=source, name=None, line=1)) & set(LETTERS)
