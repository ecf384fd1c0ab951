"""The records of the commands, and help on everything that has a name."""

from __future__ import annotations

import re

import pytest

from aisql.commands.help import topics
from aisql.commands.registry import COMMANDS, FAMILIES, find
from aisql.errors import UsageError
from aisql.functions.options import CALL_OPTIONS
from aisql.functions.plain import PLAIN_FUNCTIONS
from aisql.functions.registry import CALLED, TABLE_FUNCTIONS
from aisql.functions.search import SEARCHES
from aisql.providers.options import OPTIONS
from aisql.render.registry import FORMATS
from aisql.settings import SETTINGS
from aisql.syntax.reference import statements


def test_no_two_commands_share_a_name():
    names = [name for family in FAMILIES.values() for command in family for name in command.names]
    assert sorted(names) == sorted(COMMANDS)


@pytest.mark.parametrize(
    "command", list(dict.fromkeys(COMMANDS.values())), ids=lambda command: command.names[0]
)
def test_every_command_says_in_one_line_what_it_does(command):
    assert command.summary
    assert "\n" not in command.summary
    assert len(command.summary) < 72


def test_a_name_is_found_in_any_case_where_one_command_is_meant():
    assert find("Timing") is find("timing")
    assert find("G") is not find("g")


@pytest.mark.parametrize(("wrong", "hint"), [("timng", "did you mean \\timing?"), ("zzzz", "\\? lists them")])
def test_an_unknown_name_is_refused_with_the_nearest_one(wrong, hint):
    with pytest.raises(UsageError) as caught:
        find(wrong)
    assert (caught.value.message, caught.value.hint) == (f"there is no command \\{wrong}", hint)


@pytest.mark.parametrize("topic", list(topics()))
def test_there_is_help_on_every_name(typed, topic):
    shown = typed(f"\\help {topic}")
    assert typed.told == []
    assert topic.lstrip("\\").lower() in shown.lower()


CHAT = "WITH ('provider' = 'builtin', 'task' = 'chat/completions')"
MADE = f"""CREATE TABLE reviews (body); INSERT INTO reviews VALUES ('The parcel of Ann came late.');
CREATE TABLE notes AS SELECT vector('[1, 0]') AS embedding;
CREATE MODEL m INPUT (text STRING) OUTPUT (label STRING) {CHAT};
CREATE MODEL sentiment INPUT (text STRING) OUTPUT (label STRING) {CHAT};
CREATE MODEL e INPUT (text STRING) OUTPUT (v ARRAY<FLOAT>) {CHAT.replace("chat/completions", "embeddings")};
SET ai.default_model = 'builtin:demo';"""
ASKS_OTHERS = {"ai_transcribe"}


def test_the_examples_of_functions_run_and_have_rows(typed):
    typed(MADE)
    names = {*CALLED, *TABLE_FUNCTIONS, *PLAIN_FUNCTIONS, *SEARCHES} - ASKS_OTHERS
    for name in sorted(names):
        examples = re.findall("^Example: (.*)$", typed(f"\\help {name}"), re.MULTILINE)
        assert examples, name
        for each in examples:
            assert "in set\n" in typed(each), each
            assert "Empty set" not in typed(each), each
    assert typed.told == []


def test_the_examples_of_options_settings_and_formats_run(typed):
    names = [option.key for option in (*OPTIONS, *CALL_OPTIONS)]
    names += [*(setting.name for setting in SETTINGS), *FORMATS]
    for name in names:
        (example, *_) = re.findall("^Example: (.*)$", typed(f"\\help {name}"), re.MULTILINE)
        assert name in example
        typed(example)
        assert [line for line in typed.told if not line.startswith("warning:")] == [], example
        typed("DROP MODEL IF EXISTS m; RESET; \\format table")


@pytest.mark.parametrize("columns", [80, 40])
def test_help_on_a_terminal_is_no_wider_and_breaks_no_word_that_fits(typed, open_typed, columns):
    narrow = open_typed(size=(columns, 24))
    for topic in ("", "\\plot", "\\connect", "create model", "ai_classify", "endpoint", "ai.cache", "jsonl"):
        shown, whole = narrow(f"\\help {topic}"), typed(f"\\help {topic}")
        assert max(map(len, shown.splitlines())) <= columns, topic
        words, known = (set(re.findall(r"[^ \n|]+", text)) for text in (shown, whole))
        assert {word for word in words if not word.startswith("+--")} <= known, topic


def test_lines_of_help_go_on_set_in(open_typed):
    assert open_typed(size=(40, 24))("\\help \\x") == (
        "\\x, \\expanded [on|off|auto]\n"
        "  a line for each value: always, never,\n"
        "    or where rows are too wide\n"
        "Only for the formats table and box. auto\n"
        "  is what holds at first; alone, the\n"
        "  command switches between on and off.\n"
        "  Example: \\x on\n"
    )


def test_help_on_a_function_has_its_signature_options_and_an_example(typed):
    assert typed("\\help ai_sentiment") == (
        "ai_sentiment(model, text [, json '{...}'])\n"
        "  whether a text is positive, negative, neutral or mixed\n"
        "  task of the model: chat/completions\n"
        'options, json \'{"model.params": {"temperature": 0.2}}\':\n'
        "  model.params.temperature: randomness of the output; lower is more deterministic\n"
        "  model.params.max_tokens: greatest number of output tokens\n"
        "  model.params.top_p: nucleus sampling probability\n"
        "  model.params.enable_thinking: whether the model thinks before it answers; false is cheaper\n"
        "  response.timeout: time one request may take\n"
        "  task.concurrency: requests of this call under way at the same time\n"
        "Example: SELECT ai_sentiment('builtin:demo', 'some text');\n"
        "\n"
        "AI_SENTIMENT(MODEL m, input)\n"
        "  how good a text feels from -1 to 1, in a word, and how sure the model is\n"
        "  task of the model: chat/completions\n"
        "Example: SELECT * FROM reviews, LATERAL TABLE(AI_SENTIMENT(MODEL m, body));\n"
    )


def test_help_on_a_statement_has_its_forms_and_an_example(typed):
    assert typed("\\help alter model") == (
        "ALTER MODEL\n"
        "  ALTER MODEL [IF EXISTS] path RENAME TO path\n"
        "  ALTER MODEL [IF EXISTS] path SET (['text' = 'text', ...])\n"
        "  ALTER MODEL [IF EXISTS] path RESET (['text', ...])\n"
        "Example: ALTER MODEL IF EXISTS m SET ('temperature' = '0.2');\n"
    )


def test_the_first_words_of_statements_are_help_on_all_of_them(typed):
    titles = re.findall(r"^SHOW [A-Z ]+$", typed("\\h show"), re.MULTILINE)
    assert titles == [each.title for each in statements() if each.title.startswith("SHOW")]


def test_help_on_a_setting_has_its_value(typed):
    typed("SET ai.timeout = 5s;")
    assert typed("\\help ai.timeout") == (
        "ai.timeout: time one request may take\n"
        "  it is '5s', without a SET '60s'\n"
        "Example: SET ai.timeout = '5s';\n"
    )


def test_help_on_a_function_of_sqlite_leads_to_its_manual(typed):
    assert typed("\\help substr") == (
        "substr(x, start [, length])\n  a part of a text, from 1\n"
        "  a function of SQLite, https://sqlite.org/lang.html\n"
    )
    assert typed("\\help fts5") == (
        "fts5: a function of SQLite\n  arguments: 1\n  https://sqlite.org/lang.html\n"
    )


def test_help_on_nothing_known_names_the_nearest(typed):
    assert typed.error("\\help ai_clasify") == (
        "error: there is no help on ai_clasify\nhint: did you mean ai_classify?"
    )


def test_every_statement_has_an_example_in_the_grammar():
    assert [each.title for each in statements() if not each.examples] == []
