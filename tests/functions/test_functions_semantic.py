"""What the semantic functions make of their arguments, and of what a model answers."""

import json
from functools import partial
from itertools import pairwise

import pytest

from aisql.errors import CONTEXT_TOO_LONG, FunctionError, ProviderError
from aisql.functions.base import Ask, Known, Steps
from aisql.functions.registry import FUNCTIONS
from aisql.providers.base import CHAT, Reply

CALLS = {
    "ai_filter": ("a text", "a condition"),
    "ai_score": ("a text", "a criterion"),
    "ai_rank": ('["a", "b"]', "a criterion"),
    "ai_agg": ('["a", "b"]', "an instruction"),
    "ai_summarize_agg": ('["a", "b"]',),
    "ai_join": ("a text", '["a", "b"]', "a condition"),
    "ai_redact": ("a text",),
    "ai_try_complete": ("a prompt",),
    "ai_extract_table": ("a text", "name"),
}
COUNTS = {
    "ai_filter": {2, 3},
    "ai_score": {3},
    "ai_rank": {3, 4},
    "ai_agg": {3},
    "ai_summarize_agg": {2, 3},
    "ai_join": {4},
    "ai_redact": {2, 3},
    "ai_try_complete": {2, 3},
    "ai_extract_table": {3},
}
AGGREGATES = {"ai_agg", "ai_summarize_agg"}


def plan(name, *values):
    return FUNCTIONS[name].plan(values)


def refused(name, *values):
    with pytest.raises(FunctionError) as caught:
        plan(name, *values)
    return caught.value.message


def read(name, said, *values):
    made = plan(name, *(values or CALLS[name]))
    assert isinstance(made, Ask)
    return made.read(Reply((said,)))


def unusable(name, said, *values):
    with pytest.raises(ProviderError) as caught:
        read(name, said, *values)
    assert caught.value.code == "unusable_answer"
    return caught.value.message


def run(made, answer, room=1000):
    """Runs the steps of a call; `answer` gives a text or an error for each Ask. Gives value and Asks."""
    assert isinstance(made, Steps)
    talk, asked, replies = made.talk(room), [], None
    try:
        asks = next(talk)
        while True:
            asked.append(asks)
            replies = [answer(ask) for ask in asks]
            error = next((reply for reply in replies if isinstance(reply, ProviderError)), None)
            if error is not None:
                asks = talk.throw(error)
            else:
                asks = talk.send(tuple(Reply((reply,)) for reply in replies))
    except StopIteration as end:
        return end.value, asked


def failed(made, answer, room=1000):
    with pytest.raises(ProviderError) as caught:
        run(made, answer, room)
    return caught.value


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("name", CALLS)
def test_each_is_for_a_chat_and_takes_its_number_of_arguments(name):
    function = FUNCTIONS[name]
    assert function.task == CHAT
    for count in range(7):
        if count in COUNTS[name]:
            function.check_count(count)
        else:
            with pytest.raises(FunctionError) as caught:
                function.check_count(count)
            assert caught.value.hint == f"the function is called {function.signature}"


def _without(name):
    """What a call without a text gives."""
    return {"ai_extract_table": "[]"}.get(name)


@pytest.mark.parametrize("name", sorted(set(CALLS) - AGGREGATES))
def test_null_asks_nobody(name):
    assert plan(name, None, *CALLS[name][1:]) == Known(_without(name))


@pytest.mark.parametrize("name", sorted(set(CALLS) - AGGREGATES - {"ai_rank", "ai_redact"}))
def test_an_empty_text_asks_nobody(name):
    assert plan(name, "", *CALLS[name][1:]) == Known(_without(name))


@pytest.mark.parametrize("name", ["ai_filter", "ai_score", "ai_rank", "ai_agg"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_condition_nobody_is_asked(name, nothing):
    assert plan(name, CALLS[name][0], nothing) == Known(None)
    assert plan("ai_join", "a", '["a"]', nothing) == Known(None)


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("ai_filter", (b"x",), "the claim of ai_filter"),
        ("ai_filter", (b"x", "c"), "the text of ai_filter"),
        ("ai_filter", ("x", b"c"), "the condition of ai_filter"),
        ("ai_score", (b"x", "c"), "the text of ai_score"),
        ("ai_score", ("x", b"c"), "the criterion of ai_score"),
        ("ai_rank", ("[]", b"c"), "the criterion of ai_rank"),
        ("ai_agg", ('["x"]', b"c"), "the instruction of ai_agg"),
        ("ai_join", (b"x", "[]", "c"), "the text of ai_join"),
        ("ai_join", ("x", "[]", b"c"), "the condition of ai_join"),
        ("ai_redact", (b"x",), "the text of ai_redact"),
        ("ai_extract_table", (b"x", "name"), "the text of ai_extract_table"),
        ("ai_try_complete", (b"x",), "the prompt of ai_complete"),
    ],
)
def test_a_blob_is_refused(name, values, what):
    assert refused(name, *values) == f"{what} must be text, not a blob"


# ---------------------------------------------------------------- ai_filter, ai_score


@pytest.mark.parametrize(
    ("said", "value"),
    [('{"answer": true}', 1), ('{"answer": false}', 0), ('So: ```json\n{"answer": true}\n```', 1)],
)
def test_a_filter_is_1_or_0(said, value):
    assert read("ai_filter", said) == value
    assert read("ai_filter", said, "a claim") == value


@pytest.mark.parametrize("said", ['{"answer": 1}', '{"answer": "true"}', '{"answer": null}', "{}"])
def test_what_is_neither_true_nor_false_is_no_filter(said):
    assert unusable("ai_filter", said) == f"the model answered {said!r}, which is neither true nor false"


def test_a_claim_may_be_what_ai_prompt_gave():
    claim = json.dumps({"template": "Is {0} red?", "args": ["it"]})
    assert plan("ai_filter", claim).text == "Is it red?"


@pytest.mark.parametrize(("said", "value"), [("0", 0.0), ("1", 1.0), ("0.25", 0.25)])
def test_a_score_is_a_number(said, value):
    found = read("ai_score", f'{{"score": {said}}}')
    assert (found, type(found)) == (value, float)


@pytest.mark.parametrize("said", ["-0.1", "1.01", "true", '"0.5"', "null", "[1]"])
def test_a_score_that_is_none_is_refused(said):
    said = f'{{"score": {said}}}'
    assert unusable("ai_score", said) == f"the model answered {said!r}, which is no score from 0 to 1"


@pytest.mark.parametrize("said", ["", "yes", "[true]", '{"score": NaN}', '{"score": 1e999}', "{" * 9_999])
@pytest.mark.parametrize("name", ["ai_filter", "ai_score"])
def test_what_is_no_object_is_refused(name, said):
    assert unusable(name, said).endswith(", which is no JSON object")


# ---------------------------------------------------------------- ai_rank, ai_join


def scores(*numbers):
    return json.dumps({"scores": [{"index": at, "score": number} for at, number in enumerate(numbers)]})


def by_length(ask):
    """Scores documents by their length, chooses candidates with an a."""
    asked = json.loads(ask.text)
    if "candidates" in asked:
        return json.dumps({"matches": [int(at) for at, text in asked["candidates"].items() if "a" in text]})
    return scores(*(len(text) / 1000 for text in asked.values()))


def test_documents_come_best_first_and_ties_in_their_order():
    value, asked = run(plan("ai_rank", '["bb", null, "ccc", "aa", 7]', "length"), by_length)
    assert json.loads(value) == [
        {"index": 2, "document": "ccc", "score": 0.003},
        {"index": 0, "document": "bb", "score": 0.002},
        {"index": 3, "document": "aa", "score": 0.002},
        {"index": 4, "document": 7, "score": 0.001},
    ]
    assert [[json.loads(ask.text) for ask in asks] for asks in asked] == [
        [{"0": "bb", "1": "ccc", "2": "aa", "3": "7"}]
    ]


@pytest.mark.parametrize(("k", "count"), [(None, 3), (0, 0), (1, 1), (3, 3), (9, 3)])
def test_k_is_how_many_documents_come(k, count):
    made = plan("ai_rank", '["a", "b", "c"]', "x", k)
    value = made.value if isinstance(made, Known) else run(made, by_length)[0]
    assert len(json.loads(value)) == count


@pytest.mark.parametrize("k", [-1, 1.5, "2", b"2"])
def test_another_k_is_refused(k):
    assert refused("ai_rank", '["a"]', "x", k) == (
        f"k of ai_rank must be a whole number of 0 or more, got: {k!r}"
    )


@pytest.mark.parametrize("documents", ["[]", "[null]"])
def test_without_documents_nobody_is_asked(documents):
    assert plan("ai_rank", documents, "x") == Known("[]")
    assert plan("ai_join", "x", documents, "x") == Known("[]")


@pytest.mark.parametrize("array", ["", "a", "{}", "1", "[", 3, b"[]"])
def test_what_is_no_array_is_refused(array):
    assert refused("ai_rank", array, "x") == "the documents of ai_rank must be a JSON array of texts"
    assert refused("ai_join", "x", array, "x") == "the candidates of ai_join must be a JSON array of texts"


@pytest.mark.parametrize("array", ["[[]]", "[{}]", "[true]", "[NaN]", "[1e999]"])
def test_an_array_of_other_things_is_refused(array):
    assert refused("ai_rank", array, "x") == "the documents of ai_rank must be texts, numbers or null"
    assert refused("ai_join", "x", array, "x") == "the candidates of ai_join must be texts, numbers or null"


@pytest.mark.parametrize(
    "said",
    [
        "{}",
        '{"scores": 1}',
        '{"scores": [0.5, 0.5]}',
        scores(0.5),
        scores(0.5, 0.5, 0.5),
        '{"scores": [{"index": 0, "score": 0.5}, {"index": 0, "score": 0.5}]}',
        '{"scores": [{"index": true, "score": 0.5}, {"index": 0, "score": 0.5}]}',
        '{"scores": [{"index": 1, "score": 0.5}, {"index": 2, "score": 0.5}]}',
        '{"scores": [{"index": 1, "score": 0.5}, {"index": 0, "score": 2}]}',
    ],
)
def test_scores_that_are_not_those_of_the_documents_are_asked_for_once_more(said):
    answers = [said, scores(0.1, 0.2)]
    value, asked = run(plan("ai_rank", '["a", "b"]', "x"), lambda _: answers.pop(0))
    assert [one["index"] for one in json.loads(value)] == [1, 0]
    assert [asks[0].text for asks in asked] == ['{"0": "a", "1": "b"}'] * 2
    assert failed(plan("ai_rank", '["a", "b"]', "x"), lambda _: said).code == "unusable_answer"


def test_documents_are_scored_in_batches():
    documents = [f"document {number}" for number in range(120)]
    value, [asks] = run(plan("ai_rank", json.dumps(documents), "x"), by_length, room=10_000)
    assert [len(json.loads(ask.text)) for ask in asks] == [50, 50, 20]
    assert sorted(one["document"] for one in json.loads(value)) == sorted(documents)
    _, [asks] = run(plan("ai_rank", json.dumps(documents), "x"), by_length, room=50)
    assert [text for ask in asks for text in json.loads(ask.text).values()] == documents
    assert max(len(ask.text) for ask in asks) <= 200


def test_a_batch_that_is_too_long_is_asked_about_in_halves():
    def answer(ask):
        return too_long() if len(json.loads(ask.text)) > 2 else by_length(ask)

    value, asked = run(plan("ai_rank", '["a", "bb", "ccc", "dddd", "eeeee"]', "x"), answer)
    assert [one["document"] for one in json.loads(value)] == ["eeeee", "dddd", "ccc", "bb", "a"]
    assert {ask.text for asks in asked for ask in asks} == {
        '{"0": "a", "1": "bb", "2": "ccc", "3": "dddd", "4": "eeeee"}',
        '{"0": "a", "1": "bb"}',
        '{"0": "ccc", "1": "dddd", "2": "eeeee"}',
        '{"0": "ccc"}',
        '{"0": "dddd", "1": "eeeee"}',
    }


def test_one_document_that_is_too_long_is_an_error():
    assert failed(plan("ai_rank", '["a", "b"]', "x"), lambda _: too_long()).code == CONTEXT_TOO_LONG


def test_the_candidates_that_match_come_in_their_order_each_once():
    value, [[ask]] = run(plan("ai_join", "x", '["ba", "c", null, "a", "ba", 7, 7.0]', "has"), by_length)
    assert value == '["ba", "a"]'
    assert json.loads(ask.text) == {
        "text": "x",
        "candidates": {"0": "ba", "1": "c", "2": "a", "3": "7", "4": "7.0"},
    }


def test_a_candidate_comes_back_as_it_was():
    value, _ = run(plan("ai_join", "x", '["1", 1, 1.0]', "is"), lambda _: '{"matches": [2, 1, 1]}')
    assert value == "[1, 1.0]"


@pytest.mark.parametrize("matches", ['"a"', "null", "[2]", "[-1]", '["a"]', "[true]", "[0.0]"])
def test_matches_that_are_no_candidates_are_refused(matches):
    said = f'{{"matches": {matches}}}'
    assert failed(plan("ai_join", "x", '["a", "b"]', "is"), lambda _: said).code == "unusable_answer"


def test_candidates_are_asked_about_in_batches():
    candidates = [f"a{number}" for number in range(101)]
    value, [asks] = run(plan("ai_join", "x", json.dumps(candidates), "is"), by_length, room=10_000)
    assert [len(json.loads(ask.text)["candidates"]) for ask in asks] == [50, 50, 1]
    assert json.loads(value) == candidates


# ---------------------------------------------------------------- aggregates


def too_long():
    return ProviderError("too long", code=CONTEXT_TOO_LONG)


def texts_of(ask):
    return json.loads(ask.text)


@pytest.mark.parametrize("group", ["[]", "[null]", '[null, ""]'])
def test_a_group_without_texts_is_null(group):
    assert plan("ai_agg", group, "x") == Known(None)
    assert plan("ai_summarize_agg", group) == Known(None)


def test_everything_in_a_group_is_a_text():
    _, [[ask]] = run(plan("ai_agg", '["a", 1, 2.5, null, true, {"b": [1]}]', "x"), lambda _: "ok")
    assert texts_of(ask) == ["a", "1", "2.5", "true", '{"b": [1]}']


@pytest.mark.parametrize("words", [0, -1, 1.5, "5"])
def test_words_of_a_summary_are_one_or_more(words):
    assert refused("ai_summarize_agg", '["a"]', words).startswith("max_words must be ")


def test_a_group_that_fits_is_one_request():
    value, [[ask]] = run(plan("ai_summarize_agg", '["a", "b"]', 7), lambda _: '"Both."')
    assert value == "Both."
    assert " at most 7 words," in str(ask.system)


def test_each_of_1000_texts_is_in_exactly_one_leaf_and_the_tree_ends_in_one():
    texts = [f"text number {number} " + "word " * (number % 20) for number in range(1000)]
    value, levels = run(plan("ai_agg", json.dumps(texts), "count"), lambda ask: f"{len(texts_of(ask))}", 400)
    assert [text for ask in levels[0] for text in texts_of(ask)] == texts
    sizes = [len(level) for level in levels]
    assert sizes[0] > 10
    assert sizes[-1] == 1
    assert sizes == sorted(sizes, reverse=True)
    for before, level in pairwise(levels):
        results = [f"{len(texts_of(ask))}" for ask in before]
        assert [text for ask in level for text in texts_of(ask)] == results
    assert value == f"{len(texts_of(levels[-1][0]))}"
    systems = [{ask.system.splitlines()[0].partition(";")[0] for ask in level} for level in levels]
    assert systems[0] == {"You carry out an instruction on one part of a collection of texts"}
    assert all("was read in parts" in system for level in systems[1:] for system in level)


def test_a_text_longer_than_the_room_is_divided_and_all_of_it_is_read():
    text = "A sentence of some words. " * 200
    _, levels = run(plan("ai_agg", json.dumps([text, "the end"]), "x"), lambda _: "ok", 100)
    pieces = [piece for ask in levels[0] for piece in texts_of(ask)]
    assert "".join(pieces) == text + "the end"
    assert all(piece.endswith(". ") for piece in pieces[:-1])


def test_what_the_model_finds_too_long_is_asked_about_in_halves():
    texts = [f"t{number}" for number in range(10)]
    right, asked = [], []

    def answer(ask):
        asked.append(ask.text)
        if len(ask.text) > 30:
            return too_long()
        right.append(texts_of(ask))
        return "r"

    value, _ = run(plan("ai_agg", json.dumps(texts), "x"), answer)
    assert value == "r"
    leaves = {tuple(part) for part in right if part != ["r", "r"]}
    assert leaves == {("t0", "t1", "t2", "t3", "t4"), ("t5", "t6", "t7", "t8", "t9")}
    assert asked[0] == json.dumps(texts)


def test_one_long_text_is_divided_where_the_model_says_so():
    text = "one two three four five six seven eight nine ten"
    leaves = []

    def answer(ask):
        if len(ask.text) > 30:
            return too_long()
        leaves.extend(texts_of(ask))
        return "r"

    run(plan("ai_agg", json.dumps([text]), "x"), answer)
    assert "".join(dict.fromkeys(piece for piece in leaves if piece != "r")) == text


def test_a_text_that_is_always_too_long_is_an_error():
    assert failed(plan("ai_agg", '["abcdef"]', "x"), lambda _: too_long()).code == CONTEXT_TOO_LONG


def test_results_that_get_no_fewer_are_an_error_and_no_loop():
    long = "a long result " * 40
    error = failed(plan("ai_agg", json.dumps([long, long]), "x"), lambda _: long, 150)
    assert (error.code, error.message) == (
        "answers_too_long",
        "the results of 2 parts are too long to be put together",
    )


def test_joined_results_that_have_to_be_divided_again_are_an_error_and_no_loop():
    def answer(ask):
        return too_long() if len(texts_of(ask)) > 1 else f"result of {ask.text}"

    assert failed(plan("ai_agg", '["a", "b"]', "x"), answer).code == "answers_too_long"


def test_an_empty_result_is_asked_for_once_more():
    answers = ["", "fine"]
    value, levels = run(plan("ai_agg", '["a"]', "x"), lambda _: answers.pop(0))
    assert (value, len(levels)) == ("fine", 2)
    assert failed(plan("ai_agg", '["a"]', "x"), lambda _: " ").code == "unusable_answer"


def test_another_failure_is_a_failure_of_the_call():
    error = ProviderError("no", status=500)
    assert failed(plan("ai_agg", '["a"]', "x"), lambda _: error) is error


# ---------------------------------------------------------------- ai_redact


def private(*found):
    return json.dumps({"found": [{"kind": kind, "value": value} for kind, value in found]})


@pytest.mark.parametrize(
    ("text", "found", "value"),
    [
        ("Ann met Ann Lee.", [("name", "Ann"), ("name", "Ann Lee")], "[NAME] met [NAME]."),
        ("Ann saw the Annual.", [("name", "Ann")], "[NAME] saw the Annual."),
        ("我是张伟。", [("name", "张伟")], "我是[NAME]。"),
        ("Call 555-1234 or a@b.de", [("phone", "555-1234"), ("email", "a@b.de")], "Call [PHONE] or [EMAIL]"),
        ("xAnnx", [("name", "Ann")], "x[NAME]x"),
        ("NAME is Ann", [("name", "Ann"), ("name", "NAME")], "[NAME] is [NAME]"),
        ("My pin: 12 12", [("card number", "12")], "My pin: [CARD_NUMBER] [CARD_NUMBER]"),
        ("John SmithJones left", [("name", "John Smith"), ("name", "SmithJones")], "[NAME] left"),
        ("Ann Lee Ray", [("name", "Ann Lee"), ("email", "Lee Ray"), ("phone", "Ray")], "[NAME]"),
        ("Nothing here", [], "Nothing here"),
        ("Blank here", [("name", " ")], "Blank here"),
        (r"a\1 (b) $x", [("name", r"\1 (b)")], "a[NAME] $x"),
    ],
)
def test_what_is_private_is_replaced_and_all_else_stays(text, found, value):
    assert run(plan("ai_redact", text), lambda _: private(*found))[0] == value


def test_the_kinds_are_those_of_the_call():
    made = plan("ai_redact", "Fiat", '["car"]')
    value, [[ask]] = run(made, lambda _: private(("car", "Fiat")))
    assert value == "[CAR]"
    assert ask.heading == 'Kinds: ["car"]\n\nText:\n'
    assert failed(made, lambda _: private(("name", "Fiat"))).code == "unusable_answer"


@pytest.mark.parametrize(
    "said", ["{}", '{"found": [1]}', private(("name", "Bob")), '{"found": [{"kind": "name"}]}']
)
def test_what_the_text_does_not_have_is_no_answer(said):
    assert failed(plan("ai_redact", "I am Ann"), lambda _: said).code == "unusable_answer"


def test_an_empty_text_has_nothing_private():
    assert plan("ai_redact", "") == Known("")


@pytest.mark.parametrize("kinds", ["", "name", "[]", "[1]"])
def test_kinds_are_texts(kinds):
    assert "label" in refused("ai_redact", "x", kinds)


def test_a_long_text_is_redacted_in_pieces():
    text = "I am Ann. " * 100

    def answer(ask):
        return private(("name", "Ann")) if "Ann" in ask.text else private()

    value, [asks] = run(plan("ai_redact", text), answer, 100)
    assert "".join(ask.text for ask in asks) == text
    assert len(asks) > 2
    assert value == "I am [NAME]. " * 100


# ---------------------------------------------------------------- ai_try_complete


def test_a_failure_is_a_value():
    made = plan("ai_try_complete", "x")
    assert run(made, lambda _: "y")[0] == '{"value": "y", "error": null, "attempts": 1}'
    error = ProviderError("no", attempts=3)
    assert run(made, lambda _: error)[0] == '{"value": null, "error": "no", "attempts": 3}'


# ---------------------------------------------------------------- ai_extract with a schema


TYPED = [
    ("name", {"name": {"type": ["string", "null"]}}),
    (" name ,age INT", {"name": {"type": ["string", "null"]}, "age": {"type": ["integer", "null"]}}),
    ("a number, b bool", {"a": {"type": ["number", "null"]}, "b": {"type": ["boolean", "null"]}}),
    ("born date", {"born": {"type": ["string", "null"], "format": "date"}}),
    ("tags [string]", {"tags": {"type": ["array", "null"], "items": {"type": "string"}}}),
    (
        "who {name, age int}",
        {
            "who": {
                "type": ["object", "null"],
                "properties": {"name": {"type": ["string", "null"]}, "age": {"type": ["integer", "null"]}},
                "required": ["name", "age"],
                "additionalProperties": False,
            }
        },
    ),
]


def schema_sent(made):
    return json.loads(dict(made.options.parameters)["response_format"])["json_schema"]["schema"]


@pytest.mark.parametrize(("fields", "properties"), TYPED)
def test_fields_are_a_schema(fields, properties):
    made = plan("ai_extract", "x", fields)
    assert schema_sent(made) == {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
    assert made.heading == f"Schema: {json.dumps(schema_sent(made))}\n\nText:\n"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("a,", "the fields cannot be read: something is missing at the end"),
        ("a string string", "the fields cannot be read: 'string' is not expected"),
        ("a text", "'text' is no type of a field"),
        ("a [string", "the fields cannot be read: something is missing at the end"),
        ("a {b", "the fields cannot be read: something is missing at the end"),
        ("a {}", "the fields cannot be read: '}' is not expected"),
        ("a, A int", "the field 'A' is given twice"),
        ("a; b", "the fields cannot be read: ';' is not expected"),
        ("a " + "{a " * 5000, "the fields are nested too deeply"),
    ],
)
def test_fields_that_cannot_be_read_are_refused(fields, message):
    assert refused("ai_extract", "x", fields) == message
    assert refused("ai_extract", None, fields) == message


USER = {
    "type": "object",
    "properties": {"kind": {"enum": ["a", "b"], "type": "string"}, "n": {"type": "integer", "minimum": 1}},
    "required": ["kind"],
}


def test_a_schema_is_sent_in_the_form_services_hold_to():
    made = plan("ai_extract", "x", json.dumps(USER))
    assert schema_sent(made) == {
        "type": "object",
        "properties": {
            "kind": {"enum": ["a", "b"], "type": "string"},
            "n": {"type": ["integer", "null"], "minimum": 1},
        },
        "required": ["kind", "n"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('{"kind": "a", "n": 2}', '{"kind": "a", "n": 2}'),
        ('{"kind": "b"}', '{"kind": "b", "n": null}'),
        ('{"kind": "b", "n": 2.0}', '{"kind": "b", "n": 2}'),
        ('{"n": null, "kind": "b", "more": 1}', '{"kind": "b", "n": null}'),
        ('{"kind": "\\ud83d", "n": 1}', None),
        ('{"kind": "c"}', None),
        ("{}", None),
        ('{"kind": "a", "n": 0}', None),
        ('{"kind": "a", "n": "2"}', None),
    ],
)
def test_an_answer_has_to_be_as_the_schema_says(said, value):
    if value is None:
        assert "which is not as it was asked for: $" in unusable("ai_extract", said, "x", json.dumps(USER))
    else:
        assert read("ai_extract", said, "x", json.dumps(USER)) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ('{"d": "2024-02-29", "l": [1]}', '{"d": "2024-02-29", "l": [1]}'),
        ("{}", '{"d": null, "l": null}'),
        ('{"d": "2023-02-29"}', None),
        ('{"d": "29 February"}', None),
        ('{"d": "20240229"}', None),
        ('{"d": "2024-W09-4"}', None),
        ('{"l": [1.0]}', '{"d": null, "l": [1]}'),
        ('{"l": [1.5]}', None),
        ('{"l": 1}', None),
    ],
)
def test_dates_and_lists_are_checked(said, value):
    ask = partial(read if value else unusable, "ai_extract", said, "x", "d date, l [int]")
    assert ask() == value or value is None


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"properties": {}}, "the schema must be that of an object with properties"),
        ({"type": "array", "properties": {"a": {}}}, "the schema must be that of an object with properties"),
        ({"properties": {"a": {"type": "text"}}}, "the schema is no JSON schema: "),
    ],
)
def test_a_schema_that_is_none_is_refused(schema, message):
    assert refused("ai_extract", "x", json.dumps(schema)).startswith(message)


@pytest.mark.parametrize("reference", ["http://127.0.0.1:1/schema.json", "#/$defs/none", "other", "#none"])
def test_a_schema_fetches_nothing_and_is_refused_before_anybody_is_asked(reference):
    schema = {"properties": {"a": {"items": {"$ref": reference}}}, "$defs": {"b": {"type": "integer"}}}
    assert refused("ai_extract", "x", json.dumps(schema)).startswith("the schema refers to what is not there")


@pytest.mark.parametrize("reference", ["#/$defs/b", "#b", "https://x.example/me#/$defs/b"])
def test_a_schema_may_refer_to_its_own_parts(reference):
    schema = {"$id": "https://x.example/me", "properties": {"a": {"$ref": reference}, "$ref": {}}}
    schema["$defs"] = {"b": {"type": "integer", "$anchor": "b"}}
    assert read("ai_extract", '{"a": 1, "$ref": 2}', "x", json.dumps(schema)) == '{"a": 1, "$ref": 2}'
    assert "is not of type 'integer'" in unusable("ai_extract", '{"a": "1"}', "x", json.dumps(schema))


def test_keys_with_their_meaning_stay_what_they_were():
    made = plan("ai_extract", "x", '{"type": "what it is", "properties": "what it can"}')
    assert read("ai_extract", '{"type": 1}', "x", '{"type": "", "properties": ""}') == (
        '{"properties": "", "type": "1"}'
    )
    assert made.heading.startswith("Keys: ")


# ---------------------------------------------------------------- ai_extract_table


def test_columns_have_the_types_of_sql():
    fields = "a, b int, c number, d bool, e date, f [int], g {h}"
    assert FUNCTIONS["ai_extract_table"].columns([None, fields]) == (
        ("a", "TEXT"),
        ("b", "INTEGER"),
        ("c", "REAL"),
        ("d", "INTEGER"),
        ("e", "TEXT"),
        ("f", "TEXT"),
        ("g", "TEXT"),
    )


def test_columns_have_to_be_known():
    with pytest.raises(FunctionError, match="must be a string in the statement"):
        FUNCTIONS["ai_extract_table"].columns(["x", None])


def test_numbers_are_those_of_their_columns():
    said = f'{{"rows": [{{"a": 3.0, "b": 5, "c": [1.0]}}, {{"b": {2**63}}}]}}'
    found = json.loads(read("ai_extract_table", said, "x", "a int, b number, c [int]"))
    assert found == [[3, 5.0, "[1]"], [None, float(2**63), None]]
    assert [type(cell) for cell in found[0]] == [int, float, str]
    unusable("ai_extract_table", f'{{"rows": [{{"b": {10**400}}}]}}', "x", "b number")


def test_rows_are_arrays():
    said = '{"rows": [{"a": "x", "b": [1], "c": true, "d": {"e": 1}}, {"a": null}]}'
    assert json.loads(read("ai_extract_table", said, "x", "a, b [int], c bool, d {e int}")) == [
        ["x", "[1]", 1, '{"e": 1}'],
        [None, None, None, None],
    ]


@pytest.mark.parametrize(
    "said",
    ["{}", '{"rows": 1}', '{"rows": [1]}', '{"rows": [{"a": "1"}]}', f'{{"rows": [{{"a": {2**63}}}]}}'],
)
def test_rows_that_are_none_are_refused(said):
    unusable("ai_extract_table", said, "x", "a int")
