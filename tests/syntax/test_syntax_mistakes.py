"""What is said about a statement that goes wrong."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.hints import MISTAKES, expected
from aisql.syntax.parse import Parser

KNOWN = [(message, example) for message, examples in MISTAKES for example in examples]

# Mistakes the table does not know are answered from the grammar.
FALLBACKS = [
    ("DROP MODEL m x", "unexpected 'x': expected the end of the statement", "x"),
    ("USE a b", "unexpected 'b': expected the end of the statement", "b"),
    ("SHOW USAGE BY MODEL m", "unexpected 'm': expected the end of the statement", "m"),
    ("SHOW CURRENT CATALOG c", "unexpected 'c': expected the end of the statement", "c"),
    (
        "DROP",
        "the statement ends too early: "
        "expected MODEL, CONNECTION, CATALOG, VOLUME, DATABASE, API, TEMPORARY or TEMP",
        "",
    ),
    ("CREATE OR MODEL m", "unexpected 'MODEL': expected REPLACE", "MODEL"),
    ("USE CATALOG c.d", "unexpected '.': expected the end of the statement", "."),
    ("SHOW CREATE TABLE", "the statement ends too early: expected a name", ""),
    ("DROP DATABASE d NOW", "unexpected 'NOW': expected RESTRICT or CASCADE", "NOW"),
    ("CREATE MODEL m INPUT (a DECIMAL(x))", "unexpected 'x': expected a number", "x"),
    ("CREATE MODEL m INPUT (a STRING NOT)", "unexpected ')': expected NULL", ")"),
    ("DROP MODEL m.", "the statement ends too early: expected a name", ""),
    ("PURGE ANSWERS WHERE f(a, )", "unexpected ')': expected an expression", ")"),
    ("PURGE ANSWERS WHERE 'a", "unexpected string: expected an expression", "'"),
    ("DROP CATALOG", "the statement ends too early: the catalog needs a name", ""),
]

# The tokens that fail here may be keys.
KEYS = [
    "CREATE MODEL m 'sk-secret'",
    "CREATE MODEL m WITH ('api-key' 'sk-secret')",
    "CREATE MODEL m WITH ('api-key' = \"sk-secret\")",
    "CREATE MODEL m WITH ('api-key' = `sk-secret`)",
    "CREATE MODEL m WITH ('api-key' = [sk-secret])",
    "CREATE MODEL m WITH ('api-key' = 'sk-secret",
    "CREATE MODEL m WITH ('api-key' = \"sk-secret)",
    "CREATE MODEL m WITH ('a' = 'b' 'sk-secret')",
    "ALTER MODEL m SET 'sk-secret'",
    "CREATE API CONNECTION c TYPE ai_function API_KEY 'sk-secret'",
    'CREATE API CONNECTION c TYPE ai_function API_KEY = "sk-secret"',
    "SET ai.timeout 'sk-secret'",
    "SHOW MODELS 'sk-secret'",
    "PURGE ANSWERS 'sk-secret'",
    "SHOW USAGE BY 'sk-secret'",
]


def problem(parser, text):
    with pytest.raises(SyntaxProblem) as caught:
        parser.statement(text)
    return caught.value


@pytest.mark.parametrize(("message", "example"), KNOWN, ids=[example for _, example in KNOWN])
def test_every_known_mistake_gets_its_message(parser, message, example):
    error = problem(parser, example)
    beginning, said = error.message.split(": ", 1)
    start, end = error.span
    assert said == message
    assert 0 <= start <= end <= len(example)
    if start == end:
        assert (beginning, start) == ("the statement ends too early", len(example))
    else:
        word = example[start:end]
        if word[0] in "'\"`[":
            assert beginning == "unexpected string"
        elif example[:start].rstrip().endswith("=") and word[0].isalnum():
            assert beginning == "unexpected word"  # a value without its quotes may be a key
        else:
            assert beginning == f"unexpected '{word}'"


@pytest.mark.parametrize(("message", "example"), KNOWN, ids=[example for _, example in KNOWN])
def test_a_known_mistake_is_known_in_small_letters_and_with_comments(parser, message, example):
    changed = example.lower().replace(" ", " /* a comment */ ")
    assert problem(parser, changed).message.split(": ", 1)[1] == message


@pytest.mark.parametrize(("text", "message", "place"), FALLBACKS)
def test_another_mistake_gets_what_the_grammar_expects(parser, text, message, place):
    error = problem(parser, text)
    assert (error.message, text[slice(*error.span)]) == (message, place)


@pytest.mark.parametrize("text", KEYS)
def test_a_string_that_may_be_a_key_is_never_shown(parser, text):
    error = problem(parser, text)
    assert error.message.startswith(("unexpected string: ", "unexpected quoted name: "))
    assert "secret" not in f"{error.message} {error.hint}"
    assert Span(0, 0) <= error.span <= Span(len(text), len(text))


def test_a_long_word_is_cut(parser):
    assert problem(parser, f"DROP MODEL m {'x' * 50}").message == (
        f"unexpected '{'x' * 37}...': expected the end of the statement"
    )


def test_an_error_has_the_code_of_a_syntax_error(parser):
    assert (problem(parser, "SHOW").code, problem(parser, "SHOW").exit_status) == ("syntax_error", 1)


def test_what_is_expected_is_named_in_the_order_of_the_grammar():
    order = ["INPUT", "_IF", "WITH", "NAME", "QUOTED_NAME", "DOT", "STRING"]
    assert expected({"WITH", "INPUT"}, order) == "expected INPUT or WITH"
    assert expected({"STRING", "WITH", "INPUT"}, order) == "expected INPUT, WITH or a string in single quotes"
    assert expected({"NAME", "QUOTED_NAME", "_IF"}, order) == "expected a name"
    assert expected({"_IF"}, order) == "expected IF"
    assert expected({"DOT", "$END"}, order) == "expected the end of the statement"


PARSER = Parser()
WORDS = [
    re.findall(r"'[^']*'|`[^`]*`|\w+|\S", line)
    for line in Path(__file__).with_name("identity.sql").read_text(encoding="utf-8").splitlines()
]


@settings(max_examples=100)
@given(st.sampled_from(WORDS), st.sampled_from(WORDS), st.data())
def test_a_statement_made_of_two_is_parsed_or_refused_with_a_place(first, second, data):
    end = data.draw(st.integers(0, len(first)))
    start = data.draw(st.integers(0, len(second)))
    text = " ".join([*first[:end], *second[start:]])
    span = place_of_mistake(text)
    assert span is None or Span(0, 0) <= span <= Span(len(text), len(text))


def place_of_mistake(text):
    try:
        PARSER.statement(text)
    except SyntaxProblem as error:
        return error.span
    return None
