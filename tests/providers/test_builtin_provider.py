"""The offline stand-in: one test per thing it can be asked for."""

from __future__ import annotations

import asyncio
import csv
import json
import math
from collections import Counter
from pathlib import Path

import pytest

from aisql.errors import ProviderError
from aisql.providers.base import CHAT, EMBEDDINGS, Message, Reply, Request, Target
from aisql.providers.builtin import Builtin
from aisql.providers.builtin_answers import answer
from aisql.providers.builtin_judging import choose
from aisql.providers.builtin_questions import Question, keys_in, labels_in, question
from aisql.providers.builtin_vectors import embed

TARGET = Target(provider="builtin", url="", model="demo")
REVIEWS = Path(__file__).parents[2] / "examples" / "reviews.csv"

FLINK_PROMPT = (
    "Classify the text below into one of the following labels: [positive, negative, neutral, mixed]. "
    "Output only the label."
)
NEWS = 'Labels: ["Technology", "Sports", "Finance", "Entertainment"]'
CARD = (
    "John Smith, 28, phone 13800138000, works at Acme Labs in Berlin. Mail john.smith@example.com or see "
    "https://example.com/a. He paid $1,200.50 on 2026-03-04 for 3 items."
)
SMALL_DOG = (-0.431398, -0.0862796, 0.2490677, -0.862796)
ARTICLE = (
    "SQLite is a small database engine. The database engine runs inside the program that uses it. "
    "My cat sleeps. Many phones hold a SQLite database."
)


def ask(user: str, system: str | None = None) -> str:
    messages = [Message("user", user)]
    return answer(messages if system is None else [Message("system", system), *messages])


def send(request: Request) -> Reply:
    return asyncio.run(Builtin().send(request))


def chat(text: str, **parameters: object) -> Request:
    members = tuple((name, json.dumps(value)) for name, value in parameters.items())
    return Request(TARGET, CHAT, messages=(Message("user", text),), parameters=members)


def cosine(left: str, right: str, dimension: int = 1024) -> float:
    return sum(a * b for a, b in zip(embed(left, dimension), embed(right, dimension), strict=True))


# --- the provider ------------------------------------------------------------------------------------------


def test_the_body_of_a_chat_is_that_of_the_openai_interface() -> None:
    request = Request(
        TARGET,
        CHAT,
        messages=(Message("system", "Be brief."), Message("user", "hello")),
        parameters=(("max_tokens", "5"), ("stop", '["x"]')),
    )
    assert Builtin().body(request) == {
        "model": "demo",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}],
        "max_tokens": 5,
        "stop": ["x"],
    }


def test_the_body_of_an_embedding_is_that_of_the_openai_interface() -> None:
    request = Request(TARGET, EMBEDDINGS, texts=("hello",), parameters=(("dimensions", "8"),))
    assert Builtin().body(request) == {"model": "demo", "input": "hello", "dimensions": 8}


def test_a_chat_is_answered_with_one_text_and_counted_in_words() -> None:
    request = Request(
        TARGET, CHAT, messages=(Message("system", FLINK_PROMPT), Message("user", "I love this phone"))
    )
    assert send(request) == Reply(texts=("positive",), input_tokens=22, output_tokens=1)


def test_max_tokens_cuts_the_answer_to_that_many_words() -> None:
    reply = send(chat("Translate to German: one two  three four", max_tokens=3))
    assert reply == Reply(texts=("one two  three",), input_tokens=7, output_tokens=3)


def test_an_answer_shorter_than_max_tokens_is_whole() -> None:
    assert send(chat("Translate to German: one two", max_tokens=3)).texts == ("one two",)


def test_a_max_tokens_beyond_all_answers_cuts_nothing() -> None:
    assert send(chat("Translate to German: one two", max_tokens=10**12)).texts == ("one two",)


def test_an_embedding_has_1024_numbers_unless_dimensions_says_otherwise() -> None:
    small = Request(TARGET, EMBEDDINGS, texts=("a small dog",), parameters=(("dimensions", "8"),))
    assert send(small) == Reply(vectors=(embed("a small dog", 8),), input_tokens=3, output_tokens=0)
    assert len(send(Request(TARGET, EMBEDDINGS, texts=("a small dog",))).vectors[0]) == 1024


def test_many_texts_are_embedded_with_one_request() -> None:
    request = Request(TARGET, EMBEDDINGS, texts=("a small dog", "x"), parameters=(("dimensions", "8"),))
    assert Builtin().body(request) == {"model": "demo", "input": ["a small dog", "x"], "dimensions": 8}
    vectors = (embed("a small dog", 8), embed("x", 8))
    assert send(request) == Reply(vectors=vectors, input_tokens=4, output_tokens=0)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "true", '"8"'])
def test_dimensions_that_are_no_positive_integer_are_refused(value: str) -> None:
    with pytest.raises(ProviderError) as caught:
        send(Request(TARGET, EMBEDDINGS, texts=("a",), parameters=(("dimensions", value),)))
    assert caught.value.message == f"dimensions must be a positive integer, got: {value}"
    assert caught.value.status == 400


def test_closing_frees_nothing_and_the_provider_goes_on() -> None:
    provider = Builtin()
    asyncio.run(provider.close())
    assert asyncio.run(provider.send(chat("hello"))).texts == (ask("hello"),)
    assert provider.name == "builtin"


# --- instruction and text ----------------------------------------------------------------------------------


def test_a_system_message_with_a_task_is_the_instruction() -> None:
    messages = [Message("system", FLINK_PROMPT), Message("user", "Note: it works.")]
    assert question(messages) == Question(FLINK_PROMPT, "Note: it works.")


def test_a_generic_system_message_leaves_the_instruction_to_the_user_message() -> None:
    messages = [Message("system", "You are a helpful assistant."), Message("user", "Summarize this: a b c")]
    assert question(messages) == Question("Summarize this", "a b c")


def test_a_text_line_begins_the_text() -> None:
    messages = [Message("user", "Give the sentiment: be exact.\nText: It: works\nwell.")]
    assert question(messages) == Question("Give the sentiment: be exact.", "It: works\nwell.")


@pytest.mark.parametrize(
    "prompt",
    [
        f"Classify the text. {NEWS}\nText: a new AI chip",
        f"Classify into {NEWS}: a new AI chip",
        f"{NEWS}\na new AI chip",
        f"Classify this. {NEWS}. The text is: a new AI chip",
    ],
)
def test_labels_in_a_user_message_are_kept_apart_from_the_text(prompt: str) -> None:
    asked = question([Message("user", prompt)])
    assert (labels_in(asked.instruction), asked.text) == (
        ("Technology", "Sports", "Finance", "Entertainment"),
        "a new AI chip",
    )


# --- classification and sentiment --------------------------------------------------------------------------


def test_labels_are_a_json_list_or_words_between_commas() -> None:
    assert labels_in('Categories: ["a, b", "c"]') == ("a, b", "c")
    assert labels_in("one of the labels [very good, 'bad']") == ("very good", "bad")
    assert labels_in("no list here") == ()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love it", "positive"),
        ("Not good at all.", "negative"),
        ("This is not bad", "positive"),
        ("I don't like it.", "negative"),
        ("Much too loud for me.", "negative"),
        ("Great screen, terrible battery.", "mixed"),
        ("Good sound, but the courier rang and drove off.", "mixed"),
        ("It is a box.", "neutral"),
        ("", "neutral"),
        ("音质很好，特别满意", "positive"),
        ("配送太慢了，很失望", "negative"),
        ("Wunderbar weich", "positive"),
        ("👎", "negative"),
    ],
)
def test_the_flink_sample_prompt_sorts_by_polarity(text: str, label: str) -> None:
    assert ask(text, FLINK_PROMPT) == label


def test_without_a_mixed_label_the_last_word_decides_a_tie() -> None:
    labels = "Labels: [good, bad]"
    assert ask("Nice screen, poor battery.", labels) == "bad"
    assert ask("Poor battery, nice screen.", labels) == "good"


@pytest.mark.parametrize(
    ("headline", "label"),
    [
        ("Start-up unveils a new AI chip for laptops", "Technology"),
        ("The striker scored twice in the cup final", "Sports"),
        ("Central bank raises interest rates again", "Finance"),
        ("The film won three Oscars", "Entertainment"),
    ],
)
def test_headlines_are_sorted_by_topic(headline: str, label: str) -> None:
    assert ask(headline, f"Classify the news. {NEWS}") == label


def test_a_label_of_no_known_topic_is_found_by_its_own_words() -> None:
    assert ask("My cactus needs watering", "Labels: [orchids, cactuses]") == "cactuses"


def test_without_evidence_the_label_is_other_or_else_the_first() -> None:
    assert ask("Lorem ipsum", "Labels: [price, other, delivery]") == "other"
    assert ask("Lorem ipsum", "Labels: [spam, not spam]") == "not spam"
    assert ask("Lorem ipsum", "Labels: [price, delivery]") == "price"


def test_a_tie_goes_to_the_topic_spoken_of_first() -> None:
    labels = ("price", "delivery")
    assert choose(labels, "The shipping and the price were fine")[0] == "delivery"
    assert choose(labels, "The price and the shipping were fine")[0] == "price"


def test_a_classification_can_be_asked_for_as_json() -> None:
    system = 'Labels: ["delivery", "price"]. Answer with {"category": "...", "confidence": 0.0}'
    assert ask("The parcel was late.", system) == '{"category": "delivery", "confidence": 1.0}'


def test_sentiment_without_labels_is_one_of_four_words() -> None:
    system = "What is the sentiment of the text?"
    texts = ("I love it.", "Awful. It broke.", "It is blue.", "Lovely screen, weak battery.")
    assert [ask(text, system) for text in texts] == ["positive", "negative", "neutral", "mixed"]
    assert ask("What is the sentiment of this review? I love it.") == "positive"


def test_sentiment_can_be_asked_for_as_json_with_a_score() -> None:
    system = 'Give the sentiment as {"score": 0.0, "label": "positive|negative|neutral", "confidence": 1.0}'
    assert ask("Excellent!", system) == '{"score": 1.0, "label": "positive", "confidence": 1.0}'
    assert ask("Good. Bad.", system) == '{"score": 0.0, "label": "neutral", "confidence": 1.0}'


def test_a_yes_or_no_question_is_answered_in_its_own_words() -> None:
    about_delivery = "Does the text speak of delivery? Answer true or false."
    assert ask("The parcel came late", about_delivery) == "true"
    assert ask("A pretty blue", about_delivery) == "false"
    assert ask("Awful thing", "Is this review negative? Answer yes or no.") == "yes"


# --- extraction and masking --------------------------------------------------------------------------------


def test_extraction_fills_the_keys_asked_for() -> None:
    wanted = {
        "name": "John Smith",
        "age": "28",
        "phone": "13800138000",
        "email": "john.smith@example.com",
        "company": "Acme Labs",
        "city": "Berlin",
        "url": "https://example.com/a",
        "price": "$1,200.50",
        "date": "2026-03-04",
        "quantity": "3",
        "colour": "",
    }
    template = json.dumps(dict.fromkeys(wanted, "..."))
    assert json.loads(ask(CARD, f"Extract these as JSON: {template}")) == wanted


def test_extraction_works_from_one_user_message() -> None:
    prompt = 'Extract as JSON {"name": "...", "email": "..."} from: My name is Ann Lee, write to ann@x.org'
    assert ask(prompt) == '{"name": "Ann Lee", "email": "ann@x.org"}'
    assert ask("Extract the fields name and phone: call Ann Lee") == '{"name": "Ann Lee", "phone": ""}'


def test_a_value_may_be_named_by_its_key() -> None:
    assert ask("Size: XL, colour is dark red.", 'Extract {"size": "", "colour": ""}') == (
        '{"size": "XL", "colour": "dark red"}'
    )


def test_keys_may_be_written_without_quotation_marks() -> None:
    assert keys_in("Extract {name: string, 'age': int}") == ("name", "age")


def test_extraction_without_keys_gives_the_plain_values() -> None:
    assert ask("Extract the email addresses from: a@x.org or b@y.org") == "a@x.org, b@y.org"
    assert ask("Extract the email address from: nothing here") == "none"


def test_masking_replaces_what_the_labels_name() -> None:
    text = "Call Ann Lee on +49 30 1234567 or ann@x.org"
    system = 'Replace with [MASKED] to mask these entities: ["name", "email", "phone"]'
    assert ask(text, system) == "Call [MASKED] on [MASKED] or [MASKED]"


def test_masking_can_name_what_it_replaced() -> None:
    system = 'Mask the entities ["name"]. Answer with {"masked_text": "", "detected_entities": []}'
    assert json.loads(ask("Ask Ann Lee", system)) == {
        "masked_text": "Ask [NAME]",
        "detected_entities": [{"entity": "Ann Lee", "type": "name"}],
    }


# --- writing -----------------------------------------------------------------------------------------------


def test_a_summary_is_the_most_central_sentence() -> None:
    assert ask(f"Summarize the following text in 20 words: {ARTICLE}") == "SQLite is a small database engine."


def test_a_summary_keeps_to_its_limits() -> None:
    assert ask(ARTICLE, "Summarize in no more than 5 words.") == "SQLite is a small database"
    assert ask(ARTICLE, "Give a summary of at most 30 characters.") == "SQLite is a small database"
    assert ask(ARTICLE, "Summarize in two sentences.") == (
        "SQLite is a small database engine. The database engine runs inside the program that uses it."
    )


def test_translation_leaves_the_text_as_it_is() -> None:
    assert ask("Translate the text to German: Good morning") == "Good morning"


def test_grammar_is_only_spaces_capitals_and_the_final_stop() -> None:
    assert (
        ask("he dont know  what to did , i think", "Fix the grammar.") == "He dont know what to did, I think."
    )


def test_a_greeting_is_answered_with_what_this_is() -> None:
    assert ask("hello") == (
        "Hello! (builtin:demo answers by plain text rules; connect a model for real answers.)"
    )


def test_a_question_about_the_world_is_not_answered() -> None:
    assert ask("What is the capital of China?", "You are a helpful assistant.") == (
        "No answer to a question about capital, China: "
        "builtin:demo answers by plain text rules; connect a model for real answers."
    )


def test_any_other_prompt_is_answered_with_its_key_words() -> None:
    assert ask("Rivers in the north of Spain") == (
        "About Rivers, north, Spain: "
        "builtin:demo answers by plain text rules; connect a model for real answers."
    )


def test_a_selling_point_speaks_of_the_product() -> None:
    prompt = (
        "Write a selling point description of no more than 30 words for the following product: Basil Kettle"
    )
    assert ask(prompt) == "Basil Kettle: simple to choose, easy to use, made for every day."


def test_other_writing_names_its_subject() -> None:
    assert ask("Write a technology news headline") == (
        "Technology news headline: a line written by text rules (builtin:demo)."
    )


@pytest.mark.parametrize("prompt", ["", " ", "?", "{}", "[]", "Labels: []", "Summarize: ", "Extract {", "\0"])
def test_every_prompt_has_an_answer_of_one_line(prompt: str) -> None:
    assert len(ask(prompt).splitlines()) <= 1


# --- embeddings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["The battery lasts all day", "", " ", "的", "a the of", "🙂"])
@pytest.mark.parametrize("dimension", [1, 2, 64, 1024])
def test_a_vector_has_length_one(text: str, dimension: int) -> None:
    vector = embed(text, dimension)
    assert len(vector) == dimension
    assert math.isclose(math.hypot(*vector), 1.0, rel_tol=1e-5)


def test_vectors_are_the_same_in_every_run() -> None:
    assert embed("a small dog", 4) == embed("a small dog", 4)
    assert embed("a small dog", 4) == SMALL_DOG


def test_similar_texts_are_clearly_nearer_than_unrelated_ones() -> None:
    similar = [
        ("The battery lasts all day", "Battery life is great, it lasts for days"),
        ("The dog sleeps on the sofa", "A dog is sleeping on a sofa"),
        ("Delivery was late", "The delivery came two days late"),
        ("电池续航很好", "电池很好"),
    ]
    unrelated = [
        ("The battery lasts all day", "The parliament voted on the law"),
        ("The dog sleeps on the sofa", "Delivery was late"),
        ("电池续航很好", "The cup final"),
    ]
    nearest = max(cosine(*pair) for pair in unrelated)
    assert min(cosine(*pair) for pair in similar) > nearest + 0.25
    assert nearest < 0.25


# --- the example data --------------------------------------------------------------------------------------


def reviews() -> list[dict[str, str]]:
    with REVIEWS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_example_reviews_are_what_the_documentation_says() -> None:
    rows = reviews()
    texts = Counter(row["review"] for row in rows if row["review"])
    assert [row["id"] for row in rows] == [str(number) for number in range(1, 241)]
    assert {row["stars"] for row in rows} == {"1", "2", "3", "4", "5"}
    assert sum(1 for row in rows if not row["review"]) == 6
    assert sum(count - 1 for count in texts.values()) == 5
    assert len({row["product"] for row in rows}) == 12
    assert b"\r" not in REVIEWS.read_bytes()


def test_the_sentiment_of_the_example_reviews_follows_their_stars() -> None:
    labels = ("positive", "negative", "neutral", "mixed")
    sure = [(row["stars"], choose(labels, row["review"])[0]) for row in reviews() if row["review"]]
    fives = Counter(label for stars, label in sure if stars == "5")
    ones = Counter(label for stars, label in sure if stars == "1")
    assert fives["positive"] >= 0.85 * fives.total()
    assert ones["negative"] >= 0.85 * ones.total()


def test_the_topics_of_the_example_reviews_are_all_there() -> None:
    labels = ("delivery", "quality", "price", "support", "other")
    found = Counter(choose(labels, row["review"])[0] for row in reviews())
    assert all(found[label] >= 5 for label in labels)
