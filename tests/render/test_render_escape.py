"""Untrusted text made harmless, and the cells text takes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisql.render.escape import cell_width, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 中 👩‍👩‍👧", "plain ü 中 👩‍👩‍👧"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x00\t\r\x7f\x9b", r"\x00\t\r\x7f\x9b"),
        ("\u202a\u202e\u2066\u2069", r"\u202a\u202e\u2066\u2069"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800x\udfff", r"\ud800x\udfff"),
        ("a\nb", "a\nb"),
        ("a\r\nb", "a\\r\nb"),
        ("a\\nb", "a\\nb"),
    ],
)
def test_unsafe_characters_become_escapes_and_everything_else_stays(text, shown):
    assert visible(text) == shown


def test_a_newline_is_escaped_where_text_must_stay_on_one_line():
    assert visible("a\n\tb", newline=False) == r"a\n\tb"


@given(st.text(st.characters()))
def test_no_control_character_and_no_bidi_mark_is_left(text):
    left = {unicodedata.category(character) for character in visible(text, newline=False)}
    assert left.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert not {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"} & {
        unicodedata.bidirectional(character) for character in visible(text)
    }


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("中文", 4), ("e\u0301", 1), ("👩‍👩‍👧", 2), ("é", 1)]
)
def test_width_is_counted_in_terminal_cells(text, width):
    assert cell_width(text) == width
