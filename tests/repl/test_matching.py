"""How names fit what is typed."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from aisql.repl.completion.matching import BEGINS, INSIDE, LETTERS, PART, matcher


def test_four_ways_to_fit() -> None:
    match = matcher("Log")
    assert match("LOGIN") == (BEGINS, 5)
    assert match("my_log") == (PART, 3)
    assert match("catalog") == (INSIDE, 4)
    assert match("lying_dog") == (LETTERS, 9)
    assert match("gol") is None


def test_nothing_typed_fits_everything() -> None:
    assert matcher("")("anything") == (BEGINS, 0)


@given(st.text(min_size=1, max_size=6), st.lists(st.text(max_size=3), min_size=7, max_size=7))
def test_letters_in_their_order_are_enough(word: str, between: list[str]) -> None:
    name = "".join(part for pair in zip(between, word, strict=False) for part in pair)
    if len(word.lower()) == len(word) and len(name.lower()) == len(name):
        assert matcher(word)(name) is not None


def test_a_long_text_is_no_trap() -> None:
    match, text = matcher("abababababababababc"), "ab" * 20_000
    began = time.process_time()
    assert match(text) is None
    assert time.process_time() - began < 1
