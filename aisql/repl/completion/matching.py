"""Which names a half-typed word may mean, and which of them it means most likely."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Match: TypeAlias = tuple[int, int]
"""How well a name fits; less is better: 0 where it begins so, 1 where a part of it does, 2 where it is
inside, 3 where its letters are there in their order; then the distance."""

BEGINS, PART, INSIDE, LETTERS = 0, 1, 2, 3


def matcher(word: str) -> Callable[[str], Match | None]:
    """Tells how a name fits a word; letters in their order are enough, `rdrs` finds `orders`."""
    folded = word.lower()
    if not folded:
        return lambda _name: (BEGINS, 0)
    letters = _letters(folded)

    def match(name: str) -> Match | None:
        candidate = name.lower()
        place = candidate.find(folded)
        if place == 0:
            return BEGINS, len(candidate)
        if place > 0:
            return INSIDE if candidate[place - 1].isalnum() else PART, place
        found = letters(candidate)
        return None if found is None else (LETTERS, found.end() - found.start(1))

    return match


def _letters(word: str) -> Callable[[str], re.Match[str] | None]:
    # What was found of a letter is never looked for again, so that a long text takes one pass.
    return re.compile("(?s)" + "".join(f"(?>.*?({re.escape(letter)}))" for letter in word)).match
