"""Texts made into parts that fit: nothing is lost, the order is kept, and each part fits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisql.functions.parts import divided, grouped, halves, halves_of_texts, packed, size, written
from aisql.providers.tokens import estimate

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(' \n.。a\x01"'), max_size=300)
ROOMS = st.integers(4, 60)
"""In less room not every character fits: as JSON a control character is up to three tokens."""


@given(TEXTS, ROOMS)
def test_the_pieces_of_a_text_are_the_text(text, room):
    pieces = list(divided(text, room))
    assert "".join(pieces) == text
    assert all(pieces)
    assert [piece for piece in pieces if size(piece) > room] == []


@given(st.lists(TEXTS, max_size=20), ROOMS)
def test_all_texts_are_in_parts_that_fit_in_their_order(texts, room):
    parts = packed(texts, room)
    assert "".join(piece for part in parts for piece in part) == "".join(texts)
    assert all(parts)
    assert [part for part in parts if estimate(written(part)) > room] == []


@given(st.lists(TEXTS.filter(bool), max_size=20))
def test_texts_that_fit_are_not_divided(texts):
    room = max(map(size, texts), default=1)
    assert [text for part in packed(texts, room) for text in part] == texts


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=5).map(tuple))
def test_the_halves_of_a_part_are_smaller_and_together_the_part(part):
    smaller = halves_of_texts(part)
    assert "".join(text for half in smaller for text in half) == "".join(part)
    is_divided = len(part) > 1 or len(part[0]) > 1
    assert (len(smaller) > 1) == is_divided
    assert all(len(half) < len(part) or len(half[0]) < len(part[0]) or not is_divided for half in smaller)


@given(st.lists(TEXTS, max_size=30), ROOMS, st.integers(1, 5))
def test_no_group_has_more_than_it_may(texts, room, most):
    groups = grouped(texts, room, str, most)
    assert [text for group in groups for text in group] == texts
    assert [group for group in groups if not 1 <= len(group) <= most] == []
    assert [group for group in groups if len(group) > 1 and sum(map(size, group)) > room] == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One two.\n\nThree four five six", ["One two.\n\n", "Three four ", "five six"]),
        ("One two. Three four five six", ["One two. ", "Three four ", "five six"]),
        ("One two three four five six", ["One two three ", "four five six"]),
        ("一二。三四五六七八", ["一二。", "三四五", "六七八"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghijklmn", "opqrstuvwxyz"]),
    ],
)
def test_a_text_is_divided_behind_a_paragraph_a_sentence_a_word_or_anywhere(text, pieces):
    assert list(divided(text, 5)) == pieces


def test_where_there_is_no_room_at_all_a_piece_has_one_character():
    assert list(divided("abc", 0)) == ["a", "b", "c"]
    assert list(divided("", 0)) == []


def test_one_that_cannot_be_divided_stays():
    assert halves((1,)) == [(1,)]
    assert halves((1, 2, 3)) == [(1,), (2, 3)]
    assert halves_of_texts(("a",)) == [("a",)]


def test_a_long_text_is_divided_quickly():
    text = "word " * 400_000
    pieces = list(divided(text, 16_000))
    assert "".join(pieces) == text
    assert len(pieces) == 32


def test_what_stands_in_an_array_cannot_pass_for_two_texts():
    assert json.loads(written(['a", "b', "c\n"])) == ['a", "b', "c\n"]
