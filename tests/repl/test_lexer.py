"""The lexer: no text is lost, and words are what they are."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from prompt_toolkit.document import Document
from prompt_toolkit.styles.pygments import pygments_token_to_classname
from pygments.lexers import get_lexer_by_name
from pygments.token import Keyword, Literal, Name, Token

from aisql.repl import colouring
from aisql.repl.keywords import OURS, TYPES, WORDS
from aisql.repl.lexer import AisqlLexer

LEXER = AisqlLexer(stripnl=False, ensurenl=False)
PIECES = [
    "SELECT",
    "'",
    "''",
    '"',
    "`",
    "[",
    "]",
    "json '",
    "{",
    "}",
    "${",
    "\\",
    "\\d",
    ".x",
    "--",
    "/*",
    "*/",
]
PIECES += [
    "\n",
    " ",
    "ai_complete",
    "(",
    ":a",
    "x'0",
    "0x",
    "1.5e",
    "'api-key'",
    "=",
    "ARRAY[",
    "\0",
    "é",
    "漢",
    "$",
]


def tokens(text: str) -> list[tuple[str, str]]:
    found = LEXER.get_tokens_unprocessed(text)
    return [(str(kind).removeprefix("Token."), piece) for _, kind, piece in found if piece.strip()]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_the_tokens_of_any_text_join_to_the_text(text: str) -> None:
    found = list(LEXER.get_tokens_unprocessed(text))
    assert "".join(piece for _, _, piece in found) == text
    assert [place for place, _, _ in found] == [
        sum(len(piece) for _, _, piece in found[:number]) for number in range(len(found))
    ]
    assert all(kind is not Token.Error for _, kind, _ in found)


@given(st.lists(st.sampled_from([*PIECES, "\n", "\n  ", "count", "json", "--c,", ","])).map("".join))
@example("SELECT count\n  (1), json\n'{\"a\":\n1}' -- (\n(/*\n*/ ARRAY[\n1]")
def test_the_parts_of_a_text_have_the_colours_they_have_in_it(text: str) -> None:
    lines = colouring.PartsLexer().lex_document(Document(text))
    found = [(style, sign) for number in range(text.count("\n") + 1) for style, sign in _signs(lines(number))]
    whole = [
        (f"class:{pygments_token_to_classname(kind)}", piece)
        for _, kind, piece in LEXER.get_tokens_unprocessed(text)
    ]
    assert found == [pair for pair in _signs(whole) if pair[1] != "\n"]
    assert "".join(colouring.parts_of(text)) == text


def _signs(pieces: Iterable[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """Every sign by itself with its style."""
    return [(piece[0], sign) for piece in pieces for sign in piece[1]]


def test_a_key_reads_only_its_own_line_again() -> None:
    lexer, text = colouring.PartsLexer(), "INSERT INTO t VALUES\n" + "(1, 'a', count(*)),\n" * 3_000
    lexer.lex_document(Document(text))
    began = time.process_time()
    for number in range(10):
        assert lexer.lex_document(Document(f"{text}(1{'0' * number}"))(3_001)[0][1] == "("
    assert time.process_time() - began < 1


def test_a_query_has_its_words_calls_and_values() -> None:
    assert tokens("select ai_complete('m', \"n\"), upper(:v), 1.5, x'00' FROM t -- c") == [
        ("Keyword", "select"),
        ("Name.Function.Magic", "ai_complete"),
        ("Punctuation", "("),
        ("Literal.String.Single", "'"),
        ("Literal.String.Single", "m"),
        ("Literal.String.Single", "'"),
        ("Punctuation", ","),
        ("Name", '"n"'),
        ("Punctuation", ")"),
        ("Punctuation", ","),
        ("Name.Function", "upper"),
        ("Punctuation", "("),
        ("Name.Variable", ":v"),
        ("Punctuation", ")"),
        ("Punctuation", ","),
        ("Literal.Number.Float", "1.5"),
        ("Punctuation", ","),
        ("Literal.Number.Hex", "x'00'"),
        ("Keyword", "FROM"),
        ("Name", "t"),
        ("Comment.Single", "-- c"),
    ]


def test_our_statements_have_options_types_and_references() -> None:
    found = tokens("CREATE MODEL m INPUT (a STRING) WITH ('api-key' = '${KEY}', 'nosuch' = 'x')")
    assert [pair for pair in found if pair[0] not in {"Punctuation", "Operator"}] == [
        ("Keyword", "CREATE"),
        ("Keyword", "MODEL"),
        ("Name", "m"),
        ("Keyword", "INPUT"),
        ("Name", "a"),
        ("Keyword.Type", "STRING"),
        ("Keyword", "WITH"),
        ("Name.Attribute", "'api-key'"),
        ("Literal.String.Single", "'"),
        ("Literal.String.Interpol", "${KEY}"),
        ("Literal.String.Single", "'"),
        *[("Literal.String.Single", piece) for piece in ("'", "nosuch", "'", "'", "x", "'")],
    ]
    assert tokens("SET ai.cache = on")[1] == ("Name.Attribute", "ai.cache")


def test_a_json_literal_has_its_members() -> None:
    assert tokens("""json '{"a": [1, true], "b": "${X}y"}'""") == [
        ("Keyword.Type", "json"),
        ("Literal.String.Single", "'"),
        ("Punctuation", "{"),
        ("Name.Attribute", '"a"'),
        ("Punctuation", ":"),
        ("Punctuation", "["),
        ("Literal.Number", "1"),
        ("Punctuation", ","),
        ("Keyword.Constant", "true"),
        ("Punctuation", "]"),
        ("Punctuation", ","),
        ("Name.Attribute", '"b"'),
        ("Punctuation", ":"),
        ("Literal.String.Double", '"'),
        ("Literal.String.Interpol", "${X}"),
        ("Literal.String.Double", "y"),
        ("Literal.String.Double", '"'),
        ("Punctuation", "}"),
        ("Literal.String.Single", "'"),
    ]


def test_meta_commands_are_seen_at_the_start_of_a_line_only() -> None:
    assert tokens("\\d users")[0] == ("Keyword.Pseudo", "\\d")
    assert tokens("?? how many")[0] == ("Keyword.Pseudo", "??")
    assert tokens(".tables")[0] == ("Keyword.Pseudo", ".tables")
    assert tokens("SELECT .5, t.tables") == [
        ("Keyword", "SELECT"),
        ("Literal.Number.Float", ".5"),
        ("Punctuation", ","),
        ("Name", "t"),
        ("Punctuation", "."),
        ("Keyword", "tables"),
    ]


def test_every_word_of_the_grammar_has_a_colour() -> None:
    grammar = (Path(__file__).parents[2] / "grammar" / "aisql.lark").read_text("utf-8")
    rules = "\n".join(line for line in grammar.splitlines() if not line.startswith("//"))
    assert set(re.findall(r'"([A-Z_]{2,})"i', rules)) - WORDS - OURS - set(TYPES) == set()


def test_other_tools_find_the_lexer() -> None:
    found = {each.name: each.value for each in entry_points(group="pygments.lexers")}
    assert found["aisql"] == "aisql.repl.lexer:AisqlLexer"
    kinds = {kind for kind, _ in get_lexer_by_name("aisql").get_tokens("SELECT ai_complete('m', 1)")}
    assert {Keyword, Name.Function.Magic, Literal.Number.Integer} <= kinds
