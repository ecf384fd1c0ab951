"""Where a text is SQL and where a meta command."""

from __future__ import annotations

import pytest

from aisql.commands.script import Part, is_complete, parts


def found(text: str, *, prompt: bool = False) -> list[tuple[str, str, str]]:
    """Name, arguments and statement of every command; the text of everything else."""
    return [
        (part.name, part.arguments if part.name else part.text, part.statement)
        for part in parts(text, prompt=prompt)
    ]


def test_a_script_without_a_backslash_is_one_part():
    assert list(parts("SELECT 1; SELECT 2")) == [Part("SELECT 1; SELECT 2", 0)]


def test_a_line_that_begins_with_a_backslash_is_a_command():
    assert list(parts("SELECT 1;\n\\d t\nSELECT 2;")) == [
        Part("SELECT 1;", 0),
        Part("\\d t", 10, "d", "t"),
        Part("SELECT 2;", 15),
    ]


@pytest.mark.parametrize(
    "text",
    [
        r"SELECT 'a\d'",
        r'SELECT "a\d" FROM t',
        r"SELECT `a\d`",
        r"SELECT [a\d]",
        "SELECT 1 -- \\d\n",
        r"SELECT /* \d */ 1",
        r"SELECT ARRAY['a]\d', 'b']",
        "-- it's \\d\nSELECT 1",
    ],
)
def test_a_backslash_in_quotes_or_a_comment_begins_no_command(text):
    assert [part.name for part in parts(text)] == [""]


def test_a_command_behind_a_statement_that_takes_it_has_it():
    assert found("SELECT 1 AS a \\g out.csv\nSELECT 2;") == [
        ("g", "out.csv", "SELECT 1 AS a"),
        ("", "SELECT 2;", ""),
    ]
    assert found("SELECT 1;\\gx") == [("", "SELECT 1;", ""), ("gx", "", "")]
    assert found("SELECT 1\\G") == [("G", "", "SELECT 1")]


def test_any_other_command_leaves_the_statement_around_it_as_it_is():
    text = "SELECT 1\n\\echo it's\n, 2;"
    assert list(parts(text)) == [
        Part("\\echo it's", 9, "echo", "it's"),
        Part("SELECT 1\n          \n, 2;", 0),
    ]


def test_dots_and_bare_words_are_commands_at_the_prompt_only():
    assert found(".tables", prompt=True) == [("tables", "", "")]
    assert found("SELECT 1;\n.mode csv\nSELECT 2;", prompt=True) == [
        ("", "SELECT 1;", ""),
        ("mode", "csv", ""),
        ("", "SELECT 2;", ""),
    ]
    for word in ("exit", "QUIT;", "help"):
        assert found(word, prompt=True) == [(word.rstrip(";").lower(), "", "")]
        assert found(word) == [("", word, "")]
    assert found(".tables") == [("", ".tables", "")]
    assert found("??  how many; \\g?\nSELECT 1;", prompt=True) == [
        ("ask", "how many; \\g?", ""),
        ("", "SELECT 1;", ""),
    ]
    assert found("?? how many") == [("", "?? how many", "")]
    assert found("SELECT\n?? ;", prompt=True) == [("", "SELECT\n?? ;", "")]
    assert found(".5 + 1;", prompt=True) == [("", ".5 + 1;", "")]
    assert found("SELECT\n.5;", prompt=True) == [("", "SELECT\n.5;", "")]


def test_what_follows_an_unknown_backslash_is_its_name():
    assert found("\\nosuch x\n\\\n\\*") == [("nosuch", "x", ""), (" ", "", ""), ("*", "", "")]


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("", True),
        ("SELECT 1", False),
        ("SELECT 1;", True),
        ("SELECT 1; SELECT 2", False),
        ("\\d t", True),
        (".tables", True),
        ("?? how many", True),
        ("exit", True),
        ("SELECT 1 \\g", True),
        ("SELECT 1\n\\d t", True),
        ("SELECT 1\n\\d t\n, 2", False),
        ("SELECT ';", False),
        ("SELECT 'x\n\\q", False),
    ],
)
def test_a_text_can_be_run_when_a_command_or_a_semicolon_ends_it(text, complete):
    assert is_complete(text) == complete
