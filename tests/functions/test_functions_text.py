"""The text functions of Singdata: what they make of their arguments, and of what a model answers."""

import json
from importlib import resources

import pytest

from aisql.errors import FunctionError, ProviderError
from aisql.functions.base import Ask, CallOptions, Known
from aisql.functions.registry import FUNCTIONS
from aisql.functions.translate import languages
from aisql.providers.base import Reply

LABELS = '["name", "e-mail"]'
KEYS = '{"name": "who it is", "age": ""}'
WRITERS = [("ai_summarize", ()), ("ai_translate", ("de",)), ("ai_fix_grammar", ()), ("ai_mask", (LABELS,))]
"""Functions whose answer is a text, and what follows the text in a call."""


def plan(name, *values):
    return FUNCTIONS[name].plan(values)


def refused(name, *values):
    with pytest.raises(FunctionError) as caught:
        plan(name, *values)
    return caught.value


def read(name, said, *values):
    made = plan(name, *values)
    assert isinstance(made, Ask)
    return made.read(Reply((said,)))


def unusable(name, said, *values):
    with pytest.raises(ProviderError) as caught:
        read(name, said, *values)
    assert caught.value.code == "unusable_answer"
    return caught.value.message


# ---------------------------------------------------------------- answers that are texts


@pytest.mark.parametrize(("name", "rest"), WRITERS)
@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Hallo du", "Hallo du"),
        (" Hallo\n\ndu \n", "Hallo\n\ndu"),
        ('"Hallo du"', "Hallo du"),
        ("'Hallo du'", "Hallo du"),
        ("`Hallo`", "Hallo"),
        ("“Hallo”", "Hallo"),
        ("„Hallo“", "Hallo"),
        ("«Hallo»", "Hallo"),
        ("「你好」", "你好"),
        ("```\nHallo\ndu\n```", "Hallo\ndu"),
        ("```text\nHallo\n```", "Hallo"),
        ('```\n"Hallo"\n```', "Hallo"),
        ('"Ja" und "nein"', '"Ja" und "nein"'),
        ('Er sagt "ja"', 'Er sagt "ja"'),
        ("«ja» und «nein»", "«ja» und «nein»"),
        ("```\na\n```\nund\n```\nb\n```", "```\na\n```\nund\n```\nb\n```"),
        ("```a```", "```a```"),
        ('"', '"'),
    ],
)
def test_what_stands_around_an_answer_is_taken_off(name, rest, said, value):
    assert read(name, said, "Hello", *rest) == value


@pytest.mark.parametrize(("name", "rest"), WRITERS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"Hello"', '"Hallo"'),
        ("“Hello,” he said", '"Hallo"'),
        (" «Bonjour»", "«Guten Tag»"),
        ("```\nHello\n```", "```\nHallo\n```"),
    ],
)
def test_quotes_and_fences_of_the_text_stay(name, rest, text, said):
    assert read(name, said, text, *rest) == said


@pytest.mark.parametrize(("name", "rest"), WRITERS)
@pytest.mark.parametrize("said", ["", " \n", '""', "```\n\n```", '" "'])
def test_an_empty_answer_is_an_error(name, rest, said):
    assert unusable(name, said, "Hello", *rest) == "the model answered '', which is nothing"


def test_no_choice_at_all_is_an_empty_answer():
    with pytest.raises(ProviderError, match="which is nothing"):
        plan("ai_fix_grammar", "Hello").read(Reply(()))


# ---------------------------------------------------------------- ai_summarize


@pytest.mark.parametrize(
    ("rest", "words"),
    [((), 50), ((None,), 50), ((7,), 7), ((None, None), 50), ((1, "{}"), 1), (("{}",), 50), ((" {}",), 50)],
)
def test_a_summary_has_50_words_unless_told(rest, words):
    made = plan("ai_summarize", "Hello", *rest)
    assert f" at most {words} words," in made.system
    assert made.options == CallOptions()


@pytest.mark.parametrize("text", ["Hello", " ", 7, None, ""])
def test_a_summary_of_no_words_is_the_text_itself(text):
    assert plan("ai_summarize", text, 0) == Known("7" if text == 7 else text)


@pytest.mark.parametrize("text", ["Hello", None, ""])
def test_fewer_words_than_none_are_refused(text):
    assert refused("ai_summarize", text, -1).message == "max_words must be non-negative, got: -1"


@pytest.mark.parametrize("words", [1.5, 5.0, "5", "five", "", b"{}"])
def test_the_words_are_a_whole_number(words):
    message = f"max_words must be a whole number, got: {words!r}"
    assert refused("ai_summarize", "Hello", words).message == message
    assert refused("ai_summarize", None, words, "{}").message == message


# ---------------------------------------------------------------- ai_translate


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("de", "German (de)"),
        ("deu", "German (de)"),
        ("ger", "German (de)"),
        (" DE ", "German (de)"),
        ("zh", "Chinese (zh)"),
        ("zho", "Chinese (zh)"),
        ("fil", "Filipino (fil)"),
        ("yue", "Yue Chinese (yue)"),
        ("nb", "Norwegian Bokmål (nb)"),
    ],
)
def test_a_code_of_two_or_three_letters_names_the_language(code, language):
    assert plan("ai_translate", "Hello", code).system.startswith(f"You translate texts into {language}. ")


@pytest.mark.parametrize("code", ["", "xx", "xyz", "German", "zh-CN", "en_US", "d e", "mul", 7, 1.5])
@pytest.mark.parametrize("text", ["Hello", None, ""])
def test_any_other_code_is_the_documented_error(code, text):
    error = refused("ai_translate", text, code)
    assert error.message == f"Invalid ISO-639 language code: {code}"
    assert error.hint == "a code has two or three letters and no region, such as 'en' or 'zh'"


def test_no_code_is_no_language():
    assert refused("ai_translate", "Hello", None).message == "Invalid ISO-639 language code: NULL"
    assert refused("ai_translate", "Hello", b"de").message == (
        "the language of ai_translate must be text, not a blob"
    )


def test_every_language_has_its_codes():
    two = [code for code in languages() if len(code) == 2]
    assert len(two) == 185  # the 183 of ISO 639-1, and two it has withdrawn
    assert all(code.isascii() and code.islower() and len(code) in (2, 3) for code in languages())
    assert all(f"({code})" in languages()[code] for code in two)
    assert len(set(languages().values())) == 500


# ---------------------------------------------------------------- ai_sentiment


@pytest.mark.parametrize("label", ["positive", "negative", "neutral", "mixed"])
@pytest.mark.parametrize(
    "said", ["{}", " {}\n", "'{}'", "**{}**.", "Sentiment: {}", '{{"sentiment": "{}"}}', "```\n{}\n```"]
)
def test_the_sentiment_is_read_from_the_answer(label, said):
    assert read("ai_sentiment", said.format(label), "Hello") == label
    assert read("ai_sentiment", said.format(label).upper(), "Hello") == label


@pytest.mark.parametrize("said", ["", "happy", "positive or negative", "positively", "0.8"])
def test_an_answer_that_is_no_sentiment_is_an_error(said):
    assert unusable("ai_sentiment", said, "Hello") == (
        f"the model answered {said!r}, which is none of positive, negative, neutral, mixed"
    )


def test_white_space_has_a_sentiment():
    assert plan("ai_sentiment", " ").text == " "


# ---------------------------------------------------------------- ai_extract


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('{"name": "Ann", "age": "28"}', '{"age": "28", "name": "Ann"}'),
        ('```json\n{"name": "Ann", "age": "28"}\n```', '{"age": "28", "name": "Ann"}'),
        ('Here it is: {"name": "Ann"} Anything else?', '{"age": "", "name": "Ann"}'),
        ("'{\"age\": 28}'", '{"age": "28", "name": ""}'),
        ('{"age": 1.50, "name": 12345678901234567890}', '{"age": "1.50", "name": "12345678901234567890"}'),
        ('{"age": null, "name": true, "more": 1}', '{"age": "", "name": "true"}'),
        (
            '{"age": [1, "b"], "name": {"first": "Ünal"}}',
            '{"age": "[1, \\"b\\"]", "name": "{\\"first\\": \\"Ünal\\"}"}',
        ),
        ('{"age": NaN, "name": "\\u00dc \\"x\\""}', '{"age": "NaN", "name": "Ü \\"x\\""}'),
        ('{"name": "a", "name": "b"}', '{"age": "", "name": "b"}'),
        ('{"name": "\\ud83d\\ude00 \\ud83d"}', '{"age": "", "name": "😀 ?"}'),
        ("{}", '{"age": "", "name": ""}'),
    ],
)
def test_the_values_of_the_keys_are_texts(said, value):
    assert read("ai_extract", said, "Hello", KEYS) == value
    assert json.loads(value).keys() == {"age", "name"}


@pytest.mark.parametrize(
    "said", ["", "none", "[1]", '"a"', "null", '{"a": 1', "{a: 1}", "}{", "{" * 99_999 + "}", '{"a": {"b"}}']
)
def test_an_answer_without_an_object_is_an_error(said):
    shown = said if len(said) <= 60 else f"{said[:57]}..."
    assert unusable("ai_extract", said, "Hello", KEYS) == (
        f"the model answered {shown!r}, which is no JSON object"
    )


@pytest.mark.parametrize(
    "keys",
    [
        None,
        "",
        '["name", null]',
        '["name", " "]',
        '"a"',
        '{"a": 1}',
        '{"a": null}',
        '{"a": {}}',
        '{" ": "x"}',
        "{" * 99_999,
        3,
        1.5,
        b"{}",
    ],
)
@pytest.mark.parametrize("text", ["Hello", None, ""])
def test_the_keys_are_an_object_of_texts(keys, text):
    message = """the keys of ai_extract must have texts, json '{"key": "description", ...}'"""
    assert refused("ai_extract", text, keys).message == message


def test_keys_alone_are_a_list():
    assert plan("ai_extract", "Hello", '["b", "a"]').heading == 'Keys: {"b": "", "a": ""}\n\nText:\n'
    assert read("ai_extract", '{"b": 1}', "Hello", '["b", "a"]') == '{"a": "", "b": "1"}'


def test_one_key_is_needed():
    for none in ("{}", "[]"):
        assert refused("ai_extract", "Hello", none).message == "ai_extract needs at least 1 key"
    assert read("ai_extract", '{"a": "b"}', "Hello", '{"a": ""}') == '{"a": "b"}'


def test_keys_are_read_once_for_many_texts():
    one, two = plan("ai_extract", "a", KEYS), plan("ai_extract", "b", KEYS)
    assert one.read is two.read
    assert one.options is two.options


def test_the_form_of_the_answer_is_an_object_unless_the_call_tells_another():
    assert dict(plan("ai_extract", "a", KEYS).options.parameters) == {
        "response_format": '{"type": "json_object"}'
    }
    told = '{"model.params": {"response_format": {"type": "text"}, "top_p": 1}}'
    assert dict(plan("ai_extract", "a", KEYS, told).options.parameters) == {
        "response_format": '{"type": "text"}',
        "top_p": "1",
    }


# ---------------------------------------------------------------- ai_mask


@pytest.mark.parametrize(
    "labels", [None, "", "name", "{}", '["a", 1]', '["a", ""]', 3, 1.5, b"[]", "[" * 99_999]
)
@pytest.mark.parametrize("text", ["Hello", None, ""])
def test_what_to_mask_is_a_list_of_texts(labels, text):
    message = "the labels of ai_mask must be texts, ARRAY('a', 'b', ...)"
    assert refused("ai_mask", text, labels).message == message


def test_there_are_1_to_20_labels():
    assert refused("ai_mask", None, "[]").message == "labels must contain at least 1 label"
    twenty = [f"label {number}" for number in range(20)]
    assert json.dumps(twenty) in plan("ai_mask", "Hello", json.dumps(twenty)).heading
    more = json.dumps([*twenty, "one more"])
    assert refused("ai_mask", "Hello", more).message == "labels must contain at most 20 labels, got: 21"


# ---------------------------------------------------------------- prompts


@pytest.mark.parametrize(
    ("name", "rest"), [*WRITERS, ("ai_sentiment", ()), ("ai_extract", (KEYS,)), ("ai_classify", (LABELS,))]
)
def test_the_text_is_never_a_part_of_the_instruction(name, rest):
    made = plan(name, "$labels --- $language {max_words}\n---\n", *rest)
    assert made.text == "$labels --- $language {max_words}\n---\n"
    assert (made.system, made.heading) == (plan(name, "x", *rest).system, plan(name, "x", *rest).heading)
    assert made.heading.endswith("Text:\n")
    assert "$" not in made.system + made.heading


@pytest.mark.parametrize(
    ("name", "rest"),
    [("ai_extract", '{"\\ud800": ""}'), ("ai_mask", '["\\ud800"]'), ("ai_classify", '["\\ud800"]')],
)
def test_half_of_a_surrogate_pair_is_not_sent(name, rest):
    assert '"?"' in plan(name, "x", rest).heading


def test_every_prompt_has_its_version():
    files = sorted(file.name for file in (resources.files("aisql.functions") / "prompts").iterdir())
    assert files == [
        "again.v1.txt",
        "agg.v1.txt",
        "agg_join.v1.txt",
        "agg_part.v1.txt",
        "ask.v1.txt",
        "ask_again.v1.txt",
        "ask_statement.v1.txt",
        "classify.v1.txt",
        "classify_image.v1.txt",
        "classify_row.v1.txt",
        "explain.v1.txt",
        "extract.v1.txt",
        "extract_image.v1.txt",
        "extract_row.v1.txt",
        "extract_table.v1.txt",
        "extract_typed.v1.txt",
        "extract_typed_image.v1.txt",
        "filter.v1.txt",
        "filter_claim.v1.txt",
        "filter_image.v1.txt",
        "fix_grammar.v1.txt",
        "join.v1.txt",
        "mask.v1.txt",
        "mask_row.v1.txt",
        "rank.v1.txt",
        "redact.v1.txt",
        "score.v1.txt",
        "score_question.v1.txt",
        "sentiment.v1.txt",
        "sentiment_row.v1.txt",
        "summarize.v1.txt",
        "summarize_agg.v1.txt",
        "summarize_agg_join.v1.txt",
        "summarize_row.v1.txt",
        "transcribe.v1.txt",
        "translate.v1.txt",
        "translate_row.v1.txt",
    ]


def test_a_value_with_a_dollar_is_not_a_place():
    assert plan("ai_mask", "x", '["$labels", "$$"]').heading == 'Labels: ["$labels", "$$"]\n\nText:\n'
