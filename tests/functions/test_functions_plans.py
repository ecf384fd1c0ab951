"""What every AI function makes of the values it is given."""

import json

import pytest

from aisql.errors import FunctionError, ProviderError
from aisql.functions.base import Ask, CallOptions, Known, first_text
from aisql.functions.registry import FUNCTIONS
from aisql.providers.base import CHAT, EMBEDDINGS, RERANK, Reply
from aisql.vectors import pack

LABELS = '["positive", "negative", "very positive"]'
KEYS = '{"name": "who it is", "age": ""}'
# The values between the model and the options.
REST = {
    "ai_complete": ("Hello",),
    "ai_classify": ("Hello", LABELS),
    "ai_sentiment": ("Hello",),
    "ai_extract": ("Hello", KEYS),
    "ai_summarize": ("Hello", 5),
    "ai_translate": ("Hello", "de"),
    "ai_fix_grammar": ("Hello",),
    "ai_mask": ("Hello", LABELS),
    "ai_embedding": ("Hello",),
    "ai_embed": ("Hello",),
    "ai_rerank": ("Hello", '["a"]'),
    "ai_similarity": ("Hello", "Hi"),
    "ai_transcribe": ("https://host/hello.wav",),
    "ml_predict": ("Hello",),
}
IN_STEPS = ("ai_rerank", "ai_similarity")


def plan(name, *values):
    return FUNCTIONS[name].plan(values)


def refused(name, *values):
    with pytest.raises(FunctionError) as caught:
        plan(name, *values)
    return caught.value


def answer(name, reply, *values):
    made = plan(name, *(values or REST[name]))
    assert isinstance(made, Ask)
    return made.read(reply)


def test_every_function_is_known_by_its_own_name():
    assert {name: function.name for name, function in FUNCTIONS.items()} == {name: name for name in FUNCTIONS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_is(name):
    function = FUNCTIONS[name]
    assert function.signature.lower().startswith(f"{name}(")
    assert function.summary
    assert 1 <= function.least <= function.most


def test_functions_ask_for_the_task_they_need():
    assert {name: FUNCTIONS[name].task for name in REST} == {
        "ai_complete": CHAT,
        "ai_classify": CHAT,
        "ai_sentiment": CHAT,
        "ai_extract": CHAT,
        "ai_summarize": CHAT,
        "ai_translate": CHAT,
        "ai_fix_grammar": CHAT,
        "ai_mask": CHAT,
        "ai_embedding": EMBEDDINGS,
        "ai_embed": EMBEDDINGS,
        "ai_rerank": RERANK,
        "ai_similarity": EMBEDDINGS,
        "ai_transcribe": CHAT,
        "ml_predict": None,
    }


# ---------------------------------------------------------------- values


@pytest.mark.parametrize("name", REST)
def test_null_gives_null_without_a_request(name):
    assert plan(name, None, *REST[name][1:]) == Known(0.0 if name == "ai_similarity" else None)


def test_an_empty_text_is_what_the_documentation_of_each_function_says():
    assert plan("ai_complete", "") == Known(None)
    assert plan("ai_classify", "", LABELS) == Known("")
    assert plan("ai_sentiment", "") == Known(None)
    assert plan("ai_extract", "", KEYS) == Known(None)
    assert plan("ai_summarize", "", 5) == Known("")
    assert plan("ai_translate", "", "de") == Known("")
    assert plan("ai_fix_grammar", "") == Known("")
    assert plan("ai_mask", "", LABELS) == Known("")
    assert refused("ai_embedding", "").message == "ai_embedding cannot embed an empty text"
    assert refused("ai_embed", "").message == "ai_embed cannot embed an empty text"
    assert plan("ai_rerank", "", '["a"]') == Known(None)
    assert plan("ml_predict", "").text == ""


@pytest.mark.parametrize("name", [name for name in REST if name not in IN_STEPS])
@pytest.mark.parametrize(
    ("value", "text"), [("a b", "a b"), (" ", " "), (7, "7"), (-1, "-1"), (1.5, "1.5"), (0, "0")]
)
def test_numbers_are_asked_as_text(name, value, text):
    made = plan(name, value, *REST[name][1:])
    assert made.text.endswith(text)
    assert made.text == plan(name, text, *REST[name][1:]).text


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ai_complete", "the prompt of ai_complete"),
        ("ai_classify", "the text of ai_classify"),
        ("ai_sentiment", "the text of ai_sentiment"),
        ("ai_extract", "the content of ai_extract"),
        ("ai_summarize", "the content of ai_summarize"),
        ("ai_translate", "the content of ai_translate"),
        ("ai_fix_grammar", "the content of ai_fix_grammar"),
        ("ai_mask", "the content of ai_mask"),
        ("ai_embedding", "the text of ai_embedding"),
        ("ai_embed", "the text of ai_embed"),
        ("ai_rerank", "the query of ai_rerank"),
        ("ai_similarity", "a text of ai_similarity"),
        ("ai_transcribe", "the audio_url of ai_transcribe"),
        ("ml_predict", "the input of ML_PREDICT"),
    ],
)
def test_a_blob_is_refused(name, what):
    assert refused(name, b"\x00", *REST[name][1:]).message == f"{what} must be text, not a blob"


def test_a_prompt_goes_out_as_it_is():
    assert plan("ai_complete", " Hello\n'you' ") == Ask(" Hello\n'you' ", first_text, None, CallOptions())


# ---------------------------------------------------------------- counts


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ai_complete", {2, 3}),
        ("ai_classify", {3, 4}),
        ("ai_sentiment", {2, 3}),
        ("ai_extract", {3, 4}),
        ("ai_summarize", {2, 3, 4}),
        ("ai_translate", {3, 4}),
        ("ai_fix_grammar", {2, 3}),
        ("ai_mask", {3, 4}),
        ("ai_embedding", {2, 3}),
        ("ai_embed", {2, 3}),
        ("ai_rerank", {3, 4}),
        ("ai_similarity", {3, 4}),
        ("ai_transcribe", {2, 3}),
        ("ml_predict", {1, 2}),
    ],
)
def test_each_function_takes_its_number_of_arguments(name, counts):
    for count in counts:
        FUNCTIONS[name].check_count(count)
    for count in set(range(7)) - counts:
        with pytest.raises(FunctionError) as caught:
            FUNCTIONS[name].check_count(count)
        assert caught.value.hint == f"the function is called {FUNCTIONS[name].signature}"


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith("ai_")])
@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_arguments_is_the_documented_error(name, count):
    with pytest.raises(FunctionError) as caught:
        FUNCTIONS[name].check_count(count)
    assert (caught.value.code, caught.value.message) == (
        "CZLH-65000",
        "CZLH-65000 AI function must have at least two arguments",
    )


@pytest.mark.parametrize(
    ("name", "count", "message"),
    [
        ("ai_complete", 4, "ai_complete takes 2 to 3 arguments, not 4"),
        ("ai_classify", 2, "ai_classify takes 3 to 4 arguments, not 2"),
        ("ai_summarize", 5, "ai_summarize takes 2 to 4 arguments, not 5"),
        ("ai_translate", 2, "ai_translate takes 3 to 4 arguments, not 2"),
        ("ml_predict", 0, "ml_predict takes 1 to 2 arguments, not 0"),
    ],
)
def test_any_other_wrong_count_is_named(name, count, message):
    with pytest.raises(FunctionError) as caught:
        FUNCTIONS[name].check_count(count)
    assert caught.value.message == message


# ---------------------------------------------------------------- answers


def test_an_answer_in_words_is_the_first_choice():
    assert answer("ai_complete", Reply(("one", "two"))) == "one"
    assert answer("ai_complete", Reply(())) == ""
    assert answer("ai_complete", Reply((" kept \n",))) == " kept \n"


@pytest.mark.parametrize("name", ["ai_embedding", "ai_embed"])
def test_an_embedding_is_a_vector(name):
    numbers = (0.25, -1.0, 1e-07)
    assert answer(name, Reply(vectors=(numbers,))) == pack(numbers)


def test_an_embedding_with_a_number_no_vector_can_hold_is_not_used():
    with pytest.raises(ProviderError) as caught:
        answer("ai_embedding", Reply(vectors=((1.0, 1e39),)))
    assert (caught.value.message, caught.value.code) == (
        "the model gave an embedding with a number that float32 cannot hold",
        "unusable_answer",
    )


def test_a_prediction_is_a_text_or_a_vector_as_the_model_answers():
    assert answer("ml_predict", Reply(("yes",))) == "yes"
    assert answer("ml_predict", Reply(vectors=((1.0,),))) == pack((1.0,))


# ---------------------------------------------------------------- ai_classify


def test_the_labels_stand_before_the_text():
    made = plan("ai_classify", "Schön!", '["ja", "不"]', '{"model.params": {"temperature": 0}}')
    assert (made.heading, made.text) == ('Labels: ["ja", "不"]\n\nText:\n', "Schön!")
    assert made.system.startswith("You sort texts into classes.")
    assert made.options == CallOptions((("temperature", "0"),))


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("positive", "positive"),
        (" positive\n", "positive"),
        ("Positive", "positive"),
        ("POSITIVE.", "positive"),
        ('"positive"', "positive"),
        ("'negative'", "negative"),
        ("`negative`.", "negative"),
        ("**Negative**", "negative"),
        ("very positive", "very positive"),
        ("The label is negative.", "negative"),
        ("Label: Negative", "negative"),
        ("I would say (negative), clearly", "negative"),
    ],
)
def test_the_label_is_read_from_the_answer(said, label):
    assert answer("ai_classify", Reply((said,))) == label


@pytest.mark.parametrize(
    "said",
    [
        "",
        "neutral",
        "positive or negative",
        "It is very positive",  # two labels, for one is part of the other
        "positively",
        "nonnegative",
        "neg",
    ],
)
def test_an_answer_with_no_label_or_with_two_is_an_error(said):
    with pytest.raises(ProviderError) as caught:
        answer("ai_classify", Reply((said,)))
    assert (caught.value.message, caught.value.code) == (
        f"the model answered {said!r}, which is none of the labels",
        "unusable_answer",
    )


def test_a_long_answer_is_cut_in_the_message():
    with pytest.raises(ProviderError) as caught:
        answer("ai_classify", Reply(("x" * 100,)))
    assert caught.value.message == f"the model answered '{'x' * 57}...', which is none of the labels"


@pytest.mark.parametrize(
    ("labels", "said", "label"),
    [
        ('["no", "yes"]', "Yes, for it is not unknown", "yes"),
        ('["A", "a"]', "a", "a"),
        ('["A", "a"]', "A", "A"),
        ('[" spaced "]', "spaced", " spaced "),
        ('["正面", "负面"]', "这是正面的评价", "正面"),
        ('["C++", "C"]', "c++", "C++"),
        ('["Straße"]', "STRASSE", "Straße"),
        ('["a.c"]', "It is a.c!", "a.c"),
    ],
)
def test_labels_of_every_kind_are_read(labels, said, label):
    assert answer("ai_classify", Reply((said,)), "text", labels) == label


def test_a_label_inside_another_word_is_not_named():
    with pytest.raises(ProviderError, match="none of the labels"):
        answer("ai_classify", Reply(("unknown",)), "text", '["no", "yes"]')


@pytest.mark.parametrize(
    "labels",
    [
        None,
        "",
        "positive",
        "{}",
        '"a"',
        "1",
        '["a", 1]',
        '["a", null]',
        '["a", ""]',
        '["  "]',
        3,
        1.5,
        b"[]",
        "[" * 99_999,
    ],
)
def test_labels_are_a_list_of_texts(labels):
    message = "the labels of ai_classify must be texts, ARRAY('a', 'b', ...)"
    assert refused("ai_classify", "x", labels).message == message
    assert refused("ai_classify", None, labels).message == message


def test_no_label_is_the_documented_error():
    assert refused("ai_classify", "x", "[]").message == "labels must contain at least 1 label"


def test_labels_are_read_once_for_many_texts():
    one, two = plan("ai_classify", "a", LABELS), plan("ai_classify", "b", LABELS)
    assert one.read is two.read


def test_one_label_is_enough():
    assert answer("ai_classify", Reply(("a",)), "x", '["a"]') == "a"


# ---------------------------------------------------------------- ai_embedding


@pytest.mark.parametrize("dimensions", [64, 128, 256, 512, 768, 1024, 1536, 2048])
def test_dimensions_are_a_number_or_its_text(dimensions):
    expected = CallOptions((("dimensions", str(dimensions)),))
    assert plan("ai_embedding", "x", json.dumps({"dimensions": dimensions})).options == expected
    assert plan("ai_embedding", "x", json.dumps({"dimensions": str(dimensions)})).options == expected


@pytest.mark.parametrize(
    "dimensions", [0, 1, 63, 1000, 4096, 1024.0, "1024.0", " 64", "", True, None, [64], {}]
)
def test_other_dimensions_are_refused(dimensions):
    assert refused("ai_embedding", "x", json.dumps({"dimensions": dimensions})).message == (
        "option 'dimensions' must be one of 64, 128, 256, 512, 768, 1024, 1536, 2048"
    )


def test_options_of_an_embedding_are_read_once_for_many_texts():
    text = '{"dimensions": 64}'
    assert plan("ai_embedding", "a", text).options is plan("ai_embedding", "b", text).options


def test_the_kind_of_input_is_checked_and_not_sent():
    for kind in ("document", "query"):
        assert plan("ai_embedding", "x", json.dumps({"input": kind})).options == CallOptions()
    for kind in ("text", "", None, 1, []):
        assert refused("ai_embedding", "x", json.dumps({"input": kind})).message == (
            "option 'input' must be one of document, query"
        )


def test_an_embedding_has_no_other_options():
    error = refused("ai_embedding", "x", '{"dimensions": 64, "dimension": 64}')
    assert (error.message, error.hint) == ("there is no option 'dimension'", "known are dimensions, input")


def test_options_of_an_embedding_are_checked_before_null_is_answered():
    assert refused("ai_embedding", None, '{"x": 1}').message == "there is no option 'x'"
    assert plan("ai_embedding", "x", None).options == CallOptions()
